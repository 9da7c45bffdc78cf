/* The error bounds of vmath.def, over the whole domain of each function, against quad.
 *
 * Every range below gets the same number of random points, besides its ends and their neighbours.
 * MLEC_TEST_POINTS sets another number for each function; the largest error of each range is logged
 * (--verbose). */
#include "tests/unit/calc/points.h"

#include <criterion/criterion.h>
#include <criterion/logging.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { LINEAR, LOG };

typedef struct range {
    const char *name;
    double lo, hi;
    int scale;
    double lo2, hi2; /* of the second argument */
    int scale2;
} range;

static const range exp_family[] = {
    {"sqrt", 1e-320, 1e308, LOG, 0, 0, 0},
    {"exp", -708.39, 709.78, LINEAR, 0, 0, 0},
    {"exp", -1, 1, LINEAR, 0, 0, 0},
    {"exp", -745, -708, LINEAR, 0, 0, 0},
    {"expm1", -45, 709.78, LINEAR, 0, 0, 0},
    {"expm1", -1, 1, LINEAR, 0, 0, 0},
    {"expm1", 1e-300, 1, LOG, 0, 0, 0},
    {"log", 5e-324, 1.7e308, LOG, 0, 0, 0},
    {"log", 0.5, 2, LINEAR, 0, 0, 0},
    {"log", 0.999, 1.001, LINEAR, 0, 0, 0},
    {"log1p", -1, 1, LINEAR, 0, 0, 0},
    {"log1p", 1e-300, 1.7e308, LOG, 0, 0, 0},
    {"log1p", -0.01, 0.01, LINEAR, 0, 0, 0},
    {"log1p_m", -1, 1, LINEAR, 0, 0, 0},
    {"log1p_m", 1e-100, 1e300, LOG, 0, 0, 0},
    {"log1p_m", -0.5, 0.6, LINEAR, 0, 0, 0},
    {"log2", 5e-324, 1.7e308, LOG, 0, 0, 0},
    {"log2", 0.5, 2, LINEAR, 0, 0, 0},
    {"log10", 5e-324, 1.7e308, LOG, 0, 0, 0},
    {"log10", 0.5, 2, LINEAR, 0, 0, 0},
    {"cbrt", 5e-324, 1.7e308, LOG, 0, 0, 0},
    {"cbrt", -8, 8, LINEAR, 0, 0, 0},
    {"pow", 1e-308, 1e308, LOG, -1, 1, LINEAR},
    {"pow", 0.99, 1.01, LINEAR, -7e4, 7e4, LINEAR},
    {"pow", 1e-5, 1e5, LOG, -60, 60, LINEAR},
    {"pow", 5e-324, 1e308, LOG, 1e-10, 2, LOG},
    {"pow", 0.9999999, 1.0000001, LINEAR, -7e9, 7e9, LINEAR},
    {"log_add", -40, 40, LINEAR, -40, 40, LINEAR},
    {"log_add", -1e4, 1e4, LINEAR, -1e4, 1e4, LINEAR},
    {"log_add_share", -40, 40, LINEAR, -40, 40, LINEAR},
    {"log_add_share", -1e4, 1e4, LINEAR, -1e4, 1e4, LINEAR},
    {"xlogy", -10, 10, LINEAR, 1e-300, 1e300, LOG},
    {"xlogy", 1e-10, 1e10, LOG, 0.5, 2, LINEAR},
    {"sinh", -3, 3, LINEAR, 0, 0, 0},
    {"sinh", -710.4758, 710.4758, LINEAR, 0, 0, 0},
    {"sinh", 1e-300, 1, LOG, 0, 0, 0},
    {"cosh", -3, 3, LINEAR, 0, 0, 0},
    {"cosh", -710.4758, 710.4758, LINEAR, 0, 0, 0},
    {"tanh", -3, 3, LINEAR, 0, 0, 0},
    {"tanh", -30, 30, LINEAR, 0, 0, 0},
    {"tanh", 1e-300, 1, LOG, 0, 0, 0},
    {"inv_logit", -5, 5, LINEAR, 0, 0, 0},
    {"inv_logit", -750, 750, LINEAR, 0, 0, 0},
    {"log1p_exp", -5, 5, LINEAR, 0, 0, 0},
    {"log1p_exp", -750, 750, LINEAR, 0, 0, 0},
    {"log1m_exp", -5, -1e-5, LINEAR, 0, 0, 0},
    {"log1m_exp", -750, -1e-5, LINEAR, 0, 0, 0},
};

