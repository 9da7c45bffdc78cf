/* The profile objective: the block of eval_info maximised over, for given other elements.
 *
 * The block's elements never meet in one row, so each is a problem in one variable, and together
 * they are a Newton iteration on vectors. With D = -diagonal, C = -cross and B = -core of the
 * Hessian, the profile's Hessian is -(B - C'D^-1 C), the Schur complement (Seber & Wild 1989,
 * Nonlinear Regression, 2.2.3); its inverse is the covariance of the other elements. */
#ifndef RUNTIME_FIT_PROFILE_H
#define RUNTIME_FIT_PROFILE_H

#include "runtime/eval/eval.h"
#include "runtime/eval/transform.h"

#include "base/alloc.h"

typedef struct profile profile;

/* NULL when the problem has no block. */
profile *profile_new(arena *a, mlec_problem *p);
/* Elements outside the block are numbered in their order. */
size_t profile_outside(const profile *p, size_t element);
bool profile_has(const profile *p, size_t element);
size_t profile_size(const profile *p); /* how many are outside */

/* The maximum over the elements of the block whose state is free, the others as in work[n_theta],
 * which receives them. out->gradient[n_theta] and hessian[size * size] (both may be NULL) are those
 * of the profile objective, the gradient 0 in the block. False: no maximum was found. */
bool profile_eval(profile *p, const transform_state *state, double *work, eval_output *out,
                  double *hessian);
/* Which elements of the block run off to infinity at the latest point: one Newton step follows
 * another without getting shorter. out[count]: the sign of the way, or 0. Returns how many. */
size_t profile_runaway(profile *p, const transform_state *state, const double *work, int8_t *out);

/* Variances and covariances at work, from `core`, the covariance of the elements outside:
 * variance[n_theta]; matrix[n_theta * n_theta], or NULL. Elements of the block that are not free,
 * or infinite, have zeros. */
void profile_covariance(profile *p, const transform_state *state, const bool *infinite,
                        const double *work, const double *core, double *variance, double *matrix);
/* Variance of slope'theta, element i at slope[i * stride], after profile_covariance. */
double profile_variance_of(const profile *p, const double *slope, size_t stride);

#endif
