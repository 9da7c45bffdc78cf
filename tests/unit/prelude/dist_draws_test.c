/* What is drawn from a distribution: its quantiles are the inverse of its cdf, and its sampler has
 * its mean, its variance and its distribution.
 *
 * A draw is the quantile of a uniform number where the distribution states one. Else it is its
 * sample clause, where a call of a distribution is an independent draw from that; else the cdf is
 * inverted. */
#include "tests/unit/prelude/dist_cases.h"

#include <stdlib.h>

static bool is_finite_quad(quad x) { return QUAD_LIBRARY(finite)(x); }

/* quantile(p) as a function of the arguments' leaves and of p, the input behind them. */
static node quantile_root(dist_graph *d)
{
    const clause *c = find_clause(d->dist, "quantile", NULL);
    if (!c)
        return 0;
    const char *names[6];
    value values[6];
    uint32_t n = d->dist->n_formals;
    for (uint32_t k = 0; k < n; k++) {
        names[k] = d->dist->formals[k].name;
        values[k] = value_number(&d->g.b, d->leaves[k], false);
    }
    cr_assert(c->n_args == 1 && c->args[0].value->kind == EXPR_NAME, "quantile(p)");
    names[n] = c->args[0].value->name;
    values[n] = value_number(&d->g.b, graph_input(&d->g, n, true), false);
    return graph_value(&d->g, names, values, n + 1, c->value);
}

Test(prelude_draws, quantiles_invert_the_cdf)
{
    unsigned tried = 0;
    for (unsigned i = 0; i < n_dist_cases; i++) {
        const dist_case *c = &dist_cases[i];
        dist_graph d;
        dist_open(&d, c->name, false);
        node quantile = quantile_root(&d), cdf = dist_clause(&d, "cdf");
        const char *label = dist_label(&d, c);
        cr_expect(!quantile || cdf, "%s has a quantile but no cdf", label);
        double outcomes[16];
        unsigned count = quantile ? dist_outcomes(&d, c, outcomes) : 0;
        for (unsigned j = 0; j < count; j++) {
            quad x[6] = {outcomes[j], c->args[0], c->args[1], c->args[2], c->args[3]};
            quad p = graph_quad(&d.g, cdf, x);
            if (1 - p < 1e-9 || p < 1e-300)
                continue; /* the rounding of p alone moves it */
            x[d.n_args + 1] = p;
            quad back = graph_quad(&d.g, quantile, x), error = QUAD_LIBRARY(fabs)(back - x[0]);
            double allowed = !strcmp(c->name, "cauchy") ? 1e-14 : 1e-18; /* its pi is a double */
            cr_expect(error <= allowed * (c->spread + QUAD_LIBRARY(fabs)(x[0])),
                      "%s: quantile(cdf(%.17g)) = %.17g", label, outcomes[j], (double)back);
            tried++;
            if (!d.discrete)
                continue;
            x[d.n_args + 1] = p + 1e-9; /* just above a step */
            back = graph_quad(&d.g, quantile, x);
            cr_expect(p >= 1 - 1e-9 || (back > x[0] && is_finite_quad(back)),
                      "%s: quantile above cdf(%g) is %g", label, outcomes[j], (double)back);
        }
        dist_close(&d);
    }
    cr_expect(tried > 120, "%u", tried);
}

/* Which distributions lack what, and why; every other one states it. */
Test(prelude_draws, clauses_are_complete)
{
    static const char *const no_mean[] = {"cauchy", "gompertz"};
    for (unsigned i = 0; i < n_dist_cases; i++) {
        dist_graph d;
        dist_open(&d, dist_cases[i].name, false);
        const char *name = dist_cases[i].name;
        bool excused = false;
        for (size_t k = 0; k < sizeof no_mean / sizeof *no_mean; k++)
            excused |= !strcmp(name, no_mean[k]);
        cr_expect(excused || find_clause(d.dist, "mean", NULL), "%s has no mean", name);
        bool angle = !strcmp(name, "von_mises"); /* whose variance is that of a direction */
        cr_expect(excused || angle || find_clause(d.dist, "variance", NULL), "%s has no variance",
                  name);
        cr_expect(find_clause(d.dist, "outcome", NULL), "%s does not state its outcome", name);
        dist_close(&d);
    }
}

/* ---- Drawing --------------------------------------------------------------------------------- */

typedef struct {
    uint64_t state;
    bool impossible; /* a distribution without quantile, sampler and cdf was met */
} stream;

static double uniform(stream *s) { return random_between(&s->state, 0, 1); }

static double draw(stream *s, const char *name, const double *args, uint32_t n);

static double constant_value(graph *g, const char **names, value *values, uint32_t n, expr *e)
{
    double x = NAN;
    node v = graph_value(g, names, values, n, e);
    cr_assert(v && fold_is_const(&g->b.g, v, &x), "%s", graph_messages(g));
    return x;
}

/* The expression with a number in the place of each call of a distribution. */
static expr *draw_calls(stream *s, graph *g, const char **names, value *values, uint32_t n,
                        const expr *e)
{
    expr *copy = ARENA_NEW(&g->arena, expr);
    *copy = *e;
    copy->args = ARENA_ARRAY(&g->arena, argument, e->n_args + 1);
    for (uint32_t i = 0; i < e->n_args; i++) {
        copy->args[i] = e->args[i];
        copy->args[i].value = draw_calls(s, g, names, values, n, e->args[i].value);
    }
    if (e->kind != EXPR_CALL || library_has(&g->m, e->name, false))
        return copy;
    double args[8];
    for (uint32_t i = 0; i < e->n_args; i++)
        args[i] = constant_value(g, names, values, n, copy->args[i].value);
    return expr_number(&g->context, draw(s, e->name, args, e->n_args), NO_SPAN);
}

