/* Rules are grouped by the operator at their root, tried in order; each returns a node built
 * through the same constructor, or 0 when it does not apply. A rule never makes an operand larger,
 * so the rewriting ends. */
#include "compiler/fold/fold.h"

#include <math.h>
#include <string.h>

bool fold_is_const(const dag *g, node a, double *value)
{
    const dag_node *d = dag_at(g, a);
    if (d->op != OP_CONST)
        return false;
    *value = d->value;
    return true;
}

static bool is_value(const dag *g, node a, double value)
{
    const dag_node *d = dag_at(g, a);
    return d->op == OP_CONST && d->value == value;
}

static bool is_op(const dag *g, node a, op_id op) { return dag_at(g, a)->op == op; }

static node arg(const dag *g, node a, int k) { return dag_at(g, a)->arg[k]; }

node fold_const(dag *g, double value)
{
    return dag_intern(g, (dag_node){.op = OP_CONST, .value = isnan(value) ? NAN : value});
}

node fold_leaf(dag *g, op_id op, uint32_t x, uint32_t y, uint16_t axis, uint8_t flags)
{
    dag_node n = {.op = (uint8_t)op, .axis = axis, .flags = flags};
    n.x = x;
    n.y = y;
    return dag_intern(g, n);
}

/* The axis of an elementwise result: operands of axis ONE are broadcast, and a factor's or index's
 * values along a product of axes. */
static uint16_t join(const dag *g, uint16_t a, uint16_t b)
{
    if (a == b || b == AXIS_ONE)
        return a;
    if (a == AXIS_ONE || b == AXIS_ROW)
        return b;
    if (a == AXIS_ROW)
        return a;
    return g->axes.data[a].kind == MLEC_AXIS_PRODUCT ? a : b;
}

static node make(dag *g, op_id op, node a, node b, node c)
{
    dag_node n = {.op = (uint8_t)op, .arg = {a, b, c}};
    for (int k = 0; k < op_table[op].arity; k++) {
        const dag_node *d = dag_at(g, n.arg[k]);
        n.flags |= d->flags;
        n.axis = join(g, n.axis, d->axis);
    }
    return dag_intern(g, n);
}

node fold_power(dag *g, node a, unsigned n)
{
    if (n == 0)
        return fold_const(g, 1);
    node half = n > 1 ? fold_power(g, a, n / 2) : 0;
    node even = half ? fold_mul(g, half, half) : 0;
    return n % 2 == 0 ? even : even ? fold_mul(g, even, a) : a;
}

/* select(c, 0, u) + select(c, 0, v) is select(c, 0, u + v), so that rule_select_times still sees
 * the branch in a sum of derivatives. */
static node rule_add_selects(dag *g, op_id op, node a, node b)
{
    if (!is_op(g, a, OP_SELECT) || !is_op(g, b, OP_SELECT) || arg(g, a, 0) != arg(g, b, 0))
        return 0;
    for (int k = 1; k <= 2; k++)
        if (is_value(g, arg(g, a, k), 0) && is_value(g, arg(g, b, k), 0)) {
            node zero = arg(g, a, k), rest = fold_2(g, op, arg(g, a, 3 - k), arg(g, b, 3 - k));
            return k == 1 ? fold_select(g, arg(g, a, 0), zero, rest)
                          : fold_select(g, arg(g, a, 0), rest, zero);
        }
    return 0;
}

static node rules_add(dag *g, node a, node b)
{
    if (is_value(g, a, 0))
        return b;
    if (is_value(g, b, 0))
        return a;
    if (is_op(g, b, OP_NEG))
        return fold_sub(g, a, arg(g, b, 0));
    if (is_op(g, a, OP_NEG))
        return fold_sub(g, b, arg(g, a, 0));
    if (a == b)
        return fold_mul(g, fold_const(g, 2), a);
    return rule_add_selects(g, OP_ADD, a, b);
}

static node rules_sub(dag *g, node a, node b)
{
    if (is_value(g, b, 0))
        return a;
    if (is_value(g, a, 0))
        return fold_neg(g, b);
    if (a == b)
        return fold_const(g, 0);
    if (is_op(g, b, OP_NEG))
        return fold_add(g, a, arg(g, b, 0));
    if (is_op(g, a, OP_NEG))
        return fold_neg(g, fold_add(g, arg(g, a, 0), b));
    return rule_add_selects(g, OP_SUB, a, b);
}

/* select(c, 0, u) * x is select(c, 0, u * x): a branch not taken never makes 0 * inf. */
static node rule_select_times(dag *g, node s, node x)
{
    if (!is_op(g, s, OP_SELECT))
        return 0;
    /* A column times a parameter stays one: the parameter is finite, and a predictor is linear. */
    bool parameter = is_op(g, x, OP_UNKNOWN) || is_op(g, x, OP_DOT);
    if (parameter && !(dag_at(g, s)->flags & NODE_PARAM))
        return 0;
    node c = arg(g, s, 0), yes = arg(g, s, 1), no = arg(g, s, 2);
    if (is_value(g, yes, 0))
        return fold_select(g, c, yes, fold_mul(g, no, x));
    if (is_value(g, no, 0))
        return fold_select(g, c, fold_mul(g, yes, x), no);
    return 0;
}

