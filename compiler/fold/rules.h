/* The rewrite rules: algebra that keeps the value and makes expressions stable or cheaper; dearer
 * only where stability asks for it. rules.def holds them, one a row.
 *
 * A side of a rule is a string of bytes in Polish notation: operators (op_id), variables, numbers.
 * Operands come from the constructor, so they are in normal form; the result is built through it,
 * so it is too. */
#ifndef COMPILER_FOLD_RULES_H
#define COMPILER_FOLD_RULES_H

#include "compiler/fold/fold.h"

enum {
    RULE_VARIABLES = 128, /* x, y, z: anything */
    RULE_CONSTANTS = 132, /* c, d: constants alone */
    RULE_NUMBERS = 136,   /* then the numbers of rule_numbers */
    RULE_MAX_VARIABLES = RULE_NUMBERS - RULE_VARIABLES
};
extern const double rule_numbers[];

/* What must be known of a variable. */
typedef enum {
    KNOWN_NONE,
    KNOWN_NONNEGATIVE, /* from 0 on, by its type or its operator */
    KNOWN_POSITIVE,    /* above 0, by its type */
    KNOWN_UNIT,        /* from 0 to 1 */
    KNOWN_WHOLE,       /* 0, 1, 2, ... */
    KNOWN_LOGICAL,     /* 0 or 1 */
    KNOWN_TRUE,        /* of constants from here on: not 0 */
    KNOWN_FINITE,
    KNOWN_NEGATIVE,
    KNOWN_POWER_OF_TWO,
    KNOWN_EVEN,
    KNOWN_UNEVEN /* whole and odd, or not whole */
} rule_known;

typedef struct {
    const char *name;
    const uint8_t *left, *right;
    const uint8_t *domain; /* pairs of rule_known and variable; KNOWN_NONE ends */
} rule;

extern const rule rule_table[];
extern const uint32_t rule_count;
/* The first rule with this operator at its root, or rule_count; others follow it. */
extern const uint8_t rule_first[OP_COUNT_];

/* Whether op(a, b) is op(b, a). */
bool rule_commutes(op_id op);
/* The node that a rule makes of op(args), or 0. */
node rules_apply(dag *g, op_id op, const node *args);

#endif
