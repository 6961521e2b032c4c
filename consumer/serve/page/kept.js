// How a promise was kept: when it was fulfilled, and by how many days late.
import { count, number, stretch, words } from "./day.js";

// "12 days late", "3 to 30 days late", "up to 30 days late"; nothing where it was in time or nobody knows.
export function lateWords(item) {
  const { days_late: least, days_late_most: most } = item.fulfilled ?? {};
  if (!least && !most) return null;
  if (!least) return `at the most ${count(most, "day")} late`;
  if (!most) return `at least ${count(least, "day")} late`;
  return least === most ? `${count(least, "day")} late` : `${least.toLocaleString("en")} to ${count(most, "day")} late`;
}

function timeWords(item) {
  const late = lateWords(item);
  if (late) return late;
  const { from, to } = item.fulfilled;
  if (item.timeliness !== "MET" || !item.closes || !from || !to) return null;
  const [most, least] = [number(item.closes) - number(from), number(item.closes) - number(to)];
  if (most === 0) return "on its last day";
  if (most === least) return `${count(least, "day")} before its last day`;
  if (least <= 0) return `at the most ${count(most, "day")} before its last day`;
  return `${least.toLocaleString("en")} to ${count(most, "day")} before its last day`;
}

// When it was fulfilled and how that stands to its last day, in one line.
export function keptWords(item) {
  const f = item.fulfilled;
  if (!f) return null;
  const day =
    f.from && f.to ? stretch(f.from, f.to) : f.from ? `${words(f.from)} or later` : `${words(f.to)} or earlier`;
  const said = f.dated ? day : `${day}, the day of the report`;
  return [said, timeWords(item)].filter(Boolean).join("; ");
}
