/* Random graphs: folding keeps values, derivatives are those of differences, equal is one node. */
#include "tests/unit/compiler/graph.h"

enum { N_INPUTS = 3 };

static const op_id plain[] = {OP_ADD, OP_SUB, OP_MUL, OP_DIV};

/* A node as it is written, without any rule. */
static node raw(dag *g, op_id op, node a, node b, node c)
{
    dag_node n = {.op = (uint8_t)op, .arg = {a, b, c}};
    for (int k = 0; k < op_table[op].arity; k++)
        n.flags |= dag_at(g, n.arg[k])->flags & NODE_DEPENDS;
    return dag_intern(g, n);
}

typedef struct {
    graph g;
    uint64_t state;
    node inputs[N_INPUTS];
} maker;

typedef struct {
    node written, folded;
} both;

static both leaf(maker *m, bool constants)
{
    static const double numbers[] = {0, 1, -1, 2, 0.5, -0.5, 3, 4};
    uint32_t r = random_below(&m->state, constants ? 11 : N_INPUTS);
    node n = r < N_INPUTS ? m->inputs[r] : fold_const(&m->g.b.g, numbers[r - N_INPUTS]);
    return (both){n, n};
}

static bool is_constant(const maker *m, both b)
{
    return dag_at(&m->g.b.g, b.written)->op == OP_CONST;
}

static both expression(maker *m, int depth);

static both choice(maker *m, int depth)
{
    dag *g = &m->g.b.g;
    both a = leaf(m, false), b = leaf(m, false), c = leaf(m, false);
    both yes = expression(m, depth - 1), no = expression(m, depth - 1);
    bool zero = random_below(&m->state, 2);
    if (zero)
        no.written = no.folded = fold_const(g, 0);
    node less = raw(g, OP_LT, a.written, b.written, 0);
    node other = raw(g, OP_LE, c.written, b.written, 0);
    node not_other = raw(g, OP_NOT, other, 0, 0), all = raw(g, OP_AND, less, not_other, 0);
    node all_folded = fold_2(g, OP_AND, fold_2(g, OP_LT, a.written, b.written),
                             fold_1(g, OP_NOT, fold_2(g, OP_LE, c.written, b.written)));
    return (both){raw(g, OP_SELECT, all, yes.written, no.written),
                  fold_select(g, all_folded, yes.folded, no.folded)};
}

/* An expression written and folded. No operator has constants alone as written; where x/x makes
 * one, what is made of it is rounded to double. */
static both expression(maker *m, int depth)
{
    static const op_id unary[] = {OP_NEG,  OP_NEG,     OP_EXP,       OP_LOG,       OP_LOG1P,
                                  OP_PHI,  OP_LOG_PHI, OP_INV_LOGIT, OP_LOG1P_EXP, OP_ABS,
                                  OP_SQRT, OP_SIN,     OP_LOG1M_EXP, OP_ATAN};
    static const double exponents[] = {0, 1, 2, 3, -1, -2, 0.5, -0.5, 5, 1.5};
    dag *g = &m->g.b.g;
    if (depth == 0)
        return leaf(m, true);
    uint32_t r = random_below(&m->state, 10);
    if (r < 3) {
        both a = expression(m, depth - 1);
        op_id op = unary[random_below(&m->state, sizeof unary / sizeof *unary)];
        if (is_constant(m, a))
            a = leaf(m, false);
        return (both){raw(g, op, a.written, 0, 0), fold_1(g, op, a.folded)};
    }
    if (r == 3) {
        both a = expression(m, depth - 1);
        node n = fold_const(g, exponents[random_below(&m->state, 10)]);
        if (is_constant(m, a))
            a = leaf(m, false);
        return (both){raw(g, OP_POW, a.written, n, 0), fold_2(g, OP_POW, a.folded, n)};
    }
    if (r == 4)
        return choice(m, depth);
    both a = expression(m, depth - 1), b = expression(m, depth - 1);
    if (is_constant(m, a) && is_constant(m, b))
        b = leaf(m, false);
    op_id op = plain[random_below(&m->state, 4)];
    return (both){raw(g, op, a.written, b.written, 0), fold_2(g, op, a.folded, b.folded)};
}

