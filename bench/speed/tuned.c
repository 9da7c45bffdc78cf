/* The models by hand for one machine: vectors of eight rows, own exp, log and normal distribution
 * function, one pass for values and scores of a row, logarithms of products, tiles of X'WX held in
 * registers. Every block of rows stays in the first-level cache. Not for -ffast-math: exp counts
 * on the rounding of one addition. */
#include "kernels.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

typedef double v8 __attribute__((vector_size(64)));
typedef int64_t i8 __attribute__((vector_size(64)));

#define REAL            v8
#define INLINE          static inline __attribute__((always_inline))
#define SELECT(c, a, b) ((v8)(((c) & (i8)(a)) | (~(c) & (i8)(b))))
#define EXP             exp8
#define LOG             log8
#define ABS(x)          ((v8)((i8)(x)&INT64_MAX))
#define NORMAL_CDF      cdf8
#define SUM_IN_LGAMMA

INLINE double add8(v8 x)
{
    return ((x[0] + x[4]) + (x[2] + x[6])) + ((x[1] + x[5]) + (x[3] + x[7]));
}

/* 2^k e^r, k from the low bits of x log2(e) + 1.5 2^52; r to its twelfth power. */
INLINE v8 exp8(v8 x)
{
    x = SELECT(x > 700., x * 0 + 700, SELECT(x < -700., x * 0 - 700, x));
    v8 magic = x * 1.44269504088896340736 + 0x1.8p52, k = magic - 0x1.8p52;
    v8 r = x - k * 0x1.62e42fefa38p-1 - k * 0x1.ef35793c7673p-45, r2 = r * r, r4 = r2 * r2;
    v8 a = (1 + r) + r2 * (1. / 2 + r * (1. / 6));
    v8 b = (1. / 24 + r * (1. / 120)) + r2 * (1. / 720 + r * (1. / 5040));
    v8 c = (1. / 40320 + r * (1. / 362880)) + r2 * (1. / 3628800 + r * (1. / 39916800)) +
           r4 * (1. / 479001600);
    return (v8)((i8)(a + r4 * (b + r4 * c)) + ((i8)magic << 52));
}

/* x = 2^k m with m between sqrt(1/2) and sqrt(2); log m = 2 atanh((m - 1) / (m + 1)). */
INLINE v8 log8(v8 x)
{
    i8 k = ((i8)x - 0x3fe6a09e667f3bcd) >> 52;
    v8 m = (v8)((i8)x - (k << 52)), s = (m - 1) / (m + 1), q = s * s, q2 = q * q, q4 = q2 * q2;
    v8 p = (1. / 3 + q * (1. / 5)) + q2 * (1. / 7 + q * (1. / 9)) +
           q4 * ((1. / 11 + q * (1. / 13)) + q2 * (1. / 15 + q * (1. / 17)) + q4 * (1. / 19));
    return __builtin_convertvector(k, v8) * 0.69314718055994530942 + 2 * (s + s * q * p);
}

/* Taylor's series about the nearest multiple of 1/16 between -8 and 8, from a table. */
enum { CDF_STEPS = 16, CDF_LIMIT = 8, CDF_TERMS = 8 };
static double cdf_table[CDF_TERMS][2 * CDF_LIMIT * CDF_STEPS + 1];

__attribute__((constructor)) static void fill_table(void)
{
    for (int i = 0; i <= 2 * CDF_LIMIT * CDF_STEPS; i++) {
        double x = (double)i / CDF_STEPS - CDF_LIMIT, power = 1, hermite[CDF_TERMS] = {1, x};
        double density = 0.39894228040143267794 * exp(-0.5 * x * x);
        for (int k = 2; k < CDF_TERMS; k++)
            hermite[k] = x * hermite[k - 1] - (k - 1) * hermite[k - 2];
        cdf_table[0][i] = 0.5 * erfc(-0.70710678118654752440 * x);
        for (int k = 1; k < CDF_TERMS; k++) {
            power /= k;
            cdf_table[k][i] = density * hermite[k - 1] * (k % 2 ? power : -power);
        }
    }
}

