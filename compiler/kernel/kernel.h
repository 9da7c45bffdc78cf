/* The kernel plan: terms of the graph become stages, buffers and functions.
 *
 * Expects a built model without errors. For each term it finds the linear predictors (maximal
 * expressions affine in the parameters with data-only coefficients), rewrites the rest as a graph F
 * over a few inputs, differentiates F, and lists the functions to be compiled. What depends on data
 * alone becomes buffers, computed once when data are bound; what depends on scalars alone becomes
 * a function's prologue, computed once for each evaluation.
 *
 * The result is the mlec_plan of the model with empty function pointers, and the functions that a
 * back end has to put there. */
#ifndef COMPILER_KERNEL_KERNEL_H
#define COMPILER_KERNEL_KERNEL_H

#include "compiler/fold/build.h"

/* Where inputs of a function are found at run time: rows[] or scalars[]. */
typedef struct {
    bool varies;
    uint32_t slot; /* in rows[] or scalars[] */
    bool is_active;
    const char *name; /* for dumps */
} kernel_input;

/* What a function computes for its owner. */
typedef enum {
    KERNEL_DATA,
    KERNEL_VALUE,
    KERNEL_GRADIENT,
    KERNEL_HESSIAN,
    KERNEL_EXPECTED,
    KERNEL_KINKS,
    KERNEL_TABLE
} kernel_role;

/* Functions that get machine code together, when there is work for them. */
typedef enum {
    KERNEL_ROWS = 1,   /* with second derivatives, element by element of a long axis */
    KERNEL_ORDERS = 2, /* value, value and gradient: parts of others, which can serve for them */
    KERNEL_REST = 4,   /* of one element, or computed once */
    KERNEL_SETS = 3    /* their number */
} kernel_set;

/* One function: graphs over INPUT leaves. */
typedef struct {
    const char *name; /* "map2_hessian" */
    const kernel_input *inputs;
    uint32_t n_inputs;
    const node *outputs; /* 0: skipped */
    uint32_t n_outputs;
    const node *hoisted; /* computed by the prologue, into scalars[n_scalars ..] */
    uint32_t n_hoisted;
    uint32_t n_scalars; /* input scalars */
    /* Where the plan wants the compiled function: known once the tables have their final places. */
    kernel_role role;
    kernel_set set;
    uint32_t owner;  /* the buffer, or the stage */
    uint32_t number; /* TABLE: of the stage's tables */
    mlec_function *slot;
} kernel_function;

/* The graphs of one map stage, for dumps and the interpreter. */
typedef struct {
    uint32_t stage;
    const kernel_input *inputs;
    uint32_t n_inputs, n_active;
    node value;
    const node *gradient; /* n_active */
    const node *pairs;    /* in the order of the stage's pairs */
    uint32_t n_pairs;
    const build_term *term; /* or NULL for a cut */
} kernel_map;

typedef struct {
    const uint32_t *columns;
    uint32_t n;
} kernel_dot;

typedef struct {
    build *b;
    arena *arena;
    mlec_plan plan;
    VEC(kernel_function) functions;
    VEC(kernel_map) maps;
    /* growing tables of the plan */
    VEC(mlec_stage) stages;
    VEC(mlec_buffer) buffers;
    VEC(node) buffer_nodes; /* the node a buffer holds; 0 for codes */
    VEC(mlec_unknown) unknowns;
    VEC(node) cut_nodes;  /* the node of each unknown behind the parameters */
    VEC(kernel_dot) dots; /* the lists of columns that blocks have */
    bool *scanned;        /* of each state: its stage is planned, or being planned */
    VEC(mlec_statement) statements;
    VEC(const stmt *) statement_stmts;
    VEC(uint32_t) constants;
    VEC(mlec_derived) derived;
    VEC(mlec_require) requires;
    VEC(mlec_constraint) constraints;
} kernel;

/* Fills `k` (zeroed but for b, arena). Errors (what machine code cannot do yet) are reported. */
void kernel_plan(kernel *k, const char *name, uint64_t hash);

/* The plan as text: axes, buffers, stages with what is in each stage of the computation. */
void kernel_print(const kernel *k, buf *out);
/* value, gradient or Hessian graphs of every map (which: 0, 1, 2). */
void kernel_print_graphs(const kernel *k, int which, buf *out);
/* The statements of the model as LaTeX. */
void kernel_print_latex(const kernel *k, buf *out);
/* The C header of an object made from the plan; in the arena. */
const char *kernel_header(kernel *k, const char *symbol);

