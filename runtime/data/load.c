/* Text becomes columns: one pass over the rows fills every column that is asked for.
 *
 * The table was checked when it was opened. In a regular chunk the ends of all fields are found
 * first; then each column goes down its own rows, so that one number does not wait for the end of
 * the one before. A field that looks like a common number is read where it stands; all others
 * (missing words, quotes, long numbers, text) take the slow way through csv_read_field. A column
 * that turns out to be text is given up, without a report: whether that is an error depends on what
 * is asked next.
 *
 * Threads take blocks of chunks in any order, so nothing that one of them sees may depend on what
 * stands before: it counts, and notes the first row of each kind. What the column is follows from
 * that in the end. It begins with text, and becomes codes, if no number stands above the first
 * text; its decimal point is the one seen first, and both kinds of point are a mixture. Codes are
 * those of the thread's own table of levels until all tables are joined.
 *
 * Numbers are kept in the narrowest type that has them (narrow.h), which is guessed from a few
 * chunks. A chunk that does not fit is kept apart, a *piece*, and the column widened in the end.
 */
#include "runtime/data/column.h"

#include "base/parallel.h"
#include "runtime/data/bytes.h"
#include "runtime/data/decimal.h"

#include <math.h>
#include <stdatomic.h>
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

/* ---- The pass ------------------------------------------------------------------------------- */

typedef enum { WANT_NUMBERS, WANT_CODES } want_kind;

typedef struct {
    column *column;
    uint32_t index;
    want_kind kind;
    narrow_type type; /* of `numbers`, as guessed */
    void *numbers;    /* NULL: all are in pieces */
    bool kept;        /* `numbers` may stay */
    int32_t *codes;
    atomic_size_t text_row; /* the first that is text where numbers are read; else SIZE_MAX */
    bool probed;            /* the first chunk's numbers are read */
    bool done;
} want;

/* Numbers of a chunk that are not in the column's array. */
typedef struct piece piece;
struct piece {
    size_t begin, end; /* rows */
    narrow_column numbers;
    const piece *next;
};

/* What one thread saw of one column. */
typedef struct {
    narrow_facts facts;
    const piece *pieces;
    size_t n_missing, n_infinite, n_overflow, n_mixed;
    size_t value_row;    /* the first row of the first chunk that has a number; else SIZE_MAX */
    size_t point_row[2]; /* the first with a decimal point, with a comma; else SIZE_MAX */
    int point;           /* for decimal_fast, in the chunk at hand: -1 while not known */
    size_t n_missing_codes;
    level_table levels;
    bool reading;          /* from the chunk at hand */
    size_t missing_before; /* n_missing where it began */
    double *values;        /* of its rows */
    size_t begin;          /* its first row */
} share;

typedef struct {
    oom_guard guard;
    arena arena, *pieces;
    uint32_t *ends; /* of the fields of one regular chunk */
    double *values; /* of one column of a chunk, or of all where it is irregular */
    char *text;     /* a field whose doubled quotes became single */
    size_t text_size;
    share *shares; /* [n_wants] */
} worker;

typedef struct {
    frame *frame;
    const csv_table *table;
    want *wants; /* by index */
    size_t n_wants;
    worker *workers;
    int n_workers;
    size_t n_blocks;
    uint16_t *owner; /* [n_blocks]: the worker that has read it in this pass */
    atomic_size_t next, done;
    atomic_bool failed; /* no memory */
} loader;

static void note_first(size_t *first, size_t row) { *first = row < *first ? row : *first; }

static void note_first_text(want *w, size_t row)
{
    size_t first = atomic_load(&w->text_row);
    while (row < first && !atomic_compare_exchange_weak(&w->text_row, &first, row))
        ;
}

/* The text of a field with doubled quotes, in the worker's buffer. */
static size_t undouble(worker *k, const csv_field *field)
{
    size_t n = (size_t)(field->end - field->begin);
    if (n > k->text_size) {
        k->text = arena_alloc(&k->arena, 2 * n);
        k->text_size = 2 * n;
    }
    char *out = k->text;
    for (const char *p = field->begin; p < field->end; p++) {
        *out++ = *p;
        p += *p == '"';
    }
    return (size_t)(out - k->text);
}

