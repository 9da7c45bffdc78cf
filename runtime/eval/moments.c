/* A few rows with the same moments.
 *
 * Let the row function be a polynomial of degree 2 in the columns c that it reads, f(c) = a + b'c +
 * c'Qc, with a, b, Q the same for all rows (mlec_map.degrees says so). Then the sum over n rows is
 * a function of their number, mean m and scatter S = sum (c - m)(c - m)' alone, and with R'R = S
 *
 *   sum f(c_i) = (n - q/t^2) f(m) + sum_j [f(m + t r_j) + f(m - t r_j)] / 2t^2,
 *
 * r_j the q rows of R, for any t; one that makes t r_j as large as m keeps the digits of r_j. So
 * 2 q + 1 rows have the same sum, gradient and Hessian, whatever the parameters. Without a
 * linear part b, as in least squares, q rows of the uncentred R and a row of zeros are enough;
 * without Q the mean alone is. Residual sums of squares keep the digits that moments about zero
 * would lose (Golub & Van Loan 2013, 5.3; Chan, Golub & LeVeque 1983): columns that are far from
 * collinear have S, and R from its Cholesky factorisation, which loses as many digits as the square
 * of their condition number has; else nothing is squared, and R comes from a QR factorisation of
 * the columns, into which weights enter as square roots. */
#include "runtime/algebra/tsqr.h"
#include "runtime/eval/engine.h"
#include "runtime/eval/gram.h"
#include "runtime/eval/reduce.h"

#include <math.h>
#include <string.h>

enum {
    MOST_COLUMNS = 256,
    MOST_LEVELS = 16, /* more are cheaper as they are: a QR does not see that they are sparse */
    LEAST_RATIO = 16  /* of rows to columns */
};
/* The condition number of columns whose moments are as good as they are. */
static const double WELL_CONDITIONED = 100;
/* A mean this many standard deviations away, squared, costs a digit. */
static const double FAR = 10;

/* A column, less its mean. */
typedef struct {
    gram_column from;
    double *few; /* in the view */
} moment_column;

typedef struct {
    mlec_problem *p;
    const mlec_stage *stage;
    VEC(moment_column) columns;
    narrow_column weight;
    double total; /* of the weights */
} moments;

static double element(const moment_column *c, size_t i)
{
    const gram_column *f = &c->from;
    if (f->codes && f->codes[i] != f->code)
        return -f->centre;
    return (f->x.data ? narrow_at(f->x, i) : 1) - f->centre;
}

static uint32_t add_column(moments *m, narrow_column x, const int32_t *codes, int32_t code)
{
    gram_column own = {x, codes, code, 0};
    for (uint32_t i = 0; i < m->columns.count; i++)
        if (gram_is_same(&m->columns.data[i].from, &own))
            return i;
    VEC_PUSH(&m->p->arena, m->columns, (moment_column){.from = own});
    return m->columns.count - 1;
}

static int32_t n_codes(const moments *m, const bound_term *t)
{
    int32_t most = -1;
    for (size_t i = 0; t->kind == TERM_GATHER && i < m->p->n_rows; i++)
        most = t->codes[i] > most ? t->codes[i] : most;
    return most + 1;
}

/* The columns of a predictor; false when there are too many, or an element is not finite. */
static bool add_linear(moments *m, const bound_linear *l)
{
    for (uint32_t k = 0; k < l->n_terms; k++) {
        const bound_term *t = &l->terms[k];
        int32_t levels = n_codes(m, t);
        if (t->d.data != t->x.data || levels > MOST_LEVELS)
            return false;
        if (t->kind == TERM_GATHER)
            for (int32_t code = 0; code < levels; code++)
                add_column(m, t->x, t->codes, code);
        else
            add_column(m, t->x, NULL, 0);
        if (m->columns.count > MOST_COLUMNS)
            return false;
    }
    return true;
}

static bool find_columns(moments *m)
{
    mlec_problem *p = m->p;
    const mlec_stage *s = m->stage;
    for (uint32_t a = 0; a < s->n_active; a++) {
        const bound_linear *l = &p->linear[s->active[a]];
        if (l->varies && (l->log_sum || !add_linear(m, l)))
            return false;
    }
    m->total = (double)p->n_rows;
    for (uint32_t k = 0; k < s->n_data; k++) {
        uint32_t buffer = s->data[k];
        if (p->plan->buffers[buffer].axis == 0)
            continue;
        if ((int32_t)buffer == p->plan->weight)
            m->weight = p->buffers[buffer];
        else
            add_column(m, p->buffers[buffer], NULL, 0);
    }
    return m->columns.count <= MOST_COLUMNS && p->n_rows >= LEAST_RATIO * (size_t)m->columns.count;
}

static void find_means(moments *m, bool centred)
{
    size_t n = m->p->n_rows;
    double total[2] = {0, 0};
    for (size_t i = 0; m->weight.data && i < n; i++)
        engine_add_value(total, narrow_at(m->weight, i));
    if (m->weight.data)
        m->total = total[0] + total[1];
    for (uint32_t k = 0; centred && k < m->columns.count; k++) {
        gram_column *c = &m->columns.data[k].from;
        c->centre = gram_mean(m->p, *c, m->weight, m->total);
    }
}

