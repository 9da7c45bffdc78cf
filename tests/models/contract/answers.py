#!/usr/bin/env python3
"""Computes answers.json: maxima and standard errors of the models of this folder, with 50 digits.

The log-likelihoods are written here once more, in Python; Newton's method starts from rough values. The
lasso is done first by coordinate descent, then by Newton's method for the coefficients that are not 0;
the others meet the condition of an optimum.

usage: answers.py [MODEL...] > answers.json      (needs mpmath; takes a minute)
"""

import csv
import json
import math
import os
import re
import sys

import mpmath as mp
from mpmath import mpf

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, ".."))
import high_precision
from high_precision import (bernoulli_logit, exp, inv_logit, log, log_normal, log_sum, maximise,
                            negative_binomial, poisson)

TABLE = {"site_effects": "sites", "formula": "sites"}


def table(model):
    """Rows; numbers are the doubles that a program reads."""
    rows = []
    with open(os.path.join(HERE, TABLE.get(model, model) + ".csv"), encoding="utf-8") as f:
        for record in csv.DictReader(f):
            row = {}
            for name, text in record.items():
                try:
                    row[name] = mpf(float(text))
                except ValueError:
                    row[name] = text
            rows.append(row)
    return rows


# ---- Models: a log-likelihood, or one and a log prior, of the parameters and the rows -------------


def ridge_map(p, rows):
    return (sum(bernoulli_logit(r["admit"], p["a"] + p["b_gre"] * r["gre"] + p["b_gpa"] * r["gpa"])
                for r in rows),
            sum(log_normal(p[b], 0, mpf("2.5")) for b in ("b_gre", "b_gpa")))


def site_effects(p, rows):
    return (sum(poisson(r["y"], exp(p["a"] + p["b"] * r["x"] + p[f"u[{r['site']}]"])) for r in rows),
            sum(log_normal(p[f"u[S{k}]"], 0, mpf(0.8)) for k in range(1, 9)))


def formula(p, rows):
    return sum(poisson(r["y"], exp(p["eta[Intercept]"] + p["eta[x]"] * r["x"]
                                   + p.get(f"eta[site={r['site']}]", 0))) for r in rows)


def garch(p, rows):
    return high_precision.garch(p, [r["r"] for r in rows])


def weibull_survival(p, rows):
    value = mpf(0)
    for r in rows:
        scale = exp(p["eta[Intercept]"] + p["eta[age]"] * r["age"] + p["eta[treated]"] * r["treated"])
        value -= (r["time"] / scale) ** p["shape"]
        if r["died"]:
            value += log(p["shape"] / scale) + (p["shape"] - 1) * log(r["time"] / scale)
    return value


def zero_inflated(p, rows):
    value = mpf(0)
    for r in rows:
        mu = exp(p["mu[Intercept]"] + p["mu[child]"] * r["child"] + p["mu[camper]"] * r["camper"])
        zero = inv_logit(p["zi[Intercept]"] + p["zi[persons]"] * r["persons"])
        density = exp(negative_binomial(r["y"], mu, p["phi"]))
        value += log(zero * (r["y"] == 0) + (1 - zero) * density)
    return value


def mixture(p, rows):
    return sum(log_sum(log(p["w"]) + log_normal(r["y"], p["m[1]"], p["s[1]"]),
                       log(1 - p["w"]) + log_normal(r["y"], p["m[2]"], p["s[2]"])) for r in rows)


def multinomial_logit(p, rows):
    value = mpf(0)
    for r in rows:
        eta = {level: p[f"eta[{level}, Intercept]"]
               + p[f"eta[{level}, sepal_length]"] * r["sepal_length"]
               + p[f"eta[{level}, sepal_width]"] * r["sepal_width"]
               for level in ("versicolor", "virginica")}
        eta["setosa"] = mpf(0)
        value += eta[r["species"]] - log_sum(*eta.values())
    return value


def ordinal_probit(p, rows):
    cut = [-mp.inf, *(p[f"cut[{k}]"] for k in range(1, 5)), mp.inf]
    value = mpf(0)
    for r in rows:
        eta = p["b1"] * r["x1"] + p["b2"] * r["x2"]
        k = int(r["rating"])
        value += log(mp.ncdf(cut[k] - eta) - mp.ncdf(cut[k - 1] - eta))
    return value


def nonlinear(p, rows):
    return sum(log_normal(r["y"], p["bottom"] + (p["top"] - p["bottom"])
                          / (1 + (p["ec50"] / r["dose"]) ** p["hill"]), p["sigma"]) for r in rows)


