/* What is wrong, where, and what the message says. */
#include "tests/unit/grammar/fixture.h"

#include <criterion/criterion.h>
#include <string.h>

typedef struct {
    const char *text;
    diag_code code;
    uint32_t line, column;
    const char *says; /* a part of message and hint */
    uint32_t kept;    /* statements in the tree */
} error_case;

static const error_case cases[] = {
    /* a statement that is none */
    {"mu = a + b*x # c", DIAG_SYNTAX, 1, 1, "begins with `let`\nlet mu = a + b*x", 0},
    {"mu <- a + b", DIAG_SYNTAX, 1, 1, "`let` and `=`\nlet mu = a + b", 0},
    {"f(x) = x^2", DIAG_SYNTAX, 1, 1, "begins with `fn`\nfn f(x) = x^2", 0},
    {"x[1] = 3", DIAG_SYNTAX, 1, 1, "element of a vector", 0},
    {"weight = 3", DIAG_SYNTAX, 1, 8, "let weight = 3", 0},
    {"parm a : real", DIAG_SYNTAX, 1, 1, "did you mean `param`?", 0},
    {"Data a : real", DIAG_SYNTAX, 1, 1, "did you mean `data`?", 0},
    {"real x", DIAG_SYNTAX, 1, 1, "`data x : real`", 0},
    {"foo bar", DIAG_SYNTAX, 1, 1, "`foo` begins no statement", 0},
    {"parameters {\n real mu;\n real s;\n}\nlet y = 3", DIAG_SYNTAX, 1, 1, "`param a : real`", 1},
    {"data {\n int y;\n}\nlet y = 3", DIAG_SYNTAX, 1, 6, "only `fn` and `dist` have blocks", 1},
    {"for (i in 1) y[i] ~ f(0)", DIAG_SYNTAX, 1, 8, "no loops", 0},
    {"if (a > b) x", DIAG_SYNTAX, 1, 12, "ifelse(condition, a, b)", 0},
    {"mu : real", DIAG_SYNTAX, 1, 4, "`data mu : ...`", 0},
    {"real<lower=0> sigma", DIAG_SYNTAX, 1, 11, "a parameter by `param x : real`", 0},
    {"vector[3] b", DIAG_SYNTAX, 1, 11, "a parameter by `param", 0},
    {"target += 3", DIAG_SYNTAX, 1, 9, "every `loglik`", 0},
    {"a + b", DIAG_SYNTAX, 1, 1, "an expression alone is no statement", 0},
    {"1 ~", DIAG_SYNTAX, 1, 3, "right side of `~` is missing", 0},
    {"y ~\nlet x = 3", DIAG_SYNTAX, 1, 3, "right side of `~` is missing\na distribution", 1},
    {"y ~ a ~ b", DIAG_SYNTAX, 1, 7, "unexpected `~`; expected an operator or the end of the line",
     0},
    /* declarations */
    {"param a real", DIAG_SYNTAX, 1, 9,
     "unexpected name `real`; expected `=`, `:`, `,` or the end "
     "of the line\n`:` stands before the type",
     0},
    {"data a b : real", DIAG_SYNTAX, 1, 8, "names are separated by `,`", 0},
    {"data x : real, y : int", DIAG_SYNTAX, 1, 14, "one type: write another `data`", 0},
    {"data x = 3", DIAG_SYNTAX, 1, 10, "no start value", 1},
    {"data", DIAG_SYNTAX, 1, 1, "a name is missing after `data`", 0},
    {"data x :", DIAG_SYNTAX, 1, 8, "a type is missing after `:`", 0},
    {"data 3", DIAG_SYNTAX, 1, 6, "unexpected number 3; expected a name", 0},
    {"data x : real(0 | 1)", DIAG_SYNTAX, 1, 19, "`|` has no meaning in a type", 1},
    {"param b ~ normal(0, 1)", DIAG_SYNTAX, 1, 9, "declare it with `param b : real`", 0},
    {"let x : real = 3", DIAG_SYNTAX, 1, 7, "`let` takes no type", 0},
    {"let x", DIAG_SYNTAX, 1, 6, "expected `=`", 0},
    {"let x = 1, y = 2", DIAG_SYNTAX, 1, 10, "one definition a line", 0},
    {"report exp(b)", DIAG_SYNTAX, 1, 11, "`report q = expr`", 0},
    {"report b", DIAG_SYNTAX, 1, 9, "`report q = b`", 0},
    {"loglik", DIAG_SYNTAX, 1, 1, "an expression is missing after `loglik`", 0},
    {"logprior once a", DIAG_SYNTAX, 1, 15, "always counts once", 0},
    {"constrain a + b", DIAG_SYNTAX, 1, 11, "needs a comparison", 1},
    {"series t id", DIAG_SYNTAX, 1, 10, "`series t by id`", 1},
    {"series t by", DIAG_SYNTAX, 1, 10, "name the group", 1},
    {"fn f(a | b) = 3", DIAG_SYNTAX, 1, 8, "only the parameters of a `dist`", 0},
    {"fn f a = 3", DIAG_SYNTAX, 1, 6, "expected `(`", 0},
    {"fn f(x) { a 1 }", DIAG_SYNTAX, 1, 13, "unexpected number 1; expected `=` or `(`", 1},
    /* expressions */
    {"let x = a < b < c", DIAG_SYNTAX, 1, 15, "do not chain\nwrite `a < b and b < c`", 1},
    {"constrain 0 < a < 1", DIAG_SYNTAX, 1, 17, "`constrain 0 < a` and `constrain a < 1`", 1},
    {"where x = 1", DIAG_SYNTAX, 1, 9, "equality is written `==`", 0},
    {"let z = ifelse(a + 1 = b, 1, 2)", DIAG_SYNTAX, 1, 22, "equality is written `==`", 0},
    {"let x = a ** 2", DIAG_SYNTAX, 1, 11, "`**` is no operator of this language\nwrite `^`", 1},
    {"where a && b", DIAG_SYNTAX, 1, 9, "write `and`", 1},
    {"where a || b", DIAG_SYNTAX, 1, 9, "written `or`", 0},
    {"where !a", DIAG_BAD_CHARACTER, 1, 7, "negation is written `not`", 0},
    {"where a <> b", DIAG_SYNTAX, 1, 9, "write `!=`", 1},
    {"let x = a + not b", DIAG_SYNTAX, 1, 13, "unexpected `not`; expected an expression", 0},
    {"let x = a b", DIAG_SYNTAX, 1, 11,
     "unexpected name `b`; expected an operator or the end of "
     "the line",
     0},
    {"let x = 2 (a)", DIAG_SYNTAX, 1, 11, "a product is written with `*`", 0},
    {"let x = a +* b", DIAG_SYNTAX, 1, 12, "unexpected `*`; expected an expression", 0},
    {"let x = f(,a)", DIAG_SYNTAX, 1, 11, "missing between `(` and `,`", 0},
    {"let x = f(a,)", DIAG_SYNTAX, 1, 13, "an expression is missing after `,`", 0},
    {"let x = []", DIAG_SYNTAX, 1, 10, "missing between `[` and `]`", 0},
    {"let x = (a + )", DIAG_SYNTAX, 1, 14, "an expression is missing after `+`", 0},
    {"let x = (a, b)", DIAG_SYNTAX, 1, 11, "a vector is written `[a, b]`", 0},
    {"y ~ normal(mu sigma)", DIAG_SYNTAX, 1, 15, "expected an operator, `,` or `)`", 0},
    {"let x = 1:n", DIAG_SYNTAX, 1, 10, "formula of `linear` only", 0},
    {"let x = mean(a by g)", DIAG_SYNTAX, 1, 16, "`mean(x | g)`", 0},
    {"y ~ normal(0, 1) T[0, 1]", DIAG_SYNTAX, 1, 18, "`truncated(d, lo, hi)`", 0},
    {"let x = a if b else c", DIAG_SYNTAX, 1, 11, "`ifelse(c, a, b)`", 0},
    {"let x = and", DIAG_SYNTAX, 1, 9, "unexpected `and`; expected an expression", 0},
    /* formulas */
    {"linear eta = 1 + x | g", DIAG_SYNTAX, 1, 20, "round brackets: `(1 + x | g)`", 0},
    {"linear eta = y ~ x", DIAG_SYNTAX, 1, 16, "no left side", 0},
    {"linear eta = x > 3", DIAG_SYNTAX, 1, 16, "`I(...)`", 0},
    {"linear eta = x + ", DIAG_SYNTAX, 1, 16, "a term is missing after `+`", 0},
    {"linear eta = x^a", DIAG_SYNTAX, 1, 16, "unexpected name `a`; expected a number", 0},
    /* lines and brackets */
    {"let x = a\n  + b\nlet y = 1", DIAG_LEADING_OPERATOR, 2, 3,
     "begins with `+` continues "
     "nothing",
     2},
    {"let x = a\nand b", DIAG_LEADING_OPERATOR, 2, 1, "begins with `and`", 1},
    {"y\n  ~ normal(0, 1)", DIAG_LEADING_OPERATOR, 2, 3, "begins with `~`", 1},
    {"+ b\nlet x = 3", DIAG_LEADING_OPERATOR, 1, 1, "cannot begin with `+`", 1},
    {"let x = 1; * 3; let y = 1", DIAG_LEADING_OPERATOR, 1, 12, "cannot begin with `*`", 2},
    {"dist d(y | a) {\n log_pdf = a\n  - y\n}", DIAG_LEADING_OPERATOR, 3, 3, "begins with `-`", 1},
    {"y ~ normal(mu, s\nlet x = 3\nz ~ poisson(3)", DIAG_UNCLOSED_BRACKET, 1, 11, "`(`", 3},
    {"y ~ normal(mu,\nlet x = 3", DIAG_UNCLOSED_BRACKET, 1, 11, "never closed", 1},
    {"y ~ normal(mu,\nz ~ normal(0, 1)", DIAG_UNCLOSED_BRACKET, 1, 11, "never closed", 1},
    {"y ~ normal(mu, exp(s)\nz ~ normal(0,1)", DIAG_UNCLOSED_BRACKET, 1, 11, "never closed", 2},
    {"let x = a[1\nlet y = 3", DIAG_UNCLOSED_BRACKET, 1, 10, "`[`", 2},
    {"let x = f(g(1, [2\n3 ~ d(1)", DIAG_UNCLOSED_BRACKET, 1, 16, "`[`", 2},
    {"surv(t, d ~ weibull(1, exp(e))\nlet x = 1", DIAG_UNCLOSED_BRACKET, 1, 5, "`(`", 2},
    {"dist d(y | a {\n log_pdf = 1\n}\nlet x = 1", DIAG_UNCLOSED_BRACKET, 1, 7, "`(`", 2},
    {"y ~ f(a ~ b)", DIAG_SYNTAX, 1, 9, "not within brackets", 0},
    {"lm(y ~ x)\nlet x = 1", DIAG_SYNTAX, 1, 6, "not within brackets", 1},
    {"let x = f({1})\nlet y = 1", DIAG_SYNTAX, 1, 11, "unexpected `{`", 1},
    {"let x = f(", DIAG_UNCLOSED_BRACKET, 1, 10, "never closed", 1},
    {"let x = f(a; let y = 2", DIAG_UNCLOSED_BRACKET, 1, 10, "never closed", 2},
    {"let x = (a + b]", DIAG_SYNTAX, 1, 15, "`]` closes a `(`", 1},
    {"let x = f(a[1)", DIAG_UNCLOSED_BRACKET, 1, 12, "`[`", 1},
    {"dist d(y | a) {\n log_pdf = a\n\nlet y = 3\ny ~ d(1)", DIAG_UNCLOSED_BRACKET, 1, 15, "`{`",
     3},
    {"fn f(x) {\n a = g(1\n b = 2\n}\nlet y = 3", DIAG_UNCLOSED_BRACKET, 2, 7, "`(`", 2},
    {"let x = a + b)", DIAG_SYNTAX, 1, 14, "`)` closes nothing", 0},
    {"}\nlet x = 3", DIAG_SYNTAX, 1, 1, "`}` closes nothing", 1},
    {"let x = f(a; b)", DIAG_SYNTAX, 1, 12, "arguments are separated by `,`", 1},
    {"let x = a +\n\nlet y = 3", DIAG_SYNTAX, 1, 11, "an expression is missing after `+`", 1},
    {"let x = a +", DIAG_SYNTAX, 1, 11, "an expression is missing after `+`", 0},
    /* characters */
    {"let x = 'abc'", DIAG_BAD_CHARACTER, 1, 9, "double quotes", 1},
    {"let x = \"abc\nlet y = 1", DIAG_UNTERMINATED_STRING, 1, 9, "closing \"", 1},
    {"data `abc\nlet y = 1", DIAG_UNTERMINATED_STRING, 1, 6, "closing `", 1},
    {"let x = \"a\\d\"", DIAG_SYNTAX, 1, 11, "means nothing in a text", 1},
    {"data `` : real", DIAG_SYNTAX, 1, 6, "at least one character", 0},
    {"let x = 1e999", DIAG_BAD_NUMBER, 1, 9, "too large", 1},
    {"let x = 1e-999", DIAG_BAD_NUMBER, 1, 9, "too small", 1},
    {"let x = 0x10", DIAG_BAD_NUMBER, 1, 9, "numbers are decimal", 1},
    {"let x = 2x", DIAG_BAD_NUMBER, 1, 9, "`2*x`", 1},
    {"let x = 1.2.3", DIAG_BAD_NUMBER, 1, 9, "one decimal point", 1},
    {"let x = 1_000", DIAG_BAD_NUMBER, 1, 9, "without separators", 1},
    {"let x = 1e", DIAG_BAD_NUMBER, 1, 9, "an exponent has digits", 1},
    {"let größe = a − b", DIAG_BAD_CHARACTER, 1, 15, "write `-`", 1},
    {"let x = y²", DIAG_BAD_CHARACTER, 1, 10, "`^2`", 0},
    {"let x = y ? a : b", DIAG_BAD_CHARACTER, 1, 11, "ifelse(c, a, b)", 0},
    {"let x = d$y", DIAG_BAD_CHARACTER, 1, 10, "by its name alone", 0},
    {"// comment\nlet y = 1", DIAG_SYNTAX, 1, 1, "a comment begins with `#`", 1},
    {"let x = \xFF", DIAG_BAD_ENCODING, 1, 9, "\\xFF is not UTF-8", 0},
    {"# caf\xE9\nlet x = 1", DIAG_BAD_ENCODING, 1, 6, "save the file as UTF-8", 1},
    {"let x = 1\rlet y = 2", DIAG_BAD_CHARACTER, 1, 10, "carriage return", 2},
    {"\xFF\xFEl", DIAG_BAD_ENCODING, 1, 1, "UTF-16", 0},
    {"let x = \x01", DIAG_BAD_CHARACTER, 1, 9, "control character \\x01", 0},
};

