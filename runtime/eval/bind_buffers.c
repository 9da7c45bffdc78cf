/* The data stage: buffers in topological order, computed once. */
#include "runtime/eval/problem.h"

#include <math.h>
#include <string.h>

static void *new_array(mlec_problem *p, uint32_t i, narrow_type type, bool finite)
{
    size_t n = padded(p->axis_length[p->plan->buffers[i].axis]);
    void *x = arena_aligned(&p->arena, narrow_size(type, n) + 64);
    p->buffers[i] = (narrow_column){x, type, finite};
    return x;
}

static double *new_buffer(mlec_problem *p, uint32_t i)
{
    return new_array(p, i, NARROW_DOUBLE, false);
}

narrow_column widen_column(mlec_problem *p, narrow_column c, size_t n)
{
    if (!c.data || c.type == NARROW_DOUBLE)
        return c;
    double *x = arena_aligned(&p->arena, padded(n) * sizeof *x);
    narrow_widen(c, 0, padded(n), x);
    return (narrow_column){x, NARROW_DOUBLE, c.finite};
}

const double *buffer_values(mlec_problem *p, uint32_t buffer)
{
    size_t n = p->axis_length[p->plan->buffers[buffer].axis];
    p->buffers[buffer] = widen_column(p, p->buffers[buffer], n);
    return narrow_array(p->buffers[buffer]);
}

/* Repeats the last element behind the end: tails are computed with, and never counted. */
static void pad(double *x, size_t n)
{
    for (size_t i = n; n && i < padded(n); i++)
        x[i] = x[n - 1];
}

/* The rows of a map's inputs from `first` on, those of narrow columns in `strips`. */
static void set_inputs(const mlec_problem *p, const uint32_t *inputs, uint32_t n, size_t first,
                       size_t count, double *strips, const double **rows)
{
    for (uint32_t k = 0; k < n; k++) {
        narrow_column x = p->buffers[inputs[k]];
        rows[k] = strips + (size_t)k * STRIP;
        if (x.type == NARROW_DOUBLE)
            rows[k] = narrow_array(x) + first;
        else
            narrow_widen(x, first, padded(count), strips + (size_t)k * STRIP);
    }
}

/* A strip of a map's results. They begin as bytes where the first strip is flags or small integers,
 * as they are when levels are told apart, and become doubles once that does not hold them. */
static void keep_results(mlec_problem *p, uint32_t id, size_t first, size_t n, const double *x)
{
    narrow_column *c = &p->buffers[id];
    narrow_facts facts = narrow_nothing();
    narrow_look(&facts, x, n);
    bool fits = narrow_fits(&facts, NARROW_INT8);
    if (first == 0)
        new_array(p, id, fits ? NARROW_INT8 : NARROW_DOUBLE, true);
    if (c->type == NARROW_INT8 && !fits) {
        narrow_column bytes = *c;
        double *out = new_array(p, id, NARROW_DOUBLE, bytes.finite);
        narrow_widen(bytes, 0, first, out);
    }
    c->finite = c->finite && facts.n_missing == 0 && isfinite(facts.low) && isfinite(facts.high);
    narrow_store(c->type, (void *)(uintptr_t)c->data, first, x, n);
}

static void run_map(mlec_problem *p, uint32_t id)
{
    const mlec_buffer *b = &p->plan->buffers[id];
    size_t n = p->axis_length[b->axis];
    double *scalars = ARENA_ARRAY(&p->arena, double, b->map.n_scalars + 1);
    const double **rows = ARENA_ARRAY(&p->arena, const double *, b->n_inputs + 1);
    uint32_t n_rows = 0, n_scalars = 0;
    uint32_t *varying = ARENA_ARRAY(&p->arena, uint32_t, b->n_inputs + 1);
    for (uint32_t k = 0; k < b->n_inputs; k++) {
        uint32_t input = b->inputs[k];
        if (p->plan->buffers[input].axis == 0)
            scalars[n_scalars++] = buffer_scalar(p, input);
        else
            varying[n_rows++] = input;
    }
    double *strips = arena_aligned(&p->arena, (size_t)(n_rows + 1) * STRIP * sizeof *strips);
    double *out = strips + (size_t)n_rows * STRIP;
    mlec_problem view = *p;
    view.row_pointers = rows;
    view.scalars = scalars;
    view.out_pointers = &out;
    view.strip_scratch =
        b->map.strip ? arena_aligned(&p->arena, strip_scratch(b->map.strip)) : NULL;
    if (n == 0)
        new_buffer(p, id);
    for (size_t first = 0; first < n; first += STRIP) {
        size_t count = n - first < STRIP ? n - first : STRIP;
        set_inputs(p, varying, n_rows, first, count, strips, rows);
        call_map(&view, &b->map, padded(count) / LANES);
        pad(out, count);
        keep_results(p, id, first, padded(count), out);
    }
}

/* Sum with the error of each addition kept (Neumaier 1974): constants of the likelihood are exact
 * to the last place whatever the number of rows. */
