/* The way to a maximum, made on some of the rows: the optimum over a few of them, then over eight
 * times as many, and so on, is a start for all. See eval_thin. */
#ifndef RUNTIME_FIT_FEW_H
#define RUNTIME_FIT_FEW_H

#include "runtime/fit/fit.h"

/* f->theta becomes the optimum over some of the rows, f->start and f->size what they are by
 * start_find there. False: there are not so many rows that it pays, or no maximum was found; then
 * they mean nothing. */
bool few_start(fit_state *f);

/* The largest of the thinner problems, or NULL. */
mlec_problem *few_rows(const fit_state *f);
/* f with such a problem; it shares the arrays of f, theta among them. */
fit_state few_state(fit_state *f, mlec_problem *few);
/* Whether a climb has ended at a regular maximum. */
bool few_at_maximum(const fit_state *f);

#endif
