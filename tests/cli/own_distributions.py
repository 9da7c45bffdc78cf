#!/usr/bin/env python3
"""A distribution of one's own is equal in everything to one of the library.

The library's own text, under another name in a model, must give the same numbers to the last bit:
plain, censored, truncated, in mixtures, as a prior of a vector, with expected information. Vectors
of outcomes are compared with closed forms.
"""
import math
import os
import random
import re
import tempfile

from mlec_test import Checks, fit, source

checks = Checks()
folder = tempfile.mkdtemp()


def write(name, text):
    path = os.path.join(folder, name)
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)
    return path


def block(file, name):
    """The library's statement with my_ before its name."""
    with open(source("grammar", "prelude", file), encoding="utf-8") as f:
        text = f.read()
    found = re.search(rf"^dist {name}\(.*\n(?:.*\n)*?\}}\n", text, re.M).group(0)
    return found.replace(f"dist {name}(", f"dist my_{name}(", 1)


random.seed(7)
ROWS = 60
TIMES = "time,died,lo,hi,n,z,g,time_cut,z_cut\n" + "".join(
    f"{t!r},{d},{0.7 * t!r},{1.2 * t!r},{k},{z!r},{'abc'[k % 3]},"
    f"{min(max(t, 0.5), 2)!r},{min(max(z, 0.5), 2)!r}\n"
    for t, d, k, z in ((random.weibullvariate(2, 1.5), int(random.random() < 0.7),
                        int(random.expovariate(0.4)), random.gauss(0.5, 1.2)) for _ in range(ROWS)))
DATA = write("times.csv", TIMES)

FORMS = [
    "{y} ~ {d}",
    "surv({y}, died) ~ {d}",
    "surv(lo, {y}, died) ~ {d}",
    "interval(lo, hi) ~ {d}",
    "{y} ~ truncated({d}, -5, 50)",
    "{y}_cut ~ censored({d}, 0.5, 2)",
    "{y} ~ mixture(0.3, {d}, {e})",
    "{y} ~ zero_inflated(0.2, {d})",
]
# file, distribution, outcome, declarations, two calls, forms that make sense
CASES = [
    ("continuous.lik", "normal", "z", "param a : real\nparam s : positive", "{}(a, s)", "{}(a, 2)",
     (0, 4, 6)),
    ("continuous.lik", "gumbel", "z", "param a : real\nparam s : positive", "{}(a, s)", "{}(0, 1)",
     (0, 4, 5, 6)),
    ("positive.lik", "weibull", "time", "param a, s : positive", "{}(a, s)", "{}(1, s)", range(7)),
    ("positive.lik", "lognormal", "time", "param a : real\nparam s : positive", "{}(a, s)",
     "{}(0, s)", range(7)),
    ("positive.lik", "exponential", "time", "param s : positive", "{}(s)", "{}(0.2)", range(7)),
    ("discrete.lik", "geometric", "n", "param p : unit", "{}(p)", "{}(0.2)", (0, 4, 6, 7)),
    ("discrete.lik", "poisson", "n", "param l : positive", "{}(l)", "{}(0.2)", (0, 6, 7)),
]


def same(label, one, other):
    for key in ("log_likelihood", "verdict", "covariance", "aic"):
        checks.true(f"{label}: {key}", one.get(key) == other.get(key),
                    f"{one.get(key)} and {other.get(key)} {other.err}")
    pairs = list(zip(one.get("parameters") or [], other.get("parameters") or []))
    checks.true(f"{label}: estimates", pairs and all(
        p["estimate"] == q["estimate"] and p["std_error"] == q["std_error"] for p, q in pairs))


