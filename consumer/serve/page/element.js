// Elements made by hand: what comes from events only ever becomes text.
const SVG = "http://www.w3.org/2000/svg";

// What reorders the text around it without being seen is shown as what it is.
export function visible(text) {
  return text.replace(
    /[\u202a-\u202e\u2066-\u2069]/g,
    (mark) => `[U+${mark.charCodeAt(0).toString(16).toUpperCase()}]`,
  );
}

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined)
      element.setAttribute(name, name === "title" ? visible(value) : value);
  }
  element.append(
    ...children
      .flat(Infinity)
      .filter((child) => child !== null && child !== undefined && child !== false)
      .map((child) => (typeof child === "string" ? visible(child) : child)),
  );
  return element;
}

export function make(tag, attributes, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

export function draw(tag, attributes, ...children) {
  return fill(document.createElementNS(SVG, tag), attributes, children);
}

export function unseen(text) {
  return make("span", { class: "unseen" }, text);
}

export function say(text) {
  document.getElementById("said").textContent = visible(text);
}

// Only the web's own addresses become links: events may name any.
export function outward(address) {
  let url = null;
  try {
    url = new URL(address);
  } catch {
    return address;
  }
  if (url.protocol !== "https:" && url.protocol !== "http:") return address;
  return make("a", { href: url.href, rel: "noopener noreferrer" }, address);
}

// Elements in their order, with text between them.
export function joined(children, between) {
  return children.flatMap((child, i) => (i ? [between, child] : [child]));
}

// `work` makes what is in `place` anew; who stood on a link there stays on it.
export function keepingFocus(place, work) {
  const at = place.contains(document.activeElement) ? document.activeElement : null;
  work();
  if (!at || at.isConnected) return;
  const same = [...place.querySelectorAll("a, button, summary")].filter((e) => e.textContent === at.textContent);
  const exact = same.find((e) => e.getAttribute("href") === at.getAttribute("href"));
  (exact ?? same[0])?.focus({ preventScroll: true });
}
