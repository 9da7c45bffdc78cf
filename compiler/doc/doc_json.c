/* One object for each name, for programs. */
#include "compiler/doc/doc.h"

#include <string.h>

/* Texts are UTF-8: the parser has seen to it. */
static void put_string(buf *out, const char *s)
{
    buf_putc(out, '"');
    for (; *s; s++) {
        if (*s == '"' || *s == '\\')
            buf_printf(out, "\\%c", *s);
        else if ((unsigned char)*s < 32)
            buf_printf(out, "\\u%04x", *s);
        else
            buf_putc(out, *s);
    }
    buf_putc(out, '"');
}

static void put_member(buf *out, const char *key, const char *value)
{
    buf_printf(out, ", \"%s\": ", key);
    put_string(out, value);
}

static void put_formals(buf *out, const doc_topic *t, const doc_set *set, const char *key,
                        uint32_t from, uint32_t to)
{
    buf_printf(out, ", \"%s\": [", key);
    for (uint32_t k = from; k < to; k++) {
        buf_puts(out, k > from ? ", {\"name\": " : "{\"name\": ");
        put_string(out, t->s->formals[k].name);
        buf_puts(out, ", \"type\": ");
        if (t->s->formals[k].type) {
            buf type;
            buf_init(&type, set->arena);
            type_print(t->s->formals[k].type, &type);
            put_string(out, buf_text(&type));
        } else {
            buf_puts(out, "null");
        }
        buf_putc(out, '}');
    }
    buf_putc(out, ']');
}

static void put_clause(const doc_set *set, const clause *c, buf *out)
{
    buf_puts(out, "{\"name\": ");
    put_string(out, c->name);
    buf_puts(out, ", \"arguments\": [");
    for (uint32_t i = 0; i < c->n_args; i++) {
        const argument *a = &c->args[i];
        buf_puts(out, i ? ", " : "");
        const char *value = doc_source(set, a->value->at);
        put_string(out, a->name ? arena_printf(set->arena, "%s = %s", a->name, value) : value);
    }
    buf_puts(out, "]");
    put_member(out, "value", doc_source(set, c->value->at));
    buf_putc(out, '}');
}

static void put_clauses(const doc_set *set, const doc_topic *t, buf *out)
{
    const stmt *s = t->s;
    buf_puts(out, ", \"clauses\": [");
    if (!s->is_block && s->value) {
        clause body = {.name = s->kind == STMT_DIST ? "log_pdf" : "value", .value = s->value};
        put_clause(set, &body, out);
    }
    for (uint32_t i = 0; i < s->n_clauses; i++) {
        buf_puts(out, i ? ", " : "");
        put_clause(set, &s->clauses[i], out);
    }
    buf_putc(out, ']');
}

void doc_json(const doc_set *set, const doc_topic *t, buf *out)
{
    const stmt *s = t->s;
    buf_puts(out, "{\"name\": ");
    put_string(out, doc_name(t));
    put_member(out, "kind", s->kind == STMT_DIST ? "distribution" : "function");
    put_member(out, "group", doc_titles[t->group]);
    put_member(out, "signature", doc_signature(set, t, true));
    put_member(out, "text", doc_sentences(set, t));
    put_formals(out, t, set, "values", 0, s->n_variates);
    put_formals(out, t, set, "parameters", s->n_variates, s->n_formals);
    put_clauses(set, t, out);
    buf_puts(out, ", \"link_forms\": [");
    bool first = true;
    for (uint32_t i = 0; i < set->count; i++) {
        if (!doc_is_link_form(&set->all[i], t))
            continue;
        buf_puts(out, first ? "" : ", ");
        put_string(out, doc_name(&set->all[i]));
        first = false;
    }
    buf_puts(out, "]}");
}

void doc_json_list(const doc_set *set, unsigned chosen, buf *out)
{
    bool first = true;
    buf_puts(out, "[");
    for (uint32_t i = 0; i < set->count; i++) {
        if (!(chosen >> set->all[i].group & 1))
            continue;
        buf_puts(out, first ? "\n  " : ",\n  ");
        doc_json(set, &set->all[i], out);
        first = false;
    }
    buf_puts(out, first ? "]\n" : "\n]\n");
}
