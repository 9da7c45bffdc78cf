#!/usr/bin/env python3
"""The interpreter, machine code, and the change from one to the other give one answer.

Every example and every model of the contract is fitted three times; all that is printed is the same
to the last digit.
"""
import glob
import os
import re
import tempfile

from mlec_test import Checks, Run, source

TIERS = ("auto", "interpreter", "compiled")


def pairs():
    """Models with their tables."""
    for model in sorted(glob.glob(source("examples", "*", "model.lik"))):
        data = os.path.join(os.path.dirname(model), "data.csv")
        yield model, data if os.path.exists(data) else None
    for folder in ("contract", "series", "pathological"):
        for model in sorted(glob.glob(source("tests", "models", folder, "*.lik"))):
            data = os.path.splitext(model)[0] + ".csv"
            if os.path.exists(data):
                yield model, data


def answer(tier, model, data, *options):
    run = Run("--no-cache", "--json", f"--tier={tier}", model, *([data] if data else []), *options)
    return run.status, re.sub(r'"timing_ms".*', "", run.out), run.err


def times(*options):
    """What --time says: passes, and the share of the work that was interpreted."""
    run = Run("--no-cache", "--time", "--threads", "1", *options)
    steps = re.findall(r"^ *(\w[\w ]*?) {2,}[\d.]+$", run.err, re.M)
    return steps, float(re.search(r"^evaluations: ([\d.e+-]+) % interpreted", run.err, re.M)[1])


def main():
    checks = Checks()
    count = 0
    for model, data in pairs():
        first = answer(TIERS[0], model, data)
        count += first[0] == 0
        for tier in TIERS[1:]:
            checks.equal(f"{model}, {tier}", answer(tier, model, data), first)
    checks.true("many models were fitted", count > 25)

    model, data = (source("examples", "logistic_regression", f)
                   for f in ("model.lik", "data.csv"))
    steps, share = times(model, data)
    checks.true("little work is interpreted", share == 100 and "codegen" not in steps)
    steps, share = times("--tier=compiled", model, data)
    checks.true("machine code is made first", steps.index("codegen") < steps.index("compile"))
    checks.true("and used for the rows", share < 50)
    with tempfile.TemporaryDirectory() as folder:
        large = os.path.join(folder, "large.csv")
        with open(large, "w", encoding="utf-8") as f:
            f.write("y,x\n")
            f.writelines(f"{int(i * 7919 % 10007 < 3000 + i % 97 * 40)},{i * 0.6180339887 % 100:.6f}\n"
                         for i in range(1400000))
        text = os.path.join(folder, "large.lik")
        with open(text, "w", encoding="utf-8") as f:
            f.write("param a, b : real\ny ~ bernoulli_logit(a + b*x)\n")
        steps, share = times(text, large)
        checks.true("much work is worth machine code, later",
                    "codegen" in steps and steps.index("codegen") > steps.index("total"))
        checks.true("and most of it is done with that", share < 50)
        first = answer("auto", text, large)
        checks.equal("the fit is done", first[0], 0)
        for options in (("auto", "--threads", "2"), ("interpreter",), ("compiled",)):
            checks.equal(" ".join(options),
                         answer(options[0], text, large, *options[1:]), first)
    checks.equal("another word", Run("--tier=fast", model, data).status, 2)
    checks.finish()


if __name__ == "__main__":
    main()
