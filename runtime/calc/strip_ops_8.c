/* Eight lanes a register. This file alone is compiled for x86-64-v4. */
#if defined(__x86_64__)
#define OPS strip_ops_8
#include "runtime/calc/strip_ops.inc"
#else
typedef int strip_ops_8_empty;
#endif
