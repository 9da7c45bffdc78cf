#!/usr/bin/env python3
"""Every example with a model.lik: its estimates against closed forms or certified values, and its
README.md against what the commands in it print.

MLEC_UPDATE=1 rewrites the printed blocks of the READMEs.
"""

import math
import os
import re
import subprocess
from fractions import Fraction

from exact_fit import (bernoulli_logit, decimal, glm, least_squares, normal_log_likelihood,
                       poisson_log)
from mlec_test import MLEC, SOURCE, Checks, fit, read_json, read_table, source

DIGITS = 9
VERDICTS = {"constrain": "boundary"}
checks = Checks()


def compare(run, name, estimate, std_error):
    p = run.parameter(name)
    checks.digits(name, p.get("estimate"), float(estimate), DIGITS)
    checks.digits(f"standard error of {name}", p.get("std_error"), float(std_error), DIGITS)


def compare_value(run, key, want):
    checks.digits(key, run.get(key), float(want), DIGITS)


def moments(values):
    """Mean and mean squared deviation, exactly."""
    values = [Fraction(v) for v in values]
    mean = sum(values) / len(values)
    return mean, sum((v - mean) ** 2 for v in values) / len(values)


# ---- The answers, one function for each folder ---------------------------------------------------


def gaussian_mean(run, t):
    n, sigma = len(t["density"]), 0.2
    mean, variance = moments(t["density"])
    compare(run, "mu", mean, sigma / math.sqrt(n))
    compare_value(run, "log_likelihood",
                  normal_log_likelihood(n, n * variance, Fraction(sigma) ** 2))


def gaussian_mean_variance(run, t):
    n = len(t["density"])
    mean, variance = moments(t["density"])
    sigma = decimal(variance).sqrt()
    compare(run, "mu", mean, sigma / decimal(n).sqrt())
    compare(run, "sigma", sigma, sigma / decimal(2 * n).sqrt())
    compare(run, "variance", variance, decimal(variance) * (decimal(2) / n).sqrt())
    compare_value(run, "log_likelihood", normal_log_likelihood(n, n * variance, variance))
    checks.true("says that the variance divides by n", "variance-divisor" in run.codes(),
                run.codes())


def bernoulli(run, t):
    n, ones = len(t["damage"]), sum(t["damage"])
    p = ones / n
    compare(run, "p", p, math.sqrt(p * (1 - p) / n))
    compare_value(run, "log_likelihood", ones * math.log(p) + (n - ones) * math.log(1 - p))


def categorical(run, t):
    count = dict(zip(t["pea"], t["n"]))
    n = sum(count.values())
    checks.equal("n", run.get("n"), n)
    checks.equal("levels", (run.get("factors") or {}).get("pea"), sorted(count))
    for k, pea in enumerate(sorted(count), 1):
        p = count[pea] / n
        compare(run, f"p[{k}]", p, math.sqrt(p * (1 - p) / n))
    compare_value(run, "log_likelihood", sum(c * math.log(c / n) for c in count.values()))


def linear_regression(run, t):
    n = len(t["dist"])
    beta, rss, inv = least_squares([[1] * n, t["speed"]], t["dist"])
    for k, name in enumerate("ab"):
        compare(run, name, beta[k], decimal(inv[k][k] * rss / n).sqrt())
    sigma = decimal(rss / n).sqrt()
    compare(run, "sigma", sigma, sigma / decimal(2 * n).sqrt())
    value = normal_log_likelihood(n, rss, rss / n)
    compare_value(run, "log_likelihood", value)
    compare_value(run, "aic", 2 * 3 - 2 * value)
    compare_value(run, "bic", 3 * math.log(n) - 2 * float(value))


def logistic_regression(run, t):
    names = ["npreg", "glu", "bp", "skin", "bmi", "ped", "age"]
    y = [int(v == "Yes") for v in t["type"]]
    beta, se, value = glm(bernoulli_logit, [[1] * len(y), *(t[name] for name in names)], y)
    for name, b, s in zip(["b0", *("b_" + name for name in names)], beta, se):
        compare(run, name, b, s)
    compare_value(run, "log_likelihood", value)
    odds = (10 * beta[2]).exp()
    compare(run, "odds_glu_10", odds, 10 * odds * se[2])


