/* Directions without information: which parameters they are about, and which combinations are
 * identified nevertheless. */
#ifndef RUNTIME_FIT_FLAT_H
#define RUNTIME_FIT_FLAT_H

#include "runtime/fit/fit.h"

/* After a run that ended SINGULAR: follows the null directions. True: the objective improves along
 * one, f->theta is there, and the fit goes on. False: fills f->n_null and f->null. */
bool flat_explore(fit_state *f);
/* Fills f->n_null and f->null from k directions in free coordinates at f->x: directions[n * k];
 * 1 / scale[n] is a standard error of each coordinate when the others are known. */
void flat_set(fit_state *f, size_t k, const double *directions, const double *scale);
/* Reports f->null as named combinations. */
void flat_report(fit_state *f);

/* Makes `basis` (n * k, column-major) a basis of the same space with many zeros: reduced echelon
 * form by complete pivoting, each vector with largest element 1, small noise removed. Returns the
 * rank. */
size_t flat_sparsify(size_t n, size_t k, double *basis);

#endif
