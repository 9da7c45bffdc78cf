/* Null directions as words.
 *
 * A singular information matrix has a null space N. A linear combination c'theta is identified if
 * and only if c is orthogonal to N. The eigenvectors that span N mix everything; reduced to echelon
 * form, with each column's pivot removed from the others, they become sparse, and their elements
 * the simple ratios that the model put there: (1, -1, -1) for an intercept and two dummies. */
#include "runtime/fit/flat.h"

#include "base/buf.h"
#include "runtime/algebra/dense.h"

#include "runtime/fit/bounds.h"

#include <math.h>
#include <string.h>

enum { SHOWN = 5, LARGEST_DENOMINATOR = 12 };

size_t flat_sparsify(size_t n, size_t k, double *b)
{
    size_t rank = 0;
    for (; rank < k; rank++) {
        size_t row = 0, column = rank;
        double largest = 0;
        for (size_t j = rank; j < k; j++)
            for (size_t i = 0; i < n; i++)
                if (fabs(b[i + j * n]) > largest * (1 + 1e-6)) {
                    largest = fabs(b[i + j * n]);
                    row = i;
                    column = j;
                }
        if (!(largest > 1e-9))
            break;
        for (size_t i = 0; i < n; i++) {
            double t = b[i + column * n];
            b[i + column * n] = b[i + rank * n];
            b[i + rank * n] = t;
        }
        double pivot = b[row + rank * n];
        for (size_t i = 0; i < n; i++)
            b[i + rank * n] /= pivot;
        for (size_t j = 0; j < k; j++) {
            double factor = b[row + j * n];
            if (j == rank || factor == 0)
                continue;
            for (size_t i = 0; i < n; i++)
                b[i + j * n] -= factor * b[i + rank * n];
        }
    }
    for (size_t i = 0; i < n * rank; i++)
        if (fabs(b[i]) < 1e-6)
            b[i] = 0;
    return rank;
}

/* The nearest fraction with a small denominator, or x itself. */
static double simple(double x)
{
    for (int q = 1; q <= LARGEST_DENOMINATOR; q++) {
        double p = round(x * q);
        if (fabs(x * q - p) < 1e-5 * q && fabs(p) <= 100 * q)
            return p / q;
    }
    return x;
}

/* Whole numbers where all elements are simple fractions; the first element is positive. */
static void tidy(size_t n, double *v)
{
    double first = 0;
    for (size_t i = 0; i < n; i++)
        if (first == 0)
            first = v[i];
    for (size_t i = 0; i < n; i++)
        v[i] = v[i] == 0 ? 0 : simple(v[i] / first);
    for (int q = 1; q <= LARGEST_DENOMINATOR; q++) {
        bool whole = true;
        for (size_t i = 0; i < n; i++)
            whole = whole && fabs(v[i] * q - round(v[i] * q)) < 1e-9;
        if (!whole)
            continue;
        for (size_t i = 0; i < n; i++)
            v[i] = round(v[i] * q) + 0.0;
        return;
    }
}

static size_t involved(size_t n, const double *v)
{
    size_t count = 0;
    for (size_t i = 0; i < n; i++)
        count += v[i] != 0;
    return count;
}

static void add_term(buf *out, double factor, const char *name, bool first)
{
    if (first)
        buf_puts(out, factor < 0 ? "-" : "");
    else
        buf_puts(out, factor < 0 ? " - " : " + ");
    if (fabs(fabs(factor) - 1) > 1e-9)
        buf_printf(out, "%.4g*", fabs(factor));
    buf_puts(out, name);
}

/* Combinations orthogonal to v, pairing each further element with the first. */
static void add_combinations(const fit_state *f, const double *v, buf *out)
{
    size_t n = f->info->n_theta, first = 0, shown = 0;
    while (v[first] == 0)
        first++;
    size_t total = involved(n, v) - 1;
    for (size_t i = first + 1; i < n && shown < SHOWN; i++) {
        if (v[i] == 0)
            continue;
        if (shown)
            buf_puts(out, shown + 1 == total ? " and " : ", ");
        /* v_first * b_i - v_i * b_first, in lowest terms, the first element positive */
        double a = -v[i] / v[first], b = 1;
        if (fabs(a) < 1 && fabs(simple(1 / a) - 1 / a) < 1e-9) {
            b = fabs(1 / a);
            a = a > 0 ? 1 : -1;
        }
        if (a < 0) {
            a = -a;
            b = -b;
        }
        add_term(out, a, f->info->names[first], true);
        add_term(out, b, f->info->names[i], false);
        shown++;
    }
    if (total > shown)
        buf_puts(out, " ...");
}

