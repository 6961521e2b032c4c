#include "consumer/serve/page.h"

#include "edge/http/target.h"

/* Addresses of the page: each is index.html, whose modules show what the address names. */
static const char *const addresses[] = {
    "/due",           "/overdue",          "/timeline",     "/alerts",
    "/instruments",   "/instruments/{id}", "/summits",      "/summits/{id}",
    "/subjects",      "/subjects/{id}",    "/commitments",  "/commitments/{id}",
    "/participation", "/changes",          "/dead-letters", "/records/{topic}/{partition}/{offset}",
    "/parties",       "/parties/{party}",
};

static bool is_address(struct text path)
{
    struct text captured[3];
    for (size_t i = 0; i < sizeof addresses / sizeof *addresses; i++)
        if (http_path_matches(addresses[i], path, captured, 3))
            return true;
    return false;
}

const struct page_file *page_find(struct text path)
{
    if (is_address(path))
        path = TEXT_LITERAL("/");
    for (size_t i = 0; i < page_file_count; i++)
        if (text_equal(path, text_of(page_files[i].path)))
            return &page_files[i];
    return NULL;
}
