/* The types that a model declares for its columns: are the values of that type? */
#include "runtime/data/column.h"

#include <math.h>
#include <string.h>
#include <strings.h>

static bool counts(const uint8_t *use, size_t row) { return !use || use[row]; }

/* ---- 0 and 1 --------------------------------------------------------------------------------- */

/* 0 or 1 for a word, -1 for any other text. */
static int binary_word(const char *text)
{
    static const char *const words[2][6] = {{"0", "false", "f", "no"}, {"1", "true", "t", "yes"}};
    for (int value = 0; value < 2; value++)
        for (int i = 0; words[value][i]; i++)
            if (strcasecmp(text, words[value][i]) == 0)
                return value;
    return -1;
}

/* A name as it stands in a model: in backquotes where it is no plain name. */
static const char *model_name(const frame *f, const char *name)
{
    bool plain = *name && !(*name >= '0' && *name <= '9');
    for (const char *p = name; *p; p++)
        plain &= (*p >= '0' && *p <= '9') || (*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') ||
                 *p == '_' || *p == '.';
    return plain ? name : arena_printf(f->list->arena, "`%s`", column_shown(f, name));
}

typedef struct {
    diag *last;
    size_t count;
} reports;

/* Whether one more value is to be reported. */
static bool counted_report(reports *r) { return r->count++ < COLUMN_REPORTS; }

static bool end_reports(frame *f, reports *r)
{
    if (r->count > COLUMN_REPORTS)
        diag_add_note(f->list, r->last, NO_SPAN, "... and %zu more in this column",
                      r->count - COLUMN_REPORTS);
    return r->count == 0;
}

static frame_column *binary_from_numbers(frame *f, const column *c, const uint8_t *use)
{
    frame_column *b = ARENA_NEW(&f->arena, frame_column);
    *b = c->numbers;
    if (b->facts.whole && b->facts.low >= 0 && b->facts.high <= 1)
        return b;
    double low = INFINITY, high = -INFINITY;
    bool whole = true;
    reports r = {0};
    for (size_t row = 0; row < f->n_rows; row++) {
        double x = narrow_at(b->column, row);
        if (!isnan(x) && counts(use, row)) {
            low = fmin(low, x);
            high = fmax(high, x);
            whole &= x == floor(x);
        }
    }
    bool shifted = whole && high == low + 1 && low > 0;
    for (size_t row = 0; row < f->n_rows; row++) {
        double x = narrow_at(b->column, row);
        if (isnan(x) || x == 0 || x == 1 || !counts(use, row))
            continue;
        if (!counted_report(&r))
            continue;
        r.last = frame_report(f, DIAG_OUTSIDE_TYPE, c->name, row, "%s is neither 0 nor 1",
                              frame_text(f, c->name, row));
        if (shifted)
            diag_add_hint(f->list, r.last,
                          "if %g is the event, write `%s == %g` in the model and leave the column "
                          "undeclared or an int",
                          high, model_name(f, c->name), high);
    }
    return end_reports(f, &r) ? b : NULL;
}

static bool report_not_binary(frame *f, const column *c, const int64_t *first, int32_t n_used)
{
    const frame_levels *l = &c->factor;
    buf b;
    buf_init(&b, f->list->arena);
    size_t row = 0; /* where the first level is that is no word for 0 or 1 */
    int32_t shown = 0;
    for (int32_t i = l->n_levels - 1; i >= 0; i--)
        if (first[i] >= 0 && binary_word(l->levels[i]) < 0)
            row = (size_t)first[i];
    for (int32_t i = 0; i < l->n_levels && shown <= COLUMN_REPORTS; i++) {
        if (first[i] < 0)
            continue;
        if (shown == COLUMN_REPORTS)
            buf_puts(&b, ", ...");
        else
            buf_printf(&b, "%s`%s`", shown ? ", " : "", column_shown(f, l->levels[i]));
        shown++;
    }
    diag *d;
    if (n_used == 1)
        d = frame_report(f, DIAG_OUTSIDE_TYPE, c->name, row,
                         "%s is the only value: it cannot be told whether it is 0 or 1",
                         buf_text(&b));
    else
        d = frame_report(f, DIAG_OUTSIDE_TYPE, c->name, row,
                         "a binary column has two values, this one has %d: %s", (int)n_used,
                         buf_text(&b));
    diag_add_hint(f->list, d, "write `%s == \"%s\"` for a 0/1 value of one level",
                  model_name(f, c->name), column_shown(f, l->levels[l->n_levels - 1]));
    return false;
}

static frame_column *binary_from_levels(frame *f, const column *c, const uint8_t *use)
{
    const frame_levels *l = &c->factor;
    /* The row where each level is used first; -1: nowhere. */
    int32_t n_used = 0, second = -1, lowest = -1;
    int64_t *first = ARENA_ARRAY(&f->arena, int64_t, l->n_levels);
    double *value = ARENA_ARRAY(&f->arena, double, l->n_levels);
    bool words = true;
    for (int32_t i = 0; i < l->n_levels; i++)
        first[i] = -1;
    for (size_t row = 0; row < f->n_rows; row++)
        if (l->codes[row] >= 0 && counts(use, row) && first[l->codes[row]] < 0)
            first[l->codes[row]] = (int64_t)row;
    for (int32_t i = 0; i < l->n_levels; i++) {
        int word = binary_word(l->levels[i]);
        value[i] = word < 0 ? NAN : word;
        if (first[i] < 0)
            continue;
        words &= word >= 0;
        lowest = n_used == 0 ? i : lowest;
        second = n_used == 1 ? i : second;
        n_used++;
    }
    if (!words && n_used != 2) {
        report_not_binary(f, c, first, n_used);
        return NULL;
    }
    frame_column *b = ARENA_NEW(&f->arena, frame_column);
    *b = (frame_column){.name = c->name, .facts = narrow_nothing()};
    if (!words) {
        for (int32_t i = 0; i < l->n_levels; i++)
            value[i] = i == lowest ? 0 : i == second ? 1 : NAN;
        b->zero = l->levels[lowest];
        b->one = l->levels[second];
    }
    int8_t *values = column_numbers(f, NARROW_INT8);
    for (size_t row = 0; row < f->n_rows; row++) {
        double x = l->codes[row] < 0 ? NAN : value[l->codes[row]];
        narrow_store(NARROW_INT8, values, row, &x, 1);
        narrow_look(&b->facts, &x, 1);
    }
    b->column = (narrow_column){values, NARROW_INT8, false};
    return b;
}

const frame_column *frame_binary(frame *f, const char *name, const uint8_t *use)
{
    column *c = column_find(f, name);
    if (!c)
        return NULL;
    if (!use && c->binary)
        return c->binary;
    frame_column *b = NULL;
    if (frame_is_numeric(f, name)) {
        if (frame_real(f, name, false))
            b = binary_from_numbers(f, c, use);
    } else if (frame_factor(f, name)) {
        b = binary_from_levels(f, c, use);
    }
    if (!use)
        c->binary = b;
    return b;
}

/* ---- Ranges ---------------------------------------------------------------------------------- */

static bool is_of_type(double x, mlec_type type, double lower, double upper)
{
    switch (type) {
    case MLEC_TYPE_POSITIVE: return x > 0;
    case MLEC_TYPE_UNIT: return x >= 0 && x <= 1;
    case MLEC_TYPE_INTERVAL: return x >= lower && x <= upper;
    case MLEC_TYPE_INT: return x == floor(x) && x >= lower && x <= upper;
    case MLEC_TYPE_COUNT: return x == floor(x) && x >= 0;
    default: return true;
    }
}

/* Every number is, to judge by what is known of the column. */
static bool facts_are_of_type(const narrow_facts *f, mlec_type type, double lower, double upper)
{
    bool whole = f->whole || (type != MLEC_TYPE_INT && type != MLEC_TYPE_COUNT);
    return whole && is_of_type(f->low, type, lower, upper) &&
           is_of_type(f->high, type, lower, upper);
}

/* "is not a count" */
static const char *complaint(const frame *f, double x, mlec_type type, double lower, double upper)
{
    char low[32], high[32];
    format_double(low, lower);
    format_double(high, upper);
    switch (type) {
    case MLEC_TYPE_POSITIVE: return "is not positive";
    case MLEC_TYPE_UNIT: return "is outside the unit interval from 0 to 1";
    case MLEC_TYPE_COUNT: return "is not a count";
    case MLEC_TYPE_INT:
        if (x != floor(x))
            return "is not an integer";
        return arena_printf(f->list->arena, "is outside int(%s, %s)", low, high);
    default: return arena_printf(f->list->arena, "is outside real(%s, %s)", low, high);
    }
}

static const char *type_hint(const frame *f, const char *name, double x, mlec_type type)
{
    switch (type) {
    case MLEC_TYPE_POSITIVE: return x == 0 ? "0 is not in `positive`; `real(0, inf)` has it" : NULL;
    case MLEC_TYPE_UNIT:
        return x > 1 && x <= 100 ? arena_printf(f->list->arena,
                                                "for a percentage leave the column `real` and "
                                                "write %s/100",
                                                model_name(f, name))
                                 : NULL;
    case MLEC_TYPE_COUNT: return "a count is 0, 1, 2, ...";
    default: return NULL;
    }
}

bool frame_check(frame *f, const char *name, mlec_type type, double lower, double upper,
                 const uint8_t *use)
{
    if (type == MLEC_TYPE_BINARY || type == MLEC_TYPE_FACTOR)
        return true;
    const frame_column *c = frame_real(f, name, true);
    if (!c)
        return false;
    if (facts_are_of_type(&c->facts, type, lower, upper))
        return true;
    reports r = {0};
    for (size_t row = 0; row < f->n_rows; row++) {
        double x = narrow_at(c->column, row);
        if (isnan(x) || is_of_type(x, type, lower, upper) || !counts(use, row))
            continue;
        if (!counted_report(&r))
            continue;
        r.last = frame_report(f, DIAG_OUTSIDE_TYPE, name, row, "%s %s", frame_text(f, name, row),
                              complaint(f, x, type, lower, upper));
        const char *hint = type_hint(f, name, x, type);
        if (hint)
            diag_add_hint(f->list, r.last, "%s", hint);
    }
    return end_reports(f, &r);
}
