/* Parameters' places, and linear stages as lists of terms over them. */
#include "runtime/eval/problem.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- Places and names ----------------------------------------------------------------------- */

static const char *level_name(mlec_problem *p, uint32_t axis, size_t i)
{
    const mlec_axis *a = &p->plan->axes[axis];
    if (a->kind == MLEC_AXIS_FACTOR)
        return p->factors[a->column].levels[i];
    if (a->kind == MLEC_AXIS_CONTRASTS)
        return p->factors[a->column].levels[i + 1];
    if (a->kind == MLEC_AXIS_TERMS)
        return p->formulas[a->column].names[i + a->size];
    if (a->kind == MLEC_AXIS_PRODUCT) {
        size_t inner = p->axis_length[a->inner];
        return arena_printf(&p->arena, "%s, %s", level_name(p, a->outer, i / inner),
                            level_name(p, a->inner, i % inner));
    }
    return arena_printf(&p->arena, "%zu", i + 1);
}

static const char *element_name(mlec_problem *p, const char *name, uint32_t axis, size_t i)
{
    if (p->plan->axes[axis].kind == MLEC_AXIS_ONE)
        return name;
    return arena_printf(&p->arena, "%s[%s]", name, level_name(p, axis, i));
}

static bool apply_settings(mlec_problem *p, const mlec_setting *settings, size_t n, double *start,
                           bool *fixed, const char *option)
{
    bool ok = true;
    for (size_t k = 0; k < n; k++) {
        bool found = false;
        for (size_t i = 0; i < p->info.n_theta; i++) {
            const char *name = p->info.names[i];
            size_t bare = strcspn(name, "[");
            bool whole = strlen(settings[k].name) == bare && !strncmp(name, settings[k].name, bare);
            if (!whole && strcmp(name, settings[k].name))
                continue;
            found = true;
            start[i] = settings[k].value;
            if (fixed)
                fixed[i] = true;
        }
        if (found)
            continue;
        ok = false;
        diag *d =
            diag_report(&p->ctx->diags, DIAG_UNKNOWN_NAME, NO_SPAN,
                        "%s %s: the model has no parameter of this name", option, settings[k].name);
        const char *near = nearest_name(settings[k].name, p->info.names, p->info.n_theta);
        if (near)
            diag_add_hint(&p->ctx->diags, d, "did you mean `%s`?", near);
    }
    return ok;
}

static bool check_starts(mlec_problem *p, const double *start, const bool *fixed)
{
    bool ok = true;
    for (size_t k = 0; k < p->info.n_parameters; k++) {
        const eval_parameter *e = &p->info.parameters[k];
        for (uint32_t i = e->first; i < e->first + e->count; i++) {
            bool open = !fixed[i] && (e->type == MLEC_TYPE_POSITIVE || e->type == MLEC_TYPE_UNIT);
            bool inside =
                isnan(start[i]) || (start[i] >= e->lower && start[i] <= e->upper &&
                                    !(open && (start[i] == e->lower || start[i] == e->upper)));
            if (inside && !isinf(start[i]))
                continue;
            ok = false;
            diag_report(&p->ctx->diags, DIAG_BAD_START, NO_SPAN,
                        "the start value %g of `%s` is outside its type, %s", start[i],
                        p->info.names[i], e->type_text);
        }
    }
    return ok;
}

/* Coefficients that their formula has set aside are held at 0. */
static void hold_aliased(mlec_problem *p, double *start, bool *fixed, bool *aliased)
{
    for (uint32_t k = 0; k < p->plan->n_formulas; k++) {
        const bound_formula *f = &p->formulas[k];
        uint32_t param = p->plan->formulas[k].param;
        size_t first = p->first[param], n = p->axis_length[p->plan->params[param].axis];
        for (size_t i = 0; i < n; i++)
            if (f->aliased[i % f->n_coefficients]) {
                start[first + i] = 0;
                fixed[first + i] = aliased[first + i] = true;
            }
    }
}

