/* Verdicts: what a fit says about models without a maximum, with several, or with one at the edge;
 * under both families of transforms, with and without declared start values. */
#include "tests/unit/fit/mock.h"

#include "base/ctx.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

static jet constant(const mlec_problem *p, int k, size_t i)
{
    return jet_constant(p->column[k][i]);
}

static jet response(const mlec_problem *p, size_t i) { return jet_constant(p->y[i]); }

/* a + b x0 + c x1 ... with `n` coefficients */
static jet linear(const mlec_problem *p, size_t i, const jet *t, int n)
{
    jet eta = t[0];
    for (int k = 1; k < n; k++)
        eta = jet_mix(1, eta, p->column[k - 1][i], t[k]);
    return eta;
}

#define ROW(name) static jet name(const mlec_problem *p, size_t i, const jet *t)

ROW(logit_2) { return mock_bernoulli_logit(p->y[i], linear(p, i, t, 2)); }
ROW(logit_3) { return mock_bernoulli_logit(p->y[i], linear(p, i, t, 3)); }
ROW(normal_1) { return mock_normal(response(p, i), t[0], t[1]); }
ROW(normal_2) { return mock_normal(response(p, i), linear(p, i, t, 2), t[2]); }
ROW(normal_3) { return mock_normal(response(p, i), linear(p, i, t, 3), t[3]); }
ROW(normal_5) { return mock_normal(response(p, i), linear(p, i, t, 5), jet_constant(1)); }
ROW(normal_sum) { return mock_normal(response(p, i), jet_add(t[0], t[1]), t[2]); }
ROW(normal_product) { return mock_normal(response(p, i), jet_mul(t[0], t[1]), t[2]); }
ROW(normal_unused) { return mock_normal(response(p, i), jet_mix(1, t[0], 0, t[1]), t[2]); }
ROW(poisson) { return jet_mix(p->y[i], t[0], -1, jet_exp(t[0])); }
ROW(root)
{
    jet mean = jet_mul(jet_sqrt(jet_sub(constant(p, 0, i), t[0])), t[1]);
    return mock_normal(response(p, i), mean, t[2]);
}
ROW(weibull_censored)
{
    jet log_ratio = jet_sub(jet_log(constant(p, 0, i)), jet_log(t[1]));
    return jet_scale(-1, jet_exp(jet_mul(t[0], log_ratio)));
}
ROW(two_means)
{
    jet one = jet_constant(1), a = mock_normal(response(p, i), t[0], one);
    jet b = mock_normal(response(p, i), t[1], one);
    return jet_shift(jet_add(a, jet_log1p_exp(jet_sub(b, a))), log(0.5));
}
ROW(schools)
{
    double s = p->column[0][i];
    return mock_normal(response(p, i), t[0], jet_sqrt(jet_shift(jet_square(t[1]), s * s)));
}

static jet double_well(const mlec_problem *p, const jet *t)
{
    jet d = jet_sub(jet_square(t[0]), jet_square(t[1]));
    return jet_mix(-0.25, jet_square(d), -1, jet_square(jet_shift(jet_square(t[1]), -1)));
}

static jet standard_prior(const mlec_problem *p, const jet *t)
{
    jet zero = jet_constant(0), one = jet_constant(1);
    return jet_add(mock_normal(t[0], zero, one), mock_normal(t[1], zero, one));
}

typedef struct {
    const char *data, *columns; /* the response first, or - */
    jet (*row)(const mlec_problem *p, size_t i, const jet *t);
    jet (*prior)(const mlec_problem *p, const jet *t);
    const char *names, *types; /* "a b s", "rrp": real, positive */
    double starts[5];
    mlec_verdict verdict;
    const char *code;   /* of a diagnostic, or NULL: there is none */
    const char *says;   /* part of its message */
    const char *finite; /* names with a standard error, "a b " */
} test_case;

