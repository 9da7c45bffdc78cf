/* One normal form: an expression comes out the same in whatever order its operands are given and
 * its parts are made; and a graph that is built again from its own nodes stays as it is. */
#include "tests/unit/compiler/graph.h"

enum { N_INPUTS = 4, MAX_NODES = 80 };

/* An expression as written: operators over earlier entries. */
typedef struct {
    op_id op;
    uint32_t arg[3];
    double value; /* of a constant; of an input its number */
} written;

typedef struct {
    written nodes[MAX_NODES];
    uint32_t count;
} recipe;

static uint32_t add(recipe *r, written w)
{
    cr_assert(r->count < MAX_NODES);
    r->nodes[r->count] = w;
    return r->count++;
}

static uint32_t leaf(recipe *r, uint64_t *state)
{
    static const double numbers[] = {0, 1, -1, 2, 0.5, -0.5, 3};
    uint32_t k = random_below(state, N_INPUTS + 7);
    if (k < N_INPUTS)
        return add(r, (written){.op = OP_INPUT, .value = k});
    return add(r, (written){.op = OP_CONST, .value = numbers[k - N_INPUTS]});
}

static uint32_t expression(recipe *r, uint64_t *state, int depth);

static uint32_t operation(recipe *r, uint64_t *state, op_id op, int depth)
{
    written w = {.op = op};
    for (int k = 0; k < op_table[op].arity; k++)
        w.arg[k] = expression(r, state, depth - 1);
    return add(r, w);
}

/* Half of the expressions are left sides of rules, whose variables are expressions again. */
static uint32_t left_side(recipe *r, uint64_t *state, const uint8_t **p, uint32_t *bound, int depth)
{
    uint8_t symbol = *(*p)++;
    if (symbol >= RULE_NUMBERS)
        return add(r, (written){.op = OP_CONST, .value = rule_numbers[symbol - RULE_NUMBERS]});
    if (symbol >= RULE_CONSTANTS)
        return add(r, (written){.op = OP_CONST, .value = random_between(state, -2, 2)});
    if (symbol >= RULE_VARIABLES) {
        uint32_t *place = &bound[symbol - RULE_VARIABLES];
        if (*place == UINT32_MAX)
            *place = expression(r, state, depth - 1);
        return *place;
    }
    written w = {.op = (op_id)symbol};
    for (int k = 0; k < op_table[symbol].arity; k++)
        w.arg[k] = left_side(r, state, p, bound, depth);
    return add(r, w);
}

static uint32_t expression(recipe *r, uint64_t *state, int depth)
{
    static const op_id ops[] = {OP_ADD, OP_SUB, OP_MUL, OP_DIV,       OP_NEG,       OP_EXP,
                                OP_LOG, OP_ABS, OP_POW, OP_INV_LOGIT, OP_LOG1P_EXP, OP_SELECT,
                                OP_LT,  OP_AND, OP_OR,  OP_NOT,       OP_ADD,       OP_MUL};
    if (depth <= 0 || r->count > MAX_NODES / 2)
        return leaf(r, state);
    if (random_below(state, 2))
        return operation(r, state, ops[random_below(state, 18)], depth);
    uint32_t bound[RULE_MAX_VARIABLES];
    for (int k = 0; k < RULE_MAX_VARIABLES; k++)
        bound[k] = UINT32_MAX;
    const uint8_t *p = rule_table[random_below(state, rule_count)].left;
    return left_side(r, state, &p, bound, depth - 1);
}

typedef struct {
    dag *g;
    const recipe *r;
    node made[MAX_NODES];
    uint64_t *state; /* shuffles when set */
} maker;

