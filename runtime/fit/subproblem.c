/* The trust-region subproblem.
 *
 * A step s of length at most Delta minimises the model q(s) = g's + s'Bs/2 if and only if, for some
 * lambda >= 0, (B + lambda I) s = -g with B + lambda I positive semidefinite and
 * lambda (Delta - |s|) = 0 (Moré & Sorensen 1983, Computing a trust region step; Conn, Gould &
 * Toint 2000, chapter 7; Nocedal & Wright 2006, section 4.3).
 *
 * 1. B positive definite, and the Newton step inside: that is the answer. One Cholesky.
 * 2. B positive definite, the Newton step too long: lambda > 0 solves 1/Delta - 1/|s(lambda)| = 0,
 *    which is nearly linear in lambda; Newton's method from the left needs two or three Cholesky
 *    factorisations. The length need only be right to a tenth.
 * 3. B not positive definite, or so ill-conditioned that Cholesky's success is luck: the
 * eigenvectors of B decouple everything and lambda costs O(n) an iteration. Where the gradient has
 * no part along the eigenvectors of the most negative eigenvalue, |s(lambda)| stays below Delta for
 * every admissible lambda: the hard case. Then the step is completed by a multiple of such an
 *    eigenvector, which is how a saddle with zero gradient is left.
 *
 * Eigenvalues that are zero to rounding, along which the gradient is zero to rounding as well, are
 * null directions: flat as far as the model knows. The step has no part along them, since otherwise
 * noise divided by noise would move the iterate at random. Whether the objective is flat there too
 * is for the caller to find out. */
#include "runtime/fit/subproblem.h"

#include "runtime/algebra/dense.h"

#include <float.h>
#include <math.h>
#include <string.h>

/* Reciprocal condition below which a Cholesky factor is not trusted to tell the sign of curvature.
 */
#define WELL_CONDITIONED 1e-13
/* A gradient component of this share of the gradient, or of one standard error, is rounding. */
#define SLOPE_NOISE 1e-10

void subproblem_init(subproblem *s, arena *a, size_t capacity)
{
    size_t n = capacity, square = n * n * sizeof(double);
    size_t eigen = dense_eigen_work(n);
    *s = (subproblem){.capacity = n};
    s->b = arena_alloc(a, square);
    s->factor = arena_alloc(a, square);
    s->trial = arena_alloc(a, square);
    s->g = ARENA_ARRAY(a, double, n);
    s->values = ARENA_ARRAY(a, double, n);
    s->along = ARENA_ARRAY(a, double, n);
    s->newton = ARENA_ARRAY(a, double, n);
    s->work = arena_alloc(a, (eigen > 3 * n ? eigen : 3 * n) * sizeof(double));
    s->integers = ARENA_ARRAY(a, int, dense_eigen_integers(n));
}

static double null_curvature(const subproblem *s)
{
    size_t n = s->n;
    double largest = fabs(s->values[n - 1]);
    if (fabs(s->values[0]) > largest)
        largest = fabs(s->values[0]);
    return s->flat * largest;
}

static double null_slope(const subproblem *s)
{
    return s->level * (1 + dense_norm2(s->n, s->along));
}

bool subproblem_is_null(const subproblem *s, size_t i)
{
    return !s->positive && fabs(s->values[i]) <= null_curvature(s) &&
           fabs(s->along[i]) <= null_slope(s);
}

static bool factor_positive(subproblem *s)
{
    size_t n = s->n;
    memcpy(s->factor, s->b, n * n * sizeof *s->factor);
    if (!dense_cholesky(n, s->factor))
        return false;
    if (n > 1) {
        memcpy(s->trial, s->b, n * n * sizeof *s->trial);
        dense_mirror(n, s->trial);
        double norm = dense_norm1(n, s->trial);
        if (!(dense_cholesky_rcond(n, s->factor, norm, s->work, s->integers) > WELL_CONDITIONED))
            return false;
    }
    for (size_t i = 0; i < n; i++)
        s->newton[i] = -s->g[i];
    dense_cholesky_solve(n, s->factor, s->newton, 1);
    s->decrement = -0.5 * dense_dot(n, s->g, s->newton);
    return isfinite(s->decrement);
}

static bool factor_eigen(subproblem *s)
{
    size_t n = s->n;
    memcpy(s->factor, s->b, n * n * sizeof *s->factor);
    if (!dense_eigen(n, s->factor, s->values, s->work, s->integers))
        return false;
    for (size_t i = 0; i < n; i++)
        s->along[i] = dense_dot(n, s->factor + i * n, s->g);
    double zero = null_curvature(s);
    s->convex = s->values[0] >= -zero;
    s->has_newton = true;
    s->n_null = 0;
    s->decrement = 0;
    memset(s->newton, 0, n * sizeof *s->newton);
    for (size_t i = 0; i < n; i++) {
        if (subproblem_is_null(s, i)) {
            s->n_null++;
            continue;
        }
        if (!(s->values[i] > zero)) {
            s->has_newton = false;
            continue;
        }
        double t = -s->along[i] / s->values[i];
        s->decrement -= 0.5 * t * s->along[i];
        for (size_t k = 0; k < n; k++)
            s->newton[k] += t * s->factor[k + i * n];
    }
    return true;
}

bool subproblem_factor(subproblem *s, size_t n)
{
    s->n = n;
    s->n_null = 0;
    s->flat = (double)(n + 4) * 4 * DBL_EPSILON;
    s->level = SLOPE_NOISE;
    for (size_t i = 0; i < n; i++)
        if (!isfinite(s->g[i]))
            return false;
    s->positive = factor_positive(s);
    if (s->positive) {
        s->convex = s->has_newton = true;
    } else if (!factor_eigen(s)) {
        return false;
    }
    s->newton_length = s->has_newton ? dense_norm2(n, s->newton) : INFINITY;
    return true;
}