INLINE v8 cdf8(v8 x)
{
    v8 c = SELECT(x > 8., x * 0 + 8, SELECT(x < -8., x * 0 - 8, x));
    v8 magic = c * CDF_STEPS + 0x1.8p52, r = c - (magic - 0x1.8p52) * (1. / CDF_STEPS), sum = {0};
    i8 at = ((i8)magic & 0xffff) + CDF_LIMIT * CDF_STEPS;
    at = at & 0xffff;
    for (int k = CDF_TERMS - 1; k >= 0; k--) {
        v8 term;
        for (int lane = 0; lane < 8; lane++)
            term[lane] = cdf_table[k][at[lane]];
        sum = sum * r + term;
    }
    return SELECT(x < -8., x * 0, SELECT(x > 8., x * 0 + 1, sum));
}

#include "rows.h"

enum {
    GROUP = 4,    /* vectors that go through the predictor and the row's function together */
    VECTORS = 16, /* of a block */
    MAX_TILE = 5,
    MAX_LINEAR = 4
};

/* What is summed over blocks, eight lanes apart. */
typedef struct {
    v8 linear[MAX_LINEAR * MAX_COLUMNS], scalar[MAX_LOCAL];
    v8 ss[MAX_LOCAL][MAX_LOCAL], sl[MAX_LOCAL][MAX_LINEAR * 10];
} sums;

INLINE const v8 *vectors(const double *x) { return (const v8 *)__builtin_assume_aligned(x, 64); }

INLINE void predict(const kernel_data *t, const double *theta, size_t at, int n_columns, v8 *u)
{
    for (int j = 0; j < n_columns; j++)
        for (int g = 0; g < GROUP; g++)
            u[g] += theta[j] * vectors(t->x[j])[at + (size_t)g];
}

/* out[j] += sum over the block of x_j w, for `tile` columns from `first` on. */
INLINE void add_products(const kernel_data *t, int first, int tile, size_t begin, size_t m,
                         const v8 *w, v8 *out)
{
    v8 s[10];
    for (int j = 0; j < tile; j++)
        s[j] = out[j];
    for (size_t v = 0; v < m; v++)
        for (int j = 0; j < tile; j++)
            s[j] += w[v] * vectors(t->x[first + j])[begin + v];
    for (int j = 0; j < tile; j++)
        out[j] = s[j];
}

/* One tile of X'WX, kept in registers over the block. */
INLINE void add_tile(const kernel_data *t, int row, int column, int tile, size_t begin, size_t m,
                     const v8 *w, v8 *out)
{
    v8 s[MAX_TILE][MAX_TILE];
    for (int i = 0; i < tile; i++)
        for (int j = 0; j < tile; j++)
            s[i][j] = out[i * tile + j];
    for (size_t v = 0; v < m; v++) {
        v8 wx[MAX_TILE];
        for (int i = 0; i < tile; i++)
            wx[i] = w[v] * vectors(t->x[row + i])[begin + v];
        for (int j = 0; j < tile; j++) {
            v8 x = vectors(t->x[column + j])[begin + v];
            for (int i = 0; i < tile; i++)
                s[i][j] += wx[i] * x;
        }
    }
    for (int i = 0; i < tile; i++)
        for (int j = 0; j < tile; j++)
            out[i * tile + j] = s[i][j];
}

static void write_symmetric(double *hessian, int n, int i, int j, double value)
{
    hessian[i + n * j] = hessian[j + n * i] = value;
}

