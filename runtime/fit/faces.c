/* Newton's method over edges.
 *
 * In each step the objective is replaced by its quadratic model, in which kinks and constraints
 * stand as they are: |u + a'd| with a weight that was computed exactly, u + a'd >= 0. That is
 * a convex program with edges (algebra/edges.h), whose solution knows which edges are held (Lee,
 * Sun & Saunders 2014, Proximal Newton-type methods; Fletcher 1987, chapter 14). A multiple of the
 * curvature is added until the model is convex and its step leads down.
 *
 * The decrease that the model predicts is the certificate: at an optimum it is zero whatever the
 * curvature, because the gradient is a combination of the normals of the held edges with forces
 * that they can bear. That is the subgradient condition of a lasso and the multiplier rule of
 * a constraint. Between edges it is the Newton decrement. */
#include "runtime/fit/faces.h"

#include "base/buf.h"

#include "runtime/algebra/dense.h"
#include "runtime/algebra/edges.h"

#include <float.h>
#include <math.h>
#include <string.h>

enum { MOST_STEPS = 100, SAME_FACE = 3, MOST_REJECTIONS = 60, MOST_CHANGES = 5, SHOWN = 10 };
#define OPTIMAL 1e-10
/* A value of u this near to zero, as a share of its terms, is zero; and one that was held before.
 */
#define ZERO 1e-12
#define NEAR 1e-8
/* Least damping, as a share of the curvature: a vertex needs no curvature of its own. */
#define DAMPING 1e-8

struct faces {
    size_t n_kinks, n_constraints, n_edges;
    edge_program *program;
    uint32_t *index;
    double *coefficient;
    size_t capacity;
    double *u, *w, *side; /* of kinks */
    double *size;         /* of the terms of u, of each edge */
    double *constant;     /* of constraints, in coordinates */
    double *x, *g, *h, *trial, *unit, *row, *out, *copy, *begin;
    bool *mixed;   /* coordinates in kinks */
    bool *held;    /* edges of the face */
    double *force; /* on them */
    space_tie *ties;
    double *rows;
    size_t n_ties;
    size_t *tied; /* edges, in the order of the ties */
    double damping;
    int changes; /* of the face where the point was optimal on either */
    bool unique, ran_away;
};

static bool is_kink(const faces *k, size_t e) { return e < k->n_kinks; }

static const eval_constraint *constraint_of(const fit_state *f, size_t e)
{
    return &f->info->constraints[e - f->faces->n_kinks];
}

faces *faces_new(fit_state *f)
{
    size_t n = f->info->n_theta, n_kinks = eval_count_kinks(f->problem);
    size_t n_edges = n_kinks + f->info->n_constraints;
    arena *a = f->arena;
    if (n_edges == 0 || n == 0)
        return NULL;
    faces *k = ARENA_NEW(a, faces);
    k->n_kinks = n_kinks;
    k->n_constraints = f->info->n_constraints;
    k->n_edges = n_edges;
    k->program = edge_program_new(a, n, n_edges);
    k->u = ARENA_ARRAY(a, double, n_kinks + 1);
    k->w = ARENA_ARRAY(a, double, n_kinks + 1);
    k->side = ARENA_ARRAY(a, double, n_kinks + 1);
    k->size = ARENA_ARRAY(a, double, n_edges);
    k->constant = ARENA_ARRAY(a, double, n_edges);
    double **vectors[] = {&k->x, &k->g, &k->trial, &k->unit, &k->row, &k->out, &k->begin};
    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++)
        *vectors[i] = ARENA_ARRAY(a, double, n);
    k->h = ARENA_ARRAY(a, double, n *n);
    k->copy = ARENA_ARRAY(a, double, n *n);
    k->mixed = ARENA_ARRAY(a, bool, n);
    k->held = ARENA_ARRAY(a, bool, n_edges);
    k->force = ARENA_ARRAY(a, double, n_edges);
    k->ties = ARENA_ARRAY(a, space_tie, n);
    k->rows = ARENA_ARRAY(a, double, n *n);
    k->tied = ARENA_ARRAY(a, size_t, n);
    k->unique = true;
    return k;
}

void faces_forget(fit_state *f)
{
    faces *k = f->faces;
    if (!k)
        return;
    memset(k->held, 0, k->n_edges * sizeof *k->held);
    k->n_ties = 0;
    k->damping = 0;
    k->changes = 0;
    k->unique = true;
    k->ran_away = false;
    space_tie_to(&f->space, k->ties, 0);
}