static void open_maker(maker *m, uint64_t seed)
{
    graph_open(&m->g);
    m->state = 0x9E3779B97F4A7C15ULL + 1234567 * seed;
    for (uint32_t k = 0; k < N_INPUTS; k++)
        m->inputs[k] = graph_input(&m->g, k, k != 1); /* one is data: powers of it fold otherwise */
}

/* All values under `root`: false when one is not finite; *most is the largest. */
static bool evaluate(graph *g, node root, const quad *x, quad *out, quad *most)
{
    uint32_t n = g->b.g.nodes.count;
    quad *values = ARENA_ARRAY(&g->arena, quad, n);
    uint8_t *seen = ARENA_ARRAY(&g->arena, uint8_t, n);
    interp_quad(&g->b.g, &root, 1, x, values, &g->arena);
    dag_mark(&g->b.g, &root, 1, seen);
    *most = 1;
    for (node i = 1; i < n; i++) {
        if (!seen[i])
            continue;
        quad size = QUAD_LIBRARY(fabs)(values[i]);
        if (!(size < 1e15))
            return false;
        *most = size > *most ? size : *most;
        if (size != 0 && 1 / size > *most)
            *most = 1 / size; /* a division by it loses as much */
    }
    *out = values[root];
    return true;
}

Test(random_graphs, folding_keeps_values)
{
    unsigned compared = 0, changed = 0;
    for (uint64_t seed = 1; seed <= 3000; seed++) {
        maker m;
        open_maker(&m, seed);
        both b = expression(&m, 2 + (int)(seed % 4));
        changed += b.written != b.folded;
        quad x[N_INPUTS], want, got, most, other;
        for (int k = 0; k < N_INPUTS; k++)
            x[k] = random_between(&m.state, -2, 3);
        if (evaluate(&m.g, b.written, x, &want, &most) && most < 1e6) {
            bool finite = evaluate(&m.g, b.folded, x, &got, &other);
            cr_expect(finite, "seed %lu: folded it is not finite", (unsigned long)seed);
            cr_expect(!finite || QUAD_LIBRARY(fabs)(got - want) <= 1e-14 * most * most,
                      "seed %lu: folded %.17g, written %.17g", (unsigned long)seed, (double)got,
                      (double)want);
            compared++;
        }
        graph_close(&m.g);
    }
    cr_expect(compared > 1000 && changed > 1000, "%u compared, %u changed", compared, changed);
}

/* Every operator with a derivative, in random company. */
static node any_expression(maker *m, int depth)
{
    dag *g = &m->g.b.g;
    if (depth == 0)
        return leaf(m, true).folded;
    for (;;) {
        op_id op = (op_id)random_below(&m->state, OP_COUNT_);
        op_class class = op_table[op].class;
        if ((class != OP_ARITH && class != OP_MATH) || op == OP_FMA || op == OP_TETRAGAMMA ||
            op == OP_TRIGAMMA || op == OP_DIGAMMA || op == OP_DIGAMMA_RATIO ||
            op == OP_TRIGAMMA_RATIO || op == OP_BESSEL_RATIO_M1 || op == OP_BESSEL_RATIO_SLOPE)
            continue;
        if (op == OP_SELECT)
            return choice(m, depth).folded;
        node a = any_expression(m, depth - 1);
        if (op_table[op].arity == 1)
            return fold_1(g, op, a);
        return fold_2(g, op, a, any_expression(m, depth - 1));
    }
}

static const char *name_input(void *user, uint32_t input)
{
    static const char *const names[] = {"x0", "x1", "x2", "x3", "x4", "x5", "x6", "x7"};
    (void)user;
    return names[input & 7];
}

