/* Automatic start values.
 *
 * The scale of the data is unknown: responses may be of size 1e6 or 1e-9, regressors of size 1e13.
 * Newton's method on the coefficients of a linear predictor does not care, since it is invariant
 * under linear changes of the parameters, but in the logarithm of a scale parameter it needs one
 * step for each factor of e. So the two kinds are treated in turn:
 *
 * 1. defaults by type: 0 for real parameters, 1 above a lower bound, the middle of an interval,
 *    unit steps for ordered vectors, equal shares for a simplex;
 * 2. each parameter with one bound is multiplied by powers of ten, as long as the objective
 *    improves; parameters on an interval try a few shares of it; the one that gains most first;
 * 3. a few Newton steps over the real and ordered parameters, the others held;
 * 4. the scan again, since with a fitted mean the scale is another.
 *
 * Steps 3 and 4 repeat while a scan moves something. Elements with a declared start never move. */
#include "runtime/fit/start.h"

#include "runtime/calc/calc.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { DECADES = 25, ELEMENTS_ALONE = 12, GREEDY_UNITS = 8, VARIED = 30, ROUNDS = 3, STEPS = 10 };

/* Share of the objective that a move must gain: starts need not be good, and what gains less and
 * less by each decade leads to nowhere. */
#define WORTH 1e-3

/* Elements that move together in a scan. */
typedef struct {
    const transform *map;
    uint32_t first, last;
    bool interval;
} unit;

typedef struct {
    fit_space *s;
    newton *w;
    const transform_state *state;
    transform_state *hold; /* states of step 3 */
    bool *given;           /* elements that must not move */
    double *theta, *trial, *x;
    double f;
    bool finite;
    double worth;   /* share of the objective that a move must gain */
    bool endless;   /* a scan found no end */
    int iterations; /* of Newton's method */
    unit *units;
    size_t n_units;
} search;

static bool better(const search *q, bool finite, double f)
{
    return finite && (!q->finite || f < q->f - q->worth * (1 + fabs(q->f)));
}

/* Keeps `trial` when it is better. */
static bool offer(search *q)
{
    double f;
    bool finite = space_value(q->s, q->trial, &f);
    if (!better(q, finite, f))
        return false;
    memcpy(q->theta, q->trial, q->s->info->n_theta * sizeof *q->theta);
    q->f = f;
    q->finite = true;
    return true;
}

static void set_defaults(search *q)
{
    const eval_info *info = q->s->info;
    for (size_t k = 0; k < info->n_parameters; k++) {
        const eval_parameter *p = &info->parameters[k];
        const transform *t = &q->s->transforms[k];
        double value = 0;
        if (!isinf(p->lower) && !isinf(p->upper))
            value = p->lower + 0.5 * (p->upper - p->lower);
        else if (!isinf(p->lower))
            value = p->lower + 1;
        else if (!isinf(p->upper))
            value = p->upper - 1;
        for (uint32_t i = 0; i < p->count; i++) {
            uint32_t e = p->first + i;
            if (p->type == MLEC_TYPE_ORDERED)
                value = (double)(i % t->width) - 0.5 * (double)(t->width - 1);
            if (p->type == MLEC_TYPE_SIMPLEX)
                value = 1.0 / t->width;
            q->given[e] = !isnan(info->start[e]) || q->state[e] != TRANSFORM_FREE;
            q->theta[e] = isnan(info->start[e]) ? value : info->start[e];
        }
        /* One given element moves its whole ordered vector: the others keep their distances. */
        for (uint32_t i = 0; p->type == MLEC_TYPE_ORDERED && i < p->count; i += t->width) {
            double shift = 0;
            uint32_t n_given = 0;
            for (uint32_t j = 0; j < t->width; j++)
                if (q->given[p->first + i + j] && n_given++ == 0)
                    shift = q->theta[p->first + i + j] - ((double)j - 0.5 * (double)(t->width - 1));
            for (uint32_t j = 0; n_given == 1 && j < t->width; j++)
                if (!q->given[p->first + i + j])
                    q->theta[p->first + i + j] += shift;
        }
    }
    if (info->n_constraints)
        eval_move_inside(q->s->problem, q->s->arena, q->theta, NULL);
}

/* Elements [first, last) of a parameter with one bound: distances to it times `factor`. An ordered
 * vector spreads about its middle. */
