/* Definitions that refer to their own past, s[t] = F(s[t-1], ..., u[t]), strip by strip.
 *
 * Values. Where F is linear in its own past, F at a past of 0 and dF/ds are computed for all rows
 * of a strip at once and the linear recursion is solved (scan_linear.c). Other recursions step
 * through the rows; derivatives are then again those of a whole strip.
 *
 * First tangents T[t] = ds[t]/dz obey a linear recursion whatever F is (scan_tangent.c). Maps read
 * them as columns; they leave their adjoint, d objective / d s[t], with the state. Backward:
 * adjoints are passed to earlier rows, and each strip adds its curvature, T' (adjoint times second
 * derivatives of F) T, to the Hessian. Second tangents are never formed, but in a sweep.
 *
 * A sweep (scan_sweep) does all this in one pass and stores nothing but the states. Where no
 * aggregate of states is part of the objective, a strip's share of the Hessian is known but for the
 * adjoints that its last rows get from later strips. Instead each strip is swept backward with the
 * adjoints of its own rows, and once more for each row (seed) from which the next strip depends on
 * a state, with an adjoint of 1 there: this gives the second tangent of the state in that row,
 * which the next strip multiplies by the adjoint that it passes to it.
 *
 * Recursions that an aggregate of others separates run in different phases (mlec_series). */
#include "runtime/eval/scan.h"

#include <math.h>
#include <string.h>

bool scan_reads(const mlec_problem *p, const mlec_stage *s)
{
    for (uint32_t k = 0; k < s->n_active; k++)
        if (p->linear[s->active[k]].states)
            return true;
    return false;
}

/* ---- Calling a recursion's function -----------------------------------------------------------
 */

/* The functions that serve, and what does not vary for each, once for each point. */
static void set_scalars(mlec_problem *p, bound_scan *scan, const double *z)
{
    double *own = p->scalars;
    for (int order = ORDER_VALUE; order <= ORDER_HESSIAN; order++) {
        scan->functions[order] =
            map_function(p, &scan->stage->map, (eval_order)order, padded(p->n_rows) / LANES);
        p->scalars = scan->scalars[order];
        engine_set_scalars(p, scan->stage, z);
        call_prologue(p, scan->functions[order]);
    }
    p->scalars = own;
}

static void call(mlec_problem *p, bound_scan *scan, eval_order order, size_t n8, double **outputs)
{
    double *scalars = p->scalars, **out = p->out_pointers;
    const double **rows = p->row_pointers;
    p->scalars = scan->scalars[order];
    p->out_pointers = outputs;
    p->row_pointers = scan->rows;
    call_map(p, scan->functions[order], n8);
    p->scalars = scalars;
    p->out_pointers = out;
    p->row_pointers = rows;
}

/* The inputs without the states of the ring, and where the function finds them. */
static void set_inputs(mlec_problem *p, bound_scan *scan, const double *z, size_t first, size_t n)
{
    const mlec_stage *s = scan->stage;
    uint32_t row = 0;
    for (uint32_t k = 0; k < s->n_active; k++) {
        if (!scan->inputs[k])
            continue;
        engine_predict(p, &scan->outer[k], z, first, n, scan->inputs[k]);
        scan->rows[row++] = scan->inputs[k];
    }
    for (uint32_t k = 0; k < s->n_data; k++)
        if (p->plan->buffers[s->data[k]].axis != 0)
            scan->rows[row++] =
                column_strip(p, p->buffers[s->data[k]], p->buffer_slots[s->data[k]], first);
}

/* The part of an input that is a state of the ring at row first + i. */
static double past_at(const mlec_problem *p, const bound_term *t, size_t first, size_t i)
{
    if (series_position(p, first + i) < t->count)
        return 0;
    double x = p->states[t->index].value[(ptrdiff_t)(first + i) - (ptrdiff_t)t->count];
    return (t->x.data ? t->scale * narrow_array(t->x)[first + i] : t->scale) * x;
}

