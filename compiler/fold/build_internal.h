/* What the files of the graph builder share beyond build.h. */
#ifndef COMPILER_FOLD_BUILD_INTERNAL_H
#define COMPILER_FOLD_BUILD_INTERNAL_H

#include "compiler/fold/build.h"

struct let_state {
    bool done, building, recursive;
    uint32_t state; /* number of the scan state when recursive */
    value result;
};

#endif
