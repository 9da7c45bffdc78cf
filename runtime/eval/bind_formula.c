/* Formulas meet the table: what is a factor, which coefficients there are, the design's columns.
 *
 * Coding (Chambers & Hastie 1992, Statistical Models in S, 2.4), as R has it: alone, or in a term
 * that the formula also has without it, a factor has a column for each level but its reference;
 * elsewhere, and where it is the first factor of a formula without intercept, for each level.
 * Coefficients stand in R's order: the intercept, then terms, within a term the first variable's
 * columns fastest. A factor's columns are never formed: they are a gather of one coefficient, or
 * none, for each row.
 *
 * Aliasing. A column that is a combination of earlier ones in the used rows has no coefficient of
 * its own; it is set aside, as R's lm does. Columns are taken in order, from the R of one QR of the
 * design. Coefficients with a prior are identified by it and take no part. */
#include "runtime/algebra/tsqr.h"
#include "runtime/eval/problem.h"

#include <math.h>
#include <string.h>

static const double ALIASED_BELOW = 1e-12;
static const double ALIAS_WORK = 2e10; /* multiplications that the search may take */

/* ---- Shape -------------------------------------------------------------------------------------
 */

/* A variable in a term: how many columns it has there, and where they begin among its levels. */
typedef struct {
    const mlec_variable *v;
    const bound_factor *factor; /* NULL: numbers */
    uint32_t count, reference;
    bool contrasts; /* the reference has no column */
} coded;

static bool is_factor(const mlec_problem *p, const mlec_variable *v, uint32_t *column)
{
    if (v->kind != MLEC_VARIABLE_COLUMN && v->kind != MLEC_VARIABLE_FACTOR)
        return false;
    *column = p->plan->buffers[v->buffers[0]].source;
    return v->kind == MLEC_VARIABLE_FACTOR || p->variable_is_factor[*column];
}

/* Whether the formula has the variables of `t` without number `drop`; no variables count. */
static bool has_margin(const mlec_formula *f, const mlec_term *t, uint32_t drop)
{
    if (t->n_variables == 1)
        return true;
    for (uint32_t k = 0; k < f->n_terms; k++) {
        const mlec_term *o = &f->terms[k];
        if (o->n_variables + 1 != t->n_variables)
            continue;
        uint32_t i = 0;
        for (uint32_t j = 0; j < t->n_variables && i < o->n_variables; j++)
            if (j != drop && t->variables[j] == o->variables[i])
                i++;
        if (i == o->n_variables)
            return true;
    }
    return false;
}

/* `whole`: the formula lacks an intercept and this is its first factor; set to false then. */
static bool code_variable(mlec_problem *p, const mlec_formula *f, const mlec_term *t, uint32_t k,
                          bool *whole, coded *c)
{
    const mlec_variable *v = &f->variables[t->variables[k]];
    uint32_t column;
    *c = (coded){.v = v, .count = 1};
    if (!is_factor(p, v, &column)) {
        c->count = v->kind == MLEC_VARIABLE_POLY ? v->degree : v->n_buffers;
        return true;
    }
    c->factor = &p->factors[column];
    uint32_t n = c->factor->n_levels;
    if (v->reference) {
        while (c->reference < n && strcmp(c->factor->levels[c->reference], v->reference))
            c->reference++;
        if (c->reference == n) {
            diag *d = diag_report(&p->ctx->diags, DIAG_LEVEL_COUNT, NO_SPAN,
                                  "no used row has the reference level \"%s\" of %s", v->reference,
                                  v->text);
            const char *near = nearest_name(v->reference, c->factor->levels, n);
            if (near)
                diag_add_hint(&p->ctx->diags, d, "did you mean \"%s\"?", near);
            return false;
        }
    }
    c->contrasts = !*whole && has_margin(f, t, k);
    *whole = false;
    c->count = c->contrasts ? n - 1 : n;
    return true;
}

