/* One map stage over its axis: values, gradient and curvature, strip by strip.
 *
 * A strip holds STRIP elements. For each strip the predictors are formed, the compiled function is
 * called, and its outputs are reduced: F into the value, dF/du_a times the terms of predictor a
 * into the gradient, W_ab times the terms of a and b into the Hessian.
 *
 * What belongs to inputs that are the same for all rows is only totalled, strip by strip, and meets
 * their terms once at the end.
 *
 * Order of sums. Lane l of 8 takes elements l, l + 8, ... of the strip, one fused multiply-add
 * each; lanes are added by a fixed tree; strips are added in order, the value with its rounding
 * errors kept. So the result depends on the data alone. */
#include "runtime/eval/engine.h"
#include "runtime/eval/scan.h"

#include <math.h>
#include <string.h>

/* Sum of a strip, in the order of the kernels. */
static double sum_strip(const mlec_problem *p, const double *x, size_t n8)
{
    double sum;
    p->kernels->project(p->ones, &x, 1, n8, &sum);
    return sum;
}

/* ---- Predictors ------------------------------------------------------------------------------ */

static void add_state(const mlec_problem *p, const bound_term *t, size_t first, size_t n,
                      double *out)
{
    if (t->count >= p->n_rows)
        return;
    const double *state = p->states[t->index].value + first - t->count;
    const double *x = t->x.data ? narrow_array(t->x) + first : NULL;
    if (!x && !p->series.position) { /* zeros stand before the first row */
        p->kernels->combine(&t->scale, &state, 1, padded(n) / LANES, 0, out);
        return;
    }
    for (size_t i = 0; i < n; i++)
        if (series_position(p, first + i) >= t->count)
            out[i] = __builtin_fma(t->scale * (x ? x[i] : 1), state[i], out[i]);
}

static void add_term(const mlec_problem *p, const bound_term *t, const double *z, size_t first,
                     size_t n, double *out)
{
    size_t end = padded(n);
    const double *x = t->x.data ? column_strip(p, t->x, t->slot, first) : NULL;
    double c;
    switch (t->kind) {
    case TERM_COLUMN: break; /* see engine_predict */
    case TERM_GATHER:
        p->kernels->gather(t->scale, z + t->index, t->codes + first, x, end / LANES, out);
        break;
    case TERM_SAME:
        for (size_t i = 0; i < n; i++)
            out[i] = __builtin_fma(t->scale * z[t->index + first + i], x ? x[i] : 1, out[i]);
        for (size_t i = n; i < end; i++) /* behind the vector's end: a harmless value */
            out[i] = out[n - 1];
        break;
    case TERM_STATE:
        add_state(p, t, first, n, out);
        for (size_t i = n; i < end; i++)
            out[i] = out[n - 1];
        break;
    case TERM_ALL:
        c = 0;
        for (uint32_t k = 0; k < t->count; k++)
            c += z[t->index + k];
        for (size_t i = 0; i < end; i++)
            out[i] = __builtin_fma(x ? t->scale * x[i] : t->scale, c, out[i]);
        break;
    }
}

void engine_predict(const mlec_problem *p, const bound_linear *l, const double *z, size_t first,
                    size_t n, double *out)
{
    if (l->log_sum) {
        log_sum_values(p, l, z, first, n, out);
        return;
    }
    const double *x[KERNEL_MOST_COLUMNS];
    double c[KERNEL_MOST_COLUMNS];
    memset(out, 0, padded(n) * sizeof *out);
    for (uint32_t i = 0; i < l->n_plain;) {
        uint32_t count = 0;
        for (; i < l->n_plain && count < KERNEL_MOST_COLUMNS; i++, count++) {
            const bound_term *t = &l->terms[i];
            x[count] = column_strip(p, t->x, t->slot, first);
            c[count] = t->scale * z[t->index];
        }
        p->kernels->combine(c, x, count, padded(n) / LANES, l->again ? 0 : p->ahead, out);
    }
    for (uint32_t k = l->n_plain; k < l->n_terms; k++)
        add_term(p, &l->terms[k], z, first, n, out);
}