Test(errors, each_has_one_message)
{
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const error_case *c = &cases[i];
        fixture f;
        fixture_open(&f);
        const ast *tree = fixture_parse(&f, c->text, strlen(c->text));
        const diag *d = f.diags.first;
        const char *shown = fixture_messages(&f);
        cr_expect(f.diags.n_errors == 1, "%s\nhas %u errors:\n%s", c->text, f.diags.n_errors,
                  shown);
        cr_expect(tree->count == c->kept, "%s\nleaves %u statements", c->text, tree->count);
        if (d) {
            source_place place = source_locate(&f.diags.sources[f.file], d->at.begin);
            const char *said = arena_printf(&f.arena, "%s\n%s", d->message, d->hint ? d->hint : "");
            cr_expect(d->code == c->code, "%s\nis %s", c->text, diag_table[d->code].code);
            cr_expect(place.line == c->line && place.column == c->column, "%s\nis at %u:%u",
                      c->text, place.line, place.column);
            cr_expect(strstr(said, c->says) != NULL, "%s\nsays %s", c->text, said);
        }
        fixture_close(&f);
    }
}

Test(errors, byte_zero)
{
    fixture f;
    fixture_open(&f);
    fixture_parse(&f, "let x = 1\nlet \0y", 16);
    cr_assert(f.diags.n_errors == 1 && f.diags.first->code == DIAG_BAD_ENCODING);
    source_place place = source_locate(&f.diags.sources[f.file], f.diags.first->at.begin);
    cr_assert(place.line == 2 && place.column == 5);
    fixture_close(&f);
}

