/* Text to tokens, one at a time and without regard to lines: lines.c decides what a newline means
 * and which words are keywords. Comments are put aside for the printer.
 *
 * Whatever is reported here is repaired if a repair is evident (`**` becomes `^`), so that the
 * parser does not complain a second time; else the token is TOKEN_YYerror, at which the parser
 * drops the statement without a message of its own. */
#include "grammar/lexer.h"
#include "grammar/parser.h"

#include <locale.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/*!include:re2c "unicode_categories.re" */

/* What the automaton finds beside tokens. */
enum {
    BLANKS = TOKEN_POWER + 1,
    LINE_END,
    COMMENT,
    FOREIGN_COMMENT,
    BYTE_ORDER_MARK,
    BAD_NUMBER,
    QUOTE,
    BACKQUOTE,
    BAD_CHARACTER,
    FOREIGN_WORD, /* and after it those of `foreign_operators` */
};

/* Operators of other languages: the token that each means, and what is written here. */
static const struct {
    int kind;
    const char *ours;
} foreign_operators[] = {
    {TOKEN_YYerror, "f(a, b)"}, {TOKEN_POWER, "^"}, {TOKEN_AND, "and"}, {TOKEN_NE, "!="},
    {TOKEN_EQ, "=="},           {TOKEN_GE, ">="},   {TOKEN_LE, "<="},
    {TOKEN_YYerror, "x - n*floor(x/n)"},            {TOKEN_YYerror, "dot(a, b)"},
};

/* The kind of the longest piece of text at *cursor, which is moved behind it. `limit` points at a
 * byte 0. The only place that knows how tokens look; it has no effects. */
static int match(const char **cursor, const char *limit)
{
    const char *YYMARKER;
    /*!re2c
    re2c:define:YYCTYPE = "unsigned char";
    re2c:define:YYCURSOR = "*cursor";
    re2c:define:YYLIMIT = limit;
    re2c:yyfill:enable = 0;
    re2c:encoding-policy = fail;
    re2c:eof = 0;

    letter = L | Nl | "_";
    inner = letter | M | Nd | ".";
    digits = [0-9]+;
    decimal = digits ("." digits?)? | "." digits;
    number = decimal ([eE] [+-]? digits)?;
    blank = [ \t\f\v] | (Zs \ " ");

    $               { return TOKEN_YYEOF; }
    *               { return BAD_CHARACTER; }
    blank+          { return BLANKS; }
    "\r"? "\n" | "\r" { return LINE_END; }
    "\ufeff"        { return BYTE_ORDER_MARK; }
    "#"             { return COMMENT; }
    number          { return TOKEN_NUMBER; }
    number [A-Za-z0-9_.]+ { return BAD_NUMBER; }
    letter inner* | "." (letter | M | ".") inner* { return TOKEN_NAME; }
    "\""            { return QUOTE; }
    "`"             { return BACKQUOTE; }

    "."             { return TOKEN_DOT; }
    "="             { return TOKEN_ASSIGN; }
    "~"             { return TOKEN_TILDE; }
    ":"             { return TOKEN_COLON; }
    ","             { return TOKEN_COMMA; }
    ";"             { return TOKEN_NEWLINE; }
    "|"             { return TOKEN_BAR; }
    "||"            { return TOKEN_BARS; }
    "("             { return TOKEN_LPAREN; }
    ")"             { return TOKEN_RPAREN; }
    "["             { return TOKEN_LBRACKET; }
    "]"             { return TOKEN_RBRACKET; }
    "{"             { return TOKEN_LBRACE; }
    "}"             { return TOKEN_RBRACE; }
    "=="            { return TOKEN_EQ; }
    "!="            { return TOKEN_NE; }
    "<"             { return TOKEN_LT; }
    "<="            { return TOKEN_LE; }
    ">"             { return TOKEN_GT; }
    ">="            { return TOKEN_GE; }
    "+"             { return TOKEN_PLUS; }
    "-"             { return TOKEN_MINUS; }
    "*"             { return TOKEN_TIMES; }
    "/"             { return TOKEN_DIVIDE; }
    "^"             { return TOKEN_POWER; }

    "//" | "/" "*"  { return FOREIGN_COMMENT; }
    "%" [a-z]+ "%"  { return FOREIGN_WORD; }
    "**"            { return FOREIGN_WORD + 1; }
    "&" | "&&"      { return FOREIGN_WORD + 2; }
    "<>" | "!=="    { return FOREIGN_WORD + 3; }
    "==="           { return FOREIGN_WORD + 4; }
    "=>"            { return FOREIGN_WORD + 5; }
    "=<"            { return FOREIGN_WORD + 6; }
    "%%"            { return FOREIGN_WORD + 7; }
    "%*%"           { return FOREIGN_WORD + 8; }
    */
}

