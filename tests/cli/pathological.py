#!/usr/bin/env python3
"""Tables for which there is no maximum, or not a unique one, or none near the start: what the
program must say, with which exit status, and which numbers it must not print."""

import math
import os
import re
import tempfile

from exact_fit import bernoulli_logit, decimal, glm, least_squares
from mlec_test import Checks, fit, read_json, read_table, shared, source

checks = Checks()


def table(name):
    return shared("data", "pathological", name + ".csv")


def run(model, data, *options):
    """Fits from the starts that the manifest gives."""
    checks.about(f"{model} on {data}" if data and data != model else model)
    starts = {}
    for entry in read_json(shared("data", "pathological", "manifest.json"))["files"]:
        if entry["data"] == (data or model) + ".csv":
            starts = entry["start"]
    options = [*options, *(f"--start={name}={value}" for name, value in starts.items())]
    return fit(source("tests", "models", "pathological", model + ".lik"),
               table(data) if data else None, *options)


def says(r, code, parameters=None, rows=None):
    """A diagnostic with this code is there, and names these parameters and rows."""
    d = r.diagnostic(code)
    if checks.true(f"says {code}", d, r.codes()):
        if parameters is not None:
            checks.equal(f"{code}: parameters", sorted(d.get("parameters") or []),
                         sorted(parameters))
        if rows is not None:
            checks.equal(f"{code}: rows", d.get("rows"), rows)
    return d


def no_standard_error(r, *names):
    for name in names:
        p = r.parameter(name)
        checks.true(f"{name} is printed", p)
        for key in ("std_error", "z", "p_value"):
            checks.equal(f"{key} of {name}", p.get(key), None)


def failed(r, verdict):
    """Exit status 1 and this verdict; no criterion that would compare it with other models."""
    checks.fitted(r, status=1)
    checks.equal("verdict", r.get("verdict"), verdict)
    for key in ("aic", "aicc", "bic"):
        checks.equal(key, r.get(key), None)


def good(r):
    checks.fitted(r)
    checks.equal("verdict", r.get("verdict"), "interior")


# ---- The maximum is at infinity ------------------------------------------------------------------


def separation():
    r = run("separation_complete", "separation_complete")
    failed(r, "diverging")
    says(r, "separation", parameters=["a", "b"])
    no_standard_error(r, "a", "b")

    r = run("separation_quasi", "separation_quasi")
    failed(r, "diverging")
    says(r, "separation", parameters=["c"])
    no_standard_error(r, "c")
    t = read_table(table("separation_quasi"))
    kept = [i for i, g in enumerate(t["g"]) if g == 0]
    beta, se, _ = glm(bernoulli_logit, [[1] * len(kept), [t["x"][i] for i in kept]],
                      [t["y"][i] for i in kept])
    for name, b, s in zip("ab", beta, se):
        p = r.parameter(name)
        checks.near(f"{name} of the rows that overlap", p.get("estimate"), float(b), 1e-4)
        if p.get("std_error") is not None:
            checks.near(f"standard error of {name}", p["std_error"], float(s), 1e-3)


def diverging():
    r = run("poisson_all_zero", "poisson_all_zero")
    failed(r, "diverging")
    says(r, "diverging", parameters=["b"])
    no_standard_error(r, "b")

    r = run("all_censored", "all_censored")
    failed(r, "diverging")
    d = says(r, "diverging")
    checks.true("names l", "l" in (d.get("parameters") or []), d.get("parameters"))
    no_standard_error(r, "l")


def unbounded():
    for model, data in (("perfect_line", "perfect_line"), ("normal_sample", "constant_response"),
                        ("normal_sample", "single_observation")):
        r = run(model, data)
        failed(r, "diverging")
        says(r, "unbounded-likelihood", parameters=["s"])
        no_standard_error(r, "s")


# ---- The maximum is not unique -------------------------------------------------------------------


