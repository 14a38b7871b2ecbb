#include "bw_parent.h"

#include <signal.h>

#ifdef __linux__
#include <sys/prctl.h>

int bw_end_with_parent(void) { return prctl(PR_SET_PDEATHSIG, SIGTERM); }
#else
int bw_end_with_parent(void) { return -1; }
#endif
