#include "runtime/algebra/tsqr.h"

#include "runtime/algebra/dense.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS = 1000, Q = 9 };

static double cell(size_t i, size_t j)
{
    unsigned long long s = (i * 977 + j * 131071 + 1) * 6364136223846793005ULL;
    s ^= s >> 29;
    s *= 1442695040888963407ULL;
    return (double)(s >> 11) / 4503599627370496.0 - 1;
}

/* R of the rows in pieces of the sizes given, repeated; `out` is q * q. */
static void factor(size_t rows, size_t q, const size_t *pieces, size_t n_pieces,
                   double (*at)(size_t, size_t), double *out)
{
    oom_guard guard;
    arena a;
    arena_init(&a, &alloc_system, &guard);
    if (setjmp(guard.jump))
        abort();
    double *x = malloc(rows * q * sizeof *x);
    const double **columns = malloc(q * sizeof *columns);
    for (size_t j = 0; j < q; j++)
        for (size_t i = 0; i < rows; i++)
            x[i + j * rows] = at(i, j);
    tsqr t;
    tsqr_init(&t, &a, q);
    for (size_t done = 0, k = 0; done < rows; k++) {
        size_t take = pieces[k % n_pieces];
        take = take < rows - done ? take : rows - done;
        for (size_t j = 0; j < q; j++)
            columns[j] = x + j * rows + done;
        tsqr_add(&t, columns, take);
        done += take;
    }
    memcpy(out, tsqr_r(&t), q * q * sizeof *out);
    free(columns);
    free(x);
    arena_release(&a);
}

Test(tsqr, equals_one_factorisation)
{
    static double x[ROWS * Q], r[Q * Q], expected[Q * Q], work[65 * Q];
    static const size_t pieces[] = {256};
    factor(ROWS, Q, pieces, 1, cell, r);
    for (size_t j = 0; j < Q; j++)
        for (size_t i = 0; i < ROWS; i++)
            x[i + j * ROWS] = cell(i, j);
    cr_assert(dense_qr(ROWS, Q, x, expected, false, work));
    for (size_t i = 0; i < Q * Q; i++)
        cr_assert_float_eq(r[i], expected[i], 1e-12, "element %zu", i);
}

Test(tsqr, same_bits_however_cut)
{
    static double whole[Q * Q], cut[Q * Q];
    static const size_t one[] = {ROWS}, odd[] = {1, 7, 64, 13, 200};
    factor(ROWS, Q, one, 1, cell, whole);
    factor(ROWS, Q, odd, 5, cell, cut);
    cr_assert_eq(memcmp(whole, cut, sizeof whole), 0);
}

Test(tsqr, fewer_rows_than_columns)
{
    static double r[Q * Q];
    static const size_t one[] = {3};
    factor(3, Q, one, 1, cell, r);
    for (size_t i = 0; i < Q; i++)
        for (size_t j = 0; j < Q; j++) {
            double sum = 0, gram = 0;
            for (size_t k = 0; k < Q; k++)
                sum += r[k + i * Q] * r[k + j * Q];
            for (size_t k = 0; k < 3; k++)
                gram += cell(k, i) * cell(k, j);
            cr_assert_float_eq(sum, gram, 1e-13);
        }
}

/* Powers of x near 1, scaled by up to 1e20: the condition of the scaled columns must survive. */
static double power(size_t i, size_t j)
{
    double x = 1 + (double)i / ROWS;
    return pow(x, (double)j) * (j % 2 ? 1e13 : 1e-7);
}

Test(tsqr, ill_conditioned_columns_of_any_scale)
{
    enum { P = 6 };
    static double r[P * P], copy[P * P], work[1024];
    static const size_t pieces[] = {100};
    factor(ROWS, P, pieces, 1, power, r);
    double condition = dense_scaled_condition(P, r, copy, work);
    /* From the eigenvalues of the scaled Gram matrix in 80 digits. */
    cr_assert_float_eq(condition / 283188.51214410858, 1, 1e-8, "%.17g", condition);
}
