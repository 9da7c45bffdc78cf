/* Recession directions.
 *
 * When the supremum of a likelihood is approached only at infinity, Newton's method walks towards
 * it with steps that do not shrink (f ~ exp(-t) gives steps of one unit for ever), while parameters
 * that have a finite limit settle. So the parameters whose steps keep their length are the
 * candidates, and their last steps the direction d. Two tests then decide:
 *
 *   value: from the last point, the objective must not decrease at t = 1, 10, 100 ... along d;
 *   rows:  where the likelihood is a sum over rows, each row's slope along d, taken where all real
 *          parameters are 0 so that no probability is lost to rounding, must not be negative. For a
 * log-concave likelihood of linear predictors this is exact: the sign of x_i'd does not depend on
 * the point (Albert & Anderson 1984; Rockafellar 1970, section 8). Rows with slope zero are those
 * that stay undecided: quasi-separation.
 *
 * A regular optimum fails the first test at once, since its curvature is positive. */
#include "runtime/fit/recession.h"

#include "base/buf.h"
#include "runtime/calc/calc.h"

#include <math.h>
#include <string.h>

/* Part of the previous step that the last one must keep. */
#define KEEPS 0.75

static const double far[] = {1, 10, 100, 1000};

static bool bounded(const fit_state *f, size_t i)
{
    return !transform_is_identity(&f->space.transforms[f->space.owner[i]]);
}

/* A coordinate without scale for elements with one bound: the logarithm of the distance to it. */
static double position(const fit_state *f, const double *theta, size_t i)
{
    const transform *t = &f->space.transforms[f->space.owner[i]];
    if (!bounded(f, i) || t->type == MLEC_TYPE_ORDERED || t->type == MLEC_TYPE_SIMPLEX)
        return theta[i];
    if (isinf(t->upper))
        return calc_log(theta[i] - t->lower);
    if (isinf(t->lower))
        return -calc_log(t->upper - theta[i]);
    return calc_log(theta[i] - t->lower) - calc_log(t->upper - theta[i]);
}

static double from_position(const fit_state *f, double position, size_t i)
{
    const transform *t = &f->space.transforms[f->space.owner[i]];
    if (!bounded(f, i) || t->type == MLEC_TYPE_ORDERED || t->type == MLEC_TYPE_SIMPLEX)
        return position;
    if (isinf(t->upper))
        return t->lower + calc_exp(position);
    if (isinf(t->lower))
        return t->upper - calc_exp(-position);
    return t->lower + (t->upper - t->lower) / (1 + calc_exp(-position));
}

/* step[n_theta] of the movers in position coordinates, 0 for the others. */
static size_t find_movers(fit_state *f, double *step)
{
    size_t movers = 0;
    for (size_t i = 0; i < f->info->n_theta; i++) {
        step[i] = 0;
        if (f->state[i] != TRANSFORM_FREE)
            continue;
        double now = position(f, f->theta, i);
        double last = now - position(f, f->trail[0], i);
        double before = position(f, f->trail[0], i) - position(f, f->trail[1], i);
        bool noise = fabs(last) < 1e-7 * fabs(now);
        if (noise || !(last * before > 0) || !(fabs(last) >= KEEPS * fabs(before)))
            continue;
        step[i] = last;
        movers++;
    }
    return movers;
}

/* theta at f->theta + t * step, in positions. True when an element has reached its bound to
 * rounding. */
static bool go_far(const fit_state *f, const double *step, double t, double *theta)
{
    bool arrived = false;
    for (size_t i = 0; i < f->info->n_theta; i++) {
        const transform *map = &f->space.transforms[f->space.owner[i]];
        theta[i] = f->theta[i];
        if (step[i] == 0)
            continue;
        theta[i] = from_position(f, position(f, f->theta, i) + t * step[i], i);
        arrived = arrived || theta[i] == map->lower || theta[i] == map->upper;
    }
    return arrived;
}

static bool keeps_rising(fit_state *f, const double *step)
{
    double *theta = f->scratch[0], best = f->f;
    size_t reached = 0;
    for (size_t k = 0; k < sizeof far / sizeof *far; k++) {
        double value;
        bool arrived = go_far(f, step, far[k], theta);
        if (!space_value(&f->space, theta, &value))
            return reached >= (arrived ? 1 : 2);
        if (value > best + 1e-9 * (1 + fabs(best)))
            return false;
        best = fmin(best, value);
        reached++;
    }
    return true;
}