static void scale_elements(search *q, const transform *t, uint32_t first, uint32_t last,
                           double factor)
{
    memcpy(q->trial, q->theta, q->s->info->n_theta * sizeof *q->trial);
    for (uint32_t e = first; e < last; e++) {
        if (q->given[e])
            continue;
        if (t->type == MLEC_TYPE_ORDERED) {
            uint32_t low = e - (e - first) % t->width;
            double middle = 0.5 * (q->theta[low] + q->theta[low + t->width - 1]);
            q->trial[e] = middle + factor * (q->theta[e] - middle);
        } else if (!isinf(t->lower)) {
            q->trial[e] = t->lower + factor * (q->theta[e] - t->lower);
        } else {
            q->trial[e] = t->upper - factor * (t->upper - q->theta[e]);
        }
    }
}

/* One move of a unit into `trial`: number `move` of its moves. False: there is none of that number.
 */
static bool make_move(search *q, const unit *u, size_t move)
{
    static const double factors[] = {10, 0.1, 1000, 0.001};
    static const double shares[] = {0.5, 0.2, 0.8, 0.05, 0.95};
    const transform *t = u->map;
    if (transform_is_identity(t)) {
        static const double ratios[] = {10, 0.1, 100, 0.01, -1};
        if (move >= sizeof ratios / sizeof *ratios)
            return false;
        memcpy(q->trial, q->theta, q->s->info->n_theta * sizeof *q->trial);
        for (uint32_t e = u->first; e < u->last; e++)
            if (!q->given[e] && transform_is_identity(&q->s->transforms[q->s->owner[e]]))
                q->trial[e] *= ratios[move];
        return true;
    }
    if (!u->interval) {
        if (move >= sizeof factors / sizeof *factors)
            return false;
        scale_elements(q, t, u->first, u->last, factors[move]);
        return true;
    }
    if (move >= sizeof shares / sizeof *shares)
        return false;
    memcpy(q->trial, q->theta, q->s->info->n_theta * sizeof *q->trial);
    for (uint32_t e = u->first; e < u->last; e++)
        if (!q->given[e])
            q->trial[e] = t->lower + shares[move] * (t->upper - t->lower);
    return true;
}

/* The best value that one move of the unit reaches, and that move. The moves by three decades are
 * for where the neighbours are no better. */
static double best_move(search *q, const unit *u, size_t *move)
{
    double best = INFINITY, f;
    for (size_t i = 0; make_move(q, u, i); i++) {
        if (i == 2 && !u->interval && better(q, isfinite(best), best))
            break;
        if (space_value(q->s, q->trial, &f) && f < best) {
            best = f;
            *move = i;
        }
    }
    return best;
}

/* Makes the move, and goes on by decades as long as it pays. A climb without end is no start value
 * but the mark of a likelihood without maximum: then nothing moves, and scanning ends. */
static void climb(search *q, const unit *u, size_t move)
{
    size_t n = q->s->info->n_theta;
    bool was_finite = q->finite;
    double f = q->f;
    memcpy(q->x, q->theta, n * sizeof *q->theta);
    make_move(q, u, move);
    if (!offer(q) || u->interval || transform_is_identity(u->map))
        return;
    for (int k = 0; k < DECADES; k++) {
        make_move(q, u, move % 2);
        if (!offer(q))
            return;
    }
    q->endless = true;
    if (was_finite) {
        memcpy(q->theta, q->x, n * sizeof *q->theta);
        q->f = f;
    }
}

/* With few units the one that gains most moves first, since the order matters: a shape can make up
 * for a wrong scale, and then hides it. */
static bool scan(search *q)
{
    bool moved = false, greedy = q->n_units <= GREEDY_UNITS || q->worth < WORTH;
    for (size_t pass = 0; pass < 4 * GREEDY_UNITS && !q->endless; pass++) {
        size_t best_unit = q->n_units, best_number = 0;
        double best = INFINITY;
        for (size_t k = 0; k < q->n_units && !q->endless; k++) {
            size_t move = 0;
            double f = best_move(q, &q->units[k], &move);
            if (!better(q, isfinite(f), f))
                continue;
            moved = true;
            if (!greedy) {
                climb(q, &q->units[k], move);
            } else if (f < best) {
                best = f;
                best_unit = k;
                best_number = move;
            }
        }
        if (best_unit == q->n_units)
            break;
        climb(q, &q->units[best_unit], best_number);
    }
    return moved && !q->endless;
}

