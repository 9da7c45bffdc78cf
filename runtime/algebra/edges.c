/* A primal active-set method (Nocedal & Wright 2006, section 16.5, with the exact line search over
 * kinks of Barrodale & Roberts 1973).
 *
 * The held edges span a face, on which the objective is a quadratic function as long as no other
 * edge is crossed. 1. Go from the present point towards the minimum on the face; cross kinks while
 * the objective still falls; stop at the kink or bound where it does not, and hold that edge too.
 * 2. At the minimum on the face, the gradient is a combination of the normals of the held edges.
 * A kink can bear a force up to its weight, either way; a bound any force that keeps the point
 * inside. The edge that is overloaded most is let go, and all begins again. When none is, that is
 * the certificate. The objective falls with every face that is left behind, so none comes back. On
 * degenerate faces (several edges in one point) the side that each edge is on is remembered, not
 * computed, and after some steps of length 0 the choice is by lot, which ends any circle.
 *
 * An edge with a single term fixes an unknown, which simply leaves the system: most edges of a
 * lasso are of this kind. The others are taken out by Householder reflections. */
#include "runtime/algebra/edges.h"

#include "runtime/algebra/dense.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A multiplier counts as too large beyond this share of what an edge bears, and when letting it go
 * gains more than this. */
#define OVERLOAD 1e-9
#define GAIN     1e-15
/* Part of a normal that must be new for its edge to be held beside the others. */
#define INDEPENDENT 1e-10

enum { DEGENERATE = 40 };

typedef struct {
    double t, slope;
    uint32_t edge;
} breakpoint;

typedef struct {
    size_t n_open, n_general;
    double gain; /* of the step towards the minimum on the face */
} face;

edge_program *edge_program_new(arena *a, size_t n, size_t n_edges)
{
    edge_program *p = ARENA_NEW(a, edge_program);
    p->n = n;
    p->n_edges = n_edges;
    double **squares[] = {&p->m, &p->small, &p->factor, &p->null, &p->rotated};
    for (size_t i = 0; i < sizeof squares / sizeof *squares; i++)
        *squares[i] = ARENA_ARRAY(a, double, n *n + 1);
    double **vectors[] = {&p->g, &p->step, &p->along, &p->gradient, &p->reduced};
    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++)
        *vectors[i] = ARENA_ARRAY(a, double, n + 1);
    p->edges = ARENA_ARRAY(a, edge, n_edges + 1);
    p->open = ARENA_ARRAY(a, uint32_t, n + 1);
    p->position = ARENA_ARRAY(a, uint32_t, n + 1);
    p->general = ARENA_ARRAY(a, uint32_t, n + 1);
    p->breaks = arena_alloc(a, (n_edges + 1) * sizeof(breakpoint));
    return p;
}

double edge_along(const edge_program *p, const edge *e, const double *d)
{
    double sum = 0;
    for (uint32_t k = e->first; k < e->first + e->count; k++)
        sum += p->coefficient[k] * d[p->index[k]];
    return sum;
}

static void add_normal(const edge_program *p, const edge *e, double factor, double *to)
{
    for (uint32_t k = e->first; k < e->first + e->count; k++)
        to[p->index[k]] += factor * p->coefficient[k];
}

/* The gradient at the present step; held edges do not count. */
static void set_gradient(edge_program *p)
{
    size_t n = p->n;
    for (size_t i = 0; i < n; i++)
        p->gradient[i] = p->g[i] + dense_dot(n, p->m + i * n, p->step);
    for (size_t i = 0; i < p->n_edges; i++) {
        const edge *e = &p->edges[i];
        if (e->kind == EDGE_KINK && !e->held)
            add_normal(p, e, e->side * e->weight, p->gradient);
    }
}

