/* Symbolic derivatives of the whole library against differences in quad precision. */
#include "tests/unit/prelude/dist_cases.h"

#include <stdio.h>

Test(prelude_derivatives, densities)
{
    for (unsigned i = 0; i < n_dist_cases; i++) {
        const dist_case *c = &dist_cases[i];
        dist_graph d;
        dist_open(&d, c->name, false);
        node root = dist_clause(&d, "log_pdf");
        cr_expect(root, "%s has no log_pdf", c->name);
        node leaves[4];
        uint32_t number[4], n = 0;
        for (uint32_t k = 0; k < d.n_args; k++) {
            formal_type t = read_formal_type(&d.g.m, d.dist->formals[k + 1].type);
            if (t.type == MLEC_TYPE_COUNT)
                continue;
            leaves[n] = d.leaves[k + 1];
            number[n++] = k + 1;
        }
        double outcomes[16];
        unsigned count = dist_outcomes(&d, c, outcomes);
        cr_expect(count > 0, "%s is tried nowhere", dist_label(&d, c));
        for (unsigned j = 0; j < count; j++) {
            quad x[5] = {outcomes[j], c->args[0], c->args[1], c->args[2], c->args[3]};
            char why[200];
            cr_expect(graph_derivatives_hold(&d.g, root, leaves, number, n, x, d.n_args + 1, 1e-12,
                                             why, sizeof why),
                      "%s at %.17g: %s", dist_label(&d, c), outcomes[j], why);
        }
        dist_close(&d);
    }
}

/* Those of the distribution functions, where they are not 0 or infinite. */
Test(prelude_derivatives, distribution_functions)
{
    static const char *const clauses[] = {"log_cdf", "log_ccdf"};
    unsigned tried = 0;
    for (unsigned i = 0; i < n_dist_cases; i++) {
        const dist_case *c = &dist_cases[i];
        dist_graph d;
        dist_open(&d, c->name, false);
        double outcomes[16];
        unsigned count = dist_outcomes(&d, c, outcomes);
        node leaves[4];
        uint32_t number[4], n = 0;
        for (uint32_t k = 0; k < d.n_args; k++)
            if (!(c->edges >> k & 1)) {
                leaves[n] = d.leaves[k + 1];
                number[n++] = k + 1;
            }
        bool narrow = c->spread > 0 && c->spread < 1e-4 * fabs(c->centre); /* for the differences */
        for (unsigned j = 0; j < 2 * count && !c->extreme && !narrow; j++) {
            node root = dist_clause(&d, clauses[j % 2]);
            quad x[5] = {outcomes[j / 2], c->args[0], c->args[1], c->args[2], c->args[3]};
            double tail = root ? (double)graph_quad(&d.g, root, x) : 0;
            char why[200];
            if (!(tail < -1e-20 && tail > -1e5))
                continue;
            cr_expect(graph_derivatives_hold(&d.g, root, leaves, number, n, x, d.n_args + 1, 1e-11,
                                             why, sizeof why),
                      "%s of %s at %.17g: %s", clauses[j % 2], dist_label(&d, c), outcomes[j / 2],
                      why);
            tried++;
        }
        dist_close(&d);
    }
    cr_expect(tried > 200, "%u", tried);
}

/* Every distribution with scalar arguments stands in the table. */
Test(prelude_derivatives, table_is_complete)
{
    uint32_t n;
    const prelude_entry *all = prelude_all(&n);
    unsigned found = 0;
    for (uint32_t i = 0; i < n; i++) {
        if (!all[i].is_dist || all[i].is_form || !strncmp(all[i].name, "categorical", 11) ||
            !strcmp(all[i].name, "multinomial") || !strcmp(all[i].name, "dirichlet") ||
            !strncmp(all[i].name, "ordered", 7))
            continue;
        bool known = false;
        for (unsigned k = 0; k < n_dist_cases; k++)
            known |= !strcmp(dist_cases[k].name, all[i].name);
        cr_expect(known, "the distribution %s has no row in the table of cases", all[i].name);
        found += known;
    }
    cr_expect(found > 25, "only %u distributions are there", found);
}

/* Points of a function's arguments, inside the domains that the formals state. */
static unsigned domain_points(const formal_type *t, double out[8])
{
    static const double all[] = {-30, -2.4, -0.6, -0.01, 0.02, 0.7, 1.9, 25};
    static const double positive[] = {1e-3, 0.3, 1.2, 2.7, 14, 1e3, 1e7, 0};
    unsigned n = 0;
    bool from_zero = t->type == MLEC_TYPE_POSITIVE || (t->lower == 0 && isinf(t->upper));
    for (unsigned i = 0; i < 8; i++) {
        double x = from_zero ? positive[i] : all[i];
        if (isfinite(t->lower) && isfinite(t->upper))
            x = t->lower + (t->upper - t->lower) * (0.04 + 0.13 * i);
        if (x > t->lower && x < t->upper)
            out[n++] = x;
    }
    return n;
}

