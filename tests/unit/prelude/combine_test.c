/* Distributions made of distributions: their mass is 1, distribution and survival function belong
 * to the density, derivatives are those of differences in quad, and double keeps its digits where
 * probabilities underflow. */
#include "compiler/fold/build_internal.h"
#include "tests/unit/compiler/graph.h"

#include <stdio.h>

enum { MOST = 5, END = 60 };

typedef struct {
    const char *text;  /* its arguments are named a, b, c, ... */
    double args[MOST]; /* 0: no more */
    double low, high;  /* of the outcome */
    bool discrete;
    double atoms[2]; /* values with a probability among others with a density; NAN: none */
    bool no_cdf;
} combination;

/* The outcome is input 0, argument k is input k + 1. */
typedef struct {
    graph g;
    const combination *c;
    uint32_t n;
    node leaves[MOST];
    uint32_t number[MOST];
    node pdf, cdf, sf; /* logarithms; pdf is -inf outside the support */
    quad x[MOST + 1];
} combined;

static void combined_open(combined *m, const combination *c)
{
    static const char *const names[MOST] = {"a", "b", "c", "d", "e"};
    *m = (combined){.c = c};
    graph *g = &m->g;
    graph_open(g);
    g->b.lets = ARENA_ARRAY(&g->arena, let_state, MOST);
    while (m->n < MOST && c->args[m->n] != 0) {
        uint32_t k = m->n++;
        m->leaves[k] = graph_input(g, m->number[k] = k + 1, true);
        m->x[k + 1] = c->args[k];
        VEC_PUSH(&g->arena, g->m.lets, ((model_let){.name = intern_str(&g->names, names[k])}));
        g->b.lets[k] =
            (let_state){.done = true, .result = value_number(&g->b, m->leaves[k], false)};
    }
    uint32_t file = diag_add_source(&g->diags, "distribution", c->text, strlen(c->text));
    expr *e = parse_expression(&g->context, file);
    distribution *d = e ? dist_read(&g->b, e) : NULL;
    cr_assert(d, "%s: %s", c->text, graph_messages(g));
    value y = value_number(&g->b, graph_input(g, 0, false), false);
    m->pdf = fold_select(&g->b.g, dist_support(&g->b, d, y), dist_log_pdf(&g->b, d, y),
                         fold_const(&g->b.g, -INFINITY));
    if (!c->no_cdf) {
        m->cdf = dist_log_cdf(&g->b, d, y);
        m->sf = dist_log_sf(&g->b, d, y);
        cr_assert(m->cdf && m->sf, "%s: %s", c->text, graph_messages(g));
    }
}

static void combined_close(combined *m) { graph_close(&m->g); }

static quad at(combined *m, node n, double y)
{
    m->x[0] = y;
    return graph_quad(&m->g, n, m->x);
}

static double at_double(combined *m, node n, double y)
{
    double x[MOST + 1] = {y};
    for (uint32_t k = 0; k < m->n; k++)
        x[k + 1] = m->c->args[k];
    return graph_double(&m->g, n, x);
}

static quad probability(combined *m, node n, double y) { return QUAD_LIBRARY(exp)(at(m, n, y)); }

