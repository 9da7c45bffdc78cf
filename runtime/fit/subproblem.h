/* The trust-region step: minimise g's + s'Bs/2 subject to |s| <= radius, in scaled coordinates.
 *
 * `subproblem_factor` looks at B once; `subproblem_step` may then be asked for several radii. */
#ifndef RUNTIME_FIT_SUBPROBLEM_H
#define RUNTIME_FIT_SUBPROBLEM_H

#include "base/alloc.h"

typedef struct {
    size_t capacity, n;
    double *b;      /* n * n: the matrix */
    double *factor; /* Cholesky factor, or eigenvectors */
    double *trial;  /* Cholesky factor of B + shift */
    double *g;      /* n: the gradient */
    double *values; /* n: eigenvalues, ascending */
    double *along;  /* n: the gradient along the eigenvectors */
    double *newton; /* n: the unconstrained step, when there is one */
    double *work;
    int *integers;
    bool positive;      /* B is safely positive definite; then `factor` is its Cholesky factor */
    bool convex;        /* no curvature is negative beyond rounding */
    bool has_newton;    /* an unconstrained minimum exists (along null directions: none moves) */
    double flat, level; /* what counts as zero: share of the largest curvature, slope in errors */
    size_t n_null;      /* directions without curvature and without slope, to rounding */
    double decrement;   /* of the unconstrained step: g'B^-1 g / 2 */
    double newton_length;
} subproblem;

void subproblem_init(subproblem *s, arena *a, size_t capacity);
/* Reads s->b (lower triangle) and s->g, both scaled to a diagonal of about 1. False when they are
 * not finite. */
bool subproblem_factor(subproblem *s, size_t n);
/* The same once more with eigenvectors, and wider tolerances for what is a null direction:
 * curvature below `tolerance` of the largest, slope below `tolerance` standard errors. */
bool subproblem_loosen(subproblem *s, double tolerance);
/* step[n], and the decrease that the model predicts (> 0 unless g = 0 and B is convex). */
double subproblem_step(subproblem *s, double radius, double *step);
/* Whether eigenvector number i is a null direction; false when B is positive. */
bool subproblem_is_null(const subproblem *s, size_t i);

#endif
