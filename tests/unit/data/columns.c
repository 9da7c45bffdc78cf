/* Columns as numbers, codes and truth values; types; what is said about values that do not fit. */
#include "tests/unit/data/table.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Report `index` has this code, place and row, and these texts in message and hint. */
static void expect_report(table *t, size_t index, diag_code code, uint32_t line, uint32_t column,
                          int64_t row, const char *message, const char *hint)
{
    const diag *d = table_diag(t, index);
    const char *all = table_reports(t);
    cr_assert_not_null(d, "no report with: %s\n%s", message, all);
    cr_expect_eq(d->code, code, "%s", all);
    cr_expect_eq(d->line, line, "%s", all);
    cr_expect_eq(d->column, column, "%s", all);
    cr_expect(d->n_rows == 1 && d->rows[0] == row, "%s", all);
    cr_expect(strstr(d->message, message), "%s: %s", message, all);
    if (hint)
        cr_expect(d->hint && strstr(d->hint, hint), "%s: %s", hint, all);
    else
        cr_expect_null(d->hint, "%s", all);
}

/* ---- Numbers --------------------------------------------------------------------------------- */

/* A bad value in row 2, line 3, column 3. */
static const struct {
    const char *value, *message, *hint;
} bad_numbers[] = {
    {"abc", "row 2, column y: `abc` is not a number", NULL},
    {"N/A", "`N/A` is not a number", "a missing value is written"},
    {"None", "`None` is not a number", "a missing value is written"},
    {"nan", "`nan` is not a number", "a missing value is written"},
    {"NULL", "`NULL` is not a number", "a missing value is written"},
    {"-", "`-` is not a number", "a missing value is written"},
    {"?", "`?` is not a number", "a missing value is written"},
    {"nan(0x1)", "`nan(0x1)` is not a number", NULL},
    {"\"NA\"", "`NA` is not a number", "between quotes"},
    {"\".\"", "`.` is not a number", "between quotes"},
    {"TRUE", "`TRUE` is not a number", "`data y : binary`"},
    {"0x3", "`0x3` is not a number", "decimal"},
    {"\"1,234.5\"", "`1,234.5` is not a number", "thousands"},
    {"\"1,5\"", "`1,5` is not a number", "semicolons"},
    {"1_000", "`1_000` is not a number", "thousands"},
    {"1'000", "`1'000` is not a number", "thousands"},
    {"\xE2\x88\x92"
     "5",
     "is not a number", "minus"},
    {"5%", "`5%` is not a number", "percentage"},
    {"1.5abc", "`1.5abc` is not a number", NULL},
    {"1.2.3", "`1.2.3` is not a number", NULL},
    {"1e", "`1e` is not a number", NULL},
    {"1e999", "1e999 is too large", NULL},
    {"-1e999", "-1e999 is too large", NULL},
    {"Inf", "Inf is infinite", "limit columns"},
    {"-infinity", "-infinity is infinite", "limit columns"},
    {"\x1B[31m5", "`\\x1B[31m5` is not a number", NULL},
    {"\xE4", "`\\xE4` is not a number", NULL},
    {"0123456789012345678901234567890123456789x", "`0123456789012345678901234567890123456789...`",
     NULL},
};

Test(numbers, bad_values)
{
    for (size_t i = 0; i < sizeof bad_numbers / sizeof *bad_numbers; i++) {
        char text[200];
        snprintf(text, sizeof text, "x,y\n1,2\n3,%s\n5,6\n", bad_numbers[i].value);
        table t = table_text(text);
        cr_assert(t.opened, "%s: %s", text, table_reports(&t));
        cr_expect_str_eq(table_real(&t, "y"), "error");
        cr_expect_eq(table_diag_count(&t), 1, "%s", table_reports(&t));
        expect_report(&t, 0, DIAG_BAD_VALUE, 3, 3, 2, bad_numbers[i].message, bad_numbers[i].hint);
        cr_expect_str_eq(table_real(&t, "x"), "1 3 5");
        table_close(&t);
    }
}

