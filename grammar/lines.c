/* Where statements end.
 *
 * A newline ends a statement unless a round or square bracket is open or the line ends in an
 * operator or a comma. Each of these would let one slip swallow the rest of the file, so the rule
 * is applied with an eye on what follows:
 *
 * 1. In a round or square bracket, a line that ends in an operand before a line that begins with
 *    one, or before a line that is a statement by its looks, shows that the bracket was never
 *    closed. It is reported where it opened and closed here. No valid text is cut: two operands
 *    never stand side by side within brackets.
 * 2. Likewise a statement within the braces of a block, and one after an operator at a line's end.
 * 3. A line that begins with a binary operator gets a message and is then read as the rest of the
 *    line above, which is what its writer meant.
 * 4. A brace that opens no block (`model { ... }`) is dead: its lines make one bad statement.
 *
 * Keywords are words at the head of a statement only, so they are decided here too. */
#include "grammar/lexer.h"
#include "grammar/parser.h"

#include <assert.h>
#include <string.h>

static void enqueue(parser *p, token t)
{
    assert(p->queue_count < QUEUE_SIZE); /* all brackets and a few newlines fit */
    p->queue[(p->queue_head + p->queue_count++) % QUEUE_SIZE] = t;
    p->queued = t;
    if (t.kind == TOKEN_NEWLINE) {
        p->failed = false;
        p->head = 0;
        p->seen_tilde = false;
    }
}

/* A token that the text lacks, at the end of the one before it. */
static void enqueue_missing(parser *p, int kind)
{
    uint32_t at = p->queued.at.end;
    enqueue(p, (token){.kind = kind, .at = {p->file, at, at}, .missing = true});
}

static bool in_bracket(const parser *p)
{
    return p->overflow || (p->depth && p->open[p->depth - 1].open != '{');
}

static bool in_brace(const parser *p) { return p->depth && p->open[p->depth - 1].open == '{'; }

static bool in_dead_brace(const parser *p) { return in_brace(p) && p->open[p->depth - 1].dead; }

static bool at_head(const parser *p)
{
    return p->queued.kind == TOKEN_NEWLINE || p->queued.kind == TOKEN_START_MODEL;
}

/* ------------------------------------------------------------------ looking ahead */

static const char *skip_blanks(const char *s)
{
    while (*s == ' ' || *s == '\t')
        s++;
    return s;
}

static bool is_word_byte(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '.' || (unsigned char)c >= 0x80;
}

static size_t word_length(const char *s)
{
    size_t n = 0;
    while (is_word_byte(s[n]))
        n++;
    return n;
}

static bool is_word(const char *s, const char *expected)
{
    size_t n = strlen(expected);
    return word_length(s) == n && memcmp(s, expected, n) == 0;
}

/* `param a`, `where 1`: a keyword and an operand side by side, which is nothing but a statement. */
static bool begins_with_keyword(const parser *p, const char *s)
{
    size_t n = word_length(s);
    if (!token_keyword(s, n) || (s[n] != ' ' && s[n] != '\t'))
        return false;
    s = skip_blanks(s + n);
    if (!is_word_byte(*s) && *s != '`' && *s != '"')
        return false;
    /* `series a - \n let by id` is one statement. */
    return !is_word(s, "and") && !is_word(s, "or") &&
           !(p->head == TOKEN_SERIES && is_word(s, "by"));
}

/* A `~` outside brackets on the line of `s`. */
static bool has_tilde(const char *s)
{
    for (int depth = 0; *s && *s != '\n' && *s != '#' && *s != ';'; s++) {
        if (*s == '"' || *s == '`') {
            char quote = *s++;
            while (*s && *s != '\n' && *s != quote)
                s += *s == '\\' && quote == '"' && s[1] && s[1] != '\n' ? 2 : 1;
            if (*s != quote)
                return false;
        } else if (*s == '(' || *s == '[' || *s == '{') {
            depth++;
        } else if (*s == ')' || *s == ']' || *s == '}') {
            if (depth-- == 0)
                return false;
        } else if (*s == '~' && depth == 0) {
            return true;
        }
    }
    return false;
}

/* Is the line that begins with `t` a statement of its own, whatever stands before it? */
static bool is_new_statement(const parser *p, const token *t)
{
    const char *s = p->text + t->at.begin;
    if (begins_with_keyword(p, s))
        return true;
    /* The left side of `~` may take several lines, but only if nothing else began the statement. */
    bool may_be_left_side = p->depth == 0 && !p->head && !p->seen_tilde;
    return !may_be_left_side && t->kind != TOKEN_TILDE && has_tilde(s);
}

/* ------------------------------------------------------------------ brackets */

static int closing_token(char open)
{
    return open == '(' ? TOKEN_RPAREN : open == '[' ? TOKEN_RBRACKET : TOKEN_RBRACE;
}