bool subproblem_loosen(subproblem *s, double tolerance)
{
    s->flat = s->level = tolerance;
    s->positive = false;
    if (!factor_eigen(s))
        return false;
    s->newton_length = s->has_newton ? dense_norm2(s->n, s->newton) : INFINITY;
    return true;
}

/* Decrease of the model by a step. */
static double decrease(subproblem *s, const double *step)
{
    size_t n = s->n;
    double slope = dense_dot(n, s->g, step), bend = 0;
    for (size_t j = 0; j < n; j++) {
        bend += s->b[j + j * n] * step[j] * step[j];
        double below = 0;
        for (size_t i = j + 1; i < n; i++)
            below += s->b[i + j * n] * step[i];
        bend += 2 * below * step[j];
    }
    return -(slope + 0.5 * bend);
}

static void scale_to(size_t n, double length, double *step)
{
    double now = dense_norm2(n, step);
    if (now > 0)
        for (size_t i = 0; i < n; i++)
            step[i] *= length / now;
}

/* Case 2. */
static void step_cholesky(subproblem *s, double radius, double *step)
{
    size_t n = s->n;
    double lambda = 0, length = s->newton_length;
    double *w = s->work;
    memcpy(step, s->newton, n * sizeof *step);
    const double *l = s->factor;
    for (int k = 0; k < 12 && fabs(length - radius) > 0.1 * radius; k++) {
        memcpy(w, step, n * sizeof *w);
        dense_lower_solve(n, l, false, w);
        double w2 = dense_dot(n, w, w);
        lambda += length * length / w2 * ((length - radius) / radius);
        if (!(lambda > 0) || isinf(lambda))
            break;
        memcpy(s->trial, s->b, n * n * sizeof *s->trial);
        for (size_t i = 0; i < n; i++)
            s->trial[i + i * n] += lambda;
        if (!dense_cholesky(n, s->trial))
            break;
        l = s->trial;
        for (size_t i = 0; i < n; i++)
            step[i] = -s->g[i];
        dense_cholesky_solve(n, l, step, 1);
        length = dense_norm2(n, step);
    }
    if (dense_norm2(n, step) > 1.1 * radius)
        scale_to(n, radius, step);
}

/* |s(lambda)| in eigenvector coordinates; null directions do not take part. */
static double shifted_length(const subproblem *s, double lambda)
{
    double sum = 0;
    for (size_t i = 0; i < s->n; i++) {
        if (subproblem_is_null(s, i))
            continue;
        double t = s->along[i] / (s->values[i] + lambda);
        sum += t * t;
    }
    return sqrt(sum);
}

/* Case 3: lambda in (low, high) with |s(lambda)| = radius, by bisection in the ratio to the pole.
 */
static double secular_root(const subproblem *s, double pole, double radius)
{
    double gradient = dense_norm2(s->n, s->along);
    double low = 0, high = gradient / radius + fabs(s->values[s->n - 1]) + fabs(pole) + radius;
    for (int k = 0; k < 200; k++) {
        double middle = low > 0 ? sqrt(low) * sqrt(high) : high * 1e-4;
        if (low == 0 && middle < DBL_MIN * 1e20)
            return pole;
        double length = shifted_length(s, pole + middle);
        if (fabs(length - radius) <= 1e-3 * radius)
            return pole + middle;
        if (length > radius)
            low = middle;
        else
            high = middle;
        if (low > 0 && high - low <= 4 * DBL_EPSILON * high)
            break;
    }
    return pole + high;
}

static void step_eigen(subproblem *s, double radius, double *step)
{
    size_t n = s->n;
    double smallest = s->values[0], zero = null_curvature(s);
    double pole = smallest < 0 ? -smallest : 0;
    bool negative = smallest < -zero;
    /* The gradient along the most negative curvature, and the length that is left when lambda comes
     * as near the pole as it may. */
    double bottom = 0, rest = 0;
    for (size_t i = 0; i < n; i++) {
        if (subproblem_is_null(s, i))
            continue;
        double distance = s->values[i] + pole;
        if (distance <= zero) {
            bottom = fmax(bottom, fabs(s->along[i]));
        } else {
            double t = s->along[i] / distance;
            rest += t * t;
        }
    }
    rest = sqrt(rest);
    double gradient = dense_norm2(n, s->along);
    bool hard = negative && rest < radius && bottom <= 1e-8 * gradient + 1e-300;
    memset(step, 0, n * sizeof *step);
    double lambda = hard ? pole : secular_root(s, pole, radius);
    for (size_t i = 0; i < n; i++) {
        double distance = s->values[i] + lambda;
        if (subproblem_is_null(s, i) || (hard && s->values[i] + pole <= zero) || !(distance > 0))
            continue;
        double t = -s->along[i] / distance;
        for (size_t k = 0; k < n; k++)
            step[k] += t * s->factor[k + i * n];
    }
    if (hard) {
        double length = sqrt(fmax(0, radius * radius - rest * rest));
        double t = s->along[0] > 0 ? -length : length;
        for (size_t k = 0; k < n; k++)
            step[k] += t * s->factor[k];
    }
}

double subproblem_step(subproblem *s, double radius, double *step)
{
    size_t n = s->n;
    if (s->has_newton && s->newton_length <= radius) {
        memcpy(step, s->newton, n * sizeof *step);
        return s->decrement;
    }
    if (s->positive)
        step_cholesky(s, radius, step);
    else
        step_eigen(s, radius, step);
    return decrease(s, step);
}
