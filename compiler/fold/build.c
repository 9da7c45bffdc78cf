#include "compiler/fold/build_internal.h"

#include <string.h>

static bool depends(const build *b, node n, uint8_t flags)
{
    return dag_at(&b->g, n)->flags & flags;
}

static void add_term(build *b, build_term t)
{
    t.skip = t.axis == AXIS_ROW ? b->skip : 0;
    VEC_PUSH(b->arena, b->terms, t);
}

/* b ~ normal(0, tau) over many b with tau free: the joint mode pulls tau to 0. */
static void warn_hierarchy(build *b, const stmt *s, const build_term *t)
{
    const char *scale = b->m->params.data[t->family.scale].name;
    diag *d = diag_report(b->diags, DIAG_USE_RANDOM, s->value->at,
                          "the scale `%s` of this prior is a parameter: the joint mode is not the "
                          "maximum likelihood estimate of a mixed model",
                          scale);
    diag_add_parameter(b->diags, d, scale);
    diag_add_hint(b->diags, d, "fix it (--fix %s=1) or give it a prior of its own", scale);
}

/* What the writer may have meant: the density of the column. */
static void hint_transformed(build *b, diag *d, const expr *lhs, const expr *call, bool mixed)
{
    bool log = !mixed && lhs->kind == EXPR_CALL && !strcmp(lhs->name, "log") && lhs->n_args == 1;
    if (!log) {
        diag_add_hint(b->diags, d,
                      "the log-likelihood is that of the transformed values, not of the column");
        return;
    }
    buf y;
    buf_init(&y, b->arena);
    expr_print(lhs->args[0].value, &y);
    if (call->kind == EXPR_CALL && !strcmp(call->name, "normal"))
        diag_add_hint(b->diags, d, "the density of `%s` itself: %s ~ lognormal(...)", buf_text(&y),
                      buf_text(&y));
    else
        diag_add_hint(b->diags, d,
                      "the density of `%s` itself has the Jacobian too: loglik -log(%s)",
                      buf_text(&y), buf_text(&y));
}

/* One element of the left side of `~`. */
static void build_variate(build *b, stmt *s, expr *lhs, value v)
{
    build_term t = {.statement = s, .variate = v.n, .axis = AXIS_ROW};
    bool data = v.varies;
    t.target = data ? MLEC_TARGET_LIKELIHOOD : MLEC_TARGET_PRIOR;
    if (!v.varies && !depends(b, v.n, NODE_PARAM)) {
        diag_report(b->diags, DIAG_BAD_LEFT_SIDE, lhs->at,
                    "the left side of `~` must be a column, a parameter or a list of them");
        return;
    }
    bool by_let = lhs->kind == EXPR_NAME;
    bool mixed = data && depends(b, v.n, NODE_PARAM);
    uint8_t flags = dag_at(&b->g, v.n)->flags;
    bool indicator = !mixed && (flags & NODE_KNOWN) == NODE_KNOWN; /* status == 2: no density */
    if (data && !v.column && !indicator && (!by_let || mixed)) {
        diag *d =
            diag_report(b->diags, DIAG_TRANSFORMED_LEFT, lhs->at,
                        mixed ? "the left side depends on parameters; no Jacobian is added"
                              : "the left side is a transformed column; no Jacobian is added");
        hint_transformed(b, d, lhs, s->value, mixed);
    }
    b->row_statement = data;
    t.root = build_density(b, s->value, v, &t.family, &t);
    if (!t.root)
        return;
    uint16_t axis = dag_at(&b->g, t.root)->axis;
    if (!data) {
        if (axis == AXIS_ROW || depends(b, t.root, NODE_STATE)) {
            diag *d =
                diag_report(b->diags, DIAG_LEVEL, s->value->at, "a prior may not vary by row");
            diag_add_hint(b->diags, d, "aggregate what varies: mean(x)");
            return;
        }
        t.axis = dag_at(&b->g, v.n)->axis;
        if (axis != t.axis && axis != AXIS_ONE) {
            diag_report(b->diags, DIAG_SHAPE_MISMATCH, s->value->at,
                        "the prior's arguments have another shape than its left side");
            return;
        }
        if (t.axis != AXIS_ONE && t.family.scale >= 0)
            warn_hierarchy(b, s, &t);
        if (!b->m->options->mle)
            add_term(b, t);
        return;
    }
    if (axis != AXIS_ROW && axis != AXIS_ONE) {
        diag_report(b->diags, DIAG_SHAPE_MISMATCH, s->value->at,
                    "the arguments have one value for each element of a vector; index it");
        return;
    }
    add_term(b, t);
}

