/* Functions and distributions by name: the model's own before the prelude's. A prelude entry is
 * parsed when it is first used. */
#include "compiler/check/model.h"
#include "grammar/parse.h"

#include <string.h>

static stmt *find_parsed(const model *m, const char *name, bool is_dist)
{
    for (uint32_t i = 0; i < (is_dist ? m->dists.count : m->functions.count); i++) {
        stmt *s = is_dist ? m->dists.data[i] : m->functions.data[i];
        if (s->items[0].name == name)
            return s;
    }
    return NULL;
}

bool library_has(const model *m, const char *name, bool is_dist)
{
    return find_parsed(m, name, is_dist) || prelude_find(name, is_dist);
}

expr **function_body(stmt *f)
{
    if (!f->is_block)
        return &f->value;
    for (uint32_t i = 0; i < f->n_clauses; i++)
        if (!strcmp(f->clauses[i].name, "value"))
            return &f->clauses[i].value;
    return NULL;
}

stmt *library_find(model *m, const char *name, bool is_dist)
{
    stmt *found = find_parsed(m, name, is_dist);
    if (found)
        return found;
    const prelude_entry *entry = prelude_find(name, is_dist);
    if (!entry)
        return NULL;
    diag_list *diags = m->context->diags;
    uint32_t file = diag_add_source(diags, entry->file, entry->text, entry->length);
    ast *tree = parse_model(m->context, file);
    if (!tree->first) {
        diag_report(diags, DIAG_INTERNAL, NO_SPAN, "the library's entry %s cannot be parsed", name);
        return NULL;
    }
    stmt *s = tree->first;
    if (is_dist)
        VEC_PUSH(m->arena, m->dists, s);
    else
        VEC_PUSH(m->arena, m->functions, s);
    return s;
}

const char **library_names(model *m, bool is_dist, uint32_t *count)
{
    uint32_t n_prelude, n = 0;
    const prelude_entry *all = prelude_all(&n_prelude);
    uint32_t n_own = is_dist ? m->dists.count : m->functions.count;
    const char **names = ARENA_ARRAY(m->arena, const char *, n_prelude + n_own);
    for (uint32_t i = 0; i < n_own; i++)
        names[n++] = (is_dist ? m->dists.data[i] : m->functions.data[i])->items[0].name;
    for (uint32_t i = 0; i < n_prelude; i++)
        if (all[i].is_dist == is_dist)
            names[n++] = all[i].name;
    *count = n;
    return names;
}

const clause *find_clause(const stmt *s, const char *name, const char *argument_name)
{
    for (uint32_t i = 0; i < s->n_clauses; i++) {
        const clause *c = &s->clauses[i];
        if (strcmp(c->name, name))
            continue;
        if (!argument_name)
            return c;
        if (c->n_args == 1 && c->args[0].value->kind == EXPR_NAME &&
            c->args[0].value->name == argument_name)
            return c;
    }
    return NULL;
}
