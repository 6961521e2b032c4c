#include "edge/registry/registered.h"

#include <stdio.h>
#include <string.h>

#define SUBJECT_SIZE 320

_Static_assert(TOPIC_SIGNINGS == (int)CODEC_SIGNING && TOPIC_INSTRUMENTS == (int)CODEC_INSTRUMENT_RECORD &&
                   TOPIC_ALERTS == (int)CODEC_ALERT,
               "topics and what they hold are in the same order");

static int registered_look_up(void *context, uint32_t id, struct buffer *json, struct error *e)
{
    return registry_schema(context, id, json, e);
}

static const char *ca_file_of(const struct settings *s)
{
    for (size_t i = 0; i < s->properties.count; i++)
        if (strcmp(s->properties.at[i].name, "ssl.ca.location") == 0)
            return s->properties.at[i].value;
    return NULL;
}

int registered_reading(const struct settings *s, struct codec *codec, struct registry **out, struct error *e)
{
    struct registry *r = NULL;
    if (s->registry_url && *s->registry_url) {
        int rc = registry_new(s->registry_url, ca_file_of(s), &r, e);
        if (rc)
            return rc;
        codec_look_up_with(codec, registered_look_up, r);
    }
    *out = r;
    return 0;
}

int registered_writing(struct registry *r, struct codec *codec, const struct topic_names *names,
                       enum topic first, int count, struct error *e)
{
    for (int t = (int)first; r && t < (int)first + count; t++) {
        char subject[SUBJECT_SIZE];
        uint32_t id;
        enum codec_subject s = (enum codec_subject)t;
        struct text json = codec_schema_json(s);
        (void)snprintf(subject, sizeof subject, "%s-value", names->all[t].at);
        int rc = registry_register(r, subject, json, &id, e);
        if (rc == 0)
            rc = codec_add_schema(codec, json.at, json.len, &id, e);
        if (rc)
            return rc;
        codec_use_schema_id(codec, s, id);
    }
    return 0;
}
