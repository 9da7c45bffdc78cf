/* Rows as series: their order, where a series begins, and what may not be between its rows.
 *
 * Rows are sorted by the level of `by`, then by `order`, then as in the file; everything that is
 * evaluated keeps this order, and messages name rows by their number in the file. An order is a
 * column of numbers, or of dates as text. A lag takes the row before for the one a step before: so
 * two rows with one order value, or a row that is left out between others, are errors, and unequal
 * steps a warning. */
#include "runtime/data/date.h"
#include "runtime/eval/problem.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_REPORTS = 5 };

static const char *column_name(const mlec_problem *p, int32_t column)
{
    return p->plan->columns[column].name;
}

/* ---- Order and group of each row of the file ------------------------------------------------- */

static size_t row_of_code(const frame_levels *l, size_t n, int32_t code)
{
    size_t row = 0;
    while (row + 1 < n && l->codes[row] != code)
        row++;
    return row;
}

/* Dates on one day of the month, or on the last day of each, count in months. */
static bool count_in_months(const date *dates, int32_t n)
{
    bool one_day = true, ends = true;
    for (int32_t l = 0; l < n; l++) {
        one_day &= dates[l].in_month == dates[0].in_month;
        ends &= dates[l].ends_month;
    }
    return one_day || ends;
}

static bool read_dates(mlec_problem *p, const frame_levels *levels)
{
    size_t n = p->info.rows;
    date *dates = ARENA_ARRAY(&p->arena, date, levels->n_levels + 1);
    for (int32_t l = 0; l < levels->n_levels; l++) {
        if (date_read(levels->levels[l], &dates[l]))
            continue;
        size_t row = row_of_code(levels, n, l);
        diag *d = frame_report(p->data, DIAG_BAD_VALUE, levels->name, row,
                               "`%s` is neither a number nor a date",
                               frame_text(p->data, levels->name, row));
        diag_add_hint(&p->ctx->diags, d,
                      "the order of a series is a column of numbers, or of dates such as "
                      "2024-03-31");
        return false;
    }
    double *order = ARENA_ARRAY(&p->arena, double, n + 1);
    double *months =
        count_in_months(dates, levels->n_levels) ? ARENA_ARRAY(&p->arena, double, n + 1) : NULL;
    for (size_t row = 0; row < n; row++) {
        int32_t code = levels->codes[row];
        order[row] = code < 0 ? NAN : dates[code].day;
        if (months)
            months[row] = code < 0 ? NAN : dates[code].month;
    }
    p->series.order = order;
    p->series.months = months;
    return true;
}

bool series_read(mlec_problem *p, const frame_column *numbers, const frame_levels *dates,
                 const frame_levels *by)
{
    if (by) {
        p->series.group = by->codes;
        p->series.group_names = by->levels;
        p->series.n_groups = (uint32_t)by->n_levels;
    }
    if (numbers)
        p->series.order = narrow_array(widen_column(p, numbers->column, p->info.rows));
    else if (dates)
        return read_dates(p, dates);
    return true;
}

/* ---- Sorting --------------------------------------------------------------------------------- */

static bool goes_before(const bound_series *s, size_t a, size_t b)
{
    if (s->group && s->group[a] != s->group[b])
        return s->group[a] < s->group[b];
    if (s->order && s->order[a] != s->order[b])
        return s->order[a] < s->order[b];
    return a < b;
}

/* Merge sort, which needs no more than the comparisons in a file that is sorted already. */
static void sort(const bound_series *s, size_t *rows, size_t *scratch, size_t n)
{
    if (n < 2)
        return;
    size_t half = n / 2, i = 0, j = half, k = 0;
    sort(s, rows, scratch, half);
    sort(s, rows + half, scratch, n - half);
    if (goes_before(s, rows[half - 1], rows[half]))
        return;
    memcpy(scratch, rows, half * sizeof *rows);
    while (i < half && j < n)
        rows[k++] = goes_before(s, rows[j], scratch[i]) ? rows[j++] : scratch[i++];
    while (i < half)
        rows[k++] = scratch[i++];
}

void series_sort(mlec_problem *p, size_t *rows, size_t n)
{
    bound_series *s = &p->series;
    if (!s->group && !s->order)
        return;
    size_t *place = ARENA_ARRAY(&p->arena, size_t, p->info.rows + 1);
    for (size_t i = 0; i < n; i++)
        place[rows[i]] = i;
    sort(s, rows, ARENA_ARRAY(&p->arena, size_t, n / 2 + 1), n);
    s->rank = ARENA_ARRAY(&p->arena, size_t, n + 1);
    for (size_t i = 0; i < n; i++)
        s->rank[i] = place[rows[i]];
    if (!s->group)
        return;
    int32_t *position = ARENA_ARRAY(&p->arena, int32_t, padded(n) + 1);
    for (size_t i = 1; i < n; i++)
        position[i] = s->group[rows[i]] == s->group[rows[i - 1]] ? position[i - 1] + 1 : 0;
    s->position = position;
}

/* ---- What may not be ------------------------------------------------------------------------- */

static size_t file_row(const mlec_problem *p, size_t i) { return (size_t)row_number(p, i) - 1; }

/* " of `id` = A", or nothing where there is one series. */
static const char *series_words(mlec_problem *p, size_t row)
{
    const bound_series *s = &p->series;
    if (!s->group || s->group[row] < 0)
        return "";
    return arena_printf(p->ctx->diags.arena, " of `%s` = %s", column_name(p, p->plan->series.by),
                        s->group_names[s->group[row]]);
}

