/* Tables of text for the tests, and their columns shown as text. */
#ifndef TESTS_UNIT_DATA_TABLE_H
#define TESTS_UNIT_DATA_TABLE_H

#include "runtime/data/frame.h"

#include <criterion/criterion.h>

typedef struct {
    mlec_ctx *ctx;
    frame *frame;
    bool opened;
} table;

/* Opens `size` bytes, or a 0-terminated text, as "t.csv"; a file; or an empty frame. */
table table_bytes(const char *text, size_t size);
table table_text(const char *text);
/* The same bytes, cut into chunks of `chunk_size` or a little more. */
table table_chunks(const char *text, size_t size, size_t chunk_size);
table table_file(const char *path);
table table_empty(size_t n_rows);
void table_close(table *t);

/* A column as text, in the context's memory: values with NA for a missing one, "1 2.5 NA"; codes
 * behind the levels, "[a b] 0 1 -1". "error" when there is none. Padding is checked. */
const char *table_real(table *t, const char *name);
const char *table_limits(table *t, const char *name); /* infinite values allowed */
const char *table_factor(table *t, const char *name);
const char *table_binary(table *t, const char *name);

/* Report number `index`, or NULL. */
const diag *table_diag(const table *t, size_t index);
size_t table_diag_count(const table *t);
/* All reports as a terminal shows them. */
const char *table_reports(table *t);

#endif
