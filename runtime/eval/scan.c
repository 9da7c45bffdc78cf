/* Definitions that refer to their own past, s[t] = F(s[t-1], ..., u[t]).
 *
 * Forward: values and first tangents T[t] = ds[t]/dz, carried along the rows. Maps that read a
 * state take its tangent as a dense row; they leave their adjoint, d objective / d s[t], with the
 * state. Backward: adjoints are passed to earlier rows, and each row adds its curvature lambda[t]
 * T' (second derivatives of F) T to the Hessian. Second tangents are never formed. Work and memory
 * are linear in the rows: a row costs states x n_z for tangents and inputs^2 x n_z^2 for curvature.
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

void scan_tangent(const mlec_problem *p, const bound_linear *l, size_t i, double *out)
{
    memset(out, 0, p->n_z * sizeof *out);
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
            if (i < t->count)
                break;
            const double *from = p->states[t->index].tangent + (i - t->count) * p->n_z;
            for (size_t j = 0; j < p->n_z; j++)
                out[j] = __builtin_fma(c, from[j], out[j]);
            break;
        }
    }
}

/* The adjoint of a predictor goes to the states it reads. */
static void pass_adjoint(mlec_problem *p, const bound_linear *l, size_t i, double adjoint)
{
    for (uint32_t k = 0; k < l->n_terms; k++) {
        const bound_term *t = &l->terms[k];
        if (t->kind == TERM_STATE && i >= t->count)
            p->states[t->index].adjoint[i - t->count] += adjoint * factor(t, i);
    }
}

/* h += w (a b' + b a'), or w a a' when both are one. */
static void add_outer(double *h, size_t n, double w, const double *a, const double *b)
{
    for (size_t j = 0; j < n; j++) {
        double wa = w * a[j], wb = w * b[j];
        if (wa == 0 && wb == 0)
            continue;
        double *column = h + j * n;
        if (a == b)
            for (size_t i = 0; i < n; i++)
                column[i] = __builtin_fma(wa, a[i], column[i]);
        else
            for (size_t i = 0; i < n; i++)
                column[i] += wb * a[i] + wa * b[i];
    }
}

static void set_tangents(mlec_problem *p, const mlec_stage *s, size_t i)
{
    for (uint32_t k = 0; k < s->n_active; k++)
        scan_tangent(p, &p->linear[s->active[k]], i, p->tangents + k * p->n_z);
}

void scan_reduce_strip(mlec_problem *p, const mlec_stage *s, engine_run *r, const uint32_t *pairs,
                       uint32_t n_pairs, uint32_t first_pair, size_t first, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        set_tangents(p, s, first + i);
        for (uint32_t k = 0; k < s->n_active; k++) {
            double d = p->out_pointers[1 + k][i];
            pass_adjoint(p, &p->linear[s->active[k]], first + i, d);
            const double *tangent = p->tangents + k * p->n_z;
            for (size_t j = 0; r->g && j < p->n_z; j++)
                r->g[j] = __builtin_fma(d, tangent[j], r->g[j]);
        }
        for (uint32_t k = 0; r->h && k < n_pairs; k++)
            add_outer(r->h, p->n_z, r->sign * p->out_pointers[first_pair + k][i],
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
            if (i >= t->count)
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
    uint32_t outputs = 1 + s->n_active + s->map.n_pairs;
    for (uint32_t k = 0; k < outputs; k++, at += LANES)
        p->out_pointers[k] = at;
    if (s->map.hessian_prologue)
        s->map.hessian_prologue(p->scalars);
    s->map.hessian(1, p->row_pointers, p->scalars, p->out_pointers);
}

void scan_forward(mlec_problem *p, const double *z, bool tangents)
{
    for (uint32_t k = 0; k < p->plan->n_states; k++)
        memset(p->states[k].adjoint, 0, p->n_rows * sizeof(double));
    for (size_t i = 0; i < p->n_rows; i++)
        for (uint32_t k = 0; k < p->plan->n_stages; k++) {
            const mlec_stage *s = &p->plan->stages[k];
            if (s->kind != MLEC_STAGE_SCAN)
                continue;
            bound_state *state = &p->states[s->target_index];
            call_row(p, s, z, i);
            state->value[i] = p->out_pointers[0][0];
            if (!tangents)
                continue;
            set_tangents(p, s, i);
            double *to = state->tangent + i * p->n_z;
            memset(to, 0, p->n_z * sizeof *to);
            for (uint32_t a = 0; a < s->n_active; a++) {
                double d = p->out_pointers[1 + a][0];
                for (size_t j = 0; j < p->n_z; j++)
                    to[j] = __builtin_fma(d, p->tangents[a * p->n_z + j], to[j]);
            }
        }
}

void scan_backward(mlec_problem *p, const double *z, double *h)
{
    for (size_t i = p->n_rows; i-- > 0;)
        for (uint32_t k = p->plan->n_stages; k-- > 0;) {
            const mlec_stage *s = &p->plan->stages[k];
            if (s->kind != MLEC_STAGE_SCAN)
                continue;
            double adjoint = p->states[s->target_index].adjoint[i];
            if (adjoint == 0)
                continue;
            call_row(p, s, z, i);
            set_tangents(p, s, i);
            for (uint32_t a = 0; a < s->n_active; a++)
                pass_adjoint(p, &p->linear[s->active[a]], i, adjoint * p->out_pointers[1 + a][0]);
            for (uint32_t m = 0; m < s->map.n_pairs; m++)
                add_outer(h, p->n_z, adjoint * p->out_pointers[1 + s->n_active + m][0],
                          p->tangents + s->map.pairs[2 * m] * p->n_z,
                          p->tangents + s->map.pairs[2 * m + 1] * p->n_z);
        }
}
