/* Every allocation of a whole run fails once: each function says MLEC_ERROR_MEMORY, nothing leaks,
 * and the context can be used again. */
#include "tests/llvm/sample.h"

#include <unistd.h>

typedef struct {
    size_t requests, fail_at; /* the request that fails, from 1; 0: none */
    size_t live;
} counter;

static void *count(void *user, void *old, size_t size)
{
    counter *c = user;
    if (size == 0) {
        c->live -= old != NULL;
        free(old);
        return NULL;
    }
    if (++c->requests == c->fail_at)
        return NULL;
    void *p = realloc(old, size);
    c->live += p && !old;
    return p;
}

static const char *const text =
    "data x, y : real\ndata g : factor\nparam a, u : real\nparam k : real[g]\nparam s : positive\n"
    "let e = y - a - u*x - k[g]\ny ~ normal(a + u*x + k[g], s)\nk ~ normal(0, 1)\n"
    "loglik once -0.01*mean(e^2)^2\nreport r = exp(u)\n";

static mlec_tier tier; /* of the runs of a test; each test is a process */

/* One run up to the first failure; the status of what failed, or MLEC_OK. `what` names it. */
static mlec_status run(const mlec_allocator *allocator, const mlec_model *compiled, const sample *s,
                       const char *path, const char **what)
{
    mlec_options options;
    mlec_options_init(&options);
    options.tier = tier;
    mlec_model *model = NULL;
    mlec_data *data = NULL;
    mlec_problem *problem = NULL;
    mlec_fit *fit = NULL;
    mlec_status status = MLEC_OK;
    *what = "mlec_ctx_new";
    mlec_ctx *ctx = mlec_ctx_new(allocator);
    if (!ctx)
        return MLEC_ERROR_MEMORY;
#define STEP(name, ...)                                                                            \
    do {                                                                                           \
        *what = #name;                                                                             \
        if ((status = name(__VA_ARGS__)) != MLEC_OK)                                               \
            goto done;                                                                             \
    } while (0)
    if (!compiled) {
        STEP(mlec_model_compile, ctx, "model", text, strlen(text), &options, &model);
        goto done;
    }
    if (path) {
        STEP(mlec_data_read, ctx, path, &options, &data);
    } else {
        static const char *const g[] = {"A", "B", "C"};
        STEP(mlec_data_new, ctx, s->n, &data);
        STEP(mlec_data_add_real, ctx, data, "x", s->x);
        STEP(mlec_data_add_real, ctx, data, "y", s->y);
        STEP(mlec_data_add_factor, ctx, data, "g", s->g, g, 3);
    }
    STEP(mlec_problem_new, ctx, compiled, data, &options, &problem);
    double theta[16] = {0}, value = NAN, gradient[16], hessian[256];
    theta[5] = 1;
    STEP(mlec_eval, problem, theta, &value, gradient, hessian);
    cr_expect(isfinite(value));
    STEP(mlec_fit_run, ctx, problem, &options, &fit);
    const char *report = NULL;
    STEP(mlec_report_text, ctx, mlec_fit_result(fit), 80, &report);
    cr_expect(report && strstr(report, "a"));
    STEP(mlec_report_json, ctx, mlec_fit_result(fit), &report);
    cr_expect(report && report[0] == '{');
done:
    if (status != MLEC_OK && status != MLEC_ERROR_MEMORY)
        cr_expect(false, "%s says %d: %s", *what, status, bound_messages(ctx));
    mlec_fit_free(fit);
    mlec_problem_free(problem);
    mlec_data_free(data);
    mlec_model_free(model);
    mlec_ctx_free(ctx);
    return status;
}

static void fail_each(const mlec_model *compiled, const sample *s, const char *path)
{
    size_t n = 1, reached = 0;
    const char *what = "", *last = "";
    for (; n < 2000; n++) {
        counter c = {.fail_at = n};
        mlec_allocator allocator = {count, &c};
        mlec_status status = run(&allocator, compiled, s, path, &what);
        cr_expect(c.live == 0, "request %zu in %s: %zu blocks are left", n, what, c.live);
        if (c.requests < n) {
            cr_expect(status == MLEC_OK, "%s says %d without a failure", what, status);
            break;
        }
        cr_expect(status == MLEC_ERROR_MEMORY, "request %zu in %s: status %d", n, what, status);
        reached += strcmp(what, last) != 0;
        last = what;
    }
    cr_expect(n > 5 && n < 2000, "%zu requests", n);
    cr_expect(reached >= (compiled ? 4 : 2), "failures in %zu functions only, last %s", reached,
              last);
}