def formula(run, t):
    n = len(t["len"])
    juice = [int(s == "VC") for s in t["supp"]]
    dose = [round(math.log2(d)) for d in t["dose"]]
    beta, rss, inv = least_squares([[1] * n, juice, dose, [j * d for j, d in zip(juice, dose)]],
                                   t["len"])
    names = ["Intercept", "supp=VC", "log2(dose)", "supp=VC:log2(dose)"]
    for k, name in enumerate(names):
        compare(run, f"mu[{name}]", beta[k], decimal(inv[k][k] * rss / n).sqrt())
    compare_value(run, "log_likelihood", normal_log_likelihood(n, rss, rss / n))
    compare(run, "doubling_VC", beta[2] + beta[3],
            decimal((inv[2][2] + 2 * inv[2][3] + inv[3][3]) * rss / n).sqrt())


# Newton's method on the multinomial likelihood in R, with model.matrix(~ Hair + Sex).
EYES = {
    "Brown, Intercept": (1.450364665, 0.28274749), "Brown, Hair=Blond": (-3.912241210, 0.47155338),
    "Brown, Hair=Brown": (-0.892807872, 0.29282716), "Brown, Hair=Red": (-0.828071626, 0.40423616),
    "Brown, Sex=Male": (-0.423540089, 0.21763275), "Green, Intercept": (-1.427102471, 0.53004702),
    "Green, Hair=Blond": (-0.369304742, 0.57209509), "Green, Hair=Brown": (0.325527240, 0.54455641),
    "Green, Hair=Red": (1.196804777, 0.61700594), "Green, Sex=Male": (0.068528731, 0.29331970),
    "Hazel, Intercept": (-0.230603331, 0.37304971), "Hazel, Hair=Blond": (-1.974813439, 0.48044329),
    "Hazel, Hair=Brown": (-0.158182294, 0.38371434), "Hazel, Hair=Red": (0.086710465, 0.49729255),
    "Hazel, Sex=Male": (-0.099245787, 0.26178860)}


def multinomial_logit(run, t):
    for name, (estimate, std_error) in EYES.items():
        p = run.parameter(f"eta[{name}]")
        checks.near(name, p.get("estimate"), estimate, 2e-9)
        checks.near(f"standard error of {name}", p.get("std_error"), std_error, 2e-7)
    blue = sum(f for f, eye in zip(t["Freq"], t["Eye"]) if eye == "Blue")
    checks.digits("fitted share of blue eyes", run.json["derived"][0]["estimate"],
                  blue / sum(t["Freq"]), DIGITS)


def poisson_regression(run, t):
    x = [year - 1981 for year in t["year"]]
    beta, se, value = glm(poisson_log, [[1] * len(x), x, [v * v for v in x]], t["cases"])
    for name, b, s in zip("abc", beta, se):
        compare(run, name, b, s)
    compare_value(run, "log_likelihood", value)
    compare(run, "growth_1981", beta[1].exp(), beta[1].exp() * se[1])
    a, b, c = (run.parameter(name).get("estimate") or math.nan for name in "abc")
    fitted = [math.exp(a + b * v + c * v * v) for v in x]
    for power in range(3):
        checks.digits(f"sum of fitted counts times t^{power}",
                      sum(f * v**power for f, v in zip(fitted, x)),
                      sum(y * v**power for y, v in zip(t["cases"], x)), DIGITS)


def mse(run, t):
    n = len(t["height"])
    x = [h - 65 for h in t["height"]]
    beta, rss, inv = least_squares([[1] * n, x, [v * v for v in x]], t["weight"])
    for k, name in enumerate("abc"):
        compare(run, name, beta[k], decimal(inv[k][k] * rss / n).sqrt())
    compare(run, "mse", rss / n, decimal(rss / n) * (decimal(2) / n).sqrt())
    compare_value(run, "log_likelihood", normal_log_likelihood(n, rss, rss / n))
    run = fit(*files("mse"), "--fix=sigma=1")
    checks.fitted(run)
    for k, name in enumerate("abc"):
        compare(run, name, beta[k], decimal(inv[k][k]).sqrt())
    compare_value(run, "log_likelihood", normal_log_likelihood(n, rss, 1))


def cross_entropy(run, t):
    total = 0
    for name, cold in (("p_cold", True), ("p_warm", False)):
        rows = [d for d, v in zip(t["damage"], t["temperature"]) if (v < 68) == cold]
        p = sum(rows) / len(rows)
        compare(run, name, p, math.sqrt(p * (1 - p) / len(rows)))
        total += len(rows) * (-p * math.log(p) - (1 - p) * math.log(1 - p))
    compare_value(run, "log_likelihood", -total)


