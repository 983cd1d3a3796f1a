import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { correction } from "./drift";
import { type Moment, after, moment } from "./moment";
import { Runs, type Segment } from "./runs";

/** Runs of two-second segments: each so many, after so long a hole. */
function film(runs: readonly { segments: number; holeS: number }[]): Segment[] {
  const all: Segment[] = [];
  let wall = moment(1_795_309_200_000_000);
  let mediaS = 0;
  for (const { segments, holeS } of runs) {
    wall = after(wall, holeS * 1e6);
    for (let count = 0; count < segments; count += 1) {
      all.push({ wall, mediaS, longS: 2 });
      wall = after(wall, 2_000_000);
      mediaS += 2;
    }
  }
  return all;
}

const runs = fc.array(fc.record({ segments: fc.integer({ min: 1, max: 20 }), holeS: fc.integer({ min: 1, max: 600 }) }), { minLength: 1, maxLength: 12 });

describe("a playlist with gaps", () => {
  const [first] = film([{ segments: 1, holeS: 0 }]);
  const start = first!.wall;
  const holed = new Runs(film([{ segments: 10, holeS: 0 }, { segments: 15, holeS: 10 }]));

  test("is one piece for each run, and compressed at the gap", () => {
    expect(holed.pieces).toHaveLength(2);
    expect(holed.toMedia(after(start, 19_999_999))).toEqual({ mediaS: 19.999999 });
    expect(holed.toMedia(after(start, 30_000_000))).toEqual({ mediaS: 20 });
  });

  test("shows no picture for a moment that was not filmed, and says where the gap is", () => {
    expect(holed.toMedia(after(start, 25_000_000))).toEqual({ gap: { start: after(start, 20_000_000), end: after(start, 30_000_000) } });
    expect(holed.toMedia(after(start, -1))).toEqual({ gap: { start: undefined, end: start } });
    expect(holed.toMedia(after(start, 60_000_000))).toEqual({ gap: { start: after(start, 60_000_000), end: undefined } });
    expect(new Runs([]).toMedia(start)).toEqual({ gap: { start: undefined, end: undefined } });
  });

  test("leads from each moment to the player and back to the same", () => {
    fc.assert(
      fc.property(runs, fc.double({ min: 0, max: 0.999999, noNaN: true }), (plan, part) => {
        const map = new Runs(film(plan));
        return map.pieces.length === plan.length && map.pieces.every(({ wall }) => {
          const at = Math.floor(wall.start + part * (wall.end - wall.start)) as Moment;
          const found = map.toMedia(at);
          return "mediaS" in found && Math.abs((map.toWall(found.mediaS) ?? 0) - at) <= 2;
        });
      }),
    );
  });

  test("is not torn by less than a frame", () => {
    const jittered = film([{ segments: 20, holeS: 0 }]).map((segment, place) => ({ ...segment, wall: after(segment.wall, place % 2 ? 9000 : 0) }));
    expect(new Runs(jittered).pieces).toHaveLength(1);
  });
});

describe("a camera that is out of step", () => {
  test("is brought back gently, and jumps only when it is far off", () => {
    expect(correction(5000, 1)).toEqual({ rate: 1 });
    expect(correction(50_000, 1)).toEqual({ rate: 1.05 });
    expect(correction(-200_000, 1)).toEqual({ rate: 0.9 });
    expect(correction(400_000, 1)).toEqual({ jump: true });
    expect(correction(400_000, 4)).toEqual({ rate: 4.4 });
  });

  test("never goes more than a tenth faster or slower, and always towards the clock", () => {
    fc.assert(
      fc.property(fc.integer({ min: -2_000_000, max: 2_000_000 }), fc.constantFrom(0.25, 1, 2, 4), (behind, speed) => {
        const found = correction(behind, speed);
        if ("jump" in found) return Math.abs(behind) > 250_000;
        return Math.abs(found.rate / speed - 1) <= 0.1000001 && (found.rate - speed) * behind >= 0;
      }),
    );
  });
});
