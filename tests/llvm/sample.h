/* A table in memory, and models bound to it through the public interface. */
#ifndef TESTS_LLVM_SAMPLE_H
#define TESTS_LLVM_SAMPLE_H

#include "runtime/calc/quad.h"

#include <criterion/criterion.h>
#include <math.h>
#include <mlec.h>
#include <mlec_model.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#if LDBL_MANT_DIG != 113
#include <quadmath.h>
#endif

#define Q(name) QUAD_LIBRARY(name)

enum { SAMPLE_LEVELS = 3, SAMPLE_OTHER_LEVELS = 2 };

/* Columns: x, z real; y real; c counts; b binary; p positive; w whole weights, some 0; x1 to x3;
 * near, which is x up to 1e-7; g and h factors. */
typedef struct {
    size_t n;
    double *x, *z, *y, *c, *b, *p, *w, *v[3], *near;
    int32_t *g, *h;
} sample;

void sample_make(sample *s, size_t n, uint64_t seed);
void sample_free(sample *s);
mlec_data *sample_data(mlec_ctx *ctx, const sample *s);

typedef struct {
    mlec_ctx *ctx;
    mlec_model *model;
    mlec_data *data;
    mlec_problem *problem;
    size_t n_theta;
} bound;

/* All diagnostics of the context as they are shown. */
const char *bound_messages(const mlec_ctx *ctx);
/* Compiles and binds; what fails is reported as a failed assertion that names `label`. */
void bound_open(bound *b, const char *label, const char *text, const sample *s);
void bound_close(bound *b);

#endif
