/* Columns of the data to arrays over the used rows. */
#include "runtime/eval/problem.h"

#include <math.h>
#include <string.h>

typedef struct {
    bool numbers; /* read as a number by some buffer */
    bool early;   /* and by `where` or the weight */
    const frame_column *real;
    const frame_levels *levels;
} raw_column;

static bool report_without_data(mlec_problem *p, const mlec_column *c)
{
    diag_list *diags = &p->ctx->diags;
    diag *d = diag_report(diags, DIAG_UNKNOWN_COLUMN, (span){p->source, c->begin, c->end},
                          "`%s` is no parameter or definition, and there are no data", c->name);
    diag_add_hint(diags, d, "give a data file: mlec model.lik data.csv");
    return false;
}

/* A name the data do not have may be a misspelt parameter. */
static bool report_unknown(mlec_problem *p, const mlec_column *c)
{
    const char **names = ARENA_ARRAY(&p->arena, const char *, p->plan->n_params + 1);
    for (uint32_t i = 0; i < p->plan->n_params; i++)
        names[i] = p->plan->params[i].name;
    const char *near = c->declared ? NULL : nearest_name(c->name, names, p->plan->n_params);
    const char *const *columns;
    size_t n = frame_names(p->data, &columns);
    const char *near_column = nearest_name(c->name, columns, n);
    if (!near || near_column)
        return frame_require(p->data, c->name, (span){p->source, c->begin, c->end});
    diag_list *diags = &p->ctx->diags;
    diag *d = diag_report(diags, DIAG_UNKNOWN_COLUMN, (span){p->source, c->begin, c->end},
                          "`%s` is no parameter, definition or column", c->name);
    diag_add_hint(diags, d, "did you mean the parameter `%s`?", near);
    return false;
}

/* Whether a formula reads the column, as a number or a factor. */
static bool is_variable(const mlec_plan *plan, uint32_t column)
{
    for (uint32_t i = 0; i < plan->n_buffers; i++)
        if (plan->buffers[i].kind == MLEC_BUFFER_VARIABLE && plan->buffers[i].source == column)
            return true;
    return false;
}

/* Marks the columns whose numbers a buffer is computed from. */
static void mark_early(const mlec_plan *plan, int32_t buffer, raw_column *raw, uint8_t *seen)
{
    if (buffer < 0 || seen[buffer])
        return;
    const mlec_buffer *b = &plan->buffers[buffer];
    seen[buffer] = 1;
    if (b->kind == MLEC_BUFFER_COLUMN)
        raw[b->source].early = true;
    for (uint32_t k = 0; k < b->n_inputs; k++)
        mark_early(plan, (int32_t)b->inputs[k], raw, seen);
}

static bool read_series(mlec_problem *p, const raw_column *raw)
{
    const mlec_series *s = &p->plan->series;
    const raw_column *order = s->order >= 0 ? &raw[s->order] : NULL;
    return series_read(p, order ? order->real : NULL, order && !order->real ? order->levels : NULL,
                       s->by >= 0 ? raw[s->by].levels : NULL);
}

