/* R of the QR factorisation of a tall matrix whose rows come in blocks.
 *
 * Memory is q * (q + TSQR_ROWS) doubles for any number of rows. Rows are taken in the order given,
 * and the arithmetic depends on q and the rows alone, not on how they are cut into calls. */
#ifndef RUNTIME_ALGEBRA_TSQR_H
#define RUNTIME_ALGEBRA_TSQR_H

#include "base/alloc.h"

enum { TSQR_ROWS = 64 };

typedef struct {
    size_t q;      /* columns */
    size_t filled; /* rows waiting in `block` */
    double *r;     /* q * q, upper, column-major */
    double *block; /* TSQR_ROWS * q, column-major */
} tsqr;

void tsqr_init(tsqr *t, arena *a, size_t q);
/* Adds `rows` rows: column j of them is columns[j][0 .. rows). */
void tsqr_add(tsqr *t, const double *const *columns, size_t rows);
/* Adds one row. */
void tsqr_add_row(tsqr *t, const double *row);
/* R: q * q, upper triangular, column-major, diagonal >= 0. Owned by `t`; more rows may follow. */
const double *tsqr_r(tsqr *t);

#endif
