/* The table of names and columns, and what is said when they do not fit.
 *
 * measured by bench/csv/csv_times.py: 2026-11-23, processor time of one thread on an Intel Xeon at
 * 2.6 GHz, gcc 12, page cache warm; index and all columns together,
 * page faults included; in brackets fread of data.table 1.14.8, in turn with it:
 *      79 MB, 12 columns of 1 to 9 digits            190 ms  (236)
 *     131 MB, 200 such columns                       306 ms  (463)
 *     155 MB, 8 columns of 17 digits                 276 ms  (264)
 *      50 MB, a factor of 100,000 levels             209 ms  (677)
 *      70 MB, quotes around texts and numbers        212 ms  (400)
 * Huge pages changed nothing that could be measured, so nothing is asked of the system.
 */
#include "runtime/data/frame.h"

#include "runtime/data/column.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* ---- Life ------------------------------------------------------------------------------------ */

frame *frame_new(const mlec_allocator *allocator)
{
    frame *f = alloc_resize(allocator, NULL, sizeof *f);
    if (!f)
        return NULL;
    *f = (frame){.allocator = *allocator};
    arena_init(&f->arena, &f->allocator, NULL);
    arena_init(&f->scratch, &f->allocator, NULL);
    csv_init(&f->table, &f->arena);
    return f;
}

void frame_use(frame *f, oom_guard *guard, diag_list *list)
{
    f->arena.guard = f->scratch.guard = guard;
    f->list = f->table.list = list;
}

void frame_set_reading(frame *f, const mlec_options *options)
{
    if (!f)
        return;
    csv_reading *reading = &f->table.reading;
    *reading = (csv_reading){.threads = reading->threads};
    if (options)
        *reading = (csv_reading){.threads = options->threads,
                                 .progress = options->read_progress,
                                 .progress_user = options->read_progress_user};
}

void frame_free(frame *f)
{
    if (!f)
        return;
    csv_close(&f->table);
    arena_release(&f->scratch);
    arena_release(&f->arena);
    mlec_allocator allocator = f->allocator;
    alloc_free(&allocator, f);
}

static bool adopt_table(frame *f, bool opened)
{
    if (!opened)
        return false;
    f->from_file = true;
    f->n_rows = f->table.n_rows;
    f->n_columns = f->table.n_columns;
    f->names = f->table.names;
    f->columns = ARENA_ARRAY(&f->arena, column *, f->n_columns);
    return true;
}

bool frame_read(frame *f, const char *path)
{
    return adopt_table(f, csv_open(&f->table, path, f->list));
}

bool frame_read_text(frame *f, const char *name, const char *bytes, size_t size)
{
    return adopt_table(f, csv_open_text(&f->table, name, bytes, size, f->list));
}

void frame_set_rows(frame *f, size_t n_rows) { f->n_rows = n_rows; }

/* A new column of the caller's arrays; NULL after a report. */
static column *add_column(frame *f, const char *name)
{
    if (frame_has(f, name)) {
        diag_report(f->list, DIAG_DUPLICATE_COLUMN, NO_SPAN, "column %s is added twice",
                    column_shown(f, name));
        return NULL;
    }
    uint32_t n = f->n_columns;
    f->names = arena_grow(&f->arena, f->names, n * sizeof *f->names, (n + 1) * sizeof *f->names);
    f->columns =
        arena_grow(&f->arena, f->columns, n * sizeof *f->columns, (n + 1) * sizeof *f->columns);
    column *c = ARENA_NEW(&f->arena, column);
    c->name = f->names[n] = arena_strdup(&f->arena, name);
    c->index = n;
    f->columns[n] = c;
    f->n_columns++;
    return c;
}

bool frame_add_real(frame *f, const char *name, const double *values)
{
    static const double none = 0;
    column *c = add_column(f, name);
    if (c)
        c->given_values = values ? values : &none; /* NULL when there are no rows */
    return c != NULL;
}

/* The levels have names, each its own. */
static bool check_level_names(frame *f, const char *name, const char *const *levels,
                              size_t n_levels)
{
    arena_release(&f->scratch);
    level_table seen = {.arena = &f->scratch};
    for (size_t i = 0; i < n_levels; i++) {
        const char *text = arena_strdup(&f->scratch, levels[i]);
        const char *fault = !*text                  ? "has no name"
                            : !level_is_clean(text) ? "is not UTF-8, or has control characters"
                                                    : NULL;
        if (!fault && (size_t)level_table_code(&seen, text, strlen(text)) != i)
            fault = "is there twice";
        if (fault) {
            diag_report(f->list, DIAG_BAD_VALUE, NO_SPAN, "level %zu (%s) of column %s %s", i + 1,
                        column_shown(f, text), column_shown(f, name), fault);
            return false;
        }
    }
    return true;
}

