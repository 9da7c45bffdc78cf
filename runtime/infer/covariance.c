/* Covariance.
 *
 * The information is inverted in the free coordinates of the fit, scaled to a unit diagonal, where
 * it is as well conditioned as the problem allows; J C J' takes the inverse to the natural scale.
 * In free coordinates the information is J' H J plus the gradient-weighted curvature of the
 * transform. At an interior optimum the gradient is zero and the second part vanishes; on a simplex
 * the gradient is constant over the elements, whose sum does not bend, so it vanishes there as
 * well. Either way the result does not depend on the family of transforms.
 *
 * Where null directions exist the pseudo-inverse on their complement is the covariance of
 * everything that is identified: for c orthogonal to the null space, c'theta has variance c' C+ c.
 */
#include "runtime/infer/covariance.h"

#include "runtime/algebra/dense.h"
#include "runtime/fit/faces.h"

#include <math.h>
#include <string.h>

/* h[n * n], spoiled, becomes its inverse; `null` smallest eigenvalues count as zero. */
static bool invert(arena *a, size_t n, size_t null, double *h)
{
    double *scale = ARENA_ARRAY(a, double, n);
    for (size_t i = 0; i < n; i++) {
        scale[i] = sqrt(fabs(h[i + i * n]));
        if (!(scale[i] > 0))
            scale[i] = 1;
    }
    for (size_t j = 0; j < n; j++)
        for (size_t i = 0; i < n; i++)
            h[i + j * n] = h[i + j * n] / scale[i] / scale[j];
    if (null == 0) {
        if (!dense_cholesky(n, h) || !dense_cholesky_inverse(n, h))
            return false;
    } else {
        double *values = ARENA_ARRAY(a, double, n);
        double *work = arena_alloc(a, dense_eigen_work(n) * sizeof *work);
        double *vectors = arena_alloc(a, n * n * sizeof *vectors);
        int *integers = arena_alloc(a, dense_eigen_integers(n) * sizeof *integers);
        memcpy(vectors, h, n * n * sizeof *h);
        if (!dense_eigen(n, vectors, values, work, integers))
            return false;
        memset(h, 0, n * n * sizeof *h);
        for (size_t k = null < n ? null : n; k < n; k++) {
            if (!(values[k] > 0))
                return false;
            for (size_t j = 0; j < n; j++)
                for (size_t i = 0; i < n; i++)
                    h[i + j * n] += vectors[i + k * n] * vectors[j + k * n] / values[k];
        }
    }
    for (size_t j = 0; j < n; j++)
        for (size_t i = 0; i < n; i++)
            h[i + j * n] = h[i + j * n] / scale[i] / scale[j];
    return true;
}

/* Elements at infinity are held for the others; the space is laid out without them. */
static bool hold_infinite(fit_state *f, double *x)
{
    size_t n = f->info->n_theta;
    transform_state *state = ARENA_ARRAY(f->arena, transform_state, n);
    for (size_t i = 0; i < n; i++)
        state[i] = f->infinite[i] ? TRANSFORM_FIXED : f->state[i];
    for (size_t k = 0; k < f->info->n_parameters; k++) {
        const eval_parameter *p = &f->info->parameters[k];
        const transform *t = &f->space.transforms[k];
        for (uint32_t i = p->first; i < p->first + p->count; i += t->width)
            if (!transform_can(t, state + i))
                return false;
    }
    space_lay_out(&f->space, state, f->theta);
    space_from_theta(&f->space, f->theta, x);
    return true;
}

/* Nothing else has a standard error when the likelihood is unbounded. */
static bool exists(const fit_state *f)
{
    if (!f->hessian || f->verdict == MLEC_FAILED || f->verdict == MLEC_SADDLE)
        return false;
    return !f->unbounded;
}

static bool involved(const fit_state *f, size_t i)
{
    for (size_t k = 0; k < f->n_null; k++)
        if (f->null[i + k * f->info->n_theta] != 0)
            return true;
    return false;
}

/* Expected information in place of the Hessian. False, with a report, where it is not known. */
static bool use_expected(fit_state *f)
{
    const char *lacking = NULL;
    if (f->options->vcov != MLEC_VCOV_EXPECTED)
        return true;
    if (eval_has_expected(f->problem, &lacking)) {
        f->space.expected = true;
        return true;
    }
    diag_report(f->diags, DIAG_NO_EXPECTED, NO_SPAN,
                "the expected information of %s is not known in closed form",
                lacking ? lacking : "this model");
    return false;
}

bool covariance_is_robust(const fit_state *f)
{
    return f->info->sampling || f->options->cluster || f->options->vcov == MLEC_VCOV_ROBUST;
}

/* What rows or clusters are independent of each other, and how many. False after a report. */
static bool find_units(fit_state *f, eval_units *units)
{
    const char *reason = "the covariance of so many parameters is not stored";
    bool stored = !f->space.profile || f->info->n_theta <= COVARIANCE_MOST;
    if (!stored || !eval_find_units(f->problem, f->arena, units, &reason)) {
        diag_report(f->diags, DIAG_NO_SCORES, NO_SPAN, "robust standard errors do not exist: %s",
                    reason);
        return false;
    }
    if (!units->column && units->n <= 1)
        diag_report(f->diags, DIAG_CLUSTERS, NO_SPAN,
                    "robust standard errors need more than one row");
    if (!units->column)
        return units->n > 1;
    diag_report(f->diags, DIAG_CLUSTERS, NO_SPAN,
                "the %.0f level%s of `%s` are the independent units of the robust standard errors",
                units->n, units->n == 1 ? "" : "s", units->column);
    return units->n > 1;
}

