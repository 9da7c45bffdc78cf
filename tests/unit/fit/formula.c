#include "tests/unit/fit/formula.h"

#include <ctype.h>
#include <stdlib.h>

typedef struct {
    const char *at;
    bool (*lookup)(void *user, const char *name, size_t n, jet *out);
    void *user;
} parser;

static jet sum(parser *p);

static void skip(parser *p)
{
    while (*p->at == ' ')
        p->at++;
}

static bool take(parser *p, char c)
{
    skip(p);
    if (*p->at != c)
        return false;
    p->at++;
    return true;
}

static jet call(const char *name, size_t n, jet a)
{
    static const struct {
        const char *name;
        jet (*f)(jet);
    } functions[] = {{"exp", jet_exp}, {"log", jet_log},   {"sin", jet_sin},
                     {"cos", jet_cos}, {"sqrt", jet_sqrt}, {"atan", jet_atan}};
    for (size_t i = 0; i < sizeof functions / sizeof *functions; i++)
        if (strlen(functions[i].name) == n && memcmp(functions[i].name, name, n) == 0)
            return functions[i].f(a);
    return jet_constant(NAN);
}

static jet primary(parser *p)
{
    if (take(p, '(')) {
        jet inner = sum(p);
        take(p, ')');
        return inner;
    }
    if (isdigit((unsigned char)*p->at) || *p->at == '.') {
        char *end;
        double v = strtod(p->at, &end);
        p->at = end;
        return jet_constant(v);
    }
    const char *name = p->at;
    while (isalnum((unsigned char)*p->at))
        p->at++;
    size_t n = (size_t)(p->at - name);
    jet value;
    if (n == 2 && memcmp(name, "pi", 2) == 0)
        return jet_constant(3.14159265358979323846);
    if (n > 0 && take(p, '(')) {
        jet inner = sum(p);
        take(p, ')');
        return call(name, n, inner);
    }
    return n > 0 && p->lookup(p->user, name, n, &value) ? value : jet_constant(NAN);
}

static jet power(parser *p);

/* Unary minus binds below ^. */
static jet factor(parser *p)
{
    if (take(p, '-'))
        return jet_scale(-1, factor(p));
    return power(p);
}

static bool is_constant(const jet *a)
{
    for (int i = 0; i < jet_n; i++)
        if (a->g[i] != 0)
            return false;
    return true;
}

static jet power(parser *p)
{
    jet base = primary(p);
    if (!take(p, '^'))
        return base;
    jet exponent = factor(p);
    if (is_constant(&exponent))
        return exponent.v == 2 ? jet_square(base) : jet_power(base, exponent.v);
    return jet_pow(base, exponent);
}

static jet product(parser *p)
{
    jet a = factor(p);
    for (;;) {
        if (take(p, '*'))
            a = jet_mul(a, factor(p));
        else if (take(p, '/'))
            a = jet_div(a, factor(p));
        else
            return a;
    }
}

static jet sum(parser *p)
{
    jet a = product(p);
    for (;;) {
        if (take(p, '+'))
            a = jet_add(a, product(p));
        else if (take(p, '-'))
            a = jet_sub(a, product(p));
        else
            return a;
    }
}

jet formula_eval(const char *text, bool (*lookup)(void *user, const char *name, size_t n, jet *out),
                 void *user)
{
    parser p = {text, lookup, user};
    jet value = sum(&p);
    skip(&p);
    return *p.at == 0 ? value : jet_constant(NAN);
}
