/* The report for people: what was fitted, whether to believe it, the estimates, the fit as a whole,
 * and what to do about each finding. */
#include "base/ctx.h"

#include "runtime/report/table.h"

#include <mlec.h>

#include <math.h>
#include <string.h>

enum { WIDTH = 80, LONG_VECTOR = 60, SHOWN_FIRST = 20, SHOWN_LAST = 5 };
/* Columns of the table that are aligned by their decimal points: estimate, error, interval. */
enum { NUMBERS = 1 << 1 | 1 << 2 | 1 << 5 | 1 << 6 };

static bool trusted(const mlec_result *r)
{
    return r->verdict == MLEC_INTERIOR || r->verdict == MLEC_BOUNDARY;
}

static void write_title(const mlec_result *r, size_t width, buf *out, arena *a)
{
    const char *method =
        r->map ? "Maximum a posteriori (MAP) estimates" : "Maximum likelihood estimates";
    const char *model = r->model ? r->model : "the model";
    char *line = r->data ? arena_printf(a, "%s: %s on %s", method, model, r->data)
                         : arena_printf(a, "%s: %s", method, model);
    text_wrap(line, width, 2, out);
    if (r->rows == 0)
        return;
    buf_printf(out, "%zu of %zu rows used", r->rows_used, r->rows);
    if (r->rows_missing)
        buf_printf(out, ", %zu left out for missing values", r->rows_missing);
    size_t excluded = r->rows - r->rows_used - r->rows_missing;
    if (r->rows >= r->rows_used + r->rows_missing && excluded)
        buf_printf(out, ", %zu excluded", excluded);
    bool past = r->n < (double)r->rows_used && r->n == floor(r->n);
    if (past) /* a whole number of rows less: a lag has no value in the others */
        buf_printf(out, "; n = %.7g, since %.7g have no past", r->n, (double)r->rows_used - r->n);
    else if (r->n != (double)r->rows_used)
        buf_printf(out, "; n = %.7g by weight", r->n);
    buf_putc(out, '\n');
}

static void write_verdict(const mlec_result *r, size_t width, buf *out, arena *a)
{
    const char *what = "";
    const char *maximum = r->map ? "mode" : "maximum";
    /* The certificate asks for 1e-10; where rounding of the data hides that, the fit still ends. */
    char *how = arena_printf(a, "%s after %d iteration%s (decrement %.1e)",
                             r->decrement > 1e-10 ? ", to within rounding," : "", r->iterations,
                             r->iterations == 1 ? "" : "s", r->decrement);
    switch (r->verdict) {
    case MLEC_INTERIOR: what = arena_printf(a, "Certified interior %s%s.", maximum, how); break;
    case MLEC_BOUNDARY:
        what =
            arena_printf(a, "Certified %s on the boundary of the parameter space%s.", maximum, how);
        break;
    case MLEC_FLAT:
        what = "NOT TO BE TRUSTED: the data do not identify all parameters. Estimates without a "
               "standard error are one choice among many.";
        break;
    case MLEC_SADDLE:
        what = "NOT TO BE TRUSTED: the point found is stationary, but it is no maximum.";
        break;
    case MLEC_DIVERGING:
        what = "NOT TO BE TRUSTED: there is no finite maximum. Parameters without a standard error "
               "were still moving when the fit stopped.";
        break;
    case MLEC_FAILED:
        what =
            "NOT TO BE TRUSTED: the fit did not converge. The numbers below are where it stopped.";
        break;
    }
    text_wrap(what, width, 0, out);
}

static const char *digits(arena *a, double x, int significant)
{
    return isnan(x) ? "" : arena_printf(a, "%.*g", significant, x);
}

static const char *probability(arena *a, double p)
{
    if (isnan(p))
        return "";
    if (p < 2.2e-16)
        return "<2e-16";
    return p < 1e-3 ? arena_printf(a, "%.1e", p) : arena_printf(a, "%.4f", p);
}

static const char *error_cell(arena *a, const mlec_estimate *e, int significant)
{
    if (e->fixed)
        return "fixed";
    if (e->at_bound)
        return "at bound";
    if (e->aliased && isnan(e->std_error))
        return "aliased";
    return isnan(e->std_error) ? "none" : digits(a, e->std_error, significant);
}

/* "b" of "b[2]": elements of one vector share it. */
static size_t stem(const char *name)
{
    const char *bracket = strchr(name, '[');
    return bracket ? (size_t)(bracket - name) : strlen(name);
}

static bool same_vector(const mlec_estimate *a, const mlec_estimate *b)
{
    size_t n = stem(a->name);
    return a->name[n] == '[' && n == stem(b->name) && memcmp(a->name, b->name, n) == 0;
}

static void add_row(table *t, arena *a, const mlec_estimate *e, int spare)
{
    table_add(t, e->name);
    table_add(t, digits(a, e->estimate, 7 - spare));
    table_add(t, error_cell(a, e, 6 - spare));
    table_add(t, isnan(e->z) ? "" : arena_printf(a, fabs(e->z) < 1e4 ? "%.2f" : "%.2e", e->z));
    table_add(t, probability(a, e->p_value));
    table_add(t, digits(a, e->lower, 6 - spare));
    table_add(t, digits(a, e->upper, 6 - spare));
}

