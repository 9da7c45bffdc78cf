/* Diagnostics: places, carets, notes, hints, names nearby, printable text. */
#include "base/ctx.h"
#include "base/diag.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

typedef struct {
    oom_guard guard;
    arena arena;
    diag_list list;
} fixture;

static void open_list(fixture *f)
{
    *f = (fixture){0};
    cr_assert(!setjmp(f->guard.jump));
    arena_init(&f->arena, &alloc_system, &f->guard);
    diag_init(&f->list, &f->arena);
}

static const char *render(fixture *f, const diag *d)
{
    buf b;
    buf_init(&b, &f->arena);
    diag_render(&f->list, d, &b);
    return buf_text(&b);
}

static span find(const char *text, uint32_t file, const char *part)
{
    const char *p = strstr(text, part);
    cr_assert(p);
    uint32_t begin = (uint32_t)(p - text);
    return (span){file, begin, begin + (uint32_t)strlen(part)};
}

Test(diagnostics, carets)
{
    static const struct {
        const char *text, *part, *shown;
    } cases[] = {
        {"one two\nthree four\n", "four",
         "m.lik:2:7: error: wrong [syntax]\n     2 | three four\n       |       ^~~~\n"},
        {"one two", "one", "m.lik:1:1: error: wrong [syntax]\n     1 | one two\n       | ^~~\n"},
        {"x", "x", "m.lik:1:1: error: wrong [syntax]\n     1 | x\n       | ^\n"},
        {"na\xc3\xafve \xe2\x82\xac = b", "b",
         "m.lik:1:11: error: wrong [syntax]\n     1 | na\xc3\xafve \xe2\x82\xac = b\n"
         "       |           ^\n"},
        {"\xe2\x82\xac\xe2\x82\xac + 1", "\xe2\x82\xac\xe2\x82\xac",
         "m.lik:1:1: error: wrong [syntax]\n     1 | \xe2\x82\xac\xe2\x82\xac + 1\n       | ^~\n"},
        {"\ta = b\r\n", "b",
         "m.lik:1:6: error: wrong [syntax]\n     1 |  a = b\n       |      ^\n"},
        {"f(a,\n  b)", "(a,\n  b)",
         "m.lik:1:2: error: wrong [syntax]\n     1 | f(a,\n       |  ^~~\n"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        fixture f;
        open_list(&f);
        uint32_t file = diag_add_source(&f.list, "m.lik", cases[i].text, strlen(cases[i].text));
        span at = find(cases[i].text, file, cases[i].part);
        diag *d = diag_report(&f.list, DIAG_SYNTAX, at, "wrong");
        cr_expect(!strcmp(render(&f, d), cases[i].shown), "%s\nnot\n%s", render(&f, d),
                  cases[i].shown);
        arena_release(&f.arena);
    }
}

Test(diagnostics, ends_of_text)
{
    fixture f;
    open_list(&f);
    uint32_t file = diag_add_source(&f.list, "m.lik", "ab\n", 3);
    diag *d = diag_report(&f.list, DIAG_SYNTAX, (span){file, 3, 3}, "at the end");
    cr_expect(strstr(render(&f, d), "m.lik:2:1: "), "%s", render(&f, d));
    d = diag_report(&f.list, DIAG_SYNTAX, (span){file, 99, 120}, "behind");
    cr_expect(strstr(render(&f, d), "m.lik:2:1: "), "%s", render(&f, d));
    uint32_t empty = diag_add_source(&f.list, "e.lik", "", 0);
    d = diag_report(&f.list, DIAG_EMPTY_MODEL, (span){empty, 0, 0}, "nothing");
    cr_expect(strstr(render(&f, d), "e.lik:1:1: error: nothing [empty-model]"), "%s",
              render(&f, d));
    d = diag_report(&f.list, DIAG_USAGE, NO_SPAN, "%s %d", "no place", 7);
    cr_expect(!strcmp(render(&f, d), "error: no place 7 [usage]\n"), "%s", render(&f, d));
    arena_release(&f.arena);
}

Test(diagnostics, notes_hints_and_places_in_data)
{
    fixture f;
    open_list(&f);
    static const char *const text = "param a\nparam a\n";
    uint32_t file = diag_add_source(&f.list, "m.lik", text, strlen(text));
    diag *d = diag_report(&f.list, DIAG_DUPLICATE_NAME, (span){file, 14, 15}, "twice");
    diag_add_note(&f.list, d, (span){file, 6, 7}, "first");
    diag_add_note(&f.list, d, NO_SPAN, "second");
    diag_add_hint(&f.list, d, "rename %s", "it");
    cr_expect(!strcmp(render(&f, d), "m.lik:2:7: error: twice [duplicate-name]\n"
                                     "     2 | param a\n       |       ^\n"
                                     "m.lik:1:7: note: first\n"
                                     "     1 | param a\n       |       ^\n"
                                     "note: second\n"
                                     "  hint: rename it\n"),
              "%s", render(&f, d));
    diag *e = diag_report(&f.list, DIAG_BAD_VALUE, NO_SPAN, "bad");
    diag_set_place(&f.list, e, "d.csv", 7, 3);
    diag_add_row(&f.list, e, 6);
    diag_add_row(&f.list, e, 9);
    diag_add_parameter(&f.list, e, "b[2]");
    cr_expect(!strcmp(render(&f, e), "d.csv:7:3: error: bad [bad-value]\n"), "%s", render(&f, e));
    mlec_diagnostic v = diag_view(&f.list, e, &f.arena);
    cr_expect(!strcmp(v.code, "bad-value") && v.line == 7 && v.column == 3 && v.n_rows == 2 &&
              v.rows[1] == 9 && v.n_parameters == 1 && !strcmp(v.parameters[0], "b[2]"));
    v = diag_view(&f.list, d, &f.arena);
    cr_expect(v.line == 2 && v.column == 7 && !strcmp(v.file, "m.lik") &&
              !strcmp(v.hint, "rename it") && v.severity == MLEC_ERROR);
    arena_release(&f.arena);
}

Test(diagnostics, counts_and_limits)
{
    fixture f;
    open_list(&f);
    static const char text[300] = {0};
    uint32_t file = diag_add_source(&f.list, "m.lik", text, sizeof text);
    for (uint32_t i = 0; i < 200; i++)
        diag_report(&f.list, DIAG_SYNTAX, (span){file, i, i + 1}, "error");
    diag_report(&f.list, DIAG_SYNTAX, (span){file, 5, 6}, "the same place again");
    diag_report(&f.list, DIAG_UNUSED_PARAMETER, NO_SPAN, "a warning");
    cr_expect(f.list.n_errors == 200 && f.list.n_warnings == 1, "%u, %u", f.list.n_errors,
              f.list.n_warnings);
    unsigned kept = 0;
    for (const diag *d = f.list.first; d; d = d->next)
        kept++;
    cr_expect(kept == f.list.limit + 1, "%u", kept);
    arena_release(&f.arena);
}

/* Every row of the table: a code that tools can rely on, and a sentence. */
Test(diagnostics, table)
{
    for (int i = 0; i < DIAG_COUNT; i++) {
        const diag_info *d = &diag_table[i];
        cr_expect(d->code && d->meaning && strlen(d->meaning) > 10, "%d", i);
        cr_expect(strspn(d->code, "abcdefghijklmnopqrstuvwxyz-0123456789") == strlen(d->code), "%s",
                  d->code);
        for (int k = 0; k < i; k++)
            cr_expect(strcmp(diag_table[k].code, d->code), "%s stands twice", d->code);
    }
}

Test(diagnostics, nearest_names)
{
    static const char *const names[] = {"normal", "lognormal", "logistic", "gamma",
                                        "exp",    "x1",        "weight"};
    static const struct {
        const char *name, *nearest;
    } cases[] = {
        {"nomal", "normal"},  {"noraml", "normal"},       {"normall", "normal"},
        {"NORMAL", "normal"}, {"lognromal", "lognormal"}, {"gama", "gamma"},
        {"exq", "exp"},       {"wieght", "weight"},       {"zzz", NULL},
        {"q", NULL},          {"completely", NULL},       {"", NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *got = nearest_name(cases[i].name, names, sizeof names / sizeof *names);
        cr_expect(got == cases[i].nearest ||
                      (got && cases[i].nearest && !strcmp(got, cases[i].nearest)),
                  "%s: %s", cases[i].name, got ? got : "(none)");
    }
    cr_expect(!nearest_name("normal", NULL, 0));
}

Test(diagnostics, printable_text)
{
    static const struct {
        const char *in;
        size_t n, max;
        const char *out;
    } cases[] = {
        {"plain", 5, 80, "plain"},
        {"tab\there", 8, 80, "tab\\x09here"},
        {"nul\0in", 6, 80, "nul\\x00in"},
        {"\x7f", 1, 80, "\\x7F"},
        {"caf\xc3\xa9", 5, 80, "caf\xc3\xa9"},
        {"bad\xc3", 4, 80, "bad\\xC3"},
        {"\xff\xfe", 2, 80, "\\xFF\\xFE"},
        {"\xc0\x80", 2, 80, "\\xC0\\x80"},
        {"\xc2\x85", 2, 80, "\\xC2\\x85"},
        {"\xf0\x9f\x98\x80", 4, 80, "\xf0\x9f\x98\x80"},
        {"lengthy text", 12, 7, "lengthy..."},
        {"", 0, 10, ""},
    };
    fixture f;
    open_list(&f);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *got = printable(&f.arena, cases[i].in, cases[i].n, cases[i].max);
        cr_expect(!strcmp(got, cases[i].out), "%s, not %s", got, cases[i].out);
    }
    arena_release(&f.arena);
}

/* A cleared context is as good as new. */
Test(diagnostics, contexts)
{
    mlec_ctx *ctx = mlec_ctx_new(NULL);
    cr_assert(ctx && mlec_diagnostic_count(ctx) == 0);
    cr_expect(!strcmp(mlec_diagnostic_get(ctx, 0).code, ""));
    diag_report(&ctx->diags, DIAG_BAD_FILE, NO_SPAN, "one");
    cr_expect(mlec_diagnostic_count(ctx) == 1 && ctx_status(ctx, 0) == MLEC_ERROR_DATA);
    cr_expect(!strcmp(mlec_diagnostic_get(ctx, 0).text, "error: one [bad-file]\n"));
    mlec_diagnostic_clear(ctx);
    cr_expect(mlec_diagnostic_count(ctx) == 0 && ctx_status(ctx, 0) == MLEC_OK);
    diag_report(&ctx->diags, DIAG_UNUSED_COLUMN, NO_SPAN, "two");
    cr_expect(ctx_status(ctx, 0) == MLEC_OK, "a warning is no error");
    diag_report(&ctx->diags, DIAG_INTERNAL, NO_SPAN, "three");
    cr_expect(ctx_status(ctx, 0) == MLEC_ERROR_INTERNAL);
    mlec_ctx_free(ctx);
    mlec_ctx_free(NULL);
    for (int s = MLEC_OK; s <= MLEC_ERROR_INTERNAL; s++)
        cr_expect(strlen(mlec_status_text((mlec_status)s)) > 3, "%d", s);
    cr_expect(!strcmp(mlec_verdict_text(MLEC_FLAT), "flat"));
}

/* A name of hundreds of characters is near to none. */
Test(diagnostics, nearest_of_a_long_name)
{
    static const char *const names[] = {"normal", "lognormal"};
    char lengthy[500];
    memset(lengthy, 'a', sizeof lengthy - 1);
    lengthy[sizeof lengthy - 1] = 0;
    cr_expect(!nearest_name(lengthy, names, 2));
}
