/* Distributions whose value is a vector: `[y1, y2, y3] ~ multinomial(p)`, `p ~ dirichlet([2, 2,
 * 2])`. The value and every argument that is a vector become lists of one length; the density is
 * one number for each row, or one for a prior. */
#include "compiler/fold/build_internal.h"

#include <math.h>
#include <string.h>

static bool is_vector_type(const type_expr *t)
{
    return t && (t->n_dims || !strcmp(t->name, "simplex") || !strcmp(t->name, "ordered"));
}

bool dist_is_vector(build *b, const expr *call)
{
    if (call->kind != EXPR_CALL || combinator_find(call->name))
        return false;
    const stmt *dist = library_find(b->m, call->name, true);
    return dist && dist->n_variates == 1 && is_vector_type(dist->formals[0].type);
}

/* The elements of a list, or of a parameter whose size is a number; false when there are none. */
static bool as_list(build *b, value *v)
{
    if (v->kind != VALUE_NUMBER)
        return v->kind == VALUE_VECTOR;
    const mlec_axis *a = &b->g.axes.data[dag_at(&b->g, v->n)->axis];
    if (a->kind != MLEC_AXIS_INDEX)
        return false;
    uint32_t n = a->size;
    value list = {.kind = VALUE_VECTOR,
                  .items = ARENA_ARRAY(b->arena, node, n),
                  .count = n,
                  .varies = v->varies,
                  .param = -1};
    for (uint32_t i = 0; i < n; i++)
        list.items[i] = build_element(b, v->n, i);
    *v = list;
    return true;
}

/* Constant elements must lie within what the formal says. */
static bool elements_fit(build *b, const distribution *d, uint32_t k, span at)
{
    formal_type t = read_formal_type(b->m, d->definition->formals[k].type);
    const value *v = &d->values[k];
    for (uint32_t i = 0; t.known && i < v->count; i++) {
        double x;
        if (!fold_is_const(&b->g, v->items[i], &x) ||
            (x >= t.lower && x <= t.upper && !(t.type == MLEC_TYPE_POSITIVE && x == 0)))
            continue;
        diag_report(b->diags, DIAG_OUTSIDE_SUPPORT, at, "element %u of `%s` of %s cannot be %g",
                    i + 1, d->names[k], d->call->name, x);
        return false;
    }
    return true;
}

static bool match_lengths(build *b, const distribution *d, span at)
{
    uint32_t n = d->values[0].count;
    for (uint32_t k = 1; k < d->definition->n_formals; k++) {
        if (!is_vector_type(d->definition->formals[k].type))
            continue;
        if (!as_list(b, &d->values[k])) {
            diag *r = diag_report(b->diags, DIAG_SHAPE_MISMATCH, d->call->at,
                                  "`%s` of %s is a vector with %u elements", d->names[k],
                                  d->call->name, n);
            diag_add_hint(b->diags, r, "write a list, [a, b], or a parameter with this size");
            return false;
        }
        if (d->values[k].count != n) {
            diag_report(b->diags, DIAG_SHAPE_MISMATCH, at,
                        "the shapes do not match: %u elements on the left, %u in `%s` of %s", n,
                        d->values[k].count, d->names[k], d->call->name);
            return false;
        }
        if (!elements_fit(b, d, k, d->call->at))
            return false;
    }
    return true;
}

static void require(build *b, const build_term *t, node condition, node shown, const char *message)
{
    const dag_node *n = dag_at(&b->g, shown);
    build_require r = {.kind = MLEC_REQUIRE_SUPPORT,
                       .condition = condition,
                       .shown = shown,
                       .column = n->op == OP_COLUMN ? b->m->columns.data[n->x].name : NULL,
                       .message = message,
                       .statement = t->statement};
    const dag_node *c = dag_at(&b->g, condition);
    if (c->op != OP_CONST && !(c->flags & NODE_PARAM))
        VEC_PUSH(b->arena, b->requires, r);
}

/* What the elements may be is checked when data are bound: each column for itself, then all. */
static void require_elements(build *b, const distribution *d, const scope *s, const build_term *t)
{
    const char *message = arena_printf(b->arena, "%s gives it probability 0", d->call->name);
    value *y = &d->values[0];
    for (uint32_t i = 0; i < y->count; i++) {
        node whole = fold_2(&b->g, OP_EQ, y->items[i], fold_1(&b->g, OP_FLOOR, y->items[i]));
        node low = fold_2(&b->g, OP_LE, fold_const(&b->g, d->type.lower), y->items[i]);
        node high = fold_2(&b->g, OP_LE, y->items[i], fold_const(&b->g, d->type.upper));
        node inside = fold_2(&b->g, OP_AND, low, high);
        require(b, t, d->discrete ? fold_2(&b->g, OP_AND, whole, inside) : inside, y->items[i],
                message);
    }
    const clause *support = find_clause(d->definition, "support", NULL);
    node all = support ? build_number(b, s, support->value, NULL) : 0;
    if (all)
        require(b, t, all, y->items[0],
                arena_printf(b->arena, "%s gives this row probability 0", d->call->name));
}

bool build_vector(build *b, expr *lhs, expr *call, value y, build_term *t)
{
    if (!as_list(b, &y)) {
        diag *r = diag_report(b->diags, DIAG_SHAPE_MISMATCH, lhs->at,
                              "`%s` is a distribution of a vector", call->name);
        diag_add_hint(b->diags, r,
                      "on the left stands a list, [y1, y2], or a parameter with a size");
        return false;
    }
    bool data = y.varies, any = data;
    for (uint32_t i = 0; i < y.count; i++)
        any |= (dag_at(&b->g, y.items[i])->flags & NODE_PARAM) != 0;
    if (!any) {
        diag_report(b->diags, DIAG_BAD_LEFT_SIDE, lhs->at,
                    "the left side of `~` must be columns, or a parameter with a size");
        return false;
    }
    b->row_statement = data;
    b->vector_statement = true;
    distribution *d = dist_read(b, call);
    b->vector_statement = false;
    if (!d)
        return false;
    d->values[0] = y;
    const clause *body = find_clause(d->definition, "log_pdf", NULL);
    expr *density = d->definition->value ? d->definition->value : body ? body->value : NULL;
    if (!density || !match_lengths(b, d, call->at))
        return false;
    scope s = {d->names, d->values, d->definition->n_formals, true, call->at};
    t->root = build_number(b, &s, density, NULL);
    if (!t->root)
        return false;
    uint16_t axis = dag_at(&b->g, t->root)->axis;
    if (!data && axis != AXIS_ONE) {
        diag_report(b->diags, DIAG_LEVEL, call->at, "a prior may not vary by row");
        return false;
    }
    t->target = data ? MLEC_TARGET_LIKELIHOOD : MLEC_TARGET_PRIOR;
    t->axis = data ? AXIS_ROW : AXIS_ONE;
    t->family = (build_family){.name = call->name, .scale = -1};
    if (data)
        require_elements(b, d, &s, t);
    return true;
}
