#include "cli/times.h"

#include <stdio.h>

void times_begin(void) { fputs("time                        ms\n", stderr); }

void times_row(const char *name, double milliseconds)
{
    fprintf(stderr, "%-18s %11.3f\n", name, milliseconds);
}

static void passes(const mlec_model *model, bool later)
{
    const mlec_pass_time *times;
    size_t n = model ? mlec_model_times(model, &times) : 0;
    for (size_t i = 0; i < n; i++) {
        if (times[i].later == later) {
            fprintf(stderr, "  %-16s %11.3f\n", times[i].pass, 1e-3 * times[i].microseconds);
        }
    }
}

void times_model(const mlec_model *model, double compile_ms)
{
    passes(model, false);
    times_row("compile", compile_ms);
}

void times_tiers(const mlec_model *model, const mlec_problem *problem)
{
    fprintf(stderr, "evaluations: %.3g %% interpreted\n", 100 * mlec_problem_interpreted(problem));
    passes(model, true);
}
