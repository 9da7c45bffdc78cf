/* Four lanes a register, 16 registers. Compiled for x86-64-v3, whatever the rest is. */
#include "runtime/eval/kernels_wide.h"

#if defined(__x86_64__)
#include <immintrin.h>

static inline __m256d gather_4(const double *table, const int32_t *codes)
{
    double x[4];
    for (int i = 0; i < 4; i++)
        x[i] = codes[i] < 0 ? 0 : table[codes[i]];
    return _mm256_loadu_pd(x);
}

#define W            4
#define ROWS         3
#define COLUMNS      3
#define VECTOR       __m256d
#define LOAD(p)      _mm256_load_pd(p)
#define STORE(p, v)  _mm256_store_pd(p, v)
#define SET(x)       _mm256_set1_pd(x)
#define ZERO         _mm256_setzero_pd()
#define FMA(a, b, c) _mm256_fmadd_pd(a, b, c)
#define MUL(a, b)    _mm256_mul_pd(a, b)
#define GATHER(t, c) gather_4(t, c)
#define NAME         kernels_4
#include "runtime/eval/kernels.inc"
#endif
