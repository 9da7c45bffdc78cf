/* The rules. */
#include "compiler/lint/lint.h"

#include <math.h>
#include <string.h>

typedef struct {
    build *b;
    dag *g;
    model *m;
    diag_list *diags;
    const range *ranges, *tame;
} lint;

/* ---- What a term is made of ------------------------------------------------------------------ */

static bool has_param(const lint *l, node n) { return dag_at(l->g, n)->flags & NODE_PARAM; }

static uint8_t *reached(const lint *l, node root)
{
    uint8_t *seen = ARENA_ARRAY(l->b->arena, uint8_t, l->g->nodes.count);
    dag_mark(l->g, &root, 1, seen);
    for (node n = l->g->nodes.count - 1; n > 0; n--) { /* the past of a definition belongs to it */
        const dag_node *d = dag_at(l->g, n);
        node body =
            seen[n] && (d->op == OP_SCAN || d->op == OP_LAGGED) ? l->g->states.data[d->x].body : 0;
        if (body && !seen[body]) {
            dag_mark(l->g, &body, 1, seen);
            n = l->g->nodes.count;
        }
    }
    return seen;
}

/* The parameter that a node reads by itself, or -1. */
static int64_t param_of(const lint *l, node n)
{
    const dag_node *d = dag_at(l->g, n);
    if (d->op == OP_UNKNOWN)
        return l->g->references.data[d->x].param;
    if (d->op == OP_DESIGN || d->op == OP_LOG_SUM) {
        uint32_t id = d->op == OP_LOG_SUM ? d->x : l->g->designs.data[d->x].formula;
        return l->m->formulas.data[id].param;
    }
    return d->op == OP_DOT ? (int64_t)l->g->dots.data[d->x].param : -1;
}

static bool *params_of(const lint *l, node root)
{
    const uint8_t *seen = reached(l, root);
    bool *has = ARENA_ARRAY(l->b->arena, bool, l->m->params.count + 1);
    for (node n = 1; n < l->g->nodes.count; n++)
        if (seen[n] && param_of(l, n) >= 0)
            has[param_of(l, n)] = true;
    return has;
}

static bool is_likelihood(const build_term *t) { return t->target == MLEC_TARGET_LIKELIHOOD; }

/* The likelihood term that an argument belongs to, or NULL. */
static const build_term *likelihood_of(const lint *l, const build_argument *a)
{
    for (uint32_t i = 0; i < l->b->terms.count; i++) {
        const build_term *t = &l->b->terms.data[i];
        if (is_likelihood(t) && t->statement == a->statement)
            return t;
    }
    return NULL;
}

/* `y, z ~ normal(mu, s)` has each argument twice. */
static bool is_repeated(const lint *l, uint32_t i)
{
    for (uint32_t j = 0; j < i; j++)
        if (l->b->arguments.data[j].written == l->b->arguments.data[i].written)
            return true;
    return false;
}

static const char *words_of(const lint *l, const expr *e)
{
    buf text;
    buf_init(&text, l->b->arena);
    expr_print(e, &text);
    return printable(l->b->arena, buf_text(&text), text.length, 60);
}

/* ---- Parameters ------------------------------------------------------------------------------ */

/* Of two parameters in one prior, the data tell of the one through the other. */
static void prior_only(lint *l)
{
    uint32_t n = l->b->terms.count, n_params = l->m->params.count;
    bool **has = ARENA_ARRAY(l->b->arena, bool *, n + 1);
    bool *informed = ARENA_ARRAY(l->b->arena, bool, n_params + 1), likelihood = false;
    for (uint32_t i = 0; i < n; i++) {
        has[i] = params_of(l, l->b->terms.data[i].root);
        likelihood |= is_likelihood(&l->b->terms.data[i]);
        for (uint32_t p = 0; p < n_params && is_likelihood(&l->b->terms.data[i]); p++)
            informed[p] |= has[i][p];
    }
    for (bool more = likelihood; more;) {
        more = false;
        for (uint32_t i = 0; i < n; i++) {
            bool any = false;
            for (uint32_t p = 0; p < n_params; p++)
                any |= has[i][p] && informed[p];
            for (uint32_t p = 0; any && p < n_params; p++) {
                more |= has[i][p] && !informed[p];
                informed[p] |= has[i][p];
            }
        }
    }
    for (uint32_t p = 0; likelihood && p < n_params; p++) {
        bool used = false;
        for (uint32_t i = 0; i < n; i++)
            used |= has[i][p];
        if (informed[p] || !used)
            continue;
        const model_param *param = &l->m->params.data[p];
        diag *d = diag_report(l->diags, DIAG_PRIOR_ONLY, param->at,
                              "`%s` has a prior, but no likelihood depends on it", param->name);
        diag_add_parameter(l->diags, d, param->name);
        diag_add_hint(l->diags, d,
                      "its estimate is the mode of the prior, whatever the data; use it or remove "
                      "it");
    }
}

