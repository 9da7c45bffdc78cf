/* Standard errors with closed forms, and what has none. */
#include "tests/unit/fit/mock.h"

#include "base/ctx.h"

#include <criterion/criterion.h>
#include <stdio.h>

#define ROW(name) static jet name(const mlec_problem *p, size_t i, const jet *t)

ROW(normal) { return mock_normal(jet_constant(p->y[i]), t[0], t[1]); }
ROW(bernoulli)
{
    jet one = jet_constant(1);
    return p->y[i] == 1 ? jet_log(t[0]) : jet_log(jet_sub(one, t[0]));
}
/* y log p + (1 - y) log(1 - p), which is 0 log 0 on the bound that is the limit. */
ROW(bernoulli_by_hand)
{
    jet one = jet_constant(1);
    return jet_mix(p->y[i], jet_log(t[0]), 1 - p->y[i], jet_log(jet_sub(one, t[0])));
}

ROW(poisson) { return jet_mix(p->y[i], jet_log(t[0]), -1, t[0]); }
/* Category y = 0, 1, 2 ... with probabilities t. */
ROW(categorical) { return jet_log(t[(int)p->y[i]]); }
/* Ordered logit: y = 0, 1, 2 with cut points t. */
static jet inv_logit(jet x) { return jet_inverse(jet_shift(jet_exp(jet_scale(-1, x)), 1)); }
ROW(ordered)
{
    int k = (int)p->y[i];
    jet above = k < 2 ? inv_logit(t[k]) : jet_constant(1);
    jet below = k > 0 ? inv_logit(t[k - 1]) : jet_constant(0);
    return jet_log(jet_sub(above, below));
}
ROW(linear)
{
    jet mean = jet_mix(1, t[0], p->column[0][i], t[1]);
    return mock_normal(jet_constant(p->y[i]), mean, t[2]);
}
/* With a normal second derivative of the variance at 0: the maximum is at tau = 0. */
ROW(pooled)
{
    double s = p->column[0][i];
    return mock_normal(jet_constant(p->y[i]), t[0], jet_sqrt(jet_shift(jet_square(t[1]), s * s)));
}

static const double ys[] = {1.5, 2.5, 0.25, 4, 3.75, 2, 1, 3.5};
enum { N = sizeof ys / sizeof *ys };

static mlec_problem p;
static mlec_ctx *ctx;
static mlec_fit *outcome;
static mlec_options options;

static void begin(const double *y, size_t n, jet (*row)(const mlec_problem *, size_t, const jet *))
{
    memset(&p, 0, sizeof p);
    p.y = y;
    p.row = row;
    mock_rows(&p, n);
    mlec_options_init(&options);
}

static const mlec_result *run(mlec_status expected)
{
    ctx = mlec_ctx_new(NULL);
    cr_assert_eq(mlec_fit_run(ctx, &p, &options, &outcome), expected);
    return mlec_fit_result(outcome);
}

static void end(void)
{
    mlec_fit_free(outcome);
    mlec_ctx_free(ctx);
}

static void near(double a, double b, double tolerance, const char *what)
{
    cr_expect(fabs(a - b) <= tolerance * fabs(b), "%s: %.17g instead of %.17g", what, a, b);
}

static double mean(const double *y, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += y[i];
    return sum / (double)n;
}

static double variance(const double *y, size_t n)
{
    double m = mean(y, n), sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += (y[i] - m) * (y[i] - m);
    return sum / (double)n;
}

