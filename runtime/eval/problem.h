/* The inside of a mlec_problem: a plan with its tables bound to the rows of a frame.
 *
 * Unknown space. The evaluator's vector z holds the parameters' elements (theta, or work where a
 * stage reads a reparametrised design), then the elements of the cuts. */
#ifndef RUNTIME_EVAL_PROBLEM_H
#define RUNTIME_EVAL_PROBLEM_H

#include "base/model.h"
#include "base/pool.h"
#include "runtime/data/frame.h"
#include "runtime/eval/eval.h"
#include "runtime/eval/kernels.h"
#include "runtime/eval/strip.h"

enum { STRIP = KERNEL_STRIP, LANES = 8 };

/* The length of an array of n elements, whole groups of lanes. */
static inline size_t padded(size_t n) { return (n + LANES - 1) / LANES * LANES; }

typedef enum {
    TERM_COLUMN, /* scale * x[i] * z[index]; x NULL: 1 */
    TERM_GATHER, /* scale * x[i] * z[index + codes[i]]; a code below 0: nothing */
    TERM_SAME,   /* scale * x[i] * z[index + i] */
    TERM_ALL,    /* scale * sum of z[index .. index + count) */
    TERM_STATE   /* scale * x[i] * state[index][i - count], 0 before the series begins */
} term_kind;

typedef struct {
    term_kind kind;
    uint32_t index, count;
    double scale;
    narrow_column x; /* of the value; doubles where the kind is none of the first two, or where a
                        map reads states beside it */
    narrow_column d; /* of derivatives: x, with 0 where x is not finite. Such an element counts only
                        in a branch that is not taken, or else the value is not finite either */
    int32_t slot;    /* of x and d, where they are no doubles; else -1 */
    const int32_t *codes;
    uint32_t none; /* GATHER: a place in z that holds 0, for codes below 0 */
    bool dense;    /* its derivatives are those of columns: see columns.c */
} bound_term;

/* A column of a predictor's derivatives: scale * d[i] with respect to z[index]. */
typedef struct {
    narrow_column d; /* none: 1 */
    int32_t slot;    /* of a column that is made, or -1 */
    uint32_t index;
    double scale;
} bound_column;

/* A column of doubles that is made strip by strip: d; or with codes d, or 1, where the code is
 * `code`, else 0. */
typedef struct {
    narrow_column d;
    const int32_t *codes;
    int32_t code;
    size_t length;
} made_column;

/* The place in z that a term reads for element i. */
static inline uint32_t term_place(const bound_term *t, size_t i)
{
    if (t->kind == TERM_GATHER)
        return t->codes[i] < 0 ? t->none : t->index + (uint32_t)t->codes[i];
    return t->index + (t->kind == TERM_SAME ? (uint32_t)i : 0);
}

typedef struct bound_linear bound_linear;
struct bound_linear {
    bound_term *terms;
    uint32_t n_terms;
    uint32_t n_plain; /* the first ones are columns */
    bound_column *columns;
    uint32_t n_columns;
    bound_linear *levels; /* LOG_SUM: the predictor of each level but the first */
    uint32_t n_levels;
    bool log_sum; /* log(1 + sum of exp of the levels' predictors) */
    /* In each row it is the predictor of one level of `chosen_from`, that whose code is the first
     * plus a multiple of the step, or 0: the eta[y] beside log_sum(eta). See log_sum.c. */
    const bound_linear *chosen_from;
    int32_t first_code, code_step;
    bool varies;
    bool again;  /* another predictor reads the same columns before */
    bool work;   /* reads the work coordinates of a reparametrised group */
    bool states; /* has a TERM_STATE: its tangents are carried along the rows */
};

/* A definition that refers to its own past. Arrays have zeros before the first row, where lags
 * reach (scan.h); tangents are columns, one for each element of z that moves its ring. */
