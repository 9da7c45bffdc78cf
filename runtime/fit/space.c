#include "runtime/fit/space.h"

#include "runtime/algebra/dense.h"

#include <math.h>
#include <string.h>

/* A row over theta, sparse, as one over work. */
static space_guard make_guard(fit_space *s, const eval_constraint *c, double *dense)
{
    size_t n = s->info->n_theta;
    uint32_t *index = ARENA_ARRAY(s->arena, uint32_t, n), count = 0;
    double *coefficient = ARENA_ARRAY(s->arena, double, n);
    memset(dense, 0, n * sizeof *dense);
    for (uint32_t i = 0; i < c->n; i++)
        dense[c->index[i]] += c->coefficient[i];
    eval_row_to_work(s->problem, dense);
    for (uint32_t i = 0; i < n; i++)
        if (dense[i] != 0) {
            index[count] = i;
            coefficient[count++] = dense[i];
        }
    return (space_guard){count, index, coefficient, c->constant, c->equality};
}

static void init_ties(fit_space *s)
{
    const eval_info *info = s->info;
    size_t n = info->n_theta;
    arena *a = s->arena;
    s->guards = ARENA_ARRAY(a, space_guard, info->n_constraints + 1);
    for (size_t i = 0; i < info->n_constraints; i++)
        s->guards[s->n_guards++] = make_guard(s, &info->constraints[i], s->base);
    s->kept = ARENA_ARRAY(a, uint32_t, n + 1);
    s->place = ARENA_ARRAY(a, uint32_t, n + 1);
    s->led = ARENA_ARRAY(a, uint32_t, n + 1);
    s->lead = ARENA_ARRAY(a, double, n *n + 1);
    s->lead_offset = ARENA_ARRAY(a, double, n + 1);
    s->full_gradient = ARENA_ARRAY(a, double, n + 1);
    s->full_hessian = ARENA_ARRAY(a, double, n *n + 1);
}

void space_tie_to(fit_space *s, const space_tie *ties, size_t n)
{
    s->ties = ties;
    s->n_ties = n;
}

/* Whether the constraints are met at s->work, to rounding. */
static bool permitted(const fit_space *s)
{
    for (size_t i = 0; i < s->n_guards; i++) {
        const space_guard *c = &s->guards[i];
        double u = c->constant, size = fabs(c->constant);
        for (uint32_t k = 0; k < c->n; k++) {
            double term = c->coefficient[k] * s->work[c->index[k]];
            u += term;
            size += fabs(term);
        }
        if (!(u >= -1e-9 * size) || (c->equality && u > 1e-9 * size))
            return false;
    }
    return true;
}

void space_init(fit_space *s, arena *a, mlec_problem *p, mlec_transform_family family)
{
    const eval_info *info = eval_get_info(p);
    size_t n = info->n_theta, widest = 1, pool = 0;
    *s = (fit_space){.problem = p, .info = info, .arena = a, .family = family};
    s->transforms = ARENA_ARRAY(a, transform, info->n_parameters);
    s->owner = ARENA_ARRAY(a, uint32_t, n);
    s->all = ARENA_ARRAY(a, uint32_t, n);
    for (uint32_t i = 0; i < n; i++)
        s->all[i] = i;
    for (uint32_t k = 0; k < info->n_parameters; k++) {
        const eval_parameter *q = &info->parameters[k];
        s->transforms[k] = transform_of(q, family);
        size_t width = s->transforms[k].width;
        widest = width > widest ? width : widest;
        pool += q->count * width;
        for (uint32_t i = 0; i < q->count; i++)
            s->owner[q->first + i] = k;
    }
    for (size_t k = 0; k < info->n_groups; k++) {
        size_t size = info->groups[k].size;
        widest = size > widest ? size : widest;
        pool += 2 * size * size + size;
    }
    s->state = ARENA_ARRAY(a, transform_state, n);
    s->held = ARENA_ARRAY(a, double, n);
    s->blocks = ARENA_ARRAY(a, space_block, n);
    s->step_limit = ARENA_ARRAY(a, double, n);
    s->range = ARENA_ARRAY(a, double, n);
    s->theta = ARENA_ARRAY(a, double, n);
    s->work = ARENA_ARRAY(a, double, n);
    s->base = ARENA_ARRAY(a, double, n);
    s->gradient = ARENA_ARRAY(a, double, n);
    bool edges = info->n_constraints || eval_count_kinks(p);
    s->profile = edges ? NULL : profile_new(a, p);
    s->rows = s->profile ? profile_size(s->profile) : n;
    s->hessian = arena_alloc(a, s->rows * s->rows * sizeof(double));
    s->known_work = ARENA_ARRAY(a, double, n);
    s->known_gradient = ARENA_ARRAY(a, double, n);
    s->known_hessian = arena_alloc(a, s->rows * s->rows * sizeof(double));
    s->product = arena_alloc(a, s->rows * s->rows * sizeof(double));
    s->small = ARENA_ARRAY(a, double, widest *(widest + 66));
    s->pool = ARENA_ARRAY(a, double, pool);
    s->full = ARENA_ARRAY(a, double, n + 1);
    if (edges)
        init_ties(s);
}

