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

#if defined(__x86_64__)
Test(chunks, widths_of_registers)
{
    if (eval_kernels_choose() != &kernels_8)
        cr_skip_test("no AVX-512 here");
    enum { COLUMNS = 13, N8 = 31 };
    static double x[COLUMNS][8 * N8] __attribute__((aligned(64))),
        out[2][8 * N8] __attribute__((aligned(64)));
    static int32_t codes[8 * N8] __attribute__((aligned(64)));
    const double *columns[COLUMNS];
    for (int i = 0; i < 8 * N8; i++)
        codes[i] = i * i % (COLUMNS + 1) - 1;
    double c[COLUMNS], sums[2][COLUMNS * COLUMNS];
    for (int j = 0; j < COLUMNS; j++) {
        columns[j] = x[j];
        c[j] = sin(j + 1);
        for (int i = 0; i < 8 * N8; i++)
            x[j][i] = cos(0.7 * i + j * j) * exp(sin(i * j));
    }
    const eval_kernels *versions[2] = {&kernels_4, &kernels_8};
    for (size_t n8 = 1; n8 <= N8; n8++)
        for (size_t n = 1; n <= COLUMNS; n++)
            for (int triangle = 0; triangle < 2; triangle++) {
                memset(sums, 0, sizeof sums);
                memset(out, 0, sizeof out);
                for (int v = 0; v < 2; v++)
                    versions[v]->combine(c, columns, n, n8, out[v]);
                cr_expect(!memcmp(out[0], out[1], sizeof out[0]));
                for (int v = 0; v < 2; v++) {
                    versions[v]->gather(1.5, c, codes, NULL, n8, out[v]);
                    versions[v]->gather(-0.3, c, codes, x[2], n8, out[v]);
                }
                cr_expect(!memcmp(out[0], out[1], sizeof out[0]));
                for (int v = 0; v < 2; v++)
                    versions[v]->project(x[3], columns, n, n8, sums[v]);
                cr_expect(!memcmp(sums[0], sums[1], n * sizeof(double)));
                memset(sums, 0, sizeof sums);
                for (int v = 0; v < 2; v++)
                    versions[v]->cross(x[5], columns, n, columns, n, triangle, n8, sums[v], n);
                for (size_t i = 0; i < n; i++)
                    for (size_t j = triangle ? i : 0; j < n; j++)
                        cr_expect(
                            !memcmp(&sums[0][i * n + j], &sums[1][i * n + j], sizeof(double)));
            }
}
#endif
