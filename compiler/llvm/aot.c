/* The object of `mlec build`: functions, and the plan as constant data.
 *
 * Each table becomes a constant of its bytes as they lie in memory here, with relocations where it
 * holds pointers. So the tables have one description, the structs of mlec_model.h, and this file
 * names their pointers alone. */
#include "compiler/llvm/machine.h"
#include "compiler/llvm/object.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

typedef struct {
    size_t offset;
    LLVMValueRef target;
} relocation;

typedef struct {
    l_emit *e;
    kernel *k;
    unsigned next; /* number of the next private constant */
} image;

/* A table while it is put together. */
typedef struct {
    image *m;
    char *bytes;
    size_t size;
    VEC(relocation) relocations;
} table;

static LLVMValueRef finish(table *t, const char *name)
{
    l_emit *e = t->m->e;
    LLVMValueRef *parts = ARENA_ARRAY(e->arena, LLVMValueRef, 2 * t->relocations.count + 1);
    unsigned n = 0;
    size_t at = 0;
    for (uint32_t i = 0; i <= t->relocations.count; i++) {
        size_t end = i < t->relocations.count ? t->relocations.data[i].offset : t->size;
        if (end > at)
            parts[n++] = LLVMConstStringInContext2(e->context, t->bytes + at, end - at, true);
        if (i == t->relocations.count)
            break;
        parts[n++] = t->relocations.data[i].target;
        at = end + sizeof(void *);
    }
    LLVMValueRef data = LLVMConstStructInContext(e->context, parts, n, true);
    char own[32];
    snprintf(own, sizeof own, "table%u", t->m->next++);
    LLVMValueRef g = LLVMAddGlobal(e->module, LLVMTypeOf(data), name ? name : own);
    LLVMSetInitializer(g, data);
    LLVMSetGlobalConstant(g, true);
    LLVMSetAlignment(g, 16);
    LLVMSetLinkage(g, name ? LLVMExternalLinkage : LLVMPrivateLinkage);
    return g;
}

/* Pointers are named in ascending order of offset; without a target they are NULL in the object. */
static void point(table *t, size_t offset, LLVMValueRef target)
{
    memset(t->bytes + offset, 0, sizeof(void *));
    if (target)
        VEC_PUSH(t->m->e->arena, t->relocations, (relocation){offset, target});
}

static table begin(image *m, const void *data, size_t size)
{
    table t = {.m = m, .bytes = arena_alloc(m->e->arena, size), .size = size};
    if (size)
        memcpy(t.bytes, data, size);
    return t;
}

static LLVMValueRef plain(image *m, const void *data, size_t size)
{
    if (!data || !size)
        return NULL;
    table t = begin(m, data, size);
    return finish(&t, NULL);
}

static LLVMValueRef text(image *m, const char *s) { return s ? plain(m, s, strlen(s) + 1) : NULL; }

static LLVMValueRef numbers(image *m, const uint32_t *x, uint32_t n)
{
    return plain(m, x, n * sizeof *x);
}

static LLVMValueRef texts(image *m, const char *const *list, uint32_t n)
{
    if (!list || !n)
        return NULL;
    table t = begin(m, list, n * sizeof *list);
    for (uint32_t i = 0; i < n; i++)
        point(&t, i * sizeof *list, text(m, list[i]));
    return finish(&t, NULL);
}

/* A function of the plan at `offset` of a table. */
static void point_function(table *t, size_t offset, const mlec_function *at)
{
    LLVMValueRef code = NULL, prologue = NULL;
    const kernel *k = t->m->k;
    for (uint32_t i = 0; i < k->functions.count; i++) {
        const kernel_function *f = &k->functions.data[i];
        if (f->slot != at || f->set == KERNEL_ORDERS)
            continue;
        char name[128];
        snprintf(name, sizeof name, "%s_prologue", f->name);
        code = LLVMGetNamedFunction(t->m->e->module, f->name);
        prologue = f->n_hoisted ? LLVMGetNamedFunction(t->m->e->module, name) : NULL;
    }
    point(t, offset + offsetof(mlec_function, code), code);
    point(t, offset + offsetof(mlec_function, prologue), prologue);
    point(t, offset + offsetof(mlec_function, strip), NULL);
    point(t, offset + offsetof(mlec_function, strip_prologue), NULL);
}

#define AT(i, type, field) ((i) * sizeof(type) + offsetof(type, field))

static LLVMValueRef columns(image *m, const mlec_column *x, uint32_t n)
{
    table t = begin(m, x, n * sizeof *x);
    for (uint32_t i = 0; i < n; i++) {
        point(&t, AT(i, mlec_column, name), text(m, x[i].name));
        point(&t, AT(i, mlec_column, levels), texts(m, x[i].levels, x[i].n_levels));
        point(&t, AT(i, mlec_column, reference), text(m, x[i].reference));
    }
    return n ? finish(&t, NULL) : NULL;
}

