/* Conditioning of dense designs.
 *
 * X'WX squares the condition number of X. So each dense design gets the R of a QR (TSQR) here;
 * above a condition of 1e3 its coefficients are replaced by work = R theta and its columns by X
 * R^-1, which is well conditioned (Golub & Van Loan, Matrix Computations, 5.3). A design whose
 * columns are dependent to working precision is left as it is: its null directions are for the
 * verdict to name.
 *
 * Most long designs are far from that, and X'X says so at a fraction of the cost: below 1e3 its
 * square is as good as R. */
#include "runtime/algebra/dense.h"
#include "runtime/algebra/tsqr.h"
#include "runtime/eval/gram.h"

#include <math.h>
#include <string.h>

static const double REPARAMETRISE_ABOVE = 1e3, DEPENDENT_ABOVE = 1e14;

typedef struct {
    uint32_t size;
    uint32_t *index; /* element of theta of each column, without repetition */
    bound_term **term;
    narrow_column *x;
} design;

static bool dense_design(mlec_problem *p, bound_linear *l, design *d)
{
    if (!l->varies || l->states || l->n_terms < 2)
        return false;
    d->index = ARENA_ARRAY(&p->arena, uint32_t, l->n_terms);
    d->term = ARENA_ARRAY(&p->arena, bound_term *, l->n_terms);
    d->x = ARENA_ARRAY(&p->arena, narrow_column, l->n_terms);
    d->size = 0;
    for (uint32_t i = 0; i < l->n_terms; i++) {
        bound_term *t = &l->terms[i];
        if (t->kind != TERM_COLUMN || t->index >= p->info.n_theta)
            continue;
        if (t->x.data != t->d.data)
            return false;
        d->index[d->size] = t->index;
        d->term[d->size] = t;
        d->x[d->size++] = t->d;
    }
    return d->size >= 2 && d->size <= 2000;
}

/* R of the design, each column times its scale; constant columns are ones. */
static const double *design_r(mlec_problem *p, const design *d)
{
    enum { ROWS = 64 };
    tsqr t;
    tsqr_init(&t, &p->arena, d->size);
    double *block = ARENA_ARRAY(&p->arena, double, (size_t)ROWS * d->size);
    const double **columns = ARENA_ARRAY(&p->arena, const double *, d->size);
    for (size_t row = 0; row < p->n_rows; row += ROWS) {
        size_t n = p->n_rows - row < ROWS ? p->n_rows - row : ROWS;
        for (uint32_t j = 0; j < d->size; j++) {
            double *to = block + (size_t)j * ROWS;
            for (size_t i = 0; i < n; i++)
                to[i] = d->term[j]->scale * (d->x[j].data ? narrow_at(d->x[j], row + i) : 1);
            columns[j] = to;
        }
        tsqr_add(&t, columns, n);
    }
    return tsqr_r(&t);
}

static double scaled_condition(mlec_problem *p, uint32_t q, const double *r)
{
    double *copy = ARENA_ARRAY(&p->arena, double, (size_t)q *q);
    double *work = ARENA_ARRAY(&p->arena, double, 8 * (size_t)q + 128 * (size_t)q);
    return dense_scaled_condition(q, r, copy, work);
}

/* The condition number of a long design that is far from singular, from X'X, which is kept for
 * sums over the same columns; else infinity. */
static double gram_condition(mlec_problem *p, const design *d)
{
    enum { LEAST_ROWS = 512 };
    size_t q = d->size;
    if (p->n_rows < LEAST_ROWS || p->n_rows < 4 * q)
        return INFINITY;
    known_gram known = {q, ARENA_ARRAY(&p->arena, gram_column, q),
                        ARENA_ARRAY(&p->arena, double, q *q)};
    for (size_t j = 0; j < q; j++)
        known.columns[j] = (gram_column){.x = d->x[j]};
    gram_sum(p, known.columns, q, known.columns, q, (narrow_column){0}, known.sums);
    VEC_PUSH(&p->arena, p->grams, known);
    double *r = ARENA_ARRAY(&p->arena, double, q *q), condition;
    gram_factor(p, q, known.sums, REPARAMETRISE_ABOVE, r, &condition);
    return condition;
}

/* Whether the coefficients may be replaced: unbounded, free, each once in this design, and read
 * elsewhere only by single-column terms or by stages of another axis. */
