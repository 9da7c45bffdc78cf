#!/usr/bin/env python3
"""Series: the classical models against answers with 40 digits, and what order, groups, gaps and
ties of rows mean.
"""

import math
import os
import tempfile

from mlec_test import Checks, Run, fit, read_json, read_table, source

FOLDER = source("tests", "models", "series")
OF_STANDARD_ERROR = 1e-8
checks = Checks()


def files(name):
    folder = source("examples", name)
    if os.path.isdir(folder):
        return os.path.join(folder, "model.lik"), os.path.join(folder, "data.csv")
    return os.path.join(FOLDER, name + ".lik"), os.path.join(FOLDER, name + ".csv")


def check_answer(name, answer):
    checks.about(name)
    run = fit(*files(name))
    checks.fitted(run)
    checks.equal("verdict", run.get("verdict"), "interior")
    checks.digits("log-likelihood", run.get("log_likelihood"), answer["log_likelihood"], 12)
    if "log_likelihood_R" in answer:
        checks.digits("log-likelihood of R", run.get("log_likelihood"), answer["log_likelihood_R"],
                      11)
    for key, (estimate, se) in answer["parameters"].items():
        p = run.parameter(key)
        checks.near(key, p.get("estimate"), estimate, OF_STANDARD_ERROR * se)
        checks.near(f"standard error of {key}", p.get("std_error"), se, OF_STANDARD_ERROR * se)


# ---- What order and groups mean --------------------------------------------------------------------

PANEL = [("b", 3, 0.7), ("a", 2, -0.4), ("b", 1, 0.1), ("a", 1, 0.9), ("b", 2, -0.8), ("a", 3, 0.3),
         ("c", 1, 1.7), ("b", 4, 0.5)]


class Folder:
    """A folder of its own for the small models and tables below."""

    def __init__(self, path):
        self.path = path

    def write(self, name, text):
        path = os.path.join(self.path, name)
        with open(path, "w", encoding="utf-8", newline="\n") as f:
            f.write(text)
        return path

    def fit(self, model, rows, *options, header="id,t,y"):
        table = header + "\n" + "".join(",".join(map(str, row)) + "\n" for row in rows)
        return fit(self.write("model.lik", model), self.write("data.csv", table), *options)

    def total(self, what, rows, *options, series="series t by id", more="", **keywords):
        """What is reported of data alone, under a likelihood that does not matter."""
        model = f"param mu : real\n{series}\n{more}y ~ normal(mu, 1)\nreport q = {what}\n"
        run = self.fit(model, rows, *options, **keywords)
        return run.parameter("q").get("estimate"), run


def check_values(f):
    """Sums over rows of what lag, row and last say, against the same by hand."""
    panel = {}
    for i, t, y in sorted(PANEL):
        panel.setdefault(i, []).append(y)
    series = list(panel.values())

    def by_hand(each):
        return sum(each(s, k) for s in series for k in range(len(s)))

    cases = [
        ("sum(row())", by_hand(lambda s, k: k + 1)),
        ("nrow()", len(PANEL)),
        ("sum(y*lag(y, 1, 10))", by_hand(lambda s, k: s[k] * (s[k - 1] if k >= 1 else 10))),
        ("sum(y*lag(y, 2, row()))", by_hand(lambda s, k: s[k] * (s[k - 2] if k >= 2 else k + 1))),
        ("sum(lag(lag(y, 1, 2), 1, 3))",
         by_hand(lambda s, k: s[k - 2] if k >= 2 else 2 if k == 1 else 3)),
        ("sum(lag(row(), 1, 0))", by_hand(lambda s, k: k)),
        ("sum(lag(id == \"b\", 1, 0))", 3),
        ("sum(lag(y, 5, 1))", len(PANEL)),
        # where a value is missing, aggregates take the rows that have one
        ("sum(lag(y, 1))", by_hand(lambda s, k: s[k - 1] if k >= 1 else 0)),
        ("mean(lag(y, 1))", by_hand(lambda s, k: s[k - 1] if k >= 1 else 0) / 5),
        ("max(lag(y, 2))", max(s[k - 2] for s in series for k in range(2, len(s)))),
        ("min(y - lag(y, 1))", min(s[k] - s[k - 1] for s in series for k in range(1, len(s)))),
        # a lag without a start, looked back at with one: the start stands until there is a value
        ("sum(lag(lag(y, 1), 1, 7))", by_hand(lambda s, k: s[k - 2] if k >= 2 else 7)),
        ("sum(lag(lag(y, 1), 1))", by_hand(lambda s, k: s[k - 2] if k >= 2 else 0)),
        ("last(y)", 1.7),
        ("last([1, 2, 5])", 5),
        ("mean(last(y | id))", (3 * 0.3 + 4 * 0.5 + 1.7) / 8),
        ("sum(lag(last(y | id), 1, 0))", 2 * 0.3 + 3 * 0.5),
    ]
    for what, want in cases:
        got, run = f.total(what, PANEL)
        checks.about(what)
        checks.fitted(run)
        checks.near("value", got, want, 1e-13)
    checks.about("last of a lag that the last series is too short for")
    got, run = f.total("last(lag(y, 1))", PANEL)
    checks.equal("no value", got, None)