static bool read_columns(mlec_problem *p, raw_column *raw)
{
    const mlec_plan *plan = p->plan;
    bool ok = true;
    uint8_t *seen = ARENA_ARRAY(&p->arena, uint8_t, plan->n_buffers + 1);
    mark_early(plan, plan->where, raw, seen);
    mark_early(plan, plan->weight, raw, seen);
    for (uint32_t i = 0; i < plan->n_buffers; i++)
        if (plan->buffers[i].kind == MLEC_BUFFER_COLUMN)
            raw[plan->buffers[i].source].numbers = true;
    frame_request *requests = ARENA_ARRAY(&p->arena, frame_request, plan->n_columns + 1);
    size_t n = 0;
    for (uint32_t i = 0; i < plan->n_columns; i++) {
        const mlec_column *c = &plan->columns[i];
        if (!c->used)
            continue;
        if (!p->data)
            return report_without_data(p, c);
        if (!frame_has(p->data, c->name)) {
            ok = report_unknown(p, c) && ok;
            continue;
        }
        ok = frame_require(p->data, c->name, (span){p->source, c->begin, c->end}) && ok;
        requests[n++] = (frame_request){c->name, c->as_codes};
    }
    if (!ok) { /* a misspelt name left the right one unused */
        diag_withdraw(&p->ctx->diags, DIAG_UNUSED_COLUMN, p->info.model_name);
        diag_withdraw(&p->ctx->diags, DIAG_UNUSED_PARAMETER, p->info.model_name);
        return false;
    }
    if (p->data)
        frame_load(p->data, requests, n);
    for (uint32_t i = 0; i < plan->n_columns; i++) {
        const mlec_column *c = &plan->columns[i];
        if (!c->used)
            continue;
        bool variable = is_variable(plan, i), codes = c->as_codes;
        if (variable)
            p->variable_is_factor[i] = c->type == MLEC_TYPE_FACTOR ||
                                       (!c->declared && !frame_is_numeric(p->data, c->name));
        codes |= variable && p->variable_is_factor[i];
        bool order = plan->series.order == (int32_t)i;
        bool dates =
            order && !c->declared && !raw[i].numbers && !frame_is_numeric(p->data, c->name);
        if (((!codes && !c->optional) || order) && !dates)
            raw[i].numbers = true; /* used, if only by its being there */
        if (codes) {
            raw[i].levels = c->levels
                                ? frame_factor_written(p->data, c->name, c->levels, c->n_levels)
                                : frame_factor(p->data, c->name);
            ok &= raw[i].levels != NULL;
        } else if (dates) {
            raw[i].levels = frame_factor(p->data, c->name);
            ok &= raw[i].levels != NULL;
        }
        if (variable && !p->variable_is_factor[i])
            raw[i].numbers = true;
        bool text = c->type == MLEC_TYPE_FACTOR || !raw[i].numbers ||
                    (c->type == MLEC_TYPE_BINARY && !frame_is_numeric(p->data, c->name));
        if (text && !codes) {
            raw[i].levels = frame_factor(p->data, c->name);
            ok &= raw[i].levels != NULL;
        } else if (!text) {
            raw[i].real = frame_real(p->data, c->name, c->limit);
            ok &= raw[i].real != NULL;
        }
    }
    return ok && read_series(p, raw);
}

static bool is_missing(const raw_column *r, size_t row)
{
    return (r->real && isnan(narrow_at(r->real->column, row))) ||
           (r->levels && r->levels->codes[row] < 0);
}

static bool has_missing(const raw_column *r)
{
    return (r->real && r->real->facts.n_missing > 0) || (r->levels && r->levels->n_missing > 0);
}

/* --na error: the first missing values, and how many there are. */
static bool refuse_missing(mlec_problem *p, const raw_column *raw)
{
    enum { SHOWN = 5 };
    size_t n = p->info.rows, missing = 0, rows = 0;
    diag *last = NULL;
    for (size_t row = 0; row < n; row++) {
        size_t before = missing;
        for (uint32_t i = 0; i < p->plan->n_columns; i++) {
            if (!p->plan->columns[i].used || !is_missing(&raw[i], row))
                continue;
            if (missing++ < SHOWN)
                last = frame_report(p->data, DIAG_MISSING_VALUE, p->plan->columns[i].name, row,
                                    "the value is missing");
        }
        rows += missing > before;
    }
    if (last)
        diag_add_hint(&p->ctx->diags, last,
                      missing == 1
                          ? "--na omit leaves the row out"
                          : "%zu values in %zu of %zu rows are missing; --na omit leaves these "
                            "rows out",
                      missing, rows, n);
    return !last;
}

/* Marks rows without a missing value in a used column. */
static bool complete_rows(mlec_problem *p, const raw_column *raw, uint8_t *use,
                          const mlec_options *o)
{
    const mlec_plan *plan = p->plan;
    size_t n = p->info.rows;
    memset(use, 1, n);
    for (uint32_t i = 0; i < plan->n_columns; i++) {
        if (!plan->columns[i].used || plan->columns[i].optional || !has_missing(&raw[i]))
            continue;
        for (size_t row = 0; row < n; row++) {
            if (!is_missing(&raw[i], row))
                continue;
            use[row] = 0;
            if (p->series.reason && !p->series.reason[row])
                p->series.reason[row] = i + 1;
        }
    }
    return o->na != MLEC_NA_ERROR || refuse_missing(p, raw);
}