bool bind_parameters(mlec_problem *p, const mlec_options *o)
{
    const mlec_plan *plan = p->plan;
    arena *a = &p->arena;
    eval_parameter *parameters = ARENA_ARRAY(a, eval_parameter, plan->n_params + 1);
    p->first = ARENA_ARRAY(a, size_t, plan->n_unknowns + 1);
    size_t n = 0;
    for (uint32_t k = 0; k < plan->n_unknowns; k++) {
        p->first[k] = n;
        n += p->axis_length[plan->unknowns[k].axis];
        if (k + 1 == plan->n_params)
            p->info.n_theta = n;
    }
    if (plan->n_params == 0)
        p->info.n_theta = 0;
    p->none = (uint32_t)n;
    p->n_z = n + (plan->n_formulas > 0);
    p->has_cuts = plan->n_unknowns > plan->n_params;
    size_t n_theta = p->info.n_theta;
    const char **names = ARENA_ARRAY(a, const char *, n_theta + 1);
    double *start = ARENA_ARRAY(a, double, n_theta + 1);
    bool *fixed = ARENA_ARRAY(a, bool, n_theta + 1), *aliased = ARENA_ARRAY(a, bool, n_theta + 1);
    for (uint32_t k = 0; k < plan->n_params; k++) {
        const mlec_param *m = &plan->params[k];
        size_t count = p->axis_length[m->axis];
        const mlec_axis *axis = &plan->axes[m->axis];
        eval_parameter *e = &parameters[k];
        *e = (eval_parameter){.name = m->name,
                              .type_text = m->type_text,
                              .type = m->type,
                              .lower = m->lower,
                              .upper = m->upper,
                              .first = (uint32_t)p->first[k],
                              .count = (uint32_t)count};
        e->width = axis->kind == MLEC_AXIS_PRODUCT ? (uint32_t)p->axis_length[axis->inner]
                                                   : (uint32_t)count;
        for (size_t i = 0; i < count; i++) {
            names[e->first + i] = element_name(p, m->name, m->axis, i);
            start[e->first + i] = m->n_start == 1  ? m->start[0]
                                  : i < m->n_start ? m->start[i]
                                                   : NAN;
        }
    }
    p->info.names = names;
    p->info.parameters = parameters;
    p->info.n_parameters = plan->n_params;
    p->info.start = start;
    p->info.fixed = fixed;
    p->info.aliased = aliased;
    bool ok = apply_settings(p, o->starts, o->n_starts, start, NULL, "--start");
    ok = apply_settings(p, o->fixes, o->n_fixes, start, fixed, "--fix") && ok;
    hold_aliased(p, start, fixed, aliased);
    /* derived quantities */
    size_t m = 0;
    for (uint32_t k = 0; k < plan->n_derived; k++)
        m += p->axis_length[plan->derived[k].axis];
    const char **derived = ARENA_ARRAY(a, const char *, m + 1),
               **texts = ARENA_ARRAY(a, const char *, m + 1);
    mlec_type *types = ARENA_ARRAY(a, mlec_type, m + 1);
    double *lower = ARENA_ARRAY(a, double, m + 1), *upper = ARENA_ARRAY(a, double, m + 1);
    m = 0;
    for (uint32_t k = 0; k < plan->n_derived; k++) {
        const mlec_derived *d = &plan->derived[k];
        for (size_t i = 0; i < p->axis_length[d->axis]; i++, m++) {
            derived[m] = element_name(p, d->name, d->axis, i);
            texts[m] = d->type_text;
            types[m] = d->type;
            lower[m] = d->lower;
            upper[m] = d->upper;
        }
    }
    p->info.n_derived = m;
    p->info.derived_names = derived;
    p->info.derived_types = types;
    p->info.derived_type_texts = texts;
    p->info.derived_lower = lower;
    p->info.derived_upper = upper;
    return ok && check_starts(p, start, fixed);
}

/* ---- Terms ---------------------------------------------------------------------------------- */

/* coef(eta)["x"] */
static bool term_index(mlec_problem *p, uint32_t formula, const char *text, uint32_t *index)
{
    const bound_formula *f = &p->formulas[formula];
    for (uint32_t i = 0; i < f->n_coefficients; i++)
        if (!strcmp(f->names[i], text))
            return *index = i, true;
    diag *d = diag_report(&p->ctx->diags, DIAG_LEVEL_COUNT, NO_SPAN,
                          "`%s` has no coefficient \"%s\"", p->plan->formulas[formula].name, text);
    const char *near = nearest_name(text, f->names, f->n_coefficients);
    if (near)
        diag_add_hint(&p->ctx->diags, d, "did you mean \"%s\"?", near);
    else {
        enum { SHOWN = 12 };
        buf list;
        buf_init(&list, &p->arena);
        for (uint32_t i = 0; i < f->n_coefficients && i < SHOWN; i++)
            buf_printf(&list, "%s\"%s\"", i ? ", " : "", f->names[i]);
        if (f->n_coefficients > SHOWN)
            buf_printf(&list, " and %u more", f->n_coefficients - SHOWN);
        diag_add_hint(&p->ctx->diags, d, "it has %s", buf_text(&list));
    }
    return false;
}

