#include "runtime/algebra/dense.h"

#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

enum { N = 7 };

/* A fixed stream of numbers in (-1, 1). */
static double next(unsigned long long *state)
{
    *state = *state * 6364136223846793005ULL + 1442695040888963407ULL;
    return (double)(*state >> 11) / 4503599627370496.0 - 1;
}

static void random_matrix(size_t m, size_t n, double *a)
{
    unsigned long long s = 12345 + 7 * m + n;
    for (size_t i = 0; i < m * n; i++)
        a[i] = next(&s);
}

/* b' b for b[m * n] */
static void gram(size_t m, size_t n, const double *b, double *out)
{
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++)
            out[i + j * n] = dense_dot(m, b + i * m, b + j * m);
}

static double largest_difference(size_t n, const double *a, const double *b)
{
    double d = 0;
    for (size_t i = 0; i < n; i++)
        d = fmax(d, fabs(a[i] - b[i]));
    return d;
}

Test(dense, cholesky_solves_and_inverts)
{
    double b[2 * N * N], a[N * N], l[N * N], x[N], right[N], one[N * N];
    random_matrix(2 * N, N, b);
    gram(2 * N, N, b, a);
    memcpy(l, a, sizeof l);
    cr_assert(dense_cholesky(N, l));
    random_matrix(N, 1, right);
    memcpy(x, right, sizeof x);
    dense_cholesky_solve(N, l, x, 1);
    for (size_t i = 0; i < N; i++) {
        double sum = 0;
        for (size_t j = 0; j < N; j++)
            sum += a[i + j * N] * x[j];
        cr_assert_float_eq(sum, right[i], 1e-13);
    }
    cr_assert(dense_cholesky_inverse(N, l));
    for (size_t i = 0; i < N; i++)
        for (size_t j = 0; j < N; j++)
            one[i + j * N] = dense_dot(N, a + i * N, l + j * N);
    for (size_t i = 0; i < N; i++)
        for (size_t j = 0; j < N; j++)
            cr_assert_float_eq(one[i + j * N], i == j, 1e-12);
}

Test(dense, cholesky_refuses)
{
    double saddle[] = {1, 0, 0, -1}, nan[] = {1, NAN, NAN, 1}, whole[] = {NAN};
    cr_assert_not(dense_cholesky(2, saddle));
    cr_assert_not(dense_cholesky(2, nan));
    cr_assert_not(dense_cholesky(1, whole));
    cr_assert(dense_cholesky(0, NULL));
}

Test(dense, rcond_of_a_diagonal)
{
    double a[] = {1, 0, 0, 1e-8}, work[6];
    int integers[2];
    double norm = dense_norm1(2, a);
    cr_assert(dense_cholesky(2, a));
    cr_assert_float_eq(dense_cholesky_rcond(2, a, norm, work, integers), 1e-8, 1e-10);
}

Test(dense, eigen_of_a_known_matrix)
{
    /* Eigenvalues 1, 3; vectors (1, -1), (1, 1) / sqrt 2. */
    double a[] = {2, 1, 1, 2}, values[2], work[512];
    int integers[64];
    cr_assert(dense_eigen(2, a, values, work, integers));
    cr_assert_float_eq(values[0], 1, 1e-15);
    cr_assert_float_eq(values[1], 3, 1e-15);
    cr_assert_float_eq(fabs(a[0] + a[1]), 0, 1e-15);
    cr_assert_float_eq(fabs(a[2] - a[3]), 0, 1e-15);
    double bad[] = {1, NAN, 0, 1};
    cr_assert_not(dense_eigen(2, bad, values, work, integers));
}

Test(dense, qr_gives_the_gram_matrix)
{
    double a[3 * N * N], q[3 * N * N], r[N * N], g[N * N], rr[N * N], one[N * N], work[65 * N];
    size_t m = 3 * N;
    random_matrix(m, N, a);
    memcpy(q, a, sizeof q);
    gram(m, N, a, g);
    cr_assert(dense_qr(m, N, q, r, true, work));
    gram(N, N, r, rr);
    cr_assert_lt(largest_difference(N * N, g, rr), 1e-13);
    gram(m, N, q, one);
    for (size_t i = 0; i < N; i++) {
        cr_assert(r[i + i * N] >= 0);
        for (size_t j = 0; j < N; j++)
            cr_assert_float_eq(one[i + j * N], i == j, 1e-14);
    }
}

Test(dense, triangles)
{
    double r[] = {2, 0, 1, 4}, b[] = {5, 8}, t[] = {2, 9}, l[] = {2, 1, 0, 4}, s[] = {4, 6};
    cr_assert(dense_upper_solve(2, r, false, b)); /* 2 x + y = 5, 4 y = 8 */
    cr_assert_float_eq(b[0], 1.5, 1e-15);
    cr_assert_float_eq(b[1], 2, 1e-15);
    cr_assert(dense_upper_solve(2, r, true, t)); /* 2 x = 2, x + 4 y = 9 */
    cr_assert_float_eq(t[0], 1, 1e-15);
    cr_assert_float_eq(t[1], 2, 1e-15);
    cr_assert(dense_lower_solve(2, l, false, s)); /* 2 x = 4, x + 4 y = 6 */
    cr_assert_float_eq(s[0], 2, 1e-15);
    cr_assert_float_eq(s[1], 1, 1e-15);
    cr_assert(dense_upper_inverse(2, r));
    cr_assert_float_eq(r[2], -0.125, 1e-15);
    double singular[] = {1, 0, 1, 0};
    cr_assert_not(dense_upper_inverse(2, singular));
}

Test(dense, condition_ignores_column_scale)
{
    /* Two columns at an angle with cosine c: (1 + c) / (1 - c) under the root. */
    double c = 1 - 1e-6, s = sqrt(1 - c * c);
    double r[] = {1e10, 0, c * 1e-7, s * 1e-7}, copy[4], work[512];
    cr_assert_float_eq(dense_scaled_condition(2, r, copy, work) / sqrt((1 + c) / (1 - c)), 1, 1e-9);
    double zero[] = {1, 0, 0, 0}, same[] = {1, 0, 2, 0};
    cr_assert(isinf(dense_scaled_condition(2, zero, copy, work)));
    cr_assert(isinf(dense_scaled_condition(2, same, copy, work)));
}

Test(dense, norm_neither_overflows_nor_vanishes)
{
    double large[] = {3e200, 4e200}, small[] = {3e-200, 4e-200}, zero[] = {0, 0};
    cr_assert_float_eq(dense_norm2(2, large) / 5e200, 1, 1e-15);
    cr_assert_float_eq(dense_norm2(2, small) / 5e-200, 1, 1e-15);
    cr_assert(dense_norm2(2, zero) == 0);
}
