/* Elementwise functions on doubles: the scalar and the eight-lane instance of vmath.inc.
 *
 * Each row of vmath.def is a function calc_<name>(x) or calc_<name>(x, y), pure and thread-safe,
 * whose domain, edges and error bound stand in vmath.inc and vmath.def. calc_v8_<name> applies it
 * to arrays of n numbers, n a multiple of 8; the result has the same bits. `out` may be an input.
 */
#ifndef MLEC_RUNTIME_CALC_CALC_H
#define MLEC_RUNTIME_CALC_CALC_H

#define VMATH1(name, ulp, floor)                                                                   \
    double calc_##name(double x);                                                                  \
    void calc_v8_##name(const double *x, double *out, long n);
#define VMATH2(name, ulp, floor)                                                                   \
    double calc_##name(double x, double y);                                                        \
    void calc_v8_##name(const double *x, const double *y, double *out, long n);
#include "runtime/calc/vmath.def"

/* One row of the table, for look-up by name. Only the pointers of its own arity are set. */
typedef struct calc_fn {
    const char *name;
    int arity;
    double ulp; /* |error| <= ulp * 2^-52 * max(|exact|, floor) */
    double floor;
    double (*f1)(double x);
    double (*f2)(double x, double y);
    void (*v1)(const double *x, double *out, long n);
    void (*v2)(const double *x, const double *y, double *out, long n);
} calc_fn;

/* The whole table, in the order of vmath.def; *count receives its length. */
const calc_fn *calc_table(int *count);

/* The row of that name, or NULL. */
const calc_fn *calc_find(const char *name);

#endif
