/* Random models have the same bits whatever computes them: value, gradient, Hessian and the fit,
 * for any number of threads, either width of registers, the interpreter, code made in memory for
 * this processor or ahead of time for all, and whichever outputs are asked for together. */
#include "runtime/eval/kernels_wide.h"
#include "runtime/eval/problem.h"
#include "tests/llvm/sample.h"

#include <dlfcn.h>
#include <unistd.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { MODELS = 6 };
#else
enum { MODELS = 32 };
#endif
enum { ROWS = 20011, MOST = 40, FITTED_EVERY = 2, LONG = 3000 };

/* ---- Random models ----------------------------------------------------------------------------
 */

static uint64_t state;

static uint32_t below(uint32_t n)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (uint32_t)((state >> 20) % n);
}

#define ONE_OF(list) ((list)[below(sizeof(list) / sizeof *(list))])

static void put(char *text, const char *s)
{
    cr_assert(strlen(text) + strlen(s) < LONG);
    strcat(text, s);
}

static void put_predictor(char *text)
{
    static const char *const terms[] = {"u*x",
                                        "v*z",
                                        "k[g]",
                                        "m[h, g]",
                                        "k[g]*x",
                                        "0.3*log(p)",
                                        "u*x*z",
                                        "tanh(u + v*x)",
                                        "dot([x1, x2, x3], c3)",
                                        "exp(-0.3*u^2)*x1",
                                        "v*mean(inv_logit(u + x) | g)",
                                        "u*lag(x1, 1, 0)",
                                        "v*r"};
    static const char *const formulas[] = {"x + g",
                                           "g*h",
                                           "x:h + poly(z, 2)",
                                           "0 + g + x1 + x2 + x3",
                                           "x*z + offset(0.2*x1)",
                                           "h + I(x^2)",
                                           "0 + g:x + z*h"};
    if (below(3) == 0) {
        put(text, "linear eta = ");
        put(text, ONE_OF(formulas));
        put(text, "\ncoef(eta) ~ normal(0, 3)\n");
        return;
    }
    put(text, "let eta = a");
    for (uint32_t i = 0, n = 1 + below(4); i < n; i++) {
        put(text, " + ");
        put(text, ONE_OF(terms));
    }
    put(text, "\n");
}

static void write_model(char *text)
{
    static const char *const outcomes[] = {
        "y ~ normal(eta, exp(s))",
        "y ~ student_t(4, eta, exp(s))",
        "y ~ mixture(0.4, normal(eta, exp(s)), normal(a, 2))",
        "min(max(y, -1), 2) ~ censored(normal(eta, exp(s)), -1, 2)",
        "b ~ bernoulli_logit(eta)",
        "b ~ bernoulli(Phi(eta))",
        "c ~ poisson_log(eta)",
        "c ~ neg_binomial_2_log(eta, exp(s))",
        "c ~ zero_inflated(inv_logit(s), poisson_log(eta))",
        "p ~ gamma(exp(s), exp(0.3*eta))",
        "p ~ lognormal(eta, exp(s))",
        "surv(p, b) ~ weibull(exp(s), exp(eta))",
        "loglik -log1p_exp(-eta) - 0.1*(y - eta)^2"};
    text[0] = 0;
    put(text, "data b : binary\nparam a, u, v, s, q : real\nparam k : real[g]\n"
              "param m : real[h, g]\nparam c3 : real[3]\na, u, v, s, q ~ normal(0, 2)\n"
              "k ~ normal(0, exp(0.5*q))\nm ~ normal(0, 1)\nc3 ~ student_t(5, 0, 1)\n"
              "let r = x2 + tanh(0.5 + q)*lag(r, 1, 0)\n");
    if (below(4) == 0)
        put(text, "weight w\n");
    if (below(4) == 0)
        put(text, "where z > -0.6\n");
    put_predictor(text);
    for (uint32_t i = 0, n = 1 + below(2); i < n; i++) {
        put(text, ONE_OF(outcomes));
        put(text, "\n");
    }
}

/* ---- Who computes -----------------------------------------------------------------------------
 */

typedef struct {
    const char *name;
    int threads;
    mlec_tier tier;
    bool narrow, ahead; /* four lanes; code for any x86-64-v3 */
} way;

static const way ways[] = {
    {"one thread", 1, MLEC_TIER_COMPILED, false, false},
    {"two threads", 2, MLEC_TIER_COMPILED, false, false},
    {"three threads, the interpreter", 3, MLEC_TIER_INTERPRETER, false, false},
    {"narrow registers", 2, MLEC_TIER_COMPILED, true, false},
    {"the interpreter, narrow registers", 1, MLEC_TIER_INTERPRETER, true, false},
    {"code made ahead of time, narrow registers", 1, MLEC_TIER_COMPILED, true, true}};

typedef struct {
    double value, gradient[MOST], hessian[MOST * MOST];
    double estimates[MOST], errors[MOST], covariance[MOST * MOST], log_likelihood, log_prior;
    int iterations, verdict;
} found;

static char folder[] = "/tmp/mlec_same_bits_XXXXXX";