/* The sandwich: c becomes n/(n - 1) c B c, with the meat B (White 1982). In work coordinates, in
 * which c is well conditioned. */
static void make_robust(fit_state *f, const eval_units *units, double *c)
{
    size_t n = f->info->n_theta;
    double *meat = ARENA_ARRAY(f->arena, double, n *n), factor = units->n / (units->n - 1);
    double *half = ARENA_ARRAY(f->arena, double, n *n);
    eval_meat(f->problem, f->arena, f->theta, units, meat);
    for (size_t j = 0; j < n; j++)
        for (size_t k = 0; k < n; k++)
            for (size_t i = 0; c[k + j * n] != 0 && i < n; i++)
                half[i + j * n] = __builtin_fma(meat[i + k * n], c[k + j * n], half[i + j * n]);
    for (size_t j = 0; j < n; j++)
        for (size_t i = 0; i <= j; i++)
            meat[i + j * n] = factor * dense_dot(n, c + i * n, half + j * n);
    for (size_t j = 0; j < n; j++)
        for (size_t i = 0; i < n; i++)
            c[i + j * n] = i <= j ? meat[i + j * n] : meat[j + i * n];
}

covariance covariance_compute(fit_state *f)
{
    size_t n_theta = f->info->n_theta;
    fit_space *s = &f->space;
    bool whole = !s->profile || n_theta <= COVARIANCE_MOST;
    covariance c = {.matrix = whole ? ARENA_ARRAY(f->arena, double, n_theta *n_theta) : NULL,
                    .variance = ARENA_ARRAY(f->arena, double, n_theta),
                    .has = ARENA_ARRAY(f->arena, bool, n_theta)};
    double *x = ARENA_ARRAY(f->arena, double, n_theta), value;
    bool robust = covariance_is_robust(f);
    eval_units units = {0};
    if (!exists(f) || !hold_infinite(f, x) || !(robust ? find_units(f, &units) : use_expected(f)))
        return c;
    size_t n = s->n;
    double *g = ARENA_ARRAY(f->arena, double, n + 1), *h = ARENA_ARRAY(f->arena, double, n *n + 1);
    bool done = (n > 0 || s->profile) && space_eval(s, x, &value, g, h) &&
                invert(f->arena, n, f->n_null, h);
    s->expected = false;
    if (done && !s->profile)
        space_covariance(s, x, h, c.matrix);
    if (done && s->profile) {
        double *core = ARENA_ARRAY(f->arena, double, s->rows * s->rows + 1);
        space_covariance(s, x, h, core);
        profile_covariance(s->profile, f->state, f->infinite, f->theta, core, c.variance, c.matrix);
    }
    /* Where work is theta the exact covariance is one of work too. */
    bool exact = robust ? f->info->n_groups == 0 : f->options->vcov == MLEC_VCOV_OBSERVED;
    exact = exact && done && f->exact_covariance;
    if (exact)
        memcpy(c.matrix, f->exact_covariance, n_theta * n_theta * sizeof *c.matrix);
    if (done && robust)
        make_robust(f, &units, c.matrix);
    if (done && !s->profile && !(exact && !robust))
        eval_covariance_to_theta(f->problem, c.matrix);
    for (size_t i = 0; done && i < n_theta; i++) {
        if (!s->profile || robust)
            c.variance[i] = c.matrix[i + i * n_theta];
        double variance = c.variance[i];
        c.has[i] = s->state[i] == TRANSFORM_FREE && !involved(f, i) && variance > 0 &&
                   isfinite(variance) && faces_role(f, i) == FACE_FREE;
        c.any = c.any || c.has[i];
    }
    space_lay_out(s, f->state, f->theta);
    return c;
}

double covariance_of_derived(const fit_state *f, const covariance *c, const double *slope,
                             size_t stride)
{
    size_t n = f->info->n_theta;
    double variance = 0, size = 0;
    if (!c->any)
        return NAN;
    for (size_t i = 0; i < n; i++)
        if (slope[i * stride] != 0 && (f->infinite[i] || faces_role(f, i) == FACE_KINK))
            return NAN;
    for (size_t k = 0; k < f->n_null; k++) {
        double sum = 0, terms = 0;
        for (size_t i = 0; i < n; i++) {
            double term = slope[i * stride] * f->null[i + k * n];
            sum += term;
            terms += fabs(term);
        }
        if (fabs(sum) > 1e-6 * terms)
            return NAN;
    }
    if (!c->matrix) {
        variance = profile_variance_of(f->space.profile, slope, stride);
        return variance > 0 ? variance : NAN;
    }
    for (size_t j = 0; j < n; j++)
        for (size_t i = 0; i < n; i++)
            if (slope[i * stride] != 0 && slope[j * stride] != 0) {
                double term = slope[i * stride] * c->matrix[i + j * n] * slope[j * stride];
                variance += term;
                size += fabs(term);
            }
    /* What an active constraint holds has no variance but rounding. */
    return variance > 1e-14 * size ? variance : NAN;
}
