/* The models as loops that a C programmer would write and leave to the compiler: blocks of rows,
 * columns of numbers, libm. Built with -O3 -march=native -ffast-math and vectors of libm's
 * functions where there are some. */
#include "kernels.h"

#include <math.h>
#include <string.h>

#define REAL            double
#define EXP             exp
#define LOG             log
#define ABS             fabs
#define SELECT(c, a, b) ((c) ? (a) : (b))
#define NORMAL_CDF(x)   (0.5 * erfc(-0.70710678118654752440 * (x)))
#define INLINE          static inline __attribute__((always_inline))

enum { BLOCK = 512 };

/* Recurrence up to 10, then the asymptotic series. */
static double digamma(double x)
{
    double shift = 0;
    for (; x < 10; x += 1)
        shift += 1 / x;
    double i = 1 / x, q = i * i;
    return log(x) - 0.5 * i - shift -
           q * (1. / 12 -
                q * (1. / 120 -
                     q * (1. / 252 - q * (1. / 240 - q * (1. / 132 - q * 691. / 32760)))));
}

static double trigamma(double x)
{
    double shift = 0;
    for (; x < 10; x += 1)
        shift += 1 / (x * x);
    double i = 1 / x, q = i * i;
    return shift + i + 0.5 * q +
           i * q *
               (1. / 6 -
                q * (1. / 30 - q * (1. / 42 - q * (1. / 30 - q * (5. / 66 - q * 691. / 2730)))));
}

#include "rows.h"

static double dot(const double *x, const double *y, size_t m)
{
    double s = 0;
    for (size_t r = 0; r < m; r++)
        s += x[r] * y[r];
    return s;
}

static double sum(const double *x, size_t m)
{
    double s = 0;
    for (size_t r = 0; r < m; r++)
        s += x[r];
    return s;
}

/* What a block adds to the Hessian, lower triangle. `h` are the rows' second derivatives. */
INLINE void add_hessian(const kernel_data *t, size_t begin, size_t m, int n_linear, int n_columns,
                        int n_scalars, double h[MAX_LOCAL][MAX_LOCAL][BLOCK], double *hessian)
{
    int n_theta = n_linear * n_columns + n_scalars;
    double wx[BLOCK];
    for (int a = 0; a < n_linear; a++) {
        for (int i = 0; i < n_columns; i++) {
            int row = a * n_columns + i;
            for (int b = 0; b <= a; b++) {
                for (size_t r = 0; r < m; r++)
                    wx[r] = h[a][b][r] * t->x[i][begin + r];
                for (int j = 0; j <= (a == b ? i : n_columns - 1); j++)
                    hessian[row + n_theta * (b * n_columns + j)] += dot(wx, t->x[j] + begin, m);
            }
        }
    }
    for (int k = 0; k < n_scalars; k++) {
        int row = n_linear * n_columns + k;
        for (int b = 0; b < n_linear; b++)
            for (int j = 0; j < n_columns; j++)
                hessian[row + n_theta * (b * n_columns + j)] +=
                    dot(h[n_linear + k][b], t->x[j] + begin, m);
        for (int j = 0; j <= k; j++)
            hessian[row + n_theta * (n_linear * n_columns + j)] +=
                sum(h[n_linear + k][n_linear + j], m);
    }
}

static void mirror(double *hessian, int n)
{
    for (int j = 0; j < n; j++)
        for (int i = 0; i < j; i++)
            hessian[i + n * j] = hessian[j + n * i];
}