static void build_tilde(build *b, stmt *s)
{
    for (uint32_t i = 0; i < s->n_lhs; i++) {
        b->skip = 0;
        b->row_statement = true;
        build_term observed = {.statement = s, .axis = AXIS_ROW, .target = MLEC_TARGET_LIKELIHOOD};
        if (build_observed(b, s->lhs[i], s->value, &observed, &observed.root)) {
            if (observed.root)
                add_term(b, observed);
            continue;
        }
        value v = build_expr(b, NULL, s->lhs[i]);
        if (v.kind == VALUE_ERROR)
            continue;
        if (v.kind == VALUE_TEXT) {
            diag_report(b->diags, DIAG_BAD_LEFT_SIDE, s->lhs[i]->at,
                        "the left side of `~` must be a column, a parameter or a list of them");
            continue;
        }
        if (dist_is_vector(b, s->value)) {
            build_term whole = {.statement = s};
            if (build_vector(b, s->lhs[i], s->value, v, &whole) &&
                !(whole.target == MLEC_TARGET_PRIOR && b->m->options->mle))
                add_term(b, whole);
            continue;
        }
        if (v.kind == VALUE_NUMBER) {
            build_variate(b, s, s->lhs[i], v);
            continue;
        }
        for (uint32_t k = 0; k < v.count; k++) {
            value element =
                value_number(b, v.items[k], dag_at(&b->g, v.items[k])->axis == AXIS_ROW);
            if (dag_at(&b->g, v.items[k])->op == OP_COLUMN)
                element.column = dag_at(&b->g, v.items[k])->x + 1;
            build_variate(b, s, s->lhs[i], element);
        }
    }
}

static void build_loglik(build *b, stmt *s)
{
    bool prior = s->kind == STMT_LOGPRIOR;
    value v;
    node n = build_number(b, NULL, s->value, &v);
    if (!n)
        return;
    uint16_t axis = dag_at(&b->g, n)->axis;
    bool once = s->flag || prior;
    if (once && (v.varies || axis == AXIS_ROW)) {
        diag *d = diag_report(b->diags, DIAG_LEVEL, s->value->at,
                              "a term that counts once may not vary by row");
        diag_add_hint(b->diags, d,
                      prior ? "aggregate what varies: mean(x)"
                            : "leave out `once`, or sum over the rows: sum(...)");
        return;
    }
    if (!once && axis != AXIS_ROW && axis != AXIS_ONE) {
        diag_report(b->diags, DIAG_SHAPE_MISMATCH, s->value->at,
                    "one number is needed for each row; sum over the vector: sum(...)");
        return;
    }
    build_term t = {.statement = s,
                    .root = n,
                    .once = once,
                    .target = prior ? MLEC_TARGET_PRIOR : MLEC_TARGET_LIKELIHOOD,
                    .axis = once ? axis : AXIS_ROW,
                    .family = {.scale = -1}};
    if (!prior || !b->m->options->mle)
        add_term(b, t);
}

static void build_condition(build *b, stmt *s, node *place, const char *what)
{
    if (!s)
        return;
    b->skip = 0;
    node n = build_number(b, NULL, s->value, NULL);
    if (!n)
        return;
    if (depends(b, n, NODE_PARAM)) {
        diag_report(b->diags, s->kind == STMT_WEIGHT ? DIAG_BAD_WEIGHT : DIAG_LEVEL, s->value->at,
                    "%s may not depend on parameters", what);
        return;
    }
    if (b->skip && s->kind == STMT_WEIGHT) {
        diag *d = diag_report(b->diags, DIAG_LAG_START, s->value->at,
                              "a weight needs a value in every row, also where a lag has none");
        diag_add_hint(b->diags, d, "give lag a third argument, its value before the first row");
        return;
    }
    if (b->skip) /* what has no value does not hold */
        n = fold_select(&b->g, build_first_rows(b, b->skip), fold_const(&b->g, 0), n);
    *place = n;
}

/* The column that `series` names as its order or group, + 1; 0 after a report. */
static uint32_t series_column(build *b, expr *e, const char *what)
{
    value v = build_expr(b, NULL, e);
    if (v.kind == VALUE_ERROR || v.column)
        return v.column;
    diag *d =
        diag_report(b->diags, DIAG_TYPE_MISMATCH, e->at, "the %s of a series is a column", what);
    diag_add_hint(b->diags, d, "compute the column before the fit");
    return 0;
}