Test(numbers, at_most_five_reports)
{
    table t = table_text("x,y\n1,a\n1,2\n1,b\n1,NA\n1,c\n1,d\n1,e\n1,f\n1,g\n");
    cr_expect_str_eq(table_real(&t, "y"), "error");
    cr_expect_eq(table_diag_count(&t), 5);
    expect_report(&t, 0, DIAG_BAD_VALUE, 2, 3, 1, "`a`", "`data y : factor`");
    expect_report(&t, 1, DIAG_BAD_VALUE, 4, 3, 3, "`b`", NULL);
    expect_report(&t, 4, DIAG_BAD_VALUE, 8, 3, 7, "`e`", NULL);
    cr_expect(strstr(table_reports(&t), "... and 2 more"), "%s", table_reports(&t));
    cr_expect_str_eq(table_factor(&t, "y"), "[2 a b c d e f g] 1 0 2 -1 3 4 5 6 7");
    table_close(&t);
}

Test(numbers, which_columns_are_numeric)
{
    table t = table_text("a,b,c,d,e,f\n1,NA,x,1,inf,1e999\nNA,,1,x,2,3\n");
    cr_expect(frame_is_numeric(t.frame, "a"));
    cr_expect(frame_is_numeric(t.frame, "b"));
    cr_expect_not(frame_is_numeric(t.frame, "c"));
    cr_expect_not(frame_is_numeric(t.frame, "d"));
    cr_expect(frame_is_numeric(t.frame, "e"));
    cr_expect(frame_is_numeric(t.frame, "f"));
    cr_expect_eq(table_diag_count(&t), 0);
    cr_expect_str_eq(table_real(&t, "f"), "error");
    table_close(&t);
}

Test(numbers, limits)
{
    table t = table_text("x,y\n-Inf,1\n2,inf\nNA,+infinity\n");
    cr_expect_str_eq(table_limits(&t, "x"), "-inf 2 NA");
    cr_expect_str_eq(table_limits(&t, "y"), "1 inf inf");
    cr_expect_eq(table_diag_count(&t), 0);
    cr_expect_str_eq(table_real(&t, "y"), "error");
    cr_expect_eq(table_diag_count(&t), 2);
    table_close(&t);
}

Test(numbers, mixed_decimal_points)
{
    table t = table_text("x;y;z;w\n1;2,5;3;1.5\n2.5;2;3;1.5\n3,5;2;3;0,5\n");
    cr_expect_str_eq(table_real(&t, "x"), "error");
    expect_report(&t, 0, DIAG_BAD_VALUE, 4, 1, 3, "`3,5` has a decimal comma, but row 2",
                  "one way");
    cr_expect(frame_is_numeric(t.frame, "x"));
    cr_expect_str_eq(table_real(&t, "z"), "3 3 3");
    cr_expect_str_eq(table_real(&t, "y"), "2.5 2 2");
    cr_expect_str_eq(table_real(&t, "w"), "error");
    table_close(&t);

    t = table_text("x;y\n1,5;2\n2;2.5\n");
    cr_expect_str_eq(table_real(&t, "x"), "1.5 2");
    cr_expect_str_eq(table_real(&t, "y"), "error");
    expect_report(&t, 0, DIAG_BAD_VALUE, 3, 3, 2,
                  "`2.5` has a decimal point, but column x has a decimal comma in row 1",
                  "one way");
    table_close(&t);

    t = table_text("x;y\n1,5;2\n1,2,3;2.5\n");
    cr_expect_str_eq(table_real(&t, "x"), "error");
    expect_report(&t, 0, DIAG_BAD_VALUE, 3, 1, 2, "`1,2,3` is not a number", "thousands");
    table_close(&t);

    /* The first point stands behind a text, where the column need not be read. */
    t = table_text("x;y\n1;1\na;1\n3,5;1\n2.5;1\n");
    cr_expect_str_eq(table_real(&t, "x"), "error");
    expect_report(&t, 1, DIAG_BAD_VALUE, 5, 1, 4, "`2.5` has a decimal point, but row 3 has a",
                  "one way");
    table_close(&t);
}

