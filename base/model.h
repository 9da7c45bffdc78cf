/* The inside of a mlec_model: what the compiler makes and the runtime uses. */
#ifndef BASE_MODEL_H
#define BASE_MODEL_H

#include "base/ctx.h"

#include <mlec_model.h>

struct mlec_model {
    mlec_allocator memory;

    arena arena;      /* the plan and its names */
    const mlec_plan *plan;
    const char *name, *text; /* the source; text NULL for a model compiled ahead of time */
    size_t length;
    void *code; /* machine code, released by free_code */
    void (*free_code)(void *code);
    /* The innermost sub-expression of a map that is not finite, given the values of the stage's
     * active inputs and then of its data inputs; NULL when unknown. Text in `a`. */
    const char *(*explain)(const struct mlec_model *m, uint32_t stage, const double *inputs,
                           double *value, arena *a);
    const void *explain_data;
    const mlec_pass_time *times;
    size_t n_times;
};

#endif
