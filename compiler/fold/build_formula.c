/* Linear predictors by formula.
 *
 * A formula's design is one leaf of the graph, whatever its terms: eta is a row of the design times
 * the coefficients, plus the offsets. With `linear eta[f]` there is a predictor for each level of f
 * but the first, whose predictor is 0; such a value is indexed by a level or by f itself, and
 * log_sum_exp(eta) is a leaf too, since the number of levels is known to the data alone. */
#include "compiler/fold/build_internal.h"

#include <string.h>

/* The data that a variable stands for: fills the nodes that become its buffers. */
static bool build_variable(build *b, const model_variable *v, build_formula_variable *out)
{
    if (v->kind == MLEC_VARIABLE_COLUMN || v->kind == MLEC_VARIABLE_FACTOR) {
        out->column = model_column_of(b->m, v->value->name, v->value->at);
        b->m->columns.data[out->column].mentioned = true;
        return true;
    }
    value x = build_expr(b, NULL, v->value);
    if (x.kind == VALUE_ERROR)
        return false;
    bool vector = x.kind == VALUE_VECTOR && v->kind != MLEC_VARIABLE_POLY;
    out->count = vector ? x.count : 1;
    out->nodes = ARENA_ARRAY(b->arena, node, out->count + 1);
    for (uint32_t i = 0; i < out->count; i++) {
        out->nodes[i] = vector ? x.items[i] : build_number(b, NULL, v->value, NULL);
        if (!out->nodes[i])
            return false;
        const dag_node *d = dag_at(&b->g, out->nodes[i]);
        if (d->flags & NODE_PARAM) {
            diag *report = diag_report(b->diags, DIAG_BAD_FORMULA, v->value->at,
                                       "a formula's terms are made of data; this depends on "
                                       "parameters");
            diag_add_hint(b->diags, report, "add it in the statement, or as an offset(...)");
            return false;
        }
        if (d->axis != AXIS_ONE && d->axis != AXIS_ROW) {
            diag_report(b->diags, DIAG_SHAPE_MISMATCH, v->value->at,
                        "a formula's terms have one value for each row");
            return false;
        }
    }
    return true;
}

/* Variables and offsets, on first use. */
static build_formula *formula_at(build *b, uint32_t i)
{
    model_formula *f = &b->m->formulas.data[i];
    build_formula *o = &b->formulas[i];
    f->mentioned = b->m->params.data[f->param].mentioned = true;
    if (o->done)
        return o->ok ? o : NULL;
    o->done = true;
    if (f->has_by)
        b->m->columns.data[f->by].mentioned = true;
    o->variables = ARENA_ARRAY(b->arena, build_formula_variable, f->variables.count + 1);
    bool ok = true;
    for (uint32_t k = 0; k < f->variables.count; k++)
        ok &= build_variable(b, &f->variables.data[k], &o->variables[k]);
    for (uint32_t k = 0; k < f->offsets.count; k++) {
        node n = build_number(b, NULL, f->offsets.data[k], NULL);
        ok &= n != 0;
        o->offset = o->offset && n ? fold_add(&b->g, o->offset, n) : n;
    }
    if (f->has_by && f->offsets.count) {
        diag_report(b->diags, DIAG_BAD_FORMULA, f->offsets.data[0]->at,
                    "predictors by level have no offset");
        ok = false;
    }
    o->ok = ok;
    return ok ? o : NULL;
}

static node design(build *b, uint32_t number, mlec_index level)
{
    dag_design d = {.formula = number, .level = level};
    return fold_leaf(&b->g, OP_DESIGN, dag_design_number(&b->g, d), 0, AXIS_ROW,
                     NODE_DATA | NODE_PARAM);
}

value build_formula_value(build *b, uint32_t i)
{
    const build_formula *o = formula_at(b, i);
    if (!o)
        return value_error();
    if (b->m->formulas.data[i].has_by)
        return (value){.kind = VALUE_LEVELS, .formula = i, .varies = true, .param = -1};
    node n = design(b, i, (mlec_index){.kind = MLEC_INDEX_CONST});
    return value_number(b, o->offset ? fold_add(&b->g, n, o->offset) : n, true);
}

value build_formula_level(build *b, uint32_t i, mlec_index level)
{
    return value_number(b, design(b, i, level), true);
}

node build_formula_log_sum(build *b, uint32_t i)
{
    return fold_leaf(&b->g, OP_LOG_SUM, i, 0, AXIS_ROW, NODE_DATA | NODE_PARAM);
}

/* coef(eta): all coefficients; slopes(eta): without the intercept. */
value build_coefficients(build *b, const scope *s, expr *e)
{
    (void)s;
    expr *of = e->args[0].value;
    uint32_t i;
    if (of->kind != EXPR_NAME || model_find(b->m, of->name, &i) != NAME_FORMULA) {
        diag *d = diag_report(b->diags, DIAG_TYPE_MISMATCH, of->at,
                              "`%s` takes the name of a linear predictor", e->name);
        if (b->m->formulas.count)
            diag_add_hint(b->diags, d, "such as %s(%s)", e->name, b->m->formulas.data[0].name);
        return value_error();
    }
    if (!formula_at(b, i))
        return value_error();
    const model_formula *f = &b->m->formulas.data[i];
    bool slopes = !strcmp(e->name, "slopes") && f->intercept;
    uint16_t axis =
        dag_axis(&b->g, (mlec_axis){.kind = MLEC_AXIS_TERMS, .column = i, .size = slopes ? 1 : 0});
    dag_reference r = {.param = f->param};
    r.index[1] = (mlec_index){.kind = MLEC_INDEX_SAME, .value = slopes ? 1 : 0};
    if (f->has_by) {
        r.index[0].kind = MLEC_INDEX_SAME;
        uint16_t levels =
            dag_axis(&b->g, (mlec_axis){.kind = MLEC_AXIS_CONTRASTS, .column = f->by});
        axis =
            dag_axis(&b->g, (mlec_axis){.kind = MLEC_AXIS_PRODUCT, .outer = levels, .inner = axis});
    }
    value v = value_number(
        b, fold_leaf(&b->g, OP_UNKNOWN, dag_refer(&b->g, r), 0, axis, NODE_PARAM), false);
    v.param = slopes ? -1 : (int64_t)f->param;
    return v;
}

void build_unused_formulas(build *b)
{
    for (uint32_t i = 0; i < b->m->formulas.count; i++) {
        bool mentioned = b->m->formulas.data[i].mentioned;
        formula_at(b, i);
        b->m->formulas.data[i].mentioned =
            b->m->params.data[b->m->formulas.data[i].param].mentioned = mentioned;
    }
}
