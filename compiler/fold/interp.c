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

quad op_eval_quad(quad_memo *memo, op_id op, quad a, quad b, quad c)
{
    if (op_table[op].class == OP_JET)
        return jet_number(memo, &op_table[op], a, b, c);
    switch (op) {
    case OP_ADD: return a + b;
    case OP_SUB: return a - b;
    case OP_MUL: return a * b;
    case OP_DIV: return a / b;
    case OP_NEG: return -a;
    case OP_SQRT: return quad_sqrt(a);
    case OP_POW: return quad_pow(a, b);
    case OP_ABS: return a < 0 ? -a : a;
    case OP_FMA: return a * b + c;
    case OP_LT: return a < b;
    case OP_LE: return a <= b;
    case OP_EQ: return a == b;
    case OP_AND: return a != 0 && b != 0;
    case OP_OR: return a != 0 || b != 0;
    case OP_NOT: return a == 0;
    case OP_SELECT: return a != 0 ? b : c;
    case OP_FLOOR: return quad_floor(a);
    case OP_CEIL: return -quad_floor(-a);
    case OP_ROUND: return quad_floor(a) + (a - quad_floor(a) >= 0.5);
    case OP_SIGN:
        return a > 0 ? 1 : a < 0 ? -1 : a;
/* clang-format off */
#define MATH(id, name, arity) MATH_##arity(id, name)
#define MATH_1(id, name) case OP_##id: return quad_##name(a);
#define MATH_2(id, name) case OP_##id: return quad_##name(a, b);
#include "compiler/dag/ops.def"
#undef MATH
    /* clang-format on */
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
