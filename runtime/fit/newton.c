/* Trust-region Newton with an exact Hessian.
 *
 * At each point the coordinates are scaled by D_i = sqrt|H_ii|, which makes a step of length 1
 * about one standard error of a parameter when the others are known, and makes the iterates
 * independent of the units of the parameters. The step minimises the quadratic model in a ball
 * (subproblem.c); it is taken if and only if the objective decreases, and the radius follows the
 * ratio of actual to predicted decrease (Conn, Gould & Toint 2000, chapter 6; Nocedal & Wright
 * 2006, algorithm 4.1).
 *
 * The certificate is the Newton decrement g'H^-1 g / 2: the distance to the optimum of the
 * quadratic model, in units of the log-likelihood. It does not depend on the scale of anything.
 * Below the tolerance come full Newton steps, judged by the decrement, since differences of the
 * objective are rounding by then ("polishing"). Near a regular optimum each squares the error, and
 * two or three reach the noise of the gradient. When instead some steps in a row keep their
 * direction and the decrement falls by a constant factor, the optimum is not here: for f ~ exp(-t)
 * each step adds 1 to t for ever and the decrement falls by e, for f ~ t^4 the steps shrink by 2/3.
 * That is reported as LINEAR, with the last points, from which the caller sees who is moving. */
#include "runtime/fit/newton.h"

#include "runtime/algebra/dense.h"
#include "runtime/fit/subproblem.h"

#include <float.h>
#include <math.h>
#include <string.h>

enum { TRAIL = 3, LINEAR_STEPS = 3, POLISH_STEPS = 60, REJECTIONS = 80, MORE_STEPS = 40 };
/* A decrement that is nothing whatever the size of the objective. */
#define INVISIBLE 1e-24
/* One that is rounding, as a share of the objective: that of its terms, which grows with them. */
#define NOISE 1e-30
/* Share of the largest curvature that counts as none once no step improves. */
#define RIDGE 1e-6

struct newton {
    subproblem model;
    size_t n;
    double f;
    double *x, *g, *h;        /* at the current point */
    double *xt, *gt, *ht;     /* at a trial point */
    double *scale, *peak;     /* D, and its largest values in this run */
    double *step, *last_step; /* in the coordinates of x */
    double *scaled;           /* a scaled step */
    double *trail[TRAIL];
    size_t n_trail;
    double *start;
};

newton *newton_new(arena *a, size_t n)
{
    newton *w = ARENA_NEW(a, newton);
    subproblem_init(&w->model, a, n);
    double **vectors[] = {&w->x,    &w->g,         &w->xt,     &w->gt,    &w->scale,
                          &w->step, &w->last_step, &w->scaled, &w->start, &w->peak};
    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++)
        *vectors[i] = ARENA_ARRAY(a, double, n);
    for (size_t i = 0; i < TRAIL; i++)
        w->trail[i] = ARENA_ARRAY(a, double, n);
    w->h = arena_alloc(a, n * n * sizeof *w->h);
    w->ht = arena_alloc(a, n * n * sizeof *w->ht);
    return w;
}

static void swap(double **a, double **b)
{
    double *t = *a;
    *a = *b;
    *b = t;
}

/* D and the scaled model at x. A coordinate whose curvature vanished keeps a small share of the
 * largest scale it had, so that a slope without curvature does not look infinite; one that never
 * had any is measured by its own size, so that rounding in the step stays rounding. */
static bool factor(newton *w, const double *x, const double *g, const double *h, bool fresh)
{
    size_t n = w->n;
    for (size_t i = 0; i < n; i++) {
        double d = sqrt(fabs(h[i + i * n])), floor = fresh ? 0 : 1e-8 * w->peak[i];
        if (!(d > floor))
            d = floor;
        if (!(d > 0))
            d = fabs(g[i]) > 0 ? fabs(g[i]) : 1 / (1 + fabs(x[i]));
        if (!isfinite(d))
            return false;
        w->scale[i] = d;
        w->peak[i] = fmax(w->peak[i], d);
    }
    for (size_t i = 0; i < n; i++)
        w->model.g[i] = g[i] / w->scale[i];
    for (size_t j = 0; j < n; j++)
        for (size_t i = j; i < n; i++)
            w->model.b[i + j * n] = h[i + j * n] / w->scale[i] / w->scale[j];
    return subproblem_factor(&w->model, n);
}