static span span_of(const parser *p, const char *begin, const char *end)
{
    return (span){p->file, (uint32_t)(begin - p->text), (uint32_t)(end - p->text)};
}

static void report(parser *p, diag_code code, span at, const char *message, const char *hint)
{
    diag *d = diag_report(p->c->diags, code, at, "%s", message);
    if (hint)
        diag_add_hint(p->c->diags, d, "%s", hint);
}

/* Decimal numbers whatever the locale of the program around us. */
static double read_number(const char *s)
{
    locale_t c = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    double x = c ? strtod_l(s, NULL, c) : strtod(s, NULL);
    if (c)
        freelocale(c);
    return x;
}

static bool is_zero(const char *s, const char *end)
{
    for (; s < end && *s != 'e' && *s != 'E'; s++)
        if (*s >= '1' && *s <= '9')
            return false;
    return true;
}

static void number(parser *p, token *t, const char *begin)
{
    t->kind = TOKEN_NUMBER;
    t->at = span_of(p, begin, p->cursor);
    t->value.number = read_number(begin);
    if (isinf(t->value.number))
        report(p, DIAG_BAD_NUMBER, t->at, "the number is too large for a double (1.8e308)",
               "infinity is written `inf`");
    else if (t->value.number == 0 && !is_zero(begin, p->cursor))
        report(p, DIAG_BAD_NUMBER, t->at, "the number is too small for a double (4.9e-324)",
               "write 0 if that is meant");
}

static void bad_number(parser *p, token *t, const char *begin)
{
    size_t n = (size_t)(p->cursor - begin), digits = strspn(begin, "0123456789.");
    const char *shown = printable(p->c->arena, begin, n, 60), *hint = NULL;
    const char *rest = begin + digits;
    bool hex = digits == 1 && *begin == '0' && (*rest == 'x' || *rest == 'X');
    if (hex)
        hint = "numbers are decimal";
    else if (digits == n)
        hint = "a number has one decimal point";
    else if (*rest == 'L' && digits + 1 == n)
        hint = "integers need no `L`";
    else if (*rest == '_')
        hint = "digits are written without separators";
    else if ((*rest == 'e' || *rest == 'E') && digits + 1 == n)
        hint = "an exponent has digits, as in `1e-3`";
    else
        hint = arena_printf(p->c->arena, "a product is written `%.*s*%s`; a name that begins with "
                            "a digit stands in backquotes", (int)digits, begin, shown + digits);
    t->at = span_of(p, begin, p->cursor);
    report(p, DIAG_BAD_NUMBER, t->at, arena_printf(p->c->arena, "`%s` is no number", shown), hint);
    t->kind = TOKEN_NUMBER;
    t->value.number = 1;
}

/* The token of a word that is no name anywhere, or 0. */
static int reserved_word(const char *s, size_t n)
{
    if (n == 2 && memcmp(s, "or", 2) == 0)
        return TOKEN_OR;
    if (n == 3 && memcmp(s, "and", 3) == 0)
        return TOKEN_AND;
    return n == 3 && memcmp(s, "not", 3) == 0 ? TOKEN_NOT : 0;
}

static void name(parser *p, token *t, const char *begin)
{
    size_t n = (size_t)(p->cursor - begin);
    int reserved = reserved_word(begin, n);
    t->kind = reserved ? reserved : TOKEN_NAME;
    if (!reserved)
        t->value.word = (word){.text = intern(p->c->names, begin, n), .length = (uint32_t)n};
}

static void comment_to_end(parser *p, const char *begin, bool own_line)
{
    const char *end = memchr(begin, '\n', (size_t)(p->limit - begin));
    p->cursor = end = end ? end : p->limit;
    while (end > begin && (end[-1] == ' ' || end[-1] == '\t' || end[-1] == '\r'))
        end--;
    VEC_PUSH(p->c->arena, p->comments,
             (comment){.text = arena_strndup(p->c->arena, begin, (size_t)(end - begin)),
                       .at = span_of(p, begin, end),
                       .own_line = own_line});
}

