/* Calls: forms of the language, aggregates, functions of the library. */
#include "compiler/fold/build_internal.h"

#include <math.h>
#include <string.h>

typedef value (*call_handler)(build *b, const scope *s, expr *e);

static bool plain_arguments(build *b, const expr *e, uint32_t least, uint32_t most)
{
    for (uint32_t i = 0; i < e->n_args; i++)
        if (e->args[i].name) {
            diag_report(b->diags, DIAG_ARGUMENT_NAME, e->args[i].name_span,
                        "`%s` has no named arguments", e->name);
            return false;
        }
    if (e->n_args >= least && e->n_args <= most)
        return true;
    if (least == most)
        diag_report(b->diags, DIAG_ARGUMENT_COUNT, e->at, "`%s` takes %u argument%s, not %u",
                    e->name, least, least == 1 ? "" : "s", e->n_args);
    else
        diag_report(b->diags, DIAG_ARGUMENT_COUNT, e->at,
                    e->n_args < least ? "`%s` takes at least %u argument%s, not %u"
                                      : "`%s` takes at most %u argument%s, not %u",
                    e->name, e->n_args < least ? least : most,
                    (e->n_args < least ? least : most) == 1 ? "" : "s", e->n_args);
    return false;
}

static value call_ifelse(build *b, const scope *s, expr *e)
{
    value v[3];
    for (int k = 0; k < 3; k++)
        if ((v[k] = build_expr(b, s, e->args[k].value)).kind == VALUE_ERROR)
            return v[k];
    return build_lift(b, OP_SELECT, v, 3, e->at);
}

static value call_step(build *b, const scope *s, expr *e)
{
    static const struct {
        const char *name;
        op_id op;
    } table[] = {{"floor", OP_FLOOR}, {"ceil", OP_CEIL}, {"round", OP_ROUND},
                 {"sign", OP_SIGN},   {"abs", OP_ABS},   {"sqrt", OP_SQRT}};
    value v = build_expr(b, s, e->args[0].value);
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (!strcmp(table[i].name, e->name))
            return v.kind == VALUE_ERROR ? v : build_lift(b, table[i].op, &v, 1, e->at);
    return value_error();
}

static value call_pow(build *b, const scope *s, expr *e)
{
    value v[2] = {build_expr(b, s, e->args[0].value), build_expr(b, s, e->args[1].value)};
    if (v[0].kind == VALUE_ERROR || v[1].kind == VALUE_ERROR)
        return value_error();
    return build_lift(b, OP_POW, v, 2, e->at);
}

static value call_row(build *b, const scope *s, expr *e)
{
    (void)s;
    (void)e;
    return value_number(b, fold_leaf(&b->g, OP_ROW, 0, 0, AXIS_ROW, NODE_DATA), true);
}

static node total_weight(build *b)
{
    if (!b->weight)
        return fold_leaf(&b->g, OP_COUNT, 0, 0, AXIS_ONE, NODE_DATA);
    return fold_axis(&b->g, OP_SUM, b->weight, 0, 0, AXIS_ONE);
}

static value call_nrow(build *b, const scope *s, expr *e)
{
    (void)s;
    (void)e;
    return value_number(b, total_weight(b), false);
}

/* The number of rows that a lag looks back, or 0 after a report. */
static uint32_t lag_steps(build *b, const scope *s, expr *e)
{
    value steps = build_expr(b, s, e);
    double k;
    if (steps.kind == VALUE_ERROR)
        return 0;
    if (steps.kind != VALUE_NUMBER || !fold_is_const(&b->g, steps.n, &k) || k > 1e6 ||
        k != floor(k)) {
        diag_report(b->diags, DIAG_NOT_CONSTANT, e->at,
                    "the second argument of lag is a constant number of rows, 1 or more");
        return 0;
    }
    if (k >= 1)
        return (uint32_t)k;
    diag *d = diag_report(b->diags, DIAG_OUTSIDE_SUPPORT, e->at,
                          k == 0 ? "lag looks back: 0 rows earlier is the row itself"
                                 : "lag looks back: a row cannot depend on a later one");
    diag_add_hint(
        b->diags, d,
        k == 0 ? "leave lag out" : "say what the later row takes from this one: lag(e, %g)", -k);
    return 0;
}

/* The past is `before` in the rows where there is none: the first k, and as many again as the
 * expression itself has no value in. Without `before` these rows have no value. */
