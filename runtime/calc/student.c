/* The distribution function of Student's t with nu degrees of freedom, and its derivatives.
 *
 * The lower tail S at -r, r = abs(t), is never more than 1/2; the other half is its complement.
 *
 *   few degrees of freedom, far out    1/2 I(x; nu/2, 1/2), x = nu/(nu + r^2), by the chain rule
 *   near the centre                    1/2 - the integral of the density f over (0, r)
 *   many, further out                  with s = sqrt(nu) sinh(w), f(s) ds is proportional to
 *                                      cosh(w)^-nu dw, which is log-concave
 *
 * For many degrees of freedom derivatives in nu are of size nu^-2, though those of the parts are of
 * size 1/nu. So they are means, under the density, of
 *
 *   g1 = d log f/d nu = c1 - (log(1 + q) - q/(1 + q))/2 + q/(2 nu (1 + q)),  q = s^2/nu
 *   g2 = d g1/d nu    = c2 + q (q - (2 + q)/nu)/(2 nu (1 + q)^2)
 *
 * which are small by themselves; c1 and c2 are derivatives of the logarithm of the density's
 * constant, by their asymptotic series (NIST DLMF 5.11.13). */
#include "runtime/calc/jet_parts.h"

#include "runtime/calc/calc.h"

#include <math.h>
#include <stdbool.h>

static const double MANY = 20, DEPTH = 44;
static const double LOG_2 = 0.69314718055994530942, LOG_ROOT_PI = 0.57236494292470008707;

/* The density at s and what its logarithm does with nu. */
typedef struct {
    double nu, c0, c1, c2; /* c0 = log(f(0)) + log(nu)/2 */
} student;

static student make(double nu)
{
    student d = {.nu = nu, .c0 = calc_lgamma_ratio(0.5 * nu, 0.5) - LOG_ROOT_PI};
    if (nu < 40) {
        d.c1 = 0.5 * calc_digamma_ratio(0.5 * nu, 0.5) - 0.5 / nu;
        d.c2 = 0.25 * calc_trigamma_ratio(0.5 * nu, 0.5) + 0.5 / (nu * nu);
        return d;
    }
    double v = 1 / (nu * nu);
    d.c1 = v * (0.25 - v * (0.125 - v * (0.25 - v * (1.0625 - v * (7.75 - v * 86.375)))));
    d.c2 = -v / nu * (0.5 - v * (0.5 - v * (1.5 - v * (8.5 - v * (77.5 - v * 1036.5)))));
    return d;
}

static double g1(const student *d, double q)
{
    double part = q / (1 + q);
    return d->c1 - 0.5 * (calc_log1p_m(q) + q * part) + 0.5 * part / d->nu;
}

static double g2(const student *d, double q)
{
    return d->c2 + 0.5 * q * (q - (2 + q) / d->nu) / (d->nu * (1 + q) * (1 + q));
}

static void by_beta(double r, double nu, double *out)
{
    double j[JET_MOST], l = calc_log(nu) - 2 * calc_log(r);
    calc_jet_log_beta_p((const double[]){l, 0.5 * nu, 0.5}, j);
    out[0] = j[0] - LOG_2;
    out[1] = -2 / r * j[1];
    out[2] = j[1] / nu + 0.5 * j[2];
    out[3] = (4 * j[4] + 2 * j[1]) / r / r;
    out[4] = -2 / r * (j[4] / nu + 0.5 * j[5]);
    out[5] = ((j[4] - j[1]) / nu + j[5]) / nu + 0.25 * j[7];
}

/* 1/2 - the integral over (0, r), for r^2 <= nu/2: relatively accurate where derivatives in nu
 * vanish, at r = 0. */
