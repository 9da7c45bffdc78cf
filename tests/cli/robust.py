#!/usr/bin/env python3
"""Robust standard errors: sampling weights, the sandwich, clusters, scores in a file.

Compared with closed forms, with the sandwich put together here or in R from scores and information,
and with published values. Variances have the factor n/(n - 1), or G/(G - 1), as in Stata.
"""
import csv
import math
import os
import random
import shutil
import subprocess
import tempfile

from exact_fit import inverse
from mlec_test import Checks, Run, fit, source

FOLDER = tempfile.mkdtemp(prefix="mlec-robust-")


def write(name, text):
    path = os.path.join(FOLDER, name)
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)
    return path


def write_table(name, columns):
    rows = [",".join(columns)] + [",".join(map(repr, r)) for r in zip(*columns.values())]
    return write(name, "\n".join(rows).replace("'", "") + "\n")


def sample(n=60, seed=4):
    draw = random.Random(seed)
    x = [draw.gauss(0, 1) for _ in range(n)]
    return {"y": [1 + 0.5 * v + draw.gauss(0, 1 + abs(v)) for v in x],
            "x": x,
            "c": [draw.choice([0, 0, 1, 1, 2, 3, 7]) for _ in range(n)],
            "w": [draw.uniform(0.2, 5) for _ in range(n)],
            "f": [draw.choice([0, 1, 1, 2, 4]) for _ in range(n)],
            "g": [draw.choice("abcdefg") for _ in range(n)]}


NORMAL = "param mu : real\nparam sigma : positive\ny ~ normal(mu, sigma)\n"
POISSON = "data c : count\nparam a, b : real\nc ~ poisson_log(a + b*x)\n"


def errors(run):
    return [p["std_error"] for p in run.json["parameters"]]


def sandwich(scores, information, n):
    """n/(n - 1) A^-1 (sum s s') A^-1: its standard errors."""
    p = len(information)
    bread = inverse(information)
    meat = [[math.fsum(s[i] * s[j] for s in scores) for j in range(p)] for i in range(p)]
    half = [[sum(bread[i][k] * meat[k][j] for k in range(p)) for j in range(p)] for i in range(p)]
    return [math.sqrt(n / (n - 1) * sum(half[i][k] * bread[k][i] for k in range(p)))
            for i in range(p)]


def by_cluster(scores, clusters):
    sums = {}
    for s, g in zip(scores, clusters):
        old = sums.get(g, [0] * len(s))
        sums[g] = [a + b for a, b in zip(old, s)]
    return list(sums.values())


def poisson_pieces(run, d, weights=None):
    a, b = (p["estimate"] for p in run.json["parameters"])
    w = weights or [1] * len(d["x"])
    mean = [math.exp(a + b * x) for x in d["x"]]
    scores = [[u * (c - m), u * (c - m) * x] for u, c, m, x in zip(w, d["c"], mean, d["x"])]
    information = [[math.fsum(u * m * x ** (i + j) for u, m, x in zip(w, mean, d["x"]))
                    for j in range(2)] for i in range(2)]
    return scores, information


def check_weights(checks, d, table):
    checks.about("sampling weights of a normal mean")
    model = write("prob.lik", NORMAL + "weight prob(w)\n")
    r = fit(model, table)
    y, w, n = d["y"], d["w"], len(d["y"])
    total = math.fsum(w)
    mean = math.fsum(u * v for u, v in zip(w, y)) / total
    var = math.fsum(u * (v - mean) ** 2 for u, v in zip(w, y)) / total
    se = math.sqrt(n / (n - 1) * math.fsum((u * (v - mean)) ** 2 for u, v in zip(w, y))) / total
    checks.digits("mean", r.parameter("mu").get("estimate"), mean, 13)
    checks.digits("sigma", r.parameter("sigma").get("estimate"), math.sqrt(var), 13)
    checks.digits("its error", r.parameter("mu").get("std_error"), se, 12)
    checks.equal("kind", r.get("se_type"), "robust")
    checks.equal("n", r.get("n"), n)
    for key in ("aic", "aicc", "bic"):
        checks.equal(key, r.get(key), None)
    likelihood = math.fsum(u * (-0.5 * math.log(2 * math.pi * var) - (v - mean) ** 2 / (2 * var))
                           for u, v in zip(w, y))
    checks.digits("log-likelihood", r.get("log_likelihood"), likelihood, 12)
    checks.equal("no word of fractions", r.codes(), [])

    checks.about("the unit of sampling weights")
    model = write("unit.lik", POISSON + "weight prob(w)\nreport m = mean(y)\nreport v = var(y)\n")
    one = fit(model, table)
    ten = fit(model, write_table("ten.csv", {**d, "w": [10 * u for u in w]}))
    for p in one.json["parameters"]:
        q = ten.parameter(p["name"])
        checks.digits(p["name"], q["estimate"], p["estimate"], 12)
        checks.digits(p["name"] + " error", q["std_error"], p["std_error"], 12)
    checks.digits("mean", one.parameter("m")["estimate"], mean, 13)
    checks.digits("variance", one.parameter("v")["estimate"], var * n / (n - 1), 13)
    checks.digits("variance, other unit", ten.parameter("v")["estimate"], var * n / (n - 1), 13)

    checks.about("sampling weights of a regression")
    for got, want in zip(errors(one), sandwich(*poisson_pieces(one, d, w), n)):
        checks.digits("error", got, want, 10)
    frequency = fit(write("frequency.lik", POISSON + "weight w\n"), table)
    for p in frequency.json["parameters"]:
        checks.digits(p["name"] + " as weighted", one.parameter(p["name"])["estimate"],
                     p["estimate"], 12)

    checks.about("rows with weight 0")
    zero = fit(write("zero.lik", POISSON + "weight prob(f)\n"), table)
    used = [i for i, u in enumerate(d["f"]) if u]
    part = {k: [v[i] for i in used] for k, v in d.items()}
    checks.equal("n", zero.get("n"), len(used))
    for got, want in zip(errors(zero), sandwich(*poisson_pieces(zero, part, part["f"]), len(used))):
        checks.digits("error", got, want, 10)


