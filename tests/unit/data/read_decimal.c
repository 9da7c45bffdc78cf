/* Decimal numbers are read to the nearest double, and nothing else is read as one. */
#include "runtime/data/decimal.h"

#include "tests/unit/data/table.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint64_t bits_of(double x)
{
    uint64_t b;
    memcpy(&b, &x, sizeof b);
    return b;
}

/* Both ways of reading, compared with strtod in the C locale. */
static void check_number(const char *text)
{
    double want = strtod(text, NULL), slow, fast;
    size_t n = strlen(text);
    decimal_status status = decimal_read(text, text + n, '.', &slow);
    cr_assert_eq(status, isinf(want) ? DECIMAL_OVERFLOW : DECIMAL_NUMBER, "%s", text);
    cr_assert_eq(bits_of(slow), bits_of(want), "%s: %a, not %a", text, slow, want);
    char padded[256] = "";
    cr_assert_lt(n, sizeof padded - 16);
    memcpy(padded, text, n);
    const char *end = decimal_fast(padded, '.', &fast);
    if (end == padded + n)
        cr_assert_eq(bits_of(fast), bits_of(want), "%s: fast %a, not %a", text, fast, want);
}

Test(decimal, forms_of_a_number)
{
    static const char *const forms[] = {
        "0",
        "-0",
        "+0",
        "0.0",
        "00012",
        "1",
        "-1",
        "+1",
        ".5",
        "-.5",
        "5.",
        "1.5",
        "1e3",
        "1E3",
        "1e+3",
        "1e-3",
        "1.e2",
        ".1e1",
        "+2.5E0",
        "1e0000",
        "1e-0000",
        "0e99999",
        "0.0e9999",
        "1e22",
        "1e23",
        "1e-22",
        "1e-23",
        "1e27",
        "1e28",
        "1e-27",
        "1e-28",
        "123456789",
        "1e308",
        "1e309",
        "-1e309",
        "1e-324",
        "5e-324",
        "2e-324",
        "1e-400",
        "1e99999999999",
        "1e-9999999999999999999999",
        "9007199254740992",
        "9007199254740993",
        "9007199254740994",
        "18446744073709551615",
        "18446744073709551616",
        "9999999999999999999",
        "0.000000000000000000000000000000000000001",
        "100000000000000000000000000000000000000",
        "179769313486231570000000000000000000000000000000000000000000000000000000000000000000000"
        "00000000000000000000000000000000000000000000000000000000000000000000000000000000"};
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++)
        check_number(forms[i]);
}

Test(decimal, what_is_no_number)
{
    static const char *const texts[] = {"",
                                        "+",
                                        "-",
                                        ".",
                                        "e",
                                        "e5",
                                        "1e",
                                        "1e+",
                                        "1e-",
                                        "1.5.2",
                                        "1,5",
                                        "0x10",
                                        "0x",
                                        "1_000",
                                        "1 000",
                                        "nan",
                                        "NaN",
                                        "NA",
                                        "-nan",
                                        "nan(0x1)",
                                        "1f",
                                        "1d0",
                                        "1D0",
                                        "--1",
                                        "+-1",
                                        "1-",
                                        "1e1.5",
                                        "infin",
                                        "i",
                                        "infinit",
                                        "1e5x",
                                        " 1",
                                        "1 ",
                                        "\xE2\x88\x92"
                                        "1",
                                        "\xC2\xA0"
                                        "1",
                                        "0b1",
                                        "1'000",
                                        "1e5e5"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        double x = 7;
        cr_expect_eq(decimal_read(texts[i], texts[i] + strlen(texts[i]), '.', &x), DECIMAL_NONE,
                     "%s", texts[i]);
        cr_expect(isnan(x), "%s", texts[i]);
    }
}

Test(decimal, infinities)
{
    static const char *const texts[] = {"inf", "Inf", "INF", "+inf", "infinity", "Infinity"};
    double x;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        cr_expect_eq(decimal_read(texts[i], texts[i] + strlen(texts[i]), '.', &x),
                     DECIMAL_INFINITE);
        cr_expect_eq(x, INFINITY);
    }
    cr_expect_eq(decimal_read("-Inf", &"-Inf"[4], '.', &x), DECIMAL_INFINITE);
    cr_expect_eq(x, -INFINITY);
}

Test(decimal, point)
{
    double x;
    cr_expect_eq(decimal_read("1,25", &"1,25"[4], ',', &x), DECIMAL_NUMBER);
    cr_expect_eq(x, 1.25);
    cr_expect_eq(decimal_read("1.25", &"1.25"[4], ',', &x), DECIMAL_NONE);
    static const char text[] = "1,25;";
    cr_expect_eq(decimal_fast(text, ',', &x), text + 4);
    cr_expect_eq(x, 1.25);
    cr_expect_eq(decimal_fast(text, -1, &x), text + 1);
    cr_expect_eq(x, 1);
    static const char high[] = "1\xFF"
                               "25;";
    cr_expect_eq(decimal_fast(high, -1, &x), high + 1);
}

