/* The families of jet.def in quadruple precision, by other formulas than those in double: power
 * series of positive terms in the lower tail, Legendre's continued fraction for Q (NIST DLMF
 * 8.11.4, 8.9.2, 8.17.8). Their derivatives in the shapes are those of each term. */
#include "runtime/calc/jet.h"

#include "runtime/calc/calc.h"

#include <math.h>
#include <stdbool.h>

static void nan_jet(quad *out, int n)
{
    for (int i = 0; i < calc_jet_length(n); i++)
        out[i] = (quad)NAN;
}

static void certain_jet(quad *out, int n, bool nothing)
{
    for (int i = 0; i < calc_jet_length(n); i++)
        out[i] = 0;
    if (nothing)
        out[0] = -(quad)INFINITY;
}

/* As jet_complement. */
static void complement(quad *jet, int n)
{
    quad r = 1 / quad_expm1(-jet[0]), *second = jet + 1 + n;
    for (int i = 1; i <= n; i++)
        for (int j = i; j <= n; j++, second++)
            *second = r == 0 ? 0 : -r * (*second + (1 + r) * jet[i] * jet[j]);
    for (int i = 1; i <= n; i++)
        jet[i] = r == 0 ? 0 : -r * jet[i];
    jet[0] = quad_log1m_exp(jet[0]);
}

/* A sum of positive terms is done when the next ones no longer count. */
static const quad NEGLIGIBLE = QUAD_C(1e-37);
#define QUAD_PI QUAD_C(3.14159265358979323846264338327950288420)
enum { MOST_TERMS = 3000000 };

/* ---- P and Q ----------------------------------------------------------------------------------
 */

/* log P = a log x - x - lgamma(a + 1) + log(1 + x/(a + 1) + x^2/((a + 1)(a + 2)) + ...). */
static void gamma_series(quad a, quad x, quad *out)
{
    quad t = 1, more = 0, d1 = 0, d2 = 0, s_a = 0, s_aa = 0;
    for (int n = 1; n < MOST_TERMS && t > NEGLIGIBLE * (1 + more); n++) {
        quad d = 1 / (a + n);
        t *= x * d;
        d1 += d;
        d2 += d * d;
        more += t;
        s_a -= t * d1;
        s_aa += t * (d1 * d1 + d2);
    }
    quad s = 1 + more, h = a / (x * s);
    s_a /= s;
    out[0] = a * quad_log(x) - x - quad_lgamma(a + 1) + quad_log(s);
    out[1] = quad_log(x) - quad_digamma(a + 1) + s_a;
    out[2] = h;
    out[3] = s_aa / s - s_a * s_a - quad_trigamma(a + 1);
    out[4] = h * (1 / a - s_a);
    out[5] = h / x * (a * more / s - x - 1);
}

/* How many levels of the fraction matter: the product of the steps of Lentz's method. */
static int fraction_length(double a, double x)
{
    double d = 1 / (x + 1 - a), log_step = 0;
    int n = 1;
    for (; n < MOST_TERMS && log_step > -90; n++) {
        double b = x + 2 * n + 1 - a, c = n * (n - a);
        d = 1 / (b - c * d);
        double step = fabs(b * d - 1);
        log_step += calc_log(step > 1e-20 ? step : 1e-20);
    }
    return n + 2;
}

/* log Q = a log x - x - lgamma(a) - log f_0, f_n = x + 2n + 1 - a - (n + 1)(n + 1 - a)/f_(n+1). */
static void gamma_fraction(quad a, quad x, quad *out)
{
    int n = fraction_length((double)a, (double)x);
    quad f = x + 2 * n + 1 - a, f_a = -1, f_aa = 0;
    while (n-- > 0) {
        quad c = (n + 1) * (n + 1 - a), c_a = -(n + 1);
        quad g = 1 / f, g_a = -f_a * g * g, g_aa = (2 * f_a * f_a * g - f_aa) * g * g;
        f = x + 2 * n + 1 - a - c * g;
        f_a = -1 - c_a * g - c * g_a;
        f_aa = -2 * c_a * g_a - c * g_aa;
    }
    quad h = f / x;
    f_a /= f;
    out[0] = a * quad_log(x) - x - quad_lgamma(a) - quad_log(f);
    out[1] = quad_log(x) - quad_digamma(a) - f_a;
    out[2] = -h;
    out[3] = f_a * f_a - f_aa / f - quad_trigamma(a);
    out[4] = -h * f_a;
    out[5] = -h * ((a - 1) / x - 1 + h);
}

