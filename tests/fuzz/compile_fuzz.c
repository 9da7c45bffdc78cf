/* Any text goes through the front of the compiler without a fault: tree, checks, graph,
 * derivatives, plan. What compiles is printed at every stage, and its plan is bound to a table that
 * has its columns. */
#include "compiler/pipeline.h"

#include <stdlib.h>

enum { ROWS = 20, MOST_COLUMNS = 200 };

/* In the place of machine code, which leaves zeros. */
static void no_map(int64_t n8, const double *const *rows, const double *scalars, double *const *out)
{
}

static void no_prologue(double *scalars) {}

static bool is_factor(const mlec_column *c) { return c->type == MLEC_TYPE_FACTOR || c->as_codes; }

/* Values that most types take; the arrays stay where they are. */
static void add_column(mlec_ctx *ctx, arena *a, mlec_data *data, const mlec_column *c,
                       uint32_t number)
{
    static const char *const levels[] = {"A", "B", "C"};
    const char *const *names = c->levels ? c->levels : levels;
    uint32_t n_levels = c->levels ? c->n_levels : 3;
    int32_t *codes = ARENA_ARRAY(a, int32_t, ROWS);
    double *values = ARENA_ARRAY(a, double, ROWS);
    for (uint32_t i = 0; i < ROWS; i++) {
        codes[i] = (int32_t)((i + number) % n_levels);
        values[i] = (i * (number + 1) % 7) % 2;
        if (c->type == MLEC_TYPE_REAL || c->type == MLEC_TYPE_POSITIVE)
            values[i] += 0.25 * i + 0.5;
    }
    if (is_factor(c))
        mlec_data_add_factor(ctx, data, c->name, codes, names, n_levels);
    else
        mlec_data_add_real(ctx, data, c->name, values);
}

static void bind_plan(const kernel *k, const mlec_options *options)
{
    const mlec_plan *plan = &k->plan;
    mlec_ctx *ctx = mlec_ctx_new(NULL);
    mlec_model *compiled = NULL;
    mlec_data *data = NULL;
    mlec_problem *problem = NULL;
    if (!ctx)
        abort();
    for (uint32_t i = 0; i < k->functions.count; i++) {
        const kernel_function *f = &k->functions.data[i];
        f->slot->code = no_map;
        if (f->n_hoisted)
            f->slot->prologue = no_prologue;
    }
    if (plan->n_columns <= MOST_COLUMNS && mlec_model_from_plan(ctx, plan, &compiled) == MLEC_OK &&
        mlec_data_new(ctx, ROWS, &data) == MLEC_OK) {
        for (uint32_t i = 0; i < plan->n_columns; i++)
            add_column(ctx, k->arena, data, &plan->columns[i], i);
        mlec_problem_new(ctx, compiled, data, options, &problem);
    }
    mlec_problem_free(problem);
    mlec_data_free(data);
    mlec_model_free(compiled);
    mlec_ctx_free(ctx);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > 4096) /* long models are slow, and no other */
        return 0;
    oom_guard guard;
    arena a;
    diag_list diags;
    arena_init(&a, &alloc_system, &guard);
    if (setjmp(guard.jump))
        abort();
    diag_init(&diags, &a);
    mlec_options options;
    mlec_options_init(&options);
    char *text = arena_strndup(&a, (const char *)data, size);
    pipeline *p = ARENA_NEW(&a, pipeline);
    if (pipeline_run(p, &a, &diags, "fuzz.lik", text, size, &options)) {
        for (mlec_emit what = MLEC_EMIT_AST; what <= MLEC_EMIT_LATEX; what++)
            pipeline_print(p, what);
        bind_plan(&p->kernel, &options);
    }
    buf messages;
    buf_init(&messages, &a);
    for (const diag *d = diags.first; d; d = d->next)
        diag_render(&diags, d, &messages);
    arena_release(&a);
    return 0;
}
