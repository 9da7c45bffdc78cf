#!/usr/bin/env python3
"""A likelihood in its textbook spelling has the numbers of its named form, to the last digits, also
where the textbook's overflows: a logit of 800, a value 40 standard deviations away."""

import glob
import os
import random
import tempfile

from mlec_test import Checks, fit, source

ROWS = 60
DIGITS = 13  # what is left of 16 after a sum over the rows and an inverse
checks = Checks()


def write_table(path):
    """Ordinary rows, then some with a predictor of 800 or -800, where the outcome agrees and where it
    does not."""
    draw = random.Random(7)
    with open(path, "w", encoding="utf-8") as f:
        f.write("y,x,shift,n,k,low,z\n")
        for i in range(ROWS):
            x = draw.uniform(-1, 1)
            y = int(draw.random() < 0.5 + 0.2 * x)
            n = 10 + i
            k = sum(draw.random() < 0.4 + 0.2 * x for _ in range(n))
            z = draw.gauss(-1 if i % 3 else 2.5, 0.8)
            f.write(f"{y},{x},0,{n},{k},0,{z}\n")
        for y, shift, n, k, z in ((1, 800, 5, 5, 40), (0, -800, 7, 0, -40), (0, 800, 4, 3, 1),
                                  (1, -800, 3, 1, 1)):
            f.write(f"{y},0.5,{shift},{n},{k},{0 if k else -800},{z}\n")


def compare(named, naive):
    checks.equal("verdict", naive.get("verdict"), named.get("verdict"))
    checks.digits("log-likelihood", naive.get("log_likelihood"), named.get("log_likelihood"), DIGITS)
    for p in named.get("parameters"):
        q = naive.parameter(p["name"])
        checks.digits(f"{p['name']}", q.get("estimate"), p["estimate"], DIGITS)
        checks.digits(f"standard error of {p['name']}", q.get("std_error"), p["std_error"], DIGITS)


def main():
    models = source("tests", "models", "naive")
    with tempfile.TemporaryDirectory() as folder:
        table = os.path.join(folder, "table.csv")
        write_table(table)
        for path in sorted(glob.glob(os.path.join(models, "*.named.lik"))):
            checks.about(os.path.basename(path))
            named = fit(path, table)
            if not checks.fitted(named):
                continue
            for other in sorted(glob.glob(path.replace(".named.lik", ".*.lik"))):
                if other != path:
                    checks.about(os.path.basename(other))
                    naive = fit(other, table)
                    if checks.fitted(naive):
                        compare(named, naive)
    checks.finish()


if __name__ == "__main__":
    main()