/* du / d work of an edge. */
static void work_row(fit_state *f, size_t e, double *row)
{
    memset(row, 0, f->info->n_theta * sizeof *row);
    if (is_kink(f->faces, e)) {
        eval_kink_row(f->problem, e, row);
        return;
    }
    const space_guard *g = &f->space.guards[e - f->faces->n_kinks];
    for (uint32_t i = 0; i < g->n; i++)
        row[g->index[i]] += g->coefficient[i];
}

/* The terms of all edges in the present coordinates. */
static void set_terms(fit_state *f)
{
    faces *k = f->faces;
    size_t n = f->space.n_full, at = 0;
    for (size_t e = 0; e < k->n_edges; e++) {
        edge *q = &k->program->edges[e];
        work_row(f, e, k->row);
        k->constant[e] = space_row(&f->space, k->row, k->out);
        if (!is_kink(k, e))
            k->constant[e] += constraint_of(f, e)->constant;
        if (at + n > k->capacity) {
            size_t wanted = 2 * (at + n) + 64;
            k->index =
                arena_grow(f->arena, k->index, at * sizeof *k->index, wanted * sizeof *k->index);
            k->coefficient = arena_grow(f->arena, k->coefficient, at * sizeof *k->coefficient,
                                        wanted * sizeof *k->coefficient);
            k->capacity = wanted;
        }
        q->first = (uint32_t)at;
        for (uint32_t j = 0; j < n; j++)
            if (k->out[j] != 0) {
                k->index[at] = j;
                k->coefficient[at++] = k->out[j];
            }
        q->count = (uint32_t)at - q->first;
        q->kind = is_kink(k, e)                   ? EDGE_KINK
                  : constraint_of(f, e)->equality ? EDGE_EQUALITY
                                                  : EDGE_BOUND;
    }
    k->program->index = k->index;
    k->program->coefficient = k->coefficient;
    k->program->n = n;
}

/* Values and weights of the edges at k->x; what is zero to rounding is exactly zero. */
static void set_values(fit_state *f)
{
    faces *k = f->faces;
    edge_program *p = k->program;
    if (k->n_kinks)
        eval_kinks(f->problem, k->u, k->w, k->side);
    for (size_t e = 0; e < k->n_edges; e++) {
        edge *q = &p->edges[e];
        double sum = 0, size = 0, u;
        for (uint32_t i = q->first; i < q->first + q->count; i++) {
            double term = p->coefficient[i] * k->x[p->index[i]];
            sum += term;
            size += fabs(term);
        }
        u = is_kink(k, e) ? k->u[e] : sum + k->constant[e];
        k->size[e] = size + fabs(u - sum);
        q->weight = is_kink(k, e) ? -k->w[e] : 0;
        bool zero = fabs(u) <= (k->held[e] ? NEAR : ZERO) * k->size[e];
        q->value = zero ? 0 : u;
        q->held = k->held[e];
    }
}

/* The gradient of the model without its kinks: the derivatives at hand are those of one side. */
static void set_gradient(fit_state *f)
{
    faces *k = f->faces;
    edge_program *p = k->program;
    memcpy(p->g, k->g, p->n * sizeof *p->g);
    for (size_t e = 0; e < k->n_kinks; e++) {
        edge *q = &p->edges[e];
        if (!(q->weight > 0) || q->count == 0)
            continue;
        for (uint32_t i = q->first; i < q->first + q->count; i++)
            p->g[p->index[i]] -= k->side[e] * q->weight * p->coefficient[i];
    }
}

/* Edges that the program must not see (kinks that bend the other way, edges of fixed elements)
 * become bounds that are never near. */
static void leave_out(fit_state *f)
{
    faces *k = f->faces;
    for (size_t e = 0; e < k->n_edges; e++) {
        edge *q = &k->program->edges[e];
        bool seen = q->count > 0 && (!is_kink(k, e) || q->weight > 0);
        if (is_kink(k, e))
            q->kind = seen ? EDGE_KINK : EDGE_BOUND;
        if (seen)
            continue;
        q->kind = EDGE_BOUND;
        q->value = INFINITY;
        q->held = false;
    }
}

/* What damping is measured by: the curvature, and where there is none the information that
 * a Laplace density with these weights would have. */
