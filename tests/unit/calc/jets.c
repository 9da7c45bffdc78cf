/* The families of jet.def: against mpmath, against quad at random points, at the ends of their
 * domains, and eight at a time. */
#include "runtime/calc/jet.h"
#include "tests/unit/calc/points.h"

#include <criterion/criterion.h>
#include <math.h>

#include "tests/unit/calc/jet_reference.h"

enum { ROWS = sizeof jet_reference / sizeof *jet_reference };

/* Numbers below the range of doubles' digits are not compared. */
static double relative_error(double got, quad want)
{
    double size = fabs((double)want);
    if (size < 1e-280)
        return fabs(got) < 1e-270 ? 0 : INFINITY;
    double error = fabs((double)((got - want) / want));
    return isnan(error) ? INFINITY : error;
}

Test(calc_jets, reference)
{
    for (int i = 0; i < ROWS; i++) {
        const jet_fn *f = &calc_jets[jet_reference[i].family];
        const double *x = jet_reference[i].args;
        double jet[JET_MOST];
        f->jet(x, jet);
        for (int k = 0; k < calc_jet_length(f->arity); k++) {
            double want = jet_reference[i].jet[k], error = relative_error(jet[k], want);
            cr_expect(error < 1e-11, "%s(%g, %g, %g), number %d: %.17g, exactly %.17g: %.2g",
                      f->name, x[0], x[1], x[2], k, jet[k], want, error);
        }
    }
}

Test(calc_jets, reference_in_quad)
{
    for (int i = 0; i < ROWS; i++) {
        const jet_fn *f = &calc_jets[jet_reference[i].family];
        quad x[JET_MOST_ARGUMENTS], jet[JET_MOST];
        for (int k = 0; k < f->arity; k++)
            x[k] = jet_reference[i].args[k];
        f->quad(x, jet);
        for (int k = 0; k < calc_jet_length(f->arity); k++) {
            double want = jet_reference[i].jet[k], error = relative_error(want, jet[k]);
            cr_expect(error < 2e-15, "%s(%g, %g, %g), number %d: %.17g, exactly %.17g: %.2g",
                      f->name, (double)x[0], (double)x[1], (double)x[2], k, (double)jet[k], want,
                      error);
        }
    }
}

/* Shapes from 1e-3 to 1e6, values in the body and in the tails. */
static void random_point(uint64_t *state, jet_family family, double *x)
{
    double far = points_between(state, -8, 8, 0), near = points_between(state, 0, 1, 0);
    double a = points_between(state, 1e-3, near < 0.1 ? 1e6 : 1e3, 1);
    double b = points_between(state, 1e-3, 1e3, 1);
    switch (family) {
    case JET_log_beta_p:
        x[0] = log(a / b) + (near < 0.5 ? far : far * sqrt(1 / a + 1 / b));
        x[1] = a;
        x[2] = b;
        return;
    case JET_log_student_p:
        x[0] = near < 0.3 ? 0.01 * far : near > 0.9 ? 5 * far : far;
        x[1] = a;
        return;
    case JET_log_skew_p:
        x[0] = near < 0.3 ? 0.1 * far : 0.5 * far;
        x[1] = far * (near - 0.5);
        return;
    default: x[0] = a; x[1] = near < 0.5 ? fmin(a * exp(far), 1e6) : fabs(a + far * sqrt(a));
    }
}

Test(calc_jets, random_points)
{
    uint64_t state = 1;
    for (int family = 0; family < JET_COUNT; family++) {
        const jet_fn *f = &calc_jets[family];
        for (int i = 0; i < 250; i++) {
            double x[JET_MOST_ARGUMENTS] = {0}, jet[JET_MOST];
            quad q[JET_MOST_ARGUMENTS], exact[JET_MOST];
            random_point(&state, (jet_family)family, x);
            for (int k = 0; k < f->arity; k++)
                q[k] = x[k];
            f->jet(x, jet);
            f->quad(q, exact);
            for (int k = 0; k < calc_jet_length(f->arity); k++) {
                double error = relative_error(jet[k], exact[k]);
                cr_expect(error < 1e-10, "%s(%a, %a, %a), number %d: %.17g, exactly %.17g: %.2g",
                          f->name, x[0], x[1], x[2], k, jet[k], (double)exact[k], error);
            }
        }
    }
}

