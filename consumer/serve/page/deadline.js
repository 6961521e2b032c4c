// A deadline in words: how many days, and what is known of the date.
import { make } from "./element.js";
import { stretch, words } from "./day.js";

const isVague = (d) => d.uncertain || d.approximate;

// What the number of days counts to, in two or three words.
function counted(item) {
  const d = item.deadline;
  if (d.overdue) return item.record === "summit" ? "past, not reported held" : "overdue";
  if (d.next_event === "DUE") return "to go";
  if (d.next_event === "STARTS" || d.next_event === "OPENS") {
    if (d.precision === "DAY") return "to go";
    if (isVague(d) && !d.lasts) return "to its first day";
    return d.lasts ? "until it begins" : "at the earliest";
  }
  if (isVague(d) && !d.lasts) return "to its last day";
  return d.lasts ? "until it ends" : "left at the most";
}

// The number of days, large; nothing where no day counts any more.
export function daysOf(item) {
  const d = item.deadline;
  if (d?.days_left === undefined || !d.open) return null;
  if (d.days_left < 0 && !d.overdue) return null;
  const about = isVague(d) ? make("span", null, "about ") : null;
  if (d.days_left === 0) return make("p", { class: "days near" }, about, make("b", null, "today"));
  const n = Math.abs(d.days_left);
  return make(
    "p",
    { class: `days${d.overdue ? " bad" : n <= 31 ? " near" : ""}` },
    about,
    make("b", null, n.toLocaleString("en")),
    n === 1 ? " day " : " days ",
    make("span", null, counted(item)),
  );
}

// What is known of the date, as precisely as it is known.
export function knownAs(item) {
  const d = item.deadline;
  const { opens } = item;
  let text = "";
  if (!d.last_day) text = `from ${words(opens)} on, without an end`;
  else if (d.precision === "DAY") text = `on ${words(opens)}`;
  else if (d.lasts) text = `lasts ${stretch(opens, d.last_day)}`;
  else text = `some time in ${stretch(opens, d.last_day)}`.replace("in the", "the");
  if (/ to /.test(text) && text.startsWith("some time in")) text = text.replace("some time in", "some time from");
  const marks = [d.uncertain && "uncertain", d.approximate && "approximate"].filter(Boolean);
  if (marks.length) text += ` (${marks.join(", ")})`;
  return d.repeats ? `${text}, repeats` : text;
}

// The latest that it can be, where that is not said already.
export function latest(item) {
  const d = item.deadline;
  if (!d.last_day || d.precision === "DAY") return null;
  if (isVague(d)) return `${d.lasts ? "ends" : "by"} about ${words(d.last_day)}`;
  return `${d.lasts ? "ends on" : "by"} ${words(d.last_day)}`;
}

export function whenOf(item) {
  const last = latest(item);
  return make("div", { class: "when" }, make("p", null, knownAs(item)), last && make("p", { class: "small" }, last));
}
