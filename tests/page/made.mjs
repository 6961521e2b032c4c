// The page over a made-up register that changes: what events say is only ever text, and news come by themselves.
import assert from "node:assert/strict";
import { test } from "node:test";
import { happen, isTooWide, open, shown, tab, TELEPHONE, text, titles, violations } from "./browser.mjs";

test("a title that is a script is shown and not run", () =>
  tab({}, async (page) => {
    for (const view of ["/", "/due", "/timeline", "/commitments", "/alerts", "/commitments/hostile"]) {
      await open(page, view);
      assert.ok(
        (await page.locator("main").innerText()).includes("<script>alert(1)</script><img src=x onerror=alert(2)>"),
        view,
      );
      assert.equal(await page.locator("main script, main img").count(), 0, view);
    }
    assert.equal(await page.locator("a[href^='javascript:' i], a[href^='data:' i]").count(), 0);
    assert.ok(
      (await page.locator("main").innerText()).includes("javascript:alert(3)"),
      "an address that is none is text",
    );
    assert.equal(
      await page.getByRole("link", { name: "https://example.org/source" }).first().getAttribute("href"),
      "https://example.org/source",
    );
  }));

test("axes, progress, pace, slippage, and that it is contested", () =>
  tab({}, async (page) => {
    await open(page, "/commitments/road");
    assert.deepEqual(await text(page, ".axes > div"), [
      "Fulfilment In progress",
      "Timeliness Not yet due",
      "Clock Running",
      "Contested Contested",
    ]);
    assert.match((await text(page, ".progress"))[0], /^25 %, 40 % expected by now$/);
    assert.match((await text(page, "caption")).join("; "), /Slipped by 365 days in all; Who says what/);
    assert.match((await text(page, ".marks"))[0], /Contested Slipped 365 days/);
    assert.equal((await text(page, ".history > li")).length, 4);
    assert.deepEqual(await violations(page), []);
    await open(page, "/commitments?contested=true");
    assert.deepEqual(await titles(page), ["Build the road"]);
    assert.match((await text(page, "main tbody tr"))[0], /Contested/);
    await open(page, "/commitments/corridor");
    assert.match((await text(page, ".deadline"))[0], /from 1 January 2030 on, without an end/);
  }));

test("how late a promise was kept stands with it, and with who made it", () =>
  tab({}, async (page) => {
    await open(page, "/commitments/bank");
    assert.deepEqual((await text(page, ".axes > div")).slice(0, 2), [
      "Fulfilment Fulfilled",
      "Timeliness Late 12 days late",
    ]);
    assert.match((await text(page, ".facts"))[0], /Fulfilled 13 February 2026; 12 days late/);
    await open(page, "/commitments/well");
    assert.match((await text(page, ".facts"))[0], /Fulfilled 19 February 2026; 10 days before its last day/);
    await page.locator(".facts a", { hasText: "Kazakhstan" }).first().click();
    await page.waitForURL(/\/parties\/KAZ$/);
    await shown(page);
    const figures = await text(page, ".figures > div");
    assert.deepEqual(figures.slice(0, 3), ["Fulfilled 2 of 5 commitments", "In time 1", "Late 1 by 12 days"]);
    assert.match((await text(page, "section[aria-labelledby=instruments] tbody"))[0], /Ratified 21 February 2026/);
    await open(page, "/parties/UZB");
    assert.match((await text(page, "section[aria-labelledby=instruments] tbody"))[0], /Withdrawn 23 February 2026/);
    assert.match((await text(page, "section[aria-labelledby=summits] tbody"))[0], /Форум «Дороги» Host/);
    await open(page, "/parties/org:ifas");
    assert.match((await text(page, "section[aria-labelledby=instruments] tbody"))[0], /Joined 22 February 2026/);
    await open(page, "/commitments?timeliness=LATE");
    assert.match((await text(page, "main tbody"))[0], /Open the bank KAZ Fulfilled Late 12 days late/);
  }));

test("what each party did with an instrument is seen, and heard as a table", () =>
  tab({}, async (page) => {
    await open(page, "/participation?q=pact");
    await page.getByRole("columnheader", { name: /^KAZ Kazakhstan/ }).waitFor();
    await page.getByRole("rowheader", { name: /^Pact on roads/ }).waitFor();
    const cells = await page.getByRole("cell").evaluateAll((all) => all.map((cell) => cell.textContent));
    assert.deepEqual(cells, [
      "Ratified2026, 21 February 2026",
      "Withdrawn2026, 23 February 2026",
      "Joined2026, 22 February 2026",
    ]);
    assert.equal(await page.locator(".matrix svg:not([aria-hidden=true])").count(), 0);
    assert.deepEqual(await violations(page), []);
  }));