/* Binary columns as 0 and 1, from the values in the rows in use; those that a condition reads are
 * needed before the rows are known, and keep what they then were. */
static bool read_binary(mlec_problem *p, raw_column *raw, const uint8_t *use, bool early)
{
    for (uint32_t i = 0; i < p->plan->n_columns; i++) {
        const mlec_column *c = &p->plan->columns[i];
        if (!c->used || c->type != MLEC_TYPE_BINARY || !raw[i].numbers || raw[i].early != early)
            continue;
        raw[i].real = frame_binary(p->data, c->name, use);
        if (!raw[i].real)
            return false;
        if (raw[i].real->one)
            diag_report(&p->ctx->diags, DIAG_BINARY_TEXT, NO_SPAN,
                        "column %s: `%s` counts as 1, `%s` as 0", raw[i].real->name,
                        raw[i].real->one, raw[i].real->zero);
    }
    return true;
}

/* `column` NULL: a binary column that no condition reads, while conditions are computed. `rows`
 * NULL: all of them, in their order. */
static narrow_column take_reals(mlec_problem *p, const raw_column *raw, const size_t *rows,
                                bool optional)
{
    size_t n = p->n_rows;
    const frame_column *column = raw->real;
    if (!column)
        return (narrow_column){arena_aligned(&p->arena, padded(n)), NARROW_BIT, true};
    narrow_column all = column->column;
    all.finite = isfinite(column->facts.low) && isfinite(column->facts.high) &&
                 !(optional && has_missing(raw));
    if (!rows)
        return all;
    void *out = arena_aligned(&p->arena, narrow_size(all.type, padded(n)));
    narrow_take(all, rows, n, out);
    return (narrow_column){out, all.type, all.finite};
}

/* factor(x) in a formula */
static bool is_written_factor(const mlec_plan *plan, uint32_t column)
{
    for (uint32_t i = 0; i < plan->n_formulas; i++)
        for (uint32_t k = 0; k < plan->formulas[i].n_variables; k++) {
            const mlec_variable *v = &plan->formulas[i].variables[k];
            if (v->kind == MLEC_VARIABLE_FACTOR && plan->buffers[v->buffers[0]].source == column)
                return true;
        }
    return false;
}

/* A column of whole numbers from 1 on that indexes numbered vectors alone: its values are the
 * indices, whether all of them occur or not. With an axis of its own it is a factor. */
static bool is_class_number(const mlec_problem *p, uint32_t column, const frame_levels *from)
{
    const mlec_column *c = &p->plan->columns[column];
    if (!from->numbers || c->type == MLEC_TYPE_FACTOR || from->n_levels == 0)
        return false;
    for (uint32_t i = 0; i < p->plan->n_axes; i++)
        if ((p->plan->axes[i].kind == MLEC_AXIS_FACTOR ||
             p->plan->axes[i].kind == MLEC_AXIS_CONTRASTS) &&
            p->plan->axes[i].column == column)
            return false;
    if (is_written_factor(p->plan, column))
        return false;
    for (int32_t l = 0; l < from->n_levels; l++)
        if (from->numbers[l] != floor(from->numbers[l]) || from->numbers[l] > 1e6)
            return false;
    return from->numbers[0] >= 1;
}

/* The column of --cluster, which the model need not name: rows without a cluster are left out. */
static bool read_clusters(mlec_problem *p, const frame_levels **levels, uint8_t *use,
                          const mlec_options *o)
{
    *levels = NULL;
    if (!o->cluster)
        return true;
    if (!p->data) {
        diag_report(&p->ctx->diags, DIAG_UNKNOWN_COLUMN, NO_SPAN, "--cluster %s: there are no data",
                    o->cluster);
        return false;
    }
    *levels = frame_factor(p->data, o->cluster);
    for (size_t row = 0; *levels && row < p->info.rows; row++) {
        if ((*levels)->codes[row] >= 0)
            continue;
        if (o->na == MLEC_NA_ERROR) {
            frame_report(p->data, DIAG_MISSING_VALUE, o->cluster, row, "the value is missing");
            return false;
        }
        use[row] = 0;
    }
    return *levels != NULL;
}

