/* Names, operators, vectors, indices. */
#include "compiler/fold/build_internal.h"

#include <math.h>
#include <string.h>

value value_error(void) { return (value){.kind = VALUE_ERROR, .param = -1}; }

value value_number(build *b, node n, bool varies)
{
    (void)b;
    return (value){.kind = VALUE_NUMBER, .n = n, .varies = varies, .param = -1};
}

static value value_vector(build *b, uint32_t count)
{
    return (value){.kind = VALUE_VECTOR,
                   .items = ARENA_ARRAY(b->arena, node, count),
                   .count = count,
                   .param = -1};
}

static uint16_t dim_axis(build *b, const model_dim *d)
{
    mlec_axis a = {.kind = MLEC_AXIS_INDEX, .size = d->size};
    if (d->kind == DIM_LEVELS)
        a = (mlec_axis){.kind = MLEC_AXIS_FACTOR, .column = d->column};
    if (d->kind == DIM_CONTRASTS)
        a = (mlec_axis){.kind = MLEC_AXIS_CONTRASTS, .column = d->column};
    if (d->kind == DIM_TERMS)
        a = (mlec_axis){.kind = MLEC_AXIS_TERMS, .column = d->formula};
    return dag_axis(&b->g, a);
}

uint16_t build_param_axis(build *b, const model_param *p)
{
    if (p->n_dims == 0)
        return AXIS_ONE;
    uint16_t first = dim_axis(b, &p->dims[0]);
    if (p->n_dims == 1)
        return first;
    uint16_t second = dim_axis(b, &p->dims[1]);
    return dag_axis(&b->g, (mlec_axis){.kind = MLEC_AXIS_PRODUCT, .outer = first, .inner = second});
}

static value param_value(build *b, uint32_t i)
{
    model_param *p = &b->m->params.data[i];
    p->mentioned = true;
    dag_reference r = {.param = i, .scalar = p->n_dims == 0};
    if (p->n_dims > 1)
        r.index[0].kind = MLEC_INDEX_SAME;
    if (p->n_dims > 0)
        r.index[1].kind = MLEC_INDEX_SAME;
    node n = fold_leaf(&b->g, OP_UNKNOWN, dag_refer(&b->g, r), 0, build_param_axis(b, p),
                       NODE_PARAM | fold_known(p->lower, p->upper));
    value v = value_number(b, n, false);
    v.param = i;
    return v;
}

node build_column(build *b, uint32_t i)
{
    const model_column *c = &b->m->columns.data[i];
    uint8_t flags = NODE_DATA;
    if (c->declared)
        flags |= fold_known(c->lower, c->upper);
    if (c->declared && (c->lower > 0 || c->type == MLEC_TYPE_POSITIVE))
        flags |= NODE_POSITIVE;
    if (c->declared &&
        (c->type == MLEC_TYPE_INT || c->type == MLEC_TYPE_COUNT || c->type == MLEC_TYPE_BINARY))
        flags |= NODE_WHOLE;
    return fold_leaf(&b->g, OP_COLUMN, i, 0, AXIS_ROW, flags);
}

static value column_value(build *b, uint32_t i)
{
    b->m->columns.data[i].mentioned = true;
    value v = value_number(b, build_column(b, i), true);
    v.column = i + 1;
    return v;
}

static value const_value(build *b, model_const *c, span at)
{
    if (c->overridden)
        return value_number(b, fold_const(&b->g, c->setting), false);
    expr *definition = c->value;
    if (!definition) {
        diag_report(b->diags, DIAG_CYCLE, at, "the constant `%s` refers to itself", c->name);
        return value_error();
    }
    c->value = NULL;
    value v = build_expr(b, NULL, definition);
    c->value = definition;
    double x;
    if (v.kind == VALUE_NUMBER && !fold_is_const(&b->g, v.n, &x)) {
        diag_report(b->diags, DIAG_NOT_CONSTANT, definition->at,
                    "`const %s` must be a constant: no columns, no parameters", c->name);
        return value_error();
    }
    return v;
}