/* ---- Factors --------------------------------------------------------------------------------- */

Test(factors, values_of_levels)
{
    table t = table_text("g,h\n12,a\n2,b\n12,NA\n");
    const frame_levels *g = frame_factor(t.frame, "g"), *h = frame_factor(t.frame, "h");
    cr_assert(g && h && g->numbers && !h->numbers);
    cr_expect_eq(g->numbers[0], 2);
    cr_expect_eq(g->numbers[1], 12);
    cr_expect_eq(frame_factor(t.frame, "g"), g);
    cr_expect_str_eq(table_real(&t, "g"), "12 2 12");
    table_close(&t);
}

Test(factors, many_levels)
{
    enum { N = 50000 };
    char *text = malloc(N * 24 + 8), *p = text;
    p += sprintf(p, "g,h,i\n");
    for (int i = 0; i < N; i++)
        p += sprintf(p, "%d,k%d,a-long-%d\n", i * 7919 % N, i * 7919 % 1000, i % 3);
    table t = table_text(text);
    free(text);
    frame_request requests[] = {{"g", true}, {"h", true}, {"i", false}};
    frame_load(t.frame, requests, 3);
    const frame_levels *g = frame_factor(t.frame, "g"), *h = frame_factor(t.frame, "h"),
                       *l = frame_factor(t.frame, "i");
    cr_assert(g && h && l, "%s", table_reports(&t));
    cr_expect_eq(g->n_levels, N);
    cr_expect_eq(h->n_levels, 1000);
    cr_expect_eq(l->n_levels, 3);
    char name[16];
    for (int i = 0; i < N; i++) {
        cr_assert_eq(g->codes[i], i * 7919 % N);
        sprintf(name, "k%d", i * 7919 % 1000);
        cr_assert_str_eq(h->levels[h->codes[i]], name);
        cr_assert_eq(l->codes[i], i % 3);
    }
    table_close(&t);
}

Test(factors, text_that_is_not_clean)
{
    table t = table_text("g,h,k\na,1,\"a\nb\"\n\xE4,\x1B[31m,\xC3\xA4\na,1,\xF0\x9F\x98\x80\n");
    cr_expect_str_eq(table_factor(&t, "g"), "error");
    expect_report(&t, 0, DIAG_BAD_VALUE, 4, 1, 2, "`\\xE4` is not UTF-8", "iconv");
    cr_expect_str_eq(table_factor(&t, "h"), "error");
    expect_report(&t, 1, DIAG_BAD_VALUE, 4, 3, 2, "`\\x1B[31m`", "iconv");
    cr_expect_str_eq(table_factor(&t, "k"), "[a\nb \xC3\xA4 \xF0\x9F\x98\x80] 0 1 2");
    table_close(&t);
    static const char *const bad[] = {
        "\xC0\xAF", "\xE0\x80\xAF", "\xED\xA0\x80", "\xF5\x80\x80\x80", "\xF4\x90\x80\x80", "\xC3",
        "\xE2\x82", "\x80",         "\x7F"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        char text[32];
        snprintf(text, sizeof text, "g,x\na%s,1\n", bad[i]);
        t = table_text(text);
        cr_expect_str_eq(table_factor(&t, "g"), "error", "%zu", i);
        table_close(&t);
    }
}

Test(factors, written_levels)
{
    static const char *const levels[] = {"low", "mid", "high"};
    table t = table_text("g,h\nmid,low\nhigh,Low\n,hgih\nmid,Low\n");
    const frame_levels *g = frame_factor_written(t.frame, "g", levels, 3);
    cr_assert_not_null(g);
    cr_expect_eq(g->n_levels, 3);
    cr_expect_eq(g->n_missing, 1);
    cr_expect(g->codes[0] == 1 && g->codes[1] == 2 && g->codes[2] == -1 && g->codes[3] == 1);
    cr_expect_eq(g->codes[7], -1);
    cr_expect_null(frame_factor_written(t.frame, "h", levels, 3));
    cr_expect_eq(table_diag_count(&t), 2, "%s", table_reports(&t));
    expect_report(&t, 0, DIAG_OUTSIDE_TYPE, 3, 6, 2,
                  "`Low` is none of the levels \"low\", \"mid\", \"high\"", "\"low\"");
    expect_report(&t, 1, DIAG_OUTSIDE_TYPE, 4, 2, 3, "`hgih`", "\"high\"");
    table_close(&t);
}

