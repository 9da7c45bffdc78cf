#include "runtime/eval/transform.h"

#include <float.h>
#include <math.h>

transform transform_of(const eval_parameter *p, mlec_transform_family family)
{
    transform t = {p->type, family, p->lower, p->upper, 1};
    if (p->type == MLEC_TYPE_ORDERED || p->type == MLEC_TYPE_SIMPLEX)
        t.width = p->width ? p->width : p->count;
    return t;
}

bool transform_is_identity(const transform *t)
{
    return t->width == 1 && t->type != MLEC_TYPE_ORDERED && t->type != MLEC_TYPE_SIMPLEX &&
           isinf(t->lower) && isinf(t->upper);
}

/* ---- Scalar maps ----------------------------------------------------------------------------- */

static double inv_logit(double x)
{
    if (x >= 0)
        return 1 / (1 + exp(-x));
    double e = exp(x);
    return e / (1 + e);
}

/* p of a share in (0, 1), given together with its complement so that neither cancels. */
static double logit(double share, double complement) { return log(share) - log(complement); }

static double softplus(double x) { return x > 0 ? x + log1p(exp(-x)) : log1p(exp(x)); }

static double softplus_inverse(double y) { return y > 1 ? y + log1p(-exp(-y)) : log(expm1(y)); }

static double normal_cdf(double x) { return 0.5 * erfc(-x * 0.70710678118654752440); }

static double normal_density(double x) { return 0.39894228040143267794 * exp(-0.5 * x * x); }

/* Newton on log Phi(x) = log p in the lower half, where log Phi is concave and the iteration
 * converges from the left for any p; the relative accuracy of erfc carries over to the tail. */
static double lower_quantile(double p)
{
    double target = log(p), w = sqrt(-2 * target);
    double x = p > 0.3 ? (p - 0.5) * 2.5066282746310002 : -w;
    for (int i = 0; i < 100; i++) {
        double cdf = normal_cdf(x);
        if (!(cdf > 0))
            return x;
        double step = (log(cdf) - target) * cdf / normal_density(x);
        if (!isfinite(step))
            return x;
        x -= step;
        if (fabs(step) <= 4 * DBL_EPSILON * fabs(x))
            break;
    }
    return x;
}

double transform_normal_quantile(double p)
{
    if (!(p >= 0 && p <= 1))
        return NAN;
    if (p == 0 || p == 1)
        return p == 0 ? -INFINITY : INFINITY;
    if (p == 0.5)
        return 0;
    return p < 0.5 ? lower_quantile(p) : -lower_quantile(1 - p);
}

/* A map from the line to the positive numbers, with two derivatives. */
typedef struct {
    double value, first, second;
} jet;

static jet positive_map(mlec_transform_family family, double x)
{
    if (family == MLEC_TRANSFORM_SOFTPLUS) {
        double s = inv_logit(x);
        return (jet){softplus(x), s, s * inv_logit(-x)};
    }
    double e = exp(x);
    return (jet){e, e, e};
}

static double positive_inverse(mlec_transform_family family, double y)
{
    /* The smallest normal number stands for all that would run away to minus infinity. */
    if (!(y > DBL_MIN))
        y = DBL_MIN;
    return family == MLEC_TRANSFORM_SOFTPLUS ? softplus_inverse(y) : log(y);
}

/* ---- One element ------------------------------------------------------------------------------
 */

static jet element_map(const transform *t, double x)
{
    if (isinf(t->lower) && isinf(t->upper))
        return (jet){x, 1, 0};
    if (isinf(t->upper)) {
        jet e = positive_map(t->family, x);
        e.value += t->lower;
        return e;
    }
    if (isinf(t->lower)) {
        jet e = positive_map(t->family, x);
        return (jet){t->upper - e.value, -e.first, -e.second};
    }
    double range = t->upper - t->lower, share, complement, slope, bend;
    if (t->family == MLEC_TRANSFORM_SOFTPLUS) {
        share = normal_cdf(x);
        complement = normal_cdf(-x);
        slope = normal_density(x);
        bend = -x * slope;
    } else {
        share = inv_logit(x);
        complement = inv_logit(-x);
        slope = share * complement;
        bend = slope * (complement - share);
    }
    /* From the nearer bound, so that the distance to it keeps its digits. */
    double value = x <= 0 ? t->lower + range * share : t->upper - range * complement;
    return (jet){value, range * slope, range * bend};
}

static double element_inverse(const transform *t, double theta)
{
    if (isinf(t->lower) && isinf(t->upper))
        return theta;
    if (isinf(t->upper))
        return positive_inverse(t->family, theta - t->lower);
    if (isinf(t->lower))
        return positive_inverse(t->family, t->upper - theta);
    double range = t->upper - t->lower;
    double share = (theta - t->lower) / range, complement = (t->upper - theta) / range;
    share = share > DBL_MIN ? share : DBL_MIN;
    complement = complement > DBL_MIN ? complement : DBL_MIN;
    if (t->family == MLEC_TRANSFORM_SOFTPLUS)
        return share <= 0.5 ? lower_quantile(share) : -lower_quantile(complement);
    return logit(share, complement);
}

