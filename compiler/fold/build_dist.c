/* Distribution calls: the log density with its arguments put in, its support, its information. */
#include "compiler/fold/build_internal.h"

#include <math.h>
#include <string.h>

static bool has_type_support(mlec_type t) { return t != MLEC_TYPE_REAL && t != MLEC_TYPE_FACTOR; }

/* 1 where `y` lies in the support that a type states, else 0. A plain bound is included for
 * intervals, excluded for positive and unit. */
static node type_support(build *b, const formal_type *t, node y)
{
    dag *g = &b->g;
    node lower = fold_const(g, t->lower), upper = fold_const(g, t->upper);
    node whole = fold_2(g, OP_EQ, y, fold_1(g, OP_FLOOR, y));
    switch (t->type) {
    case MLEC_TYPE_POSITIVE: return fold_2(g, OP_LT, fold_const(g, 0), y);
    case MLEC_TYPE_UNIT:
        return fold_2(g, OP_AND, fold_2(g, OP_LT, fold_const(g, 0), y),
                      fold_2(g, OP_LT, y, fold_const(g, 1)));
    case MLEC_TYPE_INTERVAL:
        return fold_2(g, OP_AND, fold_2(g, OP_LE, lower, y), fold_2(g, OP_LE, y, upper));
    case MLEC_TYPE_BINARY:
        return fold_2(g, OP_OR, fold_2(g, OP_EQ, y, fold_const(g, 0)),
                      fold_2(g, OP_EQ, y, fold_const(g, 1)));
    case MLEC_TYPE_COUNT: return fold_2(g, OP_AND, whole, fold_2(g, OP_LE, fold_const(g, 0), y));
    case MLEC_TYPE_INT: return whole;
    default: return fold_const(g, 1);
    }
}

static const char *support_words(build *b, const formal_type *t)
{
    switch (t->type) {
    case MLEC_TYPE_POSITIVE: return "greater than 0";
    case MLEC_TYPE_UNIT: return "between 0 and 1";
    case MLEC_TYPE_BINARY: return "0 or 1";
    case MLEC_TYPE_COUNT: return "a whole number, 0 or more";
    case MLEC_TYPE_INT: return "a whole number";
    case MLEC_TYPE_INTERVAL:
        if (isinf(t->upper))
            return arena_printf(b->arena, "%g or more", t->lower);
        if (isinf(t->lower))
            return arena_printf(b->arena, "%g or less", t->upper);
        return arena_printf(b->arena, "from %g to %g", t->lower, t->upper);
    default: return "a number";
    }
}

/* A constant argument outside what the formal states is an error of the model. Bounds are included
 * here: bernoulli(0) is a distribution. */
static bool check_constant(build *b, const expr *e, const char *family, const formal *f,
                           const formal_type *t, const value *v)
{
    double x;
    if (v->kind != VALUE_NUMBER || !t->known || !fold_is_const(&b->g, v->n, &x))
        return true;
    bool ok = x >= t->lower && x <= t->upper && !(t->type == MLEC_TYPE_POSITIVE && x == 0);
    if (t->type == MLEC_TYPE_COUNT || t->type == MLEC_TYPE_INT)
        ok = ok && x == floor(x);
    if (ok)
        return true;
    diag_report(b->diags, DIAG_OUTSIDE_SUPPORT, e->at, "`%s` of %s must be %s, not %g", f->name,
                family, support_words(b, t), x);
    return false;
}

