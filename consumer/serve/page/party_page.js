// The page of one party: what it signed, where it takes part, what it undertook, and how it keeps that.
import { keepingFocus, make } from "./element.js";
import { ask } from "./api.js";
import { Axis, legend } from "./axis.js";
import { columns } from "./columns.js";
import { count } from "./day.js";
import { live } from "./live.js";
import { participationOf } from "./participation.js";
import { partyName } from "./party.js";
import { table } from "./table.js";
import { tag } from "./tag.js";
import { word } from "./words.js";

const n = (number) => number.toLocaleString("en");

function link(party, list, query, text, tone) {
  return make("a", { href: `/${list}?${new URLSearchParams({ party, ...query })}`, class: tone }, text);
}

function figure(name, content, more) {
  return make(
    "div",
    null,
    make("dt", null, name),
    make("dd", null, content, more ? make("p", { class: "small" }, more) : null),
  );
}

function lateness(kept) {
  if (!kept.late) return null;
  const most = count(kept.days_late_most, "day");
  return kept.late === 1
    ? `by ${most}`
    : `half of them by ${count(kept.days_late_median, "day")} or less, at the most by ${most}`;
}

// Nothing that is not yet due counts against anybody, and what nobody knows is said apart.
function keptOf({ party, kept, overdue }) {
  const done = (timeliness, text) => link(party, "commitments", { delivery: "FULFILLED", timeliness }, text);
  return make(
    "section",
    { "aria-labelledby": "kept" },
    make("h2", { id: "kept" }, "Kept so far"),
    make(
      "dl",
      { class: "axes figures" },
      figure(
        "Fulfilled",
        make("b", null, link(party, "commitments", { delivery: "FULFILLED" }, n(kept.fulfilled))),
        `of ${count(kept.commitments, "commitment")}`,
      ),
      figure("In time", kept.in_time ? done("MET", n(kept.in_time)) : "0"),
      figure("Late", kept.late ? done("LATE", n(kept.late)) : "0", lateness(kept)),
      kept.undetermined ? figure("In time or late: not known", done("UNDETERMINED", n(kept.undetermined))) : null,
      kept.undated ? figure("Had no deadline", n(kept.undated)) : null,
      figure(
        "Overdue",
        kept.overdue ? link(party, "commitments", { timeliness: "OVERDUE" }, n(kept.overdue), "bad") : "0",
        overdue.total > kept.overdue ? `and ${count(overdue.total - kept.overdue, "summit")} not reported held` : null,
      ),
      figure("Still open", n(kept.open), "not overdue"),
      kept.proposed
        ? figure("Only proposed", link(party, "commitments", { delivery: "PROPOSED" }, n(kept.proposed)))
        : null,
      kept.ended ? figure("Withdrawn or superseded", n(kept.ended)) : null,
    ),
  );
}

function listOf(id, title, list, columnsOf, empty) {
  const address = list.list.replace("/api/v1", "");
  return make(
    "section",
    { "aria-labelledby": id },
    make("h2", { id }, `${title}: ${n(list.total)}`),
    list.total
      ? make(
          "div",
          { class: "wide" },
          table(
            list.items.length < list.total ? `The first ${list.items.length}` : "All of them",
            columnsOf,
            list.items,
            { class: "list" },
          ),
        )
      : make("p", { class: "nothing" }, empty),
    list.items.length < list.total
      ? make("p", { class: "more" }, make("a", { href: address }, `All ${n(list.total)}, page by page`))
      : null,
  );
}

const named = (all, names) => names.map((name) => all.find((column) => column.name === name));

function instruments() {
  const [title, form, status] = named(columns.instruments(), ["Title", "Form", "Status"]);
  return [title, { name: "What it did", of: (item) => participationOf(item.participation, item.dates) }, status, form];
}

function summits() {
  const [title, status, place, when] = named(columns.summits(), ["Title", "Status", "Place", "Known of the date"]);
  return [title, { name: "Role", of: (item) => word("role", item.role) }, status, when, place];
}

function commitments() {
  const [title, delivery, timeliness, when] = named(columns.commitments(), [
    "Title",
    "Fulfilment",
    "Timeliness",
    "Known of the date",
  ]);
  const clock = (item) => (item.deadline?.open === false ? null : tag("clock", item.clock));
  return [title, delivery, timeliness, { name: "Clock", of: clock }, when];
}

function ahead(id, title, list, today, [before, after], empty) {
  const axis = Axis.around(list.items, today, before, after);
  const section = listOf(id, title, list, columns.brief(axis), empty);
  if (list.total) section.append(legend());
  return section;
}

function body(answer) {
  const { party, today } = answer;
  return [
    make("p", { class: "kind" }, make("a", { href: "/parties" }, "Parties")),
    make("h1", null, partyName(party)),
    make(
      "p",
      { class: "small" },
      "In the register as ",
      make("code", null, party),
      ". ",
      link(party, "subjects", {}, "All that names it, in one list"),
      ". ",
      make("a", { href: `/calendar.ics?${new URLSearchParams({ party })}` }, "Its calendar"),
      ".",
    ),
    keptOf(answer),
    ahead("overdue", "Overdue", answer.overdue, today, [6, 1], "Nothing is overdue."),
    ahead("due", "Due next", answer.due, today, [0, 4], "Nothing that is known has a day ahead."),
    listOf("instruments", "Instruments", answer.instruments, instruments(), "It is a party to none."),
    listOf("summits", "Summits", answer.summits, summits(), "It hosts none and takes part in none."),
    listOf("commitments", "Commitments", answer.commitments, commitments(), "It has undertaken nothing."),
  ];
}

export async function showParty(main, party, waiting) {
  const place = make("article", { class: "entry party" });
  const load = async (told) => {
    const answer = await ask(`parties/${encodeURIComponent(party)}`, {}, told);
    keepingFocus(place, () => place.replaceChildren(...body(answer)));
    return answer;
  };
  const { position } = await load(waiting);
  main.replaceChildren(place);
  live(position, { changed: () => load(() => {}), query: { party } });
  return partyName(party);
}
