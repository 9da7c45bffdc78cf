/* Columns of data as strips of doubles, and the dense part of a predictor's derivatives.
 *
 * Columns are multiplied in tiles by the kernels. Those that are kept in narrow types are widened a
 * strip at a time. The levels of a short factor are columns too, of zeros and values, which are
 * made where they are used: what they cost is less than the steps from row to row that scattering
 * by level takes. A long factor stays sparse. */
#include "runtime/eval/engine.h"

#include <assert.h>

enum {
    MOST_LEVELS = 16, /* of a factor that is dense */
    MOST_CODE = 1024,
    MOST_INDICATORS = 256,
    LEAST_ROWS = 64
};

static int32_t slot_of(mlec_problem *p, arena *a, made_column made)
{
    for (uint32_t i = 0; i < p->made.count; i++) {
        const made_column *x = &p->made.data[i];
        if (x->d.data == made.d.data && x->codes == made.codes && x->code == made.code)
            return (int32_t)i;
    }
    p->n_indicators += made.codes != NULL;
    VEC_PUSH(a, p->made, made);
    return (int32_t)p->made.count - 1;
}

/* Where a column is widened; -1 for one of doubles. */
static int32_t slot_of_column(mlec_problem *p, arena *a, narrow_column d, size_t n)
{
    if (!d.data || d.type == NARROW_DOUBLE)
        return -1;
    return slot_of(p, a, (made_column){.d = d, .length = padded(n)});
}

/* The codes that occur, ascending, when they are few; else none. */
static uint32_t find_codes(const bound_term *t, size_t n, int32_t codes[MOST_LEVELS])
{
    bool seen[MOST_CODE] = {false};
    uint32_t count = 0;
    for (size_t i = 0; i < n; i++) {
        int32_t code = t->codes[i];
        if (code >= MOST_CODE)
            return 0;
        if (code < 0 || seen[code])
            continue;
        if (++count > MOST_LEVELS)
            return 0;
        seen[code] = true;
    }
    count = 0;
    for (int32_t code = 0; code < MOST_CODE; code++)
        if (seen[code])
            codes[count++] = code;
    return count;
}

static void bind_linear(mlec_problem *p, arena *a, bound_linear *l, size_t n)
{
    VEC(bound_column) columns = {0};
    for (uint32_t k = 0; k < l->n_terms; k++) {
        bound_term *t = &l->terms[k];
        t->slot = slot_of_column(p, a, t->d, n);
        if (k < l->n_plain)
            VEC_PUSH(a, columns, (bound_column){t->d, t->slot, t->index, t->scale});
        t->dense = false;
        int32_t codes[MOST_LEVELS];
        if (t->kind != TERM_GATHER || n < LEAST_ROWS ||
            p->n_indicators + MOST_LEVELS > MOST_INDICATORS)
            continue;
        uint32_t levels = find_codes(t, n, codes);
        t->dense = levels > 0;
        for (uint32_t j = 0; j < levels; j++) {
            made_column made = {t->d, t->codes, codes[j], padded(n)};
            VEC_PUSH(
                a, columns,
                (bound_column){{0}, slot_of(p, a, made), t->index + (uint32_t)codes[j], t->scale});
        }
    }
    l->columns = columns.data;
    l->n_columns = columns.count;
    for (uint32_t k = 0; k < l->n_levels; k++)
        bind_linear(p, a, &l->levels[k], n);
}

void columns_bind(mlec_problem *p, arena *a, const mlec_stage *s)
{
    for (uint32_t k = 0; k < s->n_active; k++)
        if (!p->linear[s->active[k]].states)
            bind_linear(p, a, &p->linear[s->active[k]],
                        p->linear[s->active[k]].varies ? p->axis_length[s->axis] : 1);
    for (uint32_t k = 0; k < s->n_data; k++)
        if (p->plan->buffers[s->data[k]].axis != 0)
            p->buffer_slots[s->data[k]] =
                slot_of_column(p, a, p->buffers[s->data[k]], p->axis_length[s->axis]);
    for (uint32_t k = 0; k < s->n_active; k++)
        for (uint32_t j = 0; j < k; j++)
            if (p->linear[s->active[j]].log_sum)
                log_sum_bind_choice(&p->linear[s->active[k]], &p->linear[s->active[j]],
                                    p->axis_length[s->axis]);
}

