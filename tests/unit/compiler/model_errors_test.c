/* Every error of names, types, shapes and levels: its code and its place. */
#include "tests/unit/compiler/front.h"

static const struct {
    const char *code;
    uint32_t line, column; /* 0: no place */
    const char *text;
} cases[] = {
    {"unknown-function", 2, 17, "param a : real\ny ~ normal(a*x, exq(a))\n"},
    {"unknown-distribution", 2, 5, "param a : real\ny ~ nomal(a, 1)\n"},
    {"unknown-type", 1, 11, "param a : rael\ny ~ normal(a, 1)\n"},
    {"unknown-type", 1, 10, "data x : positve\nparam a : real\ny ~ normal(a*x, 1)\n"},
    {"unknown-type", 1, 11, "param k : count\nk ~ normal(0, 1)\n"},
    {"duplicate-name", 2, 7, "param a : real\nparam a : real\ny ~ normal(a, 1)\n"},
    {"duplicate-name", 2, 5, "param a : real\nlet a = 3\ny ~ normal(a, 1)\n"},
    {"duplicate-name", 2, 6, "data a : real\ndata a : real\nparam b : real\na ~ normal(b, 1)\n"},
    {"duplicate-name", 2, 4, "fn f(x) = x\nfn f(x) = 2*x\nparam a : real\ny ~ normal(f(a), 1)\n"},
    {"duplicate-name", 2, 6, "dist d(y | a) = -a*y\ndist d(y | a) = a\nparam a : real\ny ~ d(a)\n"},
    {"duplicate-name", 3, 1, "param a : real\nwhere x > 0\nwhere x < 3\ny ~ normal(a, 1)\n"},
    {"duplicate-name", 3, 1, "param a : real\nweight x\nweight z\ny ~ normal(a, 1)\n"},
    {"duplicate-name", 3, 8, "param a : real\ny ~ normal(a, 1)\nreport a = 2*a\n"},
    {"reserved-name", 1, 7, "param pi : real\ny ~ normal(0, 1)\n"},
    {"reserved-name", 1, 5, "let inf = 3\nparam a : real\ny ~ normal(a, 1)\n"},
    {"argument-count", 2, 5, "param a : real\ny ~ normal(a)\n"},
    {"argument-count", 2, 5, "param a : real\ny ~ normal(a, 1, 2)\n"},
    {"argument-count", 2, 12, "param a : real\ny ~ normal(exp(a, 2), 1)\n"},
    {"argument-count", 2, 12, "param a : real\ny ~ normal(ifelse(x > 0, a), 1)\n"},
    {"argument-count", 2, 12, "param a : real\ny ~ normal(mean(x, a), 1)\n"},
    {"argument-count", 2, 12, "param a : real\ny ~ normal(row(a), 1)\n"},
    {"argument-count", 3, 12, "param a : real\nfn f(p, q) = p*q\ny ~ normal(f(a), 1)\n"},
    {"argument-name", 2, 15, "param a : real\ny ~ normal(a, scale = 1)\n"},
    {"argument-name", 2, 23, "param a : real\ny ~ normal(sigma = 1, sigma = a)\n"},
    {"argument-name", 2, 17, "param a : real\ny ~ normal(mean(v = x), 1)\n"},
    {"argument-name", 3, 14, "param a : real\nfn f(p) = p\ny ~ normal(f(q = a), 1)\n"},
    {"type-mismatch", 2, 14, "param a : real\ny ~ normal(a*\"one\", 1)\n"},
    {"type-mismatch", 2, 12, "param a : real\ny ~ normal(\"one\", a)\n"},
    {"type-mismatch", 3, 14, "data g : factor\nparam a : real\ny ~ normal(a*g, 1)\n"},
    {"type-mismatch", 3, 19,
     "data x : real\nparam a : real\ny ~ normal(ifelse(x == \"B\", a, 1), 1)\n"},
    {"type-mismatch", 2, 19, "param a : real\ny ~ normal(ifelse(a + 1 == \"B\", a, 1), 1)\n"},
    {"type-mismatch", 3, 5, "data g : factor\nparam a : real\ng ~ poisson(exp(a))\n"},
    {"type-mismatch", 1, 17, "data g : factor(3)\nparam a : real[g]\ny ~ normal(a[g], 1)\n"},
    {"type-mismatch", 2, 21, "param a : real\ny ~ normal(mean(x | a), 1)\n"},
    {"type-mismatch", 3, 12, "param a : real\ny ~ normal(a, 1)\nreport r = \"text\"\n"},
    {"shape-mismatch", 2, 12, "param b : real[3]\ny ~ normal(b + x, 1)\n"},
    {"shape-mismatch", 2, 14, "param b : real[g]\ny ~ normal(x*(b + b[g]), 1)\n"},
    {"shape-mismatch", 2, 12, "param b : real[3]\ny ~ normal([1, 2] + [b[1], 2, 3], 1)\n"},
    {"shape-mismatch", 2, 12, "param a : real\ny ~ normal(dot(a, x), 1)\n"},
    {"shape-mismatch", 2, 12, "param a : real\ny ~ normal(softmax(a), 1)\n"},
    {"shape-mismatch", 1, 16, "param b : real[0]\nloglik once sum(b)\n"},
    {"shape-mismatch", 1, 16, "param b : real[2.5]\nloglik once sum(b)\n"},
    {"shape-mismatch", 2, 16, "param a : real\nparam b : real[a]\nloglik once sum(b)\n"},
    {"shape-mismatch", 1, 11, "param b : ordered\nloglik once sum(b)\n"},
    {"shape-mismatch", 1, 11, "param b : simplex[1]\nloglik once sum(b)\n"},
    {"shape-mismatch", 1, 11, "param b : real[2, 3, 4]\nloglik once sum(b)\n"},
    {"shape-mismatch", 1, 10, "data x : real[2, 3]\nparam a : real\ny ~ normal(a, 1)\n"},
    {"shape-mismatch", 1, 11, "param b = [1, 2, 3] : real[2]\nloglik once -sum(b^2)\n"},
    {"shape-mismatch", 1, 11, "param b = [1, 2] : real\nloglik once -b^2\n"},
    {"shape-mismatch", 2, 8, "param b : real[3]\nloglik b\n"},
    {"bad-index", 2, 14, "param b : real[3]\ny ~ normal(b[4], 1)\n"},
    {"bad-index", 2, 14, "param b : real[3]\ny ~ normal(b[0], 1)\n"},
    {"bad-index", 2, 14, "param b : real[3]\ny ~ normal(b[1.5], 1)\n"},
    {"bad-index", 2, 14, "param b : real[3]\ny ~ normal(b[\"A\"], 1)\n"},
    {"bad-index", 2, 14, "param b : real[g]\ny ~ normal(b[1], 1)\n"},
    {"bad-index", 2, 14, "param b : real[g]\ny ~ normal(b[h], 1)\n"},
    {"bad-index", 2, 14, "param b : real[3]\ny ~ normal(b[x + 1], 1)\n"},
    {"bad-index", 2, 12, "param b : real[2, g]\ny ~ normal(b[g], 1)\n"},
    {"bad-index", 2, 12, "param a : real\ny ~ normal(a[1], 1)\n"},
    {"bad-index", 3, 14, "param a : real\nlet v = [a, 2*a]\ny ~ normal(v[3], 1)\n"},
    {"bad-bounds", 1, 16, "param a : real(3, 1)\ny ~ normal(a, 1)\n"},
    {"bad-bounds", 1, 11, "param a : real(3)\ny ~ normal(a, 1)\n"},
    {"bad-bounds", 1, 11, "param a : positive(1, 2)\ny ~ normal(a, 1)\n"},
    {"bad-bounds", 1, 10, "data x : count(0, 3)\nparam a : real\ny ~ normal(a*x, 1)\n"},
    {"bad-start", 1, 11, "param s = -1 : positive\ny ~ normal(0, s)\n"},
    {"bad-start", 1, 11, "param s = 0 : positive\ny ~ normal(0, s)\n"},
    {"bad-start", 1, 11, "param s = 5 : real(0, 3)\ny ~ normal(0, s)\n"},
    {"not-constant", 1, 18, "param b : real[2*x]\nloglik once sum(b)\n"},
    {"not-constant", 1, 19, "param a : real(0, x)\ny ~ normal(a, 1)\n"},
    {"not-constant", 1, 11, "const c = x\nparam a : real\ny ~ normal(a*c, 1)\n"},
    {"not-constant", 2, 11, "param a : real\nconst c = 2*a\ny ~ normal(a*c, 1)\n"},
    {"not-constant", 2, 11, "param a : real\nparam b = a : real\ny ~ normal(a, exp(b))\n"},
    {"not-constant", 2, 19, "param a : real\ny ~ normal(lag(y, x, 0)*a, 1)\n"},
    {"outside-support", 2, 19, "param a : real\ny ~ normal(lag(y, 0, 0)*a, 1)\n"},
    {"lag-start", 2, 9, "param a : real\nlet h = lag(h, 1) + a\ny ~ normal(h, 1)\n"},
    {"cycle", 3, 9, "param a : real\nlet p = q + 1\nlet q = p + 1\ny ~ normal(p*a, 1)\n"},
    {"cycle", 2, 9, "param a : real\nlet p = p + 1\ny ~ normal(p*a, 1)\n"},
    {"level", 2, 5, "param a : real\na ~ normal(x, 1)\ny ~ normal(a, 1)\n"},
    {"level", 2, 13, "param a : real\nloglik once a*x\n"},
    {"level", 2, 13, "param a : real\nloglik once 0*x + a\n"},
    {"level", 3, 10, "param a : real\ny ~ normal(a, 1)\nlogprior a*x\n"},
    {"level", 3, 12, "param a : real\ny ~ normal(a, 1)\nreport r = a*x\n"},
    {"level", 2, 7, "param a : real\nwhere a > 0\ny ~ normal(a, 1)\n"},
    {"bad-weight", 2, 8, "param a : real\nweight a*x\ny ~ normal(a, 1)\n"},
    {"outside-support", 2, 15, "param a : real\ny ~ normal(a, -1)\n"},
    {"outside-support", 2, 15, "param a : real\ny ~ normal(a, 0)\n"},
    {"outside-support", 1, 15, "y ~ bernoulli(1.5)\n"},
    {"outside-support", 2, 14, "param a : unit\ny ~ binomial(2.5, a)\n"},
    {"not-a-distribution", 2, 5, "param a : real\ny ~ a + 1\n"},
    {"not-a-distribution", 2, 5, "param a : real\ny ~ exp(a)\n"},
    {"distribution-as-value", 2, 8, "param a : real\nloglik normal(a, 1)\n"},
    {"bad-left-side", 2, 1, "param a : real\n3 ~ normal(a, 1)\n"},
    {"empty-model", 0, 0, "param a : real\n"},
    {"empty-model", 0, 0, ""},
    {"unknown-name", 2, 11, "param a : real\nfn f(p) = a*p\ny ~ normal(f(x), 1)\n"},
    {"syntax", 2, 20, "param a : real\ny ~ normal(exp(x | g)*a, 1)\n"},
};

