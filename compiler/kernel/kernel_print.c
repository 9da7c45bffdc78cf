/* The plan and the graphs of its maps as text: `mlec emit --plan | --graph | --gradient |
 * --hessian`. */
#include "compiler/kernel/kernel.h"

#include <math.h>
#include <string.h>

static const char *column_name(const kernel *k, uint32_t i)
{
    return k->b->m->columns.data[i].name;
}

static const char *axis_name(const kernel *k, uint32_t i, buf *out)
{
    const mlec_axis *a = &k->plan.axes[i];
    switch (a->kind) {
    case MLEC_AXIS_ONE: return "one";
    case MLEC_AXIS_ROW: return "row";
    case MLEC_AXIS_FACTOR:
        return arena_printf(out->arena, "level of %s", column_name(k, a->column));
    case MLEC_AXIS_CONTRASTS:
        return arena_printf(out->arena, "level of %s but the first", column_name(k, a->column));
    case MLEC_AXIS_TERMS:
        return arena_printf(out->arena, "%s of %s", a->size ? "slope" : "coefficient",
                            k->b->m->formulas.data[a->column].name);
    case MLEC_AXIS_INDEX: return arena_printf(out->arena, "1..%u", a->size);
    default:
        return arena_printf(out->arena, "%s x %s", axis_name(k, a->outer, out),
                            axis_name(k, a->inner, out));
    }
}

static const char *unknown_name(const kernel *k, uint32_t i)
{
    const model *m = k->b->m;
    if (i < m->params.count)
        return m->params.data[i].name;
    return arena_printf(k->arena, "cut%u", i - m->params.count);
}

static void print_buffer(const kernel *k, uint32_t i, buf *out)
{
    static const char *const kinds[] = {
        [MLEC_BUFFER_COLUMN] = "column",
        [MLEC_BUFFER_CODES] = "codes of",
        [MLEC_BUFFER_VARIABLE] = "number or codes of",
        [MLEC_BUFFER_CODE_VALUE] = "code of",
        [MLEC_BUFFER_INDICATOR] = "indicator",
        [MLEC_BUFFER_MISSING] = "missing",
        [MLEC_BUFFER_ROW] = "row number",
        [MLEC_BUFFER_LAST] = "last row",
        [MLEC_BUFFER_COUNT] = "number of rows",
        [MLEC_BUFFER_SIZE] = "axis length",
        [MLEC_BUFFER_MAP] = "map",
        [MLEC_BUFFER_SUM] = "sum",
        [MLEC_BUFFER_MIN] = "minimum",
        [MLEC_BUFFER_MAX] = "maximum",
        [MLEC_BUFFER_GROUP_SUM] = "group sum",
        [MLEC_BUFFER_GATHER] = "gather",
        [MLEC_BUFFER_LAG] = "lag",
    };
    const mlec_buffer *b = &k->plan.buffers[i];
    buf_printf(out, "  d%-3u %-14s %s", i, axis_name(k, b->axis, out), kinds[b->kind]);
    if (b->kind <= MLEC_BUFFER_MISSING)
        buf_printf(out, " %s", column_name(k, b->source));
    if (b->kind == MLEC_BUFFER_INDICATOR)
        buf_printf(out, " == \"%s\"", b->text);
    if (b->kind == MLEC_BUFFER_LAG || (b->kind == MLEC_BUFFER_CODES && b->lag))
        buf_printf(out, " %u", b->lag);
    for (uint32_t j = 0; j < b->n_inputs; j++)
        buf_printf(out, " d%u", b->inputs[j]);
    buf_putc(out, '\n');
}

