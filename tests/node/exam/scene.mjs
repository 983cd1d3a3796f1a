// An organisation with its site, and a batch with its candidates: all that stands before the day of the exam.
//
// In: the kind of organisation, and the site where it stands already (with a recorder that films it). Out: facts, told
// by whom they are for. Always: theory by computer, practical test and comprehensive appraisal. Not here: the day.
import assert from "node:assert/strict";
import { derived, mint } from "./client.mjs";

const SECOND_MS = 1000;
const DAY_MS = 86_400 * SECOND_MS;
const CHINA_MS = 8 * 3600 * SECOND_MS;

/** The day in China, so many days after today. */
export const day = (days = 0) => new Date(Date.now() + CHINA_MS + days * DAY_MS).toISOString().slice(0, 10);
/** How long this day in China still lasts. */
export const restOfDayMs = () => DAY_MS - ((Date.now() + CHINA_MS) % DAY_MS);
export const digest = (byte) => Buffer.alloc(32, byte);
export const interval = (startMs, endMs) => ({ start_us: `${startMs}000`, end_us: `${endMs}000` });
export const signature = { name: "李站长", post: "考试负责人" };

/** Of the organisation, as it is on file: numbers of certificates begin with it. */
export const CODE = "S000037040001";
const VALID = { first: day(-400), last: day(400) };
export const OCCUPATION = { code: "6-18-01-01", name: "车工" };
// Technicians: theory, practical test and comprehensive appraisal.
const LEVELS = ["LEVEL_LEVEL2"];
const AUTHORITY = "枣庄市市中区人社局";

/** A number of a resident identity card: 17 digits and the check character that belongs to them (GB 11643). */
function residentId(digits) {
  const weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
  const sum = weights.reduce((sum, weight, place) => sum + weight * Number(digits[place]), 0);
  return digits + "10X98765432"[sum % 11];
}

/** Who sits. Names and numbers are told once, and nobody should read them again without a purpose. */
export const candidates = [
  ["欧阳踏雪无痕", "欧**", residentId("11010519491231002")],
  ["𠮷田丰", "𠮷**", residentId("44030819990110151")],
  ["Müller Ångström", "M**", residentId("61010219800517001")],
].map(([name, masked, number], place) => {
  const ticket = `2026-${place}`;
  return { id: derived("cand", "registration-site", ticket), name, masked, number, ticket, seat: `0${place + 1}` };
});

/** Who serves, by what they will do; of those who may invigilate lots choose four, and one is left. */
const staff = (count) => Array.from({ length: count }, () => mint("stf"));
const [head, supervisor, external, guard, chief, office] = staff(6);
export const crew = { head, supervisor, external, guard, chief, office, invigilators: staff(5), examiners: staff(3), reviewers: staff(3) };
export const everybody = Object.values(crew).flat();

/** Organisation, site and rooms with their cameras, as the administrator declares them: nothing films them. */
export async function declare({ sessions }, kind, { name }) {
  const named = { name, kind: `ORGANIZATION_KIND_${kind.toUpperCase()}` };
  const { organization_id } = (await sessions.CreateOrganization(named)).organization;
  const { site_id } = (await sessions.CreateSite({ organization_id, name: "第一考点", region: "370402" })).site;
  const room = async (name, kind) => {
    const { room_id } = (await sessions.CreateRoom({ site_id, name, kind })).room;
    const seen = { room_id, name: "前方", required: true, sound_required: true };
    const { viewpoint_id } = (await sessions.CreateViewpoint(seen)).viewpoint;
    const { camera_id } = (await sessions.CreateCamera({ viewpoint_id, name })).camera;
    return { room_id, cameras: [{ camera_id }] };
  };
  const theory = await room("0301", "ROOM_KIND_THEORY");
  const practical = await room("车间", "ROOM_KIND_PRACTICAL");
  return { organization_id, site_id, theory, practical };
}

/** What is on file about the organisation and its staff. */
export async function describeOrganization(tell, { organization_id }) {
  const told = (kind, fact) => tell("REGISTRAR", organization_id, kind, fact);
  await told("body_filed", { authority: AUTHORITY, number: CODE, valid: VALID });
  await told("scope_filed", { occupation: OCCUPATION, levels: LEVELS, valid: VALID, approval: "批 7" });
  const [year, month] = day().split("-").map(Number);
  const announcement = { approved_on: `${year - 1}-12-10`, published_on: `${year - 1}-12-20`, channel: "网站", document_sha256: digest(1) };
  await told("announcement_published", { year, ...announcement, items: [{ occupation: OCCUPATION.code, levels: LEVELS, months: [month] }] });
  for (const [place, staff_id] of everybody.entries()) {
    const card = { kind: "证卡", number: `R${place}`, valid_to: VALID.last };
    await told("staff_registered", { staff_id, name: `工作人员${place}`, qualifications: [card] });
  }
}

