/* Public functions of models: compile, dump, build. */
#include "base/model.h"
#include "compiler/fold/interp.h"
#include "compiler/kernel/oracle.h"
#include "compiler/llvm/machine.h"
#include "compiler/pipeline.h"
#include "compiler/tiers.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* ---- What is not finite -----------------------------------------------------------------------
 */

typedef struct {
    const pipeline *p;
    const kernel_map *map;
} explain_names;

static const char *name_column(void *user, uint32_t column)
{
    return ((explain_names *)user)->p->model.columns.data[column].name;
}

static const char *name_param(void *user, uint32_t param)
{
    return ((explain_names *)user)->p->model.params.data[param].name;
}

static const char *name_input(void *user, uint32_t input)
{
    return ((explain_names *)user)->map->inputs[input].name;
}

static const char *explain(const mlec_model *m, uint32_t stage, const double *inputs, double *found,
                           arena *a)
{
    const pipeline *p = m->compiled;
    for (uint32_t i = 0; i < p->kernel.maps.count; i++) {
        const kernel_map *map = &p->kernel.maps.data[i];
        if (map->stage != stage)
            continue;
        const dag *g = &p->build.g;
        double *values = ARENA_ARRAY(a, double, g->nodes.count);
        interp_double(g, &map->value, 1, inputs, values, a);
        uint8_t *seen = ARENA_ARRAY(a, uint8_t, g->nodes.count);
        dag_mark(g, &map->value, 1, seen);
        for (node n = 1; n <= map->value; n++) {
            const dag_node *d = dag_at(g, n);
            if (!seen[n] || isfinite(values[n]) || d->op == OP_CONST)
                continue;
            *found = values[n];
            explain_names user = {p, map};
            dag_names names = {name_column, name_param, name_input, &user};
            buf text;
            buf_init(&text, a);
            dag_print(g, n, 8, &names, &text);
            return buf_text(&text);
        }
    }
    return NULL;
}

static bool exact(const mlec_model *m, const exact_view *view, arena *a, const void *theta,
                  void *objective, void *gradient, void *hessian)
{
    const pipeline *p = m->compiled;
    oracle_eval(&p->kernel, view, a, theta, objective, gradient, hessian);
    return true;
}

/* ---- Compile -----------------------------------------------------------------------------------
 */

static mlec_status compile(mlec_ctx *ctx, mlec_model *m, const mlec_options *options)
{
    uint32_t before = ctx->diags.n_errors;
    pipeline *p = ARENA_NEW(&m->arena, pipeline);
    /* Diagnostics outlive the model: they point into a text of the context's. */
    const char *name = arena_strdup(&ctx->arena, m->name);
    const char *text = arena_strndup(&ctx->arena, m->text, m->length);
    if (!pipeline_run(p, &m->arena, &ctx->diags, name, text, m->length, options))
        return ctx_status(ctx, before);
    tiers *t = m->code = tiers_new(&m->arena, p, options);
    m->free_code = tiers_free;
    const char *error = NULL;
    if (options->tier == MLEC_TIER_COMPILED && !tiers_compile(t, &m->arena, &error)) {
        diag_report(&ctx->diags, DIAG_INTERNAL, NO_SPAN, "machine code: %s",
                    error ? error : "failed");
        return MLEC_ERROR_INTERNAL;
    }
    if (options->tier != MLEC_TIER_INTERPRETER && machine_supported())
        m->report_work = tiers_report;
    p->kernel.plan.name = m->name;
    m->plan = &p->kernel.plan;
    m->explain = explain;
    m->exact = exact;
    m->compiled = p;
    return MLEC_OK;
}

static mlec_model *new_model(mlec_ctx *ctx, const char *name, const char *text, size_t length)
{
    mlec_model *m = alloc_resize(ctx->allocator, NULL, sizeof *m);
    if (!m)
        longjmp(ctx->guard.jump, 1);
    memset(m, 0, sizeof *m);
    m->memory = *ctx->allocator;
    arena_init(&m->arena, &m->memory, &ctx->guard);
    m->length = length;
    m->name = name;
    m->text = text;
    return m;
}

mlec_status mlec_model_compile(mlec_ctx *ctx, const char *name, const char *text, size_t length,
                               const mlec_options *options, mlec_model **out)
{
    if (!ctx || !name || (!text && length) || !out)
        return MLEC_ERROR_ARGUMENT;
    *out = NULL;
    mlec_options defaults;
    mlec_options_init(&defaults);
    mlec_model *volatile m = NULL;
    if (setjmp(ctx->guard.jump)) {
        mlec_model_free(m);
        return MLEC_ERROR_MEMORY;
    }
    m = new_model(ctx, name, text, length);
    m->name = arena_strdup(&m->arena, name);
    m->text = arena_strndup(&m->arena, text ? text : "", length);
    mlec_status status = compile(ctx, m, options ? options : &defaults);
    if (status == MLEC_OK)
        *out = m;
    else
        mlec_model_free(m);
    return status;
}

