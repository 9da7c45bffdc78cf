#!/usr/bin/env python3
"""Fewer rows with the same sums, fewer operations for a row: fits with and without tricks agree.

The tables have more rows than the least for which rows are reduced. What the model asks of single
rows (scores, clusters, robust standard errors) is compared too, and closed forms where there are
any: a mean and a standard deviation in exact arithmetic, least squares by rational numbers.
"""
import os
import random
import tempfile
from fractions import Fraction

from mlec_test import Checks, fit

FOLDER = tempfile.mkdtemp(prefix="mlec-reductions-")
ROWS = 1500


def write(name, text):
    path = os.path.join(FOLDER, name)
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)
    return path


def write_table(name, columns):
    rows = [",".join(columns)] + [",".join(map(str, r)) for r in zip(*columns.values())]
    return write(name, "\n".join(rows) + "\n")


def table(seed=3, rows=ROWS):
    draw = random.Random(seed)
    t = {"b": [draw.randint(0, 1) for _ in range(rows)],
         "k": [draw.randint(1, 4) for _ in range(rows)],
         "g": [draw.choice("uvw") for _ in range(rows)],
         "x": [draw.gauss(3, 2) for _ in range(rows)],
         "w": [draw.choice([0.5, 1, 1, 2]) for _ in range(rows)],
         "v": [draw.uniform(0.2, 3) for _ in range(rows)],
         "id": [draw.randint(1, 40) for _ in range(rows)]}
    t["y"] = [1 + 0.5 * b - 0.3 * k + 0.2 * x + draw.gauss(0, 1)
              for b, k, x in zip(t["b"], t["k"], t["x"])]
    t["p"] = [draw.gammavariate(2.5, 1.5) for _ in range(rows)]
    t["c"] = [min(int(draw.gammavariate(1.5, 1 + 0.5 * b)), 9) for b in t["b"]]
    t["s"] = [int(draw.random() < 0.3 + 0.1 * k) for k in t["k"]]
    t["o"] = [draw.choice([1, 2, 2, 3, 3, 3]) for _ in range(rows)]
    return t


