#include "runtime/data/text_file.h"

#include "runtime/data/bytes.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

/* Up to 256 KiB reading is as fast as mapping and cannot be hit by another program's truncation. */
enum { BLOCK = 256 * 1024, MAP_FROM = 256 * 1024 };

void text_file_init(text_file *t, const mlec_allocator *allocator)
{
    *t = (text_file){.allocator = allocator, .bytes = ""};
}

void text_file_close(text_file *t)
{
    if (t->map)
        munmap(t->map, t->map_size);
    alloc_free(t->allocator, t->owned);
    text_file_init(t, t->allocator);
}

/* ---- Reading -------------------------------------------------------------------------------- */

/* What happened, for the caller to report once the file is closed again. */
typedef enum {
    READ_OK,
    READ_FAILED, /* errno says why */
    READ_NO_MEMORY,
    READ_NOT_GZIP, /* begins like gzip, and the rest is none */
    READ_CUT_GZIP, /* ends within a gzip member */
    READ_TAIL      /* something follows the last gzip member */
} read_status;

typedef struct {
    int fd;            /* or -1: from memory */
    const char *bytes; /* the block at hand */
    size_t size;
    char *block; /* BLOCK bytes of our own, when fd is read */
} source;

/* The next block; size 0 at the end. */
static bool source_next(source *s)
{
    s->size = 0;
    if (s->fd < 0)
        return true;
    ssize_t n;
    do
        n = read(s->fd, s->block, BLOCK);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        return false;
    s->bytes = s->block;
    s->size = (size_t)n;
    return true;
}

/* Room for `more` bytes and the padding. */
static bool reserve(text_file *t, size_t more)
{
    if (more > PTRDIFF_MAX - BYTES_PADDING - t->length)
        return false;
    size_t need = t->length + more + BYTES_PADDING;
    if (need <= t->capacity)
        return true;
    size_t capacity = t->capacity + t->capacity / 2;
    capacity = capacity > need ? capacity : need;
    char *p = alloc_resize(t->allocator, t->owned, capacity);
    if (!p)
        return false;
    t->owned = p;
    t->capacity = capacity;
    return true;
}

static read_status append_plain(text_file *t, source *s)
{
    while (s->size > 0) {
        if (!reserve(t, s->size))
            return READ_NO_MEMORY;
        memcpy(t->owned + t->length, s->bytes, s->size);
        t->length += s->size;
        if (!source_next(s))
            return READ_FAILED;
    }
    return READ_OK;
}

static void *zlib_alloc(void *user, unsigned n, unsigned size)
{
    return alloc_resize(user, NULL, (size_t)n * size);
}

static void zlib_free(void *user, void *p) { alloc_free(user, p); }

/* One member. On entry s has unread bytes; on success what follows the member is left in s. */
static read_status append_member(text_file *t, source *s, z_stream *z)
{
    for (;;) {
        if (s->size == 0) {
            if (!source_next(s))
                return READ_FAILED;
            if (s->size == 0)
                return READ_CUT_GZIP;
        }
        if (!reserve(t, BLOCK))
            return READ_NO_MEMORY;
        size_t given = s->size < BLOCK ? s->size : BLOCK;
        z->next_in = (z_const Bytef *)s->bytes;
        z->avail_in = (uInt)given;
        z->next_out = (Bytef *)t->owned + t->length;
        z->avail_out = BLOCK;
        int status = inflate(z, Z_NO_FLUSH);
        t->length += BLOCK - z->avail_out;
        s->bytes += given - z->avail_in;
        s->size -= given - z->avail_in;
        if (status == Z_STREAM_END)
            return READ_OK;
        if (status == Z_MEM_ERROR)
            return READ_NO_MEMORY;
        if (status != Z_OK && status != Z_BUF_ERROR)
            return READ_NOT_GZIP;
    }
}

/* Drops zero bytes, with which some programs fill the last block of an archive. */
static bool skip_zeros(source *s)
{
    for (;;) {
        for (; s->size > 0 && !*s->bytes; s->bytes++)
            s->size--;
        if (s->size > 0)
            return true;
        if (!source_next(s))
            return false;
        if (s->size == 0)
            return true;
    }
}

static read_status append_gzip(text_file *t, source *s)
{
    enum { GZIP_ONLY = 16 + MAX_WBITS };
    z_stream z = {
        .zalloc = zlib_alloc, .zfree = zlib_free, .opaque = (void *)(uintptr_t)t->allocator};
    if (inflateInit2(&z, GZIP_ONLY) != Z_OK)
        return READ_NO_MEMORY;
    read_status status = READ_OK;
    for (;;) {
        size_t before = t->length;
        status = append_member(t, s, &z);
        if (status == READ_NOT_GZIP && before > 0)
            status = READ_TAIL;
        if (status != READ_OK)
            break;
        if (!skip_zeros(s))
            status = READ_FAILED;
        if (status != READ_OK || s->size == 0)
            break;
        inflateReset(&z);
    }
    inflateEnd(&z);
    return status;
}

