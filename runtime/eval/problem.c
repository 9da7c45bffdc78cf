/* The life of a problem, and the public evaluation. */
#include "runtime/eval/engine.h"

#include <math.h>
#include <string.h>

static uint32_t table_outputs(const mlec_stage *s)
{
    uint32_t n = 0;
    for (uint32_t t = 0; t < s->n_tables; t++)
        n += s->tables[t].function.n_outputs;
    return n;
}

static uint32_t most_inputs(const mlec_plan *plan)
{
    uint32_t most = 1;
    for (uint32_t k = 0; k < plan->n_stages; k++) {
        uint32_t n =
            plan->stages[k].n_active + plan->stages[k].n_data + table_outputs(&plan->stages[k]);
        most = n > most ? n : most;
    }
    return most;
}

/* Products of the columns of two predictors, whichever they are. */
static size_t cross_size(const mlec_problem *p)
{
    size_t most = 1;
    for (uint32_t k = 0; k < p->plan->n_stages; k++) {
        const bound_linear *l = &p->linear[k];
        most = l->n_columns > most ? l->n_columns : most;
        for (uint32_t j = 0; j < l->n_levels; j++)
            most = l->levels[j].n_columns > most ? l->levels[j].n_columns : most;
    }
    return most * most;
}

/* Those of all pairs of inputs that a stage has. */
static size_t pairs_size(const mlec_problem *p, const mlec_stage *s, const uint32_t *pairs,
                         uint32_t n)
{
    size_t sum = 0;
    for (uint32_t k = 0; k < n; k++) {
        const bound_linear *a = &p->linear[s->active[pairs[2 * k]]],
                           *b = &p->linear[s->active[pairs[2 * k + 1]]];
        if (a->varies || b->varies)
            sum += (size_t)a->n_columns * b->n_columns;
    }
    return sum;
}

static size_t column_sums_size(const mlec_problem *p)
{
    size_t most = 1;
    for (uint32_t k = 0; k < p->plan->n_stages; k++) {
        const mlec_stage *s = &p->plan->stages[k];
        const mlec_map *m = &s->map;
        size_t sums[] = {pairs_size(p, s, m->pairs, m->n_pairs),
                         pairs_size(p, s, m->expected_pairs, m->n_expected_pairs)};
        for (uint32_t a = 0; a < s->n_active; a++)
            sums[0] += log_sum_pairs_size(&p->linear[s->active[a]]);
        for (int i = 0; i < 2; i++)
            most = sums[i] > most ? sums[i] : most;
    }
    return most;
}

void problem_allocate_scratch(mlec_problem *p, arena *a)
{
    const mlec_plan *plan = p->plan;
    uint32_t strips = 1, outputs = 1, scalars = 1, tables = 0, looked_up = 0;
    size_t scratch = 1;
    for (uint32_t k = 0; k < plan->n_stages; k++) {
        const mlec_stage *s = &plan->stages[k];
        if (s->kind == MLEC_STAGE_LINEAR)
            continue;
        const mlec_map *m = &s->map;
        uint32_t out = 1 + s->n_active + m->n_pairs;
        out = m->n_expected_pairs > out ? m->n_expected_pairs : out;
        out = 3 * m->n_kinks > out ? 3 * m->n_kinks : out;
        uint32_t in = s->n_active + s->n_data;
        outputs = out > outputs ? out : outputs;
        strips = s->n_active + out > strips ? s->n_active + out : strips;
        scalars = in > scalars ? in : scalars;
        const mlec_function *functions[] = {&m->value, &m->gradient, &m->hessian, &m->expected,
                                            &m->kinks};
        size_t n_functions = sizeof functions / sizeof *functions;
        tables = s->n_tables > tables ? s->n_tables : tables;
        looked_up = table_outputs(s) > looked_up ? table_outputs(s) : looked_up;
        for (size_t i = 0; i < n_functions + s->n_tables; i++) {
            const mlec_function *f =
                i < n_functions ? functions[i] : &s->tables[i - n_functions].function;
            scalars = f->n_scalars > scalars ? f->n_scalars : scalars;
            size_t own = f->strip ? strip_scratch(f->strip) : 0;
            size_t prologue = f->strip_prologue ? strip_scratch(f->strip_prologue) : 0;
            scratch = own > scratch ? own : scratch;
            scratch = prologue > scratch ? prologue : scratch;
        }
    }
    uint32_t levels = 0;
    for (uint32_t k = 0; k < plan->n_stages; k++)
        levels = p->linear[k].n_levels > levels ? p->linear[k].n_levels : levels;
    p->n_cross = cross_size(p);
    p->cross_sums = ARENA_ARRAY(a, double, p->n_cross);
    p->column_sums = ARENA_ARRAY(a, double, column_sums_size(p));
    p->level_strips = arena_aligned(a, (size_t)(1 + 2 * levels) * STRIP * sizeof(double));
    p->strips = arena_aligned(a, (size_t)(strips + 2) * STRIP * sizeof(double));
    p->strip_scratch = arena_aligned(a, scratch);
    p->row_pointers = ARENA_ARRAY(a, const double *, most_inputs(plan) + 1);
    p->out_pointers = ARENA_ARRAY(a, double *, outputs + 1);
    p->made_strips = arena_aligned(a, (size_t)(p->made.count + 1) * STRIP * sizeof(double));
    p->made_first = ARENA_ARRAY(a, size_t, p->made.count + 1);
    for (uint32_t i = 0; i < p->made.count; i++)
        p->made_first[i] = SIZE_MAX;
    p->totals = ARENA_ARRAY(a, double, outputs + 1);
    p->n_scalars = padded(scalars + LANES);
    p->scalars = arena_aligned(a, p->n_scalars * sizeof(double));
    p->table_scalars = arena_aligned(a, tables * p->n_scalars * sizeof(double));
    p->table_strips = arena_aligned(a, (size_t)looked_up * STRIP * sizeof(double));
    p->table_outs = ARENA_ARRAY(a, double *, looked_up + 1);
}

