/* Plans: what is written differently but means the same gives one plan; predictors are found
 * however they are written; sizes of vectors and tables leave the plan as it is. */
#include "tests/unit/compiler/front.h"

static void same(const char *label, const char *one, const mlec_setting *set, const char *other,
                 bool mle)
{
    front f, g;
    front_set(&f, one, set, set ? 1 : 0, mle);
    front_open(&g, other);
    cr_expect(f.ok, "%s: %s", label, front_messages(&f));
    cr_expect(g.ok, "%s: %s", label, front_messages(&g));
    if (f.ok && g.ok) {
        for (mlec_emit e = MLEC_EMIT_HESSIAN; e <= MLEC_EMIT_PLAN; e++) {
            const char *p = front_print(&f, e), *q = front_print(&g, e);
            cr_expect(strlen(p) > 50 && !strcmp(p, q), "%s:\n%s\nand\n%s", label, p, q);
        }
    }
    front_close(&f);
    front_close(&g);
}

Test(plans, same_meaning_same_plan)
{
    static const struct {
        const char *label, *one, *other;
    } pairs[] = {
        {"let", "param a, b : real\nparam s : positive\nlet mu = a + b*x\ny ~ normal(mu, s)\n",
         "param a, b : real\nparam s : positive\ny ~ normal(a + b*x, s)\n"},
        {"let of let",
         "param a, b : real\nlet p = a + q\nlet q = b*x\nlet r = p\ny ~ normal(r, 2)\n",
         "param a, b : real\ny ~ normal(a + b*x, 2)\n"},
        {"const", "const k = 3\nconst c = 2*k - 1\nparam a : real\ny ~ normal(c*a*x, k)\n",
         "param a : real\ny ~ normal(5*a*x, 3)\n"},
        {"fn",
         "fn half(v) = 0.5*v\nfn sq(v) = half(v)*2*v\nparam a : real\ny ~ normal(exp(sq(a)), 1)\n",
         "param a : real\ny ~ normal(exp(0.5*a*2*a), 1)\n"},
        {"fn by name",
         "fn f(p, q) = p - 2*q\nparam a : real\ny ~ normal(exp(f(q = a, p = x)), 1)\n",
         "param a : real\ny ~ normal(exp(x - 2*a), 1)\n"},
        {"named arguments", "param a : real\nparam s : positive\ny ~ normal(sigma = s, mu = a)\n",
         "param a : real\nparam s : positive\ny ~ normal(a, s)\n"},
        {"order of operands", "param a, b : real\ny ~ poisson(exp(x*b + a))\n",
         "param a, b : real\ny ~ poisson(exp(b*x + a))\n"},
        {"list on the left", "param a, b : real\na, b ~ normal(0, 2)\ny ~ normal(a + b*x, 1)\n",
         "param a, b : real\na ~ normal(0, 2)\nb ~ normal(0, 2)\ny ~ normal(a + b*x, 1)\n"},
        {"comparison the other way", "param a : real\nloglik ifelse(x > a, a, a^2)\n",
         "param a : real\nloglik ifelse(a < x, a, a^2)\n"},
        {"negation of a condition", "param a : real\nloglik ifelse(not x < a, a, a^2)\n",
         "param a : real\nloglik ifelse(x < a, a^2, a)\n"},
        {"stable forms",
         "param a : real\nloglik log(inv_logit(a*x)) + log1p(exp(a)) + log(Phi(a))\n",
         "param a : real\nloglik log_inv_logit(a*x) + log1p_exp(a) + log_Phi(a)\n"},
    };
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
        same(pairs[i].label, pairs[i].one, NULL, pairs[i].other, false);
    mlec_setting set = {"k", 7};
    same("--set", "const k = 3\nparam a : real\ny ~ normal(a*x, k)\n", &set,
         "param a : real\ny ~ normal(a*x, 7)\n", false);
    same("without priors",
         "param a, b : real\na ~ normal(0, 2)\nlogprior -b^2\ny ~ normal(a + b*x, 1)\n", NULL,
         "param a, b : real\ny ~ normal(a + b*x, 1)\n", true);
}

/* The order of statements. */
Test(plans, statements_in_any_order)
{
    same("order",
         "param a : real\nparam s : positive\ny ~ normal(mu, s*k)\nlet mu = f(a)*x\n"
         "fn f(p) = exp(p)\nconst k = 2\n",
         NULL,
         "const k = 2\nfn f(p) = exp(p)\nlet mu = f(a)*x\nparam a : real\nparam s : positive\n"
         "y ~ normal(mu, s*k)\n",
         false);
}