static void build_series(build *b, stmt *s)
{
    if (!s)
        return;
    if (s->value && (b->series_order = series_column(b, s->value, "order"))) {
        const model_column *c = &b->m->columns.data[b->series_order - 1];
        if (c->type == MLEC_TYPE_FACTOR || c->type == MLEC_TYPE_BINARY)
            diag_report(b->diags, DIAG_TYPE_MISMATCH, s->value->at,
                        "`%s` is declared %s; the order of a series is a column of numbers or "
                        "dates",
                        c->name, c->type_text);
    }
    if (!s->by)
        return;
    expr by = {.kind = EXPR_NAME, .name = s->by, .at = s->by_at};
    b->series_by = series_column(b, &by, "group");
    if (b->series_by && b->series_by == b->series_order)
        diag_report(b->diags, DIAG_DUPLICATE_NAME, s->by_at,
                    "`%s` cannot be both the order and the group of a series", s->by);
}

static void report_item(build *b, stmt *s, const char *name, node n, bool varies)
{
    node by_level = dag_at(&b->g, n)->axis == AXIS_ROW ? build_by_level(b, n) : 0;
    uint16_t axis = dag_at(&b->g, by_level ? by_level : n)->axis;
    if (!by_level && (axis == AXIS_ROW || varies)) {
        diag *d = diag_report(b->diags, DIAG_LEVEL, s->items[0].value->at,
                              "`%s` varies by row; report one number", name);
        diag_add_hint(b->diags, d, "aggregate it: mean(...), or by level: mean(... | site)");
        return;
    }
    n = by_level ? by_level : n;
    build_report r = {.name = name, .statement = s, .root = n, .axis = axis};
    formal_type t = read_formal_type(b->m, s->type);
    r.type = t.type;
    r.lower = t.lower;
    r.upper = t.upper;
    r.type_text = "real";
    if (s->type) {
        buf text;
        buf_init(&text, b->arena);
        type_print(s->type, &text);
        r.type_text = buf_text(&text);
    }
    VEC_PUSH(b->arena, b->reports, r);
}

static void build_reports(build *b, stmt *s)
{
    value v = build_expr(b, NULL, s->items[0].value);
    const char *name = s->items[0].name;
    uint32_t i;
    if (model_find(b->m, name, &i) == NAME_PARAM)
        diag_report(b->diags, DIAG_DUPLICATE_NAME, s->items[0].at,
                    "`%s` is a parameter and is reported anyway", name);
    if (v.kind == VALUE_LEVELS) {
        build_number(b, NULL, s->items[0].value, NULL); /* reports it */
    } else if (v.kind == VALUE_NUMBER) {
        report_item(b, s, name, v.n, v.varies);
    } else if (v.kind == VALUE_VECTOR) {
        for (uint32_t k = 0; k < v.count; k++)
            report_item(b, s, arena_printf(b->arena, "%s[%u]", name, k + 1), v.items[k], v.varies);
    } else if (v.kind == VALUE_TEXT) {
        diag_report(b->diags, DIAG_TYPE_MISMATCH, s->items[0].value->at,
                    "a text cannot be reported");
    }
}

static void constrain(build *b, const stmt *s, node slack, bool varies)
{
    if (varies || dag_at(&b->g, slack)->axis == AXIS_ROW || depends(b, slack, NODE_STATE)) {
        diag *d =
            diag_report(b->diags, DIAG_LEVEL, s->value->at, "a constraint may not vary by row");
        diag_add_hint(b->diags, d, "aggregate what varies: max(x)");
        return;
    }
    if (!depends(b, slack, NODE_PARAM)) {
        diag_report(b->diags, DIAG_NOT_LINEAR, s->value->at, "no parameter is in this constraint");
        return;
    }
    bool equality = s->value->op == OPERATOR_EQ;
    VEC_PUSH(b->arena, b->constraints, (build_constraint){slack, equality, s});
}

/* constrain l < r: the slack r - l, of each element where they are vectors. The maximum over an
 * open set need not exist, so < means what <= does. */
static void build_constrain(build *b, stmt *s)
{
    if (s->value->kind != EXPR_BINARY) /* reported by the parser */
        return;
    bool less = s->value->op == OPERATOR_LT || s->value->op == OPERATOR_LE;
    value sides[2];
    for (int k = 0; k < 2; k++) {
        sides[less ? 1 - k : k] = build_expr(b, NULL, s->value->args[k].value);
        if (sides[less ? 1 - k : k].kind == VALUE_ERROR)
            return;
    }
    value slack = build_lift(b, OP_SUB, sides, 2, s->value->at);
    if (slack.kind == VALUE_NUMBER)
        constrain(b, s, slack.n, slack.varies);
    for (uint32_t k = 0; slack.kind == VALUE_VECTOR && k < slack.count; k++)
        constrain(b, s, slack.items[k], slack.varies);
}

