/* One compiled model for many tables, and objects compiled ahead of time. */
#include "tests/llvm/objectives.h"

#include <dlfcn.h>
#include <unistd.h>

static const char *emit(mlec_ctx *ctx, const char *text, mlec_emit what)
{
    mlec_options options;
    mlec_options_init(&options);
    const char *out = NULL;
    mlec_status status =
        mlec_model_emit(ctx, "model.lik", text, strlen(text), &options, what, &out);
    cr_assert(status == MLEC_OK && out, "%s: %s", text, bound_messages(ctx));
    return out;
}

Test(objects, code_does_not_grow_with_sizes)
{
    mlec_ctx *ctx = mlec_ctx_new(NULL);
    static const char *const form =
        "data x : real[%d]\ndata b : binary\nparam a : real\nparam k : real[%d]\n"
        "k ~ double_exponential(0, 1)\nb ~ bernoulli_logit(a + dot(x, k))\n"
        "loglik once -0.1*sum(exp(k))\n";
    char small[400], large[400];
    snprintf(small, sizeof small, form, 3, 3);
    snprintf(large, sizeof large, form, 3000, 3000);
    const char *one = emit(ctx, small, MLEC_EMIT_ASM), *other = emit(ctx, large, MLEC_EMIT_ASM);
    cr_expect(strlen(one) > 1000, "%zu bytes of assembly", strlen(one));
    cr_expect(!strcmp(one, other), "assembly of 3 coefficients has %zu bytes, of 3000 %zu",
              strlen(one), strlen(other));
    cr_expect(!strcmp(emit(ctx, small, MLEC_EMIT_HESSIAN), emit(ctx, large, MLEC_EMIT_HESSIAN)));
    mlec_ctx_free(ctx);
}

Test(objects, code_is_the_same_every_time)
{
    mlec_ctx *ctx = mlec_ctx_new(NULL), *later = mlec_ctx_new(NULL);
    for (unsigned i = 0; i < n_objectives; i += 3) {
        const char *one = emit(ctx, objectives[i].text, MLEC_EMIT_LLVM);
        const char *two = emit(later, objectives[i].text, MLEC_EMIT_LLVM);
        cr_expect(!strcmp(one, two), "%s", objectives[i].name);
    }
    mlec_ctx_free(ctx);
    mlec_ctx_free(later);
}

/* ---- Tables -------------------------------------------------------------------------------- */

typedef struct {
    size_t n, n_levels;
    double *x, *y, *numbers; /* numbers: the factor as a numeric column */
    int32_t *codes;
} level_table;

static const char *const text_of_levels = "param u : real[g]\nparam a : real\n"
                                          "y ~ normal(u[g]^3 + a*x, 1.5)\nu ~ normal(0, 2)\n";

static void fill(level_table *t, size_t n, size_t n_levels)
{
    *t = (level_table){.n = n, .n_levels = n_levels};
    cr_assert((t->x = malloc(n * sizeof(double))) && (t->y = malloc(n * sizeof(double))) &&
              (t->numbers = malloc(n * sizeof(double))) &&
              (t->codes = malloc(n * sizeof(int32_t))));
    for (size_t i = 0; i < n; i++) {
        t->codes[i] = (int32_t)(i * 7 % n_levels);
        t->numbers[i] = 3.5 * t->codes[i] - 20; /* sorted like the codes */
        t->x[i] = sin(1.7 * (double)i);
        t->y[i] = cos(0.3 * (double)i) + 0.1 * t->codes[i];
    }
}

