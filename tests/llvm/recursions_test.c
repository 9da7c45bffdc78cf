/* Recursions in strips against the interpreter in quadruple precision, and against themselves row
 * by row and with stored tangents: series of all lengths, coefficients of all sizes. */
#include "base/ctx.h"
#include "runtime/calc/quad.h"
#include "runtime/eval/eval.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { MOST_ROWS = 600, MOST = 44, MOST_SERIES = 42 };

typedef struct {
    const char *name, *text;
    double theta[MOST];
} recursion;

#define GARCH                                                                                      \
    "let e = y - mu\nlet s2 = mean(e^2)\n"                                                         \
    "let h = omega + alpha*lag(e^2, 1, s2) + beta*lag(h, 1, s2)\ny ~ normal(mu, sqrt(h))\n"
#define MOVING "let e = y - a - t*lag(e, 1, 0)\nloglik -0.5*(e/s)^2 - log(s)\n"

static const recursion recursions[] = {
    {"garch",
     "param mu : real; param omega : positive; param alpha, beta : unit\n" GARCH,
     {0.1, 0.3, 0.2, 0.7}},
    {"garch by series",
     "series by id\nparam mu : real; param omega : positive; param alpha, beta : unit\n" GARCH,
     {0.1, 0.3, 0.2, 0.7}},
    {"a report aggregates what the objective reads",
     "param mu : real; param omega : positive; param alpha, beta : unit\n" GARCH
     "report m = mean(h)\nreport l = last(h)\n",
     {0.1, 0.3, 0.2, 0.7}},
    {"moving average",
     "series by id\nparam a, t : real; param s : positive\n" MOVING,
     {0.1, 0.6, 1.2}},
    {"moving average, negative",
     "param a, t : real; param s : positive\n" MOVING,
     {0.1, -0.9, 1.2}},
    {"a coefficient of 0", "param a, t : real; param s : positive\n" MOVING, {0.1, 0, 1.2}},
    {"a coefficient of 1", "param a, t : real; param s : positive\n" MOVING, {0.1, -1, 30}},
    {"a coefficient above 1",
     "series by id\nparam a, t : real; param s : positive\n"
     "let e = y - a - ifelse(row() < 5, t*lag(e, 1, 0), 0.5*t*lag(e, 1, 0))\n"
     "loglik -0.5*(e/s)^2 - log(s)\n",
     {0.1, 1.7, 1.2}},
    {"coefficients from data",
     "series by id\nparam a, t, start : real; param s : positive\n"
     "let e = y - a - t*x*lag(e, 1, start)\nloglik -0.5*(e/s)^2 - log(s) - 0.1*lag(e, 1, 2)^2\n",
     {0.1, 0.8, 0.4, 1.2}},
    {"a coefficient that vanishes now and then",
     "param a, t : real; param s : positive\n"
     "let e = y - a + t*ifelse(x > 0.9, 0, lag(e, 1, 0))\nloglik -0.5*(e/s)^2 - log(s)\n",
     {0.1, 0.7, 1.2}},
    {"two lags",
     "series by id\nparam a, t, u : real; param s : positive\n"
     "let e = y - a - t*lag(e, 1, 0) - u*lag(e, 2, 0)\nloglik -0.5*(e/s)^2 - log(s)\n",
     {0.1, 0.5, 0.3, 1.2}},
    {"a long lag",
     "param a, t : real; param s : positive\n"
     "let e = y - a - t*lag(e, 12, 0)\nloglik -0.5*(e/s)^2 - log(s)\n",
     {0.1, 0.5, 1.2}},
    {"a lag longer than a strip",
     "param a, t : real; param s : positive\n"
     "let e = y - a - t*lag(e, 300, 0)\nloglik -0.5*(e/s)^2 - log(s)\n",
     {0.1, 0.5, 1.2}},
    {"linear rings",
     "series by id\nparam a, t, u : real; param s : positive\n"
     "let p = y - a*lag(q, 1, 0.5) + t*lag(p, 1, 0)\nlet q = x + u*p - t*lag(q, 1, 1)\n"
     "loglik -0.5*(q/s)^2 - log(s) - 0.1*p^2\n",
     {0.4, 0.5, 0.3, 1.2}},
    {"one recursion feeds the next",
     "series by id\nparam a, t, u : real; param s : positive\n"
     "let p = y + t*lag(p, 1, 0)\nlet q = p*lag(p, 1, 1)*a + u*lag(q, 1, 1)\n"
     "y ~ normal(tanh(q) + lag(q, 1, 0), s)\n",
     {0.4, 0.5, 0.3, 1.2}},
    {"a nonlinear recursion",
     "series by id\nparam w, a, b, mu : real\n"
     "let h = w + b*lag(h, 1, w) + a*abs(lag((y - mu)/exp(0.5*h), 1, 0))\n"
     "y ~ normal(mu, exp(0.5*h))\n",
     {0.1, 0.2, 0.7, 0.1}},
    {"a choice by the state",
     "param a, t, u : real; param s : positive\n"
     "let e = y - a - ifelse(lag(e, 1, 0) > 0, t, u)*lag(e, 1, 0)\nloglik -0.5*(e/s)^2 - log(s)\n",
     {0.1, 0.5, -0.3, 1.2}},
    {"a local level",
     "series by id\nparam level, noise : positive\n"
     "let f = lag(p, 1, 2) + level + noise\nlet k = (f - noise)/f\nlet p = k*noise\n"
     "let v = y - lag(a, 1, y)\nlet a = lag(a, 1, y) + k*v\ny ~ normal(lag(a, 1, y), sqrt(f))\n",
     {0.4, 0.6}},
    {"an element for each series",
     "series by id\nparam t : unit; param a : real[id]; param s : positive\n"
     "let e = y - a[id] - t*lag(e, 1, 0)\nloglik -0.5*(e/s)^2 - log(s) - 0.1*(e - a[id])^2\n",
     {0.4, 0.5, 0.3, 1.2, -0.3, 0.2, 0.1,  0.7, 1.1,  0.9, 0.8, 0.7, 0.6, 0.5,
      0.4, 0.3, 0.4, 0.5, 0.3,  1.2, -0.3, 0.2, 0.1,  0.7, 1.1, 0.9, 0.8, 0.7,
      0.6, 0.5, 0.4, 0.3, 0.4,  0.5, 0.3,  1.2, -0.3, 0.2, 0.1, 0.7, 1.1, 0.9}},
    {"an aggregate of a recursion in the objective",
     "series by id\nparam a, t : real; param s : positive\n"
     "let e = y - a - t*lag(e, 1, 0)\nlet v = mean(e^2 | id)\n"
     "loglik -0.5*e^2/(s + v) - log(s + v)\n",
     {0.1, 0.6, 1.2}},
    {"weights, and rows without a value",
     "series by id\nweight 1 + (x > 0)\n"
     "param a, t : real; param s : positive\n"
     "let e = ifelse(missing(m), 0, m - a - t*lag(e, 1, 0))\n"
     "loglik ifelse(missing(m), 0, -0.5*(e/s)^2 - log(s))\n",
     {0.1, 0.6, 1.2}},
};

