/* Start values where the model declares none. */
#ifndef RUNTIME_FIT_START_H
#define RUNTIME_FIT_START_H

#include "runtime/fit/newton.h"
#include "runtime/fit/space.h"

/* Fills theta[n_theta]. Declared starts are kept exactly; the others are found by scans and a few
 * Newton steps. `state` are the states of the fit (FREE, FIXED). False: no point was found where
 * the objective is finite; theta is then the point to blame. Lays out the space anew.
 * size[n_theta]: an ordinary size for the distance of each bounded element from its bound, as seen
 * before any mean was fitted: a scale that ends far below it has nothing left to measure.
 * *iterations: steps of Newton's method on the way. */
bool start_find(fit_space *s, newton *w, const transform_state *state, double *theta, double *size,
                int *iterations);

/* Another start for a fit that led to nothing: from theta, each real element that is not 0 is
 * varied by powers of ten and in sign, declared or not, as long as the objective improves. False:
 * nothing better. */
bool start_vary(fit_space *s, newton *w, const transform_state *state, double *theta);

/* Like start_find, but real parameters move one at a time, with scales scanned after each: a shape
 * that moves together with a location may make up for a scale that is still wrong. */
bool start_alternate(fit_space *s, newton *w, const transform_state *state, double *theta);

/* Start number k = 0, 1 ... for the components of a mixture, from a maximum theta[n_theta], which
 * becomes it: weights, scales and ordered locations are made more alike or less, regressions turned
 * a little; then locations are put on quantiles of the outcome. False: there is nothing to move. */
bool start_components(fit_space *s, const transform_state *state, unsigned k, double *theta);

/* Start number k = 0, 1 ... about theta[n_theta], which becomes it: free coordinates moved at
 * random, but the same for the same k, by up to two standard deviations of a single row's
 * information about them; then scales are scanned. False: the objective is not finite there. */
bool start_perturb(fit_space *s, newton *w, const transform_state *state, unsigned k,
                   double *theta);

#endif
