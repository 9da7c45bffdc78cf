/* The ABI of one compiled model: plain C tables and functions.
 *
 * A model is a list of stages in topological order. A stage computes one value over one axis; axis
 * lengths are known when the model is bound to data, never before, so the same tables and the same
 * machine code serve every data set. Four kinds of stages:
 *
 *   MAP     v[i] = F(u_1[i] ... u_K[i], data[i]), element by element; the only nonlinear kind.
 *   LINEAR  a sum of blocks, each an unknown times a data column (a gather, a dot product ...).
 *   SCAN    a map that reads its own past along the rows.
 *   SOLVE   a value defined by an equation.
 *
 * The active inputs u of a map are LINEAR stages over *unknowns*: the parameters, and the cuts
 * (nonlinear values of a short axis that later stages use; each is made by a MAP, and its
 * derivatives are chained by the evaluator). The objective is the sum of the maps whose target is
 * the likelihood or the prior.
 *
 * The evaluator calls maps on strips of rows. Arrays passed to map functions are 64-byte aligned
 * and hold 8 * n8 doubles. Map functions have no external symbols, allocate nothing, keep no state
 * and may be called from several threads.
 */
#ifndef MLEC_MODEL_H
#define MLEC_MODEL_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define MLEC_PLAN_ABI 4

/* ---- Axes and types ------------------------------------------------------------------------ */

typedef enum {
    MLEC_AXIS_ONE,       /* a scalar */
    MLEC_AXIS_ROW,       /* the used rows of the table */
    MLEC_AXIS_FACTOR,    /* the levels of a column */
    MLEC_AXIS_INDEX,     /* 1 .. size */
    MLEC_AXIS_PRODUCT,   /* outer x inner, inner fastest */
    MLEC_AXIS_CONTRASTS, /* the levels of a column but the first */
    MLEC_AXIS_TERMS      /* the coefficients of formula `column`, from number `size` on */
} mlec_axis_kind;

typedef struct {
    mlec_axis_kind kind;
    uint32_t column;       /* FACTOR, CONTRASTS: its column; TERMS: its formula */
    uint32_t size;         /* INDEX */
    uint32_t outer, inner; /* PRODUCT: axis numbers */
} mlec_axis;

typedef enum {
    MLEC_TYPE_REAL,
    MLEC_TYPE_POSITIVE,
    MLEC_TYPE_UNIT,
    MLEC_TYPE_INTERVAL, /* real(lo, hi) */
    MLEC_TYPE_INT,      /* int, int(lo, hi) */
    MLEC_TYPE_COUNT,
    MLEC_TYPE_BINARY,
    MLEC_TYPE_FACTOR,
    MLEC_TYPE_ORDERED,
    MLEC_TYPE_SIMPLEX
} mlec_type;

typedef struct {
    const char *name;
    mlec_type type;
    bool declared;             /* by a `data` line; else the file decides */
    bool used;                 /* by a statement: rows where it is missing are left out */
    bool as_codes;             /* read as a factor */
    bool optional;             /* rows where it is missing stay */
    bool ordinal;              /* the order of its levels counts: text needs written ones */
    bool limit;                /* may be infinite */
    double lower, upper;       /* INTERVAL, INT; -inf, inf where open */
    const char *const *levels; /* written levels, or NULL */
    uint32_t n_levels;
    const char *reference; /* factor(ref = "B"), or NULL */
    uint32_t begin, end;   /* bytes of the model's text where it is declared or first used */
} mlec_column;

typedef struct {
    const char *name;
    mlec_type type;
    const char *type_text;
    uint32_t axis;
    double lower, upper; /* of each element */
    const double *start; /* n_start values: 0, 1, or one for each element */
    uint32_t n_start;
} mlec_param;

/* ---- Data that is known before the parameters ----------------------------------------------- */

