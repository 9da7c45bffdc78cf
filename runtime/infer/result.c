/* mlec_fit_run: a fit, its inference, and the public result made of them. */
#include "base/ctx.h"

#include "runtime/fit/bounds.h"
#include "runtime/fit/faces.h"
#include "runtime/fit/fit.h"
#include "runtime/infer/covariance.h"
#include "runtime/infer/estimate.h"

#include <fenv.h>
#include <math.h>
#include <string.h>
#include <time.h>

struct mlec_fit {
    mlec_allocator memory; /* a fit may outlive its context */
    arena arena;
    diag_list diags;
    fit_state fit;
    mlec_result result;
};

static const char *type_of(const fit_state *f, size_t i)
{
    return f->info->parameters[f->space.owner[i]].type_text;
}

static void add_parameters(mlec_fit *m, const covariance *c)
{
    const fit_state *f = &m->fit;
    size_t n = f->info->n_theta;
    mlec_estimate *out = ARENA_ARRAY(&m->arena, mlec_estimate, n);
    double *matrix = c->matrix ? ARENA_ARRAY(&m->arena, double, n *n) : NULL;
    for (size_t i = 0; i < n; i++) {
        const eval_parameter *p = &f->info->parameters[f->space.owner[i]];
        mlec_estimate *e = &out[i];
        *e = (mlec_estimate){.name = f->info->names[i], .type = type_of(f, i)};
        e->estimate = bounds_value(f, i);
        e->std_error = c->has[i] ? sqrt(c->variance[i]) : NAN;
        e->start = f->start[i];
        bool aside = f->info->aliased && f->info->aliased[i];
        e->fixed = !aside && f->state[i] == TRANSFORM_FIXED && !f->limit[i];
        e->at_bound = f->state[i] == TRANSFORM_AT_LOWER || f->state[i] == TRANSFORM_AT_UPPER ||
                      f->limit[i] || faces_role(f, i) == FACE_BOUND;
        for (size_t k = 0; k < f->n_null; k++)
            e->aliased = e->aliased || f->null[i + k * n] != 0;
        if (aside) {
            e->aliased = true;
            e->estimate = e->start = NAN;
        }
        estimate_fill(e, p->type, p->lower, p->upper, f->options->level);
    }
    for (size_t j = 0; matrix && j < n; j++)
        for (size_t i = 0; i < n; i++)
            matrix[i + j * n] = c->has[i] && c->has[j] ? c->matrix[i + j * n] : NAN;
    m->result.n_parameters = n;
    m->result.parameters = out;
    m->result.covariance = matrix;
}

static void add_derived(mlec_fit *m, const covariance *c)
{
    fit_state *f = &m->fit;
    const eval_info *info = f->info;
    size_t count = info->n_derived;
    if (count == 0 || !f->hessian)
        return;
    mlec_estimate *out = ARENA_ARRAY(&m->arena, mlec_estimate, count);
    double *values = ARENA_ARRAY(&m->arena, double, count);
    double *start = ARENA_ARRAY(&m->arena, double, count);
    double *jacobian = ARENA_ARRAY(&m->arena, double, count * info->n_theta);
    eval_derived(f->problem, f->start, start, NULL);
    eval_derived(f->problem, f->theta, values, jacobian);
    for (size_t i = 0; i < count; i++) {
        mlec_estimate *e = &out[i];
        *e = (mlec_estimate){.name = info->derived_names[i], .type = info->derived_type_texts[i]};
        e->estimate = values[i];
        e->start = start[i];
        e->std_error = sqrt(covariance_of_derived(f, c, jacobian + i, count));
        estimate_fill(e, info->derived_types[i], info->derived_lower[i], info->derived_upper[i],
                      f->options->level);
    }
    m->result.n_derived = count;
    m->result.derived = out;
}

/* Free dimensions: those at a bound count; fixed and aliased ones, and zeros of a penalty, do not.
 */
static size_t free_dimensions(const fit_state *f)
{
    size_t k = 0;
    for (size_t p = 0; p < f->info->n_parameters; p++) {
        const eval_parameter *q = &f->info->parameters[p];
        const transform *t = &f->space.transforms[p];
        for (uint32_t i = q->first; i < q->first + q->count; i += t->width) {
            size_t n_fixed = 0;
            for (uint32_t j = i; j < i + t->width; j++)
                n_fixed += f->state[j] == TRANSFORM_FIXED && !f->limit[j];
            size_t open = t->width - n_fixed;
            k += open - (t->type == MLEC_TYPE_SIMPLEX && open > 0);
        }
    }
    return k - f->n_null - faces_lost_dimensions(f);
}

