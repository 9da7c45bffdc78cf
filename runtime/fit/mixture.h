/* Mixtures, whose likelihood has several maxima as a rule, and often no limit. */
#ifndef RUNTIME_FIT_MIXTURE_H
#define RUNTIME_FIT_MIXTURE_H

#include "runtime/fit/fit.h"

/* From the maximum that was found the components are moved together and apart, and the best maximum
 * is kept. Nothing is done where no statement is a mixture. */
void mixture_search(fit_state *f);
/* After a fit. Nothing is said where no statement is a mixture, or where the fit failed. */
void mixture_report(fit_state *f);

#endif
