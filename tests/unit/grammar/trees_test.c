/* What text becomes which tree. */
#include "tests/unit/grammar/fixture.h"

#include <criterion/criterion.h>
#include <string.h>

static const ast *parse(fixture *f, const char *text)
{
    const ast *tree = fixture_parse(f, text, strlen(text));
    cr_assert(f->diags.n_errors == 0, "%s", fixture_messages(f));
    return tree;
}

static const char *print(fixture *f, const expr *e)
{
    buf b;
    buf_init(&b, &f->arena);
    expr_print(e, &b);
    return buf_text(&b);
}

/* The expression with every operator in brackets. */
static void show(const expr *e, buf *b)
{
    if (e->kind != EXPR_UNARY && e->kind != EXPR_BINARY) {
        expr_print(e, b);
        return;
    }
    buf_putc(b, '(');
    if (e->kind == EXPR_BINARY)
        show(e->args[0].value, b);
    buf_printf(b, " %s ", operator_spelling(e->op));
    show(e->args[e->kind == EXPR_BINARY].value, b);
    buf_putc(b, ')');
}

Test(trees, precedence)
{
    static const char *const cases[][2] = {
        {"a + b*c", "(a + (b * c))"},
        {"a - b - c", "((a - b) - c)"},
        {"a/b/c", "((a / b) / c)"},
        {"-a^2", "( - (a ^ 2))"},
        {"a^-b", "(a ^ ( - b))"},
        {"a^b^c", "(a ^ (b ^ c))"},
        {"2^-1*3", "((2 ^ ( - 1)) * 3)"},
        {"-a*b", "(( - a) * b)"},
        {"--a", "( - ( - a))"},
        {"a*-b", "(a * ( - b))"},
        {"not a == b and c or d", "((( not (a == b)) and c) or d)"},
        {"a or b and c", "(a or (b and c))"},
        {"a + 1 < b*2", "((a + 1) < (b * 2))"},
        {"a[1]^2", "(a[1] ^ 2)"},
        {"(a < b) == c", "((a < b) == c)"},
        {"x [1]", "x[1]"},
        {"coef(eta)[\"a\"]", "coef(eta)[\"a\"]"},
        {"1 - .5", "(1 - .5)"},
        {"a-1", "(a - 1)"},
        {"pi", "pi"},
        {"`pi`", "`pi`"},
        {"`x`", "x"},
    };
    fixture f;
    fixture_open(&f);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const expr *e = fixture_expression(&f, cases[i][0]);
        cr_assert(e, "%s: %s", cases[i][0], fixture_messages(&f));
        buf b;
        buf_init(&b, &f.arena);
        show(e, &b);
        cr_expect(strcmp(buf_text(&b), cases[i][1]) == 0, "%s became %s", cases[i][0],
                  buf_text(&b));
    }
    fixture_close(&f);
}

Test(trees, command_line_values)
{
    static const char *const wrong[] = {"",   " ",         "1 2",  "a = 3", "1 +",
                                        "f(", "let x = 3", "1; 2", "1\n2"};
    fixture f;
    fixture_open(&f);
    const expr *e = fixture_expression(&f, "1/3");
    cr_assert(e && e->kind == EXPR_BINARY && e->op == OPERATOR_DIV);
    e = fixture_expression(&f, " [1, 2] \n");
    cr_assert(e && e->kind == EXPR_VECTOR && e->n_args == 2);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        uint32_t before = f.diags.n_errors;
        cr_expect(!fixture_expression(&f, wrong[i]), "`%s` is no value", wrong[i]);
        cr_expect(f.diags.n_errors == before + 1, "`%s`: %u errors", wrong[i],
                  f.diags.n_errors - before);
    }
    fixture_close(&f);
}

