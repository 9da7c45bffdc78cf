#!/usr/bin/env python3
"""Writes the tables of the series models: simulated, all but the flow of the Nile.

usage: simulate.py    (writes into this folder and into examples/)
"""

import math
import os
import random

HERE = os.path.dirname(os.path.abspath(__file__))
EXAMPLES = os.path.join(HERE, "..", "..", "..", "examples")


def write(path, header, rows):
    with open(path, "w", encoding="utf-8", newline="\n") as f:
        f.write(",".join(header) + "\n")
        for row in rows:
            f.write(",".join(f"{v:.5g}" if isinstance(v, float) else str(v) for v in row) + "\n")


def garch(r, n=600):
    h, e, rows = 1.0, 0.0, []
    for day in range(1, n + 1):
        h = 0.1 + 0.12 * e * e + 0.8 * h
        e = math.sqrt(h) * r.gauss(0, 1)
        rows.append((day, 0.05 + e))
    return rows


def egarch(r, n=500):
    log_h, z, rows = 0.0, 0.0, []
    for _ in range(n):
        log_h = -0.02 + 0.9 * log_h + 0.2 * (abs(z) - math.sqrt(2 / math.pi)) - 0.15 * z
        z = r.gauss(0, 1)
        rows.append((0.03 + math.exp(log_h / 2) * z,))
    return rows


def arma(r, phi, theta, n):
    past, e, rows = [0.0, 0.0], 0.0, []
    for i in range(n + 50):
        new = r.gauss(0, 1)
        y = sum(p * v for p, v in zip(phi, past)) + new + theta * e
        past, e = [y, past[0]], new
        if i >= 50:
            rows.append((2 + y,))
    return rows


def hidden_chain(r, n=400):
    state, rows = 0, []
    for _ in range(n):
        if r.random() < (0.1, 0.2)[state]:
            state = 1 - state
        rows.append((r.gauss((-1, 1.5)[state], (0.6, 1.1)[state]),))
    return rows


def panel(r):
    rows = []
    for k in range(12):
        begin, length = r.randint(2000, 2006), r.randint(1, 16)
        y = r.gauss(0, 1 / math.sqrt(1 - 0.6**2))
        for year in range(begin, begin + length):
            rows.append((f"F{k + 1:02d}", year, 3 + y))
            y = 0.6 * y + r.gauss(0, 1)
    r.shuffle(rows)
    return rows


def main():
    write(os.path.join(EXAMPLES, "garch", "data.csv"), ["day", "r"], garch(random.Random(11)))
    write(os.path.join(EXAMPLES, "panel_ar1", "data.csv"), ["firm", "year", "y"],
          panel(random.Random(12)))
    write(os.path.join(HERE, "egarch.csv"), ["r"], egarch(random.Random(13)))
    write(os.path.join(HERE, "ar2.csv"), ["y"], arma(random.Random(14), [0.5, 0.3], 0, 200))
    write(os.path.join(HERE, "arma11.csv"), ["y"], arma(random.Random(15), [0.7, 0], 0.4, 200))
    write(os.path.join(HERE, "hidden_chain.csv"), ["y"], hidden_chain(random.Random(16)))


if __name__ == "__main__":
    main()
