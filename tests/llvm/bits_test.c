/* Machine code and byte code against the graph interpreter, bit for bit: every function of every
 * model, on ordinary numbers, zeros of both signs, denormals, infinities and NaN; byte code with
 * registers of every width. */
#include "compiler/fold/interp.h"
#include "compiler/llvm/machine.h"
#include "compiler/pipeline.h"
#include "grammar/parse.h"
#include "runtime/eval/strip.h"

#include <criterion/criterion.h>
#include <math.h>
#include <mlec.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { GROUPS = 6, LENGTH = 8 * GROUPS };

typedef struct {
    oom_guard guard;
    arena arena;
    diag_list diags;
    pipeline p;
    machine_code *code;
} compiled;

static const char *messages(compiled *c)
{
    buf out;
    buf_init(&out, &c->arena);
    for (const diag *d = c->diags.first; d; d = d->next)
        diag_render(&c->diags, d, &out);
    return buf_text(&out);
}

/* False when the front of the compiler refuses the text. */
static bool compile(compiled *c, const char *text, mlec_vcov vcov)
{
    *c = (compiled){0};
    cr_assert(!setjmp(c->guard.jump), "out of memory");
    arena_init(&c->arena, &alloc_system, &c->guard);
    diag_init(&c->diags, &c->arena);
    mlec_options options;
    mlec_options_init(&options);
    options.vcov = vcov;
    const char *own = arena_strdup(&c->arena, text);
    if (!pipeline_run(&c->p, &c->arena, &c->diags, "model", own, strlen(own), &options))
        return false;
    const char *error = "";
    machine_request all = {.sets = KERNEL_ROWS | KERNEL_ORDERS | KERNEL_REST};
    c->code = machine_compile(&c->p.kernel, &c->arena, all, &error);
    cr_assert(c->code, "%s: %s", text, error);
    return true;
}

static void release(compiled *c)
{
    machine_free(c->code);
    arena_release(&c->arena);
}

static uint64_t state = 0x9E3779B97F4A7C15ULL;

static uint64_t bits(void)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
}

static double number(void)
{
    static const double special[] = {
        0.0, -0.0, INFINITY, -INFINITY, NAN,   4.9e-324, -3e-310, 2.3e-308, 1.7e308, 1,   -1,
        0.5, 2,    3,        -2.5,      1e-17, 1e17,     700,     -745.2,   36,      0.03};
    uint64_t r = bits();
    double u = (double)(bits() >> 11) * 0x1p-53;
    switch (r % 8) {
    case 0: return special[(r >> 8) % (sizeof special / sizeof *special)];
    case 1: /* any bits at all */ {
        uint64_t any = bits();
        double x;
        memcpy(&x, &any, sizeof x);
        return x;
    }
    case 2: return floor(20 * u);
    case 3: return u;
    case 4: return exp(40 * u - 20);
    default: return 8 * u - 4;
    }
}

static bool same(double a, double b) { return (isnan(a) && isnan(b)) || !memcmp(&a, &b, sizeof a); }

/* The function by byte code: the same bits as machine code has left in `scalars` and `out`. */
static void compare_strips(const kernel_function *f, const double *const *rows,
                           const double *scalars, double *const *out, arena *a, const char *text)
{
    const strip_ops *versions[STRIP_VERSIONS];
    int n = strip_ops_versions(versions);
    const mlec_strip_code *code = f->slot->strip, *prologue = f->slot->strip_prologue;
    size_t size = strip_scratch(code), other = prologue ? strip_scratch(prologue) : 0;
    void *scratch = arena_aligned(a, other > size ? other : size);
    double *own_scalars = arena_aligned(a, (f->n_inputs + f->n_hoisted + 1) * sizeof(double));
    double **own = ARENA_ARRAY(a, double *, f->n_outputs + 1);
    for (uint32_t i = 0; i < f->n_outputs; i++)
        own[i] = arena_aligned(a, LENGTH * sizeof(double));
    for (int v = 0; v < n; v++) {
        memcpy(own_scalars, scalars, f->n_scalars * sizeof(double));
        if (prologue)
            strip_run_prologue(versions[v], prologue, f->n_scalars, own_scalars, scratch);
        for (uint32_t i = f->n_scalars; i < f->n_scalars + f->n_hoisted; i++)
            cr_expect(same(own_scalars[i], scalars[i]),
                      "%s, hoisted %u, %d lanes: byte code %.17g, machine code %.17g, of\n%s",
                      f->name, i - f->n_scalars, versions[v]->lanes, own_scalars[i], scalars[i],
                      text);
        strip_run(versions[v], code, GROUPS, rows, own_scalars, own, scratch);
        for (uint32_t i = 0; i < f->n_outputs; i++)
            for (int k = 0; k < LENGTH; k++)
                if (!same(own[i][k], out[i][k])) {
                    cr_expect(
                        false,
                        "%s, output %u, %d lanes: byte code %.17g, machine code %.17g, of\n%s",
                        f->name, i, versions[v]->lanes, own[i][k], out[i][k], text);
                    return;
                }
    }
}

