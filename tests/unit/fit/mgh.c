#include "tests/unit/fit/mgh.h"

static jet sum_squares(const jet *x, int n)
{
    jet s = jet_constant(0);
    for (int j = 0; j < n; j++)
        s = jet_add(s, jet_square(x[j]));
    return s;
}

static jet weighted_sum(const jet *x, int from, int to)
{
    jet s = jet_constant(0);
    for (int j = from; j < to; j++)
        s = jet_mix(1, s, j + 1, x[j]);
    return s;
}

static jet powell_badly(const jet *x, int i)
{
    if (i == 0)
        return jet_shift(jet_scale(1e4, jet_mul(x[0], x[1])), -1);
    return jet_shift(jet_add(jet_exp(jet_scale(-1, x[0])), jet_exp(jet_scale(-1, x[1]))), -1.0001);
}

static void helical(const jet *x, jet *r)
{
    const double pi = 3.14159265358979323846;
    jet theta = jet_scale(1 / (2 * pi), jet_atan(jet_div(x[1], x[0])));
    if (x[0].v < 0)
        theta = jet_shift(theta, 0.5);
    r[0] = jet_scale(10, jet_mix(1, x[2], -10, theta));
    r[1] = jet_scale(10, jet_shift(jet_sqrt(jet_add(jet_square(x[0]), jet_square(x[1]))), -1));
    r[2] = x[2];
}

static void powell_singular(const jet *x, jet *r)
{
    r[0] = jet_mix(1, x[0], 10, x[1]);
    r[1] = jet_scale(sqrt(5.0), jet_sub(x[2], x[3]));
    r[2] = jet_square(jet_mix(1, x[1], -2, x[2]));
    r[3] = jet_scale(sqrt(10.0), jet_square(jet_sub(x[0], x[3])));
}

static void rosenbrock(const jet *x, jet *r)
{
    r[0] = jet_scale(10, jet_sub(x[1], jet_square(x[0])));
    r[1] = jet_shift(jet_scale(-1, x[0]), 1);
}

static void wood(const jet *x, jet *r)
{
    rosenbrock(x, r);
    r[2] = jet_scale(sqrt(90.0), jet_sub(x[3], jet_square(x[2])));
    r[3] = jet_shift(jet_scale(-1, x[2]), 1);
    r[4] = jet_scale(sqrt(10.0), jet_shift(jet_add(x[1], x[3]), -2));
    r[5] = jet_scale(1 / sqrt(10.0), jet_sub(x[1], x[3]));
}

static jet osborne2(const jet *x, double t)
{
    jet s = jet_mul(x[0], jet_exp(jet_scale(-t, x[4])));
    for (int k = 0; k < 3; k++) {
        jet d = jet_square(jet_shift(jet_scale(-1, x[8 + k]), t));
        s = jet_add(s, jet_mul(x[1 + k], jet_exp(jet_scale(-1, jet_mul(d, x[5 + k])))));
    }
    return s;
}

static jet watson(const jet *x, int n, int i)
{
    if (i == 29)
        return x[0];
    if (i == 30)
        return jet_shift(jet_sub(x[1], jet_square(x[0])), -1);
    double t = (i + 1) / 29.0;
    jet a = jet_constant(0), b = jet_constant(0);
    for (int j = 0; j < n; j++) {
        if (j > 0)
            a = jet_mix(1, a, j * pow(t, j - 1), x[j]);
        b = jet_mix(1, b, pow(t, j), x[j]);
    }
    return jet_shift(jet_sub(a, jet_square(b)), -1);
}

static jet exp_tenth(jet x) { return jet_exp(jet_scale(0.1, x)); }

static jet penalty2(const jet *x, int n, int i)
{
    const double a = sqrt(1e-5);
    if (i == 0)
        return jet_shift(x[0], -0.2);
    if (i < n)
        return jet_scale(a, jet_shift(jet_add(exp_tenth(x[i]), exp_tenth(x[i - 1])),
                                      -exp((i + 1) / 10.0) - exp(i / 10.0)));
    if (i < 2 * n - 1)
        return jet_scale(a, jet_shift(exp_tenth(x[i - n + 1]), -exp(-0.1)));
    jet s = jet_constant(-1);
    for (int j = 0; j < n; j++)
        s = jet_mix(1, s, n - j, jet_square(x[j]));
    return s;
}

static jet cube_shift(jet x, double t)
{
    jet c = jet_shift(x, t + 1);
    return jet_mul(c, jet_square(c));
}

