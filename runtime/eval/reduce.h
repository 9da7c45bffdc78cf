/* Fewer rows with the same sums: see reduce.c. */
#ifndef RUNTIME_EVAL_REDUCE_H
#define RUNTIME_EVAL_REDUCE_H

#include "runtime/eval/problem.h"

/* A copy of the problem whose row axis has `rows` elements; multiplicities are 0, arrays over rows
 * are still those of `p`. Needs scratch of its own before it evaluates. */
mlec_problem *reduce_view(mlec_problem *p, size_t rows);
/* moments.c: a view for a stage that is a polynomial in its rows, or NULL. */
mlec_problem *moments_view(mlec_problem *p, const mlec_stage *s);

#endif
