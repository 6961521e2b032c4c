// Tables that stay tables to a screen reader when a narrow window shows their rows as cards.
import { make } from "./element.js";

// `columns`: [{name, of(item) -> content, class, row}]; the cell of the column with `row` names its row.
export function rowOf(columns, item) {
  const cells = columns.map((column) => {
    const content = column.of(item);
    const attributes = { class: column.class, "data-name": column.name };
    if (content === null || content === undefined || content === "") attributes["data-empty"] = true;
    return column.row
      ? make("th", { scope: "row", role: "rowheader", ...attributes }, content)
      : make("td", { role: "cell", ...attributes }, content);
  });
  return make("tr", { role: "row" }, cells);
}

export function table(caption, columns, items, attributes = {}) {
  const heads = columns.map((column) =>
    make("th", { scope: "col", role: "columnheader", class: column.class }, column.head ?? column.name),
  );
  return make(
    "table",
    { role: "table", ...attributes },
    make("caption", null, caption),
    make("thead", { role: "rowgroup" }, make("tr", { role: "row" }, heads)),
    make(
      "tbody",
      { role: "rowgroup" },
      items.map((item) => rowOf(columns, item)),
    ),
  );
}
