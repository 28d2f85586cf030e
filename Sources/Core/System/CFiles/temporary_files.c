#define _GNU_SOURCE
#include "files.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

// A slot is taken before its path is copied and shown to the handler only when the path is whole.
enum { FREE, TAKEN, SHOWN };
enum { SLOTS = 64 };

static struct {
    atomic_int state;
    char path[PATH_MAX];
} files[SLOTS];

static atomic_int helpers[SLOTS];
static atomic_bool stopped;
static bool clears;
static atomic_bool handles;

bool retouch_temporary_add(const char *path, bool *is_stopped) {
    *is_stopped = atomic_load(&stopped);
    size_t length = strlen(path);
    if (*is_stopped || length >= PATH_MAX) return false;
    for (int i = 0; i < SLOTS; i++) {
        int state = FREE;
        if (!atomic_compare_exchange_strong(&files[i].state, &state, TAKEN)) continue;
        memcpy(files[i].path, path, length + 1);
        atomic_store(&files[i].state, SHOWN);
        // The handler may have passed this slot before it was shown.
        *is_stopped = atomic_load(&stopped);
        return !*is_stopped;
    }
    return false;
}

void retouch_temporary_forget(const char *path) {
    for (int i = 0; i < SLOTS; i++) {
        if (atomic_load(&files[i].state) == SHOWN && strcmp(files[i].path, path) == 0) {
            atomic_store(&files[i].state, FREE);
        }
    }
}

void retouch_helper_add(pid_t process) {
    for (int i = 0; i < SLOTS; i++) {
        int none = 0;
        if (atomic_compare_exchange_strong(&helpers[i], &none, process)) return;
    }
}

void retouch_helper_forget(pid_t process) {
    for (int i = 0; i < SLOTS; i++) {
        int found = process;
        atomic_compare_exchange_strong(&helpers[i], &found, 0);
    }
}

// Where messages go.
static int errors = STDERR_FILENO;

static void say_bytes(const char *text, size_t count) {
    // A standard error that takes nothing changes nothing.
    ssize_t written = write(errors, text, count);
    (void)written;
}

static void say(const char *text) { say_bytes(text, strlen(text)); }

#if defined(__SANITIZE_ADDRESS__)
#define IS_WATCHED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define IS_WATCHED 1
#endif
#endif
#ifndef IS_WATCHED
#define IS_WATCHED 0
#endif

int retouch_keep_back_messages(int descriptor) {
    static int kept = -1;
    // A sanitizer's report has to be seen.
    if (IS_WATCHED) return descriptor;
    if (kept < 0) kept = memfd_create("messages", MFD_CLOEXEC);
    int copy = fcntl(descriptor, F_DUPFD_CLOEXEC, 10);
    if (kept < 0 || copy < 0 || dup2(kept, descriptor) < 0) {
        if (copy >= 0) close(copy);
        return descriptor;
    }
    if (descriptor == STDERR_FILENO) errors = copy;
    return copy;
}

// What was kept back is wanted where the program has a fault.
static void tell_what_was_kept(void) {
    if (errors == STDERR_FILENO) return;
    char bytes[4096];
    off_t place = 0;
    ssize_t count;
    while ((count = pread(STDERR_FILENO, bytes, sizeof bytes, place)) > 0) {
        say_bytes(bytes, (size_t)count);
        place += count;
    }
}

// One thread ends the program, undisturbed, and says why: memory may run out, or a fault show, in several at once.
static void end_alone(void) {
    static atomic_flag ends = ATOMIC_FLAG_INIT;
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, NULL);
    while (atomic_flag_test_and_set(&ends)) pause();
}

// Only what signal-safety(7) allows, here and in what follows.
static void remove_all(void) {
    end_alone();
    atomic_store(&stopped, true);
    for (int i = 0; i < SLOTS; i++) {
        if (atomic_load(&files[i].state) == SHOWN) unlink(files[i].path);
        pid_t helper = atomic_load(&helpers[i]);
        if (helper > 0) kill(helper, SIGKILL);
    }
    if (clears) say("\r\033[K");
}

static void stop(int number) {
    remove_all();
    if (number == SIGXFSZ) say("edit-cli: stopped: a file grew beyond the allowed size (ulimit -f); nothing was written\n");
    if (number == SIGXCPU) say("edit-cli: stopped: the allowed processor time is over (ulimit -t); nothing was written\n");
    if (number == SIGBUS) say("edit-cli: stopped: a file that was being read became shorter, or its disk failed; nothing was written\n");
    _exit(128 + number);
}

static const char no_memory[] = "edit-cli: stopped: there is not enough memory; nothing was written\n";

// A fault of the program, or an allocation that failed in a library that does not look.
static void crash(int number) {
    bool is_starved = errno == ENOMEM;
    remove_all();
    if (is_starved) {
        say(no_memory);
        _exit(1);
    }
    tell_what_was_kept();
    say("edit-cli: stopped by a fault of its own; nothing was written\n");
    signal(number, SIG_DFL);
    raise(number);
}

void retouch_out_of_memory(void) {
    if (!atomic_load(&handles)) {
        say("Fatal error: out of memory\n");
        abort();
    }
    remove_all();
    say(no_memory);
    _exit(1);
}

void retouch_stop_on_signals(bool clear) {
    static const int numbers[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGXCPU, SIGXFSZ};
    clears = clear;
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        struct sigaction before;
        bool always = numbers[i] == SIGINT || numbers[i] == SIGQUIT;
        if (!always && sigaction(numbers[i], NULL, &before) == 0 && before.sa_handler == SIG_IGN) continue;
        struct sigaction action = {.sa_handler = stop, .sa_flags = SA_RESTART};
        sigfillset(&action.sa_mask);
        sigaction(numbers[i], &action, NULL);
    }
    atomic_store(&handles, true);
    struct sigaction action = {.sa_handler = stop};
    sigfillset(&action.sa_mask);
    sigaction(SIGBUS, &action, NULL);
    static const int faults[] = {SIGABRT, SIGFPE, SIGILL, SIGSEGV, SIGTRAP};
    action.sa_handler = crash;
    for (size_t i = 0; i < sizeof faults / sizeof *faults && !IS_WATCHED; i++) sigaction(faults[i], &action, NULL);
    // A reader of standard output or error that goes away is met by the failing write.
    signal(SIGPIPE, SIG_IGN);
}