/* How many rows the series have, one after the other, over and over. */
static const size_t lengths[] = {1, 20, 7, 8, 9, 2, 60, 31, 3, 14};

typedef struct {
    size_t n;
    double y[MOST_ROWS], x[MOST_ROWS], m[MOST_ROWS];
    int32_t id[MOST_ROWS];
    int32_t n_series;
} table;

static void make_table(table *t, size_t n)
{
    size_t left = lengths[0];
    *t = (table){.n = n, .n_series = 1};
    for (size_t i = 0; i < n; i++) {
        double k = (double)i;
        if (left-- == 0) {
            left = lengths[(size_t)t->n_series++ % (sizeof lengths / sizeof *lengths)] - 1;
        }
        t->y[i] = sin(1.7 * k) + 0.3 * cos(0.9 * k * k);
        t->x[i] = cos(0.37 * k * k);
        t->m[i] = i % 17 == 5 ? NAN : t->y[i];
        t->id[i] = t->n_series - 1;
    }
}

static const char *last_message(const mlec_ctx *ctx)
{
    size_t n = mlec_diagnostic_count(ctx);
    return n ? mlec_diagnostic_get(ctx, n - 1).text : "";
}

static mlec_problem *bind(mlec_ctx *ctx, const recursion *r, const mlec_model *model,
                          mlec_data *data, bool in_turn, bool stored)
{
    mlec_problem *p = NULL;
    mlec_options options;
    mlec_options_init(&options);
    options.without = (in_turn ? UINT32_C(1) << MLEC_TRICK_SOLVE : 0) |
                      (stored ? UINT32_C(1) << MLEC_TRICK_SWEEP : 0);
    mlec_status status = mlec_problem_new(ctx, model, data, &options, &p);
    cr_assert(status == MLEC_OK, "%s: %s", r->name, last_message(ctx));
    return p;
}

