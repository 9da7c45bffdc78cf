/* One search for a maximum, from a point to a verdict; and searches from elsewhere. */
#ifndef RUNTIME_FIT_SEARCH_H
#define RUNTIME_FIT_SEARCH_H

#include "runtime/fit/fit.h"

/* Newton's method from f->theta, and where that met negative curvature or ended without a
 * certificate, scoring; f->last says how it ended. No verdict. */
void search_climb(fit_state *f);
/* From f->theta to a verdict. False: the objective is not defined there. */
bool search_run(fit_state *f);
/* A maximum, inside or at bounds. */
bool search_ended_well(const fit_state *f);
/* Nothing is held, nothing is known. */
void search_reset(fit_state *f);
/* A copy whose arrays the next search does not overwrite; and back, but for the layout of the
 * space, which the caller makes anew. */
fit_state search_keep(const fit_state *f);
void search_restore(fit_state *f, const fit_state *k);
/* After a search that ended flat, at infinity or nowhere: other starts about f->start. */
void search_elsewhere(fit_state *f);
/* Whether an element is held at a bound or next to one. */
bool search_holds(const fit_state *f);

#endif