static const char *read_text(mlec_ctx *ctx, const char *path, size_t *length)
{
    FILE *f = !strcmp(path, "-") ? stdin : fopen(path, "rb");
    if (!f) {
        diag_report(&ctx->diags, DIAG_CANNOT_READ, NO_SPAN, "cannot read %s: %s", path,
                    strerror(errno));
        return NULL;
    }
    size_t capacity = 16384, n = 0, got;
    char *text = arena_alloc(&ctx->arena, capacity);
    while ((got = fread(text + n, 1, capacity - n, f)) > 0) {
        n += got;
        if (n == capacity) {
            text = arena_grow(&ctx->arena, text, n, 2 * capacity);
            capacity *= 2;
        }
    }
    bool failed = ferror(f);
    if (f != stdin)
        fclose(f);
    if (failed) {
        diag_report(&ctx->diags, DIAG_CANNOT_READ, NO_SPAN, "cannot read %s: %s", path,
                    strerror(errno));
        return NULL;
    }
    *length = n;
    return text;
}

mlec_status mlec_model_read(mlec_ctx *ctx, const char *path, const mlec_options *options,
                            mlec_model **out)
{
    if (!ctx || !path || !out)
        return MLEC_ERROR_ARGUMENT;
    if (setjmp(ctx->guard.jump))
        return MLEC_ERROR_MEMORY;
    size_t length = 0;
    *out = NULL;
    const char *text = read_text(ctx, path, &length);
    return text ? mlec_model_compile(ctx, path, text, length, options, out) : MLEC_ERROR_MODEL;
}

size_t mlec_model_times(const mlec_model *m, const mlec_pass_time **times)
{
    *times = NULL;
    return m->compiled ? tiers_times(m->code, times) : 0;
}

void mlec_model_prepare(const mlec_model *m, bool wait)
{
    if (m && m->report_work)
        tiers_prepare(m->code, wait);
}

/* ---- Dumps and objects
 * --------------------------------------------------------------------------- */

typedef const char *(*kernel_action)(mlec_ctx *ctx, pipeline *p, const void *user);

/* Runs the front passes on a text and hands the pipeline on; what the action returns is kept. */
static mlec_status with_pipeline(mlec_ctx *ctx, const char *name, const char *text, size_t length,
                                 const mlec_options *options, kernel_action act, const void *user,
                                 const char **out)
{
    if (!ctx || !name || (!text && length))
        return MLEC_ERROR_ARGUMENT;
    mlec_options defaults;
    mlec_options_init(&defaults);
    arena a;
    arena_init(&a, ctx->allocator, &ctx->guard);
    arena *volatile held = &a;
    if (setjmp(ctx->guard.jump)) {
        arena_release(held);
        return MLEC_ERROR_MEMORY;
    }
    uint32_t before = ctx->diags.n_errors;
    const char *own = arena_strndup(&ctx->arena, text ? text : "", length);
    const char *own_name = arena_strdup(&ctx->arena, name);
    pipeline *p = ARENA_NEW(&a, pipeline);
    if (pipeline_run(p, &a, &ctx->diags, own_name, own, length, options ? options : &defaults)) {
        const char *result = act(ctx, p, user);
        if (out)
            *out = result ? arena_strdup(&ctx->arena, result) : NULL;
    }
    arena_release(&a);
    return ctx_status(ctx, before);
}

static const char *print_stage(mlec_ctx *ctx, pipeline *p, const void *user)
{
    mlec_emit what = *(const mlec_emit *)user;
    if (what != MLEC_EMIT_LLVM && what != MLEC_EMIT_ASM)
        return pipeline_print(p, what);
    const char *error = NULL;
    const char *text =
        machine_print(&p->kernel, what == MLEC_EMIT_LLVM ? MACHINE_LLVM : MACHINE_ASM, &error);
    if (!text)
        diag_report(&ctx->diags, DIAG_INTERNAL, NO_SPAN, "machine code: %s",
                    error ? error : "failed");
    return text;
}

mlec_status mlec_model_emit(mlec_ctx *ctx, const char *name, const char *text, size_t length,
                            const mlec_options *options, mlec_emit what, const char **out)
{
    if (!out)
        return MLEC_ERROR_ARGUMENT;
    *out = NULL;
    return with_pipeline(ctx, name, text, length, options, print_stage, &what, out);
}

typedef struct {
    const char *symbol, *object_path, *header_path;
} build_request;

static const char *write_object(mlec_ctx *ctx, pipeline *p, const void *user)
{
    const build_request *r = user;
    const char *error = NULL;
    if (!machine_write_object(&p->kernel, r->symbol, r->object_path, &error)) {
        diag_report(&ctx->diags, DIAG_CANNOT_WRITE, NO_SPAN, "cannot write %s: %s", r->object_path,
                    error ? error : "failed");
        return NULL;
    }
    const char *header = kernel_header(&p->kernel, r->symbol);
    FILE *f = fopen(r->header_path, "wb");
    bool ok = f && fputs(header, f) >= 0;
    if (f && fclose(f))
        ok = false;
    if (!ok)
        diag_report(&ctx->diags, DIAG_CANNOT_WRITE, NO_SPAN, "cannot write %s: %s", r->header_path,
                    strerror(errno));
    return NULL;
}

mlec_status mlec_model_build(mlec_ctx *ctx, const char *name, const char *text, size_t length,
                             const mlec_options *options, const char *symbol,
                             const char *object_path, const char *header_path)
{
    if (!symbol || !object_path || !header_path)
        return MLEC_ERROR_ARGUMENT;
    build_request r = {symbol, object_path, header_path};
    return with_pipeline(ctx, name, text, length, options, write_object, &r, NULL);
}
