/* Build tool: index_prelude OUT.c FILE.lik...
 *
 * Embeds the library of functions and distributions and an index of its `fn` and `dist` statements,
 * sorted by name, so that a model pays for parsing only those that it uses. Statements begin at a
 * line whose first word is `fn` or `dist`, with the doc comments directly above, and end before the
 * next one. The full grammar is not needed: brackets, texts and comments are enough. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    char *name;
    bool is_dist;
    int file;
    size_t begin, end, line;
} entry;

typedef struct {
    const char *path, *name;
    char *text;
    size_t length;
} source;

static entry *entries;
static size_t n_entries;
static source *sources;

static void fail(const source *s, size_t line, const char *message)
{
    fprintf(stderr, "%s:%zu: %s\n", s->path, line, message);
    exit(1);
}

static void *checked(void *p)
{
    if (!p) {
        fputs("index_prelude: out of memory\n", stderr);
        exit(1);
    }
    return p;
}

static void read_source(source *s, const char *path)
{
    const char *slash = strrchr(path, '/');
    *s = (source){.path = path, .name = slash ? slash + 1 : path};
    FILE *f = fopen(path, "rb");
    if (!f) {
        perror(path);
        exit(1);
    }
    size_t capacity = 1 << 16;
    s->text = checked(malloc(capacity));
    for (size_t n; (n = fread(s->text + s->length, 1, capacity - s->length - 1, f)) > 0;) {
        s->length += n;
        if (s->length + 1 == capacity)
            s->text = checked(realloc(s->text, capacity *= 2));
    }
    fclose(f);
    s->text[s->length] = 0;
    if (strlen(s->text) != s->length)
        fail(s, 1, "the file contains a byte 0");
}

static bool is_word_byte(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '.' || (unsigned char)c >= 0x80;
}

static size_t word_length(const char *s)
{
    size_t n = 0;
    while (is_word_byte(s[n]))
        n++;
    return n;
}

/* Moves over one line and follows its brackets. */
static const char *skip_line(const source *s, const char *at, size_t line, int *depth)
{
    for (; *at && *at != '\n' && *at != '#'; at++) {
        if (*at == '"' || *at == '`') {
            char quote = *at++;
            while (*at && *at != '\n' && *at != quote)
                at += *at == '\\' && quote == '"' && at[1] ? 2 : 1;
            if (*at != quote)
                fail(s, line, "a text is not closed");
        } else if (strchr("([{", *at)) {
            ++*depth;
        } else if (strchr(")]}", *at) && --*depth < 0) {
            fail(s, line, "a bracket closes nothing");
        }
    }
    while (*at && *at != '\n')
        at++;
    return *at ? at + 1 : at;
}

static void add_entry(int file, const char *head, size_t begin, size_t line, size_t head_line)
{
    const source *s = &sources[file];
    entry e = {.file = file, .begin = begin, .line = line, .is_dist = *head == 'd'};
    head += word_length(head);
    head += strspn(head, " \t");
    size_t n = word_length(head);
    if (n == 0 || head[n + strspn(head + n, " \t")] != '(')
        fail(s, head_line, "expected a name and its parameters in brackets");
    e.name = checked(calloc(n + 1, 1));
    memcpy(e.name, head, n);
    entries = checked(realloc(entries, (n_entries + 1) * sizeof *entries));
    entries[n_entries++] = e;
}

static void index_source(int file)
{
    const source *s = &sources[file];
    const char *at = s->text, *doc = NULL;
    size_t line = 1, doc_line = 0;
    int depth = 0;
    bool open = false; /* a statement of this file has begun */
    for (; *at; line++) {
        const char *first = at + strspn(at, " \t\r"), *begin = at;
        bool outside = depth == 0;
        at = skip_line(s, at, line, &depth);
        if (*first == '\n' || *first == 0) {
            doc = NULL;
            continue;
        }
        if (*first == '#') {
            bool is_doc = outside && first[1] == '#' && first[2] != '#';
            if (!is_doc)
                doc = NULL;
            else if (!doc) {
                doc = begin;
                doc_line = line;
            }
            continue;
        }
        size_t n = word_length(first);
        if (outside && ((n == 2 && memcmp(first, "fn", 2) == 0) ||
                        (n == 4 && memcmp(first, "dist", 4) == 0))) {
            const char *from = doc ? doc : begin;
            add_entry(file, first, (size_t)(from - s->text), doc ? doc_line : line, line);
            open = true;
        } else if (!open) {
            fail(s, line, "expected `fn` or `dist`");
        }
        doc = NULL;
        entries[n_entries - 1].end = (size_t)(at - s->text);
    }
    if (depth)
        fail(s, line, "a bracket is never closed");
}

