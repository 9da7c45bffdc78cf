/* mlec MODEL.lik DATA.csv: fits and prints. */
#include "cli/commands.h"
#include "cli/progress.h"
#include "cli/scores.h"
#include "cli/session.h"
#include "cli/times.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

static mlec_status run_fit(session *s, mlec_problem *problem, mlec_fit **fit)
{
    mlec_options options = s->line->library;
    progress p;
    progress_begin(&p, s->line, &options);
    mlec_status status = mlec_fit_run(s->ctx, problem, &options, fit);
    progress_end(&p);
    return status;
}

/* ---- Report -----------------------------------------------------------------------------------
 */

static int terminal_width(void)
{
    struct winsize size;
    bool known = isatty(STDOUT_FILENO) && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0;
    return known ? size.ws_col : 0;
}

/* The diagnostics of the result are those of the fit; puts those of model and data before them.
 * They are kept in `*all`, which the caller frees. */
static bool join_diagnostics(const mlec_ctx *ctx, mlec_result *r, mlec_diagnostic **all)
{
    size_t n = mlec_diagnostic_count(ctx), count = 0;
    *all = malloc((n + r->n_diagnostics + 1) * sizeof **all);
    if (!*all) {
        return false;
    }
    while (count < n) {
        (*all)[count] = mlec_diagnostic_get(ctx, count);
        count++;
    }
    for (size_t i = 0; i < r->n_diagnostics; i++) {
        size_t j = 0;
        while (j < n && strcmp((*all)[j].text, r->diagnostics[i].text) != 0) {
            j++;
        }
        if (j == n) {
            (*all)[count++] = r->diagnostics[i];
        }
    }
    r->diagnostics = *all;
    r->n_diagnostics = count;
    return true;
}

/* Errors and warnings go to standard error too. The report has them, so on a terminal, where both
 * would appear, and notes in any case, they are left to it. */
static void show_findings(session *s, const mlec_result *r)
{
    if (!s->line->seen[OPTION_JSON] && isatty(STDOUT_FILENO)) {
        return;
    }
    for (size_t i = 0; i < r->n_diagnostics; i++) {
        if (r->diagnostics[i].severity != MLEC_NOTE) {
            session_show_one(s, &r->diagnostics[i]);
        }
    }
}

static void print_information(const char *name, double nats)
{
    printf("%-32s %.6g nats   %.6g bits\n", name, nats, nats / log(2));
}

/* --per-row. Where the outcome is a class with the same probabilities for every row, the average is
 * the cross-entropy of the model relative to the empirical distribution. */
static void print_per_row(const mlec_result *r)
{
    double nats = -r->log_likelihood / r->n;
    if (!isfinite(nats)) {
        puts("\naverage negative log-likelihood   does not exist");
        return;
    }
    putchar('\n');
    print_information("average negative log-likelihood", nats);
    if (isnan(r->outcome_entropy)) {
        return;
    }
    double divergence = nats - r->outcome_entropy; /* rounding may leave -1e-17 */
    print_information("cross-entropy", nats);
    print_information("entropy of the outcomes", r->outcome_entropy);
    print_information("KL divergence from them", divergence > 1e-14 ? divergence : 0);
}

static bool print_result(session *s, const mlec_result *r)
{
    const char *text;
    bool json = s->line->seen[OPTION_JSON];
    mlec_status status = json ? mlec_report_json(s->ctx, r, &text)
                              : mlec_report_text(s->ctx, r, terminal_width(), &text);
    if (status != MLEC_OK) {
        session_refuse(s->line, "out-of-memory", mlec_status_text(status), NULL);
        return false;
    }
    bool written = output_text(text);
    if (s->line->seen[OPTION_PER_ROW]) {
        print_per_row(r);
        written = written && output_flush();
    }
    return written;
}

/* ---- The command ------------------------------------------------------------------------------
 */

static void show_times(const mlec_model *model, const mlec_problem *problem, const mlec_result *r,
                       double bind_ms, double report_ms)
{
    times_begin();
    times_model(model, r->compile_ms);
    times_row("read data", r->read_ms);
    times_row("bind", bind_ms);
    times_row("fit", r->fit_ms);
    times_row("report", report_ms);
    times_row("total", r->total_ms + report_ms);
    times_tiers(model, problem);
}

/* Everything that is said about a result. False when it could not be written. */
static bool finish(session *s, const mlec_model *model, const mlec_problem *problem, mlec_result *r,
                   double bind_ms)
{
    mlec_diagnostic *diagnostics;
    if (!join_diagnostics(s->ctx, r, &diagnostics)) {
        session_refuse(s->line, "out-of-memory", mlec_status_text(MLEC_ERROR_MEMORY), NULL);
        return false;
    }
    show_findings(s, r);
    double report_begin = clock_ms();
    bool printed = print_result(s, r);
    if (s->line->seen[OPTION_TIME]) {
        show_times(model, problem, r, bind_ms, clock_ms() - report_begin);
    }
    free(diagnostics);
    return printed;
}

int fit_command(const command_line *line)
{
    session s;
    if (!session_open(&s, line)) {
        return 2;
    }
    double begin = clock_ms(), read_ms = 0, bind_ms = 0;
    mlec_model *model = NULL;
    mlec_data *data = NULL;
    mlec_problem *problem = NULL;
    mlec_fit *fit = NULL;

    mlec_status status = session_model(&s, &model);
    double compile_ms = clock_ms() - begin;
    if (status == MLEC_OK) {
        status = session_bind(&s, model, &data, &problem, &read_ms, &bind_ms);
    }
    double fit_begin = clock_ms();
    if (status == MLEC_OK) {
        status = run_fit(&s, problem, &fit);
    }
    if (fit && (status == MLEC_OK || status == MLEC_ERROR_FIT)) {
        mlec_result result = *mlec_fit_result(fit);
        result.model = line->model;
        result.data = line->data;
        result.read_ms = read_ms;
        result.compile_ms = compile_ms;
        result.fit_ms = clock_ms() - fit_begin;
        result.total_ms = clock_ms() - begin;
        if (!finish(&s, model, problem, &result, bind_ms) && status == MLEC_OK) {
            status = MLEC_ERROR_FIT; /* exit 1: nobody received the result */
        }
        if (line->scores && !scores_write(&s, problem, &result)) {
            status = status == MLEC_OK ? MLEC_ERROR_FIT : status;
        }
    } else {
        session_fail(&s, status);
    }
    mlec_fit_free(fit);
    mlec_problem_free(problem);
    mlec_data_free(data);
    mlec_model_free(model);
    return session_close(&s, status);
}
