/* NIST StRD nonlinear regression: all sets, both starting points, as maximum likelihood with a free
 * scale that has no start value. */
#include "tests/unit/fit/formula.h"
#include "tests/unit/fit/mock.h"

#include "base/ctx.h"

#include <criterion/criterion.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

static const char *formula;
static const mock_table *table;

typedef struct {
    const mlec_problem *p;
    size_t row;
    const jet *theta;
} scope;

static bool lookup(void *user, const char *name, size_t n, jet *out)
{
    const scope *s = user;
    char text[40];
    snprintf(text, sizeof text, "%.*s", (int)n, name);
    for (size_t i = 0; i < s->p->info.n_theta; i++)
        if (strcmp(text, s->p->names[i]) == 0) {
            *out = s->theta[i];
            return true;
        }
    const double *column = mock_column(table, text);
    if (column)
        *out = jet_constant(column[s->row]);
    return column != NULL;
}

static jet mean(const mlec_problem *p, size_t i, const jet *theta)
{
    scope s = {p, i, theta};
    return formula_eval(formula, lookup, &s);
}

static jet row(const mlec_problem *p, size_t i, const jet *theta)
{
    return mock_normal(jet_constant(p->y[i]), mean(p, i, theta), theta[p->info.n_theta - 1]);
}

static double real(json_t *o, const char *key)
{
    return json_number_value(json_object_get(o, key));
}

/* Relative error of the worst estimate and standard error. */
static void compare(json_t *set, const mlec_result *r, double *estimate, double *error)
{
    size_t i;
    json_t *q;
    *estimate = *error = 0;
    json_array_foreach(json_object_get(set, "params"), i, q)
    {
        double e = fabs(r->parameters[i].estimate / real(q, "estimate") - 1);
        double s = fabs(r->parameters[i].std_error / real(q, "se_observed_mle") - 1);
        if (!(e <= *estimate))
            *estimate = e;
        if (!(s <= *error))
            *error = s;
    }
}

static void run(const char *name, json_t *set, const char *which, mlec_transform_family family)
{
    static mlec_problem p;
    memset(&p, 0, sizeof p);
    mock_table t;
    cr_assert(mock_read(&t, json_string_value(json_object_get(set, "path"))), "%s", name);
    table = &t;
    size_t i;
    json_t *q;
    json_array_foreach(json_object_get(set, "params"), i, q)
    {
        double start = real(q, which);
        mock_param(&p, json_string_value(json_object_get(q, "name")), MLEC_TYPE_REAL, 1, &start);
    }
    p.scale = mock_param(&p, "sigma", MLEC_TYPE_POSITIVE, 1, NULL);
    mock_rows(&p, t.rows);
    double *y = malloc(t.rows * sizeof *y);
    bool log_response = strcmp(name, "Nelson") == 0;
    for (size_t k = 0; k < t.rows; k++)
        y[k] = log_response ? log(mock_column(&t, "y")[k]) : mock_column(&t, "y")[k];
    p.y = y;
    p.row = row;
    p.mean = mean;
    mlec_ctx *ctx = mlec_ctx_new(NULL);
    mlec_options options;
    mlec_options_init(&options);
    options.transform = family;
    mlec_fit *fit;
    mlec_status status = mlec_fit_run(ctx, &p, &options, &fit);
    const mlec_result *r = mlec_fit_result(fit);
    double estimate, error, loglik = fabs(r->log_likelihood / real(set, "loglik") - 1);
    compare(set, r, &estimate, &error);
    if (getenv("MLEC_SHOW"))
        fprintf(stderr, "%-9s %s %-9s it %3d ev %4ld est %.0e se %.0e ll %.0e dec %.0e\n", name,
                which, mlec_verdict_text(r->verdict), r->iterations, p.evaluations, estimate, error,
                loglik, r->decrement);
    /* Lanczos1 has residuals of 400 units in the last place of the response. */
    double tolerance = strcmp(name, "Lanczos1") == 0 ? 1e-2 : 1e-6;
    cr_expect(status == MLEC_OK, "%s %s: %s", name, which, mlec_verdict_text(r->verdict));
    cr_expect(estimate < 1e-8, "%s %s: estimates off by %g", name, which, estimate);
    cr_expect(error < tolerance, "%s %s: standard errors off by %g", name, which, error);
    mlec_fit_free(fit);
    mlec_ctx_free(ctx);
    mock_free(&t);
    free(y);
}

/* The mean in "y ~ Normal(mean, sigma)". */
static char *mean_of(const char *model)
{
    const char *begin = strchr(model, '(');
    if (strncmp(model, "log(y)", 6) == 0)
        begin = strchr(begin + 1, '(');
    char *text = strdup(begin + 1);
    char *end = strstr(text, ", sigma");
    char *note = strstr(text, "   [");
    if (note && note < end)
        end = note;
    *end = 0;
    return text;
}

Test(nist, nonlinear)
{
    char path[512];
    snprintf(path, sizeof path, "%s/data/nist/certified.json", MLEC_SHARED_DIR);
    json_t *all = json_load_file(path, 0, NULL), *set;
    if (!all)
        cr_skip_test("no %s", path);
    const char *name, *only = getenv("MLEC_ONLY");
    json_object_foreach(all, name, set)
    {
        if (strcmp(json_string_value(json_object_get(set, "group")), "nonlinear") != 0 ||
            (only && strcmp(only, name) != 0))
            continue;
        char *text = mean_of(json_string_value(json_object_get(set, "model")));
        formula = text;
        char file[128];
        snprintf(file, sizeof file, "nist/%s", json_string_value(json_object_get(set, "data")));
        json_object_set_new(set, "path", json_string(file));
        run(name, set, "start1", MLEC_TRANSFORM_LOG);
        run(name, set, "start2", MLEC_TRANSFORM_LOG);
        free(text);
    }
    json_decref(all);
}