/* Whether element i alone, moved ever further from its start while all others that run away are
 * back at theirs, reaches what they reached together. Newton's method follows one direction of
 * several. */
static bool leads_alone(fit_state *f, const double *step, size_t i)
{
    static const double reach[] = {3, 10, 30, 100, 300};
    double *theta = f->scratch[0];
    for (int sign = 1; sign >= -1; sign -= 2) {
        double before = INFINITY, value = INFINITY;
        bool rises = true;
        for (size_t k = 0; k < sizeof reach / sizeof *reach && rises; k++) {
            for (size_t j = 0; j < f->info->n_theta; j++)
                theta[j] = step[j] != 0 ? f->start[j] : f->theta[j];
            theta[i] = from_position(f, position(f, f->start, i) + sign * reach[k], i);
            before = value;
            rises = space_value(&f->space, theta, &value) && value <= before;
        }
        if (rises && value <= f->f + 1e-6 * (1 + fabs(f->f))) {
            f->heading[i] = sign;
            return true;
        }
    }
    return false;
}

bool recession_find(fit_state *f)
{
    size_t n = f->info->n_theta;
    if (!f->has_trail)
        return false;
    double *step = ARENA_ARRAY(f->arena, double, n);
    if (find_movers(f, step) == 0 || !keeps_rising(f, step))
        return false;
    memcpy(f->heading, step, n * sizeof *step);
    for (size_t i = 0; i < n; i++)
        f->infinite[i] = step[i] != 0 || (bounded(f, i) && f->state[i] == TRANSFORM_FREE &&
                                          leads_alone(f, step, i));
    return true;
}

bool recession_from_null(fit_state *f)
{
    size_t n = f->info->n_theta;
    if (f->structural)
        return false;
    if (recession_find(f)) {
        f->n_null = 0;
        return true;
    }
    if (f->one_sided == 0)
        return false;
    for (size_t i = 0; i < n; i++) {
        f->heading[i] = f->one_sided * f->null[i];
        f->infinite[i] = f->null[i] != 0;
    }
    f->n_null = 0;
    return true;
}

/* Standard error of a logarithm beyond which it says nothing. */
#define NOTHING_KNOWN 300

bool recession_of_scale(fit_state *f)
{
    const fit_space *s = &f->space;
    const double *h = newton_hessian(f->newton);
    bool any = false;
    for (size_t k = 0; k < s->n_blocks; k++) {
        const space_block *b = &s->blocks[k];
        size_t j = space_place(s, b->x), i = b->index[0];
        if (b->kind != SPACE_VECTOR || b->width != 1 ||
            (!isinf(b->map->lower) && !isinf(b->map->upper)) ||
            h[j + j * s->n] * NOTHING_KNOWN * NOTHING_KNOWN > 1)
            continue;
        /* Ten times, a thousand times further from the bound. */
        double *theta = f->scratch[0], away = isinf(b->map->upper) ? 1 : -1, value = 0;
        bool flat = true;
        for (int decade = 1; decade <= 3 && flat; decade++) {
            memcpy(theta, f->theta, f->info->n_theta * sizeof *theta);
            theta[i] = from_position(f, position(f, f->theta, i) + away * decade * 2.3, i);
            flat = space_value(&f->space, theta, &value) && value <= f->f + 1e-9 * (1 + fabs(f->f));
        }
        if (!flat)
            continue;
        f->infinite[i] = true;
        f->heading[i] = away;
        any = true;
    }
    return any;
}

bool recession_of_block(fit_state *f)
{
    const eval_info *info = f->info;
    if (!f->space.profile)
        return false;
    int8_t *way = ARENA_ARRAY(f->arena, int8_t, info->block_count);
    if (!profile_runaway(f->space.profile, f->state, f->theta, way))
        return false;
    for (size_t k = 0; k < info->block_count; k++)
        if (way[k]) {
            f->infinite[info->block_first + k] = true;
            f->heading[info->block_first + k] = way[k];
        }
    return true;
}

