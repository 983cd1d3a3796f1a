// gRPC as any other program speaks it: the public .proto files and grpc-js, and no code of ours.
//
// In: address and token. Out: the services, each call a promise. Always: a refusal is a `Refused` with all that its
// details tell. Not here: what is called in which order.
import { createHash, randomBytes } from "node:crypto";
import { fileURLToPath } from "node:url";
import { credentials, loadPackageDefinition, Metadata, status } from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const options = { keepCase: true, enums: String, longs: String, defaults: true, oneofs: true, includeDirs: [here("../../../proto")] };
const files = ["machine/v1/machine_service", "people/v1/people_service", "session/v1/session_service", "session/v1/process_service", "review/v1/review_service"];
const { liuhen } = loadPackageDefinition(loadSync(files.map((file) => `liuhen/${file}.proto`), options));
const details = loadSync(here("status.proto"), options);
const PATIENCE_MS = 60_000;

/** That a call was answered with an error. */
export class Refused extends Error {
  constructor(method, error) {
    super(`${method}: ${status[error.code]}: ${error.details}`);
    this.code = status[error.code];
    this.english = error.details;
    const [bytes] = error.metadata?.get("grpc-status-details-bin") ?? [];
    for (const { type_url, value } of bytes ? details["google.rpc.Status"].deserialize(bytes).details : []) {
      const name = type_url.split("/").pop();
      const told = details[name]?.deserialize(value);
      if (name === "google.rpc.ErrorInfo") this.reason = told.reason;
      if (name === "google.rpc.LocalizedMessage") [this.locale, this.chinese] = [told.locale, told.message];
      if (name === "google.rpc.BadRequest") this.violations = told.field_violations;
    }
  }
}

/** The services as one caller, who may be nobody; over a channel that is not encrypted, or over another one. */
export function connect(address, token, { channel = credentials.createInsecure(), options = {} } = {}) {
  const metadata = new Metadata();
  if (token) metadata.set("authorization", `Bearer ${token}`);
  const target = address.replace(/^https?:\/\//, "");
  const deadline = () => ({ deadline: Date.now() + PATIENCE_MS });
  const service = (Service) => {
    const client = new Service(target, channel, options);
    const call = (method) => (request) => new Promise((done, refuse) => {
      client[method](request, metadata, deadline(), (error, answer) => (error ? refuse(new Refused(method, error)) : done(answer)));
    });
    // Sends all requests, and gives all answers.
    const talk = (method) => async (requests) => {
      const stream = client[method](metadata, deadline());
      requests.forEach((request) => stream.write(request));
      stream.end();
      return read(method, stream, () => false);
    };
    // Reads answers up to the one that `enough` is content with.
    const watch = (method) => (request, enough) => read(method, client[method](request, metadata, deadline()), enough);
    const kind = (it) => (it.requestStream ? talk : it.responseStream ? watch : call);
    return Object.fromEntries(Object.entries(Service.service).map(([method, it]) => [method, kind(it)(method)]));
  };
  return {
    machines: service(liuhen.machine.v1.MachineService),
    people: service(liuhen.people.v1.PeopleService),
    sessions: service(liuhen.session.v1.SessionService),
    process: service(liuhen.session.v1.ProcessService),
    review: service(liuhen.review.v1.ReviewService),
  };
}

async function read(method, stream, enough) {
  const answers = [];
  try {
    for await (const answer of stream) {
      answers.push(answer);
      if (enough(answer)) break;
    }
  } catch (error) {
    throw new Refused(method, error);
  } finally {
    // That we end it is no error of the stream's.
    stream.on("error", () => {});
    stream.cancel();
  }
  return answers;
}

/** A new id of a kind: 48 bits of milliseconds and 80 bits of chance. */
export const mint = (kind) => written(kind, (BigInt(Date.now()) << 80n) | BigInt(`0x${randomBytes(10).toString("hex")}`));

/** The id of what a system has an id of its own for: always the same (docs/ref/facts.md). */
export function derived(kind, system, id) {
  const sum = createHash("sha256").update(`${system}\0${id}`).digest("hex");
  return written(kind, BigInt(`0x${sum.slice(0, 32)}`));
}

/** 128 bits in 26 characters of Crockford's alphabet. */
function written(kind, number) {
  const digits = Array.from({ length: 26 }, (_, place) => Number((number >> BigInt(125 - 5 * place)) & 31n));
  return `${kind}_${digits.map((digit) => "0123456789ABCDEFGHJKMNPQRSTVWXYZ"[digit]).join("")}`;
}