def not_identified():
    r = run("dummy_trap", "dummy_trap")
    failed(r, "flat")
    d = says(r, "not-identified", parameters=["a", "b1", "b2"])
    checks.true("names what is identified", "a + b1" in d.get("message", ""), d.get("message"))
    no_standard_error(r, "a", "b1", "b2")
    t = read_table(table("dummy_trap"))
    _, rss, _ = least_squares([t["d1"], t["d2"]], t["y"])
    sd = math.sqrt(rss / len(t["y"]))
    checks.digits("s", r.parameter("s").get("estimate"), sd, 9)
    checks.digits("standard error of s", r.parameter("s").get("std_error"),
                  sd / math.sqrt(2 * len(t["y"])), 8)
    for group in ("b1", "b2"):
        mean = sum(y for y, d in zip(t["y"], t["d" + group[1]]) if d) / 3
        checks.digits(f"a + {group}", sum(r.parameter(p).get("estimate") or 0
                                          for p in ("a", group)), mean, 8)

    r = run("more_parameters_than_rows", "more_parameters_than_rows")
    failed(r, "flat")
    says(r, "not-identified")
    no_standard_error(r, *[p["name"] for p in r.get("parameters") or [] if p["aliased"]])
    checks.true("a parameter is aliased", any(p["aliased"] for p in r.get("parameters") or []))

    r = run("flat_parameter", "flat_parameter")
    failed(r, "flat")
    says(r, "not-identified", parameters=["k"])
    no_standard_error(r, "k")
    t = read_table(table("flat_parameter"))
    checks.digits("m", r.parameter("m").get("estimate"), sum(t["y"]) / len(t["y"]), 9)

    r = run("sum_identified", "sum_identified")
    failed(r, "flat")
    d = says(r, "not-identified", parameters=["a", "b"])
    checks.true("names a + b", "a + b" in d.get("message", ""), d.get("message"))
    no_standard_error(r, "a", "b")
    t = read_table(table("sum_identified"))
    mean = sum(t["y"]) / len(t["y"])
    checks.digits("a + b", sum(r.parameter(p).get("estimate") or 0 for p in "ab"), mean, 8)

    r = run("sum_identified_prior", "sum_identified")
    good(r)
    a, b, s = (r.parameter(p).get("estimate") or math.nan for p in ("a", "b", "s"))
    checks.near("a - b", a - b, 0, 1e-8)
    # The score in a: n (mean - 2a)/s^2 - a.
    checks.near("score", len(t["y"]) * (mean - 2 * a) / s**2 - a, 0, 1e-6)


# ---- Badly scaled, extreme or weighted -----------------------------------------------------------


def conditioned():
    r = run("near_collinear", "near_collinear")
    good(r)
    d = says(r, "ill-conditioned")
    numbers = [float(n) for n in re.findall(r"\d+(?:\.\d+)?e\+?\d+|\d{5,}", d.get("message", ""))]
    checks.true("gives the condition number", any(1e6 <= n <= 1e9 for n in numbers),
                d.get("message"))
    t = read_table(table("near_collinear"))
    one = [1] * len(t["y"])
    beta, _, _ = least_squares([one, t["x1"], t["x2"]], t["y"])
    for name, want in zip(("a", "b1", "b2"), beta):
        checks.digits(name, r.parameter(name).get("estimate"), float(want), 6)

    r = run("scales", "scales")
    good(r)
    t = read_table(table("scales"))
    n = len(t["y"])
    beta, rss, inv = least_squares([[1] * n, t["u"], t["v"]], t["y"])
    for i, name in enumerate("abc"):
        p = r.parameter(name)
        checks.digits(name, p.get("estimate"), float(beta[i]), 8)
        checks.digits(f"standard error of {name}", p.get("std_error"),
                      float((decimal(inv[i][i] * rss / n)).sqrt()), 8)


def extreme():
    manifest = {e["data"]: e for e in
                read_json(shared("data", "pathological", "manifest.json"))["files"]}
    for name in ("extreme_probit", "extreme_logit"):
        r = run(name, name, "--fix=b=1")
        checks.fitted(r)
        checks.digits("log-likelihood at b = 1", r.get("log_likelihood"),
                      manifest[name + ".csv"]["reference"]["loglik_at_b_1"], 12)
    r = run("extreme_probit", "extreme_probit")
    good(r)
    checks.true("b is finite", abs(r.parameter("b").get("estimate") or math.inf) < 1)


