/* Transforms against the same maps in quadruple precision and their central differences. */
#include "runtime/calc/quad.h"
#include "runtime/eval/transform.h"

#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

enum { MOST = 5 };

static const mlec_transform_family families[] = {MLEC_TRANSFORM_LOG, MLEC_TRANSFORM_SOFTPLUS};

static quad quad_abs(quad x) { return x < 0 ? -x : x; }
static quad inv_logit(quad x) { return 1 / (1 + quad_exp(-x)); }
static quad softplus(quad x)
{
    return x > 0 ? x + quad_log1p(quad_exp(-x)) : quad_log1p(quad_exp(x));
}
static quad normal_cdf(quad x) { return quad_erfc(-x / quad_sqrt(2)) / 2; }

static quad positive(const transform *t, quad x)
{
    return t->family == MLEC_TRANSFORM_LOG ? quad_exp(x) : softplus(x);
}

/* The definitions of transform.h, all elements free. */
static void natural(const transform *t, const quad *x, quad *theta)
{
    size_t m = t->width;
    if (t->type == MLEC_TYPE_ORDERED) {
        theta[0] = x[0];
        for (size_t k = 1; k < m; k++)
            theta[k] = theta[k - 1] + positive(t, x[k]);
    } else if (t->type == MLEC_TYPE_SIMPLEX) {
        quad left = 1, sum = 1;
        for (size_t k = 0; k + 1 < m; k++)
            sum += quad_exp(x[k]);
        for (size_t k = 0; k < m; k++) {
            quad z = k + 1 < m ? inv_logit(x[k] - quad_log((quad)(m - 1 - k))) : 1;
            theta[k] =
                t->family == MLEC_TRANSFORM_LOG ? left * z : (k + 1 < m ? quad_exp(x[k]) : 1) / sum;
            left *= 1 - z;
        }
    } else if (isinf(t->lower) && isinf(t->upper)) {
        theta[0] = x[0];
    } else if (isinf(t->upper)) {
        theta[0] = t->lower + positive(t, x[0]);
    } else if (isinf(t->lower)) {
        theta[0] = t->upper - positive(t, x[0]);
    } else {
        quad share = t->family == MLEC_TRANSFORM_LOG ? inv_logit(x[0]) : normal_cdf(x[0]);
        theta[0] = t->lower + ((quad)t->upper - t->lower) * share;
    }
}

static double relative(double a, quad b)
{
    quad scale = quad_abs(b) > QUAD_C(1e-290) ? quad_abs(b) : QUAD_C(1e-290);
    return (double)(quad_abs((quad)a - b) / scale);
}

/* All of one vector at phi[dims]; `weights` stand for a gradient. */
static void check(const transform *t, const double *phi, double tolerance)
{
    static const double weights[MOST] = {0.7, -1.3, 2.1, 0.4, -0.9};
    transform_state state[MOST] = {0};
    size_t m = t->width, dims = transform_dims(t, state);
    double theta[MOST] = {0}, back[MOST], jacobian[MOST * MOST], curvature[MOST * MOST] = {0};
    quad x[MOST] = {0}, exact[MOST], plus[MOST], minus[MOST], h = QUAD_C(3e-7);
    for (size_t j = 0; j < dims; j++)
        x[j] = phi[j];
    natural(t, x, exact);
    transform_to_natural(t, state, phi, theta);
    transform_jacobian(t, state, phi, theta, jacobian);
    transform_add_curvature(t, state, phi, theta, weights, curvature);
    for (size_t k = 0; k < m; k++)
        cr_assert_lt(relative(theta[k], exact[k]), tolerance, "type %d family %d phi %g: %g",
                     t->type, t->family, phi[0], theta[k]);
    for (size_t j = 0; j < dims; j++) {
        x[j] += h;
        natural(t, x, plus);
        x[j] -= 2 * h;
        natural(t, x, minus);
        x[j] = phi[j];
        for (size_t k = 0; k < m; k++) {
            quad slope = (plus[k] - minus[k]) / (2 * h),
                 size = quad_abs(slope) + quad_abs(exact[k]) * QUAD_C(1e-15);
            double error =
                (double)(quad_abs(jacobian[k + j * m] - slope) / (size + QUAD_C(1e-290)));
            cr_assert_lt(error, 1e-12, "slope type %d family %d phi %g: %g", t->type, t->family,
                         phi[0], error);
        }
        for (size_t i = 0; i < dims; i++) {
            quad sum = 0, size = 0;
            for (int sign = -1; sign <= 1; sign += 2)
                for (int other = -1; other <= 1; other += 2) {
                    quad step = QUAD_C(1e-6);
                    x[i] += sign * step;
                    x[j] += other * step;
                    natural(t, x, plus);
                    for (size_t k = 0; k < m; k++) {
                        sum += sign * other * weights[k] * plus[k] / (4 * step * step);
                        size += quad_abs(weights[k] * jacobian[k + j * m]) +
                                quad_abs(exact[k]) * QUAD_C(1e-12);
                    }
                    for (size_t k = 0; k < dims; k++)
                        x[k] = phi[k];
                }
            double error =
                (double)(quad_abs(curvature[i + j * dims] - sum) / (size + QUAD_C(1e-290)));
            cr_assert_lt(error, 1e-9, "bend type %d family %d phi %g: %g instead of %g", t->type,
                         t->family, phi[0], curvature[i + j * dims], (double)sum);
        }
    }
    transform_to_free(t, state, theta, back);
    double again[MOST];
    transform_to_natural(t, state, back, again);
    for (size_t k = 0; k < m; k++)
        cr_assert_lt(relative(again[k], theta[k]), 1e-11, "back type %d family %d phi %g", t->type,
                     t->family, phi[0]);
}

