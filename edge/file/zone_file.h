/* Time zones from the system's compiled time zone database (tzdata). */
#ifndef EDGE_FILE_ZONE_FILE_H
#define EDGE_FILE_ZONE_FILE_H

#include "core/error.h"
#include "core/zone.h"

/* The zone of an IANA name such as "Asia/Almaty", from the directory that the environment's TZDIR names, else
 * from /usr/share/zoneinfo. "UTC" needs no file. Blocks on one small file read; any thread.
 *
 * ERROR_USAGE: not the name of a zone, or none of that name; ERROR_SYSTEM: the file cannot be read;
 * ERROR_MALFORMED: it is no time zone file. `where` is the name or the file's path. *out: own. */
int zone_load(const char *iana_name, struct zone **out, struct error *e);

#endif