static void print_block(const kernel *k, const mlec_block *b, buf *out)
{
    if (b->scale == -1)
        buf_puts(out, "-");
    else if (b->scale != 1)
        buf_printf(out, "%g*", b->scale);
    if (b->multiplier >= 0)
        buf_printf(out, "d%d*", b->multiplier);
    if (b->kind == MLEC_BLOCK_STATE) {
        if (b->index[1].value)
            buf_printf(out, "lag(%s, %u)", k->plan.states[b->unknown], b->index[1].value);
        else
            buf_puts(out, k->plan.states[b->unknown]);
        return;
    }
    const char *name = unknown_name(k, b->unknown);
    if (b->kind == MLEC_BLOCK_ALL) {
        buf_printf(out, "sum(%s)", name);
        return;
    }
    if (b->kind == MLEC_BLOCK_DOT) {
        buf_printf(out, "dot([d%u .. %u columns], %s)", b->columns[0], b->n_columns, name);
        return;
    }
    if (b->kind == MLEC_BLOCK_DESIGN) {
        const mlec_index *level = &b->index[0];
        buf_printf(out, "design(%s", name);
        if (level->kind == MLEC_INDEX_LEVEL)
            buf_printf(out, ", \"%s\"", level->text);
        else if (level->kind == MLEC_INDEX_CODE)
            buf_printf(out, ", d%u", level->value);
        if (b->index[1].value)
            buf_printf(out, ", %u rows before", b->index[1].value);
        buf_putc(out, ')');
        return;
    }
    buf_puts(out, name);
    if (k->plan.axes[k->plan.unknowns[b->unknown].axis].kind == MLEC_AXIS_ONE)
        return;
    bool product = k->plan.axes[k->plan.unknowns[b->unknown].axis].kind == MLEC_AXIS_PRODUCT;
    buf_putc(out, '[');
    for (int i = product ? 0 : 1; i < 2; i++) {
        const mlec_index *ix = &b->index[i];
        if (product && i == 1)
            buf_puts(out, ", ");
        if (ix->kind == MLEC_INDEX_CONST)
            buf_printf(out, "%u", ix->value + 1);
        else if (ix->kind == MLEC_INDEX_SAME)
            buf_puts(out, ".");
        else if (ix->kind == MLEC_INDEX_CODE)
            buf_printf(out, "d%u", ix->value);
        else
            buf_printf(out, "\"%s\"", ix->text);
    }
    buf_putc(out, ']');
}

static const kernel_map *map_of(const kernel *k, uint32_t stage)
{
    for (uint32_t i = 0; i < k->maps.count; i++)
        if (k->maps.data[i].stage == stage)
            return &k->maps.data[i];
    return NULL;
}

static const kernel_function *function_of(const kernel *k, uint32_t stage, kernel_role role)
{
    for (uint32_t i = 0; i < k->functions.count; i++)
        if (k->functions.data[i].owner == stage && k->functions.data[i].role == role)
            return &k->functions.data[i];
    return NULL;
}

static uint32_t count_nodes(const kernel *k, const kernel_function *f)
{
    const dag *g = &k->b->g;
    uint8_t *seen = ARENA_ARRAY(k->arena, uint8_t, g->nodes.count);
    dag_mark(g, f->outputs, f->n_outputs, seen);
    uint32_t n = 0;
    for (node i = 1; i < g->nodes.count; i++)
        n += seen[i] && op_table[dag_at(g, i)->op].arity > 0;
    return n;
}

static bool reads_states(const kernel *k, const mlec_stage *s)
{
    for (uint32_t a = 0; a < s->n_active; a++) {
        const mlec_stage *l = &k->plan.stages[s->active[a]];
        for (uint32_t b = 0; b < l->n_blocks; b++)
            if (l->blocks[b].kind == MLEC_BLOCK_STATE)
                return true;
    }
    return false;
}

static bool reads_log_sum(const kernel *k, const mlec_stage *s)
{
    for (uint32_t a = 0; a < s->n_active; a++)
        if (k->plan.stages[s->active[a]].kind == MLEC_STAGE_LOG_SUM)
            return true;
    return false;
}

/* The tricks, in the order in which they are tried, by which a sum over rows may be made of fewer
 * rows, once data are bound. */
static void print_reductions(const kernel *k, const mlec_stage *s, buf *out)
{
    uint32_t without = k->b->m->options->without, degrees = s->map.degrees;
    if (s->kind != MLEC_STAGE_MAP || s->axis != AXIS_ROW || s->reduce != MLEC_REDUCE_SUM ||
        reads_states(k, s))
        return;
    if (degrees > 1 && !reads_log_sum(k, s) && !(without >> MLEC_TRICK_MOMENTS & 1))
        buf_printf(out, "       moments   of degree %s: many rows become %s\n",
                   degrees >> 2 ? (degrees >> 1 & 1 ? "1 and 2" : "2") : "1",
                   degrees >> 2 ? (degrees >> 1 & 1 ? "two for each column, and one"
                                                    : "one for each column, and one")
                                : "one");
    if (!(without >> MLEC_TRICK_MERGE & 1))
        buf_puts(out, "       merge     where few of many rows differ, equal ones are counted\n");
}

