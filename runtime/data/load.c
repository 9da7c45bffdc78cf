/* Text becomes columns: one pass over the rows fills every column that is asked for.
 *
 * The table was checked when it was opened. In a regular chunk the ends of all fields are found
 * first; then each column goes down its own rows, so that one number does not wait for the end of
 * the one before. A field that looks like a common number is read where it stands; all others
 * (missing words, quotes, long numbers, text) take the slow way through csv_read_field. A column
 * that turns out to be text is given up, without a report: whether that is an error depends on what
 * is asked next.
 */
#include "runtime/data/column.h"

#include "runtime/data/bytes.h"
#include "runtime/data/decimal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- One value ------------------------------------------------------------------------------- */

static bool is_word(const csv_field *f, const char *word)
{
    size_t n = (size_t)(f->end - f->begin);
    return n == strlen(word) && memcmp(f->begin, word, n) == 0;
}

bool value_is_missing(const csv_field *f)
{
    const char *p = f->begin;
    while (p < f->end && *p == ' ')
        p++;
    if (p == f->end)
        return true;
    return !f->quoted && f->end - f->begin <= 4 &&
           (is_word(f, "NA") || is_word(f, "NaN") || is_word(f, ".") || is_word(f, "null"));
}

static value_kind number_kind(decimal_status status)
{
    switch (status) {
    case DECIMAL_NUMBER: return VALUE_NUMBER;
    case DECIMAL_INFINITE: return VALUE_INFINITE;
    case DECIMAL_OVERFLOW: return VALUE_OVERFLOW;
    default: return VALUE_TEXT;
    }
}

value_kind value_read(const csv_table *t, const csv_field *field, char *point, double *out)
{
    const char *begin = field->begin, *end = field->end;
    if (field->quoted) {
        while (begin < end && *begin == ' ')
            begin++;
        while (end > begin && end[-1] == ' ')
            end--;
    }
    *out = NAN;
    if (value_is_missing(field))
        return VALUE_MISSING;
    char first = *point ? *point : '.';
    value_kind kind = number_kind(decimal_read(begin, end, first, out));
    if (kind != VALUE_TEXT) {
        if (memchr(begin, first, (size_t)(end - begin)))
            *point = first;
        return kind;
    }
    if (t->separator == ',')
        return kind;
    char second = first == '.' ? ',' : '.';
    kind = number_kind(decimal_read(begin, end, second, out));
    if (kind == VALUE_TEXT)
        return kind;
    if (*point) {
        *out = NAN;
        return VALUE_MIXED;
    }
    *point = second;
    return kind;
}

/* ---- The pass -------------------------------------------------------------------------------- */

typedef struct {
    column *column;
    uint32_t index;
    bool as_factor;
    bool given_up;
    int point; /* for decimal_fast: -1 while not known */
    double *values;
    int32_t *codes;
    level_table levels;
    size_t n_missing;
    column seen; /* what goes to `column` at the end */
} want;

typedef struct {
    frame *frame;
    const csv_table *table;
    want *wants; /* by index */
    size_t n_wants;
    uint32_t *ends; /* of the fields of one regular chunk */
} loader;

static void begin_codes(loader *l, want *w)
{
    w->as_factor = true;
    level_table_init(&w->levels, &l->frame->scratch);
    w->codes = column_array(l->frame, sizeof *w->codes);
}

/* The column begins with text, all rows before are missing: go on with codes. */
static void switch_to_codes(loader *l, want *w, size_t row)
{
    begin_codes(l, w);
    for (size_t i = 0; i < row; i++)
        w->codes[i] = -1;
}

static void store_text(loader *l, want *w, const csv_field *field, size_t row)
{
    if (value_is_missing(field)) {
        w->codes[row] = -1;
        w->n_missing++;
        return;
    }
    const char *text = field->begin;
    size_t length = (size_t)(field->end - field->begin);
    if (field->doubled) {
        text = csv_text(&l->frame->scratch, field);
        length = strlen(text);
    }
    w->codes[row] = level_table_code(&w->levels, text, length);
}

static void store_code(loader *l, want *w, const char *p, size_t row)
{
    csv_field field;
    csv_read_field(l->table, p, &field);
    store_text(l, w, &field, row);
}

