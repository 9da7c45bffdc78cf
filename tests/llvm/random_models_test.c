/* Random models with gathers, aggregates of aggregates, groups, weights and `where`: the gradient
 * is that of the values, the Hessian that of the gradients, by differences of order 4. */
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
    double theta[N], value = NAN, gradient[N], hessian[N * N], largest = 0;
    for (int k = 0; k < N; k++)
        theta[k] = 0.01 * (double)below(100) - 0.4;
    mlec_eval(b.problem, theta, &value, gradient, hessian);
    cr_expect(isfinite(value), "%s", text);
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
        cr_expect(near(gradient[k], slope, fmax(largest, fabs(value))),
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
