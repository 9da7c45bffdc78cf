#!/usr/bin/env python3
"""Prints what each trick of the evaluation gains: tricks.py [--turns N] [--rows N] [--update].

For each trick, a model of bench/speed and one that is not: the time of an evaluation with second derivatives (for `thin`, of
a fit) in nanoseconds a row, or for `narrow` the most memory of the process, without the trick and with all of them, by `mlec
bench` in one thread, turn by turn; and the median of the ratios.
"""

import argparse
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile

HOME = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
sys.path.insert(0, os.path.join(HOME, "bench"))

import page  # noqa: E402

MLEC = os.environ.get("MLEC", os.path.join(HOME, "build", "release", "mlec"))

# What is measured where it is not the nanoseconds of an evaluation for each row.
MEASURED = {"narrow": "MB", "thin": "fit, ns"}

# trick, what it is tried on, model
CASES = [
    ("scalars", "mixture of two normals", """param w : unit
param m = [-2, 2] : ordered[2]
param sd : positive[2]
x ~ mixture(w, normal(m[1], sd[1]), normal(m[2], sd[2]))
"""),
    ("scalars", "location and scale by t", """param mu, a, d : real
param nu : positive
y ~ student_t(nu, mu + a*x, exp(d*z))
"""),
    ("powers", "Richards' growth curve", """param top = 3, middle = 0 : real
param rate = 1, shape = 1, sigma = 1 : positive
y ~ normal(top/(1 + exp(rate*(middle - x)))^shape, sigma)
"""),
    ("powers", "power of a predictor", """data p : positive
param a, b, sd : positive
param h = 0.5 : real
y ~ normal((a + b*p)^h, sd)
"""),
    ("tables", "negative binomial", """data c : count
param a, b : real
param phi : positive
c ~ neg_binomial_2_log(a + b*x, phi)
"""),
    ("tables", "power of a count", """data k : count
param a, b : real
param h = 0.5, sd : positive
y ~ normal(b*x + a*(1 + k)^h, sd)
"""),
    ("merge", "logistic, two columns of few values", """data s : binary
linear eta = k + g
s ~ bernoulli_logit(eta)
"""),
    ("merge", "ordered probit by a factor", """data o : int(1, 3)
param e : real[g]
param cut : ordered[2]
e ~ normal(0, 1)
o ~ ordered_probit(e[g], cut)
"""),
    ("moments", "linear regression", """linear eta = x + z + k
param sd : positive
y ~ normal(eta, sd)
"""),
    ("moments", "gamma", """data p : positive
param a, r : positive
p ~ gamma(a, r)
"""),
    ("narrow", "logistic, ten columns of whole numbers", """data s : binary
param a : real
param b : real[10]
s ~ bernoulli_logit(a + dot([n1, n2, n3, n4, n5, n6, n7, n8, n9, n10], b))
"""),
    ("narrow", "Poisson, flags and years", """data c : count
param a, e1, e2, e3, e4 : real
c ~ poisson_log(a + e1*n1 + e2*n2 + e3*(n3 - 1950)/50 + e4*s)
"""),
    ("thin", "negative binomial", """data c : count
param a, b : real
param phi : positive
c ~ neg_binomial_2_log(a + b*x, phi)
"""),
    ("thin", "ordered logistic", """data o : int(1, 3)
param e : real
param cut : ordered[2]
o ~ ordered_logistic(e*x, cut)
"""),
    ("thin", "power of a column", """data p : positive
param a, b, sd : positive
param h = 0.5 : real
y ~ normal(b*x + a*p^h, sd)
"""),
]


def write_table(path, rows):
    draw = random.Random(5)
    with open(path, "w", encoding="utf-8") as f:
        f.write("x,z,p,k,g,c,s,o,y," + ",".join(f"n{i}" for i in range(1, 11)) + "\n")
        for _ in range(rows):
            x, z, p = draw.gauss(0, 1), draw.gauss(0, 1), draw.gammavariate(2, 1.5)
            k, g = draw.randint(0, 4), draw.choice("uvw")
            c = min(int(draw.gammavariate(1.3, 2)), 60)
            f.write(f"{x:.6f},{z:.6f},{p + 1e-3:.6f},{k},{g},{c},{int(draw.random() < 0.2 + 0.1*k)},"
                    f"{draw.choice([1, 2, 2, 3])},{0.5*x + 3/(1 + 1/(p + 1e-3)) + draw.gauss(0, 1):.6f},"
                    f"{draw.randint(0, 1)},{int(draw.random() < 0.1)},{draw.randint(1900, 2000)},{draw.randint(0, 9)},"
                    + ",".join(str(draw.randint(-50, 50)) for _ in range(6)) + "\n")


def once(trick, model, data, *options):
    """Nanoseconds for each row, or the process's most memory in MB."""
    process = subprocess.Popen([MLEC, "bench", model, data, "--json", "--threads=1", *options],
                               stdout=subprocess.PIPE)
    seen = json.loads(process.stdout.read())
    usage = os.wait4(process.pid, 0)[2]
    if MEASURED.get(trick) == "MB":
        return usage.ru_maxrss / 1024
    return seen["fit_ms"] * 1e6 / seen["rows"] if trick == "thin" else seen["ns_per_row"]["hessian"]


def table(turns, rows):
    lines = ["| trick | model | measured | without | with | ratio |", "|---|---|---|---:|---:|---:|"]
    with tempfile.TemporaryDirectory() as folder:
        data, model = os.path.join(folder, "table.csv"), os.path.join(folder, "model.lik")
        write_table(data, rows)
        for trick, name, text in CASES:
            with open(model, "w", encoding="utf-8") as f:
                f.write(text)
            # A reduction hides what rows cost: it is left out where another trick is measured.
            base = [] if trick in ("merge", "moments") else ["--without=merge,moments"]
            left = ",".join([trick] + (["merge", "moments"] if base else []))
            seen = [(once(trick, model, data, f"--without={left}"), once(trick, model, data, *base))
                    for _ in range(turns)]
            without, all_of_them = (statistics.median(s) for s in zip(*seen))
            gain = statistics.median(a / b for a, b in seen)
            lines.append(f"| `{trick}` | {name} | {MEASURED.get(trick, 'ns')} | {without:.3g} | "
                         f"{all_of_them:.3g} | {gain:.3g} |")
            print(lines[-1], file=sys.stderr)
    return "\n".join(lines) + "\n"


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--turns", type=int, default=7)
    arguments.add_argument("--rows", type=int, default=200000)
    arguments.add_argument("--update", action="store_true", help="write the table into docs/performance.md")
    a = arguments.parse_args()
    text = table(a.turns, a.rows)
    print(text, end="")
    if a.update:
        page.update("tricks", text)


if __name__ == "__main__":
    main()