# name, which trick serves its rows, model, options
MODELS = [
    ("logistic", "merge", "data s, b : binary\ndata g : factor\nlinear eta = b + k + g\n"
     "s ~ bernoulli_logit(eta)\n", []),
    ("probit_weighted", "merge", "data s, b : binary\nparam a, e : real\nweight w\n"
     "s ~ bernoulli(Phi(a + e*b))\n", []),
    ("poisson_cluster", "merge", "data c : count\ndata b : binary\nlinear eta = b\n"
     "c ~ poisson_log(eta)\n", ["--cluster=id"]),
    ("poisson_alone", "merge", "data c : count\nparam l : positive\nc ~ poisson(l)\n", []),
    ("negative_binomial", "merge", "data c : count\nparam m, phi : positive\n"
     "c ~ neg_binomial_2(m, phi)\n", []),
    ("ordered", "merge", "data o : int(1, 3)\ndata b : binary\nparam e : real\n"
     "param cut : ordered[2]\no ~ ordered_logistic(e*b, cut)\n", []),
    ("multinomial", "merge", "data o : factor(\"1\", \"2\", \"3\")\ndata b : binary\n"
     "linear eta[o] = b + k\no ~ categorical_logit(eta)\n", []),
    ("probabilities", "merge", "data b : binary\ndata s : binary\nparam a, e : real\n"
     "weight prob(w)\ns ~ bernoulli_logit(a + e*b)\n", []),
    ("normal", "moments", "param mu : real\nparam sigma : positive\ny ~ normal(mu, sigma)\n", []),
    ("normal_prior", "moments", "param mu : real\nparam sigma : positive\nmu ~ normal(0, 0.01)\n"
     "y ~ normal(mu, sigma)\n", []),
    ("normal_weighted", "moments", "param mu : real\nparam sigma : positive\nweight v\n"
     "y ~ normal(mu, sigma)\n", []),
    ("regression", "moments", "data g : factor\nlinear eta = x + b + g\nparam sigma : positive\n"
     "y ~ normal(eta, sigma)\n", []),
    ("regression_robust", "moments", "linear eta = x + b\nparam sigma : positive\n"
     "y ~ normal(eta, sigma)\n", ["--vcov=robust"]),
    ("regression_weighted", "moments", "linear eta = x + b\nparam sigma : positive\nweight v\n"
     "y ~ normal(eta, sigma)\n", []),
    ("regression_by_hand", "moments", "param a, d, e : real\nparam sigma : positive\n"
     "y ~ normal(a + d*x + e*x*b, sigma)\n", []),
    ("least_squares", "moments", "param a, d : real\nloglik -(y - a - d*x)^2/2\n", []),
    ("gamma", "moments", "data p : positive\nparam a, r : positive\np ~ gamma(a, r)\n", []),
    ("exponential", "moments", "data p : positive\nparam r : positive\np ~ exponential(r)\n", []),
    ("lognormal", "moments", "data p : positive\nparam m : real\nparam s0 : positive\n"
     "p ~ lognormal(m, s0)\n", []),
    ("inverse_gamma", "moments", "data p : positive\nparam a, r : positive\n"
     "p ~ inv_gamma(a, r)\n", []),
    ("counts", "tables", "data c : count\nparam a, e : real\nparam phi : positive\n"
     "c ~ neg_binomial_2_log(a + e*x, phi)\n", []),
    ("many_values", "tables", "data p : positive\nparam a, e : real\nparam k : positive\n"
     "p ~ weibull(k, exp(a + e*x))\n", []),
    ("two_tables", "tables", "data c, k : count\nparam a, e, d : real\nparam phi, h : positive\n"
     "c ~ neg_binomial_2_log(a + e*x, phi)\nloglik -(y - d*k^h - e*x)^2\n", ["--start=h=0.5"]),
    ("power", "powers", "data p : positive\nparam a, d : real\nparam h, s0 : positive\n"
     "y ~ normal(a + d*(p + x^2)^h, s0)\n", ["--start=h=0.3"]),
    ("mixture", "scalars", "param w : unit\nparam m = [0, 2] : ordered[2]\n"
     "param s : positive[2]\ny ~ mixture(w, normal(m[1], s[1]), normal(m[2], s[2]))\n", []),
    ("beta", "moments", "data p : positive\nlet u = p/(1 + p)\nparam a, r : positive\n"
     "u ~ beta(a, r)\n", []),
]
WITHOUT = "--without=scalars,powers,tables,moments,merge,narrow,thin"
KEYS = ("estimate", "std_error", "lower", "upper")


def same_fits(c):
    data = write_table("table.csv", table())
    for name, _, model, options in MODELS:
        c.about(name)
        path = write(name + ".lik", model)
        few = fit(path, data, *options)
        rows = fit(path, data, *options, WITHOUT)
        if not (c.fitted(few) and c.fitted(rows)):
            continue
        c.digits("log-likelihood", few.get("log_likelihood"), rows.get("log_likelihood"), 12)
        for p in rows.json["parameters"]:
            for key in KEYS:
                if p[key] is not None:
                    c.digits(f"{key} of {p['name']}", few.parameter(p["name"])[key], p[key], 7.5)
        one = fit(path, data, *options, "--threads=1")
        c.equal("on one core", one.get("parameters"), few.get("parameters"))


def exact_moments(c):
    """A mean of 1e9 and a deviation of 1: what moments about zero would lose."""
    c.about("normal far from zero")
    draw = random.Random(8)
    y = [1000000000 + draw.gauss(0, 1) for _ in range(2000)]
    run = fit(os.path.join(FOLDER, "normal.lik"), write_table("far.csv", {"y": y}))
    exact = [Fraction(v) for v in y]
    mean = sum(exact) / len(y)
    variance = float(sum((v - mean) ** 2 for v in exact) / len(y))
    c.digits("mean", run.parameter("mu").get("estimate"), float(mean), 15)
    c.digits("deviation", run.parameter("sigma").get("estimate"), variance ** 0.5, 10)


