/* Constants are folded; then the rules of rules.def are tried, and after them those of this file,
 * which keep ifelse lazy and open whole powers. Each returns a node built through the same
 * constructor, or 0 when it does not apply. */
#include "compiler/fold/rules.h"

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

uint8_t fold_known(double lower, double upper)
{
    return lower >= 0 ? NODE_NONNEGATIVE | (upper <= 1 ? NODE_UNIT : 0) : 0;
}

node fold_const(dag *g, double value)
{
    uint8_t known = fold_known(value, value) | (value > 0 ? NODE_POSITIVE : 0);
    if (value == floor(value))
        known |= NODE_WHOLE;
    return dag_intern(
        g, (dag_node){.op = OP_CONST, .flags = known, .value = isnan(value) ? NAN : value});
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

/* What is known of an operator's values from what is known of its operands: flags a, b, c. */
static uint8_t known(const dag *g, const dag_node *n, uint8_t a, uint8_t b, uint8_t c)
{
    switch ((op_id)n->op) {
    case OP_EXP:
    case OP_SQRT:
    case OP_ERFC:
    case OP_MILLS:
    case OP_LOG1P_EXP: return NODE_NONNEGATIVE;
    case OP_ABS: return NODE_NONNEGATIVE | (a & NODE_WHOLE);
    case OP_INV_LOGIT:
    case OP_LOG_ADD_SHARE:
    case OP_PHI: return NODE_NONNEGATIVE | NODE_UNIT;
    case OP_LT:
    case OP_LE:
    case OP_EQ:
    case OP_AND:
    case OP_OR:
    case OP_NOT: return NODE_KNOWN;
    case OP_ADD: return a & b & (NODE_NONNEGATIVE | NODE_WHOLE);
    case OP_SUB: /* 1 - p */
        return (a & b & NODE_WHOLE) |
               (is_value(g, n->arg[0], 1) && b & NODE_UNIT ? NODE_NONNEGATIVE | NODE_UNIT : 0);
    case OP_MUL: return (n->arg[0] == n->arg[1] ? NODE_NONNEGATIVE : 0) | (a & b & NODE_KNOWN);
    case OP_DIV: return a & b & NODE_NONNEGATIVE;
    case OP_POW: return a & NODE_NONNEGATIVE;
    case OP_SELECT: return b & c & (NODE_KNOWN | NODE_POSITIVE);
    default: return 0;
    }
}

static node make(dag *g, op_id op, node a, node b, node c)
{
    dag_node n = {.op = (uint8_t)op, .arg = {a, b, c}};
    uint8_t flags[3] = {0};
    for (int k = 0; k < op_table[op].arity; k++) {
        const dag_node *d = dag_at(g, n.arg[k]);
        flags[k] = d->flags;
        n.flags |= d->flags & NODE_DEPENDS;
        n.axis = join(g, n.axis, d->axis);
    }
    n.flags |= known(g, &n, flags[0], flags[1], flags[2]);
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

/* select(c, 0, u) * x is select(c, 0, u * x): a branch not taken never makes 0 * inf. */
static node rule_select_times(dag *g, node s, node x)
{
    if (!is_op(g, s, OP_SELECT))
        return 0;
    /* A column times a parameter stays one: the parameter is finite, and a predictor is linear. */
    bool parameter = is_op(g, x, OP_UNKNOWN) || is_op(g, x, OP_DOT) || is_op(g, x, OP_DESIGN);
    if (parameter && !(dag_at(g, s)->flags & NODE_PARAM))
        return 0;
    node c = arg(g, s, 0), yes = arg(g, s, 1), no = arg(g, s, 2);
    if (is_value(g, yes, 0))
        return fold_select(g, c, yes, fold_mul(g, no, x));
    if (is_value(g, no, 0))
        return fold_select(g, c, fold_mul(g, yes, x), no);
    return 0;
}

/* select(c, 0, u) / x is select(c, 0, u / x). */
static node rule_select_over(dag *g, node s, node x)
{
    if (!is_op(g, s, OP_SELECT))
        return 0;
    node c = arg(g, s, 0), yes = arg(g, s, 1), no = arg(g, s, 2);
    if (is_value(g, yes, 0))
        return fold_select(g, c, yes, fold_div(g, no, x));
    if (is_value(g, no, 0))
        return fold_select(g, c, fold_div(g, yes, x), no);
    return 0;
}

/* Whole powers become products where parameters are involved (their derivatives share them). Powers
 * of data above the square are left to pow, which rounds once: polynomial columns need it. */
static node rule_whole_power(dag *g, node a, node b)
{
    double n;
    bool parameters = dag_at(g, a)->flags & NODE_PARAM;
    if (!fold_is_const(g, b, &n) || n != floor(n) || fabs(n) > (parameters ? 16 : 2))
        return 0;
    node p = fold_power(g, a, (unsigned)fabs(n));
    return n > 0 ? p : fold_div(g, fold_const(g, 1), p);
}

node fold_1(dag *g, op_id op, node a)
{
    double x;
    if (fold_is_const(g, a, &x))
        return fold_const(g, op_eval(op, x, 0, 0));
    node r = rules_apply(g, op, &a);
    return r ? r : make(g, op, a, 0, 0);
}

node fold_2(dag *g, op_id op, node a, node b)
{
    double x, y;
    bool ca = fold_is_const(g, a, &x), cb = fold_is_const(g, b, &y);
    if (ca && cb)
        return fold_const(g, op_eval(op, x, y, 0));
    if (rule_commutes(op) && (cb || (!ca && a > b))) { /* constants first, then as they were made */
        node swap = a;
        a = b;
        b = swap;
    }
    node r = rules_apply(g, op, (const node[]){a, b});
    if (r)
        return r;
    switch (op) {
    case OP_ADD:
    case OP_SUB: r = rule_add_selects(g, op, a, b); break;
    case OP_MUL:
        r = rule_select_times(g, a, b);
        r = r ? r : rule_select_times(g, b, a);
        break;
    case OP_DIV: r = rule_select_over(g, a, b); break;
    case OP_POW: r = rule_whole_power(g, a, b); break;
    default: break;
    }
    if (r)
        return r;
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
    node r = rules_apply(g, OP_SELECT, (const node[]){condition, yes, no});
    r = r ? r : rule_nested_zero(g, condition, yes, no);
    return r ? r : make(g, OP_SELECT, condition, yes, no);
}

/* The condition under which a select is not the 0 of one of its branches; 0 for other nodes. */
static node condition_of(dag *g, node s)
{
    if (!is_op(g, s, OP_SELECT))
        return 0;
    if (is_value(g, arg(g, s, 1), 0))
        return fold_1(g, OP_NOT, arg(g, s, 0));
    return is_value(g, arg(g, s, 2), 0) ? arg(g, s, 0) : 0;
}

node fold_add_lazy(dag *g, node a, node b)
{
    node sum = fold_add(g, a, b);
    node p = condition_of(g, a), q = condition_of(g, b);
    if (!p || !q || is_op(g, sum, OP_SELECT))
        return sum;
    return fold_select(g, fold_2(g, OP_OR, p, q), sum, fold_const(g, 0));
}

node fold_fma(dag *g, node a, node b, node c) { return make(g, OP_FMA, a, b, c); }

node fold_operator(dag *g, op_id op, const node *args)
{
    if (op == OP_SELECT)
        return fold_select(g, args[0], args[1], args[2]);
    if (op == OP_FMA)
        return fold_fma(g, args[0], args[1], args[2]);
    if (op_table[op].arity == 1)
        return fold_1(g, op, args[0]);
    if (op_table[op].arity == 2)
        return fold_2(g, op, args[0], args[1]);
    double x, y, z;
    bool constant = fold_is_const(g, args[0], &x) && fold_is_const(g, args[1], &y) &&
                    fold_is_const(g, args[2], &z);
    return constant ? fold_const(g, op_eval(op, x, y, z)) : make(g, op, args[0], args[1], args[2]);
}

node fold_axis(dag *g, op_id op, node a, uint32_t x, uint32_t y, uint16_t axis)
{
    dag_node n = {.op = (uint8_t)op, .axis = axis, .arg = {a, 0, 0}};
    uint8_t flags = dag_at(g, a)->flags;
    bool sum = op == OP_SUM || op == OP_GROUP_SUM;
    n.flags = (flags & ~(sum ? NODE_UNIT : 0)) | NODE_DATA;
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
    default: return fold_operator(g, (op_id)d.op, args);
    }
}