static void store_text(worker *k, const want *w, share *s, const csv_field *field, size_t row)
{
    if (value_is_missing(field)) {
        w->codes[row] = -1;
        s->n_missing_codes++;
        return;
    }
    const char *text = field->begin;
    size_t length = (size_t)(field->end - field->begin);
    if (field->doubled) {
        length = undouble(k, field);
        text = k->text;
    }
    w->codes[row] = level_table_code(&s->levels, text, length);
}

static void store_code(loader *l, worker *k, const want *w, share *s, const char *p, size_t row)
{
    csv_field field;
    csv_read_field(l->table, p, &field);
    store_text(k, w, s, &field, row);
}

/* A field that may be anything; false when it is text. */
static bool store_slowly(loader *l, want *w, share *s, const char *p, size_t row)
{
    csv_field field;
    csv_read_field(l->table, p, &field);
    char point = s->point < 0 ? 0 : (char)s->point;
    double x;
    switch (value_read(l->table, &field, &point, &x)) {
    case VALUE_MISSING: s->n_missing++; break;
    case VALUE_NUMBER: break;
    case VALUE_INFINITE: s->n_infinite++; break;
    case VALUE_OVERFLOW: s->n_overflow++; break;
    case VALUE_MIXED: s->n_mixed++; break;
    case VALUE_TEXT: note_first_text(w, row); return false;
    }
    if (point && s->point < 0) {
        s->point = point;
        note_first(&s->point_row[point == ','], row);
    }
    s->values[row - s->begin] = x;
    return true;
}