/* A column whose levels size a parameter is used by that. */
static bool is_axis(const build *b, uint32_t column)
{
    for (uint32_t i = 0; i < b->g.axes.count; i++)
        if ((b->g.axes.data[i].kind == MLEC_AXIS_FACTOR ||
             b->g.axes.data[i].kind == MLEC_AXIS_CONTRASTS) &&
            b->g.axes.data[i].column == column)
            return true;
    return false;
}

static void check_unused(build *b)
{
    model *m = b->m;
    for (uint32_t i = 0; i < m->columns.count; i++) {
        const model_column *c = &m->columns.data[i];
        if (c->mentioned || !c->declared || is_axis(b, i))
            continue;
        diag_report(b->diags, DIAG_UNUSED_COLUMN, c->at,
                    "no statement uses the declared column `%s`", c->name);
    }
    for (uint32_t i = 0; i < m->params.count; i++) {
        const model_param *p = &m->params.data[i];
        if (p->mentioned)
            continue;
        diag *d = diag_report(b->diags, DIAG_UNUSED_PARAMETER, p->at,
                              "no statement uses the parameter `%s`", p->name);
        diag_add_parameter(b->diags, d, p->name);
        diag_add_hint(b->diags, d, "it cannot be estimated; remove it");
    }
}

/* Sampling weights say how many units of a population a row stands for; a row of a series stands
 * for no unit of its own. */
static void check_sampling(build *b)
{
    const stmt *s = b->m->weight;
    if (!b->weight || !s->flag)
        return;
    for (node i = 1; i < b->g.nodes.count; i++) {
        op_id op = (op_id)dag_at(&b->g, i)->op;
        if (op != OP_LAG && op != OP_LAGGED && op != OP_SCAN)
            continue;
        diag *d = diag_report(b->diags, DIAG_BAD_WEIGHT, s->value->at,
                              "sampling weights need rows that are independent of each other; this "
                              "model reads earlier rows with `lag`");
        diag_add_hint(b->diags, d, "leave the weight out; --vcov robust gives robust errors");
        return;
    }
}

/* Definitions that no statement uses are still checked. */
static void build_unused_lets(build *b)
{
    for (uint32_t i = 0; i < b->m->lets.count; i++) {
        if (b->lets[i].done)
            continue;
        expr name = {
            .kind = EXPR_NAME, .name = b->m->lets.data[i].name, .at = b->m->lets.data[i].at};
        build_reference(b, NULL, &name);
        if (b->m->options->pedantic)
            diag_report(b->diags, DIAG_UNUSED_DEFINITION, b->m->lets.data[i].at,
                        "no statement uses the definition `%s`", b->m->lets.data[i].name);
    }
}

void build_model(build *b)
{
    model *m = b->m;
    uint32_t errors = m->errors_before;
    dag_init(&b->g, b->arena);
    b->lets = ARENA_ARRAY(b->arena, let_state, m->lets.count + 1);
    b->formulas = ARENA_ARRAY(b->arena, build_formula, m->formulas.count + 1);
    build_series(b, m->series);
    build_condition(b, m->weight, &b->weight, "a weight");
    build_condition(b, m->where, &b->where, "`where`");
    if (b->weight)
        VEC_PUSH(b->arena, b->requires,
                 (build_require){.kind = MLEC_REQUIRE_WEIGHT,
                                 .condition = b->weight,
                                 .shown = b->weight,
                                 .message = "a weight cannot be negative",
                                 .statement = m->weight});
    for (uint32_t i = 0; i < m->terms.count; i++) {
        stmt *s = m->terms.data[i];
        b->statement = s;
        b->skip = 0;
        if (s->kind == STMT_TILDE)
            build_tilde(b, s);
        else
            build_loglik(b, s);
    }
    for (uint32_t i = 0; i < m->reports.count; i++) {
        b->statement = m->reports.data[i];
        build_reports(b, m->reports.data[i]);
    }
    for (uint32_t i = 0; i < m->constraints.count; i++) {
        b->statement = m->constraints.data[i];
        build_constrain(b, m->constraints.data[i]);
    }
    b->statement = NULL;
    build_unused_lets(b);
    build_unused_formulas(b);
    check_sampling(b);
    build_check_missing(b);
    if (b->diags->n_errors == errors) /* a name in a broken statement is not unused */
        check_unused(b);
}
