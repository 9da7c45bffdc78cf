/* The tree as canonical text.
 *
 * Text is first written with BREAK in place of every space at which a line may end (behind an
 * operator or a comma, where the statement goes on by the language's own rule), then `flow` turns
 * each into a space or a line break. */
#include "compiler/ast/ast.h"

#include <stdio.h>
#include <string.h>

enum { BREAK = '\1', WIDTH = 100, INDENT = 4, BLOCK = 2 }; /* of a continued line, of a clause */

/* ------------------------------------------------------------------ words */

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

static void put_name(const char *s, bool quoted, buf *out)
{
    if (!quoted && name_is_plain(s)) {
        buf_puts(out, s);
        return;
    }
    buf_putc(out, '`');
    for (; *s; s++) {
        if (*s == '`')
            buf_putc(out, '`');
        buf_putc(out, *s);
    }
    buf_putc(out, '`');
}

static void put_string(const char *s, uint32_t n, buf *out)
{
    buf_putc(out, '"');
    for (uint32_t i = 0; i < n; i++) {
        static const char special[] = "\"\\\n\r\t", letters[] = "\"\\nrt";
        const char *found = s[i] ? strchr(special, s[i]) : NULL;
        if (found)
            buf_putc(out, '\\');
        buf_putc(out, found ? letters[found - special] : s[i]);
    }
    buf_putc(out, '"');
}

/* The shortest digits that read back to the same double, as a person would write them. */
static void put_number(double x, buf *out)
{
    char text[40];
    format_double(text, x);
    char digits[24];
    int n = 0, exponent = 0, point = -1;
    const char *s = text;
    if (*s == '-') {
        buf_putc(out, '-');
        s++;
    }
    if (!is_digit(*s)) {
        buf_puts(out, s);
        return;
    }
    for (; *s && *s != 'e'; s++) {
        if (!is_digit(*s))
            point = n; /* whatever the locale's point is */
        else if (n < (int)sizeof digits)
            digits[n++] = *s;
    }
    if (point < 0)
        point = n;
    if (*s == 'e')
        sscanf(s + 1, "%d", &exponent);
    point += exponent;
    int zeros = 0;
    while (zeros + 1 < n && digits[zeros] == '0')
        zeros++;
    while (n > zeros + 1 && digits[n - 1] == '0')
        n--;
    const char *d = digits + zeros;
    n -= zeros;
    point -= zeros;
    if (n == 1 && *d == '0') {
        buf_putc(out, '0');
    } else if (point > 15 || point < -4) {
        buf_add(out, d, 1);
        if (n > 1) {
            buf_putc(out, '.');
            buf_add(out, d + 1, (size_t)n - 1);
        }
        buf_printf(out, "e%d", point - 1);
    } else {
        if (point <= 0)
            buf_puts(out, "0.");
        for (int i = point; i < 0; i++)
            buf_putc(out, '0');
        for (int i = 0; i < n || i < point; i++) {
            if (i == point && i > 0)
                buf_putc(out, '.');
            buf_putc(out, i < n ? d[i] : '0');
        }
    }
}

/* ------------------------------------------------------------------ expressions */

enum { ANY = 0, PRIMARY = 9 };

static void put_expr(const expr *e, int least, buf *out);

static void put_list(const argument *args, uint32_t n, buf *out)
{
    for (uint32_t i = 0; i < n; i++) {
        if (i) {
            buf_putc(out, ',');
            buf_putc(out, BREAK);
        }
        if (args[i].name) {
            put_name(args[i].name, false, out);
            buf_puts(out, " = ");
        }
        put_expr(args[i].value, ANY, out);
    }
}

static int precedence(const expr *e)
{
    if (e->kind == EXPR_NUMBER && (e->value < 0 || e->value != e->value))
        return operator_precedence(OPERATOR_NEG);
    return e->kind == EXPR_UNARY || e->kind == EXPR_BINARY ? operator_precedence(e->op) : PRIMARY;
}

