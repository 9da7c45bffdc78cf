/* read FILE [THREADS]: reads every column of a table, as a model that uses them all would, and
 * prints what it took as a JSON object. Columns of text become factors. */
#include "runtime/data/frame.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

static double now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return 1e3 * (double)t.tv_sec + 1e-6 * (double)t.tv_nsec;
}

/* Bytes of the columns: doubles, or codes and the text of the levels. */
static size_t column_bytes(frame *f, const char *const *names, size_t n)
{
    size_t total = 0;
    for (size_t i = 0; i < n; i++) {
        if (frame_is_numeric(f, names[i])) {
            total += frame_rows(f) * sizeof(double);
            continue;
        }
        const frame_levels *levels = frame_factor(f, names[i]);
        total += frame_rows(f) * sizeof(int32_t);
        for (int32_t k = 0; levels && k < levels->n_levels; k++)
            total += strlen(levels->levels[k]) + 1;
    }
    return total;
}

int main(int argc, char **argv)
{
    if (argc < 2)
        return fputs("usage: read FILE [THREADS]\n", stderr), 2;
    mlec_options options;
    mlec_options_init(&options);
    options.threads = argc > 2 ? atoi(argv[2]) : 0;
    mlec_ctx *ctx = mlec_ctx_new(NULL);
    mlec_data *data = NULL;
    if (!ctx || setjmp(ctx->guard.jump))
        return 4;
    double begin = now_ms();
    clock_t processor = clock();
    mlec_status status = mlec_data_read(ctx, argv[1], &options, &data);
    double shape_ms = now_ms() - begin;
    if (status != MLEC_OK)
        return fputs(mlec_diagnostic_get(ctx, 0).text, stderr), (int)status;
    const char *const *names;
    size_t n = frame_names(data, &names);
    frame_request *all = calloc(n, sizeof *all);
    if (!all)
        return 4;
    for (size_t i = 0; i < n; i++)
        all[i].name = names[i];
    frame_use(data, &ctx->guard, &ctx->diags);
    frame_set_reading(data, &options);
    frame_load(data, all, n);
    double ms = now_ms() - begin;
    double processor_ms = 1e3 * (double)(clock() - processor) / CLOCKS_PER_SEC;
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    printf("{\"rows\": %zu, \"columns\": %zu, \"shape_ms\": %.4g, \"ms\": %.5g, "
           "\"processor_ms\": %.5g, \"peak_mb\": %.4g, \"columns_mb\": %.4g}\n",
           frame_rows(data), n, shape_ms, ms, processor_ms, 1e-3 * (double)usage.ru_maxrss,
           1e-6 * (double)column_bytes(data, names, n));
    free(all);
    mlec_data_free(data);
    mlec_ctx_free(ctx);
    return 0;
}