/* Whether an element takes its value from the others. */
static bool profiled(const fit_space *s, size_t element)
{
    return s->profile && s->state[element] == TRANSFORM_FREE && profile_has(s->profile, element);
}

/* The row of an element in matrices over elements. */
static size_t row_of(const fit_space *s, size_t element)
{
    return s->profile ? profile_outside(s->profile, element) : element;
}

void space_straighten(fit_space *s)
{
    for (size_t k = 0; k < s->info->n_parameters; k++)
        if (s->info->straight && s->info->straight[k])
            s->transforms[k] = (transform){.type = MLEC_TYPE_REAL,
                                           .family = s->family,
                                           .lower = -INFINITY,
                                           .upper = INFINITY,
                                           .width = 1};
}

/* How far a coordinate may go in one step, and in all before it counts as running away. Those that
 * stand for real numbers may go anywhere: their scale is unknown. */
static void set_limits(fit_space *s, const space_block *b, const double *theta)
{
    const transform *t = b->map;
    for (size_t j = 0; j < b->dims; j++) {
        double *limit = &s->step_limit[b->x + j], *range = &s->range[b->x + j];
        *limit = *range = INFINITY;
        if (!t || (t->type == MLEC_TYPE_ORDERED && j == 0 && b->dims == t->width))
            continue;
        bool two_sided = t->type == MLEC_TYPE_SIMPLEX ||
                         (t->type != MLEC_TYPE_ORDERED && !isinf(t->lower) && !isinf(t->upper));
        if (t->family == MLEC_TRANSFORM_LOG) {
            *limit = 4;
            *range = two_sided ? 34 : 80;
            continue;
        }
        /* Above 0 softplus is nearly linear, so the coordinate has the scale of the parameter. */
        double size = 0;
        for (uint32_t i = 0; i < b->width; i++)
            size = fmax(size, fabs(theta[b->index[i]]));
        *limit = two_sided ? 2 : 4 + 4 * size;
        *range = two_sided ? 30 : 80 + 1e12 * size;
    }
}

/* A group with fixed elements: work = R theta splits into R_free theta_free + R_fixed theta_fixed,
 * and with R_free = Q T the coordinates x = T theta_free enter work through orthonormal columns. */
static double *lay_out_group(fit_space *s, const eval_group *g, const double *theta, double *pool)
{
    size_t m = g->size, dims = 0;
    for (size_t i = 0; i < m; i++)
        dims += s->state[g->index[i]] == TRANSFORM_FREE;
    if (dims == 0 || dims == m)
        return pool;
    space_block *b = &s->blocks[s->n_blocks++];
    *b = (space_block){
        .kind = SPACE_GROUP, .index = g->index, .width = g->size, .x = s->n, .dims = dims};
    b->jacobian = pool;
    b->triangle = pool + m * dims;
    b->offset = b->triangle + dims * dims;
    memset(b->offset, 0, m * sizeof *b->offset);
    size_t column = 0;
    for (size_t j = 0; j < m; j++) {
        const double *r = g->r + j * m;
        if (s->state[g->index[j]] == TRANSFORM_FREE)
            memcpy(b->jacobian + column++ * m, r, m * sizeof *r);
        else
            for (size_t i = 0; i < m; i++)
                b->offset[i] += r[i] * theta[g->index[j]];
    }
    dense_qr(m, dims, b->jacobian, b->triangle, true, s->small);
    set_limits(s, b, theta);
    s->n += dims;
    return b->offset + m;
}

