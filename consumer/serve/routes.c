#include <microhttpd.h>

#include "consumer/serve/answers.h"
#include "consumer/serve/metrics.h"
#include "consumer/serve/page.h"
#include "consumer/serve/parameters.h"

#define ONLY(kind) (uint16_t)(1u << (kind))
#define ANY (uint16_t)(ONLY(SUBJECT_INSTRUMENT) | ONLY(SUBJECT_SUMMIT) | ONLY(SUBJECT_COMMITMENT))
#define LIST(kind_path) "/api/v1/" kind_path, "/api/v1/" kind_path ".csv"

const struct route routes[] = {
    {LIST("instruments"), answer_list, ON_INSTRUMENTS, ONLY(SUBJECT_INSTRUMENT), PRESET_ALL, true, false,
     "Instruments: what was signed or adopted"},
    {LIST("summits"), answer_list, ON_SUMMITS, ONLY(SUBJECT_SUMMIT), PRESET_ALL, true, false,
     "Summits and other dated occasions"},
    {LIST("commitments"), answer_list, ON_COMMITMENTS, ONLY(SUBJECT_COMMITMENT), PRESET_ALL, true, false,
     "Commitments: what parties said they would do"},
    {LIST("subjects"), answer_list, ON_SUBJECTS, ANY, PRESET_ALL, true, false, "All three kinds together"},
    {LIST("due"), answer_list, ON_SUBJECTS, ANY, PRESET_DUE, true, false,
     "What comes next: all that has a deadline ahead, by the next day that counts"},
    {LIST("overdue"), answer_list, ON_SUBJECTS, ANY, PRESET_OVERDUE, true, false,
     "What is past its last day: commitments not fulfilled, summits of which nobody said that they were "
     "held"},
    {LIST("alerts"), answer_list, ON_ALERTS, 0, PRESET_ALL, true, false, "Alerts, the latest first"},
    {"/api/v1/instruments/{id}", NULL, answer_subject, 0, ONLY(SUBJECT_INSTRUMENT), PRESET_ALL, true, false,
     "One instrument, with what belongs to it"},
    {"/api/v1/summits/{id}", NULL, answer_subject, 0, ONLY(SUBJECT_SUMMIT), PRESET_ALL, true, false,
     "One summit, with what belongs to it"},
    {"/api/v1/commitments/{id}", NULL, answer_subject, 0, ONLY(SUBJECT_COMMITMENT), PRESET_ALL, true, false,
     "One commitment, with what belongs to it"},
    {"/api/v1/subjects/{id}", NULL, answer_subject, 0, ANY, PRESET_ALL, true, false,
     "One subject of any kind, with what belongs to it"},
    {"/api/v1/instruments/{id}/events", NULL, answer_events, ON_EVENTS, ONLY(SUBJECT_INSTRUMENT), PRESET_ALL,
     true, false, "The events of an instrument, the newest first"},
    {"/api/v1/summits/{id}/events", NULL, answer_events, ON_EVENTS, ONLY(SUBJECT_SUMMIT), PRESET_ALL, true,
     false, "The events of a summit, the newest first"},
    {"/api/v1/commitments/{id}/events", NULL, answer_events, ON_EVENTS, ONLY(SUBJECT_COMMITMENT), PRESET_ALL,
     true, false, "The events of a commitment, the newest first"},
    {"/api/v1/years", NULL, answer_years, ON_YEARS, ANY, PRESET_ALL, true, false,
     "How many deadlines and summits each year has"},
    {LIST("participation"), answer_participation, ON_PARTICIPATION, ONLY(SUBJECT_INSTRUMENT), PRESET_ALL,
     true, false, "Instruments by parties: what each did with each"},
    {"/api/v1/parties/{party}", NULL, answer_party, 0, 0, PRESET_ALL, true, false,
     "One party: what it signed, where it takes part, what it undertook, and how it kept that"},
    {"/api/v1/parties", NULL, answer_parties, ON_PARTIES, ANY, PRESET_ALL, true, false,
     "The parties, those with the most subjects first"},
    {"/api/v1/summary", NULL, answer_summary, 0, 0, PRESET_ALL, true, false,
     "How things stand: counts, packages of documents, what is overdue, what comes next, how current it is"},
    {"/api/v1/changes", NULL, answer_changes, ON_CHANGES, ANY, PRESET_ALL, true, false,
     "What has changed since a day, the latest first: events and alerts"},
    {"/api/v1/dead-letters", NULL, answer_dead_letters, ON_LETTERS, 0, PRESET_ALL, true, false,
     "The newest dead letters: what could not be applied, why, and where it stands"},
    {"/api/v1/records/{topic}/{partition}/{offset}", NULL, answer_record, 0, 0, PRESET_ALL, true, false,
     "A record as it lies in Kafka, read when it is asked for"},
    {"/api/v1/current", NULL, answer_current, 0, 0, PRESET_ALL, false, false, "How current the view is"},
    {"/api/v1/events", NULL, answer_stream, ON_STREAM, ANY, PRESET_ALL, true, false,
     "Server-sent events: changed subjects and alerts, live"},
    {"/calendar.ics", NULL, answer_calendar, ON_CALENDAR, ANY, PRESET_ALL, true, false,
     "Summits and deadlines as a calendar to subscribe to (iCalendar)"},
    {"/api/v1/openapi.json", NULL, answer_openapi, 0, 0, PRESET_ALL, false, false, "This description"},
    {"/metrics", NULL, answer_metrics, 0, 0, PRESET_ALL, false, false, NULL},
    {"/healthz", NULL, answer_health, 0, 0, PRESET_ALL, false, true, NULL},
    {"/readyz", NULL, answer_ready, 0, 0, PRESET_ALL, false, true, NULL},
};
const size_t route_count = sizeof routes / sizeof routes[0];

