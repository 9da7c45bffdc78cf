/* Rows of whole numbers within narrow ranges have a place in a table of all combinations. For
 * others it is a table of hashes with open addressing: the rows themselves are compared, so nothing
 * depends on how good the hashes are. */
#include "runtime/eval/distinct.h"

#include <string.h>

enum {
    FIRST = 2048, /* rows that the first table holds */
    GROUP = 256,
    MOST_PLACES = 1 << 18
};

void row_key_add(row_key *key, narrow_column values, const int32_t *codes)
{
    if (!values.data && !codes)
        return;
    for (uint32_t i = 0; i < key->arrays.count; i++)
        if (key->arrays.data[i].values.data == values.data && key->arrays.data[i].codes == codes)
            return;
    VEC_PUSH(key->arena, key->arrays, (row_array){.values = values, .codes = codes});
}

/* ---- Places -----------------------------------------------------------------------------------
 */

/* The least and the largest whole number of an array; false where it has others. */
static bool find_range(const row_array *a, size_t n, int64_t *low, int64_t *high)
{
    narrow_facts facts = {INFINITY, -INFINITY, 0, false, false};
    double values[GROUP] __attribute__((aligned(32)));
    if (!a->codes && a->values.type > NARROW_INT32)
        return false;
    int32_t least = INT32_MAX, most = INT32_MIN;
    for (size_t i = 0; a->codes && i < n; i++) {
        least = a->codes[i] < least ? a->codes[i] : least;
        most = a->codes[i] > most ? a->codes[i] : most;
    }
    for (size_t i = 0; !a->codes && i < n; i += GROUP) {
        size_t count = n - i < GROUP ? n - i : GROUP;
        narrow_widen(a->values, i, (count + 7) & ~(size_t)7, values);
        narrow_look(&facts, values, count);
    }
    if (facts.n_missing > 0 || n == 0)
        return false;
    *low = a->codes ? least : (int64_t)facts.low;
    *high = a->codes ? most : (int64_t)facts.high;
    return true;
}

void row_key_finish(row_key *key, size_t n)
{
    uint64_t places = 1;
    for (uint32_t k = 0; k < key->arrays.count; k++) {
        row_array *a = &key->arrays.data[k];
        int64_t low, high;
        if (!find_range(a, n, &low, &high))
            return;
        a->low = (int32_t)low;
        a->stride = (uint32_t)places;
        places *= (uint64_t)(high - low + 1);
        if (places > MOST_PLACES)
            return;
    }
    key->n_places = places;
}

#define ADD_PLACES(type, array)                                                                    \
    do {                                                                                           \
        const type *x = (const type *)(array) + first;                                             \
        for (size_t i = 0; i < n; i++)                                                             \
            places[i] += (uint32_t)((int32_t)x[i] - a->low) * a->stride;                           \
    } while (0)

/* The places of rows first .. first + n, at most GROUP of them. */
static void find_places(const row_key *key, size_t first, size_t n, uint32_t *places)
{
    memset(places, 0, n * sizeof *places);
    for (uint32_t k = 0; k < key->arrays.count; k++) {
        const row_array *a = &key->arrays.data[k];
        if (a->codes)
            ADD_PLACES(int32_t, a->codes);
        else if (a->values.type == NARROW_INT8)
            ADD_PLACES(int8_t, a->values.data);
        else if (a->values.type == NARROW_INT16)
            ADD_PLACES(int16_t, a->values.data);
        else if (a->values.type == NARROW_INT32)
            ADD_PLACES(int32_t, a->values.data);
        else
            for (size_t i = 0, bits = 0; i < n; i++, bits >>= 1) {
                bits = i % 8 ? bits : ((const uint8_t *)a->values.data)[(first + i) / 8];
                places[i] += ((uint32_t)(bits & 1) - (uint32_t)a->low) * a->stride;
            }
    }
}

/* ---- Hashes -----------------------------------------------------------------------------------
 */

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

