// The first page: what is due next, what is overdue, and how things stand.
import { joined, keepingFocus, make, say } from "./element.js";
import { alertTitle, Feed } from "./alert.js";
import { ask } from "./api.js";
import { Axis, legend } from "./axis.js";
import { columns } from "./columns.js";
import { count, parts } from "./day.js";
import { daysOf, knownAs, latest } from "./deadline.js";
import { live } from "./live.js";
import { packageOf } from "./measure.js";
import { partyLinks } from "./party.js";
import { table } from "./table.js";
import { stateOf } from "./tag.js";
import { addressOf, choices, titleOf, tone, word } from "./words.js";
import { yearLegend, yearTable } from "./years.js";

const NEXT = 7;
const LATE = 5;
const FEED = 6;

function section(id, title, ...content) {
  return make("section", { "aria-labelledby": id }, make("h2", { id }, title), content);
}

function more(address, text) {
  return make("p", { class: "more" }, make("a", { href: address }, text));
}

function nearest(item) {
  const who = item.parties ?? item.hosts;
  return make(
    "div",
    { class: "nearest" },
    daysOf(item),
    make(
      "div",
      null,
      make("p", { class: "title" }, make("a", { href: addressOf(item) }, titleOf(item))),
      make("p", null, [knownAs(item), latest(item)].filter(Boolean).join(", "), item.place ? `, ${item.place}` : ""),
      make(
        "p",
        { class: "small" },
        word("record", item.record),
        " ",
        stateOf(item),
        who?.length ? [" ", partyLinks(who)] : null,
      ),
    ),
  );
}

// What else there is to know at once: it leads to the rest of the page, which is long on a telephone.
function glance(summary) {
  const { standing } = summary.alerts;
  const stand = Object.values(standing).reduce((sum, n) => sum + n, 0);
  const { total } = summary.overdue;
  const link = (address, tone, text) => make("a", { href: address, class: tone }, text);
  return make(
    "p",
    { class: "glance" },
    joined(
      [
        link("/overdue", total ? "bad" : null, total ? `${total.toLocaleString("en")} overdue` : "Nothing overdue"),
        link("/alerts?standing=true", null, `${count(stand, "alert")} standing`),
        standing.CRITICAL &&
          link("/alerts?standing=true&severity=CRITICAL", "bad", `${standing.CRITICAL.toLocaleString("en")} critical`),
      ].filter(Boolean),
      " · ",
    ),
  );
}

function due(summary) {
  const { items, total } = summary.due;
  if (!items.length)
    return make(
      "section",
      { class: "due" },
      make("h1", null, "Due next"),
      glance(summary),
      make("p", { class: "nothing" }, "Nothing that is known has a day ahead."),
    );
  const rest = items.slice(1, 1 + NEXT);
  const axis = Axis.around(items.slice(0, 1 + NEXT), summary.today, 0, 4);
  return make(
    "section",
    { class: "due" },
    make("h1", null, "Due next"),
    nearest(items[0]),
    glance(summary),
    rest.length
      ? [
          make("div", { class: "wide" }, table("After that", columns.brief(axis), rest, { class: "list brief" })),
          legend(),
        ]
      : null,
    more("/due", `All ${count(total, "date")} ahead`),
  );
}

function overdue(summary) {
  const { items, total } = summary.overdue;
  if (!total) return section("overdue", "Overdue", make("p", { class: "nothing" }, "Nothing is overdue."));
  const shown = items.slice(0, LATE);
  const axis = Axis.around(shown, summary.today, 6, 1);
  return section(
    "overdue",
    `Overdue: ${total.toLocaleString("en")}`,
    make(
      "div",
      { class: "wide" },
      table("Past the last day, and nobody has reported them done or held", columns.brief(axis), shown, {
        class: "list brief",
      }),
    ),
    more("/overdue", `All ${total.toLocaleString("en")} overdue`),
  );
}

const PACKAGES_AT_ONCE = 6;

