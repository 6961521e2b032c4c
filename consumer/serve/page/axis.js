// A stretch of years, and what is drawn on it. A day that is known is a point. One that is not is all the days that it
// may be, never one of them. What lasts is a bar. Everything drawn is also said in words beside it.
import { draw, make } from "./element.js";
import { number, parts } from "./day.js";

const MOST_TICKS = 5;
const POINT = "M0-6 6 0 0 6-6 0z";

export class Axis {
  constructor(firstYear, lastYear, today) {
    this.years = [firstYear, lastYear];
    this.from = number(`${String(firstYear).padStart(4, "0")}-01-01`);
    this.to = number(`${String(lastYear).padStart(4, "0")}-12-31`) + 1;
    this.today = number(today);
  }

  // Wide enough for all deadlines, from at most `before` years back to at most `after` years on.
  static around(items, today, before, after) {
    const now = parts(today).year;
    let [first, last] = [now, now];
    for (const item of items) {
      if (!item.opens) continue;
      first = Math.min(first, parts(item.opens).year);
      last = Math.max(last, parts(item.deadline.last_day ?? item.opens).year);
    }
    return new Axis(Math.max(first, now - before), Math.min(Math.max(last, now + 1), now + after), today);
  }

  share(day) {
    return (100 * (day - this.from)) / (this.to - this.from);
  }

  begins(year) {
    return `${this.share(number(`${String(year).padStart(4, "0")}-01-01`))}%`;
  }

  // The numbers of the years where they begin, as few as can be read.
  numbers(y) {
    const [first, last] = this.years;
    const step = Math.ceil((last - first + 1) / MOST_TICKS);
    const texts = [];
    for (let year = first; year <= last; year += step) {
      texts.push(draw("text", { class: "year", x: this.begins(year), y, dx: 3 }, String(year)));
    }
    return texts;
  }

  ticks() {
    return draw("svg", { class: "axis", "aria-hidden": "true", height: 16 }, this.lines(), this.numbers(12));
  }

  lines() {
    const [first, last] = this.years;
    const lines = [];
    for (let year = first; year <= last; year++) {
      const x = this.begins(year);
      lines.push(draw("line", { class: "tick", x1: x, x2: x, y1: 0, y2: "100%" }));
    }
    return lines;
  }

  now() {
    if (this.today < this.from || this.today >= this.to) return null;
    const x = `${this.share(this.today + 0.5)}%`;
    return draw("line", { class: "today", x1: x, x2: x, y1: 0, y2: "100%" });
  }

  // The window of a subject with a deadline.
  window(item) {
    const { deadline } = item;
    const first = number(item.opens);
    const last = deadline.last_day ? number(deadline.last_day) + 1 : this.to;
    const tone = deadline.overdue ? "bad" : deadline.open ? item.record : "over";
    const marks = [];
    if (last <= this.from || first >= this.to) marks.push(this.beyond(last <= this.from, tone));
    else if (deadline.precision === "DAY") marks.push(this.point(first + 0.5, tone));
    else marks.push(...this.bar(first, last, deadline, tone));
    return draw(
      "svg",
      { class: "window", "aria-hidden": "true", height: 22 },
      this.lines(),
      marks,
      this.now(),
      this.numbers(33),
    );
  }

  point(day, tone) {
    return draw(
      "svg",
      { x: `${this.share(day)}%`, y: 11, class: "at" },
      draw("path", { class: `point ${tone}`, d: POINT }),
    );
  }

  // An arrow at the edge: it lies before or after what is drawn.
  beyond(before, tone) {
    const d = before ? "M12-5 4 0 12 5z" : "M-12-5-4 0-12 5z";
    const arrow = draw("path", { class: `point ${tone} beyond`, d });
    return draw("svg", { x: before ? "0%" : "100%", y: 11, class: "at" }, arrow);
  }

  bar(first, last, deadline, tone) {
    const [from, to] = [Math.max(0, this.share(first)), Math.min(100, this.share(last))];
    const shape = { x: `${from}%`, y: 5, height: 12, width: `${Math.max(0.4, to - from)}%`, rx: 2 };
    const marks = [draw("rect", { class: `bar ${deadline.lasts ? "lasts" : "within"} ${tone}`, ...shape })];
    if (!deadline.lasts && deadline.last_day && last <= this.to) {
      marks.push(draw("line", { class: `end ${tone}`, x1: `${to}%`, x2: `${to}%`, y1: 3, y2: 19 }));
    }
    if (first < this.from) marks.push(this.beyond(true, tone));
    if (!deadline.last_day || last > this.to) marks.push(this.beyond(false, tone));
    return marks;
  }
}

export function legend() {
  const sample = (item, text) => {
    const axis = new Axis(2000, 2000, "1999-01-01");
    const svg = axis.window(item);
    svg.querySelectorAll(".tick, .year").forEach((line) => line.remove());
    svg.classList.add("sample");
    return make("li", null, svg, text);
  };
  const within = { open: true, last_day: "2000-10-31", precision: "WINDOW" };
  const day = { open: true, last_day: "2000-07-01", precision: "DAY" };
  return make(
    "ul",
    { class: "legend", "aria-label": "How it is drawn" },
    sample({ record: "summit", opens: "2000-07-01", deadline: day }, "the day is known"),
    sample({ record: "summit", opens: "2000-03-01", deadline: within }, "some time within, by its end"),
    sample({ record: "summit", opens: "2000-03-01", deadline: { ...within, lasts: true } }, "lasts so long"),
    make(
      "li",
      null,
      draw(
        "svg",
        { class: "window sample now", "aria-hidden": "true", height: 22 },
        draw("line", { class: "today", x1: "50%", x2: "50%", y1: 0, y2: "100%" }),
      ),
      "today",
    ),
  );
}
