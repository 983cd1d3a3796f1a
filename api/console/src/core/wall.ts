// Today's wall: which rooms are shown, in which order, and how they stand.
//
// In: the status as the server told it, and whether it is still to be trusted. Out: sessions with their rooms, the worst
// first, and sums. Pure. Always: a status that is old stands for nothing, so all of it is unknown then and nothing stays
// green; sums add up to the rooms that there are. Not here: where it comes from (`feed`).
import type { Moment, Span } from "./moment";

/** The worst first, as rooms are sorted. */
export const STANDINGS = ["LOST", "DEGRADED", "UNKNOWN", "NORMAL", "NOT_BEGUN", "OVER"] as const;
export type Standing = (typeof STANDINGS)[number];

export interface Wrong {
  /** As the wire names it: `NO_PICTURE`. */
  readonly kind: string;
  readonly cause: string;
  readonly since: Moment;
}

export interface Viewpoint {
  readonly id: string;
  readonly name: string;
  readonly standing: Standing;
  readonly expected: Span;
  readonly dueUs: number;
  readonly storedUs: number;
  readonly lastStored: Moment | undefined;
  readonly wrong: Wrong | undefined;
}

export interface Room {
  readonly id: string;
  readonly name: string;
  readonly standing: Standing;
  readonly viewpoints: readonly Viewpoint[];
}

export interface Session {
  readonly id: string;
  readonly name: string;
  readonly siteId: string;
  readonly siteName: string;
  readonly exam: Span;
  readonly sealed: boolean;
  readonly rooms: readonly Room[];
}

export interface Status {
  readonly asOf: Moment;
  readonly sessions: readonly Session[];
  readonly truncated: boolean;
}

/** The server speaks every two seconds; who has heard nothing for so long knows nothing. */
export const STALE_MS = 4000;

export const isAbnormal = ({ standing }: { standing: Standing }): boolean => ["LOST", "DEGRADED", "UNKNOWN"].includes(standing);

const rank = (standing: Standing): number => STANDINGS.indexOf(standing);

/** By their names as people count: 2 before 10. */
const byName = new Intl.Collator("zh-CN", { numeric: true });

const unknown = <T extends { standing: Standing }>(thing: T): T => ({ ...thing, standing: "UNKNOWN" });

/** What is to be seen of a status; all of it is unknown where it is stale. */
export function seen(sessions: readonly Session[], stale: boolean): Session[] {
  return sessions.map((session) => {
    const rooms = session.rooms.map((room) => (stale ? { ...unknown(room), viewpoints: room.viewpoints.map(unknown) } : room));
    rooms.sort((one, other) => rank(one.standing) - rank(other.standing) || byName.compare(one.name, other.name));
    return { ...session, rooms };
  });
}

export interface Filter {
  /** One site's only; all where it is empty. */
  readonly siteId: string;
  readonly onlyAbnormal: boolean;
}

/** Sessions without a room that is wanted are left out. */
export function wanted(sessions: readonly Session[], { siteId, onlyAbnormal }: Filter): Session[] {
  const here = sessions.filter((session) => siteId === "" || session.siteId === siteId);
  if (!onlyAbnormal) return [...here];
  const abnormal = here.map((session) => ({ ...session, rooms: session.rooms.filter(isAbnormal) }));
  return abnormal.filter(({ rooms }) => rooms.length > 0);
}

/** How many rooms stand how. */
export function sums(sessions: readonly Session[]): { rooms: number; of: Readonly<Record<Standing, number>> } {
  const of: Record<Standing, number> = { LOST: 0, DEGRADED: 0, UNKNOWN: 0, NORMAL: 0, NOT_BEGUN: 0, OVER: 0 };
  const rooms = sessions.flatMap((session) => session.rooms);
  for (const { standing } of rooms) of[standing] += 1;
  return { rooms: rooms.length, of };
}

export function sites(sessions: readonly Session[]): { id: string; name: string }[] {
  const found = new Map(sessions.map(({ siteId, siteName }) => [siteId, siteName]));
  return [...found].map(([id, name]) => ({ id, name })).sort((one, other) => byName.compare(one.name, other.name));
}

/** Where the focus goes from a tile; `tops` are the upper edges of all tiles in their order, by which rows are known. */
export function moved(from: number, to: "left" | "right" | "up" | "down", tops: readonly number[]): number {
  const last = tops.length - 1;
  if (to === "left") return Math.max(0, from - 1);
  if (to === "right") return Math.min(last, from + 1);
  const rows = [...new Set(tops)];
  const row = rows.indexOf(tops[from] ?? 0) + (to === "up" ? -1 : 1);
  const target = rows[row];
  if (target === undefined) return from;
  const [here, there] = [tops.indexOf(tops[from] ?? 0), tops.indexOf(target)];
  return Math.min(there + from - here, tops.lastIndexOf(target));
}
