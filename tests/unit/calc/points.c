#include "tests/unit/calc/points.h"

#include <criterion/criterion.h>
#include <float.h>
#include <math.h>

const calc_fn *points_find(const char *name)
{
    const calc_fn *fn = calc_find(name);
    cr_assert_not_null(fn, "no function %s", name);
    return fn;
}

double points_call(const calc_fn *fn, double x, double y)
{
    return fn->arity == 1 ? fn->f1(x) : fn->f2(x, y);
}

quad points_quad(const calc_fn *fn, double x, double y)
{
    const quad_fn *q = quad_find(fn->name);
    return fn->arity == 1 ? q->f1(x) : q->f2(x, y);
}

double points_error(double got, quad exact, double floor)
{
    quad size = exact < 0 ? -exact : exact;
    if (isnan(got) || exact != exact)
        return isnan(got) && exact != exact ? 0 : INFINITY;
    /* pow may overflow 1e-13 early, see exp_pair. */
    if (size >= DBL_MAX * (1 - 0x1p-42) && isinf(got))
        return (got > 0) == (exact > 0) ? 0 : INFINITY;
    if (isinf(got))
        return INFINITY;
    if (size < DBL_MIN && fabs(got) <= DBL_MIN)
        return 0;
    int e;
    frexp(fmax((double)size, fmax(floor, DBL_MIN)), &e);
    quad difference = got - exact;
    return (double)((difference < 0 ? -difference : difference) / ldexp(1, e - 53));
}

uint64_t points_bits(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

double points_uniform(uint64_t *state) { return (double)(points_bits(state) >> 11) * 0x1p-53; }

double points_between(uint64_t *state, double lo, double hi, int logarithmic)
{
    double u = points_uniform(state);
    if (logarithmic)
        return fmin(fmax(exp2(log2(lo) + u * (log2(hi) - log2(lo))), lo), hi);
    return lo + u * (hi - lo);
}
