/* Eight lanes a register, 32 registers. Compiled for x86-64-v4. */
#include "runtime/eval/kernels_wide.h"

#include <stdbool.h>

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
#define LOAD(p)      _mm512_loadu_pd(p)
#define STORE(p, v)  _mm512_storeu_pd(p, v)
#define SET(x)       _mm512_set1_pd(x)
#define ZERO         _mm512_setzero_pd()
#define FMA(a, b, c) _mm512_fmadd_pd(a, b, c)
#define MUL(a, b)    _mm512_mul_pd(a, b)
#define GATHER(t, c) gather_8(t, c)

#define WHERE_NOT_0(a, v)                                                                          \
    _mm512_maskz_mov_pd(_mm512_cmp_pd_mask(a, _mm512_setzero_pd(), _CMP_NEQ_UQ), v)
#define GROUP              __m512d
#define GROUP_LOAD(p)      _mm512_load_pd(p)
#define GROUP_STORE(p, v)  _mm512_store_pd(p, v)
#define GROUP_SET(x)       _mm512_set1_pd(x)
#define GROUP_MUL(a, b)    _mm512_mul_pd(a, b)
#define GROUP_FMA(a, b, c) _mm512_fmadd_pd(a, b, c)
#define LANES_OF(x)        _mm512_castpd_si512(x)
#define GROUP_UP(v, k, fill)                                                                       \
    _mm512_castsi512_pd(_mm512_alignr_epi64(LANES_OF(v), LANES_OF(fill), 8 - (k)))
#define GROUP_DOWN(v, k, fill)                                                                     \
    _mm512_castsi512_pd(_mm512_alignr_epi64(LANES_OF(fill), LANES_OF(v), k))

static inline double tree_8(__m512d v)
{
    __m256d four = _mm256_add_pd(_mm512_castpd512_pd256(v), _mm512_extractf64x4_pd(v, 1));
    __m128d two = _mm_add_pd(_mm256_castpd256_pd128(four), _mm256_extractf128_pd(four, 1));
    return _mm_cvtsd_f64(_mm_add_sd(two, _mm_unpackhi_pd(two, two)));
}

#define TREE(v) tree_8(v)

static bool is_tame(GROUP a)
{
    __mmask8 small = _mm512_cmp_pd_mask(_mm512_abs_pd(a), _mm512_set1_pd(1), _CMP_LE_OQ);
    return _mm512_mask_cmp_pd_mask(small, a, _mm512_setzero_pd(), _CMP_NEQ_OQ) == 0xff;
}

#define NAME kernels_8
#include "runtime/eval/kernels.inc"
#endif
