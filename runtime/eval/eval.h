/* Evaluation of a compiled model on bound data: what the optimizer and the inference see.
 *
 * Coordinates. `theta` is the declared (natural) scale, one number per element of every parameter,
 * in order of declaration. `work` is a linear change of it, theta = A work, in which designs are
 * well conditioned: A is the identity but for groups of coefficients whose columns are nearly
 * collinear, where work = R theta with R from a QR of the design. All derivatives here are with
 * respect to `work`. Most problems have no such group; then work is theta.
 */
#ifndef RUNTIME_EVAL_EVAL_H
#define RUNTIME_EVAL_EVAL_H

#include "base/ctx.h"

#include <mlec.h>
#include <mlec_model.h>

/* One declared parameter: elements [first, first + count) of theta. */
typedef struct {
    const char *name;      /* "b" */
    const char *type_text; /* "positive", "real(0, 1)", "simplex[3]" */
    mlec_type type;        /* MLEC_TYPE_REAL, POSITIVE, UNIT, INTERVAL, ORDERED, SIMPLEX */
    double lower, upper;   /* of each element; -inf, inf where open */
    uint32_t first, count;
    /* ORDERED, SIMPLEX: one vector of `count`, or `count / width` vectors of `width` each
     * (a vector by level of a factor). */
    uint32_t width;
} eval_parameter;

/* A group of ill-conditioned coefficients: theta[index[i]] = sum_j inverse_r[i + j * size]
 * work[index[j]]. */
typedef struct {
    uint32_t size;
    const uint32_t *index;
    const double *r;         /* size * size, upper triangular, column-major: work = r theta */
    const double *inverse_r; /* likewise */
    double condition;        /* 2-norm condition number of the columns, each scaled to length 1 */
} eval_group;

/* One predictor's dense design as the checks of identifiability see it: the condition number of
 * its scaled columns, also when no group was made of it (a rank-deficient design has inf). */
typedef struct {
    uint32_t size;
    const uint32_t *index; /* elements of theta */
    double condition;
} eval_design;

/* sum of coefficient[i] * theta[index[i]] + constant >= 0, or == 0. */
typedef struct {
    uint32_t n;
    const uint32_t *index;
    const double *coefficient;
    double constant;
    bool equality;
    int64_t
        element; /* of a bound that the type of a straight parameter sets: its element; else -1 */
    const char *text; /* of a `constrain` statement, or NULL */
    uint32_t line, column;
} eval_constraint;

typedef struct {
    size_t n_theta;
    const char *const *names; /* element names: "b[2]", "u[A]" */
    size_t n_parameters;
    const eval_parameter *parameters;
    const double *start; /* n_theta: declared starts; NaN where none was declared */
    const bool *fixed;   /* n_theta: held at start (--fix, or aliased) */
    const bool *aliased; /* n_theta: set aside by its formula, or NULL: none */
    /* Elements of which no two meet in one row, such as the levels of a long factor; count 0: none.
     * They are unbounded, straight, and in no group. */
    size_t block_first, block_count;
    size_t n_groups;
    const eval_group *groups;
    size_t n_designs;
    const eval_design *designs;
    size_t n_constraints; /* of statements, then of the types of straight parameters */
    const eval_constraint *constraints;
    const bool *straight; /* n_parameters: it is in a constraint or kink, which are linear on the
                             declared scale alone; NULL: none is */
    size_t n_derived;     /* elements of all `report` quantities */
    const char *const *derived_names;
    const mlec_type *derived_types; /* REAL, POSITIVE, UNIT, INTERVAL */
    const char *const *derived_type_texts;
    const double *derived_lower, *derived_upper;
    size_t rows, rows_used, rows_missing;
    double n;        /* rows used, or the sum of frequency weights */
    bool sampling;   /* the weights are sampling weights */
    bool has_priors; /* and they are in force */
    size_t n_factors;
    const mlec_factor *factors;
    const char *model_name, *data_name;
} eval_info;

/* The Hessian where a block of theta has a diagonal of its own; see eval_info. m = n_theta - count.
 */
typedef struct {
    double *core;     /* m * m, column-major: the elements outside the block, in order */
    double *cross;    /* count * m: row k has element k of the block with those */
    double *diagonal; /* count */
} eval_block;

typedef struct {
    double log_likelihood, log_prior; /* their sum is the objective; may be -inf or NaN */
    double *gradient;                 /* n_theta, or NULL: not wanted */
    double *hessian;                  /* n_theta^2 column-major, symmetric, or NULL */
    eval_block *block;                /* the same by parts where eval_info has a block, or NULL */
    double *expected; /* minus the expected Hessian (Fisher information plus minus the
                         prior's Hessian), n_theta^2, or NULL */
} eval_output;

const eval_info *eval_get_info(const mlec_problem *p);

/* thin.c: the problem with `rows` of its rows, which stand for all where rows do not depend on each
 * other, for evaluations alone; NULL where that is no less work, or another problem. It belongs to
 * the problem, as its info does. */
mlec_problem *eval_thin(mlec_problem *p, size_t rows);

/* Value and derivatives at `work`. Allocates nothing. Output arrays are overwritten. */
void eval_work(mlec_problem *p, const double *work, eval_output *out);

/* Whether eval_output.expected can be asked for; if not, the distribution that lacks it. */
bool eval_has_expected(const mlec_problem *p, const char **lacking);

