/* Columns of numbers, and what is said about texts that are none. */
#include "runtime/data/column.h"

#include <math.h>
#include <string.h>

/* The caller's array becomes a padded one. */
static void read_given_numbers(frame *f, column *c)
{
    c->numbers = (frame_column){.name = c->name};
    c->numbers_read = true;
    if (!c->given_values) {
        c->n_text = 1;
        return;
    }
    narrow_facts facts = narrow_nothing();
    narrow_look(&facts, c->given_values, f->n_rows);
    for (size_t i = 0; (isinf(facts.low) || isinf(facts.high)) && i < f->n_rows; i++)
        c->n_infinite += isinf(c->given_values[i]);
    narrow_type type = narrow_choose(&facts);
    void *data = column_numbers(f, type);
    narrow_store(type, data, 0, c->given_values, f->n_rows);
    c->numbers.column = (narrow_column){data, type, false};
    c->numbers.facts = facts;
}

void column_read_numbers(frame *f, column *c)
{
    if (c->numbers_read)
        return;
    if (f->from_file)
        column_load(f, &(column_request){c, false}, 1);
    else
        read_given_numbers(f, c);
}

bool frame_is_numeric(frame *f, const char *name)
{
    column *c = column_find_quietly(f, name);
    if (!c)
        return false;
    column_read_numbers(f, c);
    return c->n_text == 0;
}

static bool is_one_of(const char *text, const char *const *words)
{
    for (; *words; words++)
        if (strcmp(text, *words) == 0)
            return true;
    return false;
}

/* What to do about a text where a number is wanted. `first`: the column begins with it. */
static const char *number_hint(const frame *f, const char *name, const csv_field *field, bool first)
{
    static const char *const missing[] = {
        "N/A", "n/a", "#N/A", "na", "nan",  "NAN", "NULL", "Null", "None", "none",    "NONE",
        "-",   "--",  "?",    "*",  "<NA>", "#NA", "nil",  "..",   "...",  "missing", NULL};
    static const char *const logical[] = {"TRUE",  "True", "true", "FALSE", "False",
                                          "false", "T",    "F",    "yes",   "no",
                                          "Yes",   "No",   "YES",  "NO",    NULL};
    arena *a = f->list->arena;
    const char *text = csv_text(a, field);
    const char *comma = strchr(text, ',');
    size_t digits = strspn(text, "0123456789");
    if (field->quoted && value_is_missing(&(csv_field){.begin = field->begin, .end = field->end}))
        return "between quotes it is text; without them it is a missing value";
    if (is_one_of(text, missing))
        return "a missing value is written as nothing, NA, NaN, . or null";
    if (is_one_of(text, logical))
        return arena_printf(a, "truth values are 0 and 1 in a column declared `data %s : binary`",
                            column_shown(f, name));
    if (text[0] == '0' && (text[1] == 'x' || text[1] == 'X'))
        return "numbers are decimal";
    if (comma && f->table.separator == ',')
        return "write numbers without thousands separators; decimal commas are read in files "
               "that are separated by semicolons or tabs";
    if (comma || strchr(text, '_') || strchr(text, '\''))
        return "write numbers without thousands separators";
    if (!strncmp(text, "\xE2\x88\x92", 3))
        return "this is a typographic minus sign; write -";
    if (digits > 0 && strchr(text, '%'))
        return "write a percentage as a fraction or without the sign";
    if (first && level_is_clean(text))
        return arena_printf(a, "a column of text is a factor: `data %s : factor`",
                            column_shown(f, name));
    return NULL;
}

/* What a walk from the top has seen of a column. The column itself does not say so: behind the
 * first text it need not be read. */
typedef struct {
    char point; /* 0 up to the first number that has one */
    size_t point_row;
    bool blank; /* nothing but missing values */
} seen_above;