def exact_least_squares(c):
    """A line through points far from zero, by rational arithmetic."""
    c.about("line far from zero")
    draw = random.Random(9)
    x = [100000 + draw.randint(0, 400) / 8 for _ in range(900)]
    y = [3 + 2 * v + draw.gauss(0, 0.125) for v in x]
    run = fit(write("line.lik", "param a, d : real\nparam sigma : positive\n"
                    "y ~ normal(a + d*x, sigma)\n"), write_table("line.csv", {"x": x, "y": y}))
    xs, ys, n = [Fraction(v) for v in x], [Fraction(v) for v in y], len(x)
    mx, my = sum(xs) / n, sum(ys) / n
    slope = sum((u - mx) * (v - my) for u, v in zip(xs, ys)) / sum((u - mx) ** 2 for u in xs)
    c.digits("slope", run.parameter("d").get("estimate"), float(slope), 10)
    c.digits("intercept", run.parameter("a").get("estimate"), float(my - slope * mx), 7)


def scores_are_of_rows(c):
    data = os.path.join(FOLDER, "table.csv")
    for name in ("logistic", "regression"):
        c.about(f"scores of {name}")
        tables = []
        for without in ([], [WITHOUT]):
            path = os.path.join(FOLDER, f"{name}{len(tables)}.csv")
            run = fit(os.path.join(FOLDER, name + ".lik"), data, f"--scores={path}", *without)
            c.fitted(run)
            with open(path, encoding="utf-8") as f:
                tables.append(f.read().split("\n"))
        few, rows = tables
        c.equal("one for each row", len(few), ROWS + 2)
        for i in range(1, ROWS, 97):
            for u, v in zip(few[i].split(","), rows[i].split(",")):
                c.near(f"row {i}", float(u), float(v), 1e-8 * max(1, abs(float(v))))


def what_keeps_its_row(c):
    t = table()
    t["y"][700] = "1e308"
    c.about("what overflows")
    run = fit(os.path.join(FOLDER, "normal.lik"), write_table("huge.csv", t))
    plain = fit(os.path.join(FOLDER, "normal.lik"), os.path.join(FOLDER, "huge.csv"),
                WITHOUT)
    c.equal("exit", run.status, plain.status)
    c.equal("diagnostics", run.codes(), plain.codes())
    t = table()
    t["s"][33] = ""
    c.about("what is missing")
    run = fit(os.path.join(FOLDER, "logistic.lik"), write_table("gap.csv", t))
    if c.fitted(run):
        c.equal("rows", run.get("rows_used"), ROWS - 1)


LONG = 40000

# name, model, options: each over a long table
LONG_MODELS = [
    ("logistic", "data s, b : binary\ndata g : factor\nlinear eta = x + b + k + g\n"
     "s ~ bernoulli_logit(eta)\n", []),
    ("sorted", "data rare : factor\ndata s : binary\nlinear eta = rare + x\n"
     "s ~ bernoulli_logit(eta)\n", []),
    ("weights", "data c : count\ndata b : binary\nlinear eta = b + x\nwhere k < 4\nweight w\n"
     "c ~ poisson_log(eta)\n", ["--vcov=robust", "--cluster=id"]),
    ("prior", "data c : count\nparam a, e : real\nparam phi : positive\ne ~ normal(0, 0.001)\n"
     "c ~ neg_binomial_2_log(a + e*x, phi)\n", []),
    ("mixture", "param w : unit\nparam m = [0, 2] : ordered[2]\nparam s : positive[2]\n"
     "two ~ mixture(w, normal(m[1], s[1]), normal(m[2], s[2]))\n", []),
    ("ordered", "data o : int(1, 3)\nparam e : real\nparam cut : ordered[2]\n"
     "o ~ ordered_probit(e*x, cut)\n", []),
    ("multinomial", "data o : factor(\"1\", \"2\", \"3\")\nlinear eta[o] = x + k\n"
     "o ~ categorical_logit(eta)\n", []),
    ("nonlinear", "data p : positive\nparam top = 30, ec50 = 9, sigma = 4 : positive\n"
     "param hill = 3 : real\nresponse ~ normal(top/(1 + (ec50/p)^hill), sigma)\n", []),
    ("garch", "param mu : real\nparam omega : positive\nparam alpha, beta : unit\n"
     "let e = r - mu\nlet s2 = mean(e^2)\n"
     "let h = omega + alpha*lag(e^2, 1, s2) + beta*lag(h, 1, s2)\nr ~ normal(mu, sqrt(h))\n", []),
    ("groups", "data id : factor\nparam m : real[id]\nparam sd : positive\nm ~ normal(0, 2)\n"
     "y ~ student_t(5, m[id] + x, sd)\n", []),
    ("constrained", "param a, e : real\ndata s : binary\nconstrain e <= 0.01\n"
     "s ~ bernoulli_logit(a + e*x)\n", []),
]


