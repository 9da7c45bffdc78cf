/* mlec emit: one stage of the compiler as text. */
#include "cli/commands.h"
#include "cli/session.h"

static mlec_emit chosen_stage(const command_line *line)
{
    static const struct {
        option_id option;
        mlec_emit stage;
    } stages[] = {
        {OPTION_AST, MLEC_EMIT_AST},           {OPTION_GRAPH, MLEC_EMIT_GRAPH},
        {OPTION_GRADIENT, MLEC_EMIT_GRADIENT}, {OPTION_HESSIAN, MLEC_EMIT_HESSIAN},
        {OPTION_PLAN, MLEC_EMIT_PLAN},         {OPTION_LLVM, MLEC_EMIT_LLVM},
        {OPTION_ASM, MLEC_EMIT_ASM},           {OPTION_LATEX, MLEC_EMIT_LATEX},
    };
    size_t i = 0;
    while (!line->seen[stages[i].option]) { /* one was given, or the command line was refused */
        i++;
    }
    return stages[i].stage;
}

int emit_command(const command_line *line)
{
    session s;
    if (!session_open(&s, line)) {
        return 2;
    }
    size_t length;
    const char *out, *name, *text = session_text(&s, &length, &name);
    mlec_status status = MLEC_ERROR_MODEL;
    if (text) {
        status =
            mlec_model_emit(s.ctx, name, text, length, &line->library, chosen_stage(line), &out);
    }
    bool written = true;
    if (status == MLEC_OK) {
        session_show(&s);
        written = output_text(out);
    } else {
        session_fail(&s, status);
    }
    int result = session_close(&s, status);
    return written ? result : 1;
}
