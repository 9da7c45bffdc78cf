#!/usr/bin/env python3
"""Writes vmath_coef.h: every polynomial of vmath*.inc, from the mathematics.

usage: python3 runtime/calc/vmath_coef.py | clang-format > runtime/calc/vmath_coef.h
(needs mpmath)

A table is the minimax polynomial of a function g on an interval: the c_j that minimise the largest
|w(x) (g(x) - sum c_j x^j)|, where the weight w turns the error of the polynomial into the error of
the finished function (relative where the function has no zero). Remez's exchange finds it, on a
grid of Chebyshev points dense enough to stand for the interval, with 50 digits.

On an interval that begins at 0 the first coefficients decide the last bit of the result, so they
are rounded to double one after another and the rest is fitted again around each; the others are
merely rounded. (With 0 inside the interval the powers left over would not alternate, and Remez's
exchange would fail.) The comment over each table gives log2 of the largest weighted error of the
exact and of the rounded polynomial.
"""

import mpmath as mp

mp.mp.dps = 50


def peaks_of(err, count):
    """Indices of `count` alternating peaks of an error curve, the largest that there are."""
    peaks = []
    for i, e in enumerate(err):
        if peaks and (e > 0) == (err[peaks[-1]] > 0):
            if abs(e) > abs(err[peaks[-1]]):
                peaks[-1] = i
        else:
            peaks.append(i)
    while len(peaks) > count:
        if len(peaks) == count + 1:
            peaks.pop(0 if abs(err[peaks[0]]) < abs(err[peaks[-1]]) else -1)
        else:
            k = min(range(len(peaks) - 1),
                    key=lambda k: max(abs(err[peaks[k]]), abs(err[peaks[k + 1]])))
            del peaks[k:k + 2]
    return peaks


def remez(g, lo, hi, n, w, fixed):
    """Coefficients len(fixed)..n-1 of the minimax polynomial that begins with `fixed`."""
    grid = 24 * n
    xs = [(lo + hi) / 2 - (hi - lo) / 2 * mp.cos(mp.pi * i / grid) for i in range(grid + 1)]
    ws = [w(x) for x in xs]
    fs = [g(x) - sum(c * x**j for j, c in enumerate(fixed)) for x in xs]
    k0, m = len(fixed), n - len(fixed)
    at = [round(grid * i / m) for i in range(m + 1)]
    for _ in range(60):
        a, b = mp.matrix(m + 1, m + 1), mp.matrix(m + 1, 1)
        for row, i in enumerate(at):
            for j in range(m):
                a[row, j] = xs[i] ** (k0 + j) * ws[i]
            a[row, m] = (-1) ** row
            b[row] = fs[i] * ws[i]
        sol = mp.lu_solve(a, b)
        c = [sol[j] for j in range(m)]
        err = [(f - x**k0 * mp.polyval(c[::-1], x)) * q for f, x, q in zip(fs, xs, ws)]
        peaks = peaks_of(err, m + 1)
        worst = max(abs(e) for e in err)
        if len(peaks) < m + 1 or peaks == at or worst < abs(sol[m]) * mp.mpf("1.01"):
            break
        at = peaks
    return c, worst


def rational(g, n, m, xs, w):
    """P, Q of degrees n, m with w P/Q minimax to w g on the points xs. Exchange as above; the
    equations are linear once the Q beside the error term is that of the step before."""
    fs, ws = [g(x) for x in xs], [w(x) for x in xs]
    last, count = len(xs) - 1, n + m + 2
    at = [int(mp.nint(last * (1 - mp.cos(mp.pi * i / (count - 1))) / 2)) for i in range(count)]
    q = [mp.mpf(1)] + [mp.mpf(0)] * m
    best = None
    for _ in range(25):
        for _ in range(8):
            a, b = mp.matrix(count, count), mp.matrix(count, 1)
            for row, i in enumerate(at):
                x, f = xs[i], fs[i]
                for j in range(n + 1):
                    a[row, j] = x**j
                for j in range(1, m + 1):
                    a[row, n + j] = -f * x**j
                a[row, n + m + 1] = -((-1) ** row) * mp.polyval(q[::-1], x) / ws[i]
                b[row] = f
            sol = mp.lu_solve(a, b)
            old, q = q, [mp.mpf(1)] + [sol[n + j] for j in range(1, m + 1)]
            if max(abs(u - v) for u, v in zip(old, q)) < mp.mpf(10) ** -8 * max(map(abs, q)):
                break
        p = [sol[j] for j in range(n + 1)]
        err = [(mp.polyval(p[::-1], x) / mp.polyval(q[::-1], x) - f) * v
               for x, f, v in zip(xs, fs, ws)]
        worst = max(abs(e) for e in err)
        if best is None or worst < best[0]:
            best = (worst, p, q)
        peaks = peaks_of(err, count)
        if len(peaks) < count or peaks == at or worst < abs(sol[n + m + 1]) * mp.mpf("1.02"):
            break
        at = peaks
    return best


