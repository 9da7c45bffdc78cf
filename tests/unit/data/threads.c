/* What is read and reported does not depend on the number of threads, nor on where the text is cut:
 * quotes, line ends, faults and text that comes late are the same wherever a thread begins. */
#include "tests/unit/data/table.h"

#include "base/parallel.h"
#include "runtime/data/column.h"

#include <dirent.h>
#include <math.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Everything that can be asked of a table, as text: in one pass over all columns or one by one. */
static char *describe(const char *text, size_t size, int threads, size_t chunk_size, bool at_once)
{
    table t = table_empty(0);
    t.frame->table.chunk_size = chunk_size;
    t.frame->table.reading.threads = threads;
    t.opened = frame_read_text(t.frame, "t.csv", text, size);
    buf b;
    buf_init(&b, &t.ctx->arena);
    const char *const *names;
    size_t n = t.opened ? frame_names(t.frame, &names) : 0;
    buf_printf(&b, "%d %zu\n", t.opened, t.opened ? frame_rows(t.frame) : 0);
    for (size_t row = 0; t.opened && row < frame_rows(t.frame); row += 1 + row / 4)
        buf_printf(&b, "%u ", frame_line(t.frame, row));
    frame_request *all = ARENA_ARRAY(&t.ctx->arena, frame_request, n);
    for (size_t j = 0; j < n; j++)
        all[j] = (frame_request){names[j], j % 3 == 2};
    if (at_once)
        frame_load(t.frame, all, n);
    for (size_t j = 0; j < n; j++) {
        buf_printf(&b, "\n%s %d\n", names[j], frame_is_numeric(t.frame, names[j]));
        buf_printf(&b, "%s\n", table_limits(&t, names[j]));
        buf_printf(&b, "%s\n", table_factor(&t, names[j]));
    }
    buf_printf(&b, "%s", table_reports(&t));
    char *all_of_it = strdup(buf_text(&b));
    table_close(&t);
    return all_of_it;
}

/* One thread and one chunk against many of both. */
static void expect_same(const char *what, const char *text, size_t size)
{
    static const struct {
        int threads;
        size_t chunk_size;
    } ways[] = {{1, 1}, {1, 64}, {2, 1}, {2, 7}, {2, 1000},
                {3, 2}, {3, 64}, {7, 1}, {7, 5}, {7, 333}};
    char *one[2];
    for (int at_once = 0; at_once < 2; at_once++)
        one[at_once] = describe(text, size, 1, 64 * 1024, at_once);
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++)
        for (int at_once = 0; at_once < 2; at_once++) {
            char *other = describe(text, size, ways[i].threads, ways[i].chunk_size, at_once);
            cr_assert_str_eq(other, one[at_once], "%s: %d threads, chunks of %zu bytes", what,
                             ways[i].threads, ways[i].chunk_size);
            free(other);
        }
    free(one[0]);
    free(one[1]);
}