def check_robust(checks, d, table):
    n = len(d["y"])
    checks.about("sandwich")
    model = write("poisson.lik", POISSON)
    r = fit(model, table, "--vcov", "robust")
    scores, information = poisson_pieces(r, d)
    for got, want in zip(errors(r), sandwich(scores, information, n)):
        checks.digits("error", got, want, 11)
    checks.equal("criteria stay", r.get("aic") is not None, True)
    checks.equal("kind", r.get("se_type"), "robust")

    checks.about("clusters")
    r = fit(model, table, "--cluster", "g")
    sums = by_cluster(scores, d["g"])
    for got, want in zip(errors(r), sandwich(sums, information, len(sums))):
        checks.digits("error", got, want, 11)
    checks.equal("units are named", r.codes(), ["clusters"])
    checks.equal("kind", r.get("se_type"), "robust")

    checks.about("frequency weights stand for rows")
    weighted = fit(write("freq.lik", POISSON + "weight f\n"), table, "--vcov", "robust")
    long = {k: [v for v, f in zip(c, d["f"]) for _ in range(f)] for k, c in d.items()}
    repeated = fit(model, write_table("long.csv", long), "--vcov", "robust")
    for got, want in zip(errors(weighted), errors(repeated)):
        checks.digits("error", got, want, 12)

    checks.about("a term that is the same for every row, and a sum over no rows")
    same = "param a : real\nparam s : positive\nloglik -log(s)\nloglik -0.5*((y - a)/s)^2\n"
    one = fit(write("same.lik", same), table, "--vcov", "robust")
    two = fit(write("normal.lik", NORMAL), table, "--vcov", "robust")
    for got, want in zip(errors(one), errors(two)):
        checks.digits("error", got, want, 12)

    checks.about("scales do not matter")
    far = {**d, "x": [1e6 + v for v in d["x"]]}
    line = "param a, b : real\nparam s : positive\ny ~ normal(a + b*x, s)\n"
    near_fit = fit(write("line.lik", line), table, "--vcov", "robust")
    far_fit = fit(write("line.lik", line), write_table("far.csv", far), "--vcov", "robust")
    checks.digits("slope", far_fit.parameter("b")["std_error"],
                 near_fit.parameter("b")["std_error"], 8)


def check_groups(checks):
    """A conditional logit: the choice set is the unit."""
    checks.about("groups that share a term")
    draw = random.Random(9)
    rows = {"y": [], "x": [], "set": []}
    for k in range(40):
        x = [draw.gauss(0, 1) for _ in range(3)]
        p = [math.exp(0.8 * v) for v in x]
        chosen = draw.choices(range(3), p)[0]
        rows["y"] += [int(i == chosen) for i in range(3)]
        rows["x"] += x
        rows["set"] += [k] * 3
    model = write("choice.lik", "data y : binary\nparam b : real\nlet eta = b*x\n"
                                "loglik y*(eta - log_sum_exp(eta | set))\n")
    table = write_table("choice.csv", rows)
    r = fit(model, table, "--vcov", "robust")
    b = r.parameter("b")["estimate"]
    scores, information = [], 0
    for k in range(0, 120, 3):
        x, y = rows["x"][k:k + 3], rows["y"][k:k + 3]
        p = [math.exp(b * v) for v in x]
        p = [v / math.fsum(p) for v in p]
        mean = math.fsum(u * v for u, v in zip(p, x))
        scores.append([math.fsum(u * v for u, v in zip(y, x)) - mean])
        information += math.fsum(u * (v - mean) ** 2 for u, v in zip(p, x))
    checks.digits("error", r.parameter("b")["std_error"], sandwich(scores, [[information]], 40)[0],
                 10)
    checks.equal("the unit is named", r.codes(), ["clusters"])
    checks.equal("so it says", "`set`" in r.diagnostic("clusters").get("message", ""), True)
    split = {**rows, "k": [i % 2 for i in range(120)]}
    r = fit(model, write_table("split.csv", split), "--cluster", "k")
    checks.equal("a group in two clusters", (r.status, "no-scores" in r.codes()), (1, True))


