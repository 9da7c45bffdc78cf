/* compare MODEL.lik NAME ROWS ROUNDS: evaluations of one model by mlec, by the plain kernel and by
 * the tuned one, turn by turn, on one thread. Prints a JSON object.
 * compare --write NAME ROWS FILE.csv: its table as text. */
#include "generate.h"

#include <mlec.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { MAX_ROUNDS = 101, ORDERS = 3, WAYS = 3, MAX_THETA = MAX_COLUMNS + 5 };
static const char *const orders[ORDERS] = {"value", "gradient", "hessian"};
static const char *const ways[WAYS] = {"mlec", "plain", "tuned"};

static void stop(const char *what)
{
    fprintf(stderr, "compare: %s\n", what);
    exit(1);
}

/* Processor time of this thread, which other programs disturb less than time on the clock. */
static double seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* ---- The three ways -------------------------------------------------------------------------- */

typedef struct {
    const model *m;
    kernel_data data;
    mlec_problem *problem;
    int n;
} subject;

typedef struct {
    double value, gradient[MAX_THETA], hessian[MAX_THETA * MAX_THETA];
} output;

static void evaluate(const subject *s, int way, const double *theta, int order, output *o)
{
    double *g = order > 0 ? o->gradient : NULL, *h = order > 1 ? o->hessian : NULL;
    if (way == 0)
        mlec_eval(s->problem, theta, &o->value, g, h);
    else
        o->value = (way == 1 ? s->m->plain : s->m->tuned)(&s->data, theta, g, h);
}

static mlec_problem *bind(const model *m, const table *t, const char *path)
{
    static const char *const classes[] = {"0", "1", "2", "3", "4"};
    mlec_ctx *ctx = mlec_ctx_new(NULL);
    mlec_options options;
    mlec_options_init(&options);
    options.threads = 1;
    mlec_model *compiled = NULL;
    mlec_data *data = NULL;
    mlec_problem *problem = NULL;
    if (!ctx || mlec_model_read(ctx, path, &options, &compiled) != MLEC_OK ||
        mlec_data_new(ctx, t->n, &data) != MLEC_OK)
        stop(ctx && mlec_diagnostic_count(ctx) ? mlec_diagnostic_get(ctx, 0).text : "no memory");
    if (strcmp(m->name, "multinomial") == 0) {
        int32_t *codes = malloc(t->n * sizeof *codes);
        for (size_t i = 0; codes && i < t->n; i++)
            codes[i] = (int32_t)t->y[i];
        mlec_data_add_factor(ctx, data, m->y, codes, classes, 5);
    } else {
        mlec_data_add_real(ctx, data, m->y, t->y);
    }
    if (m->extra)
        mlec_data_add_real(ctx, data, m->extra, t->extra);
    for (int j = 0; j < m->n_columns - m->n_constant; j++) {
        char name[16];
        snprintf(name, sizeof name, "x%d", j + 1);
        mlec_data_add_real(ctx, data, name, t->x[j]);
    }
    mlec_model_prepare(compiled, true); /* machine code for every order, whatever the rows */
    if (mlec_problem_new(ctx, compiled, data, &options, &problem) != MLEC_OK)
        stop(mlec_diagnostic_get(ctx, mlec_diagnostic_count(ctx) - 1).text);
    if (mlec_problem_size(problem) != (size_t)m->n_theta)
        stop("the model has another number of parameters than the kernels");
    return problem;
}

/* ---- Agreement ------------------------------------------------------------------------------- */

/* The largest difference of value, gradient and Hessian: relative, to the largest element of the
 * gradient, to the diagonal of the Hessian. */
static double difference(const output *a, const output *b, int n)
{
    double worst = fabs(a->value - b->value) / fabs(a->value), largest = 0;
    for (int i = 0; i < n; i++)
        largest = fmax(largest, fabs(a->gradient[i]));
    for (int i = 0; i < n; i++) {
        worst = fmax(worst, fabs(a->gradient[i] - b->gradient[i]) / largest);
        for (int j = 0; j < n; j++) {
            double scale = sqrt(fabs(a->hessian[i + n * i] * a->hessian[j + n * j]));
            worst = fmax(worst, fabs(a->hessian[i + n * j] - b->hessian[i + n * j]) / scale);
        }
    }
    return isfinite(worst) ? worst : INFINITY;
}

