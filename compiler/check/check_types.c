#include "compiler/check/check_types.h"

#include <math.h>
#include <string.h>

static bool fail_constant(model *m, const expr *e)
{
    diag_report(m->context->diags, DIAG_NOT_CONSTANT, e->at,
                "this must be a constant: a number, a `const`, or arithmetic on them");
    return false;
}

static bool constant_name(model *m, const expr *e, double *value)
{
    uint32_t i;
    if (!strcmp(e->name, "pi"))
        return *value = 3.14159265358979323846, true;
    if (!strcmp(e->name, "inf") || !strcmp(e->name, "Inf"))
        return *value = INFINITY, true;
    if (model_find(m, e->name, &i) != NAME_CONST)
        return fail_constant(m, e);
    model_const *c = &m->consts.data[i];
    if (c->overridden)
        return *value = c->setting, true;
    expr *definition = c->value;
    c->value = NULL; /* a circle ends here */
    bool ok = definition ? read_constant(m, definition, value) : fail_constant(m, e);
    c->value = definition;
    return ok;
}

bool read_constant(model *m, const expr *e, double *value)
{
    double a, b;
    switch (e->kind) {
    case EXPR_NUMBER: *value = e->value; return true;
    case EXPR_NAME: return constant_name(m, e, value);
    case EXPR_UNARY:
        if (!read_constant(m, e->args[0].value, &a))
            return false;
        if (e->op == OPERATOR_NOT)
            return fail_constant(m, e);
        *value = e->op == OPERATOR_NEG ? -a : a;
        return true;
    case EXPR_BINARY:
        if (!read_constant(m, e->args[0].value, &a) || !read_constant(m, e->args[1].value, &b))
            return false;
        switch (e->op) {
        case OPERATOR_ADD: return *value = a + b, true;
        case OPERATOR_SUB: return *value = a - b, true;
        case OPERATOR_MUL: return *value = a * b, true;
        case OPERATOR_DIV: return *value = a / b, true;
        case OPERATOR_POW: return *value = pow(a, b), true;
        default: return fail_constant(m, e);
        }
    default: return fail_constant(m, e);
    }
}

static bool read_bounds(model *m, const type_expr *t, double *lower, double *upper)
{
    diag_list *diags = m->context->diags;
    *lower = -INFINITY;
    *upper = INFINITY;
    if (!t->has_args)
        return true;
    if (t->n_args != 2 || t->args[0].name || t->args[1].name) {
        diag_report(diags, DIAG_BAD_BOUNDS, t->at,
                    "`%s` takes a lower and an upper bound: %s(0, 10)", t->name, t->name);
        return false;
    }
    if (!read_constant(m, t->args[0].value, lower) || !read_constant(m, t->args[1].value, upper))
        return false;
    if (!(*lower < *upper)) {
        diag_report(diags, DIAG_BAD_BOUNDS, span_join(t->args[0].value->at, t->args[1].value->at),
                    "the lower bound must be less than the upper bound");
        return false;
    }
    return true;
}

static bool no_arguments(model *m, const type_expr *t)
{
    if (!t->has_args)
        return true;
    diag_report(m->context->diags, DIAG_BAD_BOUNDS, t->at, "the type `%s` takes no bounds",
                t->name);
    return false;
}

static bool read_size(model *m, const expr *e, uint32_t *size)
{
    double k;
    if (!read_constant(m, e, &k))
        return false;
    if (!(k >= 1 && k <= 1e6 && k == floor(k))) {
        diag_report(m->context->diags, DIAG_SHAPE_MISMATCH, e->at,
                    "a size must be a whole number from 1 to 1000000, not %g", k);
        return false;
    }
    *size = (uint32_t)k;
    return true;
}

