/* Values at the edges of the domains: NaN, infinities, zeros, poles, overflow and underflow. */
#include "tests/unit/calc/points.h"

#include <criterion/criterion.h>
#include <float.h>
#include <math.h>

#define INF      INFINITY
#define PI       3.14159265358979311600
#define C(table) ((int)(sizeof(table) / sizeof((table)[0])))

static int same(double a, double b) { return a == b || (isnan(a) && isnan(b)); }

/* The sign of a zero is not compared. */
static const struct {
    const char *name;
    double x, want;
} unary[] = {
    {"sqrt", 0, 0},
    {"sqrt", -1, NAN},
    {"sqrt", INF, INF},
    {"cbrt", 0, 0},
    {"cbrt", INF, INF},
    {"cbrt", -INF, -INF},
    {"cbrt", -27, -3},
    {"exp", 0, 1},
    {"exp", -0.0, 1},
    {"exp", -INF, 0},
    {"exp", INF, INF},
    {"exp", 709.79, INF},
    {"exp", -708.4, 0},
    {"exp", -1e300, 0},
    {"expm1", 0, 0},
    {"expm1", -INF, -1},
    {"expm1", INF, INF},
    {"expm1", 0x1p-1021, 0x1p-1021},
    {"expm1", -1e300, -1},
    {"expm1", 710, INF},
    {"log", 0, -INF},
    {"log", -0.0, -INF},
    {"log", 1, 0},
    {"log", -1, NAN},
    {"log", -5e-324, NAN},
    {"log", -INF, NAN},
    {"log", INF, INF},
    {"log1p", 0, 0},
    {"log1p", -1, -INF},
    {"log1p", -1.5, NAN},
    {"log1p", -INF, NAN},
    {"log1p", INF, INF},
    {"log1p", 5e-324, 5e-324},
    {"log1p_m", 0, 0},
    {"log1p_m", -1, -INF},
    {"log1p_m", -2, NAN},
    {"log1p_m", INF, -INF},
    {"log1p_m", DBL_MAX, -DBL_MAX},
    {"log2", 0, -INF},
    {"log2", -1, NAN},
    {"log2", INF, INF},
    {"log2", 1, 0},
    {"log2", 5e-324, -1074},
    {"log2", 0x1p1023, 1023},
    {"log10", 0, -INF},
    {"log10", -1, NAN},
    {"log10", INF, INF},
    {"log10", 1, 0},
    {"log10", 1000, 3},
    {"log10", 1e22, 22},
    {"sin", 0, 0},
    {"sin", INF, NAN},
    {"sin", 1.001e9, NAN},
    {"sin", 5e-324, 5e-324},
    {"cos", 0, 1},
    {"cos", -INF, NAN},
    {"cos", -1.001e9, NAN},
    {"tan", 0, 0},
    {"tan", INF, NAN},
    {"tan", 1.001e9, NAN},
    {"asin", 0, 0},
    {"asin", 1, PI / 2},
    {"asin", -1, -PI / 2},
    {"asin", 1.0000001, NAN},
    {"asin", -INF, NAN},
    {"acos", 0, PI / 2},
    {"acos", 1, 0},
    {"acos", -1, PI},
    {"acos", -1.0000001, NAN},
    {"acos", INF, NAN},
    {"atan", 0, 0},
    {"atan", INF, PI / 2},
    {"atan", -INF, -PI / 2},
    {"atan", 1, PI / 4},
    {"sinh", 0, 0},
    {"sinh", INF, INF},
    {"sinh", -INF, -INF},
    {"sinh", 710.48, INF},
    {"sinh", -710.48, -INF},
    {"cosh", 0, 1},
    {"cosh", INF, INF},
    {"cosh", -INF, INF},
    {"cosh", 710.48, INF},
    {"tanh", 0, 0},
    {"tanh", INF, 1},
    {"tanh", -INF, -1},
    {"tanh", 1e300, 1},
    {"inv_logit", 0, 0.5},
    {"inv_logit", INF, 1},
    {"inv_logit", -INF, 0},
    {"inv_logit", 40, 1},
    {"inv_logit", -1e300, 0},
    {"log1p_exp", -INF, 0},
    {"log1p_exp", INF, INF},
    {"log1p_exp", 1e300, 1e300},
    {"log1p_exp", -1e300, 0},
    {"log1m_exp", -INF, 0},
    {"log1m_exp", 0, -INF},
    {"log1m_exp", -0.0, -INF},
    {"log1m_exp", 1e-300, NAN},
    {"log1m_exp", INF, NAN},
    {"erf", 0, 0},
    {"erf", INF, 1},
    {"erf", -INF, -1},
    {"erfc", 0, 1},
    {"erfc", INF, 0},
    {"erfc", -INF, 2},
    {"erfc", 30, 0},
    {"erfcx", 0, 1},
    {"erfcx", INF, 0},
    {"erfcx", -INF, INF},
    {"erfcx", -27, INF},
    {"Phi", 0, 0.5},
    {"Phi", INF, 1},
    {"Phi", -INF, 0},
    {"Phi", -40, 0},
    {"Phi", -1e300, 0},
    {"log_Phi", INF, 0},
    {"log_Phi", -INF, -INF},
    {"log_Phi", 40, 0},
    {"log_Phi", -1e200, -INF},
    {"log_Phi", -1e10, -5e19},
    {"mills", INF, 0},
    {"mills", -INF, INF},
    {"mills", 1e300, 0},
    {"inv_Phi", 0, -INF},
    {"inv_Phi", 1, INF},
    {"inv_Phi", 0.5, 0},
    {"inv_Phi", -0.001, NAN},
    {"inv_Phi", 1.001, NAN},
    {"inv_Phi", INF, NAN},
    {"inv_Phi", -INF, NAN},
    {"lgamma", 0, INF},
    {"lgamma", 1, 0},
    {"lgamma", 2, 0},
    {"lgamma", INF, INF},
    {"lgamma", DBL_MAX, INF},
    {"lgamma", -1, NAN},
    {"lgamma", -0.5, NAN},
    {"lgamma", -INF, NAN},
    {"digamma", 0, -INF},
    {"digamma", INF, INF},
    {"digamma", -1, NAN},
    {"digamma", -0.5, NAN},
    {"digamma", -INF, NAN},
    {"trigamma", 0, INF},
    {"trigamma", INF, 0},
    {"trigamma", -0.5, NAN},
    {"trigamma", -INF, NAN},
    {"log_i0e", 0, 0},
    {"log_i0e", INF, -INF},
    {"log_i0e", -1, NAN},
    {"bessel_ratio_m1", 0, -1},
    {"bessel_ratio_m1", INF, 0},
    {"bessel_ratio_m1", -1, NAN},
    {"bessel_ratio_slope", 0, 0.5},
    {"bessel_ratio_slope", INF, 0},
    {"bessel_ratio_slope", -INF, NAN},
    {"tetragamma", 0, -INF},
    {"tetragamma", INF, 0},
    {"tetragamma", -0.5, NAN},
    {"tetragamma", -INF, NAN},
};