static bool level_index(mlec_problem *p, uint32_t axis, const char *text, uint32_t *index)
{
    const mlec_axis *a = &p->plan->axes[axis];
    if (a->kind == MLEC_AXIS_TERMS)
        return term_index(p, a->column, text, index);
    const bound_factor *f = &p->factors[a->column];
    for (uint32_t l = 0; l < f->n_levels; l++)
        if (!strcmp(f->levels[l], text)) {
            *index = l - (a->kind == MLEC_AXIS_CONTRASTS);
            if (*index != UINT32_MAX)
                return true;
            diag_report(&p->ctx->diags, DIAG_LEVEL_COUNT, NO_SPAN,
                        "\"%s\" is the first level of `%s`; its predictor is 0 and has no "
                        "coefficients",
                        text, p->plan->columns[a->column].name);
            return false;
        }
    diag *d = diag_report(&p->ctx->diags, DIAG_LEVEL_COUNT, NO_SPAN,
                          "no used row has the level \"%s\" of `%s`", text,
                          p->plan->columns[p->plan->axes[axis].column].name);
    const char *near = nearest_name(text, f->levels, f->n_levels);
    if (near)
        diag_add_hint(&p->ctx->diags, d, "did you mean \"%s\"?", near);
    return false;
}

/* Codes of a column that indexes a vector must lie within it. */
static bool codes_fit(mlec_problem *p, uint32_t codes, uint32_t axis)
{
    uint32_t column = p->plan->buffers[codes].source;
    if (p->factors[column].n_levels <= p->axis_length[axis])
        return true;
    diag_report(&p->ctx->diags, DIAG_LEVEL_COUNT, NO_SPAN,
                "column `%s` has %u levels, but the vector that it indexes has %zu elements",
                p->plan->columns[column].name, p->factors[column].n_levels, p->axis_length[axis]);
    return false;
}

/* slopes(eta) of predictors by level: what stands behind the first term of each level. */
static bool slopes_term(mlec_problem *p, const mlec_block *b, bound_term *t)
{
    const mlec_axis *a = &p->plan->axes[p->plan->unknowns[b->unknown].axis];
    size_t terms = p->axis_length[a->inner], skip = b->index[1].value, kept = terms - skip;
    size_t n = p->axis_length[a->outer] * kept;
    int32_t *codes = arena_aligned(&p->arena, padded(n) * sizeof *codes);
    for (size_t i = 0; i < n; i++)
        codes[i] = (int32_t)(i / kept * terms + i % kept + skip);
    for (size_t i = n; n && i < padded(n); i++)
        codes[i] = codes[n - 1];
    t->kind = TERM_GATHER;
    t->codes = codes;
    return true;
}

static bool element_term(mlec_problem *p, const mlec_block *b, bound_term *t)
{
    const mlec_plan *plan = p->plan;
    uint32_t axis = plan->unknowns[b->unknown].axis;
    const mlec_axis *a = &plan->axes[axis];
    bool product = a->kind == MLEC_AXIS_PRODUCT;
    size_t inner = product ? p->axis_length[a->inner] : 1;
    int32_t *combined = NULL;
    if (product && b->index[0].kind == MLEC_INDEX_SAME && b->index[1].kind == MLEC_INDEX_SAME &&
        b->index[1].value)
        return slopes_term(p, b, t);
    t->kind = TERM_COLUMN;
    for (int k = product ? 0 : 1; k < 2; k++) {
        const mlec_index *ix = &b->index[k];
        uint32_t own = product ? (k == 0 ? a->outer : a->inner) : axis;
        size_t stride = product && k == 0 ? inner : 1;
        uint32_t value = ix->value;
        switch (ix->kind) {
        case MLEC_INDEX_LEVEL:
            if (!level_index(p, own, ix->text, &value))
                return false;
            /* fall through */
        case MLEC_INDEX_CONST: t->index += (uint32_t)(value * stride); break;
        case MLEC_INDEX_SAME:
            t->kind = TERM_SAME;
            t->index += (uint32_t)(value * stride);
            if (stride > 1 && b->index[1].kind != MLEC_INDEX_SAME) { /* b[., 2] */
                size_t n = p->axis_length[own];
                int32_t *steps = arena_aligned(&p->arena, padded(n) * sizeof *steps);
                for (size_t i = 0; i < padded(n); i++)
                    steps[i] = (int32_t)(stride * (i < n ? i : n - 1));
                t->codes = steps;
                t->kind = TERM_GATHER;
            }
            break;
        case MLEC_INDEX_CODE: {
            if (!codes_fit(p, value, own))
                return false;
            const int32_t *codes = p->codes[value];
            t->kind = TERM_GATHER;
            if (stride == 1 && !t->codes) {
                t->codes = codes;
                break;
            }
            size_t n = padded(p->n_rows);
            combined = arena_aligned(&p->arena, n * sizeof *combined);
            for (size_t i = 0; i < n; i++)
                combined[i] = (t->codes ? t->codes[i] : 0) + (int32_t)stride * codes[i];
            t->codes = combined;
            break;
        }
        }
    }
    return true;
}

