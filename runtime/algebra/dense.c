#include "runtime/algebra/dense.h"

#include <float.h>
#include <math.h>
#include <string.h>

/* ---- LAPACK as this file uses it: Fortran passes addresses, and the lengths of texts last. -----
 */

void dpotrf_(const char *uplo, const int *n, double *a, const int *lda, int *info, size_t);
void dpotrs_(const char *uplo, const int *n, const int *nrhs, const double *a, const int *lda,
             double *b, const int *ldb, int *info, size_t);
void dpotri_(const char *uplo, const int *n, double *a, const int *lda, int *info, size_t);
void dpocon_(const char *uplo, const int *n, const double *a, const int *lda, const double *anorm,
             double *rcond, double *work, int *iwork, int *info, size_t);
void dsyevd_(const char *jobz, const char *uplo, const int *n, double *a, const int *lda, double *w,
             double *work, const int *lwork, int *iwork, const int *liwork, int *info, size_t,
             size_t);
void dgeqrf_(const int *m, const int *n, double *a, const int *lda, double *tau, double *work,
             const int *lwork, int *info);
void dorgqr_(const int *m, const int *n, const int *k, double *a, const int *lda, const double *tau,
             double *work, const int *lwork, int *info);
void dgesvd_(const char *jobu, const char *jobvt, const int *m, const int *n, double *a,
             const int *lda, double *s, double *u, const int *ldu, double *vt, const int *ldvt,
             double *work, const int *lwork, int *info, size_t, size_t);

/* A leading dimension must be at least 1, also for an empty matrix. */
static int leading(size_t n) { return n ? (int)n : 1; }

bool dense_cholesky(size_t n, double *a)
{
    int order = (int)n, ld = leading(n), info = 0;
    dpotrf_("L", &order, a, &ld, &info, 1);
    if (info != 0)
        return false;
    /* A NaN passes the comparisons of dpotrf. */
    for (size_t i = 0; i < n; i++)
        if (!(a[i + i * n] > 0) || isinf(a[i + i * n]))
            return false;
    return true;
}

void dense_cholesky_solve(size_t n, const double *l, double *b, size_t columns)
{
    int order = (int)n, right = (int)columns, ld = leading(n), info = 0;
    dpotrs_("L", &order, &right, l, &ld, b, &ld, &info, 1);
}

bool dense_cholesky_inverse(size_t n, double *l)
{
    int order = (int)n, ld = leading(n), info = 0;
    dpotri_("L", &order, l, &ld, &info, 1);
    dense_mirror(n, l);
    return info == 0;
}

double dense_cholesky_rcond(size_t n, const double *l, double norm, double *work, int *integers)
{
    int order = (int)n, ld = leading(n), info = 0;
    double rcond = 0;
    dpocon_("L", &order, l, &ld, &norm, &rcond, work, integers, &info, 1);
    return info == 0 ? rcond : 0;
}

double dense_norm1(size_t n, const double *a)
{
    double largest = 0;
    for (size_t j = 0; j < n; j++) {
        double sum = 0;
        for (size_t i = 0; i < n; i++)
            sum += fabs(a[i + j * n]);
        if (!(sum <= largest))
            largest = sum;
    }
    return largest;
}

size_t dense_eigen_work(size_t n) { return 1 + 6 * n + 2 * n * n + 64 * n; }

size_t dense_eigen_integers(size_t n) { return 3 + 5 * n; }

bool dense_eigen(size_t n, double *a, double *values, double *work, int *integers)
{
    int order = (int)n, ld = leading(n), info = 0;
    int lwork = (int)dense_eigen_work(n), liwork = (int)dense_eigen_integers(n);
    for (size_t j = 0; j < n; j++)
        for (size_t i = j; i < n; i++)
            if (!isfinite(a[i + j * n]))
                return false;
    dsyevd_("V", "L", &order, a, &ld, values, work, &lwork, integers, &liwork, &info, 1, 1);
    return info == 0;
}

bool dense_qr(size_t m, size_t n, double *a, double *r, bool q, double *work)
{
    int rows = (int)m, columns = (int)n, ld = leading(m), lwork = (int)(64 * n), info = 0;
    double *tau = work, *space = work + n;
    if (n == 0)
        return true;
    dgeqrf_(&rows, &columns, a, &ld, tau, space, &lwork, &info);
    if (info != 0)
        return false;
    for (size_t j = 0; j < n; j++)
        for (size_t i = 0; i < n; i++)
            r[i + j * n] = i <= j ? a[i + j * m] : 0;
    if (q) {
        dorgqr_(&rows, &columns, &columns, a, &ld, tau, space, &lwork, &info);
        if (info != 0)
            return false;
    }
    /* The signs that make the diagonal positive make R unique. */
    for (size_t i = 0; i < n; i++) {
        if (!(r[i + i * n] < 0))
            continue;
        for (size_t j = i; j < n; j++)
            r[i + j * n] = -r[i + j * n];
        if (q)
            for (size_t k = 0; k < m; k++)
                a[k + i * m] = -a[k + i * m];
    }
    return true;
}

