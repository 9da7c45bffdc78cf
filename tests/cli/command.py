#!/usr/bin/env python3
"""The program as its users meet it: exit status, options, JSON, streams."""
import json
import math
import os
import pathlib
import pty
import re
import subprocess
import sys
import tempfile
import unittest

MLEC = os.environ["MLEC"]

NORMAL = "param mu : real\nparam s : positive\ny ~ normal(mu, s)\n"
LINE = "param a, b : real\nparam s : positive\ny ~ normal(a + b*x, s)\n"
RIDGE = ("const lambda = 2\nparam a, b : real\nb ~ normal(0, lambda)\nparam s : positive\n"
         "y ~ normal(a + b*x, s)\nreport twice = 2*b\n")
LOGISTIC = ("data d : binary\ndata x : real\nparam a, b : real\n"
            "d ~ bernoulli_logit(a + b*x)\n")
FACTOR = "data g : factor\nparam u : real[g]\nparam s : positive\ny ~ normal(u[g], s)\n"
TABLE = """y,x,g,d
1.2,0.5,A,0
2.1,1.0,B,1
2.9,1.5,A,0
4.2,2.0,C,1
4.8,2.5,B,0
6.1,3.0,A,1
6.9,3.5,C,1
8.2,4.0,B,1
"""
SEPARATED = "d,x\n0,1\n0,2\n0,3\n1,4\n1,5\n1,6\n"

RESULT_KEYS = [
    "mlec", "model", "data", "rows", "rows_used", "rows_missing", "n", "method", "verdict",
    "converged", "iterations", "gradient_norm", "decrement", "n_parameters", "log_likelihood",
    "log_prior", "log_posterior", "minus_2_log_likelihood", "aic", "aicc", "bic", "se_type",
    "level", "parameters", "derived", "random", "covariance", "factors", "diagnostics",
    "timing_ms"]
PARAMETER_KEYS = ["name", "type", "estimate", "std_error", "z", "p_value", "lower", "upper",
                  "start", "at_bound", "aliased"]
BENCH_KEYS = ["mlec", "rows", "rows_used", "n_parameters", "at", "threads", "ns_per_row",
              "evaluation_ms", "compile_ms", "read_ms", "bind_ms", "fit_ms"]
FAILURE_KEYS = ["mlec", "model", "data", "diagnostics"]


def refuse_constant(word):
    raise ValueError(f"{word} is no JSON")


def parse(text):
    return json.loads(text, parse_constant=refuse_constant)


class Folder(unittest.TestCase):
    """A test in a folder of its own with m.lik files and t.csv."""

    def setUp(self):
        holder = tempfile.TemporaryDirectory()
        self.addCleanup(holder.cleanup)
        self.folder = pathlib.Path(holder.name)
        for name, text in (("normal.lik", NORMAL), ("line.lik", LINE), ("ridge.lik", RIDGE),
                           ("logistic.lik", LOGISTIC), ("factor.lik", FACTOR), ("t.csv", TABLE),
                           ("separated.csv", SEPARATED)):
            self.write(name, text)

    def write(self, name, text):
        data = text if isinstance(text, bytes) else text.encode()
        (self.folder / name).write_bytes(data)

    def run_mlec(self, *args, stdin=b"", env=None, **more):
        more.setdefault("stdout", subprocess.PIPE)
        return subprocess.run([MLEC, *args], cwd=self.folder, input=stdin, timeout=60,
                              stderr=subprocess.PIPE, env=env, check=False, **more)

    def fit(self, *args, status=0, **more):
        """The JSON object of a fit."""
        done = self.run_mlec(*args, "--json", **more)
        self.assertEqual(done.returncode, status, done.stderr.decode())
        return parse(done.stdout)

    def estimates(self, *args, **more):
        return {p["name"]: p["estimate"] for p in self.fit(*args, **more)["parameters"]}

    def refused(self, code, *args, status=2, **more):
        done = self.run_mlec(*args, **more)
        self.assertEqual(done.returncode, status, done.stderr.decode())
        self.assertEqual(done.stdout, b"")
        self.assertIn(f"[{code}]", done.stderr.decode())
        return done.stderr.decode()


