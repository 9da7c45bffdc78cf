/* Which rows are equal in some arrays. */
#ifndef RUNTIME_EVAL_DISTINCT_H
#define RUNTIME_EVAL_DISTINCT_H

#include "base/alloc.h"
#include "runtime/data/narrow.h"

/* An array over rows: numbers, or codes. */
typedef struct {
    narrow_column values;
    const int32_t *codes;
    const void *few; /* of the distinct rows, once known */
} row_array;

typedef struct {
    VEC(row_array) arrays;
    arena *arena;
} row_key;

/* Distinct rows in the order in which they occur first. */
typedef struct {
    const mlec_allocator *memory;
    uint32_t *slots; /* number + 1 */
    size_t n_slots;
    size_t *rows; /* the first of each */
    uint64_t *hashes;
    double *counts;
    size_t n, capacity;
} distinct_rows;

/* Adds an array to the key, unless it is there; none is nothing. */
void row_key_add(row_key *key, narrow_column values, const int32_t *codes);
/* Counts rows 0, step, 2 step, ...; false when more than `most` differ, or without memory. `d` is
 * zeroed but for `memory`. */
bool distinct_count(distinct_rows *d, const row_key *key, size_t n, size_t step, size_t most);
/* The number of a row that was counted. */
uint32_t distinct_find(const distinct_rows *d, const row_key *key, size_t row);
void distinct_free(distinct_rows *d);

#endif
