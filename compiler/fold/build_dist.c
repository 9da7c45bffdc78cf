/* Distribution calls: the log density with its arguments put in, its support, its information. */
#include "compiler/fold/build_internal.h"

#include <math.h>
#include <string.h>

static bool has_type_support(mlec_type t)
{
    return t != MLEC_TYPE_REAL && t != MLEC_TYPE_FACTOR;
}

/* 1 where `y` lies in the support that a type states, else 0. A plain bound is included for
 * intervals, excluded for positive and unit. */
static node type_support(build *b, const formal_type *t, node y)
{
    dag *g = &b->g;
    node lower = fold_const(g, t->lower), upper = fold_const(g, t->upper);
    node whole = fold_2(g, OP_EQ, y, fold_1(g, OP_FLOOR, y));
    switch (t->type) {
    case MLEC_TYPE_POSITIVE:
        return fold_2(g, OP_LT, fold_const(g, 0), y);
    case MLEC_TYPE_UNIT:
        return fold_2(g, OP_AND, fold_2(g, OP_LT, fold_const(g, 0), y),
                      fold_2(g, OP_LT, y, fold_const(g, 1)));
    case MLEC_TYPE_INTERVAL:
        return fold_2(g, OP_AND, fold_2(g, OP_LE, lower, y), fold_2(g, OP_LE, y, upper));
    case MLEC_TYPE_BINARY:
        return fold_2(g, OP_OR, fold_2(g, OP_EQ, y, fold_const(g, 0)),
                      fold_2(g, OP_EQ, y, fold_const(g, 1)));
    case MLEC_TYPE_COUNT:
        return fold_2(g, OP_AND, whole, fold_2(g, OP_LE, fold_const(g, 0), y));
    case MLEC_TYPE_INT:
        return whole;
    default:
        return fold_const(g, 1);
    }
}

static const char *support_words(const formal_type *t)
{
    switch (t->type) {
    case MLEC_TYPE_POSITIVE:
        return "greater than 0";
    case MLEC_TYPE_UNIT:
        return "between 0 and 1";
    case MLEC_TYPE_BINARY:
        return "0 or 1";
    case MLEC_TYPE_COUNT:
        return "a whole number, 0 or more";
    case MLEC_TYPE_INT:
        return "a whole number";
    case MLEC_TYPE_INTERVAL:
        return t->lower == 0 && isinf(t->upper) ? "0 or more" : "within its bounds";
    default:
        return "a number";
    }
}

/* A constant argument outside what the formal states is an error of the model. Bounds are included
 * here: bernoulli(0) is a distribution. */
static bool check_constant(build *b, const expr *e, const char *family, const formal *f,
                           const formal_type *t, const value *v)
{
    double x;
    if (v->kind != VALUE_NUMBER || !t->known || !fold_is_const(&b->g, v->n, &x))
        return true;
    bool ok = x >= t->lower && x <= t->upper && !(t->type == MLEC_TYPE_POSITIVE && x == 0);
    if (t->type == MLEC_TYPE_COUNT || t->type == MLEC_TYPE_INT)
        ok = ok && x == floor(x);
    if (ok)
        return true;
    diag_report(b->diags, DIAG_OUTSIDE_SUPPORT, e->at, "`%s` of %s must be %s, not %g", f->name,
                family, support_words(t), x);
    return false;
}

static bool unknown_distribution(build *b, const expr *e)
{
    if (library_find(b->m, e->name, false)) {
        diag *d = diag_report(b->diags, DIAG_NOT_A_DISTRIBUTION, e->name_at,
                              "`%s` is a function, not a distribution", e->name);
        (void)d;
        return false;
    }
    static const char *const combinators[] = {"mixture",   "zero_inflated", "hurdle", "truncated",
                                              "censored",  "multi_normal",  "dirichlet",
                                              "lkj_corr",  "inv_wishart",   "multi_normal_cholesky",
                                              "multinomial"};
    for (size_t i = 0; i < sizeof combinators / sizeof *combinators; i++)
        if (!strcmp(e->name, combinators[i])) {
            diag_report(b->diags, DIAG_LATER, e->name_at, "this version does not have `%s` yet",
                        e->name);
            return false;
        }
    uint32_t n;
    const char **names = library_names(b->m, true, &n);
    diag *d = diag_report(b->diags, DIAG_UNKNOWN_DISTRIBUTION, e->name_at,
                          "no distribution is named `%s`", e->name);
    const char *near = nearest_name(e->name, names, n);
    if (near)
        diag_add_hint(b->diags, d, "did you mean `%s`?", near);
    return false;
}

/* Evaluates a clause of the block with the formals bound. */
static node clause_value(build *b, const scope *s, const clause *c)
{
    value v = build_expr(b, s, c->value);
    return v.kind == VALUE_NUMBER ? v.n : 0;
}

