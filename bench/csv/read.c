/* Reads every column of a table, as a model that uses them all would, and prints what it took:
 * read FILE [THREADS [REPEATS]]. Columns of text become factors. */
#include "runtime/data/frame.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

static double now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return 1e3 * (double)t.tv_sec + 1e-6 * (double)t.tv_nsec;
}

typedef struct {
    double shape_ms, all_ms, processor_ms;
    size_t rows, columns;
} reading;

static int read_once(const char *path, int threads, reading *r)
{
    mlec_options options;
    mlec_options_init(&options);
    options.threads = threads;
    mlec_ctx *ctx = mlec_ctx_new(NULL);
    mlec_data *data = NULL;
    if (!ctx)
        return 4;
    double begin = now_ms();
    clock_t processor = clock();
    mlec_status status = mlec_data_read(ctx, path, &options, &data);
    r->shape_ms = now_ms() - begin;
    frame_request *all = NULL;
    if (status == MLEC_OK) {
        if (setjmp(ctx->guard.jump))
            return 4;
        frame_use(data, &ctx->guard, &ctx->diags);
        frame_set_reading(data, &options);
        const char *const *names;
        r->rows = frame_rows(data);
        r->columns = frame_names(data, &names);
        all = calloc(r->columns, sizeof *all);
        for (size_t i = 0; all && i < r->columns; i++)
            all[i].name = names[i];
        if (all)
            frame_load(data, all, r->columns);
        r->all_ms = now_ms() - begin;
        r->processor_ms = 1e3 * (double)(clock() - processor) / CLOCKS_PER_SEC;
    }
    for (size_t i = 0; i < mlec_diagnostic_count(ctx); i++)
        fputs(mlec_diagnostic_get(ctx, i).text, stderr);
    free(all);
    mlec_data_free(data);
    mlec_ctx_free(ctx);
    return (int)status;
}

static int by_time(const void *a, const void *b)
{
    double x = ((const reading *)a)->all_ms, y = ((const reading *)b)->all_ms;
    return (x > y) - (x < y);
}

int main(int argc, char **argv)
{
    enum { MOST = 99 };
    reading r[MOST];
    int threads = argc > 2 ? atoi(argv[2]) : 0, repeats = argc > 3 ? atoi(argv[3]) : 1;
    if (argc < 2 || repeats < 1 || repeats > MOST)
        return fputs("usage: read FILE [THREADS [REPEATS]]\n", stderr), 2;
    FILE *f = fopen(argv[1], "rb");
    if (!f || fseek(f, 0, SEEK_END) != 0)
        return perror(argv[1]), 2;
    double megabytes = 1e-6 * (double)ftell(f);
    fclose(f);
    for (int i = 0; i < repeats; i++) {
        int status = read_once(argv[1], threads, &r[i]);
        if (status)
            return status;
    }
    qsort(r, (size_t)repeats, sizeof *r, by_time);
    const reading *m = &r[repeats / 2];
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    printf("%zu rows, %zu columns, %.0f MB: shape %.0f ms, all %.0f ms, processor %.0f ms, "
           "%.0f MB/s, peak %.0f MB\n",
           m->rows, m->columns, megabytes, m->shape_ms, m->all_ms, m->processor_ms,
           1e3 * megabytes / m->all_ms, 1e-3 * (double)usage.ru_maxrss);
    return 0;
}
