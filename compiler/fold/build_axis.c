/* Moving between axes: elements, gathers, lags, and the aggregates that come back to one value.
 *
 * Elements, gathers and lags are pushed down to the leaves: exp(b)[site] becomes exp(b[site]). So
 * the graph below a row statement reads parameters and columns directly, and the kernel plan finds
 * the linear predictors in it. */
#include "compiler/fold/build_internal.h"

#include <math.h>
#include <string.h>

typedef struct {
    build *b;
    const mlec_index *index; /* pick; NULL for a lag */
    uint32_t lag;
    node *memo; /* by node; 0: not yet */
    uint32_t n_memo;
    bool failed;
} push;

static node push_leaf(push *p, node v)
{
    build *b = p->b;
    dag_node d = *dag_at(&b->g, v);
    if (!p->index) {
        switch ((op_id)d.op) {
        case OP_ROW: return fold_sub(&b->g, v, fold_const(&b->g, p->lag));
        case OP_LAGGED: return fold_leaf(&b->g, OP_LAGGED, d.x, d.y + p->lag, AXIS_ROW, d.flags);
        case OP_SCAN: return fold_leaf(&b->g, OP_LAGGED, d.x, p->lag, AXIS_ROW, d.flags);
        case OP_COLUMN:
        case OP_CODE:
        case OP_MISSING:
        case OP_INDICATOR: return fold_axis(&b->g, OP_LAG, v, 0, p->lag, AXIS_ROW);
        case OP_UNKNOWN: { /* b[site]: the element of an earlier row's level */
            dag_reference r = b->g.references.data[d.x];
            r.lag += p->lag;
            return fold_leaf(&b->g, OP_UNKNOWN, dag_refer(&b->g, r), 0, AXIS_ROW, d.flags);
        }
        case OP_DOT: {
            dag_dot dot = b->g.dots.data[d.x];
            node *columns = ARENA_ARRAY(b->arena, node, dot.count);
            for (uint32_t i = 0; i < dot.count; i++)
                columns[i] = build_lag(b, dot.columns[i], p->lag);
            VEC_PUSH(b->arena, b->g.dots, (dag_dot){dot.param, columns, dot.count});
            return fold_leaf(&b->g, OP_DOT, b->g.dots.count - 1, 0, AXIS_ROW, d.flags);
        }
        case OP_DESIGN: return fold_leaf(&b->g, OP_DESIGN, d.x, d.y + p->lag, AXIS_ROW, d.flags);
        default: p->failed = true; return v;
        }
    }
    if (d.op != OP_UNKNOWN) {
        p->failed = true;
        return v;
    }
    dag_reference r = b->g.references.data[d.x];
    uint16_t axis = AXIS_ONE;
    uint8_t flags = d.flags & (NODE_PARAM | NODE_KNOWN);
    for (int k = 0; k < 2; k++) {
        if (r.index[k].kind == MLEC_INDEX_SAME) {
            uint32_t first = r.index[k].value;
            r.index[k] = p->index[k];
            if (r.index[k].kind == MLEC_INDEX_CONST)
                r.index[k].value += first;
        }
        if (r.index[k].kind == MLEC_INDEX_CODE) {
            axis = AXIS_ROW;
            flags |= NODE_DATA;
        }
    }
    return fold_leaf(&b->g, OP_UNKNOWN, dag_refer(&b->g, r), 0, axis, flags);
}

static node push_down(push *p, node v)
{
    dag *g = &p->b->g;
    dag_node d = *dag_at(g, v);
    if (d.axis == AXIS_ONE || (p->index && d.axis == AXIS_ROW))
        return v;
    if (v < p->n_memo && p->memo[v])
        return p->memo[v];
    node r;
    if (op_table[d.op].arity == 0) {
        r = push_leaf(p, v);
    } else if (d.op == OP_GROUP_SUM && p->index && p->index[1].kind == MLEC_INDEX_CODE &&
               p->index[1].value == d.x) {
        r = fold_axis(g, OP_GATHER, v, d.x, 0, AXIS_ROW);
    } else if (d.op == OP_LAG && !p->index) {
        r = fold_axis(g, OP_LAG, d.arg[0], 0, d.y + p->lag, AXIS_ROW);
    } else if (d.op == OP_GATHER && !p->index) {
        r = fold_axis(g, OP_GATHER, d.arg[0], d.x, d.y + p->lag, AXIS_ROW);
    } else if (op_table[d.op].class == OP_AXIS) {
        if (!p->index && !(d.flags & NODE_PARAM)) {
            r = fold_axis(g, OP_LAG, v, 0, p->lag, AXIS_ROW);
        } else {
            p->failed = true;
            return v;
        }
    } else {
        node args[3] = {0, 0, 0};
        for (int k = 0; k < op_table[d.op].arity; k++)
            args[k] = push_down(p, d.arg[k]);
        r = fold_like(g, v, args);
    }
    if (v < p->n_memo)
        p->memo[v] = r;
    return r;
}