/* A prior on a misspelt parameter is a likelihood of a column. */
static void constant_likelihood(lint *l)
{
    for (uint32_t i = 0; i < l->b->terms.count; i++) {
        const build_term *t = &l->b->terms.data[i];
        if (!is_likelihood(t) || t->statement->kind != STMT_TILDE || has_param(l, t->root))
            continue;
        const expr *left = t->statement->lhs[0];
        diag *d = diag_report(l->diags, DIAG_CONSTANT_LIKELIHOOD, left->at,
                              "this likelihood depends on no parameter: `%s` is a column",
                              words_of(l, left));
        const char **names = ARENA_ARRAY(l->b->arena, const char *, l->m->params.count + 1);
        for (uint32_t p = 0; p < l->m->params.count; p++)
            names[p] = l->m->params.data[p].name;
        const char *near =
            left->kind == EXPR_NAME ? nearest_name(left->name, names, l->m->params.count) : NULL;
        if (near)
            diag_add_hint(l->diags, d, "did you mean a prior on the parameter `%s`?", near);
        else
            diag_add_hint(l->diags, d, "it adds a constant and changes no estimate");
    }
}

/* ---- Priors ---------------------------------------------------------------------------------- */

static bool is_prior(const build_term *t)
{
    return t->target == MLEC_TARGET_PRIOR && t->variate && t->family.name;
}

static const char *variate_words(const lint *l, const build_term *t)
{
    int64_t p = param_of(l, t->variate);
    return p >= 0 ? l->m->params.data[p].name : words_of(l, t->statement->lhs[0]);
}

static const char *type_for(const lint *l, range r)
{
    if (r.low == 0 && r.high == 1)
        return "unit";
    if (r.low == 0 && r.high == INFINITY)
        return "positive";
    return arena_printf(l->b->arena, "real(%.15g, %.15g)", r.low, r.high);
}

/* Where a distribution has a density at all; false when its arguments decide. */
static bool support_of(const lint *l, const build_term *t, range *support)
{
    const stmt *dist = library_find(l->m, t->family.name, true);
    if (!dist || dist->n_variates != 1)
        return false;
    formal_type type = read_formal_type(l->m, dist->formals[0].type);
    *support = (range){type.lower, type.upper};
    if (!strcmp(t->family.name, "uniform"))
        return fold_is_const(l->g, t->family.arguments[0], &support->low) &&
               fold_is_const(l->g, t->family.arguments[1], &support->high);
    return type.known;
}

static void prior_cliff(lint *l)
{
    for (uint32_t i = 0; i < l->b->terms.count; i++) {
        const build_term *t = &l->b->terms.data[i];
        range support;
        if (!is_prior(t) || !support_of(l, t, &support))
            continue;
        range r = l->ranges[t->variate];
        if (r.low >= support.low && r.high <= support.high)
            continue;
        const char *name = variate_words(l, t);
        diag *d = diag_report(l->diags, DIAG_PRIOR_CLIFF, t->statement->value->at,
                              "%s is 0 for values that `%s` may have: the log posterior falls off "
                              "to -inf there",
                              t->family.name, name);
        diag_add_parameter(l->diags, d, name);
        if (param_of(l, t->variate) >= 0)
            diag_add_hint(l->diags, d, "declare the bounds: param %s : %s", name,
                          type_for(l, support));
        else
            diag_add_hint(l->diags, d,
                          "bound the parameters in `%s`, or choose a prior on the "
                          "whole line",
                          name);
    }
}