/* Where the column stands among those whose products are known; else -1. */
static int64_t find_known(const known_gram *known, const gram_column *c)
{
    for (size_t k = 0; k < known->q; k++)
        if (gram_is_same(&known->columns[k], c))
            return (int64_t)k;
    return -1;
}

/* S: those products that a design's X'X has are taken from there. */
static void find_products(moments *m, const gram_column *columns, double *sums)
{
    mlec_problem *p = m->p;
    arena *a = &p->arena;
    size_t q = m->columns.count, n_new = 0;
    const known_gram *known = p->grams.count ? &p->grams.data[0] : NULL;
    bool raw = !m->weight.data;
    for (size_t k = 0; k < q; k++)
        raw = raw && columns[k].centre == 0;
    int64_t *place = ARENA_ARRAY(a, int64_t, q + 1);
    gram_column *new = ARENA_ARRAY(a, gram_column, q + 1);
    for (size_t k = 0; k < q; k++) {
        place[k] = known && raw ? find_known(known, &columns[k]) : -1;
        if (place[k] < 0)
            new[n_new++] = columns[k];
    }
    if (n_new == q) {
        gram_sum(p, columns, q, columns, q, m->weight, sums);
        return;
    }
    double *own = ARENA_ARRAY(a, double, n_new *q + 1);
    gram_sum(p, new, n_new, columns, q, m->weight, own);
    for (size_t i = 0, k = 0; i < q; i++) {
        for (size_t j = 0; j < q; j++)
            if (place[i] < 0)
                sums[i * q + j] = sums[j * q + i] = own[k * q + j];
            else if (place[j] >= 0)
                sums[i * q + j] = known->sums[(size_t)place[i] * known->q + (size_t)place[j]];
        k += place[i] < 0;
    }
}

/* Total, means and R in one pass: about the means of the first rows, which those of all are not far
 * from as a rule. NULL where they are, or where R needs a QR. */
static const double *find_at_once(moments *m)
{
    mlec_problem *p = m->p;
    size_t q = m->columns.count, s = q + 1, first = p->n_rows < STRIP ? p->n_rows : STRIP;
    gram_column *from = ARENA_ARRAY(&p->arena, gram_column, s);
    double *sums = ARENA_ARRAY(&p->arena, double, s *s), c;
    double *about = ARENA_ARRAY(&p->arena, double, q *q + 1);
    double *r = ARENA_ARRAY(&p->arena, double, q *q + 1);
    for (size_t k = 0; k < q; k++) {
        from[k] = m->columns.data[k].from;
        for (size_t i = 0; i < first; i++)
            from[k].centre += element(&m->columns.data[k], i) / (double)first;
        if (!isfinite(from[k].centre))
            return NULL;
    }
    gram_sum(p, from, s, from, s, m->weight, sums);
    double total = sums[q * s + q];
    const double *move = sums + q * s; /* times total */
    for (size_t i = 0; i < q; i++) {
        for (size_t j = 0; j < q; j++)
            about[i * q + j] = sums[i * s + j] - move[i] / total * move[j];
        if (!(move[i] / total * move[i] <= FAR * about[i * q + i]))
            return NULL;
    }
    if (!gram_factor(p, q, about, WELL_CONDITIONED, r, &c))
        return NULL;
    m->total = total;
    for (size_t k = 0; k < q; k++)
        m->columns.data[k].from.centre = from[k].centre + move[k] / total;
    return r;
}

/* R of the columns, times the square roots of the weights. */
static const double *find_r(moments *m)
{
    arena *a = &m->p->arena;
    size_t q = m->columns.count, n = m->p->n_rows;
    gram_column *from = ARENA_ARRAY(a, gram_column, q + 1);
    double *sums = ARENA_ARRAY(a, double, q *q + 1), *r = ARENA_ARRAY(a, double, q *q + 1), c;
    for (size_t k = 0; k < q; k++)
        from[k] = m->columns.data[k].from;
    find_products(m, from, sums);
    if (gram_factor(m->p, q, sums, WELL_CONDITIONED, r, &c))
        return r;
    tsqr *t = ARENA_NEW(a, tsqr);
    double *block = arena_aligned(a, q * STRIP * sizeof *block);
    const double **columns = ARENA_ARRAY(a, const double *, q + 1);
    tsqr_init(t, a, q);
    for (size_t first = 0; first < n; first += STRIP) {
        size_t rows = n - first < STRIP ? n - first : STRIP;
        for (size_t k = 0; k < q; k++) {
            double *out = block + k * STRIP;
            columns[k] = out;
            for (size_t i = 0; i < rows; i++)
                out[i] = element(&m->columns.data[k], first + i);
            for (size_t i = 0; m->weight.data && i < rows; i++)
                out[i] *= sqrt(narrow_at(m->weight, first + i));
        }
        tsqr_add(t, columns, rows);
    }
    return tsqr_r(t);
}