Test(covariance, normal_sample)
{
    begin(ys, N, normal);
    mock_param(&p, "mu", MLEC_TYPE_REAL, 1, NULL);
    p.scale = mock_param(&p, "sigma", MLEC_TYPE_POSITIVE, 1, NULL);
    const mlec_result *r = run(MLEC_OK);
    double sigma = sqrt(variance(ys, N)), q = 1.9599639845400542355;
    const mlec_estimate *mu = &r->parameters[0], *s = &r->parameters[1];
    near(mu->estimate, mean(ys, N), 1e-14, "mean");
    near(s->estimate, sigma, 1e-13, "sigma");
    near(mu->std_error, sigma / sqrt(N), 1e-12, "se of the mean");
    near(s->std_error, sigma / sqrt(2.0 * N), 1e-12, "se of sigma");
    near(mu->lower, mu->estimate - q * mu->std_error, 1e-14, "lower");
    near(mu->z, mu->estimate / mu->std_error, 1e-14, "z");
    near(mu->p_value, erfc(mu->z / sqrt(2)), 1e-12, "p");
    cr_expect(isnan(s->z) && isnan(s->p_value));
    near(s->upper, s->estimate * exp(q * s->std_error / s->estimate), 1e-14, "upper of sigma");
    double loglik = -0.5 * N * (log(2 * M_PI * sigma * sigma) + 1);
    near(r->log_likelihood, loglik, 1e-14, "log-likelihood");
    near(r->aic, 4 - 2 * loglik, 1e-14, "AIC");
    near(r->aicc, 4 - 2 * loglik + 12.0 / (N - 3), 1e-14, "AICc");
    near(r->bic, 2 * log(N) - 2 * loglik, 1e-14, "BIC");
    cr_expect(isnan(r->log_prior) && isnan(r->log_posterior));
    cr_expect_float_eq(r->covariance[1], 0, 1e-12);
    cr_expect_eq(r->n_diagnostics, 1);
    cr_expect_str_eq(r->diagnostics[0].code, "variance-divisor");
    char unbiased[32];
    snprintf(unbiased, sizeof unbiased, "gives %.7g", sigma * sqrt(N / (N - 1.0)));
    cr_expect_not_null(strstr(r->diagnostics[0].message, unbiased), "%s",
                       r->diagnostics[0].message);
    end();
}

Test(covariance, proportion_and_rate)
{
    static const double outcomes[] = {1, 0, 0, 1, 0, 0, 0, 1, 0, 0};
    static const double counts[] = {3, 0, 2, 5, 1, 4};
    double q = 1.9599639845400542355;
    begin(outcomes, 10, bernoulli);
    mock_param(&p, "p", MLEC_TYPE_UNIT, 1, NULL);
    const mlec_result *r = run(MLEC_OK);
    near(r->parameters[0].estimate, 0.3, 1e-14, "p");
    near(r->parameters[0].std_error, sqrt(0.3 * 0.7 / 10), 1e-13, "se of p");
    double half = q / sqrt(10 * 0.21), centre = log(0.3 / 0.7);
    near(r->parameters[0].lower, 1 / (1 + exp(-(centre - half))), 1e-12, "lower of p");
    near(r->parameters[0].upper, 1 / (1 + exp(-(centre + half))), 1e-12, "upper of p");
    end();
    begin(counts, 6, poisson);
    mock_param(&p, "rate", MLEC_TYPE_POSITIVE, 1, NULL);
    r = run(MLEC_OK);
    near(r->parameters[0].estimate, 2.5, 1e-14, "rate");
    near(r->parameters[0].std_error, sqrt(2.5 / 6), 1e-13, "se of the rate");
    end();
}

/* Multinomial: covariance (diag(p) - p p') / n, singular by design. */
Test(covariance, simplex)
{
    static const double y[] = {0, 1, 1, 2, 2, 2, 2, 3, 3, 0};
    static const double share[] = {0.2, 0.2, 0.4, 0.2};
    for (int family = 0; family < 2; family++) {
        begin(y, 10, categorical);
        mock_param(&p, "p", MLEC_TYPE_SIMPLEX, 4, NULL);
        options.transform = (mlec_transform_family)family;
        const mlec_result *r = run(MLEC_OK);
        cr_expect_eq(r->n_free, 3);
        for (size_t i = 0; i < 4; i++) {
            near(r->parameters[i].estimate, share[i], 1e-12, "share");
            for (size_t j = 0; j < 4; j++) {
                double c = (i == j ? share[i] : 0) - share[i] * share[j];
                near(r->covariance[i + 4 * j], c / 10, 1e-9, "covariance");
            }
        }
        end();
    }
}

