#ifndef RETOUCH_FILES_H
#define RETOUCH_FILES_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

// What Swift does not reach in the C library, and what must run in a signal handler.

// The temporary files of this process, in a table of fixed size that a handler may read (temporary_files.c)

/// Enters a path before its file is made. False where the process has been told to stop, or where the table is full or
/// the path too long: then the file goes only if the program removes it.
bool retouch_temporary_add(const char *path, bool *stopped);
/// Forgets a path whose file has been renamed or removed.
void retouch_temporary_forget(const char *path);

/// Enters a process that works for this one and ends with it.
void retouch_helper_add(pid_t process);
/// Forgets a process that has ended.
void retouch_helper_forget(pid_t process);

/// From now on SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGXCPU, SIGXFSZ and SIGBUS remove the temporary files and end the
/// process with 128 + the signal's number, at once and whichever thread they meet. A signal that was ignored stays so, but
/// for SIGINT and SIGQUIT, which shells ignore for every job in the background. A fault of the program removes them too and
/// then ends it as it would have; where an allocation failed just before, with a line and the status 1.
/// `clear` says whether a line on the terminal is to be cleared.
void retouch_stop_on_signals(bool clear);

/// From now on what is written to the number of the standard output or of the standard error is kept back in memory, and shown only
/// where the program has a fault. Gives the number of that output or error itself.
int retouch_keep_back_messages(int descriptor);

/// Ends the process with a line and the status 1, or with an abort where `retouch_stop_on_signals` was not called.
_Noreturn void retouch_out_of_memory(void);

// Names, attributes and bytes (files.c)

/// Gives a finished file its name without replacing another one: 0, or -1 with errno.
int retouch_rename_new(const char *from, const char *to);

/// Opens a file that has no name and is gone with its last user: a descriptor, or -1 with errno.
int retouch_nameless_file(const char *folder);

/// Gives an open file all extended attributes of another one. False where some of the user's own, or an access list, did
/// not go along; a system's labels are the system's business.
bool retouch_copy_attributes(const char *from, int to);

/// The place of the first `wanted` in some bytes, or -1.
ptrdiff_t retouch_find(const void *bytes, size_t count, const void *wanted, size_t wanted_count);

#endif