/* ---- Designs of formulas -----------------------------------------------------------------------
 */

/* Codes of a design column where the level of row i chooses among the predictors: none for the
 * first level, else `terms` coefficients further for each. */
static const int32_t *codes_by_level(mlec_problem *p, const design_column *d, const int32_t *level,
                                     size_t terms)
{
    size_t n = padded(p->n_rows);
    int32_t *out = arena_aligned(&p->arena, n * sizeof *out);
    for (size_t i = 0; i < n; i++) {
        int32_t own = d->codes ? d->codes[i] : 0;
        out[i] = own < 0 || level[i] == 0 ? -1 : (level[i] - 1) * (int32_t)terms + own;
    }
    return out;
}

static narrow_column times(mlec_problem *p, narrow_column x, narrow_column y)
{
    size_t n = padded(p->n_rows);
    double *out = arena_aligned(&p->arena, n * sizeof *out);
    for (size_t i = 0; i < n; i++)
        out[i] = narrow_at(x, i) * narrow_at(y, i);
    return narrow_doubles(out);
}

/* A design column `lag` rows before; where there is none, that of the row itself, which nobody
 * reads.
 */
static design_column column_before(mlec_problem *p, const design_column *d, uint32_t lag)
{
    design_column out = *d;
    if (!lag)
        return out;
    size_t n = padded(p->n_rows);
    double *x = d->x.data ? arena_aligned(&p->arena, n * sizeof *x) : NULL;
    int32_t *codes = d->codes ? arena_aligned(&p->arena, n * sizeof *codes) : NULL;
    for (size_t i = 0; i < n; i++) {
        size_t from = i < p->n_rows && series_position(p, i) >= lag ? i - lag : i;
        if (x)
            x[i] = narrow_at(d->x, from);
        if (codes)
            codes[i] = d->codes[from];
    }
    out.x = narrow_doubles(x);
    out.codes = codes;
    return out;
}

/* Terms of one predictor whose coefficients begin at `first`; `level`, or NULL, chooses by row. */
static void design_terms(mlec_problem *p, const mlec_block *b, uint32_t first, const int32_t *level,
                         bound_linear *l)
{
    const bound_formula *f = &p->formulas[b->formula];
    const int32_t *shared = NULL; /* of the columns without factors */
    for (uint32_t k = 0; k < f->n_columns; k++) {
        const design_column earlier = column_before(p, &f->columns[k], b->index[1].value);
        const design_column *d = &earlier;
        if (!d->codes && f->aliased[d->first])
            continue;
        bound_term t = {.kind = d->codes || level ? TERM_GATHER : TERM_COLUMN,
                        .index = first + d->first,
                        .none = p->none,
                        .scale = b->scale,
                        .x = d->x,
                        .codes = d->codes};
        if (level && (d->codes || !shared))
            t.codes = codes_by_level(p, d, level, f->n_coefficients);
        else if (level)
            t.codes = shared;
        if (level && !d->codes)
            shared = t.codes;
        if (b->multiplier >= 0) {
            narrow_column m = p->buffers[b->multiplier];
            if (p->plan->buffers[b->multiplier].axis == 0)
                t.scale *= narrow_at(m, 0);
            else
                t.x = t.x.data ? times(p, t.x, m) : m;
        }
        l->terms[l->n_terms++] = t;
    }
}

