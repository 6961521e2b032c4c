// The page of one instrument, summit or commitment.
import { keepingFocus, make } from "./element.js";
import { ask } from "./api.js";
import { Axis, legend } from "./axis.js";
import { columns } from "./columns.js";
import { count } from "./day.js";
import { daysOf, whenOf } from "./deadline.js";
import { axesOf, claimsOf, factsOf, participantsOf, relatedOf, slippageOf } from "./facts.js";
import { historyOf, placeWords, sourceTable } from "./history.js";
import { live } from "./live.js";
import { table } from "./table.js";
import { marksOf } from "./tag.js";
import { titleOf, word } from "./words.js";

function deadline(item, today) {
  if (!item.deadline) return null;
  const axis = Axis.around([item], today, 12, 12);
  return make(
    "section",
    { class: "deadline", "aria-labelledby": "deadline" },
    make("h2", { id: "deadline" }, "Deadline"),
    make("div", { class: "nearest" }, daysOf(item), whenOf(item)),
    make("div", { class: "scale" }, axis.ticks(), axis.window(item)),
    legend(),
  );
}

function alerts(detail) {
  const { total, items } = detail.alerts;
  if (!total) return null;
  const some = columns
    .alerts()
    .filter((column) => column.name !== "Of what")
    .map((column) => (column.name === "Raised" ? { ...column, row: true } : column));
  return [
    make("h2", null, "Alerts"),
    make("div", { class: "wide" }, table(count(total, "alert"), some, items, { class: "list" })),
    items.length < total
      ? make(
          "p",
          { class: "more" },
          make("a", { href: `/alerts?subject=${encodeURIComponent(detail.item.id)}` }, "All alerts of it"),
        )
      : null,
  ];
}

function wide(content) {
  return content && make("div", { class: "wide" }, content);
}

function body(detail, history) {
  const { item, today } = detail;
  const marks = marksOf(item);
  return [
    make("p", { class: "kind" }, make("a", { href: `/${item.record}s` }, `${word("record", item.record)}s`)),
    make("h1", null, titleOf(item)),
    marks.length ? make("p", { class: "marks" }, marks) : null,
    axesOf(item),
    deadline(item, today),
    make("h2", null, "What is known"),
    factsOf(detail),
    wide(participantsOf(item)),
    wide(slippageOf(item)),
    wide(claimsOf(item)),
    relatedOf(detail),
    make("h2", null, "Where it comes from"),
    item.sources?.length ? sourceTable(item.sources) : make("p", { class: "nothing" }, "No source was named."),
    make("p", { class: "small" }, "This record stands at ", placeWords(detail.stands_at), "."),
    alerts(detail),
    make("h2", null, "History"),
    history,
  ]
    .flat(Infinity)
    .filter(Boolean);
}

export async function showEntry(main, kinds, id, waiting) {
  const resource = `${kinds}/${encodeURIComponent(id)}`;
  const place = make("article", { class: "entry" });
  const opened = {};
  const load = async (told) => {
    const detail = await ask(resource, {}, told);
    const history = await historyOf(detail, told, opened);
    keepingFocus(place, () => place.replaceChildren(...body(detail, history)));
    return detail;
  };
  const detail = await load(waiting);
  main.replaceChildren(place);
  live(detail.position, { changed: () => load(() => {}), query: { dossier: detail.item.dossier } });
  return titleOf(detail.item);
}
