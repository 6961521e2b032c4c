/* Whether the event loop is alive: it says so itself, at each turn and in each wait of which nobody knows how
 * long it takes. Any thread; nothing blocks. */
#ifndef CONSUMER_HEARTBEAT_H
#define CONSUMER_HEARTBEAT_H

#include <stdint.h>

/* The loop, or whoever it waits for, is at work. */
void heartbeat(void);

/* Milliseconds since the last of them; since the first call of this function when there was none. */
int64_t heartbeat_age_ms(void);

#endif