def log2(e):
    return mp.nstr(mp.log(e, 2), 4)


def row(values):
    return "".join("    %s,\n" % float(v).hex() for v in values)


def table(name, what, g, lo, hi, n, w, exact=3):
    """Prints the table `name` of n coefficients; `exact` of them rounded before the others."""
    lo, hi = mp.mpf(lo), mp.mpf(hi)
    fixed = []
    best = None
    for j in range(exact + 1):
        c, e = remez(g, lo, hi, n, w, fixed)
        best = e if best is None else best
        if j < exact:
            fixed.append(mp.mpf(float(c[0])))
    c = [float(v) for v in fixed + c]
    grid = [lo + (hi - lo) * i / 400 for i in range(401)]
    real = max(abs(w(x) * (g(x) - mp.polyval([mp.mpf(v) for v in c[::-1]], x))) for x in grid)
    print("/* %s\n * on [%s, %s]; log2 error %s, rounded %s */" %
          (what, mp.nstr(lo, 6), mp.nstr(hi, 6), log2(best), log2(real)))
    print("static const double %s[%d] = {\n%s};\n" % (name, n, row(c)))


def split(name, what, value, parts):
    """Prints a constant as a sum of doubles, each the rest of those before it, rounded."""
    out = []
    for _ in range(parts):
        out.append(mp.mpf(float(value)))
        value = value - out[-1]
    print("/* %s as a sum of %d doubles */" % (what, parts))
    print("static const double %s[%d] = {\n%s};\n" % (name, parts, row(out)))


def series(f, terms):
    """f away from 0 and the given Taylor terms next to it, where f cancels."""
    return lambda z: f(z) if abs(z) > mp.mpf(10) ** -9 else mp.polyval(
        [mp.mpf(a) / b for a, b in terms[::-1]], z)


def of_root(f):
    """f(sqrt(z)) as a function of z."""
    return lambda z: f(mp.sqrt(z))


def exponentials():
    half = mp.log(2) / 2 * mp.mpf("1.0001")
    split("vm_ln2", "log(2)", mp.log(2), 3)
    split("vm_log2e", "1/log(2)", 1 / mp.log(2), 2)
    split("vm_log10e", "1/log(10)", 1 / mp.log(10), 2)
    split("vm_log10_2", "log10(2)", mp.log(2, 10), 2)
    table("vm_exp", "(exp(r) - 1 - r)/r^2, error relative to exp(r)",
          series(lambda r: (mp.expm1(r) - r) / r**2, [(1, 2), (1, 6), (1, 24)]),
          -half, half, 10, lambda r: r * r / mp.exp(r), 0)
    top = (mp.sqrt(2) - 1) ** 4 * mp.mpf("1.001")
    atanh = series(of_root(lambda s: 2 * (s - mp.atanh(s)) / s**3), [(-2, 3), (-2, 5), (-2, 7)])
    table("vm_log", "(2s - log((1 + s)/(1 - s)))/s^3 in z = s^2, error relative to the logarithm",
          atanh, 0, top, 7, lambda z: z / 2)
    table("vm_log_unit", "the same on the interval that log(1 + u) needs for u in [0, 1]",
          atanh, 0, mp.mpf(1) / 9, 10, lambda z: z / 2)
    atanh5 = series(of_root(lambda s: (2 * (mp.atanh(s) - s) / s**3 - mp.mpf(2) / 3) / s**2),
                    [(2, 5), (2, 7), (2, 9)])
    split("vm_two_thirds", "2/3", mp.mpf(2) / 3, 2)
    table("vm_log_far", "its terms after 2/3: for the logarithm in two doubles", atanh5, 0, top, 8,
          lambda z: z * z / 2)
    third = mp.mpf(1) / 3
    table("vm_cbrt", "cbrt(w), the start of an iteration; relative", lambda w: w**third,
          mp.mpf(2) ** -1.51, mp.mpf(2) ** 1.51, 7, lambda w: w**-third, 0)
    table("vm_sinh", "(sinh(x) - x)/x^3 in z = x^2, error relative to sinh(x)",
          series(of_root(lambda x: (mp.sinh(x) - x) / x**3), [(1, 6), (1, 120), (1, 5040)]),
          0, 1, 7, lambda z: z)


