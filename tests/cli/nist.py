#!/usr/bin/env python3
"""NIST Statistical Reference Datasets: estimates and standard errors to the digits that the data
allow, nonlinear sets from both of NIST's starts.

NIST certifies least squares. With a normal likelihood the estimates are the same, sigma is
sqrt(RSS/n), and the standard errors of the expected information are the certified ones times
sqrt((n - p)/n); those of the observed information were computed from the certified fit with 80
digits.

usage: nist.py [--write]     --write: rewrite docs/accuracy.md
"""

import math
import os
import sys

from mlec_test import Checks, digits, fit, read_json, read_table, shared, source

REQUIRED = 9.0
# Where 64-bit arithmetic ends earlier: digits of the estimates, of the standard errors, and of those
# from the expected information.
LIMITED = {
    "Filip": (9.0, 9.0, 7.0),     # expected information: the columns x^k as doubles, 2e-8
    "Bennett5": (9.0, 9.0, 6.5),  # expected information of condition 3e9
}
EXACT = ("Wampler1", "Wampler2")  # the points lie on the curve: sigma is 0

EPS = 2.0 ** -52


def attainable(name, certified, columns):
    """Digits to ask for, as in LIMITED: REQUIRED, or one less than the rounding of the data and of
    the residuals to doubles leaves for what scales with sigma."""
    response = columns["y"]
    if certified.get("response") == "log(y)":
        response = [math.log(y) for y in response]
    error = certified.get("attainable_relative_error_sd", 0.0)
    residual = EPS * max(map(abs, response)) / certified["sigma_mle"]
    of_sigma = -math.log10(max(error, residual / math.sqrt(certified["n"]))) - 1
    estimates, *scales = LIMITED.get(name, (REQUIRED, REQUIRED, REQUIRED))
    return estimates, *(min(s, of_sigma) for s in scales)


def parameters(certified):
    """[(name, estimate, observed standard error, certified standard deviation)], sigma last."""
    if "params" in certified:
        rows = [(p["name"], p["estimate"], p.get("se_observed_mle", p.get("se_mle")),
                 p["certified_sd"]) for p in certified["params"]]
    else:
        n = certified["n"]
        sigma = certified.get("sigma_mle_double_inputs", certified["sigma_mle"])
        rows = [("mu", certified["mu"], sigma / math.sqrt(n),
                 certified["certified_sd"] / math.sqrt(n))]
    return rows


def sigma_of(certified):
    sigma = certified.get("sigma_mle_double_inputs", certified["sigma_mle"])
    return sigma, sigma / math.sqrt(2 * certified["n"])


def check_exact(checks, model, data):
    run = fit(model, data)
    checks.equal("exit status", run.status, 1)
    checks.equal("verdict", run.get("verdict"), "diverging")
    checks.true("says that the likelihood is unbounded", "unbounded-likelihood" in run.codes(),
                run.codes())