static node make(maker *m, uint32_t i)
{
    if (m->made[i])
        return m->made[i];
    const written *w = &m->r->nodes[i];
    int arity = op_table[w->op].arity;
    if (w->op == OP_CONST)
        return m->made[i] = fold_const(m->g, w->value);
    if (w->op == OP_INPUT) /* of each kind of knowledge one */
        return m->made[i] =
                   fold_leaf(m->g, OP_INPUT, (uint32_t)w->value, 0, AXIS_ONE,
                             (uint8_t)(w->value == 1   ? NODE_DATA | NODE_NONNEGATIVE | NODE_WHOLE
                                       : w->value == 2 ? NODE_PARAM | NODE_NONNEGATIVE | NODE_UNIT
                                                       : NODE_PARAM));
    node a[3] = {0};
    bool backward = m->state && random_below(m->state, 2);
    for (int k = 0; k < arity; k++) { /* the parts in any order */
        int at = backward ? arity - 1 - k : k;
        a[at] = make(m, w->arg[at]);
    }
    if (w->op == OP_SELECT)
        return m->made[i] = fold_select(m->g, a[0], a[1], a[2]);
    if (arity == 1)
        return m->made[i] = fold_1(m->g, w->op, a[0]);
    bool swap = m->state && rule_commutes(w->op) && random_below(m->state, 2);
    return m->made[i] = fold_2(m->g, w->op, a[swap ? 1 : 0], a[swap ? 0 : 1]);
}

static const char *text(graph *g, node root)
{
    buf out;
    buf_init(&out, &g->arena);
    for (node i = 1; i <= root; i++) {
        const dag_node *d = dag_at(&g->b.g, i);
        buf_printf(&out, "%%%u = %s %u %u %u", i, op_table[d->op].name, d->arg[0], d->arg[1],
                   d->arg[2]);
        if (d->op == OP_CONST)
            buf_printf(&out, " value %g", d->value);
        buf_putc(&out, '\n');
    }
    return buf_text(&out);
}

Test(normal_form, orders_of_construction)
{
    unsigned failures = 0;
    for (uint64_t seed = 1; seed <= 10000 && failures < 5; seed++) {
        uint64_t state = 0x9E3779B97F4A7C15ULL * seed;
        recipe r = {.count = 0};
        uint32_t root = expression(&r, &state, 2 + (int)(seed % 3));
        graph first;
        graph_open(&first);
        maker m = {.g = &first.b.g, .r = &r};
        node one = make(&m, root);
        for (int n = 0; n < 4 && failures < 5; n++) {
            graph other;
            graph_open(&other);
            maker again = {.g = &other.b.g, .r = &r, .state = &state};
            node two = make(&again, root);
            if (graph_shape(&first, one) != graph_shape(&other, two)) {
                failures++;
                cr_expect_fail("seed %lu:\n%s\n%s", (unsigned long)seed, text(&first, one),
                               text(&other, two));
            }
            graph_close(&other);
            maker same = {
                .g = &first.b.g, .r = &r, .state = &state}; /* beside the first: its nodes */
            cr_expect(graph_shape(&first, make(&same, root)) == graph_shape(&first, one),
                      "seed %lu", (unsigned long)seed);
        }
        graph_close(&first);
    }
}

Test(normal_form, it_is_kept_when_built_again)
{
    unsigned failures = 0;
    for (uint64_t seed = 1; seed <= 10000 && failures < 5; seed++) {
        uint64_t state = 0xD1B54A32D192ED03ULL * seed;
        recipe r = {.count = 0};
        uint32_t root = expression(&r, &state, 2 + (int)(seed % 3));
        graph g;
        graph_open(&g);
        maker m = {.g = &g.b.g, .r = &r};
        node one = make(&m, root);
        node *again = ARENA_ARRAY(&g.arena, node, one + 1);
        for (node i = 1; i <= one; i++) {
            dag_node d = *dag_at(&g.b.g, i);
            node args[3] = {again[d.arg[0]], again[d.arg[1]], again[d.arg[2]]};
            again[i] = fold_like(&g.b.g, i, args);
        }
        if (again[one] != one) {
            failures++;
            cr_expect_fail("seed %lu: %%%u again is %%%u:\n%s", (unsigned long)seed, one,
                           again[one], text(&g, again[one] > one ? again[one] : one));
        }
        graph_close(&g);
    }
}