static void add_criteria(mlec_result *r, const fit_state *f)
{
    const eval_info *info = f->info;
    double k = (double)r->n_free;
    r->log_likelihood = f->log_likelihood;
    r->log_prior = info->has_priors ? f->log_prior : NAN;
    r->log_posterior = f->log_likelihood + r->log_prior;
    r->aic = r->aicc = r->bic = NAN;
    r->outcome_entropy = eval_outcome_entropy(f->problem);
    if (info->has_priors || info->sampling ||
        (r->verdict != MLEC_INTERIOR && r->verdict != MLEC_BOUNDARY))
        return;
    r->aic = criterion_aic(r->log_likelihood, k);
    r->aicc = criterion_aicc(r->log_likelihood, k, r->n);
    r->bic = criterion_bic(r->log_likelihood, k, r->n);
}

/* The maximum likelihood estimate of a normal scale divides by n, which surprises those who know
 * the unbiased variance. */
static void note_divisor(mlec_fit *m)
{
    fit_state *f = &m->fit;
    mlec_result *r = &m->result;
    int64_t element = eval_normal_scale(f->problem);
    if (element < 0 || r->map || f->info->sampling || r->verdict != MLEC_INTERIOR ||
        f->state[element] != TRANSFORM_FREE)
        return;
    double q = (double)r->n_free - 1, rest = r->n - q;
    double sigma = f->theta[element];
    if (!(q > 0) || !(rest > 0) || !(r->n / rest > 1.001))
        return;
    const char *name = f->info->names[element];
    diag *d =
        diag_report(&m->diags, DIAG_VARIANCE_DIVISOR, NO_SPAN,
                    "%s is the maximum likelihood estimate, whose square divides by n = %.7g; "
                    "dividing by n - %.0f gives %.7g",
                    name, r->n, q, sigma * sqrt(r->n / rest));
    diag_add_parameter(&m->diags, d, name);
}

static void add_diagnostics(mlec_fit *m)
{
    size_t n = 0, i = 0;
    for (const diag *d = m->diags.first; d; d = d->next)
        n++;
    mlec_diagnostic *out = ARENA_ARRAY(&m->arena, mlec_diagnostic, n);
    for (const diag *d = m->diags.first; d; d = d->next)
        out[i++] = diag_view(&m->diags, d, &m->arena);
    m->result.n_diagnostics = n;
    m->result.diagnostics = out;
}

static void fill_result(mlec_fit *m)
{
    fit_state *f = &m->fit;
    const eval_info *info = f->info;
    mlec_result *r = &m->result;
    *r = (mlec_result){
        .model = info->model_name,
        .data = info->data_name,
        .rows = info->rows,
        .rows_used = info->rows_used,
        .rows_missing = info->rows_missing,
        .n = info->n,
        .map = info->has_priors,
        .verdict = f->verdict,
        .converged = f->converged,
        .iterations = f->iterations,
        .gradient_norm = f->gradient_norm,
        .decrement = f->decrement,
        .vcov = covariance_is_robust(f) ? MLEC_VCOV_ROBUST : f->options->vcov,
        .level = f->options->level,
        .n_factors = info->n_factors,
        .factors = info->factors,
        .read_ms = NAN,
        .compile_ms = NAN,
        .fit_ms = NAN,
        .total_ms = NAN,
    };
    covariance c = covariance_compute(f);
    r->n_free = free_dimensions(f);
    add_parameters(m, &c);
    add_derived(m, &c);
    add_criteria(r, f);
    note_divisor(m);
    add_diagnostics(m);
}

static double milliseconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec * 1e-6;
}

mlec_status mlec_fit_run(mlec_ctx *ctx, mlec_problem *problem, const mlec_options *options,
                         mlec_fit **out)
{
    if (!ctx || !problem || !out)
        return MLEC_ERROR_ARGUMENT;
    mlec_options defaults;
    mlec_options_init(&defaults);
    if (!options)
        options = &defaults;
    *out = NULL;
    mlec_fit *m = alloc_resize(ctx->allocator, NULL, sizeof *m);
    if (!m)
        return MLEC_ERROR_MEMORY;
    memset(m, 0, sizeof *m);
    m->memory = ctx->memory;
    arena_init(&m->arena, &m->memory, &ctx->guard);
    /* The caller's rounding mode and flush-to-zero must not change the numbers. */
    fenv_t environment;
    fegetenv(&environment);
    if (setjmp(ctx->guard.jump)) {
        fesetenv(&environment);
        mlec_fit_free(m);
        return MLEC_ERROR_MEMORY;
    }
    fesetenv(FE_DFL_ENV);
    double begin = milliseconds();
    diag_init(&m->diags, &m->arena);
    fit_run(problem, options, &m->arena, &m->diags, &m->fit);
    fill_result(m);
    m->result.fit_ms = milliseconds() - begin;
    fesetenv(&environment);
    *out = m;
    bool good = m->result.verdict == MLEC_INTERIOR || m->result.verdict == MLEC_BOUNDARY;
    return good && m->diags.n_errors == 0 ? MLEC_OK : MLEC_ERROR_FIT;
}

const mlec_result *mlec_fit_result(const mlec_fit *fit) { return fit ? &fit->result : NULL; }

void mlec_fit_free(mlec_fit *m)
{
    if (!m)
        return;
    arena_release(&m->arena);
    mlec_allocator memory = m->memory;
    alloc_free(&memory, m);
}
