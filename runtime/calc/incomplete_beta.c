/* The regularised incomplete beta function I(x; a, b), its logarithm and derivatives, in terms of
 * l = logit(x), in which neither end of the interval loses digits.
 *
 * With logit(t) = l - u, y = 1 - x, it is an integral over u > 0:
 *
 *     x^a y^b/B(a, b) F,   F = integral of exp(a A + b B) du,
 *     A = log(t/x) = -log1p(y expm1(u)),  B = log((1 - t)/y) = -log1p(x expm1(-u)).
 *
 * The integrand is log-concave and starts at 1. Derivatives of log F in a and b are means,
 * variances and the covariance of A and B under it; those in l follow from h = 1/F:
 *
 *     L_l = h    L_ll = -h (a + b) E[x - t]    L_la = -h E[A]    L_lb = -h E[B]
 *
 * All of these are sums of terms of one sign. The integral is done on the side that is the smaller
 * by the mean, up to where the exponent is -44, by one rule of Gauss and Legendre; the other side
 * is 1 - I(1 - x; b, a). Where its scales separate, for a < 8, series take over: the one of
 * positive terms, and for small x one that is relatively accurate in log I also where I is nearly 1
 * (NIST DLMF 8.17.7, 8.17.8). */
#include "runtime/calc/jet_parts.h"

#include "runtime/calc/calc.h"

#include <math.h>
#include <stdbool.h>

static const double SMALL_SHAPE = 8, DEPTH = 44;
static const double LOG_SQRT_2_PI = 0.91893853320467274178;

/* One side: x = I's argument, y = 1 - x, with logarithms. */
typedef struct {
    double logit, a, b, x, y, log_x, log_y;
} side;

static side make_side(double logit, double a, double b)
{
    return (side){
        .logit = logit,
        .a = a,
        .b = b,
        .x = calc_inv_logit(logit),
        .y = calc_inv_logit(-logit),
        .log_x = -calc_log1p_exp(-logit),
        .log_y = -calc_log1p_exp(logit),
    };
}

/* digamma(a + b) - digamma(a + 1). */
static double digamma_rise(double a, double b)
{
    return b >= 1 ? calc_digamma_ratio(a + 1, b - 1) : -calc_digamma_ratio(a + b, 1 - b);
}

/* Numbers of the jet in terms of those of log f, where I = x^a y^(k b)/(a B(a, b)) f. */
typedef struct {
    double a, b, aa, ab, bb;
} rest;

static void from_rest(const side *s, const rest *f, double log_y, double *out)
{
    double a = s->a, b = s->b;
    out[2] = s->log_x + digamma_rise(a, b) + f->a;
    out[3] = log_y + calc_digamma_ratio(b, a) + f->b;
    double both = calc_trigamma(a + b);
    out[7] = both - calc_trigamma(1 + a) + f->aa;
    out[8] = both + f->ab;
    out[9] = calc_trigamma_ratio(b, a) + f->bb;
}

/* I = x^a/(a B(a, b)) (1 + G), G = sum of c_n a/(a + n), c_n = (1 - b)(2 - b)...(n - b) x^n/n!. */
static bool is_near_zero(const side *s)
{
    return s->x <= 0.3 && s->b * s->x <= 1 && s->a < SMALL_SHAPE;
}

static void near_zero(const side *s, double *out)
{
    double a = s->a, b = s->b, x = s->x;
    double c = 1, c_b = 0, c_bb = 0, g = 0, r = 0;
    rest f = {0};
    for (int n = 1; n <= 40; n++) {
        double q = x / n, k = (n - b) * q, d = 1 / (a + n);
        c_bb = c_bb * k - 2 * c_b * q;
        c_b = c_b * k - c * q;
        c *= k;
        g += c * d;
        r -= c * n * d;
        f.a += c * n * d * d;
        f.aa -= 2 * c * n * d * d * d;
        f.b += a * c_b * d;
        f.ab += c_b * n * d * d;
        f.bb += a * c_bb * d;
    }
    g *= a;
    double e = 1 / (1 + g), power = calc_exp(b * s->log_y), h = power * e;
    f.a *= e, f.b *= e;
    f.aa = f.aa * e - f.a * f.a;
    f.ab = f.ab * e - f.a * f.b;
    f.bb = f.bb * e - f.b * f.b;
    out[0] = a * s->log_x - jet_lgamma1p(a) + calc_lgamma_ratio(b, a) + calc_log1p(g);
    out[1] = a * h;
    from_rest(s, &f, 0, out);
    out[4] = a * h * (a * (r + x * power / s->y) * e - (a + b) * x);
    out[5] = h * (1 - a * f.a);
    out[6] = a * h * (s->log_y - f.b);
}

/* I = x^a y^b/(a B(a, b)) S, S = sum of x^n (a + b)...(a + b + n - 1)/((a + 1)...(a + n)). */
static void positive_terms(const side *s, double *out)
{
    double a = s->a, b = s->b, t = 1, more = 0, d_a = 0, d_b = 0, d_aa = 0, d_bb = 0;
    rest f = {0};
    for (int n = 1; n < 2000 && t > 1e-19; n++) {
        double p = 1 / (a + b + n - 1), q = 1 / (a + n);
        t *= s->x * q / p;
        d_a += (1 - b) * p * q;
        d_b += p;
        d_aa += (q - p) * (q + p);
        d_bb -= p * p;
        more += t;
        f.a += t * d_a;
        f.b += t * d_b;
        f.aa += t * (d_a * d_a + d_aa);
        f.ab += t * (d_a * d_b + d_bb);
        f.bb += t * (d_b * d_b + d_bb);
    }
    double sum = 1 + more, h = a / sum;
    f.a /= sum, f.b /= sum;
    f.aa = f.aa / sum - f.a * f.a;
    f.ab = f.ab / sum - f.a * f.b;
    f.bb = f.bb / sum - f.b * f.b;
    out[0] =
        a * s->log_x + b * s->log_y - jet_lgamma1p(a) + calc_lgamma_ratio(b, a) + calc_log(sum);
    out[1] = h;
    from_rest(s, &f, s->log_y, out);
    out[4] = h * (a * more / sum - (a + b) * s->x);
    out[5] = h * (1 / a - f.a);
    out[6] = -h * f.b;
}