static bool is_gzip(const char *p, size_t n) { return n >= 2 && !memcmp(p, "\x1F\x8B", 2); }

static read_status append_all(text_file *t, source *s)
{
    read_status status = is_gzip(s->bytes, s->size) ? append_gzip(t, s) : append_plain(t, s);
    if (status != READ_OK)
        return status;
    if (!reserve(t, 0))
        return READ_NO_MEMORY;
    memset(t->owned + t->length, 0, BYTES_PADDING);
    t->bytes = t->owned;
    return READ_OK;
}

/* A mapping with a page of zeros behind the file's last page, so that scanning may run over the
 * end. NULL when the system refuses; the file is read then. */
static void *map_file(int fd, size_t size, size_t *map_size)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    *map_size = (size + page - 1) / page * page + page;
    char *p = mmap(NULL, *map_size, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (p == MAP_FAILED)
        return NULL;
    if (mmap(p, size, PROT_READ, MAP_PRIVATE | MAP_FIXED, fd, 0) == MAP_FAILED) {
        munmap(p, *map_size);
        return NULL;
    }
    return p;
}

static read_status read_fd(text_file *t, int fd)
{
    struct stat info;
    if (fstat(fd, &info) < 0)
        return READ_FAILED;
    if (S_ISDIR(info.st_mode)) {
        errno = EISDIR;
        return READ_FAILED;
    }
    char head[2] = "";
    bool map = S_ISREG(info.st_mode) && info.st_size >= MAP_FROM &&
               (uintmax_t)info.st_size < PTRDIFF_MAX / 2 && lseek(fd, 0, SEEK_CUR) == 0 &&
               pread(fd, head, sizeof head, 0) == sizeof head && !is_gzip(head, sizeof head);
    if (map && (t->map = map_file(fd, (size_t)info.st_size, &t->map_size))) {
        t->bytes = t->map;
        t->length = (size_t)info.st_size;
        return READ_OK;
    }
    source s = {.fd = fd, .block = alloc_resize(t->allocator, NULL, BLOCK)};
    if (!s.block)
        return READ_NO_MEMORY;
    read_status status = source_next(&s) ? append_all(t, &s) : READ_FAILED;
    alloc_free(t->allocator, s.block);
    return status;
}

/* ---- Messages ------------------------------------------------------------------------------- */

static const char *error_text(int number)
{
    switch (number) {
    case ENOENT: return "there is no such file";
    case ENOTDIR: return "a part of the path is no folder";
    case EACCES: return "permission denied";
    case EISDIR: return "it is a folder";
    case EMFILE:
    case ENFILE: return "too many files are open";
    default: return "input error";
    }
}

static diag *report_file(diag_list *list, diag_code code, const char *name, const char *why)
{
    diag *d = diag_report(list, code, NO_SPAN, "%s", why);
    diag_set_place(list, d, printable(list->arena, name, strlen(name), 4096), 0, 0);
    return d;
}

static bool report_status(read_status status, int number, const char *name, oom_guard *guard,
                          diag_list *list)
{
    diag *d;
    switch (status) {
    case READ_OK: return true;
    case READ_NO_MEMORY: longjmp(guard->jump, 1);
    case READ_FAILED:
        d = report_file(list, DIAG_CANNOT_READ, name,
                        arena_printf(list->arena, "cannot be read: %s", error_text(number)));
        if (number == ENOENT)
            diag_add_hint(list, d, "check the spelling and the folder; `-` is standard input");
        break;
    case READ_NOT_GZIP:
        report_file(list, DIAG_BAD_FILE, name, "begins like a gzip file and is none");
        break;
    case READ_CUT_GZIP:
        d = report_file(list, DIAG_BAD_FILE, name, "the gzip data break off");
        diag_add_hint(list, d, "was the file copied or downloaded in full?");
        break;
    case READ_TAIL:
        report_file(list, DIAG_BAD_FILE, name, "something that is no gzip follows the gzip data");
        break;
    }
    return false;
}

bool text_file_read(text_file *t, const char *path, oom_guard *guard, diag_list *list)
{
    bool standard = strcmp(path, "-") == 0;
    int fd = standard ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    read_status status = fd < 0 ? READ_FAILED : read_fd(t, fd);
    int number = errno;
    if (fd >= 0 && !standard)
        close(fd);
    return report_status(status, number, path, guard, list);
}

bool text_file_copy(text_file *t, const char *name, const char *bytes, size_t size,
                    oom_guard *guard, diag_list *list)
{
    source s = {.fd = -1, .bytes = bytes, .size = size};
    return report_status(append_all(t, &s), 0, name, guard, list);
}

void text_file_leave(const text_file *t, size_t begin, size_t end)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    begin = (begin + page - 1) / page * page;
    end = end / page * page;
    if (t->map && begin < end) /* a refusal does no harm */
        madvise((char *)t->map + begin, end - begin, MADV_DONTNEED);
}

