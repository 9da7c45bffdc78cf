/* The `example` clauses of the library hold. */
#include "tests/unit/prelude/dist_cases.h"

#include <stdio.h>

/* The value of a clause's body or of a call, with the example's arguments bound. */
static bool example_value(graph *g, const stmt *s, const clause *example, double *out)
{
    const char *names[8];
    value values[8];
    for (uint32_t i = 0; i < example->n_args; i++) {
        uint32_t k = i;
        if (example->args[i].name)
            for (k = 0; k < s->n_formals && s->formals[k].name != example->args[i].name; k++)
                ;
        if (k >= s->n_formals)
            return false;
        names[i] = s->formals[k].name;
        values[i] = build_expr(&g->b, NULL, example->args[i].value);
    }
    node n;
    const clause *body = find_clause(s, "log_pdf", NULL);
    if (s->kind == STMT_DIST) {
        n = graph_value(g, names, values, example->n_args, body->value);
    } else {
        const char *call = arena_printf(&g->arena, "%s(", s->items[0].name);
        for (uint32_t i = 0; i < s->n_formals; i++)
            call = arena_printf(&g->arena, "%s%s%s", call, i ? ", " : "", s->formals[i].name);
        n = graph_parse(g, names, values, example->n_args, arena_printf(&g->arena, "%s)", call));
    }
    return n && fold_is_const(&g->b.g, n, out);
}

Test(prelude_examples, hold)
{
    uint32_t n;
    const prelude_entry *all = prelude_all(&n);
    unsigned count = 0;
    for (uint32_t i = 0; i < n; i++) {
        graph g;
        graph_open(&g);
        const stmt *s = library_find(&g.m, intern_str(&g.names, all[i].name), all[i].is_dist);
        cr_assert(s && !g.diags.n_errors, "%s: %s", all[i].name, graph_messages(&g));
        unsigned here = 0;
        for (uint32_t k = 0; k < s->n_clauses; k++) {
            const clause *c = &s->clauses[k];
            if (strcmp(c->name, "example"))
                continue;
            here++;
            double got = NAN, want = NAN;
            value v = build_expr(&g.b, NULL, c->value);
            cr_expect(v.kind == VALUE_NUMBER && fold_is_const(&g.b.g, v.n, &want), "%s, example %u",
                      all[i].name, here);
            cr_expect(example_value(&g, s, c, &got), "%s, example %u: %s", all[i].name, here,
                      graph_messages(&g));
            cr_expect(fabs(got - want) <= 2e-14 * fabs(want), "%s, example %u: %.17g, not %.17g",
                      all[i].name, here, got, want);
        }
        bool vector = !strcmp(all[i].name, "softmax");
        cr_expect(here > 0 || all[i].is_form || vector, "%s has no example", all[i].name);
        cr_expect(s->doc && *s->doc, "%s has no line of documentation", all[i].name);
        count += here;
        graph_close(&g);
    }
    cr_expect(count > 140, "only %u examples", count);
}

/* Support: a value outside gives 0 where the type or the clause says so. */
Test(prelude_examples, support_clauses)
{
    static const struct {
        const char *name;
        double args[3], y;
        int inside;
    } cases[] = {
        {"uniform", {0, 2, 0}, 2, 1},
        {"uniform", {0, 2, 0}, 2.0001, 0},
        {"uniform", {0, 2, 0}, -1e-9, 0},
        {"pareto", {2, 1, 0}, 2, 1},
        {"pareto", {2, 1, 0}, 1.999, 0},
        {"binomial", {5, 0.5, 0}, 5, 1},
        {"binomial", {5, 0.5, 0}, 6, 0},
        {"gen_pareto", {1, 2, -0.5}, 4.9, 1},
        {"gen_pareto", {1, 2, -0.5}, 5.1, 0},
        {"gen_pareto", {1, 2, 0.5}, 0.9, 0},
        {"gen_extreme_value", {0, 1, 1}, -0.9, 1},
        {"gen_extreme_value", {0, 1, 1}, -1.1, 0},
        {"beta_binomial", {4, 1, 1}, 5, 0},
        {"beta_binomial", {4, 1, 1}, 4, 1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        dist_graph d;
        dist_open(&d, cases[i].name, false);
        node support = dist_clause(&d, "support");
        cr_expect(support, "%s has no support", cases[i].name);
        double x[5] = {cases[i].y, cases[i].args[0], cases[i].args[1], cases[i].args[2]};
        cr_expect(graph_double(&d.g, support, x) == cases[i].inside, "%s at %g", cases[i].name,
                  cases[i].y);
        dist_close(&d);
    }
}
