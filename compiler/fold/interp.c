#include "compiler/fold/interp.h"

#if LDBL_MANT_DIG == 113
#define quad_floor floorl
#else
quad floorq(quad x); /* of libquadmath, whose header clang does not ship */
#define quad_floor floorq
#endif

#include <math.h>

void interp_double(const dag *g, const node *roots, uint32_t n, const double *inputs,
                   double *values, arena *a)
{
    uint8_t *seen = ARENA_ARRAY(a, uint8_t, g->nodes.count);
    dag_mark(g, roots, n, seen);
    for (node i = 1; i < g->nodes.count; i++) {
        const dag_node *d = dag_at(g, i);
        if (!seen[i])
            continue;
        if (d->op == OP_CONST)
            values[i] = d->value;
        else if (d->op == OP_INPUT)
            values[i] = inputs[d->x];
        else
            values[i] =
                op_eval((op_id)d->op, values[d->arg[0]], values[d->arg[1]], values[d->arg[2]]);
    }
}

static quad jet_number(quad_memo *m, const op_info *op, quad a, quad b, quad c)
{
    enum { RECENT = sizeof m->recent / sizeof *m->recent };
    for (int i = 0; i < RECENT; i++) {
        const quad *x = m->recent[i].args;
        if (m->recent[i].valid && m->recent[i].family == op->family && x[0] == a && x[1] == b &&
            (op->arity < 3 || x[2] == c))
            return m->recent[i].jet[op->number];
    }
    unsigned i = m->next++ % RECENT;
    m->recent[i].valid = true;
    m->recent[i].family = (jet_family)op->family;
    m->recent[i].args[0] = a;
    m->recent[i].args[1] = b;
    m->recent[i].args[2] = c;
    calc_jets[op->family].quad(m->recent[i].args, m->recent[i].jet);
    return m->recent[i].jet[op->number];
}

#define SQRT(a)      quad_sqrt(a)
#define POW(a, b)    quad_pow(a, b)
#define ABS(a)       ((a) < 0 ? -(a) : (a))
#define FMA(a, b, c) ((a) * (b) + (c))
#define FLOOR(a)     quad_floor(a)
#define CEIL(a)      (-quad_floor(-(a)))
#define NAME(name)   quad_##name

quad op_eval_quad(quad_memo *memo, op_id op, quad a, quad b, quad c)
{
    if (op_table[op].class == OP_JET)
        return jet_number(memo, &op_table[op], a, b, c);
    switch (op) {
#include "compiler/fold/op_cases.inc"
    default: return (quad)NAN;
    }
}

void interp_quad(const dag *g, const node *roots, uint32_t n, const quad *inputs, quad *values,
                 arena *a)
{
    quad_memo memo = {0};
    uint8_t *seen = ARENA_ARRAY(a, uint8_t, g->nodes.count);
    dag_mark(g, roots, n, seen);
    for (node i = 1; i < g->nodes.count; i++) {
        const dag_node *d = dag_at(g, i);
        if (!seen[i])
            continue;
        if (d->op == OP_CONST)
            values[i] = d->value;
        else if (d->op == OP_INPUT)
            values[i] = inputs[d->x];
        else
            values[i] = op_eval_quad(&memo, (op_id)d->op, values[d->arg[0]], values[d->arg[1]],
                                     values[d->arg[2]]);
    }
}
