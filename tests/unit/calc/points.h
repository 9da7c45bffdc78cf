/* What the tests of runtime/calc share: calls by name, errors in units of the last place, points.
 */
#ifndef MLEC_TESTS_UNIT_CALC_POINTS_H
#define MLEC_TESTS_UNIT_CALC_POINTS_H

#include "runtime/calc/calc.h"
#include "runtime/calc/quad.h"

#include <stdint.h>

/* The row of a function that must exist. */
const calc_fn *points_find(const char *name);

/* The function at (x) or (x, y), by its arity. */
double points_call(const calc_fn *fn, double x, double y);
quad points_quad(const calc_fn *fn, double x, double y);

/* |got - exact| in units of the last place of max(|exact|, floor). 0 where both overflow, or where
 * the exact number is subnormal and the computed one is too or is 0; infinite where one is NaN. */
double points_error(double got, quad exact, double floor);

/* Random numbers: SplitMix64. */
uint64_t points_bits(uint64_t *state);
double points_uniform(uint64_t *state); /* in [0, 1) */

/* A number between lo and hi, on a linear scale or, for lo > 0, a logarithmic one. */
double points_between(uint64_t *state, double lo, double hi, int logarithmic);

#endif
