/* Kinks: where a term bends although it is continuous.
 *
 * Two things make them. An abs(u) that the term depends on; and a choice that a comparison p < q
 * makes, by ifelse, min, max or as the number 0 or 1, where both sides agree at u = p - q = 0 but
 * their slopes do not. Both are told by one number, w = dF/d|u|: the slope of F along u jumps by 2w
 * from the negative side to the positive one. For abs(u) it is the adjoint of that node. For
 * a choice, let G be F on the positive side less F on the negative one, to first order: G = 2 w u.
 *
 * Only a u that is affine in the parameters counts. The optimizer keeps such a u at exactly 0 where
 * the maximum is there; elsewhere it sees the derivatives of the branch taken, as always. w is that
 * of the place where u is 0, not of the point at hand. A choice
 * whose slopes agree (Huber's loss) has G of second order in u, and is no kink. */
#include "compiler/kernel/kernel.h"

#include "compiler/grad/grad.h"

typedef struct {
    kernel *k;
    const node *inputs;
    const bool *allowed;
    uint32_t n;
    VEC(node) outputs;
    VEC(double) slopes;
} kink_finder;

/* du/d input as numbers, when u is affine in the allowed inputs alone. */
static bool constant_slopes(kink_finder *f, node u, double *slopes)
{
    dag *g = &f->k->b->g;
    node *d = ARENA_ARRAY(f->k->arena, node, f->n + 1);
    bool any = false;
    if (!grad_reverse(f->k->b, u, f->inputs, f->n, d))
        return false;
    for (uint32_t i = 0; i < f->n; i++) {
        if (!fold_is_const(g, d[i], &slopes[i]) || (slopes[i] != 0 && !f->allowed[i]))
            return false;
        any = any || slopes[i] != 0;
    }
    return any;
}

static bool is_zero(const dag *g, node n)
{
    double c;
    return fold_is_const(g, n, &c) && c == 0;
}

/* `n` with `from` replaced. */
static node replace(dag *g, node n, node from, node to, node *memo)
{
    if (n == from)
        return to;
    if (memo[n])
        return memo[n];
    dag_node d = *dag_at(g, n);
    node args[3] = {0, 0, 0};
    for (int i = 0; i < op_table[d.op].arity; i++)
        args[i] = replace(g, d.arg[i], from, to, memo);
    return memo[n] = op_table[d.op].arity ? fold_like(g, n, args) : n;
}

/* w where u is 0, wherever the row is now: Huber's loss has an abs(u), but not near 0. */
static node at_kink(kink_finder *f, node w, node u, const double *slopes)
{
    dag *g = &f->k->b->g;
    uint32_t k = 0;
    while (slopes[k] == 0)
        k++;
    node move = fold_div(g, u, fold_const(g, slopes[k]));
    node *memo = ARENA_ARRAY(f->k->arena, node, w + 1);
    return replace(g, w, f->inputs[k], fold_sub(g, f->inputs[k], move), memo);
}

static void add(kink_finder *f, node u, node w, node side, const double *slopes)
{
    w = at_kink(f, w, u, slopes);
    if (is_zero(&f->k->b->g, w))
        return;
    VEC_PUSH(f->k->arena, f->outputs, u);
    VEC_PUSH(f->k->arena, f->outputs, w);
    VEC_PUSH(f->k->arena, f->outputs, side);
    for (uint32_t i = 0; i < f->n; i++)
        VEC_PUSH(f->k->arena, f->slopes, slopes[i]);
}

