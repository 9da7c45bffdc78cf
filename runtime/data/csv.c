#include "runtime/data/csv.h"

#include "runtime/data/csv_scan.h"

#include "base/parallel.h"

enum { CHUNK_SIZE = 64 * 1024 };

/* ---- Fields and records of a checked table -------------------------------------------------- */

const char *csv_read_field(const csv_table *t, const char *p, csv_field *field)
{
    while (is_blank(t, *p))
        p++;
    *field = (csv_field){.at = p, .quoted = *p == '"'};
    if (field->quoted) {
        field->begin = p + 1;
        p = closing_quote(p + 1, t->file.bytes + t->file.length, &field->doubled);
        field->end = p;
        while (!is_end(t, *p))
            p++;
        return p;
    }
    field->begin = p;
    while (!is_end(t, *p))
        p++;
    field->end = p;
    while (field->end > field->begin && is_blank(t, field->end[-1]))
        field->end--;
    return p;
}

const char *csv_first_record(const csv_table *t, const char *p)
{
    const char *end = t->file.bytes + t->file.length;
    while (t->n_columns > 1) {
        const char *q = p;
        while (is_blank(t, *q))
            q++;
        if (q >= end || (*q != '\n' && *q != '\r'))
            break;
        p = pass_line_end(q);
    }
    return p;
}

const char *csv_next_record(const csv_table *t, const char *p)
{
    return csv_first_record(t, pass_line_end(p));
}

const char *csv_text(arena *a, const csv_field *field)
{
    size_t n = (size_t)(field->end - field->begin);
    if (!field->doubled)
        return arena_strndup(a, field->begin, n);
    char *text = arena_alloc(a, n + 1), *out = text;
    for (const char *p = field->begin; p < field->end; p++) {
        *out++ = *p;
        p += *p == '"';
    }
    *out = 0;
    return text;
}

static const csv_chunk *find_chunk(const csv_table *t, size_t row)
{
    size_t low = 0, high = t->n_chunks;
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        *(t->chunks[middle].row <= row ? &low : &high) = middle;
    }
    return &t->chunks[low];
}

uint32_t csv_find_line(const csv_table *t, size_t row)
{
    const csv_chunk *chunk = find_chunk(t, row);
    uint32_t line = chunk->line + (uint32_t)(row - chunk->row);
    if (!chunk->regular || chunk[1].line - chunk->line != chunk[1].row - chunk->row)
        csv_find_row(t, row, &line);
    return line;
}

const char *csv_find_row(const csv_table *t, size_t row, uint32_t *line)
{
    const csv_chunk *chunk = find_chunk(t, row);
    const char *first = t->file.bytes + chunk->offset, *p = csv_first_record(t, first);
    for (size_t r = chunk->row; r < row; r++) {
        csv_field field;
        for (uint32_t i = 0; i + 1 < t->n_columns; i++)
            p = csv_read_field(t, p, &field) + 1;
        p = csv_next_record(t, csv_read_field(t, p, &field));
    }
    *line = chunk->line + csv_count_lines(first, p);
    return p;
}

int csv_threads(const csv_table *t)
{
    return parallel_threads(t->reading.threads, t->file.length / (t->chunk_size * CSV_BLOCK));
}

void csv_leave(const csv_table *t, size_t begin, size_t end)
{
    if (t->file.map && t->file.length > CSV_WINDOW)
        text_file_leave(&t->file, begin, end);
}

uint32_t csv_count_lines(const char *begin, const char *end)
{
    uint32_t n = 0;
    for (const char *p = begin; p < end; p++)
        n += *p == '\n' || (*p == '\r' && p[1] != '\n');
    return n;
}

void csv_place(const csv_table *t, diag *d, uint32_t line, const char *at)
{
    const char *start = t->file.bytes;
    if (t->file.length >= 3 && !memcmp(start, "\xEF\xBB\xBF", 3))
        start += 3;
    uint32_t column = 1;
    for (const char *p = at; p > start && p[-1] != '\n' && p[-1] != '\r'; p--)
        column += ((unsigned char)p[-1] & 0xC0) != 0x80;
    diag_set_place(t->list, d, t->name, line, column);
}

/* ---- The header ------------------------------------------------------------------------------ */

static void set_separator(csv_table *t, char separator)
{
    t->separator = separator;
    memset(t->kind, CSV_INSIDE, sizeof t->kind);
    t->kind[' '] = t->kind['\t'] = CSV_BLANK;
    t->kind['\n'] = t->kind['\r'] = t->kind[0] = CSV_END;
    t->kind[(unsigned char)separator] = CSV_END;
}

/* How often c stands outside quotes in the line at p. */
static uint32_t count_in_line(const char *p, char c)
{
    uint32_t n = 0;
    bool quoted = false;
    for (; *p && (quoted || (*p != '\n' && *p != '\r')); p++) {
        quoted ^= *p == '"';
        n += !quoted && *p == c;
    }
    return n;
}

