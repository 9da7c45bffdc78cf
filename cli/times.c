#include "cli/times.h"

#include <stdio.h>

void times_begin(void) { fputs("time                        ms\n", stderr); }

void times_row(const char *name, double milliseconds)
{
    fprintf(stderr, "%-18s %11.3f\n", name, milliseconds);
}

void times_model(const mlec_model *model, double compile_ms)
{
    const mlec_pass_time *times;
    size_t n = model ? mlec_model_times(model, &times) : 0;
    for (size_t i = 0; i < n; i++) {
        fprintf(stderr, "  %-16s %11.3f\n", times[i].pass, 1e-3 * times[i].microseconds);
    }
    times_row("compile", compile_ms);
}
