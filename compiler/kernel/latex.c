/* The model as LaTeX, statement by statement: `mlec emit --latex`. */
#include "compiler/kernel/kernel.h"

#include <ctype.h>
#include <string.h>

typedef struct {
    const model *m;
    buf *out;
} writer;

static bool is_greek(const char *s)
{
    static const char *const letters[] = {
        "alpha",  "beta",  "gamma", "delta", "epsilon", "zeta",  "eta",   "theta",  "iota", "kappa",
        "lambda", "mu",    "nu",    "xi",    "pi",      "rho",   "sigma", "tau",    "phi",  "chi",
        "psi",    "omega", "Omega", "Sigma", "Gamma",   "Delta", "Theta", "Lambda", "Phi",  "Psi"};
    for (size_t i = 0; i < sizeof letters / sizeof *letters; i++)
        if (!strcmp(letters[i], s))
            return true;
    return false;
}

static void write_word(writer *w, const char *s, size_t n)
{
    char *word = arena_strndup(w->out->arena, s, n);
    if (is_greek(word))
        buf_printf(w->out, "\\%s", word);
    else if (n == 1)
        buf_puts(w->out, word);
    else {
        buf_puts(w->out, "\\mathrm{");
        for (size_t i = 0; i < n; i++) {
            if (strchr("_#$%&{}", word[i]))
                buf_putc(w->out, '\\');
            buf_putc(w->out, word[i]);
        }
        buf_putc(w->out, '}');
    }
}

/* beta_age: what stands behind the first underscore, or a trailing number, is an index; columns and
 * what is defined by row get the row's. */
static void write_name(writer *w, const char *name)
{
    size_t stem = strcspn(name, "_"), length = strlen(name);
    if (stem == 0)
        stem = length;
    if (stem == length)
        while (stem > 1 && isdigit((unsigned char)name[stem - 1]))
            stem--;
    write_word(w, name, stem);
    const char *index = name + stem + (name[stem] == '_');
    uint32_t i;
    name_kind kind = model_find(w->m, name, &i);
    bool row = kind == NAME_COLUMN || kind == NAME_COLUMN_VECTOR;
    if (!*index && !row)
        return;
    buf_puts(w->out, "_{");
    if (*index)
        write_word(w, index, strlen(index));
    if (row)
        buf_puts(w->out, *index ? ", i" : "i");
    buf_putc(w->out, '}');
}

static void write_expr(writer *w, const expr *e, int outer);

static void write_arguments(writer *w, const expr *e, uint32_t first)
{
    for (uint32_t i = first; i < e->n_args; i++) {
        if (i > first)
            buf_puts(w->out, ", ");
        write_expr(w, e->args[i].value, 0);
    }
}

static void write_call(writer *w, const expr *e)
{
    static const char *const known[] = {"exp", "log", "sin", "cos", "tan", "min", "max"};
    if (!strcmp(e->name, "sqrt") && e->n_args == 1) {
        buf_puts(w->out, "\\sqrt{");
        write_arguments(w, e, 0);
        buf_putc(w->out, '}');
        return;
    }
    bool plain = false;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        plain |= !strcmp(known[i], e->name);
    if (plain)
        buf_printf(w->out, "\\%s", e->name);
    else {
        buf_puts(w->out, "\\operatorname{");
        for (const char *c = e->name; *c; c++)
            buf_printf(w->out, *c == '_' ? "\\_" : "%c", *c);
        buf_putc(w->out, '}');
    }
    buf_puts(w->out, "\\left(");
    write_arguments(w, e, 0);
    if (e->given) {
        buf_puts(w->out, " \\mid ");
        write_expr(w, e->given, 0);
    }
    buf_puts(w->out, "\\right)");
}