def check_copies():
    for file, name, y, declared, first, second, forms in CASES:
        definition = block(file, name)
        for i in forms:
            runs = []
            for prefix, head in (("", ""), ("my_", definition)):
                line = FORMS[i].format(y=y, d=first.format(prefix + name),
                                       e=second.format(prefix + name))
                checks.about(line)
                runs.append(fit(write("m.lik", f"{head}{declared}\n{line}\n"), DATA))
            checks.true("fits", runs[0].get("log_likelihood") is not None, runs[0].err)
            same("copy", *runs)
    for option in ([], ["--vcov=expected"], ["--mle"]):
        runs = []
        for prefix, head in (("", ""), ("my_", block("continuous.lik", "normal"))):
            model = (f"{head}param u : real[g]\nparam s : positive\n"
                     f"u ~ {prefix}normal(0, 3)\nz ~ {prefix}normal(u[g], s)\n")
            checks.about("a prior of a vector " + " ".join(option))
            runs.append(fit(write("m.lik", model), DATA, *option))
        same("prior", *runs)
        checks.true("converged", runs[0].get("verdict") == "interior", runs[0].err)


def check_vectors():
    counts = [(3, 1, 4), (2, 2, 9), (0, 5, 1)]
    data = write("counts.csv", "a,b,c\n" + "".join(f"{a},{b},{c}\n" for a, b, c in counts))
    alpha = (2, 1.5, 3)
    prior = f"p ~ dirichlet([{', '.join(map(str, alpha))}])\n"
    head = "data a, b, c : count\nparam p : simplex[3]\n"
    total = [sum(row[i] for row in counts) for i in range(3)]
    for text, extra in (("", (1, 1, 1)), (prior, alpha)):
        checks.about("multinomial " + text.strip())
        run = fit(write("v.lik", head + text + "[a, b, c] ~ multinomial(p)\n"), data)
        if not checks.fitted(run):
            continue
        size = sum(total) + sum(extra) - 3
        for i in range(3):
            share = (total[i] + extra[i] - 1) / size
            estimate = run.parameter(f"p[{i + 1}]")
            checks.digits(f"p[{i + 1}]", estimate.get("estimate"), share, 12)
            checks.digits("standard error", estimate.get("std_error"),
                          math.sqrt(share * (1 - share) / size), 9)
        shares = [run.parameter(f"p[{i + 1}]").get("estimate") for i in range(3)]
        value = sum(math.lgamma(sum(row) + 1) +
                    sum(k * math.log(s) - math.lgamma(k + 1) for k, s in zip(row, shares))
                    for row in counts)
        checks.digits("log-likelihood", run.get("log_likelihood"), value, 12)
    checks.about("two classes are a binomial")
    pair = [fit(write("v.lik", f"data a, b : count\nparam e : real\n{line}\n"), data) for line in
            ("[a, b] ~ multinomial(softmax([e, 0]))", "a ~ binomial_logit(a + b, e)")]
    checks.digits("estimate", pair[0].parameter("e").get("estimate"),
                  pair[1].parameter("e").get("estimate"), 9)
    checks.digits("log-likelihood", pair[0].get("log_likelihood"), pair[1].get("log_likelihood"), 12)
    checks.about("a vector distribution of one's own")
    own = block("discrete.lik", "multinomial") + head
    runs = [fit(write("v.lik", own + f"[a, b, c] ~ {name}(p)\n"), data)
            for name in ("multinomial", "my_multinomial")]
    same("copy", *runs)


def check_functions():
    """A fn in short form, as a block, and written out are one."""
    checks.about("functions")
    forms = ["fn f(x, k : positive) = x/(x + k)\n",
             "fn f(x, k : positive) {\n  value = x/(x + k)\n  example(3, 1) = 0.75\n}\n"]
    runs = [fit(write("f.lik", f"{form}param a, b : positive\ntime ~ exponential(a*f(lo, b))\n"), DATA)
            for form in forms]
    runs.append(fit(write("f.lik", "param a, b : positive\ntime ~ exponential(a*(lo/(lo + b)))\n"),
                    DATA))
    same("block", runs[0], runs[1])
    same("written out", runs[0], runs[2])


check_copies()
check_vectors()
check_functions()
checks.finish()
