/* Distributions made of distributions: mixture, zero_inflated, hurdle, truncated, censored; and the
 * observations surv(...) and interval(...) on the left of `~`.
 *
 * Each combination is given by log density, log cdf, log survival and support in terms of those of
 * its parts, so combinations nest. Sums of probabilities are taken on the log scale, survival is
 * never 1 - cdf where the part knows better, and the probability of an interval is a difference in
 * whichever tail is the smaller. */
#include "compiler/fold/build_internal.h"

#include <float.h>
#include <math.h>
#include <string.h>

static node negative_infinity(dag *g) { return fold_const(g, -INFINITY); }

node build_log_add(dag *g, node a, node b) { return fold_2(g, OP_LOG_ADD, a, b); }

/* log(exp(a) - exp(b)) for a > b; b may be -inf. */
static node log_subtract(dag *g, node a, node b)
{
    node difference = fold_add(g, a, fold_1(g, OP_LOG1M_EXP, fold_sub(g, b, a)));
    return fold_select(g, fold_2(g, OP_EQ, b, negative_infinity(g)), a, difference);
}

node dist_log_interval(build *b, const distribution *d, value low, value high)
{
    dag *g = &b->g;
    node below_low = dist_log_cdf(b, d, low), below_high = below_low ? dist_log_cdf(b, d, high) : 0;
    node above_low = below_high ? dist_log_sf(b, d, low) : 0;
    node above_high = above_low ? dist_log_sf(b, d, high) : 0;
    if (!above_high)
        return 0;
    node lower_tail = fold_2(g, OP_LT, below_high, above_low);
    return fold_select(g, lower_tail, log_subtract(g, below_high, below_low),
                       log_subtract(g, above_low, above_high));
}

/* ---- Limits ---------------------------------------------------------------------------------- */

/* An infinite limit is none: 1 where `low` (or `high`) is open. */
static node open_below(dag *g, node low) { return fold_2(g, OP_EQ, low, negative_infinity(g)); }

static node open_above(dag *g, node high)
{
    return fold_2(g, OP_EQ, high, fold_const(g, INFINITY));
}

/* A finite value beside the other limit where a limit is open: for branches that are not taken. */
static node finite_low(dag *g, node low, node high)
{
    node below = fold_sub(g, high, fold_const(g, 1));
    node inner = fold_select(g, open_above(g, high), fold_const(g, 0), below);
    return fold_select(g, open_below(g, low), inner, low);
}

static node finite_high(dag *g, node low, node high)
{
    node above = fold_add(g, finite_low(g, low, high), fold_const(g, 1));
    return fold_select(g, open_above(g, high), above, high);
}

static bool is_value(const dag *g, node n, double x)
{
    double c;
    return fold_is_const(g, n, &c) && c == x;
}

/* log P(low < Y <= high) without the limit that is open where `no_low`, `no_high` is 1. */
static node log_mass_between(build *b, const distribution *d, node no_low, value low, node no_high,
                             value high)
{
    dag *g = &b->g;
    bool closed_low = is_value(g, no_low, 0), open_low = is_value(g, no_low, 1);
    bool closed_high = is_value(g, no_high, 0), open_high = is_value(g, no_high, 1);
    node zero = fold_const(g, 0), above = zero, below = zero, both = zero;
    if (!open_low && !closed_high && !(above = dist_log_sf(b, d, low)))
        return 0;
    if (!closed_low && !open_high && !(below = dist_log_cdf(b, d, high)))
        return 0;
    if (!open_low && !open_high && !(both = dist_log_interval(b, d, low, high)))
        return 0;
    return fold_select(g, no_low, fold_select(g, no_high, zero, below),
                       fold_select(g, no_high, above, both));
}

/* ---- Arguments
 * ------------------------------------------------------------------------------------ */