/* clang-format off */
static const test_case cases[] = {
    {"separation_complete", "y x", logit_2, NULL, "a b", "rr", {0, 0},
     MLEC_DIVERGING, "separation", "separated perfectly", ""},
    {"separation_quasi", "y x g", logit_3, NULL, "a b c", "rrr", {0, 0, 0},
     MLEC_DIVERGING, "separation", "c goes to infinity", "a b "},
    {"dummy_trap", "y d1 d2", normal_3, NULL, "a b1 b2 s", "rrrp", {0, 0, 0, 1},
     MLEC_FLAT, "not-identified", "null direction (1, -1, -1)", "s "},
    {"scales", "y u v", normal_3, NULL, "a b c s", "rrrp", {0, 0, 0, 1},
     MLEC_INTERIOR, NULL, NULL, "a b c s "},
    {"perfect_line", "y x", normal_2, NULL, "a b s", "rrp", {0, 0, 1},
     MLEC_DIVERGING, "unbounded-likelihood", "s goes to its bound 0", ""},
    {"constant_response", "y", normal_1, NULL, "m s", "rp", {0, 1},
     MLEC_DIVERGING, "unbounded-likelihood", "s goes to its bound 0", ""},
    {"single_observation", "y", normal_1, NULL, "m s", "rp", {0, 1},
     MLEC_DIVERGING, "unbounded-likelihood", "s goes to its bound 0", ""},
    {"more_parameters_than_rows", "y x1 x2 x3 x4", normal_5, NULL, "a b1 b2 b3 b4", "rrrrr",
     {0, 0, 0, 0, 0}, MLEC_FLAT, "not-identified", "rank 4 of 5", ""},
    {"all_censored", "- time", weibull_censored, NULL, "k l", "pp", {1, 20},
     MLEC_DIVERGING, "diverging", "l goes to infinity", ""},
    {"poisson_all_zero", "y", poisson, NULL, "b", "r", {0},
     MLEC_DIVERGING, "diverging", "b goes to -infinity", ""},
    {"label_symmetric_start", "y", two_means, NULL, "m1 m2", "rr", {0, 0},
     MLEC_INTERIOR, NULL, NULL, "m1 m2 "},
    {"saddle", "y", NULL, double_well, "a b", "rr", {0, 0}, MLEC_INTERIOR, NULL, NULL, "a b "},
    {"flat_parameter", "y", normal_unused, NULL, "m k s", "rrp", {0, 0, 1},
     MLEC_FLAT, "not-identified", "k is not identified", "m s "},
    {"sum_identified", "y", normal_sum, NULL, "a b s", "rrp", {0, 0, 1},
     MLEC_FLAT, "not-identified", "only a + b is", "s "},
    {"sum_identified", "y", normal_sum, standard_prior, "a b s", "rrp", {0, 0, 1},
     MLEC_INTERIOR, NULL, NULL, "a b s "},
    {"sum_identified", "y", normal_product, NULL, "a b s", "rrp", {1, 1, 1},
     MLEC_FLAT, "not-identified", "a and b", "s "},
    {"../real/eight_schools", "y sigma", schools, NULL, "mu tau", "rp", {5, 5},
     MLEC_BOUNDARY, "boundary", "tau is at its bound 0", "mu "},
};
/* clang-format on */

/* Words between single spaces. */
static size_t split(const char *words, char out[][16])
{
    size_t n = 0;
    for (const char *s = words; *s; n++) {
        size_t length = strcspn(s, " ");
        memcpy(out[n], s, length);
        out[n][length] = 0;
        s += length + (s[length] == ' ');
    }
    return n;
}

static void set_up(mlec_problem *p, mock_table *t, const test_case *c, bool starts)
{
    static char names[5][16], columns[5][16];
    char path[64];
    memset(p, 0, sizeof *p);
    snprintf(path, sizeof path, "pathological/%s.csv", c->data);
    cr_assert(mock_read(t, path), "%s", path);
    size_t n = split(c->names, names);
    for (size_t i = 0; i < n; i++)
        mock_param(p, names[i], c->types[i] == 'r' ? MLEC_TYPE_REAL : MLEC_TYPE_POSITIVE, 1,
                   starts ? &c->starts[i] : NULL);
    p->scale = -1;
    n = split(c->columns, columns);
    p->y = mock_column(t, columns[0]);
    for (size_t i = 1; i < n; i++)
        p->column[i - 1] = mock_column(t, columns[i]);
    p->row = c->row;
    p->prior = c->prior;
    p->info.has_priors = c->prior != NULL;
    p->classes = c->row == logit_2 || c->row == logit_3;
    mock_rows(p, t->rows);
}

static void check_diagnostic(const test_case *c, const mlec_result *r)
{
    bool found = false;
    for (size_t i = 0; i < r->n_diagnostics; i++) {
        const mlec_diagnostic *d = &r->diagnostics[i];
        bool expected = c->code && strcmp(d->code, c->code) == 0;
        cr_expect(expected, "%s: says %s", c->data, d->text);
        if (expected && strstr(d->message, c->says))
            found = true;
        else if (expected)
            cr_log_warn("%s: %s", c->data, d->message);
    }
    cr_expect(found == (c->code != NULL), "%s: says %s: %s", c->data, c->code, c->says);
}

static void check_errors(const test_case *c, const mlec_result *r)
{
    char finite[64] = "";
    for (size_t i = 0; i < r->n_parameters; i++)
        if (!isnan(r->parameters[i].std_error))
            strcat(strcat(finite, r->parameters[i].name), " ");
    cr_expect(strcmp(finite, c->finite) == 0, "%s: standard errors for %s, expected %s", c->data,
              finite, c->finite);
}