def weighted():
    r = run("weights", "weights_zero")
    good(r)
    checks.digits("m", r.parameter("m").get("estimate"), 2, 12)
    checks.digits("its standard error", r.parameter("m").get("std_error"), math.sqrt(0.5), 12)
    checks.equal("n", r.get("n"), 2)

    r = run("weights", "weights_negative")
    checks.equal("exit status", r.status, 3)
    says(r, "negative-weight", rows=[2])


# ---- Values outside the support ------------------------------------------------------------------


def outside_support():
    for model, data, row in (("poisson", "invalid_count", 3), ("poisson", "noninteger_count", 2),
                             ("binomial", "binomial_r_above_n", 2), ("beta", "beta_with_zero", 2),
                             ("lognormal", "lognormal_with_zero", 2)):
        r = run(model, data)
        checks.equal("exit status", r.status, 3)
        d = says(r, "outside-data-support", rows=[row])
        checks.equal("line of the file", d.get("line"), row + 1)
        checks.true("error on standard error", "error" in r.err, r.err)


# ---- Starts --------------------------------------------------------------------------------------


def mixture_maximum(y):
    """Means of the components of 0.5 N(m1, 1) + 0.5 N(m2, 1), by the EM algorithm."""
    m1, m2 = min(y), max(y)
    for _ in range(2000):
        w = [1 / (1 + math.exp(0.5 * (v - m1) ** 2 - 0.5 * (v - m2) ** 2)) for v in y]
        m1 = sum(a * v for a, v in zip(w, y)) / sum(w)
        m2 = sum((1 - a) * v for a, v in zip(w, y)) / (len(y) - sum(w))
    return m1, m2


def starts():
    r = run("label_symmetric_start", "label_symmetric_start")
    good(r)
    got = sorted(r.parameter(m).get("estimate") or 0 for m in ("m1", "m2"))
    for name, m, want in zip(("smaller mean", "larger mean"), got,
                             mixture_maximum(read_table(table("label_symmetric_start"))["y"])):
        checks.digits(name, m, want, 8)

    r = run("saddle", None)
    good(r)
    checks.near("log-posterior", r.get("log_posterior"), 0, 1e-12)
    for name in "ab":
        checks.near(f"|{name}|", abs(r.parameter(name).get("estimate") or 0), 1, 1e-6)

    r = run("nan_region", "nan_region")
    if r.status == 1 and "not-finite-at-start" in r.codes():
        says(r, "not-finite-at-start", rows=[1])
    else:
        checks.true("an exit status of a fit", r.status in (0, 1), r.status)
        says(r, "start-moved")
        c = r.parameter("c").get("estimate")
        checks.true("c leaves every row", c is not None and c <= 0.5, c)


# ---- Formulas, long factors, series, constraints, weights ----------------------------------------


def written(about, model, header, rows, *options):
    """Fits a model given as text to rows given here."""
    checks.about(about)
    with tempfile.TemporaryDirectory() as folder:
        paths = [os.path.join(folder, name) for name in ("m.lik", "d.csv")]
        table_text = "\n".join([header, *(",".join(map(str, r)) for r in rows)])
        for path, text in zip(paths, (model, table_text + "\n")):
            with open(path, "w", encoding="utf-8") as f:
                f.write(text)
        return fit(*paths, *options)


def refused(r, status, code):
    checks.equal("exit status", r.status, status)
    checks.true(f"says {code}", code in r.codes(), r.codes())


NORMAL = "param s : positive\nlinear eta = %s\ny ~ normal(eta, s)\n"
Y = [((i * 37 + 11) % 101 - 50) / 20 for i in range(30)]


def likelihood(rss, n):
    """Of a normal sample at its maximum."""
    return -n / 2 * (math.log(2 * math.pi * rss / n) + 1)


