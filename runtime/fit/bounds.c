#include "runtime/fit/bounds.h"

#include <math.h>
#include <string.h>

/* Shares of the start distance at which an approach is taken seriously. */
#define NEAR 0.05

/* The size of a distance to a bound that is ordinary for element i. */
static double ordinary(const fit_state *f, size_t i) { return f->size[i] > 0 ? f->size[i] : 1; }

static double distance(const fit_state *f, const double *theta, size_t i, transform_state *at)
{
    const transform *t = &f->space.transforms[f->space.owner[i]];
    const eval_parameter *p = &f->info->parameters[f->space.owner[i]];
    size_t k = (i - p->first) % t->width;
    return transform_bound_distance(t, theta + (i - k), (uint32_t)k, ordinary(f, i), at);
}

/* Element i nears a bound, and did so in the last two steps. */
static bool approaches(const fit_state *f, size_t i, transform_state *at)
{
    transform_state before;
    if (f->state[i] != TRANSFORM_FREE ||
        transform_is_identity(&f->space.transforms[f->space.owner[i]]))
        return false;
    double d = distance(f, f->theta, i, at);
    if (!(d < NEAR))
        return false;
    if (d < BOUNDS_COLLAPSED)
        return true;
    if (!f->has_trail)
        return false;
    double d1 = distance(f, f->trail[0], i, &before);
    double d2 = distance(f, f->trail[1], i, &before);
    return d < 0.9 * d1 && d1 < 0.9 * d2;
}

/* f->scratch[0] becomes theta with the held elements of `state` on their bounds. The others must
 * have finite derivatives there. */
static bool value_at(fit_state *f, const transform_state *state, double *value)
{
    double *g = f->scratch[2];
    space_lay_out(&f->space, state, f->theta);
    space_from_theta(&f->space, f->theta, f->x);
    space_to_theta(&f->space, f->x, f->scratch[0]);
    if (!space_eval(&f->space, f->x, value, g, NULL))
        return false;
    for (size_t i = 0; i < f->space.n; i++)
        if (!isfinite(g[i]))
            return false;
    return true;
}

static bool try_states(fit_state *f, const transform_state *state)
{
    double value;
    if (!value_at(f, state, &value) || value > f->f + 1e-7 * (1 + fabs(f->f))) {
        space_lay_out(&f->space, f->state, f->theta);
        return false;
    }
    memcpy(f->state, state, f->info->n_theta * sizeof *state);
    memcpy(f->theta, f->scratch[0], f->info->n_theta * sizeof *f->theta);
    f->f = value;
    return true;
}

bool bounds_hold(fit_state *f)
{
    size_t n = f->info->n_theta, candidates = 0;
    transform_state *state = ARENA_ARRAY(f->arena, transform_state, n), at;
    memcpy(state, f->state, n * sizeof *state);
    for (size_t i = 0; i < n; i++)
        if (approaches(f, i, &at)) {
            state[i] = at;
            candidates++;
        }
    if (candidates == 0)
        return false;
    if (try_states(f, state))
        return true;
    if (candidates == 1)
        return false;
    /* Not all together: then each alone. */
    bool any = false;
    for (size_t i = 0; i < n; i++) {
        if (!approaches(f, i, &at))
            continue;
        memcpy(state, f->state, n * sizeof *state);
        state[i] = at;
        any = try_states(f, state) || any;
    }
    return any;
}

double bounds_value(const fit_state *f, size_t i)
{
    const transform *t = &f->space.transforms[f->space.owner[i]];
    if (!f->limit[i])
        return f->theta[i];
    return f->heading[i] > 0 ? t->upper : t->lower;
}