Test(model_errors, code_and_place)
{
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        front f;
        front_open(&f, cases[i].text);
        cr_expect(!f.ok, "no error in\n%s", cases[i].text);
        const diag *d = f.diags.first;
        while (d && d->severity != DIAG_ERROR)
            d = d->next;
        if (d) {
            source_place at = {0, 0};
            if (d->at.file)
                at = source_locate(&f.diags.sources[d->at.file], d->at.begin);
            cr_expect(!strcmp(diag_table[d->code].code, cases[i].code) &&
                          at.line == cases[i].line && at.column == cases[i].column,
                      "%s %u:%u expected in\n%s%s", cases[i].code, cases[i].line, cases[i].column,
                      cases[i].text, front_messages(&f));
            cr_expect(d->at.end >= d->at.begin, "%s", cases[i].text);
        }
        front_close(&f);
    }
}

/* Several errors in one run, each with its statement. */
Test(model_errors, several)
{
    front f;
    front_open(&f, "param a : rael\nparam b : real[0]\ny ~ nomal(b, 1)\nz ~ normal(b[2], -1)\n");
    cr_expect(f.diags.n_errors >= 3, "%s", front_messages(&f));
    front_close(&f);
}

Test(model_errors, hints_name_the_nearest)
{
    static const struct {
        const char *text, *hint;
    } hints[] = {
        {"param a : real\ny ~ nomal(a, 1)\n", "did you mean `normal`?"},
        {"param a : real\ny ~ normal(exq(a), 1)\n", "did you mean `exp`?"},
        {"param a : positve\ny ~ normal(a, 1)\n", "did you mean `positive`?"},
        {"param a : real\ny ~ normal(a)\n", "normal(mu, sigma)"},
        {"data g : factor\nparam a : real\ny ~ normal(a*g, 1)\n", "index a parameter by it"},
        {"param b : real[g]\ny ~ normal(b*x, 1)\n", "index it by the factor: b[g]"},
        {"param a : real\nlet p = p + 1\ny ~ normal(p*a, 1)\n", "lag(p, 1, start)"},
        {"param a : real\nloglik normal(a, 1)\n", "right of `~`"},
    };
    for (size_t i = 0; i < sizeof hints / sizeof *hints; i++) {
        front f;
        front_open(&f, hints[i].text);
        const diag *d = f.diags.first;
        cr_expect(d && d->hint && strstr(d->hint, hints[i].hint), "%s expected in %s",
                  hints[i].hint, front_messages(&f));
        front_close(&f);
    }
}