static double exact_sum(narrow_column x, size_t n)
{
    double sum = 0, low = 0;
    for (size_t i = 0; i < n; i++) {
        double v = narrow_at(x, i), t = sum + v;
        low += fabs(sum) >= fabs(v) ? (sum - t) + v : (v - t) + sum;
        sum = t;
    }
    return isfinite(sum) ? sum + low : sum;
}

static double reduce(const mlec_buffer *b, narrow_column x, size_t n)
{
    if (b->kind == MLEC_BUFFER_SUM)
        return exact_sum(x, n);
    double r = n ? narrow_at(x, 0) : NAN;
    for (size_t i = 1; i < n; i++) {
        double v = narrow_at(x, i);
        if (b->kind == MLEC_BUFFER_MIN ? v < r : v > r)
            r = v;
    }
    return r;
}

static void group_sum(mlec_problem *p, uint32_t id)
{
    const mlec_buffer *b = &p->plan->buffers[id];
    double *out = new_buffer(p, id);
    narrow_column x = p->buffers[b->inputs[0]];
    const int32_t *codes = p->codes[b->inputs[1]];
    bool one = p->plan->buffers[b->inputs[0]].axis == 0;
    for (size_t i = 0; i < p->n_rows; i++)
        out[codes[i]] += narrow_at(x, one ? 0 : i);
    pad(out, p->axis_length[b->axis]);
}

static uint32_t level_number(const bound_factor *f, const char *text)
{
    for (uint32_t l = 0; l < f->n_levels; l++)
        if (!strcmp(f->levels[l], text))
            return l;
    return UINT32_MAX;
}

/* A level that a comparison names and the data do not have is most likely a misspelling. */
static void indicator(mlec_problem *p, uint32_t id)
{
    const mlec_buffer *b = &p->plan->buffers[id];
    const bound_factor *f = &p->factors[b->source];
    int8_t *out = new_array(p, id, NARROW_INT8, true);
    uint32_t level = level_number(f, b->text);
    for (size_t i = 0; i < p->n_rows; i++)
        out[i] = (uint32_t)f->codes[i] == level;
    if (level != UINT32_MAX || p->n_rows == 0 || p->excluding)
        return;
    const mlec_column *c = &p->plan->columns[b->source];
    diag *d = diag_report(&p->ctx->diags, DIAG_UNKNOWN_LEVEL, (span){p->source, c->begin, c->end},
                          "no used row has `%s` == \"%s\"", c->name, b->text);
    const char *near = nearest_name(b->text, f->levels, f->n_levels);
    if (near)
        diag_add_hint(&p->ctx->diags, d, "did you mean \"%s\"?", near);
}

static void last_rows(mlec_problem *p, uint32_t id)
{
    const mlec_buffer *b = &p->plan->buffers[id];
    int8_t *out = new_array(p, id, NARROW_INT8, true);
    size_t n = p->n_rows;
    if (b->n_inputs == 0) {
        out[n - 1] = 1;
    } else {
        const int32_t *codes = p->codes[b->inputs[0]];
        uint32_t levels = p->factors[p->plan->buffers[b->inputs[0]].source].n_levels;
        uint8_t *seen = ARENA_ARRAY(&p->arena, uint8_t, levels + 1);
        for (size_t i = n; i-- > 0; seen[codes[i]] = 1)
            out[i] = !seen[codes[i]];
    }
}

static void compute(mlec_problem *p, uint32_t id)
{
    const mlec_buffer *b = &p->plan->buffers[id];
    size_t n = p->n_rows;
    double *out;
    switch (b->kind) {
    case MLEC_BUFFER_COLUMN:
    case MLEC_BUFFER_VARIABLE:
    case MLEC_BUFFER_CODES:
    case MLEC_BUFFER_MISSING: break; /* taken from the table already */
    case MLEC_BUFFER_CODE_VALUE:
        out = new_buffer(p, id);
        for (size_t i = 0; i < n; i++)
            out[i] = p->factors[b->source].codes[i] + 1;
        pad(out, n);
        break;
    case MLEC_BUFFER_INDICATOR: indicator(p, id); break;
    case MLEC_BUFFER_ROW:
        out = new_buffer(p, id);
        for (size_t i = 0; i < n; i++)
            out[i] = (double)series_position(p, i) + 1;
        pad(out, n);
        break;
    case MLEC_BUFFER_LAST: last_rows(p, id); break;
    case MLEC_BUFFER_COUNT:
        out = new_buffer(p, id);
        out[0] = (double)n;
        break;
    case MLEC_BUFFER_SIZE:
        out = new_buffer(p, id);
        out[0] = (double)p->axis_length[b->source];
        break;
    case MLEC_BUFFER_MAP: run_map(p, id); break;
    case MLEC_BUFFER_SUM:
    case MLEC_BUFFER_MIN:
    case MLEC_BUFFER_MAX:
        out = new_buffer(p, id);
        out[0] = reduce(b, p->buffers[b->inputs[0]],
                        p->axis_length[p->plan->buffers[b->inputs[0]].axis]);
        break;
    case MLEC_BUFFER_GROUP_SUM: group_sum(p, id); break;
    case MLEC_BUFFER_GATHER:
        out = new_buffer(p, id);
        for (size_t i = 0; i < n; i++)
            out[i] = narrow_at(p->buffers[b->inputs[0]], (size_t)p->codes[b->inputs[1]][i]);
        pad(out, n);
        break;
    case MLEC_BUFFER_LAG:
        out = new_buffer(p, id);
        for (size_t i = 0; i < n; i++)
            if (series_position(p, i) >= b->lag)
                out[i] = narrow_at(p->buffers[b->inputs[0]], i - b->lag);
        pad(out, n);
        break;
    }
}