def map_ridge(run, t):
    n, sigma, tau = len(t["y"]), Fraction(2.4), Fraction(0.5)
    columns = [[1] * n, *(t[f"x{k}"] for k in range(1, 5))]
    names = ["a", *(f"b[{k}]" for k in range(1, 5))]
    penalty = (sigma / tau) ** 2
    beta, rss, inv = least_squares(columns, t["y"], ridge=[0] + 4 * [penalty])
    for k, name in enumerate(names):
        compare(run, name, beta[k], decimal(inv[k][k] * sigma**2).sqrt())
    value = normal_log_likelihood(n, rss, sigma**2)
    prior = normal_log_likelihood(4, sum(b * b for b in beta[1:]), tau**2)
    checks.equal("method", run.get("method"), "map")
    compare_value(run, "log_likelihood", value)
    compare_value(run, "log_prior", prior)
    compare_value(run, "log_posterior", value + prior)
    checks.equal("aic", run.get("aic"), None)

    run = fit(*files("map_ridge"), "--mle")
    checks.fitted(run)
    checks.equal("method with --mle", run.get("method"), "mle")
    beta, rss, inv = least_squares(columns, t["y"])
    for k, name in enumerate(names):
        compare(run, name, beta[k], decimal(inv[k][k] * sigma**2).sqrt())


def map_flat(run, t):
    n = sum(t["corps_years"])
    rate = sum(d * w for d, w in zip(t["deaths"], t["corps_years"])) / n
    compare(run, "lambda", rate, math.sqrt(rate / n))
    checks.equal("method", run.get("method"), "map")
    compare_value(run, "log_prior", -math.log(10))
    compare_value(run, "log_likelihood",
                  sum(w * (d * math.log(rate) - rate - math.lgamma(d + 1))
                      for d, w in zip(t["deaths"], t["corps_years"])))


def nist_misra1a(run, t):
    n, rss = len(t["y"]), 0.12455138894  # certified, as are these four:
    certified = {"b1": (238.94212918, 2.7070075241), "b2": (5.5015643181e-4, 7.2668688436e-6)}
    second = ["--start=b1=250", "--start=b2=0.0005"]
    for options in ([], second):
        run = fit(*files("nist_misra1a"), *options)
        checks.fitted(run)
        expected = fit(*files("nist_misra1a"), "--vcov=expected", *options)
        for name, (estimate, deviation) in certified.items():
            checks.digits(name, run.parameter(name).get("estimate"), estimate, DIGITS)
            checks.digits(f"certified deviation of {name}",
                          expected.parameter(name).get("std_error"),
                          deviation * math.sqrt((n - 2) / n), DIGITS)
        sigma = math.sqrt(rss / n)
        compare(run, "sigma", sigma, sigma / math.sqrt(2 * n))
        compare_value(run, "log_likelihood", normal_log_likelihood(n, Fraction(rss),
                                                                   Fraction(rss) / n))


def constrain(run, t):
    """On the boundary: the regression of log(output/labor) on log(capital/labor)."""
    n = len(t["output"])
    y = [math.log(o / l) for o, l in zip(t["output"], t["labor"])]
    x = [math.log(k / l) for k, l in zip(t["capital"], t["labor"])]
    beta, rss, inv = least_squares([[1] * n, x], y)
    sigma = decimal(rss / n).sqrt()
    compare(run, "a", beta[0], decimal(inv[0][0] * rss / n).sqrt())
    error = decimal(inv[1][1] * rss / n).sqrt()
    compare(run, "b_capital", beta[1], error)
    compare(run, "b_labor", 1 - beta[1], error)
    compare(run, "sigma", sigma, sigma / decimal(2 * n).sqrt())
    compare_value(run, "log_likelihood", normal_log_likelihood(n, rss, rss / n))
    checks.equal("what is active", run.diagnostic("boundary").get("parameters"),
                 ["b_labor", "b_capital"])


def lasso(run, t):
    """The conditions of the mode, with the penalty of the model."""
    n = len(t["rating"])
    z = []
    for name in ("complaints", "privileges", "learning", "raises", "critical", "advance"):
        mean, square = moments(t[name])
        z.append([(float(v) - float(mean)) / math.sqrt(n / (n - 1) * float(square))
                  for v in t[name]])
    a, sigma = (run.parameter(name).get("estimate") for name in ("a", "sigma"))
    b = [run.parameter(f"b[{k}]").get("estimate") for k in range(1, 7)]
    rest = [y - a - math.fsum(c * column[i] for c, column in zip(b, z))
            for i, y in enumerate(t["rating"])]
    checks.near("sum of residuals", math.fsum(rest), 0, 1e-10)
    checks.digits("sigma", sigma, math.sqrt(math.fsum(r * r for r in rest) / n), 12)
    for k, (c, column) in enumerate(zip(b, z), 1):
        slope = math.fsum(r * v for r, v in zip(rest, column)) / sigma**2
        if c == 0:
            checks.true(f"b[{k}] = 0 can bear its slope", abs(slope) <= 0.5, slope)
            checks.equal(f"standard error of b[{k}]", run.parameter(f"b[{k}]").get("std_error"), None)
        else:
            checks.near(f"slope along b[{k}]", slope, math.copysign(0.5, c), 1e-10)
    checks.equal("number of zeros", sum(c == 0 for c in b), 3)
    checks.equal("free dimensions", run.get("n_parameters"), 5)


