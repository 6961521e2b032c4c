/* What the parts of a session share. Internal to the live processor. */
#ifndef CONSUMER_PROCESS_SESSION_STATE_H
#define CONSUMER_PROCESS_SESSION_STATE_H

#include "consumer/checkpoint/checkpoint.h"
#include "consumer/process/live_task.h"
#include "consumer/process/output.h"
#include "consumer/process/process_metrics.h"
#include "consumer/process/restore_task.h"
#include "edge/cli/progress.h"
#include "edge/registry/registered.h"

/* A transaction writes about this many records; what would write more waits for the next one. */
#define BATCH_RECORDS 100000

/* Subjects that the clock takes on between two looks at how many records there are. */
#define BATCH_SUBJECTS 1000

struct session {
    const struct settings *settings;
    struct process_metrics *metrics; /* borrow */
    struct topic_names names;
    int wake_fd;
    int32_t partitions;

    struct codec *codec;
    struct registry *registry; /* own; NULL: none */
    rd_kafka_t *watermarks;    /* sees everything that was written */
    rd_kafka_t *consumer;      /* the group's member */
    struct output *output;
    rd_kafka_t *output_client; /* borrow: the output's producer */
    struct restorer *restorer;
    struct checkpoint *checkpoint;         /* own; NULL: none is kept */
    bool closing;                          /* no tasks are given to this session any more */
    rd_kafka_topic_partition_list_t *ends; /* --until-end: where it ends; else NULL */

    struct live_task *tasks; /* own: those assigned to this instance */
    size_t task_count;
    bool assigned;       /* the group has said which tasks are ours, be it none */
    int64_t assigned_ms; /* when it said so */
    int64_t waits_ms;    /* since when nothing is assigned, or that was told; 0: the group has said */
    struct live_task *applying;
    rd_kafka_consumer_group_metadata_t
        *membership; /* own: as whom they were assigned to us; NULL: none are */

    bool fenced;                /* as one whose name somebody has joined with */
    int64_t session_timeout_ms; /* of the consumer, once it is closed */

    size_t turn;        /* which task goes first */
    size_t untold_turn; /* the last in which Kafka did not tell where partitions end */

    struct progress progress; /* with --until-end; its total is what the assigned tasks have before them */
    struct arena *arena;      /* for one event or record */
    uint64_t round;           /* counts the lookups of watermarks */
    uint64_t events;
    uint64_t batch_events;
    int64_t batch_began_ms;
    int64_t turn_began_us;
    int64_t given_back_ms; /* when memory went back to the system last */
    int64_t worked_ms;     /* when there was something to commit last */
    struct error failed;   /* code 0: nothing did */
};

#endif
