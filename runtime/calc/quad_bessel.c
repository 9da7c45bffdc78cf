/* Modified Bessel functions in quad precision: power series, and beyond 40, where exp(-2x) is below
 * the rounding, Hankel's expansion (NIST DLMF 10.25.2, 10.40.1). */
#include "runtime/calc/quad.h"

#include <math.h>

#define FAR          40
#define LOG_ROOT_2PI QUAD_C(0.91893853320467274178032973640561763986)

/* I0 - 1 and 2 I1/x - 1. */
static void power_series(quad x, quad *i0, quad *i1)
{
    quad v = x * x / 4, term = 1;
    *i0 = *i1 = 0;
    for (int k = 1; k < 200; k++) {
        term *= v / ((quad)k * k);
        *i0 += term;
        *i1 += term / (k + 1);
    }
}

/* S - 1, u S' and u^2 S'' of S(u) with sqrt(2 pi x) exp(-x) I0(x) = S(1/x). The terms fall until k
 * is near 2x. */
static void hankel(quad u, quad s[3])
{
    quad term = 1;
    s[0] = s[1] = s[2] = 0;
    for (int k = 1; k < 2 * FAR; k++) {
        term *= u * (2 * k - 1) * (2 * k - 1) / (8 * k);
        s[0] += term;
        s[1] += k * term;
        s[2] += (quad)k * (k - 1) * term;
    }
}

quad quad_log_i0e(quad x)
{
    if (!(x >= 0))
        return (quad)NAN;
    quad i0, i1, s[3];
    if (x > FAR) {
        hankel(1 / x, s);
        return quad_log1p(s[0]) - quad_log(x) / 2 - LOG_ROOT_2PI;
    }
    power_series(x, &i0, &i1);
    return quad_log1p(i0) - x;
}

/* The derivative of log S - log(x)/2: u d/du is -x d/dx. */
quad quad_bessel_ratio_m1(quad x)
{
    if (!(x >= 0))
        return (quad)NAN;
    quad i0, i1, s[3];
    if (x > FAR) {
        hankel(1 / x, s);
        return -(s[1] / (1 + s[0]) + QUAD_C(0.5)) / x;
    }
    power_series(x, &i0, &i1);
    return x / 2 * (1 + i1) / (1 + i0) - 1;
}

quad quad_bessel_ratio_slope(quad x)
{
    if (!(x >= 0))
        return (quad)NAN;
    quad i0, i1, s[3];
    if (x > FAR) {
        hankel(1 / x, s);
        quad r = s[1] / (1 + s[0]);
        return (QUAD_C(0.5) + 2 * r + s[2] / (1 + s[0]) - r * r) / x / x;
    }
    power_series(x, &i0, &i1);
    quad r = (1 + i1) / (1 + i0); /* 2 I1/(x I0) */
    return 1 - r / 2 - x * x / 4 * r * r;
}