Test(random_graphs, derivatives)
{
    unsigned compared = 0;
    for (uint64_t seed = 1; seed <= 2500; seed++) {
        maker m;
        open_maker(&m, seed);
        node root = any_expression(&m, 1 + (int)(seed % 3));
        quad x[N_INPUTS], ignored, most;
        for (int k = 0; k < N_INPUTS; k++)
            x[k] = random_between(&m.state, 0.1, 0.9);
        node leaves[2] = {m.inputs[0], m.inputs[2]};
        uint32_t number[2] = {0, 2};
        char why[200] = "";
        if (evaluate(&m.g, root, x, &ignored, &most) && most < 1e4) {
            bool ok = graph_derivatives_hold(&m.g, root, leaves, number, 2, x, N_INPUTS, 1e-11, why,
                                             sizeof why);
            bool infinite = strstr(why, "nan") || strstr(why, "inf"); /* at a pole or a kink */
            buf text;
            buf_init(&text, &m.g.arena);
            if (!ok && !infinite)
                dag_dump(&m.g.b.g, &root, (const char *const[]){"root"}, 1,
                         &(dag_names){NULL, NULL, name_input, NULL}, &text);
            cr_expect(ok || infinite, "seed %lu: %s\n%s", (unsigned long)seed, why,
                      buf_text(&text));
            compared += ok;
        }
        graph_close(&m.g);
    }
    cr_expect(compared > 1200, "%u compared", compared);
}

Test(random_graphs, equal_expressions_are_one_node)
{
    for (uint64_t seed = 1; seed <= 200; seed++) {
        maker m;
        open_maker(&m, seed);
        uint64_t start = m.state;
        both one = expression(&m, 4);
        uint32_t count = m.g.b.g.nodes.count;
        m.state = start;
        both two = expression(&m, 4);
        cr_expect(one.folded == two.folded && one.written == two.written, "seed %lu",
                  (unsigned long)seed);
        cr_expect(m.g.b.g.nodes.count == count, "seed %lu: %u nodes more", (unsigned long)seed,
                  m.g.b.g.nodes.count - count);
        graph_close(&m.g);
    }
    graph g;
    graph_open(&g);
    node x = graph_input(&g, 0, true), y = graph_input(&g, 1, true);
    dag *d = &g.b.g;
    cr_expect(fold_add(d, x, y) == fold_add(d, y, x));
    cr_expect(fold_mul(d, x, y) == fold_mul(d, y, x));
    cr_expect(fold_sub(d, x, y) != fold_sub(d, y, x));
    cr_expect(fold_neg(d, fold_sub(d, x, y)) == fold_sub(d, y, x));
    cr_expect(fold_const(d, 0.0) != fold_const(d, 1.0));
    cr_expect(fold_const(d, NAN) == fold_const(d, -NAN), "NaN is one constant");
    graph_close(&g);
}

/* Operands stand before their users, whatever order they were made in. */
Test(random_graphs, topological_order)
{
    maker m;
    open_maker(&m, 7);
    for (int i = 0; i < 50; i++)
        expression(&m, 4);
    for (node n = 1; n < m.g.b.g.nodes.count; n++)
        for (int k = 0; k < op_table[dag_at(&m.g.b.g, n)->op].arity; k++)
            cr_expect(dag_at(&m.g.b.g, n)->arg[k] < n && dag_at(&m.g.b.g, n)->arg[k] > 0, "node %u",
                      n);
    graph_close(&m.g);
}

/* Text of an expression of p and q that has no value for p <= 0; `open`: outside every branch that
 * asks for p > 0, where it has one. */
