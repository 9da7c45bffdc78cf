#!/usr/bin/env python3
"""The examples in grammar/prelude/*.lik hold, through the whole program.

Functions are evaluated at a parameter (machine code) and at a constant (folded by the compiler); a
derivative is read off a delta-method standard error and compared with differences of values.
Distributions are evaluated with all parameters held.
"""

import glob
import os
import re
import tempfile

from mlec_test import Checks, fit, source

# Their second derivatives are not in the library, so they cannot depend on parameters.
SECOND = ("trigamma", "tetragamma", "trigamma_ratio", "bessel_ratio_m1", "bessel_ratio_slope")

checks = Checks()
folder = tempfile.mkdtemp()


def write(name, text):
    path = os.path.join(folder, name)
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)
    return path


def split(text):
    """Arguments at the commas that no bracket encloses."""
    parts, depth = [""], 0
    for c in text:
        depth += (c in "([") - (c in ")]")
        if c == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += c
    return [p.strip() for p in parts]


def read_blocks():
    """[(kind, name, argument names, [(example arguments, value text)], has partial, is form)]"""
    blocks = []
    for path in sorted(glob.glob(source("grammar", "prelude", "*.lik"))):
        with open(path, encoding="utf-8") as f:
            text = f.read()
        for m in re.finditer(r"^(fn|dist) (\w+)\((.*)\) \{\n((?:.*\n)*?)\}", text, re.M):
            kind, name, formals, body = m.groups()
            names = [a.split(":")[0].strip() for a in split(formals.replace("|", ","))]
            examples = [(split(a), v) for a, v in
                        re.findall(r"^  example\((.*)\) = (.*)$", body, re.M)]
            blocks.append((kind, name, names, examples, set(re.findall(r"partial\((\w+)\)", body)),
                           path.endswith("forms.lik")))
    return blocks


def is_number(text):
    return re.fullmatch(r"[-+0-9.e]+", text) is not None


def check_folded(name, arguments, want):
    """An example with vectors or conditions among its arguments: its value alone."""
    checks.about(f"{name}({', '.join(arguments)})")
    run = fit(write("folded.lik", f"param z = 0 : real\nloglik once -0.5*z^2\n"
                                  f"report folded = {name}({', '.join(arguments)})\n"), None)
    if checks.fitted(run):
        checks.digits("folded", run.parameter("folded").get("estimate"), want, 14)


def check_function(name, names, values, want, partials):
    call = ", ".join(map(repr, values))
    checks.about(f"{name}({call})")
    model = [f"report folded = {name}({call})\n"]
    h = [1e-3 * max(abs(v), 1e-3) for v in values]
    for i, v in enumerate(values):
        def at(word, i=i):
            return ", ".join(word if j == i else repr(w) for j, w in enumerate(values))
        model.append(f"param z{i} = {v!r} : real\nloglik once -0.5*(z{i} - {v!r})^2\n"
                     f"report value{i} = {name}({at(f'z{i}')})\n")
        model.extend(f"report near{i}_{s} = {name}({at(repr(v + (s - 2) * h[i]))})\n"
                     for s in range(5))
    run = fit(write("function.lik", "".join(model)), None)
    if not checks.fitted(run):
        return
    checks.digits("folded", run.parameter("folded").get("estimate"), want, 14)
    for i in range(len(values)):
        p = run.parameter(f"value{i}")
        checks.digits(f"at {names[i]}", p.get("estimate"), want, 14)
        near = [run.parameter(f"near{i}_{s}").get("estimate") for s in range(5)]
        if names[i] in partials and None not in near and near[0] != near[4]:
            slope = (near[0] - 8 * near[1] + 8 * near[3] - near[4]) / (12 * h[i])
            noise = 2e-15 * max(map(abs, near)) / h[i]
            checks.near(f"derivative in {names[i]}", p.get("std_error"), abs(slope),
                        noise + 1e-5 * abs(slope))


def check_vector(name, outcome, arguments, value):
    """One row of several columns: [y1, y2, y3] ~ name(...)."""
    values = split(outcome[1:-1])
    columns = [f"y{i + 1}" for i in range(len(values))]
    data = write("one.csv", ",".join(columns) + "\n" + ",".join(values) + "\n")
    run = fit(write("one.lik", f"[{', '.join(columns)}] ~ {name}({', '.join(arguments)})\n"), data)
    if checks.true("evaluated", run.get("log_likelihood") is not None, run.err):
        checks.near("log density", run.get("log_likelihood"), float(value),
                    1e-13 * (1 + abs(float(value))))


def check_distribution(name, names, examples):
    for arguments, value in examples:
        given = dict((part.strip() for part in a.split("=", 1)) for a in arguments)
        checks.about(f"{name}({', '.join(arguments)})")
        free = [a for a in names[1:] if not given[a].startswith("[")]
        counts = [a for a in free if a == "n"]
        free = [a for a in free if a != "n"]
        if given[names[0]].startswith("["):
            check_vector(name, given[names[0]], [given[a] for a in names[1:]], value)
            continue
        model = ('data y : factor("1", "2", "3")\n' if name.startswith("categorical") else
                 "data y : int(1, 4)\n" if name.startswith("ordered") else "")
        data = write("one.csv", ",".join(["y", *counts]) + "\n" +
                     ",".join(given[a] for a in ["y", *counts]) + "\n")
        called = [a if a in free + counts else given[a] for a in names[1:]]
        model += "".join(f"param {a} = {given[a]} : real\n" for a in free)
        model += f"y ~ {name}({', '.join(called)})\n"
        run = fit(write("one.lik", model), data, *(f"--fix={a}={given[a]}" for a in free))
        if not checks.true("evaluated", run.get("log_likelihood") is not None,
                           f"exit {run.status}, {run.codes()} {run.err}"):
            continue
        checks.near("log density", run.get("log_likelihood"), float(value),
                    1e-13 * (1 + abs(float(value))))


def main():
    blocks = read_blocks()
    checks.true("blocks read", len(blocks) > 110, len(blocks))
    for kind, name, names, examples, partials, form in blocks:
        checks.about(name)
        checks.true("has an example", examples or form or name == "softmax")
        if kind == "fn":
            for arguments, value in examples if name not in SECOND else []:
                if all(map(is_number, arguments)):
                    check_function(name, names, list(map(float, arguments)), float(value), partials)
                else:
                    check_folded(name, arguments, float(value))
        else:
            check_distribution(name, names, examples)
    checks.finish()


if __name__ == "__main__":
    main()
