/* What the fit sees of a bound model beyond the objective: derived quantities, expected
 * information, rows, faults. */
#include "runtime/eval/eval.h"
#include "tests/llvm/objectives.h"

static const char *const derived_text =
    "param a, u : real\nparam k : real[3]\nparam s : positive\nlet e = y - a - u*x\n"
    "y ~ normal(a + u*x, s)\nk ~ normal(0, 1)\n"
    "report odds : positive = exp(u)\nreport average = mean(inv_logit(a + u*x))\n"
    "report ratio = mean(e^2)/s^2\nreport parts = [a*u, s]\nreport cubes = k^3\n"
    "report total = sum(k*k)\n";

enum { N_DERIVED = 9, N_THETA = 6 };

static void derived_quad(const quad *t, const sample *s, quad *out)
{
    quad average = 0, ratio = 0;
    for (size_t i = 0; i < s->n; i++) {
        quad eta = t[0] + t[1] * s->x[i], e = s->y[i] - eta;
        average += 1 / (1 + Q(exp)(-eta)) / (quad)s->n;
        ratio += e * e / (quad)s->n;
    }
    out[0] = Q(exp)(t[1]);
    out[1] = average;
    out[2] = ratio / (t[5] * t[5]);
    out[3] = t[0] * t[1];
    out[4] = t[5];
    out[8] = 0;
    for (int k = 0; k < 3; k++) {
        out[5 + k] = t[2 + k] * t[2 + k] * t[2 + k];
        out[8] += t[2 + k] * t[2 + k];
    }
}

Test(inside, derived_quantities)
{
    static const char *const names[] = {"odds",     "average",  "ratio",    "parts[1]", "parts[2]",
                                        "cubes[1]", "cubes[2]", "cubes[3]", "total"};
    sample s;
    sample_make(&s, 300, 3);
    bound b;
    bound_open(&b, "derived", derived_text, &s);
    const eval_info *info = eval_get_info(b.problem);
    cr_assert(info->n_derived == N_DERIVED, "%zu derived", info->n_derived);
    const double theta[N_THETA] = {0.2, -0.4, 0.5, 0.6, -0.7, 1.3};
    double values[N_DERIVED], jacobian[N_DERIVED * N_THETA];
    eval_derived(b.problem, theta, values, jacobian);
    quad t[N_THETA], want[N_DERIVED], up[N_DERIVED], down[N_DERIVED];
    for (int k = 0; k < N_THETA; k++)
        t[k] = theta[k];
    derived_quad(t, &s, want);
    for (int i = 0; i < N_DERIVED; i++) {
        cr_expect(!strcmp(info->derived_names[i], names[i]), "%s", info->derived_names[i]);
        cr_expect(fabs((double)(values[i] - want[i])) < 1e-14, "%s: %.17g, not %.17g", names[i],
                  values[i], (double)want[i]);
    }
    cr_expect(info->derived_types[0] == MLEC_TYPE_POSITIVE &&
              info->derived_types[1] == MLEC_TYPE_REAL);
    for (int k = 0; k < N_THETA; k++) {
        const quad h = 1e-9;
        t[k] += h;
        derived_quad(t, &s, up);
        t[k] -= 2 * h;
        derived_quad(t, &s, down);
        t[k] += h;
        for (int i = 0; i < N_DERIVED; i++) {
            double slope = (double)((up[i] - down[i]) / (2 * h));
            cr_expect(fabs(jacobian[i + k * N_DERIVED] - slope) < 1e-13,
                      "d %s / d %d: %.17g, not %.17g", names[i], k, jacobian[i + k * N_DERIVED],
                      slope);
        }
    }
    bound_close(&b);
    sample_free(&s);
}

/* Expected information: sums of known weights. */
static double probit_weight(double eta)
{
    double p = 0.5 * erfc(-eta / sqrt(2)), f = exp(-0.5 * eta * eta) / sqrt(2 * M_PI);
    return f * f / (p * (1 - p));
}
static double logit_weight(double eta) { return 1 / ((1 + exp(eta)) * (1 + exp(-eta))); }
static double poisson_weight(double eta) { return exp(eta); }
static double root_weight(double eta) { return 4 + 0 * eta; }

