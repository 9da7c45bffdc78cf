/* Eight lanes a register, 32 registers. Compiled for x86-64-v4. */
#include "runtime/eval/kernels_wide.h"

#if defined(__x86_64__)
#include <immintrin.h>

static inline __m512d gather_8(const double *table, const int32_t *codes)
{
    __m256i at = _mm256_load_si256((const __m256i *)(const void *)codes);
    __mmask8 some = _mm256_cmpge_epi32_mask(at, _mm256_setzero_si256());
    return _mm512_mask_i32gather_pd(_mm512_setzero_pd(), some, at, table, sizeof *table);
}

#define W            8
#define ROWS         5
#define COLUMNS      5
#define VECTOR       __m512d
#define LOAD(p)      _mm512_load_pd(p)
#define STORE(p, v)  _mm512_store_pd(p, v)
#define SET(x)       _mm512_set1_pd(x)
#define ZERO         _mm512_setzero_pd()
#define FMA(a, b, c) _mm512_fmadd_pd(a, b, c)
#define MUL(a, b)    _mm512_mul_pd(a, b)
#define GATHER(t, c) gather_8(t, c)
#define NAME         kernels_8
#include "runtime/eval/kernels.inc"
#endif