static const combination combinations[] = {
    {"truncated(normal(a, b), -1, 2.5)", {0.3, 1.2}, -1, 2.5, false, {NAN, NAN}, false},
    {"truncated(normal(a, b), -inf, 0)", {0.3, 1.2}, -INFINITY, 0, false, {NAN, NAN}, false},
    {"truncated(lognormal(a, b), 0.4, inf)", {0.3, 1.2}, 0.4, INFINITY, false, {NAN, NAN}, false},
    {"truncated(mixture(c, normal(a, b), normal(d, 0.5)), -2, 3)",
     {0.3, 1.2, 0.4, 1.6},
     -2,
     3,
     false,
     {NAN, NAN},
     false},
    {"mixture(c, truncated(normal(a, b), -2, 3), logistic(d, 0.5))",
     {0.3, 1.2, 0.4, 1.6},
     -INFINITY,
     INFINITY,
     false,
     {-2, 3}, /* edges, not atoms: see has_mass */
     false},
    {"mixture([a, b, 1 - a - b], normal(c, 1), logistic(d, 0.7), gumbel(0, e))",
     {0.2, 0.5, -1.5, 2.5, 0.6},
     -INFINITY,
     INFINITY,
     false,
     {NAN, NAN},
     false},
    {"mixture([a, b, 1 - a - b], geometric(c), poisson(d), geometric(0.2))",
     {0.2, 0.5, 0.7, 2.5},
     0,
     INFINITY,
     true,
     {NAN, NAN},
     false},
    {"mixture([a, b, 1 - a - b], geometric(c), bernoulli(d), geometric(0.2))",
     {0.2, 0.5, 0.7, 0.6},
     0,
     INFINITY,
     true,
     {NAN, NAN},
     false},
    {"zero_inflated(a, neg_binomial_2_log(b, c))",
     {0.3, 0.4, 1.7},
     0,
     INFINITY,
     true,
     {NAN, NAN},
     false},
    {"zero_inflated(a, truncated(geometric(b), 0, 12))",
     {0.3, 0.4},
     0,
     12,
     true,
     {NAN, NAN},
     false},
    {"zero_inflated(a, truncated(geometric(b), 1, inf))",
     {0.3, 0.4},
     0,
     INFINITY,
     true,
     {NAN, NAN},
     false},
    {"zero_inflated(a, hurdle(b, geometric(c)))",
     {0.3, 0.2, 0.4},
     0,
     INFINITY,
     true,
     {NAN, NAN},
     false},
    {"hurdle(a, neg_binomial_2(b, c))", {0.3, 2.5, 1.7}, 0, INFINITY, true, {NAN, NAN}, false},
    {"hurdle(a, beta_binomial(8, b, c))", {0.3, 2.5, 1.7}, 0, 8, true, {NAN, NAN}, true},
    {"truncated(poisson(a), 1, 10)", {2.5}, 1, 10, true, {NAN, NAN}, false},
    {"truncated(neg_binomial(a, b), 2, inf)", {1.7, 0.6}, 2, INFINITY, true, {NAN, NAN}, false},
    {"censored(binomial_logit(9, a), 2, 6)", {0.4}, 2, 6, true, {NAN, NAN}, false},
    {"truncated(gamma(a, b), 0.5, 4)", {2.2, 0.7}, 0.5, 4, false, {NAN, NAN}, false},
    {"truncated(beta(a, b), 0.1, 0.6)", {2.2, 0.7}, 0.1, 0.6, false, {NAN, NAN}, false},
    {"censored(student_t(a, b, c), -1, 2)", {4, 0.3, 1.2}, -1, 2, false, {-1, 2}, false},
    {"censored(inv_gamma(a, b), 0, 3)", {2.7, 0.7}, 0, 3, false, {3, NAN}, false},
    {"hurdle(a, truncated(geometric(b), 1, 20))", {0.3, 0.4}, 0, 20, true, {NAN, NAN}, false},
    {"mixture(a, weibull(b, c), lognormal(d, e))",
     {0.3, 1.4, 2.2, 0.5, 0.8},
     0,
     INFINITY,
     false,
     {NAN, NAN},
     false},
    {"mixture(a, exponential(b), normal(c, d))",
     {0.3, 1.2, 0.4, 1.1},
     -INFINITY,
     INFINITY,
     false,
     {0, NAN},
     false},
    {"hurdle(a, weibull(b, c))", {0.3, 1.4, 2.2}, 0, INFINITY, false, {0, NAN}, false},
    {"truncated(geometric(a), 3, 9)", {0.4}, 3, 9, true, {NAN, NAN}, false},
    {"truncated(geometric(a), 2.5, 9.7)", {0.4}, 3, 9, true, {NAN, NAN}, false},
    {"truncated(hurdle(a, geometric(b)), 0, 6)", {0.3, 0.4}, 0, 6, true, {NAN, NAN}, false},
    {"truncated(hurdle(a, weibull(b, c)), 0, 3)", {0.3, 1.4, 2.2}, 0, 3, false, {0, NAN}, false},
    {"censored(lognormal(a, b), 0.5, 4)", {0.3, 1.2}, 0.5, 4, false, {0.5, 4}, false},
    {"censored(normal(a, b), 0, inf)", {0.3, 1.2}, 0, INFINITY, false, {0, NAN}, false},
    {"censored(mixture(c, normal(a, b), normal(d, 0.5)), -1, 2)",
     {0.3, 1.2, 0.4, 1.6},
     -1,
     2,
     false,
     {-1, 2},
     false},
    {"censored(geometric(a), 1, 5)", {0.4}, 1, 5, true, {NAN, NAN}, false},
    {"censored(truncated(geometric(a), 1, 9), 2, 5)", {0.4}, 2, 5, true, {NAN, NAN}, false},
};
enum { N_COMBINATIONS = sizeof combinations / sizeof *combinations };

