#include "runtime/calc/quad.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

/* The library's functions are declared here, since not every compiler finds <quadmath.h>. */
#define LIBQUAD1(name)                                                                             \
    extern quad QUAD_LIBRARY(name)(quad x);                                                        \
    quad quad_##name(quad x) { return QUAD_LIBRARY(name)(x); }
#define LIBQUAD2(name)                                                                             \
    extern quad QUAD_LIBRARY(name)(quad x, quad y);                                                \
    quad quad_##name(quad x, quad y) { return QUAD_LIBRARY(name)(x, y); }

LIBQUAD1(sqrt)
LIBQUAD1(cbrt)
LIBQUAD1(exp)
LIBQUAD1(expm1)
LIBQUAD1(log)
LIBQUAD1(log1p)
LIBQUAD1(log2)
LIBQUAD1(log10)
LIBQUAD2(pow)
LIBQUAD1(sin)
LIBQUAD1(cos)
LIBQUAD1(tan)
LIBQUAD1(asin)
LIBQUAD1(acos)
LIBQUAD1(atan)
LIBQUAD2(atan2)
LIBQUAD1(sinh)
LIBQUAD1(cosh)
LIBQUAD1(tanh)
LIBQUAD1(erf)
LIBQUAD1(erfc)

static quad quad_nan(void) { return (quad)NAN; }

static quad quad_inf(void) { return (quad)INFINITY; }

static quad quad_abs(quad x) { return x < 0 ? -x : x; }

#define ROOT_HALF QUAD_C(0.70710678118654752440084436210484903928)
#define ROOT_PI   QUAD_C(1.77245385090551602729816748334114518280)
#define ROOT_2_PI QUAD_C(0.79788456080286535587989211986876373695) /* sqrt(2/pi) */

quad quad_inv_logit(quad x)
{
    if (x >= 0)
        return 1 / (1 + quad_exp(-x));
    quad e = quad_exp(x);
    return e / (1 + e);
}

quad quad_log1p_exp(quad x)
{
    return x > 0 ? x + quad_log1p(quad_exp(-x)) : quad_log1p(quad_exp(x));
}

quad quad_log1m_exp(quad x)
{
    if (x >= 0)
        return x == 0 ? -quad_inf() : quad_nan();
    return x > QUAD_C(-0.7) ? quad_log(-quad_expm1(x)) : quad_log1p(-quad_exp(x));
}

quad quad_log_add(quad a, quad b)
{
    quad high = a < b ? b : a;
    return a == b ? a + quad_log(2) : high + quad_log1p(quad_exp(-quad_abs(a - b)));
}

quad quad_log_add_share(quad a, quad b) { return a == b ? QUAD_C(0.5) : quad_inv_logit(a - b); }

quad quad_xlogy(quad x, quad y) { return x == 0 && y == y ? 0 : x * quad_log(y); }

/* Taylor's series next to 0, where the difference cancels. */
quad quad_log1p_m(quad x)
{
    if (!(quad_abs(x) < QUAD_C(0.06)))
        return x > QUAD_C(1e4000) ? -x : quad_log1p(x) - x;
    quad power = -x * x, sum = power / 2;
    for (int n = 3; n < 40; n++) {
        power *= -x;
        sum += power / n;
    }
    return sum;
}

/* erfcx: by definition up to 12, from there by its asymptotic series, whose terms fall below
 * 1e-36 of the first long before they grow (the least is near exp(-144)). */
quad quad_erfcx(quad x)
{
    if (x < 12)
        return quad_exp(x * x) * quad_erfc(x);
    if (x > QUAD_C(1e40))
        return 1 / ROOT_PI / x;
    quad r = 1 / (2 * x * x), term = 1, sum = 1;
    for (int n = 1; n < 60; n++) {
        term *= -r * (2 * n - 1);
        sum += term;
    }
    return sum / ROOT_PI / x;
}

quad quad_Phi(quad x) { return quad_erfc(-x * ROOT_HALF) / 2; }

quad quad_log_Phi(quad x)
{
    if (x < -1)
        return -x * x / 2 + quad_log(quad_erfcx(-x * ROOT_HALF) / 2);
    if (x < 0)
        return quad_log(quad_Phi(x));
    return quad_log1p(-quad_Phi(-x));
}

quad quad_mills(quad x)
{
    const quad c = ROOT_2_PI;
    if (x < 0)
        return c / quad_erfcx(-x * ROOT_HALF);
    return c / 2 * quad_exp(-x * x / 2) / quad_Phi(x);
}

/* Newton's iteration: next to 1/2 for erf(x/sqrt(2)) = 2p - 1, which keeps small x relatively
 * right, else for log Phi(x) = log p, which is concave, so that it converges from anywhere left. */
quad quad_inv_Phi(quad p)
{
    if (!(p > 0 && p < 1))
        return p == 0 ? -quad_inf() : p == 1 ? quad_inf() : quad_nan();
    quad q = p - 0.5;
    if (quad_abs(q) < QUAD_C(0.2)) {
        const quad c = ROOT_2_PI / 2;
        quad x = q / c;
        for (int i = 0; i < 10; i++)
            x -= (quad_erf(x * ROOT_HALF) / 2 - q) / (c * quad_exp(-x * x / 2));
        return x;
    }
    quad l = q < 0 ? quad_log(p) : quad_log1p(-p), x = -quad_sqrt(-2 * l);
    for (int i = 0; i < 12; i++)
        x -= (quad_log_Phi(x) - l) / quad_mills(x);
    return q < 0 ? x : -x;
}