/* The level of a coded factor's column. */
static uint32_t level_of(const coded *c, uint32_t column)
{
    return column + (c->contrasts && column >= c->reference);
}

static const char *column_text(mlec_problem *p, const coded *c, uint32_t i)
{
    arena *a = &p->arena;
    if (c->factor) {
        uint32_t source = p->plan->buffers[c->v->buffers[0]].source;
        return arena_printf(a, "%s=%s", p->plan->columns[source].name,
                            c->factor->levels[level_of(c, i)]);
    }
    if (c->v->kind == MLEC_VARIABLE_POLY)
        return arena_printf(a, "%s%u", c->v->text, i + 1);
    return c->v->kind == MLEC_VARIABLE_COLUMNS ? c->v->names[i] : c->v->text;
}

static const char *coefficient_name(mlec_problem *p, const coded *c, uint32_t n, uint32_t i)
{
    const char *name = NULL;
    for (uint32_t k = 0; k < n; i /= c[k].count, k++) {
        const char *part = column_text(p, &c[k], i % c[k].count);
        name = name ? arena_printf(&p->arena, "%s:%s", name, part) : part;
    }
    return name;
}

/* Adds the design columns of one term: one for each choice among the columns of its numbers. */
static void add_columns(mlec_problem *p, bound_formula *f, const coded *c, uint32_t n,
                        uint32_t first)
{
    arena *a = &p->arena;
    uint32_t choices = 1, factors = 0;
    for (uint32_t k = 0; k < n; k++) {
        choices *= c[k].factor ? 1 : c[k].count;
        factors += c[k].factor != NULL;
    }
    for (uint32_t choice = 0; choice < choices; choice++) {
        design_column *d = &f->columns[f->n_columns++];
        *d = (design_column){.first = first};
        d->numbers = ARENA_ARRAY(a, design_number, n + 1);
        d->factors = ARENA_ARRAY(a, design_factor, factors + 1);
        uint32_t stride = 1, rest = choice;
        for (uint32_t k = 0; k < n; stride *= c[k].count, k++) {
            if (c[k].factor) {
                d->factors[d->n_factors++] =
                    (design_factor){c[k].factor, c[k].reference, c[k].contrasts, stride};
                continue;
            }
            uint32_t i = rest % c[k].count;
            rest /= c[k].count;
            d->first += i * stride;
            bool poly = c[k].v->kind == MLEC_VARIABLE_POLY;
            d->numbers[d->n_numbers++] =
                (design_number){c[k].v->buffers[poly ? 0 : i], poly ? i + 1 : 0, NULL, c[k].v};
        }
    }
}

static bool shape(mlec_problem *p, uint32_t id)
{
    const mlec_formula *m = &p->plan->formulas[id];
    bound_formula *f = &p->formulas[id];
    arena *a = &p->arena;
    *f = (bound_formula){0};
    uint32_t n_columns = m->intercept, most = 1;
    uint64_t n = m->intercept;
    bool whole = !m->intercept;
    for (uint32_t k = 0; k < m->n_terms; k++)
        most = m->terms[k].n_variables > most ? m->terms[k].n_variables : most;
    coded *c = ARENA_ARRAY(a, coded, (size_t)most * (m->n_terms + 1));
    for (uint32_t k = 0; k < m->n_terms; k++) {
        uint64_t count = 1, choices = 1;
        for (uint32_t i = 0; i < m->terms[k].n_variables; i++) {
            coded *v = &c[(size_t)k * most + i];
            if (!code_variable(p, m, &m->terms[k], i, &whole, v))
                return false;
            count *= v->count;
            choices *= v->factor ? 1 : v->count;
        }
        n += count;
        n_columns += (uint32_t)choices;
        if (n > 100000000) {
            diag_report(&p->ctx->diags, DIAG_LEVEL_COUNT, NO_SPAN,
                        "the formula of `%s` has more than 100 million coefficients", m->name);
            return false;
        }
    }
    f->n_coefficients = (uint32_t)n;
    f->names = ARENA_ARRAY(a, const char *, n + 1);
    f->aliased = ARENA_ARRAY(a, uint8_t, n + 1);
    f->columns = ARENA_ARRAY(a, design_column, n_columns + 1);
    uint32_t next = 0;
    if (m->intercept) {
        f->names[next++] = "Intercept";
        f->columns[f->n_columns++] = (design_column){0};
    }
    for (uint32_t k = 0; k < m->n_terms; k++) {
        const coded *v = &c[(size_t)k * most];
        uint32_t n_variables = m->terms[k].n_variables, count = 1;
        for (uint32_t i = 0; i < n_variables; i++)
            count *= v[i].count;
        if (count)
            add_columns(p, f, v, n_variables, next);
        for (uint32_t i = 0; i < count; i++)
            f->names[next++] = coefficient_name(p, v, n_variables, i);
    }
    return true;
}

