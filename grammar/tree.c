#include "grammar/tree.h"
#include "grammar/parser.h"

#include <string.h>

static const char *print(parser *p, const expr *e)
{
    buf b;
    buf_init(&b, p->c->arena);
    expr_print(e, &b);
    return buf_text(&b);
}

/* ------------------------------------------------------------------ statements */

void tree_add(parser *p, stmt *s)
{
    ast *tree = p->tree;
    *(tree->last ? &tree->last->next : &tree->first) = s;
    tree->last = s;
    tree->count++;
}

static stmt *new_statement(parser *p, stmt_kind kind, span at, span keyword_at)
{
    stmt *s = ARENA_NEW(p->c->arena, stmt);
    s->kind = kind;
    s->at = at;
    s->keyword_at = keyword_at;
    return s;
}

/* Backquotes matter to the tree only where the bare word is a constant. */
static bool is_quoted_constant(word name)
{
    return name.quoted && (strcmp(name.text, "pi") == 0 || strcmp(name.text, "inf") == 0);
}

item *tree_item(parser *p, word name, span at, expr *value)
{
    item *i = ARENA_NEW(p->c->arena, item);
    *i = (item){name.text, is_quoted_constant(name), at, value};
    return i;
}

static void set_item(parser *p, stmt *s, word name, span at, expr *value)
{
    s->items = tree_item(p, name, at, value);
    s->n_items = 1;
}

stmt *tree_declaration(parser *p, stmt_kind kind, span at, span keyword_at, item_list *items,
                       type_expr *type)
{
    stmt *s = new_statement(p, kind, at, keyword_at);
    s->items = items->data;
    s->n_items = items->count;
    s->type = type;
    for (uint32_t i = 0; kind == STMT_DATA && i < s->n_items; i++) {
        if (!s->items[i].value)
            continue;
        diag *d = diag_report(p->c->diags, DIAG_SYNTAX, s->items[i].value->at,
                              "a column has no start value: its values come from the data");
        diag_add_hint(p->c->diags, d, "a constant is written `const %s = ...`", s->items[i].name);
        s->items[i].value = NULL;
    }
    return s;
}

stmt *tree_definition(parser *p, stmt_kind kind, span at, span keyword_at, word name, span name_at,
                      expr *value)
{
    stmt *s = new_statement(p, kind, at, keyword_at);
    set_item(p, s, name, name_at, value);
    return s;
}

stmt *tree_linear(parser *p, span at, span keyword_at, word name, span name_at, formula *f)
{
    stmt *s = new_statement(p, STMT_LINEAR, at, keyword_at);
    set_item(p, s, name, name_at, NULL);
    s->formula = f;
    return s;
}

stmt *tree_tilde(parser *p, span at, span tilde_at, expr_list *left, expr *right)
{
    stmt *s = new_statement(p, STMT_TILDE, at, tilde_at);
    s->lhs = left->data;
    s->n_lhs = left->count;
    s->value = right;
    return s;
}

stmt *tree_value(parser *p, stmt_kind kind, span at, span keyword_at, expr *value)
{
    stmt *s = new_statement(p, kind, at, keyword_at);
    s->value = value;
    return s;
}

stmt *tree_weight(parser *p, span at, span keyword_at, expr *value)
{
    stmt *s = tree_value(p, STMT_WEIGHT, at, keyword_at, value);
    if (value->kind == EXPR_CALL && strcmp(value->name, "prob") == 0 && value->n_args == 1 &&
        !value->args[0].name && !value->given) {
        s->flag = true;
        s->value = value->args[0].value;
    }
    return s;
}

static bool is_comparison(const expr *e)
{
    return e->kind == EXPR_BINARY && operator_precedence(e->op) == operator_precedence(OPERATOR_LT);
}

stmt *tree_constrain(parser *p, span at, span keyword_at, expr *value)
{
    if (!is_comparison(value) || value->op == OPERATOR_NE) {
        diag *d = diag_report(p->c->diags, DIAG_SYNTAX, value->at,
                              "`constrain` needs a comparison of two expressions");
        diag_add_hint(p->c->diags, d, "for example `constrain alpha + beta < 1`");
    }
    return tree_value(p, STMT_CONSTRAIN, at, keyword_at, value);
}

static bool is_by(const char *name) { return strcmp(name, "by") == 0; }

