// What the register says of one subject, fact by fact.
import { joined, make } from "./element.js";
import { count, dateWords, instant, stretch, words as dayWords } from "./day.js";
import { packageOf, progressOf } from "./measure.js";
import { keptWords } from "./kept.js";
import { participationWord } from "./participation.js";
import { partyLink, partyLinks } from "./party.js";
import { table } from "./table.js";
import { tag, timelinessOf } from "./tag.js";
import { addressOf, percent, titleOf, word } from "./words.js";

function reference(item) {
  return make("a", { href: addressOf(item) }, titleOf(item));
}

// What it names: as a link where it is known here, else as its id.
function named(detail, field) {
  const id = detail.item[field];
  if (detail.links[field]) return reference(detail.links[field]);
  return id ? make("span", null, id, " ", make("span", { class: "small" }, "(not in this register)")) : null;
}

function row(name, content) {
  const some = Array.isArray(content)
    ? content.length
    : content !== null && content !== undefined && content !== "" && content !== false;
  return some ? [make("dt", null, name), make("dd", null, content)] : [];
}

const dated = (name, text) => row(name, text && dateWords(text));

function target(item) {
  const t = item.target;
  if (!t) return null;
  const unit = t.unit ? ` ${t.unit}` : "";
  const from = t.baseline === undefined ? "" : `from ${t.baseline}${unit} `;
  const days = [t.from, t.to].filter(Boolean).map(dateWords).join(" to ");
  return `${from}to ${t.value ?? "?"}${unit}${days && `, ${days}`}`;
}

function ofCommitment(detail) {
  const { item } = detail;
  const reported = item.pace?.reported ?? item.progress;
  return [
    row("Who must act", partyLinks(item.parties)),
    row("Made in", named(detail, "instrument")),
    row("Made at", named(detail, "summit")),
    row("Part of", named(detail, "part_of")),
    row("Due as worded", item.due),
    row("Counts from", named(detail, "anchor")),
    row("Fulfilled", keptWords(item)),
    row("Progress", reported !== undefined && progressOf(reported, item.expected_today)),
    row("Aim", target(item)),
    row("Measured", item.value !== undefined && `${item.value}${item.target?.unit ? ` ${item.target.unit}` : ""}`),
    row("Parts", item.parts ? `${item.parts_fulfilled} of ${item.parts} fulfilled` : null),
    row("Reason", item.reason),
  ];
}

function ofInstrument(detail) {
  const { item } = detail;
  const d = item.dates ?? {};
  return [
    row("Form", item.form && word("form", item.form)),
    row("Binding", item.binding && word("binding", item.binding)),
    row("Parties", partyLinks(item.parties)),
    dated("Announced", d.announced),
    dated("Signed", d.signed),
    dated("Adopted", d.adopted),
    dated("In force", d.in_force),
    dated("Ended", d.ended),
    row("Covers, as worded", item.period),
    row("Place", item.place),
    row("At", named(detail, "summit")),
  ];
}

function ofSummit(detail) {
  const { item } = detail;
  return [
    row("Kind", item.kind && word("kind", item.kind)),
    row("Date as worded", item.date),
    dated("Held on", item.held_on),
    row("Place", item.place),
    row("Hosts", partyLinks(item.hosts)),
    row("Takes part", partyLinks(item.participants)),
    row(
      "Documents",
      item.expected_signings !== undefined && packageOf(item.expected_signings, item.identified_signings),
    ),
    row("At", named(detail, "summit")),
  ];
}

export function factsOf(detail) {
  const { item } = detail;
  const own = { commitment: ofCommitment, instrument: ofInstrument, summit: ofSummit }[item.record](detail);
  return make(
    "dl",
    { class: "facts" },
    own,
    row("Proposed by", partyLinks(item.initiated_by)),
    row("Rests on", named(detail, "pursuant_to")),
    row("Superseded by", named(detail, "superseded_by")),
    row("Occurrence", item.occurrence && `${item.occurrence}, ${item.missed} missed`),
    row("Dossier", detail.links.dossier ? reference(detail.links.dossier) : item.dossier !== item.id && item.dossier),
    row("Note", item.note),
    row("Id", make("code", null, item.id)),
  );
}