static double predict_scalar(const mlec_problem *p, const bound_linear *l, const double *z)
{
    double out[LANES] __attribute__((aligned(64)));
    engine_predict(p, l, z, 0, 1, out);
    return out[0];
}

/* ---- Reductions -------------------------------------------------------------------------------
 */

static double multiplier(const bound_term *t, size_t i)
{
    return t->d.data ? t->scale * narrow_at(t->d, i) : t->scale;
}

/* All elements into one row of the gradient. */
void engine_add_gradient(const mlec_problem *p, const bound_linear *l, const double *d,
                         size_t first, size_t n, double *g)
{
    size_t n8 = (n + LANES - 1) / LANES;
    columns_add_gradient(p, l, d, first, n8, g);
    for (uint32_t k = l->n_plain; k < l->n_terms; k++) {
        const bound_term *t = &l->terms[k];
        if (t->dense)
            continue;
        if (t->kind == TERM_ALL) {
            const double *x = column_strip(p, t->d, t->slot, first);
            double sum;
            p->kernels->project(d, &x, 1, n8, &sum);
            for (uint32_t j = 0; j < t->count; j++)
                g[t->index + j] += t->scale * sum;
        } else {
            const double *x = column_strip(p, t->d, t->slot, first);
            for (size_t i = 0; i < n; i++)
                g[term_place(t, first + i)] += d[i] * (t->scale * x[i]);
        }
    }
}

static uint32_t term_width(const bound_term *t) { return t->kind == TERM_ALL ? t->count : 1; }

/* v[i] *= the term's multiplier; place[i]: where in z the term reads. */
static void place_term(const mlec_problem *p, const bound_term *t, size_t first, size_t n,
                       double *v, uint32_t *place)
{
    const double *d = t->d.data ? column_strip(p, t->d, t->slot, first) : NULL;
    const int32_t *codes = t->codes ? t->codes + first : NULL;
    uint32_t index = t->index, none = t->none, step = t->kind == TERM_SAME;
    if (d)
        for (size_t i = 0; i < n; i++)
            v[i] *= t->scale * d[i];
    else
        for (size_t i = 0; i < n; i++)
            v[i] *= t->scale;
    if (t->kind == TERM_GATHER)
        for (size_t i = 0; i < n; i++)
            place[i] = codes[i] < 0 ? none : index + (uint32_t)codes[i];
    else
        for (size_t i = 0; i < n; i++)
            place[i] = index + step * (uint32_t)(first + i);
}

/* The same for terms that read one element of z in each row. */
static void add_single_terms(const mlec_problem *p, const bound_term *s, const bound_term *t,
                             const double *w, size_t first, size_t n, double *h,
                             const curvature_layout *l, bool both)
{
    double v[STRIP];
    uint32_t a[STRIP], b[STRIP];
    memcpy(v, w, n * sizeof *v);
    place_term(p, s, first, n, v, a);
    place_term(p, t, first, n, v, b);
    for (size_t i = 0; l->count && i < n; i++)
        curvature_add(h, l, a[i], b[i], v[i], both);
    for (size_t i = 0; !l->count && i < n; i++)
        h[a[i] + l->n * b[i]] += v[i];
    for (size_t i = 0; !l->count && both && i < n; i++)
        h[b[i] + l->n * a[i]] += v[i];
}

/* h += sum of w * (term s)(term t); `both`: and its transpose. */
static void add_terms(const mlec_problem *p, const bound_term *s, const bound_term *t,
                      const double *w, size_t first, size_t n, double *h, const curvature_layout *l,
                      bool both)
{
    uint32_t s_count = term_width(s), t_count = term_width(t);
    if (s->kind != TERM_ALL && t->kind != TERM_ALL) {
        add_single_terms(p, s, t, w, first, n, h, l, both);
        return;
    }
    for (size_t i = 0; i < n; i++) {
        double v = w[i] * multiplier(s, first + i) * multiplier(t, first + i);
        uint32_t ps = term_place(s, first + i), pt = term_place(t, first + i);
        for (uint32_t a = 0; a < s_count; a++)
            for (uint32_t b = 0; b < t_count; b++)
                curvature_add(h, l, ps + a, pt + b, v, both);
    }
}