Test(trees, statements)
{
    fixture f;
    fixture_open(&f);
    const stmt *s = parse(&f, "param a = 1, b = [1, 2] : real(lo, hi)[k, site]\n"
                              "loglik once - x\n"
                              "weight prob(w)\n"
                              "series t by id\n"
                              "series by id\n"
                              "linear eta[species] = 0 + (1 | g)\n"
                              "b, c ~ normal(0, 1)\n"
                              "[x, y] ~ multi_normal(m, S)\n"
                              "dist d(y : real, z | a, b : positive) { cdf(y) = a }\n"
                              "report q : positive = sum(e | g)\n")
                        ->first;
    cr_assert(s->kind == STMT_PARAM && s->n_items == 2 && s->items[1].value->n_args == 2);
    cr_assert(s->type->n_args == 2 && s->type->n_dims == 2 && s->type->has_args);
    s = s->next;
    cr_assert(s->kind == STMT_LOGLIK && s->flag && s->value->kind == EXPR_UNARY);
    s = s->next;
    cr_assert(s->kind == STMT_WEIGHT && s->flag && s->value->kind == EXPR_NAME);
    s = s->next;
    cr_assert(s->kind == STMT_SERIES && s->value && strcmp(s->by, "id") == 0);
    s = s->next;
    cr_assert(s->kind == STMT_SERIES && !s->value && strcmp(s->by, "id") == 0);
    s = s->next;
    cr_assert(s->kind == STMT_LINEAR && strcmp(s->by, "species") == 0);
    cr_assert(s->formula->kind == FORMULA_ADD && s->formula->right->kind == FORMULA_RANDOM);
    s = s->next;
    cr_assert(s->kind == STMT_TILDE && s->n_lhs == 2);
    s = s->next;
    cr_assert(s->kind == STMT_TILDE && s->n_lhs == 1 && s->lhs[0]->kind == EXPR_VECTOR);
    s = s->next;
    cr_assert(s->kind == STMT_DIST && s->is_block && s->n_formals == 4 && s->n_variates == 2);
    cr_assert(s->n_clauses == 1 && s->clauses[0].n_args == 1);
    s = s->next;
    cr_assert(s->kind == STMT_REPORT && s->type && s->items[0].value->given);
    cr_assert(!s->next);
    fixture_close(&f);
}

Test(trees, formulas)
{
    static const struct {
        const char *text;
        formula_kind kind;
        const char *printed;
    } cases[] = {
        {"-1 + x", FORMULA_ADD, "-1 + x"},
        {"- x:z", FORMULA_SUB, "-x:z"},
        {"x:z^2", FORMULA_INTERACT, "x:z^2"},
        {"a*b:c", FORMULA_CROSS, "a*b:c"},
        {"a + b*c", FORMULA_ADD, "a + b*c"},
        {"(a + b)*c", FORMULA_CROSS, "(a + b)*c"},
        {"a/b", FORMULA_NEST, "a/b"},
        {".^2", FORMULA_POWER, ".^2"},
        {"(1 + x || g/h)", FORMULA_RANDOM_DIAGONAL, "(1 + x || g/h)"},
        {"I(a > 1 and b == \"x\")", FORMULA_TERM, "I(a > 1 and b == \"x\")"},
    };
    fixture f;
    fixture_open(&f);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const ast *tree = parse(&f, arena_printf(&f.arena, "linear eta = %s", cases[i].text));
        cr_expect(tree->first->formula->kind == cases[i].kind, "%s", cases[i].text);
        const char *expected = arena_printf(&f.arena, "linear eta = %s\n", cases[i].printed);
        cr_expect(strcmp(fixture_print(&f, tree), expected) == 0, "%s", fixture_print(&f, tree));
    }
    fixture_close(&f);
}

/* Where statements end. */
Test(trees, lines)
{
    static const struct {
        const char *text;
        uint32_t statements;
    } cases[] = {
        {"", 0},
        {"\n\n# nothing\n;;;\n", 0},
        {"let a = 1", 1},
        {"let a = 1;let b = 2;", 2},
        {"let a =\n\n # why\n 1 +\n 2", 1},
        {"let a = f(1\n, 2\n+ 3\n)\nlet b = 1", 2},
        {"y ~\n normal(0, 1)", 1},
        {"a,\nb ~ normal(0, 1)", 1},
        {"let c = a and # because\n not\n b", 1},
        {"param a : \n real", 1},
        {"let x = [1,\n 2\n][1\n]", 1},
        {"linear eta = 1 + (1 |\n g)", 1},
        {"fn f(x)\n{\n partial(x) = 1\n}\nlet a = 1", 2},
        {"fn f(x) { a = 1; b = f(\n1); c = 2 +\n 1 }", 1},
        {"fn f(x) {}", 1},
        {"data ~ n(0); data, param ~ n(0); data[1] ~ n(0); `data` - 1 ~ n(0)", 4},
        {"let data = param + let\nwhere data > 1", 2},
        {"loglik\tonce x; loglik once_x", 2},
        {"let x = data +\n weight", 1},
        {"series a -\n weight by id", 1},
        {"f(a,\n let) ~ normal(0, 1)", 1},
    };
    fixture f;
    fixture_open(&f);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint32_t before = f.diags.n_errors;
        const ast *tree = fixture_parse(&f, cases[i].text, strlen(cases[i].text));
        cr_expect(tree->count == cases[i].statements, "%s: %u statements", cases[i].text,
                  tree->count);
        cr_expect(f.diags.n_errors == before, "%s", fixture_messages(&f));
    }
    fixture_close(&f);
}