/* ---- One strip ---------------------------------------------------------------------------------
 */

static void mark_code(const made_column *x, size_t first, size_t n, double *out)
{
    const int32_t *codes = x->codes + first;
    if (!x->d.data)
        for (size_t i = 0; i < n; i++)
            out[i] = codes[i] == x->code ? 1 : 0;
    else if (x->d.type == NARROW_DOUBLE)
        for (size_t i = 0; i < n; i++)
            out[i] = codes[i] == x->code ? narrow_array(x->d)[first + i] : 0;
    else
        for (size_t i = 0; i < n; i++)
            out[i] = codes[i] == x->code ? narrow_at(x->d, first + i) : 0;
}

const double *column_strip(const mlec_problem *p, narrow_column x, int32_t slot, size_t first)
{
    if (slot < 0) {
        assert(!x.data || x.type == NARROW_DOUBLE);
        return x.data ? (const double *)x.data + first : p->ones;
    }
    double *out = p->made_strips + (size_t)slot * STRIP;
    if (p->made_first[slot] == first)
        return out;
    const made_column *made = &p->made.data[slot];
    size_t rest = made->length - first, n = rest < STRIP ? rest : STRIP;
    if (made->codes)
        mark_code(made, first, n, out);
    else
        p->kernels->widen(made->d, first, n / LANES, out);
    p->made_first[slot] = first;
    return out;
}

/* Points at the columns of a block that begins at column i; their number. */
static uint32_t point(const mlec_problem *p, const bound_linear *l, uint32_t i, size_t first,
                      const double **x)
{
    uint32_t n = l->n_columns - i < KERNEL_MOST_COLUMNS ? l->n_columns - i : KERNEL_MOST_COLUMNS;
    for (uint32_t k = 0; k < n; k++) {
        const bound_column *c = &l->columns[i + k];
        x[k] = column_strip(p, c->d, c->slot, first);
    }
    return n;
}

void columns_add_gradient(const mlec_problem *p, const bound_linear *l, const double *d,
                          size_t first, size_t n8, double *g)
{
    const double *x[KERNEL_MOST_COLUMNS];
    double sums[KERNEL_MOST_COLUMNS];
    for (uint32_t i = 0; i < l->n_columns; i += KERNEL_MOST_COLUMNS) {
        const bound_column *c = &l->columns[i];
        uint32_t count = point(p, l, i, first, x);
        p->kernels->project(d, x, count, n8, sums);
        for (uint32_t k = 0; k < count; k++)
            g[c[k].index] += c[k].scale * sums[k];
    }
}

void columns_sum(const mlec_problem *p, const bound_linear *a, const bound_linear *b, bool same,
                 const double *w, size_t first, size_t n, double *sums)
{
    size_t n8 = (n + LANES - 1) / LANES;
    const double *x[KERNEL_MOST_COLUMNS], *y[KERNEL_MOST_COLUMNS];
    for (uint32_t i = 0; i < a->n_columns; i += KERNEL_MOST_COLUMNS) {
        uint32_t n_rows = point(p, a, i, first, x);
        for (uint32_t j = same ? i : 0; j < b->n_columns; j += KERNEL_MOST_COLUMNS) {
            uint32_t n_columns = point(p, b, j, first, y);
            p->kernels->cross(w, x, n_rows, y, n_columns, same && j == i, n8,
                              sums + (size_t)i * b->n_columns + j, b->n_columns);
        }
    }
}

void columns_add(const bound_linear *a, const bound_linear *b, bool same, double *sums, double *h,
                 const curvature_layout *l)
{
    for (uint32_t i = 0; i < a->n_columns; i++)
        for (uint32_t j = 0; j < b->n_columns; j++) {
            const bound_column *s = &a->columns[i], *t = &b->columns[j];
            double *sum = &sums[(size_t)i * b->n_columns + j];
            if (!same || j >= i)
                curvature_add(h, l, s->index, t->index, s->scale * t->scale * *sum,
                              !same || i != j);
            *sum = 0;
        }
}
