/* Explanations of diagnostics: the table diag.def, and the page docs/errors.md that the build
 * embeds. A section of the page begins with the line `## code`. */
#include "base/diag.h"

#include <mlec.h>

#include <string.h>

extern const char errors_text[];

size_t mlec_explanation_count(void) { return DIAG_COUNT; }

/* The text behind the heading of `code`, up to the next heading. */
static const char *find_section(const char *code, size_t *length)
{
    size_t n = strlen(code);
    const char *at = errors_text;
    while ((at = strstr(at, "\n## "))) {
        at += strlen("\n## ");
        if (strncmp(at, code, n) || at[n] != '\n')
            continue;
        const char *begin = at + n + strspn(at + n, "\n"), *end = strstr(begin, "\n## ");
        *length = end ? (size_t)(end - begin) + 1 : strlen(begin);
        return begin;
    }
    *length = 0;
    return "";
}

mlec_explanation mlec_explanation_get(size_t index)
{
    const diag_info *d = &diag_table[index < DIAG_COUNT ? index : 0];
    mlec_explanation e = {.code = d->code, .meaning = d->meaning};
    e.severity = (mlec_severity)d->severity;
    e.status = d->severity == DIAG_ERROR ? (mlec_status)d->class : MLEC_OK;
    e.text = find_section(d->code, &e.length);
    return e;
}
