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

/* The parser refuses deeper trees, so that the passes may recurse. */
enum { TREE_DEPTH_LIMIT = 2500 };

/* One argument of a call: `e` or `name = e`. */
typedef struct {
    const char *name; /* NULL when positional */
    span name_span;
    expr *value;
} argument;

struct expr {
    expr_kind kind;
    operator_kind op; /* UNARY, BINARY */
    bool quoted;      /* NAME: written `pi` or `inf` in backquotes, so never the constant */
    bool bracketed;   /* written in round brackets, which `at` covers */
    uint32_t depth;   /* 1 for a leaf */
    span at;          /* the whole expression */
    span name_at;     /* CALL: the function's name alone */
    double value;     /* NUMBER */
    const char *name; /* NAME, CALL, STRING; NUMBER: as it was written, or NULL */
    argument *args;
    uint32_t n_args;
    uint32_t length; /* STRING: bytes */
    expr *given;     /* CALL: the grouping expression behind `|`, or NULL */
};

typedef struct formula {
    formula_kind kind;
    uint32_t depth;
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
    bool quoted; /* as in expr */
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
    bool blank_before; /* as in stmt */
} clause;

typedef struct stmt {
    stmt_kind kind;
    bool flag; /* LOGLIK once, WEIGHT prob */
    span at, keyword_at;
    item *items;
    uint32_t n_items;
    type_expr *type;
    expr **lhs; /* TILDE: the list on the left */
    uint32_t n_lhs;
    expr *value;
    const char *by; /* SERIES, LINEAR */
    span by_at;
    formula *formula;
    formal *formals; /* FN, DIST */
    uint32_t n_formals;
    uint32_t n_variates; /* DIST: formals before `|` */
    clause *clauses;
    uint32_t n_clauses;
    bool is_block;     /* FN, DIST: block form */
    const char *doc;   /* text of the `##` comment lines directly above, or NULL */
    bool blank_before; /* an empty line stands above it (above its comments, if any) */
    struct stmt *next;
} stmt;

/* A comment that is not the `doc` of a statement, kept for the printer. */
typedef struct {
    const char *text; /* from its `#` to the end of the line */
    span at;
    bool own_line;     /* nothing but blanks before it on its line */
    bool blank_before; /* an empty line stands above it */
} comment;

typedef struct {
    stmt *first, *last;
    uint32_t count;
    comment *comments; /* in the order of the text */
    uint32_t n_comments;
    uint32_t file;    /* its number in the diag_list */
    const char *text; /* what the spans cut */
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

/* Constructors; they copy nothing. Whoever fills `args` or `given` by hand calls expr_measure. */
expr *expr_new(ast_context *c, expr_kind kind, span at);
void expr_measure(expr *e); /* sets `depth` from the nodes below */
expr *expr_number(ast_context *c, double value, span at);
expr *expr_name(ast_context *c, const char *name, span at);
expr *expr_unary(ast_context *c, operator_kind op, expr *a, span at);
expr *expr_binary(ast_context *c, operator_kind op, expr *a, expr *b);

/* Whether `s` is read as a name without backquotes. Defined by the lexer. */
bool name_is_plain(const char *s);

/* Canonical text, as `mlec fmt` writes it: parses back to an equal tree. Numbers keep their
 * spelling and sums their brackets; a statement with a comment within it keeps its lines. */
void ast_print(const ast *tree, buf *out);
void expr_print(const expr *e, buf *out);
void type_print(const type_expr *t, buf *out);
/* The tree with kinds and spans, one node a line (`mlec emit --ast`). */
void ast_dump(const ast *tree, buf *out);

/* Equality of what was written, whatever its place; names are compared as pointers. */
bool expr_equal(const expr *a, const expr *b);
bool formula_equal(const formula *a, const formula *b);
bool ast_equal(const ast *a, const ast *b); /* statements and their docs, not other comments */

#endif
