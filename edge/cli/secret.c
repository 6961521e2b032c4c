#include "edge/cli/secret.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "core/memory.h"
#include "core/text.h"

/* What the names of such properties have in common, in librdkafka 2.0 and later: sasl.password,
 * ssl.key.password, ssl.keystore.password, ssl.key.pem, sasl.oauthbearer.client.secret,
 * sasl.oauthbearer.config, sasl.oauthbearer.assertion.private.key.passphrase, ... */
static const char *const words[] = {"password", "passphrase", "secret", "key.pem", "oauthbearer.config"};

bool secret_property(const char *name, size_t len)
{
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (memmem(name, len, words[i], strlen(words[i])))
            return true;
    return false;
}

bool secret_of_url(const char *url, size_t *at, size_t *len)
{
    const char *authority = strstr(url, "://");
    if (!authority)
        return false;
    authority += 3;
    size_t most = strcspn(authority, "/?#");
    const char *host = memrchr(authority, '@', most);
    const char *colon = host ? memchr(authority, ':', (size_t)(host - authority)) : NULL;
    if (!host || host == authority)
        return false;
    const char *secret = colon && colon + 1 < host ? colon + 1 : authority;
    *at = (size_t)(secret - url);
    *len = (size_t)(host - secret);
    return true;
}

static void hide_user_info(char *text)
{
    size_t at, len;
    for (char *url = text; url && secret_of_url(url, &at, &len); url = strstr(url + at + len, "://"))
        memset(url + at, '*', len);
}

/* Whoever knows where a webhook listens may post there: of the address only the host is shown. */
static void hide_path(char *text)
{
    char *authority = strstr(text, "://");
    char *path = authority ? strpbrk(authority + 3, "/?#") : NULL;
    if (path)
        memset(path + 1, '*', strlen(path + 1));
}

/* "--option=value", or the value behind "--option". */
static bool is_value_of(const char *option, const char *argument, const char *before)
{
    size_t len = strlen(option);
    return (strncmp(argument, option, len) == 0 && argument[len] == '=') ||
           (before && strcmp(before, option) == 0);
}

/* "-Xname=value", "name=value" after -X, what was meant to be one, and what URLs have of secrets. */
static void hide(char *argument, const char *before)
{
    char *name = argument + strspn(argument, "-");
    if (is_value_of("--secret-file", argument, before))
        return;
    char *value = strchr(name, '=');
    hide_user_info(argument);
    if (is_value_of("--webhook", argument, before))
        hide_path(argument);
    if (value && secret_property(name, (size_t)(value - name)))
        memset(value + 1, '*', strlen(value + 1));
}

char **secret_arguments(int argc, char **argv)
{
    char **copies = memory_zeroed(((size_t)argc + 1) * sizeof *copies);
    for (int i = 0; i < argc; i++) {
        size_t size = strlen(argv[i]) + 1;
        copies[i] = memory_take(size);
        memcpy(copies[i], argv[i], size);
        hide(argv[i], i ? argv[i - 1] : NULL);
    }
    return copies;
}

void secret_arguments_free(char **arguments)
{
    for (char **at = arguments; *at; at++)
        memory_give(*at);
    memory_give(arguments);
}

static int refuse(const char *where, const char *property, const char *why, struct error *e)
{
    return error_set(e, ERROR_USAGE, where, "%s: the file that holds it %s", property, why);
}

static int read_bytes(FILE *f, const char *where, const char *property, struct arena *a, const char **out,
                      struct error *e)
{
    char *bytes = arena_take(a, SECRET_SIZE_MOST + 1);
    size_t len = fread(bytes, 1, SECRET_SIZE_MOST + 1, f);
    if (ferror(f))
        return error_set(e, ERROR_USAGE, where, "%s: the file that holds it cannot be read: %s", property,
                         strerror(errno));
    if (len > SECRET_SIZE_MOST)
        return refuse(where, property, "is larger than 64 KiB", e);
    if (len && bytes[len - 1] == '\n')
        len--;
    if (len && bytes[len - 1] == '\r')
        len--;
    if (len == 0)
        return refuse(where, property, "is empty", e);
    if (memchr(bytes, '\0', len))
        return refuse(where, property, "has a NUL byte", e);
    *out = arena_copy(a, (struct text){bytes, len}).at;
    return 0;
}

int secret_read(const char *path, const char *where, const char *property, struct arena *a, const char **out,
                bool *open_to_all, struct error *e)
{
    struct stat about;
    FILE *f = fopen(path, "rbe");
    if (!f)
        return error_set(e, ERROR_USAGE, where, "%s: the file that holds it cannot be opened: %s", property,
                         strerror(errno));
    int rc = read_bytes(f, where, property, a, out, e);
    if (rc == 0)
        *open_to_all =
            fstat(fileno(f), &about) == 0 && S_ISREG(about.st_mode) && (about.st_mode & S_IROTH) != 0;
    (void)fclose(f);
    return rc;
}
