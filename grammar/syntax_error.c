/* The parser knows which tokens it could have used; users think in expressions, operators and
 * lines. `summarise` makes the one of the other. The rules before it recognise what people write
 * who come from R, Stan or another language, or who forgot a word, and say how it is written here.
 */
#include "grammar/syntax_error.h"

#include "grammar/parser.h"

#include <string.h>

typedef struct {
    parser *p;
    bool can[TOKEN_POWER + 1]; /* by token: could it stand here? */
    token now, before, first;
    diag *reported;
} failure;

static const char *text_of(const failure *f, token t)
{
    return arena_strndup(f->p->c->arena, f->p->text + t.at.begin, t.at.end - t.at.begin);
}

static void say(failure *f, span at, const char *message)
{
    f->reported = diag_report(f->p->c->diags, DIAG_SYNTAX, at, "%s", message);
}

static void hint(failure *f, const char *text)
{
    diag_add_hint(f->p->c->diags, f->reported, "%s", text);
}

#define FORMAT(f, ...) arena_printf((f)->p->c->arena, __VA_ARGS__)

static bool is_one_of(const char *s, const char *const *list)
{
    for (; *list; list++)
        if (strcmp(s, *list) == 0)
            return true;
    return false;
}

static bool is_word(token t, const char *const *list)
{
    return t.kind == TOKEN_NAME && !t.value.word.quoted && is_one_of(t.value.word.text, list);
}

static bool begins_operand(const failure *f)
{
    return token_begins_operand(f->now.kind) || f->now.kind == TOKEN_LPAREN;
}

/* After a whole operand: an operator could go on. */
static bool after_operand(const failure *f) { return f->can[TOKEN_TIMES] && !f->can[TOKEN_NUMBER]; }

static bool before_operand(const failure *f) { return f->can[TOKEN_NUMBER] && f->can[TOKEN_NAME]; }

static bool in_formula(const failure *f)
{
    return f->first.kind == TOKEN_LINEAR && (f->can[TOKEN_DOT] || !f->can[TOKEN_EQ]);
}

/* The text from `t` to the end of its line, without a comment, cut to a size that fits a hint. */
static const char *rest_of_line(const failure *f, token t)
{
    const char *s = f->p->text + t.at.end;
    s += strspn(s, " \t");
    size_t n = strcspn(s, "\n#;");
    while (n && strchr(" \t\r", s[n - 1]))
        n--;
    return n && n <= 60 ? arena_strndup(f->p->c->arena, s, n) : "...";
}

/* ------------------------------------------------------------------ the general message */

static const char *describe(const failure *f, token t)
{
    switch (t.kind) {
    case TOKEN_NEWLINE: return f->p->text[t.at.begin] == ';' ? "`;`" : "end of the line";
    case TOKEN_YYEOF: return "end of the text";
    case TOKEN_NAME: return FORMAT(f, "name `%s`", t.value.word.text);
    case TOKEN_NUMBER: return FORMAT(f, "number %s", text_of(f, t));
    case TOKEN_STRING: return FORMAT(f, "text %s", text_of(f, t));
    default: return FORMAT(f, "`%s`", token_spelling(t.kind));
    }
}

