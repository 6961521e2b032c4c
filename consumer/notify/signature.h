/* Signatures as Standard Webhooks has them (standardwebhooks.com, scheme v1): HMAC-SHA256 (RFC 2104) over
 * `ID.TIMESTAMP.BODY`, in base64. */
#ifndef CONSUMER_NOTIFY_SIGNATURE_H
#define CONSUMER_NOTIFY_SIGNATURE_H

#include <stdint.h>

#include "core/buffer.h"
#include "core/error.h"

#define SIGNATURE_SECRETS_MAX 4
#define SIGNATURE_SECRET_LEAST 16 /* bytes */
#define SIGNATURE_SECRET_MOST 256

/* What is signed with; several while one takes the place of another. */
struct signature_secrets {
    struct {
        unsigned char bytes[SIGNATURE_SECRET_MOST];
        size_t len;
    } at[SIGNATURE_SECRETS_MAX];
    size_t count;
};

/* One secret a line, empty lines left out: `whsec_` and base64, or else the line's own bytes. ERROR_USAGE at
 * `where`, which never shows any of it. */
int signature_secrets_parse(struct text lines, const char *where, struct signature_secrets *out,
                            struct error *e);

/* Appends "v1,BASE64", of each secret, with blanks between, and a NUL behind that does not count. */
void signature_write(const struct signature_secrets *secrets, struct text id, int64_t timestamp_s,
                     struct text body, struct buffer *out);

#endif
