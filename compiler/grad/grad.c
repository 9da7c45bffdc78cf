#include "compiler/grad/grad.h"

#include <string.h>

static node no_partial(build *b, op_id op, int k)
{
    diag_report(b->diags, DIAG_MACHINE_CODE, NO_SPAN,
                "the library has no derivative of `%s` in its argument %d; it cannot depend on "
                "parameters there",
                op_table[op].name, k + 1);
    return 0;
}

/* The same for a number of a jet: value, then first derivatives, then second ones by rows. */
static node jet_partial(build *b, op_id op, const node *args, int k)
{
    int n = op_table[op].arity, number = op_table[op].number, first = (int)op - number;
    if (number > n)
        return no_partial(b, op, k);
    int i = number - 1 < k ? number - 1 : k, j = number - 1 < k ? k : number - 1;
    int derivative = number == 0 ? 1 + k : 1 + n + i * n - i * (i + 1) / 2 + j;
    return fold_operator(&b->g, (op_id)(first + derivative), args);
}

/* d op(args) / d args[k], from the library's `partial` clause. 0 after a report. */
static node library_partial(build *b, op_id op, const node *args, int k)
{
    const char *name = intern_str(b->m->context->names, op_table[op].name);
    stmt *f = library_find(b->m, name, false);
    const clause *c = NULL;
    if (f && (uint32_t)k < f->n_formals)
        c = find_clause(f, "partial", f->formals[k].name);
    if (!c)
        return no_partial(b, op, k);
    value *values = ARENA_ARRAY(b->arena, value, f->n_formals);
    const char **names = ARENA_ARRAY(b->arena, const char *, f->n_formals);
    for (uint32_t i = 0; i < f->n_formals; i++) {
        names[i] = f->formals[i].name;
        values[i] = value_number(b, args[i], false);
    }
    scope s = {names, values, f->n_formals, true, NO_SPAN};
    value v = build_expr(b, &s, c->value);
    return v.kind == VALUE_NUMBER ? v.n : 0;
}

static void add_to(dag *g, node *adjoint, node n, node w)
{
    if (!(dag_at(g, n)->flags & NODE_PARAM))
        return;
    adjoint[n] = adjoint[n] ? fold_add_lazy(g, adjoint[n], w) : w;
}

/* Passes the adjoint `w` of node `i` on to its operands. */
static bool pass_down(build *b, node i, node w, node *adjoint)
{
    dag *g = &b->g;
    dag_node d = *dag_at(g, i);
    node x = d.arg[0], y = d.arg[1], zero = fold_const(g, 0), one = fold_const(g, 1);
    switch ((op_id)d.op) {
    case OP_ADD:
        add_to(g, adjoint, x, w);
        add_to(g, adjoint, y, w);
        return true;
    case OP_SUB:
        add_to(g, adjoint, x, w);
        add_to(g, adjoint, y, fold_neg(g, w));
        return true;
    case OP_MUL:
        add_to(g, adjoint, x, fold_mul(g, w, y));
        add_to(g, adjoint, y, fold_mul(g, w, x));
        return true;
    case OP_DIV:
        add_to(g, adjoint, x, fold_div(g, w, y));
        add_to(g, adjoint, y, fold_neg(g, fold_div(g, fold_mul(g, w, i), y)));
        return true;
    case OP_NEG: add_to(g, adjoint, x, fold_neg(g, w)); return true;
    case OP_SQRT:
        add_to(g, adjoint, x, fold_mul(g, w, fold_div(g, fold_const(g, 0.5), i)));
        return true;
    case OP_POW:
        if (dag_at(g, x)->flags & NODE_PARAM)
            add_to(g, adjoint, x,
                   fold_mul(g, w, fold_mul(g, y, fold_2(g, OP_POW, x, fold_sub(g, y, one)))));
        if (dag_at(g, y)->flags & NODE_PARAM) /* 0^y is 0: so is its derivative */
            add_to(g, adjoint, y,
                   fold_mul(g, w,
                            fold_select(g, fold_2(g, OP_EQ, x, zero), zero,
                                        fold_mul(g, i, fold_1(g, OP_LOG, x)))));
        return true;
    case OP_ABS: add_to(g, adjoint, x, fold_mul(g, w, fold_1(g, OP_SIGN, x))); return true;
    case OP_SELECT:
        add_to(g, adjoint, y, fold_select(g, x, w, zero));
        add_to(g, adjoint, d.arg[2], fold_select(g, x, zero, w));
        return true;
    default: break;
    }
    op_class class = op_table[d.op].class;
    if (class != OP_MATH && class != OP_JET)
        return true; /* piecewise constant, or a leaf */
    for (int k = 0; k < op_table[d.op].arity; k++) {
        if (!(dag_at(g, d.arg[k])->flags & NODE_PARAM))
            continue;
        node p = class == OP_JET ? jet_partial(b, (op_id)d.op, d.arg, k)
                                 : library_partial(b, (op_id)d.op, d.arg, k);
        if (!p)
            return false;
        add_to(g, adjoint, d.arg[k], fold_mul(g, w, p));
    }
    return true;
}

bool grad_reverse(build *b, node root, const node *inputs, uint32_t n, node *out)
{
    dag *g = &b->g;
    /* Nodes made on the way are younger than the root, so the sweep never meets them. */
    node *adjoint = ARENA_ARRAY(b->arena, node, root + 1);
    uint8_t *seen = ARENA_ARRAY(b->arena, uint8_t, g->nodes.count);
    dag_mark(g, &root, 1, seen);
    adjoint[root] = fold_const(g, 1);
    for (node i = root; i > 0; i--)
        if (seen[i] && adjoint[i] && !pass_down(b, i, adjoint[i], adjoint))
            return false;
    for (uint32_t k = 0; k < n; k++)
        out[k] = inputs[k] <= root && adjoint[inputs[k]] ? adjoint[inputs[k]] : fold_const(g, 0);
    return true;
}

bool grad_second(build *b, const node *gradient, const node *inputs, uint32_t n, node *second)
{
    node *row = ARENA_ARRAY(b->arena, node, n + 1);
    for (uint32_t a = 0; a < n; a++) {
        if (!grad_reverse(b, gradient[a], inputs, n, row))
            return false;
        for (uint32_t c = a; c < n; c++)
            second[a * n + c] = row[c];
    }
    return true;
}
