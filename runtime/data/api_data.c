/* The public functions on data: guard, frame, status. */
#include "runtime/data/column.h"

mlec_status mlec_data_read(mlec_ctx *ctx, const char *path, const mlec_options *options,
                           mlec_data **data)
{
    if (!ctx || !path || !data)
        return MLEC_ERROR_ARGUMENT;
    *data = NULL;
    frame *f = frame_new(ctx->allocator);
    if (!f)
        return MLEC_ERROR_MEMORY;
    if (setjmp(ctx->guard.jump)) {
        frame_free(f);
        return MLEC_ERROR_MEMORY;
    }
    uint32_t errors = ctx->diags.n_errors;
    frame_use(f, &ctx->guard, &ctx->diags);
    frame_set_reading(f, options);
    bool read = frame_read(f, path);
    frame_set_reading(f, NULL);
    if (!read) {
        frame_free(f);
        return ctx_status(ctx, errors);
    }
    *data = f;
    return MLEC_OK;
}

mlec_status mlec_data_new(mlec_ctx *ctx, size_t n_rows, mlec_data **data)
{
    if (!ctx || !data)
        return MLEC_ERROR_ARGUMENT;
    *data = frame_new(ctx->allocator);
    if (!*data)
        return MLEC_ERROR_MEMORY;
    frame_set_rows(*data, n_rows);
    return MLEC_OK;
}

mlec_status mlec_data_add_real(mlec_ctx *ctx, mlec_data *data, const char *name,
                               const double *values)
{
    if (!ctx || !data || !name || data->from_file || (!values && data->n_rows > 0))
        return MLEC_ERROR_ARGUMENT;
    if (setjmp(ctx->guard.jump))
        return MLEC_ERROR_MEMORY;
    uint32_t errors = ctx->diags.n_errors;
    frame_use(data, &ctx->guard, &ctx->diags);
    return frame_add_real(data, name, values) ? MLEC_OK : ctx_status(ctx, errors);
}

mlec_status mlec_data_add_factor(mlec_ctx *ctx, mlec_data *data, const char *name,
                                 const int32_t *codes, const char *const *levels, size_t n_levels)
{
    if (!ctx || !data || !name || data->from_file || (!codes && data->n_rows > 0) ||
        (!levels && n_levels > 0) || n_levels > INT32_MAX)
        return MLEC_ERROR_ARGUMENT;
    if (setjmp(ctx->guard.jump))
        return MLEC_ERROR_MEMORY;
    uint32_t errors = ctx->diags.n_errors;
    frame_use(data, &ctx->guard, &ctx->diags);
    return frame_add_factor(data, name, codes, levels, n_levels) ? MLEC_OK
                                                                 : ctx_status(ctx, errors);
}

size_t mlec_data_rows(const mlec_data *data) { return data ? frame_rows(data) : 0; }

void mlec_data_free(mlec_data *data) { frame_free(data); }
