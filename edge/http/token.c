#include "edge/http/token.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define SHORTEST 16

static void digest_of(struct text secret, unsigned char out[32])
{
    (void)SHA256((const unsigned char *)secret.at, secret.len, out);
}

int http_token_read(const char *path, struct http_token *out, struct error *e)
{
    char line[HTTP_TOKEN_MAX + 3];
    FILE *file = fopen(path, "re");
    if (!file)
        return error_set(e, ERROR_USAGE, path, "%s", strerror(errno));
    size_t n = fread(line, 1, sizeof line - 1, file);
    bool failed = ferror(file);
    (void)fclose(file);
    line[n] = '\0';
    size_t len = strcspn(line, "\r\n");
    int rc = 0;
    if (failed)
        rc = error_set(e, ERROR_USAGE, path, "cannot be read");
    else if (len < SHORTEST || len > HTTP_TOKEN_MAX)
        rc = error_set(e, ERROR_USAGE, path, "expected a token of %d to %d bytes in the first line", SHORTEST,
                       HTTP_TOKEN_MAX);
    else
        digest_of((struct text){line, len}, out->digest);
    OPENSSL_cleanse(line, sizeof line);
    return rc;
}

static bool scheme_is(struct text header, const char *scheme, struct text *rest)
{
    size_t len = strlen(scheme);
    if (header.len <= len || strncasecmp(header.at, scheme, len) != 0 || header.at[len] != ' ')
        return false;
    while (len < header.len && header.at[len] == ' ')
        len++;
    *rest = (struct text){header.at + len, header.len - len};
    return true;
}

/* What stands behind the colon of "name:password" in base64. */
static bool password_of(struct text encoded, unsigned char *buffer, struct text *out)
{
    if (encoded.len == 0 || encoded.len % 4 || encoded.len > (size_t)2 * HTTP_TOKEN_MAX)
        return false;
    int n = EVP_DecodeBlock(buffer, (const unsigned char *)encoded.at, (int)encoded.len);
    if (n < 0)
        return false;
    for (size_t i = encoded.len; i > 0 && encoded.at[i - 1] == '='; i--)
        n--;
    const unsigned char *colon = n > 0 ? memchr(buffer, ':', (size_t)n) : NULL;
    if (!colon)
        return false;
    *out = (struct text){(const char *)colon + 1, (size_t)n - (size_t)(colon + 1 - buffer)};
    return true;
}

bool http_token_is_in(const struct http_token *token, struct text authorization)
{
    unsigned char decoded[2 * HTTP_TOKEN_MAX + 4], digest[32];
    struct text secret = TEXT_LITERAL(""), encoded;
    if (!text_is_null(authorization) && !scheme_is(authorization, "Bearer", &secret) &&
        scheme_is(authorization, "Basic", &encoded) && !password_of(encoded, decoded, &secret))
        secret = TEXT_LITERAL("");
    digest_of(secret, digest);
    return CRYPTO_memcmp(digest, token->digest, sizeof digest) == 0;
}
