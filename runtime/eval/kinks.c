/* Kinks of the objective, numbered by map, then by kink of the map, then by element. */
#include "runtime/eval/problem.h"

#include <string.h>

static bool has_kinks(const mlec_problem *p, const mlec_stage *s)
{
    bool cut = s->kind == MLEC_STAGE_MAP && s->target == MLEC_TARGET_UNKNOWN;
    return s->map.n_kinks > 0 && (cut || eval_in_objective(p, s));
}

static size_t count_of(const mlec_problem *p, const mlec_stage *s)
{
    return has_kinks(p, s) ? s->map.n_kinks * p->axis_length[s->axis] : 0;
}

size_t eval_count_kinks(const mlec_problem *p)
{
    size_t n = 0;
    for (uint32_t k = 0; k < p->plan->n_stages; k++)
        n += count_of(p, &p->plan->stages[k]);
    return n;
}

/* The objective depends on the kinks of a cut through the cut's value. */
static void chain_cut(const mlec_problem *p, const mlec_stage *s, double *w)
{
    const double *adjoint = p->gradient + p->first[s->target_index];
    size_t length = p->axis_length[s->axis];
    for (uint32_t j = 0; j < s->map.n_kinks; j++)
        for (size_t i = 0; i < length; i++)
            w[i + j * length] *=
                adjoint[s->reduce == MLEC_REDUCE_GROUP ? (size_t)p->codes[s->group][i] : 0];
}

void eval_kinks(mlec_problem *p, double *u, double *w, double *side)
{
    for (uint32_t k = 0; k < p->plan->n_stages; k++) {
        const mlec_stage *s = &p->plan->stages[k];
        size_t n = count_of(p, s);
        if (n == 0)
            continue;
        bool work = p->info.n_groups > 0 && eval_reads_work(p, s);
        engine_kinks(p, k, work ? p->z_work : p->z_theta, u, w, side);
        if (s->target == MLEC_TARGET_UNKNOWN)
            chain_cut(p, s, w);
        u += n;
        w += n;
        side += n;
    }
}

/* The map and, from `kink`, the number within it. */
static const mlec_stage *stage_of(const mlec_problem *p, size_t *kink)
{
    const mlec_stage *s = p->plan->stages;
    for (; *kink >= count_of(p, s); s++)
        *kink -= count_of(p, s);
    return s;
}

void eval_kink_row(const mlec_problem *p, size_t kink, double *row)
{
    const mlec_stage *s = stage_of(p, &kink);
    size_t length = p->axis_length[s->axis], j = kink / length, element = kink % length;
    for (uint32_t k = 0; k < s->n_active; k++) {
        double slope = s->map.kink_slopes[j * s->n_active + k];
        if (slope != 0)
            engine_add_row(&p->linear[s->active[k]], element, slope, row);
    }
    if (p->info.n_groups > 0 && !eval_reads_work(p, s))
        eval_row_to_work(p, row);
}

bool eval_kink_is_prior(const mlec_problem *p, size_t kink)
{
    return stage_of(p, &kink)->target == MLEC_TARGET_PRIOR;
}
