/* Accuracy audit: the log density and its derivatives in double against quad precision.
 *
 * A log density is a sum of terms; double precision cannot do better than round each of them, and
 * its arguments. The bound is a number of units in the last place of the largest term or of the
 * effect of such a rounding, at ordinary and at extreme arguments: naive formulas lose all digits
 * at some of them. */
#include "tests/unit/prelude/dist_cases.h"

#include <float.h>
#include <stdio.h>

/* The largest term of the sum that `n` is. */
static quad largest_term(graph *g, node n, const quad *x)
{
    const dag_node *d = dag_at(&g->b.g, n);
    if (d->op == OP_NEG)
        return largest_term(g, d->arg[0], x);
    if (d->op != OP_ADD && d->op != OP_SUB)
        return QUAD_LIBRARY(fabs)(graph_quad(g, n, x));
    node p = d->arg[0], q = d->arg[1];
    return QUAD_LIBRARY(fmax)(largest_term(g, p, x), largest_term(g, q, x));
}

/* The size that errors are measured by: the largest term, and what a relative change of the inputs
 * does to the value. */
static double scale_of(dist_graph *d, node n, const quad *x)
{
    quad size = largest_term(&d->g, n, x);
    for (uint32_t k = 0; k <= d->n_args; k++) {
        formal_type t = read_formal_type(&d->g.m, d->dist->formals[k].type);
        bool whole = t.type == MLEC_TYPE_COUNT || t.type == MLEC_TYPE_BINARY;
        quad h = 1e-11;
        if (!whole)
            size += QUAD_LIBRARY(fabs)(x[k] * graph_slope(&d->g, n, x, d->n_args + 1, k, &h));
    }
    return (double)size;
}

/* Far in the left tail d mills = -m(x)(x + m(x)) cancels: it loses x^2 units. Mixed derivatives of
 * student_t in nu are of size nu^-2 and come from terms of size 1/nu. */
static double worst_ulp(const dist_case *c, double usual)
{
    if (!strcmp(c->name, "student_t"))
        return fmax(usual, c->args[0]);
    return !strcmp(c->name, "skew_normal") ? 4000 : usual;
}

Test(prelude_accuracy, log_density)
{
    enum { BOUND = 6 };
    for (unsigned i = 0; i < n_dist_cases; i++) {
        const dist_case *c = &dist_cases[i];
        dist_graph d;
        dist_open(&d, c->name, false);
        node root = dist_clause(&d, "log_pdf");
        double outcomes[16];
        unsigned count = dist_outcomes(&d, c, outcomes);
        for (unsigned j = 0; j < count; j++) {
            double x[5] = {outcomes[j], c->args[0], c->args[1], c->args[2], c->args[3]};
            quad q[5] = {x[0], x[1], x[2], x[3], x[4]};
            double got = graph_double(&d.g, root, x);
            quad want = graph_quad(&d.g, root, q);
            double size = fmax(scale_of(&d, root, q), 1);
            double error = (double)QUAD_LIBRARY(fabs)(got - want) / (DBL_EPSILON * size);
            cr_expect(error <= BOUND, "%s at %.17g: %.17g, exactly %.17g: %.1f ulp of %g",
                      dist_label(&d, c), x[0], got, (double)want, error, size);
        }
        dist_close(&d);
    }
}

/* Absolute errors where a textbook formula fails. */
Test(prelude_accuracy, known_hard_points)
{
    static const struct {
        const char *name;
        double y, args[3], error;
    } points[] = {
        {"neg_binomial_2", 3, {2.5, 1e10, 0}, 1e-13},
        {"neg_binomial_2", 3, {2.5, 1e15, 0}, 1e-13},
        {"neg_binomial_2_log", 3, {0.9, 1e12, 0}, 1e-13},
        {"neg_binomial", 2, {1e12, 1e12, 0}, 1e-13},
        {"beta_binomial", 4, {10, 1e9, 3e9}, 1e-13},
        {"student_t", 1.5, {1e12, 0.2, 0.7}, 1e-14},
        {"binomial", 5e8, {1e9, 0.5, 0}, 1e-6},
        {"bernoulli_logit", 1, {800, 0, 0}, 0},
        {"bernoulli_logit", 0, {-800, 0, 0}, 0},
        {"poisson_log", 0, {-745, 0, 0}, 1e-300},
        {"gen_extreme_value", 1.5, {0.2, 0.7, 1e-12}, 1e-15},
        {"skew_normal", -30, {0, 1, 20}, 1e-9},
        {"logistic", 900, {0, 1, 0}, 1e-12},
        {"beta", 1e-300, {0.5, 0.5, 0}, 1e-13},
    };
    for (size_t i = 0; i < sizeof points / sizeof *points; i++) {
        dist_graph d;
        dist_open(&d, points[i].name, false);
        node root = dist_clause(&d, "log_pdf");
        double x[5] = {points[i].y, points[i].args[0], points[i].args[1], points[i].args[2]};
        quad q[5] = {x[0], x[1], x[2], x[3]};
        quad want = graph_quad(&d.g, root, q);
        double error = (double)QUAD_LIBRARY(fabs)(graph_double(&d.g, root, x) - want);
        cr_expect(error <= points[i].error, "%s at %g (%g, %g, %g): error %g of %.17g",
                  points[i].name, x[0], x[1], x[2], x[3], error, (double)want);
        dist_close(&d);
    }
}

