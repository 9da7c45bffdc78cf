#!/usr/bin/env python3
"""Measures what more threads gain for evaluations, fits and the reading of a table; see bench/README.md."""
import argparse
import datetime
import json
import os
import pathlib
import re
import sys

HERE = pathlib.Path(__file__).resolve().parent
HOME = HERE.parent.parent
sys.path.insert(0, str(HERE.parent))

import chart  # noqa: E402
import page  # noqa: E402
from run import processor  # noqa: E402
from speed import kernels, tables  # noqa: E402
from speed.catalogue import ROWS, TITLES  # noqa: E402

# Models with their colours and short names in the chart.
MODELS = {"logistic10": ("#2c3e50", "p = 10"), "logistic100": ("#c0392b", "p = 100"),
          "negative_binomial": ("#27ae60", "neg. bin."), "four_parameter": ("#e67e22", "4-param."),
          "garch": ("#8e44ad", "GARCH")}
EVEN = ("even", "#ddd", "even shares")
STEPS = {"value": "value", "gradient": "+ gradient", "hessian": "+ Hessian", "read": "reading {mb} MB",
         "bind": "binding", "fit": "fit", "all": "from the file to the result"}
PANELS = (("hessian", "evaluation with Hessian"), ("fit", "fit"), ("read", "reading the table"))
ALIKE = (1, 2, 7, 16)  # threads whose results are compared
LARGE = 10  # MB: the reading of less is no work for several threads


def cores():
    return len(os.sched_getaffinity(0))


def powers_of_two(n):
    """Up to n, and n."""
    return sorted({2 ** k for k in range(n.bit_length())} | {n})


def arguments():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("models", nargs="*", metavar="MODEL", help="of " + ", ".join(MODELS) + " (all)")
    p.add_argument("--threads", metavar="LIST", help="(the powers of two up to the cores)")
    p.add_argument("--rounds", type=int, default=9, help="of measurements turn by turn (9)")
    p.add_argument("--quick", action="store_true", help="a tenth of the rows")
    p.add_argument("--update", action="store_true", help="write table and chart into docs/")
    p.add_argument("--build", default=HOME / "build" / "release", metavar="FOLDER", type=pathlib.Path)
    p.add_argument("--output", default=HOME / "build" / "bench", metavar="FOLDER", type=pathlib.Path)
    a = p.parse_args()
    for name in a.models:
        if name not in MODELS:
            p.error(f"there is no model {name}")
    a.models = a.models or list(MODELS)
    # One thread is what the others are compared with.
    a.threads = sorted({1, *map(int, a.threads.split(","))}) if a.threads else powers_of_two(cores())
    a.build, a.output = a.build.resolve(), a.output.resolve()
    return a


def once(a, model, data, threads):
    o = json.loads(kernels.run([a.build / "mlec", "bench", model, data, "--json", "--threads", threads]))
    steps = {name: o[f"{name}_ms"] for name in ("compile", "read", "bind", "fit")}
    return o["evaluation_ms"] | steps | {"all": sum(steps.values())}


def result(a, model, data, threads):
    """The bytes of a fit's result, without its times."""
    out = kernels.run([a.build / "mlec", model, data, "--json", "--threads", threads])
    return re.sub(r'"timing_ms": \{[^}]*\}', "", out)


def write_table(a, program, name):
    """What is known of a model before it is measured, with its files."""
    rows = ROWS[name] // (10 if a.quick else 1)
    model, data = HERE.parent / "speed" / "models" / f"{name}.lik", a.output / f"{name}.threads.csv"
    kernels.run([program, "--write", name, rows, data])
    return {"name": name, "rows": rows, "mb": data.stat().st_size / 1e6}, model, data


def check_alike(a, name, model, data):
    for n in ALIKE[1:]:
        if result(a, model, data, n) != result(a, model, data, ALIKE[0]):
            sys.exit(f"{name}: the results of {ALIKE[0]} and {n} threads differ")


def measure(a, program):
    """All models in turn, so that what disturbs the machine for a while meets no model alone."""
    subjects, loads = [write_table(a, program, name) for name in a.models], [os.getloadavg()[0]]
    turns, results = [], []
    for _ in range(a.rounds):
        turns.append([[once(a, model, data, n) for n in a.threads] for _, model, data in subjects])
        loads.append(os.getloadavg()[0])
    for k, (about, model, data) in enumerate(subjects):
        check_alike(a, about["name"], model, data)
        data.unlink()
        least = {step: [min(turn[k][i][step] for turn in turns) for i in range(len(a.threads))] for step in STEPS}
        results.append(about | {step: {"ms": ms, "faster": [ms[0] / x for x in ms]}
                                for step, ms in least.items()})
    return results, loads


def shown(r, step):
    return step != "read" or r["mb"] >= LARGE


def describe(a, results, loads):
    text = (f"{datetime.date.today()}, {processor()}, {cores()} cores, load {min(loads):.1f} to "
            f"{max(loads):.1f}.\n\n")
    if len(a.threads) > 2:
        text += "![Times faster over the number of threads](threads.svg)\n\n"
    head = ["model", "rows", "step", "1 thread, ms"] + [f"{n} threads" for n in a.threads[1:]]
    rows = [[TITLES[r["name"]], tables.grouped(r["rows"]), title.format(mb=tables.number(r["mb"])),
             tables.number(r[step]["ms"][0]), *(f"{x:.2f}" for x in r[step]["faster"][1:])]
            for r in results for step, title in STEPS.items() if shown(r, step)]
    return text + tables.table(head, rows)


def draw(a, results):
    even = {"even": list(zip(a.threads, a.threads))}
    panels = [(title, "threads", "times faster",
               even | {r["name"]: list(zip(a.threads, r[step]["faster"])) for r in results if shown(r, step)})
              for step, title in PANELS]
    ways = [EVEN, *((name, *MODELS[name]) for name in a.models)]
    return chart.lines(panels, ways, base=2)


def main():
    a = arguments()
    a.output.mkdir(parents=True, exist_ok=True)
    results, loads = measure(a, kernels.build(a).program)
    text, picture = describe(a, results, loads), draw(a, results)
    (a.output / "threads.md").write_text(text)
    (a.output / "threads.svg").write_text(picture)
    (a.output / "threads.json").write_text(json.dumps(results, indent=1) + "\n")
    print(text)
    if a.update:
        page.update("threads", text)
        if len(a.threads) > 2:
            (page.DOCS / "threads.svg").write_text(picture)


if __name__ == "__main__":
    main()