/* Compiled once, by a context of its own: LLVM's allocations are not ours to fail. */
static mlec_model *compile(mlec_ctx *ctx)
{
    mlec_model *model = NULL;
    cr_assert(mlec_model_compile(ctx, "model", text, strlen(text), NULL, &model) == MLEC_OK, "%s",
              bound_messages(ctx));
    return model;
}

Test(memory, every_request_fails_once)
{
    sample s;
    sample_make(&s, 60, 9);
    mlec_ctx *ctx = mlec_ctx_new(NULL);
    mlec_model *model = compile(ctx);
    fail_each(model, &s, NULL);
    mlec_model_free(model);
    mlec_ctx_free(ctx);
    sample_free(&s);
}

/* Our own requests during a compilation; LLVM aborts on its own. */
Test(memory, compilation)
{
    fail_each(NULL, NULL, NULL);
    tier = MLEC_TIER_COMPILED;
    fail_each(NULL, NULL, NULL);
}

Test(memory, every_request_fails_once_with_a_file)
{
    sample s;
    sample_make(&s, 60, 9);
    char path[] = "/tmp/mlec_memory_XXXXXX.csv";
    int fd = mkstemps(path, 4);
    cr_assert(fd >= 0);
    FILE *f = fdopen(fd, "w");
    cr_assert(f);
    fputs("x,y,g\n", f);
    for (size_t i = 0; i < s.n; i++)
        fprintf(f, "%.17g,%.17g,%c\n", s.x[i], s.y[i], "ABC"[s.g[i]]);
    cr_assert(fclose(f) == 0);
    mlec_ctx *ctx = mlec_ctx_new(NULL);
    mlec_model *model = compile(ctx);
    fail_each(model, &s, path);
    mlec_model_free(model);
    mlec_ctx_free(ctx);
    unlink(path);
    sample_free(&s);
}

/* Passes of the compiler that print. */
Test(memory, dumps)
{
    static const mlec_emit stages[] = {MLEC_EMIT_AST,     MLEC_EMIT_GRAPH, MLEC_EMIT_GRADIENT,
                                       MLEC_EMIT_HESSIAN, MLEC_EMIT_PLAN,  MLEC_EMIT_LATEX,
                                       MLEC_EMIT_LLVM,    MLEC_EMIT_ASM};
    for (size_t k = 0; k < sizeof stages / sizeof *stages; k++) {
        size_t n = 1;
        for (; n < 500; n++) {
            counter c = {.fail_at = n};
            mlec_allocator allocator = {count, &c};
            mlec_ctx *ctx = mlec_ctx_new(&allocator);
            const char *out = NULL;
            mlec_status status = MLEC_ERROR_MEMORY;
            if (ctx)
                status = mlec_model_emit(ctx, "m", text, strlen(text), NULL, stages[k], &out);
            mlec_ctx_free(ctx);
            cr_expect(c.live == 0, "stage %d, request %zu: %zu blocks are left", stages[k], n,
                      c.live);
            if (c.requests < n) {
                cr_expect(status == MLEC_OK, "stage %d: %d", stages[k], status);
                break;
            }
            cr_expect(status == MLEC_ERROR_MEMORY, "stage %d, request %zu: %d", stages[k], n,
                      status);
        }
        cr_expect(n > 4 && n < 500, "stage %d: %zu requests", stages[k], n);
    }
}

/* ---- A model for each way to bind and to fit --------------------------------------------------
 */

static const struct {
    const char *name, *text;
} forms[] = {
    {"formula", "param s : positive\nlinear eta = g*x + poly(x, 2)\ny ~ normal(eta, s)\n"
                "report q = coef(eta)[\"x\"]\n"},
    {"by level", "data h : factor\nlinear eta[h] = x\nh ~ categorical_logit(eta)\n"},
    {"long factor", "param s : positive\nlinear eta = 0 + long + x\ny ~ normal(eta, s)\n"},
    {"series", "series t by h\nparam a : real(-1, 1)\nparam s : positive\n"
               "let e = y - a*lag(e, 1, 0)\ne ~ normal(0, s)\n"},
    {"constraint", "param a, b : real\nparam s : positive\nconstrain a + b <= -1\n"
                   "y ~ normal(a + b*x, s)\n"},
    {"L1", "param a : real\nparam b : real[2]\nparam s : positive\n"
           "b ~ double_exponential(0, 0.01)\ny ~ normal(a + dot([x, x^2], b), s)\n"},
    {"robust", "param a, b : real\nparam s : positive\nweight prob(w)\ny ~ normal(a + b*x, s)\n"},
};