static void check_table(mlec_ctx *ctx, const mlec_model *model, const level_table *t, bool numeric)
{
    static char names[64][24];
    const char *levels[64];
    for (size_t k = 0; k < t->n_levels; k++) {
        snprintf(names[k], sizeof names[k], "L%02zu", k);
        levels[k] = names[k];
    }
    mlec_options options;
    mlec_options_init(&options);
    mlec_data *data;
    mlec_problem *p;
    cr_assert(mlec_data_new(ctx, t->n, &data) == MLEC_OK);
    mlec_data_add_real(ctx, data, "x", t->x);
    mlec_data_add_real(ctx, data, "y", t->y);
    if (numeric)
        mlec_data_add_real(ctx, data, "g", t->numbers);
    else
        mlec_data_add_factor(ctx, data, "g", t->codes, levels, t->n_levels);
    mlec_status status = mlec_problem_new(ctx, model, data, &options, &p);
    cr_assert(status == MLEC_OK, "%s", bound_messages(ctx));
    size_t m = t->n_levels + 1;
    cr_expect(mlec_problem_size(p) == m, "%zu parameters, not %zu", mlec_problem_size(p), m);
    double theta[65], gradient[65], value = NAN, *hessian = malloc(m * m * sizeof *hessian);
    for (size_t k = 0; k < m; k++)
        theta[k] = 0.5 + 0.01 * (double)k;
    cr_assert(hessian && mlec_eval(p, theta, &value, gradient, hessian) == MLEC_OK);
    quad want = 0, slope[65] = {0}, corner = 0;
    for (size_t k = 0; k < t->n_levels; k++) {
        want += -0.5 * (quad)theta[k] * theta[k] / 4 - Q(log)(2) - 0.91893853320467274178;
        slope[k] = -(quad)theta[k] / 4;
        corner = -0.25;
    }
    for (size_t i = 0; i < t->n; i++) {
        quad u = theta[t->codes[i]];
        quad r = (t->y[i] - u * u * u - (quad)theta[m - 1] * t->x[i]) / 2.25;
        want += -0.5 * r * r * 2.25 - Q(log)(1.5) - 0.91893853320467274178;
        slope[t->codes[i]] += r * 3 * u * u;
        slope[m - 1] += r * t->x[i];
        if (t->codes[i] == 0)
            corner += -9 * u * u * u * u / 2.25 + r * 6 * u;
    }
    cr_expect(fabs((double)(value - want)) < 1e-12 * fabs(value), "%zu rows, %zu levels: %.17g",
              t->n, t->n_levels, value);
    for (size_t k = 0; k < m; k++)
        cr_expect(fabs((double)(gradient[k] - slope[k])) < 1e-11 * (1 + fabs(gradient[k])),
                  "%zu rows, %zu levels: gradient[%zu]", t->n, t->n_levels, k);
    cr_expect(fabs((double)(hessian[0] - corner)) < 1e-11 * fabs(hessian[0]), "%zu rows: %.17g",
              t->n, hessian[0]);
    free(hessian);
    mlec_problem_free(p);
    mlec_data_free(data);
}

Test(objects, one_model_many_tables)
{
    mlec_ctx *ctx = mlec_ctx_new(NULL);
    mlec_model *model = NULL;
    mlec_status status =
        mlec_model_compile(ctx, "model", text_of_levels, strlen(text_of_levels), NULL, &model);
    cr_assert(status == MLEC_OK, "%s", bound_messages(ctx));
    static const size_t sizes[][2] = {{5, 3}, {300, 40}, {64, 2}, {1000, 64}, {1, 1}};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        for (int numeric = 0; numeric < 2; numeric++) {
            level_table t;
            fill(&t, sizes[i][0], sizes[i][1]);
            check_table(ctx, model, &t, numeric);
            free(t.x);
            free(t.y);
            free(t.numbers);
            free(t.codes);
        }
    mlec_model_free(model);
    mlec_ctx_free(ctx);
}

/* ---- Ahead of time --------------------------------------------------------------------------- */

static char folder[] = "/tmp/mlec_objects_XXXXXX";

static char *in_folder(const char *name)
{
    char *path = malloc(200);
    cr_assert(path);
    snprintf(path, 200, "%s/%s", folder, name);
    return path;
}

static char *contents(const char *path, size_t *n)
{
    FILE *f = fopen(path, "rb");
    cr_assert(f, "%s", path);
    char *text = malloc(1 << 20);
    cr_assert(text);
    *n = fread(text, 1, (1 << 20) - 1, f);
    text[*n] = 0;
    fclose(f);
    return text;
}

/* Runs a command and returns what it prints. */
static char *shell(const char *format, const char *a, const char *b)
{
    char command[600];
    snprintf(command, sizeof command, format, a, b);
    FILE *f = popen(command, "r");
    cr_assert(f);
    char *text = malloc(1 << 16);
    cr_assert(text);
    size_t n = fread(text, 1, (1 << 16) - 1, f);
    text[n] = 0;
    cr_expect(pclose(f) == 0, "%s failed: %s", command, text);
    return text;
}