Test(inside, expected_information)
{
    static const struct {
        const char *text;
        double (*weight)(double eta);
    } cases[] = {
        {"data b : binary\nparam a, u : real\nb ~ bernoulli(Phi(a + u*x))\n", probit_weight},
        {"data b : binary\nparam a, u : real\nb ~ bernoulli_logit(a + u*x)\n", logit_weight},
        {"data c : count\nparam a, u : real\nc ~ poisson(exp(a + u*x))\n", poisson_weight},
        {"data c : count\nparam a, u : real\nc ~ poisson((a + u*x)^2)\n", root_weight},
    };
    sample s;
    sample_make(&s, 261, 4);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        bound b = {.ctx = mlec_ctx_new(NULL)};
        mlec_options options;
        mlec_options_init(&options);
        options.vcov = MLEC_VCOV_EXPECTED;
        cr_assert(mlec_model_compile(b.ctx, "m", cases[i].text, strlen(cases[i].text), &options,
                                     &b.model) == MLEC_OK,
                  "%s", bound_messages(b.ctx));
        b.data = sample_data(b.ctx, &s);
        cr_assert(mlec_problem_new(b.ctx, b.model, b.data, &options, &b.problem) == MLEC_OK);
        const char *lacking = NULL;
        cr_expect(eval_has_expected(b.problem, &lacking), "%s lacks %s", cases[i].text, lacking);
        double theta[2] = {0.3, 0.4}, expected[4], gradient[2], hessian[4];
        eval_output out = {.gradient = gradient, .hessian = hessian, .expected = expected};
        eval_work(b.problem, theta, &out);
        double want[4] = {0};
        for (size_t k = 0; k < s.n; k++) {
            double w = cases[i].weight(theta[0] + theta[1] * s.x[k]), x[2] = {1, s.x[k]};
            for (int p = 0; p < 4; p++)
                want[p] += w * x[p / 2] * x[p % 2];
        }
        for (int p = 0; p < 4; p++)
            cr_expect(fabs(expected[p] - want[p]) < 1e-11 * want[0], "%s: %d is %.17g, not %.17g",
                      cases[i].text, p, expected[p], want[p]);
        bound_close(&b);
    }
    sample_free(&s);
}

/* Rows add up to the objective; their slopes to the gradient. */
Test(inside, rows)
{
    sample s;
    sample_make(&s, 261, 6);
    bound b;
    bound_open(&b, "rows", "data c : count\nparam a, u : real\nc ~ poisson_log(a + u*x)\n", &s);
    double theta[2] = {0.3, 0.4}, direction[2] = {1, -2}, value = NAN, gradient[2];
    mlec_eval(b.problem, theta, &value, gradient, NULL);
    double *values = malloc(s.n * sizeof *values), *slopes = malloc(s.n * sizeof *slopes);
    cr_assert(values && slopes && eval_rows(b.problem, theta, direction, values, slopes));
    double slope = 0;
    quad total = 0;
    for (size_t i = 0; i < s.n; i++) {
        double eta = 0.3 + 0.4 * s.x[i], part = s.c[i] * eta - exp(eta);
        cr_expect(fabs(values[i] - part) < 1e-13, "row %zu: %.17g, not %.17g without constants", i,
                  values[i], part);
        slope += slopes[i];
        total += values[i] - lgamma(s.c[i] + 1);
    }
    cr_expect(fabs(slope - (gradient[0] - 2 * gradient[1])) < 1e-11);
    cr_expect(fabs((double)total - value) < 1e-11);
    free(values);
    free(slopes);
    bound_close(&b);
    sample_free(&s);
}

Test(inside, faults)
{
    sample s;
    sample_make(&s, 20, 2);
    for (size_t i = 0; i < s.n; i++)
        s.x[i] = 1 + (double)i;
    s.x[13] = -3;
    bound b;
    bound_open(&b, "faults", "param a : real\nloglik -a^2 + log(a*x)\n", &s);
    double theta = 2, value = 0;
    eval_fault fault;
    mlec_eval(b.problem, &theta, &value, NULL, NULL);
    cr_expect(isnan(value), "%g", value);
    cr_assert(eval_find_fault(b.problem, &theta, &fault));
    cr_expect(fault.row == 14, "row %ld", (long)fault.row);
    cr_expect(fault.expression && strstr(fault.expression, "log"), "%s",
              fault.expression ? fault.expression : "(none)");
    cr_expect(isnan(fault.value));
    bound_close(&b);
    s.x[13] = 3;
    bound_open(&b, "no faults", "param a : real\nloglik -a^2 + log(a*x)\n", &s);
    cr_expect(!eval_find_fault(b.problem, &theta, &fault));
    bound_close(&b);
    sample_free(&s);
}