typedef enum {
    MLEC_BUFFER_COLUMN,     /* doubles of a column */
    MLEC_BUFFER_CODES,      /* int32 level codes of a column, from 0, `lag` rows before */
    MLEC_BUFFER_VARIABLE,   /* doubles, or level codes where the table says that it is a factor */
    MLEC_BUFFER_CODE_VALUE, /* the codes as doubles, from 1 */
    MLEC_BUFFER_INDICATOR,  /* 1 where the column has the level `text`, else 0 */
    MLEC_BUFFER_MISSING,    /* 1 where the column has no value, else 0 */
    MLEC_BUFFER_ROW,        /* 1, 2, ... within the series */
    MLEC_BUFFER_LAST,       /* 1 at the last row, or the last of each code in inputs[0]; else 0 */
    MLEC_BUFFER_COUNT,      /* the number of used rows (axis ONE) */
    MLEC_BUFFER_SIZE,       /* the length of axis `source` (axis ONE) */
    MLEC_BUFFER_MAP,        /* computed at bind: `map` applied to `inputs` */
    MLEC_BUFFER_SUM,        /* inputs[0] summed over its axis (axis ONE) */
    MLEC_BUFFER_MIN,
    MLEC_BUFFER_MAX,
    MLEC_BUFFER_GROUP_SUM, /* inputs[0] summed by the codes in inputs[1]: axis FACTOR */
    MLEC_BUFFER_GATHER,    /* inputs[0] (axis FACTOR) at the codes in inputs[1]: axis ROW */
    MLEC_BUFFER_LAG        /* inputs[0] `lag` rows before in the series; 0 where there is none */
} mlec_buffer_kind;

/* n8 groups of 8 elements; rows[] are the inputs that vary, scalars[] those that do not followed by
 * what `prologue` made of them; out[] the results. */
typedef void (*mlec_map_fn)(int64_t n8, const double *const *rows, const double *scalars,
                            double *const *out);
/* Work that depends on scalars alone: reads scalars[0 .. n), writes behind them. */
typedef void (*mlec_prologue_fn)(double *scalars);

/* Byte code: the same function as operations on whole strips, for a process that has no machine
 * code of it yet. `op` is a row of runtime/calc/strip_ops.h, so byte code is read by the library it
 * was made with alone. Operands are numbers of strips: first rows[], then out[], then `constants`
 * and then the scalars[] named in `scalars`, each repeated over a strip, then n_slots strips of
 * scratch. A jet writes as many strips as it has numbers, from `out` on. */
typedef struct {
    uint32_t op, out, a, b, c;
} mlec_strip_step;

typedef struct {
    const mlec_strip_step *steps;
    const double *constants;
    const uint32_t *scalars;
    uint32_t n_steps, n_rows, n_outputs, n_constants, n_scalars, n_slots;
} mlec_strip_code;

/* A function of the plan: machine code, byte code, or both, which give the same bits. There is no
 * such function when it has neither. */
typedef struct {
    mlec_map_fn code;
    mlec_prologue_fn prologue; /* called before, once for the same scalars; or NULL */
    const mlec_strip_code *strip, *strip_prologue; /* its outputs follow the scalars */
    uint32_t n_scalars;                            /* with those that prologue writes */
    uint32_t n_outputs;
} mlec_function;

typedef struct {
    mlec_buffer_kind kind;
    uint32_t axis;
    uint32_t source;  /* COLUMN to MISSING: the column; SIZE: the axis */
    const char *text; /* INDICATOR */
    uint32_t lag;
    const uint32_t *inputs; /* buffers */
    uint32_t n_inputs;
    mlec_function map; /* MAP: out[0]; inputs that vary and scalars as in a stage */
} mlec_buffer;

/* ---- Formulas -------------------------------------------------------------------------------- */

typedef enum {
    MLEC_VARIABLE_COLUMN,  /* a VARIABLE buffer: a number or a factor, as the table has it */
    MLEC_VARIABLE_FACTOR,  /* a CODES buffer */
    MLEC_VARIABLE_NUMBER,  /* a buffer of numbers */
    MLEC_VARIABLE_COLUMNS, /* several buffers, one coefficient each */
    MLEC_VARIABLE_POLY     /* orthogonal polynomials of a buffer, of degree 1 .. degree */
} mlec_variable_kind;

