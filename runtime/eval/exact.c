/* The model's own interpreter in quadruple precision, on the bound data. */
#include "runtime/eval/problem.h"

#include <math.h>
#include <string.h>

static uint32_t level_number(const void *user, uint32_t axis, const char *text)
{
    const mlec_problem *p = user;
    const mlec_axis *a = &p->plan->axes[axis];
    if (a->kind == MLEC_AXIS_TERMS) {
        for (uint32_t i = 0; i < p->formulas[a->column].n_coefficients; i++)
            if (!strcmp(p->formulas[a->column].names[i], text))
                return i;
        return 0;
    }
    const bound_factor *f = &p->factors[a->column];
    for (uint32_t l = 0; l < f->n_levels; l++)
        if (!strcmp(f->levels[l], text))
            return l - (a->kind == MLEC_AXIS_CONTRASTS);
    return 0; /* binding has refused a level that does not occur */
}

static bool design_entry(const void *user, uint32_t formula, uint32_t k, size_t row,
                         exact_entry *out)
{
    const mlec_problem *p = user;
    const design_column *d = &p->formulas[formula].columns[k];
    int32_t code = design_code(d, row);
    if (code < 0)
        return false;
    out->coefficient = d->first + (uint32_t)code;
    out->n_numbers = d->n_numbers < 8 ? d->n_numbers : 1;
    for (uint32_t i = 0; i < out->n_numbers; i++) {
        const design_number *x = &d->numbers[i];
        out->numbers[i].buffer = x->values ? UINT32_MAX : x->buffer;
        out->numbers[i].value = x->values ? x->values[row] : 0;
    }
    if (d->n_numbers >= 8) { /* the product as machine code has it */
        out->numbers[0].buffer = UINT32_MAX;
        out->numbers[0].value = narrow_at(d->x, row);
    }
    return true;
}

bool eval_exact(mlec_problem *p, arena *a, const void *theta, void *objective, void *gradient,
                void *hessian)
{
    if (!p->model->exact)
        return false;
    uint32_t *design_columns = ARENA_ARRAY(a, uint32_t, p->plan->n_formulas + 1);
    for (uint32_t i = 0; i < p->plan->n_formulas; i++)
        design_columns[i] = p->formulas[i].n_columns;
    const double **buffers = ARENA_ARRAY(a, const double *, p->plan->n_buffers + 1);
    for (uint32_t i = 0; i < p->plan->n_buffers; i++)
        if (p->buffers[i].data)
            buffers[i] = buffer_values(p, i);
    exact_view view = {.n_rows = p->n_rows,
                       .axis_length = p->axis_length,
                       .buffers = buffers,
                       .codes = p->codes,
                       .position = p->series.position,
                       .first = p->first,
                       .n_z = p->n_z,
                       .n_theta = p->info.n_theta,
                       .priors = p->use_priors,
                       .level = level_number,
                       .entry = design_entry,
                       .design_columns = design_columns,
                       .user = p};
    return p->model->exact(p->model, &view, a, theta, objective, gradient, hessian);
}

double eval_exact_cost(const mlec_problem *p)
{
    if (!p->model->exact)
        return INFINITY;
    double cost = 0, n_z = (double)p->n_z;
    for (uint32_t k = 0; k < p->plan->n_stages; k++) {
        const mlec_stage *s = &p->plan->stages[k];
        double n = (double)p->axis_length[s->axis];
        if (s->kind == MLEC_STAGE_LOG_SUM)
            cost += n * p->linear[k].n_levels * n_z * n_z;
        else if (s->kind != MLEC_STAGE_LINEAR)
            cost += n * (40 + s->n_active * n_z + s->map.n_pairs * n_z * n_z);
    }
    return cost;
}