/* The two numbers of a mixture are where its density jumps. */
static bool has_mass(const combination *c) { return strncmp(c->text, "mixture", 7) != 0; }

/* The integral of the density over (low, high) by double-exponential quadrature. */
static quad integral(combined *m, double low, double high)
{
    const double pi = 3.14159265358979323846, h = 1.0 / 32;
    quad sum = 0;
    for (int i = -200; i <= 200; i++) {
        double t = i * h, s = 0.5 * pi * sinh(t), ds = 0.5 * pi * cosh(t) * h, y, weight;
        if (isinf(low) && isinf(high)) {
            y = sinh(s);
            weight = cosh(s) * ds;
        } else if (isinf(low) || isinf(high)) {
            y = isinf(high) ? low + exp(s) : high - exp(s);
            weight = exp(s) * ds;
        } else {
            double u = 1 / (1 + exp(-2 * s)), v = 1 / (1 + exp(2 * s));
            y = u < 0.5 ? low + (high - low) * u : high - (high - low) * v;
            weight = 2 * (high - low) * u * v * ds;
        }
        if (isfinite(y) && isfinite(weight) && weight > 0 && y > low && y < high)
            sum += weight * probability(m, m->pdf, y);
    }
    return sum;
}

static quad total(combined *m)
{
    const combination *c = m->c;
    quad sum = 0;
    if (c->discrete) {
        double last = isinf(c->high) ? 400 : c->high;
        for (double y = c->low; y <= last; y++)
            sum += probability(m, m->pdf, y);
        return sum;
    }
    if (!has_mass(c) && !isnan(c->atoms[0])) {
        double middle = isnan(c->atoms[1]) ? c->atoms[0] : c->atoms[1];
        return integral(m, c->low, c->atoms[0]) + integral(m, c->atoms[0], middle) +
               integral(m, middle, c->high);
    }
    for (int k = 0; k < 2; k++)
        if (!isnan(c->atoms[k]))
            sum += probability(m, m->pdf, c->atoms[k]);
    return sum + integral(m, c->low, c->high);
}

Test(prelude_combine, mass)
{
    for (unsigned i = 0; i < N_COMBINATIONS; i++) {
        combined m;
        combined_open(&m, &combinations[i]);
        double mass = (double)total(&m);
        cr_expect(fabs(mass - 1) < 1e-10, "%s has mass %.15g", m.c->text, mass);
        combined_close(&m);
    }
}

/* Outcomes to try: within the range, at its ends, and beyond. */
static unsigned outcomes(const combination *c, double out[16])
{
    static const double steps[] = {-2.2, -0.9, -0.15, 0, 0.35, 0.8, 1.9, 3.3, 7, 30};
    unsigned n = 0;
    if (c->discrete) {
        for (double y = -2; y <= 12; y++)
            out[n++] = y;
        return n;
    }
    for (unsigned i = 0; i < sizeof steps / sizeof *steps; i++)
        out[n++] = steps[i];
    if (isfinite(c->low))
        out[n++] = c->low;
    if (isfinite(c->high))
        out[n++] = c->high;
    return n;
}

static bool is_atom(const combination *c, double y) { return y == c->atoms[0] || y == c->atoms[1]; }