/* A field that may be anything. It may turn the column into one of codes, or end it. */
static void store_slowly(loader *l, want *w, const char *p, size_t row)
{
    csv_field field;
    csv_read_field(l->table, p, &field);
    char point = w->seen.point;
    double x;
    switch (value_read(l->table, &field, &point, &x)) {
    case VALUE_MISSING: w->n_missing++; break;
    case VALUE_NUMBER: break;
    case VALUE_INFINITE: w->seen.n_infinite++; break;
    case VALUE_OVERFLOW: w->seen.n_overflow++; break;
    case VALUE_MIXED: w->seen.n_mixed++; break;
    case VALUE_TEXT:
        w->seen.n_text++;
        if (w->n_missing == row) {
            switch_to_codes(l, w, row);
            store_text(l, w, &field, row);
            return;
        }
        w->given_up = true;
        break;
    }
    if (point != w->seen.point) {
        w->seen.point = point;
        w->seen.point_row = row;
        w->point = point;
    }
    w->values[row] = x;
}

/* A common number; false for anything else. */
static inline __attribute__((always_inline)) bool store_number(const uint8_t *kind, want *w,
                                                               const char *p, size_t row)
{
    while (kind[(unsigned char)*p] == CSV_BLANK)
        p++;
    double x;
    p = decimal_fast(p, w->point, &x);
    if (!p)
        return false;
    while (kind[(unsigned char)*p] == CSV_BLANK)
        p++;
    w->values[row] = x;
    return kind[(unsigned char)*p] == CSV_END;
}

/* Where every field of a regular chunk ends, as offsets from its first byte. */
static void find_ends(const csv_table *t, const char *first, const char *behind, uint32_t *ends)
{
    uint64_t in_quotes = 0;
    for (const char *block = first; block < behind; block += 64) {
        uint64_t found = bytes_match(block, t->separator) | bytes_match(block, '\n');
        uint64_t quote = bytes_match(block, '"');
        if (quote | in_quotes) {
            uint64_t inside = bytes_prefix_xor(quote) ^ in_quotes;
            in_quotes = inside >> 63 ? ~(uint64_t)0 : 0;
            found &= ~inside;
        }
        if (behind - block < 64)
            found &= bytes_below((unsigned)(behind - block));
        uint32_t base = (uint32_t)(block - first);
        int count = __builtin_popcountll(found);
        /* Four at a time, the last ones past the count: cheaper than an exact loop. */
        for (int i = 0; i < count; i += 4)
            for (int j = 0; j < 4; j++) {
                ends[i + j] = base + (uint32_t)__builtin_ctzll(found | (uint64_t)1 << 63);
                found &= found - 1;
            }
        ends += count;
    }
}

/* The rows of one column in a regular chunk, from *row on: `p` is the chunk's first byte, field
 * number i of the chunk lies between ends i - 1 and i. Returns early when the column turns from
 * numbers to codes or is given up. */
static void load_numbers(loader *l, want *w, const char *p, const uint32_t *ends, size_t first_row,
                         size_t *row, size_t end_row)
{
    const uint8_t *kind = l->table->kind;
    size_t stride = l->table->n_columns, i = (*row - first_row) * stride + w->index;
    for (; *row < end_row; i += stride) {
        const char *field = i ? p + ends[i - 1] + 1 : p;
        size_t at = (*row)++;
        if (!store_number(kind, w, field, at)) {
            store_slowly(l, w, field, at);
            if (w->as_factor || w->given_up)
                return;
        }
    }
}

static void load_codes(loader *l, want *w, const char *p, const uint32_t *ends, size_t first_row,
                       size_t row, size_t end_row)
{
    const uint8_t *kind = l->table->kind;
    size_t stride = l->table->n_columns, i = (row - first_row) * stride + w->index;
    for (; row < end_row; row++, i += stride) {
        csv_field field = {.begin = i ? p + ends[i - 1] + 1 : p, .end = p + ends[i]};
        if (*field.begin == '"' || kind[(unsigned char)*field.begin] == CSV_BLANK) {
            store_code(l, w, field.begin, row);
            continue;
        }
        while (field.end > field.begin && kind[(unsigned char)field.end[-1]] != CSV_INSIDE)
            field.end--;
        store_text(l, w, &field, row);
    }
}

