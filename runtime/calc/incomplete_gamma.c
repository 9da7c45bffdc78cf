/* The regularised incomplete gamma functions P and Q, their logarithms and derivatives.
 *
 * With t = x exp(s u), s = -1 for P and 1 for Q, both are an integral over u > 0:
 *
 *     x^a exp(-x)/Gamma(a) F,   F = integral of exp(s a u - x expm1(s u)) du.
 *
 * Its integrand is log-concave and starts at 1. A derivative in a brings down s u: the first
 * derivatives of log F are means, the second ones variances under the integrand, sums of terms of
 * one sign that keep their digits in every tail and for every shape. Those in x follow from F,
 * with E[d exponent/du] = -1/F, so that no difference of large numbers is taken:
 *
 *     L   = a log x - x - lgamma(a) + log F       L_aa = Var(u) - trigamma(a)
 *     L_a = log x - digamma(a) + s E[u]           L_ax = h E[u]
 *     L_x = -s h,  h = 1/(x F)                    L_xx = -s h/x (x E[expm1(s u)] - 1)
 *
 * The integral is done on the side that is the smaller by the mean (P for x < a), up to where the
 * exponent is -44, by one rule of Gauss and Legendre: there the integrand is entire and of one
 * scale. The other side is the complement. Where scales separate, series take over: for small x
 * Kummer's alternating one, which is relatively accurate in log P also where P is nearly 1
 * (small a), else for small x < a the series of positive terms (NIST DLMF 8.7.1, 8.11.4). */
#include "runtime/calc/jet_parts.h"

#include "runtime/calc/calc.h"

#include <math.h>
#include <stdbool.h>

static const double SMALL = 0.3, MEDIUM = 8, DEPTH = 44;
static const double LOG_SQRT_2_PI = 0.91893853320467274178;

/* P for x < SMALL: x^a/Gamma(a + 1) (1 + G), G = sum of (-x)^n/n! a/(a + n). */
static void small_x(double a, double x, double *out)
{
    double c = 1, g = 0, g_a = 0, g_aa = 0, r = 0;
    for (int n = 1; n <= 14; n++) {
        c *= -x / n;
        double d = 1 / (a + n);
        g += c * d;
        g_a += c * n * d * d;
        g_aa -= 2 * c * n * d * d * d;
        r -= c * n * d;
    }
    g *= a;
    double e = 1 / (1 + g), h = calc_exp(-x) / x * e;
    out[0] = a * calc_log(x) - jet_lgamma1p(a) + calc_log1p(g);
    out[1] = calc_log(x) - calc_digamma(1 + a) + g_a * e;
    out[2] = a * h;
    out[3] = g_aa * e - g_a * e * g_a * e - calc_trigamma(1 + a);
    out[4] = h * (1 - a * g_a * e);
    out[5] = a * h / x * (a * r * e - x - 1);
}

/* P for x < MEDIUM, x < a: x^a exp(-x)/Gamma(a + 1) S, S = sum of x^n/((a + 1)...(a + n)). */
static void medium_x(double a, double x, double *out)
{
    double t = 1, d1 = 0, d2 = 0, rest = 0, s_a = 0, s_aa = 0;
    for (int n = 1; n < 200 && t > 1e-19; n++) {
        double d = 1 / (a + n);
        t *= x * d;
        d1 += d;
        d2 += d * d;
        rest += t;
        s_a -= t * d1;
        s_aa += t * (d1 * d1 + d2);
    }
    double s = 1 + rest, h = a / (x * s);
    s_a /= s;
    out[0] = a * calc_log(x) - x - calc_lgamma(1 + a) + calc_log(s);
    out[1] = calc_log(x) - calc_digamma(1 + a) + s_a;
    out[2] = h;
    out[3] = s_aa / s - s_a * s_a - calc_trigamma(1 + a);
    out[4] = h * (1 / a - s_a);
    out[5] = h / x * (a * rest / s - x - 1);
}

