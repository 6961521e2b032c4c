#include "consumer/serve/page.h"

const struct page_file *page_find(struct text path)
{
    for (size_t i = 0; i < page_file_count; i++)
        if (text_equal(path, text_of(page_files[i].path)))
            return &page_files[i];
    return NULL;
}
