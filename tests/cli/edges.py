#!/usr/bin/env python3
"""Optima on edges: constraints, L1 penalties and kinks of the likelihood, against closed forms,
exact arithmetic, and searches of all candidates."""

import itertools
import math
import os
import tempfile
import time
from fractions import Fraction

from exact_fit import solve
from mlec_test import Checks, fit, shared, source

checks = Checks()
folder = tempfile.TemporaryDirectory()


def model(text):
    path = os.path.join(folder.name, "model.lik")
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)
    return path


def table(columns):
    """Writes a CSV; numbers as they print, so that they read back."""
    path = os.path.join(folder.name, "table.csv")
    with open(path, "w", encoding="utf-8") as f:
        f.write(",".join(columns) + "\n")
        for row in zip(*columns.values()):
            f.write(",".join(map(repr, row)) + "\n")
    return path


class Numbers:
    """Numbers that look random and are the same everywhere."""

    def __init__(self, seed):
        self.state = seed * 2654435761 + 12345

    def uniform(self):
        self.state = (self.state * 6364136223846793005 + 1442695040888963407) % 2**64
        return (self.state >> 33) / 2**31

    def normal(self):
        return sum(self.uniform() for _ in range(12)) - 6

    def whole(self, low, high):
        return low + int(self.uniform() * (high - low + 1))


def estimates(run):
    return {p["name"]: p["estimate"] for p in (run.json or {}).get("parameters", [])}


def no_standard_error(run, name):
    for key in ("std_error", "z", "p_value"):
        checks.equal(f"{key} of {name}", run.parameter(name).get(key, 0), None)


# ---- L1 penalties --------------------------------------------------------------------------------


def soft(x, threshold):
    return math.copysign(max(abs(x) - threshold, 0), x)


def soft_threshold():
    y = [0.7, -0.2, 1.1, 0.4, 0.3, -0.5, 0.9, 0.1]
    mean = math.fsum(y) / len(y)
    data = table({"y": y})
    for penalty in (0.5, 2, 2.7, 2.9, 10):
        checks.about(f"mean of a normal, penalty {penalty}")
        for prior in ("m ~ double_exponential(0, 1/lambda)", "logprior -lambda*abs(m)"):
            run = fit(model(f"const lambda = {penalty}\nparam m : real\n{prior}\ny ~ normal(m, 1)\n"),
                      data)
            checks.fitted(run)
            want = soft(mean, penalty / len(y))
            got = run.parameter("m").get("estimate")
            checks.equal("verdict", run.get("verdict"), "interior")
            checks.equal("free dimensions", run.get("n_parameters"), 1 if want else 0)
            if want == 0:
                checks.equal("m", got, 0)
                no_standard_error(run, "m")
                checks.true("says so", "exact-zero" in run.codes(), run.codes())
            else:
                checks.digits("m", got, want, 13)
                checks.digits("its standard error", run.parameter("m").get("std_error"),
                              1 / math.sqrt(len(y)), 13)


def orthogonal_design():
    """Columns of signs, orthogonal: each coefficient is thresholded by itself."""
    rows = list(itertools.product((-1, 1), repeat=4))
    numbers = Numbers(5)
    y = [1 + 2 * r[0] - 0.5 * r[1] + 0.1 * r[2] + numbers.normal() for r in rows]
    data = table({"y": y, **{f"x{k + 1}": [r[k] for r in rows] for k in range(4)}})
    text = """
data x : real[4]
param a : real
param b : real[4]
const lambda = 6
logprior -lambda*sum(abs(b))
y ~ normal(a + dot(x, b), 1)
"""
    checks.about("orthogonal design")
    for penalty in (1, 6, 12):
        run = fit(model(text), data, f"--set=lambda={penalty}")
        checks.fitted(run)
        for k in range(4):
            inner = math.fsum(r[k] * v for r, v in zip(rows, y))
            want = soft(inner, penalty) / len(y)
            got = run.parameter(f"b[{k + 1}]").get("estimate")
            if want == 0:
                checks.equal(f"b[{k + 1}]", got, 0)
            else:
                checks.digits(f"b[{k + 1}]", got, want, 12)


