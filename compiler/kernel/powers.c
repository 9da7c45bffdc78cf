/* Powers of one base whose exponents differ by whole numbers share the highest.
 *
 * Derivatives of x^y read x^(y-1) and x^(y-2) too. They are x^y / x and x^y / x^2, but where x is
 * 0: there they are a power of 0, which does not vary by row. */
#include "compiler/kernel/kernel.h"

#include <math.h>

enum { MOST_STEPS = 4 };

/* x^(exponent + offset). */
typedef struct {
    node power, base, exponent;
    double offset;
} member;

typedef struct {
    kernel *k;
    VEC(member) members;
    node *memo;
    node count;
} powers;

/* y + c as y and c, for a whole c. */
static node split_offset(const dag *g, node n, double *offset)
{
    *offset = 0;
    for (;;) {
        const dag_node *d = dag_at(g, n);
        double c;
        bool sum = d->op == OP_ADD && fold_is_const(g, d->arg[0], &c);
        bool difference = d->op == OP_SUB && fold_is_const(g, d->arg[1], &c);
        if (!(sum || difference) || c != floor(c))
            return n;
        *offset += sum ? c : -c;
        n = d->arg[sum ? 1 : 0];
    }
}

/* The member of the same group with the highest exponent. */
static const member *highest(const powers *p, const member *own)
{
    const member *best = own;
    for (uint32_t i = 0; i < p->members.count; i++) {
        const member *m = &p->members.data[i];
        if (m->base == own->base && m->exponent == own->exponent && m->offset > best->offset)
            best = m;
    }
    return best;
}

static node rewrite(powers *p, node n)
{
    dag *g = &p->k->b->g;
    if (n >= p->count || p->memo[n])
        return n >= p->count ? n : p->memo[n];
    dag_node d = *dag_at(g, n);
    node args[3] = {0, 0, 0}, r = 0;
    for (int i = 0; i < op_table[d.op].arity; i++)
        args[i] = rewrite(p, d.arg[i]);
    for (uint32_t i = 0; i < p->members.count && !r; i++) {
        const member *own = &p->members.data[i], *best = highest(p, own);
        double steps = best->offset - own->offset;
        if (own->power != n || best == own || steps > MOST_STEPS)
            continue;
        node one = fold_const(g, 1), zero = fold_const(g, 0);
        node over = fold_power(g, fold_div(g, one, args[0]), (unsigned)steps);
        r = fold_select(g, fold_2(g, OP_EQ, zero, args[0]), fold_2(g, OP_POW, zero, args[1]),
                        fold_mul(g, rewrite(p, best->power), over));
    }
    return p->memo[n] = r ? r : fold_like(g, n, args);
}

void kernel_share_powers(kernel *k, node *outputs, uint32_t n)
{
    dag *g = &k->b->g;
    powers p = {.k = k, .count = g->nodes.count};
    uint8_t *seen = ARENA_ARRAY(k->arena, uint8_t, p.count);
    dag_mark(g, outputs, n, seen);
    for (node i = 1; i < p.count; i++) {
        const dag_node *d = dag_at(g, i);
        if (!seen[i] || d->op != OP_POW || d->axis == AXIS_ONE ||
            dag_at(g, d->arg[1])->axis != AXIS_ONE)
            continue;
        member m = {.power = i, .base = d->arg[0]};
        m.exponent = split_offset(g, d->arg[1], &m.offset);
        VEC_PUSH(k->arena, p.members, m);
    }
    if (p.members.count < 2)
        return;
    p.memo = ARENA_ARRAY(k->arena, node, p.count);
    for (uint32_t i = 0; i < n; i++)
        outputs[i] = rewrite(&p, outputs[i]);
}
