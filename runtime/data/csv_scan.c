#include "runtime/data/csv_scan.h"

enum { SHOWN = 40 };

static const char *scan_quoted(const csv_table *t, const char *p, record_scan *r)
{
    const char *end = t->file.bytes + t->file.length;
    bool doubled = false;
    r->opened = p;
    const char *close = closing_quote(p + 1, end, &doubled);
    const char *nul = memchr(p, 0, (size_t)(close - p));
    if (close == end || nul) {
        r->status = close == end ? SCAN_OPEN_QUOTE : SCAN_NUL;
        r->at = close == end ? p : nul;
        return end;
    }
    for (p = close + 1; is_blank(t, *p); p++)
        ;
    if (!is_end(t, *p) || (!*p && p < end)) {
        r->status = *p ? SCAN_AFTER_QUOTE : SCAN_NUL;
        r->at = p;
        return end;
    }
    r->opened = NULL;
    return p;
}

record_scan scan_record(const csv_table *t, const char *p)
{
    const char *end = t->file.bytes + t->file.length;
    record_scan r = {.status = SCAN_OK, .blank = true};
    for (;; p++) {
        if (++r.fields == t->n_columns + 1)
            r.extra = p;
        while (is_blank(t, *p))
            p++;
        if (*p == '"') {
            r.blank = false;
            p = scan_quoted(t, p, &r);
        } else {
            for (; !is_end(t, *p) && *p != '"'; p++)
                r.blank = false;
            if (*p == '"' || (!*p && p < end)) {
                r.status = *p ? SCAN_BARE_QUOTE : SCAN_NUL;
                r.at = p;
            }
        }
        if (r.status != SCAN_OK || *p != t->separator)
            break;
        r.blank = false;
    }
    r.next = p < end ? pass_line_end(p) : end;
    return r;
}

/* "row 7, column y", "row 7, field 3" or "the header". */
static const char *scan_place(const csv_table *t, const record_scan *r, size_t row)
{
    arena *a = t->list->arena;
    if (row == 0)
        return "the header";
    if (r->fields > t->n_columns)
        return arena_printf(a, "row %zu, field %u", row, r->fields);
    const char *name = t->names[r->fields - 1];
    return arena_printf(a, "row %zu, column %s", row, printable(a, name, strlen(name), SHOWN));
}

bool scan_report(const csv_table *t, const record_scan *r, const char *record, size_t row,
                 uint32_t line)
{
    if (r->status == SCAN_OK)
        return true;
    const char *place = scan_place(t, r, row);
    uint32_t opened = r->opened ? line + csv_count_lines(record, r->opened) : 0;
    diag *d = NULL;
    switch (r->status) {
    case SCAN_OK: break;
    case SCAN_BARE_QUOTE:
        d = diag_report(t->list, DIAG_BAD_QUOTE, NO_SPAN, "%s: a quote inside a field", place);
        diag_add_hint(t->list, d, "put quotes around the whole field and double those inside: %s",
                      "\"5\"\" pipe\"");
        break;
    case SCAN_AFTER_QUOTE:
        d = diag_report(t->list, DIAG_BAD_QUOTE, NO_SPAN,
                        "%s: text behind the closing quote of a field that began on line %u", place,
                        opened);
        diag_add_hint(t->list, d, "%s",
                      r->at[-1] == '"' && r->at > t->file.bytes + 1 && r->at[-2] == '\\'
                          ? "quotes inside a field are doubled, not marked by a backslash"
                          : "was a quote before it left open? Quotes inside a field are doubled");
        break;
    case SCAN_OPEN_QUOTE:
        d = diag_report(t->list, DIAG_BAD_QUOTE, NO_SPAN,
                        "%s: the quote that opens on line %u is never closed", place, opened);
        break;
    case SCAN_NUL:
        d = diag_report(t->list, DIAG_BAD_FILE, NO_SPAN,
                        "%s: a NUL byte, which does not occur in text", place);
        break;
    }
    if (row > 0)
        diag_add_row(t->list, d, (int64_t)row);
    csv_place(t, d, line + csv_count_lines(record, r->at), r->at);
    return false;
}

bool scan_report_ragged(const csv_table *t, const record_scan *r, const char *record, size_t row,
                        uint32_t line)
{
    diag *d = diag_report(t->list, DIAG_RAGGED_ROW, NO_SPAN,
                          "row %zu has %u field%s, the header has %u name%s", row, r->fields,
                          r->fields == 1 ? "" : "s", t->n_columns, t->n_columns == 1 ? "" : "s");
    diag_add_row(t->list, d, (int64_t)row);
    const char *at = r->extra ? r->extra : record;
    csv_place(t, d, line + csv_count_lines(record, at), at);
    if (row == 1 && t->names[0][0] == '#')
        diag_add_hint(t->list, d,
                      "line %u begins with #: comment lines are not supported, the "
                      "first line has the names of the columns",
                      t->header_line);
    else if (row == 1 && r->fields == t->n_columns + 1)
        diag_add_hint(t->list, d, "does the header lack a name for the first column?");
    else if (r->fields > t->n_columns)
        diag_add_hint(t->list, d, "a field that has a %s in it needs quotes around it",
                      t->separator == '\t'  ? "tab"
                      : t->separator == ',' ? "comma"
                                            : "semicolon");
    return false;
}