static void take_clusters(mlec_problem *p, const frame_levels *levels, const char *name)
{
    int32_t *number = ARENA_ARRAY(&p->arena, int32_t, levels->n_levels + 1), n = 0;
    int32_t *codes = ARENA_ARRAY(&p->arena, int32_t, p->n_rows + 1);
    for (size_t i = 0; i < p->n_rows; i++) {
        int32_t *own = &number[levels->codes[row_number(p, i) - 1]];
        if (!*own)
            *own = ++n;
        codes[i] = *own - 1;
    }
    p->cluster = arena_strdup(&p->arena, name);
    p->clusters = (bound_factor){.codes = codes, .n_levels = (uint32_t)n};
}

/* Levels that occur in the used rows, the reference first; codes over the used rows. */
static bool take_factor(mlec_problem *p, uint32_t column, const frame_levels *from,
                        const size_t *rows)
{
    const mlec_column *c = &p->plan->columns[column];
    size_t n = p->n_rows;
    int32_t n_from = from->n_levels;
    if (c->ordinal && !c->levels && !from->numbers) {
        diag *d =
            diag_report(&p->ctx->diags, DIAG_OUTSIDE_TYPE, (span){p->source, c->begin, c->end},
                        "the classes of `%s` are texts, whose order is not known", c->name);
        diag_add_hint(&p->ctx->diags, d,
                      "write them in their order: data %s : factor(\"low\", \"high\")", c->name);
        return false;
    }
    int32_t *code = ARENA_ARRAY(&p->arena, int32_t, n_from + 1);
    const char **names = ARENA_ARRAY(&p->arena, const char *, n_from + 1);
    int32_t next = 0;
    double low = c->lower, high = c->upper;
    bool numbered = c->declared && c->type == MLEC_TYPE_INT && isfinite(low) && isfinite(high);
    if (!numbered && is_class_number(p, column, from)) {
        numbered = true;
        low = 1;
        high = from->numbers[n_from - 1];
    }
    for (size_t i = 0; i < n; i++) {
        int32_t own = from->codes[rows ? rows[i] : i];
        if (own >= 0)
            code[own] = 1;
    }
    if (numbered) { /* int(1, K): code k is the number k, whether it occurs or not */
        uint32_t count = (uint32_t)(high - low) + 1;
        names = ARENA_ARRAY(&p->arena, const char *, count + 1);
        for (uint32_t k = 0; k < count; k++)
            names[k] = arena_printf(&p->arena, "%g", low + k);
        for (int32_t l = 0; l < n_from; l++)
            code[l] = from->numbers ? (int32_t)(from->numbers[l] - low) : 0;
        next = (int32_t)count;
    } else {
        int32_t first = -1;
        for (int32_t l = 0; l < n_from; l++)
            if (c->reference && !strcmp(from->levels[l], c->reference))
                first = l;
        if (c->reference && (first < 0 || !code[first])) {
            frame_report(p->data, DIAG_OUTSIDE_TYPE, c->name, 0,
                         "the reference level \"%s\" does not occur", c->reference);
            return false;
        }
        bool all = c->levels != NULL; /* written levels stay, in their order */
        if (first >= 0) {
            names[next] = from->levels[first];
            code[first] = ++next;
        }
        for (int32_t l = 0; l < n_from; l++) {
            if (l == first || !(code[l] || all))
                continue;
            names[next] = from->levels[l];
            code[l] = ++next;
        }
        for (int32_t l = 0; l < n_from; l++)
            code[l]--;
    }
    bool same = !rows && from->n_missing == 0; /* nothing is left out, and nothing renamed */
    for (int32_t l = 0; l < n_from; l++)
        same = same && code[l] == l;
    if (same) {
        p->factors[column] = (bound_factor){from->codes, (uint32_t)next, names};
        return true;
    }
    int32_t *codes = arena_aligned(&p->arena, padded(n) * sizeof *codes);
    for (size_t i = 0; i < n; i++) { /* what is missing is the first: nothing reads it */
        int32_t own = from->codes[rows ? rows[i] : i];
        codes[i] = own < 0 ? 0 : code[own];
    }
    for (size_t i = n; n && i < padded(n); i++)
        codes[i] = codes[n - 1];
    p->factors[column] = (bound_factor){codes, (uint32_t)next, names};
    return true;
}

