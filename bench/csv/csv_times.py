#!/usr/bin/env python3
"""Reads tables with mlec and with data.table's fread, turn by turn; see README.md."""
import argparse
import json
import pathlib
import shutil
import statistics
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
HOME = HERE.parent.parent
sys.path.insert(0, str(HERE.parent))

import page  # noqa: E402
from speed import tables  # noqa: E402

# Kind, rows, columns or levels: see generate.c.
TABLES = {"numbers": ("numbers", 1000000, 12), "two": ("numbers", 3000000, 2),
          "wide": ("numbers", 100000, 200), "digits": ("long", 1000000, 8),
          "missing": ("missing", 1000000, 8), "dates": ("dates", 3000000, 1),
          "levels": ("levels", 3000000, 100000), "quoted": ("quoted", 2000000, 1),
          "big": ("numbers", 13000000, 12)}


def arguments():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("tables", nargs="*", metavar="TABLE", help="of " + ", ".join(TABLES) + " (all but big)")
    p.add_argument("--threads", default="1,2", metavar="LIST", help="(1,2)")
    p.add_argument("--rounds", type=int, default=5)
    p.add_argument("--folder", type=pathlib.Path, default=HOME / "build" / "bench" / "csv")
    p.add_argument("--update", action="store_true", help="write the table into docs/performance.md")
    a = p.parse_args()
    for name in a.tables:
        if name not in TABLES:
            p.error(f"there is no table {name}")
    a.threads = [int(n) for n in a.threads.split(",")]
    a.tables = a.tables or [name for name in TABLES if name != "big"]
    return a


def build(folder):
    flags = ["-O2", "-DNDEBUG", "-march=x86-64-v3", "-std=gnu17", "-D_GNU_SOURCE", "-ffp-contract=off",
             f"-I{HOME}", f"-I{HOME}/include"]
    base = [p for p in HOME.glob("base/*.c") if p.stem != "explain"]  # whose text the build makes
    sources = [HERE / "read.c", *base, *HOME.glob("runtime/data/*.c")]
    subprocess.run(["cc", "-O2", HERE / "generate.c", "-o", folder / "generate"], check=True)
    subprocess.run(["cc", *flags, *sources, "-lz", "-lm", "-lpthread", "-o", folder / "read"], check=True)


def table(folder, name):
    path = folder / f"{name}.csv"
    if not path.exists():
        with open(path, "wb") as f:
            subprocess.run([folder / "generate", *map(str, TABLES[name])], stdout=f, check=True)
    return path


def measure(command):
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True, check=False)
    return json.loads(done.stdout) if done.returncode == 0 else None


def middle(runs, key):
    return statistics.median(r[key] for r in runs)


def compare(a, name, threads, fread):
    """A row of the table: both readers in turn, medians, and the median of the ratios."""
    path = table(a.folder, name)
    ours, theirs = [], []
    for _ in range(a.rounds):
        ours.append(measure([a.folder / "read", path, threads]))
        if fread:
            theirs.append(measure(["Rscript", "--vanilla", HERE / "fread.R", path, threads]))
    megabytes = path.stat().st_size / 1e6
    row = [f"`{name}`", tables.number(megabytes), str(threads)]
    for key in ("ms", "processor_ms"):
        row.append(tables.number(middle(ours, key)))
        row.append(tables.number(middle(theirs, key)) if fread else "")
        row.append(tables.number(statistics.median(x[key] / y[key] for x, y in zip(ours, theirs)))
                   if fread else "")
    peak, columns = middle(ours, "peak_mb"), middle(ours, "columns_mb")
    return row + [tables.number(columns), tables.number(peak), tables.number(peak / columns),
                  tables.number(middle(theirs, "peak_mb")) if fread else ""]


def main():
    a = arguments()
    a.folder.mkdir(parents=True, exist_ok=True)
    build(a.folder)
    fread = shutil.which("Rscript") and subprocess.run(
        ["Rscript", "--vanilla", "-e", "library(data.table)"], capture_output=True, check=False).returncode == 0
    head = ["table", "MB", "threads", "ms", "fread", "ratio", "processor ms", "fread", "ratio",
            "columns MB", "peak MB", "multiple", "fread"]
    rows = []
    for name in a.tables:
        for threads in a.threads:
            rows.append(compare(a, name, threads, fread))
            print(*rows[-1], file=sys.stderr)
    text = tables.table(head, rows)
    print(text)
    if a.update:
        page.update("csv", text)


if __name__ == "__main__":
    main()
