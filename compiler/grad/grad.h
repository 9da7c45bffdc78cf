/* Derivatives by one downward sweep over the graph.
 *
 * Expects a root over INPUT leaves (the graph of one map). Gives graphs in the same dag, built
 * through the folding constructor, so they come out simplified and share nodes with the value and
 * with each other. Arithmetic has its rules here; every other function brings its `partial` clauses
 * from the library. */
#ifndef COMPILER_GRAD_GRAD_H
#define COMPILER_GRAD_GRAD_H

#include "compiler/fold/build.h"

/* out[k] = d root / d inputs[k], for n leaves. False (after a report naming the function) when a
 * partial derivative is not in the library. */
bool grad_reverse(build *b, node root, const node *inputs, uint32_t n, node *out);

/* second[a * n + c] for a <= c: d2 root / d inputs[a] d inputs[c]; gradient[n] from grad_reverse.
 */
bool grad_second(build *b, const node *gradient, const node *inputs, uint32_t n, node *second);

#endif