static LLVMValueRef params(image *m, const mlec_param *x, uint32_t n)
{
    table t = begin(m, x, n * sizeof *x);
    for (uint32_t i = 0; i < n; i++) {
        point(&t, AT(i, mlec_param, name), text(m, x[i].name));
        point(&t, AT(i, mlec_param, type_text), text(m, x[i].type_text));
        point(&t, AT(i, mlec_param, start), plain(m, x[i].start, x[i].n_start * sizeof(double)));
    }
    return n ? finish(&t, NULL) : NULL;
}

static LLVMValueRef buffers(image *m, const mlec_buffer *x, uint32_t n)
{
    table t = begin(m, x, n * sizeof *x);
    for (uint32_t i = 0; i < n; i++) {
        point(&t, AT(i, mlec_buffer, text), text(m, x[i].text));
        point(&t, AT(i, mlec_buffer, inputs), numbers(m, x[i].inputs, x[i].n_inputs));
        point_function(&t, AT(i, mlec_buffer, map), &x[i].map);
    }
    return n ? finish(&t, NULL) : NULL;
}

static LLVMValueRef variables(image *m, const mlec_variable *x, uint32_t n)
{
    table t = begin(m, x, n * sizeof *x);
    for (uint32_t i = 0; i < n; i++) {
        bool named = x[i].kind == MLEC_VARIABLE_COLUMNS;
        point(&t, AT(i, mlec_variable, text), text(m, x[i].text));
        point(&t, AT(i, mlec_variable, buffers), numbers(m, x[i].buffers, x[i].n_buffers));
        point(&t, AT(i, mlec_variable, names), named ? texts(m, x[i].names, x[i].n_buffers) : NULL);
        point(&t, AT(i, mlec_variable, reference), text(m, x[i].reference));
    }
    return n ? finish(&t, NULL) : NULL;
}

static LLVMValueRef terms(image *m, const mlec_term *x, uint32_t n)
{
    table t = begin(m, x, n * sizeof *x);
    for (uint32_t i = 0; i < n; i++)
        point(&t, AT(i, mlec_term, variables), numbers(m, x[i].variables, x[i].n_variables));
    return n ? finish(&t, NULL) : NULL;
}

static LLVMValueRef formulas(image *m, const mlec_formula *x, uint32_t n)
{
    table t = begin(m, x, n * sizeof *x);
    for (uint32_t i = 0; i < n; i++) {
        point(&t, AT(i, mlec_formula, name), text(m, x[i].name));
        point(&t, AT(i, mlec_formula, variables), variables(m, x[i].variables, x[i].n_variables));
        point(&t, AT(i, mlec_formula, terms), terms(m, x[i].terms, x[i].n_terms));
    }
    return n ? finish(&t, NULL) : NULL;
}

static LLVMValueRef blocks(image *m, const mlec_block *x, uint32_t n)
{
    table t = begin(m, x, n * sizeof *x);
    for (uint32_t i = 0; i < n; i++) {
        size_t index = AT(i, mlec_block, index);
        point(&t, index + offsetof(mlec_index, text), text(m, x[i].index[0].text));
        point(&t, index + sizeof(mlec_index) + offsetof(mlec_index, text),
              text(m, x[i].index[1].text));
        point(&t, AT(i, mlec_block, columns), numbers(m, x[i].columns, x[i].n_columns));
    }
    return n ? finish(&t, NULL) : NULL;
}

static LLVMValueRef tables(image *m, const mlec_table *x, uint32_t n)
{
    table t = begin(m, x, n * sizeof *x);
    for (uint32_t i = 0; i < n; i++)
        point_function(&t, AT(i, mlec_table, function), &x[i].function);
    return n ? finish(&t, NULL) : NULL;
}

static LLVMValueRef stages(image *m, const mlec_stage *x, uint32_t n)
{
    table t = begin(m, x, n * sizeof *x);
    for (uint32_t i = 0; i < n; i++) {
        const mlec_map *f = &x[i].map;
        size_t map = AT(i, mlec_stage, map);
        point(&t, AT(i, mlec_stage, blocks), blocks(m, x[i].blocks, x[i].n_blocks));
        point(&t, AT(i, mlec_stage, active), numbers(m, x[i].active, x[i].n_active));
        point(&t, AT(i, mlec_stage, data), numbers(m, x[i].data, x[i].n_data));
        point(&t, AT(i, mlec_stage, tables), tables(m, x[i].tables, x[i].n_tables));
        point_function(&t, map + offsetof(mlec_map, value), &f->value);
        point_function(&t, map + offsetof(mlec_map, gradient), &f->gradient);
        point_function(&t, map + offsetof(mlec_map, hessian), &f->hessian);
        point_function(&t, map + offsetof(mlec_map, expected), &f->expected);
        point(&t, map + offsetof(mlec_map, pairs), numbers(m, f->pairs, 2 * f->n_pairs));
        point(&t, map + offsetof(mlec_map, expected_pairs),
              numbers(m, f->expected_pairs, 2 * f->n_expected_pairs));
        point(&t, map + offsetof(mlec_map, lacks_expected), text(m, f->lacks_expected));
        point_function(&t, map + offsetof(mlec_map, kinks), &f->kinks);
        point(&t, map + offsetof(mlec_map, kink_slopes),
              plain(m, f->kink_slopes, (size_t)f->n_kinks * x[i].n_active * sizeof(double)));
    }
    return n ? finish(&t, NULL) : NULL;
}

