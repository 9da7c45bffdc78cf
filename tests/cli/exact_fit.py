#!/usr/bin/env python3
"""Fits that the tests compare with, in exact or 40-digit arithmetic, from the standard library alone.

Columns are lists of numbers; doubles are taken as the numbers they are. Run as a program, it tests
itself.
"""

from decimal import Decimal, getcontext
from fractions import Fraction

from mlec_test import Checks

getcontext().prec = 40

PI = Decimal("3.141592653589793238462643383279502884197169")


def solve(a, b):
    """x with a x = b, b a matrix of columns; a square, by elimination with pivoting."""
    n = len(a)
    rows = [list(a[i]) + list(b[i]) for i in range(n)]
    for i in range(n):
        pivot = max(range(i, n), key=lambda k: abs(rows[k][i]))
        rows[i], rows[pivot] = rows[pivot], rows[i]
        for k in range(n):
            if k != i and rows[k][i]:
                factor = rows[k][i] / rows[i][i]
                rows[k] = [x - factor * y for x, y in zip(rows[k], rows[i])]
    return [[x / rows[i][i] for x in rows[i][n:]] for i in range(n)]


def inverse(a):
    n = len(a)
    return solve(a, [[type(a[0][0])(i == j) for j in range(n)] for i in range(n)])


def least_squares(columns, y, ridge=None):
    """Coefficients, residual sum of squares and inverse of X'X (plus diag(ridge)), as Fractions."""
    x = [[Fraction(v) for v in c] for c in columns]
    y = [Fraction(v) for v in y]
    p = len(x)
    cross = [[sum(u * v for u, v in zip(x[i], x[j])) for j in range(p)] for i in range(p)]
    for i in range(p):
        cross[i][i] += Fraction(ridge[i]) if ridge else 0
    inv = inverse(cross)
    moments = [sum(u * v for u, v in zip(x[i], y)) for i in range(p)]
    beta = [sum(inv[i][j] * moments[j] for j in range(p)) for i in range(p)]
    rss = sum((v - sum(b * c[k] for b, c in zip(beta, x))) ** 2 for k, v in enumerate(y))
    return beta, rss, inv


def decimal(value):
    if isinstance(value, Fraction):
        return Decimal(value.numerator) / Decimal(value.denominator)
    return Decimal(value)


def log_factorial(n):
    total = 1
    for k in range(2, int(n) + 1):
        total *= k
    return Decimal(total).ln()


def bernoulli_logit(y, eta):
    """Log density of one row with its first and second derivative in eta."""
    p = 1 / (1 + (-eta).exp())
    return y * eta - (1 + eta.exp()).ln(), y - p, -p * (1 - p)


def poisson_log(y, eta):
    mean = eta.exp()
    return y * eta - mean - log_factorial(y), y - mean, -mean


def glm(density, columns, y):
    """(coefficients, standard errors, log-likelihood) by Newton's method, as Decimals."""
    rows = list(zip(*([decimal(v) for v in c] for c in columns)))
    y = [decimal(v) for v in y]
    p = len(columns)

    def terms(beta):
        return [density(v, sum(b * u for b, u in zip(beta, row))) for v, row in zip(y, rows)]

    beta, now = [Decimal(0)] * p, terms([Decimal(0)] * p)
    for _ in range(100):
        value = sum(t[0] for t in now)
        gradient = [sum(t[1] * row[i] for t, row in zip(now, rows)) for i in range(p)]
        information = [[-sum(t[2] * row[i] * row[j] for t, row in zip(now, rows))
                        for j in range(p)] for i in range(p)]
        step = [s[0] for s in solve(information, [[g] for g in gradient])]
        if all(abs(s) <= Decimal("1e-20") * (1 + abs(b)) for s, b in zip(step, beta)):
            return beta, [v[i].sqrt() for i, v in enumerate(inverse(information))], value
        length = Decimal(1)
        while True:
            trial = [b + length * s for b, s in zip(beta, step)]
            now = terms(trial)
            if sum(t[0] for t in now) >= value - Decimal("1e-25"):
                break
            length /= 2
        beta = trial
    raise ArithmeticError("Newton's method does not converge")


def normal_log_likelihood(n, rss, variance):
    """Of n residuals with this sum of squares."""
    variance = decimal(variance)
    return -decimal(n) / 2 * (2 * PI * variance).ln() - decimal(rss) / (2 * variance)


def self_test():
    checks = Checks()
    checks.about("exact_fit")
    # Twelve counts in two groups of equal size: rates are exp of the coefficients.
    y = [2, 0, 1, 3, 1, 2, 4, 5, 3, 6, 4, 2]
    group = [0] * 6 + [1] * 6
    beta, se, value = glm(poisson_log, [[1] * 12, group], y)
    checks.digits("rate", float(beta[0].exp()), 1.5, 15)
    checks.digits("ratio", float(beta[1].exp()), 24 / 9, 15)
    checks.digits("its standard error", float(se[1]), (1 / 9 + 1 / 24) ** 0.5, 14)
    checks.true("value", value < 0, value)
    beta, se, _ = glm(bernoulli_logit, [[1] * 4], [1, 0, 0, 0])
    checks.digits("log odds", float(beta[0].exp()), 1 / 3, 15)
    checks.digits("standard error", float(se[0]), (4 / 3) ** 0.5, 14)
    beta, rss, inv = least_squares([[1, 1, 1], [0, 1, 2]], [1, 2, 4])
    checks.equal("line", beta, [Fraction(5, 6), Fraction(3, 2)])
    checks.equal("residuals", rss, Fraction(1, 6))
    checks.equal("inverse", inv[1][1], Fraction(1, 2))
    beta, _, _ = least_squares([[1, 1]], [3, 5], ridge=[2])
    checks.equal("ridge", beta, [Fraction(2)])
    checks.finish()


if __name__ == "__main__":
    self_test()
