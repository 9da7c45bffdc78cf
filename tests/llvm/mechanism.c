/* The derivative mechanism, stage kind by stage kind: the interpreter's gradient and Hessian
 * against differences of its own values in quadruple precision, and machine code against the
 * interpreter. */
#include "base/ctx.h"
#include "runtime/calc/quad.h"
#include "runtime/eval/eval.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { ROWS = 23, MOST = 12 };

typedef struct {
    const char *name, *text;
    double theta[MOST];
} example;

static const example examples[] = {
    {"linear predictors and a scale",
     "param a, b, c : real; param s : positive\ny ~ normal(a + b*x + c*z, s)",
     {0.3, -0.2, 0.5, 1.3}},
    {"an aggregate of parameters",
     "param m, b : real; param s : positive\n"
     "let e = y - m - b*x\nlet v = mean(e^2)\nloglik -0.5*log(v + s) - 0.5*e^2/(v + s)",
     {0.2, 0.4, 0.7}},
    {"aggregates of an aggregate",
     "param m, b : real\nlet e = y - m*exp(b*x)\nlet v = var(e)\nlet k = mean((e^2 - v)^2)\n"
     "loglik -log(1 + k) - e^2/v",
     {0.6, 0.3}},
    {"a group sum", "param b, c : real\nloglik b*x - log(sum(exp(b*x + c*x*z) | g))", {0.8, -0.3}},
    {"a group mean inside a nonlinear map",
     "param b, c : real\nlet m = mean(exp(b*x) | g)\ny ~ normal(c*m, 1 + m^2)",
     {0.4, 0.9}},
    {"one lag",
     "param mu : real; param omega : positive; param alpha, beta : unit\n"
     "let e = y - mu\nlet s2 = mean(e^2)\n"
     "let h = omega + alpha*lag(e^2, 1, s2) + beta*lag(h, 1, s2)\ny ~ normal(mu, sqrt(h))",
     {0.1, 0.3, 0.2, 0.5}},
    {"a ring of two lags with a simplex",
     "param w = [0.2, 0.5, 0.3] : simplex[3]\nparam mu : real\n"
     "let e = y - mu\nlet s2 = mean(e^2)\n"
     "let h = w[3] + w[1]*lag(e^2, 1, s2) + w[2]*lag(q, 1, s2)\n"
     "let q = 0.5*h + 0.5*sqrt(1 + lag(h, 2, s2)^2)\ny ~ normal(mu, sqrt(h + 0.1*q))",
     {0.2, 0.5, 0.3, 0.1}},
    {"moving average: a predictor feeds the recursion",
     "param a, b : real; param theta : real; param s : positive\n"
     "let e = y - a - b*x - theta*lag(e, 1, 0)\nloglik -0.5*(e/s)^2 - log(s)",
     {0.2, 0.1, 0.4, 1.1}},
    {"a lag without a start",
     "param mu, phi : real; param s : positive\ny ~ normal(mu + phi*lag(y - mu, 1), s)",
     {0.1, 0.4, 1.1}},
    {"aggregates of a recursion",
     "param mu : real; param omega : positive; param alpha, beta : unit\n"
     "let e = y - mu\nlet s2 = mean(e^2)\n"
     "let h = omega + alpha*lag(e^2, 1, s2) + beta*lag(h, 1, s2)\n"
     "loglik once -sum(log(h)) - 0.5*sum(e^2/h) - log(1 + last(h)^2) - mean(h)^2",
     {0.1, 0.3, 0.2, 0.5}},
    {"a recursion that reads an aggregate of another",
     "param a, b : unit; param c : real\n"
     "let h = 1 + a*lag(h, 1, 0)*exp(-x)\nlet m = mean(h^2)\nlet k = var(exp(c*x))\n"
     "let q = c + b*lag(q, 1, m)/(1 + m*k) + 0.1*h*lag(q, 2, k)\nlet v = mean(q^2)\n"
     "loglik once last(q)*v - m*k\ny ~ normal(q + h, 1 + v)",
     {0.3, 0.6, 0.4}},
    {"series of a group, with an element for each",
     "series by g\nparam phi, theta : unit; param a : real[g]; param s : positive\n"
     "let m = a[g] + phi*lag(y - a[g], 1, 0) + theta*lag(y - m, 1, 0)\ny ~ normal(m, s)\n"
     "loglik once -sum(last(m^2 | g)*exp(0.1*m))/nrow()",
     {0.4, 0.3, 0.1, 0.2, -0.3, 1.1}},
    {"series in the order of a column",
     "series z by g\nparam phi : unit; param a : real[g]; param b : real[3]; param s : positive\n"
     "let v = [x, z, x*z]\nlet f = dot(v, b) + a[g]\nlet m = mean(exp(f) | g)\n"
     "y ~ normal(f + phi*lag(f + m, 1) + phi^2*lag(y - f, 2, row()/5), s)",
     {0.4, 0.1, 0.2, -0.3, 0.2, 0.1, -0.1, 1.1}},
    {"a moving average after lags without a start",
     "series by g\nparam mu, phi : real; param theta : unit; param s : positive\n"
     "let m = mu + phi*log(2 + lag(y, 2)) + theta*lag(y - m, 1, 0)\ny ~ normal(m, s)",
     {0.1, 0.4, 0.3, 1.1}},
    {"a formula with the errors of an autoregression",
     "series by g\nlinear eta = 1 + x + g:z\nparam phi : unit; param s : positive\n"
     "y ~ normal(eta + phi*lag(y - eta, 1, 0), s)\nloglik once -mean(lag(exp(eta), 2))",
     {0.3, -0.2, 0.4, 0.2, 0.5, 0.4, 1.1}},
    {"a hidden Markov chain",
     "param m : real[2]; param s : positive; param p, q : unit\n"
     "let d1 = -0.5*((y - m[1])/s)^2 - log(s)\nlet d2 = -0.5*((y - m[2])/s)^2 - log(s)\n"
     "let f1 = d1 + log_sum_exp(log(p) + lag(f1, 1, 0), log1m(q) + lag(f2, 1, 0))\n"
     "let f2 = d2 + log_sum_exp(log1m(p) + lag(f1, 1, 0), log(q) + lag(f2, 1, 0))\n"
     "loglik once log_sum_exp(last(f1), last(f2))",
     {0.4, -0.6, 0.7, 0.8, 0.7}},
    {"a local level",
     "param level, noise : positive; param a0 : real\n"
     "let f = lag(p, 1, 2) + level + noise\nlet k = (f - noise)/f\nlet p = k*noise\n"
     "let v = y - lag(a, 1, a0)\nlet a = lag(a, 1, a0) + k*v\ny ~ normal(lag(a, 1, a0), sqrt(f))",
     {0.4, 0.6, 0.1}},
    {"levels of a factor and a prior",
     "param b : real[g]; param tau : positive; param s : positive\n"
     "b ~ normal(0, tau)\ny ~ normal(b[g]*x + b[g], s)",
     {0.3, -0.1, 0.4, 0.8, 1.2}},
    {"a formula in a prior, and twice in a map",
     "linear m = x*g + offset(z)\nlinear s = 0 + poly(z, 2)\nslopes(m) ~ normal(0, 1)\n"
     "coef(m)[\"x\"] ~ normal(0.1, 2)\ny ~ normal(m*z + 0.1*m, exp(s + 0.3*m))",
     {0.3, -0.1, 0.4, 0.8, 0.2, -0.3, 0.5, 0.1}},
    {"a formula feeds a recursion",
     "linear m = g:z\nparam theta : real; param s : positive\n"
     "let e = y - m - theta*lag(e, 1, 0)\ny ~ normal(m + theta*lag(e, 1, 0), s)",
     {0.3, -0.1, 0.4, 0.2, 0.5, 1.1}},
    {"predictors by level",
     "linear eta[g] = x + z\nparam c : real\n"
     "loglik c*eta[g] - log_sum_exp(eta) - 0.1*(log_sum_exp(eta) - c*eta[\"q\"]*x)^2",
     {0.3, -0.1, 0.4, 0.8, 0.2, -0.3, 1.2}},
    {"probabilities of levels in an aggregate",
     "linear eta[g] = z\nlet m = mean(softmax(eta)[\"r\"])\n"
     "g ~ categorical_logit(eta)\nloglik once -20*(m - 0.4)^2",
     {0.3, -0.1, 0.4, 0.8}},
    {"sums over a vector",
     "param b : real[3]; param s : positive\nlogprior -0.5*sum(b^2)/s - sum(b)\n"
     "y ~ normal(b[1] + b[2]*x + b[3]*z + 0.1*sum(b), s)",
     {0.3, -0.1, 0.4, 0.8}},
};

