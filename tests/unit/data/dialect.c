/* The forms of delimited text that are read, and what is said about the others. */
#include "tests/unit/data/table.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- What is read ---------------------------------------------------------------------------- */

typedef struct {
    const char *what, *text,
        *x; /* `x`: the values of column x, of a factor where it begins with [ */
} reading;

static const reading readings[] = {
    {"plain", "x,y\n1,2\n3,4\n", "1 3"},
    {"no newline at the end", "x,y\n1,2\n3,4", "1 3"},
    {"CR LF", "x,y\r\n1,2\r\n3,4\r\n", "1 3"},
    {"CR", "x,y\r1,2\r3,4\r", "1 3"},
    {"CR in one column", "x\r1\r\r3\r", "1 NA 3"},
    {"mixed line ends", "x,y\r\n1,2\n3,4\r5,6\r\n", "1 3 5"},
    {"CR LF, x last", "y,x\r\n1,2\r\n3,\r\n", "2 NA"},
    {"byte order mark", "\xEF\xBB\xBFx,y\n1,2\n", "1"},
    {"byte order mark and quotes", "\xEF\xBB\xBF\"x\",y\n1,2\n", "1"},
    {"semicolons", "x;y\n1;2\n3;4\n", "1 3"},
    {"tabs", "x\ty\n1\t2\n3\t4\n", "1 3"},
    {"tabs, empty fields", "z\tx\ty\n\t1\t\n\t\t\n", "1 NA"},
    {"a comma in a name", "\"a, b\";x\n1;2\n", "2"},
    {"a bare comma in a name", "weight (kg, dry);x\n1,5;2,5\n", "2.5"},
    {"sep= line", "sep=;\nx;y\n1;2\n", "1"},
    {"sep= line, CR LF", "sep=;\r\nx;a,b,c\r\n1;2\r\n", "1"},
    {"sep is a name like others", "sep,x\n1,2\n", "2"},
    {"decimal comma", "x;y\n1,5;2\n-0,25;3\n1,2e1;4\n", "1.5 -0.25 12"},
    {"decimal comma with tabs", "x\ty\n1,5\t2\n", "1.5"},
    {"decimal point with semicolons", "x;y\n1.5;2\n", "1.5"},
    {"decimal comma after integers", "x;y\n1;2\n2;2\n3,5;2\n4;1\n,5;1\n", "1 2 3.5 4 0.5"},
    {"both points in an unused column", "x;y\n1,5;1.5\n2;2,5\n", "1.5 2"},
    {"blanks", " x , y \n  1 ,\t2 \n3\t, 4\n", "1 3"},
    {"blanks around quotes", "x,y\n \"1\" ,2\n\t\"3\",4\n", "1 3"},
    {"blank lines at the end", "x,y\n1,2\n\n\n  \n\n", "1"},
    {"blank lines in the middle", "x,y\n1,2\n\n3,4\n \t\n\r\n5,6\n", "1 3 5"},
    {"blank lines before the header", "\n \n\r\nx,y\n1,2\n", "1"},
    {"blank lines before the rows", "x,y\n\n\n1,2\n", "1"},
    {"blank lines in one column", "x\n1\n\n3\n \n5\n\n\n", "1 NA 3 NA 5"},
    {"blank lines first in one column", "x\n\n1\n", "NA 1"},
    {"rows of missing values", "x,y\n,\n1,2\n,\n", "NA 1 NA"},
    {"quotes", "\"x\",\"y\"\n\"1\",\"2\"\n\"3.5\",\"\"\n", "1 3.5"},
    {"quoted blanks around a number", "x,y\n\" 1\",2\n\"2 \",3\n", "1 2"},
    {"quoted empty", "x,y\n\"\",2\n\"  \",3\n4,5\n", "NA NA 4"},
    {"quotes over lines", "y,x\n\"a\nb\",1\n\"c\r\nd\re\",2\n", "1 2"},
    {"doubled quotes", "y,x\n\"a \"\"b\"\" c\",1\n\"\"\"\",2\n\"\"\"\"\"\",3\n", "1 2 3"},
    {"separators in quotes", "y,x\n\"a,b\",1\n\",\",2\n", "1 2"},
    {"a quoted name with a line end", "\"y\n(kg)\",x\n1,2\n", "2"},
    {"a doubled quote in a name", "\"5\"\" pipe\",x\n1,2\n", "2"},
    {"missing words", "x,y\nNA,1\nNaN,1\n.,1\nnull,1\n,1\n 7 ,1\n", "NA NA NA NA NA 7"},
    {"only missing", "x,y\nNA,1\n,2\n", "NA NA"},
    {"all forms", "x,y\n+1,1\n-.5,1\n1.,1\n1E-2,1\n1.25e+2,1\n-0,1\n", "1 -0.5 1 0.01 125 -0"},
    {"many digits", "x,y\n0.1234567890123456789012345,1\n", "0.12345678901234568"},
    {"underflow", "x,y\n1e-400,1\n-1e-400,2\n", "0 -0"},
    {"a subnormal number", "x,y\n4.9406564584124654e-324,1\n", "5e-324"},
    {"a name in UTF-8",
     "gr\xC3\xB6\xC3\x9F"
     "e,x\n1,2\n",
     "2"},
    {"an unused name that is not UTF-8",
     "gr\xF6\xDF"
     "e,x\n\xE4,2\n",
     "2"},
    {"an empty name", ",x\n1,2\n", "2"},
    {"two empty names", ",,x\n1,2,3\n", "3"},
    {"a repeated unused name", "y,y,x\n1,2,3\n", "3"},
    {"# in the first name", "#id,x\n1,2\n", "2"},
    {"an apostrophe", "y,x\nO'Brien,2\n", "2"},
    {"anything in an unused column", "y,x\n1e999,1\n0x3,2\nInf,3\n\x1B[31m,4\n", "1 2 3 4"},
    {"text", "x,y\nb,1\na,2\nNA,3\n,4\nb,5\n", "[a b] 1 0 -1 -1 1"},
    {"text in CR LF", "y,x\r\n1,b\r\n2,a\r\n", "[a b] 1 0"},
    {"quoted NA is text", "x,y\n\"NA\",1\nNA,2\n\"\",3\n", "[NA] 0 -1 -1"},
    {"text after missing", "x,y\n,1\nNA,1\nb,1\n", "[b] -1 -1 0"},
    {"quoted text", "x,y\n\"a, \"\"b\"\"\",1\n\"c\"\"\",2\n a ,3\n\"a\",4\n",
     "[a a, \"b\" c\"] 1 2 0 0"},
    {"blanks inside quotes stay", "x,y\n\" a\",1\na,2\n", "[ a a] 0 1"},
    {"numbers sorted as numbers", "x,y\n10,1\n9,1\n-1,1\n1e1,1\n10.0,1\n",
     "[-1 9 10 10.0 1e1] 2 1 0 4 3"},
    {"decimal commas as levels", "x;y\n10,5;1\n9,25;1\n", "[9,25 10,5] 1 0"},
    {"numbers and text sorted by bytes", "x,y\n10,1\n9,1\nb,1\nA,1\n\xC3\xA4,1\n",
     "[10 9 A b \xC3\xA4] 0 1 3 2 4"},
    {"long levels", "x,y\nabcdefghi,1\nabcdefghj,2\nabcdefgh,3\nabcdefghi,4\n",
     "[abcdefgh abcdefghi abcdefghj] 1 2 0 1"},
};

