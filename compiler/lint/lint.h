/* Warnings about models that are allowed, but seldom meant: what `mlec check` says beyond errors.
 *
 * Expects a built model without errors. Reports; changes nothing that later passes read. Each rule
 * is a function of lint.c, and its code a row of base/diag.def. */
#ifndef COMPILER_LINT_LINT_H
#define COMPILER_LINT_LINT_H

#include "compiler/fold/build.h"

void lint_model(build *b);

/* ---- range.c */

/* The values that a node can take, as far as types and arithmetic tell: a closed interval. */
typedef struct {
    double low, high;
} range;

/* One for each node of the graph, in the arena. With `tame`, columns whose type allows any number
 * are taken to be positive: what would be so if they were declared. */
range *range_nodes(const build *b, bool tame);

#endif