/* Reflects v so that the normals held so far become the first axes: v <- Q'v, or Qv. */
static void reflect(const edge_program *p, const face *f, size_t count, bool back, double *v)
{
    size_t m = f->n_open;
    for (size_t j = 0; j < count; j++) {
        size_t k = back ? count - 1 - j : j;
        const double *h = p->factor + k * p->n; /* unit vector, zero above k */
        double dot = 0;
        for (size_t i = k; i < m; i++)
            dot += h[i] * v[i];
        for (size_t i = k; i < m; i++)
            v[i] -= 2 * dot * h[i];
    }
}

/* The open unknowns, and a QR of the normals of held edges with several terms: reflections in
 * p->factor, R in p->rotated. An edge that says nothing new is let go on the side it is on. */
static void set_face(edge_program *p, face *f)
{
    size_t n = p->n;
    memset(p->position, 0, n * sizeof *p->position);
    for (size_t i = 0; i < p->n_edges; i++) {
        edge *e = &p->edges[i];
        if (!e->held || e->count != 1)
            continue;
        uint32_t j = p->index[e->first];
        if (p->position[j])
            e->held = false;
        p->position[j] = 1;
    }
    f->n_open = f->n_general = 0;
    for (uint32_t j = 0; j < n; j++) {
        bool fixed = p->position[j];
        p->position[j] = fixed ? UINT32_MAX : (uint32_t)f->n_open;
        if (!fixed)
            p->open[f->n_open++] = j;
    }
    for (size_t i = 0; i < p->n_edges; i++) {
        edge *e = &p->edges[i];
        if (!e->held || e->count == 1)
            continue;
        double *v = p->rotated + f->n_general * n, size = 0, rest = 0;
        if (f->n_general < f->n_open) {
            memset(v, 0, f->n_open * sizeof *v);
            for (uint32_t k = e->first; k < e->first + e->count; k++)
                if (p->position[p->index[k]] != UINT32_MAX)
                    v[p->position[p->index[k]]] = p->coefficient[k];
            size = dense_norm2(f->n_open, v);
            reflect(p, f, f->n_general, false, v);
            rest = dense_norm2(f->n_open - f->n_general, v + f->n_general);
        }
        if (!(rest > INDEPENDENT * size)) {
            e->held = false;
            continue;
        }
        size_t k = f->n_general;
        double *h = p->factor + k * n;
        memset(h, 0, k * sizeof *h);
        memcpy(h + k, v + k, (f->n_open - k) * sizeof *h);
        double corner = v[k] > 0 ? -rest : rest;
        h[k] -= corner;
        double length = dense_norm2(f->n_open - k, h + k);
        for (size_t j = k; j < f->n_open; j++)
            h[j] /= length;
        v[k] = corner;
        p->general[f->n_general++] = (uint32_t)i;
    }
}

/* z[m * r]: an orthonormal basis of what the held normals leave open; b = z'Mz. */
static void reduce(edge_program *p, const face *f, double *z, double *b)
{
    size_t n = p->n, m = f->n_open, w = f->n_general, r = m - w;
    for (size_t j = 0; j < r; j++) {
        double *column = z + j * m, *product = p->along;
        memset(column, 0, m * sizeof *column);
        column[w + j] = 1;
        reflect(p, f, w, true, column);
        for (size_t i = 0; i < m; i++) {
            const double *row = p->m + p->open[i] * n;
            double sum = 0;
            for (size_t k = 0; k < m; k++)
                sum += row[p->open[k]] * column[k];
            product[i] = sum;
        }
        for (size_t i = 0; i <= j; i++)
            b[j + i * r] = dense_dot(m, z + i * m, product);
    }
}

