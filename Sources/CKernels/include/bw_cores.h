#pragma once

/// The cores that this process may run on, one bit each, least significant first; `bytes` is the room
/// in `mask`. Returns 0, or −1 if the system does not say.
int bw_core_mask(unsigned char *mask, int bytes);

/// Keeps the calling thread on one core. Returns 0, or −1 if the system does not let it.
int bw_pin_thread(int core);