def check_order(f):
    checks.about("order")
    plain = [(t, y) for i, t, y in PANEL if i == "b"]
    product = 0.1 * -0.8 + -0.8 * 0.7 + 0.7 * 0.5
    for what, series, rows, header, want in (
            ("sorted by t", "series t", plain, "t,y", product),
            ("the order of the file", "series", plain, "t,y", 0.7 * 0.1 + 0.1 * -0.8 + -0.8 * 0.5),
            ("no statement", "", plain, "t,y", 0.7 * 0.1 + 0.1 * -0.8 + -0.8 * 0.5),
            ("a group in the order of the file", "series by id", PANEL, "id,t,y",
             0.7 * 0.1 + 0.1 * -0.8 + -0.8 * 0.5 + -0.4 * 0.9 + 0.9 * 0.3),
            ("dates", "series t", [(f"2024-0{t}-28", y) for t, y in plain], "t,y", product),
            ("months", "series t", [(f"2024-0{t}", y) for t, y in plain], "t,y", product),
            ("times", "series t", [(f"2024-02-28T0{t}:30", y) for t, y in plain], "t,y", product),
            ("negative fractions", "series t", [(t / 4 - 0.75, y) for t, y in plain], "t,y",
             product),
            ("one row", "series t", plain[:1], "t,y", 0)):
        got, run = f.total("sum(y*lag(y, 1, 0))", rows, series=series, header=header)
        checks.about(what)
        checks.fitted(run)
        checks.near("value", got, want, 1e-13)
        checks.equal("no warning", [c for c in run.codes() if c != "small-data"], [])
    # ends of months, and a leap year
    got, run = f.total("last(y)", [("2024-03-31", 3), ("2024-02-29", 2), ("2024-01-31", 1)],
                       series="series t", header="t,y")
    checks.about("ends of months")
    checks.equal("no warning", run.codes(), [])
    checks.equal("last", got, 3)
    # the order may be a factor elsewhere, and a number in the model
    run = f.fit("series t by id\nparam a : real[t]\nparam b : real\nlet x = b*t\n"
                "a ~ normal(0, 1)\ny ~ normal(a[t] + x + lag(y, 1, 0), 1)\n", PANEL)
    checks.about("the order as a factor and as a number")
    checks.fitted(run)
    checks.equal("levels", (run.get("factors") or {}).get("t"), ["1", "2", "3", "4"])


def check_rows(f):
    """n, where and weights."""
    ar1 = "param mu, phi : real\nparam s : positive\ny ~ normal(mu + phi*lag(y, 1), s)\n"
    run = f.fit("series t by id\n" + ar1, PANEL)
    checks.about("rows without a past")
    checks.fitted(run)
    checks.equal("rows used", run.get("rows_used"), 8)
    checks.equal("n", run.get("n"), 5)
    sorted_run = f.fit("series t by id\n" + ar1, sorted(PANEL))
    checks.equal("the order of the file does not matter", sorted_run.get("parameters"),
                 run.get("parameters"))

    checks.about("where")
    got, run = f.total("sum(y*lag(y, 1, 0))", PANEL, more="where row() > 1\n")
    checks.fitted(run)
    checks.near("row() of all rows, then lag of those left", got, -0.8 * 0.7 + 0.7 * 0.5 - 0.4 * 0.3, 1e-13)
    got, run = f.total("sum(y)", PANEL, more="where lag(y, 1) > 0\n")
    checks.near("rows without a past do not hold", got, -0.8 - 0.4 + 0.5, 1e-13)
    got, run = f.total("sum(y*lag(y, 1, 0))", PANEL, more="where t != 2\n")
    checks.equal("joined rows are told by their steps", run.codes(), ["unequal-steps"])
    got, run = f.total("sum(y*lag(y, 1, 0))", [r for r in PANEL if r[0] == "b"], series="series",
                       more="where t != 1\n")
    checks.equal("or, without an order, by themselves", run.codes(), ["joined-rows"])
    checks.equal("which", run.diagnostic("joined-rows").get("rows"), [2])
    got, run = f.total("sum(y)", PANEL, series="series t", more="where id == \"b\"\n")
    checks.fitted(run)
    checks.equal("one series of the file", run.codes(), [])

    checks.about("weight")
    weighted = [row + (1 + row[1] % 2,) for row in PANEL]
    got, run = f.total("last(y) + 0*sum(y)", weighted, more="weight w\n", header="id,t,y,w")
    checks.equal("last has no weight", got, 1.7)
    run = f.fit("series t by id\nweight w\n" + ar1, weighted, header="id,t,y,w")
    checks.equal("n", run.get("n"), 1 + 2 + 1 + 2 + 1)


