/* The same bits for any number of threads and any width of registers. */
#include "runtime/eval/kernels_wide.h"
#include "runtime/eval/problem.h"
#include "tests/llvm/sample.h"

enum { ROWS = 40000, MOST = 16 };

static const char *const models[] = {
    "param a, b : real\nparam s : positive\ny ~ normal(a + b*x, s)\n",
    "linear m = x*g + z\nlinear s = 0 + h\ny ~ normal(m, exp(s))\nslopes(m) ~ normal(0, 1)\n",
    "linear eta[g] = x + h\ng ~ categorical_logit(eta)\n",
    "param a, b : real\nlet e = y - a - b*x\nloglik -0.5*log(mean(e^2)) - 0.1*e^2\n",
    "param a, b : real\nb ~ normal(0, 1)\nc ~ poisson_log(a + b*x)\nweight w\n",
};

typedef struct {
    double value, gradient[MOST], hessian[MOST * MOST];
} bits;

static bits evaluate(const char *text, const sample *s, int threads)
{
    bits out = {0};
    mlec_options o;
    mlec_options_init(&o);
    o.threads = threads;
    mlec_ctx *ctx = mlec_ctx_new(NULL);
    mlec_model *model = NULL;
    mlec_problem *p = NULL;
    cr_assert(mlec_model_compile(ctx, "chunks", text, strlen(text), &o, &model) == MLEC_OK, "%s",
              bound_messages(ctx));
    mlec_data *data = sample_data(ctx, s);
    cr_assert(mlec_problem_new(ctx, model, data, &o, &p) == MLEC_OK, "%s", bound_messages(ctx));
    double theta[MOST];
    size_t n = mlec_problem_size(p);
    cr_assert(n <= MOST);
    mlec_problem_start(p, theta);
    for (size_t i = 0; i < n; i++)
        theta[i] += 0.01 * (double)(i + 1);
    cr_assert(p->n_chunks > 1);
    mlec_eval(p, theta, &out.value, out.gradient, out.hessian);
    mlec_problem_free(p);
    mlec_data_free(data);
    mlec_model_free(model);
    mlec_ctx_free(ctx);
    return out;
}

Test(chunks, threads)
{
    sample s;
    sample_make(&s, ROWS, 5);
    for (size_t k = 0; k < sizeof models / sizeof *models; k++) {
        bits one = evaluate(models[k], &s, 1);
        cr_expect(isfinite(one.value));
        for (int threads = 2; threads < 8; threads += 5) {
            bits many = evaluate(models[k], &s, threads);
            cr_expect(!memcmp(&one, &many, sizeof one), "model %zu with %d threads differs", k,
                      threads);
        }
    }
    sample_free(&s);
}

/* What kernels.h promises, one lane at a time: the sum of (w * a) * b, or of a * b. */
static double dot(const double *w, const double *a, const double *b, size_t n8)
{
    double lane[8] = {0};
    for (size_t i = 0; i < 8 * n8; i++)
        lane[i % 8] = fma(w ? w[i] * a[i] : a[i], b[i], lane[i % 8]);
    for (int i = 0; i < 4; i++)
        lane[i] += lane[i + 4];
    return (lane[0] + lane[2]) + (lane[1] + lane[3]);
}

enum { COLUMNS = 13, N8 = 31 };

typedef struct {
    double x[COLUMNS][8 * N8], out[8 * N8];
    int32_t codes[8 * N8];
} strips;

static void check_kernels(const eval_kernels *k, strips *s)
{
    const double *columns[COLUMNS];
    double c[COLUMNS], sums[COLUMNS * COLUMNS];
    for (int j = 0; j < COLUMNS; j++) {
        columns[j] = s->x[j];
        c[j] = sin(j + 1);
        for (int i = 0; i < 8 * N8; i++)
            s->x[j][i] = cos(0.7 * i + j * j) * exp(sin(i * j));
    }
    for (int i = 0; i < 8 * N8; i++)
        s->codes[i] = i * i % (COLUMNS + 1) - 1;
    for (size_t n8 = 1; n8 <= N8; n8++)
        for (size_t n = 1; n <= COLUMNS; n++) {
            memset(s->out, 0, sizeof s->out);
            k->combine(c, columns, n, n8, 0, s->out);
            for (size_t i = 0; i < 8 * n8; i++) {
                double sum = 0;
                for (size_t j = 0; j < n; j++)
                    sum = fma(c[j], s->x[j][i], sum);
                cr_expect_eq(s->out[i], sum);
            }
            memset(s->out, 0, sizeof s->out);
            k->gather(1.5, c, s->codes, NULL, n8, s->out);
            k->gather(-0.3, c, s->codes, s->x[2], n8, s->out);
            for (size_t i = 0; i < 8 * n8; i++) {
                double picked = s->codes[i] < 0 ? 0 : c[s->codes[i]];
                cr_expect_eq(s->out[i], fma(-0.3 * picked, s->x[2][i], 1.5 * picked));
            }
            k->project(s->x[3], columns, n, n8, sums);
            for (size_t j = 0; j < n; j++)
                cr_expect_eq(sums[j], dot(NULL, s->x[3], s->x[j], n8));
            for (int triangle = 0; triangle < 2; triangle++) {
                memset(sums, 0, sizeof sums);
                k->cross(s->x[5], columns, n, columns, n, triangle, n8, sums, n);
                for (size_t i = 0; i < n; i++)
                    for (size_t j = triangle ? i : 0; j < n; j++)
                        cr_expect_eq(sums[i * n + j], dot(s->x[5], s->x[i], s->x[j], n8));
            }
        }
}

Test(chunks, widths_of_registers)
{
    static strips s __attribute__((aligned(64)));
    check_kernels(&kernels_2, &s);
#if defined(__x86_64__)
    if (eval_kernels_choose() != &kernels_2)
        check_kernels(&kernels_4, &s);
    if (eval_kernels_choose() == &kernels_8)
        check_kernels(&kernels_8, &s);
#endif
}