static node rules_mul(dag *g, node a, node b)
{
    double x, y;
    if (is_value(g, a, 0) || is_value(g, b, 0))
        return fold_const(g, 0);
    if (is_value(g, a, 1))
        return b;
    if (is_value(g, b, 1))
        return a;
    if (is_value(g, a, -1))
        return fold_neg(g, b);
    if (is_value(g, b, -1))
        return fold_neg(g, a);
    if (is_op(g, a, OP_NEG))
        return fold_neg(g, fold_mul(g, arg(g, a, 0), b));
    if (is_op(g, b, OP_NEG))
        return fold_neg(g, fold_mul(g, a, arg(g, b, 0)));
    if (fold_is_const(g, a, &x) && is_op(g, b, OP_MUL) && fold_is_const(g, arg(g, b, 0), &y))
        return fold_mul(g, fold_const(g, x * y), arg(g, b, 1));
    node r = rule_select_times(g, a, b);
    return r ? r : rule_select_times(g, b, a);
}

static node rules_div(dag *g, node a, node b)
{
    double x;
    int exponent;
    if (is_value(g, b, 1))
        return a;
    if (is_value(g, a, 0))
        return a;
    if (a == b)
        return fold_const(g, 1);
    if (is_op(g, a, OP_NEG))
        return fold_neg(g, fold_div(g, arg(g, a, 0), b));
    if (is_op(g, b, OP_NEG))
        return fold_neg(g, fold_div(g, a, arg(g, b, 0)));
    if (fold_is_const(g, b, &x) && fabs(frexp(x, &exponent)) == 0.5)
        return fold_mul(g, fold_const(g, 1 / x), a); /* a power of two: exact */
    if (is_op(g, a, OP_SELECT)) {
        node c = arg(g, a, 0), yes = arg(g, a, 1), no = arg(g, a, 2);
        if (is_value(g, yes, 0))
            return fold_select(g, c, yes, fold_div(g, no, b));
        if (is_value(g, no, 0))
            return fold_select(g, c, fold_div(g, yes, b), no);
    }
    return 0;
}

static node rules_neg(dag *g, node a)
{
    double x;
    if (is_op(g, a, OP_NEG))
        return arg(g, a, 0);
    if (is_op(g, a, OP_SUB))
        return fold_sub(g, arg(g, a, 1), arg(g, a, 0));
    if (is_op(g, a, OP_MUL) && fold_is_const(g, arg(g, a, 0), &x))
        return fold_mul(g, fold_const(g, -x), arg(g, a, 1));
    return 0;
}

/* Whole powers become products where parameters are involved (their derivatives share them). Powers
 * of data above the square are left to pow, which rounds once: polynomial columns need it. */
static node rules_pow(dag *g, node a, node b)
{
    double n;
    if (!fold_is_const(g, b, &n))
        return 0;
    if (n == 0)
        return fold_const(g, 1);
    if (n == 1)
        return a;
    if (n == 0.5)
        return fold_1(g, OP_SQRT, a);
    if (n == -0.5)
        return fold_div(g, fold_const(g, 1), fold_1(g, OP_SQRT, a));
    bool parameters = dag_at(g, a)->flags & NODE_PARAM;
    if (n == floor(n) && fabs(n) <= (parameters ? 16 : 2)) {
        node p = fold_power(g, a, (unsigned)fabs(n));
        return n > 0 ? p : fold_div(g, fold_const(g, 1), p);
    }
    return 0;
}

static node rules_choice(dag *g, op_id op, node a, node b)
{
    if (op == OP_AND) {
        if (is_value(g, a, 0) || is_value(g, b, 0))
            return fold_const(g, 0);
        if (dag_at(g, a)->op == OP_CONST)
            return b;
        if (dag_at(g, b)->op == OP_CONST)
            return a;
    }
    if (op == OP_OR) {
        if (is_value(g, a, 0))
            return b;
        if (is_value(g, b, 0))
            return a;
        if (dag_at(g, a)->op == OP_CONST || dag_at(g, b)->op == OP_CONST)
            return fold_const(g, 1);
    }
    return 0;
}

