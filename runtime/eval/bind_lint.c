/* Warnings about data that are bound to a linear predictor: columns that cannot have a coefficient
 * of their own. A fit finds out too, and says more; these need no fit. */
#include "runtime/algebra/dense.h"
#include "runtime/eval/problem.h"

#include <math.h>
#include <string.h>

/* The part of a column that others leave, relative to its length, below which it is none. Decimal
 * numbers that add up leave the rounding of the last bit. */
static const double DEPENDENT = 1e-11;
enum { MOST_COLUMNS = 300, MOST_VALUES = 50000000 };

/* One column of a predictor with a coefficient of its own. */
typedef struct {
    const double *values;
    uint32_t buffer;
    const char *coefficient; /* "b", "b[2]" */
    double *rest;            /* what earlier columns leave of it */
    double *share;           /* by earlier column: the coefficient in `rest` of it */
} lint_column;

typedef struct {
    VEC(lint_column) columns;
    bool intercept; /* a constant, or one for each level of a factor */
} design;

/* ---- Reading a predictor ----------------------------------------------------------------------
 */

static void add_column(mlec_problem *p, design *d, uint32_t buffer, const mlec_block *b, size_t i)
{
    if (p->plan->buffers[buffer].axis != 1)
        return;
    bool known = b->unknown < p->plan->n_params;
    size_t place = known ? p->first[b->unknown] + i : 0;
    const char *name = known ? p->info.names[place] : "";
    VEC_PUSH(&p->arena, d->columns,
             (lint_column){buffer_values(p, buffer), buffer, name, NULL, NULL});
}

static design read_design(mlec_problem *p, const mlec_stage *s)
{
    design d = {.intercept = false};
    for (uint32_t i = 0; i < s->n_blocks; i++) {
        const mlec_block *b = &s->blocks[i];
        bool single = b->kind == MLEC_BLOCK_ELEMENT && b->index[0].kind == MLEC_INDEX_CONST &&
                      b->index[1].kind == MLEC_INDEX_CONST;
        if (b->kind == MLEC_BLOCK_DOT)
            for (uint32_t k = 0; k < b->n_columns; k++)
                add_column(p, &d, b->columns[k], b, k);
        else if (single && b->multiplier >= 0)
            add_column(p, &d, (uint32_t)b->multiplier, b, b->index[1].value);
        else if (b->kind == MLEC_BLOCK_ELEMENT && b->multiplier < 0)
            d.intercept = true;
    }
    return d;
}

static const char *column_name(const mlec_problem *p, const lint_column *c)
{
    const mlec_buffer *b = &p->plan->buffers[c->buffer];
    return b->kind == MLEC_BUFFER_COLUMN ? p->plan->columns[b->source].name : NULL;
}

static const char *column_words(mlec_problem *p, const lint_column *c)
{
    const char *name = column_name(p, c);
    return name ? arena_printf(&p->arena, "column %s", name)
                : arena_printf(&p->arena, "what `%s` multiplies", c->coefficient);
}

static span column_place(const mlec_problem *p, const lint_column *c)
{
    const mlec_buffer *b = &p->plan->buffers[c->buffer];
    if (!p->source || b->kind != MLEC_BUFFER_COLUMN)
        return NO_SPAN;
    const mlec_column *column = &p->plan->columns[b->source];
    return (span){p->source, column->begin, column->end};
}

/* ---- Constant and collinear columns ---------------------------------------------------------- */

static bool is_constant(const mlec_problem *p, const lint_column *c)
{
    for (size_t i = 1; i < p->n_rows; i++)
        if (c->values[i] != c->values[0])
            return false;
    return true;
}

static void warn_constant(mlec_problem *p, const lint_column *c)
{
    diag_list *diags = &p->ctx->diags;
    diag *d = diag_report(diags, DIAG_CONSTANT_COLUMN, column_place(p, c),
                          "%s is %.15g in all %zu used rows", column_words(p, c), c->values[0],
                          p->n_rows);
    diag_add_parameter(diags, d, c->coefficient);
    diag_add_hint(diags, d, "its coefficient %s cannot be told from the intercept: leave it out",
                  c->coefficient);
}

/* Modified Gram-Schmidt: `c` becomes what the kept columns leave of it. True when that is nothing.
 */