static void partial_text(uint64_t *state, int depth, bool open, buf *out)
{
    static const char *const guards[] = {"p > 0", "p > 0.1", "p > 0 and q > 0", "p > 0 and q > 5",
                                         "not (p <= 0)"};
    static const char *const conditions[] = {"q > 0", "q > 5", "p*q < 1", "p > 0.2"};
    static const char *const regular[] = {"q", "p", "2", "exp(q)", "p*q", "q^2"};
    static const char *const singular[] = {"log(p)",   "1/p",       "sqrt(p)",     "p^0.3",
                                           "q/p",      "log(p*q)",  "log(p)*q",    "1/p^2",
                                           "p*log(p)", "lgamma(p)", "log1p(-1+p)", "q^2*log(p)"};
    uint32_t kind = random_below(state, 6);
    if (depth == 0) {
        bool finite = open || random_below(state, 3) == 0;
        buf_puts(out, finite ? regular[random_below(state, 6)] : singular[random_below(state, 12)]);
    } else if (kind < 3) {
        static const char *const signs[] = {" + ", " - ", "*"};
        buf_putc(out, '(');
        partial_text(state, depth - 1, open, out);
        buf_puts(out, signs[kind]);
        partial_text(state, depth - 1, open, out);
        buf_putc(out, ')');
    } else {
        bool guarded = open && random_below(state, 4);
        buf_printf(out, "ifelse(%s, ",
                   guarded ? guards[random_below(state, 5)] : conditions[random_below(state, 4)]);
        partial_text(state, depth - 1, open && !guarded, out);
        buf_puts(out, ", ");
        if (random_below(state, 2))
            buf_puts(out, "0");
        else
            partial_text(state, depth - 1, open, out);
        buf_putc(out, ')');
    }
}

/* An expression is finite at a point, and so are its derivatives. */
static void expect_lazy(const char *text, double p, double q)
{
    graph g;
    graph_open(&g);
    const char *names[2] = {"p", "q"};
    node leaves[2] = {graph_input(&g, 0, true), graph_input(&g, 1, true)};
    value values[2] = {value_number(&g.b, leaves[0], false), value_number(&g.b, leaves[1], false)};
    node root = graph_parse(&g, names, values, 2, text), gradient[2], second[4];
    cr_assert(root, "%s: %s", text, graph_messages(&g));
    cr_assert(grad_reverse(&g.b, root, leaves, 2, gradient));
    cr_assert(grad_second(&g.b, gradient, leaves, 2, second));
    double x[2] = {p, q};
    cr_expect(isfinite(graph_double(&g, root, x)), "%s at %g", text, p);
    for (int k = 0; k < 2; k++)
        cr_expect(isfinite(graph_double(&g, gradient[k], x)), "%s at %g: gradient %d", text, p, k);
    for (int k = 0; k < 4; k++)
        cr_expect(k == 2 || isfinite(graph_double(&g, second[k], x)), "%s at %g: second %d", text,
                  p, k);
    graph_close(&g);
}

/* Branches that are not taken stay out of values and of derivatives, whatever they hold. */
Test(random_graphs, lazy_branches)
{
    static const char *const texts[] = {
        "ifelse(p > 0, p*log(p), p)",
        "ifelse(p > 0, sqrt(p), 0)*q + ifelse(p > 0, log(p), 0)*q^2",
        "(ifelse(p > 0, 1/p, 0) + ifelse(p > 0, log(p), 0))*3*q",
        "ifelse(p == 0, 1, log1p(p)/p)",
        "q*ifelse(abs(p) < 1, 1 - p*(1/2 - p/3), log1p(p)/p)^2",
        "2*ifelse(p > 0, p^0.3, q) - ifelse(p > 0, sqrt(p)*q, q)",
        "ifelse(p > 0, log(p)*q, 0) + ifelse(p > 0.1, log(p), 0)",
        "ifelse(p > 0, log(p)*q, 0) - ifelse(p > 0.1, q/log(p), 0) + ifelse(p > 1, log(p)^2, q)",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        expect_lazy(texts[i], 0, 0.7);
        expect_lazy(texts[i], -0.5, 0.7);
    }
    uint64_t state = 31415926;
    for (int n = 0; n < 3000; n++) {
        arena a;
        oom_guard guard;
        cr_assert(!setjmp(guard.jump), "out of memory");
        arena_init(&a, &alloc_system, &guard);
        buf text;
        buf_init(&text, &a);
        partial_text(&state, 1 + n % 5, true, &text);
        expect_lazy(buf_text(&text), n % 2 ? -0.5 : 0, 0.7);
        arena_release(&a);
    }
}
