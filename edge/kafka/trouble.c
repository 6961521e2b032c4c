#include "edge/kafka/trouble.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* Of one message; a hint may follow it. */
#define REASON_MOST 250

/* Before it the two nonces of SCRAM were joined wrongly, which brokers overlooked until Kafka 4. */
#define SCRAM_MENDED 0x020601ff

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char connection[TROUBLE_SIZE]; /* of the last that failed; empty: none did */
static char partition[TROUBLE_SIZE];  /* of the last that was not allowed and not told; empty: none */

static void note(char where[TROUBLE_SIZE], struct text reason, const char *hint)
{
    (void)pthread_mutex_lock(&lock);
    (void)snprintf(where, TROUBLE_SIZE, "%.*s%s", (int)(reason.len < REASON_MOST ? reason.len : REASON_MOST),
                   reason.at, hint);
    (void)pthread_mutex_unlock(&lock);
}

static bool has(struct text reason, const char *word)
{
    return memmem(reason.at, reason.len, word, strlen(word)) != NULL;
}

void trouble_connection(struct text reason)
{
    const char *hint = "";
    if (has(reason, "SCRAM") && rd_kafka_version() < SCRAM_MENDED)
        hint = "; whatever the password, librdkafka before 2.6.1 cannot log in to Kafka 4 by SCRAM";
    else if (has(reason, "unexpected eof") && has(reason, "in state SSL_HANDSHAKE"))
        hint = "; is TLS spoken at that port?";
    /* "(after 4ms in state AUTH_REQ)" is of no use to anybody. */
    const char *after = memmem(reason.at, reason.len, " (after ", 8);
    if (after)
        reason.len = (size_t)(after - reason.at);
    note(connection, reason, hint);
}

void trouble_partition(struct text reason)
{
    note(partition, reason, "");
}

const char *trouble_why_away(rd_kafka_resp_err_t code, char out[TROUBLE_SIZE])
{
    (void)pthread_mutex_lock(&lock);
    (void)snprintf(out, TROUBLE_SIZE, "%s", *connection ? connection : rd_kafka_err2str(code));
    (void)pthread_mutex_unlock(&lock);
    return out;
}

/* Told once: another failure has reasons of its own. */
static const char *take_partition(const char *otherwise, char out[TROUBLE_SIZE])
{
    (void)pthread_mutex_lock(&lock);
    (void)snprintf(out, TROUBLE_SIZE, "%s", *partition ? partition : otherwise);
    *partition = '\0';
    (void)pthread_mutex_unlock(&lock);
    return out;
}

static void tell_transactional_id(rd_kafka_t *rk, char out[TROUBLE_SIZE])
{
    char id[REASON_MOST] = "";
    size_t size = sizeof id;
    (void)rd_kafka_conf_get(rd_kafka_conf(rk), "transactional.id", id, &size);
    (void)snprintf(out, TROUBLE_SIZE, "the brokers do not allow us the transactional id %s (ACL)", id);
}

const char *trouble_why_refused(rd_kafka_t *rk, const rd_kafka_error_t *error, char out[TROUBLE_SIZE])
{
    rd_kafka_resp_err_t code = rd_kafka_error_code(error);
    if (code == RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED) {
        tell_transactional_id(rk, out);
        return out;
    }
    /* A transaction that has failed meanwhile is in an "erroneous state" for every call. */
    if (code == RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED || code == RD_KAFKA_RESP_ERR__STATE)
        return take_partition(rd_kafka_error_string(error), out);
    (void)snprintf(out, TROUBLE_SIZE, "%s", rd_kafka_error_string(error));
    return out;
}

const char *trouble_why_undelivered(rd_kafka_resp_err_t code, char out[TROUBLE_SIZE])
{
    if (code == RD_KAFKA_RESP_ERR__PURGE_QUEUE || code == RD_KAFKA_RESP_ERR__PURGE_INFLIGHT)
        return take_partition(rd_kafka_err2str(code), out);
    (void)snprintf(out, TROUBLE_SIZE, "%s", rd_kafka_err2str(code));
    return out;
}
