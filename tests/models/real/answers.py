#!/usr/bin/env python3
"""Computes answers.json: maxima and standard errors of the models of this folder, with 50 digits.

The log-likelihoods are written here once more, in Python. Newton's method starts from the estimates of
the reference; parameters have its names.

usage: answers.py SHARED [MODEL...] > answers.json      (needs mpmath; takes some minutes)
"""

import csv
import json
import os
import re
import sys

import mpmath as mp
from mpmath import mpf

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import high_precision
from high_precision import (bernoulli_logit, exp, log, log1p_exp, log_cauchy, log_choose,
                            log_inv_logit, log_normal, log_sum, maximise, negative_binomial,
                            poisson)


def linear(p, intercept, *terms):
    """intercept + sum of coefficient * value; a term is (coefficient, value)."""
    return p[intercept] + sum(p[name] * value for name, value in terms)


def pima_logit(p, r):
    names = ("npreg", "glu", "bp", "skin", "bmi", "ped", "age")
    return bernoulli_logit(r["y"], linear(p, "b0", *((c, r[c]) for c in names)))


def birthwt_logit(p, r):
    names = ("age", "lwt", "smoke", "ptl", "ht", "ui")
    return bernoulli_logit(r["low"], linear(p, "b0", ("race2", r["race"] == 2),
                                            ("race3", r["race"] == 3),
                                            *((c, r[c]) for c in names)))


RIDGE = ("age", "lwt", "race2", "race3", "smoke", "ptl", "ht", "ui")


def birthwt_ridge(p, r):
    return bernoulli_logit(r["low"], linear(p, "b0", *((c, r[c]) for c in RIDGE)))


def birthwt_ridge_prior(p):
    return sum(log_normal(p[c], 0, mpf("0.5")) for c in RIDGE)


def wells_logit(p, r):
    return bernoulli_logit(r["switched"], linear(p, "a", ("b_dist100", r["dist"] / 100),
                                                 ("b_arsenic", r["arsenic"])))


def beetles(success, failure):
    def row(p, r):
        eta = p["alpha"] + p["beta"] * r["x"]
        return (log_choose(r["n"], r["r"]) + r["r"] * success(eta)
                + (r["n"] - r["r"]) * failure(eta))
    return row


def quine_negbin(p, r):
    eta = linear(p, "b0", ("EthN", r["Eth"] == "N"), ("SexM", r["Sex"] == "M"),
                 ("AgeF1", r["Age"] == "F1"), ("AgeF2", r["Age"] == "F2"),
                 ("AgeF3", r["Age"] == "F3"), ("LrnSL", r["Lrn"] == "SL"))
    return negative_binomial(r["Days"], exp(eta), p["theta"])


def biochemists(p, r, count):
    def predictor(part):
        return linear(p, part + "_0", (part + "_femWomen", r["fem"] == "Women"),
                      (part + "_marMarried", r["mar"] == "Married"), (part + "_kid5", r["kid5"]),
                      (part + "_phd", r["phd"]), (part + "_ment", r["ment"]))
    density = exp(count(r["art"], exp(predictor("c"))))
    zero = 1 / (1 + exp(-predictor("z")))
    return log(zero * (r["art"] == 0) + (1 - zero) * density)


def biochemists_zip(p, r):
    return biochemists(p, r, poisson)


def biochemists_zinb(p, r):
    return biochemists(p, r, lambda y, mu: negative_binomial(y, mu, p["theta"]))


def pump_gammapoisson(p, r):
    return negative_binomial(r["x"], p["alpha"] * r["t"] / p["beta"], p["alpha"])


def lung(event, survival):
    def row(p, r):
        mu = linear(p, "b0", ("age", r["age"]), ("sex", r["sex"]),
                    ("ph_ecog", r["ph.ecog"]))
        z = (log(r["time"]) - mu) / p["sigma"]
        return event(z) - log(p["sigma"] * r["time"]) if r["status"] else survival(z)
    return row


def affairs_tobit(p, r):
    names = ("age", "yearsmarried", "religiousness", "occupation", "rating")
    mu = linear(p, "b0", *((c, r[c]) for c in names))
    if r["affairs"] > 0:
        return log_normal(r["affairs"], mu, p["sigma"])
    return log(mp.ncdf(-mu / p["sigma"]))


