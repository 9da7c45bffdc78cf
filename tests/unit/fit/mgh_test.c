/* The optimizer on the problems of Moré, Garbow & Hillstrom and on those of CUTEst. */
#include "tests/unit/fit/formula.h"
#include "tests/unit/fit/mgh.h"

#include "runtime/fit/newton.h"

#include <criterion/criterion.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

enum { RESIDUALS = 128 };

typedef struct {
    int number, n, m;
    double y[RESIDUALS], u[RESIDUALS];
    bool gauss; /* J'J in place of the Hessian */
    const char *formula;
    const jet *x;
} problem;

static bool sum_of_squares(void *user, const double *x, double *f, double *g, double *h)
{
    static jet r[RESIDUALS];
    problem *p = user;
    jet at[JET_MAX], sum = jet_constant(0);
    size_t n = (size_t)p->n;
    jet_n = p->n;
    for (int i = 0; i < p->n; i++)
        at[i] = jet_variable(x[i], i);
    mgh_residuals(p->number, p->n, p->m, p->y, p->u, at, r);
    for (int k = 0; k < p->m; k++)
        sum = jet_add(sum, jet_square(r[k]));
    *f = sum.v;
    memcpy(g, sum.g, n * sizeof *g);
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++) {
            h[i + j * n] = p->gauss ? 0 : sum.h[i][j];
            for (int k = 0; p->gauss && k < p->m; k++)
                h[i + j * n] += 2 * r[k].g[i] * r[k].g[j];
        }
    return isfinite(sum.v);
}

static void read_numbers(json_t *list, double *out)
{
    size_t i;
    json_t *v;
    json_array_foreach(list, i, v) out[i] = json_number_value(v);
}

static json_t *load(const char *name)
{
    char path[512];
    snprintf(path, sizeof path, "%s/data/optim/%s", MLEC_SHARED_DIR, name);
    return json_load_file(path, 0, NULL);
}

static void read_problem(json_t *entry, json_t *data, problem *p)
{
    static const struct {
        int number;
        const char *y;
    } with_data[] = {{8, "Bard y"},       {9, "Gaussian y"},
                     {10, "Meyer y"},     {15, "Kowalik-Osborne y"},
                     {17, "Osborne 1 y"}, {19, "Osborne 2 y"}};
    *p = (problem){0};
    p->number = (int)json_integer_value(json_object_get(entry, "no"));
    p->n = (int)json_integer_value(json_object_get(entry, "n"));
    p->m = (int)json_integer_value(json_object_get(entry, "m"));
    for (size_t i = 0; i < sizeof with_data / sizeof *with_data; i++)
        if (with_data[i].number == p->number)
            read_numbers(json_object_get(data, with_data[i].y), p->y);
    if (p->number == 15)
        read_numbers(json_object_get(data, "Kowalik-Osborne u"), p->u);
}

/* Whether f is a minimum that the literature knows. */
static bool known(json_t *entry, double f)
{
    static const struct {
        int number;
        double f;
    } local[] = {{26, 2.79505612188e-5}, {35, 4.77271369638e-3}, {18, 5.65564992e-3}};
    size_t i;
    json_t *m;
    json_array_foreach(json_object_get(entry, "minima"), i, m)
    {
        double best = json_number_value(json_object_get(m, "f"));
        /* Watson with n = 12 has a Hessian of condition 1e14. */
        if (fabs(f - best) <= 1e-9 * fabs(best) + 3e-8)
            return true;
    }
    int number = (int)json_integer_value(json_object_get(entry, "no"));
    for (size_t k = 0; k < sizeof local / sizeof *local; k++)
        if (local[k].number == number && fabs(f - local[k].f) <= 1e-7 * local[k].f)
            return true;
    return false;
}

/* As the fit does it: Newton's method, and where that fails, Gauss and Newton's first. */
static newton_result solve(newton *w, problem *p, const double *start, double *x)
{
    newton_objective o = {.n = (size_t)p->n, .eval = sum_of_squares, .user = p};
    newton_options exact = {.max_iterations = 300, .tolerance = 1e-10, .polish = true};
    newton_options first = {.max_iterations = 300, .tolerance = 1e-10};
    memcpy(x, start, (size_t)p->n * sizeof *x);
    newton_result r = newton_run(w, &o, &exact, x);
    if (r.status == NEWTON_CERTIFIED || r.status == NEWTON_LINEAR ||
        (r.status == NEWTON_SINGULAR && r.n_null + 1 >= (size_t)p->n))
        return r;
    double other[JET_MAX];
    memcpy(other, start, (size_t)p->n * sizeof *other);
    p->gauss = true;
    newton_run(w, &o, &first, other);
    p->gauss = false;
    newton_result again = newton_run(w, &o, &exact, other);
    if (again.f < r.f) {
        memcpy(x, other, (size_t)p->n * sizeof *x);
        return again;
    }
    return r;
}

