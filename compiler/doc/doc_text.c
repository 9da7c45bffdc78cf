/* Plain text in 80 columns, and the same rows within Markdown. */
#include "compiler/doc/doc.h"

#include <string.h>

enum { WIDTH = 80, NAME_COLUMN = 26, VALUE_COLUMN = 13 };

/* Appends `text`, broken between words; lines after the first begin at `indent`. */
static void put_wrapped(buf *out, const char *text, int column, int indent)
{
    bool first = true;
    while (*text) {
        int n = (int)strcspn(text, " ");
        if (!first && column + 1 + n > WIDTH) {
            buf_printf(out, "\n%*s", indent, "");
            column = indent;
        } else if (!first) {
            buf_putc(out, ' ');
            column++;
        }
        buf_add(out, text, (size_t)n);
        column += n;
        text += n;
        text += strspn(text, " ");
        first = false;
    }
    buf_putc(out, '\n');
}

/* ---- One name -------------------------------------------------------------------------------- */

static void put_row(buf *out, const char *head, const char *value)
{
    int n = (int)strlen(head);
    buf_puts(out, head);
    if (n + 1 > VALUE_COLUMN) {
        buf_puts(out, " ");
        put_wrapped(out, value, n + 1, VALUE_COLUMN + 2);
    } else {
        buf_printf(out, "%*s", VALUE_COLUMN - n, "");
        put_wrapped(out, value, VALUE_COLUMN, VALUE_COLUMN + 2);
    }
}

static void put_formals(const doc_set *set, const doc_topic *t, const char *head, uint32_t from,
                        uint32_t to, buf *out)
{
    for (uint32_t k = from; k < to; k++) {
        buf b;
        buf_init(&b, set->arena);
        buf_puts(&b, t->s->formals[k].name);
        if (t->s->formals[k].type) {
            buf_puts(&b, " : ");
            type_print(t->s->formals[k].type, &b);
        }
        put_row(out, k == from ? head : "", buf_text(&b));
    }
}

static const char *argument_list(const doc_set *set, const clause *c)
{
    buf b;
    buf_init(&b, set->arena);
    for (uint32_t i = 0; i < c->n_args; i++) {
        const argument *a = &c->args[i];
        buf_puts(&b, i ? ", " : "");
        if (a->name)
            buf_printf(&b, "%s = ", a->name);
        buf_puts(&b, doc_source(set, a->value->at));
    }
    return buf_text(&b);
}

static void put_example(const doc_set *set, const doc_topic *t, const clause *c, bool first,
                        buf *out)
{
    const char *arguments = argument_list(set, c), *value = doc_source(set, c->value->at);
    const char *text = t->s->kind == STMT_DIST
                           ? arena_printf(set->arena, "%s: log_pdf = %s", arguments, value)
                           : arena_printf(set->arena, "%s(%s) = %s", doc_name(t), arguments, value);
    put_row(out, first ? "example" : "", text);
}

static void put_clauses(const doc_set *set, const doc_topic *t, buf *out)
{
    for (uint32_t i = 0; i < t->s->n_clauses; i++) {
        const clause *c = &t->s->clauses[i];
        if (!strcmp(c->name, "example"))
            continue;
        const char *value = doc_source(set, c->value->at), *head = c->name;
        if (c->n_args == 2) { /* information(mu, sigma) */
            value = arena_printf(set->arena, "(%s) = %s", argument_list(set, c), value);
            head = i && !strcmp(t->s->clauses[i - 1].name, c->name) ? "" : c->name;
        } else if (c->n_args) {
            head = arena_printf(set->arena, "%s(%s)", c->name, argument_list(set, c));
        }
        put_row(out, head, value);
    }
    bool first = true;
    for (uint32_t i = 0; i < t->s->n_clauses; i++) {
        if (strcmp(t->s->clauses[i].name, "example"))
            continue;
        put_example(set, t, &t->s->clauses[i], first, out);
        first = false;
    }
}

static void put_links(const doc_set *set, const doc_topic *t, buf *out)
{
    for (uint32_t i = 0; i < set->count; i++) {
        const doc_topic *other = &set->all[i];
        if (doc_is_link_form(other, t))
            put_row(out, "link form", doc_signature(set, other, true));
        else if (doc_is_link_form(t, other))
            put_row(out, "link form of", doc_signature(set, other, true));
    }
}

static void put_rows(const doc_set *set, const doc_topic *t, buf *out)
{
    const stmt *s = t->s;
    bool is_dist = s->kind == STMT_DIST, form = doc_is_form(t);
    if (!form) {
        put_formals(set, t, "values", 0, s->n_variates, out);
        put_formals(set, t, is_dist ? "parameters" : "arguments", s->n_variates, s->n_formals, out);
    }
    if (!s->is_block && s->value)
        put_row(out, is_dist ? "log_pdf" : "value", doc_source(set, s->value->at));
    put_clauses(set, t, out);
    bool tails = doc_clause(t, "cdf") || doc_clause(t, "log_cdf") || doc_clause(t, "log_ccdf");
    const type_expr *variate = s->n_formals ? s->formals[0].type : NULL;
    bool vector = variate && (variate->n_dims || !strcmp(variate->name, "simplex"));
    if (is_dist && !form && !tails && !vector)
        put_row(out, "without", "cdf: no surv, interval, truncated or censored");
    put_links(set, t, out);
}