/* ---- Truth values ---------------------------------------------------------------------------- */

static const struct {
    const char *values, *x, *zero, *one;
} binaries[] = {
    {"0\n1\nNA\n1\n", "0 1 NA 1", NULL, NULL},
    {"0.0\n1.0\n1e0\n", "0 1 1", NULL, NULL},
    {"0\n0\n", "0 0", NULL, NULL},
    {"1\n", "1", NULL, NULL},
    {"NA\nNA\n", "NA NA", NULL, NULL},
    {"\"0\"\n\"1\"\n", "0 1", NULL, NULL},
    {"TRUE\nFALSE\nNA\n", "1 0 NA", NULL, NULL},
    {"True\nfalse\ntrue\n", "1 0 1", NULL, NULL},
    {"T\nF\n", "1 0", NULL, NULL},
    {"t\nT\n", "1 1", NULL, NULL},
    {"yes\nno\nYES\nNo\n", "1 0 1 0", NULL, NULL},
    {"yes\n0\nTRUE\n", "1 0 1", NULL, NULL},
    {"male\nfemale\nmale\n", "1 0 1", "female", "male"},
    {"Y\nN\n", "1 0", "N", "Y"},
    {"yes\nmaybe\n", "1 0", "maybe", "yes"},
};

Test(binary, readings)
{
    for (size_t i = 0; i < sizeof binaries / sizeof *binaries; i++) {
        char text[100];
        snprintf(text, sizeof text, "x\n%s", binaries[i].values);
        table t = table_text(text);
        cr_expect_str_eq(table_binary(&t, "x"), binaries[i].x, "%s: %s", text, table_reports(&t));
        const frame_column *c = frame_binary(t.frame, "x", NULL);
        const char *zero = binaries[i].zero, *one = binaries[i].one;
        cr_expect((zero && c->zero) ? !strcmp(zero, c->zero) : zero == c->zero, "%s", text);
        cr_expect((one && c->one) ? !strcmp(one, c->one) : one == c->one, "%s", text);
        table_close(&t);
    }
}

Test(binary, one_and_two)
{
    table t = table_text("status,x\n1,1\n2,1\nNA,1\n2,1\n");
    cr_expect_str_eq(table_binary(&t, "status"), "error");
    cr_expect_eq(table_diag_count(&t), 2);
    expect_report(&t, 0, DIAG_OUTSIDE_TYPE, 3, 1, 2, "row 2, column status: 2 is neither 0 nor 1",
                  "`status == 2`");
    table_close(&t);
    t = table_text("two words,x\n1,1\n2,1\n");
    cr_expect_str_eq(table_binary(&t, "two words"), "error");
    expect_report(&t, 0, DIAG_OUTSIDE_TYPE, 3, 1, 2, "2 is neither", "``two words` == 2`");
    table_close(&t);
}