/* `tolerance` times the largest number of its kind. */
static void near(const recursion *r, size_t rows, const char *what, const double *got,
                 const quad *want, size_t n, double tolerance)
{
    double largest = 1;
    for (size_t i = 0; i < n; i++)
        largest = fmax(largest, fabs((double)want[i]));
    for (size_t i = 0; i < n; i++)
        cr_expect(fabs((double)(got[i] - want[i])) <= tolerance * largest,
                  "%s, %zu rows: %s %zu is %.17g, not %.17g", r->name, rows, what, i, got[i],
                  (double)want[i]);
}

static void check(const recursion *r, const mlec_model *model, mlec_ctx *ctx, size_t rows)
{
    static table t;
    static const char *names[MOST_SERIES];
    static char text[MOST_SERIES][16];
    make_table(&t, rows);
    cr_assert(t.n_series <= MOST_SERIES);
    for (int k = 0; k < MOST_SERIES; k++) {
        snprintf(text[k], sizeof text[k], "s%02d", k);
        names[k] = text[k];
    }
    mlec_data *data = NULL;
    mlec_data_new(ctx, rows, &data);
    mlec_data_add_real(ctx, data, "y", t.y);
    mlec_data_add_real(ctx, data, "x", t.x);
    mlec_data_add_real(ctx, data, "m", t.m);
    mlec_data_add_factor(ctx, data, "id", t.id, names, (size_t)t.n_series);
    quad f = 0, theta[MOST], gradient[MOST], hessian[MOST * MOST];
    for (int way = 0; way < 4; way++) {
        mlec_problem *p = bind(ctx, r, model, data, way & 1, way & 2);
        size_t n = mlec_problem_size(p);
        cr_assert(n <= MOST);
        if (way == 0) {
            oom_guard guard;
            arena a;
            arena_init(&a, &alloc_system, &guard);
            cr_assert(setjmp(guard.jump) == 0);
            for (size_t i = 0; i < n; i++)
                theta[i] = r->theta[i];
            cr_assert(eval_exact(p, &a, theta, &f, gradient, hessian));
            arena_release(&a);
        }
        double value, alone, g[MOST], g_alone[MOST], h[MOST * MOST];
        mlec_eval(p, r->theta, &value, g, h);
        near(r, rows, "value", &value, &f, 1, 1e-13);
        near(r, rows, "gradient", g, gradient, n, 1e-12);
        near(r, rows, "Hessian", h, hessian, n * n, 1e-12);
        mlec_eval(p, r->theta, &alone, NULL, NULL);
        cr_expect(alone == value, "%s, %zu rows: the value alone differs", r->name, rows);
        mlec_eval(p, r->theta, NULL, g_alone, NULL);
        cr_expect(!memcmp(g, g_alone, n * sizeof *g), "%s, %zu rows: the gradient alone differs",
                  r->name, rows);
        mlec_problem_free(p);
    }
    mlec_data_free(data);
}

Test(recursions, all_lengths)
{
    static const size_t rows[] = {1, 2, 8, 13, 256, 257, 264, 600};
    for (size_t k = 0; k < sizeof recursions / sizeof *recursions; k++) {
        const recursion *r = &recursions[k];
        mlec_ctx *ctx = mlec_ctx_new(NULL);
        mlec_model *model = NULL;
        mlec_status status =
            mlec_model_compile(ctx, r->name, r->text, strlen(r->text), NULL, &model);
        cr_assert(status == MLEC_OK, "%s: %s", r->name, last_message(ctx));
        for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
            check(r, model, ctx, rows[i]);
        mlec_model_free(model);
        mlec_ctx_free(ctx);
    }
}
