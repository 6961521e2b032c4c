#include "edge/http/address.h"

#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"

int http_address_take(void *curl, const char *url, const char *where, char **base, struct error *e)
{
    CURLU *parts = curl_url();
    char *user = NULL, *password = NULL, *whole = NULL;
    int rc = 0;
    if (!parts || curl_url_set(parts, CURLUPART_URL, url, CURLU_NON_SUPPORT_SCHEME)) {
        rc = error_set(e, ERROR_USAGE, where, "not a URL, expected one like http://HOST:PORT");
        goto out;
    }
    if (curl_url_get(parts, CURLUPART_USER, &user, CURLU_URLDECODE) == CURLUE_OK)
        curl_easy_setopt(curl, CURLOPT_USERNAME, user);
    if (curl_url_get(parts, CURLUPART_PASSWORD, &password, CURLU_URLDECODE) == CURLUE_OK)
        curl_easy_setopt(curl, CURLOPT_PASSWORD, password);
    (void)curl_url_set(parts, CURLUPART_USER, NULL, 0);
    (void)curl_url_set(parts, CURLUPART_PASSWORD, NULL, 0);
    if (curl_url_get(parts, CURLUPART_URL, &whole, 0)) {
        rc = error_set(e, ERROR_USAGE, where, "not a URL, expected one like http://HOST:PORT");
        goto out;
    }
    *base = strdup(whole);
    if (!*base)
        memory_exhausted();
out:
    curl_free(user);
    curl_free(password);
    curl_free(whole);
    curl_url_cleanup(parts);
    return rc;
}

void http_address_trim(char *base)
{
    size_t n = strlen(base);
    while (n && base[n - 1] == '/')
        base[--n] = '\0';
}
