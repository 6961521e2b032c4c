#include "core/fields.h"

#include <string.h>

#include "core/number.h"
#include "core/time.h"

uint8_t symbols_find(const struct symbols *s, struct text name)
{
    for (size_t i = 0; i < s->count; i++)
        if (text_equal(text_of(s->at[i]), name))
            return (uint8_t)(i + 1);
    return 0;
}

const char *symbols_name(const struct symbols *s, uint8_t stored)
{
    return stored == 0 || stored > s->count ? "" : s->at[stored - 1];
}

const struct field *fields_find(const struct fields *f, struct text name)
{
    for (size_t i = 0; i < f->count; i++)
        if (text_equal(text_of(f->at[i].name), name))
            return &f->at[i];
    return NULL;
}

void fields_clear(const struct fields *f, void *record)
{
    memset(record, 0, f->size);
    for (size_t i = 0; i < f->count; i++) {
        char *at = (char *)record + f->at[i].offset;
        if (f->at[i].kind == FIELD_INSTANT)
            *(struct instant *)(void *)at = INSTANT_NONE;
        else if (f->at[i].kind == FIELD_DAY)
            *(struct day *)(void *)at = DAY_NONE;
        else if (f->at[i].kind == FIELD_LONG)
            *(int64_t *)(void *)at = LONG_NULL;
    }
}
