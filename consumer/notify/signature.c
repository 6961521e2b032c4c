#include "consumer/notify/signature.h"

#include <assert.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>

static const char prefix[] = "whsec_";
#define PREFIX_LEN (sizeof prefix - 1)
#define DIGEST_SIZE 32
#define BASE64_SIZE (4 * ((DIGEST_SIZE + 2) / 3) + 1)

/* Bytes of the base64 text; -1: it is none. */
static int decode(struct text encoded, unsigned char *out, size_t most)
{
    unsigned char bytes[SIGNATURE_SECRET_MOST + 3];
    if (encoded.len == 0 || encoded.len % 4 || encoded.len / 4 * 3 > sizeof bytes)
        return -1;
    int n = EVP_DecodeBlock(bytes, (const unsigned char *)encoded.at, (int)encoded.len);
    for (size_t i = encoded.len; n > 0 && i > 0 && encoded.at[i - 1] == '='; i--)
        n--;
    if (n < 0 || (size_t)n > most)
        return -1;
    memcpy(out, bytes, (size_t)n);
    OPENSSL_cleanse(bytes, sizeof bytes);
    return n;
}

static int add_secret(struct signature_secrets *s, struct text line, const char *where, struct error *e)
{
    if (s->count == SIGNATURE_SECRETS_MAX)
        return error_set(e, ERROR_USAGE, where, "more than %d secrets", SIGNATURE_SECRETS_MAX);
    unsigned char *to = s->at[s->count].bytes;
    if (line.len > PREFIX_LEN && memcmp(line.at, prefix, PREFIX_LEN) == 0) {
        int n = decode((struct text){line.at + PREFIX_LEN, line.len - PREFIX_LEN}, to, SIGNATURE_SECRET_MOST);
        if (n < 0)
            return error_set(e, ERROR_USAGE, where, "secret %zu: expected base64 behind %s", s->count + 1,
                             prefix);
        s->at[s->count].len = (size_t)n;
    } else if (line.len <= SIGNATURE_SECRET_MOST) {
        memcpy(to, line.at, line.len);
        s->at[s->count].len = line.len;
    }
    if (s->at[s->count].len < SIGNATURE_SECRET_LEAST)
        return error_set(e, ERROR_USAGE, where, "secret %zu: expected %d to %d bytes", s->count + 1,
                         SIGNATURE_SECRET_LEAST, SIGNATURE_SECRET_MOST);
    s->count++;
    return 0;
}

int signature_secrets_parse(struct text lines, const char *where, struct signature_secrets *out,
                            struct error *e)
{
    struct signature_secrets s = {.count = 0};
    int rc = 0;
    for (size_t at = 0; rc == 0 && at < lines.len;) {
        size_t len = 0;
        while (at + len < lines.len && lines.at[at + len] != '\n')
            len++;
        size_t kept = len && lines.at[at + len - 1] == '\r' ? len - 1 : len;
        if (kept)
            rc = add_secret(&s, (struct text){lines.at + at, kept}, where, e);
        at += len + 1;
    }
    if (rc == 0 && s.count == 0)
        rc = error_set(e, ERROR_USAGE, where, "there is no secret in it");
    if (rc == 0)
        *out = s;
    OPENSSL_cleanse(&s, sizeof s);
    return rc;
}

static void digest_of(const unsigned char *secret, size_t len, struct text signed_text,
                      unsigned char out[DIGEST_SIZE])
{
    unsigned size = 0;
    const unsigned char *done = HMAC(EVP_sha256(), secret, (int)len, (const unsigned char *)signed_text.at,
                                     signed_text.len, out, &size);
    assert(done && size == DIGEST_SIZE);
}

void signature_write(const struct signature_secrets *secrets, struct text id, int64_t timestamp_s,
                     struct text body, struct buffer *out)
{
    char number[32];
    struct buffer content = BUFFER_EMPTY;
    int n = snprintf(number, sizeof number, ".%lld.", (long long)timestamp_s);
    buffer_add(&content, id.at, id.len);
    buffer_add(&content, number, (size_t)n);
    buffer_add(&content, body.at, body.len);
    for (size_t i = 0; i < secrets->count; i++) {
        unsigned char digest[DIGEST_SIZE], base64[BASE64_SIZE];
        digest_of(secrets->at[i].bytes, secrets->at[i].len, buffer_text(&content), digest);
        int len = EVP_EncodeBlock(base64, digest, DIGEST_SIZE);
        buffer_add(out, i ? " v1," : "v1,", i ? 4 : 3);
        buffer_add(out, base64, (size_t)len);
    }
    buffer_free(&content);
    *buffer_room(out, 1) = '\0';
}
