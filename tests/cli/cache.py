#!/usr/bin/env python3
"""The cache of compiled models: what is kept, and that nothing can go wrong with it."""

import os
import stat
import subprocess
import tempfile

from mlec_test import MLEC, Checks, source

MODEL = source("examples", "logistic_regression", "model.lik")
DATA = source("examples", "logistic_regression", "data.csv")
COMPILE = [MLEC, "--tier=compiled"]  # so few rows would be interpreted


def run(home, *options, model=MODEL):
    environment = dict(os.environ, XDG_CACHE_HOME=home)
    command = [*COMPILE, model, DATA, *options]
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, check=False, timeout=60)
    return done.returncode, done.stdout


def objects(home):
    folder = os.path.join(home, "mlec")
    return sorted(os.listdir(folder)) if os.path.isdir(folder) else []


def path_of(home, name):
    return os.path.join(home, "mlec", name)


def main():
    checks = Checks()
    with tempfile.TemporaryDirectory() as top:
        home = os.path.join(top, "home")
        right = run(home, "--no-cache")
        checks.equal("--no-cache fits", right[0], 0)
        checks.equal("--no-cache keeps nothing", objects(home), [])

        checks.equal("first run", run(home), right)
        kept = objects(home)
        checks.equal("one object is kept", len(kept), 1)
        checks.equal("the directory is private",
                     stat.S_IMODE(os.stat(os.path.join(home, "mlec")).st_mode), 0o700)
        checks.equal("so is the object", stat.S_IMODE(os.stat(path_of(home, kept[0])).st_mode),
                     0o600)
        checks.equal("second run", run(home), right)
        checks.equal("still one", objects(home), kept)
        checks.equal("another Hessian, another object", run(home, "--vcov", "expected")[0], 0)
        checks.equal("two objects", len(objects(home)), 2)

        name = path_of(home, kept[0])
        with open(name, "rb") as f:
            whole = f.read()
        middle = len(whole) // 2
        for what, damaged in (("cut", whole[:100]), ("empty", b""), ("longer", whole + b"x"),
                              ("changed", whole[:middle] + bytes([whole[middle] ^ 1]) +
                               whole[middle + 1:]),
                              ("foreign", b"#!/bin/sh\n" * 100)):
            with open(name, "wb") as f:
                f.write(damaged)
            checks.equal(f"{what}: the answer is right", run(home), right)
            with open(name, "rb") as f:
                checks.equal(f"{what}: the object is mended", f.read(), whole)

        os.chmod(name, 0o666)
        checks.equal("an object that others may write is not used", run(home), right)
        checks.equal("and replaced", stat.S_IMODE(os.stat(name).st_mode), 0o600)

        shared = os.path.join(top, "shared")
        os.makedirs(os.path.join(shared, "mlec"))
        os.chmod(os.path.join(shared, "mlec"), 0o777)
        checks.equal("a directory that others may write is not used", run(shared), right)
        checks.equal("nothing is put there", objects(shared), [])

        file = os.path.join(top, "file")
        with open(file, "w", encoding="utf-8"):
            pass
        checks.equal("no directory can be made", run(file), right)
        checks.equal("the home is missing", run(os.path.join(top, "no", "such")), right)
        checks.equal("a path that is not absolute", run("relative"), right)

        many = os.path.join(top, "many")
        run(many)
        mine = objects(many)
        for i in range(300):
            with open(path_of(many, f"{i:032x}.o"), "wb") as f:
                f.write(b"old")
            os.utime(path_of(many, f"{i:032x}.o"), (1e9 + i, 1e9 + i))
        checks.equal("bounds", run(many, "--vcov", "expected")[0], 0)
        left = objects(many)
        checks.equal("256 objects stay", len(left), 256)
        checks.true("the newest among them", mine[0] in left and f"{299:032x}.o" in left and
                    f"{0:032x}.o" not in left)

        crowd = os.path.join(top, "crowd")
        environment = dict(os.environ, XDG_CACHE_HOME=crowd)
        crowd_runs = [subprocess.Popen([*COMPILE, MODEL, DATA], env=environment,
                                       stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
                      for _ in range(12)]
        for each in crowd_runs:
            out = each.communicate(timeout=120)[0]
            checks.equal("one of a crowd", (each.returncode, out), right)
        checks.equal("one object of the crowd", len(objects(crowd)), 1)
    checks.finish()


if __name__ == "__main__":
    main()