def housing_ordlogit(p, r):
    eta = (p["InflMedium"] * (r["Infl"] == "Medium") + p["InflHigh"] * (r["Infl"] == "High")
           + p["TypeApartment"] * (r["Type"] == "Apartment")
           + p["TypeAtrium"] * (r["Type"] == "Atrium")
           + p["TypeTerrace"] * (r["Type"] == "Terrace") + p["ContHigh"] * (r["Cont"] == "High"))
    below = [1 / (1 + exp(eta - p[c])) for c in ("cut1", "cut2")]
    levels = {"Low": below[0], "Medium": below[1] - below[0], "High": 1 - below[1]}
    return r["Freq"] * log(levels[r["Sat"]])


MODES = ("beach", "pier", "boat", "charter")


def fishing_multinomial(p, r):
    eta = {m: p["a_" + m] + p["b_" + m] * r["inc"] if m != "beach" else mpf(0) for m in MODES}
    return eta[r["mode"]] - log_sum(*eta.values())


def fishing_condlogit(p, r):
    eta = {m: p["beta_price"] * r["p" + m] + p["beta_catch"] * r["c" + m] for m in MODES}
    return eta[r["mode"]] - log_sum(*eta.values())


def mixture(y, w, m, s):
    return log_sum(log(w) + log_normal(y, m[0], s[0]), log(1 - w) + log_normal(y, m[1], s[1]))


def faithful_mix2(p, r):
    return mixture(r["waiting"], p["w"], (p["mu1"], p["mu2"]), (p["s1"], p["s2"]))


def low_dim_gauss_mix(p, r):
    return mixture(r["y"], p["theta"], (p["mu1"], p["mu2"]), (p["s1"], p["s2"]))


def low_dim_gauss_mix_prior(p):
    return (sum(log_normal(p[name], 0, 2) for name in ("mu1", "mu2", "s1", "s2"))
            + 4 * log(p["theta"] * (1 - p["theta"])) - log(mp.beta(5, 5)))


def kidiq(p, r):
    return log_normal(r["kid_score"], linear(p, "b1", ("b2", r["mom_hs"]), ("b3", r["mom_iq"])),
                      p["sigma"])


def dugongs(p, r):
    return log_normal(r["y"], p["alpha"] - p["beta"] * p["lambda"] ** r["x"], p["sigma"])


def gasoline_beta(p, r):
    eta = linear(p, "b0", ("temp", r["temp"]),
                 *((f"batch{k}", r["batch"] == k) for k in range(1, 10)))
    mu = 1 / (1 + exp(-eta))
    a, b = mu * p["phi"], (1 - mu) * p["phi"]
    return ((a - 1) * log(r["yield"]) + (b - 1) * log(1 - r["yield"]) - mp.loggamma(a)
            - mp.loggamma(b) + mp.loggamma(p["phi"]))


def eight_schools(p, r):
    return log_normal(r["y"], p["mu"], mp.sqrt(p["tau"] ** 2 + r["sigma"] ** 2))


def eight_schools_prior(p):
    rate = mpf(0.1)
    return log_normal(p["mu"], 0, 5) + 2 * log(rate) + log(p["tau"]) - rate * p["tau"]


def markpound_garch(p, rows):
    return high_precision.garch(p, [r["y"] for r in rows])


def arma11(p, rows):
    value, before, error = mpf(0), p["mu"], mpf(0)
    for r in rows:
        error = r["y"] - (p["mu"] + p["phi"] * before + p["theta"] * error)
        before = r["y"]
        value += log_normal(error, 0, p["sigma"])
    return value


def arma11_prior(p):
    return (log_normal(p["mu"], 0, 10) + log_normal(p["phi"], 0, 2) + log_normal(p["theta"], 0, 2)
            + log_cauchy(p["sigma"], 0, mpf("2.5")))


def ar5(p, rows):
    y = [r["y"] for r in rows]
    return sum(log_normal(y[t], p["alpha"] + sum(p[f"beta{k}"] * y[t - k] for k in range(1, 6)),
                          p["sigma"]) for t in range(5, len(y)))


def ar5_prior(p):
    names = ["alpha", *(f"beta{k}" for k in range(1, 6))]
    return (sum(log_normal(p[name], 0, 10) for name in names)
            + log_cauchy(p["sigma"], 0, mpf("2.5")))