static uint64_t draw(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

typedef struct {
    char text[32 * 1024];
    size_t n;
    uint64_t state;
} writer;

static void put(writer *w, const char *s)
{
    size_t n = strlen(s);
    memcpy(w->text + w->n, s, n);
    w->n += n;
}

static uint64_t below(writer *w, uint64_t n) { return draw(&w->state) % n; }

/* A table of `rows` rows, in the manner of its number: quotes, line ends, blank lines, missing
 * values, text after numbers, mixed decimal points, and one fault in some. */
static void put_table(writer *w, unsigned manner, size_t rows)
{
    static const char *const ends[] = {"\n", "\r\n", "\r", "\n"};
    static const char *const fields[] = {"1",   "-2.5",  "",    "NA", "1e3", "17.25",
                                         " 4 ", "0.001", "3,5", ".",  "7",   "-0"};
    static const char *const texts[] = {"a",          "\"b\"",      "\"x\ny\"",
                                        "\"q\"\"q\"", "\"\n\n\"",   "\"1,2;3\"",
                                        "\"\"",       "\"a\r\nb\"", "long text of some length",
                                        "\"12\"",     "NA",         "\"\"\"\""};
    static const char *const faults[] = {"1,2,3,4,5,6,7,8", "\"open", "a\"b", "\"a\"b", "9"};
    bool semicolons = manner & 1;
    const char *separator = semicolons ? ";" : ",", *end = ends[manner >> 1 & 3];
    size_t columns = 1 + below(w, 4), fault = below(w, 4) ? SIZE_MAX : below(w, rows),
           late = below(w, rows);
    for (size_t j = 0; j < columns; j++) {
        put(w, j ? separator : "");
        put(w, (const char *[]){"c0", "c1", "c2", "c3"}[j]);
    }
    put(w, end);
    for (size_t i = 0; i < rows; i++) {
        if (i == fault)
            put(w, faults[below(w, 5)]);
        for (size_t j = 0; j < columns; j++) {
            put(w, j ? separator : "");
            bool text = j == 1 || (j == 2 && i >= late) || (j == 3 && i == late);
            const char *s = text ? texts[below(w, 12)] : fields[below(w, j == 0 ? 8 : 12)];
            if (j == 2 && !text && manner & 8)
                s = "";
            if (!semicolons && strcmp(s, "3,5") == 0)
                s = "3.5";
            put(w, s);
        }
        put(w, manner & 16 && below(w, 3) == 0 ? ends[below(w, 3)] : end);
        if (manner & 32 && below(w, 10) == 0)
            put(w, end);
    }
}

/* qemu frees nothing of a thread that ended, and these start hundreds of thousands. */
#ifdef MLEC_EMULATED
enum { TABLES = 64, LONGEST = 3000 };
#else
enum { TABLES = 400, LONGEST = 100000 };
#endif

Test(threads, random_tables)
{
    writer *w = malloc(sizeof *w);
    for (unsigned i = 0; i < TABLES; i++) {
        w->n = 0;
        w->state = 0x9E3779B97F4A7C15u * (i + 1);
        draw(&w->state);
        put_table(w, i & 63, 1 + below(w, 120));
        char what[32];
        snprintf(what, sizeof what, "table %u", i);
        expect_same(what, w->text, w->n);
    }
    free(w);
}

/* A quoted text that is longer than a block, with what looks like rows inside. */
Test(threads, long_quoted_text)
{
    writer *w = malloc(sizeof *w);
    *w = (writer){.state = 7};
    put(w, "x,s,y\n");
    for (int i = 0; i < 20; i++) {
        put(w, "1,\"");
        for (uint64_t j = below(w, 40); j > 0; j--)
            put(w, i % 3 ? "1,2,3\n" : "1,\"\"b\"\",3\n");
        put(w, "\",2\n");
    }
    expect_same("long texts", w->text, w->n);
    free(w);
}

Test(threads, bad_files)
{
    DIR *folder = opendir(MLEC_SHARED_DIR "/data/bad");
    if (!folder)
        return;
    enum { MOST = 1 << 20 };
    char *text = malloc(MOST), path[4096];
    for (const struct dirent *e; (e = readdir(folder));) {
        snprintf(path, sizeof path, MLEC_SHARED_DIR "/data/bad/%s", e->d_name);
        FILE *f = strstr(path, ".csv") ? fopen(path, "rb") : NULL;
        size_t n = f ? fread(text, 1, MOST, f) : MOST;
        if (n < LONGEST)
            expect_same(e->d_name, text, n);
        if (f)
            fclose(f);
    }
    closedir(folder);
    free(text);
}

/* Each worker is called once, and never more of them than asked for. */
static void count_worker(void *user, int worker)
{
    atomic_int *seen = user;
    atomic_fetch_add(&seen[worker], 1);
}

Test(threads, workers)
{
    for (int n = 1; n <= 9; n++) {
        atomic_int seen[10] = {0};
        parallel_run(n, count_worker, seen);
        cr_expect_eq(seen[0], 1);
        for (int i = 1; i < 10; i++)
            cr_expect_eq(seen[i], i < n);
    }
    cr_expect_eq(parallel_threads(5, 3), 3);
    cr_expect_eq(parallel_threads(5, 100), 5);
    cr_expect_eq(parallel_threads(1, 100), 1);
    cr_expect_eq(parallel_threads(5, 0), 1);
    cr_expect_eq(parallel_threads(0, 1), 1);
    cr_expect_eq(parallel_threads(100000, 100000), PARALLEL_MOST);
    int cores = parallel_threads(0, 100000);
    cr_expect(cores >= 1 && cores <= PARALLEL_MOST);
}

typedef struct {
    size_t calls, last[2], total;
} steps;

static void note_step(void *user, mlec_read_step step, size_t done, size_t total)
{
    steps *s = user;
    s->calls++;
    cr_assert(done >= s->last[step] && done <= total, "%zu after %zu of %zu", done, s->last[step],
              total);
    s->last[step] = done;
    s->total = total;
}

/* Progress goes forward and ends with all. */
Test(threads, progress)
{
    writer *w = malloc(sizeof *w);
    *w = (writer){.state = 3};
    put(w, "x,s\n");
    while (w->n + 100 < sizeof w->text)
        put(w, "1.5,text\n");
    for (int threads = 1; threads < 4; threads++) {
        steps seen = {0};
        table t = table_empty(0);
        mlec_options options;
        mlec_options_init(&options);
        options.threads = threads;
        options.read_progress = note_step;
        options.read_progress_user = &seen;
        frame_set_reading(t.frame, &options);
        t.frame->table.chunk_size = 50;
        cr_assert(frame_read_text(t.frame, "t.csv", w->text, w->n));
        frame_load(t.frame, (frame_request[]){{"x", false}, {"s", true}}, 2);
        cr_expect_eq(seen.total, w->n);
        cr_expect_eq(seen.last[MLEC_READ_ROWS], w->n);
        cr_expect_eq(seen.last[MLEC_READ_COLUMNS], w->n);
        if (threads == 1)
            cr_expect(seen.calls > 20);
        table_close(&t);
    }
    free(w);
}
