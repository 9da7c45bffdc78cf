/* Machine code behind byte code: when it is made, and by which thread.
 *
 * A model computes with byte code from the first moment. Here its work is counted, and when there
 * is so much of it that LLVM is worth its time, machine code is made in a thread of its own and put
 * into the plan's tables; evaluations change over at their next call, and no bit of any result
 * changes. All decisions follow from counts, none from clocks. */
#ifndef COMPILER_TIERS_H
#define COMPILER_TIERS_H

#include "base/model.h"
#include "compiler/pipeline.h"

typedef struct tiers tiers;

/* Of a finished plan; all from `a`, which outlives it. */
tiers *tiers_new(arena *a, pipeline *p, const mlec_options *options);
void tiers_free(void *t); /* waits for the thread */
/* Machine code at once, of all that is computed more than once; false with *error in `a`. */
bool tiers_compile(tiers *t, arena *a, const char **error);
/* mlec_model_prepare */
void tiers_prepare(tiers *t, bool wait);
/* mlec_model.report_work */
void tiers_report(void *t, work_report work, int threads);
/* What the passes took that are done, those of `p` and those behind them. */
size_t tiers_times(const tiers *t, const mlec_pass_time **times);

#endif