static value call_lag(build *b, const scope *s, expr *e)
{
    uint32_t k = lag_steps(b, s, e->args[1].value), outside = b->skip;
    if (!k)
        return value_error();
    bool in_lag = b->in_lag;
    b->in_lag = true;
    b->skip = 0;
    node past = build_number(b, s, e->args[0].value, NULL);
    uint32_t without = k + b->skip;
    b->in_lag = in_lag;
    b->skip = outside;
    bool open = e->n_args < 3;
    node start = open ? fold_const(&b->g, 0) : build_number(b, s, e->args[2].value, NULL);
    if (!past || !start)
        return value_error();
    uint16_t axis = dag_at(&b->g, past)->axis;
    if (axis != AXIS_ONE && axis != AXIS_ROW) {
        diag_report(b->diags, DIAG_SHAPE_MISMATCH, e->args[0].value->at,
                    "a vector has no past; index it: lag(b[site], %u, 0)", k);
        return value_error();
    }
    if (open && dag_at(&b->g, past)->flags & NODE_STATE) {
        diag *d = diag_report(b->diags, DIAG_LAG_START, e->at,
                              "the past of a definition that refers to itself needs a value before "
                              "the first row, or no row has one");
        diag_add_hint(b->diags, d, "give it as the third argument: lag(e, %u, 0)", k);
        return value_error();
    }
    node shifted = build_lag(b, past, k);
    if (!shifted) {
        diag_report(b->diags, DIAG_LATER, e->args[0].value->at,
                    "this version cannot take the past of this expression");
        return value_error();
    }
    if (open) {
        b->skip = without > outside ? without : outside;
        return value_number(b, shifted, true);
    }
    return value_number(b, fold_select(&b->g, build_first_rows(b, without), start, shifted), true);
}

static value call_dot(build *b, const scope *s, expr *e)
{
    value v[2] = {build_expr(b, s, e->args[0].value), build_expr(b, s, e->args[1].value)};
    if (v[0].kind == VALUE_ERROR || v[1].kind == VALUE_ERROR)
        return value_error();
    for (int k = 0; k < 2;
         k++) { /* columns against a parameter: one predictor, whatever its size */
        value *x = &v[k], *p = &v[1 - k];
        if (x->kind != VALUE_VECTOR || p->param < 0 || p->kind != VALUE_NUMBER)
            continue;
        const model_param *param = &b->m->params.data[p->param];
        if (param->n_dims != 1 || param->dims[0].kind != DIM_SIZE ||
            param->dims[0].size != x->count)
            continue;
        bool data = true;
        for (uint32_t i = 0; i < x->count; i++)
            data &= !(dag_at(&b->g, x->items[i])->flags & NODE_PARAM);
        if (!data)
            continue;
        VEC_PUSH(b->arena, b->g.dots, (dag_dot){(uint32_t)p->param, x->items, x->count});
        node n = fold_leaf(&b->g, OP_DOT, b->g.dots.count - 1, 0, AXIS_ROW, NODE_DATA | NODE_PARAM);
        return value_number(b, n, true);
    }
    value product = build_lift(b, OP_MUL, v, 2, e->at);
    if (product.kind == VALUE_ERROR)
        return product;
    if (product.kind != VALUE_VECTOR) {
        uint16_t axis = dag_at(&b->g, product.n)->axis;
        if (axis == AXIS_ONE || axis == AXIS_ROW) {
            diag_report(b->diags, DIAG_SHAPE_MISMATCH, e->at, "`dot` takes two vectors");
            return value_error();
        }
        return value_number(b, fold_axis(&b->g, OP_SUM, product.n, 0, 0, AXIS_ONE), false);
    }
    node sum = product.items[0];
    for (uint32_t i = 1; i < product.count; i++)
        sum = fold_add(&b->g, sum, product.items[i]);
    return value_number(b, sum, product.varies);
}

/* ---- Aggregates ---------------------------------------------------------------------------- */

typedef enum {
    AGG_SUM,
    AGG_PROD,
    AGG_MEAN,
    AGG_VAR,
    AGG_SD,
    AGG_MIN,
    AGG_MAX,
    AGG_LSE,
    AGG_LAST
} aggregate;

static aggregate aggregate_of(const char *name)
{
    static const char *const names[] = {"sum", "prod", "mean",        "var", "sd",
                                        "min", "max",  "log_sum_exp", "last"};
    int i = 0;
    while (strcmp(names[i], name))
        i++;
    return (aggregate)i;
}

