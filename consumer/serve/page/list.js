// A list: filters, a table, pages that the server cuts, and rows that follow what changes.
import { keepingFocus, make, say } from "./element.js";
import { alertTitle } from "./alert.js";
import { ask } from "./api.js";
import { Axis, legend } from "./axis.js";
import { columns } from "./columns.js";
import { count } from "./day.js";
import { filtersOf, queryOf } from "./filters.js";
import { live } from "./live.js";
import { askPage, pager, restartNotice } from "./pager.js";
import { table } from "./table.js";
import { yearLegend, yearTable } from "./years.js";

const MOST_AT_ONCE = 500;

const LISTS = {
  due: {
    title: "Due next",
    lead: "All that has a day ahead, the nearest first.",
    form: "subjects",
    columns: "deadlines",
    one: "date ahead",
    many: "dates ahead",
    drawn: [0, 8],
    calendar: { open: "true" },
  },
  overdue: {
    title: "Overdue",
    lead: "Past its last day: commitments not reported fulfilled, summits not reported held.",
    form: "subjects",
    columns: "deadlines",
    one: "overdue",
    many: "overdue",
    drawn: [8, 1],
  },
  timeline: {
    title: "Timeline",
    lead: "Summits and deadlines by the years in which they fall.",
    resource: "subjects",
    form: "timeline",
    columns: "timeline",
    one: "entry",
    many: "entries",
    drawn: [12, 12],
    fixed: { dated: "true" },
    calendar: {},
    sort: "opens",
  },
  subjects: {
    title: "The whole register",
    lead: "Instruments, summits and commitments in one list.",
    form: "subjects",
    columns: "subjects",
    calendar: {},
    one: "entry",
    many: "entries",
  },
  commitments: {
    title: "Commitments",
    lead: "What parties said they would do. Fulfilment and timeliness are told apart: not yet due is never not kept.",
    form: "commitments",
    columns: "commitments",
    one: "commitment",
    sort: "closes",
  },
  instruments: {
    title: "Instruments",
    lead: "What was signed or adopted.",
    form: "instruments",
    columns: "instruments",
    one: "instrument",
    sort: "-recorded",
  },
  summits: {
    title: "Summits",
    lead: "Gatherings and other dated occasions, with the documents announced and identified.",
    form: "summits",
    columns: "summits",
    one: "summit",
    sort: "next",
  },
  alerts: {
    title: "Alerts",
    lead: "Each is said once. The latest first.",
    form: "alerts",
    columns: "alerts",
    one: "alert",
    live: "alert",
  },
};

export const isList = (name) => name in LISTS;

function caption(list, answer) {
  const all = count(answer.total, list.one, list.many);
  const from = answer.before;
  const shown = answer.items.length;
  if (shown === answer.total) return all;
  return `${all}, ${(from + 1).toLocaleString("en")} to ${(from + shown).toLocaleString("en")} of them here`;
}

// The same list for programs, as much of it as one answer holds, and what of it has days as a calendar where a calendar
// can be asked for just that.
function elsewhere(resource, kind, query, total) {
  const { cursor: _, ...whole } = query;
  const { sort: __, limit: ___, ...filters } = whole;
  const search = new URLSearchParams({ ...kind.calendar, ...filters }).toString();
  const csv = `/api/v1/${resource}.csv?${new URLSearchParams({ ...whole, limit: MOST_AT_ONCE })}`;
  const links = [
    make("a", { href: csv }, total > MOST_AT_ONCE ? `The first ${MOST_AT_ONCE} as CSV` : "This list as CSV"),
  ];
  if (kind.calendar && !filters.incomplete) {
    const calendar = `/calendar.ics${search && `?${search}`}`;
    links.push(" ", make("a", { href: calendar }, "as a calendar"));
    links.push(" ", make("a", { href: `webcal://${location.host}${calendar}` }, "subscribe to it"));
  }
  return make("p", { class: "small elsewhere" }, links);
}

function empty(name, search) {
  const filtered = [...search].some(([key]) => key !== "sort");
  return make(
    "div",
    { class: "nothing" },
    make("p", null, "Nothing found."),
    filtered ? make("p", null, make("a", { href: `/${name}` }, "Show all")) : null,
  );
}

class List {
  constructor(name, search) {
    this.name = name;
    this.kind = LISTS[name];
    this.search = search;
    this.resource = this.kind.resource ?? name;
    this.query = {
      ...(this.kind.sort && { sort: this.kind.sort }),
      ...this.kind.fixed,
      ...queryOf(search),
    };
    this.place = make("div", { class: "listed" });
    this.restarted = false;
  }

  columnsFor(answer) {
    const [before, after] = this.kind.drawn ?? [0, 0];
    const days = answer.items.filter((item) => item.opens);
    return columns[this.kind.columns](
      this.kind.drawn && Axis.around(days, answer.today, before, after),
      this.query.party,
    );
  }

  async load(waiting) {
    const { answer, restarted } = await askPage(this.resource, this.query, waiting);
    this.restarted ||= Boolean(restarted);
    return answer;
  }

  show(answer) {
    const notice = this.restarted ? restartNotice() : null;
    const rows =
      answer.items.length === 0
        ? empty(this.name, this.search)
        : [
            make(
              "div",
              { class: "wide" },
              table(caption(this.kind, answer), this.columnsFor(answer), answer.items, {
                class: `list ${this.name}`,
              }),
            ),
            this.kind.drawn ? legend() : null,
            pager(this.name, this.search, answer),
            elsewhere(this.resource, this.kind, this.query, answer.total),
          ];
    this.place.replaceChildren(...[notice, rows].flat().filter(Boolean));
  }
}

async function yearsOf(list, waiting) {
  const { sort: _, cursor: __, limit: ___, ...query } = list.query;
  const { from: ____, to: _____, ...others } = query;
  const answer = await ask("years", others, waiting);
  return [
    make(
      "section",
      { "aria-labelledby": "by-year" },
      make("h2", { id: "by-year" }, "By year"),
      yearTable(answer.items, answer.today, others),
      yearLegend(),
    ),
    make("h2", null, "One by one"),
  ];
}

export async function showList(main, name, search, waiting) {
  const list = new List(name, search);
  const { kind } = list;
  const above = make("div");
  main.replaceChildren(
    make("h1", null, kind.title),
    make("p", { class: "lead" }, kind.lead),
    filtersOf(kind.form, `/${name}`, search),
    above,
    list.place,
  );
  const load = (told) => Promise.all([list.load(told), name === "timeline" ? yearsOf(list, told) : []]);
  const show = ([answer, years]) => {
    above.replaceChildren(...years);
    list.show(answer);
  };
  const first = await load(waiting);
  show(first);
  live(first[0].position, {
    changed: async () => {
      const fresh = await load(() => {});
      keepingFocus(main, () => show(fresh));
    },
    only: kind.live,
    alert: (alert) => {
      if (kind.live === "alert") say(`New alert: ${alertTitle(alert)}`);
    },
  });
  return kind.title;
}
