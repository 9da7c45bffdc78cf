/* The checked model: declarations resolved, statements sorted by what they contribute.
 *
 * check_model expects a tree; it guarantees unique names, known types with constant bounds and
 * sizes, and statements that this version can compile. What expressions mean (levels, shapes,
 * arguments) is settled while the graph is built, in compiler/fold/build.h, because a shape is
 * exactly what a graph node needs. */
#ifndef COMPILER_CHECK_MODEL_H
#define COMPILER_CHECK_MODEL_H

#include "compiler/ast/ast.h"

#include <mlec.h>
#include <mlec_model.h>

typedef struct {
    const char *name;
    span at; /* its declaration, or where it was first used */
    mlec_type type;
    const char *type_text;
    bool declared;
    double lower, upper;
    const char **levels;
    uint32_t n_levels;
    const char *reference;
    bool mentioned; /* by a statement */
    bool optional;  /* may be missing: named in missing(x), or a limit */
    bool limit;     /* of an interval: may be infinite */
    bool ordinal;   /* the order of its classes counts */
} model_column;

/* data x : real[k] */
typedef struct {
    const char *name;
    uint32_t first, count; /* columns */
    span at;
} model_column_vector;

/* A dimension of a parameter: a constant size, the levels of a column (all, or all but the first),
 * or the coefficients of a formula. */
typedef enum { DIM_SIZE, DIM_LEVELS, DIM_CONTRASTS, DIM_TERMS } dim_kind;
typedef struct {
    dim_kind kind;
    uint32_t size, column, formula;
} model_dim;

typedef struct {
    const char *name;
    span at;
    mlec_type type;
    const char *type_text;
    double lower, upper;
    model_dim dims[2];
    uint32_t n_dims;
    expr *start;
    bool mentioned;
} model_param;

typedef struct {
    const char *name;
    span at;
    expr *value;
    bool overridden; /* by --set */
    double setting;
} model_const;

typedef struct {
    const char *name;
    span at;
    stmt *statement;
} model_let;

/* A variable of a formula, as written: a column, factor(x), poly(x, 2), or an expression. */
typedef struct {
    mlec_variable_kind kind;
    const char *text;
    expr *value;
    uint32_t degree;       /* POLY */
    const char *reference; /* FACTOR, or NULL */
} model_variable;

typedef struct {
    const uint32_t *variables; /* ascending */
    uint32_t n_variables;
} model_term;

/* linear eta[by] = ...: its coefficients are parameter number `param`, of the same name. */
typedef struct {
    const char *name;
    span at;
    const stmt *statement;
    uint32_t param;
    bool has_by, intercept, mentioned;
    uint32_t by; /* column */
    VEC(model_variable) variables;
    VEC(model_term) terms; /* without the intercept, in order */
    VEC(expr *) offsets;
} model_formula;

typedef struct {
    arena *arena;
    ast_context *context;
    const ast *tree;
    const mlec_options *options;
    VEC(model_column) columns;
    VEC(model_column_vector) column_vectors;
    VEC(model_param) params;
    VEC(model_const) consts;
    VEC(model_let) lets;
    VEC(model_formula) formulas;
    VEC(stmt *) functions; /* fn */
    VEC(stmt *) dists;
    VEC(stmt *) terms; /* ~, loglik, logprior in order */
    VEC(stmt *) reports;
    VEC(stmt *) constraints;
    stmt *where, *weight, *series;
    uint32_t errors_before; /* on the list when the compilation began */
} model;

/* What a name is. */
typedef enum {
    NAME_NONE,
    NAME_COLUMN,
    NAME_COLUMN_VECTOR,
    NAME_PARAM,
    NAME_CONST,
    NAME_LET,
    NAME_FORMULA
} name_kind;
name_kind model_find(const model *m, const char *name, uint32_t *index);
/* The undeclared column `name`, made on first use. */
uint32_t model_column_of(model *m, const char *name, span at);
/* The nearest declared or known name, for hints; or NULL. */
const char *model_nearest(const model *m, const char *name);

/* Fills `m` (zeroed but for arena, context, options). Errors become diagnostics. */
void check_model(model *m, const ast *tree);

/* The definition of a function or distribution: the model's own, else the prelude's (parsed on
 * first use). NULL when there is none. */
stmt *library_find(model *m, const char *name, bool is_dist);
/* Whether there is one, without parsing it. */
bool library_has(const model *m, const char *name, bool is_dist);
/* The expression that a fn stands for; NULL for a primitive and for a form of the language. While
 * it is being built its place holds NULL. */
expr **function_body(stmt *f);
/* All names, for hints: array in the arena. */
const char **library_names(model *m, bool is_dist, uint32_t *count);
/* A clause of a block by name (and, unless NULL, by its single argument name). */
const clause *find_clause(const stmt *s, const char *name, const char *argument_name);

/* A type as written by a formal: its kind and bounds. */
typedef struct {
    mlec_type type;
    double lower, upper;
    bool known; /* a type was written */
} formal_type;
formal_type read_formal_type(model *m, const type_expr *t);

#endif
