// Today's wall: how rooms stand, by colour, sign and word; and never green when nobody speaks.
import assert from "node:assert/strict";

/** Longer than a camera needs to be lost or found again. */
const TURN_MS = 60_000;

const tile = (room) => `[data-tile][data-room="${room}"]`;
const standing = (room, word) => `${tile(room)}[data-standing="${word}"]`;

/** The room is green, sums add up, keys lead, and both languages and both layouts say the same. */
export async function stands(page, room, browser) {
  await page.waitForSelector(standing(room, "NORMAL"), { timeout: TURN_MS });
  const tiles = await page.locator("[data-tile]").count();
  assert.match(await page.textContent("[data-testid=sums]"), new RegExp(`共 ${tiles} 个考场`));
  assert.match(await page.textContent(tile(room)), /✔ 正常/);
  // The server's zone, not the browser's.
  const beijing = new Intl.DateTimeFormat("sv-SE", { timeZone: "Asia/Shanghai", dateStyle: "short", timeStyle: "short" }).format(new Date());
  assert.match(await page.textContent("[data-testid=clock]"), new RegExp(`北京时间 ${beijing.slice(0, 13)}`));
  await browser.accessible(page, "the wall");
  await browser.picture(page, "wall-zh");

  await page.keyboard.press("ArrowRight");
  const first = await page.evaluate(() => document.activeElement.dataset.room);
  await page.keyboard.press("ArrowRight");
  assert.notEqual(await page.evaluate(() => document.activeElement.dataset.room), first);
  await page.keyboard.press("Shift+?");
  await page.waitForSelector("dialog[open]");
  await browser.accessible(page, "help");
  await browser.picture(page, "keys-zh");
  await page.keyboard.press("Escape");
  await page.waitForSelector("dialog[open]", { state: "detached" });

  await page.keyboard.press("d");
  await page.waitForSelector("table tr[data-standing=NORMAL]");
  assert.match(page.url(), /#\/wall\?as=table$/);
  await page.click("[data-testid=language]");
  assert.equal(await page.getAttribute("html", "lang"), "en");
  await browser.accessible(page, "the wall as a table");
  await browser.picture(page, "wall-table-en");
  await page.keyboard.press("d");
  await page.waitForSelector(standing(room, "NORMAL"));
  assert.doesNotMatch(await page.textContent("[data-testid=sums]"), /\p{Script=Han}/u);
  await browser.picture(page, "wall-en");
  await page.click("[data-testid=language]");
}

/** Names are shown as they are, stay in their place, and turn nothing around them. */
export async function isText(page, { rooms, names }) {
  for (const [place, room] of rooms.entries()) {
    const shown = page.locator(`${standing(room, "LOST")} h3`);
    await shown.waitFor();
    assert.equal(await shown.textContent(), names[place]);
    const { inside, isolated } = await shown.evaluate((it) => {
      const [own, tile] = [it.getBoundingClientRect(), it.closest("[data-tile]").getBoundingClientRect()];
      return { inside: own.right <= tile.right && own.bottom <= tile.bottom, isolated: getComputedStyle(it).unicodeBidi };
    });
    assert.deepEqual([inside, isolated], [true, "isolate"], names[place]);
  }
  const wide = await page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth);
  assert(!wide, "the page has become wider than its window");
}

export const turns = (page, room, word) => page.waitForSelector(standing(room, word), { timeout: TURN_MS });

/** Not one tile is anything but unknown, and a banner says for how long. */
export async function isGrey(page) {
  await page.waitForSelector("[data-testid=stream-lost]", { timeout: TURN_MS });
  const words = await page.locator("[data-tile]").evaluateAll((tiles) => tiles.map((it) => it.dataset.standing));
  assert(words.length > 0 && words.every((word) => word === "UNKNOWN"), JSON.stringify(words));
  assert.match(await page.textContent("[data-testid=stream-lost]"), /状态流中断：已 \d+ 秒没有更新/);
}

/** Without anybody having done anything. */
export async function comesBack(page, room) {
  await page.waitForSelector(standing(room, "NORMAL"), { timeout: TURN_MS });
  assert.equal(await page.locator("[data-testid=stream-lost]").count(), 0);
}
