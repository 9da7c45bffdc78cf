/* Declarations and the kinds of statements; see model.h for what is guaranteed. */
#include "compiler/check/check_types.h"
#include "compiler/check/formula.h"

#include <math.h>
#include <string.h>

name_kind model_find(const model *m, const char *name, uint32_t *index)
{
    uint32_t i;
    for (i = 0; i < m->formulas.count; i++) /* before its coefficients, which share its name */
        if (m->formulas.data[i].name == name)
            return *index = i, NAME_FORMULA;
    for (i = 0; i < m->params.count; i++)
        if (m->params.data[i].name == name)
            return *index = i, NAME_PARAM;
    for (i = 0; i < m->consts.count; i++)
        if (m->consts.data[i].name == name)
            return *index = i, NAME_CONST;
    for (i = 0; i < m->lets.count; i++)
        if (m->lets.data[i].name == name)
            return *index = i, NAME_LET;
    for (i = 0; i < m->column_vectors.count; i++)
        if (m->column_vectors.data[i].name == name)
            return *index = i, NAME_COLUMN_VECTOR;
    for (i = 0; i < m->columns.count; i++)
        if (m->columns.data[i].name == name)
            return *index = i, NAME_COLUMN;
    return NAME_NONE;
}

uint32_t model_column_of(model *m, const char *name, span at)
{
    uint32_t i;
    if (model_find(m, name, &i) == NAME_COLUMN)
        return i;
    VEC_PUSH(m->arena, m->columns,
             (model_column){.name = name, .at = at, .lower = -INFINITY, .upper = INFINITY});
    return m->columns.count - 1;
}

const char *model_nearest(const model *m, const char *name)
{
    uint32_t n = 0, most = m->params.count + m->consts.count + m->lets.count + m->columns.count +
                           m->column_vectors.count;
    const char **names = ARENA_ARRAY(m->arena, const char *, most + 1);
    for (uint32_t i = 0; i < m->params.count; i++)
        names[n++] = m->params.data[i].name;
    for (uint32_t i = 0; i < m->consts.count; i++)
        names[n++] = m->consts.data[i].name;
    for (uint32_t i = 0; i < m->lets.count; i++)
        names[n++] = m->lets.data[i].name;
    for (uint32_t i = 0; i < m->columns.count; i++)
        if (m->columns.data[i].declared)
            names[n++] = m->columns.data[i].name;
    return nearest_name(name, names, n);
}

static span place_of(const model *m, name_kind kind, uint32_t i)
{
    switch (kind) {
    case NAME_PARAM: return m->params.data[i].at;
    case NAME_CONST: return m->consts.data[i].at;
    case NAME_LET: return m->lets.data[i].at;
    case NAME_COLUMN: return m->columns.data[i].at;
    case NAME_COLUMN_VECTOR: return m->column_vectors.data[i].at;
    case NAME_FORMULA: return m->formulas.data[i].at;
    default: return NO_SPAN;
    }
}

/* False, after a report, when the name cannot be declared. */
static bool may_declare(model *m, const item *it)
{
    diag_list *diags = m->context->diags;
    uint32_t i;
    name_kind kind = model_find(m, it->name, &i);
    if (kind != NAME_NONE) {
        diag *d =
            diag_report(diags, DIAG_DUPLICATE_NAME, it->at, "`%s` is declared twice", it->name);
        diag_add_note(diags, d, place_of(m, kind, i), "first declared here");
        return false;
    }
    if (!strcmp(it->name, "pi") || !strcmp(it->name, "inf")) {
        diag_report(diags, DIAG_RESERVED_NAME, it->at, "`%s` is a constant of the language",
                    it->name);
        return false;
    }
    return true;
}

static void check_data(model *m, stmt *s)
{
    for (uint32_t i = 0; i < s->n_items; i++) {
        item *it = &s->items[i];
        if (!may_declare(m, it))
            continue;
        model_column c = {.name = it->name, .at = it->at, .declared = true};
        uint32_t size = 0;
        if (!read_column_type(m, s->type, &c, &size))
            continue;
        if (!size) {
            VEC_PUSH(m->arena, m->columns, c);
            continue;
        }
        VEC_PUSH(m->arena, m->column_vectors,
                 (model_column_vector){it->name, m->columns.count, size, it->at});
        for (uint32_t k = 1; k <= size; k++) {
            const char *name = arena_printf(m->arena, "%s%u", it->name, k);
            c.name = intern_str(m->context->names, name);
            VEC_PUSH(m->arena, m->columns, c);
        }
    }
}

static void check_param(model *m, stmt *s)
{
    for (uint32_t i = 0; i < s->n_items; i++) {
        item *it = &s->items[i];
        if (!may_declare(m, it))
            continue;
        model_param p = {.name = it->name, .at = it->at, .start = it->value};
        if (read_param_type(m, s->type, &p))
            VEC_PUSH(m->arena, m->params, p);
    }
}

/* The coefficients of a formula are a parameter vector of its name. */
static void declare_linear(model *m, stmt *s)
{
    item *it = &s->items[0];
    if (!may_declare(m, it))
        return;
    model_formula f = {.name = it->name, .at = it->at, .statement = s, .param = m->params.count};
    model_param p = {.name = it->name,
                     .at = it->at,
                     .type = MLEC_TYPE_REAL,
                     .type_text = "real",
                     .lower = -INFINITY,
                     .upper = INFINITY};
    if (s->by) {
        f.has_by = true;
        f.by = model_column_of(m, s->by, s->by_at);
        p.dims[p.n_dims++] = (model_dim){.kind = DIM_CONTRASTS, .column = f.by};
    }
    p.dims[p.n_dims++] = (model_dim){.kind = DIM_TERMS, .formula = m->formulas.count};
    VEC_PUSH(m->arena, m->formulas, f);
    VEC_PUSH(m->arena, m->params, p);
}

