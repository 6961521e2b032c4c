// The filters of a list: a plain form, whose address says what is shown.
import { make } from "./element.js";
import { ask } from "./api.js";
import { partyChoices, partyName } from "./party.js";
import { choices, titleOf } from "./words.js";

const KINDS = [
  ["INSTRUMENT", "Instruments"],
  ["SUMMIT", "Summits"],
  ["COMMITMENT", "Commitments"],
];
const SORTS = [
  ["next", "Next day that counts"],
  ["closes", "Last day"],
  ["opens", "First day"],
  ["id", "Id"],
  ["-recorded", "Latest news"],
  ["-slip", "Slipped the most"],
];

// What each kind of list is asked by, in the order shown.
const FIELDS = {
  subjects: ["q", "kind", "party", "instrument", "from", "to", "sort"],
  timeline: ["q", "kind", "party", "instrument", "from", "to"],
  commitments: ["q", "party", "delivery", "timeliness", "contested", "instrument", "from", "to", "sort"],
  instruments: ["q", "party", "status", "from", "to", "sort"],
  participation: ["q", "party", "status", "from", "to", "sort"],
  changes: ["since", "until", "q", "party", "kind", "change"],
  summits: ["q", "party", "status", "from", "to", "sort"],
  alerts: ["q", "party", "severity", "kind", "standing", "from", "to"],
};

// Where a page begins: no filters, and of no use once these are others.
const PLACES = ["cursor", "first_party"];

// What the API is to be asked: all that stands in the address. What is left out here would show another view than the
// one that was sent; what the API does not know, it refuses.
export function queryOf(search) {
  return Object.fromEntries([...search].filter(([, value]) => value));
}

// A filter that has no field of its own, which can still be taken away.
function otherField(name, value) {
  return [
    `Only ${name}: ${value}`,
    (id) => make("input", { id, type: "checkbox", name, value, checked: true, autocomplete: "off" }),
  ];
}

function select(name, label, options, value, any) {
  const all = value && !options.some(([o]) => o === value) ? [[value, value], ...options] : options;
  return [
    label,
    (id) =>
      make(
        "select",
        { id, name },
        make("option", { value: "" }, any),
        all.map(([o, text]) => make("option", { value: o, selected: o === value }, text)),
      ),
  ];
}

function input(name, label, type, value, more = {}) {
  return [label, (id) => make("input", { id, name, type, value, ...more })];
}

function statusOf(form) {
  return choices(form === "summits" ? "summit" : "instrument");
}

// Titles are offered as one writes; the id is what is asked for.
function instrumentField(value) {
  return [
    "Instrument (title or id)",
    (id) => {
      const list = make("datalist", { id: `${id}-titles` });
      const field = make("input", {
        id,
        name: "instrument",
        type: "text",
        value,
        list: list.id,
        maxlength: 128,
        autocomplete: "off",
      });
      let asked = "";
      field.addEventListener("input", async () => {
        const text = field.value.trim();
        if (text.length < 2 || text === asked) return;
        asked = text;
        const found = await ask("instruments", { q: text, limit: 20 }).catch(() => null);
        if (found && asked === text)
          list.replaceChildren(...found.items.map((i) => make("option", { value: i.id }, titleOf(i))));
      });
      return [field, list];
    },
  ];
}

function partyField(value) {
  const field = make(
    "select",
    { name: "party" },
    make("option", { value: "" }, "Anybody"),
    value ? make("option", { value, selected: true }, partyName(value)) : null,
  );
  partyChoices().then(
    (options) => {
      field.append(
        ...options.filter(([party]) => party !== value).map(([party, text]) => make("option", { value: party }, text)),
      );
    },
    () => {},
  );
  return [
    "Party",
    (id) => {
      field.id = id;
      return field;
    },
  ];
}

function fieldOf(form, name, value) {
  switch (name) {
    case "q":
      return input(name, "Words in title or id", "search", value, { maxlength: 100 });
    case "party":
      return partyField(value);
    case "instrument":
      return instrumentField(value);
    case "since":
      return input(name, "Since", "date", value?.slice(0, 10));
    case "until":
      return input(name, "Until", "date", value?.slice(0, 10));
    case "change":
      return select(name, "What", choices("change"), value, "All");
    case "from":
      return input(name, form === "alerts" ? "Raised from" : "Period from", "date", value);
    case "to":
      return input(name, form === "alerts" ? "Raised until" : "Period until", "date", value);
    case "kind":
      return form === "alerts"
        ? select(name, "Alert", choices("alert"), value, "All")
        : select(name, "Kind", KINDS, value, "All");
    case "status":
      return select(name, "Status", statusOf(form), value, "Any");
    case "delivery":
      return select(name, "Fulfilment", choices("delivery"), value, "Any");
    case "timeliness":
      return select(name, "Timeliness", choices("timeliness"), value, "Any");
    case "severity":
      return select(name, "Severity", choices("severity"), value, "Any");
    case "contested":
      return select(
        name,
        "Contested",
        [
          ["true", "Contested"],
          ["false", "Not contested"],
        ],
        value,
        "Either",
      );
    case "standing":
      return select(
        name,
        "Stands",
        [
          ["true", "Still stands"],
          ["false", "Settled or followed"],
        ],
        value,
        "Either",
      );
    default:
      return select(name, "Order", SORTS, value, "As usual");
  }
}

// `address` is where the form leads; `search` what it shows.
export function filtersOf(form, address, search) {
  const asked = queryOf(search);
  const others = Object.keys(asked).filter((name) => !FIELDS[form].includes(name) && !PLACES.includes(name));
  const fields = [...FIELDS[form], ...others].map((name, i) => {
    const [label, control] = others.includes(name) ? otherField(name, asked[name]) : fieldOf(form, name, asked[name]);
    const id = `filter-${i}`;
    return make("p", { class: `field ${name}` }, make("label", { for: id }, label), control(id));
  });
  const isFiltered = Object.keys(asked).some((name) => name !== "sort" && !PLACES.includes(name));
  const element = make(
    "form",
    { class: "filters", action: address, "aria-label": "Filters" },
    fields,
    make(
      "p",
      { class: "buttons" },
      make("button", null, "Show"),
      isFiltered ? make("a", { href: address }, "Show all") : null,
    ),
  );
  element.addEventListener("formdata", (event) => {
    for (const [name, value] of [...event.formData]) if (!value) event.formData.delete(name);
  });
  const narrow = globalThis.matchMedia("(max-width: 45rem)").matches;
  return make(
    "details",
    { class: "filtering", open: !narrow || isFiltered },
    make("summary", null, "Search and filters"),
    element,
  );
}
