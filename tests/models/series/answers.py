#!/usr/bin/env python3
"""Computes answers.json: maxima, standard errors and derived quantities of the series models.

The log-likelihoods are written here once more, as recursions in Python with 40 digits. Newton steps
with derivatives from differences run until a step is below 1e-15 standard errors; the delta method
takes its gradients from differences too. Where R has the model (arima, KalmanLike), its
log-likelihood at these estimates is recorded beside.

usage: answers.py [MODEL...] > answers.json      (needs mpmath and R; takes some minutes)
"""

import csv
import json
import os
import subprocess
import sys

import mpmath as mp
from mpmath import mpf

mp.mp.dps = 40
STEP = mpf(10) ** -12
HERE = os.path.dirname(os.path.abspath(__file__))
EXAMPLES = os.path.join(HERE, "..", "..", "..", "examples")

exp, log, sqrt, pi = mp.exp, mp.log, mp.sqrt, mp.pi


def table(*path):
    with open(os.path.join(*path), newline="", encoding="utf-8") as f:
        rows = list(csv.DictReader(f))
    return {name: [row[name] for row in rows] for name in rows[0]}


def numbers(column):
    return [mpf(v) for v in column]


def normal(y, mu, sigma):
    return -((y - mu) / sigma) ** 2 / 2 - log(sigma) - log(2 * pi) / 2


# ---- Models: a log-likelihood and derived quantities of the parameters and the data --------------


def garch(p, data):
    mu, omega, alpha, beta = p
    e2 = [(r - mu) ** 2 for r in data["r"]]
    before = h = sum(e2) / len(e2)
    total = mpf(0)
    for e in e2:
        h = omega + alpha * before + beta * h
        before = e
        total -= (log(2 * pi * h) + e / h) / 2
    return total, [sqrt(omega + alpha * before + beta * h)]


def panel_ar1(p, data):
    mu, phi, sigma = p
    past, total = {}, mpf(0)
    for firm, _, y in sorted(zip(data["firm"], data["year"], data["y"])):
        if firm in past:
            total += normal(y, mu + phi * (past[firm] - mu), sigma)
        else:
            total += normal(y, mu, sigma / sqrt(1 - phi**2))
        past[firm] = y
    return total, [log(mpf(1) / 2) / log(abs(phi))]


def local_level(p, data):
    noise, level = p
    a, c, total, gains = data["flow"][0], mpf(10) ** 7, mpf(0), mpf(0)
    for y in data["flow"]:
        spread = c + level
        gain = spread / (spread + noise)
        total += normal(y, a, sqrt(spread + noise))
        a, c, gains = a + gain * (y - a), gain * noise, gains + gain
    return total, [a, gains / len(data["flow"])]


def egarch(p, data):
    mu, omega, alpha, gamma, beta = p
    s2 = sum((r - mu) ** 2 for r in data["r"]) / len(data["r"])
    typical = sqrt(2 / pi)
    log_h, size, z, total = log(s2), typical, mpf(0), mpf(0)
    for r in data["r"]:
        log_h = omega + beta * log_h + alpha * (size - typical) + gamma * z
        z = (r - mu) * exp(-log_h / 2)
        size = abs(z)
        total -= (log(2 * pi) + log_h + z * z) / 2
    return total, [exp(log_h)]


def ar2(p, data):
    c, phi1, phi2, sigma = p
    y = data["y"]
    return sum(normal(y[t], c + phi1 * y[t - 1] + phi2 * y[t - 2], sigma)
               for t in range(2, len(y))), []


def arma11(p, data):
    """By the Kalman filter of the state (y[t], theta e[t]), not by the model's innovations."""
    mu, phi, theta, sigma = p
    total, a1, a2 = mpf(0), mpf(0), mpf(0)
    p11, p12, p22 = (1 + 2 * phi * theta + theta**2) / (1 - phi**2), theta, theta**2
    for y in data["y"]:
        v, k1, k2 = y - mu - a1, mpf(1), p12 / p11
        total -= (log(2 * pi * sigma**2 * p11) + v * v / (sigma**2 * p11)) / 2
        a1, a2 = a1 + k1 * v, a2 + k2 * v
        q = p22 - p12 * p12 / p11  # the filtered variance of the second state; others are 0
        a1, a2 = phi * a1 + a2, mpf(0)
        p11, p12, p22 = q + 1, theta, theta**2
    return total, []


def hidden_chain(p, data):
    """With probabilities scaled in each row, not with logarithms."""
    m, s, leave, back = p[0:2], p[2:4], p[4], p[5]
    weight = [back / (leave + back), leave / (leave + back)]
    total = mpf(0)
    for y in data["y"]:
        moved = [(1 - leave) * weight[0] + back * weight[1],
                 leave * weight[0] + (1 - back) * weight[1]]
        weight = [w * exp(normal(y, a, b)) for w, a, b in zip(moved, m, s)]
        scale = sum(weight)
        weight = [w / scale for w in weight]
        total += log(scale)
    return total, [weight[1]]


R_ARIMA = """y <- read.csv("{file}")$y; mu <- {mu}; x <- y - mu; n <- length(x)
f <- arima(x, order = c(1, 0, 1), fixed = c({phi}, {theta}), include.mean = FALSE,
           transform.pars = FALSE, method = "ML")
cat(format(f$loglik, digits = 17))"""