def lad(run, t):
    """As published for quantile regression, to seven digits; and as the fractions that they are."""
    n = len(t["loss"])
    exact = {"a": Fraction(-13693, 345), "b_air": Fraction(287, 345),
             "b_water": Fraction(66, 115), "b_acid": Fraction(-7, 115)}
    for name, want in exact.items():
        checks.digits(name, run.parameter(name).get("estimate"), float(want), DIGITS)
        checks.equal(f"standard error of {name}", run.parameter(name).get("std_error"), None)
    rest = [abs(y - exact["a"] - sum(exact[k] * Fraction(v) for k, v in zip(
        ("b_air", "b_water", "b_acid"), x)))
        for y, *x in zip(map(Fraction, t["loss"]), t["air"], t["water"], t["acid"])]
    scale = sum(rest) / n
    compare(run, "s", scale, float(scale) / math.sqrt(n))
    compare_value(run, "log_likelihood", -n * (1 + math.log(2 * scale)))


def recorded(name, run):
    """Against the recursions in 40 digits of tests/models/series/answers.py."""
    answer = read_json(source("tests", "models", "series", "answers.json"))[name]
    for key, (estimate, std_error) in answer["parameters"].items():
        compare(run, key, estimate, std_error)
    compare_value(run, "log_likelihood", answer["log_likelihood"])


def garch(run, t):
    recorded("garch", run)
    alpha, beta = (run.parameter(name).get("estimate") or math.nan for name in ("alpha", "beta"))
    checks.true("the variance has a mean", alpha + beta < 1, alpha + beta)
    checks.equal("one return a day", t["day"], [float(k + 1) for k in range(len(t["day"]))])


def panel_ar1(run, t):
    recorded("panel_ar1", run)
    checks.equal("firms", (run.get("factors") or {}).get("firm"), sorted(set(t["firm"])))
    checks.true("the table is not sorted", t["year"] != sorted(t["year"]))


def local_level(run, t):
    recorded("local_level", run)
    checks.equal("years", (t["year"][0], t["year"][-1]), (1871, 1970))
    for name, book in (("noise", 15099), ("level", 1469.1)):
        checks.near(f"{name} of Durbin & Koopman", run.parameter(name).get("estimate"), book, 0.5)


# ---- READMEs -------------------------------------------------------------------------------------


def files(name):
    return source("examples", name, "model.lik"), source("examples", name, "data.csv")


def printed(command, folder):
    """What a command of a README writes to standard output."""
    environment = dict(os.environ, MLEC=MLEC)
    done = subprocess.run(["bash", "-c", f'mlec() {{ "$MLEC" "$@"; }}; {command}'], cwd=folder,
                          env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                          check=False, timeout=120)
    return done.stdout.decode("utf-8")


def without_path(text):
    """How the optimizer arrived is no part of what an example promises."""
    return re.sub(r"after \d+ iterations?\s\(decrement [^)]*\)", "after N iterations", text)


def check_readme(name):
    folder = source("examples", name)
    path = os.path.join(folder, "README.md")
    with open(path, encoding="utf-8") as f:
        text = f.read()
    commands = []

    def replace(match):
        command = match.group(1)
        commands.append(command)
        output = printed(command, folder)
        if output and not output.endswith("\n"):
            output += "\n"
        block = f"```console\n$ {command}\n{output}```"
        checks.true(f"README: `{command}` prints what it says", without_path(match.group(0)) == without_path(block),
                    "\n" + output)
        return block

    new = re.sub(r"```console\n\$ (.*)\n(?:.*\n)*?```", replace, text)
    checks.true("README shows a command", commands)
    if os.environ.get("MLEC_UPDATE") and new != text:
        with open(path, "w", encoding="utf-8") as f:
            f.write(new)


def main():
    folders = sorted(name for name in os.listdir(os.path.join(SOURCE, "examples"))
                     if os.path.exists(source("examples", name, "model.lik")))
    for name in folders:
        checks.about(name)
        answer = globals().get(name)
        if checks.true("has an answer in this test", answer):
            run = fit(*files(name))
            if checks.fitted(run):
                checks.equal("verdict", run.get("verdict"), VERDICTS.get(name, "interior"))
                answer(run, read_table(source("examples", name, "data.csv")))
        check_readme(name)
    checks.finish()


if __name__ == "__main__":
    main()