test("who adopted a text has not signed it, and bodies have names", () =>
  tab({}, async (page) => {
    await open(page, "/instruments/resolution");
    const rows = await text(page, "table:has-text('What each party did') tbody tr");
    assert.deepEqual(rows.sort(), ["Nur Sultan City (KAZ) Adopted 2 January 2026", "UNGA Adopted 2 January 2026"]);
    await open(page, "/parties/org:unga");
    assert.deepEqual(await text(page, "h1"), ["UNGA"]);
    assert.match((await text(page, "section[aria-labelledby=instruments] tbody"))[0], /Adopted 2 January 2026/);
    await open(page, "/participation?q=water");
    assert.match((await text(page, ".matrix tbody tr"))[0], /Signed or adopted/);
  }));

test("what is known as a month was kept within a month, and its clock stands", () =>
  tab({}, async (page) => {
    await open(page, "/commitments/leaflet");
    assert.match((await text(page, ".facts"))[0], /Fulfilled February 2026; 10 to 37 days before its last day/);
    assert.deepEqual(await text(page, ".axes dt"), ["Fulfilment", "Timeliness", "Contested"]);
  }));

test("what is uncertain or approximate is about so many days away", () =>
  tab({}, async (page) => {
    await open(page, "/commitments/perhaps");
    assert.deepEqual(await text(page, ".nearest .days"), ["about 39 days to its first day"]);
    assert.match((await text(page, ".when"))[0], /by about 30 June 2026$/);
    await open(page, "/commitments/roughly");
    assert.deepEqual(await text(page, ".nearest .days"), ["about 252 days to its last day"]);
  }));

test("a title of one endless word pushes nothing off the screen", () =>
  tab({}, async (page) => {
    const views = ["/", "/due", "/timeline", "/subjects", "/commitments", "/changes", "/parties", "/alerts"];
    for (const view of [...views, "/commitments/endless", "/instruments/pact"]) {
      await open(page, view);
      const wide = await page.evaluate(() =>
        [document.documentElement, ...document.querySelectorAll(".wide")]
          .map((part) => part.scrollWidth - part.clientWidth)
          .filter((over) => over > 0),
      );
      assert.deepEqual(wide, [], view);
    }
  }));

test("marks that turn text around are shown and turn nothing", () =>
  tab({}, async (page) => {
    await open(page, "/commitments/reversed");
    assert.deepEqual(await text(page, "h1"), ["Read [U+202E]backwards"]);
    assert.match(await page.title(), /^Read \[U\+202E\]backwards/);
    assert.match((await text(page, ".sources tbody"))[0], /^Law \[U\+2067\]of the sea/);
    await open(page, "/due");
    const link = page.locator("th.what > a", { hasText: "Read [U+202E]backwards" });
    assert.equal(await link.evaluate((a) => getComputedStyle(a).unicodeBidi), "isolate");
  }));

test("each fact leads to the record it stands in, which is only ever text", () =>
  tab({}, async (page) => {
    await open(page, "/commitments/hostile");
    await page.locator(".history > li a.place").last().click();
    await page.waitForURL(/\/records\/.*milestones\/\d\/\d+$/);
    await shown(page);
    const facts = (await text(page, ".facts"))[0];
    assert.match(
      facts,
      /^Topic .*milestones Partition \d Offset \d+ Timestamp 2 Jan 2026, 00:00 UTC Key pact Bytes of the value/,
    );
    const record = JSON.parse(await page.locator("pre.json").innerText());
    assert.match(await page.locator("main").innerText(), /Headers\s+It has none/);
    assert.equal(record.title, "<script>alert(1)</script><img src=x onerror=alert(2)>");
    assert.equal(await page.locator("main script, main img").count(), 0);
    assert.deepEqual(await violations(page), []);
    await open(page, "/instruments/pact");
    await page.getByText("This record stands at").locator("a").click();
    await page.waitForURL(/register\.instruments/);
    await shown(page);
    assert.match((await text(page, "main tbody"))[0], /ce_subject pact/);
  }));

