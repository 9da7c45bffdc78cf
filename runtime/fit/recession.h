/* Maxima at infinity: directions along which the likelihood rises for ever. */
#ifndef RUNTIME_FIT_RECESSION_H
#define RUNTIME_FIT_RECESSION_H

#include "runtime/fit/fit.h"

/* After a run whose steps did not shrink: finds the parameters that keep moving, and proves by
 * values far out that the objective never turns. Marks f->infinite. False: nothing of the kind. */
bool recession_find(fit_state *f);
/* After flat_explore: a null direction that is flat one way only, or the steps before it. */
bool recession_from_null(fit_state *f);
/* At a point that looks like a maximum: an element with one bound whose logarithm the data do not
 * determine at all, and which may grow for ever without loss. */
bool recession_of_scale(fit_state *f);
/* Elements of the block, such as levels with one outcome alone, that run off by themselves. */
bool recession_of_block(fit_state *f);
/* Outcomes of classes that are all predicted with certainty, which no finite parameters do. */
bool recession_of_certainty(fit_state *f);
/* Says who goes where, and for models of classes that the data are separated. */
void recession_report(fit_state *f);

#endif