bool bind_formula_shapes(mlec_problem *p)
{
    for (uint32_t i = 0; i < p->plan->n_formulas; i++)
        if (!shape(p, i))
            return false;
    return true;
}

/* ---- Columns -----------------------------------------------------------------------------------
 */

static bool has_more_values(mlec_problem *p, const double *x, uint32_t most)
{
    double *seen = ARENA_ARRAY(&p->arena, double, (size_t)most + 1);
    uint32_t count = 0;
    for (size_t i = 0; i < p->n_rows && count <= most; i++) {
        uint32_t k = 0;
        while (k < count && seen[k] != x[i])
            k++;
        if (k == count)
            seen[count++] = x[i];
    }
    return count > most;
}

/* Orthonormal polynomials of x, by their three-term recurrence (Forsythe 1957, J. SIAM 5, 74-88);
 * the leading coefficient is positive, as in R's poly. False when x has too few values. */
static bool polynomials(mlec_problem *p, const double *x, uint32_t degree, double **out)
{
    size_t n = p->n_rows;
    if (!has_more_values(p, x, degree))
        return false;
    double mean = 0, *centred = ARENA_ARRAY(&p->arena, double, n + 1);
    for (size_t i = 0; i < n; i++)
        mean += x[i] / (double)n;
    for (size_t i = 0; i < n; i++)
        centred[i] = x[i] - mean;
    double *before = ARENA_ARRAY(&p->arena, double, n + 1),
           *now = ARENA_ARRAY(&p->arena, double, n + 1);
    for (size_t i = 0; i < n; i++)
        now[i] = 1 / sqrt((double)n);
    double before_norm = 0, scale = 0;
    for (size_t i = 0; i < n; i++)
        scale = fmax(scale, fabs(centred[i]));
    for (uint32_t d = 0; d < degree; d++) {
        double shift = 0, norm = 0;
        for (size_t i = 0; i < n; i++)
            shift += centred[i] * now[i] * now[i];
        out[d] = arena_aligned(&p->arena, padded(n) * sizeof(double));
        for (size_t i = 0; i < n; i++)
            out[d][i] = (centred[i] - shift) * now[i] - before_norm * before[i];
        for (size_t i = 0; i < n; i++)
            norm += out[d][i] * out[d][i];
        norm = sqrt(norm);
        if (!(norm > 1e-10 * scale))
            return false;
        for (size_t i = 0; i < n; i++)
            out[d][i] /= norm;
        for (size_t i = n; i < padded(n); i++)
            out[d][i] = out[d][n - 1];
        before = now;
        before_norm = norm;
        now = out[d];
    }
    return true;
}