static LLVMValueRef derived(image *m, const mlec_derived *x, uint32_t n)
{
    table t = begin(m, x, n * sizeof *x);
    for (uint32_t i = 0; i < n; i++) {
        point(&t, AT(i, mlec_derived, name), text(m, x[i].name));
        point(&t, AT(i, mlec_derived, type_text), text(m, x[i].type_text));
    }
    return n ? finish(&t, NULL) : NULL;
}

static LLVMValueRef statements(image *m, const mlec_statement *x, uint32_t n)
{
    table t = begin(m, x, n * sizeof *x);
    for (uint32_t i = 0; i < n; i++) {
        point(&t, AT(i, mlec_statement, text), text(m, x[i].text));
        point(&t, AT(i, mlec_statement, family), text(m, x[i].family));
    }
    return n ? finish(&t, NULL) : NULL;
}

static LLVMValueRef requirements(image *m, const mlec_require *x, uint32_t n)
{
    table t = begin(m, x, n * sizeof *x);
    for (uint32_t i = 0; i < n; i++) {
        point(&t, AT(i, mlec_require, message), text(m, x[i].message));
        point(&t, AT(i, mlec_require, column), text(m, x[i].column));
    }
    return n ? finish(&t, NULL) : NULL;
}

static void emit_plan(image *m, const char *symbol)
{
    const mlec_plan *p = &m->k->plan;
    table t = begin(m, p, sizeof *p);
    point(&t, offsetof(mlec_plan, name), text(m, p->name));
    point(&t, offsetof(mlec_plan, version), text(m, p->version));
    point(&t, offsetof(mlec_plan, columns), columns(m, p->columns, p->n_columns));
    point(&t, offsetof(mlec_plan, axes), plain(m, p->axes, p->n_axes * sizeof *p->axes));
    point(&t, offsetof(mlec_plan, params), params(m, p->params, p->n_params));
    point(&t, offsetof(mlec_plan, unknowns),
          plain(m, p->unknowns, p->n_unknowns * sizeof *p->unknowns));
    point(&t, offsetof(mlec_plan, buffers), buffers(m, p->buffers, p->n_buffers));
    point(&t, offsetof(mlec_plan, formulas), formulas(m, p->formulas, p->n_formulas));
    point(&t, offsetof(mlec_plan, stages), stages(m, p->stages, p->n_stages));
    point(&t, offsetof(mlec_plan, derived), derived(m, p->derived, p->n_derived));
    point(&t, offsetof(mlec_plan, statements), statements(m, p->statements, p->n_statements));
    point(&t, offsetof(mlec_plan, requires), requirements(m, p->requires, p->n_requires));
    point(&t, offsetof(mlec_plan, constraints),
          plain(m, p->constraints, p->n_constraints * sizeof *p->constraints));
    point(&t, offsetof(mlec_plan, constants), numbers(m, p->constants, p->n_constants));
    point(&t, offsetof(mlec_plan, states), texts(m, p->states, p->n_states));
    point(&t, offsetof(mlec_plan, definitions), texts(m, p->definitions, p->n_definitions));
    finish(&t, symbol);
}

/* Two models in one program must not meet: only the plan is visible. */
static void hide_functions(l_emit *e)
{
    for (LLVMValueRef f = LLVMGetFirstFunction(e->module); f; f = LLVMGetNextFunction(f))
        if (!LLVMIsDeclaration(f))
            LLVMSetLinkage(f, LLVMInternalLinkage);
}

bool machine_write_object(kernel *k, const char *symbol, const char *path, const char **error)
{
    object_job *j = object_begin(k->arena);
    if (setjmp(j->guard.jump))
        object_abandon(j);
    bool ok = object_module(k, KERNEL_ROWS | KERNEL_REST, j, error);
    j->target = ok ? object_target(k->arena, true, error) : NULL;
    if (j->target) {
        hide_functions(&j->e);
        image m = {.e = &j->e, .k = k};
        emit_plan(&m, symbol);
        j->object = object_emit(j->target, j->e.module, LLVMObjectFile, k->arena, error);
        FILE *f = j->object ? fopen(path, "wb") : NULL;
        size_t size = j->object ? LLVMGetBufferSize(j->object) : 0;
        ok = f && fwrite(LLVMGetBufferStart(j->object), 1, size, f) == size;
        if (f && fclose(f))
            ok = false;
        if (j->object && !ok)
            *error = strerror(errno);
    }
    ok = ok && j->target;
    object_end(j);
    return ok;
}
