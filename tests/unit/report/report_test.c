/* The report for people and the JSON object, from results made by hand, against files in golden/.
 * MLEC_UPDATE_GOLDEN=1 rewrites them. */
#include "base/ctx.h"

#include "runtime/calc/calc.h"
#include "runtime/report/table.h"

#include <criterion/criterion.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *read_file(const char *path)
{
    FILE *f = fopen(path, "rb");
    if (!f)
        return calloc(1, 1);
    char *text = calloc(1, 1 << 20);
    cr_assert_lt(fread(text, 1, (1 << 20) - 1, f), (1 << 20) - 1);
    fclose(f);
    return text;
}

static void compare(const char *name, const char *text)
{
    char path[512];
    snprintf(path, sizeof path, "%s/tests/unit/report/golden/%s", MLEC_SOURCE_DIR, name);
    if (getenv("MLEC_UPDATE_GOLDEN")) {
        FILE *f = fopen(path, "wb");
        fputs(text, f);
        fclose(f);
        return;
    }
    char *expected = read_file(path);
    cr_expect(strcmp(expected, text) == 0, "%s:\n%s", name, text);
    free(expected);
}

static const mlec_estimate nothing = {.name = "",
                                      .type = "real",
                                      .estimate = NAN,
                                      .std_error = NAN,
                                      .z = NAN,
                                      .p_value = NAN,
                                      .lower = NAN,
                                      .upper = NAN,
                                      .start = NAN};

static mlec_estimate estimate(const char *name, const char *type, double value, double error)
{
    mlec_estimate e = nothing;
    e.name = name;
    e.type = type;
    e.estimate = value;
    e.std_error = error;
    e.start = 0;
    if (!isnan(error)) {
        e.lower = value - 2 * error;
        e.upper = value + 2 * error;
    }
    if (strcmp(type, "real") == 0 && !isnan(error)) {
        e.z = value / error;
        e.p_value = calc_erfc(fabs(e.z) / sqrt(2));
    }
    return e;
}

static mlec_result result(mlec_verdict verdict)
{
    return (mlec_result){
        .model = "m.lik",
        .data = "d.csv",
        .rows = 400,
        .rows_used = 397,
        .rows_missing = 3,
        .n = 397,
        .verdict = verdict,
        .converged = verdict == MLEC_INTERIOR || verdict == MLEC_BOUNDARY,
        .iterations = 6,
        .gradient_norm = 1e-9,
        .decrement = 1e-14,
        .log_likelihood = -123.4,
        .log_prior = NAN,
        .log_posterior = NAN,
        .aic = NAN,
        .aicc = NAN,
        .bic = NAN,
        .outcome_entropy = NAN,
        .level = 0.95,
        .read_ms = 1.5,
        .compile_ms = 3,
        .fit_ms = 0.125,
        .total_ms = NAN,
    };
}

static void both(const char *name, const mlec_result *r, int width)
{
    mlec_ctx *ctx = mlec_ctx_new(NULL);
    const char *text, *json;
    char file[64];
    cr_assert_eq(mlec_report_text(ctx, r, width, &text), MLEC_OK);
    snprintf(file, sizeof file, "%s.txt", name);
    compare(file, text);
    cr_assert_eq(mlec_report_json(ctx, r, &json), MLEC_OK);
    snprintf(file, sizeof file, "%s.json", name);
    compare(file, json);
    json_t *object = json_loads(json, JSON_REJECT_DUPLICATES, NULL);
    cr_expect(object, "%s.json is JSON", name);
    json_decref(object);
    mlec_ctx_free(ctx);
}

