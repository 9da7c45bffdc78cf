#include "base/diag.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const diag_info diag_table[DIAG_COUNT] = {
#define DIAG(id, name, severity, class, meaning)                                                   \
    [DIAG_##id] = {name, meaning, DIAG_##severity, DIAG_##class},
#include "base/diag.def"
#undef DIAG
};

enum { DIAG_LIMIT = 50, SHOWN_COLUMNS = 160 };

void diag_init(diag_list *l, arena *a)
{
    *l = (diag_list){.arena = a, .limit = DIAG_LIMIT};
    l->sources = ARENA_ARRAY(a, source_text, 1);
}

uint32_t diag_add_source(diag_list *l, const char *name, const char *text, size_t length)
{
    size_t size = sizeof *l->sources * (l->n_sources + 1);
    l->sources = arena_grow(l->arena, l->sources, size, size + sizeof *l->sources);
    l->sources[++l->n_sources] = (source_text){name, text, (uint32_t)length};
    return l->n_sources;
}

span span_join(span a, span b)
{
    if (!a.file)
        return b;
    if (a.file != b.file)
        return a;
    return (span){a.file, a.begin < b.begin ? a.begin : b.begin, a.end > b.end ? a.end : b.end};
}

static char *vformat(arena *a, const char *fmt, va_list args)
{
    va_list again;
    va_copy(again, args);
    int n = vsnprintf(NULL, 0, fmt, args);
    char *p = arena_alloc(a, (size_t)(n < 0 ? 0 : n) + 1);
    p[0] = 0;
    if (n > 0)
        vsnprintf(p, (size_t)n + 1, fmt, again);
    va_end(again);
    return p;
}

static bool already_reported(const diag_list *l, span at)
{
    if (!at.file)
        return false;
    for (const diag *d = l->first; d; d = d->next)
        if (d->severity == DIAG_ERROR && d->at.file == at.file && d->at.begin == at.begin &&
            d->at.end == at.end)
            return true;
    return false;
}

diag *diag_report(diag_list *l, diag_code code, span at, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    diag *d = ARENA_NEW(l->arena, diag);
    d->code = code;
    d->severity = diag_table[code].severity;
    d->at = at;
    d->message = vformat(l->arena, fmt, args);
    va_end(args);
    if (d->severity == DIAG_ERROR && already_reported(l, at))
        return d;
    bool keep = true;
    if (d->severity == DIAG_ERROR)
        keep = l->n_errors++ < l->limit;
    else if (d->severity == DIAG_WARNING)
        l->n_warnings++;
    if (keep) {
        *(l->last ? &l->last->next : &l->first) = d;
        l->last = d;
    }
    return d;
}

void diag_add_hint(diag_list *l, diag *d, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    d->hint = vformat(l->arena, fmt, args);
    va_end(args);
}

void diag_add_note(diag_list *l, diag *d, span at, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    diag_note *n = ARENA_NEW(l->arena, diag_note), **end = &d->notes;
    n->at = at;
    n->text = vformat(l->arena, fmt, args);
    va_end(args);
    while (*end)
        end = &(*end)->next;
    *end = n;
}

void diag_add_parameter(diag_list *l, diag *d, const char *name)
{
    size_t size = sizeof *d->parameters * d->n_parameters;
    d->parameters = arena_grow(l->arena, d->parameters, size, size + sizeof *d->parameters);
    d->parameters[d->n_parameters++] = arena_strdup(l->arena, name);
}

void diag_add_row(diag_list *l, diag *d, int64_t row)
{
    size_t size = sizeof *d->rows * d->n_rows;
    d->rows = arena_grow(l->arena, d->rows, size, size + sizeof *d->rows);
    d->rows[d->n_rows++] = row;
}

void diag_withdraw(diag_list *l, diag_code code, const char *name)
{
    diag **link = &l->first;
    l->last = NULL;
    while (*link) {
        diag *d = *link;
        bool meant = d->code == code && d->severity == DIAG_WARNING && d->at.file &&
                     !strcmp(l->sources[d->at.file].name, name);
        l->n_warnings -= meant;
        if (meant) {
            *link = d->next;
        } else {
            l->last = d;
            link = &d->next;
        }
    }
}

void diag_set_place(diag_list *l, diag *d, const char *file, uint32_t line, uint32_t column)
{
    d->file = file ? arena_strdup(l->arena, file) : NULL;
    d->line = line;
    d->column = column;
}

static bool starts_character(char c) { return ((unsigned char)c & 0xC0) != 0x80; }

source_place source_locate(const source_text *s, uint32_t offset)
{
    source_place p = {1, 1};
    if (offset > s->length)
        offset = s->length;
    for (uint32_t i = 0; i < offset; i++) {
        if (s->text[i] == '\n')
            p = (source_place){p.line + 1, 1};
        else if (starts_character(s->text[i]))
            p.column++;
    }
    return p;
}

