#!/usr/bin/env python3
"""Censored, truncated and interval outcomes whose distribution functions have no closed form.

Estimates, standard errors and log-likelihoods of five small tables, computed with mpmath to 30
digits: Newton's method on differences of the log-likelihood, whose distribution functions are
mpmath's.
"""

import os
import tempfile

from mlec_test import Checks, fit

WAITING = [
    (2.23, 1), (0.86, 1), (0.76, 1), (1.45, 0), (1.62, 0), (1.7, 1), (3.87, 1), (0.67, 1), (1.29,
    1), (2.86, 0), (1.3, 0), (1.61, 1), (2.18, 1), (2.1, 1), (1.81, 1), (2.44, 0), (1.76, 0), (3.21,
    1), (5.38, 0), (2.18, 1), (3.89, 1), (4.51, 0), (4.52, 1), (2.02, 1), (0.45, 1), (1.13, 1),
    (1.2, 1), (2.95, 1), (2.39, 0), (2.74, 1), (1.46, 1), (2.31, 0), (0.18, 1), (3.78, 1), (3.39,
    1), (0.73, 1), (2.96, 0), (2.65, 1), (1.63, 1), (1.32, 1),
]
SHARES = [
    0.248, 0.588, 0.14, 0.346, 0.158, 0.16, 0.438, 0.236, 0.155, 0.28, 0.186, 0.37, 0.292, 0.358,
    0.237, 0.293, 0.366, 0.535, 0.56, 0.143, 0.327, 0.356, 0.257, 0.548, 0.231, 0.255, 0.219, 0.159,
    0.169, 0.326, 0.241, 0.141, 0.105, 0.453, 0.54, 0.11, 0.493, 0.546, 0.224, 0.198,
]
LIMITED = [
    -1, 1.99, 3.99, 2.72, 2.12, 2.76, -1, 2.18, 4, 4, 1.36, 1.06, 1, -1, 1.52, 0.79, 1.99, -1, -0.5,
    0.94, -0.59, -1, -0.42, 0.33, 1.63, -0.43, 1.63, 1.46, -0.28, 1.21, 1.41, 1.72, 1.74, 1.3,
    -0.52, 0.37, 2.56, -1, 1.79, 3.54,
]
COUNTS = [
    1, 1, 8, 1, 7, 5, 3, 3, 1, 7, 4, 2, 3, 3, 1, 4, 3, 6, 2, 1, 4, 1, 3, 1, 8, 1, 2, 2, 2, 3, 1, 2,
    3, 1, 7, 1, 3, 5, 2, 4,
]
INSPECTED = [
    (1.0, 2.0), (4.0, 5.0), (1.0, 2.0), (3.0, 4.0), (4.0, 5.0), (4.0, 5.0), (3.0, 4.0), (4.0, 5.0),
    (1.0, 2.0), (1.0, 2.0), (3.0, 4.0), (2.0, 3.0), (3.0, 4.0), (5.0, 6.0), (2.0, 3.0), (6.0, 7.0),
    (0.0, 1.0), (1.0, 2.0), (1.0, 2.0), (3.0, 4.0), (1.0, 2.0), (1.0, 2.0), (1.0, 2.0), (3.0, 4.0),
    (0.0, 1.0), (4.0, 5.0), (2.0, 3.0), (5.0, 6.0), (0.0, 1.0), (2.0, 3.0), (3.0, 4.0), (1.0, 2.0),
    (2.0, 3.0), (2.0, 3.0), (2.0, 3.0), (2.0, 3.0), (6.0, 7.0), (2.0, 3.0), (4.0, 5.0), (0.0, 1.0),
]

MODELS = [
    ("survival", "time,event", WAITING,
     "data time : positive\ndata event : binary\nparam a, b : positive\n"
     "surv(time, event) ~ gamma(a, b)\n",
     {"a": (2.26849385193812, 0.5400257183), "b": (0.855298681696503, 0.2486345559)},
     -56.1724357026549),
    ("proportions", "y", SHARES,
     "data y : unit\nparam p, q : positive\ny ~ truncated(beta(p, q), 0.1, 0.6)\n",
     {"p": (0.855723702234596, 1.014789538), "q": (2.25430773643565, 2.343439263)},
     30.0974200025683),
    ("counts", "k", COUNTS,
     "data k : count\nparam mu, phi : positive\nk ~ truncated(neg_binomial_2(mu, phi), 1, inf)\n",
     {"mu": (2.46600350147245, 0.4837308253), "phi": (2.19526762545057, 1.644434195)},
     -76.6724630116975),
    ("intervals", "lo,hi", INSPECTED,
     "data lo, hi : real(0, inf)\nparam a, b : positive\ninterval(lo, hi) ~ gamma(a, b)\n",
     {"a": (3.00521399058992, 0.7166846817), "b": (1.04422882586552, 0.2646006546)},
     -73.7559443305771),
    ("limits", "y", LIMITED,
     "data y : real\nparam nu, s : positive\nparam m : real\n"
     "y ~ censored(student_t(nu, m, s), -1, 4)\n",
     {"nu": (1.87597695171071, 2.648284678),
      "m": (1.208200907979, 0.4247298651),
      "s": (1.25287713253202, 0.6634903793)},
     -72.9935148717519),
]


def main():
    checks = Checks()
    with tempfile.TemporaryDirectory() as folder:
        for name, head, rows, model, parameters, log_likelihood in MODELS:
            lik, table = os.path.join(folder, name + ".lik"), os.path.join(folder, name + ".csv")
            with open(lik, "w", encoding="utf-8") as f:
                f.write(model)
            with open(table, "w", encoding="utf-8") as f:
                f.write(head + "\n")
                for row in rows:
                    f.write(",".join(map(str, row if isinstance(row, tuple) else (row,))) + "\n")
            run = fit(lik, table)
            checks.about(name)
            checks.fitted(run)
            checks.digits("log-likelihood", run.get("log_likelihood"), log_likelihood, 13)
            for parameter, (estimate, error) in parameters.items():
                got = run.parameter(parameter)
                checks.digits(parameter, got.get("estimate"), estimate, 10)
                checks.digits(f"standard error of {parameter}", got.get("std_error"), error, 9)
    checks.finish()


if __name__ == "__main__":
    main()
