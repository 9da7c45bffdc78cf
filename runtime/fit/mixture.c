#include "runtime/fit/mixture.h"

#include "runtime/calc/calc.h"
#include "runtime/fit/few.h"
#include "runtime/fit/search.h"
#include "runtime/fit/start.h"

#include <math.h>
#include <string.h>

enum { STARTS = 9 };
/* Rows times squared elements above which a mixture is searched for once. */
#define COSTLY 1e9

/* ---- Other maxima ------------------------------------------------------------------------------
 */

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
    search_reset(f);
    if (few) {
        fit_state own = few_state(f, few);
        if (!start_components(&own.space, own.state, k, own.theta) ||
            !space_value(&own.space, own.theta, &value))
            return false;
        search_climb(&own);
        f->last = own.last;
        if (few_at_maximum(&own))
            end->few = own.f;
        for (size_t i = 0; i < n_known; i++)
            if (fabs(known[i].few - end->few) <= 1e-7 * (1 + fabs(end->few))) {
                end->f = known[i].f;
                return true;
            }
    } else if (!start_components(&f->space, f->state, k, f->theta)) {
        return false;
    }
    if (!space_value(&f->space, f->theta, &value) || !search_run(f))
        return false;
    end->f = f->f;
    return search_ended_well(f);
}

void mixture_search(fit_state *f)
{
    bool collapses;
    if (!eval_is_mixture(f->problem, &collapses))
        return;
    size_t n = f->info->n_theta;
    double cost = (double)f->info->rows_used * (double)n * (double)n;
    fit_state first = search_keep(f), best = first;
    int iterations = f->iterations;
    f->mixture_starts = best.mixture_starts = 1;
    mixture_end ends[STARTS + 1] = {{f->f, NAN}};
    size_t count = 1;
    mlec_problem *few = few_rows(f);
    if (few) {
        fit_state own = few_state(f, few);
        search_climb(&own);
        ends[0].few = few_at_maximum(&own) ? own.f : NAN;
    }
    for (unsigned k = 0; k < STARTS && cost < COSTLY; k++) {
        memcpy(f->theta, first.theta, n * sizeof *f->theta);
        bool found = search_components(f, k, few, ends, count, &ends[count]);
        iterations += f->iterations;
        if (f->last.status == NEWTON_STOPPED)
            break;
        if (!found)
            continue;
        if (ends[count++].f < best.f - 1e-9 * (1 + fabs(best.f)))
            best = search_keep(f);
    }
    search_restore(f, &best);
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
/* ---- What is said -----------------------------------------------------------------------------
 */

/* Whether a scale may go to 0: no constraint forbids it, and no prior outweighs the density that it
 * gains. */
static bool may_vanish(fit_state *f, size_t i)
{
    const double tiny = 1e-100;
    double *theta = f->scratch[0], *work = f->scratch[1], value;
    if (f->state[i] != TRANSFORM_FREE ||
        f->info->parameters[f->space.owner[i]].type != MLEC_TYPE_POSITIVE)
        return false;
    memcpy(theta, f->theta, f->info->n_theta * sizeof *theta);
    theta[i] *= tiny;
    if (!space_value(&f->space, theta, &value))
        return false;
    eval_output out = {0};
    eval_to_work(f->problem, theta, work);
    eval_work(f->problem, work, &out);
    return out.log_prior - f->log_prior - calc_log(tiny) > 100;
}

void mixture_report(fit_state *f)
{
    bool collapses, vanishes = false;
    bool good = f->verdict == MLEC_INTERIOR || f->verdict == MLEC_BOUNDARY;
    if (!good || !eval_is_mixture(f->problem, &collapses))
        return;
    const char *what = f->info->has_priors ? "log-posterior" : "log-likelihood";
    if (f->lower_maximum > -INFINITY) {
        diag *d = diag_report(f->diags, DIAG_SEVERAL_MAXIMA, NO_SPAN,
                              "the %s has several maxima: this one, the highest of them, was found "
                              "from %d of %d starts, and one at %.7g from others",
                              what, f->mixture_found, f->mixture_starts, f->lower_maximum);
        diag_add_hint(f->diags, d,
                      "look whether the components are those that you expect: the highest maximum "
                      "need not be the most sensible one");
    }
    for (size_t i = 0; collapses && i < f->info->n_theta; i++)
        vanishes = vanishes || may_vanish(f, i);
    if (!vanishes)
        return;
    diag *d = diag_report(f->diags, DIAG_LOCAL_MAXIMUM, NO_SPAN,
                          "the %s of this mixture has no upper limit: it is infinite where "
                          "a component shrinks to a single row; this is the best maximum found "
                          "inside",
                          what);
    diag_add_hint(f->diags, d,
                  "one scale for all components, or a prior such as "
                  "lognormal(0, 1) on each, takes the infinity away");
}
