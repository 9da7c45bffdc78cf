/* The collection of malformed and odd files: each is read alike, or refused with a good reason. */
#include "tests/unit/data/table.h"

#include <jansson.h>
#include <math.h>
#include <string.h>

#define BAD MLEC_SHARED_DIR "/data/bad/"

static table open_bad(const char *file)
{
    char path[4096];
    snprintf(path, sizeof path, BAD "%s", file);
    return table_file(path);
}

typedef enum { SAME, MISSING, ERROR, OTHER } outcome;

static bool same_values(const frame_column *a, const frame_column *b, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        double x = narrow_at(a->column, i), y = narrow_at(b->column, i);
        if (memcmp(&x, &y, sizeof x) != 0)
            return false;
    }
    return true;
}

/* What became of columns x and y, next to those of the clean file. */
static outcome read_both(table *t, const frame_column *clean_x, const frame_column *clean_y)
{
    if (!t->opened)
        return ERROR;
    const frame_column *x = frame_real(t->frame, "x", false), *y = frame_real(t->frame, "y", false);
    if (!x || !y)
        return ERROR;
    size_t n = frame_rows(t->frame);
    if (n != 20 || !same_values(x, clean_x, n))
        return OTHER;
    if (same_values(y, clean_y, n))
        return SAME;
    for (size_t i = 0; i < n; i++)
        if (i == 6 ? !isnan(narrow_at(y->column, i))
                   : narrow_at(y->column, i) != narrow_at(clean_y->column, i))
            return OTHER;
    return y->facts.n_missing == 1 ? MISSING : OTHER;
}

static void expect_clean_messages(table *t, const char *file)
{
    for (const char *p = table_reports(t); *p; p++)
        cr_expect(*p == '\n' || ((unsigned char)*p >= 32 && *p != 127),
                  "%s: a control character in a message", file);
    for (size_t i = 0; table_diag(t, i); i++)
        cr_expect(table_diag(t, i)->file && strstr(table_diag(t, i)->file, file), "%s", file);
}

Test(bad_files, manifest)
{
    json_t *manifest = json_load_file(BAD "manifest.json", 0, NULL);
    if (!manifest)
        cr_skip_test("no " MLEC_SHARED_DIR);
    table clean = open_bad("clean.csv");
    cr_assert(clean.opened);
    const frame_column *x = frame_real(clean.frame, "x", false),
                       *y = frame_real(clean.frame, "y", false);
    cr_assert(x && y);
    size_t i;
    json_t *entry;
    json_array_foreach(json_object_get(manifest, "files"), i, entry)
    {
        const char *file = json_string_value(json_object_get(entry, "file"));
        const char *expect = json_string_value(json_object_get(entry, "expect"));
        table t = open_bad(file);
        outcome o = read_both(&t, x, y);
        bool good = !strcmp(expect, "same")            ? o == SAME
                    : !strcmp(expect, "missing")       ? o == MISSING
                    : !strcmp(expect, "error")         ? o == ERROR
                    : !strcmp(expect, "same or error") ? o == SAME || o == ERROR
                                                       : true;
        /* That no row is left is for the caller to say. */
        if (!strcmp(file, "all_missing.csv"))
            good = frame_real(t.frame, "y", false)->facts.n_missing == frame_rows(t.frame);
        cr_expect(good, "%s: %s, but got %d\n%s", file, expect, o, table_reports(&t));
        cr_expect(o != ERROR || t.ctx->diags.n_errors > 0, "%s: no report", file);
        cr_expect(o == ERROR || t.ctx->diags.n_errors == 0, "%s: %s", file, table_reports(&t));
        expect_clean_messages(&t, file);
        table_close(&t);
    }
    table_close(&clean);
    json_decref(manifest);
}

