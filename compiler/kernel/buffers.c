/* Buffers: everything that is known once data are bound. */
#include "compiler/kernel/kernel.h"

#include <string.h>

static uint32_t push_buffer(kernel *k, mlec_buffer buffer, node n)
{
    VEC_PUSH(k->arena, k->buffers, buffer);
    VEC_PUSH(k->arena, k->buffer_nodes, n);
    return k->buffers.count - 1;
}

uint32_t kernel_codes(kernel *k, uint32_t column, uint32_t lag)
{
    for (uint32_t i = 0; i < k->buffers.count; i++)
        if (k->buffers.data[i].kind == MLEC_BUFFER_CODES && k->buffers.data[i].source == column &&
            k->buffers.data[i].lag == lag)
            return i;
    k->b->m->columns.data[column].mentioned = true;
    mlec_buffer b = {.kind = MLEC_BUFFER_CODES, .axis = AXIS_ROW, .source = column, .lag = lag};
    return push_buffer(k, b, 0);
}

uint32_t kernel_variable(kernel *k, uint32_t column)
{
    for (uint32_t i = 0; i < k->buffers.count; i++)
        if (k->buffers.data[i].kind == MLEC_BUFFER_VARIABLE && k->buffers.data[i].source == column)
            return i;
    return push_buffer(
        k, (mlec_buffer){.kind = MLEC_BUFFER_VARIABLE, .axis = AXIS_ROW, .source = column}, 0);
}

/* Leaves and axis operators under `n`: the inputs of the map that computes it. */
static void collect(kernel *k, node n, uint8_t *seen, node *list, uint32_t *count)
{
    const dag *g = &k->b->g;
    if (seen[n])
        return;
    seen[n] = 1;
    const dag_node *d = dag_at(g, n);
    if (d->op == OP_CONST)
        return;
    if (op_table[d->op].arity == 0 || op_table[d->op].class == OP_AXIS) {
        list[(*count)++] = n;
        return;
    }
    for (int i = 0; i < op_table[d->op].arity; i++)
        collect(k, dag_at(g, n)->arg[i], seen, list, count);
}

static node replace(dag *g, node n, const node *from, const node *to, uint32_t count, node *memo)
{
    if (memo[n])
        return memo[n];
    for (uint32_t i = 0; i < count; i++)
        if (from[i] == n)
            return to[i];
    dag_node d = *dag_at(g, n);
    node args[3] = {0, 0, 0};
    for (int i = 0; i < op_table[d.op].arity; i++)
        args[i] = replace(g, d.arg[i], from, to, count, memo);
    return memo[n] = fold_like(g, n, args);
}

static uint32_t map_buffer(kernel *k, node n)
{
    dag *g = &k->b->g;
    uint16_t axis = dag_at(g, n)->axis;
    uint8_t *seen = ARENA_ARRAY(k->arena, uint8_t, g->nodes.count);
    node *from = ARENA_ARRAY(k->arena, node, n + 1);
    uint32_t count = 0;
    collect(k, n, seen, from, &count);
    uint32_t *inputs = ARENA_ARRAY(k->arena, uint32_t, count + 1);
    kernel_input *slots = ARENA_ARRAY(k->arena, kernel_input, count + 1);
    node *to = ARENA_ARRAY(k->arena, node, count + 1);
    uint32_t n_rows = 0, n_scalars = 0;
    for (uint32_t i = 0; i < count; i++) {
        inputs[i] = kernel_buffer(k, from[i]);
        bool varies = dag_at(g, from[i])->axis != AXIS_ONE;
        slots[i] = (kernel_input){.varies = varies,
                                  .slot = varies ? n_rows++ : n_scalars++,
                                  .name = arena_printf(k->arena, "d%u", inputs[i])};
        to[i] = fold_leaf(g, OP_INPUT, i, 0, varies ? AXIS_ROW : AXIS_ONE, NODE_DATA);
    }
    node *memo = ARENA_ARRAY(k->arena, node, n + 1);
    node *output = ARENA_ARRAY(k->arena, node, 1);
    output[0] = replace(g, n, from, to, count, memo);
    uint32_t id = push_buffer(
        k,
        (mlec_buffer){.kind = MLEC_BUFFER_MAP, .axis = axis, .inputs = inputs, .n_inputs = count},
        n);
    VEC_PUSH(k->arena, k->functions,
             (kernel_function){.name = arena_printf(k->arena, "data%u", id),
                               .role = KERNEL_DATA,
                               .owner = id,
                               .inputs = slots,
                               .n_inputs = count,
                               .outputs = output,
                               .n_outputs = 1,
                               .n_scalars = n_scalars});
    return id;
}

static uint32_t axis_buffer(kernel *k, node n)
{
    dag_node d = *dag_at(&k->b->g, n);
    uint32_t *inputs = ARENA_ARRAY(k->arena, uint32_t, 2);
    mlec_buffer b = {.axis = d.axis, .inputs = inputs, .n_inputs = 1};
    inputs[0] = kernel_buffer(k, d.arg[0]);
    switch ((op_id)d.op) {
    case OP_SUM: b.kind = MLEC_BUFFER_SUM; break;
    case OP_MINIMUM: b.kind = MLEC_BUFFER_MIN; break;
    case OP_MAXIMUM: b.kind = MLEC_BUFFER_MAX; break;
    case OP_LAG:
        b.kind = MLEC_BUFFER_LAG;
        b.lag = d.y;
        break;
    default:
        b.kind = d.op == OP_GATHER ? MLEC_BUFFER_GATHER : MLEC_BUFFER_GROUP_SUM;
        inputs[1] = kernel_codes(k, d.x, d.op == OP_GATHER ? d.y : 0);
        b.n_inputs = 2;
    }
    return push_buffer(k, b, n);
}

static uint32_t last_buffer(kernel *k, node n)
{
    dag_node d = *dag_at(&k->b->g, n);
    uint32_t *inputs = ARENA_ARRAY(k->arena, uint32_t, 1);
    mlec_buffer b = {.kind = MLEC_BUFFER_LAST, .axis = d.axis, .inputs = inputs};
    if (d.x) {
        inputs[0] = kernel_codes(k, d.x - 1, 0);
        b.n_inputs = 1;
    }
    return push_buffer(k, b, n);
}

uint32_t kernel_buffer(kernel *k, node n)
{
    for (uint32_t i = 0; i < k->buffers.count; i++)
        if (k->buffer_nodes.data[i] == n)
            return i;
    dag *g = &k->b->g;
    dag_node d = *dag_at(g, n);
    if (op_table[d.op].class == OP_AXIS)
        return axis_buffer(k, n);
    if (d.op == OP_LAST)
        return last_buffer(k, n);
    if (op_table[d.op].arity > 0 || d.op == OP_CONST)
        return map_buffer(k, n);
    mlec_buffer b = {.axis = d.axis, .source = d.x};
    switch ((op_id)d.op) {
    case OP_COLUMN: b.kind = MLEC_BUFFER_COLUMN; break;
    case OP_CODE: b.kind = MLEC_BUFFER_CODE_VALUE; break;
    case OP_INDICATOR:
        b.kind = MLEC_BUFFER_INDICATOR;
        b.text = g->texts.data[d.y];
        break;
    case OP_MISSING: b.kind = MLEC_BUFFER_MISSING; break;
    case OP_ROW: b.kind = MLEC_BUFFER_ROW; break;
    case OP_COUNT: b.kind = MLEC_BUFFER_COUNT; break;
    default: b.kind = MLEC_BUFFER_SIZE;
    }
    return push_buffer(k, b, n);
}