stmt *tree_series_by(parser *p, span at, span keyword_at, expr *by, word group, span group_at)
{
    stmt *s = tree_value(p, STMT_SERIES, at, keyword_at, NULL);
    if (by->kind != EXPR_NAME || !is_by(by->name)) {
        diag *d = diag_report(p->c->diags, DIAG_SYNTAX, group_at,
                              "unexpected name `%s` after the order of the series", group.text);
        const char *order = print(p, by);
        if (is_by(group.text))
            diag_add_hint(p->c->diags, d, "name the group: `series %s by id`", order);
        else
            diag_add_hint(p->c->diags, d, "a group follows the word `by`: `series %s by %s`", order,
                          group.text);
    }
    s->by = group.text;
    s->by_at = group_at;
    return s;
}

stmt *tree_series(parser *p, span at, span keyword_at, expr *order, word by, span by_at)
{
    if (!is_by(by.text))
        diag_report(p->c->diags, DIAG_SYNTAX, by_at,
                    "unexpected name `%s`; expected `by` and the group of the series", by.text);
    return tree_value(p, STMT_SERIES, at, keyword_at, order);
}

stmt *tree_function(parser *p, stmt_kind kind, span keyword_at, word name, span name_at,
                    formal_list *first, formal_list *second)
{
    stmt *s = new_statement(p, kind, keyword_at, keyword_at);
    set_item(p, s, name, name_at, NULL);
    if (first) {
        s->n_variates = kind == STMT_DIST ? first->count : 0;
        for (uint32_t i = 0; second && i < second->count; i++)
            VEC_PUSH(p->c->arena, *first, second->data[i]);
        s->formals = first->data;
        s->n_formals = first->count;
    }
    return s;
}

stmt *tree_block(parser *p, span at, stmt *head, clause_list *clauses)
{
    head->at = at;
    head->is_block = true;
    if (clauses) {
        head->clauses = clauses->data;
        head->n_clauses = clauses->count;
    }
    return head;
}

/* ------------------------------------------------------------------ their parts */

item_list *tree_items(parser *p, item_list *list, const item *i)
{
    if (!list)
        list = ARENA_NEW(p->c->arena, item_list);
    VEC_PUSH(p->c->arena, *list, *i);
    return list;
}

formal *tree_formal(parser *p, word name, span at, type_expr *type)
{
    formal *f = ARENA_NEW(p->c->arena, formal);
    *f = (formal){name.text, at, type};
    return f;
}

formal_list *tree_formals(parser *p, formal_list *list, const formal *f)
{
    if (!list)
        list = ARENA_NEW(p->c->arena, formal_list);
    VEC_PUSH(p->c->arena, *list, *f);
    return list;
}

clause_list *tree_clauses(parser *p, clause_list *list, const clause *c)
{
    if (!list)
        list = ARENA_NEW(p->c->arena, clause_list);
    VEC_PUSH(p->c->arena, *list, *c);
    return list;
}

/* Only a call has a group behind `|`. */
static void refuse_given(parser *p, const call_arguments *args, const char *where)
{
    if (args && args->given)
        diag_report(p->c->diags, DIAG_SYNTAX, args->given->at, "`|` has no meaning in %s", where);
}

clause *tree_clause(parser *p, span at, word name, call_arguments *args, expr *value)
{
    refuse_given(p, args, "the arguments of a clause");
    clause *c = ARENA_NEW(p->c->arena, clause);
    *c = (clause){.name = name.text, .at = at, .value = value};
    if (args) {
        c->args = args->args.data;
        c->n_args = args->args.count;
    }
    return c;
}

type_expr *tree_type(parser *p, span at, word name, span name_at, call_arguments *args,
                     expr_list *dims)
{
    refuse_given(p, args, "a type");
    type_expr *t = ARENA_NEW(p->c->arena, type_expr);
    t->name = name.text;
    t->at = at;
    t->name_at = name_at;
    if (args) {
        t->has_args = true;
        t->args = args->args.data;
        t->n_args = args->args.count;
    }
    if (dims) {
        t->dims = dims->data;
        t->n_dims = dims->count;
    }
    return t;
}

/* ------------------------------------------------------------------ expressions */

void tree_too_deep(parser *p, span at)
{
    diag *d = diag_report(p->c->diags, DIAG_SYNTAX, at, "the expression is nested too deeply");
    diag_add_hint(p->c->diags, d, "give parts of it names with `let`");
}

/* Refuses what would overflow the stack of a recursive pass. */
static expr *measured(parser *p, expr *e)
{
    expr_measure(e);
    if (e->depth <= TREE_DEPTH_LIMIT)
        return e;
    tree_too_deep(p, e->at);
    return expr_number(p->c, 0, e->at);
}

expr *tree_binary(parser *p, operator_kind op, expr *a, expr *b)
{
    return measured(p, expr_binary(p->c, op, a, b));
}

