/* A growing text buffer: dumps, reports, generated sources. */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include "base/alloc.h"

typedef struct {
    arena *arena;
    char *text; /* always 0-terminated once anything was written */
    size_t length, capacity;
} buf;

void buf_init(buf *b, arena *a);
void buf_add(buf *b, const char *s, size_t n);
void buf_puts(buf *b, const char *s);
void buf_putc(buf *b, char c);
void buf_printf(buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* The shortest decimal that reads back to the same double; nan, inf, -inf in words. */
void buf_double(buf *b, double x);
/* The text so far; "" when nothing was written. */
const char *buf_text(const buf *b);

/* Writes the shortest decimal that reads back to `x` into `out` (at least 32 bytes). */
void format_double(char *out, double x);

#endif
