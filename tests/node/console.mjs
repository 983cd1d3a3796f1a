// People do their work on the page of the console, in a real Chromium.
//
//   node console.mjs http://127.0.0.1:7800 ADMIN_TOKEN ROOM PICTURES
//
// ROOM is the id of a room that is filmed; a session must have been told before (exam.mjs). Pictures of the screens go to
// the directory PICTURES. Between the lines `the wall stands`, `a room is red`, `it is green again` and `all is grey` the
// caller cuts that room's camera off, restores it, and kills the server; then it starts the server again. The last line is
// `all is well: ` and what was counted. Anything else that goes wrong ends the walk.
import assert from "node:assert/strict";
import { Browser } from "./console/browser.mjs";
import * as people from "./console/people.mjs";
import * as scenery from "./console/scenery.mjs";
import * as trace from "./console/trace.mjs";
import * as wall from "./console/wall.mjs";

const [address, token, room, pictures] = process.argv.slice(2);
const say = (line) => console.log(line);

async function walk(browser) {
  const crew = await people.hire(address, token);
  const hostile = await scenery.meansHarm(address, token);
  const page = await browser.page();
  await people.signsIn(page, crew.auditor, browser);
  await wall.stands(page, room, browser);
  await wall.isText(page, hostile);
  say("the wall stands");
  await wall.turns(page, room, "LOST");
  say("a room is red");
  await browser.picture(page, "wall-lost-zh");
  await wall.turns(page, room, "NORMAL");
  say("it is green again");
  await wall.isGrey(page);
  say("all is grey");
  await browser.picture(page, "wall-grey-zh");
  await browser.accessible(page, "a grey wall");
  await wall.comesBack(page, room);
  await trace.follows(page, browser);
  await trace.watches(page, browser);
  await people.goesOn(page, browser);
  await people.signsOut(page);
  await people.seesLess(await browser.page(), crew.examiner);
}

const browser = await Browser.start(address, pictures);
try {
  await walk(browser);
  await browser.stop();
  assert.deepEqual(browser.wrong, [], "the page did what it must not");
  say(`all is well: ${browser.requests} requests, all to the page's own server; ${browser.audits} screens without a serious finding of axe`);
  process.exit(0);
} catch (error) {
  console.error(`${error.stack}\n${JSON.stringify(browser.wrong, undefined, 1)}`);
  process.exit(1);
}
