#include "consumer/verify/differences.h"

#include "edge/json/json_write.h"

static void add_text(struct buffer *b, const char *name, struct text value)
{
    if (text_is_null(value))
        return;
    json_add_text(b, text_of(name));
    json_write_string(b, value);
}

static void add_number(struct buffer *b, const char *name, int64_t value)
{
    json_add_text(b, text_of(name));
    json_write_integer(b, value);
}

static void add_json(struct buffer *b, const char *name, struct text json)
{
    if (text_is_null(json))
        return;
    json_add_text(b, text_of(name));
    json_add_text(b, json);
}

void differences_add(struct differences *d, const struct difference *one)
{
    struct buffer *b = &d->lines;
    if (++d->count > DIFFERENCES_MOST)
        return;
    json_add_text(b, TEXT_LITERAL("{\"record\":\"difference\""));
    add_text(b, ",\"difference\":", text_of(one->what));
    add_text(b, ",\"topic\":", one->topic);
    add_number(b, ",\"partition\":", one->partition);
    if (one->offset >= 0)
        add_number(b, ",\"offset\":", one->offset);
    add_text(b, ",\"key\":", one->key);
    add_text(b, ",\"field\":", one->field);
    add_json(b, ",\"stands\":", one->stands);
    add_json(b, ",\"follows\":", one->follows);
    add_text(b, ",\"why\":", text_of(one->why));
    json_add_text(b, TEXT_LITERAL("}\n"));
}

void differences_free(struct differences *d)
{
    buffer_free(&d->lines);
    d->count = 0;
}
