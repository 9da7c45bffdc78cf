/* A stand-in for the evaluator: log-likelihoods written on jets, behind the interface of eval.h.
 * A binary that links mock.c takes these functions in place of those of the library. */
#ifndef TESTS_MOCK_H
#define TESTS_MOCK_H

#include "runtime/eval/eval.h"
#include "tests/unit/fit/jet.h"

enum { MOCK_COLUMNS = 32 };

struct mlec_problem {
    /* Log-likelihood of row i, and terms once (prior), at theta; either may be NULL. */
    jet (*row)(const mlec_problem *p, size_t i, const jet *theta);
    jet (*prior)(const mlec_problem *p, const jet *theta);
    /* For scoring: mean of a normal row; the last parameter element is then sigma. */
    jet (*mean)(const mlec_problem *p, size_t i, const jet *theta);
    jet (*derived)(const mlec_problem *p, size_t k, const jet *theta);
    const double *y;
    const double *column[MOCK_COLUMNS];
    const double *weight;
    bool classes;
    int64_t scale;
    double box;    /* theta elements beyond it give NaN when > 0 */
    int number, m; /* free for the objective */
    /* filled in by mock_param and the rest */
    eval_info info;
    eval_parameter parameter[16];
    const char *names[JET_MAX];
    char name_space[JET_MAX][24];
    double start[JET_MAX];
    bool fixed[JET_MAX];
    const char *derived_names[4], *derived_texts[4];
    mlec_type derived_types[4];
    double derived_lower[4], derived_upper[4];
    eval_group group;
    eval_design design;
    uint32_t group_index[JET_MAX];
    double r[JET_MAX * JET_MAX], inverse_r[JET_MAX * JET_MAX];
    long evaluations;
};

/* Adds a parameter of `count` elements; `start` NULL is automatic. Returns its first element. */
uint32_t mock_param(mlec_problem *p, const char *name, mlec_type type, uint32_t count,
                    const double *start);
void mock_interval(mlec_problem *p, const char *name, double lower, double upper);
void mock_rows(mlec_problem *p, size_t n);
void mock_derived(mlec_problem *p, const char *name, mlec_type type);
/* Makes a group of the elements 0 .. size - 1 from the R of a design with these columns. */
void mock_group(mlec_problem *p, uint32_t size, const double *const *columns);

/* A CSV of shared/data: columns by name, text as codes from 0 in order of appearance. */
typedef struct {
    size_t rows, columns;
    char names[MOCK_COLUMNS][40];
    double *values[MOCK_COLUMNS];
    char *text;
} mock_table;
bool mock_read(mock_table *t, const char *path); /* below shared/data */
const double *mock_column(const mock_table *t, const char *name);
void mock_free(mock_table *t);

jet mock_normal(jet y, jet mu, jet sigma);
jet mock_bernoulli_logit(double y, jet eta);

#endif
