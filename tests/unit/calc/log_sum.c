/* The sum over the levels of a log-sum, by every width of registers. */
#include "runtime/calc/strip_ops.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { N = LOG_SUM_STRIP, LEVELS = 5 };

static double u[LEVELS][N] __attribute__((aligned(64)));
static double share[STRIP_VERSIONS][LEVELS][N] __attribute__((aligned(64)));
static double out[STRIP_VERSIONS][N] __attribute__((aligned(64)));

/* Strips with rows of ordinary size alone, and with some that need a shift. */
static void fill(double size)
{
    srand(1);
    for (int k = 0; k < LEVELS; k++)
        for (int i = 0; i < N; i++)
            u[k][i] = (rand() / (double)RAND_MAX - 0.5) * (i % 16 == 0 ? 2 * size : 4);
}

static int compute(size_t levels)
{
    const strip_ops *versions[STRIP_VERSIONS];
    int n = strip_ops_versions(versions);
    for (int v = 0; v < n; v++)
        versions[v]->log_sum(N, levels, N, u[0], share[v][0], out[v]);
    for (int v = 1; v < n; v++) {
        cr_assert(memcmp(out[v], out[0], sizeof out[0]) == 0, "%d lanes", versions[v]->lanes);
        cr_assert(memcmp(share[v], share[0], levels * sizeof share[0][0]) == 0);
    }
    return n;
}

static void compare(size_t levels)
{
    for (int i = 0; i < N; i++) {
        long double most = 0, sum = 0;
        for (size_t k = 0; k < levels; k++)
            most = u[k][i] > most ? u[k][i] : most;
        sum = expl(-most);
        for (size_t k = 0; k < levels; k++)
            sum += expl(u[k][i] - most);
        long double exact = most + logl(sum);
        cr_assert(fabsl(out[0][i] - exact) <= 4e-16L * (1 + fabsl(exact)), "%.17g at row %d",
                  out[0][i], i);
        for (size_t k = 0; k < levels; k++) { /* a shift rounds the exponent */
            long double x = u[k][i] - exact, bound = 1e-15L + 1.2e-16L * fabsl(x);
            cr_assert(fabsl(share[0][k][i] - expl(x)) <= bound * expl(x) + 1e-307L);
        }
    }
}

Test(log_sum, values_and_shares)
{
    static const double sizes[] = {1, 100, 599, 650, 5000, 1e300};
    for (int s = 0; s < 6; s++)
        for (size_t levels = 1; levels <= LEVELS; levels++) {
            fill(sizes[s]);
            compute(levels);
            compare(levels);
        }
}

Test(log_sum, without_levels_it_is_0)
{
    fill(1);
    compute(0);
    cr_assert_eq(out[0][7], 0);
}

/* What is shifted, or is no number, changes no other row. */
Test(log_sum, rows_are_apart)
{
    fill(1);
    compute(LEVELS);
    static double before[N];
    memcpy(before, out[0], sizeof before);
    u[1][5] = NAN;
    u[0][6] = INFINITY;
    u[4][7] = 900;
    for (int k = 0; k < LEVELS; k++)
        u[k][8] = -INFINITY;
    u[2][9] = NAN;
    u[3][9] = 900;
    compute(LEVELS);
    cr_assert(isnan(out[0][5]) && isnan(out[0][6]) && isnan(out[0][9]));
    cr_assert(isnan(share[0][0][5]));
    cr_assert_eq(out[0][7], 900);
    cr_assert_eq(share[0][4][7], 1);
    cr_assert_eq(out[0][8], 0);
    cr_assert_eq(share[0][2][8], 0);
    for (int i = 0; i < N; i++)
        if (i < 5 || i > 9)
            cr_assert(memcmp(&out[0][i], &before[i], sizeof before[i]) == 0);
}