typedef struct {
    uint32_t ring;
    double *value, *adjoint; /* rows */
    double *tangent;         /* columns, `stride` apart */
    size_t stride;
    double *window, *window_adjoint; /* the same for one strip: see scan_sweep */
} bound_state;
typedef struct scan_set scan_set;     /* scan.h */
typedef struct known_gram known_gram; /* gram.h */

/* The used rows as series, one behind the other: see mlec_series. */
typedef struct {
    const int32_t *position; /* of each used row in its series, from 0; NULL: one series */
    const double *order;     /* of each row of the file, or NULL: the file's order */
    const double *months;    /* dates on one day of the month: their month, or NULL */
    const int32_t *group;    /* of each row of the file, or NULL: one group; -1: missing */
    const char *const *group_names;
    uint32_t n_groups;
    size_t *rank;     /* of each used row, in the order of the file; NULL: the same order */
    uint32_t *reason; /* of each row of the file: why it is left out, see bind_series.c */
} bound_series;

/* A level table of a column, for the used rows. */
typedef struct {
    const int32_t *codes; /* used rows, padded */
    uint32_t n_levels;
    const char *const *levels;
} bound_factor;

/* How second derivatives with respect to z are stored. A block of z, such as the levels of a long
 * factor, may have a diagonal of its own: no two of its elements ever meet in one row. Then
 *   core     n * n, column-major: the elements outside the block, in order
 *   cross    count * n: row k has element k of the block with those
 *   diagonal count
 * follow each other; without a block the core is all. */
typedef struct {
    size_t n;            /* outside the block */
    size_t first, count; /* the block; count 0: none */
} curvature_layout;

static inline size_t curvature_size(const curvature_layout *l)
{
    return l->n * l->n + l->count * l->n + l->count;
}
static inline size_t curvature_outside(const curvature_layout *l, size_t i)
{
    return i < l->first ? i : i - l->count;
}

/* ---- Formulas ---- */

/* A number in a design column: a buffer, or a polynomial of it. */
typedef struct {
    uint32_t buffer, degree; /* degree 0: the buffer itself */
    const double *values;    /* of the polynomial */
    const mlec_variable *variable;
} design_number;

typedef struct {
    const bound_factor *factor;
    uint32_t reference;
    bool contrasts; /* the reference has no coefficient */
    uint32_t stride;
} design_factor;

/* Columns of a design that share their numbers: one, or one for each combination of levels. */
typedef struct {
    uint32_t first; /* coefficient */
    design_number *numbers;
    uint32_t n_numbers;
    design_factor *factors;
    uint32_t n_factors;
    narrow_column x;      /* the product of the numbers; none: 1 */
    const int32_t *codes; /* which coefficient behind `first`, or -1; NULL: 0 */
} design_column;

typedef struct {
    design_column *columns;
    uint32_t n_columns;
    uint32_t n_coefficients;
    const char **names; /* "Intercept", "site=b" */
    uint8_t *aliased;   /* of each coefficient */
} bound_formula;

/* A function of one column of few values: codes[i] is which of n values row i has. n 0: it has too
 * many. results: of each output, padded(n) numbers. */
typedef struct {
    const int32_t *codes;
    const double *values;
    size_t n;
    double *results;
} bound_lookup;

/* What a view with fewer rows was made by: see reduce.c. */
typedef enum { REDUCTION_NONE, REDUCTION_MERGED, REDUCTION_MOMENTS } reduction_kind;