static void add_unit(search *q, const transform *t, uint32_t first, uint32_t last)
{
    bool open = false;
    for (uint32_t e = first; e < last; e++)
        open = open || !q->given[e];
    bool interval = t->type != MLEC_TYPE_ORDERED && !isinf(t->lower) && !isinf(t->upper);
    if (open)
        q->units[q->n_units++] = (unit){t, first, last, interval};
}

/* What moves together: each parameter with bounds, and each of its vectors when they are few. */
static void list_units(search *q)
{
    const eval_info *info = q->s->info;
    for (size_t k = 0; k < info->n_parameters; k++) {
        const eval_parameter *p = &info->parameters[k];
        const transform *t = &q->s->transforms[k];
        if (transform_is_identity(t) || p->type == MLEC_TYPE_SIMPLEX)
            continue;
        add_unit(q, t, p->first, p->first + p->count);
        if (p->count == t->width || p->count / t->width > ELEMENTS_ALONE)
            continue;
        for (uint32_t e = p->first; e < p->first + p->count; e += t->width)
            add_unit(q, t, e, e + t->width);
    }
}

static double power_of_ten(int n)
{
    double p = 1;
    for (int i = 0; i < abs(n); i++)
        p *= 10;
    return n < 0 ? 1 / p : p;
}

/* Where the defaults give no finite value: all scales by powers of ten, real parameters away from 0
 * (logarithms and quotients of a sum of them). */
static void find_finite(search *q)
{
    static const double reals[] = {0, 0.1, 1, -1, 0.01, 10, -0.1, 100};
    const eval_info *info = q->s->info;
    double *base = q->x;
    memcpy(base, q->theta, info->n_theta * sizeof *base);
    for (size_t r = 0; r < sizeof reals / sizeof *reals && !q->finite; r++)
        for (int decade = 0; decade <= 16 && !q->finite; decade++) {
            double factor = power_of_ten(decade % 2 ? (decade + 1) / 2 : -decade / 2);
            memcpy(q->trial, base, info->n_theta * sizeof *q->trial);
            for (size_t e = 0; e < info->n_theta; e++) {
                const transform *t = &q->s->transforms[q->s->owner[e]];
                if (q->given[e] || t->type == MLEC_TYPE_SIMPLEX)
                    continue;
                if (transform_is_identity(t) || t->type == MLEC_TYPE_ORDERED)
                    q->trial[e] = base[e] + reals[r];
                else if (isinf(t->upper))
                    q->trial[e] = t->lower + factor * (base[e] - t->lower);
                else if (isinf(t->lower))
                    q->trial[e] = t->upper - factor * (t->upper - base[e]);
            }
            offer(q);
        }
}

/* A few Newton steps over the elements that q->hold leaves free. False: there is none. */
static bool newton_steps(search *q)
{
    fit_space *s = q->s;
    space_lay_out(s, q->hold, q->theta);
    if (s->n == 0)
        return false;
    space_from_theta(s, q->theta, q->x);
    newton_objective objective = {
        .n = s->n, .eval = space_eval, .user = s, .step_limit = s->step_limit};
    newton_options options = {.max_iterations = STEPS, .tolerance = 1e-3};
    newton_result r = newton_run(q->w, &objective, &options, q->x);
    q->iterations += r.iterations;
    if (r.status != NEWTON_UNDEFINED) {
        space_to_theta(s, q->x, q->trial);
        offer(q);
    }
    return true;
}

static bool is_real(const search *q, size_t e)
{
    const transform *t = &q->s->transforms[q->s->owner[e]];
    return transform_is_identity(t) || t->type == MLEC_TYPE_ORDERED;
}

/* Step 3. False: there is no real parameter without a start. */
static bool newton_over_reals(search *q)
{
    fit_space *s = q->s;
    for (size_t e = 0; e < s->info->n_theta; e++)
        q->hold[e] = is_real(q, e) && !q->given[e] ? TRANSFORM_FREE : TRANSFORM_FIXED;
    /* An ordered vector moves as a whole or not at all. */
    for (size_t k = 0; k < s->info->n_parameters; k++) {
        const eval_parameter *p = &s->info->parameters[k];
        const transform *t = &s->transforms[k];
        for (uint32_t i = p->first; i < p->first + p->count; i += t->width)
            if (t->type == MLEC_TYPE_ORDERED && !transform_can(t, q->hold + i))
                for (uint32_t j = 0; j < t->width; j++)
                    q->hold[i + j] = TRANSFORM_FIXED;
    }
    return newton_steps(q);
}

