/* Definitions that refer to their own past, s[t] = F(s[t-1], ..., u[t]).
 *
 * Forward: values and first tangents T[t] = ds[t]/dz, carried along the rows. Maps that read a
 * state take its tangent as a dense row; they leave their adjoint, d objective / d s[t], with the
 * state. Backward: adjoints are passed to earlier rows, and each row adds its curvature lambda[t]
 * T' (second derivatives of F) T to the Hessian. Second tangents are never formed. Work and memory
 * are linear in the rows: a row costs states x n_z for tangents and inputs^2 x m^2 for curvature,
 * where m of the n_z unknowns move its inputs. Recursions that an aggregate of others separates run
 * in different phases (mlec_series).
 */
#include "runtime/eval/problem.h"

#include <string.h>

bool scan_reads(const mlec_problem *p, const mlec_stage *s)
{
    for (uint32_t k = 0; k < s->n_active; k++)
        if (p->linear[s->active[k]].states)
            return true;
    return false;
}

static double factor(const bound_term *t, size_t i) { return t->d ? t->scale * t->d[i] : t->scale; }

/* d predictor / d z at element i, the first `width` elements. */
static void tangent_of(const mlec_problem *p, const bound_linear *l, size_t i, size_t width,
                       double *out)
{
    memset(out, 0, width * sizeof *out);
    for (uint32_t k = 0; k < l->n_terms; k++) {
        const bound_term *t = &l->terms[k];
        double c = factor(t, i);
        switch (t->kind) {
        case TERM_COLUMN: out[t->index] += c; break;
        case TERM_GATHER:
        case TERM_SAME: out[term_place(t, i)] += c; break;
        case TERM_ALL:
            for (uint32_t j = 0; j < t->count; j++)
                out[t->index + j] += c;
            break;
        case TERM_STATE:
            if (series_position(p, i) < t->count)
                break;
            const bound_state *s = &p->states[t->index];
            const double *from = s->tangent + (i - t->count) * s->width;
            for (size_t j = 0; j < s->width; j++)
                out[j] = __builtin_fma(c, from[j], out[j]);
            break;
        }
    }
}

void scan_tangent(const mlec_problem *p, const bound_linear *l, size_t i, double *out)
{
    tangent_of(p, l, i, p->n_z, out);
}

/* The adjoint of a predictor goes to the states it reads. */
static void pass_adjoint(mlec_problem *p, const bound_linear *l, size_t i, double adjoint)
{
    for (uint32_t k = 0; k < l->n_terms; k++) {
        const bound_term *t = &l->terms[k];
        if (t->kind == TERM_STATE && series_position(p, i) >= t->count)
            p->states[t->index].adjoint[i - t->count] += adjoint * factor(t, i);
    }
}

/* The tangents of a row's inputs, and where they are not zero: with the levels of a factor among
 * the unknowns a row reads few of them. */
static void set_tangents(mlec_problem *p, const mlec_stage *s, size_t i, size_t width)
{
    enum { NARROW = 32 };
    for (uint32_t k = 0; k < s->n_active; k++)
        tangent_of(p, &p->linear[s->active[k]], i, width, p->tangents + k * p->n_z);
    p->dense = width <= NARROW;
    p->n_support = p->dense ? width : 0;
    for (size_t j = 0; !p->dense && j < width; j++) {
        bool zero = true;
        for (uint32_t k = 0; zero && k < s->n_active; k++)
            zero = p->tangents[k * p->n_z + j] == 0;
        if (!zero)
            p->support[p->n_support++] = (uint32_t)j;
    }
}

/* h += w (a b' + b a'), or w a a' when both are one. */
static void add_outer(const mlec_problem *p, double *h, double w, const double *a, const double *b)
{
    if (w == 0)
        return;
    for (size_t m = 0; m < p->n_support; m++) {
        size_t j = p->dense ? m : p->support[m];
        double wa = w * a[j], wb = w * b[j];
        if (wa == 0 && wb == 0)
            continue;
        double *column = h + j * p->n_z;
        if (!p->dense) {
            for (size_t l = 0; l < p->n_support; l++) {
                size_t i = p->support[l];
                column[i] += a == b ? wa * a[i] : wb * a[i] + wa * b[i];
            }
        } else if (a == b) {
            for (size_t i = 0; i < p->n_support; i++)
                column[i] = __builtin_fma(wa, a[i], column[i]);
        } else {
            for (size_t i = 0; i < p->n_support; i++)
                column[i] += wb * a[i] + wa * b[i];
        }
    }
}

/* A row in which nothing varies, such as all but the last of last(h). */
static bool is_silent(const mlec_problem *p, uint32_t n_outputs, size_t i)
{
    for (uint32_t k = 1; k < n_outputs; k++)
        if (p->out_pointers[k][i] != 0)
            return false;
    return true;
}

void scan_reduce_strip(mlec_problem *p, const mlec_stage *s, engine_run *r, const uint32_t *pairs,
                       uint32_t n_pairs, uint32_t first_pair, size_t first, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (is_silent(p, first_pair + n_pairs, i))
            continue;
        size_t group = r->group ? (size_t)r->group[first + i] : 0;
        double *g = r->g ? r->g + group * p->n_z : NULL;
        double lambda = r->lambda ? r->lambda[group] : 1;
        set_tangents(p, s, first + i, p->n_z);
        for (uint32_t k = 0; k < s->n_active; k++) {
            double d = p->out_pointers[1 + k][i];
            if (d == 0) /* also where the tangent does not exist: a branch that is not taken */
                continue;
            if (r->h)
                pass_adjoint(p, &p->linear[s->active[k]], first + i, lambda * d);
            const double *tangent = p->tangents + k * p->n_z;
            for (size_t j = 0; g && j < p->n_z; j++)
                g[j] = __builtin_fma(d, tangent[j], g[j]);
        }
        for (uint32_t k = 0; r->h && k < n_pairs; k++)
            add_outer(p, r->h, r->sign * lambda * p->out_pointers[first_pair + k][i],
                      p->tangents + pairs[2 * k] * p->n_z, p->tangents + pairs[2 * k + 1] * p->n_z);
    }
}

