#include "runtime/fit/search.h"

#include "runtime/fit/bounds.h"
#include "runtime/fit/faces.h"
#include "runtime/fit/flat.h"
#include "runtime/fit/recession.h"
#include "runtime/fit/ridge.h"
#include "runtime/fit/start.h"

#include <math.h>
#include <string.h>

enum { ROUNDS = 30, ATTEMPTS = 10, ENOUGH = 3 };
/* Rows times squared elements above which a fit that failed is not started again and again. */
#define COSTLY    1e9
#define TOLERANCE 1e-10
/* Of an optimum over some of the rows. */
#define ROUGH 0.01

static bool watch(void *user, int iteration, double value, double decrement)
{
    fit_state *f = ((fit_space *)user)->watcher;
    const mlec_options *o = f->options;
    return !o->progress || o->progress(o->progress_user, f->rough ? 0 : f->iterations + iteration,
                                       -value, decrement);
}

/* One run of Newton's method from f->theta; the point it ends at goes to f->theta, with the two
 * before it. */
static void run(fit_state *f, bool expected)
{
    fit_space *s = &f->space;
    space_lay_out(s, f->state, f->theta);
    space_from_theta(s, f->theta, f->x);
    s->expected = expected;
    newton_objective objective = {.n = s->n,
                                  .eval = space_eval,
                                  .watch = watch,
                                  .user = s,
                                  .step_limit = s->step_limit,
                                  .range = s->range};
    int left = f->options->max_iterations - f->iterations;
    newton_options options = {.max_iterations = left > 0 ? left : 0,
                              .tolerance = f->rough ? ROUGH : TOLERANCE,
                              .polish = !expected && !f->rough};
    f->last = newton_run(f->newton, &objective, &options, f->x);
    s->expected = false;
    f->f = f->last.f;
    if (!expected)
        f->decrement = f->last.decrement;
    f->has_trail = newton_trail_length(f->newton) >= 2;
    for (size_t k = 0; f->has_trail && k < 2; k++)
        space_to_theta(s, newton_trail(f->newton, k), f->trail[k]);
    space_to_theta(s, f->x, f->theta);
}

/* Higher is better: what a status says about the point. */
static int rank(newton_status status)
{
    switch (status) {
    case NEWTON_CERTIFIED: return 3;
    case NEWTON_LINEAR: return 2;
    case NEWTON_SINGULAR: return 1;
    default: return 0;
    }
}

/* Newton's method with the Hessian, and where that met negative curvature or ended without a
 * certificate, once more by scoring: the expected information is positive semidefinite everywhere,
 * which on nonlinear least squares is the method of Gauss and Newton. The better point is kept. */
void search_climb(fit_state *f)
{
    const char *lacking;
    size_t n = f->info->n_theta;
    memcpy(f->scratch[2], f->theta, n * sizeof *f->theta);
    int before = f->iterations;
    run(f, false);
    newton_result first = f->last;
    bool suspect = first.status != NEWTON_CERTIFIED || first.indefinite;
    if (!suspect || first.status == NEWTON_STOPPED || first.status == NEWTON_UNDEFINED ||
        !eval_has_expected(f->problem, &lacking)) {
        f->iterations += first.iterations;
        return;
    }
    double *theta = ARENA_ARRAY(f->arena, double, n);
    memcpy(theta, f->theta, n * sizeof *theta);
    memcpy(f->theta, f->scratch[2], n * sizeof *theta);
    run(f, true);
    f->iterations += f->last.iterations;
    if (f->last.status != NEWTON_UNDEFINED)
        run(f, false);
    bool worse = rank(f->last.status) < rank(first.status) ||
                 (rank(f->last.status) == rank(first.status) && !(f->f < first.f));
    if (worse) {
        /* Back to the first answer: its last step is made again, for its trail and Hessian. */
        f->iterations = before;
        memcpy(f->theta, f->scratch[2], n * sizeof *theta);
        run(f, false);
    }
    f->iterations += f->last.iterations;
}

bool search_holds(const fit_state *f)
{
    for (size_t i = 0; i < f->info->n_theta; i++)
        if (f->state[i] == TRANSFORM_AT_LOWER || f->state[i] == TRANSFORM_AT_UPPER || f->limit[i])
            return true;
    return faces_bounded(f);
}

/* What the end of the latest run means. True: the fit goes on from f->theta. */
static bool judge(fit_state *f)
{
    newton_status status = f->last.status;
    if (status == NEWTON_STOPPED || status == NEWTON_UNDEFINED)
        return false;
    if (f->faces && faces_descend(f))
        return true;
    if (bounds_hold(f))
        return true;
    switch (status) {
    case NEWTON_LINEAR:
        if (recession_find(f)) {
            recession_of_block(f);
            if (bounds_hold_limits(f))
                return true;
            f->verdict = MLEC_DIVERGING;
            return false;
        }
        /* Else a maximum after all, if a slow one. */
        /* fall through */
    case NEWTON_CERTIFIED:
        if (recession_of_block(f) || recession_of_certainty(f)) {
            f->verdict = MLEC_DIVERGING;
            return false;
        }
        if (bounds_unbounded(f, BOUNDS_NOTHING)) {
            f->verdict = MLEC_DIVERGING;
            return false;
        }
        if (search_holds(f) && bounds_release(f))
            return true;
        if (recession_of_scale(f)) {
            f->verdict = MLEC_DIVERGING;
            return false;
        }
        if (ridge_check(f)) {
            f->verdict = MLEC_FLAT;
            return false;
        }
        f->verdict = search_holds(f) ? MLEC_BOUNDARY : MLEC_INTERIOR;
        f->converged = true;
        return false;
    case NEWTON_SINGULAR:
        if (f->faces && faces_follow_flat(f))
            return true;
        if (flat_explore(f))
            return true;
        if (recession_of_certainty(f)) {
            f->verdict = MLEC_DIVERGING;
            return false;
        }
        f->verdict = recession_from_null(f) ? MLEC_DIVERGING : MLEC_FLAT;
        return false;
    default:
        if (recession_of_certainty(f)) {
            f->verdict = MLEC_DIVERGING;
            return false;
        }
        /* Slow progress is no proof of anything: only a point that is nearly stationary may be on
         * its way to infinity. */
        if (bounds_unbounded(f, BOUNDS_COLLAPSED) ||
            ((status == NEWTON_RUNAWAY || f->decrement < 1e-6) && recession_find(f)))
            f->verdict = MLEC_DIVERGING;
        return false;
    }
}