/* ---- Ordered vectors --------------------------------------------------------------------------
 *
 * theta[k] = base + c[k], where c[k] is the sum of the increments 1 .. k and the base is a free
 * coordinate, or theta[a] - c[a] when the element a is fixed. */

static size_t fixed_count(const transform *t, const transform_state *state, uint32_t *anchor)
{
    size_t n = 0;
    *anchor = 0;
    for (uint32_t k = 0; k < t->width; k++)
        if (state[k] == TRANSFORM_FIXED) {
            if (n++ == 0)
                *anchor = k;
        }
    return n;
}

static bool increment_is_free(const transform_state *state, uint32_t k)
{
    return k > 0 && state[k] != TRANSFORM_AT_LOWER;
}

static void ordered_to_natural(const transform *t, const transform_state *state, const double *phi,
                               double *theta)
{
    uint32_t anchor;
    bool anchored = fixed_count(t, state, &anchor) > 0;
    double held = theta[anchor], sum = 0, at_anchor = 0;
    size_t j = anchored ? 0 : 1;
    for (uint32_t k = 0; k < t->width; k++) {
        if (increment_is_free(state, k))
            sum += positive_map(t->family, phi[j++]).value;
        theta[k] = sum;
        if (k == anchor)
            at_anchor = sum;
    }
    for (uint32_t k = 0; k < t->width; k++)
        theta[k] = anchored ? held + (theta[k] - at_anchor) : phi[0] + theta[k];
}

static void ordered_jacobian(const transform *t, const transform_state *state, const double *phi,
                             double *jacobian)
{
    uint32_t anchor;
    bool anchored = fixed_count(t, state, &anchor) > 0;
    size_t j = 0;
    if (!anchored) {
        for (uint32_t k = 0; k < t->width; k++)
            jacobian[k] = 1;
        j = 1;
    }
    for (uint32_t i = 1; i < t->width; i++) {
        if (!increment_is_free(state, i))
            continue;
        double slope = positive_map(t->family, phi[j]).first;
        double *column = jacobian + j++ * t->width;
        for (uint32_t k = 0; k < t->width; k++)
            column[k] = slope * ((double)(i <= k) - (double)(anchored && i <= anchor));
    }
}

static void ordered_curvature(const transform *t, const transform_state *state, const double *phi,
                              const double *gradient, double *curvature)
{
    uint32_t anchor;
    bool anchored = fixed_count(t, state, &anchor) > 0;
    size_t dims = transform_dims(t, state), j = anchored ? 0 : 1;
    for (uint32_t i = 1; i < t->width; i++) {
        if (!increment_is_free(state, i))
            continue;
        double sum = 0;
        for (uint32_t k = 0; k < t->width; k++)
            sum += gradient[k] * ((double)(i <= k) - (double)(anchored && i <= anchor));
        curvature[j + j * dims] += sum * positive_map(t->family, phi[j]).second;
        j++;
    }
}

/* ---- Simplexes --------------------------------------------------------------------------------
 *
 * The free elements share what the fixed ones leave. Both maps have theta_k > 0 and logarithmic
 * derivatives a[k][j] = d log theta_k / d phi_j, whose own derivatives b[i][j] = d a[k][j] / d
 * phi_i do not depend on k beyond k >= j:
 *
 *   stick-breaking: z_j = inv_logit(phi_j - log(m - j)), theta_k = z_k (1 - z_1) ... (1 - z_{k-1});
 *                   a = 1 - z_j at k = j, -z_j for k > j, 0 before; b = -z_j (1 - z_j) on i = j <=
 * k softmax:        a = [k = j] - s_j, b = -s_j ([i = j] - s_i), s_j the share of element j
 *
 * so d2 theta_k = theta_k (a[k][i] a[k][j] + b[i][j]). */

static double simplex_mass(const transform *t, const transform_state *state, const double *theta)
{
    double mass = 1;
    for (uint32_t k = 0; k < t->width; k++)
        if (state[k] == TRANSFORM_FIXED)
            mass -= theta[k];
    return mass > 0 ? mass : 0;
}

static size_t free_count(const transform *t, const transform_state *state)
{
    size_t n = 0;
    for (uint32_t k = 0; k < t->width; k++)
        n += state[k] == TRANSFORM_FREE;
    return n;
}