INLINE double run(const kernel_data *t, const double *theta, double *gradient, double *hessian,
                  int n_linear, int n_columns, int n_scalars, int with_offset, int sign, int order,
                  row_function *row_of)
{
    static _Thread_local double eta[MAX_LOCAL][BLOCK], d[MAX_LOCAL][BLOCK];
    static _Thread_local double h[MAX_LOCAL][MAX_LOCAL][BLOCK];
    int n_local = n_linear + n_scalars, n_theta = n_linear * n_columns + n_scalars;
    const double *s = theta + n_linear * n_columns;
    double value = 0;
    if (order > 0)
        memset(gradient, 0, (size_t)n_theta * sizeof *gradient);
    if (order > 1)
        memset(hessian, 0, (size_t)(n_theta * n_theta) * sizeof *hessian);
    for (size_t begin = 0; begin < t->n; begin += BLOCK) {
        size_t m = t->n - begin < BLOCK ? t->n - begin : BLOCK;
        const double *extra = (t->extra ? t->extra : t->y) + begin;
        for (int k = 0; k < n_linear; k++) {
            for (size_t r = 0; r < m; r++)
                eta[k][r] = with_offset ? extra[r] : 0;
            for (int j = 0; j < n_columns; j++)
                for (size_t r = 0; r < m; r++)
                    eta[k][r] += theta[k * n_columns + j] * t->x[j][begin + r];
        }
        for (size_t r = 0; r < m; r++) {
            row o = {0};
            double u[MAX_LOCAL];
            for (int k = 0; k < n_linear; k++)
                u[k] = eta[k][r];
            row_of(order, t->y[begin + r], extra[r], u, s, &o);
            value += o.l + (sign ? sign * log(o.f) : 0);
            for (int a = 0; order > 0 && a < n_local; a++) {
                d[a][r] = o.d[a];
                for (int b = 0; order > 1 && b <= a; b++)
                    h[a][b][r] = o.h[a][b];
            }
        }
        for (int k = 0; order > 0 && k < n_linear; k++)
            for (int j = 0; j < n_columns; j++)
                gradient[k * n_columns + j] += dot(d[k], t->x[j] + begin, m);
        for (int k = 0; order > 0 && k < n_scalars; k++)
            gradient[n_linear * n_columns + k] += sum(d[n_linear + k], m);
        if (order > 1)
            add_hessian(t, begin, m, n_linear, n_columns, n_scalars, h, hessian);
    }
    if (order > 1)
        mirror(hessian, n_theta);
    return value + t->constant;
}

/* The terms of the dispersion that are the same in each row. */
static double add_dispersion(const kernel_data *t, double phi, double *gradient, double *hessian)
{
    double n = (double)t->n;
    if (gradient)
        gradient[5] += n * (log(phi) + 1 - digamma(phi));
    if (hessian)
        hessian[35] += n * (1 / phi - trigamma(phi));
    return n * (phi * log(phi) - lgamma(phi));
}

