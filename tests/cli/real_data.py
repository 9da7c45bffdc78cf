#!/usr/bin/env python3
"""Models from the literature on real tables, each in the shortest form that the language has for it.

Estimates, standard errors and log-likelihoods are compared with two answers: those of the reference,
whose standard errors come from differences and hold to about 5e-5; and those of
tests/models/real/answers.json, computed with 50 digits. The models in by_hand/ are some of the same,
written out with terms by hand instead of distributions and formulas: they have the same answers.
"""

import glob
import os
import re

from mlec_test import Checks, fit, read_json, shared, source

IN_STANDARD_ERRORS = 1e-6
OF_REFERENCE_ERROR = 1e-4
OF_STANDARD_ERROR = 1e-8
OF_LOG_LIKELIHOOD = 1e-8

FOLDER = source("tests", "models", "real")

# Parameters whose name in the model does not follow from that of the reference.
SPELLED = {
    "mu1": ("m[1]", "mu[1]"), "mu2": ("m[2]", "mu[2]"), "s1": ("s[1]",), "s2": ("s[2]",),
    "cut1": ("cut[1]",), "cut2": ("cut[2]",),
    "b0": ("eta[Intercept]",), "a": ("eta[Intercept]",), "alpha": ("eta[Intercept]",),
    "beta": ("eta[x]",), "b_dist100": ("eta[I(dist/100)]",), "ph_ecog": ("eta[ph.ecog]",),
    "b1": ("mu[Intercept]",), "b2": ("mu[mom_hs]",), "b3": ("mu[mom_iq]",),
}


def spellings(name):
    """b_x is eta[x], EthN is eta[Eth=N], c_marMarried is c[mar=Married], a_pier is eta[pier, Intercept]."""
    yield from (name, "b_" + name, f"eta[{name}]", *SPELLED.get(name, ()))
    predictor, term = re.fullmatch(r"(?:([a-z])_)?(.*)", name).groups()
    term = re.sub(r"^([A-Z][a-z]+|fem|mar|race|batch)(?=[A-Z0-9])", r"\1=", term)
    yield f"eta[{term}]"
    if predictor in ("c", "z"):
        yield f"{predictor}[{'Intercept' if term == '0' else term}]"
    if predictor in ("a", "b"):
        yield f"eta[{term}, {'Intercept' if predictor == 'a' else 'inc'}]"


def find(run, name):
    for spelling in spellings(name):
        p = run.parameter(spelling)
        if p:
            return p
    return {}


def check_special(checks, run, p, tolerance):
    """A parameter without a standard error: at its bound, or with an exact zero beside it."""
    got = find(run, p["name"])
    allowed = tolerance.get(p["name"] + "_abs", tolerance["estimate_abs"])
    if p.get("exactly_zero"):
        checks.equal(p["name"], got.get("estimate"), 0)
    else:
        checks.near(p["name"], got.get("estimate"), p["estimate"], allowed)
    if p.get("at_bound"):
        checks.equal(f"{p['name']} at bound", got.get("at_bound"), True)
        checks.equal(f"standard error of {p['name']}", got.get("std_error", 0), None)


def check_reference(checks, reference, run):
    boundary = any(p.get("at_bound") for p in reference["params"])
    checks.equal("verdict", run.get("verdict"), "boundary" if boundary else "interior")
    checks.equal("method", run.get("method"), "map" if reference["kind"] == "MAP" else "mle")
    # An intercept held at 0, where cut points take its place, is none of the reference's.
    held = run.parameter("eta[Intercept]").get("at_bound", False)
    checks.equal("number of parameters", len(run.get("parameters")) - held,
                 len(reference["params"]))
    for p in reference["params"]:
        se = p.get("se")
        if se is None:
            check_special(checks, run, p, reference["tolerance"])
            continue
        got = find(run, p["name"])
        checks.near(p["name"], got.get("estimate"), p["estimate"], IN_STANDARD_ERRORS * se)
        checks.near(f"standard error of {p['name']}", got.get("std_error"), se,
                    OF_REFERENCE_ERROR * se)
    for ours, theirs in (("log_likelihood", "loglik"), ("log_posterior", "log_posterior")):
        if theirs in reference:
            want = reference[theirs]
            checks.near(ours, run.get(ours), want, OF_LOG_LIKELIHOOD * abs(want))


def check_answer(checks, answer, run):
    for name, (estimate, se) in answer["parameters"].items():
        p = find(run, name)
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
            check_reference(checks, references[name], run)
            if name in answers:
                check_answer(checks, answers[name], run)
    checks.finish()


if __name__ == "__main__":
    main()
