/* Far out, derivatives in double stay numbers wherever the exact ones are: no inf - inf, no 0 *
 * inf. */
#include "tests/unit/prelude/dist_cases.h"

static bool representable(quad x)
{
    quad size = QUAD_LIBRARY(fabs)(x);
    return size < 1e290;
}

static void check(graph *g, node root, const node *leaves, uint32_t n, const double *x,
                  uint32_t n_x, const char *label)
{
    node gradient[4], second[16];
    if (!grad_reverse(&g->b, root, leaves, n, gradient) ||
        !grad_second(&g->b, gradient, leaves, n, second))
        return;
    quad q[5];
    for (uint32_t k = 0; k < n_x; k++)
        q[k] = x[k];
    if (!representable(graph_quad(g, root, q)) || !isfinite(graph_double(g, root, x)))
        return;
    for (uint32_t a = 0; a < n; a++)
        for (uint32_t c = a; c <= n; c++) {
            node d = c == n ? gradient[a] : second[a * n + c];
            quad want = graph_quad(g, d, q);
            double got = graph_double(g, d, x);
            cr_expect(!representable(want) || isfinite(got),
                      "%s at %g, %g, %g, %g: derivative %u,%d is %g, exactly %g", label, x[0], x[1],
                      n_x > 2 ? x[2] : 0, n_x > 3 ? x[3] : 0, a, c == n ? -1 : (int)c, got,
                      (double)want);
        }
}

Test(prelude_extreme, functions)
{
    static const double points[] = {-1e5, -1200, -720, -40, -1,   -1e-8, 1e-8, 1e-3,
                                    0.5,  1,     40,   720, 1200, 1e5,   1e8};
    enum { N = sizeof points / sizeof *points };
    uint32_t n_all;
    const prelude_entry *all = prelude_all(&n_all);
    for (uint32_t i = 0; i < n_all; i++) {
        if (all[i].is_dist || all[i].is_form || !strcmp(all[i].name, "softmax"))
            continue;
        graph g;
        graph_open(&g);
        stmt *f = library_find(&g.m, intern_str(&g.names, all[i].name), false);
        uint32_t n = f->n_formals;
        if (n > 2) { /* log_beta_p: by the distributions */
            graph_close(&g);
            continue;
        }
        const char *names[2] = {"p", "q"};
        value values[2];
        node leaves[2];
        for (uint32_t k = 0; k < n; k++) {
            leaves[k] = graph_input(&g, k, true);
            values[k] = value_number(&g.b, leaves[k], false);
        }
        node root = graph_parse(&g, names, values, n,
                                arena_printf(&g.arena, n == 1 ? "%s(p)" : "%s(p, q)", all[i].name));
        for (int a = 0; a < N; a++)
            for (int c = 0; c < (n == 1 ? 1 : N); c++) {
                double x[2] = {points[a], n == 1 ? 0 : points[c]};
                check(&g, root, leaves, n, x, 2, all[i].name);
            }
        graph_close(&g);
    }
}

Test(prelude_extreme, distributions)
{
    static const double outcomes[] = {-1e6, -1000, -30, 0, 1, 2, 1000, 1e6};
    static const double factors[] = {1, 1e-6, 1e6};
    for (unsigned i = 0; i < n_dist_cases; i++) {
        const dist_case *c = &dist_cases[i];
        dist_graph d;
        dist_open(&d, c->name, false);
        node root = dist_clause(&d, "log_pdf");
        for (unsigned k = 0; k <= d.n_args; k++)
            for (unsigned s = 0; s < 3; s++)
                for (unsigned j = 0; j < 8; j++) {
                    double x[5] = {outcomes[j], c->args[0], c->args[1], c->args[2], c->args[3]};
                    if (k > 0)
                        x[k] *= factors[s];
                    bool inside = outcomes[j] > c->low && outcomes[j] < c->high;
                    if (inside && !(c->edges && k == 1))
                        check(&d.g, root, d.leaves + 1, d.n_args, x, d.n_args + 1, c->name);
                }
        dist_close(&d);
    }
}