static bool count_arguments(build *b, const distribution *d, uint32_t least, uint32_t most,
                            const char *usage)
{
    const expr *e = d->call;
    bool named = false;
    for (uint32_t i = 0; i < e->n_args; i++)
        named |= e->args[i].name != NULL;
    if (!named && e->n_args >= least && e->n_args <= most)
        return true;
    diag_report(b->diags, DIAG_ARGUMENT_COUNT, e->at, "`%s` is written %s", e->name, usage);
    return false;
}

static bool read_part(build *b, distribution *d, uint32_t position)
{
    distribution *part = dist_read(b, d->call->args[position].value);
    if (!part)
        return false;
    d->parts[d->n_parts++] = part;
    d->discrete |= part->discrete;
    d->atom |= part->atom;
    return true;
}

static bool read_number(build *b, distribution *d, uint32_t position)
{
    node n = build_number(b, NULL, d->call->args[position].value, NULL);
    d->numbers[d->n_numbers++] = n;
    return n != 0;
}

static void make_room(build *b, distribution *d)
{
    d->parts = ARENA_ARRAY(b->arena, distribution *, d->call->n_args + 1);
    d->numbers = ARENA_ARRAY(b->arena, node, d->call->n_args + 2);
}

/* The log density within the support. */
static node inner_log_pdf(build *b, const distribution *part, value y)
{
    return dist_log_pdf(b, part, dist_inside(b, part, y));
}

/* The log density, -inf outside the support: what a mixture adds up. */
static node part_log_pdf(build *b, const distribution *part, value y)
{
    node density = inner_log_pdf(b, part, y);
    return density ? fold_select(&b->g, dist_support(b, part, y), density, negative_infinity(&b->g))
                   : 0;
}

static node log_complement(dag *g, node p) { return fold_1(g, OP_LOG1P, fold_neg(g, p)); }

/* ---- mixture(w, d1, ..., dk)
 * ------------------------------------------------------------------------ */

static bool read_mixture(build *b, distribution *d)
{
    if (!count_arguments(b, d, 3, 64,
                         "mixture(w, d1, d2): w the probability of the first, or a "
                         "simplex with one element for each"))
        return false;
    make_room(b, d);
    for (uint32_t i = 1; i < d->call->n_args; i++)
        if (!read_part(b, d, i))
            return false;
    expr *e = d->call->args[0].value;
    value w = build_expr(b, NULL, e);
    if (w.kind == VALUE_ERROR)
        return false;
    uint16_t axis = w.kind == VALUE_NUMBER ? dag_at(&b->g, w.n)->axis : AXIS_ONE;
    const mlec_axis *a = &b->g.axes.data[axis];
    uint32_t size = w.kind == VALUE_VECTOR ? w.count : a->kind == MLEC_AXIS_INDEX ? a->size : 1;
    if (size != d->n_parts && !(size == 1 && d->n_parts == 2)) {
        diag_report(b->diags, DIAG_SHAPE_MISMATCH, e->at, "%u weight%s for %u distributions", size,
                    size == 1 ? "" : "s", d->n_parts);
        return false;
    }
    for (uint32_t i = 0; i < d->n_parts; i++) { /* log weights */
        if (size == 1)
            d->numbers[i] = i == 0 ? fold_1(&b->g, OP_LOG, w.n) : log_complement(&b->g, w.n);
        else
            d->numbers[i] = fold_1(&b->g, OP_LOG,
                                   w.kind == VALUE_VECTOR ? w.items[i] : build_element(b, w.n, i));
    }
    d->n_numbers = d->n_parts;
    return true;
}

typedef node (*part_function)(build *b, const distribution *part, value y);

static node mix(build *b, const distribution *d, value y, part_function of)
{
    node sum = 0;
    for (uint32_t i = 0; i < d->n_parts; i++) {
        node part = of(b, d->parts[i], y);
        if (!part)
            return 0;
        part = fold_add(&b->g, d->numbers[i], part);
        sum = sum ? build_log_add(&b->g, sum, part) : part;
    }
    return sum;
}

static node mixture_log_pdf(build *b, const distribution *d, value y)
{
    return mix(b, d, y, part_log_pdf);
}

static node mixture_log_cdf(build *b, const distribution *d, value y)
{
    return mix(b, d, y, dist_log_cdf);
}

