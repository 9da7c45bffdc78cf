/* The scalar and the vector instance of vmath.inc give the same bits. */
#include "tests/unit/calc/points.h"

#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

enum { N = 4096 };

/* Bits drawn at random (any exponent, infinities, NaN), ordinary numbers and edges. */
static double draw(uint64_t *state, int i)
{
    static const double edges[] = {0,         -0.0, 1,      -1,     0.5,   3,    0.75,  INFINITY,
                                   -INFINITY, NAN,  5e-324, 1e-310, 1e308, -745, 709.7, 1e9};
    double x;
    uint64_t bits = points_bits(state);
    memcpy(&x, &bits, sizeof x);
    switch (i % 4) {
    case 0: return x;
    case 1: return points_between(state, -40, 40, 0);
    case 2: return points_between(state, 1e-12, 1e12, 1);
    default: return i / 4 < 16 ? edges[i / 4] : points_uniform(state);
    }
}

/* The bits of a NaN depend on the order of operands, which a compiler may change. */
static int same_bits(double a, double b)
{
    return memcmp(&a, &b, sizeof a) == 0 || (isnan(a) && isnan(b));
}

Test(calc_lanes, same_bits_as_scalar)
{
    static double x[N], y[N], out[N];
    uint64_t state = 3;
    for (int i = 0; i < N; i++) {
        x[i] = draw(&state, i);
        /* The second argument meets every kind of the first. */
        y[i] = draw(&state, i / 4 + i);
    }
    int count;
    const calc_fn *table = calc_table(&count);
    for (int i = 0; i < count; i++) {
        const calc_fn *fn = &table[i];
        if (fn->arity == 1)
            fn->v1(x, out, N);
        else
            fn->v2(x, y, out, N);
        for (int j = 0; j < N; j++) {
            double want = points_call(fn, x[j], y[j]);
            cr_assert(same_bits(out[j], want), "%s(%a, %a): %a in a vector, %a alone", fn->name,
                      x[j], y[j], out[j], want);
        }
    }
}

Test(calc_lanes, output_may_be_an_input)
{
    double x[8] = {1, 2, 3, 4, 5, 6, 7, 8}, y[8] = {2, 2, 2, 2, 0.5, 0.5, 0.5, 0.5};
    calc_v8_log(x, x, 8);
    cr_expect(x[2] == calc_log(3));
    calc_v8_pow(x, y, y, 8);
    cr_expect(y[2] == calc_pow(calc_log(3), 2));
}