def check_published(checks):
    """Mark/pound GARCH(1,1) after Fiorentini, Calzolari & Panattoni (1996), without n/(n - 1)."""
    data = os.path.join(os.environ.get("MLEC_SHARED", ""), "data/real/markpound_garch.csv")
    if not os.path.exists(data):
        return
    checks.about("GARCH(1,1)")
    r = fit(source("tests/models/real/markpound_garch.lik"), data, "--vcov", "robust")
    for got, want in zip(errors(r), (0.0091893540, 0.006493186, 0.053531703, 0.07246145)):
        checks.digits("error", got * math.sqrt(1973 / 1974), want, 6.5)


def check_priors(checks, d, table):
    """A posterior mode: the prior is a penalty; scores are taken about their mean."""
    checks.about("posterior mode")
    model = write("ridge.lik", "param b : real\nb ~ normal(0, 0.1)\ny ~ normal(b*x, 1)\n")
    r = fit(model, table, "--vcov", "robust")
    b = r.parameter("b")["estimate"]
    scores = [x * (y - b * x) for x, y in zip(d["x"], d["y"])]
    n, mean = len(scores), math.fsum(scores) / len(scores)
    bread = 1 / (math.fsum(x * x for x in d["x"]) + 100)
    want = bread * math.sqrt(n / (n - 1) * math.fsum((s - mean) ** 2 for s in scores))
    checks.digits("error", r.parameter("b")["std_error"], want, 12)


def check_scores(checks, d, table):
    checks.about("--scores")
    path = os.path.join(FOLDER, "scores.csv")
    model = write("some.lik", POISSON + "where y > 0\n")
    r = fit(model, table, "--scores", path)
    with open(path, newline="", encoding="utf-8") as f:
        rows = list(csv.reader(f))
    checks.equal("header", rows[0], ["row", "a", "b"])
    checks.equal("rows", [int(x[0]) for x in rows[1:]],
                [i + 1 for i, y in enumerate(d["y"]) if y > 0])
    scores = poisson_pieces(r, d)[0]
    for row in rows[1:]:
        for got, want in zip(row[1:], scores[int(row[0]) - 1]):
            checks.digits("score", float(got), want, 11)
    bad = Run(model, table, "--scores", os.path.join(FOLDER, "no/such/place"))
    checks.equal("a place that is none", (bad.status, "[cannot-write]" in bad.err), (1, True))


R_CODE = """
d <- read.csv("%s", stringsAsFactors = TRUE)
robust <- function(m, scores, units) {
  u <- rowsum(scores, units); n <- nrow(u)
  sqrt(diag(n/(n - 1) * vcov(m) %%*%% crossprod(u) %%*%% vcov(m)))
}
m <- glm(c ~ x, poisson, d, control = list(epsilon = 1e-15))
s <- residuals(m, "response") * model.matrix(m)
cat(sprintf("%%.15g", c(robust(m, s, seq_len(nrow(d))), robust(m, s, d$g))), "\\n")
"""


def check_with_r(checks, table):
    if not shutil.which("Rscript"):
        return
    checks.about("R's glm")
    done = subprocess.run(["Rscript", write("sandwich.R", R_CODE % table)], capture_output=True,
                          text=True, timeout=60, check=True)
    want = [float(v) for v in done.stdout.split()]
    model = write("poisson.lik", POISSON)
    got = errors(fit(model, table, "--vcov", "robust")) + errors(fit(model, table, "--cluster", "g"))
    for x, y in zip(got, want):
        checks.digits("error", x, y, 9)


def check_refusals(checks, table):
    checks.about("what has no robust errors")
    once = fit(write("once.lik", "param a : real\nloglik once -sum((y - a)^2)\n"), table,
               "--vcov", "robust")
    checks.equal("a sum that counts once", (once.status, "no-scores" in once.codes()), (1, True))
    past = fit(write("past.lik", "param a : real\nweight prob(w)\ny ~ normal(a*lag(y, 1, 0), 1)\n"),
               table)
    checks.equal("weights and the past", (past.status, past.codes()), (2, ["bad-weight"]))
    none = fit(write("poisson.lik", POISSON), table, "--cluster", "nowhere")
    checks.equal("no such column", (none.status, none.codes()), (2, ["unknown-column"]))
    below = fit(write("prob.lik", NORMAL + "weight prob(x)\n"), table)
    checks.equal("negative", (below.status, set(below.codes())), (3, {"negative-weight"}))


def main():
    checks = Checks()
    d = sample()
    table = write_table("table.csv", d)
    check_weights(checks, d, table)
    check_robust(checks, d, table)
    check_groups(checks)
    check_published(checks)
    check_priors(checks, d, table)
    check_scores(checks, d, table)
    check_with_r(checks, table)
    check_refusals(checks, table)
    shutil.rmtree(FOLDER)
    checks.finish()


if __name__ == "__main__":
    main()
