// The kernels for any machine: vectors of 4, which every compiler target can do.
#define lanes 4
#define tile_vectors 2
#define most_rows 6
#define kernel_set retouch_kernels_portable
#include "body.h"
