#include "consumer/process/namesake.h"

#include <poll.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "consumer/heartbeat.h"
#include "consumer/stop.h"
#include "edge/cli/clock.h"
#include "edge/cli/log.h"

#define ASK_MS 2000
#define PAUSE_MS 250
#define MARGIN_MS 2000 /* what the coordinator may take to notice that a session has run out */

enum sight { NOT_SEEN, SEEN, UNKNOWN };

static enum sight sight_of(const rd_kafka_ConsumerGroupDescription_t *group, const char *instance)
{
    if (rd_kafka_error_code(rd_kafka_ConsumerGroupDescription_error(group)))
        return UNKNOWN;
    for (size_t i = 0; i < rd_kafka_ConsumerGroupDescription_member_count(group); i++) {
        const rd_kafka_MemberDescription_t *m = rd_kafka_ConsumerGroupDescription_member(group, i);
        const char *name = rd_kafka_MemberDescription_group_instance_id(m);
        if (name && strcmp(name, instance) == 0)
            return SEEN;
    }
    return NOT_SEEN;
}

static enum sight look(const struct settings *s, rd_kafka_t *client)
{
    enum sight sight = UNKNOWN;
    rd_kafka_queue_t *queue = rd_kafka_queue_new(client);
    rd_kafka_AdminOptions_t *options =
        rd_kafka_AdminOptions_new(client, RD_KAFKA_ADMIN_OP_DESCRIBECONSUMERGROUPS);
    (void)rd_kafka_AdminOptions_set_request_timeout(options, ASK_MS, NULL, 0);
    const char *group = s->group;
    rd_kafka_DescribeConsumerGroups(client, &group, 1, options, queue);
    rd_kafka_event_t *event = rd_kafka_queue_poll(queue, 2 * ASK_MS);
    const rd_kafka_DescribeConsumerGroups_result_t *result =
        event && !rd_kafka_event_error(event) ? rd_kafka_event_DescribeConsumerGroups_result(event) : NULL;
    if (result) {
        size_t count = 0;
        const rd_kafka_ConsumerGroupDescription_t **groups =
            rd_kafka_DescribeConsumerGroups_result_groups(result, &count);
        if (count == 1)
            sight = sight_of(groups[0], s->instance);
    }
    if (event)
        rd_kafka_event_destroy(event);
    rd_kafka_AdminOptions_destroy(options);
    rd_kafka_queue_destroy(queue);
    return sight;
}

bool namesake_is_there(const struct settings *s, rd_kafka_t *client, int64_t session_timeout_ms, int wake_fd)
{
    log_info("looking whether another process uses this name", log_text("instance", s->instance));
    int64_t since = -1; /* a coordinator that was away gives all sessions their full time again */
    while (!stop_requested()) {
        heartbeat();
        enum sight sight = look(s, client);
        int64_t now = clock_monotonic_ms();
        if (sight == NOT_SEEN)
            return false;
        if (sight == UNKNOWN)
            since = -1;
        else if (since < 0)
            since = now;
        else if (now - since > session_timeout_ms + MARGIN_MS)
            return true;
        uint64_t count; /* what woke the session that has ended must not wake this */
        struct pollfd fd = {wake_fd, POLLIN, 0};
        if (read(wake_fd, &count, sizeof count) < 0 || !stop_requested())
            (void)poll(&fd, 1, PAUSE_MS);
    }
    return false;
}
