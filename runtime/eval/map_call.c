/* Which function of a map serves, and how it is called. */
#include "runtime/eval/problem.h"

bool function_exists(const mlec_function *f) { return f->code != NULL; }

const mlec_function *map_function(const mlec_map *m, eval_order order)
{
    if (order == ORDER_VALUE && function_exists(&m->value))
        return &m->value;
    if (order != ORDER_HESSIAN && function_exists(&m->gradient))
        return &m->gradient;
    return &m->hessian;
}

void call_prologue(mlec_problem *p, const mlec_function *f)
{
    if (f->prologue)
        f->prologue(p->scalars);
}

void call_map(mlec_problem *p, const mlec_function *f, size_t n8)
{
    f->code((int64_t)n8, p->row_pointers, p->scalars, p->out_pointers);
}
