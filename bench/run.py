#!/usr/bin/env python3
"""Measures mlec beside C kernels written by hand and beside R; see README.md."""
import argparse
import datetime
import json
import os
import pathlib
import platform
import shutil
import subprocess
import sys
import time

from speed import chart

HERE = pathlib.Path(__file__).resolve().parent
SOURCES = HERE / "speed"
ORDERS = ("value", "gradient", "hessian")
ROWS = {"logistic10": 1000000, "logistic100": 200000, "poisson": 1000000,
        "negative_binomial": 300000, "weibull": 500000, "mixture": 1000000, "garch": 100000,
        "normal": 10000000, "multinomial": 200000, "ordinal": 200000, "four_parameter": 200000,
        "linear50": 200000}
TITLES = {"logistic10": "logistic, p = 10", "logistic100": "logistic, p = 100",
          "poisson": "Poisson with offset, p = 10", "negative_binomial": "negative binomial, p = 5",
          "weibull": "Weibull, 30 % censored, p = 5", "mixture": "mixture of two normals",
          "garch": "GARCH(1,1)", "normal": "normal",
          "multinomial": "multinomial logit, K = 5, p = 5", "ordinal": "ordinal probit, K = 5, p = 2",
          "four_parameter": "four-parameter logistic", "linear50": "linear, p = 50"}
AGREE = 1e-8


def arguments():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("models", nargs="*", metavar="MODEL", help="of " + ", ".join(ROWS) + " (all)")
    p.add_argument("--quick", action="store_true", help="a tenth of the rows, five rounds")
    p.add_argument("--rounds", type=int, default=11, help="of measurements turn by turn (11)")
    p.add_argument("--whole-rows", type=int, default=200000, metavar="N",
                   help="rows of the whole fits, at most (200000)")
    p.add_argument("--no-whole", action="store_true", help="evaluations only")
    p.add_argument("--no-r", action="store_true", help="leave R out")
    p.add_argument("--build", default=HERE.parent / "build" / "release", metavar="FOLDER",
                   type=pathlib.Path, help="where mlec was built, with libmlec.so")
    p.add_argument("--output", default=HERE.parent / "build" / "bench", metavar="FOLDER",
                   type=pathlib.Path, help="where the results go (build/bench)")
    a = p.parse_args()
    for name in a.models:
        if name not in ROWS:
            p.error(f"there is no model {name}")
    a.models = a.models or list(ROWS)
    a.rounds = min(a.rounds, 5) if a.quick else a.rounds
    a.build = a.build.resolve()
    return a


# ---- Programs ------------------------------------------------------------------------------------

def run(command):
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{' '.join(map(str, command))}\n{done.stderr or done.stdout}")
    return done.stdout


def supports(compiler, flag, folder):
    probe = folder / "probe.c"
    probe.write_text("int probe;\n")
    done = subprocess.run([compiler, flag, "-Werror", "-c", probe, "-o", folder / "probe.o"],
                          stderr=subprocess.DEVNULL, check=False)
    return done.returncode == 0


def build(a):
    """The program that compares; returns it, the compiler, and the flags of both kernels."""
    compiler = next((c for c in ("clang-19", "clang", "gcc") if shutil.which(c)), None)
    if not compiler:
        sys.exit("no C compiler: clang or gcc is needed")
    if not (a.build / "libmlec.so").exists():
        sys.exit(f"{a.build}/libmlec.so is not there: cmake --preset release && "
                 "cmake --build build/release --target mlec libmlec_shared")
    common = ["-O3", "-march=native", "-std=gnu17"]
    plain, tuned = ["-ffast-math"], ["-ffp-contract=fast", "-fno-math-errno"]
    if supports(compiler, "-fveclib=libmvec", a.output):
        plain.append("-fveclib=libmvec")
    if supports(compiler, "-mprefer-vector-width=512", a.output):
        tuned.append("-mprefer-vector-width=512")
    if compiler == "gcc":
        plain.append("-Wno-unknown-pragmas")
        tuned.append("-Wno-psabi")
    objects = []
    for name, flags in (("plain", common + plain), ("tuned", common + tuned),
                        ("generate", ["-O2", "-std=gnu17"]), ("compare", ["-O2", "-std=gnu17"])):
        objects.append(a.output / f"{name}.o")
        run([compiler, *flags, "-I", HERE.parent / "include", "-c", SOURCES / f"{name}.c", "-o",
             objects[-1]])
    program = a.output / "compare"
    run([compiler, *objects, "-o", program, f"-L{a.build}", "-lmlec", f"-Wl,-rpath,{a.build}",
         *(["-lmvec"] if "-fveclib=libmvec" in plain else []), "-lm"])
    return program, compiler, " ".join(common + plain), " ".join(common + tuned)


def measure_process(command):
    """Output, processor seconds and most memory (MB) of a program; its output None if it failed."""
    with subprocess.Popen([str(c) for c in command], stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL, text=True) as p:
        out = p.stdout.read()
        _, status, usage = os.wait4(p.pid, 0)
        p.returncode = os.waitstatus_to_exitcode(status)
    failed = p.returncode != 0
    return None if failed else out, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


# ---- Measurements --------------------------------------------------------------------------------

def evaluations(a, program, name, rows):
    o = json.loads(run([program, SOURCES / "models" / f"{name}.lik", name, rows, a.rounds]))
    for kind in ("plain", "tuned"):
        if not o[f"{kind}_differs"] <= AGREE:
            sys.exit(f"{name}: the {kind} kernel differs from mlec by {o[f'{kind}_differs']}")
    return o


