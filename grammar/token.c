#include "grammar/lexer.h"
#include "grammar/parser.h"

#include <string.h>

enum {
    ENDS_OPERAND = 1,
    BEGINS_OPERAND = 2,
    CONTINUES = 4, /* at the end of a line */
    BINARY = 8,
    KEYWORD = 16,
};

/* By token; the rows follow the order of the grammar's %token lines. */
static const struct {
    unsigned char classes;
    const char *spelling;
} table[] = {
#define ROW(id, classes, spelling) [TOKEN_##id - TOKEN_START_MODEL] = {classes, spelling}
    ROW(NEWLINE, 0, "the end of the line"),
    ROW(DATA, KEYWORD, "data"),
    ROW(PARAM, KEYWORD, "param"),
    ROW(RANDOM, KEYWORD, "random"),
    ROW(CONST, KEYWORD, "const"),
    ROW(LET, KEYWORD, "let"),
    ROW(LINEAR, KEYWORD, "linear"),
    ROW(LOGLIK, KEYWORD, "loglik"),
    ROW(LOGPRIOR, KEYWORD, "logprior"),
    ROW(WHERE, KEYWORD, "where"),
    ROW(WEIGHT, KEYWORD, "weight"),
    ROW(SERIES, KEYWORD, "series"),
    ROW(CONSTRAIN, KEYWORD, "constrain"),
    ROW(FN, KEYWORD, "fn"),
    ROW(DIST, KEYWORD, "dist"),
    ROW(REPORT, KEYWORD, "report"),
    ROW(ONCE, 0, "once"),
    ROW(NAME, ENDS_OPERAND | BEGINS_OPERAND, "a name"),
    ROW(STRING, ENDS_OPERAND | BEGINS_OPERAND, "a text"),
    ROW(NUMBER, ENDS_OPERAND | BEGINS_OPERAND, "a number"),
    ROW(DOT, ENDS_OPERAND | BEGINS_OPERAND, "."),
    ROW(ASSIGN, CONTINUES | BINARY, "="),
    ROW(TILDE, CONTINUES | BINARY, "~"),
    ROW(COLON, CONTINUES | BINARY, ":"),
    ROW(COMMA, CONTINUES | BINARY, ","),
    ROW(BAR, CONTINUES | BINARY, "|"),
    ROW(BARS, CONTINUES | BINARY, "||"),
    ROW(LPAREN, 0, "("),
    ROW(RPAREN, ENDS_OPERAND, ")"),
    ROW(LBRACKET, 0, "["),
    ROW(RBRACKET, ENDS_OPERAND, "]"),
    ROW(LBRACE, 0, "{"),
    ROW(RBRACE, 0, "}"),
    ROW(OR, CONTINUES | BINARY, "or"),
    ROW(AND, CONTINUES | BINARY, "and"),
    ROW(NOT, CONTINUES | BEGINS_OPERAND, "not"),
    ROW(EQ, CONTINUES | BINARY, "=="),
    ROW(NE, CONTINUES | BINARY, "!="),
    ROW(LT, CONTINUES | BINARY, "<"),
    ROW(LE, CONTINUES | BINARY, "<="),
    ROW(GT, CONTINUES | BINARY, ">"),
    ROW(GE, CONTINUES | BINARY, ">="),
    ROW(PLUS, CONTINUES | BINARY, "+"),
    ROW(MINUS, CONTINUES | BINARY, "-"),
    ROW(TIMES, CONTINUES | BINARY, "*"),
    ROW(DIVIDE, CONTINUES | BINARY, "/"),
    ROW(POWER, CONTINUES | BINARY, "^"),
#undef ROW
};

static unsigned classes_of(int kind)
{
    return kind >= TOKEN_START_MODEL && kind <= TOKEN_POWER
               ? table[kind - TOKEN_START_MODEL].classes
               : 0;
}

bool token_ends_operand(int kind) { return classes_of(kind) & ENDS_OPERAND; }
bool token_begins_operand(int kind) { return classes_of(kind) & BEGINS_OPERAND; }
bool token_continues_line(int kind) { return classes_of(kind) & CONTINUES; }
bool token_is_binary(int kind) { return classes_of(kind) & BINARY; }
bool token_is_keyword(int kind) { return classes_of(kind) & KEYWORD; }

const char *token_spelling(int kind)
{
    return kind >= TOKEN_START_MODEL && kind <= TOKEN_POWER
               ? table[kind - TOKEN_START_MODEL].spelling
               : NULL;
}

int token_keyword(const char *s, size_t n)
{
    for (int t = TOKEN_DATA; t <= TOKEN_REPORT; t++)
        if (strlen(token_spelling(t)) == n && memcmp(token_spelling(t), s, n) == 0)
            return t;
    return 0;
}
