// How many deadlines and summits each year has, as rows of bars: each year a link to what it holds.
import { draw, make } from "./element.js";
import { table } from "./table.js";

const PARTS = ["overdue", "ahead", "settled"];

// The years in between, which have nothing, belong to the picture; a few thousand of them do not.
const FARTHEST = 30;

function filled(years) {
  const rows = [];
  for (const year of years) {
    const before = rows.at(-1);
    for (
      let y = before ? before.year + 1 : year.year;
      before && year.year - before.year <= FARTHEST && y < year.year;
      y++
    ) {
      rows.push({ year: y, instruments: 0, summits: 0, commitments: 0, ahead: 0, overdue: 0, settled: 0 });
    }
    rows.push(year);
  }
  return rows;
}

const total = (year) => year.ahead + year.overdue + year.settled;

function barOf(year, most) {
  let x = 0;
  const parts = PARTS.map((part) => {
    const width = (100 * year[part]) / most;
    const rect = draw("rect", { class: `share ${part}`, x: `${x}%`, y: 2, width: `${width}%`, height: 12 });
    x += width;
    return year[part] ? rect : null;
  });
  return draw("svg", { class: "bars", "aria-hidden": "true", height: 16 }, parts);
}

function addressOf(year, query) {
  const text = String(year.year).padStart(4, "0");
  const search = new URLSearchParams(query);
  search.set("from", `${text}-01-01`);
  search.set("to", `${text}-12-31`);
  return `/timeline?${search}`;
}

export function yearTable(years, today, query = {}) {
  const rows = filled(years);
  const most = Math.max(1, ...rows.map(total));
  const now = Number(today.slice(0, 4));
  return table(
    "Each counted once: a deadline in the year of its last day, a summit in that of its first. A year’s link shows all that may fall in it.",
    [
      {
        name: "Year",
        row: true,
        of: (y) =>
          total(y)
            ? make("a", { href: addressOf(y, query), "aria-current": y.year === now ? "date" : null }, String(y.year))
            : String(y.year),
      },
      { name: "Drawn", class: "drawn", head: make("span", { class: "unseen" }, "Drawn"), of: (y) => barOf(y, most) },
      { name: "Summits", class: "number", of: (y) => y.summits || null },
      { name: "Deadlines", class: "number", of: (y) => y.instruments + y.commitments || null },
      { name: "Overdue", class: "number bad", of: (y) => y.overdue || null },
    ],
    rows,
    { class: "years" },
  );
}

export function yearLegend() {
  const names = { overdue: "overdue", ahead: "to come or under way", settled: "settled or over" };
  return make(
    "ul",
    { class: "legend", "aria-label": "Colours" },
    PARTS.map((part) =>
      make(
        "li",
        null,
        draw(
          "svg",
          { width: 14, height: 14, "aria-hidden": "true" },
          draw("rect", { class: `share ${part}`, width: 14, height: 14, y: 1 }),
        ),
        names[part],
      ),
    ),
  );
}
