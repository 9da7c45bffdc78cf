/* The objective and its derivatives: all map stages, then the cuts, last first.
 *
 * A cut z = sum of F(u) (an aggregate of parameters that later stages read) counts as further
 * unknowns while the maps are swept. With Z = dz/d(earlier unknowns) it is then eliminated:
 *   g <- g + Z' g_z,   H <- H + Z' H_z. + H_.z Z + Z' H_zz Z + sum g_z d2z.
 * A cut may aggregate definitions that refer to their past: then Z is that of the tangents which
 * they carry, its g_z becomes part of their adjoints, and phases keep the order (mlec_series). */
#include "runtime/eval/problem.h"

#include "runtime/calc/calc.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#if defined(__x86_64__)
#include <xmmintrin.h>
#endif

unsigned eval_set_rounding(void)
{
#if defined(__x86_64__)
    unsigned old = _mm_getcsr();
    _mm_setcsr(0x1f80);
    return old;
#elif defined(__aarch64__)
    uint64_t old;
    __asm__ volatile("mrs %0, fpcr" : "=r"(old));
    __asm__ volatile("msr fpcr, %0" : : "r"(UINT64_C(0)) : "memory");
    return (unsigned)old; /* the upper half is reserved */
#else
    return 0;
#endif
}

void eval_restore_rounding(unsigned old)
{
#if defined(__x86_64__)
    _mm_setcsr(old);
#elif defined(__aarch64__)
    __asm__ volatile("msr fpcr, %0" : : "r"((uint64_t)old) : "memory");
#else
    (void)old;
#endif
}

const eval_info *eval_get_info(const mlec_problem *p) { return &p->info; }

void eval_to_theta(const mlec_problem *p, const double *work, double *theta)
{
    memmove(theta, work, p->info.n_theta * sizeof *theta);
    for (size_t k = 0; k < p->info.n_groups; k++) {
        const eval_group *g = &p->info.groups[k];
        for (uint32_t i = 0; i < g->size; i++) {
            double s = 0;
            for (uint32_t j = i; j < g->size; j++)
                s = __builtin_fma(g->inverse_r[i + (size_t)j * g->size], work[g->index[j]], s);
            theta[g->index[i]] = s;
        }
    }
}

void eval_to_work(const mlec_problem *p, const double *theta, double *work)
{
    memmove(work, theta, p->info.n_theta * sizeof *work);
    for (size_t k = 0; k < p->info.n_groups; k++) {
        const eval_group *g = &p->info.groups[k];
        for (uint32_t i = 0; i < g->size; i++) {
            double s = 0;
            for (uint32_t j = i; j < g->size; j++)
                s = __builtin_fma(g->r[i + (size_t)j * g->size], theta[g->index[j]], s);
            work[g->index[i]] = s;
        }
    }
}

/* x' = B x on the group's elements of a vector with stride, B upper triangular or its transpose. */
static void group_multiply(const eval_group *g, const double *b, bool transposed, double *x,
                           size_t stride)
{
    uint32_t q = g->size;
    if (!transposed)
        for (uint32_t i = 0; i < q; i++) {
            double s = 0;
            for (uint32_t j = i; j < q; j++)
                s = __builtin_fma(b[i + (size_t)j * q], x[g->index[j] * stride], s);
            x[g->index[i] * stride] = s;
        }
    else
        for (uint32_t i = q; i-- > 0;) {
            double s = 0;
            for (uint32_t j = 0; j <= i; j++)
                s = __builtin_fma(b[j + (size_t)i * q], x[g->index[j] * stride], s);
            x[g->index[i] * stride] = s;
        }
}

static void both_sides(const mlec_problem *p, double *m, size_t n, bool inverse, bool transposed)
{
    for (size_t k = 0; k < p->info.n_groups; k++) {
        const eval_group *g = &p->info.groups[k];
        const double *b = inverse ? g->inverse_r : g->r;
        for (size_t j = 0; j < n; j++)
            group_multiply(g, b, transposed, m + j * n, 1);
        for (size_t i = 0; i < n; i++)
            group_multiply(g, b, transposed, m + i, n);
    }
}

void eval_covariance_to_theta(const mlec_problem *p, double *covariance)
{
    both_sides(p, covariance, p->info.n_theta, true, false);
}

void eval_hessian_to_theta(const mlec_problem *p, double *hessian)
{
    both_sides(p, hessian, p->info.n_theta, false, true);
}

