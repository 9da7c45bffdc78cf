/* What the reductions of log_sum.c share with engine.c. */
#ifndef RUNTIME_EVAL_ENGINE_H
#define RUNTIME_EVAL_ENGINE_H

#include "runtime/eval/problem.h"

/* A predictor's values on one strip. */
void engine_predict(const mlec_problem *p, const bound_linear *l, const double *z, size_t first,
                    size_t n, double *out);
/* g += sum of d * (terms of l). `d` is 0 behind the end. */
void engine_add_gradient(const mlec_problem *p, const bound_linear *l, const double *d,
                         size_t first, size_t n, double *g);
/* The same, of each element apart: row i of n rows, `stride` apart, gets d[i] times its terms. */
void engine_add_scores(const bound_linear *l, const double *d, size_t first, size_t n,
                       size_t stride, double *rows);
/* h += J_a' diag(w) J_b, symmetric: for a == b each pair of terms once, else with its transpose. */
void engine_add_curvature(const mlec_problem *p, const bound_linear *a, const bound_linear *b,
                          bool same, const double *w, size_t first, size_t n, double *h,
                          const curvature_layout *l);

/* value[0] += x, the rounding errors in value[1]. */
void engine_add_value(double *value, double x);
/* engine_map on this thread: rows run->from .. run->to, or all where `to` is 0. */
void engine_range(mlec_problem *p, uint32_t stage, engine_run *run);
/* chunks.c: engine_map on several threads, where there is more than one chunk. */
void chunks_map(mlec_problem *p, uint32_t stage, engine_run *run);

/* log_sum.c: values; then, after log_sum_prepare has computed the probabilities of the strip,
 * g += J'd;  h += J' diag(square) J + sum of d times the curvature (each may be NULL);
 * h += J' diag(w) J_other and its transpose; rows of d[i] times row i of J, n_z apart; J times a
 * direction. */
void log_sum_values(const mlec_problem *p, const bound_linear *l, const double *z, size_t first,
                    size_t n, double *out);
void log_sum_prepare(const mlec_problem *p, const bound_linear *l, const double *z,
                     const double *values, size_t first, size_t n);
void log_sum_gradient(const mlec_problem *p, const bound_linear *l, const double *d, size_t first,
                      size_t n, double *g);
void log_sum_curvature(const mlec_problem *p, const bound_linear *l, const double *d,
                       const double *square, size_t first, size_t n, double *h);
void log_sum_cross(const mlec_problem *p, const bound_linear *l, const bound_linear *other,
                   const double *w, size_t first, size_t n, double *h);
void log_sum_scores(const mlec_problem *p, const bound_linear *l, const double *d, size_t first,
                    size_t n, double *rows);
void log_sum_slope(const mlec_problem *p, const bound_linear *l, const double *direction,
                   size_t first, size_t n, double *out);

#endif
