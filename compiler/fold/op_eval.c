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

#define SQRT(a)      sqrt(a)
#define POW(a, b)    calc_pow(a, b)
#define ABS(a)       fabs(a)
#define FMA(a, b, c) fma(a, b, c)
#define FLOOR(a)     floor(a)
#define CEIL(a)      ceil(a)
#define NAME(name)   calc_##name

double op_eval(op_id op, double a, double b, double c)
{
    if (op_table[op].class == OP_JET)
        return jet_number(&op_table[op], a, b, c);
    switch (op) {
#include "compiler/fold/op_cases.inc"
    default: return NAN;
    }
}