/* A category that never occurs: its share is at the bound, the others are as without it. */
Test(covariance, simplex_with_an_empty_category)
{
    static const double y[] = {0, 1, 1, 3, 3, 3, 0, 3, 3, 0};
    static const double share[] = {0.3, 0.2, 0, 0.5};
    for (int family = 0; family < 2; family++) {
        begin(y, 10, categorical);
        mock_param(&p, "p", MLEC_TYPE_SIMPLEX, 4, NULL);
        options.transform = (mlec_transform_family)family;
        const mlec_result *r = run(MLEC_OK);
        cr_expect_eq(r->verdict, MLEC_BOUNDARY);
        cr_expect_eq(r->n_free, 3);
        for (size_t i = 0; i < 4; i++) {
            const mlec_estimate *e = &r->parameters[i];
            cr_expect_float_eq(e->estimate, share[i], 1e-10);
            cr_expect_eq(e->at_bound, i == 2);
            if (i == 2)
                cr_expect(e->estimate == 0 && isnan(e->std_error));
            else
                near(e->std_error, sqrt(share[i] * (1 - share[i]) / 10), 1e-8, "se");
        }
        end();
    }
}

/* Cut points are logits of cumulated shares: variance 1 / (n c (1 - c)). */
Test(covariance, ordered)
{
    static const double y[] = {0, 1, 1, 2, 2, 2, 0, 1, 2, 2};
    static const double cumulated[] = {0.2, 0.5};
    for (int family = 0; family < 2; family++) {
        begin(y, 10, ordered);
        mock_param(&p, "cut", MLEC_TYPE_ORDERED, 2, NULL);
        options.transform = (mlec_transform_family)family;
        const mlec_result *r = run(MLEC_OK);
        for (size_t i = 0; i < 2; i++) {
            double c = cumulated[i];
            cr_expect_float_eq(r->parameters[i].estimate, log(c / (1 - c)), 1e-11);
            near(r->parameters[i].std_error, 1 / sqrt(10 * c * (1 - c)), 1e-9, "se of a cut");
        }
        near(r->covariance[1], 1 / (10 * 0.8 * 0.5), 1e-8, "covariance of cuts");
        end();
    }
}

/* A category that never occurs makes two cut points equal. */
Test(covariance, ordered_with_an_empty_category)
{
    static const double y[] = {0, 2, 2, 2, 0, 0, 2, 2, 2, 2};
    begin(y, 10, ordered);
    mock_param(&p, "cut", MLEC_TYPE_ORDERED, 2, NULL);
    const mlec_result *r = run(MLEC_OK);
    cr_expect_eq(r->verdict, MLEC_BOUNDARY);
    cr_expect_eq(r->parameters[1].at_bound, true);
    cr_expect_float_eq(r->parameters[0].estimate, log(0.3 / 0.7), 1e-10);
    cr_expect_float_eq(r->parameters[1].estimate, r->parameters[0].estimate, 0);
    near(r->parameters[0].std_error, 1 / sqrt(10 * 0.21), 1e-8, "se of the first cut");
    end();
}

static const double xs[] = {0, 1, 2, 3, 4, 5, 6, 7};

static jet line_derived(const mlec_problem *q, size_t k, const jet *t)
{
    (void)q;
    return k == 0 ? jet_mix(1, t[0], 10, t[1]) : jet_exp(t[1]);
}

