#!/usr/bin/env python3
"""Malformed and odd data files, through the program: the same fit, bit for bit, or a refusal with
the right exit status and one readable message; never a silently different fit."""

import gzip
import json
import os
import subprocess
import tempfile
import time

from mlec_test import MLEC, Checks, Run, fit, read_json, shared

DECLARED = """data x, y : real
param a, b : real
param s : positive
y ~ normal(a + b*x, s)
"""
UNDECLARED = DECLARED.split("\n", 1)[1]
NUMBERS = ("log_likelihood", "parameters", "covariance", "rows_used")
SECONDS = 10  # the bar is 2; sanitizers and a loaded machine are slower

checks = Checks()
folder = tempfile.TemporaryDirectory()


def written(name, text, mode="w"):
    path = os.path.join(folder.name, name)
    with open(path, mode) as f:
        f.write(text)
    return path


def numbers(run):
    return {key: run.get(key) for key in NUMBERS}


def is_clean(text):
    return all(c in "\n\t" or (" " <= c != "\x7f") for c in text)


def check_same(run, clean):
    if checks.fitted(run):
        checks.equal("the fit", numbers(run), numbers(clean))
        checks.equal("rows", run.get("rows"), 20)
        checks.equal("rows missing", run.get("rows_missing"), 0)


def check_refused(run, model, path, status):
    checks.equal("exit status", run.status, status)
    checks.true("one JSON object", run.json is not None, run.out)
    checks.true("only the diagnostics", run.json is not None and
                sorted(run.json) == ["data", "diagnostics", "mlec", "model"], run.out)
    errors = [d for d in run.get("diagnostics") or [] if d["severity"] == "error"]
    checks.true("there is an error", errors, run.out)
    checks.true("the file is named", os.path.basename(path) in run.err, run.err)
    checks.true("standard error says it", all(d["message"] in run.err for d in errors), run.err)
    plain = Run(model, path)
    checks.equal("nothing on standard output", plain.out, "")
    checks.equal("the same exit status without --json", plain.status, status)


def check_file(entry, model, clean, without_row_7):
    path = shared("data", "bad", entry["file"])
    expect = entry["expect"]
    start = time.monotonic()
    run = fit(model, path)
    checks.true("time", time.monotonic() - start < SECONDS)
    checks.true("an exit status, no signal", 0 <= run.status <= 3, run.status)
    checks.true("no control characters", is_clean(run.out) and is_clean(run.err))
    refused = run.status in (2, 3)
    if expect == "same" or (expect == "same or error" and not refused):
        check_same(run, clean)
    elif expect == "missing":
        if checks.fitted(run):
            checks.equal("rows used", run.get("rows_used"), 19)
            checks.equal("rows missing", run.get("rows_missing"), 1)
            checks.equal("the fit", numbers(run), numbers(without_row_7))
        strict = fit(model, path, "--na", "error")
        check_missing_refused(strict, path)
    elif expect == "error or diagnosed":
        checks.true("an error or a warning", run.status != 0 or run.codes(), run.out)
    else:
        names_column = "column" in entry["why"] and "not found" in entry["why"]
        check_refused(run, model, path, 2 if names_column else 3)


def check_missing_refused(run, path):
    checks.equal("--na error: exit status", run.status, 3)
    d = run.diagnostic("missing-value")
    checks.equal("--na error: line", d.get("line"), 8)
    checks.equal("--na error: file", d.get("file"), path)
    checks.true("--na error: column", "column y" in d.get("message", ""), d)


def check_sources(model, clean):
    """Standard input and gzip give the same fit as the file."""
    with open(shared("data", "bad", "clean.csv"), "rb") as f:
        text = f.read()
    for what, data in (("plain", text), ("gzip", gzip.compress(text))):
        checks.about(f"{what} from standard input")
        done = subprocess.run([MLEC, model, "-", "--json"], input=data, check=False,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=120)
        checks.equal("exit status", done.returncode, 0)
        result = json.loads(done.stdout or b"{}")
        checks.equal("the fit", {key: result.get(key) for key in NUMBERS}, numbers(clean))
    checks.about("gzip file")
    path = written("clean.csv.gz", gzip.compress(text), "wb")
    check_same(fit(model, path), clean)
    checks.about("gzip file cut short")
    path = written("cut.csv.gz", gzip.compress(text)[:-12], "wb")
    check_refused(fit(model, path), model, path, 3)
    checks.about("no such file")
    path = os.path.join(folder.name, "nowhere.csv")
    check_refused(fit(model, path), model, path, 2)


def main():
    manifest = read_json(shared("data", "bad", "manifest.json"))
    clean_path = shared("data", "bad", "clean.csv")
    with open(clean_path, encoding="utf-8") as f:
        lines = f.read().splitlines(keepends=True)
    del lines[7]
    short_path = written("short.csv", "".join(lines))
    for name, text in (("declared.lik", DECLARED), ("undeclared.lik", UNDECLARED)):
        model = written(name, text)
        clean = fit(model, clean_path)
        without_row_7 = fit(model, short_path)
        checks.about("clean.csv")
        checks.fitted(clean)
        checks.fitted(without_row_7)
        for entry in manifest["files"]:
            checks.about(f"{entry['file']} ({name})")
            check_file(entry, model, clean, without_row_7)
        if name == "declared.lik":
            check_sources(model, clean)
    checks.finish()


if __name__ == "__main__":
    main()
