#!/usr/bin/env python3
"""Prints what machine code costs and gains: tiers.py [--turns N] [--rows N] [--update]. See README.md."""

import argparse
import json
import os
import random
import subprocess
import tempfile
import time

from compile_times import HOME, MLEC, page, write

COMPARE = os.path.join(HOME, "build", "bench", "compare")
MODELS = ("logistic10", "poisson", "negative_binomial", "weibull", "mixture", "garch", "normal",
          "multinomial", "ordinal", "four_parameter", "linear50")
ORDERS = ("value", "gradient", "hessian")
EVALUATIONS = 8  # of an ordinary fit

SMALL = """data y : binary
data x1, x2, x3 : real
param a, b1, b2, b3 : real
y ~ bernoulli_logit(a + b1*x1 + b2*x2 + b3*x3)
"""


def evaluations(model, table, tier, turns):
    """The least of each order in nanoseconds per row."""
    runs = []
    for _ in range(turns):
        out = subprocess.run([MLEC, "bench", "--json", "--threads", "1", f"--tier={tier}", model,
                              table], stdout=subprocess.PIPE, check=True).stdout
        runs.append(json.loads(out))
    return [min(run["ns_per_row"][o] for run in runs) for o in ORDERS]


def making(model, turns):
    """Milliseconds of processor time from byte code to machine code."""
    least = [min(process([MLEC, "check", "-q", "--no-cache", f"--tier={tier}", model], None)[1]
                 for _ in range(7 * turns)) for tier in ("compiled", "interpreter")]
    return least[0] - least[1]


def speed_table(folder, rows, turns):
    lines = ["| model | interpreted | | | machine code | | | to make it, ms | worth it from rows |",
             "|---|---:|---:|---:|---:|---:|---:|---:|---:|",
             "| | value | gradient | Hessian | value | gradient | Hessian | | |"]
    for name in MODELS:
        model = os.path.join(HOME, "bench", "speed", "models", f"{name}.lik")
        table = os.path.join(folder, f"{name}.csv")
        subprocess.run([COMPARE, "--write", name, str(rows), table], check=True)
        slow = evaluations(model, table, "interpreter", turns)
        fast = evaluations(model, table, "compiled", turns)
        gain, cost = slow[2] - fast[2], making(model, turns)
        rows_of_cost = 1e6 * cost / gain / EVALUATIONS if gain > 0.03 * slow[2] else None
        cells = [f"{x:.2f}" for x in slow + fast] + [
            f"{cost:.1f}", f"{float(f'{rows_of_cost:.1g}'):,.0f}" if rows_of_cost else ""]
        lines.append(f"| `{name}` | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def process(command, environment):
    begin = time.perf_counter()
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL, env=environment)
    _, _, used = os.wait4(child.pid, 0)
    child.returncode = 0
    return 1e3 * (time.perf_counter() - begin), 1e3 * (used.ru_utime + used.ru_stime)


def process_table(folder, turns):
    draw = random.Random(1)
    model = write(os.path.join(folder, "small.lik"), SMALL)
    rows = [(draw.randint(0, 1), draw.gauss(0, 1), draw.gauss(0, 1), draw.gauss(0, 1))
            for _ in range(200)]
    table = write(os.path.join(folder, "small.csv"),
                  ["y,x1,x2,x3\n", *(f"{y},{a:.4f},{b:.4f},{c:.4f}\n" for y, a, b, c in rows)])
    environment = dict(os.environ, XDG_CACHE_HOME=folder)
    ways = {"interpreted": ["--no-cache"], "machine code from the cache": ["--tier=compiled"],
            "machine code made": ["--tier=compiled", "--no-cache"]}
    seen = {way: [] for way in ways}
    process([MLEC, "--tier=compiled", model, table], environment)  # into the cache
    for _ in range(turns):
        for way, options in ways.items():
            seen[way].append(process([MLEC, *options, model, table], environment))
    lines = ["| whole process | least, ms | processor, ms |", "|---|---:|---:|"]
    for way, runs in seen.items():
        lines.append(f"| {way} | " + " | ".join(f"{min(x):.1f}" for x in zip(*runs)) + " |")
    return "\n".join(lines) + "\n"


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--turns", type=int, default=3)
    options.add_argument("--rows", type=int, default=20000)
    options.add_argument("--update", action="store_true")
    options = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        parts = {"tiers": speed_table(folder, options.rows, options.turns),
                 "processes": process_table(folder, 25 * options.turns)}
    for part in parts.values():
        print(part)
    if options.update:
        for name, part in parts.items():
            page.update(name, part)


if __name__ == "__main__":
    main()
