#include "runtime/calc/calc.h"

#include <string.h>

#include "runtime/calc/vmath_vec.h"

#include "runtime/calc/vmath.inc"

#define VMATH1(name, ulp, floor)                                                                   \
    void calc_v8_##name(const double *x, double *out, long n)                                      \
    {                                                                                              \
        for (long i = 0; i < n; i += VV_LANES) {                                                   \
            vv_f a;                                                                                \
            memcpy(&a, x + i, sizeof a);                                                           \
            a = vv_##name(a);                                                                      \
            memcpy(out + i, &a, sizeof a);                                                         \
        }                                                                                          \
    }
#define VMATH2(name, ulp, floor)                                                                   \
    void calc_v8_##name(const double *x, const double *y, double *out, long n)                     \
    {                                                                                              \
        for (long i = 0; i < n; i += VV_LANES) {                                                   \
            vv_f a, b;                                                                             \
            memcpy(&a, x + i, sizeof a);                                                           \
            memcpy(&b, y + i, sizeof b);                                                           \
            a = vv_##name(a, b);                                                                   \
            memcpy(out + i, &a, sizeof a);                                                         \
        }                                                                                          \
    }
#include "runtime/calc/vmath.def"
