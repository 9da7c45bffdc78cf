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
    int32_t low;     /* of a key with places */
    uint32_t stride;
} row_array;

typedef struct {
    VEC(row_array) arrays;
    arena *arena;
    size_t
        n_places; /* whole numbers within narrow ranges: a row has a place among so many; else 0 */
} row_key;

/* Distinct rows in the order in which they occur first. */
typedef struct {
    const mlec_allocator *memory;
    uint32_t *slots; /* number + 1, by place or by hash */
    size_t n_slots;
    size_t *rows; /* the first of each */
    uint64_t *hashes;
    double *counts;
    size_t n, capacity;
} distinct_rows;

/* Adds an array to the key, unless it is there; none is nothing. */
void row_key_add(row_key *key, narrow_column values, const int32_t *codes);
/* Once all arrays are added: looks for places of n rows. */
void row_key_finish(row_key *key, size_t n);
/* Counts rows 0, step, 2 step, ...; false when more than `most` differ, or without memory. `d` is
 * zeroed but for `memory`. */
bool distinct_count(distinct_rows *d, const row_key *key, size_t n, size_t step, size_t most);
/* The numbers of rows 0 .. n, all of which were counted. */
void distinct_numbers(const distinct_rows *d, const row_key *key, size_t n, int32_t *numbers);
void distinct_free(distinct_rows *d);

#endif
