/* What the grammar's actions do: tree nodes from their parts. Lists grow in the arena; a NULL list
 * begins a new one. */
#ifndef GRAMMAR_TREE_H
#define GRAMMAR_TREE_H

#include "grammar/lexer.h"

void tree_add(parser *p, stmt *s);
stmt *tree_declaration(parser *p, stmt_kind kind, span at, span keyword_at, item_list *items,
                       type_expr *type);
stmt *tree_definition(parser *p, stmt_kind kind, span at, span keyword_at, word name, span name_at,
                      expr *value);
stmt *tree_linear(parser *p, span at, span keyword_at, word name, span name_at, formula *f);
stmt *tree_tilde(parser *p, span at, span tilde_at, expr_list *left, expr *right);
stmt *tree_value(parser *p, stmt_kind kind, span at, span keyword_at, expr *value);
stmt *tree_weight(parser *p, span at, span keyword_at, expr *value);
stmt *tree_constrain(parser *p, span at, span keyword_at, expr *value);
/* `series e w` and `series e w g`: `by` is no keyword, so the actions look at the word. */
stmt *tree_series_by(parser *p, span at, span keyword_at, expr *by, word group, span group_at);
stmt *tree_series(parser *p, span at, span keyword_at, expr *order, word by, span by_at);
stmt *tree_function(parser *p, stmt_kind kind, span keyword_at, word name, span name_at,
                    formal_list *first, formal_list *second);
stmt *tree_block(parser *p, span at, stmt *head, clause_list *clauses);

item *tree_item(parser *p, word name, span at, expr *value);
item_list *tree_items(parser *p, item_list *list, const item *i);
formal *tree_formal(parser *p, word name, span at, type_expr *type);
formal_list *tree_formals(parser *p, formal_list *list, const formal *f);
clause_list *tree_clauses(parser *p, clause_list *list, const clause *c);
clause *tree_clause(parser *p, span at, word name, call_arguments *args, expr *value);
type_expr *tree_type(parser *p, span at, word name, span name_at, call_arguments *args,
                     expr_list *dims);

expr *tree_binary(parser *p, operator_kind op, expr *a, expr *b);
expr *tree_comparison(parser *p, operator_kind op, expr *a, span op_at, expr *b);
expr *tree_unary(parser *p, operator_kind op, expr *a, span at);
expr *tree_number(parser *p, double value, span at);
expr *tree_string(parser *p, word text, span at);
expr *tree_name(parser *p, word name, span at);
expr *tree_call(parser *p, span at, word name, span name_at, call_arguments *args);
expr *tree_vector(parser *p, span at, expr_list *elements);
expr *tree_index(parser *p, span at, expr *base, expr_list *indices);
expr_list *tree_expressions(parser *p, expr_list *list, expr *e);
argument *tree_argument(parser *p, const char *name, span name_at, expr *value);
/* No argument makes an empty list. */
call_arguments *tree_arguments(parser *p, call_arguments *list, const argument *a);

formula *tree_formula(parser *p, formula_kind kind, span at, formula *left, formula *right);
formula *tree_term(parser *p, expr *e);

void tree_too_deep(parser *p, span at);

#endif