static node push_all(build *b, node v, const mlec_index *index, uint32_t lag, bool *ok)
{
    push p = {.b = b, .index = index, .lag = lag, .n_memo = b->g.nodes.count};
    p.memo = ARENA_ARRAY(b->arena, node, p.n_memo);
    node r = push_down(&p, v);
    *ok = !p.failed;
    return r;
}

node build_pick(build *b, node v, const mlec_index index[2])
{
    bool ok;
    node r = push_all(b, v, index, 0, &ok);
    return ok ? r : 0;
}

node build_lag(build *b, node v, uint32_t k)
{
    bool ok;
    node r = push_all(b, v, NULL, k, &ok);
    return ok ? r : 0;
}

typedef struct {
    build *b;
    uint32_t column; /* or UINT32_MAX: not yet known */
    bool failed;
} lift;

static bool is_column_of(lift *l, uint32_t column)
{
    if (l->column == UINT32_MAX)
        l->column = column;
    return l->column == column;
}

static node lift_unknown(lift *l, node v)
{
    dag *g = &l->b->g;
    dag_reference r = g->references.data[dag_at(g, v)->x];
    uint32_t n_codes = 0;
    for (int k = 0; k < 2; k++)
        if (r.index[k].kind == MLEC_INDEX_CODE) {
            l->failed |= !is_column_of(l, r.index[k].value) || n_codes++ > 0;
            r.index[k] = (mlec_index){.kind = MLEC_INDEX_SAME};
        }
    uint16_t levels = dag_axis(g, (mlec_axis){.kind = MLEC_AXIS_FACTOR, .column = l->column});
    return fold_leaf(g, OP_UNKNOWN, dag_refer(g, r), 0, levels, NODE_PARAM);
}

static node lift_node(lift *l, node v)
{
    dag *g = &l->b->g;
    dag_node d = *dag_at(g, v);
    if (d.axis != AXIS_ROW)
        return v;
    if (d.op == OP_UNKNOWN)
        return lift_unknown(l, v);
    if (d.op == OP_GATHER && is_column_of(l, d.x))
        return d.arg[0];
    if (op_table[d.op].arity == 0 || op_table[d.op].class == OP_AXIS) {
        l->failed = true;
        return v;
    }
    node args[3] = {0, 0, 0};
    for (int k = 0; k < op_table[d.op].arity; k++)
        args[k] = lift_node(l, d.arg[k]);
    return l->failed ? v : fold_like(g, v, args);
}

node build_by_level(build *b, node v)
{
    lift l = {.b = b, .column = UINT32_MAX};
    node r = lift_node(&l, v);
    return l.failed || dag_at(&b->g, r)->axis == AXIS_ROW ? 0 : r;
}

node build_element(build *b, node v, uint32_t index)
{
    mlec_index ix[2] = {{.kind = MLEC_INDEX_CONST}, {.kind = MLEC_INDEX_CONST, .value = index}};
    node r = build_pick(b, v, ix);
    return r ? r : v;
}

node build_first_rows(build *b, uint32_t n)
{
    node row = fold_leaf(&b->g, OP_ROW, 0, 0, AXIS_ROW, NODE_DATA);
    return fold_2(&b->g, OP_LE, row, fold_const(&b->g, n));
}

/* ---- Indices ----------------------------------------------------------------------------- */

static bool index_constant(build *b, const scope *s, expr *e, double *k)
{
    value v = build_expr(b, s, e);
    return v.kind == VALUE_NUMBER && fold_is_const(&b->g, v.n, k);
}

/* Elements are named by texts, and their number is known to the data alone. */
static bool is_named(const mlec_axis *a)
{
    return a->kind == MLEC_AXIS_FACTOR || a->kind == MLEC_AXIS_CONTRASTS ||
           a->kind == MLEC_AXIS_TERMS;
}

