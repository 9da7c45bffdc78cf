#include "compiler/pipeline.h"

#include "compiler/lint/lint.h"
#include "compiler/strip/strip.h"
#include "grammar/parse.h"

#include <string.h>
#include <time.h>

double pipeline_clock(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec * 1e-3;
}

/* The time since `*last`, which becomes now. */
static double lap(double *last)
{
    double now = pipeline_clock(), passed = now - *last;
    *last = now;
    return passed;
}

static uint64_t model_hash(const char *text, size_t length, const mlec_options *o)
{
    uint64_t h = hash_bytes(text, length, 0);
    for (size_t i = 0; i < o->n_sets; i++) {
        h = hash_bytes(o->sets[i].name, strlen(o->sets[i].name) + 1, h);
        h = hash_bytes(&o->sets[i].value, sizeof o->sets[i].value, h);
    }
    return h;
}

bool pipeline_run(pipeline *p, arena *a, diag_list *diags, const char *name, const char *text,
                  size_t length, const mlec_options *options)
{
    *p = (pipeline){.arena = a, .diags = diags};
    uint32_t errors = diags->n_errors;
    double clock = pipeline_clock();
    intern_init(&p->names, a);
    p->context = (ast_context){a, &p->names, diags};
    uint32_t file = diag_add_source(diags, name, text, length);

    p->tree = parse_model(&p->context, file); /* text to tree */
    p->microseconds[PASS_AST] = lap(&clock);

    p->model =
        (model){.arena = a, .context = &p->context, .options = options, .errors_before = errors};
    check_model(&p->model, p->tree); /* tree to model */
    p->microseconds[PASS_CHECK] = lap(&clock);

    p->build = (build){.arena = a, .diags = diags, .m = &p->model};
    build_model(&p->build); /* model to graph */
    p->microseconds[PASS_DAG] = lap(&clock);
    if (diags->n_errors > errors)
        return false;

    p->kernel = (kernel){.b = &p->build, .arena = a};
    kernel_plan(&p->kernel, name, model_hash(text, length, options)); /* graph to plan */
    p->microseconds[PASS_KERNEL] = lap(&clock);

    if (diags->n_errors == errors)
        strip_plan(&p->kernel); /* plan to byte code */
    p->microseconds[PASS_STRIP] = lap(&clock);

    if (options->pedantic && diags->n_errors == errors)
        lint_model(&p->build); /* what is allowed but seldom meant */
    return diags->n_errors == errors;
}

const char *pipeline_print(pipeline *p, mlec_emit what)
{
    buf out;
    buf_init(&out, p->arena);
    switch (what) {
    case MLEC_EMIT_AST: ast_dump(p->tree, &out); break;
    case MLEC_EMIT_GRAPH: kernel_print_graphs(&p->kernel, 0, &out); break;
    case MLEC_EMIT_GRADIENT: kernel_print_graphs(&p->kernel, 1, &out); break;
    case MLEC_EMIT_HESSIAN: kernel_print_graphs(&p->kernel, 2, &out); break;
    case MLEC_EMIT_PLAN: kernel_print(&p->kernel, &out); break;
    case MLEC_EMIT_LATEX: kernel_print_latex(&p->kernel, &out); break;
    default: return NULL;
    }
    return buf_text(&out);
}
