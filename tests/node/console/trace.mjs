// From a ticket to the chain of a candidate, and from a moment of a room back to it.
import assert from "node:assert/strict";

/** What exam.mjs has told: a session up to its sealed papers, and no certificate yet. */
const TICKET = "2026-0";

export async function follows(page, browser) {
  await page.keyboard.press("g");
  await page.keyboard.press("c");
  await page.waitForSelector("[name=certificate]");
  await browser.accessible(page, "an empty trace");
  await page.keyboard.press("/");
  await page.keyboard.type("S000037040001264000001");
  await page.keyboard.press("Enter");
  await page.waitForSelector("text=没有找到");

  await page.selectOption("[name=from]", "ticket");
  await page.fill("[name=ticket]", TICKET);
  await page.keyboard.press("Enter");
  await page.waitForSelector("[data-link]");
  await chain(page);
  await browser.accessible(page, "a chain");
  await browser.picture(page, "trace-zh");
  await browser.print(page, "trace-zh");
  await keys(page);
  await page.click("[data-testid=language]");
  await page.waitForSelector("text=Links in detail");
  await browser.accessible(page, "a chain in English");
  await browser.picture(page, "trace-en");
  await page.click("[data-testid=language]");
}

/** Links that are there and links that are to come, with whose they are; nobody is named. */
async function chain(page) {
  const links = await page.locator("[data-link]").evaluateAll((all) => all.map((it) => [it.dataset.standing, it.textContent.replace(/\s+/g, " ")]));
  const of = (standing) => links.filter(([is]) => is === standing).map(([, words]) => words);
  assert(of("done").length > 10 && of("open").length > 5 && of("missing").length === 0, JSON.stringify(links));
  assert(of("open").some((words) => words.includes("应由") && words.includes("考务")), JSON.stringify(of("open")));
  // Not by colour alone: the sign and the line differ as well.
  const line = (standing) => page.locator(`li.${standing}`).first().evaluate((li) => getComputedStyle(li, "::before").borderInlineStartStyle);
  assert.deepEqual([await line("done"), await line("open")], ["solid", "dashed"]);
  const said = await page.textContent("main");
  assert(said.includes("欧**") && !said.includes("欧阳踏雪无痕"), "names are masked");
  assert.equal(await page.locator("table").first().locator("tbody tr th").count(), links.length, "the table has every link");
  assert.match(page.url(), /#\/trace\?from=ticket&ticket=2026-0$/);
}

async function keys(page) {
  await page.evaluate(() => document.activeElement.blur());
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowDown");
  const at = await page.evaluate(() => [...document.querySelectorAll("[data-link]")].indexOf(document.activeElement));
  assert.equal(at, 1);
  await page.keyboard.press("Enter");
}

/** The footage of the first turn plays from where it was asked for; what the clock says is what is shown. */
export async function watches(page, browser) {
  const stay = page.locator("article", { has: page.locator("[name=footage-purpose]") }).first();
  const purpose = stay.locator("[name=footage-purpose]");
  await purpose.fill("复查投诉");
  await purpose.press("Enter");
  const player = page.locator(".player").first();
  await player.locator("figure[data-state=shown]").first().waitFor();
  const video = player.locator("video").first();
  const seen = async () => ({
    clock: Number(await player.locator("[data-testid=footage-time]").getAttribute("data-at")),
    ...(await video.evaluate((it) => ({ at: it.currentTime, frames: it.getVideoPlaybackQuality().totalVideoFrames }))),
  });
  const before = await seen();
  await player.locator("[data-testid=play]").click();
  await page.waitForFunction((from) => Number(document.querySelector("[data-testid=footage-time]").dataset.at) > from + 3_000_000, before.clock);
  await player.locator("[data-testid=play]").click();
  await player.locator("figure[data-state=shown]").first().waitFor();
  const after = await seen();
  const [clock, picture] = [(after.clock - before.clock) / 1e6, after.at - before.at];
  assert(Math.abs(clock - picture) < 0.3, `the clock went on by ${clock} s, and the picture by ${picture} s`);
  assert(after.frames - before.frames > 10, `only ${after.frames - before.frames} pictures were shown`);
  await browser.accessible(page, "footage");
  await browser.picture(page, "footage-zh");
}