Test(report, interior)
{
    mlec_estimate parameters[] = {
        estimate("a", "real", -17.579094890511, 6.6218897),
        estimate("b[site=north, year=1990]", "real", 3.93240875912409e-5, 4.07e-6),
        estimate("a_rather_long_name_for_a_parameter_of_a_model", "real", 1e10 / 3, 12345.678),
        estimate("sigma", "positive", 15.06886, 1.506886), estimate("w", "unit", 0.1, 0.025)};
    mlec_estimate derived[] = {estimate("ratio", "positive", 0.30000000000000004, 0.01)};
    static double covariance[25];
    for (size_t i = 0; i < 25; i++)
        covariance[i] = i % 6 == 0 ? 0.1 : -1.0 / 3;
    const char *levels[] = {"A \"quoted\"", "B\n"};
    mlec_factor factors[] = {{"site", levels, 2}};
    const char *named[] = {"sigma"};
    mlec_diagnostic notes[] = {
        {.code = "variance-divisor",
         .severity = MLEC_NOTE,
         .message = "sigma is the maximum likelihood estimate, whose square divides by n = 397; "
                    "dividing by n - 4 gives 15.2",
         .parameters = named,
         .n_parameters = 1}};
    mlec_result r = result(MLEC_INTERIOR);
    r.n_free = 5;
    r.aic = 256.8;
    r.aicc = 256.95345;
    r.bic = 276.7197;
    r.parameters = parameters;
    r.n_parameters = 5;
    r.derived = derived;
    r.n_derived = 1;
    r.covariance = covariance;
    r.factors = factors;
    r.n_factors = 1;
    r.diagnostics = notes;
    r.n_diagnostics = 1;
    both("interior", &r, 0);
}

Test(report, flat)
{
    mlec_estimate parameters[] = {estimate("a", "real", 0.8083333, NAN),
                                  estimate("b", "real", 0.2583333, NAN),
                                  estimate("s", "positive", 0.2494438, 0.0720082)};
    parameters[0].aliased = parameters[1].aliased = true;
    static double covariance[9] = {NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, 0.005};
    const char *named[] = {"a", "b"};
    int64_t rows[] = {3, 17};
    mlec_diagnostic errors[] = {
        {.code = "not-identified",
         .severity = MLEC_ERROR,
         .message = "a and b are not identified: only a + b is; null direction (1, -1); the "
                    "information has rank 2 of 3",
         .hint = "drop or fix one of them, or give them priors",
         .parameters = named,
         .n_parameters = 2,
         .rows = rows,
         .n_rows = 2}};
    mlec_result r = result(MLEC_FLAT);
    r.n_free = 2;
    r.parameters = parameters;
    r.n_parameters = 3;
    r.covariance = covariance;
    r.diagnostics = errors;
    r.n_diagnostics = 1;
    both("flat", &r, 0);
}

Test(report, map_with_weights_in_a_narrow_terminal)
{
    mlec_estimate parameters[] = {estimate("mu", "real", 7.68561672495604, 4.0719191584023),
                                  estimate("tau", "positive", 0, NAN),
                                  estimate("nu", "positive", 4, NAN)};
    parameters[1].at_bound = true;
    parameters[2].fixed = true;
    static double covariance[9] = {16.5, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN};
    mlec_result r = result(MLEC_BOUNDARY);
    r.map = true;
    r.rows_missing = 0;
    r.rows_used = 390;
    r.n = 1234.5;
    r.n_free = 2;
    r.log_prior = -3.2;
    r.log_posterior = -126.6;
    r.vcov = MLEC_VCOV_EXPECTED;
    r.level = 0.9;
    r.parameters = parameters;
    r.n_parameters = 3;
    r.covariance = covariance;
    both("map", &r, 50);
}

Test(report, long_vector)
{
    enum { N = 200 };
    static mlec_estimate parameters[N + 1];
    static char names[N][16];
    static double covariance[(N + 1) * (N + 1)];
    for (int i = 0; i < N; i++) {
        snprintf(names[i], sizeof names[i], "b[%d]", i + 1);
        parameters[i] = estimate(names[i], "real", i * 0.5, 0.1);
    }
    parameters[N] = estimate("sigma", "positive", 1, 0.1);
    mlec_result r = result(MLEC_INTERIOR);
    r.parameters = parameters;
    r.n_parameters = N + 1;
    r.covariance = covariance;
    mlec_ctx *ctx = mlec_ctx_new(NULL);
    const char *text;
    cr_assert_eq(mlec_report_text(ctx, &r, 0, &text), MLEC_OK);
    compare("long.txt", text);
    mlec_ctx_free(ctx);
}