Test(covariance, delta_method)
{
    begin(ys, N, linear);
    mock_param(&p, "a", MLEC_TYPE_REAL, 1, NULL);
    mock_param(&p, "b", MLEC_TYPE_REAL, 1, NULL);
    mock_param(&p, "s", MLEC_TYPE_POSITIVE, 1, NULL);
    p.column[0] = xs;
    p.derived = line_derived;
    mock_derived(&p, "at_10", MLEC_TYPE_REAL);
    mock_derived(&p, "ratio", MLEC_TYPE_POSITIVE);
    const mlec_result *r = run(MLEC_OK);
    const double *c = r->covariance;
    double b = r->parameters[1].estimate;
    cr_assert_eq(r->n_derived, 2);
    near(r->derived[0].estimate, r->parameters[0].estimate + 10 * b, 1e-14, "at_10");
    near(r->derived[0].std_error, sqrt(c[0] + 20 * c[1] + 100 * c[4]), 1e-12, "se of at_10");
    near(r->derived[1].std_error, exp(b) * sqrt(c[4]), 1e-12, "se of ratio");
    near(r->derived[1].lower, exp(b - 1.9599639845400542355 * sqrt(c[4])), 1e-12, "lower");
    cr_expect(isnan(r->derived[1].z) && !isnan(r->derived[0].z));
    end();
}

/* Collinear columns: b is not identified apart from a, but a + b is, and has a standard error. */
Test(covariance, derived_of_what_is_identified)
{
    static const double ones[N] = {1, 1, 1, 1, 1, 1, 1, 1};
    begin(ys, N, linear);
    mock_param(&p, "a", MLEC_TYPE_REAL, 1, NULL);
    mock_param(&p, "b", MLEC_TYPE_REAL, 1, NULL);
    mock_param(&p, "s", MLEC_TYPE_POSITIVE, 1, NULL);
    p.column[0] = ones;
    p.derived = line_derived;
    mock_derived(&p, "other", MLEC_TYPE_REAL);
    const mlec_result *r = run(MLEC_ERROR_FIT);
    cr_expect_eq(r->verdict, MLEC_FLAT);
    cr_expect(isnan(r->derived[0].std_error));
    cr_expect(r->parameters[0].aliased && r->parameters[1].aliased && !r->parameters[2].aliased);
    near(r->parameters[2].std_error, sqrt(variance(ys, N) / (2.0 * N)), 1e-9, "se of s");
    cr_expect_eq(r->n_free, 2);
    end();
}

static jet sum_derived(const mlec_problem *q, size_t k, const jet *t)
{
    (void)q;
    (void)k;
    return jet_add(t[0], t[1]);
}

Test(covariance, derived_sum_is_identified)
{
    static const double ones[N] = {1, 1, 1, 1, 1, 1, 1, 1};
    begin(ys, N, linear);
    mock_param(&p, "a", MLEC_TYPE_REAL, 1, NULL);
    mock_param(&p, "b", MLEC_TYPE_REAL, 1, NULL);
    mock_param(&p, "s", MLEC_TYPE_POSITIVE, 1, NULL);
    p.column[0] = ones;
    p.derived = sum_derived;
    mock_derived(&p, "sum", MLEC_TYPE_REAL);
    const mlec_result *r = run(MLEC_ERROR_FIT);
    near(r->derived[0].estimate, mean(ys, N), 1e-9, "sum");
    near(r->derived[0].std_error, sqrt(variance(ys, N) / N), 1e-9, "se of the sum");
    end();
}

Test(covariance, fixed_parameters)
{
    double two = 2;
    begin(ys, N, normal);
    mock_param(&p, "mu", MLEC_TYPE_REAL, 1, NULL);
    mock_param(&p, "sigma", MLEC_TYPE_POSITIVE, 1, &two);
    p.fixed[1] = true;
    const mlec_result *r = run(MLEC_OK);
    cr_expect(r->parameters[1].fixed && isnan(r->parameters[1].std_error));
    cr_expect_eq(r->parameters[1].estimate, 2);
    near(r->parameters[0].std_error, 2 / sqrt(N), 1e-13, "se");
    cr_expect_eq(r->n_free, 1);
    cr_expect_eq(r->n_diagnostics, 0);
    end();
    p.fixed[0] = true;
    p.start[0] = 1;
    r = run(MLEC_OK);
    cr_expect_eq(r->n_free, 0);
    cr_expect_eq(r->parameters[0].estimate, 1);
    end();
}

