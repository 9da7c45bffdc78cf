#include "runtime/eval/gram.h"

#include "runtime/algebra/dense.h"
#include "runtime/eval/engine.h"

#include <math.h>
#include <string.h>

/* Strips whose sums are added up before the total takes them with its rounding errors. */
enum { STRIPS = 32 };

/* Numbers of a strip; `out` has room for them. */
static const double *fill(const mlec_problem *p, const gram_column *c, size_t first, size_t n,
                          double *out)
{
    size_t end = padded(n);
    bool plain = !c->codes && c->centre == 0;
    if (c->x.data && c->x.type == NARROW_DOUBLE && plain)
        return narrow_array(c->x) + first;
    if (!c->x.data && plain)
        return p->ones;
    if (c->x.data)
        p->kernels->widen(c->x, first, end / LANES, out);
    else
        memcpy(out, p->ones, end * sizeof *out);
    for (size_t i = 0; c->codes && i < end; i++)
        out[i] = c->codes[first + i] == c->code ? out[i] : 0;
    if (c->centre != 0)
        for (size_t i = 0; i < end; i++)
            out[i] -= c->centre;
    return out;
}

/* The weights of a strip; those behind the end are 0. */
static void fill_weights(const mlec_problem *p, narrow_column weight, size_t first, size_t n,
                         double *out)
{
    memcpy(out, p->ones, padded(n) * sizeof *out);
    if (weight.data)
        p->kernels->widen(weight, first, padded(n) / LANES, out);
    for (size_t i = n; i < padded(n); i++)
        out[i] = 0;
}

typedef struct {
    size_t n_a, n_b;
    bool same;
    double *part, *total; /* n_a * n_b; the total with rounding errors behind */
} grams;

static void add_block(const mlec_problem *p, grams *g, const double *w, const double *const *a,
                      const double *const *b, size_t n8)
{
    for (size_t i = 0; i < g->n_a; i += KERNEL_MOST_COLUMNS)
        for (size_t j = g->same ? i : 0; j < g->n_b; j += KERNEL_MOST_COLUMNS) {
            size_t n_i = g->n_a - i, n_j = g->n_b - j;
            p->kernels->cross(w, a + i, n_i < KERNEL_MOST_COLUMNS ? n_i : KERNEL_MOST_COLUMNS,
                              b + j, n_j < KERNEL_MOST_COLUMNS ? n_j : KERNEL_MOST_COLUMNS,
                              g->same && i == j, n8, g->part + i * g->n_b + j, g->n_b);
        }
}

static void flush(grams *g)
{
    size_t n = g->n_a * g->n_b;
    for (size_t k = 0; k < n; k++)
        engine_add_value(g->total + 2 * k, g->part[k]);
    memset(g->part, 0, n * sizeof *g->part);
}

void gram_sum(mlec_problem *p, const gram_column *a, size_t n_a, const gram_column *b, size_t n_b,
              narrow_column weight, double *sums)
{
    grams g = {n_a, n_b, a == b, ARENA_ARRAY(&p->arena, double, n_a *n_b),
               ARENA_ARRAY(&p->arena, double, 2 * n_a * n_b)};
    const double **x = ARENA_ARRAY(&p->arena, const double *, n_a), **y = x;
    double *strips = arena_aligned(&p->arena, (n_a + 1) * STRIP * sizeof *strips), *others = NULL;
    double *w = strips + n_a * STRIP;
    if (!g.same) {
        y = ARENA_ARRAY(&p->arena, const double *, n_b);
        others = arena_aligned(&p->arena, n_b * STRIP * sizeof *others);
    }
    size_t strip = 0;
    for (size_t first = 0; first < p->n_rows; first += STRIP) {
        size_t n = p->n_rows - first < STRIP ? p->n_rows - first : STRIP;
        fill_weights(p, weight, first, n, w);
        for (size_t k = 0; k < n_a; k++)
            x[k] = fill(p, &a[k], first, n, strips + k * STRIP);
        for (size_t k = 0; !g.same && k < n_b; k++)
            y[k] = fill(p, &b[k], first, n, others + k * STRIP);
        add_block(p, &g, w, x, y, padded(n) / LANES);
        if (++strip % STRIPS == 0)
            flush(&g);
    }
    flush(&g);
    for (size_t i = 0; i < n_a; i++)
        for (size_t j = 0; j < n_b; j++) {
            size_t k = g.same && j < i ? j * n_b + i : i * n_b + j;
            sums[i * n_b + j] = g.total[2 * k] + g.total[2 * k + 1];
        }
}

/* The sum of what is left of the column, twice: the second time of small numbers. */
double gram_mean(mlec_problem *p, gram_column column, narrow_column weight, double total)
{
    double w[STRIP] __attribute__((aligned(64))), out[STRIP] __attribute__((aligned(64)));
    column.centre = 0;
    for (int pass = 0; pass < 2; pass++) {
        double sum[2] = {0, 0};
        for (size_t first = 0; first < p->n_rows; first += STRIP) {
            size_t n = p->n_rows - first < STRIP ? p->n_rows - first : STRIP;
            fill_weights(p, weight, first, n, w);
            const double *x = fill(p, &column, first, n, out);
            double part;
            p->kernels->project(w, &x, 1, padded(n) / LANES, &part);
            engine_add_value(sum, part);
        }
        column.centre += (sum[0] + sum[1]) / total;
    }
    return column.centre;
}

bool gram_factor(mlec_problem *p, size_t q, const double *gram, double most, double *r,
                 double *condition)
{
    double *length = ARENA_ARRAY(&p->arena, double, q);
    double *u = ARENA_ARRAY(&p->arena, double, q *q), *copy = ARENA_ARRAY(&p->arena, double, q *q);
    double *work = ARENA_ARRAY(&p->arena, double, 8 * q + 128 * q);
    *condition = INFINITY;
    for (size_t i = 0; i < q; i++) {
        length[i] = sqrt(gram[i * q + i]);
        if (!isfinite(length[i]) || !(length[i] > 0))
            return false;
    }
    for (size_t i = 0; i < q * q; i++) {
        u[i] = gram[i] / (length[i / q] * length[i % q]);
        if (!isfinite(u[i]))
            return false;
    }
    if (!dense_upper_cholesky(q, u))
        return false;
    memset(r, 0, q * q * sizeof *r);
    for (size_t i = 0; i < q; i++)
        for (size_t j = i; j < q; j++)
            r[i + j * q] = u[i * q + j];
    double found = dense_scaled_condition(q, r, copy, work);
    if (!(found < most))
        return false;
    *condition = found;
    for (size_t j = 0; j < q; j++)
        for (size_t i = 0; i <= j; i++)
            r[i + j * q] *= length[j];
    return true;
}