static void near_centre(double r, double nu, double *out)
{
    student d = make(nu);
    double s = 0.5, s_nu = 0, s_nunu = 0, top = d.c0 - 0.5 * calc_log(nu);
    for (int i = 0; i < JET_NODES; i++) {
        double x = r * jet_nodes[i], q = x * x / nu, g = g1(&d, q);
        double f = r * jet_weights[i] * calc_exp(top - 0.5 * (nu + 1) * calc_log1p(q));
        s -= f;
        s_nu -= f * g;
        s_nunu -= f * (g * g + g2(&d, q));
    }
    double q = r * r / nu, h = calc_exp(top - 0.5 * (nu + 1) * calc_log1p(q)) / s;
    s_nu /= s;
    out[0] = calc_log(s);
    out[1] = -h;
    out[2] = s_nu;
    out[3] = h * ((nu + 1) * r / (nu + r * r) - h);
    out[4] = h * (s_nu - g1(&d, q));
    out[5] = s_nunu / s - s_nu * s_nu;
}

/* (cosh(w + u)/cosh(w)) - 1 for e = expm1(u), t = tanh(w). */
static double cosh_rise(double e, double t)
{
    double sinh = 0.5 * (e + e / (1 + e));
    return 0.5 * e * e / (1 + e) + t * sinh;
}

/* Where nu log(cosh(w + u)/cosh(w)) is DEPTH, by Newton's method: see incomplete_gamma.c. */
static double reach(double nu, double t)
{
    double slope = nu * t, bend = nu * (1 - t * t);
    double u = 2 * DEPTH / (slope + sqrt(slope * slope + 2 * DEPTH * bend));
    for (int i = 0; i < 20; i++) {
        double e = calc_expm1(u), rise = cosh_rise(e, t), f = DEPTH - nu * calc_log1p(rise);
        if (fabs(f) < 1)
            break;
        double sinh = 0.5 * (e + e / (1 + e));
        u += f * (1 + rise) / (nu * (sinh + t * (1 + 0.5 * e * e / (1 + e))));
    }
    return u;
}

static void many(double r, double nu, double *out)
{
    enum { N = JET_NODES };
    student d = make(nu);
    double q0 = r * r / nu, cosh0 = sqrt(1 + q0), t = r / sqrt(nu) / cosh0, end = reach(nu, t);
    double e[N], w[N], g[N];
    for (int i = 0; i < N; i++)
        e[i] = end * jet_nodes[i];
    calc_v8_expm1(e, e, N);
    for (int i = 0; i < N; i++)
        e[i] = cosh_rise(e[i], t);
    calc_v8_log1p(e, w, N);
    for (int i = 0; i < N; i++)
        w[i] *= -nu;
    calc_v8_exp(w, w, N);
    double sum = 0, mean = 0, bend = 0, variance = 0, start = g1(&d, q0);
    for (int i = 0; i < N; i++) {
        double q = q0 + (1 + q0) * e[i] * (2 + e[i]); /* cosh^2 - 1 */
        w[i] *= jet_weights[i];
        g[i] = g1(&d, q);
        sum += w[i];
        mean += w[i] * g[i];
        bend += w[i] * g2(&d, q);
    }
    mean /= sum;
    for (int i = 0; i < N; i++)
        variance += w[i] * (g[i] - mean) * (g[i] - mean);
    double f = end * sum, h = 1 / (sqrt(nu) * cosh0 * f);
    out[0] = d.c0 - 0.5 * nu * calc_log1p(q0) + calc_log(f);
    out[1] = -h;
    out[2] = mean;
    out[3] = h * ((nu + 1) * r / (nu + r * r) - h);
    out[4] = h * (mean - start);
    out[5] = (variance + bend) / sum;
}

void calc_jet_log_student_p(const double *args, double *out)
{
    double t = args[0], nu = args[1], r = fabs(t);
    if (!(nu > 0 && nu < INFINITY && t == t)) {
        jet_nan(out, 2);
        return;
    }
    if (r == INFINITY) {
        jet_certain(out, 2, t < 0);
        return;
    }
    double q = r * r / nu;
    if (q > 4 || (nu < MANY && q > 0.5))
        by_beta(r, nu, out);
    else if (nu < MANY || r < 1)
        near_centre(r, nu, out);
    else
        many(r, nu, out);
    if (t > 0) {
        jet_complement(out, 2);
    } else {
        out[1] = -out[1];
        out[4] = -out[4];
    }
}