bool bounds_hold_limits(fit_state *f)
{
    for (size_t i = 0; i < f->info->n_theta; i++) {
        const transform *t = &f->space.transforms[f->space.owner[i]];
        if (!f->infinite[i])
            continue;
        bool vector = t->type == MLEC_TYPE_ORDERED || t->type == MLEC_TYPE_SIMPLEX;
        if (vector || isinf(f->heading[i] > 0 ? t->upper : t->lower))
            return false;
    }
    for (size_t i = 0; i < f->info->n_theta; i++) {
        if (!f->infinite[i])
            continue;
        f->state[i] = TRANSFORM_FIXED;
        f->limit[i] = true;
        f->infinite[i] = false;
    }
    return true;
}

/* theta with held element i moved inside by the share `t`: into f->scratch[1]. */
static void move_inside(fit_state *f, size_t i, double t)
{
    const transform *map = &f->space.transforms[f->space.owner[i]];
    const eval_parameter *p = &f->info->parameters[f->space.owner[i]];
    double *theta = f->scratch[1];
    size_t k = (i - p->first) % map->width, first = i - k;
    memcpy(theta, f->theta, f->info->n_theta * sizeof *theta);
    if (map->type == MLEC_TYPE_SIMPLEX) {
        for (size_t j = first; j < first + map->width; j++)
            theta[j] *= 1 - t;
        theta[i] = t;
    } else if (map->type == MLEC_TYPE_ORDERED) {
        for (size_t j = i; j < first + map->width; j++)
            theta[j] += t * ordinary(f, i);
    } else if (f->state[i] == TRANSFORM_AT_UPPER) {
        theta[i] = map->upper - t * (isinf(map->lower) ? ordinary(f, i) : map->upper - map->lower);
    } else {
        theta[i] = map->lower + t * (isinf(map->upper) ? ordinary(f, i) : map->upper - map->lower);
    }
}

bool bounds_release(fit_state *f)
{
    static const double shares[] = {0.3, 0.1, 0.01, 1e-3, 1e-5};
    bool any = false;
    for (size_t i = 0; i < f->info->n_theta; i++) {
        if (f->state[i] != TRANSFORM_AT_LOWER && f->state[i] != TRANSFORM_AT_UPPER)
            continue;
        for (size_t k = 0; k < sizeof shares / sizeof *shares; k++) {
            double value;
            move_inside(f, i, shares[k]);
            if (!space_value(&f->space, f->scratch[1], &value) ||
                !(value < f->f - 1e-7 * (1 + fabs(f->f))))
                continue;
            memcpy(f->theta, f->scratch[1], f->info->n_theta * sizeof *f->theta);
            f->state[i] = TRANSFORM_FREE;
            f->f = value;
            any = true;
            break;
        }
    }
    return any;
}

bool bounds_unbounded(fit_state *f, double share)
{
    bool any = false;
    for (size_t i = 0; i < f->info->n_theta; i++) {
        transform_state at;
        const transform *t = &f->space.transforms[f->space.owner[i]];
        if (f->state[i] != TRANSFORM_FREE || transform_is_identity(t) ||
            !(distance(f, f->theta, i, &at) < share))
            continue;
        f->infinite[i] = true;
        any = true;
    }
    f->unbounded = any;
    return any;
}

void bounds_report(fit_state *f)
{
    for (size_t i = 0; i < f->info->n_theta; i++) {
        if (f->state[i] != TRANSFORM_AT_LOWER && f->state[i] != TRANSFORM_AT_UPPER && !f->limit[i])
            continue;
        const char *name = f->info->names[i];
        const transform *t = &f->space.transforms[f->space.owner[i]];
        diag *d;
        if (t->type == MLEC_TYPE_ORDERED)
            d = diag_report(f->diags, DIAG_BOUNDARY, NO_SPAN,
                            "%s equals the element before it: the maximum is at the boundary",
                            name);
        else
            d = diag_report(f->diags, DIAG_BOUNDARY, NO_SPAN,
                            "%s is at its bound %.7g: the maximum is at the boundary", name,
                            bounds_value(f, i));
        diag_add_parameter(f->diags, d, name);
        diag_add_hint(f->diags, d,
                      "it has no Wald standard error; the other standard errors hold it fixed");
    }
}
