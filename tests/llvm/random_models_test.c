/* Random models with gathers, aggregates of aggregates, groups, weights and `where`: the gradient
 * is that of the values, the Hessian that of the gradients, by differences of order 4. */
#include "compiler/pipeline.h"
#include "tests/llvm/sample.h"

static uint64_t state;

static uint32_t below(uint32_t n)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (uint32_t)((state >> 20) % n);
}

typedef struct {
    char text[6000];
    size_t n;
} writer;

static void put(writer *w, const char *s)
{
    size_t n = strlen(s);
    cr_assert(w->n + n < sizeof w->text);
    memcpy(w->text + w->n, s, n + 1);
    w->n += n;
}

/* A smooth expression of moderate size; `rows`: it may vary by row. */
static void smooth(writer *w, int depth, bool rows)
{
    static const char *const row_leaves[] = {"a",
                                             "u*x",
                                             "k[g]",
                                             "(a + u*x)",
                                             "(y - a - k[g])",
                                             "m[h, g]*z",
                                             "v[1]*x1 + v[2]*x2",
                                             "x*z",
                                             "dot([x1, x2, x3], [a, u, s])",
                                             "e",
                                             "(y - eta)",
                                             "eta",
                                             "log(p)",
                                             "c*u"};
    static const char *const leaves[] = {
        "a", "s", "u*a", "v[2]", "k[\"B\"]", "sum(v)", "mean(exp(k))", "m2", "mean(x*eta)", "0.7"};
    static const char *const functions[] = {"tanh(",         "sin(", "cos(",      "inv_logit(",
                                            "log1p_exp(",    "Phi(", "exp(-0.2*", "0.3*(",
                                            "sqrt(1 + 0.1*", "atan("};
    static const char *const groups[] = {"mean(", "sum(0.1*", "log_sum_exp("};
    if (depth == 0) {
        put(w, rows ? row_leaves[below(sizeof row_leaves / sizeof *row_leaves)]
                    : leaves[below(sizeof leaves / sizeof *leaves)]);
        return;
    }
    switch (below(8)) {
    case 0:
        put(w, "mean(");
        smooth(w, depth - 1, true);
        put(w, " + 0*x)");
        return;
    case 1:
        if (rows) {
            put(w, groups[below(3)]);
            smooth(w, depth - 1, true);
            put(w, below(2) ? " + 0*x | g)" : " + 0*x | h)");
            return;
        }
        /* fall through */
    case 2:
    case 3: {
        uint32_t f = below(sizeof functions / sizeof *functions);
        put(w, functions[f]);
        put(w, "tanh(");
        smooth(w, depth - 1, rows);
        put(w, "))");
        return;
    }
    case 4:
        put(w, "tanh(");
        smooth(w, depth - 1, rows);
        put(w, ")*");
        smooth(w, 0, false);
        return;
    default:
        put(w, "(");
        smooth(w, depth - 1, rows);
        put(w, below(2) ? " + " : " - ");
        smooth(w, depth - 1, rows && below(2));
        put(w, ")");
    }
}

static void write_model(writer *w)
{
    static const char *const frames[] = {"y ~ normal(%s, exp(0.2*s))",
                                         "loglik -(%s - y)^2",
                                         "b ~ bernoulli_logit(%s)",
                                         "c ~ poisson_log(0.3*tanh(%s))",
                                         "loglik once %s",
                                         "loglik %s",
                                         "logprior %s",
                                         "v ~ normal(%s, 2)",
                                         "c ~ neg_binomial_2_log(tanh(%s), exp(a))",
                                         "p ~ gamma(2, exp(0.3*tanh(%s)))"};
    *w = (writer){.text = ""};
    put(w, "data b : binary\nparam a, u, s : real\nparam v : real[2]\nparam k : real[g]\n"
           "param m : real[h, g]\nlet eta = a + u*x + k[g]\nlet e = y - eta\nlet m2 = mean(e^2)\n");
    if (below(3) == 0)
        put(w, "weight w\n");
    if (below(3) == 0)
        put(w, "where z > -0.6\n");
    int n = 1 + (int)below(3);
    for (int i = 0; i < n; i++) {
        uint32_t f = below(sizeof frames / sizeof *frames);
        bool rows = f != 4 && f != 6 && f != 7;
        const char *hole = strstr(frames[f], "%s");
        char head[100];
        snprintf(head, sizeof head, "%.*s", (int)(hole - frames[f]), frames[f]);
        put(w, head);
        put(w, "(");
        smooth(w, 1 + (int)below(3), rows);
        put(w, ")");
        put(w, hole + 2);
        put(w, "\n");
    }
    put(w, "loglik once -0.1*(a^2 + u^2 + s^2)\n");
}

static bool near(double got, double want, double size)
{
    return fabs(got - want) <= 2e-8 * (1 + size);
}