static bool near(quad a, quad b, double relative)
{
    quad d = QUAD_LIBRARY(fabs)(a - b);
    return d <= relative * QUAD_LIBRARY(fabs)(b) || d < 1e-28;
}

Test(prelude_combine, distribution_functions)
{
    for (unsigned i = 0; i < N_COMBINATIONS; i++) {
        const combination *c = &combinations[i];
        if (c->no_cdf)
            continue;
        combined m;
        combined_open(&m, c);
        double y[16];
        unsigned n = outcomes(c, y);
        for (unsigned j = 0; j < n; j++) {
            quad below = probability(&m, m.cdf, y[j]), above = probability(&m, m.sf, y[j]);
            cr_expect(near(below + above, 1, 1e-14), "%s at %g: %.17g below, %.17g above", c->text,
                      y[j], (double)below, (double)above);
            cr_expect(y[j] < c->high || above == 0, "%s at %g: %g above", c->text, y[j],
                      (double)above);
            cr_expect(y[j] >= c->low || below == 0, "%s at %g: %g below", c->text, y[j],
                      (double)below);
            quad density = probability(&m, m.pdf, y[j]);
            if (c->discrete) {
                quad step = below - probability(&m, m.cdf, y[j] - 1);
                cr_expect(near(step, density, 1e-14), "%s at %g: a step of %.17g, density %.17g",
                          c->text, y[j], (double)step, (double)density);
                quad within = below - probability(&m, m.cdf, y[j] + 0.5);
                cr_expect(within == 0, "%s at %g: a step after it", c->text, y[j]);
            } else if (!is_atom(c, y[j]) && y[j] != c->low && y[j] != c->high) {
                quad h = 1e-7, slope = 0;
                static const int weights[] = {0, 45, -9, 1};
                for (int k = 1; k <= 3; k++) {
                    m.x[0] = (quad)y[j] + k * h;
                    slope += weights[k] * QUAD_LIBRARY(exp)(graph_quad(&m.g, m.cdf, m.x));
                    m.x[0] = (quad)y[j] - k * h;
                    slope -= weights[k] * QUAD_LIBRARY(exp)(graph_quad(&m.g, m.cdf, m.x));
                }
                slope /= 60 * h;
                quad error = QUAD_LIBRARY(fabs)(slope - density);
                cr_expect(error <= 1e-10 * density + 1e-20, "%s at %g: slope %.17g, density %.17g",
                          c->text, y[j], (double)slope, (double)density);
            }
        }
        combined_close(&m);
    }
}

Test(prelude_combine, derivatives)
{
    unsigned tried = 0;
    for (unsigned i = 0; i < N_COMBINATIONS; i++) {
        combined m;
        combined_open(&m, &combinations[i]);
        double y[16];
        unsigned n = outcomes(m.c, y);
        node roots[] = {m.pdf, m.cdf, m.sf};
        for (unsigned j = 0; j < n; j++)
            for (unsigned r = 0; r < 3; r++) {
                char why[200];
                if (!roots[r] || !QUAD_LIBRARY(finite)(at(&m, roots[r], y[j])))
                    continue;
                cr_expect(graph_derivatives_hold(&m.g, roots[r], m.leaves, m.number, m.n, m.x,
                                                 m.n + 1, 1e-12, why, sizeof why),
                          "%s, function %u at %g: %s", m.c->text, r, y[j], why);
                tried++;
            }
        combined_close(&m);
    }
    cr_expect(tried > 400, "%u", tried);
}

