/* The commands of the program. Each does its work and returns the exit status. */
#ifndef CLI_COMMANDS_H
#define CLI_COMMANDS_H

#include "cli/options.h"

int fit_command(const command_line *line);
int check_command(const command_line *line);
int bench_command(const command_line *line);
int emit_command(const command_line *line);
int build_command(const command_line *line);
int doc_command(const command_line *line);
int fmt_command(const command_line *line);
int explain_command(const command_line *line);

#endif
