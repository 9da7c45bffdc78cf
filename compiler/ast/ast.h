/* The tree of a model as it was written: every node keeps its span.
 *
 * Names are interned pointers (base/intern.h), so they compare with ==. Nodes live in the arena of
 * the compilation and are never freed one by one. Lists are arrays with counts. */
#ifndef COMPILER_AST_AST_H
#define COMPILER_AST_AST_H

#include "base/alloc.h"
#include "base/buf.h"
#include "base/diag.h"
#include "base/intern.h"

typedef enum {
#define EXPR(id, name) EXPR_##id,
#include "compiler/ast/ast.def"
#undef EXPR
} expr_kind;

typedef enum {
#define STMT(id, keyword) STMT_##id,
#include "compiler/ast/ast.def"
#undef STMT
} stmt_kind;

typedef enum {
#define OPERATOR(id, spelling, arity, precedence) OPERATOR_##id,
#include "compiler/ast/ast.def"
#undef OPERATOR
} operator_kind;

typedef enum {
#define FORMULA(id, spelling) FORMULA_##id,
#include "compiler/ast/ast.def"
#undef FORMULA
} formula_kind;

typedef struct expr expr;

/* One argument of a call: `e` or `name = e`. */
typedef struct {
    const char *name; /* NULL when positional */
    span name_span;
    expr *value;
} argument;

struct expr {
    expr_kind kind;
    operator_kind op; /* UNARY, BINARY */
    span at;          /* the whole expression */
    span name_at;     /* CALL: the function's name alone */
    double value;     /* NUMBER */
    const char *name; /* NAME, CALL, STRING */
    argument *args;
    uint32_t n_args;
    uint32_t length;  /* STRING: bytes */
    expr *given;      /* CALL: the grouping expression behind `|`, or NULL */
};

typedef struct formula {
    formula_kind kind;
    span at;
    expr *term;                   /* TERM; the right side of POWER */
    struct formula *left, *right; /* the rest; ADD and SUB may have left NULL (a leading sign) */
} formula;

/* real(0, 10)[k, site]: args carry names as in factor(ref = "B"). */
typedef struct {
    const char *name;
    span at, name_at;
    argument *args;
    uint32_t n_args;
    bool has_args; /* brackets were written, even empty ones */
    expr **dims;
    uint32_t n_dims;
} type_expr;

/* A declared name, with its start value or definition. */
typedef struct {
    const char *name;
    span at;
    expr *value; /* or NULL */
} item;

/* A parameter of a fn or dist: `mu : real`; type may be NULL. */
typedef struct {
    const char *name;
    span at;
    type_expr *type;
} formal;

/* A clause of a block: `log_pdf = e`, `partial(x) = e`, `example(y = 3, mu = 2) = -2.05`. */
typedef struct {
    const char *name;
    span at;
    argument *args;
    uint32_t n_args;
    expr *value;
} clause;

typedef struct stmt {
    stmt_kind kind;
    bool flag;            /* LOGLIK once, WEIGHT prob */
    span at, keyword_at;
    item *items;
    uint32_t n_items;
    type_expr *type;
    expr **lhs;           /* TILDE: the list on the left */
    uint32_t n_lhs;
    expr *value;
    const char *by;       /* SERIES, LINEAR */
    span by_at;
    formula *formula;
    formal *formals;      /* FN, DIST */
    uint32_t n_formals;
    uint32_t n_variates;  /* DIST: formals before `|` */
    clause *clauses;
    uint32_t n_clauses;
    bool is_block;        /* FN, DIST: block form */
    const char *doc;      /* text of the `##` comment lines directly above, or NULL */
    struct stmt *next;
} stmt;

typedef struct {
    stmt *first, *last;
    uint32_t count;
    uint32_t file; /* its number in the diag_list */
} ast;

/* What a compilation shares: texts, names, diagnostics, memory. */
typedef struct {
    arena *arena;
    intern_table *names;
    diag_list *diags;
} ast_context;

const char *operator_spelling(operator_kind op);
int operator_precedence(operator_kind op);
const char *stmt_keyword(stmt_kind kind);

/* Constructors; they copy nothing. */
expr *expr_new(ast_context *c, expr_kind kind, span at);
expr *expr_number(ast_context *c, double value, span at);
expr *expr_name(ast_context *c, const char *name, span at);
expr *expr_unary(ast_context *c, operator_kind op, expr *a, span at);
expr *expr_binary(ast_context *c, operator_kind op, expr *a, expr *b);

/* Canonical text, as `mlec fmt` writes it: parses back to an equal tree. */
void ast_print(const ast *tree, buf *out);
void expr_print(const expr *e, buf *out);
void type_print(const type_expr *t, buf *out);
/* The tree with kinds and spans, one node a line (`mlec emit --ast`). */
void ast_dump(const ast *tree, buf *out);
bool expr_equal(const expr *a, const expr *b);

#endif