/* Bernoulli's numbers B_2, B_4, ... */
static quad bernoulli(int k)
{
    static const struct {
        quad num, den;
    } b[] = {
        {1, 6},
        {-1, 30},
        {1, 42},
        {-1, 30},
        {5, 66},
        {-691, 2730},
        {7, 6},
        {-3617, 510},
        {43867, 798},
        {-174611, 330},
        {854513, 138},
        {-236364091, 2730},
        {8553103, 6},
        {-23749461029, 870},
        {8615841276005, 14322},
    };
    return b[k - 1].num / b[k - 1].den;
}

enum { BERNOULLI = 15 };

/* Stirling's series is right to 1e-36 from here on. */
#define STIRLING 30

/* sum over k of B_2k factor_k x^(-2k), with factor 1/(2k(2k-1)), 1/(2k), 1, 2k + 1: the rest of
 * lgamma times x, of -digamma, of trigamma times x, of -tetragamma times x^2. */
static quad stirling_rest(int derivative, quad x)
{
    quad r = 1 / (x * x), sum = 0;
    for (int k = BERNOULLI; k >= 1; k--) {
        quad factor = derivative == 0   ? 1 / (quad)(2 * k * (2 * k - 1))
                      : derivative == 1 ? 1 / (quad)(2 * k)
                      : derivative == 2 ? 1
                                        : (quad)(2 * k + 1);
        sum = (sum + bernoulli(k) * factor) * r;
    }
    return sum;
}

/* Stirling's series after a shift by a product; the library's own function writes a global. */
quad quad_lgamma(quad x)
{
    if (!(x > 0) || x - x != 0)
        return x == 0 || x > 0 ? 1 / QUAD_C(0.0) : quad_nan();
    quad product = 1;
    for (; x < STIRLING; x += 1)
        product *= x;
    quad half_log_2pi = QUAD_C(0.91893853320467274178032973640561763986);
    return (x - QUAD_C(0.5)) * quad_log(x) - x + half_log_2pi + x * stirling_rest(0, x) -
           quad_log(product);
}

quad quad_digamma(quad x)
{
    if (!(x > 0))
        return x == 0 ? -quad_inf() : quad_nan();
    quad sum = 0;
    for (; x < STIRLING; x += 1)
        sum -= 1 / x;
    return sum + (quad_log(x) - 1 / (2 * x) - stirling_rest(1, x));
}

quad quad_trigamma(quad x)
{
    if (!(x > 0))
        return x == 0 ? quad_inf() : quad_nan();
    quad sum = 0;
    for (; x < STIRLING; x += 1)
        sum += 1 / (x * x);
    return sum + (1 + 1 / (2 * x) + stirling_rest(2, x)) / x;
}

quad quad_tetragamma(quad x)
{
    if (!(x > 0))
        return x == 0 ? -quad_inf() : quad_nan();
    quad sum = 0;
    for (; x < STIRLING; x += 1)
        sum -= 2 / (x * x * x);
    return sum - (1 + 1 / x + stirling_rest(3, x)) / x / x;
}

/* The ratio functions: steps of the recurrence up to STIRLING, then the series subtracted term by
 * term. With s = a + k: log(s/a) = log1p(k/a), 1/a - 1/s = k/(as). */
quad quad_lgamma_ratio(quad a, quad k)
{
    if (!(a > 0 && k >= 0))
        return quad_nan();
    quad steps = 0;
    for (; a < STIRLING; a += 1)
        steps += quad_log1p(k / a);
    quad s = a + k;
    quad main = k * quad_log(a) + ((s - 0.5) * quad_log1p(k / a) - k);
    return main + (stirling_rest(0, s) * s - stirling_rest(0, a) * a) - steps;
}

quad quad_digamma_ratio(quad a, quad k)
{
    if (!(a > 0 && k >= 0))
        return quad_nan();
    quad steps = 0;
    for (; a < STIRLING; a += 1)
        steps += k / (a * (a + k));
    quad s = a + k;
    quad main = quad_log1p(k / a) + k / (2 * a * s);
    return main + (stirling_rest(1, a) - stirling_rest(1, s)) + steps;
}

quad quad_trigamma_ratio(quad a, quad k)
{
    if (!(a > 0 && k >= 0))
        return quad_nan();
    quad steps = 0;
    for (; a < STIRLING; a += 1) {
        quad s = a + k;
        steps += k / (a * s) * (1 / a + 1 / s);
    }
    quad s = a + k;
    quad main = -k / (a * s) * (1 + (1 / a + 1 / s) / 2);
    return main + (stirling_rest(2, s) / s - stirling_rest(2, a) / a) - steps;
}

static const quad_fn table[] = {
#define VMATH1(name, ulp, floor) {#name, 1, quad_##name, NULL},
#define VMATH2(name, ulp, floor) {#name, 2, NULL, quad_##name},
#include "runtime/calc/vmath.def"
};

const quad_fn *quad_find(const char *name)
{
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        if (strcmp(table[i].name, name) == 0)
            return &table[i];
    }
    return NULL;
}
