#include "edge/http/certificate.h"

#include <errno.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <string.h>

#define PEM_BYTES_MAX (1 << 20)

static int read_file(const char *path, struct buffer *out, struct error *e)
{
    FILE *file = fopen(path, "re");
    if (!file)
        return error_set(e, ERROR_USAGE, path, "%s", strerror(errno));
    out->len += fread(buffer_room(out, PEM_BYTES_MAX), 1, PEM_BYTES_MAX - 1, file);
    bool failed = ferror(file);
    (void)fclose(file);
    if (failed)
        return error_set(e, ERROR_USAGE, path, "cannot be read");
    buffer_add_byte(out, '\0');
    return 0;
}

int http_certificate_read(const char *certificate_path, const char *key_path, struct buffer *certificate,
                          struct buffer *key, struct error *e)
{
    int rc = read_file(certificate_path, certificate, e);
    if (rc == 0)
        rc = read_file(key_path, key, e);
    if (rc)
        return rc;
    BIO *bytes = BIO_new_mem_buf(certificate->at, (int)certificate->len - 1);
    X509 *x509 = PEM_read_bio_X509(bytes, NULL, NULL, NULL);
    BIO_free(bytes);
    bytes = BIO_new_mem_buf(key->at, (int)key->len - 1);
    static char no_password[] = "";
    EVP_PKEY *private_key = PEM_read_bio_PrivateKey(bytes, NULL, NULL, no_password);
    BIO_free(bytes);
    if (!x509)
        rc = error_set(e, ERROR_USAGE, certificate_path, "expected a certificate in PEM");
    else if (!private_key)
        rc = error_set(e, ERROR_USAGE, key_path, "expected a private key in PEM, without a password");
    else if (X509_check_private_key(x509, private_key) != 1)
        rc = error_set(e, ERROR_USAGE, key_path, "is not the key of the certificate in %s", certificate_path);
    X509_free(x509);
    EVP_PKEY_free(private_key);
    return rc;
}