static void set_units(fit_state *f)
{
    faces *k = f->faces;
    const edge_program *p = k->program;
    for (size_t j = 0; j < p->n; j++) {
        k->unit[j] = fabs(k->h[j * (p->n + 1)]);
        k->mixed[j] = false;
    }
    for (size_t e = 0; e < k->n_kinks; e++) {
        const edge *q = &p->edges[e];
        if (!(q->weight > 0))
            continue;
        for (uint32_t i = q->first; i < q->first + q->count; i++) {
            double c = q->weight * p->coefficient[i];
            k->unit[p->index[i]] += c * c;
            k->mixed[p->index[i]] = true;
        }
    }
    for (size_t j = 0; j < p->n; j++)
        if (!(k->unit[j] > 0))
            k->unit[j] = fmax(fabs(k->g[j]), 1 / (1 + k->x[j] * k->x[j]));
}

static bool make_matrix(faces *k, double damping, bool decouple)
{
    edge_program *p = k->program;
    size_t n = p->n;
    for (size_t j = 0; j < n; j++)
        for (size_t i = 0; i < n; i++)
            p->m[i + j * n] = decouple && k->mixed[i] != k->mixed[j] ? 0 : k->h[i + j * n];
    for (size_t j = 0; j < n; j++)
        p->m[j * (n + 1)] += damping * k->unit[j];
    memcpy(k->copy, p->m, n * n * sizeof *k->copy);
    return dense_cholesky(n, k->copy);
}

/* A convex model: first the Hessian itself; then without the terms that join coordinates of kinks
 * to the others, which change sign with the kinks; then with ever more damping. */
static bool set_matrix(faces *k)
{
    double damping = fmax(k->damping, DAMPING);
    if (make_matrix(k, damping, false))
        return true;
    for (; damping < 1e12; damping = fmax(10 * damping, 1e-4))
        if (make_matrix(k, damping, true))
            return true;
    return false;
}

/* k->trial = x + d, or as much of it as the coordinates allow. Returns the share. */
static double make_trial(fit_state *f)
{
    faces *k = f->faces;
    const double *d = k->program->step, *limit = f->space.step_limit;
    size_t n = k->program->n;
    double share = 1;
    for (size_t j = 0; j < n; j++)
        if (fabs(d[j]) * share > limit[j])
            share = limit[j] / fabs(d[j]);
    for (size_t j = 0; j < n; j++)
        k->trial[j] = k->x[j] + share * d[j];
    return share;
}

/* The held edges become the face. True: it is another one than before. */
static bool keep_face(faces *k)
{
    bool changed = false;
    for (size_t e = 0; e < k->n_edges; e++) {
        const edge *q = &k->program->edges[e];
        changed = changed || k->held[e] != q->held;
        k->held[e] = q->held;
        k->force[e] = q->held ? q->force : 0;
    }
    return changed;
}

/* The element that an edge with one term on the declared scale gives a value, or -1. */
static int64_t single_element(fit_state *f, size_t e, double *value)
{
    faces *k = f->faces;
    if (!is_kink(k, e)) {
        const eval_constraint *c = constraint_of(f, e);
        if (c->n != 1)
            return -1;
        *value = -c->constant / c->coefficient[0] + 0.0;
        return c->index[0];
    }
    if (!eval_kink_is_prior(f->problem, e))
        return -1;
    memset(k->row, 0, f->info->n_theta * sizeof *k->row);
    eval_kink_row(f->problem, e, k->row);
    eval_gradient_to_theta(f->problem, k->row, k->row);
    int64_t element = -1;
    double coefficient = 0, largest = 0;
    for (size_t i = 0; i < f->info->n_theta; i++)
        if (fabs(k->row[i]) > largest) {
            largest = fabs(k->row[i]);
            coefficient = k->row[i];
            element = (int64_t)i;
        }
    for (size_t i = 0; i < f->info->n_theta; i++)
        if ((int64_t)i != element && fabs(k->row[i]) > 1e-12 * largest)
            return -1;
    double offset = k->u[e] - coefficient * f->theta[element];
    *value = fabs(offset) <= ZERO * (fabs(k->u[e]) + fabs(coefficient * f->theta[element]))
                 ? 0
                 : -offset / coefficient;
    return element;
}

