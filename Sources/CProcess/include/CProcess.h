// CProcess.h — children that don't outlive us, and signals as something to wait for. What to start, and
// what its end means, is module Cluster's business.
#pragma once

#include <sys/types.h>

/// Starts `path` in a process group of its own, with its standard input empty, no signal blocked and all
/// at their defaults. It gets `death_signal` when the calling thread ends, however that ends: call from
/// the main thread. `log` takes both its outputs when it isn't negative. Returns its pid, or -errno when
/// it can't be started.
pid_t bw_spawn(const char *path, char *const argv[], int death_signal, int log);

/// Children that lose their parent become ours, to be waited for, and not the system's.
int bw_adopt_orphans(void);

/// From now on these signals put their number, one byte each, into the pipe whose end is returned; -errno
/// when that can't be. Once a process.
int bw_signal_pipe(const int *signals, int count);

/// Waits for a byte at `descriptor`, at most so long. Returns the byte, 0 after the time, -1 when closed.
int bw_next_signal(int descriptor, int milliseconds);
