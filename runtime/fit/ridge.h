/* Ridges that pass for maxima: directions whose small curvature is rounding. */
#ifndef RUNTIME_FIT_RIDGE_H
#define RUNTIME_FIT_RIDGE_H

#include "runtime/fit/fit.h"

/* After a run that ended CERTIFIED. True: some directions carry no information; f->n_null and
 * f->null are filled. Costs nothing but a factorisation where the information is well conditioned.
 */
bool ridge_check(fit_state *f);

#endif