/* A common number; false for anything else. */
static inline __attribute__((always_inline)) bool store_number(const uint8_t *kind, const share *s,
                                                               const char *p, size_t row)
{
    while (kind[(unsigned char)*p] == CSV_BLANK)
        p++;
    double x;
    p = decimal_fast(p, s->point, &x);
    if (!p)
        return false;
    while (kind[(unsigned char)*p] == CSV_BLANK)
        p++;
    s->values[row - s->begin] = x;
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

/* A field of a regular chunk that decimal_field does not take. */
static bool store_other(loader *l, want *w, share *s, const char *p, size_t length, size_t row)
{
    double *value = &s->values[row - s->begin];
    if (length == 0 || (length == 2 && p[0] == 'N' && p[1] == 'A')) {
        *value = NAN;
        s->n_missing++;
        return true;
    }
    if (*p == '"' && length > 2 && p[length - 1] == '"' &&
        decimal_field(p + 1, length - 2, s->point, value))
        return true;
    return store_number(l->table->kind, s, p, row) || store_slowly(l, w, s, p, row);
}

/* A run of rows: of a chunk, up to the table's last. */
typedef struct {
    const csv_chunk *chunk;
    size_t begin, end;
} row_range;

/* The rows of one column in a regular chunk: `p` is the chunk's first byte, field number i of the
 * chunk lies between ends i - 1 and i. Returns the row at which it stopped: the end, or text. */
static size_t load_regular_numbers(loader *l, worker *k, want *w, share *s, const row_range *rows)
{
    const csv_table *t = l->table;
    const char *p = t->file.bytes + rows->chunk->offset;
    size_t stride = t->n_columns, i = w->index;
    size_t row = rows->begin;
    double *values = s->values;
    for (; row < rows->end; row++, i += stride) {
        const char *field = i ? p + k->ends[i - 1] + 1 : p;
        size_t length = (size_t)(p + k->ends[i] - field);
        length -= length > 0 && field[length - 1] == '\r';
        unsigned digit = (unsigned)(unsigned char)*field - '0';
        if (length == 1 && digit < 10)
            values[row - rows->begin] = digit;
        else if (!decimal_field(field, length, s->point, &values[row - rows->begin]) &&
                 !store_other(l, w, s, field, length, row))
            break;
    }
    return row;
}

static void load_regular_codes(loader *l, worker *k, const want *w, share *s, const row_range *rows)
{
    const csv_table *t = l->table;
    const char *p = t->file.bytes + rows->chunk->offset;
    const uint8_t *kind = t->kind;
    size_t stride = t->n_columns, i = w->index;
    for (size_t row = rows->begin; row < rows->end; row++, i += stride) {
        csv_field field = {.begin = i ? p + k->ends[i - 1] + 1 : p, .end = p + k->ends[i]};
        if (*field.begin == '"' || kind[(unsigned char)*field.begin] == CSV_BLANK) {
            store_code(l, k, w, s, field.begin, row);
            continue;
        }
        while (field.end > field.begin && kind[(unsigned char)field.end[-1]] != CSV_INSIDE)
            field.end--;
        store_text(k, w, s, &field, row);
    }
}

/* Whether a column is to be read from this chunk; begins with the chunk if so. Its numbers go where
 * they belong, or else into the worker's buffer. */
static bool begin_column(const loader *l, const worker *k, size_t number, const row_range *rows,
                         bool probe)
{
    const want *w = &l->wants[number];
    share *s = &k->shares[number];
    bool first = rows->chunk == l->table->chunks;
    if (w->done || (w->kind == WANT_CODES && probe) ||
        (w->kind == WANT_NUMBERS && w->probed && first))
        return false;
    s->point = l->table->separator == ',' ? '.' : -1;
    s->missing_before = s->n_missing;
    s->begin = rows->begin;
    if (w->kind == WANT_NUMBERS && w->numbers && w->type == NARROW_DOUBLE)
        s->values = (double *)w->numbers + rows->begin;
    else
        s->values = k->values + (rows->chunk->regular ? 0 : number * (rows->end - rows->begin));
    return w->kind == WANT_CODES ||
           rows->begin < atomic_load_explicit(&w->text_row, memory_order_relaxed);
}

static void keep_apart(worker *k, share *s, const narrow_facts *facts, size_t n)
{
    narrow_type type = narrow_choose(facts);
    piece *own = ARENA_NEW(k->pieces, piece);
    void *data = arena_alloc(k->pieces, narrow_size(type, (n + 7) & ~(size_t)7));
    narrow_store(type, data, 0, s->values, n);
    *own = (piece){s->begin, s->begin + n, {data, type, false}, s->pieces};
    s->pieces = own;
}

/* Ends with a chunk whose rows were read as numbers up to `row`. */
static void end_numbers(worker *k, const want *w, share *s, const row_range *rows, size_t row)
{
    size_t n = row - rows->begin;
    if (n > s->n_missing - s->missing_before)
        note_first(&s->value_row, rows->begin);
    if (w->numbers && w->type == NARROW_DOUBLE) {
        narrow_look(&s->facts, s->values, n);
        return;
    }
    narrow_facts facts = narrow_nothing();
    narrow_look(&facts, s->values, n);
    narrow_join(&s->facts, &facts);
    if (w->numbers && narrow_fits(&facts, w->type))
        narrow_store(w->type, w->numbers, s->begin, s->values, n);
    else if (n > 0)
        keep_apart(k, s, &facts, n);
}

static void load_regular(loader *l, worker *k, const row_range *rows)
{
    const csv_table *t = l->table;
    find_ends(t, t->file.bytes + rows->chunk->offset, t->file.bytes + rows->chunk[1].offset,
              k->ends);
    for (size_t i = 0; i < l->n_wants; i++) {
        want *w = &l->wants[i];
        share *s = &k->shares[i];
        if (!s->reading)
            continue;
        if (w->kind == WANT_CODES)
            load_regular_codes(l, k, w, s, rows);
        else
            end_numbers(k, w, s, rows, load_regular_numbers(l, k, w, s, rows));
    }
}

/* Any chunk: record by record, field by field. */
static void load_irregular(loader *l, worker *k, const row_range *rows)
{
    const csv_table *t = l->table;
    const char *p = csv_first_record(t, t->file.bytes + rows->chunk->offset);
    for (size_t row = rows->begin; row < rows->end; row++) {
        size_t i = 0;
        for (uint32_t index = 0; index < t->n_columns; index++) {
            for (; i < l->n_wants && l->wants[i].index == index; i++) {
                want *w = &l->wants[i];
                share *s = &k->shares[i];
                if (!s->reading) {
                } else if (w->kind == WANT_CODES) {
                    store_code(l, k, w, s, p, row);
                } else if (!store_number(t->kind, s, p, row) && !store_slowly(l, w, s, p, row)) {
                    end_numbers(k, w, s, rows, row);
                    s->reading = false;
                }
            }
            csv_field field;
            p = csv_read_field(t, p, &field) + 1;
        }
        p = csv_next_record(t, p - 1);
    }
    for (size_t i = 0; i < l->n_wants; i++)
        if (k->shares[i].reading && l->wants[i].kind == WANT_NUMBERS)
            end_numbers(k, &l->wants[i], &k->shares[i], rows, rows->end);
}

static void load_chunk(loader *l, worker *k, const csv_chunk *chunk, bool probe)
{
    size_t end = chunk[1].row < l->frame->n_rows ? chunk[1].row : l->frame->n_rows;
    row_range rows = {chunk, chunk->row, end};
    size_t reading = 0;
    for (size_t i = 0; i < l->n_wants; i++)
        reading += k->shares[i].reading = begin_column(l, k, i, &rows, probe);
    if (reading == 0 || rows.begin >= rows.end)
        return;
    if (chunk->regular)
        load_regular(l, k, &rows);
    else
        load_irregular(l, k, &rows);
}

static void load_block(loader *l, int number, size_t block)
{
    const csv_table *t = l->table;
    size_t first = block * CSV_BLOCK, behind = first + CSV_BLOCK;
    behind = behind < t->n_chunks ? behind : t->n_chunks;
    l->owner[block] = (uint16_t)number;
    for (size_t i = first; i < behind; i++)
        load_chunk(l, &l->workers[number], &t->chunks[i], false);
    size_t begin = t->chunks[first].offset, end = t->chunks[behind].offset;
    csv_leave(t, begin, end);
    size_t done = atomic_fetch_add(&l->done, end - begin) + end - begin;
    if (number == 0 && t->reading.progress)
        t->reading.progress(t->reading.progress_user, MLEC_READ_COLUMNS, done, t->file.length);
}

static void load_blocks(void *user, int number)
{
    loader *l = user;
    if (setjmp(l->workers[number].guard.jump)) {
        atomic_store(&l->failed, true);
        return;
    }
    size_t block;
    while (!atomic_load(&l->failed) && (block = atomic_fetch_add(&l->next, 1)) < l->n_blocks)
        load_block(l, number, block);
}

/* Reads what the wants ask for from all chunks. */
static void load_all(loader *l)
{
    frame *f = l->frame;
    parallel_allocator shared;
    parallel_allocator_init(&shared, f->scratch.allocator);
    for (int i = 0; i < l->n_workers; i++) {
        worker *k = &l->workers[i];
        arena_init(&k->arena, &shared.allocator, &k->guard);
        k->pieces = &k->arena;
    }
    atomic_store(&l->next, 0);
    atomic_store(&l->done, 0);
    parallel_run(l->n_workers, load_blocks, l);
    for (int i = 0; i < l->n_workers; i++)
        arena_adopt(&f->scratch, &l->workers[i].arena);
    parallel_allocator_end(&shared);
    if (atomic_load(&l->failed))
        longjmp(f->scratch.guard->jump, 1);
}

/* ---- Before and after ------------------------------------------------------------------------ */

static int by_index(const void *a, const void *b)
{
    const want *x = a, *y = b;
    if (x->index != y->index)
        return x->index < y->index ? -1 : 1;
    return (int)x->kind - (int)y->kind;
}

/* All that the threads saw of a column. */
static share sum_shares(const loader *l, size_t index)
{
    share sum = {
        .facts = narrow_nothing(), .value_row = SIZE_MAX, .point_row = {SIZE_MAX, SIZE_MAX}};
    for (int i = 0; i < l->n_workers; i++) {
        const share *s = &l->workers[i].shares[index];
        narrow_join(&sum.facts, &s->facts);
        sum.n_missing += s->n_missing;
        sum.n_infinite += s->n_infinite;
        sum.n_overflow += s->n_overflow;
        sum.n_mixed += s->n_mixed;
        sum.n_missing_codes += s->n_missing_codes;
        note_first(&sum.value_row, s->value_row);
        note_first(&sum.point_row[0], s->point_row[0]);
        note_first(&sum.point_row[1], s->point_row[1]);
    }
    return sum;
}

/* The columns of numbers that begin with text go on as codes; how many? */
static size_t turn_to_codes(loader *l)
{
    size_t turned = 0;
    for (size_t i = 0; i < l->n_wants; i++) {
        want *w = &l->wants[i];
        size_t text_row = atomic_load(&w->text_row);
        if (w->kind == WANT_CODES || text_row == SIZE_MAX)
            continue;
        w->done = sum_shares(l, i).value_row <= text_row;
        if (!w->done) {
            w->kind = WANT_CODES;
            w->codes = column_array(l->frame, sizeof *w->codes);
            turned++;
        }
    }
    return turned;
}

static int by_begin(const void *a, const void *b)
{
    const piece *x = a, *y = b;
    return x->begin < y->begin ? -1 : x->begin > y->begin;
}

/* The column in its narrowest type: the guessed one, with the pieces put in, or a new one. */
static narrow_column join_pieces(const loader *l, size_t index, const narrow_facts *facts)
{
    frame *f = l->frame;
    const want *w = &l->wants[index];
    size_t n = 0, row = 0;
    for (int i = 0; i < l->n_workers; i++)
        for (const piece *p = l->workers[i].shares[index].pieces; p; p = p->next)
            n++;
    piece *pieces = ARENA_ARRAY(&f->scratch, piece, n + 1);
    n = 0;
    for (int i = 0; i < l->n_workers; i++)
        for (const piece *p = l->workers[i].shares[index].pieces; p; p = p->next)
            pieces[n++] = *p;
    qsort(pieces, n, sizeof *pieces, by_begin);
    narrow_column guessed = {w->numbers, w->type, false};
    narrow_type type = narrow_choose(facts);
    bool same = w->kept && type == w->type;
    void *to = same ? w->numbers : column_numbers(f, type);
    for (size_t i = 0; i <= n; i++) {
        size_t begin = i < n ? pieces[i].begin : f->n_rows;
        if (!same && row < begin)
            narrow_copy(guessed, row, begin - row, type, to, row);
        if (i < n) {
            row = pieces[i].end;
            narrow_copy(pieces[i].numbers, 0, row - begin, type, to, begin);
        }
    }
    return (narrow_column){to, type, false};
}

static void finish_numbers(const loader *l, size_t index, const share *sum)
{
    want *w = &l->wants[index];
    column *c = w->column;
    size_t comma = sum->point_row[1] < sum->point_row[0];
    bool both = sum->point_row[!comma] != SIZE_MAX;
    c->numbers_read = true;
    c->n_infinite = sum->n_infinite;
    c->n_text = atomic_load(&w->text_row) != SIZE_MAX;
    c->n_overflow = sum->n_overflow;
    c->n_mixed = sum->n_mixed + both;
    c->point_row = sum->point_row[comma];
    c->point = c->point_row == SIZE_MAX ? 0 : comma ? ',' : '.';
    c->numbers = (frame_column){.name = c->name};
    if (c->n_text > 0)
        return;
    c->numbers.column = join_pieces(l, index, &sum->facts);
    c->numbers.facts = sum->facts;
}

static void finish_codes(loader *l, size_t index, const share *sum)
{
    frame *f = l->frame;
    const csv_table *t = l->table;
    want *w = &l->wants[index];
    const level_table **tables = ARENA_ARRAY(&f->scratch, const level_table *, l->n_workers);
    for (int i = 0; i < l->n_workers; i++)
        tables[i] = &l->workers[i].shares[index].levels;
    const int32_t *const *rank = column_set_levels(f, w->column, tables, (size_t)l->n_workers,
                                                   w->codes, sum->n_missing_codes);
    for (size_t block = 0; block < l->n_blocks; block++) {
        size_t behind = (block + 1) * CSV_BLOCK;
        behind = behind < t->n_chunks ? behind : t->n_chunks;
        size_t end = t->chunks[behind].row < f->n_rows ? t->chunks[behind].row : f->n_rows;
        column_rename_codes(w->codes, t->chunks[block * CSV_BLOCK].row, end, rank[l->owner[block]]);
    }
    for (size_t i = f->n_rows, padded = column_padded(f); i < padded; i++)
        w->codes[i] = -1;
}

static void finish(loader *l, size_t index)
{
    want *w = &l->wants[index];
    share sum = sum_shares(l, index);
    bool tried = atomic_load(&w->text_row) != SIZE_MAX; /* as numbers, and turned to codes */
    if (!w->column->numbers_read && (w->kind == WANT_NUMBERS || tried))
        finish_numbers(l, index, &sum);
    if (!w->column->codes_read && w->kind == WANT_CODES)
        finish_codes(l, index, &sum);
}

/* Finishes the columns that are done, or those that are not. */
static void finish_all(loader *l, bool done)
{
    for (size_t i = 0; i < l->n_wants; i++)
        if (l->wants[i].done == done)
            finish(l, i);
}

static void start_workers(loader *l)
{
    frame *f = l->frame;
    const csv_table *t = l->table;
    size_t most = 0, most_values = 0;
    for (const csv_chunk *c = t->chunks; c < t->chunks + t->n_chunks; c++) {
        size_t rows = c[1].row - c->row, values = c->regular ? rows : rows * l->n_wants;
        most = c->regular && rows > most ? rows : most;
        most_values = values > most_values ? values : most_values;
    }
    l->n_blocks = (t->n_chunks + CSV_BLOCK - 1) / CSV_BLOCK;
    l->owner = ARENA_ARRAY(&f->scratch, uint16_t, l->n_blocks);
    l->n_workers = csv_threads(t);
    l->workers = ARENA_ARRAY(&f->scratch, worker, l->n_workers);
    for (int i = 0; i < l->n_workers; i++) {
        worker *k = &l->workers[i];
        k->ends = arena_alloc(&f->scratch, (most * t->n_columns + 4) * sizeof *k->ends);
        k->values = arena_alloc(&f->scratch, (most_values + 1) * sizeof *k->values);
        k->pieces = &f->scratch;
        k->shares = ARENA_ARRAY(&f->scratch, share, l->n_wants);
        for (size_t j = 0; j < l->n_wants; j++) {
            share *s = &k->shares[j];
            s->facts = narrow_nothing();
            s->value_row = s->point_row[0] = s->point_row[1] = SIZE_MAX;
            s->levels.arena = &k->arena;
        }
    }
}

/* The numbers of a chunk, only to see what they are like. */
static void peek(loader *l, const csv_chunk *chunk, narrow_facts *facts)
{
    worker *k = &l->workers[0];
    share *before = ARENA_ARRAY(&l->frame->scratch, share, l->n_wants);
    memcpy(before, k->shares, l->n_wants * sizeof *before);
    size_t *text_row = ARENA_ARRAY(&l->frame->scratch, size_t, l->n_wants);
    for (size_t i = 0; i < l->n_wants; i++)
        text_row[i] = atomic_load(&l->wants[i].text_row);
    load_chunk(l, k, chunk, true);
    for (size_t i = 0; i < l->n_wants; i++) {
        narrow_join(&facts[i], &k->shares[i].facts);
        atomic_store(&l->wants[i].text_row, text_row[i]);
    }
    memcpy(k->shares, before, l->n_wants * sizeof *before);
}

/* Arrays of numbers, of the types that a few chunks need. */
static void guess_types(loader *l)
{
    enum { MANY = 16 };
    const csv_table *t = l->table;
    narrow_facts *facts = ARENA_ARRAY(&l->frame->scratch, narrow_facts, l->n_wants);
    for (size_t i = 0; i < l->n_wants; i++)
        facts[i] = l->workers[0].shares[i].facts;
    if (t->n_chunks == 1)
        return;
    if (t->n_chunks > MANY) {
        peek(l, &t->chunks[t->n_chunks / 2], facts);
        peek(l, &t->chunks[t->n_chunks - 1], facts);
    }
    for (size_t i = 0; i < l->n_wants; i++) {
        want *w = &l->wants[i];
        if (w->kind == WANT_CODES || w->done)
            continue;
        w->type = narrow_choose(&facts[i]);
        w->kept = w->type != NARROW_BIT; /* threads would meet in a byte */
        if (w->kept) {
            w->numbers = column_numbers(l->frame, w->type);
        } else {
            w->type = NARROW_INT8;
            w->numbers = arena_alloc(&l->frame->scratch, column_padded(l->frame));
        }
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
        w->column = c;
        w->index = c->index;
        w->kind = as_factor ? WANT_CODES : WANT_NUMBERS;
        atomic_init(&w->text_row, SIZE_MAX);
        if (as_factor)
            w->codes = column_array(f, sizeof *w->codes);
    }
    if (l.n_wants == 0)
        return;
    qsort(l.wants, l.n_wants, sizeof *l.wants, by_index);
    start_workers(&l);
    /* The first chunk tells which columns are text: they need not be tried as numbers. */
    load_chunk(&l, &l.workers[0], f->table.chunks, true);
    for (size_t i = 0; i < l.n_wants; i++)
        l.wants[i].probed = true;
    turn_to_codes(&l);
    guess_types(&l);
    load_all(&l);
    for (size_t i = 0; i < l.n_wants; i++)
        l.wants[i].done = true;
    size_t late = turn_to_codes(&l);
    finish_all(&l, true);
    if (late > 0) { /* after more than a chunk of missing values */
        load_all(&l);
        finish_all(&l, false);
    }
    arena_release(&f->scratch);
    if (f->table.reading.progress)
        f->table.reading.progress(f->table.reading.progress_user, MLEC_READ_COLUMNS,
                                  f->table.file.length, f->table.file.length);
}
