#!/usr/bin/env python3
"""Models from the literature on real tables: estimates within 1e-6 standard errors of the
reference, standard errors and log-likelihood to 1e-6 and 1e-8 of themselves."""

import os

from mlec_test import Checks, fit, read_json, shared, source

IN_STANDARD_ERRORS = 1e-6
OF_STANDARD_ERROR = 1e-6
OF_LOG_LIKELIHOOD = 1e-8

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


def check_model(checks, name, reference, model, data):
    run = fit(model, data)
    if not checks.fitted(run):
        return
    boundary = any(p.get("at_bound") for p in reference["params"])
    checks.equal("verdict", run.get("verdict"), "boundary" if boundary else "interior")
    checks.equal("method", run.get("method"), "map" if reference["kind"] == "MAP" else "mle")
    checks.equal("number of parameters", len(run.get("parameters")), len(reference["params"]))
    for p in reference["params"]:
        got = find(run, name, p["name"])
        estimate, se = p["estimate"], p.get("se")
        if se is not None:
            checks.near(p["name"], got.get("estimate"), estimate, IN_STANDARD_ERRORS * se)
            checks.near(f"standard error of {p['name']}", got.get("std_error"), se,
                        OF_STANDARD_ERROR * se)
            continue
        tolerance = reference["tolerance"]
        allowed = tolerance.get(p["name"] + "_abs", tolerance["estimate_abs"])
        if p.get("exactly_zero"):
            checks.equal(p["name"], got.get("estimate"), 0)
        else:
            checks.near(p["name"], got.get("estimate"), estimate, allowed)
        if p.get("at_bound"):
            checks.equal(f"{p['name']} at bound", got.get("at_bound"), True)
            checks.equal(f"standard error of {p['name']}", got.get("std_error", 0), None)
    for ours, theirs in (("log_likelihood", "loglik"), ("log_posterior", "log_posterior")):
        if theirs in reference:
            want = reference[theirs]
            checks.near(ours, run.get(ours), want, OF_LOG_LIKELIHOOD * abs(want))


def main():
    checks = Checks()
    models = 0
    for name, reference in read_json(shared("data", "real", "reference.json")).items():
        model = source("tests", "models", "real", name + ".lik")
        if os.path.exists(model):
            models += 1
            checks.about(name)
            check_model(checks, name, reference, model, shared("data", "real", reference["data"]))
    checks.about("tests/models/real")
    checks.equal("models with a reference", models,
                 len([f for f in os.listdir(source("tests", "models", "real"))
                      if f.endswith(".lik")]))
    checks.finish()


if __name__ == "__main__":
    main()
