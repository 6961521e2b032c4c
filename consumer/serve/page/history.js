// Where each fact comes from: documents, and the events with their places in Kafka.
import { make, outward } from "./element.js";
import { ask } from "./api.js";
import { count, dateWords, instant } from "./day.js";
import { partyLinks } from "./party.js";
import { table } from "./table.js";
import { percent, word } from "./words.js";

const AT_ONCE = 50;
const MOST_AT_ONCE = 500;
const OLDER = "Show older events";

const ABOUT = new Set([
  "record",
  "event",
  "topic",
  "partition",
  "offset",
  "event_id",
  "recorded_at",
  "dossier",
  "type",
  "source",
  "note",
  "instrument_id",
  "title",
]);
const PARTIES = new Set(["parties", "hosts", "participants", "initiated_by", "claimed_by"]);
const NAMES = {
  due: "Due",
  date: "Date",
  part_of: "Part of",
  anchor_event: "Counts from its",
  expected_signings: "Documents announced",
  superseded_by: "Superseded by",
  pursuant_to: "Pursuant to",
  claimed_by: "According to",
  initiated_by: "Proposed by",
};

export const nameOf = (field) => NAMES[field] ?? field.charAt(0).toUpperCase() + field.slice(1).replaceAll("_", " ");

// Any value of a record or event as text.
export function valueOf(field, value) {
  if (PARTIES.has(field)) return partyLinks([value].flat());
  if (Array.isArray(value)) return value.map((v) => valueOf(field, v)).join("; ");
  if (value !== null && typeof value === "object")
    return Object.entries(value)
      .map(([k, v]) => `${nameOf(k).toLowerCase()} ${v}`)
      .join(", ");
  if (field === "progress") return percent(value);
  if (field === "date" || field === "due") return dateWords(String(value));
  return /^[A-Z][A-Z_]+$/.test(String(value)) ? word(field, value) : String(value);
}

export function sourceWords(source) {
  return [source.locator, source.document].filter(Boolean).join(" of ") || source.url || "a source without a name";
}

export function sourceTable(sources) {
  return make(
    "div",
    { class: "wide" },
    table(
      "Documents",
      [
        {
          name: "Document",
          row: true,
          of: (s) => [s.document || "not named", s.url ? make("p", { class: "small" }, outward(s.url)) : null],
        },
        { name: "Where in it", of: (s) => s.locator },
        { name: "SHA-256 of the passage", class: "hash", of: (s) => s.sha256 && make("code", null, s.sha256) },
      ],
      sources,
      { class: "list sources" },
    ),
  );
}

export function placeWords(place) {
  return make(
    "a",
    { class: "place", href: `/records/${encodeURIComponent(place.topic)}/${place.partition}/${place.offset}` },
    place.topic,
    ", partition ",
    String(place.partition),
    ", offset ",
    String(place.offset),
  );
}

export function factsOfEvent(event, own) {
  return Object.entries(event)
    .filter(
      ([field, value]) =>
        !ABOUT.has(field) && field !== own && value !== null && !(Array.isArray(value) && !value.length),
    )
    .map(([field, value]) => [make("dt", null, nameOf(field)), make("dd", null, valueOf(field, value))]);
}

function eventOf(event, own) {
  const facts = factsOfEvent(event, own);
  return make(
    "li",
    null,
    make(
      "p",
      null,
      make("b", null, word("event", event.type ?? "UNKNOWN")),
      " ",
      make(
        "span",
        { class: "small" },
        "known since ",
        make("time", { datetime: event.recorded_at }, instant(event.recorded_at)),
      ),
    ),
    event.title ? make("p", null, event.title) : null,
    facts.length ? make("dl", { class: "facts" }, facts) : null,
    event.note ? make("p", { class: "note" }, event.note) : null,
    event.source
      ? make(
          "p",
          { class: "small" },
          "Source: ",
          make("span", { class: "source" }, sourceWords(event.source)),
          event.source.url ? [" ", outward(event.source.url)] : null,
        )
      : null,
    make("p", { class: "small" }, placeWords(event), ", event ", make("code", null, event.event_id)),
  );
}

// The events of one subject, the newest first; older ones when they are asked for. What was asked for stays there when
// all is made anew: `opened` remembers it, an empty object at first.
export async function historyOf(detail, waiting, opened) {
  const { events, item } = detail;
  if (!events) return make("p", { class: "nothing" }, "This server keeps no events.");
  const list = make("ol", { class: "history" });
  const older = make("button", { type: "button" }, OLDER);
  let next = null;
  const load = async (limit, told) => {
    const page = await ask(events.list, { limit, ...(next && { cursor: next }) }, told);
    const fresh = page.items.map((event) => eventOf(event, item.record));
    list.append(...fresh);
    next = page.next;
    older.hidden = !next;
    return fresh;
  };
  older.addEventListener("click", async () => {
    // The button says why there is nothing yet, and is itself again when there is.
    const fresh = await load(AT_ONCE, (text) => {
      older.textContent = text;
    });
    older.textContent = OLDER;
    opened.count += fresh.length;
    const [first] = fresh;
    first?.setAttribute("tabindex", "-1");
    first?.focus();
  });
  if (opened.count > AT_ONCE) opened.count += events.total - opened.total;
  else opened.count = AT_ONCE;
  opened.total = events.total;
  do await load(Math.min(MOST_AT_ONCE, opened.count - list.children.length), waiting);
  while (next && list.children.length < opened.count);
  const behind = events.history_complete ? null : " The latest are still being read.";
  return [make("p", { class: "small" }, count(events.total, "event"), ", the newest first.", behind), list, older];
}