def subgradients(name, slopes, values, penalty):
    """The condition of optimality: the slope of the log-likelihood is the penalty, with the sign of
    the coefficient, or where this is 0 no larger."""
    for k, (slope, value) in enumerate(zip(slopes, values)):
        if value == 0:
            checks.true(f"{name}[{k + 1}] = 0 can bear its slope",
                        abs(slope) <= penalty * (1 + 1e-9), slope)
        else:
            checks.near(f"slope along {name}[{k + 1}]", slope, math.copysign(penalty, value),
                        1e-7 * penalty)


def lasso():
    """The LASSO of the language page, with 200 columns."""
    numbers, n, p = Numbers(1), 400, 200
    x = [[numbers.normal() for _ in range(n)] for _ in range(p)]
    y = []
    for i in range(n):
        eta = 0.3 + x[0][i] - x[1][i] + 0.5 * x[2][i] - 0.25 * x[3][i]
        y.append(int(numbers.uniform() < 1 / (1 + math.exp(-eta))))
    data = table({"y": y, **{f"x{k + 1}": x[k] for k in range(p)}})
    text = """
const lambda = 10
data y : binary
data x : real[200]
param a : real
param b : real[200]
b ~ double_exponential(0, 1/lambda)
y ~ bernoulli_logit(a + dot(x, b))
"""
    for penalty in (10, 2):
        checks.about(f"200 columns, penalty {penalty}")
        begin = time.monotonic()
        run = fit(model(text), data, f"--set=lambda={penalty}")
        seconds = time.monotonic() - begin
        if not checks.fitted(run):
            continue
        checks.true("within seconds", seconds < 10, seconds)
        a = run.parameter("a").get("estimate")
        b = [run.parameter(f"b[{k + 1}]").get("estimate") for k in range(p)]
        rest = []
        for i in range(n):
            eta = a + math.fsum(b[k] * x[k][i] for k in range(p) if b[k])
            rest.append(y[i] - 1 / (1 + math.exp(-eta)))
        checks.near("slope along a", math.fsum(rest), 0, 1e-7)
        subgradients("b", [math.fsum(r * v for r, v in zip(rest, x[k])) for k in range(p)], b,
                     penalty)
        zeros = sum(v == 0 for v in b)
        checks.true("some coefficients are 0, some are not", 0 < zeros < p, zeros)
        checks.equal("free dimensions", run.get("n_parameters"), 1 + p - zeros)
        for k in range(p):
            if b[k] == 0:
                no_standard_error(run, f"b[{k + 1}]")
    text = text.replace("bernoulli_logit(a + dot(x, b))", "normal(a + dot(x, b), s)")
    text = text.replace("data y : binary", "param s : positive")
    checks.about("200 columns, normal with a free scale")
    run = fit(model(text), data)
    if checks.fitted(run):
        a, s = (run.parameter(v).get("estimate") for v in "as")
        b = [run.parameter(f"b[{k + 1}]").get("estimate") for k in range(p)]
        rest = [y[i] - a - math.fsum(b[k] * x[k][i] for k in range(p) if b[k]) for i in range(n)]
        checks.digits("s", s, math.sqrt(math.fsum(r * r for r in rest) / n), 11)
        subgradients("b", [math.fsum(r * v for r, v in zip(rest, x[k])) / s**2 for k in range(p)],
                     b, 10)


def more_columns_than_rows():
    numbers, n, p = Numbers(9), 20, 40
    x = [[numbers.normal() for _ in range(n)] for _ in range(p)]
    y = [2 * x[0][i] - x[1][i] + 0.3 * numbers.normal() for i in range(n)]
    data = table({"y": y, **{f"x{k + 1}": x[k] for k in range(p)}})
    checks.about("40 columns, 20 rows")
    run = fit(model("data x : real[40]\nparam b : real[40]\nb ~ double_exponential(0, 0.5)\n"
                    "y ~ normal(dot(x, b), 1)\n"), data)
    if checks.fitted(run):
        b = [run.parameter(f"b[{k + 1}]").get("estimate") for k in range(p)]
        rest = [y[i] - math.fsum(b[k] * x[k][i] for k in range(p)) for i in range(n)]
        subgradients("b", [math.fsum(r * v for r, v in zip(rest, x[k])) for k in range(p)], b, 2)