static void add_past(const mlec_problem *p, bound_scan *scan, size_t first, size_t n)
{
    for (uint32_t k = 0; k < scan->n_past; k++) {
        const bound_term *t = scan->past[k].term;
        double *input = scan->inputs[scan->past[k].input];
        if (!t->x.data && !p->series.position) { /* zeros stand before the first row */
            const double *x = p->states[t->index].value + first - t->count;
            p->kernels->combine(&t->scale, &x, 1, padded(n) / LANES, 0, input);
            continue;
        }
        for (size_t i = 0; i < n; i++)
            input[i] += past_at(p, t, first, i);
    }
}

static void call_strip(mlec_problem *p, bound_scan *scan, eval_order order, size_t n)
{
    uint32_t count = 1 + scan->stage->n_active;
    count += order == ORDER_HESSIAN ? scan->stage->map.n_pairs : 0;
    call(p, scan, order, padded(n) / LANES, scan->outputs);
    for (uint32_t k = 0; k < count; k++)
        for (size_t i = n; i < padded(n); i++)
            scan->outputs[k][i] = 0;
}

/* ---- Forward ----------------------------------------------------------------------------------
 */

/* First derivatives at a past of 0 become those at the past: F is linear in it, and what it is
 * multiplied by in a derivative is the second derivative. */
static void move_derivatives(const mlec_problem *p, bound_scan *scan, size_t n)
{
    const mlec_map *m = &scan->stage->map;
    for (uint32_t k = 0; k < scan->n_past; k++) {
        uint32_t past = scan->past[k].input;
        for (uint32_t pair = 0; pair < m->n_pairs; pair++) {
            uint32_t a = m->pairs[2 * pair], b = m->pairs[2 * pair + 1];
            if (a != past && b != past)
                continue;
            const double *w = scan->outputs[1 + scan->stage->n_active + pair];
            double *d = scan->outputs[1 + (a == past ? b : a)];
            p->kernels->multiply_add(w, scan->inputs[past], padded(n) / LANES, d);
        }
    }
}

static void solve_values(mlec_problem *p, scan_ring *ring, const double *z, size_t first, size_t n,
                         bool derivatives)
{
    for (uint32_t s = 0; s < ring->n_scans; s++) {
        bound_scan *scan = &ring->scans[s];
        set_inputs(p, scan, z, first, n);
        call_strip(p, scan, derivatives && ring->bilinear ? ORDER_HESSIAN : ORDER_GRADIENT, n);
        p->scan->right_sides[s * AT_ONCE] = scan->outputs[0];
        p->scan->solutions[s * AT_ONCE] = scan->state->value + first;
    }
    scan_set_couplings(p, ring, first, n);
    scan_solve(p, ring, n, 1, p->scan->right_sides, p->scan->solutions);
    for (uint32_t s = 0; derivatives && s < ring->n_scans; s++) {
        bound_scan *scan = &ring->scans[s];
        add_past(p, scan, first, n);
        if (ring->bilinear)
            move_derivatives(p, scan, n);
        else
            call_strip(p, scan, ORDER_HESSIAN, n);
    }
}

/* One recursion at row first + i: its function is called for the group of eight that the row is in,
 * with the past of this row in all lanes. */
static void step(mlec_problem *p, bound_scan *scan, size_t first, size_t i)
{
    const mlec_stage *s = scan->stage;
    size_t group = i / LANES * LANES;
    uint32_t row = 0;
    for (uint32_t k = 0; k < scan->n_past; k++)
        scan->inputs[scan->past[k].input][i] += past_at(p, scan->past[k].term, first, i);
    for (uint32_t k = 0; k < s->n_active; k++) {
        if (!scan->inputs[k])
            continue;
        if (scan->lanes[k])
            p->kernels->fill(scan->inputs[k][i], scan->lanes[k]);
        scan->rows[row++] = scan->lanes[k] ? scan->lanes[k] : scan->inputs[k] + group;
    }
    for (uint32_t k = 0; k < s->n_data; k++)
        if (p->plan->buffers[s->data[k]].axis != 0)
            scan->rows[row++] =
                column_strip(p, p->buffers[s->data[k]], p->buffer_slots[s->data[k]], first) + group;
    call(p, scan, ORDER_VALUE, 1, scan->lane_outputs);
    scan->state->value[first + i] = scan->lane_outputs[0][i - group];
}

