#include "tests/unit/grammar/fixture.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <locale.h>
#include <string.h>

#define MODELS "tests/unit/grammar/models"

/* Parses every .lik file of a folder without an error, and again from its printed text. */
static int check_folder(const char *folder)
{
    DIR *dir = opendir(folder);
    cr_assert(dir, "%s cannot be read", folder);
    int count = 0;
    for (struct dirent *entry; (entry = readdir(dir));) {
        size_t n = strlen(entry->d_name), length;
        if (n < 4 || strcmp(entry->d_name + n - 4, ".lik") != 0)
            continue;
        fixture f;
        fixture_open(&f);
        const char *path =
            arena_printf(&f.arena, "%s/%s", folder + strlen(MLEC_SOURCE_DIR) + 1, entry->d_name);
        const char *text = fixture_read(&f, path, &length);
        const char *problem = fixture_round_trip(&f, text, length);
        cr_expect(!problem, "%s: %s", path, problem);
        fixture_close(&f);
        count++;
    }
    closedir(dir);
    return count;
}

Test(models, round_trip)
{
    int count = check_folder(MLEC_SOURCE_DIR "/" MODELS);
    cr_assert(count >= 12, "%d models", count);
}

Test(models, prelude_round_trip)
{
    cr_assert(check_folder(MLEC_SOURCE_DIR "/grammar/prelude") > 0);
}

Test(models, printed_forms)
{
    fixture f;
    fixture_open(&f);
    size_t length, expected_length;
    const char *text = fixture_read(&f, MODELS "/forms.lik", &length);
    const char *expected = fixture_read(&f, MODELS "/forms.printed", &expected_length);
    const char *printed = fixture_print(&f, fixture_parse(&f, text, length));
    cr_assert(strcmp(printed, expected) == 0, "%s", printed);
    fixture_close(&f);
}

/* Line ends, a byte order mark and a missing last newline change nothing. */
Test(models, line_ends)
{
    fixture f;
    fixture_open(&f);
    size_t length;
    const char *text = fixture_read(&f, MODELS "/forms.lik", &length);
    const ast *tree = fixture_parse(&f, text, length);
    buf b;
    buf_init(&b, &f.arena);
    buf_puts(&b, "\xEF\xBB\xBF");
    for (size_t i = 0; i < length - 1; i++) {
        if (text[i] == '\n')
            buf_putc(&b, '\r');
        buf_putc(&b, text[i]);
    }
    const ast *again = fixture_parse(&f, buf_text(&b), b.length);
    cr_assert(f.diags.n_errors == 0, "%s", fixture_messages(&f));
    cr_assert(ast_equal(tree, again));
    cr_assert(strcmp(fixture_print(&f, tree), fixture_print(&f, again)) == 0);
    fixture_close(&f);
}

/* A host program may have set a locale with a decimal comma. */
Test(models, locale)
{
    if (!setlocale(LC_ALL, "de_DE.UTF-8") && !setlocale(LC_ALL, "fr_FR.UTF-8"))
        cr_skip_test("no locale with a decimal comma is installed");
    fixture f;
    fixture_open(&f);
    const expr *e = fixture_expression(&f, "1.5");
    cr_assert(e && e->value == 1.5);
    fixture_close(&f);
}

Test(models, wide_lines_are_broken)
{
    fixture f;
    fixture_open(&f);
    buf b;
    buf_init(&b, &f.arena);
    buf_puts(&b, "let x = f(");
    for (int i = 0; i < 60; i++)
        buf_printf(&b, "%s\"a + b, c\" == column_%d and column(%d) > 1", i ? ", " : "", i, i);
    buf_puts(&b, ")\nlet y = 0");
    for (int i = 0; i < 60; i++)
        buf_printf(&b, " + coefficient_%d*column_%d", i, i);
    buf_puts(&b, "\ny, ");
    for (int i = 0; i < 20; i++)
        buf_printf(&b, "f(column_%d, column_%d), ", i, i);
    buf_puts(&b, "z ~ normal(0, 1)\n");
    const char *problem = fixture_round_trip(&f, buf_text(&b), b.length);
    cr_assert(!problem, "%s", problem);
    const char *printed = fixture_print(&f, fixture_parse(&f, buf_text(&b), b.length));
    for (const char *line = printed; *line;) {
        size_t n = strcspn(line, "\n");
        cr_expect(n <= 100, "%.*s", (int)n, line);
        line += n + (line[n] == '\n');
    }
    fixture_close(&f);
}