def long_table():
    t = table(11, LONG)
    draw = random.Random(12)
    # A level that only three rows have, at the end of a sorted column.
    t["rare"] = ["a"] * (LONG // 2) + ["b"] * (LONG - LONG // 2 - 3) + ["c"] * 3
    h, e, t["r"] = 1.0, 0.0, []
    for _ in range(LONG):
        h = 0.1 + 0.1*e*e + 0.8*h
        e = draw.gauss(0, h**0.5)
        t["r"].append(0.05 + e)
    t["z"] = [int(x > 3) for x in t["x"]]
    t["two"] = [draw.gauss(-1, 0.7) if draw.random() < 0.3 else draw.gauss(2, 1) for _ in range(LONG)]
    t["response"] = [20/(1 + (4/p)**2) + draw.gauss(0, 2) for p in t["p"]]
    return t


def long_fits(c):
    data = write_table("long.csv", long_table())
    for name, model, options in LONG_MODELS:
        c.about(f"long, {name}")
        path = write(f"long_{name}.lik", model)
        thin, whole = fit(path, data, *options), fit(path, data, *options, "--without=thin")
        if not (c.fitted(thin) and c.fitted(whole)):
            continue
        c.equal("verdict", thin.get("verdict"), whole.get("verdict"))
        c.digits("log-likelihood", thin.get("log_likelihood"), whole.get("log_likelihood"), 12)
        for p in whole.json["parameters"]:
            for key in KEYS:
                if p[key] is not None:
                    c.near(f"{key} of {p['name']}", thin.parameter(p["name"])[key], p[key],
                           1e-8 * max(abs(p[key]), p["std_error"] or 0))
        if name in ("mixture", "nonlinear", "garch"):
            c.true("fewer steps over all rows", thin.get("iterations") < whole.get("iterations"),
                   f"{thin.get('iterations')} against {whole.get('iterations')}")
        wide = fit(path, data, *options, "--without=narrow")
        c.equal("from doubles", wide.get("parameters"), thin.get("parameters"))
        one = fit(path, data, *options, "--threads=1")
        c.equal("on one core", one.get("parameters"), thin.get("parameters"))


def long_failures(c):
    """What some of the rows do not show, or show where all do not."""
    data = os.path.join(FOLDER, "long.csv")
    c.about("separated")
    run = fit(write("separated.lik", "data z : binary\nparam a, e : real\n"
                    "z ~ bernoulli_logit(a + e*x)\n"), data)
    c.equal("verdict", run.get("verdict"), "diverging")
    c.true("says separation", "separation" in run.codes(), run.codes())
    c.about("one column twice")
    run = fit(write("twice.lik", "data s : binary\nparam a, e, f : real\n"
                    "s ~ bernoulli_logit(a + e*x + f*x)\n"), data)
    c.equal("verdict", run.get("verdict"), "flat")


def the_option(c):
    c.about("--without")
    run = fit(os.path.join(FOLDER, "normal.lik"), os.path.join(FOLDER, "table.csv"),
              "--without=merge,magic")
    c.equal("exit", run.status, 2)
    c.equal("exit without a name", fit(os.path.join(FOLDER, "normal.lik"),
                                       os.path.join(FOLDER, "table.csv"), "--without=").status, 2)
    c.true("says what it takes", "scalars" in run.err and "magic" in run.err, run.err)


def main():
    c = Checks()
    same_fits(c)
    exact_moments(c)
    exact_least_squares(c)
    scores_are_of_rows(c)
    what_keeps_its_row(c)
    long_fits(c)
    long_failures(c)
    the_option(c)
    c.finish()


if __name__ == "__main__":
    main()
