#include "tests/unit/prelude/dist_cases.h"

#include <stdio.h>

#define OPEN -INFINITY, INFINITY
#define HALF 0, INFINITY
#define PI   3.14159265358979323846

const dist_case dist_cases[] = {
    {"normal", {0.2, 0.7}, OPEN, 0.2, 0.7, 0, false},
    {"normal", {-300, 1e-3}, OPEN, -300, 1e-3, 0, false},
    {"normal", {12, 1e150}, OPEN, 12, 1e150, 0, true},
    {"student_t", {4, 0.2, 0.7}, OPEN, 0.2, 0.7, 0, false},
    {"student_t", {1.3, -2, 3}, OPEN, -2, 3, 0, false},
    {"student_t", {1e10, 0.2, 0.7}, OPEN, 0.2, 0.7, 0, true},
    {"cauchy", {0.2, 0.7}, OPEN, 0.2, 0.7, 0, false},
    {"logistic", {0.2, 0.7}, OPEN, 0.2, 0.7, 0, false},
    {"double_exponential", {0.2, 0.7}, OPEN, 0.2, 0.7, 0, false},
    {"gumbel", {0.2, 0.7}, OPEN, 0.2, 0.7, 0, false},
    {"skew_normal", {0.2, 0.7, -1.4}, OPEN, 0.2, 0.7, 0, false},
    {"skew_normal", {0.2, 0.7, 30}, OPEN, 0.2, 0.7, 0, false},
    {"uniform", {-0.2, 2.7}, -0.2, 2.7, 1, 1, 3, false},
    {"gen_extreme_value", {0.2, 0.7, 0.3}, 0.2 - 0.7 / 0.3, INFINITY, 0.2, 0.7, 0, false},
    {"gen_extreme_value", {0.2, 0.7, 0}, OPEN, 0.2, 0.7, 0, false},
    {"gen_extreme_value", {0.2, 0.7, -0.2}, -INFINITY, 3.7, 0.2, 0.7, 0, false},
    {"gen_extreme_value", {0.2, 0.7, 1e-7}, OPEN, 0.2, 0.7, 0, true},
    {"gen_pareto", {0.2, 0.7, 0.3}, 0.2, INFINITY, 0.8, 0.7, 1, false},
    {"gen_pareto", {0.2, 0.7, 0}, 0.2, INFINITY, 0.8, 0.7, 1, false},
    {"gen_pareto", {0.2, 0.7, -0.2}, 0.2, 3.7, 0.8, 0.7, 1, false},
    {"gen_pareto", {0.2, 0.7, -1e-6}, 0.2, 1e5, 0.8, 0.7, 1, true},
    {"gen_pareto", {0.2, 0.7, 1e-9}, 0.2, 1e5, 0.8, 0.7, 1, true},
    {"std_normal", {0}, OPEN, 0, 1, 0, false},
    {"exp_mod_normal", {0.2, 0.7, 1.7}, OPEN, 0.7, 0.8, 0, false},
    {"skew_double_exponential", {0.2, 0.7, 0.3}, OPEN, 0.2, 0.7, 0, false},
    {"von_mises", {0.2, 3.7}, 0.2 - PI, 0.2 + PI, 0.2, 0.5, 0, false},
    {"von_mises", {-2, 0.4}, -2 - PI, -2 + PI, -2, 1, 0, false},
    {"von_mises", {0.2, 1e4}, 0.2 - PI, 0.2 + PI, 0.2, 0.01, 0, true},
    {"von_mises", {0.2, 1e-9}, 0.2 - PI, 0.2 + PI, 0.2, 1, 0, true},
    {"lognormal", {0.2, 0.7}, HALF, 1.2, 1, 0, false},
    {"lognormal", {-20, 0.01}, HALF, 2e-9, 2e-11, 0, false},
    {"gamma", {2.2, 0.7}, HALF, 3, 2, 0, false},
    {"gamma", {0.3, 5}, HALF, 0.06, 0.1, 0, false},
    {"gamma", {1e6, 1e3}, HALF, 1000, 1, 0, true},
    {"inv_gamma", {2.7, 0.7}, HALF, 0.3, 0.3, 0, false},
    {"weibull", {2.2, 0.7}, HALF, 0.7, 0.3, 0, false},
    {"weibull", {0.6, 3}, HALF, 2, 3, 0, false},
    {"exponential", {0.7}, HALF, 1.4, 1.4, 0, false},
    {"chi_square", {3.3}, HALF, 3, 2, 0, false},
    {"chi_square", {0.8}, HALF, 0.5, 1, 0, false},
    {"inverse_gaussian", {2.2, 0.7}, HALF, 1, 1, 0, false},
    {"inverse_gaussian", {1, 50}, HALF, 1, 0.15, 0, false},
    {"pareto", {0.7, 2.7}, 0.7, INFINITY, 1, 0.5, 1, false},
    {"rayleigh", {0.7}, HALF, 0.9, 0.5, 0, false},
    {"loglogistic", {0.9, 2.7}, HALF, 0.9, 0.5, 0, false},
    {"frechet", {2.7, 0.7}, HALF, 0.8, 0.4, 0, false},
    {"inv_chi_square", {5.3}, HALF, 0.2, 0.1, 0, false},
    {"scaled_inv_chi_square", {5.3, 0.7}, HALF, 0.5, 0.3, 0, false},
    {"pareto_type_2", {0.2, 0.7, 2.7}, 0.2, INFINITY, 0.5, 0.4, 1, false},
    {"gompertz", {0.4, 0.7}, HALF, 1, 0.7, 0, false},
    {"gompertz", {0, 0.7}, HALF, 1, 0.7, 0, false},
    {"gompertz", {-1e-6, 0.7}, HALF, 1, 0.7, 0, true},
    {"beta", {2.2, 0.7}, 0, 1, 0.7, 0.2, 0, false},
    {"beta", {30, 5}, 0, 1, 0.86, 0.05, 0, false},
    {"beta", {1e8, 3}, 0, 1, 1 - 3e-8, 1e-8, 0, true},
    {"beta_proportion", {0.4, 3.5}, 0, 1, 0.4, 0.2, 0, false},
    {"bernoulli", {0.3}, 0, 1, 0, 0, 0, false},
    {"bernoulli", {1e-12}, 0, 1, 0, 0, 0, true},
    {"bernoulli_logit", {0.3}, 0, 1, 0, 0, 0, false},
    {"bernoulli_logit", {-35}, 0, 1, 0, 0, 0, true},
    {"binomial", {10, 0.4}, 0, 10, 0, 0, 1, false},
    {"binomial_logit", {10, 0.4}, 0, 10, 0, 0, 1, false},
    {"poisson", {2.5}, 0, INFINITY, 2, 2, 0, false},
    {"poisson", {400}, 0, INFINITY, 400, 20, 0, false},
    {"poisson_log", {0.4}, 0, INFINITY, 2, 2, 0, false},
    {"neg_binomial", {1.7, 0.6}, 0, INFINITY, 3, 3, 0, false},
    {"neg_binomial", {1e9, 1e9}, 0, INFINITY, 1, 1, 0, true},
    {"neg_binomial_2", {2.5, 1.7}, 0, INFINITY, 3, 3, 0, false},
    {"neg_binomial_2", {2.5, 1e10}, 0, INFINITY, 3, 3, 0, true},
    {"neg_binomial_2", {2.5, 1e-4}, 0, INFINITY, 3, 3, 0, true},
    {"neg_binomial_2_log", {0.4, 1.7}, 0, INFINITY, 3, 3, 0, false},
    {"neg_binomial_2_log", {0.4, 1e10}, 0, INFINITY, 3, 3, 0, true},
    {"neg_binomial_2_log", {-30, 2}, 0, INFINITY, 3, 3, 0, true},
    {"geometric", {0.4}, 0, INFINITY, 2, 2, 0, false},
    {"beta_binomial", {10, 1.7, 2.6}, 0, 10, 0, 0, 1, false},
    {"beta_binomial", {10, 1e7, 2e7}, 0, 10, 0, 0, 1, true},
};
const unsigned n_dist_cases = sizeof dist_cases / sizeof *dist_cases;