/* Columns collinear to 1e-8, with one coefficient fixed: the group of work coordinates splits. */
Test(covariance, fixed_in_a_group)
{
    static double ones[N], near_x[N];
    const double *columns[] = {ones, near_x};
    double fixed = 0.5;
    for (size_t i = 0; i < N; i++) {
        ones[i] = 1;
        near_x[i] = 1 + 1e-7 * xs[i];
    }
    begin(ys, N, linear);
    mock_param(&p, "a", MLEC_TYPE_REAL, 1, NULL);
    mock_param(&p, "b", MLEC_TYPE_REAL, 1, NULL);
    mock_param(&p, "s", MLEC_TYPE_POSITIVE, 1, NULL);
    p.column[0] = near_x;
    mock_group(&p, 2, columns);
    cr_assert_eq(p.info.n_groups, 1);
    const mlec_result *r = run(MLEC_OK);
    double slope = 0, xx = 0;
    for (size_t i = 0; i < N; i++) {
        slope += (xs[i] - 3.5) * ys[i];
        xx += (xs[i] - 3.5) * (xs[i] - 3.5);
    }
    near(r->parameters[1].estimate, slope / xx * 1e7, 1e-7, "b");
    near(r->parameters[1].std_error, r->parameters[2].estimate / sqrt(xx) * 1e7, 1e-7, "se of b");
    bool warned = false;
    for (size_t i = 0; i < r->n_diagnostics; i++)
        warned = warned || strcmp(r->diagnostics[i].code, "ill-conditioned") == 0;
    cr_expect(warned);
    end();
    p.fixed[1] = true;
    p.start[1] = fixed;
    r = run(MLEC_OK);
    near(r->parameters[0].estimate, mean(ys, N) - fixed * mean(near_x, N), 1e-12, "a, b fixed");
    near(r->parameters[0].std_error, r->parameters[2].estimate / sqrt(N), 1e-9, "se of a");
    end();
}

Test(covariance, boundary)
{
    static const double y[] = {2.1, 1.8, 2.4, 2.0, 1.7}, s[] = {1, 2, 1.5, 1, 3};
    double weight = 0, sum = 0;
    begin(y, 5, pooled);
    mock_param(&p, "mu", MLEC_TYPE_REAL, 1, NULL);
    mock_param(&p, "tau", MLEC_TYPE_POSITIVE, 1, NULL);
    p.column[0] = s;
    for (size_t i = 0; i < 5; i++) {
        weight += 1 / (s[i] * s[i]);
        sum += y[i] / (s[i] * s[i]);
    }
    const mlec_result *r = run(MLEC_OK);
    cr_expect_eq(r->verdict, MLEC_BOUNDARY);
    cr_expect(r->parameters[1].at_bound && r->parameters[1].estimate == 0);
    cr_expect(isnan(r->parameters[1].std_error) && isnan(r->covariance[3]));
    near(r->parameters[0].estimate, sum / weight, 1e-12, "mu");
    near(r->parameters[0].std_error, sqrt(1 / weight), 1e-12, "se of mu");
    cr_expect_eq(r->n_free, 2); /* one at its bound counts */
    cr_expect(!isnan(r->aic));
    end();
}

Test(covariance, boundary_where_the_objective_is_not_defined)
{
    static const double none[] = {0, 0, 0, 0}, all[] = {1, 1, 1, 1};
    for (int k = 0; k < 2; k++) {
        begin(k ? all : none, 4, bernoulli_by_hand);
        mock_param(&p, "p", MLEC_TYPE_UNIT, 1, NULL);
        const mlec_result *r = run(MLEC_OK);
        cr_expect_eq(r->verdict, MLEC_BOUNDARY);
        cr_expect(r->parameters[0].at_bound && r->parameters[0].estimate == k);
        cr_expect(isnan(r->parameters[0].std_error) && !r->parameters[0].fixed);
        cr_expect_eq(r->n_free, 1);
        end();
    }
}