/* One index of a value over axis `a`. */
static bool read_index(build *b, const scope *s, expr *e, const mlec_axis *a, mlec_index *out)
{
    value v = build_expr(b, s, e);
    if (v.kind == VALUE_ERROR)
        return false;
    if (v.kind == VALUE_TEXT) {
        if (is_named(a)) {
            *out = (mlec_index){.kind = MLEC_INDEX_LEVEL, .text = v.text};
            return true;
        }
        diag_report(b->diags, DIAG_BAD_INDEX, e->at,
                    "a vector with numbered elements has no \"%s\"", v.text);
        return false;
    }
    double k;
    if (v.kind == VALUE_NUMBER && fold_is_const(&b->g, v.n, &k)) {
        if (is_named(a)) {
            diag_report(b->diags, DIAG_BAD_INDEX, e->at,
                        a->kind == MLEC_AXIS_TERMS
                            ? "coefficients are named by texts, such as \"x\""
                            : "levels of a factor are named by texts: \"%g\"",
                        k);
            return false;
        }
        if (k < 1 || k > a->size || k != floor(k)) {
            diag_report(b->diags, DIAG_BAD_INDEX, e->at, "the index %g is outside 1 to %u", k,
                        a->size);
            return false;
        }
        *out = (mlec_index){.kind = MLEC_INDEX_CONST, .value = (uint32_t)k - 1};
        return true;
    }
    if (v.column && a->kind != MLEC_AXIS_CONTRASTS && a->kind != MLEC_AXIS_TERMS) {
        if (a->kind == MLEC_AXIS_FACTOR && a->column != v.column - 1) {
            diag_report(b->diags, DIAG_BAD_INDEX, e->at,
                        "the vector has one element for each level of `%s`, not of `%s`",
                        b->m->columns.data[a->column].name, b->m->columns.data[v.column - 1].name);
            return false;
        }
        *out = (mlec_index){.kind = MLEC_INDEX_CODE, .value = v.column - 1};
        return true;
    }
    diag *d = diag_report(b->diags, DIAG_BAD_INDEX, e->at,
                          "an index must be a number, a text or a column");
    diag_add_hint(b->diags, d, "compute the column before the fit, or write ifelse(...)");
    return false;
}

/* items[column]: a choice among the elements by the column's code. */
static value select_item(build *b, const value *base, const value *by, span at)
{
    if (!by->column) {
        diag_report(b->diags, DIAG_BAD_INDEX, at, "an index must be a number, a text or a column");
        return value_error();
    }
    node code = fold_leaf(&b->g, OP_CODE, by->column - 1, 0, AXIS_ROW, NODE_DATA);
    node within = fold_2(&b->g, OP_LE, code, fold_const(&b->g, base->count));
    bool known = !b->statement;
    for (uint32_t i = 0; i < b->requires.count; i++)
        known |= b->requires.data[i].condition == within;
    if (!known)
        VEC_PUSH(b->arena, b->requires,
                 (build_require){.kind = MLEC_REQUIRE_SUPPORT,
                                 .condition = within,
                                 .shown = code,
                                 .column = b->m->columns.data[by->column - 1].name,
                                 .message = arena_printf(b->arena,
                                                         "a class above the %u that the model has",
                                                         base->count),
                                 .statement = b->statement});
    node r = base->items[base->count - 1];
    for (uint32_t k = base->count - 1; k > 0; k--)
        r = fold_select(&b->g, fold_2(&b->g, OP_EQ, code, fold_const(&b->g, k)), base->items[k - 1],
                        r);
    return value_number(b, r, true);
}

/* eta["b"], eta[species]: one of the predictors by level. */
static value index_levels(build *b, const scope *s, expr *e, const value *base)
{
    mlec_axis levels = {.kind = MLEC_AXIS_FACTOR, .column = b->m->formulas.data[base->formula].by};
    mlec_index level;
    if (e->n_args != 2) {
        diag_report(b->diags, DIAG_BAD_INDEX, e->at, "one index is needed here, not %u",
                    e->n_args - 1);
        return value_error();
    }
    if (!read_index(b, s, e->args[1].value, &levels, &level))
        return value_error();
    value eta = build_formula_level(b, base->formula, level);
    if (!base->softmax)
        return eta;
    node log_p = fold_sub(&b->g, eta.n, build_formula_log_sum(b, base->formula));
    return value_number(b, fold_1(&b->g, OP_EXP, log_p), true);
}

value build_index(build *b, const scope *s, expr *e)
{
    value base = build_expr(b, s, e->args[0].value);
    if (base.kind == VALUE_ERROR)
        return base;
    if (base.kind == VALUE_LEVELS)
        return index_levels(b, s, e, &base);
    uint32_t n = e->n_args - 1;
    expr *first = e->args[1].value;
    if (base.kind == VALUE_VECTOR && n == 1) {
        double k;
        if (index_constant(b, s, first, &k)) {
            if (k >= 1 && k <= base.count && k == floor(k))
                return value_number(b, base.items[(uint32_t)k - 1], base.varies);
            diag_report(b->diags, DIAG_BAD_INDEX, first->at, "the index %g is outside 1 to %u", k,
                        base.count);
            return value_error();
        }
        value by = build_expr(b, s, first);
        return by.kind == VALUE_ERROR ? by : select_item(b, &base, &by, first->at);
    }
    uint16_t axis = base.kind == VALUE_NUMBER ? dag_at(&b->g, base.n)->axis : AXIS_ONE;
    mlec_axis a = b->g.axes.data[axis];
    uint32_t want = a.kind == MLEC_AXIS_PRODUCT ? 2 : 1;
    if (axis == AXIS_ONE || axis == AXIS_ROW || n != want) {
        if (axis == AXIS_ONE || axis == AXIS_ROW)
            diag_report(b->diags, DIAG_BAD_INDEX, e->at,
                        "this is a single number; it has no elements");
        else
            diag_report(b->diags, DIAG_BAD_INDEX, e->at, "%u %s needed here, not %u", want,
                        want == 1 ? "index is" : "indices are", n);
        return value_error();
    }
    mlec_index index[2] = {{.kind = MLEC_INDEX_CONST}};
    for (uint32_t k = 0; k < want; k++) {
        mlec_axis dim = want == 1 ? a : b->g.axes.data[k == 0 ? a.outer : a.inner];
        if (!read_index(b, s, e->args[k + 1].value, &dim, &index[want == 1 ? 1 : k]))
            return value_error();
    }
    node r = build_pick(b, base.n, index);
    if (!r) {
        diag_report(b->diags, DIAG_BAD_INDEX, e->at, "this expression cannot be indexed");
        return value_error();
    }
    bool varies = index[0].kind == MLEC_INDEX_CODE || index[1].kind == MLEC_INDEX_CODE;
    return value_number(b, r, varies || base.varies);
}