static void write_binary(writer *w, const expr *e, int outer)
{
    const expr *a = e->args[0].value, *b = e->args[1].value;
    int p = operator_precedence(e->op);
    if (e->op == OPERATOR_DIV) {
        buf_puts(w->out, "\\frac{");
        write_expr(w, a, 0);
        buf_puts(w->out, "}{");
        write_expr(w, b, 0);
        buf_putc(w->out, '}');
        return;
    }
    bool brackets = p < outer;
    if (brackets)
        buf_puts(w->out, "\\left(");
    write_expr(w, a, e->op == OPERATOR_POW ? p + 1 : p);
    switch (e->op) {
    case OPERATOR_POW:
        buf_puts(w->out, "^{");
        write_expr(w, b, 0);
        buf_putc(w->out, '}');
        break;
    case OPERATOR_MUL:
        buf_puts(w->out, b->kind == EXPR_NUMBER ? " \\cdot " : " \\, ");
        write_expr(w, b, p + 1);
        break;
    default: {
        static const struct {
            operator_kind op;
            const char *text;
        } table[] = {{OPERATOR_EQ, "="},     {OPERATOR_NE, "\\neq"},    {OPERATOR_LE, "\\leq"},
                     {OPERATOR_GE, "\\geq"}, {OPERATOR_AND, "\\wedge"}, {OPERATOR_OR, "\\vee"}};
        const char *text = operator_spelling(e->op);
        for (size_t i = 0; i < sizeof table / sizeof *table; i++)
            if (table[i].op == e->op)
                text = table[i].text;
        buf_printf(w->out, " %s ", text);
        write_expr(w, b, p + 1);
    }
    }
    if (brackets)
        buf_puts(w->out, "\\right)");
}

static void write_expr(writer *w, const expr *e, int outer)
{
    switch (e->kind) {
    case EXPR_NUMBER: buf_double(w->out, e->value); break;
    case EXPR_STRING: buf_printf(w->out, "\\text{%s}", e->name); break;
    case EXPR_NAME: write_name(w, e->name); break;
    case EXPR_CALL: write_call(w, e); break;
    case EXPR_INDEX:
        write_expr(w, e->args[0].value, 9);
        buf_puts(w->out, "_{[");
        write_arguments(w, e, 1);
        buf_puts(w->out, "]}");
        break;
    case EXPR_UNARY: {
        int p = operator_precedence(e->op);
        buf_puts(w->out, outer > p ? "\\left(" : "");
        buf_puts(w->out, e->op == OPERATOR_NOT ? "\\neg " : operator_spelling(e->op));
        write_expr(w, e->args[0].value, p);
        buf_puts(w->out, outer > p ? "\\right)" : "");
        break;
    }
    case EXPR_BINARY: write_binary(w, e, outer); break;
    case EXPR_VECTOR:
        buf_puts(w->out, "\\left[");
        write_arguments(w, e, 0);
        buf_puts(w->out, "\\right]");
        break;
    }
}

static void write_line(writer *w, const char *relation, bool last)
{
    buf_puts(w->out, relation);
    buf_puts(w->out, last ? "\n" : " \\\\\n");
}

void kernel_print_latex(const kernel *k, buf *out)
{
    writer w = {k->b->m, out};
    const model *m = k->b->m;
    buf_puts(out, "\\begin{align*}\n");
    for (uint32_t i = 0; i < m->terms.count; i++) {
        const stmt *s = m->terms.data[i];
        buf_puts(out, "  ");
        if (s->kind == STMT_TILDE) {
            for (uint32_t j = 0; j < s->n_lhs; j++) {
                buf_puts(out, j ? ", " : "");
                write_expr(&w, s->lhs[j], 0);
            }
            buf_puts(out, " &\\sim ");
        } else {
            buf_puts(out, s->kind == STMT_LOGPRIOR ? "\\log \\pi &\\mathrel{+}= "
                                                   : "\\ell &\\mathrel{+}= ");
        }
        write_expr(&w, s->value, 0);
        write_line(&w, "", i + 1 == m->terms.count && !m->lets.count);
    }
    for (uint32_t i = 0; i < m->lets.count; i++) {
        buf_puts(out, "  ");
        write_name(&w, m->lets.data[i].name);
        buf_puts(out, " &= ");
        write_expr(&w, m->lets.data[i].statement->items[0].value, 0);
        write_line(&w, "", i + 1 == m->lets.count);
    }
    buf_puts(out, "\\end{align*}\n");
}
