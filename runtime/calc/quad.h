/* The functions of vmath.def in quadruple precision: the oracle that tests and audits hold the
 * double functions against, and the arithmetic of the graph interpreter in quad.
 *
 * quad_<name> has the domain and the edges of calc_<name>, except that sin, cos and tan have no
 * limit and that nothing is flushed. Relative error about 1e-31; next to a zero absolute, except
 * for log1p_m, inv_Phi and the _ratio functions, which keep relative accuracy. They use formulas
 * other than those of vmath, and take microseconds. Pure and thread-safe.
 *
 * Where long double is the quadruple format (aarch64) it and libm serve, elsewhere __float128 and
 * libquadmath. */
#ifndef MLEC_RUNTIME_CALC_QUAD_H
#define MLEC_RUNTIME_CALC_QUAD_H

#include <float.h>

#if LDBL_MANT_DIG == 113
typedef long double quad;
#define QUAD_C(x)          x##L
#define QUAD_LIBRARY(name) name##l
#else
typedef __float128 quad;
#define QUAD_C(x)          x##Q
#define QUAD_LIBRARY(name) name##q
#endif

#define VMATH1(name, ulp, floor) quad quad_##name(quad x);
#define VMATH2(name, ulp, floor) quad quad_##name(quad x, quad y);
#include "runtime/calc/vmath.def"

/* One function, for look-up by name. Only the pointer of its own arity is set. */
typedef struct quad_fn {
    const char *name;
    int arity;
    quad (*f1)(quad x);
    quad (*f2)(quad x, quad y);
} quad_fn;

/* The row of that name, or NULL. */
const quad_fn *quad_find(const char *name);

#endif