static void load_regular(loader *l, const csv_chunk *chunk, size_t end_row)
{
    const csv_table *t = l->table;
    const char *p = t->file.bytes + chunk->offset;
    find_ends(t, p, t->file.bytes + chunk[1].offset, l->ends);
    for (want *w = l->wants, *end = w + l->n_wants; w < end; w++) {
        size_t row = chunk->row;
        if (!w->as_factor && !w->given_up)
            load_numbers(l, w, p, l->ends, chunk->row, &row, end_row);
        if (w->as_factor)
            load_codes(l, w, p, l->ends, chunk->row, row, end_row);
    }
}

/* Any chunk: record by record, field by field. */
static void load_irregular(loader *l, const csv_chunk *chunk, size_t end_row)
{
    const csv_table *t = l->table;
    const char *p = csv_first_record(t, t->file.bytes + chunk->offset);
    for (size_t row = chunk->row; row < end_row; row++) {
        want *w = l->wants, *end = w + l->n_wants;
        for (uint32_t i = 0; i < t->n_columns; i++) {
            for (; w < end && w->index == i; w++) {
                if (w->as_factor)
                    store_code(l, w, p, row);
                else if (!w->given_up && !store_number(t->kind, w, p, row))
                    store_slowly(l, w, p, row);
            }
            csv_field field;
            p = csv_read_field(t, p, &field) + 1;
        }
        p = csv_next_record(t, p - 1);
    }
}

/* ---- Before and after ------------------------------------------------------------------------ */

static int by_index(const void *a, const void *b)
{
    const want *x = a, *y = b;
    if (x->index != y->index)
        return x->index < y->index ? -1 : 1;
    return x->as_factor - y->as_factor;
}

static void finish(loader *l, want *w)
{
    frame *f = l->frame;
    column *c = w->column;
    size_t n = f->n_rows, padded = column_padded(f);
    if (!c->numbers_read && (!w->as_factor || w->seen.n_text > 0)) {
        c->numbers_read = true;
        c->n_infinite = w->seen.n_infinite;
        c->n_text = w->seen.n_text;
        c->n_overflow = w->seen.n_overflow;
        c->n_mixed = w->seen.n_mixed;
        c->point = w->seen.point;
        c->point_row = w->seen.point_row;
        c->numbers = (frame_column){.name = c->name};
        if (c->n_text == 0) {
            for (size_t i = n; i < padded; i++)
                w->values[i] = NAN;
            c->numbers.values = w->values;
            c->numbers.n_missing = w->n_missing;
        }
    }
    if (w->as_factor && !c->codes_read) {
        for (size_t i = n; i < padded; i++)
            w->codes[i] = -1;
        column_set_levels(f, c, &w->levels, w->codes, w->n_missing);
    }
}

void column_load(frame *f, column_request *requests, size_t n)
{
    loader l = {.frame = f, .table = &f->table};
    arena_release(&f->scratch);
    l.wants = ARENA_ARRAY(&f->scratch, want, n);
    for (size_t i = 0; i < n; i++) {
        column *c = requests[i].column;
        bool as_factor = requests[i].as_factor;
        if (as_factor ? c->codes_read : c->numbers_read)
            continue;
        want *w = &l.wants[l.n_wants++];
        *w = (want){.column = c, .index = c->index, .as_factor = as_factor};
        w->point = f->table.separator == ',' ? '.' : -1;
        if (as_factor)
            begin_codes(&l, w);
        else
            w->values = column_array(f, sizeof *w->values);
    }
    if (l.n_wants == 0)
        return;
    size_t most = 0;
    for (const csv_chunk *c = f->table.chunks; c < f->table.chunks + f->table.n_chunks; c++)
        most = c->regular && c[1].row - c->row > most ? c[1].row - c->row : most;
    l.ends = arena_alloc(&f->scratch, (most * f->n_columns + 4) * sizeof *l.ends);
    qsort(l.wants, l.n_wants, sizeof *l.wants, by_index);
    const csv_chunk *behind = f->table.chunks + f->table.n_chunks;
    for (const csv_chunk *chunk = f->table.chunks; chunk < behind; chunk++) {
        size_t end_row = chunk[1].row < f->n_rows ? chunk[1].row : f->n_rows;
        if (chunk->regular)
            load_regular(&l, chunk, end_row);
        else
            load_irregular(&l, chunk, end_row);
    }
    for (size_t i = 0; i < l.n_wants; i++)
        finish(&l, &l.wants[i]);
    arena_release(&f->scratch);
}
