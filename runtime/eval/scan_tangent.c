/* Tangents of states, column by column: how they are made, and how maps read them.
 *
 * To a map a state is a predictor whose columns are its tangents: so everything that is done with
 * the columns of a design, gradient, curvature, scores, is done with states too. */
#include "runtime/eval/scan.h"

#include <math.h>
#include <string.h>

double *scan_tangent_at(const mlec_problem *p, const bound_state *s, uint32_t column, size_t first)
{
    size_t front = p->scan->front;
    return p->scan->windowed ? s->window + column * (front + STRIP) + front
                             : s->tangent + column * s->stride + front + first;
}

double *scan_adjoint_at(const mlec_problem *p, const bound_state *s, size_t first)
{
    return p->scan->windowed ? s->window_adjoint + p->scan->front : s->adjoint + first;
}

uint32_t scan_live(const scan_columns *c, size_t first, const uint32_t **list)
{
    *list = c->live ? c->live[first / STRIP] : c->all;
    return c->live ? c->n_live[first / STRIP] : c->n;
}

/* Whether a term that looks back meets the beginning of a series in these rows. (Before the first
 * row of all stand zeros.) */
static bool meets_start(const mlec_problem *p, uint32_t lag, size_t first, size_t n)
{
    if (lag == 0 || !p->series.position)
        return false;
    for (size_t i = first; i < first + n; i++)
        if ((uint32_t)p->series.position[i] < lag)
            return true;
    return false;
}

static double multiplier(const bound_term *t, size_t i)
{
    return t->d.data ? t->scale * narrow_array(t->d)[i] : t->scale;
}

/* ---- Making them ------------------------------------------------------------------------------
 */

/* out += d * (term's tangent in z[place]); `x` the tangent of the state that it reads. */
static void add_source(const mlec_problem *p, const bound_term *t, const double *d, uint32_t place,
                       const double *x, size_t first, size_t n, double *out)
{
    switch (t->kind) {
    case TERM_COLUMN:
    case TERM_ALL:
        if (!t->d.data)
            p->kernels->combine(&t->scale, &d, 1, padded(n) / LANES, 0, out);
        else if (t->scale == 1)
            p->kernels->multiply_add(d, narrow_array(t->d) + first, padded(n) / LANES, out);
        else
            for (size_t i = 0; i < n; i++)
                out[i] = __builtin_fma(d[i], multiplier(t, first + i), out[i]);
        break;
    case TERM_GATHER:
    case TERM_SAME:
        for (size_t i = 0; i < n; i++)
            if (term_place(t, first + i) == place)
                out[i] = __builtin_fma(d[i], multiplier(t, first + i), out[i]);
        break;
    case TERM_STATE:
        for (size_t i = 0; i < n; i++)
            if (d[i] != 0 && series_position(p, first + i) >= t->count)
                out[i] = __builtin_fma(d[i] * multiplier(t, first + i),
                                       x[(ptrdiff_t)i - (ptrdiff_t)t->count], out[i]);
        break;
    }
}

/* What moves column c of a scan directly: an output as it is, or their sum in `strip`. */
static const double *right_side(const mlec_problem *p, const scan_ring *ring,
                                const bound_scan *scan, uint32_t c, size_t first, size_t n,
                                double *strip)
{
    const scan_source *source = scan->sources + scan->first_source[c];
    uint32_t count = scan->first_source[c + 1] - scan->first_source[c];
    uint32_t place = ring->columns.place[c];
    if (count == 0)
        return p->scan->zeros;
    const bound_term *only = source->term;
    if (count == 1 && only->kind == TERM_COLUMN && !only->d.data && only->scale == 1)
        return scan->outputs[1 + source->input];
    memset(strip, 0, STRIP * sizeof *strip);
    for (uint32_t k = 0; k < count; k++, source++) {
        const double *x = NULL;
        if (source->term->kind == TERM_STATE) {
            const bound_state *from = &p->states[source->term->index];
            const scan_columns *columns = &p->scan->rings[from->ring].columns;
            x = scan_tangent_at(p, from, (uint32_t)columns->of_place[place], first);
        }
        add_source(p, source->term, scan->outputs[1 + source->input], place, x, first, n, strip);
    }
    return strip;
}

void scan_solve_tangents(mlec_problem *p, scan_ring *ring, size_t first, size_t n)
{
    const uint32_t *live;
    uint32_t count = scan_live(&ring->columns, first, &live), slots = ring->n_scans * AT_ONCE;
    p->scan->viewed = NULL; /* what it has of tangents is old */
    const double **b = p->scan->right_sides;
    double **x = p->scan->solutions, sum = 0;
    for (uint32_t done = 0; done < count; done += AT_ONCE) {
        uint32_t batch = count - done < AT_ONCE ? count - done : AT_ONCE;
        for (uint32_t slot = 0; slot < slots; slot++) {
            const bound_scan *scan = &ring->scans[slot / AT_ONCE];
            uint32_t k = slot % AT_ONCE;
            if (k >= batch)
                continue;
            b[slot] = right_side(p, ring, scan, live[done + k], first, n,
                                 p->scan->side_strips + (size_t)slot * STRIP);
            x[slot] = scan_tangent_at(p, scan->state, live[done + k], first);
        }
        scan_solve(p, ring, n, batch, b, x);
        for (uint32_t s = 0; s < ring->n_scans; s++) {
            double sums[AT_ONCE];
            p->kernels->project(p->ones, (const double *const *)x + s * AT_ONCE, batch,
                                padded(n) / LANES, sums);
            for (uint32_t k = 0; k < batch; k++)
                sum += sums[k];
        }
    }
    ring->wild[first / STRIP] = !isfinite(sum);
}