def circular():
    split("vm_half_pi", "pi/2", mp.pi / 2, 3)
    split("vm_pi", "pi", mp.pi, 2)
    quarter = (mp.pi / 4) ** 2 * mp.mpf("1.001")
    table("vm_sin", "(sin(r) - r)/r^3 in z = r^2, error relative to sin(r)",
          series(of_root(lambda r: (mp.sin(r) - r) / r**3), [(-1, 6), (1, 120), (-1, 5040)]),
          0, quarter, 6, lambda z: z)
    table("vm_cos", "(cos(r) - 1 + r^2/2)/r^4 in z = r^2",
          series(of_root(lambda r: (mp.cos(r) - 1 + r * r / 2) / r**4),
                 [(1, 24), (-1, 720), (1, 40320)]), 0, quarter, 6, lambda z: z * z)
    table("vm_atan", "(atan(x) - x)/x^3 in z = x^2, error relative to atan(x)",
          series(of_root(lambda x: (mp.atan(x) - x) / x**3), [(-1, 3), (1, 5), (-1, 7)]),
          0, 1, 20, lambda z: z)
    table("vm_asin", "(asin(x) - x)/x^3 in z = x^2, error relative to asin(x)",
          series(of_root(lambda x: (mp.asin(x) - x) / x**3), [(1, 6), (3, 40), (15, 336)]),
          0, mp.mpf("0.2501"), 12, lambda z: z)


def normal():
    root2pi = mp.sqrt(2 * mp.pi)

    def scaled_tail(t):
        """(1 + x) exp(x^2/2) Phi(-x) at x = 5.5 (1 + t)/(1 - t)."""
        if t > 1 - mp.mpf(10) ** -12:
            return 1 / root2pi
        x = mp.mpf("5.5") * (1 + t) / (1 - t)
        if x > 200:
            tail = sum((-1) ** j * mp.fac2(2 * j - 1) / x ** (2 * j) for j in range(12))
            return (1 + x) * tail / x / root2pi
        return (1 + x) * mp.exp(x * x / 2) * mp.erfc(x / mp.sqrt(2)) / 2

    split("vm_sqrt2", "sqrt(2)", mp.sqrt(2), 2)
    split("vm_sqrt_2_pi", "sqrt(2/pi)", mp.sqrt(2 / mp.pi), 2)
    split("vm_inv_sqrt_2pi", "1/sqrt(2 pi)", 1 / root2pi, 2)
    table("vm_tail", "(1 + x) exp(x^2/2) Phi(-x) in t = (x - 5.5)/(x + 5.5), relative",
          scaled_tail, -1, 1, 24, lambda t: 1 / scaled_tail(t), 0)
    table("vm_erf", "erf(x)/x - 1 in z = x^2, error relative to erf(x)",
          series(of_root(lambda x: mp.erf(x) / x - 1), [(2 / mp.sqrt(mp.pi) - 1, 1),
                 (-2 / mp.sqrt(mp.pi), 3), (2 / mp.sqrt(mp.pi), 10)]),
          0, 1, 13, of_root(lambda x: x / mp.erf(x) if x > 0 else mp.sqrt(mp.pi) / 2))


def rational_tables(name, what, g, n, m, xs, w):
    worst, p, q = rational(g, n, m, xs, w)
    print("/* %s\n * on [%s, %s]; log2 error %s; numerator, denominator */" %
          (what, mp.nstr(xs[0], 6), mp.nstr(xs[-1], 6), log2(worst)))
    print("static const double %s_num[%d] = {\n%s};" % (name, n + 1, row(p)))
    print("static const double %s_den[%d] = {\n%s};\n" % (name, m + 1, row(q)))