START = {
    ridge_map: {"a": -5.2, "b_gre": 0.0027, "b_gpa": 0.99},
    site_effects: {"a": 1, "b": 0.5, **{f"u[S{k}]": 0 for k in range(1, 9)}},
    formula: {"eta[Intercept]": 1, "eta[x]": 0.5, **{f"eta[site=S{k}]": 0 for k in range(2, 9)}},
    garch: {"mu": 0.106, "omega": 0.127, "alpha": 0.081, "beta": 0.806},
    weibull_survival: {"shape": 1.5, "eta[Intercept]": 4, "eta[age]": -0.02, "eta[treated]": 0.5},
    zero_inflated: {"phi": 3, "mu[Intercept]": 1.6, "mu[child]": -0.6, "mu[camper]": 0.5,
                    "zi[Intercept]": 1.2, "zi[persons]": -0.7},
    mixture: {"w": 0.4, "m[1]": 0.5, "m[2]": 2.9, "s[1]": 0.5, "s[2]": 0.8},
    multinomial_logit: {"eta[versicolor, Intercept]": -8, "eta[versicolor, sepal_length]": 4,
                        "eta[versicolor, sepal_width]": -4, "eta[virginica, Intercept]": -22,
                        "eta[virginica, sepal_length]": 7, "eta[virginica, sepal_width]": -6},
    ordinal_probit: {"b1": 0.9, "b2": -0.6, "cut[1]": -1.3, "cut[2]": -0.3, "cut[3]": 0.4,
                     "cut[4]": 1.4},
    nonlinear: {"top": 93, "bottom": 2.5, "ec50": 0.72, "sigma": 3.2, "hill": 1.2},
}


# ---- The lasso -------------------------------------------------------------------------------------

LAMBDA = 10


def coordinate_descent(x, y, rounds=4000):
    """Doubles: the coefficients, the intercept first. The curvature of each is bounded by sum x^2/4."""
    k = len(x[0])
    bound = [sum(row[j] ** 2 for row in x) / 4 for j in range(k)]
    b = [0.0] * k
    eta = [0.0] * len(y)
    for _ in range(rounds):
        moved = 0.0
        for j in range(k):
            slope = sum(row[j] * (v - 1 / (1 + math.exp(-e))) for row, v, e in zip(x, y, eta))
            to = b[j] + slope / bound[j]
            if j:
                to = math.copysign(max(abs(to) - LAMBDA / bound[j], 0), to)
            if to != b[j]:
                eta = [e + (to - b[j]) * row[j] for row, e in zip(x, eta)]
                moved = max(moved, abs(to - b[j]))
                b[j] = to
        if moved < 1e-10:
            break
    return b


def lasso(rows):
    x = [[1.0, *(float(r[f"x{j}"]) for j in range(1, 201))] for r in rows]
    y = [float(r["y"]) for r in rows]
    b = coordinate_descent(x, y)
    names = ["a", *(f"b[{j}]" for j in range(1, 201))]
    free = [j for j, v in enumerate(b) if j == 0 or v]
    sign = [math.copysign(1, v) for v in b]

    def predictors(p):
        return [sum(p[names[j]] * row[j] for j in free) for row in x]

    def likelihood(p):
        return sum(bernoulli_logit(v, e) for v, e in zip(y, predictors(p)))

    def prior(p):
        return 200 * log(mpf(LAMBDA) / 2) - LAMBDA * sum(sign[j] * p[names[j]] for j in free if j)

    point, se = maximise([names[j] for j in free], [mpf(b[j]) for j in free],
                         lambda p: likelihood(p) + prior(p))
    p = dict(zip((names[j] for j in free), point))
    eta = predictors(p)
    for j in range(1, 201):
        slope = sum(row[j] * (v - inv_logit(e)) for row, v, e in zip(x, y, eta))
        assert j in free and sign[j] * p[names[j]] > 0 or abs(slope) < LAMBDA, names[j]
    parameters = {name: [0.0, None] for name in names}
    parameters.update({name: [float(v), float(s)] for name, v, s in zip(p, point, se)})
    return {"log_likelihood": float(likelihood(p)), "log_prior": float(prior(p)),
            "parameters": parameters}


# ---- All of them -----------------------------------------------------------------------------------


def answer(model, start, rows):
    def parts(p):
        value = model(p, rows)
        return value if isinstance(value, tuple) else (value,)

    point, se = maximise(list(start), [mpf(v) for v in start.values()], lambda p: sum(parts(p)))
    values = [float(v) for v in parts(dict(zip(start, point)))]
    return dict(zip(("log_likelihood", "log_prior"), values),
                parameters={name: [float(v), float(s)] for name, v, s in zip(start, point, se)})


def main():
    answers = {}
    for model, start in START.items():
        name = model.__name__
        if name in (sys.argv[1:] or [name]):
            answers[name] = answer(model, start, table(name))
            print(name, file=sys.stderr, flush=True)
    if "lasso" in (sys.argv[1:] or ["lasso"]):
        answers["lasso"] = lasso(table("lasso"))
    text = json.dumps(answers, indent=1)
    print(re.sub(r"\[\s+(\S+)\s+(\S+)\s+\]", r"[\1 \2]", text))  # a parameter on a line


if __name__ == "__main__":
    main()