Test(dialect, readings)
{
    for (size_t i = 0; i < sizeof readings / sizeof *readings; i++) {
        const reading *r = &readings[i];
        table t = table_text(r->text);
        cr_expect(t.opened, "%s: %s", r->what, table_reports(&t));
        if (t.opened) {
            const char *x = r->x[0] == '[' ? table_factor(&t, "x") : table_real(&t, "x");
            cr_expect_str_eq(x, r->x, "%s: %s, not %s\n%s", r->what, x, r->x, table_reports(&t));
            cr_expect_eq(table_diag_count(&t), 0, "%s: %s", r->what, table_reports(&t));
        }
        table_close(&t);
    }
}

/* The same through a load of all columns at once. */
Test(dialect, loaded_together)
{
    for (size_t i = 0; i < sizeof readings / sizeof *readings; i++) {
        const reading *r = &readings[i];
        table t = table_text(r->text);
        const char *const *names;
        frame_request requests[8];
        size_t n = frame_names(t.frame, &names), k = 0;
        for (; k < n; k++)
            requests[k] = (frame_request){names[k], false};
        requests[k++] = (frame_request){"x", true};
        requests[k++] = (frame_request){"nowhere", true};
        frame_load(t.frame, requests, k);
        const char *x = r->x[0] == '[' ? table_factor(&t, "x") : table_real(&t, "x");
        cr_expect_str_eq(x, r->x, "%s: %s, not %s", r->what, x, r->x);
        table_close(&t);
    }
}

