#pragma once

/// Asks the allocator to keep freed memory instead of giving it back to the system. Blending takes and
/// frees a picture's worth of memory thousands of times a second; giving it back costs 1 ms a sample in
/// page faults. Does nothing where the C library has no such setting.
void bw_keep_freed_memory(void);