static void write_estimates(const mlec_estimate *list, size_t n, double level, bool z,
                            const char *title, size_t width, buf *out, arena *a)
{
    const char *heads[] = {title, "Estimate", "Std. error", z ? "z" : "", z ? "p" : "", "", ""};
    heads[5] = arena_printf(a, "%.4g%%", 100 * (0.5 - 0.5 * level));
    heads[6] = arena_printf(a, "%.4g%%", 100 * (0.5 + 0.5 * level));
    /* Decimal points in line, then right-aligned, then with fewer digits: the first that fits. */
    for (int attempt = 0;; attempt++) {
        table t;
        size_t longest = text_width(title);
        table_init(&t, a, sizeof heads / sizeof *heads, heads);
        t.points = attempt == 0 ? NUMBERS : 0;
        int spare = attempt > 1 ? attempt - 1 : 0;
        for (size_t i = 0; i < n; i++) {
            size_t last = i;
            while (last + 1 < n && same_vector(&list[i], &list[last + 1]))
                last++;
            bool cut = last - i + 1 > LONG_VECTOR;
            for (size_t k = i; k <= last; k++) {
                if (cut && k == i + SHOWN_FIRST) {
                    size_t more = last - i + 1 - SHOWN_FIRST - SHOWN_LAST;
                    table_add_line(&t, arena_printf(a, "... %zu more of %.*s (--json has all)",
                                                    more, (int)stem(list[i].name), list[i].name));
                    k += more;
                }
                add_row(&t, a, &list[k], spare);
                if (text_width(list[k].name) > longest)
                    longest = text_width(list[k].name);
            }
            i = last;
        }
        if (spare == 2 || table_width(&t, longest) <= width) {
            table_write(&t, width, out);
            return;
        }
    }
}

static void write_number(buf *out, const char *name, double x)
{
    if (!isnan(x))
        buf_printf(out, "%-16s %.10g\n", name, x + 0.0); /* never -0 */
}

static void write_summary(const mlec_result *r, buf *out)
{
    write_number(out, "Log-likelihood", r->log_likelihood);
    if (r->map) {
        write_number(out, "Log-prior", r->log_prior);
        write_number(out, "Log-posterior", r->log_posterior);
    }
    if (!isnan(r->aic)) {
        buf_printf(out, "%-16s %.7g", "AIC", r->aic);
        if (!isnan(r->aicc))
            buf_printf(out, "   AICc %.7g", r->aicc);
        if (!isnan(r->bic))
            buf_printf(out, "   BIC %.7g", r->bic);
        buf_putc(out, '\n');
    }
    buf_printf(out, "%-16s k = %zu, n = %.10g\n", "Free parameters", r->n_free, r->n);
    if (r->vcov == MLEC_VCOV_EXPECTED)
        buf_puts(out, "Standard errors are from the expected information.\n");
    if (r->vcov == MLEC_VCOV_ROBUST)
        buf_puts(out, "Standard errors are robust (sandwich).\n");
}

static void write_diagnostics(const mlec_result *r, size_t width, buf *out, arena *a)
{
    static const char *const words[] = {"Note", "Warning", "Error"};
    for (size_t i = 0; i < r->n_diagnostics; i++) {
        const mlec_diagnostic *d = &r->diagnostics[i];
        char *line = d->hint
                         ? arena_printf(a, "%s: %s [%s]. Hint: %s.", words[d->severity], d->message,
                                        d->code, d->hint)
                         : arena_printf(a, "%s: %s [%s].", words[d->severity], d->message, d->code);
        text_wrap(line, width, 2, out);
    }
}

static bool any_z(const mlec_estimate *list, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!isnan(list[i].z))
            return true;
    return false;
}

mlec_status mlec_report_text(mlec_ctx *ctx, const mlec_result *r, int width, const char **out)
{
    if (!ctx || !r || !out)
        return MLEC_ERROR_ARGUMENT;
    if (setjmp(ctx->guard.jump))
        return MLEC_ERROR_MEMORY;
    arena *a = &ctx->arena;
    size_t columns = width > 20 ? (size_t)width : WIDTH;
    buf text;
    buf_init(&text, a);
    write_title(r, columns, &text, a);
    buf_putc(&text, '\n');
    write_verdict(r, columns, &text, a);
    /* What makes estimates worthless comes before them. */
    if (!trusted(r)) {
        buf_putc(&text, '\n');
        write_diagnostics(r, columns, &text, a);
    }
    if (r->n_parameters) {
        buf_putc(&text, '\n');
        write_estimates(r->parameters, r->n_parameters, r->level,
                        any_z(r->parameters, r->n_parameters), "Parameter", columns, &text, a);
    }
    if (r->n_derived) {
        buf_putc(&text, '\n');
        write_estimates(r->derived, r->n_derived, r->level, any_z(r->derived, r->n_derived),
                        "Derived", columns, &text, a);
    }
    buf_putc(&text, '\n');
    write_summary(r, &text);
    if (trusted(r) && r->n_diagnostics) {
        buf_putc(&text, '\n');
        write_diagnostics(r, columns, &text, a);
    }
    *out = buf_text(&text);
    return MLEC_OK;
}
