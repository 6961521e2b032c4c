// Dead letters: events that could not be applied, with why and where each stands. What they say is only ever text.
import { keepingFocus, make } from "./element.js";
import { ask } from "./api.js";
import { count, instant } from "./day.js";
import { placeWords } from "./history.js";
import { live } from "./live.js";
import { table } from "./table.js";
import { word } from "./words.js";

const MOST = 100;

const columns = (topic) => [
  { name: "Written", class: "date", of: (letter) => instant(letter.written) },
  {
    name: "Reason",
    row: true,
    class: "what",
    of: (letter) => [
      make("b", null, letter.reason ? word("reason", letter.reason) : "No reason given"),
      letter.detail ? make("p", { class: "small detail" }, letter.detail) : null,
    ],
  },
  { name: "Key", of: (letter) => (letter.key === undefined ? null : make("code", null, letter.key)) },
  { name: "The event", of: (letter) => (letter.from ? placeWords(letter.from) : "not known") },
  { name: "The letter", of: (letter) => placeWords({ topic, partition: letter.partition, offset: letter.offset }) },
];

function body(answer) {
  if (!answer.items.length) return [make("p", { class: "nothing" }, "There is none: every event could be applied.")];
  const shown = `${answer.more ? "The newest " : ""}${count(answer.items.length, "dead letter")}`;
  return [
    make("div", { class: "wide" }, table(shown, columns(answer.topic), answer.items, { class: "list letters" })),
    answer.more
      ? make("p", { class: "small" }, "All of them: ", make("code", null, "chapar dead-letters list"), ".")
      : null,
  ].filter(Boolean);
}

export async function showLetters(main, waiting) {
  const place = make("div", { class: "listed" });
  const load = async (told) => {
    const answer = await ask("dead-letters", { limit: MOST }, told);
    keepingFocus(place, () => place.replaceChildren(...body(answer)));
  };
  await load(waiting);
  main.replaceChildren(
    make("h1", null, "Dead letters"),
    make(
      "p",
      { class: "lead" },
      "Events that could not be applied, the newest first. The register goes on without them; ",
      make("code", null, "chapar dead-letters retry"),
      " puts back what can be applied by now.",
    ),
    place,
  );
  const { position } = await ask("current");
  live(position, { changed: () => load(() => {}) });
  return "Dead letters";
}