def garch():
    """A zero in a model with a recursion: the others are those of the model with it fixed at 0."""
    text = """
data y : real
param mu : real
param omega : positive
param alpha, beta : unit
mu ~ double_exponential(0, scale)
const scale = 0.001
let e  = y - mu
let s2 = mean(e^2)
let h  = omega + alpha*lag(e^2, 1, s2) + beta*lag(h, 1, s2)
y ~ normal(mu, sqrt(h))
"""
    data = shared("data", "real", "markpound_garch.csv")
    checks.about("GARCH with a penalty on mu")
    run, fixed = fit(model(text), data), fit(model(text), data, "--fix=mu=0")
    checks.fitted(run)
    checks.equal("mu", run.parameter("mu").get("estimate"), 0)
    for name in ("omega", "alpha", "beta"):
        for key in ("estimate", "std_error"):
            checks.digits(f"{key} of {name}", run.parameter(name).get(key),
                          fixed.parameter(name).get(key), 9)


def fused():
    """A penalty on a difference makes two coefficients equal."""
    numbers = Numbers(3)
    x, z = ([numbers.normal() for _ in range(30)] for _ in range(2))
    y = [u + 1.1 * v + numbers.normal() for u, v in zip(x, z)]
    data = table({"x": x, "z": z, "y": y})
    checks.about("fused")
    text = "param b, c : real\nlogprior -20*abs(b - c)\ny ~ normal(b*x + c*z, 1)\n"
    run = fit(model(text), data)
    checks.fitted(run)
    both = [u + v for u, v in zip(x, z)]
    want = math.fsum(w * v for w, v in zip(both, y)) / math.fsum(w * w for w in both)
    error = 1 / math.sqrt(math.fsum(w * w for w in both))
    for name in "bc":
        checks.digits(name, run.parameter(name).get("estimate"), want, 12)
        checks.digits(f"standard error of {name}", run.parameter(name).get("std_error"), error, 12)
    checks.equal("free dimensions", run.get("n_parameters"), 1)


# ---- Kinks of the likelihood ---------------------------------------------------------------------


def best_vertex(columns, y, tau=Fraction(1, 2)):
    """The smallest sum of check losses over all coefficients that interpolate as many rows."""
    rows = [[Fraction(c[i]) for c in columns] for i in range(len(y))]
    y = [Fraction(v) for v in y]
    best = None
    for chosen in itertools.combinations(range(len(y)), len(columns)):
        try:
            beta = [v[0] for v in solve([rows[i] for i in chosen], [[y[i]] for i in chosen])]
        except ZeroDivisionError:
            continue
        rest = [v - sum(b * c for b, c in zip(beta, r)) for v, r in zip(y, rows)]
        loss = sum(r * (tau - (r < 0)) for r in rest)
        if best is None or loss < best[0]:
            best = loss, beta
    return best


def least_absolute_deviations():
    for case in range(12):
        numbers, n = Numbers(100 + case), 12
        if case % 2:
            x, z = [numbers.whole(-2, 2) for _ in range(n)], [numbers.whole(0, 2) for _ in range(n)]
            y = [u - v + numbers.whole(-3, 3) for u, v in zip(x, z)]
        else:
            x, z = ([numbers.normal() for _ in range(n)] for _ in range(2))
            y = [u - v + numbers.normal() for u, v in zip(x, z)]
        data = table({"x": x, "z": z, "y": y})
        checks.about(f"least absolute deviations, table {case}")
        loss, beta = best_vertex([[1] * n, x, z], y)
        total = float(2 * loss)
        run = fit(model("param a, b, c : real\nparam s : positive\n"
                        "y ~ double_exponential(a + b*x + c*z, s)\n"), data)
        if not checks.fitted(run):
            continue
        checks.equal("verdict", run.get("verdict"), "interior")
        checks.digits("s", run.parameter("s").get("estimate"), total / n, 12)
        checks.digits("log-likelihood", run.get("log_likelihood"),
                      -n * (1 + math.log(2 * total / n)), 13)
        got = estimates(run)
        rest = [v - got["a"] - got["b"] * u - got["c"] * w for v, u, w in zip(y, x, z)]
        checks.digits("sum of the deviations", math.fsum(map(abs, rest)), total, 13)
        if not case % 2:
            for name, want in zip("abc", beta):
                checks.digits(name, got[name], float(want), 11)
        for name in "abc":
            no_standard_error(run, name)
        checks.true("says kink", "kink" in run.codes(), run.codes())
        checks.digits("standard error of s", run.parameter("s").get("std_error"),
                      total / n / math.sqrt(n), 12)