R_LEVEL = """y <- as.numeric(read.csv("{file}")$flow); n <- length(y)
m <- list(T = matrix(1), Z = 1, h = {noise}, V = matrix({level}), a = y[1], P = matrix(1e7),
          Pn = matrix(1e7 + {level}))
l <- KalmanLike(y, m)
cat(format(-n/2*log(2*pi) - n*l$Lik + n/2*log(l$s2) - n/2*l$s2, digits = 17))"""

# name: (log-likelihood, table, parameters and where Newton's method begins, derived, R)
MODELS = {
    "garch": (garch, (EXAMPLES, "garch", "data.csv"),
              {"mu": 0.085, "omega": 0.107, "alpha": 0.117, "beta": 0.801}, ["tomorrow"], None),
    "panel_ar1": (panel_ar1, (EXAMPLES, "panel_ar1", "data.csv"),
                  {"mu": 2.9, "phi": 0.44, "sigma": 0.98}, ["half_life"], None),
    "local_level": (local_level, (EXAMPLES, "local_level", "data.csv"),
                    {"noise": 15000, "level": 1500}, ["level_1970", "mean_gain"], R_LEVEL),
    "egarch": (egarch, (HERE, "egarch.csv"),
               {"mu": 0.05, "omega": -0.027, "alpha": 0.24, "gamma": -0.13, "beta": 0.9},
               ["last_h"], None),
    "ar2": (ar2, (HERE, "ar2.csv"), {"c": 0.4, "phi1": 0.43, "phi2": 0.39, "sigma": 0.97}, [],
            None),
    "arma11": (arma11, (HERE, "arma11.csv"),
               {"mu": 1.9, "phi": 0.66, "theta": 0.41, "sigma": 1.04}, [], R_ARIMA),
    "hidden_chain": (hidden_chain, (HERE, "hidden_chain.csv"),
                     {"m[1]": -0.98, "m[2]": 1.44, "s[1]": 0.58, "s[2]": 1.15, "leave": 0.09,
                      "return": 0.31}, ["in_second"], None),
}


# ---- Maximum and delta method --------------------------------------------------------------------


def differences(f, x):
    """Value, gradient and Hessian of f, by central differences."""
    n = len(x)
    h = [STEP * max(abs(v), mpf(10) ** -2) for v in x]

    def at(*moves):
        y = list(x)
        for i, k in moves:
            y[i] += k * h[i]
        return f(y)

    value = f(x)
    up, down = [at((i, 1)) for i in range(n)], [at((i, -1)) for i in range(n)]
    gradient = mp.matrix([(up[i] - down[i]) / (2 * h[i]) for i in range(n)])
    hessian = mp.matrix(n, n)
    for i in range(n):
        hessian[i, i] = (up[i] - 2 * value + down[i]) / h[i] ** 2
        for j in range(i):
            mixed = at((i, 1), (j, 1)) - at((i, 1), (j, -1)) - at((i, -1), (j, 1)) \
                + at((i, -1), (j, -1))
            hessian[i, j] = hessian[j, i] = mixed / (4 * h[i] * h[j])
    return value, gradient, hessian


def maximise(f, x):
    x = [mpf(v) for v in x]
    for _ in range(40):
        value, gradient, hessian = differences(f, x)
        step = mp.lu_solve(-hessian, gradient)
        x = [a + b for a, b in zip(x, step)]
        covariance = mp.inverse(-hessian)
        se = [sqrt(covariance[i, i]) for i in range(len(x))]
        if max(abs(step[i]) / se[i] for i in range(len(x))) < mpf(10) ** -15:
            return x, f(x), covariance
    raise SystemExit("no convergence")


def derived_error(f, x, covariance):
    n = len(x)
    gradient = mp.matrix(n, 1)
    for i in range(n):
        h = STEP * max(abs(x[i]), mpf(10) ** -2)
        gradient[i] = (f(x[:i] + [x[i] + h] + x[i + 1:]) - f(x[:i] + [x[i] - h] + x[i + 1:])) / (2 * h)
    return sqrt((gradient.T * covariance * gradient)[0])


def answer(name):
    likelihood, path, start, derived, program = MODELS[name]
    data = table(*path)
    for column in data:
        if column != "firm":
            data[column] = numbers(data[column])
    x, value, covariance = maximise(lambda p: likelihood(p, data)[0], list(start.values()))
    parameters = {key: [float(x[i]), float(sqrt(covariance[i, i]))] for i, key in enumerate(start)}
    result = {"log_likelihood": float(value), "parameters": parameters}
    for k, key in enumerate(derived):
        f = lambda p, k=k: likelihood(p, data)[1][k]
        parameters[key] = [float(f(x)), float(derived_error(f, x, covariance))]
    if program:
        text = program.format(file=os.path.join(*path), **{key: repr(v[0]) for key, v in parameters.items()})
        done = subprocess.run(["Rscript", "-e", text], stdout=subprocess.PIPE, check=True)
        result["log_likelihood_R"] = float(done.stdout)
    return result


def main():
    names = sys.argv[1:] or list(MODELS)
    print(json.dumps({name: answer(name) for name in names}, indent=1))


if __name__ == "__main__":
    main()
