/* The last digits of an ill-conditioned fit, in quadruple precision. */
#ifndef RUNTIME_FIT_REFINE_H
#define RUNTIME_FIT_REFINE_H

#include "runtime/fit/fit.h"

/* At a certified maximum whose information is ill-conditioned, and where it is cheap: Newton steps
 * with the exact gradient and Hessian until they no longer move theta. Sets f->theta, f->decrement,
 * f->log_likelihood, f->log_prior and f->exact_covariance (n_theta^2, natural scale, zero rows for
 * held elements). Otherwise leaves everything as it is. */
void refine_run(fit_state *f);

#endif
