/* Fewer rows with the same sums.
 *
 * A sum over rows that are alike need not be made row by row. For a stage whose sum over all rows
 * is wanted, a *view* of the problem stands for it: the same plan bound to a few rows of its own,
 * each of which counts `multiplicity` times. Two rules make them, the first that applies:
 *
 *   moments  a polynomial in the rows: see moments.c;
 *   merge    rows that are equal in all that the stage reads become one, counted.
 *
 * Everything else, such as scores, predictions and the place of a value that is not finite, keeps
 * to the rows themselves. Whether a rule pays is decided by counts, when data are bound, so the
 * arithmetic depends on model and data alone. */
#include "runtime/eval/reduce.h"
#include "runtime/eval/distinct.h"

#include <string.h>

enum {
    LEAST_ROWS = 512,        /* below, there is nothing to gain */
    SAMPLE = 2048,           /* rows that are looked at first */
    MOST_DISTINCT = 1 << 20, /* what the table of distinct rows may hold */
    LEAST_COLLISIONS = 8,
    LEAST_RATIO = 2,       /* of rows to different ones */
    LEAST_RATIO_HASHED = 8 /* finding out takes as long as several evaluations */
};

/* ---- Views ------------------------------------------------------------------------------------
 */

mlec_problem *reduce_view(mlec_problem *p, size_t rows)
{
    const mlec_plan *plan = p->plan;
    mlec_problem *v = ARENA_NEW(&p->arena, mlec_problem);
    *v = *p;
    v->n_rows = rows;
    v->linear = ARENA_ARRAY(&p->arena, bound_linear, plan->n_stages + 1);
    memcpy(v->linear, p->linear, plan->n_stages * sizeof *v->linear);
    v->buffers = ARENA_ARRAY(&p->arena, narrow_column, plan->n_buffers + 1);
    memcpy(v->buffers, p->buffers, plan->n_buffers * sizeof *v->buffers);
    v->buffer_slots = ARENA_ARRAY(&p->arena, int32_t, plan->n_buffers + 1);
    for (uint32_t k = 0; k < plan->n_buffers; k++)
        v->buffer_slots[k] = -1;
    v->axis_length = ARENA_ARRAY(&p->arena, size_t, plan->n_axes + 1);
    for (uint32_t k = 0; k < plan->n_axes; k++)
        v->axis_length[k] = plan->axes[k].kind == MLEC_AXIS_ROW ? rows : p->axis_length[k];
    double *multiplicity = arena_aligned(&p->arena, padded(rows) * sizeof *multiplicity);
    v->multiplicity = multiplicity;
    return v;
}

/* Whether other rows can stand for a row: no input is an element of its own, or a state. */
static bool reads_rows(const mlec_problem *p, const mlec_stage *s)
{
    for (uint32_t a = 0; a < s->n_active; a++) {
        const bound_linear *l = &p->linear[s->active[a]];
        for (uint32_t k = 0; l->varies && k < l->n_terms; k++)
            if (l->terms[k].kind == TERM_SAME || l->terms[k].kind == TERM_STATE)
                return false;
    }
    return true;
}

/* ---- Equal rows --------------------------------------------------------------------------------
 */

static void add_linear(row_key *key, const bound_linear *l)
{
    for (uint32_t k = 0; k < l->n_terms; k++) {
        row_key_add(key, l->terms[k].x, NULL);
        row_key_add(key, l->terms[k].d, NULL);
        row_key_add(key, (narrow_column){0}, l->terms[k].codes);
    }
    for (uint32_t k = 0; k < l->n_levels; k++)
        add_linear(key, &l->levels[k]);
}

static row_key key_of(mlec_problem *p, const mlec_stage *s)
{
    row_key key = {.arena = &p->arena};
    for (uint32_t a = 0; a < s->n_active; a++)
        if (p->linear[s->active[a]].varies)
            add_linear(&key, &p->linear[s->active[a]]);
    for (uint32_t k = 0; k < s->n_data; k++)
        if (p->plan->buffers[s->data[k]].axis != 0)
            row_key_add(&key, p->buffers[s->data[k]], NULL);
    return key;
}

/* Whether a sample has as many equal rows as it would if `most` of all rows were enough: among m of
 * n rows with d values, m^2 / 2d pairs are expected to be equal. */