/* Marks what `n` reads, through the bodies of the states as well. */
static void mark_through(build *b, node n, uint8_t *seen)
{
    dag_mark(&b->g, &n, 1, seen);
    for (bool more = true; more;) {
        more = false;
        for (node i = 1; i < b->g.nodes.count; i++) {
            const dag_node *d = dag_at(&b->g, i);
            if (!seen[i] || (d->op != OP_LAGGED && d->op != OP_SCAN))
                continue;
            node body = b->g.states.data[d->x].body;
            if (body && !seen[body]) {
                dag_mark(&b->g, &body, 1, seen);
                more = true;
            }
        }
    }
}

static bool reads_state(build *b, node n, uint32_t number)
{
    uint8_t *seen = ARENA_ARRAY(b->arena, uint8_t, b->g.nodes.count);
    mark_through(b, n, seen);
    for (node i = 1; i < b->g.nodes.count; i++) {
        const dag_node *d = dag_at(&b->g, i);
        if (seen[i] && (d->op == OP_LAGGED || d->op == OP_SCAN) && d->x == number)
            return true;
    }
    return false;
}

/* Whether `n` reads the state in the row at hand, or in all rows: through an aggregate. */
static bool reads_now(build *b, node n, uint32_t number)
{
    uint8_t *seen = ARENA_ARRAY(b->arena, uint8_t, b->g.nodes.count);
    dag_mark(&b->g, &n, 1, seen);
    for (node i = 1; i <= n; i++) {
        const dag_node *d = dag_at(&b->g, i);
        if (seen[i] && d->op == OP_LAGGED && d->x == number && d->y == 0)
            return true;
    }
    mark_through(b, n, seen);
    for (node i = 1; i < b->g.nodes.count; i++) {
        const dag_node *d = dag_at(&b->g, i);
        if (seen[i] && (d->op == OP_SUM || d->op == OP_GROUP_SUM) && d->flags & NODE_STATE &&
            reads_state(b, d->arg[0], number))
            return true;
    }
    return false;
}

/* The value of a definition, and the rows for which it has none. */
static value build_definition(build *b, const model_let *l, uint32_t *skip)
{
    uint32_t outside = b->skip;
    b->skip = 0;
    value v = build_expr(b, NULL, l->statement->items[0].value);
    *skip = b->skip;
    b->skip = outside;
    return v;
}

/* A definition that refers to its past, and in whose first rows a lag has no value: its past begins
 * after these, which is known only now. It is built again, and so are the definitions that it met.
 */
static value build_again(build *b, const model_let *l, let_state *s, const bool *before)
{
    for (uint32_t i = 0; i < b->m->lets.count; i++)
        if (b->lets[i].done && !before[i])
            b->lets[i].done = false;
    return build_definition(b, l, &s->skip);
}

static node state_value(build *b, uint32_t number)
{
    return fold_leaf(&b->g, OP_SCAN, number, 0, AXIS_ROW, NODE_DATA | NODE_PARAM | NODE_STATE);
}

/* A definition is built once. While it is being built it may be met again: inside lag() that is
 * its own past (or, in a ring of definitions, its value in the row that the lag then moves back),
 * elsewhere a circle. */
static value let_value(build *b, uint32_t i, span at)
{
    let_state *s = &b->lets[i];
    model_let *l = &b->m->lets.data[i];
    if (s->done && !(s->recursive && s->building)) {
        b->skip = s->skip > b->skip ? s->skip : b->skip;
        return s->result;
    }
    if (s->building) {
        if (!b->in_lag) {
            diag *d = diag_report(b->diags, DIAG_CYCLE, at, "`%s` is defined by itself", l->name);
            diag_add_hint(b->diags, d, "its own past is lag(%s, 1, start)", l->name);
            return value_error();
        }
        if (!s->recursive) {
            s->recursive = true;
            s->state = b->g.states.count;
            VEC_PUSH(b->arena, b->g.states, (dag_state){.name = l->name});
        }
        b->skip = s->skip > b->skip ? s->skip : b->skip;
        return value_number(
            b,
            fold_leaf(&b->g, OP_LAGGED, s->state, 0, AXIS_ROW, NODE_DATA | NODE_PARAM | NODE_STATE),
            true);
    }
    bool *before = ARENA_ARRAY(b->arena, bool, b->m->lets.count + 1);
    for (uint32_t k = 0; k < b->m->lets.count; k++)
        before[k] = b->lets[k].done;
    uint32_t assumed = s->skip, found;
    s->building = true;
    value v = build_definition(b, l, &found);
    s->skip = found;
    if (s->recursive && found != assumed)
        v = build_again(b, l, s, before);
    s->building = false;
    b->skip = s->skip > b->skip ? s->skip : b->skip;
    if (s->recursive && v.kind == VALUE_NUMBER) {
        node body = v.n;
        if (s->skip) /* clean where it has no value: nothing reads it there */
            body = fold_select(&b->g, build_first_rows(b, s->skip), fold_const(&b->g, 0), body);
        if (reads_now(b, body, s->state)) {
            diag_report(b->diags, DIAG_CYCLE, l->at,
                        "`%s` depends on itself in the same row, or in all rows through an "
                        "aggregate",
                        l->name);
            body = fold_const(&b->g, 0);
        }
        b->g.states.data[s->state].body = body;
        v = value_number(b, state_value(b, s->state), true);
    }
    v.param = -1;
    s->result = v;
    s->done = true;
    return v;
}

