/* Records of a text that is yet to be checked, and what is said about faulty ones. Internal to the
 * files that open a table. */
#ifndef RUNTIME_DATA_CSV_SCAN_H
#define RUNTIME_DATA_CSV_SCAN_H

#include "runtime/data/csv.h"

#include <string.h>

typedef enum {
    SCAN_OK,
    SCAN_BARE_QUOTE,  /* in a field that does not begin with one */
    SCAN_AFTER_QUOTE, /* text behind the closing quote */
    SCAN_OPEN_QUOTE,  /* the quote at `at` is never closed */
    SCAN_NUL
} scan_status;

typedef struct {
    scan_status status;
    const char *at;     /* of the fault */
    const char *opened; /* the quote at which the faulty field begins, or NULL */
    uint32_t fields;    /* begun so far */
    const char *extra;  /* the first field beyond the header's, or NULL */
    const char *next;   /* the next record */
    bool blank;         /* nothing but blanks */
} record_scan;

/* Passes over one record with care. Changes nothing of the table: any thread may call it. */
record_scan scan_record(const csv_table *t, const char *p);
/* Reports what scan_record found wrong in the record at `record`; true if that was nothing. `row`
 * is from 1; 0: the header. */
bool scan_report(const csv_table *t, const record_scan *r, const char *record, size_t row,
                 uint32_t line);
/* Reports that the record has more or fewer fields than the header. Returns false. */
bool scan_report_ragged(const csv_table *t, const record_scan *r, const char *record, size_t row,
                        uint32_t line);

/* Checks all records from `first` on and fills in the rows and chunks of the table. */
bool csv_index(csv_table *t, const char *first, uint32_t line);

static inline bool is_blank(const csv_table *t, char c)
{
    return t->kind[(unsigned char)c] == CSV_BLANK;
}

static inline bool is_end(const csv_table *t, char c)
{
    return t->kind[(unsigned char)c] == CSV_END;
}

static inline const char *pass_line_end(const char *p)
{
    if (*p == '\r')
        p++;
    else if (*p == '\n')
        return p + 1;
    return *p == '\n' ? p + 1 : p;
}

/* The quote that closes the one before `p`, or `end`. */
static inline const char *closing_quote(const char *p, const char *end, bool *doubled)
{
    for (;; p += 2) {
        p = memchr(p, '"', (size_t)(end - p));
        if (!p)
            return end;
        if (p[1] != '"')
            return p;
        *doubled = true;
    }
}

#endif
