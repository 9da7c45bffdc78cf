#include "compiler/llvm/cache.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <llvm-c/TargetMachine.h>
#include <mlec.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct {
    char magic[8];
    uint64_t size;
    cache_key check; /* of the bytes behind the header */
} header;

static const char magic[8] = {'m', 'l', 'e', 'c', 'o', 'b', 'j', '1'};

/* Two hashes of 64 bits: FNV-1a, and one that multiplies and rotates. Against damage and chance,
 * not against the owner of the directory. */
static cache_key hash(cache_key k, const void *bytes, size_t n)
{
    const unsigned char *p = bytes;
    for (size_t i = 0; i < n; i++) {
        k.low = (k.low ^ p[i]) * 0x100000001b3u;
        k.high = (k.high + p[i] + 1) * 0x9e3779b97f4a7c15u;
        k.high = k.high << 29 | k.high >> 35;
    }
    return k;
}

static const cache_key start = {0xcbf29ce484222325u, 0x6a09e667f3bcc908u};

static cache_key hash_text(cache_key k, const char *text)
{
    return hash(k, text, strlen(text) + 1);
}

cache_key cache_key_of(LLVMModuleRef module)
{
    unsigned version[3];
    LLVMGetVersion(&version[0], &version[1], &version[2]);
    char *ir = LLVMPrintModuleToString(module), *cpu = LLVMGetHostCPUName(),
         *features = LLVMGetHostCPUFeatures();
    cache_key k = hash(hash_text(start, MLEC_VERSION), version, sizeof version);
    k = hash_text(hash_text(hash_text(k, cpu), features), ir);
    LLVMDisposeMessage(ir);
    LLVMDisposeMessage(cpu);
    LLVMDisposeMessage(features);
    return k;
}

static bool is_private(const struct stat *s)
{
    return s->st_uid == geteuid() && (s->st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

/* The directory, made if it is not there; -1 when it cannot be used. */
static int open_directory(const char *path)
{
    if (!path)
        return -1;
    if (mkdir(path, 0700) && errno == ENOENT) { /* ~/.cache itself may be missing */
        char parent[4096];
        const char *slash = strrchr(path, '/');
        if (!slash || slash == path || (size_t)(slash - path) >= sizeof parent)
            return -1;
        memcpy(parent, path, (size_t)(slash - path));
        parent[slash - path] = 0;
        if (mkdir(parent, 0700) || mkdir(path, 0700))
            return -1;
    }
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    struct stat s;
    if (fd >= 0 && (fstat(fd, &s) || !is_private(&s))) {
        close(fd);
        return -1;
    }
    return fd;
}

static const char *file_name(arena *a, cache_key k)
{
    return arena_printf(a, "%016" PRIx64 "%016" PRIx64 ".o", k.high, k.low);
}

static bool read_all(int fd, void *to, size_t n)
{
    for (size_t done = 0; done < n;) {
        ssize_t got = read(fd, (char *)to + done, n - done);
        if (got <= 0 && !(got < 0 && errno == EINTR))
            return false;
        done += got > 0 ? (size_t)got : 0;
    }
    return true;
}

static bool write_all(int fd, const void *from, size_t n)
{
    for (size_t done = 0; done < n;) {
        ssize_t put = write(fd, (const char *)from + done, n - done);
        if (put <= 0 && !(put < 0 && errno == EINTR))
            return false;
        done += put > 0 ? (size_t)put : 0;
    }
    return true;
}

static LLVMMemoryBufferRef read_object(int fd, arena *a)
{
    struct stat s;
    header h;
    if (fstat(fd, &s) || !S_ISREG(s.st_mode) || !is_private(&s) || s.st_size > CACHE_MOST_BYTES ||
        !read_all(fd, &h, sizeof h) || memcmp(h.magic, magic, sizeof magic) ||
        h.size != (uint64_t)s.st_size - sizeof h)
        return NULL;
    char *bytes = arena_alloc(a, h.size);
    if (!read_all(fd, bytes, h.size))
        return NULL;
    cache_key check = hash(start, bytes, h.size);
    if (check.low != h.check.low || check.high != h.check.high)
        return NULL;
    futimens(fd, NULL); /* used just now: the last to go */
    return LLVMCreateMemoryBufferWithMemoryRangeCopy(bytes, h.size, "object");
}

LLVMMemoryBufferRef cache_load(const char *directory, cache_key key, arena *a)
{
    const char *name = file_name(a, key);
    int at = open_directory(directory);
    if (at < 0)
        return NULL;
    int fd = openat(at, name, O_RDWR | O_NOFOLLOW | O_CLOEXEC);
    LLVMMemoryBufferRef object = NULL;
    if (fd >= 0) {
        object = read_object(fd, a);
        close(fd);
    }
    close(at);
    return object;
}

/* ---- Bounds ------------------------------------------------------------------------------------
 */

typedef struct {
    const char *name;
    struct timespec used;
    size_t size;
} entry;

static int newest_first(const void *a, const void *b)
{
    const entry *x = a, *y = b;
    if (x->used.tv_sec != y->used.tv_sec)
        return x->used.tv_sec < y->used.tv_sec ? 1 : -1;
    return x->used.tv_nsec < y->used.tv_nsec ? 1 : x->used.tv_nsec > y->used.tv_nsec ? -1 : 0;
}

/* Removes what is beyond the bounds, the oldest first. Other processes may do so too. */
static void trim(int at, arena *a)
{
    int own = dup(at);
    DIR *d = own >= 0 ? fdopendir(own) : NULL;
    if (!d) {
        if (own >= 0)
            close(own);
        return;
    }
    VEC(entry) list = {0};
    for (struct dirent *e; (e = readdir(d));) {
        struct stat s;
        if (e->d_name[0] == '.' || fstatat(at, e->d_name, &s, AT_SYMLINK_NOFOLLOW) ||
            !S_ISREG(s.st_mode))
            continue;
        VEC_PUSH(a, list, (entry){arena_strdup(a, e->d_name), s.st_mtim, (size_t)s.st_size});
    }
    closedir(d);
    qsort(list.data, list.count, sizeof *list.data, newest_first);
    size_t bytes = 0;
    for (uint32_t i = 0; i < list.count; i++) {
        bytes += list.data[i].size;
        if (i >= CACHE_MOST_FILES || bytes > CACHE_MOST_BYTES)
            unlinkat(at, list.data[i].name, 0);
    }
}

void cache_store(const char *directory, cache_key key, LLVMMemoryBufferRef object, arena *a)
{
    size_t size = LLVMGetBufferSize(object);
    const char *bytes = LLVMGetBufferStart(object), *name = file_name(a, key);
    const char *unfinished = arena_printf(a, "%s.%ld", name, (long)getpid());
    header h = {.size = size, .check = hash(start, bytes, size)};
    memcpy(h.magic, magic, sizeof magic);
    int at = open_directory(directory);
    if (at < 0)
        return;
    int fd = openat(at, unfinished, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd >= 0) {
        bool done = write_all(fd, &h, sizeof h) && write_all(fd, bytes, size);
        if (close(fd) || !done || renameat(at, unfinished, at, name))
            unlinkat(at, unfinished, 0);
        else
            trim(at, a);
    }
    close(at);
}