static void gamma_side(const quad *args, bool upper, quad *out)
{
    quad a = args[0], x = args[1];
    if (!(a > 0 && a < INFINITY && x >= 0)) {
        nan_jet(out, 2);
        return;
    }
    if (x == 0 || x == (quad)INFINITY) {
        certain_jet(out, 2, upper == (x > 0));
        return;
    }
    bool by_q = x > 2 && x > a + 1;
    if (by_q)
        gamma_fraction(a, x, out);
    else
        gamma_series(a, x, out);
    if (by_q != upper)
        complement(out, 2);
}

void quad_jet_log_gamma_p(const quad *x, quad *out) { gamma_side(x, false, out); }

void quad_jet_log_gamma_q(const quad *x, quad *out) { gamma_side(x, true, out); }

/* ---- I ----------------------------------------------------------------------------------------
 */

/* I = x^a y^b/(a B(a, b)) S, S = 1 + x (a + b)/(a + 1) + ... */
static void beta_series(quad logit, quad a, quad b, quad *out)
{
    quad x = quad_inv_logit(logit), log_x = -quad_log1p_exp(-logit), log_y = -quad_log1p_exp(logit);
    quad t = 1, more = 0, d_a = 0, d_b = 0, d_aa = 0, d_bb = 0;
    quad s_a = 0, s_b = 0, s_aa = 0, s_ab = 0, s_bb = 0;
    for (int n = 1; n < MOST_TERMS && t > NEGLIGIBLE * (1 + more); n++) {
        quad p = 1 / (a + b + n - 1), q = 1 / (a + n);
        t *= x * (a + b + n - 1) * q;
        d_a += p - q;
        d_b += p;
        d_aa += q * q - p * p;
        d_bb -= p * p;
        more += t;
        s_a += t * d_a;
        s_b += t * d_b;
        s_aa += t * (d_a * d_a + d_aa);
        s_ab += t * (d_a * d_b + d_bb);
        s_bb += t * (d_b * d_b + d_bb);
    }
    quad s = 1 + more;
    s_a /= s, s_b /= s;
    quad h = a / s, psi = quad_digamma(a + b), psi1 = quad_trigamma(a + b);
    out[0] = a * log_x + b * log_y - quad_lgamma(a + 1) + quad_lgamma_ratio(b, a) + quad_log(s);
    out[1] = h;
    out[2] = log_x + psi - quad_digamma(a + 1) + s_a;
    out[3] = log_y + psi - quad_digamma(b) + s_b;
    out[4] = h * (a * more / s - (a + b) * x);
    out[5] = h * (1 / a - s_a);
    out[6] = -h * s_b;
    out[7] = psi1 - quad_trigamma(a + 1) + s_aa / s - s_a * s_a;
    out[8] = psi1 + s_ab / s - s_a * s_b;
    out[9] = psi1 - quad_trigamma(b) + s_bb / s - s_b * s_b;
}

/* For a large beside b, far from the end: I = x^a y^(b-1)/(a B(a, b)) T, asymptotic in 1/(a y),
 * T = sum of (1 - b)(2 - b)...(n - b) (-x/y)^n/((a + 1)...(a + n)) (NIST DLMF 8.17.7). */
