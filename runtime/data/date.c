#include "runtime/data/date.h"

#include <ctype.h>
#include <stdlib.h>

/* Exactly n digits, or -1; `*p` moves behind them. */
static int digits(const char **p, int n)
{
    int value = 0;
    for (int i = 0; i < n; i++) {
        if (!isdigit((unsigned char)**p))
            return -1;
        value = 10 * value + (*(*p)++ - '0');
    }
    return value;
}

static bool is_leap(int year) { return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0; }

static int month_days(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return days[month - 1] + (month == 2 && is_leap(year));
}

/* Days since 1970-01-01. */
static double day_number(int year, int month, int day)
{
    int before = year - 1, days = 365 * before + before / 4 - before / 100 + before / 400;
    for (int m = 1; m < month; m++)
        days += month_days(year, m);
    return days + day - 719163;
}

/* The time behind a `T` or a space as a part of the day, or -1. */
static double read_time(const char **p)
{
    (*p)++;
    int hour = digits(p, 2), minute = -1;
    double second = 0;
    if (hour < 0 || hour > 24 || *(*p)++ != ':' || (minute = digits(p, 2)) < 0 || minute > 59)
        return -1;
    if (**p == ':') {
        (*p)++;
        int whole = digits(p, 2);
        if (whole < 0 || whole > 60)
            return -1;
        second = whole;
        double scale = 0.1;
        if (**p == '.')
            for ((*p)++; isdigit((unsigned char)**p); (*p)++, scale /= 10)
                second += scale * (**p - '0');
    }
    if (**p == 'Z')
        (*p)++;
    return (hour + (minute + second / 60) / 60) / 24;
}

bool date_read(const char *text, date *out)
{
    const char *p = text;
    int year = digits(&p, 4), day = 1;
    if (year < 1 || *p++ != '-')
        return false;
    int month = digits(&p, 2);
    if (month < 1 || month > 12)
        return false;
    double time = 0;
    if (*p == '-') {
        p++;
        day = digits(&p, 2);
        if (day < 1 || day > month_days(year, month))
            return false;
        if (*p == 'T' || *p == ' ')
            time = read_time(&p);
    }
    if (*p || time < 0)
        return false;
    *out = (date){.day = day_number(year, month, day) + time,
                  .month = 12 * year + month - 1,
                  .in_month = day + time,
                  .ends_month = day == month_days(year, month) && time == 0};
    return true;
}