/* ---- between the files of this folder ---- */

/* One linear predictor: sum of blocks. `multiplier` nodes become buffers. */
typedef struct {
    mlec_block *blocks;
    node *multipliers; /* 0: none */
    uint32_t n_blocks;
    bool varies; /* by the map's axis */
} predictor_form;

/* A marked node of a term: value = offset + scale * predictor. */
typedef struct {
    node n, offset; /* offset 0: none */
    double scale;
    uint32_t predictor;
} predictor_mark;

typedef struct {
    kernel *k;
    uint16_t axis;
    VEC(predictor_form) forms;
    VEC(predictor_mark) marks;
} predictor_set;

/* Marks the predictors that the graphs under `root` read; `forced` also when root itself is affine.
 */
void predictors_find(predictor_set *p, node root, bool forced);
/* The unknown that stands for an aggregate of parameters: made on first use. */
uint32_t kernel_cut(kernel *k, node n);
/* Derives powers of one base from the highest, in all outputs of a function together. */
void kernel_share_powers(kernel *k, node *outputs, uint32_t n);
/* Functions of scalars and one data input, which become inputs of their own: see lookup.c. */
typedef struct {
    uint32_t input;
    VEC(node) nodes; /* the inputs n_inputs, n_inputs + 1 ..., over all groups in order */
} kernel_lookup;
typedef struct {
    VEC(kernel_lookup) groups;
    uint32_t n; /* nodes of all */
} kernel_lookups;
/* Finds them in all outputs of a function together, and replaces them. */
kernel_lookups kernel_find_lookups(kernel *k, const kernel_input *inputs, uint32_t n_inputs,
                                   uint32_t n_active, node *outputs, uint32_t n);
/* Gathers the scalar factors of products and quotients, in all outputs of a function together. */
void kernel_gather_scalars(kernel *k, node *outputs, uint32_t n);
/* The degrees of the monomials of a polynomial in the varying inputs, as in mlec_map.degrees. Each
 * has the factor `weight`, an input, unless 0. */
uint32_t kernel_degrees(kernel *k, node root, node weight);
/* Fuses products into the sums that read them, in all outputs of a function together. */
void kernel_contract(kernel *k, node *outputs, uint32_t n);
/* Plans the stage of a recursive definition, on first use. */
void kernel_scan(kernel *k, uint32_t state);
uint32_t kernel_buffer(kernel *k, node n);
/* Level codes of a column, `lag` rows before. */
uint32_t kernel_codes(kernel *k, uint32_t column, uint32_t lag);
/* A column of a formula: codes or doubles, as the data have it. */
uint32_t kernel_variable(kernel *k, uint32_t column);
/* The plan's tables of parameters, which are unknowns, and of columns, once all buffers are known.
 */
void kernel_params(kernel *k);
void kernel_columns(kernel *k);
/* Once the tables have their final places: functions learn where their pointers go. */
void kernel_place_functions(kernel *k);
/* The plan's formulas. */
void kernel_formulas(kernel *k);
/* Sets the phase of each cut and each recursion, and how these depend on their past; the number of
 * phases. */
uint32_t kernel_phases(kernel *k);
/* Sets how each recursion depends on its past. */
void kernel_find_pasts(kernel *k);
uint32_t kernel_statement(kernel *k, const stmt *s, const build_family *family);
bool affine(kernel *k, node n);
/* The affine node `n` as blocks plus an offset of data (0: none). */
predictor_form predictor_split(kernel *k, node n, node *offset);
/* The stage of a predictor, shared between terms. */
uint32_t kernel_linear_stage(kernel *k, const predictor_form *form, uint16_t axis);
void kernel_constraint(kernel *k, const build_constraint *c);

/* Places where F bends: see mlec_map.kinks. */
typedef struct {
    uint32_t count;
    node *outputs;  /* 3 * count */
    double *slopes; /* count * n */
} kernel_kinks;
/* Those of `root`, a graph over n active inputs; `allowed` says which of these are affine in the
 * parameters themselves. */
kernel_kinks kernel_find_kinks(kernel *k, node root, const node *inputs, const bool *allowed,
                               uint32_t n);

#endif
