// From the wire to the words of the page: numbers of 64 bits are read once, here.
import type { ViewpointCoverage } from "../../generated/liuhen/review/v1/review_service_pb";
import { GapCause, GapKind, StreamRole } from "../../generated/liuhen/review/v1/review_service_pb";
import { type ViewpointStatus, type WatchStatusResponse, Standing as Wire } from "../../generated/liuhen/review/v1/status_service_pb";
import { TrackKind } from "../../generated/liuhen/common/v1/common_pb";
import { type Span, moment, span } from "../core/moment";
import type { Standing, Status, Viewpoint } from "../core/wall";

const NOWHERE: Span = { start: moment(0), end: moment(0) };

/** A standing that this page does not know yet is not taken for a good one. */
function standing(wire: Wire): Standing {
  const known: Partial<Record<Wire, Standing>> = {
    [Wire.OVER]: "OVER", [Wire.NOT_BEGUN]: "NOT_BEGUN", [Wire.NORMAL]: "NORMAL", [Wire.DEGRADED]: "DEGRADED", [Wire.LOST]: "LOST",
  };
  return known[wire] ?? "UNKNOWN";
}

function viewpoint(wire: ViewpointStatus): Viewpoint {
  const wrong = wire.sinceUs === undefined ? undefined : {
    kind: GapKind[wire.kind] ?? "UNSPECIFIED",
    cause: GapCause[wire.cause] ?? "UNSPECIFIED",
    since: moment(wire.sinceUs),
  };
  return {
    id: wire.viewpointId,
    name: wire.name,
    standing: standing(wire.standing),
    expected: span(wire.expected) ?? NOWHERE,
    dueUs: Number(wire.dueUs),
    storedUs: Number(wire.storedUs),
    lastStored: wire.lastStoredUs === undefined ? undefined : moment(wire.lastStoredUs),
    wrong,
  };
}

export function status(wire: WatchStatusResponse): Status {
  const sessions = wire.sessions.map((session) => ({
    id: session.sessionId,
    name: session.name,
    siteId: session.siteId,
    siteName: session.siteName,
    exam: span(session.exam) ?? NOWHERE,
    sealed: session.sealedUs !== undefined,
    rooms: session.rooms.map((room) => ({
      id: room.roomId,
      name: room.name,
      standing: standing(room.standing),
      viewpoints: room.viewpoints.map(viewpoint),
    })),
  }));
  return { asOf: moment(wire.asOfUs), sessions, truncated: wire.truncated };
}

/** One stream with pictures of each viewpoint: the small one where there is one. */
export function watchable(viewpoints: readonly ViewpointCoverage[]): { viewpoint: string; stream: string }[] {
  return viewpoints.flatMap(({ viewpointId, streams }) => {
    const pictures = streams.filter(({ tracks }) => tracks.some(({ kind, covered }) => kind === TrackKind.VIDEO && covered.length > 0));
    const best = pictures.find(({ role }) => role === StreamRole.VIEWING) ?? pictures[0];
    return best ? [{ viewpoint: viewpointId, stream: best.streamId }] : [];
  });
}

/** What of a viewpoint's required tracks is there, and is not. */
export interface SeenTrack {
  readonly isPicture: boolean;
  readonly covered: readonly Span[];
  readonly missing: readonly Span[];
}

export function tracks(wire: ViewpointCoverage): SeenTrack[] {
  const spans = (all: readonly { startUs: bigint; endUs: bigint }[]) => all.flatMap((one) => span(one) ?? []);
  return wire.tracks
    .filter(({ required, covered }) => required || covered.length > 0)
    .map(({ kind, covered, missing }) => ({ isPicture: kind === TrackKind.VIDEO, covered: spans(covered), missing: spans(missing) }));
}
