#include "tests/llvm/sample.h"

static double next(uint64_t *state)
{
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return (double)((*state * 0x2545F4914F6CDD1DULL) >> 11) * 0x1p-53;
}

void sample_make(sample *s, size_t n, uint64_t seed)
{
    *s = (sample){.n = n};
    double **columns[] = {&s->x, &s->z,    &s->y,    &s->c,    &s->b,   &s->p,
                          &s->w, &s->v[0], &s->v[1], &s->v[2], &s->near};
    for (size_t k = 0; k < sizeof columns / sizeof *columns; k++)
        cr_assert(*columns[k] = malloc((n + 1) * sizeof(double)));
    cr_assert(s->g = malloc((n + 1) * sizeof *s->g));
    cr_assert(s->h = malloc((n + 1) * sizeof *s->h));
    uint64_t state = 88172645463325252ULL + 7919 * seed;
    for (size_t i = 0; i < n; i++) {
        s->x[i] = 4 * next(&state) - 2;
        s->z[i] = 3 * next(&state) - 1;
        s->y[i] = 0.4 + 0.7 * s->x[i] + next(&state) + next(&state) - 1;
        s->c[i] = floor(7 * next(&state) * next(&state));
        s->b[i] = next(&state) < 0.4;
        s->p[i] = 0.05 + 5 * next(&state) * next(&state);
        s->w[i] = floor(4 * next(&state));
        for (int k = 0; k < 3; k++)
            s->v[k][i] = 2 * next(&state) - 1;
        s->near[i] = s->x[i] + 1e-7 * next(&state);
        s->g[i] = i < SAMPLE_LEVELS ? (int32_t)i : (int32_t)(SAMPLE_LEVELS * next(&state));
        s->h[i] = i < 2 ? (int32_t)i : (int32_t)(SAMPLE_OTHER_LEVELS * next(&state));
    }
    if (n > 0)
        s->w[0] = 2;
}

void sample_free(sample *s)
{
    double *columns[] = {s->x, s->z,    s->y,    s->c,    s->b,   s->p,
                         s->w, s->v[0], s->v[1], s->v[2], s->near};
    for (size_t k = 0; k < sizeof columns / sizeof *columns; k++)
        free(columns[k]);
    free(s->g);
    free(s->h);
}

mlec_data *sample_data(mlec_ctx *ctx, const sample *s)
{
    static const char *const g[] = {"A", "B", "C"}, *const h[] = {"no", "yes"};
    const struct {
        const char *name;
        const double *values;
    } columns[] = {{"x", s->x},     {"z", s->z},     {"y", s->y},      {"c", s->c},
                   {"b", s->b},     {"p", s->p},     {"w", s->w},      {"x1", s->v[0]},
                   {"x2", s->v[1]}, {"x3", s->v[2]}, {"near", s->near}};
    mlec_data *d = NULL;
    cr_assert(mlec_data_new(ctx, s->n, &d) == MLEC_OK);
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++)
        cr_assert(mlec_data_add_real(ctx, d, columns[i].name, columns[i].values) == MLEC_OK);
    size_t levels = s->n < SAMPLE_LEVELS ? s->n : SAMPLE_LEVELS;
    cr_assert(mlec_data_add_factor(ctx, d, "g", s->g, g, levels) == MLEC_OK);
    cr_assert(mlec_data_add_factor(ctx, d, "h", s->h, h, s->n < 2 ? s->n : 2) == MLEC_OK);
    return d;
}

const char *bound_messages(const mlec_ctx *ctx)
{
    static char text[4000];
    size_t used = 0;
    text[0] = 0;
    for (size_t i = 0; i < mlec_diagnostic_count(ctx) && used < sizeof text - 1; i++)
        used += (size_t)snprintf(text + used, sizeof text - used, "%s",
                                 mlec_diagnostic_get(ctx, i).text);
    return text;
}

void bound_open(bound *b, const char *label, const char *text, const sample *s)
{
    *b = (bound){.ctx = mlec_ctx_new(NULL)};
    cr_assert(b->ctx);
    mlec_options options;
    mlec_options_init(&options);
    mlec_status status = mlec_model_compile(b->ctx, label, text, strlen(text), &options, &b->model);
    cr_assert(status == MLEC_OK, "%s does not compile: %s", label, bound_messages(b->ctx));
    b->data = sample_data(b->ctx, s);
    status = mlec_problem_new(b->ctx, b->model, b->data, &options, &b->problem);
    cr_assert(status == MLEC_OK, "%s cannot be bound: %s", label, bound_messages(b->ctx));
    b->n_theta = mlec_problem_size(b->problem);
}

void bound_close(bound *b)
{
    mlec_problem_free(b->problem);
    mlec_data_free(b->data);
    mlec_model_free(b->model);
    mlec_ctx_free(b->ctx);
}
