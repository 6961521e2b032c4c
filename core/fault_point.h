/* Named places on the way of an event at which a build made for tests can be killed, held up or stopped
 * (tests/fault/fault_point.c says how to ask for it). In every other build they are nothing: no code, no
 * name.
 *
 * A name says the step and the side of it: `offsets.before` has not sent them yet, `offsets.after` has. What
 * happens within a step is reached by a kill that comes a little later than asked for. */
#ifndef CORE_FAULT_POINT_H
#define CORE_FAULT_POINT_H

#ifdef CHAPAR_FAULTS
void fault_point(const char *name); /* may not return */
#else
#define fault_point(name) ((void)0)
#endif

#endif
