/* mlec check: compiles and binds, and says what is wrong. */
#include "cli/commands.h"
#include "cli/session.h"
#include "cli/times.h"

int check_command(const command_line *line)
{
    session s;
    if (!session_open(&s, line)) {
        return 2;
    }
    double begin = clock_ms(), read_ms = 0, bind_ms = 0;
    mlec_model *model = NULL;
    mlec_data *data = NULL;
    mlec_problem *problem = NULL;
    mlec_status status = session_model(&s, &model);
    double compile_ms = clock_ms() - begin;
    if (status == MLEC_OK && line->data) {
        status = session_bind(&s, model, &data, &problem, &read_ms, &bind_ms);
    }
    if (line->seen[OPTION_TIME]) {
        times_begin();
        times_model(model, compile_ms);
        times_row("read data", read_ms);
        times_row("bind", bind_ms);
        times_row("total", clock_ms() - begin);
    }
    bool written = true;
    const char *json;
    if (status == MLEC_OK && line->seen[OPTION_JSON]) { /* the same object, without an error */
        status = mlec_report_failure_json(s.ctx, line->model, line->data, &json);
        written = status != MLEC_OK || output_text(json);
    }
    if (status == MLEC_OK) {
        session_show(&s);
    } else {
        session_fail(&s, status);
    }
    mlec_problem_free(problem);
    mlec_data_free(data);
    mlec_model_free(model);
    int result = session_close(&s, status);
    return written ? result : 1;
}
