// Short words of state, coloured by how urgent they are.
import { make } from "./element.js";
import { count } from "./day.js";
import { lateWords } from "./kept.js";
import { tone, word } from "./words.js";

export function tag(of, symbol) {
  return symbol ? make("span", { class: `tag ${tone(symbol)}` }, word(of, symbol)) : null;
}

// How a commitment stands to its last day, and how late a kept one was.
export function timelinessOf(item) {
  const late = lateWords(item);
  return [tag("timeliness", item.timeliness), late ? make("p", { class: "small" }, late) : null];
}

export function stateOf(item) {
  return item.record === "commitment" ? tag("delivery", item.delivery) : tag(item.record, item.status);
}

export function marksOf(item) {
  return [
    item.contested && make("span", { class: "tag bad" }, "Contested"),
    item.incomplete && make("span", { class: "tag plain" }, "Record incomplete"),
    item.slip_days ? make("span", { class: "tag soon" }, `Slipped ${count(item.slip_days, "day")}`) : null,
    item.missed ? make("span", { class: "tag soon" }, `Missed ${count(item.missed, "time")}`) : null,
  ].filter(Boolean);
}
