// The geometry of a timeline: moments to pixels and back. Pure.
//
// In: a view (which span on how many pixels), spans. Out: places, ticks, what lies under a pointer. Always: what is drawn is
// never wider than it lasted, save that the shortest thing is one pixel wide. Not here: drawing.
import type { Moment, Span } from "./moment";
import { SECOND_US } from "./moment";

export interface View extends Span {
  readonly widthPx: number;
}

export interface Place {
  readonly x: number;
  readonly width: number;
}

export const microsPerPx = (view: View): number => (view.end - view.start) / view.widthPx;

export const wallToPx = (view: View, at: Moment): number => (at - view.start) / microsPerPx(view);

export const pxToWall = (view: View, px: number): Moment => Math.round(view.start + px * microsPerPx(view)) as Moment;

/** Where a span is drawn; nothing where it lies outside of the view. */
export function place(view: View, span: Span): Place | undefined {
  const start = Math.max(span.start, view.start);
  const end = Math.min(span.end, view.end);
  if (start >= end) return undefined;
  const x = wallToPx(view, start as Moment);
  return { x, width: Math.max(1, wallToPx(view, end as Moment) - x) };
}

/** Spans that touch, or that less than `apartUs` divides, as one. Ascending. */
export function mergeSpans(spans: readonly Span[], apartUs = 0): Span[] {
  const merged: Span[] = [];
  for (const span of [...spans].sort((one, other) => one.start - other.start)) {
    const last = merged.at(-1);
    if (last && span.start - last.end <= apartUs) {
      merged[merged.length - 1] = { start: last.start, end: Math.max(last.end, span.end) as Moment };
    } else {
      merged.push(span);
    }
  }
  return merged;
}

/** The first of the things whose span holds the moment, or lies within so many pixels of it; the nearest wins. */
export function hitTest<T extends Span>(view: View, things: readonly T[], px: number, nearPx = 3): T | undefined {
  const at = pxToWall(view, px);
  const distance = (thing: T): number => Math.max(thing.start - at, at - thing.end, 0) / microsPerPx(view);
  const near = things.filter((thing) => distance(thing) <= nearPx);
  return near.sort((one, other) => distance(one) - distance(other))[0];
}

/** A view so many times as close, with the moment under a pixel where it was. */
export function zoom(view: View, px: number, times: number): View {
  const at = pxToWall(view, px);
  const perPx = microsPerPx(view) / times;
  const start = Math.round(at - px * perPx) as Moment;
  return { start, end: Math.round(start + view.widthPx * perPx) as Moment, widthPx: view.widthPx };
}

const STEPS_S = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400];

/** Where marks stand: at full seconds, minutes or hours, at least so many pixels apart. Offsets of zones are whole quarters. */
export function ticks(view: View, apartPx = 80): Moment[] {
  const least = microsPerPx(view) * apartPx;
  const step = (STEPS_S.find((seconds) => seconds * SECOND_US >= least) ?? 86_400) * SECOND_US;
  const found: Moment[] = [];
  for (let at = Math.ceil(view.start / step) * step; at < view.end; at += step) found.push(at as Moment);
  return found;
}
