/* What every model has, however it was compiled. */
#include "base/model.h"

#include <string.h>

mlec_status mlec_model_from_plan(mlec_ctx *ctx, const mlec_plan *plan, mlec_model **model)
{
    if (!ctx || !plan || !model)
        return MLEC_ERROR_ARGUMENT;
    *model = NULL;
    if (setjmp(ctx->guard.jump))
        return MLEC_ERROR_MEMORY;
    if (plan->abi != MLEC_PLAN_ABI || plan->size != sizeof *plan) {
        diag_report(&ctx->diags, DIAG_INTERNAL, NO_SPAN,
                    "the compiled model %s has another layout than this library (%u, not %u)",
                    plan->name ? plan->name : "", plan->abi, MLEC_PLAN_ABI);
        return MLEC_ERROR_MODEL;
    }
    mlec_model *m = alloc_resize(ctx->allocator, NULL, sizeof *m);
    if (!m)
        return MLEC_ERROR_MEMORY;
    memset(m, 0, sizeof *m);
    m->memory = *ctx->allocator;
    arena_init(&m->arena, &m->memory, &ctx->guard);
    m->plan = plan;
    m->name = plan->name;
    *model = m;
    return MLEC_OK;
}

void mlec_model_free(mlec_model *m)
{
    if (!m)
        return;
    if (m->free_code)
        m->free_code(m->code);
    mlec_allocator memory = m->memory;
    m->arena.allocator = &memory;
    arena_release(&m->arena);
    alloc_free(&memory, m);
}

const mlec_plan *mlec_model_plan(const mlec_model *model) { return model->plan; }
