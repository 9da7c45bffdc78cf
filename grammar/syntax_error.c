#include "grammar/syntax_error.h"

#include "grammar/parser.h"

void report_syntax_error(parser *p, const int *expected, int n_expected)
{
    lexer_fail(p);
    diag_report(p->c->diags, DIAG_SYNTAX, p->current.at, "unexpected %s",
                token_spelling(p->current.kind) ? token_spelling(p->current.kind) : "end");
}
