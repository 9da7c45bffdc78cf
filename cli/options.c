#include "cli/options.h"
#include "cli/words.h"

#include <getopt.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct {
    const char *name, *operands, *help;
} command_row;

typedef struct {
    const char *name;
    char letter;
    const char *argument;
    unsigned commands;
    const char *help;
} option_row;

enum {
#define COMMAND(id, name, operands, help) id = 1u << COMMAND_##id,
#include "cli/options.def"
#undef COMMAND
};

static const command_row command_table[COMMAND_COUNT] = {
#define COMMAND(id, name, operands, help) [COMMAND_##id] = {name, operands, help},
#include "cli/options.def"
#undef COMMAND
};

static const option_row option_table[OPTION_COUNT] = {
#define OPTION(id, name, letter, argument, commands, help)                                         \
    [OPTION_##id] = {name, letter, argument, commands, help},
#include "cli/options.def"
#undef OPTION
};

enum { FIRST_LONG = 256 }; /* getopt's value of option i is FIRST_LONG + i: no letter */

const char *command_name(command_id command) { return command_table[command].name; }

static command_id find_command(const char *word)
{
    command_id c = 0;
    while (c < COMMAND_COUNT && strcmp(word, command_table[c].name) != 0) {
        c++;
    }
    return c;
}

static bool belongs(option_id option, command_id command)
{
    return option_table[option].commands >> command & 1;
}

/* The option that a letter means to a command, or OPTION_COUNT. */
static option_id option_of_letter(int letter, command_id command)
{
    option_id o = 0;
    while (o < OPTION_COUNT && !(belongs(o, command) && option_table[o].letter == letter)) {
        o++;
    }
    return o;
}

/* Its letter, or 0 when it has none or an earlier option keeps it. */
static char letter_of(option_id option, command_id command)
{
    char letter = option_table[option].letter;
    return option_of_letter(letter, command) == option ? letter : 0;
}

/* ---- Wrong command lines --------------------------------------------------------------------- */

__attribute__((format(printf, 2, 3))) static bool refuse(command_line *line, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    vsnprintf(line->message, sizeof line->message, fmt, args);
    va_end(args);
    return false;
}

__attribute__((format(printf, 2, 3))) static void suggest(command_line *line, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    vsnprintf(line->hint, sizeof line->hint, fmt, args);
    va_end(args);
}

/* The name of a long option as it was typed, without dashes and value, cut to fit. */
static void typed_name(const char *word, char *out, size_t size)
{
    word += strspn(word, "-");
    size_t n = strcspn(word, "=");
    if (n >= size) {
        n = size - 1;
    }
    memcpy(out, word, n);
    out[n] = 0;
}

/* Why getopt did not take `word`: another command's option, several that begin so, or a typo. */
static bool refuse_option(command_line *line, const char *word)
{
    if (optopt) {
        char letter[2] = {(char)optopt, 0};
        suggest(line, "mlec %s --help lists the options", command_name(line->command));
        return refuse(line, "there is no option -%s", word_show(letter).text);
    }
    char name[64];
    typed_name(word, name, sizeof name);
    word_shown shown = word_show(name);
    const char *names[OPTION_COUNT];
    size_t n = 0;
    const char *begins[2] = {NULL, NULL};
    for (option_id o = 0; o < OPTION_COUNT; o++) {
        const option_row *row = &option_table[o];
        if (!belongs(o, line->command)) {
            if (strcmp(name, row->name) == 0) {
                command_id other = 0;
                while (!belongs(o, other)) {
                    other++;
                }
                return refuse(line, "--%s is an option of mlec %s, not of mlec %s", row->name,
                              command_name(other), command_name(line->command));
            }
            continue;
        }
        names[n++] = row->name;
        if (strncmp(name, row->name, strlen(name)) == 0) {
            begins[begins[0] != NULL] = row->name;
        }
    }
    if (begins[1]) {
        return refuse(line, "--%s may be --%s or --%s: write more of it", shown.text, begins[0],
                      begins[1]);
    }
    const char *near = word_nearest(name, names, n);
    if (near) {
        suggest(line, "did you mean --%s?", near);
    } else {
        suggest(line, "mlec %s --help lists the options", command_name(line->command));
    }
    return refuse(line, "there is no option --%s", shown.text);
}

/* ---- Values ---------------------------------------------------------------------------------- */

static void refuse_choice(command_line *line, const option_row *row, const char *value)
{
    char words[64];
    size_t n = 0;
    for (const char *p = row->argument; *p && n + 5 < sizeof words; p++) {
        n += (size_t)snprintf(words + n, sizeof words - n, *p == '|' ? " or " : "%c", *p);
    }
    refuse(line, "--%s takes %s, not '%s'", row->name, words, word_show(value).text);
}

/* The position of `value` among the words of "a|b|c", or -1 after a complaint. */
static int choose(command_line *line, const option_row *row, const char *value)
{
    size_t length = strlen(value);
    const char *p = row->argument;
    for (int i = 0;; i++) {
        size_t n = strcspn(p, "|");
        if (n == length && memcmp(p, value, n) == 0) {
            return i;
        }
        if (!p[n]) {
            refuse_choice(line, row, value);
            return -1;
        }
        p += n + 1;
    }
}

static bool take_level(command_line *line, const char *value)
{
    double level;
    if (word_number(value, &level) && level > 0 && level < 1) {
        line->library.level = level;
        return true;
    }
    word_shown shown = word_show(value);
    if (word_number(value, &level) && level >= 50 && level < 100) {
        suggest(line, "did you mean --level %g?", level / 100);
    }
    return refuse(line, "--level takes a number between 0 and 1, not '%s'", shown.text);
}

static bool take_iterations(command_line *line, const char *value)
{
    double n;
    if (word_number(value, &n) && n >= 1 && n <= 1e9 && n == floor(n)) {
        line->library.max_iterations = (int)n;
        return true;
    }
    word_shown shown = word_show(value);
    return refuse(line, "--max-iterations takes a whole number from 1, not '%s'", shown.text);
}

static bool take_threads(command_line *line, const char *value)
{
    double n;
    if (word_number(value, &n) && n >= 1 && n <= 1e9 && n == floor(n)) {
        line->library.threads = (int)n;
        return true;
    }
    word_shown shown = word_show(value);
    return refuse(line, "--threads takes a whole number from 1, not '%s'", shown.text);
}

/* Names of tricks, with commas between them. */
static bool take_without(command_line *line, const char *value)
{
    do {
        size_t n = strcspn(value, ",");
        int trick = 0;
        while (trick < MLEC_TRICK_COUNT &&
               (strlen(mlec_trick_name((mlec_trick)trick)) != n ||
                strncmp(mlec_trick_name((mlec_trick)trick), value, n) != 0))
            trick++;
        if (trick == MLEC_TRICK_COUNT) {
            char known[256] = "";
            for (int i = 0; i < MLEC_TRICK_COUNT; i++) {
                size_t used = strlen(known);
                snprintf(known + used, sizeof known - used, "%s%s", i ? ", " : "",
                         mlec_trick_name((mlec_trick)i));
            }
            word_shown shown = word_show(value);
            return refuse(line, "--without takes %s, not '%s'", known, shown.text);
        }
        line->library.without |= UINT32_C(1) << trick;
        value += n + (value[n] == ',');
    } while (*value);
    return true;
}

/* NAME=VALUE, cut at the last =, since an index may hold one: eta[site=b]=0.5. The name is
 * terminated where it stands. */
static bool take_setting(command_line *line, const option_row *row, char *text,
                         const mlec_setting **list, size_t *count)
{
    word_shown shown = word_show(text);
    char *equals = strrchr(text, '=');
    if (!equals || equals == text) {
        return refuse(line, "--%s takes NAME=VALUE, not '%s'", row->name, shown.text);
    }
    mlec_setting setting;
    const char *value = equals + 1 + strspn(equals + 1, " \t");
    if (!word_number(value, &setting.value)) {
        word_shown wrong = word_show(value);
        suggest(line, "write the number itself, such as 0.25 or 1e-3; expressions belong in the "
                      "model");
        return refuse(line, "--%s %s: '%s' is not a decimal number", row->name, shown.text,
                      wrong.text);
    }
    while (equals > text && (equals[-1] == ' ' || equals[-1] == '\t')) {
        equals--;
    }
    *equals = 0;
    setting.name = text + strspn(text, " \t");
    mlec_setting *grown = realloc((mlec_setting *)*list, (*count + 1) * sizeof *grown);
    if (!grown) {
        return refuse(line, "out of memory");
    }
    grown[(*count)++] = setting;
    *list = grown;
    return true;
}

static bool take_option(command_line *line, option_id option, char *value)
{
    const option_row *row = &option_table[option];
    mlec_options *library = &line->library;
    int choice = 0;
    line->seen[option] = true;
    if (row->argument && strchr(row->argument, '|')) {
        choice = choose(line, row, value);
        if (choice < 0) {
            return false;
        }
    }
    switch (option) {
    case OPTION_MLE: library->mle = true; return true;
    case OPTION_LEVEL: return take_level(line, value);
    case OPTION_SET: return take_setting(line, row, value, &library->sets, &library->n_sets);
    case OPTION_START: return take_setting(line, row, value, &library->starts, &library->n_starts);
    case OPTION_FIX: return take_setting(line, row, value, &library->fixes, &library->n_fixes);
    case OPTION_GAPS: library->gaps = choice ? MLEC_GAPS_JOIN : MLEC_GAPS_ERROR; return true;
    case OPTION_NA: library->na = choice ? MLEC_NA_ERROR : MLEC_NA_OMIT; return true;
    case OPTION_VCOV: library->vcov = (mlec_vcov)choice; return true; /* in the enum's order */
    case OPTION_CLUSTER: library->cluster = value; return true;
    case OPTION_TIER: library->tier = (mlec_tier)choice; return true; /* in the enum's order */
    case OPTION_MAX_ITERATIONS: return take_iterations(line, value);
    case OPTION_THREADS: return take_threads(line, value);
    case OPTION_WITHOUT: return take_without(line, value);
    case OPTION_COLOR: line->color = (color_choice)choice; return true;
    case OPTION_DOC_MODEL: line->model = value; return true;
    case OPTION_SCORES: line->scores = value; return true;
    case OPTION_OUTPUT: line->output = value; return true;
    case OPTION_HEADER: line->header = value; return true;
    case OPTION_SYMBOL: line->symbol = value; return true;
    default: return true; /* seen[] says all */
    }
}

/* ---- The whole line -------------------------------------------------------------------------- */

/* Some of the options a command has, as getopt wants them. */
typedef struct {
    struct option rows[OPTION_COUNT + 1];
    char letters[2 * OPTION_COUNT + 2];
} getopt_table;

static void make_getopt_table(getopt_table *t, command_id command)
{
    size_t n = 0;
    char *letter = t->letters;
    *letter++ = ':'; /* a missing value is reported as ':' */
    for (option_id o = 0; o < OPTION_COUNT; o++) {
        const option_row *row = &option_table[o];
        if (!belongs(o, command)) {
            continue;
        }
        t->rows[n++] = (struct option){row->name, row->argument ? required_argument : no_argument,
                                       NULL, FIRST_LONG + (int)o};
        if (letter_of(o, command)) {
            *letter++ = row->letter;
            if (row->argument) {
                *letter++ = ':';
            }
        }
    }
    t->rows[n] = (struct option){0};
    *letter = 0;
}

static option_id option_of_value(int value, command_id command)
{
    return value >= FIRST_LONG ? (option_id)(value - FIRST_LONG) : option_of_letter(value, command);
}

static bool ends_in(const char *word, const char *end)
{
    size_t n = strlen(word), m = strlen(end);
    return n >= m && strcmp(word + n - m, end) == 0;
}

/* What the operands say that is not a model and data. */
static bool take_operands(command_line *line, int n, char **words)
{
    bool with_data = line->command == COMMAND_FIT || line->command == COMMAND_CHECK ||
                     line->command == COMMAND_BENCH;
    line->names = words;
    line->n_names = n;
    if (line->command == COMMAND_EXPLAIN) {
        return true;
    }
    if (line->command == COMMAND_DOC) {
        line->topic = n > 0 ? words[0] : NULL;
        return n < 2 || refuse(line, "mlec doc takes one name, '%s' is one too many",
                               word_show(words[1]).text);
    }
    if (n == 0) {
        suggest(line, "mlec %s %s; mlec --help tells more", command_name(line->command),
                command_table[line->command].operands);
        return refuse(line, "a model is needed");
    }
    word_shown first = word_show(words[0]);
    line->model = words[0];
    if (line->command == COMMAND_FMT) {
        return true;
    }
    line->data = with_data && n > 1 ? words[1] : NULL;
    for (int i = 0; i < n && i < 2; i++) {
        if (find_command(words[i]) < COMMAND_COUNT && access(words[i], F_OK) != 0) {
            suggest(line, "a file of this name is written ./%s", words[i]);
            return refuse(line, "the command comes first: mlec %s ...", words[i]);
        }
    }
    if (n > 1 && ends_in(words[1], ".lik") && !ends_in(words[0], ".lik")) {
        suggest(line, "mlec %s MODEL.lik%s", command_name(line->command),
                with_data ? " DATA.csv" : "");
        return refuse(line, "the model comes first: '%s' does not look like one", first.text);
    }
    if (n > 1 + with_data) {
        word_shown extra = word_show(words[1 + with_data]);
        suggest(line, "mlec %s %s", command_name(line->command),
                command_table[line->command].operands);
        return refuse(line, "'%s' is one name too many", extra.text);
    }
    if (line->data && strcmp(line->model, "-") == 0 && strcmp(line->data, "-") == 0) {
        return refuse(line, "model and data cannot both come from standard input");
    }
    return true;
}

/* `mlec chek model.lik`: a word that is no file but nearly a command. */
static bool looks_like_command(command_line *line, int n, char **words)
{
    if (n == 0 || strpbrk(words[0], "./-") || access(words[0], F_OK) == 0) {
        return false;
    }
    const char *names[COMMAND_COUNT];
    for (command_id c = 0; c < COMMAND_COUNT; c++) {
        names[c] = command_table[c].name;
    }
    const char *near = word_nearest(words[0], names, COMMAND_COUNT);
    if (strcmp(words[0], "help") == 0 || strcmp(words[0], "version") == 0) {
        suggest(line, "mlec --%s", words[0]);
    } else if (near) {
        suggest(line, "did you mean mlec %s?", near);
    } else {
        return false;
    }
    refuse(line, "there is no command and no file '%s'", word_show(words[0]).text);
    return true;
}

/* Options that must stand together, or must not. */
static bool fits_together(command_line *line)
{
    if (line->command == COMMAND_EMIT) {
        option_id stage = OPTION_COUNT;
        for (option_id o = OPTION_AST; o <= OPTION_LATEX; o++) {
            if (!line->seen[o]) {
                continue;
            }
            if (stage < OPTION_COUNT) {
                return refuse(line, "mlec emit prints one stage: --%s or --%s",
                              option_table[stage].name, option_table[o].name);
            }
            stage = o;
        }
        if (stage == OPTION_COUNT) {
            suggest(line, "mlec emit --help lists the stages");
            return refuse(line, "mlec emit needs a stage, such as --gradient");
        }
    }
    if (line->command == COMMAND_BUILD && !(line->output && line->header)) {
        suggest(line, "mlec build %s", command_table[COMMAND_BUILD].operands);
        return refuse(line, "mlec build needs %s",
                      line->output ? "-h, the header to write" : "-o, the object file to write");
    }
    if (line->seen[OPTION_PER_ROW] && line->seen[OPTION_JSON]) {
        suggest(line, "-log_likelihood / n of the JSON object is this average");
        return refuse(line, "--per-row belongs to the text report, not to --json");
    }
    if (line->seen[OPTION_MARKDOWN] && line->seen[OPTION_JSON]) {
        return refuse(line, "mlec doc prints one format: --markdown or --json");
    }
    return true;
}

/* A check evaluates nothing; a measurement is of machine code. */
static void choose_tier(command_line *line)
{
    if (line->seen[OPTION_TIER]) {
        return;
    }
    line->library.tier = line->command == COMMAND_CHECK   ? MLEC_TIER_INTERPRETER
                         : line->command == COMMAND_BENCH ? MLEC_TIER_COMPILED
                                                          : MLEC_TIER_AUTO;
}

/* Where compiled models are kept, as the XDG base directory specification says. */
static void find_cache(command_line *line)
{
    const char *home = getenv("XDG_CACHE_HOME"), *tail = "/mlec";
    if (!home || home[0] != '/') {
        home = getenv("HOME");
        tail = "/.cache/mlec";
    }
    bool compiles = line->command == COMMAND_FIT || line->command == COMMAND_CHECK;
    if (!compiles || line->seen[OPTION_NO_CACHE] || !home || home[0] != '/') {
        return;
    }
    int n = snprintf(line->cache, sizeof line->cache, "%s%s", home, tail);
    if (n > 0 && (size_t)n < sizeof line->cache) {
        line->library.cache = line->cache;
    }
}

bool options_read(command_line *line, int argc, char **argv)
{
    *line = (command_line){.command = COMMAND_FIT};
    mlec_options_init(&line->library);
    int begin = 1;
    if (argc > 1 && find_command(argv[1]) < COMMAND_COUNT) {
        line->command = find_command(argv[1]);
        begin = 2;
    }
    line->library.pedantic = line->command == COMMAND_CHECK;
    getopt_table table;
    make_getopt_table(&table, line->command);
    opterr = 0;
    bool ok = true;
    int n = argc - begin + 1, value;
    char **words = argv + begin - 1; /* getopt skips words[0] */
    for (;;) {
        value = getopt_long(n, words, table.letters, table.rows, NULL);
        if (value == -1) {
            break;
        }
        bool good;
        if (value == ':') {
            option_id o = option_of_value(optopt, line->command);
            const option_row *row = &option_table[o];
            if (o == OPTION_HEADER) {
                suggest(line, "here -h is the header to write; mlec build --help prints help");
            }
            good = refuse(line, "--%s needs a value: --%s %s", row->name, row->name, row->argument);
        } else if (value == '?' && optopt >= FIRST_LONG) {
            good = refuse(line, "--%s takes no value", option_table[optopt - FIRST_LONG].name);
        } else if (value == '?') {
            good = ok ? refuse_option(line, words[optind - 1]) : false;
        } else {
            option_id o = option_of_value(value, line->command);
            if (!ok) { /* the first complaint stays; only --json still matters */
                line->seen[o] = true;
                continue;
            }
            good = take_option(line, o, optarg);
        }
        ok = ok && good;
    }
    int operands = n - optind;
    if (line->seen[OPTION_HELP] || line->seen[OPTION_VERSION]) {
        return ok;
    }
    if (ok && begin == 1 && looks_like_command(line, operands, words + optind)) {
        return false;
    }
    if (!ok) {
        line->model = operands > 0 ? words[optind] : NULL;
        line->data = operands > 1 ? words[optind + 1] : NULL;
        return false;
    }
    choose_tier(line);
    find_cache(line);
    return take_operands(line, operands, words + optind) && fits_together(line);
}

void options_free(command_line *line)
{
    free((mlec_setting *)line->library.sets);
    free((mlec_setting *)line->library.starts);
    free((mlec_setting *)line->library.fixes);
}

/* ---- Help ------------------------------------------------------------------------------------ */

enum { HELP_COLUMN = 27, HELP_WIDTH = 79 };

/* Prints `text` from HELP_COLUMN on, broken between words. */
static void print_wrapped(const char *text, int column)
{
    printf("%*s", column < HELP_COLUMN ? HELP_COLUMN - column : 0, "");
    if (column >= HELP_COLUMN) {
        printf("\n%*s", HELP_COLUMN, "");
    }
    column = HELP_COLUMN;
    while (*text) {
        int n = (int)strcspn(text, " ");
        if (column > HELP_COLUMN && column + 1 + n > HELP_WIDTH) {
            printf("\n%*s", HELP_COLUMN, "");
            column = HELP_COLUMN;
        } else if (column > HELP_COLUMN) {
            putchar(' ');
            column++;
        }
        printf("%.*s", n, text);
        column += n;
        text += n + strspn(text + n, " ");
    }
    putchar('\n');
}

static void print_options(command_id command)
{
    for (option_id o = 0; o < OPTION_COUNT; o++) {
        const option_row *row = &option_table[o];
        if (!belongs(o, command)) {
            continue;
        }
        char left[64];
        char letter = letter_of(o, command);
        int n = snprintf(left, sizeof left, letter ? "  -%c, " : "      ", letter);
        n += snprintf(left + n, sizeof left - (size_t)n, "--%s%s%s", row->name,
                      row->argument ? " " : "", row->argument ? row->argument : "");
        fputs(left, stdout);
        print_wrapped(row->help, n);
    }
}

void options_help(command_id command)
{
    if (command != COMMAND_FIT) {
        const command_row *row = &command_table[command];
        printf("usage: mlec %s %s [options]\n\n%s\n\noptions:\n", row->name, row->operands,
               row->help);
        print_options(command);
        return;
    }
    puts("mlec: maximum likelihood and MAP estimation from a model in a small language\n");
    puts("usage: mlec MODEL.lik [DATA.csv] [options]");
    for (command_id c = 0; c < COMMAND_COUNT; c++) {
        printf("       mlec %s %s [options]\n", command_table[c].name, command_table[c].operands);
    }
    puts("\ncommands:");
    for (command_id c = 0; c < COMMAND_COUNT; c++) {
        print_wrapped(command_table[c].help, printf("  %s", command_table[c].name));
    }
    puts("\noptions of mlec fit (mlec COMMAND --help lists those of another command):");
    print_options(COMMAND_FIT);
    puts("\nA file named - is standard input. Results go to standard output, messages to\n"
         "standard error. Exit status: 0 fitted; 1 the fit failed or cannot be trusted,\n"
         "or the output could not be written; 2 the model or the command line is wrong,\n"
         "or the machine too small for it; 3 the data are wrong.");
}