/* Compares one function at random inputs; returns the number of comparisons of finite values. */
static unsigned compare(compiled *c, const kernel_function *f, const char *text)
{
    const dag *g = &c->p.build.g;
    uint32_t n_rows = 0, n_in = f->n_inputs;
    arena a;
    arena_init(&a, &alloc_system, &c->guard);
    double **rows = ARENA_ARRAY(&a, double *, n_in + 1);
    double *scalars = arena_aligned(&a, (n_in + f->n_hoisted + 1) * sizeof(double));
    double **out = ARENA_ARRAY(&a, double *, f->n_outputs + 1);
    for (uint32_t i = 0; i < n_in; i++) {
        if (!f->inputs[i].varies) {
            scalars[f->inputs[i].slot] = number();
            continue;
        }
        double *x = rows[f->inputs[i].slot] = arena_aligned(&a, LENGTH * sizeof(double));
        for (int k = 0; k < LENGTH; k++)
            x[k] = number();
        n_rows++;
    }
    for (uint32_t i = 0; i < f->n_outputs; i++)
        out[i] = arena_aligned(&a, LENGTH * sizeof(double));
    if (f->n_hoisted) {
        cr_assert(f->slot && f->slot->prologue, "%s of %s", f->name, text);
        f->slot->prologue(scalars);
    }
    cr_assert(f->slot && f->slot->code, "%s of %s has no code", f->name, text);
    f->slot->code(GROUPS, (const double *const *)rows, scalars, out);
    compare_strips(f, (const double *const *)rows, scalars, out, &a, text);
    unsigned finite = 0;
    double *values = ARENA_ARRAY(&a, double, g->nodes.count);
    double *inputs = ARENA_ARRAY(&a, double, n_in + 1);
    for (int k = 0; k < LENGTH; k++) {
        for (uint32_t i = 0; i < n_in; i++)
            inputs[i] =
                f->inputs[i].varies ? rows[f->inputs[i].slot][k] : scalars[f->inputs[i].slot];
        interp_double(g, f->outputs, f->n_outputs, inputs, values, &a);
        for (uint32_t i = 0; i < f->n_outputs; i++) {
            double want = values[f->outputs[i]], got = out[i][k];
            finite += isfinite(want) != 0;
            if (same(want, got))
                continue;
            buf at;
            buf_init(&at, &a);
            for (uint32_t j = 0; j < n_in; j++)
                buf_printf(&at, " %.17g", inputs[j]);
            cr_expect(false, "%s, output %u at%s: machine %.17g, interpreter %.17g, of\n%s",
                      f->name, i, buf_text(&at), got, want, text);
            arena_release(&a);
            return finite;
        }
    }
    arena_release(&a);
    return finite;
}

/* All functions of a model, several times. */
static unsigned check(const char *text, mlec_vcov vcov, int times)
{
    compiled c;
    unsigned finite = 0;
    cr_expect(compile(&c, text, vcov), "%s\n%s", text, messages(&c));
    for (uint32_t i = 0; c.code && i < c.p.kernel.functions.count; i++)
        for (int t = 0; t < times; t++)
            finite += compare(&c, &c.p.kernel.functions.data[i], text);
    release(&c);
    return finite;
}

/* Of a list of outcomes: objectives_test.c has them. */
static bool is_vector(const char *name)
{
    return !strcmp(name, "multinomial") || !strcmp(name, "dirichlet");
}