static node choose(dag *g, node a, node b, bool least)
{
    return fold_select(g, least ? fold_2(g, OP_LT, b, a) : fold_2(g, OP_LT, a, b), b, a);
}

static node fold_items(build *b, aggregate what, const node *items, uint32_t n)
{
    dag *g = &b->g;
    if (what == AGG_MEAN)
        return fold_div(g, fold_items(b, AGG_SUM, items, n), fold_const(g, n));
    if (what == AGG_SD)
        return fold_1(g, OP_SQRT, fold_items(b, AGG_VAR, items, n));
    if (what == AGG_VAR) {
        node mean = fold_items(b, AGG_MEAN, items, n), sum = fold_const(g, 0);
        for (uint32_t i = 0; i < n; i++) {
            node r = fold_sub(g, items[i], mean);
            sum = fold_add(g, sum, fold_mul(g, r, r));
        }
        return fold_div(g, sum, fold_const(g, n - 1.0));
    }
    if (what == AGG_LAST)
        return items[n - 1];
    node r = items[0];
    for (uint32_t i = 1; i < n; i++)
        r = what == AGG_SUM    ? fold_add(g, r, items[i])
            : what == AGG_PROD ? fold_mul(g, r, items[i])
            : what == AGG_LSE  ? build_log_add(g, r, items[i])
                               : choose(g, r, items[i], what == AGG_MIN);
    return r;
}

/* Sums of one value for each element of an axis; rows count by their weight. */
typedef struct {
    build *b;
    uint16_t axis;
    int64_t group; /* column, or -1 */
    uint32_t skip; /* first rows of each series, which have no value and do not count */
} reducer;

/* `v`, or `other` in the rows that have no value. */
static node with_value(reducer *r, node v, double other)
{
    if (!r->skip)
        return v;
    return fold_select(&r->b->g, build_first_rows(r->b, r->skip), fold_const(&r->b->g, other), v);
}

/* The sum over all rows, or over those of a group on each of its rows. */
static node sum_rows(reducer *r, node v)
{
    dag *g = &r->b->g;
    if (r->group < 0)
        return fold_axis(g, OP_SUM, v, 0, 0, AXIS_ONE);
    uint32_t column = (uint32_t)r->group;
    uint16_t levels = dag_axis(g, (mlec_axis){.kind = MLEC_AXIS_FACTOR, .column = column});
    node sums = fold_axis(g, OP_GROUP_SUM, v, column, 0, levels);
    return fold_axis(g, OP_GATHER, sums, column, 0, AXIS_ROW);
}

static node reduce_sum(reducer *r, node v)
{
    dag *g = &r->b->g;
    v = with_value(r, v, 0);
    if (r->axis == AXIS_ROW && r->b->weight)
        v = fold_mul(g, v, r->b->weight);
    if (r->group < 0 && dag_at(g, v)->axis == AXIS_ONE) /* it varies as written, not in fact */
        return fold_mul(g, v, fold_leaf(g, OP_COUNT, 0, 0, AXIS_ONE, NODE_DATA));
    return sum_rows(r, v);
}

/* The value in the last row, whatever its weight; 0/0 where that row has none. */
static node reduce_last(reducer *r, node v)
{
    dag *g = &r->b->g;
    node zero = fold_const(g, 0);
    node last = fold_leaf(g, OP_LAST, (uint32_t)(r->group + 1), 0, AXIS_ROW, NODE_DATA);
    node sum = sum_rows(r, fold_select(g, last, with_value(r, v, 0), zero));
    if (!r->skip)
        return sum;
    return fold_div(g, sum, sum_rows(r, with_value(r, last, 0)));
}

static node reduce_count(reducer *r)
{
    dag *g = &r->b->g;
    if (r->group >= 0 || r->skip)
        return reduce_sum(r, fold_const(g, 1));
    if (r->axis == AXIS_ROW)
        return total_weight(r->b);
    return fold_leaf(g, OP_SIZE, r->axis, 0, AXIS_ONE, NODE_DATA);
}

static bool sampling(const build *b) { return b->weight && b->m->weight->flag; }

/* What a variance divides by: the count less 1. Sampling weights count a population; there the
 * share of the rows less 1 does not depend on the weights' unit. */
