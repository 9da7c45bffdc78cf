/* Distribution functions that have no closed form, with first and second derivatives in all
 * arguments, shapes included: the rows of jet.def.
 *
 * A jet holds the value, the n first derivatives, then the second ones in the order 11, 12, ...,
 * 22, ...: calc_jet_length(n) numbers in all. Values are logarithms of the probability itself in
 * both tails, never of 1 minus the other one. Relative error of all numbers about 1e-13 for shapes
 * between 1e-3 and 1e6, away from their zeros. Outside the domain, and for NaN, every number is
 * NaN. Pure and thread-safe. */
#ifndef MLEC_RUNTIME_CALC_JET_H
#define MLEC_RUNTIME_CALC_JET_H

#include "runtime/calc/quad.h"

#include <mlec.h>

enum { JET_MOST_ARGUMENTS = 3, JET_MOST = 10, JET_LANES = 8 };

typedef enum {
#define JET(name, arity) JET_##name,
#include "runtime/calc/jet.def"
    JET_COUNT
} jet_family;

/* Numbers in a jet of n arguments: 1 + n + n(n + 1)/2. */
static inline int calc_jet_length(int n) { return 1 + n + n * (n + 1) / 2; }

/* calc_jet_<name>(x, out): the jet at the arguments x[0], x[1], ...; quad_jet_<name> the same by
 * another method, to about 1e-28.
 *
 * mlec_jet_<name>(x, out): eight at a time. x[8 k + i] is argument k of lane i, out[8 k + i] number
 * k of its jet. Compiled models call it; an object of `mlec build` finds it in libmlec_rt. */
#define JET(name, arity)                                                                           \
    void calc_jet_##name(const double *x, double *out);                                            \
    void quad_jet_##name(const quad *x, quad *out);                                                \
    MLEC_API void mlec_jet_##name(const double *x, double *out);
#include "runtime/calc/jet.def"

/* One family. */
typedef struct {
    const char *name;
    int arity;
    void (*jet)(const double *x, double *out);
    void (*quad)(const quad *x, quad *out);
    void (*lanes)(const double *x, double *out);
} jet_fn;
extern const jet_fn calc_jets[JET_COUNT]; /* in the order of jet.def */

#endif