static bool replaceable(mlec_problem *p, uint32_t stage, const design *d)
{
    if (p->has_cuts || p->info.n_groups || p->plan->n_states)
        return false;
    for (uint32_t j = 0; j < d->size; j++) {
        for (uint32_t i = 0; i < j; i++)
            if (d->index[i] == d->index[j])
                return false;
        if (p->info.fixed[d->index[j]])
            return false;
        for (size_t k = 0; k < p->info.n_parameters; k++) {
            const eval_parameter *e = &p->info.parameters[k];
            if (d->index[j] >= e->first && d->index[j] < e->first + e->count &&
                e->type != MLEC_TYPE_REAL)
                return false;
        }
    }
    /* No other row-varying predictor of a map that reads this one may use these coefficients. */
    for (uint32_t s = 0; s < p->plan->n_stages; s++) {
        const mlec_stage *m = &p->plan->stages[s];
        if (m->kind != MLEC_STAGE_MAP)
            continue;
        bool reads = false;
        for (uint32_t a = 0; a < m->n_active; a++)
            reads |= m->active[a] == stage;
        for (uint32_t a = 0; reads && a < m->n_active; a++) {
            if (m->active[a] == stage)
                continue;
            const bound_linear *other = &p->linear[m->active[a]];
            if (other->log_sum)
                return false;
            for (uint32_t t = 0; t < other->n_terms; t++) {
                if (other->terms[t].kind != TERM_COLUMN)
                    return false;
                for (uint32_t j = 0; j < d->size; j++)
                    if (other->terms[t].index == d->index[j])
                        return false;
            }
        }
    }
    return true;
}

static bool reparametrise(mlec_problem *p, design *d, const double *r, double condition)
{
    uint32_t q = d->size;
    double *own = ARENA_ARRAY(&p->arena, double, (size_t)q *q);
    double *inverse = ARENA_ARRAY(&p->arena, double, (size_t)q *q);
    memcpy(own, r, sizeof *own * q * q);
    memcpy(inverse, r, sizeof *own * q * q);
    if (!dense_upper_inverse(q, inverse))
        return false;
    size_t n = padded(p->n_rows);
    double **columns = ARENA_ARRAY(&p->arena, double *, q);
    for (uint32_t j = 0; j < q; j++)
        columns[j] = arena_aligned(&p->arena, n * sizeof(double));
    double *row = ARENA_ARRAY(&p->arena, double, q);
    for (size_t i = 0; i < n; i++) {
        for (uint32_t j = 0; j < q; j++)
            row[j] = d->term[j]->scale * (d->x[j].data ? narrow_at(d->x[j], i) : 1);
        if (!dense_upper_solve(q, own, true, row)) /* Q' row = R^-T x row */
            return false;
        for (uint32_t j = 0; j < q; j++)
            columns[j][i] = row[j];
    }
    for (uint32_t j = 0; j < q; j++) {
        d->term[j]->x = d->term[j]->d = narrow_doubles(columns[j]);
        d->term[j]->scale = 1;
    }
    eval_group *g = ARENA_NEW(&p->arena, eval_group);
    *g = (eval_group){q, d->index, own, inverse, condition};
    p->info.groups = g;
    p->info.n_groups = 1;
    return true;
}

void bind_conditions(mlec_problem *p)
{
    eval_design *designs = ARENA_ARRAY(&p->arena, eval_design, p->plan->n_stages + 1);
    size_t n = 0;
    for (uint32_t s = 0; s < p->plan->n_stages; s++) {
        design d;
        if (p->plan->stages[s].kind != MLEC_STAGE_LINEAR ||
            p->plan->axes[p->plan->stages[s].axis].kind != MLEC_AXIS_ROW ||
            !dense_design(p, &p->linear[s], &d))
            continue;
        double condition = gram_condition(p, &d);
        if (isinf(condition) && p->n_rows >= d.size) {
            const double *r = design_r(p, &d);
            condition = scaled_condition(p, d.size, r);
            if (condition > REPARAMETRISE_ABOVE && condition < DEPENDENT_ABOVE &&
                d.size == p->linear[s].n_terms && replaceable(p, s, &d))
                p->linear[s].work = reparametrise(p, &d, r, condition);
        }
        designs[n++] = (eval_design){d.size, d.index, condition};
    }
    p->info.designs = designs;
    p->info.n_designs = n;
}