static const build_argument *first_argument(const lint *l, const build_term *t)
{
    for (uint32_t i = 0; i < l->b->arguments.count; i++)
        if (l->b->arguments.data[i].call == t->statement->value)
            return &l->b->arguments.data[i];
    return NULL;
}

/* The mean of a distribution whose arguments are constants, or its location mu where it has none.
 */
static bool constant_mean(lint *l, const build_term *t, double *mean)
{
    const build_argument *a = first_argument(l, t);
    const stmt *dist = a ? library_find(l->m, t->family.name, true) : NULL;
    if (!dist)
        return false;
    uint32_t n = dist->n_formals;
    const char **names = ARENA_ARRAY(l->b->arena, const char *, n + 1);
    value *values = ARENA_ARRAY(l->b->arena, value, n + 1);
    for (uint32_t k = 0; k < n; k++) {
        names[k] = dist->formals[k].name;
        values[k] = value_number(l->b, fold_const(l->g, 0), false);
        for (uint32_t i = 0; i < l->b->arguments.count; i++)
            if (l->b->arguments.data[i].call == a->call &&
                l->b->arguments.data[i].formal == &dist->formals[k])
                values[k] = l->b->arguments.data[i].value;
    }
    const clause *c = find_clause(dist, "mean", NULL);
    scope s = {names, values, n, true, a->call->at};
    for (uint32_t k = 0; !c && k < n; k++)
        if (!strcmp(names[k], "mu"))
            return values[k].kind == VALUE_NUMBER && fold_is_const(l->g, values[k].n, mean);
    if (!c)
        return false;
    value v = build_expr(l->b, &s, c->value);
    return v.kind == VALUE_NUMBER && fold_is_const(l->g, v.n, mean);
}

/* normal(0, s) on a positive parameter is the half-normal idiom, and lies half inside. */
static void prior_outside(lint *l)
{
    for (uint32_t i = 0; i < l->b->terms.count; i++) {
        const build_term *t = &l->b->terms.data[i];
        double mean;
        if (!is_prior(t) || !constant_mean(l, t, &mean))
            continue;
        range r = l->ranges[t->variate];
        if (!(mean < r.low || mean > r.high))
            continue;
        const char *name = variate_words(l, t);
        diag *d = diag_report(l->diags, DIAG_PRIOR_OUTSIDE, t->statement->value->at,
                              "the centre of this prior, %.15g, lies outside the bounds of `%s`: "
                              "most of it is cut off",
                              mean, name);
        diag_add_parameter(l->diags, d, name);
        diag_add_hint(l->diags, d,
                      "move the prior or widen the bounds; the density is not renormalised to "
                      "them");
    }
}

/* ---- Arguments of distributions -------------------------------------------------------------- */

static const char *needed_words(const lint *l, range r, mlec_type type)
{
    if (type == MLEC_TYPE_POSITIVE)
        return "greater than 0";
    if (r.high == INFINITY)
        return arena_printf(l->b->arena, "%.15g or more", r.low);
    if (r.low == -INFINITY)
        return arena_printf(l->b->arena, "%.15g or less", r.high);
    return arena_printf(l->b->arena, "between %.15g and %.15g", r.low, r.high);
}

static const char *excess_words(const lint *l, range r, range needed)
{
    bool below = r.low<needed.low, above = r.high> needed.high;
    const char *less =
        needed.low == 0 ? "negative" : arena_printf(l->b->arena, "less than %.15g", needed.low);
    const char *more = arena_printf(l->b->arena, "more than %.15g", needed.high);
    return below && above ? arena_printf(l->b->arena, "%s or %s", less, more) : below ? less : more;
}

/* poisson(lambda) has a sister poisson_log(eta) that takes any number. */
static const char *sister(const lint *l, const char *family, range needed)
{
    const char *name =
        arena_printf(l->b->arena, "%s_%s", family, needed.high == 1 ? "logit" : "log");
    name = intern_str(l->m->context->names, name);
    return library_find(l->m, name, true) ? name : NULL;
}

