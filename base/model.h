/* The inside of a mlec_model: what the compiler makes and the runtime uses. */
#ifndef BASE_MODEL_H
#define BASE_MODEL_H

#include "base/ctx.h"

#include <mlec_model.h>

/* One entry of a row of a formula's design: the coefficient's number, and what it is multiplied
 * with: buffers, or numbers where the buffer is UINT32_MAX. */
typedef struct {
    uint32_t coefficient;
    uint32_t n_numbers;
    struct {
        uint32_t buffer;
        double value;
    } numbers[8];
} exact_entry;

/* Bound data as the exact evaluation needs them; arrays as in runtime/eval/problem.h. */
typedef struct {
    size_t n_rows;
    const size_t *axis_length;
    const double *const *buffers; /* by buffer; columns, indicators and other leaves are read */
    const int32_t *const *codes;
    const int32_t *position; /* of each row in its series, from 0; NULL: one series */
    const size_t *first;     /* of each unknown in z */
    size_t n_z, n_theta;
    bool priors; /* prior terms count */
    /* The number of a level, from 0. */
    uint32_t (*level)(const void *user, uint32_t axis, const char *text);
    /* The entry of design column `k` in a row; false when the row has none there. */
    bool (*entry)(const void *user, uint32_t formula, uint32_t k, size_t row, exact_entry *out);
    const uint32_t *design_columns; /* of each formula */
    const void *user;
} exact_view;

/* Work of map functions, in operations on groups of 8 elements. */
typedef struct {
    uint64_t done;        /* since the last report */
    uint64_t interpreted; /* of these: by byte code */
    uint64_t lesser;      /* of these: value or gradient, by functions that compute more */
    uint64_t expected;    /* by an ordinary fit of the problem at hand */
} work_report;

struct mlec_model {
    mlec_allocator memory;

    arena arena; /* the plan and its names */
    const mlec_plan *plan;
    const char *name, *text; /* the source; text NULL for a model compiled ahead of time */
    size_t length;
    /* What makes machine code when there is work enough for it, and holds it; NULL for a model
     * compiled ahead of time. report_work may be called by several threads at a time. */
    void *code;
    void (*free_code)(void *code);
    void (*report_work)(void *code, work_report work, int threads);
    /* The innermost sub-expression of a map that is not finite, given the values of the stage's
     * active inputs and then of its data inputs; NULL when unknown. Text in `a`. */
    const char *(*explain)(const struct mlec_model *m, uint32_t stage, const double *inputs,
                           double *value, arena *a);
    /* The objective and its derivatives with respect to theta in quadruple precision, columns
     * computed from the data in quadruple precision too. theta[n_theta], gradient[n_theta],
     * hessian[n_theta^2] are arrays of the type quad of runtime/calc/quad.h. NULL for a model
     * compiled ahead of time. False when there is no memory. */
    bool (*exact)(const struct mlec_model *m, const exact_view *view, arena *a, const void *theta,
                  void *objective, void *gradient, void *hessian);
    const void *compiled; /* what explain and exact read */
};

#endif
