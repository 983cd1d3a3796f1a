// The day of the exam: two turns of a few seconds, so that each rule of time is kept by the real clock.
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { mint } from "./client.mjs";
import { candidates, crew, digest, everybody, interval, signature } from "./scene.mjs";

const TURN_MS = 2_000;
const YES = "ANSWER_YES";
const answers = (items) => items.map((item) => ({ item, answer: YES }));

/** Turns that begin soon, one after the other. */
export function soon() {
  const start = Date.now() + TURN_MS;
  return { start, turns: [start, start + TURN_MS].map((from) => ({ from, until: from + TURN_MS })), end: start + 2 * TURN_MS };
}

const roomOf = ({ theory, practical }, turn) => (turn === 1 ? theory : practical).room_id;

/** Turns, rooms, seats and posts. */
export async function planSession(tell, scene) {
  const told = (kind, fact) => tell("SITE_HEAD", scene.session_id, kind, fact);
  const subjects = ["SUBJECT_THEORY", "SUBJECT_PRACTICAL"];
  const turns = scene.times.turns.map(({ from, until }, place) => ({ number: place + 1, subject: subjects[place], interval: interval(from, until) }));
  const rooms = scene.rooms.map(({ room_id }) => ({ room_id, location: "1 号楼 3 层 0301" }));
  await told("session_planned", { batch_id: scene.batch_id, turns, rooms });
  const seat = (turn) => ({ id, seat }) => ({ candidate_id: id, turn, room_id: roomOf(scene, turn), seat });
  await told("seats_assigned", { seats: [1, 2].flatMap((turn) => candidates.map(seat(turn))) });
  const duties = {
    SITE_HEAD: crew.head,
    SUPERVISOR_INTERNAL: crew.supervisor,
    SUPERVISOR_EXTERNAL: crew.external,
    GUARD: crew.guard,
    CHIEF_INVIGILATOR: crew.chief,
    EXAM_STAFF: crew.office,
  };
  for (const [duty, staff_id] of Object.entries(duties)) await told("duty_assigned", { staff_id, duty: `DUTY_${duty}` });
  const panel = { room_id: scene.practical.room_id, examiner_ids: crew.examiners, lead_id: crew.examiners[0] };
  await told("examiners_dispatched", { dispatch: "派 9", at_random: true, panels: [panel] });
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

/**
 * No recorder is here, so the server itself tells of two rooms of which it holds neither picture nor sound: four holes,
 * which accuse nobody and stand as findings (H2). Four facts.
 */
export async function findsNoRecording({ state, rooms }) {
  const patience = Date.now() + 30_000;
  let found = await state();
  for (; found.findings.length < 4 && Date.now() < patience; found = await state()) await sleep(200);
  const { incidents, findings } = found;
  const kinds = incidents.map(({ about, source, standing }) => [about, source, standing]);
  assert.deepEqual(kinds, Array(4).fill(["INCIDENT_KIND_TECHNICAL", "INCIDENT_SOURCE_SYSTEM", "suspected"]));
  assert.deepEqual(incidents.map((it) => it.room_id).sort(), rooms.flatMap((room) => [room.room_id, room.room_id]).sort());
  assert.deepEqual(findings.map(({ rule, clause, waived }) => [rule, clause, waived]), Array(4).fill(["H2", "T七(二)1", false]));
  assert.deepEqual(findings.map((it) => it.about).sort(), incidents.map((it) => it.incident_id).sort());
  return findings.length;
}

/** The head of the college answers for what was not recorded. */
export async function explains(tell, { state, session_id }) {
  for (const { rule, about } of (await state()).findings) {
    const waived = { rule, about, reason: "本场为联调演练，未接入录像机", signature: { name: "张负责", post: "机构负责人" } };
    await tell("RESPONSIBLE_HEAD", session_id, "finding_waived", waived);
  }
}

/** Played back, checked, signed, and everybody is there. */
export async function prepare(tell, scene) {
  const told = (kind, fact) => tell("INVIGILATOR", scene.session_id, kind, fact);
  const played = interval(Date.now() - 20_000, Date.now() - 10_000);
  for (const { room_id, camera_id } of scene.rooms) {
    await told("camera_tested", { room_id, camera_id, works: true, played: { camera_id, interval: played } });
    const items = answers(["G2.machines", "C9.equipment", "C9.tools", "G4.place"]);
    await told("checklist_answered", { phase: "PHASE_PRE_START", room_id, answers: items });
  }
  const items = answers(["F1.notices", "F3.head_check", "F3.meeting", "F4.invigilators", "F5.examiners"]);
  await told("checklist_answered", { phase: "PHASE_DAY_BEFORE", answers: items });
  await sign(tell, scene, "PHASE_DAY_BEFORE");
  await sign(tell, scene, "PHASE_PRE_START");
  for (const staff_id of everybody) await told("staff_arrived", { staff_id, badge_worn: true });
  for (const { room_id } of scene.rooms) await tell("SITE_HEAD", scene.session_id, "room_ready", { room_id });
}

/** A supervision form of a phase, filled in and signed. */
export async function sign(tell, { session_id }, phase) {
  const form_id = mint("form");
  const filled = { form_id, template: "daily@1", phase, supervisor_id: crew.supervisor, answers: answers(["rooms", "papers"]) };
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

/** Candidates come, sit, hand in and go; the turn begins when its time has come. */
export async function hold(tell, scene, turn) {
  const told = (kind, fact) => tell("INVIGILATOR", scene.session_id, kind, fact);
  const { from, until } = scene.times.turns[turn - 1];
  for (const candidate of candidates) {
    await told("candidate_checked_in", checksIn(candidate, turn));
    await told("entered", enters(scene, candidate, turn));
  }
  await sleep(Math.max(0, from + 100 - Date.now()));
  await tell("SITE_HEAD", scene.session_id, "turn_started", { turn });
  assert.equal((await scene.state()).phase, "running");
  if (turn === 2) await handle(told, scene.practical, "ISSUED", "SEAL_STATE_NONE");
  await sleep(Math.max(0, until - Date.now()));
  for (const { id } of candidates) await told("handed_in", { candidate_id: id, turn });
  await tell("SITE_HEAD", scene.session_id, "turn_ended", { turn });
}

/** What was made in the practical test changes hands. */
const handle = (told, { room_id }, step, seal) => {
  const material = { material: "MATERIAL_KIND_WORKPIECES", package: "袋 1", step: `MATERIAL_STEP_${step}`, count: candidates.length };
  return told("material_handled", { ...material, room_id, seal, signed_by_ids: [crew.chief, crew.office] });
};

/** Workpieces are collected and sealed, the supervisor evaluates, and the papers are sealed. */
export async function seal(tell, scene) {
  const told = (kind, fact) => tell("INVIGILATOR", scene.session_id, kind, fact);
  await handle(told, scene.practical, "COLLECTED", "SEAL_STATE_NONE");
  await handle(told, scene.practical, "SEALED", "SEAL_STATE_WHOLE");
  await sign(tell, scene, "PHASE_AFTER");
  await tell("SITE_HEAD", scene.session_id, "session_sealed", { signature });
}
