/* The clocks of the machine. Only the command line reads them; everything below it is told the time.
 * Any thread; nothing blocks. */
#ifndef EDGE_CLI_CLOCK_H
#define EDGE_CLI_CLOCK_H

#include <stdint.h>

#include "core/time.h"

/* The system's idea of now. It may jump, also backwards. */
struct instant clock_wall(void);

/* Milliseconds since some fixed moment; never goes back. For time-outs, pacing and rates. */
int64_t clock_monotonic_ms(void);
int64_t clock_monotonic_us(void); /* the same in microseconds */

#endif
