/* Refinement.
 *
 * Near a maximum the error of an estimate is that of the gradient times the covariance, and the
 * error of a standard error that of the Hessian times its condition number: with a condition of
 * 1e10, six digits in double arithmetic, however the sums are ordered. The interpreter evaluates
 * the same plan with 113 bits, from the columns on (x^10 is not rounded on the way), so that two or
 * three Newton steps give estimates and covariance to the last place. It is used by counts: when
 * one evaluation takes few enough operations, and the scaled information has a condition above 1e4
 * or a design was nearly collinear.
 */
#include "runtime/fit/refine.h"

#include "runtime/algebra/dense.h"
#include "runtime/calc/quad.h"

#include <math.h>
#include <string.h>

static const double WORTH_ABOVE = 1e4, MOST_OPERATIONS = 1e6, NEAR = 1e-4;
enum { MOST_STEPS = 8 };

typedef struct {
    size_t n;        /* free elements */
    size_t *element; /* of theta */
    quad *theta;     /* n_theta */
    quad *g, *h;     /* natural scale, n_theta */
    quad *m, *step;  /* free elements: minus the Hessian or its factor; the step */
    quad *scale;
    quad objective;
} refinement;

/* Free elements, if each stands for itself (no simplex, no ordered vector). */
static bool choose_elements(fit_state *f, refinement *r)
{
    r->element = ARENA_ARRAY(f->arena, size_t, f->info->n_theta + 1);
    for (size_t k = 0; k < f->info->n_parameters; k++) {
        const eval_parameter *e = &f->info->parameters[k];
        if (e->type == MLEC_TYPE_ORDERED || e->type == MLEC_TYPE_SIMPLEX)
            return false;
        for (size_t i = e->first; i < e->first + e->count; i++)
            if (f->state[i] == TRANSFORM_FREE)
                r->element[r->n++] = i;
    }
    return r->n > 0;
}

/* Condition number of the information scaled to a unit diagonal; INFINITY when it is not positive.
 */
static double condition(fit_state *f)
{
    size_t n = f->space.n;
    if (!f->hessian || n == 0)
        return INFINITY;
    double *h = ARENA_ARRAY(f->arena, double, n *n), *values = ARENA_ARRAY(f->arena, double, n);
    double *work = arena_alloc(f->arena, dense_eigen_work(n) * sizeof *work);
    int *integers = arena_alloc(f->arena, dense_eigen_integers(n) * sizeof *integers);
    for (size_t j = 0; j < n; j++)
        for (size_t i = 0; i < n; i++)
            h[i + j * n] =
                f->hessian[i + j * n] / sqrt(fabs(f->hessian[i + i * n] * f->hessian[j + j * n]));
    if (!dense_eigen(n, h, values, work, integers) || !(values[0] > 0))
        return INFINITY;
    return values[n - 1] / values[0];
}

/* m = L L' in place, lower triangle; false when m is not positive definite. */
static bool factorise(size_t n, quad *m)
{
    for (size_t j = 0; j < n; j++) {
        for (size_t k = 0; k < j; k++)
            for (size_t i = j; i < n; i++)
                m[i + j * n] -= m[i + k * n] * m[j + k * n];
        if (!(m[j + j * n] > 0))
            return false;
        quad d = quad_sqrt(m[j + j * n]);
        for (size_t i = j; i < n; i++)
            m[i + j * n] /= d;
    }
    return true;
}

static void solve(size_t n, const quad *l, quad *b)
{
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < i; k++)
            b[i] -= l[i + k * n] * b[k];
        b[i] /= l[i + i * n];
    }
    for (size_t i = n; i-- > 0;) {
        for (size_t k = i + 1; k < n; k++)
            b[i] -= l[k + i * n] * b[k];
        b[i] /= l[i + i * n];
    }
}