typedef struct {
    mlec_variable_kind kind;
    const char *text; /* as written: part of coefficients' names */
    const uint32_t *buffers;
    const char *const *names; /* COLUMNS: of each */
    uint32_t n_buffers;
    uint32_t degree;
    const char *reference; /* FACTOR: the level without a coefficient, or NULL: the first */
} mlec_variable;

typedef struct {
    const uint32_t *variables;
    uint32_t n_variables;
} mlec_term;

/* The design of `linear`: its columns are the intercept, then those of each term. Factors have
 * treatment contrasts, or a column for each level where the model lacks the term's margin, as in R
 * (Chambers & Hastie 1992, Statistical Models in S, 2.4). */
typedef struct {
    const char *name;
    const mlec_variable *variables;
    uint32_t n_variables;
    const mlec_term *terms;
    uint32_t n_terms;
    bool intercept;
    uint32_t param; /* its coefficients */
} mlec_formula;

/* ---- Stages --------------------------------------------------------------------------------- */

typedef enum {
    MLEC_STAGE_MAP,
    MLEC_STAGE_LINEAR,
    MLEC_STAGE_SCAN,
    MLEC_STAGE_SOLVE,
    MLEC_STAGE_LOG_SUM /* log sum_l exp(predictor of level l): nonlinear, with a rule of its own */
} mlec_stage_kind;

typedef enum {
    MLEC_INDEX_CONST, /* value */
    MLEC_INDEX_SAME,  /* the index of the element at hand, `value` further */
    MLEC_INDEX_CODE,  /* the code of the element at hand, from buffer `value` */
    MLEC_INDEX_LEVEL  /* the level named `text` of the axis */
} mlec_index_kind;

typedef struct {
    mlec_index_kind kind;
    uint32_t value;
    const char *text;
} mlec_index;

typedef enum {
    MLEC_BLOCK_ELEMENT, /* scale * multiplier[i] * unknown[index] */
    MLEC_BLOCK_DOT,     /* scale * sum_j columns[j][i] * unknown[j] */
    MLEC_BLOCK_DESIGN, /* scale * multiplier[i] * row i of formula `formula` . unknown; of a product
                          of levels and terms, index[0] is the level (SAME: each, in a LOG_SUM);
                          the row index[1].value rows earlier */
    MLEC_BLOCK_ALL,    /* scale * sum_j unknown[j] */
    MLEC_BLOCK_STATE   /* scale * multiplier[i] * state `unknown`, index[1].value rows earlier;
                          0 before the series begins */
} mlec_block_kind;

typedef struct {
    mlec_block_kind kind;
    uint32_t unknown;
    mlec_index index[2]; /* ELEMENT: [0] outer (CONST 0 when the axis is no product), [1] inner */
    int32_t multiplier;  /* buffer, or -1: none */
    double scale;
    const uint32_t *columns; /* DOT: buffers, one for each element */
    uint32_t n_columns;
    uint32_t formula;
} mlec_block;

typedef enum {
    MLEC_TARGET_LIKELIHOOD,
    MLEC_TARGET_PRIOR,
    MLEC_TARGET_UNKNOWN, /* makes the cut number `target_index` */
    MLEC_TARGET_DERIVED, /* makes the derived quantity number `target_index` */
    MLEC_TARGET_STATE    /* SCAN: makes the state number `target_index`, row after row */
} mlec_target;

typedef enum {
    MLEC_REDUCE_NONE, /* the value of each element is kept: only for a short axis */
    MLEC_REDUCE_SUM,  /* summed over the axis */
    MLEC_REDUCE_GROUP /* summed by the codes in `group` */
} mlec_reduce;