/* Codes over the used rows, or those of the rows so many before; 0 where a series begins. */
static const int32_t *take_codes(mlec_problem *p, const mlec_buffer *b)
{
    const int32_t *codes = p->factors[b->source].codes;
    if (!b->lag)
        return codes;
    int32_t *out = arena_aligned(&p->arena, padded(p->n_rows) * sizeof *out);
    memset(out, 0, padded(p->n_rows) * sizeof *out);
    for (size_t i = 0; i < p->n_rows; i++)
        if (series_position(p, i) >= b->lag)
            out[i] = codes[i - b->lag];
    return out;
}

static bool take_rows(mlec_problem *p, const raw_column *raw, const uint8_t *use)
{
    const mlec_plan *plan = p->plan;
    size_t n = 0, *rows = NULL;
    for (size_t row = 0; row < p->info.rows; row++)
        n += use[row];
    p->n_rows = n;
    if (n == 0 && p->data) {
        diag *d = diag_report(&p->ctx->diags, DIAG_NO_ROWS, NO_SPAN,
                              p->info.rows == 0 ? "the data have no rows"
                                                : "no row is left to fit: each of the %zu has a "
                                                  "missing value or is excluded",
                              p->info.rows);
        diag_set_place(&p->ctx->diags, d, p->info.data_name, 0, 0);
        return false;
    }
    p->row_numbers = NULL;
    if (n < p->info.rows || p->series.order || p->series.group) {
        rows = ARENA_ARRAY(&p->arena, size_t, n + 1);
        n = 0;
        for (size_t row = 0; row < p->info.rows; row++)
            if (use[row])
                rows[n++] = row;
        series_sort(p, rows, n);
        p->row_numbers = ARENA_ARRAY(&p->arena, int64_t, n + 1);
        for (size_t i = 0; i < n; i++)
            p->row_numbers[i] = (int64_t)rows[i] + 1;
    }
    for (uint32_t i = 0; i < plan->n_columns; i++)
        if (raw[i].levels && (plan->columns[i].as_codes || p->variable_is_factor[i]) &&
            !take_factor(p, i, raw[i].levels, rows))
            return false;
    for (uint32_t i = 0; i < plan->n_buffers; i++) {
        const mlec_buffer *b = &plan->buffers[i];
        if (b->kind == MLEC_BUFFER_COLUMN)
            p->buffers[i] = take_reals(p, &raw[b->source], rows, plan->columns[b->source].optional);
        if (b->kind == MLEC_BUFFER_VARIABLE && !p->variable_is_factor[b->source])
            p->buffers[i] = take_reals(p, &raw[b->source], rows, plan->columns[b->source].optional);
        if (b->kind == MLEC_BUFFER_CODES ||
            (b->kind == MLEC_BUFFER_VARIABLE && p->variable_is_factor[b->source]))
            p->codes[i] = take_codes(p, b);
        if (b->kind == MLEC_BUFFER_MISSING) {
            int8_t *missing = arena_aligned(&p->arena, padded(n));
            for (size_t k = 0; k < n; k++)
                missing[k] = is_missing(&raw[b->source], rows ? rows[k] : k);
            p->buffers[i] = (narrow_column){missing, NARROW_INT8, true};
        }
    }
    return true;
}

static bool check_types(mlec_problem *p, const raw_column *raw, const uint8_t *use)
{
    bool ok = true;
    for (uint32_t i = 0; i < p->plan->n_columns; i++) {
        const mlec_column *c = &p->plan->columns[i];
        if (c->used && c->declared && (raw[i].real || c->type == MLEC_TYPE_INT))
            ok &= frame_check(p->data, c->name, c->type, c->lower, c->upper, use);
    }
    return ok;
}

