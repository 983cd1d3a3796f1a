// People: let in, led by what they may, and gone.
import assert from "node:assert/strict";
import { connect } from "../exam/client.mjs";

const PASSWORD = "correct horse battery";

/** Accounts as the operator makes them: the auditor's password must still be changed. */
export async function hire(address, token) {
  const operator = connect(address, token);
  const person = async (account, name, role) => {
    const made = await operator.people.CreatePerson({ account, name, grants: [{ role, scope: "everything" }] });
    return { account, name, password: made.password };
  };
  const auditor = await person("console-auditor", "蒋二", "ROLE_AUDITOR");
  const examiner = await person("console-examiner", "<img src=x onerror=alert(1)>", "ROLE_EXAMINER");
  const { login } = await connect(address).people.LogIn(examiner);
  await connect(address, login.access_token).people.ChangePassword({ old_password: examiner.password, new_password: PASSWORD });
  return { auditor, examiner: { ...examiner, password: PASSWORD } };
}

async function fills(page, { account, password }) {
  await page.fill("[name=account]", account);
  await page.fill("[name=password]", password);
  await page.keyboard.press("Enter");
}

/** A wrong password tells nothing; the right one leads to a new password, and then in. */
export async function signsIn(page, person, browser) {
  await page.waitForSelector("[name=account]");
  assert.equal(await page.getAttribute("html", "lang"), "zh-CN");
  await browser.accessible(page, "signing in");
  await browser.picture(page, "sign-in-zh");
  await fills(page, { ...person, password: "wrong" });
  await page.waitForSelector("[role=alert]");
  assert.match(await page.textContent("[role=alert]"), /\p{Script=Han}/u);
  await fills(page, person);
  const fields = page.locator("form input");
  await page.waitForSelector("[autocomplete=new-password]");
  await browser.accessible(page, "changing the password");
  await browser.picture(page, "password-zh");
  await fields.nth(0).fill(person.password);
  await fields.nth(1).fill(PASSWORD);
  await fields.nth(2).fill(PASSWORD);
  await page.keyboard.press("Enter");
  await page.waitForSelector("nav");
  assert.match(await page.textContent("header"), /蒋二（审计）/);
  // No script holds a token, nor anything else that lets in.
  const kept = await page.evaluate(() => [document.cookie, JSON.stringify({ ...localStorage }), JSON.stringify({ ...sessionStorage })]);
  assert.deepEqual(kept, ["", "{}", "{}"]);
}

/** The page is loaded anew and opened a second time: the login goes on in both. */
export async function goesOn(page, browser) {
  await page.reload();
  await page.waitForSelector("[data-link]");
  const second = await page.context().newPage();
  await second.goto(page.url());
  await second.waitForSelector("[data-link]");
  // The access token is over, as after the sleep of a laptop: the next call renews it.
  await page.context().clearCookies({ name: "liuhen-access" });
  await second.fill("[name=ticket]", "2026-1");
  await second.press("[name=ticket]", "Enter");
  await second.waitForSelector("text=2026-1");
  await second.waitForSelector("[data-link]");
  assert.equal(await second.locator("[role=alert]").count(), 0);
  await page.bringToFront();
  await page.click("text=/今日考场|Today/");
  await page.waitForSelector("[data-tile]");
  await second.close();
  await browser.accessible(page, "the wall after a reload");
}

export async function signsOut(page) {
  await page.click("[data-testid=sign-out]");
  await page.waitForSelector("[name=account]");
  assert.deepEqual(await page.context().cookies(), []);
  await page.reload();
  await page.waitForSelector("[name=account]");
}

/** Who may not know what is recorded sees neither the wall nor the way to it; a name is text. */
export async function seesLess(page, person) {
  await fills(page, person);
  await page.waitForSelector("nav");
  assert.deepEqual(await page.locator("nav a").allTextContents(), ["追溯"]);
  assert.match(await page.textContent("header"), /<img src=x onerror=alert\(1\)>（考评员）/);
  await page.evaluate(() => (location.hash = "#/wall"));
  await page.waitForSelector("[name=from]");
  assert.equal(await page.locator("[data-tile], [data-testid=sums]").count(), 0);
  await page.keyboard.press("g");
  await page.keyboard.press("w");
  assert.equal(await page.locator("[data-tile]").count(), 0);
}
