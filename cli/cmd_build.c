/* mlec build: a model as an object file and a C header, for programs that link it. */
#include "cli/commands.h"
#include "cli/session.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

/* The model's file name without folder and ending, as a C identifier. */
static void default_symbol(const char *path, char *out, size_t size)
{
    const char *slash = strrchr(path, '/');
    const char *name = slash ? slash + 1 : path;
    if (strcmp(path, "-") == 0 || !*name) {
        name = "model";
    }
    const char *dot = strrchr(name, '.');
    size_t n = dot && dot > name ? (size_t)(dot - name) : strlen(name);
    size_t k = 0;
    if (isdigit((unsigned char)*name)) {
        k = (size_t)snprintf(out, size, "model_");
    }
    for (size_t i = 0; i < n && k + 1 < size; i++) {
        unsigned char c = (unsigned char)name[i];
        out[k++] = (c < 128 && isalnum(c)) ? (char)c : '_';
    }
    out[k] = 0;
}

static bool is_identifier(const char *s)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_";
    static const char rest[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789";
    return *s && strchr(letters, *s) && strspn(s, rest) == strlen(s);
}

int build_command(const command_line *line)
{
    char symbol[128];
    if (line->symbol) {
        if (!is_identifier(line->symbol) || strlen(line->symbol) >= sizeof symbol) {
            return session_refuse(line, "usage",
                                  "--symbol takes a name of C: letters, digits and _", NULL);
        }
        snprintf(symbol, sizeof symbol, "%s", line->symbol);
    } else {
        default_symbol(line->model, symbol, sizeof symbol);
    }
    session s;
    if (!session_open(&s, line)) {
        return 2;
    }
    size_t length;
    const char *name, *text = session_text(&s, &length, &name);
    mlec_status status = MLEC_ERROR_MODEL;
    if (text) {
        status = mlec_model_build(s.ctx, name, text, length, &line->library, symbol, line->output,
                                  line->header);
    }
    if (status == MLEC_OK) {
        session_show(&s);
    } else {
        session_fail(&s, status);
    }
    return session_close(&s, status);
}
