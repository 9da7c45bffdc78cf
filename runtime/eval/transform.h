/* Declared types and the unconstrained coordinates in which the optimizer moves.
 *
 * A transform maps free coordinates phi, any real numbers, to one *vector* of a parameter on its
 * natural scale: a single element of a real, positive, unit or interval parameter, or all elements
 * of one ordered or simplex vector. Each element has a state; elements that are not free take no
 * coordinate. No Jacobian enters any objective: only the point is transformed.
 *
 * Two families serve as checks of each other; optima and standard errors do not depend on them.
 *
 *                 MLEC_TRANSFORM_LOG                      MLEC_TRANSFORM_SOFTPLUS
 *   lower lo      lo + exp(phi)                           lo + log(1 + exp(phi))
 *   upper hi      hi - exp(phi)                           hi - log(1 + exp(phi))
 *   interval      lo + (hi - lo) inv_logit(phi)           lo + (hi - lo) Phi(phi)
 *   ordered       first = phi, increments exp             first = phi, increments softplus
 *   simplex       stick-breaking, 0 is the centre         softmax with 0 for the last
 */
#ifndef RUNTIME_EVAL_TRANSFORM_H
#define RUNTIME_EVAL_TRANSFORM_H

#include "runtime/eval/eval.h"

/* Of one element. An ordered element AT_LOWER equals the one before it; a simplex element AT_LOWER
 * is 0. FIXED elements keep the value that they have. */
typedef enum {
    TRANSFORM_FREE,
    TRANSFORM_FIXED,
    TRANSFORM_AT_LOWER,
    TRANSFORM_AT_UPPER
} transform_state;

typedef struct {
    mlec_type type;
    mlec_transform_family family;
    double lower, upper;
    uint32_t width; /* elements of one vector */
} transform;

/* A parameter has count / width vectors. */
transform transform_of(const eval_parameter *p, mlec_transform_family family);
/* Whether the free coordinates are the natural ones. */
bool transform_is_identity(const transform *t);

/* Free coordinates of one vector; state[width] throughout. */
size_t transform_dims(const transform *t, const transform_state *state);
/* Whether the states can be had: an ordered vector with two fixed elements cannot have a free one.
 */
bool transform_can(const transform *t, const transform_state *state);

/* phi[dims] -> theta[width]. Elements at a bound are set to it; fixed ones are read. */
void transform_to_natural(const transform *t, const transform_state *state, const double *phi,
                          double *theta);
/* theta[width] -> phi[dims]. A value on its bound or beyond gives the nearest one inside. */
void transform_to_free(const transform *t, const transform_state *state, const double *theta,
                       double *phi);

/* jacobian[width * dims], column-major: d theta / d phi at phi, where theta is its image. */
void transform_jacobian(const transform *t, const transform_state *state, const double *phi,
                        const double *theta, double *jacobian);
/* curvature[dims * dims] += sum_k gradient[k] * d2 theta[k] / d phi d phi'. */
void transform_add_curvature(const transform *t, const transform_state *state, const double *phi,
                             const double *theta, const double *gradient, double *curvature);

/* Distance of element k from the nearest bound it could reach: of a simplex itself, between two
 * bounds as a share of their distance, else in units of `scale`; `at` says which bound. Infinity
 * where there is none. */
double transform_bound_distance(const transform *t, const double *theta, uint32_t k, double scale,
                                transform_state *at);

/* The standard normal quantile: Phi(x) = p. */
double transform_normal_quantile(double p);

#endif