static bool check_ties(mlec_problem *p)
{
    const bound_series *s = &p->series;
    size_t found = 0;
    for (size_t i = 1; i < p->n_rows && s->order; i++) {
        size_t row = file_row(p, i), before = file_row(p, i - 1);
        if (series_position(p, i) == 0 || s->order[row] != s->order[before])
            continue;
        if (found++ >= MOST_REPORTS)
            continue;
        const char *name = column_name(p, p->plan->series.order);
        diag *d = frame_report(p->data, DIAG_TIED_ORDER, name, row,
                               "row %zu has the value %s too, in the series%s", before + 1,
                               frame_text(p->data, name, row), series_words(p, row));
        diag_add_row(&p->ctx->diags, d, (int64_t)before + 1);
        if (s->group)
            diag_add_hint(&p->ctx->diags, d, "--gaps join takes them in the order of the file");
        else
            diag_add_hint(&p->ctx->diags, d,
                          "if the table has several series, say which: series %s by id", name);
    }
    return found == 0;
}

/* The first and the last used row of each series, as rows of the file; first is SIZE_MAX where it
 * has none. */
typedef struct {
    size_t first, last;
} extent;

static extent *find_extents(mlec_problem *p)
{
    const bound_series *s = &p->series;
    uint32_t n = s->group ? s->n_groups : 1;
    extent *e = ARENA_ARRAY(&p->arena, extent, n + 1);
    for (uint32_t g = 0; g < n; g++)
        e[g] = (extent){SIZE_MAX, 0};
    for (size_t i = 0; i < p->n_rows; i++) {
        size_t row = file_row(p, i);
        extent *own = &e[s->group ? s->group[row] : 0];
        if (series_position(p, i) == 0)
            own->first = row;
        own->last = row;
    }
    return e;
}

typedef enum { PLACE_OUTSIDE, PLACE_INSIDE, PLACE_UNKNOWN } row_place;

static row_place place_of(const bound_series *s, const extent *extents, size_t row)
{
    if (s->group && s->group[row] < 0)
        return PLACE_UNKNOWN;
    extent e = extents[s->group ? s->group[row] : 0];
    if (e.first == SIZE_MAX)
        return PLACE_OUTSIDE;
    if (!s->order)
        return row > e.first && row < e.last ? PLACE_INSIDE : PLACE_OUTSIDE;
    if (isnan(s->order[row]))
        return PLACE_UNKNOWN;
    return s->order[row] > s->order[e.first] && s->order[row] < s->order[e.last] ? PLACE_INSIDE
                                                                                 : PLACE_OUTSIDE;
}

static bool check_gaps(mlec_problem *p, size_t *excluded)
{
    const bound_series *s = &p->series;
    const extent *extents = find_extents(p);
    size_t found = 0;
    for (size_t row = 0; row < p->info.rows; row++) {
        uint32_t reason = s->reason[row];
        row_place place = reason == ROW_USED ? PLACE_OUTSIDE : place_of(s, extents, row);
        if (place == PLACE_OUTSIDE)
            continue;
        if (reason == ROW_EXCLUDED) {
            if (!*excluded)
                *excluded = row + 1;
            continue;
        }
        if (found++ >= MOST_REPORTS)
            continue;
        const char *name = column_name(p, (int32_t)reason - 1);
        diag *d =
            place == PLACE_INSIDE
                ? frame_report(p->data, DIAG_SERIES_GAP, name, row,
                               "the value is missing inside the series%s: lag would take the row "
                               "before the gap for the row before",
                               series_words(p, row))
                : frame_report(p->data, DIAG_SERIES_GAP, name, row,
                               "the value is missing, so the place of the row in its series is "
                               "not known");
        diag_add_hint(&p->ctx->diags, d, "--gaps join leaves such rows out and joins the rest");
    }
    return found == 0;
}

static void warn_steps(mlec_problem *p)
{
    const bound_series *s = &p->series;
    const double *x = s->months ? s->months : s->order;
    double step = 0;
    for (size_t i = 1; i < p->n_rows; i++) {
        size_t row = file_row(p, i), before = file_row(p, i - 1);
        if (series_position(p, i) == 0)
            continue;
        double own = x[row] - x[before];
        if (step == 0)
            step = own;
        if (own == 0 || fabs(own - step) <= 1e-6 * step + 1e-14 * fabs(x[row]))
            continue;
        const char *name = column_name(p, p->plan->series.order),
                   *unit = s->months ? " months" : "";
        diag *d = frame_report(p->data, DIAG_UNEQUAL_STEPS, name, row,
                               "the step from row %zu is %.6g%s, others are %.6g: lag counts rows, "
                               "not time",
                               before + 1, own, unit, step);
        diag_add_row(&p->ctx->diags, d, (int64_t)before + 1);
        return;
    }
}

bool series_check(mlec_problem *p, const mlec_options *o)
{
    if (!p->plan->series.declared)
        return true;
    size_t excluded = 0;
    bool ok = true;
    if (o->gaps != MLEC_GAPS_JOIN) {
        ok = check_ties(p);
        ok = check_gaps(p, &excluded) && ok;
    }
    if (ok && p->series.order)
        warn_steps(p);
    if (ok && excluded && !p->series.order) { /* an order has its steps to tell */
        diag *d = diag_report(&p->ctx->diags, DIAG_JOINED_ROWS, NO_SPAN,
                              "row %zu is excluded inside the series%s: lag joins its neighbours",
                              excluded, series_words(p, excluded - 1));
        diag_add_row(&p->ctx->diags, d, (int64_t)excluded);
        diag_add_hint(&p->ctx->diags, d, "--gaps join says that this is meant");
    }
    return ok;
}
