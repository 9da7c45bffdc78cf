/* Byte code and machine code behind the public functions: the same bits in every order, when a
 * model is changed over by counts, by hand, or by another thread while it is evaluated. */
#include "base/model.h"
#include "tests/llvm/sample.h"

#include <pthread.h>

enum { MOST = 16, ROWS = 700 };

static const char *const models[] = {
    "param a, b : real\nparam s : positive\ny ~ normal(a + b*x, s)\nb ~ normal(0, 1)\n",
    "param a, b : real\nlet e = y - a - b*x\nloglik -0.5*log(mean(e^2)) - 0.1*e^2\n",
    "param m, k, w : real\nparam s : positive\nlet h = w^2 + 0.1*lag(y, 1, 0)^2 + inv_logit(k)*"
    "lag(h, 1, mean(y^2))\ny ~ normal(m, sqrt(h)*s)\n",
    "linear eta[g] = x + h\ng ~ categorical_logit(eta)\nslopes(eta) ~ normal(0, 1)\n",
    "param a, b : real\nparam r : positive\nc ~ neg_binomial_2_log(a + b*x, r)\n"
    "b ~ double_exponential(0, 0.5)\nweight w\n",
    "param a, b : real\nparam s, t : positive\nparam q : unit\n"
    "y ~ mixture([q, 1 - q], normal(a, s), student_t(4, b, t))\nreport d = a - b\n",
};
enum { MODELS = sizeof models / sizeof *models };

typedef struct {
    double value, gradient[MOST], hessian[MOST * MOST];
} bits;

static mlec_model *compile(mlec_ctx *ctx, const char *text, mlec_tier tier, int threads)
{
    mlec_options o;
    mlec_options_init(&o);
    o.tier = tier;
    o.threads = threads;
    mlec_model *model = NULL;
    cr_assert(mlec_model_compile(ctx, "tiers", text, strlen(text), &o, &model) == MLEC_OK, "%s",
              bound_messages(ctx));
    return model;
}

static mlec_problem *bind(mlec_ctx *ctx, const mlec_model *m, const mlec_data *data, int threads)
{
    mlec_options o;
    mlec_options_init(&o);
    o.threads = threads;
    mlec_problem *p = NULL;
    cr_assert(mlec_problem_new(ctx, m, data, &o, &p) == MLEC_OK, "%s", bound_messages(ctx));
    cr_assert(mlec_problem_size(p) <= MOST);
    return p;
}

/* All derivatives, after a check that value and gradient alone have the same bits. */
static bits evaluate(mlec_problem *p)
{
    bits out = {0}, part = {0};
    double theta[MOST];
    mlec_problem_start(p, theta);
    for (size_t i = 0; i < mlec_problem_size(p); i++)
        theta[i] += 0.01 * (double)(i + 1);
    mlec_eval(p, theta, &out.value, out.gradient, out.hessian);
    mlec_eval(p, theta, &part.value, NULL, NULL);
    cr_expect(!memcmp(&part.value, &out.value, sizeof part.value), "value: %.17g, %.17g",
              part.value, out.value);
    mlec_eval(p, theta, &part.value, part.gradient, NULL);
    cr_expect(!memcmp(&part, &out, offsetof(bits, hessian)), "gradient");
    return out;
}

Test(tiers, same_bits)
{
    sample s;
    sample_make(&s, ROWS, 5);
    for (int k = 0; k < MODELS; k++) {
        bits both[2];
        for (mlec_tier tier = MLEC_TIER_INTERPRETER; tier <= MLEC_TIER_COMPILED; tier++) {
            mlec_ctx *ctx = mlec_ctx_new(NULL);
            mlec_model *m = compile(ctx, models[k], tier, 1);
            mlec_model_prepare(m, true);
            mlec_data *data = sample_data(ctx, &s);
            mlec_problem *p = bind(ctx, m, data, 1);
            both[tier - MLEC_TIER_INTERPRETER] = evaluate(p);
            cr_expect((mlec_problem_interpreted(p) == 1) == (tier == MLEC_TIER_INTERPRETER));
            cr_expect((mlec_problem_interpreted(p) == 0) == (tier == MLEC_TIER_COMPILED));
            mlec_problem_free(p);
            mlec_data_free(data);
            mlec_model_free(m);
            mlec_ctx_free(ctx);
        }
        cr_expect(isfinite(both[0].value), "model %d", k);
        cr_expect(!memcmp(&both[0], &both[1], sizeof *both), "model %d: %.17g, %.17g", k,
                  both[0].value, both[1].value);
    }
    sample_free(&s);
}

