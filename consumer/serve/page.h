/* The files of consumer/serve/page/ as they were when the program was built. index.html is "/", and also what
 * the addresses of the page's views are answered with: /due, /commitments/ID and so on. */
#ifndef CONSUMER_SERVE_PAGE_H
#define CONSUMER_SERVE_PAGE_H

#include <stddef.h>

#include "core/text.h"

struct page_file {
    const char *path; /* "/base.css" */
    const char *type; /* media type */
    const char *etag; /* follows from the bytes */
    struct text bytes;
};

/* Static, never changes. */
extern const struct page_file page_files[];
extern const size_t page_file_count;

/* The file of that path, or NULL. */
const struct page_file *page_find(struct text path);

#endif
