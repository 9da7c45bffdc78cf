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

static span span_of(const parser *p, const char *begin, const char *end)
{
    return (span){p->file, (uint32_t)(begin - p->text), (uint32_t)(end - p->text)};
}

static diag *report(parser *p, diag_code code, token *t, const char *message, const char *hint)
{
    diag *d = diag_report(p->c->diags, code, t->at, "%s", message);
    if (hint)
        diag_add_hint(p->c->diags, d, "%s", hint);
    return d;
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
    t->value.number = read_number(begin);
    if (isinf(t->value.number))
        report(p, DIAG_BAD_NUMBER, t, "the number is too large for a double (1.8e308)",
               "infinity is written `inf`");
    else if (t->value.number == 0 && !is_zero(begin, p->cursor))
        report(p, DIAG_BAD_NUMBER, t, "the number is too small for a double (4.9e-324)",
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
    diag *d = diag_report(p->c->diags, DIAG_BAD_NUMBER, t->at, "`%s` is no number", shown);
    diag_add_hint(p->c->diags, d, "%s", hint);
    t->kind = TOKEN_NUMBER;
    t->value.number = 1;
}

static void name(parser *p, token *t, const char *begin)
{
    size_t n = (size_t)(p->cursor - begin);
    t->kind = TOKEN_NAME;
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
        report(p, DIAG_SYNTAX, t, "a name needs at least one character", NULL);
        t->kind = TOKEN_YYerror;
    }
}

/* Something that other languages write and this one writes otherwise; `kind` is what it means. */
static void foreign(parser *p, token *t, int kind, const char *ours)
{
    const char *begin = p->text + t->at.begin;
    diag *d = diag_report(p->c->diags, DIAG_SYNTAX, t->at, "`%.*s` is no operator of this language",
                          (int)(p->cursor - begin), begin);
    diag_add_hint(p->c->diags, d, "write %s", ours);
    t->kind = kind;
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
        if (ascii)
            diag_add_hint(p->c->diags, d, "write %s", ascii);
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

/*!include:re2c "unicode_categories.re" */

token lexer_scan(parser *p)
{
    token t = {.first_on_line = p->cursor == p->text};
    const char *YYMARKER, *begin;
    for (;;) {
        begin = p->cursor;
#define TOKEN(id) \
    t.kind = TOKEN_##id; \
    break
        /*!re2c
        re2c:define:YYCTYPE = "unsigned char";
        re2c:define:YYCURSOR = "p->cursor";
        re2c:define:YYLIMIT = "p->limit";
        re2c:yyfill:enable = 0;
        re2c:encoding-policy = fail;
        re2c:eof = 0;

        letter = L | Nl | "_";
        inner = letter | M | Nd | ".";
        plain = letter inner* | "." ((letter | M | ".") inner*)?;
        digits = [0-9]+;
        decimal = digits ("." digits?)? | "." digits;
        exponent = [eE] [+-]? digits;
        blank = [ \t\f\v] | (Zs \ " ");

        $               { t.kind = TOKEN_YYEOF; break; }
        *               { t.at = span_of(p, begin, p->cursor);
                          bad_character(p, &t, begin); return t; }

        blank+          { continue; }
        "\r"? "\n" | "\r" { t.first_on_line = true; continue; }
        "#"             { comment_to_end(p, begin, t.first_on_line); continue; }
        "\ufeff"        { if (begin == p->text) { t.first_on_line = true; continue; }
                          t.at = span_of(p, begin, p->cursor);
                          bad_character(p, &t, begin); return t; }

        decimal exponent? { t.at = span_of(p, begin, p->cursor); number(p, &t, begin); return t; }
        decimal exponent? inner+ {
                          t.at = span_of(p, begin, p->cursor);
                          bad_number(p, &t, begin); return t; }
        "and"           { TOKEN(AND); }
        "or"            { TOKEN(OR); }
        "not"           { TOKEN(NOT); }
        "."             { TOKEN(DOT); }
        plain           { name(p, &t, begin); break; }
        "\""            { string(p, &t, begin); return t; }
        "`"             { t.at = span_of(p, begin, p->cursor);
                          quoted_name(p, &t, begin); return t; }

        "="             { TOKEN(ASSIGN); }
        "~"             { TOKEN(TILDE); }
        ":"             { TOKEN(COLON); }
        ","             { TOKEN(COMMA); }
        ";"             { TOKEN(NEWLINE); }
        "|"             { TOKEN(BAR); }
        "||"            { TOKEN(BARS); }
        "("             { TOKEN(LPAREN); }
        ")"             { TOKEN(RPAREN); }
        "["             { TOKEN(LBRACKET); }
        "]"             { TOKEN(RBRACKET); }
        "{"             { TOKEN(LBRACE); }
        "}"             { TOKEN(RBRACE); }
        "=="            { TOKEN(EQ); }
        "!="            { TOKEN(NE); }
        "<"             { TOKEN(LT); }
        "<="            { TOKEN(LE); }
        ">"             { TOKEN(GT); }
        ">="            { TOKEN(GE); }
        "+"             { TOKEN(PLUS); }
        "-"             { TOKEN(MINUS); }
        "*"             { TOKEN(TIMES); }
        "/"             { TOKEN(DIVIDE); }
        "^"             { TOKEN(POWER); }

        "**"            { t.at = span_of(p, begin, p->cursor);
                          foreign(p, &t, TOKEN_POWER, "`^`, as in `x^2`"); return t; }
        "&" | "&&"      { t.at = span_of(p, begin, p->cursor);
                          foreign(p, &t, TOKEN_AND, "`and`"); return t; }
        "<>" | "!=="    { t.at = span_of(p, begin, p->cursor);
                          foreign(p, &t, TOKEN_NE, "`!=`"); return t; }
        "==="           { t.at = span_of(p, begin, p->cursor);
                          foreign(p, &t, TOKEN_EQ, "`==`"); return t; }
        "=>"            { t.at = span_of(p, begin, p->cursor);
                          foreign(p, &t, TOKEN_GE, "`>=`"); return t; }
        "=<"            { t.at = span_of(p, begin, p->cursor);
                          foreign(p, &t, TOKEN_LE, "`<=`"); return t; }
        "%%"            { t.at = span_of(p, begin, p->cursor);
                          foreign(p, &t, TOKEN_YYerror, "`x - n*floor(x/n)`"); return t; }
        "%" [a-z*]+ "%" { t.at = span_of(p, begin, p->cursor);
                          foreign(p, &t, TOKEN_YYerror, "a function, such as `dot(a, b)`"); return t; }
        "//" | "/" "*"  { t.at = span_of(p, begin, p->cursor);
                          report(p, DIAG_SYNTAX, &t, "a comment begins with `#`", NULL);
                          comment_to_end(p, begin, false); p->comments.count--;
                          t.kind = TOKEN_YYerror; return t; }
        */
#undef TOKEN
    }
    t.at = span_of(p, begin, p->cursor);
    return t;
}
