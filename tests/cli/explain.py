#!/usr/bin/env python3
"""docs/errors.md, which is `mlec explain`: a section for each code, and examples that draw their message.

A section's blocks are files: `lik` is model.lik, `csv` is data.csv. They are fitted, or checked where there is no
table, unless a `console` block shows the command. MLEC_UPDATE_GOLDEN=1 rewrites the line below each heading, which
is made from base/diag.def, and the order. Codes as arguments run these alone.
"""
import concurrent.futures
import os
import pathlib
import re
import subprocess
import sys
import tempfile

from mlec_test import MLEC, SOURCE

PAGE = pathlib.Path(SOURCE) / "docs/errors.md"
UPDATE = os.environ.get("MLEC_UPDATE_GOLDEN") == "1"
ROW = re.compile(r'^DIAG\((\w+), "([^"]+)", (\w+), (\w+), "([^"]+)"\)', re.M)
EXITS = {"MODEL": 2, "DATA": 3, "FIT": 1}

# A fault of the program; forms of the language that come and go; what takes a page to provoke; an end that other
# starts avoid wherever a test could show it.
WITHOUT_EXAMPLE = {"internal", "not-yet", "no-machine-code", "saddle"}

faults = []


def fail(code, what):
    faults.append(f"{code}: {what}")


def rows():
    return [(code, severity, kind, meaning) for _, code, severity, kind, meaning
            in ROW.findall((pathlib.Path(SOURCE) / "base/diag.def").read_text(encoding="utf-8"))]


def first_line(severity, kind, meaning):
    words = {"ERROR": f"Error, exit {EXITS[kind]}", "WARNING": "Warning", "NOTE": "Note"}[severity]
    return f"*{words}: {meaning}.*"


def sections(page):
    parts = re.split(r"^## (.+)\n", page, flags=re.M)
    return parts[0], list(zip(parts[1::2], parts[2::2]))


def check_page():
    """Headings are the codes in their order, each with the line that diag.def gives it."""
    page = PAGE.read_text(encoding="utf-8")
    head, found = sections(page)
    table = rows()
    codes = [code for code, *_ in table]
    texts = dict(found)
    for code in codes:
        if code not in texts:
            fail(code, "docs/errors.md has no section of this name")
    for code, _ in found:
        if code not in codes:
            fail(code, "a section of docs/errors.md that is no code")
    made = head
    for code, severity, kind, meaning in table:
        body = re.sub(r"\A\n*(\*[^*\n]+\*\n)?\n*", "", texts.get(code, ""))
        made += f"## {code}\n\n{first_line(severity, kind, meaning)}\n\n{body.rstrip()}\n\n"
    made = made.rstrip() + "\n"
    if made != page and UPDATE and not faults:
        PAGE.write_text(made, encoding="utf-8")
        print("docs/errors.md rewritten; build again")
    elif made != page:
        fail("docs/errors.md", "is not current: MLEC_UPDATE_GOLDEN=1 tests/cli/explain.py rewrites it")
    for number, line in enumerate(page.splitlines(), 1):
        if len(line) > 120 and not line.startswith("*"):
            fail("docs/errors.md", f"line {number} is longer than 120 characters")
    return dict(sections(made)[1])


def check_example(code, text):
    blocks = dict(re.findall(r"^```(lik|csv|console)\n(.*?)^```$", text, re.M | re.S))
    if not blocks:
        return None if code in WITHOUT_EXAMPLE else "has no example"
    command = "mlec model.lik data.csv" if "csv" in blocks else "mlec check model.lik"
    if "console" in blocks:
        command = blocks["console"].removeprefix("$ ").strip()
    with tempfile.TemporaryDirectory() as folder:
        for block, name in (("lik", "model.lik"), ("csv", "data.csv")):
            if block in blocks:
                (pathlib.Path(folder) / name).write_text(blocks[block], encoding="utf-8")
        done = subprocess.run(["bash", "-c", f'mlec() {{ "$MLEC" "$@"; }}\n{command}'], cwd=folder,
                              env=dict(os.environ, MLEC=MLEC), stdin=subprocess.DEVNULL,
                              capture_output=True, timeout=60, check=False)
    said = (done.stderr + done.stdout).decode("utf-8", "replace")
    if f"[{code}]" not in said:
        return f"`{command}` says, with exit {done.returncode}:\n{said}"
    return None


def mlec(*args):
    done = subprocess.run([MLEC, *args], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          timeout=60, check=False)
    return done.returncode, done.stdout, done.stderr


def check_command(texts):
    status, out, err = mlec("explain")
    if status or err:
        fail("mlec explain", f"exit {status}: {err}")
    listed = re.findall(r"^  (\S+) +(.+)$", out, re.M)
    if sorted(listed) != sorted((code, meaning) for code, _, _, meaning in rows()):
        fail("mlec explain", "lists other codes than base/diag.def")
    for code, text in texts.items():
        status, out, err = mlec("explain", code)
        words = re.sub(r"^```.*$", "", text, flags=re.M).replace("*", "").split()
        if status or err or out.replace("*", "").split() != [code, *words] or not out.endswith("\n"):
            fail(code, f"mlec explain prints\n{out}{err}")
        if max(map(len, re.sub(r"^    .*$", "", out, flags=re.M).splitlines())) > 79:
            fail(code, "mlec explain prints lines of more than 79 characters")
    for args, wanted in ((["seperation"], "did you mean mlec explain separation?"),
                         (["[levl]"], "did you mean mlec explain level?"),
                         (["xyzzy"], "mlec explain lists all")):
        status, out, err = mlec("explain", *args)
        if status != 2 or out or wanted not in err:
            fail(f"mlec explain {args[0]}", f"exit {status}: {err}")
    if mlec("explain", "[level]") != mlec("explain", "level"):
        fail("mlec explain [level]", "is not mlec explain level")


def main():
    texts = check_page()
    wanted = sys.argv[1:] or list(texts)
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for code, what in zip(wanted, pool.map(lambda c: check_example(c, texts[c]), wanted)):
            if what:
                fail(code, what)
    if not faults:
        check_command(texts)
    print(*faults, f"{len(wanted)} codes, {len(faults)} faults", sep="\n")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