INLINE double run(const kernel_data *t, const double *theta, double *gradient, double *hessian,
                  int n_linear, int n_columns, int n_scalars, int with_offset, int sign, int order,
                  row_function *row_of)
{
    static _Thread_local sums all;
    /* Tiles of the lower triangle, tile row after tile row. */
    static _Thread_local v8 tiles[MAX_LINEAR * MAX_LINEAR * 10 * 10 + 210 * 25];
    static _Thread_local v8 d[MAX_LINEAR][VECTORS], h[MAX_LOCAL][MAX_LINEAR][VECTORS];
    int n_local = n_linear + n_scalars, first_scalar = n_linear * n_columns;
    int n_theta = first_scalar + n_scalars, tile = n_columns % 5 ? n_columns : 5;
    int wide = n_columns % 10 ? tile : 10, n_tiles = tile ? n_columns / tile : 0;
    v8 s[MAX_LOCAL] = {{0}}, value = {0};
    for (int k = 0; k < n_scalars; k++)
        s[k] = (v8){0} + theta[first_scalar + k];
    memset(&all, 0, sizeof all);
    if (order > 1)
        memset(tiles, 0, sizeof tiles);
    for (size_t begin = 0; begin < t->n / 8; begin += VECTORS) {
        size_t m = t->n / 8 - begin < VECTORS ? t->n / 8 - begin : VECTORS;
        v8 scalar[MAX_LOCAL], ss[MAX_LOCAL][MAX_LOCAL];
        memcpy(scalar, all.scalar, sizeof scalar);
        memcpy(ss, all.ss, sizeof ss);
        for (size_t v = 0; v < m; v += GROUP) {
            v8 u[MAX_LINEAR][GROUP] = {{{0}}}, factor = {1, 1, 1, 1, 1, 1, 1, 1};
            for (int k = 0; k < n_linear; k++) {
                for (int g = 0; with_offset && g < GROUP; g++)
                    u[k][g] = vectors(t->extra)[begin + v + (size_t)g];
                predict(t, theta + k * n_columns, begin + v, n_columns, u[k]);
            }
#pragma unroll
            for (int g = 0; g < GROUP; g++) {
                size_t at = begin + v + (size_t)g;
                row o = {0};
                v8 local[MAX_LINEAR];
                for (int k = 0; k < n_linear; k++)
                    local[k] = u[k][g];
                row_of(order, vectors(t->y)[at], vectors(t->extra ? t->extra : t->y)[at], local, s,
                       &o);
                value += o.l;
                factor = sign ? factor * o.f : factor;
                for (int k = 0; order > 0 && k < n_linear; k++)
                    d[k][v + (size_t)g] = o.d[k];
                for (int k = 0; order > 0 && k < n_scalars; k++)
                    scalar[k] += o.d[n_linear + k];
                for (int a = 0; order > 1 && a < n_local; a++) {
                    for (int b = 0; b <= a && b < n_linear; b++)
                        h[a][b][v + (size_t)g] = o.h[a][b];
                    for (int b = n_linear; b <= a; b++)
                        ss[a - n_linear][b - n_linear] += o.h[a][b];
                }
            }
            if (sign)
                value += sign * log8(factor);
        }
        memcpy(all.scalar, scalar, sizeof scalar);
        memcpy(all.ss, ss, sizeof ss);
        for (int k = 0; order > 0 && k < n_linear; k++)
            for (int j = 0; j < n_columns; j += wide)
                add_products(t, j, wide, begin, m, d[k], all.linear + k * n_columns + j);
        if (order < 2)
            continue;
        for (int k = 0; k < n_scalars; k++)
            for (int b = 0; b < n_linear; b++)
                for (int j = 0; j < n_columns; j += wide)
                    add_products(t, j, wide, begin, m, h[n_linear + k][b],
                                 (n_columns > 10 ? all.linear + (k + 1) * n_columns
                                                 : all.sl[k] + b * n_columns) +
                                     j);
        v8 *out = tiles;
        for (int a = 0; a < n_linear; a++)
            for (int b = 0; b <= a; b++)
                for (int i = 0; i < n_tiles; i++)
                    for (int j = 0; j <= (a == b ? i : n_tiles - 1); j++) {
                        add_tile(t, i * tile, j * tile, tile, begin, m, h[a][b], out);
                        out += tile * tile;
                    }
    }
    for (int i = 0; order > 0 && i < first_scalar; i++)
        gradient[i] = add8(all.linear[i]);
    for (int k = 0; order > 0 && k < n_scalars; k++)
        gradient[first_scalar + k] = add8(all.scalar[k]);
    if (order > 1) {
        const v8 *in = tiles;
        for (int a = 0; a < n_linear; a++)
            for (int b = 0; b <= a; b++)
                for (int i = 0; i < n_tiles; i++)
                    for (int j = 0; j <= (a == b ? i : n_tiles - 1); j++)
                        for (int k = 0; k < tile * tile; k++)
                            write_symmetric(hessian, n_theta, a * n_columns + i * tile + k / tile,
                                            b * n_columns + j * tile + k % tile, add8(*in++));
        for (int k = 0; k < n_scalars; k++) {
            const v8 *sl = n_columns > 10 ? all.linear + (k + 1) * n_columns : all.sl[k];
            for (int i = 0; i < first_scalar; i++)
                write_symmetric(hessian, n_theta, first_scalar + k, i, add8(sl[i]));
            for (int j = 0; j <= k; j++)
                write_symmetric(hessian, n_theta, first_scalar + k, first_scalar + j,
                                add8(all.ss[k][j]));
        }
    }
    return add8(value) + t->constant;
}

