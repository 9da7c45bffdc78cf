/* Parameters at the bounds of their types.
 *
 * In free coordinates a bound is at infinity: an optimum there shows as a coordinate that runs off
 * while the decrement shrinks by a constant factor. */
#ifndef RUNTIME_FIT_BOUNDS_H
#define RUNTIME_FIT_BOUNDS_H

#include "runtime/fit/fit.h"

/* Looks for elements that approach a bound and, where the objective exists on the bound and is no
 * worse there, holds them on it (f->state, f->theta). True when any was newly held: the others are
 * to be fitted again. */
bool bounds_hold(fit_state *f);
/* After recession_find: when all that runs away runs to a finite bound, the limit is a maximum on
 * the boundary, though the objective is not defined there (0 log 0). Holds those elements where
 * they are: the others are to be fitted again. */
bool bounds_hold_limits(fit_state *f);
/* The bound of a held element. */
double bounds_value(const fit_state *f, size_t i);
/* Releases held elements where moving inside improves. True: fit again, from f->theta. */
bool bounds_release(fit_state *f);
/* Elements so near a finite bound, by the measure of where they started, that only a likelihood
 * without limit explains it: marks f->infinite and f->unbounded, and says whether any. */
bool bounds_unbounded(fit_state *f, double share);
/* As shares: where the fit did not converge; and where it did, but what is left is the rounding of
 * the data. */
#define BOUNDS_COLLAPSED 1e-9
#define BOUNDS_NOTHING   4e-15
/* Says which elements are at a bound. */
void bounds_report(fit_state *f);

#endif
