#include "edge/json/event_id.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <threads.h>

#include "core/memory.h"
#include "edge/json/canonical.h"
#include "edge/json/json_write.h"

/* RFC 9562, 6.6: 6ba7b810-9dad-11d1-80b4-00c04fd430c8 */
const struct uuid uuid_namespace_dns = {
    {0x6b, 0xa7, 0xb8, 0x10, 0x9d, 0xad, 0x11, 0xd1, 0x80, 0xb4, 0x00, 0xc0, 0x4f, 0xd4, 0x30, 0xc8}};

/* Looking the digest up costs more than hashing an event: once for all threads, which only read it. */
static EVP_MD *sha1;
static struct uuid event_namespace;
static once_flag once = ONCE_FLAG_INIT;

static void fetch_digest(void)
{
    sha1 = EVP_MD_fetch(NULL, "SHA1", NULL);
    if (!sha1)
        memory_exhausted(); /* out of memory, or an OpenSSL without its default provider */
}

struct uuid uuid_of_name(struct uuid name_space, struct text name)
{
    static once_flag fetched = ONCE_FLAG_INIT;
    call_once(&fetched, fetch_digest);
    unsigned char digest[EVP_MAX_MD_SIZE];
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    if (!context || !EVP_DigestInit_ex(context, sha1, NULL) ||
        !EVP_DigestUpdate(context, name_space.bytes, sizeof name_space.bytes) ||
        !EVP_DigestUpdate(context, name.at, name.len) || !EVP_DigestFinal_ex(context, digest, NULL))
        memory_exhausted(); /* hashing memory fails only when memory is out */
    EVP_MD_CTX_free(context);

    struct uuid uuid;
    memcpy(uuid.bytes, digest, sizeof uuid.bytes);
    uuid.bytes[6] = (unsigned char)((uuid.bytes[6] & 0x0F) | 0x50);
    uuid.bytes[8] = (unsigned char)((uuid.bytes[8] & 0x3F) | 0x80);
    return uuid;
}

void uuid_format(struct uuid uuid, char out[UUID_TEXT_SIZE])
{
    static const char hex[] = "0123456789abcdef";
    for (size_t i = 0; i < sizeof uuid.bytes; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10)
            *out++ = '-';
        *out++ = hex[uuid.bytes[i] >> 4];
        *out++ = hex[uuid.bytes[i] & 0x0F];
    }
    *out = '\0';
}

static void find_namespace(void)
{
    event_namespace = uuid_of_name(uuid_namespace_dns, TEXT_LITERAL("chapar.org"));
}

void event_id_of_form(struct text form, char out[UUID_TEXT_SIZE])
{
    call_once(&once, find_namespace);
    uuid_format(uuid_of_name(event_namespace, form), out);
}

int event_id_of(const json_t *given, struct buffer *scratch, char out[UUID_TEXT_SIZE], struct error *e)
{
    buffer_clear(scratch);
    int rc = json_canonical_add_without(scratch, given, "event_id", e);
    if (rc)
        return rc;
    event_id_of_form(json_text(scratch), out);
    return 0;
}
