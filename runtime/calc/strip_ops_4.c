/* Four lanes a register. */
#if defined(__x86_64__)
#define OPS strip_ops_4
#include "runtime/calc/strip_ops.inc"
#else
typedef int strip_ops_4_empty;
#endif
