/* The rows of rules.def as strings of bytes. */
#include "compiler/fold/rules.h"

#include <math.h>

/* clang-format off */
const double rule_numbers[] = {0, 1, -1, 2, 3, 0.5, -0.5, INFINITY, 0.69314718055994530942,
                               1.41421356237309504880};
enum {
    x = RULE_VARIABLES, y, z, w,
    c = RULE_CONSTANTS, d,
    ZERO = RULE_NUMBERS, ONE, MINUS_ONE, TWO, THREE, HALF, MINUS_HALF, INF, LOG_2, SQRT_2
};

#define ADD(a, b)          OP_ADD, a, b
#define SUB(a, b)          OP_SUB, a, b
#define MUL(a, b)          OP_MUL, a, b
#define DIV(a, b)          OP_DIV, a, b
#define NEG(a)             OP_NEG, a
#define SQRT(a)            OP_SQRT, a
#define POW(a, b)          OP_POW, a, b
#define ABS(a)             OP_ABS, a
#define LT(a, b)           OP_LT, a, b
#define LE(a, b)           OP_LE, a, b
#define EQ(a, b)           OP_EQ, a, b
#define AND(a, b)          OP_AND, a, b
#define OR(a, b)           OP_OR, a, b
#define NOT(a)             OP_NOT, a
#define SELECT(a, b, c)    OP_SELECT, a, b, c
#define EXP(a)             OP_EXP, a
#define LOG(a)             OP_LOG, a
#define LOG1P(a)           OP_LOG1P, a
#define EXPM1(a)           OP_EXPM1, a
#define ERF(a)             OP_ERF, a
#define ERFC(a)            OP_ERFC, a
#define PHI(a)             OP_PHI, a
#define LOG_PHI(a)         OP_LOG_PHI, a
#define INV_PHI(a)         OP_INV_PHI, a
#define INV_LOGIT(a)       OP_INV_LOGIT, a
#define LOG1P_EXP(a)       OP_LOG1P_EXP, a
#define LOG1M_EXP(a)       OP_LOG1M_EXP, a
#define LGAMMA(a)          OP_LGAMMA, a
#define LGAMMA_RATIO(a, b) OP_LGAMMA_RATIO, a, b
#define XLOGY(a, b)        OP_XLOGY, a, b

#define LESSER(a, b)  SELECT(LT(a, b), a, b)
#define GREATER(a, b) SELECT(LT(a, b), b, a)
/* log(exp(a) + exp(b)); either may be -inf. */
#define LOG_ADD(a, b)                                                                              \
    SELECT(EQ(LESSER(a, b), NEG(INF)), GREATER(a, b),                                              \
           ADD(GREATER(a, b), LOG1P_EXP(SUB(LESSER(a, b), GREATER(a, b)))))
/* log of n over the lesser k of the two ways to count; 0 ways beyond n. */
#define LOG_CHOOSE(n, k)                                                                           \
    SELECT(LE(k, n),                                                                               \
           SUB(LGAMMA_RATIO(ADD(ONE, SUB(n, LESSER(k, SUB(n, k)))), LESSER(k, SUB(n, k))),         \
               LGAMMA(ADD(ONE, LESSER(k, SUB(n, k))))),                                            \
           NEG(INF))

#define ALWAYS         KNOWN_NONE
#define NONNEGATIVE(a) KNOWN_NONNEGATIVE, a
#define UNIT(a)        KNOWN_UNIT, a
#define WHOLE(a)       KNOWN_WHOLE, a
#define LOGICAL(a)     KNOWN_LOGICAL, a
#define NEGATIVE(a)    KNOWN_NEGATIVE, a
#define POWER_OF_2(a)  KNOWN_POWER_OF_TWO, a
#define EVEN(a)        KNOWN_EVEN, a
#define UNEVEN(a)      KNOWN_UNEVEN, a
#define BOTH(a, b)     a, b

const rule rule_table[] = {
#define ROOT(op)
#define RULE(name, left, right, domain, ...)                                                       \
    {#name, (const uint8_t[]){left}, (const uint8_t[]){right}, (const uint8_t[]){domain, KNOWN_NONE}},
#include "compiler/fold/rules.def"
#undef ROOT
#undef RULE
};

const uint32_t rule_count = sizeof rule_table / sizeof *rule_table;

enum { /* where each operator's rows begin, + 1 */
    BEFORE_FIRST,
#define ROOT(op)        FIRST_##op, BEFORE_##op = FIRST_##op - 1,
#define RULE(name, ...) RULE_##name,
#include "compiler/fold/rules.def"
#undef ROOT
#undef RULE
};

const uint8_t rule_first[OP_COUNT_] = {
#define ROOT(op) [OP_##op] = FIRST_##op,
#define RULE(name, ...)
#include "compiler/fold/rules.def"
};
/* clang-format on */