static bool in_split_group(const fit_space *s, uint32_t element)
{
    for (size_t k = 0; k < s->info->n_groups; k++) {
        const eval_group *g = &s->info->groups[k];
        bool member = false, fixed = false;
        for (size_t i = 0; i < g->size; i++) {
            member = member || g->index[i] == element;
            fixed = fixed || s->state[g->index[i]] != TRANSFORM_FREE;
        }
        if (member)
            return fixed;
    }
    return false;
}

double space_row(const fit_space *s, const double *row, double *out)
{
    double constant = 0;
    memset(out, 0, s->n_full * sizeof *out);
    memcpy(s->gradient, row, s->info->n_theta * sizeof *row);
    for (size_t k = 0; k < s->n_blocks; k++) {
        const space_block *b = &s->blocks[k];
        if (b->kind == SPACE_VECTOR)
            continue;
        for (uint32_t e = 0; e < b->width; e++) {
            double c = row[b->index[e]];
            s->gradient[b->index[e]] = 0;
            if (b->kind == SPACE_WORK) {
                out[b->x] = c;
                continue;
            }
            constant += c * b->offset[e];
            for (size_t j = 0; c != 0 && j < b->dims; j++)
                out[b->x + j] += c * b->jacobian[e + j * b->width];
        }
    }
    for (size_t i = 0; i < s->info->n_theta; i++)
        if (s->gradient[i] != 0)
            constant += s->gradient[i] * s->base[i];
    return constant;
}

/* Solves the ties for as many coordinates, by Gauss and Jordan with complete pivoting. */
static void follow_ties(fit_space *s)
{
    size_t n = s->n_full, m = s->n_ties < n ? s->n_ties : n, rank = 0;
    double *a = s->full_hessian, *c = s->full_gradient; /* rows of n */
    for (size_t i = 0; i < m; i++) {
        double size = 0;
        c[i] = s->ties[i].constant + space_row(s, s->ties[i].row, a + i * n);
        for (size_t j = 0; j < n; j++)
            size = fmax(size, fabs(a[i * n + j]));
        for (size_t j = 0; size > 0 && j < n; j++)
            a[i * n + j] /= size;
        c[i] = size > 0 ? c[i] / size : 0;
    }
    memset(s->place, 0, n * sizeof *s->place);
    for (; rank < m; rank++) {
        size_t row = rank, column = 0;
        double largest = 1e-10;
        for (size_t i = rank; i < m; i++)
            for (size_t j = 0; j < n; j++)
                if (fabs(a[i * n + j]) > largest * (1 + 1e-9)) {
                    largest = fabs(a[i * n + j]);
                    row = i;
                    column = j;
                }
        if (!(largest > 1e-10))
            break;
        for (size_t j = 0; j < n && row != rank; j++) {
            double t = a[row * n + j];
            a[row * n + j] = a[rank * n + j];
            a[rank * n + j] = t;
        }
        double t = c[row];
        c[row] = c[rank];
        c[rank] = t;
        double pivot = a[rank * n + column];
        for (size_t j = 0; j < n; j++)
            a[rank * n + j] /= pivot;
        c[rank] /= pivot;
        for (size_t i = 0; i < m; i++) {
            double factor = a[i * n + column];
            if (i == rank || factor == 0)
                continue;
            for (size_t j = 0; j < n; j++)
                a[i * n + j] -= factor * a[rank * n + j];
            a[i * n + column] = 0;
            c[i] -= factor * c[rank];
        }
        s->led[rank] = (uint32_t)column;
        s->place[column] = UINT32_MAX;
    }
    s->n_led = rank;
    s->n = 0;
    for (uint32_t j = 0; j < n; j++) {
        if (s->place[j] == UINT32_MAX)
            continue;
        s->step_limit[s->n] = s->step_limit[j];
        s->range[s->n] = s->range[j];
        s->kept[s->n] = j;
        s->place[j] = (uint32_t)s->n++;
    }
    for (size_t i = 0; i < rank; i++) {
        s->lead_offset[i] = 0 - c[i];
        for (size_t j = 0; j < s->n; j++)
            s->lead[i * s->n + j] = 0 - a[i * n + s->kept[j]];
    }
}