struct mlec_problem {
    mlec_allocator memory;
    arena arena;
    mlec_ctx *ctx;
    const mlec_model *model;
    const mlec_plan *plan;
    frame *data; /* or NULL */
    bool use_priors;
    eval_info info;
    size_t n_rows;        /* used */
    bool excluding;       /* rows are being left out by `where`: levels may vanish */
    int64_t *row_numbers; /* data row of each used row, from 1; NULL: all rows are used */
    bound_series series;
    size_t *axis_length;      /* of each axis */
    bound_factor *factors;    /* of each column; levels NULL where it is no factor */
    const char *cluster;      /* the column of options.cluster, or NULL */
    bound_factor clusters;    /* its levels */
    bool *variable_is_factor; /* of each column, as a variable of formulas */
    bound_formula *formulas;
    uint32_t source;        /* the model's text on ctx->diags, or 0 */
    narrow_column *buffers; /* of numbers, where it is no buffer of codes */
    int32_t *buffer_slots;  /* of each: see made_column; or -1 */
    const int32_t **codes;
    double data_constant;
    bound_linear *linear; /* by stage */
    size_t *first;        /* of each unknown: its place in z */
    size_t n_z;
    curvature_layout layout;       /* of `hessian` */
    uint32_t none;                 /* a place in z behind all others that holds 0; see bound_term */
    bool has_cuts, objective_cuts; /* some stage reads a cut; one of the objective does */
    bound_state *states;           /* of each state of the plan */
    /* workspace of one evaluation */
    double *z_theta, *z_work;
    double *gradient, *hessian;             /* n_z, by layout: in work coordinates */
    double *theta_gradient, *theta_hessian; /* the part of stages in theta, when groups exist */
    double *strips;                         /* n_strips arrays of STRIP */
    uint32_t n_strips;
    int threads; /* as asked for; 0: one for each core */
    size_t n_chunks, chunk_rows;
    int n_workers;
    parallel_pool *pool; /* shared by all views; or NULL */
    double *chunk_sums;
    mlec_problem *workers;  /* views of this problem with scratch of their own */
    bound_lookup **lookups; /* by stage, of each of its tables */
    double *table_strips, **table_outs, *table_scalars;
    VEC(known_gram) grams; /* of the designs */
    VEC(made_column) made;
    uint32_t n_indicators; /* of those, with codes */
    double *made_strips;   /* of each, the strip that begins at made_first */
    size_t *made_first;
    mlec_problem **reduced;      /* by stage: a view with fewer rows for sums over all, or NULL */
    VEC(mlec_problem *) thinned; /* thin.c: views with some of the rows */
    reduction_kind reduction;
    double *multiplicity; /* of each row of a view: for how many it stands; else NULL */
    const eval_kernels *kernels;
    bool shares;        /* whether the probabilities of log-sums are wanted */
    size_t ahead;       /* how many elements before their turn columns are asked for; see combine */
    const double *ones; /* a strip of ones: what a column of constants multiplies */
    size_t n_cross;
    double *cross_sums;   /* columns of two predictors: zero between uses */
    double *column_sums;  /* likewise, of all pairs of a stage: sums over a range */
    double *level_strips; /* of a log-sum: one of scratch, two for each level */
    const strip_ops *strip_ops;
    void *strip_scratch;
    work_report work, reported; /* see map_call.c */
    double *scalars;            /* room for n_scalars */
    size_t n_scalars;
    const double **row_pointers;
    double **out_pointers;
    double *totals;       /* sums of outputs over the strips of a range */
    double *cut_jacobian; /* longest cut times n_z */
    scan_set *scan;       /* NULL: no states */
    bool *needed;         /* of each stage: the objective reads what it makes */
    double *derived_values, *derived_gradient, *fault_inputs, *public_work;
};

/* The number in the file of used row i, from 1. */
static inline int64_t row_number(const mlec_problem *p, size_t i)
{
    return p->row_numbers ? p->row_numbers[i] : (int64_t)i + 1;
}

/* What a buffer of one element has. */
static inline double buffer_scalar(const mlec_problem *p, uint32_t buffer)
{
    return narrow_at(p->buffers[buffer], 0);
}
/* bind_buffers.c: a buffer as doubles, which it then stays. */
const double *buffer_values(mlec_problem *p, uint32_t buffer);
/* n elements of a column, padded, as doubles. */
narrow_column widen_column(mlec_problem *p, narrow_column c, size_t n);