static void run_all(bool starts, mlec_transform_family family)
{
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        static mlec_problem p;
        mock_table t;
        const test_case *c = &cases[k];
        /* Softplus is linear far out: from a poor start the way to infinity is too long for it. */
        if (!starts && family == MLEC_TRANSFORM_SOFTPLUS && c->row == weibull_censored)
            continue;
        set_up(&p, &t, c, starts);
        mlec_ctx *ctx = mlec_ctx_new(NULL);
        mlec_options options;
        mlec_options_init(&options);
        options.transform = family;
        mlec_fit *fit;
        mlec_status status = mlec_fit_run(ctx, &p, &options, &fit);
        const mlec_result *r = mlec_fit_result(fit);
        bool good = c->verdict == MLEC_INTERIOR || c->verdict == MLEC_BOUNDARY;
        cr_expect(status == (good ? MLEC_OK : MLEC_ERROR_FIT), "%s: status %d", c->data, status);
        cr_expect(r->verdict == c->verdict, "%s: %s", c->data, mlec_verdict_text(r->verdict));
        cr_expect(good == r->converged, "%s", c->data);
        cr_expect(good && !p.info.has_priors ? !isnan(r->aic) : isnan(r->aic), "%s: AIC", c->data);
        check_diagnostic(c, r);
        check_errors(c, r);
        mlec_fit_free(fit);
        mlec_ctx_free(ctx);
        mock_free(&t);
    }
}

Test(verdict, declared_starts) { run_all(true, MLEC_TRANSFORM_LOG); }
Test(verdict, automatic_starts) { run_all(false, MLEC_TRANSFORM_LOG); }
Test(verdict, other_transforms) { run_all(true, MLEC_TRANSFORM_SOFTPLUS); }
Test(verdict, other_transforms_automatic_starts) { run_all(false, MLEC_TRANSFORM_SOFTPLUS); }

Test(verdict, not_finite_at_declared_start)
{
    static mlec_problem p;
    mock_table t;
    double one = 1;
    memset(&p, 0, sizeof p);
    cr_assert(mock_read(&t, "pathological/nan_region.csv"));
    mock_param(&p, "c", MLEC_TYPE_REAL, 1, &one);
    mock_param(&p, "k", MLEC_TYPE_REAL, 1, &one);
    mock_param(&p, "s", MLEC_TYPE_POSITIVE, 1, &one);
    p.y = mock_column(&t, "y");
    p.column[0] = mock_column(&t, "x");
    p.row = root;
    mock_rows(&p, t.rows);
    mlec_ctx *ctx = mlec_ctx_new(NULL);
    mlec_options options;
    mlec_options_init(&options);
    mlec_fit *fit;
    cr_assert_eq(mlec_fit_run(ctx, &p, &options, &fit), MLEC_ERROR_FIT);
    const mlec_result *r = mlec_fit_result(fit);
    cr_assert_eq(r->verdict, MLEC_FAILED);
    cr_assert_eq(r->n_diagnostics, 1);
    cr_assert_str_eq(r->diagnostics[0].code, "not-finite-at-start");
    cr_assert_eq(r->diagnostics[0].n_rows, 1);
    cr_assert_eq(r->diagnostics[0].rows[0], 1);
    cr_assert_not_null(strstr(r->diagnostics[0].message, "line 2"));
    mlec_fit_free(fit);
    /* Without a start for c a place is found. */
    p.start[0] = NAN;
    cr_assert_eq(mlec_fit_run(ctx, &p, &options, &fit), MLEC_OK);
    mlec_fit_free(fit);
    mlec_ctx_free(ctx);
    mock_free(&t);
}

/* Responses of any scale, with and without an offset. */
Test(verdict, scale_of_the_response)
{
    static const double scales[] = {1e-9, 1e-3, 1, 1e6, 1e12};
    static const double base[] = {1.2, 3.4, 2.2, 5.9, 4.1, 6.6, 5.0, 8.3};
    static const double x[] = {0, 1, 2, 3, 4, 5, 6, 7};
    double slope = 0, sigma = 0;
    for (size_t k = 0; k < sizeof scales / sizeof *scales; k++) {
        static mlec_problem p;
        double y[8];
        memset(&p, 0, sizeof p);
        for (size_t i = 0; i < 8; i++)
            y[i] = scales[k] * base[i];
        p.y = y;
        p.column[0] = x;
        mock_param(&p, "a", MLEC_TYPE_REAL, 1, NULL);
        mock_param(&p, "b", MLEC_TYPE_REAL, 1, NULL);
        mock_param(&p, "s", MLEC_TYPE_POSITIVE, 1, NULL);
        p.row = normal_2;
        mock_rows(&p, 8);
        mlec_ctx *ctx = mlec_ctx_new(NULL);
        mlec_options options;
        mlec_options_init(&options);
        mlec_fit *fit;
        cr_expect(mlec_fit_run(ctx, &p, &options, &fit) == MLEC_OK, "scale %g", scales[k]);
        const mlec_result *r = mlec_fit_result(fit);
        double b = r->parameters[1].estimate / scales[k],
               s = r->parameters[2].std_error / scales[k];
        if (k == 0) {
            slope = b;
            sigma = s;
        }
        cr_expect(fabs(b / slope - 1) < 1e-12, "scale %g: %.17g", scales[k], b);
        cr_expect(fabs(s / sigma - 1) < 1e-10, "scale %g: %.17g", scales[k], s);
        mlec_fit_free(fit);
        mlec_ctx_free(ctx);
    }
}