static bool set_axes(mlec_problem *p)
{
    const mlec_plan *plan = p->plan;
    if (!bind_formula_shapes(p))
        return false;
    for (uint32_t i = 0; i < plan->n_axes; i++) {
        const mlec_axis *a = &plan->axes[i];
        size_t n = 1;
        if (a->kind == MLEC_AXIS_ROW)
            n = p->n_rows;
        else if (a->kind == MLEC_AXIS_FACTOR)
            n = p->factors[a->column].n_levels;
        else if (a->kind == MLEC_AXIS_CONTRASTS)
            n = p->factors[a->column].n_levels - 1;
        else if (a->kind == MLEC_AXIS_TERMS)
            n = p->formulas[a->column].n_coefficients - a->size;
        else if (a->kind == MLEC_AXIS_INDEX)
            n = a->size;
        else if (a->kind == MLEC_AXIS_PRODUCT)
            n = p->axis_length[a->outer] * p->axis_length[a->inner];
        p->axis_length[i] = n;
    }
    return true;
}

bool bind_columns(mlec_problem *p, const mlec_options *o)
{
    const mlec_plan *plan = p->plan;
    p->info.rows = p->data ? frame_rows(p->data) : 0;
    raw_column *raw = ARENA_ARRAY(&p->arena, raw_column, plan->n_columns + 1);
    uint8_t *use = ARENA_ARRAY(&p->arena, uint8_t, p->info.rows + 1);
    p->buffers = ARENA_ARRAY(&p->arena, narrow_column, plan->n_buffers + 1);
    p->buffer_slots = ARENA_ARRAY(&p->arena, int32_t, plan->n_buffers + 1);
    for (uint32_t i = 0; i < plan->n_buffers; i++)
        p->buffer_slots[i] = -1;
    p->codes = ARENA_ARRAY(&p->arena, const int32_t *, plan->n_buffers + 1);
    p->factors = ARENA_ARRAY(&p->arena, bound_factor, plan->n_columns + 1);
    p->axis_length = ARENA_ARRAY(&p->arena, size_t, plan->n_axes + 1);
    p->variable_is_factor = ARENA_ARRAY(&p->arena, bool, plan->n_columns + 1);
    p->formulas = ARENA_ARRAY(&p->arena, bound_formula, plan->n_formulas + 1);
    if (plan->series.declared)
        p->series.reason = ARENA_ARRAY(&p->arena, uint32_t, p->info.rows + 1);
    const frame_levels *clusters;
    if (!read_columns(p, raw) || !complete_rows(p, raw, use, o) ||
        !read_clusters(p, &clusters, use, o))
        return false;
    size_t complete = 0;
    for (size_t row = 0; row < p->info.rows; row++)
        complete += use[row];
    p->info.rows_missing = p->info.rows - complete;
    bool conditions = plan->where >= 0 || plan->weight >= 0;
    if (!read_binary(p, raw, use, true) || (!conditions && !read_binary(p, raw, use, false)) ||
        !take_rows(p, raw, use) || !set_axes(p))
        return false;
    if (conditions) {
        /* Conditions are computed on every complete row first; then the rows they leave out go. */
        if (!bind_buffers(p) || !bind_requirements(p, true))
            return false;
        bool where_one = plan->where >= 0 && plan->buffers[plan->where].axis == 0;
        for (size_t i = 0; i < p->n_rows; i++) {
            size_t row = (size_t)row_number(p, i) - 1;
            bool left_out = (plan->where >= 0 &&
                             !(narrow_at(p->buffers[plan->where], where_one ? 0 : i) != 0)) ||
                            (plan->weight >= 0 && eval_weight(p, i) == 0);
            if (!left_out)
                continue;
            use[row] = 0;
            if (p->series.reason)
                p->series.reason[row] = ROW_EXCLUDED;
        }
        memset(p->factors, 0, sizeof *p->factors * plan->n_columns);
        p->excluding = true;
        if (!read_binary(p, raw, use, false) || !take_rows(p, raw, use) || !set_axes(p))
            return false;
    }
    if (clusters)
        take_clusters(p, clusters, o->cluster);
    if (!check_types(p, raw, use) || !series_check(p, o) || !bind_buffers(p))
        return false;
    for (uint32_t i = 0; o->without >> MLEC_TRICK_NARROW & 1 && i < plan->n_buffers; i++)
        if (p->buffers[i].data)
            buffer_values(p, i);
    return bind_formula_columns(p);
}