class ExitStatus(Folder):
    def test_fitted(self):
        done = self.run_mlec("line.lik", "t.csv")
        self.assertEqual((done.returncode, done.stderr), (0, b""))
        for word in (b"a ", b"b ", b"s ", b"Log-likelihood"):
            self.assertIn(word, done.stdout)

    def test_the_word_fit_may_stand_or_not(self):
        self.assertEqual(self.estimates("fit", "line.lik", "t.csv"),
                         self.estimates("line.lik", "t.csv"))

    def test_fit_not_trusted(self):
        done = self.run_mlec("logistic.lik", "separated.csv")
        self.assertEqual(done.returncode, 1)
        self.assertIn(b"separation", done.stderr)
        self.assertNotEqual(done.stdout, b"")

    def test_model_wrong(self):
        self.write("wrong.lik", "param mu : real\ny ~ nromal(mu, 1)\n")
        self.assertIn("wrong.lik:2:5", self.refused("unknown-distribution", "wrong.lik", "t.csv"))

    def test_model_missing(self):
        self.refused("cannot-read", "none.lik", "t.csv")

    def test_warnings(self):
        self.write("weights.lik", "weight x\n" + NORMAL)
        done = self.run_mlec("weights.lik", "t.csv")
        self.assertEqual(done.returncode, 0)
        for out in (done.stdout, done.stderr):
            self.assertIn(b"fractional-weight", out)
        o = self.fit("weights.lik", "t.csv")
        d = [d for d in o["diagnostics"] if d["code"] == "fractional-weight"]
        self.assertEqual([d["severity"] for d in d], ["warning"])

    def test_data_wrong(self):
        self.write("wrong.csv", "y,x\n1,2\n2,three\n")
        said = self.refused("bad-value", "line.lik", "wrong.csv", status=3)
        self.assertIn("three", said)

    def test_data_needed(self):
        said = self.refused("unknown-column", "line.lik")
        self.assertIn("y", said)

    def test_model_without_columns(self):
        self.write("prior.lik", "param m : real\nm ~ normal(3, 1)\n")
        fitted = self.fit("prior.lik")
        self.assertAlmostEqual(fitted["parameters"][0]["estimate"], 3, places=8)
        self.assertIsNone(fitted["data"])

    def test_command_named_like_a_file(self):
        (self.folder / "check").write_text(NORMAL)
        self.assertEqual(self.fit("./check", "t.csv")["model"], "./check")


