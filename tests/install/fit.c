/* Compiles a model and fits it, through the installed shared library. */
#include <mlec.h>
#include <stdio.h>
#include <string.h>

static const char text[] = "data y : real\n"
                           "param mu : real\n"
                           "param sigma : positive\n"
                           "y ~ normal(mu, sigma)\n";

int main(void)
{
    static const double y[] = {1, 2, 3, 6};
    mlec_model *model = NULL;
    mlec_data *data = NULL;
    mlec_problem *problem = NULL;
    mlec_fit *fit = NULL;
    mlec_ctx *ctx = mlec_ctx_new(NULL);
    mlec_options options;
    mlec_options_init(&options);

    if (mlec_model_compile(ctx, "model", text, strlen(text), &options, &model) == MLEC_OK &&
        mlec_data_new(ctx, 4, &data) == MLEC_OK &&
        mlec_data_add_real(ctx, data, "y", y) == MLEC_OK &&
        mlec_problem_new(ctx, model, data, &options, &problem) == MLEC_OK &&
        mlec_fit_run(ctx, problem, &options, &fit) == MLEC_OK) {
        printf("mu %.6f\n", mlec_fit_result(fit)->parameters[0].estimate);
    }
    for (size_t i = 0; i < mlec_diagnostic_count(ctx); i++) {
        fprintf(stderr, "%s\n", mlec_diagnostic_get(ctx, i).text);
    }
    mlec_fit_free(fit);
    mlec_problem_free(problem);
    mlec_data_free(data);
    mlec_model_free(model);
    mlec_ctx_free(ctx);
    return 0;
}
