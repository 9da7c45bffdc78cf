"""The models: rows of their evaluations, rows of the whole fits where not 200,000, titles, and the
scripts of other programs."""

ROWS = {"logistic10": 1000000, "logistic100": 200000, "poisson": 1000000,
        "negative_binomial": 300000, "weibull": 500000, "mixture": 1000000, "garch": 100000,
        "normal": 10000000, "multinomial": 200000, "ordinal": 200000, "four_parameter": 200000,
        "linear50": 200000, "logistic_few": 1000000, "poisson_factor": 1000000}
WHOLE_ROWS = {"normal": 10000000, "logistic_few": 1000000, "poisson_factor": 1000000}
TITLES = {"logistic10": "logistic, p = 10", "logistic100": "logistic, p = 100",
          "poisson": "Poisson with offset, p = 10", "negative_binomial": "negative binomial, p = 5",
          "weibull": "Weibull, 30 % censored, p = 5", "mixture": "mixture of two normals",
          "garch": "GARCH(1,1)", "normal": "normal",
          "multinomial": "multinomial logit, K = 5, p = 5", "ordinal": "ordinal probit, K = 5, p = 2",
          "four_parameter": "four-parameter logistic", "linear50": "linear, p = 50",
          "logistic_few": "logistic, 3 columns of few values",
          "poisson_factor": "Poisson, factor of 20 levels"}
SCRIPTS = {"logistic10": "logistic", "logistic100": "logistic", "linear50": "linear"}


def script(name):
    return SCRIPTS.get(name, name)
