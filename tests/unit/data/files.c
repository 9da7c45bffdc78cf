/* Where the bytes come from: small files and large, gzip, pipes, standard input; and that it does
 * not matter where a table is cut into chunks. */
#include "tests/unit/data/table.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

static void make_path(char *path, size_t size, const char *suffix)
{
    snprintf(path, size, MLEC_BUILD_DIR "/table-%ld%s", (long)getpid(), suffix);
}

static void write_file(const char *path, const char *bytes, size_t n)
{
    FILE *f = fopen(path, "wb");
    cr_assert_not_null(f, "%s", path);
    cr_assert_eq(fwrite(bytes, 1, n, f), n);
    fclose(f);
}

/* "x,y\n" and rows "i,i/4" up to about `size` bytes; returns the rows. */
static size_t make_text(char *text, size_t size, size_t *length)
{
    size_t n = 0, at = (size_t)sprintf(text, "x,y\n");
    for (; at + 40 < size; n++)
        at += (size_t)sprintf(text + at, "%zu,%.2f\n", n, (double)n / 4);
    *length = at;
    return n;
}

static void expect_rows(table *t, size_t n)
{
    cr_assert(t->opened, "%s", table_reports(t));
    const frame_column *x = frame_real(t->frame, "x", false), *y = frame_real(t->frame, "y", false);
    cr_assert(x && y, "%s", table_reports(t));
    cr_assert_eq(frame_rows(t->frame), n);
    for (size_t i = 0; i < n; i++)
        cr_assert(narrow_at(x->column, i) == (double)i && narrow_at(y->column, i) == (double)i / 4,
                  "row %zu", i + 1);
}

/* Sizes around those at which the way of reading changes, and around whole pages. */
Test(files, sizes)
{
    enum { BIG = 600 * 1024 };
    char *text = malloc(BIG), path[4096];
    make_path(path, sizeof path, ".csv");
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    size_t sizes[] = {100, 4096, 64 * 1024, 256 * 1024 - 64, 256 * 1024, 300000, BIG};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        size_t length, n = make_text(text, sizes[i], &length);
        write_file(path, text, length);
        table t = table_file(path);
        expect_rows(&t, n);
        table_close(&t);
        /* Blank lines up to the end of a page: nothing may be read behind it. */
        size_t full = (length + page - 1) / page * page;
        memset(text + length, '\n', full < BIG ? full - length : 0);
        if (full < BIG) {
            write_file(path, text, full);
            t = table_file(path);
            expect_rows(&t, n);
            table_close(&t);
        }
    }
    unlink(path);
    free(text);
}

/* A last line without a line end, right at the end of a mapped page. */
Test(files, ends_with_a_page)
{
    enum { SIZE = 512 * 1024 };
    char *text = malloc(SIZE), path[4096];
    make_path(path, sizeof path, ".csv");
    memset(text, '7', SIZE);
    memcpy(text, "x,y\n1,2\n3,", 10);
    for (size_t i = 1000; i + 2 < SIZE; i += 1000)
        memcpy(text + i, "\n1,", 3);
    write_file(path, text, SIZE);
    table t = table_file(path);
    cr_assert(t.opened, "%s", table_reports(&t));
    cr_expect(frame_is_numeric(t.frame, "x"));
    cr_expect_str_eq(table_real(&t, "y"), "error"); /* a thousand digits are too large */
    const frame_levels *l = frame_factor(t.frame, "y");
    cr_assert_not_null(l);
    cr_expect_eq(strlen(l->levels[l->codes[frame_rows(t.frame) - 1]]), (SIZE - 1) % 1000 - 2);
    table_close(&t);
    unlink(path);
    free(text);
}