/* ---- Cut points of ordinal outcomes -----------------------------------------------------------
 */

static bool read_cuts(build *b, const scope *s, expr *e, value *cuts, value *y)
{
    value v = build_expr(b, s, e->args[0].value);
    *y = build_expr(b, s, e->args[1].value);
    if (v.kind == VALUE_ERROR || y->kind == VALUE_ERROR)
        return false;
    const mlec_axis *a = NULL;
    if (v.kind == VALUE_NUMBER)
        a = &b->g.axes.data[dag_at(&b->g, v.n)->axis];
    if (v.kind != VALUE_VECTOR && (!a || a->kind != MLEC_AXIS_INDEX)) {
        diag_report(b->diags, DIAG_SHAPE_MISMATCH, e->args[0].value->at,
                    "cut points are a vector of a constant size, such as ordered[4]");
        return false;
    }
    double number;
    bool constant = y->kind == VALUE_NUMBER && fold_is_const(&b->g, y->n, &number);
    if (!y->column && !constant) {
        diag_report(b->diags, DIAG_TYPE_MISMATCH, e->args[1].value->at,
                    "an ordinal outcome is a column: int(1, K) or a factor with written levels");
        return false;
    }
    if (y->column)
        b->m->columns.data[y->column - 1].ordinal = true;
    *cuts = v;
    if (v.kind == VALUE_NUMBER) {
        *cuts = (value){.kind = VALUE_VECTOR, .count = a->size, .param = -1};
        cuts->items = ARENA_ARRAY(b->arena, node, a->size + 1);
        for (uint32_t k = 0; k < cuts->count; k++)
            cuts->items[k] = build_element(b, v.n, k);
    }
    return true;
}

/* The cut point above or below class y. The last class has none above and the first none below;
 * there it is one away from the other, which keeps what is not used finite. Classes beyond the last
 * are data errors. */
value build_cut(build *b, const scope *s, expr *e)
{
    value cuts, y;
    if (!read_cuts(b, s, e, &cuts, &y))
        return value_error();
    bool below = !strcmp(e->name, "cut_below");
    value all = {.kind = VALUE_VECTOR, .count = cuts.count + 1, .param = -1};
    all.items = ARENA_ARRAY(b->arena, node, all.count);
    for (uint32_t k = 0; k < cuts.count; k++)
        all.items[below ? k + 1 : k] = cuts.items[k];
    if (below)
        all.items[0] = fold_sub(&b->g, cuts.items[0], fold_const(&b->g, 1));
    else
        all.items[cuts.count] = fold_add(&b->g, cuts.items[cuts.count - 1], fold_const(&b->g, 1));
    double number;
    if (fold_is_const(&b->g, y.n, &number) && number >= 1 && number <= all.count)
        return value_number(b, all.items[(uint32_t)number - 1], false);
    return select_item(b, &all, &y, e->args[1].value->at);
}

/* How far class y is from both ends: -1 in the first class, 1 in the last, else 0. */
value build_end_class(build *b, const scope *s, expr *e)
{
    value cuts, y;
    if (!read_cuts(b, s, e, &cuts, &y))
        return value_error();
    dag *g = &b->g;
    node code = y.column ? fold_leaf(g, OP_CODE, y.column - 1, 0, AXIS_ROW, NODE_DATA) : y.n;
    node last = fold_2(g, OP_EQ, code, fold_const(g, cuts.count + 1.0));
    node first = fold_2(g, OP_EQ, code, fold_const(g, 1));
    node r = fold_select(g, first, fold_const(g, -1),
                         fold_select(g, last, fold_const(g, 1), fold_const(g, 0)));
    return value_number(b, r, y.column != 0);
}
