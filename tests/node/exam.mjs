// A client that shares no code with us walks a session from its plan to sealed papers, and its batch on to certificates and
// the closed volume: theory by computer, practical test, comprehensive appraisal.
//
//   node exam.mjs http://127.0.0.1:7800 ADMIN_TOKEN social_org|enterprise|technical_college [SITE]
//
// SITE is JSON: where a site stands already and a recorder films it, its `organization_id`, `site_id`, `theory` and
// `practical` (each `room_id` and `cameras`, of which each has `camera_id` and `stream_id`; `tracks`, how many of them must
// be recorded, 2 where it is not said). `losing` is the turn in which a camera will be lost, and `lost` how many tracks it
// has; `turn_ms` how long a turn lasts; `until`, where it is `sealed`, ends the walk there. Without SITE nothing is filmed.
// Nothing may be found on the way but what was not recorded, and that results go up before their notice has lasted. How far
// it is goes to standard error. The last line is JSON: how far the session is, how many facts were told, when each turn
// was, the batch, and the number of a certificate.
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { connect, mint } from "./exam/client.mjs";
import * as today from "./exam/day.mjs";
import * as film from "./exam/film.mjs";
import { kinds } from "./exam/kinds.mjs";
import { hire } from "./exam/people.mjs";
import { follows } from "./exam/results.mjs";
import * as scenery from "./exam/scene.mjs";

const { candidates, interval } = scenery;
const [address, token, kind, site] = process.argv.slice(2);
const terms = kinds[kind] ?? assert.fail(`${kind} is no kind of organisation: ${Object.keys(kinds).join(", ")}`);
/** How long the walk may take at most before the day in China is over: the test of a camera holds for its day. */
const WALK_MS = 240_000;
/** Where it is filmed, a recording is played back before the first turn, and a camera can be lost within one. */
const [LEAD_MS, TURN_MS] = site ? [20_000, JSON.parse(site).turn_ms ?? 8_000] : [2_000, 2_000];
/** How far it is, for whoever looks on. */
const say = (text) => console.error(text);

let facts = 0;
/** Tells a fact as somebody; something found ends the walk, but for the one rule that is broken on purpose. */
const teller = (crew) => async (role, case_id, kind, fact, { breach, breaks } = {}) => {
  const recorded = await crew[role].process.RecordFact({ case_id, fact: { [kind]: fact }, breach });
  const found = recorded.findings.filter(({ rule }) => rule !== breaks).map(({ rule, about, chinese }) => `${rule} ${about} ${chinese}`);
  assert.deepEqual(found, [], `${kind} was taken, and something was found`);
  if (!recorded.repeated) facts += 1;
  return recorded;
};

/** Many facts on one stream: the bad one harms the good one not, and telling the good one again changes nothing. */
async function push({ REGISTRAR }, { batch_id }) {
  const source = (id) => ({ system: "provincial-platform", id });
  const good = { event: "OUTSIDE_EVENT_KIND_PLATFORM_PLAN", reference: "P-1" };
  const { number } = candidates[0];
  const wrong = number.slice(0, 17) + (number.endsWith("1") ? "2" : "1");
  const bad = { ...scenery.applies(candidates[0]), candidate_id: mint("cand"), id_number: wrong };
  const requests = [
    { fact: { case_id: batch_id, fact: { outside_event_told: good }, source: source("7/1") } },
    { fact: { case_id: batch_id, fact: { candidate_enrolled: bad }, source: source("7/2") } },
  ];
  const [taken, refused, ...none] = await REGISTRAR.process.PushFacts(requests);
  assert.deepEqual([taken.place, taken.problem, taken.recorded.repeated, none], ["0", null, false, []]);
  facts += 1;
  const { code, chinese, violations } = refused.problem;
  assert.deepEqual([refused.place, refused.recorded, code], ["1", null, "INVALID_ARGUMENT"]);
  assert.deepEqual(violations.map((violation) => violation.path), ["fact.candidate_enrolled.id_number"]);
  assert(chinese.startsWith("请求字段 fact.candidate_enrolled.id_number 有误"), chinese);
  assert(!JSON.stringify(refused).includes(wrong), "a number is told back");
  const [again] = await REGISTRAR.process.PushFacts(requests.slice(0, 1));
  assert.deepEqual([again.recorded.repeated, again.recorded.number], [true, taken.recorded.number]);
}

