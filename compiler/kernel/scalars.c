/* Scalar factors of a row's products and quotients are gathered, and computed once for all rows.
 *
 * Derivatives come out as long products in which numbers, parameters and rows alternate, as in
 * -1/2 * (2 * (z * share)) / sigma. Each node is written here as a coefficient, which does not
 * vary, times a core, which does: (-1/sigma) * (z * share). The coefficient becomes part of the
 * prologue, and cores that differed in their scalars alone become one node. Further:
 *   a sum adds the coefficients of equal cores;
 *   x / s is x * (1 / s), so that a row has no division by a scalar; the scalar stays with a sum or
 *   a leaf, as in (y - mu) / sigma, whose square would leave the range of doubles sooner without;
 *   x / v and y / v, for a v that varies, share 1 / v.
 * Products are not spread over sums. */
#include "compiler/kernel/kernel.h"

/* coefficient * core; core 0: the coefficient alone. */
typedef struct {
    node coefficient, core;
} factored;

typedef struct {
    dag *g;
    arena *arena;
    uint32_t *uses;     /* of the nodes that the outputs reach */
    uint32_t *divisors; /* quotients with this divisor */
    factored *memo;
    node one;
} gathering;

typedef struct {
    VEC(factored) terms;
    node scalar; /* 0: none */
} linear_sum;

static bool varies(const gathering *s, node n) { return dag_at(s->g, n)->axis != AXIS_ONE; }

static factored gather(gathering *s, node n);

static node node_of(gathering *s, factored f)
{
    if (!f.core)
        return f.coefficient;
    return fold_mul(s->g, f.coefficient, f.core);
}

static node row_value(gathering *s, node n) { return node_of(s, gather(s, n)); }

static factored product(gathering *s, factored a, factored b)
{
    return (factored){fold_mul(s->g, a.coefficient, b.coefficient),
                      !a.core   ? b.core
                      : !b.core ? a.core
                                : fold_mul(s->g, a.core, b.core)};
}

static node reciprocal(gathering *s, node n) { return fold_div(s->g, s->one, n); }

/* A constant divisor stays: its reciprocal would be rounded before parameters are known. */
static factored over_scalar(gathering *s, node n, factored a, node b)
{
    double c;
    if (fold_is_const(s->g, b, &c))
        return (factored){s->one, fold_div(s->g, node_of(s, a), b)};
    op_id op = (op_id)dag_at(s->g, dag_at(s->g, n)->arg[0])->op;
    bool whole = op != OP_MUL && op != OP_DIV && op != OP_NEG;
    if (whole)
        return (factored){a.coefficient, fold_mul(s->g, reciprocal(s, b), a.core)};
    return (factored){fold_mul(s->g, a.coefficient, reciprocal(s, b)), a.core};
}

static factored quotient(gathering *s, node n)
{
    dag_node d = *dag_at(s->g, n);
    factored a = gather(s, d.arg[0]), b = gather(s, d.arg[1]);
    if (!b.core)
        return over_scalar(s, n, a, b.coefficient);
    node c = fold_div(s->g, a.coefficient, b.coefficient);
    if (s->divisors[d.arg[1]] > 1) {
        node r = reciprocal(s, b.core);
        return (factored){c, a.core ? fold_mul(s->g, a.core, r) : r};
    }
    return (factored){c, fold_div(s->g, a.core ? a.core : s->one, b.core)};
}

static void add_term(gathering *s, linear_sum *sum, factored f, bool negative)
{
    if (negative)
        f.coefficient = fold_neg(s->g, f.coefficient);
    if (!f.core) {
        sum->scalar = sum->scalar ? fold_add(s->g, sum->scalar, f.coefficient) : f.coefficient;
        return;
    }
    for (uint32_t i = 0; i < sum->terms.count; i++) {
        factored *t = &sum->terms.data[i];
        if (t->core == f.core) {
            t->coefficient = fold_add(s->g, t->coefficient, f.coefficient);
            return;
        }
    }
    VEC_PUSH(s->arena, sum->terms, f);
}

