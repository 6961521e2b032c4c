// Shows what the address names.
import { make, visible } from "./element.js";
import { Problem } from "./api.js";
import { watch } from "./current.js";
import { showChanges } from "./changes.js";
import { showEntry } from "./entry.js";
import { isList, showList } from "./list.js";
import { showMatrix } from "./matrix.js";
import { showOverview } from "./overview.js";
import { showLetters } from "./letters.js";
import { showRecord } from "./record.js";
import { showParties } from "./parties.js";
import { showParty } from "./party_page.js";

const main = document.getElementById("main");
const search = new URLSearchParams(location.search);
const [, kind, id, ...rest] = location.pathname.split("/");

function waiting(text) {
  const status = main.querySelector("[role=status].waiting");
  if (status) status.textContent = text;
  else main.prepend(make("p", { class: "waiting", role: "status" }, text));
}

function fail(problem) {
  const missing = problem.status === 404;
  const where = problem.parameter && !missing ? `${problem.parameter}: ` : "";
  main.replaceChildren(
    make("h1", null, missing ? "Not in this register" : "This cannot be shown"),
    make(
      "p",
      { class: "notice", role: "alert" },
      problem.message.startsWith(where) ? problem.message : where + problem.message,
    ),
    make(
      "p",
      null,
      make(
        "a",
        { href: missing || id ? "/subjects" : location.pathname },
        missing ? "Look for it in the register" : "Show the list without filters",
      ),
    ),
  );
}

function markWhereWeAre() {
  for (const link of document.querySelectorAll("nav[aria-label=Register] a")) {
    const path = new URL(link.href).pathname;
    if (path === location.pathname) link.setAttribute("aria-current", "page");
    else if (id && path === `/${kind}`) link.setAttribute("aria-current", "true");
  }
  if (kind === "subjects") document.getElementById("search").value = search.get("q") ?? "";
}

async function show() {
  if (kind === "dead-letters") return showLetters(main, waiting);
  if (kind === "records") return showRecord(main, [id, ...rest].map(decodeURIComponent), waiting);
  if (kind === "changes") return showChanges(main, search, waiting);
  if (kind === "participation") return showMatrix(main, search, waiting);
  if (kind === "parties")
    return id ? showParty(main, decodeURIComponent(id), waiting) : showParties(main, search, waiting);
  if (id) return showEntry(main, kind, decodeURIComponent(id), waiting);
  if (isList(kind)) return showList(main, kind, search, waiting);
  if (kind) throw new Problem(404, { detail: "No page has this address." });
  return showOverview(main, waiting);
}

markWhereWeAre();
watch();
main.setAttribute("aria-busy", "true");
try {
  document.title = `${visible(await show())} – Chapar`;
} catch (problem) {
  document.title = "Chapar";
  fail(problem);
  if (problem.status === undefined) throw problem;
} finally {
  main.removeAttribute("aria-busy");
  main.querySelector(".waiting")?.remove();
}
