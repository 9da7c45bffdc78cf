/* What the clauses of a distribution promise of each other: the density has mass 1, the score has
 * mean 0, information is minus the expected Hessian, the cdf is the integral of the density, mean
 * and variance are those of the density. By double-exponential quadrature, or by summation. */
#include "tests/unit/prelude/dist_cases.h"

#include <stdio.h>

enum { MOST_ARGS = 4, MOST_SUMS = 4 + MOST_ARGS + 2 * MOST_ARGS * MOST_ARGS };

typedef struct {
    dist_graph d;
    const dist_case *c;
    node roots[1 + MOST_ARGS + MOST_ARGS * MOST_ARGS]; /* log density, score, Hessian (upper) */
    uint32_t n_roots;
    /* mass, y, y^2 from the centre, nothing; score; Hessian; products of scores */
    double sum[MOST_SUMS], size[MOST_SUMS];
} moments;

static void add_point(moments *m, double y, double weight)
{
    const dist_case *c = m->c;
    graph *g = &m->d.g;
    uint32_t n = m->d.n_args;
    double x[5] = {y, c->args[0], c->args[1], c->args[2], c->args[3]};
    graph_tidy(g);
    double *v = ARENA_ARRAY(&g->scratch, double, g->b.g.nodes.count);
    interp_double(&g->b.g, m->roots, m->n_roots, x, v, &g->scratch);
    double p = exp(v[m->roots[0]]) * weight, u = y - c->centre;
    double add[MOST_SUMS] = {p, p * u, p * u * u};
    if (!(p > 1e-250))
        return;
    for (uint32_t a = 0; a < n; a++) {
        double s = v[m->roots[1 + a]];
        add[4 + a] = p * s;
        for (uint32_t b = a; b < n; b++) {
            add[4 + n + a * n + b] = p * v[m->roots[1 + n + a * n + b]];
            add[4 + n + n * n + a * n + b] = p * s * v[m->roots[1 + b]];
        }
    }
    for (uint32_t i = 0; i < 4 + n + 2 * n * n; i++) {
        m->sum[i] += add[i];
        m->size[i] += fabs(add[i]);
    }
}

static void integrate(moments *m)
{
    const double pi = 3.14159265358979323846, h = 1.0 / 64;
    const dist_case *c = m->c;
    for (int side = -1; side <= 1; side += 2) {
        double end = side < 0 ? c->low : c->high, width = fabs(end - c->centre);
        for (int i = -400; i <= 400; i++) {
            double t = i * h, y, weight;
            if (isinf(end)) {
                double step = c->spread * exp(0.5 * pi * sinh(t));
                y = c->centre + side * step;
                weight = h * step * 0.5 * pi * cosh(t);
            } else {
                double u = 1 / (1 + exp(pi * sinh(-t)));
                y = end - side * width * u;
                weight = h * width * u * (1 / (1 + exp(pi * sinh(t)))) * pi * cosh(t);
            }
            if (y > c->low && y < c->high && isfinite(y) && weight > 0)
                add_point(m, y, weight);
        }
    }
}

static void open_moments(moments *m, const dist_case *c)
{
    *m = (moments){.c = c};
    dist_open(&m->d, c->name, false);
    graph *g = &m->d.g;
    uint32_t n = m->d.n_args;
    m->roots[0] = dist_clause(&m->d, "log_pdf");
    node zero = fold_const(&g->b.g, 0);
    cr_assert(grad_reverse(&g->b, m->roots[0], m->d.leaves + 1, n, m->roots + 1));
    for (uint32_t i = 0; i < n * n; i++)
        m->roots[1 + n + i] = zero;
    for (uint32_t a = 0; a < n; a++) {
        node row[MOST_ARGS];
        if (c->edges >> a & 1)
            continue;
        cr_assert(grad_reverse(&g->b, m->roots[1 + a], m->d.leaves + 1, n, row));
        for (uint32_t b = a; b < n; b++)
            m->roots[1 + n + a * n + b] = row[b];
    }
    m->n_roots = 1 + n + n * n;
    if (m->d.discrete) {
        double last = isfinite(c->high) ? c->high : c->centre + 120 * c->spread;
        for (double y = 0; y <= last; y++)
            add_point(m, y, 1);
    } else {
        integrate(m);
    }
}

static node information(dist_graph *d, uint32_t a, uint32_t b, bool *any)
{
    for (uint32_t i = 0; i < d->dist->n_clauses; i++) {
        const clause *c = &d->dist->clauses[i];
        if (strcmp(c->name, "information"))
            continue;
        *any = true;
        const char *p = c->args[0].value->name, *q = c->args[1].value->name;
        const char *u = d->dist->formals[a + 1].name, *v = d->dist->formals[b + 1].name;
        if ((p == u && q == v) || (p == v && q == u))
            return dist_expr(d, c->value);
    }
    return 0;
}