static void add_direction(const fit_state *f, const double *v, buf *out)
{
    size_t shown = 0, n = f->info->n_theta;
    bool whole = true;
    for (size_t i = 0; i < n; i++)
        whole = whole && v[i] == round(v[i]);
    for (size_t i = 0; i < n; i++) {
        if (v[i] == 0)
            continue;
        if (shown == 2 * SHOWN) {
            buf_puts(out, ", ...");
            break;
        }
        if (shown++)
            buf_puts(out, ", ");
        buf_printf(out, whole ? "%.0f" : "%.4g", v[i]);
    }
}

static void add_names(const fit_state *f, const double *v, buf *out)
{
    size_t n = f->info->n_theta, shown = 0, total = involved(n, v);
    for (size_t i = 0; i < n; i++) {
        if (v[i] == 0)
            continue;
        if (shown == 2 * SHOWN) {
            buf_printf(out, " and %zu others", total - shown);
            break;
        }
        if (shown)
            buf_puts(out, shown + 1 == total ? " and " : ", ");
        buf_puts(out, f->info->names[i]);
        shown++;
    }
}

static void report_one(fit_state *f, const double *v)
{
    size_t n = f->info->n_theta, count = involved(n, v);
    size_t k = f->space.n;
    diag *d;
    if (count == 1) {
        size_t i = 0;
        while (v[i] == 0)
            i++;
        d = diag_report(f->diags, DIAG_FLAT, NO_SPAN,
                        "%s is not identified: it has no effect on the log-likelihood "
                        "(the information has rank %zu of %zu)",
                        f->info->names[i], k - f->n_null, k);
        diag_add_hint(f->diags, d, "leave %s out, give it a prior, or fix it (--fix %s=...)",
                      f->info->names[i], f->info->names[i]);
    } else {
        buf names, combinations, direction;
        buf_init(&names, f->arena);
        buf_init(&combinations, f->arena);
        buf_init(&direction, f->arena);
        add_names(f, v, &names);
        add_combinations(f, v, &combinations);
        add_direction(f, v, &direction);
        d = diag_report(f->diags, DIAG_FLAT, NO_SPAN,
                        "%s are not identified: only %s%s%s; null direction (%s); the information "
                        "has rank %zu of %zu",
                        buf_text(&names), count == 2 ? "" : "combinations such as ",
                        buf_text(&combinations), count == 2 ? " is" : " are", buf_text(&direction),
                        k - f->n_null, k);
        diag_add_hint(f->diags, d,
                      "drop or fix one of them, or give them priors; standard errors of the other "
                      "parameters stand");
    }
    for (size_t i = 0; i < n; i++)
        if (v[i] != 0)
            diag_add_parameter(f->diags, d, f->info->names[i]);
}

void flat_report(fit_state *f)
{
    size_t n = f->info->n_theta;
    double *v = ARENA_ARRAY(f->arena, double, n);
    for (size_t k = 0; k < f->n_null && k < SHOWN; k++) {
        memcpy(v, f->null + k * n, n * sizeof *v);
        tidy(n, v);
        report_one(f, v);
    }
}

/* Objective at x + t * v: the free coordinates of constrained elements move by at most 3. */
static bool value_along(fit_state *f, const double *x, const double *v, double t, double *xt,
                        double *value)
{
    fit_space *s = &f->space;
    for (size_t i = 0; i < s->n; i++)
        if (fabs(t * v[i]) > 3 && !isinf(s->step_limit[i]))
            t = (t > 0 ? 3 : -3) / fabs(v[i]);
    for (size_t i = 0; i < s->n; i++)
        xt[i] = x[i] + t * v[i];
    return space_eval(s, xt, value, NULL, NULL);
}