static void read_information(build *b, const stmt *dist, const scope *s, uint32_t n_variates,
                             build_family *family)
{
    for (uint32_t i = 0; i < dist->n_clauses; i++) {
        const clause *c = &dist->clauses[i];
        if (strcmp(c->name, "information") || c->n_args != 2)
            continue;
        uint32_t at[2] = {UINT32_MAX, UINT32_MAX};
        for (int k = 0; k < 2; k++)
            for (uint32_t j = n_variates; j < dist->n_formals; j++)
                if (c->args[k].value->kind == EXPR_NAME &&
                    c->args[k].value->name == dist->formals[j].name)
                    at[k] = j - n_variates;
        node v = clause_value(b, s, c);
        if (at[0] == UINT32_MAX || at[1] == UINT32_MAX || !v)
            continue;
        family->information[at[0]][at[1]] = family->information[at[1]][at[0]] = v;
        family->has_information = true;
    }
}

/* The outcome's own type when the model leaves it open, and the rows that the support excludes. */
static void require_support(build *b, const stmt *dist, value *variate, node support,
                            const formal_type *t, const stmt *statement)
{
    bool by_arguments = find_clause(dist, "support", NULL) != NULL;
    model_column *declared = variate->column ? &b->m->columns.data[variate->column - 1] : NULL;
    if (dag_at(&b->g, support)->op == OP_CONST || (declared && declared->declared &&
                                                   declared->type == t->type && !by_arguments))
        return; /* nothing to check, or the column's own type is checked when it is read */
    build_require r = {.kind = MLEC_REQUIRE_SUPPORT, .condition = support, .shown = variate->n,
                       .statement = statement};
    if (declared) {
        r.column = declared->name;
        if (t->type == MLEC_TYPE_BINARY && !declared->declared)
            declared->type = MLEC_TYPE_BINARY;
    }
    r.message = arena_printf(b->arena, "%s gives it probability 0: the outcome must be %s",
                             dist->items[0].name,
                             find_clause(dist, "support", NULL) && !has_type_support(t->type)
                                 ? "within the support"
                                 : support_words(t));
    if (find_clause(dist, "support", NULL) && has_type_support(t->type))
        r.message = arena_printf(b->arena, "%s, and within the limits of the other arguments",
                                 r.message);
    VEC_PUSH(b->arena, b->requires, r);
}

static uint32_t formal_number(const stmt *dist, const char *name)
{
    for (uint32_t k = 0; k < dist->n_formals; k++)
        if (dist->formals[k].name == name)
            return k;
    return UINT32_MAX;
}

/* Binds the written arguments to the formals behind the variate. */
static bool bind_arguments(build *b, expr *e, const stmt *dist, value *values)
{
    uint32_t first = dist->n_variates, n = dist->n_formals - first;
    if (e->n_args != n) {
        buf call;
        buf_init(&call, b->arena);
        for (uint32_t k = 0; k < n; k++)
            buf_printf(&call, "%s%s", k ? ", " : "", dist->formals[first + k].name);
        diag *d = diag_report(b->diags, DIAG_ARGUMENT_COUNT, e->at,
                              "`%s` takes %u parameter%s, not %u", e->name, n, n == 1 ? "" : "s",
                              e->n_args);
        diag_add_hint(b->diags, d, "%s(%s)", e->name, buf_text(&call));
        return false;
    }
    bool ok = true, given[64] = {false};
    for (uint32_t i = 0; i < n; i++) {
        uint32_t k = first + i;
        if (e->args[i].name) {
            k = formal_number(dist, e->args[i].name);
            if (k == UINT32_MAX || k < first || given[k & 63]) {
                diag_report(b->diags, DIAG_ARGUMENT_NAME, e->args[i].name_span,
                            k == UINT32_MAX || k < first ? "`%s` has no parameter `%s`"
                                                         : "`%s` gets `%s` twice",
                            e->name, e->args[i].name);
                return false;
            }
        }
        given[k & 63] = true;
        values[k] = build_expr(b, NULL, e->args[i].value);
        formal_type t = read_formal_type(b->m, dist->formals[k].type);
        ok &= values[k].kind != VALUE_ERROR &&
              check_constant(b, e->args[i].value, e->name, &dist->formals[k], &t, &values[k]);
        if (values[k].kind == VALUE_VECTOR || !t.known)
            continue;
        if (ok) { /* reports a text or a factor */
            value zero = value_number(b, fold_const(&b->g, 0), false);
            ok = build_lift(b, OP_ADD, (value[]){values[k], zero}, 2, e->args[i].value->at).kind !=
                 VALUE_ERROR;
        }
    }
    return ok;
}

