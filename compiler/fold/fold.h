/* The one constructor of graph nodes: folds constants, applies the rewrite rules, hash-conses.
 *
 * Whatever builds a graph (the checked model, derivatives, the kernel plan) comes through here, so
 * every graph is simplified, and equal expressions are one node. Rules (rules.h) keep the value;
 * 0 * x is 0 and x - x is 0 also where x might be infinite, since the language's laziness (ifelse)
 * is kept by rules of its own. */
#ifndef COMPILER_FOLD_FOLD_H
#define COMPILER_FOLD_FOLD_H

#include "compiler/dag/dag.h"

node fold_const(dag *g, double value);
node fold_leaf(dag *g, op_id op, uint32_t x, uint32_t y, uint16_t axis, uint8_t flags);
node fold_1(dag *g, op_id op, node a);
node fold_2(dag *g, op_id op, node a, node b);
node fold_select(dag *g, node condition, node yes, node no);
/* a * b + c, rounded once: for the kernel plan alone, after all rules have been applied. */
node fold_fma(dag *g, node a, node b, node c);
/* Any elementwise operator, by the constructor of its own. */
node fold_operator(dag *g, op_id op, const node *args);
/* An AXIS operator: result axis given. */
node fold_axis(dag *g, op_id op, node a, uint32_t x, uint32_t y, uint16_t axis);
/* Any elementwise operator with its operands replaced: what sweeps use. */
node fold_like(dag *g, node like, const node *args);

static inline node fold_add(dag *g, node a, node b) { return fold_2(g, OP_ADD, a, b); }
static inline node fold_sub(dag *g, node a, node b) { return fold_2(g, OP_SUB, a, b); }
static inline node fold_mul(dag *g, node a, node b) { return fold_2(g, OP_MUL, a, b); }
static inline node fold_div(dag *g, node a, node b) { return fold_2(g, OP_DIV, a, b); }
static inline node fold_neg(dag *g, node a) { return fold_1(g, OP_NEG, a); }
/* a + b for sums of derivatives: where each is 0 unless a condition of its own holds, so is the
 * sum, as a select that whatever it is multiplied by moves into. */
node fold_add_lazy(dag *g, node a, node b);
/* a^n for a whole n >= 0, by multiplications. */
node fold_power(dag *g, node a, unsigned n);

bool fold_is_const(const dag *g, node a, double *value);
/* NODE_NONNEGATIVE and NODE_UNIT of what lies between two bounds: flags for a leaf. */
uint8_t fold_known(double lower, double upper);

/* The value of an elementwise operator in double arithmetic, as machine code computes it. */
double op_eval(op_id op, double a, double b, double c);

#endif