static void print_map(const kernel *k, uint32_t id, buf *out)
{
    const mlec_stage *s = &k->plan.stages[id];
    const kernel_map *m = map_of(k, id);
    static const char *const targets[] = {"log-likelihood", "log-prior", "cut", "derived", "state"};
    buf_printf(out, "  s%-3u %-7s %-14s -> %s", id, s->kind == MLEC_STAGE_SCAN ? "scan" : "map",
               axis_name(k, s->axis, out), targets[s->target]);
    if (s->target == MLEC_TARGET_UNKNOWN)
        buf_printf(out, " %s", unknown_name(k, s->target_index));
    if (s->target == MLEC_TARGET_STATE)
        buf_printf(out, " %s, %s", k->plan.states[s->target_index],
                   s->past == MLEC_PAST_NONLINEAR ? "row after row"
                                                  : "linear in its past: solved by strips");
    if (s->target == MLEC_TARGET_DERIVED)
        buf_printf(out, " %s", k->plan.derived[s->target_index].name);
    buf_printf(out, "%s\n",
               s->reduce == MLEC_REDUCE_GROUP ? ", summed by group"
               : s->reduce == MLEC_REDUCE_SUM ? ", summed"
                                              : "");
    buf_puts(out, "       inputs ");
    for (uint32_t i = 0; i < s->n_active; i++)
        buf_printf(out, "%s%s = s%u", i ? ", " : "", m->inputs[i].name, s->active[i]);
    for (uint32_t i = 0; i < s->n_data; i++)
        buf_printf(out, "%sd%u", i + s->n_active ? ", " : "", s->data[i]);
    buf_putc(out, '\n');
    static const char *const variants[] = {"data",    "value",    "gradient",
                                           "hessian", "expected", "kinks"};
    for (uint32_t i = 0; i < s->n_tables; i++) {
        const mlec_table *t = &s->tables[i];
        buf_printf(out,
                   "       tables    %u function%s of d%u: looked up where it has few values\n",
                   t->function.n_outputs, t->function.n_outputs > 1 ? "s" : "", s->data[t->data]);
    }
    for (int v = KERNEL_VALUE; v <= KERNEL_KINKS; v++) {
        const kernel_function *f = function_of(k, id, (kernel_role)v);
        if (f)
            buf_printf(out, "       %-9s %3u operations, %u of them once for each evaluation\n",
                       variants[v], count_nodes(k, f), f->n_hoisted);
    }
    print_reductions(k, s, out);
    if (s->map.n_pairs) {
        buf_puts(out, "       curvature in");
        for (uint32_t i = 0; i < s->map.n_pairs; i++)
            buf_printf(out, " (%s, %s)", m->inputs[s->map.pairs[2 * i]].name,
                       m->inputs[s->map.pairs[2 * i + 1]].name);
        buf_putc(out, '\n');
    }
}

/* The tricks of a fit, as far as the plan decides on them. */
static void print_fit(const kernel *k, buf *out)
{
    const mlec_plan *p = &k->plan;
    bool rows = false, whole = p->n_constraints > 0;
    for (uint32_t i = 0; i < p->n_stages; i++) {
        const mlec_stage *s = &p->stages[i];
        if (s->kind != MLEC_STAGE_MAP)
            continue;
        rows |= s->target == MLEC_TARGET_LIKELIHOOD && s->axis == AXIS_ROW;
        whole |= s->reduce == MLEC_REDUCE_GROUP || s->map.n_kinks > 0;
    }
    if (rows && !whole && !(k->b->m->options->without >> MLEC_TRICK_THIN & 1))
        buf_puts(out,
                 "for each fit\n"
                 "  thin      of many rows: the optimum over an eighth of them is the start\n");
}