/* Ties the space to the face and moves f->theta onto it. */
static void tie(fit_state *f)
{
    faces *k = f->faces;
    size_t n = f->info->n_theta;
    k->n_ties = 0;
    for (size_t e = 0; e < k->n_edges && k->n_ties < n; e++) {
        if (!k->held[e])
            continue;
        space_tie *t = &k->ties[k->n_ties];
        double *row = k->rows + k->n_ties * n;
        t->element = single_element(f, e, &t->value);
        work_row(f, e, row);
        t->row = row;
        if (is_kink(k, e)) {
            eval_to_work(f->problem, f->theta, k->out);
            t->constant = k->u[e] - dense_dot(n, row, k->out);
        } else {
            t->constant = constraint_of(f, e)->constant;
        }
        k->tied[k->n_ties++] = e;
    }
    space_tie_to(&f->space, k->ties, k->n_ties);
    space_lay_out(&f->space, f->state, f->theta);
    space_from_theta(&f->space, f->theta, f->x);
    space_to_theta(&f->space, f->x, f->theta);
}

/* The program at k->x, solved. */
static bool solve(fit_state *f)
{
    faces *k = f->faces;
    set_values(f);
    set_units(f);
    set_gradient(f);
    leave_out(f);
    return set_matrix(k) && (edge_program_solve(k->program) || k->program->decrease > 0);
}

static void damp(faces *k, double ratio)
{
    if (!(ratio > 0))
        k->damping = fmax(10 * k->damping, 1e-3);
    else if (ratio < 0.25)
        k->damping = fmax(4 * k->damping, 1e-4);
    else if (ratio > 0.75)
        k->damping = k->damping > 1e-6 ? k->damping / 10 : 0;
}

/* A coordinate has gone further than any optimum would be: to a bound, or where there is none. */
static bool left_range(const fit_state *f)
{
    const faces *k = f->faces;
    for (size_t j = 0; j < f->space.n; j++)
        if (fabs(k->x[j] - k->begin[j]) > f->space.range[j])
            return true;
    return false;
}

bool faces_descend(fit_state *f)
{
    faces *k = f->faces;
    fit_space *s = &f->space;
    double value, next;
    bool moved = false;
    int same = 0, rejections = 0;
    if (k->ran_away) /* what that means is for others to say */
        return false;
    space_tie_to(s, k->ties, 0);
    space_lay_out(s, f->state, f->theta);
    space_from_theta(s, f->theta, k->x);
    memcpy(k->begin, k->x, s->n * sizeof *k->begin);
    set_terms(f);
    bool defined = s->n > 0 && space_eval(s, k->x, &value, k->g, k->h);
    for (int step = 0; defined && step < MOST_STEPS && solve(f); step++) {
        double predicted = k->program->decrease;
        if (step == 0)
            moved = !(predicted < OPTIMAL);
        if (predicted < fmax(OPTIMAL, 1e-15 * fabs(value)) || rejections > MOST_REJECTIONS) {
            if (keep_face(k) && k->changes++ < MOST_CHANGES)
                moved = true;
            break;
        }
        double share = make_trial(f);
        bool finite = space_eval(s, k->trial, &next, k->out, k->copy);
        bool better = finite && next < value;
        if (!better && finite && next < value + 1e-13 * (1 + fabs(value)) &&
            predicted < 1e-9 * (1 + fabs(value))) {
            keep_face(k); /* differences of the objective are rounding by now */
            break;
        }
        damp(k, better ? (value - next) / predicted / share : -1);
        if (!better) {
            rejections++;
            /* The point at hand must be the last one evaluated: kinks are those of it. */
            defined = space_eval(s, k->x, &value, k->g, k->h);
            continue;
        }
        rejections = 0;
        if (share == 1)
            same = keep_face(k) ? 0 : same + 1;
        value = next;
        memcpy(k->x, k->trial, s->n * sizeof *k->x);
        memcpy(k->g, k->out, s->n * sizeof *k->g);
        memcpy(k->h, k->copy, s->n * s->n * sizeof *k->h);
        f->iterations++;
        k->ran_away = left_range(f);
        if (same >= SAME_FACE || k->ran_away)
            break;
    }
    if (defined)
        space_to_theta(s, k->x, f->theta);
    tie(f);
    return moved;
}

/* How far along `direction` (in full coordinates) the next kink or bound is. */
static double distance_to_edge(const faces *k, const double *direction, size_t *which)
{
    double nearest = INFINITY;
    for (size_t e = 0; e < k->n_edges; e++) {
        const edge *q = &k->program->edges[e];
        if (k->held[e] || q->count == 0 || q->kind == EDGE_EQUALITY || isinf(q->value))
            continue;
        double rate = edge_along(k->program, q, direction), t = -q->value / rate;
        if (rate != 0 && t > 0 && t < nearest) {
            nearest = t;
            *which = e;
        }
    }
    return nearest;
}

