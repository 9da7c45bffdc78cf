/* Interval arithmetic over the graph.
 *
 * Bounds come from the types of columns and parameters, and each operator maps the intervals of its
 * operands to one that holds every value it can give. Operands are taken to be independent, except
 * in the few forms in which people write probabilities and scales: squares, a/(a + b), means, and
 * ifelse or min and max around a bound.
 *
 * A definition that refers to its own past is first assumed to be nowhere negative; where its body
 * then can be, the assumption is dropped and all is computed again. What stays holds by induction
 * over the rows. */
#include "compiler/lint/lint.h"

#include <math.h>

static const range everything = {-INFINITY, INFINITY};

static double least(double a, double b) { return a < b ? a : b; }
static double most(double a, double b) { return a > b ? a : b; }

static range hull(range a, range b) { return (range){least(a.low, b.low), most(a.high, b.high)}; }

/* Of bounds, where 0 times an infinite bound is 0: the bound is not attained. */
static double product(double a, double b) { return a == 0 || b == 0 ? 0 : a * b; }

static range multiply(range a, range b)
{
    double p = product(a.low, b.low), q = product(a.low, b.high);
    double r = product(a.high, b.low), s = product(a.high, b.high);
    return (range){least(least(p, q), least(r, s)), most(most(p, q), most(r, s))};
}

static range reciprocal(range a)
{
    if (a.low < 0 && a.high > 0)
        return everything;
    double low = 1 / a.high, high = 1 / a.low;
    if (a.low == 0)
        high = INFINITY;
    if (a.high == 0)
        low = -INFINITY;
    return (range){low, high};
}

static range power(range a, range b)
{
    bool constant = b.low == b.high;
    if (a.low < 0) {
        bool even = constant && b.low == 2 * floor(0.5 * b.low);
        return even && b.low >= 0 ? (range){0, pow(most(-a.low, a.high), b.low)}
               : even             ? (range){0, INFINITY}
                                  : everything;
    }
    if (constant && b.low >= 0)
        return (range){pow(a.low, b.low), pow(a.high, b.low)};
    if (constant)
        return (range){pow(a.high, b.low), a.low == 0 ? INFINITY : pow(a.low, b.low)};
    return (range){0, a.high <= 1 && b.low >= 0 ? 1 : INFINITY};
}

/* Increasing functions: the values at the ends, cut to where the function is defined. */
static range increasing(op_id op, range a, double domain)
{
    double low = op_eval(op, most(a.low, domain), 0, 0);
    double high = op_eval(op, most(a.high, domain), 0, 0);
    return (range){isnan(low) ? -INFINITY : low, isnan(high) ? INFINITY : high};
}

/* `r`, the range of `x`, where `condition` is true or false. */
static range given(const dag *g, const range *all, node condition, bool truth, node x, range r)
{
    const dag_node *c = dag_at(g, condition);
    if (c->op != OP_LT && c->op != OP_LE)
        return r;
    node small = c->arg[truth ? 0 : 1], large = c->arg[truth ? 1 : 0];
    if (x == large)
        r.low = most(r.low, all[small].low);
    if (x == small)
        r.high = least(r.high, all[large].high);
    return r;
}

static range choice(const dag *g, const range *all, const dag_node *d)
{
    range yes = given(g, all, d->arg[0], true, d->arg[1], all[d->arg[1]]);
    range no = given(g, all, d->arg[0], false, d->arg[2], all[d->arg[2]]);
    return hull(yes, no);
}

/* A sum over an axis keeps the sign, and nothing else. */
static range sum(range a)
{
    return (range){a.low >= 0 ? 0 : -INFINITY, a.high <= 0 ? 0 : INFINITY};
}

static bool is_mean(const dag *g, const dag_node *d)
{
    op_id above = dag_at(g, d->arg[0])->op, below = dag_at(g, d->arg[1])->op;
    return above == OP_SUM && (below == OP_COUNT || below == OP_SIZE);
}

static range quotient(const dag *g, const range *all, const dag_node *d)
{
    node a = d->arg[0], b = d->arg[1];
    const dag_node *below = dag_at(g, b);
    if (is_mean(g, d))
        return all[dag_at(g, a)->arg[0]];
    bool share = below->op == OP_ADD && (below->arg[0] == a || below->arg[1] == a);
    node rest = share ? below->arg[below->arg[0] == a] : 0;
    if (share && all[a].low >= 0 && all[rest].low >= 0)
        return (range){0, 1};
    return multiply(all[a], reciprocal(all[b]));
}