static bool is_dense(const bound_linear *l, uint32_t term)
{
    return term < l->n_plain || l->terms[term].dense;
}

static bool all_dense(const bound_linear *l)
{
    for (uint32_t k = l->n_plain; k < l->n_terms; k++)
        if (!l->terms[k].dense)
            return false;
    return true;
}

void engine_add_sparse(const mlec_problem *p, const bound_linear *a, const bound_linear *b,
                       bool same, const double *w, size_t first, size_t n, double *h,
                       const curvature_layout *l)
{
    if (all_dense(a) && all_dense(b))
        return;
    for (uint32_t i = 0; i < a->n_terms; i++)
        for (uint32_t j = same ? i : 0; j < b->n_terms; j++)
            if (!is_dense(a, i) || !is_dense(b, j))
                add_terms(p, &a->terms[i], &b->terms[j], w, first, n, h, l, !same || j != i);
}

void engine_add_curvature(const mlec_problem *p, const bound_linear *a, const bound_linear *b,
                          bool same, const double *w, size_t first, size_t n, double *h,
                          const curvature_layout *l)
{
    columns_sum(p, a, b, same, w, first, n, p->cross_sums);
    columns_add(a, b, same, p->cross_sums, h, l);
    engine_add_sparse(p, a, b, same, w, first, n, h, l);
}

void engine_add_value(double *value, double x)
{
    double t = value[0] + x;
    if (isfinite(t))
        value[1] += fabs(value[0]) >= fabs(x) ? (value[0] - t) + x : (x - t) + value[0];
    value[0] = t;
}

/* ---- One stage ---------------------------------------------------------------------------------
 */

typedef struct {
    const mlec_function *f;
    const uint32_t *pairs;
    uint32_t n_pairs, n_outputs, first_pair;
} variant;

/* n_outputs are those that are wanted; the function may write more. */
static variant choose(mlec_problem *p, const mlec_stage *s, const engine_run *r, size_t n8)
{
    const mlec_map *m = &s->map;
    if (r->expected)
        return (variant){&m->expected, m->expected_pairs, m->n_expected_pairs, m->n_expected_pairs,
                         0};
    uint32_t n_pairs = r->hessian ? m->n_pairs : 0;
    eval_order order = r->hessian ? ORDER_HESSIAN : r->gradient ? ORDER_GRADIENT : ORDER_VALUE;
    const mlec_function *f = r->function ? r->function : map_function(p, m, order, n8);
    return (variant){f, m->pairs, n_pairs, order == ORDER_VALUE ? 1 : 1 + s->n_active + n_pairs,
                     1 + s->n_active};
}

void engine_set_scalars(mlec_problem *p, const mlec_stage *s, const double *z)
{
    uint32_t n = 0;
    for (uint32_t k = 0; k < s->n_active; k++)
        if (!p->linear[s->active[k]].varies)
            p->scalars[n++] = predict_scalar(p, &p->linear[s->active[k]], z);
    for (uint32_t k = 0; k < s->n_data; k++)
        if (p->plan->buffers[s->data[k]].axis == 0)
            p->scalars[n++] = buffer_scalar(p, s->data[k]);
}

/* The probabilities of the inputs that are log-sums, for the strip at hand. */
static void prepare_log_sums(mlec_problem *p, const mlec_stage *s, size_t n)
{
    for (uint32_t k = 0; k < s->n_active; k++)
        if (p->linear[s->active[k]].log_sum)
            log_sum_prepare(p, &p->linear[s->active[k]], n);
}

static void add_gradient(mlec_problem *p, const mlec_stage *s, uint32_t input, size_t first,
                         size_t n, double *g)
{
    const bound_linear *l = &p->linear[s->active[input]];
    const double *d = p->out_pointers[1 + input];
    if (l->log_sum)
        log_sum_gradient(p, s, input, d, first, n, g);
    else if (!log_sum_chooses(p, s, input))
        engine_add_gradient(p, l, d, first, n, g);
}

