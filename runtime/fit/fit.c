#include "runtime/fit/fit.h"

#include "runtime/algebra/dense.h"
#include "runtime/fit/bounds.h"
#include "runtime/fit/faces.h"
#include "runtime/fit/few.h"
#include "runtime/fit/flat.h"
#include "runtime/fit/mixture.h"
#include "runtime/fit/recession.h"
#include "runtime/fit/refine.h"
#include "runtime/fit/search.h"
#include "runtime/fit/start.h"

#include <math.h>
#include <string.h>

enum { KINKS_SOUGHT = 200 };

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

static bool start_on_all(fit_state *f)
{
    bool found = start_find(&f->space, f->newton, f->state, f->start, f->size, &f->iterations);
    memcpy(f->theta, f->start, f->info->n_theta * sizeof *f->theta);
    return found;
}

void fit_run(mlec_problem *p, const mlec_options *options, arena *a, diag_list *diags, fit_state *f)
{
    set_up(f, p, options, a, diags);
    f->space.watcher = f;
    if (!states_possible(f))
        return;
    f->faces = faces_new(f);
    bool found = few_start(f) && search_run(f) && search_ended_well(f);
    if (!found && f->last.status != NEWTON_STOPPED) {
        search_reset(f);
        if (!start_on_all(f)) {
            report_start(f);
            return;
        }
        space_straighten(&f->space);
        if (!search_run(f)) {
            report_undefined(f);
            return;
        }
    }
    if (!search_ended_well(f) || tied(f))
        search_elsewhere(f);
    if (search_ended_well(f))
        mixture_search(f);
    space_lay_out(&f->space, f->state, f->theta);
    space_from_theta(&f->space, f->theta, f->x);
    finish(f);
    f->iterations += f->start_iterations;
    refine_run(f);
    if (f->verdict == MLEC_FAILED && is_saddle(f))
        f->verdict = MLEC_SADDLE;
    report(f);
}