static const struct route *find(struct text path, struct text *captured)
{
    for (size_t i = 0; i < route_count; i++)
        if (http_path_matches(routes[i].path, path, captured, ROUTE_CAPTURES) ||
            (routes[i].suffix_csv && http_path_matches(routes[i].suffix_csv, path, captured, ROUTE_CAPTURES)))
            return &routes[i];
    return NULL;
}

static void answer_page(const struct page_file *file, struct http_exchange *x)
{
    x->route = "page";
    if (!text_is_null(http_target_find(&x->target, "page"))) {
        http_problem(x, MHD_HTTP_BAD_REQUEST, "page",
                     "page: pages have no numbers; expected `cursor` with the `next` of the page before");
        return;
    }
    x->cache = "no-cache";
    (void)strncat(x->etag, file->etag, sizeof x->etag - 1);
    if (http_not_modified(x))
        return;
    x->status = MHD_HTTP_OK;
    x->type = file->type;
    x->fixed = file->bytes;
}

/* To who reads with a browser the page says so. */
static void answer_nothing(struct http_exchange *x)
{
    struct text api = TEXT_LITERAL("/api/"), path = x->target.path;
    bool of_api = path.len >= api.len && memcmp(path.at, api.at, api.len) == 0;
    if (of_api || !http_accepts(x, "text/html")) {
        http_problem(x, MHD_HTTP_NOT_FOUND, NULL,
                     "nothing is here; /api/v1/openapi.json tells what there is");
        return;
    }
    const struct page_file *file = page_find(TEXT_LITERAL("/"));
    x->status = MHD_HTTP_NOT_FOUND;
    x->type = file->type;
    x->fixed = file->bytes;
    x->cache = "no-store";
}

/* Resources with parameters read them themselves. */
static bool takes_parameters(const struct route *r, struct http_exchange *x)
{
    struct question q;
    struct error e = {0};
    question_init(&q, (struct day){0});
    if (r->on != 0 || parameters_read(&x->target, 0, &q, &e) == 0)
        return true;
    http_problem_of(x, &e);
    return false;
}

void routes_answer(void *context, struct http_exchange *x)
{
    struct serving *s = context;
    struct text captured[ROUTE_CAPTURES] = {TEXT_NULL};
    const struct route *r = find(x->target.path, captured);
    const struct page_file *file = r ? NULL : page_find(x->target.path);
    if (file) {
        answer_page(file, x);
    } else if (!r) {
        answer_nothing(x);
    } else if (r->waits && !atomic_load(&s->knowledge->ready)) {
        x->route = r->path;
        http_problem(x, MHD_HTTP_SERVICE_UNAVAILABLE, NULL,
                     "the topics are still being read for the first time; see /api/v1/current");
        http_add_header(x, "Retry-After", "2");
    } else {
        x->route = r->path;
        if (takes_parameters(r, x))
            r->answer(s, r, x, captured);
    }
}

bool routes_are_open(struct text path)
{
    struct text captured[ROUTE_CAPTURES];
    const struct route *r = find(path, captured);
    return r && r->is_open;
}

void answer_health(struct serving *s, const struct route *r, struct http_exchange *x,
                   const struct text *captured)
{
    (void)s;
    (void)r;
    (void)captured;
    x->status = MHD_HTTP_OK;
    x->type = "text/plain; charset=utf-8";
    x->fixed = TEXT_LITERAL("ok\n");
    x->cache = "no-store";
}

void answer_ready(struct serving *s, const struct route *r, struct http_exchange *x,
                  const struct text *captured)
{
    if (atomic_load(&s->knowledge->ready)) {
        answer_health(s, r, x, captured);
        return;
    }
    http_problem(x, MHD_HTTP_SERVICE_UNAVAILABLE, NULL, "the topics are still being read for the first time");
}