/* A text or name without its closing quote: it ends with its line. */
static void unterminated(parser *p, token *t, const char *begin, const char *what, char quote)
{
    const char *end = memchr(begin, '\n', (size_t)(p->limit - begin));
    p->cursor = end ? end : p->limit;
    t->kind = TOKEN_YYerror;
    t->at = span_of(p, begin, begin + 1);
    diag *d = diag_report(p->c->diags, DIAG_UNTERMINATED_STRING, t->at,
                          "the %s that begins here has no closing %c on its line", what, quote);
    if (quote == '"')
        diag_add_hint(p->c->diags, d, "a line break within a text is written \\n");
}

static void bad_control(parser *p, token *t, const char *at)
{
    t->at = span_of(p, at, at + 1);
    diag_report(p->c->diags, DIAG_BAD_CHARACTER, t->at, "the control character \\x%02X",
                (unsigned char)*at);
}

static bool is_control(char c)
{
    return ((unsigned char)c < 32 && c != '\t') || c == 127;
}

static void string(parser *p, token *t, const char *begin)
{
    buf b;
    buf_init(&b, p->c->arena);
    const char *s = begin + 1;
    t->kind = TOKEN_STRING;
    for (; s < p->limit && *s != '"'; s++) {
        if (*s == '\n') {
            s = p->limit;
            break;
        }
        if (is_control(*s) && *s != '\r')
            bad_control(p, t, s);
        if (*s != '\\' || s + 1 == p->limit || s[1] == '\n') {
            buf_putc(&b, *s);
            continue;
        }
        static const char letters[] = "nrt\"\\", characters[] = "\n\r\t\"\\";
        const char *found = s[1] ? strchr(letters, *++s) : NULL;
        if (found) {
            buf_putc(&b, characters[found - letters]);
            continue;
        }
        size_t n = utf8_sequence(s, (size_t)(p->limit - s));
        t->at = span_of(p, s - 1, s + (n ? n : 1));
        diag *d = diag_report(p->c->diags, DIAG_SYNTAX, t->at, "`\\%s` means nothing in a text",
                              printable(p->c->arena, s, n ? n : 1, 4));
        diag_add_hint(p->c->diags, d, "a backslash is written \\\\");
        s += n ? n - 1 : 0;
    }
    if (s >= p->limit) {
        unterminated(p, t, begin, "text", '"');
        return;
    }
    p->cursor = s + 1;
    t->at = span_of(p, begin, p->cursor);
    t->value.word = (word){.text = intern(p->c->names, buf_text(&b), b.length),
                           .length = (uint32_t)b.length};
}

/* A backquote within the name is written twice. */
static void quoted_name(parser *p, token *t, const char *begin)
{
    buf b;
    buf_init(&b, p->c->arena);
    const char *s = begin + 1;
    for (; s < p->limit && *s != '\n'; s++) {
        if (*s == '`' && s[1] != '`')
            break;
        if (is_control(*s) && *s != '\r')
            bad_control(p, t, s);
        s += *s == '`';
        buf_putc(&b, *s);
    }
    if (s >= p->limit || *s != '`') {
        unterminated(p, t, begin, "name", '`');
        return;
    }
    p->cursor = s + 1;
    t->kind = TOKEN_NAME;
    t->at = span_of(p, begin, p->cursor);
    const char *text = intern(p->c->names, buf_text(&b), b.length);
    t->value.word = (word){.text = text, .length = (uint32_t)b.length, .quoted = true};
    if (b.length == 0) {
        report(p, DIAG_SYNTAX, t->at, "a name needs at least one character", NULL);
        t->kind = TOKEN_YYerror;
    }
}

/* Something that other languages write and this one writes otherwise. */
static void foreign(parser *p, token *t, const char *begin, int which)
{
    t->kind = foreign_operators[which].kind;
    t->at = span_of(p, begin, p->cursor);
    diag *d = diag_report(p->c->diags, DIAG_SYNTAX, t->at, "`%.*s` is no operator of this language",
                          (int)(p->cursor - begin), begin);
    diag_add_hint(p->c->diags, d, "write `%s`", foreign_operators[which].ours);
}

static void foreign_comment(parser *p, token *t, const char *begin)
{
    t->kind = TOKEN_YYerror;
    t->at = span_of(p, begin, p->cursor);
    report(p, DIAG_SYNTAX, t->at, "a comment begins with `#`", NULL);
    const char *end = memchr(begin, '\n', (size_t)(p->limit - begin));
    p->cursor = end ? end : p->limit;
}