/* eval.c: the unknowns in z_theta and z_work, cuts and states with tangents too. */
void eval_set_point(mlec_problem *p, const double *theta);
/* Whether a stage reads the work coordinates of a reparametrised group. */
bool eval_reads_work(const mlec_problem *p, const mlec_stage *s);
/* One gradient from theta to work coordinates, or back, in place. */
void eval_turn_gradient(const mlec_problem *p, bool to_work, double *gradient);
/* Rounding to nearest, no flushing, whatever the host program has set. */
unsigned eval_set_rounding(void);
void eval_restore_rounding(unsigned old);
/* The weight of a used row; 1 without weights. */
double eval_weight(const mlec_problem *p, size_t row);
/* The place of used row i in its series, from 0. */
static inline size_t series_position(const mlec_problem *p, size_t i)
{
    return p->series.position ? (size_t)p->series.position[i] : i;
}

/* The place of used row i among the used rows in the order of the file, as rows are given out. */
static inline size_t series_rank(const mlec_problem *p, size_t i)
{
    return p->series.rank ? p->series.rank[i] : i;
}

/* H with respect to work -> with respect to theta: R' H R, in place. */
void eval_hessian_to_theta(const mlec_problem *p, double *hessian);

/* bind.c: columns and rows; false after a report. */
/* chunks.c: how many chunks of rows, by counts alone; workers, once all else is allocated. */
void chunks_plan(mlec_problem *p);
void chunks_allocate(mlec_problem *p, arena *a);
/* problem.c: scratch of one thread. */
void problem_allocate_scratch(mlec_problem *p, arena *a);
/* columns.c: the columns of what a stage reads, over n elements. */
void columns_bind(mlec_problem *p, arena *a, const mlec_stage *s);
/* reduce.c: views with fewer rows; `without` as in mlec_options. */
void reduce_stages(mlec_problem *p, uint32_t without);

bool bind_columns(mlec_problem *p, const mlec_options *o);
/* bind_series.c */
enum { ROW_USED = 0, ROW_EXCLUDED = UINT32_MAX }; /* reasons; else the number of a column + 1 */
/* Each NULL where the model has none; `dates` when the order is no column of numbers. */
bool series_read(mlec_problem *p, const frame_column *numbers, const frame_levels *dates,
                 const frame_levels *by);
/* Sorts the n rows to be used, and finds where series begin. */
void series_sort(mlec_problem *p, size_t *rows, size_t n);
/* Ties, rows left out inside a series, unequal steps; false after an error. */
bool series_check(mlec_problem *p, const mlec_options *o);
/* bind_buffers.c */
bool bind_buffers(mlec_problem *p);
/* `early`: those that are asked before `where` leaves rows out. */
bool bind_requirements(mlec_problem *p, bool early);
/* bind_formula.c: coefficients, once factors are known; then the columns of the designs. */
bool bind_formula_shapes(mlec_problem *p);
bool bind_formula_columns(mlec_problem *p);
/* Which of a column's coefficients a row has, or -1. */
int32_t design_code(const design_column *d, size_t row);
/* bind_linear.c: parameters' places and names, terms, groups. */
bool bind_parameters(mlec_problem *p, const mlec_options *o);
bool bind_linear_stages(mlec_problem *p);
/* bind_condition.c: designs, and the groups of coefficients that are replaced. */
void bind_conditions(mlec_problem *p);
/* bind_block.c: the longest block of z whose second derivatives are diagonal, if it is worth it. */
void bind_block(mlec_problem *p);
/* bind_lint.c: warnings of `mlec check`. */
void bind_lint(mlec_problem *p);
/* bind_constraints.c */
bool bind_constraints(mlec_problem *p);