static jet discrete_integral(const jet *x, int n, int i)
{
    double h = 1.0 / (n + 1), ti = (i + 1) * h;
    jet s = jet_constant(0);
    for (int j = 0; j < n; j++) {
        double tj = (j + 1) * h;
        double weight = j <= i ? (1 - ti) * tj : ti * (1 - tj);
        s = jet_mix(1, s, weight, cube_shift(x[j], tj));
    }
    return jet_mix(1, x[i], h / 2, s);
}

static jet at(const jet *x, int n, int i) { return i < 0 || i >= n ? jet_constant(0) : x[i]; }

static jet broyden_banded(const jet *x, int n, int i)
{
    jet s = jet_constant(0);
    for (int j = i - 5 < 0 ? 0 : i - 5; j <= i + 1 && j < n; j++)
        if (j != i)
            s = jet_add(s, jet_mul(x[j], jet_shift(x[j], 1)));
    jet own = jet_mul(x[i], jet_shift(jet_scale(5, jet_square(x[i])), 2));
    return jet_shift(jet_sub(own, s), 1);
}

static void chebyquad(const jet *x, int n, jet *r)
{
    for (int i = 0; i < n; i++)
        r[i] = jet_constant((i + 1) % 2 ? 0 : 1.0 / ((i + 1.0) * (i + 1) - 1));
    for (int j = 0; j < n; j++) {
        jet t = jet_shift(jet_scale(2, x[j]), -1), before = jet_constant(1), now = t;
        for (int i = 0; i < n; i++) {
            r[i] = jet_mix(1, r[i], 1.0 / n, now);
            jet next = jet_sub(jet_scale(2, jet_mul(t, now)), before);
            before = now;
            now = next;
        }
    }
}

static jet brown_dennis(const jet *x, double t)
{
    jet a = jet_shift(jet_mix(1, x[0], t, x[1]), -exp(t));
    jet b = jet_shift(jet_mix(1, x[2], sin(t), x[3]), -cos(t));
    return jet_add(jet_square(a), jet_square(b));
}