static void check(const char *text, const sample *s)
{
    enum { N = 14, POINTS = 4 };
    static const int steps[POINTS] = {-2, -1, 1, 2}, weights[POINTS] = {1, -8, 8, -1};
    const double h = 0x1p-11;
    bound b;
    bound_open(&b, text, text, s);
    cr_assert(b.n_theta == N, "%zu", b.n_theta);
    double theta[N], objective = NAN, gradient[N], hessian[N * N], largest = 0;
    for (int k = 0; k < N; k++)
        theta[k] = 0.01 * (double)below(100) - 0.4;
    mlec_eval(b.problem, theta, &objective, gradient, hessian);
    cr_expect(isfinite(objective), "%s", text);
    for (int k = 0; k < N; k++)
        largest = fmax(largest, fmax(fabs(gradient[k]), fabs(hessian[k * (N + 1)])));
    for (int k = 0; k < N; k++) {
        double slope = 0, rows[N] = {0}, keep = theta[k];
        for (int i = 0; i < POINTS; i++) {
            double f, g[N];
            theta[k] = keep + steps[i] * h;
            mlec_eval(b.problem, theta, &f, g, NULL);
            slope += weights[i] * f / (12 * h);
            for (int j = 0; j < N; j++)
                rows[j] += weights[i] * g[j] / (12 * h);
        }
        theta[k] = keep;
        cr_expect(near(gradient[k], slope, fmax(largest, fabs(objective))),
                  "gradient[%d] %.12g, difference %.12g, of\n%s", k, gradient[k], slope, text);
        for (int j = 0; j < N; j++) {
            cr_expect(near(hessian[k * N + j], rows[j], largest),
                      "Hessian[%d,%d] %.12g, difference %.12g, of\n%s", k, j, hessian[k * N + j],
                      rows[j], text);
            cr_expect(hessian[k * N + j] == hessian[j * N + k] ||
                          fabs(hessian[k * N + j] - hessian[j * N + k]) <= 1e-13 * (1 + largest),
                      "Hessian[%d,%d] is not symmetric, of\n%s", k, j, text);
        }
    }
    bound_close(&b);
}

/* ---- The graph, evaluated as it was before the plan -------------------------------------------
 */

enum { ROWS = 45 };

typedef struct {
    pipeline p;
    const sample *s;
    const double *theta;
    bool used[ROWS];
    double n_used;
    double (*memo)[ROWS];
    bool (*known)[ROWS];
} direct;

static double at(direct *d, node n, size_t i);

static const double *column_of(const direct *d, uint32_t column)
{
    const sample *s = d->s;
    const char *name = d->p.model.columns.data[column].name;
    const struct {
        const char *name;
        const double *values;
    } all[] = {{"x", s->x}, {"z", s->z},     {"y", s->y},     {"c", s->c},     {"b", s->b},
               {"p", s->p}, {"x1", s->v[0]}, {"x2", s->v[1]}, {"x3", s->v[2]}, {"w", s->w}};
    for (size_t k = 0; k < sizeof all / sizeof *all; k++)
        if (!strcmp(all[k].name, name))
            return all[k].values;
    cr_assert(false, "no column %s", name);
    return NULL;
}

static const int32_t *codes_of(const direct *d, uint32_t column)
{
    return strcmp(d->p.model.columns.data[column].name, "g") ? d->s->h : d->s->g;
}

static size_t axis_length(const direct *d, uint16_t axis)
{
    const mlec_axis *a = &d->p.build.g.axes.data[axis];
    if (a->kind == MLEC_AXIS_INDEX)
        return a->size;
    if (a->kind == MLEC_AXIS_FACTOR)
        return codes_of(d, a->column) == d->s->g ? SAMPLE_LEVELS : SAMPLE_OTHER_LEVELS;
    return a->kind == MLEC_AXIS_ROW ? ROWS : 1;
}

static size_t index_of(const direct *d, const mlec_index *x, size_t i)
{
    static const char *const names[] = {"A", "B", "C"};
    switch (x->kind) {
    case MLEC_INDEX_CONST: return x->value;
    case MLEC_INDEX_SAME: return i;
    case MLEC_INDEX_CODE: return (size_t)codes_of(d, x->value)[i];
    default:
        for (size_t k = 0; k < 3; k++)
            if (!strcmp(names[k], x->text))
                return k;
        return 0;
    }
}

/* a, u, s; v[2]; k[g]; m[h, g]. */
static double parameter(const direct *d, const dag_reference *r, size_t i)
{
    static const size_t first[] = {0, 1, 2, 3, 5, 8};
    size_t inner = index_of(d, &r->index[1], i);
    size_t outer = r->param == 5 ? index_of(d, &r->index[0], i) : 0;
    return d->theta[first[r->param] + (r->scalar ? 0 : outer * SAMPLE_LEVELS + inner)];
}