def levels():
    mean = sum(Y) / 30
    rss = math.fsum((y - mean) ** 2 for y in Y)
    for formula, count in (("f", 2), ("0 + f", 2), ("x", 3), ("f*z", 4)):
        r = written(f"one level: {formula}", NORMAL % formula, "y,f,x,z",
                    [(y, "a", 5, 0) for y in Y])
        good(r)
        checks.equal("coefficients", len(r.get("parameters")), count if formula != "f*z" else 3)
        checks.digits("log-likelihood", r.get("log_likelihood"), likelihood(rss, 30), 12)
        if formula in ("x", "f*z"):
            says(r, "aliased")

    r = written("two levels", NORMAL % "f", "y,f", [(y, "ab"[i % 2]) for i, y in enumerate(Y)])
    good(r)
    checks.digits("difference", r.parameter("eta[f=b]").get("estimate"),
                  (sum(Y[1::2]) - sum(Y[::2])) / 15, 10)

    r = written("no term", NORMAL % "0", "y", [(y,) for y in Y])
    good(r)
    checks.digits("s", r.parameter("s").get("estimate"),
                  math.sqrt(math.fsum(y * y for y in Y) / 30), 12)

    r = written("collinear", NORMAL % "x + z", "y,x,z", [(y, i, 2 * i + 1)
                                                        for i, y in enumerate(Y)])
    good(r)
    says(r, "aliased", parameters=["eta[z]"])

    for missing in ("NA", "", "NaN"):
        refused(written("all missing", NORMAL % "x", "y,x", [(y, missing) for y in Y]), 3,
                "no-rows")

    r = written("backquotes", NORMAL % "`a b (g)` + log(`c d`)", "y,a b (g),c d",
                [(y, i % 5, 1 + i % 7) for i, y in enumerate(Y)])
    good(r)
    beta, _, _ = least_squares([[1] * 30, [i % 5 for i in range(30)],
                                [math.log(1 + i % 7) for i in range(30)]], Y)
    checks.digits("slope", r.parameter("eta[a b (g)]").get("estimate"), float(beta[1]), 9)

    refused(written("too few values", NORMAL % "poly(x, 30)", "y,x",
                    [(y, i / 10) for i, y in enumerate(Y)]), 3, "level-count")