/* The model from an object file, through a library that stays open until the test ends. */
static mlec_model *linked(mlec_ctx *ctx, const char *text, int number)
{
    char object[80], header[80], library[80], command[300];
    snprintf(object, sizeof object, "%s/m.o", folder);
    snprintf(header, sizeof header, "%s/m.h", folder);
    snprintf(library, sizeof library, "%s/m%d.so", folder, number);
    snprintf(command, sizeof command, "cc -shared -nostdlib -o %s %s", library, object);
    mlec_options options;
    mlec_options_init(&options);
    if (mlec_model_build(ctx, "model", text, strlen(text), &options, "the_model", object, header))
        return NULL; /* a function that an object cannot have */
    cr_assert(system(command) == 0, "%s", command);
    void *handle = dlopen(library, RTLD_NOW | RTLD_LOCAL);
    cr_assert(handle, "%s", dlerror());
    mlec_model *model = NULL;
    cr_assert(mlec_model_from_plan(ctx, dlsym(handle, "the_model"), &model) == MLEC_OK, "%s",
              bound_messages(ctx));
    unlink(object);
    unlink(header);
    unlink(library);
    return model;
}

static void narrow(mlec_problem *p)
{
    p->kernels = &kernels_2;
    for (int k = 0; p->n_chunks > 1 && k < p->n_workers; k++)
        p->workers[k].kernels = &kernels_2;
}

/* All at once and each alone are the same numbers. */
static void evaluate(mlec_problem *p, const double *theta, found *f, const char *text)
{
    size_t n = mlec_problem_size(p);
    double value[3], gradient[2][MOST], hessian[MOST * MOST];
    mlec_eval(p, theta, &f->value, f->gradient, f->hessian);
    mlec_eval(p, theta, &value[0], NULL, NULL);
    mlec_eval(p, theta, &value[1], gradient[0], NULL);
    mlec_eval(p, theta, NULL, gradient[1], NULL);
    mlec_eval(p, theta, &value[2], NULL, hessian);
    for (int k = 0; k < 3; k++)
        cr_expect(!memcmp(&value[k], &f->value, sizeof f->value), "value %d of\n%s", k, text);
    for (int k = 0; k < 2; k++)
        cr_expect(!memcmp(gradient[k], f->gradient, n * sizeof(double)), "gradient %d of\n%s", k,
                  text);
    cr_expect(!memcmp(hessian, f->hessian, n * n * sizeof(double)), "Hessian of\n%s", text);
}

static void fit(mlec_ctx *ctx, mlec_problem *p, const mlec_options *options, found *f)
{
    mlec_fit *fit = NULL;
    mlec_fit_run(ctx, p, options, &fit);
    cr_assert(fit, "%s", bound_messages(ctx));
    const mlec_result *r = mlec_fit_result(fit);
    for (size_t i = 0; i < r->n_parameters; i++) {
        f->estimates[i] = r->parameters[i].estimate;
        f->errors[i] = r->parameters[i].std_error;
    }
    if (r->covariance)
        memcpy(f->covariance, r->covariance,
               r->n_parameters * r->n_parameters * sizeof *r->covariance);
    f->log_likelihood = r->log_likelihood;
    f->log_prior = r->log_prior;
    f->iterations = r->iterations;
    f->verdict = (int)r->verdict;
    mlec_fit_free(fit);
}

/* False when the model cannot be had in this way. */
static bool compute(const char *text, int number, const sample *s, const way *w, found *f)
{
    *f = (found){0};
    mlec_options options;
    mlec_options_init(&options);
    options.threads = w->threads;
    options.tier = w->tier;
    options.max_iterations = 30;
    mlec_ctx *ctx = mlec_ctx_new(NULL);
    mlec_model *model = NULL;
    mlec_problem *p = NULL;
    if (w->ahead)
        model = linked(ctx, text, number);
    else
        cr_assert(!mlec_model_compile(ctx, "model", text, strlen(text), &options, &model), "%s",
                  bound_messages(ctx));
    mlec_data *data = sample_data(ctx, s);
    if (model) {
        cr_assert(!mlec_problem_new(ctx, model, data, &options, &p), "%s", bound_messages(ctx));
        cr_assert(mlec_problem_size(p) <= MOST);
        if (w->narrow)
            narrow(p);
        double theta[MOST];
        mlec_problem_start(p, theta);
        for (size_t i = 0; i < mlec_problem_size(p); i++)
            theta[i] += 0.03 * (double)(i % 7) - 0.1;
        evaluate(p, theta, f, text);
        if (number % FITTED_EVERY == 0)
            fit(ctx, p, &options, f);
    }
    mlec_problem_free(p);
    mlec_data_free(data);
    mlec_model_free(model);
    mlec_ctx_free(ctx);
    return model != NULL;
}

Test(same_bits, random_models)
{
    static char text[LONG];
    static found first, other;
    sample s;
    sample_make(&s, ROWS, 3);
    cr_assert(mkdtemp(folder));
    int finite = 0, ahead = 0;
    for (int k = 0; k < MODELS; k++) {
        state = 0x9E3779B97F4A7C15ULL * (uint64_t)(k + 1);
        for (int i = 0; i < 8; i++)
            below(2);
        write_model(text);
        compute(text, k, &s, &ways[0], &first);
        finite += isfinite(first.value) && isfinite(first.gradient[0]);
        for (size_t i = 1; i < sizeof ways / sizeof *ways; i++) {
            if (!compute(text, k, &s, &ways[i], &other))
                continue;
            ahead += ways[i].ahead;
            cr_expect(!memcmp(&first, &other, sizeof first),
                      "%s: value %.17g and %.17g, maximum %.17g and %.17g, of\n%s", ways[i].name,
                      first.value, other.value, first.log_likelihood, other.log_likelihood, text);
        }
    }
    cr_expect(finite == MODELS, "%d of %d values are finite", finite, MODELS);
    cr_expect(2 * ahead > MODELS, "%d of %d models as objects", ahead, MODELS);
    rmdir(folder);
    sample_free(&s);
}
