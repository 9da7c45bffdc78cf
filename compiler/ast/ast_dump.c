#include "compiler/ast/ast.h"

static const char *const expr_names[] = {
#define EXPR(id, name) [EXPR_##id] = name,
#include "compiler/ast/ast.def"
#undef EXPR
};

static const char *const formula_names[] = {
#define FORMULA(id, spelling) [FORMULA_##id] = spelling,
#include "compiler/ast/ast.def"
#undef FORMULA
};

static void begin(int depth, const char *role, span at, buf *out)
{
    buf_printf(out, "%*s", 2 * depth, "");
    if (role)
        buf_printf(out, "%s: ", role);
    buf_printf(out, "[%u,%u) ", at.begin, at.end);
}

static void dump_expr(const expr *e, int depth, const char *role, buf *out);

static void dump_arguments(const argument *args, uint32_t n, int depth, buf *out)
{
    for (uint32_t i = 0; i < n; i++)
        dump_expr(args[i].value, depth, args[i].name, out);
}

static void dump_expr(const expr *e, int depth, const char *role, buf *out)
{
    begin(depth, role, e->at, out);
    buf_puts(out, expr_names[e->kind]);
    switch (e->kind) {
    case EXPR_NUMBER:
        buf_putc(out, ' ');
        buf_double(out, e->value);
        break;
    case EXPR_STRING: buf_printf(out, " \"%s\"", e->name); break;
    case EXPR_NAME:
    case EXPR_CALL: buf_printf(out, " %s%s", e->name, e->quoted ? " (quoted)" : ""); break;
    case EXPR_UNARY:
    case EXPR_BINARY: buf_printf(out, " %s", operator_spelling(e->op)); break;
    case EXPR_INDEX:
    case EXPR_VECTOR: break;
    }
    buf_putc(out, '\n');
    dump_arguments(e->args, e->n_args, depth + 1, out);
    if (e->given)
        dump_expr(e->given, depth + 1, "given", out);
}

static void dump_formula(const formula *f, int depth, buf *out)
{
    begin(depth, "formula", f->at, out);
    buf_printf(out, "%s\n", formula_names[f->kind]);
    if (f->left)
        dump_formula(f->left, depth + 1, out);
    if (f->right)
        dump_formula(f->right, depth + 1, out);
    if (f->term)
        dump_expr(f->term, depth + 1, NULL, out);
}

static void dump_type(const type_expr *t, int depth, buf *out)
{
    begin(depth, "type", t->at, out);
    buf_printf(out, "%s\n", t->name);
    dump_arguments(t->args, t->n_args, depth + 1, out);
    for (uint32_t i = 0; i < t->n_dims; i++)
        dump_expr(t->dims[i], depth + 1, "size", out);
}

static void dump_statement(const stmt *s, buf *out)
{
    begin(0, NULL, s->at, out);
    buf_printf(out, "%s%s%s\n", stmt_keyword(s->kind),
               s->flag ? (s->kind == STMT_WEIGHT ? " prob" : " once") : "", s->doc ? " (doc)" : "");
    for (uint32_t i = 0; i < s->n_items; i++) {
        begin(1, "item", s->items[i].at, out);
        buf_printf(out, "%s%s\n", s->items[i].name, s->items[i].quoted ? " (quoted)" : "");
        if (s->items[i].value)
            dump_expr(s->items[i].value, 2, NULL, out);
    }
    for (uint32_t i = 0; i < s->n_lhs; i++)
        dump_expr(s->lhs[i], 1, "left", out);
    for (uint32_t i = 0; i < s->n_formals; i++) {
        begin(1, s->kind == STMT_DIST && i < s->n_variates ? "variate" : "formal", s->formals[i].at,
              out);
        buf_printf(out, "%s\n", s->formals[i].name);
        if (s->formals[i].type)
            dump_type(s->formals[i].type, 2, out);
    }
    if (s->type)
        dump_type(s->type, 1, out);
    if (s->value)
        dump_expr(s->value, 1, "value", out);
    if (s->by) {
        begin(1, "by", s->by_at, out);
        buf_printf(out, "%s\n", s->by);
    }
    if (s->formula)
        dump_formula(s->formula, 1, out);
    for (uint32_t i = 0; i < s->n_clauses; i++) {
        begin(1, "clause", s->clauses[i].at, out);
        buf_printf(out, "%s\n", s->clauses[i].name);
        dump_arguments(s->clauses[i].args, s->clauses[i].n_args, 3, out);
        dump_expr(s->clauses[i].value, 2, "value", out);
    }
}

void ast_dump(const ast *tree, buf *out)
{
    for (const stmt *s = tree->first; s; s = s->next)
        dump_statement(s, out);
}