def quantiles():
    numbers, n = Numbers(77), 15
    x = [numbers.normal() for _ in range(n)]
    y = [1 + u + numbers.normal() for u in x]
    data = table({"x": x, "y": y})
    losses = ("u*(tau - (u < 0))", "ifelse(u < 0, (tau - 1)*u, tau*u)", "max(tau*u, (tau - 1)*u)",
              "(abs(u) + (2*tau - 1)*u)/2")
    for tau, loss in itertools.product((0.25, 0.5, 0.9), losses):
        checks.about(f"quantile {tau} by {loss}")
        want, beta = best_vertex([[1] * n, x], y, Fraction(tau))
        run = fit(model(f"const tau = {tau}\nparam a, b : real\nlet u = y - a - b*x\n"
                        f"loglik -{loss}\n"), data)
        checks.fitted(run)
        checks.digits("loss", run.get("log_likelihood"), -float(want), 12)
        for name, value in zip("ab", beta):
            checks.digits(name, run.parameter(name).get("estimate"), float(value), 11)


def medians():
    checks.about("median of an even number")
    run = fit(model("param m : real\nloglik -abs(y - m)\n"), table({"y": [1, 2, 4, 7]}))
    checks.fitted(run)
    checks.true("a middle number", run.parameter("m").get("estimate") in (2, 4))
    checks.true("says that there are others", "not-unique" in run.codes(), run.codes())
    checks.about("median of an odd number")
    run = fit(model("param m : real\nloglik -abs(y - m)\n"), table({"y": [1, 2, 4, 7, 5]}))
    checks.fitted(run)
    checks.equal("the median", run.parameter("m").get("estimate"), 4)
    checks.true("the only one", "not-unique" not in run.codes(), run.codes())


def without_limit():
    """The plane goes through all points: the likelihood has no limit as the scale goes to 0."""
    checks.about("a perfect fit")
    x = [0.0, 1.0, 2.0, 3.0]
    text = "param a, b : real\nparam s : positive\ny ~ double_exponential(a + b*x, s)\n"
    run = fit(model(text), table({"x": x, "y": [1 + 2 * v for v in x]}))
    checks.fitted(run, status=1)
    checks.equal("verdict", run.get("verdict"), "diverging")
    checks.equal("code", run.codes(), ["unbounded-likelihood"])
    checks.equal("parameters", run.diagnostic("unbounded-likelihood").get("parameters"), ["s"])


def smooth_losses():
    """Huber's loss is written with choices and has no kink."""
    checks.about("Huber")
    y = [0.1, -0.3, 0.5, 2.2, -0.7, 9.0, 0.4]
    run = fit(model("param m : real\nlet u = abs(y - m)\n"
                    "loglik -ifelse(u < 1.5, u^2/2, 1.5*u - 1.125)\n"), table({"y": y}))
    checks.fitted(run)
    m = run.parameter("m").get("estimate")
    checks.near("sum of the bounded residuals", math.fsum(max(-1.5, min(1.5, v - m)) for v in y), 0,
                1e-12)
    checks.true("has a standard error", run.parameter("m").get("std_error"))
    checks.true("no kink", "kink" not in run.codes(), run.codes())


# ---- Constraints ---------------------------------------------------------------------------------


def pool(means, weights):
    """Pool-adjacent-violators: blocks of (mean, weight, members)."""
    blocks = []
    for m, w in zip(means, weights):
        blocks.append([m, w, 1])
        while len(blocks) > 1 and blocks[-2][0] > blocks[-1][0]:
            m2, w2, n2 = blocks.pop()
            m1, w1, n1 = blocks.pop()
            blocks.append([(m1 * w1 + m2 * w2) / (w1 + w2), w1 + w2, n1 + n2])
    return [(m, w) for m, w, members in blocks for _ in range(members)]