static void later(model *m, const stmt *s, const char *what, const char *instead)
{
    diag_list *diags = m->context->diags;
    diag *d = diag_report(diags, DIAG_LATER, s->keyword_at.file ? s->keyword_at : s->at,
                          "this version does not fit %s yet", what);
    if (instead)
        diag_add_hint(diags, d, "%s", instead);
}

static void once_only(model *m, stmt **place, stmt *s)
{
    if (*place) {
        diag *d = diag_report(m->context->diags, DIAG_DUPLICATE_NAME, s->keyword_at,
                              "a model has one `%s` statement", stmt_keyword(s->kind));
        diag_add_note(m->context->diags, d, (*place)->keyword_at, "the first is here");
        return;
    }
    *place = s;
}

static void check_library_statement(model *m, stmt *s)
{
    bool is_dist = s->kind == STMT_DIST;
    uint32_t n = is_dist ? m->dists.count : m->functions.count;
    for (uint32_t i = 0; i < n; i++) {
        stmt *other = is_dist ? m->dists.data[i] : m->functions.data[i];
        if (other->items[0].name == s->items[0].name) {
            diag *d = diag_report(m->context->diags, DIAG_DUPLICATE_NAME, s->items[0].at,
                                  "`%s` is defined twice", s->items[0].name);
            diag_add_note(m->context->diags, d, other->items[0].at, "first defined here");
            return;
        }
    }
    if (is_dist)
        VEC_PUSH(m->arena, m->dists, s);
    else
        VEC_PUSH(m->arena, m->functions, s);
}

static void check_settings(model *m)
{
    diag_list *diags = m->context->diags;
    for (size_t i = 0; i < m->options->n_sets; i++) {
        const mlec_setting *setting = &m->options->sets[i];
        const char *name = intern_str(m->context->names, setting->name);
        uint32_t k;
        if (model_find(m, name, &k) == NAME_CONST) {
            m->consts.data[k].overridden = true;
            m->consts.data[k].setting = setting->value;
            continue;
        }
        diag *d = diag_report(diags, DIAG_UNKNOWN_NAME, NO_SPAN,
                              "--set %s: the model has no `const` of this name", name);
        const char **consts = ARENA_ARRAY(m->arena, const char *, m->consts.count + 1);
        for (uint32_t c = 0; c < m->consts.count; c++)
            consts[c] = m->consts.data[c].name;
        const char *near = nearest_name(name, consts, m->consts.count);
        if (model_find(m, name, &k) == NAME_PARAM)
            diag_add_hint(diags, d, "`%s` is a parameter; use --fix or --start", name);
        else if (near)
            diag_add_hint(diags, d, "did you mean `%s`?", near);
    }
}

void check_model(model *m, const ast *tree)
{
    m->tree = tree;
    /* Declarations first: statements may stand in any order. Constants before what they size. */
    for (stmt *s = tree->first; s; s = s->next)
        if (s->kind == STMT_CONST && may_declare(m, &s->items[0]))
            VEC_PUSH(m->arena, m->consts,
                     (model_const){.name = s->items[0].name,
                                   .at = s->items[0].at,
                                   .value = s->items[0].value});
    check_settings(m);
    for (stmt *s = tree->first; s; s = s->next)
        if (s->kind == STMT_DATA)
            check_data(m, s);
    for (stmt *s = tree->first; s; s = s->next) {
        switch (s->kind) {
        case STMT_PARAM: check_param(m, s); break;
        case STMT_LET:
            if (may_declare(m, &s->items[0]))
                VEC_PUSH(m->arena, m->lets, (model_let){s->items[0].name, s->items[0].at, s});
            break;
        case STMT_FN:
        case STMT_DIST: check_library_statement(m, s); break;
        case STMT_TILDE:
        case STMT_LOGLIK:
        case STMT_LOGPRIOR: VEC_PUSH(m->arena, m->terms, s); break;
        case STMT_REPORT: VEC_PUSH(m->arena, m->reports, s); break;
        case STMT_WHERE: once_only(m, &m->where, s); break;
        case STMT_WEIGHT: once_only(m, &m->weight, s); break;
        case STMT_LINEAR: declare_linear(m, s); break;
        case STMT_RANDOM: later(m, s, "`random` effects", NULL); break;
        case STMT_SERIES: once_only(m, &m->series, s); break;
        case STMT_CONSTRAIN: VEC_PUSH(m->arena, m->constraints, s); break;
        default: break;
        }
    }
    for (uint32_t i = 0; i < m->formulas.count; i++)
        expand_formula(m, m->formulas.data[i].statement, &m->formulas.data[i]);
    for (stmt *s = tree->first; s; s = s->next) /* now that all of them are known by name */
        if (s->kind == STMT_FN || s->kind == STMT_DIST)
            check_definition(m, s);
    if (!m->terms.count && !m->context->diags->n_errors)
        diag_add_hint(m->context->diags,
                      diag_report(m->context->diags, DIAG_EMPTY_MODEL, NO_SPAN,
                                  "the model has no likelihood: no `~`, `loglik` or `logprior` "
                                  "statement"),
                      "write one, for instance: y ~ normal(mu, sigma)");
}