static void bind_map_columns(mlec_problem *p, arena *a, const mlec_plan *plan)
{
    for (uint32_t k = 0; k < plan->n_stages; k++)
        if (plan->stages[k].kind == MLEC_STAGE_MAP || plan->stages[k].kind == MLEC_STAGE_SCAN)
            columns_bind(p, a, &plan->stages[k]);
}

static void allocate_workspace(mlec_problem *p, uint32_t without)
{
    const mlec_plan *plan = p->plan;
    arena *a = &p->arena;
    size_t n_z = p->n_z, longest = 1, inputs = most_inputs(plan);
    for (uint32_t u = plan->n_params; u < plan->n_unknowns; u++) {
        size_t n = p->axis_length[plan->unknowns[u].axis];
        longest = n > longest ? n : longest;
    }
    size_t widest = 1;
    for (uint32_t k = 0; k < plan->n_derived; k++) {
        size_t n = p->axis_length[plan->derived[k].axis];
        widest = n > widest ? n : widest;
    }
    bind_map_columns(p, a, plan);
    lookup_bind(p, a);
    problem_allocate_scratch(p, a);
    p->z_theta = ARENA_ARRAY(a, double, n_z + 1);
    p->z_work = ARENA_ARRAY(a, double, n_z + 1);
    p->gradient = ARENA_ARRAY(a, double, n_z + 1);
    p->hessian = ARENA_ARRAY(a, double, curvature_size(&p->layout) + 1);
    if (p->info.n_groups) {
        p->theta_gradient = ARENA_ARRAY(a, double, n_z + 1);
        p->theta_hessian = ARENA_ARRAY(a, double, n_z *n_z + 1);
    }
    p->needed = ARENA_ARRAY(a, bool, plan->n_stages + 1);
    for (uint32_t k = 0; k < plan->n_stages; k++)
        if (eval_in_objective(p, &plan->stages[k]))
            eval_mark_sources(p, k, p->needed);
    scan_bind(p, without);
    p->cut_jacobian = ARENA_ARRAY(a, double, p->has_cuts ? longest *(n_z + 2) : 2);
    p->derived_values = ARENA_ARRAY(a, double, 2 * widest);
    p->derived_gradient = ARENA_ARRAY(a, double, (widest + 2) * (n_z + 1));
    p->public_work = ARENA_ARRAY(a, double, n_z + 1);
    p->fault_inputs = ARENA_ARRAY(a, double, inputs + 1);
    chunks_plan(p);
    if (p->n_workers > 1) {
        pool_worker *threads = ARENA_ARRAY(a, pool_worker, p->n_workers);
        p->pool = ARENA_NEW(a, parallel_pool);
        pool_init(p->pool, p->n_workers, threads);
    }
    reduce_stages(p, without);
    chunks_allocate(p, a);
    for (uint32_t k = 0; k < plan->n_stages; k++) {
        mlec_problem *view = p->reduced[k];
        if (!view)
            continue;
        view->made.data = NULL;
        view->made.count = view->made.capacity = view->n_indicators = 0;
        columns_bind(view, a, &plan->stages[k]);
        lookup_bind(view, a);
        chunks_plan(view);
        problem_allocate_scratch(view, a);
        chunks_allocate(view, a);
    }
}

