// The calls of the page: gRPC-Web to the server that it came from, with the types that are made from the .proto files.
//
// In: questions in the words of the page. Out: answers in the same, or `Refused`. Always: every call shows what only a page
// of ours was told; none leaves for another origin.
import { type Interceptor, createClient } from "@connectrpc/connect";
import { createGrpcWebTransport } from "@connectrpc/connect-web";
import { PeopleService, Role } from "../../generated/liuhen/people/v1/people_service_pb";
import { ReviewService } from "../../generated/liuhen/review/v1/review_service_pb";
import { StatusService } from "../../generated/liuhen/review/v1/status_service_pb";
import { type CandidateTrace, TraceService } from "../../generated/liuhen/review/v1/trace_service_pb";
import { ServerClock } from "../core/clock";
import { type Span, moment } from "../core/moment";
import type { Question } from "../core/trace";
import type { Status } from "../core/wall";
import { Zone } from "../core/zone";
import { again, csrf } from "./login";
import { refused } from "./refused";
import { status } from "./wire";

const showsCsrf: Interceptor = (next) => (request) => {
  request.header.set("x-liuhen-csrf", csrf());
  return next(request);
};

const transport = createGrpcWebTransport({
  baseUrl: location.origin,
  interceptors: [showsCsrf],
  fetch: (input, init) => fetch(input, { ...init, credentials: "same-origin" }),
});
const people = createClient(PeopleService, transport);
const statuses = createClient(StatusService, transport);
const reviews = createClient(ReviewService, transport);
const traces = createClient(TraceService, transport);

/** Who is let in, what they may do somewhere, and the server's clock. */
export interface Me {
  readonly name: string;
  readonly roles: readonly string[];
  readonly mustChangePassword: boolean;
  readonly may: ReadonlySet<string>;
  readonly zone: Zone;
  readonly clock: ServerClock;
}

/** Asks, and once more where the access token was over: after the sleep of a laptop the renewal comes late. */
async function asked<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    const why = refused(error);
    if (why.code !== "unauthenticated" || !(await again())) throw why;
  }
  return call().catch((error: unknown) => Promise.reject(refused(error)));
}

export async function me(): Promise<Me> {
  const before = Date.now();
  const answer = await asked(() => people.getMe({}));
  const roles = answer.grants.map(({ role }) => Role[role] ?? String(role));
  return {
    name: answer.person?.name || answer.person?.account || "",
    roles: [...new Set(roles)],
    mustChangePassword: answer.person?.mustChangePassword ?? false,
    may: new Set(answer.actions),
    zone: new Zone(answer.zone),
    clock: ServerClock.asked(moment(answer.nowUs), before, Date.now()),
  };
}

export const changePassword = async (oldPassword: string, newPassword: string): Promise<void> => {
  await asked(() => people.changePassword({ oldPassword, newPassword }));
};

const wire = ({ start, end }: Span) => ({ startUs: BigInt(start), endUs: BigInt(end) });

/** All sessions of a span as they stand, again and again. */
export async function* watchStatus(day: Span, signal: AbortSignal): AsyncIterable<Status> {
  try {
    for await (const answer of statuses.watchStatus({ interval: wire(day) }, { signal })) yield status(answer);
  } catch (error) {
    const why = refused(error);
    if (why.code === "unauthenticated") await again();
    throw why;
  }
}

/** Where a player reaches the footage of a span. The look, and why, stand in the log before the answer. */
export async function openPlayback(streamId: string, stretch: Span, purpose: string): Promise<string> {
  const { hlsPath } = await asked(() => reviews.openPlayback({ streamId, interval: wire(stretch), purpose }));
  return hlsPath;
}

function from(asks: Question) {
  switch (asks.end) {
    case "certificate": return { case: "certificateNumber" as const, value: asks.value };
    case "candidate": return { case: "candidateId" as const, value: asks.value };
    case "ticket": return { case: "ticket" as const, value: asks.value };
    case "seat": return { case: "seat" as const, value: { sessionId: asks.session, roomId: asks.room, seat: asks.seat, turn: asks.turn } };
    case "minute": return { case: "minute" as const, value: { roomId: asks.room, atUs: BigInt(asks.at) } };
  }
}

export interface Found {
  readonly candidates: readonly CandidateTrace[];
  readonly truncated: boolean;
}

/** Nothing found is an answer like any other. */
export async function trace(asks: Question, purpose: string): Promise<Found> {
  try {
    return await asked(() => traces.trace({ from: from(asks), purpose }));
  } catch (error) {
    if (refused(error).code === "not_found") return { candidates: [], truncated: false };
    throw error;
  }
}
