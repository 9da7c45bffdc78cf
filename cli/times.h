/* The table of --time, on standard error. */
#ifndef CLI_TIMES_H
#define CLI_TIMES_H

#include <mlec.h>

void times_begin(void);
/* The passes of the compilation, then the sum; `model` may be NULL. */
void times_model(const mlec_model *model, double compile_ms);
/* Machine code that was made later, while something else went on; how much was done without. */
void times_tiers(const mlec_model *model, const mlec_problem *problem);
void times_row(const char *name, double milliseconds);

#endif
