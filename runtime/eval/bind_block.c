/* The block of z with a diagonal Hessian.
 *
 * The levels of a factor never meet in one row: in the Hessian they form a diagonal, whatever else
 * depends on them. With thousands of levels that is the difference between a matrix that cannot be
 * stored and a few columns. Here the longest such block is sought: consecutive elements of one real
 * parameter that every map of the objective reads through the codes of one column, or, as priors
 * do, element by element. The choice depends on counts alone. */
#include "runtime/eval/problem.h"

#include <math.h>

/* Below this number of elements a dense matrix is as good. */
enum { LEAST = 100 };

typedef struct {
    size_t first, count;
    const int32_t *codes; /* by which rows read it; NULL: not known yet */
    bool same;            /* read element by element, by maps on its own axis */
} candidate;

static bool overlaps(const candidate *c, size_t first, size_t count)
{
    return first < c->first + c->count && c->first < first + count;
}

/* The elements of z that a term may read. */
static void reach(const mlec_problem *p, const mlec_stage *s, const bound_term *t, size_t *first,
                  size_t *count)
{
    *first = t->index;
    *count = 1;
    if (t->kind == TERM_ALL)
        *count = t->count;
    if (t->kind == TERM_SAME)
        *count = p->axis_length[s->axis];
    if (t->kind != TERM_GATHER)
        return;
    size_t n = p->axis_length[s->axis];
    int32_t most = 0;
    for (size_t i = 0; i < n; i++)
        most = t->codes[i] > most ? t->codes[i] : most;
    *count = (size_t)most + 1;
}

/* Whether the term leaves the candidate's diagonal alone. */
static bool term_fits(const mlec_problem *p, const mlec_stage *s, const bound_term *t, candidate *c)
{
    size_t first, count;
    reach(p, s, t, &first, &count);
    if (!overlaps(c, first, count))
        return true;
    if (first < c->first || first + count > c->first + c->count)
        return false;
    if (t->kind == TERM_SAME)
        return p->plan->axes[s->axis].kind != MLEC_AXIS_ROW;
    if (t->kind != TERM_GATHER || t->index != c->first ||
        p->plan->axes[s->axis].kind != MLEC_AXIS_ROW)
        return false;
    if (!c->codes)
        c->codes = t->codes;
    return c->codes == t->codes;
}

static bool linear_fits(const mlec_problem *p, const mlec_stage *s, const bound_linear *l,
                        candidate *c)
{
    for (uint32_t k = 0; k < l->n_terms; k++)
        if (!term_fits(p, s, &l->terms[k], c))
            return false;
    for (uint32_t k = 0; k < l->n_levels; k++)
        if (!linear_fits(p, s, &l->levels[k], c))
            return false;
    return true;
}

/* In one map, elements of the candidate may not meet elements of another place of it. */
static bool fits(const mlec_problem *p, candidate *c)
{
    const mlec_plan *plan = p->plan;
    for (uint32_t s = 0; s < plan->n_stages; s++) {
        const mlec_stage *m = &plan->stages[s];
        if (m->kind != MLEC_STAGE_MAP ||
            (m->target != MLEC_TARGET_LIKELIHOOD && m->target != MLEC_TARGET_PRIOR))
            continue;
        for (uint32_t a = 0; a < m->n_active; a++) {
            const mlec_stage *from = &plan->stages[m->active[a]];
            if (!linear_fits(p, from, &p->linear[m->active[a]], c))
                return false;
        }
    }
    return c->codes != NULL;
}

static void consider(mlec_problem *p, size_t first, size_t count)
{
    candidate c = {.first = first, .count = count};
    if (count < LEAST || count <= p->layout.count || !fits(p, &c))
        return;
    p->layout.first = first;
    p->layout.count = count;
}

/* How many coefficients a design column with factors alone has: the next column begins behind. */
static size_t column_length(const bound_formula *f, uint32_t k)
{
    return (k + 1 < f->n_columns ? f->columns[k + 1].first : f->n_coefficients) -
           f->columns[k].first;
}

void bind_block(mlec_problem *p)
{
    const mlec_plan *plan = p->plan;
    p->layout = (curvature_layout){.n = p->n_z};
    if (p->objective_cuts || plan->n_states || p->info.n_groups)
        return;
    for (uint32_t k = 0; k < plan->n_params; k++)
        if (plan->params[k].type == MLEC_TYPE_REAL && isinf(plan->params[k].lower) &&
            isinf(plan->params[k].upper))
            consider(p, p->first[k], p->axis_length[plan->params[k].axis]);
    for (uint32_t i = 0; i < plan->n_formulas; i++) {
        const bound_formula *f = &p->formulas[i];
        const mlec_formula *m = &plan->formulas[i];
        if (plan->axes[plan->params[m->param].axis].kind != MLEC_AXIS_TERMS)
            continue;
        for (uint32_t k = 0; k < f->n_columns; k++)
            if (f->columns[k].n_factors)
                consider(p, p->first[m->param] + f->columns[k].first, column_length(f, k));
    }
    p->layout.n = p->n_z - p->layout.count;
    p->info.block_first = p->layout.first;
    p->info.block_count = p->layout.count;
}
