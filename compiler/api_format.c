/* mlec_model_format: a model's text in the one layout. */
#include "base/ctx.h"
#include "grammar/parse.h"

#include <mlec.h>

#include <string.h>

static uint32_t count_comments(const ast *tree)
{
    uint32_t n = tree->n_comments;
    for (const stmt *s = tree->first; s; s = s->next)
        for (const char *doc = s->doc; doc; doc = strchr(doc, '\n') ? strchr(doc, '\n') + 1 : NULL)
            n++;
    return n;
}

/* The layout must say what the text said, with every comment, and be its own layout. */
static bool says_the_same(ast_context *c, const ast *tree, const buf *printed)
{
    uint32_t file = diag_add_source(c->diags, "formatted", buf_text(printed), printed->length);
    const ast *again = parse_model(c, file);
    buf twice;
    buf_init(&twice, c->arena);
    ast_print(again, &twice);
    return !c->diags->n_errors && ast_equal(tree, again) &&
           count_comments(tree) == count_comments(again) &&
           strcmp(buf_text(printed), buf_text(&twice)) == 0;
}

/* Line ends are those of the text's first line. */
static const char *with_line_ends(arena *a, const char *printed, const char *text, size_t length)
{
    const char *end = length ? memchr(text, '\n', length) : NULL;
    if (!end || end == text || end[-1] != '\r')
        return arena_strdup(a, printed);
    buf out;
    buf_init(&out, a);
    for (; *printed; printed++) {
        if (*printed == '\n')
            buf_putc(&out, '\r');
        buf_putc(&out, *printed);
    }
    return buf_text(&out);
}

mlec_status mlec_model_format(mlec_ctx *ctx, const char *name, const char *text, size_t length,
                              const char **out)
{
    if (!ctx || !name || (!text && length) || !out)
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
    const char *own = arena_strndup(&ctx->arena, text ? text : "", length);
    intern_table names;
    intern_init(&names, &a);
    ast_context c = {&a, &names, &ctx->diags};
    const ast *tree =
        parse_model(&c, diag_add_source(&ctx->diags, arena_strdup(&ctx->arena, name), own, length));
    if (ctx->diags.n_errors == errors) {
        buf printed;
        buf_init(&printed, &a);
        ast_print(tree, &printed);
        diag_list apart; /* what goes wrong here is no fault of the text */
        diag_init(&apart, &a);
        c.diags = &apart;
        if (says_the_same(&c, tree, &printed))
            *out = with_line_ends(&ctx->arena, buf_text(&printed), own, length);
        else
            diag_report(&ctx->diags, DIAG_INTERNAL, NO_SPAN,
                        "the layout of %s would change its meaning; nothing was written", name);
    }
    arena_release(&a);
    return ctx_status(ctx, errors);
}
