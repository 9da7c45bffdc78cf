#!/usr/bin/env python3
"""The models that the language promises, against answers with 50 digits, and its statements one by one."""

import os
import random
import tempfile

from mlec_test import Checks, fit, read_json, source

FOLDER = source("tests", "models", "contract")
TABLE = {"site_effects": "sites", "formula": "sites"}
OF_STANDARD_ERROR = 1e-8
checks = Checks()


def models():
    for name, answer in read_json(os.path.join(FOLDER, "answers.json")).items():
        checks.about(name)
        run = fit(os.path.join(FOLDER, name + ".lik"),
                  os.path.join(FOLDER, TABLE.get(name, name) + ".csv"))
        if not checks.fitted(run):
            continue
        checks.equal("verdict", run.get("verdict"), "interior")
        checks.equal("method", run.get("method"), "map" if "log_prior" in answer else "mle")
        for key in ("log_likelihood", "log_prior"):
            if key in answer:
                checks.digits(key, run.get(key), answer[key], 11)
        checks.equal("names", sorted(p["name"] for p in run.get("parameters")),
                     sorted(answer["parameters"]))
        for key, (estimate, se) in answer["parameters"].items():
            p = run.parameter(key)
            if se is None:
                checks.equal(key, (p.get("estimate"), p.get("std_error")), (0, None))
                continue
            checks.near(key, p.get("estimate"), estimate, OF_STANDARD_ERROR * se)
            checks.near(f"standard error of {key}", p.get("std_error"), se, OF_STANDARD_ERROR * se)


# ---- Statements ------------------------------------------------------------------------------------

N = "y ~ normal(a + b*x, s)\n"
S = "param s : positive\n"
P = "param a, b : real\n" + S

