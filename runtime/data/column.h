/* The inside of a frame: its columns in the forms they were asked for. Shared by the files that
 * implement frame.h. */
#ifndef RUNTIME_DATA_COLUMN_H
#define RUNTIME_DATA_COLUMN_H

#include "runtime/data/csv.h"
#include "runtime/data/frame.h"

typedef struct {
    const char *name;
    uint32_t index;
    /* Arrays of the caller; all NULL in a file. */
    const double *given_values;
    const int32_t *given_codes;
    const char *const *given_levels;
    size_t n_given_levels;
    /* As numbers. `numbers.column` is empty when one was not readable. */
    bool numbers_read;
    frame_column numbers;
    size_t n_infinite;
    size_t n_text;     /* neither missing nor a number; at least 1 where reading stopped at one */
    size_t n_overflow; /* beyond the largest double */
    size_t n_mixed;    /* the decimal point is unlike that of the numbers before */
    char point;        /* '.' or ',' as far as seen, else 0 */
    size_t point_row;  /* where it was seen first */
    /* As codes. */
    bool codes_read;
    frame_levels factor;
    bool bad_level; /* a level is not UTF-8 or has control characters */
    frame_column *binary;
} column;

struct mlec_data {
    mlec_allocator allocator;
    arena arena;   /* everything but the text */
    arena scratch; /* of one load */
    diag_list *list;
    csv_table table;
    bool from_file;
    size_t n_rows;
    uint32_t n_columns;
    const char **names;
    column **columns; /* [n_columns]; NULL until asked for */
    /* How the numbers of used columns are written, and which column said so first. */
    char point;
    const column *point_column;
};

/* At most this many values are reported for each column. */
enum { COLUMN_REPORTS = 5, COLUMN_SHOWN = 40 };

/* The column of a name; NULL after a report, or without one. */
column *column_find(frame *f, const char *name);
column *column_find_quietly(frame *f, const char *name);
/* A name or level, fit for a message. */
const char *column_shown(const frame *f, const char *text);
/* Fills in the column's numbers, where they can be read. */
void column_read_numbers(frame *f, column *c);

/* The rows, rounded up to a multiple of 8; a 64-byte aligned array of as many elements, not
 * initialised. */
size_t column_padded(const frame *f);
void *column_array(frame *f, size_t element_size);
/* An array of numbers of that type; zeros behind the rows. */
void *column_numbers(frame *f, narrow_type type);

/* Reads the columns that were not read yet, in one pass: as codes where as_factor, else as
 * numbers; a column that begins with text is read as codes instead. */
typedef struct {
    column *column;
    bool as_factor;
} column_request;
void column_load(frame *f, column_request *requests, size_t n);

/* One value as text: missing, a number, or something else. */
typedef enum {
    VALUE_MISSING,
    VALUE_NUMBER,
    VALUE_INFINITE,
    VALUE_OVERFLOW,
    VALUE_MIXED, /* a number, but written with the other decimal point than *point */
    VALUE_TEXT
} value_kind;
/* `point` is '.', ',' or 0; where it is 0 and the number has a point of either kind, it is set. */
value_kind value_read(const csv_table *t, const csv_field *field, char *point, double *out);
bool value_is_missing(const csv_field *field);

/* Levels in the making: distinct texts numbered in the order of their first sight. Up to 16 bytes
 * are their own key. */
typedef struct {
    uint64_t key[2];
    const char *text; /* the table's own, 0-terminated */
    uint32_t length;
    int32_t code;
} level_slot;
typedef struct {
    arena *arena;
    level_slot *slots; /* open addressing, a power of two; NULL while there is none */
    uint32_t capacity;
    int32_t count;
} level_table;
/* The code of a text of at least one byte; 8 bytes are readable. */
int32_t level_table_code(level_table *t, const char *text, size_t length);
/* Joins the levels of n tables, sorts them and fills in c->factor, whose codes are yet to be
 * renamed: code i of table k becomes rank[k][i]. The ranks are in f->scratch. */
const int32_t *const *column_set_levels(frame *f, column *c, const level_table *const *tables,
                                        size_t n, int32_t *codes, size_t n_missing);
void column_rename_codes(int32_t *codes, size_t begin, size_t end, const int32_t *rank);
/* The same for levels in the order of the caller's. */
void column_set_written_levels(frame *f, column *c, int32_t *codes, size_t n_missing);
/* Well-formed UTF-8 without control characters but tab and line ends. */
bool level_is_clean(const char *s);

#endif