static const struct {
    const char *name;
    mlec_type type;
    double lower, upper;
    bool column, param, bounds;
} types[] = {
    {"real", MLEC_TYPE_REAL, -INFINITY, INFINITY, true, true, true},
    {"positive", MLEC_TYPE_POSITIVE, 0, INFINITY, true, true, false},
    {"unit", MLEC_TYPE_UNIT, 0, 1, true, true, false},
    {"int", MLEC_TYPE_INT, -INFINITY, INFINITY, true, false, true},
    {"count", MLEC_TYPE_COUNT, 0, INFINITY, true, false, false},
    {"binary", MLEC_TYPE_BINARY, 0, 1, true, false, false},
    {"factor", MLEC_TYPE_FACTOR, -INFINITY, INFINITY, true, false, true},
    {"ordered", MLEC_TYPE_ORDERED, -INFINITY, INFINITY, false, true, false},
    {"simplex", MLEC_TYPE_SIMPLEX, 0, 1, false, true, false},
    {"cov", MLEC_TYPE_REAL, 0, 0, false, true, false},
    {"corr", MLEC_TYPE_REAL, 0, 0, false, true, false},
};
enum { N_TYPES = sizeof types / sizeof *types };

static int find_type(model *m, const type_expr *t, bool column)
{
    const char *names[N_TYPES];
    uint32_t n = 0;
    for (int i = 0; i < N_TYPES; i++) {
        if (!strcmp(types[i].name, t->name) && (column ? types[i].column : types[i].param))
            return i;
        if (column ? types[i].column : types[i].param)
            names[n++] = types[i].name;
    }
    diag_list *diags = m->context->diags;
    diag *d = diag_report(diags, DIAG_UNKNOWN_TYPE, t->name_at, "`%s` is no type of a %s", t->name,
                          column ? "column" : "parameter");
    const char *near = nearest_name(t->name, names, n);
    if (near)
        diag_add_hint(diags, d, "did you mean `%s`?", near);
    else
        diag_add_hint(diags, d, "%s",
                      column ? "columns are real, positive, unit, int, count, binary or factor"
                             : "parameters are real, positive, unit, real(lo, hi), ordered[k] or "
                               "simplex[k]");
    return -1;
}

static bool read_levels(model *m, const type_expr *t, model_column *c)
{
    diag_list *diags = m->context->diags;
    c->levels = ARENA_ARRAY(m->arena, const char *, t->n_args + 1);
    for (uint32_t i = 0; i < t->n_args; i++) {
        const argument *a = &t->args[i];
        if (a->value->kind != EXPR_STRING || (a->name && strcmp(a->name, "ref"))) {
            diag_report(diags, DIAG_TYPE_MISMATCH, a->value->at,
                        "a factor takes its levels as texts, or ref = \"level\"");
            return false;
        }
        if (a->name)
            c->reference = a->value->name;
        else
            c->levels[c->n_levels++] = a->value->name;
    }
    if (!c->n_levels)
        c->levels = NULL;
    return true;
}

bool read_column_type(model *m, const type_expr *t, model_column *c, uint32_t *size)
{
    *size = 0;
    c->lower = -INFINITY;
    c->upper = INFINITY;
    c->type = MLEC_TYPE_REAL;
    c->type_text = "real";
    if (!t)
        return true;
    int i = find_type(m, t, true);
    if (i < 0)
        return false;
    buf text;
    buf_init(&text, m->arena);
    type_print(t, &text);
    c->type_text = buf_text(&text);
    c->type = types[i].type;
    c->lower = types[i].lower;
    c->upper = types[i].upper;
    if (c->type == MLEC_TYPE_FACTOR) {
        if (!read_levels(m, t, c))
            return false;
    } else if (!types[i].bounds) {
        if (!no_arguments(m, t))
            return false;
    } else if (t->has_args) {
        if (!read_bounds(m, t, &c->lower, &c->upper))
            return false;
        if (c->type == MLEC_TYPE_REAL)
            c->type = MLEC_TYPE_INTERVAL;
    }
    if (t->n_dims > 1) {
        diag_report(m->context->diags, DIAG_SHAPE_MISMATCH, t->at, "a column has at most one size");
        return false;
    }
    return t->n_dims == 0 || read_size(m, t->dims[0], size);
}

