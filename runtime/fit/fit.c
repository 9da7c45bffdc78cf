#include "runtime/fit/fit.h"

#include "runtime/algebra/dense.h"
#include "runtime/fit/bounds.h"
#include "runtime/fit/faces.h"
#include "runtime/fit/flat.h"
#include "runtime/fit/mixture.h"
#include "runtime/fit/recession.h"
#include "runtime/fit/refine.h"
#include "runtime/fit/ridge.h"
#include "runtime/fit/start.h"

#include <math.h>
#include <string.h>

enum { LEVELS = 8, THINNER = 8, LEAST_THIN = 4096, ROWS_OF_ELEMENT = 64 };
enum { ROUNDS = 30, ATTEMPTS = 10, ENOUGH = 3, KINKS_SOUGHT = 200, MIXTURE_STARTS = 9 };
/* Rows times squared elements above which a fit that failed is not started again and again. */
#define COSTLY    1e9
#define TOLERANCE 1e-10
/* Of an optimum over some of the rows. */
#define ROUGH 0.01

static void set_up(fit_state *f, mlec_problem *p, const mlec_options *options, arena *a,
                   diag_list *diags)
{
    *f = (fit_state){.problem = p, .options = options, .arena = a, .diags = diags};
    f->info = eval_get_info(p);
    size_t n = f->info->n_theta;
    space_init(&f->space, a, p, options->transform);
    f->newton = newton_new(a, f->space.rows);
    f->start = ARENA_ARRAY(a, double, n);
    f->theta = ARENA_ARRAY(a, double, n);
    f->size = ARENA_ARRAY(a, double, n);
    f->x = ARENA_ARRAY(a, double, n);
    f->state = ARENA_ARRAY(a, transform_state, n);
    f->infinite = ARENA_ARRAY(a, bool, n);
    f->limit = ARENA_ARRAY(a, bool, n);
    f->heading = ARENA_ARRAY(a, double, n);
    for (size_t i = 0; i < 2; i++)
        f->trail[i] = ARENA_ARRAY(a, double, n);
    for (size_t i = 0; i < 3; i++)
        f->scratch[i] = ARENA_ARRAY(a, double, n);
    for (size_t i = 0; i < n; i++)
        f->state[i] = f->info->fixed[i] ? TRANSFORM_FIXED : TRANSFORM_FREE;
    f->verdict = MLEC_FAILED;
    f->decrement = f->gradient_norm = f->f = NAN;
    f->log_likelihood = f->log_prior = NAN;
    f->higher = f->lower_maximum = -INFINITY;
}