/* The predictor at element i alone. */
static double element_of(const mlec_problem *p, const bound_linear *l, const double *z, size_t i)
{
    double x = 0;
    for (uint32_t k = 0; k < l->n_terms; k++) {
        const bound_term *t = &l->terms[k];
        double c = t->x ? t->scale * t->x[i] : t->scale;
        switch (t->kind) {
        case TERM_COLUMN: x = __builtin_fma(c, z[t->index], x); break;
        case TERM_GATHER:
        case TERM_SAME: x = __builtin_fma(c, z[term_place(t, i)], x); break;
        case TERM_ALL:
            for (uint32_t j = 0; j < t->count; j++)
                x = __builtin_fma(c, z[t->index + j], x);
            break;
        case TERM_STATE:
            if (series_position(p, i) >= t->count)
                x = __builtin_fma(c, p->states[t->index].value[i - t->count], x);
            break;
        }
    }
    return x;
}

/* Calls a scan's function for one row; its outputs stand in out_pointers[.][0]. */
static void call_row(mlec_problem *p, const mlec_stage *s, const double *z, size_t i)
{
    double *at = p->strips;
    uint32_t row = 0, scalar = 0;
    for (uint32_t k = 0; k < s->n_active; k++) {
        const bound_linear *l = &p->linear[s->active[k]];
        double x = element_of(p, l, z, i);
        if (!l->varies) {
            p->scalars[scalar++] = x;
            continue;
        }
        for (int lane = 0; lane < LANES; lane++)
            at[lane] = x;
        p->row_pointers[row++] = at;
        at += LANES;
    }
    for (uint32_t k = 0; k < s->n_data; k++) {
        const double *x = p->buffers[s->data[k]];
        if (p->plan->buffers[s->data[k]].axis == 0) {
            p->scalars[scalar++] = x[0];
            continue;
        }
        for (int lane = 0; lane < LANES; lane++)
            at[lane] = x[i];
        p->row_pointers[row++] = at;
        at += LANES;
    }
    const mlec_function *f = map_function(p, &s->map, ORDER_HESSIAN, 1);
    for (uint32_t k = 0; k < f->n_outputs; k++, at += LANES)
        p->out_pointers[k] = at;
    call_prologue(p, f);
    call_map(p, f, 1);
}

static bool in_phase(const mlec_stage *s, uint32_t phase)
{
    return s->kind == MLEC_STAGE_SCAN && s->phase == phase;
}

void scan_clear(mlec_problem *p)
{
    for (uint32_t k = 0; k < p->plan->n_states; k++)
        if (p->states[k].adjoint) /* else nothing reads it, and it has no stage */
            memset(p->states[k].adjoint, 0, p->n_rows * sizeof(double));
}

void scan_forward(mlec_problem *p, uint32_t phase, const double *z, bool tangents)
{
    for (size_t i = 0; i < p->n_rows; i++)
        for (uint32_t k = 0; k < p->plan->n_stages; k++) {
            const mlec_stage *s = &p->plan->stages[k];
            if (!in_phase(s, phase))
                continue;
            bound_state *state = &p->states[s->target_index];
            call_row(p, s, z, i);
            state->value[i] = p->out_pointers[0][0];
            if (!tangents)
                continue;
            double *to = state->tangent + i * state->width;
            memset(to, 0, state->width * sizeof *to);
            for (uint32_t a = 0; a < s->n_active; a++) {
                double d = p->out_pointers[1 + a][0], *tangent = p->tangents;
                if (d == 0)
                    continue;
                tangent_of(p, &p->linear[s->active[a]], i, state->width, tangent);
                for (size_t j = 0; j < state->width; j++)
                    to[j] = __builtin_fma(d, tangent[j], to[j]);
            }
        }
}

void scan_backward(mlec_problem *p, uint32_t phase, const double *z, double *h)
{
    for (size_t i = p->n_rows; i-- > 0;)
        for (uint32_t k = p->plan->n_stages; k-- > 0;) {
            const mlec_stage *s = &p->plan->stages[k];
            if (!in_phase(s, phase))
                continue;
            const bound_state *state = &p->states[s->target_index];
            double adjoint = state->adjoint[i];
            if (adjoint == 0)
                continue;
            call_row(p, s, z, i);
            for (uint32_t a = 0; a < s->n_active; a++)
                if (p->out_pointers[1 + a][0] != 0)
                    pass_adjoint(p, &p->linear[s->active[a]], i,
                                 adjoint * p->out_pointers[1 + a][0]);
            if (s->map.n_pairs)
                set_tangents(p, s, i, state->width);
            for (uint32_t m = 0; m < s->map.n_pairs; m++)
                add_outer(p, h, adjoint * p->out_pointers[1 + s->n_active + m][0],
                          p->tangents + s->map.pairs[2 * m] * p->n_z,
                          p->tangents + s->map.pairs[2 * m + 1] * p->n_z);
        }
}