/* size[n_theta]: what one standard error of the free coordinates, 1 / scale[n], does to each
 * element. */
static void natural_scale(fit_state *f, const double *scale, double *dx, double *size)
{
    size_t n = f->space.n, n_theta = f->info->n_theta;
    double *out = f->scratch[0];
    memset(dx, 0, n * sizeof *dx);
    for (size_t j = 0; j < n; j++) {
        dx[j] = 1 / scale[j];
        space_direction(&f->space, f->x, dx, out);
        for (size_t i = 0; i < n_theta; i++)
            size[i] = dense_norm2(2, (const double[]){size[i], out[i]});
        dx[j] = 0;
    }
    for (size_t i = 0; i < n_theta; i++)
        if (!(size[i] > 0))
            size[i] = 1;
}

void flat_set(fit_state *f, size_t k, const double *directions, const double *scale)
{
    fit_space *s = &f->space;
    size_t n = s->n, n_theta = f->info->n_theta;
    double *dx = ARENA_ARRAY(f->arena, double, n), *size = ARENA_ARRAY(f->arena, double, n_theta);
    f->null = ARENA_ARRAY(f->arena, double, n_theta *k);
    for (size_t i = 0; i < k; i++)
        space_direction(s, f->x, directions + i * n, f->null + i * n_theta);
    /* Natural scales differ by many powers of ten, so what counts as zero is decided in units of
     * the standard error that an element would have were all others known. */
    natural_scale(f, scale, dx, size);
    for (size_t i = 0; i < n_theta * k; i++)
        f->null[i] /= size[i % n_theta];
    f->n_null = flat_sparsify(n_theta, k, f->null);
    for (size_t i = 0; i < n_theta * f->n_null; i++)
        f->null[i] *= size[i % n_theta];
}

bool flat_explore(fit_state *f)
{
    static const double steps[] = {1e-2, 1, 100, 1e4};
    fit_space *s = &f->space;
    size_t n = s->n, k = f->last.n_null, n_theta = f->info->n_theta;
    double *v = ARENA_ARRAY(f->arena, double, n *k), *xt = ARENA_ARRAY(f->arena, double, n);
    double *theta = ARENA_ARRAY(f->arena, double, n_theta);
    bool rises[2] = {false, false};
    memcpy(theta, f->theta, n_theta * sizeof *theta);
    f->structural = true;
    for (size_t i = 0; i < k; i++) {
        newton_null_direction(f->newton, i, v + i * n);
        for (size_t j = 0; j < 2 * sizeof steps / sizeof *steps; j++) {
            double value, t = j % 2 ? -steps[j / 2] : steps[j / 2];
            if (!value_along(f, f->x, v + i * n, t, xt, &value) ||
                value > f->f + 1e-9 * (1 + fabs(f->f))) {
                f->structural = false;
                rises[j % 2] = true;
                continue;
            }
            if (value < f->f - 1e-9 * (1 + fabs(f->f)))
                f->structural = false;
            space_to_theta(s, xt, f->theta);
            if (value < f->f - 1e-7 * (1 + fabs(f->f))) {
                f->f = value;
                return true;
            }
            /* What is flat with a parameter on its bound may lead to where the bound is wrong. */
            if (bounds_release(f))
                return true;
        }
    }
    memcpy(f->theta, theta, n_theta * sizeof *theta);
    const double *h = newton_hessian(f->newton);
    for (size_t i = 0; i < n; i++) {
        double d = sqrt(fabs(h[i + i * n]));
        xt[i] = d > 0 ? d : 1;
    }
    flat_set(f, k, v, xt);
    /* Flat one way and worse the other way is no ridge but the way to infinity. */
    f->one_sided = 0;
    if (k == 1 && f->n_null == 1 && rises[0] != rises[1]) {
        double sign = 0;
        space_direction(s, f->x, v, f->scratch[0]);
        for (size_t i = 0; i < n_theta; i++)
            if (fabs(f->null[i]) > 0)
                sign = f->scratch[0][i] * f->null[i] > 0 ? 1 : -1;
        f->one_sided = rises[1] ? sign : -sign;
    }
    return false;
}