static void collect_factors(mlec_problem *p)
{
    mlec_factor *out = ARENA_ARRAY(&p->arena, mlec_factor, p->plan->n_columns + 1);
    size_t n = 0;
    for (uint32_t i = 0; i < p->plan->n_columns; i++)
        if (p->factors[i].levels)
            out[n++] = (mlec_factor){p->plan->columns[i].name, p->factors[i].levels,
                                     p->factors[i].n_levels};
    p->info.factors = out;
    p->info.n_factors = n;
}

static double total_weight(const mlec_problem *p)
{
    double n = 0;
    if (p->plan->skip == 0 && (p->plan->weight < 0 || p->plan->sampling))
        return (double)p->n_rows;
    for (size_t i = 0; i < p->n_rows; i++)
        if (series_position(p, i) >= p->plan->skip)
            n += p->plan->sampling ? 1 : eval_weight(p, i);
    return n;
}

static void warn_small(mlec_problem *p)
{
    bool rows = false;
    for (uint32_t k = 0; k < p->plan->n_stages; k++)
        rows |= p->plan->stages[k].kind == MLEC_STAGE_MAP && p->plan->stages[k].axis == 1;
    if (rows && !p->info.has_priors && p->n_rows < p->info.n_theta)
        diag_report(&p->ctx->diags, DIAG_SMALL_DATA, NO_SPAN, "%zu used row%s for %zu parameters",
                    p->n_rows, p->n_rows == 1 ? "" : "s", p->info.n_theta);
}

/* A parameter or definition hides a column of its name that the model does not declare. */
static void warn_shadowed(mlec_problem *p)
{
    const mlec_plan *plan = p->plan;
    for (uint32_t k = 0; p->data && k < plan->n_params + plan->n_definitions; k++) {
        bool param = k < plan->n_params;
        const char *name = param ? plan->params[k].name : plan->definitions[k - plan->n_params];
        if (!frame_has(p->data, name))
            continue;
        diag_report(&p->ctx->diags, DIAG_SHADOWED_COLUMN, NO_SPAN,
                    "the data have a column `%s` too; in the model it is the %s", name,
                    param ? "parameter" : "definition");
    }
}

static void choose_kernels(mlec_problem *p)
{
    double *ones = arena_aligned(&p->arena, STRIP * sizeof(double));
    for (size_t i = 0; i < STRIP; i++)
        ones[i] = 1;
    p->ones = ones;
    p->kernels = eval_kernels_choose();
    p->strip_ops = strip_ops_widest();
}

static bool bind(mlec_problem *p, const mlec_options *o)
{
    const mlec_plan *plan = p->plan;
    p->info.model_name = p->model->name;
    p->info.data_name = p->data ? frame_name(p->data) : NULL;
    if (p->model->text)
        p->source =
            diag_add_source(&p->ctx->diags, p->model->name, p->model->text, p->model->length);
    p->use_priors = !o->mle;
    p->threads = o->threads;
    choose_kernels(p);
    for (uint32_t k = 0; k < plan->n_stages; k++)
        p->info.has_priors |= p->use_priors && plan->stages[k].kind == MLEC_STAGE_MAP &&
                              plan->stages[k].target == MLEC_TARGET_PRIOR;
    if (!bind_columns(p, o) || !bind_requirements(p, false) || !bind_parameters(p, o) ||
        !bind_linear_stages(p) || !bind_constraints(p))
        return false;
    p->info.rows_used = p->n_rows;
    p->info.sampling = plan->sampling;
    p->info.n = total_weight(p);
    if (p->info.n == 0 && plan->skip) {
        diag *d = diag_report(&p->ctx->diags, DIAG_NO_ROWS, NO_SPAN,
                              "no row is left to fit: lag leaves out the first %u of each series, "
                              "and none is longer",
                              plan->skip);
        diag_set_place(&p->ctx->diags, d, p->info.data_name, 0, 0);
        return false;
    }
    collect_factors(p);
    warn_small(p);
    warn_shadowed(p);
    if (o->pedantic)
        bind_lint(p);
    allocate_workspace(p, o->without);
    report_expected_work(p);
    return true;
}