static bool poly_columns(mlec_problem *p, bound_formula *f)
{
    for (uint32_t k = 0; k < f->n_columns; k++)
        for (uint32_t i = 0; i < f->columns[k].n_numbers; i++) {
            design_number *x = &f->columns[k].numbers[i];
            if (!x->degree || x->values)
                continue;
            double **out = ARENA_ARRAY(&p->arena, double *, x->variable->degree);
            if (!polynomials(p, buffer_values(p, x->buffer), x->variable->degree, out)) {
                diag *d = diag_report(&p->ctx->diags, DIAG_LEVEL_COUNT, NO_SPAN,
                                      "%s needs more than %u different values in the used rows",
                                      x->variable->text, x->variable->degree);
                diag_add_hint(&p->ctx->diags, d, "lower the degree");
                return false;
            }
            for (uint32_t l = k; l < f->n_columns; l++) /* the same variable elsewhere */
                for (uint32_t j = 0; j < f->columns[l].n_numbers; j++) {
                    design_number *o = &f->columns[l].numbers[j];
                    if (o->degree && o->variable == x->variable)
                        o->values = out[o->degree - 1];
                }
        }
    return true;
}

static narrow_column number_values(const mlec_problem *p, const design_number *x, bool *one)
{
    *one = !x->values && p->plan->buffers[x->buffer].axis == 0;
    return x->values ? narrow_doubles(x->values) : p->buffers[x->buffer];
}

/* The product of a column's numbers, if there are any. */
static narrow_column product(mlec_problem *p, const design_column *d)
{
    bool one;
    if (!d->n_numbers)
        return (narrow_column){0};
    narrow_column x = number_values(p, &d->numbers[0], &one);
    if (d->n_numbers == 1 && !one)
        return x;
    size_t n = padded(p->n_rows);
    double *out = arena_aligned(&p->arena, n * sizeof *out);
    for (size_t i = 0; i < n; i++)
        out[i] = 1;
    for (uint32_t k = 0; k < d->n_numbers; k++) {
        x = number_values(p, &d->numbers[k], &one);
        for (size_t i = 0; i < n; i++)
            out[i] *= narrow_at(x, one ? 0 : i);
    }
    return narrow_doubles(out);
}

int32_t design_code(const design_column *d, size_t row)
{
    int32_t at = 0;
    for (uint32_t k = 0; k < d->n_factors; k++) {
        const design_factor *f = &d->factors[k];
        int32_t level = f->factor->codes[row], reference = (int32_t)f->reference;
        if (f->contrasts && level == reference)
            return -1;
        at += (int32_t)f->stride * (level - (f->contrasts && level > reference));
    }
    return at;
}

static const int32_t *codes(mlec_problem *p, const design_column *d)
{
    if (!d->n_factors)
        return NULL;
    const design_factor *f = &d->factors[0];
    if (d->n_factors == 1 && !f->contrasts && f->stride == 1)
        return f->factor->codes;
    size_t n = padded(p->n_rows);
    int32_t *out = arena_aligned(&p->arena, n * sizeof *out);
    for (size_t i = 0; i < n; i++)
        out[i] = design_code(d, i);
    return out;
}

/* ---- Aliasing ----------------------------------------------------------------------------------
 */

/* Whether coefficient `i` of the formula has a prior that is in force. */
static bool has_prior(const mlec_problem *p, uint32_t id)
{
    const mlec_plan *plan = p->plan;
    for (uint32_t s = 0; s < plan->n_stages; s++) {
        const mlec_stage *m = &plan->stages[s];
        if (m->kind != MLEC_STAGE_MAP || m->target != MLEC_TARGET_PRIOR || !p->use_priors)
            continue;
        for (uint32_t a = 0; a < m->n_active; a++) {
            const mlec_stage *l = &plan->stages[m->active[a]];
            for (uint32_t b = 0; b < l->n_blocks; b++)
                if (l->blocks[b].kind != MLEC_BLOCK_STATE &&
                    l->blocks[b].unknown == plan->formulas[id].param)
                    return true;
        }
    }
    return false;
}

/* R of the design with a column for each coefficient. */
static const double *whole_r(mlec_problem *p, const bound_formula *f)
{
    tsqr t;
    tsqr_init(&t, &p->arena, f->n_coefficients);
    double *row = ARENA_ARRAY(&p->arena, double, f->n_coefficients);
    for (size_t i = 0; i < p->n_rows; i++) {
        memset(row, 0, f->n_coefficients * sizeof *row);
        for (uint32_t k = 0; k < f->n_columns; k++) {
            const design_column *d = &f->columns[k];
            int32_t code = d->codes ? d->codes[i] : 0;
            if (code >= 0)
                row[d->first + (uint32_t)code] = d->x.data ? narrow_at(d->x, i) : 1;
        }
        tsqr_add_row(&t, row);
    }
    return tsqr_r(&t);
}