/* Far out: value, gradient and Hessian in double against quad. */
static const struct {
    combination c;
    double y;
    double log_pdf; /* about */
} tails[] = {
    {{"truncated(normal(a, b), 0, inf)", {-30, 1}, 0, 0, false, {NAN, NAN}, false}, 0.02, 2.8},
    {{"truncated(normal(a, b), 0, 5)", {-30, 1}, 0, 0, false, {NAN, NAN}, false}, 0.02, 2.8},
    {{"truncated(normal(a, b), 0, 5)", {40, 1}, 0, 0, false, {NAN, NAN}, false}, 4.99, 3.2},
    {{"truncated(normal(a, b), -60, 60)", {0.5, 1}, 0, 0, false, {NAN, NAN}, false}, 0.3, -0.94},
    {{"truncated(exponential(a), 1, 900)", {1}, 0, 0, false, {NAN, NAN}, false}, 801, -800},
    {{"censored(normal(a, b), 0, inf)", {50, 1}, 0, 0, false, {NAN, NAN}, false}, 0, -1255},
    {{"censored(weibull(a, b), 0, 800)", {1, 1}, 0, 0, false, {NAN, NAN}, false}, 800, -800},
    {{"mixture(a, normal(b, 1), normal(c, 2))", {0.3, -60, 90}, 0, 0, false, {NAN, NAN}, false},
     0,
     -1015},
    {{"zero_inflated(a, poisson(b))", {1e-30, 900}, 0, 0, true, {NAN, NAN}, false}, 0, -69},
    {{"hurdle(a, poisson(b))", {0.4, 1e-3}, 0, 0, true, {NAN, NAN}, false}, 1, -0.51},
    {{"hurdle(a, poisson(b))", {0.4, 900}, 0, 0, true, {NAN, NAN}, false}, 900, -4.8},
    {{"truncated(geometric(a), 1000, 2000)", {0.6}, 0, 0, true, {NAN, NAN}, false}, 1001, -1.4},
};

static void compare_tail(combined *m, node root, double y, double expected)
{
    node gradient[MOST], second[MOST * MOST], all[1 + MOST + MOST * MOST];
    uint32_t n = m->n, count = 0;
    cr_assert(grad_reverse(&m->g.b, root, m->leaves, n, gradient));
    cr_assert(grad_second(&m->g.b, gradient, m->leaves, n, second));
    all[count++] = root;
    for (uint32_t k = 0; k < n; k++)
        all[count++] = gradient[k];
    for (uint32_t k = 0; k < n * n; k++)
        if (k / n <= k % n)
            all[count++] = second[k];
    double about = (double)at(m, root, y);
    cr_expect(fabs(about - expected) <= 0.02 * fabs(expected) + 0.02, "%s at %g: %g, expected %g",
              m->c->text, y, about, expected);
    for (uint32_t k = 0; k < count; k++) {
        quad want = at(m, all[k], y);
        double got = at_double(m, all[k], y), error = (double)QUAD_LIBRARY(fabs)(got - want);
        cr_expect(error <= 1e-8 * (double)QUAD_LIBRARY(fabs)(want) + 1e-11,
                  "%s at %g, number %u: %.17g in double, %.17g in quad", m->c->text, y, k, got,
                  (double)want);
    }
}

Test(prelude_combine, tails)
{
    for (size_t i = 0; i < sizeof tails / sizeof *tails; i++) {
        combination c = tails[i].c;
        c.no_cdf = true;
        combined m;
        combined_open(&m, &c);
        compare_tail(&m, m.pdf, tails[i].y, tails[i].log_pdf);
        combined_close(&m);
    }
}

/* log P(Y > y) around -800, of distributions and of combinations. */
Test(prelude_combine, tails_of_survival)
{
    static const struct {
        const char *text;
        double args[MOST], y, log_sf;
    } cases[] = {
        {"exponential(a)", {2}, 400, -800},
        {"normal(a, b)", {1, 1.5}, 60.8, -798},
        {"mixture(a, exponential(b), exponential(c))", {0.3, 2, 3}, 400, -801},
        {"zero_inflated(a, exponential(b))", {0.3, 2}, 400, -800.4},
        {"hurdle(a, geometric(b))", {0.3, 0.5}, 1154, -800},
        {"truncated(exponential(a), 1, inf)", {2}, 401, -800},
        {"truncated(normal(a, b), 0, inf)", {-50, 1}, 14, -800},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        combination c = {.text = cases[i].text};
        memcpy(c.args, cases[i].args, sizeof c.args);
        combined m;
        combined_open(&m, &c);
        compare_tail(&m, m.sf, cases[i].y, cases[i].log_sf);
        combined_close(&m);
    }
}
