"""Maxima with 50 digits: log densities, and Newton's method with derivatives from differences.

With 50 digits, differences leave 20 of them. Steps run until one is below 1e-18 standard errors.
Needs mpmath.
"""

import mpmath as mp
from mpmath import mpf

mp.mp.dps = 50
STEP = mpf(10) ** -16

exp, log = mp.exp, mp.log


def log1p_exp(x):
    return mp.log1p(exp(x))


def inv_logit(x):
    return 1 / (1 + exp(-x))


def log_inv_logit(x):
    return -log1p_exp(-x)


def log_sum(*terms):
    return log(sum(exp(t) for t in terms))


def log_choose(n, k):
    return log(mp.binomial(n, k))


def log_normal(y, mu, sigma):
    return -((y - mu) / sigma) ** 2 / 2 - log(sigma) - log(2 * mp.pi) / 2


def garch(p, returns):
    """GARCH(1,1) whose recursion begins at the mean square."""
    e = [r - p["mu"] for r in returns]
    square = h = sum(v * v for v in e) / len(e)
    value = mpf(0)
    for v in e:
        h = p["omega"] + p["alpha"] * square + p["beta"] * h
        square = v * v
        value += log_normal(v, 0, mp.sqrt(h))
    return value


def log_cauchy(y, mu, sigma):
    return -log(mp.pi * sigma * (1 + ((y - mu) / sigma) ** 2))


def bernoulli_logit(y, eta):
    return y * eta - log1p_exp(eta)


def poisson(y, mu):
    return y * log(mu) - mu - mp.loggamma(y + 1)


def negative_binomial(y, mu, phi):
    return (mp.loggamma(y + phi) - mp.loggamma(phi) - mp.loggamma(y + 1)
            + phi * log(phi / (phi + mu)) + y * log(mu / (phi + mu)))


def maximise(names, start, objective):
    """Newton's method from close by; (point, standard errors)."""
    point = list(start)
    k = len(point)
    for _ in range(12):
        def at(*moves):
            moved = list(point)
            for i, by in moves:
                moved[i] += by
            return objective(dict(zip(names, moved)))

        h = [STEP * max(abs(v), mpf(1) / 100) for v in point]
        f = at()
        up = [at((i, h[i])) for i in range(k)]
        down = [at((i, -h[i])) for i in range(k)]
        gradient = mp.matrix([(up[i] - down[i]) / (2 * h[i]) for i in range(k)])
        hessian = mp.matrix(k, k)
        for i in range(k):
            hessian[i, i] = -(up[i] - 2 * f + down[i]) / h[i] ** 2
            for j in range(i):
                # The same error in h as the diagonal: of second order.
                both = at((i, h[i]), (j, h[j])) + at((i, -h[i]), (j, -h[j]))
                hessian[i, j] = hessian[j, i] = -(both - up[i] - down[i] - up[j] - down[j]
                                                  + 2 * f) / (2 * h[i] * h[j])
        covariance = hessian ** -1
        se = [mp.sqrt(covariance[i, i]) for i in range(k)]
        step = covariance * gradient
        point = [v + s for v, s in zip(point, step)]
        if all(abs(s) < mpf(10) ** -18 * e for s, e in zip(step, se)):
            return point, se
    raise ArithmeticError("Newton's method does not converge")
