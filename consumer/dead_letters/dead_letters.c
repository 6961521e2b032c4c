#include "consumer/dead_letters/dead_letters.h"

#include <stdio.h>

#include <openssl/evp.h>

#include "consumer/dead_letters/retry.h"
#include "core/instant.h"
#include "core/memory.h"
#include "edge/cli/exit.h"
#include "edge/cli/interrupt.h"
#include "edge/cli/log.h"
#include "edge/json/json_write.h"
#include "edge/json/record_printer.h"
#include "edge/registry/registered.h"

#define ARENA_BYTES (1 << 16)
#define OUTPUT_BYTES (1 << 16)

/* --- list --- */

static void add_text(struct buffer *b, const char *name, struct text value)
{
    if (text_is_null(value))
        return;
    json_add_text(b, text_of(name));
    json_write_string(b, value);
}

static void add_number(struct buffer *b, const char *name, int64_t value)
{
    if (value < 0)
        return;
    json_add_text(b, text_of(name));
    json_write_integer(b, value);
}

static void add_instant(struct buffer *b, const char *name, struct instant value)
{
    char text[INSTANT_TEXT_SIZE];
    if (!instant_is_none(value))
        add_text(b, name, (struct text){text, instant_format(value, text)});
}

/* RFC 4648, section 4. */
static void add_base64(struct buffer *b, const char *name, struct text bytes)
{
    if (text_is_null(bytes))
        return;
    json_add_text(b, text_of(name));
    buffer_add_byte(b, '"');
    unsigned char *to = buffer_room(b, bytes.len / 3 * 4 + 5);
    b->len += (size_t)EVP_EncodeBlock(to, (const unsigned char *)bytes.at, (int)bytes.len);
    buffer_add_byte(b, '"');
}

/* The event where its bytes say one, else the bytes. */
static void add_event(struct buffer *b, const struct letter *letter, struct codec *codec, struct arena *a)
{
    struct event event;
    arena_reset(a);
    if (!letter->head.placed || text_is_null(letter->value) ||
        codec_decode_event(codec, letter->head.kind, letter->value.at, letter->value.len, a, &event, NULL)) {
        add_base64(b, ",\"value\":", letter->value);
        return;
    }
    add_text(b, ",\"event_id\":", event.common.event_id);
    json_add_text(b, TEXT_LITERAL(",\"event\":"));
    record_print(b, event_kind_names[event.kind], event_fields[event.kind], &event.common);
}

static void letter_print(struct buffer *b, const struct letter *letter, struct codec *codec, struct arena *a)
{
    json_add_text(b, TEXT_LITERAL("{\"record\":\"dead-letter\""));
    add_text(b, ",\"reason\":", letter->head.reason);
    add_text(b, ",\"detail\":", letter->head.detail);
    add_text(b, ",\"topic\":", letter->head.topic);
    add_number(b, ",\"partition\":", letter->head.partition);
    add_number(b, ",\"offset\":", letter->head.offset);
    add_number(b, ",\"letter_partition\":", letter->partition);
    add_number(b, ",\"letter_offset\":", letter->offset);
    add_instant(b, ",\"written_at\":", letter->written);
    add_text(b, ",\"key\":", letter->key);
    add_instant(b, ",\"timestamp\":", letter->timestamp);
    json_add_text(b,
                  letter->retried ? TEXT_LITERAL(",\"retried\":true") : TEXT_LITERAL(",\"retried\":false"));
    add_number(b, ",\"retried_offset\":", letter->retried_offset);
    add_event(b, letter, codec, a);
    json_add_text(b, TEXT_LITERAL("}\n"));
}

static int list(const struct settings *s, struct codec *codec, const struct topic_names *names,
                struct error *e)
{
    struct letters letters;
    struct buffer b = BUFFER_EMPTY;
    int rc = letters_read(s, codec, names, &letters, e);
    if (rc)
        return rc;
    struct arena *a = arena_new(ARENA_BYTES);
    bool failed = false;
    for (size_t i = 0; i < letters.count; i++) {
        letter_print(&b, &letters.at[i], codec, a);
        if (b.len >= OUTPUT_BYTES || i + 1 == letters.count) {
            failed = fwrite(b.at, 1, b.len, stdout) != b.len || failed;
            buffer_clear(&b);
        }
    }
    buffer_free(&b);
    arena_free(a);
    letters_free(&letters);
    return failed ? error_set(e, ERROR_SYSTEM, "standard output", "cannot be written to") : 0;
}

/* --- retry --- */

static void letter_left(const struct letter *letter, const char *why)
{
    log_warn("dead letter left", log_view("reason", letter->head.reason), log_text("why", why),
             log_text("field", letter->refused.where[0] ? letter->refused.where : NULL),
             log_view("topic", letter->head.topic), log_number("partition", letter->head.partition),
             log_number("offset", letter->head.offset));
}

static int retry_letters(struct retry *r, struct letters *letters, struct error *e)
{
    struct letter **chosen = memory_zeroed(letters->count * sizeof(struct letter *));
    size_t count = 0, before = 0, put_back = 0;
    for (size_t i = 0; i < letters->count; i++) {
        struct letter *letter = &letters->at[i];
        const char *hindrance = letter->retried ? NULL : retry_hindrance(letter);
        if (letter->retried)
            before++;
        else if (hindrance)
            letter_left(letter, hindrance);
        else
            chosen[count++] = letter;
    }
    int rc = retry_put_back(r, chosen, count, &put_back, e);
    if (rc == 0)
        log_info("dead letters put back", log_number("put_back", (int64_t)put_back),
                 log_number("left", (int64_t)(letters->count - count - before)),
                 log_number("put_back_before", (int64_t)before));
    memory_give(chosen);
    return rc;
}

/* The letters are read after no other retry can commit any more. */
static int retry(const struct settings *s, struct codec *codec, const struct topic_names *names,
                 struct error *e)
{
    struct retry *r = NULL;
    struct letters letters;
    interrupt_listen();
    int rc = retry_open(s, names, &r, e);
    if (rc)
        return rc;
    rc = letters_read(s, codec, names, &letters, e);
    if (rc == 0) {
        rc = retry_letters(r, &letters, e);
        letters_free(&letters);
    }
    retry_close(r);
    return rc;
}

int dead_letters_run(const struct settings *s)
{
    struct error e = {0};
    struct codec *codec = NULL;
    struct registry *registry = NULL;
    struct topic_names names;
    topic_names_make(&names, s->prefix);
    int rc = codec_new(&codec, &e);
    if (rc == 0)
        rc = registered_reading(s, codec, &registry, &e);
    if (rc == 0)
        rc = s->action == LETTERS_LIST ? list(s, codec, &names, &e) : retry(s, codec, &names, &e);
    codec_free(codec);
    registry_free(registry);
    topic_names_free(&names);
    if (rc)
        (void)fprintf(stderr, "chapar: %s%s%s\n", e.where, *e.where ? ": " : "", e.text);
    return exit_of_error(rc);
}
