/* Constraints as rows over theta, and points that meet them.
 *
 * A parameter that is in a constraint or a kink is "straight": the optimizer moves it on its
 * declared scale, where these are linear, and the bounds of its type become further constraints. */
#include "base/buf.h"

#include "runtime/algebra/edges.h"
#include "runtime/eval/problem.h"

#include <math.h>
#include <string.h>

typedef struct {
    mlec_problem *p;
    VEC(eval_constraint) rows;
    bool *straight;
} constraints;

static void add(constraints *c, eval_constraint row) { VEC_PUSH(&c->p->arena, c->rows, row); }

static void add_statement(constraints *c, const mlec_constraint *m)
{
    mlec_problem *p = c->p;
    const mlec_stage *s = &p->plan->stages[m->part];
    const mlec_statement *from = &p->plan->statements[m->statement];
    double *dense = ARENA_ARRAY(&p->arena, double, p->n_z + 1);
    for (size_t i = 0; i < p->axis_length[s->axis]; i++) {
        uint32_t *index = ARENA_ARRAY(&p->arena, uint32_t, p->info.n_theta + 1), n = 0;
        double *coefficient = ARENA_ARRAY(&p->arena, double, p->info.n_theta + 1);
        double offset = 0;
        memset(dense, 0, p->n_z * sizeof *dense);
        engine_add_row(&p->linear[m->part], i, 1, dense);
        for (uint32_t k = 0; k < p->info.n_theta; k++)
            if (dense[k] != 0) {
                index[n] = k;
                coefficient[n++] = dense[k];
            }
        if (m->offset >= 0)
            offset =
                narrow_at(p->buffers[m->offset], p->plan->buffers[m->offset].axis == 0 ? 0 : i);
        add(c, (eval_constraint){n, index, coefficient, offset + m->constant, m->equality, -1,
                                 from->text, from->line, from->column});
    }
}

static void mark_straight(constraints *c, uint32_t element)
{
    for (size_t k = 0; k < c->p->info.n_parameters; k++) {
        const eval_parameter *e = &c->p->info.parameters[k];
        if (element >= e->first && element < e->first + e->count)
            c->straight[k] = true;
    }
}

static void mark_kinks(constraints *c)
{
    mlec_problem *p = c->p;
    for (uint32_t k = 0; k < p->plan->n_stages; k++) {
        const mlec_stage *s = &p->plan->stages[k];
        for (uint32_t j = 0; j < s->map.n_kinks * s->n_active; j++) {
            const bound_linear *l = &p->linear[s->active[j % s->n_active]];
            for (uint32_t t = 0; s->map.kink_slopes[j] != 0 && t < l->n_terms; t++)
                mark_straight(c, l->terms[t].index);
        }
    }
}

/* What the type says of one vector of a straight parameter. */
static void add_type(constraints *c, const eval_parameter *e, uint32_t first, uint32_t width)
{
    arena *a = &c->p->arena;
    bool simplex = e->type == MLEC_TYPE_SIMPLEX;
    double lower = simplex ? 0 : e->lower, upper = simplex ? INFINITY : e->upper;
    uint32_t *all = ARENA_ARRAY(a, uint32_t, width);
    double *ones = ARENA_ARRAY(a, double, width);
    for (uint32_t i = 0; i < width; i++) {
        static const double up[] = {1}, down[] = {-1}, step[] = {-1, 1};
        all[i] = first + i;
        ones[i] = 1;
        if (e->type == MLEC_TYPE_ORDERED) {
            if (i > 0)
                add(c, (eval_constraint){2, all + i - 1, step, 0, false, first + i, NULL, 0, 0});
            continue;
        }
        if (!isinf(lower))
            add(c, (eval_constraint){1, all + i, up, -lower, false, first + i, NULL, 0, 0});
        if (!isinf(upper))
            add(c, (eval_constraint){1, all + i, down, upper, false, first + i, NULL, 0, 0});
    }
    if (simplex)
        add(c, (eval_constraint){width, all, ones, -1, true, -1, NULL, 0, 0});
}

static double slack(const eval_constraint *c, const double *theta)
{
    double sum = c->constant;
    for (uint32_t i = 0; i < c->n; i++)
        sum += c->coefficient[i] * theta[c->index[i]];
    return sum;
}

static double size_of(const eval_constraint *c)
{
    double sum = 0;
    for (uint32_t i = 0; i < c->n; i++)
        sum += fabs(c->coefficient[i]);
    return sum;
}

/* The point nearest to theta that leaves `margin` times its size to each constraint: missing it
 * costs so much for each unit that it is missed only where it must be. */
