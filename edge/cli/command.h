/* The commands of the executable: what each is called, takes and is for. Parser and help are made from this
 * table; only main knows which function runs each. */
#ifndef EDGE_CLI_COMMAND_H
#define EDGE_CLI_COMMAND_H

enum command {
    COMMAND_TOPICS,
    COMMAND_PUBLISH,
    COMMAND_PROCESS,
    COMMAND_REPLAY,
    COMMAND_GENERATE,
    COMMAND_VERIFY,
    COMMAND_DEAD_LETTERS,
    COMMAND_SERVE,
    COMMAND_NOTIFY,
    COMMAND_COUNT,
};

/* The first word after `topics`. */
enum topics_action {
    TOPICS_CREATE,
    TOPICS_CHECK,
};

/* The first word after `dead-letters`. */
enum letters_action {
    LETTERS_LIST,
    LETTERS_RETRY,
};

enum command_files {
    COMMAND_FILES_NONE,
    COMMAND_FILES_ANY,  /* none is allowed: then the topics are read */
    COMMAND_FILES_SOME, /* at least one */
};

struct command_info {
    const char *name;
    const char *summary;        /* one line */
    const char *text;           /* paragraphs, separated by an empty line; wrapped when printed */
    const char *example;        /* lines to type */
    const char *const *actions; /* the words one of which must follow the name, NULL-terminated; or NULL */
    enum command_files files;
};

const struct command_info *command_info(enum command c);

/* The command of that name, or -1. */
int command_find(const char *name);

#endif