void eval_gradient_to_theta(const mlec_problem *p, const double *work_gradient, double *gradient)
{
    memmove(gradient, work_gradient, p->info.n_theta * sizeof *gradient);
    eval_turn_gradient(p, false, gradient);
}

void eval_turn_gradient(const mlec_problem *p, bool to_work, double *gradient)
{
    for (size_t k = 0; k < p->info.n_groups; k++) {
        const eval_group *g = &p->info.groups[k];
        group_multiply(g, to_work ? g->inverse_r : g->r, true, gradient, 1);
    }
}

void eval_row_to_work(const mlec_problem *p, double *row)
{
    for (size_t k = 0; k < p->info.n_groups; k++)
        group_multiply(&p->info.groups[k], p->info.groups[k].inverse_r, true, row, 1);
}

/* ---- Cuts ------------------------------------------------------------------------------------ */

static size_t cut_length(const mlec_problem *p, uint32_t unknown)
{
    return p->axis_length[p->plan->unknowns[unknown].axis];
}

static const int32_t *group_codes(const mlec_problem *p, const mlec_stage *s)
{
    return s->reduce == MLEC_REDUCE_GROUP ? p->codes[s->group] : NULL;
}

/* Values of the cuts of a phase, in order. Sums are two doubles for each element: sum and error. */
static void cut_values(mlec_problem *p, uint32_t phase, double *z, bool all)
{
    for (uint32_t u = p->plan->n_params; u < p->plan->n_unknowns; u++) {
        uint32_t stage = p->plan->unknowns[u].stage;
        if (p->plan->stages[stage].phase != phase || !(all || p->needed[stage]))
            continue;
        size_t n = cut_length(p, u);
        double *sums = p->cut_jacobian;
        memset(sums, 0, 2 * n * sizeof *sums);
        engine_run r = {.z = z, .value = sums, .group = group_codes(p, &p->plan->stages[stage])};
        engine_map(p, stage, &r);
        for (size_t i = 0; i < n; i++)
            z[p->first[u] + i] = sums[2 * i] + sums[2 * i + 1];
    }
}

/* What the parameters at the head of z determine: cuts, and definitions that refer to their past.
 */
static void evaluate_unknowns(mlec_problem *p, double *z, bool tangents)
{
    for (uint32_t phase = 0; phase < p->plan->series.n_phases; phase++) {
        cut_values(p, phase, z, true);
        if (p->plan->n_states)
            scan_forward(p, phase, z, tangents, true);
    }
}

/* The same for what the objective reads, but for states that a sweep makes. */
static void evaluate_needed(mlec_problem *p, double *z, bool tangents)
{
    for (uint32_t phase = 0; phase < p->plan->series.n_phases; phase++) {
        cut_values(p, phase, z, false);
        if (p->plan->n_states && !scan_sweeps(p))
            scan_forward(p, phase, z, tangents, false);
    }
}

/* Folds the cuts of a phase, last first, into gradient `g` (n_rows rows of n_z) and, unless NULL,
 * Hessian `h`. */
static void eliminate_cuts(mlec_problem *p, uint32_t phase, const double *z, double *g,
                           size_t n_rows, double *h, bool all)
{
    size_t n_z = p->n_z;
    for (uint32_t u = p->plan->n_unknowns; u-- > p->plan->n_params;) {
        uint32_t stage = p->plan->unknowns[u].stage;
        if (p->plan->stages[stage].phase != phase || !(all || p->needed[stage]))
            continue;
        size_t first = p->first[u], n = cut_length(p, u);
        double *jacobian = p->cut_jacobian;
        memset(jacobian, 0, n * n_z * sizeof *jacobian);
        engine_run r = {.z = z,
                        .gradient = true,
                        .hessian = h != NULL,
                        .g = jacobian,
                        .h = h,
                        .sign = 1,
                        .lambda = h ? g + first : NULL,
                        .group = group_codes(p, &p->plan->stages[stage])};
        engine_map(p, stage, &r);
        for (size_t row = 0; row < n_rows; row++)
            for (size_t k = 0; k < n; k++)
                for (size_t i = 0; i < first; i++)
                    g[row * n_z + i] += jacobian[k * n_z + i] * g[row * n_z + first + k];
        if (!h)
            continue;
        for (size_t k = 0; k < n; k++) { /* columns: H_.i += H_.z Z_zi */
            const double *from = h + (first + k) * n_z;
            for (size_t i = 0; i < first; i++) {
                double c = jacobian[k * n_z + i];
                if (c != 0)
                    for (size_t j = 0; j < first + n; j++)
                        h[i * n_z + j] += c * from[j];
            }
        }
        for (size_t k = 0; k < n; k++) /* then rows */
            for (size_t i = 0; i < first; i++) {
                double c = jacobian[k * n_z + i];
                if (c != 0)
                    for (size_t j = 0; j < first; j++)
                        h[j * n_z + i] += c * h[j * n_z + first + k];
            }
    }
}

