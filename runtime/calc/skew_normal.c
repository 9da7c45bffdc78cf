/* The distribution function of the standard skew normal distribution with shape alpha,
 * F(z) = Phi(z) - 2 T(z, alpha), with Owen's function T (D. B. Owen, Ann. Math. Stat. 27 (1956)).
 *
 * For z < 0 the difference is one integral of positive terms over x > alpha,
 *
 *     F(z) = 1/pi  integral of exp(-z^2 (1 + x^2)/2)/(1 + x^2) dx,
 *
 * which is done as it stands far in the left tail (alpha abs(z) > 2). Elsewhere T is an integral
 * over (0, alpha), no further than where it has fallen to nothing, on the scale of exp(-z^2/2); for
 * large alpha over (0, 1/alpha), by the identity
 *
 *     F(z) = 2 T(alpha z, 1/alpha) + Phi(alpha z) erf(z/sqrt(2)).
 *
 * Derivatives are elementary: dF/dalpha = -exp(-z^2 (1 + alpha^2)/2)/(pi (1 + alpha^2)). */
#include "runtime/calc/jet_parts.h"

#include "runtime/calc/calc.h"

#include <math.h>
#include <stdbool.h>

static const double DEPTH = 44, WIDTH = 9, LOG_2_OVER_ROOT_2_PI = -0.22579135264472743236;
static const double LOG_PI = 1.14472988584940017414, PI = 3.14159265358979323846;
static const double ROOT_HALF = 0.70710678118654752440;

/* The integral of exp(-z^2 x^2/2)/(1 + x^2) over (0, end), end <= 1. */
static double scaled_owen(double z, double end)
{
    double sum = 0;
    for (int i = 0; i < JET_NODES; i++) {
        double x = end * jet_nodes[i];
        sum += jet_weights[i] * calc_exp(-0.5 * z * z * x * x) / (1 + x * x);
    }
    return end * sum;
}

static double owen(double h, double a)
{
    return calc_exp(-0.5 * h * h) * scaled_owen(h, a) / (2 * PI);
}

/* Where the left tail is far out. */
static bool is_far(double z, double alpha) { return z < 0 && alpha > 0 && alpha * z <= -2; }

/* pi exp(z^2 (1 + alpha^2)/2) F there. */
static double left_tail(double z, double alpha)
{
    double z2 = z * z, end = 2 * DEPTH / z2 / (alpha + sqrt(alpha * alpha + 2 * DEPTH / z2));
    double sum = 0;
    for (int i = 0; i < JET_NODES; i++) {
        double v = end * jet_nodes[i], x = alpha + v;
        sum += jet_weights[i] * calc_exp(-z2 * v * (alpha + 0.5 * v)) / (1 + x * x);
    }
    return end * sum;
}

/* F for alpha > 1. */
static double steep(double z, double alpha)
{
    return 2 * owen(alpha * z, 1 / alpha) + calc_Phi(alpha * z) * calc_erf(z * ROOT_HALF);
}

/* log F for z <= 0. */
static double lower_half(double z, double alpha)
{
    double h = -z, size = fabs(alpha), end = h * size > WIDTH ? WIDTH / h : size;
    if (is_far(z, alpha))
        return -0.5 * z * z * (1 + alpha * alpha) - LOG_PI + calc_log(left_tail(z, alpha));
    if (end <= 1) {
        double part = scaled_owen(z, end) / PI;
        double f = 0.5 * calc_erfcx(h * ROOT_HALF) + (alpha < 0 ? part : -part);
        return -0.5 * z * z + calc_log(f);
    }
    if (alpha > 0)
        return calc_log(steep(z, alpha));
    double p = calc_Phi(h), q = calc_Phi(-h), u = calc_Phi(size * h), v = calc_Phi(-size * h);
    return calc_log(q + p * v + q * u - 2 * owen(size * h, 1 / size));
}

static double log_cdf(double z, double alpha)
{
    if (z <= 0)
        return lower_half(z, alpha);
    double f = alpha > 1 ? steep(z, alpha) : 1;
    return f < 0.5 ? calc_log(f) : calc_log1m_exp(lower_half(-z, -alpha));
}

void calc_jet_log_skew_p(const double *args, double *out)
{
    double z = args[0], alpha = args[1];
    if (!(z == z && fabs(alpha) < INFINITY)) {
        jet_nan(out, 2);
        return;
    }
    if (fabs(z) == INFINITY) {
        jet_certain(out, 2, z < 0);
        return;
    }
    double l = log_cdf(z, alpha), one = 1 + alpha * alpha, m = calc_mills(alpha * z);
    double h = LOG_2_OVER_ROOT_2_PI - 0.5 * z * z + calc_log_Phi(alpha * z) - l;
    double k = -0.5 * z * z * one - l - LOG_PI;
    if (is_far(z, alpha)) { /* without the differences of large exponents */
        k = 1 / left_tail(z, alpha);
        h = k / m;
    } else {
        k = calc_exp(k);
        h = calc_exp(h);
    }
    k /= one;
    out[0] = l;
    out[1] = h;
    out[2] = -k;
    out[3] = h == 0 ? 0 : h * (alpha * m - z - h);
    out[4] = h == 0 ? 0 : h * (z * m + k);
    out[5] = k * (alpha * (z * z + 2 / one) - k);
}
