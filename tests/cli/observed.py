#!/usr/bin/env python3
"""What of the data counts: missing(x), limits that are open, levels of used rows, frequency weights;
and quantities reported by element and by level.

Compared with R, with closed forms, and with the same model on data or in words that need no such form.
"""
import math
import os
import random
import shutil
import subprocess
import tempfile

from mlec_test import Checks, fit

FOLDER = tempfile.mkdtemp(prefix="mlec-observed-")


def write(name, text):
    path = os.path.join(FOLDER, name)
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)
    return path


def table(name, columns):
    lines = [",".join(columns)] + [",".join(map(str, r)) for r in zip(*columns.values())]
    return write(name, "\n".join(lines) + "\n")


def same_fit(checks, got, want, digits=12):
    checks.digits("log-likelihood", got.get("log_likelihood"), want.get("log_likelihood"), digits)
    for p in want.json["parameters"]:
        q = got.parameter(p["name"])
        checks.digits(p["name"], q.get("estimate"), p["estimate"], digits - 2)
        checks.digits(p["name"] + " error", q.get("std_error"), p["std_error"], digits - 3)


# ---- missing(x) ----------------------------------------------------------------------------------

def missing_table():
    draw = random.Random(3)
    x = [draw.uniform(1, 5) for _ in range(50)]
    return {"y": [1 + v + draw.gauss(0, 1) for v in x],
            "x": ["NA" if i % 5 == 2 else v for i, v in enumerate(x)],
            "zero": [0 if i % 5 == 2 else v for i, v in enumerate(x)],
            "gone": [int(i % 5 == 2) for i in range(50)],
            "site": ["" if i % 7 == 3 else "ABC"[i % 3] for i in range(50)],
            "lost": ["Z" if i % 7 == 3 else "ABC"[i % 3] for i in range(50)]}


def check_missing(checks):
    d = missing_table()
    data = table("missing.csv", d)
    head = "param a, b, c : real\nparam s : positive\n"
    pairs = [
        ("a branch", "y ~ normal(ifelse(missing(x), c, a + b*x), s)\n",
         "y ~ normal(ifelse(gone == 1, c, a + b*zero), s)\n"),
        ("a function of it", "y ~ normal(a + c*missing(x) + ifelse(missing(x), 0, b*log(x)), s)\n",
         "y ~ normal(a + c*gone + ifelse(gone == 1, 0, b*log(zero + gone)), s)\n"),
        ("nonlinear", "y ~ normal(ifelse(missing(x), c, a + exp(b*x)), s)\n",
         "y ~ normal(ifelse(gone == 1, c, a + exp(b*zero)), s)\n"),
        ("an aggregate",
         "let m = sum(ifelse(missing(x), 0, x))/sum(1 - missing(x))\n"
         "y ~ normal(a + c*missing(x) + b*(ifelse(missing(x), m, x) - m), s)\n",
         "let m = sum(zero)/sum(1 - gone)\n"
         "y ~ normal(a + c*gone + b*(ifelse(gone == 1, m, zero) - m), s)\n"),
        ("where", "y ~ normal(a + b*x + c*x^2, s)\nwhere not missing(x) and x > 1.5\n",
         "y ~ normal(a + b*zero + c*zero^2, s)\nwhere gone == 0 and zero > 1.5\n"),
    ]
    for name, one, two in pairs:
        checks.about(f"missing, {name}")
        got = fit(write("one.lik", head + one), data)
        if checks.fitted(got):
            same_fit(checks, got, fit(write("two.lik", head + two), data))
            checks.equal("rows left out", got.get("rows_missing"), 0)
    checks.about("missing, a factor")
    got = fit(write("one.lik", "param a : real[site]\nparam c : real\nparam s : positive\n"
                               "y ~ normal(ifelse(missing(site), c, a[site]), s)\n"), data)
    want = fit(write("two.lik", "param a : real[lost]\nparam s : positive\n"
                                "y ~ normal(a[lost], s)\n"), data)
    if checks.fitted(got):
        checks.digits("log-likelihood", got.get("log_likelihood"), want.get("log_likelihood"), 12)
        checks.digits("c", got.parameter("c")["estimate"], want.parameter("a[Z]")["estimate"], 12)
        checks.equal("levels", got.get("factors"), {"site": ["A", "B", "C"]})
    for name, text, row in [
            ("used beside it", "param a : real\ny ~ normal(a*x + missing(x), 1)\n", 3),
            ("used by where", "param a : real\ny ~ normal(a + missing(x), 1)\nwhere x > 2\n", 3),
            ("used by an aggregate", "param a : real\ny ~ normal(a + mean(x) + missing(x), 1)\n", 3),
            ("in a branch that a parameter chooses",
             "param a : real\ny ~ normal(ifelse(a > 0, x, a) + missing(x), 1)\n", 3),
            ("used as an index",
             "param a : real[site]\ny ~ normal(a[site] + missing(site), 1)\n", 4)]:
        checks.about(f"missing, {name}")
        r = fit(write("bad.lik", text), data)
        checks.equal("exit", r.status, 3)
        checks.equal("codes", set(r.codes()), {"missing-value"})
        checks.equal("row", r.diagnostic("missing-value").get("rows"), [row])