def saturated():
    """A coefficient for each row."""
    for n in (30, 300):
        y = [((i * 37 + 11) % 101 - 50) / 20 for i in range(n)]
        for formula in ("f", "0 + f"):
            r = written(f"{n} levels: {formula}", NORMAL % formula, "y,f",
                        [(v, f"l{i}") for i, v in enumerate(y)])
            failed(r, "diverging")
            says(r, "unbounded-likelihood", parameters=["s"])

        r = written(f"{n} Poisson means", "linear eta = 0 + f\nc ~ poisson_log(eta)\n", "c,f",
                    [(1 + i % 9, f"l{i}") for i in range(n)])
        good(r)
        checks.digits("log-likelihood", r.get("log_likelihood"),
                      math.fsum(k * math.log(k) - k - math.lgamma(k + 1)
                                for k in (1 + i % 9 for i in range(n))), 12)
        for i in (0, 8):
            p = r.parameter(f"eta[f=l{i}]")
            checks.near("estimate", p.get("estimate"), math.log(1 + i), 1e-9)
            checks.digits("standard error", p.get("std_error"), 1 / math.sqrt(1 + i), 9)

        r = written(f"{n} probabilities",
                    "data c : binary\nlinear eta = 0 + f\nc ~ bernoulli_logit(eta)\n", "c,f",
                    [(i * 7 % 3 % 2, f"l{i}") for i in range(n)])
        failed(r, "diverging")
        names = [p["name"] for p in r.get("parameters")]
        says(r, "separation", parameters=names)
        no_standard_error(r, *names)

    for formula in ("0 + f", "f + x"):
        r = written(f"perfect fit: {formula}", NORMAL % formula, "y,f,x",
                    [(i % 200 + (2 * (i // 200) if "x" in formula else 0), f"l{i % 200}", i // 200)
                     for i in range(1000)])
        failed(r, "diverging")
        says(r, "unbounded-likelihood", parameters=["s"])

    r = written("1,000 slopes", NORMAL % "0 + f:x", "y,f,x",
                [((i * 37 + 11) % 101 - 50, f"l{i % 1000}", 1 + i // 1000) for i in range(3000)])
    good(r)
    y = [(i * 37 + 11) % 101 - 50 for i in range(3000)]
    slope = (y[7] + 2 * y[1007] + 3 * y[2007]) / 14
    checks.near("slope", r.parameter("eta[f=l7:x]").get("estimate"), slope, 1e-9)


def outcomes_of_levels():
    model = "data f : factor\nlinear eta[f] = x\nf ~ categorical_logit(eta)\n"
    r = written("one outcome", model, "f,x", [("a", i) for i in range(30)])
    good(r)
    checks.equal("log-likelihood", r.get("log_likelihood"), 0)
    checks.equal("parameters", r.get("parameters"), [])
    r = written("an outcome for each row", model, "f,x",
                [(f"l{i}", (i * 37 + 11) % 101) for i in range(20)])
    checks.equal("exit status", r.status, 1)
    no_standard_error(r, *[p["name"] for p in r.get("parameters")])


def series_of_one():
    rows = [(y, 1, f"g{i}") for i, y in enumerate(Y)]
    model = "series t by g\nparam a : real(-1, 1)\nparam s : positive\ny ~ normal(a*lag(y, 1%s), s)\n"
    refused(written("no row has a past", model % "", "y,t,g", rows), 3, "no-rows")
    r = written("no row needs its past", model % ", 0", "y,t,g", rows)
    failed(r, "flat")
    says(r, "not-identified", parameters=["a"])


def constrained():
    rows = [(y, i / 10) for i, y in enumerate(Y)]
    model = "param a, b : real\nparam s : positive\nconstrain %s\ny ~ normal(a + b*x, s)\n"
    _, rss, _ = least_squares([[1] * 30, [x for _, x in rows]], Y)
    for everywhere in ("s > -1", "a + b < 1e6", "a <= inf"):
        r = written(everywhere, model % everywhere, "y,x", rows)
        good(r)
        checks.digits("log-likelihood", r.get("log_likelihood"), likelihood(float(rss), 30), 10)
    for nowhere in ("s < -1", "a + b < 1\nconstrain a + b > 2"):
        refused(written(nowhere, model % nowhere, "y,x", rows), 2, "infeasible")
    for constant in ("0 <= 1", "1 <= 0", "a - a <= 1"):
        refused(written(constant, model % constant, "y,x", rows), 2, "not-linear")

    lasso = ("const lambda = %s\nparam a : real\nparam b : real[2]\nparam s : positive\n"
             "b ~ double_exponential(0, 1/lambda)\ny ~ normal(a + dot([x, x^2], b), s)\n")
    r = written("enormous penalty", lasso % "1e12", "y,x", rows)
    good(r)
    for name in ("b[1]", "b[2]"):
        checks.equal(name, r.parameter(name).get("estimate"), 0)
    r = written("no penalty to speak of", lasso % "1e-300", "y,x", rows)
    good(r)
    _, rss, _ = least_squares([[1] * 30, [x for _, x in rows], [x * x for _, x in rows]], Y)
    checks.digits("log-likelihood", r.get("log_likelihood"), likelihood(float(rss), 30), 10)
    refused(written("no scale", lasso % "0", "y,x", rows), 1, "not-finite-at-start")
    refused(written("no scale either", lasso % "-1", "y,x", rows), 2, "outside-support")


def weights():
    model = "param m : real\nweight %s\ny ~ normal(m, 1)\n"
    for weight in ("w", "prob(w)"):
        refused(written(f"all {weight} are 0", model % weight, "y,w", [(y, 0) for y in Y]), 3,
                "no-rows")
    r = written("one row", model % "prob(w)", "y,w", [(1.5, 2)])
    checks.equal("exit status", r.status, 0)
    checks.digits("m", r.parameter("m").get("estimate"), 1.5, 12)
    no_standard_error(r, "m")
    says(r, "clusters")


def main():
    for part in (separation, diverging, unbounded, not_identified, conditioned, extreme, weighted,
                 outside_support, starts, levels, saturated, outcomes_of_levels, series_of_one,
                 constrained, weights):
        part()
    checks.finish()


if __name__ == "__main__":
    main()
