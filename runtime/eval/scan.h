/* Definitions that refer to their own past, as they are bound: what scan*.c share.
 *
 * Recursions that read each other form a *ring*; rings stand in an order in which each reads only
 * itself and those before. The elements of z that can move a ring's states are its *columns*:
 * tangents are kept column by column, like data, so that what works on the columns of a design
 * works on them too. */
#ifndef RUNTIME_EVAL_SCAN_H
#define RUNTIME_EVAL_SCAN_H

#include "runtime/eval/engine.h"

enum {
    AT_ONCE = 8,     /* columns that one sweep over a strip solves for */
    NARROW = 32,     /* columns: above it is worth knowing which are not zero in a strip */
    MOST_SEEDS = 4,  /* see scan_sweep */
    MOST_FUSED = 64, /* elements of z in a sweep that stores no tangents */
    NO_COLUMN = -1
};

/* Elements of z, sorted, and those of them that are not zero in each strip. */
typedef struct {
    uint32_t n, *place;
    int32_t *of_place;     /* of each element of z: its column, or NO_COLUMN */
    const uint32_t *all;   /* 0 .. n - 1 */
    const uint32_t **live; /* of each strip; NULL: all, everywhere */
    uint32_t *n_live;
} scan_columns;

/* s[i] += a[i] * from[i - lag] within a ring. */
typedef struct {
    uint32_t from, lag; /* number in the ring */
    const double *a;    /* of the strip at hand */
    double *sum;        /* a strip, unless an output alone is `a` */
} scan_coupling;

/* A term of an input that reads a state of the ring. */
typedef struct {
    uint32_t input, coupling;
    const bound_term *term;
} scan_past;

/* A term that moves a column directly: dF/d input times the term. */
typedef struct {
    uint32_t input;
    const bound_term *term;
} scan_source;

/* A second derivative with respect to two inputs that are one element of z each. */
typedef struct {
    uint32_t pair, a, b; /* elements of z */
    bool same;           /* input */
    double scale;
} scan_constant;

typedef struct {
    const mlec_stage *stage;
    bound_state *state;
    bound_linear *outer; /* of each active input: its terms that read no state of the ring */
    scan_past *past;
    uint32_t n_past;
    scan_coupling *couplings;
    uint32_t n_couplings;
    scan_source *sources;   /* column c has those from first_source[c] to first_source[c + 1] */
    uint32_t *first_source; /* n_columns + 1 */
    scan_constant *constants;
    uint32_t n_constants;
    bool *is_constant; /* of each pair */
    const double **constant_outputs;
    double *sums;
    const mlec_function *functions[ORDER_HESSIAN + 1];
    double *scalars[ORDER_HESSIAN + 1];
    const double **rows; /* what the function reads: of each input and buffer that varies */
    double **inputs;     /* a strip for each active input; NULL: it does not vary */
    double *adjoint;     /* of the strip at hand, while adjoints are solved */
    double **outputs;    /* strips: F, its first derivatives, its second ones */
    double **lanes;      /* eight for each active input that reads a state of the ring; or NULL */
    double **lane_outputs;
} bound_scan;

typedef struct {
    bound_scan *scans;
    uint32_t n_scans, phase;
    bool linear;   /* in its own states: solved, not stepped through */
    bool chain;    /* one state, one row back: the kernel for first-order recursions */
    bool bilinear; /* and second derivatives do not read its states */
    bool needed;   /* by the objective */
    scan_columns columns;
    bool *wild; /* of each strip: some tangent is not finite */
} scan_ring;

/* A map of the objective that reads states, in a sweep. */
typedef struct {
    uint32_t stage;
    const mlec_function *function;
    double *scalars;
} scan_reader;

/* A row before a strip from which later rows depend on a state. */
typedef struct {
    bound_state *state;
    uint32_t back;            /* rows before the strip */
    double *curvature, *next; /* n_z squared: second tangents of the state there */
} scan_seed;

struct scan_set {
    scan_ring *rings;
    uint32_t n_rings;
    size_t front;  /* zeros before each array: rows that lags reach before the first */
    bool fused;    /* the objective is swept, see scan_sweep */
    bool windowed; /* tangents and adjoints are those of one strip */
    scan_reader *readers;
    uint32_t n_readers;
    scan_seed seeds[MOST_SEEDS];
    uint32_t n_seeds;
    /* scratch */
    double *side_strips; /* AT_ONCE for each scan of a ring */
    const double **right_sides;
    double **solutions;
    double *products; /* strips: tangents times data, n_used of them */
    size_t n_used;
    double *rows;             /* for each scan of a ring AT_ONCE numbers in each row of a strip */
    double *weights, *passed; /* a strip each */
    const double *zeros;      /* a strip */
    bound_term *terms;        /* of views */
    bound_column *columns;
    bound_linear *views;
    const mlec_stage *viewed; /* what the views are of; NULL: of nothing that may be used again */
    size_t viewed_first;
};

/* Where the arrays of a state are for the strip that begins at row `first`. */
double *scan_tangent_at(const mlec_problem *p, const bound_state *s, uint32_t column, size_t first);
double *scan_adjoint_at(const mlec_problem *p, const bound_state *s, size_t first);
/* The columns of a ring that are not zero in a strip. */
uint32_t scan_live(const scan_columns *c, size_t first, const uint32_t **list);

/* scan_tangent.c */
/* The tangents of a strip of a ring, from the first derivatives in its scans' outputs. */
void scan_solve_tangents(mlec_problem *p, scan_ring *ring, size_t first, size_t n);
/* Sets p->scan->views[k] to input k of a stage at rows first .. first + n, as if these were all:
 * states are columns. True: a tangent is not finite, and may only be used together with `weight`,
 * by which the columns will be multiplied: where it is 0 they then count nothing. */
bool scan_view(mlec_problem *p, const mlec_stage *s, size_t first, size_t n, const double *weight);

/* scan_linear.c */
/* The coefficients of a ring's couplings, from the first derivatives. */
void scan_set_couplings(mlec_problem *p, scan_ring *ring, size_t first, size_t n);
/* x[s][k][i] = b[s][k][i] + couplings, for scan s of the ring and k < count. */
void scan_solve(const mlec_problem *p, const scan_ring *ring, size_t n, size_t count,
                const double *const *b, double *const *x);
/* The same backward: adjoints go to the rows that were read, also before the strip. */
void scan_solve_back(const mlec_problem *p, const scan_ring *ring, size_t first, size_t n);

#endif
