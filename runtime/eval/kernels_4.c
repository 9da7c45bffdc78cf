/* Four lanes a register, 16 registers. Compiled for x86-64-v3, whatever the rest is. */
#include "runtime/eval/kernels_wide.h"

#include <stdbool.h>

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
#define LOAD(p)      _mm256_loadu_pd(p)
#define STORE(p, v)  _mm256_storeu_pd(p, v)
#define SET(x)       _mm256_set1_pd(x)
#define ZERO         _mm256_setzero_pd()
#define FMA(a, b, c) _mm256_fmadd_pd(a, b, c)
#define MUL(a, b)    _mm256_mul_pd(a, b)
#define GATHER(t, c) gather_4(t, c)

typedef __m256d lanes4;
typedef long long places4 __attribute__((vector_size(32)));

typedef struct {
    lanes4 low, high;
} lanes8;

static lanes8 group_fma(lanes8 a, lanes8 b, lanes8 c)
{
    return (lanes8){FMA(a.low, b.low, c.low), FMA(a.high, b.high, c.high)};
}

/* The lanes of v, k = 1, 2 or 4 places further; the first are the last ones of `fill`. */
static inline lanes8 group_up(lanes8 v, int k, lanes8 fill)
{
    if (k == 4)
        return (lanes8){fill.high, v.low};
    places4 from = k == 1 ? (places4){3, 4, 5, 6} : (places4){2, 3, 4, 5};
    return (lanes8){__builtin_shuffle(fill.high, v.low, from),
                    __builtin_shuffle(v.low, v.high, from)};
}

/* The other way; the last are the first ones of `fill`. */
static inline lanes8 group_down(lanes8 v, int k, lanes8 fill)
{
    if (k == 4)
        return (lanes8){v.high, fill.low};
    places4 from = k == 1 ? (places4){1, 2, 3, 4} : (places4){2, 3, 4, 5};
    return (lanes8){__builtin_shuffle(v.low, v.high, from),
                    __builtin_shuffle(v.high, fill.low, from)};
}

static bool is_tame(lanes8 a)
{
    bool tame = true;
    for (int i = 0; i < 4; i++)
        tame = tame && a.low[i] != 0 && a.low[i] >= -1 && a.low[i] <= 1 && a.high[i] != 0 &&
               a.high[i] >= -1 && a.high[i] <= 1;
    return tame;
}

/* A comparison gives all bits or none. */
#define WHERE_NOT_0(a, v)   ((lanes4)((places4)(v) & ((a) != ZERO)))
#define GROUP               lanes8
#define GROUP_LOAD(p)       ((lanes8){LOAD(p), LOAD((p) + 4)})
#define GROUP_STORE(p, v)   (STORE(p, (v).low), STORE((p) + 4, (v).high))
#define GROUP_SET(x)        ((lanes8){SET(x), SET(x)})
#define GROUP_MUL(a, b)     ((lanes8){(a).low * (b).low, (a).high * (b).high})
#define GROUP_FMA(a, b, c)  group_fma(a, b, c)
#define GROUP_UP(v, k, f)   group_up(v, k, f)
#define GROUP_DOWN(v, k, f) group_down(v, k, f)

#define NAME kernels_4
#include "runtime/eval/kernels.inc"
#endif