static void build_object(mlec_ctx *ctx, const objective *o, const char *object, const char *header)
{
    mlec_options options;
    mlec_options_init(&options);
    mlec_status status = mlec_model_build(ctx, o->name, o->text, strlen(o->text), &options,
                                          "the_model", object, header);
    cr_assert(status == MLEC_OK, "%s: %s", o->name, bound_messages(ctx));
}

/* The plan of an object evaluates to the bits of the model compiled in memory. */
static void check_linked(mlec_ctx *ctx, const objective *o, const char *object, const char *library)
{
    free(shell("cc -shared -nostdlib -o %s %s 2>&1", library, object));
    void *handle = dlopen(library, RTLD_NOW | RTLD_LOCAL);
    cr_assert(handle, "%s: %s", o->name, dlerror());
    const mlec_plan *plan = dlsym(handle, "the_model");
    cr_assert(plan, "%s: %s", o->name, dlerror());
    mlec_model *model = NULL;
    cr_assert(mlec_model_from_plan(ctx, plan, &model) == MLEC_OK, "%s: %s", o->name,
              bound_messages(ctx));
    sample s;
    sample_make(&s, 267, 5);
    bound b;
    bound_open(&b, o->name, o->text, &s);
    mlec_options options;
    mlec_options_init(&options);
    mlec_data *data = sample_data(ctx, &s);
    mlec_problem *p = NULL;
    cr_assert(mlec_problem_new(ctx, model, data, &options, &p) == MLEC_OK, "%s: %s", o->name,
              bound_messages(ctx));
    cr_assert(mlec_problem_size(p) == b.n_theta, "%s", o->name);
    double value[2], gradient[2][OBJECTIVE_MOST];
    double hessian[2][OBJECTIVE_MOST * OBJECTIVE_MOST];
    mlec_eval(p, o->theta, &value[0], gradient[0], hessian[0]);
    mlec_eval(b.problem, o->theta, &value[1], gradient[1], hessian[1]);
    cr_expect(!memcmp(&value[0], &value[1], sizeof(double)), "%s: %.17g linked, %.17g in memory",
              o->name, value[0], value[1]);
    cr_expect(!memcmp(gradient[0], gradient[1], o->n * sizeof(double)), "%s: gradient", o->name);
    cr_expect(!memcmp(hessian[0], hessian[1], o->n * o->n * sizeof(double)), "%s: Hessian",
              o->name);
    mlec_problem_free(p);
    mlec_data_free(data);
    bound_close(&b);
    sample_free(&s);
    mlec_model_free(model);
    dlclose(handle);
}

Test(objects, ahead_of_time)
{
    cr_assert(mkdtemp(folder));
    char *object = in_folder("a.o"), *again = in_folder("b.o"), *header = in_folder("a.h");
    for (unsigned i = 0; i < n_objectives; i++) {
        const objective *o = &objectives[i];
        mlec_ctx *ctx = mlec_ctx_new(NULL);
        build_object(ctx, o, object, header);
        build_object(ctx, o, again, header);
        size_t n, m;
        char *one = contents(object, &n), *two = contents(again, &m);
        cr_expect(n == m && !memcmp(one, two, n), "%s: two builds differ", o->name);
        free(one);
        free(two);
        char *undefined = shell("nm -u %s%s", object, "");
        cr_expect(!undefined[0], "%s needs %s", o->name, undefined);
        char *exported = shell("nm -g --defined-only %s | sed 's/.* //'%s", object, "");
        cr_expect(!strcmp(exported, "the_model\n"), "%s exports %s", o->name, exported);
        free(undefined);
        free(exported);
        char name[20];
        snprintf(name, sizeof name, "m%u.so", i); /* a new path: dlopen knows the old one */
        char *library = in_folder(name);
        check_linked(ctx, o, object, library);
        unlink(library);
        free(library);
        mlec_ctx_free(ctx);
    }
    size_t n;
    char *text = contents(header, &n);
    cr_expect(strstr(text, "extern const mlec_plan the_model"), "%s", text);
    free(text);
    char *all[] = {object, again, header};
    for (int k = 0; k < 3; k++) {
        unlink(all[k]);
        free(all[k]);
    }
    rmdir(folder);
}