/* Brings derivatives of the objective with respect to all of z back to the parameters. */
static void eliminate_unknowns(mlec_problem *p, const double *z, double *g, double *h)
{
    for (uint32_t phase = p->plan->series.n_phases; phase-- > 0;) {
        if (h && p->plan->n_states && !scan_sweeps(p))
            scan_backward(p, phase, z, h);
        eliminate_cuts(p, phase, z, g, 1, h, false);
    }
}

/* ---- The objective --------------------------------------------------------------------------- */

bool eval_in_objective(const mlec_problem *p, const mlec_stage *s)
{
    return s->kind == MLEC_STAGE_MAP && (s->target == MLEC_TARGET_LIKELIHOOD ||
                                         (s->target == MLEC_TARGET_PRIOR && p->use_priors));
}

bool eval_reads_work(const mlec_problem *p, const mlec_stage *s)
{
    for (uint32_t k = 0; k < s->n_active; k++)
        if (p->linear[s->active[k]].work)
            return true;
    return false;
}

static void set_unknowns(mlec_problem *p, const double *work, bool tangents, bool all)
{
    memcpy(p->z_work, work, p->info.n_theta * sizeof *work);
    eval_to_theta(p, work, p->z_theta);
    if (all)
        evaluate_unknowns(p, p->z_theta, tangents);
    else
        evaluate_needed(p, p->z_theta, tangents);
    if (p->has_cuts)
        memcpy(p->z_work + p->info.n_theta, p->z_theta + p->info.n_theta,
               (p->n_z - p->info.n_theta) * sizeof(double));
}

static bool has_states(const mlec_problem *p) { return p->plan->n_states > 0; }

void eval_set_point(mlec_problem *p, const double *theta)
{
    eval_to_work(p, theta, p->public_work);
    set_unknowns(p, p->public_work, true, true);
    memcpy(p->z_theta, theta, p->info.n_theta * sizeof *theta);
}

double eval_weight(const mlec_problem *p, size_t row)
{
    if (p->plan->weight < 0)
        return 1;
    return narrow_at(p->buffers[p->plan->weight],
                     p->plan->buffers[p->plan->weight].axis == 0 ? 0 : row);
}

static void sweep(mlec_problem *p, bool gradient, bool hessian, bool expected, double *likelihood,
                  double *prior)
{
    size_t n_z = p->n_z;
    bool split = p->info.n_groups > 0;
    memset(p->gradient, 0, n_z * sizeof(double));
    if (split)
        memset(p->theta_gradient, 0, n_z * sizeof(double));
    if (hessian || expected) {
        memset(p->hessian, 0, curvature_size(&p->layout) * sizeof(double));
        if (split)
            memset(p->theta_hessian, 0, n_z * n_z * sizeof(double));
    }
    for (uint32_t k = 0; k < p->plan->n_stages; k++) {
        const mlec_stage *s = &p->plan->stages[k];
        if (!eval_in_objective(p, s) || (scan_sweeps(p) && scan_reads(p, s)))
            continue;
        bool work = eval_reads_work(p, s) || !split;
        bool is_prior = s->target == MLEC_TARGET_PRIOR;
        engine_run r = {.z = work ? p->z_work : p->z_theta,
                        .gradient = gradient,
                        .hessian = hessian || (expected && is_prior),
                        .expected = expected && !is_prior,
                        .value = is_prior ? prior : likelihood,
                        .g = gradient ? (work ? p->gradient : p->theta_gradient) : NULL,
                        .h = work ? p->hessian : p->theta_hessian,
                        .sign = expected && is_prior ? -1 : 1};
        if (!r.hessian && !r.expected)
            r.h = NULL;
        if (!split)
            r.z = p->z_theta; /* the same numbers, with the cuts */
        engine_map(p, k, &r);
    }
    if (scan_sweeps(p)) {
        engine_run r = {.z = p->z_theta,
                        .gradient = gradient,
                        .hessian = hessian,
                        .g = gradient ? p->gradient : NULL,
                        .h = hessian ? p->hessian : NULL,
                        .sign = 1};
        scan_sweep(p, &r, likelihood, prior);
    }
    if (!split)
        return;
    eval_turn_gradient(p, true, p->theta_gradient);
    for (size_t i = 0; i < n_z; i++)
        p->gradient[i] += p->theta_gradient[i];
    if (hessian || expected) {
        both_sides(p, p->theta_hessian, n_z, true, true);
        for (size_t i = 0; i < n_z * n_z; i++)
            p->hessian[i] += p->theta_hessian[i];
    }
}