/* ---- Reading them -----------------------------------------------------------------------------
 */

/* A column of a state as a term reads it, where it is not the tangent itself: times data, 0 before
 * a series begins and where it counts nothing. */
static const double *product(const mlec_problem *p, const bound_term *t, const double *x,
                             const double *weight, size_t first, size_t n)
{
    double *out = p->scan->products + p->scan->n_used++ * STRIP;
    for (size_t i = 0; i < n; i++) {
        bool counts = series_position(p, first + i) >= t->count && (!weight || weight[i] != 0);
        double d = t->d.data ? narrow_array(t->d)[first + i] : 1;
        out[i] = counts ? d * x[(ptrdiff_t)i - (ptrdiff_t)t->count] : 0;
    }
    for (size_t i = n; i < padded(n); i++)
        out[i] = 0;
    return out;
}

/* One term of kind COLUMN for each column of the state; returns how many. */
static uint32_t view_state(const mlec_problem *p, const bound_term *t, const double *weight,
                           size_t first, size_t n, bound_term *out)
{
    const bound_state *s = &p->states[t->index];
    const scan_columns *columns = &p->scan->rings[s->ring].columns;
    bool copied = t->d.data || weight || meets_start(p, t->count, first, n);
    const uint32_t *live;
    uint32_t count = scan_live(columns, first, &live);
    if (t->count >= p->n_rows)
        return 0;
    for (uint32_t k = 0; k < count; k++) {
        const double *x = scan_tangent_at(p, s, live[k], first);
        const double *d = copied ? product(p, t, x, weight, first, n) : x - t->count;
        out[k] = (bound_term){.kind = TERM_COLUMN,
                              .index = columns->place[live[k]],
                              .scale = t->scale,
                              .d = narrow_doubles(d),
                              .slot = -1};
    }
    return count;
}

/* A term as if its rows began at `first`. */
static void view_term(const bound_term *t, bool varies, size_t first, bound_term *out)
{
    *out = *t;
    if (varies && t->d.data)
        out->d = narrow_doubles(narrow_array(t->d) + first);
    out->x = (narrow_column){0};
    out->slot = -1;
    out->dense = false;
    if (t->codes)
        out->codes = t->codes + first;
    if (t->kind == TERM_SAME)
        out->index += (uint32_t)first;
}

/* Whether a tangent that the stage reads in these rows is not finite. */
static bool is_wild(const mlec_problem *p, const mlec_stage *s, size_t first)
{
    size_t strip = first / STRIP;
    for (uint32_t k = 0; k < s->n_active; k++) {
        const bound_linear *l = &p->linear[s->active[k]];
        for (uint32_t m = 0; l->states && m < l->n_terms; m++) {
            if (l->terms[m].kind != TERM_STATE)
                continue;
            const bool *wild = p->scan->rings[p->states[l->terms[m].index].ring].wild;
            size_t back = (l->terms[m].count + STRIP - 1) / STRIP;
            for (size_t b = 0; b <= back && b <= strip; b++)
                if (wild[strip - b])
                    return true;
        }
    }
    return false;
}

bool scan_view(mlec_problem *p, const mlec_stage *s, size_t first, size_t n, const double *weight)
{
    bool same = !weight && p->scan->viewed == s && p->scan->viewed_first == first;
    if (same)
        return is_wild(p, s, first);
    p->scan->viewed = weight ? NULL : s;
    p->scan->viewed_first = first;
    bound_term *terms = p->scan->terms;
    bound_column *columns = p->scan->columns;
    p->scan->n_used = 0;
    for (uint32_t k = 0; k < s->n_active; k++) {
        const bound_linear *l = &p->linear[s->active[k]];
        bound_linear *view = &p->scan->views[k];
        *view = (bound_linear){.terms = terms, .columns = columns, .varies = l->varies};
        for (uint32_t m = 0; m < l->n_plain; m++)
            view_term(&l->terms[m], l->varies, first, &terms[view->n_terms++]);
        for (uint32_t m = l->n_plain; m < l->n_terms; m++)
            if (l->terms[m].kind == TERM_STATE)
                view->n_terms +=
                    view_state(p, &l->terms[m], weight, first, n, terms + view->n_terms);
        view->n_plain = view->n_columns = view->n_terms;
        for (uint32_t m = 0; m < view->n_plain; m++)
            columns[m] = (bound_column){terms[m].d, -1, terms[m].index, terms[m].scale};
        for (uint32_t m = l->n_plain; m < l->n_terms; m++)
            if (l->terms[m].kind != TERM_STATE)
                view_term(&l->terms[m], l->varies, first, &terms[view->n_terms++]);
        terms += view->n_terms;
        columns += view->n_columns;
    }
    return !weight && is_wild(p, s, first);
}