static void add_curvature(mlec_problem *p, const bound_linear *a, const bound_linear *b, bool same,
                          const double *w, size_t first, size_t n, double *h)
{
    if (a->log_sum && same)
        log_sum_square(p, a, w, first, n, h);
    else if (a->log_sum)
        log_sum_cross(p, a, b, w, first, n, h);
    else if (b->log_sum)
        log_sum_cross(p, b, a, w, first, n, h);
    else
        engine_add_curvature(p, a, b, same, w, first, n, h, &p->layout);
}

void engine_add_scores(const bound_linear *l, const double *d, size_t first, size_t n,
                       size_t stride, double *rows)
{
    for (uint32_t k = 0; k < l->n_terms; k++) {
        const bound_term *t = &l->terms[k];
        uint32_t count = t->kind == TERM_ALL ? t->count : 1;
        for (size_t i = 0; i < n; i++)
            for (uint32_t j = 0; j < count; j++)
                rows[i * stride + term_place(t, first + i) + j] += d[i] * multiplier(t, first + i);
    }
}

/* Reduces one strip when elements fall into several groups (or one, by_element). */
static void reduce_groups(mlec_problem *p, const mlec_stage *s, engine_run *r, const variant *v,
                          size_t first, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        size_t group = r->by_element ? first + i : (size_t)r->group[first + i];
        if (r->value)
            engine_add_value(r->value + 2 * group, p->out_pointers[0][i]);
        for (uint32_t a = 0; r->g && a < s->n_active; a++)
            engine_add_scores(&p->linear[s->active[a]], p->out_pointers[1 + a] + i, first + i, 1, 0,
                              r->g + group * p->n_z);
        if (r->lambda)
            for (uint32_t k = 0; k < v->n_pairs; k++)
                p->out_pointers[v->first_pair + k][i] *= r->lambda[group];
    }
}

/* Whether an output is only totalled: it belongs to inputs that do not vary. */
static bool is_total(const mlec_problem *p, const mlec_stage *s, const variant *v, uint32_t k)
{
    if (k < v->first_pair)
        return k == 0 || !p->linear[s->active[k - 1]].varies;
    const uint32_t *pair = v->pairs + 2 * (k - v->first_pair);
    return !p->linear[s->active[pair[0]]].varies && !p->linear[s->active[pair[1]]].varies;
}

/* Adds the sums of a strip's outputs that are totals. */
static void add_totals(mlec_problem *p, const mlec_stage *s, engine_run *r, const variant *v,
                       size_t n8)
{
    const double *outputs[KERNEL_MOST_COLUMNS];
    uint32_t number[KERNEL_MOST_COLUMNS];
    double sums[KERNEL_MOST_COLUMNS];
    for (uint32_t k = 0; k < v->n_outputs;) {
        uint32_t n = 0;
        for (; k < v->n_outputs && n < KERNEL_MOST_COLUMNS; k++) {
            bool wanted = k >= v->first_pair ? r->h != NULL
                          : k == 0           ? r->value != NULL
                                             : r->g != NULL;
            if (!wanted || !is_total(p, s, v, k))
                continue;
            number[n] = k;
            outputs[n++] = p->out_pointers[k];
        }
        p->kernels->project(p->ones, outputs, n, n8, sums);
        for (uint32_t i = 0; i < n; i++) {
            if (number[i] == 0 && v->first_pair > 0)
                engine_add_value(r->value, sums[i]);
            else
                p->totals[number[i]] += sums[i];
        }
    }
}

