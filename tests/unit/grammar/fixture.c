#include "tests/unit/grammar/fixture.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

void fixture_open(fixture *f)
{
    arena_init(&f->arena, &alloc_system, &f->guard);
    cr_assert(!setjmp(f->guard.jump), "out of memory");
    intern_init(&f->names, &f->arena);
    diag_init(&f->diags, &f->arena);
    f->context = (ast_context){&f->arena, &f->names, &f->diags};
}

void fixture_close(fixture *f) { arena_release(&f->arena); }

const ast *fixture_parse(fixture *f, const char *text, size_t length)
{
    f->file = diag_add_source(&f->diags, "model.lik", text, length);
    return parse_model(&f->context, f->file);
}

expr *fixture_expression(fixture *f, const char *text)
{
    f->file = diag_add_source(&f->diags, "--set", text, strlen(text));
    return parse_expression(&f->context, f->file);
}

const char *fixture_messages(fixture *f)
{
    buf b;
    buf_init(&b, &f->arena);
    for (const diag *d = f->diags.first; d; d = d->next)
        diag_render(&f->diags, d, &b);
    return buf_text(&b);
}

const char *fixture_print(fixture *f, const ast *tree)
{
    buf b;
    buf_init(&b, &f->arena);
    ast_print(tree, &b);
    return buf_text(&b);
}

char *fixture_read(fixture *f, const char *path, size_t *length)
{
    FILE *file = fopen(arena_printf(&f->arena, "%s/%s", MLEC_SOURCE_DIR, path), "rb");
    cr_assert(file, "%s cannot be read", path);
    size_t capacity = 1 << 20;
    char *text = arena_alloc(&f->arena, capacity + 1);
    *length = fread(text, 1, capacity, file);
    text[*length] = 0;
    fclose(file);
    return text;
}

const char *fixture_round_trip(fixture *f, const char *text, size_t length)
{
    const ast *tree = fixture_parse(f, text, length);
    if (f->diags.n_errors)
        return fixture_messages(f);
    const char *printed = fixture_print(f, tree);
    const ast *again = fixture_parse(f, printed, strlen(printed));
    if (f->diags.n_errors)
        return fixture_messages(f);
    if (!ast_equal(tree, again))
        return arena_printf(&f->arena, "another tree: %s", printed);
    return strcmp(printed, fixture_print(f, again)) == 0 ? NULL
                                                         : "prints otherwise the second time";
}
