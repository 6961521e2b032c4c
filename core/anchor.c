#include "core/anchor.h"

#include <stdlib.h>

#include "core/due.h"

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
    return c->entity.due_form == DUE_AFTER || c->entity.due_form == DUE_REPEAT_AFTER;
}

static int by_id(const void *a, const void *b)
{
    struct entity *const *x = a, *const *y = b;
    return text_compare(entity_id(*x), entity_id(*y));
}

/* The commitment that refers to the anchor by this and counts from it; NULL: it does not. */
static struct entity *follower(const struct ref *r, const struct entity *anchor)
{
    struct entity *owner = ref_owner(r);
    if (owner->kind != SUBJECT_COMMITMENT || owner->dossier != anchor->dossier)
        return NULL;
    const struct commitment *c = as_commitment(owner);
    return anchor_ref(c) == r && anchor_counts_for(c) ? owner : NULL;
}

struct entity **anchor_followers(const struct entity *anchor, struct arena *a, size_t *count)
{
    size_t n = 0;
    for (const struct ref *r = anchor->node->refs; r; r = r->next)
        n += follower(r, anchor) != NULL;
    struct entity **found = arena_array(a, n, sizeof *found);
    *count = n;
    for (const struct ref *r = anchor->node->refs; r && n; r = r->next) {
        struct entity *e = follower(r, anchor);
        if (e)
            found[--n] = e;
    }
    if (*count > 1)
        qsort(found, *count, sizeof *found, by_id);
    return found;
}