/** A room whose recording nobody has played back does not open (an enterprise is warned), and whoever reads Chinese learns why. */
async function refusesUntestedRoom({ SITE_HEAD }, { session_id, theory, terms }) {
  const ready = { case_id: session_id, fact: { room_ready: { room_id: theory.room_id } } };
  const tried = await SITE_HEAD.process.TryFact(ready);
  const found = tried.findings.find(({ rule, about }) => rule === "C5.test" && about === theory.room_id);
  assert.deepEqual([tried.taken, found?.severity], [terms.untested === "SEVERITY_WARN", terms.untested], JSON.stringify(tried));
  if (tried.taken) return;
  const refused = await SITE_HEAD.process.RecordFact(ready).then(() => assert.fail("it was taken"), (refused) => refused);
  assert.deepEqual([refused.code, refused.reason, refused.locale], ["FAILED_PRECONDITION", "failed_precondition", "zh-CN"]);
  assert(refused.chinese.includes("〔C5.test，") && refused.chinese.includes("未通过录像回放自检"), refused.chinese);
  assert(refused.english.includes("[C5.test, "), refused.english);
  assert(refused.violations.some((violation) => violation.field === `C5.test:${theory.room_id}`), JSON.stringify(refused.violations));
}

/** Every change from the first on, and once more from the middle. */
async function watch({ AUDITOR }, { session_id }) {
  const sealed = ({ event }) => {
    const { type, subject } = JSON.parse(event);
    return type === "liuhen.fact.session_sealed" && subject === session_id;
  };
  const all = await AUDITOR.process.WatchEvents({ from: 0 }, sealed);
  const events = all.map((it) => JSON.parse(it.event));
  const last = events.at(-1);
  assert.deepEqual([last.specversion, last.id, last.subject], ["1.0", all.at(-1).entry, session_id]);
  assert(Math.abs(Date.parse(last.time) - Date.now()) < 60_000, last.time);
  const middle = Math.floor(all.length / 2);
  const rest = await AUDITOR.process.WatchEvents({ from: Number(all[middle].entry) + 1 }, sealed);
  assert.deepEqual(rest, all.slice(middle + 1));
  return events;
}

/** Nothing that was said names a person or tells a number. */
function masked(said) {
  for (const { name, number } of candidates) assert(![name, number].some((secret) => said.includes(secret)), `${name} is told`);
}

/** All that stands before the session: people, organisation, site, batch. */
async function sets() {
  const administrator = connect(address, token);
  const places = site ? JSON.parse(site) : await scenery.declare(administrator, kind, terms);
  const scene = { ...places, kind, terms, exemption_id: mint("exm"), rooms: [places.theory, places.practical] };
  const { organization_id } = scene;
  // An exempt room is not expected to be filmed.
  scene.filmed = scene.rooms.filter((room) => kind !== "enterprise" || room === scene.theory);
  const exam = ["REGISTRAR", "RESPONSIBLE_HEAD", "SITE_HEAD", "INVIGILATOR", "SUPERVISOR_INTERNAL"];
  const here = [...exam, "EXAMINER", "SCORE_CLERK", "SECOND_SCORE_CLERK", "ARCHIVIST"].map((role) => [role, organization_id]);
  const scopes = { ...Object.fromEntries(here), AUTHORITY: "region/370402", AUDITOR: "everything" };
  const crew = await hire(address, administrator, scopes);
  const tell = teller(crew);
  await scenery.describeOrganization(tell, scene);
  await scenery.describeSite(tell, scene);

  scene.batch_id = (await crew.REGISTRAR.process.CreateBatch({ organization_id })).batch_id;
  await scenery.planBatch(tell, scene);
  await push(crew, scene);
  await scenery.freezeBatch(tell, crew, scene);
  say(`roster frozen 名单已确认  ${scene.batch_id}`);
  return { crew, tell, scene };
}

/** Declared for later, and planned for now: what must be recorded follows from the plan (H2). */
async function plans({ crew, tell, scene }) {
  const later = interval(Date.now() + 7_200_000, Date.now() + 10_800_000);
  // What is declared is what must be filmed; a room under exemption comes with the plan.
  const declared = { site_id: scene.site_id, name: "上午", exam: later, room_ids: scene.filmed.map((room) => room.room_id) };
  scene.session_id = (await crew.SITE_HEAD.sessions.CreateSession(declared)).session.session_id;
  const { session_id } = scene;
  scene.state = () => crew.SITE_HEAD.process.GetSessionState({ session_id });
  scene.times = today.soon(LEAD_MS, TURN_MS);
  await today.planSession(tell, scene);
  await today.findsHoles(scene, scene.filmed);
  if (terms.lots) facts += await today.drawLots(crew, scene);
  else await today.appoints(tell, scene);
  assert.equal((await scene.state()).phase, "planned");
  say(`session planned, seats and posts assigned 场次已编排  ${session_id}`);
}

