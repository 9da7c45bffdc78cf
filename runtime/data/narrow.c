#include "runtime/data/narrow.h"

#include <string.h>

size_t narrow_size(narrow_type type, size_t n)
{
    static const uint8_t bits[] = {[NARROW_BIT] = 1,    [NARROW_INT8] = 8,   [NARROW_INT16] = 16,
                                   [NARROW_INT32] = 32, [NARROW_FLOAT] = 32, [NARROW_DOUBLE] = 64};
    return n / 8 * bits[type];
}

/* ---- To doubles -------------------------------------------------------------------------------
 */

/* Four bits as doubles. */
static const double nibbles[16][4] __attribute__((aligned(32))) = {
    {0, 0, 0, 0}, {1, 0, 0, 0}, {0, 1, 0, 0}, {1, 1, 0, 0}, {0, 0, 1, 0}, {1, 0, 1, 0},
    {0, 1, 1, 0}, {1, 1, 1, 0}, {0, 0, 0, 1}, {1, 0, 0, 1}, {0, 1, 0, 1}, {1, 1, 0, 1},
    {0, 0, 1, 1}, {1, 0, 1, 1}, {0, 1, 1, 1}, {1, 1, 1, 1}};

static void widen_bits(const uint8_t *x, size_t n, double *restrict out)
{
    for (size_t i = 0; i < n; i += 8, x++) {
        memcpy(out + i, nibbles[*x & 15], sizeof nibbles[0]);
        memcpy(out + i + 4, nibbles[*x >> 4], sizeof nibbles[0]);
    }
}

#define WIDEN(name, type, least)                                                                   \
    static void name(const type *restrict x, size_t n, double *restrict out)                       \
    {                                                                                              \
        for (size_t i = 0; i < n; i++)                                                             \
            out[i] = x[i] == (least) ? (double)NAN : (double)x[i];                                 \
    }
WIDEN(widen_int8, int8_t, INT8_MIN)
WIDEN(widen_int16, int16_t, INT16_MIN)
WIDEN(widen_int32, int32_t, INT32_MIN)
#undef WIDEN

static void widen_floats(const float *restrict x, size_t n, double *restrict out)
{
    for (size_t i = 0; i < n; i++)
        out[i] = (double)x[i];
}

void narrow_widen(narrow_column c, size_t first, size_t n, double *out)
{
    switch (c.type) {
    case NARROW_BIT: widen_bits((const uint8_t *)c.data + first / 8, n, out); break;
    case NARROW_INT8: widen_int8((const int8_t *)c.data + first, n, out); break;
    case NARROW_INT16: widen_int16((const int16_t *)c.data + first, n, out); break;
    case NARROW_INT32: widen_int32((const int32_t *)c.data + first, n, out); break;
    case NARROW_FLOAT: widen_floats((const float *)c.data + first, n, out); break;
    case NARROW_DOUBLE: memcpy(out, (const double *)c.data + first, n * sizeof *out); break;
    }
}

/* ---- From doubles -----------------------------------------------------------------------------
 */

static void put_bit(uint8_t *out, size_t i, bool bit)
{
    uint8_t mask = (uint8_t)(1u << i % 8);
    out[i / 8] = (uint8_t)(bit ? out[i / 8] | mask : out[i / 8] & ~mask);
}

#define STORE(name, type, least)                                                                   \
    static void name(type *restrict out, const double *restrict x, size_t n)                       \
    {                                                                                              \
        for (size_t i = 0; i < n; i++)                                                             \
            out[i] = x[i] != x[i] ? (least) : (type)(int32_t)x[i];                                 \
    }
STORE(store_int8, int8_t, INT8_MIN)
STORE(store_int16, int16_t, INT16_MIN)
STORE(store_int32, int32_t, INT32_MIN)
#undef STORE

void narrow_store(narrow_type type, void *data, size_t first, const double *x, size_t n)
{
    switch (type) {
    case NARROW_BIT:
        for (size_t i = 0; i < n; i++)
            put_bit(data, first + i, x[i] != 0);
        break;
    case NARROW_INT8: store_int8((int8_t *)data + first, x, n); break;
    case NARROW_INT16: store_int16((int16_t *)data + first, x, n); break;
    case NARROW_INT32: store_int32((int32_t *)data + first, x, n); break;
    case NARROW_FLOAT:
        for (size_t i = 0; i < n; i++)
            ((float *)data)[first + i] = (float)x[i];
        break;
    case NARROW_DOUBLE: memcpy((double *)data + first, x, n * sizeof *x); break;
    }
}

/* Eight bytes of 0 and 1 as one byte. */
static uint8_t pack(const int8_t *x)
{
    uint8_t bits = 0;
    for (int i = 0; i < 8; i++)
        bits |= (uint8_t)(x[i] << i);
    return bits;
}

void narrow_copy(narrow_column from, size_t first, size_t n, narrow_type type, void *data,
                 size_t at)
{
    enum { GROUP = 256 };
    double values[GROUP];
    size_t i = 0;
    if (from.type == NARROW_INT8 && type == NARROW_BIT && at % 8 == 0)
        for (; i + 8 <= n; i += 8)
            ((uint8_t *)data)[(at + i) / 8] = pack((const int8_t *)from.data + first + i);
    while (i < n) {
        size_t count = n - i < GROUP ? n - i : GROUP;
        for (size_t j = 0; j < count; j++)
            values[j] = narrow_at(from, first + i + j);
        narrow_store(type, data, at + i, values, count);
        i += count;
    }
}

