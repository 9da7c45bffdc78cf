/* Some rows in place of all: what they stand for, and that a fit can be stopped on the way. */
#include "runtime/eval/problem.h"
#include "tests/llvm/sample.h"

enum { ROWS = 40000, MOST = 8 };

static double value_at(mlec_problem *p, const double *theta)
{
    double work[MOST];
    eval_output out = {0};
    eval_to_work(p, theta, work);
    eval_work(p, work, &out);
    return out.log_likelihood + out.log_prior;
}

/* Sums over some rows are near those over all, priors whole; with as many rows as there are, none
 * are left out. */
Test(thin, stands_for_all)
{
    static const struct {
        const char *text;
        double close;
    } models[] = {
        {"param a, e : real\nc ~ poisson_log(a + e*x)\n", 0.05},
        {"param a, e : real\na ~ normal(0, 1)\nc ~ poisson_log(a + e*x + 0.1*z)\nweight w\n", 0.05},
        {"linear eta = x + g\nb ~ bernoulli_logit(eta)\n", 0.05},
        {"param a, d : real\nlet e = exp(a*x)\nloglik -(y - d - mean(e))^2\n", 0.05},
        {"param a, d : real\nlet h = 1 + d*lag(h, 1, 0) + 0.01*x^2\ny ~ normal(a, sqrt(h))\n",
         0.05},
    };
    sample s;
    sample_make(&s, ROWS, 3);
    for (size_t k = 0; k < sizeof models / sizeof *models; k++) {
        bound b;
        bound_open(&b, "thin", models[k].text, &s);
        double theta[MOST] = {0.1, 0.2, 0.1, 0.1};
        double all = value_at(b.problem, theta);
        mlec_problem *few = eval_thin(b.problem, ROWS / 8 + 3);
        cr_assert_not_null(few, "model %zu", k);
        cr_expect_eq(few->n_rows, ROWS / 8);
        double near = value_at(few, theta);
        cr_expect(fabs(near - all) < models[k].close * fabs(all), "model %zu: %g for %g", k, near,
                  all);
        cr_expect_eq(eval_thin(b.problem, ROWS / 8), few, "made once");
        cr_expect(value_at(b.problem, theta) == all, "what all rows have does not change");
        cr_expect_null(eval_thin(b.problem, ROWS));
        bound_close(&b);
    }
    sample_free(&s);
}

/* Sums of few rows already. */
Test(thin, where_it_is_no_less_work)
{
    static const char *const models[] = {
        "param m : real\nparam s : positive\ny ~ normal(m, s)\n",
        "param a : real\nb ~ bernoulli_logit(a)\n",
    };
    sample s;
    sample_make(&s, ROWS, 3);
    for (size_t k = 0; k < sizeof models / sizeof *models; k++) {
        bound b;
        bound_open(&b, "whole", models[k], &s);
        cr_expect_null(eval_thin(b.problem, ROWS / 8), "model %zu", k);
        bound_close(&b);
    }
    sample_free(&s);
}

typedef struct {
    int calls, after, first, last;
} stops;

static bool stop(void *user, int iteration, double log_likelihood, double decrement)
{
    stops *s = user;
    s->first = s->calls == 0 ? iteration : s->first;
    s->last = iteration;
    return ++s->calls < s->after;
}

Test(thin, a_fit_is_stopped_on_the_way)
{
    bound b;
    sample s;
    mlec_options o;
    mlec_options_init(&o);
    sample_make(&s, ROWS, 3);
    bound_open(&b, "stop",
               "param a, e : real\nparam f : positive\nc ~ neg_binomial_2_log(a + e*x, f)\n", &s);
    stops seen = {.after = 100000};
    o.progress = stop;
    o.progress_user = &seen;
    mlec_fit *fit = NULL;
    cr_assert_eq(mlec_fit_run(b.ctx, b.problem, &o, &fit), MLEC_OK);
    cr_expect_eq(seen.first, 0, "over some of the rows");
    cr_expect(seen.last > 0 && mlec_fit_result(fit)->converged);
    mlec_fit_free(fit);
    seen = (stops){.after = 1};
    mlec_fit_run(b.ctx, b.problem, &o, &fit);
    cr_expect_eq(seen.calls, 1, "and not again");
    cr_expect_eq(mlec_fit_result(fit)->verdict, MLEC_FAILED);
    cr_expect_not(mlec_fit_result(fit)->converged);
    mlec_fit_free(fit);
    bound_close(&b);
    sample_free(&s);
}