/* The public Hessian is dense whatever the layout. */
static void block_to_dense(const mlec_problem *p, const double *from, double *to)
{
    const curvature_layout *l = &p->layout;
    const double *cross = from + l->n * l->n, *diagonal = cross + l->count * l->n;
    size_t n = p->info.n_theta;
    for (size_t j = 0; j < n; j++)
        for (size_t i = 0; i < n; i++) {
            size_t a = i - l->first, b = j - l->first, x = curvature_outside(l, i),
                   y = curvature_outside(l, j);
            to[i + j * n] = a < l->count && b < l->count ? (a == b ? diagonal[a] : 0)
                            : a < l->count               ? cross[a * l->n + y]
                            : b < l->count               ? cross[b * l->n + x]
                                                         : from[x + y * l->n];
        }
}

static void copy_out(const mlec_problem *p, const double *from, double *to)
{
    size_t n = p->info.n_theta;
    const curvature_layout *l = &p->layout;
    for (size_t j = 0; j < n && !l->count; j++)
        memcpy(to + j * n, from + j * l->n, n * sizeof *to);
    if (l->count)
        block_to_dense(p, from, to);
}

/* The parts without what stands behind theta in z. */
static void copy_block(const mlec_problem *p, eval_block *to)
{
    const curvature_layout *l = &p->layout;
    const double *cross = p->hessian + l->n * l->n;
    size_t n = p->info.n_theta - l->count;
    for (size_t j = 0; j < n; j++)
        memcpy(to->core + j * n, p->hessian + j * l->n, n * sizeof *to->core);
    for (size_t k = 0; k < l->count; k++)
        memcpy(to->cross + k * n, cross + k * l->n, n * sizeof *to->cross);
    memcpy(to->diagonal, cross + l->count * l->n, l->count * sizeof *to->diagonal);
}

void eval_work(mlec_problem *p, const double *work, eval_output *out)
{
    bool second = out->hessian || out->block;
    unsigned rounding = eval_set_rounding();
    double likelihood[2] = {p->data_constant, 0}, prior[2] = {0, 0};
    bool derivatives = out->gradient || second;
    set_unknowns(p, work, derivatives, false);
    if (second && has_states(p) && !scan_sweeps(p))
        scan_clear(p);
    sweep(p, derivatives, second, false, likelihood, prior);
    if (derivatives && !p->layout.count) /* with a block no cut is part of the objective */
        eliminate_unknowns(p, p->z_theta, p->gradient, second ? p->hessian : NULL);
    out->log_likelihood = likelihood[0] + likelihood[1];
    out->log_prior = prior[0] + prior[1];
    if (out->gradient)
        memcpy(out->gradient, p->gradient, p->info.n_theta * sizeof(double));
    if (out->hessian)
        copy_out(p, p->hessian, out->hessian);
    if (out->block)
        copy_block(p, out->block);
    if (out->expected) {
        double ignored[2][2] = {{0}};
        sweep(p, false, false, true, ignored[0], ignored[1]);
        copy_out(p, p->hessian, out->expected);
    }
    eval_restore_rounding(rounding);
    report_work(p);
}

bool eval_has_expected(const mlec_problem *p, const char **lacking)
{
    for (uint32_t k = 0; k < p->plan->n_stages; k++) {
        const mlec_stage *s = &p->plan->stages[k];
        if (!eval_in_objective(p, s) || s->target != MLEC_TARGET_LIKELIHOOD ||
            function_exists(&s->map.expected))
            continue;
        if (s->n_active == 0)
            continue;
        *lacking = s->map.lacks_expected ? s->map.lacks_expected : "loglik";
        return false;
    }
    if (p->objective_cuts || has_states(p))
        *lacking = has_states(p) ? "a definition that refers to its own past"
                                 : "an aggregate of parameters";
    if (p->layout.count)
        *lacking = "a factor with many levels";
    return !p->objective_cuts && !has_states(p) && !p->layout.count;
}