Test(binary, refusals)
{
    static const struct {
        const char *values, *message, *hint;
        int64_t row;
    } cases[] = {
        {"0\n1\n0.5\n", "0.5 is neither 0 nor 1", NULL, 3},
        {"0\n1\n2\n", "2 is neither 0 nor 1", NULL, 3},
        {"0\n-1\n", "-1 is neither", NULL, 2},
        {"0\n1\nInf\n", "Inf is infinite", "limit", 3},
        {"0\n1\n1e999\n", "too large", NULL, 3},
        {"a\nb\nc\n", "has two values, this one has 3: `a`, `b`, `c`", "`x == \"c\"`", 1},
        {"yes\nno\nmaybe\n", "has two values, this one has 3: `maybe`, `no`, `yes`", "", 3},
        {"a\na\n", "`a` is the only value", "`x == \"a\"`", 1},
        {"a\nb\nc\nd\ne\nf\ng\n", "has 7: `a`, `b`, `c`, `d`, `e`, ...", "", 1},
        {"0\n1\nT\nF\nNo\nYes\nTRUE\nzoo\n", "has 8:", "", 8},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[100];
        snprintf(text, sizeof text, "x,y\n");
        for (const char *p = cases[i].values; *p; p++)
            snprintf(text + strlen(text), sizeof text - strlen(text), *p == '\n' ? ",1\n" : "%c",
                     *p);
        table t = table_text(text);
        cr_expect_str_eq(table_binary(&t, "x"), "error", "%s", text);
        expect_report(&t, 0, table_diag(&t, 0)->code, (uint32_t)cases[i].row + 1, 1, cases[i].row,
                      cases[i].message, cases[i].hint);
        table_close(&t);
    }
}

/* Rows that do not count may hold anything that can be read. */
Test(binary, used_rows)
{
    table t = table_text("x,y\nyes,1\nunknown,2\nno,7\n,1\n");
    static const uint8_t use[] = {1, 0, 1, 1}, all[] = {1, 1, 1, 1}, two[] = {0, 1, 1, 1};
    const frame_column *x = frame_binary(t.frame, "x", use);
    cr_assert_not_null(x, "%s", table_reports(&t));
    cr_expect(narrow_at(x->column, 0) == 1 && isnan(narrow_at(x->column, 1)) &&
              narrow_at(x->column, 2) == 0);
    cr_expect_null(x->one);
    cr_expect_null(frame_binary(t.frame, "x", all));
    x = frame_binary(t.frame, "x", two);
    cr_assert_not_null(x);
    cr_expect_str_eq(x->one, "unknown");
    cr_expect(isnan(narrow_at(x->column, 0)) && narrow_at(x->column, 1) == 1 &&
              narrow_at(x->column, 2) == 0);
    static const uint8_t first[] = {1, 0, 0, 1};
    const frame_column *y = frame_binary(t.frame, "y", first);
    cr_assert_not_null(y);
    cr_expect_null(frame_binary(t.frame, "y", use));
    table_close(&t);
}

/* ---- Types ----------------------------------------------------------------------------------- */

static const struct {
    const char *values;
    mlec_type type;
    double lower, upper;
    int64_t row; /* the first bad one; 0: all are good */
    const char *message, *hint;
} types[] = {
    {"-1e300\n0\n1e300\n", MLEC_TYPE_REAL, 0, 0, 0, NULL, NULL},
    {"1e-300\nNA\n5\n", MLEC_TYPE_POSITIVE, 0, 0, 0, NULL, NULL},
    {"1\n0\n", MLEC_TYPE_POSITIVE, 0, 0, 2, "0 is not positive", "`real(0, inf)`"},
    {"1\n-0.5\n", MLEC_TYPE_POSITIVE, 0, 0, 2, "-0.5 is not positive", NULL},
    {"0\n1\n0.5\n", MLEC_TYPE_UNIT, 0, 0, 0, NULL, NULL},
    {"0\n1.5\n", MLEC_TYPE_UNIT, 0, 0, 2, "1.5 is outside the unit interval", "x/100"},
    {"0\n-1\n", MLEC_TYPE_UNIT, 0, 0, 2, "-1 is outside the unit interval", NULL},
    {"-1\n1\n0\n", MLEC_TYPE_INTERVAL, -1, 1, 0, NULL, NULL},
    {"-1\n1.25\n", MLEC_TYPE_INTERVAL, -1, 1, 2, "1.25 is outside real(-1, 1)", NULL},
    {"5\n-1\n", MLEC_TYPE_INTERVAL, 0, INFINITY, 2, "-1 is outside real(0, inf)", NULL},
    {"5\n-1\n1e15\n", MLEC_TYPE_INT, -INFINITY, INFINITY, 0, NULL, NULL},
    {"5\n1.5\n", MLEC_TYPE_INT, -INFINITY, INFINITY, 2, "1.5 is not an integer", NULL},
    {"1\n5\n6\n", MLEC_TYPE_INT, 1, 5, 3, "6 is outside int(1, 5)", NULL},
    {"0\n17\nNA\n", MLEC_TYPE_COUNT, 0, 0, 0, NULL, NULL},
    {"0\n-3\n", MLEC_TYPE_COUNT, 0, 0, 2, "row 2, column x: -3 is not a count", "0, 1, 2"},
    {"0\n2.50\n", MLEC_TYPE_COUNT, 0, 0, 2, "2.50 is not a count", "0, 1, 2"},
    {"anything\n", MLEC_TYPE_FACTOR, 0, 0, 0, NULL, NULL},
    {"anything\n", MLEC_TYPE_BINARY, 0, 0, 0, NULL, NULL},
};

