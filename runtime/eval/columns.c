/* The dense part of a predictor's derivatives.
 *
 * Columns are multiplied in tiles by the kernels. The levels of a short factor are columns too,
 * of zeros and values, which are made strip by strip where they are used: what they cost is less
 * than the steps from row to row that scattering by level takes. A long factor stays sparse. */
#include "runtime/eval/engine.h"

enum {
    MOST_LEVELS = 16, /* of a factor that is dense */
    MOST_CODE = 1024,
    MOST_INDICATORS = 256, /* of a problem */
    LEAST_ROWS = 64
};

static int32_t slot_of(mlec_problem *p, arena *a, const bound_term *t, int32_t code)
{
    for (uint32_t i = 0; i < p->indicators.count; i++) {
        const bound_indicator *x = &p->indicators.data[i];
        if (x->d == t->d && x->codes == t->codes && x->code == code)
            return (int32_t)i;
    }
    VEC_PUSH(a, p->indicators, (bound_indicator){t->d, t->codes, code});
    return (int32_t)p->indicators.count - 1;
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
        if (k < l->n_plain)
            VEC_PUSH(a, columns, (bound_column){t->d, -1, t->index, t->scale});
        t->dense = false;
        int32_t codes[MOST_LEVELS];
        if (t->kind != TERM_GATHER || n < LEAST_ROWS ||
            p->indicators.count + MOST_LEVELS > MOST_INDICATORS)
            continue;
        uint32_t levels = find_codes(t, n, codes);
        t->dense = levels > 0;
        for (uint32_t j = 0; j < levels; j++)
            VEC_PUSH(a, columns,
                     (bound_column){NULL, slot_of(p, a, t, codes[j]), t->index + (uint32_t)codes[j],
                                    t->scale});
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
}

/* ---- One strip ---------------------------------------------------------------------------------
 */

static double *strip_of(const mlec_problem *p, int32_t slot)
{
    return p->indicator_strips + (size_t)slot * STRIP;
}

static void fill(const bound_indicator *x, size_t first, size_t n, double *out)
{
    const int32_t *codes = x->codes + first;
    size_t end = padded(n);
    if (x->d)
        for (size_t i = 0; i < end; i++)
            out[i] = codes[i] == x->code ? x->d[first + i] : 0;
    else
        for (size_t i = 0; i < end; i++)
            out[i] = codes[i] == x->code ? 1 : 0;
}

static void mark(const bound_linear *l, bool *used)
{
    for (uint32_t k = 0; k < l->n_columns; k++)
        if (l->columns[k].slot >= 0)
            used[l->columns[k].slot] = true;
    for (uint32_t k = 0; k < l->n_levels; k++)
        mark(&l->levels[k], used);
}

void columns_prepare(mlec_problem *p, const mlec_stage *s, size_t first, size_t n)
{
    if (p->indicators.count == 0)
        return;
    bool used[MOST_INDICATORS + 1] = {false};
    for (uint32_t k = 0; k < s->n_active; k++)
        mark(&p->linear[s->active[k]], used);
    for (uint32_t i = 0; i < p->indicators.count; i++)
        if (used[i])
            fill(&p->indicators.data[i], first, n, strip_of(p, (int32_t)i));
}

/* Points at the columns of a block that begins at column i; their number. */
static uint32_t point(const mlec_problem *p, const bound_linear *l, uint32_t i, size_t first,
                      const double **x)
{
    uint32_t n = l->n_columns - i < KERNEL_MOST_COLUMNS ? l->n_columns - i : KERNEL_MOST_COLUMNS;
    for (uint32_t k = 0; k < n; k++) {
        const bound_column *c = &l->columns[i + k];
        x[k] = c->slot >= 0 ? strip_of(p, c->slot) : c->d ? c->d + first : p->ones;
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

void curvature_add(double *h, const curvature_layout *l, size_t i, size_t j, double v, bool both)
{
    if (l->count) {
        size_t n = l->n, a = i - l->first, b = j - l->first;
        i = curvature_outside(l, i);
        j = curvature_outside(l, j);
        if (a < l->count || b < l->count) {
            double *cross = h + n * n;
            if (a < l->count && b < l->count)
                cross[l->count * n + a] += both ? 2 * v : v;
            else
                cross[a < l->count ? a * n + j : b * n + i] += v;
            return;
        }
    }
    h[i + l->n * j] += v;
    if (both)
        h[j + l->n * i] += v;
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
