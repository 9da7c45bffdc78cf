/* The graph of a model: hash-consed nodes, 32-bit ids in topological order.
 *
 * Operands come before their users, so sweeps are plain loops. A node knows its axis (what it
 * varies over) and whether it depends on data or on parameters; both are fixed when it is made.
 * This file only stores nodes; the one constructor that everybody uses, which folds constants and
 * simplifies, is in compiler/fold/fold.h. */
#ifndef COMPILER_DAG_DAG_H
#define COMPILER_DAG_DAG_H

#include "base/alloc.h"
#include "base/buf.h"
#include "runtime/calc/jet.h"

#include <mlec_model.h>

typedef enum {
#define OP(id, name, arity, class)                  OP_##id,
#define MATH(id, name, arity)                       OP_##id,
#define JET_NUMBER(id, name, family, arity, number) OP_##id,
#include "compiler/dag/ops.def"
#undef OP
#undef MATH
#undef JET_NUMBER
    OP_COUNT_
} op_id;

typedef enum { OP_LEAF, OP_ARITH, OP_CHOICE, OP_STEP, OP_MATH, OP_JET, OP_AXIS } op_class;

typedef struct {
    const char *name;
    uint8_t arity;
    op_class class;
    uint8_t family, number; /* JET: a jet_family, and which of its numbers */
} op_info;
extern const op_info op_table[OP_COUNT_];
/* The MATH or JET operator with this name, or -1. */
int op_find_math(const char *name);

typedef uint32_t node; /* 0: none */

enum { AXIS_ONE = 0, AXIS_ROW = 1 };
enum {
    NODE_DATA = 1,  /* depends on data, or varies by row */
    NODE_PARAM = 2, /* depends on parameters */
    NODE_STATE = 4, /* depends on a scan's state */
    NODE_DEPENDS = NODE_DATA | NODE_PARAM | NODE_STATE,
    /* What is known of its values, where it has any; the domains of rewrite rules ask. */
    NODE_NONNEGATIVE = 8, /* none below 0 */
    NODE_UNIT = 16,       /* between 0 and 1 */
    NODE_WHOLE = 32,      /* whole numbers */
    NODE_KNOWN = NODE_NONNEGATIVE | NODE_UNIT | NODE_WHOLE,
    NODE_POSITIVE = 64 /* none at or below 0: a product may be, so this is for data and choices */
};

typedef struct {
    uint8_t op;
    uint8_t flags;
    uint16_t axis;
    node arg[3];
    /* CONST: value. COLUMN, CODE, INDICATOR, MISSING: x column (INDICATOR: y text). SIZE: x axis.
     * UNKNOWN: x reference. INPUT: x number. DOT, DESIGN: x its number (DESIGN: y rows back).
     * LOG_SUM: x formula. LAST: x column + 1, or 0. GROUP_SUM, GATHER: x column, y rows back. LAG,
     * LAGGED: y rows back (LAGGED: x state). SCAN: x state. */
    union {
        double value;
        struct {
            uint32_t x, y;
        };
    };
} dag_node;

/* What an UNKNOWN leaf reads: an element, a gather, or the whole of a parameter (SAME). */
typedef struct {
    uint32_t param;
    mlec_index index[2]; /* as in mlec_block; CODE's value is a column here */
    bool scalar;         /* the parameter has no axis; both indices are CONST 0 */
    uint32_t lag;        /* the codes are those so many rows earlier */
} dag_reference;

/* dot(x, b): columns against the elements of a parameter over an INDEX axis. */
typedef struct {
    uint32_t param;
    node *columns;
    uint32_t count;
} dag_dot;

/* A row of a formula's design times its coefficients; LEVEL or CODE: those of a level. */
typedef struct {
    uint32_t formula;
    mlec_index level; /* CODE's value is a column */
} dag_design;

/* A definition that refers to its past. */
typedef struct {
    const char *name;
    node body; /* in terms of LAGGED leaves */
} dag_state;

typedef struct {
    arena *arena;
    VEC(dag_node) nodes; /* [0] is unused */
    node *slots;
    uint32_t n_slots;
    VEC(mlec_axis) axes; /* [0] ONE, [1] ROW */
    VEC(dag_reference) references;
    VEC(dag_dot) dots;
    VEC(dag_design) designs;
    VEC(dag_state) states;
    VEC(const char *) texts;
} dag;

void dag_init(dag *g, arena *a);
/* The id of the node equal to `n` (made if new). Sets nothing but what is given. */
node dag_intern(dag *g, dag_node n);
static inline const dag_node *dag_at(const dag *g, node n) { return &g->nodes.data[n]; }
uint16_t dag_axis(dag *g, mlec_axis axis);
uint32_t dag_text(dag *g, const char *text);
/* A reference's number; equal references share one. */
uint32_t dag_refer(dag *g, dag_reference r);
uint32_t dag_design_number(dag *g, dag_design d); /* likewise */

/* Nodes reachable from `roots`, marked in `seen` (g->nodes.count bytes, zeroed by the caller). */
void dag_mark(const dag *g, const node *roots, uint32_t n, uint8_t *seen);

/* How a dump names what leaves refer to. */
typedef struct {
    const char *(*column)(void *user, uint32_t column);
    const char *(*param)(void *user, uint32_t param);
    const char *(*input)(void *user, uint32_t input);
    void *user;
} dag_names;
/* One line a node: `%7 = mul %3 %5`, in topological order, of what `roots` reach. */
void dag_dump(const dag *g, const node *roots, const char *const *labels, uint32_t n,
              const dag_names *names, buf *out);
/* A node as an expression in the language's own notation, at most `depth` levels deep. */
void dag_print(const dag *g, node n, int depth, const dag_names *names, buf *out);
void dag_print_leaf(const dag *g, node n, const dag_names *names, buf *out);

#endif
