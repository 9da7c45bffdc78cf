/* Formulas: the algebra of terms (Wilkinson & Rogers 1973, Applied Statistics 22, 392-399; R's
 * `terms`). A formula is a set of terms and an intercept; a term is a set of variables. `a*b` is
 * a + b + a:b, `a/b` is a + b:(all of a), `(a + b)^2` crosses with itself, `-` takes terms away.
 * Terms are ordered by their number of variables, then as written. What a variable is, a number or
 * a factor, is settled when data are bound; nothing here depends on it. */
#include "compiler/check/formula.h"

#include <string.h>

/* A term: the numbers of its variables, ascending. */
typedef model_term term;

typedef struct {
    model *m;
    model_formula *f;
    bool interacts; /* inside `:`, `*`, `/` or `^`: only terms are allowed */
} expander;

typedef VEC(term) term_list;

static bool term_equal(const term *a, const term *b)
{
    return a->n_variables == b->n_variables &&
           !memcmp(a->variables, b->variables, a->n_variables * sizeof *a->variables);
}

static void list_add(model *m, term_list *l, term t)
{
    for (uint32_t i = 0; i < l->count; i++)
        if (term_equal(&l->data[i], &t))
            return;
    VEC_PUSH(m->arena, *l, t);
}

static void list_remove(term_list *l, const term *t)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < l->count; i++)
        if (!term_equal(&l->data[i], t))
            l->data[n++] = l->data[i];
    l->count = n;
}

/* The variables of both. */
static term term_join(model *m, const term *a, const term *b)
{
    uint32_t *v = ARENA_ARRAY(m->arena, uint32_t, a->n_variables + b->n_variables + 1), n = 0;
    for (uint32_t i = 0, j = 0; i < a->n_variables || j < b->n_variables;) {
        uint32_t p = i < a->n_variables ? a->variables[i] : UINT32_MAX;
        uint32_t q = j < b->n_variables ? b->variables[j] : UINT32_MAX;
        v[n++] = p < q ? p : q;
        i += p <= q;
        j += q <= p;
    }
    return (term){v, n};
}

static term_list lists_join(model *m, const term_list *a, const term_list *b)
{
    term_list out = {0};
    for (uint32_t i = 0; i < a->count; i++)
        for (uint32_t j = 0; j < b->count; j++)
            list_add(m, &out, term_join(m, &a->data[i], &b->data[j]));
    return out;
}

static void lists_merge(model *m, term_list *a, const term_list *b)
{
    for (uint32_t i = 0; i < b->count; i++)
        list_add(m, a, b->data[i]);
}

/* ---- Variables --------------------------------------------------------------------------------
 */

static uint32_t add_variable(expander *x, model_variable v)
{
    for (uint32_t i = 0; i < x->f->variables.count; i++) {
        const model_variable *o = &x->f->variables.data[i];
        if (o->kind == v.kind && expr_equal(o->value, v.value) && o->degree == v.degree &&
            o->reference == v.reference)
            return i;
    }
    VEC_PUSH(x->m->arena, x->f->variables, v);
    return x->f->variables.count - 1;
}

static const char *text_of(model *m, const expr *e)
{
    if (e->kind == EXPR_NAME)
        return e->name;
    buf text;
    buf_init(&text, m->arena);
    expr_print(e, &text);
    return buf_text(&text);
}

static bool is_call(const expr *e, const char *name)
{
    return e->kind == EXPR_CALL && !strcmp(e->name, name);
}

static bool wrong_arguments(model *m, const expr *e, const char *usage)
{
    diag *d = diag_report(m->context->diags, DIAG_BAD_FORMULA, e->at,
                          "`%s` in a formula has other arguments", e->name);
    diag_add_hint(m->context->diags, d, "write %s", usage);
    return false;
}

static bool read_poly(model *m, const expr *e, model_variable *v)
{
    static const char usage[] = "poly(x, 2): orthogonal polynomials up to a degree";
    double degree;
    if (e->n_args != 2 || e->args[0].name ||
        (e->args[1].name && strcmp(e->args[1].name, "degree")) ||
        e->args[1].value->kind != EXPR_NUMBER)
        return wrong_arguments(m, e, usage);
    degree = e->args[1].value->value;
    if (degree < 1 || degree > 50 || degree != (int)degree)
        return wrong_arguments(m, e, usage);
    v->kind = MLEC_VARIABLE_POLY;
    v->value = e->args[0].value;
    v->degree = (uint32_t)degree;
    return true;
}

static bool read_factor(model *m, const expr *e, model_variable *v)
{
    static const char usage[] = "factor(x) or factor(x, ref = \"10\"), with the name of a column";
    bool reference = e->n_args == 2;
    if (e->n_args < 1 || e->n_args > 2 || e->args[0].name || e->args[0].value->kind != EXPR_NAME)
        return wrong_arguments(m, e, usage);
    if (reference && (!e->args[1].name || strcmp(e->args[1].name, "ref") ||
                      e->args[1].value->kind != EXPR_STRING))
        return wrong_arguments(m, e, usage);
    v->kind = MLEC_VARIABLE_FACTOR;
    v->value = e->args[0].value;
    v->reference = reference ? e->args[1].value->name : NULL;
    return true;
}