/* "an operator, `,` or the end of the line" */
static const char *summarise(const failure *f)
{
    enum { MOST = 8 };
    const char *parts[MOST];
    int n = 0;
    bool done[TOKEN_POWER + 1] = {false};
    if (f->can[TOKEN_LET])
        return "a statement";
    if (before_operand(f)) {
        parts[n++] = in_formula(f) ? "a term" : "an expression";
        static const int within[] = {TOKEN_NUMBER, TOKEN_NAME,     TOKEN_STRING, TOKEN_DOT,
                                     TOKEN_LPAREN, TOKEN_LBRACKET, TOKEN_NOT,    TOKEN_PLUS,
                                     TOKEN_MINUS,  TOKEN_ONCE};
        for (size_t i = 0; i < sizeof within / sizeof *within; i++)
            done[within[i]] = true;
    }
    if (after_operand(f)) {
        parts[n++] = "an operator";
        for (int t = TOKEN_OR; t <= TOKEN_POWER; t++)
            done[t] = true;
        done[TOKEN_LPAREN] = done[TOKEN_LBRACKET] = true;
        if (f->first.kind == TOKEN_LINEAR)
            done[TOKEN_COLON] = true;
        /* `name = e` and `e | g` in calls: true, but no help. */
        done[TOKEN_ASSIGN] = done[TOKEN_BAR] = done[TOKEN_BARS] = f->can[TOKEN_RPAREN];
    }
    if (f->first.kind == TOKEN_DATA)
        done[TOKEN_ASSIGN] = true; /* understood only to be refused */
    for (int t = TOKEN_NEWLINE; t <= TOKEN_POWER && n < MOST; t++) {
        if (!f->can[t] || done[t] || t == TOKEN_NEWLINE)
            continue;
        bool kind = t == TOKEN_NAME || t == TOKEN_NUMBER || t == TOKEN_STRING;
        parts[n++] = kind ? token_spelling(t) : FORMAT(f, "`%s`", token_spelling(t));
    }
    if (f->can[TOKEN_NEWLINE] && n < MOST)
        parts[n++] = "the end of the line";
    buf b;
    buf_init(&b, f->p->c->arena);
    for (int i = 0; i < n; i++) {
        buf_puts(&b, i == 0 ? "" : i + 1 < n ? ", " : " or ");
        buf_puts(&b, parts[i]);
    }
    return buf_text(&b);
}

static void say_unexpected(failure *f)
{
    const char *expected = summarise(f), *found = describe(f, f->now);
    say(f, f->now.at,
        *expected ? FORMAT(f, "unexpected %s; expected %s", found, expected)
                  : FORMAT(f, "unexpected %s", found));
}

/* ------------------------------------------------------------------ the first word */

static const char *const type_words[] = {
    "real", "positive", "unit",   "int",    "count",  "binary", "factor",  "ordered", "simplex",
    "cov",  "corr",     "vector", "matrix", "double", "float",  "integer", NULL};

