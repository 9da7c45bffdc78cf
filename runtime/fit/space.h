/* The free coordinates of a fit: what Newton's method sees of a problem.
 *
 * Every element of theta has a state. Free elements of real parameters are represented by their
 * `work` coordinates (eval.h), in which designs are well conditioned; free elements of the other
 * types by the unconstrained coordinates of transform.h. Fixed elements, and those held at a bound,
 * have no coordinate. The objective is minus the log-likelihood (plus log-prior); where constraints
 * are not met it is not defined.
 *
 * The free elements of a block (eval.h) have no coordinate either: for every x they are where the
 * objective is largest, so what is minimised is the profile objective (profile.h).
 *
 * Ties hold affine functions of straight parameters (eval.h) at zero: constraints that are active,
 * kinks on which the optimum lies. Each takes one coordinate away, which then follows the others.
 */
#ifndef RUNTIME_FIT_SPACE_H
#define RUNTIME_FIT_SPACE_H

#include "runtime/eval/transform.h"
#include "runtime/fit/profile.h"

/* A few elements of theta and the coordinates that make them. */
typedef struct {
    enum { SPACE_WORK, SPACE_VECTOR, SPACE_GROUP } kind;
    const uint32_t *index; /* its elements */
    uint32_t width;
    size_t x, dims;       /* its coordinates: x .. x + dims */
    const transform *map; /* VECTOR */
    double *jacobian;     /* VECTOR, GROUP: width * dims */
    double *offset;       /* GROUP: what its fixed elements add */
    double *triangle;     /* GROUP: dims * dims, x = triangle * free elements */
} space_block;

/* row'work + constant = 0. */
typedef struct {
    const double *row; /* n_theta */
    double constant;
    int64_t element; /* when it says that one element has one value: the element; else -1 */
    double value;
} space_tie;

/* A constraint in work coordinates. */
typedef struct {
    uint32_t n;
    const uint32_t *index;
    const double *coefficient;
    double constant;
    bool equality;
} space_guard;

typedef struct {
    mlec_problem *problem;
    const eval_info *info;
    arena *arena;
    mlec_transform_family family;
    transform *transforms;  /* of each parameter */
    uint32_t *owner;        /* of each element: its parameter */
    uint32_t *all;          /* 0, 1, 2 ...: `index` of contiguous blocks */
    transform_state *state; /* n_theta */
    double *held;           /* n_theta: values of elements that are not free */
    profile *profile;       /* or NULL: no block */
    size_t rows;            /* elements that may have coordinates: those outside the block */
    size_t n;               /* free coordinates */
    size_t n_full;          /* with those that ties take away */
    const space_tie *ties;
    size_t n_ties;
    space_guard *guards;
    size_t n_guards;
    /* full[led[i]] = lead_offset[i] + sum_j lead[i * n + j] x[j]; full[kept[j]] = x[j] */
    uint32_t *kept, *place, *led;
    size_t n_led;
    double *lead, *lead_offset, *full, *full_gradient, *full_hessian;
    space_block *blocks;
    size_t n_blocks;
    double *step_limit, *range; /* n: for Newton's method */
    double *theta, *work, *base, *gradient, *hessian, *product, *small;
    double *pool;  /* jacobians of the blocks */
    bool expected; /* evaluate the expected information in place of the Hessian */
    double log_likelihood, log_prior; /* of the last evaluation */
    /* The last evaluation with a Hessian: the point, and what was found. */
    double *known_work, *known_gradient, *known_hessian, known_value[2];
    bool known;
    long evaluations;
    void *watcher; /* for the caller: of newton_objective.watch, which gets the space */
} fit_space;

void space_init(fit_space *s, arena *a, mlec_problem *p, mlec_transform_family family);
/* Lays the coordinates out for `state` (copied); elements that are not free take their values from
 * theta. Element states must be possible (transform_can). Allocates nothing. */
void space_lay_out(fit_space *s, const transform_state *state, const double *theta);

/* From now on straight parameters are moved on their declared scale. */
void space_straighten(fit_space *s);
/* From the next layout on these ties hold, and no others; they stay the caller's. Ties that follow
 * from others are ignored. */
void space_tie_to(fit_space *s, const space_tie *ties, size_t n);
/* The coordinate that stands for coordinate `full` of a block, or SIZE_MAX. */
size_t space_place(const fit_space *s, size_t full);
/* d(row'work)/dx of straight elements in full coordinates: out[n_full]; the constant that the
 * elements without coordinates add is returned. */
double space_row(const fit_space *s, const double *row, double *out);

void space_from_theta(fit_space *s, const double *theta, double *x);
void space_to_theta(fit_space *s, const double *x, double *theta);
/* Minus the objective with derivatives, for newton_objective; `space` is a fit_space. */
bool space_eval(void *space, const double *x, double *f, double *g, double *h);
/* Minus the objective at theta alone. False: not finite. */
bool space_value(fit_space *s, const double *theta, double *f);
/* out[n_theta], natural scale: the derivative of theta along dx at x. */
void space_direction(fit_space *s, const double *x, const double *dx, double *out);
/* A covariance of the coordinates at x, c[n * n], as one of work: out[rows squared]. */
void space_covariance(fit_space *s, const double *x, const double *c, double *out);
/* The gradient of the objective with respect to work at the last evaluation: n_theta. */
const double *space_work_gradient(const fit_space *s);

#endif