/** What a line that broke makes a program do: the same again, with the same key. */
async function repeats({ SITE_HEAD }, { session_id }) {
  const reference = { outside_event_seen: { event: "OUTSIDE_EVENT_KIND_ANSWERS_UPLOADED", reference: "A-1" } };
  const once = { case_id: session_id, fact: reference, idempotency_key: mint("key") };
  const first = await SITE_HEAD.process.RecordFact(once);
  facts += 1;
  const again = await SITE_HEAD.process.RecordFact(once);
  assert.deepEqual([first.repeated, again.repeated], [false, true]);
  assert.deepEqual({ ...again, repeated: false }, first);
  reference.outside_event_seen.reference = "A-2";
  await assert.rejects(SITE_HEAD.process.RecordFact(once), { code: "ALREADY_EXISTS" });
}

/** What there is to read when the papers are sealed: all that was told, and nothing else. */
async function reads({ crew, scene }) {
  const { organization_id, site_id, batch_id, session_id } = scene;
  const state = await scene.state();
  assert.deepEqual([state.phase, state.seats.length], ["sealed", today.ALL_TURNS.length * candidates.length]);
  const holes = today.system(state.incidents).length;
  const found = scene.terms.clause ? holes : 0;
  assert.deepEqual(state.findings.map(({ rule, waived }) => [rule, waived]), Array(found).fill(["H2", true]));
  assert(state.seats.every((seat) => seat.left && seat.stays.length === 1 && seat.identity === "verified"));
  const shown = Object.fromEntries(state.seats.map(({ seat, name_masked }) => [seat.candidate_id, name_masked]));
  assert.deepEqual(shown, Object.fromEntries(candidates.map(({ id, masked }) => [id, masked])));
  const taken = [];
  for (const case_id of [organization_id, site_id, batch_id, session_id]) taken.push(...(await crew.AUDITOR.process.ListFacts({ case_id })).facts);
  assert.equal(taken.length, facts + holes);
  assert.deepEqual(taken.flatMap((fact) => fact.findings.map((finding) => finding.rule)), Array(found).fill("H2"));
  const events = await watch(crew, scene);
  assert.equal(events.filter((event) => event.type.startsWith("liuhen.fact.")).length, facts + holes);
  masked(JSON.stringify([state, taken, events]));
  return state;
}

async function walk() {
  if (scenery.restOfDayMs() < WALK_MS) await sleep(scenery.restOfDayMs());
  const stage = await sets();
  const { crew, tell, scene } = stage;
  await plans(stage);
  await refusesUntestedRoom(crew, scene);
  await today.prepare(tell, crew, scene);
  assert.equal((await scene.state()).phase, "ready");
  const listed = await crew.SITE_HEAD.process.GetReadiness({ session_id: scene.session_id });
  assert(listed.rooms.length === 2 && listed.rooms.every((room) => room.ready && room.may_begin && room.findings.length === 0));
  say("rooms ready 考场就绪");
  for (const turn of today.ALL_TURNS) {
    await today.hold(tell, scene, turn);
    say(`turn ${turn} held 第 ${turn} 场结束`);
  }
  await repeats(crew, scene);
  assert.equal((await scene.state()).phase, "ended");
  await today.explains(tell, scene);
  await today.seal(tell, crew, scene);
  say("papers sealed 试卷封存");
  const state = await reads(stage);
  if (site) await film.covers(crew, scene, state);
  const late = { case_id: scene.session_id, fact: { entered: today.enters(scene, candidates[0], 1) } };
  await assert.rejects(crew.INVIGILATOR.process.RecordFact(late), { code: "FAILED_PRECONDITION" });
  const settled = site && JSON.parse(site).until === "sealed" ? {} : await follows(crew, tell, scene);
  if (settled.certificate) say(`certificates issued, batch closed 证书已发放，批次已结卷  ${settled.certificate}`);
  const turns = scene.times.map(({ from, until }) => ({ start_us: from * 1000, end_us: until * 1000 }));
  const { session_id, batch_id } = scene;
  return { phase: state.phase, session_id, batch_id, turns, holes: today.system(state.incidents).length, ...settled };
}

try {
  console.log(JSON.stringify({ ...(await walk()), facts }));
  process.exit(0);
} catch (error) {
  console.error(`after ${facts} facts: ${error.stack}`);
  process.exit(1);
}
