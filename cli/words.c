#include "cli/words.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

size_t word_utf8(const char *s)
{
    const unsigned char *p = (const unsigned char *)s;
    size_t n = p[0] == 0     ? 0
               : p[0] < 0x80 ? 1
               : p[0] < 0xC2 ? 0
               : p[0] < 0xE0 ? 2
               : p[0] < 0xF0 ? 3
                             : 4;
    if (p[0] > 0xF4 || (p[0] == 0xE0 && p[1] < 0xA0) || (p[0] == 0xED && p[1] >= 0xA0) ||
        (p[0] == 0xF0 && p[1] < 0x90) || (p[0] == 0xF4 && p[1] >= 0x90)) {
        return 0;
    }
    for (size_t i = 1; i < n; i++) {
        if ((p[i] & 0xC0) != 0x80) {
            return 0;
        }
    }
    return n;
}

word_shown word_show(const char *word)
{
    word_shown out;
    size_t length = 0, room = sizeof out.text - 4;
    while (*word) {
        size_t n = word_utf8(word);
        if (length + (n ? n : 1) > room) {
            memcpy(out.text + length, "...", 4);
            return out;
        }
        bool control = n == 0 || (n == 1 && ((unsigned char)*word < 32 || *word == 127)) ||
                       (n == 2 && (unsigned char)word[0] == 0xC2 && (unsigned char)word[1] < 0xA0);
        if (control) {
            out.text[length++] = '?';
            word += n ? n : 1;
        } else {
            memcpy(out.text + length, word, n);
            length += n;
            word += n;
        }
    }
    out.text[length] = 0;
    return out;
}

bool word_number(const char *word, double *value)
{
    if (!*word || strspn(word, "+-.0123456789eE") != strlen(word)) {
        return false; /* before strtod, which also takes blanks, hexadecimal, inf and nan */
    }
    char *end;
    double x = strtod(word, &end);
    if (*end || !isfinite(x)) {
        return false;
    }
    *value = x;
    return true;
}

/* Insertions, deletions, substitutions and swaps of neighbours that turn `a` into `b`. */
static size_t distance(const char *a, const char *b)
{
    enum { LONGEST = 40 };
    size_t n = strlen(a), m = strlen(b);
    if (n > LONGEST || m > LONGEST) {
        return LONGEST;
    }
    size_t d[LONGEST + 1][LONGEST + 1];
    for (size_t i = 0; i <= n; i++) {
        for (size_t j = 0; j <= m; j++) {
            if (i == 0 || j == 0) {
                d[i][j] = i + j;
                continue;
            }
            size_t best = d[i - 1][j - 1] + (a[i - 1] != b[j - 1]);
            best = d[i - 1][j] + 1 < best ? d[i - 1][j] + 1 : best;
            best = d[i][j - 1] + 1 < best ? d[i][j - 1] + 1 : best;
            bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
            if (swapped && d[i - 2][j - 2] + 1 < best) {
                best = d[i - 2][j - 2] + 1;
            }
            d[i][j] = best;
        }
    }
    return d[n][m];
}

const char *word_nearest(const char *word, const char *const *candidates, size_t n)
{
    const char *best = NULL;
    size_t limit = (strlen(word) + 2) / 3 + 1;
    for (size_t i = 0; i < n; i++) {
        size_t d = distance(word, candidates[i]);
        if (d < limit && d < strlen(word)) {
            limit = d;
            best = candidates[i];
        }
    }
    return best;
}
