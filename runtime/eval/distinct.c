/* A table of hashes with open addressing: the rows themselves are compared, so nothing depends on
 * how good the hashes are. */
#include "runtime/eval/distinct.h"

#include <string.h>

enum { FIRST = 2048 }; /* rows that the first table holds */

void row_key_add(row_key *key, narrow_column values, const int32_t *codes)
{
    if (!values.data && !codes)
        return;
    for (uint32_t i = 0; i < key->arrays.count; i++)
        if (key->arrays.data[i].values.data == values.data && key->arrays.data[i].codes == codes)
            return;
    VEC_PUSH(key->arena, key->arrays, (row_array){values, codes, NULL});
}

static uint64_t element_bits(const row_array *a, size_t row)
{
    uint64_t bits;
    if (a->codes)
        return (uint64_t)(uint32_t)a->codes[row];
    double x = narrow_at(a->values, row);
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

static uint64_t hash_row(const row_key *key, size_t row)
{
    uint64_t h = 0;
    for (uint32_t k = 0; k < key->arrays.count; k++) {
        h = (h ^ element_bits(&key->arrays.data[k], row)) * UINT64_C(0x9e3779b97f4a7c15);
        h ^= h >> 29;
    }
    return h;
}

static bool same_row(const row_key *key, size_t i, size_t j)
{
    for (uint32_t k = 0; k < key->arrays.count; k++)
        if (element_bits(&key->arrays.data[k], i) != element_bits(&key->arrays.data[k], j))
            return false;
    return true;
}

static bool resize(const mlec_allocator *memory, void *array, size_t size)
{
    void *old, *new;
    memcpy(&old, array, sizeof old);
    new = alloc_resize(memory, old, size);
    if (!new)
        return false;
    memcpy(array, &new, sizeof new);
    return true;
}

void distinct_free(distinct_rows *d)
{
    alloc_free(d->memory, d->slots);
    alloc_free(d->memory, d->rows);
    alloc_free(d->memory, d->hashes);
    alloc_free(d->memory, d->counts);
    *d = (distinct_rows){.memory = d->memory};
}

static bool distinct_grow(distinct_rows *d)
{
    size_t capacity = d->capacity ? 4 * d->capacity : FIRST;
    if (!resize(d->memory, &d->rows, capacity * sizeof *d->rows) ||
        !resize(d->memory, &d->hashes, capacity * sizeof *d->hashes) ||
        !resize(d->memory, &d->counts, capacity * sizeof *d->counts) ||
        !resize(d->memory, &d->slots, 2 * capacity * sizeof *d->slots))
        return false;
    d->capacity = capacity;
    d->n_slots = 2 * capacity;
    memset(d->slots, 0, d->n_slots * sizeof *d->slots);
    for (size_t i = 0; i < d->n; i++) {
        size_t at = d->hashes[i] & (d->n_slots - 1);
        while (d->slots[at])
            at = (at + 1) & (d->n_slots - 1);
        d->slots[at] = (uint32_t)i + 1;
    }
    return true;
}

bool distinct_count(distinct_rows *d, const row_key *key, size_t n, size_t step, size_t most)
{
    for (size_t row = 0; row < n; row += step) {
        if (d->n == d->capacity && !distinct_grow(d))
            return false;
        uint64_t h = hash_row(key, row);
        size_t at = h & (d->n_slots - 1);
        while (d->slots[at] &&
               (d->hashes[d->slots[at] - 1] != h || !same_row(key, d->rows[d->slots[at] - 1], row)))
            at = (at + 1) & (d->n_slots - 1);
        if (d->slots[at]) {
            d->counts[d->slots[at] - 1]++;
            continue;
        }
        if (d->n == most)
            return false;
        d->rows[d->n] = row;
        d->hashes[d->n] = h;
        d->counts[d->n++] = 1;
        d->slots[at] = (uint32_t)d->n;
    }
    return true;
}

uint32_t distinct_find(const distinct_rows *d, const row_key *key, size_t row)
{
    uint64_t h = hash_row(key, row);
    size_t at = h & (d->n_slots - 1);
    while (d->hashes[d->slots[at] - 1] != h || !same_row(key, d->rows[d->slots[at] - 1], row))
        at = (at + 1) & (d->n_slots - 1);
    return d->slots[at] - 1;
}
