#include "compiler/dag/dag.h"

#include <string.h>

static void print_index(const dag *g, const mlec_index *ix, const dag_names *names, buf *out)
{
    (void)g;
    switch (ix->kind) {
    case MLEC_INDEX_CONST: buf_printf(out, "%u", ix->value + 1); break;
    case MLEC_INDEX_SAME: buf_putc(out, '.'); break;
    case MLEC_INDEX_CODE: buf_puts(out, names->column(names->user, ix->value)); break;
    case MLEC_INDEX_LEVEL: buf_printf(out, "\"%s\"", ix->text); break;
    }
}

void dag_print_leaf(const dag *g, node n, const dag_names *names, buf *out)
{
    const dag_node *d = dag_at(g, n);
    switch ((op_id)d->op) {
    case OP_CONST: buf_double(out, d->value); break;
    case OP_COLUMN: buf_puts(out, names->column(names->user, d->x)); break;
    case OP_CODE: buf_printf(out, "code(%s)", names->column(names->user, d->x)); break;
    case OP_INDICATOR:
        buf_printf(out, "%s == \"%s\"", names->column(names->user, d->x), g->texts.data[d->y]);
        break;
    case OP_MISSING: buf_printf(out, "missing(%s)", names->column(names->user, d->x)); break;
    case OP_ROW: buf_puts(out, "row()"); break;
    case OP_LAST:
        buf_printf(out, "is_last(%s)", d->x ? names->column(names->user, d->x - 1) : "");
        break;
    case OP_COUNT: buf_puts(out, "nrow()"); break;
    case OP_SIZE: buf_printf(out, "size(axis %u)", d->x); break;
    case OP_INPUT: buf_puts(out, names->input(names->user, d->x)); break;
    case OP_LAGGED: buf_printf(out, "lag(%s, %u)", g->states.data[d->x].name, d->y); break;
    case OP_SCAN: buf_puts(out, g->states.data[d->x].name); break;
    case OP_DOT:
        buf_printf(out, "dot(x, %s)", names->param(names->user, g->dots.data[d->x].param));
        break;
    case OP_DESIGN:
        buf_printf(out, "design %u", g->designs.data[d->x].formula);
        if (d->y)
            buf_printf(out, ", %u rows before", d->y);
        break;
    case OP_UNKNOWN: {
        const dag_reference *r = &g->references.data[d->x];
        buf_puts(out, r->lag ? "lag(" : "");
        buf_puts(out, names->param(names->user, r->param));
        bool outer = r->index[0].kind != MLEC_INDEX_CONST || r->index[0].value;
        if (!r->scalar) {
            buf_putc(out, '[');
            if (outer) {
                print_index(g, &r->index[0], names, out);
                buf_puts(out, ", ");
            }
            print_index(g, &r->index[1], names, out);
            buf_putc(out, ']');
        }
        if (r->lag)
            buf_printf(out, ", %u)", r->lag);
        break;
    }
    default: buf_puts(out, op_table[d->op].name);
    }
}

void dag_dump(const dag *g, const node *roots, const char *const *labels, uint32_t n,
              const dag_names *names, buf *out)
{
    uint8_t *seen = ARENA_ARRAY(out->arena, uint8_t, g->nodes.count);
    dag_mark(g, roots, n, seen);
    uint32_t *number = ARENA_ARRAY(out->arena, uint32_t, g->nodes.count), next = 1;
    for (node i = 1; i < g->nodes.count; i++) {
        if (!seen[i])
            continue;
        const dag_node *d = dag_at(g, i);
        number[i] = next++;
        buf_printf(out, "  %%%-3u = ", number[i]);
        if (op_table[d->op].arity == 0) {
            dag_print_leaf(g, i, names, out);
        } else {
            buf_puts(out, op_table[d->op].name);
            for (int k = 0; k < op_table[d->op].arity; k++)
                buf_printf(out, " %%%u", number[d->arg[k]]);
            if (d->op == OP_GROUP_SUM || d->op == OP_GATHER)
                buf_printf(out, " by %s", names->column(names->user, d->x));
            if (d->op == OP_LAG || (d->op == OP_GATHER && d->y))
                buf_printf(out, " rows %u", d->y);
        }
        if (d->axis == AXIS_ROW)
            buf_puts(out, d->flags & NODE_PARAM ? "   : row, parameter" : "   : row");
        else if (d->flags & NODE_PARAM)
            buf_puts(out, "   : parameter");
        else if (d->flags & NODE_DATA)
            buf_puts(out, "   : data");
        buf_putc(out, '\n');
    }
    for (uint32_t i = 0; i < n; i++)
        buf_printf(out, "  %s = %%%u\n", labels[i], number[roots[i]]);
}

static void print(const dag *g, node n, int depth, int outer, const dag_names *names, buf *out)
{
    static const struct {
        op_id op;
        const char *text;
        int precedence;
    } infix[] = {
        {OP_OR, " or ", 1}, {OP_AND, " and ", 2}, {OP_LT, " < ", 4},  {OP_LE, " <= ", 4},
        {OP_EQ, " == ", 4}, {OP_ADD, " + ", 5},   {OP_SUB, " - ", 5}, {OP_MUL, "*", 6},
        {OP_DIV, "/", 6},   {OP_POW, "^", 8},
    };
    const dag_node *d = dag_at(g, n);
    if (op_table[d->op].arity == 0) {
        dag_print_leaf(g, n, names, out);
        return;
    }
    if (depth <= 0) {
        buf_puts(out, "...");
        return;
    }
    for (size_t i = 0; i < sizeof infix / sizeof *infix; i++) {
        if (infix[i].op != d->op)
            continue;
        int p = infix[i].precedence;
        bool brackets = p < outer;
        if (brackets)
            buf_putc(out, '(');
        print(g, d->arg[0], depth - 1, d->op == OP_POW ? p + 1 : p, names, out);
        buf_puts(out, infix[i].text);
        print(g, d->arg[1], depth - 1, d->op == OP_POW ? p : p + 1, names, out);
        if (brackets)
            buf_putc(out, ')');
        return;
    }
    if (d->op == OP_NEG) {
        buf_puts(out, outer > 5 ? "(-" : "-");
        print(g, d->arg[0], depth - 1, 7, names, out);
        if (outer > 5)
            buf_putc(out, ')');
        return;
    }
    buf_puts(out, d->op == OP_SELECT ? "ifelse" : op_table[d->op].name);
    buf_putc(out, '(');
    for (int k = 0; k < op_table[d->op].arity; k++) {
        if (k)
            buf_puts(out, ", ");
        print(g, d->arg[k], depth - 1, 0, names, out);
    }
    buf_putc(out, ')');
}

void dag_print(const dag *g, node n, int depth, const dag_names *names, buf *out)
{
    print(g, n, depth, 0, names, out);
}