void dist_open(dist_graph *d, const char *name, bool outcome_is_parameter)
{
    graph *g = &d->g;
    graph_open(g);
    d->dist = library_find(&g->m, intern_str(&g->names, name), true);
    cr_assert(d->dist, "no distribution %s: %s", name, graph_messages(g));
    cr_assert(d->dist->n_variates == 1 && d->dist->n_formals <= 5, "%s has another shape", name);
    d->n_args = d->dist->n_formals - 1;
    d->leaves[0] = graph_input(g, 0, outcome_is_parameter);
    for (uint32_t k = 1; k <= d->n_args; k++)
        d->leaves[k] = graph_input(g, k, true);
    mlec_type t = read_formal_type(&g->m, d->dist->formals[0].type).type;
    d->binary = t == MLEC_TYPE_BINARY;
    d->discrete = d->binary || t == MLEC_TYPE_COUNT;
}

void dist_close(dist_graph *d) { graph_close(&d->g); }

node dist_expr(dist_graph *d, expr *e)
{
    const char *names[5];
    value values[5];
    for (uint32_t k = 0; k < d->dist->n_formals; k++) {
        names[k] = d->dist->formals[k].name;
        values[k] = value_number(&d->g.b, d->leaves[k], false);
    }
    return graph_value(&d->g, names, values, d->dist->n_formals, e);
}

node dist_clause(dist_graph *d, const char *name)
{
    const clause *c = find_clause(d->dist, name, NULL);
    return c ? dist_expr(d, c->value) : 0;
}

unsigned dist_outcomes(const dist_graph *d, const dist_case *c, double out[16])
{
    static const double steps[] = {-2.3, -0.7, 0.13, 0.6, 3.1, 40};
    static const double parts[] = {1e-9, 0.01, 0.3, 0.77, 0.999};
    static const double counts[] = {0, 1, 2, 5, 17, 1000};
    unsigned n = 0;
    if (d->discrete) {
        for (unsigned i = 0; i < 6; i++)
            if (counts[i] <= c->high)
                out[n++] = counts[i];
        if (isfinite(c->high) && c->high > 5)
            out[n++] = c->high;
        return n;
    }
    for (unsigned i = 0; i < 6; i++) {
        double y = c->centre + steps[i] * c->spread;
        if (y > c->low && y < c->high)
            out[n++] = y;
    }
    for (unsigned i = 0; i < 5 && isfinite(c->low) && isfinite(c->high); i++)
        out[n++] = c->low + parts[i] * (c->high - c->low);
    return n;
}

const char *dist_label(dist_graph *d, const dist_case *c)
{
    buf b;
    buf_init(&b, &d->g.arena);
    buf_puts(&b, c->name);
    for (uint32_t k = 0; k < d->n_args; k++)
        buf_printf(&b, "%s%.17g", k ? ", " : "(", c->args[k]);
    buf_puts(&b, ")");
    return buf_text(&b);
}