/* The functions of a map. Outputs are out[0] = F; out[1 .. K] = dF/du_k; then the second
 * derivatives in the order of `pairs`. value writes the first, gradient the first two parts; they
 * may be missing, then hessian serves for all. */
typedef struct {
    mlec_function value, gradient, hessian;
    mlec_function expected; /* minus the expected second derivatives, in the order of
                               `expected_pairs`; missing when a distribution does not know them */
    const uint32_t *pairs;  /* n_pairs times a, b with a <= b: the entries that are not zero */
    uint32_t n_pairs;
    const uint32_t *expected_pairs;
    uint32_t n_expected_pairs;
    const char *lacks_expected; /* the distribution that does not know them, or NULL */
    /* Over rows: bit d is set when F is a polynomial in its varying inputs that has monomials of
     * degree d, which is 2 at most; each has the plan's weight, where that varies, as a factor, and
     * otherwise coefficients that do not vary. 0: it is no such polynomial. */
    uint32_t degrees;
    /* Kinks: F depends on |u| for some u that are affine in the active inputs, u[j] = data + sum
     * kink_slopes[j * n_active + k] * input k. Outputs are out[3 j] = u[j]; out[3 j + 1] =
     * dF/d|u[j]| where u is 0: the derivative of F along u jumps by twice that; and out[3 j + 2],
     * the side whose derivative the other functions give, -1 or 1, or 0 for the mean of both. */
    mlec_function kinks;
    uint32_t n_kinks;
    const double *kink_slopes;
} mlec_map;

/* Functions of scalars and one varying data input of a map: rows[0] is that input, scalars[] are
 * the map's. Their outputs are further rows[] of the map, behind its data, for all tables in order.
 */
typedef struct {
    uint32_t data; /* which of the stage's data inputs */
    mlec_function function;
} mlec_table;

/* How the function of a SCAN depends on the states of its ring, those that depend on it in turn. */
typedef enum {
    MLEC_PAST_NONLINEAR,
    MLEC_PAST_LINEAR,  /* affine in all of them together */
    MLEC_PAST_BILINEAR /* second derivatives do not depend on them either, and an input that reads
                          them reads nothing else */
} mlec_past;

typedef struct {
    mlec_stage_kind kind;
    uint32_t axis;
    /* LINEAR */
    const mlec_block *blocks;
    uint32_t n_blocks;
    /* MAP, SCAN: active inputs are LINEAR stages (of this axis or ONE), data inputs are buffers (of
     * this axis or ONE; of a SCAN they read its own past through STATE blocks). rows[] of the
     * functions are the varying active inputs, then the varying data inputs; scalars[] likewise the
     * others. Active input k keeps its number in outputs. */
    const uint32_t *active;
    uint32_t n_active;
    const uint32_t *data;
    uint32_t n_data;
    mlec_table *tables; /* of value, gradient and hessian; the other functions do without */
    uint32_t n_tables;
    mlec_map map;
    mlec_target target;
    uint32_t target_index;
    mlec_reduce reduce;
    uint32_t group;     /* buffer of codes */
    mlec_past past;     /* of SCAN */
    bool counted;       /* of axis ONE: the same for every row, times their number or weight */
    uint32_t statement; /* index into plan->statements */
    uint32_t phase;     /* of SCAN, and of MAP that makes a cut: see mlec_series */
} mlec_stage;

/* How rows follow one another. Rows are sorted by the column `order` within the levels of `by`; a
 * lag, a row number and a SCAN begin anew in each series. Without a statement (declared false) all
 * rows are one series in the order of the file.
 *
 * Phases: a cut may aggregate states over all rows, and a later SCAN may read that cut. In phase f
 * the cuts of phase f are evaluated, in order, then the SCANs of phase f row by row; phases of cuts
 * never decrease. */
typedef struct {
    bool declared;
    int32_t order, by; /* columns, or -1 */
    uint32_t n_phases;
} mlec_series;

/* An unknown: parameter number i for i < n_params, then the cuts, each made by a MAP stage. */
typedef struct {
    uint32_t axis;
    uint32_t stage; /* of a cut: the stage that makes it */
} mlec_unknown;

