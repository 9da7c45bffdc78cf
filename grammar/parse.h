/* Text to tree: re2c's lexer and Bison's parser behind one function. */
#ifndef GRAMMAR_PARSE_H
#define GRAMMAR_PARSE_H

#include "compiler/ast/ast.h"

/* Parses `text` (source number `file` of c->diags). Errors become diagnostics; the parser recovers
 * at the next statement, so the tree holds every statement that could be read. Never NULL. */
ast *parse_model(ast_context *c, uint32_t file);
/* One expression alone: `--set c=1/3`, `--start a=2`. NULL after an error. */
expr *parse_expression(ast_context *c, uint32_t file);

/* The prelude: the library of functions and distributions, written in the language and embedded in
 * the program. Found by name through an index made at build time; parsed when first used. */
typedef struct {
    const char *name;      /* "normal" */
    const char *file;      /* "continuous.lik" */
    const char *text;      /* its statement, with the doc comment above it */
    uint32_t length, line; /* line of its first character in the file */
    bool is_dist;          /* dist or fn */
    bool is_form;          /* its meaning is in the compiler: the entry documents it */
} prelude_entry;
const prelude_entry *prelude_find(const char *name, bool is_dist);
const prelude_entry *prelude_all(uint32_t *count); /* sorted by name */

#endif