bool faces_follow_flat(fit_state *f)
{
    faces *k = f->faces;
    fit_space *s = &f->space;
    size_t n_theta = f->info->n_theta, which = 0, n = s->n;
    double *direction = ARENA_ARRAY(f->arena, double, n_theta), value;
    double *free = ARENA_ARRAY(f->arena, double, n + 1);
    double *theta = ARENA_ARRAY(f->arena, double, n_theta);
    newton_null_direction(f->newton, 0, free);
    for (size_t i = 0; i < n; i++)
        k->trial[i] = f->x[i] + free[i];
    space_to_theta(s, k->trial, theta);
    space_to_theta(s, f->x, f->theta);
    /* Without ties the same direction in full coordinates. */
    space_tie_to(s, k->ties, 0);
    space_lay_out(s, f->state, f->theta);
    space_from_theta(s, theta, direction);
    space_from_theta(s, f->theta, k->x);
    set_terms(f);
    bool found = false;
    if (space_eval(s, k->x, &f->f, k->g, k->h)) {
        set_values(f);
        leave_out(f);
        for (size_t j = 0; j < s->n; j++)
            direction[j] -= k->x[j];
        size_t back = 0;
        double ahead = distance_to_edge(k, direction, &which);
        for (size_t j = 0; j < s->n; j++)
            k->out[j] = -direction[j];
        double behind = distance_to_edge(k, k->out, &back), t = ahead;
        if (behind < ahead) {
            t = -behind;
            which = back;
        }
        for (size_t j = 0; j < s->n && !isinf(t); j++)
            k->trial[j] = k->x[j] + t * direction[j];
        found = !isinf(t) && space_eval(s, k->trial, &value, k->out, k->copy) &&
                value <= f->f + 1e-9 * (1 + fabs(f->f));
    }
    if (found) {
        space_to_theta(s, k->trial, f->theta);
        if (k->n_kinks)
            eval_kinks(f->problem, k->u, k->w, k->side);
        k->held[which] = true;
        k->unique = false;
    }
    tie(f);
    return found;
}

/* ---- What became of it ------------------------------------------------------------------------
 */

bool faces_bounded(const fit_state *f)
{
    const faces *k = f->faces;
    for (size_t i = 0; k && i < k->n_ties; i++)
        if (!is_kink(k, k->tied[i]) && !constraint_of(f, k->tied[i])->equality)
            return true;
    return false;
}

static bool in_tie(const fit_state *f, size_t tie, size_t i)
{
    const faces *k = f->faces;
    memcpy(k->row, k->ties[tie].row, f->info->n_theta * sizeof *k->row);
    eval_gradient_to_theta(f->problem, k->row, k->row);
    return fabs(k->row[i]) > 0;
}

face_role faces_role(const fit_state *f, size_t i)
{
    const faces *k = f->faces;
    face_role role = FACE_FREE;
    for (size_t t = 0; k && t < k->n_ties; t++) {
        size_t e = k->tied[t];
        if (is_kink(k, e) && !eval_kink_is_prior(f->problem, e)) {
            if (in_tie(f, t, i))
                role = FACE_KINK;
        } else if (k->ties[t].element == (int64_t)i) {
            return is_kink(k, e) ? FACE_ZERO : FACE_BOUND;
        } else if (!is_kink(k, e) && constraint_of(f, e)->element == (int64_t)i) {
            role = FACE_BOUND;
        }
    }
    return role;
}

size_t faces_lost_dimensions(const fit_state *f)
{
    const faces *k = f->faces;
    size_t n = 0;
    for (size_t t = 0; k && t < k->n_ties; t++) {
        size_t e = k->tied[t];
        n += is_kink(k, e) ? eval_kink_is_prior(f->problem, e) : constraint_of(f, e)->equality;
    }
    return n;
}

static const char *objective_name(const fit_state *f)
{
    return f->info->has_priors ? "log-posterior" : "log-likelihood";
}