/* Rows that the direction of the movers decides. False: some row speaks against it, or unknown. */
static bool rows_agree(fit_state *f, size_t *decided, size_t *rows)
{
    const eval_info *info = f->info;
    double *direction = ARENA_ARRAY(f->arena, double, info->n_theta);
    double *slopes = ARENA_ARRAY(f->arena, double, info->rows_used), largest = 0, size = 0;
    for (size_t i = 0; i < info->n_theta; i++)
        if (f->infinite[i] && !bounded(f, i)) {
            direction[i] = f->heading[i];
            size = fmax(size, fabs(direction[i]));
        }
    if (size == 0)
        return false;
    double *theta = f->scratch[0];
    for (size_t i = 0; i < info->n_theta; i++)
        theta[i] = bounded(f, i) || f->state[i] != TRANSFORM_FREE ? f->start[i] : 0;
    if (!eval_rows(f->problem, theta, direction, NULL, slopes))
        return false;
    *rows = info->rows_used;
    *decided = 0;
    for (size_t i = 0; i < *rows; i++)
        largest = fmax(largest, fabs(slopes[i]));
    for (size_t i = 0; i < *rows; i++) {
        if (slopes[i] < -1e-5 * largest)
            return false;
        *decided += slopes[i] > 1e-5 * largest;
    }
    return *decided > 0;
}

/* Minus the log-likelihood of a row: 0 is far from reached. */
#define UNCERTAIN 0.01

/* An outcome of classes has a log-likelihood of 0 at most: where that is all but reached, and every
 * row speaks for the direction of the estimates themselves, it is reached at infinity. */
bool recession_of_certainty(fit_state *f)
{
    const eval_info *info = f->info;
    double largest = 0;
    if (info->has_priors || !eval_is_classification(f->problem) ||
        !(f->f < UNCERTAIN * (double)info->rows_used))
        return false;
    for (size_t i = 0; i < info->n_theta; i++)
        if (!bounded(f, i) && f->state[i] == TRANSFORM_FREE)
            largest = fmax(largest, fabs(f->theta[i]));
    for (size_t i = 0; largest > 0 && i < info->n_theta; i++)
        if (!bounded(f, i) && f->state[i] == TRANSFORM_FREE && f->theta[i] != 0) {
            f->infinite[i] = true;
            f->heading[i] = f->theta[i] / largest;
        }
    size_t decided, rows;
    if (largest > 0 && rows_agree(f, &decided, &rows) && decided == rows)
        return true;
    memset(f->infinite, 0, info->n_theta * sizeof *f->infinite);
    return false;
}

static void add_movers(const fit_state *f, buf *out)
{
    size_t shown = 0, total = 0;
    for (size_t i = 0; i < f->info->n_theta; i++)
        total += f->infinite[i];
    for (size_t i = 0; i < f->info->n_theta; i++) {
        if (!f->infinite[i])
            continue;
        if (shown == 10) {
            buf_printf(out, " and %zu others", total - shown);
            return;
        }
        if (shown)
            buf_puts(out, shown + 1 == total ? " and " : ", ");
        const transform *t = &f->space.transforms[f->space.owner[i]];
        double end = f->heading[i] > 0 ? t->upper : t->lower;
        if (isinf(end))
            buf_printf(out, "%s goes to %sinfinity", f->info->names[i], end > 0 ? "" : "-");
        else
            buf_printf(out, "%s goes to %.7g", f->info->names[i], end);
        shown++;
    }
}

void recession_report(fit_state *f)
{
    buf who;
    buf_init(&who, f->arena);
    add_movers(f, &who);
    size_t decided = 0, rows = 0;
    diag *d;
    if (eval_is_classification(f->problem) && rows_agree(f, &decided, &rows)) {
        d = decided == rows
                ? diag_report(f->diags, DIAG_SEPARATION, NO_SPAN,
                              "the outcomes are separated perfectly: %s", buf_text(&who))
                : diag_report(f->diags, DIAG_SEPARATION, NO_SPAN,
                              "quasi-separation: %s; %zu of %zu rows are predicted perfectly",
                              buf_text(&who), decided, rows);
        diag_add_hint(f->diags, d,
                      "give these parameters a prior such as normal(0, 2.5), or drop them; "
                      "estimates of the others stand");
    } else {
        d = diag_report(
            f->diags, DIAG_DIVERGING, NO_SPAN,
            "there is no finite maximum: %s, and the log-likelihood keeps rising to %.7g",
            buf_text(&who), -f->f);
        diag_add_hint(f->diags, d, "give these parameters a prior, or simplify the model");
    }
    for (size_t i = 0; i < f->info->n_theta; i++)
        if (f->infinite[i])
            diag_add_parameter(f->diags, d, f->info->names[i]);
}