static void simplex_to_natural(const transform *t, const transform_state *state, const double *phi,
                               double *theta)
{
    double mass = simplex_mass(t, state, theta);
    size_t m = free_count(t, state), j = 0;
    double largest = 0, sum = 0, left = mass;
    if (t->family == MLEC_TRANSFORM_SOFTPLUS) {
        for (size_t i = 0; i + 1 < m; i++)
            largest = phi[i] > largest ? phi[i] : largest;
        for (size_t i = 0; i < m; i++)
            sum += exp((i + 1 < m ? phi[i] : 0) - largest);
    }
    for (uint32_t k = 0; k < t->width; k++) {
        if (state[k] == TRANSFORM_AT_LOWER)
            theta[k] = 0;
        if (state[k] != TRANSFORM_FREE)
            continue;
        bool last = ++j == m;
        if (t->family == MLEC_TRANSFORM_SOFTPLUS) {
            theta[k] = mass * (exp((last ? 0 : phi[j - 1]) - largest) / sum);
        } else if (last) {
            theta[k] = left;
        } else {
            double x = phi[j - 1] - log((double)(m - j));
            theta[k] = left * inv_logit(x);
            left *= inv_logit(-x);
        }
    }
}

static void simplex_to_free(const transform *t, const transform_state *state, const double *theta,
                            double *phi)
{
    size_t m = free_count(t, state), j = 0;
    double after = 0, last = DBL_MIN;
    for (uint32_t k = 0; k < t->width; k++)
        if (state[k] == TRANSFORM_FREE) {
            double x = theta[k] > DBL_MIN ? theta[k] : DBL_MIN;
            after += x;
            last = x;
        }
    for (uint32_t k = 0; k < t->width && j + 1 < m; k++) {
        if (state[k] != TRANSFORM_FREE)
            continue;
        double x = theta[k] > DBL_MIN ? theta[k] : DBL_MIN;
        if (t->family == MLEC_TRANSFORM_SOFTPLUS) {
            phi[j++] = log(x) - log(last);
            continue;
        }
        /* What is left after element k, summed afresh: a difference would lose its digits. */
        after = 0;
        for (uint32_t i = k + 1; i < t->width; i++)
            if (state[i] == TRANSFORM_FREE)
                after += theta[i] > DBL_MIN ? theta[i] : DBL_MIN;
        j++;
        phi[j - 1] = logit(x, after) + log((double)(m - j));
    }
}

/* Free element number j of m: its coordinate less the offset of stick-breaking, its share of what
 * the free elements have, and the share of the others, summed rather than 1 - share. */
typedef struct {
    double x, share, rest;
} stick;

static stick stick_at(const transform *t, const transform_state *state, const double *phi,
                      const double *theta, size_t j, size_t m)
{
    stick s = {.x = phi[j] - log((double)(m - j - 1))};
    size_t k = 0;
    for (uint32_t e = 0; e < t->width; e++) {
        if (state[e] != TRANSFORM_FREE)
            continue;
        *(k++ == j ? &s.share : &s.rest) += theta[e];
    }
    double mass = s.share + s.rest;
    s.share /= mass;
    s.rest /= mass;
    return s;
}

/* a[k][j] for the free element number k. */
static double log_slope(const transform *t, size_t k, size_t j, stick s)
{
    if (t->family == MLEC_TRANSFORM_SOFTPLUS)
        return k == j ? s.rest : -s.share;
    return k < j ? 0 : k == j ? inv_logit(-s.x) : -inv_logit(s.x);
}

/* b[i][j] at element k. */
static double log_bend(const transform *t, size_t k, size_t i, size_t j, stick s_i, stick s_j)
{
    if (t->family == MLEC_TRANSFORM_SOFTPLUS)
        return i == j ? -s_j.share * s_j.rest : s_j.share * s_i.share;
    return i == j && j <= k ? -inv_logit(s_j.x) * inv_logit(-s_j.x) : 0;
}

static void simplex_jacobian(const transform *t, const transform_state *state, const double *phi,
                             const double *theta, double *jacobian)
{
    size_t m = free_count(t, state);
    for (size_t j = 0; j + 1 < m; j++) {
        stick s = stick_at(t, state, phi, theta, j, m);
        size_t k = 0;
        for (uint32_t e = 0; e < t->width; e++) {
            double *out = &jacobian[e + j * t->width];
            *out = state[e] == TRANSFORM_FREE ? theta[e] * log_slope(t, k++, j, s) : 0;
        }
    }
}

static void simplex_curvature(const transform *t, const transform_state *state, const double *phi,
                              const double *theta, const double *gradient, double *curvature)
{
    size_t m = free_count(t, state), dims = m - 1;
    for (size_t j = 0; j < dims; j++) {
        stick s_j = stick_at(t, state, phi, theta, j, m);
        for (size_t i = 0; i < dims; i++) {
            stick s_i = stick_at(t, state, phi, theta, i, m);
            double sum = 0;
            size_t k = 0;
            for (uint32_t e = 0; e < t->width; e++) {
                if (state[e] != TRANSFORM_FREE)
                    continue;
                double bend = log_slope(t, k, i, s_i) * log_slope(t, k, j, s_j) +
                              log_bend(t, k, i, j, s_i, s_j);
                sum += gradient[e] * theta[e] * bend;
                k++;
            }
            curvature[i + j * dims] += sum;
        }
    }
}