static void beta_tail(quad logit, quad a, quad b, quad *out)
{
    quad x = quad_inv_logit(logit), y = quad_inv_logit(-logit), z = -quad_exp(logit);
    quad log_x = -quad_log1p_exp(-logit), log_y = -quad_log1p_exp(logit);
    quad c = 1, c_b = 0, c_bb = 0, d_a = 0, d_aa = 0, t = 1;
    quad t_a = 0, t_b = 0, t_aa = 0, t_ab = 0, t_bb = 0;
    for (int n = 1; n < 90; n++) {
        quad q = 1 / (a + n), r = (n - b) * z * q;
        c_bb = c_bb * r - 2 * c_b * z * q;
        c_b = c_b * r - c * z * q;
        c *= r;
        d_a -= q;
        d_aa += q * q;
        t += c;
        t_a += c * d_a;
        t_b += c_b;
        t_aa += c * (d_a * d_a + d_aa);
        t_ab += c_b * d_a;
        t_bb += c_bb;
    }
    t_a /= t, t_b /= t;
    quad h = a * y / t, psi1 = quad_trigamma(a + b);
    out[0] = a * log_x + (b - 1) * log_y - quad_lgamma(b) + quad_lgamma_ratio(a, b) - quad_log(a) +
             quad_log(t);
    out[1] = h;
    out[2] = log_x + quad_digamma_ratio(a, b) - 1 / a + t_a;
    out[3] = log_y + quad_digamma(a + b) - quad_digamma(b) + t_b;
    out[4] = h * (a - (a + b) * x - h);
    out[5] = h * (1 / a - t_a);
    out[6] = -h * t_b;
    out[7] = quad_trigamma_ratio(a, b) + 1 / (a * a) + t_aa / t - t_a * t_a;
    out[8] = psi1 + t_ab / t - t_a * t_b;
    out[9] = psi1 - quad_trigamma(b) + t_bb / t - t_b * t_b;
}

static void beta_side(quad logit, quad a, quad b, quad *out)
{
    if (a > 1e3 && b < 10 && a * quad_inv_logit(-logit) > 90)
        beta_tail(logit, a, b, out);
    else
        beta_series(logit, a, b, out);
}

/* Of the jet of I(1 - x; b, a), in its own arguments, that of I(x; a, b). */
static void turn(quad *jet)
{
    complement(jet, 3);
    quad l_a = jet[3], l_la = -jet[6], l_aa = jet[9];
    jet[1] = -jet[1];
    jet[3] = jet[2];
    jet[6] = -jet[5];
    jet[9] = jet[7];
    jet[2] = l_a;
    jet[5] = l_la;
    jet[7] = l_aa;
}

void quad_jet_log_beta_p(const quad *args, quad *out)
{
    quad logit = args[0], a = args[1], b = args[2];
    if (!(a > 0 && a < INFINITY && b > 0 && b < INFINITY && logit == logit)) {
        nan_jet(out, 3);
        return;
    }
    if (logit == (quad)INFINITY || logit == -(quad)INFINITY) {
        certain_jet(out, 3, logit < 0);
        return;
    }
    quad x = quad_inv_logit(logit), y = quad_inv_logit(-logit);
    /* Where one shape is small, its end has the short series, and enough digits are left of 1. */
    bool near_0 = x < 0.5 && a < 10 && b * x < (a < 1 && b < 1e3 ? 1 : b > 1e3 ? 45 : 0);
    bool near_1 = y < 0.5 && b < 10 && a * y < (b < 1 && a < 1e3 ? 1 : a > 1e3 ? 45 : 0);
    bool turned = near_0 || near_1 ? near_1 : x * (a + b) > a; /* where the series is short */
    if (turned) {
        beta_side(-logit, b, a, out);
        turn(out);
    } else {
        beta_side(logit, a, b, out);
    }
}

/* ---- Student's t ------------------------------------------------------------------------------
 */

