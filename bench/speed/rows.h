/* One row of each model: its log-likelihood and derivatives with respect to its linear predictors
 * u[] and the scalars s[], in this order. Included by plain.c, where REAL is a double, and by
 * tuned.c, where it is a vector of eight rows.
 *
 * l + sign log f is the row's value; d[] and the lower triangle of h[][] start as zeros and are
 * needed from order 1 and 2 on. SUM_IN_LGAMMA: the terms in y of a negative binomial are summed
 * elsewhere, by a table of counts. */
enum { MAX_LOCAL = 5 };

typedef struct {
    REAL l, f, d[MAX_LOCAL], h[MAX_LOCAL][MAX_LOCAL];
} row;

typedef void row_function(int order, REAL y, REAL extra, const REAL *u, const REAL *s, row *o);

#define ROW(name)                                                                                  \
    static inline __attribute__((always_inline)) void name##_row(                                  \
        int order, REAL y, REAL extra, const REAL *u, const REAL *s, row *o)
#define UNUSED (void)order, (void)extra, (void)u, (void)s

ROW(logistic)
{
    UNUSED;
    REAL e = EXP(-ABS(u[0]));
    o->f = 1 + e;
    o->l = y * u[0] - SELECT(u[0] > 0, u[0], 0 * u[0]);
    if (order > 0) {
        REAL q = 1 / o->f;
        o->d[0] = y - SELECT(u[0] > 0, q, e * q);
        o->h[0][0] = -e * q * q;
    }
}

ROW(poisson)
{
    UNUSED;
    REAL m = EXP(u[0]);
    o->l = y * u[0] - m;
    o->d[0] = y - m;
    o->h[0][0] = -m;
}

ROW(negative_binomial)
{
    UNUSED;
    REAL phi = s[0], m = EXP(u[0]), r = m + phi, t = LOG(r), q = 1 / r, a = (y + phi) * q;
    o->l = y * u[0] - (y + phi) * t;
    o->d[0] = y - a * m;
    o->d[1] = -t - a;
    o->h[0][0] = -a * m * phi * q;
    o->h[1][0] = m * q * (a - 1);
    o->h[1][1] = q * (a - 2);
#ifndef SUM_IN_LGAMMA
    o->l += lgamma(y + phi);
    if (order > 0)
        o->d[1] += digamma(y + phi);
    if (order > 1)
        o->h[1][1] += trigamma(y + phi);
#endif
}

/* y is the log of the time, extra 1 where the event was seen. */
ROW(weibull)
{
    UNUSED;
    REAL k = s[0], a = y - u[0], z = k * a, m = EXP(z);
    o->l = extra * (LOG(k) + z) - m;
    o->d[0] = k * (m - extra);
    o->d[1] = extra / k + a * (extra - m);
    o->h[0][0] = -k * k * m;
    o->h[1][0] = m - extra + z * m;
    o->h[1][1] = -extra / (k * k) - a * a * m;
}

ROW(mixture)
{
    UNUSED;
    REAL w = s[0], i1 = 1 / s[3], i2 = 1 / s[4], z1 = (y - s[1]) * i1, z2 = (y - s[2]) * i2;
    REAL f1 = w * i1 * EXP(-0.5 * z1 * z1), f2 = (1 - w) * i2 * EXP(-0.5 * z2 * z2);
    o->f = f1 + f2;
    if (order > 0) {
        REAL p = f1 / o->f, q = 1 - p;
        REAL a[5] = {1 / w, z1 * i1, 0 * y, (z1 * z1 - 1) * i1, 0 * y};
        REAL b[5] = {-1 / (1 - w), 0 * y, z2 * i2, 0 * y, (z2 * z2 - 1) * i2};
        for (int i = 0; i < 5; i++) {
            o->d[i] = p * a[i] + q * b[i];
            for (int j = 0; j <= i; j++)
                o->h[i][j] = p * q * (a[i] - b[i]) * (a[j] - b[j]);
        }
        o->h[0][0] -= p / (w * w) + q / ((1 - w) * (1 - w));
        o->h[1][1] -= p * i1 * i1;
        o->h[2][2] -= q * i2 * i2;
        o->h[3][1] -= 2 * p * z1 * i1 * i1;
        o->h[4][2] -= 2 * q * z2 * i2 * i2;
        o->h[3][3] += p * (1 - 3 * z1 * z1) * i1 * i1;
        o->h[4][4] += q * (1 - 3 * z2 * z2) * i2 * i2;
    }
}

