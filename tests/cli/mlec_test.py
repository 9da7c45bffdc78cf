#!/usr/bin/env python3
"""What the tests around the program share: running it, reading its JSON, comparing numbers.

Run as a program, it tests itself.
"""

import csv
import json
import math
import os
import subprocess
import sys

SOURCE = os.path.abspath(os.environ.get("MLEC_SOURCE") or
                         os.path.join(os.path.dirname(__file__), "..", ".."))
MLEC = os.path.abspath(os.environ.get("MLEC") or os.path.join(SOURCE, "build", "release", "mlec"))
SHARED = os.environ.get("MLEC_SHARED", os.path.join(SOURCE, "..", "shared"))
SKIP = 77


def source(*path):
    return os.path.join(SOURCE, *path)


def shared(*path):
    """A file of the larger test data; the whole test is skipped without them."""
    name = os.path.join(SHARED, *path)
    if not os.path.exists(name):
        print(f"{name} is not there: skipped")
        sys.exit(SKIP)
    return name


def read_json(path):
    with open(path, encoding="utf-8") as f:
        return json.load(f)


def read_table(path):
    """Columns of a CSV file, as lists: numbers where every value is one, else text."""
    with open(path, newline="", encoding="utf-8") as f:
        rows = list(csv.reader(f))
    columns = {}
    for j, name in enumerate(rows[0]):
        values = [row[j] for row in rows[1:]]
        try:
            columns[name] = [float(v) for v in values]
        except ValueError:
            columns[name] = values
    return columns


class Run:
    """One run of the program: exit status, what it printed, and the JSON object if it is one."""

    def __init__(self, *arguments, cwd=None, timeout=120):
        self.command = [MLEC, *map(str, arguments)]
        done = subprocess.run(self.command, cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              stdin=subprocess.DEVNULL, timeout=timeout, check=False)
        self.status = done.returncode
        self.out = done.stdout.decode("utf-8", "replace")
        self.err = done.stderr.decode("utf-8", "replace")
        try:
            self.json = json.loads(self.out, parse_constant=self.refuse)
        except ValueError:
            self.json = None

    @staticmethod
    def refuse(word):
        raise ValueError(f"{word} is not JSON")

    def parameter(self, name):
        """The entry of a parameter or of a derived quantity; an empty one where there is none."""
        for group in ("parameters", "derived"):
            for p in (self.json or {}).get(group, []):
                if p["name"] == name:
                    return p
        return {}

    def get(self, key):
        return (self.json or {}).get(key)

    def codes(self):
        return [d["code"] for d in (self.json or {}).get("diagnostics", [])]

    def diagnostic(self, code):
        for d in (self.json or {}).get("diagnostics", []):
            if d["code"] == code:
                return d
        return {}


def fit(model, data, *options, **keywords):
    """Runs `mlec model data --json options`; `data` None is a model without a table."""
    tables = [] if data is None else [data]
    return Run(model, *tables, "--json", *options, **keywords)


def digits(got, want):
    """Digits of agreement: -log10 of the relative error (absolute where `want` is 0), at most 16;
    0 when there is no number to compare."""
    if not isinstance(got, (int, float)) or not math.isfinite(got):
        return 0.0
    error = abs(got - want) / abs(want) if want else abs(got)
    if error == 0:
        return 16.0
    return min(16.0, max(0.0, -math.log10(error)))


class Checks:
    """Counts comparisons and prints the failed ones, with both numbers."""

    def __init__(self):
        self.count = 0
        self.failed = 0
        self.subject = ""

    def about(self, subject):
        self.subject = subject

    def fail(self, text):
        self.failed += 1
        print(f"{self.subject}: {text}")

    def true(self, what, ok, seen=""):
        self.count += 1
        if not ok:
            self.fail(f"{what}" + (f": {seen}" if seen != "" else ""))
        return bool(ok)

    def equal(self, what, got, want):
        return self.true(what, got == want, f"got {got!r}, expected {want!r}")

    def digits(self, what, got, want, least):
        d = digits(got, want)
        return self.true(what, d >= least,
                         f"got {got!r}, expected {want!r}: {d:.1f} digits, expected {least:.1f}")

    def near(self, what, got, want, allowed):
        """|got - want| <= allowed."""
        ok = isinstance(got, (int, float)) and abs(got - want) <= allowed
        seen = f"got {got!r}, expected {want!r} within {allowed:.3g}"
        if isinstance(got, (int, float)):
            seen += f", off by {abs(got - want):.3g}"
        return self.true(what, ok, seen)

    def fitted(self, run, status=0):
        """The run ended with this exit status and one JSON object."""
        if run.status == status and run.json is not None:
            self.count += 1
            return True
        diagnostics = "; ".join(f"{d['code']}: {d['message']}"
                                for d in (run.json or {}).get("diagnostics", []))
        self.true("run", False, f"exit {run.status}, expected {status}; "
                  f"verdict {run.get('verdict')}; {diagnostics or run.err.strip()[:2000]}")
        return run.json is not None

    def finish(self):
        print(f"{self.count - self.failed} of {self.count} checks hold")
        sys.exit(1 if self.failed else 0)


def self_test():
    checks = Checks()
    checks.about("digits")
    checks.equal("equal numbers", digits(0.1, 0.1), 16.0)
    checks.near("relative", digits(1.001e-9, 1e-9), 3, 1e-6)
    checks.near("of zero", digits(1e-12, 0), 12, 1e-9)
    checks.equal("no number", digits(None, 1.0), 0.0)
    checks.equal("not finite", digits(math.inf, 1.0), 0.0)
    checks.about("Checks")
    quiet = Checks()
    quiet.fail = lambda text: setattr(quiet, "failed", quiet.failed + 1)
    quiet.digits("", 1.01, 1.0, 3)
    quiet.near("", None, 1.0, 1)
    quiet.equal("", 1, 2)
    quiet.equal("", 1, 1)
    checks.equal("failures counted", quiet.failed, 3)
    checks.finish()


if __name__ == "__main__":
    self_test()