/* f(x) or f(x, y) over its domain; `skip` says where a kink or an overflow is met. */
static void check_function(const prelude_entry *entry)
{
    graph g;
    graph_open(&g);
    stmt *f = library_find(&g.m, intern_str(&g.names, entry->name), false);
    cr_assert(f, "%s", entry->name);
    bool vector = !strcmp(entry->name, "softmax");
    bool last = !strcmp(entry->name, "tetragamma") || !strcmp(entry->name, "bessel_ratio_slope");
    if (vector || f->n_formals > 2 || last) { /* what the library does not differentiate */
        graph_close(&g);
        return;
    }
    const char *names[2] = {"p", "q"};
    value values[2];
    node leaves[2];
    uint32_t number[2] = {0, 1}, n = f->n_formals;
    for (uint32_t k = 0; k < n; k++) {
        leaves[k] = graph_input(&g, k, true);
        values[k] = value_number(&g.b, leaves[k], false);
    }
    const char *text = arena_printf(&g.arena, n == 1 ? "%s(p)" : "%s(p, q)", entry->name);
    node root = graph_parse(&g, names, values, n, text);
    cr_expect(root, "%s: %s", text, graph_messages(&g));
    double first[8], second[8] = {0};
    formal_type t = read_formal_type(&g.m, f->formals[0].type);
    formal_type u = n > 1 ? read_formal_type(&g.m, f->formals[1].type) : t;
    unsigned n_first = domain_points(&t, first), n_second = n > 1 ? domain_points(&u, second) : 1;
    unsigned tried = 0;
    bool gamma = strstr(entry->name, "gamma") && strncmp(entry->name, "lgamma1m", 8) != 0;
    bool third = !strncmp(entry->name, "trigamma", 8) || !strcmp(entry->name, "digamma") ||
                 !strcmp(entry->name, "bessel_ratio_m1");
    for (unsigned i = 0; i < n_first; i++)
        for (unsigned j = 0; j < n_second; j++) {
            quad x[2] = {first[i], second[j]};
            /* Powers of negative numbers, differences below zero, poles: outside the domain. */
            bool skip = (!strcmp(entry->name, "pow") && first[i] <= 0) ||
                        (!strcmp(entry->name, "log_diff_exp") && first[i] <= second[j]) ||
                        (!strcmp(entry->name, "lchoose") &&
                         (first[i] <= 0 || second[j] <= 0 || second[j] >= first[i])) ||
                        (!strcmp(entry->name, "log1p_over") && 1 + first[i] * second[j] <= 0) ||
                        (!strcmp(entry->name, "expm1_over") && first[i] * second[j] > 700) ||
                        (gamma && first[i] <= 0) || (!strcmp(entry->name, "tan") && first[i] < -20);
            if (skip || !QUAD_LIBRARY(finite)(graph_quad(&g, root, x)))
                continue;
            char why[200] = "";
            bool ok;
            if (third) { /* first derivatives only: the library ends there */
                node gradient[2];
                ok = grad_reverse(&g.b, root, leaves, n, gradient);
                for (uint32_t k = 0; k < n && ok; k++) {
                    quad h = 1e-7, want = graph_slope(&g, root, x, n, k, &h);
                    quad got = graph_quad(&g, gradient[k], x);
                    ok = QUAD_LIBRARY(fabs)(got - want) <=
                         1e-12 * QUAD_LIBRARY(fabs)(want) + 1e-28 / h;
                    snprintf(why, sizeof why, "argument %u: %.17g, difference %.17g", k,
                             (double)got, (double)want);
                }
            } else {
                ok = graph_derivatives_hold(&g, root, leaves, number, n, x, n, 1e-12, why,
                                            sizeof why);
            }
            cr_expect(ok, "%s at %g, %g: %s", entry->name, first[i], second[j], why);
            tried++;
        }
    cr_expect(tried >= 3, "%s was tried at %u points only", entry->name, tried);
    graph_close(&g);
}

Test(prelude_derivatives, functions)
{
    uint32_t n;
    const prelude_entry *all = prelude_all(&n);
    for (uint32_t i = 0; i < n; i++)
        if (!all[i].is_dist && !all[i].is_form)
            check_function(&all[i]);
}

/* What a partial clause says is the derivative of the function beside it: by name, so that a
 * primitive without its clause is noticed. */
