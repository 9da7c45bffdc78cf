#!/usr/bin/env python3
"""Mixtures: the best of several maxima, against the EM algorithm from many starts."""

import math
import os
import tempfile

from mlec_test import Checks, fit, shared, source

checks = Checks()
folder = tempfile.TemporaryDirectory()

TWO = """
data y : real
param w : unit
param m = [1, 2] : ordered[2]
param s : positive[2]
y ~ mixture(w, normal(m[1], s[1]), normal(m[2], s[2]))
"""


def write(name, text):
    path = os.path.join(folder.name, name)
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)
    return path


def table(y):
    return write("table.csv", "y\n" + "".join(f"{v!r}\n" for v in y))


def density(v, m, s):
    return math.exp(-0.5 * ((v - m) / s) ** 2) / (s * math.sqrt(2 * math.pi))


def log_likelihood(y, w, m, s):
    return math.fsum(math.log(w * density(v, m[0], s[0]) + (1 - w) * density(v, m[1], s[1]))
                     for v in y)


def expectation_maximization(y, w, m, s, rounds=2000):
    m, s = list(m), list(s)
    for _ in range(rounds):
        pairs = [(w * density(v, m[0], s[0]), (1 - w) * density(v, m[1], s[1])) for v in y]
        r = [a / (a + b) for a, b in pairs]
        for k, p in enumerate((r, [1 - v for v in r])):
            total = math.fsum(p)
            m[k] = math.fsum(a * v for a, v in zip(p, y)) / total
            s[k] = math.sqrt(math.fsum(a * (v - m[k]) ** 2 for a, v in zip(p, y)) / total)
        w = math.fsum(r) / len(y)
    return log_likelihood(y, w, m, s)


def sample(seed, n, share, gap, spread):
    state = seed * 2654435761 + 12345

    def uniform():
        nonlocal state
        state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
        return (state >> 33) / 2**31

    def normal():
        return sum(uniform() for _ in range(12)) - 6

    return [normal() if uniform() < share else gap + spread * normal() for _ in range(n)]


def two_normals():
    """As good as the best that EM finds from sensible starts."""
    for seed, n, share, gap, spread in ((1, 100, 0.35, 2.5, 0.6), (2, 60, 0.5, 3, 0.6),
                                        (3, 200, 0.2, 3, 1), (4, 150, 0.6, 4, 0.3),
                                        (5, 80, 0.5, 2, 2)):
        y = sample(seed, n, share, gap, spread)
        checks.about(f"two normals, sample {seed}")
        run = fit(write("two.lik", TWO), table(y))
        if not checks.fitted(run):
            continue
        best = max(expectation_maximization(y, w, m, (1, 1)) for w, m in (
            (0.5, (0, gap)), (0.2, (0, gap)), (0.8, (0, gap)), (0.5, (gap / 4, gap / 2))))
        got = run.get("log_likelihood")
        checks.true("at least as high", got >= best - 1e-7 * abs(best), (got, best))
        checks.equal("verdict", run.get("verdict"), "interior")
        checks.true("says that there is no limit", "local-maximum" in run.codes(), run.codes())


def two_maxima():
    """Points far out, or a tight group: the start leads to the second, which is the lower maximum."""
    y = [*sample(11, 60, 1, 0, 1), 8.0, 8.4, 8.9, *(-3 + 0.01 * k for k in range(12))]
    checks.about("two maxima")
    low = expectation_maximization(y, 0.2, (-3, 0.5), (0.1, 2))
    high = expectation_maximization(y, 0.95, (0, 8), (1.5, 0.5))
    checks.true("two maxima there are", high > low + 1, (high, low))
    run = fit(write("two.lik", TWO), table(y), "--start=m[1]=-3", "--start=m[2]=0.5",
              "--start=s[1]=0.1", "--start=s[2]=2", "--start=w=0.2")
    checks.fitted(run)
    checks.digits("log-likelihood", run.get("log_likelihood"), high, 9)
    if checks.true("says so", "several-maxima" in run.codes(), run.codes()):
        checks.true("with the lower one", f"{low:.7g}" in run.diagnostic("several-maxima")["message"],
                    run.diagnostic("several-maxima"))


def limits():
    """Which mixtures are without limit: those with a scale of its own for a component, unless
    a prior or a constraint keeps it from 0."""
    y = table(sample(4, 150, 0.6, 4, 0.3))
    common = TWO.replace("s : positive[2]", "s : positive").replace("s[1]", "s").replace("s[2]", "s")
    for name, text, unlimited in (
            ("free scales", TWO, True), ("one scale", common, False),
            ("a prior on the scales", TWO + "s ~ inv_gamma(2, 1)\n", False),
            ("a prior that allows 0", TWO + "s ~ normal(0, 2)\n", True),
            ("a constraint", TWO + "constrain s > 0.01\n", False)):
        checks.about(name)
        run = fit(write("limits.lik", text), y)
        checks.fitted(run)
        checks.equal("local-maximum", "local-maximum" in run.codes(), unlimited)


def elsewhere():
    """Others have one start: a model without a mixture says nothing of the kind."""
    checks.about("Old Faithful")
    data = shared("data", "real", "faithful.csv")
    run = fit(source("tests", "models", "real", "faithful_mix2.lik"), data)
    checks.fitted(run)
    checks.equal("codes", [c for c in run.codes() if c == "local-maximum"], ["local-maximum"])
    checks.about("Old Faithful, written out")
    run = fit(source("tests", "models", "real", "by_hand", "faithful_mix2.lik"), data)
    checks.fitted(run)
    checks.equal("codes", run.codes(), [])


def main():
    for part in (two_normals, two_maxima, limits, elsewhere):
        part()
    checks.finish()


if __name__ == "__main__":
    main()
