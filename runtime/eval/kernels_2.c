/* Two lanes a register, which every processor has; on aarch64 there are 32 registers. */
#include "runtime/eval/kernels_wide.h"

typedef double lanes2 __attribute__((vector_size(16)));

/* One instruction where the processor fuses, the C library's function elsewhere. */
static inline lanes2 fma_lanes(lanes2 a, lanes2 b, lanes2 c)
{
    return (lanes2){__builtin_fma(a[0], b[0], c[0]), __builtin_fma(a[1], b[1], c[1])};
}

static inline lanes2 gather_2(const double *table, const int32_t *codes)
{
    return (lanes2){codes[0] < 0 ? 0 : table[codes[0]], codes[1] < 0 ? 0 : table[codes[1]]};
}

#define W            2
#define ROWS         5
#define COLUMNS      4
#define VECTOR       lanes2
#define LOAD(p)      (*(const lanes2 *)__builtin_assume_aligned(p, 16))
#define STORE(p, v)  (*(lanes2 *)__builtin_assume_aligned(p, 16) = (v))
#define SET(x)       ((lanes2){x, x})
#define ZERO         ((lanes2){0, 0})
#define FMA(a, b, c) fma_lanes(a, b, c)
#define MUL(a, b)    ((a) * (b))
#define GATHER(t, c) gather_2(t, c)
#define NAME         kernels_2
#include "runtime/eval/kernels.inc"