/* Words that begin statements elsewhere, and what is written here. */
static const char *foreign_word(const char *text)
{
    static const char *const table[][2] = {
        {"if", "a choice is written `ifelse(condition, a, b)`"},
        {"for", "there are no loops: a statement is about every row, a vector about each element"},
        {"while", "there are no loops: a statement is about every row"},
        {"repeat", "there are no loops: a statement is about every row"},
        {"def", "a function is written `fn f(a, b) = ...`"},
        {"func", "a function is written `fn f(a, b) = ...`"},
        {"function", "a function is written `fn f(a, b) = ...`"},
        {"distribution", "a distribution is written `dist d(y | a, b) = ...`"},
        {"parameter", "a parameter is declared by `param a : real`"},
        {"parameters", "a parameter is declared by `param a : real`"},
        {"variable", "a column is declared by `data x : real`, a definition by `let v = ...`"},
        {"var", "a column is declared by `data x : real`, a definition by `let v = ...`"},
        {"column", "a column is declared by `data x : real`"},
        {"constraint", "a constraint is written `constrain a + b < 1`"},
        {"prior", "a prior is written `b ~ normal(0, 1)`"},
        {"likelihood", "a likelihood is written `y ~ normal(mu, sigma)`"},
        {"model", "a model is a list of statements, without blocks"},
        {"transformed", "a model is a list of statements, without blocks: use `let`"},
        {"generated", "a model is a list of statements, without blocks: use `report`"},
        {"target", "every `loglik` statement adds a term to the log-likelihood"},
        {"filter", "rows are chosen by `where expr`"},
        {"weights", "a weight is written `weight expr`"},
        {"return", "a function is one expression: `fn f(a, b) = ...`"},
        {"import", "distributions and functions need no import"},
        {"library", "distributions and functions need no import"},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (strcmp(table[i][0], text) == 0)
            return table[i][1];
    return NULL;
}

static const char *near_keyword(const char *text)
{
    const char *all[TOKEN_REPORT - TOKEN_DATA + 1];
    for (int t = TOKEN_DATA; t <= TOKEN_REPORT; t++)
        all[t - TOKEN_DATA] = token_spelling(t);
    return nearest_name(text, all, sizeof all / sizeof *all);
}

/* A hint for a statement whose first word is none that begins one; NULL when nothing comes near. */
static const char *hint_for_word(const failure *f)
{
    const char *text = f->first.value.word.text, *near = near_keyword(text);
    if (is_one_of(text, type_words))
        return FORMAT(f, "a column is declared by `data x : %s`, a parameter by `param x : %s`",
                      text, text);
    const char *foreign = foreign_word(text);
    return foreign ? foreign : near ? FORMAT(f, "did you mean `%s`?", near) : NULL;
}

/* `parm a : real`: two names where a statement begins. */
static bool say_unknown_word(failure *f)
{
    bool head = f->p->n_tokens == 2 && f->first.kind == TOKEN_NAME && f->can[TOKEN_TILDE];
    if (!head || f->first.value.word.quoted || f->now.kind == TOKEN_ASSIGN ||
        (!begins_operand(f) && f->now.kind != TOKEN_COLON && f->now.kind != TOKEN_LBRACE &&
         f->now.kind != TOKEN_NEWLINE))
        return false;
    const char *found = hint_for_word(f);
    if (!found && !begins_operand(f))
        return false;
    say(f, f->first.at, FORMAT(f, "`%s` begins no statement", f->first.value.word.text));
    hint(f, found ? found
                  : "a statement begins with a word such as `data`, `param`, `let`, or is written "
                    "`y ~ distribution(...)`");
    return true;
}

/* `mu = a + b*x`, `f(x) = x^2`, `mu <- a`: a definition without its word. */
static bool say_bare_definition(failure *f)
{
    const parser *p = f->p;
    if (f->first.kind != TOKEN_NAME || !f->can[TOKEN_TILDE])
        return false;
    const char *name = f->first.value.word.text;
    bool arrow = p->second.kind == TOKEN_LT && p->text[p->second.at.end] == '-';
    if (f->now.kind != TOKEN_ASSIGN && !(arrow && f->now.kind == TOKEN_NEWLINE))
        return false;
    span whole = span_join(f->first.at, f->now.at);
    if (arrow) {
        token dash = p->second;
        dash.at.end++;
        say(f, span_join(f->first.at, dash.at), "a definition is written with `let` and `=`");
        hint(f, FORMAT(f, "let %s = %s", name, rest_of_line(f, dash)));
    } else if (p->n_tokens == 2) {
        say(f, whole, "a definition begins with `let`");
        hint(f, FORMAT(f, "let %s = %s", name, rest_of_line(f, f->now)));
    } else if (p->second.kind == TOKEN_LPAREN && f->before.kind == TOKEN_RPAREN) {
        const char *head = arena_strndup(p->c->arena, p->text + f->first.at.begin,
                                         f->before.at.end - f->first.at.begin);
        say(f, whole, "the definition of a function begins with `fn`");
        hint(f, FORMAT(f, "fn %s = %s", strlen(head) <= 60 ? head : name, rest_of_line(f, f->now)));
    } else if (p->second.kind == TOKEN_LBRACKET && f->before.kind == TOKEN_RBRACKET) {
        say(f, whole, "an element of a vector cannot be defined alone");
        hint(f, FORMAT(f, "a vector is defined as a whole: `let %s = [a, b]`", name));
    } else {
        return false;
    }
    return true;
}

/* `a + b`: an expression that does nothing. */
static bool say_lone_expression(failure *f)
{
    if (!f->can[TOKEN_TILDE] || f->now.kind != TOKEN_NEWLINE || !after_operand(f))
        return false;
    say(f, span_join(f->first.at, f->before.at), "an expression alone is no statement");
    hint(f, "a likelihood or a prior is written `y ~ distribution(...)`, a definition "
            "`let v = expr`, a term of the log-likelihood `loglik expr`");
    return true;
}

/* ------------------------------------------------------------------ something is missing */

static bool say_missing(failure *f)
{
    int now = f->now.kind, before = f->before.kind;
    bool ends = now == TOKEN_NEWLINE || now == TOKEN_RPAREN || now == TOKEN_RBRACKET ||
                now == TOKEN_COMMA || now == TOKEN_RBRACE;
    if (f->now.stray || !ends || !(before_operand(f) || f->can[TOKEN_NAME]))
        return false;
    if (before == TOKEN_TILDE) {
        say(f, f->before.at, "the right side of `~` is missing");
        hint(f, "a distribution stands there: `y ~ normal(mu, sigma)`");
        return true;
    }
    const char *what = !before_operand(f) ? (before == TOKEN_COLON ? "a type" : "a name")
                       : in_formula(f)    ? "a term"
                                          : "an expression";
    bool opened = before == TOKEN_LPAREN || before == TOKEN_LBRACKET;
    if (token_keyword(text_of(f, f->before), f->before.at.end - f->before.at.begin) || opened ||
        token_continues_line(before) || before == TOKEN_ONCE) {
        say(f, now == TOKEN_NEWLINE ? f->before.at : f->now.at,
            FORMAT(f, "%s is missing %s `%s`", what, opened ? "between" : "after",
                   opened ? FORMAT(f, "%s` and `%s", token_spelling(before), token_spelling(now))
                          : token_spelling(before)));
        return true;
    }
    return false;
}

/* ------------------------------------------------------------------ hints by what was found */

static const char *hint_for_assignment(const failure *f)
{
    if (f->p->n_tokens == 2 && token_is_keyword(f->first.kind))
        return FORMAT(f, "`%s` begins a statement; as a name of your own: `let %s = %s`",
                      token_spelling(f->first.kind), token_spelling(f->first.kind),
                      rest_of_line(f, f->now));
    if (f->before.kind == TOKEN_PLUS && f->p->text[f->now.at.begin - 1] == '+')
        return "nothing is changed in place: every `loglik` statement adds a term";
    if (f->before.kind == TOKEN_COLON)
        return "a definition is written `let v = expr`";
    return after_operand(f) ? "equality is written `==`" : NULL;
}

static const char *hint_for_bar(const failure *f)
{
    if (f->first.kind == TOKEN_LINEAR && !f->can[TOKEN_EQ])
        return "a random effect stands in round brackets: `(1 + x | g)`";
    if (f->first.kind == TOKEN_FN)
        return "only the parameters of a `dist` are divided by `|`";
    return after_operand(f) ? "the logical operator is written `or`" : NULL;
}

static const char *hint_for_colon(const failure *f)
{
    if ((f->first.kind == TOKEN_LET || f->first.kind == TOKEN_CONST) && f->can[TOKEN_ASSIGN])
        return FORMAT(f, "`%s` takes no type: it follows from the expression",
                      token_spelling(f->first.kind));
    if (f->can[TOKEN_LBRACE])
        return "the result of a function has no type";
    return after_operand(f) ? "`:` is an operator in the formula of `linear` only" : NULL;
}

static const char *hint_for_tilde(const failure *f)
{
    int head = f->first.kind;
    if (f->can[TOKEN_RPAREN] || f->can[TOKEN_RBRACKET])
        return "`~` stands between the two sides of a statement, not within brackets";
    if (head == TOKEN_LINEAR)
        return "a formula has no left side: write what stands on the right of `~`";
    if (head == TOKEN_DATA || head == TOKEN_PARAM || head == TOKEN_RANDOM)
        return FORMAT(f,
                      "declare it with `%s %s : real` and give its distribution on a line of "
                      "its own",
                      token_spelling(head), text_of(f, f->p->second));
    return NULL;
}

static const char *hint_for_comma(const failure *f)
{
    if (f->can[TOKEN_RPAREN])
        return "a vector is written `[a, b]`";
    switch (f->first.kind) {
    case TOKEN_DATA:
    case TOKEN_PARAM:
    case TOKEN_RANDOM:
        return FORMAT(f, "a statement has one type: write another `%s` for names of another type",
                      token_spelling(f->first.kind));
    case TOKEN_LET:
    case TOKEN_CONST: return "write one definition a line";
    default: return NULL;
    }
}

static const char *hint_for_brace(const failure *f)
{
    if (f->first.kind == TOKEN_FN || f->first.kind == TOKEN_DIST)
        return NULL;
    return "a model is a list of statements; only `fn` and `dist` have blocks";
}

static const char *hint_for_operand(const failure *f)
{
    static const char *const truncation[] = {"T", NULL}, *const group[] = {"by", NULL},
                             *const condition[] = {"where", "if", NULL},
                             *const choice[] = {"else", "then", NULL};
    int head = f->first.kind;
    bool declares = head == TOKEN_DATA || head == TOKEN_PARAM || head == TOKEN_RANDOM;
    if (f->can[TOKEN_COLON] && declares && is_word(f->now, type_words))
        return "`:` stands before the type, as in `data x : real`";
    if (declares && f->can[TOKEN_COMMA] && f->now.kind == TOKEN_NAME)
        return "names are separated by `,`";
    if (head == TOKEN_REPORT && !after_operand(f))
        return "a reported value has a name: `report q = expr`";
    if (!after_operand(f))
        return NULL;
    if (is_word(f->now, truncation) && f->before.kind == TOKEN_RPAREN)
        return "a truncated distribution is written `truncated(d, lo, hi)`";
    if (is_word(f->now, group))
        return "groups stand behind `|`: `mean(x | g)`";
    if (is_word(f->now, condition))
        return "rows are chosen by a statement of its own, `where expr`; a choice is "
               "`ifelse(c, a, b)`";
    if (is_word(f->now, choice))
        return "a choice is written `ifelse(c, a, b)`";
    if (head == TOKEN_LOGPRIOR && strcmp(text_of(f, f->before), "once") == 0)
        return "`logprior` always counts once";
    if (f->before.kind == TOKEN_NUMBER || f->before.kind == TOKEN_RPAREN)
        return "a product is written with `*`";
    return NULL;
}

static const char *hint_for_operator(const failure *f)
{
    if (f->first.kind == TOKEN_LINEAR && f->now.kind >= TOKEN_OR && f->now.kind <= TOKEN_GE)
        return "an expression in a formula stands in `I(...)`";
    return NULL;
}

static const char *hint_for_found(const failure *f)
{
    if (f->now.stray)
        return NULL;
    bool head = f->can[TOKEN_TILDE] || f->p->second.kind == TOKEN_LPAREN;
    if (f->first.kind == TOKEN_NAME && head) {
        if (is_word(f->first, type_words) || foreign_word(f->first.value.word.text))
            return hint_for_word(f);
        if (f->now.kind == TOKEN_COLON && f->p->n_tokens == 2)
            return FORMAT(f, "a column is declared by `data %s : ...`, a parameter by `param`",
                          text_of(f, f->first));
    }
    switch (f->now.kind) {
    case TOKEN_ASSIGN: return hint_for_assignment(f);
    case TOKEN_BAR:
    case TOKEN_BARS: return hint_for_bar(f);
    case TOKEN_COLON: return hint_for_colon(f);
    case TOKEN_TILDE: return hint_for_tilde(f);
    case TOKEN_COMMA: return hint_for_comma(f);
    case TOKEN_LBRACE: return hint_for_brace(f);
    case TOKEN_NEWLINE:
        return f->first.kind == TOKEN_REPORT && f->can[TOKEN_ASSIGN] && f->p->n_tokens == 3
                   ? FORMAT(f, "to report %s alone: `report q = %s`", text_of(f, f->p->second),
                            text_of(f, f->p->second))
                   : NULL;
    default:
        return begins_operand(f) || f->now.kind == TOKEN_LBRACKET ? hint_for_operand(f)
                                                                  : hint_for_operator(f);
    }
}

void report_syntax_error(parser *p, const int *expected, int n_expected)
{
    lexer_fail(p);
    bool closes = p->current.kind != TOKEN_NEWLINE;
    if (p->current.missing && closes)
        return; /* the bracket has been reported */
    failure f = {.p = p, .now = p->current, .before = p->previous, .first = p->first};
    for (int i = 0; i < n_expected; i++)
        f.can[expected[i]] = true;
    if (say_bare_definition(&f) || say_unknown_word(&f) || say_lone_expression(&f) ||
        say_missing(&f))
        return;
    if (f.now.stray)
        say(&f, f.now.at, FORMAT(&f, "`%s` closes nothing", token_spelling(f.now.kind)));
    else
        say_unexpected(&f);
    const char *advice = hint_for_found(&f);
    if (advice)
        hint(&f, advice);
}
