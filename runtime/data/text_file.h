/* The bytes of a data file: mapped, read, or unpacked.
 *
 * Large regular files are mapped; small ones, pipes and standard input are read; gzip files, also
 * of several members, are unpacked while they are read. Whatever the way, the bytes stand in one
 * piece and BYTES_PADDING zero bytes follow them.
 *
 * A mapped file must not be cut short by another program while it is in use: the system stops a
 * program that reads what is no longer there.
 */
#ifndef RUNTIME_DATA_TEXT_FILE_H
#define RUNTIME_DATA_TEXT_FILE_H

#include "base/diag.h"

typedef struct {
    const mlec_allocator *allocator;
    const char *bytes;
    size_t length;
    void *map; /* a mapping of map_size bytes, or NULL */
    size_t map_size;
    char *owned; /* a buffer, or NULL */
    size_t capacity;
} text_file;

void text_file_init(text_file *t, const mlec_allocator *allocator);
void text_file_close(text_file *t);

/* Reads the file at `path` ("-": standard input) into an empty `t`. Returns false after a report
 * (cannot-read, bad-file); jumps to `guard` when memory runs out. Either way text_file_close frees
 * what is held. */
bool text_file_read(text_file *t, const char *path, oom_guard *guard, diag_list *list);
/* The same for a copy of bytes, which may be gzip too. `name` is for messages. */
bool text_file_copy(text_file *t, const char *name, const char *bytes, size_t size,
                    oom_guard *guard, diag_list *list);

/* Bytes [begin, end) of a mapped file will not be needed for a while: their pages go back to the
 * system, which reads them again when they are looked at. */
void text_file_leave(const text_file *t, size_t begin, size_t end);

/* Whether the bytes can be a table of text at all: reports, by its name where it is known, what is
 * another kind of file: UTF-16, spreadsheets, archives, web pages, JSON, anything with NUL bytes
 * near its head. */
bool text_file_is_table(const text_file *t, const char *name, diag_list *list);

#endif