static const range trig_family[] = {
    {"sin", -4, 4, LINEAR, 0, 0, 0},
    {"sin", -1e9, 1e9, LINEAR, 0, 0, 0},
    {"sin", 1e-300, 1, LOG, 0, 0, 0},
    {"cos", -4, 4, LINEAR, 0, 0, 0},
    {"cos", -1e9, 1e9, LINEAR, 0, 0, 0},
    {"tan", -4, 4, LINEAR, 0, 0, 0},
    {"tan", -1e9, 1e9, LINEAR, 0, 0, 0},
    {"tan", 1e-300, 1, LOG, 0, 0, 0},
    {"asin", -1, 1, LINEAR, 0, 0, 0},
    {"asin", 1e-300, 1, LOG, 0, 0, 0},
    {"acos", -1, 1, LINEAR, 0, 0, 0},
    {"acos", 0.999, 1, LINEAR, 0, 0, 0},
    {"atan", -3, 3, LINEAR, 0, 0, 0},
    {"atan", 1e-300, 1e300, LOG, 0, 0, 0},
    {"atan2", -2, 2, LINEAR, -2, 2, LINEAR},
    {"atan2", 1e-150, 1e150, LOG, 1e-150, 1e150, LOG},
    {"atan2", 0.01, 100, LOG, -100, -0.01, LINEAR},
};

static const range normal_family[] = {
    {"erf", -3, 3, LINEAR, 0, 0, 0},
    {"erf", 1e-300, 1, LOG, 0, 0, 0},
    {"erfc", -2, 2, LINEAR, 0, 0, 0},
    {"erfc", -6, 26.6, LINEAR, 0, 0, 0},
    {"erfcx", -3, 10, LINEAR, 0, 0, 0},
    {"erfcx", -26.6, 0, LINEAR, 0, 0, 0},
    {"erfcx", 1e-3, 1e300, LOG, 0, 0, 0},
    {"Phi", -3, 3, LINEAR, 0, 0, 0},
    {"Phi", -37.5, 9, LINEAR, 0, 0, 0},
    {"log_Phi", -3, 3, LINEAR, 0, 0, 0},
    {"log_Phi", -40, 37.5, LINEAR, 0, 0, 0},
    {"log_Phi", -1e5, 0, LINEAR, 0, 0, 0},
    {"mills", -3, 3, LINEAR, 0, 0, 0},
    {"mills", -1000, 37, LINEAR, 0, 0, 0},
    {"inv_Phi", 1e-9, 1, LINEAR, 0, 0, 0},
    {"inv_Phi", 0x1p-1022, 1, LOG, 0, 0, 0},
    {"inv_Phi", 0.4999, 0.5001, LINEAR, 0, 0, 0},
};

static const range gamma_family[] = {
    {"lgamma", 1e-307, 1, LOG, 0, 0, 0},
    {"lgamma", 0.5, 3.5, LINEAR, 0, 0, 0},
    {"lgamma", 3, 20, LINEAR, 0, 0, 0},
    {"lgamma", 3, 1e305, LOG, 0, 0, 0},
    {"lgamma", 0.999, 1.001, LINEAR, 0, 0, 0},
    {"lgamma", 1.999, 2.001, LINEAR, 0, 0, 0},
    {"digamma", 1e-300, 1, LOG, 0, 0, 0},
    {"digamma", 0.5, 3.5, LINEAR, 0, 0, 0},
    {"digamma", 3, 1e300, LOG, 0, 0, 0},
    {"digamma", 1.461, 1.462, LINEAR, 0, 0, 0},
    {"trigamma", 1e-150, 1, LOG, 0, 0, 0},
    {"trigamma", 0.5, 3.5, LINEAR, 0, 0, 0},
    {"trigamma", 3, 1e300, LOG, 0, 0, 0},
    {"tetragamma", 1e-100, 1, LOG, 0, 0, 0},
    {"tetragamma", 0.5, 3.5, LINEAR, 0, 0, 0},
    {"tetragamma", 3, 1e100, LOG, 0, 0, 0},
    {"lgamma_ratio", 1e-3, 4, LOG, 0, 100, LINEAR},
    {"lgamma_ratio", 1e-10, 1e18, LOG, 1, 1e6, LOG},
    {"lgamma_ratio", 1e-10, 1e18, LOG, 1e-6, 1e15, LOG},
    {"digamma_ratio", 1e-3, 4, LOG, 0, 100, LINEAR},
    {"digamma_ratio", 1e-10, 1e18, LOG, 1, 1e6, LOG},
    {"digamma_ratio", 1e-10, 1e18, LOG, 1e-6, 1e15, LOG},
    {"trigamma_ratio", 1e-3, 4, LOG, 0, 100, LINEAR},
    {"trigamma_ratio", 1e-10, 1e18, LOG, 1, 1e6, LOG},
    {"trigamma_ratio", 1e-10, 1e18, LOG, 1e-6, 1e15, LOG},
};

static const range bessel_family[] = {
    {"log_i0e", 1e-300, 1, LOG, 0, 0, 0},
    {"log_i0e", 0, 20, LINEAR, 0, 0, 0},
    {"log_i0e", 15, 1e300, LOG, 0, 0, 0},
    {"bessel_ratio_m1", 1e-300, 1, LOG, 0, 0, 0},
    {"bessel_ratio_m1", 0, 20, LINEAR, 0, 0, 0},
    {"bessel_ratio_m1", 15, 1e300, LOG, 0, 0, 0},
    {"bessel_ratio_slope", 1e-300, 1, LOG, 0, 0, 0},
    {"bessel_ratio_slope", 0, 20, LINEAR, 0, 0, 0},
    {"bessel_ratio_slope", 15, 1e150, LOG, 0, 0, 0},
};

