#include "runtime/data/csv.h"

#include "runtime/data/bytes.h"

#include <string.h>

enum { CHUNK_SIZE = 64 * 1024, SHOWN = 40 };

/* ---- Fields and records of a checked table -------------------------------------------------- */

static bool is_blank(const csv_table *t, char c) { return t->kind[(unsigned char)c] == CSV_BLANK; }
static bool is_end(const csv_table *t, char c) { return t->kind[(unsigned char)c] == CSV_END; }

/* The quote that closes the one before `p`, or `end`. */
static const char *closing_quote(const char *p, const char *end, bool *doubled)
{
    for (;; p += 2) {
        p = memchr(p, '"', (size_t)(end - p));
        if (!p)
            return end;
        if (p[1] != '"')
            return p;
        *doubled = true;
    }
}

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

static const char *pass_line_end(const char *p)
{
    if (*p == '\r')
        p++;
    else if (*p == '\n')
        return p + 1;
    return *p == '\n' ? p + 1 : p;
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

/* ---- Records of a text that is yet to be checked --------------------------------------------- */

typedef enum {
    SCAN_OK,
    SCAN_BARE_QUOTE,  /* in a field that does not begin with one */
    SCAN_AFTER_QUOTE, /* text behind the closing quote */
    SCAN_OPEN_QUOTE,  /* the quote at `at` is never closed */
    SCAN_NUL
} scan_status;

typedef struct {
    scan_status status;
    const char *at;     /* of the fault */
    const char *opened; /* the quote at which the faulty field begins, or NULL */
    uint32_t fields;    /* begun so far */
    const char *extra;  /* the first field beyond the header's, or NULL */
    const char *next;   /* the next record */
    bool blank;         /* nothing but blanks */
} record_scan;

static const char *scan_quoted(const csv_table *t, const char *p, record_scan *r)
{
    const char *end = t->file.bytes + t->file.length;
    bool doubled = false;
    r->opened = p;
    const char *close = closing_quote(p + 1, end, &doubled);
    const char *nul = memchr(p, 0, (size_t)(close - p));
    if (close == end || nul) {
        r->status = close == end ? SCAN_OPEN_QUOTE : SCAN_NUL;
        r->at = close == end ? p : nul;
        return end;
    }
    for (p = close + 1; is_blank(t, *p); p++)
        ;
    if (!is_end(t, *p) || (!*p && p < end)) {
        r->status = *p ? SCAN_AFTER_QUOTE : SCAN_NUL;
        r->at = p;
        return end;
    }
    r->opened = NULL;
    return p;
}

static record_scan scan_record(const csv_table *t, const char *p)
{
    const char *end = t->file.bytes + t->file.length;
    record_scan r = {.status = SCAN_OK, .blank = true};
    for (;; p++) {
        if (++r.fields == t->n_columns + 1)
            r.extra = p;
        while (is_blank(t, *p))
            p++;
        if (*p == '"') {
            r.blank = false;
            p = scan_quoted(t, p, &r);
        } else {
            for (; !is_end(t, *p) && *p != '"'; p++)
                r.blank = false;
            if (*p == '"' || (!*p && p < end)) {
                r.status = *p ? SCAN_BARE_QUOTE : SCAN_NUL;
                r.at = p;
            }
        }
        if (r.status != SCAN_OK || *p != t->separator)
            break;
        r.blank = false;
    }
    r.next = p < end ? pass_line_end(p) : end;
    return r;
}

/* "row 7, column y", "row 7, field 3" or "the header". */
static const char *scan_place(const csv_table *t, const record_scan *r, size_t row)
{
    arena *a = t->list->arena;
    if (row == 0)
        return "the header";
    if (r->fields > t->n_columns)
        return arena_printf(a, "row %zu, field %u", row, r->fields);
    const char *name = t->names[r->fields - 1];
    return arena_printf(a, "row %zu, column %s", row, printable(a, name, strlen(name), SHOWN));
}

/* Reports what scan_record found wrong in the record at `record`. `row` is from 1; 0: the header.
 */
static bool report_scan(const csv_table *t, const record_scan *r, const char *record, size_t row,
                        uint32_t line)
{
    if (r->status == SCAN_OK)
        return true;
    const char *place = scan_place(t, r, row);
    uint32_t opened = r->opened ? line + csv_count_lines(record, r->opened) : 0;
    diag *d = NULL;
    switch (r->status) {
    case SCAN_OK: break;
    case SCAN_BARE_QUOTE:
        d = diag_report(t->list, DIAG_BAD_QUOTE, NO_SPAN, "%s: a quote inside a field", place);
        diag_add_hint(t->list, d, "put quotes around the whole field and double those inside: %s",
                      "\"5\"\" pipe\"");
        break;
    case SCAN_AFTER_QUOTE:
        d = diag_report(t->list, DIAG_BAD_QUOTE, NO_SPAN,
                        "%s: text behind the closing quote of a field that began on line %u", place,
                        opened);
        diag_add_hint(t->list, d, "%s",
                      r->at[-1] == '"' && r->at > t->file.bytes + 1 && r->at[-2] == '\\'
                          ? "quotes inside a field are doubled, not marked by a backslash"
                          : "was a quote before it left open? Quotes inside a field are doubled");
        break;
    case SCAN_OPEN_QUOTE:
        d = diag_report(t->list, DIAG_BAD_QUOTE, NO_SPAN,
                        "%s: the quote that opens on line %u is never closed", place, opened);
        break;
    case SCAN_NUL:
        d = diag_report(t->list, DIAG_BAD_FILE, NO_SPAN,
                        "%s: a NUL byte, which does not occur in text", place);
        break;
    }
    if (row > 0)
        diag_add_row(t->list, d, (int64_t)row);
    csv_place(t, d, line + csv_count_lines(record, r->at), r->at);
    return false;
}

static bool report_ragged(const csv_table *t, const record_scan *r, const char *record, size_t row,
                          uint32_t line)
{
    diag *d = diag_report(t->list, DIAG_RAGGED_ROW, NO_SPAN,
                          "row %zu has %u field%s, the header has %u name%s", row, r->fields,
                          r->fields == 1 ? "" : "s", t->n_columns, t->n_columns == 1 ? "" : "s");
    diag_add_row(t->list, d, (int64_t)row);
    const char *at = r->extra ? r->extra : record;
    csv_place(t, d, line + csv_count_lines(record, at), at);
    if (row == 1 && t->names[0][0] == '#')
        diag_add_hint(t->list, d,
                      "line %u begins with #: comment lines are not supported, the "
                      "first line has the names of the columns",
                      t->header_line);
    else if (row == 1 && r->fields == t->n_columns + 1)
        diag_add_hint(t->list, d, "does the header lack a name for the first column?");
    else if (r->fields > t->n_columns)
        diag_add_hint(t->list, d, "a field that has a %s in it needs quotes around it",
                      t->separator == '\t'  ? "tab"
                      : t->separator == ',' ? "comma"
                                            : "semicolon");
    return false;
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
    if (!report_scan(t, &r, p, 0, *line))
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

/* ---- The index ------------------------------------------------------------------------------- */

typedef struct {
    csv_table *t;
    const char *record, *end; /* the record at hand; the end of the text */
    size_t row;               /* of it */
    uint32_t line;
    size_t n_rows; /* up to the last row that is not blank */
} indexer;

static void begin_chunk(indexer *x)
{
    csv_table *t = x->t;
    if (t->n_chunks == t->chunk_capacity) {
        size_t old = t->chunk_capacity * sizeof(csv_chunk);
        t->chunk_capacity = t->chunk_capacity ? 2 * t->chunk_capacity : 16;
        t->chunks = arena_grow(t->arena, t->chunks, old, t->chunk_capacity * sizeof(csv_chunk));
    }
    t->chunks[t->n_chunks++] = (csv_chunk){.offset = (size_t)(x->record - t->file.bytes),
                                           .row = x->row,
                                           .line = x->line,
                                           .regular = true};
}

/* Moves on to the record at `next`. */
static inline void advance(indexer *x, const char *next)
{
    x->record = next;
    const csv_table *t = x->t;
    if ((size_t)(next - t->file.bytes) - t->chunks[t->n_chunks - 1].offset >= t->chunk_size)
        begin_chunk(x);
}

/* Passes over records of the common kind: quotes stand right at the separators, CR only before LF,
 * no NUL, the right number of fields. Stops at the first other one. Bit i of each mask is byte i of
 * the block; `carry` says what the block before ended with. */
static void index_regular(indexer *x)
{
    const csv_table *t = x->t;
    uint32_t wanted = t->n_columns - 1, count = 0, lines = 0;
    uint64_t in_quotes = 0;                  /* all ones where a block begins within quotes */
    uint64_t after_end = 1, after_close = 0; /* bit 0: the byte before the block */
    for (const char *block = x->record; block < x->end; block += 64) {
        uint64_t lf = bytes_match(block, '\n'), cr = bytes_match(block, '\r');
        uint64_t separator = bytes_match(block, t->separator), quote = bytes_match(block, '"');
        char next = block[64];
        uint64_t other = bytes_match(block, 0);
        other |= cr & ~(lf >> 1 | (uint64_t)(next == '\n') << 63);
        uint64_t ends = separator | lf;
        if (quote | in_quotes) {
            uint64_t inside = bytes_prefix_xor(quote) ^ in_quotes;
            uint64_t opens = quote & inside, closes = quote & ~inside;
            bool next_ends = next == '\n' || next == '\r' || next == '"' || next == t->separator;
            other |= closes & ~((ends | cr | quote) >> 1 | (uint64_t)next_ends << 63);
            ends &= ~inside;
            other |= opens & ~(ends << 1 | after_end | closes << 1 | after_close);
            after_close = closes >> 63;
            in_quotes = inside >> 63 ? ~(uint64_t)0 : 0;
        } else {
            after_close = 0;
        }
        after_end = ends >> 63;
        uint64_t known = other ? bytes_below((unsigned)__builtin_ctzll(other)) : ~(uint64_t)0;
        separator &= ends & known;
        for (uint64_t record_ends = lf & ends & known; record_ends;
             record_ends &= record_ends - 1) {
            uint64_t through = record_ends ^ (record_ends - 1);
            count += (uint32_t)__builtin_popcountll(separator & through);
            if (count != wanted || (wanted == 0 && t->kind[(unsigned char)*x->record]))
                return;
            x->row++;
            x->line += lines + (uint32_t)__builtin_popcountll(lf & through);
            separator &= ~through;
            lf &= ~through;
            count = lines = 0;
            advance(x, block + __builtin_ctzll(record_ends) + 1);
        }
        if (other)
            return;
        count += (uint32_t)__builtin_popcountll(separator);
        lines += (uint32_t)__builtin_popcountll(lf);
    }
}

/* Checks the record at hand with care and passes over it. */
static bool index_record(indexer *x)
{
    csv_table *t = x->t;
    t->chunks[t->n_chunks - 1].regular = false;
    record_scan r = scan_record(t, x->record);
    if (!report_scan(t, &r, x->record, x->row + 1, x->line))
        return false;
    if (r.fields != t->n_columns && !r.blank)
        return report_ragged(t, &r, x->record, x->row + 1, x->line);
    if (t->n_columns == 1 || !r.blank)
        x->row++;
    if (!r.blank)
        x->n_rows = x->row;
    x->line += csv_count_lines(x->record, r.next);
    advance(x, r.next);
    return true;
}

static bool index_rows(csv_table *t, const char *first, uint32_t line)
{
    indexer x = {.t = t, .record = first, .end = t->file.bytes + t->file.length, .line = line};
    begin_chunk(&x);
    while (x.record < x.end) {
        size_t row = x.row;
        index_regular(&x);
        if (x.row > row)
            x.n_rows = x.row;
        if (x.record < x.end && !index_record(&x))
            return false;
    }
    t->n_rows = x.n_rows;
    begin_chunk(&x);
    t->n_chunks--;
    if (t->n_rows > 0)
        return true;
    diag *d = diag_report(t->list, DIAG_NO_ROWS, NO_SPAN, "there is a header and no row below it");
    diag_set_place(t->list, d, t->name, t->header_line, 1);
    return false;
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
    const char *first;
    uint32_t line;
    if (t->file.length == 0)
        return report_bad_file(t, 0, "the file is empty");
    return text_file_is_table(&t->file, t->name, t->list) && read_header(t, &first, &line) &&
           index_rows(t, first, line);
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
