/* mlec bench: what an evaluation of a model over a table takes, and the steps before it. */
#include "cli/commands.h"
#include "cli/progress.h"
#include "cli/session.h"

#include <math.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    ORDERS = 3, /* value; with gradient; with gradient and Hessian */
    MAX_REPEATS = 2000,
    LARGEST_HESSIAN = 4096 /* parameters: the matrix of more does not fit the caches, nor reason */
};
static const double PART_MS = 200; /* for each order */
static const char *const order_names[ORDERS] = {"value", "gradient", "hessian"};

typedef struct {
    size_t rows, rows_used, n_theta;
    double compile_ms, read_ms, bind_ms, fit_ms;
    int threads;
    bool fitted; /* the evaluations are at the estimates, else at the start values */
    double evaluation_ms[ORDERS];
} measured;

typedef struct {
    double *theta, *nearby, *gradient, *hessian;
} point;

static void free_point(point *p)
{
    free(p->theta);
    free(p->nearby);
    free(p->gradient);
    free(p->hessian);
}

static bool make_point(point *p, size_t n)
{
    size_t squared = n <= LARGEST_HESSIAN ? n * n : 0;
    *p = (point){malloc((n + 1) * sizeof(double)), malloc((n + 1) * sizeof(double)),
                 malloc((n + 1) * sizeof(double)),
                 squared || n == 0 ? malloc((squared + 1) * sizeof(double)) : NULL};
    return p->theta && p->nearby && p->gradient && (p->hessian || n > LARGEST_HESSIAN);
}

/* The estimates, where all exist, or else the start values. The second point lies some ulp from the
 * first on the way to the start, which is inside the types and constraints, so that no two
 * evaluations in turn are at one point. */
static bool choose_point(point *p, const mlec_problem *problem, const mlec_fit *fit)
{
    size_t n = mlec_problem_size(problem);
    mlec_problem_start(problem, p->nearby);
    memcpy(p->theta, p->nearby, n * sizeof *p->theta);
    const mlec_result *r = fit ? mlec_fit_result(fit) : NULL;
    bool fitted = r && r->verdict != MLEC_FAILED && r->n_parameters == n;
    for (size_t i = 0; fitted && i < n; i++) {
        fitted = isfinite(r->parameters[i].estimate);
    }
    for (size_t i = 0; i < n; i++) {
        p->theta[i] = fitted ? r->parameters[i].estimate : p->theta[i];
        p->nearby[i] = p->theta[i] + (p->nearby[i] - p->theta[i]) * 0x1p-45;
    }
    return fitted;
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Milliseconds that one of `count` evaluations in turn takes. */
static double time_batch(mlec_problem *problem, const point *p, int order, int count)
{
    double value, *gradient = order > 0 ? p->gradient : NULL;
    double *hessian = order > 1 ? p->hessian : NULL, begin = clock_ms();
    for (int i = 0; i < count; i++) {
        mlec_eval(problem, i % 2 ? p->nearby : p->theta, &value, gradient, hessian);
    }
    return (clock_ms() - begin) / count;
}

/* The median time of an evaluation; NaN for a Hessian that is left out. Short ones are timed
 * several together, which the clock can tell apart; long ones three times at least. */
static double time_order(mlec_problem *problem, const point *p, int order)
{
    if (order > 1 && !p->hessian) {
        return NAN;
    }
    double times[MAX_REPEATS], first = time_batch(problem, p, order, 2);
    double spent = 0;
    int n = 0, count = 2 * ((int)(0.1 / fmax(first, 1e-5)) + 1); /* even: points alternate */
    while (n < 3 || (spent < PART_MS && n < MAX_REPEATS)) {
        times[n] = time_batch(problem, p, order, count);
        spent += count * times[n++];
    }
    qsort(times, (size_t)n, sizeof *times, by_size);
    return n % 2 ? times[n / 2] : (times[n / 2 - 1] + times[n / 2]) / 2;
}

static mlec_status measure(session *s, const mlec_model *model, mlec_problem *problem, measured *m)
{
    mlec_options options = s->line->library;
    mlec_fit *fit = NULL;
    progress shown;
    progress_begin(&shown, s->line, &options);
    double begin = clock_ms();
    mlec_status status = mlec_fit_run(s->ctx, problem, &options, &fit);
    m->fit_ms = clock_ms() - begin;
    progress_end(&shown);
    point p;
    if (status != MLEC_OK && status != MLEC_ERROR_FIT) {
        return status; /* nothing to measure, and it was said why */
    }
    m->n_theta = mlec_problem_size(problem);
    m->rows_used = mlec_problem_rows_used(problem);
    bool made = make_point(&p, m->n_theta);
    if (made) {
        m->fitted = choose_point(&p, problem, fit);
        mlec_model_prepare(model, true);
        for (int order = 0; order < ORDERS; order++) {
            m->evaluation_ms[order] = time_order(problem, &p, order);
        }
    }
    free_point(&p);
    mlec_fit_free(fit);
    return made ? MLEC_OK : MLEC_ERROR_MEMORY;
}

/* ---- Printing --------------------------------------------------------------------------------
 */

static int cores(void)
{
    cpu_set_t set;
    return sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set)
                                                       : (int)sysconf(_SC_NPROCESSORS_ONLN);
}