static node mixture_log_sf(build *b, const distribution *d, value y)
{
    return mix(b, d, y, dist_log_sf);
}

static node mixture_support(build *b, const distribution *d, value y)
{
    node any = dist_support(b, d->parts[0], y);
    for (uint32_t i = 1; i < d->n_parts; i++)
        any = fold_2(&b->g, OP_OR, any, dist_support(b, d->parts[i], y));
    return any;
}

/* The argument of a definition by name; 0: it has none, or no number. */
static node argument_named(const distribution *d, const char *name)
{
    for (uint32_t i = 1; d->definition && i < d->definition->n_formals; i++)
        if (!strcmp(d->names[i], name))
            return d->values[i].kind == VALUE_NUMBER ? d->values[i].n : 0;
    return 0;
}

/* With a location on a row and its own scale going to 0, the density of that row has no limit,
 * while the other parts look after the others. */
static bool can_collapse(build *b, const distribution *d, uint32_t k)
{
    node scale = argument_named(d->parts[k], "sigma");
    node place = argument_named(d->parts[k], "mu");
    if (!scale || !place || dag_at(&b->g, scale)->op != OP_UNKNOWN ||
        !(dag_at(&b->g, place)->flags & NODE_PARAM))
        return false;
    for (uint32_t j = 0; j < d->n_parts; j++) {
        node other = argument_named(d->parts[j], "sigma");
        uint8_t *seen = ARENA_ARRAY(b->arena, uint8_t, b->g.nodes.count);
        if (j == k)
            continue;
        if (other)
            dag_mark(&b->g, &other, 1, seen);
        if (!seen[scale])
            return true;
    }
    return false;
}

void mixture_describe(build *b, const distribution *d, value y, build_family *family)
{
    if (!d->combinator)
        return;
    if (d->combinator->log_pdf == mixture_log_pdf) {
        bool located = !(dag_at(&b->g, y.n)->flags & NODE_PARAM);
        family->mixture = true;
        for (uint32_t i = 0; i < d->n_parts; i++) {
            node place = argument_named(d->parts[i], "mu");
            located = located && place && dag_at(&b->g, place)->op == OP_UNKNOWN;
            family->collapses |= can_collapse(b, d, i);
        }
        family->located = located ? y.n : 0;
    }
    for (uint32_t i = 0; i < d->n_parts; i++)
        mixture_describe(b, d->parts[i], y, family);
}

/* ---- zero_inflated(p, d), hurdle(p, d)
 * ---------------------------------------------------------------- */

static bool read_zero(build *b, distribution *d)
{
    bool hurdle = !strcmp(d->call->name, "hurdle");
    if (!count_arguments(b, d, 2, 2,
                         hurdle ? "hurdle(p, d): p the probability of 0"
                                : "zero_inflated(p, d): p the probability of an extra 0"))
        return false;
    make_room(b, d);
    if (!read_number(b, d, 0) || !read_part(b, d, 1))
        return false;
    d->atom = !d->discrete;
    return true;
}

static node is_zero(dag *g, value y) { return fold_2(g, OP_EQ, y.n, fold_const(g, 0)); }

static value zero_value(build *b) { return value_number(b, fold_const(&b->g, 0), false); }

static node inflated_log_pdf(build *b, const distribution *d, value y)
{
    dag *g = &b->g;
    node at_zero = part_log_pdf(b, d->parts[0], zero_value(b));
    node other = at_zero ? inner_log_pdf(b, d->parts[0], y) : 0;
    if (!other)
        return 0;
    node p = fold_1(g, OP_LOG, d->numbers[0]), q = log_complement(g, d->numbers[0]);
    return fold_select(g, is_zero(g, y), build_log_add(g, p, fold_add(g, q, at_zero)),
                       fold_add(g, q, other));
}

/* log(1 - f(0)) of a discrete part, 0 of a continuous one. */
static node log_not_zero(build *b, const distribution *part)
{
    if (!part->discrete)
        return fold_const(&b->g, 0);
    node at_zero = part_log_pdf(b, part, zero_value(b));
    return at_zero ? fold_1(&b->g, OP_LOG1M_EXP, at_zero) : 0;
}

