#include "grammar/parse.h"

#include "grammar/lexer.h"
#include "grammar/parser.h"
#include "grammar/tree.h"

#include <string.h>

static parser *new_parser(ast_context *c, uint32_t file, int start)
{
    const source_text *source = &c->diags->sources[file];
    parser *p = ARENA_NEW(c->arena, parser);
    p->c = c;
    p->file = file;
    p->text = arena_strndup(c->arena, source->text, source->length);
    p->cursor = p->text;
    p->limit = p->text + source->length;
    p->tree = ARENA_NEW(c->arena, ast);
    p->tree->file = file;
    p->tree->text = p->text;
    p->queued = (token){.kind = start, .at = {file, 0, 0}};
    p->queue[0] = p->queued;
    p->queue_count = 1;
    return p;
}

/* Bison's parser returns 2 when its stack is full: it has reported that, and goes on with the next
 * statement. */
static void run(parser *p, int start)
{
    while (yyparse(p) == 2 && p->current.kind != TOKEN_YYEOF) {
        lexer_skip_statement(p);
        if (p->current.kind == TOKEN_YYEOF)
            break;
        p->queue_head = (p->queue_head + QUEUE_SIZE - 1) % QUEUE_SIZE;
        p->queue[p->queue_head] = (token){.kind = start, .at = p->current.at};
        p->queue_count++;
    }
}

/* ------------------------------------------------------------------ comments */

static uint32_t count_newlines(const parser *p, uint32_t begin, uint32_t end)
{
    uint32_t n = 0;
    for (uint32_t i = begin; i < end; i++)
        n += p->text[i] == '\n';
    return n;
}

/* Is there an empty line directly above the line of `at`? */
static bool has_blank_above(const parser *p, uint32_t at)
{
    uint32_t newlines = 0;
    while (at > 0 && strchr(" \t\r\n", p->text[at - 1]) && newlines < 2)
        newlines += p->text[--at] == '\n';
    return newlines == 2 && at > 0;
}

static bool is_doc(const comment *c)
{
    return c->own_line && c->text[1] == '#' && c->text[2] != '#';
}

/* Makes the doc comments directly above `s`, which end with comments[end - 1], its doc. Returns
 * how many they are. */
static uint32_t take_doc(parser *p, stmt *s, uint32_t end)
{
    uint32_t first = end, below = s->at.begin;
    while (first > 0 && is_doc(&p->comments.data[first - 1]) &&
           count_newlines(p, p->comments.data[first - 1].at.end, below) == 1)
        below = p->comments.data[--first].at.begin;
    if (first == end)
        return 0;
    buf b;
    buf_init(&b, p->c->arena);
    for (uint32_t i = first; i < end; i++) {
        const char *text = p->comments.data[i].text + 2;
        buf_puts(&b, text + (*text == ' '));
        if (i + 1 < end)
            buf_putc(&b, '\n');
    }
    s->doc = arena_strdup(p->c->arena, buf_text(&b));
    return end - first;
}

/* Hands doc comments to their statements and leaves the others in the tree for the printer. */
static void attach_comments(parser *p)
{
    ast *tree = p->tree;
    uint32_t next = 0, kept = 0;
    comment *all = p->comments.data;
    tree->comments = ARENA_ARRAY(p->c->arena, comment, p->comments.count);
    for (stmt *s = tree->first; s; s = s->next) {
        uint32_t begin = next;
        while (next < p->comments.count && all[next].at.begin < s->at.begin)
            next++;
        uint32_t taken = take_doc(p, s, next);
        for (; begin < next - taken; begin++)
            tree->comments[kept++] = all[begin];
        s->blank_before = has_blank_above(p, taken ? all[next - taken].at.begin : s->at.begin);
        for (uint32_t i = 0; i < s->n_clauses; i++)
            s->clauses[i].blank_before = has_blank_above(p, s->clauses[i].at.begin);
    }
    while (next < p->comments.count)
        tree->comments[kept++] = all[next++];
    tree->n_comments = kept;
    for (uint32_t i = 0; i < kept; i++)
        tree->comments[i].blank_before =
            tree->comments[i].own_line && has_blank_above(p, tree->comments[i].at.begin);
}

/* ------------------------------------------------------------------ entry points */

ast *parse_model(ast_context *c, uint32_t file)
{
    parser *p = new_parser(c, file, TOKEN_START_MODEL);
    if (!check_encoding(p))
        return p->tree;
    run(p, TOKEN_START_MODEL);
    attach_comments(p);
    return p->tree;
}

expr *parse_expression(ast_context *c, uint32_t file)
{
    parser *p = new_parser(c, file, TOKEN_START_EXPRESSION);
    uint32_t errors = c->diags->n_errors;
    if (!check_encoding(p))
        return NULL;
    yyparse(p);
    return c->diags->n_errors == errors ? p->expression : NULL;
}
