#!/usr/bin/env python3
"""Measures mlec beside C kernels written by hand, R, gretl, TMB and Stan; see README.md."""
import argparse
import datetime
import json
import os
import pathlib
import platform
import sys
import time

import chart
import page
from speed import kernels, peers, tables
from speed.catalogue import ROWS, TITLES, WHOLE_ROWS

HERE = pathlib.Path(__file__).resolve().parent


def arguments():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("models", nargs="*", metavar="MODEL", help="of " + ", ".join(ROWS) + " (all)")
    p.add_argument("--quick", action="store_true",
                   help="a tenth of the rows, five rounds, of the other programs R alone")
    p.add_argument("--rounds", type=int, default=11, help="of measurements turn by turn (11)")
    p.add_argument("--whole-rows", type=int, metavar="N", help="rows of the whole fits, at most")
    p.add_argument("--no-whole", action="store_true", help="evaluations only")
    p.add_argument("--peers", metavar="LIST",
                   help="other programs, of " + ",".join(peers.PEERS) + " (all that are installed)")
    p.add_argument("--update", action="store_true", help="write tables and charts into docs/")
    p.add_argument("--no-r", action="store_true", help="leave R's own functions out")
    p.add_argument("--build", default=HERE.parent / "build" / "release", metavar="FOLDER",
                   type=pathlib.Path, help="where mlec was built, with libmlec.so")
    p.add_argument("--output", default=HERE.parent / "build" / "bench", metavar="FOLDER",
                   type=pathlib.Path, help="where the results go (build/bench)")
    a = p.parse_args()
    for name in a.models:
        if name not in ROWS:
            p.error(f"there is no model {name}")
    wanted = a.peers.split(",") if a.peers else ["r"] if a.quick else list(peers.PEERS)
    for name in wanted:
        if name not in peers.PEERS:
            p.error(f"there is no program {name} among " + ", ".join(peers.PEERS))
    a.peers = [] if a.no_whole else [n for n in wanted if n != "r" or not a.no_r]
    a.models = a.models or list(ROWS)
    a.rounds = min(a.rounds, 5) if a.quick else a.rounds
    a.build, a.output = a.build.resolve(), a.output.resolve()
    return a


def processor():
    try:
        for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    except OSError:
        pass
    return platform.machine()


def whole_rows(a, name):
    rows = WHOLE_ROWS.get(name, min(ROWS[name], 200000)) // (10 if a.quick else 1)
    return min(rows, a.whole_rows or rows)


def about(a, c, loads):
    text = (f"{datetime.date.today()}, {processor()}, {os.cpu_count()} cores, load "
            f"{min(loads):.1f} to {max(loads):.1f}; mlec "
            f"{kernels.run([a.build / 'mlec', '--version']).split()[1]}; "
            f"{kernels.run([c.compiler, '--version']).splitlines()[0]}: plain `{c.plain}`, tuned "
            f"`{c.tuned}`.")
    here = [peers.version(n) for n in a.peers if peers.installed(n)]
    missing = [peers.PEERS[n] for n in a.peers if not peers.installed(n)]
    text += f" Beside it {', '.join(here)}." if here else ""
    return text + (f" Not installed and left out: {', '.join(missing)}." if missing else "")


def main():
    a = arguments()
    a.output.mkdir(parents=True, exist_ok=True)
    c = kernels.build(a)
    loads, results = [os.getloadavg()[0]], []
    for name in a.models:
        begin = time.monotonic()
        r = kernels.evaluations(a, c, name, ROWS[name] // (10 if a.quick else 1))
        if not a.no_whole:
            r["whole"] = peers.whole_fits(a, c, name, whole_rows(a, name))
        results.append(r)
        loads.append(os.getloadavg()[0])
        print(f"{name}: {time.monotonic() - begin:.0f} s", file=sys.stderr)
    small = None if a.no_whole else peers.small_fit(a)
    said = about(a, c, loads)
    parts = {"run": said + "\n", "evaluations": tables.evaluations(results)}
    charts = {"evaluations": chart.dots([(TITLES[r["name"]], r) for r in results], tables.ORDERS,
                                        tables.WAYS)}
    if not a.no_whole:
        parts |= {"whole": tables.whole(results), "small": tables.small(small)}
        charts["fits"] = chart.dots([(TITLES[r["name"]], tables.fit_points(r["whole"]))
                                     for r in results], tables.FIT_PANELS, tables.PROGRAMS)
    text = "\n".join(parts.values())
    (a.output / "table.md").write_text(text)
    for name, picture in charts.items():
        (a.output / f"{name}.svg").write_text(picture)
    (a.output / "results.json").write_text(json.dumps(
        {"about": said, "models": results, "small": small}, indent=1) + "\n")
    print(text)
    if a.update:
        for name, part in parts.items():
            page.update(name, part)
        for name, picture in charts.items():
            (page.DOCS / f"{name}.svg").write_text(picture)


if __name__ == "__main__":
    main()