/* Substitution and the inverse below are what binding takes from here, and through it every
 * evaluation of an ill-conditioned design. They are written out because Fortran compilers fuse
 * multiply-adds where they can, and LAPACK's own would differ from machine to machine. */
static bool triangular_solve(bool upper, size_t n, const double *r, bool transposed, double *b)
{
    for (size_t j = 0; j < n; j++)
        if (r[j + j * n] == 0)
            return false;
    for (size_t k = 0; k < n; k++) {
        size_t j = upper == transposed ? k : n - 1 - k;
        size_t first = upper ? 0 : j + 1, end = upper ? j : n;
        const double *column = r + j * n;
        if (transposed) {
            double rest = b[j];
            for (size_t i = first; i < end; i++)
                rest -= column[i] * b[i];
            b[j] = rest / column[j];
        } else {
            double x = b[j] /= column[j];
            for (size_t i = first; i < end; i++)
                b[i] -= x * column[i];
        }
    }
    return true;
}

bool dense_upper_solve(size_t n, const double *r, bool transposed, double *b)
{
    return triangular_solve(true, n, r, transposed, b);
}

bool dense_lower_solve(size_t n, const double *l, bool transposed, double *b)
{
    return triangular_solve(false, n, l, transposed, b);
}

bool dense_upper_cholesky(size_t q, double *a)
{
    for (size_t k = 0; k < q; k++) {
        double *row = a + k * q;
        if (!(row[k] > 0))
            return false;
        row[k] = sqrt(row[k]);
        for (size_t j = k + 1; j < q; j++)
            row[j] /= row[k];
        for (size_t i = k + 1; i < q; i++) {
            double *below = a + i * q, head = row[i];
            for (size_t j = i; j < q; j++)
                below[j] -= head * row[j];
        }
    }
    return true;
}

/* Column j of the inverse: minus the inverse of what is left of it, times r's, by its diagonal. */
bool dense_upper_inverse(size_t n, double *r)
{
    for (size_t j = 0; j < n; j++)
        if (r[j + j * n] == 0)
            return false;
    for (size_t j = 0; j < n; j++) {
        double *column = r + j * n, diagonal = column[j] = 1 / column[j];
        for (size_t k = 0; k < j; k++) {
            double x = column[k];
            for (size_t i = 0; i < k; i++)
                column[i] += x * r[i + k * n];
            column[k] = x * r[k + k * n];
        }
        for (size_t i = 0; i < j; i++)
            column[i] *= -diagonal;
    }
    return true;
}

bool dense_singular_values(size_t m, size_t n, double *a, double *values, double *work)
{
    int rows = (int)m, columns = (int)n, ld = leading(m), one = 1, info = 0;
    int lwork = (int)(6 * n + m + 64 * (m + n));
    double unused;
    if (n == 0)
        return true;
    for (size_t i = 0; i < m * n; i++)
        if (!isfinite(a[i]))
            return false;
    dgesvd_("N", "N", &rows, &columns, a, &ld, values, &unused, &one, &unused, &one, work, &lwork,
            &info, 1, 1);
    return info == 0;
}

double dense_scaled_condition(size_t n, const double *r, double *copy, double *work)
{
    if (n == 0)
        return 1;
    memcpy(copy, r, n * n * sizeof *copy);
    for (size_t j = 0; j < n; j++) {
        double length = dense_norm2(n, copy + j * n);
        if (!(length > 0) || isinf(length))
            return INFINITY;
        for (size_t i = 0; i < n; i++)
            copy[i + j * n] /= length;
    }
    double *values = work, *space = work + n;
    if (!dense_singular_values(n, n, copy, values, space))
        return INFINITY;
    double smallest = values[n - 1], largest = values[0];
    if (!(smallest > largest * (double)n * DBL_EPSILON))
        return INFINITY;
    return largest / smallest;
}

void dense_mirror(size_t n, double *a)
{
    for (size_t j = 0; j < n; j++)
        for (size_t i = j + 1; i < n; i++)
            a[j + i * n] = a[i + j * n];
}

double dense_dot(size_t n, const double *a, const double *b)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += a[i] * b[i];
    return sum;
}

/* Scaled by the largest element, so that squares neither overflow nor vanish. */
double dense_norm2(size_t n, const double *a)
{
    double largest = 0, sum = 0;
    for (size_t i = 0; i < n; i++)
        if (!(fabs(a[i]) <= largest))
            largest = fabs(a[i]);
    if (largest == 0 || !isfinite(largest))
        return largest;
    for (size_t i = 0; i < n; i++)
        sum += (a[i] / largest) * (a[i] / largest);
    return largest * sqrt(sum);
}