static node rules_math(dag *g, op_id op, node a)
{
    if (op == OP_LOG && is_op(g, a, OP_EXP))
        return arg(g, a, 0);
    if (op == OP_LOG && is_op(g, a, OP_INV_LOGIT))
        return fold_neg(g, fold_1(g, OP_LOG1P_EXP, fold_neg(g, arg(g, a, 0))));
    if (op == OP_LOG && is_op(g, a, OP_PHI))
        return fold_1(g, OP_LOG_PHI, arg(g, a, 0));
    if (op == OP_LOG1P && is_op(g, a, OP_EXP))
        return fold_1(g, OP_LOG1P_EXP, arg(g, a, 0));
    if (op == OP_LOG1P && is_op(g, a, OP_NEG)) {
        node b = arg(g, a, 0);
        if (is_op(g, b, OP_INV_LOGIT))
            return fold_neg(g, fold_1(g, OP_LOG1P_EXP, arg(g, b, 0)));
        if (is_op(g, b, OP_PHI))
            return fold_1(g, OP_LOG_PHI, fold_neg(g, arg(g, b, 0)));
        if (is_op(g, b, OP_EXP))
            return fold_1(g, OP_LOG1M_EXP, arg(g, b, 0));
    }
    if (op == OP_ABS && (is_op(g, a, OP_ABS) || is_op(g, a, OP_NEG)))
        return fold_1(g, OP_ABS, arg(g, a, 0));
    return 0;
}

node fold_1(dag *g, op_id op, node a)
{
    double x;
    if (fold_is_const(g, a, &x))
        return fold_const(g, op_eval(op, x, 0, 0));
    node r = op == OP_NEG ? rules_neg(g, a) : rules_math(g, op, a);
    return r ? r : make(g, op, a, 0, 0);
}

node fold_2(dag *g, op_id op, node a, node b)
{
    double x, y;
    bool ca = fold_is_const(g, a, &x), cb = fold_is_const(g, b, &y);
    if (ca && cb)
        return fold_const(g, op_eval(op, x, y, 0));
    node r = 0;
    switch (op) {
    case OP_ADD: r = rules_add(g, a, b); break;
    case OP_SUB: r = rules_sub(g, a, b); break;
    case OP_MUL: r = rules_mul(g, a, b); break;
    case OP_DIV: r = rules_div(g, a, b); break;
    case OP_POW: r = rules_pow(g, a, b); break;
    default: r = rules_choice(g, op, a, b);
    }
    if (r)
        return r;
    bool commutes = op == OP_ADD || op == OP_MUL || op == OP_EQ || op == OP_AND || op == OP_OR;
    if (commutes && (cb || (!ca && a > b))) { /* constants first, then in order of making */
        node swap = a;
        a = b;
        b = swap;
    }
    return make(g, op, a, b, 0);
}

/* A select with 0 in one branch, inside the other branch of such a select: one select under both
 * conditions, the same in whatever order they were nested. */
static node rule_nested_zero(dag *g, node condition, node yes, node no)
{
    node zero = is_value(g, yes, 0) ? yes : is_value(g, no, 0) ? no : 0;
    node inner = zero == yes ? no : yes;
    if (!zero || !is_op(g, inner, OP_SELECT))
        return 0;
    node c = arg(g, inner, 0), p = arg(g, inner, 1), q = arg(g, inner, 2);
    if (!is_value(g, p, 0) && !is_value(g, q, 0))
        return 0;
    node outer_holds = zero == yes ? fold_1(g, OP_NOT, condition) : condition;
    node inner_holds = is_value(g, p, 0) ? fold_1(g, OP_NOT, c) : c;
    node rest = is_value(g, p, 0) ? q : p;
    return fold_select(g, fold_2(g, OP_AND, outer_holds, inner_holds), rest, zero);
}

node fold_select(dag *g, node condition, node yes, node no)
{
    double c;
    if (fold_is_const(g, condition, &c))
        return c != 0 ? yes : no;
    if (yes == no)
        return yes;
    if (is_op(g, condition, OP_NOT))
        return fold_select(g, arg(g, condition, 0), no, yes);
    node r = rule_nested_zero(g, condition, yes, no);
    return r ? r : make(g, OP_SELECT, condition, yes, no);
}

node fold_fma(dag *g, node a, node b, node c) { return make(g, OP_FMA, a, b, c); }

node fold_axis(dag *g, op_id op, node a, uint32_t x, uint32_t y, uint16_t axis)
{
    dag_node n = {.op = (uint8_t)op, .axis = axis, .arg = {a, 0, 0}};
    n.flags = (uint8_t)(dag_at(g, a)->flags | NODE_DATA);
    n.x = x;
    n.y = y;
    return dag_intern(g, n);
}

node fold_like(dag *g, node like, const node *args)
{
    dag_node d = *dag_at(g, like);
    switch (op_table[d.op].class) {
    case OP_LEAF: return like;
    case OP_AXIS:
        return op_table[d.op].arity ? fold_axis(g, (op_id)d.op, args[0], d.x, d.y, d.axis) : like;
    default:
        if (d.op == OP_SELECT)
            return fold_select(g, args[0], args[1], args[2]);
        if (d.op == OP_FMA)
            return fold_fma(g, args[0], args[1], args[2]);
        return op_table[d.op].arity == 1 ? fold_1(g, (op_id)d.op, args[0])
                                         : fold_2(g, (op_id)d.op, args[0], args[1]);
    }
}