/* ---- What is refused ------------------------------------------------------------------------- */

typedef struct {
    const char *what, *text;
    size_t size; /* 0: strlen */
    diag_code code;
    uint32_t line, column;
    const char *message, *hint; /* parts of them; NULL: no hint, "": any */
} refusal;

#define BYTES(text) text, sizeof(text) - 1

static const refusal refusals[] = {
    {"nothing", "", 0, DIAG_BAD_FILE, 0, 0, "empty", NULL},
    {"a newline", "\n", 0, DIAG_BAD_FILE, 1, 1, "blank lines", NULL},
    {"blanks", "  \n \r\n", 0, DIAG_BAD_FILE, 1, 1, "blank lines", NULL},
    {"a byte order mark", "\xEF\xBB\xBF", 0, DIAG_BAD_FILE, 1, 1, "blank lines", NULL},
    {"no rows", "x,y\n", 0, DIAG_NO_ROWS, 1, 1, "no row", NULL},
    {"no rows, blank lines", "\nx,y\n\n \n", 0, DIAG_NO_ROWS, 2, 1, "no row", NULL},
    {"no rows in one column", "x\n\n\n", 0, DIAG_NO_ROWS, 1, 1, "no row", NULL},
    {"short row", "x,y\n1,2\n3\n", 0, DIAG_RAGGED_ROW, 3, 1,
     "row 2 has 1 field, the header has 2 names", NULL},
    {"long row", "x,y\n1,2\n3,4,5\n", 0, DIAG_RAGGED_ROW, 3, 5,
     "row 2 has 3 fields, the header has 2 names", "comma"},
    {"long row, semicolons", "x;y\n1;2\n3;4;5\n", 0, DIAG_RAGGED_ROW, 3, 5, "3 fields",
     "semicolon"},
    {"row names without a name", "x,y\na,1,2\nb,3,4\n", 0, DIAG_RAGGED_ROW, 2, 5, "3 fields",
     "first column"},
    {"long row in one column", "x\n1\n2,3\n", 0, DIAG_RAGGED_ROW, 3, 3, "the header has 1 name",
     ""},
    {"short row with a quoted line end", "x,y\n\"a\nb\",2\n3\n", 0, DIAG_RAGGED_ROW, 4, 1,
     "row 2 has 1 field", NULL},
    {"long row over lines", "x,y\n1,2\n\"a\nb\",4,5\n", 0, DIAG_RAGGED_ROW, 4, 6,
     "row 2 has 3 fields", ""},
    {"a comment", "# by hand\nx,y\n1,2\n", 0, DIAG_RAGGED_ROW, 2, 3, "2 fields", "comment lines"},
    {"row numbers after blank lines", "x,y\n\n1,2\n\n3\n", 0, DIAG_RAGGED_ROW, 5, 1, "row 2 ",
     NULL},
    {"a quote inside", "x,y\n1,2\n3,4\"5\n", 0, DIAG_BAD_QUOTE, 3, 4,
     "row 2, column y: a quote inside", "double"},
    {"a quote inside, after umlauts", "x,y\n\xC3\xA4\xC3\xB6,4\"5\n", 0, DIAG_BAD_QUOTE, 2, 5,
     "row 1, column y", ""},
    {"a pair of quotes inside", "x,y\n1,2\n3,a\"b\"\n", 0, DIAG_BAD_QUOTE, 3, 4, "row 2, column y",
     ""},
    {"a quote at the end", "x,y\n1,5\"\n", 0, DIAG_BAD_QUOTE, 2, 4, "row 1, column y", ""},
    {"text behind a quote", "x,y\n1,\"2\"3\n", 0, DIAG_BAD_QUOTE, 2, 6, "began on line 2",
     "left open"},
    {"a quote left open before", "x,y\n1,\"2\n3,\"4\"\n", 0, DIAG_BAD_QUOTE, 3, 4,
     "row 1, column y: text behind the closing quote of a field that began on line 2", ""},
    {"a backslash", "x,y\n1,\"2\\\"3\"\n", 0, DIAG_BAD_QUOTE, 2, 7, "closing quote", "backslash"},
    {"an open quote", "x,y\n1,2\n3,\"4\n5,6\n", 0, DIAG_BAD_QUOTE, 3, 3,
     "row 2, column y: the quote that opens on line 3 is never closed", NULL},
    {"an open quote in the second line of a row", "x,y\n\"a\nb\",\"4\n5,6\n", 0, DIAG_BAD_QUOTE, 3,
     4, "the quote that opens on line 3 is never closed", NULL},
    {"an open quote in the header", "x,\"y\n1,2\n", 0, DIAG_BAD_QUOTE, 1, 3, "the header", NULL},
    {"a quote in a field too many", "x,y\n1,2,3\"\n", 0, DIAG_BAD_QUOTE, 2, 6, "row 1, field 3",
     ""},
    {"NUL", BYTES("x,y\n1,2\n3,4\0005\n"), DIAG_BAD_FILE, 3, 4, "row 2, column y: a NUL byte",
     NULL},
    {"NUL between quotes", BYTES("x,y\n1,2\n3,\"4\0005\"\n"), DIAG_BAD_FILE, 3, 5, "a NUL byte",
     NULL},
    {"NUL behind a quote", BYTES("x,y\n1,2\n3,\"4\"\0\n"), DIAG_BAD_FILE, 3, 6, "a NUL byte", NULL},
    {"NUL at the end", BYTES("x,y\n1,2\n3,4\n\0"), DIAG_BAD_FILE, 4, 1, "row 3, column x", NULL},
    {"NUL in the header", BYTES("x,y\0,z,longer\n1,2,3,4\n"), DIAG_BAD_FILE, 1, 4, "the header",
     NULL},
    {"escapes in the header", "x,\x1B[31my\n1,2\n", 0, DIAG_BAD_FILE, 1, 1, "control", NULL},
    {"UTF-16", BYTES("\xFF\xFEx\0,\0y\0\n\0"), DIAG_BAD_FILE, 0, 0, "UTF-16", "iconv"},
    {"UTF-16, big end first", BYTES("\xFE\xFF\0x\0,\0y\0\n"), DIAG_BAD_FILE, 0, 0, "UTF-16",
     "iconv"},
    {"UTF-16 without a mark", BYTES("x\0,\0y\0\n\0001\0,\0002\0\n\0"), DIAG_BAD_FILE, 0, 0,
     "UTF-16", ""},
    {"UTF-16, big end, no mark", BYTES("\0x\0,\0y\0\n\0001\0,\0002\0\n"), DIAG_BAD_FILE, 0, 0,
     "UTF-16", ""},
    {"gzip magic", BYTES("\x1F\x8B,\0\0\0\0\0\0\0\0\0\0"), DIAG_BAD_FILE, 0, 0, "gzip", NULL},
    {"gzip magic alone", "\x1F\x8B", 0, DIAG_BAD_FILE, 0, 0, "gzip data break off", ""},
    {"a web page", "\n <!DOCTYPE html><html>\n", 0, DIAG_BAD_FILE, 0, 0, "web page", "link"},
    {"HTML", "<HTML>", 0, DIAG_BAD_FILE, 0, 0, "web page", ""},
    {"XML", "<?xml version=\"1.0\"?>", 0, DIAG_BAD_FILE, 0, 0, "XML", ""},
    {"JSON rows", "[{\"x\": 1}]", 0, DIAG_BAD_FILE, 0, 0, "JSON", "CSV"},
    {"JSON object", "{\n \"x\": [1]}", 0, DIAG_BAD_FILE, 0, 0, "JSON", "CSV"},
    {"a spreadsheet", "PK\x03\x04....", 0, DIAG_BAD_FILE, 0, 0, "spreadsheet", "CSV"},
    {"an old spreadsheet", "\xD0\xCF\x11\xE0\xA1\xB1", 0, DIAG_BAD_FILE, 0, 0, "spreadsheet",
     "CSV"},
    {"zstd", "\x28\xB5\x2F\xFD....", 0, DIAG_BAD_FILE, 0, 0, "zstd", "unpack"},
    {"xz",
     BYTES("\xFD"
           "7zXZ\0"),
     DIAG_BAD_FILE, 0, 0, "xz", "unpack"},
    {"bzip2", "BZh91AY&SY", 0, DIAG_BAD_FILE, 0, 0, "bzip2", "unpack"},
    {"SQLite", BYTES("SQLite format 3\0"), DIAG_BAD_FILE, 0, 0, "SQLite", "CSV"},
    {"control characters", "a\x01\x02,\x03\x04\x05\n\x06,\x07\n", 0, DIAG_BAD_FILE, 0, 0, "binary",
     NULL},
};

