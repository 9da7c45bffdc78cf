/* Sums of products of columns over all rows. */
#ifndef RUNTIME_EVAL_GRAM_H
#define RUNTIME_EVAL_GRAM_H

#include "runtime/eval/problem.h"

/* x, or 1 where there is none; with codes only where the code is `code`, else 0; less `centre`. */
typedef struct {
    narrow_column x;
    const int32_t *codes;
    int32_t code;
    double centre;
} gram_column;

/* Sums over columns as they are, without weights. */
struct known_gram {
    size_t q;
    gram_column *columns;
    double *sums; /* q * q */
};

static inline bool gram_is_same(const gram_column *a, const gram_column *b)
{
    return a->x.data == b->x.data && a->codes == b->codes && a->code == b->code;
}

/* sums[i * n_b + j] = sum of weight * a[i] * b[j]; no weight: 1. Where a and b are one array the
 * elements below the diagonal are those above. The error of an element is a few units in the last
 * place of the sum of the products' sizes, whatever the number of rows. */
void gram_sum(mlec_problem *p, const gram_column *a, size_t n_a, const gram_column *b, size_t n_b,
              narrow_column weight, double *sums);
/* The mean of a column, rounded once; `total`: the sum of the weights, or of the rows. */
double gram_mean(mlec_problem *p, gram_column column, narrow_column weight, double total);
/* Upper triangular R with R'R = gram, all q * q, R column-major; false where the gram matrix is too
 * ill-conditioned for that to be as good as a QR of the columns: above `most`, the condition number
 * of the columns at length 1. */
bool gram_factor(mlec_problem *p, size_t q, const double *gram, double most, double *r,
                 double *condition);

#endif