/* expm1(u) - u, without loss next to 0. */
static double expm1_m(double u, double expm1)
{
    if (fabs(u) > 0.5)
        return expm1 - u;
    double p = 1;
    for (int n = 15; n >= 3; n--)
        p = 1 + p * u / n;
    return 0.5 * u * u * p;
}

/* Where the exponent -slope u - x (expm1(s u) - s u) has fallen to -DEPTH: Newton's method, which
 * for a concave function goes down monotonically once it is beyond. */
static double reach(double a, double x, double s, double slope)
{
    double flat = slope > 0 ? slope : 0;
    double u = 2 * DEPTH / (flat + sqrt(flat * flat + 2 * DEPTH * x));
    if (s > 0) {
        double most = calc_log1p((DEPTH + a * calc_log1p(DEPTH / x)) / x);
        u = u < most ? u : most;
    }
    for (int i = 0; i < 20; i++) {
        double e = calc_expm1(s * u);
        double f = DEPTH - slope * u - x * expm1_m(s * u, e);
        if (fabs(f) < 1)
            break;
        u -= f / (-slope - x * s * e);
    }
    return u;
}

/* a log x - x - lgamma(a), and log x - digamma(a): differences of large numbers for a large a. */
static void prefactor(double a, double x, double *l, double *l_a)
{
    if (a < 8) {
        *l = a * calc_log(x) - x - calc_lgamma(a);
        *l_a = calc_log(x) - calc_digamma(a);
        return;
    }
    double m = (x - a) / a, log_ratio = fabs(m) < 0.5 ? calc_log1p(m) : calc_log(x / a);
    double l_m = fabs(m) < 0.5 ? calc_log1p_m(m) : log_ratio - m;
    *l = a * l_m + 0.5 * calc_log(a) - LOG_SQRT_2_PI - jet_stirling(a);
    *l_a = log_ratio + jet_log_digamma(a);
}

static void integral(double a, double x, double s, double *out)
{
    double slope = s * (x - a), end = reach(a, x, s, slope);
    double u[JET_NODES], e[JET_NODES], w[JET_NODES];
    for (int i = 0; i < JET_NODES; i++) {
        u[i] = end * jet_nodes[i];
        e[i] = s * u[i];
    }
    calc_v8_expm1(e, e, JET_NODES);
    for (int i = 0; i < JET_NODES; i++)
        w[i] = -slope * u[i] - x * expm1_m(s * u[i], e[i]);
    calc_v8_exp(w, w, JET_NODES);
    double sum = 0, mean = 0, rise = 0, variance = 0;
    for (int i = 0; i < JET_NODES; i++) {
        w[i] *= jet_weights[i];
        sum += w[i];
        mean += w[i] * u[i];
        rise += w[i] * e[i];
    }
    mean /= sum;
    rise /= sum;
    for (int i = 0; i < JET_NODES; i++)
        variance += w[i] * (u[i] - mean) * (u[i] - mean);
    variance /= sum;
    double f = end * sum, h = 1 / (x * f), l, l_a;
    prefactor(a, x, &l, &l_a);
    out[0] = l + calc_log(f);
    out[1] = l_a + s * mean;
    out[2] = -s * h;
    out[3] = variance - calc_trigamma(a);
    out[4] = h * mean;
    out[5] = -s * h / x * (x * rise - 1);
}

static void gamma_side(const double *args, bool upper, double *out)
{
    double a = args[0], x = args[1];
    if (!(a > 0 && a < INFINITY && x >= 0)) {
        jet_nan(out, 2);
        return;
    }
    if (x == 0 || x == INFINITY) {
        jet_certain(out, 2, upper == (x > 0));
        return;
    }
    bool by_q = x >= SMALL && x >= a;
    if (x < SMALL)
        small_x(a, x, out);
    else if (by_q)
        integral(a, x, 1, out);
    else if (x < MEDIUM)
        medium_x(a, x, out);
    else
        integral(a, x, -1, out);
    if (by_q != upper)
        jet_complement(out, 2);
}

void calc_jet_log_gamma_p(const double *x, double *out) { gamma_side(x, false, out); }

void calc_jet_log_gamma_q(const double *x, double *out) { gamma_side(x, true, out); }
