#include "core/anchor.h"

#include <stdlib.h>

#include "core/due.h"
#include "core/memory.h"

static bool anchor_of_instrument(const struct instrument *i, uint8_t anchor_event, struct edtf *out)
{
    struct text date = TEXT_NULL;
    if (anchor_event == ANCHOR_IN_FORCE)
        date = entity_text(&i->entity, TEXT_IN_FORCE);
    else if (anchor_event == 0 || anchor_event == ANCHOR_SIGNED)
        date = entity_text(&i->entity, TEXT_SIGNED);
    if (text_is_null(date) && (anchor_event == 0 || anchor_event == ANCHOR_SIGNED))
        date = entity_text(&i->entity, TEXT_ADOPTED);
    return !text_is_null(date) && edtf_parse(date, out, NULL) == 0;
}

bool anchor_of_summit(const struct summit_state *s, uint8_t anchor_event, struct edtf *out)
{
    if (!s->held || (anchor_event != 0 && anchor_event != ANCHOR_HELD))
        return false;
    struct day last = DAY_NONE;
    struct edtf held_on;
    struct text text = entity_text(&s->entity, TEXT_HELD_ON);
    if (!text_is_null(text) && edtf_parse(text, &held_on, NULL) == 0)
        last = held_on.latest;
    if (day_is_none(last))
        last = s->held_day;
    *out = (struct edtf){.earliest = last, .latest = last, .end_from = last};
    return !day_is_none(last);
}

/* The first of these that names anything is the anchor, whether it is known or not. */
static const struct ref *anchor_ref(const struct commitment *c)
{
    static const enum ref_kind order[] = {REF_ANCHOR, REF_INSTRUMENT, REF_SUMMIT};
    for (size_t i = 0; i < sizeof order / sizeof *order; i++)
        if (ref_node(commitment_ref(c, order[i])))
            return commitment_ref(c, order[i]);
    return NULL;
}

bool anchor_of_commitment(const struct commitment *c, struct edtf *out)
{
    const struct ref *r = anchor_ref(c);
    if (!r)
        return false;
    enum ref_kind kind = ref_kind_of(r);
    struct entity *instrument = kind == REF_SUMMIT ? NULL : ref_entity(r, SUBJECT_INSTRUMENT);
    if (instrument)
        return anchor_of_instrument(as_instrument(instrument), c->anchor_event, out);
    struct entity *summit = kind == REF_INSTRUMENT ? NULL : ref_entity(r, SUBJECT_SUMMIT);
    return summit && anchor_of_summit(as_summit(summit), c->anchor_event, out);
}

static bool anchor_counts_for(const struct commitment *c)
{
    return c->entity.wording.form == DUE_AFTER || c->entity.wording.form == DUE_REPEAT_AFTER;
}

static int by_id(const void *a, const void *b)
{
    struct entity *const *x = a, *const *y = b;
    return text_compare(entity_id(*x), entity_id(*y));
}

struct entity **anchor_followers(const struct entity *anchor, size_t *count)
{
    struct entity **found = NULL;
    size_t size = 0;
    *count = 0;
    for (struct ref *r = anchor->node->refs; r; r = r->next) {
        if (r->owner->kind != SUBJECT_COMMITMENT || r->owner->dossier != anchor->dossier)
            continue;
        struct commitment *c = as_commitment(r->owner);
        if (anchor_ref(c) != r || !anchor_counts_for(c))
            continue;
        if (*count == size) {
            size = size ? size * 2 : 16;
            found = memory_resize(found, size * sizeof *found);
        }
        found[(*count)++] = r->owner;
    }
    if (*count)
        qsort(found, *count, sizeof *found, by_id);
    return found;
}