/* theta[first ..) of an ordered vector spread evenly about its middle, `reach` to either side, and
 * all free scales times `factor`: into `trial`. */
static void spread(search *q, const transform *t, uint32_t first, double reach, double factor)
{
    double middle = 0;
    memcpy(q->trial, q->theta, q->s->info->n_theta * sizeof *q->trial);
    for (uint32_t k = 0; k < t->width; k++)
        middle += q->theta[first + k] / t->width;
    for (uint32_t k = 0; k < t->width; k++)
        q->trial[first + k] = middle + reach * (2.0 * k / (t->width - 1) - 1);
    for (size_t e = 0; e < q->s->info->n_theta; e++)
        if (q->s->transforms[q->s->owner[e]].type == MLEC_TYPE_POSITIVE && !q->given[e])
            q->trial[e] *= factor;
}

/* The means of a mixture: one scale for all makes them one mean, which is a saddle that Newton's
 * method leaves slowly. They start apart, by the best of some multiples of the scale. */
static void part_ordered(search *q)
{
    static const double reaches[] = {1, 0.5, 2}, factors[] = {0.5, 0.25, 1};
    const eval_info *info = q->s->info;
    double scale = 0;
    for (size_t e = 0; e < info->n_theta; e++)
        if (q->s->transforms[q->s->owner[e]].type == MLEC_TYPE_POSITIVE)
            scale = fmax(scale, q->theta[e]);
    for (size_t k = 0; scale > 0 && k < info->n_parameters; k++) {
        const transform *t = &q->s->transforms[k];
        const eval_parameter *p = &info->parameters[k];
        for (uint32_t i = p->first; i < p->first + p->count; i += t->width) {
            double best = INFINITY, f;
            size_t choice = 0;
            if (t->type != MLEC_TYPE_ORDERED || t->width < 2 || q->given[i] ||
                q->theta[i + t->width - 1] - q->theta[i] > 0.5 * scale)
                continue;
            for (size_t c = 0; c < 9; c++) {
                spread(q, t, i, reaches[c / 3] * scale, factors[c % 3]);
                if (space_value(q->s, q->trial, &f) && f < best) {
                    best = f;
                    choice = c;
                }
            }
            if (isinf(best))
                continue;
            spread(q, t, i, reaches[choice / 3] * scale, factors[choice % 3]);
            memcpy(q->theta, q->trial, info->n_theta * sizeof *q->theta);
            q->f = best;
        }
    }
}

static void set_up(search *q)
{
    arena *a = q->s->arena;
    size_t n = q->s->info->n_theta;
    q->hold = ARENA_ARRAY(a, transform_state, n);
    q->given = ARENA_ARRAY(a, bool, n);
    q->trial = ARENA_ARRAY(a, double, n);
    q->x = ARENA_ARRAY(a, double, n);
    q->units = ARENA_ARRAY(a, unit, 2 * n + q->s->info->n_parameters + 1);
}

static void note_sizes(const search *q, double *size)
{
    for (uint32_t e = 0; e < q->s->info->n_theta; e++) {
        const uint32_t owner = q->s->owner[e];
        const transform *t = &q->s->transforms[owner];
        double bound = isinf(t->lower) ? t->upper : t->lower, distance = 1;
        if (t->type == MLEC_TYPE_ORDERED && (e - q->s->info->parameters[owner].first) % t->width)
            distance = q->theta[e] - q->theta[e - 1];
        else if (!isinf(bound))
            distance = fabs(q->theta[e] - bound);
        size[e] = fmax(size[e], distance);
    }
}

bool start_find(fit_space *s, newton *w, const transform_state *state, double *theta, double *size,
                int *iterations)
{
    search q = {.s = s, .w = w, .state = state, .theta = theta, .worth = WORTH};
    set_up(&q);
    set_defaults(&q);
    list_units(&q);
    q.finite = space_value(s, theta, &q.f);
    if (!q.finite)
        find_finite(&q);
    if (!q.finite)
        return false;
    memset(size, 0, s->info->n_theta * sizeof *size);
    scan(&q);
    note_sizes(&q, size);
    /* Without a scale to find, steps that do not know of kinks are no help. */
    bool useless = q.n_units == 0 && eval_count_kinks(s->problem) > 0;
    for (int round = 0; round < ROUNDS && !useless; round++)
        if (!newton_over_reals(&q) || !scan(&q))
            break;
    part_ordered(&q);
    note_sizes(&q, size);
    *iterations = q.iterations;
    return true;
}