static bool all_finite(size_t n, const double *v)
{
    for (size_t i = 0; i < n; i++)
        if (!isfinite(v[i]))
            return false;
    return true;
}

static bool evaluate(const newton *w, const newton_objective *o, const double *x, double *f,
                     double *g, double *h)
{
    return all_finite(w->n, x) && o->eval(o->user, x, f, g, h) && isfinite(*f) &&
           all_finite(w->n, g) && all_finite(w->n * w->n, h);
}

/* xt = x + step. False: the same point, the step is below rounding. */
static bool make_trial(newton *w)
{
    bool moved = false;
    for (size_t i = 0; i < w->n; i++) {
        w->xt[i] = w->x[i] + w->step[i];
        moved = moved || w->xt[i] != w->x[i];
    }
    return moved;
}

static void accept(newton *w, double f)
{
    double *oldest = w->trail[TRAIL - 1];
    for (size_t i = TRAIL - 1; i > 0; i--)
        w->trail[i] = w->trail[i - 1];
    w->trail[0] = oldest;
    memcpy(oldest, w->x, w->n * sizeof *oldest);
    if (w->n_trail < TRAIL)
        w->n_trail++;
    swap(&w->x, &w->xt);
    swap(&w->g, &w->gt);
    swap(&w->h, &w->ht);
    w->f = f;
}

static void unscale(newton *w)
{
    for (size_t i = 0; i < w->n; i++)
        w->step[i] = w->scaled[i] / w->scale[i];
}

/* The step for a radius; a coordinate that would move beyond its limit shortens the radius. */
static double limited_step(newton *w, const newton_objective *o, double *radius)
{
    double predicted = 0;
    for (int k = 0; k < 6; k++) {
        predicted = subproblem_step(&w->model, *radius, w->scaled);
        unscale(w);
        double excess = 1;
        for (size_t i = 0; o->step_limit && i < w->n; i++)
            if (fabs(w->step[i]) > excess * o->step_limit[i])
                excess = fabs(w->step[i]) / o->step_limit[i];
        if (!(excess > 1.01))
            break;
        *radius = dense_norm2(w->n, w->scaled) / excess;
    }
    return predicted;
}

/* Whether two successive steps have one direction and about one length. */
static bool same_course(const newton *w)
{
    double dot = 0, a = 0, b = 0;
    for (size_t i = 0; i < w->n; i++) {
        double s = w->step[i] * w->scale[i], l = w->last_step[i] * w->scale[i];
        dot += s * l;
        a += s * s;
        b += l * l;
    }
    return dot > 0.8 * sqrt(a) * sqrt(b);
}