def check_fit(checks, name, certified, start, model, data):
    """One fit; the least digits of (estimates, standard errors, log-likelihood, certified
    deviations) and the iterations."""
    estimates, scale, expected_scale = attainable(name, certified, read_table(data))
    options = []
    if start:
        options = [f"--start={p['name']}={p[start]!r}" for p in certified["params"]]
    run = fit(model, data, *options)
    if not checks.fitted(run):
        return None
    checks.equal("verdict", run.get("verdict"), "interior")
    least = [16.0, 16.0, 16.0, 16.0]
    sigma, sigma_se = sigma_of(certified)

    def compare(place, what, got, want, required):
        checks.digits(what, got, want, required)
        least[place] = min(least[place], digits(got, want))

    for parameter, estimate, se, _ in parameters(certified):
        p = run.parameter(parameter)
        compare(0, parameter, p.get("estimate"), estimate, estimates)
        compare(1, f"standard error of {parameter}", p.get("std_error"), se, scale)
    p = run.parameter("sigma")
    compare(1, "sigma", p.get("estimate"), sigma, scale)
    # The residuals are orthogonal to the gradient at the optimum: sigma's row of the observed
    # information is that of the expected one, also where the model is nonlinear.
    compare(1, "standard error of sigma", p.get("std_error"), sigma_se, scale)
    if sigma == certified["sigma_mle"]:
        loglik = certified["loglik"]
    else:
        loglik = certified["loglik"] - certified["n"] * math.log(sigma / certified["sigma_mle"])
    compare(2, "log-likelihood", run.get("log_likelihood"), loglik, scale)

    expected = fit(model, data, "--vcov=expected", *options)
    if checks.fitted(expected):
        checks.equal("se_type", expected.get("se_type"), "expected")
        n, p = certified["n"], certified["p"]
        for parameter, _, _, deviation in parameters(certified):
            got = expected.parameter(parameter).get("std_error")
            if got is not None:
                got *= math.sqrt(n / (n - p))
            # NIST prints 11 digits for nonlinear sets; NumAcc are certified for exact decimals.
            required = min(expected_scale, certified_digits(certified))
            compare(3, f"certified standard deviation of {parameter}", got, deviation, required)
    return (*least, run.get("iterations"))


def certified_digits(certified):
    error = certified.get("attainable_relative_error_sd", 0.0)
    return min(REQUIRED, -math.log10(error) - 0.3) if error else REQUIRED


PAGE = """# Accuracy

Matching digits against the [NIST Statistical Reference Datasets](https://www.itl.nist.gov/div898/strd/):
-log10 of the largest relative error over all parameters. Nonlinear sets are fitted from both of
NIST's starts; the smaller number stands. Standard errors are those of the observed information,
sigma included; the last column is `--vcov expected` times sqrt(n/(n - p)) against the certified
standard deviations, of which NIST prints 11 digits for nonlinear sets and 15 for linear ones.

`tests/cli/nist.py --write` writes this page; without the option it fails where digits are missing.

| set | level | estimates | standard errors | log-likelihood | certified deviations | iterations |
|---|---|---|---|---|---|---|
"""

NOTES = """
Lanczos1's residuals are 1e-13 of the response, NumAcc3's and NumAcc4's standard deviations 1e-7
and 1e-8: there the rounding of the data to doubles is what is left. Ill-conditioned fits
(Filip, Longley, the Wampler sets, most nonlinear ones) are finished in quadruple precision, from the
columns on, so Filip's x^k are not rounded in estimates and standard errors. The log-likelihood and
the expected information are computed in doubles: Filip's columns cost 2e-8 there, and the expected
information of Bennett5 has the condition 3e9.

Wampler1 and Wampler2 are exact fits, whose likelihood is unbounded as sigma goes to 0: mlec says so
and exits with status 1.
"""


def main():
    write = sys.argv[1:] == ["--write"]
    certified = read_json(shared("data", "nist", "certified.json"))
    checks = Checks()
    rows = []
    for name, c in certified.items():
        model = source("tests", "models", "nist", name + ".lik")
        if not os.path.exists(model):
            continue
        data = shared("data", "nist", c["data"])
        if name in EXACT:
            checks.about(name)
            check_exact(checks, model, data)
            continue
        starts = ["start1", "start2"] if c["group"] == "nonlinear" else [None]
        results = []
        for start in starts:
            checks.about(f"{name} from {start}" if start else name)
            results.append(check_fit(checks, name, c, start, model, data))
        if all(results):
            least = [f"{min(r[k] for r in results):.1f}" for k in range(4)]
            iterations = ", ".join(f"{r[4]:g}" for r in results)
            rows.append(f"| {name} | {c['level'] or ''} | {' | '.join(least)} | {iterations} |\n")
        else:
            rows.append(f"| {name} | {c['level'] or ''} | not fitted | | | | |\n")
    if write:
        with open(source("docs", "accuracy.md"), "w", encoding="utf-8") as f:
            f.write(PAGE + "".join(rows) + NOTES)
    checks.finish()


if __name__ == "__main__":
    main()
