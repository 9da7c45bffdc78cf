/* The compiler from text to plan; machine code is put behind it by compiler/api_model.c. */
#ifndef COMPILER_PIPELINE_H
#define COMPILER_PIPELINE_H

#include "compiler/kernel/kernel.h"

enum {
#define PASS(id, name, meaning) PASS_##id,
#include "compiler/pipeline.def"
#undef PASS
    PASS_COUNT
};

typedef struct {
    arena *arena;     /* of everything that is made */
    diag_list *diags; /* where errors go */
    intern_table names;
    ast_context context;
    ast *tree;
    model model;
    build build;
    kernel kernel;
    double microseconds[PASS_COUNT];
} pipeline;

/* Runs the passes over `text` (which must outlive the pipeline). False when there were errors. */
bool pipeline_run(pipeline *p, arena *a, diag_list *diags, const char *name, const char *text,
                  size_t length, const mlec_options *options);
/* A stage as text. AST, GRAPH, GRADIENT, HESSIAN, PLAN, LATEX; NULL for others. */
const char *pipeline_print(pipeline *p, mlec_emit what);
double pipeline_clock(void); /* microseconds */

#endif
