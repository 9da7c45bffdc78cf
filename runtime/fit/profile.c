#include "runtime/fit/profile.h"

#include <math.h>
#include <string.h>

enum { MOST_STEPS = 200, HALVINGS = 40 };
/* Share of the mean curvature. */
#define NOTHING_LEFT 1e-10
/* Slope and curvature of a log-likelihood that a step of 1 does not change. */
#define UNNOTICED 1e-10

struct profile {
    mlec_problem *problem;
    const eval_info *info;
    size_t n, first, count, m; /* elements, the block, the others */
    eval_block parts;
    double *gradient, *trial, *step, *before;
    double *curvature; /* of the block, where profile_runaway begins */
    double *solved;    /* one row of cross */
    bool *held;        /* of the block, at profile_covariance */
    const double *core;
};

profile *profile_new(arena *a, mlec_problem *problem)
{
    const eval_info *info = eval_get_info(problem);
    if (info->block_count == 0)
        return NULL;
    profile *p = ARENA_NEW(a, profile);
    *p = (profile){.problem = problem,
                   .info = info,
                   .n = info->n_theta,
                   .first = info->block_first,
                   .count = info->block_count,
                   .m = info->n_theta - info->block_count};
    p->parts.core = ARENA_ARRAY(a, double, p->m * p->m + 1);
    p->parts.cross = ARENA_ARRAY(a, double, p->count * p->m + 1);
    p->parts.diagonal = ARENA_ARRAY(a, double, p->count);
    p->gradient = ARENA_ARRAY(a, double, p->n);
    p->trial = ARENA_ARRAY(a, double, p->n);
    p->step = ARENA_ARRAY(a, double, p->count);
    p->before = ARENA_ARRAY(a, double, p->count);
    p->curvature = ARENA_ARRAY(a, double, p->count);
    p->solved = ARENA_ARRAY(a, double, p->m + 1);
    p->held = ARENA_ARRAY(a, bool, p->count);
    return p;
}

size_t profile_size(const profile *p) { return p->m; }

bool profile_has(const profile *p, size_t element) { return element - p->first < p->count; }

size_t profile_outside(const profile *p, size_t element)
{
    return element < p->first ? element : element - p->count;
}

/* Value, gradient and parts of the Hessian. */
static bool evaluate(profile *p, const double *work, double *value)
{
    eval_output out = {.gradient = p->gradient, .block = &p->parts};
    eval_work(p->problem, work, &out);
    *value = out.log_likelihood + out.log_prior;
    return isfinite(*value);
}

/* Newton's step of each free element; returns the decrement, the gain that they promise. */
static double plan_steps(profile *p, const transform_state *state)
{
    double decrement = 0;
    for (size_t k = 0; k < p->count; k++) {
        double g = p->gradient[p->first + k], d = fabs(p->parts.diagonal[k]);
        p->step[k] = 0;
        if (state[p->first + k] != TRANSFORM_FREE || !(d > 0))
            continue;
        p->step[k] = g / d;
        decrement += 0.5 * g * p->step[k];
    }
    return decrement;
}

/* Moves the block along its steps, shortened until the objective does not fall. */
static bool advance(profile *p, double *work, double *value)
{
    double before = *value, length = 1;
    memcpy(p->trial, work, p->n * sizeof *work);
    for (int k = 0; k < HALVINGS; k++, length *= 0.5) {
        for (size_t i = 0; i < p->count; i++)
            work[p->first + i] = p->trial[p->first + i] + length * p->step[i];
        if (evaluate(p, work, value) && *value >= before - 1e-12 * (1 + fabs(before)))
            return true;
    }
    memcpy(work, p->trial, p->n * sizeof *work);
    *value = before;
    return false;
}

static bool maximise(profile *p, const transform_state *state, double *work, double *value)
{
    if (!evaluate(p, work, value))
        return false;
    double last = INFINITY;
    for (int k = 0; k < MOST_STEPS; k++) {
        double decrement = plan_steps(p, state), enough = 1e-24 * (1 + fabs(*value));
        if (!(decrement > enough) || (decrement < 1e-13 && decrement >= 0.25 * last))
            return true;
        last = decrement;
        if (!advance(p, work, value))
            return evaluate(p, work, value) && decrement < 1e-9;
    }
    return false;
}

/* The Schur complement, core - sum of cross'cross / diagonal, and the gradient that goes with it.
 */
static void complement(profile *p, const transform_state *state, double *gradient, double *hessian)
{
    size_t m = p->m;
    if (hessian)
        memcpy(hessian, p->parts.core, m * m * sizeof *hessian);
    for (size_t k = 0; k < p->count; k++) {
        const double *row = p->parts.cross + k * m;
        double d = p->parts.diagonal[k], g = p->gradient[p->first + k];
        if (state[p->first + k] != TRANSFORM_FREE || d == 0)
            continue;
        for (size_t j = 0; j < m; j++) {
            double c = row[j] / d;
            if (c == 0)
                continue;
            if (gradient)
                gradient[j < p->first ? j : j + p->count] -= c * g;
            for (size_t i = 0; hessian && i < m; i++)
                hessian[i + j * m] -= c * row[i];
        }
    }
}

bool profile_eval(profile *p, const transform_state *state, double *work, eval_output *out,
                  double *hessian)
{
    double value;
    if (!maximise(p, state, work, &value))
        return false;
    eval_output last = {0};
    eval_work(p->problem, work, &last);
    out->log_likelihood = last.log_likelihood;
    out->log_prior = last.log_prior;
    if (out->gradient)
        memcpy(out->gradient, p->gradient, p->n * sizeof *out->gradient);
    complement(p, state, out->gradient, hessian);
    if (out->gradient)
        memset(out->gradient + p->first, 0, p->count * sizeof *out->gradient);
    return true;
}

