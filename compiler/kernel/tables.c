/* The tables of columns and parameters of a plan, and the places of its functions. */
#include "compiler/kernel/kernel.h"

void kernel_columns(kernel *k)
{
    const model *m = k->b->m;
    mlec_column *out = ARENA_ARRAY(k->arena, mlec_column, m->columns.count + 1);
    for (uint32_t i = 0; i < m->columns.count; i++) {
        const model_column *c = &m->columns.data[i];
        out[i] = (mlec_column){.name = c->name,
                               .type = c->type,
                               .declared = c->declared,
                               .lower = c->lower,
                               .upper = c->upper,
                               .levels = c->levels,
                               .n_levels = c->n_levels,
                               .reference = c->reference,
                               .used = c->mentioned,
                               .optional = c->optional,
                               .ordinal = c->ordinal,
                               .limit = c->limit,
                               .begin = c->at.begin,
                               .end = c->at.end};
    }
    for (uint32_t i = 0; i < k->buffers.count; i++) {
        const mlec_buffer *b = &k->buffers.data[i];
        out[b->source].used |= b->kind == MLEC_BUFFER_VARIABLE;
        if (b->kind == MLEC_BUFFER_CODES || b->kind == MLEC_BUFFER_CODE_VALUE ||
            b->kind == MLEC_BUFFER_INDICATOR)
            out[b->source].as_codes = out[b->source].used = true;
    }
    for (uint32_t i = 0; i < k->b->g.axes.count; i++)
        if (k->b->g.axes.data[i].kind == MLEC_AXIS_FACTOR ||
            k->b->g.axes.data[i].kind == MLEC_AXIS_CONTRASTS) {
            mlec_column *c = &out[k->b->g.axes.data[i].column];
            c->as_codes = c->used = true;
        }
    if (k->b->series_by)
        out[k->b->series_by - 1].as_codes = true;
    k->plan.columns = out;
    k->plan.n_columns = m->columns.count;
}

void kernel_params(kernel *k)
{
    build *b = k->b;
    const model *m = b->m;
    mlec_param *out = ARENA_ARRAY(k->arena, mlec_param, m->params.count + 1);
    for (uint32_t i = 0; i < m->params.count; i++) {
        const model_param *p = &m->params.data[i];
        mlec_param *o = &out[i];
        *o = (mlec_param){.name = p->name,
                          .type = p->type,
                          .type_text = p->type_text,
                          .axis = build_param_axis(b, p),
                          .lower = p->lower,
                          .upper = p->upper};
        VEC_PUSH(k->arena, k->unknowns, (mlec_unknown){.axis = o->axis});
        if (!p->start)
            continue;
        value v = build_expr(b, NULL, p->start);
        uint32_t n = v.kind == VALUE_VECTOR ? v.count : v.kind == VALUE_NUMBER ? 1 : 0;
        double *start = ARENA_ARRAY(k->arena, double, n + 1);
        for (uint32_t j = 0; j < n; j++) {
            node element = v.kind == VALUE_VECTOR ? v.items[j] : v.n;
            if (!fold_is_const(&b->g, element, &start[j])) {
                diag_report(b->diags, DIAG_NOT_CONSTANT, p->start->at,
                            "a start value must be a constant");
                n = 0;
                break;
            }
            bool open = p->type == MLEC_TYPE_POSITIVE || p->type == MLEC_TYPE_UNIT;
            bool inside = open ? start[j] > p->lower && start[j] < p->upper
                               : start[j] >= p->lower && start[j] <= p->upper;
            if (!inside)
                diag_report(b->diags, DIAG_BAD_START, p->start->at,
                            "the start value %g of `%s` is outside its type, %s", start[j], p->name,
                            p->type_text);
        }
        bool fixed_size = p->n_dims == 1 && p->dims[0].kind == DIM_SIZE;
        if (n > 1 && (p->n_dims == 0 || (fixed_size && n != p->dims[0].size)))
            diag_report(b->diags, DIAG_SHAPE_MISMATCH, p->start->at,
                        "`%s` has %u element%s, its start value %u", p->name,
                        p->n_dims ? p->dims[0].size : 1,
                        p->n_dims && p->dims[0].size > 1 ? "s" : "", n);
        o->start = start;
        o->n_start = n;
    }
    k->plan.params = out;
    k->plan.n_params = m->params.count;
}

static mlec_function *place_of(const kernel *k, const kernel_function *f)
{
    if (f->role == KERNEL_DATA)
        return &k->buffers.data[f->owner].map;
    if (f->role == KERNEL_TABLE)
        return &k->stages.data[f->owner].tables[f->number].function;
    mlec_map *m = &k->stages.data[f->owner].map;
    mlec_function *const places[] = {[KERNEL_VALUE] = &m->value,
                                     [KERNEL_GRADIENT] = &m->gradient,
                                     [KERNEL_HESSIAN] = &m->hessian,
                                     [KERNEL_EXPECTED] = &m->expected,
                                     [KERNEL_KINKS] = &m->kinks};
    return places[f->role];
}

static kernel_set set_of(const kernel *k, const kernel_function *f)
{
    if (f->role == KERNEL_DATA)
        return KERNEL_REST;
    const mlec_stage *s = &k->stages.data[f->owner];
    if (s->target == MLEC_TARGET_DERIVED)
        return KERNEL_REST;
    if (f->role == KERNEL_VALUE || f->role == KERNEL_GRADIENT)
        return KERNEL_ORDERS;
    return s->axis == AXIS_ONE ? KERNEL_REST : KERNEL_ROWS;
}

/* The tables have their final places now. */
void kernel_place_functions(kernel *k)
{
    for (uint32_t i = 0; i < k->functions.count; i++) {
        kernel_function *f = &k->functions.data[i];
        f->slot = place_of(k, f);
        f->set = set_of(k, f);
        f->slot->n_scalars = f->n_scalars + f->n_hoisted;
        f->slot->n_outputs = f->n_outputs;
    }
}
