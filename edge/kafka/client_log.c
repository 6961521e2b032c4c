#include "edge/kafka/client_log.h"

#include <openssl/x509.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "edge/cli/clock.h"
#include "edge/cli/exit.h"
#include "edge/cli/log.h"
#include "edge/kafka/trouble.h"

/* ---- certificates ---- */

/* What is wrong with the one that this thread, of librdkafka's, looked at last; empty: nothing. */
static _Thread_local char certificate[TROUBLE_SIZE];

/* Called once for each certificate of a chain, and again with what is wrong. Decides as OpenSSL did. */
// NOLINTNEXTLINE(readability-non-const-parameter): librdkafka's type, which lets a callback forgive
static int on_certificate(rd_kafka_t *rk, const char *broker, int32_t id, int *wrong, int depth,
                          const char *der, size_t size, char *why, size_t why_size, void *opaque)
{
    (void)rk, (void)id, (void)opaque;
    if (*wrong == X509_V_OK) {
        if (depth == 0)
            *certificate = '\0';
        return 1;
    }
    char name[160] = "";
    const unsigned char *bytes = (const unsigned char *)der;
    X509 *x = d2i_X509(NULL, &bytes, (long)size);
    if (x)
        (void)X509_NAME_oneline(X509_get_subject_name(x), name, sizeof name);
    X509_free(x);
    const char *text = X509_verify_cert_error_string(*wrong);
    (void)snprintf(certificate, sizeof certificate, "%s: the certificate of %s is not accepted: %s", broker,
                   *name ? name : "nobody", text);
    (void)snprintf(why, why_size, "%s", text);
    return 0;
}

/* ---- the log ---- */

/* A broker that is away makes librdkafka say so at every attempt. Once a minute is enough for people; the
 * rest is for those who debug. */
#define AWAY_REPEAT_MS 60000

static bool is_news_that_broker_is_away(void)
{
    static _Atomic int64_t said_ms = INT64_MIN;
    int64_t now = clock_monotonic_ms();
    int64_t said = atomic_load(&said_ms);
    bool due = said == INT64_MIN || now - said >= AWAY_REPEAT_MS;
    return due && atomic_compare_exchange_strong(&said_ms, &said, now);
}

/* librdkafka's facilities for a connection that failed or was refused, and for all of them at once. */
static bool is_about_connections(const char *facility)
{
    static const char *const facilities[] = {"FAIL", "ERROR", "REQTMOUT", "CONNFAIL", "SASLREFRESH"};
    for (size_t i = 0; i < sizeof facilities / sizeof *facilities; i++)
        if (strcmp(facility, facilities[i]) == 0)
            return true;
    return false;
}

/* Facilities for what is told with the connection, or the transaction, that fails for it. */
static bool is_told_elsewhere(const char *facility)
{
    static const char *const facilities[] = {"SSLCERTVRFY", "ADDPARTS", "TXNERR"};
    for (size_t i = 0; i < sizeof facilities / sizeof *facilities; i++)
        if (strcmp(facility, facilities[i]) == 0)
            return true;
    return false;
}

/* Its levels are those of syslog (RFC 5424). What it takes for an error it mostly gets over by itself; what
 * it does not, comes back to us as the error of a call. */
static enum log_level level_of(int severity, const char *facility, struct text message)
{
    static const char fatal[] = "Fatal error"; /* of a client: every call returns it from then on */
    if (message.len >= strlen(fatal) && memcmp(message.at, fatal, strlen(fatal)) == 0)
        return LOG_LEVEL_DEBUG;
    if (is_about_connections(facility))
        return is_news_that_broker_is_away() ? LOG_LEVEL_WARN : LOG_LEVEL_DEBUG;
    if (strcmp(facility, "CONFWARN") == 0) /* a consumer's property in a producer: one -X serves both */
        return LOG_LEVEL_DEBUG;
    if (strcmp(facility, "GETPID") == 0) /* brokers that have just started; it is tried again */
        return LOG_LEVEL_DEBUG;
    if (is_told_elsewhere(facility))
        return LOG_LEVEL_DEBUG;
    return severity <= 2 ? LOG_LEVEL_ERROR : severity <= 4 ? LOG_LEVEL_WARN : LOG_LEVEL_DEBUG;
}

/* "[thrd:...]: " names a thread of librdkafka, which tells nobody anything. */
static struct text without_thread(struct text m)
{
    const char *end = m.len > 6 && memcmp(m.at, "[thrd:", 6) == 0 ? memmem(m.at, m.len, "]: ", 3) : NULL;
    return end ? (struct text){end + 3, m.len - (size_t)(end - m.at) - 3} : m;
}

/* It goes on without the thread of a broker that it could not start, and so for ever without that broker. */
static void end_without_a_thread(const char *message)
{
    log_error("cannot go on: no thread or memory is left", log_text("reason", message));
    _exit(EXIT_FAILED);
}

/* Called on librdkafka's own threads, and on ours. */
static void on_log(const rd_kafka_t *rk, int severity, const char *facility, const char *message)
{
    struct text m = text_of(message);
    const char *quoted = strstr(message, "oauthbearer.config beginning at");
    if (quoted)
        m.len = (size_t)(quoted - message);
    m = without_thread(m);
    if (strcmp(facility, "ADDPARTS") == 0 && memmem(m.at, m.len, "authorization", 13))
        trouble_partition(m);
    if (strcmp(facility, "FAIL") == 0) {
        if (*certificate && memmem(m.at, m.len, "certificate verify failed", 25))
            m = text_of(certificate);
        trouble_connection(m);
    }
    LOG_AT(level_of(severity, facility, m), "kafka", log_text("client", rk ? rd_kafka_name(rk) : NULL),
           log_text("about", facility), log_view("reason", m));
    if (severity <= 2 && strcmp(facility, "THREAD") == 0)
        end_without_a_thread(message);
}

void client_log_attach(rd_kafka_conf_t *conf)
{
    rd_kafka_conf_set_log_cb(conf, on_log);
    /* Refused by a librdkafka that was built without TLS, where there are no certificates. */
    (void)rd_kafka_conf_set_ssl_cert_verify_cb(conf, on_certificate);
}
