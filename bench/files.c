#include "bench/files.h"

#include <avro.h>
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/plain.h"
#include "edge/avro/container.h"
#include "edge/avro/schema_files.h"
#include "edge/file/event_file.h"

#define ARENA_BYTES (1 << 16)
#define FRAMING 10 /* bytes of the single-object encoding before the record itself */

static FILE *opened(const char *path, const char *mode)
{
    FILE *f = fopen(path, mode);
    if (!f)
        die("%s: %s", path, strerror(errno));
    return f;
}

static struct container_writer *container_of(int kind, FILE *file)
{
    struct error e;
    struct container_writer *w;
    const char *name = codec_schema_name((enum codec_subject)(CODEC_SIGNING + kind));
    for (const struct schema_file *f = schema_files; f < schema_files + schema_file_count; f++)
        if (strcmp(f->name, name) == 0) {
            if (container_create(file, name, f->text, true, &w, &e))
                die("%s", e.text);
            return w;
        }
    die("no schema %s", name);
}

size_t files_make_containers(const char *path, const char *dir)
{
    struct error e;
    struct event_file *in;
    struct codec *codec;
    struct container_writer *out[EVENT_KINDS];
    FILE *files[EVENT_KINDS];
    struct arena *arena = arena_new(ARENA_BYTES);
    struct buffer value = BUFFER_EMPTY;
    char name[4096];
    size_t n = 0;
    if (codec_new(&codec, &e) || event_file_open(path, (struct instant){0}, &in, &e))
        die("%s: %s", e.where, e.text);
    for (int k = 0; k < EVENT_KINDS; k++) {
        (void)snprintf(name, sizeof name, "%s/%s.avro", dir, topic_suffixes[k]);
        files[k] = opened(name, "wb");
        out[k] = container_of(k, files[k]);
    }
    for (;; n++) {
        struct event event;
        struct event_json_errors errors;
        arena_reset(arena);
        buffer_clear(&value);
        enum event_file_step step = event_file_next(in, arena, &event, &errors);
        if (step == EVENT_FILE_END)
            break;
        if (step != EVENT_FILE_EVENT)
            die("%s: event %zu is wrong", path, n + 1);
        if (codec_encode_event(codec, &event, &value, &e) ||
            container_append(out[event.kind], value.at + FRAMING, value.len - FRAMING, &e))
            die("%s: %s", e.where, e.text);
    }
    for (int k = 0; k < EVENT_KINDS; k++) {
        if (container_finish(out[k], &e))
            die("%s: %s", e.where, e.text);
        container_writer_free(out[k]);
        if (fclose(files[k]))
            die("%s: %s", dir, strerror(errno));
    }
    event_file_close(in);
    codec_free(codec);
    buffer_free(&value);
    arena_free(arena);
    return n;
}

size_t files_read_json(const char *path)
{
    FILE *f = opened(path, "rb");
    char *line = NULL;
    size_t size = 0, count = 0;
    ssize_t n;
    while ((n = getline(&line, &size, f)) > 0) {
        json_error_t why;
        json_t *object = json_loadb(line, (size_t)n, JSON_REJECT_DUPLICATES, &why);
        if (!object)
            die("%s: %s", path, why.text);
        json_decref(object);
        count++;
    }
    free(line);
    (void)fclose(f);
    return count;
}

size_t files_read_avro(const char *path)
{
    avro_file_reader_t in;
    avro_value_t value;
    size_t count = 0;
    if (avro_file_reader(path, &in))
        die("%s: %s", path, avro_strerror());
    avro_schema_t schema = avro_file_reader_get_writer_schema(in);
    avro_value_iface_t *generic = avro_generic_class_from_schema(schema);
    avro_generic_value_new(generic, &value);
    while (avro_file_reader_read_value(in, &value) == 0) {
        avro_value_reset(&value);
        count++;
    }
    avro_value_decref(&value);
    avro_value_iface_decref(generic);
    avro_schema_decref(schema);
    avro_file_reader_close(in);
    return count;
}