/* Closes all brackets above the first `keep`, which the text does not. */
static void close_missing(parser *p, uint32_t keep)
{
    p->overflow = 0;
    if (p->depth <= keep)
        return;
    bracket *inner = &p->open[p->depth - 1];
    diag *d = diag_report(p->c->diags, DIAG_UNCLOSED_BRACKET, inner->at,
                          "the `%c` that opens here is never closed", inner->open);
    enum { MOST_NOTES = 3 };
    for (uint32_t i = p->depth - 1; i-- > keep && p->depth - i <= MOST_NOTES + 1;)
        diag_add_note(p->c->diags, d, p->open[i].at, "nor is this `%c`", p->open[i].open);
    while (p->depth > keep) {
        bracket b = p->open[p->depth - 1];
        if (b.open == '{' && !b.dead && p->queued.kind != TOKEN_NEWLINE)
            enqueue_missing(p, TOKEN_NEWLINE);
        p->depth--;
        enqueue_missing(p, closing_token(b.open));
    }
}

/* The number of brackets that stay open when all down to the innermost brace are closed. */
static uint32_t depth_of_brace(const parser *p)
{
    uint32_t n = p->depth;
    while (n && p->open[n - 1].open != '{')
        n--;
    return n;
}

/* Is the innermost bracket closed later on this line? */
static bool is_closed_on_line(const parser *p)
{
    int depth = 0;
    for (const char *s = p->cursor; *s && *s != '\n' && *s != '#'; s++) {
        if (*s == '(' || *s == '[')
            depth++;
        else if ((*s == ')' || *s == ']') && depth-- == 0)
            return true;
    }
    return false;
}

/* `~` and `{` never stand in round or square brackets: those before them were not closed, unless
 * they are closed behind them. */
static void close_before(parser *p)
{
    if (in_bracket(p) && !p->overflow && !p->failed && !is_closed_on_line(p))
        close_missing(p, depth_of_brace(p));
}

static void open_bracket(parser *p, token *t)
{
    char c = p->text[t->at.begin];
    if (t->kind == TOKEN_LPAREN)
        c = '('; /* it may be a look-alike */
    else if (t->kind == TOKEN_LBRACKET)
        c = '[';
    if (p->depth == MAX_NESTING) {
        if (!p->overflow++ && !p->failed)
            diag_report(p->c->diags, DIAG_SYNTAX, t->at, "brackets are nested more than %d deep",
                        MAX_NESTING);
        p->failed = true;
        t->kind = TOKEN_YYerror;
        return;
    }
    if (c == '{')
        close_before(p);
    bool block = p->depth == 0 && (p->head == TOKEN_FN || p->head == TOKEN_DIST) && !p->failed;
    p->open[p->depth++] = (bracket){.open = c, .dead = c == '{' && !block, .at = t->at};
}

static void close_bracket(parser *p, token *t)
{
    if (p->overflow) {
        p->overflow--;
        t->kind = TOKEN_YYerror;
        return;
    }
    t->stray = !p->depth;
    if (t->stray)
        return;
    uint32_t n = p->depth;
    while (n && closing_token(p->open[n - 1].open) != t->kind &&
           (t->kind == TOKEN_RBRACE || p->open[n - 1].open != '{'))
        n--;
    if (n && closing_token(p->open[n - 1].open) == t->kind) {
        close_missing(p, n);
        if (t->kind == TOKEN_RBRACE && !in_dead_brace(p) && p->queued.kind != TOKEN_NEWLINE)
            enqueue_missing(p, TOKEN_NEWLINE);
        p->depth--;
    } else if (in_bracket(p)) {
        bracket b = p->open[--p->depth];
        int right = closing_token(b.open);
        diag *d = diag_report(p->c->diags, DIAG_SYNTAX, t->at, "`%s` closes a `%c`",
                              token_spelling(t->kind), b.open);
        diag_add_note(p->c->diags, d, b.at, "opened here");
        diag_add_hint(p->c->diags, d, "write `%s`", token_spelling(right));
        t->kind = right;
    } else {
        t->stray = true;
    }
}

/* ------------------------------------------------------------------ lines */

/* `t` begins a line and a statement is in progress: does it end here? */
static bool ends_at_line(parser *p, const token *t)
{
    int last = p->queued.kind;
    if (in_bracket(p)) {
        bool ends =
            (token_ends_operand(last) && token_begins_operand(t->kind)) || is_new_statement(p, t);
        if (ends)
            close_missing(p, depth_of_brace(p));
        return ends;
    }
    if (in_dead_brace(p))
        return is_new_statement(p, t);
    if (token_continues_line(last))
        return is_new_statement(p, t);
    if (token_is_binary(t->kind)) {
        if (is_new_statement(p, t))
            return true;
        const char *sign = token_spelling(t->kind);
        diag *d = diag_report(p->c->diags, DIAG_LEADING_OPERATOR, t->at,
                              "a line that begins with `%s` continues nothing: end the line above "
                              "with it",
                              sign);
        diag_add_hint(p->c->diags, d,
                      "a statement goes on when its line ends in `%s`, or within "
                      "round brackets",
                      sign);
        return false;
    }
    bool block_on_next_line =
        t->kind == TOKEN_LBRACE && p->depth == 0 && (p->head == TOKEN_FN || p->head == TOKEN_DIST);
    return !block_on_next_line;
}

