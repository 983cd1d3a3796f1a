// The chain from a certificate to the minute: what is asked, and what of the answer is drawn.
//
// In: settings of an address; links and stays as the server told them. Out: a question or what is wrong with it; sums;
// lanes. Pure. Always: a link that is not there is shown, with who may make it. Not here: how the links follow from facts
// (the server), drawing.
import { type Moment, type Span } from "./moment";
import { mergeSpans } from "./timeline";
import type { Zone } from "./zone";

export const ENDS = ["certificate", "candidate", "ticket", "seat", "minute"] as const;
export type End = (typeof ENDS)[number];

/** The fields of each end, in the order in which they are asked for. */
export const FIELDS = {
  certificate: ["certificate"],
  candidate: ["candidate"],
  ticket: ["ticket"],
  seat: ["session", "room", "seat", "turn"],
  minute: ["room", "at"],
} as const satisfies Record<End, readonly string[]>;

export type Field = (typeof FIELDS)[End][number];

export type Question =
  | { readonly end: "certificate" | "candidate" | "ticket"; readonly value: string }
  | { readonly end: "seat"; readonly session: string; readonly room: string; readonly seat: string; readonly turn: number }
  | { readonly end: "minute"; readonly room: string; readonly at: Moment };

export const isEnd = (text: string | undefined): text is End => ENDS.some((end) => end === text);

/** The question of some settings; the field that is not as it should be where there is one. */
export function question(end: End, settings: Readonly<Record<string, string>>, zone: Zone, now: Moment): Question | { wrong: Field } {
  const value = (field: Field): string => (settings[field] ?? "").trim();
  const empty = FIELDS[end].find((field) => field !== "turn" && value(field) === "");
  if (empty) return { wrong: empty };
  if (end === "seat") {
    const turn = Number(value("turn") || "0");
    if (!Number.isInteger(turn) || turn < 0 || turn > 1000) return { wrong: "turn" };
    return { end, session: value("session"), room: value("room"), seat: value("seat"), turn };
  }
  if (end === "minute") {
    const at = zone.parse(value("at"), now);
    return at === undefined ? { wrong: "at" } : { end, room: value("room"), at };
  }
  return { end, value: value(end) };
}

export type LinkStanding = "done" | "open" | "missing" | "not_needed";

export interface Summary {
  readonly done: number;
  readonly open: number;
  readonly missing: number;
}

export function summary(links: readonly { readonly standing: string }[]): Summary {
  const count = (standing: LinkStanding) => links.filter((link) => link.standing === standing).length;
  return { done: count("done"), open: count("open"), missing: count("missing") };
}

/** One kind of track as it is drawn: what is there, and what is not. */
export interface Lane {
  readonly covered: readonly Span[];
  readonly missing: readonly Span[];
}

/** What is drawn of a lane of so many pixels: spans nearer to each other than one pixel are one. */
export function lane(covered: readonly Span[], missing: readonly Span[], stay: Span, widthPx: number): Lane {
  const apart = (stay.end - stay.start) / widthPx;
  // Holes are never drawn away: only what is there is joined, and only where no hole lies between.
  const joined = mergeSpans(covered, apart).flatMap((span) => without(span, missing));
  return { covered: joined, missing: mergeSpans(missing) };
}

function without(span: Span, holes: readonly Span[]): Span[] {
  const parts: Span[] = [];
  let from = span.start;
  for (const hole of mergeSpans(holes)) {
    if (hole.end <= from || hole.start >= span.end) continue;
    if (hole.start > from) parts.push({ start: from, end: hole.start });
    from = hole.end;
  }
  if (from < span.end) parts.push({ start: from, end: span.end });
  return parts;
}

export const totalUs = (spans: readonly Span[]): number => spans.reduce((sum, span) => sum + span.end - span.start, 0);
