/* The C header beside an object of `mlec build`. */
#include "compiler/kernel/kernel.h"

#include <ctype.h>
#include <string.h>

static const char *type_name(mlec_type t)
{
    static const char *const names[] = {"real",  "positive", "unit",   "interval", "int",
                                        "count", "binary",   "factor", "ordered",  "simplex"};
    return names[t];
}

const char *kernel_header(kernel *k, const char *symbol)
{
    const mlec_plan *p = &k->plan;
    buf out;
    buf_init(&out, k->arena);
    char *guard = arena_printf(k->arena, "MLEC_MODEL_%s_H", symbol);
    for (char *c = guard; *c; c++)
        *c = (char)toupper((unsigned char)*c);
    buf_printf(&out, "/* The model %s, compiled by mlec %s.\n *\n", p->name, p->version);
    buf_puts(&out, " * columns\n");
    for (uint32_t i = 0; i < p->n_columns; i++)
        buf_printf(&out, " *   %s : %s\n", p->columns[i].name,
                   p->columns[i].as_codes ? "factor" : type_name(p->columns[i].type));
    buf_puts(&out, " * parameters, in the order of theta\n");
    for (uint32_t i = 0; i < p->n_params; i++) {
        const mlec_axis *a = &p->axes[p->params[i].axis];
        buf_printf(&out, " *   %s : %s%s\n", p->params[i].name, p->params[i].type_text,
                   a->kind == MLEC_AXIS_ONE ? "" : ", a vector");
    }
    buf_printf(&out, " */\n#ifndef %s\n#define %s\n\n#include <mlec_model.h>\n\n", guard, guard);
    buf_puts(&out, "#ifdef __cplusplus\nextern \"C\" {\n#endif\n\n");
    buf_printf(&out, "extern const mlec_plan %s;\n\n", symbol);
    buf_puts(&out, "#ifdef __cplusplus\n}\n#endif\n#endif\n");
    return buf_text(&out);
}
