/* Formulas as text, evaluated on jets: + - * / ^, parentheses, exp log sin cos sqrt atan, pi, and
 * names whose values the caller gives. */
#ifndef TESTS_FORMULA_H
#define TESTS_FORMULA_H

#include "tests/unit/fit/jet.h"

#include <stdbool.h>
#include <stddef.h>

/* `lookup` gives the value of a name; false when there is none. NaN for a formula that is wrong. */
jet formula_eval(const char *text, bool (*lookup)(void *user, const char *name, size_t n, jet *out),
                 void *user);

#endif