static void check_refusal(const refusal *r)
{
    table t = table_bytes(r->text, r->size ? r->size : strlen(r->text));
    cr_expect_not(t.opened, "%s: was read", r->what);
    const diag *d = table_diag(&t, 0);
    if (!d) {
        table_close(&t);
        return;
    }
    const char *all = table_reports(&t);
    cr_expect_eq(table_diag_count(&t), 1, "%s: %s", r->what, all);
    cr_expect_eq(d->code, r->code, "%s: %s", r->what, all);
    cr_expect_str_eq(d->file, "t.csv", "%s: %s", r->what, all);
    cr_expect_eq(d->line, r->line, "%s: %s", r->what, all);
    cr_expect_eq(d->column, r->column, "%s: %s", r->what, all);
    cr_expect(strstr(d->message, r->message), "%s: %s", r->what, all);
    if (r->hint)
        cr_expect(d->hint && strstr(d->hint, r->hint), "%s: %s", r->what, all);
    else
        cr_expect_null(d->hint, "%s: %s", r->what, all);
    table_close(&t);
}

Test(dialect, refusals)
{
    for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++)
        check_refusal(&refusals[i]);
}

/* Text is scanned 64 bytes at a time: nothing depends on where a block begins. */
Test(dialect, any_offset)
{
    static const struct {
        const char *row, *x; /* x of the row; NULL: it is refused */
    } rows[] = {
        {"\"q\"\"r\",2\n", "q\"r"}, {"\"\",2\n", NULL},          {"\"a\nb\",2\n", "a\nb"},
        {"a,2\r\n", "a"},           {"\"a\",\"\"\"\"\r\n", "a"}, {"a\"b\",2\n", NULL},
        {"a,b\"c\"\n", NULL},       {"\"a\"b,2\n", NULL},        {"a\rb,2\n", NULL},
        {"\"a\rb\",2\n", "a\rb"},   {"\"a\" ,2\n", "a"},         {" \"a\",2\n", "a"},
        {"a,2,3\n", NULL},          {"\"a,2\n", NULL},           {"\"a\"\"\",2\n", "a\""},
    };
    enum { OFFSETS = 140 };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        for (int pad = 1; pad < OFFSETS; pad++) {
            char text[2 * OFFSETS + 40];
            snprintf(text, sizeof text, "x,y\n1,%0*d\n%slast,%0*d\n", pad, 0, rows[i].row, pad, 0);
            table t = table_text(text);
            bool empty = !strcmp(rows[i].row, "\"\",2\n");
            cr_assert_eq(t.opened, rows[i].x || empty, "row %zu, offset %d", i, pad);
            if (t.opened) {
                const frame_levels *l = frame_factor(t.frame, "x");
                cr_assert_not_null(l);
                cr_assert_eq(frame_rows(t.frame), 3);
                if (empty)
                    cr_assert_eq(l->codes[1], -1);
                else
                    cr_assert_str_eq(l->levels[l->codes[1]], rows[i].x, "row %zu, offset %d", i,
                                     pad);
                cr_assert_str_eq(l->levels[l->codes[2]], "last");
            }
            table_close(&t);
        }
}