class Json(Folder):
    def test_keys_of_a_result(self):
        o = self.fit("ridge.lik", "t.csv")
        self.assertEqual(set(RESULT_KEYS) - set(o), set())
        self.assertEqual(o["mlec"], self.run_mlec("--version").stdout.decode().split()[1])
        self.assertEqual((o["model"], o["data"]), ("ridge.lik", "t.csv"))
        self.assertEqual((o["rows"], o["rows_used"], o["rows_missing"], o["n"]), (8, 8, 0, 8))
        self.assertEqual((o["method"], o["verdict"], o["converged"]), ("map", "interior", True))
        self.assertEqual([p["name"] for p in o["parameters"]], ["a", "b", "s"])
        for p in o["parameters"] + o["derived"]:
            self.assertEqual(set(PARAMETER_KEYS) - set(p), set())
            self.assertTrue(p["lower"] < p["estimate"] < p["upper"])
        self.assertEqual([d["name"] for d in o["derived"]], ["twice"])
        self.assertEqual([len(row) for row in o["covariance"]], [3, 3, 3])
        self.assertEqual(set(o["timing_ms"]), {"read", "compile", "fit", "total"})
        self.assertEqual(o["n_parameters"], 3)

    def test_numbers_agree(self):
        o = self.fit("line.lik", "t.csv")
        self.assertEqual(o["method"], "mle")
        self.assertEqual(o["minus_2_log_likelihood"], -2 * o["log_likelihood"])
        k, n = o["n_parameters"], o["n"]
        self.assertAlmostEqual(o["aic"], 2 * k - 2 * o["log_likelihood"], places=10)
        self.assertAlmostEqual(o["aicc"], o["aic"] + 2 * k * (k + 1) / (n - k - 1), places=10)
        self.assertAlmostEqual(o["bic"], k * math.log(n) - 2 * o["log_likelihood"], places=10)
        for i, p in enumerate(o["parameters"]):
            self.assertAlmostEqual(o["covariance"][i][i], p["std_error"] ** 2, places=12)
            if p["type"] == "real":
                self.assertAlmostEqual(p["z"], p["estimate"] / p["std_error"], places=10)
            else:
                self.assertIsNone(p["z"])
                self.assertIsNone(p["p_value"])

    def test_least_squares(self):
        rows = [line.split(",") for line in TABLE.split()[1:]]
        y, x = [float(r[0]) for r in rows], [float(r[1]) for r in rows]
        n, mx, my = len(y), math.fsum(x) / len(x), math.fsum(y) / len(y)
        b = sum((u - mx) * (v - my) for u, v in zip(x, y)) / sum((u - mx) ** 2 for u in x)
        a = my - b * mx
        s = math.sqrt(sum((v - a - b * u) ** 2 for u, v in zip(x, y)) / n)
        found = self.estimates("line.lik", "t.csv")
        for name, value in (("a", a), ("b", b), ("s", s)):
            self.assertAlmostEqual(found[name], value, places=9)

    def test_factors(self):
        o = self.fit("factor.lik", "t.csv")
        self.assertEqual(o["factors"], {"g": ["A", "B", "C"]})
        self.assertEqual([p["name"] for p in o["parameters"]], ["u[A]", "u[B]", "u[C]", "s"])

    def test_what_does_not_exist_is_null(self):
        o = self.fit("logistic.lik", "separated.csv", status=1)  # parse() refuses NaN
        self.assertIsNone(o["aic"])
        self.assertIn("separation", [d["code"] for d in o["diagnostics"]])

    def failure(self, status, *args, **more):
        done = self.run_mlec(*args, "--json", **more)
        self.assertEqual(done.returncode, status)
        o = parse(done.stdout)
        self.assertEqual(list(o), FAILURE_KEYS)
        self.assertTrue(o["diagnostics"])
        for d in o["diagnostics"]:
            self.assertLessEqual({"code", "severity", "message", "file", "line", "column",
                                  "parameters", "rows"}, set(d))
            self.assertIn(d["message"], done.stderr.decode())
        return o

    def test_wrong_model(self):
        self.write("wrong.lik", "param mu : real\ny ~ nromal(mu, 1)\n")
        o = self.failure(2, "wrong.lik", "t.csv")
        d = o["diagnostics"][0]
        self.assertEqual((o["model"], o["data"]), ("wrong.lik", "t.csv"))
        self.assertEqual((d["code"], d["severity"], d["file"], d["line"], d["column"]),
                         ("unknown-distribution", "error", "wrong.lik", 2, 5))

    def test_wrong_data(self):
        self.write("wrong.csv", "y,x\n1,2\n2,three\n")
        d = self.failure(3, "line.lik", "wrong.csv")["diagnostics"][0]
        self.assertEqual((d["code"], d["file"], d["line"]), ("bad-value", "wrong.csv", 3))
        self.assertEqual(d["rows"], [2])

    def test_no_file(self):
        self.failure(2, "none.lik", "t.csv")

    def test_wrong_command_line(self):
        o = self.failure(2, "line.lik", "t.csv", "--levle", "0.9")
        self.assertEqual((o["model"], o["data"]), ("line.lik", "t.csv"))
        self.assertEqual(o["diagnostics"][0]["code"], "usage")
        self.failure(2, "--level", "0.9")
        self.failure(2, b"\xff\"\\\n.lik", "t.csv", "--bogus")

    def test_standard_input_that_cannot_be_read(self):
        self.failure(2, "-", "t.csv", stdin=None, preexec_fn=lambda: os.close(0))

    def test_numbers_read_back_exactly(self):
        for value in ("0.30000000000000004", "1e-300", "-123456789.12345679", "5e-324"):
            p = self.fit("line.lik", "t.csv", "--fix", f"a={value}", status=None)["parameters"][0]
            self.assertEqual(p["estimate"], float(value))

    def test_same_bytes_every_run(self):
        def once():
            out = self.run_mlec("ridge.lik", "t.csv", "--json").stdout
            return re.sub(rb'"timing_ms": *\{[^}]*\}', b"", out)
        self.assertEqual(once(), once())
        text = [self.run_mlec("ridge.lik", "t.csv").stdout for _ in range(2)]
        self.assertEqual(*text)

    def fit(self, *args, status=0, **more):
        if status is not None:
            return super().fit(*args, status=status, **more)
        return parse(self.run_mlec(*args, "--json", **more).stdout)


