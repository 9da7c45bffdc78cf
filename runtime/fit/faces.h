/* Optima on edges: active constraints, and kinks of the objective.
 *
 * An edge is where an affine function u of the parameters is zero: a constraint, the bound of a
 * straight parameter (eval.h), or a kink. The edges on which a point lies span its face, along
 * which the objective is smooth. faces_descend finds the face of the optimum; Newton's method
 * (newton.h) then works on it as anywhere else, and everything that it can say of an optimum it
 * says there. */
#ifndef RUNTIME_FIT_FACES_H
#define RUNTIME_FIT_FACES_H

#include "runtime/fit/fit.h"

/* NULL for a problem without edges. */
faces *faces_new(fit_state *f);
/* From f->theta: descends, and ties the space to the face of the point it reaches, which becomes
 * f->theta. False: the point was optimal with respect to all edges, by forces that each of them can
 * bear; it stays, on its face. */
bool faces_descend(fit_state *f);
/* Where the face is flat: goes on to the next edge. False: there is none. */
bool faces_follow_flat(fit_state *f);
/* Whether an inequality is active. */
bool faces_bounded(const fit_state *f);
/* Forgets the face: the next search starts anywhere. */
void faces_forget(fit_state *f);

/* What the face does to element i. */
typedef enum {
    FACE_FREE,
    FACE_BOUND, /* held by one constraint on it alone, or by a bound of its type */
    FACE_ZERO,  /* held by an edge of a prior */
    FACE_KINK   /* it is in a kink of the likelihood: there is no observed information about it */
} face_role;
face_role faces_role(const fit_state *f, size_t i);
/* Dimensions that penalties and equalities take away. */
size_t faces_lost_dimensions(const fit_state *f);
/* Says which constraints are active, what is zero, and on which kinks the optimum lies. */
void faces_report(fit_state *f);

#endif