size_t space_place(const fit_space *s, size_t full)
{
    if (s->n_led == 0)
        return full;
    return s->place[full] == UINT32_MAX ? SIZE_MAX : s->place[full];
}

/* All coordinates from the free ones; `offset` 0 for a direction. */
static const double *to_full(const fit_space *s, const double *x, double offset)
{
    if (s->n_led == 0)
        return x;
    for (size_t j = 0; j < s->n; j++)
        s->full[s->kept[j]] = x[j];
    for (size_t i = 0; i < s->n_led; i++)
        s->full[s->led[i]] = offset * s->lead_offset[i] + dense_dot(s->n, s->lead + i * s->n, x);
    return s->full;
}

/* The gradient, or a column of the Hessian, of the free coordinates. */
static void from_full_gradient(const fit_space *s, const double *full, double *out)
{
    for (size_t j = 0; j < s->n; j++) {
        double sum = full[s->kept[j]];
        for (size_t i = 0; i < s->n_led; i++)
            sum += s->lead[i * s->n + j] * full[s->led[i]];
        out[j] = sum;
    }
}

/* T'HT by columns, then rows; `in` is spoiled. */
static void from_full_hessian(const fit_space *s, double *in, double *out)
{
    size_t n = s->n, full = s->n_full;
    for (size_t j = 0; j < n; j++) {
        double *column = in + s->kept[j] * full; /* H T */
        for (size_t i = 0; i < s->n_led; i++) {
            double c = s->lead[i * n + j];
            const double *from = in + s->led[i] * full;
            for (size_t k = 0; c != 0 && k < full; k++)
                column[k] += c * from[k];
        }
        from_full_gradient(s, column, out + j * n);
    }
    for (size_t j = 0; j < n; j++)
        for (size_t i = j + 1; i < n; i++)
            out[i + j * n] = out[j + i * n] = 0.5 * (out[i + j * n] + out[j + i * n]);
}

void space_lay_out(fit_space *s, const transform_state *state, const double *theta)
{
    const eval_info *info = s->info;
    memcpy(s->state, state, info->n_theta * sizeof *state);
    memcpy(s->held, theta, info->n_theta * sizeof *theta);
    s->n = s->n_blocks = 0;
    double *pool = s->pool;
    for (uint32_t k = 0; k < info->n_parameters; k++) {
        const eval_parameter *q = &info->parameters[k];
        const transform *t = &s->transforms[k];
        bool identity = transform_is_identity(t);
        for (uint32_t i = q->first; i < q->first + q->count; i += t->width) {
            size_t dims = transform_dims(t, state + i);
            space_block b = {.kind = identity ? SPACE_WORK : SPACE_VECTOR,
                             .index = s->all + i,
                             .width = t->width,
                             .x = s->n,
                             .dims = dims};
            if (identity) {
                if (dims == 0 || in_split_group(s, i) || profiled(s, i))
                    continue;
            } else {
                /* Elements at their bounds take the bound, whatever theta says. */
                transform_to_free(t, state + i, s->held + i, s->small);
                transform_to_natural(t, state + i, s->small, s->held + i);
                if (dims == 0)
                    continue;
                b.map = t;
                b.jacobian = pool;
                pool += t->width * dims;
            }
            set_limits(s, &b, theta);
            s->blocks[s->n_blocks++] = b;
            s->n += dims;
        }
    }
    for (size_t k = 0; k < info->n_groups; k++)
        pool = lay_out_group(s, &info->groups[k], theta, pool);
    eval_to_work(s->problem, s->held, s->base);
    s->n_full = s->n;
    s->n_led = 0;
    if (s->n_ties)
        follow_ties(s);
}