/* The graphs of a user's distribution are those of the built-in one. */
Test(plans, user_distributions_are_equal)
{
    static const char *const built_in = "data y : real\nparam m : real\nparam s : positive\n"
                                        "y ~ normal(m + x, s)\n";
    static const char *const own[] = {
        "dist mine(v : real | mu : real, sigma : positive) =\n"
        "  -0.5*((v - mu)/sigma)^2 - log(sigma) - 0.91893853320467274178\n"
        "data y : real\nparam m : real\nparam s : positive\ny ~ mine(m + x, s)\n",
        "dist mine(v : real | mu : real, sigma : positive) {\n"
        "  log_pdf = -0.5*((v - mu)/sigma)^2 - log(sigma) - 0.91893853320467274178\n"
        "  cdf = Phi((v - mu)/sigma); mean = mu\n}\n"
        "data y : real\nparam m : real\nparam s : positive\ny ~ mine(m + x, s)\n",
        "dist mine(v | mu, sigma) =\n"
        "  -0.5*((v - mu)/sigma)^2 - log(sigma) - 0.91893853320467274178\n"
        "data y : real\nparam m : real\nparam s : positive\ny ~ mine(m + x, s)\n",
    };
    for (size_t i = 0; i < sizeof own / sizeof *own; i++) {
        front f, g;
        front_open(&f, built_in);
        front_open(&g, own[i]);
        cr_assert(f.ok && g.ok, "%s%s", front_messages(&f), front_messages(&g));
        for (mlec_emit e = MLEC_EMIT_GRAPH; e <= MLEC_EMIT_HESSIAN; e++)
            cr_expect(!strcmp(front_print(&f, e), front_print(&g, e)), "%s", own[i]);
        front_close(&f);
        front_close(&g);
    }
}

/* A user's definition goes before the library's of the same name. */
Test(plans, own_names_go_first)
{
    front f, g;
    front_open(&f, "fn exp(v) = 2*v\ndist normal(v | m, s) = -(v - m)^2*s\nparam a : real\n"
                   "y ~ normal(exp(a), 3)\n");
    front_open(&g, "param a : real\nloglik -(y - 2*a)^2*3\n");
    cr_assert(f.ok && g.ok, "%s%s", front_messages(&f), front_messages(&g));
    cr_expect(!strcmp(front_print(&f, MLEC_EMIT_HESSIAN), front_print(&g, MLEC_EMIT_HESSIAN)),
              "%s%s", front_print(&f, MLEC_EMIT_HESSIAN), front_print(&g, MLEC_EMIT_HESSIAN));
    front_close(&f);
    front_close(&g);
}

/* Number of linear stages, of map stages, and of second derivatives of the first map. */
Test(plans, predictors)
{
    static const struct {
        const char *text;
        unsigned linear, maps, active, pairs;
    } models[] = {
        {"param a, b, c : real\ny ~ bernoulli_logit(a + b*x + c*z)\n", 1, 1, 1, 1},
        {"param a, b, c : real\ny ~ poisson_log(c*z + (x*b + a))\n", 1, 1, 1, 1},
        {"param a, b : real\ny ~ normal(a + b*x, 2)\n", 1, 1, 1, 1},
        {"param a, b, s : real\ny ~ normal(a + b*x, exp(s))\n", 2, 1, 2, 3},
        {"param a, b : real\nloglik y*(a + b*x) - exp(a + b*x)\n", 1, 1, 1, 1},
        {"param a, b : real\nloglik -(y - a - b*x)^2 + cos(a + b*x)\n", 1, 1, 1, 1},
        {"param a, b : real\nloglik -(2*y - 2*(a + b*x))^2 - exp(-(a + b*x))\n", 1, 1, 1, 1},
        {"param a, b : real\nloglik exp(a + b*x) - exp(a - b*x)\n", 2, 1, 2, 2},
        {"param u : real[g]\nparam a : real\ny ~ poisson_log(a + u[g] + x)\n", 1, 1, 1, 1},
        {"param u : real[2, g]\ny ~ poisson_log(u[1, g] + u[2, g]*x)\n", 1, 1, 1, 1},
        {"data v : real[4]\nparam k : real[4]\ny ~ poisson_log(dot(v, k))\n", 1, 1, 1, 1},
        {"param a, b : real\nloglik a*b*x\n", 2, 1, 2, 1},
        {"param a : real\nloglik a*x\n", 1, 1, 1, 0},
        {"param a, b : real\ny ~ normal(a + b*x, 1)\nz ~ normal(a + b*x, 1)\n", 1, 2, 1, 1},
        {"param k : real[3]\nparam a : real\ny ~ normal(a, 1)\nk ~ normal(0, 1)\n", 2, 2, 1, 1},
        {"param a : real\nlet m = mean((y - a)^2)\nloglik -m\n", 2, 2, 1, 1},
    };
    for (size_t i = 0; i < sizeof models / sizeof *models; i++) {
        front f;
        front_open(&f, models[i].text);
        cr_expect(f.ok, "%s%s", models[i].text, front_messages(&f));
        if (f.ok) {
            const mlec_stage *map = NULL;
            const mlec_plan *plan = &f.p.kernel.plan;
            for (uint32_t k = 0; !map && k < plan->n_stages; k++)
                if (plan->stages[k].kind == MLEC_STAGE_MAP)
                    map = &plan->stages[k];
            unsigned linear = front_stages(&f, MLEC_STAGE_LINEAR);
            unsigned maps = front_stages(&f, MLEC_STAGE_MAP);
            cr_expect(linear == models[i].linear && maps == models[i].maps &&
                          map->n_active == models[i].active && map->map.n_pairs == models[i].pairs,
                      "%u linear, %u maps, %u active, %u pairs:\n%s%s", linear, maps,
                      map ? map->n_active : 0, map ? map->map.n_pairs : 0, models[i].text,
                      pipeline_print(&f.p, MLEC_EMIT_PLAN));
        }
        front_close(&f);
    }
}

