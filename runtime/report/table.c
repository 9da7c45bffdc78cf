#include "runtime/report/table.h"

#include <string.h>

enum { GAP = 2 };

/* Marks the rest of a row whose first cell is a whole line. */
static const char spanned[] = "";

size_t text_width(const char *s)
{
    size_t n = 0;
    for (; *s; s++)
        n += ((unsigned char)*s & 0xC0) != 0x80;
    return n;
}

void table_init(table *t, arena *a, size_t columns, const char **heads)
{
    *t = (table){.arena = a, .columns = columns, .heads = heads};
}

void table_add(table *t, const char *text) { VEC_PUSH(t->arena, t->cells, text); }

void table_add_line(table *t, const char *text)
{
    table_add(t, text);
    for (size_t c = 1; c < t->columns; c++)
        table_add(t, spanned);
}

static bool is_line(const table *t, size_t row)
{
    return t->columns > 1 && t->cells.data[row * t->columns + 1] == spanned;
}

/* Whether the cell is aligned by its point, and how many characters stand right of where that is.
 */
static bool by_point(const table *t, size_t column, const char *cell, size_t *after)
{
    const char *digit = cell + (*cell == '-');
    if (!(t->points >> column & 1) || *digit < '0' || *digit > '9')
        return false;
    *after = strlen(cell + strcspn(cell, ".e"));
    return true;
}

/* Characters right of the point that the column needs. */
static size_t column_tail(const table *t, size_t column)
{
    size_t most = 0, after;
    for (size_t row = 0; row < t->cells.count / t->columns; row++)
        if (!is_line(t, row) &&
            by_point(t, column, t->cells.data[row * t->columns + column], &after) && after > most)
            most = after;
    return most;
}

/* The widest cell of a column. */
static size_t column_width(const table *t, size_t column)
{
    size_t widest = text_width(t->heads[column]), tail = column_tail(t, column), after;
    for (size_t row = 0; row < t->cells.count / t->columns; row++) {
        const char *cell = t->cells.data[row * t->columns + column];
        size_t w = text_width(cell);
        if (is_line(t, row))
            continue;
        if (by_point(t, column, cell, &after))
            w += tail - after;
        widest = w > widest ? w : widest;
    }
    return widest;
}

size_t table_width(const table *t, size_t first_column)
{
    size_t sum = first_column;
    for (size_t c = 1; c < t->columns; c++)
        if (column_width(t, c) > 0)
            sum += GAP + column_width(t, c);
    return sum;
}

static void pad(buf *out, size_t n)
{
    while (n-- > 0)
        buf_putc(out, ' ');
}

/* Blanks at the end of a line are not written. `tails` NULL: nothing is aligned by points. */
static void write_row(const table *t, const char *const *cells, const size_t *widths,
                      const size_t *tails, buf *out)
{
    size_t owed = 0, used = text_width(cells[0]), after;
    buf_puts(out, cells[0]);
    if (used > widths[0]) {
        buf_putc(out, '\n');
        used = 0;
    }
    owed = widths[0] - used;
    for (size_t c = 1; c < t->columns; c++) {
        if (widths[c] == 0)
            continue;
        size_t w = text_width(cells[c]),
               behind = tails && by_point(t, c, cells[c], &after) ? tails[c] - after : 0;
        owed += GAP + widths[c] - w - behind;
        if (w > 0) {
            pad(out, owed);
            buf_puts(out, cells[c]);
            owed = 0;
        }
        owed += behind;
    }
    buf_putc(out, '\n');
}

void table_write(const table *t, size_t width, buf *out)
{
    enum { MOST_COLUMNS = 16 };
    size_t widths[MOST_COLUMNS] = {0}, tails[MOST_COLUMNS] = {0};
    for (size_t c = 0; c < t->columns && c < MOST_COLUMNS; c++) {
        widths[c] = column_width(t, c);
        tails[c] = column_tail(t, c);
    }
    size_t rest = table_width(t, 0), least = text_width(t->heads[0]);
    size_t room = width > rest + least ? width - rest : least;
    if (widths[0] > room)
        widths[0] = room;
    write_row(t, t->heads, widths, NULL, out);
    for (size_t row = 0; row < t->cells.count / t->columns; row++) {
        const char *const *cells = t->cells.data + row * t->columns;
        if (is_line(t, row)) {
            buf_puts(out, cells[0]);
            buf_putc(out, '\n');
        } else {
            write_row(t, cells, widths, tails, out);
        }
    }
}

void text_wrap(const char *s, size_t width, size_t indent, buf *out)
{
    size_t column = 0;
    bool fresh = true;
    while (*s) {
        size_t space = strspn(s, " \n");
        s += space;
        size_t length = strcspn(s, " \n");
        if (length == 0)
            break;
        size_t w = 0;
        for (size_t i = 0; i < length; i++)
            w += ((unsigned char)s[i] & 0xC0) != 0x80;
        if (!fresh && column + 1 + w > width) {
            buf_putc(out, '\n');
            pad(out, indent);
            column = indent;
            fresh = true;
        }
        if (!fresh) {
            buf_putc(out, ' ');
            column++;
        }
        buf_add(out, s, length);
        column += w;
        fresh = false;
        s += length;
    }
    buf_putc(out, '\n');
}
