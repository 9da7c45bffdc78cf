/* Every row of rules.def: both sides have one value over the domain, the right side is the better
 * one in double arithmetic where the row says so, and the constructor applies it. */
#include "tests/unit/compiler/graph.h"

enum { N_VARIABLES = RULE_MAX_VARIABLES, MAX_POINTS = 3 };

typedef struct {
    bool given;
    double value[N_VARIABLES];
} point;

/* clang-format off */
static const struct {
    point points[MAX_POINTS];
} stated[] = {
#define ROOT(op)
#define AT(...) {true, {__VA_ARGS__}}
#define SIMPLER {false, {0}}
#define RULE(name, left, right, domain, ...) {{__VA_ARGS__}},
#include "compiler/fold/rules.def"
#undef ROOT
#undef AT
#undef SIMPLER
#undef RULE
};
/* clang-format on */

/* A side as it is written, without any rule. */
static quad in_quad(const uint8_t **p, const double *values)
{
    uint8_t symbol = *(*p)++;
    if (symbol >= RULE_NUMBERS)
        return rule_numbers[symbol - RULE_NUMBERS];
    if (symbol >= RULE_VARIABLES)
        return values[symbol - RULE_VARIABLES];
    quad args[3] = {0};
    for (int k = 0; k < op_table[symbol].arity; k++)
        args[k] = in_quad(p, values);
    quad_memo memo = {0};
    return op_eval_quad(&memo, (op_id)symbol, args[0], args[1], args[2]);
}

static double in_double(const uint8_t **p, const double *values)
{
    uint8_t symbol = *(*p)++;
    if (symbol >= RULE_NUMBERS)
        return rule_numbers[symbol - RULE_NUMBERS];
    if (symbol >= RULE_VARIABLES)
        return values[symbol - RULE_VARIABLES];
    double args[3] = {0};
    for (int k = 0; k < op_table[symbol].arity; k++)
        args[k] = in_double(p, values);
    return op_eval((op_id)symbol, args[0], args[1], args[2]);
}

static node in_graph(dag *g, const uint8_t **p, const node *values)
{
    uint8_t symbol = *(*p)++;
    if (symbol >= RULE_NUMBERS)
        return fold_const(g, rule_numbers[symbol - RULE_NUMBERS]);
    if (symbol >= RULE_VARIABLES)
        return values[symbol - RULE_VARIABLES];
    node args[3] = {0};
    for (int k = 0; k < op_table[symbol].arity; k++)
        args[k] = in_graph(g, p, values);
    if (symbol == OP_SELECT)
        return fold_select(g, args[0], args[1], args[2]);
    return op_table[symbol].arity == 1 ? fold_1(g, (op_id)symbol, args[0])
                                       : fold_2(g, (op_id)symbol, args[0], args[1]);
}

static quad quad_of(const uint8_t *side, const double *values) { return in_quad(&side, values); }
static double double_of(const uint8_t *side, const double *values)
{
    return in_double(&side, values);
}
static node graph_of(dag *g, const uint8_t *side, const node *values)
{
    return in_graph(g, &side, values);
}

static quad size_of(quad x) { return x < 0 ? -x : x; }
static bool is_finite(quad x) { return size_of(x) < 1e300; }

/* A value of variable `v` inside the rule's domain. */
static double draw(const rule *r, int v, uint64_t *state)
{
    double x = random_between(state, -3, 3);
    for (const uint8_t *k = r->domain; *k; k += 2) {
        if (k[1] - RULE_VARIABLES != v)
            continue;
        switch ((rule_known)k[0]) {
        case KNOWN_NONNEGATIVE: x = fabs(x); break;
        case KNOWN_POSITIVE: x = random_between(state, 0.01, 3); break;
        case KNOWN_UNIT: x = random_between(state, 0, 1); break;
        case KNOWN_WHOLE: x = random_below(state, 9); break;
        case KNOWN_LOGICAL: x = random_below(state, 2); break;
        case KNOWN_TRUE: x = random_between(state, 1, 3); break;
        case KNOWN_NEGATIVE: x = -fabs(x); break;
        case KNOWN_POWER_OF_TWO: x = ldexp(1, (int)random_below(state, 9) - 4); break;
        case KNOWN_EVEN: x = 2.0 * random_below(state, 4) - 4; break;
        case KNOWN_UNEVEN: x = random_below(state, 2) ? 3 : 0.5 * random_below(state, 4) + 0.25;
        default: break;
        }
    }
    return x;
}

