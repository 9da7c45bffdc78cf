#!/usr/bin/env python3
"""Writes jet_reference.h: the families of runtime/calc/jet.def with their derivatives, by mpmath.

Values come from power series with so many digits that nothing cancels, derivatives from differences
of them with steps of 1e-15 of an argument."""
import itertools
import os
import sys

import mpmath
from mpmath import mp, mpf


def log_p(a, x):
    """log P(a, x) by the series of positive terms."""
    term = total = mpf(1)
    n = 0
    while term > total * mpf(10) ** -(mp.dps + 3):
        n += 1
        term *= x / (a + n)
        total += term
    return a * mpmath.log(x) - x - mpmath.loggamma(a + 1) + mpmath.log(total)


def log_i(logit, a, b):
    """log I(x; a, b) by the series of positive terms, from the end that is nearer."""
    if logit > mpmath.log(a / b):
        return mpmath.log1p(-mpmath.exp(log_i_series(-logit, b, a)))
    return log_i_series(logit, a, b)


def log_i_series(logit, a, b):
    x = 1 / (1 + mpmath.exp(-logit))
    log_x, log_y = -mpmath.log1p(mpmath.exp(-logit)), -mpmath.log1p(mpmath.exp(logit))
    term = total = mpf(1)
    n = 0
    while term > total * mpf(10) ** -(mp.dps + 3):
        term *= x * (a + b + n) / (a + n + 1)
        n += 1
        total += term
    beta = mpmath.loggamma(a) + mpmath.loggamma(b) - mpmath.loggamma(a + b)
    return a * log_x + b * log_y - mpmath.log(a) - beta + mpmath.log(total)


def log_q(a, x):
    return mpmath.log1p(-mpmath.exp(log_p(a, x)))


def log_t(t, nu):
    if t > 0:
        return mpmath.log1p(-mpmath.exp(log_t(-t, nu)))
    logit = mpmath.log(nu) - 2 * mpmath.log(-t)
    return log_i(logit, nu / 2, mpf(1) / 2) - mpmath.log(2)


def log_skew(z, alpha):
    """Owen's formula, with enough digits for the difference."""
    f = lambda x: mpmath.exp(-z * z * (1 + x * x) / 2) / (1 + x * x)
    end = alpha if abs(alpha * z) < 40 else 40 / abs(z) * mpmath.sign(alpha)
    return mpmath.log(mpmath.ncdf(z) - mpmath.quad(f, mpmath.linspace(0, end, 9)) / mpmath.pi)


FAMILIES = {"log_gamma_p": log_p, "log_gamma_q": log_q, "log_beta_p": log_i,
            "log_student_p": log_t, "log_skew_p": log_skew}