/* Also the last step of a regression: `e` is the residual; the first local is the mean. */
ROW(residual)
{
    UNUSED;
    REAL i = 1 / s[0], z = y * i;
    o->l = -0.5 * z * z - LOG(s[0]);
    o->d[0] = z * i;
    o->d[1] = (z * z - 1) * i;
    o->h[0][0] = -i * i;
    o->h[1][0] = -2 * z * i * i;
    o->h[1][1] = (1 - 3 * z * z) * i * i;
}

ROW(normal) { residual_row(order, y - s[0], extra, u, s + 1, o); }

ROW(linear) { residual_row(order, y - u[0], extra, u, s, o); }

/* y is the class, 0 to 4; class 0 has the predictor 0. */
ROW(multinomial)
{
    UNUSED;
    REAL e[4];
    o->f = 1 + 0 * y;
    o->l = 0 * y;
    for (int k = 0; k < 4; k++) {
        e[k] = EXP(u[k]);
        o->f += e[k];
        o->l += SELECT(y == k + 1.0, u[k], 0 * y);
    }
    if (order > 0) {
        REAL q = 1 / o->f;
        for (int k = 0; k < 4; k++) {
            e[k] *= q;
            o->d[k] = SELECT(y == k + 1.0, 1 + 0 * y, 0 * y) - e[k];
            for (int j = 0; j < k; j++)
                o->h[k][j] = e[k] * e[j];
            o->h[k][k] = e[k] * (e[k] - 1);
        }
    }
}

/* y is the category, 1 to 5; s[] the four cuts. */
ROW(ordinal)
{
    UNUSED;
    REAL zero = 0 * y, above = zero + 40, below = zero - 40;
    for (int k = 0; k < 4; k++) {
        above = SELECT(y == k + 1.0, s[k] - u[0], above);
        below = SELECT(y == k + 2.0, s[k] - u[0], below);
    }
    o->f = NORMAL_CDF(above) - NORMAL_CDF(below);
    o->l = zero;
    if (order > 0) {
        const double c = 0.39894228040143267794;
        REAL q = c / o->f, da = EXP(-0.5 * above * above) * q, db = -EXP(-0.5 * below * below) * q;
        REAL haa = -da * (above + da), hbb = -db * (below + db), hab = -da * db;
        o->d[0] = -(da + db);
        o->h[0][0] = haa + 2 * hab + hbb;
        for (int k = 0; k < 4; k++) {
            o->d[k + 1] = SELECT(y == k + 1.0, da, zero) + SELECT(y == k + 2.0, db, zero);
            o->h[k + 1][0] =
                SELECT(y == k + 1.0, -(haa + hab), zero) + SELECT(y == k + 2.0, -(hab + hbb), zero);
            o->h[k + 1][k + 1] = SELECT(y == k + 1.0, haa, zero) + SELECT(y == k + 2.0, hbb, zero);
            if (k > 0)
                o->h[k + 1][k] = SELECT(y == k + 1.0, hab, zero);
        }
    }
}

/* y the response, extra the log of the dose; s[]: top, bottom, ec50, sigma, hill. */
ROW(four_parameter)
{
    UNUSED;
    REAL c = s[2], hill = s[4], i = 1 / s[3], a = LOG(c) - extra, range = s[0] - s[1];
    REAL p = 1 / (1 + EXP(hill * a)), e = y - s[1] - range * p;
    o->l = -0.5 * e * e * i * i - LOG(s[3]);
    if (order == 0)
        return;
    REAL dp = -p * (1 - p), ddp = -dp * (1 - 2 * p); /* with respect to hill a */
    REAL uc = hill / c, zero = 0 * y;
    REAL m[5] = {p, 1 - p, range * dp * uc, zero, range * dp * a}; /* the mean's derivatives */
    REAL h[5][5] = {{zero}};
    h[2][0] = dp * uc;
    h[2][1] = -dp * uc;
    h[2][2] = range * (ddp * uc * uc - dp * uc / c);
    h[4][0] = dp * a;
    h[4][1] = -dp * a;
    h[4][2] = range * (ddp * uc * a + dp / c);
    h[4][4] = range * ddp * a * a;
    REAL v = i * i;
    for (int j = 0; j < 5; j++) {
        o->d[j] = e * m[j] * v;
        for (int k = 0; k <= j; k++)
            o->h[j][k] = (e * h[j][k] - m[j] * m[k]) * v;
    }
    for (int j = 0; j < 5; j++)
        o->h[j > 3 ? j : 3][j > 3 ? 3 : j] = -2 * e * m[j] * v * i;
    o->d[3] = e * e * v * i - i;
    o->h[3][3] = v - 3 * e * e * v * v;
}
#undef UNUSED
