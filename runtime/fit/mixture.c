#include "runtime/fit/mixture.h"

#include "runtime/calc/calc.h"

#include <math.h>
#include <string.h>

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
