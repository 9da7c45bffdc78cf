/* Columns in narrow types: what is chosen, and that nothing changes on the way. */
#include "runtime/data/column.h"

#include "tests/unit/data/table.h"

#include <criterion/criterion.h>
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static narrow_facts look(const double *x, size_t n)
{
    narrow_facts facts = narrow_nothing();
    narrow_look(&facts, x, n);
    return facts;
}

static bool same(double a, double b) { return memcmp(&a, &b, sizeof a) == 0; }

Test(narrow, the_narrowest_type_that_is_exact)
{
    static const struct {
        double x[4];
        narrow_type type;
    } cases[] = {
        {{0, 1, 1, 0}, NARROW_BIT},
        {{0, 1, NAN, 0}, NARROW_INT8},
        {{NAN, NAN, NAN, NAN}, NARROW_INT8},
        {{0, 1, 2, 0}, NARROW_INT8},
        {{-127, 127, 0, 1}, NARROW_INT8},
        {{-128, 0, 0, 1}, NARROW_INT16}, /* the least stands for NaN */
        {{128, 0, 0, NAN}, NARROW_INT16},
        {{32767, -32767, 0, 1}, NARROW_INT16},
        {{32768, 0, 0, 1}, NARROW_INT32},
        {{2147483647, -2147483647, 0, 1}, NARROW_INT32},
        {{2147483648, 0, 0, 1}, NARROW_FLOAT},
        {{2147483649, 0, 0, 1}, NARROW_DOUBLE},
        {{16777217, 0, 0, 1}, NARROW_INT32}, /* no float */
        {{0.5, 0, 0, 1}, NARROW_FLOAT},
        {{-0.0, 0, 0, 1}, NARROW_FLOAT}, /* the sign of zero is kept */
        {{INFINITY, 0, 0, 1}, NARROW_FLOAT},
        {{-INFINITY, NAN, 0, 1}, NARROW_FLOAT},
        {{0.1, 0, 0, 1}, NARROW_DOUBLE},
        {{16777217.5, 0, 0, 1}, NARROW_DOUBLE},
        {{1e300, 0, 0, 1}, NARROW_DOUBLE},
        {{DBL_TRUE_MIN, 0, 0, 1}, NARROW_DOUBLE},
        {{4503599627370497.0, 0, 0, 1}, NARROW_DOUBLE}, /* whole, beyond 2^52 */
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        narrow_facts facts = look(cases[i].x, 4);
        cr_expect_eq(narrow_choose(&facts), cases[i].type, "case %zu: %d", i,
                     (int)narrow_choose(&facts));
    }
}

Test(narrow, facts)
{
    static const double x[] = {3, NAN, -7.5, 12, NAN, 2, 1};
    narrow_facts facts = look(x, 7), part = look(x, 3), rest = look(x + 3, 4);
    cr_expect(facts.low == -7.5 && facts.high == 12 && facts.n_missing == 2);
    cr_expect(!facts.whole && facts.single);
    narrow_join(&part, &rest);
    cr_expect(memcmp(&part.low, &facts.low, sizeof(double)) == 0 && part.high == facts.high &&
              part.n_missing == 2 && part.whole == facts.whole);
    narrow_facts none = look(x, 0);
    cr_expect(none.low == INFINITY && none.high == -INFINITY && none.whole);
}

/* A value of each kind that a type has, by a counter. */
static double value_of(narrow_type type, size_t i)
{
    static const double least[] = {0, -127, -32767, -2147483647.0};
    if (type == NARROW_BIT)
        return (double)((i * 2654435761u >> 9) & 1);
    if (i % 11 == 3)
        return NAN;
    if (type <= NARROW_INT32)
        return i % 7 ? (double)((int64_t)(i * 37 % 251) - 125) : least[type];
    if (type == NARROW_FLOAT)
        return i % 5 ? ldexp((double)(i * 7919 % 8191) - 4095, -6) : -0.0;
    return i % 5 ? (double)i / 3 : INFINITY;
}