bool start_vary(fit_space *s, newton *w, const transform_state *state, double *theta)
{
    search q = {.s = s, .w = w, .state = state, .theta = theta, .worth = 1e-6};
    set_up(&q);
    q.finite = space_value(s, theta, &q.f);
    if (!q.finite)
        return false;
    for (uint32_t e = 0; e < s->info->n_theta; e++) {
        const transform *t = &s->transforms[s->owner[e]];
        q.given[e] = state[e] != TRANSFORM_FREE;
        if (!q.given[e] && transform_is_identity(t) && theta[e] != 0)
            q.units[q.n_units++] = (unit){t, e, e + 1, false};
    }
    if (q.n_units == 0 || q.n_units > VARIED)
        return false;
    /* And all of them together. */
    q.units[q.n_units++] = (unit){q.units[0].map, 0, (uint32_t)s->info->n_theta, false};
    list_units(&q);
    return scan(&q);
}

bool start_alternate(fit_space *s, newton *w, const transform_state *state, double *theta)
{
    search q = {.s = s, .w = w, .state = state, .theta = theta, .worth = WORTH};
    size_t n = s->info->n_theta, reals = 0;
    set_up(&q);
    set_defaults(&q);
    list_units(&q);
    for (size_t e = 0; e < n; e++)
        reals += is_real(&q, e) && !q.given[e];
    q.finite = space_value(s, theta, &q.f);
    if (!q.finite || reals < 2 || reals > VARIED)
        return false;
    scan(&q);
    for (int round = 0; round < ROUNDS; round++)
        for (size_t e = 0; e < n; e++) {
            if (!is_real(&q, e) || q.given[e])
                continue;
            for (size_t i = 0; i < n; i++)
                q.hold[i] = i == e ? TRANSFORM_FREE : TRANSFORM_FIXED;
            if (transform_is_identity(&s->transforms[s->owner[e]]) && newton_steps(&q))
                scan(&q);
        }
    return true;
}

/* A number in (-1, 1) from a counter (Steele, Lea & Flood 2014, SplitMix). */
static double uniform(uint64_t counter)
{
    uint64_t z = counter * 0x9E3779B97F4A7C15u;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    z ^= z >> 31;
    return ((double)(z >> 11) + 0.5) / 4503599627370496.0 - 1;
}

/* The weight of a first component, the factor of all scales, whether they change places, and the
 * factor of the distances between ordered locations. */
static const struct {
    double weight, scale;
    bool swap;
    double spread;
} shapes[] = {{0.5, 1, false, 1},  {0.2, 1, false, 1.5}, {0.8, 1, false, 1.5},
              {0.5, 1, true, 0.5}, {0.5, 0.5, false, 2}, {0.3, 1, true, 1}};

/* Scales: alike, or with their places changed. */
static void move_scales(const eval_parameter *p, unsigned k, double *x)
{
    double sum = 0;
    for (uint32_t i = 0; i < p->count; i++)
        sum += calc_log(fmax(x[i], 1e-300));
    double mean = calc_exp(sum / p->count);
    for (uint32_t i = 0; i < p->count / 2 && shapes[k].swap; i++) {
        double t = x[i];
        x[i] = x[p->count - 1 - i];
        x[p->count - 1 - i] = t;
    }
    for (uint32_t i = 0; i < p->count; i++)
        x[i] = shapes[k].scale * (shapes[k].swap || p->count == 1 ? x[i] : mean);
}

static void move_locations(uint32_t width, unsigned k, double *x)
{
    double middle = 0;
    for (uint32_t i = 0; i < width; i++)
        middle += x[i] / width;
    for (uint32_t i = 0; i < width; i++)
        x[i] = middle + shapes[k].spread * (x[i] - middle);
}

/* Where ordered locations begin and end, as shares of the outcome, and the scales, in standard
 * deviations of it: halves, a few far above, a few far below. */
static const struct {
    double first, last, scale, weight;
} places[] = {{0.2, 0.8, 0.5, 0.5}, {0.5, 0.99, 0.5, 0.9}, {0.01, 0.5, 0.5, 0.1}};

