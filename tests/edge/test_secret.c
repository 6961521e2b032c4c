/* Passwords and keys: which properties hold them, and that they stay where they belong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "edge/cli/secret.h"

static void passwords_and_keys_are_secrets(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        bool secret;
    } cases[] = {
        {"sasl.password", true},
        {"ssl.key.password", true},
        {"ssl.keystore.password", true},
        {"ssl.key.pem", true},
        {"sasl.oauthbearer.config", true},
        {"sasl.oauthbearer.client.secret", true},
        {"sasl.oauthbearer.assertion.private.key.passphrase", true},
        {"sasl.username", false},
        {"sasl.mechanisms", false},
        {"ssl.key.location", false},
        {"ssl.ca.pem", false},
        {"bootstrap.servers", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (secret_property(cases[i].name, strlen(cases[i].name)) != cases[i].secret)
            fail_msg("%s", cases[i].name);
}

static void arguments_lose_their_secrets_and_nothing_else(void **state)
{
    (void)state;
    static const struct {
        const char *given, *shown;
    } cases[] = {
        {"chapar", "chapar"},
        {"-X", "-X"},
        {"sasl.password=hush", "sasl.password=****"},
        {"-Xsasl.password=hush=er", "-Xsasl.password=*******"},
        {"--sasl.password=hush", "--sasl.password=****"},
        {"-X", "-X"},
        {"sasl.password=", "sasl.password="},
        {"sasl.username=me", "sasl.username=me"},
        {"--secret-file", "--secret-file"},
        {"sasl.password=/run/kafka", "sasl.password=/run/kafka"},
        {"--secret-file=sasl.password=/run/kafka", "--secret-file=sasl.password=/run/kafka"},
        {"events=password", "events=password"},
        {"--registry-url=https://me:hush@host:8081/a@b", "--registry-url=https://me:****@host:8081/a@b"},
        {"https://me:hu@sh@host", "https://me:*****@host"},
        {"https://token@host:8081", "https://*****@host:8081"},
        {"https://token:@host:8081", "https://******@host:8081"},
        {"https://:hush@host", "https://:****@host"},
        {"https://@host", "https://@host"},
        {"http://a:hush@one,http://token@two/x@y", "http://a:****@one,http://*****@two/x@y"},
        {"--webhook=https://hooks.example.org/services/hush?a#b",
         "--webhook=https://hooks.example.org/*****************"},
        {"--webhook", "--webhook"},
        {"desk=https://token@hooks.example.org:8443/hush", "desk=https://*****@hooks.example.org:8443/****"},
        {"--webhook=https://hooks.example.org", "--webhook=https://hooks.example.org"},
        {"--webhook=nonsense", "--webhook=nonsense"},
        {"--webhook-secret-file=/run/secret", "--webhook-secret-file=***********"},
        {"--alertmanager=http://host/path", "--alertmanager=http://host/path"},
        {"https://host:8081/a:b@c", "https://host:8081/a:b@c"},
    };
    enum { COUNT = sizeof cases / sizeof *cases };
    char *argv[COUNT + 1] = {NULL};
    for (size_t i = 0; i < COUNT; i++)
        argv[i] = strdup(cases[i].given);
    char **copies = secret_arguments(COUNT, argv);
    assert_null(copies[COUNT]);
    for (size_t i = 0; i < COUNT; i++) {
        assert_string_equal(copies[i], cases[i].given);
        assert_string_equal(argv[i], cases[i].shown);
        free(argv[i]);
    }
    secret_arguments_free(copies);
}

/* A file of that content; the caller unlinks it. */
static void make_file(char path[32], const char *content, size_t len, mode_t mode)
{
    strcpy(path, "/tmp/chapar-test-XXXXXX");
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, content, len), (ssize_t)len);
    assert_int_equal(fchmod(fd, mode), 0);
    assert_int_equal(close(fd), 0);
}

static void a_file_holds_one_secret(void **state)
{
    (void)state;
    static char large[SECRET_SIZE_MOST + 1];
    memset(large, 'x', sizeof large);
    static const struct {
        const char *content;
        size_t len;
        const char *value; /* NULL: refused */
    } cases[] = {
        {"hush", 4, "hush"},
        {"hush\n", 5, "hush"},
        {"hush\r\n", 6, "hush"},
        {" hush \n\n", 8, " hush \n"},
        {"a\nb\n", 4, "a\nb"},
        {"", 0, NULL},
        {"\n", 1, NULL},
        {"hu\0sh", 5, NULL},
        {large, sizeof large, NULL},
    };
    struct arena *a = arena_new(4096);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char path[32];
        const char *value = NULL;
        bool open_to_all = false;
        struct error e = {0};
        mode_t mode = i % 2 ? 0600 : 0644;
        make_file(path, cases[i].content, cases[i].len, mode);
        int rc = secret_read(path, "CHAPAR_SECRET_FILE", "sasl.password", a, &value, &open_to_all, &e);
        assert_int_equal(unlink(path), 0);
        if (cases[i].value) {
            assert_int_equal(rc, 0);
            assert_string_equal(value, cases[i].value);
            assert_int_equal(open_to_all, mode == 0644);
        } else {
            assert_int_equal(rc, ERROR_USAGE);
            assert_string_equal(e.where, "CHAPAR_SECRET_FILE");
            assert_non_null(strstr(e.text, "sasl.password: the file that holds it "));
            assert_null(value);
        }
    }
    arena_free(a);
}

static void the_name_of_a_file_that_is_none_may_be_the_secret(void **state)
{
    (void)state;
    struct arena *a = arena_new(4096);
    const char *value = NULL;
    bool open_to_all = false;
    struct error e = {0};
    assert_int_equal(secret_read("hush", "-", "sasl.password", a, &value, &open_to_all, &e), ERROR_USAGE);
    assert_null(strstr(e.text, "hush"));
    assert_int_equal(secret_read("/tmp", "-", "sasl.password", a, &value, &open_to_all, &e), ERROR_USAGE);
    assert_non_null(strstr(e.text, "cannot be read"));
    arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(passwords_and_keys_are_secrets),
        cmocka_unit_test(arguments_lose_their_secrets_and_nothing_else),
        cmocka_unit_test(a_file_holds_one_secret),
        cmocka_unit_test(the_name_of_a_file_that_is_none_may_be_the_secret),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