static bool is_infinity(const char *name) { return !strcmp(name, "inf") || !strcmp(name, "Inf"); }

value build_reference(build *b, const scope *s, expr *e)
{
    if (s)
        for (uint32_t i = 0; i < s->count; i++)
            if (s->names[i] == e->name)
                return s->values[i];
    if (!strcmp(e->name, "pi"))
        return value_number(b, fold_const(&b->g, 3.14159265358979323846), false);
    if (is_infinity(e->name))
        return value_number(b, fold_const(&b->g, INFINITY), false);
    uint32_t i;
    name_kind kind = model_find(b->m, e->name, &i);
    if (kind == NAME_CONST)
        return const_value(b, &b->m->consts.data[i], e->at);
    if (s && s->closed) {
        diag *d =
            diag_report(b->diags, DIAG_UNKNOWN_NAME, e->at,
                        "`%s` is no argument here; a fn or dist sees its arguments alone", e->name);
        diag_add_note(b->diags, d, s->call, "called here");
        return value_error();
    }
    switch (kind) {
    case NAME_PARAM: return param_value(b, i);
    case NAME_LET: return let_value(b, i, e->at);
    case NAME_FORMULA: return build_formula_value(b, i);
    case NAME_COLUMN_VECTOR: {
        model_column_vector *c = &b->m->column_vectors.data[i];
        value v = value_vector(b, c->count);
        for (uint32_t k = 0; k < c->count; k++)
            v.items[k] = column_value(b, c->first + k).n;
        v.varies = true;
        return v;
    }
    default: return column_value(b, model_column_of(b->m, e->name, e->at));
    }
}

static bool is_short_axis(const build *b, node n)
{
    uint16_t axis = dag_at(&b->g, n)->axis;
    return axis != AXIS_ONE && axis != AXIS_ROW;
}

/* Reports why a value is no number: a text, or a column declared as a factor. */
static bool is_number(build *b, const value *v, span at)
{
    if (v->kind == VALUE_ERROR)
        return false;
    if (v->kind == VALUE_TEXT) {
        diag *d = diag_report(b->diags, DIAG_TYPE_MISMATCH, at, "a text is no number here");
        diag_add_hint(b->diags, d, "compare a factor with its text: type == \"%s\"", v->text);
        return false;
    }
    if (v->kind == VALUE_LEVELS) {
        const model_formula *f = &b->m->formulas.data[v->formula];
        const char *by = b->m->columns.data[f->by].name;
        diag *d = diag_report(b->diags, DIAG_SHAPE_MISMATCH, at,
                              "`%s` has one predictor for each level of `%s`", f->name, by);
        diag_add_hint(b->diags, d, "write %s ~ categorical_logit(%s), or index it: %s[%s]", by,
                      f->name, f->name, by);
        return false;
    }
    if (v->column && b->m->columns.data[v->column - 1].type == MLEC_TYPE_FACTOR) {
        const char *name = b->m->columns.data[v->column - 1].name;
        diag *d =
            diag_report(b->diags, DIAG_TYPE_MISMATCH, at, "`%s` is a factor, not a number", name);
        diag_add_hint(b->diags, d,
                      "index a parameter by it (b[%s]) or compare it with a level (%s == \"a\")",
                      name, name);
        return false;
    }
    return true;
}

