/* constrain: linear inequalities between parameters, as a linear stage and an offset. */
#include "compiler/kernel/kernel.h"

void kernel_constraint(kernel *k, const build_constraint *c)
{
    build *b = k->b;
    dag *g = &b->g;
    span at = c->statement->value->at;
    bool linear = affine(k, c->slack);
    predictor_form form = {0};
    node offset = 0;
    if (linear) {
        form = predictor_split(k, c->slack, &offset);
        for (uint32_t i = 0; i < form.n_blocks; i++)
            linear = linear && form.blocks[i].unknown < b->m->params.count &&
                     form.blocks[i].kind != MLEC_BLOCK_STATE;
    }
    if (!linear) {
        diag *d = diag_report(b->diags, DIAG_NOT_LINEAR, at,
                              "a constraint must be linear in the parameters");
        diag_add_hint(b->diags, d,
                      "declare a parameter for the nonlinear part, or bound it by its type");
        return;
    }
    mlec_constraint out = {.offset = -1,
                           .equality = c->equality,
                           .part = kernel_linear_stage(k, &form, dag_at(g, c->slack)->axis),
                           .statement = kernel_statement(k, c->statement, NULL)};
    if (offset && !fold_is_const(g, offset, &out.constant))
        out.offset = (int32_t)kernel_buffer(k, offset);
    VEC_PUSH(k->arena, k->constraints, out);
}
