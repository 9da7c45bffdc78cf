#include "compiler/fold/rules.h"

#include <math.h>
#include <string.h>

enum { MAX_PENDING = 12 };

typedef struct {
    const uint8_t *pattern;
    node pending[MAX_PENDING]; /* what the rest of the pattern is to match, last first */
    uint32_t n_pending;
    node bound[RULE_MAX_VARIABLES];
} matcher;

bool rule_commutes(op_id op)
{
    return op == OP_ADD || op == OP_MUL || op == OP_EQ || op == OP_AND || op == OP_OR ||
           op == OP_LOG_ADD;
}

static bool bind(const dag *g, node *bound, uint8_t variable, node n)
{
    node *place = &bound[variable - RULE_VARIABLES];
    if (*place)
        return *place == n;
    *place = n;
    return variable < RULE_CONSTANTS || dag_at(g, n)->op == OP_CONST;
}

/* Sums and products match in both orders: operands stand in the order in which they were made. */
static bool match(dag *g, matcher *m)
{
    while (m->n_pending) {
        uint8_t symbol = *m->pattern++;
        node n = m->pending[--m->n_pending];
        const dag_node *d = dag_at(g, n);
        if (symbol >= RULE_NUMBERS) {
            if (d->op != OP_CONST || d->value != rule_numbers[symbol - RULE_NUMBERS])
                return false;
            continue;
        }
        if (symbol >= RULE_VARIABLES) {
            if (!bind(g, m->bound, symbol, n))
                return false;
            continue;
        }
        /* -x of a known x is whatever the constructor makes of it: -(a - b) is b - a. */
        bool variable = m->pattern[0] >= RULE_VARIABLES && m->pattern[0] < RULE_CONSTANTS;
        node x = symbol == OP_NEG && variable ? m->bound[m->pattern[0] - RULE_VARIABLES] : 0;
        if (x) {
            if (fold_neg(g, x) != n)
                return false;
            m->pattern++;
            continue;
        }
        if (d->op != symbol)
            return false;
        int arity = op_table[symbol].arity;
        if (rule_commutes((op_id)symbol) && d->arg[0] != d->arg[1]) {
            matcher other = *m;
            other.pending[other.n_pending++] = d->arg[0];
            other.pending[other.n_pending++] = d->arg[1];
            if (match(g, &other)) {
                *m = other;
                return true;
            }
            d = dag_at(g, n);
        }
        for (int k = arity - 1; k >= 0; k--)
            m->pending[m->n_pending++] = d->arg[k];
    }
    return true;
}

static bool known(const dag *g, rule_known what, node n)
{
    const dag_node *d = dag_at(g, n);
    int exponent;
    switch (what) {
    case KNOWN_NONNEGATIVE: return d->flags & NODE_NONNEGATIVE;
    case KNOWN_POSITIVE: return d->flags & NODE_POSITIVE;
    case KNOWN_UNIT: return d->flags & NODE_UNIT;
    case KNOWN_WHOLE: return (d->flags & NODE_WHOLE) && (d->flags & NODE_NONNEGATIVE);
    case KNOWN_LOGICAL: return (d->flags & NODE_WHOLE) && (d->flags & NODE_UNIT);
    case KNOWN_TRUE: return d->value != 0;
    case KNOWN_FINITE: return isfinite(d->value);
    case KNOWN_NEGATIVE: return d->value < 0;
    case KNOWN_POWER_OF_TWO: return fabs(frexp(d->value, &exponent)) == 0.5;
    case KNOWN_EVEN: return fmod(d->value, 2) == 0;
    case KNOWN_UNEVEN: return fmod(d->value, 2) != 0;
    default: return true;
    }
}

static bool holds(const dag *g, const uint8_t *domain, const node *bound)
{
    for (; *domain; domain += 2)
        if (!known(g, (rule_known)domain[0], bound[domain[1] - RULE_VARIABLES]))
            return false;
    return true;
}

static node make_side(dag *g, const uint8_t **p, const node *bound)
{
    uint8_t symbol = *(*p)++;
    if (symbol >= RULE_NUMBERS)
        return fold_const(g, rule_numbers[symbol - RULE_NUMBERS]);
    if (symbol >= RULE_VARIABLES)
        return bound[symbol - RULE_VARIABLES];
    node args[3] = {0, 0, 0};
    for (int k = 0; k < op_table[symbol].arity; k++)
        args[k] = make_side(g, p, bound);
    if (symbol == OP_SELECT)
        return fold_select(g, args[0], args[1], args[2]);
    return args[1] ? fold_2(g, (op_id)symbol, args[0], args[1]) : fold_1(g, (op_id)symbol, args[0]);
}

/* Whether the head of a pattern may match: most rules end here. */
static bool head_fits(const dag *g, uint8_t symbol, node n)
{
    const dag_node *d = dag_at(g, n);
    if (symbol >= RULE_NUMBERS)
        return d->op == OP_CONST && d->value == rule_numbers[symbol - RULE_NUMBERS];
    if (symbol >= RULE_CONSTANTS)
        return d->op == OP_CONST;
    return symbol >= RULE_VARIABLES || d->op == symbol;
}

static bool match_operands(dag *g, matcher *m, const rule *r, int arity, const node *args,
                           bool swapped)
{
    const uint8_t *head = r->left + 1;
    if (!head_fits(g, head[0], args[swapped]))
        return false;
    bool leaf = arity == 2 && head[0] >= RULE_VARIABLES; /* a second operand's head follows */
    bool negative = leaf && head[1] == OP_NEG && head[2] == head[0];
    if (leaf && !negative && !head_fits(g, head[1], args[!swapped]))
        return false;
    m->pattern = head;
    m->n_pending = 0;
    memset(m->bound, 0, sizeof m->bound);
    for (int k = arity - 1; k >= 0; k--)
        m->pending[m->n_pending++] = args[swapped ? 1 - k : k];
    return match(g, m) && holds(g, r->domain, m->bound);
}

node rules_apply(dag *g, op_id op, const node *args)
{
    if (!rule_first[op])
        return 0;
    int arity = op_table[op].arity;
    bool both = rule_commutes(op) && args[0] != args[1];
    matcher m;
    for (uint32_t i = rule_first[op] - 1; i < rule_count && rule_table[i].left[0] == op; i++) {
        const rule *r = &rule_table[i];
        if (match_operands(g, &m, r, arity, args, false) ||
            (both && match_operands(g, &m, r, arity, args, true))) {
            const uint8_t *right = r->right;
            return make_side(g, &right, m.bound);
        }
    }
    return 0;
}
