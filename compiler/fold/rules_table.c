/* The rows of rules.def as strings of bytes. */
#include "compiler/fold/rules.h"

#include <float.h>
#include <math.h>

/* clang-format off */
const double rule_numbers[] = {0, 1, -1, 2, 3, 0.5, -0.5, INFINITY, DBL_MIN};
enum {
    x = RULE_VARIABLES, y, z, w,
    c = RULE_CONSTANTS, d,
    ZERO = RULE_NUMBERS, ONE, MINUS_ONE, TWO, THREE, HALF, MINUS_HALF, INF, LEAST
};

#define ADD(...)          OP_ADD, __VA_ARGS__
#define SUB(...)          OP_SUB, __VA_ARGS__
#define MUL(...)          OP_MUL, __VA_ARGS__
#define DIV(...)          OP_DIV, __VA_ARGS__
#define NEG(...)          OP_NEG, __VA_ARGS__
#define SQRT(...)         OP_SQRT, __VA_ARGS__
#define POW(...)          OP_POW, __VA_ARGS__
#define ABS(...)          OP_ABS, __VA_ARGS__
#define LT(...)           OP_LT, __VA_ARGS__
#define LE(...)           OP_LE, __VA_ARGS__
#define EQ(...)           OP_EQ, __VA_ARGS__
#define AND(...)          OP_AND, __VA_ARGS__
#define OR(...)           OP_OR, __VA_ARGS__
#define NOT(...)          OP_NOT, __VA_ARGS__
#define SELECT(...)       OP_SELECT, __VA_ARGS__
#define EXP(...)          OP_EXP, __VA_ARGS__
#define LOG(...)          OP_LOG, __VA_ARGS__
#define LOG1P(...)        OP_LOG1P, __VA_ARGS__
#define EXPM1(...)        OP_EXPM1, __VA_ARGS__
#define ERF(...)          OP_ERF, __VA_ARGS__
#define ERFC(...)         OP_ERFC, __VA_ARGS__
#define PHI(...)          OP_PHI, __VA_ARGS__
#define LOG_PHI(...)      OP_LOG_PHI, __VA_ARGS__
#define INV_PHI(...)      OP_INV_PHI, __VA_ARGS__
#define INV_LOGIT(...)    OP_INV_LOGIT, __VA_ARGS__
#define LOG1P_EXP(...)    OP_LOG1P_EXP, __VA_ARGS__
#define LOG_ADD(...)      OP_LOG_ADD, __VA_ARGS__
#define LOG1M_EXP(...)    OP_LOG1M_EXP, __VA_ARGS__
#define LGAMMA(...)       OP_LGAMMA, __VA_ARGS__
#define LGAMMA_RATIO(...) OP_LGAMMA_RATIO, __VA_ARGS__
#define XLOGY(...)        OP_XLOGY, __VA_ARGS__

/* log(x/y), x or y being a parameter: 0 is taken for the smallest normal number there. */
#define LOG_OVER_PARAMETER(x, y) SUB(LOG(x), LOG(ADD(LEAST, y)))
#define LOG_PARAMETER_OVER(x, y) SUB(LOG(ADD(LEAST, x)), LOG(y))

#define LESSER(a, b)  SELECT(LT(a, b), a, b)
#define GREATER(a, b) SELECT(LT(a, b), b, a)
/* The logarithm of n over k, by the lesser of k and n - k; -inf beyond n. */
#define LOG_CHOOSE(n, k)                                                                           \
    SELECT(LE(k, n),                                                                               \
           SUB(LGAMMA_RATIO(ADD(ONE, SUB(n, LESSER(k, SUB(n, k)))), LESSER(k, SUB(n, k))),         \
               LGAMMA(ADD(ONE, LESSER(k, SUB(n, k))))),                                            \
           NEG(INF))

#define ALWAYS         KNOWN_NONE
#define NONNEGATIVE(a) KNOWN_NONNEGATIVE, a
#define POSITIVE(a)    KNOWN_POSITIVE, a
#define UNIT(a)        KNOWN_UNIT, a
#define WHOLE(a)       KNOWN_WHOLE, a
#define LOGICAL(a)     KNOWN_LOGICAL, a
#define FINITE(a)      KNOWN_FINITE, a
#define NEGATIVE(a)    KNOWN_NEGATIVE, a
#define POWER_OF_2(a)  KNOWN_POWER_OF_TWO, a
#define TRUE(a)        KNOWN_TRUE, a
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
