"""Whole fits from a file: mlec, R's own functions, gretl, TMB and Stan, each a process of its own."""
import functools
import json
import os
import pathlib
import shutil
import signal
import statistics
import subprocess
import threading
import time

from speed import kernels
from speed.catalogue import script

HERE = pathlib.Path(__file__).resolve().parent
FOLDER = HERE / "peers"
PEERS = {"r": "R", "gretl": "gretl", "tmb": "TMB", "rstan": "rstan"}
LIMIT = 900  # seconds of a process
ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
LOGISTIC = """data y : binary
data x : real[3]
param a : real
param b : real[3]
y ~ bernoulli_logit(a + dot(x, b))
"""


# ---- Processes -----------------------------------------------------------------------------------

def process(command, **environment):
    """Output, processor seconds, seconds on the clock and most memory (MB); no output if it failed."""
    begin = time.monotonic()
    with subprocess.Popen([str(c) for c in command], stdout=subprocess.PIPE, cwd=FOLDER,
                          stderr=subprocess.DEVNULL, text=True, start_new_session=True,
                          env=os.environ | ONE_THREAD | environment) as p:
        limit = threading.Timer(LIMIT, os.killpg, (p.pid, signal.SIGKILL))
        limit.start()
        out = p.stdout.read()
        _, status, usage = os.wait4(p.pid, 0)
        limit.cancel()
        p.returncode = os.waitstatus_to_exitcode(status)
    return (out if p.returncode == 0 else "", usage.ru_utime + usage.ru_stime,
            time.monotonic() - begin, usage.ru_maxrss / 1024)


def said(out):
    """Lines of a key and a value."""
    pairs = (line.split(" ", 1) for line in out.splitlines() if line.count(" ") == 1)
    return {k: v if k == "function" else float(v) for k, v in pairs
            if k in ("function", "fit_s", "log_likelihood", "gradient_ns", "compile_s")}


def measured(command, **environment):
    out, seconds, _, memory = process(command, **environment)
    o = said(out)
    return o | {"process_s": seconds, "memory_mb": memory} if "log_likelihood" in o else {}


def r_script(name, *words):
    return ["Rscript", "--vanilla", name, *words]


# ---- What is there -------------------------------------------------------------------------------

@functools.cache
def version(name):
    """Name and version of a program, or None."""
    if name == "gretl":
        out = process(["gretlcli", "--version"])[0] if shutil.which("gretlcli") else ""
        return f"gretl {out.split()[2]}" if out else None
    package = {"r": "base", "tmb": "TMB", "rstan": "rstan"}[name]
    if not shutil.which("Rscript"):
        return None
    out = process(["Rscript", "--vanilla", "-e", f'cat(as.character(packageVersion("{package}")))'])[0]
    return f"{PEERS[name]} {out}" if out else None


def installed(name):
    return version(name) is not None


# ---- One model -----------------------------------------------------------------------------------

def compiled(a, tool, source, name):
    """The folder with a compiled model of TMB or Stan, and the seconds that it took; both are kept
    until the source changes."""
    folder = a.output / "peers" / tool
    folder.mkdir(parents=True, exist_ok=True)
    copy, seconds, text = folder / source.name, folder / f"{name}.seconds", source.read_text()
    if not (seconds.exists() and copy.exists() and copy.read_text() == text):
        seconds.unlink(missing_ok=True)
        copy.write_text(text)
        makevars = folder / "Makevars"
        makevars.write_text("".join(f"CXX{n}FLAGS = -O3 -mtune=native\n" for n in ("", 11, 14, 17)))
        out = process(r_script(f"{tool}.R", "compile", name, folder), R_MAKEVARS_USER=str(makevars))[0]
        if "compile_s" not in said(out):
            return folder, None
        seconds.write_text(str(said(out)["compile_s"]))
    return folder, float(seconds.read_text())


def compiled_fit(a, tool, source, name, csv):
    folder, seconds = compiled(a, tool, source, name)
    if seconds is None:
        return {}
    o = measured(r_script(f"{tool}.R", "fit", name, folder, csv))
    out = process(r_script(f"{tool}.R", "gradient", name, folder, csv))[0]
    return o | said(out) | {"compile_s": seconds} if o else {}


