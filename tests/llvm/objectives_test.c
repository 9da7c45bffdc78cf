/* Value, gradient and Hessian of compiled models against log-likelihoods written out in quad. */
#include "tests/llvm/objectives.h"

typedef struct {
    quad gradient[OBJECTIVE_MOST], hessian[OBJECTIVE_MOST * OBJECTIVE_MOST], value;
} exact;

static quad shifted(const objective *o, const sample *s, const quad *theta, unsigned a, quad da,
                    unsigned b, quad db)
{
    quad t[OBJECTIVE_MOST];
    memcpy(t, theta, o->n * sizeof *t);
    t[a] += da;
    t[b] += db;
    return o->value(t, s);
}

/* Differences of order 4; steps of 1e-6 leave 20 digits. */
static void differentiate(const objective *o, const sample *s, const double *theta, exact *e)
{
    static const int steps[] = {-2, -1, 1, 2}, weights[] = {1, -8, 8, -1};
    quad t[OBJECTIVE_MOST], h[OBJECTIVE_MOST];
    for (unsigned a = 0; a < o->n; a++) {
        t[a] = theta[a];
        h[a] = theta[a] != 0 && fabs(theta[a]) < 1 ? fabs(theta[a]) * 1e-6 : 1e-6;
    }
    e->value = o->value(t, s);
    for (unsigned a = 0; a < o->n; a++) {
        quad sum = 0;
        for (int i = 0; i < 4; i++)
            sum += weights[i] * shifted(o, s, t, a, steps[i] * h[a], a, 0);
        e->gradient[a] = sum / (12 * h[a]);
        for (unsigned b = a; b < o->n; b++) {
            quad mixed = 0;
            for (int i = 0; i < 4; i++)
                for (int j = 0; j < 4; j++)
                    mixed += weights[i] * weights[j] *
                             shifted(o, s, t, a, steps[i] * h[a], b, steps[j] * h[b]);
            e->hessian[a * o->n + b] = e->hessian[b * o->n + a] = mixed / (144 * h[a] * h[b]);
        }
    }
}

static double largest(const quad *x, unsigned n)
{
    quad most = 1;
    for (unsigned i = 0; i < n; i++)
        most = Q(fmax)(most, Q(fabs)(x[i]));
    return (double)most;
}

static void compare(const objective *o, const sample *s, const double *theta, double tolerance)
{
    bound b;
    bound_open(&b, o->name, o->text, s);
    cr_assert(b.n_theta == o->n, "%s has %zu parameters", o->name, b.n_theta);
    exact e;
    differentiate(o, s, theta, &e);
    double value = NAN, gradient[OBJECTIVE_MOST], hessian[OBJECTIVE_MOST * OBJECTIVE_MOST];
    cr_assert(mlec_eval(b.problem, theta, &value, gradient, hessian) == MLEC_OK);
    double size = 1 + (double)Q(fabs)(e.value);
    cr_expect(fabs((double)(value - e.value)) <= 1e-13 * size,
              "%s, %zu rows: value %.17g, not %.17g", o->name, s->n, value, (double)e.value);
    double most = largest(e.gradient, o->n), most2 = largest(e.hessian, o->n * o->n);
    for (unsigned a = 0; a < o->n; a++) {
        cr_expect(fabs((double)(gradient[a] - e.gradient[a])) <= tolerance * most,
                  "%s, %zu rows: gradient[%u] %.17g, not %.17g", o->name, s->n, a, gradient[a],
                  (double)e.gradient[a]);
        for (unsigned c = 0; c < o->n; c++)
            cr_expect(fabs((double)(hessian[a * o->n + c] - e.hessian[a * o->n + c])) <=
                          tolerance * most2,
                      "%s, %zu rows: Hessian[%u,%u] %.17g, not %.17g", o->name, s->n, a, c,
                      hessian[a * o->n + c], (double)e.hessian[a * o->n + c]);
    }
    /* Whatever is asked together, the bits are the same. */
    double again, alone[OBJECTIVE_MOST], second[OBJECTIVE_MOST * OBJECTIVE_MOST];
    mlec_eval(b.problem, theta, &again, NULL, NULL);
    cr_expect(again == value, "%s: the value alone is %.17g, not %.17g", o->name, again, value);
    mlec_eval(b.problem, theta, NULL, alone, NULL);
    cr_expect(!memcmp(alone, gradient, o->n * sizeof *alone), "%s: the gradient alone differs",
              o->name);
    mlec_eval(b.problem, theta, NULL, NULL, second);
    cr_expect(!memcmp(second, hessian, o->n * o->n * sizeof *second),
              "%s: the Hessian alone differs", o->name);
    bound_close(&b);
}

