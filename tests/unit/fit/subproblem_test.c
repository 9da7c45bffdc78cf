/* Trust-region steps against the conditions that characterise them (Moré & Sorensen 1983). */
#include "runtime/fit/subproblem.h"

#include "runtime/algebra/dense.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { N = 4 };

static oom_guard guard;
static arena memory;
static subproblem s;

static void set_up(void)
{
    arena_init(&memory, &alloc_system, &guard);
    if (setjmp(guard.jump))
        abort();
    subproblem_init(&s, &memory, N);
}

static void tear_down(void) { arena_release(&memory); }

TestSuite(subproblem, .init = set_up, .fini = tear_down);

static void set(const double *b, const double *g)
{
    memcpy(s.b, b, N * N * sizeof *b);
    memcpy(s.g, g, N * sizeof *g);
    cr_assert(subproblem_factor(&s, N));
}

static double model(const double *b, const double *g, const double *step)
{
    double value = dense_dot(N, g, step);
    for (size_t j = 0; j < N; j++)
        value += 0.5 * step[j] * dense_dot(N, b + j * N, step);
    return value;
}

/* No point of a grid of directions at the same radius is better. */
static void is_best(const double *b, const double *g, double radius, double slack)
{
    double step[N], p = subproblem_step(&s, radius, step);
    double value = model(b, g, step);
    cr_assert_float_eq(p, -value, 1e-10 * (1 + fabs(value)));
    cr_assert_leq(dense_norm2(N, step), 1.101 * radius);
    for (int k = 0; k < 6561; k++) {
        double other[N], length;
        for (int i = 0, rest = k; i < N; i++, rest /= 9)
            other[i] = rest % 9 - 4;
        length = dense_norm2(N, other);
        for (size_t i = 0; length > 0 && i < N; i++)
            other[i] *= 0.9 * radius / length;
        cr_assert_leq(value, model(b, g, other) + slack, "radius %g", radius);
    }
}

static const double positive[N * N] = {4, 1, 0, 0.5, 1, 3, 0.2, 0, 0, 0.2, 2, 0.1, 0.5, 0, 0.1, 1};
static const double indefinite[N * N] = {1, 0.3, 0,   0, 0.3, -1,  0, 0.2,
                                         0, 0,   0.5, 0, 0,   0.2, 0, -0.5};
static const double diagonal[N * N] = {1, 0, 0, 0, 0, -1, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0.5};

Test(subproblem, newton_step_inside)
{
    static const double g[N] = {1, -2, 0.5, 3};
    double step[N];
    set(positive, g);
    cr_assert(s.positive && s.convex && s.has_newton);
    cr_assert_float_eq(subproblem_step(&s, 1e6, step), s.decrement, 1e-12);
    for (size_t i = 0; i < N; i++)
        cr_assert_float_eq(dense_dot(N, positive + i * N, step), -g[i], 1e-13);
}

Test(subproblem, short_steps)
{
    static const double g[N] = {1, -2, 0.5, 3};
    set(positive, g);
    for (double radius = 1e-6; radius < 5; radius *= 3)
        is_best(positive, g, radius, 1e-12);
    set(indefinite, g);
    cr_assert(!s.positive && !s.convex && !s.has_newton);
    for (double radius = 1e-6; radius < 50; radius *= 3)
        is_best(indefinite, g, radius, 1e-12);
}

Test(subproblem, hard_case)
{
    /* No slope along the negative curvature. */
    static const double g[N] = {0.1, 0, 0.2, 0};
    double step[N];
    set(diagonal, g);
    subproblem_step(&s, 2, step);
    cr_assert_float_eq(dense_norm2(N, step), 2, 1e-9);
    cr_assert(fabs(step[1]) > 1.9);
    cr_assert_float_eq(step[0], -0.1 / 2, 1e-9); /* lambda is 1 */
    cr_assert_float_eq(step[2], -0.2 / 3, 1e-9);
    is_best(diagonal, g, 2, 1e-9);
}

Test(subproblem, saddle_without_slope_is_left)
{
    static const double g[N] = {0, 0, 0, 0};
    double step[N];
    set(indefinite, g);
    cr_assert(subproblem_step(&s, 0.5, step) > 0.1);
    cr_assert_float_eq(dense_norm2(N, step), 0.5, 1e-9);
}

Test(subproblem, null_directions_do_not_move)
{
    /* Rank 3: (0, 0, 1, -1) is null, and the slope along it is rounding. */
    static const double b[N * N] = {1, 0, 0, 0, 0, 2, 0, 0, 0, 0, 1, 1, 0, 0, 1, 1};
    static const double g[N] = {1, 1, 1, 1 + 1e-15};
    double step[N];
    set(b, g);
    cr_assert_eq(s.n_null, 1);
    cr_assert(s.convex && s.has_newton);
    subproblem_step(&s, 100, step);
    cr_assert_float_eq(step[2], step[3], 1e-12);
    cr_assert_float_eq(step[2], -0.5, 1e-12);
}

Test(subproblem, slope_without_curvature_is_followed)
{
    static const double b[N * N] = {1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0};
    static const double g[N] = {0, 0, 0, 2};
    double step[N];
    set(b, g);
    cr_assert_not(s.has_newton);
    subproblem_step(&s, 3, step);
    cr_assert_float_eq(step[3], -3, 1e-2);
}

Test(subproblem, refuses_what_is_not_finite)
{
    static const double g[N] = {0, NAN, 0, 2};
    memcpy(s.b, positive, sizeof positive);
    memcpy(s.g, g, sizeof g);
    cr_assert_not(subproblem_factor(&s, N));
}
