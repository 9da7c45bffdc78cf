#include "cli/progress.h"
#include "cli/session.h"

#include <stdio.h>
#include <unistd.h>

enum { QUIET_MS = 300, QUIET_READING_MS = 500, EVERY_MS = 100, BAR = 30 };

/* Whether it is time to draw the line again. */
static bool is_due(progress *p, double quiet_ms)
{
    double now = clock_ms();
    if (now - p->begin < quiet_ms || now - p->last < EVERY_MS) {
        return false;
    }
    p->last = now;
    p->drawn = true;
    return true;
}

static bool show_fit(void *user, int iteration, double log_likelihood, double decrement)
{
    if (is_due(user, QUIET_MS)) {
        if (iteration == 0)
            fprintf(stderr, "\r  start over some of the rows\033[K");
        else
            fprintf(stderr, "\r  iteration %d  log-likelihood %.6f  decrement %.1e\033[K",
                    iteration, log_likelihood, decrement);
        fflush(stderr);
    }
    return true;
}

/* "  reading columns  [##########--------------------]  34 %  812 MB/s" */
static void show_reading(void *user, mlec_read_step step, size_t done, size_t total)
{
    static const char *const names[] = {"checking rows", "reading columns"};
    progress *p = user;
    if (step != p->step || done < p->step_done || p->step_begin == 0) {
        p->step = step;
        p->step_begin = p->step_begin == 0 ? p->begin : clock_ms();
    }
    p->step_done = done;
    p->read_end = step == MLEC_READ_COLUMNS ? clock_ms() : p->read_end;
    if (total == 0 || !p->draws || !is_due(p, QUIET_READING_MS)) {
        return;
    }
    double part = (double)done / (double)total, seconds = 1e-3 * (p->last - p->step_begin);
    int full = (int)(BAR * part);
    fprintf(stderr, "\r  %s  [", names[step]);
    for (int i = 0; i < BAR; i++) {
        fputc(i < full ? '#' : '-', stderr);
    }
    fprintf(stderr, "] %3.0f %%", 100 * part);
    if (seconds > 0) {
        fprintf(stderr, "  %.0f MB/s", 1e-6 * (double)done / seconds);
    }
    fputs("\033[K", stderr);
    fflush(stderr);
}

void progress_begin(progress *p, const command_line *line, mlec_options *options)
{
    *p = (progress){.begin = clock_ms(),
                    .draws = isatty(STDERR_FILENO) && !line->seen[OPTION_QUIET]};
    options->read_progress = show_reading;
    options->read_progress_user = p;
    if (p->draws) {
        options->progress = show_fit;
        options->progress_user = p;
    }
}

void progress_end(const progress *p)
{
    if (p->drawn) {
        fputs("\r\033[K", stderr);
    }
}
