/* Convex quadratic programs with edges.
 *
 *   minimise  g'd + d'Md/2 + sum over kinks of weight (|u + a'd| - |u|),   M positive definite,
 *   subject to  u + a'd >= 0 for bounds,  u + a'd = 0 for equalities.
 *
 * An edge is where an affine function u + a'd is zero. Lasso and least absolute deviations are
 * programs of kinks, inequality constraints are bounds: one method serves them all. */
#ifndef RUNTIME_ALGEBRA_EDGES_H
#define RUNTIME_ALGEBRA_EDGES_H

#include "base/alloc.h"

typedef enum { EDGE_KINK, EDGE_BOUND, EDGE_EQUALITY } edge_kind;

typedef struct {
    edge_kind kind;
    double value;          /* u */
    double weight;         /* KINK: > 0 */
    uint32_t first, count; /* of its terms */
    int side;              /* KINK, not held: the sign of its slope; in: of a u that is 0 */
    bool held;             /* u + a'd is 0; in: start with it held, when u is 0 */
    double force;          /* out, held: the smooth part's gradient is the sum of force * a */
} edge;

typedef struct {
    size_t n, n_edges;
    double *m; /* n * n, symmetric, both triangles */
    double *g; /* n */
    edge *edges;
    const uint32_t
        *index; /* of the terms: a[index] = coefficient, not 0; distinct within an edge */
    const double *coefficient;
    double *step;    /* out: d[n] */
    double decrease; /* out: of the objective, >= 0 */
    /* workspace */
    double *along, *gradient, *reduced, *small, *factor, *null, *rotated;
    uint32_t *open, *position, *general;
    void *breaks;
} edge_program;

/* Workspace for up to n unknowns and n_edges edges; m, g, edges and step come with it. */
edge_program *edge_program_new(arena *a, size_t n, size_t n_edges);
/* False: M is not positive definite on some face, or there was no end; the step is then as far as
 * it came, and no worse than none. Values of bounds below 0, and all of equalities, count as 0. */
bool edge_program_solve(edge_program *p);
/* a'd of edge e. */
double edge_along(const edge_program *p, const edge *e, const double *d);

#endif
