"""Builds the program that compares mlec with the kernels in C, and runs it."""
import collections
import json
import pathlib
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
INCLUDE = HERE.parent.parent / "include"
AGREE = 1e-8

# The program, the compiler, and the flags of both kernels.
Comparison = collections.namedtuple("Comparison", "program compiler plain tuned")


def run(command):
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{' '.join(map(str, command))}\n{done.stderr or done.stdout}")
    return done.stdout


def find_compiler():
    compiler = next((c for c in ("clang-19", "clang", "gcc") if shutil.which(c)), None)
    return compiler or sys.exit("no C compiler: clang or gcc is needed")


def find_library(a):
    if not (a.build / "libmlec.so").exists():
        sys.exit(f"{a.build}/libmlec.so is not there: cmake --preset release && "
                 "cmake --build build/release --target mlec libmlec_shared")
    return [f"-L{a.build}", "-lmlec", f"-Wl,-rpath,{a.build}"]


def supports(compiler, flag, folder):
    probe = folder / "probe.c"
    probe.write_text("int probe;\n")
    done = subprocess.run([compiler, flag, "-Werror", "-c", probe, "-o", folder / "probe.o"],
                          stderr=subprocess.DEVNULL, check=False)
    return done.returncode == 0


def build(a):
    compiler, library = find_compiler(), find_library(a)
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
        run([compiler, *flags, "-I", INCLUDE, "-c", HERE / f"{name}.c", "-o", objects[-1]])
    program = a.output / "compare"
    run([compiler, *objects, "-o", program, *library,
         *(["-lmvec"] if "-fveclib=libmvec" in plain else []), "-lm"])
    return Comparison(program, compiler, " ".join(common + plain), " ".join(common + tuned))


def evaluations(a, c, name, rows):
    o = json.loads(run([c.program, HERE / "models" / f"{name}.lik", name, rows, a.rounds]))
    for kind in ("plain", "tuned"):
        if not o[f"{kind}_differs"] <= AGREE:
            sys.exit(f"{name}: the {kind} kernel differs from mlec by {o[f'{kind}_differs']}")
    return o
