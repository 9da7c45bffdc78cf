#!/usr/bin/env python3
"""Formulas against R's model.matrix.

With a random outcome, the coefficients of least squares and which of them are NA determine the
design. tests/models/formulas/reference.R made the data and the answers.
"""

import json
import os
import re
import tempfile

from mlec_test import Checks, fit, source

FOLDER = source("tests", "models", "formulas")
COEFFICIENT = 1e-9


def as_in_r(name):
    """eta[a=q:x] as R writes it, (ax): aq:x."""
    inner = re.fullmatch(r"eta\[(.*)\]", name).group(1)
    if inner == "Intercept":
        return "(Intercept)"
    return inner.replace("=", "")


def r_names(names):
    """R's names, with its calls of factor() reduced to the column."""
    return [re.sub(r"relevel\(factor\((\w+)\), ref = \"\d+\"\)|factor\((\w+)\)",
                   lambda m: m.group(1) or m.group(2), n).replace(" * ", "*")
            for n in names]


def spelled(formula):
    return re.sub(r"relevel\(factor\((\w+)\), ref = (\"\d+\")\)", r"factor(\1, ref = \2)", formula)


def main():
    checks = Checks()
    with open(os.path.join(FOLDER, "reference.json"), encoding="utf-8") as f:
        cases = json.load(f)
    with tempfile.TemporaryDirectory() as folder:
        for case in cases:
            text = spelled(case["formula"])
            model = os.path.join(folder, "m.lik")
            with open(model, "w", encoding="utf-8") as f:
                f.write(f"param s : positive\nlinear eta = {text}\ny ~ normal(eta, s)\n")
            run = fit(model, os.path.join(FOLDER, "data.csv"))
            checks.equal(f"{text}: status", run.status, 0)
            if run.status:
                print(run.err)
                continue
            eta = [p for p in run.json["parameters"] if p["name"] != "s"]
            checks.equal(f"{text}: names", [as_in_r(p["name"]) for p in eta],
                         r_names(case["names"]))
            for p, expected in zip(eta, case["coefficients"]):
                label = f"{text}: {p['name']}"
                checks.equal(f"{label} aliased", p["aliased"], expected is None)
                if expected is None:
                    checks.equal(f"{label} has no estimate", p["estimate"], None)
                    checks.equal(f"{label} has no error", p["std_error"], None)
                else:
                    checks.near(label, p["estimate"], expected,
                                COEFFICIENT * max(1, abs(expected)))
            free = sum(c is not None for c in case["coefficients"]) + 1
            checks.equal(f"{text}: k", run.json["aic"] is not None and
                         round((run.json["aic"] - run.json["minus_2_log_likelihood"]) / 2), free)
            checks.near(f"{text}: log-likelihood", run.json["log_likelihood"],
                        case["log_likelihood"], 1e-9)
            warned = any(d["code"] == "aliased" for d in run.json["diagnostics"])
            checks.equal(f"{text}: says what is aliased", warned, None in case["coefficients"])
    checks.finish()


if __name__ == "__main__":
    main()
