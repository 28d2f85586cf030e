// Preloaded into the program, it lets the n-th call of some kind on a file under some folder fail, as a broken disk does:
//   FAULT_FOLDER=/tmp/x FAULT_CALL=write FAULT_NUMBER=3 LD_PRELOAD=failing_disk.so edit-cli ...
// Kinds: read, write, sync, rename. From that call on all calls of the kind fail.
#define _GNU_SOURCE
#include <errno.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static atomic_long calls;

static bool is_kind(const char *kind) {
    const char *wanted = getenv("FAULT_CALL");
    return wanted && strcmp(wanted, kind) == 0;
}

static bool is_here(const char *path) {
    const char *folder = getenv("FAULT_FOLDER");
    return folder && strncmp(path, folder, strlen(folder)) == 0;
}

static bool is_due(void) {
    if (atomic_fetch_add(&calls, 1) + 1 < atol(getenv("FAULT_NUMBER"))) return false;
    errno = EIO;
    return true;
}

static bool fails(const char *kind, int file) {
    if (!is_kind(kind)) return false;
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0) return false;
    path[length] = 0;
    return is_here(path) && is_due();
}

ssize_t read(int file, void *bytes, size_t count) {
    return fails("read", file) ? -1 : syscall(SYS_read, file, bytes, count);
}
ssize_t pread(int file, void *bytes, size_t count, off_t offset) {
    return fails("read", file) ? -1 : syscall(SYS_pread64, file, bytes, count, offset);
}
ssize_t pread64(int file, void *bytes, size_t count, off_t offset) { return pread(file, bytes, count, offset); }
ssize_t write(int file, const void *bytes, size_t count) {
    return fails("write", file) ? -1 : syscall(SYS_write, file, bytes, count);
}
ssize_t pwrite(int file, const void *bytes, size_t count, off_t offset) {
    return fails("write", file) ? -1 : syscall(SYS_pwrite64, file, bytes, count, offset);
}
ssize_t pwrite64(int file, const void *bytes, size_t count, off_t offset) { return pwrite(file, bytes, count, offset); }
int fsync(int file) { return fails("sync", file) ? -1 : (int)syscall(SYS_fsync, file); }
int rename(const char *from, const char *to) {
    if (is_kind("rename") && is_due()) return -1;
    return (int)syscall(SYS_rename, from, to);
}
int renameat2(int from_folder, const char *from, int to_folder, const char *to, unsigned flags) {
    if (is_kind("rename") && is_due()) return -1;
    return (int)syscall(SYS_renameat2, from_folder, from, to_folder, to, flags);
}
