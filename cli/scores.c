#include "cli/scores.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A name as a field: quoted where it has a separator or a quote. */
static void write_name(FILE *f, const char *name)
{
    if (!strpbrk(name, ",\"\n\r")) {
        fputs(name, f);
        return;
    }
    fputc('"', f);
    for (; *name; name++) {
        if (*name == '"') {
            fputc('"', f);
        }
        fputc(*name, f);
    }
    fputc('"', f);
}

static bool write_table(FILE *f, const mlec_result *r, const double *scores, const int64_t *rows)
{
    fputs("row", f);
    for (size_t j = 0; j < r->n_parameters; j++) {
        fputc(',', f);
        write_name(f, r->parameters[j].name);
    }
    for (size_t i = 0; i < r->rows_used; i++) {
        fprintf(f, "\n%lld", (long long)rows[i]);
        for (size_t j = 0; j < r->n_parameters; j++) {
            double x = scores[i * r->n_parameters + j];
            fputc(',', f);
            if (isfinite(x)) {
                fprintf(f, "%.17g", x);
            }
        }
    }
    fputc('\n', f);
    return fflush(f) == 0;
}

static bool write_file(session *s, const mlec_result *r, const double *scores, const int64_t *rows)
{
    const char *path = s->line->scores;
    FILE *f = fopen(path, "w");
    bool ok = f && write_table(f, r, scores, rows);
    int error = errno;
    if (f && fclose(f) != 0) {
        ok = false;
        error = errno;
    }
    if (!ok) {
        fprintf(stderr, "mlec: error: cannot write %s: %s [cannot-write]\n", path, strerror(error));
    }
    return ok;
}

static bool compute(session *s, mlec_problem *problem, const double *theta, double *scores)
{
    size_t before = mlec_diagnostic_count(s->ctx);
    mlec_status status = mlec_scores(problem, theta, scores);
    for (size_t i = before; i < mlec_diagnostic_count(s->ctx); i++) {
        mlec_diagnostic d = mlec_diagnostic_get(s->ctx, i);
        session_show_one(s, &d);
    }
    return status == MLEC_OK;
}

bool scores_write(session *s, mlec_problem *problem, const mlec_result *r)
{
    double *theta = malloc((r->n_parameters + 1) * sizeof *theta);
    double *scores = malloc((r->rows_used * r->n_parameters + 1) * sizeof *scores);
    int64_t *rows = malloc((r->rows_used + 1) * sizeof *rows);
    bool room = theta && scores && rows, ok = false;
    if (room) {
        for (size_t j = 0; j < r->n_parameters; j++) {
            theta[j] = r->parameters[j].estimate;
        }
        mlec_problem_row_numbers(problem, rows);
        ok = compute(s, problem, theta, scores) && write_file(s, r, scores, rows);
    } else {
        fprintf(stderr, "mlec: error: %s [out-of-memory]\n", mlec_status_text(MLEC_ERROR_MEMORY));
    }
    free(rows);
    free(scores);
    free(theta);
    return ok;
}