def monotone_regression():
    for case in range(4):
        numbers, k = Numbers(40 + case), 8
        count = [numbers.whole(1, 4) for _ in range(k)]
        g = [j + 1 for j in range(k) for _ in range(count[j])]
        y = [0.3 * v + numbers.normal() for v in g]
        means = [math.fsum(v for v, h in zip(y, g) if h == j + 1) / count[j] for j in range(k)]
        text = f"data g : int(1, {k})\nparam m : real[{k}]\ny ~ normal(m[g], 1)\n"
        text += "".join(f"constrain m[{j}] <= m[{j + 1}]\n" for j in range(1, k))
        checks.about(f"monotone regression, table {case}")
        run = fit(model(text), table({"g": g, "y": y}))
        if not checks.fitted(run):
            continue
        want = pool(means, count)
        checks.equal("verdict", run.get("verdict"),
                     "boundary" if len(set(want)) < k else "interior")
        for j, (mean, weight) in enumerate(want):
            p = run.parameter(f"m[{j + 1}]")
            checks.digits(f"m[{j + 1}]", p.get("estimate"), mean, 12)
            checks.digits(f"standard error of m[{j + 1}]", p.get("std_error"),
                          1 / math.sqrt(weight), 12)
        checks.equal("n_parameters", run.get("n_parameters"), k)


def constrained_least_squares():
    """b + c <= 1 is active: the solution, its multiplier and covariance in closed form."""
    numbers, n = Numbers(8), 25
    x, z = ([numbers.normal() for _ in range(n)] for _ in range(2))
    y = [0.5 + 1.4 * u + 0.8 * v + numbers.normal() for u, v in zip(x, z)]
    columns = [[Fraction(1)] * n, [Fraction(v) for v in x], [Fraction(v) for v in z]]
    exact = [Fraction(v) for v in y]
    cross = [[sum(u * v for u, v in zip(a, b)) for b in columns] for a in columns]
    system = [[*cross[0], 0], [*cross[1], 1], [*cross[2], 1], [0, 1, 1, 0]]
    moments = [sum(u * v for u, v in zip(a, exact)) for a in columns]
    inverse = solve(system, [[Fraction(i == j) for j in range(4)] for i in range(4)])
    *beta, force = (sum(c * m for c, m in zip(row, [*moments, 1])) for row in inverse)
    checks.about("least squares with b + c < 1")
    data = table({"x": x, "z": z, "y": y})
    free = "param a, b, c : real\ny ~ normal(a + b*x + c*z, 1)\n"
    run = fit(model(free + "constrain b + c < 1\nreport both = b + c\n"), data)
    checks.fitted(run)
    checks.equal("verdict", run.get("verdict"), "boundary")
    for k, name in enumerate("abc"):
        checks.digits(name, run.parameter(name).get("estimate"), float(beta[k]), 12)
        checks.digits(f"standard error of {name}", run.parameter(name).get("std_error"),
                      math.sqrt(inverse[k][k]), 12)
    covariance = run.get("covariance")
    checks.digits("covariance of b and c", covariance[1][2], float(inverse[1][2]), 12)
    d = run.diagnostic("boundary")
    checks.equal("parameters", d.get("parameters"), ["b", "c"])
    checks.true("names the constraint and its multiplier",
                "`constrain b + c < 1`" in d.get("message", "")
                and f"{float(force):.4g}" in d.get("message", ""), d.get("message"))
    checks.equal("a sum that is held has no standard error",
                 run.parameter("both").get("std_error"), None)

    checks.about("a constraint that does not bind")
    plain = fit(model(free), data)
    run = fit(model(free + "constrain b + c < 100\nconstrain a > -50\n"), data)
    checks.fitted(run)
    checks.equal("verdict", run.get("verdict"), "interior")
    checks.equal("diagnostics", run.codes(), plain.codes())
    for name in "abc":
        for key in ("estimate", "std_error"):
            checks.digits(f"{key} of {name}", run.parameter(name).get(key),
                          plain.parameter(name).get(key), 13)

    checks.about("an equality")
    run = fit(model(free + "constrain b + c == 1\n"), data)
    checks.fitted(run)
    checks.equal("verdict", run.get("verdict"), "interior")
    checks.equal("n_parameters", run.get("n_parameters"), 2)
    for k, name in enumerate("abc"):
        checks.digits(name, run.parameter(name).get("estimate"), float(beta[k]), 12)