Test(types, checks)
{
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        char text[100];
        snprintf(text, sizeof text, "x\n%s", types[i].values);
        table t = table_text(text);
        bool good = frame_check(t.frame, "x", types[i].type, types[i].lower, types[i].upper, NULL);
        cr_expect_eq(good, types[i].row == 0, "%s: %s", text, table_reports(&t));
        if (types[i].row)
            expect_report(&t, 0, DIAG_OUTSIDE_TYPE, (uint32_t)types[i].row + 1, 1, types[i].row,
                          types[i].message, types[i].hint);
        table_close(&t);
    }
}

Test(types, at_most_five_reports)
{
    table t = table_text("x,y\n-1,1\n-2,1\n1,1\n-3,1\n-4,1\n-5,1\n-6,1\n-7,1\n");
    cr_expect_not(frame_check(t.frame, "x", MLEC_TYPE_COUNT, 0, 0, NULL));
    cr_expect_eq(table_diag_count(&t), 5);
    cr_expect(strstr(table_reports(&t), "... and 2 more"), "%s", table_reports(&t));
    table_close(&t);
}

Test(types, used_rows)
{
    table t = table_text("x,y\n-1,1\n2,1\n");
    static const uint8_t second[] = {0, 1}, first[] = {1, 0};
    cr_expect(frame_check(t.frame, "x", MLEC_TYPE_POSITIVE, 0, 0, second));
    cr_expect_not(frame_check(t.frame, "x", MLEC_TYPE_POSITIVE, 0, 0, first));
    table_close(&t);
}

/* ---- Arrays of the caller -------------------------------------------------------------------- */

Test(arrays, real)
{
    static const double x[] = {1.5, NAN, -0.0, 125, 1.5, 0};
    table t = table_empty(6);
    cr_expect(frame_add_real(t.frame, "x", x));
    cr_expect_not(frame_add_real(t.frame, "x", x));
    cr_expect_eq(table_diag(&t, 0)->code, DIAG_DUPLICATE_COLUMN);
    cr_expect_str_eq(table_real(&t, "x"), "1.5 NA -0 125 1.5 0");
    cr_expect_str_eq(table_factor(&t, "x"), "[0 1.5 125] 1 -1 0 2 1 0");
    cr_expect(frame_is_numeric(t.frame, "x"));
    cr_expect_null(frame_name(t.frame));
    cr_expect_eq(frame_line(t.frame, 3), 0);
    cr_expect_not(frame_check(t.frame, "x", MLEC_TYPE_COUNT, 0, 0, NULL));
    expect_report(&t, 1, DIAG_OUTSIDE_TYPE, 0, 0, 1, "row 1, column x: 1.5 is not a count", "");
    frame_load(t.frame, &(frame_request){"x", true}, 1); /* nothing to do, and no harm */
    table_close(&t);
}

Test(arrays, infinite)
{
    static const double x[] = {1, INFINITY};
    table t = table_empty(2);
    cr_expect(frame_add_real(t.frame, "x", x));
    cr_expect_str_eq(table_limits(&t, "x"), "1 inf");
    cr_expect_str_eq(table_real(&t, "x"), "error");
    expect_report(&t, 0, DIAG_BAD_VALUE, 0, 0, 2, "row 2, column x: inf is infinite", "limit");
    table_close(&t);
}

