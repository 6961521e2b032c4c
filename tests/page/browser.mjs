// A real browser for the tests of the page, and what all of them need.
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { after, before } from "node:test";

const { CHAPAR_PAGE_MODULES: modules, CHAPAR_PAGE_URL: base, CHAPAR_PAGE_CONDUCTOR: conductor } = process.env;
const require = createRequire(`${modules}/`);
const { chromium } = require("playwright-core");
const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");

export const DESK = { viewport: { width: 1280, height: 900 } };
export const TELEPHONE = { viewport: { width: 360, height: 740 }, isMobile: true, hasTouch: true };

let browser = null;
before(async () => {
  browser = await chromium.launch({
    executablePath: process.env.CHAPAR_TEST_CHROMIUM ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-dev-shm-usage"],
  });
});
after(() => browser?.close());

// What only the conductor can do: it runs the processor, and Kafka.
export async function happen(what) {
  const answer = await fetch(`${conductor}/${what}`, { method: "POST" });
  assert.equal(answer.status, 200, `${what}: ${await answer.text()}`);
}

export const address = (path) => base + path;

// A tab of its own for `work`. Whatever the page tells the console is a fault, but for what `expected` allows.
export async function tab(options, work, expected = []) {
  const context = await browser.newContext({ ...DESK, ...options });
  const faults = [];
  try {
    const page = await context.newPage();
    page.setDefaultTimeout(20000);
    page.on("console", (message) => {
      if (["error", "warning"].includes(message.type())) faults.push(message.text());
    });
    page.on("pageerror", (error) => faults.push(String(error)));
    page.on("dialog", (dialog) => {
      faults.push(`dialog: ${dialog.message()}`);
      dialog.dismiss();
    });
    await work(page);
    assert.deepEqual(
      faults.filter((fault) => !expected.some((pattern) => pattern.test(fault))),
      [],
    );
  } finally {
    await context.close();
  }
}

// The page of that path, once it shows what it has.
export async function open(page, path) {
  await page.goto(address(path));
  await shown(page);
  return page;
}

export async function shown(page) {
  await page.waitForSelector("main:not([aria-busy]) h1");
}

export async function text(page, selector) {
  return (await page.locator(selector).allInnerTexts()).map((t) => t.replace(/\s+/g, " ").trim());
}

export async function titles(page) {
  return text(page, "main tbody th.what > a");
}

// Everything that axe-core knows to be wrong, in few words each.
export async function violations(page) {
  await page.evaluate(axe);
  const { violations: found } = await page.evaluate(() =>
    globalThis.axe.run(document, {
      resultTypes: ["violations"],
      runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    }),
  );
  return found.flatMap((v) => v.nodes.map((node) => `${v.id}: ${node.target.join(" ")}: ${node.failureSummary}`));
}

export async function isTooWide(page) {
  return page.evaluate(
    () =>
      document.documentElement.scrollWidth > document.documentElement.clientWidth ||
      document.documentElement.clientWidth > screen.width,
  );
}
