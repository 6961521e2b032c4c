// Who is in what: instruments downwards, parties across, in each cell a sign and a word.
import { keepingFocus, make, unseen } from "./element.js";
import { count, dateWords } from "./day.js";
import { filtersOf, queryOf } from "./filters.js";
import { live } from "./live.js";
import { askPage, pager, restartNotice } from "./pager.js";
import { PARTICIPATIONS, sign } from "./participation.js";
import { partyCode, partyName } from "./party.js";
import { tag } from "./tag.js";
import { addressOf, titleOf, word } from "./words.js";

const NAME = "participation";
const MOST_AT_ONCE = 500;

// The year stands under the word, the whole date is there to be heard.
function cell(done) {
  if (!done)
    return make("td", { class: "none" }, make("span", { "aria-hidden": "true" }, "·"), unseen("no part in it"));
  const year = /^\d{4}/.exec(done.date ?? "")?.[0];
  return make(
    "td",
    { class: `did ${done.status.toLowerCase()}`, title: done.date ? dateWords(done.date) : null },
    sign(done.status),
    make("span", null, word("participant", done.status)),
    year ? [make("span", { class: "small", "aria-hidden": "true" }, year), unseen(`, ${dateWords(done.date)}`)] : null,
  );
}

function head(party) {
  const name = partyName(party.party);
  return make(
    "th",
    { scope: "col" },
    partyCode(party.party),
    party.party.startsWith("org:") || name === party.party ? null : unseen(` ${name}`),
    make("p", { class: "small" }, party.instruments.toLocaleString("en"), unseen(" instruments")),
  );
}

function row(item, parties) {
  const done = new Map(item.participants.map((p) => [p.party, p]));
  return make(
    "tr",
    null,
    make(
      "th",
      { scope: "row", class: "what" },
      make("a", { href: addressOf(item) }, titleOf(item)),
      make("p", null, item.status ? tag("instrument", item.status) : null),
    ),
    parties.map((p) => cell(done.get(p.party))),
  );
}

function matrix(answer) {
  const { parties, items, first_party: first, parties_total: all } = answer;
  const across =
    parties.length < all
      ? `parties ${first + 1} to ${first + parties.length} of ${all}`
      : count(all, "party", "parties");
  return make(
    "div",
    { class: "wide", tabindex: "0", role: "region", "aria-label": "Participation" },
    make(
      "table",
      { class: "matrix" },
      make("caption", null, `${count(answer.total, "instrument")}, ${across}`),
      make(
        "thead",
        null,
        make("tr", null, make("th", { scope: "col", class: "what" }, "Instrument"), parties.map(head)),
      ),
      make(
        "tbody",
        null,
        items.map((item) => row(item, parties)),
      ),
    ),
  );
}

// The other parties, as many at once as are shown here.
function sideways(search, answer) {
  const { parties, first_party: first, parties_total: all } = answer;
  const width = Number(search.get("parties") ?? 12);
  const to = (place, text) => {
    const next = new URLSearchParams(search);
    next.delete("first_party");
    if (place > 0) next.set("first_party", place);
    return make("a", { href: next.size ? `/${NAME}?${next}` : `/${NAME}` }, text);
  };
  const links = [
    first > 0 ? to(Math.max(0, first - width), "Parties before these") : null,
    first + parties.length < all ? to(first + parties.length, "Further parties") : null,
  ].filter(Boolean);
  return links.length ? make("nav", { class: "pager", "aria-label": "Parties" }, links) : null;
}

function legend() {
  return make(
    "ul",
    { class: "legend" },
    PARTICIPATIONS.map((status) =>
      make("li", { class: `did ${status.toLowerCase()}` }, sign(status), word("participant", status)),
    ),
  );
}

function elsewhere(query) {
  const { cursor: _, first_party: __, ...filters } = query;
  const search = new URLSearchParams({ ...filters, limit: MOST_AT_ONCE });
  return make(
    "p",
    { class: "small elsewhere" },
    make("a", { href: `/api/v1/${NAME}.csv?${search}` }, "All parties side by side, as CSV"),
  );
}

function body(search, query, { answer, restarted }) {
  if (!answer.items.length) return [make("p", { class: "nothing" }, "Nothing found.")];
  return [
    restarted ? restartNotice() : null,
    sideways(search, answer),
    matrix(answer),
    legend(),
    pager(NAME, search, answer),
    elsewhere(query),
  ].filter(Boolean);
}

export async function showMatrix(main, search, waiting) {
  const query = { sort: "-recorded", ...queryOf(search) };
  const place = make("div", { class: "listed" });
  const load = async (told) => {
    const found = await askPage(NAME, query, told);
    keepingFocus(place, () => place.replaceChildren(...body(search, query, found)));
    return found.answer;
  };
  const { position } = await load(waiting);
  main.replaceChildren(
    make("h1", null, "Participation"),
    make(
      "p",
      { class: "lead" },
      "What each party did with each instrument, as far as the register holds it. A dot: the instrument does not name it.",
    ),
    filtersOf(NAME, `/${NAME}`, search),
    place,
  );
  live(position, { changed: () => load(() => {}), query: { kind: "INSTRUMENT" } });
  return "Participation";
}
