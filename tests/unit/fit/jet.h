/* Second-order jets: value, gradient and Hessian carried through arithmetic. The tests' way to
 * write an objective once and have its exact derivatives. `jet_n` variables are active. */
#ifndef TESTS_JET_H
#define TESTS_JET_H

#include <math.h>
#include <string.h>

enum { JET_MAX = 16 };
typedef struct {
    double v, g[JET_MAX], h[JET_MAX][JET_MAX];
} jet;
static int jet_n = JET_MAX;

static inline jet jet_constant(double v)
{
    jet r;
    memset(&r, 0, sizeof r);
    r.v = v;
    return r;
}

static inline jet jet_variable(double v, int i)
{
    jet r = jet_constant(v);
    r.g[i] = 1;
    return r;
}

/* f(a), given f, f', f'' at a.v */
static inline jet jet_chain(jet a, double f, double f1, double f2)
{
    jet r;
    r.v = f;
    for (int i = 0; i < jet_n; i++) {
        r.g[i] = f1 * a.g[i];
        for (int j = 0; j < jet_n; j++)
            r.h[i][j] = f1 * a.h[i][j] + f2 * a.g[i] * a.g[j];
    }
    return r;
}

/* a * x + b * y */
static inline jet jet_mix(double a, jet x, double b, jet y)
{
    jet r;
    r.v = a * x.v + b * y.v;
    for (int i = 0; i < jet_n; i++) {
        r.g[i] = a * x.g[i] + b * y.g[i];
        for (int j = 0; j < jet_n; j++)
            r.h[i][j] = a * x.h[i][j] + b * y.h[i][j];
    }
    return r;
}

static inline jet jet_add(jet a, jet b) { return jet_mix(1, a, 1, b); }
static inline jet jet_sub(jet a, jet b) { return jet_mix(1, a, -1, b); }
static inline jet jet_scale(double c, jet a) { return jet_chain(a, c * a.v, c, 0); }
static inline jet jet_shift(jet a, double c)
{
    a.v += c;
    return a;
}

static inline jet jet_mul(jet a, jet b)
{
    jet r;
    r.v = a.v * b.v;
    for (int i = 0; i < jet_n; i++) {
        r.g[i] = a.v * b.g[i] + b.v * a.g[i];
        for (int j = 0; j < jet_n; j++)
            r.h[i][j] = a.v * b.h[i][j] + b.v * a.h[i][j] + a.g[i] * b.g[j] + a.g[j] * b.g[i];
    }
    return r;
}

static inline jet jet_inverse(jet a)
{
    double q = 1 / a.v;
    return jet_chain(a, q, -q * q, 2 * q * q * q);
}

static inline jet jet_div(jet a, jet b) { return jet_mul(a, jet_inverse(b)); }
static inline jet jet_square(jet a) { return jet_chain(a, a.v * a.v, 2 * a.v, 2); }
static inline jet jet_exp(jet a)
{
    double e = exp(a.v);
    return jet_chain(a, e, e, e);
}
static inline jet jet_log(jet a) { return jet_chain(a, log(a.v), 1 / a.v, -1 / (a.v * a.v)); }
static inline jet jet_sin(jet a) { return jet_chain(a, sin(a.v), cos(a.v), -sin(a.v)); }
static inline jet jet_cos(jet a) { return jet_chain(a, cos(a.v), -sin(a.v), -cos(a.v)); }
static inline jet jet_sqrt(jet a)
{
    double s = sqrt(a.v);
    return jet_chain(a, s, 0.5 / s, -0.25 / (s * a.v));
}
static inline jet jet_atan(jet a)
{
    double d = 1 + a.v * a.v;
    return jet_chain(a, atan(a.v), 1 / d, -2 * a.v / (d * d));
}
static inline jet jet_power(jet a, double p)
{
    return jet_chain(a, pow(a.v, p), p == 0 ? 0 : p * pow(a.v, p - 1),
                     p == 0 || p == 1 ? 0 : p * (p - 1) * pow(a.v, p - 2));
}
/* a ^ b for a > 0 */
static inline jet jet_pow(jet a, jet b) { return jet_exp(jet_mul(b, jet_log(a))); }
static inline jet jet_abs(jet a) { return a.v < 0 ? jet_scale(-1, a) : a; }

/* log(1 + exp(a)) */
static inline jet jet_log1p_exp(jet a)
{
    double p = a.v >= 0 ? 1 / (1 + exp(-a.v)) : exp(a.v) / (1 + exp(a.v));
    double q = a.v >= 0 ? exp(-a.v) / (1 + exp(-a.v)) : 1 / (1 + exp(a.v));
    double v = a.v > 0 ? a.v + log1p(exp(-a.v)) : log1p(exp(a.v));
    return jet_chain(a, v, p, p * q);
}

#endif