test("dead letters tell why and lead to what could not be applied, which is only ever text", () =>
  tab({}, async (page) => {
    await open(page, "/dead-letters");
    assert.deepEqual(await text(page, "main caption"), ["2 dead letters"]);
    const rows = await text(page, "main tbody tr");
    assert.ok(
      rows.some((row) => /Malformed/.test(row) && /<img src=x onerror=alert\(4\)>/.test(row)),
      rows.join("; "),
    );
    assert.ok(
      rows.some((row) => /Invalid/.test(row)),
      rows.join("; "),
    );
    assert.equal(await page.locator("main script, main img").count(), 0);
    assert.deepEqual(await violations(page), []);
    await page.locator("tr", { hasText: "Malformed" }).locator("a.place").first().click();
    await page.waitForURL(/\/records\/.*milestones/);
    await shown(page);
    assert.match((await text(page, ".notice"))[0], /^It cannot be decoded/);
    await page.setViewportSize({ width: 360, height: 740 });
    await open(page, "/dead-letters");
    assert.equal(await isTooWide(page), false);
  }));

test("an alert and what it changes arrive without loading anew", () =>
  tab({}, async (page) => {
    await open(page, "/");
    await page.getByText("Up to date: everything was read.").waitFor();
    await page.evaluate(() => {
      globalThis.stillHere = true;
    });
    const before = await text(page, ".feed li");
    assert.ok(!before.join().includes("Build the tunnel"));
    await happen("tunnel");
    await page.locator(".feed a", { hasText: "Build the tunnel" }).first().waitFor();
    await page.locator("#said", { hasText: "New alert: Build the tunnel" }).waitFor();
    await page.locator(".due tbody a, .nearest a", { hasText: "Build the tunnel" }).first().waitFor();
    assert.equal(await page.evaluate(() => globalThis.stillHere), true);
  }));

test("older events that were asked for stay when something new comes", () =>
  tab({}, async (page) => {
    await open(page, "/commitments/saga");
    assert.equal(await page.locator(".history > li").count(), 50);
    const button = page.getByRole("button", { name: "Show older events" });
    await button.click();
    await page.locator(".history > li", { hasText: "undertaken in the beginning" }).waitFor();
    assert.equal(await page.locator(".history > li").count(), 61);
    assert.equal(await button.isVisible(), false);
    await happen("saga");
    await page.locator(".history > li", { hasText: "the latest chapter" }).waitFor();
    assert.equal(await page.locator(".history > li").count(), 62);
    assert.equal(await page.locator(".history > li", { hasText: "undertaken in the beginning" }).count(), 1);
  }));

test("a number of days stands beside its title and not on it, however long it is", () =>
  tab(TELEPHONE, async (page) => {
    await open(page, "/commitments/corridor");
    for (const days of ["today", "12,345"]) {
      await page.locator(".nearest .days b").evaluate((b, words) => (b.textContent = words), days);
      const apart = await page.evaluate(() => {
        const range = document.createRange();
        range.selectNodeContents(document.querySelector(".nearest .days b"));
        return (
          document.querySelector(".nearest .when").getBoundingClientRect().left - range.getBoundingClientRect().right
        );
      });
      assert.ok(apart > 0, `${days}: ${apart}`);
    }
  }));

test("live news can be held still, and what was missed comes when they go on", () =>
  tab({}, async (page) => {
    await open(page, "/commitments?q=canal");
    const hold = page.getByRole("button", { name: "Pause live news" });
    await hold.focus();
    await page.keyboard.press("Enter");
    await page.getByText("Paused: what is shown stays as it is.").waitFor();
    await happen("canal");
    assert.deepEqual(await titles(page), []);
    assert.deepEqual(await violations(page), []);
    assert.equal(await hold.getAttribute("aria-pressed"), "true");
    await page.keyboard.press("Enter");
    await page.locator("tbody th.what a", { hasText: "Dig the canal" }).waitFor();
  }));

// A stream that says again and again that all may have changed: what is shown is asked for anew each time.
async function changesAlways(page) {
  await page.route("**/api/v1/events?**", (route) =>
    route.fulfill({ contentType: "text/event-stream", body: "event: reset\ndata: {}\n\n" }),
  );
}