static void put_binary(const expr *e, buf *out)
{
    int own = operator_precedence(e->op);
    const expr *right = e->args[1].value;
    bool power = e->op == OPERATOR_POW, tight = own >= operator_precedence(OPERATOR_MUL);
    bool comparison = own == operator_precedence(OPERATOR_LT);
    bool sign = right->kind == EXPR_UNARY && right->op != OPERATOR_NOT;
    put_expr(e->args[0].value, power || comparison ? own + 1 : own, out);
    if (!tight)
        buf_putc(out, ' ');
    buf_puts(out, operator_spelling(e->op));
    if (!tight)
        buf_putc(out, BREAK);
    /* x^-y needs no brackets: nothing else can be meant. */
    put_expr(right, power ? (sign ? ANY : own) : own + 1, out);
}

/* Writes `e`, in round brackets if it binds less tightly than `least`; those that its writer gave
 * an operand are for its readers, and stay. */
static void put_expr(const expr *e, int least, buf *out)
{
    int own = precedence(e);
    bool brackets = own < least || (e->bracketed && own < PRIMARY && least > ANY);
    if (brackets)
        buf_putc(out, '(');
    switch (e->kind) {
    case EXPR_NUMBER:
        if (e->name)
            buf_puts(out, e->name);
        else
            put_number(e->value, out);
        break;
    case EXPR_STRING: put_string(e->name, e->length, out); break;
    case EXPR_NAME: put_name(e->name, e->quoted, out); break;
    case EXPR_CALL:
        put_name(e->name, false, out);
        buf_putc(out, '(');
        put_list(e->args, e->n_args, out);
        if (e->given) {
            buf_puts(out, " |");
            buf_putc(out, BREAK);
            put_expr(e->given, ANY, out);
        }
        buf_putc(out, ')');
        break;
    case EXPR_INDEX:
        put_expr(e->args[0].value, PRIMARY, out);
        buf_putc(out, '[');
        put_list(e->args + 1, e->n_args - 1, out);
        buf_putc(out, ']');
        break;
    case EXPR_UNARY:
        buf_puts(out, operator_spelling(e->op));
        if (e->op == OPERATOR_NOT)
            buf_putc(out, ' ');
        put_expr(e->args[0].value, operator_precedence(e->op), out);
        break;
    case EXPR_BINARY: put_binary(e, out); break;
    case EXPR_VECTOR:
        buf_putc(out, '[');
        put_list(e->args, e->n_args, out);
        buf_putc(out, ']');
        break;
    }
    if (brackets)
        buf_putc(out, ')');
}

static void put_type(const type_expr *t, buf *out)
{
    put_name(t->name, false, out);
    if (t->has_args) {
        buf_putc(out, '(');
        put_list(t->args, t->n_args, out);
        buf_putc(out, ')');
    }
    for (uint32_t i = 0; i < t->n_dims; i++) {
        buf_puts(out, i ? ", " : "[");
        put_expr(t->dims[i], ANY, out);
    }
    if (t->n_dims)
        buf_putc(out, ']');
}

/* ------------------------------------------------------------------ formulas */

static int formula_precedence(const formula *f)
{
    switch (f->kind) {
    case FORMULA_ADD:
    case FORMULA_SUB: return 1;
    case FORMULA_CROSS:
    case FORMULA_NEST: return 2;
    case FORMULA_INTERACT: return 3;
    case FORMULA_POWER: return 4;
    default: return 5;
    }
}

static const char *formula_sign(formula_kind kind)
{
    static const char *const signs[] = {
#define FORMULA(id, spelling) [FORMULA_##id] = spelling,
#include "compiler/ast/ast.def"
#undef FORMULA
    };
    return signs[kind];
}

