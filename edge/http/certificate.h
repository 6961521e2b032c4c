/* Certificate and key of the server, read and held against each other before anything begins. */
#ifndef EDGE_HTTP_CERTIFICATE_H
#define EDGE_HTTP_CERTIFICATE_H

#include "core/buffer.h"
#include "core/error.h"

/* Reads the PEM files, NUL-terminated, into the buffers. ERROR_USAGE names the file that cannot be read, that
 * holds none, or says that the key is not that of the certificate. */
int http_certificate_read(const char *certificate_path, const char *key_path, struct buffer *certificate,
                          struct buffer *key, struct error *e);

#endif
