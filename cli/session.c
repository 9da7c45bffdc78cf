#include "cli/session.h"
#include "cli/progress.h"
#include "cli/words.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define RED     "\033[1;31m"
#define MAGENTA "\033[1;35m"
#define CYAN    "\033[1;36m"
#define GREEN   "\033[32m"
#define PLAIN   "\033[0m"

static bool is_input(const char *name) { return strcmp(name, "-") == 0; }

double clock_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return 1e3 * (double)t.tv_sec + 1e-6 * (double)t.tv_nsec;
}

/* ---- Output ---------------------------------------------------------------------------------- */

bool output_flush(void)
{
    if (fflush(stdout) == 0 && !ferror(stdout)) {
        return true;
    }
    fprintf(stderr, "mlec: error: cannot write to standard output: %s [cannot-write]\n",
            strerror(errno));
    return false;
}

bool output_text(const char *text)
{
    size_t n = strlen(text);
    fwrite(text, 1, n, stdout);
    if (n == 0 || text[n - 1] != '\n') {
        putchar('\n');
    }
    return output_flush();
}

static bool wants_color(const command_line *line)
{
    if (line->color != COLOR_AUTO) {
        return line->color == COLOR_ALWAYS;
    }
    const char *no = getenv("NO_COLOR"), *term = getenv("TERM");
    return isatty(STDERR_FILENO) && !(no && *no) && !(term && strcmp(term, "dumb") == 0);
}

/* Colours one line of a message: the word that says how bad it is, carets, and hints. */
static void put_colored(const char *text, size_t n)
{
    static const struct {
        const char *word, *color;
    } marks[] = {{"error: ", RED}, {"warning: ", MAGENTA}, {"note: ", CYAN}, {"  hint: ", GREEN}};
    size_t rule = strspn(text, " ");
    if (rule < n && text[rule] == '|') { /* "       |    ^~~" */
        fprintf(stderr, "%.*s" RED "%.*s" PLAIN, (int)rule + 1, text, (int)(n - rule - 1),
                text + rule + 1);
        return;
    }
    for (size_t m = 0; m < sizeof marks / sizeof *marks; m++) {
        const char *at = strstr(text, marks[m].word);
        size_t length = strlen(marks[m].word);
        bool begins = at && (at == text || (at - text >= 2 && memcmp(at - 2, ": ", 2) == 0));
        if (begins && at + length <= text + n) {
            fprintf(stderr, "%.*s%s%.*s" PLAIN "%.*s", (int)(at - text), text, marks[m].color,
                    (int)length, at, (int)(n - (size_t)(at - text) - length), at + length);
            return;
        }
    }
    fprintf(stderr, "%.*s", (int)n, text);
}

static void put_message(const char *text, bool color)
{
    if (!color) {
        fputs(text, stderr);
        return;
    }
    while (*text) {
        size_t n = strcspn(text, "\n");
        put_colored(text, n);
        text += n;
        if (*text) {
            fputc('\n', stderr);
            text++;
        }
    }
}

static void put_json_text(const char *text)
{
    if (!text) {
        fputs("null", stdout);
        return;
    }
    putchar('"');
    while (*text) {
        size_t n = word_utf8(text);
        if (n == 0) {
            fputs("\\ufffd", stdout);
            n = 1;
        } else if (n == 1 && (*text == '"' || *text == '\\')) {
            printf("\\%c", *text);
        } else if (n == 1 && (unsigned char)*text < 32) {
            printf("\\u%04x", *text);
        } else {
            fwrite(text, 1, n, stdout);
        }
        text += n;
    }
    putchar('"');
}

int session_refuse(const command_line *line, const char *code, const char *message,
                   const char *hint)
{
    if (hint && !*hint) {
        hint = NULL;
    }
    char text[800];
    snprintf(text, sizeof text, "mlec: error: %s [%s]\n%s%s%s", message, code,
             hint ? "  hint: " : "", hint ? hint : "", hint ? "\n" : "");
    put_message(text, wants_color(line));
    if (line->seen[OPTION_JSON]) {
        fputs("{\"mlec\": \"" MLEC_VERSION "\", \"model\": ", stdout);
        put_json_text(line->model);
        fputs(", \"data\": ", stdout);
        put_json_text(line->data);
        printf(", \"diagnostics\": [{\"code\": \"%s\", \"severity\": \"error\", \"message\": ",
               code);
        put_json_text(message);
        fputs(", \"hint\": ", stdout);
        put_json_text(hint);
        fputs(", \"parameters\": [], \"rows\": [], \"file\": null, \"line\": null, "
              "\"column\": null}]}\n",
              stdout);
        output_flush();
    }
    return 2;
}

/* ---- Diagnostics ----------------------------------------------------------------------------- */

void session_show_one(session *s, const mlec_diagnostic *d)
{
    if (d->severity != MLEC_ERROR && s->line->seen[OPTION_QUIET]) {
        return;
    }
    if (!d->file) { /* a message begins with a place, or else with the program */
        fputs("mlec: ", stderr);
    }
    put_message(d->text, s->color);
    if (d->severity == MLEC_ERROR && !s->explain) {
        s->explain = d->code;
    }
}