Test(prelude_derivatives, every_operator_has_partials)
{
    graph g;
    graph_open(&g);
    for (int op = 0; op < OP_COUNT_; op++) {
        if (op_table[op].class != OP_MATH)
            continue;
        stmt *f = library_find(&g.m, intern_str(&g.names, op_table[op].name), false);
        cr_expect(f, "the operator %s is not in the library", op_table[op].name);
        if (!f)
            continue;
        cr_expect(f->n_formals == op_table[op].arity, "%s", op_table[op].name);
        bool last = !strcmp(op_table[op].name, "tetragamma") ||
                    !strcmp(op_table[op].name, "bessel_ratio_slope");
        for (uint32_t k = 0; k < f->n_formals && !last; k++)
            cr_expect(find_clause(f, "partial", f->formals[k].name), "%s has no partial(%s)",
                      op_table[op].name, f->formals[k].name);
    }
    graph_close(&g);
}

/* categorical: the class is a constant, the vector's elements are parameters. */
Test(prelude_derivatives, categorical)
{
    static const char *const dists[] = {"categorical", "categorical_logit"};
    for (int w = 0; w < 2; w++)
        for (int y = 1; y <= 3; y++) {
            graph g;
            graph_open(&g);
            stmt *dist = library_find(&g.m, intern_str(&g.names, dists[w]), true);
            const clause *body = find_clause(dist, "log_pdf", NULL);
            node items[3], leaves[3];
            uint32_t number[3] = {0, 1, 2};
            for (uint32_t k = 0; k < 3; k++)
                leaves[k] = items[k] = graph_input(&g, k, true);
            const char *names[2] = {dist->formals[0].name, dist->formals[1].name};
            value values[2] = {value_number(&g.b, fold_const(&g.b.g, y), false),
                               {.kind = VALUE_VECTOR, .items = items, .count = 3, .param = -1}};
            node root = graph_value(&g, names, values, 2, body->value);
            cr_expect(root, "%s", dists[w]);
            quad x[3] = {0.2, 0.5, 0.3};
            char why[200];
            cr_expect(
                graph_derivatives_hold(&g, root, leaves, number, 3, x, 3, 1e-12, why, sizeof why),
                "%s, class %d: %s", dists[w], y, why);
            quad total = QUAD_LIBRARY(exp)(0.2) + QUAD_LIBRARY(exp)(0.5) + QUAD_LIBRARY(exp)(0.3);
            quad want = w == 0 ? QUAD_LIBRARY(log)(x[y - 1]) : x[y - 1] - QUAD_LIBRARY(log)(total);
            cr_expect(QUAD_LIBRARY(fabs)(graph_quad(&g, root, x) - want) < 1e-15, "%s, class %d",
                      dists[w], y);
            graph_close(&g);
        }
}

/* Ordinal outcomes: the classes' probabilities add up to 1, near and far from the cut points. */
Test(prelude_derivatives, ordered)
{
    static const char *const dists[] = {"ordered_logistic", "ordered_probit"};
    static const double predictors[] = {0.3, -6, 25};
    for (int w = 0; w < 2; w++)
        for (int e = 0; e < 3; e++) {
            quad total = 0;
            for (int y = 1; y <= 4; y++) {
                graph g;
                graph_open(&g);
                stmt *dist = library_find(&g.m, intern_str(&g.names, dists[w]), true);
                const clause *body = find_clause(dist, "log_pdf", NULL);
                node leaves[4];
                uint32_t number[4] = {0, 1, 2, 3};
                for (uint32_t k = 0; k < 4; k++)
                    leaves[k] = graph_input(&g, k, true);
                const char *names[3] = {dist->formals[0].name, dist->formals[1].name,
                                        dist->formals[2].name};
                value values[3] = {
                    value_number(&g.b, fold_const(&g.b.g, y), false),
                    value_number(&g.b, leaves[0], false),
                    {.kind = VALUE_VECTOR, .items = leaves + 1, .count = 3, .param = -1}};
                node root = graph_value(&g, names, values, 3, body->value);
                cr_expect(root, "%s", dists[w]);
                quad x[4] = {predictors[e], -0.4, 0.5, 1.7};
                char why[200];
                cr_expect(graph_derivatives_hold(&g, root, leaves, number, 4, x, 4, 1e-11, why,
                                                 sizeof why),
                          "%s, class %d, predictor %g: %s", dists[w], y, predictors[e], why);
                total += QUAD_LIBRARY(exp)(graph_quad(&g, root, x));
                graph_close(&g);
            }
            cr_expect(QUAD_LIBRARY(fabs)(total - 1) < 1e-25, "%s, predictor %g: %.17g", dists[w],
                      predictors[e], (double)total);
        }
}