bool frame_add_factor(frame *f, const char *name, const int32_t *codes, const char *const *levels,
                      size_t n_levels)
{
    for (size_t row = 0; row < f->n_rows; row++)
        if (codes[row] < -1 || (codes[row] >= 0 && (size_t)codes[row] >= n_levels)) {
            frame_report(f, DIAG_BAD_VALUE, name, row, "there is no level %d among %zu, from 0",
                         codes[row], n_levels);
            return false;
        }
    if (!check_level_names(f, name, levels, n_levels))
        return false;
    column *c = add_column(f, name);
    if (!c)
        return false;
    const char **copy = ARENA_ARRAY(&f->arena, const char *, n_levels);
    for (size_t i = 0; i < n_levels; i++)
        copy[i] = arena_strdup(&f->arena, levels[i]);
    static const int32_t none = -1;
    c->given_codes = codes ? codes : &none;
    c->given_levels = copy;
    c->n_given_levels = n_levels;
    return true;
}

const char *column_shown(const frame *f, const char *text)
{
    return printable(f->list->arena, text, strlen(text), COLUMN_SHOWN);
}

/* ---- Names ----------------------------------------------------------------------------------- */

size_t frame_rows(const frame *f) { return f->n_rows; }

const char *frame_name(const frame *f) { return f->from_file ? f->table.name : NULL; }

size_t frame_names(const frame *f, const char *const **names)
{
    *names = f->names;
    return f->n_columns;
}

/* The first column of that name from `from` on, or n_columns. */
static uint32_t find_name(const frame *f, const char *name, uint32_t from)
{
    while (from < f->n_columns && strcmp(f->names[from], name) != 0)
        from++;
    return from;
}

bool frame_has(const frame *f, const char *name) { return find_name(f, name, 0) < f->n_columns; }

static const char *list_names(const frame *f)
{
    enum { MOST = 12 };
    buf b;
    buf_init(&b, f->list->arena);
    for (uint32_t i = 0; i < f->n_columns && i < MOST; i++)
        buf_printf(&b, "%s%s", i ? ", " : "",
                   f->names[i][0] ? column_shown(f, f->names[i]) : "(no name)");
    if (f->n_columns > MOST)
        buf_printf(&b, ", ... and %u more", f->n_columns - MOST);
    return buf_text(&b);
}

/* The first line of the file has numbers where names belong. */
static bool header_is_data(const frame *f)
{
    uint32_t numbers = 0;
    for (uint32_t i = 0; i < f->n_columns; i++) {
        const char *s = f->names[i];
        char point = 0;
        double x;
        csv_field field = {.begin = s, .end = s + strlen(s)};
        numbers += value_read(&f->table, &field, &point, &x) == VALUE_NUMBER;
    }
    return numbers > 0 && 2 * numbers >= f->n_columns;
}

static const char *unknown_hint(const frame *f, const char *name)
{
    arena *a = f->list->arena;
    const char *first = f->n_columns ? f->names[0] : "";
    const char *near = nearest_name(name, f->names, f->n_columns);
    if (f->from_file && header_is_data(f))
        return arena_printf(a,
                            "the first line is taken as the names of the columns, and it looks "
                            "like data; the names are: %s",
                            list_names(f));
    if (f->from_file && first[0] == '#')
        return arena_printf(a,
                            "comment lines are not supported: the names are taken from the "
                            "first line, which has: %s",
                            list_names(f));
    if (f->from_file && f->n_columns == 1 && strpbrk(first, "| "))
        return arena_printf(a,
                            "fields are separated by commas, semicolons or tabs; the only "
                            "column here is: %s",
                            list_names(f));
    if (near && *near)
        return arena_printf(a, "did you mean %s? The columns are: %s", column_shown(f, near),
                            list_names(f));
    return arena_printf(a, "the columns are: %s", f->n_columns ? list_names(f) : "none");
}

bool frame_require(frame *f, const char *name, span at)
{
    uint32_t first = find_name(f, name, 0);
    const char *what = column_shown(f, name),
               *file = f->from_file && at.file ? f->table.name : "the data";
    diag *d;
    if (first == f->n_columns) {
        d = diag_report(f->list, DIAG_UNKNOWN_COLUMN, at, "there is no column %s in %s", what,
                        file);
        diag_add_hint(f->list, d, "%s", unknown_hint(f, name));
    } else {
        uint32_t second = find_name(f, name, first + 1);
        if (second == f->n_columns)
            return true;
        d = diag_report(f->list, DIAG_DUPLICATE_COLUMN, at,
                        "two columns in %s are called %s: number %u and number %u", file, what,
                        first + 1, second + 1);
        diag_add_hint(f->list, d, "rename one of them");
    }
    if (!at.file && f->from_file)
        diag_set_place(f->list, d, f->table.name, f->table.header_line, 1);
    return false;
}

