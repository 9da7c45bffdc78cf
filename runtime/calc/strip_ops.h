/* The operations of byte code, each over a strip: arrays of doubles, 64-byte aligned, whose length
 * is a multiple of 8. `out` may be one of the operands.
 *
 * There is a version for each width of registers. Lanes do not meet, so all give the same bits,
 * which are also those of machine code. */
#ifndef MLEC_RUNTIME_CALC_STRIP_OPS_H
#define MLEC_RUNTIME_CALC_STRIP_OPS_H

#include "runtime/calc/jet.h"

#include <stddef.h>
#include <stdint.h>

typedef enum {
#define STRIP(id, arity, value) STRIP_##id,
#include "runtime/calc/strip_ops.def"
#define VMATH(name, arity, ulp, floor) STRIP_MATH_##name,
#include "runtime/calc/vmath.def"
    STRIP_SIMPLE_COUNT, /* operations with one result */
    STRIP_JET = STRIP_SIMPLE_COUNT,
    STRIP_COUNT = STRIP_JET + JET_COUNT
} strip_op;

/* Operands beyond an operation's arity are not read. */
typedef void (*strip_fn)(size_t n, double *out, const double *a, const double *b, const double *c);

/* Of strips u[k * stride], k below `levels`: out = log(1 + sum of exp(u)), and the shares
 * exp(u - out), unless NULL. Exponentials are shifted by the largest u where that is above 600. */
enum { LOG_SUM_STRIP = 256 }; /* n is at most that */
typedef void (*strip_log_sum_fn)(size_t n, size_t levels, size_t stride, const double *u,
                                 double *share, double *out);

/* Of the same strips: out = u[k * stride] where codes are first + k * step, elsewhere 0. */
typedef void (*strip_choose_fn)(size_t n, size_t levels, size_t stride, const double *u,
                                const int32_t *codes, int32_t first, int32_t step, double *out);
/* out += x where codes are `code`. */
typedef void (*strip_add_where_fn)(size_t n, const int32_t *codes, int32_t code, const double *x,
                                   double *out);

typedef struct {
    int lanes; /* of a register */
    strip_log_sum_fn log_sum;
    strip_choose_fn choose;
    strip_add_where_fn add_where;
    strip_fn fn[STRIP_SIMPLE_COUNT];
} strip_ops;

extern const strip_ops strip_ops_2; /* every processor */
#if defined(__x86_64__)
extern const strip_ops strip_ops_4; /* AVX2 and FMA */
extern const strip_ops strip_ops_8; /* AVX-512 */
#endif

/* The versions that this processor has, the widest first; their number. */
enum { STRIP_VERSIONS = 3 };
int strip_ops_versions(const strip_ops *versions[STRIP_VERSIONS]);
const strip_ops *strip_ops_widest(void);

/* A jet of family `op` - STRIP_JET: x are its arguments, out the numbers of the jet. */
void strip_jet(strip_op op, size_t n, double *const *out, const double *const *x);

#endif