static bool read_dim(model *m, const expr *e, model_dim *d)
{
    uint32_t i;
    if (e->kind == EXPR_NAME && strcmp(e->name, "pi") && strcmp(e->name, "inf")) {
        name_kind kind = model_find(m, e->name, &i);
        if (kind == NAME_PARAM) {
            diag_report(m->context->diags, DIAG_SHAPE_MISMATCH, e->at,
                        "`%s` is a parameter; a size is a constant or a factor column", e->name);
            return false;
        }
        if (kind == NAME_COLUMN || kind == NAME_NONE) {
            *d = (model_dim){.kind = DIM_LEVELS, .column = model_column_of(m, e->name, e->at)};
            return true;
        }
    }
    *d = (model_dim){0};
    return read_size(m, e, &d->size);
}

bool read_param_type(model *m, const type_expr *t, model_param *p)
{
    diag_list *diags = m->context->diags;
    p->lower = -INFINITY;
    p->upper = INFINITY;
    p->type = MLEC_TYPE_REAL;
    p->type_text = "real";
    if (!t)
        return true;
    int i = find_type(m, t, false);
    if (i < 0)
        return false;
    if (!strcmp(t->name, "cov") || !strcmp(t->name, "corr")) {
        diag_report(diags, DIAG_LATER, t->at, "this version does not fit matrix parameters yet");
        return false;
    }
    buf text;
    buf_init(&text, m->arena);
    type_expr bare = *t;
    bare.n_dims = 0;
    type_print(&bare, &text);
    p->type_text = buf_text(&text);
    p->type = types[i].type;
    p->lower = types[i].lower;
    p->upper = types[i].upper;
    if (types[i].bounds && t->has_args) {
        if (!read_bounds(m, t, &p->lower, &p->upper))
            return false;
        if (isfinite(p->lower) || isfinite(p->upper))
            p->type = MLEC_TYPE_INTERVAL;
    } else if (!no_arguments(m, t)) {
        return false;
    }
    if (t->n_dims > 2) {
        diag_report(diags, DIAG_SHAPE_MISMATCH, t->at, "a parameter has at most two sizes");
        return false;
    }
    for (uint32_t k = 0; k < t->n_dims; k++)
        if (!read_dim(m, t->dims[k], &p->dims[k]))
            return false;
    p->n_dims = t->n_dims;
    bool vector_type = p->type == MLEC_TYPE_ORDERED || p->type == MLEC_TYPE_SIMPLEX;
    if (vector_type && p->n_dims == 0) {
        diag_report(diags, DIAG_SHAPE_MISMATCH, t->at, "`%s` needs a size: %s[3]", t->name,
                    t->name);
        return false;
    }
    if (vector_type && p->n_dims == 1 && p->dims[0].kind == DIM_SIZE && p->dims[0].size < 2) {
        diag_report(diags, DIAG_SHAPE_MISMATCH, t->at, "`%s` needs a size of at least 2", t->name);
        return false;
    }
    return true;
}

formal_type read_formal_type(model *m, const type_expr *t)
{
    formal_type f = {MLEC_TYPE_REAL, -INFINITY, INFINITY, false};
    if (!t)
        return f;
    for (int i = 0; i < N_TYPES; i++) {
        if (strcmp(types[i].name, t->name))
            continue;
        f = (formal_type){types[i].type, types[i].lower, types[i].upper, true};
        if (t->has_args && types[i].bounds && types[i].type != MLEC_TYPE_FACTOR) {
            read_bounds(m, t, &f.lower, &f.upper);
            if (f.type == MLEC_TYPE_REAL)
                f.type = MLEC_TYPE_INTERVAL;
        }
        return f;
    }
    return f;
}