static void step_values(mlec_problem *p, scan_ring *ring, const double *z, size_t first, size_t n)
{
    for (uint32_t s = 0; s < ring->n_scans; s++)
        set_inputs(p, &ring->scans[s], z, first, n);
    for (size_t i = 0; i < n; i++)
        for (uint32_t s = 0; s < ring->n_scans; s++)
            step(p, &ring->scans[s], first, i);
}

/* Derivatives of a ring's functions at states that are known. */
static void set_derivatives(mlec_problem *p, scan_ring *ring, const double *z, size_t first,
                            size_t n)
{
    for (uint32_t s = 0; s < ring->n_scans; s++) {
        bound_scan *scan = &ring->scans[s];
        set_inputs(p, scan, z, first, n);
        add_past(p, scan, first, n);
        call_strip(p, scan, ORDER_HESSIAN, n);
    }
    scan_set_couplings(p, ring, first, n);
}

static void forward_strip(mlec_problem *p, scan_ring *ring, const double *z, size_t first, size_t n,
                          bool tangents)
{
    if (ring->linear) {
        solve_values(p, ring, z, first, n, tangents);
    } else {
        step_values(p, ring, z, first, n);
        if (tangents)
            set_derivatives(p, ring, z, first, n);
    }
    if (tangents)
        scan_solve_tangents(p, ring, first, n);
}

static size_t strip_length(const mlec_problem *p, size_t first)
{
    return p->n_rows - first < STRIP ? p->n_rows - first : STRIP;
}

void scan_forward(mlec_problem *p, uint32_t phase, const double *z, bool tangents, bool all)
{
    scan_set *set = p->scan;
    set->windowed = false;
    for (uint32_t k = 0; k < set->n_rings; k++)
        for (uint32_t s = 0; s < set->rings[k].n_scans; s++)
            if (set->rings[k].phase == phase)
                set_scalars(p, &set->rings[k].scans[s], z);
    for (size_t first = 0; first < p->n_rows; first += STRIP)
        for (uint32_t k = 0; k < set->n_rings; k++)
            if (set->rings[k].phase == phase && (all || set->rings[k].needed))
                forward_strip(p, &set->rings[k], z, first, strip_length(p, first), tangents);
}

/* ---- Backward ---------------------------------------------------------------------------------
 */

static void pass_to_states(mlec_problem *p, const bound_linear *l, const double *adjoint,
                           const double *d, size_t first, size_t n)
{
    for (uint32_t k = 0; k < l->n_terms; k++) {
        const bound_term *t = &l->terms[k];
        if (t->kind != TERM_STATE || t->count >= p->n_rows)
            continue;
        double *to = scan_adjoint_at(p, &p->states[t->index], first) - t->count;
        if (!t->d.data && !p->series.position) { /* nothing reads what goes before the first row */
            const double *x = d;
            if (adjoint)
                p->kernels->weigh(adjoint, d, padded(n) / LANES, p->scan->passed);
            if (adjoint)
                x = p->scan->passed;
            p->kernels->combine(&t->scale, &x, 1, padded(n) / LANES, 0, to);
            continue;
        }
        for (size_t i = 0; i < n; i++) {
            double own = adjoint ? adjoint[i] : 1;
            if (own == 0 || d[i] == 0 || series_position(p, first + i) < t->count)
                continue; /* also where the derivative does not exist: a branch not taken */
            to[i] += own * d[i] * (t->d.data ? t->scale * narrow_array(t->d)[first + i] : t->scale);
        }
    }
}

void scan_pass_adjoints(mlec_problem *p, const mlec_stage *s, const engine_run *r, size_t first,
                        size_t n)
{
    double *weights = p->scan->weights;
    for (size_t i = 0; r->lambda && i < n; i++)
        weights[i] = r->lambda[r->group ? r->group[first + i] : 0];
    for (uint32_t k = 0; k < s->n_active; k++)
        pass_to_states(p, &p->linear[s->active[k]], r->lambda ? weights : NULL,
                       p->out_pointers[1 + k], first, n);
}

/* The curvature of inputs whose tangents are the same in all rows: sums alone. False: they are not
 * finite, perhaps because of rows without an adjoint. */