static double cdf_at(graph *g, stmt *dist, const char **names, value *values, double y)
{
    values[0] = value_number(&g->b, fold_const(&g->b.g, y), false);
    return constant_value(g, names, values, dist->n_formals, find_clause(dist, "cdf", NULL)->value);
}

static double invert(stream *s, graph *g, stmt *dist, const char **names, value *values)
{
    formal_type t = read_formal_type(&g->m, dist->formals[0].type);
    double u = uniform(s);
    if (t.type == MLEC_TYPE_COUNT) {
        double y = 0;
        while (y < 1e6 && cdf_at(g, dist, names, values, y) < u)
            y++;
        return y;
    }
    double low = isfinite(t.lower) ? t.lower : -1, high = isfinite(t.upper) ? t.upper : low + 2;
    while (isinf(t.lower) && cdf_at(g, dist, names, values, low) > u)
        low *= 2;
    while (isinf(t.upper) && cdf_at(g, dist, names, values, high) < u)
        high = 2 * high + 1;
    for (int i = 0; i < 50; i++) {
        double middle = 0.5 * (low + high);
        *(cdf_at(g, dist, names, values, middle) < u ? &low : &high) = middle;
    }
    return 0.5 * (low + high);
}

static double draw(stream *s, const char *name, const double *args, uint32_t n)
{
    graph g;
    graph_open(&g);
    stmt *dist = library_find(&g.m, intern_str(&g.names, name), true);
    cr_assert(dist && dist->n_formals == n + 1, "%s", name);
    const char *names[8];
    value values[8];
    for (uint32_t k = 0; k <= n; k++) {
        names[k] = dist->formals[k].name;
        values[k] = value_number(&g.b, fold_const(&g.b.g, k ? args[k - 1] : 0), false);
    }
    const clause *quantile = find_clause(dist, "quantile", NULL);
    const clause *sample = find_clause(dist, "sample", NULL);
    double y = 0;
    if (quantile) {
        names[n + 1] = quantile->args[0].value->name;
        values[n + 1] = value_number(&g.b, fold_const(&g.b.g, uniform(s)), false);
        y = constant_value(&g, names, values, n + 2, quantile->value);
    } else if (sample) {
        expr *e = draw_calls(s, &g, names, values, n + 1, sample->value);
        y = constant_value(&g, names, values, n + 1, e);
    } else if (find_clause(dist, "cdf", NULL)) {
        y = invert(s, &g, dist, names, values);
    } else {
        s->impossible = true;
    }
    graph_close(&g);
    return y;
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Mean and variance within 5 standard errors; sqrt(n) times the largest distance of the empirical
 * from the stated cdf below 2, which true samples exceed once in 1500. */
static void check_sample(dist_graph *d, const dist_case *c, double *y, uint32_t n)
{
    const char *label = dist_label(d, c);
    double x[5] = {c->centre, c->args[0], c->args[1], c->args[2], c->args[3]};
    node mean = dist_clause(d, "mean"), variance = dist_clause(d, "variance");
    double m = mean ? graph_double(&d->g, mean, x) : NAN;
    double v = variance ? graph_double(&d->g, variance, x) : NAN;
    double sum = 0, square = 0, fourth = 0;
    for (uint32_t i = 0; i < n; i++)
        sum += y[i] / n;
    for (uint32_t i = 0; i < n; i++) {
        double r = (y[i] - sum) * (y[i] - sum);
        square += r / n;
        fourth += r * r / n;
    }
    if (isfinite(m) && isfinite(v)) {
        cr_expect(fabs(sum - m) <= 5 * sqrt(v / n), "%s: sample mean %g, mean %g", label, sum, m);
        cr_expect(fabs(square - v) <= 5 * sqrt((fourth - square * square) / n) + 0.1 * v,
                  "%s: sample variance %g, variance %g", label, square, v);
    }
    node cdf = dist_clause(d, "cdf");
    if (!cdf)
        return;
    qsort(y, n, sizeof *y, by_size);
    double worst = 0;
    for (uint32_t i = 0; i < n; i++) {
        if (d->discrete && i + 1 < n && y[i + 1] == y[i])
            continue;
        x[0] = y[i];
        double f = graph_double(&d->g, cdf, x), after = (i + 1.0) / n, before = (double)i / n;
        worst = fmax(worst, fmax(fabs(after - f), d->discrete ? 0 : fabs(f - before)));
    }
    cr_expect(worst * sqrt(n) < 2, "%s: the sample is off by %g", label, worst);
}

Test(prelude_draws, samplers, .timeout = 240)
{
    enum { N = 1000 };
    unsigned tried = 0;
    for (unsigned i = 0; i < n_dist_cases; i++) {
        const dist_case *c = &dist_cases[i];
        if (c->extreme)
            continue;
        dist_graph d;
        dist_open(&d, c->name, false);
        stream s = {.state = 0x9E3779B97F4A7C15u};
        double y[N];
        for (uint32_t k = 0; k < N && !s.impossible; k++)
            y[k] = draw(&s, c->name, c->args, d.n_args);
        if (!s.impossible) {
            check_sample(&d, c, y, N);
            tried++;
        }
        dist_close(&d);
    }
    cr_expect(tried > 25, "only %u samplers", tried);
}
