import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ServerClock } from "./clock";
import { type Moment, after, fromMillis, moment } from "./moment";
import { WallClock } from "./wall_clock";
import { Zone } from "./zone";

const at = (text: string) => fromMillis(Date.parse(text));
const CHINA = new Zone("Asia/Shanghai");

describe("a zone", () => {
  test("shows times as they are read there, whatever the zone of this machine", () => {
    expect(CHINA.dateTime(at("2026-11-22T01:00:00.250Z"), "millisecond")).toBe("2026-11-22 09:00:00.250");
    expect(new Zone("America/New_York").time(at("2026-11-22T01:00:00Z"), "minute")).toBe("20:00");
    expect(CHINA.day(at("2026-11-21T20:00:00Z"))).toEqual({ start: at("2026-11-21T16:00:00Z"), end: at("2026-11-22T16:00:00Z") });
  });

  test("reads what people type", () => {
    const near = at("2026-11-22T01:00:00Z");
    const read = (text: string) => CHINA.parse(text, near);
    expect(read("09:41")).toBe(at("2026-11-22T01:41:00Z"));
    expect(read(" 9：41：22.5 ")).toBe(at("2026-11-22T01:41:22.5Z"));
    expect(read("2026-06-07T23:59:59.000001")).toBe(after(at("2026-06-07T15:59:59Z"), 1));
    for (const wrong of ["", "25:00", "09:60", "nine", "2026-13-40 09:00", "09:41:22:33", "<b>09:41</b>"]) {
      expect(read(wrong), wrong).toBeUndefined();
    }
  });

  test("knows days on which clocks are changed", () => {
    const berlin = new Zone("Europe/Berlin");
    const { start, end } = berlin.day(at("2026-03-29T12:00:00Z"));
    expect((end - start) / 3_600_000_000).toBe(23);
    expect(berlin.parse("2026-10-25 12:00", start)).toBe(at("2026-10-25T11:00:00Z"));
  });

  test("reads again what it has shown", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 4_102_444_800_000 }), fc.constantFrom("Asia/Shanghai", "UTC", "Asia/Kathmandu"), (millis, id) => {
        const zone = new Zone(id);
        const shown = fromMillis(millis);
        return zone.parse(zone.dateTime(shown, "millisecond"), moment(0)) === shown;
      }),
    );
  });
});

describe("the server's clock", () => {
  test("is known to half of the way there and back, and a device that is off is told so", () => {
    let device = 1_000_000;
    const clock = ServerClock.asked(fromMillis(1_005_000), 999_900, 1_000_100, () => device);
    expect([clock.offsetUs, clock.errorUs, clock.isOff()]).toEqual([5_000_000, 100_000, true]);
    device += 1500;
    expect(clock.now()).toBe(fromMillis(1_006_500));
    // Off by less than the measurement can tell.
    expect(ServerClock.asked(fromMillis(1_001_500), 999_000, 1_001_000, () => device).isOff()).toBe(false);
  });
});

describe("the clock of a review", () => {
  const range = { start: moment(0), end: moment(100_000_000) };
  let now = 0;
  const clock = () => new WallClock(range, () => now);

  test("goes at its speed, and stands at the end", () => {
    now = 0;
    const wall = clock();
    wall.play();
    now = 10_000;
    expect([wall.now(), wall.runs]).toEqual([moment(10_000_000), true]);
    wall.setSpeed(4);
    expect(wall.now()).toBe(moment(10_000_000));
    now = 20_000;
    expect(wall.now()).toBe(moment(50_000_000));
    now = 99_000;
    expect([wall.now(), wall.runs]).toEqual([range.end, false]);
  });

  test("never leaves its range, whatever is done to it", () => {
    const command = fc.oneof(
      fc.record({ seek: fc.integer({ min: -1e9, max: 1e9 }) }),
      fc.record({ wait: fc.integer({ min: 0, max: 100_000 }) }),
      fc.record({ speed: fc.constantFrom(0.25, 1, 4) }),
      fc.constantFrom({ play: true }, { pause: true }),
    );
    fc.assert(
      fc.property(fc.array(command), (commands) => {
        const wall = clock();
        for (const one of commands) {
          if ("seek" in one) wall.seek(one.seek as Moment);
          else if ("wait" in one) now += one.wait;
          else if ("speed" in one) wall.setSpeed(one.speed as 1);
          else if ("play" in one) wall.play();
          else wall.pause();
          if (wall.now() < range.start || wall.now() > range.end) return false;
        }
        return true;
      }),
    );
  });
});
