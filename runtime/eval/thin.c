/* A problem of fewer rows in place of all: a step on the way to an optimum, never the optimum.
 *
 * A maximum over some of the rows is near that over all: away by as many standard errors as the
 * root of the ratio of rows. From there Newton's method needs a few steps, wherever the search for
 * it began.
 *
 * Rows are drawn in groups of 8, which lie together in memory, one from each of as many strata, at
 * a place that a fixed sequence of numbers gives: neither an order nor a period of the rows makes
 * them other than the rest. Each stands for a part of its stratum. Where rows depend on the rows
 * before them, the first ones are taken, and stand for all. */
#include "runtime/eval/engine.h"
#include "runtime/eval/reduce.h"

#include <string.h>

/* Steele, Lea & Flood 2014, SplitMix: a number below 2^32. */
static uint64_t scattered(uint64_t counter)
{
    uint64_t z = (counter + 1) * UINT64_C(0x9E3779B97F4A7C15);
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return (z ^ (z >> 31)) >> 32;
}

static size_t *draw_rows(mlec_problem *p, size_t n)
{
    size_t *rows = ARENA_ARRAY(&p->arena, size_t, n + 1), groups = n / LANES;
    double width = (double)(p->n_rows / LANES) / (double)groups;
    for (size_t i = 0; i < groups; i++) {
        size_t group = (size_t)(((double)i + (double)scattered(i) / 4294967296.0) * width);
        for (size_t k = 0; k < LANES; k++)
            rows[i * LANES + k] = group * LANES + k;
    }
    return rows;
}

static bool has_row_axis(const mlec_problem *p, uint32_t axis)
{
    return p->plan->axes[axis].kind == MLEC_AXIS_ROW;
}

/* A map or recursion over the rows that the objective needs. */
static bool is_over_rows(const mlec_problem *p, uint32_t stage)
{
    const mlec_stage *s = &p->plan->stages[stage];
    return p->needed[stage] && has_row_axis(p, s->axis) &&
           (s->kind == MLEC_STAGE_MAP || s->kind == MLEC_STAGE_SCAN);
}

static bool has_own_elements(const mlec_problem *p, const mlec_stage *s)
{
    for (uint32_t a = 0; a < s->n_active; a++)
        for (uint32_t t = 0; t < p->linear[s->active[a]].n_terms; t++)
            if (p->linear[s->active[a]].terms[t].kind == TERM_SAME)
                return true;
    return false;
}

/* Whether sums over some rows can stand for sums over all, and are less work. */
static bool is_worth(const mlec_problem *p, size_t n)
{
    const mlec_plan *plan = p->plan;
    bool shorter = false;
    for (uint32_t u = 0; u < plan->n_unknowns; u++)
        if (has_row_axis(p, plan->unknowns[u].axis))
            return false;
    for (uint32_t k = 0; k < plan->n_stages; k++) {
        const mlec_stage *s = &plan->stages[k];
        if (!is_over_rows(p, k))
            continue;
        if ((s->kind == MLEC_STAGE_MAP && s->reduce == MLEC_REDUCE_GROUP) || has_own_elements(p, s))
            return false;
        shorter = shorter || !p->reduced[k] || p->reduced[k]->n_rows > 2 * n;
    }
    return shorter;
}

static bool reads_past(const mlec_problem *p)
{
    for (uint32_t k = 0; k < p->plan->n_stages; k++)
        if (p->plan->stages[k].kind == MLEC_STAGE_SCAN)
            return true;
    return false;
}

/* ---- Some rows --------------------------------------------------------------------------------
 */

static narrow_column take(mlec_problem *p, narrow_column x, const size_t *rows, size_t n)
{
    if (!x.data)
        return x;
    void *out = arena_aligned(&p->arena, narrow_size(x.type, n) + 64);
    narrow_take(x, rows, n, out);
    return (narrow_column){out, x.type, x.finite};
}

static const int32_t *take_codes(mlec_problem *p, const int32_t *codes, const size_t *rows,
                                 size_t n)
{
    if (!codes)
        return NULL;
    int32_t *out = arena_aligned(&p->arena, n * sizeof *out);
    for (size_t i = 0; i < n; i++)
        out[i] = codes[rows[i]];
    return out;
}

static void take_linear(mlec_problem *p, bound_linear *l, const size_t *rows, size_t n)
{
    bound_term *terms = ARENA_ARRAY(&p->arena, bound_term, l->n_terms + 1);
    for (uint32_t k = 0; k < l->n_terms; k++) {
        terms[k] = l->terms[k];
        terms[k].x = take(p, l->terms[k].x, rows, n);
        terms[k].d =
            l->terms[k].d.data == l->terms[k].x.data ? terms[k].x : take(p, l->terms[k].d, rows, n);
        terms[k].codes = take_codes(p, l->terms[k].codes, rows, n);
    }
    l->terms = terms;
    bound_linear *levels = ARENA_ARRAY(&p->arena, bound_linear, l->n_levels + 1);
    for (uint32_t k = 0; k < l->n_levels; k++) {
        levels[k] = l->levels[k];
        take_linear(p, &levels[k], rows, n);
    }
    l->levels = levels;
}

/* Columns that are made keep their numbers, with room for others of the view's own. */
static void copy_made(mlec_problem *v, arena *a)
{
    made_column *made = ARENA_ARRAY(a, made_column, v->made.count + 1);
    for (uint32_t k = 0; k < v->made.count; k++)
        made[k] = v->made.data[k];
    v->made.data = made;
    v->made.capacity = v->made.count;
}

static void draw(mlec_problem *p, mlec_problem *v)
{
    const mlec_plan *plan = p->plan;
    size_t n = v->n_rows;
    const size_t *rows = draw_rows(p, n);
    bool *taken = ARENA_ARRAY(&p->arena, bool, plan->n_stages + 1);
    for (uint32_t i = 0; i < plan->n_buffers; i++) {
        if (has_row_axis(p, plan->buffers[i].axis))
            v->buffers[i] = take(p, p->buffers[i], rows, n);
    }
    copy_made(v, &p->arena);
    for (uint32_t k = 0; k < plan->n_stages; k++) {
        const mlec_stage *s = &plan->stages[k];
        if (!is_over_rows(p, k))
            continue;
        for (uint32_t a = 0; a < s->n_active; a++)
            if (p->linear[s->active[a]].varies && !taken[s->active[a]]) {
                take_linear(p, &v->linear[s->active[a]], rows, n);
                taken[s->active[a]] = true;
            }
        columns_bind(v, &p->arena, s);
    }
}

mlec_problem *eval_thin(mlec_problem *p, size_t rows)
{
    rows = rows / LANES * LANES;
    for (uint32_t k = 0; k < p->thinned.count; k++)
        if (p->thinned.data[k]->n_rows == rows)
            return p->thinned.data[k];
    if (rows >= p->n_rows || !is_worth(p, rows))
        return NULL;
    mlec_problem *v = reduce_view(p, rows);
    v->reduced = ARENA_ARRAY(&p->arena, mlec_problem *, p->plan->n_stages + 1);
    for (size_t i = 0; i < rows; i++)
        v->multiplicity[i] = (double)p->n_rows / (double)rows;
    if (reads_past(p)) {
        v->buffer_slots = p->buffer_slots;
    } else {
        draw(p, v);
    }
    lookup_bind(v, &p->arena);
    chunks_plan(v);
    problem_allocate_scratch(v, &p->arena);
    chunks_allocate(v, &p->arena);
    VEC_PUSH(&p->arena, p->thinned, v);
    return v;
}