def quantile():
    """The normal quantile x: x/q - 5/2 in y = 0.16 - q^2, q = p - 1/2; and in y = r - 1.5,
    r^2 = -log p, the small difference sqrt(2) r + x. Both origins are chosen so that coefficients
    of one sign prevail and nothing cancels."""

    def upper(log_p):
        x = mp.sqrt(-2 * log_p) * mp.mpf("0.8")
        if log_p < -10:
            x = mp.sqrt(-2 * log_p - mp.log(-4 * mp.pi * log_p))
        for _ in range(80):
            p = mp.erfc(x / mp.sqrt(2)) / 2
            step = (mp.log(p) - log_p) * p * mp.sqrt(2 * mp.pi) * mp.exp(x * x / 2)
            x += step
            if abs(step) < mp.mpf(10) ** -42 * abs(x):
                break
        return x

    def centre(y):
        q2 = mp.mpf("0.16") - y
        if q2 < mp.mpf(10) ** -30:
            return mp.sqrt(2 * mp.pi)
        return upper(mp.log(mp.mpf(1) / 2 - mp.sqrt(q2))) / mp.sqrt(q2)

    def far(y):
        if y not in far.seen:
            far.seen[y] = upper(-(y + mp.mpf("1.5")) ** 2)
        return far.seen[y]

    far.seen = {}
    ramp = [(1 - mp.cos(mp.pi * i / 600)) / 2 for i in range(601)]
    rational_tables("vm_quantile",
                    "inv_Phi(1/2 + q)/q - 5/2 in y = 0.16 - q^2, relative to inv_Phi",
                    lambda y: centre(y) - mp.mpf("2.5"), 7, 7, [mp.mpf("0.16") * u for u in ramp],
                    lambda y: 1 / centre(y))
    lo, hi = mp.sqrt(mp.log(10)), mp.sqrt(mp.mpf("708.4"))
    rational_tables("vm_quantile_far",
                    "sqrt(2) r + inv_Phi(exp(-r^2)) in y = r - 1.5, relative to inv_Phi",
                    lambda y: mp.sqrt(2) * (y + mp.mpf("1.5")) - far(y), 10, 10,
                    [lo * (hi / lo) ** u - mp.mpf("1.5") for u in ramp], lambda y: 1 / far(y))


def gamma():
    """Near: x < 3, in t = (x - 1)/(x + 3), poles divided out. Far: x >= 3, in u = 1/x^2."""
    ln2pi = mp.log(2 * mp.pi) / 2
    half = mp.mpf(1) / 2
    zero = mp.findroot(mp.digamma, mp.mpf("1.4616321449683623"))
    tiny = mp.mpf(10) ** -20

    def lgamma(x):
        if abs(x - 1) < tiny:
            return mp.euler
        if abs(x - 2) < tiny:
            return 1 - mp.euler
        return mp.loggamma(x) / ((x - 1) * (x - 2))

    def digamma(x):
        if x < tiny:
            return 1 / zero
        if abs(x - zero) < tiny:
            return zero * mp.polygamma(1, zero)
        return x * mp.digamma(x) / (x - zero)

    def trigamma(x):
        return x * x * mp.polygamma(1, x) if x > tiny else mp.mpf(1)

    def tetragamma(x):
        return x**3 * mp.polygamma(2, x) if x > tiny else mp.mpf(-2)

    def near(name, what, f, n):
        g = lambda t: f((1 + 3 * t) / (1 - t)) if t > -mp.mpf(1) / 3 + tiny else f(mp.mpf(0))
        table(name, what + " in t = (x - 1)/(x + 3), x in [0, 3], relative", g,
              -mp.mpf(1) / 3, mp.mpf(1) / 3, n, lambda t: 1 / g(t), 0)

    def far(name, what, f, n, w, terms):
        g = lambda u: f(1 / mp.sqrt(u)) if u > mp.mpf("1e-5") else mp.polyval(
            [mp.mpf(a) / b for a, b in terms[::-1]], u)
        table(name, what + " in u = 1/x^2, x >= 3", g, 0, mp.mpf(1) / 9, n, w)

    split("vm_digamma_zero", "the zero of digamma", zero, 2)
    split("vm_lgamma_c", "log(2 pi)/2 - 1/2", ln2pi - half, 1)
    at = lambda t: mp.mpf("1.5") * (1 + t) / (1 - t)
    table("vm_lgamma", "lgamma(x)/((x - 1)(x - 2)) in t = (x - 3/2)/(x + 3/2), x in [3/4, 3], "
          "relative", lambda t: lgamma(at(t)), -mp.mpf(1) / 3, mp.mpf(1) / 3, 21,
          lambda t: 1 / lgamma(at(t)), 0)
    near("vm_digamma", "x digamma(x)/(x - its zero)", digamma, 23)
    near("vm_trigamma", "x^2 trigamma(x)", trigamma, 25)
    near("vm_tetragamma", "x^3 tetragamma(x)", tetragamma, 26)
    far("vm_lgamma_far", "x (lgamma(x) - (x - 1/2) log(x) + x - log(2 pi)/2), error of lgamma,",
        lambda x: x * (mp.loggamma(x) - (x - half) * mp.log(x) + x - ln2pi), 10,
        lambda u: mp.sqrt(u) + mp.mpf("1e-30"),
        [(1, 12), (-1, 360), (1, 1260), (-1, 1680), (1, 1188), (-691, 360360)])
    far("vm_digamma_far", "x^2 (log(x) - 1/(2x) - digamma(x)), error of digamma,",
        lambda x: x * x * (mp.log(x) - 1 / (2 * x) - mp.digamma(x)), 11, lambda u: u,
        [(1, 12), (-1, 120), (1, 252), (-1, 240), (1, 132), (-691, 32760)])
    far("vm_trigamma_far", "x^3 (trigamma(x) - 1/x - 1/(2x^2)), error relative to trigamma,",
        lambda x: x**3 * (mp.polygamma(1, x) - 1 / x - 1 / (2 * x * x)), 12, lambda u: u,
        [(1, 6), (-1, 30), (1, 42), (-1, 30), (5, 66), (-691, 2730)])
    far("vm_tetragamma_far", "-x^4 (tetragamma(x) + 1/x^2 + 1/x^3), error relative to tetragamma,",
        lambda x: -x**4 * (mp.polygamma(2, x) + 1 / x**2 + 1 / x**3), 14, lambda u: u,
        [(1, 2), (-1, 6), (1, 6), (-3, 10), (5, 6), (-691, 210)])