static node reduce_freedom(reducer *r)
{
    dag *g = &r->b->g;
    node count = reduce_count(r), one = fold_const(g, 1);
    if (r->axis != AXIS_ROW || !sampling(r->b))
        return fold_sub(g, count, one);
    node weight = r->b->weight;
    r->b->weight = 0;
    node rows = reduce_count(r);
    r->b->weight = weight;
    return fold_mul(g, count, fold_div(g, fold_sub(g, rows, one), rows));
}

static node reduce(reducer *r, aggregate what, node v)
{
    dag *g = &r->b->g;
    switch (what) {
    case AGG_SUM: return reduce_sum(r, v);
    case AGG_MEAN: return fold_div(g, reduce_sum(r, v), reduce_count(r));
    case AGG_VAR: {
        node d = fold_sub(g, v, reduce(r, AGG_MEAN, v));
        return fold_div(g, reduce_sum(r, fold_mul(g, d, d)), reduce_freedom(r));
    }
    case AGG_SD: return fold_1(g, OP_SQRT, reduce(r, AGG_VAR, v));
    case AGG_LSE: return fold_1(g, OP_LOG, reduce_sum(r, fold_1(g, OP_EXP, v)));
    case AGG_MIN:
    case AGG_MAX:
        if (r->group < 0 && !(dag_at(g, v)->flags & NODE_PARAM))
            return fold_axis(g, what == AGG_MIN ? OP_MINIMUM : OP_MAXIMUM,
                             with_value(r, v, what == AGG_MIN ? INFINITY : -INFINITY), 0, 0,
                             AXIS_ONE);
        return 0;
    case AGG_LAST:
        if (r->axis == AXIS_ROW)
            return reduce_last(r, v);
        return g->axes.data[r->axis].kind == MLEC_AXIS_INDEX
                   ? build_element(r->b, v, g->axes.data[r->axis].size - 1)
                   : 0;
    default: return 0;
    }
}

static value call_aggregate(build *b, const scope *s, expr *e)
{
    aggregate what = aggregate_of(e->name);
    if (e->n_args > 1) { /* elementwise: min(a, b), log_sum_exp(a, b) */
        if (what != AGG_MIN && what != AGG_MAX && what != AGG_LSE) {
            diag *d = diag_report(b->diags, DIAG_ARGUMENT_COUNT, e->at,
                                  "`%s` takes one argument, not %u", e->name, e->n_args);
            diag_add_hint(b->diags, d, "a list is a vector: %s([a, b])", e->name);
            return value_error();
        }
        node *items = ARENA_ARRAY(b->arena, node, e->n_args);
        bool varies = false;
        for (uint32_t i = 0; i < e->n_args; i++) {
            value v;
            if (!(items[i] = build_number(b, s, e->args[i].value, &v)))
                return value_error();
            varies |= v.varies;
        }
        return value_number(b, fold_items(b, what, items, e->n_args), varies);
    }
    uint32_t skip = b->skip;
    b->skip = 0;
    value v = build_expr(b, s, e->args[0].value);
    uint32_t own_skip = b->skip;
    b->skip = skip;
    if (v.kind == VALUE_ERROR)
        return v;
    if (v.kind == VALUE_LEVELS && !v.softmax && what == AGG_LSE && !e->given)
        return value_number(b, build_formula_log_sum(b, v.formula), true);
    if (v.kind == VALUE_VECTOR && !e->given) {
        b->skip = skip > own_skip ? skip : own_skip;
        return value_number(b, fold_items(b, what, v.items, v.count), v.varies);
    }
    node n = build_lift(b, OP_ADD, (value[]){v, value_number(b, fold_const(&b->g, 0), false)}, 2,
                        e->args[0].value->at)
                 .n;
    if (!n)
        return value_error();
    reducer r = {.b = b, .axis = dag_at(&b->g, n)->axis, .group = -1, .skip = own_skip};
    if (v.varies)
        r.axis = AXIS_ROW;
    if (e->given) {
        value by = build_expr(b, s, e->given);
        if (by.kind == VALUE_ERROR)
            return by;
        if (!by.column) {
            diag_report(b->diags, DIAG_TYPE_MISMATCH, e->given->at, "groups are given by a column");
            return value_error();
        }
        r.group = by.column - 1;
        r.axis = AXIS_ROW;
    }
    if (r.axis == AXIS_ONE)
        return value_number(b, n, false);
    node result = reduce(&r, what, n);
    if (!result) {
        diag_report(b->diags, DIAG_LATER, e->at, "this version has no `%s` over %s", e->name,
                    r.group >= 0 ? "groups" : "these values");
        return value_error();
    }
    return value_number(b, result, r.group >= 0);
}

