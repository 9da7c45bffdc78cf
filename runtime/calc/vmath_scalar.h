/* The operations of vmath.inc on C doubles; functions are named vs_exp and so on.
 * No include guard: vmath_undef.h takes the definitions back. */
#include <math.h>
#include <stdint.h>
#include <string.h>

#ifndef MLEC_RUNTIME_CALC_VMATH_SCALAR_H
#define MLEC_RUNTIME_CALC_VMATH_SCALAR_H
static inline uint64_t vs_bits(double a)
{
    uint64_t i;
    memcpy(&i, &a, sizeof i);
    return i;
}

static inline double vs_ofbits(uint64_t i)
{
    double a;
    memcpy(&a, &i, sizeof a);
    return a;
}
#endif

#define VF           double
#define VI           uint64_t
#define VM           int
#define V_FN(name)   static inline VF vs_##name
#define V_CALL(name) vs_##name
#define V_CTX
#define V_PASS
#define V_C(x)         ((double)(x))
#define V_ADD(a, b)    ((a) + (b))
#define V_SUB(a, b)    ((a) - (b))
#define V_MUL(a, b)    ((a) * (b))
#define V_DIV(a, b)    ((a) / (b))
#define V_FMA(a, b, c) __builtin_fma(a, b, c)
#define V_NEG(a)       (-(a))
#define V_ABS(a)       __builtin_fabs(a)
#define V_SQRT(a)      __builtin_sqrt(a)
#define V_FLOOR(a)     __builtin_floor(a)
#define V_LT(a, b)     ((a) < (b))
#define V_LE(a, b)     ((a) <= (b))
#define V_GT(a, b)     ((a) > (b))
#define V_GE(a, b)     ((a) >= (b))
#define V_EQ(a, b)     ((a) == (b))
#define V_NE(a, b)     ((a) != (b))
#define V_SEL(m, a, b) ((m) ? (a) : (b))
#define VM_AND(m, n)   ((m) & (n))
#define VM_OR(m, n)    ((m) | (n))
#define VM_NOT(m)      (!(m))
#define V_BITS(a)      vs_bits(a)
#define V_OFBITS(i)    vs_ofbits(i)
#define VI_C(i)        ((uint64_t)(i))
#define VI_ADD(i, j)   ((i) + (j))
#define VI_SUB(i, j)   ((i) - (j))
#define VI_AND(i, j)   ((i) & (j))
#define VI_OR(i, j)    ((i) | (j))
#define VI_XOR(i, j)   ((i) ^ (j))
#define VI_SHL(i, k)   ((i) << (k))
#define VI_SHR(i, k)   ((i) >> (k))
#define VI_EQ(i, j)    ((i) == (j))
