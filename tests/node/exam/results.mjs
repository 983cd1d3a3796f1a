// What comes after sealed papers: scores by two logins, release, public notice, upload, certificates, the closed volume.
//
// In: a scene whose session is sealed. Out: facts of the batch, told by whom they are for; the number of a certificate.
// Always: nothing is found but one thing. A notice lasts five working days, and these results go up on the day of the exam:
// what the rule refuses is told as a breach by the responsible head, and stands as a finding. Not here: a notice that
// lasts (`api/tests/api/process/results.rs` lets the days pass).
import assert from "node:assert/strict";
import { system } from "./day.mjs";
import { CODE, candidates, crew, day, digest, OCCUPATION, signature } from "./scene.mjs";

/** What everybody scores in every subject: the whole is the same by whichever weights. */
const CENTI = 7_500;
const NOTICE = "GS-1";
const all = candidates.map(({ id }) => id);
const signed = { name: "张负责", post: "机构负责人" };
const [clerk, verifier] = [crew.office, crew.chief];
const THEORY = "SUBJECT_THEORY";
/** By whom the other subjects are judged. */
const PANELS = { SUBJECT_PRACTICAL: crew.examiners, SUBJECT_COMPREHENSIVE_APPRAISAL: crew.reviewers };

/** That a rule refuses something, with its clause, in both languages. */
async function refuses(people, role, { case_id, ...fact }, rule) {
  const told = people[role].process.RecordFact({ case_id, fact });
  const refused = await told.then(() => assert.fail(`${Object.keys(fact)} was taken`), (refused) => refused);
  assert.equal(refused.code, "FAILED_PRECONDITION", refused.message);
  assert(refused.english.includes(`[${rule}, `) && refused.chinese.includes(`〔${rule}，`), refused.message);
}

/** A computer marks the theory, and a person confirms what it came to. */
async function theory(tell, { batch_id }) {
  const marks = (kind, fact) => tell("EXAMINER", batch_id, kind, { subject: THEORY, ...fact });
  await marks("marking_prepared", { system: "CBT", encrypted: true, protected: true });
  await marks("marking_logged", { marker_id: clerk, worked_on: day(), work: "复核机考成绩", backup_sha256: digest(7) });
  for (const candidate_id of all) {
    const total = { candidate_id, subject: THEORY, score_centi: CENTI, reference: "CBT-1" };
    await tell("SCORE_CLERK", batch_id, "machine_total_told", total);
  }
  await marks("machine_totals_confirmed", { marker_id: clerk, candidate_ids: all });
}

/** Three examiners sign for each candidate; one clerk enters, and another one checks under another login. */
async function panel(people, tell, { batch_id, session_id }, [subject, examiners]) {
  for (const candidate_id of all) {
    for (const examiner_id of examiners) {
      const sheet = { candidate_id, subject, session_id, examiner_id, score_centi: CENTI, document_sha256: digest(5), signature };
      await tell("EXAMINER", batch_id, "score_sheet_signed", sheet);
    }
    await tell("SCORE_CLERK", batch_id, "score_entered", { candidate_id, subject, score_centi: CENTI, clerk_id: clerk });
  }
  const verified = (verifier_id) => ({ subject, verifier_id, candidate_ids: all });
  await refuses(people, "SECOND_SCORE_CLERK", { case_id: batch_id, scores_verified: verified(clerk) }, "I8.two");
  await refuses(people, "SCORE_CLERK", { case_id: batch_id, scores_verified: verified(verifier) }, "I8.login");
  await tell("SECOND_SCORE_CLERK", batch_id, "scores_verified", verified(verifier));
}