void session_show(session *s)
{
    size_t n = mlec_diagnostic_count(s->ctx);
    for (; s->shown < n; s->shown++) {
        mlec_diagnostic d = mlec_diagnostic_get(s->ctx, s->shown);
        session_show_one(s, &d);
    }
}

/* ---- Steps ----------------------------------------------------------------------------------- */

bool session_open(session *s, const command_line *line)
{
    *s = (session){.line = line, .ctx = mlec_ctx_new(NULL), .color = wants_color(line)};
    if (!s->ctx) {
        session_refuse(line, "out-of-memory", "out of memory", NULL);
        return false;
    }
    return true;
}

/* Everything that `f` still gives, or NULL with errno. */
static char *read_all(FILE *f, size_t *length)
{
    size_t size = 4096, n = 0;
    char *text = malloc(size);
    while (text) {
        n += fread(text + n, 1, size - n, f);
        if (n < size) {
            break;
        }
        size *= 2;
        char *grown = realloc(text, size);
        if (!grown) {
            free(text);
        }
        text = grown;
    }
    if (text && ferror(f)) {
        free(text);
        text = NULL;
    }
    *length = n;
    return text;
}

char *session_read(session *s, const char *path, size_t *length)
{
    FILE *f = is_input(path) ? stdin : fopen(path, "rb");
    char *text = f ? read_all(f, length) : NULL;
    if (!text) {
        char message[256];
        snprintf(message, sizeof message, "cannot read %s: %s", word_show(path).text,
                 strerror(errno));
        session_refuse(s->line, "cannot-read", message, NULL);
        s->refused = true;
    }
    if (f && f != stdin) {
        fclose(f);
    }
    return text;
}

const char *session_text(session *s, size_t *length, const char **name)
{
    const char *path = s->line->model;
    *name = is_input(path) ? "<stdin>" : path;
    s->text = session_read(s, path, length);
    return s->text;
}

mlec_status session_model(session *s, mlec_model **model)
{
    *model = NULL;
    const char *path = s->line->model;
    const mlec_options *options = &s->line->library;
    mlec_status status;
    if (is_input(path)) {
        size_t length;
        const char *name, *text = session_text(s, &length, &name);
        status = text ? mlec_model_compile(s->ctx, name, text, length, options, model)
                      : MLEC_ERROR_MODEL;
    } else {
        status = mlec_model_read(s->ctx, path, options, model);
    }
    return status;
}

/* Whether a table is so large that its fit will want machine code, which can be made meanwhile. */
static bool is_large(const char *path)
{
    enum { LARGE = 8 << 20 };
    struct stat s;
    return stat(path, &s) == 0 && S_ISREG(s.st_mode) && s.st_size >= LARGE;
}

mlec_status session_bind(session *s, const mlec_model *model, mlec_data **data,
                         mlec_problem **problem, double *read_ms, double *bind_ms)
{
    mlec_options options = s->line->library;
    progress p;
    progress_begin(&p, s->line, &options);
    double begin = clock_ms();
    mlec_status status = MLEC_OK;
    if (s->line->data) {
        if (s->line->command != COMMAND_CHECK && is_large(s->line->data)) {
            mlec_model_prepare(model, false);
        }
        status = mlec_data_read(s->ctx, s->line->data, &options, data);
    }
    double read = clock_ms();
    if (status == MLEC_OK) { /* reads the columns that the model uses */
        status = mlec_problem_new(s->ctx, model, *data, &options, problem);
        read = p.read_end > read ? p.read_end : read;
        *bind_ms = clock_ms() - read;
    }
    *read_ms = read - begin;
    progress_end(&p);
    return status;
}

static int exit_status(mlec_status status)
{
    switch (status) {
    case MLEC_OK: return 0;
    case MLEC_ERROR_FIT: return 1;
    case MLEC_ERROR_DATA: return 3;
    default: return 2;
    }
}

int session_close(session *s, mlec_status status)
{
    if (s->explain && isatty(STDERR_FILENO) && !s->line->seen[OPTION_QUIET]) {
        fprintf(stderr, "mlec explain %s tells more\n", s->explain);
    }
    mlec_ctx_free(s->ctx);
    free(s->text);
    return exit_status(status);
}

static bool has_error(const mlec_ctx *ctx)
{
    for (size_t i = 0, n = mlec_diagnostic_count(ctx); i < n; i++) {
        if (mlec_diagnostic_get(ctx, i).severity == MLEC_ERROR) {
            return true;
        }
    }
    return false;
}

void session_fail(session *s, mlec_status status)
{
    session_show(s);
    const char *json;
    if (s->refused) {
        return;
    }
    if (!has_error(s->ctx)) { /* nothing that a diagnostic could be made for: memory */
        session_refuse(s->line, status == MLEC_ERROR_MEMORY ? "out-of-memory" : "internal",
                       mlec_status_text(status), NULL);
    } else if (s->line->seen[OPTION_JSON]) {
        mlec_status done = mlec_report_failure_json(s->ctx, s->line->model, s->line->data, &json);
        if (done == MLEC_OK) {
            output_text(json);
        } else {
            session_refuse(s->line, "out-of-memory", mlec_status_text(done), NULL);
        }
    }
}