function packageItem(p) {
  return make(
    "li",
    null,
    make("a", { href: `/summits/${encodeURIComponent(p.id)}` }, p.title || p.id),
    packageOf(p.expected, p.identified),
  );
}

function packages(summary, open) {
  if (!summary.packages.length) return null;
  const [first, rest] = [
    summary.packages.slice(0, PACKAGES_AT_ONCE),
    summary.packages.slice(PACKAGES_AT_ONCE),
  ];
  return section(
    "packages",
    "Signing packages",
    make("ul", { class: "plain-list" }, first.map(packageItem)),
    rest.length
      ? make(
          "details",
          open ? { open: "" } : null,
          make("summary", null, `${rest.length} more`),
          make("ul", { class: "plain-list" }, rest.map(packageItem)),
        )
      : null,
  );
}

function counts(of, list, parameter, counted) {
  return choices(of)
    .filter(([symbol]) => counted[symbol])
    .map(([symbol, text]) =>
      make(
        "li",
        null,
        make("a", { href: `/${list}?${parameter}=${symbol}` }, text),
        " ",
        make("b", { class: tone(symbol) }, counted[symbol].toLocaleString("en")),
      ),
    );
}

function standing(summary) {
  const { commitments: c, instruments, summits } = summary;
  const { NONE: _, ...timely } = c.timeliness;
  const group = (title, address, total, ...lists) =>
    make(
      "div",
      { class: "count" },
      make("h3", null, make("a", { href: address }, title), " ", make("b", null, total.toLocaleString("en"))),
      lists.map((list) => (list.length ? make("ul", null, list) : null)),
    );
  const contested = c.contested
    ? [
        make(
          "li",
          null,
          make("a", { href: "/commitments?contested=true" }, "Contested"),
          " ",
          make("b", { class: "bad" }, String(c.contested)),
        ),
      ]
    : [];
  return section(
    "standing",
    "The register",
    make(
      "div",
      { class: "counts" },
      group("Commitments", "/commitments", c.total, counts("delivery", "commitments", "delivery", c.delivery), [
        ...counts("timeliness", "commitments", "timeliness", timely),
        ...contested,
      ]),
      group(
        "Instruments",
        "/instruments",
        instruments.total,
        counts("instrument", "instruments", "status", instruments.status),
      ),
      group("Summits", "/summits", summits.total, counts("summit", "summits", "status", summits.status)),
    ),
  );
}

function byYear(years) {
  const now = parts(years.today).year;
  const near = years.items.filter((y) => y.year >= now - 5 && y.year <= now + 10);
  return section(
    "years",
    "By year",
    yearTable(near, years.today),
    yearLegend(),
    more("/timeline", "The whole timeline"),
  );
}

export async function showOverview(main, waiting) {
  const load = (told) =>
    Promise.all([ask("summary", {}, told), ask("years", {}, told), ask("alerts", { limit: FEED }, told)]);
  const [summary, years, alerts] = await load(waiting);
  const feed = new Feed(alerts.items, FEED);
  const left = make("div", { class: "left" });
  const right = make("div", { class: "right" });
  const below = make("div", { class: "below" });
  const show = (s, y) => {
    const open = right.querySelector("details")?.open;
    left.replaceChildren(due(s), overdue(s));
    right.querySelectorAll("section:not([data-feed])").forEach((old) => old.remove());
    right.append(...[packages(s, open), byYear(y)].filter(Boolean));
    below.replaceChildren(standing(s));
  };
  const alertsSection = section("alerts", "Latest alerts", feed.list, more("/alerts", "All alerts"));
  alertsSection.dataset.feed = "";
  right.append(alertsSection);
  show(summary, years);
  main.replaceChildren(make("div", { class: "columns" }, left, right, below));
  live(summary.position, {
    changed: async () => {
      const [s, y, { items }] = await load(() => {});
      keepingFocus(main, () => {
        show(s, y);
        feed.keep(items);
      });
    },
    alert: (alert) => {
      if (feed.add(alert)) say(`New alert: ${alertTitle(alert)}`);
    },
  });
  return "Due next";
}