def check_gaps(f):
    def codes(series, rows, *options, **keywords):
        got, run = f.total("sum(y*lag(y, 1, 0))", rows, *options, series=series, **keywords)
        return run, got, run.codes()

    missing = [("b", 2, "NA") if row[:2] == ("b", 2) else row for row in PANEL]
    checks.about("a missing row inside a series")
    run, _, found = codes("series t by id", missing)
    checks.equal("exit", run.status, 3)
    checks.equal("code", found, ["series-gap"])
    checks.equal("row of the file", run.diagnostic("series-gap").get("rows"), [5])
    run, got, found = codes("series t by id", missing, "--gaps=join")
    checks.fitted(run)
    checks.near("joined", got, 0.1 * 0.7 + 0.7 * 0.5 + 0.9 * -0.4 - 0.4 * 0.3, 1e-13)
    checks.equal("unequal steps", found, ["unequal-steps"])
    run, got, found = codes("", missing)
    checks.equal("without a series statement rows are left out as ever", (run.status, found), (0, []))

    checks.about("a missing row at an end")
    for at in ((("b", 1), ("b", 4), ("c", 1), ("a", 1))):
        rows = [row[:2] + ("NA",) if row[:2] == at else row for row in PANEL]
        run, _, found = codes("series t by id", rows)
        checks.equal(f"{at}", (run.status, found), (0, []))

    checks.about("a place that is not known")
    for rows in ([(("b", "NA", 1.0))] + PANEL, [(("NA", 7, 1.0))] + PANEL):
        run, _, found = codes("series t by id", rows)
        checks.equal("refused", (run.status, found), (3, ["series-gap"]))
        run, _, found = codes("series t by id", rows, "--gaps=join")
        checks.equal("left out", (run.status, run.get("rows_missing")), (0, 1))

    checks.about("ties")
    tied = PANEL + [("a", 2, 5.0)]
    run, _, found = codes("series t by id", tied)
    checks.equal("refused", (run.status, found), (3, ["tied-order"]))
    checks.equal("both rows", run.diagnostic("tied-order").get("rows"), [9, 2])
    run, got, _ = codes("series t by id", tied, "--gaps=join")
    checks.near("in the order of the file", got,
                0.9 * -0.4 - 0.4 * 5 + 5 * 0.3 + 0.1 * -0.8 - 0.8 * 0.7 + 0.7 * 0.5, 1e-13)

    checks.about("a whole table that is one series too few")
    run, _, found = codes("series t", PANEL)
    checks.equal("refused", run.status, 3)
    checks.equal("five rows at most", found, ["tied-order"] * 4)

    checks.about("steps")
    run, _, found = codes("series t by id", [r for r in PANEL if r[:2] != ("b", 3)])
    checks.equal("one warning", (run.status, found), (0, ["unequal-steps"]))
    run, _, found = codes("series t by id", [(i, 0.1 * t, y) for i, t, y in PANEL])
    checks.equal("rounding is no step", found, [])

    checks.about("too short")
    run = f.fit("param a : real\nseries t by id\ny ~ normal(a*lag(y, 4), 1)\n", PANEL)
    checks.equal("no row is left", (run.status, run.codes()), (3, ["no-rows"]))


def check_recursions(f):
    """A recursion by hand against the definition."""
    model = """series t by id
param s : positive
const a = 0.5
let m = 0.2 + a*lag(y, 1) + 0.3*lag(y - m, 1, 0)
y ~ normal(m, s)
report squares = sum((y - m)^2)
report second = last(m | id)
"""
    checks.about("a moving average after a lag without a start")
    panel, squares, count = {}, 0, 0
    for i, _, y in sorted(PANEL):
        panel.setdefault(i, []).append(y)
    for y in panel.values():
        e = 0
        for k in range(1, len(y)):
            e = y[k] - (0.2 + 0.5 * y[k - 1] + 0.3 * e)
            squares, count = squares + e * e, count + 1
    run = f.fit(model.replace("report second = last(m | id)\n", ""), PANEL)
    checks.fitted(run)
    checks.equal("n", run.get("n"), count)
    checks.near("squares", run.parameter("squares").get("estimate"), squares, 1e-13)
    checks.near("s", run.parameter("s").get("estimate"), math.sqrt(squares / count), 1e-10)
    run = f.fit(model, PANEL)
    checks.fitted(run)
    for i, y in panel.items():
        m = None
        for k in range(1, len(y)):
            m = 0.2 + 0.5 * y[k - 1] + (0.3 * (y[k - 1] - m) if m is not None else 0)
        got = run.parameter(f"second[{i}]").get("estimate", "nothing")
        if m is None:
            checks.equal(f"series {i} is too short", got, None)
        else:
            checks.near(f"last of series {i}", got, m, 1e-13)


def check_object():
    checks.about("emit")
    model, _ = files("panel_ar1")
    run = Run("emit", "--plan", model)
    checks.true("names order and group", "rows in the order of year" in run.out and
                "one for each level of firm" in run.out, run.out)


def main():
    for name, answer in read_json(os.path.join(FOLDER, "answers.json")).items():
        check_answer(name, answer)
    checks.about("answers")
    checks.equal("the Nile has its rows", len(read_table(files("local_level")[1])["flow"]), 100)
    with tempfile.TemporaryDirectory() as path:
        f = Folder(path)
        check_values(f)
        check_order(f)
        check_rows(f)
        check_gaps(f)
        check_recursions(f)
    check_object()
    checks.finish()


if __name__ == "__main__":
    main()