/* The first token of a statement or of a clause. */
static void begin_statement(parser *p, token *t)
{
    if (token_is_binary(t->kind)) {
        diag_report(p->c->diags, DIAG_LEADING_OPERATOR, t->at, "a statement cannot begin with `%s`",
                    token_spelling(t->kind));
        t->kind = TOKEN_YYerror;
    } else if (t->kind == TOKEN_NAME && !t->value.word.quoted && !p->depth) {
        const char *after = skip_blanks(p->text + t->at.end);
        int keyword = token_keyword(t->value.word.text, t->value.word.length);
        if (keyword && *after != '~' && *after != ',' && *after != '[')
            t->kind = p->head = keyword;
    }
}

static void semicolon(parser *p, token *t)
{
    if (in_bracket(p) && is_closed_on_line(p)) {
        diag *d = diag_report(p->c->diags, DIAG_SYNTAX, t->at,
                              "`;` ends a statement, but a bracket is still open");
        if (!p->overflow)
            diag_add_note(p->c->diags, d, p->open[p->depth - 1].at, "opened here");
        diag_add_hint(p->c->diags, d, "arguments are separated by `,`");
        t->kind = TOKEN_COMMA;
        enqueue(p, *t);
        return;
    }
    if (in_dead_brace(p))
        return;
    close_missing(p, depth_of_brace(p));
    if (!at_head(p))
        enqueue(p, *t);
}

static void end_of_text(parser *p, token t)
{
    close_missing(p, 0);
    if (p->queued.kind != TOKEN_NEWLINE)
        enqueue_missing(p, TOKEN_NEWLINE);
    enqueue(p, t);
}

/* Reads on until at least one token is decided. */
static void fill(parser *p)
{
    while (!p->queue_count) {
        if (p->c->diags->n_errors > p->c->diags->limit)
            p->cursor = p->limit; /* nobody reads more */
        token t = lexer_scan(p);
        if (t.kind == TOKEN_YYEOF) {
            end_of_text(p, t);
            return;
        }
        if (t.kind == TOKEN_NEWLINE) {
            semicolon(p, &t);
            continue;
        }
        bool alone = p->queued.kind == TOKEN_START_EXPRESSION;
        if (t.first_on_line && !at_head(p) && !alone && ends_at_line(p, &t))
            enqueue_missing(p, TOKEN_NEWLINE);
        if (t.first_on_line && at_head(p) && in_brace(p) && is_new_statement(p, &t)) {
            close_missing(p, 0);
            enqueue_missing(p, TOKEN_NEWLINE);
        }
        if (at_head(p))
            begin_statement(p, &t);
        else if (p->queued.kind == TOKEN_LOGLIK && t.kind == TOKEN_NAME && !t.value.word.quoted &&
                 strcmp(t.value.word.text, "once") == 0)
            t.kind = TOKEN_ONCE;
        switch (t.kind) {
        case TOKEN_LPAREN:
        case TOKEN_LBRACKET:
        case TOKEN_LBRACE: open_bracket(p, &t); break;
        case TOKEN_RPAREN:
        case TOKEN_RBRACKET:
        case TOKEN_RBRACE: close_bracket(p, &t); break;
        case TOKEN_TILDE:
            if (!p->seen_tilde)
                close_before(p);
            p->seen_tilde = true;
            break;
        case TOKEN_YYerror: p->failed = true; break;
        }
        enqueue(p, t);
    }
}

int lexer_next(parser *p, token_value *value, span *at)
{
    if (!p->queue_count)
        fill(p);
    token t = p->queue[p->queue_head];
    p->queue_head = (p->queue_head + 1) % QUEUE_SIZE;
    p->queue_count--;
    if (p->current.kind == TOKEN_NEWLINE || p->current.kind == TOKEN_START_MODEL ||
        p->current.kind == TOKEN_START_EXPRESSION)
        p->n_tokens = 0;
    if (p->n_tokens == 0)
        p->first = t;
    else if (p->n_tokens == 1)
        p->second = t;
    p->n_tokens++;
    p->previous = p->current;
    p->current = t;
    *value = t.value;
    *at = t.at;
    return t.kind;
}

void lexer_fail(parser *p)
{
    /* The lexer may be in the next statement already. */
    bool ended = p->current.kind == TOKEN_NEWLINE;
    for (uint32_t i = 0; i < p->queue_count; i++)
        ended |= p->queue[(p->queue_head + i) % QUEUE_SIZE].kind == TOKEN_NEWLINE;
    if (ended)
        return;
    p->failed = true;
    if (p->current.kind == TOKEN_LBRACE && p->depth)
        p->open[p->depth - 1].dead = true; /* it opens no block */
}

void lexer_skip_statement(parser *p)
{
    token_value value;
    span at;
    int kind;
    do {
        kind = lexer_next(p, &value, &at);
    } while (kind != TOKEN_NEWLINE && kind != TOKEN_YYEOF);
}
