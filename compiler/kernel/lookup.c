/* Functions of parameters and one column.
 *
 * lgamma(y + phi) is the same for all rows with the same y. Such functions, when they are worth it,
 * leave the row function: they become inputs of it, made by a function of their own, which the
 * evaluator calls once for each distinct value of the column where these are few (runtime/eval/
 * lookup.c), and otherwise strip by strip. Each is as large as it can be: everything in it varies
 * with that column alone. */
#include "compiler/kernel/kernel.h"

enum { NOTHING = 0, SEVERAL = UINT32_MAX };

typedef struct {
    dag *g;
    const kernel_input *inputs;
    uint32_t n_active;
    uint32_t
        *source;    /* of each node: NOTHING, SEVERAL, or the data input + 1 that it varies with */
    uint8_t *heavy; /* it is worth a table */
    node *memo;
    node count;
} search;

static uint32_t join(uint32_t a, uint32_t b)
{
    return a == NOTHING || a == b ? b : b == NOTHING ? a : SEVERAL;
}

static bool is_heavy(op_id op)
{
    op_class class = op_table[op].class;
    return class == OP_MATH || class == OP_JET || op == OP_POW;
}

static void classify(search *s, node n)
{
    const dag_node *d = dag_at(s->g, n);
    if (d->axis == AXIS_ONE)
        return;
    if (d->op == OP_INPUT) {
        s->source[n] = d->x < s->n_active ? SEVERAL : d->x + 1;
        return;
    }
    s->heavy[n] = is_heavy((op_id)d->op) && d->flags & NODE_PARAM;
    for (int i = 0; i < op_table[d->op].arity; i++) {
        s->source[n] = join(s->source[n], s->source[d->arg[i]]);
        s->heavy[n] |= s->heavy[d->arg[i]];
    }
}

static bool fits(const search *s, node n)
{
    return s->heavy[n] && s->source[n] != NOTHING && s->source[n] != SEVERAL;
}

static node replace(search *s, node n)
{
    if (n >= s->count || s->memo[n])
        return n >= s->count ? n : s->memo[n];
    dag_node d = *dag_at(s->g, n);
    node args[3] = {0, 0, 0};
    for (int i = 0; i < op_table[d.op].arity; i++)
        args[i] = replace(s, d.arg[i]);
    return s->memo[n] = fold_like(s->g, n, args);
}

static kernel_lookup *group_of(kernel *k, kernel_lookups *out, uint32_t input)
{
    for (uint32_t i = 0; i < out->groups.count; i++)
        if (out->groups.data[i].input == input)
            return &out->groups.data[i];
    VEC_PUSH(k->arena, out->groups, (kernel_lookup){.input = input});
    return &out->groups.data[out->groups.count - 1];
}

kernel_lookups kernel_find_lookups(kernel *k, const kernel_input *inputs, uint32_t n_inputs,
                                   uint32_t n_active, node *outputs, uint32_t n)
{
    dag *g = &k->b->g;
    kernel_lookups found = {0};
    search s = {.g = g, .inputs = inputs, .n_active = n_active, .count = g->nodes.count};
    uint8_t *seen = ARENA_ARRAY(k->arena, uint8_t, s.count);
    uint8_t *root = ARENA_ARRAY(k->arena, uint8_t, s.count); /* read by what does not fit */
    s.source = ARENA_ARRAY(k->arena, uint32_t, s.count);
    s.heavy = ARENA_ARRAY(k->arena, uint8_t, s.count);
    dag_mark(g, outputs, n, seen);
    for (node i = 1; i < s.count; i++)
        if (seen[i])
            classify(&s, i);
    for (uint32_t i = 0; i < n; i++)
        root[outputs[i]] = 1;
    for (node i = 1; i < s.count; i++)
        for (int j = 0; seen[i] && !fits(&s, i) && j < op_table[dag_at(g, i)->op].arity; j++)
            root[dag_at(g, i)->arg[j]] = 1;
    for (node i = 1; i < s.count; i++)
        if (seen[i] && root[i] && fits(&s, i)) {
            kernel_lookup *group = group_of(k, &found, s.source[i] - 1);
            VEC_PUSH(k->arena, group->nodes, i);
            found.n++;
        }
    if (!found.n)
        return found;
    s.memo = ARENA_ARRAY(k->arena, node, s.count);
    uint32_t next = n_inputs;
    for (uint32_t i = 0; i < found.groups.count; i++)
        for (uint32_t j = 0; j < found.groups.data[i].nodes.count; j++)
            s.memo[found.groups.data[i].nodes.data[j]] =
                fold_leaf(g, OP_INPUT, next++, 0, AXIS_ROW, NODE_DATA | NODE_PARAM);
    for (uint32_t i = 0; i < n; i++)
        outputs[i] = replace(&s, outputs[i]);
    return found;
}
