#include "runtime/infer/estimate.h"

#include "runtime/calc/calc.h"
#include "runtime/eval/transform.h"

#include <math.h>

static void wald(mlec_estimate *e, double q)
{
    e->lower = e->estimate - q * e->std_error;
    e->upper = e->estimate + q * e->std_error;
}

/* On the log of the distance from a bound; `side` is 1 above a lower bound, -1 below an upper. */
static void wald_log(mlec_estimate *e, double q, double bound, double side)
{
    double distance = side * (e->estimate - bound);
    if (!(distance > 0))
        return;
    double half = q * e->std_error / distance;
    double near = bound + side * distance * calc_exp(-half),
           away = bound + side * distance * calc_exp(half);
    e->lower = side > 0 ? near : away;
    e->upper = side > 0 ? away : near;
}

static void wald_logit(mlec_estimate *e, double q, double lo, double hi)
{
    double range = hi - lo, share = (e->estimate - lo) / range, rest = (hi - e->estimate) / range;
    if (!(share > 0) || !(rest > 0))
        return;
    double centre = calc_log(share) - calc_log(rest),
           half = q * e->std_error / (range * share * rest);
    e->lower = lo + range * calc_inv_logit(centre - half);
    e->upper = lo + range * calc_inv_logit(centre + half);
}

void estimate_fill(mlec_estimate *e, mlec_type type, double lower, double upper, double level)
{
    e->z = e->p_value = e->lower = e->upper = NAN;
    if (!(e->std_error > 0) || !isfinite(e->estimate))
        return;
    double q = transform_normal_quantile(0.5 + 0.5 * level);
    if (type == MLEC_TYPE_REAL && isinf(lower) && isinf(upper)) {
        e->z = e->estimate / e->std_error;
        e->p_value = calc_erfc(fabs(e->z) * 0.70710678118654752440);
    }
    if (type == MLEC_TYPE_ORDERED)
        wald(e, q);
    else if (type == MLEC_TYPE_SIMPLEX || type == MLEC_TYPE_UNIT)
        wald_logit(e, q, 0, 1);
    else if (type == MLEC_TYPE_POSITIVE)
        wald_log(e, q, 0, 1);
    else if (!isinf(lower) && !isinf(upper))
        wald_logit(e, q, lower, upper);
    else if (!isinf(lower))
        wald_log(e, q, lower, 1);
    else if (!isinf(upper))
        wald_log(e, q, upper, -1);
    else
        wald(e, q);
}

double criterion_aic(double log_likelihood, double k) { return 2 * k - 2 * log_likelihood; }

double criterion_aicc(double log_likelihood, double k, double n)
{
    double rest = n - k - 1;
    return rest > 0 ? 2 * k * (n / rest) - 2 * log_likelihood : NAN;
}

double criterion_bic(double log_likelihood, double k, double n)
{
    return n > 0 ? k * calc_log(n) - 2 * log_likelihood : NAN;
}
