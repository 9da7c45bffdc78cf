/* Documentation of functions and distributions, the library's and a model's own alike: it is made
 * from their statements, so that what it says is what is compiled. */
#ifndef COMPILER_DOC_DOC_H
#define COMPILER_DOC_DOC_H

#include "compiler/ast/ast.h"

/* Where a name stands in a list. */
typedef enum {
    DOC_OWN, /* of the model */
    DOC_CONTINUOUS,
    DOC_POSITIVE,
    DOC_UNIT,
    DOC_DISCRETE,
    DOC_COMBINATIONS,
    DOC_FUNCTIONS,
    DOC_FORMS,
    DOC_PARTS,
    DOC_GROUP_COUNT
} doc_group;
extern const char *const doc_titles[DOC_GROUP_COUNT];

typedef struct {
    const stmt *s; /* FN or DIST */
    doc_group group;
} doc_topic;

/* All names, by group and name. */
typedef struct {
    arena *arena;
    const diag_list *texts; /* the sources that the statements' spans cut */
    const doc_topic *all;
    uint32_t count;
} doc_set;

bool doc_is_form(const doc_topic *t); /* its meaning is in the compiler */
const char *doc_name(const doc_topic *t);
/* "normal(mu, sigma)", with types "normal(mu : real, sigma : positive)". */
const char *doc_signature(const doc_set *set, const doc_topic *t, bool types);
/* The first sentence, without its full stop; the whole. "" where there is none. */
const char *doc_first_sentence(const doc_set *set, const doc_topic *t);
const char *doc_sentences(const doc_set *set, const doc_topic *t);
/* What a span cuts, on one line and without comments. */
const char *doc_source(const doc_set *set, span at);
/* The density of a dist, the value of a fn: its expression, or NULL. */
const expr *doc_body(const doc_topic *t);
const clause *doc_clause(const doc_topic *t, const char *name);
/* Whether `t` is a link form of `of`: bernoulli_logit of bernoulli. */
bool doc_is_link_form(const doc_topic *t, const doc_topic *of);

/* One name: everything; or a list of `chosen` groups (bits), one line each. */
void doc_text(const doc_set *set, const doc_topic *t, buf *out);
void doc_text_list(const doc_set *set, unsigned chosen, buf *out);
/* The same as a section, and as a page of a table and sections for each group. */
void doc_markdown(const doc_set *set, const doc_topic *t, buf *out);
void doc_markdown_list(const doc_set *set, unsigned chosen, buf *out);
/* An object; a list is one object whose "topics" are objects. */
void doc_json(const doc_set *set, const doc_topic *t, buf *out);
void doc_json_list(const doc_set *set, unsigned chosen, buf *out);

#endif