static bool sample_repeats(distinct_rows *d, const row_key *key, size_t n, size_t most)
{
    size_t step = n / SAMPLE;
    if (step < 2)
        return true;
    if (!distinct_count(d, key, n, step, n))
        return false;
    double looked = (double)((n + step - 1) / step), equal = looked - (double)d->n;
    d->n = 0;
    memset(d->slots, 0, d->n_slots * sizeof *d->slots);
    return equal >= LEAST_COLLISIONS && equal >= looked * looked / (double)most / 4;
}

static const void *take(row_key *key, narrow_column values, const int32_t *codes,
                        const distinct_rows *d)
{
    for (uint32_t k = 0; k < key->arrays.count; k++) {
        row_array *a = &key->arrays.data[k];
        if (a->values.data != values.data || a->codes != codes)
            continue;
        if (a->few)
            return a->few;
        size_t size = padded(d->n);
        double *x = codes ? NULL : arena_aligned(key->arena, size * sizeof *x);
        int32_t *c = codes ? arena_aligned(key->arena, size * sizeof *c) : NULL;
        for (size_t i = 0; i < size; i++) {
            size_t row = d->rows[i < d->n ? i : d->n - 1];
            if (codes)
                c[i] = codes[row];
            else
                x[i] = narrow_at(values, row);
        }
        return a->few = codes ? (const void *)c : x;
    }
    return NULL;
}

static void take_linear(row_key *key, bound_linear *l, const distinct_rows *d)
{
    bound_term *terms = ARENA_ARRAY(key->arena, bound_term, l->n_terms + 1);
    for (uint32_t k = 0; k < l->n_terms; k++) {
        terms[k] = l->terms[k];
        terms[k].x = narrow_doubles(take(key, terms[k].x, NULL, d));
        terms[k].d = narrow_doubles(take(key, terms[k].d, NULL, d));
        terms[k].codes = take(key, (narrow_column){0}, terms[k].codes, d);
    }
    l->terms = terms;
    bound_linear *levels = ARENA_ARRAY(key->arena, bound_linear, l->n_levels + 1);
    for (uint32_t k = 0; k < l->n_levels; k++) {
        levels[k] = l->levels[k];
        take_linear(key, &levels[k], d);
    }
    l->levels = levels;
}

static mlec_problem *merge(mlec_problem *p, const mlec_stage *s)
{
    row_key key = key_of(p, s);
    distinct_rows d = {.memory = &p->memory};
    row_key_finish(&key, p->n_rows);
    size_t most = p->n_rows / (key.n_places > 0 ? LEAST_RATIO : LEAST_RATIO_HASHED);
    most = most < MOST_DISTINCT ? most : MOST_DISTINCT;
    mlec_problem *v = NULL;
    if (sample_repeats(&d, &key, p->n_rows, most) && distinct_count(&d, &key, p->n_rows, 1, most)) {
        v = reduce_view(p, d.n);
        memcpy(v->multiplicity, d.counts, d.n * sizeof *d.counts);
        for (uint32_t a = 0; a < s->n_active; a++)
            if (v->linear[s->active[a]].varies)
                take_linear(&key, &v->linear[s->active[a]], &d);
        for (uint32_t k = 0; k < s->n_data; k++)
            if (p->plan->buffers[s->data[k]].axis != 0)
                v->buffers[s->data[k]] =
                    narrow_doubles(take(&key, p->buffers[s->data[k]], NULL, &d));
        v->reduction = REDUCTION_MERGED;
    }
    distinct_free(&d);
    return v;
}

/* ---- All stages --------------------------------------------------------------------------------
 */

static bool is_candidate(const mlec_problem *p, const mlec_stage *s)
{
    return s->kind == MLEC_STAGE_MAP && p->plan->axes[s->axis].kind == MLEC_AXIS_ROW &&
           s->target != MLEC_TARGET_DERIVED && s->reduce != MLEC_REDUCE_GROUP &&
           !scan_reads(p, s) && reads_rows(p, s);
}

void reduce_stages(mlec_problem *p, uint32_t without)
{
    p->reduced = ARENA_ARRAY(&p->arena, mlec_problem *, p->plan->n_stages + 1);
    for (uint32_t k = 0; k < p->plan->n_stages; k++) {
        const mlec_stage *s = &p->plan->stages[k];
        if (p->n_rows < LEAST_ROWS || !is_candidate(p, s))
            continue;
        if (!(without >> MLEC_TRICK_MOMENTS & 1))
            p->reduced[k] = moments_view(p, s);
        if (!p->reduced[k] && !(without >> MLEC_TRICK_MERGE & 1))
            p->reduced[k] = merge(p, s);
    }
}
