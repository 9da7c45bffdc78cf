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
/* The part of it that columns_sum leaves: pairs of terms that are not both columns. */
void engine_add_sparse(const mlec_problem *p, const bound_linear *a, const bound_linear *b,
                       bool same, const double *w, size_t first, size_t n, double *h,
                       const curvature_layout *l);

/* lookup.c. Binds the tables of all stages. With a stage's scalars set: runs the prologues of its
 * tables; evaluates those whose columns have few values; then, of each strip, the results of all
 * become row_pointers from `row` on. */
void lookup_bind(mlec_problem *p, arena *a);
void lookup_prepare(mlec_problem *p, const mlec_stage *s);
void lookup_evaluate(mlec_problem *p, uint32_t stage);
void lookup_rows(mlec_problem *p, uint32_t stage, size_t first, size_t n, uint32_t row);

/* columns.c. The strip of a column from element `first` on, to the end of its array at most; ones
 * where there is no column. What is made for it stays until the slot is asked for another strip. */
const double *column_strip(const mlec_problem *p, narrow_column x, int32_t slot, size_t first);
/* g += sum of d * (columns of l). */
void columns_add_gradient(const mlec_problem *p, const bound_linear *l, const double *d,
                          size_t first, size_t n8, double *g);
/* sums[i * b->n_columns + j] += sum of w * (column i of a) * (column j of b), for j >= i alone
 * where they are the same. */
void columns_sum(const mlec_problem *p, const bound_linear *a, const bound_linear *b, bool same,
                 const double *w, size_t first, size_t n, double *sums);
/* What columns_sum has summed goes into the curvature, and is zero again. */
void columns_add(const bound_linear *a, const bound_linear *b, bool same, double *sums, double *h,
                 const curvature_layout *l);
/* h += v at (i, j); `both`: and at (j, i). */
static inline void curvature_add(double *h, const curvature_layout *l, size_t i, size_t j, double v,
                                 bool both)
{
    if (l->count) {
        size_t n = l->n, a = i - l->first, b = j - l->first;
        i = curvature_outside(l, i);
        j = curvature_outside(l, j);
        if (a < l->count || b < l->count) {
            double *cross = h + n * n;
            if (a < l->count && b < l->count)
                cross[l->count * n + a] += both ? 2 * v : v;
            else
                cross[a < l->count ? a * n + j : b * n + i] += v;
            return;
        }
    }
    h[i + l->n * j] += v;
    if (both)
        h[j + l->n * i] += v;
}

/* p->scalars: the inputs of a stage that do not vary, before its prologue. */
void engine_set_scalars(mlec_problem *p, const mlec_stage *s, const double *z);
/* value[0] += x, the rounding errors in value[1]. */
void engine_add_value(double *value, double x);
/* engine_map on this thread: rows run->from .. run->to, or all where `to` is 0. */
void engine_range(mlec_problem *p, uint32_t stage, engine_run *run);
/* chunks.c: engine_map on several threads, where there is more than one chunk. */
void chunks_map(mlec_problem *p, uint32_t stage, engine_run *run);

/* log_sum.c: values and probabilities of a strip; then, after log_sum_prepare has cleared what lies
 * behind its end:
 *   gradient   g += J'd, with what inputs chosen among the levels' predictors add;
 *   curvature  sum of d times the second derivatives, dense columns into log_sum_pairs_size sums,
 *              which log_sum_finish adds to h and clears;
 *   square     h += J' diag(square) J;  cross: h += J' diag(w) J_other and its transpose;
 *   scores     rows of d[i] times row i of J, n_z apart;  slope: J times a direction. */
void log_sum_values(const mlec_problem *p, const bound_linear *l, const double *z, size_t first,
                    size_t n, double *out);
void log_sum_prepare(const mlec_problem *p, const bound_linear *l, size_t n);
void log_sum_gradient(const mlec_problem *p, const mlec_stage *s, uint32_t input, const double *d,
                      size_t first, size_t n, double *g);
void log_sum_curvature(const mlec_problem *p, const bound_linear *l, const double *d, size_t first,
                       size_t n, double *sums, double *h);
void log_sum_finish(const mlec_problem *p, const bound_linear *l, double *sums, double *h);
void log_sum_square(const mlec_problem *p, const bound_linear *l, const double *square,
                    size_t first, size_t n, double *h);
size_t log_sum_pairs_size(const bound_linear *l);
void log_sum_cross(const mlec_problem *p, const bound_linear *l, const bound_linear *other,
                   const double *w, size_t first, size_t n, double *h);
void log_sum_scores(const mlec_problem *p, const bound_linear *l, const double *d, size_t first,
                    size_t n, double *rows);
void log_sum_slope(const mlec_problem *p, const bound_linear *l, const double *direction,
                   size_t first, size_t n, double *out);
/* Finds out whether `l` is chosen among the predictors of the levels of `from`, over n elements;
 * whether an input of a map is formed in this way; its values after log_sum_values. */
void log_sum_bind_choice(bound_linear *l, const bound_linear *from, size_t n);
bool log_sum_chooses(const mlec_problem *p, const mlec_stage *s, uint32_t input);
void log_sum_choose(const mlec_problem *p, const bound_linear *l, size_t first, size_t n,
                    double *out);

#endif