Test(report, other_verdicts)
{
    static const mlec_verdict verdicts[] = {MLEC_SADDLE, MLEC_DIVERGING, MLEC_FAILED};
    for (size_t i = 0; i < 3; i++) {
        mlec_result r = result(verdicts[i]);
        mlec_ctx *ctx = mlec_ctx_new(NULL);
        const char *text;
        cr_assert_eq(mlec_report_text(ctx, &r, 0, &text), MLEC_OK);
        cr_expect_not_null(strstr(text, "NOT TO BE TRUSTED"));
        mlec_ctx_free(ctx);
    }
}

Test(report, numbers_read_back)
{
    static const double values[] = {
        0.1, 1.0 / 3, 1e300, 5e-324, 1e-7, -0.0, 1e22, 123456, 2.2250738585072014e-308};
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        mlec_estimate e = estimate("x", "real", values[i], NAN);
        static double covariance[1];
        mlec_result r = result(MLEC_INTERIOR);
        r.parameters = &e;
        r.n_parameters = 1;
        r.covariance = covariance;
        mlec_ctx *ctx = mlec_ctx_new(NULL);
        const char *text;
        cr_assert_eq(mlec_report_json(ctx, &r, &text), MLEC_OK);
        json_t *o = json_loads(text, JSON_DECODE_INT_AS_REAL, NULL), *list;
        cr_assert(o);
        list = json_object_get(o, "parameters");
        double back = json_real_value(json_object_get(json_array_get(list, 0), "estimate"));
        cr_expect(back == values[i], "%.17g read back as %.17g", values[i], back);
        cr_expect(json_is_null(json_object_get(json_array_get(list, 0), "std_error")));
        cr_expect(json_is_null(json_object_get(o, "log_prior")));
        json_decref(o);
        mlec_ctx_free(ctx);
    }
}

Test(report, failure)
{
    mlec_ctx *ctx = mlec_ctx_new(NULL);
    const char *text;
    diag *d = diag_report(&ctx->diags, DIAG_BAD_VALUE, NO_SPAN, "\"x\xff\t\" is no number");
    diag_set_place(&ctx->diags, d, "d.csv", 4, 2);
    diag_add_row(&ctx->diags, d, 3);
    cr_assert_eq(mlec_report_failure_json(ctx, "m.lik", NULL, &text), MLEC_OK);
    compare("failure.json", text);
    json_t *o = json_loads(text, 0, NULL);
    cr_assert(o);
    cr_expect_eq(json_object_size(o), 4);
    json_decref(o);
    mlec_ctx_free(ctx);
}

Test(report, wrong_arguments)
{
    mlec_ctx *ctx = mlec_ctx_new(NULL);
    const char *text;
    mlec_result r = result(MLEC_INTERIOR);
    cr_expect_eq(mlec_report_text(NULL, &r, 0, &text), MLEC_ERROR_ARGUMENT);
    cr_expect_eq(mlec_report_text(ctx, NULL, 0, &text), MLEC_ERROR_ARGUMENT);
    cr_expect_eq(mlec_report_json(ctx, &r, NULL), MLEC_ERROR_ARGUMENT);
    cr_expect_eq(mlec_report_failure_json(NULL, "", "", &text), MLEC_ERROR_ARGUMENT);
    mlec_ctx_free(ctx);
}

Test(table, wraps_at_the_width)
{
    oom_guard guard;
    arena a;
    arena_init(&a, &alloc_system, &guard);
    if (setjmp(guard.jump))
        abort();
    buf out;
    buf_init(&out, &a);
    text_wrap("one two  three\nfour é five", 10, 2, &out);
    cr_expect_str_eq(buf_text(&out), "one two\n  three\n  four é\n  five\n");
    cr_expect_eq(text_width("é"), 1);
    arena_release(&a);
}
