/* Covariance of the estimates at the end of a fit. */
#ifndef RUNTIME_INFER_COVARIANCE_H
#define RUNTIME_INFER_COVARIANCE_H

#include "runtime/fit/fit.h"

/* With more elements than this and a block among them there are variances alone. */
enum { COVARIANCE_MOST = 3000 };

typedef struct {
    double *variance; /* n_theta */
    double
        *matrix; /* n_theta squared, natural scale; zero rows for elements that are held; or NULL */
    bool *has;   /* n_theta: the element has a standard error */
    bool any;
} covariance;

/* Whether standard errors are robust: asked for, by clusters, or by sampling weights. */
bool covariance_is_robust(const fit_state *f);

/* From the observed information, or the expected one where options.vcov asks for it; robust ones
 * from the observed information and the scores of the rows. Elements that
 * are fixed, at a bound, at infinity or not identified have none; the others hold them fixed. */
covariance covariance_compute(fit_state *f);

/* Variance of a quantity with derivatives slope[n_theta * stride], element i at slope[i * stride].
 * NaN when it depends on something that has no variance. */
double covariance_of_derived(const fit_state *f, const covariance *c, const double *slope,
                             size_t stride);

#endif