bool bind_buffers(mlec_problem *p)
{
    for (uint32_t i = 0; i < p->plan->n_buffers; i++)
        compute(p, i);
    p->data_constant = 0;
    for (uint32_t i = 0; i < p->plan->n_constants; i++)
        p->data_constant += buffer_scalar(p, p->plan->constants[i]);
    return true;
}

/* ---- What rows must fulfil ------------------------------------------------------------------ */

/* A column that a buffer is computed from: the place of a message about its value. */
static const char *column_of(const mlec_problem *p, uint32_t buffer)
{
    const mlec_buffer *b = &p->plan->buffers[buffer];
    if (b->kind <= MLEC_BUFFER_MISSING)
        return p->plan->columns[b->source].name;
    for (uint32_t k = 0; k < b->n_inputs; k++) {
        const char *name = column_of(p, b->inputs[k]);
        if (name)
            return name;
    }
    return NULL;
}

static void report_row(mlec_problem *p, const mlec_require *r, size_t i)
{
    static const struct {
        diag_code code;
        const char *what;
    } kinds[] = {[MLEC_REQUIRE_SUPPORT] = {DIAG_OUTSIDE_DATA_SUPPORT, "left side"},
                 [MLEC_REQUIRE_WEIGHT] = {DIAG_NEGATIVE_WEIGHT, "weight"},
                 [MLEC_REQUIRE_PRESENT] = {DIAG_MISSING_VALUE, "value"}};
    const mlec_statement *s = &p->plan->statements[r->statement];
    double shown = r->shown >= 0 ? narrow_at(p->buffers[r->shown], i) : NAN;
    const char *name = r->column ? r->column : column_of(p, r->buffer);
    const char *what = r->column ? "value" : kinds[r->kind].what;
    diag_code code = kinds[r->kind].code;
    size_t row = (size_t)row_number(p, i) - 1;
    diag *d;
    if (r->kind == MLEC_REQUIRE_PRESENT)
        d = frame_report(p->data, code, name, row, "%s", r->message);
    else if (name)
        d = frame_report(p->data, code, name, row, "the %s is %g; %s", what, shown, r->message);
    else
        d = diag_report(&p->ctx->diags, code, NO_SPAN, "the %s is %g; %s", what, shown, r->message);
    if (s->line)
        diag_add_hint(&p->ctx->diags, d, "the statement is line %u of %s: %s", s->line,
                      p->info.model_name, s->text);
}

static void warn_fractional(mlec_problem *p, size_t n, size_t first, double weight)
{
    diag_list *diags = &p->ctx->diags;
    long long row = p->n_rows ? row_number(p, first) : 0;
    diag *d = diag_report(diags, DIAG_FRACTIONAL_WEIGHT, NO_SPAN,
                          n == 1 ? "%zu frequency weight is no whole number: row %lld has %g"
                                 : "%zu frequency weights are no whole numbers: row %lld has %g",
                          n, row, weight);
    diag_add_row(diags, d, row);
    diag_add_hint(diags, d,
                  "a frequency weight says how often a row was seen; n and standard errors count "
                  "it so; a sampling weight is written `weight prob(...)`");
}

bool bind_requirements(mlec_problem *p, bool early)
{
    enum { MOST = 5 };
    bool ok = true;
    for (uint32_t k = 0; k < p->plan->n_requires; k++) {
        const mlec_require *r = &p->plan->requires[k];
        narrow_column x = p->buffers[r->buffer];
        bool one = p->plan->buffers[r->buffer].axis == 0, weight = r->kind == MLEC_REQUIRE_WEIGHT;
        size_t bad = 0, fractional = 0, first = 0;
        for (size_t i = 0; r->early == early && i < (one ? 1 : p->n_rows); i++) {
            double v = narrow_at(x, i);
            bool fine = weight ? v >= 0 : v != 0;
            if (weight && !p->plan->sampling && v != floor(v) && fractional++ == 0)
                first = i;
            if (!fine && bad++ < MOST)
                report_row(p, r, i);
        }
        if (fractional && !bad)
            warn_fractional(p, fractional, first, narrow_at(x, first));
        ok &= bad == 0;
    }
    return ok;
}
