// Civil days as the API writes them, "2027-05-22", and in words. Never a time zone: a day is a number.
const MONTHS = [
  "January",
  "February",
  "March",
  "April",
  "May",
  "June",
  "July",
  "August",
  "September",
  "October",
  "November",
  "December",
];
const DAY = 86400000;

export function parts(day) {
  const [year, month, date] = day.split("-").map(Number);
  return { year, month, date };
}

export function number(day) {
  const { year, month, date } = parts(day);
  return new Date(0).setUTCFullYear(year, month - 1, date) / DAY;
}

export function words(day) {
  const { year, month, date } = parts(day);
  return `${date} ${MONTHS[month - 1]} ${year}`;
}

const isFirst = (p) => p.date === 1;
const isLast = (p) => p.date === new Date(Date.UTC(p.year, p.month, 0)).getUTCDate();

// A stretch of days in as few words as say the same: "2026 to 2030", "March to May 2027", "10 to 12 June 2027".
export function stretch(first, last) {
  if (first === last) return words(first);
  const [a, z] = [parts(first), parts(last)];
  const wholeMonths = isFirst(a) && isLast(z);
  if (wholeMonths && a.month === 1 && z.month === 12) return a.year === z.year ? `${a.year}` : `${a.year} to ${z.year}`;
  if (wholeMonths && a.year === z.year && a.month === z.month) return `${MONTHS[a.month - 1]} ${a.year}`;
  if (wholeMonths && a.year === z.year) return `${MONTHS[a.month - 1]} to ${MONTHS[z.month - 1]} ${a.year}`;
  if (wholeMonths) return `${MONTHS[a.month - 1]} ${a.year} to ${MONTHS[z.month - 1]} ${z.year}`;
  if (a.year === z.year && a.month === z.month) return `${a.date} to ${words(last)}`;
  if (a.year === z.year) return `${a.date} ${MONTHS[a.month - 1]} to ${words(last)}`;
  return `${words(first)} to ${words(last)}`;
}

// An instant in UTC, to the minute: "22 Apr 2026, 00:01 UTC".
export function instant(text) {
  const { year, month, date } = parts(text.slice(0, 10));
  return `${date} ${MONTHS[month - 1].slice(0, 3)} ${year}, ${text.slice(11, 16)} UTC`;
}

export function count(n, one, many = `${one}s`) {
  return `${n.toLocaleString("en")} ${n === 1 ? one : many}`;
}

const DATE = /^(\d{4})(?:-(0[1-9]|1[0-2])(?:-(\d\d))?)?$/;

// The first and last day of a date that is a year, a month or a day; null: it is worded in another way.
function bounds(text) {
  const found = DATE.exec(text);
  if (!found) return null;
  const [, year, month, date] = found;
  if (date) return [text, text];
  if (!month) return [`${year}-01-01`, `${year}-12-31`];
  const last = new Date(0).setUTCFullYear(Number(year), Number(month), 0);
  return [`${text}-01`, new Date(last).toISOString().slice(0, 10)];
}

// A date as it was worded, in words where its form is a plain one.
export function dateWords(text) {
  const one = bounds(text);
  if (one) return stretch(...one);
  const [, set, first, last] = /^(\[?)([^/[\]]+?)(?:\/|\.\.)([^/[\]]+)\]?$/.exec(text) ?? [];
  const [from, to] = [first && bounds(first), last && bounds(last)];
  if (!from || !to) return text;
  return set ? `one day, ${stretch(from[0], to[1])}` : stretch(from[0], to[1]);
}
