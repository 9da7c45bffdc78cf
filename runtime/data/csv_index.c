/* The rows of a table: found, checked and cut into chunks, on several threads.
 *
 * The text is cut into blocks at fixed places. A block has the records that begin behind its place,
 * up to and including the next block's place. Whether a line end in the middle of a text ends a
 * record depends on the quotes before, so a thread guesses: the block's place is not between
 * quotes; where that leads to a fault, it is. The first line end outside quotes is then where the
 * records begin. When all blocks are done they are joined in order, and each guess is verified: the
 * records of the block before must end just where this block began. If they do not, the block is
 * done again from there. So the result, and the first fault with it, is that of one walk from the
 * top, whatever was guessed; a text whose quotes hide the guess costs time and nothing else.
 */
#include "runtime/data/bytes.h"
#include "runtime/data/csv_scan.h"

#include "base/parallel.h"

#include <stdatomic.h>

/* A block has at most one chunk more than its size gives: the first may begin late. */
enum { MOST_CHUNKS = CSV_BLOCK + 2 };

/* Rows and lines count from the block's first record. */
typedef struct {
    const char *place,
        *last;          /* records begin behind `place` (the first block: at it) up to `last` */
    const char *begin;  /* the first record as guessed or known; NULL: not found */
    const char *record; /* the record at hand; at the end that of the next block */
    size_t row;         /* of it */
    uint32_t line;
    size_t n_rows; /* up to the last row that is not blank */
    csv_chunk *chunks;
    size_t n_chunks;
    bool faulty; /* in the record at hand */
    record_scan fault;
} index_block;

static void begin_chunk(const csv_table *t, index_block *x)
{
    if (x->n_chunks == MOST_CHUNKS) /* only where the guess is wrong */
        return;
    x->chunks[x->n_chunks++] = (csv_chunk){.offset = (size_t)(x->record - t->file.bytes),
                                           .row = x->row,
                                           .line = x->line,
                                           .regular = true};
}

/* Moves on to the record at `next`. */
static inline void advance(const csv_table *t, index_block *x, const char *next)
{
    x->record = next;
    if ((size_t)(next - t->file.bytes) - x->chunks[x->n_chunks - 1].offset >= t->chunk_size &&
        next <= x->last)
        begin_chunk(t, x);
}

/* Passes over records of the common kind: quotes stand right at the separators, CR only before LF,
 * no NUL, the right number of fields. Stops at the first other one. Bit i of each mask is byte i of
 * the block; `carry` says what the block before ended with. */
static void index_regular(const csv_table *t, index_block *x)
{
    const char *end = t->file.bytes + t->file.length;
    uint32_t wanted = t->n_columns - 1, count = 0, lines = 0;
    uint64_t in_quotes = 0;                  /* all ones where a block begins within quotes */
    uint64_t after_end = 1, after_close = 0; /* bit 0: the byte before the block */
    for (const char *block = x->record; block < end; block += 64) {
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
            advance(t, x, block + __builtin_ctzll(record_ends) + 1);
            if (x->record > x->last)
                return;
        }
        if (other)
            return;
        count += (uint32_t)__builtin_popcountll(separator);
        lines += (uint32_t)__builtin_popcountll(lf);
    }
}

/* Checks the record at hand with care and passes over it; false at a fault. */
static bool index_record(const csv_table *t, index_block *x)
{
    x->chunks[x->n_chunks - 1].regular = false;
    record_scan r = scan_record(t, x->record);
    x->faulty = r.status != SCAN_OK || (r.fields != t->n_columns && !r.blank);
    if (x->faulty) {
        x->fault = r;
        return false;
    }
    if (t->n_columns == 1 || !r.blank)
        x->row++;
    if (!r.blank)
        x->n_rows = x->row;
    x->line += csv_count_lines(x->record, r.next);
    advance(t, x, r.next);
    return true;
}

/* The records of a block from `begin` on. */
static void index_from(const csv_table *t, index_block *x, const char *begin)
{
    *x = (index_block){
        .place = x->place, .last = x->last, .begin = begin, .record = begin, .chunks = x->chunks};
    if (begin > x->last)
        return;
    begin_chunk(t, x);
    while (x->record <= x->last) {
        size_t row = x->row;
        index_regular(t, x);
        if (x->row > row)
            x->n_rows = x->row;
        if (x->record <= x->last && !index_record(t, x))
            return;
    }
}