#define TAKE(type)                                                                                 \
    for (size_t i = 0; i < n; i++)                                                                 \
        ((type *)to)[i] = ((const type *)from.data)[rows[i]];                                      \
    break

void narrow_take(narrow_column from, const size_t *rows, size_t n, void *to)
{
    switch (from.type) {
    case NARROW_BIT:
        for (size_t i = 0; i < n; i++)
            put_bit(to, i, narrow_at(from, rows[i]) != 0);
        break;
    case NARROW_INT8: TAKE(int8_t);
    case NARROW_INT16: TAKE(int16_t);
    case NARROW_INT32: TAKE(int32_t);
    case NARROW_FLOAT: TAKE(float);
    case NARROW_DOUBLE: TAKE(double);
    }
}
#undef TAKE

/* ---- What is known ----------------------------------------------------------------------------
 */

typedef double lanes __attribute__((vector_size(32)));
typedef int64_t places __attribute__((vector_size(32)));
typedef float singles __attribute__((vector_size(16)));
enum { LANES = 4 };

static bool any(places p) { return p[0] | p[1] | p[2] | p[3]; }

static inline lanes choose(places p, lanes a, lanes b)
{
    return (lanes)((p & (places)a) | (~p & (places)b));
}

/* Four numbers at a time. */
typedef struct {
    lanes low, high;
    places missing;  /* how many */
    places fraction; /* not 0: not whole */
    places wide;     /* not 0: no float */
} look;

/* What has no fraction is what it was after the sum with 1.5 * 2^52, or is beyond 2^51. */
static inline void look_at(look *l, lanes v, bool types)
{
    const double magic = 6755399441055744.0, large = 2251799813685248.0;
    places number = v == v;
    l->low = choose(v < l->low, v, l->low);
    l->high = choose(v > l->high, v, l->high);
    l->missing -= ~number;
    if (!types)
        return;
    lanes size = (lanes)((places)v & INT64_MAX), zero = {0};
    places minus_zero = (v == zero) & ((places)v < 0);
    lanes single = __builtin_convertvector(__builtin_convertvector(v, singles), lanes);
    l->fraction |= (((v + magic) - magic != v) & (size < large) & number) | minus_zero;
    l->wide |= (single != v) & number;
}

void narrow_look(narrow_facts *facts, const double *x, size_t n)
{
    const lanes infinite = {INFINITY, INFINITY, INFINITY, INFINITY};
    look l = {.low = infinite, .high = -infinite};
    bool types = facts->whole || facts->single;
    size_t i = 0;
    for (; i + LANES <= n; i += LANES) {
        lanes v;
        memcpy(&v, x + i, sizeof v);
        look_at(&l, v, types);
    }
    size_t n_missing = (size_t)(l.missing[0] + l.missing[1] + l.missing[2] + l.missing[3]);
    for (; i < n; i++) {
        look_at(&l, (lanes){x[i], x[i], x[i], x[i]}, types);
        n_missing += x[i] != x[i];
    }
    narrow_join(
        facts, &(narrow_facts){.low = fmin(fmin(l.low[0], l.low[1]), fmin(l.low[2], l.low[3])),
                               .high = fmax(fmax(l.high[0], l.high[1]), fmax(l.high[2], l.high[3])),
                               .n_missing = n_missing,
                               .whole = !any(l.fraction),
                               .single = !any(l.wide)});
}

bool narrow_is_finite(narrow_column c, size_t n)
{
    enum { GROUP = 256 };
    double values[GROUP] __attribute__((aligned(32)));
    narrow_facts facts = {INFINITY, -INFINITY, 0, false, false};
    for (size_t i = 0; !c.finite && i < n; i += GROUP) {
        size_t here = n - i < GROUP ? n - i : GROUP;
        narrow_widen(c, i, (here + 7) & ~(size_t)7, values);
        narrow_look(&facts, values, here);
        if (facts.n_missing > 0 || facts.low == -(double)INFINITY || facts.high == (double)INFINITY)
            return false;
    }
    return true;
}

void narrow_join(narrow_facts *facts, const narrow_facts *other)
{
    facts->low = fmin(facts->low, other->low);
    facts->high = fmax(facts->high, other->high);
    facts->n_missing += other->n_missing;
    facts->whole &= other->whole;
    facts->single &= other->single;
}

bool narrow_fits(const narrow_facts *f, narrow_type type)
{
    switch (type) {
    case NARROW_BIT: return f->whole && f->low >= 0 && f->high <= 1 && f->n_missing == 0;
    case NARROW_INT8: return f->whole && f->low >= -INT8_MAX && f->high <= INT8_MAX;
    case NARROW_INT16: return f->whole && f->low >= -INT16_MAX && f->high <= INT16_MAX;
    case NARROW_INT32: return f->whole && f->low >= -INT32_MAX && f->high <= INT32_MAX;
    case NARROW_FLOAT: return f->single;
    default: return true;
    }
}

narrow_type narrow_choose(const narrow_facts *f)
{
    narrow_type type = NARROW_BIT;
    while (!narrow_fits(f, type))
        type++;
    return type;
}