static size_t pack(const char *bytes, size_t n, char *out, size_t size)
{
    z_stream z = {0};
    cr_assert_eq(deflateInit2(&z, 6, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY), Z_OK);
    z.next_in = (Bytef *)(uintptr_t)bytes;
    z.avail_in = (uInt)n;
    z.next_out = (Bytef *)out;
    z.avail_out = (uInt)size;
    cr_assert_eq(deflate(&z, Z_FINISH), Z_STREAM_END);
    deflateEnd(&z);
    return size - z.avail_out;
}

static void expect_refused(const char *path, const char *bytes, size_t n, const char *message)
{
    write_file(path, bytes, n);
    table t = table_file(path);
    cr_expect_not(t.opened);
    cr_expect(strstr(table_reports(&t), message), "%s: %s", message, table_reports(&t));
    table_close(&t);
}

Test(files, gzip)
{
    enum { BIG = 2 * 1024 * 1024 };
    char *text = malloc(BIG), *packed = malloc(BIG), path[4096];
    make_path(path, sizeof path, ".csv.gz");
    size_t length, n = make_text(text, BIG, &length), size = pack(text, length, packed, BIG);
    write_file(path, packed, size);
    table t = table_file(path);
    expect_rows(&t, n);
    table_close(&t);

    expect_refused(path, packed, size / 2, "break off");
    expect_refused(path, packed, size - 3, "break off");
    packed[size / 2] ^= 0x55;
    expect_refused(path, packed, size, "gzip");
    packed[size / 2] ^= 0x55;
    memcpy(packed + size, "tail", 4);
    expect_refused(path, packed, size + 4, "follows the gzip data");
    memset(packed + size, 0, 600);
    write_file(path, packed, size + 600);
    t = table_file(path);
    expect_rows(&t, n);
    table_close(&t);

    /* Two members, cut within a row. */
    size = pack(text, length / 3, packed, BIG);
    size += pack(text + length / 3, length - length / 3, packed + size, BIG - size);
    write_file(path, packed, size);
    t = table_file(path);
    expect_rows(&t, n);
    table_close(&t);
    t = table_bytes(packed, size);
    expect_rows(&t, n);
    table_close(&t);

    size = pack("", 0, packed, BIG);
    expect_refused(path, packed, size, "the file is empty");
    unlink(path);
    free(packed);
    free(text);
}

Test(files, standard_input)
{
    enum { BIG = 700 * 1024 };
    char *text = malloc(BIG), path[4096];
    make_path(path, sizeof path, ".in");
    size_t length, n = make_text(text, BIG, &length);
    write_file(path, text, length);
    cr_assert_not_null(freopen(path, "rb", stdin));
    table t = table_file("-");
    expect_rows(&t, n);
    cr_expect_str_eq(frame_name(t.frame), "-");
    table_close(&t);

    int ends[2];
    cr_assert_eq(pipe(ends), 0);
    cr_assert_eq(dup2(ends[0], 0), 0);
    cr_assert_eq(write(ends[1], "x,y\n0,0\n", 8), 8);
    cr_assert_eq(write(ends[1], "1,.25\n", 6), 6);
    close(ends[1]);
    t = table_file("-");
    expect_rows(&t, 2);
    table_close(&t);
    close(ends[0]);
    unlink(path);
    free(text);
}

Test(files, cannot_read)
{
    table t = table_file(MLEC_BUILD_DIR "/no such file.csv");
    cr_expect_not(t.opened);
    cr_expect_eq(table_diag(&t, 0)->code, DIAG_CANNOT_READ);
    cr_expect(strstr(table_reports(&t), "there is no such file"), "%s", table_reports(&t));
    table_close(&t);
    t = table_file(MLEC_BUILD_DIR);
    cr_expect_not(t.opened);
    cr_expect(strstr(table_reports(&t), "it is a folder"), "%s", table_reports(&t));
    table_close(&t);
    t = table_file("no\x1B[31mfile\n.csv");
    cr_expect(strstr(table_reports(&t), "no\\x1B[31mfile\\x0A.csv"), "%s", table_reports(&t));
    table_close(&t);
}

