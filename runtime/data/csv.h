/* Delimited text as rows of fields.
 *
 * The reader is our own, over mapped memory. Measured on one core and the same numeric file: libcsv
 * with our number parser 211 to 248 MB/s, with silent losses and no line numbers; R's fread 335
 * MB/s; a plain reader over mmap 550 MB/s. What users of models need of CSV is small enough to own,
 * and its errors are half of the work: each names the row, the line, and what to do.
 *
 * The dialect.
 *   separator   `,` `;` or tab: the one that occurs most in the header line outside quotes; between
 *               several, one that cuts the first row into as many fields is preferred. A first line
 *               `sep=;`, as spreadsheets write it, is obeyed.
 *   line ends   LF, CR LF, CR alone, also mixed
 *   blanks      spaces and tabs (where no tab separates) around fields do not count
 *   quotes      "..." around a whole field; a quote inside is doubled; line ends inside are text
 *   header      the first line that is not blank, after a UTF-8 byte order mark if there is one
 *   blank lines skipped, in the middle and at the end. In a file with one column a blank line in
 *               the middle is a missing value.
 *   comments    there are none; a message about the first line says so
 * Every row has as many fields as the header. There are no NUL bytes.
 *
 * Opening a table runs once over the text and checks all that, and notes where each chunk of about
 * 64 KiB begins, with its row and line number. After that no check is needed. In most chunks (the
 * `regular` ones) records end with LF and there are no blank lines; there fields are cut 64 bytes
 * at a time: one mask of the bytes that are separators or LF, without those between quotes, which
 * lie where the number of quotes before is odd.
 *
 * Both passes, this one and the one of load.c, run on several threads, in blocks of CSV_BLOCK
 * chunks; csv_index.c says how a thread can begin in the middle of a text. What is found does not
 * depend on the number of threads. A mapped file that is larger than CSV_WINDOW is given back to
 * the system block by block, so that it does not count as memory in use.
 *
 * measured: see frame.c.
 */
#ifndef RUNTIME_DATA_CSV_H
#define RUNTIME_DATA_CSV_H

#include "runtime/data/text_file.h"

enum { CSV_BLOCK = 16, CSV_WINDOW = 8 << 20 };

/* A run of whole records. Chunk n_chunks, the one after the last, is where the rows end. */
typedef struct {
    size_t offset;
    size_t row;    /* of the first record, from 0 */
    uint32_t line; /* of the first record, from 1 */
    bool regular;  /* every record ends with the next LF outside quotes */
} csv_chunk;

/* How a table is read; see mlec_options. */
typedef struct {
    int threads; /* 0: one for each core */
    mlec_read_progress progress;
    void *progress_user;
} csv_reading;

enum { CSV_INSIDE, CSV_BLANK, CSV_END }; /* kinds of bytes; CSV_END: separator, CR, LF, NUL */

typedef struct {
    arena *arena;     /* what the table holds; its guard is where memory failures go */
    diag_list *list;  /* where reports go; changed by frame_use */
    const char *name; /* of the file, printable */
    text_file file;
    char separator;
    uint8_t kind[256];
    uint32_t header_line;
    uint32_t n_columns;
    const char **names; /* 0-terminated; never NULL */
    size_t n_rows;
    csv_chunk *chunks;
    size_t n_chunks;
    size_t chunk_size; /* a chunk ends with the first record that reaches it; tests make it small */
    csv_reading reading;
} csv_table;

/* A field without the blanks around it, and without its quotes. */
typedef struct {
    const char *begin, *end;
    const char *at; /* where messages point: the first byte, the quote if there is one */
    bool quoted;
    bool doubled; /* there are doubled quotes in it */
} csv_field;

/* Opens the file at `path`, or a copy of `size` bytes called `name`. False after a report. What was
 * opened is closed by csv_close in any case. */
void csv_init(csv_table *t, arena *a);
bool csv_open(csv_table *t, const char *path, diag_list *list);
bool csv_open_text(csv_table *t, const char *name, const char *bytes, size_t size, diag_list *list);
void csv_close(csv_table *t);

/* The field that begins at p, in a table that was opened without error; returns the byte behind it,
 * which is of kind CSV_END. */
const char *csv_read_field(const csv_table *t, const char *p, csv_field *field);
/* The first record from the start of a line on: in files with several columns blank lines are
 * passed over. */
const char *csv_first_record(const csv_table *t, const char *p);
/* The next record, where `p` is the end of a record's last field. */
const char *csv_next_record(const csv_table *t, const char *p);
/* The text of a field, with doubled quotes single, in `a`. */
const char *csv_text(arena *a, const csv_field *field);

/* The line of a row (from 0): at once where each row is a line, else as csv_find_row. */
uint32_t csv_find_line(const csv_table *t, size_t row);
/* Where a row begins, and its line. Goes through the chunk that has the row. */
const char *csv_find_row(const csv_table *t, size_t row, uint32_t *line);
/* How many threads a pass over the table takes. */
int csv_threads(const csv_table *t);
/* Bytes [begin, end) of the text will not be needed for a while. */
void csv_leave(const csv_table *t, size_t begin, size_t end);

/* Line ends in [begin, end). */
uint32_t csv_count_lines(const char *begin, const char *end);
/* Adds the place of a byte in the file to a report. */
void csv_place(const csv_table *t, diag *d, uint32_t line, const char *at);

#endif