class Options(Folder):
    def test_mle(self):
        shrunk, free = self.estimates("ridge.lik", "t.csv"), self.estimates("line.lik", "t.csv")
        o = self.fit("ridge.lik", "t.csv", "--mle")
        self.assertEqual(o["method"], "mle")
        b = o["parameters"][1]["estimate"]
        self.assertAlmostEqual(b, free["b"], places=9)
        self.assertNotAlmostEqual(b, shrunk["b"], places=4)

    def test_set(self):
        tight = self.estimates("ridge.lik", "t.csv", "--set", "lambda=0.01")
        loose = self.estimates("ridge.lik", "t.csv", "--set=lambda=1e3")
        self.assertLess(abs(tight["b"]), abs(loose["b"]))
        again = self.estimates("ridge.lik", "t.csv", "--set", "lambda=2")
        self.assertEqual(again, self.estimates("ridge.lik", "t.csv"))

    def test_start(self):
        o = self.fit("factor.lik", "t.csv", "--start", "u[B]=3.25", "--start", "s=2")
        start = {p["name"]: p["start"] for p in o["parameters"]}
        self.assertEqual((start["u[B]"], start["s"]), (3.25, 2))

    def test_fix(self):
        o = self.fit("line.lik", "t.csv", "--fix", "b=2")
        b = o["parameters"][1]
        self.assertEqual((b["estimate"], b["std_error"], o["n_parameters"]), (2, None, 2))
        self.assertEqual(o["covariance"][1], [None, None, None])
        o = self.fit("factor.lik", "t.csv", "--fix", "u[C]=-1.5", "--fix", "u[A]=1")
        self.assertEqual([p["estimate"] for p in o["parameters"]][0:3:2], [1, -1.5])

    def test_level(self):
        wide = self.fit("line.lik", "t.csv")["parameters"][1]
        o = self.fit("line.lik", "t.csv", "--level", "0.5")
        narrow = o["parameters"][1]
        self.assertEqual(o["level"], 0.5)
        self.assertTrue(wide["lower"] < narrow["lower"] < narrow["upper"] < wide["upper"])
        self.assertAlmostEqual((narrow["upper"] - narrow["estimate"]) / narrow["std_error"],
                               0.6744897501960817, places=9)

    def test_na(self):
        self.write("missing.csv", TABLE + "NA,3,A,1\n5,,B,0\n")
        o = self.fit("line.lik", "missing.csv")
        self.assertEqual((o["rows"], o["rows_used"], o["rows_missing"]), (10, 8, 2))
        same = self.fit("line.lik", "missing.csv", "--na", "omit")
        self.assertEqual(same["parameters"], o["parameters"])
        self.assertEqual(self.estimates("line.lik", "t.csv"), self.estimates("line.lik",
                                                                             "missing.csv"))
        self.refused("missing-value", "line.lik", "missing.csv", "--na=error", status=3)

    def test_vcov(self):
        o = self.fit("logistic.lik", "t.csv", "--vcov", "expected")
        self.assertEqual(o["se_type"], "expected")
        p = self.fit("logistic.lik", "t.csv", "--vcov=observed")
        self.assertEqual(p["se_type"], "observed")
        for e, f in zip(o["parameters"], p["parameters"]):  # equal for a canonical link
            self.assertAlmostEqual(e["std_error"], f["std_error"], places=8)

    def test_max_iterations(self):
        done = self.run_mlec("line.lik", "t.csv", "--max-iterations", "1")
        self.assertEqual(done.returncode, 1)
        self.assertIn(b"no-convergence", done.stderr)

    def test_threads(self):
        rows = "".join(f"{i % 17},{i % 5 + i % 17}\n" for i in range(500000))
        self.write("long.csv", "x,y\n" + rows)
        alone = self.fit("line.lik", "long.csv", "--threads", "1")
        for more in ((), ("--threads", "2"), ("--threads=7",)):
            o = self.fit("line.lik", "long.csv", *more)
            self.assertEqual(o["parameters"], alone["parameters"])

    def test_per_row(self):
        log_likelihood = self.fit("line.lik", "t.csv")["log_likelihood"]
        out = self.run_mlec("line.lik", "t.csv", "--per-row").stdout.decode()
        nats, bits = re.search(r"average negative log-likelihood +(\S+) nats +(\S+) bits",
                               out).groups()
        self.assertAlmostEqual(float(nats), -log_likelihood / 8, places=4)
        self.assertAlmostEqual(float(bits), -log_likelihood / 8 / math.log(2), places=4)

    def test_time(self):
        plain, timed = (self.run_mlec("line.lik", "t.csv", *more) for more in ((), ("--time",)))
        self.assertEqual(plain.stdout, timed.stdout)
        self.assertEqual(plain.stderr, b"")
        rows = re.findall(r"^ *(\S.*?) +(\d+\.\d{3})$", timed.stderr.decode(), re.MULTILINE)
        names = [name for name, _ in rows]
        for name in ("compile", "read data", "bind", "fit", "report", "total"):
            self.assertIn(name, names)
        steps = [float(ms) for name, ms in rows
                 if name in ("compile", "read data", "bind", "fit", "report")]
        self.assertLessEqual(sum(steps), float(rows[-1][1]) + 0.01)

    def test_quiet(self):
        self.write("unused.lik", "param extra : real\n" + NORMAL)
        self.assertIn(b"warning: ", self.run_mlec("check", "unused.lik", "t.csv").stderr)
        self.assertEqual(self.run_mlec("check", "unused.lik", "t.csv", "-q").stderr, b"")

    def test_color(self):
        for args, colored in (([], False), (["--color=always"], True), (["--color=never"], False)):
            said = self.run_mlec("none.lik", *args).stderr
            self.assertEqual(b"\033[" in said, colored)
        self.assertIn(b"\033[1;31merror: \033[0m", said_on_terminal(self.folder, {}))
        self.assertNotIn(b"error: \033[0m", said_on_terminal(self.folder, {"NO_COLOR": "1"}))

    def test_pointer_to_the_explanation(self):
        """On a terminal alone, once, and not with --quiet."""
        self.write("wrong.lik", "param mu : real\ny ~ nromal(mu, 1)\nz ~ nromal(mu, 1)\n")
        said = said_on_terminal(self.folder, {}, "wrong.lik")
        self.assertEqual(said.count(b"mlec explain unknown-distribution tells more"), 1)
        self.assertNotIn(b"tells more", said_on_terminal(self.folder, {}, "wrong.lik", "-q"))
        self.assertNotIn(b"tells more", self.run_mlec("wrong.lik").stderr)

    def test_help(self):
        for args in ([], ["check"], ["emit"], ["build"], ["fmt"], ["doc"], ["explain"],
                     ["bench"]):
            done = self.run_mlec(*args, "--help")
            self.assertEqual((done.returncode, done.stderr), (0, b""))
            self.assertIn(b"usage: mlec", done.stdout)
            self.assertLessEqual(max(map(len, done.stdout.decode().splitlines())), 80)
        self.assertEqual(self.run_mlec("-h").stdout, self.run_mlec("--help").stdout)

    def test_version(self):
        done = self.run_mlec("--version")
        self.assertEqual(done.returncode, 0)
        self.assertRegex(done.stdout.decode(), r"^mlec \d+\.\d+\.\d+\n$")

    def test_hints(self):
        for args, hint in (
                (["--jsn", "line.lik"], "did you mean --json?"),
                (["chekc", "line.lik"], "did you mean mlec check?"),
                (["line.lik", "t.csv", "--level", "90"], "did you mean --level 0.9?"),
                (["t.csv", "line.lik"], "mlec fit MODEL.lik DATA.csv"),
                ([], "mlec --help")):
            self.assertIn(hint, self.refused("usage", *args))