/* ---- Random tables --------------------------------------------------------------------------- */

static uint64_t next_random(uint64_t *state)
{
    uint64_t x = *state += 0x9E3779B97F4A7C15u;
    x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9u;
    x = (x ^ x >> 27) * 0x94D049BB133111EBu;
    return x ^ x >> 31;
}

static unsigned below(uint64_t *state, unsigned n) { return (unsigned)(next_random(state) % n); }

enum { ROWS = 30000, COLUMNS = 4 };

/* What a random table holds: whole multiples of 1/8, -1 for a missing one, in columns 0 and 1;
 * levels 0 .. 6 in columns 2 and 3. */
typedef struct {
    int value[ROWS][COLUMNS];
    size_t line[ROWS]; /* where the row begins */
} truth;

/* How odd the text is: in tenths of a percent of the places where something odd is possible. */
typedef struct {
    char separator;
    const char *end;
    unsigned quotes, blanks, empty_lines, long_fields, missing, inner_lines;
} style;

static const char *const level_texts[] = {"a",    "b,c",      "d;e", "long enough not to be a key",
                                          "g\th", "\xC3\xA9", "x\"y"};

static char *put_blanks(char *p, const style *s, uint64_t *r)
{
    if (below(r, 1000) < s->blanks)
        *p++ = ' ';
    if (below(r, 1000) < s->blanks && s->separator != '\t')
        *p++ = '\t';
    return p;
}

static char *put_field(char *p, const style *s, uint64_t *r, int column, int value)
{
    static const char *const missing[] = {"", "NA", "NaN", ".", "null"};
    char text[64];
    p = put_blanks(p, s, r);
    bool quoted = below(r, 1000) < s->quotes;
    if (value < 0) {
        quoted = false;
        strcpy(text, missing[below(r, 5)]);
    } else if (column < 2) {
        double x = (value - 2000) / 8.0;
        sprintf(text, below(r, 1000) < s->long_fields ? "%.25f" : "%.3f", x);
    } else {
        strcpy(text, level_texts[value]);
        quoted |= strpbrk(text, ",;\t\"") != NULL;
    }
    if (quoted)
        *p++ = '"';
    for (const char *q = text; *q; q++) {
        if (*q == '"')
            *p++ = '"';
        *p++ = *q;
    }
    if (quoted)
        *p++ = '"';
    return put_blanks(p, s, r);
}

/* Columns a, b (numbers), an unused one, g, h (levels). */
static size_t put_table(char *text, truth *t, const style *s, uint64_t *r)
{
    char *p = text;
    size_t line = 2;
    p += sprintf(p, "a%cb%cunused%cg%ch%s", s->separator, s->separator, s->separator, s->separator,
                 s->end);
    for (int i = 0; i < ROWS; i++) {
        for (; below(r, 1000) < s->empty_lines; line++)
            p += sprintf(p, "%s%s", below(r, 2) ? "" : "  ", s->end);
        t->line[i] = line;
        for (int j = 0; j < COLUMNS; j++) {
            bool is_missing = below(r, 1000) < s->missing;
            int value = is_missing ? -1 : (int)below(r, j < 2 ? 4000 : 7);
            t->value[i][j] = value;
            if (j == 2) {
                bool lines = below(r, 1000) < s->inner_lines;
                p += sprintf(p, lines ? "\"so%s\"\"far\"" : "text", s->end);
                line += lines;
                *p++ = s->separator;
            }
            p = put_field(p, s, r, j, value);
            if (j + 1 < COLUMNS)
                *p++ = s->separator;
        }
        line++;
        if (i + 1 < ROWS || below(r, 2))
            p += sprintf(p, "%s", s->end);
    }
    *p = 0;
    return (size_t)(p - text);
}