Test(objectives, derivatives)
{
    sample s;
    sample_make(&s, 37, 1);
    for (unsigned i = 0; i < n_objectives; i++)
        compare(&objectives[i], &s, objectives[i].theta, 1e-12);
    sample_free(&s);
}

Test(objectives, combinations_of_distributions)
{
    sample s;
    sample_make(&s, 269, 1);
    for (unsigned i = 0; i < n_combinations; i++)
        compare(&combinations[i], &s, combinations[i].theta, 1e-12);
    sample_free(&s);
}

/* Far from the data, where probabilities underflow and only their logarithms are left. */
Test(objectives, tails)
{
    static const struct {
        const char *name;
        double theta[6];
    } points[] = {
        {"intervals", {-40, 0.5, 1.3}},
        {"intervals", {60, 0.5, 1.3}},
        {"truncated normal", {-30, 0.5, 1.3}},
        {"truncated normal", {45, 0.5, 1.3}},
        {"censored at both ends", {-50, 0.5, 1.3}},
        {"censored at both ends", {70, 0.5, 1.3}},
        {"mixture of two", {0.3, -300, 0.8, 0.2, 1.1}},
        {"mixture of two", {1e-5, -0.4, 0.8, 0.2, 1.1}},
        {"zero-inflated counts", {-600, 0.2, 0.5, 0.3}},
        {"zero-inflated counts", {30, 0.2, 0.5, 0.3}},
        {"hurdle", {-0.4, -30, 0.3}},
        {"hurdle", {40, 0.5, 0.3}},
        {"right-censored Weibull", {0.01, 0.2, 0.1}},
        {"right-censored Weibull", {20, 0.9, 0.1}},
        {"combinations nest", {1e-4, 0.3, 0.9}},
        {"combinations nest", {90, 0.3, 0.9}},
    };
    sample s;
    sample_make(&s, 60, 1);
    for (size_t i = 0; i < sizeof points / sizeof *points; i++)
        for (unsigned k = 0; k < n_combinations; k++)
            if (!strcmp(combinations[k].name, points[i].name))
                compare(&combinations[k], &s, points[i].theta, 1e-9);
    sample_free(&s);
}

/* One object serves every table: rows of all remainders by the lanes and the strips. */
Test(objectives, numbers_of_rows)
{
    static const size_t rows[] = {1, 2, 7, 8, 9, 16, 255, 256, 257, 513};
    for (unsigned i = 0; i < n_objectives; i++)
        for (size_t k = 0; k < sizeof rows / sizeof *rows; k++) {
            const objective *o = &objectives[i];
            if (!o->exact && rows[k] < 7)
                continue;
            sample s;
            sample_make(&s, rows[k], k);
            bound b;
            bound_open(&b, o->name, o->text, &s);
            quad theta[OBJECTIVE_MOST];
            for (unsigned a = 0; a < o->n; a++)
                theta[a] = o->theta[a];
            quad want = o->value(theta, &s);
            double got = NAN;
            cr_assert(mlec_eval(b.problem, o->theta, &got, NULL, NULL) == MLEC_OK);
            cr_expect(fabs((double)(got - want)) <= 1e-13 * (1 + (double)Q(fabs)(want)),
                      "%s, %zu rows: %.17g, not %.17g", o->name, rows[k], got, (double)want);
            bound_close(&b);
            sample_free(&s);
        }
}

/* u*log(x) where x > 0 alone: log(x) is NaN in other rows, and 0 * NaN may not enter a sum. */
Test(objectives, branches_not_taken)
{
    sample s;
    sample_make(&s, 37, 1);
    compare(&lazy_objective, &s, lazy_objective.theta, 1e-12);
    sample_free(&s);
}