expr *tree_comparison(parser *p, operator_kind op, expr *a, span op_at, expr *b)
{
    /* The span of an expression includes its brackets, so (a < b) < c is told from a < b < c. */
    if (is_comparison(a) && a->at.begin == a->args[0].value->at.begin) {
        diag *d = diag_report(p->c->diags, DIAG_SYNTAX, op_at, "comparisons do not chain");
        const char *first = print(p, a), *middle = print(p, a->args[1].value), *last = print(p, b);
        const char *sign = operator_spelling(op);
        if (strlen(first) + strlen(middle) + strlen(last) > 60)
            diag_add_hint(p->c->diags, d, "write two comparisons with `and` between them");
        else if (p->first.kind == TOKEN_CONSTRAIN)
            diag_add_hint(p->c->diags, d,
                          "write two statements: `constrain %s` and `constrain %s "
                          "%s %s`",
                          first, middle, sign, last);
        else
            diag_add_hint(p->c->diags, d, "write `%s and %s %s %s`", first, middle, sign, last);
    }
    return tree_binary(p, op, a, b);
}

expr *tree_unary(parser *p, operator_kind op, expr *a, span at)
{
    return measured(p, expr_unary(p->c, op, a, at));
}

expr *tree_number(parser *p, double value, span at)
{
    expr *e = expr_number(p->c, value, at);
    e->name = arena_strndup(p->c->arena, p->text + at.begin, at.end - at.begin);
    return e;
}

expr *tree_string(parser *p, word text, span at)
{
    expr *e = expr_new(p->c, EXPR_STRING, at);
    e->name = text.text;
    e->length = text.length;
    return e;
}

expr *tree_name(parser *p, word name, span at)
{
    expr *e = expr_name(p->c, name.text, at);
    e->quoted = is_quoted_constant(name);
    return e;
}

expr *tree_call(parser *p, span at, word name, span name_at, call_arguments *args)
{
    expr *e = expr_new(p->c, EXPR_CALL, at);
    e->name = name.text;
    e->name_at = name_at;
    e->args = args->args.data;
    e->n_args = args->args.count;
    e->given = args->given;
    return measured(p, e);
}

expr *tree_vector(parser *p, span at, expr_list *elements)
{
    expr *e = expr_new(p->c, EXPR_VECTOR, at);
    e->n_args = elements->count;
    e->args = ARENA_ARRAY(p->c->arena, argument, e->n_args);
    for (uint32_t i = 0; i < e->n_args; i++)
        e->args[i].value = elements->data[i];
    return measured(p, e);
}

expr *tree_index(parser *p, span at, expr *base, expr_list *indices)
{
    expr *e = expr_new(p->c, EXPR_INDEX, at);
    e->n_args = indices->count + 1;
    e->args = ARENA_ARRAY(p->c->arena, argument, e->n_args);
    e->args[0].value = base;
    for (uint32_t i = 1; i < e->n_args; i++)
        e->args[i].value = indices->data[i - 1];
    return measured(p, e);
}

expr_list *tree_expressions(parser *p, expr_list *list, expr *e)
{
    if (!list)
        list = ARENA_NEW(p->c->arena, expr_list);
    VEC_PUSH(p->c->arena, *list, e);
    return list;
}

argument *tree_argument(parser *p, const char *name, span name_at, expr *value)
{
    argument *a = ARENA_NEW(p->c->arena, argument);
    *a = (argument){name, name ? name_at : NO_SPAN, value};
    return a;
}

call_arguments *tree_arguments(parser *p, call_arguments *list, const argument *a)
{
    if (!list)
        list = ARENA_NEW(p->c->arena, call_arguments);
    if (a)
        VEC_PUSH(p->c->arena, list->args, *a);
    return list;
}

/* ------------------------------------------------------------------ formulas */

formula *tree_formula(parser *p, formula_kind kind, span at, formula *left, formula *right)
{
    formula *f = ARENA_NEW(p->c->arena, formula);
    f->kind = kind;
    f->at = at;
    f->left = left;
    f->right = right;
    uint32_t below = left ? left->depth : 0;
    f->depth = 1 + (right && right->depth > below ? right->depth : below);
    if (f->depth > TREE_DEPTH_LIMIT) {
        tree_too_deep(p, at);
        *f = (formula){.kind = FORMULA_DOT, .depth = 1, .at = at};
    }
    return f;
}

formula *tree_term(parser *p, expr *e)
{
    formula *f = tree_formula(p, FORMULA_TERM, e->at, NULL, NULL);
    f->term = e;
    return f;
}
