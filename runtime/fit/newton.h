/* Trust-region Newton: minimises a twice differentiable function of n free coordinates.
 *
 * It knows nothing of models. A workspace is made once; runs allocate nothing. The objective is
 * asked for value, gradient and Hessian together; where it is not finite the step is shortened, so
 * it may be undefined in parts of the space, but not at the start. */
#ifndef RUNTIME_FIT_NEWTON_H
#define RUNTIME_FIT_NEWTON_H

#include "base/alloc.h"

typedef struct {
    size_t n;
    /* f[1], g[n], h[n * n] (symmetric, both triangles) at x. False: not defined at x. */
    bool (*eval)(void *user, const double *x, double *f, double *g, double *h);
    /* Called after each accepted step, or NULL; false stops the run. */
    bool (*watch)(void *user, int iteration, double f, double decrement);
    void *user;
    const double *step_limit; /* n: largest change of a coordinate in one step, or NULL */
    const double *range;      /* n: distance from the start that counts as running away, or NULL */
} newton_objective;

typedef struct {
    int max_iterations;
    double tolerance; /* of the decrement: 1e-10 */
    bool polish;      /* go on with full steps until none improves */
} newton_options;

typedef enum {
    NEWTON_CERTIFIED, /* Hessian positive definite and decrement below the tolerance, or at the
                         noise level of the gradient */
    NEWTON_LINEAR,    /* the same, but steps shrink by a constant factor or not at all: a point at
                         infinity, at a bound, or where the curvature vanishes */
    NEWTON_SINGULAR,  /* the same along all directions but some without slope and curvature */
    NEWTON_RUNAWAY,   /* a coordinate left its range */
    NEWTON_STALLED,   /* no shorter step improves, but there is no certificate */
    NEWTON_LIMIT,     /* max_iterations */
    NEWTON_STOPPED,   /* by watch */
    NEWTON_UNDEFINED  /* not finite at the start */
} newton_status;

typedef struct {
    newton_status status;
    int iterations;
    double f, decrement;
    bool indefinite; /* on the way the Hessian was not positive definite somewhere */
    size_t n_null;   /* SINGULAR: null directions */
} newton_result;

typedef struct newton newton;

newton *newton_new(arena *a, size_t capacity);
/* From x[n], which becomes the best point found. */
newton_result newton_run(newton *w, const newton_objective *objective,
                         const newton_options *options, double *x);

/* At the point where the last run ended; owned by the workspace. */
const double *newton_gradient(const newton *w);
const double *newton_hessian(const newton *w);
/* The last `newton_trail_length` <= 3 points before the final one, the latest first. */
size_t newton_trail_length(const newton *w);
const double *newton_trail(const newton *w, size_t back);
/* SINGULAR: null direction number i < n_null in the coordinates of x (not normalised). */
void newton_null_direction(const newton *w, size_t i, double *direction);

#endif