/* log(x^a y^b/B(a, b)); for large shapes by deviations from the mean. */
static double prefactor(const side *s)
{
    double a = s->a, b = s->b, n = a + b;
    if (b < SMALL_SHAPE)
        return a * s->log_x + b * s->log_y - calc_lgamma(b) + calc_lgamma_ratio(a, b);
    double d = s->x < 0.5 ? s->x - a / n : b / n - s->y, p = d * n / a, q = -d * n / b;
    double l = fabs(p) < 0.5 && fabs(q) < 0.5
                   ? a * calc_log1p_m(p) + b * calc_log1p_m(q)
                   : a * (s->log_x - calc_log(a / n)) + b * (s->log_y - calc_log(b / n));
    return l + 0.5 * calc_log(a / n * b) - LOG_SQRT_2_PI + jet_stirling(n) - jet_stirling(a) -
           jet_stirling(b);
}

/* Where the exponent has fallen to -DEPTH, by Newton's method: see incomplete_gamma.c. */
static double reach(const side *s)
{
    double a = s->a, b = s->b, slope = a - (a + b) * s->x, bend = (a + b) * s->x * s->y;
    slope = slope > 0 ? slope : 0;
    double u = 2 * DEPTH / (slope + sqrt(slope * slope + 2 * DEPTH * bend));
    for (int i = 0; i < 30; i++) {
        double m = s->x * calc_expm1(-u), t = s->x * calc_exp(-u) / (1 + m);
        double f = DEPTH - a * calc_log1p(s->y * calc_expm1(u)) - b * calc_log1p(m);
        if (fabs(f) < 1)
            break;
        u -= f / ((a + b) * t - a);
    }
    return u;
}

static void integral(const side *s, double *out)
{
    enum { N = JET_NODES };
    double a = s->a, b = s->b, end = reach(s);
    double up[N], down[N], log_t[N], log_1mt[N], w[N];
    for (int i = 0; i < N; i++) {
        up[i] = end * jet_nodes[i];
        down[i] = -up[i];
    }
    calc_v8_expm1(up, up, N);
    calc_v8_expm1(down, down, N);
    for (int i = 0; i < N; i++) {
        log_t[i] = s->y * up[i];
        log_1mt[i] = s->x * down[i];
    }
    calc_v8_log1p(log_t, log_t, N);
    calc_v8_log1p(log_1mt, log_1mt, N);
    for (int i = 0; i < N; i++)
        w[i] = -a * log_t[i] - b * log_1mt[i];
    calc_v8_exp(w, w, N);
    double sum = 0, m_a = 0, m_b = 0, fall = 0, aa = 0, ab = 0, bb = 0;
    for (int i = 0; i < N; i++) {
        w[i] *= jet_weights[i];
        sum += w[i];
        m_a -= w[i] * log_t[i];
        m_b -= w[i] * log_1mt[i];
        fall -= w[i] * down[i] / (1 + s->x * down[i]);
    }
    m_a /= sum, m_b /= sum;
    for (int i = 0; i < N; i++) {
        double d_a = -log_t[i] - m_a, d_b = -log_1mt[i] - m_b;
        aa += w[i] * d_a * d_a;
        ab += w[i] * d_a * d_b;
        bb += w[i] * d_b * d_b;
    }
    double f = end * sum, h = 1 / f;
    out[0] = prefactor(s) + calc_log(f);
    out[1] = h;
    out[2] = s->log_x + calc_digamma_ratio(a, b) + m_a;
    out[3] = s->log_y + calc_digamma_ratio(b, a) + m_b;
    out[4] = -h * (a + b) * s->x * s->y * fall / sum;
    out[5] = -h * m_a;
    out[6] = -h * m_b;
    out[7] = calc_trigamma_ratio(a, b) + aa / sum;
    out[8] = calc_trigamma(a + b) + ab / sum;
    out[9] = calc_trigamma_ratio(b, a) + bb / sum;
}

/* Of the jet of 1 - I(1 - x; b, a), in its own arguments, that of I(x; a, b). */
static void turn(double *jet)
{
    jet_complement(jet, 3);
    double j[JET_MOST];
    for (int i = 0; i < JET_MOST; i++)
        j[i] = jet[i];
    jet[1] = -j[1];
    jet[2] = j[3];
    jet[3] = j[2];
    jet[5] = -j[6];
    jet[6] = -j[5];
    jet[7] = j[9];
    jet[9] = j[7];
}

void calc_jet_log_beta_p(const double *args, double *out)
{
    double logit = args[0], a = args[1], b = args[2];
    if (!(a > 0 && a < INFINITY && b > 0 && b < INFINITY && logit == logit)) {
        jet_nan(out, 3);
        return;
    }
    if (fabs(logit) == INFINITY) {
        jet_certain(out, 3, logit < 0);
        return;
    }
    side s = make_side(logit, a, b), other = make_side(-logit, b, a);
    bool turned = s.x > a / (a + b) ? !is_near_zero(&s) : !is_near_zero(&s) && is_near_zero(&other);
    if (turned)
        s = other;
    if (is_near_zero(&s))
        near_zero(&s, out);
    else if (s.a < SMALL_SHAPE)
        positive_terms(&s, out);
    else
        integral(&s, out);
    if (turned)
        turn(out);
}