static newton *make_workspace(arena *a, oom_guard *guard)
{
    arena_init(a, &alloc_system, guard);
    if (setjmp(guard->jump))
        abort();
    return newton_new(a, JET_MAX);
}

Test(newton, more_garbow_hillstrom)
{
    json_t *all = load("mgh.json"), *entry;
    if (!all)
        cr_skip_test("no data");
    oom_guard guard;
    arena a;
    newton *w = make_workspace(&a, &guard);
    size_t i;
    json_array_foreach(json_object_get(all, "problems"), i, entry)
    {
        problem p;
        double x0[JET_MAX], x[JET_MAX], f, g[JET_MAX], h[JET_MAX * JET_MAX];
        const char *name = json_string_value(json_object_get(entry, "name"));
        read_problem(entry, json_object_get(all, "data"), &p);
        read_numbers(json_object_get(entry, "x0"), x0);
        sum_of_squares(&p, x0, &f, g, h);
        double expected = json_number_value(json_object_get(entry, "f_x0"));
        cr_assert(fabs(f / expected - 1) < 1e-12, "%s: %.17g at the start", name, f);
        newton_result r = solve(w, &p, x0, x);
        if (getenv("MLEC_SHOW"))
            fprintf(stderr, "%-30s %3d iterations f %.12g status %d\n", name, r.iterations, r.f,
                    r.status);
        cr_expect(known(entry, r.f), "%s: f = %.12g", name, r.f);
    }
    arena_release(&a);
    json_decref(all);
}

/* ---- CUTEst -----------------------------------------------------------------------------------
 */

static bool lookup(void *user, const char *name, size_t n, jet *out)
{
    const problem *p = user;
    int i = n == 2 && name[0] == 'x' ? name[1] - '1' : -1;
    if (i < 0 || i >= p->n)
        return false;
    *out = p->x[i];
    return true;
}

static bool by_formula(void *user, const double *x, double *f, double *g, double *h)
{
    problem *p = user;
    jet at[JET_MAX];
    size_t n = (size_t)p->n;
    jet_n = p->n;
    for (int i = 0; i < p->n; i++)
        at[i] = jet_variable(x[i], i);
    p->x = at;
    jet v = formula_eval(p->formula, lookup, p);
    *f = v.v;
    memcpy(g, v.g, n * sizeof *g);
    for (size_t i = 0; i < n; i++)
        memcpy(h + i * n, v.h[i], n * sizeof *h);
    return isfinite(v.v);
}

Test(newton, cutest)
{
    json_t *all = load("cutest.json"), *entry;
    if (!all)
        cr_skip_test("no data");
    oom_guard guard;
    arena a;
    newton *w = make_workspace(&a, &guard);
    size_t i;
    json_array_foreach(json_object_get(all, "problems"), i, entry)
    {
        const char *name = json_string_value(json_object_get(entry, "name"));
        problem p = {.n = (int)json_integer_value(json_object_get(entry, "n")),
                     .formula = json_string_value(json_object_get(entry, "objective"))};
        double x[JET_MAX], f, g[JET_MAX], h[JET_MAX * JET_MAX];
        read_numbers(json_object_get(entry, "x0"), x);
        by_formula(&p, x, &f, g, h);
        double expected = json_number_value(json_object_get(entry, "f_x0"));
        cr_assert(fabs(f - expected) <= 1e-12 * fabs(expected), "%s: %.17g at the start", name, f);
        newton_objective o = {.n = (size_t)p.n, .eval = by_formula, .user = &p};
        newton_options options = {.max_iterations = 6000, .tolerance = 1e-10, .polish = true};
        newton_result r = newton_run(w, &o, &options, x);
        double best = strtod(json_string_value(json_object_get(entry, "known_min")), NULL);
        if (getenv("MLEC_SHOW"))
            fprintf(stderr, "%-10s %4d iterations f %.12g (%g) status %d\n", name, r.iterations,
                    r.f, best, r.status);
        cr_expect(fabs(r.f - best) < 1e-5 * (1 + fabs(best)), "%s: f = %.12g", name, r.f);
    }
    arena_release(&a);
    json_decref(all);
}