static node hurdle_log_pdf(build *b, const distribution *d, value y)
{
    dag *g = &b->g;
    node other = inner_log_pdf(b, d->parts[0], y), rest = other ? log_not_zero(b, d->parts[0]) : 0;
    if (!rest)
        return 0;
    node q = log_complement(g, d->numbers[0]);
    return fold_select(g, is_zero(g, y), fold_1(g, OP_LOG, d->numbers[0]),
                       fold_add(g, q, fold_sub(g, other, rest)));
}

static node is_negative(dag *g, value y) { return fold_2(g, OP_LT, y.n, fold_const(g, 0)); }

static node zero_log_sf(build *b, const distribution *d, value y)
{
    dag *g = &b->g;
    node above = dist_log_sf(b, d->parts[0], y);
    if (!above)
        return 0;
    if (!strcmp(d->call->name, "hurdle")) {
        node rest = log_not_zero(b, d->parts[0]);
        if (!rest)
            return 0;
        above = fold_sub(g, above, rest);
    }
    above = fold_add(g, log_complement(g, d->numbers[0]), above);
    node all =
        d->discrete ? fold_const(g, 0) : build_log_add(g, fold_1(g, OP_LOG, d->numbers[0]), above);
    return fold_select(g, is_negative(g, y), all, above);
}

static node zero_log_cdf(build *b, const distribution *d, value y)
{
    dag *g = &b->g;
    if (d->discrete && !strcmp(d->call->name, "hurdle")) {
        node above = zero_log_sf(b, d, y);
        return above ? fold_1(g, OP_LOG1M_EXP, above) : 0;
    }
    node below = dist_log_cdf(b, d->parts[0], y);
    if (!below)
        return 0;
    below = fold_add(g, log_complement(g, d->numbers[0]), below);
    node with_zero = build_log_add(g, fold_1(g, OP_LOG, d->numbers[0]), below);
    return fold_select(g, is_negative(g, y), below, with_zero);
}

static node zero_support(build *b, const distribution *d, value y)
{
    return fold_2(&b->g, OP_OR, is_zero(&b->g, y), dist_support(b, d->parts[0], y));
}

/* ---- truncated(d, lo, hi), censored(d, lo, hi)
 * --------------------------------------------------------- */

static bool read_limits(build *b, distribution *d)
{
    if (!count_arguments(b, d, 3, 3,
                         !strcmp(d->call->name, "truncated")
                             ? "truncated(d, lo, hi), such as truncated(normal(mu, sigma), 0, inf)"
                             : "censored(d, lo, hi), such as censored(normal(mu, sigma), 0, inf)"))
        return false;
    make_room(b, d);
    if (!read_part(b, d, 0) || !read_number(b, d, 1) || !read_number(b, d, 2))
        return false;
    d->numbers[0] = build_limit(b, d->numbers[0], -INFINITY);
    d->numbers[1] = build_limit(b, d->numbers[1], INFINITY);
    double low, high;
    if (fold_is_const(&b->g, d->numbers[0], &low) && fold_is_const(&b->g, d->numbers[1], &high) &&
        !(low < high)) {
        diag_report(b->diags, DIAG_BAD_BOUNDS, d->call->args[1].value->at,
                    "the lower limit must be less than the upper limit");
        return false;
    }
    return true;
}

/* A value between a limit and what lies below it: limits are included, so a count stops one
 * earlier, and a zero that has a probability is not cut off. */
static value before(build *b, const distribution *d, node limit)
{
    dag *g = &b->g;
    if (d->parts[0]->discrete)
        limit = fold_sub(g, fold_1(g, OP_CEIL, limit), fold_const(g, 1));
    else if (d->parts[0]->atom)
        limit = fold_select(g, fold_2(g, OP_EQ, limit, fold_const(g, 0)), fold_const(g, -DBL_MIN),
                            limit);
    return value_number(b, limit, false);
}