mlec_status mlec_problem_new(mlec_ctx *ctx, const mlec_model *model, const mlec_data *data,
                             const mlec_options *options, mlec_problem **problem)
{
    if (!ctx || !model || !problem)
        return MLEC_ERROR_ARGUMENT;
    *problem = NULL;
    mlec_options defaults;
    mlec_options_init(&defaults);
    mlec_problem *volatile p = NULL;
    uint32_t before = ctx->diags.n_errors;
    frame *table = (frame *)(uintptr_t)data; /* its content is not changed; see frame_use */
    if (setjmp(ctx->guard.jump)) {
        frame_set_reading(table, NULL);
        mlec_problem_free(p);
        return MLEC_ERROR_MEMORY;
    }
    mlec_problem *made = alloc_resize(ctx->allocator, NULL, sizeof *made);
    if (!made)
        return MLEC_ERROR_MEMORY;
    memset(made, 0, sizeof *made);
    p = made;
    made->memory = *ctx->allocator;
    arena_init(&made->arena, &made->memory, &ctx->guard);
    made->ctx = ctx;
    made->model = model;
    made->plan = model->plan;
    made->data = table;
    if (table)
        frame_use(table, &ctx->guard, &ctx->diags);
    frame_set_reading(table, options ? options : &defaults);
    bool bound = bind(made, options ? options : &defaults);
    frame_set_reading(table, NULL);
    if (!bound) {
        mlec_status status = ctx_status(ctx, before);
        mlec_problem_free(made);
        return status == MLEC_OK ? MLEC_ERROR_DATA : status;
    }
    *problem = made;
    return MLEC_OK;
}

void mlec_problem_free(mlec_problem *p)
{
    if (!p)
        return;
    if (p->pool)
        pool_end(p->pool);
    mlec_allocator memory = p->memory;
    p->arena.allocator = &memory;
    arena_release(&p->arena);
    alloc_free(&memory, p);
}

size_t mlec_problem_size(const mlec_problem *p) { return p->info.n_theta; }

const char *mlec_problem_name(const mlec_problem *p, size_t index)
{
    return index < p->info.n_theta ? p->info.names[index] : NULL;
}

size_t mlec_problem_rows_used(const mlec_problem *p) { return p->n_rows; }

/* A value inside the type: where a fit without better knowledge begins. */
static double inside_type(const eval_parameter *e, uint32_t i)
{
    switch (e->type) {
    case MLEC_TYPE_POSITIVE: return 1;
    case MLEC_TYPE_SIMPLEX: return 1.0 / e->width;
    case MLEC_TYPE_ORDERED: return (double)(i % e->width);
    default: break;
    }
    if (isfinite(e->lower) && isfinite(e->upper))
        return e->lower + (e->upper - e->lower) / 2;
    return isfinite(e->lower) ? e->lower + 1 : isfinite(e->upper) ? e->upper - 1 : 0;
}

void mlec_problem_start(const mlec_problem *p, double *theta)
{
    for (size_t k = 0; k < p->info.n_parameters; k++) {
        const eval_parameter *e = &p->info.parameters[k];
        for (uint32_t i = 0; i < e->count; i++) {
            double declared = p->info.start[e->first + i];
            theta[e->first + i] = isnan(declared) ? inside_type(e, i) : declared;
        }
    }
}

mlec_status mlec_eval(mlec_problem *p, const double *theta, double *value, double *grad,
                      double *hess)
{
    if (!p || !theta)
        return MLEC_ERROR_ARGUMENT;
    eval_output out = {.gradient = grad, .hessian = hess};
    eval_to_work(p, theta, p->public_work);
    eval_work(p, p->public_work, &out);
    if (value)
        *value = out.log_likelihood + out.log_prior;
    if (grad)
        eval_gradient_to_theta(p, grad, grad);
    if (hess)
        eval_hessian_to_theta(p, hess);
    return MLEC_OK;
}
