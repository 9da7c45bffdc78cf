/* Graphs in a test: expressions of the language over INPUT leaves, evaluated in double and quad. */
#ifndef TESTS_UNIT_COMPILER_GRAPH_H
#define TESTS_UNIT_COMPILER_GRAPH_H

#include "compiler/fold/interp.h"
#include "compiler/fold/rules.h"
#include "compiler/grad/grad.h"
#include "grammar/parse.h"
#include "runtime/calc/quad.h"

#include <criterion/criterion.h>
#include <math.h>

#include <stdio.h>
#include <string.h>

#if LDBL_MANT_DIG != 113
#include <quadmath.h>
#endif

typedef struct {
    oom_guard guard;
    arena arena, scratch; /* scratch: of one evaluation */
    intern_table names;
    diag_list diags;
    ast_context context;
    mlec_options options;
    model m;
    build b;
} graph;

static inline void graph_open(graph *g)
{
    *g = (graph){0};
    cr_assert(!setjmp(g->guard.jump), "out of memory");
    arena_init(&g->arena, &alloc_system, &g->guard);
    arena_init(&g->scratch, &alloc_system, &g->guard);
    intern_init(&g->names, &g->arena);
    diag_init(&g->diags, &g->arena);
    g->context = (ast_context){&g->arena, &g->names, &g->diags};
    mlec_options_init(&g->options);
    g->m = (model){.arena = &g->arena, .context = &g->context, .options = &g->options};
    g->b = (build){.arena = &g->arena, .diags = &g->diags, .m = &g->m};
    dag_init(&g->b.g, &g->arena);
}

static inline void graph_close(graph *g)
{
    arena_release(&g->scratch);
    arena_release(&g->arena);
}

static inline const char *graph_messages(graph *g)
{
    buf out;
    buf_init(&out, &g->arena);
    for (const diag *d = g->diags.first; d; d = d->next)
        diag_render(&g->diags, d, &out);
    return buf_text(&out);
}

/* An INPUT leaf: a parameter (derivatives are taken) or data. */
static inline node graph_input(graph *g, uint32_t number, bool parameter)
{
    return fold_leaf(&g->b.g, OP_INPUT, number, 0, AXIS_ONE, parameter ? NODE_PARAM : NODE_DATA);
}

/* An expression with `n` names bound to `values`; 0 after a report. */
static inline node graph_value(graph *g, const char **names, value *values, uint32_t n, expr *e)
{
    for (uint32_t i = 0; i < n; i++)
        names[i] = intern_str(&g->names, names[i]);
    scope s = {names, values, n, true, NO_SPAN};
    value v = build_expr(&g->b, &s, e);
    return v.kind == VALUE_NUMBER ? v.n : 0;
}

/* The same from text. */
static inline node graph_parse(graph *g, const char **names, value *values, uint32_t n,
                               const char *text)
{
    uint32_t file = diag_add_source(&g->diags, "expression", text, strlen(text));
    expr *e = parse_expression(&g->context, file);
    return e ? graph_value(g, names, values, n, e) : 0;
}

static inline void graph_tidy(graph *g)
{
    if (g->scratch.total > 1000000)
        arena_release(&g->scratch);
}

static inline double graph_double(graph *g, node n, const double *inputs)
{
    graph_tidy(g);
    double *values = ARENA_ARRAY(&g->scratch, double, g->b.g.nodes.count);
    interp_double(&g->b.g, &n, 1, inputs, values, &g->scratch);
    return values[n];
}

static inline quad graph_quad(graph *g, node n, const quad *inputs)
{
    graph_tidy(g);
    quad *values = ARENA_ARRAY(&g->scratch, quad, g->b.g.nodes.count);
    interp_quad(&g->b.g, &n, 1, inputs, values, &g->scratch);
    return values[n];
}

/* d n / d inputs[k] by a difference of order 6 in quad precision; *h is the relative step, and then
 * the step. */
static inline quad graph_slope(graph *g, node n, const quad *inputs, uint32_t n_inputs, uint32_t k,
                               quad *h)
{
    quad x[16];
    cr_assert(n_inputs <= 16);
    memcpy(x, inputs, n_inputs * sizeof *x);
    if (x[k] != 0)
        *h *= QUAD_LIBRARY(fabs)(x[k]);
    quad sum = 0;
    static const int weights[] = {0, 45, -9, 1};
    for (int i = 1; i <= 3; i++) {
        x[k] = inputs[k] + i * *h;
        quad up = graph_quad(g, n, x);
        x[k] = inputs[k] - i * *h;
        sum += weights[i] * (up - graph_quad(g, n, x));
    }
    return sum / (60 * *h);
}

