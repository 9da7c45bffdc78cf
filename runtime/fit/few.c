#include "runtime/fit/few.h"

#include "runtime/fit/search.h"
#include "runtime/fit/start.h"

#include <math.h>
#include <string.h>

enum {
    THINNER = 8,       /* of a level to the next */
    LEAST_ROWS = 4096, /* of the first level: below, fits are fast */
    LEAST_LAST = 1024, /* of the last */
    ROWS_OF_ELEMENT = 64,
    LEVELS = 10
};

fit_state few_state(fit_state *f, mlec_problem *few)
{
    fit_state own = *f;
    own.problem = few;
    own.info = eval_get_info(few);
    space_init(&own.space, f->arena, few, f->options->transform);
    own.space.watcher = f;
    return own;
}

bool few_at_maximum(const fit_state *f)
{
    return f->last.status == NEWTON_CERTIFIED && f->last.n_null == 0;
}

/* The fit of `few` in place of that of f, from f->theta or the start that is found for it. */
static bool climb_on_few(fit_state *f, mlec_problem *few, bool first)
{
    fit_state own = few_state(f, few);
    if (first) {
        if (!start_find(&own.space, own.newton, own.state, own.start, own.size, &own.iterations))
            return false;
        memcpy(own.theta, own.start, own.info->n_theta * sizeof *own.theta);
    }
    search_climb(&own);
    f->last = own.last;
    return few_at_maximum(&own);
}

mlec_problem *few_rows(const fit_state *f)
{
    size_t rows = f->info->rows_used / THINNER, least = ROWS_OF_ELEMENT * f->info->n_theta;
    bool without = f->options->without >> MLEC_TRICK_THIN & 1;
    return f->faces || without || rows < LEAST_ROWS || rows < least ? NULL
                                                                    : eval_thin(f->problem, rows);
}

/* Fewer and fewer rows, as long as they say enough. A search that fails on the fewest begins on
 * more. */
bool few_start(fit_state *f)
{
    mlec_problem *levels[LEVELS] = {few_rows(f)};
    size_t n = levels[0] != NULL, least = ROWS_OF_ELEMENT * f->info->n_theta;
    least = least > LEAST_LAST ? least : LEAST_LAST;
    for (size_t m = f->info->rows_used / THINNER / THINNER; n > 0 && n < LEVELS && m >= least;
         m /= THINNER) {
        levels[n] = eval_thin(f->problem, m);
        if (!levels[n++])
            return false;
    }
    bool found = false;
    f->rough = true;
    while (n-- > 0 && f->last.status != NEWTON_STOPPED)
        found = climb_on_few(f, levels[n], !found);
    f->rough = false;
    return found;
}
