// The day of the exam: turns of a few seconds, so that each rule of time is kept by the real clock.
//
// In: a scene with its plan. Out: facts of the day; what was filmed is played back where somebody films. Always: nothing
// is found but what was not recorded.
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { mint } from "./client.mjs";
import { candidates, crew, digest, everybody, interval, signature } from "./scene.mjs";

/** The first turn is by computer; people are heard where there is a table, and work where the machines stand. */
const TURNS = [
  ["SUBJECT_THEORY", "theory"],
  ["SUBJECT_PRACTICAL", "practical"],
  ["SUBJECT_COMPREHENSIVE_APPRAISAL", "theory"],
];
export const ALL_TURNS = TURNS.map((_, place) => place + 1);
/** All is as it should be, with a photo. */
const yes = (item) => ({ item, answer: "ANSWER_YES", evidence_sha256: [digest(9)] });

/** Answers to all that a form needs in a phase, of a room or of the site, as the server describes it. */
async function answers({ AUDITOR }, { organization_id }, template, phase, ofRoom) {
  const { forms } = await AUDITOR.process.DescribePack({ organization_id });
  const { items } = forms.find((form) => form.template === template);
  const asked = items.filter((it) => it.needed && it.phases.includes(phase) && (ofRoom === undefined || it.of_room === ofRoom));
  const values = {
    ITEM_VALUE_UNSPECIFIED: () => ({}),
    ITEM_VALUE_GRADE: ({ most }) => ({ grade: most }),
    ITEM_VALUE_COUNT: () => ({ count: 0 }),
    ITEM_VALUE_TEXT: () => ({ text: "无" }),
  };
  return asked.map((it) => ({ ...yes(it.item), ...values[it.value](it) }));
}

/** Turns of so many milliseconds, the first of which begins so many from now, one after the other. */
export function soon(lead, length) {
  const start = Date.now() + lead;
  return TURNS.map((_, place) => ({ from: start + place * length, until: start + (place + 1) * length }));
}

const roomOf = (scene, turn) => scene[TURNS[turn - 1][1]].room_id;

/** Turns, rooms, seats and posts. */
export async function planSession(tell, scene) {
  const told = (kind, fact) => tell("SITE_HEAD", scene.session_id, kind, fact);
  const turn = ({ from, until }, place) => ({ number: place + 1, subject: TURNS[place][0], interval: interval(from, until) });
  const turns = scene.times.map(turn);
  const rooms = scene.rooms.map(({ room_id }) => ({ room_id, location: "1 号楼 3 层 0301" }));
  await told("session_planned", { batch_id: scene.batch_id, turns, rooms });
  const seat = (turn) => ({ id, seat }) => ({ candidate_id: id, turn, room_id: roomOf(scene, turn), seat });
  await told("seats_assigned", { seats: ALL_TURNS.flatMap((turn) => candidates.map(seat(turn))) });
  const duties = {
    SITE_HEAD: crew.head,
    SUPERVISOR_INTERNAL: crew.supervisor,
    SUPERVISOR_EXTERNAL: crew.external,
    GUARD: crew.guard,
    CHIEF_INVIGILATOR: crew.chief,
    EXAM_STAFF: crew.office,
  };
  for (const [duty, staff_id] of Object.entries(duties)) await told("duty_assigned", { staff_id, duty: `DUTY_${duty}` });
  const panel = (room_id, examiner_ids) => ({ room_id, examiner_ids, lead_id: examiner_ids[0] });
  const panels = [panel(scene.practical.room_id, crew.examiners), panel(scene.theory.room_id, crew.reviewers)];
  await told("examiners_dispatched", { dispatch: "派 9", at_random: true, panels });
}

/** Two invigilators for each room, chosen by the enterprise: its guideline knows no lots. */
export async function appoints(tell, { session_id, rooms }) {
  const chosen = crew.invigilators.slice(0, 2 * rooms.length);
  for (const [place, staff_id] of chosen.entries()) {
    const { room_id } = rooms[Math.floor(place / 2)];
    await tell("SITE_HEAD", session_id, "duty_assigned", { staff_id, duty: "DUTY_INVIGILATOR", room_id });
  }
}

/** Two invigilators for each room by lot, announced before and drawn with a word of a witness. Two facts. */
export async function drawLots({ SITE_HEAD }, { session_id, rooms }) {
  const places = rooms.map(({ room_id }) => ({ room_id, places: 2 }));
  const announced = await SITE_HEAD.process.AnnounceLots({ session_id, rooms: places, staff_ids: crew.invigilators });
  assert.equal(announced.commitment_sha256.length, 32);
  const witnesses = [{ staff_id: crew.supervisor, word: "风调雨顺" }];
  const drawn = await SITE_HEAD.process.DrawLots({ session_id, witnesses });
  assert.deepEqual([...announced.recorded.findings, ...drawn.recorded.findings], []);
  const chosen = [...drawn.places.map((place) => place.staff_id), ...drawn.reserve_ids];
  assert.deepEqual(chosen.sort(), [...crew.invigilators].sort());
  assert.equal(drawn.places.length, 4);
  return 2;
}