# ---- Limits ---------------------------------------------------------------------------------------

def interval_table():
    draw = random.Random(3)
    lo, hi = [], []
    for i in range(80):
        t, kind = draw.weibullvariate(3, 1.7), i % 6
        lo.append(repr(t) if kind == 0 else ["0", "-Inf", "NA", str(int(t)), str(int(t))][kind - 1])
        hi.append(repr(t) if kind == 0 else
                  "Inf" if kind == 4 and t > 1 else "" if kind == 5 and t > 1 else str(int(t) + 1))
    return {"lo": lo, "hi": hi}


R_CODE = """
d <- read.csv("%s", na.strings = c("NA", ""), colClasses = "numeric")
lo <- ifelse(is.na(d$lo), -Inf, d$lo); hi <- ifelse(is.na(d$hi), Inf, d$hi)
nll <- function(p) {
  a <- exp(p[1]); s <- exp(p[2])
  -sum(ifelse(lo == hi, dweibull(hi, a, s, log = TRUE), log(pweibull(hi, a, s) - pweibull(lo, a, s))))
}
o <- optim(c(0, 1), nll, method = "BFGS", control = list(reltol = 1e-16), hessian = TRUE)
cat(sprintf("%%.15g", c(exp(o$par), sqrt(diag(solve(o$hessian)))*exp(o$par), -o$value)), "\\n")
"""


def check_limits(checks):
    data = table("interval.csv", interval_table())
    weibull = "param shape, scale : positive\n"
    got = fit(write("interval.lik", weibull + "interval(lo, hi) ~ weibull(shape, scale)\n"), data)
    checks.about("intervals")
    checks.fitted(got)
    checks.equal("rows", (got.get("rows_used"), got.get("rows_missing")), (80, 0))
    if shutil.which("Rscript"):
        done = subprocess.run(["Rscript", write("interval.R", R_CODE % data)], capture_output=True,
                              text=True, timeout=60, check=True)
        want = [float(v) for v in done.stdout.split()]
        numbers = [got.parameter(p)[k] for k in ("estimate", "std_error")
                   for p in ("shape", "scale")] + [got.get("log_likelihood")]
        for x, y, least in zip(numbers, want, (5, 5, 4, 4, 11)):
            checks.digits("R's optim", x, y, least)
    draw = random.Random(8)
    t = [draw.weibullvariate(3, 1.7) for _ in range(60)]
    d = {"t": t, "end": [repr(v) if i % 3 else "" for i, v in enumerate(t)],
         "event": [int(i % 3 > 0) for i in range(60)]}
    data = table("surv.csv", d)
    checks.about("right censoring in both forms")
    same_fit(checks, fit(write("a.lik", weibull + "interval(t, end) ~ weibull(shape, scale)\n"), data),
             fit(write("b.lik", weibull + "surv(t, event) ~ weibull(shape, scale)\n"), data))
    checks.about("constant limits")
    same_fit(checks, fit(write("a.lik", weibull + "interval(t, inf) ~ weibull(shape, scale)\n"
                                                  "interval(-inf, t + 1) ~ weibull(shape, scale)\n"
                                                  "interval(t, t) ~ weibull(shape, scale)\n"), data),
             fit(write("b.lik", weibull + "surv(t, 0*event) ~ weibull(shape, scale)\n"
                                          "loglik log1p(-exp(-((t + 1)/scale)^shape))\n"
                                          "t ~ weibull(shape, scale)\n"), data), 11)

    d = {"y": [], "cut": [], "lo": [], "hi": []}
    for i in range(90):
        lo, hi = [(-1, 2), (-math.inf, 1.5), (0, math.inf), (-math.inf, math.inf)][i % 4]
        y = draw.gauss(0.5, 1)
        d["cut"].append(min(max(y, lo), hi))
        while not lo <= y <= hi:
            y = draw.gauss(0.5, 1)
        d["y"].append(y)
        d["lo"].append("NA" if lo == -math.inf and i % 8 < 4 else lo)
        d["hi"].append(hi)
    data = table("limits.csv", d)
    far = table("far.csv", {**d, "lo": [-1e3 if v in ("NA", -math.inf) else v for v in d["lo"]],
                            "hi": [1e3 if v == math.inf else v for v in d["hi"]]})
    for form, column in (("truncated", "y"), ("censored", "cut")):
        checks.about(f"{form} at columns")
        model = write("limits.lik", f"param mu : real\nparam sigma : positive\n"
                                    f"{column} ~ {form}(normal(mu, sigma), lo, hi)\n")
        same_fit(checks, fit(model, data), fit(model, far))
    for name, columns in (("order", {"lo": [2, 1], "hi": [1, 2]}),
                          ("infinite below", {"lo": ["Inf", 1], "hi": ["Inf", 2]}),
                          ("infinite above", {"lo": ["-Inf", 1], "hi": ["-Inf", 2]})):
        checks.about(f"limits, {name}")
        r = fit(write("interval.lik", weibull + "interval(lo, hi) ~ weibull(shape, scale)\n"),
                table("bad.csv", columns))
        checks.equal("exit", (r.status, set(r.codes())), (3, {"outside-data-support"}))
    checks.about("infinite values elsewhere")
    r = fit(write("plain.lik", "param mu : real\nlo ~ normal(mu, 1)\n"), table("bad.csv", columns))
    checks.equal("exit", (r.status, set(r.codes())), (3, {"bad-value"}))


