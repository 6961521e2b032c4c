/* What a command is told: the values of its options after command line, environment, configuration file and
 * defaults were put together. Made once by main and handed down; nothing here is global.
 *
 * Immutable once read, so any thread may look. Texts live as long as the settings. Fields of options that the
 * command does not take are null (NULL, false, 0, INSTANT_NONE). */
#ifndef EDGE_CLI_SETTINGS_H
#define EDGE_CLI_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/error.h"
#include "core/time.h"
#include "edge/cli/command.h"
#include "edge/cli/log.h"

struct arena;
struct policy;
struct zone;

/* A librdkafka property given with -X or --secret-file. The value may be a secret: never print it. */
struct property {
    const char *name;
    const char *value;
    const char *where; /* what messages say instead: "-X", "CHAPAR_X", file:line */
};

/* Each property once, in the order of first mention. */
struct properties {
    const struct property *at;
    size_t count;
};

/* Texts that were given one by one, each once, in the order of first mention. */
struct text_list {
    const char *const *at;
    size_t count;
};

/* A secret that others than the program can get at. */
struct settings_warning {
    const char *where;    /* as of a property */
    const char *property; /* its name */
    const char *text;     /* how */
    struct settings_warning *next;
};

enum clock_kind {
    CLOCK_WALL,
    CLOCK_STREAM,
    CLOCK_INSTANT,
};

struct clock_choice {
    enum clock_kind kind;
    struct instant at; /* CLOCK_INSTANT only, else INSTANT_NONE */
};

/* What replay prints: bits of settings.emit. */
enum emit {
    EMIT_EVENTS = 1,
    EMIT_ALERTS = 2,
    EMIT_REGISTER = 4,
    EMIT_HASH = 8,
    EMIT_TIMELINE = 16, /* alone */
};

/* How generate writes events. */
enum event_format {
    EVENT_FORMAT_JSONL,
    EVENT_FORMAT_AVRO,
};

/* What the user wants of the executable. */
enum want {
    WANT_RUN,
    WANT_HELP,    /* of settings.command, or of the executable where that is COMMAND_COUNT */
    WANT_VERSION, /* --version */
    WANT_USAGE,   /* no command was given */
};

struct settings {
    enum want want;
    enum command command;     /* COMMAND_COUNT: none */
    int action;               /* enum topics_action, enum letters_action */
    const char *const *files; /* as given, "-" is standard input */
    size_t file_count;

    /* every command */
    const char *brokers;      /* HOST:PORT,... */
    const char *prefix;       /* of topic names; may be empty */
    const char *registry_url; /* NULL: no schema registry */
    struct properties properties;
    const char *zone_name;
    const char *zone_where;   /* what messages say of it: "--zone", "CHAPAR_ZONE", file:line */
    const char *policy_file;  /* NULL: the built-in policy */
    const char *policy_where; /* as zone_where */
    const char *config_file;  /* NULL: none */
    int log_level;            /* enum log_level */
    int log_format;           /* enum log_format */
    bool help, version;

    /* set by main once they are loaded, for the commands that need them; borrow */
    const struct zone *zone;
    const struct policy *policy;

    /* topics */
    int64_t partitions;         /* 0: as the topics that exist, else TOPICS_PARTITIONS */
    int64_t replication_factor; /* 0: the broker's default */

    /* publish */
    bool check;
    int64_t transaction_size; /* events a transaction; 0: all in one */

    /* process, replay, serve */
    struct clock_choice clock;

    /* process */
    bool until_end;
    const char *group;
    const char *instance; /* NULL: a dynamic member */
    const char *state_dir;
    const char *metrics_listen; /* HOST:PORT; NULL: no port for metrics; notify too */

    /* replay */
    struct instant as_of, until; /* or INSTANT_NONE */
    double speed;                /* event seconds a second; 0: as fast as possible */
    const char *subject;         /* id, or NULL: all */
    unsigned emit;               /* enum emit, at least one bit */

    /* generate */
    int64_t seed;
    int64_t events;
    int event_format;   /* enum event_format */
    const char *output; /* NULL: standard output */

    struct settings_warning *warnings; /* to be logged; NULL: none */

    /* verify */
    bool rules_changed;

    /* dead-letters */
    unsigned reasons;         /* bit i for word i of the option; 0: all */
    const char *letter_topic; /* name of an event topic without the prefix; NULL: all */

    /* process, serve, notify: whoever listens to HTTP */
    const char *token_file;      /* NULL: no token is asked for */
    const char *tls_certificate; /* NULL: no TLS */
    const char *tls_key;
    struct text_list hosts; /* names that it may be asked for by, beside those of this machine */

    /* serve */
    const char *listen;              /* HOST:PORT */
    int64_t connections_per_address; /* 0: not said */

    /* serve */
    bool without_events;

    /* notify */
    struct text_list alertmanagers, webhooks; /* [NAME=]URL */
    const char *webhook_secret_file;          /* NULL: not signed */
    const char *receiver_ca_file;             /* NULL: the system's certificates */
    const char *dashboard_url;                /* NULL: no links */
    int64_t resend_seconds, resolve_after_seconds, receiver_timeout_seconds, news_hours;
    bool from_start;

    struct arena *arena; /* own: what the texts above live in */
};

/* Reads `argv` (argv[0] is the program), `env` (as environ; NULL: none) and the configuration file they name.
 * ERROR_USAGE, with `where` naming the option, the environment variable or file:line that is wrong. No
 * message ever holds a value of -X or --secret-file. On success *out owns memory: settings_free. */
int settings_read(int argc, const char *const *argv, const char *const *env, struct settings *out,
                  struct error *e);

/* Adds a warning; `where` and `property` live as long as `a`, `text` for ever. */
void settings_warn(struct settings *s, struct arena *a, const char *where, const char *property,
                   const char *text);

void settings_free(struct settings *s); /* frees what it owns, not zone and policy */

#endif
