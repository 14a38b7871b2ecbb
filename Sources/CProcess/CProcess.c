// CProcess.c — fork and signal handlers, which Swift has no safe way to write.

#define _GNU_SOURCE
#include "CProcess.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

pid_t bw_spawn(const char *path, char *const argv[], int death_signal, int log) {
    int report[2];
    if (pipe2(report, O_CLOEXEC) != 0) return -errno;
    pid_t parent = getpid();
    pid_t child = fork();
    if (child == 0) {
        // Only calls that are safe between fork and exec.
        setpgid(0, 0);
        sigset_t none;
        sigemptyset(&none);
        for (int number = 1; number < NSIG; number++) signal(number, SIG_DFL);
        sigprocmask(SIG_SETMASK, &none, NULL);
        prctl(PR_SET_PDEATHSIG, death_signal);
        // The parent may have ended before that call.
        if (getppid() != parent) _exit(127);
        int empty = open("/dev/null", O_RDONLY);
        if (empty >= 0) dup2(empty, 0);
        if (log >= 0) {
            dup2(log, 1);
            dup2(log, 2);
        }
        execve(path, argv, environ);
        int code = errno;
        (void)!write(report[1], &code, sizeof code);
        _exit(127);
    }
    int code = child < 0 ? errno : 0;
    close(report[1]);
    if (child > 0) {
        ssize_t got;
        do got = read(report[0], &code, sizeof code);
        while (got < 0 && errno == EINTR);
        if (got == sizeof code) waitpid(child, NULL, 0);
    }
    close(report[0]);
    return code != 0 ? -code : child;
}

int bw_adopt_orphans(void) { return prctl(PR_SET_CHILD_SUBREAPER, 1); }

static int signal_writer = -1;

static void note(int number) {
    int before = errno;
    unsigned char byte = (unsigned char)number;
    (void)!write(signal_writer, &byte, 1);
    errno = before;
}

int bw_signal_pipe(const int *signals, int count) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) return -errno;
    signal_writer = ends[1];
    for (int i = 0; i < count; i++) {
        struct sigaction action = {.sa_handler = note, .sa_flags = SA_RESTART};
        sigemptyset(&action.sa_mask);
        sigaction(signals[i], &action, NULL);
    }
    return ends[0];
}

int bw_next_signal(int descriptor, int milliseconds) {
    struct pollfd wanted = {.fd = descriptor, .events = POLLIN};
    int ready = poll(&wanted, 1, milliseconds);
    if (ready <= 0) return 0;
    unsigned char byte;
    ssize_t got = read(descriptor, &byte, 1);
    return got == 1 ? byte : got == 0 ? -1 : 0;
}
