/* The inner loops of an evaluation, once for each width of registers.
 *
 * All arrays are strips: 8 * n8 doubles; those of recur and recur_back are 64-byte aligned. Lane l
 * of 8 takes elements l, l + 8, ... in order, one fused multiply-add each, and lanes are added by a
 * fixed tree; so every version gives the same bits, whatever its registers and the shape of its
 * tiles. */
#ifndef RUNTIME_EVAL_KERNELS_H
#define RUNTIME_EVAL_KERNELS_H

#include "runtime/data/narrow.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { KERNEL_MOST_COLUMNS = 64 }; /* pointers that one call of `cross` takes at most */
enum { KERNEL_STRIP = 256 };       /* 8 * n8 is at most that */

typedef struct {
    /* out += c[0] x[0] + ... + c[n - 1] x[n - 1], in order; what stands `ahead` elements further,
     * or 0, is asked for from memory. */
    void (*combine)(const double *c, const double *const *x, size_t n, size_t n8, size_t ahead,
                    double *out);
    /* out += (scale * table[codes]) * x, or scale * table[codes] where x is NULL; a code below 0
     * stands for 0. */
    void (*gather)(double scale, const double *table, const int32_t *codes, const double *x,
                   size_t n8, double *out);
    /* sums[i * stride + j] += sum of (w * a[i]) * b[j]; where `triangle`, for j >= i, and some
     * below. */
    void (*cross)(const double *w, const double *const *a, size_t n_a, const double *const *b,
                  size_t n_b, bool triangle, size_t n8, double *sums, size_t stride);
    /* out[j] = sum of d * b[j] */
    void (*project)(const double *d, const double *const *b, size_t n_b, size_t n8, double *out);
    /* x[k][i] = a[i] x[k][i - 1] + b[k][i], of n sequences from what stands before x[k][0]; where
     * a[i] is 0, x[k][i] is b[k][i] whatever stands before. See kernels_recur.inc. */
    void (*recur)(const double *a, const double *const *b, size_t n, size_t n8, double *const *x);
    /* x[i] += a[i + 1] x[i + 1], from the end, where nothing follows. */
    void (*recur_back)(const double *a, size_t n8, double *x);
    /* Eight times x. */
    void (*fill)(double x, double *lanes);
    /* out = w x, and 0 where w is 0, whatever x is. */
    void (*weigh)(const double *w, const double *x, size_t n8, double *out);
    /* out += x y */
    void (*multiply_add)(const double *x, const double *y, size_t n8, double *out);
    /* out = elements first .. of a column; `first` is a multiple of 8. */
    void (*widen)(narrow_column c, size_t first, size_t n8, double *out);
} eval_kernels;

/* The fastest that this processor has. */
const eval_kernels *eval_kernels_choose(void);

#endif