/* Symbolic gradient and second derivatives of `root` with respect to the INPUT leaves inputs[] at
 * x[], against quad differences. False, with the first disagreement in `why`. */
static inline bool graph_derivatives_hold(graph *g, node root, const node *leaves,
                                          const uint32_t *number, uint32_t n, const quad *x,
                                          uint32_t n_inputs, double tolerance, char *why,
                                          size_t size)
{
    node gradient[16], second[256];
    if (!grad_reverse(&g->b, root, leaves, n, gradient) ||
        !grad_second(&g->b, gradient, leaves, n, second)) {
        snprintf(why, size, "no derivative: %s", graph_messages(g));
        return false;
    }
    for (uint32_t a = 0; a < n; a++)
        for (uint32_t c = a; c <= n; c++) {
            node of = c == n ? root : gradient[a], is = c == n ? gradient[a] : second[a * n + c];
            uint32_t by = c == n ? number[a] : number[c];
            quad h = 1e-7, got = graph_quad(g, is, x),
                 want = graph_slope(g, of, x, n_inputs, by, &h);
            quad size_of = QUAD_LIBRARY(fmax)(QUAD_LIBRARY(fabs)(graph_quad(g, of, x)), 100);
            quad allowed = tolerance * (QUAD_LIBRARY(fabs)(want) + 1e-18) + 1e-29 * size_of / h;
            if (QUAD_LIBRARY(fabs)(got - want) <= allowed)
                continue;
            snprintf(why, size, "derivative %u,%d: symbolic %.17g, difference %.17g", a,
                     c == n ? -1 : (int)c, (double)got, (double)want);
            return false;
        }
    return true;
}

static inline uint64_t mix_bits(uint64_t h, uint64_t k)
{
    h = (h ^ k) * 0x9E3779B97F4A7C15ULL;
    return h ^ h >> 29;
}

static inline uint64_t mix_pair(uint64_t h, uint64_t a, uint64_t b, bool sorted)
{
    return sorted && b < a ? mix_bits(mix_bits(h, b), a) : mix_bits(mix_bits(h, a), b);
}

/* A number that two graphs share when they are the same but for the order of operands that commute,
 * and for which of two is named first in the lesser or the greater of them. */
static inline uint64_t graph_shape(graph *g, node root)
{
    uint64_t *h = ARENA_ARRAY(&g->arena, uint64_t, root + 1);
    for (node i = 1; i <= root; i++) {
        const dag_node *d = dag_at(&g->b.g, i), *c = dag_at(&g->b.g, d->arg[0]);
        uint64_t own = mix_bits(1, d->op);
        if (op_table[d->op].arity == 0) {
            uint64_t bits;
            memcpy(&bits, &d->value, sizeof bits);
            h[i] = mix_bits(own, bits);
            continue;
        }
        bool least = d->op == OP_SELECT && c->op == OP_LT && c->arg[0] == d->arg[1] &&
                     c->arg[1] == d->arg[2];
        bool most = d->op == OP_SELECT && c->op == OP_LT && c->arg[1] == d->arg[1] &&
                    c->arg[0] == d->arg[2];
        h[i] =
            least || most
                ? mix_pair(mix_bits(own, most), h[d->arg[1]], h[d->arg[2]], true)
                : mix_bits(mix_pair(own, h[d->arg[0]], h[d->arg[1]], rule_commutes((op_id)d->op)),
                           h[d->arg[2]]);
    }
    return h[root];
}

/* A reproducible random stream (xorshift64*). */
static inline uint64_t random_bits(uint64_t *state)
{
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return *state * 0x2545F4914F6CDD1DULL;
}

static inline uint32_t random_below(uint64_t *state, uint32_t n)
{
    return (uint32_t)((random_bits(state) >> 33) % n);
}

static inline double random_between(uint64_t *state, double low, double high)
{
    return low + (high - low) * (double)(random_bits(state) >> 11) * 0x1p-53;
}

#endif