/* Lengths of vectors leave functions and graphs as they are. */
Test(plans, sizes_do_not_matter)
{
    static const char *const forms[] = {
        "data v : real[%d]\nparam k : real[%d]\ny ~ poisson_log(dot(v, k))\nk ~ normal(0, 1)\n",
        "data v : real[%d]\nparam k : real[%d]\nloglik -(y - dot(v, k))^2\nlogprior -sum(abs(k))\n",
        "const n = %d\nparam k : real[n]\nparam l : real[%d]\nloglik once -sum((k - l)^2) - "
        "mean(exp(k))\n"
        "report r = k^2\n",
    };
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        char text[2][400];
        snprintf(text[0], sizeof text[0], forms[i], 3, 3);
        snprintf(text[1], sizeof text[1], forms[i], 3000, 3000);
        front f[2];
        for (int k = 0; k < 2; k++) {
            front_open(&f[k], text[k]);
            cr_assert(f[k].ok, "%s%s", text[k], front_messages(&f[k]));
        }
        cr_expect(f[0].p.kernel.functions.count == f[1].p.kernel.functions.count, "%s", forms[i]);
        cr_expect(f[0].p.kernel.plan.n_stages == f[1].p.kernel.plan.n_stages, "%s", forms[i]);
        const char *p = front_print(&f[0], MLEC_EMIT_HESSIAN);
        const char *q = front_print(&f[1], MLEC_EMIT_HESSIAN);
        cr_expect(strlen(p) > 50 && !strcmp(p, q), "%s\n%s\n%s", forms[i], p, q);
        front_close(&f[0]);
        front_close(&f[1]);
    }
}

/* Graph nodes do not grow with the number of terms of a predictor. */
Test(plans, one_map_for_any_number_of_terms)
{
    uint32_t nodes[2];
    for (int k = 0; k < 2; k++) {
        buf text;
        front f;
        arena a;
        oom_guard guard;
        arena_init(&a, &alloc_system, &guard);
        buf_init(&text, &a);
        int n = k ? 60 : 3;
        for (int i = 0; i < n; i++)
            buf_printf(&text, "param p%d : real\n", i);
        buf_puts(&text, "y ~ bernoulli_logit(0");
        for (int i = 0; i < n; i++)
            buf_printf(&text, " + p%d*v%d", i, i);
        buf_puts(&text, ")\n");
        front_open(&f, buf_text(&text));
        cr_assert(f.ok, "%s", front_messages(&f));
        cr_expect(front_stages(&f, MLEC_STAGE_LINEAR) == 1 &&
                  f.p.kernel.maps.data[0].n_active == 1);
        const kernel_function *fn = &f.p.kernel.functions.data[0];
        uint8_t *seen = ARENA_ARRAY(&a, uint8_t, f.p.build.g.nodes.count);
        dag_mark(&f.p.build.g, fn->outputs, fn->n_outputs, seen);
        nodes[k] = 0;
        for (node i = 1; i < f.p.build.g.nodes.count; i++)
            nodes[k] += seen[i];
        front_close(&f);
        arena_release(&a);
    }
    cr_expect(nodes[0] == nodes[1] && nodes[0] > 3, "%u nodes with 3 terms, %u with 60", nodes[0],
              nodes[1]);
}