/* At the end of a range: what was summed over its strips into gradient and curvature. */
static void finish_range(mlec_problem *p, const mlec_stage *s, engine_run *r, const variant *v)
{
    double strip[LANES] __attribute__((aligned(64))) = {0}, *sums = p->column_sums;
    double lambda = (r->lambda ? r->lambda[0] : 1) * r->sign;
    for (uint32_t k = v->first_pair > 0; k < v->n_outputs; k++) {
        if (!is_total(p, s, v, k)) {
            if (k < v->first_pair || !r->h)
                continue;
            const uint32_t *pair = v->pairs + 2 * (k - v->first_pair);
            const bound_linear *a = &p->linear[s->active[pair[0]]],
                               *b = &p->linear[s->active[pair[1]]];
            if (a->log_sum || b->log_sum)
                continue;
            columns_add(a, b, a == b, sums, r->h, &p->layout);
            sums += (size_t)a->n_columns * b->n_columns;
        } else if (k < v->first_pair && r->g) {
            strip[0] = p->totals[k];
            engine_add_gradient(p, &p->linear[s->active[k - 1]], strip, 0, 1, r->g);
        } else if (k >= v->first_pair && r->h) {
            const uint32_t *pair = v->pairs + 2 * (k - v->first_pair);
            strip[0] = lambda * p->totals[k];
            engine_add_curvature(p, &p->linear[s->active[pair[0]]], &p->linear[s->active[pair[1]]],
                                 pair[0] == pair[1], strip, 0, 1, r->h, &p->layout);
        }
    }
    for (uint32_t a = 0; r->h && !r->expected && a < s->n_active; a++)
        if (p->linear[s->active[a]].log_sum)
            log_sum_finish(p, &p->linear[s->active[a]], sums, r->h);
}

/* Whether the outputs that are the same for all rows may be totalled: one group, and no tangents
 * that are carried along the rows. */
static bool has_totals(const mlec_problem *p, const mlec_stage *s, const engine_run *r)
{
    return !r->group && !r->by_element && !scan_reads(p, s);
}

static void clear_tails(mlec_problem *p, const variant *v, size_t n)
{
    for (uint32_t k = 0; k < v->n_outputs; k++) /* tails count nothing */
        for (size_t i = n; i < padded(n); i++)
            p->out_pointers[k][i] = 0;
}

/* Gradient and curvature of one strip with respect to inputs that vary, in one group. */
static void reduce_rows(mlec_problem *p, const mlec_stage *s, engine_run *r, const variant *v,
                        size_t first, size_t n)
{
    double lambda = (r->lambda ? r->lambda[0] : 1) * r->sign, *sums = p->column_sums;
    for (uint32_t a = 0; r->g && !r->expected && a < s->n_active; a++)
        if (p->linear[s->active[a]].varies)
            add_gradient(p, s, a, first, n, r->g);
    if (!r->h)
        return;
    for (uint32_t k = 0; k < v->n_pairs; k++) {
        uint32_t a = v->pairs[2 * k], b = v->pairs[2 * k + 1];
        double *w = p->out_pointers[v->first_pair + k];
        if (is_total(p, s, v, v->first_pair + k))
            continue;
        if (lambda != 1)
            for (size_t i = 0; i < n; i++)
                w[i] *= lambda;
        const bound_linear *la = &p->linear[s->active[a]], *lb = &p->linear[s->active[b]];
        if (la->log_sum || lb->log_sum) {
            add_curvature(p, la, lb, a == b, w, first, n, r->h);
            continue;
        }
        columns_sum(p, la, lb, a == b, w, first, n, sums);
        sums += (size_t)la->n_columns * lb->n_columns;
        engine_add_sparse(p, la, lb, a == b, w, first, n, r->h, &p->layout);
    }
    for (uint32_t a = 0; a < s->n_active && !r->expected; a++) {
        const bound_linear *l = &p->linear[s->active[a]];
        if (!l->log_sum)
            continue;
        double *d = p->out_pointers[1 + a];
        for (size_t i = 0; i < n; i++)
            d[i] *= lambda;
        log_sum_curvature(p, l, d, first, n, sums, r->h);
    }
}

/* A strip in which nothing varies, such as all but the last of last(h). */
static bool is_silent(const mlec_problem *p, const variant *v, size_t n)
{
    for (uint32_t k = 1; k < v->n_outputs; k++)
        for (size_t i = 0; i < n; i++)
            if (p->out_pointers[k][i] != 0)
                return false;
    return true;
}