/** How many tracks of a room must be recorded: picture and sound of one camera where nobody says otherwise. */
export const tracksOf = ({ tracks }) => tracks ?? 2;

/** What of the session was told by the server itself. */
export const system = (incidents) => incidents.filter(({ source }) => source === "INCIDENT_SOURCE_SYSTEM");

/**
 * The server itself tells where it holds neither picture nor sound: a hole for each track that must be recorded, for
 * nobody films the room, or not since 45 minutes before the start. They accuse nobody, and stand as findings (H2) where the
 * guideline asks for a recording of the whole.
 */
export async function findsHoles({ state, session_id, terms }, filmed) {
  const wanted = filmed.flatMap((room) => Array(tracksOf(room)).fill(room.room_id));
  const found = await until(state, ({ incidents }) => incidents.length >= wanted.length, `${session_id}: holes`);
  const { incidents, findings } = found;
  const kinds = incidents.map(({ about, source, standing }) => [about, source, standing]);
  const hole = ["INCIDENT_KIND_TECHNICAL", "INCIDENT_SOURCE_SYSTEM", "suspected"];
  assert.deepEqual(kinds, wanted.map(() => hole));
  assert.deepEqual(incidents.map((it) => it.room_id).sort(), wanted.sort());
  const demanded = terms.clause ? incidents : [];
  const broken = findings.map(({ rule, clause, waived }) => [rule, clause, waived]);
  assert.deepEqual(broken, demanded.map(() => ["H2", terms.clause, false]));
  assert.deepEqual(findings.map((it) => it.about).sort(), demanded.map((it) => it.incident_id).sort());
}

/** Asks until an answer is as wanted. */
export async function until(ask, wanted, what, patience = 60_000) {
  const end = Date.now() + patience;
  for (;;) {
    const answer = await ask();
    if (wanted(answer)) return answer;
    assert(Date.now() < end, `${what} did not come: ${JSON.stringify(answer)}`);
    await sleep(200);
  }
}

/** The head answers for what was not recorded. */
export async function explains(tell, { state, session_id }) {
  const standing = (await state()).findings.filter(({ waived }) => !waived);
  for (const { rule, about } of standing) {
    const waived = { rule, about, reason: "本场为联调演练，开考前未录像", signature: { name: "张负责", post: "机构负责人" } };
    await tell("RESPONSIBLE_HEAD", session_id, "finding_waived", waived);
  }
}

/** What is played back of a room's camera: what it filmed just now, or what we say where nobody films. */
async function plays({ SITE_HEAD }, { session_id, stream_id }) {
  if (!stream_id) return interval(Date.now() - 20_000, Date.now() - 10_000);
  const wanted = () => ({ stream_id, interval: interval(Date.now() - 7_000, Date.now() - 4_000), purpose: `录像回放自检 ${session_id}` });
  const whole = ([first]) => first && first.info.missing.length === 0;
  const read = () => SITE_HEAD.review.ReadClip(wanted(), () => false).catch((refused) => (refused.code === "NOT_FOUND" ? [] : assert.fail(refused)));
  const [{ info }, ...parts] = await until(read, whole, `a clip of ${stream_id}`);
  const film = Buffer.concat(parts.map((part) => part.data));
  assert.equal(film.subarray(4, 8).toString(), "ftyp");
  assert.equal(String(film.length), info.size_bytes);
  return info.interval;
}

/** Played back, checked, signed, and everybody is there. */
export async function prepare(tell, people, scene) {
  const told = (kind, fact) => tell("INVIGILATOR", scene.session_id, kind, fact);
  for (const { room_id, cameras } of scene.rooms) {
    for (const { camera_id, stream_id } of cameras) {
      const played = await plays(people, { session_id: scene.session_id, stream_id });
      await told("camera_tested", { room_id, camera_id, works: true, played: { camera_id, interval: played } });
    }
    const items = await answers(people, scene, "checklist@1", "PHASE_PRE_START", true);
    await told("checklist_answered", { phase: "PHASE_PRE_START", room_id, answers: items, template: "checklist@1" });
  }
  const items = await answers(people, scene, "checklist@1", "PHASE_DAY_BEFORE", false);
  await told("checklist_answered", { phase: "PHASE_DAY_BEFORE", answers: items });
  await sign(tell, people, scene, "PHASE_DAY_BEFORE");
  await sign(tell, people, scene, "PHASE_PRE_START");
  for (const staff_id of everybody) await told("staff_arrived", { staff_id, badge_worn: true });
  for (const { room_id } of scene.rooms) await tell("SITE_HEAD", scene.session_id, "room_ready", { room_id });
}

