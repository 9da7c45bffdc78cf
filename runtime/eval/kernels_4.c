/* Four lanes a register, 16 registers: the lower half of the lanes first, then the upper. */
#include "runtime/eval/kernels_wide.h"

typedef double lanes4 __attribute__((vector_size(32)));

#if defined(__x86_64__)
#include <immintrin.h>
#define FMA(a, b, c) _mm256_fmadd_pd(a, b, c)
#else
static lanes4 fma_lanes(lanes4 a, lanes4 b, lanes4 c)
{
    for (int i = 0; i < 4; i++)
        c[i] = __builtin_fma(a[i], b[i], c[i]);
    return c;
}
#define FMA(a, b, c) fma_lanes(a, b, c)
#endif

static inline lanes4 gather_4(const double *table, const int32_t *codes)
{
    lanes4 x;
    for (int i = 0; i < 4; i++)
        x[i] = codes[i] < 0 ? 0 : table[codes[i]];
    return x;
}

#define W            4
#define ROWS         3
#define COLUMNS      3
#define VECTOR       lanes4
#define LOAD(p)      (*(const lanes4 *)__builtin_assume_aligned(p, 32))
#define STORE(p, v)  (*(lanes4 *)__builtin_assume_aligned(p, 32) = (v))
#define SET(x)       ((lanes4){x, x, x, x})
#define ZERO         ((lanes4){0, 0, 0, 0})
#define MUL(a, b)    ((a) * (b))
#define GATHER(t, c) gather_4(t, c)
#define NAME         kernels_4
#include "runtime/eval/kernels.inc"
