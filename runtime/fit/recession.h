/* Maxima at infinity: directions along which the likelihood rises for ever. */
#ifndef RUNTIME_FIT_RECESSION_H
#define RUNTIME_FIT_RECESSION_H

#include "runtime/fit/fit.h"

/* After a run whose steps did not shrink: finds the parameters that keep moving, and proves by
 * values far out that the objective never turns. Marks f->infinite. False: nothing of the kind. */
bool recession_find(fit_state *f);
/* Says who goes where, and for models of classes that the data are separated. */
void recession_report(fit_state *f);

#endif