/* From f->theta to a verdict. False: the objective is not defined there. */
bool search_run(fit_state *f)
{
    if (f->faces) {
        faces_forget(f);
        faces_descend(f);
    }
    for (int round = 0; round < ROUNDS; round++) {
        search_climb(f);
        if (f->last.status == NEWTON_UNDEFINED && round == 0)
            return false;
        if (!judge(f))
            break;
    }
    return true;
}

bool search_ended_well(const fit_state *f)
{
    return f->verdict == MLEC_INTERIOR || f->verdict == MLEC_BOUNDARY;
}

/* A copy whose arrays the next attempt does not overwrite. */
fit_state search_keep(const fit_state *f)
{
    size_t n = f->info->n_theta;
    fit_state k = *f;
    k.theta = ARENA_ARRAY(f->arena, double, n);
    k.state = ARENA_ARRAY(f->arena, transform_state, n);
    k.infinite = ARENA_ARRAY(f->arena, bool, n);
    k.heading = ARENA_ARRAY(f->arena, double, n);
    memcpy(k.theta, f->theta, n * sizeof *f->theta);
    memcpy(k.state, f->state, n * sizeof *f->state);
    memcpy(k.infinite, f->infinite, n * sizeof *f->infinite);
    memcpy(k.heading, f->heading, n * sizeof *f->heading);
    k.limit = ARENA_ARRAY(f->arena, bool, n);
    memcpy(k.limit, f->limit, n * sizeof *f->limit);
    return k;
}

/* Makes `k` the answer again; the layout of the space is made anew by the caller. */
void search_restore(fit_state *f, const fit_state *k)
{
    fit_space space = f->space;
    *f = *k;
    f->space = space;
    if (f->faces && search_ended_well(f)) { /* its face is found again, where it is */
        faces_forget(f);
        faces_descend(f);
    }
}

/* Nothing is held, nothing is known. */
void search_reset(fit_state *f)
{
    for (size_t i = 0; i < f->info->n_theta; i++) {
        f->state[i] = f->info->fixed[i] ? TRANSFORM_FIXED : TRANSFORM_FREE;
        f->infinite[i] = f->limit[i] = false;
    }
    f->n_null = 0;
    f->unbounded = false;
    f->verdict = MLEC_FAILED;
    f->converged = false;
    f->iterations = 0;
}

/* One more search, number k, about the start values. True: it ended at a certified maximum. */
static bool attempt(fit_state *f, unsigned k)
{
    memcpy(f->theta, f->start, f->info->n_theta * sizeof *f->theta);
    search_reset(f);
    bool found = k == 0   ? start_vary(&f->space, f->newton, f->state, f->theta)
                 : k == 1 ? start_alternate(&f->space, f->newton, f->state, f->theta)
                          : start_perturb(&f->space, f->newton, f->state, k, f->theta);
    return found && search_run(f) && search_ended_well(f);
}

/* A fit that ended flat, at infinity or nowhere may have started in the wrong valley. Other starts
 * are tried: one along powers of ten, then some at random. What they find counts if it is a
 * certified maximum. It must be better than a flat, tied or infinite one; where the likelihood has
 * no limit, the best interior maximum is the answer, and a warning says so. */
void search_elsewhere(fit_state *f)
{
    bool lawful = search_ended_well(f) || f->verdict == MLEC_FLAT ||
                  (f->verdict == MLEC_DIVERGING && !f->unbounded);
    if (f->last.status == NEWTON_STOPPED ||
        (f->verdict == MLEC_DIVERGING && eval_is_classification(f->problem)))
        return;
    bool structural = f->verdict == MLEC_FLAT && f->structural && !search_holds(f);
    double cost = (double)f->info->rows_used * (double)f->info->n_theta * (double)f->info->n_theta;
    unsigned attempts =
        cost > COSTLY || structural || (lawful && f->verdict == MLEC_DIVERGING) ? 1 : ATTEMPTS;
    fit_state first = search_keep(f), best = first;
    int iterations = f->iterations, found = 0;
    for (unsigned k = 0; k < attempts && found < ENOUGH; k++) {
        bool certified = attempt(f, k);
        iterations += f->iterations;
        if (f->last.status == NEWTON_STOPPED)
            break;
        if (!certified || (lawful && !(f->f < first.f - 1e-6 * (1 + fabs(first.f)))))
            continue;
        found++;
        if (!search_ended_well(&best) || f->f < best.f)
            best = search_keep(f);
    }
    search_restore(f, &best);
    f->iterations = iterations;
    f->higher = search_ended_well(f) && first.f < f->f - 1e-3 ? -first.f : -INFINITY;
}
