#include "core/error.h"

#include <stdarg.h>
#include <stdio.h>

#include "core/text_check.h"

#undef error_set
#undef error_set_at

static void error_fill(struct error *e, int code, const char *where, size_t position, const char *format,
                       va_list ap)
{
    e->code = code;
    e->position = position;
    (void)snprintf(e->where, sizeof e->where, "%s", where ? where : "");
    (void)vsnprintf(e->text, sizeof e->text, format, ap);
    text_tame(e->where);
    text_tame(e->text);
}

int error_set(struct error *e, int code, const char *where, const char *format, ...)
{
    if (e) {
        va_list ap;
        va_start(ap, format);
        error_fill(e, code, where, 0, format, ap);
        va_end(ap);
    }
    return code;
}

int error_set_at(struct error *e, int code, const char *where, size_t position, const char *format, ...)
{
    if (e) {
        va_list ap;
        va_start(ap, format);
        error_fill(e, code, where, position, format, ap);
        va_end(ap);
    }
    return code;
}