Test(narrow, every_type_gives_back_what_it_got)
{
    enum { N = 520 };
    for (narrow_type type = NARROW_BIT; type <= NARROW_DOUBLE; type++) {
        double x[N], wide[N] __attribute__((aligned(64)));
        uint8_t *data = aligned_alloc(64, 64 * ((narrow_size(type, N) + 63) / 64));
        uint8_t *taken = aligned_alloc(64, 64 * ((narrow_size(type, N) + 63) / 64));
        for (size_t i = 0; i < N; i++)
            x[i] = value_of(type, i);
        narrow_facts facts = look(x, N);
        cr_assert(narrow_fits(&facts, type));
        memset(data, 0xA5, narrow_size(type, N));
        narrow_store(type, data, 0, x, 200);
        narrow_store(type, data, 200, x + 200, N - 200);
        narrow_column c = {data, type, false};
        narrow_widen(c, 8, N - 8, wide);
        size_t rows[N];
        for (size_t i = 0; i < N; i++) {
            double v = narrow_at(c, i);
            cr_assert(isnan(x[i]) ? isnan(v) : same(v, x[i]), "type %d, element %zu", type, i);
            cr_assert(i < 8 || (isnan(v) ? isnan(wide[i - 8]) : same(wide[i - 8], v)));
            rows[i] = i * 131 % N;
        }
        memset(taken, 0, narrow_size(type, N));
        narrow_take(c, rows, N, taken);
        for (size_t i = 0; i < N; i++) {
            double v = narrow_at((narrow_column){taken, type, false}, i), want = x[rows[i]];
            cr_assert(isnan(want) ? isnan(v) : same(v, want));
        }
        cr_expect_eq(narrow_is_finite(c, N), type == NARROW_BIT);
        for (narrow_type other = type; other <= NARROW_DOUBLE; other++) {
            uint8_t *copy = aligned_alloc(64, 64 * ((narrow_size(other, N) + 63) / 64));
            if (narrow_fits(&facts, other)) {
                narrow_copy(c, 3, N - 8, other, copy, 8);
                for (size_t i = 0; i < N - 8; i++) {
                    double v = narrow_at((narrow_column){copy, other, false}, i + 8);
                    cr_assert(isnan(x[i + 3]) ? isnan(v) : same(v, x[i + 3]), "%d to %d", type,
                              other);
                }
            }
            free(copy);
        }
        free(data);
        free(taken);
    }
}

Test(narrow, bytes_become_bits)
{
    enum { N = 83 };
    int8_t bytes[N];
    uint8_t bits[16] = {0};
    for (size_t i = 0; i < N; i++)
        bytes[i] = i % 3 == 0;
    narrow_copy((narrow_column){bytes, NARROW_INT8, false}, 1, N - 1, NARROW_BIT, bits, 16);
    for (size_t i = 0; i + 1 < N; i++)
        cr_assert_eq(narrow_at((narrow_column){bits, NARROW_BIT, false}, 16 + i), bytes[i + 1]);
}

enum { ROWS = 20000, COLUMNS = 5, EVERY = 4003 };

static const struct {
    double rare;
    narrow_type type;
} widened[COLUMNS] = {{0, NARROW_BIT},
                      {7, NARROW_INT8},
                      {-300, NARROW_INT16},
                      {0.5, NARROW_FLOAT},
                      {0.1, NARROW_DOUBLE}};

static double rare_or_bit(size_t row, size_t k)
{
    return row % EVERY == EVERY / 2 + k ? widened[k].rare : (double)(row % (2 + k) & 1);
}

/* Many chunks, and columns that turn out wider than a few of them let guess. */
Test(narrow, columns_that_become_wider_on_the_way)
{
    char *text = malloc((size_t)ROWS * 40), *p = text;
    p += sprintf(p, "a,b,c,d,e\n");
    for (size_t i = 0; i < ROWS; i++)
        for (size_t k = 0; k < COLUMNS; k++)
            p += sprintf(p, "%g%c", rare_or_bit(i, k), k + 1 < COLUMNS ? ',' : '\n');
    for (int threads = 1; threads <= 3; threads++) {
        table t = table_empty(0);
        t.frame->table.chunk_size = 300;
        t.frame->table.reading.threads = threads;
        t.opened = frame_read_text(t.frame, "t.csv", text, (size_t)(p - text));
        frame_request all[] = {
            {"a", false}, {"b", false}, {"c", false}, {"d", false}, {"e", false}};
        frame_load(t.frame, all, COLUMNS);
        for (size_t k = 0; k < COLUMNS; k++) {
            const frame_column *c = frame_real(t.frame, all[k].name, false);
            cr_assert_not_null(c);
            cr_expect_eq(c->column.type, widened[k].type, "%s: %d", c->name, (int)c->column.type);
            for (size_t i = 0; i < ROWS; i++)
                cr_assert(same(narrow_at(c->column, i), rare_or_bit(i, k)), "%s, row %zu", c->name,
                          i);
        }
        table_close(&t);
    }
    free(text);
}
