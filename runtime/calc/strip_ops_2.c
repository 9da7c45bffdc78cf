/* Two lanes a register: what every processor has. */
#define OPS strip_ops_2
#include "runtime/calc/strip_ops.inc"
