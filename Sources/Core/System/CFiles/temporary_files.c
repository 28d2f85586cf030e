#include "files.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
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

static void say(const char *text) {
    // A standard error that takes nothing changes nothing.
    ssize_t written = write(STDERR_FILENO, text, strlen(text));
    (void)written;
}

// Only what signal-safety(7) allows, here and in what follows.
static void remove_all(void) {
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
#if !defined(__SANITIZE_ADDRESS__) && !__has_feature(address_sanitizer) && !__has_feature(thread_sanitizer)
    static const int faults[] = {SIGABRT, SIGFPE, SIGILL, SIGSEGV, SIGTRAP};
    action.sa_handler = crash;
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) sigaction(faults[i], &action, NULL);
#endif
    // A reader of standard output or error that goes away is met by the failing write.
    signal(SIGPIPE, SIG_IGN);
}