/* First and second derivatives: the same measure, with room for the functions' own errors. */
Test(prelude_accuracy, derivatives)
{
    enum { BOUND = 50 };
    for (unsigned i = 0; i < n_dist_cases; i++) {
        const dist_case *c = &dist_cases[i];
        dist_graph d;
        dist_open(&d, c->name, false);
        node root = dist_clause(&d, "log_pdf"), gradient[4], second[16];
        cr_assert(grad_reverse(&d.g.b, root, d.leaves + 1, d.n_args, gradient));
        cr_assert(grad_second(&d.g.b, gradient, d.leaves + 1, d.n_args, second));
        double outcomes[16];
        unsigned count = dist_outcomes(&d, c, outcomes);
        for (unsigned j = 0; j < count; j++) {
            double x[5] = {outcomes[j], c->args[0], c->args[1], c->args[2], c->args[3]};
            quad q[5] = {x[0], x[1], x[2], x[3], x[4]};
            for (uint32_t a = 0; a < d.n_args; a++)
                for (uint32_t b = a; b <= d.n_args; b++) {
                    if (c->edges >> a & 1 || (b < d.n_args && c->edges >> b & 1))
                        continue;
                    node n = b == d.n_args ? gradient[a] : second[a * d.n_args + b];
                    double got = graph_double(&d.g, n, x);
                    quad want = graph_quad(&d.g, n, q);
                    double size = scale_of(&d, n, q);
                    double error =
                        (double)QUAD_LIBRARY(fabs)(got - want) / (DBL_EPSILON * size + 1e-290);
                    cr_expect(error <= worst_ulp(c, BOUND),
                              "%s at %.17g: derivative %u,%u %.17g, exactly %.17g: %.1f ulp of %g",
                              dist_label(&d, c), x[0], a, b, got, (double)want, error, size);
                }
        }
        dist_close(&d);
    }
}

/* Both tails of the distribution functions: value, gradient, Hessian. */
Test(prelude_accuracy, distribution_functions)
{
    enum { BOUND = 1000 };
    static const char *const clauses[] = {"log_cdf", "log_ccdf"};
    for (unsigned i = 0; i < 2 * n_dist_cases; i++) {
        const dist_case *c = &dist_cases[i / 2];
        dist_graph d;
        dist_open(&d, c->name, false);
        node roots[1 + 4 + 16] = {dist_clause(&d, clauses[i % 2])};
        uint32_t n = d.n_args;
        bool known = roots[0] && !c->extreme &&
                     grad_reverse(&d.g.b, roots[0], d.leaves + 1, n, roots + 1) &&
                     grad_second(&d.g.b, roots + 1, d.leaves + 1, n, roots + 1 + n);
        double outcomes[16];
        unsigned count = known ? dist_outcomes(&d, c, outcomes) : 0;
        for (unsigned j = 0; j < count; j++) {
            double x[5] = {outcomes[j], c->args[0], c->args[1], c->args[2], c->args[3]};
            quad q[5] = {x[0], x[1], x[2], x[3], x[4]}, tail = graph_quad(&d.g, roots[0], q);
            if (!(tail < -1e-20 && tail > -1e5))
                continue;
            for (uint32_t k = 0; k < 1 + n + n * n; k++) {
                if (!roots[k])
                    continue;
                double got = graph_double(&d.g, roots[k], x);
                quad want = graph_quad(&d.g, roots[k], q);
                double size = scale_of(&d, roots[k], q);
                if (k > n) /* second derivatives may be 0 among larger terms */
                    size += fabs(graph_double(&d.g, roots[1 + (k - 1 - n) / n], x) *
                                 graph_double(&d.g, roots[1 + (k - 1 - n) % n], x));
                double error =
                    (double)QUAD_LIBRARY(fabs)(got - want) / (DBL_EPSILON * size + 1e-290);
                cr_expect(error <= BOUND,
                          "%s of %s at %.17g, number %u: %.17g, exactly %.17g: %.1f "
                          "ulp of %g",
                          clauses[i % 2], dist_label(&d, c), x[0], k, got, (double)want, error,
                          size);
            }
        }
        dist_close(&d);
    }
}