for (const [path, asked, mark] of [
  ["/", "**/api/v1/summary", ".due h1"],
  ["/parties/KAZ", "**/api/v1/parties/KAZ", "main h1"],
  ["/commitments/road", "**/api/v1/commitments/road", "main h1"],
  ["/dead-letters", "**/api/v1/dead-letters?**", "main caption"],
])
  test(`after a request that was lost ${path} goes on, and complains no more`, () =>
    tab(
      {},
      async (page) => {
        await changesAlways(page);
        await open(page, path);
        await page.route(asked, (route) => route.abort(), { times: 1 });
        await page.waitForEvent("requestfailed");
        await page.locator(mark).evaluate((element) => (element.textContent = "as it was"));
        await page.waitForFunction(() => !document.querySelector("main").textContent.includes("as it was"));
        assert.equal(await page.locator(".waiting").count(), 0);
      },
      [/ERR_FAILED/],
    ));

test("that what is shown could not be renewed is said until it was", () =>
  tab(
    {},
    async (page) => {
      await changesAlways(page);
      await open(page, "/commitments");
      let refusing = true;
      await page.route("**/api/v1/commitments?**", (route) =>
        refusing
          ? route.fulfill({
              status: 400,
              contentType: "application/problem+json",
              body: JSON.stringify({ status: 400, detail: "sort: there is no such order", parameter: "sort" }),
            })
          : route.continue(),
      );
      await page.getByText("could not be renewed: sort: there is no such order").waitFor();
      refusing = false;
      await page.getByText("could not be renewed").waitFor({ state: "hidden" });
    },
    [/400 \(Bad Request\)/],
  ));

test("who has missed too much reads the latest alerts anew as well", () =>
  tab({}, async (page) => {
    await page.route("**/api/v1/events?**", (route) =>
      route.fulfill({ contentType: "text/event-stream", body: "event: reset\ndata: {}\n\n" }),
    );
    let asked = 0;
    await page.route("**/api/v1/alerts?**", (route) => {
      asked++;
      return route.continue();
    });
    await open(page, "/");
    await page.waitForResponse((answer) => answer.url().includes("/api/v1/alerts") && asked > 1);
  }));

test("a list and an entry that are open follow what changes, and the focus stays", () =>
  tab({}, async (page) => {
    await open(page, "/commitments?q=bridge");
    const link = page.locator("tbody th.what a");
    await link.focus();
    await happen("bridge");
    await page.locator("tbody", { hasText: "Fulfilled" }).waitFor();
    assert.equal(await page.evaluate(() => document.activeElement.textContent), "Build the bridge");
    await open(page, "/commitments/bridge");
    await page.evaluate(() => {
      globalThis.stillHere = true;
    });
    await happen("reopened");
    await page.locator(".axes", { hasText: "Undertaken" }).waitFor();
    await page.locator(".history > li", { hasText: "Reopened" }).waitFor();
    assert.equal(await page.evaluate(() => globalThis.stillHere), true);
  }));

test("while the register is read for the first time, that is said, and the page goes on by itself", () =>
  tab(
    {},
    async (page) => {
      let refused = 0;
      await page.route("**/api/v1/summary", (route) =>
        refused++ < 2
          ? route.fulfill({
              status: 503,
              contentType: "application/problem+json",
              headers: { "Retry-After": "1" },
              body: JSON.stringify({
                type: "about:blank",
                title: "Service Unavailable",
                status: 503,
                detail: "the topics are still being read",
              }),
            })
          : route.continue(),
      );
      await page.goto(process.env.CHAPAR_PAGE_URL);
      await page.getByText("The register is being read from Kafka for the first time.").waitFor();
      await shown(page);
      await page.locator(".nearest").waitFor();
      assert.equal(await page.locator(".waiting").count(), 0);
    },
    [/503 \(Service Unavailable\)/],
  ));

test("a hidden page listens to nothing, and catches up when it is seen again", () =>
  tab({}, async (page) => {
    await open(page, "/commitments?q=railway");
    assert.deepEqual(await titles(page), []);
    const hide = (hidden) =>
      page.evaluate((is) => {
        Object.defineProperty(document, "hidden", { configurable: true, get: () => is });
        document.dispatchEvent(new Event("visibilitychange"));
      }, hidden);
    await hide(true);
    await happen("railway");
    assert.deepEqual(await titles(page), []);
    await hide(false);
    await page.locator("tbody th.what a", { hasText: "Build the railway" }).waitFor();
  }));