static double away(double at) { return at > 0 ? 1 : -1; }

/* A step of 1 from where profile_runaway begins would not be noticed: slopes are rounding there. */
static bool is_unnoticed(const profile *p, const transform_state *state, size_t k)
{
    return state[p->first + k] == TRANSFORM_FREE && p->curvature[k] < UNNOTICED &&
           fabs(p->before[k]) * p->curvature[k] < UNNOTICED;
}

size_t profile_runaway(profile *p, const transform_state *state, const double *work, int8_t *out)
{
    double value;
    size_t n = 0;
    memset(out, 0, p->count);
    memcpy(p->trial, work, p->n * sizeof *work);
    if (!evaluate(p, p->trial, &value))
        return 0;
    plan_steps(p, state);
    memcpy(p->before, p->step, p->count * sizeof *p->step);
    for (size_t k = 0; k < p->count; k++) {
        double *x = &p->trial[p->first + k];
        p->curvature[k] = fabs(p->parts.diagonal[k]);
        *x += is_unnoticed(p, state, k) ? away(*x) : p->step[k];
    }
    if (!evaluate(p, p->trial, &value))
        return 0;
    plan_steps(p, state);
    double mean = 0;
    for (size_t k = 0; k < p->count; k++)
        mean += fabs(p->parts.diagonal[k]) / (double)p->count;
    for (size_t k = 0; k < p->count; k++) {
        double first = p->before[k], next = p->step[k], at = work[p->first + k];
        /* So far out that nothing is left of the curvature, and the slope may be rounded to 0. If
         * that is so of all, a step of 1 halves what is left. */
        double left = fabs(p->parts.diagonal[k]);
        bool lost = is_unnoticed(p, state, k) && left < 0.5 * p->curvature[k];
        if (state[p->first + k] == TRANSFORM_FREE && (lost || left <= NOTHING_LEFT * mean)) {
            out[k] = (int8_t)away(at);
            n++;
            continue;
        }
        bool noise = !(fabs(first) > 1e-6 * (1 + fabs(at)));
        if (noise || first * next <= 0 || fabs(next) < 0.5 * fabs(first))
            continue;
        out[k] = first > 0 ? 1 : -1;
        n++;
    }
    return n;
}

/* solved = core times row k of cross, over the diagonal: minus the regression of the others on
 * element k. */
static void solve_row(const profile *p, size_t k, double *out)
{
    const double *row = p->parts.cross + k * p->m;
    for (size_t i = 0; i < p->m; i++) {
        double sum = 0;
        for (size_t j = 0; j < p->m; j++)
            sum += p->core[i + j * p->m] * row[j];
        out[i] = -sum / p->parts.diagonal[k];
    }
}

static double along_row(const profile *p, size_t k, const double *v)
{
    double sum = 0;
    for (size_t j = 0; j < p->m; j++)
        sum += p->parts.cross[k * p->m + j] * v[j];
    return -sum / p->parts.diagonal[k];
}

void profile_covariance(profile *p, const transform_state *state, const bool *infinite,
                        const double *work, const double *core, double *variance, double *matrix)
{
    size_t m = p->m, n = p->n;
    double value;
    p->core = core;
    memset(variance, 0, n * sizeof *variance);
    if (!evaluate(p, work, &value))
        return;
    for (size_t i = 0; i < n; i++)
        if (!profile_has(p, i))
            variance[i] = core[profile_outside(p, i) * (m + 1)];
    for (size_t k = 0; k < p->count; k++) {
        size_t element = p->first + k;
        p->held[k] =
            state[element] != TRANSFORM_FREE || infinite[element] || !(p->parts.diagonal[k] < 0);
        if (p->held[k])
            continue;
        solve_row(p, k, p->solved);
        variance[element] = -1 / p->parts.diagonal[k] + along_row(p, k, p->solved);
        if (!matrix)
            continue;
        for (size_t i = 0; i < n; i++)
            if (!profile_has(p, i))
                matrix[i + element * n] = matrix[element + i * n] =
                    p->solved[profile_outside(p, i)];
        for (size_t l = 0; l <= k; l++)
            if (!p->held[l])
                matrix[p->first + l + element * n] = matrix[element + (p->first + l) * n] =
                    along_row(p, l, p->solved) + (l == k ? -1 / p->parts.diagonal[k] : 0);
    }
    for (size_t j = 0; matrix && j < n; j++)
        for (size_t i = 0; i < n; i++)
            if (!profile_has(p, i) && !profile_has(p, j))
                matrix[i + j * n] = core[profile_outside(p, i) + profile_outside(p, j) * m];
}

double profile_variance_of(const profile *p, const double *slope, size_t stride)
{
    double sum = 0, *v = p->solved;
    for (size_t i = 0; i < p->n; i++)
        if (!profile_has(p, i))
            v[profile_outside(p, i)] = slope[i * stride];
    for (size_t k = 0; k < p->count; k++) {
        double s = slope[(p->first + k) * stride];
        if (s == 0 || p->held[k])
            continue;
        sum -= s * s / p->parts.diagonal[k];
        for (size_t j = 0; j < p->m; j++)
            v[j] -= s * p->parts.cross[k * p->m + j] / p->parts.diagonal[k];
    }
    for (size_t j = 0; j < p->m; j++)
        for (size_t i = 0; i < p->m; i++)
            sum += v[i] * p->core[i + j * p->m] * v[j];
    return sum;
}
