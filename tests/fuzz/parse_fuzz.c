/* Any text is parsed without a fault; what is parsed without an error is printed as text that
 * parses to an equal tree and prints as itself. */
#include "grammar/parse.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void fail(const char *why, const diag_list *l, const char *text, arena *a)
{
    buf b;
    buf_init(&b, a);
    for (const diag *d = l->first; d; d = d->next)
        diag_render(l, d, &b);
    fprintf(stderr, "%s\n%s\n%s\n", why, text, buf_text(&b));
    abort();
}

/* Spans lie within the text and children within their parents. */
static void check_spans(const expr *e, span within, arena *a, const diag_list *l)
{
    if (e->at.begin < within.begin || e->at.end > within.end || e->at.begin >= e->at.end)
        fail("a span outside its parent's", l, "", a);
    for (uint32_t i = 0; i < e->n_args; i++)
        check_spans(e->args[i].value, e->at, a, l);
    if (e->given)
        check_spans(e->given, e->at, a, l);
}

static void check_round_trip(ast_context *c, const ast *tree)
{
    arena *a = c->arena;
    for (const stmt *s = tree->first; s; s = s->next) {
        if (s->value)
            check_spans(s->value, s->at, a, c->diags);
        for (uint32_t i = 0; i < s->n_lhs; i++)
            check_spans(s->lhs[i], s->at, a, c->diags);
    }
    buf first, second, dump;
    buf_init(&first, a);
    buf_init(&second, a);
    buf_init(&dump, a);
    ast_print(tree, &first);
    ast_dump(tree, &dump);
    uint32_t file = diag_add_source(c->diags, "printed", buf_text(&first), first.length);
    const ast *again = parse_model(c, file);
    if (c->diags->n_errors)
        fail("the printed text has errors", c->diags, buf_text(&first), a);
    if (!ast_equal(tree, again))
        fail("the printed text has another tree", c->diags, buf_text(&first), a);
    ast_print(again, &second);
    if (strcmp(buf_text(&first), buf_text(&second)) != 0) {
        fputs(buf_text(&second), stderr);
        fail("the printed text does not print as itself", c->diags, buf_text(&first), a);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    oom_guard guard;
    arena a;
    arena_init(&a, &alloc_system, &guard);
    if (setjmp(guard.jump)) {
        arena_release(&a);
        return 0;
    }
    intern_table names;
    intern_init(&names, &a);
    diag_list diags;
    diag_init(&diags, &a);
    ast_context c = {&a, &names, &diags};
    uint32_t file = diag_add_source(&diags, "model", (const char *)data, size);
    const ast *tree = parse_model(&c, file);
    if (!diags.n_errors) {
        check_round_trip(&c, tree);
    } else {
        buf b;
        buf_init(&b, &a);
        for (const diag *d = diags.first; d; d = d->next)
            diag_render(&diags, d, &b);
        ast_print(tree, &b);
        ast_dump(tree, &b);
    }
    parse_expression(&c, file);
    arena_release(&a);
    return 0;
}