static bool nearest(const mlec_problem *p, arena *a, double margin, double *theta, bool *blame)
{
    const double cost = 1e8;
    const eval_info *info = &p->info;
    size_t n = info->n_theta, m = info->n_constraints, terms = 0;
    for (size_t i = 0; i < m; i++)
        terms += info->constraints[i].n;
    edge_program *q = edge_program_new(a, n, m);
    uint32_t *index = ARENA_ARRAY(a, uint32_t, terms + 1), at = 0;
    double *coefficient = ARENA_ARRAY(a, double, terms + 1);
    q->index = index;
    q->coefficient = coefficient;
    for (size_t i = 0; i < n; i++)
        q->m[i * (n + 1)] = 1;
    for (size_t i = 0; i < m; i++) {
        const eval_constraint *c = &info->constraints[i];
        double size = size_of(c), room = c->equality ? 0 : margin * size;
        edge *e = &q->edges[i];
        *e = (edge){.kind = EDGE_KINK,
                    .value = slack(c, theta) - room,
                    .weight = c->equality ? cost : cost / 2,
                    .first = at};
        if (fabs(e->value) < 1e-12 * (size + fabs(c->constant)))
            e->value = 0;
        for (uint32_t k = 0; k < c->n; k++) {
            if (info->fixed[c->index[k]])
                continue;
            index[at] = c->index[k];
            coefficient[at++] = c->coefficient[k];
            if (!c->equality)
                q->g[c->index[k]] -= cost / 2 * c->coefficient[k];
        }
        e->count = at - e->first;
    }
    edge_program_solve(q);
    double *moved = ARENA_ARRAY(a, double, n + 1);
    bool ok = true;
    for (size_t i = 0; i < n; i++)
        moved[i] = theta[i] + q->step[i];
    for (size_t i = 0; i < m; i++) {
        const eval_constraint *c = &info->constraints[i];
        double u = slack(c, moved), zero = 1e-9 * (size_of(c) + fabs(c->constant));
        bool missed =
            u < (c->equality ? 0 : 0.5 * margin * size_of(c)) - zero || (c->equality && u > zero);
        ok = ok && !missed;
        if (blame)
            blame[i] = missed || (q->edges[i].held && fabs(q->edges[i].force) > 1e-3 * cost);
    }
    if (ok)
        memcpy(theta, moved, n * sizeof *theta);
    return ok;
}

bool eval_move_inside(const mlec_problem *p, arena *a, double *theta, bool *blame)
{
    static const double margins[] = {0.1, 0.01, 1e-3, 1e-5, 0};
    bool outside = false;
    for (size_t i = 0; i < p->info.n_constraints; i++) {
        const eval_constraint *c = &p->info.constraints[i];
        double u = slack(c, theta);
        outside = outside || (c->equality ? u != 0 : !(u > 0));
    }
    bool ok = !outside;
    for (size_t k = 0; !ok && k < sizeof margins / sizeof *margins; k++)
        ok = nearest(p, a, margins[k], theta, blame);
    return ok;
}

static void report_infeasible(mlec_problem *p, const bool *blame)
{
    const eval_info *info = &p->info;
    diag_list *diags = &p->ctx->diags;
    const eval_constraint *first = NULL;
    buf who;
    buf_init(&who, &p->arena);
    for (size_t i = 0; i < info->n_constraints; i++) {
        const eval_constraint *c = &info->constraints[i];
        if (!blame[i])
            continue;
        buf_puts(&who, first ? "; " : "");
        first = first ? first : c;
        if (c->text)
            buf_printf(&who, "`%s`", c->text);
        else if (c->element >= 0)
            buf_printf(&who, "the type of %s", info->names[c->element]);
        else
            buf_puts(&who, "a simplex");
    }
    diag *d = diag_report(diags, DIAG_INFEASIBLE, NO_SPAN,
                          "no values of the parameters meet these together: %s", buf_text(&who));
    bool *named = ARENA_ARRAY(&p->arena, bool, info->n_theta + 1);
    for (size_t i = 0; i < info->n_constraints; i++)
        for (uint32_t k = 0; blame[i] && k < info->constraints[i].n; k++)
            named[info->constraints[i].index[k]] = true;
    for (size_t i = 0; i < info->n_theta; i++)
        if (named[i])
            diag_add_parameter(diags, d, info->names[i]);
    if (first && first->text)
        diag_set_place(diags, d, info->model_name, first->line, first->column);
    diag_add_hint(diags, d, "change or remove one of them; --fix sets values too");
}

bool bind_constraints(mlec_problem *p)
{
    constraints c = {.p = p};
    c.straight = ARENA_ARRAY(&p->arena, bool, p->info.n_parameters + 1);
    for (uint32_t i = 0; i < p->plan->n_constraints; i++)
        add_statement(&c, &p->plan->constraints[i]);
    for (uint32_t i = 0; i < c.rows.count; i++)
        for (uint32_t k = 0; k < c.rows.data[i].n; k++)
            mark_straight(&c, c.rows.data[i].index[k]);
    mark_kinks(&c);
    for (size_t k = 0; k < p->info.n_parameters; k++) {
        const eval_parameter *e = &p->info.parameters[k];
        bool vector = e->type == MLEC_TYPE_ORDERED || e->type == MLEC_TYPE_SIMPLEX;
        uint32_t width = vector ? e->width : 1;
        for (uint32_t i = 0; c.straight[k] && i < e->count; i += width)
            add_type(&c, e, e->first + i, width);
    }
    p->info.constraints = c.rows.data;
    p->info.n_constraints = c.rows.count;
    p->info.straight = c.straight;
    if (p->plan->n_constraints == 0)
        return true;
    double *theta = ARENA_ARRAY(&p->arena, double, p->info.n_theta + 1);
    bool *blame = ARENA_ARRAY(&p->arena, bool, c.rows.count + 1);
    mlec_problem_start(p, theta);
    if (eval_move_inside(p, &p->arena, theta, blame))
        return true;
    report_infeasible(p, blame);
    return false;
}