static const char *axis_words(build *b, uint16_t axis)
{
    const mlec_axis *a = &b->g.axes.data[axis];
    switch (a->kind) {
    case MLEC_AXIS_ROW: return "one value for each row";
    case MLEC_AXIS_FACTOR:
        return arena_printf(b->arena, "one value for each level of `%s`",
                            b->m->columns.data[a->column].name);
    case MLEC_AXIS_INDEX: return arena_printf(b->arena, "%u elements", a->size);
    case MLEC_AXIS_TERMS:
        return arena_printf(b->arena, "one value for each coefficient of `%s`",
                            b->m->formulas.data[a->column].name);
    case MLEC_AXIS_PRODUCT: return "one value for each pair of indices";
    default: return "one value";
    }
}

/* Two axes that elementwise arithmetic may combine. */
static bool axes_agree(build *b, uint16_t p, uint16_t q, span at)
{
    if (p == q || p == AXIS_ONE || q == AXIS_ONE)
        return true;
    const mlec_axis *a = &b->g.axes.data[p], *c = &b->g.axes.data[q];
    if (a->kind == MLEC_AXIS_PRODUCT && (a->outer == q || a->inner == q))
        return true;
    if (c->kind == MLEC_AXIS_PRODUCT && (c->outer == p || c->inner == p))
        return true;
    diag *d =
        diag_report(b->diags, DIAG_SHAPE_MISMATCH, at, "the shapes do not match: %s here, %s there",
                    axis_words(b, p), axis_words(b, q));
    uint16_t shorter = p == AXIS_ROW ? q : p;
    const mlec_axis *s = &b->g.axes.data[shorter];
    if ((p == AXIS_ROW || q == AXIS_ROW) && s->kind == MLEC_AXIS_FACTOR)
        diag_add_hint(b->diags, d, "index it by the factor: b[%s]",
                      b->m->columns.data[s->column].name);
    return false;
}

value build_lift(build *b, op_id op, value *args, uint32_t n, span at)
{
    uint32_t count = 0;
    bool varies = false;
    for (uint32_t i = 0; i < n; i++) {
        if (!is_number(b, &args[i], at))
            return value_error();
        varies |= args[i].varies;
        if (args[i].kind != VALUE_VECTOR)
            continue;
        if (count && count != args[i].count) {
            diag_report(b->diags, DIAG_SHAPE_MISMATCH, at,
                        "the shapes do not match: %u elements here, %u there", count,
                        args[i].count);
            return value_error();
        }
        count = args[i].count;
    }
    node nodes[3] = {0, 0, 0};
    if (!count) {
        uint16_t axis = AXIS_ONE;
        for (uint32_t i = 0; i < n; i++) {
            nodes[i] = args[i].n;
            uint16_t own = dag_at(&b->g, nodes[i])->axis;
            if (!axes_agree(b, axis, own, at))
                return value_error();
            if (axis == AXIS_ONE)
                axis = own;
        }
        node r = fold_operator(&b->g, op, nodes);
        return value_number(b, r, varies);
    }
    value v = value_vector(b, count);
    v.varies = varies;
    for (uint32_t k = 0; k < count; k++) {
        for (uint32_t i = 0; i < n; i++) {
            if (args[i].kind == VALUE_VECTOR)
                nodes[i] = args[i].items[k];
            else if (is_short_axis(b, args[i].n))
                nodes[i] = build_element(b, args[i].n, k);
            else
                nodes[i] = args[i].n;
        }
        v.items[k] = fold_operator(&b->g, op, nodes);
    }
    return v;
}

node build_number(build *b, const scope *s, expr *e, value *full)
{
    value v = build_expr(b, s, e);
    if (full)
        *full = v;
    if (!is_number(b, &v, e->at))
        return 0;
    if (v.kind == VALUE_VECTOR) {
        diag_report(b->diags, DIAG_SHAPE_MISMATCH, e->at,
                    "a single number is needed here, not a vector of %u", v.count);
        return 0;
    }
    return v.n;
}

/* factor == "level": 1 where the column has the level. */
static value compare_text(build *b, const value *factor, const value *text, bool equal, span at)
{
    if (!factor->column) {
        diag_report(b->diags, DIAG_TYPE_MISMATCH, at, "only a column compares with a text");
        return value_error();
    }
    model_column *c = &b->m->columns.data[factor->column - 1];
    if (c->declared && c->type != MLEC_TYPE_FACTOR) {
        diag *d = diag_report(b->diags, DIAG_TYPE_MISMATCH, at,
                              "`%s` is declared %s; only a factor compares with a text", c->name,
                              c->type_text);
        diag_add_hint(b->diags, d, "declare it: data %s : factor", c->name);
        return value_error();
    }
    node n = fold_leaf(&b->g, OP_INDICATOR, factor->column - 1, dag_text(&b->g, text->text),
                       AXIS_ROW, NODE_DATA);
    return value_number(b, equal ? n : fold_1(&b->g, OP_NOT, n), true);
}