void space_from_theta(fit_space *s, const double *theta, double *free)
{
    double *x = s->n_led ? s->full : free;
    eval_to_work(s->problem, theta, s->work);
    for (size_t k = 0; k < s->n_blocks; k++) {
        const space_block *b = &s->blocks[k];
        const uint32_t first = b->index[0];
        if (b->kind == SPACE_WORK) {
            x[b->x] = s->work[first];
        } else if (b->kind == SPACE_VECTOR) {
            transform_to_free(b->map, s->state + first, theta + first, x + b->x);
        } else {
            size_t j = 0;
            for (size_t i = 0; i < b->dims; i++)
                x[b->x + i] = 0;
            for (size_t e = 0; e < b->width; e++) {
                if (s->state[b->index[e]] != TRANSFORM_FREE)
                    continue;
                for (size_t i = 0; i <= j; i++)
                    x[b->x + i] += b->triangle[i + j * b->dims] * theta[b->index[e]];
                j++;
            }
        }
    }
    for (size_t j = 0; s->n_led && j < s->n; j++)
        free[j] = x[s->kept[j]];
}

/* work at the full x; natural values of the constrained elements go to s->theta. */
static void move_to(fit_space *s, const double *x)
{
    size_t n = s->info->n_theta;
    memcpy(s->work, s->base, n * sizeof *s->work);
    memcpy(s->theta, s->held, n * sizeof *s->theta);
    for (size_t k = 0; k < s->n_blocks; k++) {
        const space_block *b = &s->blocks[k];
        const uint32_t first = b->index[0];
        if (b->kind == SPACE_WORK) {
            s->work[first] = x[b->x];
        } else if (b->kind == SPACE_VECTOR) {
            transform_to_natural(b->map, s->state + first, x + b->x, s->theta + first);
            memcpy(s->work + first, s->theta + first, b->width * sizeof *s->work);
        } else {
            for (size_t i = 0; i < b->width; i++) {
                double sum = b->offset[i];
                for (size_t j = 0; j < b->dims; j++)
                    sum += b->jacobian[i + j * b->width] * x[b->x + j];
                s->work[b->index[i]] = sum;
            }
        }
    }
}

/* With the Hessian: the end of a fit is asked for by several. */
static void evaluate_once(fit_space *s, eval_output *out)
{
    size_t n = s->info->n_theta * sizeof(double), square = s->rows * s->rows * sizeof(double);
    if (s->known && memcmp(s->known_work, s->work, n) == 0) {
        memcpy(s->gradient, s->known_gradient, n);
        memcpy(s->hessian, s->known_hessian, square);
        out->log_likelihood = s->known_value[0];
        out->log_prior = s->known_value[1];
        return;
    }
    out->hessian = s->hessian;
    eval_work(s->problem, s->work, out);
    memcpy(s->known_work, s->work, n);
    memcpy(s->known_gradient, s->gradient, n);
    memcpy(s->known_hessian, s->hessian, square);
    s->known_value[0] = out->log_likelihood;
    s->known_value[1] = out->log_prior;
    s->known = true;
}

/* The objective at s->work, or the profile objective, whose block goes to s->work. Its derivatives
 * stand in s->gradient and s->hessian. */
static bool evaluate(fit_space *s, eval_output *out, bool second)
{
    s->evaluations++;
    if (!s->profile) {
        if (second && s->expected)
            out->expected = s->hessian;
        if (second && !s->expected && out->gradient)
            evaluate_once(s, out);
        else
            eval_work(s->problem, s->work, out);
        return true;
    }
    if (!profile_eval(s->profile, s->state, s->work, out, second ? s->hessian : NULL))
        return false;
    for (size_t i = s->info->block_first; i < s->info->block_first + s->info->block_count; i++)
        if (profiled(s, i))
            s->base[i] = s->held[i] = s->work[i]; /* the next search begins here */
    return true;
}

