/* Any text goes through the front of the compiler without a fault: tree, checks, graph,
 * derivatives, plan. What compiles is printed at every stage. */
#include "compiler/pipeline.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > 4096) /* long models are slow, and no other */
        return 0;
    oom_guard guard;
    arena a;
    diag_list diags;
    arena_init(&a, &alloc_system, &guard);
    if (setjmp(guard.jump))
        abort();
    diag_init(&diags, &a);
    mlec_options options;
    mlec_options_init(&options);
    char *text = arena_strndup(&a, (const char *)data, size);
    pipeline *p = ARENA_NEW(&a, pipeline);
    if (pipeline_run(p, &a, &diags, "fuzz.lik", text, size, &options))
        for (mlec_emit what = MLEC_EMIT_AST; what <= MLEC_EMIT_LATEX; what++)
            pipeline_print(p, what);
    buf messages;
    buf_init(&messages, &a);
    for (const diag *d = diags.first; d; d = d->next)
        diag_render(&diags, d, &messages);
    arena_release(&a);
    return 0;
}