static bool within(range r, range bounds) { return r.low >= bounds.low && r.high <= bounds.high; }

/* A column of any sign that `n` reads, or NULL. */
static const char *wild_column(const lint *l, node n)
{
    const uint8_t *seen = reached(l, n);
    for (node i = 1; i < l->g->nodes.count; i++)
        if (seen[i] && dag_at(l->g, i)->op == OP_COLUMN && l->ranges[i].low < 0)
            return l->m->columns.data[dag_at(l->g, i)->x].name;
    return NULL;
}

static void hint_range(lint *l, diag *d, const build_argument *a, range needed)
{
    const char *other = sister(l, a->call->name, needed);
    if (a->value.param >= 0)
        diag_add_hint(l->diags, d, "declare it so: param %s : %s",
                      l->m->params.data[a->value.param].name, type_for(l, needed));
    else if (within(l->tame[a->value.n], needed) && wild_column(l, a->value.n))
        diag_add_hint(l->diags, d, "if `%s` is never negative, declare that: data %s : positive",
                      wild_column(l, a->value.n), wild_column(l, a->value.n));
    else if (other)
        diag_add_hint(l->diags, d, "%s takes the linear predictor itself", other);
    else
        diag_add_hint(l->diags, d,
                      needed.high == 1 ? "inv_logit(...) of it is always between 0 and 1"
                                       : "exp(...) of it is always positive; or declare the "
                                         "parameters in it positive");
}

static void argument_range(lint *l)
{
    for (uint32_t i = 0; i < l->b->arguments.count; i++) {
        const build_argument *a = &l->b->arguments.data[i];
        range needed = {a->type.lower, a->type.upper};
        bool single = a->type.type != MLEC_TYPE_SIMPLEX && a->type.type != MLEC_TYPE_ORDERED;
        if (!single || a->value.kind != VALUE_NUMBER || !has_param(l, a->value.n) ||
            within(l->ranges[a->value.n], needed) || is_repeated(l, i))
            continue;
        diag *d = diag_report(l->diags, DIAG_ARGUMENT_RANGE, a->written->at,
                              "`%s` of %s must be %s, and this can be %s", a->formal->name,
                              a->call->name, needed_words(l, needed, a->type.type),
                              excess_words(l, l->ranges[a->value.n], needed));
        hint_range(l, d, a, needed);
    }
}

static bool reads_column(const lint *l, node n, uint32_t column, uint8_t *seen);

static bool formula_reads(const lint *l, uint32_t id, uint32_t column, uint8_t *seen)
{
    for (uint32_t i = 0; i < l->m->formulas.data[id].variables.count; i++) {
        const build_formula_variable *v = &l->b->formulas[id].variables[i];
        if (!v->count && v->column == column)
            return true;
        for (uint32_t k = 0; k < v->count; k++)
            if (reads_column(l, v->nodes[k], column, seen))
                return true;
    }
    return false;
}

/* The past of a column, and what all its rows have in common, may predict it. */
static bool reads_column(const lint *l, node n, uint32_t column, uint8_t *seen)
{
    const dag_node *d = dag_at(l->g, n);
    if (seen[n] || d->op == OP_LAG || d->op == OP_SUM || d->op == OP_GROUP_SUM ||
        d->op == OP_MINIMUM || d->op == OP_MAXIMUM)
        return false;
    seen[n] = 1;
    if (d->op == OP_COLUMN && d->x == column)
        return true;
    if (d->op == OP_DOT) {
        const dag_dot *dot = &l->g->dots.data[d->x];
        for (uint32_t i = 0; i < dot->count; i++)
            if (reads_column(l, dot->columns[i], column, seen))
                return true;
    }
    if (d->op == OP_DESIGN && formula_reads(l, l->g->designs.data[d->x].formula, column, seen))
        return true;
    for (uint32_t k = 0; k < op_table[d->op].arity; k++)
        if (reads_column(l, d->arg[k], column, seen))
            return true;
    return false;
}