# ---- Used rows, weights ---------------------------------------------------------------------------

def check_rows(checks):
    model = write("binary.lik", "data s : binary\nparam a, b : real\ny ~ normal(a + b*s, 1)\n"
                                "where g != \"c\"\n")
    checks.about("binary columns by their used rows")
    r = fit(model, write("binary.csv", "y,g,s\n1,a,hi\n0,b,lo\n1,c,mid\n0,a,hi\n1,b,lo\n0,a,lo\n"))
    checks.fitted(r)
    checks.equal("what counts as 1", r.codes(), ["binary-text"])
    checks.digits("b", r.parameter("b").get("estimate"), 1 / 3 - 1 / 2, 12)
    r = fit(model, write("binary.csv", "y,g,s\n1,a,1\n0,b,0\n1,c,7\n0,a,1\n1,b,0\n0,a,0\n"))
    checks.fitted(r)
    r = fit(model, write("binary.csv", "y,g,s\n1,a,1\n0,b,0\n1,a,7\n0,a,1\n1,b,0\n0,a,0\n"))
    checks.equal("a number that is neither", (r.status, "outside-type" in r.codes()), (3, True))
    r = fit(write("early.lik", "data s : binary\nparam a : real\ny ~ normal(a, 1)\nwhere s == 1\n"),
            write("binary.csv", "y,s\n1,hi\n4,lo\n1,hi\n6,lo\n"))
    checks.digits("a binary column in where", r.parameter("a").get("estimate"), 5, 12)


def check_weights(checks):
    d = {"y": [1.5, 2.25, 0.5, 3, 1, 7], "w": [2, 1, 3, 0, 1, 2], "g": list("aabcab")}
    text = ("param mu : real\nparam s : positive\ny ~ normal(mu, s)\n"
            "report m = mean(y)\nreport v = var(y)\nreport n = nrow()\nreport by = mean(y | g)\n")
    long = {k: [v for v, w in zip(c, d["w"]) for _ in range(w)] for k, c in d.items()}
    checks.about("frequency weights")
    got = fit(write("weighted.lik", text + "weight w\n"), table("short.csv", d))
    want = fit(write("plain.lik", text), table("long.csv", long))
    same_fit(checks, got, want)
    for key in ("n", "aic", "aicc", "bic"):
        checks.digits(key, got.get(key), want.get(key), 13)
    for p in want.json["derived"]:
        checks.digits(p["name"], got.parameter(p["name"])["estimate"], p["estimate"], 13)
    checks.equal("a row of weight 0", (got.get("rows_used"), got.get("factors")),
                 (5, {"g": ["a", "b"]}))
    r = fit(write("weighted.lik", text + "weight w/2\n"), table("short.csv", d))
    checks.equal("fractions", (r.status, r.get("n"), "fractional-weight" in r.codes()),
                 (0, 4.5, True))
    r = fit(write("weighted.lik", text + "weight w - 1\n"), table("short.csv", d))
    checks.equal("negative", (r.status, r.codes()), (3, ["negative-weight"]))
    r = fit(write("nothing.lik", "param mu : real\ny ~ normal(mu, 1)\nweight 0*w\n"), table("short.csv", d))
    checks.equal("all are 0", (r.status, r.codes()), (3, ["no-rows"]))
    two = fit(write("two.lik", text + "weight 2\n"), table("short.csv", d))
    one = fit(write("one.lik", text), table("short.csv", d))
    checks.digits("one weight for all", two.get("log_likelihood"), 2 * one.get("log_likelihood"), 13)
    checks.equal("n", two.get("n"), 12)