def transformed():
    """Constraints over parameters with bounds: they move on their own scale."""
    data = shared("data", "real", "markpound_garch.csv")
    with open(source("tests", "models", "real", "markpound_garch.lik"), encoding="utf-8") as f:
        text = f.read()
    checks.about("GARCH with alpha + beta < 1")
    plain = fit(model(text), data)
    run = fit(model(text + "\nconstrain alpha + beta < 1\n"), data)
    checks.fitted(run)
    for name in ("mu", "omega", "alpha", "beta"):
        for key in ("estimate", "std_error"):
            checks.digits(f"{key} of {name}", run.parameter(name).get(key),
                          plain.parameter(name).get(key), 9)
    checks.about("GARCH with alpha + beta < 0.9")
    run = fit(model(text + "\nconstrain alpha + beta < 0.9\n"), data)
    checks.fitted(run)
    got = estimates(run)
    checks.near("alpha + beta", got["alpha"] + got["beta"], 0.9, 1e-15)
    errors = [run.parameter(name).get("std_error") for name in ("alpha", "beta")]
    checks.digits("they move against each other", errors[0], errors[1], 12)
    other = text.replace("beta*lag", "(0.9 - alpha)*lag").replace("alpha, beta", "alpha")
    same = fit(model(other), data)
    checks.digits("log-likelihood of the smaller model", run.get("log_likelihood"),
                  same.get("log_likelihood"), 12)
    checks.digits("alpha of the smaller model", got["alpha"],
                  same.parameter("alpha").get("estimate"), 8)

    checks.about("shares with a bound")
    data = table({"k": [1, 1, 1, 1, 1, 2, 2, 3]})
    run = fit(model("data k : int(1, 3)\nparam p : simplex[3]\nconstrain p[1] <= 0.5\n"
                    "k ~ categorical(p)\n"), data)
    checks.fitted(run)
    checks.equal("verdict", run.get("verdict"), "boundary")
    for name, want in (("p[1]", 1 / 2), ("p[2]", 1 / 3), ("p[3]", 1 / 6)):
        checks.digits(name, run.parameter(name).get("estimate"), want, 12)
    checks.equal("n_parameters", run.get("n_parameters"), 2)
    checks.equal("p[1] is at its bound", run.parameter("p[1]").get("at_bound"), True)
    no_standard_error(run, "p[1]")


def bounds():
    """Slopes that may not be negative; one of them is 0."""
    numbers, n = Numbers(21), 40
    x, z = ([numbers.normal() for _ in range(n)] for _ in range(2))
    y = [u - v + numbers.normal() for u, v in zip(x, z)]
    data = table({"x": x, "z": z, "y": y})
    checks.about("a bound by constrain")
    run = fit(model("param b, c : real\nconstrain c >= 0\ny ~ normal(b*x + c*z, 1)\n"), data)
    checks.fitted(run)
    checks.equal("c", run.parameter("c").get("estimate"), 0)
    checks.equal("c is at its bound", run.parameter("c").get("at_bound"), True)
    no_standard_error(run, "c")
    square = math.fsum(u * u for u in x)
    checks.digits("b", run.parameter("b").get("estimate"),
                  math.fsum(u * v for u, v in zip(x, y)) / square, 12)
    checks.digits("standard error of b", run.parameter("b").get("std_error"),
                  1 / math.sqrt(square), 12)


def main():
    for part in (soft_threshold, orthogonal_design, lasso, more_columns_than_rows, garch, fused,
                 least_absolute_deviations, quantiles, medians, without_limit, smooth_losses,
                 monotone_regression, constrained_least_squares, transformed, bounds):
        part()
    checks.finish()


if __name__ == "__main__":
    main()