/* Full Newton steps while the decrement falls. Expects the model factored at x. */
static newton_status polish(newton *w, const newton_objective *o, newton_result *r)
{
    int linear = 0;
    bool singular = w->model.n_null > 0;
    double before = 0;
    for (int k = 0; k < POLISH_STEPS; k++) {
        double decrement = w->model.decrement, f;
        r->decrement = decrement;
        bool arrived = decrement < NOISE * (1 + fabs(w->f)) && decrement < 0.02 * before;
        if (!(decrement > 0) || arrived)
            break;
        before = decrement;
        memcpy(w->last_step, w->step, w->n * sizeof *w->step);
        memcpy(w->scaled, w->model.newton, w->n * sizeof *w->scaled);
        unscale(w);
        if (!make_trial(w) || !evaluate(w, o, w->xt, &f, w->gt, w->ht))
            break;
        if (f > w->f + 1e-9 * (1 + fabs(w->f)))
            break;
        bool improves = factor(w, w->xt, w->gt, w->ht, true) && w->model.has_newton &&
                        w->model.convex && w->model.decrement < decrement;
        if (!improves || (w->model.n_null == 0 && singular)) {
            /* The model belongs to the trial point by now. */
            factor(w, w->x, w->g, w->h, true);
            break;
        }
        singular = w->model.n_null > 0;
        bool steady = k > 0 && same_course(w) && w->model.decrement > 0.02 * decrement;
        linear = steady ? linear + 1 : 0;
        accept(w, f);
        r->iterations++;
        if (linear >= LINEAR_STEPS) {
            r->decrement = w->model.decrement;
            return NEWTON_LINEAR;
        }
        if (o->watch && !o->watch(o->user, r->iterations, w->f, w->model.decrement))
            return NEWTON_STOPPED;
    }
    return singular ? NEWTON_SINGULAR : NEWTON_CERTIFIED;
}

/* Whether the decrement is explained by rounding in the gradient: the gradient at points a few
 * units in the last place away differs from its linear prediction by noise alone. Needed where
 * residuals are differences of nearly equal numbers. Expects the model factored at x. */
static bool within_noise(newton *w, const newton_objective *o, double decrement)
{
    if (!w->model.positive || !(decrement < 1e-2))
        return false;
    double noise = 0, f;
    size_t n = w->n;
    for (int sample = 0; sample < 3; sample++) {
        for (size_t i = 0; i < n; i++) {
            int sign = ((i + (size_t)sample) * 2654435761u >> 7) & 1 ? 1 : -1;
            w->xt[i] = w->x[i] * (1 + sign * (sample + 2) * DBL_EPSILON);
            w->step[i] = w->xt[i] - w->x[i];
        }
        if (!evaluate(w, o, w->xt, &f, w->gt, w->ht))
            return false;
        for (size_t i = 0; i < n; i++)
            w->scaled[i] = (w->gt[i] - w->g[i] - dense_dot(n, w->h + i * n, w->step)) / w->scale[i];
        memcpy(w->xt, w->scaled, n * sizeof *w->xt);
        dense_cholesky_solve(n, w->model.factor, w->scaled, 1);
        noise = fmax(noise, 0.5 * dense_dot(n, w->xt, w->scaled));
    }
    return decrement <= 30 * noise;
}

static bool left_range(const newton *w, const newton_objective *o)
{
    for (size_t i = 0; o->range && i < w->n; i++)
        if (fabs(w->x[i] - w->start[i]) > o->range[i])
            return true;
    return false;
}

/* Polishing may start where the decrement is below the tolerance, or below what differences of the
 * objective can show. */
static bool may_polish(const newton *w, const newton_options *options)
{
    return w->model.has_newton && w->model.convex &&
           w->model.decrement < fmax(options->tolerance, 1e-13 * fabs(w->f));
}

/* At a point that no step improves: on a curved ridge, such as that of a product of which only the
 * value matters, the curvature along the ridge is the remaining gradient times the bend, small of
 * either sign rather than zero. With tolerances to match, the point is optimal but for the ridge.
 */
static newton_status give_up(newton *w, const newton_options *options, newton_result *r,
                             newton_status status)
{
    if (!subproblem_loosen(&w->model, RIDGE) || w->model.n_null == 0 || !w->model.convex ||
        !w->model.has_newton || !(w->model.decrement < 100 * options->tolerance))
        return status;
    r->decrement = w->model.decrement;
    return NEWTON_SINGULAR;
}