static bool design_block(mlec_problem *p, const mlec_block *b, bound_linear *l)
{
    uint32_t first = (uint32_t)p->first[b->unknown];
    const mlec_axis *a = &p->plan->axes[p->plan->unknowns[b->unknown].axis];
    const int32_t *level = NULL;
    if (a->kind == MLEC_AXIS_PRODUCT) {
        const bound_factor *f = &p->factors[p->plan->axes[a->outer].column];
        uint32_t i = 0;
        if (b->index[0].kind == MLEC_INDEX_CODE) {
            level = p->codes[b->index[0].value];
        } else {
            if (f->n_levels && !strcmp(f->levels[0], b->index[0].text))
                return true; /* the predictor of the first level is 0 */
            if (!level_index(p, a->outer, b->index[0].text, &i))
                return false;
        }
        first += i * (uint32_t)p->axis_length[a->inner];
    }
    design_terms(p, b, first, level, l);
    return true;
}

static void finish_terms(mlec_problem *p, bound_linear *l, size_t n);

/* A predictor for each level but the first. */
static void bind_log_sum(mlec_problem *p, const mlec_block *b, bound_linear *l)
{
    const mlec_axis *a = &p->plan->axes[p->plan->unknowns[b->unknown].axis];
    uint32_t n = (uint32_t)p->axis_length[a->outer], terms = (uint32_t)p->axis_length[a->inner];
    l->levels = ARENA_ARRAY(&p->arena, bound_linear, n + 1);
    l->n_levels = n;
    l->varies = l->log_sum = true;
    for (uint32_t k = 0; k < n; k++) {
        bound_linear *own = &l->levels[k];
        own->varies = true;
        own->again = k > 0;
        own->terms = ARENA_ARRAY(&p->arena, bound_term, p->formulas[b->formula].n_columns + 1);
        design_terms(p, b, (uint32_t)p->first[b->unknown] + k * terms, NULL, own);
        finish_terms(p, own, p->n_rows);
    }
}

/* x, or a copy with 0 where x is not finite. */
static narrow_column finite_part(mlec_problem *p, narrow_column x, size_t n)
{
    if (narrow_is_finite(x, n))
        return x;
    double *copy = arena_aligned(&p->arena, padded(n) * sizeof *copy);
    for (size_t i = 0; i < n; i++) {
        double v = narrow_at(x, i);
        copy[i] = isfinite(v) ? v : 0;
    }
    return narrow_doubles(copy);
}

static void widen_term(mlec_problem *p, bound_term *t, size_t n)
{
    bool same = t->d.data == t->x.data;
    if (!t->x.data)
        return;
    t->x = widen_column(p, t->x, n);
    t->d = same ? t->x : widen_column(p, t->d, n);
}

/* Columns first, otherwise in order. */
static void sort_terms(mlec_problem *p, bound_linear *l)
{
    bound_term *sorted = ARENA_ARRAY(&p->arena, bound_term, l->n_terms + 1);
    uint32_t n = 0;
    for (int other = 0; other < 2; other++) {
        for (uint32_t i = 0; i < l->n_terms; i++)
            if ((l->terms[i].kind != TERM_COLUMN) == other)
                sorted[n++] = l->terms[i];
        l->n_plain = other ? l->n_plain : n;
    }
    l->terms = sorted;
}

static void finish_terms(mlec_problem *p, bound_linear *l, size_t n)
{
    sort_terms(p, l);
    for (uint32_t i = 0; i < l->n_terms; i++) {
        bound_term *t = &l->terms[i];
        t->slot = -1;
        if (!t->x.data)
            continue;
        t->d = finite_part(p, t->x, n);
        if (t->d.data != t->x.data || (t->kind != TERM_COLUMN && t->kind != TERM_GATHER))
            widen_term(p, t, n);
    }
}

static void set_multiplier(const mlec_problem *p, const mlec_block *b, bound_term *t)
{
    if (b->multiplier < 0)
        return;
    if (p->plan->buffers[b->multiplier].axis == 0)
        t->scale *= buffer_scalar(p, (uint32_t)b->multiplier);
    else
        t->x = p->buffers[b->multiplier];
}