Test(rules, sides_agree)
{
    uint64_t state = 20260101;
    for (uint32_t i = 0; i < rule_count; i++) {
        const rule *r = &rule_table[i];
        unsigned compared = 0;
        for (int n = 0; n < 400; n++) {
            double at[N_VARIABLES];
            for (int v = 0; v < N_VARIABLES; v++)
                at[v] = draw(r, v, &state);
            quad left = quad_of(r->left, at), right = quad_of(r->right, at);
            if (!is_finite(left))
                continue;
            compared++;
            cr_expect(size_of(left - right) <= 1e-26 * (1 + size_of(left)),
                      "%s at %g, %g, %g, %g: left %.17g, right %.17g", r->name, at[0], at[1], at[2],
                      at[3], (double)left, (double)right);
        }
        cr_expect(compared >= 50, "%s: %u points with a value", r->name, compared);
    }
}

static quad error_of(double got, quad want)
{
    return isfinite(got) ? size_of(got - want) : (quad)INFINITY;
}

Test(rules, the_right_side_is_the_better_one)
{
    for (uint32_t i = 0; i < rule_count; i++) {
        const rule *r = &rule_table[i];
        bool better = !stated[i].points[0].given;
        for (int n = 0; n < MAX_POINTS && stated[i].points[n].given; n++) {
            const double *at = stated[i].points[n].value;
            quad want = quad_of(r->right, at);
            quad left = error_of(double_of(r->left, at), want);
            quad right = error_of(double_of(r->right, at), want);
            cr_expect(right <= left, "%s at %g, %g: error %.3g instead of %.3g", r->name, at[0],
                      at[1], (double)right, (double)left);
            cr_expect(right <= 4e-15 * size_of(want), "%s at %g, %g: error %.3g of %.3g", r->name,
                      at[0], at[1], (double)right, (double)want);
            better |= right < left;
        }
        cr_expect(better, "%s: at no point better", r->name);
    }
}

/* The left side, written in any order, is made into what the constructor makes of the right. */
Test(rules, each_is_applied)
{
    for (uint32_t i = 0; i < rule_count; i++)
        for (int reversed = 0; reversed < 2; reversed++) {
            const rule *r = &rule_table[i];
            graph g;
            graph_open(&g);
            uint64_t state = 7 + i;
            node values[N_VARIABLES];
            for (int k = 0; k < N_VARIABLES; k++) {
                int v = reversed ? N_VARIABLES - 1 - k : k;
                uint8_t flags = NODE_PARAM;
                for (const uint8_t *d = r->domain; *d; d += 2)
                    if (d[1] - RULE_VARIABLES == v)
                        flags |= d[0] == KNOWN_NONNEGATIVE ? NODE_NONNEGATIVE
                                 : d[0] == KNOWN_POSITIVE  ? NODE_NONNEGATIVE | NODE_POSITIVE
                                 : d[0] == KNOWN_UNIT      ? NODE_NONNEGATIVE | NODE_UNIT
                                 : d[0] == KNOWN_WHOLE     ? NODE_NONNEGATIVE | NODE_WHOLE
                                 : d[0] == KNOWN_LOGICAL   ? NODE_KNOWN
                                                           : 0;
                values[v] = v >= RULE_CONSTANTS - RULE_VARIABLES
                                ? fold_const(&g.b.g, draw(r, v, &state))
                                : fold_leaf(&g.b.g, OP_INPUT, (uint32_t)v, 0, AXIS_ONE, flags);
            }
            node left = graph_of(&g.b.g, r->left, values);
            node right = graph_of(&g.b.g, r->right, values);
            cr_expect(graph_shape(&g, left) == graph_shape(&g, right), "%s: left %%%u, right %%%u",
                      r->name, left, right);
            graph_close(&g);
        }
}