Test(calc_edges, unary)
{
    for (int i = 0; i < C(unary); i++) {
        double got = points_find(unary[i].name)->f1(unary[i].x);
        cr_expect(same(got, unary[i].want), "%s(%g) = %.17g, not %.17g", unary[i].name, unary[i].x,
                  got, unary[i].want);
    }
}

/* So does quad, but that it flushes nothing and sin, cos and tan go on. */
Test(calc_edges, unary_in_quad)
{
    for (int i = 0; i < C(unary); i++) {
        double x = unary[i].x, want = unary[i].want;
        double got = (double)quad_find(unary[i].name)->f1(x);
        int flushed = want == 0 && fabs(got) < DBL_MIN;
        int beyond = isnan(want) && fabs(x) > 1e9 && isfinite(x);
        cr_expect(same(got, want) || flushed || beyond, "%s(%g) = %.17g in quad, not %.17g",
                  unary[i].name, x, got, want);
    }
}

static const struct {
    const char *name;
    double x, y, want;
} binary[] = {
    {"log_add", -INF, -INF, -INF},
    {"log_add", -INF, 3, 3},
    {"log_add", 3, -INF, 3},
    {"log_add", INF, INF, INF},
    {"log_add", INF, -INF, INF},
    {"log_add", 3, NAN, NAN},
    {"log_add", NAN, 3, NAN},
    {"log_add", 1e300, -1e300, 1e300},
    {"log_add_share", -INF, -INF, 0.5},
    {"log_add_share", -INF, 3, 0},
    {"log_add_share", 3, -INF, 1},
    {"log_add_share", 3, NAN, NAN},
    {"xlogy", 0, 0, 0},
    {"xlogy", 0, INF, 0},
    {"xlogy", 0, -1, 0},
    {"xlogy", 0, NAN, NAN},
    {"xlogy", 2, 0, -INF},
    {"xlogy", 2, -1, NAN},
    {"xlogy", 2, 1, 0},
    {"lgamma_ratio", 5, 0, 0},
    {"lgamma_ratio", 0.25, 0, 0},
    {"lgamma_ratio", 0, 3, NAN},
    {"lgamma_ratio", -1, 3, NAN},
    {"lgamma_ratio", 1, -1, NAN},
    {"digamma_ratio", 5, 0, 0},
    {"digamma_ratio", 0.25, 0, 0},
    {"digamma_ratio", 0, 3, NAN},
    {"digamma_ratio", 2, -1, NAN},
    {"trigamma_ratio", 5, 0, 0},
    {"trigamma_ratio", 0.25, 0, 0},
    {"trigamma_ratio", -3, 3, NAN},
    {"trigamma_ratio", 2, -1, NAN},
};

Test(calc_edges, binary)
{
    for (int i = 0; i < C(binary); i++) {
        double got = points_find(binary[i].name)->f2(binary[i].x, binary[i].y);
        cr_expect(same(got, binary[i].want), "%s(%g, %g) = %.17g, not %.17g", binary[i].name,
                  binary[i].x, binary[i].y, got, binary[i].want);
        got = (double)quad_find(binary[i].name)->f2(binary[i].x, binary[i].y);
        cr_expect(same(got, binary[i].want), "%s(%g, %g) = %.17g in quad, not %.17g",
                  binary[i].name, binary[i].x, binary[i].y, got, binary[i].want);
    }
}

