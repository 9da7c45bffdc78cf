/* Tables made for the comparison, always the same ones. */
#ifndef BENCH_GENERATE_H
#define BENCH_GENERATE_H

#include "kernels.h"

typedef struct {
    const char *name, *file; /* of the model, models/FILE.lik */
    size_t rows;
    int n_columns, n_theta;
    int n_constant; /* of the columns, at their end: all 1, which mlec writes as an intercept */
    kernel *plain, *tuned;
    double scale;          /* of the coefficients */
    double scalars[5];     /* at the end of theta */
    const char *y, *extra; /* names of the columns of the outcome; or NULL */
} model;

extern const model models[];
extern const int n_models;

typedef struct {
    size_t n;
    double *x[MAX_COLUMNS], *y, *extra;       /* as mlec and the CSV file have them */
    double *kernel_y, *kernel_extra, *exceed; /* as the kernels have them; may be the same */
    double constant;
    double theta[MAX_COLUMNS + 5]; /* what the table was made with */
} table;

/* Exits when there is no memory. */
void table_make(table *t, const model *m, size_t n);
void table_write(const table *t, const model *m, const char *path);

#endif
