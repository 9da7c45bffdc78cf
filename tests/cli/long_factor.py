#!/usr/bin/env python3
"""Factors with many levels, whose coefficients are maximised over one by one.

Against closed forms, and against the same model with one term more that is invisible but makes the
Hessian dense.
"""

import math
import os
import random
import tempfile

from mlec_test import Checks, fit

DENSE = "loglik once -1e-200*sum(u)^2\n"


def write(folder, name, header, rows):
    path = os.path.join(folder, name)
    with open(path, "w", encoding="utf-8") as f:
        f.write(header + "\n" + "".join(",".join(map(str, r)) + "\n" for r in rows))
    return path


def model(folder, name, text):
    path = os.path.join(folder, name)
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)
    return path


def within(checks, folder):
    """Least squares with a mean for each level: slopes within levels (Frisch & Waugh 1933)."""
    random.seed(1)
    rows = []
    for i in range(6000):
        s, x = random.randrange(250), round(random.gauss(0, 1), 4)
        rows.append((round(0.3 * (s % 7) + 0.5 * x + random.gauss(0, 1), 4), x, f"s{s}"))
    data = write(folder, "within.csv", "y,x,s", rows)
    run = fit(model(folder, "within.lik",
                    "param sigma : positive\nlinear eta = 0 + s + x\ny ~ normal(eta, sigma)\n"
                    'report q = coef(eta)["s=s3"] + 2*coef(eta)["x"]\n'), data)
    checks.about("within")
    if not checks.fitted(run):
        return
    mean = {}
    for y, x, s in rows:
        n, sy, sx = mean.get(s, (0, 0.0, 0.0))
        mean[s] = n + 1, sy + y, sx + x
    mean = {s: (n, sy / n, sx / n) for s, (n, sy, sx) in mean.items()}
    sxx = math.fsum((x - mean[s][2]) ** 2 for y, x, s in rows)
    slope = math.fsum((x - mean[s][2]) * (y - mean[s][1]) for y, x, s in rows) / sxx
    rss = math.fsum((y - mean[s][1] - slope * (x - mean[s][2])) ** 2 for y, x, s in rows)
    sigma = math.sqrt(rss / len(rows))
    x = run.parameter("eta[x]")
    checks.digits("slope", x["estimate"], slope, 10)
    checks.digits("its standard error", x["std_error"], sigma / math.sqrt(sxx), 10)
    checks.digits("sigma", run.parameter("sigma")["estimate"], sigma, 10)
    for s, (n, my, mx) in list(mean.items())[:40]:
        p = run.parameter(f"eta[s={s}]")
        checks.digits(f"level {s}", p["estimate"], my - slope * mx, 9)
        checks.digits(f"standard error of level {s}", p["std_error"],
                      sigma * math.sqrt(1 / n + mx * mx / sxx), 9)
    n, my, mx = mean["s3"]
    q = run.json["derived"][0]
    checks.digits("derived", q["estimate"], my - slope * mx + 2 * slope, 9)
    checks.digits("its standard error", q["std_error"],
                  sigma * math.sqrt(1 / n + (2 - mx) ** 2 / sxx), 9)


