/* Checked model to graph: every expression is given its meaning here.
 *
 * One walk settles levels, shapes and arguments and makes the nodes, because a node cannot be made
 * without its axis. Calls of functions and distributions are inlined from their definitions.
 * User-facing errors of expressions are reported here; afterwards only the data can be wrong.
 *
 * The result is a list of terms: the objective's addends and the reported quantities. */
#ifndef COMPILER_FOLD_BUILD_H
#define COMPILER_FOLD_BUILD_H

#include "compiler/check/model.h"
#include "compiler/fold/fold.h"

enum { BUILD_MAX_ARGUMENTS = 12 };

/* The distribution call behind a term, for expected information and words. */
typedef struct {
    const char *name;
    uint32_t n_arguments;
    node arguments[BUILD_MAX_ARGUMENTS];
    node information[BUILD_MAX_ARGUMENTS][BUILD_MAX_ARGUMENTS]; /* 0: zero */
    bool has_information;
    bool discrete;
    bool mixture;     /* of distributions: the likelihood may have several maxima */
    node located;     /* a mixture whose locations are parameters themselves: its variate; else 0 */
    bool collapses;   /* one of them has a scale of its own: it may close in on a single row */
    int32_t scale;    /* parameter that is its scale, or -1 */
    uint32_t outcome; /* a class outcome's column + 1 when no argument varies by row, else 0 */
} build_family;

typedef struct {
    mlec_target target; /* LIKELIHOOD, PRIOR, DERIVED */
    uint32_t target_index;
    node root, variate; /* variate: the left side of `~`, or 0 */
    uint16_t axis;      /* of the root, or ROW for a likelihood term (once for each row) */
    bool once;          /* `loglik once` */
    uint32_t skip;      /* first rows of each series that do not count: a lag has no value there */
    const stmt *statement;
    build_family family; /* name NULL when the term is no distribution */
} build_term;

typedef struct {
    mlec_require_kind kind;
    node condition; /* SUPPORT, PRESENT: 0 or 1; WEIGHT: the weight */
    node shown;     /* or 0 */
    const char *message, *column;
    bool early; /* asked of rows that `where` leaves out too */
    const stmt *statement;
} build_require;

typedef struct {
    const char *name;
    mlec_type type;
    const char *type_text;
    double lower, upper;
    uint16_t axis;
    node root;
    const stmt *statement;
} build_report;

/* A variable of a formula as data: a column, or nodes that become buffers. */
typedef struct {
    uint32_t column;
    node *nodes;
    uint32_t count; /* of nodes; 0: the column */
} build_formula_variable;

typedef struct {
    bool done, ok;
    build_formula_variable *variables;
    node offset; /* or 0 */
} build_formula;

/* `slack` >= 0, or == 0, for each element of its axis. */
typedef struct {
    node slack;
    bool equality;
    const stmt *statement;
} build_constraint;

/* What an expression means. */
typedef enum { VALUE_ERROR, VALUE_NUMBER, VALUE_VECTOR, VALUE_TEXT, VALUE_LEVELS } value_kind;
typedef struct {
    value_kind kind;
    node n;      /* NUMBER; its axis may be a factor's or an index's: one value for each */
    bool varies; /* by row, as written */
    node *items; /* VECTOR: a short list of numbers */
    uint32_t count;
    const char *text;
    uint32_t formula; /* LEVELS: its predictor for each level, */
    bool softmax;     /* or their probabilities */
    uint32_t column;  /* number + 1 when the expression is a column's name, else 0 */
    int64_t param;    /* number when the expression is a parameter's name, else -1 */
} value;

/* One argument of a distribution, wherever it was called. */
typedef struct {
    const stmt *statement;
    const expr *call, *written;
    const formal *formal;
    formal_type type;
    value value;
} build_argument;

typedef struct let_state let_state;

typedef struct {
    arena *arena;
    diag_list *diags;
    model *m;
    dag g;
    let_state *lets; /* one for each model let */
    build_formula *formulas;
    bool in_lag;
    const stmt *statement; /* at hand, for requirements */
    bool row_statement;    /* it counts once for each row */
    bool vector_statement; /* its left side is one vector */
    uint32_t skip;         /* first rows that a lag without a start leaves without a value */
    uint32_t series_order, series_by; /* column + 1, or 0 */
    VEC(build_term) terms;
    VEC(build_require) requires;
    VEC(build_report) reports;
    VEC(build_argument) arguments;

    VEC(build_constraint) constraints;
    node where, weight; /* 0: none */
} build;

/* Names that a fn or dist body sees: its formals. */
typedef struct scope {
    const char **names;
    value *values;
    uint32_t count;
    bool closed; /* a library body: nothing else is visible but constants */
    span call;   /* the user's call, for messages about the body */
} scope;

/* Fills `b` (zeroed but for arena, diags, m). */
void build_model(build *b);

/* ---- between the files of this folder ---- */
value build_expr(build *b, const scope *s, expr *e);
value build_call(build *b, const scope *s, expr *e);
value build_index(build *b, const scope *s, expr *e);
/* cut_above(cut, y), cut_below(cut, y), end_class(cut, y): what ordinal densities are made of. */
value build_cut(build *b, const scope *s, expr *e);
value build_end_class(build *b, const scope *s, expr *e);
/* A scalar or axis value; reports and returns 0 when it is none. */
node build_number(build *b, const scope *s, expr *e, value *full);
value build_reference(build *b, const scope *s, expr *e);
/* The log density of `variate` under the distribution call `e`; fills `family`. Returns 0 after a
 * report. `direct` is the variate's column number + 1 when it is a plain column. */
node build_density(build *b, expr *e, value variate, build_family *family, build_term *term);
value value_number(build *b, node n, bool varies);
value value_error(void);
/* Element `index` (from 0) of a short-axis value. */
node build_element(build *b, node v, uint32_t index);
/* v with the references to its own axis replaced: see dag_reference. */
node build_pick(build *b, node v, const mlec_index index[2]);
node build_lag(build *b, node v, uint32_t k);
/* What varies by row only through the level of one column, as one value for each level: b[site] is
 * b. 0 when it does not. */
node build_by_level(build *b, node v);
/* 1 in the first n rows of each series, else 0. */
node build_first_rows(build *b, uint32_t n);
/* Applies `op` elementwise to n values, expanding vectors. */
value build_lift(build *b, op_id op, value *args, uint32_t n, span at);
/* build_formula.c: the value of `linear` number i, the predictor of one level, log of the sum of
 * exp over the levels; coef(eta), slopes(eta). */
value build_formula_value(build *b, uint32_t i);
value build_formula_level(build *b, uint32_t i, mlec_index level);
node build_formula_log_sum(build *b, uint32_t i);
value build_coefficients(build *b, const scope *s, expr *e);
void build_unused_formulas(build *b);
uint16_t build_param_axis(build *b, const model_param *p);
/* The leaf of a column, with what its declared type promises. */
node build_column(build *b, uint32_t column);

#endif
