#!/usr/bin/env python3
"""Measures how the time of an evaluation and of a fit grows with the work; see README.md."""
import argparse
import datetime
import json
import math
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

# What grows, its name, and the sizes: (rows, columns, levels) of each.
GROWING = {
    "rows": ("rows", [(10 ** k, 2, 0) for k in range(3, 9)]),
    "columns": ("columns", [(20000, p, 0) for p in (1, 3, 10, 30, 100, 300, 1000)]),
    "levels": ("levels", [(4000000, 1, 10 ** k) for k in range(1, 7)]),
}
SIZE = {"rows": 0, "columns": 1, "levels": 2}
SMALL = {"rows": 4, "columns": 5, "levels": 4}  # sizes of --quick
BYTES_A_ROW = 100  # of the table in memory, its bound columns and the driver's own
STEPS = (("value", "#2c3e50", "value"), ("gradient", "#27ae60", "gradient"),
         ("hessian", "#c0392b", "Hessian"), ("bind", "#e67e22", "binding"), ("fit", "#8e44ad", "fit"),
         ("compile", "#7f8c8d", "compile"))


def arguments():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("kinds", nargs="*", metavar="KIND", help="of " + ", ".join(GROWING) + " (all)")
    p.add_argument("--quick", action="store_true", help="without the largest sizes")
    p.add_argument("--update", action="store_true", help="write tables and charts into docs/")
    p.add_argument("--build", default=HOME / "build" / "release", metavar="FOLDER", type=pathlib.Path)
    p.add_argument("--output", default=HOME / "build" / "bench", metavar="FOLDER", type=pathlib.Path)
    a = p.parse_args()
    for kind in a.kinds:
        if kind not in GROWING:
            p.error(f"there is nothing that grows by {kind}")
    a.kinds = a.kinds or list(GROWING)
    a.build, a.output = a.build.resolve(), a.output.resolve()
    return a


def build(a):
    program = a.output / "grow"
    kernels.run([kernels.find_compiler(), "-O2", "-std=gnu17", "-I", HOME / "include",
                 HERE / "grow.c", "-o", program, *kernels.find_library(a), "-lm"])
    return program


def free_memory():
    """Bytes that the machine can give."""
    found = re.search(r"MemAvailable: *(\d+) kB", pathlib.Path("/proc/meminfo").read_text())
    return 1024 * int(found[1])


def measure(a, program, kind):
    results, left_out = [], []
    sizes = GROWING[kind][1]
    for rows, columns, levels in sizes[:SMALL[kind]] if a.quick else sizes:
        if rows * BYTES_A_ROW > free_memory():
            left_out.append(rows)
            continue
        results.append(json.loads(kernels.run([program, HERE / f"{kind}.lik", rows, columns, levels])))
        print(json.dumps(results[-1]), file=sys.stderr)
    return results, left_out


def slope(points):
    """The exponent of the power that fits the larger sizes best: those of the upper half."""
    points = [(math.log(x), math.log(y)) for x, y in points[len(points) // 2 - 1:]]
    mx, my = (sum(p[k] for p in points) / len(points) for k in (0, 1))
    return (sum((x - mx) * (y - my) for x, y in points) / sum((x - mx) ** 2 for x, _ in points))


def series(results, kind):
    size = ("rows", "columns", "levels")[SIZE[kind]]
    return {step: [(r[size], r[step]) for r in results if r.get(step)] for step, _, _ in STEPS}


def describe(results, left_out, kind):
    head = [GROWING[kind][0]] + [f"{name} ms" for _, _, name in STEPS] + ["iterations", "MB"]
    rows = [[tables.grouped(r[GROWING[kind][0]])] +
            [tables.number(r.get(step)) for step, _, _ in STEPS] +
            [str(r["iterations"]), tables.number(r["memory_mb"])] for r in results]
    powers = {step: slope(points) for step, points in series(results, kind).items() if len(points) > 3}
    rows.append(["grows with the power"] + [f"{powers[step]:.2f}" if step in powers else ""
                                            for step, _, _ in STEPS] + ["", ""])
    text = tables.table(head, rows)
    wrong = [f"{r[GROWING[kind][0]]}: {r['verdict']}" for r in results if r["verdict"] != "interior"]
    text += f"\nNot an interior optimum: {', '.join(wrong)}.\n" if wrong else ""
    return text + (f"\nLeft out for want of memory: {', '.join(map(tables.grouped, left_out))} rows.\n"
                   if left_out else "")


def draw(results, kind):
    points = series(results, kind)
    panels = [("evaluation", kind, "ms", {k: points[k] for k in ("value", "gradient", "hessian")}),
              ("whole fit", kind, "ms", {k: points[k] for k in ("bind", "fit", "compile")})]
    return chart.lines(panels, STEPS)


def main():
    a = arguments()
    a.output.mkdir(parents=True, exist_ok=True)
    program = build(a)
    print(f"{datetime.date.today()}, {processor()}, load {os.getloadavg()[0]:.1f}")
    for kind in a.kinds:
        results, left_out = measure(a, program, kind)
        text, picture = describe(results, left_out, kind), draw(results, kind)
        (a.output / f"scale-{kind}.md").write_text(text)
        (a.output / f"scale-{kind}.svg").write_text(picture)
        (a.output / f"scale-{kind}.json").write_text(json.dumps(results, indent=1) + "\n")
        print(text)
        if a.update:
            page.update(f"scale {kind}", text)
            (page.DOCS / f"scale-{kind}.svg").write_text(picture)


if __name__ == "__main__":
    main()