/* ---- Names ----------------------------------------------------------------------------------- */

static void expect_unknown(const char *text, const char *name, const char *hint)
{
    table t = table_text(text);
    cr_expect_not(frame_has(t.frame, name));
    cr_expect_not(frame_is_numeric(t.frame, name));
    cr_expect_eq(table_diag_count(&t), 0);
    cr_expect_null(frame_real(t.frame, name, false));
    const diag *d = table_diag(&t, 0);
    cr_assert_not_null(d);
    cr_expect_eq(d->code, DIAG_UNKNOWN_COLUMN);
    cr_expect_eq(diag_table[d->code].class, DIAG_MODEL);
    cr_expect_str_eq(d->file, "t.csv");
    cr_expect(d->hint && strstr(d->hint, hint), "%s", table_reports(&t));
    table_close(&t);
}

Test(names, unknown)
{
    expect_unknown("X,Y\n1,2\n", "x", "did you mean X? The columns are: X, Y");
    expect_unknown("weight,y\n1,2\n", "wieght", "did you mean weight?");
    expect_unknown("weight,y\n1,2\n", "z", "the columns are: weight, y");
    expect_unknown(",y\n1,2\n", "z", "the columns are: (no name), y");
    expect_unknown("0,1.5\n1,2\n", "x", "looks like data; the names are: 0, 1.5");
    expect_unknown("# x\n1\n", "x", "comment lines");
    expect_unknown("x|y\n1|2\n", "x", "separated by commas");
    expect_unknown("x y\n1 2\n", "x", "separated by commas");
    expect_unknown("a,b,c,d,e,f,g,h,i,j,k,l,m,n\n1,2,3,4,5,6,7,8,9,10,11,12,13,14\n", "x",
                   "j, k, l, ... and 2 more");
    expect_unknown("gr\xF6\xDF"
                   "e,y\n1,2\n",
                   "z",
                   "gr\\xF6\\xDF"
                   "e, y");
}

