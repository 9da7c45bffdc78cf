/* Definitions of functions and distributions, whether or not the model uses them. */
#include "compiler/check/check_types.h"
#include "grammar/parse.h"

#include <string.h>

/* What stands in the brackets behind a clause's name. */
typedef enum {
    TAKES_NOTHING,
    TAKES_PROBABILITY, /* a name for the clause's own argument: quantile(p) */
    TAKES_PARAMETERS,  /* two of the distribution's: information(mu, sigma) */
    TAKES_VALUES       /* one for each formal: example(y = 1, mu = 0) */
} clause_arguments;

typedef struct {
    const char *name;
    clause_arguments takes;
    bool word; /* what stands behind = is a word, not an expression */
} clause_row;

static const clause_row dist_clauses[] = {
    {"log_pdf", TAKES_NOTHING, false},  {"support", TAKES_NOTHING, false},
    {"cdf", TAKES_NOTHING, false},      {"log_cdf", TAKES_NOTHING, false},
    {"log_ccdf", TAKES_NOTHING, false}, {"mean", TAKES_NOTHING, false},
    {"variance", TAKES_NOTHING, false}, {"quantile", TAKES_PROBABILITY, false},
    {"sample", TAKES_NOTHING, false},   {"information", TAKES_PARAMETERS, false},
    {"outcome", TAKES_NOTHING, true},   {"scale", TAKES_NOTHING, true},
    {"example", TAKES_VALUES, false},
};
static const clause_row fn_clauses[] = {
    {"value", TAKES_NOTHING, false},
    {"example", TAKES_VALUES, false},
};

typedef struct {
    model *m;
    diag_list *diags;
    const stmt *s;
    const char *own; /* the clause's own argument, or NULL */
    bool draws;      /* a call of a distribution is a draw from it */
} definition;

static uint32_t formal_number(const stmt *s, const char *name)
{
    uint32_t k = 0;
    while (k < s->n_formals && s->formals[k].name != name)
        k++;
    return k;
}

/* ---- Names and calls ------------------------------------------------------------------------- */

static void check_name(definition *d, const expr *e)
{
    uint32_t i;
    if (e->name == d->own || formal_number(d->s, e->name) < d->s->n_formals ||
        model_find(d->m, e->name, &i) == NAME_CONST ||
        (!e->quoted &&
         (!strcmp(e->name, "pi") || !strcmp(e->name, "inf") || !strcmp(e->name, "Inf"))))
        return;
    diag *r =
        diag_report(d->diags, DIAG_UNKNOWN_NAME, e->at,
                    "`%s` is no argument here; a fn or dist sees its arguments alone", e->name);
    uint32_t n = 0, n_consts = d->m->consts.count;
    const char **names = ARENA_ARRAY(d->m->arena, const char *, d->s->n_formals + n_consts + 1);
    for (uint32_t k = 0; k < d->s->n_formals; k++)
        names[n++] = d->s->formals[k].name;
    for (uint32_t k = 0; k < n_consts; k++)
        names[n++] = d->m->consts.data[k].name;
    if (d->own)
        names[n++] = d->own;
    const char *near = nearest_name(e->name, names, n);
    if (near)
        diag_add_hint(d->diags, r, "did you mean `%s`?", near);
}

static void unknown_call(definition *d, const expr *e)
{
    if (!d->draws && library_has(d->m, e->name, true)) {
        diag *r = diag_report(d->diags, DIAG_DISTRIBUTION_AS_VALUE, e->name_at,
                              "`%s` is a distribution, not a function", e->name);
        diag_add_hint(d->diags, r, "a distribution stands right of `~`, and in a sample clause");
        return;
    }
    uint32_t n;
    const char **names = library_names(d->m, false, &n);
    diag *r = diag_report(d->diags, DIAG_UNKNOWN_FUNCTION, e->name_at,
                          d->draws ? "no function or distribution is named `%s`"
                                   : "no function is named `%s`",
                          e->name);
    const char *near = nearest_name(e->name, names, n);
    if (!near && d->draws) {
        names = library_names(d->m, true, &n);
        near = nearest_name(e->name, names, n);
    }
    if (near)
        diag_add_hint(d->diags, r, "did you mean `%s`?", near);
}