# What a model of each form ends in: an exit status, and the codes of diagnostics that must be there.
FORMS = [
    ("columns without type", "data x, y\n" + P + N, 0, ()),
    ("positive excludes 0", "data zero : positive\n" + P + "y ~ normal(a + b*zero, s)", 3, ("outside-type",)),
    ("bounds of a column", "data x : real(-9, 9)\n" + P + N, 0, ()),
    ("written levels", 'data g : factor("c", "b", "a")\nlinear eta = g\n' + S + "y ~ normal(eta, s)", 0, ()),
    ("a level for reference", 'data g : factor(ref = "b")\nlinear eta = g\n' + S + "y ~ normal(eta, s)", 0, ()),
    ("text is binary", "data two : binary\nparam p : unit\ntwo ~ bernoulli(p)", 0, ("binary-text",)),
    ("1 and 2 are not", "data half : binary\nparam p : unit\nhalf ~ bernoulli(p)", 3, ("outside-type",)),
    ("what to write instead", "param p : unit\nhalf == 2 ~ bernoulli(p)", 0, None),
    ("columns of a vector", "data v : real[2]\nparam c : real[2]\n" + S + "y ~ normal(dot(v, c), s)", 0, ()),
    ("sizes by const and level", "const k = 2\nparam c : real[k, g]\n" + S +
     "y ~ normal(c[1, g] + c[2, g]*x, s)", 0, ()),
    ("a param named like a column", "param x : real\n" + S + "y ~ normal(x, s)", 0, ("shadowed-column",)),
    ("a let named like a declared one", "data x : real\nlet x = 2\n" + P + N, 2, ("duplicate-name",)),
    ("a circle", "let p = q\nlet q = p\n" + P + "y ~ normal(a + p, s)", 2, ("cycle",)),
    ("a list on the left", P + "a, b ~ normal(0, 10)\n" + N, 0, ()),
    ("a transformed column", P + "exp(y) ~ normal(a + b*x, s)", 0, ("transformed-left",)),
    ("a prior that varies", P + "a ~ normal(x, 1)\n" + N, 2, ("level",)),
    ("terms by hand", P + "loglik -0.5*((y - a - b*x)/s)^2 - log(s)\nloglik once -a^2\nlogprior -b^2", 0, ()),
    ("where", P + N + 'where x > -1 and g != "a"', 0, ()),
    ("frequencies", P + N + "weight n", 0, ()),
    ("fractions", P + N + "weight n/2", 0, ("fractional-weight",)),
    ("negative weights", P + N + "weight n - 1", 3, ("negative-weight",)),
    ("sampling weights", P + N + "weight prob(n + 1)", 0, ()),
    ("a recursion that nothing reads", P + "let r = x + 0.5*lag(r, 1, 0)\n" + N, 0, ()),
    ("series", P + "series t by g\ny ~ normal(a + b*lag(y, 1), s)", 0, ()),
    ("ties", P + "series t\ny ~ normal(a + b*lag(y, 1), s)", 3, ("tied-order",)),
    ("an active constraint", P + N + "constrain a + b < 1", 0, ("boundary",)),
    ("a nonlinear one", P + N + "constrain a*b < 1", 2, ("not-linear",)),
    ("functions", "fn f(u, v) = u + v\n" + P + "y ~ normal(f(a, b*x), s)", 0, ()),
    ("distributions", "dist d(v : real | m : real, q : positive) {\n  log_pdf = -0.5*((v - m)/q)^2 - log(q)\n"
     "  cdf = Phi((v - m)/q)\n}\n" + P + "y ~ truncated(d(a + b*x, s), -99, 99)", 0, ()),
    ("a scale that is a parameter", "param u : real[g]\nparam tau : positive\nu ~ normal(0, tau)\n" + S +
     "tau ~ normal(1, 0.1)\ny ~ normal(u[g], s)", 0, ("use-random",)),
    ("reports", P + N + "report q : positive = exp(a)\nreport v = [a, b]\nreport m = mean(a + b*x)", 0, ()),
    ("a report that varies", P + N + "report q = a + b*x", 2, ("level",)),
    ("comparisons in a chain", P + N + "where -1 < x < 1", 2, ("syntax",)),
    ("a line that goes on", "param a, b : real; param s :\n positive\ny ~ # here\n normal(a + # and here\n b*x, s)", 0, ()),
    ("a line that begins with +", P + N + "report q = a\n + b", 2, ("leading-operator",)),
    ("a bracket never closed", P + "y ~ normal(a, s\nparam c : rea", 2, ("unclosed-bracket", "unknown-type")),
    ("names", "param mean, .normal, t, β : real\n" + S +
     "y ~ normal(mean + .normal*x + t*`n` + β*v1, s)", 0, ("shadowed-column",)),
    ("keywords as columns", "param m : real\n" + S + "dist ~ normal(m, s)", 0, ()),
    ("missing values", P + "y ~ normal(a + b*gaps, s)", 0, ()),
    ("missing(x)", P + "param c : real\ny ~ normal(ifelse(missing(gaps), c, a + b*gaps), s)", 0, ()),
    ("a name that is nowhere", P + "y ~ normal(a + b*xx, s)", 2, ("unknown-column",)),
    ("lag of the row itself", P + "y ~ normal(a + b*lag(x, 0, 0), s)", 2, ("outside-support",)),
    ("ordered, integers", "data k : int(1, 3)\nparam cut : ordered[2]\nk ~ ordered_probit(0, cut)", 0, ()),
    ("a formula's coefficients", 'linear eta = x*g\nslopes(eta) ~ normal(0, 5)\ncoef(eta)["g=b"] ~ normal(0, 1)\n' +
     S + 'y ~ normal(eta, s)\nreport q = coef(eta)["Intercept"]', 0, ()),
]


def table(path):
    r = random.Random(7)
    with open(path, "w", encoding="utf-8", newline="\n") as f:
        f.write("y,x,v1,v2,g,t,n,k,half,two,zero,gaps,dist\n")
        for i in range(60):
            x = r.gauss(0, 1)
            f.write(f"{1 + x + r.gauss(0, 1):.4f},{x:.4f},{r.gauss(0, 1):.4f},{r.gauss(0, 1):.4f},"
                    f"{'abc'[i % 3]},{i // 3},{r.randint(0, 3)},{r.randint(1, 3)},{1 + i % 2},"
                    f"{r.choice(('no pain', 'pain'))},{i % 4},{'NA' if i % 5 == 0 else i % 7},{i % 9}\n")
    return path


def statements():
    with tempfile.TemporaryDirectory() as folder:
        data = table(os.path.join(folder, "data.csv"))
        model = os.path.join(folder, "model.lik")
        for name, text, status, codes in FORMS:
            checks.about(name)
            with open(model, "w", encoding="utf-8") as f:
                f.write(text + "\n")
            run = fit(model, data)
            seen = [c for c in run.codes() if c != "variance-divisor"]
            checks.equal("exit status", run.status, status)
            for code in codes or ():
                checks.true(code, code in seen, seen)
            if codes is not None and not codes:
                checks.equal("diagnostics", seen, [])
            elif codes is None:
                checks.true("no Jacobian to add", "transformed-left" not in seen, seen)


def main():
    models()
    statements()
    checks.finish()


if __name__ == "__main__":
    main()
