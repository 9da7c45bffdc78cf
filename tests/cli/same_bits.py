#!/usr/bin/env python3
"""Random models print the same JSON for any number of threads, by the interpreter and by machine code, with
a cache that is empty, full or left out, and when standard input brings the table."""

import json
import os
import random
import re
import subprocess
import tempfile

from mlec_test import MLEC, Checks, fit

MODELS = 3 if os.environ.get("MLEC_SANITIZE") else 10
ROWS = 20011  # enough for several chunks
TERMS = ("1", "x", "z", "g", "x:g", "poly(z, 2)", "log(p)", "offset(0.2*z)", "I(x^2)", "lag(x, 1, 0)",
         "mean(x | g)")
OUTCOMES = ("y ~ normal(eta, s)", "y ~ student_t(5, eta, s)", "b ~ bernoulli_logit(eta)",
            "c ~ poisson_log(eta)", "c ~ neg_binomial_2_log(eta, s)", "p ~ lognormal(eta, s)",
            "surv(p, b) ~ weibull(s, exp(eta))", "y ~ mixture(0.3, normal(eta, s), normal(3, 2))",
            "y ~ normal(eta, sqrt(h))")
checks = Checks()


def write_table(path, r):
    with open(path, "w", encoding="utf-8") as f:
        f.write("x,z,y,b,c,p,g,w\n")
        for _ in range(ROWS):
            x, z, g = r.uniform(-2, 2), r.uniform(-1, 2), r.randrange(5)
            y = 0.4 + 0.7 * x - 0.3 * z + 0.2 * g + r.gauss(0, 1)
            missing = "NA" if r.random() < 0.001 else f"{z:.4f}"
            f.write(f"{x:.4f},{missing},{y:.4f},{int(r.random() < 0.4)},{int(r.expovariate(0.5))},"
                    f"{r.expovariate(1) + 0.01:.4f},{'ABCDE'[g]},{r.randrange(4)}\n")


def write_model(path, r):
    terms = " + ".join(r.sample(TERMS, r.randint(1, 4)))
    text, outcome = f"data g : factor\nlinear eta = {terms}\n", r.choice(OUTCOMES)
    if "s" in re.findall(r"\w+", outcome) or "(h)" in outcome:
        text += "param s = 1 : positive\n"
    if "(h)" in outcome:
        text += "param q = 0.3 : unit\nlet e = y - eta\nlet h = s + q*lag(e^2, 1, 1)\n"
    text += outcome + "\n"
    for line in ("weight w", "where x > -1.5", "coef(eta) ~ normal(0, 3)", "report m = mean(eta)"):
        if r.random() < 0.3:
            text += line + "\n"
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)
    return text


def without_times(result):
    return {k: v for k, v in (result or {}).items() if k not in ("timing_ms", "data")}


def main():
    with tempfile.TemporaryDirectory() as folder:
        table, model = os.path.join(folder, "t.csv"), os.path.join(folder, "m.lik")
        os.environ["XDG_CACHE_HOME"] = os.path.join(folder, "cache")
        write_table(table, random.Random(1))
        fitted = 0
        for seed in range(MODELS):
            checks.about(write_model(model, random.Random(seed)))
            first = fit(model, table, "--threads=1", "--no-cache", "--tier=compiled")
            checks.true("exit status", first.status in (0, 1), first.err)
            fitted += first.status == 0
            want = without_times(first.json)
            for options in (("--threads=1", "--tier=compiled"), ("--threads=2", "--tier=compiled"),
                            ("--threads=2", "--tier=interpreter"), ("--threads=3", "--no-cache")):
                checks.equal(" ".join(options), without_times(fit(model, table, *options).json), want)
            with open(table, "rb") as f:
                piped = subprocess.run([MLEC, model, "-", "--json"], stdin=f, capture_output=True,
                                       check=False)
            checks.equal("standard input", without_times(json.loads(piped.stdout)), want)
    checks.about("all")
    checks.true("most can be fitted", 2 * fitted > MODELS, fitted)
    checks.finish()


if __name__ == "__main__":
    main()
