/* One run of a command: its context, what was said so far, and how it ends.
 *
 * Messages of the library are shown on standard error when the run ends. Exit status:
 *
 *     0  MLEC_OK
 *     1  MLEC_ERROR_FIT; output that could not be written
 *     2  MLEC_ERROR_MODEL, a wrong command line; also MEMORY (the model or table is too large for
 *        this machine), ARGUMENT and INTERNAL, which no model and no data should lead to
 *     3  MLEC_ERROR_DATA
 */
#ifndef CLI_SESSION_H
#define CLI_SESSION_H

#include "cli/options.h"

typedef struct {
    const command_line *line;
    mlec_ctx *ctx;
    bool color;
    size_t shown;        /* of the context's diagnostics */
    char *text;          /* the model, where the program read it; lives as long as the context */
    const char *explain; /* the code of the first error shown */
    bool refused;        /* a complaint of the program itself was made, in JSON too */
} session;

/* False when there is no memory; then the exit status is 2 and all is said. */
bool session_open(session *s, const command_line *line);

/* Compiles the model of the command line; its text may come from standard input. */
mlec_status session_model(session *s, mlec_model **model);
/* Reads the data of the command line, if there are any, and binds them. On failure both may be
 * NULL; the caller frees them. `read_ms` receives the time of reading, that of columns during the
 * binding included, `bind_ms` the rest. */
mlec_status session_bind(session *s, const mlec_model *model, mlec_data **data,
                         mlec_problem **problem, double *read_ms, double *bind_ms);
/* The whole text of a file, or of standard input for "-", to be freed; NULL when it cannot be read,
 * which is reported. */
char *session_read(session *s, const char *path, size_t *length);
/* The whole text of the model, for the calls that take a text; `name` is what messages call it.
 * NULL when the file cannot be read, which is reported and counts as MLEC_ERROR_MODEL. */
const char *session_text(session *s, size_t *length, const char **name);

/* Shows the context's diagnostics, each once. */
void session_show(session *s);
/* Shows one diagnostic, unless --quiet leaves it out. */
void session_show_one(session *s, const mlec_diagnostic *d);

/* What a run says that has no result: its diagnostics, and with --json the failure object. Models,
 * data and problems are freed after it, since messages quote them. */
void session_fail(session *s, mlec_status status);
/* Frees the context and returns the exit status. */
int session_close(session *s, mlec_status status);

/* A complaint of the program itself, in the form of the library's; with `json` also as an object on
 * standard output. `hint` may be NULL or empty. Returns 2. */
int session_refuse(const command_line *line, const char *code, const char *message,
                   const char *hint);

/* Writes a text and, where it has none, its last newline to standard output, and makes sure that
 * they arrived: false, with a message, when not. */
bool output_text(const char *text);
bool output_flush(void);

/* Milliseconds on a clock that only goes forward. */
double clock_ms(void);

#endif