/* w from G, where G is 2 w u with a w that does not depend on u itself; else 0. */
static node weight_of_jump(kink_finder *f, node jump, node u, const double *slopes)
{
    build *b = f->k->b;
    dag *g = &b->g;
    node *d = ARENA_ARRAY(f->k->arena, node, f->n + 1);
    uint32_t k = 0;
    while (slopes[k] == 0)
        k++;
    if (!grad_reverse(b, jump, f->inputs, f->n, d) || is_zero(g, d[k]))
        return 0;
    node ratio = fold_div(g, d[k], fold_const(g, slopes[k]));
    if (!grad_reverse(b, ratio, f->inputs, f->n, d))
        return 0;
    for (uint32_t i = 0; i < f->n; i++)
        if (slopes[i] != 0 && !is_zero(g, d[i]))
            return 0;
    /* A jump of F itself is no kink: that can only be seen by number. */
    node line = fold_mul(g, ratio, u), gap = fold_1(g, OP_ABS, fold_sub(g, jump, line));
    node room = fold_mul(g, fold_const(g, 1e-9),
                         fold_add(g, fold_1(g, OP_ABS, jump), fold_1(g, OP_ABS, line)));
    return fold_select(g, fold_2(g, OP_LE, gap, room), fold_mul(g, fold_const(g, 0.5), ratio),
                       fold_const(g, 0));
}

/* F on the side where the comparison fails (u > 0) less F where it holds, to first order. */
static node jump_at(kink_finder *f, node comparison, const uint8_t *seen, const node *adjoint,
                    uint32_t n)
{
    dag *g = &f->k->b->g;
    node sum = adjoint[comparison];
    for (node i = 1; i < n; i++) {
        dag_node d = *dag_at(g, i);
        if (seen[i] && d.op == OP_SELECT && d.arg[0] == comparison)
            sum = fold_add(g, sum, fold_mul(g, adjoint[i], fold_sub(g, d.arg[1], d.arg[2])));
    }
    return fold_neg(g, sum);
}

kernel_kinks kernel_find_kinks(kernel *k, node root, const node *inputs, const bool *allowed,
                               uint32_t n)
{
    dag *g = &k->b->g;
    kink_finder f = {.k = k, .inputs = inputs, .allowed = allowed, .n = n};
    uint32_t n_nodes = root + 1;
    uint8_t *seen = ARENA_ARRAY(k->arena, uint8_t, g->nodes.count);
    dag_mark(g, &root, 1, seen);
    bool any = false;
    for (node i = 1; i < n_nodes; i++) {
        const dag_node *d = dag_at(g, i);
        any = any || (seen[i] && (d->flags & NODE_PARAM) &&
                      (d->op == OP_ABS || d->op == OP_LT || d->op == OP_LE));
    }
    if (!any)
        return (kernel_kinks){0};
    node *all = ARENA_ARRAY(k->arena, node, n_nodes);
    node *adjoint = ARENA_ARRAY(k->arena, node, n_nodes);
    double *slopes = ARENA_ARRAY(k->arena, double, n + 1);
    for (node i = 0; i < n_nodes; i++)
        all[i] = i;
    if (!grad_reverse(k->b, root, all, n_nodes, adjoint))
        return (kernel_kinks){0};
    for (node i = 1; i < n_nodes; i++) {
        dag_node d = *dag_at(g, i);
        bool comparison = d.op == OP_LT || d.op == OP_LE;
        if (!seen[i] || !(d.flags & NODE_PARAM) || (!comparison && d.op != OP_ABS))
            continue;
        node u = comparison ? fold_sub(g, d.arg[0], d.arg[1]) : d.arg[0];
        if (!constant_slopes(&f, u, slopes))
            continue;
        node w = adjoint[i], side;
        if (comparison) {
            node jump = jump_at(&f, i, seen, adjoint, n_nodes);
            w = is_zero(g, jump) ? 0 : weight_of_jump(&f, jump, u, slopes);
            side = fold_select(g, i, fold_const(g, -1), fold_const(g, 1));
        } else {
            side = fold_1(g, OP_SIGN, u);
        }
        if (w && !is_zero(g, w))
            add(&f, u, w, side, slopes);
    }
    return (kernel_kinks){f.outputs.count / 3, f.outputs.data, f.slopes.data};
}