/* Axes and levels of parameters and reports. */
Test(plans, axes)
{
    front f;
    front_open(&f,
               "param a : real\nparam u : real[g]\nparam v : real[2, g]\nparam w : real[g, h]\n"
               "y ~ normal(a + u[g] + v[1, g] + w[g, h], 1)\nreport r = exp(u)\nreport s = w*2\n"
               "report t = u[\"B\"]\n");
    cr_assert(f.ok, "%s", front_messages(&f));
    const mlec_plan *p = &f.p.kernel.plan;
    static const mlec_axis_kind params[] = {MLEC_AXIS_ONE, MLEC_AXIS_FACTOR, MLEC_AXIS_PRODUCT,
                                            MLEC_AXIS_PRODUCT};
    static const mlec_axis_kind reports[] = {MLEC_AXIS_FACTOR, MLEC_AXIS_PRODUCT, MLEC_AXIS_ONE};
    for (uint32_t i = 0; i < 4; i++)
        cr_expect(p->axes[p->params[i].axis].kind == params[i], "parameter %u", i);
    cr_assert(p->n_derived == 3);
    for (uint32_t i = 0; i < 3; i++)
        cr_expect(p->axes[p->derived[i].axis].kind == reports[i], "report %u", i);
    const mlec_axis *v = &p->axes[p->params[2].axis], *w = &p->axes[p->params[3].axis];
    cr_expect(p->axes[v->outer].kind == MLEC_AXIS_INDEX && p->axes[v->outer].size == 2);
    cr_expect(v->inner == w->outer && p->axes[w->inner].kind == MLEC_AXIS_FACTOR);
    cr_expect(p->axes[0].kind == MLEC_AXIS_ONE && p->axes[1].kind == MLEC_AXIS_ROW);
    unsigned factors = 0;
    for (uint32_t i = 0; i < p->n_columns; i++)
        factors += p->columns[i].as_codes;
    cr_expect(factors == 2, "%u factors", factors);
    front_close(&f);
}

/* Terms of data alone cost nothing in an evaluation: they are constants of the plan. */
Test(plans, constants)
{
    static const struct {
        const char *text;
        unsigned maps, constants;
    } models[] = {
        {"param a : real\ny ~ poisson_log(a*x)\n", 1, 1},
        {"param a : real\nloglik log(x) + a*z\n", 1, 1},
        {"param a : real\nloglik 3\nloglik a*z\n", 1, 1},
        {"param a : real\nloglik once mean(x)\nloglik a*z\n", 1, 1},
        {"param a : real\nloglik a^2\n", 1, 0},
    };
    for (size_t i = 0; i < sizeof models / sizeof *models; i++) {
        front f;
        front_open(&f, models[i].text);
        cr_assert(f.ok, "%s", front_messages(&f));
        cr_expect(front_stages(&f, MLEC_STAGE_MAP) == models[i].maps &&
                      f.p.kernel.plan.n_constants == models[i].constants,
                  "%s%s", models[i].text, pipeline_print(&f.p, MLEC_EMIT_PLAN));
        front_close(&f);
    }
}

/* What is printed is the same every time, and every printer prints something. */
Test(plans, printers)
{
    static const char *const text =
        "data g : factor\nconst k = 2\nparam a, b : real\nparam u : real[g]\nparam s : positive\n"
        "let e = y - a\nwhere x > 0\nweight w\ny ~ normal(a + b*x + u[g], s)\nu ~ normal(0, k)\n"
        "loglik once -mean(e^2)\nreport r = exp(a)\n";
    for (mlec_emit e = MLEC_EMIT_AST; e <= MLEC_EMIT_LATEX; e++) {
        if (e == MLEC_EMIT_LLVM || e == MLEC_EMIT_ASM)
            continue;
        front f, g;
        front_open(&f, text);
        front_open(&g, text);
        cr_assert(f.ok && g.ok, "%s", front_messages(&f));
        const char *p = pipeline_print(&f.p, e), *q = pipeline_print(&g.p, e);
        cr_expect(p && q && strlen(p) > 80 && !strcmp(p, q), "%d", e);
        front_close(&f);
        front_close(&g);
    }
}