static int compare(const void *x, const void *y)
{
    const entry *a = x, *b = y;
    int c = strcmp(a->name, b->name);
    return c ? c : (int)a->is_dist - (int)b->is_dist;
}

static void write_text(FILE *out, int file)
{
    const source *s = &sources[file];
    fprintf(out, "static const char text_%d[] =", file);
    bool open = false;
    for (size_t i = 0; i < s->length; i++) {
        unsigned char c = (unsigned char)s->text[i];
        if (!open)
            fputs("\n    \"", out);
        open = c != '\n';
        if (c == '"' || c == '\\')
            fprintf(out, "\\%c", c);
        else if (c >= 32 && c < 127 && c != '?')
            fputc(c, out);
        else
            fprintf(out, "\\%03o", c);
        if (!open)
            fputc('"', out);
    }
    fputs(open ? "\";\n\n" : s->length ? ";\n\n" : " \"\";\n\n", out);
}

static void write_all(FILE *out, int n_sources)
{
    fputs("/* Generated by index_prelude. */\n"
          "#include \"grammar/parse.h\"\n\n"
          "#include <string.h>\n\n",
          out);
    for (int i = 0; i < n_sources; i++)
        write_text(out, i);
    fprintf(out, "enum { COUNT = %zu };\n\n", n_entries);
    fputs("static const prelude_entry entries[COUNT + 1] = {\n", out);
    for (size_t i = 0; i < n_entries; i++) {
        const entry *e = &entries[i];
        const char *name = sources[e->file].name;
        fprintf(out, "    {\"%s\", \"%s\", text_%d + %zu, %zu, %zu, %s, %s},\n", e->name, name,
                e->file, e->begin, e->end - e->begin, e->line, e->is_dist ? "true" : "false",
                strcmp(name, "forms.lik") == 0 ? "true" : "false");
    }
    fputs("    {0},\n};\n\n"
          "const prelude_entry *prelude_find(const char *name, bool is_dist)\n"
          "{\n"
          "    size_t low = 0, high = COUNT;\n"
          "    while (low < high) {\n"
          "        size_t middle = low + (high - low) / 2;\n"
          "        int c = strcmp(entries[middle].name, name);\n"
          "        if (!c)\n"
          "            c = (int)entries[middle].is_dist - (int)is_dist;\n"
          "        if (!c)\n"
          "            return &entries[middle];\n"
          "        if (c < 0)\n"
          "            low = middle + 1;\n"
          "        else\n"
          "            high = middle;\n"
          "    }\n"
          "    return NULL;\n"
          "}\n\n"
          "const prelude_entry *prelude_all(uint32_t *count)\n"
          "{\n"
          "    *count = COUNT;\n"
          "    return entries;\n"
          "}\n",
          out);
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        fputs("usage: index_prelude OUT.c FILE.lik...\n", stderr);
        return 2;
    }
    int n_sources = argc - 2;
    sources = checked(calloc((size_t)n_sources + 1, sizeof *sources));
    for (int i = 0; i < n_sources; i++) {
        read_source(&sources[i], argv[i + 2]);
        index_source(i);
    }
    if (n_entries)
        qsort(entries, n_entries, sizeof *entries, compare);
    for (size_t i = 1; i < n_entries; i++)
        if (compare(&entries[i - 1], &entries[i]) == 0)
            fail(&sources[entries[i].file], entries[i].line, "this name is defined twice");
    FILE *out = fopen(argv[1], "wb");
    if (!out) {
        perror(argv[1]);
        return 1;
    }
    write_all(out, n_sources);
    bool written = !ferror(out);
    if (fclose(out) || !written) {
        perror(argv[1]);
        remove(argv[1]);
        return 1;
    }
    for (size_t i = 0; i < n_entries; i++)
        free(entries[i].name);
    for (int i = 0; i < n_sources; i++)
        free(sources[i].text);
    free(entries);
    free(sources);
    return 0;
}
