#include "consumer/dead_letters/dead_letter.h"

struct text message_header(const rd_kafka_message_t *message, const char *name)
{
    rd_kafka_headers_t *headers = NULL;
    const void *value = NULL;
    size_t size = 0;
    if (rd_kafka_message_headers(message, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR ||
        rd_kafka_header_get_last(headers, name, &value, &size) != RD_KAFKA_RESP_ERR_NO_ERROR || !value)
        return TEXT_NULL;
    return (struct text){value, size};
}

bool header_number(struct text value, int64_t most, int64_t *out)
{
    int64_t n = 0;
    if (value.len == 0 || value.len > 19)
        return false;
    for (size_t i = 0; i < value.len; i++) {
        int digit = value.at[i] - '0';
        if (digit < 0 || digit > 9 || n > (most - digit) / 10)
            return false;
        n = n * 10 + digit;
    }
    *out = n;
    return true;
}

void dead_letter_read(const rd_kafka_message_t *message, const struct topic_names *names,
                      struct dead_letter *out)
{
    int64_t partition = 0, offset = 0;
    *out = (struct dead_letter){
        .reason = message_header(message, DEAD_LETTER_REASON),
        .detail = message_header(message, DEAD_LETTER_DETAIL),
        .topic = message_header(message, DEAD_LETTER_TOPIC),
        .partition = -1,
        .offset = -1,
    };
    if (!header_number(message_header(message, DEAD_LETTER_PARTITION), INT32_MAX, &partition) ||
        !header_number(message_header(message, DEAD_LETTER_OFFSET), INT64_MAX, &offset))
        return;
    out->partition = (int32_t)partition;
    out->offset = offset;
    for (int k = 0; k < EVENT_KINDS; k++)
        if (text_equal(out->topic, names->all[k])) {
            out->placed = true;
            out->kind = (enum event_kind)k;
        }
}