/* The first record behind the block's place, if that is inside quotes or not. */
static const char *guess_begin(const index_block *x, bool quoted)
{
    for (const char *p = x->place; p <= x->last; p++) {
        quoted ^= *p == '"';
        if (!quoted && (*p == '\n' || *p == '\r'))
            return pass_line_end(p);
    }
    return NULL;
}

static void index_guessed(const csv_table *t, index_block *x)
{
    for (int quoted = 0; quoted < 2; quoted++) {
        const char *begin = guess_begin(x, quoted);
        if (begin)
            index_from(t, x, begin);
        if (begin && !x->faulty)
            return;
    }
}

typedef struct {
    const csv_table *t;
    index_block *blocks;
    size_t n_blocks;
    atomic_size_t next, done;
} index_job;

static void report_progress(const csv_table *t, size_t done)
{
    if (t->reading.progress)
        t->reading.progress(t->reading.progress_user, MLEC_READ_ROWS, done, t->file.length);
}

/* What is to be done once a block is behind. */
static void leave_block(index_job *job, const index_block *x, int worker)
{
    const csv_table *t = job->t;
    csv_leave(t, (size_t)(x->place - t->file.bytes), (size_t)(x->last - t->file.bytes));
    size_t size = (size_t)(x->last - x->place);
    size_t done = atomic_fetch_add(&job->done, size) + size;
    if (worker == 0)
        report_progress(t, done);
}

static void index_blocks(void *user, int worker)
{
    index_job *job = user;
    for (size_t i; (i = atomic_fetch_add(&job->next, 1)) < job->n_blocks;) {
        index_block *x = &job->blocks[i];
        if (i == 0)
            index_from(job->t, x, x->place);
        else
            index_guessed(job->t, x);
        leave_block(job, x, worker);
    }
}

/* Reports the fault of a block whose first record is row `row` (from 0) on line `line`. */
static bool report_fault(const csv_table *t, const index_block *x, size_t row, uint32_t line)
{
    row += x->row + 1;
    line += x->line;
    return scan_report(t, &x->fault, x->record, row, line) &&
           scan_report_ragged(t, &x->fault, x->record, row, line);
}

/* Puts the blocks together; those without a beginning or with a wrong one are done now. */
static bool join_blocks(csv_table *t, index_job *job, const char *first, uint32_t line)
{
    size_t row = 0;
    const char *record = first;
    for (size_t i = 0; i < job->n_blocks; i++) {
        index_block *x = &job->blocks[i];
        if (x->begin != record) {
            bool again = x->begin;
            index_from(t, x, record);
            if (!again)
                leave_block(job, x, 0);
        }
        if (x->faulty)
            return report_fault(t, x, row, line);
        for (size_t k = 0; k < x->n_chunks; k++) {
            csv_chunk chunk = x->chunks[k];
            chunk.row += row;
            chunk.line += line;
            t->chunks[t->n_chunks++] = chunk;
        }
        if (x->n_rows > 0)
            t->n_rows = row + x->n_rows;
        row += x->row;
        line += x->line;
        record = x->record;
    }
    t->chunks[t->n_chunks] =
        (csv_chunk){.offset = (size_t)(record - t->file.bytes), .row = row, .line = line};
    return true;
}

static bool report_no_rows(const csv_table *t)
{
    diag *d = diag_report(t->list, DIAG_NO_ROWS, NO_SPAN, "there is a header and no row below it");
    diag_set_place(t->list, d, t->name, t->header_line, 1);
    return false;
}

bool csv_index(csv_table *t, const char *first, uint32_t line)
{
    const char *end = t->file.bytes + t->file.length;
    size_t size = t->chunk_size * CSV_BLOCK, length = (size_t)(end - first);
    index_job job = {.t = t, .n_blocks = (length + size - 1) / size};
    job.blocks = ARENA_ARRAY(t->arena, index_block, job.n_blocks);
    t->chunks = ARENA_ARRAY(t->arena, csv_chunk, job.n_blocks * MOST_CHUNKS + 1);
    for (size_t i = 0; i < job.n_blocks; i++) {
        bool more = i + 1 < job.n_blocks;
        job.blocks[i].place = first + i * size;
        job.blocks[i].last = more ? first + (i + 1) * size : end - 1;
        job.blocks[i].chunks = t->chunks + i * MOST_CHUNKS;
    }
    int threads = csv_threads(t);
    if (threads > 1)
        parallel_run(threads, index_blocks, &job);
    if (!join_blocks(t, &job, first, line))
        return false;
    report_progress(t, t->file.length);
    return t->n_rows > 0 || report_no_rows(t);
}
