"""What a run found, as Markdown and as what the charts show."""
from speed.catalogue import TITLES

ORDERS = (("value", "value", "ns per row"), ("gradient", "value, gradient", "ns per row"),
          ("hessian", "value, gradient, Hessian", "ns per row"))
WAYS = (("mlec", "#c0392b", "mlec"), ("plain", "#7f8c8d", "plain C"), ("tuned", "#2c3e50", "tuned C"))
PROGRAMS = (("mlec", "#c0392b", "mlec"), ("r", "#2c3e50", "R"), ("gretl", "#27ae60", "gretl"),
            ("tmb", "#8e44ad", "TMB"), ("rstan", "#e67e22", "Stan"))
FIT_PANELS = (("fit_s", "fit", "seconds"), ("process_s", "process, from the file", "seconds"),
              ("memory_mb", "most memory", "MB"))
FASTER = "mlec is faster by"


def number(x, digits=3):
    if x is None:
        return ""
    text = f"{x:.{digits}g}"
    return f"{float(text):.0f}" if "e+" in text else text


def grouped(n):
    return f"{n:,}".replace(",", " ")


def table(head, rows):
    lines = [head, ["---"] + ["---:"] * (len(head) - 1), *rows]
    return "".join("| " + " | ".join(line) + " |\n" for line in lines)


def evaluations(results):
    orders = [o for o, _, _ in ORDERS]
    text = "Nanoseconds per row, each order with the ones before it:\n\n"
    head = ["model", "rows"] + [f"{way} {order}" for order in ("value", "+ gradient", "+ Hessian")
                                for way in ("mlec", "plain", "tuned")]
    text += table(head, [[TITLES[r["name"]], grouped(r["rows"])] +
                         [number(r[o][way]) for o in orders for way in ("mlec", "plain", "tuned")]
                         for r in results])
    text += "\nTime of mlec as a multiple of that of C, medians of the ratios of each round:\n\n"
    head = ["model"] + [f"{order}, {kind}" for order in ("value", "gradient", "Hessian")
                        for kind in ("plain", "tuned")]
    return text + table(head, [[TITLES[r["name"]]] + [number(r[o][f"to_{kind}"]) for o in orders
                                                      for kind in ("plain", "tuned")]
                               for r in results])


# ---- Whole fits ----------------------------------------------------------------------------------

def present(results):
    """The programs other than mlec that any model has figures of."""
    return [(way, title) for way, _, title in PROGRAMS[1:]
            if any(r["whole"].get(way) for r in results)]


def figure(r, way, key):
    return r["whole"].get(way, {}).get(key)


def beside(results, key, scale=1.0, ratio=None):
    """A row for each model, a column for each program, and how many times the best of the others
    takes as long as mlec."""
    others = present(results)
    head = ["model", "rows", "mlec"] + [title for _, title in others]
    rows = []
    for r in results:
        values = [figure(r, way, key) for way, _ in others]
        known = [v for v in values if v is not None]
        own = figure(r, "mlec", key)
        row = [TITLES[r["name"]], grouped(r["whole"]["rows"]), number(own and scale * own)]
        row += [number(v if v is None else scale * v) for v in values]
        if ratio:
            row.append(number(min(known) / own) if known and own else "")
        rows.append(row)
    return table(head + ([ratio] if ratio else []), rows)


def compile_table(results):
    others = [(way, title) for way, title in present(results) if way in ("tmb", "rstan")]
    if not others:
        return ""
    rows = []
    for r in results:
        totals = [figure(r, way, "compile_s") + figure(r, way, "process_s")
                  for way, _ in others if figure(r, way, "compile_s")]
        own = figure(r, "mlec", "process_s")  # its compilation is inside
        rows.append([TITLES[r["name"]], number(1e3 * (figure(r, "mlec", "compile_s") or 0))] +
                    [number(figure(r, way, "compile_s")) for way, _ in others] +
                    [number(min(totals) / own) if totals and own else ""])
    return ("\nCompilation, and how many times faster mlec is with it, from text and file to the "
            "result:\n\n" +
            table(["model", "mlec ms"] + [f"{t} s" for _, t in others] + [FASTER], rows))


def gradient_table(results):
    others = [(way, title) for way, title in present(results) if way in ("tmb", "rstan")]
    if not others:
        return ""
    rows = []
    for r in results:
        values = [figure(r, way, "gradient_ns") for way, _ in others]
        known = [v for v in values if v]
        own = r["gradient"]["mlec"]
        rows.append([TITLES[r["name"]], number(own)] + [number(v) for v in values] +
                    [number(min(known) / own) if known else ""])
    return ("\nA gradient, nanoseconds per row:\n\n" +
            table(["model", "mlec"] + [t for _, t in others] + [FASTER], rows))


def agreement_table(results):
    others = present(results)
    rows = []
    for r in results:
        own = figure(r, "mlec", "log_likelihood")
        values = [figure(r, way, "log_likelihood") for way, _ in others]
        rows.append([TITLES[r["name"]], "" if own is None else f"{own:.10g}"] +
                    ["" if v is None or own is None else f"{v - own:.1e}" for v in values])
    return ("\nThe log-likelihood of mlec's fit, and what that of the others has more:\n\n" +
            table(["model", "mlec"] + [t for _, t in others], rows))


def whole(results):
    functions = [f"{figure(r, 'r', 'function')} ({TITLES[r['name']]})" for r in results
                 if figure(r, "r", "function")]
    text = "Whole fits, one thread, seconds:\n\n" + beside(results, "fit_s", ratio=FASTER)
    text += f"\nR's functions: {', '.join(functions)}.\n" if functions else ""
    text += ("\nThe whole process, from the file to the result, seconds of the processor:\n\n" +
             beside(results, "process_s", ratio=FASTER))
    text += "\nIts most memory, MB:\n\n" + beside(results, "memory_mb")
    return (text + compile_table(results) + gradient_table(results) + agreement_table(results))


def fit_points(w):
    return {panel: {way: w.get(way, {}).get(panel) for way, _, _ in PROGRAMS}
            for panel, _, _ in FIT_PANELS}


def small(results):
    return ("A logistic regression of 200 rows and 3 columns, start of the process to its end, "
            "milliseconds on the clock:\n\n" +
            table(["program", "median", "least", "log-likelihood"],
                  [[way, number(r["median_ms"]), number(r["least_ms"]),
                    f"{r['log_likelihood']:.10g}"] for way, r in results.items()]))