static bool dist_varies(const build *b, const value *v, uint32_t n)
{
    bool varies = false;
    for (uint32_t i = 0; i < n; i++) {
        varies |= v[i].varies;
        if (v[i].kind == VALUE_NUMBER)
            varies |= dag_at(&b->g, v[i].n)->axis == AXIS_ROW;
    }
    return varies;
}

node build_density(build *b, expr *e, value variate, build_family *family, build_term *term)
{
    if (e->kind != EXPR_CALL) {
        diag *d = diag_report(b->diags, DIAG_NOT_A_DISTRIBUTION, e->at,
                              "the right side of `~` must be a distribution");
        diag_add_hint(b->diags, d, "for instance: y ~ normal(mu, sigma)");
        return 0;
    }
    stmt *dist = library_find(b->m, e->name, true);
    if (!dist)
        return unknown_distribution(b, e), 0;
    if (dist->n_variates != 1) {
        diag_report(b->diags, DIAG_LATER, e->name_at,
                    "this version does not have distributions of several variates yet");
        return 0;
    }
    value *values = ARENA_ARRAY(b->arena, value, dist->n_formals + 1);
    const char **names = ARENA_ARRAY(b->arena, const char *, dist->n_formals + 1);
    for (uint32_t k = 0; k < dist->n_formals; k++)
        names[k] = dist->formals[k].name;
    values[0] = variate;
    if (!bind_arguments(b, e, dist, values))
        return 0;
    formal_type type = read_formal_type(b->m, dist->formals[0].type);
    model_column *column = variate.column ? &b->m->columns.data[variate.column - 1] : NULL;
    bool codes = column && column->type == MLEC_TYPE_FACTOR;
    if (codes && has_type_support(type.type) && type.type != MLEC_TYPE_INT) {
        diag *d = diag_report(b->diags, DIAG_TYPE_MISMATCH, e->name_at,
                              "`%s` is a factor; %s needs a number that is %s", column->name,
                              e->name, support_words(&type));
        diag_add_hint(b->diags, d, "for classes use categorical; for two levels declare it binary");
        return 0;
    }
    scope inner = {names, values, dist->n_formals, true, e->at};
    const clause *body = find_clause(dist, "log_pdf", NULL);
    expr *density = dist->value ? dist->value : body ? body->value : NULL;
    if (!density) {
        diag_report(b->diags, DIAG_UNKNOWN_CLAUSE, dist->items[0].at,
                    "the distribution `%s` has no log_pdf clause", e->name);
        return 0;
    }
    value v = build_expr(b, &inner, density);
    if (v.kind != VALUE_NUMBER)
        return 0;
    /* The support: what depends on data alone is checked when data are bound, the rest here. */
    const clause *extra = find_clause(dist, "support", NULL);
    const clause *outcome = find_clause(dist, "outcome", NULL);
    const char *kind = outcome && outcome->value->kind == EXPR_NAME ? outcome->value->name : "real";
    bool classes = !strcmp(kind, "class");
    node support = codes || (classes && type.type == MLEC_TYPE_INT) || variate.kind != VALUE_NUMBER
                       ? fold_const(&b->g, 1)
                       : type_support(b, &type, variate.n);
    if (extra) {
        node more = clause_value(b, &inner, extra);
        if (more)
            support = fold_2(&b->g, OP_AND, support, more);
    }
    node root = v.n;
    if (dag_at(&b->g, support)->flags & NODE_PARAM)
        root = fold_select(&b->g, support, root, fold_const(&b->g, -INFINITY));
    else if (term->target == MLEC_TARGET_LIKELIHOOD)
        require_support(b, dist, &variate, support, &type, term->statement);
    family->name = e->name;
    family->discrete = classes;
    family->scale = -1;
    family->n_arguments = dist->n_formals - 1;
    bool one_class = type.type == MLEC_TYPE_BINARY || type.type == MLEC_TYPE_INT;
    family->outcome = classes && one_class && !dist_varies(b, values + 1, family->n_arguments)
                          ? variate.column
                          : 0;
    if (family->n_arguments <= BUILD_MAX_ARGUMENTS) {
        for (uint32_t k = 0; k < family->n_arguments; k++)
            family->arguments[k] = values[k + 1].n;
        read_information(b, dist, &inner, 1, family);
    }
    const clause *scale = find_clause(dist, "scale", NULL);
    if (scale && scale->value->kind == EXPR_NAME) {
        uint32_t k = formal_number(dist, scale->value->name);
        if (k != UINT32_MAX && values[k].param >= 0 &&
            b->m->params.data[values[k].param].n_dims == 0)
            family->scale = (int32_t)values[k].param;
    }
    return root;
}
