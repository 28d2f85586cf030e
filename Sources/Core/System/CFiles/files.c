#define _GNU_SOURCE
#include "files.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/xattr.h>
#include <unistd.h>

int retouch_rename_new(const char *from, const char *to) {
    if (renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) == 0) return 0;
    if (errno != EINVAL && errno != ENOSYS) return -1;
    // A file system that cannot do both at once.
    if (access(to, F_OK) == 0) {
        errno = EEXIST;
        return -1;
    }
    return rename(from, to);
}

int retouch_nameless_file(const char *folder) {
    int file = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (file >= 0 || (errno != EISDIR && errno != EOPNOTSUPP && errno != EINVAL && errno != ENOENT)) return file;
    // A file system that gives every file a name.
    char path[PATH_MAX];
    int length = snprintf(path, sizeof path, "%s/retouch.XXXXXX", folder);
    if (length < 0 || (size_t)length >= sizeof path) {
        errno = ENAMETOOLONG;
        return -1;
    }
    file = mkostemp(path, O_CLOEXEC);
    if (file >= 0) unlink(path);
    return file;
}

static bool copy_attribute(const char *from, int to, const char *name) {
    ssize_t size = getxattr(from, name, NULL, 0);
    if (size < 0) return false;
    void *value = malloc((size_t)size + 1);
    if (!value) return false;
    ssize_t found = getxattr(from, name, value, (size_t)size);
    bool copied = found >= 0 && fsetxattr(to, name, value, (size_t)found, 0) == 0;
    free(value);
    return copied;
}

bool retouch_copy_attributes(const char *from, int to) {
    ssize_t size = listxattr(from, NULL, 0);
    if (size <= 0) return true;
    char *names = malloc((size_t)size);
    if (!names) return false;
    size = listxattr(from, names, (size_t)size);
    bool whole = true;
    for (char *name = names; name < names + size; name += strlen(name) + 1) {
        bool matters = strncmp(name, "user.", 5) == 0 || strncmp(name, "system.posix_acl", 16) == 0;
        if (!copy_attribute(from, to, name) && matters) whole = false;
    }
    free(names);
    return whole;
}

ptrdiff_t retouch_find(const void *bytes, size_t count, const void *wanted, size_t wanted_count) {
    const char *found = memmem(bytes, count, wanted, wanted_count);
    return found ? found - (const char *)bytes : -1;
}