Test(errors, several_in_one_run)
{
    static const char text[] = "data x : real\n"
                               "parm a\n"
                               "let y = a ** 2 + \n"
                               "    b)\n"
                               "let z = f(1\n"
                               "  + 2, \"a\n"
                               "dist d(y | a) {\n"
                               "    log_pdf = 1 2\n"
                               "    mean = a\n"
                               "    variance = = 3\n"
                               "}\n"
                               "y ~ normal(a\n"
                               "x ~ normal(0, 1)\n";
    static const struct {
        uint32_t line;
        diag_code code;
    } expected[] = {
        {2, DIAG_SYNTAX},           {3, DIAG_SYNTAX},
        {4, DIAG_SYNTAX},           {6, DIAG_UNTERMINATED_STRING},
        {5, DIAG_UNCLOSED_BRACKET}, {8, DIAG_SYNTAX},
        {10, DIAG_SYNTAX},          {12, DIAG_UNCLOSED_BRACKET},
    };
    fixture f;
    fixture_open(&f);
    const ast *tree = fixture_parse(&f, text, strlen(text));
    const diag *d = f.diags.first;
    for (size_t i = 0; i < sizeof expected / sizeof *expected && d; i++, d = d->next) {
        source_place place = source_locate(&f.diags.sources[f.file], d->at.begin);
        cr_expect(place.line == expected[i].line && d->code == expected[i].code, "line %u: %s",
                  place.line, d->message);
    }
    cr_assert(!d && f.diags.n_errors == sizeof expected / sizeof *expected, "%s",
              fixture_messages(&f));
    const stmt *s = tree->first;
    cr_assert(tree->count == 4, "%u statements", tree->count);
    cr_assert(s->kind == STMT_DATA && s->next->kind == STMT_DIST && s->next->n_clauses == 1);
    fixture_close(&f);
}

