// What a party did with an instrument: a sign and a word, of which each says it alone.
import { draw, make } from "./element.js";
import { dateWords } from "./day.js";
import { word } from "./words.js";

const SHAPES = {
  SIGNED: () => [
    draw("circle", { cx: 6, cy: 6, r: 4.5 }),
    draw("path", { d: "M6 1.5a4.5 4.5 0 0 1 0 9z", class: "filled" }),
  ],
  RATIFIED: () => [draw("circle", { cx: 6, cy: 6, r: 4.5, class: "filled" })],
  JOINED: () => [draw("path", { d: "M6 1l5 5l-5 5l-5-5z", class: "filled" })],
  WITHDRAWN: () => [draw("path", { d: "M2 2l8 8M10 2l-8 8" })],
  NAMED: () => [draw("circle", { cx: 6, cy: 6, r: 4.5 })],
};

export const PARTICIPATIONS = Object.keys(SHAPES);

export function sign(status) {
  const shape = SHAPES[status] ?? SHAPES.NAMED;
  return draw("svg", { class: "sign", viewBox: "0 0 12 12", width: 12, height: 12, "aria-hidden": "true" }, shape());
}

// The register holds who adopted a text as having signed it: the text's own dates tell which, where it has but one.
export function participationWord(status, dates) {
  if (status !== "SIGNED" || !dates || Boolean(dates.signed) === Boolean(dates.adopted))
    return word("participant", status);
  return dates.signed ? "Signed" : "Adopted";
}

// `dates`: those of the instrument.
export function participationOf({ status, date }, dates) {
  return make(
    "span",
    { class: `did ${status.toLowerCase()}` },
    sign(status),
    " ",
    participationWord(status, dates),
    date ? make("span", { class: "small" }, ` ${dateWords(date)}`) : null,
  );
}