/* One variable as written; false after a report. */
static bool read_variable(expander *x, expr *e, model_variable *v)
{
    model *m = x->m;
    *v = (model_variable){.kind = MLEC_VARIABLE_NUMBER, .value = e, .text = text_of(m, e)};
    if (is_call(e, "poly"))
        return read_poly(m, e, v);
    if (is_call(e, "factor"))
        return read_factor(m, e, v);
    if (is_call(e, "I")) {
        if (e->n_args != 1 || e->args[0].name)
            return wrong_arguments(m, e, "I(x^2): arithmetic instead of the formula's operators");
        v->value = e->args[0].value;
        return true;
    }
    if (e->kind != EXPR_NAME)
        return true;
    uint32_t i;
    name_kind kind = model_find(m, e->name, &i);
    if (kind == NAME_PARAM || kind == NAME_FORMULA) {
        diag *d = diag_report(m->context->diags, DIAG_BAD_FORMULA, e->at,
                              "`%s` is a %s; a formula has columns, with a coefficient each",
                              e->name, kind == NAME_PARAM ? "parameter" : "linear predictor");
        diag_add_hint(m->context->diags, d, "add it in the statement: normal(eta + %s, sigma)",
                      e->name);
        return false;
    }
    if (kind == NAME_COLUMN || kind == NAME_NONE)
        v->kind = MLEC_VARIABLE_COLUMN;
    if (kind == NAME_COLUMN_VECTOR)
        v->kind = MLEC_VARIABLE_COLUMNS;
    return true;
}

/* ---- The tree ----------------------------------------------------------------------------------
 */

static bool expand(expander *x, const formula *e, term_list *out);

static bool is_number(const formula *e)
{
    return e->kind == FORMULA_TERM && e->term->kind == EXPR_NUMBER;
}

/* `+ 1`, `- 1`, `+ 0`: the intercept. */
static bool read_intercept(expander *x, const formula *e, bool added)
{
    double v = e->term->value;
    if (v != 0 && v != 1) {
        diag *d =
            diag_report(x->m->context->diags, DIAG_BAD_FORMULA, e->at,
                        "the number %g is no term; a formula knows 1 and 0, the intercept", v);
        diag_add_hint(x->m->context->diags, d, "a constant times a column is I(%g*x)", v);
        return false;
    }
    x->f->intercept = (v == 1) == added;
    return true;
}

static bool expand_sum(expander *x, const formula *e, bool add, term_list *out)
{
    model *m = x->m;
    if (e->left && !expand(x, e->left, out))
        return false;
    if (is_number(e->right) && !x->interacts)
        return read_intercept(x, e->right, add);
    if (!add && e->right->kind == FORMULA_TERM && is_call(e->right->term, "offset")) {
        diag_report(m->context->diags, DIAG_BAD_FORMULA, e->right->at,
                    "an offset cannot be subtracted; write offset(-(...))");
        return false;
    }
    term_list right = {0};
    if (!expand(x, e->right, &right))
        return false;
    if (add)
        lists_merge(m, out, &right);
    for (uint32_t i = 0; !add && i < right.count; i++)
        list_remove(out, &right.data[i]);
    return true;
}

static bool expand_operands(expander *x, const formula *e, term_list *left, term_list *right)
{
    bool before = x->interacts;
    x->interacts = true;
    bool ok = expand(x, e->left, left) && (!right || expand(x, e->right, right));
    x->interacts = before;
    return ok;
}

static bool expand_power(expander *x, const formula *e, term_list *out)
{
    term_list base = {0};
    double k = e->term->value;
    if (k < 1 || k > 20 || k != (int)k) {
        diag_report(x->m->context->diags, DIAG_BAD_FORMULA, e->at,
                    "the power of a sum of terms is a whole number from 1 on");
        return false;
    }
    if (!expand_operands(x, e, &base, NULL))
        return false;
    lists_merge(x->m, out, &base);
    term_list all = base;
    for (int i = 1; i < (int)k; i++) {
        all = lists_join(x->m, &all, &base);
        lists_merge(x->m, out, &all);
    }
    return true;
}

/* a / b: a, and b within every combination of a. */
static bool expand_nest(expander *x, const formula *e, term_list *out)
{
    term_list left = {0}, right = {0};
    if (!expand_operands(x, e, &left, &right))
        return false;
    term all = {NULL, 0};
    for (uint32_t i = 0; i < left.count; i++)
        all = term_join(x->m, &all, &left.data[i]);
    lists_merge(x->m, out, &left);
    for (uint32_t i = 0; i < right.count; i++)
        list_add(x->m, out, term_join(x->m, &all, &right.data[i]));
    return true;
}