static column *column_at(frame *f, uint32_t index)
{
    column *c = f->columns[index];
    if (!c) {
        c = f->columns[index] = ARENA_NEW(&f->arena, column);
        c->name = f->names[index];
        c->index = index;
    }
    return c;
}

size_t column_padded(const frame *f) { return (f->n_rows + 7) & ~(size_t)7; }

void *column_array(frame *f, size_t element_size)
{
    enum { ALIGN = 64 };
    size_t n = column_padded(f);
    if (n > PTRDIFF_MAX / element_size - ALIGN)
        longjmp(f->arena.guard->jump, 1);
    char *p = arena_alloc(&f->arena, n * element_size + ALIGN);
    return p + -(uintptr_t)p % ALIGN;
}

void *column_numbers(frame *f, narrow_type type)
{
    enum { ALIGN = 64, GROUP = 8 };
    size_t n = column_padded(f), group = narrow_size(type, GROUP);
    if (n > PTRDIFF_MAX / GROUP - ALIGN)
        longjmp(f->arena.guard->jump, 1);
    char *p = arena_alloc(&f->arena, narrow_size(type, n) + ALIGN);
    p += -(uintptr_t)p % ALIGN;
    if (n > f->n_rows)
        memset(p + narrow_size(type, n) - group, 0, group);
    return p;
}

column *column_find(frame *f, const char *name)
{
    return frame_require(f, name, NO_SPAN) ? column_at(f, find_name(f, name, 0)) : NULL;
}

column *column_find_quietly(frame *f, const char *name)
{
    uint32_t first = find_name(f, name, 0);
    bool only = first < f->n_columns && find_name(f, name, first + 1) == f->n_columns;
    return only ? column_at(f, first) : NULL;
}

/* ---- Messages -------------------------------------------------------------------------------- */

/* The field of a row, and its line. */
static uint32_t locate(const frame *f, const column *c, size_t row, csv_field *field)
{
    uint32_t line;
    const char *record = csv_find_row(&f->table, row, &line), *p = record;
    for (uint32_t i = 0; i < c->index; i++)
        p = csv_read_field(&f->table, p, field) + 1;
    csv_read_field(&f->table, p, field);
    return line + csv_count_lines(record, field->at);
}

diag *frame_report(frame *f, diag_code code, const char *name, size_t row, const char *fmt, ...)
{
    va_list args, again;
    va_start(args, fmt);
    va_copy(again, args);
    int n = vsnprintf(NULL, 0, fmt, args);
    va_end(args);
    char *text = arena_alloc(f->list->arena, (size_t)(n < 0 ? 0 : n) + 1);
    text[0] = 0;
    vsnprintf(text, (size_t)(n < 0 ? 0 : n) + 1, fmt, again);
    va_end(again);

    diag *d = diag_report(f->list, code, NO_SPAN, "row %zu, column %s: %s", row + 1,
                          column_shown(f, name), text);
    diag_add_row(f->list, d, (int64_t)row + 1);
    const column *c = f->from_file ? column_find_quietly(f, name) : NULL;
    if (c) {
        csv_field field;
        uint32_t line = locate(f, c, row, &field);
        csv_place(&f->table, d, line, field.at);
    }
    return d;
}

uint32_t frame_line(const frame *f, size_t row)
{
    return f->from_file ? csv_find_line(&f->table, row) : 0;
}

const char *frame_text(frame *f, const char *name, size_t row)
{
    arena *a = f->list->arena;
    const column *c = column_find_quietly(f, name);
    if (!c)
        return "";
    if (f->from_file) {
        csv_field field;
        locate(f, c, row, &field);
        return printable(a, field.begin, (size_t)(field.end - field.begin), COLUMN_SHOWN);
    }
    if (c->given_values) {
        char number[32];
        format_double(number, c->given_values[row]);
        return arena_strdup(a, number);
    }
    int32_t code = c->given_codes[row];
    return code < 0 ? "" : column_shown(f, c->given_levels[code]);
}

/* ---- Loading --------------------------------------------------------------------------------- */

void frame_load(frame *f, const frame_request *requests, size_t n)
{
    if (!f->from_file)
        return;
    column_request *wanted = ARENA_ARRAY(&f->arena, column_request, n);
    size_t count = 0;
    for (size_t i = 0; i < n; i++) {
        column *c = column_find_quietly(f, requests[i].name);
        if (c)
            wanted[count++] = (column_request){c, requests[i].as_factor};
    }
    column_load(f, wanted, count);
}
