/* Columns as codes of levels. */
#include "runtime/data/column.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Numbers of the caller: each distinct value is a level, called by its shortest decimal,
 * integers without an exponent. */
static void read_given_numbers(frame *f, column *c)
{
    arena_release(&f->scratch);
    size_t padded = column_padded(f), n_missing = 0;
    int32_t *codes = column_array(f, sizeof *codes);
    level_table bits = {.arena = &f->scratch}, names = {.arena = &f->scratch};
    for (size_t row = 0; row < padded; row++) {
        double x = row < f->n_rows ? c->given_values[row] : NAN;
        codes[row] = -1;
        if (isnan(x)) {
            n_missing += row < f->n_rows;
            continue;
        }
        x = x == 0 ? 0 : x; /* -0 is 0 */
        /* The bits of a double are a key of 8 bytes, which is never looked at as text. */
        codes[row] = level_table_code(&bits, (const char *)&x, sizeof x);
        if (codes[row] == names.count) {
            char text[32];
            if (x == floor(x) && fabs(x) < 1e15)
                snprintf(text, sizeof text, "%.0f", x);
            else
                format_double(text, x);
            level_table_code(&names, text, strlen(text));
        }
    }
    const level_table *tables[] = {&names};
    column_rename_codes(codes, 0, f->n_rows, *column_set_levels(f, c, tables, 1, codes, n_missing));
    arena_release(&f->scratch);
}

static void read_given_codes(frame *f, column *c)
{
    size_t padded = column_padded(f), n_missing = 0;
    int32_t *codes = column_array(f, sizeof *codes);
    for (size_t row = 0; row < padded; row++) {
        codes[row] = row < f->n_rows ? c->given_codes[row] : -1;
        n_missing += row < f->n_rows && codes[row] < 0;
    }
    column_set_written_levels(f, c, codes, n_missing);
}

static bool report_bad_level(frame *f, const column *c)
{
    for (size_t row = 0; row < f->n_rows; row++) {
        int32_t code = c->factor.codes[row];
        if (code < 0 || level_is_clean(c->factor.levels[code]))
            continue;
        diag *d = frame_report(f, DIAG_BAD_VALUE, c->name, row,
                               "`%s` is not UTF-8 text, or has control characters",
                               column_shown(f, c->factor.levels[code]));
        diag_add_hint(f->list, d, "convert the file: iconv -f latin1 -t utf-8");
        break;
    }
    return false;
}

static column *read_codes(frame *f, const char *name)
{
    column *c = column_find(f, name);
    if (!c)
        return NULL;
    if (!c->codes_read) {
        if (f->from_file)
            column_load(f, &(column_request){c, true}, 1);
        else if (c->given_codes)
            read_given_codes(f, c);
        else
            read_given_numbers(f, c);
    }
    return c->bad_level && !report_bad_level(f, c) ? NULL : c;
}

const frame_levels *frame_factor(frame *f, const char *name)
{
    column *c = read_codes(f, name);
    return c ? &c->factor : NULL;
}

/* "low", "mid", "high" */
static const char *list_levels(const frame *f, const char *const *levels, size_t n)
{
    enum { MOST = 12 };
    buf b;
    buf_init(&b, f->list->arena);
    for (size_t i = 0; i < n && i < MOST; i++)
        buf_printf(&b, "%s\"%s\"", i ? ", " : "", column_shown(f, levels[i]));
    if (n > MOST)
        buf_printf(&b, ", ... and %zu more", n - MOST);
    return buf_text(&b);
}

const frame_levels *frame_factor_written(frame *f, const char *name, const char *const *levels,
                                         size_t n_levels)
{
    const column *c = read_codes(f, name);
    if (!c)
        return NULL;
    const frame_levels *found = &c->factor;
    int32_t *rank = ARENA_ARRAY(&f->arena, int32_t, found->n_levels);
    for (int32_t i = 0; i < found->n_levels; i++) {
        rank[i] = -1;
        for (size_t j = 0; j < n_levels && rank[i] < 0; j++)
            if (strcmp(found->levels[i], levels[j]) == 0)
                rank[i] = (int32_t)j;
    }
    size_t padded = column_padded(f), n_other = 0;
    int32_t *codes = column_array(f, sizeof *codes);
    diag *d = NULL;
    for (size_t row = 0; row < padded; row++) {
        int32_t code = found->codes[row];
        codes[row] = code < 0 ? -1 : rank[code];
        if (code < 0 || rank[code] != -1)
            continue;
        rank[code] = -2; /* each level is reported once */
        if (n_other++ >= COLUMN_REPORTS)
            continue;
        d = frame_report(f, DIAG_OUTSIDE_TYPE, name, row, "`%s` is none of the levels %s",
                         column_shown(f, found->levels[code]), list_levels(f, levels, n_levels));
        const char *near = nearest_name(found->levels[code], levels, n_levels);
        if (near)
            diag_add_hint(f->list, d, "did you mean \"%s\"?", column_shown(f, near));
    }
    if (n_other > COLUMN_REPORTS)
        diag_add_note(f->list, d, NO_SPAN, "... and %zu more levels in this column",
                      n_other - COLUMN_REPORTS);
    if (n_other > 0)
        return NULL;
    frame_levels *written = ARENA_NEW(&f->arena, frame_levels);
    *written = (frame_levels){.name = c->name,
                              .codes = codes,
                              .n_missing = found->n_missing,
                              .n_levels = (int32_t)n_levels,
                              .levels = levels};
    return written;
}