def dense(checks, folder):
    random.seed(2)
    rows = []
    for i in range(4000):
        s, x, z = random.randrange(130), round(random.gauss(0, 1), 4), round(random.random(), 4)
        p = 1 / (1 + math.exp(-(0.4 * x - z + 0.2 * (s % 5))))
        rows.append((int(random.random() < p), x, z, f"s{s}", int(random.gammavariate(2, 2) + z)))
    data = write(folder, "dense.csv", "c,x,z,s,k", rows)
    cases = {
        "logistic with priors": "data c : binary\nparam a, b : real\nparam u : real[s]\n"
                                "u ~ normal(0.5, 1)\nc ~ bernoulli_logit(a + b*x + u[s])\n",
        "slopes by level": "data c : binary\nparam a, b : real\nparam u : real[s]\n"
                           "u ~ normal(0, 2)\nc ~ bernoulli_logit(a + b*x + u[s]*z)\n"
                           "report r : positive = exp(b + u[\"s7\"])\n",
        "negative binomial": "param b : real\nparam u : real[s]\nparam phi : positive\n"
                             "k ~ neg_binomial_2_log(b*x + u[s], phi)\n",
        "two predictors": "param b, g : real\nparam u : real[s]\nu ~ normal(1, 1)\n"
                          "z ~ normal(b*x + u[s], exp(g - 0.1*u[s]))\n",
    }
    for name, text in cases.items():
        checks.about(name)
        a = fit(model(folder, "a.lik", text), data)
        b = fit(model(folder, "b.lik", text + DENSE), data)
        if not (checks.fitted(a) and checks.fitted(b)):
            continue
        checks.digits("log-likelihood", a.json["log_likelihood"], b.json["log_likelihood"], 12)
        for p, q in zip(a.json["parameters"] + a.json["derived"],
                        b.json["parameters"] + b.json["derived"]):
            checks.near(p["name"], p["estimate"], q["estimate"], 1e-8 * q["std_error"])
            checks.digits(f"standard error of {p['name']}", p["std_error"], q["std_error"], 8)
        for i in (0, 1, 5, 60):
            for j in (0, 2, 5, 61):
                checks.near(f"covariance {i} {j}", a.json["covariance"][i][j],
                            b.json["covariance"][i][j], 1e-9 * math.sqrt(
                                b.json["covariance"][i][i] * b.json["covariance"][j][j]))


def separated(checks, folder):
    """Levels with one outcome alone run off; the others are as if these were not there."""
    random.seed(3)
    rows = []
    for i in range(3000):
        s, x = random.randrange(150), round(random.gauss(0, 1), 4)
        p = 1 / (1 + math.exp(-0.5 * x))
        rows.append((0 if s in (20, 31) else 1 if s == 40 else int(random.random() < p), x, f"s{s}"))
    text = "data c : binary\nlinear eta = 0 + s + x\nc ~ bernoulli_logit(eta)\n"
    lik = model(folder, "separated.lik", text)
    a = fit(lik, write(folder, "all.csv", "c,x,s", rows))
    b = fit(lik, write(folder, "some.csv", "c,x,s",
                       [r for r in rows if r[2] not in ("s20", "s31", "s40")]))
    checks.about("separated levels")
    checks.equal("status", a.status, 1)
    checks.equal("verdict", a.json["verdict"], "diverging")
    checks.equal("who", sorted(a.diagnostic("separation").get("parameters", [])),
                 ["eta[s=s20]", "eta[s=s31]", "eta[s=s40]"])
    if checks.fitted(b):
        checks.digits("log-likelihood", a.json["log_likelihood"], b.json["log_likelihood"], 10)
        for name in ("eta[x]", "eta[s=s7]"):
            checks.digits(name, a.parameter(name)["estimate"], b.parameter(name)["estimate"], 8)
            checks.digits(f"standard error of {name}", a.parameter(name)["std_error"],
                          b.parameter(name)["std_error"], 6)
    for name in ("eta[s=s20]", "eta[s=s31]", "eta[s=s40]"):
        checks.equal(f"standard error of {name}", a.parameter(name)["std_error"], None)


def many(checks, folder):
    """20,000 levels: the logarithm of each level's mean."""
    random.seed(4)
    rows = [(1 + int(random.expovariate(0.3)), f"s{i % 20000}") for i in range(60000)]
    run = fit(model(folder, "many.lik", "param u : real[s]\ny ~ poisson_log(u[s])\n"),
              write(folder, "many.csv", "y,s", rows))
    checks.about("many")
    if not checks.fitted(run):
        return
    total = {}
    for y, s in rows:
        n, sum_y = total.get(s, (0, 0))
        total[s] = n + 1, sum_y + y
    checks.equal("no covariance", run.json["covariance"], None)
    for p in run.json["parameters"][::997]:
        n, sum_y = total[p["name"][2:-1]]
        checks.digits(p["name"], p["estimate"], math.log(sum_y / n), 10)
        checks.digits(f"standard error of {p['name']}", p["std_error"], 1 / math.sqrt(sum_y), 10)


def main():
    checks = Checks()
    with tempfile.TemporaryDirectory() as folder:
        within(checks, folder)
        dense(checks, folder)
        separated(checks, folder)
        many(checks, folder)
    checks.finish()


if __name__ == "__main__":
    main()
