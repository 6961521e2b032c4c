#include "edge/avro/codec.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "edge/avro/plan.h"
#include "edge/avro/schema_files.h"

#define NAMESPACE "org.chapar."

/* A schema that records may be written with. */
struct known {
    struct avro_schema *schema; /* own */
    struct avro_plan *plan;     /* own; NULL until needed, or refused */
    uint64_t fingerprint;
    bool is_ours; /* a record of a name that we read */
    enum codec_subject subject;
    int refused; /* why there is no plan: ERROR_UNKNOWN_SCHEMA, 0: not tried yet */
    struct error why;
};

struct registered {
    uint32_t id;
    struct known *known;
};

struct codec {
    struct known **known; /* own, each */
    size_t known_count;
    struct registered *ids; /* own; by id */
    size_t id_count;
    struct known
        *last[CODEC_SUBJECTS]; /* what the last message of each was written with: mostly the next's too */
    struct known *ours[CODEC_SUBJECTS];
    struct avro_encoder *encoders[CODEC_SUBJECTS]; /* own */
    struct framing framing[CODEC_SUBJECTS];
    codec_lookup lookup; /* NULL: ids that nobody added are unknown */
    void *lookup_context;
    struct buffer looked_up;
};

static const char *const schema_names[CODEC_SUBJECTS] = {
    "signing", "summit", "milestone", "instrument_record", "summit_record", "commitment_record", "alert"};

const struct fields *codec_fields(enum codec_subject s)
{
    return s <= CODEC_MILESTONE           ? event_fields[s]
           : s <= CODEC_COMMITMENT_RECORD ? record_fields[s - CODEC_INSTRUMENT_RECORD]
                                          : &alert_fields;
}

const char *codec_schema_name(enum codec_subject s)
{
    return schema_names[s];
}

bool codec_subject_of(const char *full_name, enum codec_subject *out)
{
    size_t n = strlen(NAMESPACE);
    if (strncmp(full_name, NAMESPACE, n) != 0)
        return false;
    for (int s = 0; s < CODEC_SUBJECTS; s++)
        if (strcmp(full_name + n, codec_fields((enum codec_subject)s)->name) == 0) {
            *out = (enum codec_subject)s;
            return true;
        }
    return false;
}

struct text codec_schema_json(enum codec_subject s)
{
    for (size_t i = 0; i < schema_file_count; i++)
        if (!schema_files[i].is_history && strcmp(schema_files[i].name, schema_names[s]) == 0)
            return schema_files[i].text;
    return TEXT_NULL;
}

void codec_look_up_with(struct codec *c, codec_lookup lookup, void *context)
{
    c->lookup = lookup;
    c->lookup_context = context;
}

const struct avro_schema *codec_schema(const struct codec *c, enum codec_subject s)
{
    return c->ours[s]->schema;
}

void codec_use_schema_id(struct codec *c, enum codec_subject s, uint32_t schema_id)
{
    c->framing[s] = (struct framing){.kind = FRAMING_CONFLUENT, .schema_id = schema_id};
}

/* The first of that fingerprint: where several differ in logical types alone, ours, then the one added first.
 */
static struct known *find_fingerprint(const struct codec *c, uint64_t fingerprint)
{
    for (size_t i = 0; i < c->known_count; i++)
        if (c->known[i]->fingerprint == fingerprint)
            return c->known[i];
    return NULL;
}