Test(trees, spans)
{
    static const char text[] = "let größe = (a + b)*f(x, k = -2)[3]\n"
                               "linear eta = 1 + (x | g)\n"
                               "data y : real(0, 1)[k]\n";
    fixture f;
    fixture_open(&f);
    const ast *tree = parse(&f, text);
#define AT(span_, expected)                                                                        \
    do {                                                                                           \
        span s_ = (span_);                                                                         \
        const char *got_ = arena_strndup(&f.arena, text + s_.begin, s_.end - s_.begin);            \
        cr_expect(s_.file == f.file && strcmp(got_, expected) == 0, "%s is not %s", got_,          \
                  expected);                                                                       \
    } while (0)
    const stmt *s = tree->first;
    const expr *e = s->items[0].value;
    AT(s->at, "let größe = (a + b)*f(x, k = -2)[3]");
    AT(s->keyword_at, "let");
    AT(s->items[0].at, "größe");
    AT(e->at, "(a + b)*f(x, k = -2)[3]");
    AT(e->args[0].value->at, "(a + b)");
    AT(e->args[0].value->args[1].value->at, "b");
    const expr *index = e->args[1].value, *call = index->args[0].value;
    AT(index->at, "f(x, k = -2)[3]");
    AT(call->at, "f(x, k = -2)");
    AT(call->name_at, "f");
    AT(call->args[1].name_span, "k");
    AT(call->args[1].value->at, "-2");
    s = s->next;
    AT(s->formula->at, "1 + (x | g)");
    AT(s->formula->right->at, "(x | g)");
    AT(s->formula->right->right->at, "g");
    s = s->next;
    AT(s->type->at, "real(0, 1)[k]");
    AT(s->type->name_at, "real");
    AT(s->type->dims[0]->at, "k");
    fixture_close(&f);
}

Test(trees, numbers_print_to_the_same_double)
{
    static const char *const cases[][2] = {
        {"100", "100"},
        {"1e5", "100000"},
        {"0.1", "0.1"},
        {"1e-4", "0.0001"},
        {"1e-6", "1e-6"},
        {"1e-5", "0.00001"},
        {"2.50", "2.5"},
        {"1e15", "1e15"},
        {"1e16", "1e16"},
        {"0", "0"},
        {"1.25e-10", "1.25e-10"},
        {"12345.678", "12345.678"},
        {"0.30000000000000004", "0.30000000000000004"},
        {"1.7976931348623157e308", "1.7976931348623157e308"},
    };
    fixture f;
    fixture_open(&f);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const expr *e = fixture_expression(&f, cases[i][0]);
        cr_assert(e, "%s", cases[i][0]);
        cr_expect(strcmp(print(&f, e), cases[i][0]) == 0, "%s became %s", cases[i][0],
                  print(&f, e));
        expr computed = *e;
        computed.name = NULL;
        cr_expect(strcmp(print(&f, &computed), cases[i][1]) == 0, "%s became %s", cases[i][0],
                  print(&f, &computed));
        const expr *again = fixture_expression(&f, print(&f, &computed));
        cr_expect(again && again->value == e->value, "%s", cases[i][0]);
    }
    fixture_close(&f);
}

/* The same text has the same dump, kinds and spans included. */
Test(trees, dump)
{
    static const char text[] = "report q : positive = exp(b, x | g)[1]\nlinear e[k] = x + (1 | g)\n"
                               "dist d(y | a : real) {\nf(z = \"t\") = -1\n}\nloglik once a";
    static const char expected[] = "[0,38) report\n"
                                   "  item: [7,8) q\n"
                                   "    [22,38) index\n"
                                   "      [22,35) call exp\n"
                                   "        [26,27) name b\n"
                                   "        [29,30) name x\n"
                                   "        given: [33,34) name g\n"
                                   "      [36,37) number 1\n"
                                   "  type: [11,19) positive\n"
                                   "[39,64) linear\n"
                                   "  item: [46,47) e\n"
                                   "  by: [48,49) k\n"
                                   "  formula: [53,64) +\n"
                                   "    formula: [53,54) term\n"
                                   "      [53,54) name x\n"
                                   "    formula: [57,64) |\n"
                                   "      formula: [58,59) term\n"
                                   "        [58,59) number 1\n"
                                   "      formula: [62,63) term\n"
                                   "        [62,63) name g\n"
                                   "[65,105) dist\n"
                                   "  item: [70,71) d\n"
                                   "  variate: [72,73) y\n"
                                   "  formal: [76,77) a\n"
                                   "    type: [80,84) real\n"
                                   "  clause: [88,103) f\n"
                                   "      z: [94,97) text \"t\"\n"
                                   "    value: [101,103) unary -\n"
                                   "      [102,103) number 1\n"
                                   "[106,119) loglik once\n"
                                   "  value: [118,119) name a\n";
    fixture f;
    fixture_open(&f);
    buf b;
    buf_init(&b, &f.arena);
    ast_dump(parse(&f, text), &b);
    cr_assert(strcmp(buf_text(&b), expected) == 0, "%s", buf_text(&b));
    fixture_close(&f);
}
