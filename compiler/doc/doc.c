/* What the three formats share: pieces of a statement as text. */
#include "compiler/doc/doc.h"

#include <string.h>

const char *const doc_titles[DOC_GROUP_COUNT] = {
    [DOC_OWN] = "Of the model",
    [DOC_CONTINUOUS] = "Distributions on the real line",
    [DOC_POSITIVE] = "Distributions of positive numbers",
    [DOC_UNIT] = "Distributions of proportions",
    [DOC_DISCRETE] = "Distributions of counts and classes",
    [DOC_COMBINATIONS] = "Distributions of distributions",
    [DOC_FUNCTIONS] = "Functions",
    [DOC_FORMS] = "Forms of the language",
    [DOC_PARTS] = "Parts of distributions",
};

bool doc_is_form(const doc_topic *t)
{
    return t->group == DOC_COMBINATIONS || t->group == DOC_FORMS;
}

const char *doc_name(const doc_topic *t) { return t->s->items[0].name; }

const char *doc_signature(const doc_set *set, const doc_topic *t, bool types)
{
    const stmt *s = t->s;
    buf b;
    buf_init(&b, set->arena);
    buf_printf(&b, "%s(", doc_name(t));
    for (uint32_t k = s->n_variates; k < s->n_formals; k++) {
        buf_printf(&b, "%s%s", k > s->n_variates ? ", " : "", s->formals[k].name);
        if (types && s->formals[k].type) {
            buf_puts(&b, " : ");
            type_print(s->formals[k].type, &b);
        }
    }
    buf_putc(&b, ')');
    return buf_text(&b);
}

const char *doc_sentences(const doc_set *set, const doc_topic *t)
{
    char *text = arena_strdup(set->arena, t->s->doc ? t->s->doc : "");
    for (char *p = text; *p; p++)
        if (*p == '\n')
            *p = ' ';
    return text;
}

const char *doc_first_sentence(const doc_set *set, const doc_topic *t)
{
    const char *all = doc_sentences(set, t), *end = all;
    while (*end && !(*end == '.' && (!end[1] || end[1] == ' ') && end > all && end[-1] != '.'))
        end++;
    return arena_strndup(set->arena, all, (size_t)(end - all));
}

const char *doc_source(const doc_set *set, span at)
{
    const char *text = set->texts->sources[at.file].text;
    buf b;
    buf_init(&b, set->arena);
    bool remark = false, gap = false, quoted = false;
    for (uint32_t i = at.begin; i < at.end; i++) {
        char c = text[i];
        remark = c != '\n' && (remark || (c == '#' && !quoted));
        if (remark)
            continue;
        if (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
            gap = true;
            continue;
        }
        quoted ^= c == '"' || c == '`';
        if (gap && b.length && b.text[b.length - 1] != '(' && c != ')')
            buf_putc(&b, ' ');
        gap = false;
        buf_putc(&b, c);
    }
    return buf_text(&b);
}

const clause *doc_clause(const doc_topic *t, const char *name)
{
    for (uint32_t i = 0; i < t->s->n_clauses; i++)
        if (!strcmp(t->s->clauses[i].name, name))
            return &t->s->clauses[i];
    return NULL;
}

const expr *doc_body(const doc_topic *t)
{
    if (!t->s->is_block)
        return t->s->value;
    const clause *c = doc_clause(t, t->s->kind == STMT_DIST ? "log_pdf" : "value");
    return c ? c->value : NULL;
}

bool doc_is_link_form(const doc_topic *t, const doc_topic *of)
{
    size_t n = strlen(doc_name(of));
    if (t->s->kind != of->s->kind || t->s->kind != STMT_DIST ||
        strncmp(doc_name(t), doc_name(of), n) != 0)
        return false;
    const char *rest = doc_name(t) + n;
    return !strcmp(rest, "_logit") || !strcmp(rest, "_log");
}