typedef struct {
    const char *name;
    mlec_type type;
    const char *type_text;
    double lower, upper;
    uint32_t axis;
    uint32_t stage;
} mlec_derived;

/* Where a stage comes from, for messages. */
typedef struct {
    const char *text; /* the statement as written */
    uint32_t line, column;
    const char *family; /* name of the distribution, or NULL */
    bool discrete;      /* a distribution over classes: bernoulli, binomial, categorical */
    bool mixture;       /* of distributions: the likelihood may have several maxima */
    bool collapses;     /* and no limit, as the scale of one of them goes to 0 */
    int32_t located; /* buffer of the variate of a mixture whose locations are parameters, or -1 */
    int32_t outcome; /* buffer of a class outcome whose probabilities are the same for all rows, or
                        -1: levels as codes, or numbers 0 and 1 */
    int32_t scale;   /* a normal's scale when it is a parameter element: its parameter, else -1 */
} mlec_statement;

/* A condition that rows must meet: the support of a distribution's variate, a weight >= 0 ... */
typedef enum {
    MLEC_REQUIRE_SUPPORT, /* buffer is 1 where the row is allowed, else 0 */
    MLEC_REQUIRE_WEIGHT,  /* buffer is the weight */
    MLEC_REQUIRE_PRESENT  /* buffer is 0 where the column is missing and used, else 1 */
} mlec_require_kind;

typedef struct {
    mlec_require_kind kind;
    uint32_t buffer;
    int32_t shown;       /* buffer whose value the message shows, or -1 */
    const char *message; /* "is outside the support of poisson" */
    const char *column;  /* name shown, or NULL */
    bool early;          /* asked of rows that `where` leaves out too */
    uint32_t statement;
} mlec_require;

/* constrain: `part` plus offset is >= 0, or 0, for each element of the axis of the LINEAR stage. */
typedef struct {
    uint32_t part;
    int32_t offset;  /* buffer of axis ONE or of the stage's, or -1 */
    double constant; /* added to both */
    bool equality;
    uint32_t statement;
} mlec_constraint;

typedef struct mlec_plan mlec_plan;
struct mlec_plan {
    uint32_t abi;  /* MLEC_PLAN_ABI */
    uint32_t size; /* sizeof(struct mlec_plan) */
    const char *name, *version;
    uint64_t hash; /* of the model's text and options */
    const mlec_column *columns;
    uint32_t n_columns;
    const mlec_axis *axes; /* [0] is ONE, [1] is ROW */
    uint32_t n_axes;
    const mlec_param *params;
    uint32_t n_params;
    const mlec_unknown *unknowns; /* n_params, then cuts in the order of their stages */
    uint32_t n_unknowns;
    const mlec_buffer *buffers; /* in topological order */
    uint32_t n_buffers;
    const mlec_formula *formulas;
    uint32_t n_formulas;
    const mlec_stage *stages; /* in topological order */
    uint32_t n_stages;
    const mlec_derived *derived;
    uint32_t n_derived;
    const mlec_statement *statements;
    uint32_t n_statements;
    const mlec_require *requires;
    uint32_t n_requires;
    const mlec_constraint *constraints;
    uint32_t n_constraints;
    int32_t where;  /* buffer that is not 0 where a row is used, or -1 */
    int32_t weight; /* buffer of weights, or -1 */
    bool sampling;  /* they are sampling weights: n is the used rows */
    uint32_t skip;  /* first rows of each series that do not count in n: a lag has no value there */
    mlec_series series;
    const uint32_t *constants; /* buffers of axis ONE: their sum is added to the log-likelihood */
    uint32_t n_constants;
    const char *const *states; /* names of the definitions that refer to their own past */
    uint32_t n_states;
    const char *const *definitions; /* names of `let`s */
    uint32_t n_definitions;
};

#ifdef __cplusplus
}
#endif
#endif
