// All parties: in how much each takes part, and how it keeps what it said.
import { keepingFocus, make } from "./element.js";
import { count } from "./day.js";
import { queryOf } from "./filters.js";
import { live } from "./live.js";
import { askPage, pager, restartNotice } from "./pager.js";
import { partyAddress, partyName } from "./party.js";
import { table } from "./table.js";

const number = (name, field, tone) => ({
  name,
  class: "number told",
  of: (p) => (p[field] ? make("span", { class: tone }, p[field].toLocaleString("en")) : "0"),
});

const COLUMNS = [
  {
    name: "Party",
    row: true,
    class: "what",
    of: (p) => [make("a", { href: partyAddress(p.party) }, partyName(p.party)), make("p", { class: "small" }, p.party)],
  },
  number("Instruments", "instruments"),
  number("Summits", "summits"),
  number("Commitments", "commitments"),
  number("Fulfilled", "fulfilled"),
  number("Of these late", "late", "soon"),
  number("Overdue", "overdue", "bad"),
];

export async function showParties(main, search, waiting) {
  const place = make("div", { class: "listed" });
  const query = queryOf(search);
  const load = async (told) => {
    const { answer, restarted } = await askPage("parties", query, told);
    const rows = [
      restarted ? restartNotice() : null,
      answer.items.length
        ? make(
            "div",
            { class: "wide" },
            table(count(answer.total, "party", "parties"), COLUMNS, answer.items, { class: "list" }),
          )
        : make("p", { class: "nothing" }, "The register names no party."),
      pager("parties", search, answer),
    ];
    keepingFocus(place, () => place.replaceChildren(...rows.filter(Boolean)));
    return answer;
  };
  const { position } = await load(waiting);
  main.replaceChildren(
    make("h1", null, "Parties"),
    make(
      "p",
      { class: "lead" },
      "States and bodies that have to act, have signed, host or take part. The busiest first.",
    ),
    place,
  );
  live(position, { changed: () => load(() => {}) });
  return "Parties";
}
