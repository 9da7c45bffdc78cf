/* Distributions of the library with arguments to try them at. */
#ifndef TESTS_UNIT_PRELUDE_DIST_CASES_H
#define TESTS_UNIT_PRELUDE_DIST_CASES_H

#include "tests/unit/compiler/graph.h"

typedef struct {
    const char *name;
    double args[4];
    double low, high;      /* of the outcome, at these arguments */
    double centre, spread; /* where the mass is */
    unsigned edges;        /* bit k: argument k moves the support or is a count: no score in it */
    bool extreme;          /* derivatives and accuracy only, no integration */
} dist_case;

extern const dist_case dist_cases[];
extern const unsigned n_dist_cases;

/* One distribution over INPUT leaves: the outcome is input 0, argument k is input k + 1. */
typedef struct {
    graph g;
    stmt *dist;
    uint32_t n_args;
    node leaves[5];
    bool discrete, binary;
} dist_graph;

/* Opens the distribution; outcome flagged as parameter or data. */
void dist_open(dist_graph *d, const char *name, bool outcome_is_parameter);
void dist_close(dist_graph *d);
/* A clause over the leaves; 0 when there is none. */
node dist_clause(dist_graph *d, const char *name);
node dist_expr(dist_graph *d, expr *e);
/* Outcomes to try: count and array. */
unsigned dist_outcomes(const dist_graph *d, const dist_case *c, double out[16]);
/* name(args) for messages. */
const char *dist_label(dist_graph *d, const dist_case *c);

#endif