/* p->along: from the present point to the minimum on the face. False: not positive definite. */
static bool aim(edge_program *p, face *f)
{
    size_t n = p->n, m = f->n_open, w = f->n_general, r = m - w;
    double *z = p->null, *b = p->small, *t = p->reduced;
    memset(p->along, 0, n * sizeof *p->along);
    f->gain = 0;
    if (r == 0)
        return true;
    if (w > 0) {
        reduce(p, f, z, b);
    } else {
        for (size_t j = 0; j < m; j++)
            for (size_t i = j; i < m; i++)
                b[i + j * m] = p->m[p->open[i] + p->open[j] * n];
    }
    for (size_t j = 0; j < r; j++) {
        t[j] = w == 0 ? -p->gradient[p->open[j]] : 0;
        for (size_t i = 0; w > 0 && i < m; i++)
            t[j] -= z[i + j * m] * p->gradient[p->open[i]];
    }
    if (!dense_cholesky(r, b))
        return false;
    dense_cholesky_solve(r, b, t, 1);
    memset(p->along, 0, n * sizeof *p->along);
    for (size_t i = 0; i < m; i++) {
        double sum = w == 0 ? t[i] : 0;
        for (size_t j = 0; w > 0 && j < r; j++)
            sum += z[i + j * m] * t[j];
        p->along[p->open[i]] = sum;
    }
    f->gain = -0.5 * dense_dot(n, p->gradient, p->along);
    return true;
}

/* A standard error of u when the unknowns are taken one by one: what its force is measured by. */
static double spread(const edge_program *p, const edge *e)
{
    double sum = 0;
    for (uint32_t k = e->first; k < e->first + e->count; k++)
        sum += p->coefficient[k] * p->coefficient[k] / p->m[p->index[k] * (p->n + 1)];
    return sqrt(sum);
}

/* Forces on the held edges, from the gradient; p->small is spoiled. */
static void set_forces(edge_program *p, const face *f)
{
    size_t n = p->n;
    double *v = p->small;
    for (size_t i = 0; i < f->n_open; i++)
        v[i] = p->gradient[p->open[i]];
    reflect(p, f, f->n_general, false, v);
    for (size_t k = f->n_general; k-- > 0;) { /* R force = v */
        double sum = v[k];
        for (size_t j = k + 1; j < f->n_general; j++)
            sum -= p->rotated[k + j * n] * p->edges[p->general[j]].force;
        p->edges[p->general[k]].force = sum / p->rotated[k + k * n];
    }
    memcpy(v, p->gradient, n * sizeof *v);
    for (size_t k = 0; k < f->n_general; k++)
        add_normal(p, &p->edges[p->general[k]], -p->edges[p->general[k]].force, v);
    for (size_t i = 0; i < p->n_edges; i++) {
        edge *e = &p->edges[i];
        if (e->held && e->count == 1)
            e->force = v[p->index[e->first]] / p->coefficient[e->first];
    }
}

/* How much more than it can bear. */
static double overload(const edge *e)
{
    switch (e->kind) {
    case EDGE_KINK: return fabs(e->force) - e->weight * (1 + OVERLOAD);
    case EDGE_BOUND: return -e->force;
    default: return 0;
    }
}

/* Lets the edge go that is overloaded most; or, where that led in a circle, one of the overloaded
 * by lot, the same in each run. False: none is. */
static bool release(edge_program *p, size_t lot)
{
    size_t worst = p->n_edges, count = 0;
    double most = 0;
    for (size_t i = 0; i < p->n_edges; i++) {
        edge *e = &p->edges[i];
        if (!e->held || !(overload(e) > 0))
            continue;
        double size = overload(e) * spread(p, e);
        if (!(size * size > 2 * GAIN))
            continue;
        count++;
        if (lot > 0 ? (lot * 2654435761u >> 7) % count == 0 : size > most)
            worst = i;
        most = fmax(most, size);
    }
    if (worst == p->n_edges)
        return false;
    edge *e = &p->edges[worst];
    e->held = false;
    e->side = e->kind == EDGE_KINK && e->force > 0 ? -1 : 1;
    return true;
}

static int by_distance(const void *a, const void *b)
{
    const breakpoint *p = a, *q = b;
    if (p->t != q->t)
        return p->t < q->t ? -1 : 1;
    return p->edge < q->edge ? -1 : p->edge > q->edge;
}

/* Goes along p->along as long as it pays, at most to the minimum on the face. Sets *moved when the
 * point changed, and returns true when it got there without meeting an edge. */
