/* The interpreter of byte code: what machine code computes, to the bit, without a compiler.
 *
 * A strip of rows is computed in parts so short that all values of the function stay in the nearest
 * cache; on each part every operation is one loop. */
#ifndef RUNTIME_EVAL_STRIP_H
#define RUNTIME_EVAL_STRIP_H

#include "runtime/calc/strip_ops.h"

#include <mlec_model.h>

/* Bytes of scratch, 64-byte aligned, that the functions below need for `code`. */
size_t strip_scratch(const mlec_strip_code *code);
/* A map function: n8 groups of 8 rows. */
void strip_run(const strip_ops *ops, const mlec_strip_code *code, size_t n8,
               const double *const *rows, const double *scalars, double *const *out, void *scratch);
/* The work of that, in operations on a group of 8 rows; what it takes to begin an operation counts
 * as some groups. */
uint64_t strip_work(const mlec_strip_code *code, size_t n8);
/* A prologue: its outputs go behind the first n scalars. */
void strip_run_prologue(const strip_ops *ops, const mlec_strip_code *code, uint32_t n,
                        double *scalars, void *scratch);

#endif
