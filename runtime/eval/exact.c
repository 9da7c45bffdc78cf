/* The model's own interpreter in quadruple precision, on the bound data. */
#include "runtime/eval/problem.h"

#include <math.h>
#include <string.h>

static uint32_t level_number(const void *user, uint32_t axis, const char *text)
{
    const mlec_problem *p = user;
    const bound_factor *f = &p->factors[p->plan->axes[axis].column];
    for (uint32_t l = 0; l < f->n_levels; l++)
        if (!strcmp(f->levels[l], text))
            return l;
    return 0; /* binding has refused a level that does not occur */
}

bool eval_exact(mlec_problem *p, arena *a, const void *theta, void *objective, void *gradient,
                void *hessian)
{
    if (!p->model->exact)
        return false;
    exact_view view = {.n_rows = p->n_rows,
                       .axis_length = p->axis_length,
                       .buffers = p->buffers,
                       .codes = p->codes,
                       .first = p->first,
                       .n_z = p->n_z,
                       .n_theta = p->info.n_theta,
                       .priors = p->use_priors,
                       .level = level_number,
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
        if (s->kind != MLEC_STAGE_LINEAR)
            cost += n * (40 + s->n_active * n_z + s->map.n_pairs * n_z * n_z);
    }
    return cost;
}
