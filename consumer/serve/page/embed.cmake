# Makes the files of the page part of the binary: a C file with their bytes, media types and entity tags.
# A file that changes, appears or goes leads to a new configuration, and so to a new C file.
set(PAGE_FOLDER ${CMAKE_CURRENT_LIST_DIR})
file(GLOB PAGE_FILES CONFIGURE_DEPENDS ${PAGE_FOLDER}/*.html ${PAGE_FOLDER}/*.css ${PAGE_FOLDER}/*.js
    ${PAGE_FOLDER}/*.svg ${PAGE_FOLDER}/*.png ${PAGE_FOLDER}/*.webmanifest ${PAGE_FOLDER}/*.woff2)
set(PAGE_TYPE_.html "text/html; charset=utf-8")
set(PAGE_TYPE_.css "text/css; charset=utf-8")
set(PAGE_TYPE_.js "text/javascript; charset=utf-8")
set(PAGE_TYPE_.svg "image/svg+xml")
set(PAGE_TYPE_.png "image/png")
set(PAGE_TYPE_.webmanifest "application/manifest+json")
set(PAGE_TYPE_.woff2 "font/woff2")

set(PAGE_BYTES "")
set(PAGE_TABLE "")
set(PAGE_COUNT 0)
foreach(file ${PAGE_FILES})
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${file})
    file(READ ${file} hex HEX)
    file(SHA256 ${file} tag)
    string(SUBSTRING ${tag} 0 16 tag)
    string(REGEX REPLACE "(................................)" "\\1\n" hex "${hex}")
    string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1, " hex "${hex}")
    get_filename_component(name ${file} NAME)
    get_filename_component(extension ${file} LAST_EXT)
    set(path /${name})
    if(name STREQUAL index.html)
        set(path /)
    endif()
    string(APPEND PAGE_BYTES "static const unsigned char bytes_${PAGE_COUNT}[] = {\n${hex}};\n")
    string(APPEND PAGE_TABLE
        "    {\"${path}\", \"${PAGE_TYPE_${extension}}\", \"${tag}\", {(const char *)bytes_${PAGE_COUNT}, sizeof bytes_${PAGE_COUNT}}},\n")
    math(EXPR PAGE_COUNT "${PAGE_COUNT} + 1")
endforeach()

set(PAGE_SOURCE ${CMAKE_BINARY_DIR}/generated/page_files.c)
file(CONFIGURE OUTPUT ${PAGE_SOURCE} @ONLY CONTENT
"/* Written by consumer/serve/page/embed.cmake. */
#include \"consumer/serve/page.h\"

@PAGE_BYTES@
const struct page_file page_files[] = {
@PAGE_TABLE@};
const size_t page_file_count = sizeof page_files / sizeof page_files[0];
")