static node low_end(build *b, const distribution *d)
{
    return finite_low(&b->g, d->numbers[0], d->numbers[1]);
}

static node high_end(build *b, const distribution *d)
{
    return finite_high(&b->g, d->numbers[0], d->numbers[1]);
}

/* log P(low <= Y <= high). */
static node log_mass(build *b, const distribution *d)
{
    return log_mass_between(b, d->parts[0], open_below(&b->g, d->numbers[0]),
                            before(b, d, low_end(b, d)), open_above(&b->g, d->numbers[1]),
                            value_number(b, high_end(b, d), false));
}

static node censored_log_pdf(build *b, const distribution *d, value y);

static node truncated_log_pdf(build *b, const distribution *d, value y)
{
    node density = inner_log_pdf(b, d->parts[0], y), mass = density ? log_mass(b, d) : 0;
    return mass ? fold_sub(&b->g, density, mass) : 0;
}

/* Whether P(Y <= y) is 0 by the lower limit, which alone has no probability among densities. */
static node is_below(build *b, const distribution *d, value y)
{
    bool mass = d->discrete || d->atom || d->combinator->log_pdf == censored_log_pdf;
    return fold_2(&b->g, mass ? OP_LT : OP_LE, y.n, d->numbers[0]);
}

/* `y`, or some value between the limits where it is beyond them. */
static value between(build *b, const distribution *d, value y)
{
    dag *g = &b->g;
    node middle = fold_mul(g, fold_const(g, 0.5), fold_add(g, low_end(b, d), high_end(b, d)));
    if (is_value(g, open_below(g, d->numbers[0]), 1) &&
        is_value(g, open_above(g, d->numbers[1]), 1))
        return y;
    node beyond = fold_2(g, OP_OR, is_below(b, d, y), fold_2(g, OP_LE, d->numbers[1], y.n));
    return value_number(b, fold_select(g, beyond, middle, y.n), y.varies);
}

/* log cdf or log survival `inside` the limits; beyond them it is that of their ends. */
static node clamp(build *b, const distribution *d, value y, node inside, bool upper)
{
    dag *g = &b->g;
    node none = negative_infinity(g), all = fold_const(g, 0);
    node r = fold_select(g, fold_2(g, OP_LE, d->numbers[1], y.n), upper ? none : all, inside);
    return fold_select(g, is_below(b, d, y), upper ? all : none, r);
}

static node truncated_log_cdf(build *b, const distribution *d, value y)
{
    dag *g = &b->g;
    node mass = log_mass(b, d);
    node part =
        mass ? log_mass_between(b, d->parts[0], open_below(g, d->numbers[0]),
                                before(b, d, low_end(b, d)), fold_const(g, 0), between(b, d, y))
             : 0;
    return part ? clamp(b, d, y, fold_sub(g, part, mass), false) : 0;
}

static node truncated_log_sf(build *b, const distribution *d, value y)
{
    dag *g = &b->g;
    node mass = log_mass(b, d);
    node part = mass ? log_mass_between(b, d->parts[0], fold_const(g, 0), between(b, d, y),
                                        open_above(g, d->numbers[1]),
                                        value_number(b, high_end(b, d), false))
                     : 0;
    return part ? clamp(b, d, y, fold_sub(g, part, mass), true) : 0;
}

static node within(build *b, const distribution *d, value y)
{
    dag *g = &b->g;
    return fold_2(g, OP_AND, fold_2(g, OP_LE, d->numbers[0], y.n),
                  fold_2(g, OP_LE, y.n, d->numbers[1]));
}

static node truncated_support(build *b, const distribution *d, value y)
{
    return fold_2(&b->g, OP_AND, within(b, d, y), dist_support(b, d->parts[0], y));
}

static node censored_support(build *b, const distribution *d, value y)
{
    dag *g = &b->g;
    node limit = fold_2(g, OP_OR, fold_2(g, OP_EQ, y.n, d->numbers[0]),
                        fold_2(g, OP_EQ, y.n, d->numbers[1]));
    return fold_2(g, OP_OR, limit, truncated_support(b, d, y));
}