#define COUNT(table) ((int)(sizeof(table) / sizeof((table)[0])))

static const struct {
    const range *rows;
    int count;
} families[] = {
    {exp_family, COUNT(exp_family)},       {trig_family, COUNT(trig_family)},
    {normal_family, COUNT(normal_family)}, {gamma_family, COUNT(gamma_family)},
    {bessel_family, COUNT(bessel_family)},
};

static int ranges_of(const char *name)
{
    int n = 0;
    for (int i = 0; i < COUNT(families); i++) {
        for (int j = 0; j < families[i].count; j++)
            n += strcmp(families[i].rows[j].name, name) == 0;
    }
    return n;
}

/* The ends of a range and their inner neighbours, then random points. */
static double point_of(uint64_t *state, int i, double lo, double hi, int scale)
{
    switch (i) {
    case 0: return lo;
    case 1: return hi;
    case 2: return nextafter(lo, hi);
    case 3: return nextafter(hi, lo);
    }
    return points_between(state, lo, hi, scale == LOG);
}

static void check_range(const range *r, int points)
{
    const calc_fn *fn = points_find(r->name);
    uint64_t state = 1;
    double worst = 0, at = 0, at2 = 0;
    for (int i = 0; i < points; i++) {
        double x = point_of(&state, i, r->lo, r->hi, r->scale);
        double y = point_of(&state, i, r->lo2, r->hi2, r->scale2);
        double error = points_error(points_call(fn, x, y), points_quad(fn, x, y), fn->floor);
        if (error > worst)
            worst = error, at = x, at2 = y;
    }
    cr_log_info("%s [%g, %g]: %.3f ulp of %g", r->name, r->lo, r->hi, worst, fn->ulp);
    cr_expect(worst <= fn->ulp, "%s(%a, %a) = %a, exact %.17g: %.2f ulp, promised %.2f", r->name,
              at, at2, points_call(fn, at, at2), (double)points_quad(fn, at, at2), worst, fn->ulp);
}

static void check_family(const range *rows, int count)
{
    const char *set = getenv("MLEC_TEST_POINTS");
    int points = set ? atoi(set) : 20000;
    for (int i = 0; i < count; i++)
        check_range(&rows[i], points / ranges_of(rows[i].name));
}

Test(calc_accuracy, exp_family) { check_family(exp_family, COUNT(exp_family)); }
Test(calc_accuracy, trig_family) { check_family(trig_family, COUNT(trig_family)); }
Test(calc_accuracy, normal_family) { check_family(normal_family, COUNT(normal_family)); }
Test(calc_accuracy, gamma_family) { check_family(gamma_family, COUNT(gamma_family)); }
Test(calc_accuracy, bessel_family) { check_family(bessel_family, COUNT(bessel_family)); }

Test(calc_accuracy, every_function_has_a_range)
{
    int count;
    const calc_fn *table = calc_table(&count);
    for (int i = 0; i < count; i++)
        cr_expect(ranges_of(table[i].name) > 0, "no range for %s", table[i].name);
}

/* The doubles nearest to multiples of pi/2, where reduction of the argument cancels most. */
Test(calc_accuracy, next_to_multiples_of_half_pi)
{
    static const char *const names[] = {"sin", "cos", "tan"};
    const quad half_pi = QUAD_C(1.57079632679489661923132169163975144);
    uint64_t state = 2;
    for (int i = 0; i < 20000; i++) {
        double n = floor(points_between(&state, 1, 6e8, i % 2));
        double x = (double)(n * half_pi);
        for (int j = 0; j < COUNT(names); j++) {
            const calc_fn *fn = points_find(names[j]);
            double error = points_error(fn->f1(x), points_quad(fn, x, 0), 0);
            cr_assert(error <= fn->ulp, "%s(%a): %.2f ulp", names[j], x, error);
        }
    }
}

/* The negative binomial needs this difference where both terms are of size 1e11. */
Test(calc_accuracy, gamma_ratios_of_large_arguments)
{
    for (double a = 10; a < 1e18; a *= 1.37) {
        for (double k = 1; k < 1e4; k = floor(k * 1.9) + 1) {
            double error = points_error(calc_lgamma_ratio(a, k), quad_lgamma_ratio(a, k), 0);
            cr_assert(error <= 4, "lgamma_ratio(%a, %a): %.2f ulp", a, k, error);
            error = points_error(calc_digamma_ratio(a, k), quad_digamma_ratio(a, k), 0);
            cr_assert(error <= 4, "digamma_ratio(%a, %a): %.2f ulp", a, k, error);
            error = points_error(calc_trigamma_ratio(a, k), quad_trigamma_ratio(a, k), 0);
            cr_assert(error <= 4, "trigamma_ratio(%a, %a): %.2f ulp", a, k, error);
        }
    }
}
