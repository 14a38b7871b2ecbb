// bw_parent.h — a child process that does not outlive the one that started it.
#pragma once

// From now on the end of the starting thread, however it comes, sends this process a SIGTERM; kept over
// exec. Returns 0, or −1 where the system has no such thing.
int bw_end_with_parent(void);