static void outcome_as_predictor(lint *l)
{
    for (uint32_t i = 0; i < l->b->arguments.count; i++) {
        const build_argument *a = &l->b->arguments.data[i];
        const build_term *t = likelihood_of(l, a);
        const dag_node *outcome = t && t->variate ? dag_at(l->g, t->variate) : NULL;
        if (!outcome || outcome->op != OP_COLUMN || a->value.kind != VALUE_NUMBER ||
            is_repeated(l, i))
            continue;
        uint8_t *seen = ARENA_ARRAY(l->b->arena, uint8_t, l->g->nodes.count);
        if (!reads_column(l, a->value.n, outcome->x, seen))
            continue;
        diag *d = diag_report(l->diags, DIAG_OUTCOME_AS_PREDICTOR, a->written->at,
                              "`%s` predicts itself: it stands on both sides of `~`",
                              l->m->columns.data[outcome->x].name);
        diag_add_hint(l->diags, d, "its past is lag(%s, 1)", l->m->columns.data[outcome->x].name);
    }
}

/* ---- Linear predictors ------------------------------------------------------------------------
 */

typedef struct {
    bool slope, intercept, other;
} linear_form;

static void read_form(const lint *l, node n, linear_form *f)
{
    const dag_node *d = dag_at(l->g, n);
    if (!has_param(l, n)) { /* an offset; a constant one is an intercept that is known */
        f->intercept |= d->axis == AXIS_ONE && !(d->op == OP_CONST && d->value == 0);
        return;
    }
    switch ((op_id)d->op) {
    case OP_ADD:
    case OP_SUB:
        read_form(l, d->arg[0], f);
        read_form(l, d->arg[1], f);
        break;
    case OP_NEG: read_form(l, d->arg[0], f); break;
    case OP_UNKNOWN: f->intercept = true; break;
    case OP_DOT: f->slope = true; break;
    case OP_DESIGN: f->other = true; break; /* its intercept is there unless taken away by hand */
    case OP_MUL:
    case OP_DIV: {
        node p = d->arg[has_param(l, d->arg[0]) ? 0 : 1], x = d->arg[p == d->arg[0]];
        bool numbers = dag_at(l->g, x)->op == OP_COLUMN;
        if (dag_at(l->g, x)->op == OP_CONST)
            read_form(l, p, f);
        else if (param_of(l, p) >= 0 && numbers)
            f->slope = true;
        else
            f->other = true;
        break;
    }
    default: f->other = true;
    }
}

/* Cutpoints are intercepts. */
static bool has_cutpoints(const lint *l, const expr *call)
{
    for (uint32_t i = 0; i < l->b->arguments.count; i++)
        if (l->b->arguments.data[i].call == call &&
            l->b->arguments.data[i].type.type == MLEC_TYPE_ORDERED)
            return true;
    return false;
}

static void no_intercept(lint *l)
{
    for (uint32_t i = 0; i < l->b->arguments.count; i++) {
        const build_argument *a = &l->b->arguments.data[i];
        linear_form f = {0};
        if (a->value.kind != VALUE_NUMBER || a->type.lower != -INFINITY ||
            a->type.upper != INFINITY || !has_param(l, a->value.n) || !likelihood_of(l, a) ||
            has_cutpoints(l, a->call) || is_repeated(l, i))
            continue;
        read_form(l, a->value.n, &f);
        if (!f.slope || f.intercept || f.other)
            continue;
        diag *d = diag_report(l->diags, DIAG_NO_INTERCEPT, a->written->at,
                              "this linear predictor has no intercept: it is 0 where the columns "
                              "are 0");
        diag_add_hint(l->diags, d, "add one: param a : real, and a + ...");
    }
}

/* ---- All ------------------------------------------------------------------------------------- */

static void (*const rules[])(lint *l) = {
    prior_only,   constant_likelihood,  prior_cliff,   argument_range,
    no_intercept, outcome_as_predictor, prior_outside, /* makes nodes: last */
};

void lint_model(build *b)
{
    lint l = {b, &b->g, b->m, b->diags, range_nodes(b, false), range_nodes(b, true)};
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++)
        rules[i](&l);
}