static bool reduce(const mlec_problem *p, lint_column *c, lint_column *const *kept, size_t n,
                   bool intercept)
{
    size_t rows = p->n_rows;
    double mean = 0;
    for (size_t i = 0; i < rows && intercept; i++)
        mean += c->values[i] / (double)rows;
    for (size_t i = 0; i < rows; i++)
        c->rest[i] = c->values[i] - mean;
    double length = dense_norm2(rows, c->rest);
    for (int twice = 0; twice < 2; twice++) {
        for (size_t k = 0; k < n; k++) {
            const double *q = kept[k]->rest;
            double along = dense_dot(rows, q, c->rest) / dense_dot(rows, q, q);
            c->share[k] += along;
            for (size_t i = 0; i < rows; i++)
                c->rest[i] -= along * q[i];
        }
    }
    return dense_norm2(rows, c->rest) <= DEPENDENT * length;
}

/* The kept columns that `c` is made of: their coefficients follow from the shares, last first. */
static void warn_collinear(mlec_problem *p, lint_column *c, lint_column *const *kept, size_t n)
{
    diag_list *diags = &p->ctx->diags;
    buf names;
    buf_init(&names, &p->arena);
    double largest = 0;
    for (size_t k = n; k-- > 0;) {
        for (size_t j = 0; j < k; j++)
            c->share[j] -= c->share[k] * kept[k]->share[j];
        double size = fabs(c->share[k]) * dense_norm2(p->n_rows, kept[k]->values);
        largest = size > largest ? size : largest;
    }
    uint32_t parts = 0;
    for (size_t k = 0; k < n; k++) {
        if (fabs(c->share[k]) * dense_norm2(p->n_rows, kept[k]->values) <= 1e-8 * largest)
            continue;
        const char *name = column_name(p, kept[k]);
        buf_printf(&names, "%s%s", parts++ ? ", " : "", name ? name : column_words(p, kept[k]));
    }
    diag *d = diag_report(diags, DIAG_COLLINEAR_COLUMNS, column_place(p, c),
                          parts == 1 ? "%s is a linear function of %s"
                                     : "%s is a linear combination of %s",
                          column_words(p, c), buf_text(&names));
    diag_add_parameter(diags, d, c->coefficient);
    diag_add_hint(diags, d, "the data cannot tell their coefficients apart: leave one of them out");
}

static bool usable(const mlec_problem *p, const lint_column *c)
{
    for (size_t i = 0; i < p->n_rows; i++)
        if (!isfinite(c->values[i]))
            return false;
    return true;
}

static void check_design(mlec_problem *p, design *d)
{
    size_t n = 0, k = d->columns.count;
    lint_column **kept = ARENA_ARRAY(&p->arena, lint_column *, k + 1);
    bool affordable = k <= MOST_COLUMNS && k * p->n_rows <= MOST_VALUES && p->n_rows > k;
    for (size_t j = 0; j < k && p->n_rows > 1; j++) {
        lint_column *c = &d->columns.data[j];
        if (!usable(p, c))
            continue;
        if (is_constant(p, c)) {
            if (d->intercept || c->values[0] == 0)
                warn_constant(p, c);
            d->intercept = true;
            continue;
        }
        if (!affordable)
            continue;
        c->rest = ARENA_ARRAY(&p->arena, double, p->n_rows);
        c->share = ARENA_ARRAY(&p->arena, double, k + 1);
        if (reduce(p, c, kept, n, d->intercept))
            warn_collinear(p, c, kept, n);
        else
            kept[n++] = c;
    }
}

/* ---- Separation by one column ---------------------------------------------------------------- */

/* The binary column among the data of a classification, or NULL when it is not the only one. */
static const double *binary_outcome(mlec_problem *p, const mlec_stage *s, const char **name)
{
    const double *found = NULL;
    if (!p->plan->statements[s->statement].discrete)
        return NULL;
    for (uint32_t i = 0; i < s->n_data; i++) {
        const mlec_buffer *b = &p->plan->buffers[s->data[i]];
        if (b->kind != MLEC_BUFFER_COLUMN || p->plan->columns[b->source].type != MLEC_TYPE_BINARY)
            continue;
        if (found)
            return NULL;
        found = buffer_values(p, s->data[i]);
        *name = p->plan->columns[b->source].name;
    }
    return found;
}