static void check_information(moments *m, const double *x)
{
    uint32_t n = m->d.n_args;
    bool any = false, kink = strstr(m->c->name, "double_exponential") != NULL;
    for (uint32_t a = 0; a < n; a++)
        for (uint32_t b = a; b < n; b++) {
            if ((m->c->edges >> a & 1) || (m->c->edges >> b & 1))
                continue;
            node clause_node = information(&m->d, a, b, &any);
            uint32_t at = 4 + n + a * n + b;
            double expected = -m->sum[at], product = m->sum[at + n * n];
            double scale =
                sqrt(m->sum[4 + n + n * n + a * n + a] * m->sum[4 + n + n * n + b * n + b]);
            cr_expect(kink || fabs(expected - product) <= 1e-7 * scale,
                      "%s: E[-H] %.15g, E[s s'] %.15g (%u, %u)", dist_label(&m->d, m->c), expected,
                      product, a, b);
            if (!any)
                continue;
            double stated = clause_node ? graph_double(&m->d.g, clause_node, x) : 0;
            double found = kink ? product : expected;
            cr_expect(fabs(stated - found) <= 1e-8 * scale,
                      "%s: information %.15g stated, %.15g found (%u, %u)", dist_label(&m->d, m->c),
                      stated, found, a, b);
        }
}

Test(prelude_densities, moments)
{
    unsigned tried = 0;
    for (unsigned i = 0; i < n_dist_cases; i++) {
        const dist_case *c = &dist_cases[i];
        if (c->extreme)
            continue;
        moments m;
        open_moments(&m, c);
        const char *label = dist_label(&m.d, c);
        double x[5] = {c->centre, c->args[0], c->args[1], c->args[2], c->args[3]};
        cr_expect(fabs(m.sum[0] - 1) <= 1e-9, "%s has mass %.15g", label, m.sum[0]);
        node mean = dist_clause(&m.d, "mean"), variance = dist_clause(&m.d, "variance");
        double mu = mean ? graph_double(&m.d.g, mean, x) : NAN;
        double var = variance ? graph_double(&m.d.g, variance, x) : NAN;
        cr_expect(isnan(mu) == !mean && isnan(var) == !variance, "%s: mean, variance", label);
        if (isfinite(mu))
            cr_expect(fabs(c->centre + m.sum[1] - mu) <= 1e-8 * (fabs(mu) + m.size[1]),
                      "%s: mean %.15g stated, %.15g found", label, mu, c->centre + m.sum[1]);
        double found = m.sum[2] - m.sum[1] * m.sum[1];
        if (isfinite(var))
            cr_expect(fabs(found - var) <= 1e-8 * var + 1e-13 * m.size[2],
                      "%s: variance %.15g stated, %.15g found", label, var, found);
        for (uint32_t a = 0; a < m.d.n_args; a++)
            if (!(c->edges >> a & 1))
                cr_expect(fabs(m.sum[4 + a]) <= 1e-8 * m.size[4 + a],
                          "%s: the mean score is %g (%u)", label, m.sum[4 + a], a);
        check_information(&m, x);
        dist_close(&m.d);
        tried++;
    }
    cr_expect(tried > 35, "%u", tried);
}

static bool near(quad a, quad b, double relative)
{
    quad d = QUAD_LIBRARY(fabs)(a - b);
    return d <= relative * QUAD_LIBRARY(fabs)(b) || d < 1e-300;
}

Test(prelude_densities, distribution_functions)
{
    unsigned tried = 0;
    for (unsigned i = 0; i < n_dist_cases; i++) {
        const dist_case *c = &dist_cases[i];
        dist_graph d;
        dist_open(&d, c->name, true);
        const char *label = dist_label(&d, c);
        node pdf = dist_clause(&d, "log_pdf"), cdf = dist_clause(&d, "cdf"), slope = 0;
        node log_cdf = dist_clause(&d, "log_cdf"), log_ccdf = dist_clause(&d, "log_ccdf");
        if (!cdf) {
            cr_expect(!log_cdf && !log_ccdf, "%s has log_cdf without cdf", label);
            dist_close(&d);
            continue;
        }
        if (!d.discrete)
            cr_assert(grad_reverse(&d.g.b, cdf, d.leaves, 1, &slope), "%s", label);
        double outcomes[16];
        unsigned count = dist_outcomes(&d, c, outcomes);
        for (unsigned j = 0; j < count; j++) {
            quad x[5] = {outcomes[j], c->args[0], c->args[1], c->args[2], c->args[3]};
            quad p = QUAD_LIBRARY(exp)(graph_quad(&d.g, pdf, x)), f = graph_quad(&d.g, cdf, x);
            quad step = 0;
            if (d.discrete) {
                x[0] -= 1;
                step = f - (x[0] >= 0 ? graph_quad(&d.g, cdf, x) : 0);
                x[0] += 1;
            } else {
                step = graph_quad(&d.g, slope, x);
            }
            bool tiny = p < 1e-25; /* below what the differences of 1 - f resolve */
            cr_expect(tiny || near(step, p, 1e-7), "%s at %.17g: d cdf %.17g, pdf %.17g", label,
                      outcomes[j], (double)step, (double)p);
            if (log_cdf)
                cr_expect(f < 1e-25 ||
                              near(QUAD_LIBRARY(exp)(graph_quad(&d.g, log_cdf, x)), f, 1e-12),
                          "%s at %.17g: log_cdf", label, outcomes[j]);
            if (log_ccdf)
                cr_expect(1 - f < 1e-12 ||
                              near(QUAD_LIBRARY(exp)(graph_quad(&d.g, log_ccdf, x)), 1 - f, 1e-12),
                          "%s at %.17g: log_ccdf %.17g, 1 - cdf %.17g", label, outcomes[j],
                          (double)QUAD_LIBRARY(exp)(graph_quad(&d.g, log_ccdf, x)),
                          (double)(1 - f));
            tried++;
        }
        dist_close(&d);
    }
    cr_expect(tried > 80, "%u", tried);
}
