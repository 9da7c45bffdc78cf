/* How many operations each function takes. Emitting one costs about 30 microseconds of compile
 * time, so that a function that grows is seen here. Moves between the integer and the double
 * registers are not counted: they are no instructions. */
#include "tests/unit/calc/points.h"

#include "runtime/calc/vmath_scalar.h"
#include "runtime/calc/vmath_undef.h"

#include <criterion/criterion.h>
#include <criterion/logging.h>
#include <string.h>

static int ops;

static inline double count_f(double a) { return ops++, a; }
static inline uint64_t count_i(uint64_t i) { return ops++, i; }
static inline int count_m(int m) { return ops++, m; }

#define VF           double
#define VI           uint64_t
#define VM           int
#define V_FN(name)   static inline VF counted_##name
#define V_CALL(name) counted_##name
#define V_CTX
#define V_PASS
#define V_C(x)         ((double)(x))
#define V_ADD(a, b)    count_f((a) + (b))
#define V_SUB(a, b)    count_f((a) - (b))
#define V_MUL(a, b)    count_f((a) * (b))
#define V_DIV(a, b)    count_f((a) / (b))
#define V_FMA(a, b, c) count_f(__builtin_fma(a, b, c))
#define V_NEG(a)       count_f(-(a))
#define V_ABS(a)       count_f(__builtin_fabs(a))
#define V_SQRT(a)      count_f(__builtin_sqrt(a))
#define V_FLOOR(a)     count_f(__builtin_floor(a))
#define V_LT(a, b)     count_m((a) < (b))
#define V_LE(a, b)     count_m((a) <= (b))
#define V_GT(a, b)     count_m((a) > (b))
#define V_GE(a, b)     count_m((a) >= (b))
#define V_EQ(a, b)     count_m((a) == (b))
#define V_NE(a, b)     count_m((a) != (b))
#define V_SEL(m, a, b) count_f(counted_pick(m, a, b))
#define VM_AND(m, n)   count_m((m) & (n))
#define VM_OR(m, n)    count_m((m) | (n))
#define VM_NOT(m)      count_m(!(m))
#define V_BITS(a)      vs_bits(a)
#define V_OFBITS(i)    vs_ofbits(i)
#define VI_C(i)        ((uint64_t)(i))
#define VI_ADD(i, j)   count_i((i) + (j))
#define VI_SUB(i, j)   count_i((i) - (j))
#define VI_AND(i, j)   count_i((i) & (j))
#define VI_OR(i, j)    count_i((i) | (j))
#define VI_XOR(i, j)   count_i((i) ^ (j))
#define VI_SHL(i, k)   count_i((i) << (k))
#define VI_SHR(i, k)   count_i((i) >> (k))
#define VI_EQ(i, j)    count_m((i) == (j))

/* A function, so that the operations of both sides are counted. */
static inline double counted_pick(int m, double a, double b) { return m ? a : b; }

#include "runtime/calc/vmath.inc"

static const struct {
    const char *name;
    int most;
} budget[] = {
    {"exp", 23},           {"expm1", 25},         {"log", 31},
    {"log1p", 30},         {"inv_logit", 31},     {"log1p_exp", 40},
    {"log1m_exp", 52},     {"pow", 112},          {"sin", 30},
    {"cos", 30},           {"Phi", 60},           {"log_Phi", 89},
    {"mills", 63},         {"inv_Phi", 78},       {"lgamma", 75},
    {"digamma", 71},       {"trigamma", 48},      {"tetragamma", 53},
    {"lgamma_ratio", 122}, {"digamma_ratio", 79}, {"trigamma_ratio", 68},
};

static void check(const char *name, int count)
{
    cr_log_info("%s: %d operations", name, count);
    cr_expect(count < 130, "%s: %d operations", name, count);
    for (size_t i = 0; i < sizeof budget / sizeof budget[0]; i++) {
        if (strcmp(budget[i].name, name) == 0)
            cr_expect(count <= budget[i].most, "%s: %d operations, not %d", name, count,
                      budget[i].most);
    }
}

Test(calc_op_count, within_budget)
{
#define VMATH1(name, ulp, floor)                                                                   \
    ops = 0;                                                                                       \
    counted_##name(0.5);                                                                           \
    check(#name, ops);
#define VMATH2(name, ulp, floor)                                                                   \
    ops = 0;                                                                                       \
    counted_##name(0.5, 0.5);                                                                      \
    check(#name, ops);
#include "runtime/calc/vmath.def"
}