def bessel():
    """log(exp(-x) I0(x)), its derivative I1(x)/I0(x) - 1 and the derivative of that, x >= 0. Near: a
    ratio of polynomials, since the zeros of I0 at +-2.4i, +-5.5i, ... are poles. Far: x >= 16, in
    u = 1/x; there exp(-2x), which no power of u can follow, is below the rounding."""
    end = mp.mpf(16)
    tiny = mp.mpf(10) ** -15
    ratio = lambda x: mp.besseli(1, x) / mp.besseli(0, x)
    log_i0e = lambda x: mp.log(mp.besseli(0, x)) - x
    slope = lambda x: 1 - ratio(x) / x - ratio(x) ** 2
    ramp = [end * (1 - mp.cos(mp.pi * i / 300)) / 2 for i in range(301)]

    def near(name, what, f, n):
        seen = {x: f(x) for x in ramp}
        rational_tables(name, what + " in x, relative", lambda x: seen[x], n, n, ramp,
                        lambda x: 1 / seen[x])

    def far(name, what, f, terms, n, w):
        g = lambda u: f(1 / u) if u > mp.mpf("1e-7") else mp.polyval(
            [mp.mpf(a) / b for a, b in terms[::-1]], u)
        table(name, what + " in u = 1/x, x >= 16", g, 0, 1 / end, n, w(g))

    near("vm_log_i0e", "log(exp(-x) I0(x))/x",
         lambda x: log_i0e(x) / x if x > tiny else x / 4 - 1, 15)
    near("vm_bessel_ratio_m1", "I1(x)/I0(x) - 1", lambda x: ratio(x) - 1, 13)
    near("vm_bessel_ratio_slope", "the derivative of I1(x)/I0(x)",
         lambda x: slope(x) if x > tiny else mp.mpf(1) / 2, 15)
    relative = lambda g: lambda u: 1 / g(u)
    far("vm_log_i0e_far", "x (log(exp(-x) I0(x)) + log(2 pi x)/2)",
        lambda x: x * (log_i0e(x) + mp.log(2 * mp.pi * x) / 2), [(1, 8), (1, 16), (25, 384)], 13,
        lambda g: lambda u: u + mp.mpf("1e-30"))
    far("vm_bessel_ratio_m1_far", "x (I1(x)/I0(x) - 1), relative,", lambda x: x * (ratio(x) - 1),
        [(-1, 2), (-1, 8), (-1, 8)], 14, relative)
    far("vm_bessel_ratio_slope_far", "x^2 times the derivative of I1(x)/I0(x), relative,",
        lambda x: x * x * slope(x), [(1, 2), (1, 4), (3, 8)], 17, relative)


def main():
    print("""/* Coefficients of the elementwise functions. Written by vmath_coef.py, which says how.
 * Do not edit: change the script and run it. */
#ifndef MLEC_RUNTIME_CALC_VMATH_COEF_H
#define MLEC_RUNTIME_CALC_VMATH_COEF_H
""")
    exponentials()
    circular()
    normal()
    quantile()
    gamma()
    bessel()
    print("#endif")


if __name__ == "__main__":
    main()
