/* The table of --time, on standard error. */
#ifndef CLI_TIMES_H
#define CLI_TIMES_H

#include <mlec.h>

void times_begin(void);
/* The passes of the compilation, then the sum; `model` may be NULL. */
void times_model(const mlec_model *model, double compile_ms);
void times_row(const char *name, double milliseconds);

#endif