Test(calc_jets, ends_of_the_domain)
{
    static const struct {
        jet_family family;
        double args[JET_MOST_ARGUMENTS], value;
    } ends[] = {
        {JET_log_gamma_p, {2, 0}, -INFINITY},
        {JET_log_gamma_p, {2, INFINITY}, 0},
        {JET_log_gamma_q, {2, 0}, 0},
        {JET_log_gamma_q, {2, INFINITY}, -INFINITY},
        {JET_log_gamma_p, {0, 1}, NAN},
        {JET_log_gamma_p, {-1, 1}, NAN},
        {JET_log_gamma_q, {1, -1}, NAN},
        {JET_log_gamma_q, {NAN, 1}, NAN},
        {JET_log_gamma_q, {1, NAN}, NAN},
        {JET_log_beta_p, {-INFINITY, 1, 2}, -INFINITY},
        {JET_log_beta_p, {INFINITY, 1, 2}, 0},
        {JET_log_beta_p, {0, 0, 1}, NAN},
        {JET_log_beta_p, {0, 1, -1}, NAN},
        {JET_log_beta_p, {NAN, 1, 1}, NAN},
        {JET_log_student_p, {-INFINITY, 3}, -INFINITY},
        {JET_log_student_p, {INFINITY, 3}, 0},
        {JET_log_student_p, {0, 3}, -0.69314718055994530942},
        {JET_log_student_p, {0, -3}, NAN},
        {JET_log_student_p, {NAN, 3}, NAN},
        {JET_log_skew_p, {-INFINITY, 3}, -INFINITY},
        {JET_log_skew_p, {INFINITY, 3}, 0},
        {JET_log_skew_p, {0, 0}, -0.69314718055994530942},
        {JET_log_skew_p, {NAN, 3}, NAN},
        {JET_log_skew_p, {1, INFINITY}, NAN},
    };
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        const jet_fn *f = &calc_jets[ends[i].family];
        const double *x = ends[i].args;
        double jet[JET_MOST];
        quad q[JET_MOST_ARGUMENTS] = {x[0], x[1], x[2]}, exact[JET_MOST];
        f->jet(x, jet);
        f->quad(q, exact);
        for (int k = 0; k < calc_jet_length(f->arity); k++) {
            double want = k == 0 || isnan(ends[i].value) ? ends[i].value : (double)exact[k];
            bool same = isnan(want) ? isnan(jet[k]) && isnan((double)exact[k])
                        : k == 0    ? jet[k] == want && (double)exact[k] == want
                                    : fabs(jet[k] - want) <= 1e-13 * fabs(want);
            cr_expect(same, "%s(%g, %g, %g), number %d: %.17g, not %.17g", f->name, x[0], x[1],
                      x[2], k, jet[k], want);
        }
    }
}

Test(calc_jets, lanes)
{
    uint64_t state = 2;
    for (int family = 0; family < JET_COUNT; family++) {
        const jet_fn *f = &calc_jets[family];
        double x[JET_MOST_ARGUMENTS * JET_LANES], all[JET_MOST * JET_LANES];
        double own[JET_LANES][JET_MOST];
        for (int lane = 0; lane < JET_LANES; lane++) {
            double args[JET_MOST_ARGUMENTS] = {0};
            random_point(&state, (jet_family)family, args);
            f->jet(args, own[lane]);
            for (int k = 0; k < f->arity; k++)
                x[JET_LANES * k + lane] = args[k];
        }
        f->lanes(x, all);
        for (int lane = 0; lane < JET_LANES; lane++)
            for (int k = 0; k < calc_jet_length(f->arity); k++)
                cr_expect(all[JET_LANES * k + lane] == own[lane][k], "%s, lane %d, number %d",
                          f->name, lane, k);
    }
}