/* The same for a map that reads states: to it they are columns, see scan_view. */
static void reduce_states(mlec_problem *p, const mlec_stage *s, engine_run *r, const variant *v,
                          size_t first, size_t n)
{
    for (size_t i = 0; r->value && r->group && i < n; i++)
        engine_add_value(r->value + 2 * r->group[first + i], p->out_pointers[0][i]);
    if (r->value && !r->group)
        engine_add_value(r->value, sum_strip(p, p->out_pointers[0], padded(n) / LANES));
    if ((!r->g && !r->h) || is_silent(p, v, n))
        return;
    if (r->h)
        scan_pass_adjoints(p, s, r, first, n);
    const bound_linear *views = p->scan->views;
    bool wild = scan_view(p, s, first, n, NULL);
    for (uint32_t a = 0; r->g && a < s->n_active; a++) {
        const double *d = p->out_pointers[1 + a];
        if (wild)
            scan_view(p, s, first, n, d);
        if (!r->group)
            engine_add_gradient(p, &views[a], d, 0, n, r->g);
        for (size_t i = 0; r->group && i < n; i++)
            engine_add_scores(&views[a], d + i, i, 1, 0, r->g + r->group[first + i] * p->n_z);
    }
    for (uint32_t k = 0; r->h && k < v->n_pairs; k++) {
        uint32_t a = v->pairs[2 * k], b = v->pairs[2 * k + 1];
        double *w = p->out_pointers[v->first_pair + k];
        for (size_t i = 0; (r->lambda || r->sign != 1) && i < n; i++)
            w[i] *= r->lambda ? r->sign * r->lambda[r->group ? r->group[first + i] : 0] : r->sign;
        if (wild)
            scan_view(p, s, first, n, w);
        engine_add_curvature(p, &views[a], &views[b], a == b, w, 0, n, r->h, &p->layout);
    }
}

/* One strip when rows fall into several groups, or carry tangents of states. */
static void reduce_apart(mlec_problem *p, const mlec_stage *s, engine_run *r, const variant *v,
                         size_t first, size_t n)
{
    if (scan_reads(p, s)) {
        reduce_states(p, s, r, v, first, n);
        return;
    }
    reduce_groups(p, s, r, v, first, n);
    for (uint32_t k = 0; r->h && k < v->n_pairs; k++) {
        uint32_t a = v->pairs[2 * k], b = v->pairs[2 * k + 1];
        double *w = p->out_pointers[v->first_pair + k];
        if (r->sign < 0)
            for (size_t i = 0; i < n; i++)
                w[i] = -w[i];
        add_curvature(p, &p->linear[s->active[a]], &p->linear[s->active[b]], a == b, w, first, n,
                      r->h);
    }
}

static void add_row_scores(mlec_problem *p, const mlec_stage *s, const engine_run *r, size_t first,
                           size_t n)
{
    double *rows = r->row_scores + (first - r->from) * p->n_z;
    bool states = scan_reads(p, s), wild = states && scan_view(p, s, first, n, NULL);
    for (uint32_t a = 0; a < s->n_active; a++) {
        const bound_linear *l = &p->linear[s->active[a]];
        const double *d = p->out_pointers[1 + a];
        if (wild)
            scan_view(p, s, first, n, d);
        if (l->log_sum)
            log_sum_scores(p, l, d, first, n, rows);
        else if (states)
            engine_add_scores(&p->scan->views[a], d, 0, n, p->n_z, rows);
        else
            engine_add_scores(l, d, first, n, p->n_z, rows);
    }
}

static void row_hooks(mlec_problem *p, const mlec_stage *s, engine_run *r, size_t first, size_t n,
                      double *scratch)
{
    if (r->row_values)
        for (size_t i = 0; i < n; i++)
            r->row_values[first + i] += p->out_pointers[0][i];
    if (r->row_slopes)
        for (uint32_t a = 0; a < s->n_active; a++) {
            const bound_linear *l = &p->linear[s->active[a]];
            if (l->log_sum)
                log_sum_slope(p, l, r->direction, first, n, scratch);
            else if (l->varies)
                engine_predict(p, l, r->direction, first, n, scratch);
            double d = l->varies ? 0 : predict_scalar(p, l, r->direction);
            for (size_t i = 0; i < n; i++)
                r->row_slopes[first + i] +=
                    p->out_pointers[1 + a][i] * (l->varies ? scratch[i] : d);
        }
    if (r->row_scores)
        add_row_scores(p, s, r, first, n);
    if (r->first_bad && *r->first_bad < 0)
        for (size_t i = 0; i < n && *r->first_bad < 0; i++)
            if (!isfinite(p->out_pointers[0][i]))
                *r->first_bad = (int64_t)(first + i);
}

