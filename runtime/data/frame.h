/* A table as typed columns: what the data give to a model that is bound to them.
 *
 * A frame is the inside of a `mlec_data`. It is filled once, from a file or from arrays of the
 * caller, and asked for columns by name after that. Reading is lazy: filling maps the file and
 * checks its shape (every row has as many fields as the header, every quote closes); the text of a
 * column becomes numbers or level codes when the column is asked for the first time, and stays in
 * the frame. A column that nobody asks for costs nothing and may hold anything.
 *
 * Rows are counted from 1 in messages and from 0 in arrays, without the header, and every array
 * has one element for each row of the file: leaving rows out is the caller's business, who sees
 * missing values as NaN and as the code -1. Messages also name the physical line in the file.
 *
 *   missing words   nothing, NA, NaN, `.`, null, in exactly this spelling and not quoted
 *                   (nothing between quotes is missing too; a quoted "NA" is text)
 *   numbers         decimal, read to the nearest double; no hexadecimal, no thousands separators.
 *                   A value beyond the largest double is an error, below the smallest one it is 0.
 *                   In files separated by `;` or tabs 1,5 is 1.5, unless another number of a used
 *                   column is written with a point: a mixture is an error.
 *   infinities      inf, infinity in any case, with a sign: refused unless asked for
 *
 * Memory: a frame owns all that it hands out; arrays live until frame_free. Functions that take a
 * `frame *` may allocate, and jump to the guard of frame_use when memory runs out; the frame can be
 * freed or used again after that. What goes wrong with the data is reported on the diag_list of
 * frame_use, and the function returns false or NULL.
 *
 * Threads: one at a time calls these functions. Reading starts threads of its own, which are gone
 * when the call returns; what is read and reported does not depend on how many there were.
 */
#ifndef RUNTIME_DATA_FRAME_H
#define RUNTIME_DATA_FRAME_H

#include "base/ctx.h"
#include "runtime/data/narrow.h"

#include <mlec.h>
#include <mlec_model.h>

typedef struct mlec_data frame;

/* ---- Life ---------------------------------------------------------------------------------- */

/* An empty frame, or NULL when there is no memory. `allocator` is copied. */
frame *frame_new(const mlec_allocator *allocator);
/* Where the next calls report and jump. Every public entry point that is handed a frame calls this
 * first: frame_use(f, &ctx->guard, &ctx->diags). A `const mlec_data *` of the public interface is
 * only promised not to change in content: cast it. */
void frame_use(frame *f, oom_guard *guard, diag_list *list);
/* The threads and the progress function of the next calls. NULL takes the progress function away,
 * which belongs to the public call in hand. A NULL frame is ignored. */
void frame_set_reading(frame *f, const mlec_options *options);
void frame_free(frame *f); /* NULL is ignored */

/* Fills an empty frame from a file (plain or gzip, "-" is standard input), or from `size` bytes
 * that messages call `name` (they are copied). After false the frame is good for frame_free only.
 */
bool frame_read(frame *f, const char *path);
bool frame_read_text(frame *f, const char *name, const char *bytes, size_t size);

/* Fills an empty frame with arrays that the caller keeps in place as long as the frame lives. */
void frame_set_rows(frame *f, size_t n_rows);
bool frame_add_real(frame *f, const char *name, const double *values); /* NaN is missing */
/* Codes 0 .. n_levels - 1, -1 is missing; the levels keep this order. */
bool frame_add_factor(frame *f, const char *name, const int32_t *codes, const char *const *levels,
                      size_t n_levels);

/* ---- Shape and names ----------------------------------------------------------------------- */

size_t frame_rows(const frame *f);
const char *frame_name(const frame *f); /* the file as given; NULL for arrays */
/* The header, in order; empty and repeated names are among them. */
size_t frame_names(const frame *f, const char *const **names);
/* Quietly: there is at least one column of this name. */
bool frame_has(const frame *f, const char *name);
/* Reports at `at`, the place in the model that uses the name, when no column has it
 * (unknown-column: with the nearest name and the names there are) or several have
 * (duplicate-column). The functions below do the same without a place. */
bool frame_require(frame *f, const char *name, span at);

/* ---- Columns ------------------------------------------------------------------------------- */

/* Arrays are 64-byte aligned and padded to a multiple of 8 rows: with 0, which is harmless in
 * vectors, codes with -1. Numbers are kept in their narrowest exact type. */
typedef struct {
    const char *name;
    narrow_column column; /* [rows]; missing is NaN */
    narrow_facts facts;
    /* frame_binary, when the column is text: the levels that became 0 and 1; else NULL. */
    const char *zero, *one;
} frame_column;

typedef struct {
    const char *name;
    const int32_t *codes; /* [rows]; missing is -1 */
    size_t n_missing;
    int32_t n_levels;
    const char *const *levels; /* every level of the file occurs; UTF-8 */
    const double *numbers;     /* [n_levels] when every level is a number, else NULL */
} frame_levels;

typedef struct {
    const char *name;
    bool as_factor; /* wanted by frame_factor; else by frame_real, or not known */
} frame_request;

/* Reads several columns in one pass over the text, which is several times faster than one after
 * the other. Names that do not exist and values that cannot be read are left for the functions
 * below to report. Calling it is never necessary. */
void frame_load(frame *f, const frame_request *requests, size_t n);

/* All values that are not missing are numbers (infinite ones count). For columns without a
 * declared type: what is not numeric is a factor. False, quietly, for names that do not exist. */
bool frame_is_numeric(frame *f, const char *name);

/* A column of numbers. Reports what is no number, up to 5 values, and infinite values unless
 * `allow_infinite` (limit columns). */
const frame_column *frame_real(frame *f, const char *name, bool allow_infinite);

/* A column as codes. Levels are the texts as written, so 10 and 10.0 differ; they are sorted, as
 * numbers when all of them are (equal ones by bytes), else by bytes. Columns added with
 * frame_add_factor keep their levels and order. */
const frame_levels *frame_factor(frame *f, const char *name);
/* The same with written levels, in their order; `levels` must live as long as the frame. Reports
 * values that are none of them. */
const frame_levels *frame_factor_written(frame *f, const char *name, const char *const *levels,
                                         size_t n_levels);

/* A column of 0 and 1, from numbers 0 and 1, true/false, t/f, yes/no in any case, or text with two
 * levels, of which the second in sorted order is 1. `use`, or NULL for all, has a byte for each
 * row: where it is 0 the value does not count and is NaN unless it reads as 0 or 1. */
const frame_column *frame_binary(frame *f, const char *name, const uint8_t *use);

/* Every value is of the type: REAL, POSITIVE (0 excluded), UNIT, INTERVAL and INT (lower, upper
 * included), COUNT. Reports up to 5 values that are not. Missing values pass; `use` as above.
 * BINARY and FACTOR are checked by frame_binary and frame_factor_written; for them this returns
 * true. */
bool frame_check(frame *f, const char *name, mlec_type type, double lower, double upper,
                 const uint8_t *use);

/* ---- Messages ------------------------------------------------------------------------------ */

/* Adds the report "row 7, column y: ...", placed at the field in the file. `row` is from 0. For
 * what only the caller can see: missing values under --na error, negative weights, support. */
diag *frame_report(frame *f, diag_code code, const char *name, size_t row, const char *fmt, ...)
    __attribute__((format(printf, 5, 6)));
/* The physical line of a row, from 1; 0 for arrays. */
uint32_t frame_line(const frame *f, size_t row);
/* The value as it is written in the file, fit for a message: control characters escaped, cut
 * after 40 bytes. */
const char *frame_text(frame *f, const char *name, size_t row);

#endif
