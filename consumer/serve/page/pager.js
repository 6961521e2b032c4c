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
  if (!answer.next && !answer.before) return null;
  return make(
    "nav",
    { class: "pager", "aria-label": "Pages" },
    answer.before ? make("a", { href: to({ cursor: null }) }, "First page") : null,
    make("span", null, `Page ${(Math.ceil(answer.before / (search.get("limit") ?? 50)) + 1).toLocaleString("en")}`),
    answer.next ? make("a", { href: to({ cursor: answer.next }), rel: "next" }, "Next page") : null,
  );
}