static void put_formula(const formula *f, int least, buf *out)
{
    int own = formula_precedence(f);
    bool random = f->kind == FORMULA_RANDOM || f->kind == FORMULA_RANDOM_DIAGONAL;
    bool brackets = own < least || random;
    if (brackets)
        buf_putc(out, '(');
    switch (f->kind) {
    case FORMULA_TERM: put_expr(f->term, ANY, out); break;
    case FORMULA_DOT: buf_putc(out, '.'); break;
    case FORMULA_POWER:
        put_formula(f->left, own, out);
        buf_putc(out, '^');
        put_expr(f->term, ANY, out);
        break;
    default:
        if (f->left)
            put_formula(f->left, random ? ANY : own, out);
        if (own == 1 && !f->left) {
            buf_puts(out, formula_sign(f->kind));
        } else if (own == 1 || random) {
            buf_printf(out, " %s", formula_sign(f->kind));
            buf_putc(out, BREAK);
        } else {
            buf_puts(out, formula_sign(f->kind));
        }
        put_formula(f->right, random ? ANY : own + 1, out);
    }
    if (brackets)
        buf_putc(out, ')');
}

/* ------------------------------------------------------------------ lines */

/* The bracket depth at `s` and after the character (or quoted text) there. */
static size_t step(const char *s, int *depth)
{
    size_t n = 1;
    if (*s == '"' || *s == '`') {
        while (s[n] && s[n] != *s)
            n += s[n] == '\\' && *s == '"' && s[n + 1] ? 2 : 1;
        return s[n] ? n + 1 : n;
    }
    if (*s == '(' || *s == '[' || *s == '{')
        ++*depth;
    else if (*s == ')' || *s == ']' || *s == '}')
        --*depth;
    return n;
}

/* Writes one logical line with `indent`, broken where it is too wide: at the break outside the
 * most brackets in the second half of the line, or else at the last one that fits. */
static void flow(const char *line, int indent, buf *out)
{
    int margin = indent, start_depth = 0;
    buf_printf(out, "%*s", indent, "");
    for (;;) {
        int column = margin, depth = start_depth, best_depth = 0, at_depth = 0;
        size_t best = 0, i = 0;
        while (line[i] && (column <= WIDTH || !best)) {
            if (line[i] == BREAK) {
                bool first_half = best && (int)best < WIDTH / 2;
                if (!best || first_half || depth <= best_depth) {
                    best = i;
                    best_depth = depth;
                    at_depth = depth;
                }
            }
            size_t n = step(line + i, &depth);
            for (size_t k = 0; k < n; k++)
                column += ((unsigned char)line[i + k] & 0xC0) != 0x80;
            i += n;
        }
        bool fits = !line[i] && column <= WIDTH;
        size_t end = fits || !best ? i : best;
        for (size_t k = 0; k < end; k++)
            buf_putc(out, line[k] == BREAK ? ' ' : line[k]);
        if (!line[end])
            break;
        line += end + 1;
        start_depth = at_depth;
        margin = indent + INDENT;
        buf_printf(out, "\n%*s", margin, "");
    }
}

/* The part of `out` from `begin` on becomes one line without breaks. */
static void join_line(buf *out, size_t begin)
{
    for (size_t i = begin; i < out->length; i++)
        if (out->text[i] == BREAK)
            out->text[i] = ' ';
}

void expr_print(const expr *e, buf *out)
{
    size_t begin = out->length;
    put_expr(e, ANY, out);
    join_line(out, begin);
}

void type_print(const type_expr *t, buf *out)
{
    size_t begin = out->length;
    put_type(t, out);
    join_line(out, begin);
}

/* ------------------------------------------------------------------ statements */

typedef struct {
    const ast *tree;
    uint32_t next; /* comment */
    buf *out;
    VEC(size_t) trailing; /* where in `out` the blanks before a trailing comment begin */
} printer;

static void put_optional_type(const type_expr *t, buf *line)
{
    if (t) {
        buf_puts(line, " : ");
        put_type(t, line);
    }
}

