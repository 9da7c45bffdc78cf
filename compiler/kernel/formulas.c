/* Formulas as tables: variables with their buffers, terms as they are. */
#include "compiler/kernel/kernel.h"

static mlec_variable plan_variable(kernel *k, const model_variable *v,
                                   const build_formula_variable *from)
{
    mlec_variable out = {.kind = v->kind,
                         .text = v->text,
                         .degree = v->degree,
                         .reference = v->reference,
                         .n_buffers = from->count ? from->count : 1};
    uint32_t *buffers = ARENA_ARRAY(k->arena, uint32_t, out.n_buffers);
    const char **names = ARENA_ARRAY(k->arena, const char *, out.n_buffers);
    if (v->kind == MLEC_VARIABLE_COLUMN)
        buffers[0] = kernel_variable(k, from->column);
    else if (v->kind == MLEC_VARIABLE_FACTOR)
        buffers[0] = kernel_codes(k, from->column, 0);
    for (uint32_t i = 0; i < from->count; i++) {
        buffers[i] = kernel_buffer(k, from->nodes[i]);
        const dag_node *d = dag_at(&k->b->g, from->nodes[i]);
        names[i] = d->op == OP_COLUMN ? k->b->m->columns.data[d->x].name
                                      : arena_printf(k->arena, "%s[%u]", v->text, i + 1);
    }
    if (from->count > 1)
        out.kind = MLEC_VARIABLE_COLUMNS; /* a definition may turn out to be a list */
    out.buffers = buffers;
    out.names = names;
    return out;
}

void kernel_formulas(kernel *k)
{
    build *b = k->b;
    uint32_t n = b->m->formulas.count;
    mlec_formula *out = ARENA_ARRAY(k->arena, mlec_formula, n + 1);
    for (uint32_t i = 0; i < n; i++) {
        const model_formula *f = &b->m->formulas.data[i];
        mlec_variable *variables = ARENA_ARRAY(k->arena, mlec_variable, f->variables.count + 1);
        mlec_term *terms = ARENA_ARRAY(k->arena, mlec_term, f->terms.count + 1);
        for (uint32_t j = 0; j < f->variables.count; j++)
            variables[j] = plan_variable(k, &f->variables.data[j], &b->formulas[i].variables[j]);
        for (uint32_t j = 0; j < f->terms.count; j++)
            terms[j] = (mlec_term){f->terms.data[j].variables, f->terms.data[j].n_variables};
        out[i] = (mlec_formula){.name = f->name,
                                .variables = variables,
                                .n_variables = f->variables.count,
                                .terms = terms,
                                .n_terms = f->terms.count,
                                .intercept = f->intercept,
                                .param = f->param};
    }
    k->plan.formulas = out;
    k->plan.n_formulas = n;
}