static newton_status iterate(newton *w, const newton_objective *o, const newton_options *options,
                             newton_result *r)
{
    double radius = -1;
    int rejections = 0, more = MORE_STEPS;
    bool certified = false;
    for (;;) {
        if (!factor(w, w->x, w->g, w->h, false))
            return NEWTON_STALLED;
        r->indefinite = r->indefinite || !w->model.positive;
        certified = certified && w->model.positive && w->model.decrement < options->tolerance;
        r->decrement = w->model.decrement;
        if (may_polish(w, options)) {
            newton_status status = options->polish        ? polish(w, o, r)
                                   : w->model.n_null == 0 ? NEWTON_CERTIFIED
                                                          : NEWTON_SINGULAR;
            if (status == NEWTON_STOPPED || status == NEWTON_LINEAR)
                return status;
            /* Where the objective still shows the progress, its decrease is the better judge. */
            certified = r->decrement < options->tolerance;
            bool visible = r->decrement > fmax(1e-13 * fabs(w->f), INVISIBLE);
            if (certified && (!visible || more-- <= 0))
                return status;
            if (!certified && within_noise(w, o, r->decrement))
                return status;
        }
        if (r->iterations >= options->max_iterations)
            return give_up(w, options, r, NEWTON_LIMIT);
        if (radius < 0)
            radius = w->model.positive ? w->model.newton_length : 1;
        /* Trial steps from one point share its factorisation. */
        for (;;) {
            double f = 0, predicted = limited_step(w, o, &radius);
            double length = dense_norm2(w->n, w->scaled);
            if (!(predicted > 0) || !make_trial(w) || rejections > REJECTIONS)
                return certified || within_noise(w, o, w->model.decrement)
                           ? NEWTON_CERTIFIED
                           : give_up(w, options, r, NEWTON_STALLED);
            bool defined = evaluate(w, o, w->xt, &f, w->gt, w->ht);
            double ratio = defined ? (w->f - f) / predicted : -1;
            if (!defined || !(f < w->f)) {
                radius = length * (defined ? 0.25 : 0.1);
                rejections++;
                continue;
            }
            rejections = 0;
            if (ratio > 0.75)
                radius = fmax(radius, 3 * length);
            else if (ratio < 0.25)
                radius = 0.4 * length;
            else
                radius = fmax(radius, length);
            accept(w, f);
            break;
        }
        r->iterations++;
        if (o->watch && !o->watch(o->user, r->iterations, w->f, r->decrement))
            return NEWTON_STOPPED;
        if (left_range(w, o))
            return NEWTON_RUNAWAY;
    }
}

newton_result newton_run(newton *w, const newton_objective *o, const newton_options *options,
                         double *x)
{
    newton_result r = {.status = NEWTON_UNDEFINED, .f = NAN, .decrement = NAN};
    w->n = o->n;
    w->n_trail = 0;
    w->model.n = o->n;
    memcpy(w->x, x, w->n * sizeof *x);
    memcpy(w->start, x, w->n * sizeof *x);
    memset(w->step, 0, w->n * sizeof *x);
    memset(w->peak, 0, w->n * sizeof *x);
    if (!evaluate(w, o, w->x, &w->f, w->g, w->h))
        return r;
    r.status = NEWTON_CERTIFIED;
    r.decrement = 0;
    if (w->n > 0)
        r.status = iterate(w, o, options, &r);
    r.f = w->f;
    r.decrement = fabs(r.decrement); /* never -0 */
    if (r.status == NEWTON_SINGULAR)
        r.n_null = w->model.n_null;
    memcpy(x, w->x, w->n * sizeof *x);
    return r;
}

const double *newton_gradient(const newton *w) { return w->g; }

const double *newton_hessian(const newton *w) { return w->h; }

size_t newton_trail_length(const newton *w) { return w->n_trail; }

const double *newton_trail(const newton *w, size_t back) { return w->trail[back]; }

void newton_null_direction(const newton *w, size_t number, double *direction)
{
    size_t n = w->n;
    for (size_t i = 0; i < n; i++) {
        if (!subproblem_is_null(&w->model, i) || number-- > 0)
            continue;
        for (size_t k = 0; k < n; k++)
            direction[k] = w->model.factor[k + i * n] / w->scale[k];
        return;
    }
    memset(direction, 0, n * sizeof *direction);
}
