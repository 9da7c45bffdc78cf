#ifndef CLI_SCORES_H
#define CLI_SCORES_H

#include "cli/session.h"

/* --scores FILE: the scores at the estimates as CSV, a line for each used row with its number in
 * the data first. What does not exist is an empty field. False after a message. */
bool scores_write(session *s, mlec_problem *problem, const mlec_result *r);

#endif