/* ---- Time ------------------------------------------------------------------------------------ */

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(const double *x, int n)
{
    double sorted[MAX_ROUNDS];
    memcpy(sorted, x, (size_t)n * sizeof *x);
    qsort(sorted, (size_t)n, sizeof *sorted, by_size);
    return n % 2 ? sorted[n / 2] : (sorted[n / 2 - 1] + sorted[n / 2]) / 2;
}

static double least(const double *x, int n)
{
    double min = x[0];
    for (int i = 1; i < n; i++)
        min = fmin(min, x[i]);
    return min;
}

static void measure(const subject *s, const double *theta, int order, int rounds, output *o)
{
    double times[WAYS][MAX_ROUNDS], ratios[WAYS][MAX_ROUNDS], near[MAX_THETA];
    for (int i = 0; i < s->n; i++)
        near[i] = theta[i] * (1 + 0x1p-40);
    for (int r = -1; r < rounds; r++) { /* the first round warms up */
        for (int way = 0; way < WAYS; way++) {
            double begin = seconds();
            evaluate(s, way, r % 2 ? near : theta, order, o);
            times[way][r < 0 ? 0 : r] = 1e9 * (seconds() - begin) / (double)s->data.n;
        }
        for (int way = 1; way < WAYS && r >= 0; way++)
            ratios[way][r] = times[0][r] / times[way][r];
    }
    printf(", \"%s\": {", orders[order]);
    for (int way = 0; way < WAYS; way++)
        printf("\"%s\": %.5g, \"%s_min\": %.5g, ", ways[way], median(times[way], rounds), ways[way],
               least(times[way], rounds));
    printf("\"to_plain\": %.5g, \"to_tuned\": %.5g}", median(ratios[1], rounds),
           median(ratios[2], rounds));
}

int main(int argc, char **argv)
{
    if (argc != 5)
        stop("usage: compare MODEL.lik NAME ROWS ROUNDS | compare --write NAME ROWS FILE.csv");
    const model *m = NULL;
    for (int i = 0; i < n_models; i++)
        if (strcmp(models[i].name, argv[2]) == 0)
            m = &models[i];
    if (!m)
        stop("there is no such model");
    size_t rows = strtoull(argv[3], NULL, 10) / 32 * 32;
    table t;
    table_make(&t, m, rows);
    if (strcmp(argv[1], "--write") == 0) {
        table_write(&t, m, argv[4]);
        return 0;
    }
    int rounds = atoi(argv[4]);
    rounds = rounds < 1 ? 1 : rounds > MAX_ROUNDS ? MAX_ROUNDS : rounds;
    subject s = {.m = m, .n = m->n_theta, .problem = bind(m, &t, argv[1])};
    s.data = (kernel_data){.n = rows,
                           .y = t.kernel_y,
                           .extra = t.kernel_extra,
                           .constant = t.constant,
                           .exceed = t.exceed};
    memcpy(s.data.x, t.x, sizeof t.x);
    output *o = malloc(WAYS * sizeof *o);
    double theta[MAX_THETA];
    for (int i = 0; i < m->n_theta; i++) /* away from the maximum, where no score is near 0 */
        theta[i] = t.theta[i] * (i % 2 ? 1.02 : 0.97);
    for (int way = 0; o && way < WAYS; way++)
        evaluate(&s, way, theta, 2, &o[way]);
    if (!o)
        stop("no memory");
    printf("{\"name\": \"%s\", \"rows\": %zu, \"parameters\": %d, \"log_likelihood\": %.17g, "
           "\"plain_differs\": %.3g, \"tuned_differs\": %.3g",
           m->name, rows, m->n_theta, o[0].value, difference(&o[0], &o[1], s.n),
           difference(&o[0], &o[2], s.n));
    for (int order = 0; order < ORDERS; order++)
        measure(&s, theta, order, rounds, o);
    puts("}");
    return 0;
}
