#include "runtime/algebra/edges.h"

#include "runtime/algebra/dense.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>

enum { MOST = 6, EDGES = 12, PROGRAMS = 600, TRIALS = 400 };

static unsigned long long seed;

static double uniform(void)
{
    seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
    return (double)(seed >> 11) / 4503599627370496.0 - 1;
}

static int whole(int n) { return (int)((uniform() + 1) / 2 * n); }

/* What the kinds of programs have in common with fits. */
typedef enum { MIXED, VERTICES, SINGLE, DEGENERATE, KINDS } program_kind;

static edge_program *make(arena *a, program_kind kind)
{
    size_t n = 1 + (size_t)whole(MOST), m = (size_t)whole(EDGES);
    edge_program *p = edge_program_new(a, n, m);
    uint32_t *index = ARENA_ARRAY(a, uint32_t, n * m + 1), at = 0;
    double *coefficient = ARENA_ARRAY(a, double, n *m + 1), root[MOST * MOST];
    for (size_t i = 0; i < n * n; i++)
        root[i] = kind == VERTICES ? 0 : uniform();
    for (size_t i = 0; i < n; i++) {
        p->g[i] = (kind == VERTICES ? 0.3 : 3) * uniform();
        for (size_t j = 0; j < n; j++)
            p->m[i + j * n] = dense_dot(n, root + i * n, root + j * n);
        p->m[i * (n + 1)] += kind == VERTICES ? 1e-3 : 0.1;
    }
    for (size_t e = 0; e < m; e++) {
        edge *q = &p->edges[e];
        bool single = kind == SINGLE || whole(3) == 0;
        *q = (edge){.kind = whole(4) ? EDGE_KINK : EDGE_BOUND,
                    .weight = 0.2 + fabs(uniform()),
                    .first = at,
                    .count = single ? 1 : (uint32_t)n}; /* terms that are 0 are left out */
        for (uint32_t j = 0; j < q->count; j++) {
            int sign = j == 0 ? 1 + whole(2) : whole(3) - 1;
            index[at] = single ? (uint32_t)whole((int)n) : j;
            coefficient[at] = kind == DEGENERATE ? sign : uniform();
            at += coefficient[at] != 0;
        }
        q->count = at - q->first;
        q->value = kind == DEGENERATE ? whole(3) - 1 : whole(3) ? uniform() : 0;
        if (q->kind == EDGE_BOUND)
            q->value = fabs(q->value);
        q->held = q->value == 0 && whole(2);
    }
    p->index = index;
    p->coefficient = coefficient;
    return p;
}

/* The decrease at d; -inf outside the bounds. */
static double decrease(const edge_program *p, const double *d)
{
    double sum = 0;
    for (size_t i = 0; i < p->n; i++)
        sum -= d[i] * (p->g[i] + 0.5 * dense_dot(p->n, p->m + i * p->n, d));
    for (size_t e = 0; e < p->n_edges; e++) {
        const edge *q = &p->edges[e];
        double u = q->value + edge_along(p, q, d);
        if (q->kind == EDGE_KINK)
            sum += q->weight * (fabs(q->value) - fabs(u));
        else if (u < -1e-10)
            return -INFINITY;
    }
    return sum;
}

static void check(const edge_program *p, program_kind kind, int number)
{
    double d[MOST], norm = dense_norm2(p->n, p->step);
    cr_expect(fabs(decrease(p, p->step) - p->decrease) <= 1e-9 * (1 + p->decrease),
              "kind %d, program %d: the decrease is %g, not %g", kind, number, decrease(p, p->step),
              p->decrease);
    for (size_t e = 0; e < p->n_edges; e++) {
        const edge *q = &p->edges[e];
        double u = q->value + edge_along(p, q, p->step);
        cr_expect(!q->held || fabs(u) <= 1e-11 * (1 + norm), "kind %d, program %d: held at %g",
                  kind, number, u);
        cr_expect(!q->held || q->kind != EDGE_KINK || fabs(q->force) <= q->weight * (1 + 1e-8),
                  "kind %d, program %d: a force of %g on a kink of %g", kind, number, q->force,
                  q->weight);
    }
    for (int k = 0; k < TRIALS; k++) {
        double size = pow(10, -whole(6));
        for (size_t i = 0; i < p->n; i++)
            d[i] = p->step[i] + size * uniform();
        cr_expect(decrease(p, d) <= p->decrease + 1e-11 * (1 + p->decrease),
                  "kind %d, program %d: %.17g is beaten by %.17g", kind, number, p->decrease,
                  decrease(p, d));
    }
}

/* No point nearby is better, and none further away: the programs are convex. */
Test(edges, random_programs)
{
    for (int number = 0; number < PROGRAMS; number++) {
        program_kind kind = (program_kind)(number % KINDS);
        oom_guard guard;
        arena a;
        arena_init(&a, &alloc_system, &guard);
        if (setjmp(guard.jump))
            abort();
        seed = (unsigned long long)number * 977 + 1;
        edge_program *p = make(&a, kind);
        bool solved = edge_program_solve(p);
        cr_expect(solved, "kind %d, program %d: no solution", kind, number);
        if (solved)
            check(p, kind, number);
        arena_release(&a);
    }
}

/* min (d - 2)^2 / 2 + |1 + d|: the kink is left behind; with weight 4 it holds d at -1. */
Test(edges, one_unknown)
{
    oom_guard guard;
    arena a;
    arena_init(&a, &alloc_system, &guard);
    if (setjmp(guard.jump))
        abort();
    static const uint32_t index[] = {0};
    static const double one[] = {1};
    edge_program *p = edge_program_new(&a, 1, 1);
    p->index = index;
    p->coefficient = one;
    p->m[0] = 1;
    p->g[0] = -2;
    p->edges[0] = (edge){.kind = EDGE_KINK, .value = 1, .weight = 1, .count = 1};
    cr_expect(edge_program_solve(p));
    cr_expect(fabs(p->step[0] - 1) < 1e-15, "%g", p->step[0]);
    p->edges[0] = (edge){.kind = EDGE_KINK, .value = 1, .weight = 4, .count = 1};
    cr_expect(edge_program_solve(p));
    cr_expect(fabs(p->step[0] + 1) < 1e-15 && p->edges[0].held, "%g", p->step[0]);
    cr_expect(fabs(p->edges[0].force + 3) < 1e-14, "%g", p->edges[0].force);
    p->edges[0] = (edge){.kind = EDGE_BOUND, .value = 1, .count = 1};
    p->g[0] = 2;
    cr_expect(edge_program_solve(p));
    cr_expect(p->edges[0].held && fabs(p->edges[0].force - 1) < 1e-14, "%g", p->edges[0].force);
    arena_release(&a);
}
