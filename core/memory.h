/* Memory that the register owns. Running out of it ends the process: a state that lost a piece must never be
 * committed, and after the restart it is built again from the topics. Any thread. */
#ifndef CORE_MEMORY_H
#define CORE_MEMORY_H

#include <stddef.h>
#include <stdnoreturn.h>

#include "core/text.h"

void *memory_take(size_t bytes);             /* own; uninitialised */
void *memory_zeroed(size_t bytes);           /* own */
void *memory_resize(void *at, size_t bytes); /* take, own */

/* The same, of so much that it had better lie in huge pages where the system has them: what is looked up all
 * over it then needs fewer translations of addresses, which cost more than the memory itself. own */
void *memory_take_huge(size_t bytes);
void *memory_zeroed_huge(size_t bytes);

void memory_give(void *at); /* take; NULL allowed */

/* A copy of the text, which ends with a NUL behind it; null stays null. own: memory_give_text */
struct text memory_copy_text(struct text t);
void memory_give_text(struct text t); /* take; null allowed */

/* Ends the process for want of memory: by what memory_on_exhausted was given, else by abort. */
noreturn void memory_exhausted(void);

/* `end` tells the user and ends the process. It may be called on any thread, and has no memory to work with.
 * Call before other threads start. */
void memory_on_exhausted(void (*end)(void));

#endif
