/* A fit: from a bound problem to an optimum, a verdict, and the reasons for it.
 *
 *   start_find      start values                                       start.h
 *   newton_run      the optimum in free coordinates                    newton.h, space.h
 *   faces_descend   the constraints and kinks on which it lies     faces.h
 *   bounds_hold     parameters that went to a bound are put on it      bounds.h
 *   flat_explain    directions without information                     flat.h
 *   recession_find  directions along which the likelihood rises for ever  recession.h
 *
 * Everything lives in the arena of the fit; diagnostics go to its list. */
#ifndef RUNTIME_FIT_FIT_H
#define RUNTIME_FIT_FIT_H

#include "runtime/fit/newton.h"
#include "runtime/fit/space.h"

#include "base/diag.h"

typedef struct faces faces;

typedef struct {
    mlec_problem *problem;
    const eval_info *info;
    const mlec_options *options;
    arena *arena;
    diag_list *diags;
    fit_space space; /* laid out at the final states */
    newton *newton;
    faces *faces; /* NULL: the problem has no constraints and no kinks */

    bool rough; /* on the way to a start: nothing is polished */
    mlec_verdict verdict;
    bool converged;
    int iterations, start_iterations;
    double gradient_norm, decrement;
    double log_likelihood, log_prior;
    double f;               /* minus the objective */
    double *start, *theta;  /* n_theta */
    double *size;           /* n_theta: of start_find */
    double *x;              /* the free coordinates of theta */
    transform_state *state; /* n_theta: what is fixed, what is at a bound */
    double *hessian;        /* space.n squared: of minus the objective at x; NULL without a point */
    bool *infinite;         /* n_theta: runs off to infinity, or to a bound without limit */
    bool *limit;     /* n_theta: held next to a bound on which the objective is not defined */
    double *heading; /* n_theta: the sign says which way an infinite element goes */
    bool unbounded;  /* the likelihood has no limit as those elements go to their bounds */
    double *exact_covariance; /* n_theta squared, natural scale, from refine.h; or NULL */
    double
        one_sided; /* the sign of the only null direction in which the objective stays flat, or 0 */
    bool structural;                   /* flat: straight lines stay flat however far they go */
    int mixture_starts, mixture_found; /* searches for a mixture, and how many ended here */
    double lower_maximum;              /* the best of the other maxima, or -inf */
    double higher; /* an objective seen elsewhere above the maximum that was kept, or -inf */
    size_t n_null; /* directions without information: */
    double *null;  /* n_theta * n_null, natural scale */

    newton_result last; /* of the latest run */
    double *trail[2];   /* theta at the two points before the last, when has_trail */
    bool has_trail;
    double *scratch[3]; /* n_theta each */
} fit_state;

/* Fits. The outcome is `out`, also when it cannot be trusted; `out->theta` is the best point. */
void fit_run(mlec_problem *p, const mlec_options *options, arena *a, diag_list *diags,
             fit_state *out);

#endif