def said_on_terminal(folder, more, *args):
    """Standard error of a failing run whose standard error is a terminal."""
    env = {k: v for k, v in os.environ.items() if k != "NO_COLOR"} | {"TERM": "xterm"} | more
    ours, theirs = pty.openpty()
    try:
        subprocess.run([MLEC, *(args or ("none.lik",))], cwd=folder, stdin=subprocess.DEVNULL, stderr=theirs,
                       stdout=subprocess.DEVNULL, env=env, timeout=60, check=False)
        return os.read(ours, 65536)
    finally:
        os.close(ours)
        os.close(theirs)


class Streams(Folder):
    def test_data_from_standard_input(self):
        piped = self.fit("line.lik", "-", stdin=TABLE.encode())
        self.assertEqual(piped["data"], "-")
        self.assertEqual(piped["parameters"], self.fit("line.lik", "t.csv")["parameters"])

    def test_model_from_standard_input(self):
        piped = self.fit("-", "t.csv", stdin=LINE.encode())
        self.assertEqual(piped["model"], "-")
        self.assertEqual(piped["parameters"], self.fit("line.lik", "t.csv")["parameters"])
        self.assertIn("<stdin>:1:5", self.refused("unknown-distribution", "-", "t.csv",
                                                  stdin=b"y ~ nromal(0, 1)\n"))
        self.refused("usage", "-", "-")

    def test_line_ends(self):
        self.write("crlf.lik", LINE.replace("\n", "\r\n"))
        self.write("crlf.csv", TABLE.replace("\n", "\r\n"))
        self.write("bom.csv", b"\xef\xbb\xbf" + TABLE.encode())
        plain = self.estimates("line.lik", "t.csv")
        self.assertEqual(self.estimates("crlf.lik", "crlf.csv"), plain)
        self.assertEqual(self.estimates("line.lik", "bom.csv"), plain)
        self.write("crlf.lik", "param mu : real\r\ny ~ nromal(mu, 1)\r\n")
        self.assertNotIn("\r", self.refused("unknown-distribution", "crlf.lik", "t.csv"))

    def test_closed_output(self):
        read, write = os.pipe()
        os.close(read)
        for args in (["line.lik", "t.csv"], ["line.lik", "t.csv", "--json"], ["--help"]):
            done = self.run_mlec(*args, stdout=write)
            self.assertEqual(done.returncode, 1, args)
            self.assertIn(b"[cannot-write]", done.stderr)
        os.close(write)

    def test_full_disk(self):
        with open("/dev/full", "wb") as full:
            done = self.run_mlec("line.lik", "t.csv", stdout=full)
        self.assertEqual(done.returncode, 1)
        self.assertIn(b"[cannot-write]", done.stderr)

    def test_streams_that_are_closed_from_the_start(self):
        def close_output():
            os.close(1)
        before = (self.folder / "t.csv").read_bytes()
        done = self.run_mlec("line.lik", "t.csv", preexec_fn=close_output)
        self.assertEqual(done.returncode, 1)
        self.assertEqual((self.folder / "t.csv").read_bytes(), before)