static double y[ROWS], x[ROWS], z[ROWS];
static int32_t g[ROWS];
static const char *const levels[] = {"p", "q", "r"};

static void make_data(void)
{
    for (int i = 0; i < ROWS; i++) {
        y[i] = sin(1.7 * i) + 0.3 * cos(0.9 * i * i);
        x[i] = cos(0.37 * i);
        z[i] = sin(0.11 * i * i) - 0.2;
        g[i] = (i * 7) % 3;
    }
}

static mlec_problem *make_problem(mlec_ctx *ctx, const example *e, mlec_model **model,
                                  mlec_data **data)
{
    mlec_problem *p = NULL;
    mlec_status status = mlec_model_compile(ctx, e->name, e->text, strlen(e->text), NULL, model);
    for (size_t i = 0; i < mlec_diagnostic_count(ctx); i++)
        if (mlec_diagnostic_get(ctx, i).severity == MLEC_ERROR)
            cr_log_error("%s", mlec_diagnostic_get(ctx, i).text);
    cr_assert(status == MLEC_OK, "%s", e->name);
    mlec_data_new(ctx, ROWS, data);
    mlec_data_add_real(ctx, *data, "y", y);
    mlec_data_add_real(ctx, *data, "x", x);
    mlec_data_add_real(ctx, *data, "z", z);
    mlec_data_add_factor(ctx, *data, "g", g, levels, 3);
    cr_assert(mlec_problem_new(ctx, *model, *data, NULL, &p) == MLEC_OK, "%s", e->name);
    return p;
}

