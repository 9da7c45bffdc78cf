#!/usr/bin/env python3
"""The documentation against the program: every model in it compiles, every command in it prints what it says.

Fenced blocks of the pages below, in their order, each page in a folder of its own with the examples at hand:

    ```lik                  a model: `mlec check` accepts it. A comment <!-- with: a; b --> directly above holds
                            statements that belong to it and are not shown
    ```lik NAME             the same, kept as a file for the commands below; a NAME in examples/ is that file
    ```lik not-yet          a model that this version does not take
    ```csv NAME, ```c NAME  a file for the commands below
    ```console              lines beginning with `$ ` are run, the others are what they print: standard output,
                            or standard error where that is empty

Other blocks are text. Between <!-- X --> and <!-- end X --> the page is made here, by the program or by measuring.
MLEC_UPDATE_GOLDEN=1 rewrites what is printed and made; MLEC_UPDATE_TIMES=1 measures the times again, which are
otherwise left alone.
"""
import difflib
import os
import pathlib
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

from mlec_test import MLEC, SOURCE

SOURCE = pathlib.Path(SOURCE)
BUILD = pathlib.Path(os.environ.get("MLEC_BUILD") or pathlib.Path(MLEC).parent)
UPDATE = os.environ.get("MLEC_UPDATE_GOLDEN") == "1"
UPDATE_TIMES = os.environ.get("MLEC_UPDATE_TIMES") == "1"
PAGES = ["README.md", "docs/language.md", "docs/distributions.md", "docs/functions.md"]
LINKED = PAGES + ["CONTRIBUTING.md", "CHANGELOG.md", "docs/architecture.md", "docs/embedding.md",
                  "docs/accuracy.md", "docs/errors.md", "docs/performance.md", "bench/README.md"]
EXAMPLE = "examples/logistic_regression"

count = 0
faults = []
outdated = []  # what an update cures


def fail(where, what, curable=False):
    (outdated if curable else faults).append(f"{where}: {what}")


def compare(where, what, shown, made):
    global count
    count += 1
    if comparable(shown) != comparable(made):
        fail(where, what + "\n" + "".join(difflib.unified_diff(
            shown.splitlines(True), made.splitlines(True), "shown", "made")), True)


def comparable(text):
    """How the optimizer arrived is no part of what a page promises. Nor are the last digits of estimates and of
    what follows from them, which are the affair of the C library and of LAPACK's compiler."""
    text = re.sub(r'"(iterations|gradient_norm|decrement|start)": [^,}]*', r'"\1": …', text)
    text = re.sub(r"\b\d+\.\d{13,}(e[-+]\d+)?", lambda m: f"{float(m[0]):.13g}", text)
    return re.sub(r"after \d+ iterations?\s+\(decrement\s+[^)]*\)", "after N iterations", text)


# ---- Running ---------------------------------------------------------------------------------------

SHELL = r"""
mlec() { "$MLEC" "$@"; }
pkg-config() { echo "-I$MLEC_SOURCE/include -L$MLEC_BUILD -Wl,-rpath,$MLEC_BUILD -lmlec"; }
"""


