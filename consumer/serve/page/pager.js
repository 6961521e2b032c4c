// Pages that the server cuts: each begins behind what the one before ended with.
import { make } from "./element.js";
import { ask } from "./api.js";

// A cursor that is no longer good leads to the first page, and that is said.
export async function askPage(resource, query, waiting) {
  try {
    return { answer: await ask(resource, query, waiting) };
  } catch (problem) {
    if (problem.parameter !== "cursor") throw problem;
    const { cursor: _, ...rest } = query;
    return { answer: await ask(resource, rest, waiting), restarted: true };
  }
}

export function restartNotice() {
  return make(
    "p",
    { class: "notice", role: "status" },
    "The page of this address could not be found again. This is the first one.",
  );
}

export function pager(name, search, answer) {
  const to = (changes) => {
    const next = new URLSearchParams(search);
    for (const [key, value] of Object.entries(changes))
      if (value) next.set(key, value);
      else next.delete(key);
    return next.size ? `/${name}?${next}` : `/${name}`;
  };
  const { before, items, total } = answer;
  if (!answer.next && !before) return null;
  const [from, last] = [before + 1, before + items.length].map((n) => n.toLocaleString("en"));
  return make(
    "nav",
    { class: "pager", "aria-label": "Pages" },
    before ? make("a", { href: to({ cursor: null }) }, "First page") : null,
    make("span", null, `${from} to ${last} of ${total.toLocaleString("en")}`),
    answer.next ? make("a", { href: to({ cursor: answer.next }), rel: "next" }, "Next page") : null,
  );
}