Test(transform, scalars)
{
    static const double points[] = {-300, -37, -20, -5, -1, -1e-3, 0, 1e-8, 0.5, 2, 7, 20, 36};
    static const struct {
        mlec_type type;
        double lower, upper;
    } kinds[] = {{MLEC_TYPE_REAL, -INFINITY, INFINITY},
                 {MLEC_TYPE_POSITIVE, 0, INFINITY},
                 {MLEC_TYPE_INTERVAL, -INFINITY, 0},
                 {MLEC_TYPE_UNIT, 0, 1},
                 {MLEC_TYPE_INTERVAL, 0, 40}};
    for (size_t f = 0; f < 2; f++)
        for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++)
            for (size_t i = 0; i < sizeof points / sizeof *points; i++) {
                transform t = {kinds[k].type, families[f], kinds[k].lower, kinds[k].upper, 1};
                bool two = !isinf(t.lower) && !isinf(t.upper);
                if (two && t.family == MLEC_TRANSFORM_SOFTPLUS && fabs(points[i]) > 7)
                    continue;
                check(&t, &points[i], 1e-14);
            }
}

Test(transform, bounds_away_from_zero)
{
    /* Near a bound that is not 0 the distance to it has absolute accuracy only. */
    for (size_t f = 0; f < 2; f++)
        for (double x = -5; x <= 5; x += 0.5) {
            transform above = {MLEC_TYPE_INTERVAL, families[f], 3, INFINITY, 1};
            transform between = {MLEC_TYPE_INTERVAL, families[f], -2, 5, 1};
            check(&above, &x, 1e-14);
            check(&between, &x, 1e-13);
        }
}

Test(transform, vectors)
{
    static const double points[][MOST] = {{0, 0, 0, 0, 0},
                                          {1.5, -2, 0.3, 1, -0.4},
                                          {-4, 3, -6, 2, 5},
                                          {12, -9, 4, -15, 7},
                                          {-25, 20, -18, 3, 1}};
    static const mlec_type types[] = {MLEC_TYPE_ORDERED, MLEC_TYPE_SIMPLEX};
    for (size_t f = 0; f < 2; f++)
        for (size_t k = 0; k < 2; k++)
            for (size_t i = 0; i < sizeof points / sizeof *points; i++)
                for (uint32_t width = 2; width <= MOST; width++) {
                    transform t = {types[k], families[f], -INFINITY, INFINITY, width};
                    check(&t, points[i], 1e-13);
                }
}

