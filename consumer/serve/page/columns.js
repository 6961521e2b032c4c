// The columns of lists, kind by kind.
import { joined, make, unseen } from "./element.js";
import { count, dateWords, instant, stretch, words as dayWords } from "./day.js";
import { daysOf, whenOf } from "./deadline.js";
import { packageOf, progressOf } from "./measure.js";
import { partyCodes, partyName } from "./party.js";
import { participationOf } from "./participation.js";
import { marksOf, stateOf, tag, timelinessOf } from "./tag.js";
import { addressOf, titleOf, word } from "./words.js";
import { alertAddress, alertTitle, deadlineWords, reasonOf } from "./alert.js";

function stands(alert) {
  if (alert.standing) return "still stands";
  const became = alert.stage ? (alert.stale ? "followed at once" : "settled or followed") : "for notice";
  return make("span", { class: "small" }, became);
}

function progressCell(item) {
  const reported = item.pace?.reported ?? item.progress;
  if (reported !== undefined) return progressOf(reported, item.expected_today);
  return item.parts ? `${item.parts_fulfilled} of ${count(item.parts, "part")}` : null;
}

const clockWithoutDays = (item) => (item.clock === "RUNNING" ? "NO_DEADLINE" : item.clock);

function link(item) {
  return make("a", { href: addressOf(item) }, titleOf(item));
}

const what = {
  name: "What",
  row: true,
  class: "what",
  of: (item) => [
    link(item),
    make(
      "p",
      { class: "small" },
      word("record", item.record),
      " ",
      joined([stateOf(item), ...marksOf(item)].filter(Boolean), " "),
    ),
  ],
};
const title = {
  name: "Title",
  row: true,
  class: "what",
  of: (item) => [link(item), make("p", { class: "small" }, joined(marksOf(item), " "))],
};
const days = { name: "Days", class: "number", of: (item) => item.deadline && daysOf(item) };
const when = { name: "Known of the date", class: "date", of: (item) => item.deadline && whenOf(item) };
const who = { name: "Who", class: "who", of: (item) => partyCodes(item.parties ?? item.hosts ?? item.participants) };

function drawn(axis) {
  return {
    name: "Drawn",
    head: [axis.ticks(), unseen("Drawn on a line of years")],
    class: "drawn",
    of: (item) => item.deadline && axis.window(item),
  };
}

// What one party did with an instrument.
function did(party) {
  const done = (item) => item.participants?.find((p) => p.party === party) ?? { party, status: "NAMED" };
  return { name: `What ${partyName(party)} did`, of: (item) => participationOf(done(item), item.dates) };
}

export const columns = {
  deadlines: (axis) => [days, what, when, drawn(axis), who],
  brief: (axis) => [days, what, when, drawn(axis)],
  timeline: (axis) => [what, drawn(axis), when],
  subjects: () => [what, when, days, who],
  commitments: () => [
    title,
    who,
    { name: "Fulfilment", of: (item) => tag("delivery", item.delivery) },
    {
      name: "Timeliness",
      of: (item) =>
        item.timeliness === "NONE"
          ? make("span", { class: "small" }, item.opens ? "Counts no more" : word("clock", clockWithoutDays(item)))
          : timelinessOf(item),
    },
    days,
    when,
    { name: "Progress", of: progressCell },
  ],
  instruments: (_, party) => [
    title,
    ...(party ? [did(party)] : []),
    { name: "Form", of: (item) => item.form && word("form", item.form) },
    { name: "Parties", class: "who", of: (item) => partyCodes(item.parties) },
    { name: "Status", of: (item) => tag("instrument", item.status) },
    { name: "Signed or adopted", class: "date", of: (item) => signedOn(item.dates) },
    { name: "Covers", class: "date", of: (item) => item.opens && covers(item) },
    { name: "Commitments", class: "number", of: (item) => commitmentsOf(item) },
  ],
  summits: (_, party) => [
    title,
    ...(party
      ? [{ name: "Role", of: (item) => word("role", item.hosts?.includes(party) ? "HOST" : "PARTICIPANT") }]
      : []),
    { name: "Status", of: (item) => tag("summit", item.status) },
    { name: "Place", class: "free", of: (item) => item.place },
    { name: "Hosts", class: "who", of: (item) => partyCodes(item.hosts) },
    days,
    when,
    {
      name: "Documents",
      of: (item) => item.expected_signings !== undefined && packageOf(item.expected_signings, item.identified_signings),
    },
  ],
  alerts: () => [
    { name: "Raised", class: "date", of: (alert) => instant(alert.raised_at) },
    { name: "Severity", of: (alert) => tag("severity", alert.severity) },
    { name: "Alert", of: (alert) => [word("alert", alert.kind), make("p", { class: "small" }, reasonOf(alert))] },
    {
      name: "Of what",
      row: true,
      class: "what",
      of: (alert) => make("a", { href: alertAddress(alert) }, alertTitle(alert)),
    },
    { name: "Deadline", class: "date", of: (alert) => deadlineWords(alert) },
    { name: "Stands", of: stands },
  ],
};

function signedOn(dates) {
  const date = dates?.signed ?? dates?.adopted;
  return date && dateWords(date);
}

function covers(item) {
  return item.deadline.last_day ? stretch(item.opens, item.deadline.last_day) : `from ${dayWords(item.opens)} on`;
}

function commitmentsOf(item) {
  const c = item.commitments;
  const all = c.proposed + c.open + c.fulfilled + c.withdrawn + c.superseded;
  if (!all) return null;
  return [
    make("a", { href: `/commitments?instrument=${encodeURIComponent(item.id)}` }, String(all)),
    c.overdue ? make("p", { class: "small bad" }, `${c.overdue} overdue`) : null,
  ];
}
