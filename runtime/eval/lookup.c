/* Functions of parameters and one column: see mlec_table.
 *
 * Where the column has few distinct values, the function is evaluated for those, once in an
 * evaluation, and its results are looked up; otherwise it is evaluated with the strip at hand. */
#include "runtime/eval/distinct.h"
#include "runtime/eval/engine.h"

#include <string.h>

enum {
    MOST_VALUES = 16384,
    LEAST_RATIO = 4 /* of rows to values */
};

static uint32_t buffer_of(const mlec_stage *s, uint32_t table)
{
    return s->data[s->tables[table].data];
}

static bound_lookup bind_table(mlec_problem *p, arena *a, narrow_column x, uint32_t n_outputs)
{
    bound_lookup l = {0};
    row_key key = {.arena = a};
    distinct_rows d = {.memory = &p->memory};
    size_t most = p->n_rows / LEAST_RATIO < MOST_VALUES ? p->n_rows / LEAST_RATIO : MOST_VALUES;
    row_key_add(&key, x, NULL);
    row_key_finish(&key, p->n_rows);
    if (distinct_count(&d, &key, p->n_rows, 1, most) && d.n > 0) {
        int32_t *codes = arena_aligned(a, padded(p->n_rows) * sizeof *codes);
        double *values = arena_aligned(a, padded(d.n) * sizeof *values);
        distinct_numbers(&d, &key, p->n_rows, codes);
        for (size_t i = 0; i < padded(d.n); i++)
            values[i] = narrow_at(x, d.rows[i < d.n ? i : d.n - 1]);
        l = (bound_lookup){codes, values, d.n,
                           arena_aligned(a, n_outputs * padded(d.n) * sizeof(double))};
    }
    distinct_free(&d);
    return l;
}

void lookup_bind(mlec_problem *p, arena *a)
{
    const mlec_plan *plan = p->plan;
    p->lookups = ARENA_ARRAY(a, bound_lookup *, plan->n_stages + 1);
    for (uint32_t k = 0; k < plan->n_stages; k++) {
        const mlec_stage *s = &plan->stages[k];
        p->lookups[k] = ARENA_ARRAY(a, bound_lookup, s->n_tables + 1);
        for (uint32_t t = 0; t < s->n_tables; t++)
            p->lookups[k][t] =
                bind_table(p, a, p->buffers[buffer_of(s, t)], s->tables[t].function.n_outputs);
    }
}

/* The scalars of a table: the map's, then what its own prologue makes of them. */
static double *scalars_of(const mlec_problem *p, uint32_t table)
{
    return p->table_scalars + (size_t)table * p->n_scalars;
}

/* Calls a table's function on n8 groups of its column. */
static void call(mlec_problem *p, const mlec_stage *s, uint32_t table, const double *x, size_t n8,
                 double *out, size_t stride)
{
    const mlec_function *f = &s->tables[table].function;
    const double **rows = p->row_pointers, *row[1] = {x};
    double **outs = p->out_pointers, *scalars = p->scalars;
    for (uint32_t j = 0; j < f->n_outputs; j++)
        p->table_outs[j] = out + j * stride;
    p->row_pointers = row;
    p->out_pointers = p->table_outs;
    p->scalars = scalars_of(p, table);
    call_map(p, f, n8);
    p->row_pointers = rows;
    p->out_pointers = outs;
    p->scalars = scalars;
}

void lookup_prepare(mlec_problem *p, const mlec_stage *s)
{
    double *scalars = p->scalars;
    for (uint32_t t = 0; t < s->n_tables; t++) {
        memcpy(scalars_of(p, t), scalars, p->n_scalars * sizeof *scalars);
        p->scalars = scalars_of(p, t);
        call_prologue(p, &s->tables[t].function);
    }
    p->scalars = scalars;
}

void lookup_evaluate(mlec_problem *p, uint32_t stage)
{
    const mlec_stage *s = &p->plan->stages[stage];
    for (uint32_t t = 0; t < s->n_tables; t++) {
        const bound_lookup *l = &p->lookups[stage][t];
        for (size_t first = 0; first < l->n; first += STRIP) {
            size_t n = l->n - first < STRIP ? l->n - first : STRIP;
            call(p, s, t, l->values + first, padded(n) / LANES, l->results + first, padded(l->n));
        }
    }
}

void lookup_rows(mlec_problem *p, uint32_t stage, size_t first, size_t n, uint32_t row)
{
    const mlec_stage *s = &p->plan->stages[stage];
    size_t n8 = padded(n) / LANES;
    double *strips = p->table_strips;
    for (uint32_t t = 0; t < s->n_tables; t++) {
        const bound_lookup *l = &p->lookups[stage][t];
        if (!l->n)
            call(p, s, t,
                 column_strip(p, p->buffers[buffer_of(s, t)], p->buffer_slots[buffer_of(s, t)],
                              first),
                 n8, strips, STRIP);
        for (uint32_t j = 0; j < s->tables[t].function.n_outputs; j++, strips += STRIP) {
            p->row_pointers[row++] = strips;
            if (!l->n)
                continue;
            memset(strips, 0, 8 * n8 * sizeof *strips);
            p->kernels->gather(1, l->results + j * padded(l->n), l->codes + first, NULL, n8,
                               strips);
        }
    }
}