#define DEFINE(name, row, n_linear, n_columns, n_scalars, with_offset, sign)                        \
    double plain_##name(const kernel_data *t, const double *theta, double *g, double *h)            \
    {                                                                                               \
        double value = h   ? run(t, theta, g, h, n_linear, n_columns, n_scalars, with_offset, sign, \
                                 2, row##_row)                                                      \
                       : g ? run(t, theta, g, h, n_linear, n_columns, n_scalars, with_offset,       \
                                 sign, 1, row##_row)                                                \
                           : run(t, theta, g, h, n_linear, n_columns, n_scalars, with_offset,       \
                                 sign, 0, row##_row);                                               \
        return t->exceed ? value + add_dispersion(t, theta[5], g, h) : value;                       \
    }
KERNELS(DEFINE)

/* ---- GARCH(1,1): mu, omega, alpha, beta ------------------------------------------------------ */

/* A quantity and its derivatives; the second ones in the order of the lower triangle. */
typedef struct {
    double v, d[4], h[4][4];
} series;

double plain_garch(const kernel_data *t, const double *theta, double *gradient, double *hessian)
{
    const double *y = t->y, mu = theta[0], omega = theta[1], alpha = theta[2], beta = theta[3];
    double n = (double)t->n, mean = 0, square = 0, value = 0;
    for (size_t i = 0; i < t->n; i++) {
        mean += y[i] - mu;
        square += (y[i] - mu) * (y[i] - mu);
    }
    double past = square / n, d_past = -2 * mean / n; /* of e^2, before the first row */
    series s = {.v = past, .d = {d_past}, .h = {{2}}};
    double g[4] = {0}, h[4][4] = {{0}};
    for (size_t i = 0; i < t->n; i++) {
        double e = y[i] - mu, before = s.v, db[4];
        memcpy(db, s.d, sizeof db);
        s.v = omega + alpha * past + beta * before;
        if (gradient) {
            const double own[4] = {alpha * d_past, 1, past, before};
            for (int a = 0; a < 4; a++)
                s.d[a] = own[a] + beta * db[a];
        }
        if (hessian) {
            for (int a = 0; a < 4; a++)
                for (int b = 0; b <= a; b++)
                    s.h[a][b] *= beta;
            s.h[0][0] += 2 * alpha;
            s.h[2][0] += d_past;
            for (int b = 0; b < 3; b++)
                s.h[3][b] += db[b];
            s.h[3][3] += 2 * db[3];
        }
        double q = 1 / s.v, z = e * e * q;
        value -= 0.5 * (log(s.v) + z);
        if (gradient) {
            double lh = 0.5 * q * (z - 1);
            for (int a = 0; a < 4; a++)
                g[a] += lh * s.d[a];
            g[0] += e * q;
            if (hessian) {
                double lhh = q * q * (0.5 - z);
                for (int a = 0; a < 4; a++) {
                    for (int b = 0; b <= a; b++)
                        h[a][b] += lhh * s.d[a] * s.d[b] + lh * s.h[a][b];
                    h[a][0] -= e * q * q * s.d[a] * (a == 0 ? 2 : 1);
                }
                h[0][0] -= q;
            }
        }
        past = e * e;
        d_past = -2 * e;
    }
    if (gradient)
        memcpy(gradient, g, sizeof g);
    for (int a = 0; hessian && a < 4; a++)
        for (int b = 0; b <= a; b++)
            hessian[a + 4 * b] = hessian[b + 4 * a] = h[a][b];
    return value + t->constant;
}

/* ---- Poisson with a factor: its levels' coefficients, that of x ------------------------------ */

double plain_poisson_factor(const kernel_data *t, const double *theta, double *gradient,
                            double *hessian)
{
    enum { N = LEVELS + 1 };
    static _Thread_local double eta[BLOCK], m[BLOCK];
    double b = theta[LEVELS], value = 0, d[N] = {0}, w[LEVELS] = {0}, wx[LEVELS] = {0}, wxx = 0;
    for (size_t begin = 0; begin < t->n; begin += BLOCK) {
        size_t size = t->n - begin < BLOCK ? t->n - begin : BLOCK;
        const double *y = t->y + begin, *x = t->x[0] + begin, *level = t->extra + begin;
        for (size_t r = 0; r < size; r++)
            eta[r] = theta[(int)level[r] - 1] + b * x[r];
        for (size_t r = 0; r < size; r++) {
            m[r] = exp(eta[r]);
            value += y[r] * eta[r] - m[r];
        }
        for (size_t r = 0; gradient && r < size; r++) {
            d[(int)level[r] - 1] += y[r] - m[r];
            d[LEVELS] += (y[r] - m[r]) * x[r];
        }
        for (size_t r = 0; hessian && r < size; r++) {
            w[(int)level[r] - 1] -= m[r];
            wx[(int)level[r] - 1] -= m[r] * x[r];
            wxx -= m[r] * x[r] * x[r];
        }
    }
    if (gradient)
        memcpy(gradient, d, sizeof d);
    if (hessian) {
        memset(hessian, 0, N * N * sizeof *hessian);
        for (int k = 0; k < LEVELS; k++) {
            hessian[k * (N + 1)] = w[k];
            hessian[k * N + LEVELS] = hessian[LEVELS * N + k] = wx[k];
        }
        hessian[N * N - 1] = wxx;
    }
    return value + t->constant;
}