/* The forms of the language count their arguments themselves. */
static void check_count(definition *d, const expr *e, bool draw)
{
    const prelude_entry *entry = prelude_find(e->name, draw);
    if (entry && entry->is_form)
        return;
    const stmt *f = library_find(d->m, e->name, draw);
    uint32_t n = f ? f->n_formals - f->n_variates : 0;
    if (f && e->n_args != n)
        diag_report(d->diags, DIAG_ARGUMENT_COUNT, e->at, "`%s` takes %u %s%s, not %u", e->name, n,
                    draw ? "parameter" : "argument", n == 1 ? "" : "s", e->n_args);
}

static void check_names(definition *d, const expr *e)
{
    if (e->kind == EXPR_NAME)
        check_name(d, e);
    if (e->kind == EXPR_CALL) {
        bool function = library_has(d->m, e->name, false);
        bool draw = !function && d->draws && library_has(d->m, e->name, true);
        if (function || draw)
            check_count(d, e, draw);
        else
            unknown_call(d, e);
    }
    for (uint32_t i = 0; i < e->n_args; i++)
        check_names(d, e->args[i].value);
    if (e->given)
        check_names(d, e->given);
}

/* ---- Clauses --------------------------------------------------------------------------------- */

static const clause_row *find_row(definition *d, const clause *c)
{
    bool is_dist = d->s->kind == STMT_DIST;
    const clause_row *rows = is_dist ? dist_clauses : fn_clauses;
    size_t n = is_dist ? sizeof dist_clauses / sizeof *dist_clauses
                       : sizeof fn_clauses / sizeof *fn_clauses;
    const char *names[sizeof dist_clauses / sizeof *dist_clauses];
    for (size_t i = 0; i < n; i++) {
        if (!strcmp(rows[i].name, c->name))
            return &rows[i];
        names[i] = rows[i].name;
    }
    diag *r = diag_report(d->diags, DIAG_UNKNOWN_CLAUSE, c->at, "a %s block has no clause `%s`",
                          stmt_keyword(d->s->kind), c->name);
    const char *near = nearest_name(c->name, names, n);
    if (near)
        diag_add_hint(d->diags, r, "did you mean `%s`?", near);
    else if (!strcmp(c->name, "partial"))
        diag_add_hint(d->diags, r, "derivatives follow from the value: leave the clause out");
    return NULL;
}

static void wrong_arguments(definition *d, const clause *c, const char *usage)
{
    diag_report(d->diags, DIAG_ARGUMENT_COUNT, c->at, "the clause `%s` is written %s", c->name,
                usage);
}

static void check_parameters(definition *d, const clause *c)
{
    if (c->n_args != 2) {
        wrong_arguments(d, c, "information(a, b) = ..., for two of the parameters");
        return;
    }
    for (uint32_t i = 0; i < 2; i++) {
        const expr *e = c->args[i].value;
        uint32_t k = e->kind == EXPR_NAME ? formal_number(d->s, e->name) : d->s->n_formals;
        if (k < d->s->n_variates || k == d->s->n_formals)
            diag_report(d->diags, DIAG_ARGUMENT_NAME, e->at,
                        "information is that of two parameters of `%s`", d->s->items[0].name);
    }
}

static void check_values(definition *d, const clause *c)
{
    const stmt *s = d->s;
    if (c->n_args != s->n_formals) {
        diag_report(d->diags, DIAG_ARGUMENT_COUNT, c->at,
                    "an example of `%s` gives %u value%s, not %u", s->items[0].name, s->n_formals,
                    s->n_formals == 1 ? "" : "s", c->n_args);
        return;
    }
    for (uint32_t i = 0; i < c->n_args; i++) {
        const argument *a = &c->args[i];
        if (a->name && formal_number(s, a->name) == s->n_formals)
            diag_report(d->diags, DIAG_ARGUMENT_NAME, a->name_span, "`%s` has no argument `%s`",
                        s->items[0].name, a->name);
    }
}

