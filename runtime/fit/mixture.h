/* What is to be said of a mixture: other maxima, and a likelihood without limit. */
#ifndef RUNTIME_FIT_MIXTURE_H
#define RUNTIME_FIT_MIXTURE_H

#include "runtime/fit/fit.h"

/* After a fit. Nothing is said where no statement is a mixture, or where the fit failed. */
void mixture_report(fit_state *f);

#endif