static bool bind_stage(mlec_problem *p, uint32_t id)
{
    const mlec_plan *plan = p->plan;
    const mlec_stage *s = &plan->stages[id];
    bound_linear *l = &p->linear[id];
    uint32_t count = 0;
    for (uint32_t i = 0; i < s->n_blocks; i++)
        count += s->blocks[i].kind == MLEC_BLOCK_DOT ? s->blocks[i].n_columns
                 : s->blocks[i].kind == MLEC_BLOCK_DESIGN
                     ? p->formulas[s->blocks[i].formula].n_columns
                     : 1;
    l->terms = ARENA_ARRAY(&p->arena, bound_term, count + 1);
    l->varies = plan->axes[s->axis].kind != MLEC_AXIS_ONE;
    if (s->kind == MLEC_STAGE_LOG_SUM) {
        bind_log_sum(p, &s->blocks[0], l);
        return true;
    }
    for (uint32_t i = 0; i < s->n_blocks; i++) {
        const mlec_block *b = &s->blocks[i];
        bound_term t = {.scale = b->scale};
        if (b->kind == MLEC_BLOCK_DESIGN) {
            if (!design_block(p, b, l))
                return false;
            continue;
        }
        if (b->kind == MLEC_BLOCK_STATE) {
            t.kind = TERM_STATE;
            t.index = b->unknown;
            t.count = b->index[1].value;
            set_multiplier(p, b, &t);
            l->states = true;
            l->terms[l->n_terms++] = t;
            continue;
        }
        t.index = (uint32_t)p->first[b->unknown];
        if (b->kind == MLEC_BLOCK_DOT) {
            for (uint32_t k = 0; k < b->n_columns; k++, t.index++) {
                bool one = plan->buffers[b->columns[k]].axis == 0;
                t.x = one ? (narrow_column){0} : p->buffers[b->columns[k]];
                t.scale = one ? b->scale * buffer_scalar(p, b->columns[k]) : b->scale;
                l->terms[l->n_terms++] = t;
            }
            continue;
        }
        if (b->kind == MLEC_BLOCK_ALL) {
            t.kind = TERM_ALL;
            t.count = (uint32_t)p->axis_length[plan->unknowns[b->unknown].axis];
        } else if (!element_term(p, b, &t)) {
            return false;
        }
        set_multiplier(p, b, &t);
        l->terms[l->n_terms++] = t;
    }
    finish_terms(p, l, p->axis_length[s->axis]);
    return true;
}

/* Whether the objective reads a cut; reports may do so without consequence for it. */
static bool reads_cuts(const mlec_problem *p)
{
    const mlec_plan *plan = p->plan;
    for (uint32_t s = 0; s < plan->n_stages; s++) {
        const mlec_stage *m = &plan->stages[s];
        if (m->kind == MLEC_STAGE_LINEAR || m->kind == MLEC_STAGE_LOG_SUM ||
            m->target == MLEC_TARGET_DERIVED || m->target == MLEC_TARGET_UNKNOWN)
            continue;
        for (uint32_t a = 0; a < m->n_active; a++) {
            const mlec_stage *l = &plan->stages[m->active[a]];
            for (uint32_t b = 0; b < l->n_blocks; b++)
                if (l->blocks[b].kind != MLEC_BLOCK_STATE && l->blocks[b].unknown >= plan->n_params)
                    return true;
        }
    }
    return false;
}

/* What is read beside states is read row by row: as doubles. */
static void widen_beside_states(mlec_problem *p)
{
    for (uint32_t k = 0; k < p->plan->n_stages; k++) {
        const mlec_stage *s = &p->plan->stages[k];
        if (s->kind != MLEC_STAGE_SCAN && !(s->kind == MLEC_STAGE_MAP && scan_reads(p, s)))
            continue;
        for (uint32_t a = 0; a < s->n_active; a++) {
            bound_linear *l = &p->linear[s->active[a]];
            for (uint32_t i = 0; i < l->n_terms; i++)
                widen_term(p, &l->terms[i], p->axis_length[s->axis]);
        }
    }
}

bool bind_linear_stages(mlec_problem *p)
{
    p->objective_cuts = reads_cuts(p);
    p->linear = ARENA_ARRAY(&p->arena, bound_linear, p->plan->n_stages + 1);
    for (uint32_t s = 0; s < p->plan->n_stages; s++)
        if ((p->plan->stages[s].kind == MLEC_STAGE_LINEAR ||
             p->plan->stages[s].kind == MLEC_STAGE_LOG_SUM) &&
            !bind_stage(p, s))
            return false;
    widen_beside_states(p);
    bind_conditions(p);
    bind_block(p);
    return true;
}
