/* How clients of the broker are configured: what is ours, what is the user's, and who wins. No broker needed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "edge/kafka/client.h"
#include "edge/kafka/topics.h"

static struct settings with(const struct property *properties, size_t count)
{
    return (struct settings){.brokers = "a:1,b:2", .properties = {properties, count}};
}

static void assert_property(const rd_kafka_conf_t *conf, const char *name, const char *wanted)
{
    char value[200];
    size_t size = sizeof value;
    assert_int_equal(rd_kafka_conf_get(conf, name, value, &size), RD_KAFKA_CONF_OK);
    assert_string_equal(value, wanted);
}

static void the_user_and_the_command_share_the_properties(void **state)
{
    (void)state;
    static const struct property given[] = {
        {"socket.nagle.disable", "false", "-X"},
        {"linger.ms", "77", "-X"},
        {"fetch.wait.max.ms", "9", "-X"},
    };
    struct settings s = with(given, 3);
    struct error e = {0};
    rd_kafka_conf_t *conf;
    assert_int_equal(client_conf(&s, &conf, &e), 0);
    assert_property(conf, "bootstrap.servers", "a:1,b:2");
    assert_property(conf, "client.id", "chapar");
    assert_property(conf, "allow.auto.create.topics", "false");
    assert_property(conf, "socket.nagle.disable", "false");

    assert_int_equal(client_prefer(&s, conf, "linger.ms", "5", &e), 0);
    assert_property(conf, "linger.ms", "77");
    assert_int_equal(client_prefer(&s, conf, "retry.backoff.ms", "1", &e), 0);
    assert_property(conf, "retry.backoff.ms", "1");
    assert_int_equal(client_set(conf, "linger.ms", "5", &e), 0);
    assert_property(conf, "linger.ms", "5");
    assert_int_equal(client_set(conf, "linger.ms", "soon", &e), ERROR_USAGE);
    rd_kafka_conf_destroy(conf);
}

static void nagle_is_off_unless_wanted(void **state)
{
    (void)state;
    struct settings s = with(NULL, 0);
    struct error e = {0};
    rd_kafka_conf_t *conf;
    assert_int_equal(client_conf(&s, &conf, &e), 0);
    assert_property(conf, "socket.nagle.disable", "true");
    rd_kafka_conf_destroy(conf);
}

static void unusable_properties_are_told_with_their_place(void **state)
{
    (void)state;
    static const struct {
        struct property given;
        const char *text;
    } cases[] = {
        {{"securty.protocol", "ssl", "-X"},
         "securty.protocol: librdkafka has no such property (did you mean "
         "security.protocol?)"},
        {{"xyzzy", "hush", "f:3"}, "xyzzy: librdkafka has no such property"},
        {{"security.protocol", "magic", "f:3"}, "\"magic\""},
        {{"message.max.bytes", "many", "CHAPAR_X"}, "message.max.bytes"},
        {{"opaque", "1", "-X"}, "opaque: "},
        {{"bootstrap.servers", "c:1", "-X"}, "use --brokers"},
        {{"group.id", "mine", "-X"}, "use --group"},
        {{"transactional.id", "mine", "-X"}, "transactional.id cannot be set"},
        {{"isolation.level", "read_uncommitted", "-X"}, "only committed"},
        {{"partitioner", "random", "-X"}, "murmur2"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct settings s = with(&cases[i].given, 1);
        struct error e = {0};
        assert_int_equal(client_check(&s, &e), ERROR_USAGE);
        assert_string_equal(e.where, cases[i].given.where);
        if (!strstr(e.text, cases[i].text) || strstr(e.text, "hush"))
            fail_msg("case %zu: %s", i, e.text);
    }
}

static void properties_that_exclude_each_other_show_when_the_client_is_made(void **state)
{
    (void)state;
    static const struct property given[] = {
        {"security.protocol", "ssl", "-X"},
        {"ssl.key.pem", "hush", "-X"},
    };
    struct settings s = with(given, 2);
    struct error e = {0};
    rd_kafka_conf_t *conf;
    rd_kafka_t *rk;
    assert_int_equal(client_conf(&s, &conf, &e), 0);
    assert_int_equal(client_new(CLIENT_PRODUCER, conf, &rk, &e), ERROR_USAGE);
    assert_non_null(strstr(e.text, "ssl.key.pem"));
    assert_null(strstr(e.text, "hush"));
}

static void topics_have_names_and_settings(void **state)
{
    (void)state;
    struct topic_names names;
    topic_names_make(&names, "p-");
    assert_string_equal(names.all[topic_of_event(EVENT_MILESTONE)].at, "p-milestones");
    assert_string_equal(names.all[TOPIC_DEAD_LETTERS].at, "p-dead-letters");
    for (int t = 0; t < TOPIC_COUNT; t++) {
        size_t count;
        const struct topic_setting *settings = topic_settings((enum topic)t, &count);
        assert_in_range(count, 1, TOPIC_SETTINGS_MOST);
        for (size_t i = 0; i < count; i++) {
            for (size_t k = 0; k < i; k++)
                assert_string_not_equal(settings[i].name, settings[k].name);
            if (strcmp(settings[i].name, "cleanup.policy") == 0)
                assert_string_equal(settings[i].value, topic_table[t].compacted ? "compact" : "delete");
        }
    }
    topic_names_free(&names);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_user_and_the_command_share_the_properties),
        cmocka_unit_test(nagle_is_off_unless_wanted),
        cmocka_unit_test(unusable_properties_are_told_with_their_place),
        cmocka_unit_test(properties_that_exclude_each_other_show_when_the_client_is_made),
        cmocka_unit_test(topics_have_names_and_settings),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
