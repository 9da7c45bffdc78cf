/* The program `mlec`: reads the command line and runs one command. */
#include "cli/commands.h"
#include "cli/session.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

static int (*const commands[COMMAND_COUNT])(const command_line *line) = {
    [COMMAND_FIT] = fit_command,         [COMMAND_CHECK] = check_command,
    [COMMAND_EMIT] = emit_command,       [COMMAND_BUILD] = build_command,
    [COMMAND_DOC] = doc_command,         [COMMAND_FMT] = fmt_command,
    [COMMAND_EXPLAIN] = explain_command, [COMMAND_BENCH] = bench_command,
};

/* Where a standard stream is closed, a file opened later would take its place and receive its
 * text. Something that refuses to be read or written stands in for it. */
static bool occupy_streams(void)
{
    for (int fd = 0; fd <= 2; fd++) {
        if (fcntl(fd, F_GETFD) == -1 && errno == EBADF &&
            open("/dev/null", fd == STDOUT_FILENO ? O_RDONLY : O_WRONLY) != fd) {
            return false;
        }
    }
    return true;
}

int main(int argc, char **argv)
{
    if (!occupy_streams()) {
        return 1;
    }
    signal(SIGPIPE, SIG_IGN); /* a closed pipe is reported where the output is written */
    command_line line;
    int status;
    if (!options_read(&line, argc, argv)) {
        status = session_refuse(&line, "usage", line.message, line.hint);
    } else if (line.seen[OPTION_HELP]) {
        options_help(line.command);
        status = output_flush() ? 0 : 1;
    } else if (line.seen[OPTION_VERSION]) {
        puts("mlec " MLEC_VERSION);
        status = output_flush() ? 0 : 1;
    } else {
        status = commands[line.command](&line);
    }
    options_free(&line);
    return status;
}