static uint64_t next_random(uint64_t *state)
{
    uint64_t x = *state += 0x9E3779B97F4A7C15u;
    x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9u;
    x = (x ^ x >> 27) * 0x94D049BB133111EBu;
    return x ^ x >> 31;
}

/* Random digits and exponents, printed doubles, and points half way between two doubles. */
Test(decimal, agrees_with_strtod)
{
    uint64_t state = 42;
    char text[200];
    for (int i = 0; i < 300000; i++) {
        uint64_t r = next_random(&state), m = next_random(&state) >> (r & 63);
        snprintf(text, sizeof text, "%s%llue%d", r >> 40 & 1 ? "-" : "", (unsigned long long)m,
                 (int)(r >> 32 & 63) - 32);
        check_number(text);
        snprintf(text, sizeof text, "%llu.%0*llu", (unsigned long long)(m >> 40),
                 (int)(r >> 20 & 15), (unsigned long long)(m & 0xFFFFF));
        check_number(text);
        uint64_t bits = next_random(&state);
        double x;
        memcpy(&x, &bits, sizeof x);
        if (!isfinite(x))
            continue;
        snprintf(text, sizeof text, "%.*g", (int)(r >> 50 & 15) + 4, x);
        check_number(text);
    }
    for (int i = 0; i < 20000; i++) {
        uint64_t m = (next_random(&state) >> 11 | (uint64_t)1 << 52) * 2 + 1;
        int e = (int)(next_random(&state) % 40);
        __extension__ unsigned __int128 v = m;
        for (int k = 0; k < e % 20; k++)
            v *= 2;
        char digits[60], *p = digits + sizeof digits;
        for (*--p = 0; v; v /= 10)
            *--p = (char)('0' + (int)(v % 10));
        check_number(p);
        snprintf(text, sizeof text, "%s.000000000000000000000000000000001", p);
        check_number(text);
        snprintf(text, sizeof text, "%.60g", ldexp((double)(m / 2), -e - 20));
        check_number(text);
    }
}

Test(decimal, scaled_integers_are_exact)
{
    uint64_t state = 7;
    char text[64];
    for (int i = 0; i < 200000; i++) {
        uint64_t m = next_random(&state) >> (next_random(&state) & 63);
        int e = (int)(next_random(&state) % 55) - 27;
        snprintf(text, sizeof text, "%llue%d", (unsigned long long)m, e);
        cr_assert_eq(bits_of(decimal_scale(m, e)), bits_of(strtod(text, NULL)), "%s", text);
    }
}

Test(decimal, very_long)
{
    enum { N = 100000 };
    char *text = calloc(1, N + 32);
    double x;
    memset(text, '0', N);
    memcpy(text, "1.", 2);
    text[N - 1] = '1';
    cr_expect_eq(decimal_read(text, text + N, '.', &x), DECIMAL_NUMBER);
    cr_expect_eq(x, 1);
    memset(text, '0', N);
    memcpy(text + N, "1e100000", 8);
    cr_expect_eq(decimal_read(text, text + N + 8, '.', &x), DECIMAL_OVERFLOW);
    memcpy(text, "0.", 2);
    memcpy(text + N, "1e99999", 7);
    cr_expect_eq(decimal_read(text, text + N + 7, '.', &x), DECIMAL_NUMBER);
    cr_expect_eq(x, 1);
    /* 1 + 2^-53 is half way; the digit at the end decides. */
    static const char half[] = "1.00000000000000011102230246251565404236316680908203125";
    memcpy(text, half, sizeof half - 1);
    memset(text + sizeof half - 1, '0', N - sizeof half);
    cr_expect_eq(decimal_read(text, text + N - 1, '.', &x), DECIMAL_NUMBER);
    cr_expect_eq(x, 1);
    text[N - 2] = '1';
    cr_expect_eq(decimal_read(text, text + N - 1, '.', &x), DECIMAL_NUMBER);
    cr_expect_eq(x, 1 + 0x1p-52);
    free(text);
}

Test(decimal, hard_cases)
{
    json_t *cases = json_load_file(MLEC_SHARED_DIR "/data/bad/parse_hard.json", 0, NULL);
    if (!cases)
        cr_skip_test("no " MLEC_SHARED_DIR);
    table t = table_file(MLEC_SHARED_DIR "/data/bad/parse_hard.csv");
    cr_assert(t.opened, "%s", table_reports(&t));
    const frame_column *v = frame_real(t.frame, "v", false);
    cr_assert_not_null(v, "%s", table_reports(&t));
    cr_assert_eq(frame_rows(t.frame), json_array_size(cases));
    for (size_t i = 0; i < json_array_size(cases); i++) {
        const json_t *c = json_array_get(cases, i);
        const char *text = json_string_value(json_object_get(c, "text"));
        double want = strtod(json_string_value(json_object_get(c, "hex")), NULL), x;
        decimal_read(text, text + strlen(text), '.', &x);
        cr_expect_eq(bits_of(x), bits_of(want), "%s: %a", text, x);
        cr_expect_eq(bits_of(narrow_at(v->column, i)), bits_of(want), "row %zu: %a", i + 1,
                     narrow_at(v->column, i));
    }
    json_decref(cases);
    table_close(&t);
}