/* The line behind the one at p, by the same rule; the blank ones are passed over. */
static const char *following_line(const char *p)
{
    for (bool quoted = false; *p && (quoted || (*p != '\n' && *p != '\r')); p++)
        quoted ^= *p == '"';
    while (*p == '\n' || *p == '\r')
        p++;
    return p;
}

static char find_separator(const char *header)
{
    static const char candidates[] = {',', ';', '\t'};
    const char *row = following_line(header);
    char best = ',';
    uint32_t best_count = 0;
    bool best_fits = false;
    for (size_t i = 0; i < sizeof candidates; i++) {
        uint32_t count = count_in_line(header, candidates[i]);
        bool fits = count > 0 && count_in_line(row, candidates[i]) == count;
        if (count > 0 && (fits > best_fits || (fits == best_fits && count > best_count))) {
            best = candidates[i];
            best_count = count;
            best_fits = fits;
        }
    }
    return best;
}

static const char *skip_blank_lines(const char *p, uint32_t *line)
{
    for (;;) {
        const char *q = p;
        while (*q == ' ' || *q == '\t')
            q++;
        if (*q != '\n' && *q != '\r')
            return *q ? p : q;
        p = pass_line_end(q);
        ++*line;
    }
}

static bool has_control_character(const char *s)
{
    for (; *s; s++)
        if (((unsigned char)*s < 32 && !strchr("\t\n\r", *s)) || *s == 127)
            return true;
    return false;
}

static bool report_bad_file(const csv_table *t, uint32_t line, const char *what)
{
    diag *d = diag_report(t->list, DIAG_BAD_FILE, NO_SPAN, "%s", what);
    diag_set_place(t->list, d, t->name, line, line > 0);
    return false;
}

/* Reads the names; *at becomes the first record and *line its line. */
static bool read_header(csv_table *t, const char **at, uint32_t *line)
{
    const char *p = t->file.bytes;
    if (t->file.length >= 3 && !memcmp(p, "\xEF\xBB\xBF", 3))
        p += 3;
    *line = 1;
    p = skip_blank_lines(p, line);
    char declared = 0;
    if (!strncmp(p, "sep=", 4) && p[4] && strchr(",;\t", p[4]) && strchr("\r\n", p[5])) {
        declared = p[4];
        p = skip_blank_lines(pass_line_end(p + 5), &(uint32_t){0});
        *line = 1 + csv_count_lines(t->file.bytes, p);
    }
    const char *end = t->file.bytes + t->file.length;
    if (p >= end)
        return report_bad_file(t, 1, "there is nothing but blank lines in the file");
    set_separator(t, declared ? declared : find_separator(p));
    t->header_line = *line;
    t->n_columns = UINT32_MAX - 1;
    record_scan r = scan_record(t, p);
    if (!scan_report(t, &r, p, 0, *line))
        return false;
    t->n_columns = r.fields;
    t->names = ARENA_ARRAY(t->arena, const char *, r.fields);
    const char *q = p;
    for (uint32_t i = 0; i < r.fields; i++) {
        csv_field field;
        q = csv_read_field(t, q, &field) + 1;
        t->names[i] = csv_text(t->arena, &field);
        if (has_control_character(t->names[i]))
            return report_bad_file(t, *line,
                                   "the header has control characters: this is not a "
                                   "table of text");
    }
    *line += csv_count_lines(p, r.next);
    *at = r.next;
    return true;
}

/* ---- Opening --------------------------------------------------------------------------------- */

void csv_init(csv_table *t, arena *a)
{
    *t = (csv_table){.arena = a, .chunk_size = CHUNK_SIZE};
    text_file_init(&t->file, a->allocator);
}

void csv_close(csv_table *t) { text_file_close(&t->file); }

static bool open_table(csv_table *t)
{
    const char *first = NULL;
    uint32_t line = 0;
    if (t->file.length == 0)
        return report_bad_file(t, 0, "the file is empty");
    return text_file_is_table(&t->file, t->name, t->list) && read_header(t, &first, &line) &&
           csv_index(t, first, line);
}

bool csv_open(csv_table *t, const char *path, diag_list *list)
{
    t->list = list;
    t->name = printable(t->arena, path, strlen(path), 4096);
    return text_file_read(&t->file, path, t->arena->guard, list) && open_table(t);
}

bool csv_open_text(csv_table *t, const char *name, const char *bytes, size_t size, diag_list *list)
{
    t->list = list;
    t->name = printable(t->arena, name, strlen(name), 4096);
    return text_file_copy(&t->file, name, bytes, size, t->arena->guard, list) && open_table(t);
}
