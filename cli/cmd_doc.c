/* mlec doc: what the distributions and functions are. */
#include "cli/commands.h"
#include "cli/session.h"

int doc_command(const command_line *line)
{
    session s;
    if (!session_open(&s, line)) {
        return 2;
    }
    size_t length = 0;
    const char *out, *name = NULL, *text = NULL;
    mlec_status status = MLEC_OK;
    if (line->model) {
        text = session_text(&s, &length, &name);
        status = text ? MLEC_OK : MLEC_ERROR_MODEL;
    }
    if (status == MLEC_OK) {
        mlec_doc_format format = line->seen[OPTION_MARKDOWN] ? MLEC_DOC_MARKDOWN
                                 : line->seen[OPTION_JSON]   ? MLEC_DOC_JSON
                                                             : MLEC_DOC_TEXT;
        status = mlec_doc(s.ctx, line->topic, name, text, length, format, &out);
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
