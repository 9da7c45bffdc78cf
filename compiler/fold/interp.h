/* The graph interpreter: evaluates elementwise graphs one number at a time. It is the oracle that
 * machine code is compared with, and the finder of what is not finite. */
#ifndef COMPILER_FOLD_INTERP_H
#define COMPILER_FOLD_INTERP_H

#include "compiler/fold/fold.h"
#include "runtime/calc/quad.h"

/* Values of all nodes that `roots` reach, over INPUT leaves with the values inputs[]:
 * values[g->nodes.count]; others are left alone. */
void interp_double(const dag *g, const node *roots, uint32_t n, const double *inputs,
                   double *values, arena *a);
/* The jets computed last: the numbers of one come one after the other. Zeroed by its owner. */
typedef struct {
    struct {
        bool valid;
        jet_family family;
        quad args[JET_MOST_ARGUMENTS], jet[JET_MOST];
    } recent[4];
    unsigned next;
} quad_memo;

/* One operator, and whole graphs, in quadruple precision. */
quad op_eval_quad(quad_memo *memo, op_id op, quad a, quad b, quad c);
void interp_quad(const dag *g, const node *roots, uint32_t n, const quad *inputs, quad *values,
                 arena *a);

#endif
