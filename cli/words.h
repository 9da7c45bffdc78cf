/* Small things that the command line does with words. */
#ifndef CLI_WORDS_H
#define CLI_WORDS_H

#include <stdbool.h>
#include <stddef.h>

/* A word from outside fit for a message: control characters and what is no UTF-8 become ?, a long
 * one is cut. */
typedef struct {
    char text[88];
} word_shown;
word_shown word_show(const char *word);

/* Reads a decimal number that fills the whole word: no blanks, hexadecimal, inf or nan. */
bool word_number(const char *word, double *value);

/* The candidate that a typing mistake may have meant, or NULL. */
const char *word_nearest(const char *word, const char *const *candidates, size_t n);

/* The length of the UTF-8 character at `s`, or 0 when it is none (or the end). */
size_t word_utf8(const char *s);

#endif