static jet line_mean(const mlec_problem *q, size_t i, const jet *t)
{
    return jet_mix(1, t[0], q->column[0][i], t[1]);
}

Test(covariance, expected_information)
{
    begin(ys, N, linear);
    mock_param(&p, "a", MLEC_TYPE_REAL, 1, NULL);
    mock_param(&p, "b", MLEC_TYPE_REAL, 1, NULL);
    mock_param(&p, "s", MLEC_TYPE_POSITIVE, 1, NULL);
    p.column[0] = xs;
    options.vcov = MLEC_VCOV_EXPECTED;
    const mlec_result *r = run(MLEC_ERROR_FIT);
    cr_expect_str_eq(r->diagnostics[0].code, "no-expected-information");
    cr_expect(isnan(r->parameters[0].std_error));
    end();
    p.mean = line_mean;
    r = run(MLEC_OK);
    near(r->parameters[1].std_error, r->parameters[2].estimate / sqrt(42), 1e-9, "se of b");
    end();
}

static bool stop_at_two(void *user, int iteration, double log_likelihood, double decrement)
{
    (void)log_likelihood;
    (void)decrement;
    *(int *)user = iteration;
    return iteration < 2;
}

Test(covariance, a_fit_that_is_stopped)
{
    static const double y[] = {0, 1, 1, 2, 2, 2, 0, 1, 2, 2};
    static const double start[] = {-5, 3};
    int last = 0;
    begin(y, 10, ordered);
    mock_param(&p, "cut", MLEC_TYPE_ORDERED, 2, start);
    options.progress = stop_at_two;
    options.progress_user = &last;
    const mlec_result *r = run(MLEC_ERROR_FIT);
    cr_expect_eq(r->verdict, MLEC_FAILED);
    cr_expect_eq(last, 2);
    cr_expect_not_null(strstr(r->diagnostics[0].message, "stopped"));
    cr_expect(isnan(r->parameters[0].std_error));
    end();
}

/* ---- Every allocation fails once ---------------------------------------------------------------
 */

typedef struct {
    long left; /* allocations that still succeed */
    long live;
} budget;

static void *spend(void *user, void *old, size_t size)
{
    budget *b = user;
    if (size == 0) {
        b->live -= old != NULL;
        return alloc_system.resize(NULL, old, 0);
    }
    if (b->left-- <= 0)
        return NULL;
    b->live += old == NULL;
    return alloc_system.resize(NULL, old, size);
}

Test(covariance, every_allocation_fails_once)
{
    bool done = false;
    for (long n = 0; !done && n < 1000; n++) {
        budget b = {.left = n};
        mlec_allocator a = {spend, &b};
        begin(ys, N, linear);
        mock_param(&p, "a", MLEC_TYPE_REAL, 1, NULL);
        mock_param(&p, "b", MLEC_TYPE_REAL, 1, NULL);
        mock_param(&p, "s", MLEC_TYPE_POSITIVE, 1, NULL);
        p.column[0] = xs;
        mlec_ctx *c = mlec_ctx_new(&a);
        if (!c)
            continue;
        mlec_fit *f = NULL;
        const char *text;
        mlec_status status = mlec_fit_run(c, &p, &options, &f);
        if (status == MLEC_OK) {
            const mlec_result *r = mlec_fit_result(f);
            status = mlec_report_text(c, r, 80, &text);
            if (status == MLEC_OK)
                status = mlec_report_json(c, r, &text);
            done = status == MLEC_OK;
        } else {
            cr_assert_null(f);
        }
        cr_assert(status == MLEC_OK || status == MLEC_ERROR_MEMORY, "allocation %ld: %d", n,
                  status);
        mlec_fit_free(f);
        mlec_ctx_free(c);
        cr_assert_eq(b.live, 0);
    }
    cr_assert(done);
}