def jet(name, args, digits):
    """The value, first and second derivatives, by central differences of the fourth order."""
    mp.dps = digits
    f, args = FAMILIES[name], [mpf(v) for v in args]
    n, cache = len(args), {}
    steps = [mpf(10) ** -(mp.dps // 6) * abs(v) if v else mpf(10) ** -(mp.dps // 6) for v in args]

    def at(shift):
        if shift not in cache:
            cache[shift] = f(*[v + k * h for v, k, h in zip(args, shift, steps)])
        return cache[shift]

    def unit(i, k):
        return tuple(k if j == i else 0 for j in range(n))

    def slope(g, h):
        return (8 * (g(1) - g(-1)) - (g(2) - g(-2))) / (12 * h)

    first = [slope(lambda k, i=i: at(unit(i, k)), steps[i]) for i in range(n)]
    second = []
    for i, j in itertools.combinations_with_replacement(range(n), 2):
        if i == j:
            value = (16 * (at(unit(i, 1)) + at(unit(i, -1))) - at(unit(i, 2)) - at(unit(i, -2)) -
                     30 * at(unit(i, 0))) / (12 * steps[i] ** 2)
        else:
            def inner(k, i=i, j=j):
                def g(m):
                    shift = [0] * n
                    shift[i], shift[j] = k, m
                    return at(tuple(shift))
                return slope(g, steps[j])
            value = slope(inner, steps[i])
        second.append(value)
    return [at((0,) * n)] + first + second


GAMMA = [(1e-3, 1e-100), (1e-3, 0.29), (1e-3, 0.31), (1e-3, 8.0), (0.03, 1e-8), (0.03, 2.5),
         (0.5, 1e-100), (0.5, 0.2), (0.5, 0.45), (0.5, 19.0), (1.7, 0.31), (1.7, 1.6), (1.7, 1.8),
         (7.9, 0.1), (7.9, 7.5), (7.9, 8.2), (8.1, 7.9), (8.1, 8.2), (40.0, 1e-3), (40.0, 20.0),
         (40.0, 39.0), (40.0, 60.0), (2.2, 200.0), (1e3, 2.0), (1e3, 900.0), (1e3, 1001.0),
         (1e3, 1200.0), (1e5, 9.9e4), (1e5, 1.01e5)]

BETA = [(-30.0, 0.02, 0.02), (-1.2, 0.02, 3.3), (0.9, 0.02, 60.0), (-1.2, 0.5, 0.5),
        (0.9, 0.5, 0.5), (-4.0, 0.5, 9.0), (-1.2, 3.3, 3.3), (0.9, 3.3, 0.02), (0.9, 3.3, 9.0),
        (-30.0, 9.0, 0.5), (-1.2, 9.0, 60.0), (0.3, 9.0, 9.0), (0.9, 60.0, 9.0), (0.4, 60.0, 60.0),
        (-3.0, 1e-3, 1e-3), (0.5, 1e-3, 2.0), (200.0, 2.0, 1e-3), (-6.0, 1.5, 800.0),
        (-0.2, 500.0, 500.0), (0.5, 300.0, 200.0), (8.5, 1000.0, 0.5), (7.5, 1e4, 8.0),
        (-0.02, 1e4, 1e4)]

STUDENT = [(-30.0, 0.05), (-0.1, 0.05), (-5.0, 0.7), (0.3, 0.7), (-1.6, 3.0), (-0.2, 3.0),
           (2.5, 3.0), (-5.0, 19.0), (-1e-5, 19.0), (-1.6, 21.0), (-1e-5, 21.0), (0.3, 150.0),
           (-5.0, 150.0), (-30.0, 150.0), (-2.0, 1e3)]


SKEW = [(-6.0, -2.0), (-1.0, -0.7), (-1.0, 0.7), (-1.9, 1.0), (-0.6, 3.0), (-1.0, 4.0), (0.3, 5.0),
        (0.01, 20.0), (1.5, 2.0), (-0.2, -6.0), (2.0, -1.5)]


def main():
    rows = []
    for name in ("log_gamma_p", "log_gamma_q"):
        for a, x in GAMMA:
            rows.append((name, (a, x), 90 + (int(max(0, x - a)) if x < 500 else 40)))
    rows += [("log_beta_p", args, 90) for args in BETA]
    rows += [("log_student_p", args, 90) for args in STUDENT]
    rows += [("log_skew_p", args, 100) for args in SKEW]
    out = []
    for name, args, digits in rows:
        values = jet(name, args, digits)
        texts = [mpmath.nstr(v if abs(v) > 1e-290 else mpf(0), 20) for v in values]
        out.append('    {JET_%s, {%s}, {%s}},' %
                   (name, ", ".join(float(v).hex() for v in args), ", ".join(texts)))
    path = os.path.join(os.path.dirname(os.path.abspath(sys.argv[0])), "jet_reference.h")
    with open(path, "w", encoding="utf-8") as f:
        f.write("/* Generated by jet_reference.py: family, arguments, jet. */\n"
                "/* clang-format off */\n"
                "static const struct {\n    jet_family family;\n    double args[JET_MOST_ARGUMENTS];\n"
                "    double jet[JET_MOST];\n} jet_reference[] = {\n")
        f.write("\n".join(out))
        f.write("\n};\n/* clang-format on */\n")


if __name__ == "__main__":
    main()
