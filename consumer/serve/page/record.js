// One record as it lies in Kafka. Whatever it holds is shown as text.
import { make } from "./element.js";
import { ask } from "./api.js";
import { instant } from "./day.js";
import { table } from "./table.js";

const row = (name, content) => (content === undefined ? [] : [make("dt", null, name), make("dd", null, content)]);

function valueOf(record) {
  if (record.decoded)
    return [
      make("h2", null, "Value, decoded from Avro"),
      make("pre", { tabindex: "0", class: "json" }, JSON.stringify(record.decoded, null, 2)),
    ];
  if (record.value_bytes === undefined)
    return make("p", null, "It has no value: a record without one deletes its key from a compacted topic.");
  return [
    make("h2", null, "Value"),
    make("p", { class: "notice" }, `It cannot be decoded: ${record.undecoded}`),
    make("p", { class: "small" }, "Its first bytes, in base64url:"),
    make("pre", { tabindex: "0", class: "json" }, record.base64url),
  ];
}

const HEADERS = [
  { name: "Header", row: true, of: (header) => make("code", null, header.name) },
  { name: "Value", class: "hash", of: (header) => header.value ?? null },
];

function neighbours({ topic, partition, offset }) {
  const to = (n, text) => make("a", { href: `/records/${encodeURIComponent(topic)}/${partition}/${n}` }, text);
  return make(
    "nav",
    { class: "pager", "aria-label": "Records" },
    offset > 0 ? to(offset - 1, "The offset before") : null,
    to(offset + 1, "The next offset"),
  );
}

export async function showRecord(main, [topic, partition, offset], waiting) {
  const record = await ask(`records/${[topic, partition, offset].map(encodeURIComponent).join("/")}`, {}, waiting);
  main.replaceChildren(
    make(
      "article",
      { class: "entry record" },
      make("h1", null, `Record ${record.offset} of ${record.topic}`),
      make("p", { class: "lead" }, "As it lies in Kafka, read just now."),
      make(
        "dl",
        { class: "facts" },
        row("Topic", record.topic),
        row("Partition", String(record.partition)),
        row("Offset", String(record.offset)),
        row("Timestamp", record.timestamp && instant(record.timestamp)),
        row("Key", record.key === undefined ? "none" : make("code", null, record.key)),
        row("Bytes of the value", record.value_bytes?.toLocaleString("en")),
      ),
      make("h2", null, "Headers"),
      record.headers.length
        ? make("div", { class: "wide" }, table("In their order", HEADERS, record.headers, { class: "list" }))
        : make("p", { class: "nothing" }, "It has none."),
      ...[valueOf(record)].flat(),
      neighbours(record),
    ),
  );
  return `Record ${record.offset} of ${record.topic}`;
}