static value call_softmax(build *b, const scope *s, expr *e)
{
    value v = build_expr(b, s, e->args[0].value);
    if (v.kind == VALUE_ERROR)
        return v;
    if (v.kind == VALUE_LEVELS && !v.softmax) {
        v.softmax = true;
        return v;
    }
    dag *g = &b->g;
    uint16_t axis = v.kind == VALUE_NUMBER ? dag_at(g, v.n)->axis : AXIS_ONE;
    const mlec_axis *a = &g->axes.data[axis];
    if (v.kind == VALUE_NUMBER && a->kind == MLEC_AXIS_INDEX) { /* a parameter with a size */
        value list = {.kind = VALUE_VECTOR, .count = a->size, .varies = v.varies, .param = -1};
        list.items = ARENA_ARRAY(b->arena, node, a->size + 1);
        for (uint32_t k = 0; k < list.count; k++)
            list.items[k] = build_element(b, v.n, k);
        v = list;
    }
    bool levels = v.kind == VALUE_NUMBER && a->kind == MLEC_AXIS_FACTOR;
    if (v.kind != VALUE_VECTOR && !levels) {
        diag_report(b->diags, DIAG_SHAPE_MISMATCH, e->at, "`softmax` takes a vector");
        return value_error();
    }
    reducer r = {.b = b, .axis = axis, .group = -1};
    node sum = levels ? reduce(&r, AGG_LSE, v.n) : fold_items(b, AGG_LSE, v.items, v.count);
    value total = value_number(b, sum, v.varies);
    value log_p = build_lift(b, OP_SUB, (value[]){v, total}, 2, e->at);
    return build_lift(b, OP_EXP, &log_p, 1, e->at);
}

static const struct {
    const char *name;
    uint32_t least, most;
    call_handler handle;
} forms[] = {
    {"ifelse", 3, 3, call_ifelse},
    {"pow", 2, 2, call_pow},
    {"floor", 1, 1, call_step},
    {"ceil", 1, 1, call_step},
    {"round", 1, 1, call_step},
    {"sign", 1, 1, call_step},
    {"abs", 1, 1, call_step},
    {"sqrt", 1, 1, call_step},
    {"row", 0, 0, call_row},
    {"nrow", 0, 0, call_nrow},
    {"lag", 2, 3, call_lag},
    {"dot", 2, 2, call_dot},
    {"sum", 1, 1000, call_aggregate},
    {"prod", 1, 1000, call_aggregate},
    {"mean", 1, 1000, call_aggregate},
    {"var", 1, 1000, call_aggregate},
    {"sd", 1, 1000, call_aggregate},
    {"min", 1, 1000, call_aggregate},
    {"max", 1, 1000, call_aggregate},
    {"log_sum_exp", 1, 1000, call_aggregate},
    {"last", 1, 1000, call_aggregate},
    {"cut_above", 2, 2, build_cut},
    {"cut_below", 2, 2, build_cut},
    {"end_class", 2, 2, build_end_class},
    {"softmax", 1, 1, call_softmax},
    {"coef", 1, 1, build_coefficients},
    {"slopes", 1, 1, build_coefficients},
    {"missing", 1, 1, build_missing},
};
enum { N_FORMS = sizeof forms / sizeof *forms };

/* ---- Functions of the library --------------------------------------------------------------- */