/* Addends of `n`; a sum that others read too is one addend. */
static void add_addends(gathering *s, linear_sum *sum, node n, bool negative, bool root)
{
    dag_node d = *dag_at(s->g, n);
    bool opens = varies(s, n) && (root || s->uses[n] == 1);
    if (opens && (d.op == OP_ADD || d.op == OP_SUB)) {
        add_addends(s, sum, d.arg[0], negative, false);
        add_addends(s, sum, d.arg[1], negative ^ (d.op == OP_SUB), false);
    } else if (opens && d.op == OP_NEG) {
        add_addends(s, sum, d.arg[0], !negative, false);
    } else {
        add_term(s, sum, gather(s, n), negative);
    }
}

static bool is_zero(const gathering *s, node n)
{
    double c;
    return fold_is_const(s->g, n, &c) && c == 0;
}

static factored sum_of(gathering *s, node n)
{
    linear_sum sum = {.scalar = 0};
    add_addends(s, &sum, n, false, true);
    const factored *t = sum.terms.data;
    node common = sum.terms.count ? t[0].coefficient : 0, total = sum.scalar;
    for (uint32_t i = 1; i < sum.terms.count; i++)
        if (t[i].coefficient != common)
            common = 0;
    if (total && is_zero(s, total))
        total = 0;
    bool factors = common && !total;
    for (uint32_t i = 0; i < sum.terms.count; i++) {
        node c = t[i].coefficient, x = factors ? t[i].core : node_of(s, t[i]);
        double number;
        if (!factors && fold_is_const(s->g, c, &number) && number == 0)
            continue;
        if (total && fold_is_const(s->g, c, &number) && number == -1 && !factors)
            total = fold_sub(s->g, total, t[i].core);
        else
            total = total ? fold_add(s->g, total, x) : x;
    }
    if (!total)
        return (factored){fold_const(s->g, 0), 0};
    if (!varies(s, total))
        return (factored){factors ? fold_mul(s->g, common, total) : total, 0};
    return (factored){factors ? common : s->one, total};
}

static factored operation(gathering *s, node n)
{
    dag_node d = *dag_at(s->g, n);
    node args[3] = {0, 0, 0};
    for (int k = 0; k < op_table[d.op].arity; k++)
        args[k] = row_value(s, d.arg[k]);
    node r = fold_like(s->g, n, args);
    return varies(s, r) ? (factored){s->one, r} : (factored){r, 0};
}

static factored gather(gathering *s, node n)
{
    if (s->memo[n].coefficient)
        return s->memo[n];
    dag_node d = *dag_at(s->g, n);
    factored r;
    if (!varies(s, n)) {
        r = (factored){n, 0};
    } else if (d.op == OP_MUL) {
        r = product(s, gather(s, d.arg[0]), gather(s, d.arg[1]));
    } else if (d.op == OP_DIV) {
        r = quotient(s, n);
    } else if (d.op == OP_NEG) {
        r = gather(s, d.arg[0]);
        r.coefficient = fold_neg(s->g, r.coefficient);
    } else if (d.op == OP_ADD || d.op == OP_SUB) {
        r = sum_of(s, n);
    } else {
        r = operation(s, n);
    }
    if (r.core && !varies(s, r.core)) /* x / x, say */
        r = (factored){fold_mul(s->g, r.coefficient, r.core), 0};
    return s->memo[n] = r;
}

void kernel_gather_scalars(kernel *k, node *outputs, uint32_t n)
{
    dag *g = &k->b->g;
    gathering s = {.g = g, .arena = k->arena, .one = fold_const(g, 1)};
    node count = g->nodes.count; /* nodes behind these are made here */
    uint8_t *seen = ARENA_ARRAY(k->arena, uint8_t, count);
    s.uses = ARENA_ARRAY(k->arena, uint32_t, count);
    s.divisors = ARENA_ARRAY(k->arena, uint32_t, count);
    s.memo = ARENA_ARRAY(k->arena, factored, count);
    dag_mark(g, outputs, n, seen);
    for (uint32_t i = 0; i < n; i++)
        s.uses[outputs[i]]++;
    for (node i = 1; i < count; i++) {
        const dag_node *d = dag_at(g, i);
        for (int j = 0; seen[i] && j < op_table[d->op].arity; j++)
            s.uses[d->arg[j]]++;
        if (seen[i] && d->op == OP_DIV && varies(&s, i))
            s.divisors[d->arg[1]]++;
    }
    for (uint32_t i = 0; i < n; i++)
        outputs[i] = row_value(&s, outputs[i]);
}
