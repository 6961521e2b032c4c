/* What receivers are sent. Pure; writes into a buffer. */
#ifndef CONSUMER_NOTIFY_MESSAGES_H
#define CONSUMER_NOTIFY_MESSAGES_H

#include "consumer/notify/active.h"
#include "core/buffer.h"
#include "core/zone.h"

struct message_context {
    const struct zone *zone;   /* whose days are counted; borrow */
    const char *dashboard_url; /* where `chapar serve` is; NULL: no links; borrow */
    struct instant wall;       /* now */
    int64_t stands_ms;         /* for how long what stands does so when nothing more is said of it */
};

/* Appends an alert of Alertmanager's API v2 (postableAlert). Labels are what tells it apart: alertname,
 * subject, kind, stage, severity, subject_kind, dossier. All else is in annotations. */
void message_alert(struct buffer *b, const struct message_context *m, const struct active *a,
                   const struct active_entry *entry);

/* Appends a CloudEvent (1.0.2) in JSON, structured mode: the alert's id, type, subject and time as in the
 * headers of its record, and as data the alert as `chapar replay` prints it. */
#define MESSAGE_EVENT_TYPE "application/cloudevents+json; charset=utf-8"
void message_event(struct buffer *b, const struct alert *alert);

#endif
