#!/usr/bin/env python3
"""Models from the literature on real tables.

Estimates, standard errors and log-likelihoods are compared with two answers: those of the reference,
whose standard errors come from differences and hold to about 5e-5; and those of
tests/models/real/answers.json, computed with 50 digits. The models in combined/ are some of the same,
written with combinations of distributions instead of terms by hand: they have the same answers.
"""

import glob
import os

from mlec_test import Checks, fit, read_json, shared, source

IN_STANDARD_ERRORS = 1e-6
OF_REFERENCE_ERROR = 1e-4
OF_STANDARD_ERROR = 1e-8
OF_LOG_LIKELIHOOD = 1e-8

FOLDER = source("tests", "models", "real")

# Names of the reference that are spelled otherwise in the model: elements of vectors. A
# coefficient named after its column is b_COLUMN.
SPELLED = {
    "faithful_mix2": {"mu1": "m[1]", "mu2": "m[2]", "s1": "s[1]", "s2": "s[2]"},
    "low_dim_gauss_mix": {"mu1": "mu[1]", "mu2": "mu[2]", "s1": "s[1]", "s2": "s[2]"},
    "housing_ordlogit": {"cut1": "cut[1]", "cut2": "cut[2]"},
}


def find(run, model, name):
    for spelling in (SPELLED.get(model, {}).get(name, name), "b_" + name):
        p = run.parameter(spelling)
        if p:
            return p
    return {}


def check_special(checks, run, name, p, tolerance):
    """A parameter without a standard error: at its bound, or with an exact zero beside it."""
    got = find(run, name, p["name"])
    allowed = tolerance.get(p["name"] + "_abs", tolerance["estimate_abs"])
    if p.get("exactly_zero"):
        checks.equal(p["name"], got.get("estimate"), 0)
    else:
        checks.near(p["name"], got.get("estimate"), p["estimate"], allowed)
    if p.get("at_bound"):
        checks.equal(f"{p['name']} at bound", got.get("at_bound"), True)
        checks.equal(f"standard error of {p['name']}", got.get("std_error", 0), None)


def check_reference(checks, name, reference, run):
    boundary = any(p.get("at_bound") for p in reference["params"])
    checks.equal("verdict", run.get("verdict"), "boundary" if boundary else "interior")
    checks.equal("method", run.get("method"), "map" if reference["kind"] == "MAP" else "mle")
    checks.equal("number of parameters", len(run.get("parameters")), len(reference["params"]))
    for p in reference["params"]:
        se = p.get("se")
        if se is None:
            check_special(checks, run, name, p, reference["tolerance"])
            continue
        got = find(run, name, p["name"])
        checks.near(p["name"], got.get("estimate"), p["estimate"], IN_STANDARD_ERRORS * se)
        checks.near(f"standard error of {p['name']}", got.get("std_error"), se,
                    OF_REFERENCE_ERROR * se)
    for ours, theirs in (("log_likelihood", "loglik"), ("log_posterior", "log_posterior")):
        if theirs in reference:
            want = reference[theirs]
            checks.near(ours, run.get(ours), want, OF_LOG_LIKELIHOOD * abs(want))


def check_answer(checks, answer, run):
    for name, (estimate, se) in answer["parameters"].items():
        p = run.parameter(name)
        checks.near(f"{name} (50 digits)", p.get("estimate"), estimate, IN_STANDARD_ERRORS * se)
        checks.near(f"standard error of {name} (50 digits)", p.get("std_error"), se,
                    OF_STANDARD_ERROR * se)
    for key in ("log_likelihood", "log_prior"):
        if key in answer:
            checks.near(f"{key} (50 digits)", run.get(key), answer[key],
                        OF_LOG_LIKELIHOOD * abs(answer[key]))


def main():
    checks = Checks()
    references = read_json(shared("data", "real", "reference.json"))
    answers = read_json(os.path.join(FOLDER, "answers.json"))
    files = glob.glob(os.path.join(FOLDER, "**", "*.lik"), recursive=True)
    for file in sorted(files):
        name = os.path.splitext(os.path.basename(file))[0]
        checks.about(os.path.relpath(file, FOLDER))
        if not checks.true("has a reference", name in references):
            continue
        run = fit(file, shared("data", "real", references[name]["data"]))
        if checks.fitted(run):
            check_reference(checks, name, references[name], run)
            if name in answers:
                check_answer(checks, answers[name], run)
    checks.true("combined models are there", len(files) > len(glob.glob(os.path.join(FOLDER, "*.lik"))))
    checks.finish()


if __name__ == "__main__":
    main()
