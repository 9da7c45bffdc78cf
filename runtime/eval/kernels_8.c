/* Eight lanes a register, 32 registers. This file alone is compiled for x86-64-v4. */
#include "runtime/eval/kernels_wide.h"

#if defined(__x86_64__)
#include <immintrin.h>

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
#define NAME         kernels_8
#include "runtime/eval/kernels.inc"
#endif