void eval_to_theta(const mlec_problem *p, const double *work, double *theta);
void eval_to_work(const mlec_problem *p, const double *theta, double *work);
/* In place, both sides: covariance in work coordinates -> natural: A C A'. n_theta^2. */
void eval_covariance_to_theta(const mlec_problem *p, double *covariance);
/* A gradient with respect to work -> with respect to theta: R' g. */
void eval_gradient_to_theta(const mlec_problem *p, const double *work_gradient, double *gradient);

/* The same the other way: R^-T g, in place. */
void eval_row_to_work(const mlec_problem *p, double *row);

/* Derived quantities at theta: values[n_derived] and, unless NULL, their derivatives with respect
 * to theta: jacobian[n_derived * n_theta], column-major (one column per element of theta). */
void eval_derived(mlec_problem *p, const double *theta, double *values, double *jacobian);

/* Where the objective is not finite at theta: the first data row (1-based, 0: no row is to blame),
 * its line in the data file (0: none), and the innermost sub-expression that made it so, as text.
 * False when the objective is finite. Strings are owned by the problem. */
typedef struct {
    int64_t row;
    uint32_t line;
    const char *expression; /* or NULL */
    double value;           /* of that expression */
} eval_fault;
bool eval_find_fault(mlec_problem *p, const double *theta, eval_fault *fault);

/* Log-likelihood contribution of each used row at theta, and its derivative along `direction`
 * (natural scale): rows_used numbers each; either may be NULL. Returns false when the likelihood is
 * not a sum over rows. */
bool eval_rows(mlec_problem *p, const double *theta, const double *direction, double *values,
               double *slopes);

/* ---- Scores (scores.c) ----
 *
 * The score of a row is the derivative of its log-likelihood, times its weight, with the data held:
 * an aggregate of parameters or a recursion counts as the function of theta that it is. */

/* What is independent of each other: rows, or the levels of a column. */
typedef struct {
    const char *column; /* or NULL: rows */
    double n;           /* rows, the sum of frequency weights, or levels */
} eval_units;

/* False, with the reason in `a`, when the log-likelihood is no sum over rows (`units` NULL) or no
 * sum over units that are independent by the model's own structure. */
bool eval_find_units(const mlec_problem *p, arena *a, eval_units *units, const char **reason);
/* scores[rows_used * n_theta], row after row, with respect to theta. */
void eval_scores(mlec_problem *p, arena *a, const double *theta, double *scores);
/* The sum of u u' over the units, u the sum of a unit's scores with respect to work: the middle of
 * the sandwich, meat[n_theta^2]. With priors in force u is taken about its mean. */
void eval_meat(mlec_problem *p, arena *a, const double *theta, const eval_units *units,
               double *meat);

/* Families of the row statements, for words: true when every row statement is a distribution with
 * a discrete outcome on two or more classes (bernoulli, binomial, categorical and their forms). */
bool eval_is_classification(const mlec_problem *p);
/* A statement of the likelihood is a mixture; `collapses`: one whose likelihood has no limit as the
 * scale of a component of its own goes to 0. */
bool eval_is_mixture(const mlec_problem *p, bool *collapses);
/* For a mixture whose locations are parameters: quantiles of its outcome at shares[n], ascending,
 * and its standard deviation. False: there is no such mixture. Scratch memory in `a`. */
bool eval_mixture_moments(const mlec_problem *p, arena *a, size_t n, const double *shares,
                          double *quantiles, double *deviation);
/* True when some row statement is normal with a free scale: the name of the scale's parameter
 * element, or -1. Used for the note on the divisor n. */
int64_t eval_normal_scale(const mlec_problem *p);

/* Entropy in nats of the empirical distribution of the outcome, when the likelihood is one
 * statement about a class outcome with the same probabilities for every row; else NaN. */
double eval_outcome_entropy(const mlec_problem *p);

/* Moves theta to a point that meets the constraints, inside them where there is room. Elements that
 * are fixed stay. False: there is none, and `blame[n_constraints]`, unless NULL, says which
 * constraints contradict each other. */
bool eval_move_inside(const mlec_problem *p, arena *a, double *theta, bool *blame);

/* Kinks of the objective: affine functions u of the parameters on whose absolute values it depends.
 * Their number; 0 for most models. */
size_t eval_count_kinks(const mlec_problem *p);
/* u, w = d objective / d|u| where u is 0, and the side (-1, 0, 1) whose derivative the gradient
 * has, of each kink at the point of the last eval_work, which must have asked for a gradient. */
void eval_kinks(mlec_problem *p, double *u, double *w, double *side);
/* row[n_theta] += du / d work. */
void eval_kink_row(const mlec_problem *p, size_t kink, double *row);
/* The kink is one of a prior: an L1 penalty, say. */
bool eval_kink_is_prior(const mlec_problem *p, size_t kink);

/* The objective (log-likelihood plus log-prior), its gradient and Hessian with respect to theta, in
 * quadruple precision from the data on; arrays of the type quad of runtime/calc/quad.h, owned by
 * the caller, scratch memory in `a`. False when the model has no interpreter (compiled ahead of
 * time).
 */
bool eval_exact(mlec_problem *p, arena *a, const void *theta, void *objective, void *gradient,
                void *hessian);
/* Operations that one such evaluation takes, roughly; INFINITY when there is none. */
double eval_exact_cost(const mlec_problem *p);

#endif
