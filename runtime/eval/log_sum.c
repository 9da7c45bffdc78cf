/* L = log(1 + sum_k exp(u_k)), u_k the linear predictor of level k: what multinomial logits are
 * made of. It is an input of maps like a predictor, but nonlinear:
 *
 *   dL = sum_k p_k du_k,   d2L = sum_k p_k du_k du_k' - (sum_k p_k du_k)(sum_k p_k du_k)',
 *
 * with p_k = exp(u_k - L). The number of levels is known to the data alone, so these are loops over
 * the levels and pairs of levels, around the reductions of ordinary predictors.
 *
 * Beside L there mostly stands the predictor of the class that was observed: it is chosen among the
 * predictors of the levels, which are there, and what multiplies its terms joins their weights. */
#include "runtime/calc/strip_ops.h"
#include "runtime/eval/engine.h"

#include <math.h>

/* Where the strips of a problem's levels lie: one of scratch, then each level's predictor, then
 * its probabilities. */
static double *predictor_of(const mlec_problem *p, uint32_t k)
{
    return p->level_strips + (size_t)(1 + k) * STRIP;
}

static double *share_of(const mlec_problem *p, const bound_linear *l, uint32_t k)
{
    return predictor_of(p, l->n_levels + k);
}

void log_sum_values(const mlec_problem *p, const bound_linear *l, const double *z, size_t first,
                    size_t n, double *out)
{
    for (uint32_t k = 0; k < l->n_levels; k++)
        engine_predict(p, &l->levels[k], z, first, n, predictor_of(p, k));
    p->strip_ops->log_sum(padded(n), l->n_levels, STRIP, predictor_of(p, 0),
                          p->shares ? share_of(p, l, 0) : NULL, out);
}

void log_sum_prepare(const mlec_problem *p, const bound_linear *l, size_t n)
{
    for (uint32_t k = 0; k < l->n_levels; k++)
        for (size_t i = n; i < padded(n); i++)
            share_of(p, l, k)[i] = 0;
}

/* ---- A predictor that is chosen among those of the levels ---------------------------------------
 */

void log_sum_bind_choice(bound_linear *l, const bound_linear *from, size_t n)
{
    l->chosen_from = NULL;
    const bound_linear *levels = from->levels;
    if (l->n_terms == 0 || from->n_levels == 0)
        return;
    int32_t first = (int32_t)(levels[0].terms[0].index - l->terms[0].index);
    int32_t step =
        from->n_levels > 1 ? (int32_t)(levels[1].terms[0].index - levels[0].terms[0].index) : 1;
    for (uint32_t k = 0; k < from->n_levels; k++) {
        if (levels[k].n_terms != l->n_terms || levels[k].n_plain != l->n_terms)
            return;
        for (uint32_t j = 0; j < l->n_terms; j++) {
            const bound_term *t = &l->terms[j], *own = &levels[k].terms[j];
            if (t->kind != TERM_GATHER || t->codes != l->terms[0].codes ||
                t->x.data != own->x.data || t->scale != own->scale ||
                own->index != t->index + (uint32_t)(first + (int32_t)k * step))
                return;
        }
    }
    const int32_t *codes = l->terms[0].codes;
    for (size_t i = 0; i < n; i++)
        if (codes[i] >= 0 && ((codes[i] - first) % step != 0 || codes[i] < first ||
                              codes[i] > first + ((int32_t)from->n_levels - 1) * step))
            return;
    l->chosen_from = from;
    l->first_code = first;
    l->code_step = step;
}

static bool is_in_pairs(const uint32_t *pairs, uint32_t n, uint32_t input)
{
    for (uint32_t k = 0; k < 2 * n; k++)
        if (pairs[k] == input)
            return true;
    return false;
}

/* Where the density is linear in it, as categorical_logit's is: its terms carry no curvature. */
bool log_sum_chooses(const mlec_problem *p, const mlec_stage *s, uint32_t input)
{
    const mlec_map *m = &s->map;
    const bound_linear *from = p->linear[s->active[input]].chosen_from;
    if (!from || is_in_pairs(m->pairs, m->n_pairs, input) ||
        is_in_pairs(m->expected_pairs, m->n_expected_pairs, input))
        return false;
    for (uint32_t k = 0; k < input; k++)
        if (&p->linear[s->active[k]] == from)
            return true;
    return false;
}

/* The code that rows of level k have. */
static int32_t code_of(const bound_linear *l, uint32_t k)
{
    return l->first_code + (int32_t)k * l->code_step;
}

void log_sum_choose(const mlec_problem *p, const bound_linear *l, size_t first, size_t n,
                    double *out)
{
    p->strip_ops->choose(padded(n), l->chosen_from->n_levels, STRIP, predictor_of(p, 0),
                         l->terms[0].codes + first, l->first_code, l->code_step, out);
}

/* ---- Derivatives -------------------------------------------------------------------------------
 */