static bool expand_term(expander *x, const formula *e, term_list *out)
{
    model *m = x->m;
    if (e->term->kind == EXPR_NUMBER) {
        if (!x->interacts)
            return read_intercept(x, e, true);
        diag_report(m->context->diags, DIAG_BAD_FORMULA, e->at,
                    "a number stands alone in a formula, as the intercept");
        return false;
    }
    if (is_call(e->term, "offset")) {
        if (e->term->n_args != 1 || e->term->args[0].name)
            return wrong_arguments(m, e->term, "offset(log(exposure))");
        if (x->interacts) {
            diag_report(m->context->diags, DIAG_BAD_FORMULA, e->at,
                        "an offset has no coefficient and no interactions");
            return false;
        }
        VEC_PUSH(m->arena, x->f->offsets, e->term->args[0].value);
        return true;
    }
    model_variable v;
    if (!read_variable(x, e->term, &v))
        return false;
    uint32_t *number = ARENA_ARRAY(m->arena, uint32_t, 1);
    number[0] = add_variable(x, v);
    list_add(m, out, (term){number, 1});
    return true;
}

static void dot_column(expander *x, const char *name, span at, term_list *out)
{
    model *m = x->m;
    uint32_t *number = ARENA_ARRAY(m->arena, uint32_t, 1);
    number[0] = add_variable(x, (model_variable){.kind = MLEC_VARIABLE_COLUMN,
                                                 .value = expr_name(m->context, name, at),
                                                 .text = name});
    list_add(m, out, (term){number, 1});
}

/* `.`: the declared columns that no statement mentions. */
static bool expand_dot(expander *x, const formula *e, term_list *out)
{
    model *m = x->m;
    uint32_t before = out->count, declared = m->columns.count;
    for (uint32_t i = 0; i < declared; i++) {
        const char *name = m->columns.data[i].name;
        if (m->columns.data[i].declared && !is_mentioned(m, name))
            dot_column(x, name, e->at, out);
    }
    if (out->count > before)
        return true;
    diag *d = diag_report(m->context->diags, DIAG_BAD_FORMULA, e->at,
                          "`.` stands for the declared columns that are mentioned nowhere else; "
                          "there are none");
    diag_add_hint(m->context->diags, d, "declare them: data x, z : real");
    return false;
}

static bool expand(expander *x, const formula *e, term_list *out)
{
    term_list left = {0}, right = {0};
    switch (e->kind) {
    case FORMULA_ADD: return expand_sum(x, e, true, out);
    case FORMULA_SUB: return expand_sum(x, e, false, out);
    case FORMULA_POWER: return expand_power(x, e, out);
    case FORMULA_NEST: return expand_nest(x, e, out);
    case FORMULA_CROSS:
    case FORMULA_INTERACT: {
        if (!expand_operands(x, e, &left, &right))
            return false;
        term_list both = lists_join(x->m, &left, &right);
        if (e->kind == FORMULA_CROSS) {
            lists_merge(x->m, out, &left);
            lists_merge(x->m, out, &right);
        }
        lists_merge(x->m, out, &both);
        return true;
    }
    case FORMULA_DOT: return expand_dot(x, e, out);
    case FORMULA_TERM: return expand_term(x, e, out);
    default: break;
    }
    diag_report(x->m->context->diags, DIAG_LATER, e->at,
                "this version does not fit random terms such as (1 | g) yet");
    return false;
}

/* Stable, by the number of variables. */
static void sort_terms(model *m, const term_list *from, model_formula *f)
{
    for (uint32_t order = 1; f->terms.count < from->count; order++)
        for (uint32_t i = 0; i < from->count; i++)
            if (from->data[i].n_variables == order)
                VEC_PUSH(m->arena, f->terms, from->data[i]);
}

bool expand_formula(model *m, const stmt *s, model_formula *f)
{
    expander x = {.m = m, .f = f};
    term_list terms = {0};
    f->intercept = true;
    if (!expand(&x, s->formula, &terms))
        return false;
    sort_terms(m, &terms, f);
    return true;
}

/* ---- Which names a model mentions ---------------------------------------------------------------
 */

typedef struct {
    const char *name;
    bool found;
} search;

static void search_expr(search *s, const expr *e)
{
    if (!e || s->found)
        return;
    s->found |= e->kind == EXPR_NAME && e->name == s->name;
    for (uint32_t i = 0; i < e->n_args; i++)
        search_expr(s, e->args[i].value);
    search_expr(s, e->given);
}

static void search_formula(search *s, const formula *f)
{
    if (!f || s->found)
        return;
    search_expr(s, f->term);
    search_formula(s, f->left);
    search_formula(s, f->right);
}

bool is_mentioned(const model *m, const char *name)
{
    search s = {name, false};
    for (const stmt *t = m->tree->first; t && !s.found; t = t->next) {
        if (t->kind == STMT_DATA || t->kind == STMT_FN || t->kind == STMT_DIST)
            continue;
        for (uint32_t i = 0; i < t->n_items; i++)
            search_expr(&s, t->items[i].value);
        for (uint32_t i = 0; i < t->n_lhs; i++)
            search_expr(&s, t->lhs[i]);
        for (uint32_t i = 0; t->type && i < t->type->n_dims; i++)
            search_expr(&s, t->type->dims[i]);
        search_expr(&s, t->value);
        search_formula(&s, t->formula);
        s.found |= t->by == name;
    }
    return s.found;
}
