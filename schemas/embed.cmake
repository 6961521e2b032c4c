# Makes the schema files part of the binary.