/* `y ~ name(...)`: arguments are parameters alone, or predictors that vary by row. */
static const char *distribution_model(arena *a, model *m, const char *name, bool rows)
{
    const stmt *s = library_find(m, intern_str(m->context->names, name), true);
    buf b;
    buf_init(&b, a);
    buf_puts(&b, "data x, z : real\ndata y : real\n");
    const char *call = "";
    bool vector = !strncmp(name, "categorical", 11), ordinal = !strncmp(name, "ordered", 7);
    for (uint32_t k = 1; k < s->n_formals; k++) {
        formal_type t = read_formal_type(m, s->formals[k].type);
        const char *written = t.type == MLEC_TYPE_COUNT     ? "x"
                              : t.type == MLEC_TYPE_ORDERED ? arena_printf(a, "[p%u, q%u, 3]", k, k)
                              : vector ? arena_printf(a, "[0.25, q%u, p%u]", k, k)
                              : rows   ? arena_printf(a, "p%u*x + q%u", k, k)
                                       : arena_printf(a, "p%u", k);
        buf_printf(&b, "param p%u, q%u : real\n", k, k);
        call = arena_printf(a, "%s%s%s", call, k > 1 ? ", " : "", written);
    }
    buf_printf(&b, "%s ~ %s(%s)\n", vector || ordinal ? "kind" : "y", name, call);
    return buf_text(&b);
}

Test(bits, distributions)
{
    uint32_t n;
    const prelude_entry *all = prelude_all(&n);
    compiled names = {0}; /* only to read the library with */
    arena_init(&names.arena, &alloc_system, &names.guard);
    diag_init(&names.diags, &names.arena);
    intern_table table;
    intern_init(&table, &names.arena);
    ast_context context = {&names.arena, &table, &names.diags};
    model m = {.arena = &names.arena, .context = &context};
    unsigned finite = 0, models = 0;
    for (uint32_t i = 0; i < n; i++)
        for (int rows = 0; all[i].is_dist && !all[i].is_form && !is_vector(all[i].name) && rows < 2;
             rows++) {
            const char *text = distribution_model(&names.arena, &m, all[i].name, rows);
            finite += check(text, rows ? MLEC_VCOV_OBSERVED : MLEC_VCOV_EXPECTED, 3);
            models++;
        }
    cr_expect(models > 60 && finite > 20000, "%u models, %u finite numbers", models, finite);
    arena_release(&names.arena);
}

/* ---- Random expressions ------------------------------------------------------------------------
 */

static void expression(buf *b, int depth)
{
    static const char *const leaves[] = {"u", "v", "(u + v*x)", "(v - u*z)", "x", "z", "w"};
    static const char *const unary[] = {
        "exp",   "log",           "log2",        "log10",    "log1p",     "expm1",     "cbrt",
        "sin",   "cos",           "tan",         "asin",     "acos",      "atan",      "sinh",
        "cosh",  "tanh",          "erf",         "erfc",     "Phi",       "log_Phi",   "inv_Phi",
        "mills", "lgamma",        "digamma",     "trigamma", "inv_logit", "log1p_exp", "log1m_exp",
        "sqrt",  "abs",           "floor",       "ceil",     "round",     "sign",      "log1m",
        "logit", "log_inv_logit", "inv_cloglog", "log_i0e"};
    static const char *const binary[] = {"atan2",       "lgamma_ratio", "digamma_ratio", "xlogy",
                                         "lbeta",       "lchoose",      "min",           "max",
                                         "pow",         "log_diff_exp", "log_sum_exp",   "xlog1py",
                                         "log_gamma_p", "log_gamma_q",  "log_student_p"};
    static const char *const operators[] = {"+", "-", "*", "/"};
    static const char *const relations[] = {"<", "<=", ">", ">=", "==", "!="};
    uint64_t r = bits();
    if (depth == 0) {
        if (r % 9 < 7)
            buf_puts(b, leaves[r % 9]);
        else
            buf_printf(b, "%g", (double)(r >> 20 & 63) / 8);
        return;
    }
    switch (r >> 8 & 7) {
    case 0:
    case 1:
        buf_printf(b, "%s(", unary[(r >> 16) % (sizeof unary / sizeof *unary)]);
        expression(b, depth - 1);
        break;
    case 2:
        buf_printf(b, "%s(", binary[(r >> 16) % (sizeof binary / sizeof *binary)]);
        expression(b, depth - 1);
        buf_puts(b, ", ");
        expression(b, depth - 1);
        break;
    case 3:
        buf_puts(b, "ifelse(");
        expression(b, depth - 1);
        buf_printf(b, " %s ", relations[(r >> 16) % 6]);
        expression(b, 0);
        buf_puts(b, r >> 30 & 1 ? " and not x < w, " : " or z > 0, ");
        expression(b, depth - 1);
        buf_puts(b, ", ");
        expression(b, depth - 1);
        break;
    case 4:
        buf_puts(b, "(");
        expression(b, depth - 1);
        buf_printf(b, ")^%u + (", (unsigned)(r >> 16 & 3));
        expression(b, depth - 1);
        break;
    default:
        buf_puts(b, "(");
        expression(b, depth - 1);
        buf_printf(b, " %s ", operators[r >> 16 & 3]);
        expression(b, depth - 1);
    }
    buf_puts(b, ")");
}