/* Marks the columns of R that are combinations of earlier ones: Gram-Schmidt, twice. */
static void mark_dependent(mlec_problem *p, const double *r, uint32_t q, uint8_t *aliased)
{
    double *basis = ARENA_ARRAY(&p->arena, double, (size_t)q *q), *x;
    uint32_t rank = 0;
    for (uint32_t j = 0; j < q; j++) {
        x = basis + (size_t)rank * q;
        double norm = 0, left = 0;
        for (uint32_t i = 0; i < q; i++) {
            x[i] = i <= j ? r[i + (size_t)j * q] : 0;
            norm += x[i] * x[i];
        }
        for (int pass = 0; pass < 2; pass++)
            for (uint32_t k = 0; k < rank; k++) {
                const double *b = basis + (size_t)k * q;
                double s = 0;
                for (uint32_t i = 0; i <= j; i++)
                    s += b[i] * x[i];
                for (uint32_t i = 0; i <= j; i++)
                    x[i] -= s * b[i];
            }
        for (uint32_t i = 0; i < q; i++)
            left += x[i] * x[i];
        aliased[j] = !(sqrt(left) > ALIASED_BELOW * sqrt(norm));
        if (aliased[j])
            continue;
        for (uint32_t i = 0; i < q; i++)
            x[i] /= sqrt(left);
        rank++;
    }
}

static void report_aliased(mlec_problem *p, uint32_t id)
{
    const bound_formula *f = &p->formulas[id];
    const char *name = p->plan->formulas[id].name;
    buf list;
    buf_init(&list, &p->arena);
    uint32_t n = 0;
    for (uint32_t i = 0; i < f->n_coefficients; i++)
        if (f->aliased[i] && n++ < 8)
            buf_printf(&list, "%s`%s[%s]`", n > 1 ? ", " : "", name, f->names[i]);
    if (!n)
        return;
    if (n > 8)
        buf_printf(&list, " and %u more", n - 8);
    diag *d = diag_report(&p->ctx->diags, DIAG_ALIASED, NO_SPAN,
                          "%s %s set aside: in the used rows %s a combination of the terms before",
                          buf_text(&list), n == 1 ? "is" : "are",
                          n == 1 ? "its column is" : "their columns are");
    for (uint32_t i = 0; i < f->n_coefficients; i++)
        if (f->aliased[i])
            diag_add_parameter(&p->ctx->diags, d,
                               arena_printf(&p->arena, "%s[%s]", name, f->names[i]));
}

static void find_aliased(mlec_problem *p, uint32_t id)
{
    bound_formula *f = &p->formulas[id];
    double q = f->n_coefficients;
    if (q == 0 || q > 2000 || q * q * (double)p->n_rows > ALIAS_WORK || has_prior(p, id))
        return;
    for (uint32_t k = 0; k < f->n_columns; k++)
        if (f->columns[k].x.data && !narrow_is_finite(f->columns[k].x, p->n_rows))
            return;
    mark_dependent(p, whole_r(p, f), f->n_coefficients, f->aliased);
    report_aliased(p, id);
}

bool bind_formula_columns(mlec_problem *p)
{
    for (uint32_t id = 0; id < p->plan->n_formulas; id++) {
        bound_formula *f = &p->formulas[id];
        if (!poly_columns(p, f))
            return false;
        for (uint32_t k = 0; k < f->n_columns; k++) {
            f->columns[k].x = product(p, &f->columns[k]);
            f->columns[k].codes = codes(p, &f->columns[k]);
        }
        find_aliased(p, id);
    }
    return true;
}