static bool start_by_moments(fit_space *s, const transform_state *state, unsigned k, double *theta)
{
    const eval_info *info = s->info;
    double deviation = 0;
    bool located = false;
    for (size_t j = 0; j < info->n_parameters; j++) {
        const eval_parameter *p = &info->parameters[j];
        double *share = ARENA_ARRAY(s->arena, double, p->width + 1);
        if (p->type != MLEC_TYPE_ORDERED || p->width < 2)
            continue;
        for (uint32_t i = 0; i < p->width; i++)
            share[i] = places[k].first + (places[k].last - places[k].first) * i / (p->width - 1);
        for (uint32_t i = p->first; i < p->first + p->count; i += p->width) {
            for (uint32_t e = i; e < i + p->width; e++)
                if (state[e] != TRANSFORM_FREE)
                    return false;
            if (!eval_mixture_moments(s->problem, s->arena, p->width, share, theta + i, &deviation))
                return false;
            for (uint32_t e = i + 1; e < i + p->width; e++) /* ties are parted */
                theta[e] = fmax(theta[e], theta[e - 1] + 1e-3 * deviation);
            located = true;
        }
    }
    for (size_t e = 0; located && e < info->n_theta; e++) {
        mlec_type type = info->parameters[s->owner[e]].type;
        if (state[e] == TRANSFORM_FREE && type == MLEC_TYPE_POSITIVE)
            theta[e] = places[k].scale * deviation;
        if (state[e] == TRANSFORM_FREE && type == MLEC_TYPE_UNIT)
            theta[e] = places[k].weight;
    }
    return located;
}

bool start_components(fit_space *s, const transform_state *state, unsigned k, double *theta)
{
    const eval_info *info = s->info;
    bool moved = false;
    enum { SHAPES = sizeof shapes / sizeof *shapes, PLACES = sizeof places / sizeof *places };
    if (k >= SHAPES)
        return k < SHAPES + PLACES && start_by_moments(s, state, k - SHAPES, theta);
    for (size_t j = 0; j < info->n_parameters; j++) {
        const eval_parameter *p = &info->parameters[j];
        double *x = theta + p->first;
        bool open = true;
        for (uint32_t i = p->first; i < p->first + p->count; i++)
            open = open && state[i] == TRANSFORM_FREE;
        if (!open)
            continue;
        moved = moved || p->type != MLEC_TYPE_INTERVAL;
        if (p->type == MLEC_TYPE_UNIT)
            for (uint32_t i = 0; i < p->count; i++)
                x[i] = shapes[k].weight;
        else if (p->type == MLEC_TYPE_SIMPLEX)
            for (uint32_t i = 0; i < p->count; i++)
                x[i] = 1.0 / p->width;
        else if (p->type == MLEC_TYPE_POSITIVE)
            move_scales(p, k, x);
        else if (p->type == MLEC_TYPE_ORDERED)
            for (uint32_t i = 0; i < p->count; i += p->width)
                move_locations(p->width, k, x + i);
        else if (p->type == MLEC_TYPE_REAL)
            for (uint32_t i = 0; i < p->count; i++)
                x[i] *= 1 + 0.3 * uniform(1 + p->first + i + 1000 * k);
    }
    return moved;
}

bool start_perturb(fit_space *s, newton *w, const transform_state *state, unsigned k, double *theta)
{
    search q = {.s = s, .w = w, .state = state, .theta = theta, .worth = WORTH};
    size_t n_theta = s->info->n_theta;
    set_up(&q);
    space_lay_out(s, state, theta);
    size_t n = s->n;
    double *g = ARENA_ARRAY(s->arena, double, n), *h = ARENA_ARRAY(s->arena, double, n *n), f;
    space_from_theta(s, theta, q.x);
    bool known = space_eval(s, q.x, &f, g, h);
    for (size_t i = 0; i < n; i++) {
        double d = known ? sqrt(fabs(h[i + i * n]) / fmax(s->info->n, 1)) : 0;
        double spread =
            isinf(s->step_limit[i]) ? (d > 0 && isfinite(d) ? 2 / d : 1 + fabs(q.x[i])) : 1.5;
        q.x[i] += (k % 2 ? 1 : 0.3) * spread * uniform(1 + i + (uint64_t)n * k);
    }
    space_to_theta(s, q.x, theta);
    for (size_t e = 0; e < n_theta; e++)
        q.given[e] = state[e] != TRANSFORM_FREE;
    list_units(&q);
    q.finite = space_value(s, theta, &q.f);
    if (q.finite)
        scan(&q);
    return q.finite;
}
