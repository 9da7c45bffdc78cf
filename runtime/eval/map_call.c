/* Which function of a map serves, how it is called, and what the compiler learns from that.
 *
 * A function is byte code, and machine code from the moment that some thread publishes it: both
 * give the same bits, so evaluations may change over at any call. */
#include "runtime/eval/problem.h"

/* Evaluations with second derivatives in an ordinary fit. */
enum { EVALUATIONS = 8 };

static mlec_map_fn machine_code(const mlec_function *f)
{
    return __atomic_load_n(&f->code, __ATOMIC_ACQUIRE);
}

bool function_exists(const mlec_function *f) { return f->strip || machine_code(f); }

/* A function that computes more than is asked is worth calling when it is machine code, and does
 * not do half as much again. */
static bool serves(const mlec_function *all, const mlec_function *f)
{
    return machine_code(all) && 2 * all->strip->n_steps <= 3 * f->strip->n_steps;
}

const mlec_function *map_function(mlec_problem *p, const mlec_map *m, eval_order order, size_t n8)
{
    const mlec_function *f = order == ORDER_VALUE      ? &m->value
                             : order == ORDER_GRADIENT ? &m->gradient
                                                       : &m->hessian;
    const mlec_function *all = function_exists(&m->hessian) ? &m->hessian : &m->gradient;
    if (f == all || machine_code(f) || !function_exists(f))
        return function_exists(f) ? f : all;
    if (machine_code(all))
        p->work.lesser += strip_work(f->strip, n8);
    return serves(all, f) ? all : f;
}

void call_prologue(mlec_problem *p, const mlec_function *f)
{
    mlec_prologue_fn prologue = __atomic_load_n(&f->prologue, __ATOMIC_ACQUIRE);
    if (prologue)
        prologue(p->scalars);
    else if (f->strip_prologue)
        strip_run_prologue(p->strip_ops, f->strip_prologue,
                           f->n_scalars - f->strip_prologue->n_outputs, p->scalars,
                           p->strip_scratch);
}

void call_map(mlec_problem *p, const mlec_function *f, size_t n8)
{
    mlec_map_fn code = machine_code(f);
    uint64_t work = f->strip ? strip_work(f->strip, n8) : 0;
    p->work.done += work;
    if (code) {
        code((int64_t)n8, p->row_pointers, p->scalars, p->out_pointers);
        return;
    }
    strip_run(p->strip_ops, f->strip, n8, p->row_pointers, p->scalars, p->out_pointers,
              p->strip_scratch);
    p->work.interpreted += work;
}

static void take_own(mlec_problem *p, work_report *sum)
{
    sum->done += p->work.done;
    sum->interpreted += p->work.interpreted;
    sum->lesser += p->work.lesser;
    p->work = (work_report){0};
}

static void take_work(mlec_problem *p, work_report *sum)
{
    take_own(p, sum);
    for (int k = 0; p->workers && k < p->n_workers; k++)
        take_own(&p->workers[k], sum);
}

void report_work(mlec_problem *p)
{
    work_report sum = {0};
    take_work(p, &sum);
    for (uint32_t k = 0; k < p->plan->n_stages; k++)
        if (p->reduced[k])
            take_work(p->reduced[k], &sum);
    p->reported.done += sum.done;
    p->reported.interpreted += sum.interpreted;
    if (p->model->report_work)
        p->model->report_work(p->model->code, sum, p->threads);
}

double mlec_problem_interpreted(const mlec_problem *p)
{
    return p->reported.done ? (double)p->reported.interpreted / (double)p->reported.done : 0;
}

void report_expected_work(const mlec_problem *p)
{
    uint64_t work = 0;
    if (!p->model->report_work)
        return;
    for (uint32_t k = 0; k < p->plan->n_stages; k++) {
        const mlec_stage *s = &p->plan->stages[k];
        const mlec_strip_code *code = s->map.hessian.strip;
        const mlec_problem *at = p->reduced[k] ? p->reduced[k] : p;
        if (code && s->kind != MLEC_STAGE_LINEAR)
            work += strip_work(code, padded(at->axis_length[s->axis]) / LANES);
    }
    p->model->report_work(p->model->code, (work_report){.expected = EVALUATIONS * work},
                          p->threads);
}