/* P(Y <= low) at low, P(Y >= high) at high. */
static node censored_log_pdf(build *b, const distribution *d, value y)
{
    dag *g = &b->g;
    node r = inner_log_pdf(b, d->parts[0], y);
    node low = fold_2(g, OP_LE, y.n, d->numbers[0]), high = fold_2(g, OP_LE, d->numbers[1], y.n);
    if (r && !is_value(g, open_below(g, d->numbers[0]), 1)) {
        node below = dist_log_cdf(b, d->parts[0], value_number(b, low_end(b, d), false));
        r = below ? fold_select(g, low, below, r) : 0;
    }
    if (r && !is_value(g, open_above(g, d->numbers[1]), 1)) {
        node above = dist_log_sf(b, d->parts[0], before(b, d, high_end(b, d)));
        r = above ? fold_select(g, high, above, r) : 0;
    }
    return r;
}

static node censored_log_cdf(build *b, const distribution *d, value y)
{
    node part = dist_log_cdf(b, d->parts[0], y);
    return part ? clamp(b, d, y, part, false) : 0;
}

static node censored_log_sf(build *b, const distribution *d, value y)
{
    node part = dist_log_sf(b, d->parts[0], y);
    return part ? clamp(b, d, y, part, true) : 0;
}

static const combinator combinators[] = {
    {"mixture", read_mixture, mixture_log_pdf, mixture_log_cdf, mixture_log_sf, mixture_support},
    {"zero_inflated", read_zero, inflated_log_pdf, zero_log_cdf, zero_log_sf, zero_support},
    {"hurdle", read_zero, hurdle_log_pdf, zero_log_cdf, zero_log_sf, zero_support},
    {"truncated", read_limits, truncated_log_pdf, truncated_log_cdf, truncated_log_sf,
     truncated_support},
    {"censored", read_limits, censored_log_pdf, censored_log_cdf, censored_log_sf,
     censored_support},
};

const combinator *combinator_find(const char *name)
{
    for (size_t i = 0; i < sizeof combinators / sizeof *combinators; i++)
        if (!strcmp(combinators[i].name, name))
            return &combinators[i];
    return NULL;
}

/* ---- surv(time, event), surv(entry, time, event), interval(lo, hi)
 * -------------------------------------- */

static void require(build *b, const build_term *t, node condition, value shown, const char *message)
{
    build_require r = {.kind = MLEC_REQUIRE_SUPPORT,
                       .condition = condition,
                       .shown = shown.n,
                       .message = message,
                       .statement = t->statement};
    if (shown.column)
        r.column = b->m->columns.data[shown.column - 1].name;
    if (dag_at(&b->g, condition)->op != OP_CONST)
        VEC_PUSH(b->arena, b->requires, r);
}

/* The density where `exact` holds: the support must then allow the value. */
static node exact_density(build *b, const distribution *d, const build_term *t, value y, node exact,
                          node density)
{
    dag *g = &b->g;
    node support = dist_support(b, d, y);
    if (dag_at(g, support)->flags & NODE_PARAM)
        return fold_select(g, support, density, negative_infinity(g));
    node possible = fold_2(g, OP_OR, fold_2(g, OP_EQ, exact, fold_const(g, 0)), support);
    require(b, t, possible, y, "this value has probability 0");
    return density;
}

static void set_binary(build *b, const value *event)
{
    if (!event->column)
        return;
    model_column *c = &b->m->columns.data[event->column - 1];
    if (!c->declared)
        c->type = MLEC_TYPE_BINARY;
}

/* The time where it is finite, which is required: so that density and survival meet no infinity,
 * and have the same function of it. */
static node finite_time(build *b, const build_term *t, value time)
{
    dag *g = &b->g;
    node finite = fold_2(g, OP_LT, time.n, fold_const(g, INFINITY));
    require(b, t, finite, time, "a time must be finite");
    return fold_select(g, finite, time.n, fold_const(g, 1));
}