static quad value_at(mlec_problem *p, arena *a, const quad *theta)
{
    quad f;
    cr_assert(eval_exact(p, a, theta, &f, NULL, NULL));
    return f;
}

static bool near(double got, double want, double tolerance)
{
    return fabs(got - want) <= tolerance * (1 + fabs(want));
}

static void check_differences(mlec_problem *p, arena *a, const example *e, size_t n,
                              const quad *theta, const quad *gradient, const quad *hessian)
{
    const quad step = QUAD_C(1e-8);
    quad at[MOST], f0 = value_at(p, a, theta);
    for (size_t i = 0; i < n; i++) {
        memcpy(at, theta, sizeof at);
        at[i] = theta[i] + step;
        quad up = value_at(p, a, at);
        at[i] = theta[i] - step;
        quad down = value_at(p, a, at);
        double slope = (double)((up - down) / (2 * step));
        double bend = (double)((up - 2 * f0 + down) / (step * step));
        cr_expect(near((double)gradient[i], slope, 1e-12), "%s: gradient %zu: %.17g, not %.17g",
                  e->name, i, (double)gradient[i], slope);
        cr_expect(near((double)hessian[i * n + i], bend, 1e-11),
                  "%s: Hessian %zu %zu: %.17g, not %.17g", e->name, i, i,
                  (double)hessian[i * n + i], bend);
        for (size_t j = 0; j < i; j++) {
            quad corners[4];
            for (int c = 0; c < 4; c++) {
                memcpy(at, theta, sizeof at);
                at[i] += c & 1 ? step : -step;
                at[j] += c & 2 ? step : -step;
                corners[c] = value_at(p, a, at);
            }
            double cross =
                (double)((corners[3] - corners[1] - corners[2] + corners[0]) / (4 * step * step));
            cr_expect(near((double)hessian[i + j * n], cross, 1e-11),
                      "%s: Hessian %zu %zu: %.17g, not %.17g", e->name, i, j,
                      (double)hessian[i + j * n], cross);
        }
    }
}