static void multiply(double *out, const double *a, const double *b, size_t n)
{
    for (size_t i = 0; i < padded(n); i++)
        out[i] = a[i] * b[i];
}

void log_sum_gradient(const mlec_problem *p, const mlec_stage *s, uint32_t input, const double *d,
                      size_t first, size_t n, double *g)
{
    const bound_linear *l = &p->linear[s->active[input]];
    double *w = p->level_strips;
    for (uint32_t k = 0; k < l->n_levels; k++) {
        multiply(w, d, share_of(p, l, k), n);
        for (uint32_t j = input + 1; j < s->n_active; j++)
            if (p->linear[s->active[j]].chosen_from == l && log_sum_chooses(p, s, j))
                p->strip_ops->add_where(padded(n), p->linear[s->active[j]].terms[0].codes + first,
                                        code_of(&p->linear[s->active[j]], k),
                                        p->out_pointers[1 + j], w);
        engine_add_gradient(p, &l->levels[k], w, first, n, g);
    }
}

/* Goes through the pairs of levels. */
typedef struct {
    uint32_t a, b;
    size_t place; /* in the sums over columns of all pairs */
} level_pair;

static bool next_pair(const bound_linear *l, level_pair *p)
{
    p->place += (size_t)l->levels[p->a].n_columns * l->levels[p->b].n_columns;
    p->b++;
    if (p->b == l->n_levels)
        p->b = ++p->a;
    return p->a < l->n_levels;
}

size_t log_sum_pairs_size(const bound_linear *l)
{
    level_pair at = {0};
    while (l->n_levels > 0 && next_pair(l, &at))
        ;
    return at.place;
}

void log_sum_square(const mlec_problem *p, const bound_linear *l, const double *square,
                    size_t first, size_t n, double *h)
{
    double *w = p->level_strips;
    level_pair at = {0};
    if (l->n_levels > 0)
        do {
            multiply(w, square, share_of(p, l, at.a), n);
            multiply(w, w, share_of(p, l, at.b), n);
            engine_add_curvature(p, &l->levels[at.a], &l->levels[at.b], at.a == at.b, w, first, n,
                                 h, &p->layout);
        } while (next_pair(l, &at));
}

/* d times the second derivative in two levels' predictors. */
static void curvature_of(const double *a, const double *b, const double *d, size_t end, double *w)
{
    if (a == b)
        for (size_t i = 0; i < end; i++)
            w[i] = d[i] * a[i] - d[i] * a[i] * a[i];
    else
        for (size_t i = 0; i < end; i++)
            w[i] = -d[i] * a[i] * b[i];
}

void log_sum_curvature(const mlec_problem *p, const bound_linear *l, const double *d, size_t first,
                       size_t n, double *sums, double *h)
{
    double *w = p->level_strips;
    level_pair at = {0};
    if (l->n_levels > 0)
        do {
            const bound_linear *a = &l->levels[at.a], *b = &l->levels[at.b];
            curvature_of(share_of(p, l, at.a), share_of(p, l, at.b), d, padded(n), w);
            columns_sum(p, a, b, a == b, w, first, n, sums + at.place);
            engine_add_sparse(p, a, b, a == b, w, first, n, h, &p->layout);
        } while (next_pair(l, &at));
}

void log_sum_finish(const mlec_problem *p, const bound_linear *l, double *sums, double *h)
{
    level_pair at = {0};
    if (l->n_levels > 0)
        do
            columns_add(&l->levels[at.a], &l->levels[at.b], at.a == at.b, sums + at.place, h,
                        &p->layout);
        while (next_pair(l, &at));
}

void log_sum_cross(const mlec_problem *p, const bound_linear *l, const bound_linear *other,
                   const double *w, size_t first, size_t n, double *h)
{
    double *own = p->level_strips;
    for (uint32_t k = 0; k < l->n_levels; k++) {
        multiply(own, w, share_of(p, l, k), n);
        engine_add_curvature(p, &l->levels[k], other, false, own, first, n, h, &p->layout);
    }
}

void log_sum_scores(const mlec_problem *p, const bound_linear *l, const double *d, size_t first,
                    size_t n, double *rows)
{
    double *w = p->level_strips;
    for (uint32_t k = 0; k < l->n_levels; k++) {
        multiply(w, d, share_of(p, l, k), n);
        engine_add_scores(&l->levels[k], w, first, n, p->n_z, rows);
    }
}

void log_sum_slope(const mlec_problem *p, const bound_linear *l, const double *direction,
                   size_t first, size_t n, double *out)
{
    double *u = p->level_strips;
    for (size_t i = 0; i < padded(n); i++)
        out[i] = 0;
    for (uint32_t k = 0; k < l->n_levels; k++) {
        engine_predict(p, &l->levels[k], direction, first, n, u);
        const double *a = share_of(p, l, k);
        for (size_t i = 0; i < padded(n); i++)
            out[i] = __builtin_fma(a[i], u[i], out[i]);
    }
}
