/* The options: one table, each declared once. Parser, defaults, environment names, help and reference all
 * come from it. */
#ifndef EDGE_CLI_OPTIONS_H
#define EDGE_CLI_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/arena.h"
#include "core/error.h"
#include "edge/cli/settings.h"

enum option_kind {
    OPTION_TEXT,       /* const char *; without a default, the empty text is NULL */
    OPTION_FLAG,       /* bool; true and false where it needs a value */
    OPTION_INTEGER,    /* int64_t, least..most */
    OPTION_CHOICE,     /* int: index of the word in `words` */
    OPTION_CHOICES,    /* unsigned: bit i for word i of `words`, separated by commas */
    OPTION_INSTANT,    /* struct instant, RFC 3339 */
    OPTION_CLOCK,      /* struct clock_choice: a word of `words` or an instant */
    OPTION_SPEED,      /* double: 86400x */
    OPTION_PROPERTIES, /* struct properties: repeatable, each PROPERTY=VALUE */
    OPTION_SECRETS,    /* the same, each PROPERTY=FILE that holds the value */
    OPTION_LIST,       /* struct text_list: repeatable, each a text */
};

#define OPTION_EVERYWHERE ((1u << COMMAND_COUNT) - 1)
#define OPTION_OF(command) (1u << (command))

struct option {
    const char *name;     /* without dashes; a capital letter alone is a short option */
    const char *argument; /* how help calls the value; NULL: a flag */
    enum option_kind kind;
    bool command_line_only; /* neither environment nor configuration file */
    bool not_in_file;
    unsigned commands;        /* bits; 0: only without a command */
    size_t offset;            /* in struct settings */
    const char *initial;      /* the default, as it would be typed; NULL: none */
    const char *const *words; /* NULL-terminated */
    int64_t least, most;
    /* Says what is wrong with a text, or returns NULL. Never repeats the text. */
    const char *(*wrong)(const char *value);
    const char *help; /* without full stop; wrapped when printed */
};

extern const struct option options[];
extern const size_t option_count;

/* The option of that name as the command takes it, or NULL. A name may have several rows, for different
 * commands. */
const struct option *option_find(const char *name, size_t len, enum command c);

/* The first row of that name, whatever takes it, or NULL. */
const struct option *option_find_any(const char *name, size_t len);

/* The name nearest to one that does not exist, or NULL. */
const char *option_nearest(const char *name, size_t len);

/* "--brokers", "-X". */
#define OPTION_SPELLING_SIZE 48
void option_spell(const struct option *o, char out[OPTION_SPELLING_SIZE]);

/* "CHAPAR_STATE_DIR". */
void option_spell_environment(const struct option *o, char out[OPTION_SPELLING_SIZE]);

/* Reads `value` into its field of `s`; texts are copied into `a`. `where` goes into the error. ERROR_USAGE.
 */
int option_read(const struct option *o, const char *value, const char *where, struct arena *a,
                struct settings *s, struct error *e);

/* Whether each value of the option adds to what was given before. */
bool option_adds_up(const struct option *o);

/* Sets the option's field to its null. */
void option_clear(const struct option *o, struct settings *s);

#endif
