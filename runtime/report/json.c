/* The result as one JSON object, in the field order of the language's contract.
 *
 * Written by hand rather than through a tree: numbers must be the shortest decimals that read back
 * to the same double, and what does not exist is null. */
#include "base/buf.h"
#include "base/ctx.h"

#include <mlec.h>

#include <math.h>
#include <string.h>

typedef struct {
    buf out;
    bool first; /* nothing stands yet at this level */
} writer;

/* Bytes of the valid UTF-8 sequence at s[0 .. n), or 0. */
static size_t sequence_length(const unsigned char *s, size_t n)
{
    size_t need = s[0] < 0x80 ? 1 : s[0] < 0xC2 ? 0 : s[0] < 0xE0 ? 2 : s[0] < 0xF0 ? 3 : 4;
    if (need == 0 || need > n || s[0] > 0xF4)
        return 0;
    for (size_t i = 1; i < need; i++)
        if ((s[i] & 0xC0) != 0x80)
            return 0;
    bool bad = (s[0] == 0xE0 && s[1] < 0xA0) || (s[0] == 0xED && s[1] > 0x9F) ||
               (s[0] == 0xF0 && s[1] < 0x90) || (s[0] == 0xF4 && s[1] > 0x8F);
    return bad ? 0 : need;
}

static void put_string(writer *w, const char *s)
{
    if (!s) {
        buf_puts(&w->out, "null");
        return;
    }
    buf_putc(&w->out, '"');
    for (size_t n = strlen(s), i = 0; i < n;) {
        unsigned char c = (unsigned char)s[i];
        size_t length = sequence_length((const unsigned char *)s + i, n - i);
        if (length == 0)
            buf_puts(&w->out, "\\ufffd");
        else if (c == '"' || c == '\\')
            buf_printf(&w->out, "\\%c", c);
        else if (c == '\n')
            buf_puts(&w->out, "\\n");
        else if (c < 32 || c == 127)
            buf_printf(&w->out, "\\u%04x", c);
        else
            buf_add(&w->out, s + i, length);
        i += length ? length : 1;
    }
    buf_putc(&w->out, '"');
}

static void put_number(writer *w, double x)
{
    if (isfinite(x))
        buf_double(&w->out, x);
    else
        buf_puts(&w->out, "null");
}

static void separate(writer *w)
{
    if (!w->first)
        buf_puts(&w->out, ", ");
    w->first = false;
}

/* Before an element that has a line of its own. */
static void separate_lines(writer *w)
{
    buf_puts(&w->out, w->first ? "\n  " : ",\n  ");
    w->first = false;
}

static void key(writer *w, const char *name)
{
    separate(w);
    put_string(w, name);
    buf_puts(&w->out, ": ");
}

static void open(writer *w, char bracket)
{
    buf_putc(&w->out, bracket);
    w->first = true;
}

static void close(writer *w, char bracket)
{
    buf_putc(&w->out, bracket);
    w->first = false;
}

static void text(writer *w, const char *name, const char *value)
{
    key(w, name);
    put_string(w, value);
}

static void number(writer *w, const char *name, double value)
{
    key(w, name);
    put_number(w, value);
}

static void boolean(writer *w, const char *name, bool value)
{
    key(w, name);
    buf_puts(&w->out, value ? "true" : "false");
}

static void put_estimates(writer *w, const char *name, const mlec_estimate *list, size_t n)
{
    key(w, name);
    open(w, '[');
    for (size_t i = 0; i < n; i++) {
        const mlec_estimate *e = &list[i];
        separate_lines(w);
        open(w, '{');
        text(w, "name", e->name);
        text(w, "type", e->type);
        number(w, "estimate", e->estimate);
        number(w, "std_error", e->std_error);
        number(w, "z", e->z);
        number(w, "p_value", e->p_value);
        number(w, "lower", e->lower);
        number(w, "upper", e->upper);
        number(w, "start", e->start);
        boolean(w, "at_bound", e->at_bound);
        boolean(w, "aliased", e->aliased);
        close(w, '}');
    }
    close(w, ']');
}

static void put_covariance(writer *w, const mlec_result *r)
{
    key(w, "covariance");
    if (!r->covariance) {
        buf_puts(&w->out, "null");
        return;
    }
    open(w, '[');
    for (size_t i = 0; i < r->n_parameters; i++) {
        separate(w);
        open(w, '[');
        for (size_t j = 0; j < r->n_parameters; j++) {
            separate(w);
            put_number(w, r->covariance[i + j * r->n_parameters]);
        }
        close(w, ']');
    }
    close(w, ']');
}

