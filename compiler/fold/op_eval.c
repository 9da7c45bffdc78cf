/* The value of one operator in double arithmetic: the same functions, to the bit, that machine code
 * computes (runtime/calc holds both readings of them). */
#include "compiler/fold/fold.h"
#include "runtime/calc/calc.h"

#include <math.h>

static double jet_number(const op_info *op, double a, double b, double c)
{
    double jet[JET_MOST];
    calc_jets[op->family].jet((const double[]){a, b, c}, jet);
    return jet[op->number];
}

double op_eval(op_id op, double a, double b, double c)
{
    if (op_table[op].class == OP_JET)
        return jet_number(&op_table[op], a, b, c);
    switch (op) {
    case OP_ADD: return a + b;
    case OP_SUB: return a - b;
    case OP_MUL: return a * b;
    case OP_DIV: return a / b;
    case OP_NEG: return -a;
    case OP_SQRT: return sqrt(a);
    case OP_POW: return calc_pow(a, b);
    case OP_ABS: return fabs(a);
    case OP_FMA: return fma(a, b, c);
    case OP_LT: return a < b;
    case OP_LE: return a <= b;
    case OP_EQ: return a == b;
    case OP_AND: return a != 0 && b != 0;
    case OP_OR: return a != 0 || b != 0;
    case OP_NOT: return a == 0;
    case OP_SELECT: return a != 0 ? b : c;
    case OP_FLOOR: return floor(a);
    case OP_CEIL: return ceil(a);
    case OP_ROUND: return floor(a) + (a - floor(a) >= 0.5);
    case OP_SIGN:
        return a > 0 ? 1 : a < 0 ? -1 : a;
/* clang-format off */
#define MATH(id, name, arity) MATH_##arity(id, name)
#define MATH_1(id, name) case OP_##id: return calc_##name(a);
#define MATH_2(id, name) case OP_##id: return calc_##name(a, b);
#include "compiler/dag/ops.def"
#undef MATH
    /* clang-format on */
    default: return NAN;
    }
}