class Page:
    """A page, and the folder where its commands run."""

    def __init__(self, name, folder):
        self.name = name
        self.folder = folder
        self.status = 0
        (folder / "examples").symlink_to(SOURCE / "examples")
        self.environment = dict(os.environ, MLEC=MLEC, MLEC_SOURCE=str(SOURCE),
                                MLEC_BUILD=str(BUILD), NO_COLOR="1")

    def run(self, command):
        script = f"{SHELL}(exit {self.status})\n{command}"
        done = subprocess.run(["bash", "-c", script], cwd=self.folder, env=self.environment,
                              stdin=subprocess.DEVNULL, capture_output=True, timeout=120,
                              check=False)
        self.status = done.returncode
        text = (done.stdout or done.stderr).decode("utf-8", "replace")
        return text if not text or text.endswith("\n") else text + "\n"

    def check_model(self, where, text, good):
        global count
        count += 1
        path = self.folder / "model_of_page.lik"
        path.write_text(text, encoding="utf-8")
        done = subprocess.run([MLEC, "check", path.name], cwd=self.folder,
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
        if good and (done.returncode or done.stderr):
            fail(where, f"mlec check says\n{done.stderr}")
        if not good and done.returncode != 2:
            fail(where, "listed as missing, but mlec check accepts it")

    def named_file(self, where, name, body):
        """The file that a block shows; one of the examples is what it is."""
        path = SOURCE / name
        if name.startswith("examples/"):
            made = path.read_text(encoding="utf-8")
            compare(where, f"{name} is another", body, made)
            return made
        (self.folder / name).write_text(body, encoding="utf-8")
        return body

    def console(self, where, body):
        if re.search(r"^\$ cc ", body, re.M) and not (BUILD / "libmlec.so").exists():
            return body  # only builds with the shared library link programs
        made = ""
        for line in body.splitlines():
            if line.startswith("$ "):
                printed = self.run(line[2:])
                if line.startswith("$ cc ") and self.status:
                    fail(where, printed)
                    return body
                made += line + "\n" + printed
        compare(where, "prints something else", body, made)
        return made

    def block(self, where, info, before, body):
        """What the block should say."""
        words = info.split()
        language, name = words[0], words[1] if len(words) > 1 else ""
        if language == "console":
            return self.console(where, body)
        if language == "lik":
            given = re.search(r"<!-- with: (.*?) -->\n$", before, re.S)
            text = (given.group(1).replace("; ", "\n") + "\n" if given else "") + body
            if not name.startswith("examples/") and not name.startswith("wrong"):
                self.check_model(where, text, name != "not-yet")
        if name and name != "not-yet" and language in ("lik", "csv", "c"):
            return self.named_file(where, name, body)
        return body


def run_blocks(name, text):
    folder = pathlib.Path(tempfile.mkdtemp(prefix="mlec-docs-"))
    page = Page(name, folder)
    made, end = "", 0
    for m in re.finditer(r"^```([a-z].*)\n((?:.*\n)*?)```$", text, re.M):
        line = text.count("\n", 0, m.start()) + 1
        body = page.block(f"{name}:{line}", m.group(1), text[:m.start()], m.group(2))
        made += text[end:m.start()] + f"```{m.group(1)}\n{body}```"
        end = m.end()
    shutil.rmtree(folder)
    return made + text[end:]


# ---- Parts that are made ---------------------------------------------------------------------------


def make_reference(what):
    """A reference page, by the program itself."""
    done = subprocess.run([MLEC, "doc", "--markdown", what], capture_output=True, text=True,
                          check=True)
    return done.stdout


def timed_run():
    command = [MLEC, "--time", "--no-cache", f"{EXAMPLE}/model.lik", f"{EXAMPLE}/data.csv"]
    start = time.perf_counter()
    done = subprocess.run(command, cwd=SOURCE, stdin=subprocess.DEVNULL, capture_output=True,
                          text=True, check=True)
    whole = 1e3 * (time.perf_counter() - start)
    steps = [(m.group(1), float(m.group(2)))
             for m in re.finditer(r"^ *(\w[\w ]*?) {2,}([\d.]+)$", done.stderr, re.M)]
    return steps + [("whole process", whole)]


MEANING = {"ast": "text to tree", "check": "tree to model", "dag": "model to graph",
           "kernel": "derivatives and plan",
           "strip": "plan to byte code", "compile": "all of these", "read data": "200 rows of CSV", "bind": "table to strips",
           "fit": "start values, optimum, standard errors", "report": "text",
           "total": "from the first pass to the last line",
           "whole process": "with starting and ending it"}


def make_times(shown):
    names = [step for step, _ in timed_run()]
    if not UPDATE_TIMES:
        have = re.findall(r"^\| \**([a-z ]+?)\** \|", shown, re.M)
        if [n for n in have if n != "step"] != names:
            fail("README.md", f"the table of times has {have}, --time prints {names}")
        return shown
    runs = [timed_run() for _ in range(101)]
    out = ["| step | what it does | ms |", "|---|---|---|"]
    for i, name in enumerate(names):
        ms = statistics.median(run[i][1] for run in runs)
        bold = "**" if name in ("compile", "total", "whole process") else ""
        out.append(f"| {bold}{name}{bold} | {MEANING.get(name, '')} | {bold}{ms:.2g}{bold} |"
                   if ms < 1 else
                   f"| {bold}{name}{bold} | {MEANING.get(name, '')} | {bold}{ms:.1f}{bold} |")
    return "\n".join(out) + "\n"


def make_options(_):
    """`mlec fit --help` from its options on."""
    done = subprocess.run([MLEC, "--help"], capture_output=True, text=True, check=True)
    return "```text\n" + done.stdout[done.stdout.index("commands:"):] + "```\n"


def make_diagnostics(_):
    """Rows of base/diag.def."""
    text = (SOURCE / "base/diag.def").read_text(encoding="utf-8")
    out = ["| code | | meaning |", "|---|---|---|"]
    exits = {"MODEL": 2, "DATA": 3, "FIT": 1}
    for code, severity, kind, meaning in re.findall(
            r'^DIAG\(\w+, "([^"]+)", (\w+), (\w+), "([^"]+)"\)', text, re.M):
        what = f"exit {exits[kind]}" if severity == "ERROR" else severity.lower()
        out.append(f"| `{code}` | {what} | {meaning} |")
    return "\n".join(out) + "\n"


MADE = {"distributions": lambda _: make_reference("distributions"),
        "functions": lambda _: make_reference("functions"),
        "times": make_times, "options": make_options, "diagnostics": make_diagnostics}


def make_parts(name, text):
    def replace(m):
        made = MADE[m.group(1)](m.group(2))
        compare(f"{name}: {m.group(1)}", "is another", m.group(2), made)
        return f"<!-- {m.group(1)} -->\n{made}<!-- end {m.group(1)} -->"

    return re.sub(r"<!-- (\w+) -->\n((?:.*\n)*?)<!-- end \1 -->", replace, text)


# ---- Pages -----------------------------------------------------------------------------------------


def check_links(name, text):
    global count
    for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", re.sub(r"^```(?:.*\n)*?```$", "", text, flags=re.M)):
        count += 1
        if not re.match(r"https?:", target) and not (SOURCE / name).parent.joinpath(target).exists():
            fail(name, f"links to {target}, which is not there")


def check_readme(text):
    """The two commands a newcomer needs come first, and the map has every folder."""
    global count
    blocks = re.findall(r"^```.*\n((?:.*\n)*?)```$", text, re.M)
    lines = [line for block in blocks for line in block.splitlines() if line.startswith("./")]
    count += 2
    if lines[:2] != ["./setup run", "./setup test"]:
        fail("README.md", f"the first commands are {lines[:2]}")
    for house in ("compiler", "runtime"):
        folders = sorted(p.name for p in (SOURCE / house).iterdir() if p.is_dir())
        shown = re.findall(rf"^  {house}/(\w+)/ ", text, re.M)
        if sorted(shown) != folders:
            fail("README.md", f"the map of {house}/ has {shown}, the tree {folders}")


def main():
    for name in LINKED:
        path = SOURCE / name
        if not path.exists():
            fail(name, "is not there")
            continue
        text = path.read_text(encoding="utf-8")
        check_links(name, text)
        if name == "README.md":
            check_readme(text)
        if name not in PAGES:
            continue
        made = make_parts(name, run_blocks(name, text))
        if comparable(made) != comparable(text) and (UPDATE or UPDATE_TIMES):
            path.write_text(made, encoding="utf-8")
            print(f"{name} rewritten")
    if not UPDATE and not UPDATE_TIMES:
        faults.extend(outdated)
    for fault in faults:
        print(fault)
    print(f"{count - len(faults)} of {count} checks hold")
    sys.exit(bool(faults))


if __name__ == "__main__":
    main()