/* Where the id stands among the sorted ones, or belongs. */
static size_t find_id(const struct codec *c, uint32_t id)
{
    size_t low = 0, high = c->id_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (c->ids[middle].id < id)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void *grown(void *at, size_t count, size_t size)
{
    /* Doubling at powers of two. */
    if (count & (count - 1))
        return at;
    at = reallocarray(at, count ? count * 2 : 1, size);
    if (!at)
        memory_exhausted();
    return at;
}

static void register_id(struct codec *c, uint32_t id, struct known *known)
{
    size_t i = find_id(c, id);
    if (i == c->id_count || c->ids[i].id != id) {
        c->ids = grown(c->ids, c->id_count, sizeof *c->ids);
        memmove(&c->ids[i + 1], &c->ids[i], (c->id_count - i) * sizeof *c->ids);
        c->id_count++;
    }
    c->ids[i] = (struct registered){id, known};
}

void codec_read_as_written(struct codec *c, const struct codec *by)
{
    for (int s = 0; s < CODEC_SUBJECTS; s++)
        if (by->framing[s].kind == FRAMING_CONFLUENT)
            register_id(c, by->framing[s].schema_id, c->ours[s]);
}

static bool same_schema(const struct avro_schema *a, const struct avro_schema *b)
{
    return avro_schema_fingerprint(a) == avro_schema_fingerprint(b) &&
           avro_schema_identity(a) == avro_schema_identity(b);
}

static int add_schema(struct codec *c, const char *json, size_t len, struct known **out, struct error *e)
{
    struct avro_schema *schema;
    int rc = avro_schema_parse(json, len, &schema, e);
    if (rc)
        return rc;
    for (size_t i = 0; i < c->known_count; i++)
        if (same_schema(c->known[i]->schema, schema)) {
            avro_schema_free(schema);
            *out = c->known[i];
            return 0;
        }
    struct known *k = calloc(1, sizeof *k);
    if (!k)
        memory_exhausted();
    *k = (struct known){.schema = schema, .fingerprint = avro_schema_fingerprint(schema)};
    const struct avro_type *root = avro_schema_root(schema);
    k->is_ours = root->kind == KIND_RECORD && codec_subject_of(root->name, &k->subject);
    c->known = grown(c->known, c->known_count, sizeof *c->known);
    c->known[c->known_count++] = k;
    *out = k;
    return 0;
}

int codec_add_schema(struct codec *c, const char *json, size_t len, const uint32_t *schema_id,
                     struct error *e)
{
    struct known *k;
    int rc = add_schema(c, json, len, &k, e);
    if (rc == 0 && schema_id)
        register_id(c, *schema_id, k);
    return rc;
}

static int load(struct codec *c, const struct schema_file *file, struct error *e)
{
    struct known *k;
    int rc = add_schema(c, file->text.at, file->text.len, &k, e);
    if (rc || file->is_history)
        return rc;
    for (int s = 0; s < CODEC_SUBJECTS; s++)
        if (strcmp(file->name, schema_names[s]) == 0) {
            c->ours[s] = c->last[s] = k;
            c->framing[s] = (struct framing){.kind = FRAMING_SINGLE_OBJECT, .fingerprint = k->fingerprint};
            return avro_encoder_compile(k->schema, codec_fields((enum codec_subject)s), &c->encoders[s], e);
        }
    return 0;
}

int codec_new(struct codec **out, struct error *e)
{
    struct codec *c = calloc(1, sizeof *c);
    if (!c)
        memory_exhausted();
    int rc = 0;
    for (size_t i = 0; i < schema_file_count && rc == 0; i++)
        rc = load(c, &schema_files[i], e);
    for (int s = 0; s < CODEC_SUBJECTS && rc == 0; s++)
        if (!c->ours[s])
            rc = error_set(e, ERROR_INVALID, schema_names[s], "the schema is not part of the program");
    if (rc)
        codec_free(c);
    else
        *out = c;
    return rc;
}

void codec_free(struct codec *c)
{
    if (!c)
        return;
    for (size_t i = 0; i < c->known_count; i++) {
        avro_plan_free(c->known[i]->plan);
        avro_schema_free(c->known[i]->schema);
        free(c->known[i]);
    }
    for (int s = 0; s < CODEC_SUBJECTS; s++)
        avro_encoder_free(c->encoders[s]);
    free(c->known);
    free(c->ids);
    buffer_free(&c->looked_up);
    free(c);
}

/* What the framing names; NULL: nobody added it. */
static struct known *find(const struct codec *c, enum codec_subject s, const struct framing *f)
{
    if (f->kind == FRAMING_CONFLUENT) {
        size_t i = find_id(c, f->schema_id);
        return i < c->id_count && c->ids[i].id == f->schema_id ? c->ids[i].known : NULL;
    }
    return c->last[s]->fingerprint == f->fingerprint ? c->last[s] : find_fingerprint(c, f->fingerprint);
}

static int unknown(const struct framing *f, struct error *e)
{
    return f->kind == FRAMING_CONFLUENT
               ? error_set(e, ERROR_UNKNOWN_SCHEMA, "", "schema id %" PRIu32 " is unknown", f->schema_id)
               : error_set(e, ERROR_UNKNOWN_SCHEMA, "", "schema fingerprint %016" PRIx64 " is unknown",
                           f->fingerprint);
}

/* Adds the schema of an id that nobody added, if it can be had. */
static int look_up(struct codec *c, uint32_t id, struct known **out, struct error *e)
{
    struct error why;
    buffer_clear(&c->looked_up);
    int rc = c->lookup(c->lookup_context, id, &c->looked_up, e);
    if (rc)
        return rc;
    struct text json = buffer_text(&c->looked_up);
    if (add_schema(c, json.at, json.len, out, &why))
        return error_set(e, ERROR_UNKNOWN_SCHEMA, why.where, "schema id %" PRIu32 " is no schema: %.300s", id,
                         why.text);
    register_id(c, id, *out);
    return 0;
}

/* The plan of a schema, compiled when it is needed first. That it cannot be is remembered as well. */
static int prepare(const struct codec *c, struct known *k, struct error *e)
{
    if (!k->plan && !k->refused) {
        struct error why;
        if (avro_plan_compile(k->schema, c->ours[k->subject]->schema, codec_fields(k->subject), &k->plan,
                              &why))
            k->refused = error_set(&k->why, ERROR_UNKNOWN_SCHEMA, why.where,
                                   "schema fingerprint %016" PRIx64 " does not resolve: %.300s",
                                   k->fingerprint, why.text);
    }
    if (k->refused && e)
        *e = k->why;
    return k->refused;
}

static int other_record(const struct known *k, enum codec_subject s, struct error *e)
{
    const struct avro_type *root = avro_schema_root(k->schema);
    return error_set(e, ERROR_UNKNOWN_SCHEMA, "", "schema fingerprint %016" PRIx64 " is of %s, not of %s%s",
                     k->fingerprint, root->name ? root->name : avro_kind_name(root->kind), NAMESPACE,
                     codec_fields(s)->name);
}

static int decode(struct codec *c, enum codec_subject s, const void *bytes, size_t n, struct arena *a,
                  void *out, struct error *e)
{
    struct framing f;
    int rc = framing_read(bytes, n, &f, e);
    if (rc)
        return rc;
    struct known *k = find(c, s, &f);
    if (!k && f.kind == FRAMING_CONFLUENT && c->lookup && (rc = look_up(c, f.schema_id, &k, e)))
        return rc;
    if (!k)
        return unknown(&f, e);
    if (!k->is_ours || k->subject != s)
        return other_record(k, s, e);
    rc = prepare(c, k, e);
    if (rc)
        return rc;
    c->last[s] = k;
    rc = avro_decode(k->plan, (const unsigned char *)bytes + f.payload, n - f.payload, a, out, e);
    if (rc && e)
        e->position += f.payload;
    return rc;
}

static int refuse_kind(struct error *e)
{
    return error_set(e, ERROR_INVALID, "kind", "there is no schema for records of this kind");
}

int codec_decode_event(struct codec *c, enum event_kind kind, const void *bytes, size_t n, struct arena *a,
                       struct event *out, struct error *e)
{
    if ((unsigned)kind > EVENT_MILESTONE)
        return refuse_kind(e);
    int rc = decode(c, (enum codec_subject)(CODEC_SIGNING + (int)kind), bytes, n, a, &out->common, e);
    if (rc == 0)
        out->kind = kind;
    return rc;
}

int codec_decode_record(struct codec *c, enum subject_kind kind, const void *bytes, size_t n, struct arena *a,
                        struct record *out, struct error *e)
{
    if (kind < SUBJECT_INSTRUMENT || kind > SUBJECT_COMMITMENT)
        return refuse_kind(e);
    enum codec_subject s = (enum codec_subject)(CODEC_INSTRUMENT_RECORD + (int)kind - SUBJECT_INSTRUMENT);
    int rc = decode(c, s, bytes, n, a, &out->common, e);
    if (rc == 0)
        out->kind = kind;
    return rc;
}

int codec_decode_alert(struct codec *c, const void *bytes, size_t n, struct arena *a, struct alert *out,
                       struct error *e)
{
    return decode(c, CODEC_ALERT, bytes, n, a, out, e);
}

static int encode(const struct codec *c, enum codec_subject s, const void *record, struct buffer *out,
                  struct error *e)
{
    size_t before = out->len;
    framing_write(&c->framing[s], out);
    int rc = avro_encode(c->encoders[s], record, out, e);
    if (rc)
        out->len = before;
    return rc;
}

int codec_encode_event(const struct codec *c, const struct event *event, struct buffer *out, struct error *e)
{
    if ((unsigned)event->kind > EVENT_MILESTONE)
        return refuse_kind(e);
    return encode(c, (enum codec_subject)(CODEC_SIGNING + (int)event->kind), &event->common, out, e);
}

int codec_encode_record(const struct codec *c, const struct record *record, struct buffer *out,
                        struct error *e)
{
    if (record->kind < SUBJECT_INSTRUMENT || record->kind > SUBJECT_COMMITMENT)
        return refuse_kind(e);
    enum codec_subject s =
        (enum codec_subject)(CODEC_INSTRUMENT_RECORD + (int)record->kind - SUBJECT_INSTRUMENT);
    return encode(c, s, &record->common, out, e);
}

int codec_encode_alert(const struct codec *c, const struct alert *alert, struct buffer *out, struct error *e)
{
    return encode(c, CODEC_ALERT, alert, out, e);
}

void codec_frame_event(const struct codec *c, enum event_kind kind, struct text value, struct buffer *out)
{
    framing_write(&c->framing[CODEC_SIGNING + (int)kind], out);
    buffer_add(out, value.at, value.len);
}