Test(names, repeated)
{
    table t = table_text("x,y,x\n1,2,3\n");
    cr_expect(t.opened);
    cr_expect(frame_has(t.frame, "x"));
    cr_expect_not(frame_require(t.frame, "x", NO_SPAN));
    const diag *d = table_diag(&t, 0);
    cr_assert_not_null(d);
    cr_expect_eq(d->code, DIAG_DUPLICATE_COLUMN);
    cr_expect(strstr(d->message, "number 1 and number 3"), "%s", d->message);
    cr_expect_str_eq(table_real(&t, "y"), "2");
    table_close(&t);
}

/* With a place in the model the report points there, and names the file. */
Test(names, place_in_the_model)
{
    table t = table_text("x,y\n1,2\n");
    uint32_t source = diag_add_source(&t.ctx->diags, "m.lik", "z ~ normal(0, 1)", 16);
    cr_expect_not(frame_require(t.frame, "z", (span){source, 0, 1}));
    cr_expect_not(frame_require(t.frame, "z", (span){source, 0, 1}));
    cr_expect_eq(table_diag_count(&t), 1);
    cr_expect(strstr(table_reports(&t), "m.lik:1:1: error: there is no column z in t.csv"), "%s",
              table_reports(&t));
    cr_expect(frame_require(t.frame, "x", (span){source, 0, 1}));
    table_close(&t);
}

Test(names, shape)
{
    table t = table_text("x,,y\n1,2,3\n\n4,5,6\n");
    const char *const *names;
    cr_expect_eq(frame_names(t.frame, &names), 3);
    cr_expect_str_eq(names[0], "x");
    cr_expect_str_eq(names[1], "");
    cr_expect_str_eq(names[2], "y");
    cr_expect_eq(frame_rows(t.frame), 2);
    cr_expect_str_eq(frame_name(t.frame), "t.csv");
    cr_expect_eq(frame_line(t.frame, 0), 2);
    cr_expect_eq(frame_line(t.frame, 1), 4);
    cr_expect_str_eq(frame_text(t.frame, "y", 1), "6");
    cr_expect_str_eq(frame_text(t.frame, "nowhere", 1), "");
    table_close(&t);
}