/* ---- Derived quantities, rows, faults ----------------------------------------------------------
 */

void eval_derived(mlec_problem *p, const double *theta, double *values, double *jacobian)
{
    unsigned rounding = eval_set_rounding();
    size_t n = p->info.n_theta, m = p->info.n_derived, row = 0;
    eval_to_work(p, theta, p->z_work);
    memcpy(p->z_theta, theta, n * sizeof *theta);
    evaluate_unknowns(p, p->z_theta, jacobian != NULL);
    for (uint32_t k = 0; k < p->plan->n_derived; k++) {
        const mlec_derived *d = &p->plan->derived[k];
        size_t length = p->axis_length[d->axis];
        double *sums = p->derived_values, *g = p->derived_gradient;
        memset(sums, 0, 2 * length * sizeof *sums);
        memset(g, 0, length * p->n_z * sizeof *g);
        engine_run r = {
            .z = p->z_theta, .gradient = true, .value = sums, .g = g, .by_element = true};
        engine_map(p, d->stage, &r);
        for (uint32_t phase = p->plan->series.n_phases; jacobian && phase-- > 0;)
            eliminate_cuts(p, phase, p->z_theta, g, length, NULL, true);
        for (size_t i = 0; i < length; i++, row++) {
            values[row] = sums[2 * i] + sums[2 * i + 1];
            for (size_t j = 0; jacobian && j < n; j++)
                jacobian[row + j * m] = g[i * p->n_z + j];
        }
    }
    eval_restore_rounding(rounding);
}

bool eval_rows(mlec_problem *p, const double *theta, const double *direction, double *values,
               double *slopes)
{
    if (p->objective_cuts || has_states(p))
        return false;
    for (uint32_t k = 0; k < p->plan->n_stages; k++)
        if (eval_in_objective(p, &p->plan->stages[k]) &&
            p->plan->stages[k].target == MLEC_TARGET_LIKELIHOOD &&
            p->plan->axes[p->plan->stages[k].axis].kind != MLEC_AXIS_ROW)
            return false;
    unsigned rounding = eval_set_rounding();
    eval_to_work(p, theta, p->z_work);
    memcpy(p->z_theta, theta, p->info.n_theta * sizeof *theta);
    double *direction_theta = p->derived_gradient, *direction_work = direction_theta + p->n_z;
    if (direction) {
        memcpy(direction_theta, direction, p->info.n_theta * sizeof *direction);
        eval_to_work(p, direction, direction_work);
    }
    if (values)
        memset(values, 0, p->n_rows * sizeof *values);
    if (slopes)
        memset(slopes, 0, p->n_rows * sizeof *slopes);
    for (uint32_t k = 0; k < p->plan->n_stages; k++) {
        const mlec_stage *s = &p->plan->stages[k];
        if (!eval_in_objective(p, s) || s->target != MLEC_TARGET_LIKELIHOOD)
            continue;
        bool work = eval_reads_work(p, s);
        engine_run r = {.z = work ? p->z_work : p->z_theta,
                        .gradient = true,
                        .row_values = values,
                        .row_slopes = direction ? slopes : NULL,
                        .direction = work ? direction_work : direction_theta};
        engine_map(p, k, &r);
    }
    eval_restore_rounding(rounding);
    return true;
}

bool eval_find_fault(mlec_problem *p, const double *theta, eval_fault *fault)
{
    *fault = (eval_fault){0};
    memcpy(p->z_theta, theta, p->info.n_theta * sizeof *theta);
    eval_to_work(p, theta, p->z_work);
    evaluate_unknowns(p, p->z_theta, false);
    for (uint32_t k = 0; k < p->plan->n_stages; k++) {
        const mlec_stage *s = &p->plan->stages[k];
        if (!eval_in_objective(p, s))
            continue;
        int64_t bad = -1;
        const double *z = eval_reads_work(p, s) ? p->z_work : p->z_theta;
        engine_run r = {.z = z, .first_bad = &bad};
        engine_map(p, k, &r);
        if (bad < 0)
            continue;
        bool row = p->plan->axes[s->axis].kind == MLEC_AXIS_ROW;
        fault->row = row ? row_number(p, (size_t)bad) : 0;
        fault->line = row ? frame_line(p->data, (size_t)fault->row - 1) : 0;
        fault->value = NAN;
        engine_inputs(p, k, (size_t)bad, z, p->fault_inputs);
        if (p->model->explain)
            fault->expression =
                p->model->explain(p->model, k, p->fault_inputs, &fault->value, &p->arena);
        if (!fault->expression && p->plan->n_statements)
            fault->expression = p->plan->statements[s->statement].text;
        return true;
    }
    return false;
}