static node observe_survival(build *b, const distribution *d, const build_term *t, value *v,
                             uint32_t n)
{
    dag *g = &b->g;
    value time = v[n - 2], event = v[n - 1];
    set_binary(b, &event);
    time.n = finite_time(b, t, time);
    node density = dist_log_pdf(b, d, time), survival = density ? dist_log_sf(b, d, time) : 0;
    if (!survival)
        return 0;
    density = exact_density(b, d, t, time, event.n, density);
    node root = fold_select(g, fold_2(g, OP_EQ, event.n, fold_const(g, 0)), survival, density);
    if (n == 3) {
        node entered = dist_log_sf(b, d, v[0]);
        if (!entered)
            return 0;
        require(b, t, fold_2(g, OP_LT, v[0].n, time.n), v[0], "the entry must be before the time");
        root = fold_sub(g, root, entered);
    }
    return root;
}

/* low < Y <= high; equal limits are an exact value. A limit that is missing or infinite is open. */
static node observe_interval(build *b, const distribution *d, const build_term *t, value *v)
{
    dag *g = &b->g;
    node low = build_limit(b, v[0].n, -INFINITY), high = build_limit(b, v[1].n, INFINITY);
    node no_low = open_below(g, low), no_high = open_above(g, high);
    node open = fold_2(g, OP_OR, no_low, no_high);
    value bottom = value_number(b, finite_low(g, low, high), v[0].varies);
    value top = value_number(b, finite_high(g, low, high), v[1].varies);
    top.column = v[1].column;
    node density = dist_log_pdf(b, d, dist_inside(b, d, top));
    node equal = fold_2(g, OP_EQ, bottom.n, top.n);
    bottom.n = fold_select(g, equal, fold_sub(g, top.n, fold_const(g, 1)), bottom.n);
    node mass = density ? log_mass_between(b, d, no_low, bottom, no_high, top) : 0;
    if (!mass)
        return 0;
    require(b, t, fold_2(g, OP_LT, low, fold_const(g, INFINITY)), v[0],
            "a lower limit cannot be infinite upwards");
    require(b, t, fold_2(g, OP_LT, negative_infinity(g), high), v[1],
            "an upper limit cannot be infinite downwards");
    require(b, t, fold_2(g, OP_OR, open, fold_2(g, OP_LE, low, high)), v[0],
            "the lower limit must not be above the upper limit");
    node exact = fold_2(g, OP_AND, fold_1(g, OP_NOT, open), equal);
    return fold_select(g, exact, exact_density(b, d, t, top, exact, density), mass);
}

bool build_observed(build *b, expr *lhs, expr *call, build_term *t, node *root)
{
    bool survival = lhs->kind == EXPR_CALL && !strcmp(lhs->name, "surv");
    bool interval = lhs->kind == EXPR_CALL && !strcmp(lhs->name, "interval");
    if (!survival && !interval)
        return false;
    *root = 0;
    uint32_t n = lhs->n_args;
    if (survival ? n != 2 && n != 3 : n != 2) {
        diag_report(b->diags, DIAG_ARGUMENT_COUNT, lhs->at, "`%s` is written %s", lhs->name,
                    survival ? "surv(time, event) or surv(entry, time, event)"
                             : "interval(lo, hi)");
        return true;
    }
    value v[3];
    for (uint32_t i = 0; i < n; i++) {
        if (!build_number(b, NULL, lhs->args[i].value, &v[i]))
            return true;
        if (dag_at(&b->g, v[i].n)->flags & NODE_PARAM) {
            diag_report(b->diags, DIAG_BAD_LEFT_SIDE, lhs->args[i].value->at,
                        "what was observed cannot depend on parameters");
            return true;
        }
    }
    distribution *d = dist_read(b, call);
    if (!d)
        return true;
    *root = survival ? observe_survival(b, d, t, v, n) : observe_interval(b, d, t, v);
    t->family.name = call->kind == EXPR_CALL ? call->name : NULL;
    t->family.scale = -1;
    return true;
}
