/* The fold of an instrument: what each Signing does to it. */
#include "core/commitment_deadline.h"
#include "core/fold.h"
#include "core/subject.h"

static int status_rank(uint8_t status)
{
    switch (status) {
    case INSTRUMENT_ANNOUNCED: return 1;
    case INSTRUMENT_SIGNED:
    case INSTRUMENT_ADOPTED: return 2;
    case INSTRUMENT_IN_FORCE: return 3;
    case INSTRUMENT_TERMINATED:
    case INSTRUMENT_SUPERSEDED: return 4;
    default: return 0;
    }
}

/* What a type of Signing does: the status it reaches (0: none) and the date it carries (-1: none is kept). */
static const struct {
    uint8_t status;
    int8_t date;
} effects[] = {
    [SIGNING_ANNOUNCED] = {INSTRUMENT_ANNOUNCED, DATE_ANNOUNCED},
    [SIGNING_SIGNED] = {INSTRUMENT_SIGNED, DATE_SIGNED},
    [SIGNING_ADOPTED] = {INSTRUMENT_ADOPTED, DATE_ADOPTED},
    [SIGNING_RATIFIED] = {0, -1},
    [SIGNING_IN_FORCE] = {INSTRUMENT_IN_FORCE, DATE_IN_FORCE},
    [SIGNING_JOINED] = {0, -1},
    [SIGNING_WITHDRAWN] = {0, -1},
    [SIGNING_TERMINATED] = {INSTRUMENT_TERMINATED, DATE_ENDED},
    [SIGNING_SUPERSEDED] = {INSTRUMENT_SUPERSEDED, DATE_ENDED},
    [SIGNING_UNKNOWN] = {0, -1},
};

#define PARTICIPANT_TEXTS 3

/* A signature enters a party, and corrects the date of one that has done no more than sign; the other acts
 * set their own status, and their date with it. */
static void participant_act(struct pool *pool, struct instrument *i, struct text party, uint8_t status,
                            struct text date)
{
    struct pack **texts = &i->entity.texts;
    struct text list = pack_text(*texts, TEXT_PARTICIPANTS), each, old_date, old_status;
    struct text dated = date.len ? date : TEXT_NULL, now = {(const char *)&status, 1};
    size_t position = 0, count = 0;
    for (; list_next(list, &position, &each); count++) {
        size_t from = position;
        (void)list_next(list, &position, &old_date);
        size_t middle = position;
        (void)list_next(list, &position, &old_status);
        if (!text_equal(each, party))
            continue;
        bool same = (uint8_t)*old_status.at == status;
        if (status == PARTICIPANT_SIGNED && !same)
            return;
        pack_list_replace(pool, texts, TEXT_PARTICIPANTS, middle, position, now);
        if (!same || !text_is_null(date))
            pack_list_replace(pool, texts, TEXT_PARTICIPANTS, from, middle, dated);
        return;
    }
    if (count == LIST_LATEST)
        pack_drop_first(pool, texts, TEXT_PARTICIPANTS, PARTICIPANT_TEXTS);
    const struct text entry[PARTICIPANT_TEXTS] = {party, dated, now};
    pack_append(pool, texts, TEXT_PARTICIPANTS, entry, PARTICIPANT_TEXTS);
}

static void participants_apply(struct pool *pool, struct instrument *i, const struct signing *s)
{
    uint8_t status;
    switch (s->common.type) {
    case SIGNING_SIGNED:
    case SIGNING_ADOPTED: status = PARTICIPANT_SIGNED; break;
    case SIGNING_RATIFIED: status = PARTICIPANT_RATIFIED; break;
    case SIGNING_JOINED: status = PARTICIPANT_JOINED; break;
    case SIGNING_WITHDRAWN: status = PARTICIPANT_WITHDRAWN; break;
    default: pack_apply_list(pool, &i->entity.texts, TEXT_PARTIES, s->parties); return;
    }
    if (status == PARTICIPANT_SIGNED)
        pack_apply_list(pool, &i->entity.texts, TEXT_PARTIES, s->parties);
    for (size_t k = 0; k < s->parties.count; k++)
        participant_act(pool, i, s->parties.at[k], status, s->date);
}

static void instrument_name_summit(struct task *t, struct instrument *i, struct text summit)
{
    if (text_is_null(summit) || text_equal(node_id(i->summit.to), summit))
        return;
    struct entity *before = ref_entity(&i->summit, SUBJECT_SUMMIT);
    if (before) {
        as_summit(before)->identified_signings--;
        task_changed(t, before);
    }
    ref_set(&i->summit, &i->entity, REF_SUMMIT, summit.len ? index_intern(t->ids, summit) : NULL);
    struct entity *after = ref_entity(&i->summit, SUBJECT_SUMMIT);
    if (after) {
        as_summit(after)->identified_signings++;
        task_changed(t, after);
    }
}

static unsigned date_text(int8_t date)
{
    return TEXT_ANNOUNCED + (unsigned)date;
}

/* Whether the event changes a date that commitments may count from. One that only repeats it must not cost a
 * look at every one of them. */
static bool instrument_moves_anchor(const struct instrument *i, int8_t date, struct text to)
{
    if (date != DATE_SIGNED && date != DATE_ADOPTED && date != DATE_IN_FORCE)
        return false;
    struct text from = pack_text(i->entity.texts, date_text(date));
    return !text_is_null(to) && !text_equal(from, to.len ? to : TEXT_NULL);
}

void instrument_apply(struct task *t, struct instrument *i, const struct application *a)
{
    const struct signing *s = &a->event->signing;
    uint8_t status = effects[s->common.type].status;
    int8_t date = effects[s->common.type].date;
    struct before before = deadline_before(t, &i->entity);
    bool moves_anchor = instrument_moves_anchor(i, date, s->date);

    if (status && status_rank(status) >= status_rank(i->status))
        i->status = status;
    if (status == INSTRUMENT_ANNOUNCED || status == INSTRUMENT_SIGNED || status == INSTRUMENT_ADOPTED)
        i->entity.introduced = true;
    if (s->form)
        i->form = s->form;
    if (s->binding)
        i->binding = s->binding;
    participants_apply(t->pool, i, s);
    if (date >= 0)
        pack_apply(t->pool, &i->entity.texts, date_text(date), s->date);
    if (!text_is_null(s->period)) {
        pack_apply(t->pool, &i->entity.texts, TEXT_PERIOD, s->period);
        subject_reword(t->pool, &i->entity);
    }
    pack_apply(t->pool, &i->entity.texts, TEXT_PLACE, s->place);
    pack_apply(t->pool, &i->entity.texts, TEXT_SUPERSEDED_BY, s->superseded_by);
    instrument_name_summit(t, i, s->summit);

    deadline_settle(t, &i->entity, &before, 0, a);
    if (moves_anchor)
        commitment_follow_anchor(t, &i->entity, a);
}