static bool watch(void *user, int iteration, double value, double decrement)
{
    fit_state *f = ((fit_space *)user)->watcher;
    const mlec_options *o = f->options;
    return !o->progress ||
           o->progress(o->progress_user, f->iterations + iteration, -value, decrement);
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
static void climb(fit_state *f)
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

/* ---- Verdicts ---------------------------------------------------------------------------------
 */

static void report_start(fit_state *f)
{
    eval_fault fault;
    diag *d;
    if (!eval_find_fault(f->problem, f->theta, &fault)) {
        diag_report(f->diags, DIAG_NOT_FINITE_AT_START, NO_SPAN,
                    "a derivative of the log-likelihood is not finite at the start values");
        return;
    }
    buf at;
    buf_init(&at, f->arena);
    if (fault.row > 0)
        buf_printf(&at, " in row %lld", (long long)fault.row);
    if (fault.line > 0)
        buf_printf(&at, " (line %u of the data)", fault.line);
    if (fault.expression) {
        buf_printf(&at, ": %s is ", fault.expression);
        buf_double(&at, fault.value);
    }
    d = diag_report(f->diags, DIAG_NOT_FINITE_AT_START, NO_SPAN,
                    "the log-likelihood is not finite at the start values%s", buf_text(&at));
    if (fault.row > 0)
        diag_add_row(f->diags, d, fault.row);
    diag_add_hint(f->diags, d, "give start values where the model is defined (--start name=value)");
}

static void report_unbounded(fit_state *f)
{
    buf who;
    buf_init(&who, f->arena);
    size_t shown = 0;
    for (size_t i = 0; i < f->info->n_theta; i++) {
        if (!f->infinite[i])
            continue;
        const transform *t = &f->space.transforms[f->space.owner[i]];
        double bound = isinf(t->lower)                                   ? t->upper
                       : isinf(t->upper)                                 ? t->lower
                       : f->theta[i] - t->lower < t->upper - f->theta[i] ? t->lower
                                                                         : t->upper;
        if (t->type == MLEC_TYPE_ORDERED || t->type == MLEC_TYPE_SIMPLEX)
            bound = 0;
        buf_printf(&who, "%s%s goes to its bound %.7g", shown++ ? ", " : "", f->info->names[i],
                   bound);
    }
    diag *d = diag_report(f->diags, DIAG_UNBOUNDED, NO_SPAN,
                          "the likelihood has no upper limit: %s", buf_text(&who));
    diag_add_hint(f->diags, d,
                  "the model fits some rows exactly; fix the parameter or give it a prior that "
                  "keeps it away from the bound");
    for (size_t i = 0; i < f->info->n_theta; i++)
        if (f->infinite[i])
            diag_add_parameter(f->diags, d, f->info->names[i]);
}

/* The search for start values may end where a scale that nobody gave has all but vanished, and with
 * it the derivatives. */
static void report_undefined(fit_state *f)
{
    bool collapsed = bounds_unbounded(f, BOUNDS_COLLAPSED);
    for (size_t i = 0; i < f->info->n_theta; i++)
        collapsed = collapsed && !(f->infinite[i] && !isnan(f->info->start[i]));
    if (!collapsed) {
        memset(f->infinite, 0, f->info->n_theta * sizeof *f->infinite);
        f->unbounded = false;
        report_start(f);
        return;
    }
    f->verdict = MLEC_DIVERGING;
    report_unbounded(f);
}

/* Elements where the objective has a corner: both one-sided slopes are positive and of one size. */
static void report_kinks(fit_state *f)
{
    double *theta = f->scratch[0];
    if (f->info->n_theta > KINKS_SOUGHT)
        return;
    for (size_t i = 0; i < f->info->n_theta; i++) {
        if (f->state[i] != TRANSFORM_FREE || f->infinite[i])
            continue;
        bool corner = true;
        double h = 1e-4 * (fabs(f->theta[i]) > 1e-3 ? fabs(f->theta[i]) : 1), slope[2][2];
        for (int k = 0; k < 4 && corner; k++) {
            double value, step = (k % 2 ? -h : h) / (k < 2 ? 1 : 16);
            memcpy(theta, f->theta, f->info->n_theta * sizeof *theta);
            theta[i] += step;
            corner = space_value(&f->space, theta, &value);
            slope[k / 2][k % 2] = (value - f->f) / fabs(step);
        }
        for (int k = 0; k < 2 && corner; k++)
            corner = slope[1][k] > 0 && slope[1][k] > 0.5 * slope[0][k] &&
                     slope[1][k] * h > 1e-9 * (1 + fabs(f->f));
        if (!corner)
            continue;
        diag *d = diag_report(f->diags, DIAG_KINK, NO_SPAN,
                              "the log-likelihood has a kink in %s at %.7g, where it has no "
                              "derivative",
                              f->info->names[i], f->theta[i]);
        diag_add_parameter(f->diags, d, f->info->names[i]);
    }
}

static int more_iterations(int n) { return n < 200 ? 200 : n < 100000000 ? 10 * n : n; }

static void report_failure(fit_state *f)
{
    diag *d;
    switch (f->last.status) {
    case NEWTON_STOPPED:
        d = diag_report(f->diags, DIAG_NO_CONVERGENCE, NO_SPAN, "the fit was stopped");
        return;
    case NEWTON_LIMIT:
        d = diag_report(f->diags, DIAG_NO_CONVERGENCE, NO_SPAN,
                        "no convergence within %d iteration%s: the decrement is %.3g",
                        f->options->max_iterations, f->options->max_iterations == 1 ? "" : "s",
                        f->decrement);
        diag_add_hint(f->diags, d,
                      "allow more (--max-iterations %d), try other start values (--start "
                      "name=value), or simplify the model",
                      more_iterations(f->options->max_iterations));
        report_kinks(f);
        return;
    default:
        d = diag_report(f->diags, DIAG_NO_CONVERGENCE, NO_SPAN,
                        "the optimizer cannot improve a point that is no certified maximum: the "
                        "decrement is %.3g",
                        f->decrement);
        break;
    }
    diag_add_hint(f->diags, d,
                  "try other start values (--start name=value), or simplify the model");
    report_kinks(f);
}

/* Stationary, with curvature of both signs. */
static bool is_saddle(const fit_state *f)
{
    return f->last.status == NEWTON_STALLED && f->last.indefinite &&
           f->gradient_norm < 1e-8 * (1 + fabs(f->f));
}

static bool any_held(const fit_state *f)
{
    for (size_t i = 0; i < f->info->n_theta; i++)
        if (f->state[i] == TRANSFORM_AT_LOWER || f->state[i] == TRANSFORM_AT_UPPER || f->limit[i])
            return true;
    return faces_bounded(f);
}

/* Two elements of an ordered vector are equal: the means of a mixture that became one, perhaps. */
static bool tied(const fit_state *f)
{
    for (size_t i = 0; i < f->info->n_theta; i++)
        if (f->state[i] == TRANSFORM_AT_LOWER &&
            f->space.transforms[f->space.owner[i]].type == MLEC_TYPE_ORDERED)
            return true;
    return false;
}

static void warn_conditions(fit_state *f)
{
    for (size_t k = 0; k < f->info->n_designs; k++) {
        const eval_design *design = &f->info->designs[k];
        if (!(design->condition > 1e6) || isinf(design->condition))
            continue;
        diag *d = diag_report(f->diags, DIAG_ILL_CONDITIONED, NO_SPAN,
                              "the columns of a predictor are nearly collinear: their condition "
                              "number is %.2g",
                              design->condition);
        for (size_t i = 0; i < design->size && i < 10; i++)
            diag_add_parameter(f->diags, d, f->info->names[design->index[i]]);
        diag_add_hint(f->diags, d,
                      "the estimates are right, but small changes of the data change them much");
    }
}

/* The values that go with f->theta. */
static void finish(fit_state *f)
{
    fit_space *s = &f->space;
    size_t n = s->n;
    double *g = ARENA_ARRAY(f->arena, double, n ? n : 1), value;
    double *h = ARENA_ARRAY(f->arena, double, n ? n *n : 1);
    if (!space_eval(s, f->x, &value, g, h))
        return;
    f->hessian = h;
    f->f = value;
    f->log_likelihood = s->log_likelihood;
    f->log_prior = s->log_prior;
    f->gradient_norm = dense_norm2(n, g);
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
        if (any_held(f) && bounds_release(f))
            return true;
        if (recession_of_scale(f)) {
            f->verdict = MLEC_DIVERGING;
            return false;
        }
        if (ridge_check(f)) {
            f->verdict = MLEC_FLAT;
            return false;
        }
        f->verdict = any_held(f) ? MLEC_BOUNDARY : MLEC_INTERIOR;
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

static void report(fit_state *f)
{
    switch (f->verdict) {
    case MLEC_FLAT: flat_report(f); break;
    case MLEC_DIVERGING:
        if (f->unbounded)
            report_unbounded(f);
        else
            recession_report(f);
        break;
    case MLEC_SADDLE:
        diag_report(f->diags, DIAG_SADDLE, NO_SPAN,
                    "the point is stationary but no maximum: the curvature has both signs");
        break;
    case MLEC_FAILED: report_failure(f); break;
    default: break;
    }
    bounds_report(f);
    faces_report(f);
    mixture_report(f);
    if (f->higher > -INFINITY) {
        diag *d =
            diag_report(f->diags, DIAG_LOCAL_MAXIMUM, NO_SPAN,
                        "this is a local maximum: elsewhere the %s reaches %.7g and may have no "
                        "upper limit",
                        f->info->has_priors ? "log-posterior" : "log-likelihood", f->higher);
        diag_add_hint(f->diags, d,
                      "give start values (--start name=value) near the answer you look for, or a "
                      "prior that excludes the others");
    }
    if (f->verdict == MLEC_INTERIOR || f->verdict == MLEC_BOUNDARY)
        warn_conditions(f);
}

/* An ordered vector with two fixed elements would need intervals between them. */
static bool states_possible(fit_state *f)
{
    for (size_t k = 0; k < f->info->n_parameters; k++) {
        const eval_parameter *p = &f->info->parameters[k];
        const transform *t = &f->space.transforms[k];
        for (uint32_t i = p->first; i < p->first + p->count; i += t->width)
            if (!transform_can(t, f->state + i)) {
                diag *d = diag_report(f->diags, DIAG_LATER, NO_SPAN,
                                      "%s: fix one element of an ordered vector, or all of them",
                                      p->name);
                diag_add_parameter(f->diags, d, p->name);
                return false;
            }
    }
    return true;
}

/* From f->theta to a verdict. False: the objective is not defined there. */
static bool search(fit_state *f)
{
    if (f->faces) {
        faces_forget(f);
        faces_descend(f);
    }
    for (int round = 0; round < ROUNDS; round++) {
        climb(f);
        if (f->last.status == NEWTON_UNDEFINED && round == 0)
            return false;
        if (!judge(f))
            break;
    }
    return true;
}

static bool good(const fit_state *f)
{
    return f->verdict == MLEC_INTERIOR || f->verdict == MLEC_BOUNDARY;
}

/* A copy whose arrays the next attempt does not overwrite. */
static fit_state keep(const fit_state *f)
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
static void restore(fit_state *f, const fit_state *k)
{
    fit_space space = f->space;
    *f = *k;
    f->space = space;
    if (f->faces && good(f)) { /* its face is found again, where it is */
        faces_forget(f);
        faces_descend(f);
    }
}

/* Nothing is held, nothing is known. */
static void begin_again(fit_state *f)
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
    begin_again(f);
    bool found = k == 0   ? start_vary(&f->space, f->newton, f->state, f->theta)
                 : k == 1 ? start_alternate(&f->space, f->newton, f->state, f->theta)
                          : start_perturb(&f->space, f->newton, f->state, k, f->theta);
    return found && search(f) && good(f);
}

/* A fit that ended flat, at infinity or nowhere may have started in the wrong valley. Other starts
 * are tried: one along powers of ten, then some at random. What they find counts if it is a
 * certified maximum. It must be better than a flat, tied or infinite one; where the likelihood has
 * no limit, the best interior maximum is the answer, and a warning says so. */
static void try_other_starts(fit_state *f)
{
    bool lawful =
        good(f) || f->verdict == MLEC_FLAT || (f->verdict == MLEC_DIVERGING && !f->unbounded);
    if (f->last.status == NEWTON_STOPPED ||
        (f->verdict == MLEC_DIVERGING && eval_is_classification(f->problem)))
        return;
    bool structural = f->verdict == MLEC_FLAT && f->structural && !any_held(f);
    double cost = (double)f->info->rows_used * (double)f->info->n_theta * (double)f->info->n_theta;
    unsigned attempts =
        cost > COSTLY || structural || (lawful && f->verdict == MLEC_DIVERGING) ? 1 : ATTEMPTS;
    fit_state first = keep(f), best = first;
    int iterations = f->iterations, found = 0;
    for (unsigned k = 0; k < attempts && found < ENOUGH; k++) {
        bool certified = attempt(f, k);
        iterations += f->iterations;
        if (f->last.status == NEWTON_STOPPED)
            break;
        if (!certified || (lawful && !(f->f < first.f - 1e-6 * (1 + fabs(first.f)))))
            continue;
        found++;
        if (!good(&best) || f->f < best.f)
            best = keep(f);
    }
    restore(f, &best);
    f->iterations = iterations;
    f->higher = good(f) && first.f < f->f - 1e-3 ? -first.f : -INFINITY;
}

static bool start_on_all(fit_state *f)
{
    bool found = start_find(&f->space, f->newton, f->state, f->start, f->size, &f->iterations);
    memcpy(f->theta, f->start, f->info->n_theta * sizeof *f->theta);
    return found;
}

/* Fewer rows say too little. */
static size_t least_rows(const fit_state *f)
{
    size_t least = ROWS_OF_ELEMENT * f->info->n_theta;
    return least > LEAST_THIN ? least : LEAST_THIN;
}

/* f with some of the rows; the arrays are shared. */
static fit_state with_few(const fit_state *f, mlec_problem *few)
{
    fit_state own = *f;
    own.problem = few;
    own.info = eval_get_info(few);
    space_init(&own.space, f->arena, few, f->options->transform);
    return own;
}

static bool at_maximum(const fit_state *f)
{
    return f->last.status == NEWTON_CERTIFIED && f->last.n_null == 0;
}

/* The fit of `few` in place of that of f, from f->theta or the start that is found for it. */
static bool climb_on_few(fit_state *f, mlec_problem *few, bool first)
{
    fit_state own = with_few(f, few);
    own.rough = true;
    own.space.watcher = &own;
    if (first) {
        if (!start_find(&own.space, own.newton, own.state, own.start, own.size, &own.iterations))
            return false;
        memcpy(own.theta, own.start, own.info->n_theta * sizeof *own.theta);
    }
    climb(&own);
    return at_maximum(&own);
}

/* A long way is made on few rows: the optimum over some of them, then over THINNER times as many,
 * is a start for all. False: there is no such way, or it did not end at a maximum. */
static bool start_on_few(fit_state *f)
{
    size_t rows[LEVELS], n = 0;
    if (f->faces || f->options->without >> MLEC_TRICK_THIN & 1)
        return false;
    for (size_t m = f->info->rows_used / THINNER; m >= least_rows(f) && n < LEVELS; m /= THINNER)
        rows[n++] = m;
    for (size_t k = n; k-- > 0;) {
        mlec_problem *few = eval_thin(f->problem, rows[k]);
        if (!few || !climb_on_few(f, few, k + 1 == n))
            return false;
    }
    return n > 0;
}

/* Where searches for a mixture ended: the objective, and that over some of the rows; NAN where it
 * is not known. */
typedef struct {
    double f, few;
} mixture_end;

/* From start values number k for the components about f->theta to a maximum. A maximum over some of
 * the rows that is known is the known one over all. False: none was found. */
static bool search_components(fit_state *f, unsigned k, mlec_problem *few, const mixture_end *known,
                              size_t n_known, mixture_end *end)
{
    double value;
    *end = (mixture_end){NAN, NAN};
    begin_again(f);
    if (few) {
        fit_state own = with_few(f, few);
        own.space.watcher = &own;
        if (!start_components(&own.space, own.state, k, own.theta) ||
            !space_value(&own.space, own.theta, &value))
            return false;
        climb(&own);
        f->last = own.last;
        if (at_maximum(&own))
            end->few = own.f;
        for (size_t i = 0; i < n_known; i++)
            if (fabs(known[i].few - end->few) <= 1e-7 * (1 + fabs(end->few))) {
                end->f = known[i].f;
                return true;
            }
    } else if (!start_components(&f->space, f->state, k, f->theta)) {
        return false;
    }
    if (!space_value(&f->space, f->theta, &value) || !search(f))
        return false;
    end->f = f->f;
    return good(f);
}

/* The likelihood of a mixture has several maxima as a rule: from the one that was found the
 * components are moved together and apart, and the best maximum is kept. */
static void search_mixture(fit_state *f)
{
    size_t n = f->info->n_theta;
    double cost = (double)f->info->rows_used * (double)n * (double)n;
    fit_state first = keep(f), best = first;
    int iterations = f->iterations;
    f->mixture_starts = best.mixture_starts = 1;
    mixture_end ends[MIXTURE_STARTS + 1] = {{f->f, NAN}};
    size_t count = 1, few_rows = f->info->rows_used / THINNER;
    mlec_problem *few = few_rows >= least_rows(f) ? eval_thin(f->problem, few_rows) : NULL;
    if (few) {
        fit_state own = with_few(f, few);
        own.space.watcher = &own;
        climb(&own);
        ends[0].few = at_maximum(&own) ? own.f : NAN;
    }
    for (unsigned k = 0; k < MIXTURE_STARTS && cost < COSTLY; k++) {
        memcpy(f->theta, first.theta, n * sizeof *f->theta);
        bool found = search_components(f, k, few, ends, count, &ends[count]);
        iterations += f->iterations;
        if (f->last.status == NEWTON_STOPPED)
            break;
        if (!found)
            continue;
        if (ends[count++].f < best.f - 1e-9 * (1 + fabs(best.f)))
            best = keep(f);
    }
    restore(f, &best);
    f->iterations = iterations;
    f->mixture_starts = (int)count;
    f->mixture_found = 0;
    f->lower_maximum = -INFINITY;
    for (size_t i = 0; i < count; i++) {
        bool same = fabs(ends[i].f - f->f) <= 1e-7 * (1 + fabs(f->f));
        f->mixture_found += same;
        if (!same)
            f->lower_maximum = fmax(f->lower_maximum, -ends[i].f);
    }
}

void fit_run(mlec_problem *p, const mlec_options *options, arena *a, diag_list *diags, fit_state *f)
{
    set_up(f, p, options, a, diags);
    f->space.watcher = f;
    if (!states_possible(f))
        return;
    f->faces = faces_new(f);
    if (!(start_on_few(f) && search(f) && good(f))) {
        begin_again(f);
        if (!start_on_all(f)) {
            report_start(f);
            return;
        }
        space_straighten(&f->space);
        if (!search(f)) {
            report_undefined(f);
            return;
        }
    }
    if (!good(f) || tied(f))
        try_other_starts(f);
    bool collapses;
    if (good(f) && eval_is_mixture(p, &collapses))
        search_mixture(f);
    space_lay_out(&f->space, f->state, f->theta);
    space_from_theta(&f->space, f->theta, f->x);
    finish(f);
    f->iterations += f->start_iterations;
    refine_run(f);
    if (f->verdict == MLEC_FAILED && is_saddle(f))
        f->verdict = MLEC_SADDLE;
    report(f);
}