Test(models, comments_are_kept)
{
    static const char text[] = "# first\n"
                               "\n"
                               "## a doc that is no doc\n"
                               "\n"
                               "let a = 1  # behind\n"
                               "let b = f(1, # inner\n"
                               "          ## another\n"
                               "          2)\n"
                               "## doc\n"
                               "##more\n"
                               "let c = 1\n"
                               "### banner\n"
                               "let d = 1; let e = 2 # both\n"
                               "let é = 1# aligned\n"
                               "let long = 2 # too\n"
                               "dist p(y | a) { # head\n"
                               "  # above\n"
                               "  log_pdf = a + # within\n"
                               "     y # after\n"
                               "  # last\n"
                               "} # end\n"
                               "## at the end\n";
    static const char expected[] = "# first\n"
                                   "\n"
                                   "## a doc that is no doc\n"
                                   "\n"
                                   "let a = 1  # behind\n"
                                   "let b = f(1, # inner\n"
                                   "    ## another\n"
                                   "    2)\n"
                                   "## doc\n"
                                   "## more\n"
                                   "let c = 1\n"
                                   "### banner\n"
                                   "let d = 1\n"
                                   "let e = 2     # both\n"
                                   "let é = 1     # aligned\n"
                                   "let long = 2  # too\n"
                                   "dist p(y | a) {  # head\n"
                                   "  # above\n"
                                   "  log_pdf = a + # within\n"
                                   "      y  # after\n"
                                   "  # last\n"
                                   "}  # end\n"
                                   "## at the end\n";
    fixture f;
    fixture_open(&f);
    const ast *tree = fixture_parse(&f, text, strlen(text));
    cr_assert(f.diags.n_errors == 0, "%s", fixture_messages(&f));
    cr_assert(strcmp(fixture_print(&f, tree), expected) == 0, "%s", fixture_print(&f, tree));
    const stmt *c = tree->first->next->next;
    cr_assert(!tree->first->doc && !tree->first->next->doc);
    cr_assert(c->doc && strcmp(c->doc, "doc\nmore") == 0);
    cr_assert(!c->next->doc);
    const char *problem = fixture_round_trip(&f, text, strlen(text));
    cr_assert(!problem, "%s", problem);
    fixture_close(&f);
}

Test(models, prelude_index)
{
    uint32_t count;
    const prelude_entry *all = prelude_all(&count);
    cr_assert(count > 0);
    for (uint32_t i = 0; i < count; i++) {
        const prelude_entry *e = &all[i];
        fixture f;
        fixture_open(&f);
        cr_expect(prelude_find(e->name, e->is_dist) == e, "%s is not found", e->name);
        if (i)
            cr_expect(strcmp(all[i - 1].name, e->name) < 0 ||
                          (strcmp(all[i - 1].name, e->name) == 0 && !all[i - 1].is_dist),
                      "%s is out of order", e->name);
        const ast *tree = fixture_parse(&f, e->text, e->length);
        cr_expect(f.diags.n_errors == 0, "%s: %s", e->name, fixture_messages(&f));
        cr_expect(tree->count == 1 && tree->first &&
                      tree->first->kind == (e->is_dist ? STMT_DIST : STMT_FN) &&
                      strcmp(tree->first->items[0].name, e->name) == 0,
                  "%s: the entry is not its statement", e->name);
        fixture_close(&f);
    }
    cr_assert(!prelude_find("no such name", true));
}

/* Every allocation is made to fail once. */
typedef struct {
    long left;
    long taken;
} failing;

static void *failing_resize(void *user, void *old, size_t size)
{
    failing *state = user;
    if (size && state->left-- <= 0)
        return NULL;
    state->taken += (size != 0) - (old != NULL);
    return alloc_resize(&alloc_system, old, size);
}

static bool parse_with(const mlec_allocator *allocator, const char *text, size_t length)
{
    oom_guard guard;
    arena a;
    arena_init(&a, allocator, &guard);
    if (setjmp(guard.jump)) {
        arena_release(&a);
        return false;
    }
    intern_table names;
    intern_init(&names, &a);
    diag_list diags;
    diag_init(&diags, &a);
    ast_context c = {&a, &names, &diags};
    const ast *tree = parse_model(&c, diag_add_source(&diags, "m", text, length));
    buf b;
    buf_init(&b, &a);
    ast_print(tree, &b);
    arena_release(&a);
    return true;
}

Test(models, out_of_memory)
{
    fixture f;
    fixture_open(&f);
    size_t length;
    const char *text = fixture_read(&f, MODELS "/forms.lik", &length);
    bool done = false;
    for (long n = 0; !done; n++) {
        failing state = {n, 0};
        const mlec_allocator allocator = {failing_resize, &state};
        done = parse_with(&allocator, text, length);
        cr_expect(state.taken == 0, "%ld blocks lost when allocation %ld fails", state.taken, n);
        cr_assert(n < 1000);
    }
    fixture_close(&f);
}
