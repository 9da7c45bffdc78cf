/* mlec explain: what a message means. */
#include "cli/commands.h"
#include "cli/session.h"
#include "cli/words.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *title;
    mlec_severity severity;
    mlec_status status;
} kinds[] = {
    {"errors in the model or on the command line: exit status 2", MLEC_ERROR, MLEC_ERROR_MODEL},
    {"errors in the data: exit status 3", MLEC_ERROR, MLEC_ERROR_DATA},
    {"a fit that failed or cannot be trusted: exit status 1", MLEC_ERROR, MLEC_ERROR_FIT},
    {"warnings", MLEC_WARNING, MLEC_OK},
    {"notes", MLEC_NOTE, MLEC_OK},
};

static void list_codes(void)
{
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
        printf("%s%s\n", k ? "\n" : "", kinds[k].title);
        for (size_t i = 0; i < mlec_explanation_count(); i++) {
            mlec_explanation e = mlec_explanation_get(i);
            if (e.severity == kinds[k].severity && e.status == kinds[k].status) {
                printf("  %-24s %s\n", e.code, e.meaning);
            }
        }
    }
    puts("\nmlec explain CODE tells what one means, with an example and what to do.");
}

enum { WIDTH = 79 };

/* The words of one line of a paragraph, which goes on at `column`. */
static int print_words(const char *line, size_t n, int column)
{
    while (n > 0) {
        size_t word = 0;
        int width = 0;
        for (; word < n && line[word] != ' '; word++) {
            width += ((unsigned char)line[word] & 0xC0) != 0x80;
        }
        if (column > 0 && column + 1 + width > WIDTH) {
            putchar('\n');
            column = 0;
        } else if (column > 0) {
            putchar(' ');
            column++;
        }
        fwrite(line, 1, word, stdout);
        column += width;
        word += word < n;
        line += word;
        n -= word;
    }
    return column;
}

/* Markdown as a terminal likes it: paragraphs are filled, blocks indented without their fences. */
static void print_text(const mlec_explanation *e)
{
    bool block = false;
    int column = 0;
    printf("%s\n", e->code);
    for (size_t i = 0; i < e->length;) {
        const char *line = e->text + i;
        const char *newline = memchr(line, '\n', e->length - i);
        size_t n = newline ? (size_t)(newline - line) : e->length - i;
        i += n + 1;
        bool fence = n >= 3 && memcmp(line, "```", 3) == 0;
        bool heading = n > 2 && line[0] == '*' && line[n - 1] == '*' && !block;
        block ^= fence;
        if (fence || (n == 0 && i >= e->length)) {
            continue;
        }
        if (block || n == 0) {
            printf("%s%s%.*s\n", column > 0 ? "\n" : "", n ? "    " : "", (int)n, line);
            column = 0;
        } else {
            column = print_words(line + heading, n - 2 * heading, column);
        }
    }
    if (column > 0) {
        putchar('\n');
    }
}

/* `[unknown-name]`, as it stands behind a message, is taken too: without its brackets. */
static void bare_code(char *word)
{
    size_t n = strlen(word);
    if (n > 2 && word[0] == '[' && word[n - 1] == ']') {
        memmove(word, word + 1, n - 2);
        word[n - 2] = 0;
    }
}

static int refuse_code(const command_line *line, const char *word)
{
    size_t n = mlec_explanation_count();
    const char **codes = malloc(n * sizeof *codes);
    for (size_t i = 0; codes && i < n; i++) {
        codes[i] = mlec_explanation_get(i).code;
    }
    const char *near = codes ? word_nearest(word, codes, n) : NULL;
    char message[160], hint[160];
    snprintf(message, sizeof message, "no message has the code '%s'", word_show(word).text);
    snprintf(hint, sizeof hint, near ? "did you mean mlec explain %s?" : "mlec explain lists all",
             near);
    free(codes);
    return session_refuse(line, "usage", message, hint);
}

int explain_command(const command_line *line)
{
    int status = 0;
    if (line->n_names == 0) {
        list_codes();
    }
    for (int k = 0; k < line->n_names; k++) {
        size_t i = 0, n = mlec_explanation_count();
        bare_code(line->names[k]);
        while (i < n && strcmp(line->names[k], mlec_explanation_get(i).code) != 0) {
            i++;
        }
        if (i == n) {
            status = refuse_code(line, line->names[k]);
            continue;
        }
        mlec_explanation e = mlec_explanation_get(i);
        if (k > 0) {
            putchar('\n');
        }
        print_text(&e);
    }
    return output_flush() ? status : 1;
}
