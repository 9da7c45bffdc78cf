#include "base/buf.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void buf_init(buf *b, arena *a) { *b = (buf){.arena = a}; }

static void reserve(buf *b, size_t extra)
{
    if (b->length + extra + 1 <= b->capacity)
        return;
    size_t capacity = b->capacity ? 2 * b->capacity : 256;
    while (capacity < b->length + extra + 1)
        capacity *= 2;
    b->text = arena_grow(b->arena, b->text, b->length, capacity);
    b->capacity = capacity;
}

void buf_add(buf *b, const char *s, size_t n)
{
    reserve(b, n);
    memcpy(b->text + b->length, s, n);
    b->length += n;
    b->text[b->length] = 0;
}

void buf_puts(buf *b, const char *s) { buf_add(b, s, strlen(s)); }

void buf_putc(buf *b, char c) { buf_add(b, &c, 1); }

void buf_printf(buf *b, const char *fmt, ...)
{
    va_list args, again;
    va_start(args, fmt);
    va_copy(again, args);
    int n = vsnprintf(NULL, 0, fmt, args);
    va_end(args);
    if (n > 0) {
        reserve(b, (size_t)n);
        vsnprintf(b->text + b->length, (size_t)n + 1, fmt, again);
        b->length += (size_t)n;
    }
    va_end(again);
}

void format_double(char *out, double x)
{
    if (isnan(x)) {
        strcpy(out, "nan");
        return;
    }
    if (isinf(x)) {
        strcpy(out, x < 0 ? "-inf" : "inf");
        return;
    }
    if (fabs(x) < 1e15 && x == floor(x)) { /* 400, not 4e+02 */
        snprintf(out, 32, "%.0f", x);
        return;
    }
    for (int digits = 1; digits <= 17; digits++) {
        snprintf(out, 32, "%.*g", digits, x);
        if (strtod(out, NULL) == x)
            break;
    }
    char *comma = strchr(out, ','); /* whatever locale the host program has set */
    if (comma)
        *comma = '.';
}

void buf_double(buf *b, double x)
{
    char text[32];
    format_double(text, x);
    buf_puts(b, text);
}

const char *buf_text(const buf *b) { return b->text ? b->text : ""; }
