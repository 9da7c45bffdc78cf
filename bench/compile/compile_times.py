#!/usr/bin/env python3
"""Prints how long models take to compile: compile_times.py [--runs N] [--update]. See README.md."""

import argparse
import glob
import os
import re
import statistics
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))

import page  # noqa: E402

HOME = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
MLEC = os.environ.get("MLEC", os.path.join(HOME, "build", "release", "mlec"))
CONTRACT = os.path.join(HOME, "tests", "models", "contract")
SITES = ("formula", "site_effects")  # two models of one table

ROWS = """param a, b : real
param s : positive
y ~ normal(a + b*x, s)
"""
LEVELS = """data f : factor
linear eta[f] = 1 + x
f ~ categorical_logit(eta)
"""


def once(model, data):
    """Milliseconds of one compilation: as `--time` says, LLVM's part, and the whole process on its core."""
    with tempfile.TemporaryFile("w+") as times, subprocess.Popen(
            [MLEC, "check", "--tier=compiled", "--no-cache", "--time", model, data],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=times) as process:
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        times.seek(0)
        steps = dict(re.findall(r"^ *(\w[\w ]*?) {2,}([\d.]+)$", times.read(), re.M))
    return (float(steps["compile"]), float(steps["codegen"]),
            1e3 * (used.ru_utime + used.ru_stime))


def measure(cases, runs):
    """Turn by turn, so that what disturbs one disturbs all."""
    seen = [[] for _ in cases]
    for _ in range(runs):
        for got, (_, model, data) in zip(seen, cases):
            got.append(once(model, data))
    for got in seen:
        compile_ms, llvm_ms, processor_ms = zip(*got)
        yield statistics.median(compile_ms), min(compile_ms), min(llvm_ms), min(processor_ms)


def table(head, cases, runs):
    lines = [f"| {head} | median | least | of it LLVM's | processor |", "|---|---|---|---|---|"]
    for (name, _, _), row in zip(cases, measure(cases, runs)):
        lines.append(f"| {name} | " + " | ".join(f"{ms:.1f}" for ms in row) + " |")
    return "\n".join(lines) + "\n"


def models():
    for model in sorted(glob.glob(os.path.join(CONTRACT, "*.lik"))):
        name = os.path.basename(model)[:-4]
        data = "sites" if name in SITES else name
        yield f"`{name}`", model, os.path.join(CONTRACT, data + ".csv")
    for model in sorted(glob.glob(os.path.join(HOME, "examples", "*", "model.lik"))):
        folder = os.path.dirname(model)
        if os.path.exists(os.path.join(folder, "data.csv")):
            yield f"`{os.path.relpath(folder, HOME)}`", model, os.path.join(folder, "data.csv")


def write(path, lines):
    with open(path, "w", encoding="utf-8") as f:
        f.writelines(lines)
    return path


def sizes(folder):
    rows = write(os.path.join(folder, "rows.lik"), ROWS)
    levels = write(os.path.join(folder, "levels.lik"), LEVELS)
    for n in (100, 1000000):
        data = write(os.path.join(folder, f"rows{n}.csv"),
                     ["x,y\n", *(f"{i % 17},{i % 13}\n" for i in range(n))])
        yield f"linear regression, {n:,} rows", rows, data
    for k in (3, 3000):
        data = write(os.path.join(folder, f"levels{k}.csv"),
                     ["x,f\n", *(f"{i % 17},L{i % k}\n" for i in range(2 * 3000))])
        yield f"`linear eta[f]`, {k:,} levels", levels, data


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--runs", type=int, default=21)
    options.add_argument("--update", action="store_true")
    options = options.parse_args()
    parts = {"models": table("model", list(models()), options.runs)}
    with tempfile.TemporaryDirectory() as folder:
        parts["sizes"] = table("data", list(sizes(folder)), options.runs)
    for part in parts.values():
        print(part)
    if options.update:
        for name, part in parts.items():
            page.update(name, part)


if __name__ == "__main__":
    main()
