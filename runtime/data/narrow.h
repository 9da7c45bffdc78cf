/* Columns of numbers in the narrowest type that has each of their values exactly.
 *
 * Most columns of real tables are 0 and 1, years, counts or codes: an eighth of a double or less
 * has them, in memory and on the way from it. Whoever computes gets doubles, a strip at a time, and
 * the same bits as from an array of doubles. */
#ifndef RUNTIME_DATA_NARROW_H
#define RUNTIME_DATA_NARROW_H

#include <assert.h>
#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* From narrow to wide. The least integer of a type stands for NaN; a bit has none. */
typedef enum {
    NARROW_BIT,
    NARROW_INT8,
    NARROW_INT16,
    NARROW_INT32,
    NARROW_FLOAT,
    NARROW_DOUBLE
} narrow_type;

/* Arrays are whole groups of 8 elements, 64-byte aligned; of bits, the lowest is the first. */
typedef struct {
    const void *data; /* NULL: no column */
    narrow_type type;
    bool finite; /* known to have neither NaN nor infinities */
} narrow_column;

static inline narrow_column narrow_doubles(const double *x)
{
    return (narrow_column){x, NARROW_DOUBLE, false};
}

/* The array of a column of doubles, or NULL where there is none. */
static inline const double *narrow_array(narrow_column c)
{
    assert(!c.data || c.type == NARROW_DOUBLE);
    return c.data;
}

/* Element i. */
static inline double narrow_at(narrow_column c, size_t i)
{
    switch (c.type) {
    case NARROW_BIT: return ((const uint8_t *)c.data)[i / 8] >> i % 8 & 1;
    case NARROW_INT8: {
        int8_t x = ((const int8_t *)c.data)[i];
        return x == INT8_MIN ? (double)NAN : x;
    }
    case NARROW_INT16: {
        int16_t x = ((const int16_t *)c.data)[i];
        return x == INT16_MIN ? (double)NAN : x;
    }
    case NARROW_INT32: {
        int32_t x = ((const int32_t *)c.data)[i];
        return x == INT32_MIN ? (double)NAN : x;
    }
    case NARROW_FLOAT: return (double)((const float *)c.data)[i];
    default: return ((const double *)c.data)[i];
    }
}

/* The bytes of n elements, a multiple of 8. */
size_t narrow_size(narrow_type type, size_t n);
/* out[0 .. n) = elements first .. first + n, both multiples of 8; `out` is 32-byte aligned. */
void narrow_widen(narrow_column c, size_t first, size_t n, double *out);
/* n elements into data[first ..), which holds them exactly: see narrow_fits. With other threads
 * that store elsewhere, `first` is a multiple of 8 and the last group is this thread's. */
void narrow_store(narrow_type type, void *data, size_t first, const double *x, size_t n);
/* Elements first, first + 1 ... of a column into data[at ..). */
void narrow_copy(narrow_column from, size_t first, size_t n, narrow_type type, void *data,
                 size_t at);
/* The same with elements rows[0], rows[1] ... of a column of this type. */
void narrow_take(narrow_column from, const size_t *rows, size_t n, void *to);

/* What is known of a column. */
typedef struct {
    double low, high; /* of the numbers; INFINITY and -INFINITY where there are none */
    size_t n_missing; /* NaN */
    bool whole;       /* every number is whole, and none is -0 */
    bool single;      /* every number is a float */
} narrow_facts;

/* Nothing yet. */
static inline narrow_facts narrow_nothing(void)
{
    return (narrow_facts){INFINITY, -INFINITY, 0, true, true};
}
/* Adds n numbers to what is known. */
void narrow_look(narrow_facts *facts, const double *x, size_t n);
void narrow_join(narrow_facts *facts, const narrow_facts *other);
/* The narrowest type that holds such a column. */
narrow_type narrow_choose(const narrow_facts *facts);
/* Whether none of n elements is NaN or infinite. */
bool narrow_is_finite(narrow_column c, size_t n);
/* Whether a type holds it. */
bool narrow_fits(const narrow_facts *facts, narrow_type type);

#endif