/* 240 rows with a factor of 120 levels. */
static void write_rows(FILE *f)
{
    fputs("x,y,g,h,long,t,w\n", f);
    for (int i = 0; i < 240; i++)
        fprintf(f, "%d.%d,%d.%d,%c,%c,l%d,%d,%d\n", i * 7 % 5 - 2, i * 3 % 10, i * 13 % 7 - 3,
                i * 11 % 10, "ABC"[i % 3], "PQ"[i * 5 % 7 % 2], i % 120, i, 1 + i % 4);
}

/* From the file to the report; MLEC_OK, or the status of what failed. */
static mlec_status fit_file(const mlec_allocator *allocator, const mlec_model *model,
                            const char *path)
{
    mlec_data *data = NULL;
    mlec_problem *problem = NULL;
    mlec_fit *fit = NULL;
    const char *report;
    mlec_options options;
    mlec_options_init(&options);
    options.threads = 1;
    mlec_ctx *ctx = mlec_ctx_new(allocator);
    if (!ctx)
        return MLEC_ERROR_MEMORY;
    mlec_status status = mlec_data_read(ctx, path, &options, &data);
    if (status == MLEC_OK)
        status = mlec_problem_new(ctx, model, data, &options, &problem);
    if (status == MLEC_OK)
        status = mlec_fit_run(ctx, problem, &options, &fit);
    if (status == MLEC_OK)
        status = mlec_report_json(ctx, mlec_fit_result(fit), &report);
    if (status != MLEC_OK && status != MLEC_ERROR_MEMORY)
        cr_expect(false, "status %d: %s", status, bound_messages(ctx));
    mlec_fit_free(fit);
    mlec_problem_free(problem);
    mlec_data_free(data);
    mlec_ctx_free(ctx);
    return status;
}

Test(memory, forms)
{
    char path[] = "/tmp/mlec_memory_XXXXXX.csv";
    int fd = mkstemps(path, 4);
    FILE *f = fd < 0 ? NULL : fdopen(fd, "w");
    cr_assert(f);
    write_rows(f);
    cr_assert(fclose(f) == 0);
    for (size_t k = 0; k < sizeof forms / sizeof *forms; k++) {
        mlec_ctx *ctx = mlec_ctx_new(NULL);
        mlec_model *model = NULL;
        cr_assert(mlec_model_compile(ctx, forms[k].name, forms[k].text, strlen(forms[k].text), NULL,
                                     &model) == MLEC_OK,
                  "%s", bound_messages(ctx));
        size_t n = 1;
        for (; n < 2000; n++) {
            counter c = {.fail_at = n};
            mlec_allocator allocator = {count, &c};
            mlec_status status = fit_file(&allocator, model, path);
            cr_expect(c.live == 0, "%s, request %zu: %zu blocks are left", forms[k].name, n,
                      c.live);
            cr_expect(status == (c.requests < n ? MLEC_OK : MLEC_ERROR_MEMORY),
                      "%s, request %zu: status %d", forms[k].name, n, status);
            if (c.requests < n)
                break;
        }
        cr_expect(n > 8 && n < 2000, "%s: %zu requests", forms[k].name, n);
        mlec_model_free(model);
        mlec_ctx_free(ctx);
    }
    unlink(path);
}

/* Objects: what was begun is released, and what was written may stay. */
Test(memory, objects)
{
    char object[] = "/tmp/mlec_memory_XXXXXX.o", header[] = "/tmp/mlec_memory_XXXXXX.h";
    int fd = mkstemps(object, 2), other = mkstemps(header, 2);
    cr_assert(fd >= 0 && other >= 0);
    close(fd);
    close(other);
    size_t n = 1;
    for (; n < 500; n++) {
        counter c = {.fail_at = n};
        mlec_allocator allocator = {count, &c};
        mlec_ctx *ctx = mlec_ctx_new(&allocator);
        mlec_status status = MLEC_ERROR_MEMORY;
        if (ctx)
            status = mlec_model_build(ctx, "m", text, strlen(text), NULL, "m", object, header);
        mlec_ctx_free(ctx);
        cr_expect(c.live == 0, "request %zu: %zu blocks are left", n, c.live);
        if (c.requests < n) {
            cr_expect(status == MLEC_OK, "%d", status);
            break;
        }
        cr_expect(status == MLEC_ERROR_MEMORY, "request %zu: %d", n, status);
    }
    cr_expect(n > 4 && n < 500, "%zu requests", n);
    unlink(object);
    unlink(header);
}
