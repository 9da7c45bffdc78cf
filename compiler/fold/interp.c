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

quad op_eval_quad(op_id op, quad a, quad b, quad c)
{
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
                op_eval_quad((op_id)d->op, values[d->arg[0]], values[d->arg[1]], values[d->arg[2]]);
    }
}