static range of_column(const model_column *c, bool tame)
{
    range r = {c->lower, c->upper};
    if (tame && r.low == -INFINITY && r.high == INFINITY)
        r.low = 0;
    return r;
}

static range of_dot(const build *b, const range *all, const dag_dot *dot)
{
    const model_param *p = &b->m->params.data[dot->param];
    range r = {0, 0};
    for (uint32_t i = 0; i < dot->count; i++) {
        range term = multiply(all[dot->columns[i]], (range){p->lower, p->upper});
        r = (range){r.low + term.low, r.high + term.high};
    }
    return r;
}

static range of_node(const build *b, const range *all, const range *states, const dag_node *d,
                     bool tame)
{
    const dag *g = &b->g;
    range x = all[d->arg[0]], y = all[d->arg[1]];
    switch ((op_id)d->op) {
    case OP_CONST: return (range){d->value, d->value};
    case OP_COLUMN: return of_column(&b->m->columns.data[d->x], tame);
    case OP_CODE:
    case OP_ROW:
    case OP_COUNT:
    case OP_SIZE: return (range){1, INFINITY};
    case OP_UNKNOWN: {
        const model_param *p = &b->m->params.data[g->references.data[d->x].param];
        return (range){p->lower, p->upper};
    }
    case OP_DOT: return of_dot(b, all, &g->dots.data[d->x]);
    case OP_LAGGED:
    case OP_SCAN: return states[d->x];
    case OP_ADD: return (range){x.low + y.low, x.high + y.high};
    case OP_SUB:
        return d->arg[0] == d->arg[1] ? (range){0, 0} : (range){x.low - y.high, x.high - y.low};
    case OP_MUL: return d->arg[0] == d->arg[1] ? power(x, (range){2, 2}) : multiply(x, y);
    case OP_DIV: return quotient(g, all, d);
    case OP_NEG: return (range){-x.high, -x.low};
    case OP_POW: return power(x, y);
    case OP_ABS: return (range){x.low > 0 ? x.low : x.high < 0 ? -x.high : 0, most(-x.low, x.high)};
    case OP_SELECT: return choice(g, all, d);
    case OP_INDICATOR:
    case OP_LT:
    case OP_LE:
    case OP_EQ:
    case OP_AND:
    case OP_OR:
    case OP_NOT: return (range){0, 1};
    case OP_SIGN:
    case OP_SIN:
    case OP_COS: return (range){-1, 1};
    case OP_ERFC: return (range){0, 2};
    case OP_COSH: return (range){1, INFINITY};
    case OP_LOG1M_EXP: return (range){-INFINITY, 0};
    case OP_SUM:
    case OP_GROUP_SUM: return sum(x);
    case OP_MINIMUM:
    case OP_MAXIMUM:
    case OP_GATHER:
    case OP_LAG: return x;
    case OP_SQRT:
    case OP_LOG:
    case OP_LOG2:
    case OP_LOG10: return increasing(d->op, x, 0);
    case OP_LOG1P: return increasing(d->op, x, -1);
    case OP_FLOOR:
    case OP_CEIL:
    case OP_ROUND:
    case OP_EXP:
    case OP_EXPM1:
    case OP_CBRT:
    case OP_ATAN:
    case OP_SINH:
    case OP_TANH:
    case OP_ERF:
    case OP_PHI:
    case OP_LOG_PHI:
    case OP_INV_LOGIT:
    case OP_LOG1P_EXP: return increasing(d->op, x, -INFINITY);
    default: return everything;
    }
}

range *range_nodes(const build *b, bool tame)
{
    const dag *g = &b->g;
    range *all = ARENA_ARRAY(b->arena, range, g->nodes.count);
    range *states = ARENA_ARRAY(b->arena, range, g->states.count + 1);
    for (uint32_t s = 0; s < g->states.count; s++)
        states[s] = (range){0, INFINITY};
    for (bool settled = false; !settled;) {
        for (node n = 1; n < g->nodes.count; n++) {
            all[n] = of_node(b, all, states, dag_at(g, n), tame);
            if (!(all[n].low <= all[n].high)) /* inf - inf */
                all[n] = everything;
        }
        settled = true;
        for (uint32_t s = 0; s < g->states.count; s++) {
            if (states[s].low < 0 || all[g->states.data[s].body].low >= 0)
                continue;
            states[s] = everything;
            settled = false;
        }
    }
    return all;
}