// The three axes of a commitment, each by itself, and whether somebody disputes it.
export function axesOf(item) {
  const axis = (name, content) => make("div", null, make("dt", null, name), make("dd", null, content));
  if (item.record !== "commitment")
    return make(
      "dl",
      { class: "axes" },
      axis("Status", item.status ? tag(item.record, item.status) : "Record incomplete"),
    );
  return make(
    "dl",
    { class: "axes" },
    axis("Fulfilment", tag("delivery", item.delivery)),
    axis("Timeliness", timelinessOf(item)),
    item.deadline?.open === false ? null : axis("Clock", tag("clock", item.clock)),
    axis(
      "Contested",
      item.contested
        ? make("span", { class: "tag bad" }, "Contested")
        : make("span", { class: "tag plain" }, "By nobody"),
    ),
  );
}

export function participantsOf(item) {
  if (item.record !== "instrument" || !item.participants?.length) return null;
  return table(
    "What each party did",
    [
      {
        name: "Party",
        row: true,
        of: (p) => partyLink(p.party),
      },
      { name: "Status", of: (p) => make("span", { class: "tag plain" }, participationWord(p.status, item.dates)) },
      { name: "Date", of: (p) => p.date && dateWords(p.date) },
    ],
    item.participants,
    { class: "list" },
  );
}

const window = (opens, closes) => (opens ? (closes ? stretch(opens, closes) : `from ${dayWords(opens)} on`) : "none");

export function slippageOf(item) {
  if (!item.slippage?.length) return null;
  return table(
    `Slipped by ${count(item.slip_days, "day")} in all`,
    [
      { name: "Known since", row: true, of: (s) => instant(s.recorded_at) },
      { name: "From", of: (s) => window(s.from_opens, s.from_closes) },
      { name: "To", of: (s) => window(s.to_opens, s.to_closes) },
      { name: "Days", class: "number", of: (s) => s.days !== undefined && String(s.days) },
      { name: "Reason", of: (s) => s.reason },
    ],
    item.slippage,
    { class: "list" },
  );
}

export function claimsOf(item) {
  if (!item.claims?.length) return null;
  return table(
    "Who says what",
    [
      { name: "Party", row: true, of: (c) => (c.claimed_by ? partyLink(c.claimed_by) : "not named") },
      { name: "Says", of: (c) => word("event", c.type) },
      { name: "Progress", class: "number", of: (c) => c.progress !== undefined && percent(c.progress) },
      { name: "Value", class: "number", of: (c) => c.value !== undefined && String(c.value) },
      { name: "Known since", of: (c) => instant(c.recorded_at) },
    ],
    item.claims,
    { class: "list" },
  );
}

const RELATED = { commitments: "Commitments made in it", instruments: "Documents from it", parts: "Its parts" };

export function relatedOf(detail) {
  return Object.entries(detail.related)
    .filter(([, list]) => list.total)
    .map(([name, list]) => [
      make("h2", null, `${RELATED[name] ?? name}: ${list.total.toLocaleString("en")}`),
      make(
        "ul",
        { class: "plain-list related" },
        list.items.map((item) =>
          make(
            "li",
            null,
            reference(item),
            " ",
            joined(
              [
                item.delivery && tag("delivery", item.delivery),
                item.status && tag(item.record, item.status),
                item.timeliness && item.timeliness !== "NONE" && tag("timeliness", item.timeliness),
              ].filter(Boolean),
              " ",
            ),
          ),
        ),
      ),
      list.items.length < list.total
        ? make("p", { class: "more" }, make("a", { href: list.list.replace("/api/v1", "") }, "All of them, as a list"))
        : null,
    ]);
}
