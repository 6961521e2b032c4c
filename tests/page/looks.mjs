// What it looks like, loosely: the mean colours of large blocks, and where the large parts stand. Fonts may differ.
// With CHAPAR_TEST_WRITE_MANUAL the looks are written down anew, and the picture of the README with them.
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { DESK, open, tab, TELEPHONE } from "./browser.mjs";

const LOOKS = new URL("looks.json", import.meta.url);
const PICTURE = new URL("../../docs/dashboard.png", import.meta.url);
const write = Boolean(process.env.CHAPAR_TEST_WRITE_MANUAL);
const known = JSON.parse(readFileSync(LOOKS, "utf8"));
const GRID = [8, 6];
const TOLERANCE = 30; // of 255, for one block and colour
const MEAN_TOLERANCE = 6; // of all

const LOOKED_AT = {
  overview: ["/", { ...DESK }],
  "overview-dark": ["/", { ...DESK, colorScheme: "dark" }],
  "overview-telephone": ["/", TELEPHONE],
  timeline: ["/timeline", { ...DESK }],
  entry: ["/commitments/central-asia-illegal-wildlife-trade-2025", { ...DESK }],
};

// The mean colours of the blocks of a picture, row by row, each as one number for red, green and blue.
async function blocks(page, picture) {
  return page.evaluate(
    async ([base64, [columns, rows]]) => {
      const bytes = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
      const image = await createImageBitmap(new Blob([bytes], { type: "image/png" }));
      const canvas = new OffscreenCanvas(image.width, image.height).getContext("2d", { willReadFrequently: true });
      canvas.drawImage(image, 0, 0);
      const means = [];
      for (let i = 0; i < columns * rows; i++) {
        const [width, height] = [Math.floor(image.width / columns), Math.floor(image.height / rows)];
        const { data } = canvas.getImageData((i % columns) * width, Math.floor(i / columns) * height, width, height);
        const sum = [0, 0, 0];
        data.forEach((value, at) => {
          if (at % 4 < 3) sum[at % 4] += value;
        });
        means.push(...sum.map((s) => Math.round(s / (width * height))));
      }
      return means;
    },
    [picture.toString("base64"), GRID],
  );
}

for (const [name, [path, options]] of Object.entries(LOOKED_AT)) {
  test(`${name} looks as it did`, () =>
    tab({ ...options, reducedMotion: "reduce" }, async (page) => {
      await open(page, path);
      await page.getByText("Up to date: everything was read.").waitFor();
      await page.evaluate(() => document.fonts.ready);
      const picture = await page.screenshot({ scale: "css" });
      const seen = await blocks(page, picture);
      if (write) {
        known[name] = seen;
        writeFileSync(LOOKS, `${JSON.stringify(known).replaceAll("],", "],\n")}\n`);
        if (name === "overview") writeFileSync(PICTURE, picture);
      }
      const far = seen.map((value, i) => Math.abs(value - known[name][i]));
      assert.ok(Math.max(...far) <= TOLERANCE, `${name}: ${far}`);
      assert.ok(far.reduce((a, b) => a + b) / far.length <= MEAN_TOLERANCE, `${name}: ${far}`);
    }));
}

test("the parts stand where they belong", async () => {
  const boxes = async (page) =>
    Object.fromEntries(
      await Promise.all(
        ["header", ".current", ".left", ".right", ".below", "footer"].map(async (part) => [
          part,
          await page.locator(part).first().boundingBox(),
        ]),
      ),
    );
  await tab(DESK, async (page) => {
    await open(page, "/");
    const b = await boxes(page);
    assert.ok(b.header.y < b[".current"].y && b[".current"].y < b[".left"].y);
    assert.ok(b[".left"].x + b[".left"].width < b[".right"].x && b[".left"].y === b[".right"].y, "two columns");
    assert.ok(b[".left"].width > 2 * b[".right"].width);
    assert.ok(b[".below"].y >= b[".left"].y + b[".left"].height && b.footer.y > b[".below"].y);
  });
  await tab(TELEPHONE, async (page) => {
    await open(page, "/");
    const b = await boxes(page);
    assert.ok(b[".right"].y >= b[".left"].y + b[".left"].height, "one column");
  });
});

test("the picture of the README is small enough", () => {
  assert.ok(readFileSync(PICTURE).length < 300000);
});