static const struct {
    const char *ascii;
    int kind;
} ascii_tokens[] = {
    {"-", TOKEN_MINUS},  {"*", TOKEN_TIMES},  {"/", TOKEN_DIVIDE}, {"<=", TOKEN_LE},
    {">=", TOKEN_GE},    {"!=", TOKEN_NE},    {"~", TOKEN_TILDE},  {"(", TOKEN_LPAREN},
    {")", TOKEN_RPAREN}, {"[", TOKEN_LBRACKET}, {"]", TOKEN_RBRACKET}, {",", TOKEN_COMMA},
    {":", TOKEN_COLON},  {"=", TOKEN_ASSIGN}, {"+", TOKEN_PLUS},   {"|", TOKEN_BAR},
    {";", TOKEN_NEWLINE},
};

/* A character that begins no token. */
static void bad_character(parser *p, token *t, const char *begin)
{
    size_t left = (size_t)(p->limit - begin), n = utf8_sequence(begin, left);
    t->kind = TOKEN_YYerror;
    if (!n) /* reported when the text was checked */
        return;
    p->cursor = begin + n;
    t->at = span_of(p, begin, p->cursor);
    const char *shown = printable(p->c->arena, begin, n, 8), *ascii = lookalike(begin, n);
    if (n == 1 && is_control(*begin)) {
        bad_control(p, t, begin);
        return;
    }
    diag *d = diag_report(p->c->diags, DIAG_BAD_CHARACTER, t->at, "unexpected character `%s`",
                          shown);
    switch (*begin) {
    case '\'': diag_add_hint(p->c->diags, d, "a text stands in double quotes: \"B\""); break;
    case '!': diag_add_hint(p->c->diags, d, "negation is written `not`"); break;
    case '$': diag_add_hint(p->c->diags, d, "a column is written by its name alone"); break;
    case '%': diag_add_hint(p->c->diags, d, "a comment begins with `#`"); break;
    case '?': diag_add_hint(p->c->diags, d, "a choice is written `ifelse(c, a, b)`"); break;
    case '\\': diag_add_hint(p->c->diags, d, "a line that ends in an operator goes on by itself");
        break;
    default:
        if (ascii && *ascii)
            diag_add_hint(p->c->diags, d, "write `%s`", ascii);
        else if (ascii)
            diag_add_hint(p->c->diags, d, "delete this invisible character");
    }
    if (*begin == '\'') { /* read the text, if there is one, to go on behind it */
        const char *s = begin + 1;
        while (s < p->limit && *s != '\n' && *s != '\'')
            s++;
        if (s < p->limit && *s == '\'') {
            p->cursor = s + 1;
            t->kind = TOKEN_STRING;
            t->value.word = (word){.text = intern(p->c->names, begin + 1, (size_t)(s - begin - 1)),
                                   .length = (uint32_t)(s - begin - 1)};
        }
    }
    for (size_t i = 0; ascii && i < sizeof ascii_tokens / sizeof *ascii_tokens; i++)
        if (strcmp(ascii, ascii_tokens[i].ascii) == 0)
            t->kind = ascii_tokens[i].kind;
}

token lexer_scan(parser *p)
{
    token t = {.first_on_line = p->cursor == p->text};
    const char *begin;
    do {
        begin = p->cursor;
        t.kind = match(&p->cursor, p->limit);
        if (t.kind == BYTE_ORDER_MARK)
            t.kind = begin == p->text ? LINE_END : BAD_CHARACTER;
        if (t.kind == LINE_END)
            t.first_on_line = true;
        else if (t.kind == COMMENT)
            comment_to_end(p, begin, t.first_on_line);
    } while (t.kind == BLANKS || t.kind == LINE_END || t.kind == COMMENT);
    switch (t.kind) {
    case TOKEN_NAME: name(p, &t, begin); break;
    case TOKEN_NUMBER: number(p, &t, begin); break;
    case BAD_NUMBER: bad_number(p, &t, begin); break;
    case QUOTE: string(p, &t, begin); break;
    case BACKQUOTE: quoted_name(p, &t, begin); break;
    case BAD_CHARACTER: bad_character(p, &t, begin); break;
    case FOREIGN_COMMENT: foreign_comment(p, &t, begin); break;
    default:
        if (t.kind >= FOREIGN_WORD)
            foreign(p, &t, begin, t.kind - FOREIGN_WORD);
    }
    if (!t.at.file)
        t.at = span_of(p, begin, p->cursor);
    return t;
}

bool name_is_plain(const char *s)
{
    const char *end = s, *limit = s + strlen(s);
    return match(&end, limit) == TOKEN_NAME && end == limit &&
           !reserved_word(s, (size_t)(end - s));
}
