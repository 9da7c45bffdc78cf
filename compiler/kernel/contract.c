/* Fused multiply-adds: a product that one sum alone reads is rounded with it, once.
 *
 * The plan decides this, not the code generator, so every back end rounds alike. A product that
 * several nodes read stays: fusing it would compute it again. */
#include "compiler/kernel/kernel.h"

typedef struct {
    dag *g;
    uint32_t *uses; /* of the nodes that the outputs reach */
    node *memo;
} contraction;

static bool fusible(const contraction *c, node n)
{
    const dag_node *d = dag_at(c->g, n);
    return d->op == OP_MUL && c->uses[n] == 1;
}

static node rewrite(contraction *c, node n)
{
    dag *g = c->g;
    if (c->memo[n])
        return c->memo[n];
    dag_node d = *dag_at(g, n);
    node r = 0, a = d.arg[0], b = d.arg[1];
    bool sum = d.op == OP_ADD, difference = d.op == OP_SUB;
    if ((sum || difference) && fusible(c, a)) {
        node x = rewrite(c, dag_at(g, a)->arg[0]), y = rewrite(c, dag_at(g, a)->arg[1]);
        node z = rewrite(c, b);
        r = fold_fma(g, x, y, difference ? fold_neg(g, z) : z);
    } else if ((sum || difference) && fusible(c, b)) {
        node x = rewrite(c, dag_at(g, b)->arg[0]), y = rewrite(c, dag_at(g, b)->arg[1]);
        r = fold_fma(g, difference ? fold_neg(g, x) : x, y, rewrite(c, a));
    } else {
        node args[3] = {0, 0, 0};
        for (int k = 0; k < op_table[d.op].arity; k++)
            args[k] = rewrite(c, d.arg[k]);
        r = fold_like(g, n, args);
    }
    return c->memo[n] = r;
}

void kernel_contract(kernel *k, node *outputs, uint32_t n)
{
    dag *g = &k->b->g;
    contraction c = {.g = g};
    node count = g->nodes.count; /* nodes behind these are made here */
    uint8_t *seen = ARENA_ARRAY(k->arena, uint8_t, count);
    c.uses = ARENA_ARRAY(k->arena, uint32_t, count);
    c.memo = ARENA_ARRAY(k->arena, node, count);
    dag_mark(g, outputs, n, seen);
    for (uint32_t i = 0; i < n; i++)
        c.uses[outputs[i]]++;
    for (node i = 1; i < count; i++)
        if (seen[i])
            for (int j = 0; j < op_table[dag_at(g, i)->op].arity; j++)
                c.uses[dag_at(g, i)->arg[j]]++;
    for (uint32_t i = 0; i < n; i++)
        outputs[i] = rewrite(&c, outputs[i]);
}
