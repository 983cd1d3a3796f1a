import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Moment, type Span, moment } from "./moment";
import { type View, hitTest, mergeSpans, place, pxToWall, ticks, wallToPx, zoom } from "./timeline";

const HOUR = 3_600_000_000;
const NINE = 1_795_309_200_000_000;
const view = (hours: number, widthPx: number): View => ({ start: moment(NINE), end: moment(NINE + hours * HOUR), widthPx });
const span = (start: number, end: number): Span => ({ start: moment(start), end: moment(end) });
const spans = fc.array(fc.tuple(fc.nat(1000), fc.integer({ min: 1, max: 100 })).map(([start, length]) => span(start, start + length)));

describe("a timeline", () => {
  test("finds the pixel of a moment, and the moment of a pixel", () => {
    expect(wallToPx(view(2, 1200), moment(NINE + HOUR))).toBe(600);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 24 }), fc.integer({ min: 100, max: 4000 }), fc.double({ min: 0, max: 1, noNaN: true }), (hours, width, part) => {
        const seen = view(hours, width);
        return Math.abs(wallToPx(seen, pxToWall(seen, part * width)) - part * width) < 0.01;
      }),
    );
  });

  test("draws what lasts for moments one pixel wide, and what is elsewhere not at all", () => {
    const seen = view(2, 1200);
    expect(place(seen, span(NINE + HOUR, NINE + HOUR + 1))).toEqual({ x: 600, width: 1 });
    expect(place(seen, span(NINE - HOUR, NINE + HOUR))).toEqual({ x: 0, width: 600 });
    expect(place(seen, span(NINE - HOUR, NINE))).toBeUndefined();
  });

  test("joins spans that touch, and loses nothing", () => {
    expect(mergeSpans([span(5, 9), span(0, 3), span(3, 4)])).toEqual([span(0, 4), span(5, 9)]);
    expect(mergeSpans([span(0, 3), span(5, 9)], 2)).toEqual([span(0, 9)]);
    fc.assert(
      fc.property(spans, (all) => {
        const merged = mergeSpans(all);
        const holds = (list: Span[], at: number) => list.some(({ start, end }) => start <= at && at < end);
        const apart = merged.every((one, place) => place === 0 || merged[place - 1]!.end < one.start);
        return apart && [...Array(1101).keys()].every((at) => holds(all, at) === holds(merged, at));
      }),
    );
  });

  test("finds what lies under the pointer, or nearest to it", () => {
    const seen = view(2, 1200);
    const things = [span(NINE, NINE + HOUR / 10), span(NINE + HOUR / 10 + HOUR / 300, NINE + HOUR)];
    expect(hitTest(seen, things, 30)).toBe(things[0]);
    expect(hitTest(seen, things, 61.5)).toBe(things[1]);
    expect(hitTest(seen, things, 700)).toBeUndefined();
  });

  test("keeps the moment under the pointer when it zooms", () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1200, noNaN: true }), fc.double({ min: 0.1, max: 10, noNaN: true }), (px, times) => {
        const seen = view(2, 1200);
        return Math.abs(pxToWall(zoom(seen, px, times), px) - pxToWall(seen, px)) < 10;
      }),
    );
  });

  test("marks full hours and minutes, never too densely", () => {
    const marks = ticks(view(2, 1200));
    expect(marks[0]).toBe(NINE);
    expect(marks[1]! - marks[0]!).toBe(HOUR / 6);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 48 }), fc.integer({ min: 200, max: 3000 }), (hours, width) => {
        const seen = view(hours, width);
        const found = ticks(seen).map((at: Moment) => wallToPx(seen, at));
        return found.every((px, place) => place === 0 || px - found[place - 1]! >= 79.9);
      }),
    );
  });
});
