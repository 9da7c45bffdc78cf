/* Byte code: the second back end. Every function of the plan as a list of operations on strips,
 * which the run-time library interprets (runtime/eval/strip.h) while there is no machine code.
 *
 * Expects a plan without errors. Guarantees that byte code and machine code give the same bits: it
 * has the operations of the same graph. Costs some hundred nanoseconds for each function, and
 * twenty for each operation. */
#ifndef COMPILER_STRIP_STRIP_H
#define COMPILER_STRIP_STRIP_H

#include "compiler/kernel/kernel.h"

/* Byte code for all functions of `k`, in its arena, into the plan's tables. */
void strip_plan(kernel *k);

#endif
