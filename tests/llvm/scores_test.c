/* Scores of rows: they are differences of the row's log-likelihood, add up to the gradient, and
 * make the middle of the sandwich whatever its coordinates. */
#include "runtime/eval/eval.h"
#include "tests/llvm/objectives.h"

enum { ROWS = 300, MOST = 12 };

static const struct {
    const char *name, *text;
    bool by_row; /* without recursions and aggregates: eval_rows knows the row's value */
} cases[] = {
    {"normal", "param a, u : real\nparam s : positive\ny ~ normal(a + u*x, s)\n", true},
    {"levels",
     "param k : real[g]\nparam a, u : real\nparam s : positive\n"
     "y ~ normal(a + k[g] + u*x, s)\nk ~ normal(0, 1)\n",
     true},
    {"two terms and one for every row",
     "data c : count\nparam a, u : real\nparam s : positive\ny ~ normal(a, s)\n"
     "c ~ poisson_log(a + u*x)\nloglik -0.1*log(s)\n",
     false},
    {"aggregate", "param a, u : real\nlet e = y - a - u*x\ny ~ normal(a + u*x, sqrt(mean(e^2)))\n",
     false},
    {"groups",
     "data b : binary\nparam a, u : real\nlet eta = a*y + u*x\n"
     "loglik b*(eta - log_sum_exp(eta | g))\n",
     false},
    {"recursion",
     "param mu : real\nparam omega : positive\nparam alpha, beta : unit\n"
     "let e = y - mu\nlet s2 = mean(e^2)\n"
     "let h = omega + alpha*lag(e^2, 1, s2) + beta*lag(h, 1, s2)\n"
     "y ~ normal(mu, sqrt(h))\n",
     false},
    {"weights", "param a, u : real\nparam s : positive\ny ~ normal(a + u*x, s)\nweight w\n", true},
    {"formula by level", "linear eta[h] = 1 + x + g\nh ~ categorical_logit(eta)\n", true},
    {"nearly collinear",
     "param a, u, v : real\nparam s : positive\ny ~ normal(a + u*x + v*near, s)\n", true},
};

static const double theta[MOST] = {0.3, 0.2, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.4, 0.3, 0.2, 0.1};

Test(scores, add_up_to_the_gradient)
{
    sample s;
    sample_make(&s, ROWS, 11);
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        bound b;
        bound_open(&b, cases[c].name, cases[c].text, &s);
        size_t n = mlec_problem_size(b.problem), rows = mlec_problem_rows_used(b.problem);
        double *scores = calloc(rows * n, sizeof *scores), gradient[MOST], value;
        mlec_options options;
        mlec_options_init(&options);
        options.mle = true;
        mlec_problem *plain;
        cr_assert(mlec_problem_new(b.ctx, b.model, b.data, &options, &plain) == MLEC_OK);
        cr_assert(n <= MOST && mlec_scores(plain, theta, scores) == MLEC_OK, "%s: %s",
                  cases[c].name, bound_messages(b.ctx));
        mlec_eval(plain, theta, &value, gradient, NULL);
        for (size_t j = 0; j < n; j++) {
            double sum = 0, size = 0;
            for (size_t i = 0; i < rows; i++) {
                sum += scores[i * n + j];
                size += fabs(scores[i * n + j]);
            }
            cr_expect(fabs(sum - gradient[j]) <= 1e-12 * (1 + size), "%s, %zu: %.17g, not %.17g",
                      cases[c].name, j, sum, gradient[j]);
        }
        mlec_problem_free(plain);
        free(scores);
        bound_close(&b);
    }
    sample_free(&s);
}

Test(scores, are_derivatives_of_each_row)
{
    sample s;
    sample_make(&s, ROWS, 12);
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        if (!cases[c].by_row)
            continue;
        bound b;
        bound_open(&b, cases[c].name, cases[c].text, &s);
        size_t n = mlec_problem_size(b.problem), rows = mlec_problem_rows_used(b.problem);
        double *scores = calloc(rows * n, sizeof *scores), *slopes = calloc(rows, sizeof *slopes);
        cr_assert(mlec_scores(b.problem, theta, scores) == MLEC_OK);
        for (size_t j = 0; j < n; j++) {
            double direction[MOST] = {0};
            direction[j] = 1;
            cr_assert(eval_rows(b.problem, theta, direction, NULL, slopes), "%s", cases[c].name);
            for (size_t i = 0; i < rows; i++)
                cr_expect(fabs(scores[i * n + j] - slopes[i]) <= 1e-9 * (1 + fabs(slopes[i])),
                          "%s, row %zu, %zu: %.17g, not %.17g", cases[c].name, i, j,
                          scores[i * n + j], slopes[i]);
        }
        free(slopes);
        free(scores);
        bound_close(&b);
    }
    sample_free(&s);
}

/* The meat is with respect to work; the scores are with respect to theta: s = R' u. */
Test(scores, make_the_meat)
{
    sample s;
    sample_make(&s, ROWS, 13);
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        bound b;
        bound_open(&b, cases[c].name, cases[c].text, &s);
        const eval_info *info = eval_get_info(b.problem);
        size_t n = info->n_theta, rows = info->rows_used;
        double *scores = calloc(rows * n, sizeof *scores), meat[MOST * MOST], turned[MOST];
        oom_guard guard;
        arena a;
        arena_init(&a, &alloc_system, &guard);
        if (setjmp(guard.jump))
            cr_assert(false, "no memory");
        eval_units units;
        const char *reason;
        cr_assert(eval_find_units(b.problem, &a, &units, &reason), "%s", reason);
        bool groups = !strcmp(cases[c].name, "groups"), weights = !strcmp(cases[c].name, "weights");
        cr_expect(groups == (units.column != NULL), "%s: units", cases[c].name);
        eval_meat(b.problem, &a, theta, &units, meat);
        eval_scores(b.problem, &a, theta, scores);
        /* Along a direction d of theta both give the sum of (d's)^2: d'R'M R d. */
        for (size_t j = 0; j < n && !groups && !weights && !info->has_priors; j++) {
            double unit[MOST] = {0}, want = 0, got = 0;
            unit[j] = 1;
            eval_to_work(b.problem, unit, turned);
            for (size_t i = 0; i < rows; i++)
                want += scores[i * n + j] * scores[i * n + j];
            for (size_t i = 0; i < n; i++)
                for (size_t k = 0; k < n; k++)
                    got += turned[i] * meat[i + k * n] * turned[k];
            cr_expect(fabs(got - want) <= 1e-10 * want, "%s, %zu: %.17g, not %.17g", cases[c].name,
                      j, got, want);
        }
        arena_release(&a);
        free(scores);
        bound_close(&b);
    }
    sample_free(&s);
}

Test(scores, need_rows)
{
    sample s;
    sample_make(&s, 20, 14);
    bound b;
    bound_open(&b, "once", "param a : real\nloglik once -sum((y - a)^2)\n", &s);
    double scores[40], at[1] = {0};
    cr_expect(mlec_scores(b.problem, at, scores) == MLEC_ERROR_MODEL);
    cr_expect(strstr(bound_messages(b.ctx), "counts once") != NULL, "%s", bound_messages(b.ctx));
    cr_expect(mlec_scores(NULL, at, scores) == MLEC_ERROR_ARGUMENT);
    int64_t rows[20];
    mlec_problem_row_numbers(b.problem, rows);
    cr_expect(rows[0] == 1 && rows[19] == 20);
    bound_close(&b);
    sample_free(&s);
}