/** Released, posted, and uploaded before the notice has lasted: refused, and recorded as what was done all the same. */
async function uploads(people, tell, { batch_id, terms }) {
  const results = all.map((candidate_id) => ({ candidate_id, total_centi: CENTI, passed: true }));
  await tell("REGISTRAR", batch_id, "scores_released", { results, signature });
  const posted = { notice: NOTICE, posted_on: day(), channel: terms.notice, place: "公示栏", document_sha256: digest(6), candidate_ids: all };
  await tell("REGISTRAR", batch_id, "notice_posted", posted);
  const results_uploaded = { notice: NOTICE, uploaded_on: day(), reference: "P-1", candidate_ids: all };
  await refuses(people, "REGISTRAR", { case_id: batch_id, results_uploaded }, "J1.early");
  const breach = { reason: "联调演练，公示期未满即上传", site_head: signed.name };
  const more = { breach, breaks: "J1.early" };
  const { findings } = await tell("RESPONSIBLE_HEAD", batch_id, "results_uploaded", results_uploaded, more);
  assert.equal(findings.length, 1);
  return findings[0];
}

/** The platform's numbers, the authority's word, and a certificate for each; the data are reported. */
async function certifies(people, tell, { batch_id }) {
  const number = (place) => `${CODE}${day().slice(2, 4)}2${String(place).padStart(6, "0")}`;
  const issued = (place) => ({
    candidate_id: all[place],
    number: number(place),
    occupation: OCCUPATION.name,
    job_type: "——",
    level_text: "二级/技师",
    issued_on: day(),
  });
  for (const [place, candidate_id] of all.entries()) {
    await tell("REGISTRAR", batch_id, "certificate_numbered", { candidate_id, number: number(place), reference: "FM" });
  }
  await refuses(people, "REGISTRAR", { case_id: batch_id, certificate_issued: issued(0) }, "J3.confirmed");
  const confirmed = { authority: "枣庄市人社局", reference: "QR-9", confirmed_on: day(), candidate_ids: all };
  await tell("AUTHORITY", batch_id, "certificates_confirmed", confirmed);
  for (const place of all.keys()) await tell("REGISTRAR", batch_id, "certificate_issued", issued(place));
  await tell("REGISTRAR", batch_id, "data_reported", { reported_on: day(), reference: "SJ-1", candidate_ids: all });
  return number(0);
}

/** What was not recorded is explained, the volume is complete, and the batch is closed. */
async function closes(people, tell, { batch_id, session_id, state }) {
  await refuses(people, "RESPONSIBLE_HEAD", { case_id: batch_id, batch_closed: { signature: signed } }, "K2.complete");
  await tell("REGISTRAR", session_id, "session_received", { reference: "JG-1", received_on: day() });
  for (let category = 1; category <= 13; category += 1) {
    const file = { record: `R-${category}`, category, title: "材料", dated: day(), medium: "MEDIUM_ELECTRONIC", version: 1, pages: 3 };
    await tell("ARCHIVIST", batch_id, "record_filed", { ...file, document_sha256: digest(category) });
  }
  for (const { incident_id } of system((await state()).incidents)) {
    const explained = { session_id, incident_id, explanation: "开考前未录像，或机位断线", evidence_sha256: [digest(9)], signature: signed };
    await tell("RESPONSIBLE_HEAD", batch_id, "recording_explained", explained);
  }
  await tell("RESPONSIBLE_HEAD", batch_id, "batch_closed", { signature: signed });
}

/** From sealed papers to the closed batch; gives the first certificate's number and what was found on the way. */
export async function follows(people, tell, scene) {
  const { batch_id } = scene;
  await theory(tell, scene);
  for (const subject of Object.entries(PANELS)) await panel(people, tell, scene, subject);
  const found = await uploads(people, tell, scene);
  const certificate = await certifies(people, tell, scene);
  await closes(people, tell, scene);
  const { results, findings } = await people.REGISTRAR.process.GetBatchState({ batch_id });
  const { judged, passed, uploaded, issued, closed } = results;
  assert.deepEqual([judged, passed, uploaded, issued, closed], [...Array(4).fill(all.length), true]);
  assert.deepEqual(findings.map(({ rule, waived }) => [rule, waived]), [["J1.early", false]]);
  return { certificate, found: { rule: found.rule, clause: found.clause, english: found.english, chinese: found.chinese } };
}
