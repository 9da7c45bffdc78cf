/* Progress: one line on a terminal, for work that takes long, and gone at the end. Nothing is drawn
 * where standard error is no terminal, nor with --quiet; when reading ended is always known. */
#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H

#include "cli/options.h"

typedef struct {
    double begin, last;          /* when the work began, when the line was drawn last; in ms */
    double step_begin, read_end; /* of a step of reading; when the last column was read, or 0 */
    size_t step_done;            /* bytes of the step at hand */
    mlec_read_step step;
    bool draws, drawn;
} progress;

/* Sets both progress functions of the options; `p` lives until progress_end. */
void progress_begin(progress *p, const command_line *line, mlec_options *options);
void progress_end(const progress *p);

#endif
