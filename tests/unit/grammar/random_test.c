/* Random trees: what expr_print writes parses back to the same tree. */
#include "tests/unit/grammar/fixture.h"

#include <criterion/criterion.h>
#include <string.h>

typedef struct {
    fixture f;
    uint64_t state;
} generator;

static uint32_t draw(generator *g, uint32_t n)
{
    g->state = g->state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(g->state >> 33) % n;
}

static const char *draw_name(generator *g)
{
    static const char *const names[] = {"x",         "b_1",  ".a",  "größe",  "and",
                                        "two words", "data", "a`b", "x.y.z_", "not",
                                        "9lives",    "变量", "é",   "a²"};
    return intern_str(&g->f.names, names[draw(g, sizeof names / sizeof *names)]);
}

static expr *draw_leaf(generator *g)
{
    static const double numbers[] = {0, 1, 0.1, 1e-300, 123456.75, 1e22, 2.0 / 3, 5e-324};
    static const char *const texts[] = {"", "a \"b\" \\ c", "line\nbreak\ttab", "#no comment", "ü"};
    ast_context *c = &g->f.context;
    switch (draw(g, 4)) {
    case 0: return expr_number(c, numbers[draw(g, 8)], NO_SPAN);
    case 1: {
        expr *e = expr_new(c, EXPR_STRING, NO_SPAN);
        e->name = intern_str(&g->f.names, texts[draw(g, 5)]);
        e->length = (uint32_t)strlen(e->name);
        return e;
    }
    case 2: {
        expr *e = expr_name(c, intern_str(&g->f.names, draw(g, 2) ? "pi" : "inf"), NO_SPAN);
        e->quoted = draw(g, 2);
        return e;
    }
    default: return expr_name(c, draw_name(g), NO_SPAN);
    }
}

static expr *draw_expr(generator *g, int depth)
{
    static const operator_kind unary[] = {OPERATOR_NOT, OPERATOR_NEG, OPERATOR_POS};
    static const operator_kind binary[] = {OPERATOR_OR,  OPERATOR_AND, OPERATOR_EQ,  OPERATOR_NE,
                                           OPERATOR_LT,  OPERATOR_LE,  OPERATOR_GT,  OPERATOR_GE,
                                           OPERATOR_ADD, OPERATOR_SUB, OPERATOR_MUL, OPERATOR_DIV,
                                           OPERATOR_POW};
    ast_context *c = &g->f.context;
    uint32_t choice = depth ? draw(g, 10) : 0;
    if (choice < 2)
        return draw_leaf(g);
    if (choice < 4)
        return expr_unary(c, unary[draw(g, 3)], draw_expr(g, depth - 1), NO_SPAN);
    if (choice < 7) {
        expr *a = draw_expr(g, depth - 1);
        return expr_binary(c, binary[draw(g, 13)], a, draw_expr(g, depth - 1));
    }
    static const expr_kind kinds[] = {EXPR_CALL, EXPR_INDEX, EXPR_VECTOR};
    expr *e = expr_new(c, kinds[choice - 7], NO_SPAN);
    e->n_args = 1 + draw(g, 3) + (e->kind == EXPR_INDEX);
    e->args = ARENA_ARRAY(c->arena, argument, e->n_args);
    for (uint32_t i = 0; i < e->n_args; i++) {
        e->args[i].value = draw_expr(g, depth - 1);
        if (e->kind == EXPR_CALL && draw(g, 4) == 0)
            e->args[i].name = draw_name(g);
    }
    if (e->kind == EXPR_CALL) {
        e->name = draw_name(g);
        e->given = draw(g, 3) ? NULL : draw_expr(g, depth - 1);
    }
    expr_measure(e);
    return e;
}

Test(random, printed_expressions)
{
    for (uint64_t seed = 1; seed <= 3000; seed++) {
        generator g = {.state = seed * UINT64_C(0x9E3779B97F4A7C15)};
        fixture_open(&g.f);
        const expr *e = draw_expr(&g, 1 + (int)(seed % 6));
        buf b;
        buf_init(&b, &g.f.arena);
        expr_print(e, &b);
        const expr *again = fixture_expression(&g.f, buf_text(&b));
        cr_assert(again && expr_equal(e, again), "seed %lu: %s\n%s", (unsigned long)seed,
                  buf_text(&b), fixture_messages(&g.f));
        fixture_close(&g.f);
    }
}
