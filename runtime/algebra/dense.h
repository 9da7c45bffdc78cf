/* Dense linear algebra: thin, checked wrappers over LAPACK.
 *
 * Matrices are column-major with as many rows between columns as the matrix has (no leading
 * dimension apart). Nothing here allocates: workspaces come from the caller, with the sizes stated.
 * Every function is deterministic: the archive of reference LAPACK that the build links has neither
 * threads nor code paths by CPU. */
#ifndef RUNTIME_ALGEBRA_DENSE_H
#define RUNTIME_ALGEBRA_DENSE_H

#include <stdbool.h>
#include <stddef.h>

/* a = L L' of a symmetric positive definite a[n * n], whose lower triangle is read. L replaces the
 * lower triangle; the upper one is left alone. False: a is not positive definite, and is spoiled.
 */
bool dense_cholesky(size_t n, double *a);
/* b[n * columns] becomes a^-1 b, with the factor of dense_cholesky. */
void dense_cholesky_solve(size_t n, const double *l, double *b, size_t columns);
/* The factor becomes the inverse of what it was made of, both triangles. False: L is singular. */
bool dense_cholesky_inverse(size_t n, double *l);
/* Estimate of 1 / condition number (1-norm) of the matrix that was factored; `norm` is its 1-norm.
 * work[3 * n], integers[n]. */
double dense_cholesky_rcond(size_t n, const double *l, double norm, double *work, int *integers);
/* 1-norm of a symmetric matrix stored whole. */
double dense_norm1(size_t n, const double *a);

/* Eigenvalues in ascending order and orthonormal eigenvectors of a symmetric matrix: a[n * n]
 * (lower triangle read) becomes the vectors, values[n]. False when LAPACK did not converge. */
bool dense_eigen(size_t n, double *a, double *values, double *work, int *integers);
size_t dense_eigen_work(size_t n);     /* doubles of `work` */
size_t dense_eigen_integers(size_t n); /* ints of `integers` */

/* The triangular factor of a[m * n], m >= n: r[n * n], upper, diagonal >= 0, zeros below. a becomes
 * the n orthonormal columns of Q unless `q` is false; then it is spoiled. work[65 * n]. */
bool dense_qr(size_t m, size_t n, double *a, double *r, bool q, double *work);

/* a = U'U for a symmetric a by rows, whose upper triangle becomes U; false where it is not positive
 * definite. The same operations on every machine. */
bool dense_upper_cholesky(size_t n, double *a);
/* b[n] becomes r^-1 b or r^-T b for an upper triangular r[n * n]. False when r is singular. */
bool dense_upper_solve(size_t n, const double *r, bool transposed, double *b);
/* b[n] becomes l^-1 b or l^-T b for a lower triangular l[n * n]. */
bool dense_lower_solve(size_t n, const double *l, bool transposed, double *b);
/* An upper triangular matrix becomes its inverse. False when it is singular. */
bool dense_upper_inverse(size_t n, double *r);

/* Singular values of a[m * n] (spoiled), m >= n, in descending order: values[n].
 * work[7 * n + m + 64 * (m + n)]. */
bool dense_singular_values(size_t m, size_t n, double *a, double *values, double *work);
/* 2-norm condition number of r[n * n] after each column is scaled to length 1: inf when a column is
 * zero or the columns are dependent to working precision. copy[n * n], work as above with m = n. */
double dense_scaled_condition(size_t n, const double *r, double *copy, double *work);

/* The lower triangle is copied to the upper one. */
void dense_mirror(size_t n, double *a);
double dense_dot(size_t n, const double *a, const double *b);
double dense_norm2(size_t n, const double *a);

#endif
