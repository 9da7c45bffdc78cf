#!/usr/bin/env python3
"""mlec doc: what it prints of the library and of a model's own, and what it refuses."""
import json
import os
import subprocess
import tempfile

from mlec_test import MLEC, Checks

MODEL = '''# A threshold.
## Exponential distribution above the threshold a.
## It has no memory.
dist shifted(y : real | a : real, rate : positive) {
  support = y >= a
  log_pdf = log(rate) -
            rate*(y - a)   # in days
  quantile(p) = a - log1p(-p)/rate
  example(y = 3, a = 1, rate = 0.5) = -1.6931471805599453
}
dist plain(y) = -y
## Half of "x".
fn half(x) = x/2
## Not the library's.
fn logit(p : unit) { value = log(p/(1 - p)) }
param r : positive
y ~ shifted(2, half(r))
'''

checks = Checks()
folder = tempfile.mkdtemp()
path = os.path.join(folder, "m.lik")
with open(path, "w", encoding="utf-8") as f:
    f.write(MODEL)


def doc(*arguments, text=None, status=0):
    done = subprocess.run([MLEC, "doc", *arguments], input=text, capture_output=True, text=True,
                          check=False)
    checks.about("mlec doc " + " ".join(arguments))
    checks.true("exit status", done.returncode == status, f"{done.returncode} {done.stderr}")
    return done.stdout if status == 0 else done.stderr


def has(text, *pieces):
    for piece in pieces:
        checks.true(f"says {piece!r}", piece in text, text)


def check_text():
    out = doc("normal")
    has(out, "normal(mu, sigma)\\nNormal distribution".replace("\\n", "\n"), "sigma : positive",
        "quantile(p)  mu + sigma*inv_Phi(p)", "(mu, mu) = 1/sigma^2",
        "y = 1.5, mu = 0.2, sigma = 0.7: log_pdf = -2.28675338518431")
    has(doc("bernoulli"), "link form    bernoulli_logit(eta : real)")
    has(doc("bernoulli_logit"), "link form of bernoulli(theta")
    has(doc("student_t"), "sample       mu + sigma*normal(0, 1)")
    has(doc("skew_normal"), "Skew normal")
    has(doc("logit"), "arguments    p : real(0, 1)", "value        log(p) - log1p(-p)", "logit(0.3)")
    has(doc("exp"), "partial(x)   exp(x)")
    has(doc("mixture"), "drawn with the weights w")
    has(doc("lag"), "k rows earlier")
    has(doc("log1p_over"), "Parts of distributions")
    for name in ("gen_extreme_value", "ordered_probit", "inverse_gaussian", "lgamma1m_second"):
        longest = max(map(len, doc(name).splitlines()))
        checks.true("fits 80 columns", longest <= 80, longest)


def check_lists():
    out = doc()
    checks.true("fits 80 columns", max(map(len, out.splitlines())) <= 80)
    has(out, "Distributions on the real line\n", "\n  von_mises ", "\n  lchoose ", "\n  truncated ")
    checks.true("parts are no topic of their own", "log1p_over" not in out)
    checks.true("functions alone", "gompertz" not in doc("functions"))
    checks.true("distributions alone", "lchoose" not in doc("distributions"))


def check_model():
    out = doc("--model", path, "shifted")
    has(out, "shifted(a, rate)\nExponential distribution above the threshold a. It has no memory.\n",
        "log_pdf      log(rate) - rate*(y - a)\n", "support      y >= a", "Of the model",
        "without      cdf")
    has(doc("--model", path), "Of the model\n  shifted ", "\n  half ", 'Half of "x"')
    has(doc("--model", "-", "half", text=MODEL), "value        x/2")
    out = doc("--model", path, "logit")
    has(out, "Not the library's.")
    checks.true("the model's own alone", "inv_logit" not in out, out)
    has(doc("--model", path, "plain"), "plain()", "log_pdf      -y")


def check_formats():
    objects = json.loads(doc("--json"))
    names = {(o["kind"], o["name"]) for o in objects}
    checks.true("all of them", {("distribution", "normal"), ("function", "exp")} <= names)
    for o in objects:
        checks.true(f"{o['name']} is documented", o["text"].endswith("."), o["text"])
    one = json.loads(doc("--json", "bernoulli"))[0]
    checks.true("link forms", one["link_forms"] == ["bernoulli_logit"], one)
    checks.true("parameters", one["parameters"] == [{"name": "theta", "type": "real(0, 1)"}], one)
    mine = json.loads(doc("--json", "--model", path, "half"))[0]
    checks.true("quotes", mine["text"] == 'Half of "x".', mine)
    checks.true("value", mine["clauses"] == [{"name": "value", "arguments": [], "value": "x/2"}], mine)
    has(doc("--markdown", "normal"), "### normal\n", "`y ~ normal(mu, sigma)`", "```text\n")


def check_refusals():
    has(doc("nromal", status=2), "no function or distribution is named `nromal`",
        "did you mean `normal`?", "[unknown-topic]")
    has(doc("qqqqqqqqq", status=2), "`mlec doc` lists all of them")
    has(doc("normal", "gamma", status=2), "one too many")
    has(doc("--json", "--markdown", status=2), "one format")
    has(doc("--model", os.path.join(folder, "none.lik"), status=2), "cannot read")
    has(doc("--model", "-", "half", text="fn half(x) = x/\n", status=2), "[syntax]")


check_text()
check_lists()
check_model()
check_formats()
check_refusals()
checks.finish()
