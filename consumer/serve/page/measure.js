// Shares of a whole, drawn and in words.
import { draw, make } from "./element.js";
import { percent } from "./words.js";

// "17 of 22 identified", each document a square.
export function packageOf(expected, identified) {
  const text = `${identified} of ${expected} identified`;
  const squares = [];
  for (let i = 0; i < expected && expected <= 60; i++) {
    squares.push(draw("rect", { class: i < identified ? "full" : "empty", x: 10 * i + 1, y: 1, width: 7, height: 9 }));
  }
  return make(
    "div",
    { class: "package" },
    squares.length
      ? draw(
          "svg",
          { "aria-hidden": "true", viewBox: `0 0 ${10 * expected} 11`, height: 11, width: 10 * expected },
          squares,
        )
      : null,
    make("span", null, text),
  );
}

// A share of 1 as a bar, with where it should be by now.
export function progressOf(reported, expected) {
  const bar = [
    draw("rect", { class: "empty", width: "100%", height: 8, rx: 2 }),
    draw("rect", { class: "full", width: `${100 * Math.min(1, reported)}%`, height: 8, rx: 2 }),
  ];
  if (expected !== undefined) {
    bar.push(draw("line", { class: "expected", x1: `${100 * expected}%`, x2: `${100 * expected}%`, y1: -3, y2: 11 }));
  }
  const text = percent(reported) + (expected === undefined ? "" : `, ${percent(expected)} expected by now`);
  return make(
    "div",
    { class: "progress" },
    draw("svg", { "aria-hidden": "true", height: 8 }, bar),
    make("span", null, text),
  );
}