/* Room for more rows; the table of places stays as it is. */
static bool grow_rows(distinct_rows *d)
{
    size_t capacity = d->capacity ? 4 * d->capacity : FIRST;
    if (!resize(d->memory, &d->rows, capacity * sizeof *d->rows) ||
        !resize(d->memory, &d->hashes, capacity * sizeof *d->hashes) ||
        !resize(d->memory, &d->counts, capacity * sizeof *d->counts))
        return false;
    d->capacity = capacity;
    return true;
}

static bool grow_slots(distinct_rows *d, size_t n_slots)
{
    if (!resize(d->memory, &d->slots, n_slots * sizeof *d->slots))
        return false;
    d->n_slots = n_slots;
    memset(d->slots, 0, d->n_slots * sizeof *d->slots);
    return true;
}

static bool grow(distinct_rows *d)
{
    if (!grow_rows(d) || !grow_slots(d, 2 * d->capacity))
        return false;
    for (size_t i = 0; i < d->n; i++) {
        size_t at = d->hashes[i] & (d->n_slots - 1);
        while (d->slots[at])
            at = (at + 1) & (d->n_slots - 1);
        d->slots[at] = (uint32_t)i + 1;
    }
    return true;
}

/* Counts a row that has a slot; false when it is one too many. */
static inline bool count_row(distinct_rows *d, uint32_t *slot, size_t row, uint64_t hash,
                             size_t most)
{
    if (*slot) {
        d->counts[*slot - 1]++;
        return true;
    }
    if (d->n == most)
        return false;
    d->rows[d->n] = row;
    d->hashes[d->n] = hash;
    d->counts[d->n++] = 1;
    *slot = (uint32_t)d->n;
    return true;
}

static bool count_places(distinct_rows *d, const row_key *key, size_t n, size_t step, size_t most)
{
    uint32_t places[GROUP];
    if (d->n_slots < key->n_places && !grow_slots(d, key->n_places))
        return false;
    for (size_t first = 0, row = 0; first < n; first += GROUP) {
        size_t behind = n - first < GROUP ? n : first + GROUP;
        if (row >= behind)
            continue;
        find_places(key, first, behind - first, places);
        for (; row < behind; row += step) {
            if (d->n == d->capacity && !grow_rows(d))
                return false;
            if (!count_row(d, &d->slots[places[row - first]], row, 0, most))
                return false;
        }
    }
    return true;
}

/* The slot of a row: its own, or an empty one. */
static size_t find_slot(const distinct_rows *d, const row_key *key, uint64_t hash, size_t row)
{
    size_t at = hash & (d->n_slots - 1);
    while (d->slots[at] &&
           (d->hashes[d->slots[at] - 1] != hash || !same_row(key, d->rows[d->slots[at] - 1], row)))
        at = (at + 1) & (d->n_slots - 1);
    return at;
}

bool distinct_count(distinct_rows *d, const row_key *key, size_t n, size_t step, size_t most)
{
    if (key->n_places > 0)
        return count_places(d, key, n, step, most);
    for (size_t row = 0; row < n; row += step) {
        if (d->n == d->capacity && !grow(d))
            return false;
        uint64_t h = hash_row(key, row);
        if (!count_row(d, &d->slots[find_slot(d, key, h, row)], row, h, most))
            return false;
    }
    return true;
}

void distinct_numbers(const distinct_rows *d, const row_key *key, size_t n, int32_t *numbers)
{
    uint32_t places[GROUP];
    for (size_t first = 0; first < n; first += GROUP) {
        size_t count = n - first < GROUP ? n - first : GROUP;
        if (key->n_places > 0)
            find_places(key, first, count, places);
        for (size_t i = 0; i < count; i++) {
            size_t slot = key->n_places > 0
                              ? places[i]
                              : find_slot(d, key, hash_row(key, first + i), first + i);
            numbers[first + i] = (int32_t)d->slots[slot] - 1;
        }
    }
}