static void report_constraint(fit_state *f, size_t e)
{
    const eval_constraint *c = constraint_of(f, e);
    double rise = f->faces->force[e];
    if (c->equality)
        return;
    diag *d;
    if (c->text) {
        d = diag_report(f->diags, DIAG_BOUNDARY, NO_SPAN,
                        "`%s` (line %u) is active%s%s: the maximum is at the boundary, and the %s "
                        "would rise by %.4g for each unit of room, at first",
                        c->text, c->line, c->n == 1 ? " for " : "",
                        c->n == 1 ? f->info->names[c->index[0]] : "", objective_name(f), rise);
        diag_add_hint(f->diags, d, "standard errors are those along the boundary");
    } else {
        const char *name = f->info->names[c->element];
        if (c->n > 1)
            d = diag_report(f->diags, DIAG_BOUNDARY, NO_SPAN,
                            "%s equals the element before it: the maximum is at the boundary",
                            name);
        else
            d = diag_report(f->diags, DIAG_BOUNDARY, NO_SPAN,
                            "%s is at its bound %.7g: the maximum is at the boundary", name,
                            f->theta[c->element]);
        diag_add_hint(f->diags, d,
                      "it has no Wald standard error; the other standard errors hold it fixed");
    }
    for (uint32_t i = 0; i < c->n; i++)
        diag_add_parameter(f->diags, d, f->info->names[c->index[i]]);
}

static void report_zeros(fit_state *f)
{
    const faces *k = f->faces;
    size_t zeros = 0, shown = 0, all = 0;
    buf who;
    buf_init(&who, f->arena);
    for (size_t e = 0; e < k->n_kinks; e++)
        all += eval_kink_is_prior(f->problem, e);
    for (size_t t = 0; t < k->n_ties; t++)
        zeros += is_kink(k, k->tied[t]) && eval_kink_is_prior(f->problem, k->tied[t]);
    if (zeros == 0)
        return;
    for (size_t t = 0; t < k->n_ties && shown < SHOWN; t++)
        if (is_kink(k, k->tied[t]) && k->ties[t].element >= 0)
            buf_printf(&who, "%s%s", shown++ ? ", " : ": ", f->info->names[k->ties[t].element]);
    diag *d = diag_report(f->diags, DIAG_PENALTY, NO_SPAN,
                          "the penalty holds %zu of %zu terms at exactly 0%s%s", zeros, all,
                          buf_text(&who), shown && zeros > shown ? ", ..." : "");
    for (size_t t = 0; t < k->n_ties; t++)
        if (is_kink(k, k->tied[t]) && k->ties[t].element >= 0)
            diag_add_parameter(f->diags, d, f->info->names[k->ties[t].element]);
}

static void report_kinks(fit_state *f)
{
    const faces *k = f->faces;
    size_t kinks = 0, n = f->info->n_theta;
    bool unique = k->unique;
    for (size_t t = 0; t < k->n_ties; t++) {
        size_t e = k->tied[t];
        if (!is_kink(k, e) || eval_kink_is_prior(f->problem, e))
            continue;
        kinks++;
        unique = unique && fabs(k->force[e]) < -k->w[e] * (1 - 1e-9);
    }
    if (kinks == 0)
        return;
    diag *d = diag_report(f->diags, DIAG_KINK, NO_SPAN,
                          "the maximum lies on %zu kink%s of the log-likelihood, where it has no "
                          "observed information",
                          kinks, kinks == 1 ? "" : "s");
    for (size_t i = 0; i < n; i++)
        if (faces_role(f, i) == FACE_KINK)
            diag_add_parameter(f->diags, d, f->info->names[i]);
    diag_add_hint(f->diags, d,
                  "the estimates are exact; the parameters in the kinks have no standard errors");
    if (unique)
        return;
    d = diag_report(f->diags, DIAG_NOT_UNIQUE, NO_SPAN,
                    "other values of the parameters reach the same maximum; this is a corner of "
                    "the set of them");
    for (size_t i = 0; i < n; i++)
        if (faces_role(f, i) == FACE_KINK)
            diag_add_parameter(f->diags, d, f->info->names[i]);
}

void faces_report(fit_state *f)
{
    const faces *k = f->faces;
    if (!k)
        return;
    for (size_t t = 0; t < k->n_ties; t++)
        if (!is_kink(k, k->tied[t]))
            report_constraint(f, k->tied[t]);
    if (f->verdict != MLEC_INTERIOR && f->verdict != MLEC_BOUNDARY)
        return;
    report_zeros(f);
    report_kinks(f);
}