/* lgamma(y + phi) - lgamma(phi) is a sum of log(phi + k) over k < y; over all rows, each k counts
 * as often as y exceeds it. */
static double add_dispersion(const kernel_data *t, double phi, double *gradient, double *hessian)
{
    double n = (double)t->n, value = n * phi * log(phi), d = n * (log(phi) + 1), h = n / phi;
    for (int k = 0; k < MAX_COUNT && t->exceed[k] > 0; k++) {
        double i = 1 / (phi + k);
        value += t->exceed[k] * log(phi + k);
        d += t->exceed[k] * i;
        h -= t->exceed[k] * i * i;
    }
    if (gradient)
        gradient[5] += d;
    if (hessian)
        hessian[35] += h;
    return value;
}

#define DEFINE(name, row, n_linear, n_columns, n_scalars, with_offset, sign)                        \
    double tuned_##name(const kernel_data *t, const double *theta, double *g, double *h)            \
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

/* ---- GARCH(1,1): mu, omega, alpha, beta ------------------------------------------------------
 *
 * The recurrences of the variance and of its derivatives run row by row, side by side, into
 * columns; the rest is vectors. Of the second derivatives, those of omega twice, alpha twice,
 * omega with mu and with alpha are zero. */
enum { GARCH_BLOCK = 256, SERIES = 11 };

typedef double series[SERIES][GARCH_BLOCK];

INLINE void recur(const double *y, size_t m, const double *theta, int order, double *past_e,
                  double *state, series out)
{
    double mu = theta[0], omega = theta[1], alpha = theta[2], beta = theta[3];
    double past = past_e[0], d_past = past_e[1], s[SERIES];
    memcpy(s, state, sizeof s);
    for (size_t i = 0; i < m; i++) {
        double e = y[i] - mu;
        if (order > 1) {
            s[5] = 2 * alpha + beta * s[5];  /* mu, mu */
            s[6] = d_past + beta * s[6];     /* mu, alpha */
            s[7] = s[1] + beta * s[7];       /* mu, beta */
            s[8] = s[2] + beta * s[8];       /* omega, beta */
            s[9] = s[3] + beta * s[9];       /* alpha, beta */
            s[10] = 2 * s[4] + beta * s[10]; /* beta, beta */
        }
        if (order > 0) {
            s[1] = alpha * d_past + beta * s[1];
            s[2] = 1 + beta * s[2];
            s[3] = past + beta * s[3];
            s[4] = s[0] + beta * s[4];
        }
        s[0] = omega + alpha * past + beta * s[0];
        for (int k = 0; k < (order > 1 ? SERIES : order > 0 ? 5 : 1); k++)
            out[k][i] = s[k];
        past = e * e;
        d_past = -2 * e;
    }
    past_e[0] = past;
    past_e[1] = d_past;
    memcpy(state, s, sizeof s);
}

