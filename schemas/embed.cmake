# Makes the schema files part of the binary: writes a C file with their bytes into the build folder.
# A schema that changes, appears or goes leads to a new configuration, and so to a new file.
set(SCHEMA_FOLDER ${CMAKE_CURRENT_LIST_DIR})
file(GLOB SCHEMAS_NOW CONFIGURE_DEPENDS ${SCHEMA_FOLDER}/*.avsc)
file(GLOB SCHEMAS_THEN CONFIGURE_DEPENDS ${SCHEMA_FOLDER}/history/*.avsc)

set(SCHEMA_BYTES "")
set(SCHEMA_TABLE "")
set(SCHEMA_COUNT 0)
foreach(file ${SCHEMAS_NOW} ${SCHEMAS_THEN})
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${file})
    file(READ ${file} hex HEX)
    string(REGEX REPLACE "(................................)" "\\1\n" hex "${hex}")
    string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1, " hex "${hex}")
    get_filename_component(name ${file} NAME)
    string(REGEX REPLACE "\\.avsc$" "" name ${name})
    if(file IN_LIST SCHEMAS_THEN)
        set(is_history true)
    else()
        set(is_history false)
    endif()
    string(APPEND SCHEMA_BYTES "static const unsigned char bytes_${SCHEMA_COUNT}[] = {\n${hex}};\n")
    string(APPEND SCHEMA_TABLE
        "    {\"${name}\", {(const char *)bytes_${SCHEMA_COUNT}, sizeof bytes_${SCHEMA_COUNT}}, ${is_history}},\n")
    math(EXPR SCHEMA_COUNT "${SCHEMA_COUNT} + 1")
endforeach()

# CONFIGURE writes only when the content differs, so nothing is compiled anew in vain.
file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/generated/schema_files.c @ONLY CONTENT
"/* Written by schemas/embed.cmake. */
#include \"edge/avro/schema_files.h\"

@SCHEMA_BYTES@
const struct schema_file schema_files[] = {
@SCHEMA_TABLE@};
const size_t schema_file_count = sizeof schema_files / sizeof schema_files[0];
")
target_sources(chapar_edge PRIVATE ${CMAKE_BINARY_DIR}/generated/schema_files.c)
