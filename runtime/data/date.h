/* Dates as text: 2024-03-31, 2024-03, 2024-03-31T17:30, 2024-03-31 17:30:59.5 (ISO 8601). */
#ifndef RUNTIME_DATA_DATE_H
#define RUNTIME_DATA_DATE_H

#include <stdbool.h>

typedef struct {
    double day;      /* since 1970-01-01, with the time as its fraction */
    int month;       /* since 0000-01 */
    double in_month; /* the day of the month, with the time */
    bool ends_month; /* it is the last day of its month */
} date;

/* False when `text` is no date. */
bool date_read(const char *text, date *out);

#endif