static bool all_finite(const moments *m, const double *r)
{
    size_t q = m->columns.count;
    bool ok = isfinite(m->total) && m->total > 0;
    for (size_t k = 0; k < q; k++)
        ok &= isfinite(m->columns.data[k].from.centre);
    for (size_t k = 0; r && k < q * q; k++)
        ok &= isfinite(r[k]);
    return ok;
}

/* The predictor over the view's columns. */
static void take_linear(moments *m, bound_linear *l)
{
    VEC(bound_term) terms = {0};
    for (uint32_t k = 0; k < l->n_terms; k++) {
        const bound_term *t = &l->terms[k];
        bool gathers = t->kind == TERM_GATHER;
        int32_t levels = gathers ? n_codes(m, t) : 1;
        for (int32_t code = 0; t->kind != TERM_ALL && code < levels; code++) {
            bound_term own = *t;
            own.kind = TERM_COLUMN;
            own.index = t->index + (uint32_t)code;
            own.x = own.d =
                narrow_doubles(m->columns.data[add_column(m, t->x, t->codes, code)].few);
            own.slot = -1;
            own.codes = NULL;
            VEC_PUSH(&m->p->arena, terms, own);
        }
    }
    l->n_plain = terms.count;
    for (uint32_t k = 0; k < l->n_terms; k++) {
        bound_term own = l->terms[k];
        if (own.kind != TERM_ALL)
            continue;
        own.x = own.d = narrow_doubles(m->columns.data[add_column(m, own.x, NULL, 0)].few);
        own.slot = -1;
        VEC_PUSH(&m->p->arena, terms, own);
    }
    l->terms = terms.data;
    l->n_terms = terms.count;
}

/* A power of 2 that brings the spread of every column to the size of its mean: see above. */
static double find_reach(const moments *m, const double *r)
{
    enum { MOST = 30 };
    size_t q = m->columns.count;
    int exponent = 0;
    for (size_t k = 0; k < q; k++) {
        double squares = 0;
        for (size_t j = 0; j <= k; j++)
            squares += r[j + k * q] * r[j + k * q];
        double ratio = fabs(m->columns.data[k].from.centre) / sqrt(squares);
        while (squares > 0 && exponent < MOST && ratio > ldexp(1, exponent))
            exponent++;
    }
    return ldexp(1, exponent);
}

/* Rows of the view: pairs about the mean, or the rows of R; then the centre. */
static void fill_rows(moments *m, mlec_problem *v, const double *r, bool pairs)
{
    size_t q = m->columns.count, n = v->n_rows;
    double reach = pairs ? find_reach(m, r) : 1;
    for (size_t k = 0; k < q; k++) {
        moment_column *c = &m->columns.data[k];
        c->few = arena_aligned(&m->p->arena, padded(n) * sizeof *c->few);
        for (size_t i = 0; i < padded(n); i++)
            c->few[i] = c->from.centre;
        for (size_t j = 0; r && j < q; j++) {
            double step = reach * r[j + k * q];
            if (pairs) {
                c->few[2 * j] = c->from.centre + step;
                c->few[2 * j + 1] = c->from.centre - step;
            } else {
                c->few[j] = step;
            }
        }
    }
    for (size_t i = 0; i + 1 < n; i++)
        v->multiplicity[i] = pairs ? 0.5 / (reach * reach) : 1;
    v->multiplicity[n - 1] = m->total - (r ? (double)q / (reach * reach) : 0);
}

mlec_problem *moments_view(mlec_problem *p, const mlec_stage *s)
{
    enum { CONSTANT = 1, LINEAR = 2, SQUARE = 4 };
    moments m = {.p = p, .stage = s};
    uint32_t degrees = s->map.degrees;
    if (!(degrees & (LINEAR | SQUARE)) || !find_columns(&m))
        return NULL;
    bool square = degrees & SQUARE, pairs = square && degrees & LINEAR;
    const double *r = pairs ? find_at_once(&m) : NULL;
    if (!r) {
        find_means(&m, pairs || !square);
        if (!all_finite(&m, NULL))
            return NULL;
        r = square ? find_r(&m) : NULL;
    }
    if (!all_finite(&m, r))
        return NULL;
    mlec_problem *v = reduce_view(p, 1 + (square ? (pairs ? 2 : 1) * m.columns.count : 0));
    fill_rows(&m, v, r, pairs);
    for (uint32_t a = 0; a < s->n_active; a++)
        if (v->linear[s->active[a]].varies)
            take_linear(&m, &v->linear[s->active[a]]);
    double *ones = arena_aligned(&p->arena, padded(v->n_rows) * sizeof *ones);
    for (size_t i = 0; i < padded(v->n_rows); i++)
        ones[i] = 1;
    for (uint32_t k = 0; k < s->n_data; k++) {
        uint32_t buffer = s->data[k];
        if (p->plan->buffers[buffer].axis != 0)
            v->buffers[buffer] = narrow_doubles(
                (int32_t)buffer == p->plan->weight
                    ? ones
                    : m.columns.data[add_column(&m, p->buffers[buffer], NULL, 0)].few);
    }
    v->reduction = REDUCTION_MOMENTS;
    return v;
}
