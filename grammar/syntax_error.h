/* From "token X in state S" to a message that a user understands. */
#ifndef GRAMMAR_SYNTAX_ERROR_H
#define GRAMMAR_SYNTAX_ERROR_H

#include "grammar/lexer.h"

/* The parser cannot use `p->current`; it could have used any of `expected`. */
void report_syntax_error(parser *p, const int *expected, int n_expected);

#endif
