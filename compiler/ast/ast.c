#include "compiler/ast/ast.h"

#include <string.h>

static const struct {
    const char *spelling;
    int precedence;
} operators[] = {
#define OPERATOR(id, spelling, arity, precedence) [OPERATOR_##id] = {spelling, precedence},
#include "compiler/ast/ast.def"
#undef OPERATOR
};

static const char *const keywords[] = {
#define STMT(id, keyword) [STMT_##id] = keyword,
#include "compiler/ast/ast.def"
#undef STMT
};

const char *operator_spelling(operator_kind op) { return operators[op].spelling; }

int operator_precedence(operator_kind op) { return operators[op].precedence; }

const char *stmt_keyword(stmt_kind kind) { return keywords[kind]; }

void expr_measure(expr *e)
{
    uint32_t below = e->given ? e->given->depth : 0;
    for (uint32_t i = 0; i < e->n_args; i++)
        if (e->args[i].value->depth > below)
            below = e->args[i].value->depth;
    e->depth = below + 1;
}

expr *expr_new(ast_context *c, expr_kind kind, span at)
{
    expr *e = ARENA_NEW(c->arena, expr);
    e->kind = kind;
    e->at = at;
    e->depth = 1;
    return e;
}

expr *expr_number(ast_context *c, double value, span at)
{
    expr *e = expr_new(c, EXPR_NUMBER, at);
    e->value = value;
    return e;
}

expr *expr_name(ast_context *c, const char *name, span at)
{
    expr *e = expr_new(c, EXPR_NAME, at);
    e->name = name;
    return e;
}

static expr *with_operands(ast_context *c, expr *e, expr *a, expr *b)
{
    e->n_args = b ? 2 : 1;
    e->args = ARENA_ARRAY(c->arena, argument, e->n_args);
    e->args[0].value = a;
    if (b)
        e->args[1].value = b;
    expr_measure(e);
    return e;
}

expr *expr_unary(ast_context *c, operator_kind op, expr *a, span at)
{
    expr *e = expr_new(c, EXPR_UNARY, at);
    e->op = op;
    return with_operands(c, e, a, NULL);
}

expr *expr_binary(ast_context *c, operator_kind op, expr *a, expr *b)
{
    expr *e = expr_new(c, EXPR_BINARY, span_join(a->at, b->at));
    e->op = op;
    return with_operands(c, e, a, b);
}

static bool arguments_equal(const argument *a, uint32_t n_a, const argument *b, uint32_t n_b)
{
    if (n_a != n_b)
        return false;
    for (uint32_t i = 0; i < n_a; i++)
        if (a[i].name != b[i].name || !expr_equal(a[i].value, b[i].value))
            return false;
    return true;
}

static bool texts_equal(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

bool expr_equal(const expr *a, const expr *b)
{
    if (a == b)
        return true;
    if (!a || !b || a->kind != b->kind)
        return false;
    if (a->kind == EXPR_NUMBER) /* 1e3 is 1000 */
        return memcmp(&a->value, &b->value, sizeof a->value) == 0;
    if (a->name != b->name)
        return false;
    switch (a->kind) {
    case EXPR_NUMBER:
    case EXPR_STRING: return true;
    case EXPR_NAME: return a->quoted == b->quoted;
    case EXPR_UNARY:
    case EXPR_BINARY:
        if (a->op != b->op)
            return false;
        break;
    case EXPR_CALL:
    case EXPR_INDEX:
    case EXPR_VECTOR: break;
    }
    return arguments_equal(a->args, a->n_args, b->args, b->n_args) &&
           expr_equal(a->given, b->given);
}

bool formula_equal(const formula *a, const formula *b)
{
    if (a == b)
        return true;
    return a && b && a->kind == b->kind && expr_equal(a->term, b->term) &&
           formula_equal(a->left, b->left) && formula_equal(a->right, b->right);
}

static bool types_equal(const type_expr *a, const type_expr *b)
{
    if (a == b)
        return true;
    if (!a || !b || a->name != b->name || a->has_args != b->has_args || a->n_dims != b->n_dims)
        return false;
    for (uint32_t i = 0; i < a->n_dims; i++)
        if (!expr_equal(a->dims[i], b->dims[i]))
            return false;
    return arguments_equal(a->args, a->n_args, b->args, b->n_args);
}

static bool lists_equal(const stmt *a, const stmt *b)
{
    if (a->n_items != b->n_items || a->n_lhs != b->n_lhs || a->n_formals != b->n_formals ||
        a->n_variates != b->n_variates || a->n_clauses != b->n_clauses)
        return false;
    for (uint32_t i = 0; i < a->n_items; i++)
        if (a->items[i].name != b->items[i].name || a->items[i].quoted != b->items[i].quoted ||
            !expr_equal(a->items[i].value, b->items[i].value))
            return false;
    for (uint32_t i = 0; i < a->n_lhs; i++)
        if (!expr_equal(a->lhs[i], b->lhs[i]))
            return false;
    for (uint32_t i = 0; i < a->n_formals; i++)
        if (a->formals[i].name != b->formals[i].name ||
            !types_equal(a->formals[i].type, b->formals[i].type))
            return false;
    for (uint32_t i = 0; i < a->n_clauses; i++) {
        const clause *x = &a->clauses[i], *y = &b->clauses[i];
        if (x->name != y->name || !arguments_equal(x->args, x->n_args, y->args, y->n_args) ||
            !expr_equal(x->value, y->value))
            return false;
    }
    return true;
}

bool ast_equal(const ast *a, const ast *b)
{
    const stmt *x = a->first, *y = b->first;
    for (; x && y; x = x->next, y = y->next)
        if (x->kind != y->kind || x->flag != y->flag || x->is_block != y->is_block ||
            x->by != y->by || !lists_equal(x, y) || !types_equal(x->type, y->type) ||
            !expr_equal(x->value, y->value) || !formula_equal(x->formula, y->formula) ||
            !texts_equal(x->doc, y->doc))
            return false;
    return !x && !y;
}
