#include "edge/cli/options.h"

#include <assert.h>
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "edge/cli/nearest.h"

static const char name_bytes[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";

/* Kafka takes topic names of up to 249 bytes; the longest of ours adds 20 to the prefix. */
static const char *wrong_prefix(const char *value)
{
    if (strlen(value) > 200)
        return "longer than 200 characters";
    return value[strspn(value, name_bytes)] ? "topic names have letters, digits, '.', '_' and '-' only"
                                            : NULL;
}

static const char *wrong_name(const char *value)
{
    if (*value == '\0')
        return "must not be empty";
    if (strlen(value) > 128)
        return "longer than 128 characters";
    return value[strspn(value, name_bytes)] ? "expected letters, digits, '.', '_' and '-' only" : NULL;
}

static const char *wrong_id(const char *value)
{
    size_t len = strspn(value, "abcdefghijklmnopqrstuvwxyz0123456789._-");
    bool starts = (*value >= 'a' && *value <= 'z') || (*value >= '0' && *value <= '9');
    if (*value && (value[len] || !starts || len > 128))
        return "expected an id: 1 to 128 of a-z, 0-9, '.', '_' and '-', the first a letter or digit";
    return NULL;
}

static const char *wrong_brokers(const char *value)
{
    const char *at = value;
    do {
        size_t len = strcspn(at, ",");
        if (len == 0 || strcspn(at, " \t\r\n") < len)
            return "expected HOST:PORT, several separated by commas without blanks";
        at += len;
    } while (*at++ == ',');
    return NULL;
}

static const char *wrong_url(const char *value)
{
    bool http = strncmp(value, "http://", 7) == 0 && value[7];
    bool https = strncmp(value, "https://", 8) == 0 && value[8];
    if (*value && ((!http && !https) || value[strcspn(value, " \t\r\n")]))
        return "expected an address that begins with http:// or https://";
    return NULL;
}

/* [NAME=]URL; the name becomes part of a group's and a value in metrics. */
static const char *wrong_receiver(const char *value)
{
    size_t len = strspn(value, name_bytes);
    if (value[len] == '=' && (len == 0 || len > 64))
        return "expected a name of 1 to 64 letters, digits, '.', '_' and '-' before '='";
    return wrong_url(value[len] == '=' ? value + len + 1 : value);
}

static const char *wrong_listen(const char *value)
{
    const char *colon = strrchr(value, ':');
    size_t digits = colon ? strspn(colon + 1, "0123456789") : 0;
    bool good = colon && colon > value && digits >= 1 && digits <= 5 && colon[1 + digits] == '\0';
    return good ? NULL : "expected HOST:PORT, as 127.0.0.1:8080 or [::1]:8080";
}

/* Without a port: names do not move with ports. */
static const char *wrong_host(const char *value)
{
    size_t len = strlen(value);
    bool address = len > 2 && value[0] == '[' && strspn(value + 1, "0123456789abcdefABCDEF:.") == len - 2 &&
                   value[len - 1] == ']';
    bool name = len > 0 && len <= 253 && value[strspn(value, name_bytes)] == '\0';
    return address || name ? NULL : "expected a host without port, as register.example.org or [2001:db8::1]";
}

static const char *wrong_event_topic(const char *value)
{
    bool known = strcmp(value, "signings") == 0 || strcmp(value, "summits") == 0 ||
                 strcmp(value, "milestones") == 0 || *value == '\0';
    return known ? NULL : "expected signings, summits or milestones";
}

static const char *wrong_empty(const char *value)
{
    return *value ? NULL : "must not be empty";
}

static const char *const level_words[] = {"error", "warn", "info", "debug", NULL};
static const char *const format_words[] = {"text", "json", NULL};
static const char *const emit_words[] = {"events", "alerts", "register", "hash", "timeline", NULL};
static const char *const live_clock_words[] = {"wall", "stream", NULL};
static const char *const event_format_words[] = {"jsonl", "avro", NULL};
static const char *const reason_words[] = {"malformed", "unknown-schema", "invalid", "too-large", NULL};
static const char *const replay_clock_words[] = {"stream", NULL};

#define FIELD(member) offsetof(struct settings, member)

const struct option options[] = {
    {.name = "partitions",
     .argument = "N",
     .kind = OPTION_INTEGER,
     .commands = OPTION_OF(COMMAND_TOPICS),
     .offset = FIELD(partitions),
     .least = 1,
     .most = 10000,
     .help = "partitions of every topic; left out: as many as the topics that exist have, else 4"},
    {.name = "replication-factor",
     .argument = "N",
     .kind = OPTION_INTEGER,
     .commands = OPTION_OF(COMMAND_TOPICS),
     .offset = FIELD(replication_factor),
     .least = 1,
     .most = 1000,
     .help = "copies of every partition; left out: the broker's default"},
    {.name = "check",
     .kind = OPTION_FLAG,
     .commands = OPTION_OF(COMMAND_PUBLISH),
     .offset = FIELD(check),
     .initial = "false",
     .help = "only check the files; needs no broker"},
    {.name = "transaction-size",
     .argument = "N",
     .kind = OPTION_INTEGER,
     .commands = OPTION_OF(COMMAND_PUBLISH),
     .offset = FIELD(transaction_size),
     .initial = "0",
     .most = 1000000000,
     .help = "commit every N events, for loads too big for one transaction; 0: all in one"},
    {.name = "clock",
     .argument = "wall|stream|INSTANT",
     .kind = OPTION_CLOCK,
     .commands = OPTION_OF(COMMAND_PROCESS),
     .offset = FIELD(clock),
     .initial = "wall",
     .words = live_clock_words,
     .help = "what the clock follows once the events are caught up with: the machine's time, nothing but the "
             "events' times, or a fixed instant"},
    {.name = "clock",
     .argument = "stream|INSTANT",
     .kind = OPTION_CLOCK,
     .commands = OPTION_OF(COMMAND_REPLAY),
     .offset = FIELD(clock),
     .initial = "stream",
     .words = replay_clock_words,
     .help =
         "where the clock goes at the end of the events: nowhere, or on to an instant as `process` would"},
    {.name = "clock",
     .argument = "wall|stream|INSTANT",
     .kind = OPTION_CLOCK,
     .commands = OPTION_OF(COMMAND_SERVE),
     .offset = FIELD(clock),
     .initial = "wall",
     .words = live_clock_words,
     .help = "what counts as today for days left and overdue: the machine's time, the latest clock of the "
             "processor, or a fixed instant"},
    {.name = "until-end",
     .kind = OPTION_FLAG,
     .commands = OPTION_OF(COMMAND_PROCESS),
     .offset = FIELD(until_end),
     .initial = "false",
     .help = "stop once everything that was there at the start is processed and committed"},
    {.name = "group",
     .argument = "NAME",
     .kind = OPTION_TEXT,
     .commands = OPTION_OF(COMMAND_PROCESS) | OPTION_OF(COMMAND_VERIFY),
     .offset = FIELD(group),
     .initial = "chapar",
     .wrong = wrong_name,
     .help =
         "consumer group of the processor, whose members share the work; `verify` asks what it has read and "
         "does not join it"},
    {.name = "instance",
     .argument = "NAME",
     .kind = OPTION_TEXT,
     .commands = OPTION_OF(COMMAND_PROCESS),
     .offset = FIELD(instance),
     .wrong = wrong_name,
     .help =
         "be a static member of the group, which comes back to its own tasks after a restart; left out: a "
         "dynamic member that leaves when it stops"},
    {.name = "state-dir",
     .argument = "DIR",
     .kind = OPTION_TEXT,
     .commands = OPTION_OF(COMMAND_PROCESS),
     .offset = FIELD(state_dir),
     .help =
         "keep a checkpoint of the tasks in this folder, made where it is missing, so that a restart need "
         "not read the whole register from Kafka; one process each, may be deleted at any time; left out: "
         "none is kept"},
    {.name = "metrics-listen",
     .argument = "HOST:PORT",
     .kind = OPTION_TEXT,
     .commands = OPTION_OF(COMMAND_PROCESS) | OPTION_OF(COMMAND_NOTIFY),
     .offset = FIELD(metrics_listen),
     .wrong = wrong_listen,
     .help = "serve /metrics, /healthz and /readyz there, as 127.0.0.1:9464; port 0: any that is free; left "
             "out: no port is opened"},
    {.name = "as-of",
     .argument = "INSTANT",
     .kind = OPTION_INSTANT,
     .commands = OPTION_OF(COMMAND_REPLAY),
     .offset = FIELD(as_of),
     .help = "leave out what was recorded later, and end there"},
    {.name = "until",
     .argument = "INSTANT",
     .kind = OPTION_INSTANT,
     .commands = OPTION_OF(COMMAND_REPLAY),
     .offset = FIELD(until),
     .help = "move the clock on to this time at the end, with nothing new: a forecast"},
    {.name = "speed",
     .argument = "Nx",
     .kind = OPTION_SPEED,
     .commands = OPTION_OF(COMMAND_REPLAY),
     .offset = FIELD(speed),
     .help = "pace the events at N times the speed they were recorded at, as 86400x for a day a second; left "
             "out: as fast as possible"},
    {.name = "subject",
     .argument = "ID",
     .kind = OPTION_TEXT,
     .commands = OPTION_OF(COMMAND_REPLAY),
     .offset = FIELD(subject),
     .wrong = wrong_id,
     .help = "print only what concerns this instrument, summit or commitment; everything is replayed"},
    {.name = "emit",
     .argument = "LIST",
     .kind = OPTION_CHOICES,
     .commands = OPTION_OF(COMMAND_REPLAY),
     .offset = FIELD(emit),
     .initial = "alerts,register,hash",
     .words = emit_words,
     .help = "what to print: any of events, alerts, register, hash, separated by commas, as JSON Lines; or "
             "timeline: events and alerts as a table to read, alone"},
    {.name = "seed",
     .argument = "N",
     .kind = OPTION_INTEGER,
     .commands = OPTION_OF(COMMAND_GENERATE),
     .offset = FIELD(seed),
     .initial = "1",
     .most = INT64_MAX,
     .help = "another number, other events"},
    {.name = "events",
     .argument = "N",
     .kind = OPTION_INTEGER,
     .commands = OPTION_OF(COMMAND_GENERATE),
     .offset = FIELD(events),
     .initial = "10000",
     .least = 1,
     .most = 1000000000,
     .help = "how many"},
    {.name = "format",
     .argument = "FORMAT",
     .kind = OPTION_CHOICE,
     .commands = OPTION_OF(COMMAND_GENERATE),
     .offset = FIELD(event_format),
     .initial = "jsonl",
     .words = event_format_words,
     .help = "jsonl: one event a line; avro: container files, one for each kind of event"},
    {.name = "output",
     .argument = "DIR",
     .kind = OPTION_TEXT,
     .commands = OPTION_OF(COMMAND_GENERATE),
     .offset = FIELD(output),
     .wrong = wrong_empty,
     .help = "folder to write events.jsonl, or signings.avro, summits.avro and milestones.avro into"},
    {.name = "rules-changed",
     .kind = OPTION_FLAG,
     .commands = OPTION_OF(COMMAND_VERIFY),
     .offset = FIELD(rules_changed),
     .initial = "false",
     .help = "zone or policy were changed since the register was begun: do not compare what the former ones "
             "may have decided"},
    {.name = "reason",
     .argument = "LIST",
     .kind = OPTION_CHOICES,
     .commands = OPTION_OF(COMMAND_DEAD_LETTERS),
     .offset = FIELD(reasons),
     .words = reason_words,
     .help = "only dead letters with these reasons: any of malformed, unknown-schema, invalid, too-large, "
             "separated by commas"},
    {.name = "topic",
     .argument = "NAME",
     .kind = OPTION_TEXT,
     .commands = OPTION_OF(COMMAND_DEAD_LETTERS),
     .offset = FIELD(letter_topic),
     .wrong = wrong_event_topic,
     .help = "only events of this topic: signings, summits or milestones"},
    {.name = "alertmanager",
     .argument = "[NAME=]URL",
     .kind = OPTION_LIST,
     .commands = OPTION_OF(COMMAND_NOTIFY),
     .offset = FIELD(alertmanagers),
     .wrong = wrong_receiver,
     .help = "an Alertmanager, as http://localhost:9093; may be given many times, and each is told "
             "everything. NAME (left out: made from the URL) tells it apart in group and metrics"},
    {.name = "webhook",
     .argument = "[NAME=]URL",
     .kind = OPTION_LIST,
     .commands = OPTION_OF(COMMAND_NOTIFY),
     .offset = FIELD(webhooks),
     .wrong = wrong_receiver,
     .help = "an address that alerts are posted to, one by one; may be given many times. NAME as for "
             "--alertmanager"},
    {.name = "webhook-secret-file",
     .argument = "FILE",
     .kind = OPTION_TEXT,
     .commands = OPTION_OF(COMMAND_NOTIFY),
     .offset = FIELD(webhook_secret_file),
     .help = "sign what goes to webhooks with the secret in the first line of this file, and with those in "
             "further lines too; left out: not signed"},
    {.name = "receiver-ca-file",
     .argument = "FILE",
     .kind = OPTION_TEXT,
     .commands = OPTION_OF(COMMAND_NOTIFY),
     .offset = FIELD(receiver_ca_file),
     .help = "certificates (PEM) that receivers with https are trusted by; left out: the system's"},
    {.name = "dashboard-url",
     .argument = "URL",
     .kind = OPTION_TEXT,
     .commands = OPTION_OF(COMMAND_NOTIFY),
     .offset = FIELD(dashboard_url),
     .wrong = wrong_url,
     .help = "where `chapar serve` is to be found: alerts link to the page of their subject there"},
    {.name = "group",
     .argument = "NAME",
     .kind = OPTION_TEXT,
     .commands = OPTION_OF(COMMAND_NOTIFY),
     .offset = FIELD(group),
     .initial = "chapar-notify",
     .wrong = wrong_name,
     .help = "what the consumer groups begin with in which the places of the receivers are kept: "
             "GROUP.NAME"},
    {.name = "from-start",
     .kind = OPTION_FLAG,
     .commands = OPTION_OF(COMMAND_NOTIFY),
     .offset = FIELD(from_start),
     .initial = "false",
     .help = "send all alerts there ever were to webhooks that have no place yet; left out: those to come"},
    {.name = "resend",
     .argument = "SECONDS",
     .kind = OPTION_INTEGER,
     .commands = OPTION_OF(COMMAND_NOTIFY),
     .offset = FIELD(resend_seconds),
     .initial = "60",
     .least = 1,
     .most = 3600,
     .help = "how often Alertmanagers are told again what stands"},
    {.name = "resolve-after",
     .argument = "SECONDS",
     .kind = OPTION_INTEGER,
     .commands = OPTION_OF(COMMAND_NOTIFY),
     .offset = FIELD(resolve_after_seconds),
     .initial = "3600",
     .least = 1,
     .most = 2592000,
     .help = "for how long Alertmanagers hold on to what stands when they hear nothing more of it; at least "
             "for as long as it takes to tell them everything four times"},
    {.name = "news-hours",
     .argument = "N",
     .kind = OPTION_INTEGER,
     .commands = OPTION_OF(COMMAND_NOTIFY),
     .offset = FIELD(news_hours),
     .initial = "24",
     .most = 8760,
     .help = "for how long Alertmanagers show that a deadline was moved or refined or a summit cancelled; 0: "
             "not at all"},
    {.name = "receiver-timeout",
     .argument = "SECONDS",
     .kind = OPTION_INTEGER,
     .commands = OPTION_OF(COMMAND_NOTIFY),
     .offset = FIELD(receiver_timeout_seconds),
     .initial = "10",
     .least = 1,
     .most = 300,
     .help = "for how long a receiver may take to answer before it is tried again"},
    {.name = "listen",
     .argument = "HOST:PORT",
     .kind = OPTION_TEXT,
     .commands = OPTION_OF(COMMAND_SERVE),
     .offset = FIELD(listen),
     .initial = "127.0.0.1:8080",
     .wrong = wrong_listen,
     .help = "where to listen; port 0: any that is free"},
    {.name = "token-file",
     .argument = "FILE",
     .kind = OPTION_TEXT,
     .commands = OPTION_OF(COMMAND_PROCESS) | OPTION_OF(COMMAND_SERVE) | OPTION_OF(COMMAND_NOTIFY),
     .offset = FIELD(token_file),
     .help =
         "ask for the token in the first line of this file: as a bearer token, or as the password of HTTP "
         "Basic; left out: anybody may read"},
    {.name = "tls-cert",
     .argument = "FILE",
     .kind = OPTION_TEXT,
     .commands = OPTION_OF(COMMAND_PROCESS) | OPTION_OF(COMMAND_SERVE) | OPTION_OF(COMMAND_NOTIFY),
     .offset = FIELD(tls_certificate),
     .help = "serve over TLS with this certificate and its chain (PEM); needs --tls-key"},
    {.name = "tls-key",
     .argument = "FILE",
     .kind = OPTION_TEXT,
     .commands = OPTION_OF(COMMAND_PROCESS) | OPTION_OF(COMMAND_SERVE) | OPTION_OF(COMMAND_NOTIFY),
     .offset = FIELD(tls_key),
     .help = "private key of the certificate (PEM, without a password)"},
    {.name = "allow-host",
     .argument = "NAME",
     .kind = OPTION_LIST,
     .commands = OPTION_OF(COMMAND_PROCESS) | OPTION_OF(COMMAND_SERVE) | OPTION_OF(COMMAND_NOTIFY),
     .offset = FIELD(hosts),
     .wrong = wrong_host,
     .help = "answer requests for this host too, as that of a proxy in front; may be given many times. Left "
             "out: without a token on a loopback address only localhost, 127.x.x.x and [::1], else any"},
    {.name = "connections-per-address",
     .argument = "N",
     .kind = OPTION_INTEGER,
     .commands = OPTION_OF(COMMAND_SERVE),
     .offset = FIELD(connections_per_address),
     .least = 1,
     .most = 4096,
     .help = "how many connections one address may have, of IPv6 one network (/64), as that of a proxy in "
             "front; left out: 256, and those of this machine without limit"},
    {.name = "without-events",
     .kind = OPTION_FLAG,
     .commands = OPTION_OF(COMMAND_SERVE),
     .offset = FIELD(without_events),
     .initial = "false",
     .help = "do not read the event topics: saves memory, and the history of subjects is not shown"},

    {.name = "brokers",
     .argument = "HOST:PORT,...",
     .kind = OPTION_TEXT,
     .commands = OPTION_EVERYWHERE,
     .offset = FIELD(brokers),
     .initial = "localhost:9092",
     .wrong = wrong_brokers,
     .help = "Kafka brokers to begin with"},
    {.name = "prefix",
     .argument = "PREFIX",
     .kind = OPTION_TEXT,
     .commands = OPTION_EVERYWHERE,
     .offset = FIELD(prefix),
     .initial = "chapar.",
     .wrong = wrong_prefix,
     .help = "what the names of all topics begin with"},
    {.name = "registry-url",
     .argument = "URL",
     .kind = OPTION_TEXT,
     .commands = OPTION_EVERYWHERE,
     .offset = FIELD(registry_url),
     .wrong = wrong_url,
     .help =
         "schema registry (Confluent's REST interface): values carry its schema ids; left out: fingerprints"},
    {.name = "X",
     .argument = "PROPERTY=VALUE",
     .kind = OPTION_PROPERTIES,
     .commands = OPTION_EVERYWHERE,
     .offset = FIELD(properties),
     .help = "librdkafka property, as security.protocol=SSL; may be given many times"},
    {.name = "secret-file",
     .argument = "PROPERTY=FILE",
     .kind = OPTION_SECRETS,
     .commands = OPTION_EVERYWHERE,
     .offset = FIELD(properties),
     .help =
         "librdkafka property whose value a file holds, as sasl.password=/run/secrets/kafka; may be given "
         "many times"},
    {.name = "zone",
     .argument = "NAME",
     .kind = OPTION_TEXT,
     .commands = OPTION_EVERYWHERE,
     .offset = FIELD(zone_name),
     .initial = "UTC",
     .wrong = wrong_empty,
     .help = "IANA time zone in which civil days begin, as Asia/Almaty"},
    {.name = "policy",
     .argument = "FILE",
     .kind = OPTION_TEXT,
     .commands = OPTION_EVERYWHERE,
     .offset = FIELD(policy_file),
     .help = "alert policy (JSON): leads, escalations, severities; left out: the built-in one"},
    {.name = "config",
     .argument = "FILE",
     .kind = OPTION_TEXT,
     .not_in_file = true,
     .commands = OPTION_EVERYWHERE,
     .offset = FIELD(config_file),
     .help = "read options from this file, as `name = value` lines"},
    {.name = "log-level",
     .argument = "LEVEL",
     .kind = OPTION_CHOICE,
     .commands = OPTION_EVERYWHERE,
     .offset = FIELD(log_level),
     .initial = "info",
     .words = level_words,
     .help = "least serious messages to log: error, warn, info or debug"},
    {.name = "log-format",
     .argument = "FORMAT",
     .kind = OPTION_CHOICE,
     .commands = OPTION_EVERYWHERE,
     .offset = FIELD(log_format),
     .initial = "text",
     .words = format_words,
     .help = "how messages are written to standard error: text or json, one object a line"},
    {.name = "help",
     .kind = OPTION_FLAG,
     .command_line_only = true,
     .commands = OPTION_EVERYWHERE,
     .offset = FIELD(help),
     .help = "print this help"},
    {.name = "version",
     .kind = OPTION_FLAG,
     .command_line_only = true,
     .offset = FIELD(version),
     .help = "print the version"},
};

const size_t option_count = sizeof options / sizeof options[0];

static bool is_named(const struct option *o, const char *name, size_t len)
{
    return strlen(o->name) == len && memcmp(o->name, name, len) == 0;
}

const struct option *option_find(const char *name, size_t len, enum command c)
{
    for (size_t i = 0; i < option_count; i++)
        if (is_named(&options[i], name, len) && (options[i].commands & OPTION_OF(c)))
            return &options[i];
    return NULL;
}

const struct option *option_find_any(const char *name, size_t len)
{
    for (size_t i = 0; i < option_count; i++)
        if (is_named(&options[i], name, len))
            return &options[i];
    return NULL;
}

const char *option_nearest(const char *name, size_t len)
{
    struct nearest n = {0};
    for (size_t i = 0; i < option_count; i++)
        nearest_offer(&n, name, len, options[i].name);
    return n.name;
}

void option_spell(const struct option *o, char out[OPTION_SPELLING_SIZE])
{
    (void)snprintf(out, OPTION_SPELLING_SIZE, "%s%s", o->name[1] ? "--" : "-", o->name);
}

void option_spell_environment(const struct option *o, char out[OPTION_SPELLING_SIZE])
{
    int len = snprintf(out, OPTION_SPELLING_SIZE, "CHAPAR_%s", o->name);
    assert(len > 0 && len < OPTION_SPELLING_SIZE);
    for (char *at = out; *at; at++)
        *at = *at == '-' ? '_' : (char)toupper((unsigned char)*at);
}