static jet row(int number, int n, int m, const double *y, const double *u, const jet *x, int i)
{
    double k = i + 1, t;
    switch (number) {
    case 2:
        if (i == 0)
            return jet_shift(
                jet_add(
                    x[0],
                    jet_mul(jet_shift(jet_mul(jet_shift(jet_scale(-1, x[1]), 5), x[1]), -2), x[1])),
                -13);
        return jet_shift(
            jet_add(x[0], jet_mul(jet_shift(jet_mul(jet_shift(x[1], 1), x[1]), -14), x[1])), -29);
    case 3: return powell_badly(x, i);
    case 4:
        return i == 0   ? jet_shift(x[0], -1e6)
               : i == 1 ? jet_shift(x[1], -2e-6)
                        : jet_shift(jet_mul(x[0], x[1]), -2);
    case 5: {
        static const double beale[] = {1.5, 2.25, 2.625};
        jet p = jet_shift(jet_scale(-1, jet_power(x[1], k)), 1);
        return jet_shift(jet_scale(-1, jet_mul(x[0], p)), beale[i]);
    }
    case 6:
        return jet_shift(
            jet_scale(-1, jet_add(jet_exp(jet_scale(k, x[0])), jet_exp(jet_scale(k, x[1])))),
            2 + 2 * k);
    case 8: {
        double v = 16 - k, w = k < v ? k : v;
        jet f = jet_add(x[0], jet_scale(k, jet_inverse(jet_mix(v, x[1], w, x[2]))));
        return jet_shift(jet_scale(-1, f), y[i]);
    }
    case 9: {
        jet d = jet_square(jet_shift(jet_scale(-1, x[2]), (8 - k) / 2));
        return jet_shift(jet_mul(x[0], jet_exp(jet_scale(-0.5, jet_mul(x[1], d)))), -y[i]);
    }
    case 10:
        return jet_shift(jet_mul(x[0], jet_exp(jet_div(x[1], jet_shift(x[2], 45 + 5 * k)))), -y[i]);
    case 11: {
        t = k / 100;
        double yi = 25 + pow(-50 * log(t), 2.0 / 3);
        jet d = jet_abs(jet_shift(jet_scale(-1, x[1]), yi));
        return jet_shift(jet_exp(jet_scale(-1, jet_div(jet_pow(d, x[2]), x[0]))), -t);
    }
    case 12: {
        t = k / 10;
        jet f = jet_sub(jet_exp(jet_scale(-t, x[0])), jet_exp(jet_scale(-t, x[1])));
        return jet_mix(1, f, -(exp(-t) - exp(-10 * t)), x[2]);
    }
    case 15: {
        double u2 = u[i] * u[i];
        jet top = jet_mul(x[0], jet_shift(jet_scale(u[i], x[1]), u2));
        jet bottom = jet_shift(jet_mix(u[i], x[2], 1, x[3]), u2);
        return jet_shift(jet_scale(-1, jet_div(top, bottom)), y[i]);
    }
    case 16: return brown_dennis(x, k / 5);
    case 17: {
        t = 10 * i;
        jet f = jet_add(x[0], jet_mul(x[1], jet_exp(jet_scale(-t, x[3]))));
        f = jet_add(f, jet_mul(x[2], jet_exp(jet_scale(-t, x[4]))));
        return jet_shift(jet_scale(-1, f), y[i]);
    }
    case 18: {
        t = k / 10;
        double yi = exp(-t) - 5 * exp(-10 * t) + 3 * exp(-4 * t);
        jet f = jet_mul(x[2], jet_exp(jet_scale(-t, x[0])));
        f = jet_sub(f, jet_mul(x[3], jet_exp(jet_scale(-t, x[1]))));
        f = jet_add(f, jet_mul(x[5], jet_exp(jet_scale(-t, x[4]))));
        return jet_shift(f, -yi);
    }
    case 19: return jet_shift(jet_scale(-1, osborne2(x, i / 10.0)), y[i]);
    case 20: return watson(x, n, i);
    case 23:
        return i < n ? jet_scale(sqrt(1e-5), jet_shift(x[i], -1))
                     : jet_shift(sum_squares(x, n), -0.25);
    case 24: return penalty2(x, n, i);
    case 25: {
        if (i < n)
            return jet_shift(x[i], -1);
        jet s = jet_shift(weighted_sum(x, 0, n), -n * (n + 1) / 2.0);
        return i == n ? s : jet_square(s);
    }
    case 26: {
        jet s = jet_constant(n);
        for (int j = 0; j < n; j++)
            s = jet_sub(s, jet_cos(x[j]));
        s = jet_mix(1, s, -k, jet_shift(jet_cos(x[i]), -1));
        return jet_sub(s, jet_sin(x[i]));
    }
    case 27: {
        jet s = jet_constant(-(n + 1)), p = jet_constant(1);
        for (int j = 0; j < n; j++) {
            s = jet_add(s, x[j]);
            p = jet_mul(p, x[j]);
        }
        return i < n - 1 ? jet_add(x[i], s) : jet_shift(p, -1);
    }
    case 28: {
        double h = 1.0 / (n + 1);
        jet d = jet_sub(jet_mix(2, x[i], -1, at(x, n, i - 1)), at(x, n, i + 1));
        return jet_mix(1, d, h * h / 2, cube_shift(x[i], k * h));
    }
    case 29: return discrete_integral(x, n, i);
    case 30: {
        jet own = jet_mul(jet_shift(jet_scale(-2, x[i]), 3), x[i]);
        return jet_shift(jet_mix(1, jet_sub(own, at(x, n, i - 1)), -2, at(x, n, i + 1)), 1);
    }
    case 31: return broyden_banded(x, n, i);
    case 32: {
        jet s = jet_constant(-1);
        for (int j = 0; j < n; j++)
            s = jet_mix(1, s, -2.0 / m, x[j]);
        return i < n ? jet_add(x[i], s) : s;
    }
    case 33: return jet_shift(jet_scale(k, weighted_sum(x, 0, n)), -1);
    case 34:
        return i == 0 || i == m - 1 ? jet_constant(-1)
                                    : jet_shift(jet_scale(i, weighted_sum(x, 1, n - 1)), -1);
    default: return jet_constant(NAN);
    }
}

void mgh_residuals(int number, int n, int m, const double *y, const double *u, const jet *x, jet *r)
{
    switch (number) {
    case 1: rosenbrock(x, r); return;
    case 7: helical(x, r); return;
    case 13: powell_singular(x, r); return;
    case 14: wood(x, r); return;
    case 21:
        for (int i = 0; i + 1 < n; i += 2)
            rosenbrock(x + i, r + i);
        return;
    case 22:
        for (int i = 0; i + 3 < n; i += 4)
            powell_singular(x + i, r + i);
        return;
    case 35: chebyquad(x, n, r); return;
    default:
        for (int i = 0; i < m; i++)
            r[i] = row(number, n, m, y, u, x, i);
    }
}