Test(mechanism, interpreter_and_machine_code)
{
    make_data();
    for (size_t k = 0; k < sizeof examples / sizeof *examples; k++) {
        const example *e = &examples[k];
        mlec_ctx *ctx = mlec_ctx_new(NULL);
        mlec_model *model = NULL;
        mlec_data *data = NULL;
        mlec_problem *p = make_problem(ctx, e, &model, &data);
        size_t n = mlec_problem_size(p);
        oom_guard guard;
        arena a;
        arena_init(&a, &alloc_system, &guard);
        cr_assert(setjmp(guard.jump) == 0);
        quad theta[MOST], f, gradient[MOST], hessian[MOST * MOST];
        for (size_t i = 0; i < n; i++)
            theta[i] = e->theta[i];
        cr_assert(eval_exact(p, &a, theta, &f, gradient, hessian));
        check_differences(p, &a, e, n, theta, gradient, hessian);
        double value, g_code[MOST], h_code[MOST * MOST];
        mlec_eval(p, e->theta, &value, g_code, h_code);
        cr_expect(near(value, (double)f, 1e-13), "%s: value %.17g, not %.17g", e->name, value,
                  (double)f);
        for (size_t i = 0; i < n; i++)
            cr_expect(near(g_code[i], (double)gradient[i], 1e-11),
                      "%s: gradient %zu: %.17g, not %.17g", e->name, i, g_code[i],
                      (double)gradient[i]);
        for (size_t i = 0; i < n * n; i++)
            cr_expect(near(h_code[i], (double)hessian[i], 1e-10),
                      "%s: Hessian %zu: %.17g, not %.17g", e->name, i, h_code[i],
                      (double)hessian[i]);
        arena_release(&a);
        mlec_problem_free(p);
        mlec_data_free(data);
        mlec_model_free(model);
        mlec_ctx_free(ctx);
    }
}

Test(mechanism, start_values)
{
    static const char text[] = "param a = 3 : real; param b, s : positive; param p : unit\n"
                               "param q : real(2, 6); param w : simplex[4]; param o : ordered[3]\n"
                               "logprior -(a - 1)^2 - b - s - p - q - w[1]^2 - o[1]^2\n";
    static const double expected[] = {3, 1, 1, 0.5, 4, 0.25, 0.25, 0.25, 0.25, 0, 1, 2};
    mlec_ctx *ctx = mlec_ctx_new(NULL);
    mlec_model *model = NULL;
    mlec_problem *p = NULL;
    cr_assert(mlec_model_compile(ctx, "start", text, strlen(text), NULL, &model) == MLEC_OK);
    cr_assert(mlec_problem_new(ctx, model, NULL, NULL, &p) == MLEC_OK);
    double theta[12];
    cr_assert(mlec_problem_size(p) == 12);
    mlec_problem_start(p, theta);
    for (int i = 0; i < 12; i++)
        cr_expect(theta[i] == expected[i], "%s: %g", mlec_problem_name(p, (size_t)i), theta[i]);
    mlec_problem_free(p);
    mlec_model_free(model);
    mlec_ctx_free(ctx);
}

/* A map with more inputs than any one expects: 70 data columns of its own beside the predictor. */
Test(mechanism, many_inputs)
{
    make_data();
    static char text[8192];
    size_t used = (size_t)snprintf(text, sizeof text, "param b : real\nloglik -b^2");
    for (int k = 2; k < 72; k++)
        used += (size_t)snprintf(text + used, sizeof text - used, " - log(x + %d)*exp(%d*b*z/50)",
                                 k, k);
    const example e = {.name = "many inputs", .text = text, .theta = {0.3}};
    mlec_ctx *ctx = mlec_ctx_new(NULL);
    mlec_model *model = NULL;
    mlec_data *data = NULL;
    mlec_problem *p = make_problem(ctx, &e, &model, &data);
    oom_guard guard;
    arena a;
    arena_init(&a, &alloc_system, &guard);
    cr_assert(setjmp(guard.jump) == 0);
    quad theta[MOST] = {e.theta[0]}, f, gradient[1], hessian[1];
    double value, g_code, h_code;
    cr_assert(eval_exact(p, &a, theta, &f, gradient, hessian));
    check_differences(p, &a, &e, 1, theta, gradient, hessian);
    mlec_eval(p, e.theta, &value, &g_code, &h_code);
    cr_expect(near(value, (double)f, 1e-13) && near(g_code, (double)gradient[0], 1e-12) &&
              near(h_code, (double)hessian[0], 1e-12));
    arena_release(&a);
    mlec_problem_free(p);
    mlec_data_free(data);
    mlec_model_free(model);
    mlec_ctx_free(ctx);
}