static void put_items(const stmt *s, buf *line)
{
    for (uint32_t i = 0; i < s->n_items; i++) {
        if (i) {
            buf_putc(line, ',');
            buf_putc(line, BREAK);
        }
        put_name(s->items[i].name, s->items[i].quoted, line);
        if (s->items[i].value && (s->kind == STMT_PARAM || s->kind == STMT_RANDOM)) {
            buf_puts(line, " = ");
            put_expr(s->items[i].value, ANY, line);
        }
    }
}

static void put_definition(const expr *value, buf *line)
{
    buf_puts(line, " =");
    buf_putc(line, BREAK);
    put_expr(value, ANY, line);
}

static bool begins_with_word(const char *text, const char *word)
{
    size_t n = strlen(word);
    return strncmp(text, word, n) == 0 && !is_letter(text[n]) && !is_digit(text[n]) &&
           text[n] != '.' && (unsigned char)text[n] < 0x80;
}

/* An expression whose first word would be read as `word` there stands in backquotes. */
static void put_unlike(const expr *e, const char *word, buf *line)
{
    size_t begin = line->length;
    put_expr(e, ANY, line);
    if (!begins_with_word(line->text + begin, word))
        return;
    size_t n = strlen(word);
    char *rest = arena_strdup(line->arena, line->text + begin + n);
    line->length = begin;
    buf_printf(line, "`%s`%s", word, rest);
}

static bool begins_with_sign(const expr *e)
{
    while (e->kind == EXPR_BINARY || e->kind == EXPR_INDEX) {
        e = e->args[0].value;
        if (e->bracketed)
            return false;
    }
    return e->kind == EXPR_UNARY && e->op != OPERATOR_NOT;
}

static void put_left_side(const stmt *s, buf *line)
{
    for (uint32_t i = 0; i < s->n_lhs; i++) {
        if (i) {
            buf_putc(line, ',');
            buf_putc(line, BREAK);
        }
        /* No line begins with a sign. */
        bool sign = i == 0 && begins_with_sign(s->lhs[i]);
        put_expr(s->lhs[i], sign ? PRIMARY : ANY, line);
    }
    /* A keyword is none before `~`, `,` or `[`; else it needs backquotes here. */
    for (int k = 0; k <= STMT_REPORT; k++) {
        const char *word = stmt_keyword((stmt_kind)k);
        if (k == STMT_TILDE || !begins_with_word(line->text, word))
            continue;
        size_t n = strlen(word);
        const char *after = line->text + n;
        if (*after == 0 || *after == ',' || *after == '[')
            return;
        char *rest = arena_strdup(line->arena, after);
        line->length = 0;
        buf_printf(line, "`%s`%s", word, rest);
        return;
    }
}

static void put_formals(const stmt *s, buf *line)
{
    buf_putc(line, '(');
    for (uint32_t i = 0; i < s->n_formals; i++) {
        bool bar = s->kind == STMT_DIST && i == s->n_variates;
        if (i) {
            buf_puts(line, bar ? " |" : ",");
            buf_putc(line, BREAK);
        }
        put_name(s->formals[i].name, false, line);
        put_optional_type(s->formals[i].type, line);
    }
    buf_putc(line, ')');
}