/* Least and largest value of the column where the outcome is 0 and where it is 1. */
static bool separates(const mlec_problem *p, const double *y, const double *x, double *low,
                      double *high)
{
    low[0] = low[1] = INFINITY;
    high[0] = high[1] = -INFINITY;
    for (size_t i = 0; i < p->n_rows; i++) {
        int k = y[i] != 0;
        low[k] = x[i] < low[k] ? x[i] : low[k];
        high[k] = x[i] > high[k] ? x[i] : high[k];
    }
    return isfinite(low[0]) && isfinite(low[1]) && (high[0] <= low[1] || high[1] <= low[0]);
}

static void check_columns(mlec_problem *p, const design *d, const double *y, const char *outcome)
{
    diag_list *diags = &p->ctx->diags;
    for (uint32_t j = 0; j < d->columns.count; j++) {
        const lint_column *c = &d->columns.data[j];
        double low[2], high[2];
        if (is_constant(p, c) || !usable(p, c) || !separates(p, y, c->values, low, high))
            continue;
        int below = high[0] <= low[1] ? 0 : 1;
        diag *r =
            diag_report(diags, DIAG_SEPARATING_COLUMN, column_place(p, c),
                        "%s separates the outcomes: it is at most %.15g where %s is %d, and "
                        "at least %.15g where it is %d",
                        column_words(p, c), high[below], outcome, below, low[1 - below], 1 - below);
        diag_add_parameter(diags, r, c->coefficient);
        diag_add_hint(diags, r,
                      "the estimate of %s is infinite; give it a prior such as "
                      "normal(0, 2.5)",
                      c->coefficient);
    }
}

static void check_levels(mlec_problem *p, const mlec_stage *s, const double *y, const char *outcome)
{
    diag_list *diags = &p->ctx->diags;
    for (uint32_t i = 0; i < s->n_blocks; i++) {
        const mlec_block *b = &s->blocks[i];
        if (b->kind != MLEC_BLOCK_ELEMENT || b->multiplier >= 0 ||
            b->index[0].kind != MLEC_INDEX_CONST || b->index[1].kind != MLEC_INDEX_CODE)
            continue;
        uint32_t column = p->plan->buffers[b->index[1].value].source;
        const bound_factor *f = &p->factors[column];
        uint8_t *seen = ARENA_ARRAY(&p->arena, uint8_t, f->n_levels + 1);
        for (size_t row = 0; row < p->n_rows; row++)
            seen[f->codes[row]] |= y[row] != 0 ? 2 : 1;
        for (uint32_t level = 0; level < f->n_levels; level++) {
            if (seen[level] != 1 && seen[level] != 2)
                continue;
            const mlec_column *c = &p->plan->columns[column];
            span at = p->source ? (span){p->source, c->begin, c->end} : NO_SPAN;
            diag *d =
                diag_report(diags, DIAG_SEPARATING_COLUMN, at, "every row with %s = %s has %s = %d",
                            c->name, f->levels[level], outcome, seen[level] - 1);
            diag_add_hint(diags, d,
                          "the estimate for this level is infinite; give the levels a "
                          "prior such as normal(0, 2.5)");
        }
    }
}

static void check_separation(mlec_problem *p, const mlec_stage *s)
{
    const char *name = NULL;
    const double *y = binary_outcome(p, s, &name);
    for (uint32_t k = 0; y && k < s->n_active; k++) {
        const mlec_stage *linear = &p->plan->stages[s->active[k]];
        if (linear->kind != MLEC_STAGE_LINEAR || linear->axis != 1)
            continue;
        design d = read_design(p, linear);
        check_columns(p, &d, y, name);
        check_levels(p, linear, y, name);
    }
}

void bind_lint(mlec_problem *p)
{
    for (uint32_t k = 0; k < p->plan->n_stages; k++) {
        const mlec_stage *s = &p->plan->stages[k];
        if (s->axis != 1)
            continue;
        if (s->kind == MLEC_STAGE_LINEAR) {
            design d = read_design(p, s);
            check_design(p, &d);
        } else if (s->kind == MLEC_STAGE_MAP && s->target == MLEC_TARGET_LIKELIHOOD &&
                   !p->info.has_priors) {
            check_separation(p, s);
        }
    }
}