/* What R and others call some functions. */
static const char *name_elsewhere(const char *name)
{
    static const char *const names[][2] = {
        {"ln", "log"},
        {"plogis", "inv_logit"},
        {"expit", "inv_logit"},
        {"sigmoid", "inv_logit"},
        {"invlogit", "inv_logit"},
        {"qlogis", "logit"},
        {"pnorm", "Phi"},
        {"qnorm", "inv_Phi"},
        {"probit", "inv_Phi"},
        {"std", "sd"},
        {"stdev", "sd"},
        {"if_else", "ifelse"},
        {"fabs", "abs"},
        {"gammaln", "lgamma"},
        {"loggamma", "lgamma"},
        {"average", "mean"},
        {"logsumexp", "log_sum_exp"},
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (!strcmp(names[i][0], name))
            return names[i][1];
    return NULL;
}

static value unknown_function(build *b, expr *e)
{
    if (library_find(b->m, e->name, true)) {
        diag *d = diag_report(b->diags, DIAG_DISTRIBUTION_AS_VALUE, e->name_at,
                              "`%s` is a distribution, not a function", e->name);
        diag_add_hint(b->diags, d, "a distribution stands right of `~`");
        return value_error();
    }
    uint32_t n;
    const char **names = library_names(b->m, false, &n);
    const char **all = ARENA_ARRAY(b->arena, const char *, n + N_FORMS);
    for (uint32_t i = 0; i < n; i++)
        all[i] = names[i];
    for (uint32_t i = 0; i < N_FORMS; i++)
        all[n + i] = forms[i].name;
    diag *d = diag_report(b->diags, DIAG_UNKNOWN_FUNCTION, e->name_at, "no function is named `%s`",
                          e->name);
    const char *known = name_elsewhere(e->name);
    const char *near = known ? known : nearest_name(e->name, all, n + N_FORMS);
    if (near)
        diag_add_hint(b->diags, d, "did you mean `%s`?", near);
    else
        diag_add_hint(b->diags, d, "one of your own is written `fn %s(x) = expression`", e->name);
    return value_error();
}

/* The arguments of a call in the order of the formals; false after a report. */
static bool match_arguments(build *b, const scope *s, expr *e, const stmt *f, value *values)
{
    uint32_t n = f->n_formals;
    bool given[64] = {false};
    if (e->n_args != n || n > 64) {
        diag_report(b->diags, DIAG_ARGUMENT_COUNT, e->at, "`%s` takes %u argument%s, not %u",
                    e->name, n, n == 1 ? "" : "s", e->n_args);
        return false;
    }
    bool ok = true;
    for (uint32_t i = 0; i < e->n_args; i++) {
        uint32_t k = i;
        if (e->args[i].name)
            for (k = 0; k < n && f->formals[k].name != e->args[i].name; k++)
                ;
        if (k == n || given[k]) {
            diag_report(b->diags, DIAG_ARGUMENT_NAME, e->args[i].name_span,
                        k == n ? "`%s` has no argument `%s`" : "`%s` gets `%s` twice", e->name,
                        e->args[i].name);
            return false;
        }
        given[k] = true;
        values[k] = build_expr(b, s, e->args[i].value);
        ok &= values[k].kind != VALUE_ERROR;
    }
    return ok;
}

static value call_library(build *b, const scope *s, expr *e, stmt *f)
{
    value *values = ARENA_ARRAY(b->arena, value, f->n_formals + 1);
    if (!match_arguments(b, s, e, f, values))
        return value_error();
    expr **body = function_body(f);
    int op = body ? -1 : op_find_math(e->name);
    if (op >= 0)
        return build_lift(b, (op_id)op, values, f->n_formals, e->at);
    if (!body) { /* a form that stands elsewhere; a fn without value has been reported */
        if (!b->diags->n_errors)
            diag_report(b->diags, DIAG_UNKNOWN_FUNCTION, e->name_at,
                        "`%s` is no function: it stands on the left of `~`", e->name);
        return value_error();
    }
    if (!*body) {
        diag *d = diag_report(b->diags, DIAG_CYCLE, e->at, "`%s` calls itself", e->name);
        diag_add_hint(b->diags, d,
                      "a function is an expression; a recursion along the rows is a "
                      "`let` with lag(...)");
        return value_error();
    }
    const char **names = ARENA_ARRAY(b->arena, const char *, f->n_formals + 1);
    for (uint32_t i = 0; i < f->n_formals; i++)
        names[i] = f->formals[i].name;
    scope inner = {names, values, f->n_formals, true, e->at};
    expr *value_of = *body;
    *body = NULL; /* a function that calls itself ends here */
    value v = build_expr(b, &inner, value_of);
    *body = value_of;
    v.param = -1;
    return v;
}

value build_call(build *b, const scope *s, expr *e)
{
    for (uint32_t i = 0; i < N_FORMS; i++) {
        if (strcmp(forms[i].name, e->name))
            continue;
        if (!plain_arguments(b, e, forms[i].least, forms[i].most))
            return value_error();
        return forms[i].handle(b, s, e);
    }
    if (e->given) {
        diag_report(b->diags, DIAG_SYNTAX, e->given->at,
                    "only aggregates such as sum(x | group) take a group");
        return value_error();
    }
    stmt *f = library_find(b->m, e->name, false);
    return f ? call_library(b, s, e, f) : unknown_function(b, e);
}
