#include "core/alert_id.h"

#include <openssl/evp.h>
#include <string.h>

#include "core/memory.h"

#define NUMBER_SIZE 24

struct alert_ids {
    EVP_MD *sha256;
    EVP_MD_CTX *context;
};

struct alert_ids *alert_ids_new(void)
{
    struct alert_ids *ids = memory_zeroed(sizeof *ids);
    ids->sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
    ids->context = EVP_MD_CTX_new();
    if (!ids->sha256 || !ids->context)
        memory_exhausted();
    return ids;
}

void alert_ids_free(struct alert_ids *ids)
{
    if (!ids)
        return;
    EVP_MD_CTX_free(ids->context);
    EVP_MD_free(ids->sha256);
    memory_give(ids);
}

/* A line feed, the number, a line feed; how many bytes. `n` is positive, as revisions are. */
static size_t number_line(int64_t n, char out[NUMBER_SIZE])
{
    char *end = out + NUMBER_SIZE, *at = end;
    *--at = '\n';
    do
        *--at = (char)('0' + n % 10);
    while (n /= 10);
    *--at = '\n';
    memmove(out, at, (size_t)(end - at));
    return (size_t)(end - at);
}

void alert_id(struct alert_ids *ids, struct text subject, int64_t revision, struct text kind,
              struct text stage, char out[ALERT_ID_SIZE])
{
    char number[NUMBER_SIZE];
    size_t n = number_line(revision, number);
    unsigned char digest[EVP_MAX_MD_SIZE];
    int ok = EVP_DigestInit_ex2(ids->context, ids->sha256, NULL) &&
             EVP_DigestUpdate(ids->context, subject.at, subject.len) &&
             EVP_DigestUpdate(ids->context, number, n) && EVP_DigestUpdate(ids->context, kind.at, kind.len) &&
             EVP_DigestUpdate(ids->context, "\n", 1) && EVP_DigestUpdate(ids->context, stage.at, stage.len) &&
             EVP_DigestFinal_ex(ids->context, digest, NULL);
    if (!ok)
        memory_exhausted();
    static const char hex[] = "0123456789abcdef";
    for (int i = 0; i < (ALERT_ID_SIZE - 1) / 2; i++) {
        out[2 * i] = hex[digest[i] >> 4];
        out[2 * i + 1] = hex[digest[i] & 15];
    }
    out[ALERT_ID_SIZE - 1] = '\0';
}