class Commands(Folder):
    def test_check(self):
        done = self.run_mlec("check", "line.lik", "t.csv")
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, b"", b""))
        self.assertEqual(self.run_mlec("check", "line.lik").returncode, 0)
        self.write("wrong.csv", "y,x\n1,2\n2,three\n")
        self.refused("bad-value", "check", "line.lik", "wrong.csv", status=3)
        self.write("wrong.lik", "y ~ normal(mu, 1\n")
        self.refused("unclosed-bracket", "check", "wrong.lik")

    def test_check_json(self):
        o = self.fit("check", "line.lik", "t.csv")
        self.assertEqual(list(o), FAILURE_KEYS)
        self.assertEqual(o["diagnostics"], [])

    def test_emit(self):
        for stage in ("ast", "graph", "gradient", "hessian", "plan", "llvm", "asm", "latex"):
            with self.subTest(stage):
                done = self.run_mlec("emit", f"--{stage}", "line.lik")
                self.assertEqual((done.returncode, done.stderr), (0, b""), done.stderr.decode())
                self.assertTrue(done.stdout.endswith(b"\n"))
                again = self.run_mlec("emit", f"--{stage}", "-", stdin=LINE.encode())
                self.assertEqual(again.returncode, 0)
        self.assertIn(b"define", self.run_mlec("emit", "--llvm", "line.lik").stdout)
        self.refused("cannot-read", "emit", "--plan", "none.lik")
        self.refused("cannot-read", "emit", "--plan", ".")

    def test_build(self):
        self.write("build.lik", "data y, x : real\n" + LINE)
        done = self.run_mlec("build", "build.lik", "-o", "m.o", "-h", "m.h")
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, b"", b""))
        self.assertEqual((self.folder / "m.o").read_bytes()[:4], b"\x7fELF")
        self.assertIn("build", (self.folder / "m.h").read_text())
        done = self.run_mlec("build", "build.lik", "-o", "n.o", "-h", "n.h", "--symbol", "my_line")
        self.assertEqual(done.returncode, 0)
        self.assertIn("my_line", (self.folder / "n.h").read_text())
        self.refused("usage", "build", "build.lik", "-o", "m.o")
        self.refused("usage", "build", "build.lik", "-o", "m.o", "-h", "m.h", "--symbol", "a-b")
        self.refused("cannot-write", "build", "build.lik", "-o", "none/m.o", "-h", "m.h")

    def test_bench(self):
        def measured(*args):
            o = parse(self.run_mlec("bench", *args, "--json").stdout)
            self.assertEqual(list(o), BENCH_KEYS)
            for key in ("ns_per_row", "evaluation_ms"):
                self.assertEqual(list(o[key]), ["value", "gradient", "hessian"])
            return o
        o = measured("ridge.lik", "t.csv", "--threads", "1")
        self.assertEqual((o["rows"], o["rows_used"], o["n_parameters"], o["at"], o["threads"]),
                         (8, 8, 3, "estimates", 1))
        for order, ms in o["evaluation_ms"].items():
            self.assertGreater(ms, 0)
            self.assertAlmostEqual(o["ns_per_row"][order] / (1e6 * ms / 8), 1, places=4)
        for key in ("compile_ms", "read_ms", "bind_ms", "fit_ms"):
            self.assertGreater(o[key], 0)
        self.assertEqual(measured("logistic.lik", "separated.csv")["rows"], 6)
        self.write("prior.lik", "param m : real\nm ~ normal(3, 1)\n")
        o = measured("prior.lik")
        self.assertEqual((o["rows"], o["ns_per_row"]["value"]), (0, None))
        self.assertGreater(o["evaluation_ms"]["hessian"], 0)

    def test_bench_text(self):
        done = self.run_mlec("bench", "line.lik", "t.csv")
        self.assertEqual((done.returncode, done.stderr), (0, b""))
        lines = done.stdout.decode().splitlines()
        self.assertTrue(lines[0].startswith("8 rows, 3 parameters, "), lines[0])
        table = [line for line in lines[2:6]]
        self.assertEqual({len(line) for line in table}, {len(table[0])})
        self.write("wrong.csv", "y,x\n1,2\n2,three\n")
        self.refused("bad-value", "bench", "line.lik", "wrong.csv", status=3)
        self.refused("unknown-column", "bench", "line.lik")
        self.refused("usage", "bench")


if __name__ == "__main__":
    unittest.main(argv=sys.argv, verbosity=1)