static diag *report_unreadable(frame *f, const column *c, value_kind kind, const csv_field *field,
                               size_t row, const seen_above *above)
{
    const char *text =
        printable(f->list->arena, field->begin, (size_t)(field->end - field->begin), COLUMN_SHOWN);
    diag *d;
    if (kind == VALUE_OVERFLOW)
        return frame_report(f, DIAG_BAD_VALUE, c->name, row, "%s is too large for a double", text);
    if (kind == VALUE_MIXED) {
        d = frame_report(f, DIAG_BAD_VALUE, c->name, row,
                         "`%s` has a decimal %s, but row %zu has a decimal %s", text,
                         above->point == ',' ? "point" : "comma", above->point_row + 1,
                         above->point == ',' ? "comma" : "point");
        diag_add_hint(f->list, d, "write all numbers of the file in one way");
        return d;
    }
    d = frame_report(f, DIAG_BAD_VALUE, c->name, row, "`%s` is not a number", text);
    const char *hint = number_hint(f, c->name, field, above->blank);
    if (hint)
        diag_add_hint(f->list, d, "%s", hint);
    return d;
}

/* Goes over the column again and reports what was not readable. */
static void report_unreadable_values(frame *f, const column *c)
{
    const csv_table *t = &f->table;
    uint32_t line;
    size_t found = 0;
    diag *last = NULL;
    seen_above above = {.blank = true};
    const char *p = csv_find_row(t, 0, &line);
    for (size_t row = 0; row < f->n_rows; row++) {
        csv_field field = {0}, other;
        double x;
        for (uint32_t i = 0; i < t->n_columns; i++)
            p = csv_read_field(t, p, i == c->index ? &field : &other) + 1;
        p = csv_next_record(t, p - 1);
        char point = above.point;
        value_kind kind = value_read(t, &field, &above.point, &x);
        if (above.point != point)
            above.point_row = row;
        if (kind < VALUE_OVERFLOW) {
            above.blank &= kind == VALUE_MISSING;
            continue;
        }
        if (found++ < COLUMN_REPORTS)
            last = report_unreadable(f, c, kind, &field, row, &above);
    }
    if (found > COLUMN_REPORTS)
        diag_add_note(f->list, last, NO_SPAN, "... and %zu more in this column",
                      found - COLUMN_REPORTS);
}

/* One file, one decimal point. */
static bool agree_on_point(frame *f, const column *c)
{
    if (!c->point || f->table.separator == ',')
        return true;
    if (!f->point) {
        f->point = c->point;
        f->point_column = c;
    }
    if (f->point == c->point)
        return true;
    diag *d =
        frame_report(f, DIAG_BAD_VALUE, c->name, c->point_row,
                     "`%s` has a decimal %s, but column %s has a decimal %s in row %zu",
                     frame_text(f, c->name, c->point_row), c->point == ',' ? "comma" : "point",
                     column_shown(f, f->point_column->name), f->point == ',' ? "comma" : "point",
                     f->point_column->point_row + 1);
    diag_add_hint(f->list, d, "write all numbers of the file in one way");
    return false;
}

static void report_infinite(frame *f, const column *c)
{
    size_t found = 0;
    diag *d = NULL;
    for (size_t row = 0; row < f->n_rows && found < COLUMN_REPORTS; row++)
        if (isinf(narrow_at(c->numbers.column, row))) {
            found++;
            d = frame_report(f, DIAG_BAD_VALUE, c->name, row, "%s is infinite",
                             frame_text(f, c->name, row));
            diag_add_hint(f->list, d,
                          "infinite values may stand in limit columns only, such as those of "
                          "interval(lo, hi)");
        }
    if (c->n_infinite > found)
        diag_add_note(f->list, d, NO_SPAN, "... and %zu more in this column",
                      c->n_infinite - found);
}

const frame_column *frame_real(frame *f, const char *name, bool allow_infinite)
{
    column *c = column_find(f, name);
    if (!c)
        return NULL;
    column_read_numbers(f, c);
    if (!f->from_file && c->n_text > 0) {
        diag *d =
            diag_report(f->list, DIAG_BAD_VALUE, NO_SPAN,
                        "column %s has levels where numbers are needed", column_shown(f, name));
        diag_add_hint(f->list, d, "it was added by mlec_data_add_factor");
        return NULL;
    }
    if (c->n_text + c->n_overflow + c->n_mixed > 0) {
        report_unreadable_values(f, c);
        return NULL;
    }
    if (f->from_file && !agree_on_point(f, c))
        return NULL;
    if (c->n_infinite > 0 && !allow_infinite) {
        report_infinite(f, c);
        return NULL;
    }
    return &c->numbers;
}