static const struct {
    const char *file;
    diag_code code;
    uint32_t line, column;
    const char *message, *hint;
} reports[] = {
    {"ragged_short.csv", DIAG_RAGGED_ROW, 8, 1, "row 7 has 1 field, the header has 2", ""},
    {"ragged_long.csv", DIAG_RAGGED_ROW, 8, 9, "row 7 has 3 fields", "quotes"},
    {"text_in_number.csv", DIAG_BAD_VALUE, 8, 3, "row 7, column y: `abc`", ""},
    {"trailing_garbage.csv", DIAG_BAD_VALUE, 8, 3, "row 7, column y: `1.5abc`", ""},
    {"two_dots.csv", DIAG_BAD_VALUE, 8, 3, "row 7, column y: `1.2.3`", ""},
    {"hex.csv", DIAG_BAD_VALUE, 8, 1, "row 7, column x: `0x3`", "decimal"},
    {"thousands.csv", DIAG_BAD_VALUE, 8, 3, "row 7, column y: `1,234.5`", "thousands"},
    {"overflow.csv", DIAG_BAD_VALUE, 8, 3, "row 7, column y: 1e999 is too large", ""},
    {"nonnumber_question.csv", DIAG_BAD_VALUE, 8, 3, "row 7, column y: `?`", "missing"},
    {"nonnumber_n_a.csv", DIAG_BAD_VALUE, 8, 3, "row 7, column y: `N/A`", "missing"},
    {"nonnumber_none.csv", DIAG_BAD_VALUE, 8, 3, "row 7, column y: `None`", "missing"},
    {"nonnumber_minus.csv", DIAG_BAD_VALUE, 8, 3, "row 7, column y: `-`", "missing"},
    {"nonnumber_nan_payload.csv", DIAG_BAD_VALUE, 8, 3, "row 7, column y: `nan(0x1)`", ""},
    {"infinite_inf.csv", DIAG_BAD_VALUE, 8, 3, "row 7, column y: Inf is infinite", ""},
    {"infinite_ninf.csv", DIAG_BAD_VALUE, 8, 3, "row 7, column y: -inf is infinite", ""},
    {"infinite_infinity.csv", DIAG_BAD_VALUE, 8, 3, "row 7, column y: Infinity is infinite", ""},
    {"empty_file.csv", DIAG_BAD_FILE, 0, 0, "empty", ""},
    {"newline_only.csv", DIAG_BAD_FILE, 1, 1, "blank lines", ""},
    {"header_only.csv", DIAG_NO_ROWS, 1, 1, "no row", ""},
    {"no_header.csv", DIAG_UNKNOWN_COLUMN, 1, 1, "no column x", "the names are: 0, 1.173"},
    {"duplicate_header.csv", DIAG_DUPLICATE_COLUMN, 1, 1, "called x", ""},
    {"case_header.csv", DIAG_UNKNOWN_COLUMN, 1, 1, "no column x", "X"},
    {"missing_column.csv", DIAG_UNKNOWN_COLUMN, 1, 1, "no column y", "the columns are: x"},
    {"unterminated_quote.csv", DIAG_BAD_QUOTE, 12, 3, "opens on line 12", ""},
    {"quote_inside.csv", DIAG_BAD_QUOTE, 8, 4, "row 7, column y: a quote inside", ""},
    {"nul_byte.csv", DIAG_BAD_FILE, 9, 2, "row 8, column x: a NUL byte", ""},
    {"utf16.csv", DIAG_BAD_FILE, 0, 0, "UTF-16", "UTF-8"},
    {"binary.csv", DIAG_BAD_FILE, 0, 0, "binary data", ""},
    {"gzip_magic.csv", DIAG_BAD_FILE, 0, 0, "gzip", ""},
    {"html.csv", DIAG_BAD_FILE, 0, 0, "web page", ""},
    {"control_chars.csv", DIAG_BAD_VALUE, 2, 1, "row 1, column x: `\\x1B[31m0`", ""},
    {"comment_lines.csv", DIAG_RAGGED_ROW, 2, 3, "2 fields", "line 1 begins with #"},
    {"bool_column.csv", DIAG_BAD_VALUE, 8, 1, "row 7, column x: `TRUE`", "binary"},
};

Test(bad_files, reports)
{
    for (size_t i = 0; i < sizeof reports / sizeof *reports; i++) {
        table t = open_bad(reports[i].file);
        if (i == 0 && !t.opened && table_diag(&t, 0)->code == DIAG_CANNOT_READ)
            cr_skip_test("no " MLEC_SHARED_DIR);
        if (t.opened) {
            frame_real(t.frame, "x", false);
            frame_real(t.frame, "y", false);
        }
        const diag *d = table_diag(&t, 0);
        cr_assert_not_null(d, "%s", reports[i].file);
        const char *all = table_reports(&t);
        cr_expect_eq(d->code, reports[i].code, "%s", all);
        cr_expect_eq(d->line, reports[i].line, "%s", all);
        cr_expect_eq(d->column, reports[i].column, "%s", all);
        cr_expect(strstr(d->message, reports[i].message), "%s", all);
        if (*reports[i].hint)
            cr_expect(d->hint && strstr(d->hint, reports[i].hint), "%s", all);
        table_close(&t);
    }
}
