/* Between lexer, parser and their driver; nobody else includes it.
 *
 * The lexer does more than cut words: it decides where a statement ends, which words are keywords
 * at that place, and it closes brackets that the text forgot. So the parser sees every statement
 * as one run of tokens that ends with TOKEN_NEWLINE, and recovers there. */
#ifndef GRAMMAR_LEXER_H
#define GRAMMAR_LEXER_H

#include "compiler/ast/ast.h"
#include "grammar/parse.h"

typedef VEC(expr *) expr_list;
typedef VEC(argument) argument_list;
typedef VEC(item) item_list;
typedef VEC(formal) formal_list;
typedef VEC(clause) clause_list;

typedef struct {
    const char *text; /* interned: a name, or the characters of a string */
    uint32_t length;
    bool quoted; /* a name in backquotes */
} word;

/* What stands in the brackets of a call. */
typedef struct {
    argument_list args;
    expr *given;
} call_arguments;

typedef union {
    word word;
    double number;
    operator_kind op;
    expr *expr;
    formula *formula;
    type_expr *type;
    stmt *stmt;
    item *item;
    formal *formal;
    clause *clause;
    expr_list *exprs;
    argument *argument;
    call_arguments *call;
    item_list *items;
    formal_list *formals;
    clause_list *clauses;
} token_value;

typedef struct {
    int kind; /* enum yytokentype */
    span at;
    token_value value;
    bool first_on_line;
    bool missing; /* not in the text, put there by the lexer */
    bool stray;   /* a closing bracket that closes nothing */
} token;

enum { MAX_NESTING = 200, QUEUE_SIZE = MAX_NESTING + 8 };

typedef struct {
    char open;
    bool dead; /* a brace that opens no block: its lines are skipped together */
    span at;
} bracket;

typedef struct parser {
    ast_context *c;
    uint32_t file;
    const char *text; /* a copy of the source with a 0 behind it */
    const char *cursor, *limit;

    /* the lexer's side */
    token queue[QUEUE_SIZE]; /* decided, not yet handed over */
    uint32_t queue_head, queue_count;
    token queued; /* the last one put into the queue */
    bracket open[MAX_NESTING];
    uint32_t depth, overflow;
    int head; /* keyword that began the statement, or 0 */
    bool seen_tilde;
    bool failed; /* an error was reported in this statement */
    VEC(comment) comments;

    /* what the parser has seen, for messages */
    token first, second; /* of this statement */
    uint32_t n_tokens;   /* in this statement */
    token previous, current;

    ast *tree;
    expr *expression; /* of parse_expression */
} parser;

/* lexer.re: the next piece of text, without a thought about lines. */
token lexer_scan(parser *p);

/* lines.c: the next token for the parser. */
int lexer_next(parser *p, token_value *value, span *at);
/* The parser met an error at its current token. */
void lexer_fail(parser *p);
/* Goes on behind the statement that the parser cannot read to its end. */
void lexer_skip_statement(parser *p);

/* token.c: classes of tokens. */
bool token_ends_operand(int kind);
bool token_begins_operand(int kind); /* and can never go on after another one: no bracket */
bool token_continues_line(int kind); /* at its end */
bool token_is_binary(int kind);      /* not at the beginning of a line */
bool token_is_keyword(int kind);
const char *token_spelling(int kind);       /* "+", "a name"; NULL for inner symbols */
int token_keyword(const char *s, size_t n); /* the keyword that is spelled so, or 0 */

/* encoding.c: what is wrong with the text before it has tokens. False: do not go on. */
bool check_encoding(parser *p);
/* Bytes of the UTF-8 sequence at `s` (n > 0 bytes left), 0 when it is none. */
size_t utf8_sequence(const char *s, size_t n);
/* The ASCII that a look-alike character stands for (`-` for U+2212, nothing for an invisible one),
 * or NULL. */
const char *lookalike(const char *s, size_t n);

#endif
