/* mlec fmt: models in the one layout. */
#include "cli/commands.h"
#include "cli/session.h"
#include "cli/words.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool write_all(int fd, const char *text, size_t n)
{
    while (n > 0) {
        ssize_t done = write(fd, text, n);
        if (done < 0 && errno != EINTR) {
            return false;
        }
        text += done > 0 ? done : 0;
        n -= done > 0 ? (size_t)done : 0;
    }
    return true;
}

/* A new file takes the place of the old one in a single step, so that no reader and no crash ever
 * sees half of it. It keeps the permissions, and where allowed the owner. */
static bool replace_file(const char *path, const char *text)
{
    char *real = realpath(path, NULL); /* the file, not a link to it */
    size_t n = real ? strlen(real) : 0;
    char *fresh = real ? malloc(n + sizeof ".XXXXXX") : NULL;
    struct stat old;
    bool ok = false;
    if (fresh && stat(real, &old) == 0 && access(real, W_OK) == 0) {
        memcpy(fresh, real, n);
        memcpy(fresh + n, ".XXXXXX", sizeof ".XXXXXX");
        int fd = mkstemp(fresh);
        if (fd >= 0) {
            bool own = fchown(fd, old.st_uid, old.st_gid) == 0;
            ok = fchmod(fd, old.st_mode & (own ? 07777 : 0777)) == 0 &&
                 write_all(fd, text, strlen(text)) && fsync(fd) == 0;
            ok = close(fd) == 0 && ok && rename(fresh, real) == 0;
            int error = errno;
            if (!ok) {
                unlink(fresh);
            }
            errno = error;
        }
    }
    int error = errno;
    free(fresh);
    free(real);
    errno = error;
    return ok;
}

/* One file; *differs is set when it is not in the layout. */
static mlec_status format_file(session *s, const char *path, bool *differs)
{
    bool input = strcmp(path, "-") == 0;
    size_t length;
    const char *out;
    char *text = session_read(s, path, &length);
    if (!text) {
        return MLEC_ERROR_MODEL;
    }
    mlec_status status = mlec_model_format(s->ctx, input ? "<stdin>" : path, text, length, &out);
    session_show(s);
    if (status != MLEC_OK) {
        free(text);
        return status;
    }
    bool same = strlen(out) == length && memcmp(out, text, length) == 0;
    free(text);
    *differs = *differs || !same;
    if (s->line->seen[OPTION_CHECK_ONLY]) {
        if (!same) {
            puts(input ? "<stdin>" : path);
        }
    } else if (input) {
        fputs(out, stdout);
    } else if (!same && !replace_file(path, out)) {
        char message[256];
        snprintf(message, sizeof message, "cannot write %s: %s", word_show(path).text,
                 strerror(errno));
        session_refuse(s->line, "cannot-write", message, NULL);
        return MLEC_ERROR_MODEL;
    }
    return MLEC_OK;
}

int fmt_command(const command_line *line)
{
    session s;
    if (!session_open(&s, line)) {
        return 2;
    }
    mlec_status worst = MLEC_OK;
    bool differs = false;
    for (int i = 0; i < line->n_names; i++) { /* a wrong file does not keep the others from it */
        mlec_status status = format_file(&s, line->names[i], &differs);
        worst = status != MLEC_OK ? status : worst;
    }
    bool written = output_flush();
    int result = session_close(&s, worst);
    if (result == 0 && ((differs && line->seen[OPTION_CHECK_ONLY]) || !written)) {
        result = 1;
    }
    return result;
}
