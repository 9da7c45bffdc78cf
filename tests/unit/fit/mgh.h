/* The residuals of Moré, Garbow & Hillstrom (1981), by number and size, on jets. */
#ifndef TESTS_MGH_H
#define TESTS_MGH_H

#include "tests/unit/fit/jet.h"

/* r[m] at x[n]. `y` and `u` are the data that the problem names, or NULL. */
void mgh_residuals(int number, int n, int m, const double *y, const double *u, const jet *x,
                   jet *r);

#endif
