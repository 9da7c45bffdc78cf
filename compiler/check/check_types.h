/* The parts of the check: types as they are written, for columns, parameters and formals; the
 * definitions of functions and distributions. */
#ifndef COMPILER_CHECK_CHECK_TYPES_H
#define COMPILER_CHECK_CHECK_TYPES_H

#include "compiler/check/model.h"

/* Each returns false after a report. `size` gets k of `real[k]`, else 0. */
bool read_column_type(model *m, const type_expr *t, model_column *c, uint32_t *size);
bool read_param_type(model *m, const type_expr *t, model_param *p);
/* A constant: numbers, arithmetic on them, `const` names, pi, inf. False after a report. */
bool read_constant(model *m, const expr *e, double *value);
/* A fn or dist of the model: its clauses are known ones, each once, with the arguments that they
 * take, and every name and call in them exists. What the expressions mean is settled where they are
 * used. */
void check_definition(model *m, const stmt *s);

#endif