static void put_factors(writer *w, const mlec_result *r)
{
    key(w, "factors");
    open(w, '{');
    for (size_t i = 0; i < r->n_factors; i++) {
        key(w, r->factors[i].name);
        open(w, '[');
        for (size_t j = 0; j < r->factors[i].n_levels; j++) {
            separate(w);
            put_string(w, r->factors[i].levels[j]);
        }
        close(w, ']');
    }
    close(w, '}');
}

static void put_diagnostic(writer *w, const mlec_diagnostic *d, bool place)
{
    static const char *const severities[] = {"note", "warning", "error"};
    separate_lines(w);
    open(w, '{');
    text(w, "code", d->code);
    text(w, "severity", severities[d->severity]);
    text(w, "message", d->message);
    if (place) {
        text(w, "file", d->file);
        number(w, "line", d->line ? d->line : NAN);
        number(w, "column", d->column ? d->column : NAN);
    }
    key(w, "parameters");
    open(w, '[');
    for (uint32_t i = 0; i < d->n_parameters; i++) {
        separate(w);
        put_string(w, d->parameters[i]);
    }
    close(w, ']');
    key(w, "rows");
    open(w, '[');
    for (uint32_t i = 0; i < d->n_rows; i++) {
        separate(w);
        buf_printf(&w->out, "%lld", (long long)d->rows[i]);
    }
    close(w, ']');
    close(w, '}');
}

static void put_result(writer *w, const mlec_result *r)
{
    static const char *const se_types[] = {"observed", "expected", "robust"};
    double posterior = r->map ? r->log_posterior : NAN;
    open(w, '{');
    text(w, "mlec", MLEC_VERSION);
    text(w, "model", r->model);
    text(w, "data", r->data);
    number(w, "rows", (double)r->rows);
    number(w, "rows_used", (double)r->rows_used);
    number(w, "rows_missing", (double)r->rows_missing);
    number(w, "n", r->n);
    text(w, "method", r->map ? "map" : "mle");
    text(w, "verdict", mlec_verdict_text(r->verdict));
    boolean(w, "converged", r->converged);
    number(w, "iterations", r->iterations);
    number(w, "gradient_norm", r->gradient_norm);
    number(w, "decrement", r->decrement);
    number(w, "n_parameters", (double)r->n_free);
    number(w, "log_likelihood", r->log_likelihood);
    number(w, "log_prior", r->map ? r->log_prior : NAN);
    number(w, "log_posterior", posterior);
    number(w, "minus_2_log_likelihood", -2 * r->log_likelihood);
    number(w, "aic", r->aic);
    number(w, "aicc", r->aicc);
    number(w, "bic", r->bic);
    text(w, "se_type", se_types[r->vcov]);
    number(w, "level", r->level);
    put_estimates(w, "parameters", r->parameters, r->n_parameters);
    put_estimates(w, "derived", r->derived, r->n_derived);
    put_estimates(w, "random", NULL, 0);
    put_covariance(w, r);
    put_factors(w, r);
    key(w, "diagnostics");
    open(w, '[');
    for (size_t i = 0; i < r->n_diagnostics; i++)
        put_diagnostic(w, &r->diagnostics[i], false);
    close(w, ']');
    key(w, "timing_ms");
    open(w, '{');
    number(w, "read", r->read_ms);
    number(w, "compile", r->compile_ms);
    number(w, "fit", r->fit_ms);
    number(w, "total", r->total_ms);
    close(w, '}');
    close(w, '}');
    buf_putc(&w->out, '\n');
}

mlec_status mlec_report_json(mlec_ctx *ctx, const mlec_result *result, const char **out)
{
    if (!ctx || !result || !out)
        return MLEC_ERROR_ARGUMENT;
    if (setjmp(ctx->guard.jump))
        return MLEC_ERROR_MEMORY;
    writer w = {.first = true};
    buf_init(&w.out, &ctx->arena);
    put_result(&w, result);
    *out = buf_text(&w.out);
    return MLEC_OK;
}

mlec_status mlec_report_failure_json(mlec_ctx *ctx, const char *model, const char *data,
                                     const char **out)
{
    if (!ctx || !out)
        return MLEC_ERROR_ARGUMENT;
    if (setjmp(ctx->guard.jump))
        return MLEC_ERROR_MEMORY;
    writer w = {.first = true};
    buf_init(&w.out, &ctx->arena);
    open(&w, '{');
    text(&w, "mlec", MLEC_VERSION);
    text(&w, "model", model);
    text(&w, "data", data);
    key(&w, "diagnostics");
    open(&w, '[');
    for (const diag *d = ctx->diags.first; d; d = d->next) {
        mlec_diagnostic view = diag_view(&ctx->diags, d, &ctx->arena);
        put_diagnostic(&w, &view, true);
    }
    close(&w, ']');
    close(&w, '}');
    buf_putc(&w.out, '\n');
    *out = buf_text(&w.out);
    return MLEC_OK;
}
