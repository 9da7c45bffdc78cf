/* Log-likelihoods written by hand, each as plain C and as tuned C, to compare mlec with.
 *
 * Parameters: the coefficients of the first linear predictor, of the second, ..., then scalars.
 * `hessian` is full and column-major. A NULL means not wanted; a Hessian comes with a gradient. */
#ifndef BENCH_KERNELS_H
#define BENCH_KERNELS_H

#include <stdbool.h>
#include <stddef.h>

enum { MAX_COLUMNS = 100, MAX_COUNT = 4096, LEVELS = 20 };

typedef struct {
    size_t n;                     /* a multiple of 32 */
    const double *x[MAX_COLUMNS]; /* aligned to 64 bytes, as y and extra */
    const double *y;
    const double *extra;  /* offset, event or another second column of the outcome; or NULL */
    double constant;      /* the part of the log-likelihood that depends on data alone */
    const double *exceed; /* exceed[k]: rows with y > k, for outcomes that are counts; or NULL */
} kernel_data;

typedef double kernel(const kernel_data *data, const double *theta, double *gradient,
                      double *hessian);

/* KERNEL(name, linear predictors, columns of each, scalars, extra): extra 1 adds the extra column
 * to the predictor. The last column says what becomes of the row's factor: its logarithm is added
 * (1), subtracted (-1), or there is none (0). */
#define KERNELS(KERNEL)                                                                            \
    KERNEL(logistic10, logistic, 1, 10, 0, 0, -1)                                                  \
    KERNEL(logistic100, logistic, 1, 100, 0, 0, -1)                                                \
    KERNEL(poisson, poisson, 1, 10, 0, 1, 0)                                                       \
    KERNEL(negative_binomial, negative_binomial, 1, 5, 1, 0, 0)                                    \
    KERNEL(weibull, weibull, 1, 5, 1, 0, 0)                                                        \
    KERNEL(mixture, mixture, 0, 0, 5, 0, 1)                                                        \
    KERNEL(normal, normal, 0, 0, 2, 0, 0)                                                          \
    KERNEL(multinomial, multinomial, 4, 5, 0, 0, -1)                                               \
    KERNEL(ordinal, ordinal, 1, 2, 4, 0, 1)                                                        \
    KERNEL(four_parameter, four_parameter, 0, 0, 5, 0, 0)                                          \
    KERNEL(linear50, linear, 1, 50, 1, 0, 0)                                                       \
    KERNEL(logistic_few, logistic, 1, 4, 0, 0, -1)

#define DECLARE(name, ...) kernel plain_##name, tuned_##name;
KERNELS(DECLARE)
DECLARE(garch)
DECLARE(poisson_factor)
#undef DECLARE

#endif
