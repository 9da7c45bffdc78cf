/* Two lanes a register, which every processor has; on aarch64 there are 32 registers. */
#include "runtime/eval/kernels_wide.h"

#include <stdbool.h>

typedef double lanes2 __attribute__((vector_size(16)));
typedef double lanes2_anywhere __attribute__((vector_size(16), aligned(8), may_alias));
typedef long long places2 __attribute__((vector_size(16)));

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
#define LOAD(p)      (*(const lanes2_anywhere *)(p))
#define STORE(p, v)  (*(lanes2_anywhere *)(p) = (v))
#define SET(x)       ((lanes2){x, x})
#define ZERO         ((lanes2){0, 0})
#define FMA(a, b, c) fma_lanes(a, b, c)
#define MUL(a, b)    ((a) * (b))
#define GATHER(t, c) gather_2(t, c)

typedef struct {
    lanes2 part[4];
} lanes8;

static inline lanes8 group_load(const double *p)
{
    return (lanes8){{LOAD(p), LOAD(p + 2), LOAD(p + 4), LOAD(p + 6)}};
}

static inline void group_store(double *p, lanes8 v)
{
    for (int i = 0; i < 4; i++)
        STORE(p + 2 * i, v.part[i]);
}

static inline lanes8 group_mul(lanes8 a, lanes8 b)
{
    for (int i = 0; i < 4; i++)
        a.part[i] *= b.part[i];
    return a;
}

static inline lanes8 group_fma(lanes8 a, lanes8 b, lanes8 c)
{
    for (int i = 0; i < 4; i++)
        c.part[i] = FMA(a.part[i], b.part[i], c.part[i]);
    return c;
}

/* Lanes from .. from + 8 of the sixteen of a and b. */
static inline lanes8 group_between(lanes8 a, lanes8 b, int from)
{
    lanes8 r;
    for (int i = 0; i < 4; i++) {
        int at = from / 2 + i;
        lanes2 x = at < 4 ? a.part[at] : b.part[at - 4];
        lanes2 y = at + 1 < 4 ? a.part[at + 1] : b.part[at + 1 - 4 < 4 ? at + 1 - 4 : 0];
        r.part[i] = from % 2 ? (lanes2){x[1], y[0]} : x;
    }
    return r;
}

static inline bool is_tame(lanes8 a)
{
    bool tame = true;
    for (int i = 0; i < 4; i++)
        for (int k = 0; k < 2; k++)
            tame = tame && a.part[i][k] != 0 && a.part[i][k] >= -1 && a.part[i][k] <= 1;
    return tame;
}

/* A comparison gives all bits or none. */
#define WHERE_NOT_0(a, v)   ((lanes2)((places2)(v) & ((a) != ZERO)))
#define GROUP               lanes8
#define GROUP_LOAD(p)       group_load(p)
#define GROUP_STORE(p, v)   group_store(p, v)
#define GROUP_SET(x)        ((lanes8){{SET(x), SET(x), SET(x), SET(x)}})
#define GROUP_MUL(a, b)     group_mul(a, b)
#define GROUP_FMA(a, b, c)  group_fma(a, b, c)
#define GROUP_UP(v, k, f)   group_between(f, v, 8 - (k))
#define GROUP_DOWN(v, k, f) group_between(v, f, k)

#define NAME kernels_2
#include "runtime/eval/kernels.inc"
