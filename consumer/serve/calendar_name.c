/* What a calendar is called among the others of whoever subscribes to it: what was asked for. */
#include "consumer/serve/calendar.h"
#include "consumer/serve/question.h"
#include "core/civil.h"
#include "edge/json/json_write.h"

static void add(struct buffer *b, const char *text)
{
    json_add_text(b, text_of(text));
}

/* One of the things asked for, behind those before it. */
static void add_part(struct buffer *b, const char *before, struct text t, const char *after)
{
    add(b, b->len > sizeof "Chapar" - 1 ? ", " : ": ");
    add(b, before);
    for (size_t i = 0; i < t.len; i++) {
        unsigned char c = (unsigned char)t.at[i];
        buffer_add_byte(b, c < 0x20 || c == 0x7F ? ' ' : c);
    }
    add(b, after);
}

static void add_named(struct buffer *b, const char *before, struct text t)
{
    if (!text_is_null(t))
        add_part(b, before, t, "");
}

static void add_flag(struct buffer *b, int8_t asked, const char *yes, const char *no)
{
    if (asked >= 0)
        add_part(b, "", text_of(asked ? yes : no), "");
}

static void add_day(struct buffer *b, const char *before, struct day day)
{
    char text[DAY_TEXT_SIZE];
    if (!day_is_none(day) && day.n != DAY_FIRST.n) /* the first day: all that has days */
        add_part(b, before, (struct text){text, day_format(day, text)}, "");
}

void calendar_name(const struct question *q, struct buffer *out)
{
    static const char *const kinds[] = {[SUBJECT_INSTRUMENT] = "instruments",
                                        [SUBJECT_SUMMIT] = "summits",
                                        [SUBJECT_COMMITMENT] = "commitments"};
    struct question all;
    question_init(&all, q->today);
    add(out, "Chapar");
    add_named(out, "", q->party);
    for (unsigned kind = SUBJECT_INSTRUMENT; kind <= SUBJECT_COMMITMENT && q->kinds != all.kinds; kind++)
        if ((unsigned)q->kinds >> kind & 1u)
            add_part(out, "", text_of(kinds[kind]), "");
    add_named(out, "", q->dossier);
    add_named(out, "", q->instrument);
    add_named(out, "", q->summit);
    add_named(out, "parts of ", q->part_of);
    add_flag(out, q->open, "open", "settled");
    add_flag(out, q->contested, "disputed", "undisputed");
    add_flag(out, q->incomplete, "only spoken of", "introduced");
    add_day(out, "from ", q->from);
    add_day(out, "to ", q->to);
    if (q->text.len)
        add_part(out, "\xE2\x80\x9C", q->text, "\xE2\x80\x9D");
}
