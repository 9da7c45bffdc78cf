/* The operations of vmath.inc on GCC vectors; functions are named vv_exp and so on. A vector is as
 * wide as the machine's registers, VV_LANES doubles: lanes do not meet, so the width changes no
 * bit. No include guard: vmath_undef.h takes the definitions back. */
#include <math.h>
#include <stdint.h>

#ifndef MLEC_RUNTIME_CALC_VMATH_VEC_H
#define MLEC_RUNTIME_CALC_VMATH_VEC_H
#ifdef __AVX512F__
#define VV_LANES 8
#elif defined __AVX__
#define VV_LANES 4
#else
#define VV_LANES 2
#endif
typedef double vv_f __attribute__((vector_size(8 * VV_LANES)));
typedef uint64_t vv_i __attribute__((vector_size(8 * VV_LANES)));
typedef int64_t vv_m __attribute__((vector_size(8 * VV_LANES)));

/* Lane by lane where C has no vector form; compilers turn these loops into vector instructions. */
static inline vv_f vv_op_fma(vv_f a, vv_f b, vv_f c)
{
    for (int i = 0; i < VV_LANES; i++)
        a[i] = __builtin_fma(a[i], b[i], c[i]);
    return a;
}

static inline vv_f vv_op_sqrt(vv_f a)
{
    for (int i = 0; i < VV_LANES; i++)
        a[i] = __builtin_sqrt(a[i]);
    return a;
}

static inline vv_f vv_op_floor(vv_f a)
{
    for (int i = 0; i < VV_LANES; i++)
        a[i] = __builtin_floor(a[i]);
    return a;
}

static inline vv_f vv_op_const(double x) { return x - (vv_f){0}; }

static inline vv_i vv_op_iconst(uint64_t i) { return i + (vv_i){0}; }

static inline vv_f vv_op_sel(vv_m m, vv_f a, vv_f b)
{
    return (vv_f)((m & (vv_m)a) | (~m & (vv_m)b));
}
#endif

#define VF vv_f
#define VI vv_i
#define VM vv_m
/* In one piece, so that coefficients become operands; a call would pass vectors through memory. */
#define V_FN(name)   static inline __attribute__((always_inline)) VF vv_##name
#define V_UNROLL     _Pragma("GCC unroll 32")
#define V_CALL(name) vv_##name
#define V_CTX
#define V_PASS
#define V_C(x)         vv_op_const(x)
#define V_ADD(a, b)    ((a) + (b))
#define V_SUB(a, b)    ((a) - (b))
#define V_MUL(a, b)    ((a) * (b))
#define V_DIV(a, b)    ((a) / (b))
#define V_FMA(a, b, c) vv_op_fma(a, b, c)
#define V_NEG(a)       (-(a))
#define V_ABS(a)       ((vv_f)((vv_i)(a)&vv_op_iconst(UINT64_C(0x7fffffffffffffff))))
#define V_SQRT(a)      vv_op_sqrt(a)
#define V_FLOOR(a)     vv_op_floor(a)
#define V_LT(a, b)     ((vv_m)((a) < (b)))
#define V_LE(a, b)     ((vv_m)((a) <= (b)))
#define V_GT(a, b)     ((vv_m)((a) > (b)))
#define V_GE(a, b)     ((vv_m)((a) >= (b)))
#define V_EQ(a, b)     ((vv_m)((a) == (b)))
#define V_NE(a, b)     ((vv_m)((a) != (b)))
#define V_SEL(m, a, b) vv_op_sel(m, a, b)
#define VM_AND(m, n)   ((m) & (n))
#define VM_OR(m, n)    ((m) | (n))
#define VM_NOT(m)      (~(m))
#define V_BITS(a)      ((vv_i)(a))
#define V_OFBITS(i)    ((vv_f)(i))
#define VI_C(i)        vv_op_iconst(i)
#define VI_ADD(i, j)   ((i) + (j))
#define VI_SUB(i, j)   ((i) - (j))
#define VI_AND(i, j)   ((i) & (j))
#define VI_OR(i, j)    ((i) | (j))
#define VI_XOR(i, j)   ((i) ^ (j))
#define VI_SHL(i, k)   ((i) << (k))
#define VI_SHR(i, k)   ((i) >> (k))
#define VI_EQ(i, j)    ((vv_m)((i) == (j)))