/** What the site has. */
export async function describeSite(tell, { kind, site_id, exemption_id, theory, practical, rooms }) {
  const told = (kind, fact) => tell("SITE_HEAD", site_id, kind, fact);
  await told("site_approved", { authority: AUTHORITY, number: "点 3", valid: VALID });
  const facilities = ["OFFICE", "STANDBY_ROOM", "WAITING_ROOM", "SECURE_ROOM", "MEDICAL_ROOM", "PAPER_RETURN_ROOM", "BELONGINGS_STORE", "CORDON"];
  for (const facility of facilities) {
    await told("facility_declared", { facility: `FACILITY_${facility}`, location: "一楼", present: true });
  }
  for (const { room_id } of rooms) {
    for (const device of ["DEVICE_KIND_ID_READER", "DEVICE_KIND_JAMMER"]) {
      // A social organisation has them for the site, a college for each room.
      const place = kind === "social_org" ? {} : { room_id };
      await told("device_declared", { device, ...place, serial: `${device}-${room_id}`, works: true });
    }
  }
  const seats = candidates.map((candidate) => candidate.seat);
  await told("room_fitted", { room_id: theory.room_id, seats, single_desk: true, single_row: true, spacing_cm: 90, computers: 3 });
  if (kind === "enterprise") {
    await told("exemption_granted", {
      exemption_id,
      reason: "EXEMPTION_REASON_SECRECY",
      explanation: "车间为涉密区域",
      room_ids: [practical.room_id],
      valid: { first: day(-10), last: day(10) },
      measures: "定时拍照",
      traces: ["TRACE_KIND_PHOTOS"],
      approver: signature,
    });
  }
  await told("coverage_plan_signed", { room_ids: rooms.map((room) => room.room_id), signature });
}

export const applies = (candidate) => ({
  candidate_id: candidate.id,
  name: candidate.name,
  id_type: "ID_DOCUMENT_TYPE_RESIDENT_ID_CARD",
  id_number: candidate.number,
  ticket: candidate.ticket,
  employer: "某单位",
  photo_sha256: digest(3),
  photo_bytes: 18_000,
  level: LEVELS[0],
});

/** The plan of an exam today (in China): all dates lie before what any of the guidelines asks. */
export async function planBatch(tell, { organization_id, batch_id, terms }) {
  const told = (kind, fact) => tell("REGISTRAR", batch_id, kind, fact);
  const subjects = [
    { subject: "SUBJECT_THEORY", weight_permille: 300, minutes: 1, by_computer: true },
    { subject: "SUBJECT_PRACTICAL", weight_permille: 500, minutes: 1, by_computer: false },
    { subject: "SUBJECT_COMPREHENSIVE_APPRAISAL", weight_permille: 200, minutes: 1, by_computer: false },
  ];
  await told("batch_planned", {
    organization_id,
    name: `${day().replaceAll("-", "")}${terms.name}第1期${terms.ending}`,
    platform_plan: "P-1",
    responsible: "张负责",
    occupation: OCCUPATION,
    levels: LEVELS,
    assessment: "ASSESSMENT_RESULT",
    subjects,
    held: { first: day(), last: day() },
    headcount: candidates.length,
  });
  if (terms.registers) {
    await told("registration_held", { opened_on: day(-26), closed_on: day(-20) });
    await told("review_finished", { finished_on: day(-18) });
  }
  for (const slot of terms.documents) {
    const filed = { document_sha256: digest(2), dated: day(-45), stamped: true, signature };
    await told("document_filed", { slot: `DOCUMENT_SLOT_${slot}`, title: `资料 ${slot}`, ...filed });
  }
  await told("plan_filed", { filed_on: day(-40) });
  await tell("AUTHORITY", batch_id, "plan_confirmed", { authority: AUTHORITY, reference: "确 1", confirmed_on: day(-35) });
  for (const candidate of candidates) {
    await told("candidate_enrolled", applies(candidate));
    await tell("AUTHORITY", batch_id, "employment_verified", { candidate_id: candidate.id, authority: AUTHORITY, true_as_said: true });
    await told("candidate_reviewed", { candidate_id: candidate.id, outcome: "REVIEW_OUTCOME_APPROVED" });
  }
}

/** From here on the candidates' data are confirmed, and nothing stands against the batch. */
export async function freezeBatch(tell, { REGISTRAR }, { batch_id }) {
  await tell("REGISTRAR", batch_id, "tickets_ready", { ready_on: day(-15) });
  await tell("REGISTRAR", batch_id, "roster_frozen", {});
  const batch = await REGISTRAR.process.GetBatchState({ batch_id });
  assert.deepEqual([batch.candidates_approved, batch.roster_version, batch.documents_missing, batch.findings], [3, 1, [], []]);
  assert.equal(batch.roster_sha256.length, 32);
}
