/* Runs a fuzz target on files, without libFuzzer: what was found once is run again by every build.
 *
 * Usage: fuzz_TARGET FILE|FOLDER...
 *
 * A file is one input, unless its name ends in .lines (each line is an input, without its line feed) or .hex
 * (each line is an input in hexadecimal digits; blanks are passed over, and so are lines that begin with #).
 * A folder stands for its files. Each input lies in memory of exactly its size, so that the sanitizers see a
 * step beyond its end. No input at all is a failure. */
#include <dirent.h>
#include <errno.h>
#include <sys/stat.h>

#include "core/buffer.h"
#include "tests/fuzz/fuzz.h"

static const char *program;
static size_t inputs;

__attribute__((noreturn)) static void stop(const char *path, const char *why)
{
    (void)fprintf(stderr, "%s: %s: %s\n", program, path, why);
    exit(2);
}

static void run_input(const unsigned char *at, size_t n)
{
    unsigned char *exact = malloc(n ? n : 1);
    if (!exact)
        abort();
    if (n)
        memcpy(exact, at, n);
    (void)LLVMFuzzerTestOneInput(exact, n);
    free(exact);
    inputs++;
}

static void read_file(const char *path, struct buffer *out)
{
    FILE *file = fopen(path, "rbe");
    size_t n = 1;
    if (!file)
        stop(path, strerror(errno));
    while (n > 0) {
        n = fread(buffer_room(out, 65536), 1, 65536, file);
        out->len += n;
    }
    if (ferror(file))
        stop(path, "cannot be read");
    (void)fclose(file);
}

static int digit_of(unsigned char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static void run_hex(const char *path, const unsigned char *line, size_t n)
{
    struct buffer bytes = BUFFER_EMPTY;
    int high = -1;
    if (n > 0 && line[0] == '#')
        return;
    for (size_t i = 0; i < n; i++) {
        int digit = digit_of(line[i]);
        if (line[i] == ' ')
            continue;
        if (digit < 0)
            stop(path, "not hexadecimal");
        if (high >= 0)
            buffer_add_byte(&bytes, (unsigned char)(high << 4 | digit));
        high = high >= 0 ? -1 : digit;
    }
    if (high >= 0)
        stop(path, "half a byte");
    run_input(bytes.at, bytes.len);
    buffer_free(&bytes);
}

static bool ends_in(const char *path, const char *ending)
{
    size_t n = strlen(path), m = strlen(ending);
    return n > m && strcmp(path + n - m, ending) == 0;
}

static void run_file(const char *path)
{
    struct buffer content = BUFFER_EMPTY;
    bool hex = ends_in(path, ".hex"), lines = ends_in(path, ".lines");
    read_file(path, &content);
    if (!hex && !lines)
        run_input(content.at, content.len);
    for (size_t from = 0, to = 0; (hex || lines) && from < content.len; from = to + 1) {
        const unsigned char *line = content.at + from;
        const unsigned char *feed = memchr(line, '\n', content.len - from);
        to = feed ? (size_t)(feed - content.at) : content.len;
        if (hex)
            run_hex(path, line, to - from);
        else
            run_input(line, to - from);
    }
    buffer_free(&content);
}

static void run_path(const char *path)
{
    struct stat st;
    if (stat(path, &st) != 0)
        stop(path, strerror(errno));
    if (!S_ISDIR(st.st_mode)) {
        run_file(path);
        return;
    }
    struct dirent **names;
    int count = scandir(path, &names, NULL, alphasort);
    if (count < 0)
        stop(path, strerror(errno));
    for (int i = 0; i < count; i++) {
        char inner[4096];
        int n = snprintf(inner, sizeof inner, "%s/%s", path, names[i]->d_name);
        if (n < 0 || (size_t)n >= sizeof inner)
            stop(path, "the path is too long");
        if (names[i]->d_name[0] != '.')
            run_file(inner);
        free(names[i]);
    }
    free(names);
}

int main(int argc, char **argv)
{
    program = argv[0];
    for (int i = 1; i < argc; i++)
        run_path(argv[i]);
    if (inputs == 0)
        stop(argc > 1 ? argv[1] : "usage: fuzz_TARGET FILE|FOLDER...", "no input");
    (void)printf("%zu inputs\n", inputs);
    return 0;
}
