#!/usr/bin/env python3
"""Writes the tables of these models, all of them simulated.

usage: simulate.py    (writes into this folder)
"""

import math
import os
import random

HERE = os.path.dirname(os.path.abspath(__file__))


def write(name, header, rows):
    with open(os.path.join(HERE, name + ".csv"), "w", encoding="utf-8", newline="\n") as f:
        f.write(",".join(header) + "\n")
        for row in rows:
            f.write(",".join(f"{v:.5g}" if isinstance(v, float) else str(v) for v in row) + "\n")


def inv_logit(x):
    return 1 / (1 + math.exp(-x))


def poisson(r, mean):
    limit, k, p = math.exp(-mean), 0, r.random()
    while p > limit:
        k += 1
        p *= r.random()
    return k


def ridge_map(r):
    for _ in range(200):
        gre, gpa = 20 * r.randint(11, 40), round(r.uniform(2.2, 4), 2)
        yield int(r.random() < inv_logit(-5 + 0.0025 * gre + 0.9 * gpa)), gre, gpa


def sites(r):
    effects = [(f"S{k}", r.gauss(0, 0.7)) for k in range(1, 9)]
    for i in range(120):
        site, u = effects[i % len(effects)]
        x = r.gauss(0, 1)
        yield poisson(r, math.exp(0.8 + 0.5 * x + u)), x, site


def garch(r):
    h, e = 1.0, 0.0
    for _ in range(500):
        h = 0.1 + 0.12 * e * e + 0.8 * h
        e = math.sqrt(h) * r.gauss(0, 1)
        yield (0.05 + e,)


def weibull_survival(r):
    for _ in range(150):
        age, treated = r.randint(30, 80), r.randint(0, 1)
        time = math.exp(4 - 0.02 * age + 0.5 * treated) * (-math.log(r.random())) ** (1 / 1.4)
        end = r.uniform(5, 60)
        yield min(time, end), int(time <= end), age, treated


def zero_inflated(r):
    for _ in range(250):
        child, camper, persons = r.randint(0, 3), r.randint(0, 1), r.randint(1, 4)
        mean = math.exp(1.6 - 0.6 * child + 0.7 * camper)
        y = poisson(r, r.gammavariate(1.2, mean / 1.2))
        yield (0 if r.random() < inv_logit(1 - 0.8 * persons) else y), child, camper, persons


def mixture(r):
    for _ in range(200):
        yield (r.gauss(0.5, 0.5) if r.random() < 0.4 else r.gauss(3, 0.9),)


def multinomial_logit(r):
    for _ in range(150):
        species = r.choice(("setosa", "versicolor", "virginica"))
        k = ("setosa", "versicolor", "virginica").index(species)
        yield species, round(r.gauss(5 + 0.7 * k, 0.5), 1), round(r.gauss(3.3 - 0.3 * k, 0.35), 1)


def ordinal_probit(r):
    for _ in range(200):
        x1, x2 = r.gauss(0, 1), r.gauss(0, 1)
        score = 0.8 * x1 - 0.5 * x2 + r.gauss(0, 1)
        yield 1 + sum(score > cut for cut in (-1.2, -0.3, 0.4, 1.3)), x1, x2


def nonlinear(r):
    for dose in (0.01, 0.05, 0.2, 0.5, 1, 2, 5, 20, 100):
        for _ in range(5):
            yield dose, 4 + 90 / (1 + (0.8 / dose) ** 1.3) + r.gauss(0, 3)


def lasso(r):
    for _ in range(100):
        x = [round(r.gauss(0, 1), 1) for _ in range(200)]
        eta = 0.3 + 1.5 * x[0] - 1.5 * x[1] + x[2] - x[41]
        yield int(r.random() < inv_logit(eta)), *x


TABLES = [
    (ridge_map, ["admit", "gre", "gpa"]),
    (sites, ["y", "x", "site"]),
    (garch, ["r"]),
    (weibull_survival, ["time", "died", "age", "treated"]),
    (zero_inflated, ["y", "child", "camper", "persons"]),
    (mixture, ["y"]),
    (multinomial_logit, ["species", "sepal_length", "sepal_width"]),
    (ordinal_probit, ["rating", "x1", "x2"]),
    (nonlinear, ["dose", "y"]),
    (lasso, ["y", *(f"x{k}" for k in range(1, 201))]),
]


def main():
    for seed, (rows, header) in enumerate(TABLES, 101):
        write(rows.__name__, header, rows(random.Random(seed)))


if __name__ == "__main__":
    main()
