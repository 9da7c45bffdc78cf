#!/usr/bin/env python3
"""docs/architecture.md shows what the compiler makes of one model: its dumps are those of the program.

The model is the page's first ```lik block. A dump is a block between <!-- emit ARGUMENTS --> and <!-- end emit -->;
the arguments are those of `mlec emit`, and of `--llvm` one function: `--llvm map3_hessian`. LLVM's text is shown in the
notation of its newer versions, with its values counted anew and the inside of the exponential left out.

MLEC_UPDATE_GOLDEN=1 rewrites the page.
"""
import difflib
import os
import pathlib
import re
import subprocess
import sys
import tempfile

from mlec_test import MLEC, SOURCE

PAGE = pathlib.Path(SOURCE) / "docs/architecture.md"
UPDATE = os.environ.get("MLEC_UPDATE_GOLDEN") == "1"


def function_of(text, name):
    """The definition of one function, in a form that does not depend on the version of LLVM."""
    found = re.search(rf"^define [^\n]*@{name}\(.*?^}}$", text, re.M | re.S)
    if not found:
        sys.exit(f"mlec emit --llvm has no function {name}")
    text = found.group(0)
    text = re.sub(r"<8 x (\w+)> <\1 ([^,>]+)(?:, \1 \2){7}>", r"<8 x \1> splat (\1 \2)", text)
    text = re.sub(r"inbounds nuw", "inbounds", text)
    text = re.sub(r" #\d+ \{", " {", text)
    text = re.sub(r" +; preds = .*", "", text)
    return renumbered(without_exponential(text.splitlines()))


def without_exponential(lines):
    """From the first fused multiply-add to the last selection."""
    inside = [i for i, line in enumerate(lines) if "llvm.fma" in line]
    ends = [i for i, line in enumerate(lines) if " select " in line]
    if not inside or not ends:
        return lines
    value = re.match(r"\s*(%\d+)", lines[ends[-1]]).group(1)
    return lines[:inside[0]] + [f"  ; ... {value} = the exponential, in place"] + lines[ends[-1] + 1:]


def renumbered(lines):
    numbers = {}
    return re.sub(r"%(\d+)", lambda m: "%" + str(numbers.setdefault(m.group(1), len(numbers))),
                  "\n".join(lines)) + "\n"


def emit(arguments, model):
    words = arguments.split()
    done = subprocess.run([MLEC, "emit", words[0], model], capture_output=True, text=True,
                          stdin=subprocess.DEVNULL, check=False)
    if done.returncode:
        sys.exit(f"mlec emit {words[0]}:\n{done.stderr}")
    return function_of(done.stdout, words[1]) if len(words) > 1 else done.stdout


def main():
    page = PAGE.read_text(encoding="utf-8")
    text = re.search(r"^```lik\n(.*?)^```$", page, re.M | re.S).group(1)
    count = 0

    with tempfile.TemporaryDirectory() as folder:
        model = pathlib.Path(folder) / "goals.lik"
        model.write_text(text, encoding="utf-8")

        def replace(m):
            nonlocal count
            count += 1
            return (f"<!-- emit {m.group(1)} -->\n```{m.group(2)}\n{emit(m.group(1), model)}```\n"
                    "<!-- end emit -->")

        made = re.sub(r"<!-- emit (.*?) -->\n```(\w*)\n(?:(?!```).*\n)*```\n<!-- end emit -->", replace,
                      page)
    if count < 7:
        sys.exit(f"{PAGE} has {count} dumps")
    if made == page:
        print(f"{count} dumps are those of the program")
    elif UPDATE:
        PAGE.write_text(made, encoding="utf-8")
        print(f"{PAGE} rewritten")
    else:
        sys.stdout.writelines(difflib.unified_diff(page.splitlines(True), made.splitlines(True),
                                                   "docs/architecture.md", "the program"))
        sys.exit(1)


if __name__ == "__main__":
    main()
