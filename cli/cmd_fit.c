/* mlec MODEL.lik DATA.csv: fits and prints. */
#include "cli/commands.h"
#include "cli/session.h"
#include "cli/times.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* ---- Progress: one line on a terminal, gone at the end ----------------------------------------
 */

enum { QUIET_MS = 300, EVERY_MS = 100 };

typedef struct {
    double begin, last;
    bool drawn;
} progress;

static bool show_progress(void *user, int iteration, double log_likelihood, double decrement)
{
    progress *p = user;
    double now = clock_ms();
    if (now - p->begin >= QUIET_MS && now - p->last >= EVERY_MS) {
        fprintf(stderr, "\r  iteration %d  log-likelihood %.6f  decrement %.1e\033[K", iteration,
                log_likelihood, decrement);
        fflush(stderr);
        p->last = now;
        p->drawn = true;
    }
    return true;
}

static mlec_status run_fit(session *s, mlec_problem *problem, mlec_fit **fit)
{
    mlec_options options = s->line->library;
    progress p = {.begin = clock_ms()};
    if (isatty(STDERR_FILENO) && !s->line->seen[OPTION_QUIET]) {
        options.progress = show_progress;
        options.progress_user = &p;
    }
    mlec_status status = mlec_fit_run(s->ctx, problem, &options, fit);
    if (p.drawn) {
        fputs("\r\033[K", stderr);
    }
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

/* What the fit found and the context does not hold already. */
static void show_findings(session *s, const mlec_result *r)
{
    size_t n = mlec_diagnostic_count(s->ctx);
    for (size_t i = 0; i < r->n_diagnostics; i++) {
        bool shown = false;
        for (size_t j = 0; j < n && !shown; j++) {
            shown = strcmp(mlec_diagnostic_get(s->ctx, j).text, r->diagnostics[i].text) == 0;
        }
        if (!shown) {
            session_show_one(s, &r->diagnostics[i]);
        }
    }
}

/* --per-row. For a categorical outcome the cross-entropy and the divergence from the empirical
 * distribution belong here, once the result carries them. */
static void print_per_row(const mlec_result *r)
{
    double nats = -r->log_likelihood / r->n;
    if (isfinite(nats)) {
        printf("\naverage negative log-likelihood   %.6g nats   %.6g bits\n", nats, nats / log(2));
    } else {
        puts("\naverage negative log-likelihood   does not exist");
    }
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

static void show_times(const mlec_model *model, const mlec_result *r, double bind_ms,
                       double report_ms)
{
    times_begin();
    times_model(model, r->compile_ms);
    times_row("read data", r->read_ms);
    times_row("bind", bind_ms);
    times_row("fit", r->fit_ms);
    times_row("report", report_ms);
    times_row("total", r->total_ms + report_ms);
}

int fit_command(const command_line *line)
{
    session s;
    if (!session_open(&s, line)) {
        return 2;
    }
    double begin = clock_ms(), bind_ms = 0, moment;
    mlec_model *model = NULL;
    mlec_data *data = NULL;
    mlec_problem *problem = NULL;
    mlec_fit *fit = NULL;
    mlec_result result = {0};
    bool printed = false;

    mlec_status status = session_model(&s, &model);
    result.compile_ms = clock_ms() - begin;
    double compile_ms = result.compile_ms, read_ms = 0;
    if (status == MLEC_OK) {
        status = session_bind(&s, model, &data, &problem, &read_ms, &bind_ms);
    }
    if (status == MLEC_OK) {
        moment = clock_ms();
        status = run_fit(&s, problem, &fit);
        session_show(&s);
        if (fit && (status == MLEC_OK || status == MLEC_ERROR_FIT)) {
            result = *mlec_fit_result(fit);
            result.model = line->model;
            result.data = line->data;
            result.read_ms = read_ms;
            result.compile_ms = compile_ms;
            result.fit_ms = clock_ms() - moment;
            result.total_ms = clock_ms() - begin;
            show_findings(&s, &result);
            moment = clock_ms();
            printed = print_result(&s, &result);
            if (line->seen[OPTION_TIME]) {
                show_times(model, &result, bind_ms, clock_ms() - moment);
            }
            if (!printed && status == MLEC_OK) {
                status = MLEC_ERROR_FIT; /* exit 1: there is no result to trust */
            }
        }
    }
    bool has_result = fit != NULL;
    mlec_fit_free(fit);
    mlec_problem_free(problem);
    mlec_data_free(data);
    mlec_model_free(model);
    return has_result ? session_close(&s, status) : session_fail(&s, status);
}