/* Everything of a statement but the clauses of a block. */
static void put_head(const stmt *s, buf *line)
{
    const char *keyword = stmt_keyword(s->kind);
    if (s->kind != STMT_TILDE)
        buf_printf(line, s->kind == STMT_SERIES ? "%s" : "%s ", keyword);
    switch (s->kind) {
    case STMT_DATA:
    case STMT_PARAM:
    case STMT_RANDOM:
        put_items(s, line);
        put_optional_type(s->type, line);
        break;
    case STMT_CONST:
    case STMT_LET:
    case STMT_REPORT:
        put_items(s, line);
        put_optional_type(s->type, line);
        put_definition(s->items[0].value, line);
        break;
    case STMT_LINEAR:
        put_items(s, line);
        if (s->by) {
            buf_putc(line, '[');
            put_name(s->by, false, line);
            buf_putc(line, ']');
        }
        buf_puts(line, " =");
        buf_putc(line, BREAK);
        put_formula(s->formula, ANY, line);
        break;
    case STMT_TILDE:
        put_left_side(s, line);
        buf_puts(line, " ~");
        buf_putc(line, BREAK);
        put_expr(s->value, ANY, line);
        break;
    case STMT_LOGLIK:
        if (s->flag)
            buf_puts(line, "once ");
        put_unlike(s->value, "once", line);
        break;
    case STMT_LOGPRIOR:
    case STMT_WHERE:
    case STMT_CONSTRAIN: put_expr(s->value, ANY, line); break;
    case STMT_WEIGHT:
        buf_puts(line, s->flag ? "prob(" : "");
        put_expr(s->value, ANY, line);
        buf_puts(line, s->flag ? ")" : "");
        break;
    case STMT_SERIES:
        if (s->value) { /* both may be absent */
            buf_putc(line, ' ');
            put_expr(s->value, ANY, line);
        }
        if (s->by) {
            buf_puts(line, " by ");
            put_name(s->by, false, line);
        }
        break;
    case STMT_FN:
    case STMT_DIST:
        put_name(s->items[0].name, false, line);
        put_formals(s, line);
        if (s->is_block)
            buf_puts(line, " {");
        else
            put_definition(s->value, line);
        break;
    }
}

static const comment *peek_comment(const printer *p, uint32_t before)
{
    return p->next < p->tree->n_comments && p->tree->comments[p->next].at.begin < before
               ? &p->tree->comments[p->next]
               : NULL;
}

/* The comments that begin before `end`, each on a line of its own. One that did not stand alone
 * must not become the doc of the statement below. Returns whether the last one would. */
static bool put_comments(printer *p, uint32_t end, int indent)
{
    bool like_doc = false;
    for (const comment *c; (c = peek_comment(p, end)); p->next++) {
        const char *text = c->text;
        if (c->blank_before && p->out->length)
            buf_putc(p->out, '\n');
        while (!c->own_line && text[1] == '#')
            text++;
        buf_printf(p->out, "%*s%s\n", indent, "", text);
        like_doc = text[1] == '#' && text[2] != '#';
    }
    return like_doc;
}

/* A comment that stands behind the statement or clause that ends at `end`, on its line. Those of
 * neighbouring lines may be aligned. */
static void put_trailing(printer *p, uint32_t end, uint32_t next, bool align)
{
    const comment *c = peek_comment(p, next);
    if (c && !c->own_line && c->at.begin >= end) {
        if (align)
            VEC_PUSH(p->out->arena, p->trailing, p->out->length);
        buf_printf(p->out, "  %s", c->text);
        p->next++;
    }
    buf_putc(p->out, '\n');
}

/* Bytes [begin, end) of the text with the lines they have, each with the usual indent. True when a
 * comment stands among them, which would lose its place in any other layout. */
static bool put_as_written(printer *p, uint32_t begin, uint32_t end, int indent)
{
    if (!peek_comment(p, end))
        return false;
    while (peek_comment(p, end))
        p->next++;
    for (int margin = indent; begin < end; margin = indent + INDENT) {
        const char *line = p->tree->text + begin;
        uint32_t n = 0, rest = end - begin;
        while (n < rest && line[n] != '\n')
            n++;
        begin += n + 1;
        uint32_t blanks = 0;
        while (blanks < n && strchr(" \t\r", line[blanks]))
            blanks++;
        while (n > blanks && strchr(" \t\r", line[n - 1]))
            n--;
        if (n == blanks)
            continue;
        if (margin > indent)
            buf_putc(p->out, '\n');
        buf_printf(p->out, "%*s", margin, "");
        buf_add(p->out, line + blanks, n - blanks);
    }
    return true;
}

static void put_doc(const char *doc, buf *out)
{
    while (doc) {
        const char *end = strchr(doc, '\n');
        size_t n = end ? (size_t)(end - doc) : strlen(doc);
        buf_puts(out, n ? "## " : "##");
        buf_add(out, doc, n);
        buf_putc(out, '\n');
        doc = end ? end + 1 : NULL;
    }
}