def whole_fits(a, program, name, rows):
    """Whole fits by mlec and R from the same file; the median of three processes, one of R."""
    model, csv = SOURCES / "models" / f"{name}.lik", a.output / f"{name}.csv"
    run([program, "--write", name, rows, csv])
    mlec = [a.build / "mlec", model, csv, "--threads", "1", "--no-cache", "--json"]
    runs = sorted((measure_process(mlec) for _ in range(3)), key=lambda r: r[1])
    out, seconds, memory = runs[1]
    o = {"rows": rows // 32 * 32, "mlec_process_s": seconds, "mlec_memory_mb": memory}
    if out:
        fits = [json.loads(out) for out, _, _ in runs if out]
        for step in ("fit", "compile"):  # on the clock, so the least disturbed one
            o[f"mlec_{step}_s"] = min(f["timing_ms"][step] for f in fits) / 1e3
        o["mlec_log_likelihood"] = fits[0]["log_likelihood"]
    if not a.no_r and shutil.which("Rscript"):
        out, seconds, memory = measure_process(["Rscript", "--vanilla", SOURCES / "whole.R", name,
                                                csv])
        if out:
            words = out.split()
            o |= {"r_function": words[0], "r_fit_s": float(words[1]),
                  "r_log_likelihood": float(words[2]), "r_process_s": seconds,
                  "r_memory_mb": memory}
    csv.unlink()
    return o


# ---- Tables --------------------------------------------------------------------------------------

def number(x, digits=3):
    if x is None:
        return ""
    text = f"{x:.{digits}g}"
    return f"{float(text):.0f}" if "e+" in text else text


def table(head, rows):
    lines = [head, ["---"] + ["---:"] * (len(head) - 1), *rows]
    return "".join("| " + " | ".join(line) + " |\n" for line in lines)


def evaluation_tables(results):
    text = "Nanoseconds per row, each order with the ones before it:\n\n"
    head = ["model", "rows"] + [f"{way} {order}" for order in ("value", "+ gradient", "+ Hessian")
                                for way in ("mlec", "plain", "tuned")]
    rows = [[TITLES[r["name"]], f"{r['rows']:,}".replace(",", " ")] +
            [number(r[o][way]) for o in ORDERS for way in ("mlec", "plain", "tuned")]
            for r in results]
    text += table(head, rows)
    text += "\nTime of mlec as a multiple of that of C, medians of the ratios of each round:\n\n"
    head = ["model"] + [f"{order}, {kind}" for order in ("value", "gradient", "Hessian")
                        for kind in ("plain", "tuned")]
    rows = [[TITLES[r["name"]]] + [number(r[o][f"to_{kind}"]) for o in ORDERS
                                   for kind in ("plain", "tuned")] for r in results]
    return text + table(head, rows)


def whole_table(results):
    head = ["model", "rows", "compile ms", "mlec fit s (clock)", "mlec process s", "MB", "R", "R fit s",
            "R process s", "R MB", "log-likelihoods differ"]
    rows = []
    for r in results:
        w = r.get("whole")
        if not w:
            continue
        ours, theirs = w.get("mlec_log_likelihood"), w.get("r_log_likelihood")
        gap = None if ours is None or theirs is None else abs(ours - theirs)
        rows.append([TITLES[r["name"]], f"{w['rows']:,}".replace(",", " "),
                     number(1e3 * w["mlec_compile_s"]) if "mlec_compile_s" in w else "",
                     number(w.get("mlec_fit_s")), number(w["mlec_process_s"]),
                     number(w["mlec_memory_mb"]), w.get("r_function", ""),
                     number(w.get("r_fit_s")), number(w.get("r_process_s")),
                     number(w.get("r_memory_mb")), number(gap, 2)])
    return table(head, rows) if rows else ""


def processor():
    try:
        for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    except OSError:
        pass
    return platform.machine()


def main():
    a = arguments()
    a.output.mkdir(parents=True, exist_ok=True)
    program, compiler, plain, tuned = build(a)
    load = [os.getloadavg()[0]]
    results = []
    for name in a.models:
        rows = ROWS[name] // (10 if a.quick else 1)
        begin = time.monotonic()
        r = evaluations(a, program, name, rows)
        if not a.no_whole:
            r["whole"] = whole_fits(a, program, name, min(rows, a.whole_rows))
        results.append(r)
        load.append(os.getloadavg()[0])
        print(f"{name}: {time.monotonic() - begin:.0f} s", file=sys.stderr)
    about = (f"{datetime.date.today()}, {processor()}, {os.cpu_count()} cores, load "
             f"{min(load):.1f} to {max(load):.1f}; mlec "
             f"{run([a.build / 'mlec', '--version']).split()[1]}; {run([compiler, '--version']).splitlines()[0]}: "
             f"plain `{plain}`, tuned `{tuned}`.")
    if not a.no_whole and not a.no_r and not shutil.which("Rscript"):
        about += " R is not installed and was left out."
    text = about + "\n\n" + evaluation_tables(results)
    if not a.no_whole:
        text += "\nWhole fits, one thread:\n\n" + whole_table(results)
    (a.output / "table.md").write_text(text)
    (a.output / "chart.svg").write_text(chart.draw([(TITLES[r["name"]], r) for r in results]))
    (a.output / "results.json").write_text(json.dumps({"about": about, "models": results},
                                                      indent=1) + "\n")
    print(text)


if __name__ == "__main__":
    main()
