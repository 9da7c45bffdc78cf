/* Parsing in a test: everything lives in one arena that the end of the process frees. */
#ifndef TESTS_UNIT_GRAMMAR_FIXTURE_H
#define TESTS_UNIT_GRAMMAR_FIXTURE_H

#include "grammar/parse.h"

typedef struct {
    oom_guard guard;
    arena arena;
    intern_table names;
    diag_list diags;
    ast_context context;
    uint32_t file; /* of the last text */
} fixture;

void fixture_open(fixture *f);
void fixture_close(fixture *f);
const ast *fixture_parse(fixture *f, const char *text, size_t length);
expr *fixture_expression(fixture *f, const char *text);
/* All diagnostics as they are shown. */
const char *fixture_messages(fixture *f);
const char *fixture_print(fixture *f, const ast *tree);
/* The bytes of a file of the source tree. */
char *fixture_read(fixture *f, const char *path, size_t *length);
/* NULL, or why the tree of `text` does not survive being printed and parsed again. */
const char *fixture_round_trip(fixture *f, const char *text, size_t length);

#endif
