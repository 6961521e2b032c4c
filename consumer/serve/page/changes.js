// What has changed since a day, the latest first, day by day.
import { joined, keepingFocus, make } from "./element.js";
import { reasonOf } from "./alert.js";
import { count, instant, number, words } from "./day.js";
import { filtersOf, queryOf } from "./filters.js";
import { factsOfEvent, placeWords, sourceWords } from "./history.js";
import { live } from "./live.js";
import { askPage, pager, restartNotice } from "./pager.js";
import { stateOf, tag } from "./tag.js";
import { addressOf, titleOf, word } from "./words.js";

const NAME = "changes";
const DAY = 86400000;

function what(item) {
  if (item.change === "ALERT") return [tag("severity", item.alert.severity), ` ${word("alert", item.alert.kind)}`];
  if (item.change === "EVENT") return word("event", item.event.type ?? "UNKNOWN");
  return "Changed";
}

function details(item) {
  if (item.change === "ALERT") return make("p", { class: "small" }, reasonOf(item.alert));
  if (item.change !== "EVENT") return null;
  const { event } = item;
  const facts = factsOfEvent(event, item.subject.record);
  return [
    facts.length ? make("dl", { class: "facts" }, facts) : null,
    event.note ? make("p", { class: "note" }, event.note) : null,
    make(
      "p",
      { class: "small" },
      event.source ? ["Source: ", make("span", { class: "source" }, sourceWords(event.source)), ". "] : null,
      "Stands at ",
      placeWords(event),
      ".",
    ),
  ];
}

function entry(item) {
  const { subject } = item;
  const now = [stateOf(subject), subject.timeliness !== "NONE" ? tag("timeliness", subject.timeliness) : null];
  return make(
    "li",
    { class: item.change.toLowerCase() },
    make("p", null, make("b", null, what(item)), " ", make("a", { href: addressOf(subject) }, titleOf(subject))),
    make(
      "p",
      { class: "small" },
      make("time", { datetime: item.at }, instant(item.at)),
      ` · ${word("record", subject.record)}, now `,
      joined(now.filter(Boolean), " "),
    ),
    details(item),
  );
}

// Days are those of UTC, as the times beside each are.
function days(items) {
  const byDay = new Map();
  for (const item of items) {
    const day = item.at.slice(0, 10);
    byDay.set(day, [...(byDay.get(day) ?? []), item]);
  }
  return [...byDay].map(([day, some]) =>
    make(
      "section",
      { "aria-labelledby": `day-${day}` },
      make("h2", { id: `day-${day}` }, words(day)),
      make("ol", { class: "history" }, some.map(entry)),
    ),
  );
}

function shortcuts(search, today) {
  const link = (back, text) => {
    const next = new URLSearchParams(search);
    for (const name of ["cursor", "until"]) next.delete(name);
    next.set("since", new Date((number(today) - back) * DAY).toISOString().slice(0, 10));
    return make("a", { href: `/${NAME}?${next}` }, text);
  };
  return make(
    "p",
    { class: "shortcuts" },
    "Since ",
    joined([link(1, "yesterday"), link(7, "a week ago"), link(30, "30 days ago"), link(365, "a year ago")], " · "),
  );
}

function said(search, answer) {
  const [since, until] = [search.get("since"), search.get("until")];
  const period = [since && `since ${since}`, until && `until ${until}`].filter(Boolean).join(" ");
  return `${count(answer.total, "change")}${period && `, ${period}`}, the latest first.`;
}

function body(search, { answer, restarted }) {
  return [
    restarted ? restartNotice() : null,
    shortcuts(search, answer.today),
    make("p", { class: "small total" }, said(search, answer)),
    answer.items.length ? days(answer.items) : make("p", { class: "nothing" }, "Nothing has changed."),
    pager(NAME, search, answer),
    answer.oldest ? make("p", { class: "small" }, `This reaches back to ${instant(answer.oldest)}.`) : null,
  ]
    .flat()
    .filter(Boolean);
}

export async function showChanges(main, search, waiting) {
  const query = queryOf(search);
  const place = make("div", { class: "entry changes" });
  const load = async (told) => {
    const found = await askPage(NAME, query, told);
    keepingFocus(place, () => place.replaceChildren(...body(search, found)));
    return found.answer;
  };
  const { position } = await load(waiting);
  main.replaceChildren(
    make("h1", null, "What has changed"),
    make("p", { class: "lead" }, "What became known and what was raised, by the time at which it did."),
    filtersOf(NAME, `/${NAME}`, search),
    place,
  );
  live(position, { changed: () => load(() => {}) });
  return "What has changed";
}
