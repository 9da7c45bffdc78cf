/* Columns that may be missing: those named in missing(...), and limits of intervals.
 *
 * Where such a value is missing it may stand only in branches that are not taken. Which branches
 * are taken is known when data are bound, mostly: a sweep from each root downward finds for each
 * column the condition under which it is read, and the rows must fulfil that it then is there. A
 * branch that depends on parameters counts as taken. */
#include "compiler/fold/build_internal.h"

/* The column that a node reads by itself. */
static uint32_t column_read(const dag *g, node n)
{
    const dag_node *d = dag_at(g, n);
    switch ((op_id)d->op) {
    case OP_COLUMN:
    case OP_CODE:
    case OP_INDICATOR:
    case OP_GROUP_SUM:
    case OP_GATHER: return d->x;
    default: return UINT32_MAX;
    }
}

typedef struct {
    build *b;
    node *when; /* of each node below the root: the condition under which it is read, 0: never */
    bool early;
    const stmt *statement;
} sweep;

static void reach(sweep *s, node n, node when)
{
    s->when[n] = s->when[n] ? fold_2(&s->b->g, OP_OR, s->when[n], when) : when;
}

static node holds_and(dag *g, node when, node condition, bool yes)
{
    if (dag_at(g, condition)->flags & NODE_PARAM)
        return when;
    return fold_2(g, OP_AND, when, yes ? condition : fold_1(g, OP_NOT, condition));
}

static void must_be_there(sweep *s, uint32_t column, node when);

static void pass_to_formula(sweep *s, uint32_t number, node when)
{
    const build_formula *f = &s->b->formulas[number];
    for (uint32_t i = 0; i < s->b->m->formulas.data[number].variables.count; i++) {
        const build_formula_variable *v = &f->variables[i];
        if (v->count == 0)
            must_be_there(s, v->column, when);
        for (uint32_t k = 0; k < v->count; k++)
            reach(s, v->nodes[k], when);
    }
}

static void pass_on(sweep *s, node n)
{
    dag *g = &s->b->g;
    dag_node d = *dag_at(g, n);
    node when = s->when[n];
    if (d.op == OP_DOT)
        for (uint32_t k = 0; k < g->dots.data[d.x].count; k++)
            reach(s, g->dots.data[d.x].columns[k], when);
    if (d.op == OP_DESIGN || d.op == OP_LOG_SUM)
        pass_to_formula(s, d.op == OP_DESIGN ? g->designs.data[d.x].formula : d.x, when);
    for (int k = 0; k < op_table[d.op].arity; k++) {
        node at = when;
        if (d.op == OP_SELECT && k > 0)
            at = holds_and(g, when, d.arg[0], k == 1);
        else if ((d.op == OP_AND || d.op == OP_OR) && k == 1)
            at = holds_and(g, when, d.arg[0], d.op == OP_AND);
        else if (op_table[d.op].class == OP_AXIS)
            at = fold_const(g, 1); /* of other rows too */
        reach(s, d.arg[k], at);
    }
}

static void must_be_there(sweep *s, uint32_t column, node when)
{
    build *b = s->b;
    dag *g = &b->g;
    if (!b->m->columns.data[column].optional)
        return;
    node missing = fold_leaf(g, OP_MISSING, column, 0, AXIS_ROW, NODE_DATA);
    node fine = fold_1(g, OP_NOT, fold_2(g, OP_AND, when, missing));
    double constant;
    if (fold_is_const(g, fine, &constant) && constant)
        return;
    VEC_PUSH(b->arena, b->requires,
             (build_require){.kind = MLEC_REQUIRE_PRESENT,
                             .condition = fine,
                             .early = s->early,
                             .column = b->m->columns.data[column].name,
                             .message = "the value is missing where the model uses it",
                             .statement = s->statement});
}

static void check_root(build *b, node root, const stmt *statement, bool early)
{
    dag *g = &b->g;
    if (!root)
        return;
    sweep s = {.b = b,
               .when = ARENA_ARRAY(b->arena, node, root + 1),
               .early = early,
               .statement = statement};
    s.when[root] = fold_const(g, 1);
    for (node n = root; n > 0; n--) {
        if (!s.when[n])
            continue;
        uint32_t column = column_read(g, n);
        if (column != UINT32_MAX)
            must_be_there(&s, column, s.when[n]);
        dag_node d = *dag_at(g, n);
        for (int k = 0; d.op == OP_UNKNOWN && k < 2; k++) {
            mlec_index index = g->references.data[d.x].index[k];
            if (index.kind == MLEC_INDEX_CODE)
                must_be_there(&s, index.value, s.when[n]);
        }
        pass_on(&s, n);
    }
}

void build_check_missing(build *b)
{
    bool any = false;
    for (uint32_t i = 0; i < b->m->columns.count; i++)
        any |= b->m->columns.data[i].optional;
    if (!any)
        return;
    check_root(b, b->where, b->m->where, true);
    check_root(b, b->weight, b->m->weight, true);
    for (uint32_t i = 0; i < b->terms.count; i++)
        check_root(b, b->terms.data[i].root, b->terms.data[i].statement, false);
    for (uint32_t i = 0; i < b->reports.count; i++)
        check_root(b, b->reports.data[i].root, b->reports.data[i].statement, false);
    for (uint32_t i = 0; i < b->g.states.count; i++)
        check_root(b, b->g.states.data[i].body, NULL, false);
}

/* ---- missing(x) ------------------------------------------------------------------------------ */

static node indicator(build *b, uint32_t column)
{
    b->m->columns.data[column].optional = true;
    return fold_leaf(&b->g, OP_MISSING, column, 0, AXIS_ROW, NODE_DATA);
}

value build_missing(build *b, const scope *s, expr *e)
{
    value v = build_expr(b, s, e->args[0].value);
    if (v.kind == VALUE_ERROR)
        return v;
    bool columns = v.kind == VALUE_VECTOR || v.column;
    for (uint32_t k = 0; v.kind == VALUE_VECTOR && k < v.count; k++)
        columns &= dag_at(&b->g, v.items[k])->op == OP_COLUMN;
    if (!columns) {
        diag_report(b->diags, DIAG_TYPE_MISMATCH, e->args[0].value->at,
                    "`missing` takes a column: missing(x)");
        return value_error();
    }
    if (v.kind == VALUE_NUMBER)
        return value_number(b, indicator(b, v.column - 1), true);
    value out = v;
    out.items = ARENA_ARRAY(b->arena, node, v.count + 1);
    for (uint32_t k = 0; k < v.count; k++)
        out.items[k] = indicator(b, dag_at(&b->g, v.items[k])->x);
    return out;
}

/* ---- Limits ---------------------------------------------------------------------------------- */

node build_limit(build *b, node limit, double open)
{
    dag *g = &b->g;
    uint8_t *seen = ARENA_ARRAY(b->arena, uint8_t, g->nodes.count);
    dag_mark(g, &limit, 1, seen);
    node any = 0;
    for (node n = 1; n <= limit; n++) {
        if (!seen[n] || dag_at(g, n)->op != OP_COLUMN)
            continue;
        uint32_t column = dag_at(g, n)->x;
        b->m->columns.data[column].limit = true;
        node missing = indicator(b, column);
        any = any ? fold_2(g, OP_OR, any, missing) : missing;
    }
    return any ? fold_select(g, any, fold_const(g, open), limit) : limit;
}
