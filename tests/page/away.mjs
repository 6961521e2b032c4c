// Kafka goes away while the page is open, and the server after it.
import { test } from "node:test";
import { address, happen, open, tab } from "./browser.mjs";

test("what is shown stays, and that it may be stale is said", () =>
  tab(
    {},
    async (page) => {
      await open(page, "/");
      await page.getByText("Up to date: everything was read.").waitFor();
      await happen("kill-kafka");
      await page.getByText("Kafka does not answer. What is shown may be stale.").waitFor({ timeout: 60000 });
      await page.locator(".nearest, .due").first().waitFor();
      await page.goto(address("/commitments"));
      await page.locator("tbody th.what a").first().waitFor();
      await happen("start-kafka");
      await page.getByText("Up to date: everything was read.").waitFor({ timeout: 90000 });
      await happen("stop-serving");
      await page.getByText("The server does not answer.").waitFor({ timeout: 30000 });
      await page.locator("tbody th.what a").first().waitFor();
    },
    [/ERR_CONNECTION_REFUSED/, /ERR_INCOMPLETE_CHUNKED_ENCODING/, /Failed to load resource/],
  ));
