/* Running out of memory, as the process's caller sees it: a line on standard error and exit status 1, with
 * nothing more written to standard output. Nothing is lost by it that is not in Kafka or in files. */
#ifndef EDGE_CLI_EXHAUSTION_H
#define EDGE_CLI_EXHAUSTION_H

/* From now on. Libraries that abort for want of memory (librdkafka does) end like this as well; what aborts
 * for another reason still does. Call before other threads start. */
void exhaustion_listen(void);

#endif