void space_to_theta(fit_space *s, const double *x, double *theta)
{
    size_t n = s->info->n_theta;
    move_to(s, to_full(s, x, 1));
    if (s->profile)
        evaluate(s, &(eval_output){0}, false);
    eval_to_theta(s->problem, s->work, theta);
    /* What is not real, or not free, is known exactly. */
    for (size_t i = 0; i < n; i++)
        if (!transform_is_identity(&s->transforms[s->owner[i]]) || s->state[i] != TRANSFORM_FREE)
            theta[i] = s->theta[i];
    for (size_t i = 0; i < s->n_ties; i++)
        if (s->ties[i].element >= 0)
            theta[s->ties[i].element] = s->ties[i].value;
}

static void set_jacobians(fit_space *s, const double *x)
{
    for (size_t k = 0; k < s->n_blocks; k++) {
        const space_block *b = &s->blocks[k];
        const uint32_t first = b->index[0];
        if (b->kind == SPACE_VECTOR)
            transform_jacobian(b->map, s->state + first, x + b->x, s->theta + first, b->jacobian);
    }
}

/* out = in * J for a matrix of `rows` rows: in[rows * n_theta], or of the elements outside the
 * block alone where `outside`; out[rows * n]. */
static void times_jacobian(const fit_space *s, size_t rows, bool outside, const double *in,
                           double *out)
{
    for (size_t k = 0; k < s->n_blocks; k++) {
        const space_block *b = &s->blocks[k];
        if (b->kind == SPACE_WORK) {
            size_t at = outside ? row_of(s, b->index[0]) : b->index[0];
            memcpy(out + b->x * rows, in + at * rows, rows * sizeof *out);
            continue;
        }
        for (size_t j = 0; j < b->dims; j++) {
            double *to = out + (b->x + j) * rows;
            memset(to, 0, rows * sizeof *to);
            for (size_t e = 0; e < b->width; e++) {
                double slope = b->jacobian[e + j * b->width];
                const double *from = in + (outside ? row_of(s, b->index[e]) : b->index[e]) * rows;
                if (slope != 0)
                    for (size_t i = 0; i < rows; i++)
                        to[i] += slope * from[i];
            }
        }
    }
}

/* The lower triangle of h = -(J' H J), from product = H J, then both. */
static void pull_back_hessian(fit_space *s, double *h)
{
    size_t n = s->n_full, rows = s->rows;
    for (size_t c = 0; c < n; c++) {
        const double *column = s->product + c * rows;
        for (size_t k = 0; k < s->n_blocks; k++) {
            const space_block *b = &s->blocks[k];
            for (size_t r = 0; r < b->dims; r++) {
                if (b->x + r < c)
                    continue;
                double sum = 0;
                if (b->kind == SPACE_WORK)
                    sum = column[row_of(s, b->index[0])];
                else
                    for (size_t e = 0; e < b->width; e++) {
                        double slope = b->jacobian[e + r * b->width];
                        if (slope != 0)
                            sum += slope * column[row_of(s, b->index[e])];
                    }
                h[b->x + r + c * n] = -sum;
            }
        }
    }
}

static void subtract_curvature(fit_space *s, const double *x, double *h)
{
    size_t n = s->n_full;
    for (size_t k = 0; k < s->n_blocks; k++) {
        const space_block *b = &s->blocks[k];
        const uint32_t first = b->index[0];
        if (b->kind != SPACE_VECTOR)
            continue;
        memset(s->small, 0, b->dims * b->dims * sizeof *s->small);
        transform_add_curvature(b->map, s->state + first, x + b->x, s->theta + first,
                                s->gradient + first, s->small);
        for (size_t j = 0; j < b->dims; j++)
            for (size_t i = j; i < b->dims; i++)
                h[b->x + i + (b->x + j) * n] -= s->small[i + j * b->dims];
    }
}