/* engine.c: one map stage over its axis. */
typedef struct {
    bool gradient, hessian, expected;
    const double *z;
    const double *lambda; /* a factor for each group, or NULL: 1 */
    const int32_t *group; /* of each element, or NULL: one group */
    bool by_element;      /* each element is its own group */
    double *value;        /* one for each group: added to (compensation behind, see engine.c) */
    double *g;            /* n_groups rows of stride n_z, or NULL */
    double *h;            /* n_z * n_z, or NULL */
    double sign;          /* of what is added to h */
    size_t from, to;      /* elements; 0, 0: all; `from` begins a strip */
    const mlec_function *function; /* what scan_sweep has chosen, and its scalars; or NULL */
    double *scalars;
    /* hooks of single rows */
    double *row_values, *row_slopes;
    double *row_scores;      /* (to - from) rows of n_z: the gradient of each element is added */
    const double *direction; /* z-space, for row_slopes */
    int64_t *first_bad;      /* set to the first element that is not finite */
} engine_run;
void engine_map(mlec_problem *p, uint32_t stage, engine_run *run);
/* Kinks of a map: u, w and side of kink j at element i stand at i + j * length. */
void engine_kinks(mlec_problem *p, uint32_t stage, const double *z, double *u, double *w,
                  double *side);
/* row[n_z] += scale * (terms of a linear stage at one element). */
void engine_add_row(const bound_linear *l, size_t element, double scale, double *row);
/* Whether a stage is one of the objective's maps. */
bool eval_in_objective(const mlec_problem *p, const mlec_stage *s);
bool eval_reads_work(const mlec_problem *p, const mlec_stage *s);
/* scores.c: marks the stages that make what stage `id` reads, and itself. */
void eval_mark_sources(const mlec_problem *p, uint32_t id, bool *seen);

/* map_call.c: the functions of maps. map_function gives the one for an order, or a larger one whose
 * further outputs nobody reads, for n8 groups of 8 elements; call_prologue comes before call_map
 * whenever p->scalars are new.
 * call_map computes n8 groups of 8 elements from p->row_pointers into p->out_pointers. */
typedef enum { ORDER_VALUE, ORDER_GRADIENT, ORDER_HESSIAN } eval_order;
const mlec_function *map_function(mlec_problem *p, const mlec_map *m, eval_order order, size_t n8);
bool function_exists(const mlec_function *f);
void call_prologue(mlec_problem *p, const mlec_function *f);
void call_map(mlec_problem *p, const mlec_function *f, size_t n8);
/* Tells the compiler of the work since the last time, or of what a fit of this problem will
 * probably take. */
void report_work(mlec_problem *p);
void report_expected_work(const mlec_problem *p);

/* scan_bind.c: everything that evaluating states needs. */
void scan_bind(mlec_problem *p, uint32_t without); /* as in mlec_options */
/* scan.c: the states of a phase, with tangents too; `all`: not only those that the objective needs.
 */
void scan_forward(mlec_problem *p, uint32_t phase, const double *z, bool tangents, bool all);
/* Adds the curvature of the recursions of a phase to h, given the adjoints that the maps and the
 * recursions of later phases have left. */
void scan_backward(mlec_problem *p, uint32_t phase, const double *z, double *h);
/* No state has an adjoint. */
void scan_clear(mlec_problem *p);
/* Whether the maps of the objective that read states are evaluated by scan_sweep, which does the
 * work of scan_forward, engine_map and scan_backward for them; `run` is as for engine_map. */
bool scan_sweeps(const mlec_problem *p);
void scan_sweep(mlec_problem *p, const engine_run *run, double *likelihood, double *prior);
/* The adjoints that a strip of a map leaves with the states. */
void scan_pass_adjoints(mlec_problem *p, const mlec_stage *s, const engine_run *run, size_t first,
                        size_t n);
bool scan_reads(const mlec_problem *p, const mlec_stage *s);
/* Values of the inputs of a stage at one element: active, then data. */
void engine_inputs(mlec_problem *p, uint32_t stage, size_t element, const double *z, double *out);

#endif