Test(bits, random_expressions)
{
    unsigned finite = 0, refused = 0;
    for (int i = 0; i < 60; i++) {
        arena a;
        oom_guard guard;
        arena_init(&a, &alloc_system, &guard);
        buf b;
        buf_init(&b, &a);
        buf_puts(&b, "data x, z, w : real\nparam u, v : real\nloglik u*x + ");
        expression(&b, 1 + i % 3);
        buf_puts(&b, "\nloglik v*z + ");
        expression(&b, 2);
        buf_puts(&b, "\n");
        compiled c;
        if (!compile(&c, buf_text(&b), MLEC_VCOV_OBSERVED)) {
            /* the library has no derivative of tetragamma: the only reason to refuse one of these
             */
            cr_expect(strstr(messages(&c), "no derivative"), "%s\n%s", buf_text(&b), messages(&c));
            refused++;
        } else {
            for (uint32_t k = 0; k < c.p.kernel.functions.count; k++)
                for (int t = 0; t < 4; t++)
                    finite += compare(&c, &c.p.kernel.functions.data[k], buf_text(&b));
        }
        release(&c);
        arena_release(&a);
    }
    cr_expect(refused < 12 && finite > 10000, "%u refused, %u finite numbers", refused, finite);
}

/* Distribution functions are called, a jet at a time. */
Test(bits, distribution_functions)
{
    static const char *const texts[] = {
        "param a, b : positive\nsurv(x, z > 0) ~ gamma(a + b*w^2, b)\n",
        "param a, b : real\ninterval(x, z) ~ inv_gamma(exp(a), exp(b*w))\n",
        "param a, b : positive\nx ~ truncated(beta(a, b), 0.1, 0.9)\n",
        "param n, s : positive\nparam m : real\nx ~ censored(student_t(n, m*w, s), 0, 3)\n",
        "param a, b : real\nx ~ censored(skew_normal(a*w, 2, b), 0, inf)\n",
        "param a, b : real\nx ~ truncated(neg_binomial_2_log(a*w, exp(b)), 1, inf)\n",
        "param a : real\nx ~ mixture(0.3, truncated(poisson_log(a), 1, 8), binomial_logit(9, "
        "a*w))\n",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        cr_expect(check(texts[i], MLEC_VCOV_OBSERVED, 8) > 100, "%s", texts[i]);
}

/* Functions of data alone are computed when data are bound, by code of their own. */
Test(bits, functions_of_data)
{
    static const char *const texts[] = {
        "param a : real\ny ~ normal(a*exp(x)/(1 + z^2) + log1p(abs(x))*lgamma(z), 1)\n",
        "param a : real\nweight max(x, 0)\nwhere z > 0 and x < 3\ny ~ normal(a*mean(x^3), 2)\n",
        "param a : real\nlet s = ifelse(x > 0 or z == 1, sqrt(x), Phi(z))\ny ~ normal(a*s, 2)\n",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        cr_expect(check(texts[i], MLEC_VCOV_OBSERVED, 6) > 200, "%s", texts[i]);
}
