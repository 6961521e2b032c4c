// How current is this: always visible, and never silent about what is wrong.
import { make } from "./element.js";
import { count, instant, words } from "./day.js";
import { table } from "./table.js";

const EVERY = 10000;
const PLACE = document.getElementById("current");

let streaming = null;
let last = null;
let paused = false;
let unrenewed = null;

export const isPaused = () => paused;

// What moves by itself can be held still (WCAG 2.2.2).
const holding = make("button", { type: "button", class: "quiet", "aria-pressed": "false" }, "Pause live news");
holding.addEventListener("click", () => {
  paused = !paused;
  holding.setAttribute("aria-pressed", String(paused));
  dispatchEvent(new Event("hold"));
  show();
});

function lagOf(current) {
  const lags = current.partitions.map((p) => p.lag);
  return lags.includes(null) ? null : lags.reduce((sum, lag) => sum + lag, 0);
}

// [how it stands, in a word for the colour; the sentence].
function verdict(current) {
  if (current === null) return ["bad", "The server does not answer. What is shown may be stale; trying again."];
  const heard = current.heard_at ? ` Last heard at ${instant(current.heard_at)}.` : "";
  if (!current.connected) return ["bad", `Kafka does not answer. What is shown may be stale.${heard}`];
  if (!current.ready) return ["soon", "Starting: the register is being read for the first time."];
  if (unrenewed) return ["bad", `What is shown is not the latest and could not be renewed: ${unrenewed}`];
  const lag = lagOf(current);
  if (lag === null) return ["soon", "Whether everything was read is not known at the moment."];
  if (lag > 0) return ["soon", `${count(lag, "record")} not read yet.`];
  if (paused) return ["soon", "Paused: what is shown stays as it is."];
  if (streaming === false) return ["soon", "Everything was read; live news is interrupted and comes back by itself."];
  return ["good", "Up to date: everything was read."];
}

function clocks(current) {
  if (!current) return null;
  return make(
    "span",
    { class: "clocks" },
    "Days count from ",
    make("b", null, words(current.today)),
    ". ",
    current.as_of ? `Latest entry: ${instant(current.as_of)}.` : "The processor has written nothing yet.",
  );
}

function partitions(current) {
  return table(
    "By partition",
    [
      { name: "Partition", row: true, of: (p) => String(p.partition) },
      { name: "Processor’s clock", of: (p) => (p.as_of ? instant(p.as_of) : "none yet") },
      { name: "Records not read yet", class: "number", of: (p) => (p.lag === null ? "not known" : String(p.lag)) },
    ],
    current.partitions,
  );
}

function show() {
  const [tone, sentence] = verdict(last);
  const open = PLACE.querySelector("details")?.open;
  const before = PLACE.querySelector("[role=status]");
  if (before?.textContent === sentence && before.className === `state ${tone}` && open) return;
  const status = before ?? make("p", { role: "status" });
  status.className = `state ${tone}`;
  if (status.textContent !== sentence) status.textContent = sentence;
  const rest = [
    clocks(last),
    last &&
      make(
        "details",
        { open },
        make("summary", null, "Details"),
        partitions(last),
        last.unreadable
          ? make("p", { class: "small" }, `${count(last.unreadable, "record")} could not be read and were left out.`)
          : null,
      ),
  ];
  const kept = make("div", { class: "rest" }, rest);
  if (!before) PLACE.replaceChildren(status, kept, holding);
  else PLACE.querySelector(".rest").replaceWith(kept);
}

// At midnight all days left are others, although nothing has changed in the register.
function compare(before, now) {
  if (before && now && before.today !== now.today) dispatchEvent(new Event("newday"));
}

async function look() {
  const before = last;
  try {
    const answer = await fetch("/api/v1/current", { headers: { Accept: "application/json" } });
    last = answer.ok ? await answer.json() : null;
  } catch {
    last = null;
  }
  compare(before, last);
  show();
}

// The stream of live events tells how it fares.
export function reportStream(works) {
  if (streaming === works) return;
  streaming = works;
  if (last) show();
  if (!works) look();
}

// So does what is shown: the problem that kept it from being renewed, or null once it was.
export function reportRefresh(problem) {
  const reason = problem && (problem.message || String(problem));
  if (unrenewed === reason) return;
  unrenewed = reason;
  if (last) show();
}

export function watch() {
  look();
  setInterval(() => {
    if (!document.hidden) look();
  }, EVERY);
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) look();
  });
}