static void expect_truth(const char *what, table *t, const truth *want)
{
    static const char *const names[] = {"a", "b", "g", "h"};
    cr_assert(t->opened, "%s: %s", what, table_reports(t));
    cr_assert_eq(frame_rows(t->frame), ROWS, "%s", what);
    for (int j = 0; j < COLUMNS; j++) {
        const frame_column *x = j < 2 ? frame_real(t->frame, names[j], false) : NULL;
        const frame_levels *l = j < 2 ? NULL : frame_factor(t->frame, names[j]);
        cr_assert(x || l, "%s: %s", what, table_reports(t));
        for (int i = 0; i < ROWS; i++) {
            int value = want->value[i][j];
            bool same = x ? (value < 0 ? isnan(narrow_at(x->column, i))
                                       : narrow_at(x->column, i) == (value - 2000) / 8.0)
                          : (value < 0 ? l->codes[i] == -1
                                       : l->codes[i] >= 0 &&
                                             !strcmp(l->levels[l->codes[i]], level_texts[value]));
            cr_assert(same, "%s: row %d, column %s", what, i + 1, names[j]);
        }
    }
    for (int i = 0; i < ROWS; i += 997)
        cr_assert_eq(frame_line(t->frame, (size_t)i), want->line[i], "%s: row %d", what, i + 1);
}

Test(files, random_tables)
{
    static const style styles[] = {
        {',', "\n", 0, 0, 0, 0, 0, 0},       {',', "\r\n", 0, 0, 0, 0, 10, 0},
        {',', "\r", 0, 0, 0, 0, 10, 0},      {',', "\n", 500, 0, 0, 0, 10, 0},
        {',', "\n", 1000, 0, 0, 0, 0, 0},    {',', "\n", 300, 100, 0, 5, 100, 0},
        {';', "\n", 300, 0, 0, 5, 100, 300}, {'\t', "\r\n", 300, 20, 1, 5, 100, 300},
        {',', "\n", 1, 1, 1, 1, 1, 1},       {';', "\r", 100, 100, 100, 100, 100, 100},
        {',', "\r\n", 0, 0, 2, 0, 0, 1000},  {',', "\n", 0, 0, 0, 300, 0, 1}};
    char *text = malloc(ROWS * 600);
    truth *want = malloc(sizeof *want);
    uint64_t r = 1;
    for (size_t i = 0; i < sizeof styles / sizeof *styles; i++) {
        size_t n = put_table(text, want, &styles[i], &r);
        char what[32];
        snprintf(what, sizeof what, "style %zu", i);
        /* One column at a time, and all at once. */
        table t = table_bytes(text, n);
        expect_truth(what, &t, want);
        table_close(&t);
        t = table_bytes(text, n);
        frame_request requests[] = {{"g", true}, {"b", false}, {"h", false}, {"a", false}};
        frame_load(t.frame, requests, 4);
        expect_truth(what, &t, want);
        table_close(&t);
        t = table_chunks(text, n, 100);
        frame_load(t.frame, requests, 3);
        expect_truth(what, &t, want);
        table_close(&t);
    }
    free(want);
    free(text);
}

/* A fault deep in a large table is placed exactly. */
Test(files, places_in_large_tables)
{
    static const char *const faults[] = {"1,2,3\n", "1\n", "1,\"2\n", "1,2\"\n", "x,2\n"};
    enum { BIG = 400 * 1024 };
    char *text = malloc(BIG + 1000);
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
        size_t length, n = make_text(text, BIG, &length);
        size_t end = length + (size_t)sprintf(text + length, "%s1,2\n", faults[i]);
        table t = table_bytes(text, end);
        if (t.opened)
            frame_real(t.frame, "x", false);
        const diag *d = table_diag(&t, 0);
        cr_assert_not_null(d, "%s", faults[i]);
        cr_expect_eq(d->line, n + 2, "%s", table_reports(&t));
        cr_expect(d->n_rows == 1 && d->rows[0] == (int64_t)n + 1, "%s", table_reports(&t));
        table_close(&t);
    }
    free(text);
}