INLINE double run_garch(const kernel_data *t, const double *theta, double *gradient,
                        double *hessian, int order)
{
    static const int second[6][2] = {{0, 0}, {2, 0}, {3, 0}, {3, 1}, {3, 2}, {3, 3}};
    static _Thread_local series out __attribute__((aligned(64)));
    v8 first = {0}, square = {0}, value = {0}, g[4] = {{0}}, h[4][4] = {{{0}}};
    for (size_t v = 0; v < t->n / 8; v++) {
        v8 e = vectors(t->y)[v] - theta[0];
        first += e;
        square += e * e;
    }
    double past[2] = {add8(square) / (double)t->n, -2 * add8(first) / (double)t->n};
    double state[SERIES] = {past[0], past[1], 0, 0, 0, 2};
    for (size_t begin = 0; begin < t->n; begin += GARCH_BLOCK) {
        size_t m = t->n - begin < GARCH_BLOCK ? t->n - begin : GARCH_BLOCK;
        recur(t->y + begin, m, theta, order, past, state, out);
        for (size_t v = 0; v < m / 8; v += GROUP) {
            v8 product = {1, 1, 1, 1, 1, 1, 1, 1};
            for (size_t w = v; w < v + GROUP; w++) {
                v8 e = vectors(t->y + begin)[w] - theta[0], s = vectors(out[0])[w], q = 1 / s;
                v8 z = e * e * q;
                product *= s;
                value += z;
                if (order == 0)
                    continue;
                v8 lh = 0.5 * q * (z - 1), d[4];
                for (int a = 0; a < 4; a++) {
                    d[a] = vectors(out[a + 1])[w];
                    g[a] += lh * d[a];
                }
                g[0] += e * q;
                if (order == 1)
                    continue;
                v8 lhh = q * q * (0.5 - z), eqq = e * q * q;
                for (int a = 0; a < 4; a++) {
                    v8 wd = lhh * d[a];
                    for (int b = 0; b <= a; b++)
                        h[a][b] += wd * d[b];
                    h[a][0] -= a ? eqq * d[a] : 2 * eqq * d[a] + q;
                }
                for (int k = 0; k < 6; k++)
                    h[second[k][0]][second[k][1]] += lh * vectors(out[5 + k])[w];
            }
            value += log8(product);
        }
    }
    for (int a = 0; order > 0 && a < 4; a++) {
        gradient[a] = add8(g[a]);
        for (int b = 0; order > 1 && b <= a; b++)
            write_symmetric(hessian, 4, a, b, add8(h[a][b]));
    }
    return t->constant - 0.5 * add8(value);
}

double tuned_garch(const kernel_data *t, const double *theta, double *g, double *h)
{
    return h   ? run_garch(t, theta, g, h, 2)
           : g ? run_garch(t, theta, g, h, 1)
               : run_garch(t, theta, g, h, 0);
}

/* ---- Poisson with a factor: its levels' coefficients, that of x ------------------------------
 *
 * Sums by level lie eight lanes apart, so that no two rows of a vector meet. */
INLINE double run_factor(const kernel_data *t, const double *theta, double *gradient,
                         double *hessian, int order)
{
    enum { N = LEVELS + 1, SUMS = 3 };
    static _Thread_local double by_level[LEVELS][SUMS][8] __attribute__((aligned(64)));
    v8 value = {0}, dx = {0}, wxx = {0};
    memset(by_level, 0, sizeof by_level);
    for (size_t v = 0; v < t->n / 8; v++) {
        v8 y = vectors(t->y)[v], x = vectors(t->x[0])[v], u, part[SUMS];
        i8 level = __builtin_convertvector(vectors(t->extra)[v], i8) - 1;
        for (int lane = 0; lane < 8; lane++)
            u[lane] = theta[level[lane]];
        u += theta[LEVELS] * x;
        v8 m = exp8(u);
        value += y * u - m;
        if (order == 0)
            continue;
        part[0] = y - m;
        part[1] = -m;
        part[2] = -m * x;
        dx += part[0] * x;
        wxx += part[2] * x;
        for (int lane = 0; lane < 8; lane++)
            for (int k = 0; k < (order > 1 ? SUMS : 1); k++)
                by_level[level[lane]][k][lane] += part[k][lane];
    }
    if (order > 1) {
        memset(hessian, 0, N * N * sizeof *hessian);
        hessian[N * N - 1] = add8(wxx);
    }
    if (order > 0)
        gradient[LEVELS] = add8(dx);
    for (int k = 0; order > 0 && k < LEVELS; k++) {
        gradient[k] = add8(*vectors(by_level[k][0]));
        if (order > 1) {
            hessian[k * (N + 1)] = add8(*vectors(by_level[k][1]));
            write_symmetric(hessian, N, LEVELS, k, add8(*vectors(by_level[k][2])));
        }
    }
    return add8(value) + t->constant;
}

double tuned_poisson_factor(const kernel_data *t, const double *theta, double *g, double *h)
{
    return h   ? run_factor(t, theta, g, h, 2)
           : g ? run_factor(t, theta, g, h, 1)
               : run_factor(t, theta, g, h, 0);
}