bool eval_is_classification(const mlec_problem *p)
{
    bool any = false;
    for (uint32_t k = 0; k < p->plan->n_stages; k++) {
        const mlec_stage *s = &p->plan->stages[k];
        if (s->kind != MLEC_STAGE_MAP || s->target != MLEC_TARGET_LIKELIHOOD)
            continue;
        if (!p->plan->statements[s->statement].discrete)
            return false;
        any = true;
    }
    return any;
}

bool eval_is_mixture(const mlec_problem *p, bool *collapses)
{
    bool mixture = false;
    *collapses = false;
    for (uint32_t k = 0; k < p->plan->n_stages; k++) {
        const mlec_stage *s = &p->plan->stages[k];
        if (s->kind != MLEC_STAGE_MAP || s->target != MLEC_TARGET_LIKELIHOOD)
            continue;
        mixture |= p->plan->statements[s->statement].mixture;
        *collapses |= p->plan->statements[s->statement].collapses;
    }
    return mixture;
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

bool eval_mixture_moments(const mlec_problem *p, arena *a, size_t n, const double *shares,
                          double *quantiles, double *deviation)
{
    int32_t buffer = -1;
    for (uint32_t k = 0; k < p->plan->n_statements; k++)
        buffer = buffer < 0 ? p->plan->statements[k].located : buffer;
    if (buffer < 0 || p->n_rows == 0 ||
        p->plan->axes[p->plan->buffers[buffer].axis].kind != MLEC_AXIS_ROW)
        return false;
    double *y = ARENA_ARRAY(a, double, p->n_rows), mean = 0, square = 0;
    for (size_t i = 0; i < p->n_rows; i++)
        y[i] = narrow_at(p->buffers[buffer], i);
    qsort(y, p->n_rows, sizeof *y, ascending);
    for (size_t i = 0; i < p->n_rows; i++)
        mean += y[i] / (double)p->n_rows;
    for (size_t i = 0; i < p->n_rows; i++)
        square += (y[i] - mean) * (y[i] - mean) / (double)p->n_rows;
    for (size_t i = 0; i < n; i++)
        quantiles[i] = y[(size_t)(shares[i] * (double)(p->n_rows - 1) + 0.5)];
    *deviation = sqrt(square);
    return *deviation > 0;
}

int64_t eval_normal_scale(const mlec_problem *p)
{
    for (uint32_t k = 0; k < p->plan->n_stages; k++) {
        const mlec_stage *s = &p->plan->stages[k];
        if (s->kind != MLEC_STAGE_MAP || s->target != MLEC_TARGET_LIKELIHOOD)
            continue;
        int32_t scale = p->plan->statements[s->statement].scale;
        if (scale >= 0)
            return (int64_t)p->first[scale];
    }
    return -1;
}

double eval_outcome_entropy(const mlec_problem *p)
{
    int32_t buffer = -1;
    for (uint32_t k = 0; k < p->plan->n_stages; k++) {
        const mlec_stage *s = &p->plan->stages[k];
        if (s->kind != MLEC_STAGE_MAP || s->target != MLEC_TARGET_LIKELIHOOD)
            continue;
        if (buffer >= 0)
            return NAN;
        buffer = p->plan->statements[s->statement].outcome;
        if (buffer < 0)
            return NAN;
    }
    if (buffer < 0 || p->info.sampling)
        return NAN;
    bool codes = p->plan->buffers[buffer].kind == MLEC_BUFFER_CODES;
    uint32_t classes = codes ? p->factors[p->plan->buffers[buffer].source].n_levels : 2;
    double entropy = 0;
    for (uint32_t c = 0; c < classes; c++) {
        double count = 0;
        for (size_t i = 0; i < p->n_rows; i++) {
            bool here =
                codes ? p->codes[buffer][i] == (int32_t)c : narrow_at(p->buffers[buffer], i) == c;
            if (here)
                count += eval_weight(p, i);
        }
        if (count > 0)
            entropy -= count / p->info.n * calc_log(count / p->info.n);
    }
    return entropy;
}