/* Evaluates at r->theta and factorises the scaled information; step = information^-1 gradient. */
static bool newton_step(fit_state *f, refinement *r, quad *decrement)
{
    size_t n = r->n, n_theta = f->info->n_theta;
    bool ok = eval_exact(f->problem, f->arena, r->theta, &r->objective, r->g, r->h);
    if (!ok)
        return false;
    for (size_t i = 0; i < n; i++) {
        quad d = -r->h[r->element[i] * (n_theta + 1)];
        if (!(d > 0))
            return false;
        r->scale[i] = quad_sqrt(d);
    }
    for (size_t j = 0; j < n; j++)
        for (size_t i = 0; i < n; i++)
            r->m[i + j * n] =
                -r->h[r->element[i] + r->element[j] * n_theta] / r->scale[i] / r->scale[j];
    if (!factorise(n, r->m))
        return false;
    for (size_t i = 0; i < n; i++)
        r->step[i] = r->g[r->element[i]] / r->scale[i];
    solve(n, r->m, r->step);
    *decrement = 0;
    for (size_t i = 0; i < n; i++) {
        *decrement += r->step[i] * r->g[r->element[i]] / r->scale[i] / 2;
        r->step[i] /= r->scale[i];
    }
    return *decrement >= 0;
}

static bool inside(const fit_state *f, const refinement *r)
{
    for (size_t k = 0; k < f->info->n_parameters; k++) {
        const eval_parameter *e = &f->info->parameters[k];
        for (size_t i = e->first; i < e->first + e->count; i++)
            if (!(r->theta[i] >= e->lower && r->theta[i] <= e->upper))
                return false;
    }
    return true;
}

static void keep_covariance(fit_state *f, const refinement *r)
{
    size_t n = r->n, n_theta = f->info->n_theta;
    f->exact_covariance = ARENA_ARRAY(f->arena, double, n_theta *n_theta);
    for (size_t j = 0; j < n; j++) {
        memset(r->step, 0, n * sizeof *r->step);
        r->step[j] = 1 / r->scale[j];
        solve(n, r->m, r->step);
        for (size_t i = 0; i < n; i++)
            f->exact_covariance[r->element[i] + r->element[j] * n_theta] =
                (double)(r->step[i] / r->scale[i]);
    }
}

void refine_run(fit_state *f)
{
    refinement r = {0};
    size_t n_theta = f->info->n_theta;
    if (f->space.n_led > 0 || f->space.profile ||
        (f->verdict != MLEC_INTERIOR && f->verdict != MLEC_BOUNDARY) ||
        !(eval_exact_cost(f->problem) <= MOST_OPERATIONS) ||
        !(f->info->n_groups || condition(f) > WORTH_ABOVE) || !choose_elements(f, &r))
        return;
    r.theta = ARENA_ARRAY(f->arena, quad, n_theta);
    r.g = ARENA_ARRAY(f->arena, quad, n_theta);
    r.h = ARENA_ARRAY(f->arena, quad, n_theta * n_theta);
    r.m = ARENA_ARRAY(f->arena, quad, r.n * r.n);
    r.step = ARENA_ARRAY(f->arena, quad, r.n);
    r.scale = ARENA_ARRAY(f->arena, quad, r.n);
    for (size_t i = 0; i < n_theta; i++)
        r.theta[i] = f->theta[i];
    quad decrement = 0;
    bool ok = true, done = false;
    for (int step = 0; ok && !done && step < MOST_STEPS; step++) {
        ok = newton_step(f, &r, &decrement) && decrement < NEAR;
        done = decrement < 1e-28Q;
        for (size_t i = 0; ok && i < r.n; i++)
            r.theta[r.element[i]] += r.step[i];
    }
    if (!ok || !done || !inside(f, &r))
        return;
    keep_covariance(f, &r);
    double *work = ARENA_ARRAY(f->arena, double, n_theta);
    for (size_t i = 0; i < n_theta; i++)
        f->theta[i] = (double)r.theta[i];
    eval_to_work(f->problem, f->theta, work);
    eval_output out = {0};
    eval_work(f->problem, work, &out);
    f->log_likelihood = out.log_likelihood;
    f->log_prior = out.log_prior;
    f->f = -(out.log_likelihood + out.log_prior);
    f->decrement = (double)decrement;
    space_from_theta(&f->space, f->theta, f->x);
}
