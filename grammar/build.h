/* What the grammar's actions do: tree nodes from their parts. Lists grow in the arena; a NULL list
 * begins a new one. */
#ifndef GRAMMAR_BUILD_H
#define GRAMMAR_BUILD_H

#include "grammar/lexer.h"

void build_add(parser *p, stmt *s);
stmt *build_declaration(parser *p, stmt_kind kind, span at, span keyword_at, item_list *items,
                        type_expr *type);
stmt *build_definition(parser *p, stmt_kind kind, span at, span keyword_at, word name, span name_at,
                       expr *value);
stmt *build_linear(parser *p, span at, span keyword_at, word name, span name_at, formula *f);
stmt *build_tilde(parser *p, span at, span tilde_at, expr_list *left, expr *right);
stmt *build_value(parser *p, stmt_kind kind, span at, span keyword_at, expr *value);
stmt *build_weight(parser *p, span at, span keyword_at, expr *value);
stmt *build_constrain(parser *p, span at, span keyword_at, expr *value);
/* `series e w` and `series e w g`: `by` is no keyword, so the actions look at the word. */
stmt *build_series_by(parser *p, span at, span keyword_at, expr *by, word group, span group_at);
stmt *build_series(parser *p, span at, span keyword_at, expr *order, word by, span by_at);
stmt *build_function(parser *p, stmt_kind kind, span keyword_at, word name, span name_at,
                     formal_list *first, formal_list *second);
stmt *build_block(parser *p, span at, stmt *head, clause_list *clauses);

item *build_item(parser *p, word name, span at, expr *value);
item_list *build_items(parser *p, item_list *list, const item *i);
formal *build_formal(parser *p, word name, span at, type_expr *type);
formal_list *build_formals(parser *p, formal_list *list, const formal *f);
clause_list *build_clauses(parser *p, clause_list *list, const clause *c);
clause *build_clause(parser *p, span at, word name, call_arguments *args, expr *value);
type_expr *build_type(parser *p, span at, word name, span name_at, call_arguments *args,
                      expr_list *dims);

expr *build_binary(parser *p, operator_kind op, expr *a, expr *b);
expr *build_comparison(parser *p, operator_kind op, expr *a, span op_at, expr *b);
expr *build_unary(parser *p, operator_kind op, expr *a, span at);
expr *build_string(parser *p, word text, span at);
expr *build_name(parser *p, word name, span at);
expr *build_call(parser *p, span at, word name, span name_at, call_arguments *args);
expr *build_vector(parser *p, span at, expr_list *elements);
expr *build_index(parser *p, span at, expr *base, expr_list *indices);
expr_list *build_expressions(parser *p, expr_list *list, expr *e);
argument *build_argument(parser *p, const char *name, span name_at, expr *value);
/* No argument makes an empty list. */
call_arguments *build_arguments(parser *p, call_arguments *list, const argument *a);

formula *build_formula(parser *p, formula_kind kind, span at, formula *left, formula *right);
formula *build_term(parser *p, expr *e);

void build_too_deep(parser *p, span at);

#endif