static bool advance(edge_program *p, const face *f, bool *moved)
{
    breakpoint *breaks = p->breaks;
    size_t count = 0, k = 0;
    double slope = -2 * f->gain, bend = 2 * f->gain, t = 1, length = sqrt(bend);
    for (uint32_t i = 0; i < p->n_edges; i++) {
        const edge *e = &p->edges[i];
        if (e->held || e->kind == EDGE_EQUALITY)
            continue;
        double rate = edge_along(p, e, p->along), side = e->kind == EDGE_KINK ? e->side : 1;
        if (!(side * rate < 0) || !(fabs(rate) > INDEPENDENT * length * spread(p, e)))
            continue; /* away from it, or along it but for rounding */
        double u = e->value + edge_along(p, e, p->step), at = side * u > 0 ? -u / rate : 0;
        if (at < 1)
            breaks[count++] = (breakpoint){at, fabs(rate), i};
    }
    qsort(breaks, count, sizeof *breaks, by_distance);
    edge *stop = NULL;
    double room = 1; /* from where the last kink was crossed to the new minimum along the line */
    for (; k < count; k++) {
        edge *e = &p->edges[breaks[k].edge];
        if (slope + bend * breaks[k].t >= 0)
            break;
        double jump = e->kind == EDGE_KINK ? 2 * e->weight * breaks[k].slope : INFINITY;
        slope += jump;
        if (slope + bend * breaks[k].t >= 0) {
            stop = e;
            t = breaks[k].t;
            break;
        }
        e->side = -e->side;
        room = 0;
    }
    if (!stop && room == 0)
        t = fmin(1, -slope / bend);
    for (size_t i = 0; i < p->n; i++)
        p->step[i] += t * p->along[i];
    *moved = t > 0;
    if (stop)
        stop->held = true;
    return !stop && room == 1;
}

/* Edges that begin held must be at 0, and the sides of the others known. */
static void begin(edge_program *p)
{
    memset(p->step, 0, p->n * sizeof *p->step);
    for (size_t i = 0; i < p->n_edges; i++) {
        edge *e = &p->edges[i];
        e->force = 0;
        if (e->kind == EDGE_BOUND && e->value < 0)
            e->value = 0;
        e->held = e->kind == EDGE_EQUALITY || (e->held && e->value == 0);
        if (e->kind == EDGE_BOUND)
            e->side = 1;
        else if (e->value != 0)
            e->side = e->value > 0 ? 1 : -1;
        else if (e->side == 0)
            e->side = 1;
    }
}

static void set_decrease(edge_program *p)
{
    double sum = 0;
    for (size_t i = 0; i < p->n; i++)
        sum -= p->step[i] * (p->g[i] + 0.5 * dense_dot(p->n, p->m + i * p->n, p->step));
    for (size_t i = 0; i < p->n_edges; i++) {
        const edge *e = &p->edges[i];
        if (e->kind == EDGE_KINK)
            sum += e->weight *
                   (fabs(e->value) - (e->held ? 0 : fabs(e->value + edge_along(p, e, p->step))));
    }
    p->decrease = sum;
}

bool edge_program_solve(edge_program *p)
{
    size_t most = 200 + 40 * p->n + (p->n_edges < 100000 ? 2 * p->n_edges : 200000);
    int still = 0;
    bool settled = false, ok = true;
    face f;
    begin(p);
    for (size_t k = 0;; k++) {
        bool moved;
        set_face(p, &f);
        set_gradient(p);
        if (k >= most || !aim(p, &f)) {
            ok = false;
            break;
        }
        if (settled || !(f.gain > GAIN)) {
            settled = false;
            set_forces(p, &f);
            if (!release(p, still > DEGENERATE ? k : 0))
                break;
            continue;
        }
        settled = advance(p, &f, &moved);
        still = moved ? 0 : still + 1;
    }
    set_decrease(p);
    return ok;
}
