/* The command line as a struct, read by the table options.def. */
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include <mlec.h>

typedef enum {
#define COMMAND(id, name, operands, help) COMMAND_##id,
#include "cli/options.def"
#undef COMMAND
    COMMAND_COUNT
} command_id;

typedef enum {
#define OPTION(id, name, letter, argument, commands, help) OPTION_##id,
#include "cli/options.def"
#undef OPTION
    OPTION_COUNT
} option_id;

typedef enum { COLOR_AUTO, COLOR_ALWAYS, COLOR_NEVER } color_choice;

typedef struct {
    command_id command;
    mlec_options library;    /* what goes to the library; its arrays belong to this struct */
    bool seen[OPTION_COUNT]; /* which options were given */
    color_choice color;
    const char *model, *data; /* as given; "-" is standard input; data may be NULL */
    const char *output, *header, *symbol, *scores;
    const char *topic; /* of doc, or NULL */
    char **names;      /* all operands, for commands that take any number */
    int n_names;
    char cache[4096];             /* directory of compiled models; empty: none */
    char message[400], hint[200]; /* after a wrong command line; hint may be empty */
} command_line;

/* Reads the arguments. False when they are wrong: then message and hint say why, and seen[] and
 * model hold what could be understood, so that --json is obeyed all the same. Strings point into
 * `argv`. With --help or --version nothing else is required. Call options_free in any case. */
bool options_read(command_line *line, int argc, char **argv);
void options_free(command_line *line);

const char *command_name(command_id command);
/* Prints the help of one command; that of fit is also the overview. */
void options_help(command_id command);

#endif
