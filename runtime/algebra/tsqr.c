/* Streaming QR.
 *
 * The rows seen so far are represented by R, since R'R = X'X. A block B of TSQR_ROWS new rows is
 * annihilated against R with one Householder reflector per column. The reflector of column j has
 * its head at R[j][j] and its tail in B[:, j] alone, because R is zero below its diagonal: it
 * touches row j of R and all of B, and costs 4 * TSQR_ROWS flops for each later column.
 *
 *   x = (R[j][j], B[:, j]),  beta = |x| with the sign that adds up,  v = (1, B[:, j] / (x_0 +
 * beta)) tau = 2 / v'v,  and  [R[j][k]; B[:, k]] -= tau * v * (R[j][k] + tail'B[:, k])  for k > j.
 *
 * Nothing is squared that Householder's method does not square, so R is as accurate as that of one
 * factorisation of the whole matrix (Demmel, Grigori, Hoemmen & Langou 2012; Golub & Van Loan 5.2).
 * Columns may differ in scale by any factor: each column is treated alone.
 *
 * Dot products keep eight partial sums, in two vector registers, added up in a fixed order.
 * Four columns are updated at a time to load the reflector once. */
#include "runtime/algebra/tsqr.h"

#include "runtime/algebra/dense.h"

#include <math.h>
#include <string.h>

enum { LANES = 8, GROUP = 4 };

void tsqr_init(tsqr *t, arena *a, size_t q)
{
    *t = (tsqr){.q = q};
    t->r = arena_aligned(a, q * q * sizeof *t->r);
    t->block = arena_aligned(a, TSQR_ROWS * q * sizeof *t->block);
}

/* Half of the lanes: what a vector register of x86-64-v3 holds. */
typedef double half __attribute__((vector_size(LANES / 2 * sizeof(double))));
enum { HALVES = TSQR_ROWS / (LANES / 2) };

static double fold_lanes(half a, half b)
{
    half s = a + b;
    return (s[0] + s[2]) + (s[1] + s[3]);
}

static const half *halves(const double *p) { return (const half *)(const void *)p; }

/* column -= weight * tail for one column, with weight = tau * (head + tail'column). */
static double reflect_column(const double *tail, double tau, double head, double *column)
{
    const half *t = halves(tail);
    half *x = (half *)(void *)column, even = {0}, odd = {0};
    for (size_t i = 0; i < HALVES; i += 2) {
        even += t[i] * x[i];
        odd += t[i + 1] * x[i + 1];
    }
    double weight = tau * (head + fold_lanes(even, odd));
    for (size_t i = 0; i < HALVES; i++)
        x[i] -= weight * t[i];
    return weight;
}

/* The same for GROUP neighbouring columns at once. */
static void reflect_group(const double *tail, double tau, const double *heads, double *columns,
                          double *weights)
{
    const half *t = halves(tail);
    half *x[GROUP], even[GROUP] = {{0}}, odd[GROUP] = {{0}};
    for (size_t c = 0; c < GROUP; c++)
        x[c] = (half *)(void *)(columns + c * TSQR_ROWS);
    /* Unrolled by order: without it the sums would live in memory. */
    _Pragma("GCC unroll 2") for (size_t i = 0; i < HALVES; i += 2)
    {
        _Pragma("GCC unroll 4") for (size_t c = 0; c < GROUP; c++)
        {
            even[c] += t[i] * x[c][i];
            odd[c] += t[i + 1] * x[c][i + 1];
        }
    }
    for (size_t c = 0; c < GROUP; c++)
        weights[c] = tau * (heads[c] + fold_lanes(even[c], odd[c]));
    for (size_t i = 0; i < HALVES; i++) {
        _Pragma("GCC unroll 4") for (size_t c = 0; c < GROUP; c++) { x[c][i] -= weights[c] * t[i]; }
    }
}

/* Length of a tail: a plain sum of squares where that neither overflows nor loses small numbers. */
static double tail_length(const double *tail)
{
    const half *t = halves(tail);
    half even = {0}, odd = {0};
    for (size_t i = 0; i < HALVES; i += 2) {
        even += t[i] * t[i];
        odd += t[i + 1] * t[i + 1];
    }
    double squares = fold_lanes(even, odd);
    return squares > 1e-250 && squares < 1e250 ? sqrt(squares) : dense_norm2(TSQR_ROWS, tail);
}

/* hypot, whose last digit the C library leaves to the machine: a root whose rounding error is taken
 * back, r + (a^2 + b^2 - r^2)/(2r) with exact squares. */
static double hypotenuse(double a, double b)
{
    double squares = a * a + b * b;
    if (!(squares > 1e-250 && squares < 1e250))
        return dense_norm2(2, (const double[]){a, b});
    double big = fmax(fabs(a), fabs(b)), small = fmin(fabs(a), fabs(b)), r = sqrt(squares);
    double big2 = big * big, small2 = small * small, r2 = r * r;
    double lost = fma(big, big, -big2) + fma(small, small, -small2) - fma(r, r, -r2);
    return r + (big2 - r2 + small2 + lost) / (2 * r);
}

static void absorb(tsqr *t)
{
    size_t q = t->q;
    double *r = t->r, *b = t->block;
    for (size_t j = 0; j < q; j++) {
        double *tail = b + j * TSQR_ROWS;
        double length = tail_length(tail);
        if (length == 0)
            continue;
        double head = r[j + j * q];
        double beta = hypotenuse(head, length);
        double divisor = head >= 0 ? head + beta : head - beta;
        half *x = (half *)(void *)tail;
        for (size_t i = 0; i < HALVES; i++)
            x[i] /= divisor;
        double ratio = length / divisor;
        double tau = 2 / (1 + ratio * ratio);
        r[j + j * q] = head >= 0 ? -beta : beta;
        size_t k = j + 1;
        for (; k + GROUP <= q; k += GROUP) {
            double heads[GROUP], weights[GROUP];
            for (size_t c = 0; c < GROUP; c++)
                heads[c] = r[j + (k + c) * q];
            reflect_group(tail, tau, heads, b + k * TSQR_ROWS, weights);
            for (size_t c = 0; c < GROUP; c++)
                r[j + (k + c) * q] -= weights[c];
        }
        for (; k < q; k++)
            r[j + k * q] -= reflect_column(tail, tau, r[j + k * q], b + k * TSQR_ROWS);
    }
    memset(b, 0, TSQR_ROWS * q * sizeof *b);
    t->filled = 0;
}

void tsqr_add(tsqr *t, const double *const *columns, size_t rows)
{
    for (size_t done = 0; done < rows;) {
        size_t space = TSQR_ROWS - t->filled;
        size_t take = rows - done < space ? rows - done : space;
        for (size_t j = 0; j < t->q; j++)
            memcpy(t->block + j * TSQR_ROWS + t->filled, columns[j] + done,
                   take * sizeof *t->block);
        t->filled += take;
        done += take;
        if (t->filled == TSQR_ROWS)
            absorb(t);
    }
}

void tsqr_add_row(tsqr *t, const double *row)
{
    for (size_t j = 0; j < t->q; j++)
        t->block[j * TSQR_ROWS + t->filled] = row[j];
    if (++t->filled == TSQR_ROWS)
        absorb(t);
}

const double *tsqr_r(tsqr *t)
{
    if (t->filled)
        absorb(t); /* the missing rows of the block are zeros, which change nothing */
    for (size_t i = 0; i < t->q; i++)
        if (t->r[i + i * t->q] < 0)
            for (size_t j = i; j < t->q; j++)
                t->r[i + j * t->q] = -t->r[i + j * t->q];
    return t->r;
}
