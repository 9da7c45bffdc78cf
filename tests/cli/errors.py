#!/usr/bin/env python3
"""Wrong models and wrong data: each case of tests/golden/errors says what it is told to say.

With MLEC_UPDATE_GOLDEN=1 the expectations are rewritten. Names of cases as arguments run these alone.
"""
import concurrent.futures
import difflib
import json
import os
import pathlib
import re
import shlex
import subprocess
import sys

MLEC = os.environ["MLEC"]
SOURCE = pathlib.Path(os.environ.get("MLEC_SOURCE", "."))
FOLDER = SOURCE / "tests/golden/errors"
UPDATE = os.environ.get("MLEC_UPDATE_GOLDEN") == "1"

# Codes that no command line, model or table should be able to produce.
UNREACHABLE = {"internal"}


def arguments(name):
    args = FOLDER / f"{name}.args"
    if args.exists():
        return shlex.split(args.read_text())
    own = f"{name}.csv"
    return [f"{name}.lik", own if (FOLDER / own).exists() else "_table.csv"]


def compare_with_json(said, out):
    try:
        codes = {d["code"] for d in json.loads(out)["diagnostics"]}
    except (ValueError, KeyError):
        return ["no object with diagnostics on standard output"]
    shown = set(re.findall(r" \[([a-z-]+)\]$", said, re.MULTILINE))
    return [f"[{code}] is not in both, text and JSON" for code in sorted(codes ^ shown)]


def run(name):
    """What the program says, in the form of an .expected file, and what is wrong with how it did."""
    args = arguments(name)
    faults = []
    try:
        done = subprocess.run([MLEC, *args], cwd=FOLDER, stdin=subprocess.DEVNULL,
                              capture_output=True, timeout=60)
    except subprocess.TimeoutExpired:
        return "", ["still running after a minute"]
    said = done.stderr.decode("utf-8", "backslashreplace")
    out = done.stdout.decode("utf-8", "backslashreplace")
    if done.returncode < 0:
        faults.append(f"killed by signal {-done.returncode}")
    if re.search(r"[\x00-\x08\x0b-\x1f\x7f]", said):
        faults.append("control characters on standard error")
    if "--json" in args:
        faults += compare_with_json(said, out)
    elif done.returncode in (2, 3) and out:
        faults.append("text on standard output although nothing was fitted")
    return f"{said}exit {done.returncode}\n", faults


def comparable(text):
    """What has to be equal: all of it, but where a fit ended only the words."""
    return re.sub(r"\d+(\.\d+)?(e[+-]?\d+)?", "#", text) if text.endswith("exit 1\n") else text


def check(name):
    text, faults = run(name)
    file = FOLDER / f"{name}.expected"
    expected = file.read_text() if file.exists() else ""
    if UPDATE and comparable(expected) != comparable(text):
        file.write_text(text)
    elif not expected:
        faults.append("has no .expected file (MLEC_UPDATE_GOLDEN=1 writes it)")
    elif comparable(expected) != comparable(text):
        faults += difflib.unified_diff(expected.splitlines(), text.splitlines(),
                                       "expected", "printed", lineterm="")
    code = name.split("_")[0]
    if text and code != "several" and f"[{code}]" not in text:
        faults.append(f"does not say [{code}]")
    return name, faults


def implemented_codes():
    """The codes of classes MODEL and DATA that some source file reports."""
    rows = re.findall(r'^DIAG\((\w+), "([^"]+)", \w+, (\w+)', (SOURCE / "base/diag.def").read_text(),
                      re.MULTILINE)
    used = {"USAGE"}
    for folder in ("base", "grammar", "compiler", "runtime"):
        for file in (SOURCE / folder).rglob("*"):
            if file.suffix in (".c", ".h", ".re", ".y"):
                used |= set(re.findall(r"\bDIAG_(\w+)", file.read_text()))
    return {code for name, code, kind in rows if name in used and kind in ("MODEL", "DATA")}


def main():
    names = sorted({f.stem for f in FOLDER.iterdir() if f.suffix in (".lik", ".args")})
    wanted = sys.argv[1:]
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for name, faults in pool.map(check, wanted or names):
            if faults:
                failed += 1
                print(f"{name}:", *faults, sep="\n    ")
    if not wanted:
        for code in sorted(implemented_codes() - UNREACHABLE - {n.split("_")[0] for n in names}):
            failed += 1
            print(f"{code}: no case has a name that begins so")
        for file in sorted(FOLDER.glob("*.expected")):
            if file.stem not in names:
                failed += 1
                print(f"{file.name}: belongs to no case")
    print(f"{len(wanted or names)} cases, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
