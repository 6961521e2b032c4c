#include "edge/file/zone_file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "core/text_check.h"

#define DEFAULT_DIRECTORY "/usr/share/zoneinfo"
#define PATH_BYTES 4096
#define FILE_BYTES_MAX (64 * 1024) /* the largest zones have 4 KiB */
#define NAME_BYTES_MAX 255

/* Words of letters, digits, '_', '+' and '-' separated by single slashes: no dots, so nothing outside of the
 * directory can be named. */
static bool name_is_valid(const char *name)
{
    size_t len = strlen(name);
    if (len == 0 || len > NAME_BYTES_MAX || name[len - 1] == '/')
        return false;
    for (size_t i = 0; i < len; i++) {
        char c = name[i];
        bool letter = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
        bool sign = c == '_' || c == '+' || c == '-';
        bool slash = c == '/' && i > 0 && name[i - 1] != '/';
        if (!letter && !sign && !slash)
            return false;
    }
    return true;
}

/* At most `room` bytes of the file; more than fit are an error. */
static int read_whole(const char *path, const char *name, unsigned char *into, size_t room, size_t *bytes,
                      struct error *e)
{
    int rc = 0;
    FILE *file = fopen(path, "rbe");
    if (!file && (errno == ENOENT || errno == ENOTDIR))
        return error_set(e, ERROR_USAGE, name, "no time zone of that name (there is no file %s)", path);
    if (!file)
        return error_set(e, ERROR_SYSTEM, path, "cannot open: %s", strerror(errno));
    size_t n = fread(into, 1, room, file);
    if (ferror(file)) {
        /* "Asia" is a directory: it opens, but does not read. */
        rc = errno == EISDIR
                 ? error_set(e, ERROR_USAGE, name, "no time zone of that name (%s is a directory)", path)
                 : error_set(e, ERROR_SYSTEM, path, "cannot read: %s", strerror(errno));
    } else if (n == room) {
        rc = error_set(e, ERROR_MALFORMED, path, "too large for a time zone file");
    } else {
        *bytes = n;
    }
    (void)fclose(file);
    return rc;
}

int zone_load(const char *iana_name, struct zone **out, struct error *e)
{
    char path[PATH_BYTES];
    size_t bytes = 0;
    if (!name_is_valid(iana_name))
        return error_set(e, ERROR_USAGE, "",
                         "expected the name of a time zone such as Asia/Almaty, found \"%s\"",
                         text_quote(text_of(iana_name)).at);
    if (strcmp(iana_name, "UTC") == 0) {
        *out = zone_new_utc();
        return 0;
    }
    const char *directory = getenv("TZDIR");
    if (!directory || !*directory)
        directory = DEFAULT_DIRECTORY;
    int n = snprintf(path, sizeof path, "%s/%s", directory, iana_name);
    if (n < 0 || (size_t)n >= sizeof path)
        return error_set(e, ERROR_USAGE, iana_name, "the path of the time zone files (TZDIR) is too long");
    unsigned char *data = malloc(FILE_BYTES_MAX + 1);
    if (!data)
        memory_exhausted();
    int rc = read_whole(path, iana_name, data, FILE_BYTES_MAX + 1, &bytes, e);
    if (rc == 0)
        rc = zone_new(iana_name, data, bytes, out, e);
    free(data);
    return rc;
}
