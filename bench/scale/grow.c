/* grow MODEL.lik ROWS COLUMNS LEVELS: one model of growing size over a table made in memory, on one
 * thread. Columns y, x1 ... and, where LEVELS is not 0, a factor g; a `const p` in the model is the
 * number of columns. Prints a JSON object: milliseconds of the processor and most memory. */
#include <mlec.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

enum { ORDERS = 3, MOST_TIMES = 200 };
static const double PART_MS = 300; /* of each measurement, at least three evaluations */

static void stop(const char *what)
{
    fprintf(stderr, "grow: %s\n", what);
    exit(1);
}

static double now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return 1e3 * (double)t.tv_sec + 1e-6 * (double)t.tv_nsec;
}

static uint64_t state = 20240229;

static double uniform(void)
{
    uint64_t z = state += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return ((double)((z ^ z >> 31) >> 11) + 0.5) * 0x1p-53;
}

static void *room(size_t n, size_t size)
{
    void *p = malloc(n * size + 1);
    if (!p)
        stop("no memory");
    return p;
}

/* ---- The table --------------------------------------------------------------------------------
 */

static void add_factor(mlec_ctx *ctx, mlec_data *data, const int32_t *codes, size_t n)
{
    const char **names = room(n, sizeof *names);
    char *text = room(n, 12);
    for (size_t k = 0; k < n; k++) {
        names[k] = text + 12 * k;
        snprintf(text + 12 * k, 12, "L%07zu", k);
    }
    mlec_data_add_factor(ctx, data, "g", codes, names, n);
}

/* A binary outcome without a factor, a real one with it; all columns move it a little. */
static mlec_data *make(mlec_ctx *ctx, size_t rows, size_t columns, size_t levels)
{
    double *y = room(rows, sizeof *y), **x = room(columns, sizeof *x);
    int32_t *codes = levels ? room(rows, sizeof *codes) : NULL;
    mlec_data *data = NULL;
    if (mlec_data_new(ctx, rows, &data) != MLEC_OK)
        stop("no memory");
    memset(y, 0, rows * sizeof *y);
    for (size_t j = 0; j < columns; j++) {
        double slope = cos((double)j) / sqrt((double)columns);
        char name[24];
        x[j] = room(rows, sizeof *x[j]);
        for (size_t i = 0; i < rows; i++) {
            x[j][i] = 2 * uniform() - 1;
            y[i] += slope * x[j][i];
        }
        snprintf(name, sizeof name, "x%zu", j + 1);
        mlec_data_add_real(ctx, data, name, x[j]);
    }
    for (size_t i = 0; i < rows; i++) {
        size_t k = levels ? i < levels ? i : (size_t)((double)levels * uniform()) : 0;
        if (levels)
            codes[i] = (int32_t)k;
        y[i] = levels ? y[i] + sin((double)k) + uniform() + uniform() - 1
                      : uniform() < 1 / (1 + exp(-y[i]));
    }
    mlec_data_add_real(ctx, data, "y", y);
    if (levels)
        add_factor(ctx, data, codes, levels);
    return data;
}

/* ---- Time --------------------------------------------------------------------------------------
 */

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double evaluation_ms(mlec_problem *p, double *theta, double *gradient, double *hessian)
{
    double times[MOST_TIMES], value, spent = 0;
    int n = 0;
    mlec_eval(p, theta, &value, gradient, hessian);
    while (n < 3 || (spent < PART_MS && n < MOST_TIMES)) {
        theta[0] = n % 2 ? 0.1 : 0.1 + 0x1p-45; /* no two evaluations in turn are at one point */
        double begin = now_ms();
        mlec_eval(p, theta, &value, gradient, hessian);
        spent += times[n++] = now_ms() - begin;
    }
    qsort(times, (size_t)n, sizeof *times, by_size);
    return times[n / 2];
}

int main(int argc, char **argv)
{
    if (argc != 5)
        stop("usage: grow MODEL.lik ROWS COLUMNS LEVELS");
    size_t rows = strtoull(argv[2], NULL, 10), columns = strtoull(argv[3], NULL, 10);
    size_t levels = strtoull(argv[4], NULL, 10);
    mlec_ctx *ctx = mlec_ctx_new(NULL);
    mlec_options options;
    mlec_options_init(&options);
    const mlec_setting size = {"p", (double)columns};
    options.threads = 1;
    options.tier = MLEC_TIER_COMPILED;
    options.sets = &size;
    options.n_sets = strstr(argv[1], "columns") ? 1 : 0;
    mlec_model *model = NULL;
    mlec_problem *p = NULL;
    mlec_fit *fit = NULL;
    mlec_data *data = ctx ? make(ctx, rows, columns, levels) : NULL;
    double begin = now_ms();
    if (!ctx || mlec_model_read(ctx, argv[1], &options, &model) != MLEC_OK)
        stop(ctx ? mlec_diagnostic_get(ctx, 0).text : "no memory");
    double compile_ms = now_ms() - begin;
    begin = now_ms();
    if (mlec_problem_new(ctx, model, data, &options, &p) != MLEC_OK)
        stop(mlec_diagnostic_get(ctx, 0).text);
    double bind_ms = now_ms() - begin;
    begin = now_ms();
    mlec_status status = mlec_fit_run(ctx, p, &options, &fit);
    double fit_ms = now_ms() - begin;
    if (!fit || (status != MLEC_OK && status != MLEC_ERROR_FIT))
        stop("the model cannot be fitted");
    const mlec_result *r = mlec_fit_result(fit);
    size_t n = mlec_problem_size(p), squared = n <= 4096 ? n * n : 0;
    double *theta = room(n, sizeof *theta), *gradient = room(n, sizeof *gradient);
    double *hessian = squared ? room(squared, sizeof *hessian) : NULL;
    for (size_t i = 0; i < n; i++)
        theta[i] = r->parameters[i].estimate;
    printf("{\"rows\": %zu, \"columns\": %zu, \"levels\": %zu, \"compile\": %.5g, \"bind\": %.5g, "
           "\"value\": %.5g, \"gradient\": %.5g, ",
           rows, columns, levels, compile_ms, bind_ms, evaluation_ms(p, theta, NULL, NULL),
           evaluation_ms(p, theta, gradient, NULL));
    if (hessian)
        printf("\"hessian\": %.5g, ", evaluation_ms(p, theta, gradient, hessian));
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    printf("\"fit\": %.5g, \"iterations\": %d, \"verdict\": \"%s\", \"memory_mb\": %.4g}\n", fit_ms,
           r->iterations, mlec_verdict_text(r->verdict), 1e-3 * (double)usage.ru_maxrss);
    return 0;
}