static bool add_constants(const mlec_problem *p, const bound_scan *scan, const double *adjoint,
                          size_t n, double *h)
{
    const mlec_stage *stage = scan->stage;
    for (uint32_t k = 0; k < scan->n_constants; k++)
        scan->constant_outputs[k] = scan->outputs[1 + stage->n_active + scan->constants[k].pair];
    p->kernels->project(adjoint, scan->constant_outputs, scan->n_constants, padded(n) / LANES,
                        scan->sums);
    for (uint32_t k = 0; k < scan->n_constants; k++)
        if (!isfinite(scan->sums[k]))
            return false;
    for (uint32_t k = 0; k < scan->n_constants; k++) {
        const scan_constant *c = &scan->constants[k];
        h[c->a + p->n_z * c->b] += c->scale * scan->sums[k];
        if (!c->same)
            h[c->b + p->n_z * c->a] += c->scale * scan->sums[k];
    }
    return true;
}

/* h += T' (adjoint times second derivatives) T. */
static void add_curvature(mlec_problem *p, const bound_scan *scan, const double *adjoint,
                          size_t first, size_t n, double *h)
{
    const mlec_stage *s = scan->stage;
    double *w = p->scan->weights;
    size_t zeros = 0;
    while (zeros < n && adjoint[zeros] == 0)
        zeros++;
    if (zeros == n || s->map.n_pairs == 0)
        return;
    bool summed = add_constants(p, scan, adjoint, n, h);
    if (summed && scan->n_constants == s->map.n_pairs)
        return;
    bool wild = scan_view(p, s, first, n, NULL);
    for (uint32_t k = 0; k < s->map.n_pairs; k++) {
        uint32_t a = s->map.pairs[2 * k], b = s->map.pairs[2 * k + 1];
        if (summed && scan->is_constant[k])
            continue;
        p->kernels->weigh(adjoint, scan->outputs[1 + s->n_active + k], padded(n) / LANES, w);
        if (wild)
            scan_view(p, s, first, n, w);
        engine_add_curvature(p, &p->scan->views[a], &p->scan->views[b], a == b, w, 0, n, h,
                             &p->layout);
    }
}

static void backward_strip(mlec_problem *p, scan_ring *ring, size_t first, size_t n, double *h)
{
    scan_solve_back(p, ring, first, n);
    for (uint32_t s = ring->n_scans; s-- > 0;) {
        bound_scan *scan = &ring->scans[s];
        const double *adjoint = scan_adjoint_at(p, scan->state, first);
        for (uint32_t k = 0; k < scan->stage->n_active; k++)
            pass_to_states(p, &scan->outer[k], adjoint, scan->outputs[1 + k], first, n);
        add_curvature(p, scan, adjoint, first, n, h);
    }
}

void scan_clear(mlec_problem *p)
{
    for (uint32_t k = 0; k < p->plan->n_states; k++)
        if (p->states[k].adjoint) /* else nothing reads it, and it has no stage */
            memset(p->states[k].adjoint, 0, p->n_rows * sizeof(double));
}

void scan_backward(mlec_problem *p, uint32_t phase, const double *z, double *h)
{
    scan_set *set = p->scan;
    set->windowed = false;
    size_t strips = (p->n_rows + STRIP - 1) / STRIP;
    while (strips-- > 0) {
        size_t first = strips * STRIP, n = strip_length(p, first);
        for (uint32_t k = set->n_rings; k-- > 0;) {
            if (set->rings[k].phase != phase || !set->rings[k].needed)
                continue;
            set_derivatives(p, &set->rings[k], z, first, n);
            backward_strip(p, &set->rings[k], first, n, h);
        }
    }
}

/* ---- A sweep ----------------------------------------------------------------------------------
 */

static void clear_adjoints(mlec_problem *p)
{
    for (uint32_t k = 0; k < p->plan->n_states; k++)
        if (p->states[k].window_adjoint)
            memset(p->states[k].window_adjoint, 0, (p->scan->front + STRIP) * sizeof(double));
}

/* The last rows of a strip's tangents become those before the next one; at the first strip there
 * are none. */