static void render_line(const source_text *s, span at, buf *out)
{
    uint32_t begin = at.begin < s->length ? at.begin : s->length;
    uint32_t first = begin, last = begin;
    while (first > 0 && s->text[first - 1] != '\n')
        first--;
    while (last < s->length && s->text[last] != '\n' && s->text[last] != '\r')
        last++;
    if (begin - first > SHOWN_COLUMNS)
        return;
    if (last - first > SHOWN_COLUMNS)
        last = first + SHOWN_COLUMNS;
    source_place place = source_locate(s, begin);
    buf_printf(out, "%6u | ", place.line);
    for (uint32_t i = first; i < last; i++)
        buf_putc(out, (unsigned char)s->text[i] < 32 ? ' ' : s->text[i]);
    buf_puts(out, "\n       | ");
    for (uint32_t i = first; i < begin; i++)
        if (starts_character(s->text[i]))
            buf_putc(out, ' ');
    buf_putc(out, '^');
    uint32_t end = at.end < last ? at.end : last;
    for (uint32_t i = begin + 1; i < end; i++)
        if (starts_character(s->text[i]))
            buf_putc(out, '~');
    buf_putc(out, '\n');
}

static void render_place(const diag_list *l, span at, buf *out)
{
    if (!at.file || at.file > l->n_sources)
        return;
    const source_text *s = &l->sources[at.file];
    source_place p = source_locate(s, at.begin);
    buf_printf(out, "%s:%u:%u: ", s->name, p.line, p.column);
}

void diag_render(const diag_list *l, const diag *d, buf *out)
{
    static const char *const words[] = {"note", "warning", "error"};
    if (d->file) {
        buf_printf(out, "%s:", d->file);
        if (d->line)
            buf_printf(out, "%u:", d->line);
        if (d->column)
            buf_printf(out, "%u:", d->column);
        buf_putc(out, ' ');
    } else {
        render_place(l, d->at, out);
    }
    buf_printf(out, "%s: %s [%s]\n", words[d->severity], d->message, diag_table[d->code].code);
    if (!d->file && d->at.file && d->at.file <= l->n_sources)
        render_line(&l->sources[d->at.file], d->at, out);
    for (const diag_note *n = d->notes; n; n = n->next) {
        render_place(l, n->at, out);
        buf_printf(out, "note: %s\n", n->text);
        if (n->at.file && n->at.file <= l->n_sources)
            render_line(&l->sources[n->at.file], n->at, out);
    }
    if (d->hint)
        buf_printf(out, "  hint: %s\n", d->hint);
}

/* Optimal string alignment: insertions, deletions, substitutions, transpositions. */
static size_t edit_distance(const char *a, const char *b)
{
    enum { LONGEST = 64 };
    size_t n = strlen(a), m = strlen(b);
    if (n > LONGEST || m > LONGEST)
        return n > m ? n : m;
    size_t rows[3][LONGEST + 1];
    size_t *before = rows[0], *above = rows[1], *row = rows[2];
    for (size_t j = 0; j <= m; j++)
        above[j] = j;
    for (size_t i = 1; i <= n; i++) {
        row[0] = i;
        for (size_t j = 1; j <= m; j++) {
            size_t best = above[j - 1] + (a[i - 1] != b[j - 1]);
            if (above[j] + 1 < best)
                best = above[j] + 1;
            if (row[j - 1] + 1 < best)
                best = row[j - 1] + 1;
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
                before[j - 2] + 1 < best)
                best = before[j - 2] + 1;
            row[j] = best;
        }
        size_t *swap = before;
        before = above;
        above = row;
        row = swap;
    }
    return above[m];
}

static bool same_but_case(const char *a, const char *b)
{
    for (; *a && *b; a++, b++) {
        char x = *a >= 'A' && *a <= 'Z' ? (char)(*a + 32) : *a;
        char y = *b >= 'A' && *b <= 'Z' ? (char)(*b + 32) : *b;
        if (x != y)
            return false;
    }
    return *a == *b;
}

const char *nearest_name(const char *name, const char *const *candidates, size_t n)
{
    const char *best = NULL;
    size_t length = strlen(name);
    size_t best_distance = (length + 2) / 3 + 1;
    for (size_t i = 0; i < n; i++) {
        if (same_but_case(name, candidates[i]))
            return candidates[i];
        size_t d = edit_distance(name, candidates[i]);
        if (d < best_distance && d < length) {
            best_distance = d;
            best = candidates[i];
        }
    }
    return best;
}

/* The length of the valid UTF-8 sequence at s, or 0. */
static size_t utf8_length(const unsigned char *s, size_t n)
{
    size_t need = s[0] < 0x80   ? 1
                  : s[0] < 0xC2 ? 0
                  : s[0] < 0xE0 ? 2
                  : s[0] < 0xF0 ? 3
                  : s[0] < 0xF5 ? 4
                                : 0;
    if (!need || need > n)
        return 0;
    for (size_t i = 1; i < need; i++)
        if ((s[i] & 0xC0) != 0x80)
            return 0;
    return need;
}

const char *printable(arena *a, const char *s, size_t n, size_t max)
{
    buf b;
    buf_init(&b, a);
    size_t i = 0;
    while (i < n && i < max) {
        const unsigned char *p = (const unsigned char *)s + i;
        size_t k = utf8_length(p, n - i);
        if (k == 0 || (k == 1 && (*p < 32 || *p == 127)) ||
            (k == 2 && p[0] == 0xC2 && p[1] < 0xA0)) {
            buf_printf(&b, "\\x%02X", *p);
            i++;
        } else {
            buf_add(&b, s + i, k);
            i += k;
        }
    }
    if (i < n)
        buf_puts(&b, "...");
    return buf_text(&b);
}
