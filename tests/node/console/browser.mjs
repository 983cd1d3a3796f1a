// A real Chromium, and all that a page may not do in it.
//
// In: the server's address, a directory for pictures. Out: pages. Always: what leaves for another origin, breaks the policy,
// throws or opens a dialog is written down and fails the walk in the end. Not here: what people do.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { chromium } from "playwright-core";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const quiet = ["--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-quic"];
const awake = ["--disable-background-timer-throttling", "--disable-renderer-backgrounding", "--disable-backgrounding-occluded-windows"];
const args = ["--no-sandbox", "--no-first-run", "--disable-gpu", ...quiet, ...awake];

export class Browser {
  wrong = [];
  requests = 0;
  audits = 0;
  #chromium;
  #address;
  #pictures;

  static async start(address, pictures) {
    const browser = new Browser();
    browser.#address = address;
    browser.#pictures = pictures;
    browser.#chromium = await chromium.launch({ executablePath: "/usr/bin/chromium", args });
    return browser;
  }

  stop() {
    return this.#chromium.close();
  }

  /** A page of somebody else's: with cookies of its own; its clock is elsewhere than the server's zone. */
  async page() {
    const viewport = { width: 1360, height: 850 };
    const context = await this.#chromium.newContext({ viewport, locale: "de-DE", timezoneId: "America/New_York" });
    const page = await context.newPage();
    page.setDefaultTimeout(30_000);
    const note = (what) => this.wrong.push(what);
    page.on("request", (request) => {
      this.requests += 1;
      if (new URL(request.url()).origin !== this.#address) note(`left for ${request.url()}`);
    });
    page.on("dialog", (dialog) => note(`a dialog: ${dialog.message()}`) && dialog.dismiss());
    page.on("pageerror", (error) => note(`threw ${error.stack}`));
    // A request that is refused or finds no server is told to the console by the browser itself.
    page.on("console", (message) => {
      if (message.type() === "error" && !message.text().startsWith("Failed to load resource")) note(`said ${message.text()}`);
    });
    await page.exposeFunction("broken", (what) => note(`broke the policy: ${what}`));
    await page.addInitScript(() => {
      document.addEventListener("securitypolicyviolation", (event) => window.broken(`${event.violatedDirective} ${event.blockedURI} ${event.sample}`));
    });
    await page.goto(`${this.#address}/`);
    return page;
  }

  async picture(page, name) {
    await page.screenshot({ path: join(this.#pictures, `${name}.png`), fullPage: true });
  }

  async print(page, name) {
    await page.pdf({ path: join(this.#pictures, `${name}.pdf`), format: "A4" });
  }

  /** axe-core finds nothing serious. */
  async accessible(page, what) {
    await page.evaluate(axe);
    const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ["violations"] }));
    const serious = violations.filter(({ impact }) => ["serious", "critical"].includes(impact));
    const told = serious.map(({ id, nodes }) => `${id}: ${nodes.map((node) => `${node.html} ${node.failureSummary}`).join("; ")}`);
    assert.deepEqual(told, [], `axe on ${what}`);
    this.audits += 1;
  }
}
