#include "bench/files.h"

#include <avro.h>
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/plain.h"

static FILE *opened(const char *path, const char *mode)
{
    FILE *f = fopen(path, mode);
    if (!f)
        die("%s: %s", path, strerror(errno));
    return f;
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

size_t files_read_bytes(const char *path)
{
    static char buffer[1 << 20];
    FILE *f = opened(path, "rb");
    size_t count = 0, n;
    setbuf(f, NULL);
    while ((n = fread(buffer, 1, sizeof buffer, f)) > 0)
        count += n;
    if (ferror(f))
        die("%s: %s", path, strerror(errno));
    (void)fclose(f);
    return count;
}
