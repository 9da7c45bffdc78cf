/* The right side of `linear`: from operators to variables and terms. */
#ifndef COMPILER_CHECK_FORMULA_H
#define COMPILER_CHECK_FORMULA_H

#include "compiler/check/model.h"

/* Fills variables, terms, offsets and intercept of `f`; false after a report. */
bool expand_formula(model *m, const stmt *s, model_formula *f);
/* Whether a statement other than `data` contains the name. */
bool is_mentioned(const model *m, const char *name);

#endif