/* log(I(x; nu/2, 1/2)/2), x = nu/(nu + r^2), by the chain rule. */
static void student_tail(quad r, quad nu, quad *out)
{
    quad j[JET_MOST], args[3] = {quad_log(nu) - 2 * quad_log(r), nu / 2, QUAD_C(0.5)};
    quad_jet_log_beta_p(args, j);
    out[0] = j[0] - quad_log(2);
    out[1] = -2 / r * j[1];
    out[2] = j[1] / nu + j[2] / 2;
    out[3] = (4 * j[4] + 2 * j[1]) / r / r;
    out[4] = -2 / r * (j[4] / nu + j[5] / 2);
    out[5] = ((j[4] - j[1]) / nu + j[5]) / nu + j[7] / 4;
}

/* At 0 half of the probability is below, whatever nu. */
static void student_centre(quad nu, quad *out)
{
    quad log_f = quad_lgamma_ratio(nu / 2, QUAD_C(0.5)) - quad_log(nu * QUAD_PI) / 2;
    quad h = 2 * quad_exp(log_f);
    out[0] = -quad_log(2);
    out[1] = -h;
    out[2] = 0;
    out[3] = -h * h;
    out[4] = -h * (quad_digamma_ratio(nu / 2, QUAD_C(0.5)) - 1 / nu) / 2;
    out[5] = 0;
}

void quad_jet_log_student_p(const quad *args, quad *out)
{
    quad t = args[0], nu = args[1], r = t < 0 ? -t : t;
    if (!(nu > 0 && nu < INFINITY && t == t)) {
        nan_jet(out, 2);
        return;
    }
    if (r == (quad)INFINITY) {
        certain_jet(out, 2, t < 0);
        return;
    }
    if (r == 0)
        student_centre(nu, out);
    else
        student_tail(r, nu, out);
    if (t > 0) {
        complement(out, 2);
    } else {
        out[1] = -out[1];
        out[4] = -out[4];
    }
}

/* ---- Skew normal ------------------------------------------------------------------------------
 */

/* The integral of exp(-z^2 (tan(phi)^2 - tan(least)^2)/2) over angles between two of one sign, of
 * which `least` is the end next to 0, by double-exponential quadrature. */
static quad angle_integral(quad z, quad least, quad other)
{
    const quad h = QUAD_C(0.015625), t0 = quad_tan(least);
    quad sum = 0, width = other - least;
    for (int i = -288; i <= 288; i++) {
        quad t = i * h, e = quad_exp(-QUAD_PI * quad_sinh(t)), u = 1 / (1 + e);
        quad tan = quad_tan(least + width * u);
        if (u < 1 && u > 0)
            sum +=
                QUAD_PI * quad_cosh(t) * u * u * e * quad_exp(-z * z * (tan - t0) * (tan + t0) / 2);
    }
    return sum * h * (width < 0 ? -width : width);
}

/* log F for z <= 0. */
static quad skew_lower(quad z, quad alpha)
{
    quad from = quad_atan(alpha), base = alpha > 0 ? alpha : 0;
    quad f = angle_integral(z, alpha > 0 ? from : 0, QUAD_PI / 2);
    if (alpha < 0)
        f += angle_integral(z, 0, from);
    return -z * z * (1 + base * base) / 2 + quad_log(f / QUAD_PI);
}

void quad_jet_log_skew_p(const quad *args, quad *out)
{
    quad z = args[0], alpha = args[1];
    if (!(z == z && alpha - alpha == 0)) {
        nan_jet(out, 2);
        return;
    }
    if (z - z != 0) {
        certain_jet(out, 2, z < 0);
        return;
    }
    quad l = z <= 0 ? skew_lower(z, alpha) : quad_log1m_exp(skew_lower(-z, -alpha));
    quad one = 1 + alpha * alpha, m = quad_mills(alpha * z);
    quad h = quad_exp(quad_log(2 / QUAD_PI) / 2 - z * z / 2 + quad_log_Phi(alpha * z) - l);
    quad k = quad_exp(-z * z * one / 2 - l) / (QUAD_PI * one);
    out[0] = l;
    out[1] = h;
    out[2] = -k;
    out[3] = h * (alpha * m - z - h);
    out[4] = h * (z * m + k);
    out[5] = k * (alpha * (z * z + 2 / one) - k);
}