# ---- Reports --------------------------------------------------------------------------------------

MODEL = """data site : factor
param b : real[3]
param c : positive[site]
param e : real[site, 2]
param s : positive
y ~ normal(b[1] + b[2]*x + b[3]*x^2 + c[site] + 0.1*e[site, 1] + 0.2*e[site, 2]*x, s)
b ~ normal(0, 1)
c ~ gamma(3, 2)
e ~ normal(0, 1)
"""


def check_reports(checks):
    draw = random.Random(3)
    x = [draw.uniform(-1, 1) for _ in range(60)]
    d = {"y": [1 + v + draw.gauss(0, 1) for v in x], "x": x, "site": ["ABC"[i % 3] for i in range(60)]}
    data = table("reports.csv", d)
    # A vector in one report, and the same elements one by one.
    vectors = [("positive", "exp(b)", "exp(b[{}])", "123"),
               ("unit", "inv_logit(b)", "inv_logit(b[{}])", "123"),
               ("real", "[b[1], b[2]^2, b[3]*s]", None, "123"),
               ("real", "softmax(b)", "exp(b[{}])/(exp(b[1]) + exp(b[2]) + exp(b[3]))", "123"),
               ("real", "softmax(c)", 'exp(c["{}"])/(exp(c["A"]) + exp(c["B"]) + exp(c["C"]))', "ABC"),
               ("positive", "c", 'c["{}"]', "ABC"),
               ("positive", "c[site]/c[\"A\"]", 'c["{}"]/c["A"]', "ABC"),
               ("real", "e[site, 2]", 'e["{}", 2]', "ABC"),
               ("real", "e[site, 1]*c[site]", 'e["{}", 1]*c["{}"]', "ABC"),
               ("real", "mean(b[1] + b[2]*x | site)", None, "ABC"),
               ("real", "mean(exp(b[2]*x) | site) + c[site]", None, "ABC"),
               ("real", "mean(x | site)", None, "ABC")]
    by_hand = {9: 'sum((b[1] + b[2]*x)*(site == "{0}"))/sum(1*(site == "{0}"))',
               10: 'sum(exp(b[2]*x)*(site == "{0}"))/sum(1*(site == "{0}")) + c["{0}"]',
               11: 'sum(x*(site == "{0}"))/sum(1*(site == "{0}"))'}
    text = MODEL
    for k, (kind, whole, single, names) in enumerate(vectors):
        text += f"report q{k} : {kind} = {whole}\n"
        single = by_hand.get(k, single)
        for name in names if single else "":
            text += f"report r{k}_{name} : {kind} = {single.format(name, name)}\n"
    r = fit(write("reports.lik", text), data)
    checks.about("reports of vectors")
    if not checks.fitted(r):
        return
    for k, (kind, whole, single, names) in enumerate(vectors):
        checks.about(f"report of {whole}")
        own = [p["name"] for p in r.json["derived"] if p["name"].startswith(f"q{k}[")]
        checks.equal("names", own, [f"q{k}[{n}]" for n in names])
        for name in names if k in by_hand or single else "":
            got, want = r.parameter(f"q{k}[{name}]"), r.parameter(f"r{k}_{name}")
            checks.digits("estimate", got.get("estimate"), want.get("estimate"), 12)
            for key in ("std_error", "lower", "upper"):
                if want.get(key) is None:
                    checks.equal(key, got.get(key), None)
                else:
                    checks.digits(key, got.get(key), want[key], 11)
    checks.about("report of all pairs")
    pairs = fit(write("pairs.lik", MODEL + "report p = b[1] + e\n"), data)
    checks.equal("names", [p["name"] for p in pairs.get("derived")],
                 [f"p[{g}, {k}]" for g in "ABC" for k in (1, 2)])
    checks.about("what varies by row")
    for expr in ("b[2]*x", "c[site]*x", "e[site, 1]*mean(x | other)"):
        bad = fit(write("bad.lik", MODEL + f"report p = {expr}\n"), data)
        checks.equal(expr, (bad.status, bad.codes()), (2, ["level"]))


def main():
    checks = Checks()
    check_missing(checks)
    check_limits(checks)
    check_rows(checks)
    check_weights(checks)
    check_reports(checks)
    shutil.rmtree(FOLDER)
    checks.finish()


if __name__ == "__main__":
    main()