bool space_eval(void *space, const double *free, double *f, double *free_g, double *free_h)
{
    fit_space *s = space;
    size_t n = s->n_full;
    const double *x = to_full(s, free, 1);
    double *g = free_g && s->n_led ? s->full_gradient : free_g;
    double *h = free_h && s->n_led ? s->full_hessian : free_h;
    move_to(s, x);
    if (!permitted(s))
        return false;
    eval_output out = {.gradient = g || h ? s->gradient : NULL};
    if (!evaluate(s, &out, h != NULL))
        return false;
    s->log_likelihood = out.log_likelihood;
    s->log_prior = out.log_prior;
    *f = -(out.log_likelihood + out.log_prior);
    if (!isfinite(*f))
        return false;
    if (!g && !h)
        return true;
    set_jacobians(s, x);
    if (g) {
        times_jacobian(s, 1, false, s->gradient, g);
        for (size_t i = 0; i < n; i++)
            g[i] = -g[i];
    }
    if (h) {
        times_jacobian(s, s->rows, true, s->hessian, s->product);
        pull_back_hessian(s, h);
        if (s->expected)
            for (size_t i = 0; i < n * n; i++)
                h[i] = -h[i];
        else
            subtract_curvature(s, x, h);
        dense_mirror(n, h);
    }
    if (s->n_led && g)
        from_full_gradient(s, g, free_g);
    if (s->n_led && h)
        from_full_hessian(s, h, free_h);
    return true;
}

bool space_value(fit_space *s, const double *theta, double *f)
{
    eval_to_work(s->problem, theta, s->work);
    if (!permitted(s))
        return false;
    eval_output out = {0};
    eval_work(s->problem, s->work, &out);
    s->evaluations++;
    *f = -(out.log_likelihood + out.log_prior);
    return isfinite(*f);
}

/* out[n_theta] = J dx in work coordinates, at the point of the last move. */
static void work_direction(const fit_space *s, const double *free, double *out)
{
    const double *dx = to_full(s, free, 0);
    memset(out, 0, s->info->n_theta * sizeof *out);
    for (size_t k = 0; k < s->n_blocks; k++) {
        const space_block *b = &s->blocks[k];
        if (b->kind == SPACE_WORK) {
            out[b->index[0]] = dx[b->x];
            continue;
        }
        for (size_t e = 0; e < b->width; e++)
            for (size_t j = 0; j < b->dims; j++)
                out[b->index[e]] += b->jacobian[e + j * b->width] * dx[b->x + j];
    }
}

void space_direction(fit_space *s, const double *x, const double *dx, double *out)
{
    const double *full = to_full(s, x, 1);
    move_to(s, full);
    set_jacobians(s, full);
    work_direction(s, dx, s->work);
    eval_to_theta(s->problem, s->work, out);
}

/* The same without the block: out[rows]. */
static void outside_direction(const fit_space *s, const double *free, double *out)
{
    work_direction(s, free, s->work);
    for (size_t i = 0; i < s->info->n_theta; i++)
        if (!s->profile || !profile_has(s->profile, i))
            out[row_of(s, i)] = s->work[i];
}

void space_covariance(fit_space *s, const double *x, const double *c, double *out)
{
    size_t n = s->n, rows = s->rows;
    const double *full = to_full(s, x, 1);
    move_to(s, full);
    set_jacobians(s, full);
    /* J C, then (J C) J' column by column through the transposed product: C is symmetric. */
    for (size_t j = 0; j < n; j++)
        outside_direction(s, c + j * n, s->product + j * rows);
    double *row = s->gradient;
    for (size_t i = 0; i < rows; i++) {
        for (size_t j = 0; j < n; j++)
            row[j] = s->product[i + j * rows];
        outside_direction(s, row, out + i * rows);
    }
    for (size_t j = 0; j < rows; j++)
        for (size_t i = j + 1; i < rows; i++)
            out[j + i * rows] = out[i + j * rows] = 0.5 * (out[i + j * rows] + out[j + i * rows]);
}

const double *space_work_gradient(const fit_space *s) { return s->gradient; }