static void check_arguments(definition *d, const clause *c, clause_arguments takes)
{
    switch (takes) {
    case TAKES_NOTHING:
        if (c->n_args)
            wrong_arguments(d, c, "without arguments");
        break;
    case TAKES_PROBABILITY:
        if (c->n_args != 1 || c->args[0].value->kind != EXPR_NAME || c->args[0].name)
            wrong_arguments(d, c, "quantile(p) = ..., with a name for the probability");
        else
            d->own = c->args[0].value->name;
        break;
    case TAKES_PARAMETERS: check_parameters(d, c); break;
    case TAKES_VALUES: check_values(d, c); break;
    }
}

static void check_word(definition *d, const clause *c)
{
    const expr *e = c->value;
    bool scale = !strcmp(c->name, "scale");
    const char *name = e->kind == EXPR_NAME ? e->name : "";
    bool kind = !strcmp(name, "real") || !strcmp(name, "count") || !strcmp(name, "class");
    if (scale ? formal_number(d->s, name) == d->s->n_formals : !kind)
        diag_report(d->diags, DIAG_UNKNOWN_NAME, e->at,
                    scale ? "the scale is one of the parameters"
                          : "an outcome is real, count or class");
}

/* The same clause twice; examples and information may be many. */
static void check_once(definition *d, uint32_t i)
{
    const clause *c = &d->s->clauses[i];
    if (!strcmp(c->name, "example") || !strcmp(c->name, "information"))
        return;
    for (uint32_t k = 0; k < i; k++) {
        if (strcmp(d->s->clauses[k].name, c->name))
            continue;
        diag *r = diag_report(d->diags, DIAG_DUPLICATE_NAME, c->at,
                              "the clause `%s` is given twice", c->name);
        diag_add_note(d->diags, r, d->s->clauses[k].at, "first given here");
        return;
    }
}

static void check_formals(definition *d)
{
    const stmt *s = d->s;
    for (uint32_t k = 0; k < s->n_formals; k++) {
        uint32_t first = formal_number(s, s->formals[k].name);
        if (first == k)
            continue;
        diag *r = diag_report(d->diags, DIAG_DUPLICATE_NAME, s->formals[k].at,
                              "`%s` has two arguments `%s`", s->items[0].name, s->formals[k].name);
        diag_add_note(d->diags, r, s->formals[first].at, "the first is here");
    }
}

void check_definition(model *m, const stmt *s)
{
    definition d = {.m = m, .diags = m->context->diags, .s = s};
    check_formals(&d);
    if (!s->is_block && s->value)
        check_names(&d, s->value);
    bool has_body = !s->is_block;
    for (uint32_t i = 0; i < s->n_clauses; i++) {
        const clause *c = &s->clauses[i];
        const clause_row *row = find_row(&d, c);
        if (!row)
            continue;
        has_body |= !strcmp(row->name, s->kind == STMT_DIST ? "log_pdf" : "value");
        check_once(&d, i);
        d.own = NULL;
        d.draws = !strcmp(row->name, "sample");
        check_arguments(&d, c, row->takes);
        if (row->word)
            check_word(&d, c);
        else
            check_names(&d, c->value);
    }
    if (!has_body && s->kind == STMT_DIST)
        diag_report(d.diags, DIAG_UNKNOWN_CLAUSE, s->items[0].at,
                    "the distribution `%s` has no log_pdf clause", s->items[0].name);
    else if (!has_body)
        diag_report(d.diags, DIAG_UNKNOWN_CLAUSE, s->items[0].at,
                    "the function `%s` has no value clause", s->items[0].name);
}