static double total(direct *d, node n, int64_t column, size_t level)
{
    uint16_t axis = dag_at(&d->p.build.g, n)->axis;
    bool by_row = column >= 0 || axis == AXIS_ROW;
    double sum = 0;
    for (size_t i = 0; i < (by_row ? (size_t)ROWS : axis_length(d, axis)); i++)
        if (!by_row ||
            (d->used[i] && (column < 0 || codes_of(d, (uint32_t)column)[i] == (int32_t)level)))
            sum += at(d, n, i);
    return sum;
}

static double compute(direct *d, node n, size_t i)
{
    const dag *g = &d->p.build.g;
    const dag_node *x = dag_at(g, n);
    switch ((op_id)x->op) {
    case OP_CONST: return x->value;
    case OP_COLUMN: return column_of(d, x->x)[i];
    case OP_COUNT: return d->n_used;
    case OP_SIZE: return (double)axis_length(d, (uint16_t)x->x);
    case OP_UNKNOWN: return parameter(d, &g->references.data[x->x], i);
    case OP_SUM: return total(d, x->arg[0], -1, 0);
    case OP_GATHER:
        return total(d, dag_at(g, x->arg[0])->arg[0], x->x, (size_t)codes_of(d, x->x)[i]);
    default: break;
    }
    cr_assert(op_table[x->op].class != OP_AXIS && op_table[x->op].class != OP_LEAF, "%s",
              op_table[x->op].name);
    double v[3] = {0};
    for (int k = 0; k < op_table[x->op].arity; k++)
        v[k] = at(d, x->arg[k], i);
    return op_eval((op_id)x->op, v[0], v[1], v[2]);
}

static double at(direct *d, node n, size_t i)
{
    if (dag_at(&d->p.build.g, n)->axis == AXIS_ONE)
        i = 0;
    if (!d->known[n][i]) {
        d->memo[n][i] = compute(d, n, i);
        d->known[n][i] = true;
    }
    return d->memo[n][i];
}

static double direct_value(const char *text, const sample *s, const double *theta)
{
    oom_guard guard;
    arena a;
    diag_list diags;
    mlec_options options;
    mlec_options_init(&options);
    arena_init(&a, &alloc_system, &guard);
    diag_init(&diags, &a);
    direct *d = ARENA_NEW(&a, direct);
    d->s = s;
    d->theta = theta;
    cr_assert(pipeline_run(&d->p, &a, &diags, "m", text, strlen(text), &options), "%s", text);
    build *b = &d->p.build;
    d->memo = arena_zero(&a, b->g.nodes.count * sizeof *d->memo);
    d->known = arena_zero(&a, b->g.nodes.count * sizeof *d->known);
    for (size_t i = 0; i < ROWS; i++)
        d->used[i] =
            (!b->where || at(d, b->where, i) != 0) && (!b->weight || at(d, b->weight, i) != 0);
    for (size_t i = 0; i < ROWS; i++)
        d->n_used += d->used[i];
    double sum = 0;
    for (uint32_t k = 0; k < b->terms.count; k++) {
        const build_term *t = &b->terms.data[k];
        for (size_t i = 0; i < axis_length(d, t->axis); i++)
            if (t->axis != AXIS_ROW)
                sum += at(d, t->root, i);
            else if (d->used[i])
                sum += at(d, t->root, i) * (b->weight ? at(d, b->weight, i) : 1);
    }
    arena_release(&a);
    return sum;
}

/* The plan has the value of the graph that it was made from. */
Test(random_models, values)
{
    sample s;
    sample_make(&s, ROWS, 11);
    for (uint64_t seed = 1; seed <= 120; seed++) {
        state = 0x9E3779B97F4A7C15ULL * (seed + 1000);
        for (int i = 0; i < 8; i++)
            below(2);
        writer w;
        write_model(&w);
        bound b;
        bound_open(&b, w.text, w.text, &s);
        double theta[14], got = NAN;
        for (int k = 0; k < 14; k++)
            theta[k] = 0.01 * (double)below(100) - 0.4;
        mlec_eval(b.problem, theta, &got, NULL, NULL);
        double want = direct_value(w.text, &s, theta);
        cr_expect(fabs(got - want) <= 1e-11 * (1 + fabs(want)), "%.17g, the graph has %.17g:\n%s",
                  got, want, w.text);
        bound_close(&b);
    }
    sample_free(&s);
}

Test(random_models, derivatives)
{
    sample s;
    sample_make(&s, 45, 11);
    for (uint64_t seed = 1; seed <= 120; seed++) {
        state = 0x9E3779B97F4A7C15ULL * seed;
        for (int i = 0; i < 8; i++)
            below(2);
        writer w;
        write_model(&w);
        check(w.text, &s);
    }
    sample_free(&s);
}