static value build_comparison(build *b, expr *e, value *args)
{
    bool equality = e->op == OPERATOR_EQ || e->op == OPERATOR_NE;
    for (int k = 0; k < 2; k++)
        if (equality && args[k].kind == VALUE_TEXT && args[1 - k].kind == VALUE_NUMBER)
            return compare_text(b, &args[1 - k], &args[k], e->op == OPERATOR_EQ, e->at);
    bool swap = e->op == OPERATOR_GT || e->op == OPERATOR_GE;
    if (swap) {
        value t = args[0];
        args[0] = args[1];
        args[1] = t;
    }
    op_id op = e->op == OPERATOR_LT || e->op == OPERATOR_GT   ? OP_LT
               : e->op == OPERATOR_LE || e->op == OPERATOR_GE ? OP_LE
                                                              : OP_EQ;
    value v = build_lift(b, op, args, 2, e->at);
    if (e->op == OPERATOR_NE && v.kind != VALUE_ERROR)
        v = build_lift(b, OP_NOT, &v, 1, e->at);
    return v;
}

static value build_operator(build *b, const scope *s, expr *e)
{
    value args[2] = {build_expr(b, s, e->args[0].value), value_error()};
    if (e->kind == EXPR_UNARY) {
        if (e->op == OPERATOR_POS)
            return args[0];
        return build_lift(b, e->op == OPERATOR_NOT ? OP_NOT : OP_NEG, args, 1, e->at);
    }
    args[1] = build_expr(b, s, e->args[1].value);
    if (args[0].kind == VALUE_ERROR || args[1].kind == VALUE_ERROR)
        return value_error();
    bool comparison = operator_precedence(e->op) == operator_precedence(OPERATOR_EQ);
    for (int k = 0; k < 2 && !comparison; k++)
        if (!is_number(b, &args[k], e->args[k].value->at))
            return value_error();
    switch (e->op) {
    case OPERATOR_ADD: return build_lift(b, OP_ADD, args, 2, e->at);
    case OPERATOR_SUB: return build_lift(b, OP_SUB, args, 2, e->at);
    case OPERATOR_MUL: return build_lift(b, OP_MUL, args, 2, e->at);
    case OPERATOR_DIV: return build_lift(b, OP_DIV, args, 2, e->at);
    case OPERATOR_POW: return build_lift(b, OP_POW, args, 2, e->at);
    case OPERATOR_AND: return build_lift(b, OP_AND, args, 2, e->at);
    case OPERATOR_OR: return build_lift(b, OP_OR, args, 2, e->at);
    default: return build_comparison(b, e, args);
    }
}

static value build_list(build *b, const scope *s, expr *e)
{
    value v = value_vector(b, e->n_args);
    bool ok = true;
    for (uint32_t i = 0; i < e->n_args; i++) {
        value element;
        v.items[i] = build_number(b, s, e->args[i].value, &element);
        if (v.items[i] && is_short_axis(b, v.items[i])) {
            diag_report(b->diags, DIAG_SHAPE_MISMATCH, e->args[i].value->at,
                        "an element of a vector must be a single number, this has %s",
                        axis_words(b, dag_at(&b->g, v.items[i])->axis));
            v.items[i] = 0;
        }
        v.varies |= element.varies;
        ok &= v.items[i] != 0;
    }
    return ok ? v : value_error();
}

value build_expr(build *b, const scope *s, expr *e)
{
    switch (e->kind) {
    case EXPR_NUMBER: return value_number(b, fold_const(&b->g, e->value), false);
    case EXPR_STRING: return (value){.kind = VALUE_TEXT, .text = e->name, .param = -1};
    case EXPR_NAME: return build_reference(b, s, e);
    case EXPR_CALL: return build_call(b, s, e);
    case EXPR_INDEX: return build_index(b, s, e);
    case EXPR_VECTOR: return build_list(b, s, e);
    default: return build_operator(b, s, e);
    }
}