/* ---- Vectors ----------------------------------------------------------------------------------
 */

size_t transform_dims(const transform *t, const transform_state *state)
{
    if (t->type == MLEC_TYPE_ORDERED) {
        uint32_t anchor;
        size_t fixed = fixed_count(t, state, &anchor), dims = fixed == 0;
        if (fixed > 1)
            return 0;
        for (uint32_t k = 1; k < t->width; k++)
            dims += increment_is_free(state, k);
        return dims;
    }
    if (t->type == MLEC_TYPE_SIMPLEX) {
        size_t m = free_count(t, state);
        return m > 0 ? m - 1 : 0;
    }
    return state[0] == TRANSFORM_FREE;
}

bool transform_can(const transform *t, const transform_state *state)
{
    if (t->type != MLEC_TYPE_ORDERED)
        return true;
    uint32_t anchor;
    size_t fixed = fixed_count(t, state, &anchor);
    return fixed <= 1 || fixed == t->width;
}

void transform_to_natural(const transform *t, const transform_state *state, const double *phi,
                          double *theta)
{
    if (t->type == MLEC_TYPE_ORDERED) {
        uint32_t anchor;
        if (fixed_count(t, state, &anchor) <= 1)
            ordered_to_natural(t, state, phi, theta);
    } else if (t->type == MLEC_TYPE_SIMPLEX) {
        simplex_to_natural(t, state, phi, theta);
    } else if (state[0] == TRANSFORM_FREE) {
        theta[0] = element_map(t, phi[0]).value;
    } else if (state[0] == TRANSFORM_AT_LOWER) {
        theta[0] = t->lower;
    } else if (state[0] == TRANSFORM_AT_UPPER) {
        theta[0] = t->upper;
    }
}

void transform_to_free(const transform *t, const transform_state *state, const double *theta,
                       double *phi)
{
    if (t->type == MLEC_TYPE_ORDERED) {
        uint32_t anchor;
        size_t fixed = fixed_count(t, state, &anchor), j = 0;
        if (fixed > 1)
            return;
        if (fixed == 0)
            phi[j++] = theta[0];
        for (uint32_t k = 1; k < t->width; k++)
            if (increment_is_free(state, k))
                phi[j++] = positive_inverse(t->family, theta[k] - theta[k - 1]);
    } else if (t->type == MLEC_TYPE_SIMPLEX) {
        simplex_to_free(t, state, theta, phi);
    } else if (state[0] == TRANSFORM_FREE) {
        phi[0] = element_inverse(t, theta[0]);
    }
}

void transform_jacobian(const transform *t, const transform_state *state, const double *phi,
                        const double *theta, double *jacobian)
{
    if (transform_dims(t, state) == 0)
        return;
    if (t->type == MLEC_TYPE_ORDERED)
        ordered_jacobian(t, state, phi, jacobian);
    else if (t->type == MLEC_TYPE_SIMPLEX)
        simplex_jacobian(t, state, phi, theta, jacobian);
    else
        jacobian[0] = element_map(t, phi[0]).first;
}

void transform_add_curvature(const transform *t, const transform_state *state, const double *phi,
                             const double *theta, const double *gradient, double *curvature)
{
    if (transform_dims(t, state) == 0)
        return;
    if (t->type == MLEC_TYPE_ORDERED)
        ordered_curvature(t, state, phi, gradient, curvature);
    else if (t->type == MLEC_TYPE_SIMPLEX)
        simplex_curvature(t, state, phi, theta, gradient, curvature);
    else
        curvature[0] += gradient[0] * element_map(t, phi[0]).second;
}

double transform_bound_distance(const transform *t, const double *theta, uint32_t k, double scale,
                                transform_state *at)
{
    *at = TRANSFORM_AT_LOWER;
    if (t->type == MLEC_TYPE_SIMPLEX)
        return theta[k];
    if (t->type == MLEC_TYPE_ORDERED)
        return k == 0 ? INFINITY : (theta[k] - theta[k - 1]) / scale;
    double below = theta[k] - t->lower, above = t->upper - theta[k];
    if (above < below)
        *at = TRANSFORM_AT_UPPER;
    double near = above < below ? above : below;
    if (isinf(near))
        return INFINITY;
    if (!isinf(t->lower) && !isinf(t->upper))
        return near / (t->upper - t->lower);
    return near / scale;
}
