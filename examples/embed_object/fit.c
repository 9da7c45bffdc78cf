/* Fits a model that was compiled ahead of time. Links claims.o and libmlec_rt: no compiler. */
#include "claims.h"
#include "table.h"

#include <mlec.h>
#include <stdio.h>

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

    bool ok = mlec_model_from_plan(ctx, &claims, &model) == MLEC_OK &&
              mlec_data_new(ctx, ROWS, &data) == MLEC_OK &&
              mlec_data_add_real(ctx, data, "claims", claims_column) == MLEC_OK &&
              mlec_data_add_real(ctx, data, "years", years_column) == MLEC_OK &&
              mlec_data_add_real(ctx, data, "age", age_column) == MLEC_OK &&
              mlec_problem_new(ctx, model, data, &options, &problem) == MLEC_OK &&
              mlec_fit_run(ctx, problem, &options, &fit) == MLEC_OK;
    if (fit) {
        const mlec_result *r = mlec_fit_result(fit);
        printf("%s, log-likelihood %.6f\n", mlec_verdict_text(r->verdict), r->log_likelihood);
        for (size_t i = 0; i < r->n_parameters; i++) {
            const mlec_estimate *p = &r->parameters[i];
            printf("%s %.6f (%.6f)\n", p->name, p->estimate, p->std_error);
        }
        printf("%s %.6f\n", r->derived[0].name, r->derived[0].estimate);
    }
    for (size_t i = 0; i < mlec_diagnostic_count(ctx); i++) {
        fputs(mlec_diagnostic_get(ctx, i).text, stderr);
    }
    mlec_fit_free(fit);
    mlec_problem_free(problem);
    mlec_data_free(data);
    mlec_model_free(model);
    mlec_ctx_free(ctx);
    return ok ? 0 : 1;
}
