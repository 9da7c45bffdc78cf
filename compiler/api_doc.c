/* mlec_doc: the library's functions and distributions, and a model's own, in words. */
#include "base/ctx.h"
#include "compiler/check/model.h"
#include "compiler/doc/doc.h"
#include "grammar/parse.h"

#include <mlec.h>

#include <string.h>

static doc_group group_of(const prelude_entry *e)
{
    static const struct {
        const char *file;
        doc_group group;
    } files[] = {
        {"continuous.lik", DOC_CONTINUOUS},
        {"positive.lik", DOC_POSITIVE},
        {"unit.lik", DOC_UNIT},
        {"discrete.lik", DOC_DISCRETE},
        {"functions.lik", DOC_FUNCTIONS},
        {"primitives.lik", DOC_FUNCTIONS},
        {"parts.lik", DOC_PARTS},
    };
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        if (!strcmp(files[i].file, e->file))
            return files[i].group;
    return e->is_dist ? DOC_COMBINATIONS : DOC_FORMS;
}

/* All topics, group after group; names are sorted within the library. */
static doc_set collect(model *m, const ast *own)
{
    uint32_t n;
    const prelude_entry *all = prelude_all(&n);
    doc_topic *topics = ARENA_ARRAY(m->arena, doc_topic, n + (own ? own->count : 0) + 1);
    doc_set set = {.arena = m->arena, .texts = m->context->diags, .all = topics};
    for (const stmt *s = own ? own->first : NULL; s; s = s->next)
        if (s->kind == STMT_FN || s->kind == STMT_DIST)
            topics[set.count++] = (doc_topic){s, DOC_OWN};
    for (doc_group g = DOC_OWN + 1; g < DOC_GROUP_COUNT; g++)
        for (uint32_t i = 0; i < n; i++) {
            if (group_of(&all[i]) != g)
                continue;
            const char *name = intern_str(m->context->names, all[i].name);
            const stmt *s = library_find(m, name, all[i].is_dist);
            if (s)
                topics[set.count++] = (doc_topic){s, g};
        }
    return set;
}

static unsigned groups_called(const char *word)
{
    unsigned dists = 1u << DOC_CONTINUOUS | 1u << DOC_POSITIVE | 1u << DOC_UNIT |
                     1u << DOC_DISCRETE | 1u << DOC_COMBINATIONS;
    unsigned functions = 1u << DOC_FUNCTIONS | 1u << DOC_FORMS;
    if (!word)
        return dists | functions | 1u << DOC_OWN;
    return !strcmp(word, "distributions") ? dists : !strcmp(word, "functions") ? functions : 0;
}

static void print_list(const doc_set *set, unsigned chosen, mlec_doc_format format, buf *out)
{
    switch (format) {
    case MLEC_DOC_MARKDOWN: doc_markdown_list(set, chosen, out); break;
    case MLEC_DOC_JSON: doc_json_list(set, chosen, out); break;
    default: doc_text_list(set, chosen, out); break;
    }
}

static void print_topic(const doc_set *set, const doc_topic *t, mlec_doc_format format, buf *out)
{
    switch (format) {
    case MLEC_DOC_MARKDOWN: doc_markdown(set, t, out); break;
    case MLEC_DOC_JSON: doc_json(set, t, out); break;
    default: doc_text(set, t, out); break;
    }
}

/* A function and a distribution may share a name, and a model's own stands before the library's. */
static bool print_called(const doc_set *set, const char *name, mlec_doc_format format, buf *out)
{
    uint32_t found = 0;
    bool own = false;
    for (uint32_t i = 0; i < set->count; i++) {
        const doc_topic *t = &set->all[i];
        if (strcmp(doc_name(t), name) || (own && t->group != DOC_OWN))
            continue;
        own |= t->group == DOC_OWN;
        if (format == MLEC_DOC_JSON)
            buf_puts(out, found ? ",\n  " : "[\n  ");
        else if (found)
            buf_putc(out, '\n');
        print_topic(set, t, format, out);
        found++;
    }
    if (found && format == MLEC_DOC_JSON)
        buf_puts(out, "\n]\n");
    return found > 0;
}

static void unknown(diag_list *diags, const doc_set *set, const char *name)
{
    const char **names = ARENA_ARRAY(set->arena, const char *, set->count + 2);
    for (uint32_t i = 0; i < set->count; i++)
        names[i] = doc_name(&set->all[i]);
    names[set->count] = "distributions";
    names[set->count + 1] = "functions";
    const char *shown = printable(set->arena, name, strlen(name), 60);
    diag *d = diag_report(diags, DIAG_UNKNOWN_TOPIC, NO_SPAN,
                          "no function or distribution is named `%s`", shown);
    const char *near = nearest_name(name, names, set->count + 2);
    if (near)
        diag_add_hint(diags, d, "did you mean `%s`?", near);
    else
        diag_add_hint(diags, d, "`mlec doc` lists all of them");
}

static const char *document(ast_context *c, const char *topic, const char *name, const char *text,
                            size_t length, mlec_doc_format format)
{
    mlec_options options;
    mlec_options_init(&options);
    model m = {.arena = c->arena, .context = c, .options = &options};
    uint32_t errors = c->diags->n_errors;
    const ast *own = NULL;
    if (text)
        own = parse_model(c, diag_add_source(c->diags, name, text, length));
    if (c->diags->n_errors > errors)
        return NULL;
    doc_set set = collect(&m, own);
    buf out;
    buf_init(&out, c->arena);
    unsigned chosen = groups_called(topic);
    if (topic && print_called(&set, topic, format, &out))
        return buf_text(&out);
    if (!chosen) {
        unknown(c->diags, &set, topic);
        return NULL;
    }
    print_list(&set, chosen, format, &out);
    return buf_text(&out);
}

mlec_status mlec_doc(mlec_ctx *ctx, const char *topic, const char *name, const char *text,
                     size_t length, mlec_doc_format format, const char **out)
{
    if (!ctx || !out || (text && !name))
        return MLEC_ERROR_ARGUMENT;
    *out = NULL;
    arena a;
    arena_init(&a, ctx->allocator, &ctx->guard);
    arena *volatile held = &a;
    if (setjmp(ctx->guard.jump)) {
        arena_release(held);
        return MLEC_ERROR_MEMORY;
    }
    uint32_t errors = ctx->diags.n_errors;
    const char *own = text ? arena_strndup(&ctx->arena, text, length) : NULL;
    const char *own_name = name ? arena_strdup(&ctx->arena, name) : NULL;
    intern_table names;
    intern_init(&names, &a);
    ast_context c = {&a, &names, &ctx->diags};
    const char *made = document(&c, topic, own_name, own, length, format);
    if (made)
        *out = arena_strdup(&ctx->arena, made);
    arena_release(&a);
    return ctx_status(ctx, errors);
}