void doc_text(const doc_set *set, const doc_topic *t, buf *out)
{
    buf_printf(out, "%s\n", doc_signature(set, t, false));
    const char *doc = doc_sentences(set, t);
    if (*doc)
        put_wrapped(out, doc, 0, 0);
    buf_putc(out, '\n');
    size_t before = out->length;
    put_rows(set, t, out);
    if (out->length > before)
        buf_putc(out, '\n');
    buf_printf(out, "%s\n", doc_titles[t->group]);
}

/* ---- Lists ----------------------------------------------------------------------------------- */

/* The first sentence, in what is left of a line: without what follows its colon, then cut. */
static const char *one_line(const doc_set *set, const doc_topic *t, size_t room)
{
    const char *text = doc_first_sentence(set, t), *colon = strstr(text, ": ");
    size_t n = strlen(text);
    if (n > room && colon && (size_t)(colon - text) > room / 3)
        n = (size_t)(colon - text);
    if (n <= room)
        return arena_strndup(set->arena, text, n);
    for (n = room - 3; n > 1 && text[n] != ' ';)
        n--;
    return arena_printf(set->arena, "%.*s...", (int)n, text);
}

void doc_text_list(const doc_set *set, unsigned chosen, buf *out)
{
    doc_group group = DOC_GROUP_COUNT;
    for (uint32_t i = 0; i < set->count; i++) {
        const doc_topic *t = &set->all[i];
        if (!(chosen >> t->group & 1))
            continue;
        if (t->group != group)
            buf_printf(out, "%s%s\n", group < DOC_GROUP_COUNT ? "\n" : "", doc_titles[t->group]);
        group = t->group;
        int n = (int)strlen(doc_name(t)) + 2;
        size_t begin = out->length;
        buf_printf(out, "  %s%*s", doc_name(t), n < NAME_COLUMN ? NAME_COLUMN - n : 2, "");
        size_t used = out->length - begin;
        buf_printf(out, "%s\n", one_line(set, t, used < WIDTH - 20 ? WIDTH - used : 20));
    }
    buf_puts(out, "\nmlec doc NAME tells more.\n");
}

/* ---- Markdown -------------------------------------------------------------------------------- */

static const char *tick(const doc_topic *t, const char *name)
{
    return doc_clause(t, name) ? "yes" : "";
}

void doc_markdown(const doc_set *set, const doc_topic *t, buf *out)
{
    buf_printf(out, "### %s\n\n", doc_name(t));
    if (t->s->kind == STMT_DIST)
        buf_printf(out, "`%s ~ %s`\n\n", t->s->formals[0].name, doc_signature(set, t, false));
    else
        buf_printf(out, "`%s`\n\n", doc_signature(set, t, false));
    const char *doc = doc_sentences(set, t);
    if (*doc)
        buf_printf(out, "%s\n\n", doc);
    size_t before = out->length;
    buf_puts(out, "```text\n");
    size_t rows = out->length;
    put_rows(set, t, out);
    if (out->length > rows)
        buf_puts(out, "```\n\n");
    else
        out->text[out->length = before] = 0;
}

/* As sites that show Markdown name a heading. */
static const char *anchor(const doc_set *set, const doc_topic *t)
{
    char *name = arena_strdup(set->arena, doc_name(t));
    for (char *p = name; *p; p++)
        if (*p >= 'A' && *p <= 'Z')
            *p = (char)(*p - 'A' + 'a');
    return name;
}

static void put_table(const doc_set *set, doc_group group, buf *out)
{
    bool dists = group < DOC_COMBINATIONS;
    buf_puts(out, dists ? "| name | what it is | cdf | quantile | expected information |\n"
                          "|---|---|---|---|---|\n"
                        : "| name | what it is |\n|---|---|\n");
    for (uint32_t i = 0; i < set->count; i++) {
        const doc_topic *t = &set->all[i];
        if (t->group != group)
            continue;
        buf_printf(out, "| [`%s`](#%s) | %s |", doc_signature(set, t, false), anchor(set, t),
                   doc_first_sentence(set, t));
        if (dists)
            buf_printf(out, " %s | %s | %s |", tick(t, "cdf"), tick(t, "quantile"),
                       tick(t, "information"));
        buf_putc(out, '\n');
    }
    buf_putc(out, '\n');
}

void doc_markdown_list(const doc_set *set, unsigned chosen, buf *out)
{
    doc_group group = DOC_GROUP_COUNT;
    for (uint32_t i = 0; i < set->count; i++) {
        const doc_topic *t = &set->all[i];
        if (!(chosen >> t->group & 1))
            continue;
        if (t->group != group) {
            buf_printf(out, "## %s\n\n", doc_titles[t->group]);
            put_table(set, t->group, out);
        }
        group = t->group;
        doc_markdown(set, t, out);
    }
    while (out->length > 1 && !strcmp(out->text + out->length - 2, "\n\n"))
        out->text[--out->length] = 0;
}