/* Files of other kinds, by how they begin. */
static const struct {
    const char *magic;
    size_t size;
    const char *what, *hint;
} other_files[] = {
#define MAGIC(bytes, what, hint)                                                                   \
    {                                                                                              \
        bytes, sizeof(bytes) - 1, what, hint                                                       \
    }
    MAGIC("\xFF\xFE", "UTF-16 text", "save it as UTF-8, or: iconv -f utf-16 -t utf-8"),
    MAGIC("\xFE\xFF", "UTF-16 text", "save it as UTF-8, or: iconv -f utf-16 -t utf-8"),
    MAGIC("PK\x03\x04", "a zip archive or a spreadsheet (.xlsx, .ods)", "export it as CSV"),
    MAGIC("\xD0\xCF\x11\xE0", "an old spreadsheet (.xls)", "export it as CSV"),
    MAGIC("\x28\xB5\x2F\xFD", "compressed by zstd",
          "unpack it first: zstd -dc FILE | mlec MODEL -"),
    MAGIC("\xFD"
          "7zXZ",
          "compressed by xz", "unpack it first: xz -dc FILE | mlec MODEL -"),
    MAGIC("BZh9", "compressed by bzip2", "unpack it first: bzip2 -dc FILE | mlec MODEL -"),
    MAGIC("7z\xBC\xAF", "a 7-zip archive", "unpack it first"),
    MAGIC("PAR1\x15", "a Parquet file", "export it as CSV"),
    MAGIC("ARROW1\0", "an Arrow file", "export it as CSV"),
    MAGIC("\x89HDF", "an HDF5 file", "export it as CSV"),
    MAGIC("SQLite format 3", "an SQLite database", "export the table as CSV"),
    MAGIC("%PDF-", "a PDF document", NULL),
    MAGIC("$FL2@(#)", "an SPSS file", "export it as CSV"),
    MAGIC("<stata_dta>", "a Stata file", "export it as CSV"),
    MAGIC("RDX2\n", "an R workspace", "write the table with write.csv"),
    MAGIC("RDX3\n", "an R workspace", "write the table with write.csv"),
    MAGIC("X\n\0", "an R object (.rds)", "write the table with write.csv"),
    MAGIC("\x7F"
          "ELF",
          "a program", NULL),
#undef MAGIC
};

/* NUL bytes at every second place of the head: UTF-16 without a byte order mark. */
static bool looks_like_utf16(const char *p, size_t n)
{
    size_t nul[2] = {0, 0};
    n = (n < 64 ? n : 64) & ~(size_t)1;
    for (size_t i = 0; i < n; i++)
        nul[i & 1] += p[i] == 0;
    return n >= 4 && ((nul[0] == 0 && nul[1] >= n / 2 - 1) || (nul[1] == 0 && nul[0] >= n / 2 - 1));
}

/* Control characters that text does not have, all over the head. */
static bool looks_like_binary(const char *p, size_t n)
{
    size_t found = 0;
    n = n < 1024 ? n : 1024;
    for (size_t i = 0; i < n; i++)
        found += (unsigned char)p[i] < 32 && (p[i] < '\t' || p[i] > '\r') && p[i] != 27;
    return found >= 4 && found > n / 50;
}

static const char *skip_blank(const char *p)
{
    while (*p == ' ' || *p == '\t' || *p == '\r' || *p == '\n')
        p++;
    return p;
}

static bool begins_with_word(const char *p, const char *word)
{
    return strncasecmp(p, word, strlen(word)) == 0;
}

bool text_file_is_table(const text_file *t, const char *name, diag_list *list)
{
    const char *p = t->bytes, *what = NULL, *hint = NULL;
    for (size_t i = 0; i < sizeof other_files / sizeof *other_files && !what; i++)
        if (t->length >= other_files[i].size &&
            !memcmp(p, other_files[i].magic, other_files[i].size)) {
            what = other_files[i].what;
            hint = other_files[i].hint;
        }
    const char *text = skip_blank(p + (t->length >= 3 && !memcmp(p, "\xEF\xBB\xBF", 3) ? 3 : 0));
    if (what) {
    } else if (looks_like_utf16(p, t->length)) {
        what = other_files[0].what;
        hint = other_files[0].hint;
    } else if (begins_with_word(text, "<!doctype") || begins_with_word(text, "<html") ||
               begins_with_word(text, "<?xml") || begins_with_word(text, "<head")) {
        what = "a web page or XML";
        hint = "was the page saved instead of the file behind its link?";
    } else if ((*text == '{' || *text == '[') && strchr("\"{[]}", *skip_blank(text + 1)) &&
               *skip_blank(text + 1)) {
        what = "JSON";
        hint = "write it as CSV: a header line and one line for each row";
    } else if (looks_like_binary(p, t->length)) {
        what = "binary data";
    }
    if (!what)
        return true;
    diag *d = report_file(list, DIAG_BAD_FILE, name,
                          arena_printf(list->arena, "this is %s, not a table of text", what));
    if (hint)
        diag_add_hint(list, d, "%s", hint);
    return false;
}
