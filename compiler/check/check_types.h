/* Types as they are written, for columns, parameters and formals. */
#ifndef COMPILER_CHECK_CHECK_TYPES_H
#define COMPILER_CHECK_CHECK_TYPES_H

#include "compiler/check/model.h"

/* Each returns false after a report. `size` gets k of `real[k]`, else 0. */
bool read_column_type(model *m, const type_expr *t, model_column *c, uint32_t *size);
bool read_param_type(model *m, const type_expr *t, model_param *p);
/* A constant: numbers, arithmetic on them, `const` names, pi, inf. False after a report. */
bool read_constant(model *m, const expr *e, double *value);

#endif
