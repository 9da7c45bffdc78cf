/* Ridges.
 *
 * Where only the product a b is identified, the maximum is a curve. At a point on it the
 * information is singular, but at a computed point it has, in place of zero, an eigenvalue of the
 * size of the remaining gradient, of either sign. A positive one looks like a maximum with huge
 * standard errors. A model that is merely ill-conditioned looks the same, and must not be accused.
 *
 * The two differ in the profile: the smallest objective at distance t along the eigenvector, all
 * other directions optimised. It rises by lambda t^2 / 2 when the curvature is real, and by nothing
 * when the ridge merely bends away from the straight line. So each suspicious direction is followed
 * for a moderate distance and the two rises are compared. */
#include "runtime/fit/ridge.h"

#include "runtime/algebra/dense.h"
#include "runtime/fit/flat.h"

#include <float.h>
#include <math.h>
#include <string.h>

/* Scaled curvature below which a direction is followed, as a share of the largest. */
#define SUSPICIOUS 1e-6
/* Relative change of a parameter on the way. */
#define DISTANCE 0.3

typedef struct {
    fit_space *space;
    size_t n, leave_out;
    double *scale, *vectors, *values; /* of the scaled Hessian */
    const double *x;                  /* the optimum */
    double t;                         /* distance along vector number leave_out */
    double *xt, *g, *h, *product;
} ridge;

/* xt = x + D^-1 (t q + Q y), where Q are the other eigenvectors. */
static void place(ridge *p, const double *y)
{
    size_t n = p->n;
    for (size_t i = 0; i < n; i++) {
        double sum = p->t * p->vectors[i + p->leave_out * n];
        for (size_t k = 0, j = 0; k < n; k++)
            if (k != p->leave_out)
                sum += p->vectors[i + k * n] * y[j++];
        p->xt[i] = p->x[i] + sum / p->scale[i];
    }
}

static bool ridge_eval(void *user, const double *y, double *f, double *g, double *h)
{
    ridge *p = user;
    size_t n = p->n, m = n - 1;
    place(p, y);
    if (!space_eval(p->space, p->xt, f, p->g, p->h))
        return false;
    for (size_t i = 0; i < n; i++)
        p->g[i] /= p->scale[i];
    for (size_t j = 0; j < n; j++)
        for (size_t i = 0; i < n; i++)
            p->h[i + j * n] = p->h[i + j * n] / p->scale[i] / p->scale[j];
    for (size_t k = 0, j = 0; k < n; k++) {
        const double *q = p->vectors + k * n;
        if (k == p->leave_out)
            continue;
        g[j] = dense_dot(n, q, p->g);
        for (size_t i = 0; i < n; i++)
            p->product[i + j * n] = dense_dot(n, p->h + i * n, q);
        j++;
    }
    for (size_t j = 0; j < m; j++)
        for (size_t k = 0, i = 0; k < n; k++)
            if (k != p->leave_out)
                h[i++ + j * m] = dense_dot(n, p->vectors + k * n, p->product + j * n);
    return true;
}

/* How far to go: no parameter by much more than DISTANCE of itself, further where a real rise would
 * be lost in the rounding of the objective, and never further than where it should have risen by 1.
 */
static double choose_distance(const fit_state *f, const ridge *p, size_t k, double measurable)
{
    double furthest = sqrt(2 / p->values[k]), t = furthest;
    for (size_t i = 0; i < p->n; i++) {
        double unit = fabs(p->vectors[i + k * p->n]) / p->scale[i];
        double room = isinf(f->space.step_limit[i])
                          ? fmax(DISTANCE * fabs(p->x[i]), 3 / p->scale[i])
                          : DISTANCE;
        if (unit * t > room)
            t = room / unit;
    }
    while (0.5 * p->values[k] * t * t < measurable && t < furthest)
        t *= 2;
    return t < furthest ? t : furthest;
}

static bool is_ridge(fit_state *f, ridge *p, size_t k)
{
    if (!(p->values[k] > 0))
        return true;
    double measurable = 1e3 * DBL_EPSILON * (1 + fabs(f->f));
    double *y = ARENA_ARRAY(f->arena, double, p->n);
    p->leave_out = k;
    p->t = choose_distance(f, p, k, measurable);
    double predicted = 0.5 * p->values[k] * p->t * p->t;
    if (predicted < measurable)
        return false;
    newton_objective objective = {.n = p->n - 1, .eval = ridge_eval, .user = p};
    newton_options options = {.max_iterations = 50, .tolerance = 1e-12, .polish = true};
    newton_result r = newton_run(f->newton, &objective, &options, y);
    bool settled = r.status == NEWTON_CERTIFIED || r.status == NEWTON_SINGULAR;
    return settled && r.f - f->f < 0.1 * predicted;
}

/* Scaled copy of the Hessian in p->h, and D. */
static void scale_hessian(ridge *p, const double *h)
{
    size_t n = p->n;
    for (size_t i = 0; i < n; i++) {
        double d = sqrt(fabs(h[i + i * n]));
        p->scale[i] = d > 0 ? d : 1;
    }
    for (size_t j = 0; j < n; j++)
        for (size_t i = 0; i < n; i++)
            p->h[i + j * n] = h[i + j * n] / p->scale[i] / p->scale[j];
}

bool ridge_check(fit_state *f)
{
    size_t n = f->space.n;
    arena *a = f->arena;
    if (n < 2)
        return false;
    ridge p = {.space = &f->space, .n = n, .x = f->x};
    p.scale = ARENA_ARRAY(a, double, n);
    p.h = arena_alloc(a, n * n * sizeof(double));
    p.vectors = arena_alloc(a, n * n * sizeof(double));
    int *integers = arena_alloc(a, dense_eigen_integers(n) * sizeof *integers);
    scale_hessian(&p, newton_hessian(f->newton));
    double norm = dense_norm1(n, p.h);
    memcpy(p.vectors, p.h, n * n * sizeof(double));
    p.g = ARENA_ARRAY(a, double, 3 * n);
    if (dense_cholesky(n, p.vectors) &&
        dense_cholesky_rcond(n, p.vectors, norm, p.g, integers) > SUSPICIOUS)
        return false;
    p.values = ARENA_ARRAY(a, double, n);
    p.xt = ARENA_ARRAY(a, double, n);
    p.product = arena_alloc(a, n * n * sizeof(double));
    double *work = arena_alloc(a, dense_eigen_work(n) * sizeof *work);
    memcpy(p.vectors, p.h, n * n * sizeof(double));
    if (!dense_eigen(n, p.vectors, p.values, work, integers))
        return false;
    /* The Hessian of the optimum is needed after the runs below. */
    double *null = arena_alloc(a, n * n * sizeof *null);
    size_t k = 0;
    for (size_t i = 0; i < n && p.values[i] < SUSPICIOUS * p.values[n - 1]; i++) {
        if (!is_ridge(f, &p, i))
            continue;
        for (size_t j = 0; j < n; j++)
            null[j + k * n] = p.vectors[j + i * n] / p.scale[j];
        k++;
    }
    if (k == 0)
        return false;
    flat_set(f, k, null, p.scale);
    return true;
}