def fit(a, peer, name, csv):
    name = script(name)
    if peer == "r":
        return measured(r_script("functions.R", name, csv))
    if peer == "gretl":
        return measured(["gretlcli", "-b", FOLDER / "gretl" / f"{name}.inp"], MLEC_TABLE=str(csv))
    if peer == "tmb":
        return compiled_fit(a, "tmb", FOLDER / "tmb" / f"{name}.cpp", name, csv)
    return compiled_fit(a, "stan", FOLDER / "stan" / f"{name}.stan", name, csv)


def mlec_fit(a, model, csv):
    """Of three processes the one in the middle; on the clock, the least disturbed. What is computed
    once for all evaluations, when data are bound, is part of the fit. Machine code is timed apart,
    for the fit may have none."""
    command = [a.build / "mlec", model, csv, "--threads", "1", "--no-cache", "--json"]
    runs = sorted((process(command) for _ in range(3)), key=lambda r: r[1])
    _, seconds, _, memory = runs[1]
    fits = [json.loads(out) for out, _, _, _ in runs if out]
    if not fits:
        return {}
    times = [f["timing_ms"] for f in fits]
    compiled_fit = json.loads(process([*command, "--tier=compiled"])[0])
    return {"process_s": seconds, "memory_mb": memory, "log_likelihood": fits[0]["log_likelihood"],
            "fit_s": min(t["total"] - t["read"] - t["compile"] for t in times) / 1e3,
            "compile_s": compiled_fit["timing_ms"]["compile"] / 1e3}


def whole_fits(a, c, name, rows):
    """{"rows": n, "mlec": {...}, "r": {...}, ...}; a program that failed has an empty object."""
    csv = a.output / f"{name}.csv"
    kernels.run([c.program, "--write", name, rows, csv])
    o = {"rows": rows // 32 * 32, "mlec": mlec_fit(a, HERE / "models" / f"{name}.lik", csv)}
    o |= {peer: fit(a, peer, name, csv) for peer in a.peers if installed(peer)}
    csv.unlink()
    return o


# ---- A small one ---------------------------------------------------------------------------------

def small_fit(a, rows=200, runs=21):
    """Milliseconds on the clock, start of a process to its end: a logistic regression of 200 rows."""
    folder = a.output / "small"
    folder.mkdir(exist_ok=True)
    model, csv, cache = folder / "model.lik", folder / "data.csv", folder / "cache"
    model.write_text(LOGISTIC)
    lines = ["y,x1,x2,x3"]
    for i in range(rows):
        x = [(i * step % 101) / 50 - 1 for step in (37, 61, 83)]
        y = (i * 7919 % 1000) / 1000 < 1 / (1 + 2.718281828 ** -(0.3 + x[0] - 0.5 * x[1]))
        lines.append(",".join(str(v) for v in (int(y), *x)))
    csv.write_text("\n".join(lines) + "\n")
    mlec = [a.build / "mlec", model, csv, "--json"]
    ways = {"mlec": (mlec, {"XDG_CACHE_HOME": str(cache)}),
            "mlec --no-cache": ([*mlec, "--no-cache"], {})}
    if "gretl" in a.peers and installed("gretl"):
        gretl = ["gretlcli", "-b", FOLDER / "gretl" / "logistic_few.inp"]
        ways["gretl"] = (gretl, {"MLEC_TABLE": str(csv)})
    if "r" in a.peers and installed("r"):
        ways["R"] = (r_script("functions.R", "logistic_few", csv), {})
    times = {way: [] for way in ways}
    values = {}
    for turn in range(-1, runs):  # turn by turn; the first fills caches
        for way, (command, environment) in ways.items():
            if way == "R" and turn > 4:
                continue
            out, _, clock, _ = process(command, **environment)
            values[way] = (json.loads(out) if way.startswith("mlec") else said(out))["log_likelihood"]
            if turn >= 0:
                times[way].append(1e3 * clock)
    return {way: {"median_ms": statistics.median(t), "least_ms": min(t),
                  "log_likelihood": values[way]} for way, t in times.items()}
