// A neighbouring system that shares no code with us: over TLS with a certificate of its own it tells facts, is refused what
// it has no permit for, renews its certificate, and is cut off when it is revoked.
//
//   node neighbour.mjs https://127.0.0.1:7801 DIRECTORY ORGANIZATION OTHER_ORGANIZATION
//
// DIRECTORY is what `liuhen neighbour enrol` has made. It says `told` when all is told and it watches; then it waits to be
// revoked, and says `cut off`. The exit status says whether all was as it must be.
import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { credentials } from "@grpc/grpc-js";
import { connect, mint } from "./exam/client.mjs";

const [address, directory, organization_id, elsewhere] = process.argv.slice(2);
const file = (name) => readFileSync(join(directory, name));
const SYSTEM = "registration-site";

/** Every centre has this name for machines, wherever it is. */
const options = { "grpc.ssl_target_name_override": "centre.liuhen.internal" };
const channel = () => credentials.createSsl(file("centre.crt"), file("neighbour.key"), file("neighbour.crt"));
const neighbour = () => connect(address, "", { channel: channel(), options });

const staff = (case_id, number, system = SYSTEM) => ({
  fact: {
    case_id,
    fact: { staff_registered: { staff_id: mint("stf"), name: `欧阳${number}` } },
    source: { system, id: `staff/${number}` },
  },
});

async function tells(centre) {
  const first = staff(organization_id, 1);
  const announcement = { year: 2026, published_on: "2026-01-20", channel: "网站", document_sha256: Buffer.alloc(32, 1) };
  const requests = [
    first,
    { fact: { case_id: organization_id, fact: { announcement_published: announcement }, source: { system: SYSTEM, id: "a/1" } } },
    staff(organization_id, 2, "somebody-else"),
    staff(elsewhere, 3),
    staff(organization_id, 4),
  ];
  const answers = await centre.process.PushFacts(requests);
  assert.deepEqual(answers.map(({ problem }) => problem?.code ?? null), [null, "PERMISSION_DENIED", "PERMISSION_DENIED", "NOT_FOUND", null]);
  assert(answers[1].problem.english.includes("no permit for announcement_published"), answers[1].problem.english);
  assert(answers[2].problem.chinese.includes("只能以自身名义推送"), answers[2].problem.chinese);
  const [again] = await centre.process.PushFacts([first]);
  assert.deepEqual([again.recorded.repeated, again.recorded.number], [true, answers[0].recorded.number]);
  const { facts } = await centre.process.ListFacts({ case_id: organization_id });
  assert.deepEqual(facts.map(({ source }) => source.system), [SYSTEM, SYSTEM]);
  await assert.rejects(centre.people.GetMe({}), { code: "UNIMPLEMENTED" });
}

/** By itself, for the same key. */
async function renews(centre) {
  const { certificate } = await centre.machines.Renew({});
  const [old, renewed] = [new X509Certificate(file("neighbour.crt")), new X509Certificate(certificate.der)];
  assert.equal(renewed.subjectAltName, old.subjectAltName);
  assert(renewed.publicKey.equals(old.publicKey) && renewed.checkIssued(new X509Certificate(file("centre.crt"))));
}

async function walk() {
  const centre = neighbour();
  await tells(centre);
  await renews(centre);
  const [entry] = await centre.process.WatchEvents({ from: 0 }, () => true);
  assert(entry.event.includes("liuhen."), entry.event);
  const watching = centre.process.WatchEvents({ from: 0 }, () => false);
  console.log("told");
  await assert.rejects(watching, { code: "UNAUTHENTICATED" });
  for (const again of [centre, neighbour()]) {
    await assert.rejects(again.process.ListFacts({ case_id: organization_id }), { code: "UNAUTHENTICATED" });
  }
  console.log("cut off");
}

try {
  await walk();
  process.exit(0);
} catch (error) {
  console.error(error.stack);
  process.exit(1);
}