void kernel_print(const kernel *k, buf *out)
{
    const mlec_plan *p = &k->plan;
    buf_puts(out, "columns\n");
    for (uint32_t i = 0; i < p->n_columns; i++)
        buf_printf(out, "  %s : %s%s\n", p->columns[i].name,
                   k->b->m->columns.data[i].type_text ? k->b->m->columns.data[i].type_text
                                                      : "as the data say",
                   p->columns[i].as_codes ? ", as level codes" : "");
    if (p->series.declared)
        buf_puts(out, "series\n");
    if (p->series.order >= 0)
        buf_printf(out, "  rows in the order of %s\n", column_name(k, (uint32_t)p->series.order));
    if (p->series.by >= 0)
        buf_printf(out, "  one for each level of %s\n", column_name(k, (uint32_t)p->series.by));
    buf_puts(out, "parameters\n");
    for (uint32_t i = 0; i < p->n_params; i++)
        buf_printf(out, "  %s : %s, %s\n", p->params[i].name, p->params[i].type_text,
                   axis_name(k, p->params[i].axis, out));
    buf_puts(out, "once, when data are bound\n");
    if (p->n_columns && !(k->b->m->options->without >> MLEC_TRICK_NARROW & 1))
        buf_puts(out, "  narrow    flags, small integers and floats are kept as such, and widened "
                      "by strips\n");
    for (uint32_t i = 0; i < p->n_buffers; i++)
        print_buffer(k, i, out);
    if (p->n_constants) {
        buf_puts(out, "  constant of the log-likelihood:");
        for (uint32_t i = 0; i < p->n_constants; i++)
            buf_printf(out, "%s d%u", i ? " +" : "", p->constants[i]);
        buf_putc(out, '\n');
    }
    buf_puts(out, "for each evaluation\n");
    for (uint32_t i = 0; i < p->n_stages; i++) {
        const mlec_stage *s = &p->stages[i];
        if (s->kind != MLEC_STAGE_LINEAR && s->kind != MLEC_STAGE_LOG_SUM) {
            print_map(k, i, out);
            continue;
        }
        buf_printf(out, "  s%-3u %-7s %-14s ", i,
                   s->kind == MLEC_STAGE_LINEAR ? "linear" : "log-sum", axis_name(k, s->axis, out));
        for (uint32_t b = 0; b < s->n_blocks; b++) {
            if (b)
                buf_puts(out, " + ");
            print_block(k, &s->blocks[b], out);
        }
        buf_putc(out, '\n');
    }
    for (uint32_t i = 0; i < p->n_constraints; i++) {
        const mlec_constraint *c = &p->constraints[i];
        buf_printf(out, "  constraint: s%u", c->part);
        if (c->offset >= 0)
            buf_printf(out, " + d%d", c->offset);
        if (c->constant != 0)
            buf_printf(out, " %c %g", c->constant < 0 ? '-' : '+', fabs(c->constant));
        buf_printf(out, " %s 0\n", c->equality ? "==" : ">=");
    }
    print_fit(k, out);
}

/* ---- Graphs ------------------------------------------------------------------------------------
 */

typedef struct {
    const kernel *k;
    const kernel_map *map;
} print_names;

static const char *name_column(void *user, uint32_t i)
{
    return column_name(((print_names *)user)->k, i);
}

static const char *name_param(void *user, uint32_t i)
{
    return unknown_name(((print_names *)user)->k, i);
}

static const char *name_input(void *user, uint32_t i)
{
    return ((print_names *)user)->map->inputs[i].name;
}

void kernel_print_graphs(const kernel *k, int which, buf *out)
{
    for (uint32_t i = 0; i < k->maps.count; i++) {
        const kernel_map *m = &k->maps.data[i];
        const mlec_stage *s = &k->plan.stages[m->stage];
        print_names user = {k, m};
        dag_names names = {name_column, name_param, name_input, &user};
        uint32_t n = 1 + (which > 0 ? m->n_active : 0) + (which > 1 ? m->n_pairs : 0), c = 0;
        node *roots = ARENA_ARRAY(k->arena, node, n);
        const char **labels = ARENA_ARRAY(k->arena, const char *, n);
        roots[c] = m->value;
        labels[c++] = "F";
        for (uint32_t a = 0; which > 0 && a < m->n_active; a++) {
            roots[c] = m->gradient[a];
            labels[c++] = arena_printf(k->arena, "dF/d%s", m->inputs[a].name);
        }
        for (uint32_t a = 0; which > 1 && a < m->n_pairs; a++) {
            roots[c] = m->pairs[a];
            labels[c++] = arena_printf(k->arena, "d2F/d%s d%s", m->inputs[s->map.pairs[2 * a]].name,
                                       m->inputs[s->map.pairs[2 * a + 1]].name);
        }
        if (k->plan.n_statements && s->target != MLEC_TARGET_UNKNOWN &&
            s->target != MLEC_TARGET_STATE)
            buf_printf(out, "# %s\n", k->plan.statements[s->statement].text);
        dag_dump(&k->b->g, roots, labels, c, &names, out);
    }
}