Test(transform, states_of_ordered)
{
    transform t = {MLEC_TYPE_ORDERED, MLEC_TRANSFORM_LOG, -INFINITY, INFINITY, 4};
    transform_state state[4] = {TRANSFORM_FREE, TRANSFORM_AT_LOWER, TRANSFORM_FIXED,
                                TRANSFORM_FREE};
    double theta[4] = {1, 2, 5, 9}, phi[4], back[4] = {0, 0, 5, 0};
    cr_assert(transform_can(&t, state));
    cr_assert_eq(transform_dims(&t, state), 2); /* two increments; the base hangs on theta[2] */
    transform_to_free(&t, state, theta, phi);
    transform_to_natural(&t, state, phi, back);
    cr_assert_float_eq(back[0], back[1], 1e-15);
    cr_assert_float_eq(back[2], 5, 0);
    cr_assert_float_eq(back[3], 9, 1e-14);
    state[0] = TRANSFORM_FIXED;
    cr_assert_not(transform_can(&t, state));
    for (size_t k = 0; k < 4; k++)
        state[k] = TRANSFORM_FIXED;
    cr_assert(transform_can(&t, state));
    cr_assert_eq(transform_dims(&t, state), 0);
}

Test(transform, states_of_simplex)
{
    for (size_t f = 0; f < 2; f++) {
        transform t = {MLEC_TYPE_SIMPLEX, families[f], -INFINITY, INFINITY, 4};
        transform_state state[4] = {TRANSFORM_FREE, TRANSFORM_AT_LOWER, TRANSFORM_FIXED,
                                    TRANSFORM_FREE};
        double theta[4] = {0.3, 0.1, 0.25, 0.35}, phi[4], jacobian[4];
        cr_assert_eq(transform_dims(&t, state), 1);
        transform_to_free(&t, state, theta, phi);
        transform_to_natural(&t, state, phi, theta);
        cr_assert_eq(theta[1], 0);
        cr_assert_eq(theta[2], 0.25);
        cr_assert_float_eq(theta[0] + theta[3], 0.75, 1e-15);
        cr_assert_float_eq(theta[0] / theta[3], 0.3 / 0.35, 1e-14);
        transform_jacobian(&t, state, phi, theta, jacobian);
        cr_assert_eq(jacobian[1], 0);
        cr_assert_eq(jacobian[2], 0);
        cr_assert_float_eq(jacobian[0] + jacobian[3], 0, 1e-16);
        cr_assert_float_eq(jacobian[0], theta[0] * theta[3] / 0.75, 1e-15);
    }
}

Test(transform, held_scalars_have_no_coordinate)
{
    transform t = {MLEC_TYPE_UNIT, MLEC_TRANSFORM_LOG, 0, 1, 1};
    transform_state lower = TRANSFORM_AT_LOWER, upper = TRANSFORM_AT_UPPER, fixed = TRANSFORM_FIXED;
    double theta = 0.4;
    cr_assert_eq(transform_dims(&t, &lower), 0);
    transform_to_natural(&t, &fixed, NULL, &theta);
    cr_assert_eq(theta, 0.4);
    transform_to_natural(&t, &lower, NULL, &theta);
    cr_assert_eq(theta, 0);
    transform_to_natural(&t, &upper, NULL, &theta);
    cr_assert_eq(theta, 1);
}

Test(transform, values_on_a_bound_have_coordinates)
{
    for (size_t f = 0; f < 2; f++) {
        transform t = {MLEC_TYPE_UNIT, families[f], 0, 1, 1};
        transform p = {MLEC_TYPE_POSITIVE, families[f], 0, INFINITY, 1};
        transform_state state = TRANSFORM_FREE;
        double zero = 0, one = 1, phi;
        transform_to_free(&t, &state, &zero, &phi);
        cr_assert(isfinite(phi) && phi < -30);
        transform_to_free(&t, &state, &one, &phi);
        cr_assert(isfinite(phi) && phi > 30);
        transform_to_free(&p, &state, &zero, &phi);
        cr_assert(isfinite(phi) && phi < -600);
    }
}

Test(transform, normal_quantile)
{
    cr_assert_float_eq(transform_normal_quantile(0.975), 1.9599639845400542355, 1e-15);
    cr_assert_float_eq(transform_normal_quantile(0.5), 0, 0);
    for (double p = 1e-300; p < 1; p *= 7.3) {
        double x = transform_normal_quantile(p);
        cr_assert_lt(relative(p, normal_cdf(x)), 1e-12, "p = %g", p);
    }
    cr_assert(isinf(transform_normal_quantile(0)) && isinf(transform_normal_quantile(1)));
    cr_assert(isnan(transform_normal_quantile(-0.1)) && isnan(transform_normal_quantile(NAN)));
}