def rows_of(density):
    return lambda p, rows: sum(density(p, r) for r in rows)


MODELS = {
    "markpound_garch": (markpound_garch, None),
    "arma11_map": (arma11, arma11_prior),
    "ar5_map": (ar5, ar5_prior),
    "pima_logit": (rows_of(pima_logit), None),
    "birthwt_logit": (rows_of(birthwt_logit), None),
    "birthwt_ridge": (rows_of(birthwt_ridge), birthwt_ridge_prior),
    "wells_logit": (rows_of(wells_logit), None),
    "beetles_logit": (rows_of(beetles(log_inv_logit, lambda e: log_inv_logit(-e))), None),
    "beetles_probit": (rows_of(beetles(lambda e: log(mp.ncdf(e)), lambda e: log(mp.ncdf(-e)))),
                       None),
    "beetles_cloglog": (rows_of(beetles(lambda e: log(-mp.expm1(-exp(e))), lambda e: -exp(e))),
                        None),
    "quine_negbin": (rows_of(quine_negbin), None),
    "biochemists_zip": (rows_of(biochemists_zip), None),
    "biochemists_zinb": (rows_of(biochemists_zinb), None),
    "pump_gammapoisson": (rows_of(pump_gammapoisson), None),
    "lung_weibull": (rows_of(lung(lambda z: z - exp(z), lambda z: -exp(z))), None),
    "lung_lognormal": (rows_of(lung(lambda z: log(mp.npdf(z)), lambda z: log(mp.ncdf(-z)))), None),
    "lung_loglogistic": (rows_of(lung(lambda z: z - 2 * log1p_exp(z), lambda z: -log1p_exp(z))),
                         None),
    "affairs_tobit": (rows_of(affairs_tobit), None),
    "housing_ordlogit": (rows_of(housing_ordlogit), None),
    "fishing_multinomial": (rows_of(fishing_multinomial), None),
    "fishing_condlogit": (rows_of(fishing_condlogit), None),
    "faithful_mix2": (rows_of(faithful_mix2), None),
    "low_dim_gauss_mix": (rows_of(low_dim_gauss_mix), low_dim_gauss_mix_prior),
    "kidiq_ml": (rows_of(kidiq), None),
    "kidiq_map": (rows_of(kidiq), lambda p: log_cauchy(p["sigma"], 0, mpf("2.5"))),
    "dugongs": (rows_of(dugongs), None),
    "gasoline_beta": (rows_of(gasoline_beta), None),
    "eight_schools_mapmarginal": (rows_of(eight_schools), eight_schools_prior),
}


def read_rows(path):
    """Complete rows; numbers are the doubles that a program reads."""
    rows = []
    with open(path, newline="", encoding="utf-8") as f:
        for record in csv.DictReader(f):
            if "NA" in record.values():
                continue
            row = {}
            for name, text in record.items():
                try:
                    row[name] = mpf(float(text))
                except ValueError:
                    row[name] = text
            rows.append(row)
    return rows


def main():
    folder = os.path.join(sys.argv[1], "data", "real")
    with open(os.path.join(folder, "reference.json"), encoding="utf-8") as f:
        references = json.load(f)
    answers = {}
    for model in sys.argv[2:] or MODELS:
        likelihood, prior = MODELS[model]
        reference = references[model]
        rows = read_rows(os.path.join(folder, reference["data"]))
        names = [p["name"] for p in reference["params"]]
        start = [mpf(p["estimate"]) for p in reference["params"]]

        def objective(p):
            value = likelihood(p, rows)
            return value + prior(p) if prior else value

        point, se = maximise(names, start, objective)
        p = dict(zip(names, point))
        answers[model] = {
            "log_likelihood": float(likelihood(p, rows)),
            "parameters": {name: [float(v), float(s)] for name, v, s in zip(names, point, se)},
        }
        if prior:
            answers[model]["log_prior"] = float(prior(p))
        print(model, file=sys.stderr, flush=True)
    text = json.dumps(answers, indent=1)
    print(re.sub(r"\[\s+(\S+)\s+(\S+)\s+\]", r"[\1 \2]", text))  # a parameter on a line


if __name__ == "__main__":
    main()
