/* Diagnostics: what is wrong, where, why, and what to do about it.
 *
 * Every diagnostic is one row in diag.def. A report has a code, a span, a message, and optionally a
 * note at another place, a hint, the parameters or rows it is about. Reports are collected on a
 * `diag_list`; nothing is printed here. */
#ifndef BASE_DIAG_H
#define BASE_DIAG_H

#include "base/alloc.h"
#include "base/buf.h"

typedef enum { DIAG_NOTE, DIAG_WARNING, DIAG_ERROR } diag_severity;

typedef enum {
#define DIAG(id, name, severity, class, meaning) DIAG_##id,
#include "base/diag.def"
#undef DIAG
    DIAG_COUNT
} diag_code;

/* Which exit status an error asks for. */
typedef enum { DIAG_MODEL = 2, DIAG_DATA = 3, DIAG_FIT = 1 } diag_class;

typedef struct {
    const char *code;    /* "unknown-name" */
    const char *meaning; /* one sentence: what this code is about */
    diag_severity severity;
    diag_class class;
} diag_info;
extern const diag_info diag_table[DIAG_COUNT];

/* One text that spans point into: a model, the command line, the prelude. */
typedef struct {
    const char *name; /* shown in messages */
    const char *text;
    uint32_t length;
} source_text;

/* Bytes [begin, end) of source number `file` (0 means nowhere). */
typedef struct {
    uint32_t file, begin, end;
} span;

#define NO_SPAN ((span){0, 0, 0})
span span_join(span a, span b);

/* Line and column, from 1; columns count characters (code points), not bytes. */
typedef struct {
    uint32_t line, column;
} source_place;

typedef struct diag_note {
    span at;
    const char *text;
    struct diag_note *next;
} diag_note;

typedef struct diag {
    diag_code code;
    diag_severity severity;
    span at;
    const char *file;      /* for places outside a source_text (data files), else NULL */
    uint32_t line, column; /* likewise; 0 when unknown */
    const char *message, *hint;
    diag_note *notes;
    const char **parameters; /* names */
    uint32_t n_parameters;
    int64_t *rows; /* 1-based data rows */
    uint32_t n_rows;
    struct diag *next;
} diag;

typedef struct {
    arena *arena;
    source_text *sources; /* [1 ..] */
    uint32_t n_sources;
    diag *first, *last;
    uint32_t n_errors, n_warnings;
    uint32_t limit; /* errors kept; more are counted only */
} diag_list;

void diag_init(diag_list *l, arena *a);
/* Registers a text and returns its number. `text` must outlive the list. */
uint32_t diag_add_source(diag_list *l, const char *name, const char *text, size_t length);

/* Adds a report. A second error at the same place is dropped (its cause is reported already);
 * then the returned report is a scratch one. Never NULL. */
diag *diag_report(diag_list *l, diag_code code, span at, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
void diag_add_hint(diag_list *l, diag *d, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
void diag_add_note(diag_list *l, diag *d, span at, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
void diag_add_parameter(diag_list *l, diag *d, const char *name);
void diag_add_row(diag_list *l, diag *d, int64_t row);
/* Takes back the warnings with this code about source texts named `name`: a later error explains
 * what they said. */
void diag_withdraw(diag_list *l, diag_code code, const char *name);
/* A place in a file that is not a source_text: a data file. */
void diag_set_place(diag_list *l, diag *d, const char *file, uint32_t line, uint32_t column);

source_place source_locate(const source_text *s, uint32_t offset);
/* "file:line:column: error: message", the line with carets, notes, hint. */
void diag_render(const diag_list *l, const diag *d, buf *out);

/* The candidate nearest to `name` (edit distance with transpositions, at most a third of its
 * length), or NULL. */
const char *nearest_name(const char *name, const char *const *candidates, size_t n);
/* `s` with control characters and invalid UTF-8 shown as \xNN, cut after `max` bytes. */
const char *printable(arena *a, const char *s, size_t n, size_t max);

#endif