static double ns_per_row(const measured *m, int order)
{
    return m->rows_used > 0 ? 1e6 * m->evaluation_ms[order] / (double)m->rows_used : NAN;
}

static void print_json_number(const char *key, double value)
{
    isfinite(value) ? printf("\"%s\": %.6g", key, value) : printf("\"%s\": null", key);
}

static void print_json(const measured *m)
{
    printf("{\"mlec\": \"" MLEC_VERSION "\", \"rows\": %zu, \"rows_used\": %zu, "
           "\"n_parameters\": %zu, \"at\": \"%s\", \"threads\": %d",
           m->rows, m->rows_used, m->n_theta, m->fitted ? "estimates" : "start", m->threads);
    for (int per_row = 1; per_row >= 0; per_row--) {
        printf(", \"%s\": {", per_row ? "ns_per_row" : "evaluation_ms");
        for (int order = 0; order < ORDERS; order++) {
            print_json_number(order_names[order],
                              per_row ? ns_per_row(m, order) : m->evaluation_ms[order]);
            fputs(order < ORDERS - 1 ? ", " : "}", stdout);
        }
    }
    const struct {
        const char *key;
        double ms;
    } steps[] = {{"compile_ms", m->compile_ms},
                 {"read_ms", m->read_ms},
                 {"bind_ms", m->bind_ms},
                 {"fit_ms", m->fit_ms}};
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        fputs(", ", stdout);
        print_json_number(steps[i].key, steps[i].ms);
    }
    puts("}");
}

static void print_text(const measured *m)
{
    static const char *const names[ORDERS] = {"value", "value, gradient",
                                              "value, gradient, Hessian"};
    printf("%zu rows, %zu parameters, %d thread%s, at the %s\n\n", m->rows_used, m->n_theta,
           m->threads, m->threads == 1 ? "" : "s", m->fitted ? "estimates" : "start values");
    printf("%-26s %12s %12s\n", "evaluation", "ms", "ns per row");
    for (int order = 0; order < ORDERS; order++) {
        double ns = ns_per_row(m, order);
        printf("%-26s %12.4g ", names[order], m->evaluation_ms[order]);
        m->rows_used > 0 ? printf("%12.4g\n", ns) : printf("%12s\n", "-");
    }
    printf("\n%-26s %12s\n", "step", "ms");
    printf("%-26s %12.4g\n%-26s %12.4g\n%-26s %12.4g\n%-26s %12.4g\n", "compile", m->compile_ms,
           "read data", m->read_ms, "bind", m->bind_ms, "fit", m->fit_ms);
}

int bench_command(const command_line *line)
{
    session s;
    if (!session_open(&s, line)) {
        return 2;
    }
    measured m = {.threads = line->library.threads > 0 ? line->library.threads : cores()};
    mlec_model *model = NULL;
    mlec_data *data = NULL;
    mlec_problem *problem = NULL;
    double begin = clock_ms();
    mlec_status status = session_model(&s, &model);
    m.compile_ms = clock_ms() - begin;
    if (status == MLEC_OK) {
        status = session_bind(&s, model, &data, &problem, &m.read_ms, &m.bind_ms);
    }
    m.rows = data ? mlec_data_rows(data) : 0;
    if (status == MLEC_OK) {
        status = measure(&s, model, problem, &m);
    }
    if (status == MLEC_OK) {
        session_show(&s);
        line->seen[OPTION_JSON] ? print_json(&m) : print_text(&m);
        status = output_flush() ? status : MLEC_ERROR_FIT; /* exit 1: nobody received it */
    } else {
        session_fail(&s, status);
    }
    mlec_problem_free(problem);
    mlec_data_free(data);
    mlec_model_free(model);
    return session_close(&s, status);
}
