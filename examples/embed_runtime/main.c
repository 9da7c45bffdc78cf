/* Compiles a model from a text at run time, binds it to arrays of the program, evaluates it and
 * fits it. Links libmlec, the compiler with the run-time library.
 *
 * The model: an insurer's claims, as rates per year of exposure, by age of the driver and region.
 */
#include <mlec.h>

#include <stdio.h>
#include <string.h>

enum { ROWS = 12, PARAMETERS_MAX = 8 };

static const char model_text[] =
    "data claims : count\n"
    "data years : positive\n"
    "data age : real\n"
    "data region : factor\n"
    "param a, b, south : real\n"
    "let rate = exp(a + b*(age - 40)/10 + ifelse(region == \"south\", south, 0))\n"
    "claims ~ poisson(years*rate)\n"
    "report rate_at_40 : positive = exp(a)\n";

static const double claims[ROWS] = {4, 3, 6, 2, 1, 3, 9, 5, 2, 7, 4, 1};
static const double years[ROWS] = {20, 31, 25, 40, 22, 18, 30, 28, 35, 24, 33, 19};
static const double age[ROWS] = {22, 35, 28, 51, 63, 44, 19, 38, 57, 25, 33, 61};
static const int32_t region[ROWS] = {0, 0, 1, 1, 0, 1, 1, 0, 1, 0, 0, 1};
static const char *const regions[] = {"north", "south"};

/* Everything the library had to say. It never prints by itself. */
static void print_messages(const mlec_ctx *ctx)
{
    for (size_t i = 0; i < mlec_diagnostic_count(ctx); i++) {
        fputs(mlec_diagnostic_get(ctx, i).text, stderr);
    }
}

static mlec_status make_data(mlec_ctx *ctx, mlec_data **data)
{
    mlec_status status = mlec_data_new(ctx, ROWS, data);
    if (status == MLEC_OK) {
        status = mlec_data_add_real(ctx, *data, "claims", claims);
    }
    if (status == MLEC_OK) {
        status = mlec_data_add_real(ctx, *data, "years", years);
    }
    if (status == MLEC_OK) {
        status = mlec_data_add_real(ctx, *data, "age", age);
    }
    if (status == MLEC_OK) {
        status = mlec_data_add_factor(ctx, *data, "region", region, regions, 2);
    }
    return status;
}

/* The log-likelihood and its gradient at a point of our own. */
static mlec_status print_value(mlec_problem *problem)
{
    double theta[PARAMETERS_MAX], gradient[PARAMETERS_MAX], value;
    size_t n = mlec_problem_size(problem);
    if (n > PARAMETERS_MAX) {
        return MLEC_ERROR_ARGUMENT;
    }
    for (size_t i = 0; i < n; i++) {
        theta[i] = -1;
    }
    mlec_status status = mlec_eval(problem, theta, &value, gradient, NULL);
    if (status == MLEC_OK) {
        printf("at -1, -1, -1: log-likelihood %.6f, gradient", value);
        for (size_t i = 0; i < n; i++) {
            printf(" %.6f", gradient[i]);
        }
        putchar('\n');
    }
    return status;
}

static void print_result(const mlec_result *r)
{
    printf("%s after %s, log-likelihood %.6f\n", mlec_verdict_text(r->verdict),
           r->map ? "MAP" : "maximum likelihood", r->log_likelihood);
    for (size_t i = 0; i < r->n_parameters; i++) {
        const mlec_estimate *p = &r->parameters[i];
        printf("%-10s %9.6f  (%.6f)\n", p->name, p->estimate, p->std_error);
    }
    for (size_t i = 0; i < r->n_derived; i++) {
        const mlec_estimate *d = &r->derived[i];
        printf("%-10s %9.6f  [%.6f, %.6f]\n", d->name, d->estimate, d->lower, d->upper);
    }
}

int main(void)
{
    mlec_ctx *ctx = mlec_ctx_new(NULL);
    if (!ctx) {
        return 1;
    }
    mlec_options options;
    mlec_options_init(&options);
    mlec_model *model = NULL;
    mlec_data *data = NULL;
    mlec_problem *problem = NULL;
    mlec_fit *fit = NULL;

    mlec_status status =
        mlec_model_compile(ctx, "claims", model_text, strlen(model_text), &options, &model);
    if (status == MLEC_OK) {
        status = make_data(ctx, &data);
    }
    if (status == MLEC_OK) {
        status = mlec_problem_new(ctx, model, data, &options, &problem);
    }
    if (status == MLEC_OK) {
        status = print_value(problem);
    }
    if (status == MLEC_OK) {
        status = mlec_fit_run(ctx, problem, &options, &fit);
    }
    if (fit) {
        print_result(mlec_fit_result(fit));
    }
    print_messages(ctx);

    mlec_fit_free(fit);
    mlec_problem_free(problem);
    mlec_data_free(data);
    mlec_model_free(model);
    mlec_ctx_free(ctx);
    return status;
}