/** A supervision form of a phase, filled in and signed. */
export async function sign(tell, people, scene, phase) {
  const { session_id } = scene;
  const form_id = mint("form");
  const template = "supervision-internal@1";
  const filled = { form_id, template, phase, supervisor_id: crew.supervisor, answers: await answers(people, scene, template, phase) };
  await tell("SUPERVISOR_INTERNAL", session_id, "form_filled", filled);
  await tell("SUPERVISOR_INTERNAL", session_id, "form_signed", { form_id, signature });
}

export const checksIn = ({ id }, turn) => ({
  candidate_id: id,
  turn,
  method: "IDENTITY_METHOD_FACE",
  result: "IDENTITY_RESULT_MATCH",
  photo_sha256: digest(4),
});

export const enters = (scene, { id }, turn) => ({ candidate_id: id, turn, room_id: roomOf(scene, turn) });

/** A candidate is heard by those who appraise. */
const hears = ({ times }, { id }, turn) => ({
  candidate_id: id,
  turn,
  method: "APPRAISAL_METHOD_ORAL_DEFENCE",
  examiner_ids: crew.reviewers,
  interval: interval(times[turn - 1].from, times[turn - 1].until),
  questions: ["简述刀具磨损的判断方法"],
  evidence_sha256: [digest(10)],
});

/** Candidates come, sit, hand in and go; the turn begins when its time has come. */
export async function hold(tell, scene, turn) {
  const told = (kind, fact) => tell("INVIGILATOR", scene.session_id, kind, fact);
  const { from, until } = scene.times[turn - 1];
  for (const candidate of candidates) {
    await told("candidate_checked_in", checksIn(candidate, turn));
    await told("entered", enters(scene, candidate, turn));
  }
  await sleep(Math.max(0, from + 100 - Date.now()));
  await tell("SITE_HEAD", scene.session_id, "turn_started", { turn });
  assert.equal((await scene.state()).phase, "running");
  if (turn === 2) await handle(told, scene.practical, "ISSUED", "SEAL_STATE_NONE");
  if (turn === scene.losing) await seesHole(scene, turn);
  await sleep(Math.max(0, until - Date.now()));
  const appraises = TURNS[turn - 1][0] === "SUBJECT_COMPREHENSIVE_APPRAISAL";
  for (const candidate of candidates) {
    if (appraises) await told("defence_held", hears(scene, candidate, turn));
    await told("handed_in", { candidate_id: candidate.id, turn });
  }
  await tell("SITE_HEAD", scene.session_id, "turn_ended", { turn });
}

/** While a turn runs, a camera of its room is lost: a technical incident in that room, and nobody told of it. */
async function seesHole(scene, turn) {
  const before = scene.filmed.reduce((sum, room) => sum + tracksOf(room), 0);
  const lost = ({ incidents }) => system(incidents).length > before;
  const { incidents } = await until(scene.state, lost, "the loss of a camera");
  assert.equal(system(incidents).at(-1).room_id, roomOf(scene, turn));
}

/** What was made in the practical test changes hands. */
const handle = (told, { room_id }, step, seal) => {
  const material = { material: "MATERIAL_KIND_WORKPIECES", package: "袋 1", step: `MATERIAL_STEP_${step}`, count: candidates.length };
  return told("material_handled", { ...material, room_id, seal, signed_by_ids: [crew.chief, crew.office] });
};

/** Workpieces are collected and sealed, the supervisor evaluates, and the papers are sealed. */
export async function seal(tell, people, scene) {
  const told = (kind, fact) => tell("INVIGILATOR", scene.session_id, kind, fact);
  await handle(told, scene.practical, "COLLECTED", "SEAL_STATE_NONE");
  await handle(told, scene.practical, "SEALED", "SEAL_STATE_WHOLE");
  await sign(tell, people, scene, "PHASE_AFTER");
  if (scene.kind === "enterprise") {
    const trace = { exemption_id: scene.exemption_id, room_id: scene.practical.room_id, trace: "TRACE_KIND_PHOTOS" };
    await told("trace_kept", { ...trace, evidence_sha256: [digest(8)] });
  }
  await tell("SITE_HEAD", scene.session_id, "session_sealed", { signature });
}
