/* L = log(1 + sum_k exp(u_k)), u_k the linear predictor of level k: what multinomial logits are
 * made of. It is an input of maps like a predictor, but nonlinear:
 *
 *   dL = sum_k p_k du_k,   d2L = sum_k p_k du_k du_k' - (sum_k p_k du_k)(sum_k p_k du_k)',
 *
 * with p_k = exp(u_k - L). The number of levels is known to the data alone, so these are loops over
 * the levels and pairs of levels, around the reductions of ordinary predictors. */
#include "runtime/calc/calc.h"
#include "runtime/eval/engine.h"

#include <math.h>

/* Where the strips of a problem's levels lie: one of scratch, one of 1 / sum, then each level's
 * exponentials, which become its probabilities. */
static double *strip_of(const mlec_problem *p, uint32_t k)
{
    return p->level_strips + (size_t)(2 + k) * STRIP;
}

/* Shifted by the largest predictor, which is that of the first level, 0, at least: nothing
 * overflows. What the probabilities need stays in the strips. */
void log_sum_values(const mlec_problem *p, const bound_linear *l, const double *z, size_t first,
                    size_t n, double *out)
{
    size_t end = padded(n);
    double *sum = p->level_strips, *over = sum + STRIP;
    for (size_t i = 0; i < end; i++)
        out[i] = 0;
    for (uint32_t k = 0; k < l->n_levels; k++) {
        double *u = strip_of(p, k);
        engine_predict(p, &l->levels[k], z, first, n, u);
        for (size_t i = 0; i < end; i++)
            out[i] = u[i] > out[i] || u[i] != u[i] ? u[i] : out[i];
    }
    for (size_t i = 0; i < end; i++)
        sum[i] = -out[i];
    calc_v8_exp(sum, sum, (long)end);
    for (uint32_t k = 0; k < l->n_levels; k++) {
        double *u = strip_of(p, k);
        for (size_t i = 0; i < end; i++)
            u[i] -= out[i];
        calc_v8_exp(u, u, (long)end);
        for (size_t i = 0; i < end; i++)
            sum[i] += u[i];
    }
    for (size_t i = 0; i < end; i++)
        over[i] = 1 / sum[i];
    calc_v8_log(sum, sum, (long)end);
    for (size_t i = 0; i < end; i++)
        out[i] += sum[i];
}

void log_sum_prepare(const mlec_problem *p, const bound_linear *l, size_t n)
{
    const double *over = p->level_strips + STRIP;
    for (uint32_t k = 0; k < l->n_levels; k++) {
        double *share = strip_of(p, k);
        for (size_t i = 0; i < n; i++)
            share[i] *= over[i];
        for (size_t i = n; i < padded(n); i++)
            share[i] = 0;
    }
}

static void multiply(double *out, const double *a, const double *b, size_t n)
{
    for (size_t i = 0; i < padded(n); i++)
        out[i] = a[i] * b[i];
}

void log_sum_gradient(const mlec_problem *p, const bound_linear *l, const double *d, size_t first,
                      size_t n, double *g)
{
    double *w = p->level_strips;
    for (uint32_t k = 0; k < l->n_levels; k++) {
        multiply(w, d, strip_of(p, k), n);
        engine_add_gradient(p, &l->levels[k], w, first, n, g);
    }
}

void log_sum_curvature(const mlec_problem *p, const bound_linear *l, const double *d,
                       const double *square, size_t first, size_t n, double *h)
{
    double *w = p->level_strips;
    for (uint32_t k = 0; k < l->n_levels; k++)
        for (uint32_t m = k; m < l->n_levels; m++) {
            const double *a = strip_of(p, k), *b = strip_of(p, m);
            for (size_t i = 0; i < padded(n); i++) {
                double outer = (square ? square[i] : 0) - (d ? d[i] : 0);
                w[i] = outer * a[i] * b[i];
                if (k == m && d)
                    w[i] += d[i] * a[i];
            }
            engine_add_curvature(p, &l->levels[k], &l->levels[m], k == m, w, first, n, h,
                                 &p->layout);
        }
}

void log_sum_cross(const mlec_problem *p, const bound_linear *l, const bound_linear *other,
                   const double *w, size_t first, size_t n, double *h)
{
    double *own = p->level_strips;
    for (uint32_t k = 0; k < l->n_levels; k++) {
        multiply(own, w, strip_of(p, k), n);
        engine_add_curvature(p, &l->levels[k], other, false, own, first, n, h, &p->layout);
    }
}

void log_sum_scores(const mlec_problem *p, const bound_linear *l, const double *d, size_t first,
                    size_t n, double *rows)
{
    double *w = p->level_strips;
    for (uint32_t k = 0; k < l->n_levels; k++) {
        multiply(w, d, strip_of(p, k), n);
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
        const double *a = strip_of(p, k);
        for (size_t i = 0; i < padded(n); i++)
            out[i] = __builtin_fma(a[i], u[i], out[i]);
    }
}