/* Forms the varying predictors of a strip, and points at the inputs of the map there; their number.
 */
static uint32_t set_rows(mlec_problem *p, const mlec_stage *s, const double *z, size_t first,
                         size_t n, double *strips)
{
    uint32_t row = 0;
    for (uint32_t k = 0; k < s->n_active; k++) {
        const bound_linear *l = &p->linear[s->active[k]];
        if (!l->varies)
            continue;
        double *out = strips + (size_t)row * STRIP;
        if (log_sum_chooses(p, s, k))
            log_sum_choose(p, l, first, n, out);
        else
            engine_predict(p, l, z, first, n, out);
        p->row_pointers[row++] = out;
    }
    for (uint32_t k = 0; k < s->n_data; k++)
        if (p->plan->buffers[s->data[k]].axis != 0)
            p->row_pointers[row++] =
                column_strip(p, p->buffers[s->data[k]], p->buffer_slots[s->data[k]], first);
    return row;
}

/* Each row of a view counts several times. */
static void multiply_outputs(mlec_problem *p, uint32_t n_outputs, size_t first, size_t n)
{
    for (uint32_t k = 0; k < n_outputs; k++)
        for (size_t i = 0; i < n; i++)
            p->out_pointers[k][i] *= p->multiplicity[first + i];
}

void engine_range(mlec_problem *p, uint32_t stage, engine_run *r)
{
    const mlec_stage *s = &p->plan->stages[stage];
    size_t length = r->to ? r->to : p->axis_length[s->axis];
    variant v = choose(p, s, r, padded(length - r->from) / LANES);
    if (!function_exists(v.f))
        return;
    bool tables = s->n_tables && !r->expected;
    double *own = p->scalars;
    if (r->scalars) { /* of a map that reads states, which has no tables */
        p->scalars = r->scalars;
    } else {
        engine_set_scalars(p, s, r->z);
        if (tables)
            lookup_prepare(p, s);
        call_prologue(p, v.f);
    }
    double *strips = p->strips, *scratch = strips;
    strips += STRIP;
    uint32_t n_predictors = 0;
    for (uint32_t k = 0; k < s->n_active; k++)
        if (p->linear[s->active[k]].varies)
            n_predictors++;
    for (uint32_t k = 0; k < v.f->n_outputs; k++)
        p->out_pointers[k] = strips + (size_t)(n_predictors + k) * STRIP;
    bool totals = has_totals(p, s, r);
    p->shares = r->gradient || r->hessian || r->expected || r->row_slopes || r->row_scores;
    p->ahead = r->hessian ? 0 : STRIP; /* the tiles of a Hessian need all of the nearest cache */
    memset(p->totals, 0, v.n_outputs * sizeof *p->totals);
    for (size_t first = r->from; first < length; first += STRIP) {
        size_t n = length - first < STRIP ? length - first : STRIP;
        uint32_t n_rows = set_rows(p, s, r->z, first, n, strips);
        if (tables)
            lookup_rows(p, stage, first, n, n_rows);
        call_map(p, v.f, (n + LANES - 1) / LANES);
        if (p->multiplicity)
            multiply_outputs(p, v.n_outputs, first, n);
        if (r->gradient || r->hessian)
            prepare_log_sums(p, s, n);
        if (r->row_values || r->row_slopes || r->row_scores || r->first_bad)
            row_hooks(p, s, r, first, n, scratch);
        clear_tails(p, &v, n);
        if (!totals) {
            reduce_apart(p, s, r, &v, first, n);
            continue;
        }
        add_totals(p, s, r, &v, padded(n) / LANES);
        reduce_rows(p, s, r, &v, first, n);
    }
    if (totals)
        finish_range(p, s, r, &v);
    p->scalars = own;
}