static void move_windows(mlec_problem *p, bool begin)
{
    size_t front = p->scan->front, length = front + STRIP;
    for (uint32_t s = 0; s < p->plan->n_states; s++)
        for (uint32_t c = 0; p->states[s].window && c < p->scan->rings[p->states[s].ring].columns.n;
             c++) {
            double *window = p->states[s].window + c * length;
            if (begin)
                memset(window, 0, front * sizeof *window);
            else
                memcpy(window, window + STRIP, front * sizeof *window);
        }
}

/* What rows before the strip get from it, at their second tangents. */
static void add_seeds(const mlec_problem *p, size_t first, double *h)
{
    const scan_set *set = p->scan;
    for (uint32_t k = 0; first > 0 && k < set->n_seeds; k++) {
        const scan_seed *seed = &set->seeds[k];
        double by = scan_adjoint_at(p, seed->state, first)[-(ptrdiff_t)seed->back];
        for (size_t i = 0; by != 0 && i < p->n_z * p->n_z; i++)
            h[i] = __builtin_fma(by, seed->curvature[i], h[i]);
    }
}

static void backward_rings(mlec_problem *p, size_t first, size_t n, double *h)
{
    for (uint32_t k = p->scan->n_rings; k-- > 0;)
        if (p->scan->rings[k].needed)
            backward_strip(p, &p->scan->rings[k], first, n, h);
    add_seeds(p, first, h);
}

/* The second tangents of the rows on which the next strip depends. */
static void renew_seeds(mlec_problem *p, size_t first)
{
    scan_set *set = p->scan;
    for (uint32_t k = 0; k < set->n_seeds; k++) {
        scan_seed *seed = &set->seeds[k];
        clear_adjoints(p);
        scan_adjoint_at(p, seed->state, first)[STRIP - seed->back] = 1;
        memset(seed->next, 0, p->n_z * p->n_z * sizeof *seed->next);
        backward_rings(p, first, STRIP, seed->next);
    }
    for (uint32_t k = 0; k < set->n_seeds; k++) {
        double *old = set->seeds[k].curvature;
        set->seeds[k].curvature = set->seeds[k].next;
        set->seeds[k].next = old;
    }
}

static void choose_readers(mlec_problem *p, const engine_run *run)
{
    eval_order order = run->h ? ORDER_HESSIAN : run->g ? ORDER_GRADIENT : ORDER_VALUE;
    double *own = p->scalars;
    for (uint32_t k = 0; k < p->scan->n_readers; k++) {
        scan_reader *reader = &p->scan->readers[k];
        const mlec_stage *s = &p->plan->stages[reader->stage];
        reader->function = map_function(p, &s->map, order, padded(p->n_rows) / LANES);
        p->scalars = reader->scalars;
        engine_set_scalars(p, s, run->z);
        call_prologue(p, reader->function);
    }
    p->scalars = own;
}

void scan_sweep(mlec_problem *p, const engine_run *run, double *likelihood, double *prior)
{
    scan_set *set = p->scan;
    set->windowed = true;
    for (uint32_t k = 0; k < set->n_rings; k++)
        for (uint32_t s = 0; s < set->rings[k].n_scans; s++)
            set_scalars(p, &set->rings[k].scans[s], run->z);
    choose_readers(p, run);
    for (size_t first = 0; first < p->n_rows; first += STRIP) {
        size_t n = strip_length(p, first);
        if (run->g)
            move_windows(p, first == 0);
        for (uint32_t k = 0; k < set->n_rings; k++)
            if (set->rings[k].needed)
                forward_strip(p, &set->rings[k], run->z, first, n, run->g != NULL);
        if (run->h)
            clear_adjoints(p);
        for (uint32_t k = 0; k < set->n_readers; k++) {
            engine_run own = *run;
            bool is_prior = p->plan->stages[set->readers[k].stage].target == MLEC_TARGET_PRIOR;
            own.value = is_prior ? prior : likelihood;
            own.from = first;
            own.to = first + n;
            own.function = set->readers[k].function;
            own.scalars = set->readers[k].scalars;
            engine_range(p, set->readers[k].stage, &own);
        }
        if (!run->h)
            continue;
        backward_rings(p, first, n, run->h);
        if (first + n < p->n_rows)
            renew_seeds(p, first);
    }
    set->windowed = false;
}