/* Depth is an error, not a crash, and the statement after it is read. */
Test(errors, deep_nesting)
{
    static const struct {
        const char *open, *inner, *close;
    } shapes[] = {
        {"(", "a", ")"},
        {"f(", "a", ")"},
        {"[", "a", "]"},
        {"x[", "a", "]"},
        {"- ", "a", ""},
        {"not ", "a", ""},
        {"a^", "a", ""},
        {"a + ", "a", ""},
        {"", "a", "[1]"},
        {"a and ", "a", ""},
        {"a + 2*-(f(1, ", "a", "))"},
    };
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        fixture f;
        fixture_open(&f);
        buf b;
        buf_init(&b, &f.arena);
        buf_puts(&b, "let x = ");
        for (int k = 0; k < 20000; k++)
            buf_puts(&b, shapes[i].open);
        buf_puts(&b, shapes[i].inner);
        for (int k = 0; k < 20000; k++)
            buf_puts(&b, shapes[i].close);
        buf_puts(&b, "\nlet y = 1\n");
        const ast *tree = fixture_parse(&f, buf_text(&b), b.length);
        cr_expect(f.diags.n_errors >= 1, "%s: no error", shapes[i].open);
        cr_expect(f.diags.first && strstr(f.diags.first->message, "nested"), "%s: %s",
                  shapes[i].open, f.diags.first ? f.diags.first->message : "");
        cr_expect(tree->last && strcmp(tree->last->items[0].name, "y") == 0, "%s: y is lost",
                  shapes[i].open);
        fixture_print(&f, tree);
        fixture_close(&f);
    }
}

/* A long text of errors ends after a screenful, quickly. */
Test(errors, limit)
{
    fixture f;
    fixture_open(&f);
    buf b;
    buf_init(&b, &f.arena);
    for (int i = 0; i < 100000; i++)
        buf_puts(&b, "a b )\n");
    fixture_parse(&f, buf_text(&b), b.length);
    cr_assert(f.diags.n_errors >= f.diags.limit && f.diags.n_errors < 200);
    fixture_close(&f);
}