/* Sums over all rows, of rows that do not depend on each other. */
static bool is_sum(const mlec_problem *p, uint32_t stage, const engine_run *r)
{
    const mlec_stage *s = &p->plan->stages[stage];
    return !r->group && !r->by_element && !r->row_values && !r->row_slopes && !r->row_scores &&
           !r->first_bad && r->from == 0 && r->to == 0 &&
           p->plan->axes[s->axis].kind == MLEC_AXIS_ROW && !scan_reads(p, s);
}

void engine_map(mlec_problem *p, uint32_t stage, engine_run *r)
{
    bool sum = is_sum(p, stage, r);
    mlec_problem *few = sum && p->reduced ? p->reduced[stage] : NULL;
    if (few && r->expected && few->reduction != REDUCTION_MERGED)
        few = NULL; /* the expected information need not be a polynomial where the density is */
    p = few ? few : p;
    if (p->plan->stages[stage].n_tables && !r->expected) {
        engine_set_scalars(p, &p->plan->stages[stage], r->z);
        lookup_prepare(p, &p->plan->stages[stage]);
        lookup_evaluate(p, stage);
    }
    if (sum && p->n_chunks > 1)
        chunks_map(p, stage, r);
    else
        engine_range(p, stage, r);
}

void engine_kinks(mlec_problem *p, uint32_t stage, const double *z, double *u, double *w,
                  double *side)
{
    const mlec_stage *s = &p->plan->stages[stage];
    const mlec_map *m = &s->map;
    size_t length = p->axis_length[s->axis];
    engine_set_scalars(p, s, z);
    call_prologue(p, &m->kinks);
    for (uint32_t k = 0; k < 3 * m->n_kinks; k++)
        p->out_pointers[k] = p->strips + (size_t)(s->n_active + k) * STRIP;
    for (size_t first = 0; first < length; first += STRIP) {
        size_t n = length - first < STRIP ? length - first : STRIP;
        set_rows(p, s, z, first, n, p->strips);
        call_map(p, &m->kinks, (n + LANES - 1) / LANES);
        for (uint32_t k = 0; k < m->n_kinks; k++) {
            memcpy(u + k * length + first, p->out_pointers[3 * k], n * sizeof *u);
            memcpy(w + k * length + first, p->out_pointers[3 * k + 1], n * sizeof *w);
            memcpy(side + k * length + first, p->out_pointers[3 * k + 2], n * sizeof *side);
        }
    }
}

void engine_add_row(const bound_linear *l, size_t element, double scale, double *row)
{
    for (uint32_t k = 0; k < l->n_terms; k++) {
        const bound_term *t = &l->terms[k];
        uint32_t count = t->kind == TERM_ALL ? t->count : 1;
        if (t->kind == TERM_GATHER && t->codes[element] < 0)
            continue;
        for (uint32_t j = 0; j < count; j++)
            row[term_place(t, element) + j] += scale * multiplier(t, element);
    }
}

void engine_inputs(mlec_problem *p, uint32_t stage, size_t element, const double *z, double *out)
{
    const mlec_stage *s = &p->plan->stages[stage];
    size_t first = element / STRIP * STRIP, length = p->axis_length[s->axis];
    size_t n = length - first < STRIP ? length - first : STRIP;
    for (uint32_t k = 0; k < s->n_active; k++) {
        const bound_linear *l = &p->linear[s->active[k]];
        if (!l->varies) {
            out[k] = predict_scalar(p, l, z);
            continue;
        }
        engine_predict(p, l, z, first, n, p->strips);
        out[k] = p->strips[element - first];
    }
    for (uint32_t k = 0; k < s->n_data; k++)
        out[s->n_active + k] =
            narrow_at(p->buffers[s->data[k]], p->plan->buffers[s->data[k]].axis == 0 ? 0 : element);
}
