#include "base/ctx.h"

#include <string.h>

mlec_ctx *mlec_ctx_new(const mlec_allocator *allocator)
{
    const mlec_allocator *from = allocator ? allocator : &alloc_system;
    mlec_ctx *ctx = alloc_resize(from, NULL, sizeof *ctx);
    if (!ctx)
        return NULL;
    memset(ctx, 0, sizeof *ctx);
    ctx->memory = *from;
    ctx->allocator = &ctx->memory;
    arena_init(&ctx->arena, ctx->allocator, &ctx->guard);
    if (setjmp(ctx->guard.jump)) {
        mlec_ctx_free(ctx);
        return NULL;
    }
    diag_init(&ctx->diags, &ctx->arena);
    return ctx;
}

void mlec_ctx_free(mlec_ctx *ctx)
{
    if (!ctx)
        return;
    arena_release(&ctx->arena);
    mlec_allocator memory = ctx->memory;
    alloc_free(&memory, ctx);
}

mlec_status ctx_status(const mlec_ctx *ctx, uint32_t errors_before)
{
    if (ctx->diags.n_errors == errors_before)
        return MLEC_OK;
    uint32_t seen = 0;
    for (const diag *d = ctx->diags.first; d; d = d->next)
        if (d->severity == DIAG_ERROR && seen++ >= errors_before)
            return d->code == DIAG_INTERNAL ? MLEC_ERROR_INTERNAL
                                            : (mlec_status)diag_table[d->code].class;
    return MLEC_ERROR_MODEL;
}

mlec_diagnostic diag_view(const diag_list *l, const diag *d, arena *a)
{
    mlec_diagnostic v = {
        .code = diag_table[d->code].code,
        .severity = (mlec_severity)d->severity,
        .message = d->message,
        .hint = d->hint,
        .file = d->file,
        .line = d->line,
        .column = d->column,
        .parameters = d->parameters,
        .n_parameters = d->n_parameters,
        .rows = d->rows,
        .n_rows = d->n_rows,
    };
    if (!d->file && d->at.file && d->at.file <= l->n_sources) {
        const source_text *s = &l->sources[d->at.file];
        source_place p = source_locate(s, d->at.begin);
        v.file = s->name;
        v.line = p.line;
        v.column = p.column;
    }
    buf text;
    buf_init(&text, a);
    diag_render(l, d, &text);
    v.text = buf_text(&text);
    return v;
}

size_t mlec_diagnostic_count(const mlec_ctx *ctx)
{
    size_t n = 0;
    for (const diag *d = ctx->diags.first; d; d = d->next)
        n++;
    return n;
}

mlec_diagnostic mlec_diagnostic_get(const mlec_ctx *ctx, size_t index)
{
    mlec_ctx *c = (mlec_ctx *)(uintptr_t)ctx; /* rendering takes memory from the context */
    const diag *d = ctx->diags.first;
    while (d && index--)
        d = d->next;
    if (!d || setjmp(c->guard.jump))
        return (mlec_diagnostic){.code = "", .message = "", .text = ""};
    return diag_view(&ctx->diags, d, &c->arena);
}

void mlec_diagnostic_clear(mlec_ctx *ctx)
{
    if (setjmp(ctx->guard.jump))
        return;
    arena_release(&ctx->arena);
    diag_init(&ctx->diags, &ctx->arena);
}

void mlec_options_init(mlec_options *options)
{
    *options = (mlec_options){
        .size = sizeof *options,
        .level = 0.95,
        .max_iterations = 200,
    };
}

const char *mlec_status_text(mlec_status status)
{
    static const char *const texts[] = {
        [MLEC_OK] = "success",
        [MLEC_ERROR_FIT] = "the fit failed or cannot be trusted",
        [MLEC_ERROR_MODEL] = "the model or an option is wrong",
        [MLEC_ERROR_DATA] = "the data are wrong",
        [MLEC_ERROR_MEMORY] = "out of memory",
        [MLEC_ERROR_ARGUMENT] = "an argument is NULL or impossible",
        [MLEC_ERROR_INTERNAL] = "a fault in mlec itself",
    };
    size_t i = (size_t)status;
    return i < sizeof texts / sizeof *texts ? texts[i] : "unknown status";
}

const char *mlec_verdict_text(mlec_verdict verdict)
{
    static const char *const texts[] = {
        [MLEC_INTERIOR] = "interior", [MLEC_BOUNDARY] = "boundary",   [MLEC_FLAT] = "flat",
        [MLEC_SADDLE] = "saddle",     [MLEC_DIVERGING] = "diverging", [MLEC_FAILED] = "failed",
    };
    size_t i = (size_t)verdict;
    return i < sizeof texts / sizeof *texts ? texts[i] : "unknown";
}