/* Warnings do not stop a model. */
Test(model_errors, warnings)
{
    static const struct {
        const char *code, *text;
    } warnings[] = {
        {"transformed-left", "param a : real\nlog(y) ~ normal(a, 1)\n"},
        {"unused-parameter", "param a, b : real\ny ~ normal(a, 1)\n"},
    };
    for (size_t i = 0; i < sizeof warnings / sizeof *warnings; i++) {
        front f;
        front_open(&f, warnings[i].text);
        cr_expect(f.ok, "%s", front_messages(&f));
        const diag *d = f.diags.first;
        cr_expect(d && !d->next && d->severity == DIAG_WARNING &&
                      !strcmp(diag_table[d->code].code, warnings[i].code),
                  "%s: %s", warnings[i].code, front_messages(&f));
        front_close(&f);
    }
}

/* --set of what is no constant. */
Test(model_errors, settings)
{
    static const char *const text = "const c = 2\nparam a : real\ny ~ normal(a*c, 1)\n";
    static const char *const names[] = {"d", "a"};
    for (int i = 0; i < 2; i++) {
        mlec_setting set = {names[i], 3};
        front f;
        front_set(&f, text, &set, 1, false);
        cr_expect(!f.ok && strstr(front_messages(&f), "unknown-name"), "%s", names[i]);
        front_close(&f);
    }
}