static void put_clause(const clause *c, buf *line)
{
    put_name(c->name, false, line);
    if (c->n_args) {
        buf_putc(line, '(');
        put_list(c->args, c->n_args, line);
        buf_putc(line, ')');
    }
    put_definition(c->value, line);
}

static void put_block(printer *p, const stmt *s)
{
    uint32_t first = s->n_clauses ? s->clauses[0].at.begin : s->at.end;
    put_trailing(p, s->at.begin, first, false);
    for (uint32_t i = 0; i < s->n_clauses; i++) {
        const clause *c = &s->clauses[i];
        put_comments(p, c->at.begin, BLOCK);
        if (c->blank_before)
            buf_putc(p->out, '\n');
        if (!put_as_written(p, c->at.begin, c->at.end, BLOCK)) {
            buf line;
            buf_init(&line, p->out->arena);
            put_clause(c, &line);
            flow(buf_text(&line), BLOCK, p->out);
        }
        put_trailing(p, c->at.end, i + 1 < s->n_clauses ? s->clauses[i + 1].at.begin : s->at.end,
                     true);
    }
    put_comments(p, s->at.end, BLOCK);
    buf_putc(p->out, '}');
}

static void put_statement(printer *p, const stmt *s)
{
    bool detach = put_comments(p, s->at.begin, 0);
    if ((s->blank_before || detach) && p->out->length)
        buf_putc(p->out, '\n');
    put_doc(s->doc, p->out);
    if (s->is_block || !put_as_written(p, s->at.begin, s->at.end, 0)) {
        buf line;
        buf_init(&line, p->out->arena);
        put_head(s, &line);
        flow(buf_text(&line), 0, p->out);
    }
    if (s->is_block)
        put_block(p, s);
    put_trailing(p, s->at.end, s->next ? s->next->at.begin : UINT32_MAX, !s->is_block);
}

/* The width of the line that ends (but for its comment) at `end`. */
static int width_before(const buf *out, size_t end)
{
    int width = 0;
    for (size_t i = end; i > 0 && out->text[i - 1] != '\n'; i--)
        width += ((unsigned char)out->text[i - 1] & 0xC0) != 0x80;
    return width;
}

static bool is_next_line(const buf *out, size_t a, size_t b)
{
    uint32_t newlines = 0;
    for (size_t i = a; i < b; i++)
        newlines += out->text[i] == '\n';
    return newlines == 1;
}

/* Comments behind the code of lines that follow each other begin in one column, unless that would
 * make a line too wide. */
static void align_trailing(printer *p)
{
    buf *out = p->out, aligned;
    buf_init(&aligned, out->arena);
    size_t done = 0;
    for (uint32_t first = 0, next; first < p->trailing.count; first = next) {
        const size_t *at = p->trailing.data;
        int widest = 0, behind = 0;
        for (next = first; next < p->trailing.count; next++) {
            if (next > first && !is_next_line(out, at[next - 1], at[next]))
                break;
            int width = width_before(out, at[next]);
            int whole = width_before(out, at[next] + strcspn(out->text + at[next], "\n"));
            widest = width > widest ? width : widest;
            behind = whole - width > behind ? whole - width : behind;
        }
        for (uint32_t i = first; i < next; i++) {
            buf_add(&aligned, out->text + done, at[i] - done);
            if (widest + behind <= WIDTH)
                buf_printf(&aligned, "%*s", widest - width_before(out, at[i]), "");
            done = at[i];
        }
    }
    buf_add(&aligned, buf_text(out) + done, out->length - done);
    *out = aligned;
}

void ast_print(const ast *tree, buf *out)
{
    buf text;
    buf_init(&text, out->arena);
    printer p = {.tree = tree, .out = &text};
    for (const stmt *s = tree->first; s; s = s->next)
        put_statement(&p, s);
    put_comments(&p, UINT32_MAX, 0);
    align_trailing(&p);
    buf_add(out, buf_text(&text), text.length);
}