/* The first model, until its rows have machine code: by so many evaluations on every machine. */
static int evaluations_until_machine_code(int threads, bits *last)
{
    sample s;
    sample_make(&s, ROWS, 5);
    mlec_ctx *ctx = mlec_ctx_new(NULL);
    mlec_model *m = compile(ctx, models[0], MLEC_TIER_AUTO, threads);
    mlec_data *data = sample_data(ctx, &s);
    mlec_problem *p = bind(ctx, m, data, threads);
    const mlec_function *f = NULL;
    for (uint32_t k = 0; k < m->plan->n_stages; k++)
        if (m->plan->stages[k].axis == 1 && m->plan->stages[k].kind == MLEC_STAGE_MAP)
            f = &m->plan->stages[k].map.hessian;
    bits first = evaluate(p);
    int n = 1;
    while (!__atomic_load_n(&f->code, __ATOMIC_ACQUIRE) && n < 1000000) {
        *last = evaluate(p);
        n++;
    }
    *last = evaluate(p);
    cr_expect(!memcmp(&first, last, sizeof first));
    cr_expect(mlec_problem_interpreted(p) < 1 && mlec_problem_interpreted(p) > 0.5);
    mlec_model_prepare(m, true); /* what is published is on the list a moment later */
    const mlec_pass_time *times;
    size_t n_times = mlec_model_times(m, &times);
    cr_expect(n_times > 5 && times[5].later, "%zu passes", n_times);
    mlec_problem_free(p);
    mlec_data_free(data);
    mlec_model_free(m);
    mlec_ctx_free(ctx);
    sample_free(&s);
    return n;
}

Test(tiers, counts_decide)
{
    bits one, other;
    int n = evaluations_until_machine_code(1, &one);
    cr_expect(n > 10 && n < 100000, "%d evaluations", n);
    cr_expect(n == evaluations_until_machine_code(1, &other));
    evaluations_until_machine_code(2, &other); /* a thread may come late, not early */
    cr_expect(!memcmp(&one, &other, sizeof one));
}

typedef struct {
    const mlec_model *model;
    const sample *s;
    bits first;
    bool same;
} reader;

static void *read_on(void *user)
{
    reader *r = user;
    mlec_ctx *ctx = mlec_ctx_new(NULL);
    mlec_data *data = sample_data(ctx, r->s);
    mlec_problem *p = bind(ctx, r->model, data, 1);
    r->first = evaluate(p);
    r->same = true;
    for (int i = 0; i < 50; i++) {
        bits next = evaluate(p);
        r->same = r->same && !memcmp(&r->first, &next, sizeof next);
    }
    mlec_problem_free(p);
    mlec_data_free(data);
    mlec_ctx_free(ctx);
    return NULL;
}

/* Several contexts share a model while its machine code is made. */
Test(tiers, threads)
{
    enum { THREADS = 3 };
    sample s;
    sample_make(&s, 64, 7);
    for (int k = 0; k < MODELS; k++) {
        mlec_ctx *ctx = mlec_ctx_new(NULL);
        mlec_model *m = compile(ctx, models[k], MLEC_TIER_AUTO, 2);
        reader readers[THREADS];
        pthread_t threads[THREADS];
        mlec_model_prepare(m, false);
        for (int i = 0; i < THREADS; i++) {
            readers[i] = (reader){.model = m, .s = &s};
            cr_assert(pthread_create(&threads[i], NULL, read_on, &readers[i]) == 0);
        }
        mlec_model_prepare(m, k % 2);
        for (int i = 0; i < THREADS; i++) {
            pthread_join(threads[i], NULL);
            cr_expect(readers[i].same, "model %d", k);
            cr_expect(!memcmp(&readers[0].first, &readers[i].first, sizeof(bits)), "model %d", k);
        }
        mlec_model_free(m); /* perhaps before the thread is done */
        mlec_ctx_free(ctx);
    }
    sample_free(&s);
}

Test(tiers, freed_at_once)
{
    mlec_ctx *ctx = mlec_ctx_new(NULL);
    for (int k = 0; k < MODELS; k++) {
        mlec_model *m = compile(ctx, models[k], MLEC_TIER_AUTO, 2);
        mlec_model_prepare(m, false);
        mlec_model_free(m);
    }
    mlec_model_prepare(NULL, true);
    mlec_ctx_free(ctx);
}