/* What R and others call some distributions. */
static const char *name_elsewhere(const char *name)
{
    static const char *const names[][2] = {
        {"gaussian", "normal"},
        {"dnorm", "normal"},
        {"norm", "normal"},
        {"dlnorm", "lognormal"},
        {"dbinom", "binomial"},
        {"dpois", "poisson"},
        {"dexp", "exponential"},
        {"dgamma", "gamma"},
        {"dbeta", "beta"},
        {"dunif", "uniform"},
        {"dcauchy", "cauchy"},
        {"dlogis", "logistic"},
        {"dweibull", "weibull"},
        {"dgeom", "geometric"},
        {"dchisq", "chi_square"},
        {"chisq", "chi_square"},
        {"chi_squared", "chi_square"},
        {"dt", "student_t"},
        {"t", "student_t"},
        {"student", "student_t"},
        {"laplace", "double_exponential"},
        {"dnbinom", "neg_binomial_2"},
        {"nbinom", "neg_binomial_2"},
        {"negbin", "neg_binomial_2"},
        {"negative_binomial", "neg_binomial_2"},
        {"multinomial_logit", "categorical_logit"},
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (!strcmp(names[i][0], name))
            return names[i][1];
    return NULL;
}

static bool unknown_distribution(build *b, const expr *e)
{
    if (library_find(b->m, e->name, false)) {
        diag *d = diag_report(b->diags, DIAG_NOT_A_DISTRIBUTION, e->name_at,
                              "`%s` is a function, not a distribution", e->name);
        diag_add_hint(b->diags, d, "for instance: y ~ normal(%s(...), sigma)", e->name);
        return false;
    }
    static const char *const later[] = {"multi_normal", "multi_normal_cholesky", "lkj_corr",
                                        "inv_wishart"};
    for (size_t i = 0; i < sizeof later / sizeof *later; i++)
        if (!strcmp(e->name, later[i])) {
            diag_report(b->diags, DIAG_LATER, e->name_at, "this version does not have `%s` yet",
                        e->name);
            return false;
        }
    uint32_t n;
    const char **names = library_names(b->m, true, &n);
    diag *d = diag_report(b->diags, DIAG_UNKNOWN_DISTRIBUTION, e->name_at,
                          "no distribution is named `%s`", e->name);
    const char *known = name_elsewhere(e->name);
    const char *near = known ? known : nearest_name(e->name, names, n);
    if (near)
        diag_add_hint(b->diags, d, "did you mean `%s`?", near);
    else
        diag_add_hint(b->diags, d, "one of your own is written `dist %s(y | a, b) = log density`",
                      e->name);
    return false;
}

/* Evaluates a clause of the block with the formals bound. */
static node clause_value(build *b, const scope *s, const clause *c)
{
    value v = build_expr(b, s, c->value);
    return v.kind == VALUE_NUMBER ? v.n : 0;
}

static void read_information(build *b, const stmt *dist, const scope *s, uint32_t n_variates,
                             build_family *family)
{
    for (uint32_t i = 0; i < dist->n_clauses; i++) {
        const clause *c = &dist->clauses[i];
        if (strcmp(c->name, "information") || c->n_args != 2)
            continue;
        uint32_t at[2] = {UINT32_MAX, UINT32_MAX};
        for (int k = 0; k < 2; k++)
            for (uint32_t j = n_variates; j < dist->n_formals; j++)
                if (c->args[k].value->kind == EXPR_NAME &&
                    c->args[k].value->name == dist->formals[j].name)
                    at[k] = j - n_variates;
        node v = clause_value(b, s, c);
        if (at[0] == UINT32_MAX || at[1] == UINT32_MAX || !v)
            continue;
        family->information[at[0]][at[1]] = family->information[at[1]][at[0]] = v;
        family->has_information = true;
    }
}

/* The outcome's own type when the model leaves it open, and the rows that the support excludes. */
static void require_support(build *b, const distribution *d, value *variate, node support,
                            const stmt *statement)
{
    bool by_arguments = d->combinator || find_clause(d->definition, "support", NULL) != NULL;
    model_column *declared = variate->column ? &b->m->columns.data[variate->column - 1] : NULL;
    if (dag_at(&b->g, support)->op == OP_CONST ||
        (declared && declared->declared && declared->type == d->type.type && !by_arguments))
        return; /* nothing to check, or the column's own type is checked when it is read */
    build_require r = {.kind = MLEC_REQUIRE_SUPPORT,
                       .condition = support,
                       .shown = variate->n,
                       .statement = statement};
    if (declared) {
        r.column = declared->name;
        if (!d->combinator && d->type.type == MLEC_TYPE_BINARY && !declared->declared)
            declared->type = MLEC_TYPE_BINARY;
    }
    bool typed = !d->combinator && has_type_support(d->type.type);
    r.message =
        arena_printf(b->arena, "%s gives it probability 0: the outcome must be %s%s", d->call->name,
                     typed ? support_words(b, &d->type) : "within the support",
                     typed && by_arguments ? ", and within the limits of the other arguments" : "");
    VEC_PUSH(b->arena, b->requires, r);
}

static uint32_t formal_number(const stmt *dist, const char *name)
{
    for (uint32_t k = 0; k < dist->n_formals; k++)
        if (dist->formals[k].name == name)
            return k;
    return UINT32_MAX;
}

/* normal(mu, sigma) */
static const char *usage_of(build *b, const expr *e, const stmt *dist)
{
    buf call;
    buf_init(&call, b->arena);
    for (uint32_t k = dist->n_variates; k < dist->n_formals; k++)
        buf_printf(&call, "%s%s", k > dist->n_variates ? ", " : "", dist->formals[k].name);
    return arena_printf(b->arena, "%s(%s)", e->name, buf_text(&call));
}

/* What the `outcome` clause says: real, class ... */
static const char *outcome_kind(const stmt *dist)
{
    const clause *outcome = find_clause(dist, "outcome", NULL);
    return outcome && outcome->value->kind == EXPR_NAME ? outcome->value->name : "real";
}

/* Binds the written arguments to the formals behind the variate. */
static bool bind_arguments(build *b, expr *e, const stmt *dist, bool by_row, value *values)
{
    uint32_t first = dist->n_variates, n = dist->n_formals - first;
    if (e->n_args != n) {
        diag *d =
            diag_report(b->diags, DIAG_ARGUMENT_COUNT, e->at, "`%s` takes %u parameter%s, not %u",
                        e->name, n, n == 1 ? "" : "s", e->n_args);
        diag_add_hint(b->diags, d, "%s", usage_of(b, e, dist));
        return false;
    }
    bool ok = true, given[64] = {false};
    for (uint32_t i = 0; i < n; i++) {
        uint32_t k = first + i;
        if (e->args[i].name) {
            k = formal_number(dist, e->args[i].name);
            if (k == UINT32_MAX || k < first || given[k & 63]) {
                diag *d = diag_report(b->diags, DIAG_ARGUMENT_NAME, e->args[i].name_span,
                                      k == UINT32_MAX || k < first ? "`%s` has no parameter `%s`"
                                                                   : "`%s` gets `%s` twice",
                                      e->name, e->args[i].name);
                diag_add_hint(b->diags, d, "%s", usage_of(b, e, dist));
                return false;
            }
        }
        given[k & 63] = true;
        values[k] = build_expr(b, NULL, e->args[i].value);
        formal_type t = read_formal_type(b->m, dist->formals[k].type);
        ok &= values[k].kind != VALUE_ERROR &&
              check_constant(b, e->args[i].value, e->name, &dist->formals[k], &t, &values[k]);
        if (values[k].kind == VALUE_LEVELS && !strcmp(outcome_kind(dist), "class"))
            continue;                         /* a predictor for each class */
        if (values[k].kind == VALUE_LEVELS) { /* reports it */
            build_lift(b, OP_NEG, &values[k], 1, e->args[i].value->at);
            ok = false;
            continue;
        }
        VEC_PUSH(
            b->arena, b->arguments,
            (build_argument){b->statement, e, e->args[i].value, &dist->formals[k], t, values[k]});
        if (values[k].kind == VALUE_VECTOR || !t.known)
            continue;
        uint16_t axis = ok ? dag_at(&b->g, values[k].n)->axis : AXIS_ONE;
        const type_expr *written = dist->formals[k].type;
        bool vector = written->n_dims || t.type == MLEC_TYPE_SIMPLEX || t.type == MLEC_TYPE_ORDERED;
        if (by_row && !vector && axis != AXIS_ONE && axis != AXIS_ROW) {
            diag *d = diag_report(b->diags, DIAG_SHAPE_MISMATCH, e->args[i].value->at,
                                  "`%s` of %s is one number for each row, not a vector",
                                  dist->formals[k].name, e->name);
            diag_add_hint(b->diags, d, "index it: b[1], or by a factor, b[site]");
            ok = false;
        }
        if (ok) { /* reports a text or a factor */
            value zero = value_number(b, fold_const(&b->g, 0), false);
            ok = build_lift(b, OP_ADD, (value[]){values[k], zero}, 2, e->args[i].value->at).kind !=
                 VALUE_ERROR;
        }
    }
    return ok;
}

static bool dist_varies(const build *b, const value *v, uint32_t n)
{
    bool varies = false;
    for (uint32_t i = 0; i < n; i++) {
        varies |= v[i].varies;
        if (v[i].kind == VALUE_NUMBER)
            varies |= dag_at(&b->g, v[i].n)->axis == AXIS_ROW;
    }
    return varies;
}

/* ---- A definition with its arguments ----------------------------------------------------------
 */

static bool read_definition(build *b, distribution *d)
{
    expr *e = d->call;
    stmt *dist = d->definition = library_find(b->m, e->name, true);
    if (!dist)
        return unknown_distribution(b, e);
    if (dist->n_variates != 1) {
        diag_report(b->diags, DIAG_LATER, e->name_at,
                    "this version does not have distributions of several variates yet");
        return false;
    }
    if (!b->vector_statement && dist_is_vector(b, e)) {
        diag *r = diag_report(b->diags, DIAG_SHAPE_MISMATCH, e->name_at,
                              "`%s` is a distribution of a vector", e->name);
        diag_add_hint(b->diags, r, "it stands alone on the right: [y1, y2, y3] ~ %s(...)", e->name);
        return false;
    }
    d->values = ARENA_ARRAY(b->arena, value, dist->n_formals + 1);
    d->names = ARENA_ARRAY(b->arena, const char *, dist->n_formals + 1);
    for (uint32_t k = 0; k < dist->n_formals; k++)
        d->names[k] = dist->formals[k].name;
    d->type = read_formal_type(b->m, dist->formals[0].type);
    const char *kind = outcome_kind(dist);
    d->classes = !strcmp(kind, "class");
    d->discrete = strcmp(kind, "real") != 0 || d->type.type == MLEC_TYPE_COUNT ||
                  d->type.type == MLEC_TYPE_INT || d->type.type == MLEC_TYPE_BINARY;
    return bind_arguments(b, e, dist, b->row_statement, d->values);
}

distribution *dist_read(build *b, expr *e)
{
    if (e->kind != EXPR_CALL) {
        diag *d =
            diag_report(b->diags, DIAG_NOT_A_DISTRIBUTION, e->at, "a distribution is needed here");
        diag_add_hint(b->diags, d, "for instance: y ~ normal(mu, sigma)");
        return NULL;
    }
    distribution *d = ARENA_NEW(b->arena, distribution);
    d->call = e;
    d->combinator = combinator_find(e->name);
    bool ok = d->combinator ? d->combinator->read(b, d) : read_definition(b, d);
    return ok ? d : NULL;
}

/* The scope of the definition's clauses, with the variate in its place. */
static scope inner_scope(const distribution *d, value y)
{
    d->values[0] = y;
    return (scope){d->names, d->values, d->definition->n_formals, true, d->call->at};
}

static node definition_log_pdf(build *b, const distribution *d, value y)
{
    const clause *body = find_clause(d->definition, "log_pdf", NULL);
    expr *density = d->definition->value ? d->definition->value : body ? body->value : NULL;
    if (!density) {
        diag_report(b->diags, DIAG_UNKNOWN_CLAUSE, d->definition->items[0].at,
                    "the distribution `%s` has no log_pdf clause", d->call->name);
        return 0;
    }
    scope s = inner_scope(d, y);
    value v = build_expr(b, &s, density);
    return v.kind == VALUE_NUMBER ? v.n : 0;
}

/* A value between the bounds of the variate. */
static double inner_value(const distribution *d)
{
    double lower = d->type.lower, upper = d->type.upper;
    double inner = isinf(upper) ? lower + 1 : isinf(lower) ? upper - 1 : 0.5 * (lower + upper);
    return d->discrete ? floor(inner) : inner;
}

static bool is_bounded(const distribution *d, value y)
{
    return !d->combinator && d->type.known && y.kind == VALUE_NUMBER &&
           (isfinite(d->type.lower) || isfinite(d->type.upper));
}

value dist_inside(build *b, const distribution *d, value y)
{
    if (!is_bounded(d, y))
        return y;
    node inner = fold_const(&b->g, inner_value(d)), ok = type_support(b, &d->type, y.n);
    return value_number(b, fold_select(&b->g, ok, y.n, inner), y.varies);
}

/* log cdf or log survival, from the clause that says it best. Outside the support they are those of
 * its nearer end. */
static node definition_tail(build *b, const distribution *d, value y, bool upper)
{
    dag *g = &b->g;
    const stmt *def = d->definition;
    const clause *own = find_clause(def, upper ? "log_ccdf" : "log_cdf", NULL);
    const clause *other = find_clause(def, upper ? "log_cdf" : "log_ccdf", NULL);
    const clause *cdf = find_clause(def, "cdf", NULL);
    if (!own && !other && !cdf) {
        diag *r =
            diag_report(b->diags, DIAG_NO_CDF, d->call->name_at,
                        "`%s` has no cdf, which censoring and truncation need", d->call->name);
        diag_add_hint(b->diags, r, "write the likelihood by hand with `loglik`");
        return 0;
    }
    if (d->discrete && y.kind == VALUE_NUMBER) /* steps at whole numbers */
        y = value_number(b, fold_1(g, OP_FLOOR, y.n), false);
    node below = 0, above = 0;
    if (is_bounded(d, y)) { /* the clause is asked between the bounds only */
        below = fold_2(g, d->discrete ? OP_LT : OP_LE, y.n, fold_const(g, d->type.lower));
        above = fold_2(g, OP_LE, fold_const(g, d->type.upper), y.n);
        node inner = fold_const(g, inner_value(d));
        y = value_number(b, fold_select(g, fold_2(g, OP_OR, below, above), inner, y.n), y.varies);
    }
    scope s = inner_scope(d, y);
    node r = clause_value(b, &s, own ? own : other ? other : cdf);
    if (!r)
        return 0;
    if (!own && other)
        r = fold_1(g, OP_LOG1M_EXP, r);
    else if (!own)
        r = upper ? fold_1(g, OP_LOG1P, fold_neg(g, r)) : fold_1(g, OP_LOG, r);
    node zero = fold_const(g, 0), nothing = fold_const(g, -INFINITY);
    if (!below)
        return r;
    r = fold_select(g, above, upper ? nothing : zero, r);
    return fold_select(g, below, upper ? zero : nothing, r);
}

static node definition_support(build *b, const distribution *d, value y)
{
    model_column *column = y.column ? &b->m->columns.data[y.column - 1] : NULL;
    bool codes = column && column->type == MLEC_TYPE_FACTOR;
    bool any = codes || (d->classes && d->type.type == MLEC_TYPE_INT) || y.kind != VALUE_NUMBER;
    node support = any ? fold_const(&b->g, 1) : type_support(b, &d->type, y.n);
    const clause *extra = find_clause(d->definition, "support", NULL);
    if (extra) {
        scope s = inner_scope(d, y);
        node more = clause_value(b, &s, extra);
        if (more)
            support = fold_2(&b->g, OP_AND, support, more);
    }
    return support;
}

node dist_log_pdf(build *b, const distribution *d, value y)
{
    return d->combinator ? d->combinator->log_pdf(b, d, y) : definition_log_pdf(b, d, y);
}

node dist_log_cdf(build *b, const distribution *d, value y)
{
    return d->combinator ? d->combinator->log_cdf(b, d, y) : definition_tail(b, d, y, false);
}

node dist_log_sf(build *b, const distribution *d, value y)
{
    return d->combinator ? d->combinator->log_sf(b, d, y) : definition_tail(b, d, y, true);
}

node dist_support(build *b, const distribution *d, value y)
{
    return d->combinator ? d->combinator->support(b, d, y) : definition_support(b, d, y);
}

/* ---- A term -------------------------------------------------------------------------------------
 */

/* What the term remembers of a plain distribution: its information, its scale, its outcome. */
static void describe(build *b, const distribution *d, value variate, build_family *family)
{
    const stmt *dist = d->definition;
    family->discrete = d->classes;
    family->n_arguments = dist->n_formals - 1;
    bool one_class = d->type.type == MLEC_TYPE_BINARY || d->type.type == MLEC_TYPE_INT;
    family->outcome = d->classes && one_class && !dist_varies(b, d->values + 1, family->n_arguments)
                          ? variate.column
                          : 0;
    scope inner = inner_scope(d, variate);
    if (family->n_arguments <= BUILD_MAX_ARGUMENTS) {
        for (uint32_t k = 0; k < family->n_arguments; k++)
            family->arguments[k] = d->values[k + 1].n;
        read_information(b, dist, &inner, 1, family);
    }
    const clause *scale = find_clause(dist, "scale", NULL);
    if (scale && scale->value->kind == EXPR_NAME) {
        uint32_t k = formal_number(dist, scale->value->name);
        if (k != UINT32_MAX && d->values[k].param >= 0 &&
            b->m->params.data[d->values[k].param].n_dims == 0)
            family->scale = (int32_t)d->values[k].param;
    }
}

static bool fits_factor(build *b, const distribution *d, value variate)
{
    model_column *column = variate.column ? &b->m->columns.data[variate.column - 1] : NULL;
    if (!column || column->type != MLEC_TYPE_FACTOR ||
        (!d->combinator && (!has_type_support(d->type.type) || d->type.type == MLEC_TYPE_INT)))
        return true;
    diag *r = diag_report(b->diags, DIAG_TYPE_MISMATCH, d->call->name_at,
                          "`%s` is a factor; %s needs a number that is %s", column->name,
                          d->call->name, d->combinator ? "a number" : support_words(b, &d->type));
    diag_add_hint(b->diags, r, "for classes use categorical; for two levels declare it binary");
    return false;
}

node build_density(build *b, expr *e, value variate, build_family *family, build_term *term)
{
    distribution *d = dist_read(b, e);
    if (!d || !fits_factor(b, d, variate))
        return 0;
    node root = dist_log_pdf(b, d, variate);
    if (!root)
        return 0;
    /* The support: what depends on data alone is checked when data are bound, the rest here. */
    node support = dist_support(b, d, variate);
    if (dag_at(&b->g, support)->flags & NODE_PARAM)
        root = fold_select(&b->g, support, root, fold_const(&b->g, -INFINITY));
    else if (term->target == MLEC_TARGET_LIKELIHOOD)
        require_support(b, d, &variate, support, term->statement);
    family->name = e->name;
    family->scale = -1;
    if (!d->combinator)
        describe(b, d, variate, family);
    mixture_describe(b, d, variate, family);
    return root;
}
