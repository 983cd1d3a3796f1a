import fc from "fast-check";
import { expect, test } from "vitest";
import { moment } from "./moment";
import { STANDINGS, type Session, type Standing, moved, seen, sites, sums, wanted } from "./wall";

const span = { start: moment(0), end: moment(1) };

function session(id: string, standings: readonly Standing[]): Session {
  const rooms = standings.map((standing, place) => {
    const viewpoint = { id: `vp_${place}`, name: "", standing, expected: span, dueUs: 0, storedUs: 0, lastStored: undefined, wrong: undefined };
    return { id: `room_${place}`, name: `${place + 1}`, standing, viewpoints: [viewpoint] };
  });
  return { id, name: id, siteId: `site_${id}`, siteName: `Site ${id}`, exam: span, sealed: false, rooms };
}

const standings = fc.array(fc.constantFrom(...STANDINGS), { maxLength: 200 });

test("the worst come first, and rooms of one standing by their number", () => {
  const [shown] = seen([session("1", ["NORMAL", "OVER", "LOST", "NORMAL", "DEGRADED"])], false);
  expect(shown!.rooms.map(({ name, standing }) => `${name} ${standing}`)).toEqual(["3 LOST", "5 DEGRADED", "1 NORMAL", "4 NORMAL", "2 OVER"]);
});

test("nothing of a stale status is anything but unknown", () => {
  fc.assert(
    fc.property(standings, (all) => {
      const [shown] = seen([session("1", all)], true);
      return shown!.rooms.every((room) => room.standing === "UNKNOWN" && room.viewpoints.every(({ standing }) => standing === "UNKNOWN"));
    }),
  );
});

test("sums add up to the rooms that there are, filtered or not", () => {
  fc.assert(
    fc.property(standings, standings, fc.boolean(), (one, other, onlyAbnormal) => {
      const shown = wanted([session("1", one), session("2", other)], { siteId: "", onlyAbnormal });
      const { rooms, of } = sums(shown);
      const abnormal = [...one, ...other].filter((standing) => ["LOST", "DEGRADED", "UNKNOWN"].includes(standing)).length;
      return rooms === Object.values(of).reduce((sum, count) => sum + count, 0) && rooms === (onlyAbnormal ? abnormal : one.length + other.length);
    }),
  );
});

test("a site's sessions only, and all sites by their names", () => {
  const all = [session("10", ["LOST"]), session("2", ["NORMAL"]), session("2", ["OVER"])];
  expect(sites(all).map(({ name }) => name)).toEqual(["Site 2", "Site 10"]);
  expect(wanted(all, { siteId: "site_2", onlyAbnormal: false })).toHaveLength(2);
});

test("arrows move along rows that are as long as they are", () => {
  // Three rows: 0 1 2 / 3 4 5 / 6
  const tops = [0, 0, 0, 9, 9, 9, 18];
  const from = (place: number) => (["left", "right", "up", "down"] as const).map((to) => moved(place, to, tops));
  expect(from(0)).toEqual([0, 1, 0, 3]);
  expect(from(4)).toEqual([3, 5, 1, 6]);
  expect(from(6)).toEqual([5, 6, 3, 6]);
});