Test(arrays, factor)
{
    static const int32_t codes[] = {2, 0, -1, 2};
    static const char *const levels[] = {"low", "mid", "high"}, *const numbers[] = {"3", "1", "2"};
    table t = table_empty(4);
    cr_expect(frame_add_factor(t.frame, "g", codes, levels, 3));
    cr_expect(frame_add_factor(t.frame, "k", codes, numbers, 3));
    cr_expect_str_eq(table_factor(&t, "g"), "[low mid high] 2 0 -1 2");
    cr_expect_str_eq(frame_text(t.frame, "g", 0), "high");
    cr_expect_str_eq(frame_text(t.frame, "g", 2), "");
    cr_expect_not(frame_is_numeric(t.frame, "g"));
    const frame_levels *k = frame_factor(t.frame, "k");
    cr_assert_not_null(k);
    cr_expect(k->numbers && k->numbers[0] == 3 && k->numbers[2] == 2);
    cr_expect_str_eq(table_binary(&t, "g"), "1 0 NA 1");
    cr_expect_str_eq(frame_binary(t.frame, "g", NULL)->one, "high");
    cr_expect_eq(table_diag_count(&t), 0);
    cr_expect_str_eq(table_real(&t, "g"), "error");
    cr_expect(strstr(table_diag(&t, 0)->message, "has levels"));
    table_close(&t);
}

Test(arrays, bad_factor)
{
    static const int32_t codes[] = {0, 3}, low[] = {0, -2}, good[] = {0, 1};
    static const char *const levels[] = {"a", "b"}, *const twice[] = {"a", "a"};
    static const char *const empty[] = {"", "b"}, *const dirty[] = {"a", "\x1B"};
    table t = table_empty(2);
    cr_expect_not(frame_add_factor(t.frame, "g", codes, levels, 2));
    cr_expect(strstr(table_diag(&t, 0)->message, "row 2, column g: there is no level 3"));
    cr_expect_not(frame_add_factor(t.frame, "g", low, levels, 2));
    cr_expect_not(frame_add_factor(t.frame, "g", good, twice, 2));
    cr_expect_not(frame_add_factor(t.frame, "g", good, empty, 2));
    cr_expect_not(frame_add_factor(t.frame, "g", good, dirty, 2));
    cr_expect(frame_add_factor(t.frame, "g", good, levels, 2));
    cr_expect_eq(table_diag_count(&t), 5);
    table_close(&t);
}

Test(arrays, no_rows)
{
    table t = table_empty(0);
    cr_expect(frame_add_real(t.frame, "x", NULL));
    cr_expect_str_eq(table_real(&t, "x"), "");
    cr_expect_str_eq(table_factor(&t, "x"), "[]");
    cr_expect_null(frame_real(t.frame, "z", false));
    table_close(&t);
}

/* ---- Messages of callers --------------------------------------------------------------------- */

Test(messages, frame_report)
{
    table t = table_text("a,w\n\"x\ny\",1\n\n\"z\",-2\n");
    frame_report(t.frame, DIAG_NEGATIVE_WEIGHT, "w", 1, "%d is negative", -2);
    expect_report(&t, 0, DIAG_NEGATIVE_WEIGHT, 5, 5, 2, "row 2, column w: -2 is negative", NULL);
    frame_report(t.frame, DIAG_MISSING_VALUE, "a", 0, "a missing value");
    expect_report(&t, 1, DIAG_MISSING_VALUE, 2, 1, 1, "row 1, column a: a missing value", NULL);
    frame_report(t.frame, DIAG_BAD_VALUE, "w", 0, "late");
    expect_report(&t, 2, DIAG_BAD_VALUE, 3, 4, 1, "late", NULL);
    cr_expect_eq(frame_line(t.frame, 1), 5);
    cr_expect_str_eq(frame_text(t.frame, "a", 0), "x\\x0Ay");
    table_close(&t);
}
