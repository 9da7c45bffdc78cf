/* Models with their log-likelihoods written out in quad precision, independently of the compiler.
 */
#ifndef TESTS_LLVM_OBJECTIVES_H
#define TESTS_LLVM_OBJECTIVES_H

#include "tests/llvm/sample.h"

enum { OBJECTIVE_MOST = 24 };

typedef struct {
    const char *name, *text;
    quad (*value)(const quad *theta, const sample *s);
    double theta[OBJECTIVE_MOST];
    unsigned n;
    bool exact; /* holds for any number of rows */
} objective;

extern const objective objectives[];
extern const unsigned n_objectives;
extern const objective combinations[];
extern const unsigned n_combinations;
/* A branch that is NaN where it is not taken. */
extern const objective lazy_objective;

#endif