/* Also a NaN with a payload, such as R's missing number. */
Test(calc_edges, nan_in_gives_nan_out)
{
    double nans[] = {NAN, -NAN, __builtin_nan("0x7a2"), __builtin_nan("0xfffff")};
    double others[] = {0, 1, -1, 0.5, 3, 1e300, INF, -INF};
    int count;
    const calc_fn *table = calc_table(&count);
    for (int i = 0; i < count; i++) {
        const calc_fn *fn = &table[i];
        for (int j = 0; j < C(nans); j++) {
            if (fn->arity == 1)
                cr_expect(isnan(fn->f1(nans[j])), "%s(NaN) = %g", fn->name, fn->f1(nans[j]));
            for (int k = 0; fn->arity == 2 && k < C(others); k++) {
                double left = fn->f2(nans[j], others[k]), right = fn->f2(others[k], nans[j]);
                /* C's exceptions. */
                int pow = fn->f2 == calc_pow;
                cr_expect(isnan(left) || (pow && others[k] == 0), "%s(NaN, %g) = %g", fn->name,
                          others[k], left);
                cr_expect(isnan(right) || (pow && others[k] == 1), "%s(%g, NaN) = %g", fn->name,
                          others[k], right);
            }
        }
    }
}

/* Every pair of these agrees with the C library's pow and atan2, signs of zeros included. */
static const double corners[] = {
    0,    -0.0,  1,      -1,      2,      3,      -3,         0.5,        -0.5,
    INF,  -INF,  NAN,    1e300,   -1e300, 0x1p53, 0x1p53 - 1, -2.5,       1e-20,
    1075, -1074, 1e-300, -1e-300, 1e20,   7,      -7,         0x1p52 + 1,
};

static int close_to(double got, double want)
{
    if (fabs(want) < DBL_MIN && want != 0) /* may be flushed */
        return fabs(got) < DBL_MIN && !signbit(got) == !signbit(want);
    if (isnan(want) || isinf(want) || want == 0)
        return same(got, want) && (isnan(want) || !signbit(got) == !signbit(want));
    return fabs(got - want) <= 1e-15 * fabs(want);
}

Test(calc_edges, pow_and_atan2_as_in_c)
{
    for (int i = 0; i < C(corners); i++) {
        for (int j = 0; j < C(corners); j++) {
            double x = corners[i], y = corners[j];
            double got = calc_pow(x, y), want = pow(x, y);
            cr_expect(close_to(got, want), "pow(%g, %g) = %g, not %g", x, y, got, want);
            got = calc_atan2(x, y), want = atan2(x, y);
            cr_expect(close_to(got, want), "atan2(%g, %g) = %g, not %g", x, y, got, want);
        }
    }
}

/* No step where a function changes from one formula to another. */
Test(calc_edges, joins)
{
    static const struct {
        const char *name;
        double at;
    } joins[] = {
        {"lgamma", 3},
        {"lgamma", 0.75},
        {"digamma", 3},
        {"trigamma", 3},
        {"tetragamma", 3},
        {"log1m_exp", -1.2279471772995156},
        {"log_Phi", 0.55},
        {"log_Phi", 0},
        {"mills", 0},
        {"Phi", 0},
        {"erf", 1},
        {"erf", -1},
        {"erfc", 0},
        {"erfcx", 0},
        {"sinh", 1},
        {"sinh", -1},
        {"asin", 0.5},
        {"acos", -0.5},
        {"atan", 1},
        {"inv_Phi", 0.1},
        {"inv_Phi", 0.9},
        {"log1p", 0x1.a827999fcef34p-2},
        {"log", 0x1.6a09e667f3bcdp-1},
        {"expm1", -40},
        {"tanh", 20},
        {"log1p_exp", 0},
    };
    for (int i = 0; i < C(joins); i++) {
        const calc_fn *fn = points_find(joins[i].name);
        double x = joins[i].at;
        for (int k = 0; k < 200; k++)
            x = nextafter(x, -INF);
        for (int k = 0; k < 400; k++, x = nextafter(x, INF)) {
            double error = points_error(fn->f1(x), points_quad(fn, x, 0), fn->floor);
            cr_assert(error <= fn->ulp, "%s(%a): %.2f ulp", fn->name, x, error);
        }
    }
}

Test(calc_edges, look_up)
{
    int count;
    const calc_fn *table = calc_table(&count);
    for (int i = 0; i < count; i++) {
        cr_expect(calc_find(table[i].name) == &table[i], "%s", table[i].name);
        const quad_fn *q = quad_find(table[i].name);
        cr_expect(q && q->arity == table[i].arity, "%s in quad", table[i].name);
        cr_expect(!table[i].f1 == (table[i].arity == 2) && !table[i].v1 == !table[i].f1, "%s",
                  table[i].name);
    }
    cr_expect_null(calc_find("gudermann"));
    cr_expect_null(quad_find(""));
}
