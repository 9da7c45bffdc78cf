/* The plan interpreted in quadruple precision: value, gradient and Hessian of the objective.
 *
 * The second reading of the plan beside machine code, and independent of it: graphs are
 * interpreted, tangents are dense, sums are plain loops. Tests hold the evaluator against it; the
 * optimizer finishes ill-conditioned fits with it. All four kinds of stages that a plan can hold
 * run here: maps, linear stages, aggregates that became cuts, and scans. */
#ifndef COMPILER_KERNEL_ORACLE_H
#define COMPILER_KERNEL_ORACLE_H

#include "base/model.h"
#include "compiler/kernel/kernel.h"
#include "runtime/calc/quad.h"

/* theta[n_theta]; gradient and hessian (column-major) may be NULL. Memory comes from `a`. */
void oracle_eval(const kernel *k, const exact_view *view, arena *a, const quad *theta,
                 quad *objective, quad *gradient, quad *hessian);

#endif
