/* Tables and paragraphs of a fixed width. */
#ifndef RUNTIME_REPORT_TABLE_H
#define RUNTIME_REPORT_TABLE_H

#include "base/buf.h"

/* A table of texts: the first column is left-aligned, the others right-aligned, or by their decimal
 * points where `points` says so and the cell is a number. An empty cell is blank. A first cell too
 * long for the width gets a line of its own. */
typedef struct {
    arena *arena;
    size_t columns;
    unsigned points;    /* bit c: column c */
    const char **heads; /* columns; owned by the caller */
    VEC(const char *) cells;
} table;

void table_init(table *t, arena *a, size_t columns, const char **heads);
/* Adds a cell; rows fill from the left. `text` must live as long as the table. */
void table_add(table *t, const char *text);
/* A row that holds one text across all columns. */
void table_add_line(table *t, const char *text);
size_t table_width(const table *t, size_t first_column);
void table_write(const table *t, size_t width, buf *out);

/* Characters, not bytes. */
size_t text_width(const char *s);
/* `s` broken at spaces; lines after the first are indented. Ends with a newline. */
void text_wrap(const char *s, size_t width, size_t indent, buf *out);

#endif
