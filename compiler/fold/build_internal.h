/* What the files of the graph builder share beyond build.h. */
#ifndef COMPILER_FOLD_BUILD_INTERNAL_H
#define COMPILER_FOLD_BUILD_INTERNAL_H

#include "compiler/fold/build.h"

struct let_state {
    bool done, building, recursive;
    uint32_t state; /* number of the scan state when recursive */
    uint32_t skip;  /* first rows of each series for which it has no value */
    value result;
};

/* A distribution as its call says it: a definition with its arguments, or a combination of others.
 */
typedef struct distribution distribution;

/* A combination takes and gives these five functions, nothing else; so they nest. Each returns 0
 * after a report. */
typedef struct {
    const char *name;
    bool (*read)(build *b, distribution *d);
    node (*log_pdf)(build *b, const distribution *d, value y);
    node (*log_cdf)(build *b, const distribution *d, value y);
    node (*log_sf)(build *b, const distribution *d, value y);  /* log P(Y > y) */
    node (*support)(build *b, const distribution *d, value y); /* 0 or 1 */
} combinator;

struct distribution {
    expr *call;
    bool discrete; /* over whole numbers */
    bool atom;     /* 0 has a probability, other values a density */
    /* a combination */
    const combinator *combinator; /* NULL for a definition */
    distribution **parts;
    uint32_t n_parts;
    node *numbers; /* its arguments that are numbers */
    uint32_t n_numbers;
    /* a definition */
    stmt *definition;
    const char **names; /* of its formals */
    value *values;      /* of its arguments; [0] is the variate's place */
    formal_type type;   /* of the variate */
    bool classes;       /* the outcome is a class */
};

distribution *dist_read(build *b, expr *e); /* NULL after a report */
node dist_log_pdf(build *b, const distribution *d, value y);
node dist_log_cdf(build *b, const distribution *d, value y);
node dist_log_sf(build *b, const distribution *d, value y);
node dist_support(build *b, const distribution *d, value y);
/* `y`, or where the type of a definition's variate excludes it some value that it allows: there a
 * branch that is not taken stays finite, and so do its derivatives. */
value dist_inside(build *b, const distribution *d, value y);
/* log P(low < Y <= high), from whichever tail is the smaller. */
node dist_log_interval(build *b, const distribution *d, value low, value high);
const combinator *combinator_find(const char *name);
/* What a mixture in `d` says about the likelihood: family->mixture, located and collapses. */
void mixture_describe(build *b, const distribution *d, value y, build_family *family);

/* missing(x). */
value build_missing(build *b, const scope *s, expr *e);
/* A limit whose columns may be missing or infinite: `open`, an infinity, where one is missing. */
node build_limit(build *b, node limit, double open);
/* Requires that values are there where they are read. */
void build_check_missing(build *b);

/* log(exp(a) + exp(b)) without overflow; either may be -inf. */
node build_log_add(dag *g, node a, node b);
/* Whether `call` is one of a distribution whose value is a vector. */
bool dist_is_vector(build *b, const expr *call);
/* The term `lhs ~ call` of such a distribution; false after a report. */
bool build_vector(build *b, expr *lhs, expr *call, value y, build_term *t);
/* surv(...) or interval(...) on the left of `~`: true when `lhs` is one, then *root is the term's
 * log density, or 0 after a report. */
bool build_observed(build *b, expr *lhs, expr *call, build_term *t, node *root);

#endif
